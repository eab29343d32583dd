/* Calendar, printing, rounding, casts and arithmetic of times. Reading them is time_parse.c. */
#include "core/base/time.h"

#include <stdlib.h>
#include <time.h>

#include "core/base/time_impl.h"

#define HOUR_US INT64_C(3600000000)

#define MIN_TIMESTAMP INT64_C(-211813488000000000) /* 4714-11-24 BC */
#define END_TIMESTAMP INT64_C(9223371331200000000) /* 294277-01-01 */
#define MIN_DATE      INT64_C(-2451545)
#define END_DATE      INT64_C(2145031949)

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Counts years from March, so that a leap day is the last day of its year: no table of months is needed. */
int64_t td_civil_to_days(struct td_civil c)
{
    int64_t y = (int64_t)c.year - (c.month <= 2);
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (c.month + (c.month > 2 ? -3 : 9)) + 2) / 5 + c.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 730425; /* 0000-03-01 to 2000-01-01 */
}

struct td_civil td_civil_from_days(int64_t days)
{
    days += 730425;
    int64_t era = floor_div(days, 146097);
    int64_t d = days - era * 146097;
    int64_t year = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    int64_t day_of_year = d - (365 * year + year / 4 - year / 100);
    int64_t m = (5 * day_of_year + 2) / 153;
    struct td_civil c = {.day = (int)(day_of_year - (153 * m + 2) / 5 + 1), .month = (int)(m < 10 ? m + 3 : m - 9)};
    c.year = (int)(year + era * 400 + (c.month <= 2));
    return c;
}

int td_civil_month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

int64_t td_time_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 - TD_TIME_UNIX_US;
}

static bool has_date(enum td_time_kind kind)
{
    return kind == TD_TIME_TIMESTAMPTZ || kind == TD_TIME_TIMESTAMP || kind == TD_TIME_DATE;
}

static bool is_infinite(const struct td_time *t)
{
    return has_date(t->kind) && (t->v == TD_TIME_INFINITY || t->v == TD_TIME_NEG_INFINITY);
}

static void put_digits(struct td_buf *out, int64_t us_of_second, bool all)
{
    char digits[8];
    if (us_of_second == 0 && !all)
        return;
    for (int i = 5; i >= 0; i--, us_of_second /= 10)
        digits[i] = (char)('0' + us_of_second % 10);
    size_t n = 6;
    while (!all && n > 1 && digits[n - 1] == '0')
        n--;
    td_buf_char(out, '.');
    td_buf_add_n(out, digits, n);
}

static void put_clock(struct td_buf *out, int64_t us, bool all_digits)
{
    td_buf_printf(out, "%02d:%02d:%02d", (int)(us / HOUR_US), (int)(us / 60000000 % 60), (int)(us / 1000000 % 60));
    put_digits(out, us % 1000000, all_digits);
}

static void put_zone(struct td_buf *out, int32_t zone_s, bool minutes)
{
    int32_t s = abs(zone_s);
    td_buf_printf(out, "%c%02d", zone_s < 0 ? '-' : '+', s / 3600);
    if (minutes || s % 3600 != 0)
        td_buf_printf(out, ":%02d", s / 60 % 60);
    if (s % 60 != 0)
        td_buf_printf(out, ":%02d", s % 60);
}

static int64_t day_of(const struct td_time *t)
{
    return t->kind == TD_TIME_DATE ? t->v : floor_div(t->v, TD_TIME_DAY_US);
}

