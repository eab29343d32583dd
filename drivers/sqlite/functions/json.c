/* json and jsonb: asking. */
#include <stdlib.h>
#include <string.h>

#include "core/base/decimal.h"
#include "core/base/jsontext.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/element.h"
#include "drivers/sqlite/functions/exact.h"
#include "drivers/sqlite/functions/json_node.h"

static int read_arg(struct td_fn_call *c, int arg, bool json, struct td_node **out, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, arg);
    return json ? td_node_read_json(c->arena, s, out, err) : td_node_read_jsonb(c->arena, s, out, err);
}

static int get(struct td_fn_call *c, bool json, struct td_err *err)
{
    struct td_node *n;
    int rc = read_arg(c, 0, json, &n, err);
    if (rc != TD_OK)
        return rc;
    if (sqlite3_value_type(c->v[1]) == SQLITE_INTEGER) {
        int64_t index = sqlite3_value_int64(c->v[1]);
        bool scalar = !json && n->kind != TD_N_ARRAY && n->kind != TD_N_OBJECT; /* jsonb keeps one as an array of one */
        n = scalar && (index == 0 || index == -1) ? n : td_node_item(n, index);
    } else
        n = td_node_member(n, td_fn_text(c, 1));
    return td_node_give(c, n, td_fn_true(c, 2), json, err);
}

static int json_get(struct td_fn_call *c, struct td_err *err)
{
    return get(c, true, err);
}

static int jsonb_get(struct td_fn_call *c, struct td_err *err)
{
    return get(c, false, err);
}

/* The whole of `s` as an array index. */
static bool read_index(struct td_arena *a, struct td_fn_str s, long long *out)
{
    char *end;
    const char *text = td_arena_dup(a, s.at, s.len);
    *out = strtoll(text, &end, 10);
    return s.len > 0 && s.len < 12 && *end == '\0' && *out >= INT32_MIN && *out <= INT32_MAX;
}

static struct td_node *step(struct td_arena *a, const struct td_node *n, struct td_fn_str key)
{
    long long index = 0;
    if (n->kind == TD_N_ARRAY)
        return read_index(a, key, &index) ? td_node_item(n, index) : NULL;
    return td_node_member(n, key);
}

static int path(struct td_fn_call *c, bool json, struct td_err *err)
{
    struct td_node *n, *keys;
    int rc = read_arg(c, 0, json, &n, err);
    if (rc == TD_OK)
        rc = td_node_read_array(c, 1, &keys, err);
    if (rc != TD_OK)
        return rc;
    for (const struct td_node *k = keys->first; k != NULL && n != NULL; k = k->next) {
        if (k->kind == TD_N_NULL)
            return TD_OK;
        n = step(c->arena, n, td_fn_element_stored(k));
    }
    return td_node_give(c, n, td_fn_true(c, 2), json, err);
}

static int json_path(struct td_fn_call *c, struct td_err *err)
{
    return path(c, true, err);
}

static int jsonb_path(struct td_fn_call *c, struct td_err *err)
{
    return path(c, false, err);
}

static int compare_numbers(struct td_arena *a, const struct td_node *x, const struct td_node *y)
{
    struct td_err err;
    int c = 0;
    int rc =
        td_decimal_compare(td_arena_dup(a, x->raw.at, x->raw.len), td_arena_dup(a, y->raw.at, y->raw.len), &c, &err);
    return rc == TD_OK ? c : td_str_compare(x->raw, y->raw);
}

/* Objects above arrays above booleans, numbers, strings, null; containers by size first. */
static int rank(const struct td_node *n)
{
    static const int ranks[] = {[TD_N_NULL] = 0, [TD_N_STRING] = 1, [TD_N_NUMBER] = 2, [TD_N_FALSE] = 3,
                                [TD_N_TRUE] = 3, [TD_N_ARRAY] = 4,  [TD_N_OBJECT] = 5};
    return ranks[n->kind];
}

