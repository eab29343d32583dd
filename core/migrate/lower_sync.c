/* Brings the SQLite file's side in step with the catalog: views out of the way, tables dropped, renamed, altered or
 * made, views made again. Only what statements have touched is looked at. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/migrate/lower_impl.h"

static bool is_view(const struct td_table *t)
{
    return t->kind == TD_R_VIEW;
}

/* What the file should have: a copy that later statements do not change; NULL: nothing. */
static struct td_table *wanted(struct td_lowering *l, const struct td_phys *p)
{
    struct td_table *t = td_catalog_table_by_id(&l->catalog, p->id);
    return t != NULL && td_on_sqlite(t->on) && !p->foreign ? td_table_on_sqlite(l->arena, t) : NULL;
}

static size_t stmt_of(const struct td_lowering *l, const struct td_phys *p)
{
    return p->waiting.len > 0 ? p->waiting.at[p->waiting.len - 1] : l->stmt;
}

static bool reads(const struct td_phys *view, unsigned id)
{
    for (size_t i = 0; i < view->reads.len; i++)
        if (view->reads.at[i] == id)
            return true;
    return false;
}

static void drop_view(struct td_lowering *l, struct td_phys *p)
{
    td_lowering_opf(l, stmt_of(l, p), "DROP VIEW %s", td_lowering_ident(l, p->name));
    p->is = NULL;
    *td_vec_add(l->arena, &l->described) = p->id;
}

/* A view over something that is about to change is dropped now and made again at the end. */
static void drop_views(struct td_lowering *l)
{
    for (size_t d = 0; d < l->dirty.len; d++) { /* grows while it runs: views over views */
        unsigned id = l->dirty.at[d]->id;
        for (size_t i = 0; i < l->views.len; i++) {
            struct td_phys *v = l->views.at[i];
            if (v->is != NULL && is_view(v->is) && reads(v, id) && !v->dirty)
                td_phys_touch(l, v->id, l->stmt);
        }
    }
    for (size_t d = l->dirty.len; d-- > 0;) {
        struct td_phys *v = l->dirty.at[d];
        if (v->is != NULL && is_view(v->is))
            drop_view(l, v);
    }
}

static bool is_referenced(struct td_lowering *l, unsigned id)
{
    for (size_t i = 0; i < l->by_id.len; i++) {
        const struct td_phys *p = l->by_id.at[i];
        for (size_t k = 0; p != NULL && p->is != NULL && k < p->is->constraints.len; k++) {
            const struct td_constraint *c = p->is->constraints.at[k];
            if (c->kind == TD_K_FOREIGN && c->ref->id == id && p->id != id)
                return true;
        }
    }
    return false;
}

/* Triggers of other tables that write to this one: SQLite reads them all again at each RENAME. */
static void drop_writers(struct td_lowering *l, unsigned id, size_t stmt)
{
    for (size_t i = 0; i < l->by_id.len; i++) {
        struct td_phys *p = l->by_id.at[i];
        for (size_t k = p == NULL || p->is == NULL ? 0 : p->triggers.len; k-- > 0;) {
            if (p->triggers.at[k].writes != id)
                continue;
            td_lowering_opf(l, stmt, "DROP TRIGGER %s", td_lowering_ident(l, p->triggers.at[k].name));
            td_vec_remove(&p->triggers, k);
        }
    }
}

static bool has_writers(const struct td_table *t)
{
    for (size_t i = 0; i < t->constraints.len; i++)
        if (t->constraints.at[i]->set_columns.len > 0)
            return true;
    return false;
}

static void drop_tables(struct td_lowering *l)
{
    for (size_t i = l->dirty.len; i-- > 0;) {
        struct td_phys *p = l->dirty.at[i];
        if (p->is == NULL || is_view(p->is) || wanted(l, p) != NULL)
            continue;
        /* with foreign_keys on, DROP TABLE deletes the rows first, and the rows that refer to them */
        if (is_referenced(l, p->id))
            l->out->foreign_keys_off = true;
        if (has_writers(p->is))
            drop_writers(l, p->id, stmt_of(l, p));
        td_lowering_opf(l, stmt_of(l, p), "DROP TABLE %s", td_lowering_ident(l, p->name));
        p->is = NULL;
        *td_vec_add(l->arena, &l->described) = p->id;
    }
}

