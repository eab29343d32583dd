/* ALTER TABLE ... ALTER COLUMN, and the subcommands that are not about columns. */
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/replay_impl.h"

static bool is_text(const struct td_type *t)
{
    struct td_type base = td_type_base(*t);
    return td_type_is_text(&base);
}

/* The type that the default has of itself: PostgreSQL forgets the conversion to the column's type, which it added. */
static struct td_type default_type(const struct td_replaying *p, const struct td_column *col)
{
    struct td_type own;
    struct td_err ignored = {0};
    struct td_replaying quiet = *p;
    quiet.err = &ignored;
    if (col->default_ != NULL && col->default_->node_case == PG_QUERY__NODE__NODE_TYPE_CAST &&
        td_replay_resolve_type(&quiet, col->default_->type_cast->type_name, &own, NULL) == TD_OK)
        return own;
    return col->type;
}

/* A default keeps its value when the column's type changes. Within a family the expression already gives it; else it
 * is read as the old type first, as PostgreSQL does. */
static void keep_default(const struct td_replaying *p, struct td_column *col, const struct td_type *to)
{
    if (col->default_ == NULL || col->serial != NULL)
        return;
    const struct td_type own = default_type(p, col), *from = &own;
    bool family =
        (from->dims > 0) == (to->dims > 0) &&
        ((is_text(from) && is_text(to)) || (td_type_is_number(from) && td_type_is_number(to)) ||
         (td_type_is_time(from) && td_type_is_time(to)) || (from->kind == to->kind && from->user == to->user));
    bool literal = col->default_->node_case == PG_QUERY__NODE__NODE_A_CONST;
    if (!family || (literal && td_replay_reads_literals_anew(from, to)))
        col->default_ = td_replay_cast_node(p->a, col->default_, from);
}

static bool has_default_cast(const struct td_type *from, const struct td_type *to)
{
    if (to->kind == TD_T_ENUM && to->dims == 0)
        return from->kind == TD_T_ENUM && from->user == to->user;
    if (td_type_is_number(to))
        return td_type_is_number(from);
    if (to->kind == TD_T_BOOL && to->dims == 0)
        return from->kind == TD_T_BOOL;
    if (td_type_is_time(to))
        return td_type_is_time(from);
    return true;
}

static const char *type_text(const struct td_replaying *p, const struct td_type *t)
{
    struct td_buf b;
    td_buf_init(&b, p->a);
    td_type_print(t, &b);
    return td_buf_str(&b);
}

static int check_type_change(const struct td_replaying *p, const struct td_column *col, const struct td_type *to,
                             const PgQuery__AlterTableCmd *c)
{
    struct td_type a = td_type_base(col->type), b = td_type_base(*to);
    int at = td_replay_place(p, -1, c->name);
    const PgQuery__ColumnDef *def = c->def->column_def;
    if (def->raw_default == NULL && !has_default_cast(&a, &b) && (a.dims > 0) == (b.dims > 0)) {
        td_replay_fail(p, at, TD_C_SCHEMA_INVALID, "42804", "column \"%s\" cannot be cast automatically to type %s",
                       c->name, type_text(p, to));
        return td_err_next(p->err, "Write USING with an expression that gives the new value.");
    }
    a = td_type_base(default_type(p, col));
    if (col->default_ != NULL && col->serial == NULL && !has_default_cast(&a, &b))
        return td_replay_fail(p, at, TD_C_SCHEMA_INVALID, "42804",
                              "default for column \"%s\" cannot be cast automatically to type %s", c->name,
                              type_text(p, to));
    return TD_OK;
}

/* A view or a rule over the column stops ALTER TYPE. */
static int views_allow(const struct td_replaying *p, const struct td_table *t, const struct td_column *col)
{
    for (size_t i = 0; i < p->c->tables.len; i++) {
        const struct td_table *v = p->c->tables.at[i];
        for (size_t j = 0; j < v->uses.len; j++) {
            if (v->uses.at[j].table != t || v->uses.at[j].column != col)
                continue;
            td_replay_fail(p, td_replay_place(p, -1, col->name), TD_C_SCHEMA_DEPENDS, "0A000",
                           "cannot alter type of a column used by a view or rule");
            td_err_why(p->err, "view \"%s\" depends on column \"%s\"", v->name, col->name);
            return td_err_next(p->err, "Drop the view before the change and make it again after it.");
        }
    }
    return TD_OK;
}

