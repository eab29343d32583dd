/* SELECT: results, grouping, order, set operations, WITH. */
#include <string.h>
#include <strings.h>

#include "core/sql/lower_impl.h"

/* --- names of results, as PostgreSQL gives them --- */

static const char *figure_name(const PgQuery__Node *n)
{
    const char *name;
    if (n == NULL)
        return "?column?";
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF:
        name = td_tree_string(n->column_ref->fields[n->column_ref->n_fields - 1]);
        return name == NULL ? "?column?" : name;
    case PG_QUERY__NODE__NODE_FUNC_CALL: return td_tree_name(n->func_call->funcname, n->func_call->n_funcname, NULL);
    case PG_QUERY__NODE__NODE_TYPE_CAST:
        name = figure_name(n->type_cast->arg);
        return strcmp(name, "?column?") != 0
                   ? name
                   : td_tree_name(n->type_cast->type_name->names, n->type_cast->type_name->n_names, NULL);
    case PG_QUERY__NODE__NODE_CASE_EXPR:
        n = n->case_expr->defresult;
        /* the name of a type counts for less than "case" */
        while (n != NULL && n->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
            n = n->type_cast->arg;
        name = figure_name(n);
        return strcmp(name, "?column?") != 0 ? name : "case";
    case PG_QUERY__NODE__NODE_COALESCE_EXPR: return "coalesce";
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
        return n->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "greatest" : "least";
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR: return "array";
    case PG_QUERY__NODE__NODE_A_EXPR:
        return n->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF ? "nullif" : "?column?";
    case PG_QUERY__NODE__NODE_A_INDIRECTION:
        for (size_t i = n->a_indirection->n_indirection; i-- > 0;)
            if (td_tree_string(n->a_indirection->indirection[i]) != NULL)
                return td_tree_string(n->a_indirection->indirection[i]);
        return figure_name(n->a_indirection->arg);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: return figure_name(n->collate_clause->arg);
    case PG_QUERY__NODE__NODE_SUB_LINK:
        if (n->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK)
            return "exists";
        if (n->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK)
            return "array";
        if (n->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK &&
            n->sub_link->subselect->select_stmt->n_target_list == 1) {
            const PgQuery__ResTarget *t = n->sub_link->subselect->select_stmt->target_list[0]->res_target;
            return t->name != NULL && t->name[0] != '\0' ? t->name : figure_name(t->val);
        }
        return "?column?";
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION: {
        static const char *const names[] = {
            "",          "current_date", "current_time",   "current_time",  "current_timestamp", "current_timestamp",
            "localtime", "localtime",    "localtimestamp", "localtimestamp"};
        unsigned op = (unsigned)n->sqlvalue_function->op;
        return op < sizeof names / sizeof names[0] ? names[op] : "?column?";
    }
    default: return "?column?";
    }
}

static const char *target_name(const PgQuery__ResTarget *t)
{
    return t->name != NULL && t->name[0] != '\0' ? t->name : figure_name(t->val);
}

/* --- results --- */

/* PostgreSQL lets several results have one name; where the SELECT is read by another, each needs its own. */
static const char *own_label(struct lw *w, const struct columns *before, const char *name)
{
    for (size_t i = 0; w->depth > 1 && i < before->len; i++) {
        if (strcmp(before->at[i].name, name) == 0)
            return sql_ident(w, td_arena_printf(w->a, "%s:%zu", name, before->len + 1));
    }
    return NULL;
}

static int add_target(struct lw *w, struct ex *e, const char *name, const struct td_type *to, size_t n_to,
                      struct td_buf *out, struct columns *columns)
{
    size_t i = columns->len;
    const char *label = own_label(w, columns, name);
    struct scope_column *c;
    if (i < n_to && to[i].kind != TD_T_UNKNOWN && (!w->keep_typed || ex_is_unknown(e)))
        TD_TRY(lw_cast(w, e, to[i], TD_CAST_ASSIGNMENT));
    else if (!w->keep_unknown)
        TD_TRY(lw_settle(w, e));
    c = td_vec_add(w->a, columns);
    *c = (struct scope_column){.name = name, .type = e->type, .sql = e->sql, .label = label};
    td_buf_printf(out, "%s%s AS %s", i == 0 ? "" : ", ", e->sql, scope_label(w, c));
    return TD_OK;
}

