/* Form of numbers. Most are converted by a loop over their digits; what the loop cannot do exactly goes the long way.
 */
#include <math.h>
#include <string.h>

#include "core/db/number.h"
#include "core/db/shortest.h"
#include "sync/form_impl.h"

enum {
    EXACT_DIGITS = 15, /* any so many are a double, and given back by it */
    EXACT_TENS = 22,   /* 10^22 is the last power of ten that a double is */
    WHOLE_DIGITS = 131072,
    FRACTION_DIGITS = 16383,
    SHORT_NUMBER = 64
};

static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int64_t int_power(int n)
{
    int64_t v = 1;
    while (n-- > 0)
        v *= 10;
    return v;
}

/* ---- integers ---- */

bool td_form_read_int(const char *s, size_t len, int64_t *out)
{
    bool negative = len > 0 && *s == '-';
    uint64_t v = 0, most = (uint64_t)INT64_MAX + negative;
    if (negative) {
        s++;
        len--;
    }
    if (len == 0 || len > 19)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(s[i]))
            return false;
        v = v * 10 + (uint64_t)(s[i] - '0'); /* 19 digits are below 2^64 */
    }
    *out = (int64_t)(negative ? -v : v);
    return v <= most;
}

bool td_form_fits_int(struct td_type t, int64_t v)
{
    switch (t.kind) {
    case TD_T_INT2: return v >= INT16_MIN && v <= INT16_MAX;
    case TD_T_INT4: return v >= INT32_MIN && v <= INT32_MAX;
    case TD_T_OID: return v >= 0 && v <= UINT32_MAX;
    default: return true;
    }
}

int td_form_int_to_sqlite(const struct form *f, struct td_value v, struct td_value *out)
{
    int64_t i;
    *out = v;
    if (v.kind == TD_V_INT)
        return TD_OK;
    if (!td_form_is_text(v) || !td_form_read_int(v.bytes.at, v.bytes.len, &i))
        return td_form_wrong(f, v);
    *out = td_int(i);
    return TD_OK;
}

int td_form_int_to_postgres(const struct form *f, struct td_value v, struct td_value *out)
{
    *out = v;
    return v.kind == TD_V_INT && td_form_fits_int(f->t, v.i) ? TD_OK : td_form_wrong(f, v);
}

/* ---- decimals ---- */

/* Digits with a point, as one number of digits: 120.50 is 12050 and 2. False: it is something else, or more than 18. */
struct decimal {
    bool negative;
    int64_t digits;
    int after; /* the point */
};

static bool read_decimal(const char *s, size_t len, struct decimal *out)
{
    size_t i = len > 0 && *s == '-', n = 0;
    bool point = false;
    *out = (struct decimal){.negative = i == 1};
    for (; i < len; i++) {
        if (s[i] == '.' && !point && n > 0) {
            point = true;
            continue;
        }
        if (!is_digit(s[i]) || n == 18)
            return false;
        out->digits = out->digits * 10 + (s[i] - '0');
        out->after += point;
        n += out->digits > 0 || n == 0; /* a zero in front counts once */
    }
    return n > 0 && s[len - 1] != '.';
}

/* The double that is nearest to it, where digits and power are both exact. */
static bool decimal_value(const struct decimal *d, double *out)
{
    if (d->digits > int_power(EXACT_DIGITS) || d->after > EXACT_TENS)
        return false;
    *out = (double)d->digits / tens[d->after];
    if (d->negative && d->digits != 0)
        *out = -*out;
    return true;
}

/* ---- floats ---- */

static bool read_word(struct td_value v, double *out)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {{"NaN", NAN}, {"Infinity", INFINITY}, {"-Infinity", -INFINITY}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i].word) != v.bytes.len || memcmp(words[i].word, v.bytes.at, v.bytes.len) != 0)
            continue;
        *out = words[i].value;
        return true;
    }
    return false;
}

/* -?digits[.digits][e[+-]digits] */
static bool is_number(const char *s, size_t len)
{
    size_t i = len > 0 && *s == '-', from = i;
    while (i < len && is_digit(s[i]))
        i++;
    if (i == from || (i - from > 1 && s[from] == '0'))
        return false;
    if (i < len && s[i] == '.') {
        from = ++i;
        while (i < len && is_digit(s[i]))
            i++;
        if (i == from)
            return false;
    }
    if (i < len && (s[i] == 'e' || s[i] == 'E')) {
        i++;
        i += i < len && (s[i] == '-' || s[i] == '+');
        from = i;
        while (i < len && is_digit(s[i]))
            i++;
        if (i == from)
            return false;
    }
    return i == len;
}

