/* Constraints and indexes. */
#include <string.h>

#include "core/migrate/introspect_impl.h"

/* ---- indexes ---- */

/* Those of constraints too: they are taken out again when the constraint is read. NULLS NOT DISTINCT and SET NULL
 * (columns) came with PostgreSQL 15: asked for in a way that older servers answer with NULL. */
static const char indexes[] =
    "SELECT i.indexrelid::text, i.indrelid::text, x.relname::text, m.amname::text, i.indisunique,"
    " (to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, pg_get_expr(i.indpred, i.indrelid), " TD_COMMENT_ON(
        "pg_class", "x") ", EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid"
                         " AND k.contype IN ('p', 'u', 'x'))"
                         " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"
                         " JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace"
                         " JOIN pg_catalog.pg_am m ON m.oid = x.relam"
                         " WHERE n.nspname = ANY ($1::name[]) AND NOT x.relispartition ORDER BY x.oid";

/* What a constraint needs to know of its index. */
struct own_index {
    struct td_strings include;
    bool nulls_not_distinct;
};

static int read_index(struct td_introspecting *in, const struct td_rows *r, size_t i, struct td_err *err)
{
    struct td_introspected_table *t = td_introspect_table(in, td_rows_cell(r, i, 1));
    if (t == NULL)
        return TD_OK;
    if (td_rows_bool(r, i, 8)) {
        struct own_index *own = td_arena_new(in->a, struct own_index);
        own->nulls_not_distinct = td_rows_bool(r, i, 5);
        td_map_put(in->a, &in->keys, td_rows_cell(r, i, 0), own);
        return TD_OK;
    }
    struct td_index *ix = td_arena_new(in->a, struct td_index);
    ix->id = td_catalog_next_id(in->c);
    ix->name = td_rows_cell(r, i, 2);
    ix->method = td_rows_cell(r, i, 3);
    ix->unique = td_rows_bool(r, i, 4);
    ix->nulls_not_distinct = td_rows_bool(r, i, 5);
    ix->comment = td_rows_cell(r, i, 7);
    ix->on = TD_ON_POSTGRES;
    td_table_add_index(in->c, t->table, ix);
    td_map_put(in->a, &in->indexes, td_rows_cell(r, i, 0), ix);
    return td_introspect_expr(in, td_rows_cell(r, i, 6), ix->name, &ix->where, err);
}

/* One row for each column of an index: an operator class and a collation only where they are not what the column's
 * type brings. */
static const char index_columns[] =
    "SELECT i.indexrelid::text, i.indrelid::text, i.indkey[k - 1], k > i.indnkeyatts,"
    " CASE WHEN i.indkey[k - 1] = 0 THEN pg_get_indexdef(i.indexrelid, k, false) END,"
    " CASE WHEN k <= i.indnkeyatts THEN i.indoption[k - 1] ELSE 0 END,"
    " CASE WHEN NOT o.opcdefault THEN o.opcname::text END,"
    " CASE WHEN l.oid IS NOT NULL AND l.collname <> 'default' AND l.oid <> coalesce(a.attcollation, 0)"
    " THEN CASE WHEN ln.nspname = 'pg_catalog' THEN l.collname::text ELSE ln.nspname || '.' || l.collname END END"
    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace CROSS JOIN generate_series(1, i.indnatts) k"
    " LEFT JOIN pg_catalog.pg_opclass o ON k <= i.indnkeyatts AND o.oid = i.indclass[k - 1]"
    " LEFT JOIN pg_catalog.pg_collation l ON k <= i.indnkeyatts AND l.oid = i.indcollation[k - 1]"
    " LEFT JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace"
    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1]"
    " AND i.indkey[k - 1] > 0"
    " WHERE n.nspname = ANY ($1::name[]) AND NOT x.relispartition ORDER BY i.indexrelid, k";

static int read_index_key(struct td_introspecting *in, struct td_index *ix, struct td_column *column,
                          const struct td_rows *r, size_t i, struct td_err *err)
{
    enum { DESC = 1, NULLS_FIRST = 2 };
    struct td_index_key *key = td_vec_add(in->a, &ix->keys);
    int64_t options = td_rows_int(r, i, 5);
    key->column = column;
    key->desc = (options & DESC) != 0;
    key->nulls_first = (options & NULLS_FIRST) != 0;
    key->opclass = td_rows_cell(r, i, 6);
    key->collation = td_rows_cell(r, i, 7);
    return td_introspect_expr(in, td_rows_cell(r, i, 4), ix->name, &key->expr, err);
}

static int read_index_column(struct td_introspecting *in, const struct td_rows *r, size_t i, struct td_err *err)
{
    struct td_introspected_table *t = td_introspect_table(in, td_rows_cell(r, i, 1));
    struct own_index *own = td_map_get(&in->keys, td_rows_cell(r, i, 0));
    struct td_index *ix = td_map_get(&in->indexes, td_rows_cell(r, i, 0));
    bool included = td_rows_bool(r, i, 3);
    if (t == NULL)
        return TD_OK;
    size_t number = (size_t)td_rows_int(r, i, 2);
    struct td_column *column = number == 0 || number >= t->by_number.len ? NULL : t->by_number.at[number];
    if (own != NULL && included && column != NULL)
        td_strings_add(in->a, &own->include, column->name);
    if (ix == NULL)
        return TD_OK;
    if (!included)
        return read_index_key(in, ix, column, r, i, err);
    *td_vec_add(in->a, &ix->include) = column;
    return TD_OK;
}