static int add_column(struct lw *w, const struct scope_column *c, const struct td_type *to, size_t n_to,
                      struct td_buf *out, struct columns *columns)
{
    struct ex e = ex_of(c->sql, c->type, PREC_ATOM);
    return add_target(w, &e, c->name, to, n_to, out, columns);
}

static bool is_merged(const struct scope *s, const char *name)
{
    for (size_t i = 0; i < s->merged.len; i++) {
        if (strcmp(s->merged.at[i].name, name) == 0)
            return true;
    }
    return false;
}

static int add_star(struct lw *w, const PgQuery__ColumnRef *ref, const struct td_type *to, size_t n_to,
                    struct td_buf *out, struct columns *columns)
{
    struct scope *s = w->scope;
    if (ref->n_fields > 1) {
        const char *name = td_tree_string(ref->fields[ref->n_fields - 2]);
        struct scope_rel *r = scope_rel(w, NULL, name);
        if (r == NULL)
            return lw_error(w, "42P01", ref->location, "missing FROM-clause entry for table \"%s\"", name);
        for (size_t i = 0; i < r->columns.len; i++)
            TD_TRY(add_column(w, &r->columns.at[i], to, n_to, out, columns));
        return TD_OK;
    }
    for (size_t i = 0; i < s->merged.len; i++)
        TD_TRY(add_column(w, &s->merged.at[i], to, n_to, out, columns));
    for (size_t r = 0; r < s->rels.len; r++) {
        const struct scope_rel *rel = s->rels.at[r];
        for (size_t i = 0; !rel->hidden && i < rel->columns.len; i++) {
            if (!is_merged(s, rel->columns.at[i].name))
                TD_TRY(add_column(w, &rel->columns.at[i], to, n_to, out, columns));
        }
    }
    return TD_OK;
}

