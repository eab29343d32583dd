/* Text, rounding and order of decimals. A blank, a sign, "." and exponents follow numeric_in of PostgreSQL 15. */
#include "core/base/decimal.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/decimal_impl.h"
#include "core/base/mem.h"

static int no_number(const char *text, struct td_err *err)
{
    td_err_set(err, TD_C_NUMERIC, "invalid input syntax for type numeric: \"%s\"", text);
    return td_err_sqlstate(err, "22P02");
}

static int overflow(struct td_err *err)
{
    td_err_set(err, TD_C_NUMERIC, "value overflows numeric format");
    td_err_why(err, "numeric holds 131072 digits before the decimal point and 16383 after it");
    return td_err_sqlstate(err, "22003");
}

void td_dec_deinit(struct td_dec *d)
{
    td_mem_free(d->digit);
    memset(d, 0, sizeof *d);
}

int td_dec_alloc(struct td_dec *d, size_t n, struct td_err *err)
{
    d->digit = td_mem_zalloc(n * sizeof *d->digit);
    d->n = n;
    return d->digit == NULL ? td_err_nomem(err) : TD_OK;
}

void td_dec_strip(struct td_dec *d)
{
    size_t lead = 0;
    while (d->n > 0 && d->digit[d->n - 1] == 0)
        d->n--;
    while (lead < d->n && d->digit[lead] == 0)
        lead++;
    if (lead > 0) {
        memmove(d->digit, d->digit + lead, (d->n - lead) * sizeof *d->digit);
        d->n -= lead;
        d->weight -= (int32_t)lead;
    }
    if (d->n == 0) {
        d->weight = 0;
        d->neg = false;
    }
}

/* The pieces of a numeral before they become digits. */
struct numeral {
    const char *digits; /* with the point among them */
    size_t len;
    int before, after; /* digits before and after the point */
    long exponent;
};

static const char *skip_blanks(const char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    return s;
}

static bool read_special(const char *s, bool has_sign, struct td_dec *out)
{
    static const struct {
        const char *word;
        enum td_dec_kind kind;
    } words[] = {{"NaN", TD_DEC_NAN}, {"Infinity", TD_DEC_INF}, {"inf", TD_DEC_INF}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i].word);
        if (strncasecmp(s, words[i].word, n) != 0 || *skip_blanks(s + n) != '\0')
            continue;
        if (words[i].kind == TD_DEC_NAN && has_sign)
            return false;
        out->kind = words[i].kind == TD_DEC_INF && out->neg ? TD_DEC_NEG_INF : words[i].kind;
        out->neg = false;
        return true;
    }
    return false;
}

/* Past the numeral, or NULL when there is none. */
static const char *scan(const char *s, struct numeral *num)
{
    bool point = false;
    size_t count = 0;
    num->digits = s;
    for (;; s++) {
        if (isdigit((unsigned char)*s)) {
            if (++count > INT_MAX / 4)
                return NULL;
            point ? num->after++ : num->before++;
        } else if (*s == '.' && !point) {
            point = true;
        } else {
            break;
        }
    }
    num->len = (size_t)(s - num->digits);
    if (count == 0)
        return NULL;
    if (*s == 'e' || *s == 'E') {
        const char *p = s + 1;
        bool neg = *p == '-';
        p += *p == '-' || *p == '+';
        if (!isdigit((unsigned char)*p))
            return NULL;
        for (; isdigit((unsigned char)*p); p++) {
            num->exponent = num->exponent * 10 + (*p - '0');
            if (num->exponent >= INT_MAX / 2)
                return NULL;
        }
        if (neg)
            num->exponent = -num->exponent;
        s = p;
    }
    return s;
}

/* Decimal digit i of the numeral stands for 10^(point - 1 - i); groups of four are cut at the decimal point. */
static int fill(const struct numeral *num, struct td_dec *out, struct td_err *err)
{
    long point = num->before + num->exponent;
    long first_group = point > 0 ? (point - 1) / TD_DEC_DIGITS : -((-point) / TD_DEC_DIGITS) - 1;
    long pad = (first_group + 1) * TD_DEC_DIGITS - point; /* zeros in front of the first digit, in its group */
    size_t total = (size_t)pad + (size_t)num->before + (size_t)num->after;
    int rc = td_dec_alloc(out, (total + TD_DEC_DIGITS - 1) / TD_DEC_DIGITS, err);
    if (rc != TD_OK)
        return rc;
    size_t at = (size_t)pad;
    for (size_t i = 0; i < num->len; i++) {
        if (num->digits[i] == '.')
            continue;
        int32_t unit = at % 4 == 0 ? 1000 : at % 4 == 1 ? 100 : at % 4 == 2 ? 10 : 1;
        out->digit[at / TD_DEC_DIGITS] += (num->digits[i] - '0') * unit;
        at++;
    }
    long scale = num->after - num->exponent;
    out->weight = (int32_t)first_group;
    out->scale = scale > 0 ? (int32_t)scale : 0;
    td_dec_strip(out);
    return TD_OK;
}

