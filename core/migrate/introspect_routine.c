/* Functions, triggers, policies: as far as the catalog knows them. */
#include <string.h>

#include "core/migrate/introspect_impl.h"

/* Argument types as the replay writes them: with modifier -1, char is bpchar and bit "bit". Constructors of range types
 * are no functions of the user's. */
static const char functions[] =
    "SELECT p.oid::text, n.nspname::text, p.proname::text, p.prokind::text, g.lanname::text, p.prosrc,"
    " coalesce((SELECT string_agg(format_type(y, -1), ', '"
    " ORDER BY o) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(y, o)), ''), p.proretset,"
    " pg_get_functiondef(p.oid), " TD_COMMENT_ON(
        "pg_proc",
        "p") ", " TD_TYPE_COLUMNS " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
             " JOIN pg_catalog.pg_language g ON g.oid = p.prolang"
             " JOIN pg_catalog.pg_type t ON t.oid = p.prorettype" TD_TYPE_JOINS
             " WHERE n.nspname = ANY ($1::name[]) AND p.prokind IN ('f', 'p')"
             " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass"
             " AND d.objid = p.oid AND d.deptype IN ('e', 'i')) ORDER BY p.oid";

static int read_functions(struct td_introspecting *in, struct td_err *err)
{
    struct td_rows r;
    int rc = td_introspect_read(in, functions, &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++) {
        struct td_function *f = td_arena_new(in->a, struct td_function);
        f->id = td_catalog_next_id(in->c);
        f->schema = td_rows_cell(&r, i, 1);
        f->name = td_rows_cell(&r, i, 2);
        f->kind = td_rows_cell(&r, i, 3)[0] == 'p' ? TD_FN_PROCEDURE : TD_FN_FUNCTION;
        f->language = td_rows_cell(&r, i, 4);
        f->body = td_rows_cell(&r, i, 5);
        f->arguments = td_rows_cell(&r, i, 6);
        f->returns_set = td_rows_bool(&r, i, 7);
        f->source_text = td_rows_cell(&r, i, 8);
        f->comment = td_rows_cell(&r, i, 9);
        f->result = td_introspect_type(in, &r, i, 10, -1);
        f->on = TD_ON_POSTGRES;
        *td_vec_add(in->a, &in->c->functions) = f;
        td_map_put(in->a, &in->functions, td_rows_cell(&r, i, 0), f);
        rc = td_introspect_expr(in, f->source_text, f->name, &f->node, err);
    }
    return rc;
}

static const char triggers[] =
    "SELECT g.tgrelid::text, g.tgname::text, g.tgfoid::text, g.tgenabled = 'D', "
    "pg_get_triggerdef(g.oid), " TD_COMMENT_ON(
        "pg_trigger", "g") " FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid"
                           " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                           " WHERE NOT g.tgisinternal AND coalesce(to_jsonb(g) ->> 'tgparentid', '0') = '0'"
                           " AND g.tgfoid NOT IN (SELECT f.oid FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace"
                           " s ON s.oid = f.pronamespace WHERE s.nspname = 'tandem')" /* of sync */
                           " AND n.nspname = ANY ($1::name[]) ORDER BY g.oid";

static int read_triggers(struct td_introspecting *in, struct td_err *err)
{
    struct td_rows r;
    int rc = td_introspect_read(in, triggers, &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++) {
        struct td_introspected_table *t = td_introspect_table(in, td_rows_cell(&r, i, 0));
        if (t == NULL)
            continue;
        struct td_trigger *tr = td_arena_new(in->a, struct td_trigger);
        *td_vec_add(in->a, &t->table->triggers) = tr;
        tr->id = td_catalog_next_id(in->c);
        tr->name = td_rows_cell(&r, i, 1);
        tr->function = td_map_get(&in->functions, td_rows_cell(&r, i, 2));
        tr->disabled = td_rows_bool(&r, i, 3);
        tr->comment = td_rows_cell(&r, i, 5);
        tr->on = TD_ON_POSTGRES;
        rc = td_introspect_expr(in, td_rows_cell(&r, i, 4), tr->name, &tr->node, err);
    }
    return rc;
}

/* Their conditions stay unread: policies are known by name alone. */
static int read_policies(struct td_introspecting *in, struct td_err *err)
{
    struct td_rows r;
    int rc = td_introspect_read(
        in,
        "SELECT p.polrelid::text, p.polname::text, " TD_COMMENT_ON(
            "pg_policy",
            "p") " FROM pg_catalog.pg_policy p WHERE $1::name[] IS NOT NULL AND p.polname NOT LIKE 'zz\\_tandem\\_%'"
                 " ORDER BY p.oid",
        &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++) {
        struct td_introspected_table *t = td_introspect_table(in, td_rows_cell(&r, i, 0));
        if (t == NULL)
            continue;
        struct td_policy *policy = td_arena_new(in->a, struct td_policy);
        policy->name = td_rows_cell(&r, i, 1);
        policy->comment = td_rows_cell(&r, i, 2);
        *td_vec_add(in->a, &t->table->policies) = policy;
    }
    return rc;
}

int td_introspect_routines(struct td_introspecting *in, struct td_err *err)
{
    int rc = read_functions(in, err);
    if (rc == TD_OK)
        rc = read_triggers(in, err);
    return rc == TD_OK ? read_policies(in, err) : rc;
}