static int compare(struct td_arena *a, const struct td_node *x, const struct td_node *y)
{
    if (rank(x) != rank(y))
        return rank(x) < rank(y) ? -1 : 1;
    switch (x->kind) {
    case TD_N_NUMBER: return compare_numbers(a, x, y);
    case TD_N_STRING: return td_str_compare(x->text, y->text);
    case TD_N_TRUE:
    case TD_N_FALSE: return (x->kind == TD_N_TRUE) - (y->kind == TD_N_TRUE);
    case TD_N_NULL: return 0;
    default: break;
    }
    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    const struct td_node *m = x->first, *n = y->first;
    for (; m != NULL; m = m->next, n = n->next) {
        int c = x->kind == TD_N_OBJECT ? td_str_compare(m->key, n->key) : 0;
        if (c == 0)
            c = compare(a, m, n);
        if (c != 0)
            return c;
    }
    return 0;
}

static int read_two(struct td_fn_call *c, struct td_node **a, struct td_node **b, struct td_err *err)
{
    int rc = read_arg(c, 0, false, a, err);
    return rc != TD_OK ? rc : read_arg(c, 1, false, b, err);
}

static bool contains(struct td_arena *a, const struct td_node *x, const struct td_node *y);

static bool array_has(struct td_arena *a, const struct td_node *array, const struct td_node *item)
{
    bool container = item->kind == TD_N_ARRAY || item->kind == TD_N_OBJECT;
    for (const struct td_node *n = array->first; n != NULL; n = n->next)
        if (n->kind == item->kind && (container ? contains(a, n, item) : compare(a, n, item) == 0))
            return true;
    return false;
}

static bool contains(struct td_arena *a, const struct td_node *x, const struct td_node *y)
{
    if (x->kind != y->kind)
        return false;
    if (y->kind == TD_N_ARRAY) {
        for (const struct td_node *n = y->first; n != NULL; n = n->next)
            if (!array_has(a, x, n))
                return false;
        return true;
    }
    if (y->kind != TD_N_OBJECT)
        return compare(a, x, y) == 0;
    for (const struct td_node *n = y->first; n != NULL; n = n->next) {
        const struct td_node *m = td_node_member(x, n->key);
        if (m == NULL || !contains(a, m, n))
            return false;
    }
    return true;
}

static int jsonb_contains(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *a, *b;
    int rc = read_two(c, &a, &b, err);
    if (rc != TD_OK)
        return rc;
    /* only at the top may an array hold a bare scalar */
    bool scalar = b->kind != TD_N_ARRAY && b->kind != TD_N_OBJECT;
    bool yes = a->kind == TD_N_ARRAY && scalar ? array_has(c->arena, a, b) : contains(c->arena, a, b);
    return td_fn_give_int(c, yes);
}

/* A key of an object, a string in an array, or the string itself. */
static bool exists(const struct td_node *n, struct td_fn_str key)
{
    if (n->kind == TD_N_OBJECT)
        return td_node_member(n, key) != NULL;
    if (n->kind == TD_N_STRING)
        return td_str_compare(n->text, key) == 0;
    for (const struct td_node *i = n->first; i != NULL; i = i->next)
        if (i->kind == TD_N_STRING && td_str_compare(i->text, key) == 0)
            return true;
    return false;
}

static int jsonb_exists(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *n;
    int rc = read_arg(c, 0, false, &n, err);
    return rc != TD_OK ? rc : td_fn_give_int(c, exists(n, td_fn_text(c, 1)));
}

static int exists_many(struct td_fn_call *c, bool all, struct td_err *err)
{
    struct td_node *n, *keys;
    int rc = read_arg(c, 0, false, &n, err);
    if (rc == TD_OK)
        rc = td_node_read_array(c, 1, &keys, err);
    if (rc != TD_OK)
        return rc;
    for (const struct td_node *k = keys->first; k != NULL; k = k->next)
        if (k->kind == TD_N_STRING && exists(n, k->text) != all)
            return td_fn_give_int(c, !all);
    return td_fn_give_int(c, all);
}

static int jsonb_exists_any(struct td_fn_call *c, struct td_err *err)
{
    return exists_many(c, false, err);
}

static int jsonb_exists_all(struct td_fn_call *c, struct td_err *err)
{
    return exists_many(c, true, err);
}

static void trim_numbers(struct td_fn_call *c, struct td_node *n)
{
    struct td_err err;
    struct td_buf b;
    for (struct td_node *m = n->first; m != NULL; m = m->next)
        trim_numbers(c, m);
    td_buf_init(&b, c->arena);
    if (n->kind == TD_N_NUMBER && td_exact_trim(td_arena_dup(c->arena, n->raw.at, n->raw.len), &b, &err) == TD_OK)
        n->raw = (struct td_fn_str){td_buf_str(&b), b.len};
}

