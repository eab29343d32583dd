/* jsonb: changing. */
#include <stdlib.h>
#include <string.h>

#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/element.h"
#include "drivers/sqlite/functions/json_node.h"

static int read_arg(struct td_fn_call *c, int arg, struct td_node **out, struct td_err *err)
{
    return td_node_read_jsonb(c->arena, td_fn_text(c, arg), out, err);
}

static int give(struct td_fn_call *c, const struct td_node *n, struct td_err *err)
{
    td_node_print(n, &c->out);
    return td_fn_done(c, err);
}

static bool is_scalar(const struct td_node *n)
{
    return n->kind != TD_N_ARRAY && n->kind != TD_N_OBJECT;
}

static void append_all(struct td_fn_call *c, struct td_node *to, const struct td_node *from)
{
    if (from->kind != TD_N_ARRAY) {
        td_node_append(to, td_node_copy(c->arena, from));
        return;
    }
    for (const struct td_node *n = from->first; n != NULL; n = n->next)
        td_node_append(to, td_node_copy(c->arena, n));
}

static int jsonb_concat(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *a, *b;
    int rc = read_arg(c, 0, &a, err);
    if (rc == TD_OK)
        rc = read_arg(c, 1, &b, err);
    if (rc != TD_OK)
        return rc;
    if (a->kind == TD_N_OBJECT && b->kind == TD_N_OBJECT) {
        for (const struct td_node *n = b->first; n != NULL; n = n->next)
            td_node_put(a, td_node_copy(c->arena, n));
        return give(c, a, err);
    }
    struct td_node *out = td_node_new(c->arena, TD_N_ARRAY);
    append_all(c, out, a);
    append_all(c, out, b);
    return give(c, out, err);
}

/* A copy of the container without what `drops` says; index counts the items. */
static struct td_node *without(struct td_fn_call *c, const struct td_node *n,
                               bool (*drops)(const struct td_node *item, size_t index, const void *what),
                               const void *what)
{
    struct td_node *out = td_node_new(c->arena, n->kind);
    size_t index = 0;
    for (const struct td_node *m = n->first; m != NULL; m = m->next, index++)
        if (!drops(m, index, what))
            td_node_append(out, td_node_copy(c->arena, m));
    return out;
}

static bool has_key(const struct td_node *item, size_t index, const void *what)
{
    const struct td_fn_str *key = what;
    (void)index;
    if (item->key.at != NULL)
        return td_str_compare(item->key, *key) == 0;
    return item->kind == TD_N_STRING && td_str_compare(item->text, *key) == 0;
}

static bool has_index(const struct td_node *item, size_t index, const void *what)
{
    (void)item;
    return (int64_t)index == *(const int64_t *)what;
}

static int jsonb_delete(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *n;
    int rc = read_arg(c, 0, &n, err);
    if (rc != TD_OK)
        return rc;
    if (is_scalar(n))
        return td_fn_fail(err, "22023", "cannot delete from scalar");
    if (sqlite3_value_type(c->v[1]) == SQLITE_INTEGER) {
        int64_t index = sqlite3_value_int64(c->v[1]);
        if (n->kind == TD_N_OBJECT)
            return td_fn_fail(err, "22023", "cannot delete from object using integer index");
        if (index < 0)
            index += (int64_t)n->count;
        return give(c, without(c, n, has_index, &index), err);
    }
    struct td_fn_str key = td_fn_text(c, 1);
    return give(c, without(c, n, has_key, &key), err);
}

static int jsonb_delete_keys(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *n, *keys;
    int rc = read_arg(c, 0, &n, err);
    if (rc == TD_OK)
        rc = td_node_read_array(c, 1, &keys, err);
    if (rc != TD_OK)
        return rc;
    if (is_scalar(n))
        return td_fn_fail(err, "22023", "cannot delete from scalar");
    for (const struct td_node *k = keys->first; k != NULL; k = k->next)
        if (k->kind == TD_N_STRING)
            n = without(c, n, has_key, &k->text);
    return give(c, n, err);
}

enum change { REPLACE = 1, CREATE = 2, DELETE = 4, INSERT_BEFORE = 8, INSERT_AFTER = 16 };

#define ADDS (CREATE | INSERT_BEFORE | INSERT_AFTER)

struct path {
    struct td_fn_call *c;
    const struct td_node *key; /* of this level */
    int level;                 /* 1-based, for messages */
    int change;
    struct td_node *value; /* NULL for DELETE */
};

static int set_path(struct path p, struct td_node *n, struct td_err *err);

static int deeper(struct path p, struct td_node *n, struct td_err *err)
{
    p.key = p.key->next;
    p.level++;
    return set_path(p, n, err);
}

