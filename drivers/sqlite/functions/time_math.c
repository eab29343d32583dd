/* Arithmetic on times and intervals, and making them from numbers. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "drivers/sqlite/functions/time.h"

#define SECOND INT64_C(1000000)

static int out_of_range(struct td_err *err, const char *what)
{
    return td_fn_fail(err, "22008", "%s out of range", what);
}

static int add_interval(struct td_fn_call *c, int sign, struct td_err *err)
{
    struct td_time t = {0}, out;
    struct td_interval i;
    enum td_time_kind kind = td_time_kind_of(td_fn_type_arg(c, 2).kind);
    int rc = td_time_arg(c, 0, kind, &t, err);
    if (rc == TD_OK)
        rc = td_interval_arg(c, 1, &i, err);
    if (rc == TD_OK && !td_time_is_finite(&t) && kind == TD_TIME_DATE)
        rc = td_time_cast(&t, TD_TIME_TIMESTAMP, &t, err);
    if (rc == TD_OK && !td_time_is_finite(&t) && kind != TD_TIME_TIME && kind != TD_TIME_TIMETZ)
        return td_give_time(c, &t, err);
    if (rc == TD_OK)
        rc = td_time_add(&t, &i, sign, &out, err);
    return rc != TD_OK ? rc : td_give_time(c, &out, err);
}

static int time_add(struct td_fn_call *c, struct td_err *err)
{
    return add_interval(c, 1, err);
}

static int time_sub(struct td_fn_call *c, struct td_err *err)
{
    return add_interval(c, -1, err);
}

static int time_diff(struct td_fn_call *c, struct td_err *err)
{
    struct td_time a = {0}, b = {0};
    struct td_interval i = {0};
    enum td_time_kind kind = td_time_kind_of(td_fn_type_arg(c, 2).kind);
    int rc = td_time_arg(c, 0, kind, &a, err);
    if (rc == TD_OK)
        rc = td_time_arg(c, 1, kind, &b, err);
    if (rc != TD_OK)
        return rc;
    if (kind == TD_TIME_TIME) {
        i.us = a.v - b.v;
        return td_give_interval(c, &i, err);
    }
    if (!td_time_is_finite(&a) || !td_time_is_finite(&b))
        return td_fn_fail(err, "22008", "cannot subtract infinite %s", kind == TD_TIME_DATE ? "dates" : "timestamps");
    if (kind == TD_TIME_DATE)
        return td_fn_give_int(c, a.v - b.v);
    rc = td_time_diff(&a, &b, &i, err);
    return rc != TD_OK ? rc : td_give_interval(c, &i, err);
}

static int date_add(struct td_fn_call *c, struct td_err *err)
{
    struct td_time t = {0};
    int64_t days = 0; /* an integer, or what is minus the least one */
    int rc = td_time_arg(c, 0, TD_TIME_DATE, &t, err);
    if (rc == TD_OK)
        rc = td_fn_int(c, 1, &days, err);
    if (rc == TD_OK && (days < INT32_MIN || days > -(int64_t)INT32_MIN))
        return out_of_range(err, "integer");
    if (rc != TD_OK)
        return rc;
    if (td_time_is_finite(&t))
        t.v += days;
    if (td_time_is_finite(&t) && (t.v < -2451545 || t.v > 2147483493 - 2451545))
        return out_of_range(err, "date");
    return td_give_time(c, &t, err);
}

static int date_time(struct td_fn_call *c, struct td_err *err)
{
    struct td_time d = {0}, t = {0}, out;
    int rc = td_time_arg(c, 0, TD_TIME_DATE, &d, err);
    if (rc == TD_OK)
        rc = td_time_arg(c, 1, TD_TIME_TIME, &t, err);
    if (rc == TD_OK)
        rc = td_time_cast(&d, TD_TIME_TIMESTAMP, &out, err);
    if (rc != TD_OK)
        return rc;
    if (td_time_is_finite(&out))
        out.v += t.v;
    return td_give_time(c, &out, err);
}

