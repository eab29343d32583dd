/* Arguments that are times and intervals: what the time functions share. */
#ifndef TD_SQLITE_FUNCTIONS_TIME_H
#define TD_SQLITE_FUNCTIONS_TIME_H

#include "core/base/time.h"
#include "drivers/sqlite/functions/call.h"

/* A time calendar reading: what extract, date_trunc and to_char look at. */
struct td_fields {
    struct td_civil date;
    int64_t days; /* since 2000-01-01 */
    int hour, minute, second;
    int64_t us; /* of the second */
};

/* The kind for a type; anything that is no time is a timestamp. */
enum td_time_kind td_time_kind_of(enum td_fn_kind kind);
TD_MUST_CHECK int td_time_arg(struct td_fn_call *c, int arg, enum td_time_kind kind, struct td_time *out,
                              struct td_err *err);
/* Appends its length as fixed-width text: a month counts 30 days. */
void td_interval_sort(const struct td_interval *i, struct td_buf *out);
TD_MUST_CHECK int td_interval_arg(struct td_fn_call *c, int arg, struct td_interval *out, struct td_err *err);
TD_MUST_CHECK int td_give_time(struct td_fn_call *c, const struct td_time *t, struct td_err *err);
TD_MUST_CHECK int td_give_interval(struct td_fn_call *c, const struct td_interval *i, struct td_err *err);
bool td_time_is_finite(const struct td_time *t);
void td_time_fields(const struct td_time *t, struct td_fields *out);
/* Microseconds since 2000 (or of the day), with ranges checked by the caller's print. */
int64_t td_fields_us(const struct td_fields *f);
int td_iso_week(int64_t days, int *year_out); /* ISO week and its year */
int td_week_day(int64_t days);                /* 0 Sunday to 6 */

/* Seconds east of UTC for a zone's name: an offset alone ('05:30'), which POSIX counts west, or an abbreviation of
 * fixed offset. All others are 22023. */
TD_MUST_CHECK int td_zone_offset(const char *zone, int32_t *out, struct td_err *err);

#endif
