/* Arithmetic of decimals: the scale of each result is PostgreSQL's. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/decimal.h"
#include "core/base/decimal_impl.h"
#include "core/base/mem.h"

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
    int32_t top = td_dec_max(a->weight, b->weight) + 1;
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

int td_dec_add(const struct td_dec *a, const struct td_dec *b, struct td_dec *out, struct td_err *err)
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
    out->scale = td_dec_max(a->scale, b->scale);
    if (rc == TD_OK)
        td_dec_strip(out);
    return rc;
}

static int op_add(struct td_dec *a, struct td_dec *b, struct td_dec *out, struct td_err *err)
{
    if (a->kind == TD_DEC_FINITE && b->kind == TD_DEC_FINITE)
        return td_dec_add(a, b, out, err);
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

int td_dec_mul(struct td_dec *a, struct td_dec *b, struct td_dec *out, struct td_err *err)
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
    int32_t scale = TD_DEC_MIN_SIG_DIGITS - weight * TD_DEC_DIGITS;
    scale = td_dec_max(td_dec_max(scale, 0), td_dec_max(a->scale, b->scale));
    return scale > TD_DEC_MAX_DISPLAY_SCALE ? TD_DEC_MAX_DISPLAY_SCALE : scale;
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
int td_dec_divide(const struct td_dec *a, const struct td_dec *b, int32_t scale, struct td_dec *out, struct td_err *err)
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
    int rc = td_dec_divide(a, b, scale, out, err);
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
        rc = td_dec_divide(a, b, 0, &q, err);
    q.neg = a->neg != b->neg;
    if (rc == TD_OK)
        rc = td_dec_to_scale(&q, 0, false, err);
    if (b_infinite)
        b->scale = 0;
    else if (rc == TD_OK)
        rc = td_dec_mul(&q, b, &p, err);
    p.neg = !p.neg;
    if (rc == TD_OK)
        rc = td_dec_add(a, &p, out, err);
    out->scale = td_dec_max(a->scale, b->scale);
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
    return binary(a, b, td_dec_mul, out, err);
}

int td_decimal_div(const char *a, const char *b, struct td_buf *out, struct td_err *err)
{
    return binary(a, b, op_div, out, err);
}

int td_decimal_mod(const char *a, const char *b, struct td_buf *out, struct td_err *err)
{
    return binary(a, b, op_mod, out, err);
}

static int no_root(const char *what, struct td_err *err)
{
    td_err_set(err, TD_C_NUMERIC, "%s", what);
    return td_err_sqlstate(err, "2201F");
}

/* a double's worth of digits of the root of a, which is above zero */
static int first_root(const struct td_dec *a, struct td_dec *out, struct td_err *err)
{
    double f = 0;
    char text[64];
    int32_t weight = a->weight;
    for (size_t i = 0; i < 5; i++)
        f = f * TD_DEC_BASE + (i < a->n ? a->digit[i] : 0);
    snprintf(text, sizeof text, "%.17ge%d", sqrt(f), 2 * (weight - 4));
    return td_dec_read(text, out, err);
}

/* x = (x + a / x) / 2, cut to `scale` digits */
static int better_root(const struct td_dec *a, int32_t scale, struct td_dec *x, struct td_err *err)
{
    struct td_dec q = {0}, sum = {0}, half = {0};
    int rc = td_dec_read("0.5", &half, err);
    if (rc == TD_OK)
        rc = td_dec_divide(a, x, scale, &q, err);
    if (rc == TD_OK)
        rc = td_dec_add(x, &q, &sum, err);
    td_dec_deinit(x);
    if (rc == TD_OK)
        rc = td_dec_mul(&sum, &half, x, err);
    if (rc == TD_OK)
        rc = td_dec_to_scale(x, scale, false, err);
    td_dec_deinit(&q);
    td_dec_deinit(&sum);
    td_dec_deinit(&half);
    return rc;
}

/* The scale is numeric_sqrt's. Twelve digits more tell how to round: only a root that ends there could be a tie. */
static int op_sqrt(const struct td_dec *a, struct td_dec *out, struct td_err *err)
{
    if (a->kind != TD_DEC_NAN && sign_of(a) < 0)
        return no_root("cannot take square root of a negative number", err);
    if (a->kind != TD_DEC_FINITE) {
        out->kind = a->kind;
        return TD_OK;
    }
    int32_t scale = TD_DEC_MIN_SIG_DIGITS - ((a->weight + 1) * TD_DEC_DIGITS / 2 - 1);
    scale = td_dec_max(td_dec_max(scale, a->scale), 0);
    scale = scale > TD_DEC_MAX_DISPLAY_SCALE ? TD_DEC_MAX_DISPLAY_SCALE : scale;
    out->scale = scale;
    if (a->n == 0)
        return TD_OK;
    int rc = first_root(a, out, err);
    int32_t wanted = scale + 12 + td_dec_max(a->weight, 0) * TD_DEC_DIGITS;
    for (int32_t have = 14; rc == TD_OK && have < 2 * wanted; have *= 2)
        rc = better_root(a, scale + 12, out, err);
    return rc == TD_OK ? td_dec_to_scale(out, scale, true, err) : rc;
}