static const PgQuery__ColumnRef *as_star(const PgQuery__Node *n)
{
    if (n == NULL || n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
        return NULL;
    return n->column_ref->fields[n->column_ref->n_fields - 1]->node_case == PG_QUERY__NODE__NODE_A_STAR ? n->column_ref
                                                                                                        : NULL;
}

int lw_targets(struct lw *w, PgQuery__Node *const *at, size_t n, const struct td_type *to, size_t n_to,
               struct td_buf *from, struct td_buf *out, struct columns *columns)
{
    bool keep = w->keep_unknown, typed = w->keep_typed;
    for (size_t i = 0; i < n; i++) {
        const PgQuery__ResTarget *t = at[i]->res_target;
        struct ex e;
        w->keep_unknown = w->keep_typed = false;
        if (as_star(t->val) != NULL) {
            w->keep_typed = typed;
            TD_TRY(add_star(w, as_star(t->val), to, n_to, out, columns));
            continue;
        }
        if (from != NULL && lw_rows_function(t->val) != NULL)
            TD_TRY(lw_rows_target(w, t->val->func_call, from, &e));
        else
            TD_TRY(lw_expr(w, t->val, &e));
        w->keep_unknown = keep;
        w->keep_typed = typed;
        TD_TRY(add_target(w, &e, target_name(t), to, n_to, out, columns));
    }
    w->keep_unknown = w->keep_typed = false;
    return TD_OK;
}

/* --- ORDER BY, GROUP BY --- */

/* A number or the name of a result means the result. */
static const struct scope_column *named_output(const PgQuery__Node *n, const struct columns *outputs)
{
    const char *name;
    if (outputs == NULL)
        return NULL;
    if (n->node_case == PG_QUERY__NODE__NODE_A_CONST && n->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL) {
        int i = n->a_const->ival->ival;
        return i >= 1 && (size_t)i <= outputs->len ? &outputs->at[i - 1] : NULL;
    }
    if (n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF || n->column_ref->n_fields != 1)
        return NULL;
    name = td_tree_string(n->column_ref->fields[0]);
    for (size_t i = 0; name != NULL && i < outputs->len; i++) {
        if (strcmp(outputs->at[i].name, name) == 0)
            return &outputs->at[i];
    }
    return NULL;
}

static int sort_key(struct lw *w, const PgQuery__Node *n, const struct columns *outputs, struct ex *out)
{
    const struct scope_column *c = named_output(n, outputs);
    if (c == NULL)
        TD_TRY(lw_expr(w, n, out));
    else
        *out = ex_of(c->sql, c->type, PREC_OR);
    TD_TRY(lw_settle(w, out));
    return TD_OK;
}

/* A number where SQLite would take it for the place of a result, signs and all (sqlite3ExprIsInteger). */
static const char *no_place(struct lw *w, const char *sql)
{
    return strspn(sql, "0123456789.+-() ") == strlen(sql) ? td_arena_printf(w->a, "(%s || '')", sql) : sql;
}

/* One term of ORDER BY. */
static int sort_term(struct lw *w, const PgQuery__SortBy *s, const struct ex *e, const char *before, struct td_buf *out)
{
    bool desc = s->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
    bool first = s->sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST ||
                 (s->sortby_nulls != PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST && desc);
    const char *key = e->text != NULL ? td_arena_printf(w->a, "(%s || '')", e->sql) : no_place(w, e->sql);
    if (s->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_USING)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, s->location, "SQLite orders by ASC and DESC alone", NULL,
                         "ORDER BY USING is not carried");
    if (e->text == NULL && is_schema(w) && lw_numeric_sort_stock(w, e, desc, first, before, out))
        return TD_OK;
    if (key == e->sql) {
        TD_TRY(lw_sort_key(w, e, &key));
        key = no_place(w, key);
    }
    td_buf_printf(out, "%s%s%s NULLS %s", before, key, desc ? " DESC" : "", first ? "FIRST" : "LAST");
    return TD_OK;
}

int lw_sort(struct lw *w, PgQuery__Node *const *at, size_t n, const struct columns *outputs, struct td_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        struct ex e;
        TD_TRY(sort_key(w, at[i]->sort_by->node, outputs, &e));
        TD_TRY(sort_term(w, at[i]->sort_by, &e, i == 0 ? "" : ", ", out));
    }
    return TD_OK;
}

/* The same, where each term is known already. */
static int sort_columns(struct lw *w, PgQuery__Node *const *at, size_t n, const struct columns *terms,
                        struct td_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        struct ex e = ex_of(terms->at[i].sql, terms->at[i].type, PREC_ATOM);
        TD_TRY(sort_term(w, at[i]->sort_by, &e, i == 0 ? "" : ", ", out));
    }
    return TD_OK;
}

static int group_by(struct lw *w, const PgQuery__SelectStmt *s, const struct columns *outputs, struct td_buf *out)
{
    for (size_t i = 0; i < s->n_group_clause; i++) {
        const PgQuery__Node *n = s->group_clause[i];
        struct td_err before = *w->err;
        const char *key;
        struct ex e;
        if (n->node_case == PG_QUERY__NODE__NODE_GROUPING_SET)
            return lw_refuse(w, TD_C_LOWER_CLAUSE, n->grouping_set->location, "SQLite groups by plain columns",
                             "Write the groups as UNION ALL.", "ROLLUP, CUBE and GROUPING SETS are not carried");
        /* a column of FROM goes before a result of that name */
        if (n->node_case == PG_QUERY__NODE__NODE_COLUMN_REF && named_output(n, outputs) != NULL) {
            if (scope_column(w, n->column_ref, &e) != TD_OK) {
                *w->err = before;
                TD_TRY(sort_key(w, n, outputs, &e));
            }
        } else {
            TD_TRY(sort_key(w, n, outputs, &e));
        }
        TD_TRY(lw_group_key(w, &e, &key));
        td_buf_printf(out, "%s%s", i == 0 ? " GROUP BY " : ", ", no_place(w, key));
    }
    if (s->having_clause != NULL) {
        struct ex h;
        TD_TRY(lw_condition(w, s->having_clause, TD_COND_CHOOSES, &h));
        td_buf_printf(out, "%s HAVING %s", "", h.sql);
    }
    return TD_OK;
}