/* So does a generated column that reads it. */
static int generated_allow(const struct td_replaying *p, const struct td_table *t, const struct td_column *col)
{
    for (size_t i = 0; i < t->columns.len; i++) {
        const struct td_column *g = t->columns.at[i];
        struct td_columns used = {0};
        if (g->generated == NULL || g == col)
            continue;
        td_replay_used(p, g->generated, t, &used);
        if (!td_columns_has(&used, col))
            continue;
        td_replay_fail(p, td_replay_place(p, -1, col->name), TD_C_SCHEMA_DEPENDS, "0A000",
                       "cannot alter type of a column used by a generated column");
        td_err_why(p->err, "column \"%s\" is used by generated column \"%s\"", col->name, g->name);
        return td_err_next(p->err, "Drop the generated column before the change and make it again after it.");
    }
    return TD_OK;
}

static int alter_type(const struct td_replaying *p, struct td_table *t, struct td_column *col,
                      const PgQuery__AlterTableCmd *c)
{
    const PgQuery__ColumnDef *def = c->def->column_def;
    struct td_type type;
    int rc = td_replay_resolve_type(p, def->type_name, &type, NULL);
    if (rc == TD_OK)
        rc = check_type_change(p, col, &type, c);
    if (rc == TD_OK)
        rc = views_allow(p, t, col);
    if (rc == TD_OK)
        rc = generated_allow(p, t, col);
    const PgQuery__Node *bound;
    if (rc == TD_OK && def->raw_default != NULL)
        rc = td_replay_bind(p, def->raw_default, t, NULL, &bound);
    if (rc != TD_OK)
        return rc;
    td_keep(p->c, col);
    keep_default(p, col, &type);
    td_replay_keep_literals(p, t, col, &type);
    col->type = type;
    col->collation = def->coll_clause == NULL
                         ? NULL
                         : td_replay_collation(p, def->coll_clause->collname, def->coll_clause->n_collname);
    if (col->identity != TD_ID_NONE && col->serial != NULL) { /* its sequence gets the type too */
        td_keep(p->c, col->serial);
        return td_replay_sequence_type(p, col->serial, TD_TYPE(td_type_base(type).kind));
    }
    return TD_OK;
}

static int set_default(const struct td_replaying *p, struct td_table *t, struct td_column *col,
                       const PgQuery__AlterTableCmd *c)
{
    if (col->identity != TD_ID_NONE)
        return td_replay_fail(p, td_replay_place(p, -1, c->name), TD_C_SCHEMA_INVALID, "42601",
                              "column \"%s\" of relation \"%s\" is an identity column", col->name, t->name);
    if (col->generated != NULL)
        return td_replay_fail(p, td_replay_place(p, -1, c->name), TD_C_SCHEMA_INVALID, "42601",
                              "column \"%s\" of relation \"%s\" is a generated column", col->name, t->name);
    if (c->def != NULL)
        return td_replay_column_default(p, t, col, c->def);
    td_keep(p->c, col);
    col->default_ = NULL;
    return TD_OK;
}

static int drop_not_null(const struct td_replaying *p, struct td_table *t, struct td_column *col)
{
    int at = td_replay_place(p, -1, col->name);
    if (td_column_in_primary(t, col))
        return td_replay_fail(p, at, TD_C_SCHEMA_INVALID, "42P16", "column \"%s\" is in a primary key", col->name);
    if (col->identity != TD_ID_NONE)
        return td_replay_fail(p, at, TD_C_SCHEMA_INVALID, "42601",
                              "column \"%s\" of relation \"%s\" is an identity column", col->name, t->name);
    td_keep(p->c, col);
    col->not_null = false;
    return TD_OK;
}

static int not_identity(const struct td_replaying *p, const struct td_table *t, const struct td_column *col)
{
    return td_replay_fail(p, td_replay_place(p, -1, col->name), TD_C_SCHEMA_INVALID, "55000",
                          "column \"%s\" of relation \"%s\" is not an identity column", col->name, t->name);
}

