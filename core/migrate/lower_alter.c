/* One table that the file has already: SQLite's own ALTER where that can do it, else a rebuild. */
#include <string.h>

#include "core/migrate/lower_impl.h"

static const struct td_constraint *constraint_by_id(const struct td_table *t, unsigned id)
{
    for (size_t i = 0; i < t->constraints.len; i++)
        if (t->constraints.at[i]->id == id)
            return t->constraints.at[i];
    return NULL;
}

static const struct td_column *on_file(const struct td_table *t, unsigned id)
{
    const struct td_column *c = td_table_column_by_id(t, id);
    return c != NULL && td_on_sqlite(c->on) ? c : NULL;
}

/* Part of CREATE TABLE, and there on SQLite? */
static bool in_text(const struct td_constraint *k)
{
    return k != NULL && td_on_sqlite(k->on) && td_ddl_constraint_in_table(k);
}

static bool constraints_force_rebuild(const struct td_table *is, const struct td_table *want)
{
    for (size_t i = 0; i < want->constraints.len; i++) {
        const struct td_constraint *k = want->constraints.at[i], *old = constraint_by_id(is, k->id);
        if (!in_text(k))
            continue;
        if (in_text(old) && old->deferrable == k->deferrable && old->deferred == k->deferred)
            continue;
        if (in_text(old) || !td_ddl_constraint_inline(k) || on_file(is, k->columns.at[0]->id) != NULL)
            return true;
    }
    for (size_t i = 0; i < is->constraints.len; i++) {
        const struct td_constraint *k = is->constraints.at[i];
        if (!in_text(k) || in_text(constraint_by_id(want, k->id)))
            continue;
        if (!td_ddl_constraint_inline(k) || on_file(want, k->columns.at[0]->id) != NULL)
            return true;
    }
    return false;
}

static int shape(struct td_lowering *l, const struct td_table *t, const struct td_column *c, const char **out,
                 struct td_err *err)
{
    struct td_lower ctx = td_lowering_sync_ctx(l);
    struct td_buf b;
    td_buf_init(&b, l->arena);
    int rc = td_ddl_column_shape(&ctx, t, c, &b, err);
    *out = td_buf_str(&b);
    return rc;
}

static const char *shape_on_file(const struct td_phys *p, unsigned column)
{
    for (size_t i = 0; i < p->shapes.len; i++)
        if (p->shapes.at[i].column == column)
            return p->shapes.at[i].text;
    return "";
}

int td_lowering_in_step(struct td_lowering *l, struct td_phys *p, const struct td_table *t, struct td_err *err)
{
    p->is = td_table_copy(l->arena, t);
    memset(&p->casts, 0, sizeof p->casts);
    p->renew = false;
    memset(&p->shapes, 0, sizeof p->shapes);
    for (size_t i = 0; t->kind != TD_R_VIEW && i < t->columns.len; i++) {
        if (!td_on_sqlite(t->columns.at[i]->on))
            continue;
        struct td_phys_shape *s = td_vec_add(l->arena, &p->shapes);
        s->column = t->columns.at[i]->id;
        int rc = shape(l, t, t->columns.at[i], &s->text, err);
        if (rc != TD_OK)
            return rc;
    }
    return TD_OK;
}

static int columns_force_rebuild(struct td_lowering *l, const struct td_phys *p, const struct td_table *want, bool *out,
                                 struct td_err *err)
{
    struct td_lower ctx = td_lowering_sync_ctx(l);
    for (size_t i = 0; i < want->columns.len; i++) {
        const struct td_column *c = want->columns.at[i], *old = on_file(p->is, c->id);
        int rc;
        if (!td_on_sqlite(c->on))
            continue;
        if (old != NULL) {
            const char *now;
            rc = shape(l, want, c, &now, err);
            if (rc != TD_OK)
                return rc;
            *out = *out || strcmp(shape_on_file(p, c->id), now) != 0;
            continue;
        }
        struct td_buf b;
        bool addable;
        td_buf_init(&b, l->arena);
        rc = td_ddl_column(&ctx, want, c, &b, &addable, err);
        if (rc != TD_OK)
            return rc;
        *out = *out || !addable || c->filled_by != td_column_default(c);
    }
    return TD_OK;
}

/* A stored generated column that reads what goes away goes with it in PostgreSQL too; SQLite would refuse. */
static bool drops_generated_or_all(const struct td_table *is, const struct td_table *want)
{
    size_t kept = 0;
    bool generated = false, drops = false;
    for (size_t i = 0; i < is->columns.len; i++) {
        const struct td_column *c = is->columns.at[i];
        if (!td_on_sqlite(c->on))
            continue;
        bool goes = on_file(want, c->id) == NULL;
        drops = drops || goes;
        generated = generated || c->generated != NULL;
        kept += !goes;
    }
    return drops && (generated || kept == 0);
}

