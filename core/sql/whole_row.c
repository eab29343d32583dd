/* Whole rows: a table's name, or name.*, where PostgreSQL takes the row as one value. SQLite has no such values, so
 * that each use that is carried says what it wants of the columns; others are refused where the name is looked up. */
#include <string.h>

#include "core/sql/dml_impl.h"

struct scope_rel *lw_whole_row(struct lw *w, const PgQuery__Node *n)
{
    const PgQuery__ColumnRef *c = n->node_case == PG_QUERY__NODE__NODE_COLUMN_REF ? n->column_ref : NULL;
    bool star = c != NULL && c->n_fields > 1 && c->fields[c->n_fields - 1]->node_case == PG_QUERY__NODE__NODE_A_STAR;
    struct scope_rel *r;
    if (c == NULL || (!star && c->n_fields != 1))
        return NULL;
    const char *name = td_tree_string(c->fields[star ? c->n_fields - 2 : 0]);
    if (name == NULL || (!star && scope_has_column(w, name)))
        return NULL;
    r = scope_rel(w, star && c->n_fields > 2 ? td_tree_string(c->fields[c->n_fields - 3]) : NULL, name);
    return r == NULL || (r->from_function && r->columns.len == 1) ? NULL : r;
}

int lw_row_marker(struct lw *w, const struct scope_rel *r, int loc, const char **out)
{
    bool stored =
        r->prefix != NULL && r->table != NULL && (r->table->kind == TD_R_TABLE || r->table->kind == TD_R_PARTITION);
    w->constant = false;
    if (r->outer && !stored)
        return lw_refuse(w, TD_C_LOWER_TYPE, loc, "SQLite cannot tell it from a row of NULLs",
                         "Name one of its columns.", "whether the outer join has found a row of \"%s\" is asked",
                         r->alias);
    *out = r->outer ? td_arena_printf(w->a, "%s%s", r->prefix, dml_rowid(r->table)) : NULL;
    return TD_OK;
}

int lw_row_json(struct lw *w, const struct scope_rel *r, bool binary, int loc, struct ex *out)
{
    const char *marker;
    struct td_buf b;
    if (is_schema(w))
        return lw_stock(w, loc, "a row as JSON");
    TD_TRY(lw_row_marker(w, r, loc, &marker));
    td_buf_init(&b, w->a);
    if (marker != NULL)
        td_buf_printf(&b, "CASE WHEN %s IS NOT NULL THEN ", marker);
    td_buf_add(&b, binary ? "pg_jsonb_build_object(" : "pg_row_to_json(");
    for (size_t i = 0; i < r->columns.len; i++) {
        const struct scope_column *c = &r->columns.at[i];
        const struct ex e = ex_of(c->sql, c->type, PREC_ATOM);
        TD_TRY(lw_shows_digits(w, &e));
        td_buf_printf(&b, "%s%s, %s(%s, %s)", i == 0 ? "" : ", ", sql_lit(w, c->name),
                      binary ? "pg_to_jsonb" : "pg_to_json", c->sql, type_lit(w, c->type));
    }
    td_buf_add(&b, marker != NULL ? ") END" : ")");
    *out = ex_of(td_buf_str(&b), TD_TYPE(binary ? TD_T_JSONB : TD_T_JSON), PREC_ATOM);
    return TD_OK;
}

/* A row is NULL when all of its values are, and NOT NULL when none is. */
static int all_null(struct lw *w, struct ex *const *values, size_t n, bool null, struct ex *out)
{
    struct ex **tests = td_arena_alloc(w->a, (n + 1) * sizeof *tests);
    for (size_t i = 0; i < n; i++) {
        tests[i] = td_arena_new(w->a, struct ex);
        *tests[i] =
            ex_bool(td_arena_printf(w->a, "%s IS %sNULL", ex_in(w, values[i], PREC_CMP), null ? "" : "NOT "), PREC_EQ);
    }
    if (n == 0)
        *out = ex_bool("1", PREC_ATOM);
    else
        *out = n == 1 ? *tests[0] : ex_bool(lw_join_balanced(w, tests, n, " AND ", PREC_AND), PREC_AND);
    return TD_OK;
}

