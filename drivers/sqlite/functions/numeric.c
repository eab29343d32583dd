/* numeric: exact arithmetic on canonical text, by core/base/decimal.h. */
#include <string.h>

#include "core/base/decimal.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/exact.h"

static int two(struct td_fn_call *c, int (*f)(const char *, const char *, struct td_buf *, struct td_err *),
               struct td_err *err)
{
    const char *a = NULL, *b = NULL;
    int rc = td_fn_decimal(c, 0, &a, err);
    if (rc == TD_OK)
        rc = td_fn_decimal(c, 1, &b, err);
    if (rc == TD_OK)
        rc = f(a, b, &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int one(struct td_fn_call *c, int (*f)(const char *, struct td_buf *, struct td_err *), struct td_err *err)
{
    const char *a = NULL;
    int rc = td_fn_decimal(c, 0, &a, err);
    if (rc == TD_OK)
        rc = f(a, &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

#define WITH(name, how, f)                                                                                             \
    static int name(struct td_fn_call *c, struct td_err *err)                                                          \
    {                                                                                                                  \
        return how(c, f, err);                                                                                         \
    }
WITH(add, two, td_exact_add)
WITH(sub, two, td_exact_sub)
WITH(mul, two, td_exact_mul)
WITH(div_numeric, two, td_exact_div)
WITH(mod_numeric, two, td_exact_mod)
WITH(neg, one, td_exact_neg)
WITH(abs_numeric, one, td_exact_abs)
WITH(ceil_numeric, one, td_exact_ceil)
WITH(floor_numeric, one, td_exact_floor)
WITH(key, one, td_exact_trim)

static int to_scale(struct td_fn_call *c, int (*f)(const char *, int, struct td_buf *, struct td_err *),
                    struct td_err *err)
{
    const char *a = NULL;
    int32_t scale = 0;
    int rc = td_fn_decimal(c, 0, &a, err);
    if (rc == TD_OK && c->n > 1)
        rc = td_fn_int4(c, 1, &scale, err);
    if (rc == TD_OK)
        rc = f(a, scale, &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int sqrt_numeric(struct td_fn_call *c, struct td_err *err)
{
    return one(c, td_decimal_sqrt, err);
}

static int ln_numeric(struct td_fn_call *c, struct td_err *err)
{
    return one(c, td_decimal_ln, err);
}

static int log_numeric(struct td_fn_call *c, struct td_err *err)
{
    return two(c, td_decimal_log, err);
}

/* (x, n): n is whole */
static int power_numeric(struct td_fn_call *c, struct td_err *err)
{
    const char *x = NULL, *exponent = NULL;
    int64_t n = 0;
    int rc = td_fn_decimal(c, 0, &x, err);
    if (rc == TD_OK)
        rc = td_fn_decimal(c, 1, &exponent, err);
    if (rc == TD_OK)
        rc = td_decimal_to_int(exponent, &n, err);
    if (rc == TD_OK && n != (int32_t)n)
        return td_fn_fail(err, "0A000", "power() of a numeric by more than an integer holds is not carried to SQLite");
    if (rc == TD_OK)
        rc = td_decimal_power(x, (int32_t)n, &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

WITH(round_numeric, to_scale, td_exact_round)
WITH(trunc_numeric, to_scale, td_exact_trunc)

static int cmp(struct td_fn_call *c, struct td_err *err)
{
    const char *a = NULL, *b = NULL;
    int order = 0;
    int rc = td_fn_decimal(c, 0, &a, err);
    if (rc == TD_OK)
        rc = td_fn_decimal(c, 1, &b, err);
    if (rc == TD_OK)
        rc = td_decimal_compare(a, b, &order, err);
    return rc != TD_OK ? rc : td_fn_give_int(c, order);
}

static int sign(struct td_fn_call *c, struct td_err *err)
{
    const char *a = NULL;
    int order = 0;
    int rc = td_fn_decimal(c, 0, &a, err);
    if (rc == TD_OK && strcmp(a, "NaN") == 0)
        return td_fn_give_text(c, "NaN", 3);
    if (rc == TD_OK)
        rc = td_decimal_compare(a, "0", &order, err);
    td_buf_int(&c->out, order);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int scale(struct td_fn_call *c, struct td_err *err)
{
    const char *a = NULL;
    int rc = td_fn_decimal(c, 0, &a, err);
    if (rc == TD_OK)
        rc = td_exact_canon(a, &c->out, err);
    if (rc != TD_OK || strchr(td_buf_str(&c->out), 'N') != NULL || strchr(td_buf_str(&c->out), 'I') != NULL)
        return rc;
    const char *dot = strchr(td_buf_str(&c->out), '.');
    return td_fn_give_int(c, dot == NULL ? 0 : (int64_t)strlen(dot + 1));
}

static int sort_key(struct td_fn_call *c, struct td_err *err)
{
    const char *a = NULL;
    int rc = td_fn_decimal(c, 0, &a, err);
    if (rc == TD_OK)
        rc = td_exact_sort(c->arena, a, &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int extreme(struct td_fn_call *c, int want, struct td_err *err)
{
    const char *best = NULL, *a = NULL;
    int at = -1;
    for (int i = 0; i < c->n; i++) {
        int order = want;
        if (td_fn_null(c, i))
            continue;
        int rc = td_fn_decimal(c, i, &a, err);
        if (rc == TD_OK && at >= 0)
            rc = td_decimal_compare(a, best, &order, err);
        if (rc != TD_OK)
            return rc;
        if (order != want)
            continue;
        at = i;
        best = a;
    }
    return at < 0 ? TD_OK : td_fn_give_arg(c, at);
}

static int greatest(struct td_fn_call *c, struct td_err *err)
{
    return extreme(c, 1, err);
}

static int least(struct td_fn_call *c, struct td_err *err)
{
    return extreme(c, -1, err);
}

const struct td_fn td_fn_numerics[] = {
    {"pg_numeric_add", 2, 2, TD_FN_STRICT, add},
    {"pg_numeric_sub", 2, 2, TD_FN_STRICT, sub},
    {"pg_numeric_mul", 2, 2, TD_FN_STRICT, mul},
    {"pg_numeric_div", 2, 2, TD_FN_STRICT, div_numeric},
    {"pg_numeric_mod", 2, 2, TD_FN_STRICT, mod_numeric},
    {"pg_numeric_power", 2, 2, TD_FN_STRICT, power_numeric},
    {"pg_numeric_sqrt", 1, 1, TD_FN_STRICT, sqrt_numeric},
    {"pg_numeric_ln", 1, 1, TD_FN_STRICT, ln_numeric},
    {"pg_numeric_log", 2, 2, TD_FN_STRICT, log_numeric},
    {"pg_numeric_neg", 1, 1, TD_FN_STRICT, neg},
    {"pg_numeric_abs", 1, 1, TD_FN_STRICT, abs_numeric},
    {"pg_numeric_cmp", 2, 2, TD_FN_STRICT, cmp},
    {"pg_numeric_key", 1, 1, TD_FN_STRICT, key},
    {"pg_numeric_sort", 1, 1, TD_FN_STRICT, sort_key},
    {"pg_numeric_round", 1, 2, TD_FN_STRICT, round_numeric},
    {"pg_numeric_trunc", 1, 2, TD_FN_STRICT, trunc_numeric},
    {"pg_numeric_ceil", 1, 1, TD_FN_STRICT, ceil_numeric},
    {"pg_numeric_floor", 1, 1, TD_FN_STRICT, floor_numeric},
    {"pg_numeric_sign", 1, 1, TD_FN_STRICT, sign},
    {"pg_numeric_scale", 1, 1, TD_FN_STRICT, scale},
    {"pg_numeric_greatest", 1, -1, 0, greatest},
    {"pg_numeric_least", 1, -1, 0, least},
    {NULL, 0, 0, 0, NULL},
};