int td_form_read_double(const struct form *f, struct td_value v, double *out)
{
    struct decimal d;
    char text[SHORT_NUMBER];
    if (read_decimal(v.bytes.at, v.bytes.len, &d) && (d.digits != 0 || !d.negative) && decimal_value(&d, out))
        return TD_OK;
    if (read_word(v, out))
        return TD_OK;
    if (!is_number(v.bytes.at, v.bytes.len))
        return td_form_wrong(f, v);
    if (v.bytes.len < sizeof text) {
        memcpy(text, v.bytes.at, v.bytes.len);
        text[v.bytes.len] = '\0';
        *out = td_number_parse(text);
    } else {
        *out = td_number_parse(td_arena_dup(f->a, v.bytes.at, v.bytes.len));
    }
    return TD_OK;
}

int td_form_float_to_sqlite(const struct form *f, struct td_value v, struct td_value *out)
{
    double d = v.d;
    if (v.kind != TD_V_DOUBLE && !td_form_is_text(v))
        return td_form_wrong(f, v);
    int rc = v.kind == TD_V_DOUBLE ? TD_OK : td_form_read_double(f, v, &d);
    if (rc != TD_OK)
        return rc;
    if (isnan(d))
        return td_err_set(f->err, TD_C_SYNC_NAN, "SQLite cannot store NaN in a floating-point column");
    *out = td_double(d == 0 ? 0 : d);
    return TD_OK;
}

/* What a real's shortest digits say: PostgreSQL gives no others. */
static int to_single(const struct form *f, struct td_value v, double d, struct td_value *out)
{
    struct td_buf b;
    double kept = (double)(float)d;
    if ((isinf(kept) && !isinf(d)) || (kept == 0 && d != 0))
        return td_form_wrong(f, v);
    if (isinf(d) || (d == rint(d) && fabs(d) < 1e6)) { /* is its own */
        *out = td_double(d == 0 ? 0 : d);
        return TD_OK;
    }
    td_buf_init(&b, f->a);
    td_shortest_print(d, true, &b);
    *out = td_double(0);
    return td_form_read_double(f, td_bytes(TD_V_TEXT, td_buf_str(&b), b.len), &out->d);
}

int td_form_float_to_postgres(const struct form *f, struct td_value v, struct td_value *out)
{
    double d = v.kind == TD_V_INT ? (double)v.i : v.d;
    bool exact = v.kind == TD_V_INT && v.i >= -(INT64_C(1) << 53) && v.i <= INT64_C(1) << 53;
    if ((v.kind != TD_V_DOUBLE && !exact) || isnan(d))
        return td_form_wrong(f, v);
    if (f->t.kind == TD_T_FLOAT4)
        return to_single(f, v, d, out);
    *out = td_double(d == 0 ? 0 : d);
    return TD_OK;
}

/* ---- numeric ---- */

/* numeric(p,s) as digits of its last place: 10^p is past the last, and a negative s leaves zeros at the end. */
static int64_t digits_end(struct td_type t)
{
    return int_power(t.mod2 < 0 ? t.mod1 - t.mod2 : t.mod1);
}

static int no_number(const struct form *f, struct td_value v)
{
    double d;
    if (!read_word(v, &d))
        return td_form_wrong(f, v);
    return td_err_set(f->err, TD_C_SYNC_NAN, "SQLite cannot store %.*s in a column of type numeric(%d,%d)",
                      (int)v.bytes.len, v.bytes.at, f->t.mod1, f->t.mod2);
}

int td_form_numeric_to_sqlite(const struct form *f, struct td_value v, struct td_value *out)
{
    struct decimal d;
    double real;
    if (!td_form_is_text(v))
        return td_form_wrong(f, v);
    if (!td_type_numeric_native(f->t)) {
        *out = td_bytes(TD_V_TEXT, v.bytes.at, v.bytes.len);
        return TD_OK;
    }
    int scale = f->t.mod2 < 0 ? 0 : f->t.mod2;
    if (!read_decimal(v.bytes.at, v.bytes.len, &d) || d.after > scale)
        return no_number(f, v);
    if (td_type_storage(f->t) == TD_S_INTEGER) {
        *out = td_int(d.negative ? -d.digits : d.digits);
        return TD_OK;
    }
    if (!decimal_value(&d, &real))
        return td_form_wrong(f, v);
    *out = td_double(real);
    return TD_OK;
}

