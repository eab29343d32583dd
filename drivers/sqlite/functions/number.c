/* Integers and floats: PostgreSQL's arithmetic where SQLite's differs. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "core/base/decimal.h"
#include "core/base/time.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/exact.h"
#include "drivers/sqlite/functions/json_node.h"

static int two_ints(struct td_fn_call *c, int64_t *a, int64_t *b, struct td_err *err)
{
    int rc = td_fn_int(c, 0, a, err);
    return rc != TD_OK ? rc : td_fn_int(c, 1, b, err);
}

static int by_zero(struct td_err *err)
{
    return td_fn_fail(err, "22012", "division by zero");
}

static int div_int(struct td_fn_call *c, struct td_err *err)
{
    int64_t a = 0, b = 0;
    int rc = two_ints(c, &a, &b, err);
    if (rc != TD_OK)
        return rc;
    if (b == 0)
        return by_zero(err);
    enum td_fn_kind kind = c->n > 2 ? td_fn_type_arg(c, 2).kind : TD_FT_INT8;
    int64_t min = kind == TD_FT_INT2 ? INT16_MIN : kind == TD_FT_INT4 ? INT32_MIN : INT64_MIN;
    if (b == -1 && a == min)
        return td_fn_fail(err, "22003", "%s out of range", td_fn_type_name(kind));
    return td_fn_give_int(c, a / b);
}

static int mod_int(struct td_fn_call *c, struct td_err *err)
{
    int64_t a = 0, b = 0;
    int rc = two_ints(c, &a, &b, err);
    if (rc != TD_OK)
        return rc;
    if (b == 0)
        return by_zero(err);
    return td_fn_give_int(c, b == -1 ? 0 : a % b);
}

static int abs_any(struct td_fn_call *c, struct td_err *err)
{
    if (sqlite3_value_type(c->v[0]) == SQLITE_FLOAT)
        return td_fn_give_double(c, fabs(sqlite3_value_double(c->v[0])), err);
    int64_t v = 0;
    int rc = td_fn_int(c, 0, &v, err);
    if (rc == TD_OK && v == INT64_MIN)
        return td_fn_fail(err, "22003", "bigint out of range");
    return rc != TD_OK ? rc : td_fn_give_int(c, v < 0 ? -v : v);
}

static uint64_t magnitude(int64_t v)
{
    return v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v;
}

static uint64_t gcd_of(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static int give_unsigned(struct td_fn_call *c, uint64_t v, struct td_err *err)
{
    if (v > INT64_MAX)
        return td_fn_fail(err, "22003", "bigint out of range");
    return td_fn_give_int(c, (int64_t)v);
}

static int gcd(struct td_fn_call *c, struct td_err *err)
{
    int64_t a = 0, b = 0;
    int rc = two_ints(c, &a, &b, err);
    return rc != TD_OK ? rc : give_unsigned(c, gcd_of(magnitude(a), magnitude(b)), err);
}

static int lcm(struct td_fn_call *c, struct td_err *err)
{
    int64_t a = 0, b = 0;
    uint64_t product;
    int rc = two_ints(c, &a, &b, err);
    if (rc != TD_OK || a == 0 || b == 0)
        return rc != TD_OK ? rc : td_fn_give_int(c, 0);
    uint64_t x = magnitude(a), y = magnitude(b);
    if (__builtin_mul_overflow(x / gcd_of(x, y), y, &product))
        return td_fn_fail(err, "22003", "bigint out of range");
    return give_unsigned(c, product, err);
}

/* Shifts count modulo the width of the type, as the processor does for PostgreSQL. */
static int shift(struct td_fn_call *c, bool left, struct td_err *err)
{
    int64_t v = 0, n = 0;
    int rc = two_ints(c, &v, &n, err);
    enum td_fn_kind kind = td_fn_type_arg(c, 2).kind;
    if (rc != TD_OK)
        return rc;
    n &= kind == TD_FT_INT8 ? 63 : 31;
    if (!left)
        return td_fn_give_int(c, v >> n);
    uint64_t bits = (uint64_t)v << n;
    if (kind == TD_FT_INT4)
        return td_fn_give_int(c, (int32_t)(uint32_t)bits);
    return td_fn_give_int(c, kind == TD_FT_INT2 ? (int64_t)(int16_t)(uint16_t)bits : (int64_t)bits);
}

static int shift_left(struct td_fn_call *c, struct td_err *err)
{
    return shift(c, true, err);
}