static int drop_identity(const struct td_replaying *p, struct td_table *t, struct td_column *col, bool missing_ok)
{
    if (col->identity == TD_ID_NONE)
        return missing_ok ? TD_OK : not_identity(p, t, col);
    td_keep(p->c, col);
    col->identity = TD_ID_NONE;
    struct td_sequence *s = col->serial;
    if (s == NULL)
        return TD_OK;
    return td_replay_drop_one(p, (struct td_object){.kind = TD_O_SEQUENCE, .it = s}, true, -1);
}

static int set_identity(const struct td_replaying *p, struct td_table *t, struct td_column *col,
                        const PgQuery__AlterTableCmd *c)
{
    if (col->identity == TD_ID_NONE || col->serial == NULL)
        return not_identity(p, t, col);
    const PgQuery__List *l = c->def != NULL && c->def->node_case == PG_QUERY__NODE__NODE_LIST ? c->def->list : NULL;
    td_keep(p->c, col);
    for (size_t i = 0; l != NULL && i < l->n_items; i++) {
        const PgQuery__DefElem *d = l->items[i]->def_elem;
        if (strcmp(d->defname, "generated") == 0 && d->arg != NULL)
            col->identity = d->arg->integer->ival == 'a' ? TD_ID_ALWAYS : TD_ID_BY_DEFAULT;
    }
    td_keep(p->c, col->serial);
    return td_replay_sequence_options(p, col->serial, l == NULL ? NULL : l->items, l == NULL ? 0 : l->n_items, false);
}

static int drop_expression(const struct td_replaying *p, struct td_table *t, struct td_column *col, bool missing_ok)
{
    if (col->generated == NULL && !missing_ok)
        return td_replay_fail(p, td_replay_place(p, -1, col->name), TD_C_SCHEMA_INVALID, "55000",
                              "column \"%s\" of relation \"%s\" is not a stored generated column", col->name, t->name);
    td_keep(p->c, col);
    col->generated = NULL;
    return TD_OK;
}

static int add_identity(const struct td_replaying *p, struct td_table *t, struct td_column *col,
                        const PgQuery__AlterTableCmd *c)
{
    if (!col->not_null)
        return td_replay_fail(p, td_replay_place(p, -1, col->name), TD_C_SCHEMA_INVALID, "55000",
                              "column \"%s\" of relation \"%s\" must be declared NOT NULL before identity can be added",
                              col->name, t->name);
    return td_replay_add_identity(p, t, col, c->def->constraint);
}

int td_replay_alter_column(const struct td_replaying *p, struct td_table *t, const PgQuery__AlterTableCmd *c)
{
    struct td_column *col;
    int rc = td_replay_find_column(p, t, c->name, -1, &col);
    if (rc != TD_OK)
        return rc;
    td_replay_fork_column(p, col);
    td_keep(p->c, col);
    col->stmt = p->c->stmt;
    switch (c->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType: return alter_type(p, t, col, c);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault: return set_default(p, t, col, c);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull: col->not_null = true; return TD_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull: return drop_not_null(p, t, col);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity: return add_identity(p, t, col, c);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity: return set_identity(p, t, col, c);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity: return drop_identity(p, t, col, c->missing_ok);
    default: return drop_expression(p, t, col, c->missing_ok);
    }
}

/* ---- the rest of ALTER TABLE ---- */

static int find_constraint(const struct td_replaying *p, const struct td_table *t, const char *name,
                           struct td_constraint **out)
{
    *out = td_table_constraint(t, name);
    if (*out != NULL) {
        td_keep(p->c, *out);
        return TD_OK;
    }
    return td_replay_fail(p, td_replay_place(p, -1, name), TD_C_SCHEMA_MISSING, "42704",
                          "constraint \"%s\" of relation \"%s\" does not exist", name, t->name);
}

static int validate(const struct td_replaying *p, struct td_table *t, const char *name)
{
    struct td_constraint *k;
    int rc = find_constraint(p, t, name, &k);
    if (rc == TD_OK) {
        k->not_valid = false;
        k->stmt = p->c->stmt;
    }
    return rc;
}