void td_time_print_pg(const struct td_time *t, struct td_buf *out)
{
    if (is_infinite(t)) {
        td_buf_add(out, t->v > 0 ? "infinity" : "-infinity");
        return;
    }
    if (!has_date(t->kind)) {
        put_clock(out, t->v, false);
        if (t->kind == TD_TIME_TIMETZ)
            put_zone(out, t->zone_s, false);
        return;
    }
    struct td_civil c = td_civil_from_days(day_of(t));
    td_buf_printf(out, "%04d-%02d-%02d", c.year > 0 ? c.year : 1 - c.year, c.month, c.day);
    if (t->kind != TD_TIME_DATE) {
        td_buf_char(out, ' ');
        put_clock(out, t->v - day_of(t) * TD_TIME_DAY_US, false);
    }
    if (t->kind == TD_TIME_TIMESTAMPTZ)
        td_buf_add(out, "+00");
    if (c.year <= 0)
        td_buf_add(out, " BC");
}

void td_time_print_canonical(const struct td_time *t, struct td_buf *out)
{
    if (is_infinite(t)) {
        td_buf_add(out, t->v > 0 ? "infinity" : "-infinity");
        return;
    }
    if (!has_date(t->kind)) {
        put_clock(out, t->v, true);
        if (t->kind == TD_TIME_TIMETZ)
            put_zone(out, t->zone_s, true);
        return;
    }
    struct td_civil c = td_civil_from_days(day_of(t));
    if (c.year <= 0)
        td_buf_printf(out, "/%07d", 10000000 - (1 - c.year));
    else
        td_buf_printf(out, c.year > 9999 ? "Y%07d" : "%04d", c.year);
    td_buf_printf(out, "-%02d-%02d", c.month, c.day);
    if (t->kind == TD_TIME_DATE)
        return;
    td_buf_char(out, 'T');
    put_clock(out, t->v - day_of(t) * TD_TIME_DAY_US, true);
    if (t->kind == TD_TIME_TIMESTAMPTZ)
        td_buf_char(out, 'Z');
}

int td_time_to_canonical(enum td_time_kind kind, int precision, const char *text, struct td_buf *out,
                         struct td_err *err)
{
    struct td_time t;
    int rc = td_time_parse(kind, precision, text, NULL, &t, err);
    if (rc != TD_OK)
        return rc;
    td_time_print_canonical(&t, out);
    return td_buf_check(out, err);
}

int td_time_to_pg(enum td_time_kind kind, const char *text, struct td_buf *out, struct td_err *err)
{
    struct td_time t;
    int rc = td_time_parse(kind, -1, text, NULL, &t, err);
    if (rc != TD_OK)
        return rc;
    td_time_print_pg(&t, out);
    return td_buf_check(out, err);
}