int lw_limit(struct lw *w, const PgQuery__SelectStmt *s, struct td_buf *out)
{
    struct ex e;
    bool limited = false;
    if (s->limit_option == PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_WITH_TIES)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, td_tree_location(s->limit_count), "SQLite has no WITH TIES",
                         "Use rank() in a sub-query.", "FETCH FIRST ... WITH TIES is not carried");
    if (s->limit_count != NULL) {
        TD_TRY(lw_expr_to(w, s->limit_count, TD_TYPE(TD_T_INT8), TD_CAST_ASSIGNMENT, &e));
        limited = !e.null;
        if (limited)
            td_buf_printf(out, " LIMIT %s", e.sql);
    }
    if (s->limit_offset != NULL) {
        TD_TRY(lw_expr_to(w, s->limit_offset, TD_TYPE(TD_T_INT8), TD_CAST_ASSIGNMENT, &e));
        td_buf_printf(out, "%s OFFSET %s", limited ? "" : " LIMIT -1", e.sql);
    }
    return TD_OK;
}

int lw_sorted_whole(struct lw *w, const PgQuery__SelectStmt *s, const char *body, const struct columns *columns,
                    struct td_buf *out)
{
    if (s->n_sort_clause == 0 && s->limit_count == NULL && s->limit_offset == NULL) {
        td_buf_add(out, body);
        return TD_OK;
    }
    td_buf_printf(out, "SELECT * FROM (%s)", body);
    if (s->n_sort_clause > 0) {
        td_buf_add(out, " ORDER BY ");
        TD_TRY(lw_sort(w, s->sort_clause, s->n_sort_clause, columns, out));
    }
    return lw_limit(w, s, out);
}

/* --- the core of a SELECT --- */

static int windows(struct lw *w, const PgQuery__SelectStmt *s, struct td_buf *out)
{
    for (size_t i = 0; i < s->n_window_clause; i++) {
        PgQuery__WindowDef d = *s->window_clause[i]->window_def;
        td_buf_printf(out, "%s%s AS ", i == 0 ? " WINDOW " : ", ", sql_ident(w, d.name));
        d.name = NULL;
        TD_TRY(lw_window(w, &d, out));
    }
    return TD_OK;
}

/* DISTINCT ON (keys): the first row of each group in the order asked for. */
static int distinct_on(struct lw *w, const PgQuery__SelectStmt *s, const char *from, const char *where,
                       const struct columns *columns, struct td_buf *out)
{
    struct td_buf keys, order, inner, outer;
    td_buf_init(&keys, w->a);
    td_buf_init(&order, w->a);
    td_buf_init(&inner, w->a);
    td_buf_init(&outer, w->a);
    for (size_t i = 0; i < s->n_distinct_clause; i++) {
        const char *key;
        struct ex e;
        TD_TRY(sort_key(w, s->distinct_clause[i], columns, &e));
        TD_TRY(lw_group_key(w, &e, &key));
        td_buf_printf(&keys, "%s%s", i == 0 ? "" : ", ", key);
    }
    TD_TRY(lw_sort(w, s->sort_clause, s->n_sort_clause, columns, &order));
    for (size_t i = 0; i < columns->len; i++) {
        td_buf_printf(&inner, "%s%s AS \"_%zu\"", i == 0 ? "" : ", ", columns->at[i].sql, i + 1);
        td_buf_printf(&outer, "%s\"_%zu\" AS %s", i == 0 ? "" : ", ", i + 1, scope_label(w, &columns->at[i]));
    }
    lw_note(w, td_tree_location(s->distinct_clause[0]), "DISTINCT ON became row_number() = 1");
    td_buf_printf(
        out,
        "SELECT %s FROM (SELECT %s, row_number() OVER (PARTITION BY %s%s%s) AS \"_first\", row_number() OVER (%s%s) AS "
        "\"_order\"%s%s) WHERE \"_first\" = 1",
        td_buf_str(&outer), td_buf_str(&inner), td_buf_str(&keys), order.len > 0 ? " ORDER BY " : "",
        td_buf_str(&order), order.len > 0 ? "ORDER BY " : "", td_buf_str(&order), from, where);
    if (order.len > 0)
        td_buf_add(out, " ORDER BY \"_order\"");
    return lw_limit(w, s, out);
}