static int set_member(struct path p, struct td_node *object, struct td_err *err)
{
    struct td_fn_str key = td_fn_element_stored(p.key);
    struct td_node *found = td_node_member(object, key);
    if (p.key->next != NULL)
        return found != NULL ? deeper(p, found, err) : TD_OK;
    if (found != NULL && (p.change & (INSERT_BEFORE | INSERT_AFTER)))
        return td_fn_fail(err, "22023", "cannot replace existing key");
    if (p.change == DELETE) {
        *object = *without(p.c, object, has_key, &key);
        return TD_OK;
    }
    if (found != NULL || (p.change & ADDS)) {
        struct td_node *value = td_node_copy(p.c->arena, p.value);
        value->key = key;
        td_node_put(object, value);
    }
    return TD_OK;
}

static int read_index(struct path p, size_t count, int64_t *out, struct td_err *err)
{
    struct td_fn_str s = td_fn_element_stored(p.key);
    char *end;
    const char *text = td_arena_dup(p.c->arena, s.at, s.len);
    long long v = strtoll(text, &end, 10);
    if (s.len == 0 || *end != '\0' || v < INT32_MIN || v > INT32_MAX)
        return td_fn_fail(err, "22P02", "path element at position %d is not an integer: \"%s\"", p.level, text);
    if (v < 0)
        v = -v > (long long)count ? INT32_MIN : (long long)count + v;
    *out = v > (long long)count ? (long long)count : v;
    return TD_OK;
}

static void add_value(struct path p, struct td_node *to)
{
    if (p.value != NULL)
        td_node_append(to, td_node_copy(p.c->arena, p.value));
}

static int set_item(struct path p, struct td_node *array, struct td_err *err)
{
    int64_t index = 0, at = 0;
    int rc = read_index(p, array->count, &index, err);
    if (rc != TD_OK)
        return rc;
    if (p.key->next != NULL) {
        struct td_node *n = index >= 0 ? td_node_item(array, index) : NULL;
        return n != NULL ? deeper(p, n, err) : TD_OK;
    }
    struct td_node out = {.kind = TD_N_ARRAY, .key = array->key, .next = array->next};
    bool done = false;
    if ((index < 0 || array->count == 0) && (p.change & ADDS)) {
        add_value(p, &out);
        done = true;
    }
    for (const struct td_node *n = array->first; n != NULL; n = n->next, at++) {
        bool here = at == index && !done;
        if (here && (p.change & (INSERT_BEFORE | CREATE)))
            add_value(p, &out);
        if (!here || (p.change & (INSERT_BEFORE | INSERT_AFTER)))
            td_node_append(&out, td_node_copy(p.c->arena, n));
        if (here && (p.change & (INSERT_AFTER | REPLACE)))
            add_value(p, &out);
        done = done || here;
    }
    if (!done && (p.change & ADDS))
        add_value(p, &out);
    *array = out;
    return TD_OK;
}

static int set_path(struct path p, struct td_node *n, struct td_err *err)
{
    if (p.key->kind == TD_N_NULL)
        return td_fn_fail(err, "22004", "path element at position %d is null", p.level);
    if (n->kind == TD_N_OBJECT) {
        struct td_fn_str key = n->key;
        struct td_node *next = n->next;
        int rc = set_member(p, n, err);
        n->key = key;
        n->next = next;
        return rc;
    }
    return n->kind == TD_N_ARRAY ? set_item(p, n, err) : TD_OK;
}

/* Argument 0 changed at the path of argument 1. */
static int change(struct td_fn_call *c, int how, int value_arg, struct td_err *err)
{
    struct td_node *n, *keys, *value = NULL;
    int rc = read_arg(c, 0, &n, err);
    if (rc == TD_OK)
        rc = td_node_read_array(c, 1, &keys, err);
    if (rc == TD_OK && value_arg > 0)
        rc = read_arg(c, value_arg, &value, err);
    if (rc != TD_OK)
        return rc;
    if (is_scalar(n))
        return td_fn_fail(err, "22023", how == DELETE ? "cannot delete path in scalar" : "cannot set path in scalar");
    if (n->count == 0 && !(how & ADDS))
        return give(c, n, err);
    struct path p = {c, keys->first, 1, how, value};
    if (keys->first != NULL)
        rc = set_path(p, n, err);
    return rc != TD_OK ? rc : give(c, n, err);
}

static int jsonb_set(struct td_fn_call *c, struct td_err *err)
{
    return change(c, c->n < 4 || td_fn_true(c, 3) ? CREATE : REPLACE, 2, err);
}