static int shift_right(struct td_fn_call *c, struct td_err *err)
{
    return shift(c, false, err);
}

static int div_float(struct td_fn_call *c, struct td_err *err)
{
    double a = 0, b = 0;
    int rc = td_fn_double(c, 0, &a, err);
    if (rc == TD_OK)
        rc = td_fn_double(c, 1, &b, err);
    if (rc != TD_OK)
        return rc;
    if (b == 0)
        return by_zero(err);
    double v = a / b;
    if (isinf(v) && !isinf(a))
        return td_fn_fail(err, "22003", "value out of range: overflow");
    if (v == 0 && a != 0 && !isinf(b))
        return td_fn_fail(err, "22003", "value out of range: underflow");
    return td_fn_give_double(c, v, err);
}

/* NaN is told by td_fn_give_double. */
static int binary_float(struct td_fn_call *c, char op, struct td_err *err)
{
    double a = 0, b = 0;
    int rc = td_fn_double(c, 0, &a, err);
    if (rc == TD_OK)
        rc = td_fn_double(c, 1, &b, err);
    if (rc != TD_OK)
        return rc;
    double v = op == '+' ? a + b : op == '-' ? a - b : a * b;
    if (isinf(v) && !isinf(a) && !isinf(b))
        return td_fn_fail(err, "22003", "value out of range: overflow");
    if (op == '*' && v == 0 && a != 0 && b != 0)
        return td_fn_fail(err, "22003", "value out of range: underflow");
    return td_fn_give_double(c, v, err);
}

static int add_float(struct td_fn_call *c, struct td_err *err)
{
    return binary_float(c, '+', err);
}

static int sub_float(struct td_fn_call *c, struct td_err *err)
{
    return binary_float(c, '-', err);
}

static int mul_float(struct td_fn_call *c, struct td_err *err)
{
    return binary_float(c, '*', err);
}

static int one_float(struct td_fn_call *c, double (*f)(double), struct td_err *err)
{
    double v = 0;
    int rc = td_fn_double(c, 0, &v, err);
    if (rc != TD_OK)
        return rc;
    double out = f(v);
    if (isinf(out) && !isinf(v))
        return td_fn_fail(err, "22003", "value out of range: overflow");
    return td_fn_give_double(c, out, err);
}

static int round_float(struct td_fn_call *c, struct td_err *err)
{
    return one_float(c, rint, err);
}

static int trunc_float(struct td_fn_call *c, struct td_err *err)
{
    return one_float(c, trunc, err);
}

static int exp_float(struct td_fn_call *c, struct td_err *err)
{
    return one_float(c, exp, err);
}

static int cbrt_float(struct td_fn_call *c, struct td_err *err)
{
    return one_float(c, cbrt, err);
}

static double sign_of(double v)
{
    return (v > 0) - (v < 0);
}

static int sign_float(struct td_fn_call *c, struct td_err *err)
{
    return one_float(c, sign_of, err);
}

static int sqrt_float(struct td_fn_call *c, struct td_err *err)
{
    double v = 0;
    int rc = td_fn_double(c, 0, &v, err);
    if (rc == TD_OK && v < 0)
        return td_fn_fail(err, "2201F", "cannot take square root of a negative number");
    return rc != TD_OK ? rc : td_fn_give_double(c, sqrt(v), err);
}

static int log_with(struct td_fn_call *c, double (*f)(double), struct td_err *err)
{
    double v = 0;
    int rc = td_fn_double(c, 0, &v, err);
    if (rc == TD_OK && v == 0)
        return td_fn_fail(err, "2201E", "cannot take logarithm of zero");
    if (rc == TD_OK && v < 0)
        return td_fn_fail(err, "2201E", "cannot take logarithm of a negative number");
    return rc != TD_OK ? rc : td_fn_give_double(c, f(v), err);
}

static int ln_float(struct td_fn_call *c, struct td_err *err)
{
    return log_with(c, log, err);
}

static int log_float(struct td_fn_call *c, struct td_err *err)
{
    return log_with(c, log10, err);
}

