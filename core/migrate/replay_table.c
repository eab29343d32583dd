/* CREATE TABLE. */
#include <string.h>

#include "core/migrate/replay_impl.h"

struct td_table *td_replay_new_table(const struct td_replaying *p, enum td_relation_kind kind, const char *schema,
                                     const char *name)
{
    struct td_table *t = td_arena_new(p->a, struct td_table);
    t->id = td_catalog_next_id(p->c);
    t->kind = kind;
    t->schema = schema;
    t->name = name;
    t->temporary = strcmp(schema, "pg_temp") == 0;
    t->on = p->r->on;
    t->stmt = p->c->stmt;
    return t;
}

static int add_elements(const struct td_replaying *p, struct td_table *t, const PgQuery__CreateStmt *s,
                        struct td_pendings *pending)
{
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < s->n_table_elts; i++) {
        PgQuery__Node *e = s->table_elts[i];
        if (e->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF && e->column_def->type_name != NULL) {
            struct td_column *col;
            rc = td_replay_add_column(p, t, e->column_def, &col);
            if (rc == TD_OK)
                td_replay_pend_column(p, pending, e->column_def, col);
        } else if (e->node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE) {
            rc = td_replay_like_columns(p, t, e->table_like_clause);
        } else if (e->node_case == PG_QUERY__NODE__NODE_CONSTRAINT) {
            *td_vec_add(p->a, pending) = (struct td_pending){.con = e->constraint};
        }
    }
    for (size_t i = 0; i < s->n_constraints; i++)
        if (s->constraints[i]->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
            *td_vec_add(p->a, pending) = (struct td_pending){.con = s->constraints[i]->constraint};
    return rc;
}

static int finish(const struct td_replaying *p, struct td_table *t, const PgQuery__CreateStmt *s,
                  struct td_pendings *pending)
{
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < t->columns.len; i++)
        rc = td_replay_bind_generated(p, t, t->columns.at[i]);
    if (rc == TD_OK)
        rc = td_replay_add_constraints(p, t, pending);
    for (size_t i = 0; rc == TD_OK && i < s->n_table_elts; i++)
        if (s->table_elts[i]->node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE)
            rc = td_replay_like_rest(p, t, s->table_elts[i]->table_like_clause);
    return rc;
}

static int name_free(const struct td_replaying *p, const char *schema, const PgQuery__RangeVar *rv)
{
    int rc = td_replay_relation_free(p, schema, rv->relname, rv->location);
    if (rc == TD_OK && td_catalog_type(p->c, schema, rv->relname) != NULL)
        rc = td_replay_fail(p, rv->location, TD_C_SCHEMA_EXISTS, "42710", "type \"%s\" already exists", rv->relname);
    return rc;
}

static enum td_relation_kind kind_of(const PgQuery__CreateStmt *s)
{
    if (s->partspec != NULL)
        return TD_R_PARTITIONED;
    return s->partbound != NULL ? TD_R_PARTITION : TD_R_TABLE;
}

int td_replay_create_table(const struct td_replaying *p, const PgQuery__CreateStmt *s)
{
    const PgQuery__RangeVar *rv = s->relation;
    const char *schema;
    int rc = td_replay_new_schema(p, rv->schemaname, rv->relpersistence[0] == 't', rv->location, &schema);
    if (rc != TD_OK)
        return rc;
    if (s->if_not_exists && td_catalog_relation(p->c, schema, rv->relname) != NULL)
        return TD_OK;
    if (s->of_typename != NULL)
        return td_replay_refuse(p, rv->location, "table \"%s\" is made OF a composite type", rv->relname);
    rc = name_free(p, schema, rv);
    if (rc != TD_OK)
        return rc;
    struct td_table *t = td_replay_new_table(p, kind_of(s), schema, rv->relname);
    t->unlogged = rv->relpersistence[0] == 'u';
    td_catalog_add_table(p->c, t);
    struct td_pendings pending = {0};
    for (size_t i = 0; rc == TD_OK && i < s->n_inh_relations; i++)
        rc = td_replay_inherit(p, t, s->inh_relations[i]->range_var, s->partbound != NULL);
    if (rc == TD_OK)
        rc = add_elements(p, t, s, &pending);
    return rc == TD_OK ? finish(p, t, s, &pending) : rc;
}
