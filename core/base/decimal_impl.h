/* The number behind decimal.h, shared by decimal.c (text, rounding, order), decimal_math.c (arithmetic) and
 * decimal_log.c alone. */
#ifndef TD_BASE_DECIMAL_IMPL_H
#define TD_BASE_DECIMAL_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

struct td_buf;

/* Base 10000, as PostgreSQL has it: its rules for the scale of a quotient count in such digits. */
#define TD_DEC_BASE       10000
#define TD_DEC_DIGITS     4
#define TD_DEC_WEIGHT_MAX 0x7FFF
#define TD_DEC_SCALE_MAX  16383

#define TD_DEC_MIN_SIG_DIGITS    16   /* a quotient, root or logarithm shows at least so many significant digits */
#define TD_DEC_MAX_DISPLAY_SCALE 1000 /* but no more than these after the point */

static inline int32_t td_dec_max(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

enum td_dec_kind { TD_DEC_FINITE, TD_DEC_NEG_INF, TD_DEC_INF, TD_DEC_NAN };

/* value = sign * sum(digit[i] * 10000^(weight - i)); no leading or trailing zero digits; zero has n = 0, weight 0. */
struct td_dec {
    enum td_dec_kind kind;
    bool neg;
    int32_t weight, scale; /* scale: decimal digits shown after the point */
    size_t n;
    int32_t *digit; /* owned, td_mem */
};

void td_dec_deinit(struct td_dec *d);
TD_MUST_CHECK int td_dec_alloc(struct td_dec *d, size_t n, struct td_err *err); /* n zero digits */
void td_dec_strip(struct td_dec *d);
TD_MUST_CHECK int td_dec_read(const char *text, struct td_dec *out, struct td_err *err);
/* Rounds (half away from zero) or cuts to `scale` decimal digits, which becomes its scale unless that is negative. */
TD_MUST_CHECK int td_dec_to_scale(struct td_dec *d, int scale, bool round, struct td_err *err);
/* Appends; 22003 when numeric cannot hold it. */
TD_MUST_CHECK int td_dec_print(const struct td_dec *d, struct td_buf *out, struct td_err *err);
int td_dec_compare_abs(const struct td_dec *a, const struct td_dec *b);

/* Each into a zeroed `out`. */
TD_MUST_CHECK int td_dec_add(const struct td_dec *a, const struct td_dec *b, struct td_dec *out, struct td_err *err);
TD_MUST_CHECK int td_dec_mul(struct td_dec *a, struct td_dec *b, struct td_dec *out, struct td_err *err);
/* |a| / |b| of finite numbers, cut to at least `scale` + 1 digits, so that rounding to `scale` is right; b is not zero.
 */
TD_MUST_CHECK int td_dec_divide(const struct td_dec *a, const struct td_dec *b, int32_t scale, struct td_dec *out,
                                struct td_err *err);

#endif