/* What ORDER BY names is one of the results: as a column of the SELECT around it. */
static int outer_sort(struct lw *w, const PgQuery__SelectStmt *s, const struct columns *inner,
                      const struct columns *outer, struct td_buf *out)
{
    struct columns by_text = {0};
    for (size_t i = 0; i < s->n_sort_clause; i++) {
        const PgQuery__Node *n = s->sort_clause[i]->sort_by->node;
        struct scope_column *c = td_vec_add(w->a, &by_text);
        struct ex e;
        TD_TRY(sort_key(w, n, inner, &e));
        *c = (struct scope_column){.name = "", .type = e.type, .sql = NULL};
        for (size_t k = 0; k < inner->len && c->sql == NULL; k++)
            c->sql = strcmp(inner->at[k].sql, e.sql) == 0 ? outer->at[k].sql : NULL;
        if (c->sql == NULL)
            return lw_error(w, "42P10", td_tree_location(n),
                            "for SELECT DISTINCT, ORDER BY expressions must appear in select list");
    }
    td_buf_add(out, s->n_sort_clause > 0 ? " ORDER BY " : "");
    return sort_columns(w, s->sort_clause, s->n_sort_clause, &by_text, out);
}

/* DISTINCT where equal values have different texts: one row of each group of equal keys. */
static int distinct_by_key(struct lw *w, const PgQuery__SelectStmt *s, const char *from, const char *where,
                           const struct columns *columns, struct td_buf *out)
{
    struct columns outer = {0};
    struct td_buf inner, names, keys;
    td_buf_init(&inner, w->a);
    td_buf_init(&names, w->a);
    td_buf_init(&keys, w->a);
    for (size_t i = 0; i < columns->len; i++) {
        struct scope_column *c = td_vec_add(w->a, &outer);
        struct ex e;
        const char *key;
        *c = columns->at[i];
        c->sql = td_arena_printf(w->a, "\"_%zu\"", i + 1);
        e = ex_of(c->sql, c->type, PREC_ATOM);
        e.loc = td_tree_location(s->target_list[i < s->n_target_list ? i : 0]);
        TD_TRY(lw_group_key(w, &e, &key));
        td_buf_printf(&inner, "%s%s AS %s", i == 0 ? "" : ", ", columns->at[i].sql, c->sql);
        td_buf_printf(&names, "%s%s AS %s", i == 0 ? "" : ", ", c->sql, scope_label(w, &columns->at[i]));
        td_buf_printf(&keys, "%s%s", i == 0 ? "" : ", ", key);
    }
    td_buf_printf(out, "SELECT %s FROM (SELECT %s%s%s", td_buf_str(&names), td_buf_str(&inner), from, where);
    TD_TRY(group_by(w, s, columns, out));
    TD_TRY(windows(w, s, out));
    td_buf_printf(out, ") GROUP BY %s", td_buf_str(&keys));
    TD_TRY(outer_sort(w, s, columns, &outer, out));
    return lw_limit(w, s, out);
}

static int where_text(struct lw *w, const PgQuery__Node *where, const char **out)
{
    struct ex e;
    *out = "";
    if (where == NULL)
        return TD_OK;
    TD_TRY(lw_condition(w, where, TD_COND_CHOOSES, &e));
    *out = td_arena_printf(w->a, " WHERE %s", e.sql);
    return TD_OK;
}

