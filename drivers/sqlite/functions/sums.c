/* Aggregates that reckon. They keep the rows' values, as a window may drop its first rows again and floats and
 * infinities cannot be subtracted back; NULLs do not count, and no rows give NULL. */
#include <math.h>
#include <string.h>

#include "core/base/decimal.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/exact.h"

struct number {
    int64_t i;
    double d;
    char *text; /* owned; numerics and intervals */
};

struct numbers {
    struct number *at;
    size_t first, len, cap;
};

static struct numbers *numbers_of(sqlite3_context *ctx, bool create)
{
    return sqlite3_aggregate_context(ctx, create ? (int)sizeof(struct numbers) : 0);
}

static int push(struct td_fn_call *c, struct number n, struct td_err *err)
{
    struct numbers *s = numbers_of(c->ctx, true);
    if (s == NULL)
        return td_err_nomem(err);
    if (s->len == s->cap) {
        size_t cap = s->cap == 0 ? 16 : s->cap * 2;
        struct number *at = td_mem_realloc(s->at, cap * sizeof *at);
        if (at == NULL)
            return td_err_nomem(err);
        s->at = at;
        s->cap = cap;
    }
    if (n.text != NULL && (n.text = td_mem_strdup(n.text)) == NULL)
        return td_err_nomem(err);
    s->at[s->len++] = n;
    return TD_OK;
}

static int push_int(struct td_fn_call *c, struct td_err *err)
{
    struct number n = {0};
    int rc = td_fn_int(c, 0, &n.i, err);
    return rc != TD_OK ? rc : push(c, n, err);
}

static int push_float(struct td_fn_call *c, struct td_err *err)
{
    struct number n = {0};
    int rc = td_fn_double(c, 0, &n.d, err);
    return rc != TD_OK ? rc : push(c, n, err);
}

static int push_text(struct td_fn_call *c, struct td_err *err)
{
    const char *text = NULL;
    int rc = td_fn_decimal(c, 0, &text, err);
    return rc != TD_OK ? rc : push(c, (struct number){.text = td_arena_strdup(c->arena, text)}, err);
}

static void int_step(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    if (sqlite3_value_type(v[0]) != SQLITE_NULL)
        td_fn_run(ctx, n, v, NULL, push_int);
}

static void float_step(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    if (sqlite3_value_type(v[0]) != SQLITE_NULL)
        td_fn_run(ctx, n, v, NULL, push_float);
}

static void text_step(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    if (sqlite3_value_type(v[0]) != SQLITE_NULL)
        td_fn_run(ctx, n, v, NULL, push_text);
}

static void inverse(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    struct numbers *s = numbers_of(ctx, false);
    (void)n;
    if (s != NULL && s->first < s->len && sqlite3_value_type(v[0]) != SQLITE_NULL) {
        td_mem_free(s->at[s->first].text);
        s->first++;
    }
}

static void free_numbers(sqlite3_context *ctx)
{
    struct numbers *s = numbers_of(ctx, false);
    for (; s != NULL && s->first < s->len; s->first++)
        td_mem_free(s->at[s->first].text);
    if (s != NULL) {
        td_mem_free(s->at);
        memset(s, 0, sizeof *s);
    }
}

/* The rows that are in: NULL when there is none. */
static const struct numbers *rows(struct td_fn_call *c)
{
    const struct numbers *s = numbers_of(c->ctx, false);
    return s == NULL || s->first == s->len ? NULL : s;
}

static int sum_int(struct td_fn_call *c, struct td_err *err)
{
    const struct numbers *s = rows(c);
    int64_t sum = 0;
    for (size_t i = s != NULL ? s->first : 0; s != NULL && i < s->len; i++)
        if (__builtin_add_overflow(sum, s->at[i].i, &sum))
            return td_fn_fail(err, "22003", "bigint out of range");
    return s == NULL ? TD_OK : td_fn_give_int(c, sum);
}

static int float_result(struct td_fn_call *c, bool average, struct td_err *err)
{
    const struct numbers *s = rows(c);
    double sum = 0;
    bool infinite = false;
    if (s == NULL)
        return TD_OK;
    for (size_t i = s->first; i < s->len; i++) {
        sum += s->at[i].d;
        infinite = infinite || isinf(s->at[i].d);
    }
    if (isinf(sum) && !infinite)
        return td_fn_fail(err, "22003", "value out of range: overflow");
    return td_fn_give_double(c, average ? sum / (double)(s->len - s->first) : sum, err);
}

static int sum_float(struct td_fn_call *c, struct td_err *err)
{
    return float_result(c, false, err);
}

static int avg_float(struct td_fn_call *c, struct td_err *err)
{
    return float_result(c, true, err);
}

static int numeric_total(struct td_fn_call *c, const struct numbers *s, const char **out, struct td_err *err)
{
    struct td_buf sum[2]; /* two, taken in turns: the arena keeps little more than the longest */
    *out = "0";
    td_buf_init(&sum[0], c->arena);
    td_buf_init(&sum[1], c->arena);
    for (size_t i = s->first; i < s->len; i++) {
        struct td_buf *next = &sum[i & 1];
        td_buf_reset(next);
        int rc = td_exact_add(*out, s->at[i].text, next, err);
        if (rc != TD_OK)
            return rc;
        *out = td_buf_str(next);
    }
    return TD_OK;
}

