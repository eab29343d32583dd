/* ALTER ... RENAME and ALTER ... SET SCHEMA. What names a thing elsewhere follows: replay_rewrite.c. */
#include <string.h>

#include "core/migrate/replay_impl.h"

static int exists_already(const struct td_replaying *p, const char *sqlstate, const char *what, const char *name)
{
    return td_replay_fail(p, td_replay_place(p, -1, name), TD_C_SCHEMA_EXISTS, sqlstate, "%s \"%s\" already exists",
                          what, name);
}

static int missing(const struct td_replaying *p, const char *sqlstate, const char *what, const char *name)
{
    return td_replay_fail(p, td_replay_place(p, -1, name), TD_C_SCHEMA_MISSING, sqlstate, "%s \"%s\" does not exist",
                          what, name);
}

static int missing_part(const struct td_replaying *p, const char *what, const char *name, const struct td_table *t)
{
    return td_replay_fail(p, td_replay_place(p, -1, name), TD_C_SCHEMA_MISSING, "42704",
                          "%s \"%s\" for table \"%s\" does not exist", what, name, t->name);
}

static void rename_in_children(const struct td_replaying *p, const struct td_table *t, const char *old,
                               const char *name)
{
    for (size_t i = 0; i < p->c->tables.len; i++) {
        struct td_table *child = p->c->tables.at[i];
        struct td_column *c = child->parent == t ? td_table_column(child, old) : NULL;
        if (c != NULL && c->inherited)
            td_rewrite_column(p, child, c, name);
    }
}

struct using_search {
    const struct td_column *column;
    bool found;
};

static void on_using(PgQuery__JoinExpr *join, const char *name, struct td_table *t, struct td_column *c, void *data)
{
    struct using_search *s = data;
    (void)join;
    (void)name;
    (void)t;
    s->found = s->found || c == s->column;
}

/* JOIN ... USING (c) and NATURAL JOIN need the same name on both sides: a tree cannot follow the rename of one. */
static int views_can_follow(const struct td_replaying *p, const struct td_column *c)
{
    for (size_t i = 0; i < p->c->tables.len; i++) {
        const struct td_table *view = p->c->tables.at[i];
        struct using_search search = {c, false};
        const struct td_scope_hooks hooks = {.on_using = on_using, .data = &search};
        struct td_scope_result ignored = {0};
        bool reads = false;
        for (size_t j = 0; view->query != NULL && j < view->uses.len; j++)
            reads = reads || view->uses.at[j].column == c;
        if (reads)
            td_scope_query(p, (PgQuery__Node *)view->query, &hooks, &ignored);
        if (search.found)
            return td_replay_refuse(p, td_replay_place(p, -1, c->name),
                                    "column \"%s\" is renamed while the view \"%s\" joins by its name", c->name,
                                    view->name);
    }
    return TD_OK;
}

static int rename_column(const struct td_replaying *p, const PgQuery__RenameStmt *s)
{
    struct td_table *t;
    int rc = td_replay_find_table(p, s->relation, s->missing_ok, &t);
    if (rc != TD_OK || t == NULL)
        return rc;
    struct td_column *col = td_table_column(t, s->subname);
    if (col == NULL)
        return td_replay_fail(p, td_replay_place(p, -1, s->subname), TD_C_SCHEMA_MISSING, "42703",
                              "column \"%s\" does not exist", s->subname);
    if (td_table_column(t, s->newname) != NULL)
        return td_replay_fail(p, td_replay_place(p, -1, s->newname), TD_C_SCHEMA_EXISTS, "42701",
                              "column \"%s\" of relation \"%s\" already exists", s->newname, t->name);
    rc = views_can_follow(p, col);
    if (rc != TD_OK)
        return rc;
    const char *old = col->name;
    td_rewrite_column(p, t, col, s->newname);
    rename_in_children(p, t, old, s->newname);
    return TD_OK;
}

static int rename_constraint(const struct td_replaying *p, const PgQuery__RenameStmt *s)
{
    struct td_table *t;
    int rc = td_replay_find_table(p, s->relation, s->missing_ok, &t);
    if (rc != TD_OK || t == NULL)
        return rc;
    struct td_constraint *k = td_table_constraint(t, s->subname);
    if (k == NULL)
        return td_replay_fail(p, td_replay_place(p, -1, s->subname), TD_C_SCHEMA_MISSING, "42704",
                              "constraint \"%s\" for table \"%s\" does not exist", s->subname, t->name);
    if (td_constraint_has_index(k))
        rc = td_replay_relation_free(p, t->schema, s->newname, td_replay_place(p, -1, s->newname));
    if (rc == TD_OK && td_table_constraint(t, s->newname) != NULL)
        rc = td_replay_fail(p, td_replay_place(p, -1, s->newname), TD_C_SCHEMA_EXISTS, "42710",
                            "constraint \"%s\" for relation \"%s\" already exists", s->newname, t->name);
    if (rc == TD_OK)
        td_table_rename_constraint(p->c, t, k, s->newname);
    return rc;
}

