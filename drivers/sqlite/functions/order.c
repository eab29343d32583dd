/* Keys that SQLite can compare by their bytes where PostgreSQL compares values: jsonb and arrays; and GREATEST and
 * LEAST by such keys. Equal values have equal keys. */
#include <string.h>

#include "core/base/network.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/element.h"
#include "drivers/sqlite/functions/exact.h"
#include "drivers/sqlite/functions/json_node.h"
#include "drivers/sqlite/functions/time.h"

/* The end of a string sorts below every character, and is none itself. */
#define END    '\x01'
#define ESCAPE '\x02'

static void add_string(struct td_fn_str s, struct td_buf *out)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == END || s.at[i] == ESCAPE)
            td_buf_char(out, ESCAPE);
        td_buf_char(out, s.at[i] == END ? ESCAPE : s.at[i] == ESCAPE ? '\x03' : s.at[i]);
    }
    td_buf_char(out, END);
}

static int add_number(struct td_arena *a, struct td_fn_str s, struct td_buf *out, struct td_err *err)
{
    int rc = td_exact_sort(a, td_arena_dup(a, s.at, s.len), out, err);
    td_buf_char(out, END);
    return rc;
}

/* --- jsonb --- */

static int add_json(struct td_arena *a, const struct td_node *n, struct td_buf *out, struct td_err *err);

static int add_members(struct td_arena *a, const struct td_node *n, struct td_buf *out, struct td_err *err)
{
    int rc = TD_OK;
    td_buf_printf(out, "%010zu", n->count);
    for (const struct td_node *m = n->first; m != NULL && rc == TD_OK; m = m->next) {
        if (n->kind == TD_N_OBJECT)
            add_string(m->key, out);
        rc = add_json(a, m, out, err);
    }
    return rc;
}

/* Objects above arrays above booleans, numbers, strings, null; containers by size first. */
static int add_json(struct td_arena *a, const struct td_node *n, struct td_buf *out, struct td_err *err)
{
    static const char ranks[] = {[TD_N_NULL] = '1', [TD_N_STRING] = '2', [TD_N_NUMBER] = '3', [TD_N_FALSE] = '4',
                                 [TD_N_TRUE] = '5', [TD_N_ARRAY] = '6',  [TD_N_OBJECT] = '7'};
    td_buf_char(out, ranks[n->kind]);
    switch (n->kind) {
    case TD_N_STRING: add_string(n->text, out); return TD_OK;
    case TD_N_NUMBER: return add_number(a, n->raw, out, err);
    case TD_N_ARRAY:
    case TD_N_OBJECT: return add_members(a, n, out, err);
    default: return TD_OK;
    }
}

static int add_jsonb(struct td_arena *a, struct td_fn_str s, struct td_buf *out, struct td_err *err)
{
    struct td_node *n;
    int rc = td_node_read_jsonb(a, s, &n, err);
    if (rc != TD_OK)
        return rc;
    if (n->kind == TD_N_ARRAY && n->count == 0) {
        td_buf_char(out, '0'); /* at the top it sorts below everything: PostgreSQL keeps that for old indexes */
        return TD_OK;
    }
    return add_json(a, n, out, err);
}

