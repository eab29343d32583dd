#include "sync/mask.h"

#include <string.h>

#include "core/base/buf.h"
#include "sync/scope_sql.h"

static const char *quoted(struct td_arena *a, const char *name)
{
    struct td_buf b;
    td_buf_init(&b, a);
    td_buf_ident(&b, name);
    return td_buf_str(&b);
}

/* The same value gives the same mask, so that what is unique stays so. */
static const char *hash(struct td_arena *a, const struct td_column *c)
{
    const char *name = quoted(a, c->name);
    struct td_type t = td_type_base(c->type);
    if (t.dims > 0)
        return NULL;
    switch (t.kind) {
    case TD_T_VARCHAR:
    case TD_T_BPCHAR:
        if (t.mod1 > 0 && t.mod1 < 32)
            return td_arena_printf(a, "left(md5(%s), %d)", name, t.mod1);
        return td_arena_printf(a, "md5(%s)", name);
    case TD_T_TEXT:
    case TD_T_CITEXT:
    case TD_T_NAME: return td_arena_printf(a, "md5(%s::text)", name);
    case TD_T_UUID: return td_arena_printf(a, "md5(%s::text)::uuid", name);
    case TD_T_BYTEA: return td_arena_printf(a, "decode(md5(%s), 'hex')", name);
    case TD_T_INT8: return td_arena_printf(a, "(hashint8extended(%s, 0) & 9007199254740991)", name);
    case TD_T_INT4: return td_arena_printf(a, "(hashint4(%s) & 2147483647)", name);
    default: return NULL;
    }
}

/* Something that looks like one of its kind, and says that it is none. */
static const char *fake(struct td_arena *a, const struct td_column *c)
{
    const char *name = quoted(a, c->name);
    struct td_type t = td_type_base(c->type);
    if (t.dims > 0)
        return NULL;
    switch (t.kind) {
    case TD_T_TEXT:
    case TD_T_CITEXT:
    case TD_T_VARCHAR:
    case TD_T_BPCHAR:
        if (t.mod1 > 0 && t.mod1 < 13)
            return td_arena_printf(a, "left(md5(%s), %d)", name, t.mod1);
        return td_arena_printf(a,
                               "CASE WHEN strpos(%s, '@') > 0 THEN left(md5(%s), 8) || '@example.invalid' ELSE 'fake-'"
                               " || left(md5(%s), 8) END",
                               name, name, name);
    case TD_T_DATE: return td_arena_printf(a, "(date '2000-01-01' + (hashtext(%s::text) & 4095))", name);
    case TD_T_TIMESTAMP:
        return td_arena_printf(a, "(timestamp '2000-01-01' + (hashtext(%s::text) & 4095) * interval '1 day')", name);
    case TD_T_TIMESTAMPTZ:
        return td_arena_printf(
            a, "(timestamptz '2000-01-01 00:00Z' + (hashtext(%s::text) & 4095) * interval '24 hours')", name);
    case TD_T_INT2: return td_arena_printf(a, "(hashint2(%s) & 4095)::smallint", name);
    case TD_T_BOOL: return "false";
    case TD_T_JSON: return "'{}'::json";
    case TD_T_JSONB: return "'{}'::jsonb";
    default: return hash(a, c);
    }
}

const char *td_mask_sql(struct td_arena *a, const struct td_column *c, const char *word, const char **why)
{
    const char *sql;
    *why = "there is no such mask for its type";
    if (strcmp(word, "null") == 0) {
        *why = "the column is NOT NULL";
        return c->not_null ? NULL : "NULL";
    }
    if (strcmp(word, "hash") == 0)
        sql = hash(a, c);
    else if (strcmp(word, "fake") == 0)
        sql = fake(a, c);
    else
        return td_arena_printf(a, "(%s)", word);
    if (sql == NULL)
        return NULL;
    return td_arena_printf(a, "CASE WHEN %s IS NOT NULL THEN %s END", quoted(a, c->name), sql);
}

bool td_mask_any(const struct td_sync_table *t)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (t->columns[i].mask != NULL)
            return true;
    return false;
}

/* ---- sources ---- */

enum { MOST_DEPTH = 16 };

static bool is_cut(const struct td_sync_tables *all, size_t table, int depth)
{
    const struct td_sync_table *t = &all->at[table];
    if (t->subset != NULL)
        return true;
    for (size_t i = 0; i < t->n_refs && depth < MOST_DEPTH; i++)
        if (t->refs[i].table != table && is_cut(all, t->refs[i].table, depth + 1))
            return true;
    return false;
}

bool td_mask_is_cut(const struct td_sync_tables *all, size_t table)
{
    return is_cut(all, table, 0);
}

static void add_source(const struct td_sync_tables *all, size_t table, int depth, struct td_buf *sql);

static void add_parent(const struct td_sync_tables *all, const struct td_sync_table *t, const struct td_sync_ref *r,
                       int depth, struct td_buf *sql)
{
    const struct td_sync_table *p = &all->at[r->table];
    td_buf_add(sql, " AND (");
    for (size_t i = 0; i < r->n; i++) {
        td_buf_printf(sql, "td_x%d.", depth);
        td_buf_ident(sql, t->columns[r->columns[i]].name);
        td_buf_add(sql, " IS NULL OR ");
    }
    td_buf_add(sql, "EXISTS (SELECT 1 FROM ");
    add_source(all, r->table, depth + 1, sql);
    td_buf_printf(sql, " td_p%d WHERE ", depth);
    for (size_t i = 0; i < r->n; i++) {
        td_buf_printf(sql, "%std_p%d.", i > 0 ? " AND " : "", depth);
        td_buf_ident(sql, p->columns[r->ref_columns[i]].name);
        td_buf_printf(sql, " = td_x%d.", depth);
        td_buf_ident(sql, t->columns[r->columns[i]].name);
    }
    td_buf_add(sql, "))");
}

/* The user's own condition sees the table alone, by the names of its columns. */
static void add_source(const struct td_sync_tables *all, size_t table, int depth, struct td_buf *sql)
{
    const struct td_sync_table *t = &all->at[table];
    bool cut = depth < MOST_DEPTH && is_cut(all, table, depth);
    if (!cut && !td_mask_any(t)) {
        td_scope_add_table(t->scope->table, sql);
        return;
    }
    td_buf_add(sql, "(SELECT ");
    for (size_t i = 0; i < t->n_columns; i++) {
        td_buf_add(sql, i > 0 ? ", " : "");
        if (t->columns[i].mask != NULL)
            td_buf_printf(sql, "%s AS ", t->columns[i].mask);
        td_buf_ident(sql, t->columns[i].name);
    }
    td_buf_add(sql, " FROM ");
    td_scope_add_table(t->scope->table, sql);
    td_buf_printf(sql, " td_x%d WHERE %s%s%s", depth, t->subset != NULL ? "(" : "",
                  t->subset != NULL ? t->subset : "true", t->subset != NULL ? ")" : "");
    for (size_t i = 0; i < t->n_refs && cut; i++)
        if (t->refs[i].table != table && is_cut(all, t->refs[i].table, depth + 1))
            add_parent(all, t, &t->refs[i], depth, sql);
    td_buf_char(sql, ')');
}

void td_mask_add_source(const struct td_sync_tables *all, size_t table, struct td_buf *sql)
{
    add_source(all, table, 0, sql);
}
