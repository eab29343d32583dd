/* JSON text -> tree of spans -> text. The text is checked by core/base/jsontext.h before it is read here. */
#include "drivers/sqlite/functions/json_node.h"

#include <string.h>

#include "core/base/jsontext.h"
#include "core/base/utf8.h"
#include "drivers/sqlite/functions/exact.h"

struct reader {
    struct td_arena *arena;
    const char *at, *end;
};

struct td_node *td_node_new(struct td_arena *a, enum td_node_kind kind)
{
    struct td_node *n = td_arena_new(a, struct td_node);
    n->kind = kind;
    return n;
}

struct td_node *td_node_string(struct td_arena *a, const char *at, size_t len)
{
    struct td_node *n = td_node_new(a, TD_N_STRING);
    n->text = (struct td_fn_str){at, len};
    return n;
}

struct td_node *td_node_copy(struct td_arena *a, const struct td_node *n)
{
    struct td_node *copy = td_node_new(a, n->kind);
    *copy = *n;
    copy->next = NULL;
    return copy;
}

void td_node_append(struct td_node *parent, struct td_node *child)
{
    child->next = NULL;
    if (parent->last != NULL)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
}

int td_str_compare(struct td_fn_str a, struct td_fn_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n > 0 ? memcmp(a.at, b.at, n) : 0;
    return c != 0 ? (c < 0 ? -1 : 1) : (a.len > b.len) - (a.len < b.len);
}

int td_node_key_compare(struct td_fn_str a, struct td_fn_str b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return td_str_compare(a, b);
}

void td_node_put(struct td_node *object, struct td_node *member)
{
    struct td_node **at = &object->first, *before = NULL;
    int c = -1;
    while (*at != NULL && (c = td_node_key_compare((*at)->key, member->key)) < 0) {
        before = *at;
        at = &(*at)->next;
    }
    if (*at != NULL && c == 0) {
        member->next = (*at)->next;
    } else {
        member->next = *at;
        object->count++;
    }
    *at = member;
    if (member->next == NULL)
        object->last = member;
    (void)before;
}

struct td_node *td_node_member(const struct td_node *object, struct td_fn_str key)
{
    struct td_node *found = NULL;
    if (object->kind != TD_N_OBJECT)
        return NULL;
    for (struct td_node *m = object->first; m != NULL; m = m->next)
        if (td_str_compare(m->key, key) == 0)
            found = m;
    return found;
}

struct td_node *td_node_item(const struct td_node *array, long long index)
{
    if (array->kind != TD_N_ARRAY)
        return NULL;
    if (index < 0)
        index += (long long)array->count;
    if (index < 0 || index >= (long long)array->count)
        return NULL;
    struct td_node *n = array->first;
    while (index-- > 0)
        n = n->next;
    return n;
}

static void skip_blanks(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

static unsigned hex4(const char *p)
{
    unsigned v = 0;
    for (int i = 0; i < 4; i++) {
        char ch = p[i];
        v = v << 4 | (unsigned)(ch <= '9' ? ch - '0' : (ch | 32) - 'a' + 10);
    }
    return v;
}

/* One escape sequence; p is behind the backslash. Gives where it ends. */
static const char *unescape(const char *p, const char *end, struct td_buf *out)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *simple = strchr(from, *p);
    if (*p != 'u') {
        td_buf_char(out, simple != NULL ? to[simple - from] : *p);
        return p + 1;
    }
    uint32_t cp = hex4(p + 1);
    p += 5;
    if (cp >= 0xd800 && cp < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
        cp = 0x10000 + ((cp - 0xd800) << 10) + (hex4(p + 2) - 0xdc00);
        p += 6;
    }
    char utf8[4];
    td_buf_add_n(out, utf8, td_utf8_encode(cp, utf8));
    return p;
}

/* The characters of the string that starts at r->at. */
static struct td_fn_str read_string(struct reader *r)
{
    const char *start = ++r->at, *p = start;
    while (*p != '"' && *p != '\\')
        p++;
    if (*p == '"') {
        r->at = p + 1;
        return (struct td_fn_str){start, (size_t)(p - start)};
    }
    struct td_buf b;
    td_buf_init(&b, r->arena);
    td_buf_add_n(&b, start, (size_t)(p - start));
    while (*p != '"') {
        if (*p == '\\') {
            p = unescape(p + 1, r->end, &b);
            continue;
        }
        const char *from = p;
        while (*p != '"' && *p != '\\')
            p++;
        td_buf_add_n(&b, from, (size_t)(p - from));
    }
    r->at = p + 1;
    return (struct td_fn_str){td_buf_str(&b), b.len};
}

static struct td_node *read_value(struct reader *r);

static void read_items(struct reader *r, struct td_node *n, char close)
{
    r->at++;
    for (skip_blanks(r); *r->at != close; skip_blanks(r)) {
        struct td_fn_str key = {NULL, 0};
        if (*r->at == ',') {
            r->at++;
            skip_blanks(r);
        }
        if (n->kind == TD_N_OBJECT) {
            key = read_string(r);
            skip_blanks(r);
            r->at++;
        }
        struct td_node *item = read_value(r);
        item->key = key;
        td_node_append(n, item);
    }
    r->at++;
}