static void rename_to(struct td_lowering *l, struct td_phys *p, const char *name)
{
    td_lowering_opf(l, stmt_of(l, p), "ALTER TABLE %s RENAME TO %s", td_lowering_ident(l, p->name),
                    td_lowering_ident(l, name));
    p->name = name;
}

/* Names that are still in use by another table are reached through a name of ours. */
static void rename_tables(struct td_lowering *l)
{
    for (size_t i = 0; i < l->dirty.len; i++) {
        struct td_phys *p = l->dirty.at[i];
        struct td_table *want = p->is == NULL ? NULL : wanted(l, p);
        if (want == NULL)
            continue;
        const char *name = td_table_sqlite_name(l->arena, want);
        if (strcmp(name, p->name) == 0)
            continue;
        struct td_phys *other = td_phys_by_name(l, name);
        if (other == p) /* letter case only: SQLite takes the two for one name */
            rename_to(l, p, td_arena_printf(l->arena, "tandem_tmp_%u", p->id));
        else if (other != NULL)
            rename_to(l, other, td_arena_printf(l->arena, "tandem_tmp_%u", other->id));
        rename_to(l, p, name);
    }
}

static int in_step(struct td_lowering *l, struct td_phys *p, struct td_table *want, struct td_err *err)
{
    *td_vec_add(l->arena, &l->described) = p->id;
    return td_lowering_in_step(l, p, want, err);
}

/* An error from here on is the doing of the last statement that changed the relation. */
static void blame(struct td_lowering *l, const struct td_phys *p)
{
    l->blamed = stmt_of(l, p);
}

static int alter_table(struct td_lowering *l, struct td_phys *p, struct td_table *want, struct td_err *err)
{
    blame(l, p);
    int rc = td_lowering_alter(l, p, want, err);
    return rc == TD_OK ? in_step(l, p, want, err) : rc;
}

/* Those first whose keys change names: SQLite follows into the tables that refer to them, and one of these that was
 * made anew, or got its key, may say a name already that still is another column's. */
static int alter_tables(struct td_lowering *l, struct td_err *err)
{
    TD_VEC(struct td_phys *) rest = {0};
    for (size_t i = 0; i < l->dirty.len; i++) {
        struct td_phys *p = l->dirty.at[i];
        struct td_table *want = p->is == NULL ? NULL : wanted(l, p);
        if (want == NULL || is_view(want))
            continue;
        if (!td_lowering_renames_keys(l, p, want)) {
            *td_vec_add(l->arena, &rest) = p;
            continue;
        }
        int rc = alter_table(l, p, want, err);
        if (rc != TD_OK)
            return rc;
    }
    for (size_t i = 0; i < rest.len; i++) {
        int rc = alter_table(l, rest.at[i], wanted(l, rest.at[i]), err);
        if (rc != TD_OK)
            return rc;
    }
    return TD_OK;
}

static int create_view(struct td_lowering *l, struct td_phys *p, struct td_table *want, struct td_err *err)
{
    struct td_lower ctx = td_lowering_sync_ctx(l);
    struct td_table_set set = {0};
    struct td_buf sql;

    td_buf_init(&sql, l->arena);
    p->name = td_table_sqlite_name(l->arena, want);
    td_buf_printf(&sql, "CREATE %sVIEW %s (", want->temporary ? "TEMP " : "", td_lowering_ident(l, p->name));
    for (size_t i = 0; i < want->columns.len; i++)
        td_buf_printf(&sql, "%s%s", i ? ", " : "", td_lowering_ident(l, want->columns.at[i]->name));
    td_buf_add(&sql, ") AS\n");
    int rc = td_lower_select(&ctx, want->query, &sql, NULL, err);
    if (rc != TD_OK)
        return rc;
    td_lowering_op(l, TD_OP_SQL, stmt_of(l, p), td_buf_str(&sql));
    td_lower_tables(&ctx, want->query, &set);
    if (!p->seen_as_view)
        *td_vec_add(l->arena, &l->views) = p;
    p->seen_as_view = true;
    memset(&p->reads, 0, sizeof p->reads);
    for (size_t i = 0; i < set.len; i++)
        *td_vec_add(l->arena, &p->reads) = set.at[i]->id;
    return TD_OK;
}

