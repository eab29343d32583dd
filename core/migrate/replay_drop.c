/* DROP ... of everything that the catalog knows. */
#include <string.h>

#include "core/migrate/replay_impl.h"

struct dropping {
    const struct td_replaying *p;
    const PgQuery__DropStmt *s;
    struct td_objects objects;
};

static void want(struct dropping *d, enum td_object_kind kind, struct td_table *t, void *it)
{
    *td_vec_add(d->p->a, &d->objects) = (struct td_object){.kind = kind, .table = t, .it = it};
}

static int missing(struct dropping *d, const char *word, const char *name, const char *sqlstate)
{
    if (d->s->missing_ok)
        return TD_OK;
    return td_replay_fail(d->p, td_replay_place(d->p, -1, name), TD_C_SCHEMA_MISSING, sqlstate,
                          "%s \"%s\" does not exist", word, name);
}

static int missing_part(struct dropping *d, const char *word, const char *name, const struct td_table *t)
{
    if (d->s->missing_ok)
        return TD_OK;
    return td_replay_fail(d->p, td_replay_place(d->p, -1, name), TD_C_SCHEMA_MISSING, "42704",
                          "%s \"%s\" for table \"%s\" does not exist", word, name, t->name);
}

static int wrong_kind(struct dropping *d, const char *name, const char *word)
{
    return td_replay_fail(d->p, td_replay_place(d->p, -1, name), TD_C_SCHEMA_INVALID, "42809", "\"%s\" is not %s", name,
                          word);
}

