/* Sequences, and the columns that own them. */
#include "core/migrate/introspect_impl.h"

static const char sequences[] =
    "SELECT c.oid::text, n.nspname::text, c.relname::text, s.seqtypid::pg_catalog.regtype::text, s.seqstart,"
    " s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, d.refobjid::text, d.refobjsubid, "
    "d.deptype::text, " TD_COMMENT_ON(
        "pg_class",
        "c") " FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid"
             " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
             " LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid"
             " AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')"
             " WHERE n.nspname = ANY ($1::name[]) AND c.relpersistence <> 't'"
             " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend x WHERE x.classid = 'pg_catalog.pg_class'::regclass"
             " AND x.objid = c.oid AND x.deptype = 'e') ORDER BY c.oid";

static void own(struct td_introspecting *in, struct td_sequence *s, const struct td_rows *r, size_t i)
{
    struct td_introspected_table *t = td_introspect_table(in, td_rows_cell(r, i, 10));
    size_t number = (size_t)td_rows_int(r, i, 11);
    if (t == NULL || number >= t->by_number.len || t->by_number.at[number] == NULL)
        return;
    s->owner = t->table;
    s->owner_column = t->by_number.at[number];
    s->owner_column->serial = s;
}

int td_introspect_sequences(struct td_introspecting *in, struct td_err *err)
{
    struct td_rows r;
    int rc = td_introspect_read(in, sequences, &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++) {
        struct td_sequence *s = td_arena_new(in->a, struct td_sequence);
        s->id = td_catalog_next_id(in->c);
        s->schema = td_rows_cell(&r, i, 1);
        s->name = td_rows_cell(&r, i, 2);
        if (!td_type_builtin(td_rows_cell(&r, i, 3), &s->type))
            s->type = TD_TYPE(TD_T_INT8);
        s->start = td_rows_int(&r, i, 4);
        s->increment = td_rows_int(&r, i, 5);
        s->min = td_rows_int(&r, i, 6);
        s->max = td_rows_int(&r, i, 7);
        s->cache = td_rows_int(&r, i, 8);
        s->cycle = td_rows_bool(&r, i, 9);
        s->comment = td_rows_cell(&r, i, 13);
        s->on = TD_ON_POSTGRES;
        own(in, s, &r, i);
        td_catalog_add_sequence(in->c, s);
    }
    return rc;
}
