/* PostgreSQL's numeric as text: read, rounded, compared and calculated exactly as PostgreSQL 15 does it, NaN and the
 * infinities included. Operands are any text that numeric's input accepts (blanks around, exponents), NUL-terminated;
 * results are canonical text, appended to `out`. Errors carry PostgreSQL's SQLSTATE: 22P02 no number, 22003 overflow,
 * 22012 division by zero. On an error `out` may hold nothing new. */
#ifndef TD_BASE_DECIMAL_H
#define TD_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"

/* numeric '...': the canonical text, e.g. " 1e3 " -> "1000", "1.10" -> "1.10", "-0.0" -> "0.0", "nan" -> "NaN". */
TD_MUST_CHECK int td_decimal_canon(const char *text, struct td_buf *out, struct td_err *err);
bool td_decimal_valid(const char *text);
/* What numeric(p,s) stores: rounded half away from zero; 22003 when it does not fit. s may be negative or above p. */
TD_MUST_CHECK int td_decimal_fit(const char *text, int precision, int scale, struct td_buf *out, struct td_err *err);
/* round(x, n), trunc(x, n): n may be negative. floor, ceil, abs, -x; min_scale: trim_scale(x). */
TD_MUST_CHECK int td_decimal_round(const char *text, int scale, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_decimal_trunc(const char *text, int scale, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_decimal_floor(const char *text, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_decimal_ceil(const char *text, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_decimal_abs(const char *text, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_decimal_neg(const char *text, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_decimal_trim(const char *text, struct td_buf *out, struct td_err *err);

/* As btree orders numeric: -Infinity < numbers < Infinity < NaN, NaN = NaN. *out is -1, 0 or 1. */
TD_MUST_CHECK int td_decimal_compare(const char *a, const char *b, int *out, struct td_err *err);

TD_MUST_CHECK int td_decimal_add(const char *a, const char *b, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_decimal_sub(const char *a, const char *b, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_decimal_mul(const char *a, const char *b, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_decimal_div(const char *a, const char *b, struct td_buf *out, struct td_err *err);
/* sqrt(x), and x ^ n for a whole n: correctly rounded at numeric's scale. 2201F where there is no result. */
TD_MUST_CHECK int td_decimal_sqrt(const char *text, struct td_buf *out, struct td_err *err);
/* To base e; of b to base a: with the digits that numeric_ln() and numeric_log() give. 2201E of what is not above zero.
 */
TD_MUST_CHECK int td_decimal_ln(const char *text, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_decimal_log(const char *a, const char *b, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_decimal_power(const char *text, int32_t exponent, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_decimal_mod(const char *a, const char *b, struct td_buf *out, struct td_err *err); /* sign of a */

/* x::int8: rounded half away from zero; 22003 out of range or not finite. */
TD_MUST_CHECK int td_decimal_to_int(const char *text, int64_t *out, struct td_err *err);
/* float8::numeric: the 15 significant digits that PostgreSQL keeps. float4 has 6. */
TD_MUST_CHECK int td_decimal_from_double(double v, int digits, struct td_buf *out, struct td_err *err);

#endif