int64_t td_time_round_us(int64_t us, int precision)
{
    static const int64_t unit[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    if (precision < 0 || precision > 5)
        return us;
    int64_t u = unit[precision], rest = us % u;
    us -= rest;
    return rest * 2 >= u ? us + u : rest * 2 <= -u ? us - u : us;
}

void td_time_round(struct td_time *t, int precision)
{
    if (t->kind != TD_TIME_DATE && !is_infinite(t))
        t->v = td_time_round_us(t->v, precision);
}

static int out_of_range(const char *what, struct td_err *err)
{
    td_err_set(err, TD_C_DATETIME, "%s out of range", what);
    return td_err_sqlstate(err, "22008");
}

int td_time_check(const struct td_time *t, struct td_err *err)
{
    if (!has_date(t->kind) || is_infinite(t))
        return TD_OK;
    if (t->kind == TD_TIME_DATE)
        return t->v < MIN_DATE || t->v >= END_DATE ? out_of_range("date", err) : TD_OK;
    return t->v < MIN_TIMESTAMP || t->v >= END_TIMESTAMP ? out_of_range("timestamp", err) : TD_OK;
}

int td_time_cast(const struct td_time *t, enum td_time_kind kind, struct td_time *out, struct td_err *err)
{
    struct td_time r = {.kind = kind, .v = t->v};
    if (has_date(t->kind) && !has_date(kind)) {
        if (is_infinite(t)) {
            td_err_set(err, TD_C_DATETIME, "infinity has no time of day");
            return td_err_sqlstate(err, "22008");
        }
        r.v = t->kind == TD_TIME_DATE ? 0 : t->v - day_of(t) * TD_TIME_DAY_US;
    } else if (!has_date(t->kind) && has_date(kind)) {
        td_err_set(err, TD_C_DATETIME, "a time of day has no date");
        return td_err_sqlstate(err, "42846");
    } else if (is_infinite(t)) {
        *out = r;
        return TD_OK;
    } else if (t->kind == TD_TIME_DATE && kind != TD_TIME_DATE) {
        if (__builtin_mul_overflow(t->v, TD_TIME_DAY_US, &r.v))
            return out_of_range("date for a timestamp", err);
    } else if (t->kind != TD_TIME_DATE && kind == TD_TIME_DATE) {
        r.v = day_of(t);
    } else if (kind == TD_TIME_TIMETZ && t->kind == TD_TIME_TIMETZ) {
        r.zone_s = t->zone_s;
    }
    *out = r;
    return td_time_check(out, err);
}

/* Months first, and the day of the month no later than the month's last. */
static bool add_months(int64_t *days, int64_t months)
{
    struct td_civil c = td_civil_from_days(*days);
    int64_t m = (int64_t)c.year * 12 + c.month - 1 + months;
    int64_t year = floor_div(m, 12);
    if (year < -10000 || year > 10000000)
        return false;
    c.year = (int)year;
    c.month = (int)(m - year * 12) + 1;
    int last = td_civil_month_days(c.year, c.month);
    if (c.day > last)
        c.day = last;
    *days = td_civil_to_days(c);
    return true;
}

int td_time_add(const struct td_time *t, const struct td_interval *i, int sign, struct td_time *out, struct td_err *err)
{
    struct td_time r = *t;
    if (!has_date(t->kind)) {
        r.v = (t->v + sign * (i->us % TD_TIME_DAY_US)) % TD_TIME_DAY_US;
        r.v += r.v < 0 ? TD_TIME_DAY_US : 0;
        *out = r;
        return TD_OK;
    }
    if (t->kind == TD_TIME_DATE) {
        int rc = td_time_cast(t, TD_TIME_TIMESTAMP, &r, err);
        if (rc != TD_OK)
            return rc;
    }
    if (!is_infinite(&r)) {
        int64_t days = day_of(&r), clock = r.v - days * TD_TIME_DAY_US;
        if (!add_months(&days, (int64_t)sign * i->months))
            return out_of_range("timestamp", err);
        days += (int64_t)sign * i->days;
        if (__builtin_mul_overflow(days, TD_TIME_DAY_US, &r.v) || __builtin_add_overflow(r.v, clock, &r.v) ||
            (sign > 0 ? __builtin_add_overflow(r.v, i->us, &r.v) : __builtin_sub_overflow(r.v, i->us, &r.v)))
            return out_of_range("timestamp", err);
    }
    *out = r;
    return td_time_check(out, err);
}

int td_time_diff(const struct td_time *a, const struct td_time *b, struct td_interval *out, struct td_err *err)
{
    int64_t d;
    if (a->kind != b->kind) {
        td_err_set(err, TD_C_DATETIME, "values of different types cannot be subtracted");
        return td_err_sqlstate(err, "42804");
    }
    if (is_infinite(a) || is_infinite(b)) {
        td_err_set(err, TD_C_DATETIME, "cannot subtract infinite %s", a->kind == TD_TIME_DATE ? "dates" : "timestamps");
        return td_err_sqlstate(err, "22008");
    }
    if (__builtin_sub_overflow(a->v, b->v, &d))
        return out_of_range("interval", err);
    if (a->kind == TD_TIME_DATE)
        *out = (struct td_interval){.days = (int32_t)d};
    else if (has_date(a->kind))
        *out = (struct td_interval){.days = (int32_t)(d / TD_TIME_DAY_US), .us = d % TD_TIME_DAY_US};
    else
        *out = (struct td_interval){.us = d};
    return TD_OK;
}

int64_t td_clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