bool lw_is_distinct_on(const PgQuery__SelectStmt *s)
{
    return s->n_distinct_clause > 0 && s->distinct_clause[0] != NULL &&
           s->distinct_clause[0]->node_case != PG_QUERY__NODE__NODE__NOT_SET;
}

static bool any_needs_key(const struct columns *columns)
{
    for (size_t i = 0; i < columns->len; i++) {
        if (lw_needs_key(columns->at[i].type, false))
            return true;
    }
    return false;
}

static int simple_select(struct lw *w, const PgQuery__SelectStmt *s, const struct td_type *to, size_t n_to,
                         struct td_buf *out, struct columns *columns)
{
    struct td_buf from, targets;
    bool keep = w->keep_unknown, typed = w->keep_typed;
    bool shows = w->order_shows || s->limit_count != NULL || s->limit_offset != NULL;
    const char *where, *from_text;
    td_buf_init(&from, w->a);
    td_buf_init(&targets, w->a);
    w->keep_unknown = w->keep_typed = false;
    w->order_shows = shows;
    TD_TRY(lw_from(w, s->from_clause, s->n_from_clause, &from));
    w->keep_unknown = keep;
    w->keep_typed = typed;
    w->order_shows = false;
    TD_TRY(lw_targets(w, s->target_list, s->n_target_list, to, n_to, &from, &targets, columns));
    from_text = from.len == 0 ? "" : td_arena_printf(w->a, " FROM %s", td_buf_str(&from));
    TD_TRY(where_text(w, s->where_clause, &where));
    if (lw_is_distinct_on(s))
        return distinct_on(w, s, from_text, where, columns, out);
    if (s->n_distinct_clause > 0 && any_needs_key(columns))
        return distinct_by_key(w, s, from_text, where, columns, out);
    td_buf_printf(out, "SELECT %s%s%s%s", s->n_distinct_clause > 0 ? "DISTINCT " : "",
                  columns->len == 0 ? "NULL" : td_buf_str(&targets), from_text, where);
    TD_TRY(group_by(w, s, columns, out));
    TD_TRY(windows(w, s, out));
    if (s->n_sort_clause > 0) {
        td_buf_add(out, " ORDER BY ");
        TD_TRY(lw_sort(w, s->sort_clause, s->n_sort_clause, columns, out));
    }
    lw_order_as_stored(w, s, shows, out);
    return lw_limit(w, s, out);
}

/* --- VALUES --- */

static int values_columns(struct lw *w, const PgQuery__SelectStmt *s, struct ex ***rows, size_t width,
                          const struct td_type *to, size_t n_to, struct columns *columns)
{
    struct ex **column = td_arena_alloc(w->a, s->n_values_lists * sizeof *column);
    for (size_t c = 0; c < width; c++) {
        struct scope_column *out = td_vec_add(w->a, columns);
        struct td_type t;
        bool untyped = true;
        for (size_t r = 0; r < s->n_values_lists; r++) {
            column[r] = rows[r][c];
            untyped = untyped && column[r]->type.kind == TD_T_UNKNOWN;
        }
        if (untyped && c < n_to && to[c].kind != TD_T_UNKNOWN) {
            t = to[c];
            for (size_t r = 0; r < s->n_values_lists; r++)
                TD_TRY(lw_cast(w, column[r], t, TD_CAST_ASSIGNMENT));
        } else if (untyped && w->keep_unknown) {
            t = TD_TYPE(TD_T_UNKNOWN);
        } else {
            TD_TRY(lw_unify(w, column, s->n_values_lists, "VALUES", &t));
            for (size_t r = 0; c < n_to && to[c].kind != TD_T_UNKNOWN && r < s->n_values_lists; r++)
                TD_TRY(lw_cast(w, column[r], to[c], TD_CAST_ASSIGNMENT));
            if (c < n_to && to[c].kind != TD_T_UNKNOWN)
                t = to[c];
        }
        *out = (struct scope_column){.name = td_arena_printf(w->a, "column%zu", c + 1), .type = t};
        out->sql = sql_ident(w, out->name);
    }
    return TD_OK;
}

