/* Aggregates that collect: string_agg, array_agg, json. What they collected is a list, so that a window can drop its
 * first rows again; the result is written when it is asked for.
 *
 * Each has a form whose name ends in _by, for ORDER BY and DISTINCT inside the call: behind its own arguments stand the
 * order, two letters a key (a or d, l or f for NULLs last or first; u before them: each value once), and the keys. */
#include <stdlib.h>
#include <string.h>

#include "core/base/jsontext.h"
#include "core/base/mem.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/element.h"
#include "drivers/sqlite/functions/exact.h"
#include "drivers/sqlite/functions/json_node.h"

struct item {
    size_t key, key_len, text, text_len; /* offsets into bytes; key: delimiter or object key */
    sqlite3_value **sort;                /* owned: the keys of a _by form; else NULL */
};

struct items {
    struct td_buf bytes;
    struct item *at;
    size_t first, len, cap;
    char *order; /* owned: of a _by form */
};

static struct items *items_of(sqlite3_context *ctx, bool create)
{
    return sqlite3_aggregate_context(ctx, create ? (int)sizeof(struct items) : 0);
}

static int push(struct td_fn_call *c, struct td_fn_str key, struct td_fn_str text, struct td_err *err)
{
    struct items *i = items_of(c->ctx, true);
    if (i == NULL)
        return td_err_nomem(err);
    if (i->len == i->cap) {
        size_t cap = i->cap == 0 ? 16 : i->cap * 2;
        struct item *at = td_mem_realloc(i->at, cap * sizeof *at);
        if (at == NULL)
            return td_err_nomem(err);
        i->at = at;
        i->cap = cap;
    }
    struct item *item = &i->at[i->len];
    item->sort = NULL;
    item->key = i->bytes.len;
    item->key_len = key.len;
    td_buf_add_n(&i->bytes, key.at, key.len);
    item->text = i->bytes.len;
    item->text_len = text.len;
    td_buf_add_n(&i->bytes, text.at, text.len);
    int rc = td_buf_check(&i->bytes, err);
    if (rc == TD_OK)
        i->len++;
    return rc;
}

static void drop_first(sqlite3_context *ctx)
{
    struct items *i = items_of(ctx, false);
    if (i != NULL && i->first < i->len)
        i->first++;
}

static void free_keys(sqlite3_value **keys, size_t n)
{
    for (size_t k = 0; keys != NULL && k < n; k++)
        sqlite3_value_free(keys[k]);
    td_mem_free(keys);
}

static const char *key_letters(const struct items *i)
{
    return i->order[0] == 'u' ? i->order + 1 : i->order;
}

static void free_items(sqlite3_context *ctx)
{
    struct items *i = items_of(ctx, false);
    if (i == NULL)
        return;
    for (size_t n = 0; i->order != NULL && n < i->len; n++)
        free_keys(i->at[n].sort, strlen(key_letters(i)) / 2);
    td_mem_free(i->order);
    td_buf_deinit(&i->bytes);
    td_mem_free(i->at);
    i->order = NULL;
    i->at = NULL;
    i->len = i->cap = i->first = 0;
}

static struct td_fn_str key_of(const struct items *i, size_t n)
{
    return (struct td_fn_str){td_buf_str(&i->bytes) + i->at[n].key, i->at[n].key_len};
}

static struct td_fn_str text_of(const struct items *i, size_t n)
{
    return (struct td_fn_str){td_buf_str(&i->bytes) + i->at[n].text, i->at[n].text_len};
}

/* No JSON begins with it: an array or row, before which json_agg() begins a line. */
#define NEW_LINE '\x1e'

/* The items between `open` and `close`; NULL when there is none. `comma` NULL: each item's key stands before it. */
static int join(struct td_fn_call *c, const char *open, const char *comma, const char *close, struct td_err *err)
{
    const struct items *i = items_of(c->ctx, false);
    if (i == NULL || i->first == i->len)
        return TD_OK;
    td_buf_add(&c->out, open);
    for (size_t n = i->first; n < i->len; n++) {
        struct td_fn_str key = key_of(i, n), text = text_of(i, n);
        if (n > i->first && comma != NULL)
            td_buf_add(&c->out, comma);
        else if (n > i->first)
            td_buf_add_n(&c->out, key.at, key.len);
        if (comma != NULL && text.len > 0 && text.at[0] == NEW_LINE) {
            td_buf_add(&c->out, n > i->first ? "\n " : "");
            text.at++;
            text.len--;
        }
        td_buf_add_n(&c->out, text.at, text.len);
    }
    td_buf_add(&c->out, close);
    return td_fn_done(c, err);
}

/* --- string_agg */

static int string_step_body(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str text = td_fn_text(c, 0), delimiter = td_fn_text(c, 1);
    return push(c, delimiter, text, err);
}

static void string_step(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    if (sqlite3_value_type(v[0]) != SQLITE_NULL)
        td_fn_run(ctx, n, v, NULL, string_step_body);
}

static void string_inverse(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    (void)n;
    if (sqlite3_value_type(v[0]) != SQLITE_NULL)
        drop_first(ctx);
}