/* age(): years, months and days as a calendar counts them. */
static void calendar_diff(const struct td_time *a, const struct td_time *b, struct td_interval *out)
{
    struct td_fields x, y;
    bool back = a->v < b->v;
    td_time_fields(back ? b : a, &x);
    td_time_fields(back ? a : b, &y);
    int64_t us =
        (((int64_t)(x.hour - y.hour) * 60 + x.minute - y.minute) * 60 + x.second - y.second) * SECOND + x.us - y.us;
    int days = x.date.day - y.date.day;
    int months = (x.date.year - y.date.year) * 12 + x.date.month - y.date.month;
    if (us < 0) {
        us += TD_TIME_DAY_US;
        days--;
    }
    if (days < 0) {
        /* a month borrowed has the length of the earlier time's month; going back, that is the earlier argument's too
         */
        days += td_civil_month_days(y.date.year, y.date.month);
        months--;
    }
    int sign = back ? -1 : 1;
    *out = (struct td_interval){.months = sign * months, .days = sign * days, .us = sign * us};
}

static int age(struct td_fn_call *c, struct td_err *err)
{
    struct td_time a = {0}, b = {0};
    struct td_interval i;
    enum td_time_kind kind = c->n > 2 ? td_time_kind_of(td_fn_type_arg(c, 2).kind) : TD_TIME_TIMESTAMPTZ;
    if (kind == TD_TIME_DATE)
        kind = TD_TIME_TIMESTAMPTZ;
    int rc = td_time_arg(c, 0, kind, &a, err);
    if (rc == TD_OK)
        rc = td_time_arg(c, 1, kind, &b, err);
    if (rc == TD_OK && (!td_time_is_finite(&a) || !td_time_is_finite(&b)))
        return out_of_range(err, "timestamp");
    if (rc != TD_OK)
        return rc;
    calendar_diff(&a, &b, &i);
    return td_give_interval(c, &i, err);
}

static int date_bin(struct td_fn_call *c, struct td_err *err)
{
    struct td_interval stride;
    struct td_time t = {0}, origin = {0};
    enum td_time_kind kind = td_time_kind_of(td_fn_type_arg(c, 3).kind);
    int rc = td_interval_arg(c, 0, &stride, err);
    if (rc == TD_OK)
        rc = td_time_arg(c, 1, kind, &t, err);
    if (rc == TD_OK)
        rc = td_time_arg(c, 2, kind, &origin, err);
    if (rc != TD_OK)
        return rc;
    if (stride.months != 0)
        return td_fn_fail(err, "0A000", "timestamps cannot be binned into intervals containing months or years");
    int64_t step = stride.days * TD_TIME_DAY_US + stride.us, diff;
    if (step <= 0)
        return td_fn_fail(err, "22008", "stride must be greater than zero");
    if (!td_time_is_finite(&t))
        return td_give_time(c, &t, err);
    if (__builtin_sub_overflow(t.v, origin.v, &diff))
        return out_of_range(err, "interval");
    int64_t rest = diff % step;
    t.v -= rest < 0 ? rest + step : rest;
    return td_give_time(c, &t, err);
}

/* --- intervals */

static int interval_plus(struct td_fn_call *c, int sign, struct td_err *err)
{
    struct td_interval a, b, out;
    int rc = td_interval_arg(c, 0, &a, err);
    if (rc == TD_OK)
        rc = td_interval_arg(c, 1, &b, err);
    if (rc == TD_OK)
        rc = td_interval_add(&a, &b, sign, &out, err);
    return rc != TD_OK ? rc : td_give_interval(c, &out, err);
}

static int interval_add(struct td_fn_call *c, struct td_err *err)
{
    return interval_plus(c, 1, err);
}

static int interval_sub(struct td_fn_call *c, struct td_err *err)
{
    return interval_plus(c, -1, err);
}

static int interval_neg(struct td_fn_call *c, struct td_err *err)
{
    struct td_interval zero = {0}, a, out;
    int rc = td_interval_arg(c, 0, &a, err);
    if (rc == TD_OK)
        rc = td_interval_add(&zero, &a, -1, &out, err);
    return rc != TD_OK ? rc : td_give_interval(c, &out, err);
}