static int jsonb_key(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *n;
    int rc = read_arg(c, 0, false, &n, err);
    if (rc != TD_OK)
        return rc;
    trim_numbers(c, n);
    td_node_print(n, &c->out);
    return td_fn_done(c, err);
}

static const char *type_name(const struct td_node *n)
{
    static const char *const type_names[] = {
        [TD_N_NULL] = "null",     [TD_N_FALSE] = "boolean", [TD_N_TRUE] = "boolean", [TD_N_NUMBER] = "number",
        [TD_N_STRING] = "string", [TD_N_ARRAY] = "array",   [TD_N_OBJECT] = "object"};
    return type_names[n->kind];
}

static int jsonb_typeof(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *n;
    int rc = read_arg(c, 0, true, &n, err);
    return rc != TD_OK ? rc : td_fn_give_text(c, type_name(n), strlen(type_name(n)));
}

static int jsonb_array_length(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *n;
    int rc = read_arg(c, 0, true, &n, err);
    if (rc != TD_OK)
        return rc;
    if (n->kind != TD_N_ARRAY)
        return td_fn_fail(err, "22023", "cannot get array length of a %s",
                          n->kind == TD_N_OBJECT ? "non-array" : "scalar");
    return td_fn_give_int(c, (int64_t)n->count);
}

static int give_rows(struct td_fn_call *c, const struct td_node *rows, struct td_err *err)
{
    td_node_print_array(rows, &c->out);
    return td_fn_done(c, err);
}

static int object_keys(struct td_fn_call *c, bool json, struct td_err *err)
{
    struct td_node *n, *rows = td_node_new(c->arena, TD_N_ARRAY);
    int rc = read_arg(c, 0, json, &n, err);
    if (rc != TD_OK)
        return rc;
    if (n->kind != TD_N_OBJECT)
        return td_fn_fail(err, "22023", "cannot call %s_object_keys on %s", json ? "json" : "jsonb",
                          n->kind == TD_N_ARRAY ? "an array" : "a scalar");
    for (const struct td_node *m = n->first; m != NULL; m = m->next)
        td_node_append(rows, td_node_string(c->arena, m->key.at, m->key.len));
    return give_rows(c, rows, err);
}

static int jsonb_object_keys(struct td_fn_call *c, struct td_err *err)
{
    return object_keys(c, false, err);
}

static int json_object_keys(struct td_fn_call *c, struct td_err *err)
{
    return object_keys(c, true, err);
}

static int array_elements(struct td_fn_call *c, bool json, struct td_err *err)
{
    struct td_node *n, *rows = td_node_new(c->arena, TD_N_ARRAY);
    bool as_text = td_fn_true(c, 1);
    int rc = read_arg(c, 0, json, &n, err);
    if (rc != TD_OK)
        return rc;
    if (n->kind != TD_N_ARRAY && !json)
        return td_fn_fail(err, "22023", "cannot extract elements from %s",
                          n->kind == TD_N_OBJECT ? "an object" : "a scalar");
    if (n->kind != TD_N_ARRAY)
        return td_fn_fail(err, "22023", "cannot call json_array_elements%s on a %s", as_text ? "_text" : "",
                          n->kind == TD_N_OBJECT ? "non-array" : "scalar");
    for (const struct td_node *m = n->first; m != NULL; m = m->next)
        td_node_append(rows, td_node_row(c->arena, m, as_text, json));
    return give_rows(c, rows, err);
}

static int jsonb_array_elements(struct td_fn_call *c, struct td_err *err)
{
    return array_elements(c, false, err);
}

static int json_array_elements(struct td_fn_call *c, struct td_err *err)
{
    return array_elements(c, true, err);
}

static int each(struct td_fn_call *c, bool json, struct td_err *err)
{
    struct td_node *n, *rows = td_node_new(c->arena, TD_N_ARRAY);
    bool as_text = td_fn_true(c, 1);
    int rc = read_arg(c, 0, json, &n, err);
    if (rc != TD_OK)
        return rc;
    if (n->kind != TD_N_OBJECT && !json)
        return td_fn_fail(err, "22023", "cannot call jsonb_each%s on a non-object", as_text ? "_text" : "");
    if (n->kind != TD_N_OBJECT)
        return td_fn_fail(err, "22023", "cannot deconstruct %s",
                          n->kind == TD_N_ARRAY ? "an array as an object" : "a scalar");
    for (const struct td_node *m = n->first; m != NULL; m = m->next) {
        struct td_node *pair = td_node_new(c->arena, TD_N_ARRAY);
        td_node_append(pair, td_node_string(c->arena, m->key.at, m->key.len));
        td_node_append(pair, td_node_row(c->arena, m, as_text, json));
        td_node_append(rows, pair);
    }
    return give_rows(c, rows, err);
}