static int jsonb_set_lax(struct td_fn_call *c, struct td_err *err)
{
    if (td_fn_null(c, 0) || td_fn_null(c, 1) || (c->n > 3 && td_fn_null(c, 3)))
        return TD_OK;
    if (!td_fn_null(c, 2))
        return jsonb_set(c, err);
    if (c->n > 4 && td_fn_null(c, 4))
        return td_fn_fail(err, "22004",
                          "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or "
                          "\"raise_exception\"");
    const char *how = c->n > 4 ? td_fn_text(c, 4).at : "use_json_null";
    if (strcmp(how, "raise_exception") == 0)
        return td_fn_fail(err, "22004", "JSON value must not be null");
    if (strcmp(how, "return_target") == 0)
        return td_fn_give_arg(c, 0);
    if (strcmp(how, "delete_key") == 0)
        return change(c, DELETE, 0, err);
    if (strcmp(how, "use_json_null") != 0)
        return td_fn_fail(err, "22023",
                          "null_value_treatment must be \"delete_key\", \"return_target\", \"use_json_null\", or "
                          "\"raise_exception\"");
    struct td_node *n, *keys;
    int rc = read_arg(c, 0, &n, err);
    if (rc == TD_OK)
        rc = td_node_read_array(c, 1, &keys, err);
    if (rc != TD_OK)
        return rc;
    if (is_scalar(n))
        return td_fn_fail(err, "22023", "cannot set path in scalar");
    struct path p = {c, keys->first, 1, c->n < 4 || td_fn_true(c, 3) ? CREATE : REPLACE,
                     td_node_new(c->arena, TD_N_NULL)};
    rc = keys->first != NULL ? set_path(p, n, err) : TD_OK;
    return rc != TD_OK ? rc : give(c, n, err);
}

static int jsonb_insert(struct td_fn_call *c, struct td_err *err)
{
    return change(c, td_fn_true(c, 3) ? INSERT_AFTER : INSERT_BEFORE, 2, err);
}

static int jsonb_delete_path(struct td_fn_call *c, struct td_err *err)
{
    return change(c, DELETE, 0, err);
}

static bool is_null_member(const struct td_node *item, size_t index, const void *what)
{
    (void)index;
    (void)what;
    return item->key.at != NULL && item->kind == TD_N_NULL;
}

static void strip(struct td_fn_call *c, struct td_node *n)
{
    if (is_scalar(n))
        return;
    struct td_node *kept = without(c, n, is_null_member, NULL);
    n->first = kept->first;
    n->last = kept->last;
    n->count = kept->count;
    for (struct td_node *m = n->first; m != NULL; m = m->next)
        strip(c, m);
}

static int jsonb_strip_nulls(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *n;
    int rc = read_arg(c, 0, &n, err);
    if (rc != TD_OK)
        return rc;
    strip(c, n);
    return give(c, n, err);
}

static int json_strip_nulls(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *n;
    int rc = td_node_read_json(c->arena, td_fn_text(c, 0), &n, err);
    if (rc != TD_OK)
        return rc;
    strip(c, n);
    td_node_print_array(n, &c->out); /* json's has no blanks */
    return td_fn_done(c, err);
}

static void pretty(struct td_fn_call *c, const struct td_node *n, int depth)
{
    struct td_buf *out = &c->out;
    if (is_scalar(n)) {
        td_node_print(n, out);
        return;
    }
    td_buf_add(out, n->kind == TD_N_ARRAY ? "[" : "{");
    for (const struct td_node *m = n->first; m != NULL; m = m->next) {
        td_buf_printf(out, "%s\n%*s", m == n->first ? "" : ",", (depth + 1) * 4, "");
        if (n->kind == TD_N_OBJECT) {
            struct td_node key = {.kind = TD_N_STRING, .text = m->key};
            td_node_print(&key, out);
            td_buf_add(out, ": ");
        }
        pretty(c, m, depth + 1);
    }
    td_buf_printf(out, "\n%*s%c", depth * 4, "", n->kind == TD_N_ARRAY ? ']' : '}');
}

static int jsonb_pretty(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *n;
    int rc = read_arg(c, 0, &n, err);
    if (rc != TD_OK)
        return rc;
    pretty(c, n, 0);
    return td_fn_done(c, err);
}

const struct td_fn td_fn_json_changes[] = {
    {"pg_jsonb_concat", 2, 2, TD_FN_STRICT, jsonb_concat},
    {"pg_jsonb_delete", 2, 2, TD_FN_STRICT, jsonb_delete},
    {"pg_jsonb_delete_keys", 2, 2, TD_FN_STRICT, jsonb_delete_keys},
    {"pg_jsonb_delete_path", 2, 2, TD_FN_STRICT, jsonb_delete_path},
    {"pg_jsonb_set", 3, 4, TD_FN_STRICT, jsonb_set},
    {"pg_jsonb_set_lax", 3, 5, 0, jsonb_set_lax},
    {"pg_jsonb_insert", 3, 4, TD_FN_STRICT, jsonb_insert},
    {"pg_jsonb_strip_nulls", 1, 1, TD_FN_STRICT, jsonb_strip_nulls},
    {"pg_json_strip_nulls", 1, 1, TD_FN_STRICT, json_strip_nulls},
    {"pg_jsonb_pretty", 1, 1, TD_FN_STRICT, jsonb_pretty},
    {NULL, 0, 0, 0, NULL},
};
