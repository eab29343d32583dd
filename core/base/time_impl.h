/* What time.c, time_parse.c and interval.c share, and nobody else. */
#ifndef TD_BASE_TIME_IMPL_H
#define TD_BASE_TIME_IMPL_H

#include <stddef.h>

#include "core/base/time.h"

/* A value outside its type's range: 22008. */
TD_MUST_CHECK int td_time_check(const struct td_time *t, struct td_err *err);
int64_t td_time_round_us(int64_t us, int precision);

/* HH:MM, HH:MM:SS, with any fraction; `s` is all of it. Hours are not bounded. False when it is none. */
bool td_time_clock(const char *s, size_t len, bool interval, int64_t *hours, int64_t *us_of_hour);
/* ".5" or ".": microseconds, rounded as PostgreSQL does (through a double). False when it is none. */
bool td_time_fraction(const char *s, size_t len, int64_t *us);

#endif
