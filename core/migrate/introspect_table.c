/* Relations and their columns; the queries of views. */
#include <string.h>

#include "core/migrate/introspect_impl.h"
#include "core/sql/tree.h"

static enum td_relation_kind kind_of(char letter, bool partition)
{
    switch (letter) {
    case 'v': return TD_R_VIEW;
    case 'm': return TD_R_MATVIEW;
    case 'p': return partition ? TD_R_PARTITION : TD_R_PARTITIONED;
    case 'f': return TD_R_FOREIGN;
    default: return partition ? TD_R_PARTITION : TD_R_TABLE;
    }
}

static const char relations[] =
    "SELECT c.oid::text, n.nspname::text, c.relname::text, c.relkind::text, c.relispartition,"
    " c.relpersistence = 'u', c.relrowsecurity AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_policy y"
    " WHERE y.polrelid = c.oid AND y.polname = 'zz_tandem_others')," /* sync has turned it on */
    " c.relforcerowsecurity, " TD_COMMENT_ON(
        "pg_class", "c") ", CASE WHEN c.relkind IN ('v', 'm') THEN rtrim(pg_get_viewdef(c.oid), ';') END"
                         " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                         " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'"
                         " AND c.relname <> '_prisma_migrations'"
                         " AND n.nspname = ANY ($1::name[])" TD_NOT_BROUGHT("pg_class", "c") " ORDER BY c.oid";

static int read_relations(struct td_introspecting *in, struct td_err *err)
{
    struct td_rows r;
    int rc = td_introspect_read(in, relations, &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++) {
        struct td_introspected_table *it = td_arena_new(in->a, struct td_introspected_table);
        struct td_table *t = it->table = td_arena_new(in->a, struct td_table);
        t->id = td_catalog_next_id(in->c);
        t->schema = td_rows_cell(&r, i, 1);
        t->name = td_rows_cell(&r, i, 2);
        t->kind = kind_of(td_rows_cell(&r, i, 3)[0], td_rows_bool(&r, i, 4));
        t->unlogged = td_rows_bool(&r, i, 5);
        t->row_security = td_rows_bool(&r, i, 6);
        t->force_row_security = td_rows_bool(&r, i, 7);
        t->comment = td_rows_cell(&r, i, 8);
        t->on = TD_ON_POSTGRES;
        t->query_text = td_rows_cell(&r, i, 9);
        rc = td_introspect_expr(in, t->query_text, t->name, &t->query, err);
        td_catalog_add_table(in->c, t);
        td_map_put(in->a, &in->tables, td_rows_cell(&r, i, 0), it);
    }
    return rc;
}

static int read_parents(struct td_introspecting *in, struct td_err *err)
{
    struct td_rows r;
    int rc = td_introspect_read(in,
                                "SELECT i.inhrelid::text, i.inhparent::text FROM pg_catalog.pg_inherits i"
                                " WHERE $1::name[] IS NOT NULL ORDER BY i.inhrelid, i.inhseqno DESC",
                                &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++) {
        struct td_introspected_table *child = td_introspect_table(in, td_rows_cell(&r, i, 0));
        struct td_introspected_table *parent = td_introspect_table(in, td_rows_cell(&r, i, 1));
        if (child != NULL && parent != NULL)
            child->table->parent = parent->table;
    }
    return rc;
}

enum {
    A_RELATION,
    A_NUMBER,
    A_NAME,
    A_MODIFIER,
    A_NOT_NULL,
    A_IDENTITY,
    A_GENERATED,
    A_EXPR,
    A_COLLATION,
    A_INHERITED,
    A_COMMENT,
    A_TYPE
};

static const char columns[] =
    "SELECT a.attrelid::text, a.attnum, a.attname::text, a.atttypmod, a.attnotnull, a.attidentity::text,"
    " a.attgenerated::text, pg_get_expr(x.adbin, x.adrelid),"
    " CASE WHEN a.attcollation <> t.typcollation THEN CASE WHEN ln.nspname = 'pg_catalog' THEN l.collname::text"
    " ELSE ln.nspname || '.' || l.collname END END, NOT a.attislocal,"
    " col_description(a.attrelid, a.attnum), " TD_TYPE_COLUMNS
    " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid" TD_TYPE_JOINS
    " LEFT JOIN pg_catalog.pg_attrdef x ON x.adrelid = a.attrelid AND x.adnum = a.attnum"
    " LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation"
    " LEFT JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace"
    " WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    " AND n.nspname = ANY ($1::name[]) ORDER BY a.attrelid, a.attnum";

/* PostgreSQL stores DEFAULT NULL where it has a length to bring in: NULL::character varying. */
static bool is_null(const PgQuery__Node *n)
{
    while (n != NULL && n->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
        n = n->type_cast->arg;
    return n != NULL && n->node_case == PG_QUERY__NODE__NODE_A_CONST && n->a_const->isnull;
}

static int read_column(struct td_introspecting *in, struct td_introspected_table *t, const struct td_rows *r, size_t i,
                       struct td_err *err)
{
    struct td_column *c = td_arena_new(in->a, struct td_column);
    const char *identity = td_rows_cell(r, i, A_IDENTITY), *generated = td_rows_cell(r, i, A_GENERATED);
    c->id = td_catalog_next_id(in->c);
    c->name = td_rows_cell(r, i, A_NAME);
    c->type = td_introspect_type(in, r, i, A_TYPE, td_rows_int(r, i, A_MODIFIER));
    c->not_null = td_rows_bool(r, i, A_NOT_NULL);
    c->identity = (enum td_identity)(identity == NULL ? 0 : identity[0]);
    c->collation = td_rows_cell(r, i, A_COLLATION);
    c->inherited = td_rows_bool(r, i, A_INHERITED);
    c->comment = td_rows_cell(r, i, A_COMMENT);
    c->on = TD_ON_POSTGRES;
    *td_vec_add(in->a, &t->table->columns) = c;
    size_t number = (size_t)td_rows_int(r, i, A_NUMBER);
    while (t->by_number.len <= number)
        *td_vec_add(in->a, &t->by_number) = NULL;
    t->by_number.at[number] = c;
    bool stored = generated != NULL && generated[0] != '\0';
    int rc = td_introspect_expr(in, td_rows_cell(r, i, A_EXPR), c->name, stored ? &c->generated : &c->default_, err);
    if (rc == TD_OK && is_null(c->default_) && c->type.kind != TD_T_DOMAIN)
        c->default_ = NULL;
    return rc;
}

static int read_columns(struct td_introspecting *in, struct td_err *err)
{
    struct td_rows r;
    int rc = td_introspect_read(in, columns, &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++) {
        struct td_introspected_table *t = td_introspect_table(in, td_rows_cell(&r, i, A_RELATION));
        if (t != NULL)
            rc = read_column(in, t, &r, i, err);
    }
    return rc;
}

int td_introspect_tables(struct td_introspecting *in, struct td_err *err)
{
    int rc = read_relations(in, err);
    if (rc == TD_OK)
        rc = read_parents(in, err);
    return rc == TD_OK ? read_columns(in, err) : rc;
}