static double to_microseconds(double seconds)
{
    return rint(seconds * 1e6) / 1e6;
}

static bool fits_int4(double x)
{
    return x >= -2147483648.0 && x <= 2147483647.0; /* not so NaN */
}

/* Fractions of months go down to days (30 each), those of days to the time; as PostgreSQL 15 rounds them. */
static int scale(struct td_fn_call *c, double factor, bool divide, struct td_err *err)
{
    struct td_interval a, out;
    int rc = td_interval_arg(c, 0, &a, err);
    if (rc != TD_OK)
        return rc;
    double months = divide ? a.months / factor : a.months * factor, days = divide ? a.days / factor : a.days * factor;
    if (!fits_int4(months) || !fits_int4(days))
        return out_of_range(err, "interval");
    out.months = (int32_t)months;
    out.days = (int32_t)days;
    double month_days = to_microseconds((months - out.months) * 30);
    double seconds = to_microseconds((days - out.days + month_days - (int)month_days) * 86400);
    if (fabs(seconds) >= 86400) {
        out.days += (int32_t)(seconds / 86400);
        seconds -= (int)(seconds / 86400) * 86400;
    }
    out.days += (int32_t)month_days;
    double us = rint((divide ? (double)a.us / factor : (double)a.us * factor) + seconds * 1e6);
    if (!(us >= -0x1p63 && us < 0x1p63))
        return out_of_range(err, "interval");
    out.us = (int64_t)us;
    return td_give_interval(c, &out, err);
}

static int interval_mul(struct td_fn_call *c, struct td_err *err)
{
    double factor = 0;
    int rc = td_fn_double(c, 1, &factor, err);
    return rc != TD_OK ? rc : scale(c, factor, false, err);
}

static int interval_div(struct td_fn_call *c, struct td_err *err)
{
    double factor = 0;
    int rc = td_fn_double(c, 1, &factor, err);
    if (rc == TD_OK && factor == 0)
        return td_fn_fail(err, "22012", "division by zero");
    return rc != TD_OK ? rc : scale(c, factor, true, err);
}

void td_interval_sort(const struct td_interval *i, struct td_buf *out)
{
    __int128 us = ((__int128)i->months * 30 + i->days) * TD_TIME_DAY_US + i->us;
    bool minus = us < 0;
    unsigned __int128 m = minus ? -(unsigned __int128)us : (unsigned __int128)us;
    char digits[26];
    for (int n = 25; n-- > 0; m /= 10)
        digits[n] = (char)('0' + (minus ? 9 - (int)(m % 10) : (int)(m % 10)));
    td_buf_char(out, minus ? '-' : '0');
    td_buf_add_n(out, digits, 25);
}

static int interval_key(struct td_fn_call *c, struct td_err *err)
{
    struct td_interval i;
    int rc = td_interval_arg(c, 0, &i, err);
    if (rc != TD_OK)
        return rc;
    td_interval_sort(&i, &c->out);
    return td_fn_done(c, err);
}

/* Moves whole units up and gives all parts one sign. */
static void justify(struct td_interval *i, bool hours, bool days)
{
    if (hours) {
        i->days += (int32_t)(i->us / TD_TIME_DAY_US);
        i->us %= TD_TIME_DAY_US;
    }
    if (days) {
        i->months += i->days / 30;
        i->days %= 30;
    }
    if (days && i->months > 0 && (i->days < 0 || (i->days == 0 && i->us < 0 && hours))) {
        i->days += 30;
        i->months--;
    } else if (days && i->months < 0 && (i->days > 0 || (i->days == 0 && i->us > 0 && hours))) {
        i->days -= 30;
        i->months++;
    }
    if (hours && i->days > 0 && i->us < 0) {
        i->us += TD_TIME_DAY_US;
        i->days--;
    } else if (hours && i->days < 0 && i->us > 0) {
        i->us -= TD_TIME_DAY_US;
        i->days++;
    }
}

