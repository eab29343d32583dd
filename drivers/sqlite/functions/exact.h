/* core/base's exact numbers and jsonb, for use inside a call: those functions hold heap memory while they write, so
 * they write to the heap here, and what they wrote goes to the call's arena afterwards. Otherwise as there. */
#ifndef TD_SQLITE_FUNCTIONS_EXACT_H
#define TD_SQLITE_FUNCTIONS_EXACT_H

#include <stddef.h>

#include "core/base/buf.h"
#include "core/base/err.h"

TD_MUST_CHECK int td_exact_canon(const char *text, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_floor(const char *text, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_ceil(const char *text, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_abs(const char *text, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_neg(const char *text, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_trim(const char *text, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_round(const char *text, int scale, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_trunc(const char *text, int scale, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_fit(const char *text, int precision, int scale, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_add(const char *a, const char *b, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_sub(const char *a, const char *b, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_mul(const char *a, const char *b, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_div(const char *a, const char *b, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_mod(const char *a, const char *b, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_from_double(double v, int digits, struct td_buf *out, struct td_err *err);
TD_MUST_CHECK int td_exact_jsonb(const char *text, size_t len, struct td_buf *out, struct td_err *err);
/* Text that sorts as the number: a sign, the number of digits before the point, the digits. Negative ones have every
 * digit turned round and end high, so that the longer sorts first. */
struct td_arena;
TD_MUST_CHECK int td_exact_sort(struct td_arena *a, const char *text, struct td_buf *out, struct td_err *err);

#endif
