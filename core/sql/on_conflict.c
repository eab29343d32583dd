/* INSERT ... ON CONFLICT over a table whose BEFORE INSERT triggers are carried.
 *
 * On PostgreSQL they have done their work before a conflict is looked for, and EXCLUDED is the row that they made. On
 * SQLite the row is as the statement gives it until it is stored. */
#include <string.h>

#include "core/sql/dml_impl.h"
#include "core/sql/routine.h"

enum { BEFORE = 1 << 1, ON_INSERT = 1 << 2 }; /* TRIGGER_TYPE_* of PostgreSQL */

/* Columns that a BEFORE INSERT trigger of SQLite's side may assign. */
static struct td_strings assigned(struct lw *w, const struct td_table *t)
{
    struct td_strings names = {0};
    for (size_t i = 0; i < t->triggers.len; i++) {
        const struct td_trigger *tr = t->triggers.at[i];
        const PgQuery__CreateTrigStmt *n = tr->node->create_trig_stmt;
        struct td_routine body = {0};
        struct td_err ignored = {0};
        if ((tr->on & TD_ON_SQLITE) == 0 || tr->disabled || tr->function == NULL || !n->row ||
            (n->timing & BEFORE) == 0 || (n->events & ON_INSERT) == 0 ||
            td_routine_trigger(w->a, tr->function, &body, &ignored) != TD_OK)
            continue;
        for (size_t k = 0; k < body.len; k++)
            if (body.at[k].kind == TD_STEP_ASSIGN)
                td_strings_add(w->a, &names, body.at[k].column);
    }
    return names;
}

struct search {
    const struct td_strings *names;
    const char *row;   /* "excluded": only what is read of it; NULL: any column */
    const char *found; /* the column */
};

static bool find(PgQuery__Node *n, void *data)
{
    struct search *x = data;
    if (n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
        return true;
    const PgQuery__ColumnRef *ref = n->column_ref;
    const char *first = ref->n_fields == 0 ? NULL : td_tree_string(ref->fields[0]);
    const char *last = ref->n_fields == 0 ? NULL : td_tree_string(ref->fields[ref->n_fields - 1]);
    if (x->row != NULL && (first == NULL || strcmp(first, x->row) != 0))
        return false;
    if (ref->n_fields == 1 && x->row != NULL)
        x->found = x->names->at[0]; /* the whole row */
    else if (last != NULL && td_strings_find(x->names, last) >= 0)
        x->found = last;
    return false;
}

static const char *find_in(const struct td_strings *names, const char *row, const PgQuery__Node *tree)
{
    struct search x = {.names = names, .row = row};
    if (tree != NULL)
        td_tree_walk((PgQuery__Node *)tree, find, &x);
    return x.found;
}

/* A generated column follows what it is made of. */
static const char *in_column(const struct td_strings *names, const struct td_column *c)
{
    if (c->generated != NULL)
        return find_in(names, NULL, c->generated);
    return td_strings_find(names, c->name) >= 0 ? c->name : NULL;
}

static const char *in_constraint(const struct td_strings *names, const struct td_constraint *k)
{
    const char *found = NULL;
    for (size_t i = 0; k != NULL && found == NULL && i < k->columns.len; i++)
        found = in_column(names, k->columns.at[i]);
    return found;
}

static const char *in_index(const struct td_strings *names, const struct td_index *ix)
{
    const char *found = find_in(names, NULL, ix->where);
    for (size_t i = 0; found == NULL && i < ix->keys.len; i++) {
        const struct td_column *c = ix->keys.at[i].column;
        found = c != NULL ? in_column(names, c) : find_in(names, NULL, ix->keys.at[i].expr);
    }
    return found;
}

/* Without a target every unique key is one. */
static const char *in_any_key(const struct td_strings *names, const struct td_table *t)
{
    const char *found = NULL;
    for (size_t i = 0; found == NULL && i < t->constraints.len; i++)
        if (t->constraints.at[i]->kind == TD_K_PRIMARY || t->constraints.at[i]->kind == TD_K_UNIQUE)
            found = in_constraint(names, t->constraints.at[i]);
    for (size_t i = 0; found == NULL && i < t->indexes.len; i++)
        if (t->indexes.at[i]->unique)
            found = in_index(names, t->indexes.at[i]);
    return found;
}

static const char *in_target(const struct td_strings *names, const struct td_table *t, const PgQuery__InferClause *c)
{
    const char *found = find_in(names, NULL, c->where_clause);
    if (c->conname != NULL && c->conname[0] != '\0')
        found = in_constraint(names, td_table_constraint(t, c->conname));
    for (size_t i = 0; found == NULL && i < c->n_index_elems; i++) {
        const PgQuery__IndexElem *e = c->index_elems[i]->index_elem;
        const struct td_column *column = e->expr == NULL ? td_table_column(t, e->name) : NULL;
        found = column != NULL ? in_column(names, column) : find_in(names, NULL, e->expr);
    }
    return found;
}

int dml_check_conflict(struct lw *w, const PgQuery__InsertStmt *s, const struct td_table *t)
{
    const PgQuery__OnConflictClause *c = s->on_conflict_clause;
    if (c == NULL || t->triggers.len == 0)
        return TD_OK;
    const struct td_strings names = assigned(w, t);
    if (names.len == 0)
        return TD_OK;
    const char *found = c->infer == NULL ? in_any_key(&names, t) : in_target(&names, t, c->infer);
    if (found == NULL)
        found = find_in(&names, "excluded", c->where_clause);
    for (size_t i = 0; found == NULL && i < c->n_target_list; i++)
        found = find_in(&names, "excluded", c->target_list[i]->res_target->val);
    if (found == NULL)
        return TD_OK;
    return lw_refuse(w, TD_C_LOWER_CLAUSE, s->relation->location,
                     "SQLite looks for conflicts before a trigger could change the row",
                     "Write the value as the trigger makes it in a statement of its own, without ON CONFLICT.",
                     "ON CONFLICT over \"%s\", which a BEFORE INSERT trigger assigns, is not carried", found);
}