static int values(struct lw *w, const PgQuery__SelectStmt *s, const struct td_type *to, size_t n_to, struct td_buf *out,
                  struct columns *columns)
{
    struct ex ***rows = td_arena_alloc(w->a, s->n_values_lists * sizeof *rows);
    size_t width = s->values_lists[0]->list->n_items;
    struct td_buf body;
    for (size_t r = 0; r < s->n_values_lists; r++) {
        if (s->values_lists[r]->list->n_items != width)
            return lw_error(w, "42601", td_tree_location(s->values_lists[r]),
                            "VALUES lists must all be the same length");
        TD_TRY(lw_exprs(w, s->values_lists[r]->list->items, width, &rows[r]));
    }
    TD_TRY(values_columns(w, s, rows, width, to, n_to, columns));
    td_buf_init(&body, w->a);
    td_buf_add(&body, "VALUES ");
    for (size_t r = 0; r < s->n_values_lists; r++) {
        td_buf_add(&body, r == 0 ? "(" : ", (");
        for (size_t c = 0; c < width; c++)
            td_buf_printf(&body, "%s%s", c == 0 ? "" : ", ", rows[r][c]->sql);
        td_buf_char(&body, ')');
    }
    return lw_sorted_whole(w, s, td_buf_str(&body), columns, out);
}

/* --- WITH --- */

/* SQLite would take the query's name inside it, and wherever a table of that name stands, for the query itself. */
static const char *cte_name(struct lw *w, const char *name)
{
    bool taken = scope_cte(w, name) != NULL;
    for (size_t i = 0; !taken && w->l->catalog != NULL && i < w->l->catalog->tables.len; i++)
        taken = strcasecmp(td_table_sqlite_name(w->a, w->l->catalog->tables.at[i]), name) == 0;
    return sql_ident(w, taken ? td_arena_printf(w->a, "%s:%u", name, ++w->counter) : name);
}

static struct cte *add_cte(struct lw *w, const PgQuery__CommonTableExpr *c, const struct columns *columns)
{
    struct cte *cte = td_arena_new(w->a, struct cte);
    cte->name = c->ctename;
    cte->sql_name = cte_name(w, c->ctename);
    for (size_t i = 0; i < columns->len; i++) {
        struct scope_column *col = td_vec_add(w->a, &cte->columns);
        *col = columns->at[i];
        if (i < c->n_aliascolnames) {
            col->name = td_tree_string(c->aliascolnames[i]);
            col->label = NULL;
        }
        if (col->type.kind == TD_T_UNKNOWN)
            col->type = TD_TYPE(TD_T_TEXT);
        col->sql = scope_label(w, col);
    }
    *td_vec_add(w->a, &w->scope->ctes) = cte;
    return cte;
}

static bool reads_itself(const PgQuery__CommonTableExpr *c);

static int with_query(struct lw *w, const PgQuery__CommonTableExpr *c, bool recursive, struct td_buf *out)
{
    struct columns columns = {0};
    struct td_buf body;
    struct cte *cte = NULL;
    const PgQuery__SelectStmt *s;
    if (c->ctequery->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, c->location, "SQLite's WITH holds SELECT alone", NULL,
                         "a data-modifying WITH (\"%s\") is not carried here", c->ctename);
    if (c->search_clause != NULL || c->cycle_clause != NULL)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, c->location, "SQLite has neither", NULL,
                         "SEARCH and CYCLE are not carried");
    s = c->ctequery->select_stmt;
    td_buf_init(&body, w->a);
    if (recursive && lw_is_set_operation(s) && reads_itself(c)) {
        struct td_buf ignored;
        td_buf_init(&ignored, w->a);
        TD_TRY(lw_select(w, s->larg, &ignored, &columns));
        cte = add_cte(w, c, &columns);
        columns = (struct columns){0};
        {
            struct td_type *types = td_arena_alloc(w->a, (cte->columns.len + 1) * sizeof *types);
            for (size_t i = 0; i < cte->columns.len; i++)
                types[i] = cte->columns.at[i].type;
            w->recursive = true;
            TD_TRY(lw_select_to(w, s, types, cte->columns.len, &body, &columns));
        }
    } else {
        TD_TRY(lw_select(w, s, &body, &columns));
        cte = add_cte(w, c, &columns);
    }
    td_buf_printf(out, "%s (", cte->sql_name);
    for (size_t i = 0; i < cte->columns.len; i++)
        td_buf_printf(out, "%s%s", i == 0 ? "" : ", ", scope_label(w, &cte->columns.at[i]));
    td_buf_printf(out, ") AS %s(%s)",
                  c->ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeAlways  ? "MATERIALIZED "
                  : c->ctematerialized == PG_QUERY__CTEMATERIALIZE__CTEMaterializeNever ? "NOT MATERIALIZED "
                                                                                        : "",
                  td_buf_str(&body));
    return TD_OK;
}