static void names_of(const PgQuery__Node *object, const char **schema, const char **name)
{
    *schema = NULL;
    if (object->node_case == PG_QUERY__NODE__NODE_LIST)
        *name = td_tree_name(object->list->items, object->list->n_items, schema);
    else if (object->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
        *name = td_tree_name(object->type_name->names, object->type_name->n_names, schema);
    else
        *name = td_tree_string(object);
}

static int drop_relation(struct dropping *d, const PgQuery__Node *object, enum td_relation_kind kind)
{
    const char *schema, *name;
    names_of(object, &schema, &name);
    const struct td_relation *r = td_catalog_find(d->p->c, schema, name);
    const char *word = kind == TD_R_VIEW ? "view" : kind == TD_R_MATVIEW ? "materialized view" : "table";
    if (r == NULL)
        return missing(d, word, name, "42P01");
    bool view = r->entry == TD_REL_TABLE && r->table->kind == TD_R_VIEW;
    bool matview = r->entry == TD_REL_TABLE && r->table->kind == TD_R_MATVIEW;
    bool fits = kind == TD_R_VIEW ? view : kind == TD_R_MATVIEW ? matview : !view && !matview;
    if (r->entry != TD_REL_TABLE || !fits)
        return wrong_kind(d, name,
                          kind == TD_R_VIEW      ? "a view"
                          : kind == TD_R_MATVIEW ? "a materialized view"
                                                 : "a table");
    want(d, TD_O_TABLE, r->table, NULL);
    return TD_OK;
}

static int drop_sequence(struct dropping *d, const PgQuery__Node *object)
{
    const char *schema, *name;
    names_of(object, &schema, &name);
    struct td_sequence *s = td_catalog_sequence(d->p->c, schema, name);
    if (s == NULL)
        return missing(d, "sequence", name, "42P01");
    want(d, TD_O_SEQUENCE, NULL, s);
    return TD_OK;
}

static int drop_index(struct dropping *d, const PgQuery__Node *object)
{
    const char *schema, *name;
    names_of(object, &schema, &name);
    struct td_table *t;
    struct td_constraint *k;
    struct td_index *ix = td_catalog_index(d->p->c, schema, name, &t, &k);
    if (k != NULL) {
        td_replay_fail(d->p, td_replay_place(d->p, -1, name), TD_C_SCHEMA_DEPENDS, "2BP01",
                       "cannot drop index %s because constraint %s on table %s requires it", name, k->name, t->name);
        return td_err_next(d->p->err, "Write ALTER TABLE \"%s\" DROP CONSTRAINT \"%s\" instead.", t->name, k->name);
    }
    if (ix == NULL)
        return td_catalog_find(d->p->c, schema, name) != NULL ? wrong_kind(d, name, "an index")
                                                              : missing(d, "index", name, "42704");
    want(d, TD_O_INDEX, t, ix);
    return TD_OK;
}

static int drop_type(struct dropping *d, const PgQuery__Node *object, bool domain)
{
    const char *schema, *name;
    names_of(object, &schema, &name);
    struct td_user_type *u = td_catalog_type(d->p->c, schema, name);
    if (u == NULL)
        return missing(d, "type", name, "42704");
    if (domain && u->kind != TD_UT_DOMAIN)
        return wrong_kind(d, name, "a domain");
    want(d, TD_O_TYPE, NULL, u);
    return TD_OK;
}

/* The table is the list's first names, the trigger, policy or rule its last. */
static int table_of_part(struct dropping *d, const PgQuery__Node *object, struct td_table **t, const char **part)
{
    PgQuery__List *l = object->list;
    const char *schema, *name = td_tree_name(l->items, l->n_items - 1, &schema);
    *part = td_tree_string(l->items[l->n_items - 1]);
    *t = td_catalog_table(d->p->c, schema, name);
    return *t == NULL ? missing(d, "relation", name, "42P01") : TD_OK;
}

static int drop_part(struct dropping *d, const PgQuery__Node *object, bool policy)
{
    struct td_table *t;
    const char *name;
    int rc = table_of_part(d, object, &t, &name);
    if (rc != TD_OK || t == NULL)
        return rc;
    if (!policy) {
        struct td_trigger *tr = td_table_trigger(t, name);
        if (tr != NULL)
            want(d, TD_O_TRIGGER, t, tr);
        return tr != NULL ? TD_OK : missing_part(d, "trigger", name, t);
    }
    for (size_t i = 0; i < t->policies.len; i++) {
        if (strcmp(t->policies.at[i]->name, name) == 0) {
            want(d, TD_O_POLICY, t, t->policies.at[i]);
            return TD_OK;
        }
    }
    return missing_part(d, "policy", name, t);
}

static int drop_function(struct dropping *d, const PgQuery__Node *object, const char *word)
{
    if (object->node_case != PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS)
        return TD_OK;
    struct td_function *f;
    int rc = td_replay_find_function(d->p, object->object_with_args, d->s->missing_ok, word, &f);
    if (rc == TD_OK && f != NULL)
        want(d, TD_O_FUNCTION, NULL, f);
    return rc;
}

static bool in_schema(const char *schema, const char *name)
{
    return strcmp(schema, name) == 0;
}

static int drop_schema(struct dropping *d, const PgQuery__Node *object)
{
    struct td_catalog *c = d->p->c;
    const char *schema, *name;
    names_of(object, &schema, &name);
    if (!td_catalog_has_schema(c, name))
        return missing(d, "schema", name, "3F000");
    struct td_objects inside = {0}, outside = d->objects;
    d->objects = inside;
    for (size_t i = 0; i < c->tables.len; i++)
        if (in_schema(c->tables.at[i]->schema, name))
            want(d, TD_O_TABLE, c->tables.at[i], NULL);
    for (size_t i = 0; i < c->types.len; i++)
        if (in_schema(c->types.at[i]->schema, name))
            want(d, TD_O_TYPE, NULL, c->types.at[i]);
    for (size_t i = 0; i < c->sequences.len; i++)
        if (in_schema(c->sequences.at[i]->schema, name))
            want(d, TD_O_SEQUENCE, NULL, c->sequences.at[i]);
    for (size_t i = 0; i < c->functions.len; i++)
        if (in_schema(c->functions.at[i]->schema, name))
            want(d, TD_O_FUNCTION, NULL, c->functions.at[i]);
    inside = d->objects;
    d->objects = outside;
    if (inside.len > 0 && d->s->behavior != PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE)
        return td_replay_fail(d->p, td_replay_place(d->p, -1, name), TD_C_SCHEMA_DEPENDS, "2BP01",
                              "cannot drop schema %s because other objects depend on it", name);
    int rc = td_replay_drop_objects(d->p, &inside, true, -1);
    for (size_t i = 0; rc == TD_OK && i < c->schemas.len; i++)
        if (strcmp(c->schemas.at[i], name) == 0) {
            td_edit_remove(c, &c->schemas, i);
            break;
        }
    return rc;
}

static int drop_extension(struct dropping *d, const PgQuery__Node *object)
{
    struct td_catalog *c = d->p->c;
    const char *name = td_tree_string(object);
    for (size_t i = 0; i < c->extensions.len; i++)
        if (strcmp(c->extensions.at[i].name, name) == 0) {
            td_edit_remove(c, &c->extensions, i);
            return TD_OK;
        }
    return missing(d, "extension", name, "42704");
}

static int one(struct dropping *d, const PgQuery__Node *object)
{
    switch (d->s->remove_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE: return drop_relation(d, object, TD_R_TABLE);
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW: return drop_relation(d, object, TD_R_VIEW);
    case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW: return drop_relation(d, object, TD_R_MATVIEW);
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE: return drop_sequence(d, object);
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX: return drop_index(d, object);
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE: return drop_type(d, object, false);
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN: return drop_type(d, object, true);
    case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER: return drop_part(d, object, false);
    case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY: return drop_part(d, object, true);
    case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
    case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE: return drop_function(d, object, "function");
    case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE: return drop_function(d, object, "procedure");
    case PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE: return drop_function(d, object, "aggregate");
    case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA: return drop_schema(d, object);
    case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION: return drop_extension(d, object);
    default: return TD_OK; /* rules, casts, operators...: the catalog does not know them */
    }
}

int td_replay_drop(const struct td_replaying *p, const PgQuery__DropStmt *s)
{
    struct dropping d = {.p = p, .s = s};
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < s->n_objects; i++)
        rc = one(&d, s->objects[i]);
    if (rc != TD_OK || d.objects.len == 0)
        return rc;
    return td_replay_drop_objects(p, &d.objects, s->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE, -1);
}