static int check_range(const struct td_dec *d, struct td_err *err)
{
    if (d->kind == TD_DEC_FINITE && (d->weight > TD_DEC_WEIGHT_MAX || d->scale > TD_DEC_SCALE_MAX))
        return overflow(err);
    return TD_OK;
}

int td_dec_read(const char *text, struct td_dec *out, struct td_err *err)
{
    struct numeral num = {0};
    memset(out, 0, sizeof *out);
    const char *s = skip_blanks(text);
    bool has_sign = *s == '-' || *s == '+';
    out->neg = *s == '-';
    s += has_sign;
    if (read_special(s, has_sign, out))
        return TD_OK;
    const char *end = isdigit((unsigned char)*s) || *s == '.' ? scan(s, &num) : NULL;
    if (end == NULL || *skip_blanks(end) != '\0')
        return no_number(text, err);
    int rc = fill(&num, out, err);
    if (rc == TD_OK)
        rc = check_range(out, err);
    if (rc != TD_OK)
        td_dec_deinit(out);
    return rc;
}

/* Adds one unit to digit `i` and carries; a new first digit grows the number by one place, which alloc left none for.
 */
static int carry_up(struct td_dec *d, size_t i, int32_t unit, struct td_err *err)
{
    for (int32_t add = unit;; add = 1) {
        d->digit[i] += add;
        if (d->digit[i] < TD_DEC_BASE)
            return TD_OK;
        d->digit[i] -= TD_DEC_BASE;
        if (i == 0)
            break;
        i--;
    }
    int32_t *grown = td_mem_realloc(d->digit, (d->n + 1) * sizeof *grown);
    if (grown == NULL)
        return td_err_nomem(err);
    memmove(grown + 1, grown, d->n * sizeof *grown);
    grown[0] = 1;
    d->digit = grown;
    d->n++;
    d->weight++;
    return TD_OK;
}

int td_dec_to_scale(struct td_dec *d, int scale, bool round, struct td_err *err)
{
    static const int32_t pow10[] = {1, 10, 100, 1000, 10000};
    if (d->kind != TD_DEC_FINITE)
        return TD_OK;
    d->scale = scale > 0 ? scale : 0;
    /* decimal digits kept, counted from the top of the first group; 64 bits as both may be large */
    int64_t keep = (int64_t)(d->weight + 1) * TD_DEC_DIGITS + scale;
    if (keep >= (int64_t)d->n * TD_DEC_DIGITS)
        return TD_OK;
    if (keep < 0 || d->n == 0) {
        d->n = 0;
        td_dec_strip(d);
        return TD_OK;
    }
    size_t group = (size_t)keep / TD_DEC_DIGITS; /* the group that is cut */
    int cut = TD_DEC_DIGITS - (int)(keep % TD_DEC_DIGITS);
    int32_t unit = pow10[cut], rest = d->digit[group] % unit;
    int rc = TD_OK;
    d->digit[group] -= rest;
    d->n = group + 1;
    if (round && rest * 2 >= unit)
        rc = carry_up(d, group, unit, err);
    td_dec_strip(d);
    return rc;
}

static int32_t digit_at(const struct td_dec *d, int32_t weight)
{
    int64_t i = (int64_t)d->weight - weight;
    return i >= 0 && i < (int64_t)d->n ? d->digit[i] : 0;
}

static const char *special_name(enum td_dec_kind kind)
{
    return kind == TD_DEC_NAN ? "NaN" : kind == TD_DEC_INF ? "Infinity" : "-Infinity";
}

int td_dec_print(const struct td_dec *d, struct td_buf *out, struct td_err *err)
{
    if (d->kind != TD_DEC_FINITE) {
        td_buf_add(out, special_name(d->kind));
        return td_buf_check(out, err);
    }
    int rc = check_range(d, err);
    if (rc != TD_OK)
        return rc;
    if (d->neg && d->n > 0)
        td_buf_char(out, '-');
    if (d->weight < 0 || d->n == 0)
        td_buf_char(out, '0');
    else
        for (int32_t w = d->weight; w >= 0; w--)
            td_buf_printf(out, w == d->weight ? "%d" : "%04d", (int)digit_at(d, w));
    if (d->scale > 0)
        td_buf_char(out, '.');
    int32_t left = d->scale;
    for (int32_t w = -1; left > 0; w--, left -= TD_DEC_DIGITS) {
        char group[16];
        snprintf(group, sizeof group, "%04d", (int)digit_at(d, w));
        td_buf_add_n(out, group, left < TD_DEC_DIGITS ? (size_t)left : TD_DEC_DIGITS);
    }
    return td_buf_check(out, err);
}

