#include <string.h>

#include "core/migrate/replay_impl.h"

static int add_key(const struct td_replaying *p, const struct td_table *t, const PgQuery__IndexElem *e,
                   struct td_index *ix)
{
    struct td_index_key *key = td_vec_add(p->a, &ix->keys);
    if (e->expr == NULL) {
        key->column = td_table_column(t, e->name);
        if (key->column == NULL)
            return td_replay_fail(p, td_replay_place(p, -1, e->name), TD_C_SCHEMA_MISSING, "42703",
                                  "column \"%s\" does not exist", e->name);
    } else {
        int rc = td_replay_bind(p, e->expr, t, NULL, &key->expr);
        if (rc != TD_OK)
            return rc;
    }
    key->opclass = e->n_opclass == 0 ? NULL : td_tree_name(e->opclass, e->n_opclass, NULL);
    key->collation = td_replay_collation(p, e->collation, e->n_collation);
    key->desc = e->ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
    key->nulls_first = key->desc;
    if (e->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST)
        key->nulls_first = true;
    else if (e->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST)
        key->nulls_first = false;
    return TD_OK;
}

/* ChooseIndexColumnNames: a name that came before gets a number. */
static const char *distinct_name(const struct td_replaying *p, const char *name, const char *const *before, size_t n)
{
    const char *current = name;
    for (unsigned pass = 1;; pass++) {
        size_t i = 0;
        while (i < n && strcmp(before[i], current) != 0)
            i++;
        if (i == n)
            return current;
        const char *number = td_arena_printf(p->a, "%u", pass);
        size_t keep = strlen(name);
        while (keep + strlen(number) > 63 || ((unsigned char)name[keep] & 0xC0) == 0x80)
            keep--;
        current = td_arena_printf(p->a, "%.*s%s", (int)keep, name, number);
    }
}

const char *td_replay_index_columns_name(const struct td_replaying *p, const struct td_index *ix)
{
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < ix->keys.len && n < 64; i++) {
        const struct td_index_key *key = &ix->keys.at[i];
        const char *name = key->column != NULL ? key->column->name : td_replay_result_name(key->expr);
        names[n] = distinct_name(p, name == NULL ? "expr" : name, names, n);
        n++;
    }
    for (size_t i = 0; i < ix->include.len && n < 64; i++) {
        names[n] = distinct_name(p, ix->include.at[i]->name, names, n);
        n++;
    }
    return td_replay_join_names(p, names, n);
}

static int parts(const struct td_replaying *p, const struct td_table *t, const PgQuery__IndexStmt *s,
                 struct td_index *ix)
{
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < s->n_index_params; i++) {
        const PgQuery__IndexElem *e = s->index_params[i]->index_elem;
        rc = add_key(p, t, e, ix);
        if (rc == TD_OK && ix->keys.at[i].column != NULL && e->n_opclass == 0)
            rc = td_replay_check_sortable(p, ix->keys.at[i].column, ix->method, td_replay_place(p, -1, e->name));
    }
    for (size_t i = 0; rc == TD_OK && i < s->n_index_including_params; i++) {
        struct td_column *c = NULL;
        const char *name = s->index_including_params[i]->index_elem->name;
        rc = td_replay_find_column(p, t, name, -1, &c);
        if (rc == TD_OK)
            *td_vec_add(p->a, &ix->include) = c;
    }
    if (rc == TD_OK && s->where_clause != NULL)
        rc = td_replay_bind(p, s->where_clause, t, NULL, &ix->where);
    return rc;
}

int td_replay_create_index(const struct td_replaying *p, const PgQuery__IndexStmt *s)
{
    struct td_table *t;
    int rc = td_replay_find_table(p, s->relation, false, &t);
    if (rc != TD_OK)
        return rc;
    if (t->kind == TD_R_VIEW)
        return td_replay_fail(p, s->relation->location, TD_C_SCHEMA_INVALID, "42809",
                              "cannot create index on relation \"%s\"", t->name);
    const char *name = td_replay_text(s->idxname);
    if (name != NULL && s->if_not_exists && td_catalog_relation(p->c, t->schema, name) != NULL)
        return TD_OK;
    if (name != NULL)
        rc = td_replay_relation_free(p, t->schema, name, td_replay_place(p, -1, name));
    if (rc != TD_OK)
        return rc;
    struct td_index *ix = td_arena_new(p->a, struct td_index);
    ix->id = td_catalog_next_id(p->c);
    ix->method = td_replay_text(s->access_method) == NULL ? "btree" : s->access_method;
    ix->unique = s->unique;
    ix->nulls_not_distinct = s->nulls_not_distinct;
    ix->on = p->r->on;
    ix->stmt = p->c->stmt;
    rc = parts(p, t, s, ix);
    if (rc != TD_OK)
        return rc;
    ix->name = name != NULL ? name
                            : td_replay_choose_relation(p, t->schema, t->name, td_replay_index_columns_name(p, ix),
                                                        "idx", false);
    td_table_add_index(p->c, t, ix);
    return TD_OK;
}