/* ALTER TABLE renames views, indexes and sequences too: what it is decides. */
static int rename_relation(const struct td_replaying *p, const PgQuery__RenameStmt *s)
{
    const PgQuery__RangeVar *rv = s->relation;
    const struct td_relation *r = td_catalog_find(p->c, td_replay_text(rv->schemaname), rv->relname);
    if (r == NULL)
        return s->missing_ok ? TD_OK
                             : td_replay_fail(p, rv->location, TD_C_SCHEMA_MISSING, "42P01",
                                              "relation \"%s\" does not exist", rv->relname);
    const char *schema = r->table != NULL ? r->table->schema : r->sequence->schema;
    int rc = td_replay_relation_free(p, schema, s->newname, td_replay_place(p, -1, s->newname));
    if (rc != TD_OK)
        return rc;
    switch (r->entry) {
    case TD_REL_TABLE: td_rewrite_table(p, r->table, schema, s->newname); break;
    case TD_REL_SEQUENCE: td_rewrite_sequence(p, r->sequence, schema, s->newname); break;
    case TD_REL_INDEX: td_table_rename_index(p->c, r->table, r->index, s->newname); break;
    case TD_REL_CONSTRAINT: td_table_rename_constraint(p->c, r->table, r->constraint, s->newname); break;
    }
    return TD_OK;
}

static int rename_type(const struct td_replaying *p, const PgQuery__RenameStmt *s)
{
    const PgQuery__List *l = s->object->list;
    struct td_user_type *u;
    int rc = td_replay_find_type(p, l->items, l->n_items, false, -1, &u);
    if (rc != TD_OK)
        return rc;
    if (td_catalog_type(p->c, u->schema, s->newname) != NULL || td_catalog_table(p->c, u->schema, s->newname) != NULL)
        return exists_already(p, "42710", "type", s->newname);
    td_rewrite_type(p, u, u->schema, s->newname);
    return TD_OK;
}

static int rename_domain_check(const struct td_replaying *p, const PgQuery__RenameStmt *s)
{
    const PgQuery__List *l = s->object->list;
    struct td_user_type *u;
    int rc = td_replay_find_type(p, l->items, l->n_items, false, -1, &u);
    for (size_t i = 0; rc == TD_OK && i < u->checks.len; i++) {
        if (strcmp(u->checks.at[i].name, s->subname) != 0)
            continue;
        td_keep_vec(p->c, &u->checks);
        u->checks.at[i].name = s->newname;
        return TD_OK;
    }
    return rc != TD_OK ? rc : missing(p, "42704", "constraint", s->subname);
}

static int rename_trigger(const struct td_replaying *p, const PgQuery__RenameStmt *s)
{
    struct td_table *t;
    int rc = td_replay_find_table(p, s->relation, s->missing_ok, &t);
    if (rc != TD_OK || t == NULL)
        return rc;
    struct td_trigger *tr = td_table_trigger(t, s->subname);
    if (tr == NULL)
        return missing_part(p, "trigger", s->subname, t);
    if (td_table_trigger(t, s->newname) != NULL)
        return exists_already(p, "42710", "trigger", s->newname);
    td_keep(p->c, tr);
    tr->name = s->newname;
    return TD_OK;
}

static int rename_policy(const struct td_replaying *p, const PgQuery__RenameStmt *s)
{
    struct td_table *t;
    int rc = td_replay_find_table(p, s->relation, s->missing_ok, &t);
    for (size_t i = 0; rc == TD_OK && t != NULL && i < t->policies.len; i++) {
        if (strcmp(t->policies.at[i]->name, s->subname) != 0)
            continue;
        td_keep(p->c, t->policies.at[i]);
        t->policies.at[i]->name = s->newname;
        return TD_OK;
    }
    return rc != TD_OK || t == NULL ? rc : missing_part(p, "policy", s->subname, t);
}

static int rename_function(const struct td_replaying *p, const PgQuery__RenameStmt *s)
{
    struct td_function *f;
    if (s->object->node_case != PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS)
        return TD_OK;
    int rc = td_replay_find_function(p, s->object->object_with_args, false, "function", &f);
    if (rc == TD_OK && f != NULL)
        td_rewrite_function(p, f, f->schema, s->newname);
    return rc;
}

/* ---- schemas ---- */

