/* Rows that nothing orders. PostgreSQL reads a table as its rows were stored; SQLite may read an index instead, in the
 * index's order. Where the order shows in what is kept afterwards (rows cut off by LIMIT, inserted, numbered, collected
 * into one value) the rows are asked for as they were stored: by rowid, a join from its first table on. */
#include "core/sql/dml_impl.h"

static bool is_stored(const struct scope_rel *r)
{
    return r->prefix != NULL && r->table != NULL && (r->table->kind == TD_R_TABLE || r->table->kind == TD_R_PARTITION);
}

void lw_stored_places(struct lw *w, struct td_strings *out)
{
    const struct scope *s = w->scope;
    size_t before = out->len;
    bool known = !is_schema(w) && s != NULL && !s->unordered;
    for (size_t i = 0; known && i < s->rels.len; i++) {
        const struct scope_rel *r = s->rels.at[i];
        if (r->from_function) /* an inner loop, in the order of its elements */
            continue;
        known = is_stored(r);
        if (known)
            td_strings_add(w->a, out, td_arena_printf(w->a, "%s%s", r->prefix, dml_rowid(r->table)));
    }
    if (!known)
        out->len = before;
}

/* ---- of a whole SELECT ---- */

static bool finds_collapse(PgQuery__Node *n, void *data)
{
    bool *found = data;
    if (n->node_case == PG_QUERY__NODE__NODE_SUB_LINK)
        return false;
    if (n->node_case != PG_QUERY__NODE__NODE_FUNC_CALL)
        return true;
    const PgQuery__FuncCall *f = n->func_call;
    const char *name = td_tree_builtin(f);
    *found = *found || f->over != NULL || lw_is_aggregate(name);
    return true;
}

/* Is each row of FROM a row of the result, in no order but its own? */
static bool keeps_rows(const PgQuery__SelectStmt *s)
{
    bool collapses = s->n_sort_clause > 0 || s->n_group_clause > 0 || s->having_clause != NULL ||
                     s->n_distinct_clause > 0 || s->n_window_clause > 0;
    for (size_t i = 0; !collapses && i < s->n_target_list; i++)
        td_tree_walk(s->target_list[i], finds_collapse, &collapses);
    return !collapses;
}

void lw_order_as_stored(struct lw *w, const PgQuery__SelectStmt *s, bool shows, struct td_buf *out)
{
    struct td_strings places = {0};
    if (shows && keeps_rows(s))
        lw_stored_places(w, &places);
    if (places.len > 0)
        lw_note(w, td_tree_location(s->from_clause[0]), "rows that nothing orders are read as they were stored");
    for (size_t i = 0; i < places.len; i++)
        td_buf_printf(out, "%s%s", i == 0 ? " ORDER BY " : ", ", places.at[i]);
}