/* The digits of a number whose last `after` stand behind the point. */
static struct td_value print_decimal(const struct form *f, int64_t v, int after)
{
    char text[40];
    size_t n = sizeof text;
    uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;
    for (int i = 0; i <= after || rest > 0; i++) {
        if (i == after && after > 0)
            text[--n] = '.';
        text[--n] = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (v < 0)
        text[--n] = '-';
    return td_bytes(TD_V_NUMERIC, td_arena_dup(f->a, text + n, sizeof text - n), sizeof text - n);
}

static int whole_numeric(const struct form *f, struct td_value v, struct td_value *out)
{
    int64_t end = digits_end(f->t);
    if (v.kind != TD_V_INT || v.i <= -end || v.i >= end || (f->t.mod2 < 0 && v.i % int_power(-f->t.mod2) != 0))
        return td_form_wrong(f, v);
    *out = print_decimal(f, v.i, 0);
    return TD_OK;
}

/* SQLite itself reads a literal or rounds to the number beside the nearest one, now and then: it has the digits, too.
 */
static bool has_digits(double d, double digits, int scale)
{
    return fabs(digits / tens[scale] - d) <= fabs(d) * 4.5e-16;
}

static int real_numeric(const struct form *f, struct td_value v, struct td_value *out)
{
    int scale = f->t.mod2;
    double d = v.kind == TD_V_INT ? (double)v.i : v.d, end = (double)digits_end(f->t);
    if ((v.kind != TD_V_DOUBLE && v.kind != TD_V_INT) || !(fabs(d) < end))
        return td_form_wrong(f, v);
    double digits = rint(d * tens[scale]);
    if (!(fabs(digits) < end) || !has_digits(d, digits, scale))
        return td_form_wrong(f, v);
    *out = print_decimal(f, (int64_t)digits, scale);
    return TD_OK;
}

/* numeric(p,s): s digits behind the point, p in all but the zeros in front; a negative s has zeros at the end. */
static bool fits_digits(struct td_type t, const char *end, size_t significant, size_t after)
{
    if (after != (size_t)(t.mod2 < 0 ? 0 : t.mod2) || significant > (size_t)(t.mod2 < 0 ? t.mod1 - t.mod2 : t.mod1))
        return false;
    for (int i = 0; i < -t.mod2 && significant > 0; i++)
        if (end[-1 - i] != '0')
            return false;
    return true;
}

bool td_form_is_numeric(struct td_type t, const char *s, size_t len)
{
    double ignored;
    size_t i = len > 0 && *s == '-', from = i, significant = 0, point = len;
    if (len > 0 && !is_digit(s[len - 1]))
        return read_word(td_bytes(TD_V_TEXT, s, len), &ignored) && (t.mod1 < 0 || *s == 'N');
    for (; i < len; i++) {
        if (s[i] == '.' && point == len && i > from)
            point = i;
        else if (!is_digit(s[i]))
            return false;
        else
            significant += significant > 0 || s[i] != '0';
    }
    size_t whole = point - from, after = point < len ? len - point - 1 : 0;
    if (whole == 0 || whole > WHOLE_DIGITS || after > FRACTION_DIGITS || (whole > 1 && s[from] == '0') ||
        (from == 1 && significant == 0))
        return false;
    return t.mod1 < 0 || fits_digits(t, s + len, significant, after);
}

int td_form_numeric_to_postgres(const struct form *f, struct td_value v, struct td_value *out)
{
    if (td_type_storage(f->t) == TD_S_INTEGER)
        return whole_numeric(f, v, out);
    if (td_type_storage(f->t) == TD_S_REAL)
        return real_numeric(f, v, out);
    if (!td_form_is_text(v) || !td_form_is_numeric(f->t, v.bytes.at, v.bytes.len))
        return td_form_wrong(f, v);
    *out = td_bytes(TD_V_NUMERIC, v.bytes.at, v.bytes.len);
    return TD_OK;
}
