/* Times: now, parts of a time, rounding down, zones. The session's zone is UTC. */
#include "drivers/sqlite/functions/time.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/decimal.h"
#include "drivers/sqlite/functions/exact.h"
#include "drivers/sqlite/functions/session.h"

#define SECOND INT64_C(1000000)

enum td_time_kind td_time_kind_of(enum td_fn_kind kind)
{
    switch (kind) {
    case TD_FT_TIMESTAMPTZ: return TD_TIME_TIMESTAMPTZ;
    case TD_FT_DATE: return TD_TIME_DATE;
    case TD_FT_TIME: return TD_TIME_TIME;
    case TD_FT_TIMETZ: return TD_TIME_TIMETZ;
    default: return TD_TIME_TIMESTAMP;
    }
}

int td_time_arg(struct td_fn_call *c, int arg, enum td_time_kind kind, struct td_time *out, struct td_err *err)
{
    const char *text = NULL;
    int rc = td_fn_cstr(c, arg, &text, err);
    return rc != TD_OK ? rc : td_time_parse(kind, -1, text, NULL, out, err);
}

int td_interval_arg(struct td_fn_call *c, int arg, struct td_interval *out, struct td_err *err)
{
    const char *text = NULL;
    int rc = td_fn_cstr(c, arg, &text, err);
    return rc != TD_OK ? rc : td_interval_parse(text, out, err);
}

int td_give_time(struct td_fn_call *c, const struct td_time *t, struct td_err *err)
{
    td_time_print_canonical(t, &c->out);
    return td_fn_done(c, err);
}

int td_give_interval(struct td_fn_call *c, const struct td_interval *i, struct td_err *err)
{
    td_interval_print(i, &c->out);
    return td_fn_done(c, err);
}