static size_t last_stmt(const struct td_lowering *l, const struct td_phys *p)
{
    return p->waiting.len > 0 ? p->waiting.at[p->waiting.len - 1] : l->stmt;
}

static bool columns_move(const struct td_table *is, const struct td_table *want)
{
    for (size_t i = 0; i < is->columns.len; i++) {
        const struct td_column *now = on_file(want, is->columns.at[i]->id);
        if (td_on_sqlite(is->columns.at[i]->on) && (now == NULL || strcmp(now->name, is->columns.at[i]->name) != 0))
            return true;
    }
    return false;
}

static void drop_triggers(struct td_lowering *l, struct td_phys *p, const struct td_phys_triggers *keep, size_t stmt)
{
    for (size_t i = 0; i < p->triggers.len; i++) {
        bool kept = false;
        for (size_t k = 0; keep != NULL && k < keep->len; k++)
            kept = kept || (strcmp(keep->at[k].name, p->triggers.at[i].name) == 0 &&
                            strcmp(keep->at[k].sql, p->triggers.at[i].sql) == 0);
        if (!kept)
            td_lowering_opf(l, stmt, "DROP TRIGGER %s", td_lowering_ident(l, p->triggers.at[i].name));
    }
}

static void create_triggers(struct td_lowering *l, struct td_phys *p, const struct td_phys_triggers *want, bool all,
                            size_t stmt)
{
    for (size_t i = 0; i < want->len; i++) {
        bool there = false;
        for (size_t k = 0; !all && k < p->triggers.len; k++)
            there = there || (strcmp(want->at[i].name, p->triggers.at[k].name) == 0 &&
                              strcmp(want->at[i].sql, p->triggers.at[k].sql) == 0);
        if (!there)
            td_lowering_op(l, TD_OP_SQL, stmt, want->at[i].sql);
    }
    td_phys_set_triggers(l, p, want);
}

/* The index texts that a table has: by id and name, so that a renamed one is made anew. */
struct index_text {
    unsigned id;
    const char *name;
    struct td_strings sql;
    bool second;
};
struct index_texts {
    struct index_text *at;
    size_t len, cap;
};

static int index_texts(struct td_lowering *l, const struct td_table *t, bool with_sql, struct index_texts *out,
                       struct td_err *err)
{
    struct td_lower ctx = td_lowering_sync_ctx(l);
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < t->constraints.len; i++) {
        const struct td_constraint *k = t->constraints.at[i];
        if (!td_ddl_constraint_is_index(k) || !td_on_sqlite(k->on))
            continue;
        struct index_text *x = td_vec_add(l->arena, out);
        *x = (struct index_text){
            .id = k->id, .name = td_ddl_index_name(l->arena, t, k->name), .second = k->nulls_not_distinct};
        if (with_sql)
            rc = td_ddl_unique(&ctx, t, k, &x->sql, err);
    }
    for (size_t i = 0; rc == TD_OK && i < t->indexes.len; i++) {
        const struct td_index *ix = t->indexes.at[i];
        if (!td_on_sqlite(ix->on) || td_ddl_index_skipped(ix) != NULL)
            continue;
        struct index_text *x = td_vec_add(l->arena, out);
        *x = (struct index_text){.id = ix->id,
                                 .name = td_ddl_index_name(l->arena, t, ix->name),
                                 .second = ix->unique && ix->nulls_not_distinct};
        if (with_sql)
            rc = td_ddl_index(&ctx, t, ix, &x->sql, err);
    }
    return rc;
}

static const struct index_text *find_index(const struct index_texts *v, const struct index_text *x)
{
    for (size_t i = 0; i < v->len; i++)
        if (v->at[i].id == x->id && strcmp(v->at[i].name, x->name) == 0 && v->at[i].second == x->second)
            return &v->at[i];
    return NULL;
}

static void drop_indexes(struct td_lowering *l, const struct index_texts *is, const struct index_texts *want,
                         size_t stmt)
{
    for (size_t i = 0; i < is->len; i++) {
        if (find_index(want, &is->at[i]) != NULL)
            continue;
        td_lowering_opf(l, stmt, "DROP INDEX %s", td_lowering_ident(l, is->at[i].name));
        if (is->at[i].second)
            td_lowering_opf(l, stmt, "DROP INDEX %s",
                            td_lowering_ident(l, td_ddl_nulls_index_name(l->arena, is->at[i].name)));
    }
}

