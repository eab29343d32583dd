/* Columns: their type, default, identity and sequence. */
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/replay_impl.h"

struct td_column *td_replay_new_column(const struct td_replaying *p, struct td_table *t, const char *name,
                                       struct td_type type)
{
    struct td_column *c = td_arena_new(p->a, struct td_column);
    c->id = td_catalog_next_id(p->c);
    c->name = name;
    c->type = type;
    c->on = p->r->on;
    c->stmt = p->c->stmt;
    *td_edit_add(p->c, &t->columns) = c;
    return c;
}

void td_replay_fork_column(const struct td_replaying *p, struct td_column *col)
{
    if (p->r->on != TD_ON_POSTGRES || col->on != TD_ON_BOTH || col->sqlite != NULL)
        return;
    struct td_column *was = td_arena_new(p->a, struct td_column);
    *was = *col;
    td_keep(p->c, col);
    col->sqlite = was;
}

const char *td_replay_collation(const struct td_replaying *p, PgQuery__Node *const *names, size_t n)
{
    if (n == 0)
        return NULL;
    const char *schema, *name = td_tree_name(names, n, &schema);
    if (schema == NULL || strcmp(schema, "pg_catalog") == 0)
        return name;
    return td_arena_printf(p->a, "%s.%s", schema, name);
}

static struct td_sequence *own_sequence(const struct td_replaying *p, struct td_table *t, struct td_column *col,
                                        const char *schema, const char *name)
{
    if (name == NULL)
        name = td_replay_choose_relation(p, t->schema, t->name, col->name, "seq", false);
    struct td_type type = TD_TYPE(td_type_base(col->type).kind);
    struct td_sequence *s = td_replay_new_sequence(p, schema == NULL ? t->schema : schema, name, type);
    s->owner = t;
    s->owner_column = col;
    td_keep(p->c, col);
    col->serial = s;
    return s;
}

static int add_serial(const struct td_replaying *p, struct td_table *t, struct td_column *col)
{
    struct td_sequence *s = own_sequence(p, t, col, NULL, NULL);
    int rc = td_replay_sequence_options(p, s, NULL, 0, true);
    if (rc != TD_OK)
        return rc;
    td_catalog_add_sequence(p->c, s);
    col->default_ = td_replay_nextval_node(p->a, s);
    col->not_null = true;
    return TD_OK;
}

/* SEQUENCE NAME x among the options of an identity. */
static void written_sequence(const PgQuery__Constraint *con, const char **schema, const char **name)
{
    for (size_t i = 0; i < con->n_options; i++) {
        const PgQuery__DefElem *d = con->options[i]->def_elem;
        if (con->options[i]->node_case == PG_QUERY__NODE__NODE_DEF_ELEM && strcmp(d->defname, "sequence_name") == 0 &&
            d->arg != NULL && d->arg->node_case == PG_QUERY__NODE__NODE_LIST)
            *name = td_tree_name(d->arg->list->items, d->arg->list->n_items, schema);
    }
}

int td_replay_add_identity(const struct td_replaying *p, struct td_table *t, struct td_column *col,
                           const PgQuery__Constraint *con)
{
    if (!td_type_is_integer(&col->type))
        return td_replay_fail(p, con->location, TD_C_SCHEMA_INVALID, "22023",
                              "identity column type must be smallint, integer, or bigint");
    if (col->identity != TD_ID_NONE)
        return td_replay_fail(p, con->location, TD_C_SCHEMA_EXISTS, "55000",
                              "column \"%s\" of relation \"%s\" is already an identity column", col->name, t->name);
    if (col->default_ != NULL)
        return td_replay_fail(p, con->location, TD_C_SCHEMA_INVALID, "55000",
                              "column \"%s\" of relation \"%s\" already has a default value", col->name, t->name);
    const char *schema = NULL, *name = NULL;
    written_sequence(con, &schema, &name);
    struct td_sequence *s = own_sequence(p, t, col, schema, name);
    int rc = td_replay_sequence_options(p, s, con->options, con->n_options, true);
    if (rc != TD_OK)
        return rc;
    td_catalog_add_sequence(p->c, s);
    col->identity = con->generated_when != NULL && con->generated_when[0] == 'a' ? TD_ID_ALWAYS : TD_ID_BY_DEFAULT;
    col->not_null = true;
    return TD_OK;
}

static bool is_null_constant(const PgQuery__Node *n)
{
    while (n->node_case == PG_QUERY__NODE__NODE_TYPE_CAST && n->type_cast->arg != NULL)
        n = n->type_cast->arg;
    return n->node_case == PG_QUERY__NODE__NODE_A_CONST && n->a_const->isnull;
}

static bool refuse_ref(ProtobufCMessage *m, void *data)
{
    const PgQuery__ColumnRef **found = data;
    if (m->descriptor == &pg_query__column_ref__descriptor && *found == NULL)
        *found = (const PgQuery__ColumnRef *)m;
    return *found == NULL;
}