int lw_row_null(struct lw *w, const PgQuery__Node *n, bool null, struct ex *out)
{
    const struct scope_rel *r = lw_whole_row(w, n);
    struct ex **values;
    if (n->node_case == PG_QUERY__NODE__NODE_ROW_EXPR) {
        TD_TRY(lw_exprs(w, n->row_expr->args, n->row_expr->n_args, &values));
        return all_null(w, values, n->row_expr->n_args, null, out);
    }
    if (r == NULL)
        return TD_ENOTFOUND;
    w->constant = false;
    values = td_arena_alloc(w->a, (r->columns.len + 1) * sizeof *values);
    for (size_t i = 0; i < r->columns.len; i++) {
        values[i] = td_arena_new(w->a, struct ex);
        *values[i] = ex_of(r->columns.at[i].sql, r->columns.at[i].type, PREC_ATOM);
    }
    return all_null(w, values, r->columns.len, null, out);
}

int lw_row_field(struct lw *w, const PgQuery__AIndirection *e, struct ex *out)
{
    const struct scope_rel *r = lw_whole_row(w, e->arg);
    const char *name = r == NULL || e->n_indirection != 1 ? NULL : td_tree_string(e->indirection[0]);
    if (name == NULL)
        return TD_ENOTFOUND;
    w->constant = false;
    for (size_t i = 0; i < r->columns.len; i++) {
        if (strcmp(r->columns.at[i].name, name) == 0) {
            *out = ex_of(r->columns.at[i].sql, r->columns.at[i].type, PREC_ATOM);
            return TD_OK;
        }
    }
    return scope_missing(w, r->table, name, td_tree_location(e->arg));
}

static bool is_called(const PgQuery__Node *item, const char *name)
{
    const PgQuery__Alias *alias = NULL;
    if (item->node_case == PG_QUERY__NODE__NODE_RANGE_SUBSELECT)
        alias = item->range_subselect->alias;
    else if (item->node_case == PG_QUERY__NODE__NODE_RANGE_VAR && item->range_var->alias == NULL)
        return strcmp(item->range_var->relname, name) == 0;
    else if (item->node_case == PG_QUERY__NODE__NODE_RANGE_VAR)
        alias = item->range_var->alias;
    return alias != NULL && strcmp(alias->aliasname, name) == 0;
}

const PgQuery__SubLink *lw_row_of_query(struct lw *w, const PgQuery__FuncCall *c)
{
    const PgQuery__SubLink *link = c->args[0]->node_case == PG_QUERY__NODE__NODE_SUB_LINK ? c->args[0]->sub_link : NULL;
    if (link == NULL || link->sub_link_type != PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK ||
        link->subselect->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return NULL;
    const PgQuery__SelectStmt *s = link->subselect->select_stmt;
    if (s->n_target_list != 1 || s->n_from_clause != 1 || s->n_sort_clause > 0 || s->n_distinct_clause > 0 ||
        s->op > PG_QUERY__SET_OPERATION__SETOP_NONE)
        return NULL;
    const PgQuery__Node *value = s->target_list[0]->res_target->val;
    const PgQuery__ColumnRef *ref = value->node_case == PG_QUERY__NODE__NODE_COLUMN_REF ? value->column_ref : NULL;
    const char *name = ref == NULL || ref->n_fields != 1 ? NULL : td_tree_string(ref->fields[0]);
    if (name == NULL || !is_called(s->from_clause[0], name))
        return NULL;
    PgQuery__Node *copy = td_tree_clone(w->a, c->args[0]), *call = td_arena_new(w->a, PgQuery__Node);
    PgQuery__ResTarget *target = copy->sub_link->subselect->select_stmt->target_list[0]->res_target;
    pg_query__node__init(call);
    call->node_case = PG_QUERY__NODE__NODE_FUNC_CALL;
    call->func_call = td_arena_new(w->a, PgQuery__FuncCall);
    *call->func_call = *c;
    call->func_call->args = td_arena_alloc(w->a, sizeof *call->func_call->args);
    call->func_call->args[0] = target->val;
    target->val = call;
    return copy->sub_link;
}

int lw_json_parts(struct lw *w, const PgQuery__FuncCall *c, bool binary, struct ex ***out)
{
    *out = td_arena_alloc(w->a, (c->n_args + 1) * sizeof **out);
    for (size_t i = 0; i < c->n_args; i++) {
        const struct scope_rel *r = lw_whole_row(w, c->args[i]);
        (*out)[i] = td_arena_new(w->a, struct ex);
        if (r != NULL)
            TD_TRY(lw_row_json(w, r, binary, c->location, (*out)[i]));
        else
            TD_TRY(lw_expr(w, c->args[i], (*out)[i]));
    }
    return TD_OK;
}
