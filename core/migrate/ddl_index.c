/* Indexes: the half of ddl_table.h that is not CREATE TABLE. */
#include <string.h>

#include "core/migrate/ddl_table.h"

const char *td_ddl_index_skipped(const struct td_index *ix)
{
    if (ix->unique || ix->method == NULL || strcmp(ix->method, "btree") == 0 || strcmp(ix->method, "hash") == 0)
        return NULL;
    return "SQLite has no index of this kind; queries give the same rows without it";
}

const char *td_ddl_nulls_index_name(struct td_arena *a, const char *index)
{
    return td_arena_printf(a, "tandem_nulls_%s", index);
}

static void start(struct td_buf *b, const char *name, const struct td_lower *l, const struct td_table *t, bool unique)
{
    td_buf_printf(b, "CREATE %sINDEX ", unique ? "UNIQUE " : "");
    td_buf_ident(b, name);
    td_buf_add(b, " ON ");
    td_buf_ident(b, td_table_sqlite_name(l->arena, t));
    td_buf_add(b, " (");
}

/* A column in a unique index: what is equal for equal values. */
static int column_key(const struct td_lower *l, const struct td_column *c, const char **out, struct td_err *err)
{
    struct td_buf name, key;
    td_buf_init(&name, l->arena);
    td_buf_init(&key, l->arena);
    td_buf_ident(&name, c->name);
    *out = td_buf_str(&name);
    if (!td_lower_has_spellings(c->type))
        return TD_OK;
    int rc = td_lower_unique_key(l, c->type, td_buf_str(&name), &key, err);
    *out = td_arena_printf(l->arena, "(%s)", td_buf_str(&key));
    return rc;
}

static int key_text(const struct td_lower *l, const struct td_table *t, const struct td_index_key *key, bool unique,
                    const char **out, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, l->arena);
    if (key->column != NULL) {
        if (unique)
            return column_key(l, key->column, out, err);
        td_buf_ident(&b, key->column->name);
    } else {
        struct td_type type;
        struct td_buf expr, waiting;
        td_buf_init(&expr, l->arena);
        td_buf_init(&waiting, l->arena);
        int rc = td_lower_expr(l, key->expr, t, NULL, &expr, &type, err);
        if (rc == TD_OK && unique && td_lower_has_spellings(type)) {
            const char *value = td_arena_printf(l->arena, "(%s)", td_buf_str(&expr));
            td_buf_init(&expr, l->arena);
            rc = td_lower_unique_key(l, type, value, &expr, err);
        }
        if (rc != TD_OK)
            return rc;
        td_ddl_waiting(l, t, key->expr, &waiting);
        if (waiting.len > 0)
            td_buf_printf(&b, "(CASE WHEN %s0 THEN NULL ELSE %s END)", td_buf_str(&waiting), td_buf_str(&expr));
        else
            td_buf_printf(&b, "(%s)", td_buf_str(&expr));
        if (type.dims == 0 && td_type_base(type).kind == TD_T_CITEXT) /* a column's collation ends with the column */
            td_buf_add(&b, " COLLATE NOCASE");
    }
    *out = td_buf_str(&b);
    return TD_OK;
}

static int where_text(const struct td_lower *l, const struct td_table *t, const struct PgQuery__Node *where,
                      struct td_buf *out, struct td_err *err)
{
    struct td_buf waiting;
    td_buf_init(&waiting, l->arena);
    if (where == NULL)
        return TD_OK;
    td_ddl_waiting(l, t, where, &waiting);
    if (waiting.len == 0)
        return td_lower_condition(l, where, t, out, err);
    td_buf_printf(out, "NOT (%s0) AND (", td_buf_str(&waiting));
    int rc = td_lower_condition(l, where, t, out, err);
    td_buf_char(out, ')');
    return rc;
}

/* Rows whose key holds a NULL never clash in SQLite: a second index, over such rows only, spells NULL out. */
static void nulls_index(const struct td_lower *l, const struct td_table *t, const char *name, const char *const *keys,
                        size_t n, const char *where, struct td_strings *out)
{
    struct td_buf b, any;
    td_buf_init(&b, l->arena);
    td_buf_init(&any, l->arena);
    start(&b, td_ddl_nulls_index_name(l->arena, name), l, t, true);
    for (size_t i = 0; i < n; i++) {
        td_buf_printf(&b, "%s(%s IS NULL), (ifnull(%s, 0))", i ? ", " : "", keys[i], keys[i]);
        td_buf_printf(&any, "%s%s IS NULL", i ? " OR " : "", keys[i]);
    }
    td_buf_printf(&b, ") WHERE (%s)", td_buf_str(&any));
    if (where[0] != '\0')
        td_buf_printf(&b, " AND (%s)", where);
    td_strings_add(l->arena, out, td_buf_str(&b));
}

int td_ddl_index(const struct td_lower *l, const struct td_table *t, const struct td_index *ix, struct td_strings *out,
                 struct td_err *err)
{
    struct td_buf b, where;
    const char *name = td_ddl_index_name(l->arena, t, ix->name);
    const char **keys = td_arena_alloc(l->arena, ix->keys.len * sizeof *keys);

    td_buf_init(&b, l->arena);
    td_buf_init(&where, l->arena);
    start(&b, name, l, t, ix->unique);
    for (size_t i = 0; i < ix->keys.len; i++) {
        int rc = key_text(l, t, &ix->keys.at[i], ix->unique, &keys[i], err);
        if (rc != TD_OK)
            return rc;
        td_buf_printf(&b, "%s%s%s", i ? ", " : "", keys[i], ix->keys.at[i].desc ? " DESC" : "");
    }
    td_buf_char(&b, ')');
    int rc = where_text(l, t, ix->where, &where, err);
    if (rc != TD_OK)
        return rc;
    if (where.len > 0)
        td_buf_printf(&b, " WHERE %s", td_buf_str(&where));
    td_strings_add(l->arena, out, td_buf_str(&b));
    if (ix->unique && ix->nulls_not_distinct)
        nulls_index(l, t, name, keys, ix->keys.len, td_buf_str(&where), out);
    return TD_OK;
}

int td_ddl_unique(const struct td_lower *l, const struct td_table *t, const struct td_constraint *k,
                  struct td_strings *out, struct td_err *err)
{
    struct td_buf b;
    const char *name = td_ddl_index_name(l->arena, t, k->name);
    const char **keys = td_arena_alloc(l->arena, k->columns.len * sizeof *keys);

    if (k->deferrable) {
        td_err_set(err, TD_C_DDL_DEFERRABLE_UNIQUE, "SQLite cannot defer the unique constraint \"%s\"", k->name);
        return td_err_why(err, "a statement that breaks it on its way to rows that are unique would be refused");
    }
    td_buf_init(&b, l->arena);
    start(&b, name, l, t, true);
    for (size_t i = 0; i < k->columns.len; i++) {
        int rc = column_key(l, k->columns.at[i], &keys[i], err);
        if (rc != TD_OK)
            return rc;
        td_buf_printf(&b, "%s%s", i ? ", " : "", keys[i]);
    }
    td_buf_char(&b, ')');
    td_strings_add(l->arena, out, td_buf_str(&b));
    if (k->nulls_not_distinct)
        nulls_index(l, t, name, keys, k->columns.len, "", out);
    return TD_OK;
}