static int string_value_body(struct td_fn_call *c, struct td_err *err)
{
    return join(c, "", NULL, "", err);
}

static void string_value(sqlite3_context *ctx)
{
    td_fn_run(ctx, 0, NULL, NULL, string_value_body);
}

static void string_final(sqlite3_context *ctx)
{
    string_value(ctx);
    free_items(ctx);
}

static void any_inverse(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    (void)n;
    (void)v;
    drop_first(ctx);
}

/* --- array_agg */

static int array_step_body(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *node;
    int rc = td_fn_element(c, c->v[0], td_fn_type_arg(c, 1), &node, err);
    if (rc != TD_OK)
        return rc;
    td_node_print_array(node, &c->out);
    rc = td_buf_check(&c->out, err);
    return rc != TD_OK ? rc
                       : push(c, (struct td_fn_str){"", 0}, (struct td_fn_str){td_buf_str(&c->out), c->out.len}, err);
}

static void array_step(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    td_fn_run(ctx, n, v, NULL, array_step_body);
}

static int array_value_body(struct td_fn_call *c, struct td_err *err)
{
    return join(c, "[", ",", "]", err);
}

static void array_value(sqlite3_context *ctx)
{
    td_fn_run(ctx, 0, NULL, NULL, array_value_body);
}

static void array_final(sqlite3_context *ctx)
{
    array_value(ctx);
    free_items(ctx);
}

/* --- json_agg, jsonb_agg */

static int json_step_body(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str text = {"null", 4};
    if (!td_fn_null(c, 0))
        text = td_fn_text(c, 0);
    return push(c, (struct td_fn_str){"", 0}, text, err);
}

static void json_step(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    td_fn_run(ctx, n, v, NULL, json_step_body);
}

static int json_value_body(struct td_fn_call *c, struct td_err *err)
{
    return join(c, "[", ", ", "]", err);
}

static void json_value(sqlite3_context *ctx)
{
    td_fn_run(ctx, 0, NULL, NULL, json_value_body);
}

static void json_final(sqlite3_context *ctx)
{
    json_value(ctx);
    free_items(ctx);
}

/* --- json_object_agg, jsonb_object_agg */

static int object_step_body(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str text = {"null", 4};
    if (td_fn_null(c, 0))
        return td_fn_fail(err, "22023", "field name must not be null");
    if (!td_fn_null(c, 1))
        text = td_fn_text(c, 1);
    return push(c, td_fn_text(c, 0), text, err);
}

static void object_step(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    td_fn_run(ctx, n, v, NULL, object_step_body);
}

