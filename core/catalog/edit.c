#include "core/catalog/edit.h"

#include <string.h>

#include "core/catalog/key.h"

/* ---- what a rollback needs, newest first ---- */

struct td_undo {
    struct td_undo *older;
    void *p; /* bytes to put back, or: */
    size_t size;
    const void *bytes;
    struct td_map *map; /* a map's entry */
    const char *key;
};

static struct td_undo *note(struct td_catalog *c)
{
    struct td_undo *u = td_arena_new(c->arena, struct td_undo);
    u->older = c->undo;
    c->undo = u;
    return u;
}

void td_catalog_keep(struct td_catalog *c, void *p, size_t size)
{
    if (!c->recording || size == 0)
        return;
    struct td_undo *u = note(c);
    u->p = p;
    u->size = size;
    u->bytes = td_arena_dup(c->arena, p, size);
}

static void put(struct td_catalog *c, struct td_map *map, const char *key, void *value)
{
    if (c->recording) {
        struct td_undo *u = note(c);
        u->map = map;
        u->key = key;
        u->bytes = td_map_get(map, key);
    }
    td_map_put(c->arena, map, key, value);
}

struct td_undo *td_catalog_begin(struct td_catalog *c)
{
    struct td_undo *mark = td_arena_new(c->arena, struct td_undo);
    mark->older = c->undo;
    mark->size = c->recording; /* what to go back to */
    c->undo = mark;
    c->recording = true;
    return mark;
}

void td_catalog_commit(struct td_catalog *c, struct td_undo *mark)
{
    c->recording = mark->size != 0;
    if (!c->recording)
        c->undo = NULL;
}

void td_catalog_rollback(struct td_catalog *c, struct td_undo *mark)
{
    for (struct td_undo *u = c->undo; u != mark; u = u->older) {
        if (u->map != NULL)
            td_map_put(c->arena, u->map, u->key, (void *)u->bytes);
        else if (u->p != NULL)
            memcpy(u->p, u->bytes, u->size);
    }
    c->undo = mark->older;
    c->recording = mark->size != 0;
}

/* ---- objects and their names ---- */

unsigned td_catalog_next_id(struct td_catalog *c)
{
    return ++c->next_id;
}

enum { FOLDED_SIZE = 256 };

/* ASCII letters alone, as SQLite does. False: too long, which no name of PostgreSQL's is. */
static bool fold(const char *name, char out[FOLDED_SIZE])
{
    size_t n = 0;
    for (; name[n] != '\0' && n + 1 < FOLDED_SIZE; n++)
        out[n] = (char)(name[n] >= 'A' && name[n] <= 'Z' ? name[n] + ('a' - 'A') : name[n]);
    out[n] = '\0';
    return name[n] == '\0';
}

/* Counts up only, so that a rollback has nothing to take back. */
static void count_name(struct td_catalog *c, const char *name)
{
    char folded[FOLDED_SIZE];
    if (!fold(name, folded))
        return;
    size_t *times = td_map_get(&c->folded, folded);
    if (times == NULL) {
        times = td_arena_new(c->arena, size_t);
        td_map_put(c->arena, &c->folded, td_arena_strdup(c->arena, folded), times);
    }
    ++*times;
}

bool td_catalog_name_is_single(const struct td_catalog *c, const char *name)
{
    char folded[FOLDED_SIZE];
    const size_t *times = fold(name, folded) ? td_map_get(&c->folded, folded) : NULL;
    return times != NULL && *times == 1;
}

bool td_catalog_name_is_unknown(const struct td_catalog *c, const char *name)
{
    char folded[FOLDED_SIZE];
    return fold(name, folded) && td_map_get(&c->folded, folded) == NULL;
}

static void enter(struct td_catalog *c, const char *schema, const char *name, struct td_relation r)
{
    struct td_relation *kept = td_arena_new(c->arena, struct td_relation);
    *kept = r;
    count_name(c, name);
    put(c, &c->relations, td_key_make(c->arena, schema, name), kept);
}

static void forget(struct td_catalog *c, const char *schema, const char *name)
{
    put(c, &c->relations, td_key_make(c->arena, schema, name), NULL);
}

bool td_constraint_has_index(const struct td_constraint *k)
{
    return k->kind == TD_K_PRIMARY || k->kind == TD_K_UNIQUE || k->kind == TD_K_EXCLUDE;
}

bool td_columns_has(const struct td_columns *v, const struct td_column *c)
{
    for (size_t i = 0; i < v->len; i++)
        if (v->at[i] == c)
            return true;
    return false;
}

/* Names come only, so that a rollback has nothing to take back. */
static void note_constraint(struct td_catalog *c, const char *name)
{
    if (name != NULL)
        td_map_put(c->arena, &c->constraint_names, name, c);
}

bool td_catalog_constraint_is_unknown(const struct td_catalog *c, const char *name)
{
    return td_map_get(&c->constraint_names, name) == NULL;
}