int td_replay_column_default(const struct td_replaying *p, struct td_table *t, struct td_column *col,
                             const PgQuery__Node *expr)
{
    (void)t;
    const PgQuery__ColumnRef *ref = NULL;
    td_replay_walk((ProtobufCMessage *)expr, refuse_ref, (void *)&ref);
    if (ref != NULL)
        return td_replay_fail(p, ref->location, TD_C_SCHEMA_INVALID, "0A000",
                              "cannot use column reference in DEFAULT expression");
    td_keep(p->c, col);
    /* PostgreSQL stores no default for DEFAULT NULL, but where it hides the domain's */
    col->default_ = is_null_constant(expr) && col->type.kind != TD_T_DOMAIN ? NULL : expr;
    return TD_OK;
}

static int one_property(const struct td_replaying *p, struct td_table *t, struct td_column *col,
                        const PgQuery__Constraint *con)
{
    switch (con->contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL: col->not_null = true; return TD_OK;
    case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT:
        if (col->default_ != NULL)
            return td_replay_fail(p, con->location, TD_C_SCHEMA_INVALID, "42601",
                                  "multiple default values specified for column \"%s\" of table \"%s\"", col->name,
                                  t->name);
        return td_replay_column_default(p, t, col, con->raw_expr);
    case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY: return td_replay_add_identity(p, t, col, con);
    case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED: col->generated = con->raw_expr; return TD_OK;
    default: return TD_OK;
    }
}

static bool is_kind(const PgQuery__Node *n, PgQuery__ConstrType kind)
{
    return n->node_case == PG_QUERY__NODE__NODE_CONSTRAINT && n->constraint->contype == kind;
}

/* NULL beside NOT NULL, serial or an identity; a default beside an identity. */
static int check_conflicts(const struct td_replaying *p, const struct td_table *t, const PgQuery__ColumnDef *def,
                           bool serial)
{
    bool null = false, not_null = serial, identity = false, with_default = serial;
    for (size_t i = 0; i < def->n_constraints; i++) {
        const PgQuery__Node *n = def->constraints[i];
        null = null || is_kind(n, PG_QUERY__CONSTR_TYPE__CONSTR_NULL);
        not_null = not_null || is_kind(n, PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL);
        identity = identity || is_kind(n, PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY);
        with_default = with_default || is_kind(n, PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT);
    }
    if (null && (not_null || identity))
        return td_replay_fail(p, def->location, TD_C_SCHEMA_INVALID, "42601",
                              "conflicting NULL/NOT NULL declarations for column \"%s\" of table \"%s\"", def->colname,
                              t->name);
    if (identity && with_default)
        return td_replay_fail(p, def->location, TD_C_SCHEMA_INVALID, "42601",
                              "both default and identity specified for column \"%s\" of table \"%s\"", def->colname,
                              t->name);
    return TD_OK;
}

static int check_name(const struct td_replaying *p, const struct td_table *t, const PgQuery__ColumnDef *def)
{
    if (td_replay_is_system_column(def->colname) && t->kind != TD_R_VIEW)
        return td_replay_fail(p, def->location, TD_C_SCHEMA_INVALID, "42701",
                              "column name \"%s\" conflicts with a system column name", def->colname);
    return TD_OK;
}

int td_replay_add_column(const struct td_replaying *p, struct td_table *t, const PgQuery__ColumnDef *def,
                         struct td_column **out)
{
    if (td_table_column(t, def->colname) != NULL && p->stmt->node->node_case == PG_QUERY__NODE__NODE_CREATE_STMT)
        return td_replay_fail(p, def->location, TD_C_SCHEMA_EXISTS, "42701", "column \"%s\" specified more than once",
                              def->colname);
    if (td_table_column(t, def->colname) != NULL)
        return td_replay_fail(p, def->location, TD_C_SCHEMA_EXISTS, "42701",
                              "column \"%s\" of relation \"%s\" already exists", def->colname, t->name);
    struct td_type type;
    bool serial = false;
    int rc = check_name(p, t, def);
    if (rc == TD_OK)
        rc = td_replay_resolve_type(p, def->type_name, &type, &serial);
    if (rc == TD_OK)
        rc = check_conflicts(p, t, def, serial);
    if (rc != TD_OK)
        return rc;
    struct td_column *col = td_replay_new_column(p, t, def->colname, type);
    *out = col;
    if (def->coll_clause != NULL)
        col->collation = td_replay_collation(p, def->coll_clause->collname, def->coll_clause->n_collname);
    if (serial)
        rc = add_serial(p, t, col);
    for (size_t i = 0; rc == TD_OK && i < def->n_constraints; i++)
        if (def->constraints[i]->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
            rc = one_property(p, t, col, def->constraints[i]->constraint);
    return rc;
}

int td_replay_bind_generated(const struct td_replaying *p, struct td_table *t, struct td_column *col)
{
    if (col->generated == NULL)
        return TD_OK;
    struct td_columns used = {0};
    const PgQuery__Node *bound;
    int rc = td_replay_bind(p, col->generated, t, &used, &bound);
    if (rc != TD_OK)
        return rc;
    for (size_t i = 0; i < used.len; i++)
        if (used.at[i]->generated != NULL)
            return td_replay_fail(p, td_tree_location(col->generated), TD_C_SCHEMA_INVALID, "42P17",
                                  "cannot use generated column \"%s\" in column generation expression",
                                  used.at[i]->name);
    td_keep(p->c, col);
    col->generated = bound;
    return TD_OK;
}