bool td_time_is_finite(const struct td_time *t)
{
    return t->v != TD_TIME_INFINITY && t->v != TD_TIME_NEG_INFINITY;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void td_time_fields(const struct td_time *t, struct td_fields *f)
{
    int64_t us = t->kind == TD_TIME_DATE ? 0 : t->v;
    memset(f, 0, sizeof *f);
    if (t->kind == TD_TIME_DATE)
        f->days = t->v;
    else if (t->kind == TD_TIME_TIMESTAMP || t->kind == TD_TIME_TIMESTAMPTZ) {
        f->days = floor_div(us, TD_TIME_DAY_US);
        us -= f->days * TD_TIME_DAY_US;
    }
    f->date = td_civil_from_days(f->days);
    f->us = us % SECOND;
    f->second = (int)(us / SECOND % 60);
    f->minute = (int)(us / SECOND / 60 % 60);
    f->hour = (int)(us / SECOND / 3600);
}

int64_t td_fields_us(const struct td_fields *f)
{
    return td_civil_to_days(f->date) * TD_TIME_DAY_US +
           ((int64_t)f->hour * 3600 + f->minute * 60 + f->second) * SECOND + f->us;
}

int td_week_day(int64_t days)
{
    int64_t d = (days + 6) % 7; /* 2000-01-01 was a Saturday */
    return (int)(d < 0 ? d + 7 : d);
}

int td_iso_week(int64_t days, int *year_out)
{
    int64_t thursday = days - (td_week_day(days) + 6) % 7 + 3;
    struct td_civil c = td_civil_from_days(thursday);
    *year_out = c.year;
    return (int)((thursday - td_civil_to_days((struct td_civil){c.year, 1, 1})) / 7) + 1;
}

/* --- now */

static int give_now(struct td_fn_call *c, int64_t us, enum td_time_kind kind, struct td_err *err)
{
    struct td_time now = {.kind = TD_TIME_TIMESTAMPTZ, .v = us}, t;
    int32_t digits = 6;
    int rc = c->n > 0 && !td_fn_null(c, 0) ? td_fn_int4(c, 0, &digits, err) : TD_OK;
    if (rc == TD_OK)
        rc = td_time_cast(&now, kind, &t, err);
    if (rc != TD_OK)
        return rc;
    if (digits >= 0 && digits < 6)
        td_time_round(&t, digits);
    return td_give_time(c, &t, err);
}

static int now(struct td_fn_call *c, struct td_err *err)
{
    return give_now(c, td_fn_now(c->state), TD_TIME_TIMESTAMPTZ, err);
}

static int statement_timestamp(struct td_fn_call *c, struct td_err *err)
{
    return give_now(c, td_fn_statement_now(c->state), TD_TIME_TIMESTAMPTZ, err);
}

static int clock_timestamp(struct td_fn_call *c, struct td_err *err)
{
    return give_now(c, td_time_now(), TD_TIME_TIMESTAMPTZ, err);
}

static int localtimestamp(struct td_fn_call *c, struct td_err *err)
{
    return give_now(c, td_fn_now(c->state), TD_TIME_TIMESTAMP, err);
}

static int current_date(struct td_fn_call *c, struct td_err *err)
{
    return give_now(c, td_fn_now(c->state), TD_TIME_DATE, err);
}

static int local_time(struct td_fn_call *c, struct td_err *err)
{
    return give_now(c, td_fn_now(c->state), TD_TIME_TIME, err);
}

static int current_time(struct td_fn_call *c, struct td_err *err)
{
    return give_now(c, td_fn_now(c->state), TD_TIME_TIMETZ, err);
}

/* --- parts */

enum unit {
    U_MICROSECONDS,
    U_MILLISECONDS,
    U_SECOND,
    U_MINUTE,
    U_HOUR,
    U_DAY,
    U_WEEK,
    U_MONTH,
    U_QUARTER,
    U_YEAR,
    U_DECADE,
    U_CENTURY,
    U_MILLENNIUM,
    U_EPOCH,
    U_DOW,
    U_ISODOW,
    U_DOY,
    U_ISOYEAR,
    U_JULIAN,
    U_TIMEZONE,
    U_TIMEZONE_HOUR,
    U_TIMEZONE_MINUTE,
    U_NONE
};

static const struct unit_name {
    const char *name;
    enum unit unit;
} unit_names[] = {
    {"microseconds", U_MICROSECONDS},
    {"microsecond", U_MICROSECONDS},
    {"usec", U_MICROSECONDS},
    {"us", U_MICROSECONDS},
    {"milliseconds", U_MILLISECONDS},
    {"millisecond", U_MILLISECONDS},
    {"msec", U_MILLISECONDS},
    {"ms", U_MILLISECONDS},
    {"second", U_SECOND},
    {"seconds", U_SECOND},
    {"sec", U_SECOND},
    {"s", U_SECOND},
    {"minute", U_MINUTE},
    {"minutes", U_MINUTE},
    {"min", U_MINUTE},
    {"m", U_MINUTE},
    {"hour", U_HOUR},
    {"hours", U_HOUR},
    {"h", U_HOUR},
    {"day", U_DAY},
    {"days", U_DAY},
    {"d", U_DAY},
    {"week", U_WEEK},
    {"weeks", U_WEEK},
    {"w", U_WEEK},
    {"month", U_MONTH},
    {"months", U_MONTH},
    {"mon", U_MONTH},
    {"quarter", U_QUARTER},
    {"year", U_YEAR},
    {"years", U_YEAR},
    {"y", U_YEAR},
    {"decade", U_DECADE},
    {"decades", U_DECADE},
    {"century", U_CENTURY},
    {"centuries", U_CENTURY},
    {"millennium", U_MILLENNIUM},
    {"millennia", U_MILLENNIUM},
    {"epoch", U_EPOCH},
    {"dow", U_DOW},
    {"isodow", U_ISODOW},
    {"doy", U_DOY},
    {"isoyear", U_ISOYEAR},
    {"julian", U_JULIAN},
    {"timezone", U_TIMEZONE},
    {"timezone_hour", U_TIMEZONE_HOUR},
    {"timezone_minute", U_TIMEZONE_MINUTE},
};

static enum unit find_unit(const char *name)
{
    for (size_t i = 0; i < sizeof unit_names / sizeof unit_names[0]; i++)
        if (sqlite3_stricmp(unit_names[i].name, name) == 0)
            return unit_names[i].unit;
    return U_NONE;
}

static int unknown_unit(struct td_err *err, enum td_fn_kind kind, const char *name)
{
    return td_fn_fail(err, "22023", "unit \"%s\" not recognized for type %s", name, td_fn_type_name(kind));
}

static int no_unit(struct td_err *err, enum td_fn_kind kind, const char *name)
{
    return td_fn_fail(err, "0A000", "unit \"%s\" not supported for type %s", name, td_fn_type_name(kind));
}

/* v / 10^digits as a numeric with that many digits. */
static void add_scaled(struct td_buf *out, int64_t v, int digits)
{
    uint64_t m = v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v, scale = 1;
    for (int i = 0; i < digits; i++)
        scale *= 10;
    td_buf_printf(out, "%s%llu", v < 0 ? "-" : "", (unsigned long long)(m / scale));
    if (digits > 0)
        td_buf_printf(out, ".%0*llu", digits, (unsigned long long)(m % scale));
}

static int year_of(int astronomical)
{
    return astronomical > 0 ? astronomical : astronomical - 1;
}

static int century_of(int year, int length)
{
    return year > 0 ? (year + length - 1) / length : -((length - year) / length);
}

/* julian: the day number, with the part of the day for a timestamp. */
static int add_julian(struct td_buf *out, const struct td_time *t, const struct td_fields *f, struct td_err *err)
{
    int64_t us = (((int64_t)f->hour * 60 + f->minute) * 60 + f->second) * SECOND + f->us;
    struct td_buf part = {.arena = out->arena}, text = {.arena = out->arena};
    if (t->kind == TD_TIME_DATE) {
        td_buf_int(out, f->days + 2451545);
        return TD_OK;
    }
    td_buf_int(&text, us);
    int rc = td_exact_div(td_buf_str(&text), "86400000000", &part, err);
    td_buf_reset(&text);
    td_buf_int(&text, f->days + 2451545);
    return rc != TD_OK ? rc : td_exact_add(td_buf_str(&text), td_buf_str(&part), out, err);
}

static bool add_date_part(struct td_buf *out, enum unit unit, const struct td_fields *f)
{
    int year = f->date.year, week_year;
    switch (unit) {
    case U_DAY: td_buf_int(out, f->date.day); return true;
    case U_WEEK: td_buf_int(out, td_iso_week(f->days, &week_year)); return true;
    case U_MONTH: td_buf_int(out, f->date.month); return true;
    case U_QUARTER: td_buf_int(out, (f->date.month - 1) / 3 + 1); return true;
    case U_YEAR: td_buf_int(out, year_of(year)); return true;
    case U_DECADE: td_buf_int(out, floor_div(year, 10)); return true;
    case U_CENTURY: td_buf_int(out, century_of(year_of(year), 100)); return true;
    case U_MILLENNIUM: td_buf_int(out, century_of(year_of(year), 1000)); return true;
    case U_DOW: td_buf_int(out, td_week_day(f->days)); return true;
    case U_ISODOW: td_buf_int(out, td_week_day(f->days) == 0 ? 7 : td_week_day(f->days)); return true;
    case U_DOY: td_buf_int(out, f->days - td_civil_to_days((struct td_civil){year, 1, 1}) + 1); return true;
    case U_ISOYEAR:
        td_iso_week(f->days, &week_year);
        td_buf_int(out, year_of(week_year));
        return true;
    default: return false;
    }
}

static bool add_clock_part(struct td_buf *out, enum unit unit, const struct td_fields *f)
{
    switch (unit) {
    case U_MICROSECONDS: td_buf_int(out, f->second * SECOND + f->us); return true;
    case U_MILLISECONDS: add_scaled(out, f->second * SECOND + f->us, 3); return true;
    case U_SECOND: add_scaled(out, f->second * SECOND + f->us, 6); return true;
    case U_MINUTE: td_buf_int(out, f->minute); return true;
    case U_HOUR: td_buf_int(out, f->hour); return true;
    default: return false;
    }
}

/* Of infinity: what grows without bound is infinite, what comes round again is NULL (nothing added). */
static void add_infinite_part(struct td_buf *out, enum unit unit, bool minus)
{
    static const enum unit grows[] = {U_YEAR, U_DECADE, U_CENTURY, U_MILLENNIUM, U_JULIAN, U_ISOYEAR, U_EPOCH};
    for (size_t i = 0; i < sizeof grows / sizeof grows[0]; i++)
        if (grows[i] == unit)
            td_buf_add(out, minus ? "-Infinity" : "Infinity");
}

static int add_time_part(struct td_buf *out, enum unit unit, const char *name, enum td_fn_kind kind,
                         const struct td_time *t, struct td_err *err)
{
    struct td_fields f;
    bool dated = t->kind != TD_TIME_TIME && t->kind != TD_TIME_TIMETZ, zoned = t->kind == TD_TIME_TIMESTAMPTZ;
    if (!td_time_is_finite(t) && dated) {
        add_infinite_part(out, unit, t->v < 0);
        return TD_OK;
    }
    td_time_fields(t, &f);
    if (t->kind != TD_TIME_DATE && add_clock_part(out, unit, &f))
        return TD_OK;
    if (dated && add_date_part(out, unit, &f))
        return TD_OK;
    if (unit == U_JULIAN && dated)
        return add_julian(out, t, &f, err);
    if (unit == U_EPOCH && t->kind == TD_TIME_DATE)
        td_buf_int(out, (t->v + 10957) * 86400);
    else if (unit == U_EPOCH && dated)
        add_scaled(out, t->v + TD_TIME_UNIX_US, 6);
    else if (unit == U_EPOCH)
        add_scaled(out, t->v - (t->kind == TD_TIME_TIMETZ ? t->zone_s * SECOND : 0), 6);
    else if (unit == U_TIMEZONE && (zoned || t->kind == TD_TIME_TIMETZ))
        td_buf_int(out, t->zone_s);
    else if (unit == U_TIMEZONE_HOUR && (zoned || t->kind == TD_TIME_TIMETZ))
        td_buf_int(out, t->zone_s / 3600);
    else if (unit == U_TIMEZONE_MINUTE && (zoned || t->kind == TD_TIME_TIMETZ))
        td_buf_int(out, t->zone_s / 60 % 60);
    else
        return no_unit(err, kind, name);
    return TD_OK;
}

static int add_interval_part(struct td_buf *out, enum unit unit, const char *name, const struct td_interval *i,
                             struct td_err *err)
{
    int year = i->months / 12;
    switch (unit) {
    case U_MICROSECONDS: td_buf_int(out, i->us % (60 * SECOND)); break;
    case U_MILLISECONDS: add_scaled(out, i->us % (60 * SECOND), 3); break;
    case U_SECOND: add_scaled(out, i->us % (60 * SECOND), 6); break;
    case U_MINUTE: td_buf_int(out, i->us / (60 * SECOND) % 60); break;
    case U_HOUR: td_buf_int(out, i->us / (3600 * SECOND)); break;
    case U_DAY: td_buf_int(out, i->days); break;
    case U_MONTH: td_buf_int(out, i->months % 12); break;
    case U_QUARTER: td_buf_int(out, i->months % 12 / 3 + 1); break;
    case U_YEAR: td_buf_int(out, year); break;
    case U_DECADE: td_buf_int(out, year / 10); break;
    case U_CENTURY: td_buf_int(out, year / 100); break;
    case U_MILLENNIUM: td_buf_int(out, year / 1000); break;
    case U_EPOCH: {
        /* a year counts 365.25 days, a month 30 */
        __int128 us =
            ((__int128)year * 36525 * 864 + ((__int128)(i->months % 12) * 30 + i->days) * 86400) * SECOND + i->us;
        if (us > INT64_MAX || us < INT64_MIN)
            return td_fn_fail(err, "22008", "interval out of range");
        add_scaled(out, (int64_t)us, 6);
        break;
    }
    default: return no_unit(err, TD_FT_INTERVAL, name);
    }
    return TD_OK;
}

/* The part as numeric text in c->out; nothing added: NULL. */
static int part(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_type type = td_fn_type_arg(c, 2);
    const char *name = NULL;
    int rc = td_fn_cstr(c, 0, &name, err);
    if (rc != TD_OK)
        return rc;
    enum unit unit = find_unit(name);
    if (unit == U_NONE)
        return unknown_unit(err, type.kind, name);
    if (type.kind == TD_FT_INTERVAL) {
        struct td_interval i = {0};
        rc = td_interval_arg(c, 1, &i, err);
        return rc != TD_OK ? rc : add_interval_part(&c->out, unit, name, &i, err);
    }
    struct td_time t = {0};
    rc = td_time_arg(c, 1, td_time_kind_of(type.kind), &t, err);
    return rc != TD_OK ? rc : add_time_part(&c->out, unit, name, type.kind, &t, err);
}

static int extract(struct td_fn_call *c, struct td_err *err)
{
    int rc = part(c, err);
    return rc != TD_OK || c->out.len == 0 ? rc : td_fn_done(c, err);
}

/* The epoch as the server's doubles have it, with their roundings. */
static int epoch_double(struct td_fn_call *c, struct td_fn_type type, struct td_err *err)
{
    struct td_interval i = {0};
    struct td_time t = {0};
    if (type.kind != TD_FT_INTERVAL) {
        int rc = td_time_arg(c, 1, td_time_kind_of(type.kind), &t, err);
        return rc != TD_OK ? rc : td_fn_give_double(c, (double)(t.v + TD_TIME_UNIX_US) / 1000000.0, err);
    }
    int rc = td_interval_arg(c, 1, &i, err);
    if (rc != TD_OK)
        return rc;
    double seconds = (double)i.us / 1000000.0;
    seconds += 365.25 * 86400 * (i.months / 12);
    seconds += 30.0 * 86400 * (i.months % 12);
    seconds += 86400.0 * i.days;
    return td_fn_give_double(c, seconds, err);
}

static bool is_epoch_double(struct td_fn_call *c, struct td_fn_type type, const char *name)
{
    struct td_fn_str s = td_fn_text(c, 1);
    bool stamp = type.kind == TD_FT_TIMESTAMP || type.kind == TD_FT_TIMESTAMPTZ;
    return find_unit(name) == U_EPOCH &&
           (type.kind == TD_FT_INTERVAL || (stamp && s.len > 0 && strchr(s.at, 'y') == NULL)); /* infinity */
}

static int date_part(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_type type = td_fn_type_arg(c, 2);
    const char *name = NULL;
    int rc = td_fn_cstr(c, 0, &name, err);
    if (rc == TD_OK && is_epoch_double(c, type, name))
        return epoch_double(c, type, err);
    if (rc == TD_OK)
        rc = part(c, err);
    return rc != TD_OK || c->out.len == 0 ? rc : td_fn_give_double(c, strtod(c->out.at, NULL), err);
}

/* --- date_trunc */

static int year_start(int year, int length)
{
    /* the first century and millennium begin with the year 1 */
    if (length == 10)
        return (int)floor_div(year, 10) * 10;
    return (int)floor_div(year - 1, length) * length + 1;
}

static bool trunc_fields(struct td_fields *f, enum unit unit)
{
    switch (unit) {
    case U_MICROSECONDS: return true;
    case U_MILLISECONDS: f->us -= f->us % 1000; return true;
    case U_SECOND:
    case U_MINUTE:
    case U_HOUR:
        f->us = 0;
        f->second = unit == U_SECOND ? f->second : 0;
        f->minute = unit == U_HOUR ? 0 : f->minute;
        return true;
    default: break;
    }
    f->us = f->second = f->minute = f->hour = 0;
    if (unit == U_DAY)
        return true;
    if (unit == U_WEEK) {
        f->date = td_civil_from_days(f->days - (td_week_day(f->days) + 6) % 7);
        return true;
    }
    f->date.day = 1;
    switch (unit) {
    case U_MONTH: return true;
    case U_QUARTER: f->date.month = (f->date.month - 1) / 3 * 3 + 1; return true;
    case U_YEAR: break;
    case U_DECADE: f->date.year = year_start(f->date.year, 10); break;
    case U_CENTURY: f->date.year = year_start(f->date.year, 100); break;
    case U_MILLENNIUM: f->date.year = year_start(f->date.year, 1000); break;
    default: return false;
    }
    f->date.month = 1;
    return true;
}

static int trunc_interval(struct td_fn_call *c, enum unit unit, const char *name, struct td_err *err)
{
    struct td_interval i;
    int rc = td_interval_arg(c, 1, &i, err);
    if (rc != TD_OK)
        return rc;
    static const int64_t steps[] = {[U_MICROSECONDS] = 1,
                                    [U_MILLISECONDS] = 1000,
                                    [U_SECOND] = SECOND,
                                    [U_MINUTE] = 60 * SECOND,
                                    [U_HOUR] = 3600 * SECOND};
    static const int month_steps[] = {
        [U_MONTH] = 1, [U_QUARTER] = 3, [U_YEAR] = 12, [U_DECADE] = 120, [U_CENTURY] = 1200, [U_MILLENNIUM] = 12000};
    if (unit == U_WEEK || unit > U_MILLENNIUM)
        return no_unit(err, TD_FT_INTERVAL, name);
    i.us = unit <= U_HOUR ? i.us - i.us % steps[unit] : 0;
    if (unit >= U_MONTH) {
        i.days = 0;
        i.months -= i.months % month_steps[unit];
    }
    return td_give_interval(c, &i, err);
}

static int date_trunc(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_type type = td_fn_type_arg(c, 2);
    const char *name = NULL, *zone = NULL;
    int32_t offset = 0;
    int rc = td_fn_cstr(c, 0, &name, err);
    if (rc != TD_OK)
        return rc;
    enum unit unit = find_unit(name);
    if (type.kind == TD_FT_DATE)
        type.kind = TD_FT_TIMESTAMPTZ; /* the function's argument type */
    if (unit == U_NONE)
        return unknown_unit(err, type.kind, name);
    if (type.kind == TD_FT_INTERVAL)
        return trunc_interval(c, unit, name, err);
    struct td_time t = {0};
    struct td_fields f;
    rc = td_time_arg(c, 1, td_time_kind_of(type.kind), &t, err);
    if (rc == TD_OK && c->n > 3)
        rc = td_fn_cstr(c, 3, &zone, err);
    if (rc == TD_OK && zone != NULL)
        rc = td_zone_offset(zone, &offset, err);
    if (rc != TD_OK)
        return rc;
    if (!td_time_is_finite(&t))
        return td_give_time(c, &t, err);
    t.v += offset * SECOND;
    td_time_fields(&t, &f);
    if (!trunc_fields(&f, unit))
        return no_unit(err, type.kind, name);
    t.v = td_fields_us(&f) - offset * SECOND;
    return td_give_time(c, &t, err);
}

/* --- zones */

/* [+-]h[:mm[:ss]] as POSIX has it: west of UTC is positive, hours go up to a week. */
static bool posix_offset(const char *s, int32_t *east_s)
{
    static const int32_t most[] = {167, 59, 60}, unit_s[] = {3600, 60, 1};
    int32_t sign = *s == '-' ? 1 : -1, sum = 0;
    s += *s == '+' || *s == '-';
    for (size_t i = 0; i < 3; i++) {
        int32_t n = 0;
        if (*s < '0' || *s > '9')
            return false;
        for (; *s >= '0' && *s <= '9'; s++)
            if ((n = n * 10 + (*s - '0')) > most[i])
                return false;
        sum += n * unit_s[i];
        if (*s != ':' || i == 2)
            break;
        s++;
    }
    *east_s = sign * sum;
    return *s == '\0';
}

int td_zone_offset(const char *zone, int32_t *out, struct td_err *err)
{
    if (posix_offset(zone, out) || td_time_zone_abbreviation(zone, out))
        return TD_OK;
    return td_fn_fail(err, "22023",
                      "time zone \"%s\" not recognized; on SQLite only offsets, UTC and fixed abbreviations are", zone);
}

/* The second argument, of the third's type, in a zone so far east of UTC. */
static int at_offset(struct td_fn_call *c, int64_t offset, struct td_err *err)
{
    enum td_fn_kind kind = td_fn_type_arg(c, 2).kind;
    struct td_time t = {0};
    int rc = td_time_arg(c, 1, td_time_kind_of(kind), &t, err);
    if (rc != TD_OK)
        return rc;
    if (kind == TD_FT_TIMETZ) {
        t.v = (t.v + (offset - t.zone_s) * SECOND) % TD_TIME_DAY_US;
        t.v += t.v < 0 ? TD_TIME_DAY_US : 0;
        t.zone_s = (int32_t)offset;
        return td_give_time(c, &t, err);
    }
    if (td_time_is_finite(&t))
        t.v += (kind == TD_FT_TIMESTAMPTZ ? offset : -offset) * SECOND;
    t.kind = kind == TD_FT_TIMESTAMPTZ ? TD_TIME_TIMESTAMP : TD_TIME_TIMESTAMPTZ;
    return td_give_time(c, &t, err);
}

/* PostgreSQL gives an infinite time back before it looks at the zone. */
static bool is_endless(struct td_fn_call *c)
{
    struct td_time t = {0};
    struct td_err none = {0};
    enum td_fn_kind kind = td_fn_type_arg(c, 2).kind;
    return kind != TD_FT_TIMETZ && td_time_arg(c, 1, td_time_kind_of(kind), &t, &none) == TD_OK &&
           !td_time_is_finite(&t);
}

static int timezone_fn(struct td_fn_call *c, struct td_err *err)
{
    const char *zone = NULL;
    int32_t offset = 0;
    int rc = td_fn_cstr(c, 0, &zone, err);
    if (rc == TD_OK && !is_endless(c))
        rc = td_zone_offset(zone, &offset, err);
    return rc != TD_OK ? rc : at_offset(c, offset, err);
}

/* An interval counts east of UTC, unlike an offset in text. */
static int timezone_interval(struct td_fn_call *c, struct td_err *err)
{
    const char *text = NULL;
    struct td_interval zone;
    int rc = td_interval_arg(c, 0, &zone, err);
    if (rc == TD_OK)
        rc = td_fn_cstr(c, 0, &text, err);
    if (rc == TD_OK && (zone.months != 0 || zone.days != 0) && !is_endless(c))
        return td_fn_fail(err, "22023", "interval time zone \"%s\" must not include months or days", text);
    return rc != TD_OK ? rc : at_offset(c, zone.us / SECOND, err);
}

const struct td_fn td_fn_times[] = {
    {"pg_now", 0, 1, TD_FN_VOLATILE, now},
    {"pg_statement_timestamp", 0, 0, TD_FN_VOLATILE, statement_timestamp},
    {"pg_clock_timestamp", 0, 0, TD_FN_VOLATILE, clock_timestamp},
    {"pg_localtimestamp", 0, 1, TD_FN_VOLATILE, localtimestamp},
    {"pg_current_date", 0, 0, TD_FN_VOLATILE, current_date},
    {"pg_localtime", 0, 1, TD_FN_VOLATILE, local_time},
    {"pg_current_time", 0, 1, TD_FN_VOLATILE, current_time},
    {"pg_extract", 3, 3, TD_FN_STRICT, extract},
    {"pg_date_part", 3, 3, TD_FN_STRICT, date_part},
    {"pg_date_trunc", 3, 4, TD_FN_STRICT, date_trunc},
    {"pg_timezone", 3, 3, TD_FN_STRICT, timezone_fn},
    {"pg_timezone_interval", 3, 3, TD_FN_STRICT, timezone_interval},
    {NULL, 0, 0, 0, NULL},
};