static int justified(struct td_fn_call *c, bool hours, bool days, struct td_err *err)
{
    struct td_interval i;
    int rc = td_interval_arg(c, 0, &i, err);
    if (rc != TD_OK)
        return rc;
    justify(&i, hours, days);
    return td_give_interval(c, &i, err);
}

static int justify_days(struct td_fn_call *c, struct td_err *err)
{
    return justified(c, false, true, err);
}

static int justify_hours(struct td_fn_call *c, struct td_err *err)
{
    return justified(c, true, false, err);
}

static int justify_interval(struct td_fn_call *c, struct td_err *err)
{
    return justified(c, true, true, err);
}

static int is_finite(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    (void)err;
    return td_fn_give_int(c, strstr(s.at, "infinity") == NULL);
}

/* --- from numbers */

static int make_civil(struct td_fn_call *c, int64_t *days, struct td_err *err)
{
    int32_t v[3] = {0};
    for (int i = 0; i < 3; i++) {
        int rc = td_fn_int4(c, i, &v[i], err);
        if (rc != TD_OK)
            return rc;
    }
    int year = v[0] < 0 ? v[0] + 1 : v[0];
    if (v[0] == 0 || v[0] < -4713 || v[0] > 5874897 || v[1] < 1 || v[1] > 12 || v[2] < 1 ||
        v[2] > td_civil_month_days(year, v[1]))
        return td_fn_fail(err, "22008", "date field value out of range: %d-%02d-%02d", v[0], v[1], v[2]);
    *days = td_civil_to_days((struct td_civil){year, v[1], v[2]});
    return TD_OK;
}

static int make_clock(struct td_fn_call *c, int from, int64_t *us, struct td_err *err)
{
    int32_t hour = 0, minute = 0;
    double second = 0;
    int rc = td_fn_int4(c, from, &hour, err);
    if (rc == TD_OK)
        rc = td_fn_int4(c, from + 1, &minute, err);
    if (rc == TD_OK)
        rc = td_fn_double(c, from + 2, &second, err);
    if (rc != TD_OK)
        return rc;
    bool in_range = hour >= 0 && hour <= 24 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60;
    if (!in_range || (hour == 24 && (minute > 0 || second > 0)))
        return td_fn_fail(err, "22008", "time field value out of range: %d:%02d:%02g", hour, minute, second);
    *us = ((int64_t)hour * 60 + minute) * 60 * SECOND + (int64_t)rint(second * 1e6);
    return TD_OK;
}

static int make_date(struct td_fn_call *c, struct td_err *err)
{
    struct td_time t = {.kind = TD_TIME_DATE};
    int rc = make_civil(c, &t.v, err);
    return rc != TD_OK ? rc : td_give_time(c, &t, err);
}

static int make_time(struct td_fn_call *c, struct td_err *err)
{
    struct td_time t = {.kind = TD_TIME_TIME};
    int rc = make_clock(c, 0, &t.v, err);
    return rc != TD_OK ? rc : td_give_time(c, &t, err);
}

/* Of a zone given to make_timestamptz(): a plain offset is meant as ISO 8601 has it, as it is behind a time. */
static int moment_zone(const char *zone, int32_t *out, struct td_err *err)
{
    struct td_time t = {0};
    char text[40];
    if (*zone >= '0' && *zone <= '9')
        return td_fn_fail(err, "22023", "invalid input syntax for type numeric time zone: \"%s\"", zone);
    if ((*zone != '+' && *zone != '-') || strspn(zone + 1, "0123456789:") != strlen(zone + 1) || strlen(zone) > 20)
        return td_zone_offset(zone, out, err);
    snprintf(text, sizeof text, "12:00:00%s", zone);
    int rc = td_time_parse(TD_TIME_TIMETZ, -1, text, NULL, &t, err);
    *out = t.zone_s;
    return rc;
}