static int power_float(struct td_fn_call *c, struct td_err *err)
{
    double a = 0, b = 0;
    int rc = td_fn_double(c, 0, &a, err);
    if (rc == TD_OK)
        rc = td_fn_double(c, 1, &b, err);
    if (rc != TD_OK)
        return rc;
    if (a == 0 && b < 0)
        return td_fn_fail(err, "2201F", "zero raised to a negative power is undefined");
    if (a < 0 && floor(b) != b)
        return td_fn_fail(err, "2201F", "a negative number raised to a non-integer power yields a complex result");
    double v = pow(a, b);
    if (isinf(v) && !isinf(a) && !isinf(b))
        return td_fn_fail(err, "22003", "value out of range: overflow");
    if (v == 0 && a != 0 && !isinf(a) && !isinf(b))
        return td_fn_fail(err, "22003", "value out of range: underflow");
    return td_fn_give_double(c, v, err);
}

/* (x, low, high, count) */
static int width_bucket(struct td_fn_call *c, struct td_err *err)
{
    double v[3] = {0};
    int32_t count = 0;
    int rc = td_fn_int4(c, 3, &count, err);
    for (int i = 0; i < 3 && rc == TD_OK; i++)
        rc = td_fn_double(c, i, &v[i], err);
    if (rc != TD_OK)
        return rc;
    if (count <= 0)
        return td_fn_fail(err, "2201G", "count must be greater than zero");
    if (!isfinite(v[1]) || !isfinite(v[2]))
        return td_fn_fail(err, "2201G", "lower and upper bounds must be finite");
    if (v[1] == v[2])
        return td_fn_fail(err, "2201G", "lower bound cannot equal upper bound");
    bool up = v[1] < v[2];
    if (up ? v[0] < v[1] : v[0] > v[1])
        return td_fn_give_int(c, 0);
    if (up ? v[0] >= v[2] : v[0] <= v[2])
        return td_fn_give_int(c, (int64_t)count + 1);
    return td_fn_give_int(c, (int64_t)(count * ((v[0] - v[1]) / (v[2] - v[1]))) + 1);
}

static int random_float(struct td_fn_call *c, struct td_err *err)
{
    uint64_t bits;
    sqlite3_randomness(sizeof bits, &bits);
    return td_fn_give_double(c, (double)(bits >> 11) * 0x1p-53, err);
}

static int to_hex(struct td_fn_call *c, struct td_err *err)
{
    int64_t v = 0;
    int rc = td_fn_int(c, 0, &v, err);
    if (rc != TD_OK)
        return rc;
    bool narrow = v >= INT32_MIN && v < 0 && (c->n < 2 || td_fn_type_arg(c, 1).kind != TD_FT_INT8);
    td_buf_printf(&c->out, "%" PRIx64, narrow ? (uint64_t)(uint32_t)v : (uint64_t)v);
    return td_fn_done(c, err);
}

#define MAX_SERIES 10000000

static int too_long(struct td_err *err)
{
    return td_fn_fail(err, "54000", "generate_series() of more than %d rows is not supported on SQLite", MAX_SERIES);
}

