/* json and jsonb made from other values. */
#include "drivers/sqlite/functions/json_make.h"

#include <string.h>

#include "core/base/jsontext.h"
#include "drivers/sqlite/functions/element.h"
#include "drivers/sqlite/functions/exact.h"
#include "drivers/sqlite/functions/json_node.h"

/* JSON writes times as ISO 8601 does: T between date and time, minutes in the offset. */
static void iso_time(enum td_fn_kind kind, struct td_buf *b)
{
    char *blank = b->at != NULL ? strchr(b->at, ' ') : NULL;
    if (blank == NULL || (kind != TD_FT_TIMESTAMPTZ && kind != TD_FT_TIMESTAMP))
        return;
    *blank = 'T';
    if (kind == TD_FT_TIMESTAMPTZ && b->len > 3 && memcmp(b->at + b->len - 3, "+00", 3) == 0)
        td_buf_add(b, ":00");
}

static bool is_json_number(const char *s)
{
    return *s == '-' ? s[1] >= '0' && s[1] <= '9' : *s >= '0' && *s <= '9';
}

/* A value by its output text. */
static int json_text(struct td_fn_call *c, struct td_fn_type type, struct td_buf *text, bool jsonb, struct td_buf *out,
                     struct td_err *err)
{
    (void)c;
    if (type.kind == TD_FT_BOOL) {
        td_buf_add(out, *td_buf_str(text) == 't' ? "true" : "false");
        return TD_OK;
    }
    if (type.kind == TD_FT_JSON || type.kind == TD_FT_JSONB || td_fn_type_is_number(type.kind)) {
        if (td_fn_type_is_number(type.kind) && !is_json_number(td_buf_str(text))) {
            td_jsontext_string(out, td_buf_str(text), text->len); /* NaN and the infinities */
            return TD_OK;
        }
        if (jsonb)
            return td_exact_jsonb(td_buf_str(text), text->len, out, err);
        int rc = td_jsontext_check(td_buf_str(text), text->len, err);
        td_buf_add_n(out, td_buf_str(text), text->len);
        return rc;
    }
    iso_time(type.kind, text);
    td_jsontext_string(out, td_buf_str(text), text->len);
    return TD_OK;
}

static int json_array(struct td_fn_call *c, const struct td_node *array, struct td_fn_type type, bool jsonb,
                      struct td_buf *out, struct td_err *err)
{
    int rc = TD_OK;
    td_buf_char(out, '[');
    for (const struct td_node *n = array->first; n != NULL && rc == TD_OK; n = n->next) {
        if (n != array->first)
            td_buf_add(out, jsonb ? ", " : ",");
        if (n->kind == TD_N_NULL) {
            td_buf_add(out, "null");
            continue;
        }
        if (n->kind == TD_N_ARRAY) {
            rc = json_array(c, n, type, jsonb, out, err);
            continue;
        }
        struct td_buf text;
        td_buf_init(&text, c->arena);
        struct td_fn_str s = td_fn_element_stored(n);
        rc = td_fn_print_text(type, td_arena_dup(c->arena, s.at, s.len), s.len, &text, err);
        if (rc == TD_OK)
            rc = json_text(c, type, &text, jsonb, out, err);
    }
    td_buf_char(out, ']');
    return rc;
}

int td_json_value(struct td_fn_call *c, sqlite3_value *v, struct td_fn_type type, bool jsonb, struct td_buf *out,
                  struct td_err *err)
{
    struct td_buf text;
    if (sqlite3_value_type(v) == SQLITE_NULL) {
        td_buf_add(out, "null");
        return TD_OK;
    }
    if (type.dims > 0) {
        struct td_node *array;
        int rc = td_fn_element(c, v, type, &array, err);
        return rc != TD_OK ? rc : json_array(c, array, type, jsonb, out, err);
    }
    td_buf_init(&text, c->arena);
    int rc = td_fn_print(type, v, &text, err);
    return rc != TD_OK ? rc : json_text(c, type, &text, jsonb, out, err);
}