static struct td_node *read_value(struct reader *r)
{
    skip_blanks(r);
    const char *start = r->at;
    struct td_node *n = td_node_new(r->arena, TD_N_NUMBER);
    switch (*start) {
    case '{':
        n->kind = TD_N_OBJECT;
        read_items(r, n, '}');
        break;
    case '[':
        n->kind = TD_N_ARRAY;
        read_items(r, n, ']');
        break;
    case '"':
        n->kind = TD_N_STRING;
        n->text = read_string(r);
        break;
    case 'n':
        n->kind = TD_N_NULL;
        r->at += 4;
        break;
    case 't':
        n->kind = TD_N_TRUE;
        r->at += 4;
        break;
    case 'f':
        n->kind = TD_N_FALSE;
        r->at += 5;
        break;
    default:
        while (r->at < r->end && memchr("+-.0123456789eE", *r->at, 15) != NULL)
            r->at++;
    }
    n->raw = (struct td_fn_str){start, (size_t)(r->at - start)};
    return n;
}

int td_json_invalid(struct td_err *err)
{
    /* PostgreSQL says no more in its message; where and why are its detail */
    if (strcmp(err->sqlstate, "22P02") != 0)
        return err->rc;
    return td_fn_fail(err, "22P02", "invalid input syntax for type json");
}

int td_node_read_json(struct td_arena *a, struct td_fn_str s, struct td_node **out, struct td_err *err)
{
    int rc = td_jsontext_check(s.at, s.len, err);
    if (rc != TD_OK)
        return td_json_invalid(err);
    struct reader r = {a, s.at, s.at + s.len};
    *out = read_value(&r);
    return TD_OK;
}

int td_node_read_jsonb(struct td_arena *a, struct td_fn_str s, struct td_node **out, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, a);
    int rc = td_exact_jsonb(s.at, s.len, &b, err);
    if (rc == TD_OK)
        rc = td_buf_check(&b, err);
    if (rc != TD_OK)
        return td_json_invalid(err);
    struct reader r = {a, td_buf_str(&b), td_buf_str(&b) + b.len};
    *out = read_value(&r);
    return TD_OK;
}

int td_node_read_array(struct td_fn_call *c, int arg, struct td_node **out, struct td_err *err)
{
    int rc = td_node_read_json(c->arena, td_fn_text(c, arg), out, err);
    if (rc == TD_OK && (*out)->kind != TD_N_ARRAY)
        return td_fn_fail(err, "22P02", "malformed array: \"%s\" is no JSON array", td_fn_text(c, arg).at);
    return rc;
}

static void print(const struct td_node *n, bool compact, struct td_buf *out)
{
    const char *comma = "";
    switch (n->kind) {
    case TD_N_NULL: td_buf_add(out, "null"); return;
    case TD_N_TRUE: td_buf_add(out, "true"); return;
    case TD_N_FALSE: td_buf_add(out, "false"); return;
    case TD_N_NUMBER: td_buf_add_n(out, n->raw.at, n->raw.len); return;
    case TD_N_STRING: td_jsontext_string(out, n->text.at, n->text.len); return;
    case TD_N_ARRAY:
    case TD_N_OBJECT: break;
    }
    td_buf_char(out, n->kind == TD_N_ARRAY ? '[' : '{');
    for (const struct td_node *m = n->first; m != NULL; m = m->next) {
        td_buf_add(out, comma);
        comma = compact ? "," : ", ";
        if (n->kind == TD_N_OBJECT) {
            td_jsontext_string(out, m->key.at, m->key.len);
            td_buf_add(out, compact ? ":" : ": ");
        }
        print(m, compact, out);
    }
    td_buf_char(out, n->kind == TD_N_ARRAY ? ']' : '}');
}

void td_node_print(const struct td_node *n, struct td_buf *out)
{
    print(n, false, out);
}

void td_node_print_array(const struct td_node *n, struct td_buf *out)
{
    print(n, true, out);
}

static bool as_characters(const struct td_node *n, bool as_text)
{
    return as_text && n->kind == TD_N_STRING;
}

int td_node_give(struct td_fn_call *c, const struct td_node *n, bool as_text, bool json, struct td_err *err)
{
    if (n == NULL || (as_text && n->kind == TD_N_NULL))
        return TD_OK;
    if (as_characters(n, as_text))
        return td_fn_give_text(c, n->text.at, n->text.len);
    if (json && n->raw.at != NULL)
        return td_fn_give_text(c, n->raw.at, n->raw.len);
    td_node_print(n, &c->out);
    return td_fn_done(c, err);
}

struct td_node *td_node_row(struct td_arena *a, const struct td_node *n, bool as_text, bool json)
{
    if (as_text && n->kind == TD_N_NULL)
        return td_node_new(a, TD_N_NULL);
    if (as_characters(n, as_text))
        return td_node_string(a, n->text.at, n->text.len);
    if (json && n->raw.at != NULL)
        return td_node_string(a, n->raw.at, n->raw.len);
    struct td_buf b;
    td_buf_init(&b, a);
    td_node_print(n, &b);
    return td_node_string(a, td_buf_str(&b), b.len);
}