static int int_series(struct td_fn_call *c, struct td_err *err)
{
    int64_t at = 0, to = 0, by = 0;
    int rc = two_ints(c, &at, &to, err);
    if (rc == TD_OK)
        rc = td_fn_int(c, 2, &by, err);
    if (rc == TD_OK && by == 0)
        return td_fn_fail(err, "22023", "step size cannot equal zero");
    td_buf_char(&c->out, '[');
    for (int n = 0; rc == TD_OK && (by > 0 ? at <= to : at >= to); n++) {
        td_buf_printf(&c->out, "%s\"%" PRId64 "\"", n > 0 ? "," : "", at);
        if (n == MAX_SERIES)
            return too_long(err);
        if (__builtin_add_overflow(at, by, &at))
            break;
    }
    td_buf_char(&c->out, ']');
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int numeric_series(struct td_fn_call *c, struct td_err *err)
{
    const char *at = NULL, *to = NULL, *by = NULL;
    int sign = 0, past = 0;
    int rc = td_fn_decimal(c, 0, &at, err);
    if (rc == TD_OK)
        rc = td_fn_decimal(c, 1, &to, err);
    if (rc == TD_OK)
        rc = td_fn_decimal(c, 2, &by, err);
    if (rc == TD_OK)
        rc = td_decimal_compare(by, "0", &sign, err);
    if (rc == TD_OK && sign == 0)
        return td_fn_fail(err, "22023", "step size cannot equal zero");
    td_buf_char(&c->out, '[');
    for (int n = 0; rc == TD_OK; n++) {
        struct td_buf next;
        rc = td_decimal_compare(at, to, &past, err);
        if (rc != TD_OK || past * sign > 0)
            break;
        td_buf_printf(&c->out, "%s\"%s\"", n > 0 ? "," : "", at);
        if (n == MAX_SERIES / 10)
            return too_long(err);
        td_buf_init(&next, c->arena);
        rc = td_exact_add(at, by, &next, err);
        at = td_buf_str(&next);
    }
    td_buf_char(&c->out, ']');
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int time_series(struct td_fn_call *c, enum td_time_kind kind, struct td_err *err)
{
    struct td_time at = {0}, to = {0};
    struct td_interval by = {0};
    const char *text = NULL;
    int rc = td_fn_cstr(c, 0, &text, err);
    if (rc == TD_OK)
        rc = td_time_parse(kind, -1, text, NULL, &at, err);
    if (rc == TD_OK)
        rc = td_fn_cstr(c, 1, &text, err);
    if (rc == TD_OK)
        rc = td_time_parse(kind, -1, text, NULL, &to, err);
    if (rc == TD_OK)
        rc = td_fn_cstr(c, 2, &text, err);
    if (rc == TD_OK)
        rc = td_interval_parse(text, &by, err);
    if (rc != TD_OK)
        return rc;
    int sign = td_interval_compare(&by, &(struct td_interval){0});
    if (sign == 0)
        return td_fn_fail(err, "22023", "step size cannot equal zero");
    td_buf_char(&c->out, '[');
    for (int n = 0; rc == TD_OK && (sign > 0 ? at.v <= to.v : at.v >= to.v); n++) {
        td_buf_add(&c->out, n > 0 ? ",\"" : "\"");
        td_time_print_canonical(&at, &c->out);
        td_buf_char(&c->out, '"');
        if (n == MAX_SERIES)
            return too_long(err);
        rc = td_time_add(&at, &by, 1, &at, err);
    }
    td_buf_char(&c->out, ']');
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int generate_series(struct td_fn_call *c, struct td_err *err)
{
    switch (td_fn_type_arg(c, 3).kind) {
    case TD_FT_NUMERIC: return numeric_series(c, err);
    case TD_FT_TIMESTAMPTZ: return time_series(c, TD_TIME_TIMESTAMPTZ, err);
    case TD_FT_TIMESTAMP:
    case TD_FT_DATE: return time_series(c, TD_TIME_TIMESTAMP, err);
    default: return int_series(c, err);
    }
}

const struct td_fn td_fn_numbers[] = {
    {"pg_div", 2, 3, TD_FN_STRICT, div_int},
    {"pg_mod", 2, 2, TD_FN_STRICT, mod_int},
    {"pg_div_float", 2, 2, TD_FN_STRICT, div_float},
    {"pg_add_float", 2, 2, TD_FN_STRICT, add_float},
    {"pg_sub_float", 2, 2, TD_FN_STRICT, sub_float},
    {"pg_mul_float", 2, 2, TD_FN_STRICT, mul_float},
    {"pg_abs", 1, 1, TD_FN_STRICT, abs_any},
    {"pg_round_float", 1, 1, TD_FN_STRICT, round_float},
    {"pg_trunc_float", 1, 1, TD_FN_STRICT, trunc_float},
    {"pg_power_float", 2, 2, TD_FN_STRICT, power_float},
    {"pg_sqrt_float", 1, 1, TD_FN_STRICT, sqrt_float},
    {"pg_cbrt_float", 1, 1, TD_FN_STRICT, cbrt_float},
    {"pg_ln_float", 1, 1, TD_FN_STRICT, ln_float},
    {"pg_log_float", 1, 1, TD_FN_STRICT, log_float},
    {"pg_exp_float", 1, 1, TD_FN_STRICT, exp_float},
    {"pg_sign_float", 1, 1, TD_FN_STRICT, sign_float},
    {"pg_gcd", 2, 2, TD_FN_STRICT, gcd},
    {"pg_lcm", 2, 2, TD_FN_STRICT, lcm},
    {"pg_width_bucket", 4, 4, TD_FN_STRICT, width_bucket},
    {"pg_bit_shift_left", 3, 3, TD_FN_STRICT, shift_left},
    {"pg_bit_shift_right", 3, 3, TD_FN_STRICT, shift_right},
    {"pg_random", 0, 0, TD_FN_VOLATILE, random_float},
    {"pg_to_hex", 1, 2, TD_FN_STRICT, to_hex},
    {"pg_generate_series_rows", 4, 4, TD_FN_STRICT, generate_series},
    {NULL, 0, 0, 0, NULL},
};