static int object_value_of(struct td_fn_call *c, bool jsonb, struct td_err *err)
{
    const struct items *i = items_of(c->ctx, false);
    struct td_buf text;
    if (i == NULL || i->first == i->len)
        return TD_OK;
    td_buf_init(&text, c->arena);
    td_buf_add(&text, jsonb ? "{" : "{ ");
    for (size_t n = i->first; n < i->len; n++) {
        struct td_fn_str key = key_of(i, n), value = text_of(i, n);
        td_buf_add(&text, n > i->first ? ", " : "");
        td_jsontext_string(&text, key.at, key.len);
        td_buf_add(&text, " : ");
        td_buf_add_n(&text, value.at, value.len);
    }
    td_buf_add(&text, jsonb ? "}" : " }");
    int rc = td_buf_check(&text, err);
    if (rc == TD_OK && jsonb)
        rc = td_exact_jsonb(td_buf_str(&text), text.len, &c->out, err);
    else
        c->out = text;
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int jsonb_object_body(struct td_fn_call *c, struct td_err *err)
{
    return object_value_of(c, true, err);
}

static int json_object_body(struct td_fn_call *c, struct td_err *err)
{
    return object_value_of(c, false, err);
}

static void jsonb_object_value(sqlite3_context *ctx)
{
    td_fn_run(ctx, 0, NULL, NULL, jsonb_object_body);
}

static void jsonb_object_final(sqlite3_context *ctx)
{
    jsonb_object_value(ctx);
    free_items(ctx);
}

static void json_object_value(sqlite3_context *ctx)
{
    td_fn_run(ctx, 0, NULL, NULL, json_object_body);
}

static void json_object_final(sqlite3_context *ctx)
{
    json_object_value(ctx);
    free_items(ctx);
}

const struct td_fn_aggregate td_fn_aggregates[] = {
    {"pg_string_agg", 2, string_step, string_final, string_value, string_inverse},
    {"pg_array_agg", 2, array_step, array_final, array_value, any_inverse},
    {"pg_jsonb_agg", 1, json_step, json_final, json_value, any_inverse},
    {"pg_json_agg", 1, json_step, json_final, json_value, any_inverse},
    {"pg_jsonb_object_agg", 2, object_step, jsonb_object_final, jsonb_object_value, any_inverse},
    {"pg_json_object_agg", 2, object_step, json_object_final, json_object_value, any_inverse},
    {NULL, 0, NULL, NULL, NULL, NULL},
};

/* --- the forms with an order */

/* As SQLite compares: numbers before texts before blobs. NULLs are the caller's. */
static int compare_values(sqlite3_value *a, sqlite3_value *b)
{
    int at = sqlite3_value_type(a), bt = sqlite3_value_type(b), la, lb, rc;
    if (at == SQLITE_INTEGER && bt == SQLITE_INTEGER) {
        sqlite3_int64 x = sqlite3_value_int64(a), y = sqlite3_value_int64(b);
        return (x > y) - (x < y);
    }
    if ((at == SQLITE_INTEGER || at == SQLITE_FLOAT) && (bt == SQLITE_INTEGER || bt == SQLITE_FLOAT)) {
        double x = sqlite3_value_double(a), y = sqlite3_value_double(b);
        return (x > y) - (x < y);
    }
    if (at != bt)
        return (at > bt) - (at < bt);
    la = sqlite3_value_bytes(a);
    lb = sqlite3_value_bytes(b);
    rc = la == 0 || lb == 0 ? 0 : memcmp(sqlite3_value_blob(a), sqlite3_value_blob(b), (size_t)(la < lb ? la : lb));
    return rc != 0 ? rc : (la > lb) - (la < lb);
}

static int compare_keys(const char *order, const struct item *a, const struct item *b)
{
    for (size_t k = 0; order[2 * k] != '\0'; k++) {
        bool an = sqlite3_value_type(a->sort[k]) == SQLITE_NULL, bn = sqlite3_value_type(b->sort[k]) == SQLITE_NULL;
        int rc = an || bn ? an - bn : compare_values(a->sort[k], b->sort[k]);
        if (rc != 0)
            return (an || bn ? order[2 * k + 1] == 'f' : order[2 * k] == 'd') ? -rc : rc;
    }
    return 0;
}

/* Rows that are equal stay in the order they came in: their texts lie in that order. */
static int compare_items(const void *a, const void *b, void *order)
{
    const struct item *x = a, *y = b;
    int rc = compare_keys(order, x, y);
    return rc != 0 ? rc : (x->key > y->key) - (x->key < y->key);
}

static void sort_items(sqlite3_context *ctx)
{
    struct items *i = items_of(ctx, false);
    size_t kept = 0;
    if (i == NULL || i->len == 0 || i->order == NULL)
        return;
    char *letters = i->order + (i->order[0] == 'u');
    qsort_r(i->at, i->len, sizeof *i->at, compare_items, letters);
    for (size_t n = 0; n < i->len; n++) {
        if (i->order[0] == 'u' && kept > 0 && compare_keys(letters, &i->at[kept - 1], &i->at[n]) == 0)
            free_keys(i->at[n].sort, strlen(letters) / 2);
        else
            i->at[kept++] = i->at[n];
    }
    i->len = kept;
}

static sqlite3_value **dup_keys(sqlite3_value **v, size_t n)
{
    sqlite3_value **keys = td_mem_zalloc((n + 1) * sizeof *keys);
    for (size_t k = 0; keys != NULL && k < n; k++) {
        keys[k] = sqlite3_value_dup(v[k]);
        if (keys[k] == NULL) {
            free_keys(keys, k);
            return NULL;
        }
    }
    return keys;
}

static void by_step(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    const struct td_fn_aggregate *plain = sqlite3_user_data(ctx);
    const char *order = n > plain->args ? (const char *)sqlite3_value_text(v[plain->args]) : NULL;
    size_t n_keys = order == NULL ? 0 : strlen(order + (order[0] == 'u')) / 2;
    struct items *i = items_of(ctx, true);
    if (order == NULL || (size_t)n != (size_t)plain->args + 1 + n_keys) {
        sqlite3_result_error(ctx, "42883: the order and the keys do not agree", -1);
        return;
    }
    if (i == NULL || (i->order == NULL && (i->order = td_mem_strdup(order)) == NULL)) {
        sqlite3_result_error_nomem(ctx);
        return;
    }
    if (strcmp(i->order, order) != 0) {
        sqlite3_result_error(ctx, "42883: the order differs from row to row", -1);
        return;
    }
    size_t before = i->len;
    plain->step(ctx, plain->args, v);
    if (i->len == before) /* string_agg leaves NULL out */
        return;
    i->at[before].sort = dup_keys(v + plain->args + 1, n_keys);
    if (i->at[before].sort == NULL) {
        i->len = before;
        sqlite3_result_error_nomem(ctx);
    }
}

static void by_final(sqlite3_context *ctx)
{
    const struct td_fn_aggregate *plain = sqlite3_user_data(ctx);
    sort_items(ctx);
    plain->final(ctx);
}

int td_fn_register_ordered(sqlite3 *db)
{
    int rc = SQLITE_OK;
    for (const struct td_fn_aggregate *a = td_fn_aggregates; a->name != NULL && rc == SQLITE_OK; a++) {
        char *name = sqlite3_mprintf("%s_by", a->name);
        rc = name == NULL
                 ? SQLITE_NOMEM
                 : sqlite3_create_function_v2(db, name, -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                              (void *)a, NULL, by_step, by_final, NULL);
        sqlite3_free(name);
    }
    return rc;
}
