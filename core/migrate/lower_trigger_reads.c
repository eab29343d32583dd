/* Which columns of the row triggers read and assign, and where that makes their order matter. */
#include <string.h>

#include "core/migrate/lower_impl.h"
#include "core/sql/routine.h"
#include "core/sql/tree.h"

struct uses {
    struct td_arena *arena;
    bool whole_row; /* reads NEW or OLD as one value */
    struct td_strings reads, assigns;
};

static bool note_read(PgQuery__Node *n, void *data)
{
    struct uses *u = data;
    if (n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
        return true;
    const PgQuery__ColumnRef *ref = n->column_ref;
    const char *last = ref->n_fields == 0 ? NULL : td_tree_string(ref->fields[ref->n_fields - 1]);
    if (last == NULL || (ref->n_fields == 1 && (strcmp(last, "new") == 0 || strcmp(last, "old") == 0)))
        u->whole_row = true;
    else
        td_strings_add(u->arena, &u->reads, last);
    return false;
}

static void note_tree(struct uses *u, const PgQuery__Node *tree)
{
    if (tree != NULL)
        td_tree_walk((PgQuery__Node *)tree, note_read, u);
}

static struct uses uses_of(struct td_lowering *l, const struct td_trigger *tr, const struct td_routine *body)
{
    struct uses u = {.arena = l->arena};
    note_tree(&u, tr->node->create_trig_stmt->when_clause);
    for (size_t i = 0; i < body->len; i++) {
        note_tree(&u, body->at[i].condition);
        if (body->at[i].kind != TD_STEP_ASSIGN)
            continue;
        note_tree(&u, body->at[i].expr);
        td_strings_add(l->arena, &u.assigns, body->at[i].column);
    }
    return u;
}

static bool reads(const struct uses *u, const char *column)
{
    return u->whole_row || td_strings_find(&u->reads, column) >= 0;
}

bool td_trigger_reads_rowid(struct td_lowering *l, const struct td_table *t, const struct td_trigger *tr,
                            const struct td_routine *body)
{
    const struct td_column *key = td_lowering_rowid_key(l, t);
    const struct uses u = uses_of(l, tr, body);
    return key != NULL && reads(&u, key->name);
}

/* A column that `b` reads or assigns, and `a` assigns; NULL: none. */
static const char *meets(const struct uses *a, const struct uses *b)
{
    for (size_t i = 0; i < a->assigns.len; i++)
        if (reads(b, a->assigns.at[i]) || td_strings_find(&b->assigns, a->assigns.at[i]) >= 0)
            return a->assigns.at[i];
    return NULL;
}

static int events(const struct td_trigger *tr)
{
    return tr->node->create_trig_stmt->events & (TD_ON_INSERT | TD_ON_UPDATE | TD_ON_DELETE);
}

static int check_counters(struct td_lowering *l, const struct td_table *t, const struct td_trigger *tr,
                          const struct uses *u, struct td_err *err)
{
    for (size_t i = 0; (events(tr) & TD_ON_INSERT) && i < t->columns.len; i++) {
        const struct td_column *c = t->columns.at[i];
        if (!reads(u, c->name) || !td_lowering_is_counter(l, t, c))
            continue;
        const char *why = td_arena_printf(
            l->arena, "on INSERT it reads \"%s\", which gets its number after the row was stored", c->name);
        return td_lowering_refuse_trigger(t, tr, why, err);
    }
    return TD_OK;
}

/* Is it carried, and read without trouble? */
static bool other_uses(struct td_lowering *l, const struct td_trigger *tr, struct uses *out)
{
    struct td_routine body = {0};
    struct td_err ignored = {0};
    if (!td_on_sqlite(tr->on) || tr->disabled || tr->function == NULL ||
        td_routine_trigger(l->arena, tr->function, &body, &ignored) != TD_OK)
        return false;
    *out = uses_of(l, tr, &body);
    return true;
}

/* What the two do is the same, in whatever order, when it reads nothing of what it assigns. */
static bool same_twice(const struct td_trigger *a, const struct td_trigger *b, const struct uses *u)
{
    for (size_t i = 0; i < u->assigns.len; i++)
        if (reads(u, u->assigns.at[i]))
            return false;
    return a->function == b->function && a->node->create_trig_stmt->timing == b->node->create_trig_stmt->timing;
}

int td_trigger_check_others(struct td_lowering *l, const struct td_table *t, const struct td_trigger *tr,
                            struct td_err *err)
{
    struct uses own, other;
    if (!other_uses(l, tr, &own))
        return TD_OK;
    int rc = check_counters(l, t, tr, &own, err);
    for (size_t i = 0; rc == TD_OK && i < t->triggers.len; i++) {
        const struct td_trigger *o = t->triggers.at[i];
        if (o == tr || (events(o) & events(tr)) == 0 || !other_uses(l, o, &other))
            continue;
        const char *column = meets(&own, &other);
        if (column == NULL)
            column = meets(&other, &own);
        if (column == NULL || (same_twice(tr, o, &own) && same_twice(tr, o, &other)))
            continue;
        const char *why = td_arena_printf(
            l->arena, "\"%s\" is there too, and one of the two assigns \"%s\" before the other looks at it", o->name,
            column);
        rc = td_lowering_refuse_trigger(t, tr, why, err);
    }
    return rc;
}
