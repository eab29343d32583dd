/* ALTER TABLE: its subcommands run in PostgreSQL's passes (drops before types before new columns before constraints),
 * not in the order in which they were written. */
#include <string.h>

#include "core/migrate/replay_impl.h"

enum pass { PASS_DROP, PASS_TYPE, PASS_ADD_COLUMN, PASS_COLUMN, PASS_CONSTRAINT, PASS_OTHER, PASS_MISC, PASSES };

struct altering {
    const struct td_replaying *p;
    struct td_table *t;
    struct td_pendings pending;
};

static enum pass pass_of(const PgQuery__AlterTableCmd *c)
{
    switch (c->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity: return PASS_DROP;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault: return c->def == NULL ? PASS_DROP : PASS_OTHER;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType: return PASS_TYPE;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn: return PASS_ADD_COLUMN;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity: return PASS_COLUMN;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint: return PASS_CONSTRAINT;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity: return PASS_OTHER;
    default: return PASS_MISC;
    }
}

/* A child table gets the column too. */
static int add_to_children(struct altering *a, const PgQuery__ColumnDef *def)
{
    const struct td_catalog *c = a->p->c;
    for (size_t i = 0; i < c->tables.len; i++) {
        struct td_table *child = c->tables.at[i];
        if (child->parent != a->t || td_table_column(child, def->colname) != NULL)
            continue;
        struct td_column *col;
        int rc = td_replay_add_column(a->p, child, def, &col);
        if (rc != TD_OK)
            return rc;
        col->inherited = true;
    }
    return TD_OK;
}

static int add_column(struct altering *a, const PgQuery__AlterTableCmd *c)
{
    const PgQuery__ColumnDef *def = c->def->column_def;
    if (c->missing_ok && td_table_column(a->t, def->colname) != NULL)
        return TD_OK;
    struct td_column *col;
    int rc = td_replay_add_column(a->p, a->t, def, &col);
    if (rc == TD_OK)
        rc = td_replay_bind_generated(a->p, a->t, col);
    if (rc != TD_OK)
        return rc;
    col->filled_by = td_column_default(col);
    td_replay_pend_column(a->p, &a->pending, def, col);
    return add_to_children(a, def);
}

static int drop_column(struct altering *a, const PgQuery__AlterTableCmd *c)
{
    struct td_column *col = td_table_column(a->t, c->name);
    if (col == NULL && c->missing_ok)
        return TD_OK;
    int rc = td_replay_find_column(a->p, a->t, c->name, -1, &col);
    if (rc != TD_OK)
        return rc;
    if (col->inherited)
        return td_replay_fail(a->p, td_replay_place(a->p, -1, c->name), TD_C_SCHEMA_INVALID, "42P16",
                              "cannot drop inherited column \"%s\"", c->name);
    return td_replay_drop_one(a->p, (struct td_object){.kind = TD_O_COLUMN, .table = a->t, .it = col},
                              c->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE, td_replay_place(a->p, -1, c->name));
}

static int drop_constraint(struct altering *a, const PgQuery__AlterTableCmd *c)
{
    struct td_constraint *k = td_table_constraint(a->t, c->name);
    if (k == NULL && c->missing_ok)
        return TD_OK;
    int at = td_replay_place(a->p, -1, c->name);
    if (k == NULL)
        return td_replay_fail(a->p, at, TD_C_SCHEMA_MISSING, "42704",
                              "constraint \"%s\" of relation \"%s\" does not exist", c->name, a->t->name);
    return td_replay_drop_one(a->p, (struct td_object){.kind = TD_O_CONSTRAINT, .table = a->t, .it = k},
                              c->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE, at);
}

static int run(struct altering *a, const PgQuery__AlterTableCmd *c)
{
    switch (c->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn: return add_column(a, c);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn: return drop_column(a, c);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint: return drop_constraint(a, c);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
        *td_vec_add(a->p->a, &a->pending) = (struct td_pending){.con = c->def->constraint};
        return TD_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression: return td_replay_alter_column(a->p, a->t, c);
    default: return td_replay_alter_misc(a->p, a->t, c);
    }
}

static int run_all(struct altering *a, const PgQuery__AlterTableStmt *s)
{
    for (int pass = 0; pass < PASSES; pass++) {
        for (size_t i = 0; i < s->n_cmds; i++) {
            const PgQuery__AlterTableCmd *c = s->cmds[i]->alter_table_cmd;
            int rc = (int)pass_of(c) == pass ? run(a, c) : TD_OK;
            if (rc != TD_OK)
                return rc;
        }
        if (pass == PASS_CONSTRAINT) {
            int rc = td_replay_add_constraints(a->p, a->t, &a->pending);
            if (rc != TD_OK)
                return rc;
        }
    }
    return TD_OK;
}

/* ALTER TYPE t ADD ATTRIBUTE ...: attributes are not modelled. ALTER INDEX, ALTER SEQUENCE by this node change nothing
 * that the catalog has. */
static int other_object(const struct td_replaying *p, const PgQuery__AlterTableStmt *s)
{
    const PgQuery__RangeVar *rv = s->relation;
    const char *schema = td_replay_text(rv->schemaname);
    if (s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE) {
        if (td_catalog_type(p->c, schema, rv->relname) != NULL)
            return TD_OK;
        return td_replay_fail(p, rv->location, TD_C_SCHEMA_MISSING, "42704", "type \"%s\" does not exist", rv->relname);
    }
    if (s->missing_ok || td_catalog_find(p->c, schema, rv->relname) != NULL)
        return TD_OK;
    return td_replay_fail(p, rv->location, TD_C_SCHEMA_MISSING, "42P01", "relation \"%s\" does not exist", rv->relname);
}

int td_replay_alter_table(const struct td_replaying *p, const PgQuery__AlterTableStmt *s)
{
    if (s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX || s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE ||
        s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE)
        return other_object(p, s);
    struct altering a = {.p = p};
    int rc = td_replay_find_table(p, s->relation, s->missing_ok, &a.t);
    return rc == TD_OK && a.t != NULL ? run_all(&a, s) : rc;
}