struct self_search {
    const char *name;
    bool found;
};

static bool find_self(PgQuery__Node *n, void *data)
{
    struct self_search *s = data;
    if (n->node_case == PG_QUERY__NODE__NODE_RANGE_VAR && strcmp(n->range_var->relname, s->name) == 0 &&
        (n->range_var->schemaname == NULL || n->range_var->schemaname[0] == '\0'))
        s->found = true;
    return !s->found;
}

static bool reads_itself(const PgQuery__CommonTableExpr *c)
{
    struct self_search s = {c->ctename, false};
    td_tree_walk(c->ctequery, find_self, &s);
    return s.found;
}

int lw_with(struct lw *w, const PgQuery__WithClause *c, struct td_buf *out)
{
    if (c == NULL || c->n_ctes == 0)
        return TD_OK;
    td_buf_add(out, c->recursive ? "WITH RECURSIVE " : "WITH ");
    w->depth++; /* its queries are read by others */
    for (size_t i = 0; i < c->n_ctes; i++) {
        td_buf_add(out, i == 0 ? "" : ", ");
        TD_TRY(with_query(w, c->ctes[i]->common_table_expr, c->recursive, out));
    }
    w->depth--;
    td_buf_char(out, ' ');
    return TD_OK;
}

/* --- the whole --- */

int lw_select_to(struct lw *w, const PgQuery__SelectStmt *s, const struct td_type *to, size_t n_to, struct td_buf *out,
                 struct columns *columns)
{
    bool keep = w->keep_unknown, typed = w->keep_typed, recursive = w->recursive, shows = w->order_shows;
    int rc;
    if (s->into_clause != NULL)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, -1, "it makes a table", "Write CREATE TABLE ... AS.",
                         "SELECT INTO stands here");
    if (s->n_locking_clause > 0)
        lw_note(w, -1, "FOR UPDATE is left out: SQLite has one writer at a time");
    if (w->depth >= 200)
        return lw_refuse(w, TD_C_LOWER_DEEP, -1, "SQLite's parser does not take more", "Split the query.",
                         "queries are nested too deep");
    w->depth++;
    scope_push(w);
    w->keep_unknown = w->keep_typed = w->recursive = false;
    rc = lw_with(w, s->with_clause, out);
    w->keep_unknown = keep;
    w->keep_typed = typed && s->n_distinct_clause > 0;
    w->order_shows = shows;
    w->recursive = recursive && lw_is_set_operation(s);
    if (rc == TD_OK)
        rc = lw_is_set_operation(s)  ? lw_set_operation(w, s, to, n_to, out, columns)
             : s->n_values_lists > 0 ? values(w, s, to, n_to, out, columns)
                                     : simple_select(w, s, to, n_to, out, columns);
    w->keep_unknown = w->keep_typed = w->recursive = false;
    w->order_shows = shows;
    scope_pop(w);
    w->depth--;
    return rc;
}

int lw_select(struct lw *w, const PgQuery__SelectStmt *s, struct td_buf *out, struct columns *columns)
{
    return lw_select_to(w, s, NULL, 0, out, columns);
}
