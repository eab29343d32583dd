/* Arithmetic of decimals: the scale of each result is PostgreSQL's. */
#include <string.h>

#include "core/base/decimal.h"
#include "core/base/decimal_impl.h"
#include "core/base/mem.h"

#define MIN_SIG_DIGITS    16   /* a quotient shows at least so many significant digits */
#define MAX_DISPLAY_SCALE 1000 /* but no more than these after the point */

static int32_t max_of(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t digit_at(const struct td_dec *d, int32_t weight)
{
    int64_t i = (int64_t)d->weight - weight;
    return i >= 0 && i < (int64_t)d->n ? d->digit[i] : 0;
}

static int32_t lowest(const struct td_dec *d)
{
    return d->weight - (int32_t)d->n + 1;
}

/* |a| + |b|, or |a| - |b| where |a| >= |b|. */
static int combine(const struct td_dec *a, const struct td_dec *b, bool subtract, struct td_dec *out,
                   struct td_err *err)
{
    int32_t top = max_of(a->weight, b->weight) + 1;
    int32_t low = lowest(a) < lowest(b) ? lowest(a) : lowest(b);
    int rc = td_dec_alloc(out, (size_t)(top - low + 1), err);
    if (rc != TD_OK)
        return rc;
    out->weight = top;
    int32_t carry = 0;
    for (int32_t w = low; w <= top; w++) {
        int32_t v = digit_at(a, w) + (subtract ? -digit_at(b, w) : digit_at(b, w)) + carry;
        carry = v < 0 ? -1 : v >= TD_DEC_BASE;
        out->digit[top - w] = v - carry * TD_DEC_BASE;
    }
    return TD_OK;
}

static int add_signed(const struct td_dec *a, const struct td_dec *b, struct td_dec *out, struct td_err *err)
{
    int rc;
    bool neg = a->neg;
    if (a->neg == b->neg) {
        rc = combine(a, b, false, out, err);
    } else if (td_dec_compare_abs(a, b) >= 0) {
        rc = combine(a, b, true, out, err);
    } else {
        rc = combine(b, a, true, out, err);
        neg = b->neg;
    }
    out->neg = neg;
    out->scale = max_of(a->scale, b->scale);
    if (rc == TD_OK)
        td_dec_strip(out);
    return rc;
}

static int op_add(struct td_dec *a, struct td_dec *b, struct td_dec *out, struct td_err *err)
{
    if (a->kind == TD_DEC_FINITE && b->kind == TD_DEC_FINITE)
        return add_signed(a, b, out, err);
    bool clash = a->kind != TD_DEC_FINITE && b->kind != TD_DEC_FINITE && a->kind != b->kind;
    out->kind = a->kind == TD_DEC_NAN || b->kind == TD_DEC_NAN || clash ? TD_DEC_NAN
                : a->kind != TD_DEC_FINITE                              ? a->kind
                                                                        : b->kind;
    return TD_OK;
}

static int op_sub(struct td_dec *a, struct td_dec *b, struct td_dec *out, struct td_err *err)
{
    b->neg = !b->neg;
    if (b->kind == TD_DEC_INF || b->kind == TD_DEC_NEG_INF)
        b->kind = b->kind == TD_DEC_INF ? TD_DEC_NEG_INF : TD_DEC_INF;
    return op_add(a, b, out, err);
}

/* -1, 0, 1 of any that is not NaN. */
static int sign_of(const struct td_dec *d)
{
    if (d->kind != TD_DEC_FINITE)
        return d->kind == TD_DEC_INF ? 1 : -1;
    return d->n == 0 ? 0 : d->neg ? -1 : 1;
}

static int op_mul(struct td_dec *a, struct td_dec *b, struct td_dec *out, struct td_err *err)
{
    if (a->kind != TD_DEC_FINITE || b->kind != TD_DEC_FINITE) {
        int sign = a->kind == TD_DEC_NAN || b->kind == TD_DEC_NAN ? 0 : sign_of(a) * sign_of(b);
        out->kind = sign == 0 ? TD_DEC_NAN : sign > 0 ? TD_DEC_INF : TD_DEC_NEG_INF;
        return TD_OK;
    }
    int rc = td_dec_alloc(out, a->n + b->n, err);
    if (rc != TD_OK)
        return rc;
    for (size_t i = a->n; i-- > 0;) {
        int32_t carry = 0;
        for (size_t j = b->n; j-- > 0;) {
            int32_t v = out->digit[i + j + 1] + a->digit[i] * b->digit[j] + carry;
            carry = v / TD_DEC_BASE;
            out->digit[i + j + 1] = v % TD_DEC_BASE;
        }
        out->digit[i] += carry;
    }
    out->weight = a->weight + b->weight + 1;
    out->neg = a->neg != b->neg;
    out->scale = a->scale + b->scale;
    td_dec_strip(out);
    if (out->scale > TD_DEC_SCALE_MAX)
        rc = td_dec_to_scale(out, TD_DEC_SCALE_MAX, true, err);
    return rc;
}

static int32_t quotient_scale(const struct td_dec *a, const struct td_dec *b)
{
    int32_t first_a = a->n > 0 ? a->digit[0] : 0, first_b = b->digit[0];
    int32_t weight = (a->n > 0 ? a->weight : 0) - b->weight - (first_a <= first_b);
    int32_t scale = MIN_SIG_DIGITS - weight * TD_DEC_DIGITS;
    scale = max_of(max_of(scale, 0), max_of(a->scale, b->scale));
    return scale > MAX_DISPLAY_SCALE ? MAX_DISPLAY_SCALE : scale;
}

/* u (m+n+1 digits) divided by v (n digits, v[0] > 0), quotient to q (m+1 digits), the remainder stays in u: Knuth's
 * algorithm D, The Art of Computer Programming 4.3.1, with the estimate from 64-bit numbers in place of scaling. */
static void long_division(int32_t *u, size_t m, const int32_t *v, size_t n, int32_t *q)
{
    const int64_t base = TD_DEC_BASE;
    int64_t v_top = (v[0] * base + (n > 1 ? v[1] : 0)) * base + (n > 2 ? v[2] : 0);
    for (size_t j = 0; j <= m; j++) {
        int64_t u_top = ((u[j] * base + u[j + 1]) * base + (n > 1 ? u[j + 2] : 0)) * base + (n > 2 ? u[j + 3] : 0);
        int64_t guess = u_top / v_top; /* never too small; at most one too large */
        int64_t borrow = 0;
        for (size_t i = n; i-- > 0;) {
            int64_t x = u[j + 1 + i] - guess * v[i] + borrow;
            borrow = x >= 0 ? x / base : -((-x + base - 1) / base);
            u[j + 1 + i] = (int32_t)(x - borrow * base);
        }
        int64_t top = u[j] + borrow;
        while (top < 0) {
            int32_t carry = 0;
            for (size_t i = n; i-- > 0;) {
                int32_t x = u[j + 1 + i] + v[i] + carry;
                carry = x >= TD_DEC_BASE;
                u[j + 1 + i] = x - carry * TD_DEC_BASE;
            }
            top += carry;
            guess--;
        }
        u[j] = (int32_t)top;
        q[j] = (int32_t)guess;
    }
}

/* |a| / |b| cut to at least `scale` + 1 digits, so that rounding to `scale` is right. b is not zero. */
static int divide(const struct td_dec *a, const struct td_dec *b, int32_t scale, struct td_dec *out, struct td_err *err)
{
    /* quotient digits from weight a.weight - b.weight down to the group that holds digit scale + 1 */
    int32_t low = -(scale / TD_DEC_DIGITS + 1);
    int32_t top = a->weight - b->weight;
    if (a->n == 0 || top < low) {
        out->scale = scale;
        return TD_OK;
    }
    size_t m = (size_t)(top - low), n = b->n;
    int32_t *u = td_mem_zalloc((m + n + 1) * sizeof *u);
    if (u == NULL)
        return td_err_nomem(err);
    for (size_t i = 0; i < a->n && i < m + n; i++)
        u[i + 1] = a->digit[i];
    int rc = td_dec_alloc(out, m + 1, err);
    if (rc == TD_OK) {
        long_division(u, m, b->digit, n, out->digit);
        out->weight = top;
        out->scale = scale;
        td_dec_strip(out);
    }
    td_mem_free(u);
    return rc;
}

static int by_zero(struct td_err *err)
{
    td_err_set(err, TD_C_DIVISION_BY_ZERO, "division by zero");
    return td_err_sqlstate(err, "22012");
}

static int op_div(struct td_dec *a, struct td_dec *b, struct td_dec *out, struct td_err *err)
{
    if (a->kind == TD_DEC_NAN || b->kind == TD_DEC_NAN) {
        out->kind = TD_DEC_NAN;
        return TD_OK;
    }
    if (sign_of(b) == 0)
        return by_zero(err);
    if (a->kind != TD_DEC_FINITE) {
        out->kind = b->kind != TD_DEC_FINITE ? TD_DEC_NAN : sign_of(a) == sign_of(b) ? TD_DEC_INF : TD_DEC_NEG_INF;
        return TD_OK;
    }
    if (b->kind != TD_DEC_FINITE)
        return TD_OK; /* zero, scale 0 */
    int32_t scale = quotient_scale(a, b);
    int rc = divide(a, b, scale, out, err);
    out->neg = a->neg != b->neg;
    return rc == TD_OK ? td_dec_to_scale(out, scale, true, err) : rc;
}

/* a - trunc(a / b) * b */
static int op_mod(struct td_dec *a, struct td_dec *b, struct td_dec *out, struct td_err *err)
{
    if (a->kind == TD_DEC_NAN || b->kind == TD_DEC_NAN) {
        out->kind = TD_DEC_NAN;
        return TD_OK;
    }
    if (sign_of(b) == 0)
        return by_zero(err);
    struct td_dec q = {0}, p = {0};
    bool b_infinite = b->kind != TD_DEC_FINITE;
    int rc = TD_OK;
    if (a->kind != TD_DEC_FINITE) {
        out->kind = TD_DEC_NAN;
        return TD_OK;
    }
    if (!b_infinite)
        rc = divide(a, b, 0, &q, err);
    q.neg = a->neg != b->neg;
    if (rc == TD_OK)
        rc = td_dec_to_scale(&q, 0, false, err);
    if (b_infinite)
        b->scale = 0;
    else if (rc == TD_OK)
        rc = op_mul(&q, b, &p, err);
    p.neg = !p.neg;
    if (rc == TD_OK)
        rc = add_signed(a, &p, out, err);
    out->scale = max_of(a->scale, b->scale);
    td_dec_deinit(&q);
    td_dec_deinit(&p);
    return rc;
}

static int binary(const char *a, const char *b,
                  int (*op)(struct td_dec *, struct td_dec *, struct td_dec *, struct td_err *), struct td_buf *out,
                  struct td_err *err)
{
    struct td_dec x = {0}, y = {0}, result = {0};
    int rc = td_dec_read(a, &x, err);
    if (rc == TD_OK)
        rc = td_dec_read(b, &y, err);
    if (rc == TD_OK)
        rc = op(&x, &y, &result, err);
    if (rc == TD_OK)
        rc = td_dec_print(&result, out, err);
    td_dec_deinit(&x);
    td_dec_deinit(&y);
    td_dec_deinit(&result);
    return rc;
}

int td_decimal_add(const char *a, const char *b, struct td_buf *out, struct td_err *err)
{
    return binary(a, b, op_add, out, err);
}

int td_decimal_sub(const char *a, const char *b, struct td_buf *out, struct td_err *err)
{
    return binary(a, b, op_sub, out, err);
}

int td_decimal_mul(const char *a, const char *b, struct td_buf *out, struct td_err *err)
{
    return binary(a, b, op_mul, out, err);
}

int td_decimal_div(const char *a, const char *b, struct td_buf *out, struct td_err *err)
{
    return binary(a, b, op_div, out, err);
}

int td_decimal_mod(const char *a, const char *b, struct td_buf *out, struct td_err *err)
{
    return binary(a, b, op_mod, out, err);
}
