/* Which columns of the row a trigger reads. */
#include <string.h>

#include "core/migrate/lower_impl.h"
#include "core/migrate/lower_trigger_impl.h"
#include "core/sql/tree.h"

static bool note_read(PgQuery__Node *n, void *data)
{
    struct td_trigger_uses *u = data;
    if (n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
        return true;
    const PgQuery__ColumnRef *ref = n->column_ref;
    const char *first = ref->n_fields == 0 ? NULL : td_tree_string(ref->fields[0]);
    const char *last = ref->n_fields == 0 ? NULL : td_tree_string(ref->fields[ref->n_fields - 1]);
    if (last == NULL || (ref->n_fields == 1 && (strcmp(last, "new") == 0 || strcmp(last, "old") == 0)))
        u->whole_row = true;
    else if (ref->n_fields == 1 || first == NULL || strcmp(first, "old") != 0)
        td_strings_add(u->arena, &u->reads, last);
    return false;
}

void td_trigger_note_reads(struct td_trigger_uses *u, const PgQuery__Node *tree)
{
    if (tree != NULL)
        td_tree_walk((PgQuery__Node *)tree, note_read, u);
}

bool td_trigger_reads(const struct td_trigger_uses *u, const char *column)
{
    return u->whole_row || td_strings_find(&u->reads, column) >= 0;
}

int td_trigger_check_counters(struct td_lowering *l, const struct td_table *t, const struct td_trigger *tr,
                              const struct td_routine *body, struct td_err *err)
{
    struct td_trigger_uses u = {.arena = l->arena};
    td_trigger_note_reads(&u, tr->node->create_trig_stmt->when_clause);
    for (size_t i = 0; i < body->len; i++)
        td_trigger_note_reads(&u, body->at[i].expr);
    for (size_t i = 0; (tr->node->create_trig_stmt->events & TD_ON_INSERT) && i < t->columns.len; i++) {
        const struct td_column *c = t->columns.at[i];
        if (!td_trigger_reads(&u, c->name) || !td_lowering_is_counter(l, t, c))
            continue;
        const char *why = td_arena_printf(
            l->arena, "on INSERT it reads \"%s\", which gets its number after the row was stored", c->name);
        return td_lowering_refuse_trigger(t, tr, why, err);
    }
    return TD_OK;
}