static int create_relation(struct td_lowering *l, struct td_phys *p, struct td_table *want, struct td_err *err)
{
    int rc = is_view(want) ? create_view(l, p, want, err) : td_lowering_create(l, p, want, err);
    return rc == TD_OK ? in_step(l, p, want, err) : rc;
}

static int by_id(const void *x, const void *y)
{
    unsigned a = (*(struct td_phys *const *)x)->id, b = (*(struct td_phys *const *)y)->id;
    return (a > b) - (a < b);
}

/* In the order of the statements that made them, whatever was touched first. */
static int create_relations(struct td_lowering *l, bool views, struct td_err *err)
{
    size_t n = l->dirty.len;
    if (n == 0)
        return TD_OK;
    struct td_phys **sorted = td_arena_alloc(l->arena, n * sizeof *sorted);
    memcpy(sorted, l->dirty.at, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_id);
    for (size_t i = 0; i < n; i++) {
        struct td_phys *p = sorted[i];
        struct td_table *want = wanted(l, p);
        if (p->is != NULL || want == NULL || is_view(want) != views)
            continue;
        blame(l, p);
        int rc = create_relation(l, p, want, err);
        if (rc != TD_OK)
            return rc;
    }
    return TD_OK;
}

static int sync_dirty(struct td_lowering *l, struct td_err *err)
{
    td_lowering_sequences(l);
    drop_views(l);
    drop_tables(l);
    rename_tables(l);
    int rc = alter_tables(l, err);
    if (rc == TD_OK)
        rc = create_relations(l, false, err);
    if (rc == TD_OK)
        rc = create_relations(l, true, err);
    if (rc != TD_OK)
        return rc;
    for (size_t i = 0; i < l->dirty.len; i++) {
        l->dirty.at[i]->dirty = false;
        memset(&l->dirty.at[i]->waiting, 0, sizeof l->dirty.at[i]->waiting);
    }
    l->dirty.len = 0;
    return TD_OK;
}

int td_lowering_sync(struct td_lowering *l, struct td_err *err)
{
    int rc = sync_dirty(l, err);
    if (rc == TD_OK)
        td_lowering_describe(l);
    return rc;
}

/* Everything that one of the wanted tables hangs together with: keys both ways, views and what they read. */
static void spread(struct td_lowering *l, struct td_table_set *set, struct td_table *t)
{
    for (size_t i = 0; i < set->len; i++)
        if (set->at[i] == t)
            return;
    *td_vec_add(l->arena, set) = t;
}

static void close_over(struct td_lowering *l, struct td_table_set *set)
{
    struct td_lower ctx = td_lowering_ctx(l, TD_LOWER_SCHEMA);
    for (size_t i = 0; i < set->len; i++) {
        struct td_table *t = set->at[i];
        if (t->query != NULL) {
            struct td_table_set below = {0};
            td_lower_tables(&ctx, t->query, &below);
            for (size_t k = 0; k < below.len; k++)
                spread(l, set, below.at[k]);
        }
        for (size_t k = 0; k < t->constraints.len; k++)
            if (t->constraints.at[k]->kind == TD_K_FOREIGN)
                spread(l, set, t->constraints.at[k]->ref);
    }
}

int td_lowering_sync_for(struct td_lowering *l, const struct td_table_set *tables, struct td_err *err)
{
    struct td_table_set set = {0};
    bool needed = false;
    td_lowering_sequences(l);
    if (l->dirty.len == 0)
        return TD_OK;
    for (size_t i = 0; i < tables->len; i++)
        spread(l, &set, tables->at[i]);
    close_over(l, &set);
    td_lowering_sequences(l); /* may touch tables */
    for (size_t i = 0; i < set.len; i++)
        needed = needed || (set.at[i]->id < l->by_id.len && l->by_id.at[set.at[i]->id] != NULL &&
                            l->by_id.at[set.at[i]->id]->dirty);
    return needed ? sync_dirty(l, err) : TD_OK;
}
