/* TRUNCATE: deletes, children first. */
#include "core/sql/dml_impl.h"

static bool in_set(const struct td_table_set *s, const struct td_table *t)
{
    for (size_t i = 0; i < s->len; i++) {
        if (s->at[i] == t)
            return true;
    }
    return false;
}

static const struct td_table *refers_to(const struct td_table *t, const struct td_table_set *s)
{
    for (size_t i = 0; i < t->constraints.len; i++) {
        const struct td_constraint *k = t->constraints.at[i];
        if (k->kind == TD_K_FOREIGN && k->ref != t && in_set(s, k->ref))
            return k->ref;
    }
    return NULL;
}

/* With CASCADE what refers to the tables goes with them; without, PostgreSQL refuses. */
static int close_set(struct lw *w, const PgQuery__TruncateStmt *s, struct td_table_set *set)
{
    bool grown = true;
    while (grown) {
        grown = false;
        for (size_t i = 0; i < w->l->catalog->tables.len; i++) {
            struct td_table *t = w->l->catalog->tables.at[i];
            const struct td_table *ref = in_set(set, t) || (t->on & TD_ON_SQLITE) == 0 ? NULL : refers_to(t, set);
            if (ref == NULL)
                continue;
            if (s->behavior != PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE)
                return lw_error(w, "0A000", -1, "cannot truncate \"%s\": \"%s\" refers to it in a foreign key",
                                ref->name, t->name);
            *td_vec_add(w->a, set) = t;
            grown = true;
        }
    }
    return TD_OK;
}

/* Those that nothing left refers to go first. */
static void truncate_order(struct lw *w, const struct td_table_set *set, struct td_table_set *out)
{
    while (out->len < set->len) {
        struct td_table *next = NULL;
        for (size_t i = 0; i < set->len && next == NULL; i++) {
            bool referred = false;
            for (size_t k = 0; k < set->len && !in_set(out, set->at[i]); k++) {
                struct td_table_set one = {&set->at[i], 1, 1};
                if (k != i && !in_set(out, set->at[k]) && refers_to(set->at[k], &one) != NULL)
                    referred = true;
            }
            if (!referred && !in_set(out, set->at[i]))
                next = set->at[i];
        }
        for (size_t i = 0; i < set->len && next == NULL; i++)
            next = in_set(out, set->at[i]) ? NULL : set->at[i];
        *td_vec_add(w->a, out) = next;
    }
}

static void restart(struct lw *w, const struct td_column *c, struct td_lowered_stmts *out)
{
    if (c->serial != NULL && (c->on & TD_ON_SQLITE) != 0)
        *td_vec_add(w->a, out) = td_arena_printf(w->a, "SELECT pg_setval(%s, %lld, 0)", dml_sequence_lit(w, c->serial),
                                                 (long long)c->serial->start);
}

int dml_truncate(struct lw *w, const PgQuery__TruncateStmt *s, struct td_lowered_stmts *out)
{
    struct td_table_set set = {0}, ordered = {0};
    for (size_t i = 0; i < s->n_relations; i++) {
        const struct td_table *t;
        TD_TRY(dml_target(w, s->relations[i]->range_var, &t));
        if (!in_set(&set, t))
            *td_vec_add(w->a, &set) = (struct td_table *)t;
    }
    TD_TRY(close_set(w, s, &set));
    truncate_order(w, &set, &ordered);
    for (size_t i = 0; i < ordered.len; i++)
        *td_vec_add(w->a, out) = td_arena_printf(w->a, "DELETE FROM %s", table_sql(w, ordered.at[i]));
    for (size_t i = 0; s->restart_seqs && i < ordered.len; i++)
        for (size_t k = 0; k < ordered.at[i]->columns.len; k++)
            restart(w, ordered.at[i]->columns.at[k], out);
    return TD_OK;
}
