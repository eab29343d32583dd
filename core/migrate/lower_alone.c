/* Statements for one engine alone: which of them would leave the other without a name or a meaning that later
 * statements need. What a mark may do is leave a new object, a dropped one, or a column's type, default and NOT NULL
 * to PostgreSQL: the catalog keeps both sides of those. */
#include <string.h>

#include "core/migrate/lower_impl.h"
#include "core/sql/tree.h"

static const char *or_null(const char *s)
{
    return s == NULL || s[0] == '\0' ? NULL : s;
}

static int refuse(const char *what, const char *name, const char *why, struct td_err *err)
{
    td_err_set(err, TD_C_DDL_BOTH, "%s \"%s\" is on both engines, and so is this change of it", what, name);
    td_err_why(err, "%s", why);
    return td_err_next(err, "take the mark away, so that SQLite follows");
}

static const struct td_table *shared_relation(struct td_lowering *l, const PgQuery__RangeVar *rv)
{
    const struct td_table *t = rv == NULL ? NULL : td_catalog_table(&l->catalog, or_null(rv->schemaname), rv->relname);
    return t != NULL && t->on == TD_ON_BOTH ? t : NULL;
}

static const struct td_table *shared_in_schema(struct td_lowering *l, const char *schema)
{
    for (size_t i = 0; i < l->catalog.tables.len; i++)
        if (l->catalog.tables.at[i]->on == TD_ON_BOTH && strcmp(l->catalog.tables.at[i]->schema, schema) == 0)
            return l->catalog.tables.at[i];
    return NULL;
}

static int check_rename(struct td_lowering *l, const PgQuery__RenameStmt *s, struct td_err *err)
{
    static const char why[] = "later statements could name it on one engine only";
    const struct td_table *t = shared_relation(l, s->relation);
    switch (s->rename_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN: {
        const struct td_column *c = t == NULL ? NULL : td_table_column(t, s->subname);
        return c != NULL && c->on == TD_ON_BOTH ? refuse("column", c->name, why, err) : TD_OK;
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW: return t != NULL ? refuse("relation", t->name, why, err) : TD_OK;
    case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
        t = shared_in_schema(l, s->subname);
        return t != NULL ? refuse("relation", t->name, why, err) : TD_OK;
    default: return TD_OK;
    }
}

static int check_type(struct td_lowering *l, PgQuery__Node *const *names, size_t n, struct td_err *err)
{
    const char *schema, *name = td_tree_name(names, n, &schema);
    const struct td_user_type *u = td_catalog_type(&l->catalog, schema, name);
    if (u == NULL || u->on != TD_ON_BOTH)
        return TD_OK;
    return refuse("type", name, "the catalog has one definition of a type, which the CHECKs on SQLite are made from",
                  err);
}

static int check_alter(struct td_lowering *l, const PgQuery__AlterTableStmt *a, struct td_err *err)
{
    const struct td_table *t = shared_relation(l, a->relation);
    for (size_t i = 0; t != NULL && i < a->n_cmds; i++) {
        const PgQuery__AlterTableCmd *cmd = a->cmds[i]->alter_table_cmd;
        if (cmd->subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_AlterConstraint)
            continue;
        const struct td_constraint *k = td_table_constraint(t, cmd->def->constraint->conname);
        if (k != NULL && k->on == TD_ON_BOTH)
            return refuse("constraint", k->name, "the catalog has one definition of it", err);
    }
    return TD_OK;
}

int td_lowering_check_alone(struct td_lowering *l, const PgQuery__Node *node, struct td_err *err)
{
    const struct td_table *t;
    switch (node == NULL ? PG_QUERY__NODE__NODE__NOT_SET : node->node_case) {
    case PG_QUERY__NODE__NODE_RENAME_STMT: return check_rename(l, node->rename_stmt, err);
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
        t = shared_relation(l, node->alter_object_schema_stmt->relation);
        return t == NULL ? TD_OK : refuse("relation", t->name, "SQLite's name holds the schema's", err);
    case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
        return check_type(l, node->alter_enum_stmt->type_name, node->alter_enum_stmt->n_type_name, err);
    case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT:
        return check_type(l, node->alter_domain_stmt->type_name, node->alter_domain_stmt->n_type_name, err);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return check_alter(l, node->alter_table_stmt, err);
    case PG_QUERY__NODE__NODE_VIEW_STMT:
        t = shared_relation(l, node->view_stmt->view);
        return t == NULL ? TD_OK : refuse("view", t->name, "the catalog has one definition of it", err);
    default: return TD_OK;
    }
}

int td_lowering_check_forked(struct td_lowering *l, const struct td_table *t, struct td_err *err)
{
    for (size_t i = 0; i < t->columns.len; i++) {
        const struct td_column *c = t->columns.at[i];
        if (c->sqlite == NULL || c->stmt != l->catalog.stmt)
            continue;
        td_err_set(err, TD_C_DDL_BOTH, "column \"%s\" of \"%s\" is not the same on both engines", c->name, t->name);
        td_err_why(err, "an earlier statement changed it on PostgreSQL alone");
        return td_err_next(err, "mark this statement with  -- tandem: postgres  too; drop the column and make it "
                                "again to have one for both");
    }
    return TD_OK;
}
