/* Aggregates that collect: string_agg, array_agg, json. What they collected is a list, so that a window can drop its
 * first rows again; the result is written when it is asked for. */
#include <string.h>

#include "core/base/jsontext.h"
#include "core/base/mem.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/element.h"
#include "drivers/sqlite/functions/exact.h"
#include "drivers/sqlite/functions/json_node.h"

struct item {
    size_t key, key_len, text, text_len; /* offsets into bytes; key: delimiter or object key */
};

struct items {
    struct td_buf bytes;
    struct item *at;
    size_t first, len, cap;
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

static void free_items(sqlite3_context *ctx)
{
    struct items *i = items_of(ctx, false);
    if (i == NULL)
        return;
    td_buf_deinit(&i->bytes);
    td_mem_free(i->at);
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
