/* Objects, merged key by key. Values are slices of jsonb's own text, so that no digit of a number is touched; equal
 * values have equal texts there but for the digits behind a number's point, which count as a change. */
#include <string.h>

#include "core/base/buf.h"
#include "core/base/jsontext.h"
#include "core/base/vec.h"
#include "sync/merge.h"

struct slice {
    const char *at; /* NULL: it is not there */
    size_t len;
};

struct members {
    struct member {
        struct slice key, value;
    } * at;
    size_t len, cap;
};

struct merging {
    struct td_arena *a;
    size_t clashes;
};

static bool same(struct slice x, struct slice y)
{
    if (x.at == NULL || y.at == NULL)
        return x.at == y.at;
    return x.len == y.len && memcmp(x.at, y.at, x.len) == 0;
}

static const char *end_of_string(const char *p)
{
    for (p++; *p != '"'; p++)
        p += *p == '\\';
    return p + 1;
}

/* The text is jsonb's: what closes was opened, and nothing is missing. */
static const char *end_of_value(const char *p)
{
    size_t depth = 0;
    if (*p != '{' && *p != '[' && *p != '"')
        return p + strcspn(p, ",]}");
    do {
        if (*p == '"') {
            p = end_of_string(p);
            continue;
        }
        depth += *p == '{' || *p == '[';
        depth -= *p == '}' || *p == ']';
        p++;
    } while (depth > 0);
    return p;
}

static bool is_object(struct slice s)
{
    return s.at != NULL && *s.at == '{';
}

/* {"a": 1, "bb": {}}: jsonb writes one blank behind each colon and comma. */
static void read_members(struct td_arena *a, struct slice s, struct members *out)
{
    *out = (struct members){0};
    if (!is_object(s) || s.at[1] == '}')
        return;
    for (const char *p = s.at + 1;;) {
        const char *key_end = end_of_string(p), *value = key_end + strlen(": "), *end = end_of_value(value);
        *td_vec_add(a, out) = (struct member){{p, (size_t)(key_end - p)}, {value, (size_t)(end - value)}};
        if (*end == '}')
            return;
        p = end + strlen(", ");
    }
}

static struct slice member(const struct members *m, struct slice key)
{
    for (size_t i = 0; i < m->len; i++)
        if (same(m->at[i].key, key))
            return m->at[i].value;
    return (struct slice){0};
}

static struct slice merge(struct merging *m, struct slice base, struct slice mine, struct slice theirs);

static void add_member(struct td_buf *b, struct slice key, struct slice value)
{
    if (value.at == NULL)
        return;
    td_buf_add(b, b->len > 1 ? ", " : "");
    td_buf_add_n(b, key.at, key.len);
    td_buf_add(b, ": ");
    td_buf_add_n(b, value.at, value.len);
}

static struct slice merge_objects(struct merging *m, struct slice base, struct slice mine, struct slice theirs)
{
    struct members of_base, of_mine, of_theirs;
    struct td_buf b;
    read_members(m->a, base, &of_base);
    read_members(m->a, mine, &of_mine);
    read_members(m->a, theirs, &of_theirs);
    td_buf_init(&b, m->a);
    td_buf_char(&b, '{');
    for (size_t i = 0; i < of_theirs.len; i++) {
        struct slice key = of_theirs.at[i].key;
        add_member(&b, key, merge(m, member(&of_base, key), member(&of_mine, key), of_theirs.at[i].value));
    }
    for (size_t i = 0; i < of_mine.len; i++) {
        struct slice key = of_mine.at[i].key;
        if (member(&of_theirs, key).at == NULL)
            add_member(&b, key, merge(m, member(&of_base, key), of_mine.at[i].value, (struct slice){0}));
    }
    td_buf_char(&b, '}');
    return (struct slice){td_buf_str(&b), b.len};
}

static struct slice merge(struct merging *m, struct slice base, struct slice mine, struct slice theirs)
{
    if (same(mine, theirs) || same(mine, base))
        return theirs;
    if (same(theirs, base))
        return mine;
    if (is_object(mine) && is_object(theirs) && (is_object(base) || base.at == NULL))
        return merge_objects(m, base, mine, theirs);
    m->clashes++;
    return theirs.at != NULL ? theirs : mine; /* an update goes before a delete, as with rows */
}

static int normal(struct td_arena *a, struct td_value v, struct slice *out, struct td_err *err)
{
    struct td_buf b;
    *out = (struct slice){0};
    if (v.kind == TD_V_NULL)
        return TD_OK;
    td_buf_init(&b, a);
    int rc = td_jsonb_normalise(v.bytes.at, v.bytes.len, &b, err);
    *out = (struct slice){td_buf_str(&b), b.len};
    return rc;
}

int td_merge_json(struct td_arena *a, struct td_value base, struct td_value mine, struct td_value theirs,
                  struct td_value *out, size_t *clashes, struct td_err *err)
{
    struct merging m = {a, 0};
    struct slice of_base, of_mine, of_theirs, merged;
    int rc = normal(a, base, &of_base, err);
    if (rc == TD_OK)
        rc = normal(a, mine, &of_mine, err);
    if (rc == TD_OK)
        rc = normal(a, theirs, &of_theirs, err);
    if (rc != TD_OK)
        return rc;
    merged = merge(&m, of_base, of_mine, of_theirs);
    rc = normal(a, td_bytes(TD_V_JSON, merged.at, merged.len), &merged, err); /* keys in their order again */
    *out = td_bytes(TD_V_JSON, merged.at, merged.len);
    *clashes = m.clashes;
    return rc;
}