static int jsonb_sort(struct td_fn_call *c, struct td_err *err)
{
    int rc = add_jsonb(c->arena, td_fn_text(c, 0), &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int inet_sort(struct td_fn_call *c, struct td_err *err)
{
    int rc = td_inet_sort(td_fn_text(c, 0).at, &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

/* --- arrays --- */

static int add_element(struct td_arena *a, struct td_fn_type type, const struct td_node *n, struct td_buf *out,
                       struct td_err *err)
{
    struct td_fn_str s = td_fn_element_stored(n);
    struct td_interval interval;
    int rc;
    if (td_fn_type_is_number(type.kind))
        return add_number(a, s, out, err);
    if (type.kind == TD_FT_JSONB)
        return add_jsonb(a, s, out, err);
    if (type.kind == TD_FT_INET || type.kind == TD_FT_CIDR)
        return td_inet_sort(td_arena_dup(a, s.at, s.len), out, err);
    if (type.kind == TD_FT_INTERVAL) {
        rc = td_interval_parse(td_arena_dup(a, s.at, s.len), &interval, err);
        if (rc == TD_OK)
            td_interval_sort(&interval, out);
        return rc;
    }
    while (type.kind == TD_FT_BPCHAR && s.len > 0 && s.at[s.len - 1] == ' ')
        s.len--;
    add_string(s, out);
    return TD_OK;
}

/* Element by element through all dimensions, null last; what has come to its end sorts first. */
static int add_array(struct td_arena *a, struct td_fn_type type, const struct td_node *array, struct td_buf *out,
                     struct td_err *err)
{
    int rc = TD_OK;
    for (const struct td_node *n = array->first; n != NULL && rc == TD_OK; n = n->next) {
        if (n->kind == TD_N_ARRAY) {
            rc = add_array(a, type, n, out, err);
            continue;
        }
        td_buf_char(out, n->kind == TD_N_NULL ? '2' : '1');
        if (n->kind != TD_N_NULL)
            rc = add_element(a, type, n, out, err);
    }
    return rc;
}

/* Of arrays with the same elements, the one of fewer dimensions is below, then the one whose first ones are shorter. */
static void add_dimensions(const struct td_node *array, struct td_buf *out)
{
    int dims = 0;
    td_buf_char(out, '0');
    for (const struct td_node *n = array; n != NULL && n->kind == TD_N_ARRAY && n->count > 0; n = n->first)
        dims++;
    td_buf_printf(out, "%d", dims);
    for (const struct td_node *n = array; dims > 1 && n != NULL && n->kind == TD_N_ARRAY; n = n->first)
        td_buf_printf(out, "%010zu", n->count);
}

static int array_sort(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *array;
    int rc = td_node_read_array(c, 0, &array, err);
    if (rc == TD_OK)
        rc = add_array(c->arena, td_fn_type_arg(c, 1), array, &c->out, err);
    if (rc == TD_OK)
        add_dimensions(array, &c->out);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

/* --- GREATEST and LEAST: NULLs are skipped --- */

/* Order of two stored values of one type; text by bytes. */
static int compare(sqlite3_value *a, sqlite3_value *b)
{
    int ta = sqlite3_value_type(a), tb = sqlite3_value_type(b);
    if (ta == SQLITE_INTEGER && tb == SQLITE_INTEGER) {
        int64_t x = sqlite3_value_int64(a), y = sqlite3_value_int64(b);
        return (x > y) - (x < y);
    }
    if (ta <= SQLITE_FLOAT && tb <= SQLITE_FLOAT) {
        double x = sqlite3_value_double(a), y = sqlite3_value_double(b);
        return (x > y) - (x < y);
    }
    const void *x = sqlite3_value_blob(a), *y = sqlite3_value_blob(b);
    return td_str_compare((struct td_fn_str){x, (size_t)sqlite3_value_bytes(a)},
                          (struct td_fn_str){y, (size_t)sqlite3_value_bytes(b)});
}

static int extreme(struct td_fn_call *c, int sign)
{
    int best = -1;
    for (int i = 0; i < c->n; i++)
        if (!td_fn_null(c, i) && (best < 0 || compare(c->v[i], c->v[best]) * sign > 0))
            best = i;
    return best < 0 ? TD_OK : td_fn_give_arg(c, best);
}

static int greatest(struct td_fn_call *c, struct td_err *err)
{
    (void)err;
    return extreme(c, 1);
}

static int least(struct td_fn_call *c, struct td_err *err)
{
    (void)err;
    return extreme(c, -1);
}

/* Of pairs of key and value, the value with the extreme key. */
static int extreme_by(struct td_fn_call *c, int sign)
{
    int best = -1;
    for (int i = 0; i + 1 < c->n; i += 2)
        if (!td_fn_null(c, i + 1) && (best < 0 || compare(c->v[i], c->v[best]) * sign > 0))
            best = i;
    return best < 0 ? TD_OK : td_fn_give_arg(c, best + 1);
}

static int greatest_by(struct td_fn_call *c, struct td_err *err)
{
    (void)err;
    return extreme_by(c, 1);
}

static int least_by(struct td_fn_call *c, struct td_err *err)
{
    (void)err;
    return extreme_by(c, -1);
}

const struct td_fn td_fn_orders[] = {
    {"pg_jsonb_sort", 1, 1, TD_FN_STRICT, jsonb_sort},
    {"pg_array_sort", 2, 2, TD_FN_STRICT, array_sort},
    {"pg_inet_sort", 1, 1, TD_FN_STRICT, inet_sort},
    {"pg_greatest", 1, -1, 0, greatest},
    {"pg_least", 1, -1, 0, least},
    {"pg_greatest_by", 2, -1, 0, greatest_by},
    {"pg_least_by", 2, -1, 0, least_by},
    {NULL, 0, 0, 0, NULL},
};
