/* Logarithms, with as many digits as PostgreSQL's numeric_ln() and numeric_log() show. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/decimal.h"
#include "core/base/decimal_impl.h"

#define SPARE 20 /* digits that are computed and not shown */
#define LN_10 2.302585092994046

/* *x = op(*x, y), cut to `scale`. */
static int times(struct td_dec *x, struct td_dec *y, int32_t scale, struct td_err *err)
{
    struct td_dec r = {0};
    int rc = td_dec_mul(x, y, &r, err);
    if (rc == TD_OK)
        rc = td_dec_to_scale(&r, scale, false, err);
    td_dec_deinit(x);
    *x = r;
    return rc;
}

static int plus(struct td_dec *x, const struct td_dec *y, struct td_err *err)
{
    struct td_dec r = {0};
    int rc = td_dec_add(x, y, &r, err);
    r.scale = td_dec_max(x->scale, y->scale);
    td_dec_deinit(x);
    *x = r;
    return rc;
}

static int over(const struct td_dec *x, const struct td_dec *y, int32_t scale, struct td_dec *out, struct td_err *err)
{
    int rc = td_dec_divide(x, y, scale, out, err);
    out->neg = out->n > 0 && x->neg != y->neg;
    return rc == TD_OK ? td_dec_to_scale(out, scale, false, err) : rc;
}

static int whole(int64_t v, struct td_dec *out, struct td_err *err)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)v);
    return td_dec_read(text, out, err);
}

/* ln x = 2 (z + z^3 / 3 + z^5 / 5 ...), z = (x - 1) / (x + 1); of x from 1 to 10. */
static int series(const struct td_dec *x, int32_t scale, struct td_dec *out, struct td_err *err)
{
    struct td_dec less = {0}, more = {0}, minus = {0}, one = {0}, power = {0}, square = {0};
    int rc = whole(-1, &minus, err);
    if (rc == TD_OK)
        rc = whole(1, &one, err);
    if (rc == TD_OK)
        rc = td_dec_add(x, &minus, &less, err);
    if (rc == TD_OK)
        rc = td_dec_add(x, &one, &more, err);
    if (rc == TD_OK)
        rc = over(&less, &more, scale, &power, err);
    if (rc == TD_OK)
        rc = td_dec_mul(&power, &power, &square, err);
    if (rc == TD_OK)
        rc = td_dec_to_scale(&square, scale, false, err);
    for (int64_t n = 1; rc == TD_OK && power.n > 0; n += 2) {
        struct td_dec divisor = {0}, term = {0};
        rc = whole(n, &divisor, err);
        if (rc == TD_OK)
            rc = over(&power, &divisor, scale, &term, err);
        if (rc == TD_OK)
            rc = plus(out, &term, err);
        if (rc == TD_OK)
            rc = times(&power, &square, scale, err);
        td_dec_deinit(&divisor);
        td_dec_deinit(&term);
    }
    struct td_dec two = {0};
    if (rc == TD_OK)
        rc = whole(2, &two, err);
    if (rc == TD_OK)
        rc = times(out, &two, scale, err);
    struct td_dec *all[] = {&less, &more, &minus, &one, &power, &square, &two};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        td_dec_deinit(all[i]);
    return rc;
}

/* x = m * 10^*exponent, with m from 1 to 10. */
static int mantissa(const struct td_dec *x, struct td_dec *m, int64_t *exponent, struct td_err *err)
{
    static const char *const tenths[] = {"1", "0.1", "0.01", "0.001"};
    int32_t first = x->digit[0];
    int j = first >= 1000 ? 3 : first >= 100 ? 2 : first >= 10 ? 1 : 0;
    struct td_dec shifted = *x, tenth = {0}; /* borrows x's digits */
    shifted.weight = 0;
    shifted.scale = (int32_t)x->n * TD_DEC_DIGITS;
    int rc = td_dec_read(tenths[j], &tenth, err);
    if (rc == TD_OK)
        rc = td_dec_mul(&shifted, &tenth, m, err);
    td_dec_deinit(&tenth);
    *exponent = (int64_t)x->weight * TD_DEC_DIGITS + j;
    return rc;
}

/* Of x above zero, with `scale` digits after the point, nearly all of which are right. */
static int ln(const struct td_dec *x, int32_t scale, struct td_dec *out, struct td_err *err)
{
    struct td_dec m = {0}, ten = {0}, ln_ten = {0}, e = {0};
    int64_t exponent = 0;
    int rc = mantissa(x, &m, &exponent, err);
    if (rc == TD_OK)
        rc = series(&m, scale, out, err);
    if (rc == TD_OK && exponent != 0)
        rc = whole(10, &ten, err);
    if (rc == TD_OK && exponent != 0)
        rc = series(&ten, scale, &ln_ten, err);
    if (rc == TD_OK && exponent != 0)
        rc = whole(exponent, &e, err);
    if (rc == TD_OK && exponent != 0)
        rc = times(&ln_ten, &e, scale, err);
    if (rc == TD_OK && exponent != 0)
        rc = plus(out, &ln_ten, err);
    struct td_dec *all[] = {&m, &ten, &ln_ten, &e};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        td_dec_deinit(all[i]);
    return rc;
}

