/* Comments, the search path, schemas, extensions. */
#include <string.h>
#include <strings.h>

#include "core/migrate/replay_impl.h"
#include "core/migrate/setting.h"

/* ---- COMMENT ON ---- */

struct commented {
    const struct td_replaying *p;
    const PgQuery__CommentStmt *s;
    const char *schema, *name; /* of the object, or of the table that it hangs on */
    const char *part;          /* column, constraint, trigger, policy */
};

static void split_name(struct commented *c, bool has_part)
{
    const PgQuery__Node *o = c->s->object;
    if (o->node_case == PG_QUERY__NODE__NODE_LIST) {
        size_t n = o->list->n_items;
        if (has_part && n > 0)
            c->part = td_tree_string(o->list->items[--n]);
        c->name = n == 0 ? "" : td_tree_name(o->list->items, n, &c->schema);
    } else if (o->node_case == PG_QUERY__NODE__NODE_TYPE_NAME) {
        c->name = td_tree_name(o->type_name->names, o->type_name->n_names, &c->schema);
    } else if (o->node_case == PG_QUERY__NODE__NODE_STRING) {
        c->name = o->string->sval;
    }
}

static int not_there(const struct commented *c, const char *sqlstate, const char *what, const char *name)
{
    return td_replay_fail(c->p, td_replay_place(c->p, -1, name), TD_C_SCHEMA_MISSING, sqlstate,
                          "%s \"%s\" does not exist", what, name);
}

static int set(const struct commented *c, const char **slot)
{
    td_keep(c->p->c, slot);
    *slot = td_replay_text(c->s->comment);
    return TD_OK;
}

static int on_relation(struct commented *c)
{
    split_name(c, false);
    const struct td_relation *r = td_catalog_find(c->p->c, c->schema, c->name);
    if (r == NULL)
        return not_there(c, "42P01", "relation", c->name);
    switch (r->entry) {
    case TD_REL_TABLE: return set(c, &r->table->comment);
    case TD_REL_SEQUENCE: return set(c, &r->sequence->comment);
    case TD_REL_INDEX: return set(c, &r->index->comment);
    default: return TD_OK;
    }
}

static int on_part(struct commented *c)
{
    split_name(c, true);
    struct td_table *t = td_catalog_table(c->p->c, c->schema, c->name);
    if (t == NULL)
        return not_there(c, "42P01", "relation", c->name);
    if (c->s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN) {
        struct td_column *col = td_table_column(t, c->part);
        int rc = col == NULL ? td_replay_find_column(c->p, t, c->part, -1, &col) : TD_OK;
        return rc == TD_OK ? set(c, &col->comment) : rc;
    }
    if (c->s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT) {
        struct td_constraint *k = td_table_constraint(t, c->part);
        return k != NULL ? set(c, &k->comment) : not_there(c, "42704", "constraint", c->part);
    }
    if (c->s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER) {
        struct td_trigger *tr = td_table_trigger(t, c->part);
        return tr != NULL ? set(c, &tr->comment) : not_there(c, "42704", "trigger", c->part);
    }
    for (size_t i = 0; i < t->policies.len; i++)
        if (strcmp(t->policies.at[i]->name, c->part) == 0)
            return set(c, &t->policies.at[i]->comment);
    return not_there(c, "42704", "policy", c->part);
}

static int on_type(struct commented *c)
{
    split_name(c, false);
    struct td_user_type *u = td_catalog_type(c->p->c, c->schema, c->name);
    return u != NULL ? set(c, &u->comment) : not_there(c, "42704", "type", c->name);
}

static int on_function(struct commented *c)
{
    struct td_function *f;
    if (c->s->object->node_case != PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS)
        return TD_OK;
    int rc = td_replay_find_function(c->p, c->s->object->object_with_args, false, "function", &f);
    return rc == TD_OK && f != NULL ? set(c, &f->comment) : rc;
}

int td_replay_comment(const struct td_replaying *p, const PgQuery__CommentStmt *s)
{
    struct commented c = {.p = p, .s = s};
    switch (s->objtype) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX: return on_relation(&c);
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
    case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER:
    case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY: return on_part(&c);
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN: return on_type(&c);
    case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
    case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE: return on_function(&c);
    default: return TD_OK;
    }
}

/* ---- SET search_path ---- */

static void set_path(const struct td_replaying *p, const struct td_setting *s)
{
    td_keep(p->c, &p->c->search_path);
    memset(&p->c->search_path, 0, sizeof p->c->search_path);
    if (s == NULL || s->value == NULL)
        td_strings_add(p->a, &p->c->search_path, "public");
    for (size_t i = 0; s != NULL && i < s->list.len; i++)
        if (td_catalog_has_schema(p->c, s->list.at[i])) /* others are passed over, as in PostgreSQL */
            td_strings_add(p->a, &p->c->search_path, s->list.at[i]);
}

int td_replay_setting(const struct td_replaying *p, const PgQuery__Node *n)
{
    struct td_settings made;
    td_settings_of(p->a, n, &made);
    if (made.all)
        set_path(p, NULL);
    for (size_t i = 0; i < made.len; i++)
        if (strcasecmp(made.at[i].name, "search_path") == 0)
            set_path(p, &made.at[i]);
    return TD_OK;
}

/* ---- schemas and extensions ---- */

static int create_elements(const struct td_replaying *p, const PgQuery__CreateSchemaStmt *s, const char *schema)
{
    if (s->n_schema_elts == 0)
        return TD_OK;
    struct td_strings before = p->c->search_path;
    td_keep(p->c, &p->c->search_path);
    memset(&p->c->search_path, 0, sizeof p->c->search_path);
    td_strings_add(p->a, &p->c->search_path, schema);
    for (size_t i = 0; i < before.len; i++)
        td_strings_add(p->a, &p->c->search_path, before.at[i]);
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < s->n_schema_elts; i++)
        rc = td_replay_node(p, s->schema_elts[i]);
    p->c->search_path = before;
    return rc;
}

int td_replay_create_schema(const struct td_replaying *p, const PgQuery__CreateSchemaStmt *s)
{
    const char *name = td_replay_text(s->schemaname);
    if (name == NULL && s->authrole != NULL)
        name = s->authrole->rolename;
    if (td_catalog_has_schema(p->c, name)) {
        if (s->if_not_exists)
            return TD_OK;
        return td_replay_fail(p, td_replay_place(p, -1, name), TD_C_SCHEMA_EXISTS, "42P06",
                              "schema \"%s\" already exists", name);
    }
    *td_edit_add(p->c, &p->c->schemas) = td_arena_strdup(p->a, name);
    return create_elements(p, s, name);
}

int td_replay_create_extension(const struct td_replaying *p, const PgQuery__CreateExtensionStmt *s)
{
    if (td_catalog_extension(p->c, s->extname) != NULL) {
        if (s->if_not_exists)
            return TD_OK;
        return td_replay_fail(p, td_replay_place(p, -1, s->extname), TD_C_SCHEMA_EXISTS, "42710",
                              "extension \"%s\" already exists", s->extname);
    }
    struct td_extension *e = td_edit_add(p->c, &p->c->extensions);
    e->name = s->extname;
    e->schema = "public";
    for (size_t i = 0; i < s->n_options; i++) {
        const PgQuery__DefElem *d = s->options[i]->def_elem;
        if (strcmp(d->defname, "schema") == 0 && d->arg != NULL && td_tree_string(d->arg) != NULL)
            e->schema = td_tree_string(d->arg);
    }
    return TD_OK;
}