int td_introspect_indexes(struct td_introspecting *in, struct td_err *err)
{
    struct td_rows r;
    int rc = td_introspect_read(in, indexes, &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++)
        rc = read_index(in, &r, i, err);
    if (rc == TD_OK)
        rc = td_introspect_read(in, index_columns, &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++)
        rc = read_index_column(in, &r, i, err);
    return rc;
}

/* ---- constraints ---- */

enum {
    K_RELATION,
    K_NAME,
    K_KIND,
    K_COLUMNS,
    K_REF,
    K_REF_COLUMNS,
    K_ON_UPDATE,
    K_ON_DELETE,
    K_MATCH,
    K_SET_COLUMNS,
    K_DEFERRABLE,
    K_DEFERRED,
    K_VALIDATED,
    K_NO_INHERIT,
    K_EXPR,
    K_INDEX,
    K_COMMENT
};

static const char constraints[] =
    "SELECT k.conrelid::text, k.conname::text, k.contype::text, k.conkey::text, k.confrelid::text, k.confkey::text,"
    " k.confupdtype::text, k.confdeltype::text, k.confmatchtype::text,"
    " translate(to_jsonb(k) ->> 'confdelsetcols', '[] ', '{}'), k.condeferrable, k.condeferred, k.convalidated,"
    " k.connoinherit, pg_get_expr(k.conbin, k.conrelid), k.conindid::text, " TD_COMMENT_ON(
        "pg_constraint", "k") " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
                              " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                              " WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conparentid = 0"
                              " AND n.nspname = ANY ($1::name[]) ORDER BY k.oid";

static enum td_constraint_kind kind_of(char letter)
{
    switch (letter) {
    case 'p': return TD_K_PRIMARY;
    case 'u': return TD_K_UNIQUE;
    case 'f': return TD_K_FOREIGN;
    case 'x': return TD_K_EXCLUDE;
    default: return TD_K_CHECK;
    }
}

static void read_foreign(struct td_introspecting *in, const struct td_introspected_table *t, struct td_constraint *k,
                         const struct td_rows *r, size_t i)
{
    const struct td_introspected_table *ref = td_introspect_table(in, td_rows_cell(r, i, K_REF));
    k->ref = ref == NULL ? NULL : ref->table;
    if (ref != NULL)
        td_introspect_columns(in, ref, td_rows_cell(r, i, K_REF_COLUMNS), &k->ref_columns);
    td_introspect_columns(in, t, td_rows_cell(r, i, K_SET_COLUMNS), &k->set_columns);
    k->on_update = (enum td_fk_action)td_rows_cell(r, i, K_ON_UPDATE)[0];
    k->on_delete = (enum td_fk_action)td_rows_cell(r, i, K_ON_DELETE)[0];
    k->match = td_rows_cell(r, i, K_MATCH)[0];
}

static int read_constraint(struct td_introspecting *in, const struct td_introspected_table *t, const struct td_rows *r,
                           size_t i, struct td_err *err)
{
    struct td_constraint *k = td_arena_new(in->a, struct td_constraint);
    const struct own_index *own = td_map_get(&in->keys, td_rows_cell(r, i, K_INDEX));
    k->id = td_catalog_next_id(in->c);
    k->name = td_rows_cell(r, i, K_NAME);
    k->named = true;
    k->kind = kind_of(td_rows_cell(r, i, K_KIND)[0]);
    k->comment = td_rows_cell(r, i, K_COMMENT);
    k->deferrable = td_rows_bool(r, i, K_DEFERRABLE);
    k->deferred = td_rows_bool(r, i, K_DEFERRED);
    k->not_valid = !td_rows_bool(r, i, K_VALIDATED);
    k->match = 's';
    k->on_delete = k->on_update = TD_FK_NO_ACTION;
    k->on = TD_ON_POSTGRES;
    td_introspect_columns(in, t, td_rows_cell(r, i, K_COLUMNS), &k->columns);
    if (k->kind == TD_K_FOREIGN)
        read_foreign(in, t, k, r, i);
    if (k->kind == TD_K_CHECK)
        k->no_inherit = td_rows_bool(r, i, K_NO_INHERIT);
    if (own != NULL && td_constraint_has_index(k)) {
        k->include = own->include;
        k->nulls_not_distinct = own->nulls_not_distinct;
    }
    if (k->kind == TD_K_FOREIGN && k->ref == NULL)
        return TD_OK; /* into a schema that is not read */
    td_table_add_constraint(in->c, t->table, k);
    return td_introspect_expr(in, td_rows_cell(r, i, K_EXPR), k->name, &k->expr, err);
}

int td_introspect_constraints(struct td_introspecting *in, struct td_err *err)
{
    struct td_rows r;
    int rc = td_introspect_read(in, constraints, &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++) {
        struct td_introspected_table *t = td_introspect_table(in, td_rows_cell(&r, i, K_RELATION));
        if (t != NULL)
            rc = read_constraint(in, t, &r, i, err);
    }
    return rc;
}