static void enter_constraint(struct td_catalog *c, struct td_table *t, struct td_constraint *k)
{
    note_constraint(c, k->name);
    if (td_constraint_has_index(k))
        enter(c, t->schema, k->name, (struct td_relation){TD_REL_CONSTRAINT, .table = t, .constraint = k});
}

static void enter_index(struct td_catalog *c, struct td_table *t, struct td_index *ix)
{
    enter(c, t->schema, ix->name, (struct td_relation){TD_REL_INDEX, .table = t, .index = ix});
}

static void enter_all(struct td_catalog *c, struct td_table *t)
{
    enter(c, t->schema, t->name, (struct td_relation){TD_REL_TABLE, .table = t});
    for (size_t i = 0; i < t->constraints.len; i++)
        enter_constraint(c, t, t->constraints.at[i]);
    for (size_t i = 0; i < t->indexes.len; i++)
        enter_index(c, t, t->indexes.at[i]);
}

static void forget_all(struct td_catalog *c, const struct td_table *t)
{
    forget(c, t->schema, t->name);
    for (size_t i = 0; i < t->constraints.len; i++)
        if (td_constraint_has_index(t->constraints.at[i]))
            forget(c, t->schema, t->constraints.at[i]->name);
    for (size_t i = 0; i < t->indexes.len; i++)
        forget(c, t->schema, t->indexes.at[i]->name);
}

void td_catalog_add_table(struct td_catalog *c, struct td_table *t)
{
    TD_ASSERT(c->tables.len == 0 || c->tables.at[c->tables.len - 1]->id < t->id); /* td_catalog_table_by_id */
    *td_edit_add(c, &c->tables) = t;
    enter_all(c, t);
}

void td_catalog_remove_table(struct td_catalog *c, struct td_table *t)
{
    forget_all(c, t);
    td_edit_drop(c, &c->tables, t);
}

void td_catalog_rename_table(struct td_catalog *c, struct td_table *t, const char *schema, const char *name)
{
    forget_all(c, t);
    td_keep(c, t);
    t->schema = schema;
    t->name = name;
    enter_all(c, t);
}

void td_catalog_add_sequence(struct td_catalog *c, struct td_sequence *s)
{
    *td_edit_add(c, &c->sequences) = s;
    enter(c, s->schema, s->name, (struct td_relation){TD_REL_SEQUENCE, .sequence = s});
}

void td_catalog_remove_sequence(struct td_catalog *c, struct td_sequence *s)
{
    forget(c, s->schema, s->name);
    td_edit_drop(c, &c->sequences, s);
}

void td_catalog_rename_sequence(struct td_catalog *c, struct td_sequence *s, const char *schema, const char *name)
{
    forget(c, s->schema, s->name);
    td_keep(c, s);
    s->schema = schema;
    s->name = name;
    enter(c, schema, name, (struct td_relation){TD_REL_SEQUENCE, .sequence = s});
}

void td_catalog_add_type(struct td_catalog *c, struct td_user_type *t)
{
    *td_edit_add(c, &c->types) = t;
    put(c, &c->type_names, td_key_make(c->arena, t->schema, t->name), t);
}

void td_catalog_remove_type(struct td_catalog *c, struct td_user_type *t)
{
    put(c, &c->type_names, td_key_make(c->arena, t->schema, t->name), NULL);
    td_edit_drop(c, &c->types, t);
}

void td_catalog_rename_type(struct td_catalog *c, struct td_user_type *t, const char *schema, const char *name)
{
    put(c, &c->type_names, td_key_make(c->arena, t->schema, t->name), NULL);
    td_keep(c, t);
    t->schema = schema;
    t->name = name;
    put(c, &c->type_names, td_key_make(c->arena, schema, name), t);
}

void td_table_add_constraint(struct td_catalog *c, struct td_table *t, struct td_constraint *k)
{
    *td_edit_add(c, &t->constraints) = k;
    enter_constraint(c, t, k);
}

void td_table_remove_constraint(struct td_catalog *c, struct td_table *t, struct td_constraint *k)
{
    if (td_constraint_has_index(k))
        forget(c, t->schema, k->name);
    td_edit_drop(c, &t->constraints, k);
}

void td_table_rename_constraint(struct td_catalog *c, struct td_table *t, struct td_constraint *k, const char *name)
{
    if (td_constraint_has_index(k))
        forget(c, t->schema, k->name);
    td_keep(c, k);
    k->name = name;
    enter_constraint(c, t, k);
}

void td_table_add_index(struct td_catalog *c, struct td_table *t, struct td_index *ix)
{
    *td_edit_add(c, &t->indexes) = ix;
    enter_index(c, t, ix);
}

void td_table_remove_index(struct td_catalog *c, struct td_table *t, struct td_index *ix)
{
    forget(c, t->schema, ix->name);
    td_edit_drop(c, &t->indexes, ix);
}

void td_table_rename_index(struct td_catalog *c, struct td_table *t, struct td_index *ix, const char *name)
{
    forget(c, t->schema, ix->name);
    td_keep(c, ix);
    ix->name = name;
    enter_index(c, t, ix);
}