static int alter_constraint(const struct td_replaying *p, struct td_table *t, const PgQuery__AlterTableCmd *c)
{
    const PgQuery__Constraint *con = c->def->constraint;
    struct td_constraint *k;
    int rc = find_constraint(p, t, con->conname, &k);
    if (rc != TD_OK)
        return rc;
    if (k->kind != TD_K_FOREIGN)
        return td_replay_fail(p, td_replay_place(p, -1, con->conname), TD_C_SCHEMA_INVALID, "42809",
                              "constraint \"%s\" of relation \"%s\" is not a foreign key constraint", con->conname,
                              t->name);
    k->deferrable = con->deferrable;
    k->deferred = con->initdeferred;
    k->stmt = p->c->stmt;
    return TD_OK;
}

static int switch_triggers(const struct td_replaying *p, struct td_table *t, const char *name, bool disabled)
{
    bool found = name == NULL;
    for (size_t i = 0; i < t->triggers.len; i++) {
        struct td_trigger *tr = t->triggers.at[i];
        if (name != NULL && strcmp(tr->name, name) != 0)
            continue;
        td_keep(p->c, tr);
        tr->disabled = disabled;
        tr->stmt = p->c->stmt;
        found = true;
    }
    if (found)
        return TD_OK;
    return td_replay_fail(p, td_replay_place(p, -1, name), TD_C_SCHEMA_MISSING, "42704",
                          "trigger \"%s\" for table \"%s\" does not exist", name, t->name);
}

static int attach(const struct td_replaying *p, struct td_table *t, const PgQuery__AlterTableCmd *c, bool attached)
{
    const PgQuery__RangeVar *rv =
        c->def->node_case == PG_QUERY__NODE__NODE_PARTITION_CMD ? c->def->partition_cmd->name : c->def->range_var;
    bool partition = c->def->node_case == PG_QUERY__NODE__NODE_PARTITION_CMD;
    struct td_table *other;
    int rc = td_replay_find_table(p, rv, false, &other);
    if (rc != TD_OK)
        return rc;
    struct td_table *child = partition ? other : t, *parent = partition ? t : other;
    td_keep(p->c, child);
    child->parent = attached ? parent : NULL;
    if (partition && child->kind != TD_R_PARTITIONED)
        child->kind = attached ? TD_R_PARTITION : TD_R_TABLE;
    for (size_t i = 0; i < child->columns.len; i++) {
        td_keep(p->c, child->columns.at[i]);
        child->columns.at[i]->inherited = attached && td_table_column(parent, child->columns.at[i]->name) != NULL;
    }
    return TD_OK;
}

static int known_column(const struct td_replaying *p, struct td_table *t, const PgQuery__AlterTableCmd *c)
{
    struct td_column *col;
    return td_replay_text(c->name) == NULL ? TD_OK : td_replay_find_column(p, t, c->name, -1, &col);
}

int td_replay_alter_misc(const struct td_replaying *p, struct td_table *t, const PgQuery__AlterTableCmd *c)
{
    td_keep(p->c, t);
    switch (c->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint: return validate(p, t, c->name);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterConstraint: return alter_constraint(p, t, c);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrig:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysTrig: return switch_triggers(p, t, c->name, false);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaTrig: /* fires on a replica only */
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrig: return switch_triggers(p, t, c->name, true);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigAll:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigUser: return switch_triggers(p, t, NULL, false);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigUser: return switch_triggers(p, t, NULL, true);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRowSecurity: t->row_security = true; return TD_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRowSecurity: t->row_security = false; return TD_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ForceRowSecurity: t->force_row_security = true; return TD_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_NoForceRowSecurity: t->force_row_security = false; return TD_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetLogged: t->unlogged = false; return TD_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetUnLogged: t->unlogged = true; return TD_OK;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit: return attach(p, t, c, true);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropInherit: return attach(p, t, c, false);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddOf:
        return td_replay_refuse(p, -1, "table \"%s\" is tied to a composite type", t->name);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetOptions: return known_column(p, t, c);
    default: return TD_OK; /* owner, storage, tablespace, replica identity, cluster: nothing that the catalog has */
    }
}
