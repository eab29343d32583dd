/* Finding things by name, as PostgreSQL's search path does it. */
#include <string.h>

#include "core/catalog/edit.h"
#include "core/catalog/key.h"

void td_catalog_init(struct td_catalog *c, struct td_arena *a)
{
    memset(c, 0, sizeof *c);
    c->arena = a;
    *td_vec_add(a, &c->schemas) = "public";
    td_strings_add(a, &c->search_path, "public");
}

const struct td_relation *td_catalog_relation(const struct td_catalog *c, const char *schema, const char *name)
{
    char key[TD_KEY_SIZE];
    return td_key_fill(key, schema, name) ? td_map_get(&c->relations, key) : NULL;
}

const struct td_relation *td_catalog_find(const struct td_catalog *c, const char *schema, const char *name)
{
    if (schema != NULL)
        return td_catalog_relation(c, schema, name);
    const struct td_relation *r = td_catalog_relation(c, "pg_temp", name);
    for (size_t i = 0; r == NULL && i < c->search_path.len; i++)
        r = td_catalog_relation(c, c->search_path.at[i], name);
    return r;
}

struct td_table *td_catalog_table(const struct td_catalog *c, const char *schema, const char *name)
{
    const struct td_relation *r = td_catalog_find(c, schema, name);
    return r != NULL && r->entry == TD_REL_TABLE ? r->table : NULL;
}

struct td_sequence *td_catalog_sequence(const struct td_catalog *c, const char *schema, const char *name)
{
    const struct td_relation *r = td_catalog_find(c, schema, name);
    return r != NULL && r->entry == TD_REL_SEQUENCE ? r->sequence : NULL;
}

struct td_index *td_catalog_index(const struct td_catalog *c, const char *schema, const char *name,
                                  struct td_table **table_out, struct td_constraint **constraint_out)
{
    const struct td_relation *r = td_catalog_find(c, schema, name);
    bool found = r != NULL && (r->entry == TD_REL_INDEX || r->entry == TD_REL_CONSTRAINT);
    if (table_out != NULL)
        *table_out = found ? r->table : NULL;
    if (constraint_out != NULL)
        *constraint_out = found ? r->constraint : NULL;
    return found ? r->index : NULL;
}

bool td_catalog_relation_name_taken(const struct td_catalog *c, const char *schema, const char *name)
{
    return td_catalog_relation(c, schema, name) != NULL;
}

static struct td_user_type *type_in(const struct td_catalog *c, const char *schema, const char *name)
{
    char key[TD_KEY_SIZE];
    return td_key_fill(key, schema, name) ? td_map_get(&c->type_names, key) : NULL;
}

struct td_user_type *td_catalog_type(const struct td_catalog *c, const char *schema, const char *name)
{
    if (schema != NULL)
        return type_in(c, schema, name);
    struct td_user_type *t = type_in(c, "pg_temp", name);
    for (size_t i = 0; t == NULL && i < c->search_path.len; i++)
        t = type_in(c, c->search_path.at[i], name);
    return t;
}

static struct td_function *function_in(const struct td_catalog *c, const char *schema, const char *name)
{
    for (size_t i = 0; i < c->functions.len; i++)
        if (strcmp(c->functions.at[i]->name, name) == 0 && strcmp(c->functions.at[i]->schema, schema) == 0)
            return c->functions.at[i];
    return NULL;
}

struct td_function *td_catalog_function(const struct td_catalog *c, const char *schema, const char *name)
{
    if (schema != NULL)
        return function_in(c, schema, name);
    struct td_function *f = NULL;
    for (size_t i = 0; f == NULL && i < c->search_path.len; i++)
        f = function_in(c, c->search_path.at[i], name);
    return f;
}

struct td_table *td_catalog_table_by_id(const struct td_catalog *c, unsigned id)
{
    size_t from = 0, to = c->tables.len; /* in order of creation, so of ids */
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (c->tables.at[mid]->id == id)
            return c->tables.at[mid];
        if (c->tables.at[mid]->id < id)
            from = mid + 1;
        else
            to = mid;
    }
    return NULL;
}

struct td_extension *td_catalog_extension(const struct td_catalog *c, const char *name)
{
    for (size_t i = 0; i < c->extensions.len; i++)
        if (strcmp(c->extensions.at[i].name, name) == 0)
            return &c->extensions.at[i];
    return NULL;
}

bool td_catalog_has_schema(const struct td_catalog *c, const char *name)
{
    for (size_t i = 0; i < c->schemas.len; i++)
        if (strcmp(c->schemas.at[i], name) == 0)
            return true;
    return false;
}

struct td_column *td_table_column(const struct td_table *t, const char *name)
{
    for (size_t i = 0; i < t->columns.len; i++)
        if (strcmp(t->columns.at[i]->name, name) == 0)
            return t->columns.at[i];
    return NULL;
}

struct td_column *td_table_column_by_id(const struct td_table *t, unsigned id)
{
    for (size_t i = 0; i < t->columns.len; i++)
        if (t->columns.at[i]->id == id)
            return t->columns.at[i];
    return NULL;
}

struct td_constraint *td_table_constraint(const struct td_table *t, const char *name)
{
    for (size_t i = 0; i < t->constraints.len; i++)
        if (strcmp(t->constraints.at[i]->name, name) == 0)
            return t->constraints.at[i];
    return NULL;
}

struct td_constraint *td_table_primary(const struct td_table *t)
{
    for (size_t i = 0; i < t->constraints.len; i++)
        if (t->constraints.at[i]->kind == TD_K_PRIMARY)
            return t->constraints.at[i];
    return NULL;
}

struct td_trigger *td_table_trigger(const struct td_table *t, const char *name)
{
    for (size_t i = 0; i < t->triggers.len; i++)
        if (strcmp(t->triggers.at[i]->name, name) == 0)
            return t->triggers.at[i];
    return NULL;
}

const struct PgQuery__Node *td_column_default(const struct td_column *c)
{
    if (c->default_ != NULL)
        return c->default_;
    return c->type.kind == TD_T_DOMAIN && c->type.dims == 0 ? c->type.user->default_ : NULL;
}

bool td_column_in_primary(const struct td_table *t, const struct td_column *c)
{
    const struct td_constraint *k = td_table_primary(t);
    return k != NULL && td_columns_has(&k->columns, c);
}