static void create_indexes(struct td_lowering *l, const struct index_texts *is, const struct index_texts *want,
                           size_t stmt)
{
    for (size_t i = 0; i < want->len; i++)
        for (size_t k = 0; find_index(is, &want->at[i]) == NULL && k < want->at[i].sql.len; k++)
            td_lowering_op(l, TD_OP_SQL, stmt, want->at[i].sql.at[k]);
}

/* Renames that would meet a name still in use go through a name of ours first. */
static void rename_columns(struct td_lowering *l, struct td_phys *p, const struct td_table *want, size_t stmt)
{
    const char *table = td_lowering_ident(l, p->name);
    TD_VEC(const struct td_column *) later = {0};
    for (size_t i = 0; i < want->columns.len; i++) {
        const struct td_column *c = want->columns.at[i], *old = on_file(p->is, c->id);
        if (old == NULL || !td_on_sqlite(c->on) || strcmp(old->name, c->name) == 0)
            continue;
        const char *to = c->name;
        const struct td_column *other = td_table_column(p->is, c->name);
        if (other != NULL && other->id != c->id) {
            to = td_arena_printf(l->arena, "tandem_tmp_%u", c->id);
            *td_vec_add(l->arena, &later) = c;
        }
        td_lowering_opf(l, stmt, "ALTER TABLE %s RENAME COLUMN %s TO %s", table, td_lowering_ident(l, old->name),
                        td_lowering_ident(l, to));
    }
    for (size_t i = 0; i < later.len; i++)
        td_lowering_opf(l, stmt, "ALTER TABLE %s RENAME COLUMN %s TO %s", table,
                        td_lowering_ident(l, td_arena_printf(l->arena, "tandem_tmp_%u", later.at[i]->id)),
                        td_lowering_ident(l, later.at[i]->name));
}

static int add_columns(struct td_lowering *l, struct td_phys *p, const struct td_table *want, size_t stmt,
                       struct td_err *err)
{
    struct td_lower ctx = td_lowering_sync_ctx(l);
    for (size_t i = 0; i < want->columns.len; i++) {
        const struct td_column *c = want->columns.at[i];
        struct td_buf b;
        if (!td_on_sqlite(c->on) || on_file(p->is, c->id) != NULL)
            continue;
        td_buf_init(&b, l->arena);
        int rc = td_ddl_column(&ctx, want, c, &b, NULL, err);
        if (rc != TD_OK)
            return rc;
        td_lowering_opf(l, stmt, "ALTER TABLE %s ADD COLUMN %s", td_lowering_ident(l, p->name), td_buf_str(&b));
    }
    return TD_OK;
}

static void drop_columns(struct td_lowering *l, struct td_phys *p, const struct td_table *want, size_t stmt)
{
    for (size_t i = 0; i < p->is->columns.len; i++) {
        const struct td_column *c = p->is->columns.at[i];
        if (td_on_sqlite(c->on) && on_file(want, c->id) == NULL)
            td_lowering_opf(l, stmt, "ALTER TABLE %s DROP COLUMN %s", td_lowering_ident(l, p->name),
                            td_lowering_ident(l, c->name));
    }
}

static int alter_natively(struct td_lowering *l, struct td_phys *p, struct td_table *want, struct td_err *err)
{
    struct index_texts have = {0}, wanted = {0};
    struct td_phys_triggers triggers = {0};
    size_t stmt = last_stmt(l, p);
    bool moves = columns_move(p->is, want);

    int rc = index_texts(l, p->is, false, &have, err);
    if (rc == TD_OK)
        rc = index_texts(l, want, true, &wanted, err);
    if (rc == TD_OK)
        rc = td_lowering_triggers(l, want, &triggers, err);
    if (rc != TD_OK)
        return rc;
    drop_triggers(l, p, moves ? NULL : &triggers, stmt);
    drop_indexes(l, &have, &wanted, stmt);
    drop_columns(l, p, want, stmt);
    rename_columns(l, p, want, stmt);
    rc = add_columns(l, p, want, stmt, err);
    if (rc != TD_OK)
        return rc;
    create_indexes(l, &have, &wanted, stmt);
    create_triggers(l, p, &triggers, moves, stmt);
    return TD_OK;
}

int td_lowering_alter(struct td_lowering *l, struct td_phys *p, struct td_table *want, struct td_err *err)
{
    bool rebuild =
        p->casts.len > 0 || p->renew || constraints_force_rebuild(p->is, want) || drops_generated_or_all(p->is, want);
    if (!rebuild) {
        int rc = columns_force_rebuild(l, p, want, &rebuild, err);
        if (rc != TD_OK)
            return rc;
    }
    return rebuild ? td_lowering_rebuild(l, p, want, err) : alter_natively(l, p, want, err);
}