int td_dec_compare_abs(const struct td_dec *a, const struct td_dec *b)
{
    if (a->n == 0 || b->n == 0)
        return (a->n > 0) - (b->n > 0);
    if (a->weight != b->weight)
        return a->weight > b->weight ? 1 : -1;
    for (size_t i = 0; i < a->n && i < b->n; i++)
        if (a->digit[i] != b->digit[i])
            return a->digit[i] > b->digit[i] ? 1 : -1;
    return (a->n > b->n) - (a->n < b->n);
}

bool td_decimal_valid(const char *text)
{
    struct td_dec d;
    struct td_err err;
    if (td_dec_read(text, &d, &err) != TD_OK)
        return false;
    td_dec_deinit(&d);
    return true;
}

/* What a function of one operand does to it. */
enum change { CANON, ROUND, TRUNC, FLOOR, CEIL, ABS, NEG, TRIM };

static int has_rest(const struct td_dec *d)
{
    return d->n > 0 && (int64_t)d->n > (int64_t)d->weight + 1;
}

static int step_to_integer(struct td_dec *d, bool away, struct td_err *err)
{
    bool neg = d->neg;
    int rc = td_dec_to_scale(d, 0, false, err);
    if (rc != TD_OK || !away)
        return rc;
    if (d->n > 0) {
        /* the units' group may be one of the zeros that were stripped */
        struct td_dec full = {.neg = neg, .weight = d->weight};
        rc = td_dec_alloc(&full, (size_t)d->weight + 1, err);
        if (rc != TD_OK)
            return rc;
        memcpy(full.digit, d->digit, d->n * sizeof *d->digit);
        td_dec_deinit(d);
        *d = full;
        rc = carry_up(d, d->n - 1, 1, err);
        td_dec_strip(d);
        return rc;
    }
    td_dec_deinit(d);
    rc = td_dec_alloc(d, 1, err);
    if (rc == TD_OK)
        d->digit[0] = 1;
    d->neg = neg;
    return rc;
}

static int clamp_scale(int scale)
{
    const int bound = 131072 + 16; /* past any digit that numeric has before the point */
    return scale > TD_DEC_SCALE_MAX ? TD_DEC_SCALE_MAX : scale < -bound ? -bound : scale;
}

static void trim(struct td_dec *d)
{
    int32_t scale = ((int32_t)d->n - d->weight - 1) * TD_DEC_DIGITS;
    if (d->n == 0 || scale < 0)
        scale = 0;
    if (scale > 0)
        for (int32_t last = d->digit[d->n - 1]; last % 10 == 0; last /= 10)
            scale--;
    d->scale = scale;
}

static int changed(struct td_dec *d, enum change how, int scale, struct td_err *err)
{
    if (d->kind != TD_DEC_FINITE) {
        if ((how == NEG && d->kind != TD_DEC_NAN) || (how == ABS && d->kind == TD_DEC_NEG_INF))
            d->kind = d->kind == TD_DEC_INF ? TD_DEC_NEG_INF : TD_DEC_INF;
        return TD_OK;
    }
    switch (how) {
    case CANON: break;
    case ROUND:
    case TRUNC: return td_dec_to_scale(d, clamp_scale(scale), how == ROUND, err);
    case FLOOR: return step_to_integer(d, d->neg && has_rest(d), err);
    case CEIL: return step_to_integer(d, !d->neg && has_rest(d), err);
    case ABS: d->neg = false; break;
    case NEG: d->neg = !d->neg; break;
    case TRIM: trim(d); break;
    }
    return TD_OK;
}

static int unary(const char *text, enum change how, int scale, struct td_buf *out, struct td_err *err)
{
    struct td_dec d;
    int rc = td_dec_read(text, &d, err);
    if (rc != TD_OK)
        return rc;
    rc = changed(&d, how, scale, err);
    if (rc == TD_OK)
        rc = td_dec_print(&d, out, err);
    td_dec_deinit(&d);
    return rc;
}

int td_decimal_canon(const char *text, struct td_buf *out, struct td_err *err)
{
    return unary(text, CANON, 0, out, err);
}

int td_decimal_round(const char *text, int scale, struct td_buf *out, struct td_err *err)
{
    return unary(text, ROUND, scale, out, err);
}

int td_decimal_trunc(const char *text, int scale, struct td_buf *out, struct td_err *err)
{
    return unary(text, TRUNC, scale, out, err);
}

int td_decimal_floor(const char *text, struct td_buf *out, struct td_err *err)
{
    return unary(text, FLOOR, 0, out, err);
}

int td_decimal_ceil(const char *text, struct td_buf *out, struct td_err *err)
{
    return unary(text, CEIL, 0, out, err);
}