static int sum_numeric(struct td_fn_call *c, struct td_err *err)
{
    const struct numbers *s = rows(c);
    const char *sum;
    if (s == NULL)
        return TD_OK;
    int rc = numeric_total(c, s, &sum, err);
    return rc != TD_OK ? rc : td_fn_give_text(c, sum, strlen(sum));
}

static int avg_numeric(struct td_fn_call *c, struct td_err *err)
{
    const struct numbers *s = rows(c);
    const char *sum;
    if (s == NULL)
        return TD_OK;
    int rc = numeric_total(c, s, &sum, err);
    if (rc == TD_OK)
        rc = td_exact_div(sum, td_arena_printf(c->arena, "%zu", s->len - s->first), &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int numeric_extreme(struct td_fn_call *c, int want, struct td_err *err)
{
    const struct numbers *s = rows(c);
    if (s == NULL)
        return TD_OK;
    const char *best = s->at[s->first].text;
    for (size_t i = s->first + 1; i < s->len; i++) {
        int order = 0;
        int rc = td_decimal_compare(s->at[i].text, best, &order, err);
        if (rc != TD_OK)
            return rc;
        if (order == want)
            best = s->at[i].text;
    }
    return td_fn_give_text(c, best, strlen(best));
}

static int min_numeric(struct td_fn_call *c, struct td_err *err)
{
    return numeric_extreme(c, -1, err);
}

static int max_numeric(struct td_fn_call *c, struct td_err *err)
{
    return numeric_extreme(c, 1, err);
}

static int sum_interval(struct td_fn_call *c, struct td_err *err)
{
    const struct numbers *s = rows(c);
    struct td_interval sum = {0}, next;
    if (s == NULL)
        return TD_OK;
    for (size_t i = s->first; i < s->len; i++) {
        int rc = td_interval_parse(s->at[i].text, &next, err);
        if (rc == TD_OK)
            rc = td_interval_add(&sum, &next, 1, &sum, err);
        if (rc != TD_OK)
            return rc;
    }
    td_interval_print(&sum, &c->out);
    return td_fn_done(c, err);
}

/* Folds the integers: `and` with &, else with |. */
static int bits(struct td_fn_call *c, bool and)
{
    const struct numbers *s = rows(c);
    if (s == NULL)
        return TD_OK;
    int64_t v = s->at[s->first].i;
    for (size_t i = s->first + 1; i < s->len; i++)
        v = and? v & s->at[i].i : v | s->at[i].i;
    return td_fn_give_int(c, v);
}

static int all_bits(struct td_fn_call *c, struct td_err *err)
{
    (void)err;
    return bits(c, true);
}

static int any_bits(struct td_fn_call *c, struct td_err *err)
{
    (void)err;
    return bits(c, false);
}

#define AGGREGATE(name)                                                                                                \
    static void name##_value(sqlite3_context *ctx)                                                                     \
    {                                                                                                                  \
        td_fn_run(ctx, 0, NULL, NULL, name);                                                                           \
    }                                                                                                                  \
    static void name##_final(sqlite3_context *ctx)                                                                     \
    {                                                                                                                  \
        name##_value(ctx);                                                                                             \
        free_numbers(ctx);                                                                                             \
    }
AGGREGATE(sum_int)
AGGREGATE(sum_float)
AGGREGATE(avg_float)
AGGREGATE(sum_numeric)
AGGREGATE(avg_numeric)
AGGREGATE(min_numeric)
AGGREGATE(max_numeric)
AGGREGATE(sum_interval)
AGGREGATE(all_bits)
AGGREGATE(any_bits)

/* Booleans are 0 and 1: "and" and "or" of their bits. */
const struct td_fn_aggregate td_fn_sums[] = {
    {"pg_bool_and", 1, int_step, all_bits_final, all_bits_value, inverse},
    {"pg_bool_or", 1, int_step, any_bits_final, any_bits_value, inverse},
    {"pg_bit_and", 1, int_step, all_bits_final, all_bits_value, inverse},
    {"pg_bit_or", 1, int_step, any_bits_final, any_bits_value, inverse},
    {"pg_sum_int", 1, int_step, sum_int_final, sum_int_value, inverse},
    {"pg_sum_float", 1, float_step, sum_float_final, sum_float_value, inverse},
    {"pg_avg_float", 1, float_step, avg_float_final, avg_float_value, inverse},
    {"pg_sum_numeric", 1, text_step, sum_numeric_final, sum_numeric_value, inverse},
    {"pg_avg_numeric", 1, text_step, avg_numeric_final, avg_numeric_value, inverse},
    {"pg_min_numeric", 1, text_step, min_numeric_final, min_numeric_value, inverse},
    {"pg_max_numeric", 1, text_step, max_numeric_final, max_numeric_value, inverse},
    {"pg_sum_interval", 1, text_step, sum_interval_final, sum_interval_value, inverse},
    {NULL, 0, NULL, NULL, NULL, NULL},
};