/* The decimal place of ln(x)'s first digit, as the server estimates it before it computes. */
static int ln_place(const struct td_dec *x, int32_t *out, struct td_err *err)
{
    struct td_dec minus = {0}, rest = {0};
    double digits = x->digit[0], place = (double)x->weight * TD_DEC_DIGITS;
    if (x->n > 1) {
        digits = digits * TD_DEC_BASE + x->digit[1];
        place -= TD_DEC_DIGITS;
    }
    double near = digits * pow(10, place);
    if (x->weight > 0 || x->weight < -1 || near < 0.9 || near > 1.1001) {
        *out = (int32_t)log10(fabs(log(digits) + place * LN_10));
        return TD_OK;
    }
    int rc = whole(-1, &minus, err);
    if (rc == TD_OK)
        rc = td_dec_add(x, &minus, &rest, err);
    *out = rc == TD_OK && rest.n > 0 ? rest.weight * TD_DEC_DIGITS + (int32_t)log10(rest.digit[0]) : 0;
    td_dec_deinit(&minus);
    td_dec_deinit(&rest);
    return rc;
}

static int32_t shown(int32_t scale, int32_t least)
{
    scale = td_dec_max(td_dec_max(scale, least), 0);
    return scale > TD_DEC_MAX_DISPLAY_SCALE ? TD_DEC_MAX_DISPLAY_SCALE : scale;
}

static int none(const char *of, struct td_err *err)
{
    td_err_set(err, TD_C_NUMERIC, "cannot take logarithm of %s", of);
    return td_err_sqlstate(err, "2201E");
}

static int check(const struct td_dec *x, struct td_err *err)
{
    if (x->kind == TD_DEC_NEG_INF || (x->kind == TD_DEC_FINITE && x->neg))
        return none("a negative number", err);
    return x->kind == TD_DEC_FINITE && x->n == 0 ? none("zero", err) : TD_OK;
}

static int natural(const struct td_dec *x, struct td_dec *out, struct td_err *err)
{
    int32_t place = 0;
    if (x->kind == TD_DEC_NAN) {
        out->kind = TD_DEC_NAN;
        return TD_OK;
    }
    int rc = check(x, err);
    out->kind = x->kind;
    if (rc != TD_OK || x->kind != TD_DEC_FINITE)
        return rc;
    rc = ln_place(x, &place, err);
    int32_t scale = shown(TD_DEC_MIN_SIG_DIGITS - place, x->scale);
    if (rc == TD_OK)
        rc = ln(x, scale + SPARE, out, err);
    return rc == TD_OK ? td_dec_to_scale(out, scale, true, err) : rc;
}

static int quotient(const struct td_dec *base, const struct td_dec *x, struct td_dec *out, struct td_err *err)
{
    struct td_dec a = {0}, b = {0};
    int32_t base_place = 0, place = 0;
    int rc = ln_place(base, &base_place, err);
    if (rc == TD_OK)
        rc = ln_place(x, &place, err);
    int32_t scale = shown(TD_DEC_MIN_SIG_DIGITS - (place - base_place), td_dec_max(base->scale, x->scale));
    int32_t digits = scale + SPARE + 2 * abs(base_place) + abs(place);
    if (rc == TD_OK)
        rc = ln(base, digits, &b, err);
    if (rc == TD_OK)
        rc = ln(x, digits, &a, err);
    if (rc == TD_OK && b.n == 0) {
        td_err_set(err, TD_C_NUMERIC, "division by zero");
        rc = td_err_sqlstate(err, "22012");
    }
    if (rc == TD_OK)
        rc = over(&a, &b, scale + SPARE, out, err);
    td_dec_deinit(&a);
    td_dec_deinit(&b);
    return rc == TD_OK ? td_dec_to_scale(out, scale, true, err) : rc;
}

static int to_base(const struct td_dec *base, const struct td_dec *x, struct td_dec *out, struct td_err *err)
{
    if (base->kind == TD_DEC_NAN || x->kind == TD_DEC_NAN) {
        out->kind = TD_DEC_NAN;
        return TD_OK;
    }
    int rc = check(base, err);
    if (rc == TD_OK)
        rc = check(x, err);
    if (rc != TD_OK)
        return rc;
    if (base->kind == TD_DEC_INF) { /* zero, or Infinity / Infinity */
        out->kind = x->kind == TD_DEC_INF ? TD_DEC_NAN : TD_DEC_FINITE;
        return TD_OK;
    }
    out->kind = x->kind;
    return x->kind == TD_DEC_FINITE ? quotient(base, x, out, err) : TD_OK;
}

int td_decimal_ln(const char *text, struct td_buf *out, struct td_err *err)
{
    struct td_dec x = {0}, result = {0};
    int rc = td_dec_read(text, &x, err);
    if (rc == TD_OK)
        rc = natural(&x, &result, err);
    if (rc == TD_OK)
        rc = td_dec_print(&result, out, err);
    td_dec_deinit(&x);
    td_dec_deinit(&result);
    return rc;
}

int td_decimal_log(const char *a, const char *b, struct td_buf *out, struct td_err *err)
{
    struct td_dec base = {0}, x = {0}, result = {0};
    int rc = td_dec_read(a, &base, err);
    if (rc == TD_OK)
        rc = td_dec_read(b, &x, err);
    if (rc == TD_OK)
        rc = to_base(&base, &x, &result, err);
    if (rc == TD_OK)
        rc = td_dec_print(&result, out, err);
    td_dec_deinit(&base);
    td_dec_deinit(&x);
    td_dec_deinit(&result);
    return rc;
}
