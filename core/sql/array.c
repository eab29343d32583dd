/* ARRAY[...] and subscripts. */
#include <stdlib.h>
#include <string.h>

#include "core/sql/lower_impl.h"

/* Constants alone as PostgreSQL's text of their array; NULL: there are others. */
const char *lw_literal_array(struct lw *w, struct ex *const *items, size_t n)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    td_buf_char(&b, '{');
    for (size_t i = 0; i < n; i++) {
        const struct ex *x = items[i];
        td_buf_add(&b, i == 0 ? "" : ",");
        if (x->null) {
            td_buf_add(&b, "NULL");
            continue;
        }
        if (x->text == NULL || x->type.dims > 0)
            return NULL;
        td_buf_char(&b, '"');
        for (const char *p = x->text; *p != '\0'; p++) {
            if (*p == '"' || *p == '\\')
                td_buf_char(&b, '\\');
            td_buf_char(&b, *p);
        }
        td_buf_char(&b, '"');
    }
    td_buf_char(&b, '}');
    return td_buf_str(&b);
}

/* ARRAY[[1, 2], [3, 4]]: arrays in an array are its next dimension, of the same element type. */
int lw_array(struct lw *w, const PgQuery__AArrayExpr *e, const struct td_type *element, struct ex *out)
{
    struct ex **items;
    struct td_type t;
    const char *literal;
    bool nested = false;
    TD_TRY(lw_exprs(w, e->elements, e->n_elements, &items));
    if (element != NULL) {
        t = *element;
        for (size_t i = 0; i < e->n_elements; i++)
            TD_TRY(lw_cast(w, items[i], ex_is_array(items[i]) ? array_of(t) : t, TD_CAST_EXPLICIT));
    } else {
        TD_TRY(lw_unify(w, items, e->n_elements, "ARRAY", &t));
    }
    for (size_t i = 0; i < e->n_elements; i++)
        nested = nested || ex_is_array(items[i]);
    t = element_of(t);
    if (e->n_elements == 0) {
        if (element == NULL)
            return lw_error(w, "42P18", e->location, "cannot determine type of empty array");
        *out = ex_of("'[]'", array_of(t), PREC_ATOM);
        out->text = "[]";
        return TD_OK;
    }
    literal = lw_literal_array(w, items, e->n_elements);
    if (literal != NULL)
        return lw_fold(w, literal, array_of(t), TD_CAST_EXPLICIT, e->location, out);
    if (is_schema(w))
        return lw_stock(w, e->location, "ARRAY of expressions");
    for (size_t i = 0; i < e->n_elements; i++)
        TD_TRY(lw_shows_digits(w, items[i]));
    *out = ex_of(td_arena_printf(w->a, "pg_array(%s, %s)", type_lit(w, nested ? array_of(t) : t),
                                 lw_joined(w, items, e->n_elements)),
                 array_of(t), PREC_ATOM);
    return TD_OK;
}

static int array_slice(struct lw *w, struct ex *x, const PgQuery__AIndices *i, struct ex *out)
{
    struct ex lo = lw_null(TD_TYPE(TD_T_INT4)), hi = lo;
    if (i->lidx != NULL)
        TD_TRY(lw_expr_to(w, i->lidx, TD_TYPE(TD_T_INT4), TD_CAST_ASSIGNMENT, &lo));
    if (i->uidx != NULL)
        TD_TRY(lw_expr_to(w, i->uidx, TD_TYPE(TD_T_INT4), TD_CAST_ASSIGNMENT, &hi));
    *out = ex_of(td_arena_printf(w->a, "pg_array_slice(%s, %s, %s)", x->sql, lo.sql, hi.sql), x->type, PREC_ATOM);
    return TD_OK;
}

/* a[1]: the element of a list; of a matrix that is NULL. */
static int stock_subscript(struct lw *w, const struct ex *x, struct td_type t, const PgQuery__AIndirection *e, int loc,
                           struct ex *out)
{
    const PgQuery__AIndices *i = e->indirection[0]->a_indices;
    struct td_type el = element_of(t), base = td_type_base(el);
    bool plain = td_type_is_integer(&base) || td_type_is_text(&base) || base.kind == TD_T_BOOL ||
                 base.kind == TD_T_UUID || base.kind == TD_T_ENUM;
    struct ex at;
    if (t.dims == 0 || e->n_indirection != 1 || i->is_slice || !plain)
        return lw_stock(w, loc, "a subscript");
    TD_TRY(lw_expr_to(w, i->uidx, TD_TYPE(TD_T_INT4), TD_CAST_ASSIGNMENT, &at));
    if (at.text == NULL || at.text[strspn(at.text, "0123456789")] != '\0' || strlen(at.text) > 9)
        return lw_stock(w, loc, "a subscript that is no constant");
    if (strcmp(at.text, "0") == 0) {
        *out = lw_null(el);
        return TD_OK;
    }
    const char *path = td_arena_printf(w->a, "'$[%ld]'", strtol(at.text, NULL, 10) - 1);
    *out = ex_fmt(w, el, PREC_ATOM, "CASE WHEN json_type(%s, %s) <> 'array' THEN json_extract(%s, %s) END", x->sql,
                  path, x->sql, path);
    return TD_OK;
}

int lw_subscript(struct lw *w, const PgQuery__AIndirection *e, struct ex *out)
{
    struct ex x, index;
    struct td_type t;
    struct td_buf b;
    int loc = td_tree_location(e->arg), rc = lw_row_field(w, e, out);
    if (rc != TD_ENOTFOUND)
        return rc;
    TD_TRY(lw_expr(w, e->arg, &x));
    t = td_type_base(x.type);
    for (size_t i = 0; i < e->n_indirection; i++) {
        if (e->indirection[i]->node_case != PG_QUERY__NODE__NODE_A_INDICES)
            return lw_refuse(w, TD_C_LOWER_TYPE, loc, "SQLite has no composite values", NULL,
                             "a field of a composite value is not carried");
    }
    if (is_schema(w))
        return stock_subscript(w, &x, t, e, loc, out);
    if (t.dims == 0 && t.kind == TD_T_JSONB) {
        *out = x;
        for (size_t i = 0; i < e->n_indirection; i++) {
            struct ex key;
            x = *out;
            TD_TRY(lw_expr(w, e->indirection[i]->a_indices->uidx, &key));
            TD_TRY(lw_operator(w, "->", &x, &key, loc, out));
        }
        return TD_OK;
    }
    if (t.dims == 0)
        return lw_error(w, "42804", loc, "cannot subscript type %s because it does not support subscripting",
                        type_name(w, t));
    if (e->n_indirection == 1 && e->indirection[0]->a_indices->is_slice)
        return array_slice(w, &x, e->indirection[0]->a_indices, out);
    td_buf_init(&b, w->a);
    td_buf_printf(&b, "pg_array_get(%s, %s", x.sql, type_lit(w, element_of(t)));
    for (size_t i = 0; i < e->n_indirection; i++) {
        TD_TRY(lw_expr_to(w, e->indirection[i]->a_indices->uidx, TD_TYPE(TD_T_INT4), TD_CAST_ASSIGNMENT, &index));
        td_buf_printf(&b, ", %s", index.sql);
    }
    td_buf_char(&b, ')');
    *out = ex_of(td_buf_str(&b), element_of(t), PREC_ATOM);
    return TD_OK;
}