int td_decimal_abs(const char *text, struct td_buf *out, struct td_err *err)
{
    return unary(text, ABS, 0, out, err);
}

int td_decimal_neg(const char *text, struct td_buf *out, struct td_err *err)
{
    return unary(text, NEG, 0, out, err);
}

int td_decimal_trim(const char *text, struct td_buf *out, struct td_err *err)
{
    return unary(text, TRIM, 0, out, err);
}

static int does_not_fit(int precision, int scale, bool infinite, struct td_err *err)
{
    td_err_set(err, TD_C_NUMERIC, "numeric field overflow");
    td_err_sqlstate(err, "22003");
    if (infinite)
        return td_err_why(err, "a field with precision %d, scale %d cannot hold an infinite value", precision, scale);
    int digits = precision - scale;
    return td_err_why(err, "a field with precision %d, scale %d must round to an absolute value less than %s%d",
                      precision, scale, digits == 0 ? "" : "10^", digits == 0 ? 1 : digits);
}

/* Decimal digits before the point; negative when the first digit is further behind it. */
static int32_t magnitude(const struct td_dec *d)
{
    int32_t first = d->digit[0], digits = d->weight * TD_DEC_DIGITS;
    return digits + (first >= 1000 ? 4 : first >= 100 ? 3 : first >= 10 ? 2 : 1);
}

int td_decimal_fit(const char *text, int precision, int scale, struct td_buf *out, struct td_err *err)
{
    struct td_dec d;
    int rc = td_dec_read(text, &d, err);
    if (rc != TD_OK)
        return rc;
    if (d.kind == TD_DEC_INF || d.kind == TD_DEC_NEG_INF) {
        rc = does_not_fit(precision, scale, true, err);
        goto out;
    }
    rc = td_dec_to_scale(&d, scale, true, err);
    if (rc == TD_OK && d.kind == TD_DEC_FINITE && d.n > 0 && magnitude(&d) > precision - scale)
        rc = does_not_fit(precision, scale, false, err);
    if (rc == TD_OK)
        rc = td_dec_print(&d, out, err);
out:
    td_dec_deinit(&d);
    return rc;
}

int td_decimal_compare(const char *a, const char *b, int *out, struct td_err *err)
{
    static const int rank[] = {[TD_DEC_NEG_INF] = 0, [TD_DEC_FINITE] = 1, [TD_DEC_INF] = 2, [TD_DEC_NAN] = 3};
    struct td_dec x, y;
    int rc = td_dec_read(a, &x, err);
    if (rc != TD_OK)
        return rc;
    rc = td_dec_read(b, &y, err);
    if (rc == TD_OK) {
        int order = (rank[x.kind] > rank[y.kind]) - (rank[x.kind] < rank[y.kind]);
        if (order == 0 && x.kind == TD_DEC_FINITE) {
            if (x.neg != y.neg)
                order = x.neg ? -1 : 1;
            else
                order = x.neg ? -td_dec_compare_abs(&x, &y) : td_dec_compare_abs(&x, &y);
        }
        *out = order;
        td_dec_deinit(&y);
    }
    td_dec_deinit(&x);
    return rc;
}

int td_decimal_to_int(const char *text, int64_t *out, struct td_err *err)
{
    struct td_dec d;
    bool fits;
    int rc = td_dec_read(text, &d, err);
    if (rc != TD_OK)
        return rc;
    rc = td_dec_to_scale(&d, 0, true, err);
    if (rc == TD_OK) {
        uint64_t v = 0, bound = (uint64_t)INT64_MAX + d.neg;
        fits = d.kind == TD_DEC_FINITE && (d.n == 0 || d.weight <= 4);
        for (int32_t w = d.n > 0 ? d.weight : -1; fits && w >= 0; w--) {
            uint64_t digit = (uint64_t)digit_at(&d, w);
            fits = v <= (bound - digit) / TD_DEC_BASE;
            v = v * TD_DEC_BASE + digit;
        }
        if (fits) {
            *out = d.neg ? (int64_t)(0 - v) : (int64_t)v;
        } else {
            rc = td_err_set(err, TD_C_NUMERIC, "\"%s\" is out of range for type bigint", text);
            td_err_sqlstate(err, "22003");
        }
    }
    td_dec_deinit(&d);
    return rc;
}

int td_decimal_from_double(double v, int digits, struct td_buf *out, struct td_err *err)
{
    char text[64];
    if (isnan(v))
        return td_decimal_canon("NaN", out, err);
    if (isinf(v))
        return td_decimal_canon(v > 0 ? "inf" : "-inf", out, err);
    snprintf(text, sizeof text, "%.*g", digits, v);
    return td_decimal_canon(text, out, err);
}