static int make_moment(struct td_fn_call *c, enum td_time_kind kind, struct td_err *err)
{
    struct td_time t = {.kind = kind};
    int64_t days = 0, us = 0;
    const char *zone = NULL;
    int32_t offset = 0;
    int rc = make_civil(c, &days, err);
    if (rc == TD_OK)
        rc = make_clock(c, 3, &us, err);
    if (rc == TD_OK && c->n > 6)
        rc = td_fn_cstr(c, 6, &zone, err);
    if (rc == TD_OK && zone != NULL)
        rc = moment_zone(zone, &offset, err);
    if (rc != TD_OK)
        return rc;
    if (days > 107660000)
        return out_of_range(err, "timestamp");
    t.v = days * TD_TIME_DAY_US + us - offset * SECOND;
    return td_give_time(c, &t, err);
}

static int make_timestamp(struct td_fn_call *c, struct td_err *err)
{
    return make_moment(c, TD_TIME_TIMESTAMP, err);
}

static int make_timestamptz(struct td_fn_call *c, struct td_err *err)
{
    return make_moment(c, TD_TIME_TIMESTAMPTZ, err);
}

static int make_interval(struct td_fn_call *c, struct td_err *err)
{
    int32_t v[6] = {0};
    double second = 0;
    int rc = TD_OK;
    for (int i = 0; i < 6 && rc == TD_OK; i++)
        rc = td_fn_int4(c, i, &v[i], err);
    if (rc == TD_OK)
        rc = td_fn_double(c, 6, &second, err);
    if (rc != TD_OK)
        return rc;
    int64_t months = (int64_t)v[0] * 12 + v[1], days = (int64_t)v[2] * 7 + v[3];
    if (!isfinite(second) || fabs(second) > 9e12 || months != (int32_t)months || days != (int32_t)days)
        return out_of_range(err, "interval");
    struct td_interval i = {.months = (int32_t)months,
                            .days = (int32_t)days,
                            .us = ((int64_t)v[4] * 60 + v[5]) * 60 * SECOND + (int64_t)rint(second * 1e6)};
    return td_give_interval(c, &i, err);
}

const struct td_fn td_fn_time_math[] = {
    {"pg_time_add", 3, 3, TD_FN_STRICT, time_add},
    {"pg_time_sub", 3, 3, TD_FN_STRICT, time_sub},
    {"pg_time_diff", 3, 3, TD_FN_STRICT, time_diff},
    {"pg_date_add", 2, 2, TD_FN_STRICT, date_add},
    {"pg_date_time", 2, 2, TD_FN_STRICT, date_time},
    {"pg_age", 2, 3, TD_FN_STRICT, age},
    {"pg_date_bin", 4, 4, TD_FN_STRICT, date_bin},
    {"pg_interval_add", 2, 2, TD_FN_STRICT, interval_add},
    {"pg_interval_sub", 2, 2, TD_FN_STRICT, interval_sub},
    {"pg_interval_mul", 2, 2, TD_FN_STRICT, interval_mul},
    {"pg_interval_div", 2, 2, TD_FN_STRICT, interval_div},
    {"pg_interval_neg", 1, 1, TD_FN_STRICT, interval_neg},
    {"pg_interval_key", 1, 1, TD_FN_STRICT, interval_key},
    {"pg_justify_days", 1, 1, TD_FN_STRICT, justify_days},
    {"pg_justify_hours", 1, 1, TD_FN_STRICT, justify_hours},
    {"pg_justify_interval", 1, 1, TD_FN_STRICT, justify_interval},
    {"pg_isfinite", 1, 1, TD_FN_STRICT, is_finite},
    {"pg_make_date", 3, 3, TD_FN_STRICT, make_date},
    {"pg_make_time", 3, 3, TD_FN_STRICT, make_time},
    {"pg_make_timestamp", 6, 6, TD_FN_STRICT, make_timestamp},
    {"pg_make_timestamptz", 6, 7, TD_FN_STRICT, make_timestamptz},
    {"pg_make_interval", 7, 7, TD_FN_STRICT, make_interval},
    {NULL, 0, 0, 0, NULL},
};