static int jsonb_each(struct td_fn_call *c, struct td_err *err)
{
    return each(c, false, err);
}

static int json_each(struct td_fn_call *c, struct td_err *err)
{
    return each(c, true, err);
}

/* jsonb to a number or boolean: only from a number or boolean. */
static int jsonb_number(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *n;
    struct td_fn_type type = td_fn_type_arg(c, 1);
    int rc = read_arg(c, 0, false, &n, err);
    if (rc != TD_OK)
        return rc;
    bool is_bool = n->kind == TD_N_TRUE || n->kind == TD_N_FALSE;
    if (type.kind == TD_FT_BOOL ? !is_bool : n->kind != TD_N_NUMBER)
        return td_fn_fail(err, "22023", "cannot cast jsonb %s to type %s",
                          n->kind == TD_N_ARRAY || n->kind == TD_N_OBJECT ? (n->kind == TD_N_ARRAY ? "array" : "object")
                                                                          : type_name(n),
                          td_fn_type_name(type.kind));
    if (is_bool)
        return td_fn_give_int(c, n->kind == TD_N_TRUE);
    const char *text = td_arena_dup(c->arena, n->raw.at, n->raw.len);
    struct td_buf b;
    td_buf_init(&b, c->arena);
    if (td_fn_type_is_int(type.kind)) {
        int64_t v = 0;
        int64_t max = type.kind == TD_FT_INT2 ? INT16_MAX : type.kind == TD_FT_INT4 ? INT32_MAX : INT64_MAX;
        rc = td_decimal_to_int(text, &v, err);
        if (rc == TD_OK && (v > max || v < -max - 1))
            return td_fn_fail(err, "22003", "%s out of range", td_fn_type_name(type.kind));
        return rc != TD_OK ? rc : td_fn_give_int(c, v);
    }
    rc = td_fn_cast_text(type, text, strlen(text), &b, err);
    return rc != TD_OK ? rc : td_fn_give_stored(c, type, td_buf_str(&b), b.len, err);
}

const struct td_fn td_fn_jsons[] = {
    {"pg_json_get", 3, 3, TD_FN_STRICT, json_get},
    {"pg_jsonb_get", 3, 3, TD_FN_STRICT, jsonb_get},
    {"pg_json_path", 3, 3, TD_FN_STRICT, json_path},
    {"pg_jsonb_path", 3, 3, TD_FN_STRICT, jsonb_path},
    {"pg_jsonb_contains", 2, 2, TD_FN_STRICT, jsonb_contains},
    {"pg_jsonb_exists", 2, 2, TD_FN_STRICT, jsonb_exists},
    {"pg_jsonb_exists_any", 2, 2, TD_FN_STRICT, jsonb_exists_any},
    {"pg_jsonb_exists_all", 2, 2, TD_FN_STRICT, jsonb_exists_all},
    {"pg_jsonb_key", 1, 1, TD_FN_STRICT, jsonb_key},
    {"pg_jsonb_typeof", 1, 1, TD_FN_STRICT, jsonb_typeof},
    {"pg_jsonb_array_length", 1, 1, TD_FN_STRICT, jsonb_array_length},
    {"pg_jsonb_number", 2, 2, TD_FN_STRICT, jsonb_number},
    {"pg_jsonb_object_keys_rows", 1, 1, TD_FN_STRICT, jsonb_object_keys},
    {"pg_json_object_keys_rows", 1, 1, TD_FN_STRICT, json_object_keys},
    {"pg_jsonb_array_elements_rows", 1, 2, TD_FN_STRICT, jsonb_array_elements},
    {"pg_json_array_elements_rows", 1, 2, TD_FN_STRICT, json_array_elements},
    {"pg_jsonb_each_rows", 1, 2, TD_FN_STRICT, jsonb_each},
    {"pg_json_each_rows", 1, 2, TD_FN_STRICT, json_each},
    {NULL, 0, 0, 0, NULL},
};
