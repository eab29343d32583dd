/* Dates and times: PostgreSQL's text, our canonical text on SQLite, and 64-bit numbers, exactly there and back.
 *
 * Canonical forms, which sort bytewise as time does (within one type):
 *
 *     timestamptz  2026-11-22T10:19:00.123456Z    UTC, always six digits
 *     timestamp    2026-11-22T10:19:00.123456
 *     date         2026-11-22
 *     time         10:19:00.123456                24:00:00.000000 is the last
 *     timetz       10:19:00.123456+02:00          offset always written; +hh:mm:ss where it has seconds. Not sorted
 *                                                 by the text: PostgreSQL orders it by the moment in UTC
 *
 * Beside the years 0001 to 9999 the first byte keeps the order ('-' < '/' < '0'..'9' < 'Y' < 'i'):
 *
 *     -infinity
 *     /9999956-03-15T...    44 BC... the year is 10000000 - n for the year n BC, so that it grows with time
 *     0001-01-01T...        to 9999-12-31T...
 *     Y0010000-01-01T...    years above 9999, seven digits
 *     infinity
 *
 * Numbers: microseconds since 2000-01-01 00:00 (timestamptz in UTC), PostgreSQL's own epoch and range: 4714-11-24 BC
 * to 294276-12-31; INT64_MIN and INT64_MAX are the infinities. A date counts days from the same day, a time
 * microseconds since midnight. The session's time zone is UTC and DateStyle "ISO, MDY" throughout. */
#ifndef TD_BASE_TIME_H
#define TD_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

enum td_time_kind { TD_TIME_TIMESTAMPTZ, TD_TIME_TIMESTAMP, TD_TIME_DATE, TD_TIME_TIME, TD_TIME_TIMETZ };

#define TD_TIME_INFINITY     INT64_MAX
#define TD_TIME_NEG_INFINITY INT64_MIN
#define TD_TIME_DAY_US       INT64_C(86400000000)
#define TD_TIME_UNIX_US      INT64_C(946684800000000) /* add to get microseconds since 1970 */

struct td_time {
    enum td_time_kind kind;
    int64_t v;      /* microseconds or, for a date, days */
    int32_t zone_s; /* timetz only: seconds east of UTC */
};

/* Reads what PostgreSQL's input for the type reads, and the canonical forms. `precision` 0 to 6 rounds as timestamp(n)
 * does, -1 does not. `now` (for 'now', 'today'...): microseconds since 2000; NULL: the clock. SQLSTATE 22007 not a
 * date, 22008 out of range, 22023 unknown time zone. Zones: offsets, Z, UTC and GMT, and PostgreSQL's default
 * abbreviations of fixed offset; region names ('Europe/Berlin') are refused. */
TD_MUST_CHECK int td_time_parse(enum td_time_kind kind, int precision, const char *text, const int64_t *now,
                                struct td_time *out, struct td_err *err);
void td_time_print_pg(const struct td_time *t, struct td_buf *out);        /* 2026-11-22 10:19:00.12+00 */
void td_time_print_canonical(const struct td_time *t, struct td_buf *out); /* 2026-11-22T10:19:00.120000Z */
/* An abbreviation of fixed offset, in either case: seconds east of UTC. */
bool td_time_zone_abbreviation(const char *word, int32_t *zone_s);
/* parse and print in one. */
TD_MUST_CHECK int td_time_to_canonical(enum td_time_kind kind, int precision, const char *text, struct td_buf *out,
                                       struct td_err *err);
TD_MUST_CHECK int td_time_to_pg(enum td_time_kind kind, const char *text, struct td_buf *out, struct td_err *err);
/* Between kinds, as PostgreSQL casts (in UTC): timestamp <-> timestamptz <-> date, and -> time, timetz -> time. */
TD_MUST_CHECK int td_time_cast(const struct td_time *t, enum td_time_kind kind, struct td_time *out,
                               struct td_err *err);
void td_time_round(struct td_time *t, int precision); /* half away from 2000-01-01, as PostgreSQL */

int64_t td_time_now(void); /* microseconds since 2000 */
int64_t td_clock_ms(void); /* monotonic: for how long something takes */

/* Civil calendar, proleptic Gregorian; year 0 is 1 BC. Days count from 2000-01-01. */
struct td_civil {
    int year, month, day;
};
int64_t td_civil_to_days(struct td_civil c);
struct td_civil td_civil_from_days(int64_t days);
int td_civil_month_days(int year, int month);

/* Intervals: three parts that are never mixed, as in PostgreSQL. */
struct td_interval {
    int32_t months, days;
    int64_t us;
};
TD_MUST_CHECK int td_interval_parse(const char *text, struct td_interval *out, struct td_err *err);
/* As a type with fields and digits reads it: `fields` are the bits of PostgreSQL's INTERVAL_MASK, -1: all; `digits` of
 * the seconds, -1: all. The number of '30' is one of the last field; what is smaller than that is cut off. */
TD_MUST_CHECK int td_interval_parse_as(const char *text, int fields, int digits, struct td_interval *out,
                                       struct td_err *err);
void td_interval_fit(struct td_interval *i, int fields, int digits);     /* the same of a value that is there */
const char *td_interval_fields_name(int fields);                         /* "day to second"; NULL: none */
int td_interval_fields(const char *name);                                /* -1: none */
void td_interval_print(const struct td_interval *i, struct td_buf *out); /* IntervalStyle postgres: 1 day 02:03:00 */
int td_interval_compare(const struct td_interval *a, const struct td_interval *b); /* a month counts 30 days */
TD_MUST_CHECK int td_interval_add(const struct td_interval *a, const struct td_interval *b, int sign,
                                  struct td_interval *out, struct td_err *err);
/* t + sign * i: months first, the day clamped to the month's last, then days, then the time. A date becomes a
 * timestamp; time and timetz use i->us alone and wrap at midnight. */
TD_MUST_CHECK int td_time_add(const struct td_time *t, const struct td_interval *i, int sign, struct td_time *out,
                              struct td_err *err);
/* timestamp - timestamp: days and microseconds; date - date in days. TD_EDATA for infinities and unequal kinds. */
TD_MUST_CHECK int td_time_diff(const struct td_time *a, const struct td_time *b, struct td_interval *out,
                               struct td_err *err);

#endif