static int to_jsonb(struct td_fn_call *c, struct td_err *err)
{
    if (td_fn_null(c, 0))
        return TD_OK;
    int rc = td_json_value(c, c->v[0], td_fn_type_arg(c, 1), true, &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int to_json(struct td_fn_call *c, struct td_err *err)
{
    if (td_fn_null(c, 0))
        return TD_OK;
    int rc = td_json_value(c, c->v[0], td_fn_type_arg(c, 1), false, &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static void member(struct td_fn_call *c, int key, const char *colon)
{
    struct td_fn_str s = td_fn_text(c, key), v = td_fn_text(c, key + 1);
    td_jsontext_string(&c->out, s.at, s.len);
    td_buf_add(&c->out, colon);
    if (td_fn_null(c, key + 1))
        td_buf_add(&c->out, "null");
    else
        td_buf_add_n(&c->out, v.at, v.len);
}

/* {key, value, ...}; jsonb is normalised in the end, which also sorts and drops double keys. */
static int build_object(struct td_fn_call *c, bool jsonb, const char *comma, const char *colon, struct td_err *err)
{
    if (c->n % 2 != 0)
        return td_fn_fail(err, "22023", "argument list must have even number of elements");
    td_buf_char(&c->out, '{');
    for (int i = 0; i < c->n; i += 2) {
        if (td_fn_null(c, i) && jsonb)
            return td_fn_fail(err, "22023", "argument %d: key must not be null", i + 1);
        if (td_fn_null(c, i))
            return td_fn_fail(err, "22023", "argument %d cannot be null", i + 1);
        td_buf_add(&c->out, i > 0 ? comma : "");
        member(c, i, colon);
    }
    td_buf_char(&c->out, '}');
    if (!jsonb)
        return td_fn_done(c, err);
    struct td_buf raw = c->out;
    td_buf_init(&c->out, c->arena);
    int rc = td_exact_jsonb(td_buf_str(&raw), raw.len, &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int jsonb_build_object(struct td_fn_call *c, struct td_err *err)
{
    return build_object(c, true, ", ", ": ", err);
}

static int json_build_object(struct td_fn_call *c, struct td_err *err)
{
    return build_object(c, false, ", ", " : ", err);
}

static int row_to_json(struct td_fn_call *c, struct td_err *err)
{
    return build_object(c, false, ",", ":", err);
}

static int build_array(struct td_fn_call *c, struct td_err *err)
{
    td_buf_char(&c->out, '[');
    for (int i = 0; i < c->n; i++) {
        struct td_fn_str v = td_fn_null(c, i) ? (struct td_fn_str){"null", 4} : td_fn_text(c, i);
        td_buf_add(&c->out, i > 0 ? ", " : "");
        td_buf_add_n(&c->out, v.at, v.len);
    }
    td_buf_char(&c->out, ']');
    return td_fn_done(c, err);
}

static void put_pair(struct td_fn_call *c, struct td_node *object, const struct td_node *key,
                     const struct td_node *value)
{
    struct td_node *member_node = td_node_copy(c->arena, value);
    member_node->key = td_fn_element_stored(key);
    td_node_put(object, member_node);
}

/* jsonb_object(text[]) and (text[] keys, text[] values): every value a string. */
static int jsonb_object(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *a, *b = NULL, *object = td_node_new(c->arena, TD_N_OBJECT);
    int rc = td_node_read_array(c, 0, &a, err);
    if (rc == TD_OK && c->n > 1)
        rc = td_node_read_array(c, 1, &b, err);
    if (rc != TD_OK)
        return rc;
    if (b != NULL && a->count != b->count)
        return td_fn_fail(err, "2202E", "mismatched array dimensions");
    bool nested = b == NULL && a->first != NULL && a->first->kind == TD_N_ARRAY;
    if (nested && a->first->count != 2)
        return td_fn_fail(err, "2202E", "array must have two columns");
    if (b == NULL && !nested && a->count % 2 != 0)
        return td_fn_fail(err, "2202E", "array must have even number of elements");
    const struct td_node *value = b != NULL ? b->first : NULL;
    for (const struct td_node *n = a->first; n != NULL; n = n->next) {
        const struct td_node *key = nested ? n->first : n;
        const struct td_node *v = nested ? n->last : b != NULL ? value : n->next;
        if (key->kind == TD_N_NULL)
            return td_fn_fail(err, "22004", "null value not allowed for object key");
        put_pair(c, object, key, v);
        if (b != NULL)
            value = value->next;
        else if (!nested)
            n = n->next;
    }
    td_node_print(object, &c->out);
    return td_fn_done(c, err);
}

const struct td_fn td_fn_json_makes[] = {
    {"pg_to_jsonb", 2, 2, 0, to_jsonb},
    {"pg_to_json", 2, 2, 0, to_json},
    {"pg_jsonb_build_object", 0, -1, 0, jsonb_build_object},
    {"pg_json_build_object", 0, -1, 0, json_build_object},
    {"pg_row_to_json", 0, -1, 0, row_to_json},
    {"pg_jsonb_build_array", 0, -1, 0, build_array},
    {"pg_json_build_array", 0, -1, 0, build_array},
    {"pg_jsonb_object", 1, 2, TD_FN_STRICT, jsonb_object},
    {NULL, 0, 0, 0, NULL},
};