/* x = x * y, rounded to what is needed: at most `most` digits after the point, and at least none. */
static int times(struct td_dec *x, const struct td_dec *y, int32_t most, struct td_err *err)
{
    struct td_dec a = *x, b = *y, product = {0};
    int32_t scale = a.scale + b.scale;
    int rc = td_dec_mul(&a, &b, &product, err);
    if (rc == TD_OK && scale > td_dec_max(most, 0))
        rc = td_dec_to_scale(&product, td_dec_max(most, 0), true, err);
    td_dec_deinit(x);
    *x = product;
    return rc;
}

static int too_great(struct td_err *err)
{
    td_err_set(err, TD_C_NUMERIC, "value overflows numeric format");
    return td_err_sqlstate(err, "22003");
}

/* log10(|a|), nearly */
static double magnitude(const struct td_dec *a)
{
    double f = a->digit[0];
    int32_t p = a->weight * TD_DEC_DIGITS;
    for (size_t i = 1; i < a->n && i * TD_DEC_DIGITS < 16; i++) {
        f = f * TD_DEC_BASE + a->digit[i];
        p -= TD_DEC_DIGITS;
    }
    return log10(f) + p;
}

/* base ^ |n| by squares, as power_var_int() does it, with its eight digits to spare. */
static int by_squares(const struct td_dec *base, unsigned n, int32_t digits, struct td_dec *out, struct td_err *err)
{
    struct td_dec square = {0}, one = {0};
    int rc = td_dec_read("1", out, err);
    if (rc == TD_OK)
        rc = td_dec_read("1", &one, err);
    if (rc == TD_OK) {
        square = one;
        memset(&one, 0, sizeof one);
        rc = times(&square, base, TD_DEC_SCALE_MAX, err);
    }
    if (rc == TD_OK && (n & 1) != 0)
        rc = times(out, base, TD_DEC_SCALE_MAX, err);
    while (rc == TD_OK && (n >>= 1) > 0) {
        rc = times(&square, &square, digits - 2 * square.weight * TD_DEC_DIGITS, err);
        if (rc == TD_OK && (n & 1) != 0)
            rc = times(out, &square, digits - (square.weight + out->weight) * TD_DEC_DIGITS, err);
        if (rc == TD_OK && (square.weight > TD_DEC_WEIGHT_MAX || out->weight > TD_DEC_WEIGHT_MAX))
            rc = too_great(err);
    }
    td_dec_deinit(&square);
    td_dec_deinit(&one);
    return rc;
}

static int power_of_special(const struct td_dec *base, int64_t n, struct td_dec *out, struct td_err *err)
{
    if (n == 0)
        return td_dec_read("1", out, err);
    if (n < 0 && base->kind != TD_DEC_NAN)
        return TD_OK; /* zero, scale 0 */
    out->kind = base->kind == TD_DEC_NEG_INF && n % 2 == 0 ? TD_DEC_INF : base->kind;
    return TD_OK;
}

/* The scale is that of power_var() for whole exponents. */
static int power_to(const struct td_dec *base, int32_t n, struct td_dec *out, struct td_err *err)
{
    int32_t scale = td_dec_max(TD_DEC_MIN_SIG_DIGITS, base->scale);
    scale = scale > TD_DEC_MAX_DISPLAY_SCALE ? TD_DEC_MAX_DISPLAY_SCALE : scale;
    if (base->kind != TD_DEC_FINITE)
        return power_of_special(base, n, out, err);
    if (base->n == 0 && n < 0)
        return no_root("zero raised to a negative power is undefined", err);
    out->scale = scale;
    if (base->n == 0 && n > 0)
        return TD_OK;
    double size = base->n == 0 ? 0 : n * magnitude(base);
    if (size > (TD_DEC_WEIGHT_MAX + 1) * TD_DEC_DIGITS)
        return too_great(err);
    if (size + 1 < -scale || size + 1 < -TD_DEC_MAX_DISPLAY_SCALE)
        return TD_OK;
    unsigned times_n = n < 0 ? 0u - (unsigned)n : (unsigned)n;
    int32_t digits = 1 + scale + (int32_t)size + 8 + (n == 0 ? 0 : (int32_t)log(times_n));
    struct td_dec one = {0}, power = {0};
    int rc = by_squares(base, times_n, digits, &power, err);
    if (rc == TD_OK && n < 0) {
        rc = td_dec_read("1", &one, err);
        if (rc == TD_OK)
            rc = td_dec_divide(&one, &power, scale, out, err);
        out->neg = power.neg;
    } else if (rc == TD_OK) {
        *out = power;
        memset(&power, 0, sizeof power);
    }
    td_dec_deinit(&one);
    td_dec_deinit(&power);
    return rc == TD_OK ? td_dec_to_scale(out, scale, true, err) : rc;
}

int td_decimal_sqrt(const char *text, struct td_buf *out, struct td_err *err)
{
    struct td_dec x = {0}, result = {0};
    int rc = td_dec_read(text, &x, err);
    if (rc == TD_OK)
        rc = op_sqrt(&x, &result, err);
    if (rc == TD_OK)
        rc = td_dec_print(&result, out, err);
    td_dec_deinit(&x);
    td_dec_deinit(&result);
    return rc;
}

int td_decimal_power(const char *text, int32_t exponent, struct td_buf *out, struct td_err *err)
{
    struct td_dec x = {0}, result = {0};
    int rc = td_dec_read(text, &x, err);
    if (rc == TD_OK)
        rc = power_to(&x, exponent, &result, err);
    if (rc == TD_OK)
        rc = td_dec_print(&result, out, err);
    td_dec_deinit(&x);
    td_dec_deinit(&result);
    return rc;
}