static void move_table(const struct td_replaying *p, struct td_table *t, const char *schema)
{
    for (size_t i = 0; i < p->c->sequences.len; i++) {
        struct td_sequence *s = p->c->sequences.at[i];
        if (s->owner == t && strcmp(s->schema, schema) != 0)
            td_rewrite_sequence(p, s, schema, s->name);
    }
    td_rewrite_table(p, t, schema, t->name);
}

static void move_all(const struct td_replaying *p, const char *from, const char *to)
{
    const struct td_catalog *c = p->c;
    for (size_t i = 0; i < c->sequences.len; i++)
        if (strcmp(c->sequences.at[i]->schema, from) == 0)
            td_rewrite_sequence(p, c->sequences.at[i], to, c->sequences.at[i]->name);
    for (size_t i = 0; i < c->tables.len; i++)
        if (strcmp(c->tables.at[i]->schema, from) == 0)
            td_rewrite_table(p, c->tables.at[i], to, c->tables.at[i]->name);
    for (size_t i = 0; i < c->types.len; i++)
        if (strcmp(c->types.at[i]->schema, from) == 0)
            td_rewrite_type(p, c->types.at[i], to, c->types.at[i]->name);
    for (size_t i = 0; i < c->functions.len; i++)
        if (strcmp(c->functions.at[i]->schema, from) == 0)
            td_rewrite_function(p, c->functions.at[i], to, c->functions.at[i]->name);
}

static int rename_schema(const struct td_replaying *p, const PgQuery__RenameStmt *s)
{
    if (!td_catalog_has_schema(p->c, s->subname))
        return missing(p, "3F000", "schema", s->subname);
    if (td_catalog_has_schema(p->c, s->newname))
        return exists_already(p, "42P06", "schema", s->newname);
    const char *name = td_arena_strdup(p->a, s->newname);
    td_keep_vec(p->c, &p->c->schemas);
    for (size_t i = 0; i < p->c->schemas.len; i++)
        if (strcmp(p->c->schemas.at[i], s->subname) == 0)
            p->c->schemas.at[i] = name;
    move_all(p, s->subname, name);
    return TD_OK;
}

int td_replay_rename(const struct td_replaying *p, const PgQuery__RenameStmt *s)
{
    switch (s->rename_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN: return rename_column(p, s);
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT: return rename_constraint(p, s);
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX: return rename_relation(p, s);
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN: return rename_type(p, s);
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMCONSTRAINT: return rename_domain_check(p, s);
    case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER: return rename_trigger(p, s);
    case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY: return rename_policy(p, s);
    case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
    case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE: return rename_function(p, s);
    case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA: return rename_schema(p, s);
    default: return TD_OK; /* roles, rules, attributes of composite types: the catalog does not know them */
    }
}

static int move_relation(const struct td_replaying *p, const PgQuery__AlterObjectSchemaStmt *s, const char *schema)
{
    const PgQuery__RangeVar *rv = s->relation;
    const struct td_relation *r = td_catalog_find(p->c, td_replay_text(rv->schemaname), rv->relname);
    if (r == NULL)
        return s->missing_ok ? TD_OK
                             : td_replay_fail(p, rv->location, TD_C_SCHEMA_MISSING, "42P01",
                                              "relation \"%s\" does not exist", rv->relname);
    int rc = td_replay_relation_free(p, schema, rv->relname, rv->location);
    if (rc != TD_OK)
        return rc;
    if (r->entry == TD_REL_TABLE)
        move_table(p, r->table, schema);
    else if (r->entry == TD_REL_SEQUENCE)
        td_rewrite_sequence(p, r->sequence, schema, r->sequence->name);
    return TD_OK;
}

int td_replay_set_schema(const struct td_replaying *p, const PgQuery__AlterObjectSchemaStmt *s)
{
    const char *schema;
    int rc = td_replay_new_schema(p, s->newschema, false, td_replay_place(p, -1, s->newschema), &schema);
    if (rc != TD_OK)
        return rc;
    if (s->relation != NULL)
        return move_relation(p, s, schema);
    if (s->object_type == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE ||
        s->object_type == PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN) {
        struct td_user_type *u;
        rc = td_replay_find_type(p, s->object->list->items, s->object->list->n_items, s->missing_ok, -1, &u);
        if (rc == TD_OK && u != NULL)
            td_rewrite_type(p, u, schema, u->name);
    } else if (s->object->node_case == PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS) {
        struct td_function *f;
        rc = td_replay_find_function(p, s->object->object_with_args, s->missing_ok, "function", &f);
        if (rc == TD_OK && f != NULL)
            td_rewrite_function(p, f, schema, f->name);
    }
    return rc;
}
