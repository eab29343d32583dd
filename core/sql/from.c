/* FROM: tables, sub-queries, joins, and functions that give rows. */
#include <string.h>

#include "core/sql/lower_impl.h"

/* --- functions that give rows --- */

struct rows_fn {
    const char *name, *call; /* call NULL: made below */
    const char *arg, *more;
    enum td_type_kind type;
    short dims;
    bool pair; /* key and value */
};

static const struct rows_fn rows_functions[] = {
    {"generate_series", NULL, "", "", TD_T_UNKNOWN, 0, false},
    {"unnest", NULL, "", "", TD_T_UNKNOWN, 0, false},
    {"jsonb_array_elements", "pg_jsonb_array_elements_rows", "J", "", TD_T_JSONB, 0, false},
    {"jsonb_array_elements_text", "pg_jsonb_array_elements_rows", "J", ", 1", TD_T_TEXT, 0, false},
    {"json_array_elements", "pg_json_array_elements_rows", "j", "", TD_T_JSON, 0, false},
    {"json_array_elements_text", "pg_json_array_elements_rows", "j", ", 1", TD_T_TEXT, 0, false},
    {"jsonb_each", "pg_jsonb_each_rows", "J", "", TD_T_JSONB, 0, true},
    {"jsonb_each_text", "pg_jsonb_each_rows", "J", ", 1", TD_T_TEXT, 0, true},
    {"json_each", "pg_json_each_rows", "j", "", TD_T_JSON, 0, true},
    {"json_each_text", "pg_json_each_rows", "j", ", 1", TD_T_TEXT, 0, true},
    {"jsonb_object_keys", "pg_jsonb_object_keys_rows", "J", "", TD_T_TEXT, 0, false},
    {"json_object_keys", "pg_json_object_keys_rows", "j", "", TD_T_TEXT, 0, false},
    {"regexp_split_to_table", "pg_regexp_split_to_table_rows", "t", "", TD_T_TEXT, 0, false},
    {"string_to_table", "pg_string_to_table_rows", "t", "", TD_T_TEXT, 0, false},
    {"regexp_matches", "pg_regexp_matches_rows", "t", "", TD_T_TEXT, 1, false},
};

const struct rows_fn *lw_rows_function(const PgQuery__Node *n)
{
    const char *name;
    if (n == NULL || n->node_case != PG_QUERY__NODE__NODE_FUNC_CALL)
        return NULL;
    name = td_tree_builtin(n->func_call);
    for (size_t i = 0; i < sizeof rows_functions / sizeof rows_functions[0]; i++) {
        if (strcmp(rows_functions[i].name, name) == 0)
            return &rows_functions[i];
    }
    return NULL;
}

static int series(struct lw *w, struct ex **args, size_t n, int loc, const char **sql, struct td_type *type)
{
    const char *step = "1";
    if (n < 2 || n > 3)
        return lw_error(w, "42883", loc, "function generate_series with %zu arguments does not exist", n);
    TD_TRY(lw_common_type(w, args, 2, "argument", type));
    if (type->kind == TD_T_TEXT)
        *type = TD_TYPE(TD_T_TIMESTAMPTZ);
    if (type->kind == TD_T_DATE)
        *type = TD_TYPE(TD_T_TIMESTAMPTZ);
    for (size_t i = 0; i < 2; i++)
        TD_TRY(lw_cast(w, args[i], *type, TD_CAST_IMPLICIT));
    if (n == 3) {
        TD_TRY(lw_cast(w, args[2], td_type_is_time(type) ? TD_TYPE(TD_T_INTERVAL) : *type, TD_CAST_IMPLICIT));
        step = args[2]->sql;
    }
    *sql = td_arena_printf(w->a, "pg_generate_series_rows(%s, %s, %s, %s)", args[0]->sql, args[1]->sql, step,
                           type_lit(w, *type));
    return TD_OK;
}

static int rows_call(struct lw *w, const struct rows_fn *f, const PgQuery__FuncCall *c, const char **sql,
                     struct td_type *type)
{
    struct ex **args;
    struct td_type want = TD_TYPE(f->arg[0] == 'J' ? TD_T_JSONB : f->arg[0] == 'j' ? TD_T_JSON : TD_T_TEXT);
    struct td_buf b;
    TD_TRY(lw_exprs(w, c->args, c->n_args, &args));
    if (c->n_args == 0)
        return lw_error(w, "42883", c->location, "function %s() does not exist", f->name);
    *type = TD_TYPE(f->type);
    type->dims = f->dims;
    if (strcmp(f->name, "unnest") == 0) {
        if (args[0]->type.dims == 0 || c->n_args > 1)
            return lw_refuse(w, TD_C_LOWER_FUNCTION, c->location, "one array can be carried", NULL,
                             "unnest of several arrays");
        *type = element_of(args[0]->type);
        *sql = is_schema(w) ? args[0]->sql
                            : td_arena_printf(w->a, "pg_unnest_rows(%s, %s)", args[0]->sql, type_lit(w, *type));
        return TD_OK;
    }
    if (is_schema(w))
        return lw_stock(w, c->location, f->name);
    if (strcmp(f->name, "generate_series") == 0)
        return series(w, args, c->n_args, c->location, sql, type);
    td_buf_init(&b, w->a);
    td_buf_printf(&b, "%s(", f->call);
    for (size_t i = 0; i < c->n_args; i++) {
        TD_TRY(lw_cast(w, args[i], want, TD_CAST_IMPLICIT));
        td_buf_printf(&b, "%s%s", i == 0 ? "" : ", ", args[i]->sql);
    }
    td_buf_printf(&b, "%s)", f->more);
    *sql = td_buf_str(&b);
    return TD_OK;
}

/* The rows' text becomes the value again. */
static int row_value(struct lw *w, const char *sql, struct td_type t, struct ex *out)
{
    *out = ex_of(sql, TD_TYPE(TD_T_TEXT), PREC_ATOM);
    if (is_schema(w) || t.dims > 0 || td_type_is_text(&t) || t.kind == TD_T_JSON || t.kind == TD_T_JSONB) {
        out->type = t;
        return TD_OK;
    }
    if (td_type_is_integer(&t)) {
        *out = ex_of(td_arena_printf(w->a, "CAST(%s AS INTEGER)", sql), t, PREC_ATOM);
        return TD_OK;
    }
    return lw_cast(w, out, t, TD_CAST_EXPLICIT);
}

static const char *alias_column(const PgQuery__Alias *a, size_t i)
{
    return a != NULL && i < a->n_colnames ? td_tree_string(a->colnames[i]) : NULL;
}

/* Adds the function's rows to the scope; *out is "json_each(...) AS ..." */
static int add_rows(struct lw *w, const PgQuery__FuncCall *c, const PgQuery__Alias *alias, bool ordinality,
                    struct td_buf *out)
{
    PgQuery__Node call_node = PG_QUERY__NODE__INIT;
    const struct rows_fn *f;
    const char *name, *call = NULL, *quoted;
    struct td_type type;
    struct scope_rel *r;
    struct scope_column *col;
    struct ex value;
    call_node.node_case = PG_QUERY__NODE__NODE_FUNC_CALL;
    call_node.func_call = (PgQuery__FuncCall *)c;
    f = lw_rows_function(&call_node);
    name = td_tree_name(c->funcname, c->n_funcname, NULL);
    if (f == NULL)
        return lw_refuse(w, TD_C_LOWER_FUNCTION, c->location, "SQLite has no such table function", NULL,
                         "the function %s in FROM is not carried", name);
    TD_TRY(rows_call(w, f, c, &call, &type));
    if (alias != NULL)
        name = alias->aliasname;
    quoted = sql_ident(w, name);
    td_buf_printf(out, "json_each(%s) AS %s", call, quoted);
    r = scope_add(w, name);
    r->from_function = true;
    if (f->pair) {
        col = td_vec_add(w->a, &r->columns);
        *col = (struct scope_column){.name = alias_column(alias, 0), .type = TD_TYPE(TD_T_TEXT)};
        col->name = col->name == NULL ? "key" : col->name;
        col->sql = td_arena_printf(w->a, "json_extract(%s.value, '$[0]')", quoted);
        TD_TRY(row_value(w, td_arena_printf(w->a, "json_extract(%s.value, '$[1]')", quoted), type, &value));
    } else {
        TD_TRY(row_value(w, td_arena_printf(w->a, "%s.value", quoted), type, &value));
    }
    col = td_vec_add(w->a, &r->columns);
    *col = (struct scope_column){.name = alias_column(alias, f->pair), .type = type, .sql = value.sql};
    if (col->name == NULL) /* the only parameter OUT that has a name */
        col->name = f->pair || strstr(f->name, "elements") != NULL ? "value" : name;
    if (ordinality) {
        const char *given = alias_column(alias, f->pair ? 2 : 1);
        col = td_vec_add(w->a, &r->columns);
        *col = (struct scope_column){.name = given == NULL ? "ordinality" : given, .type = TD_TYPE(TD_T_INT8)};
        col->sql = td_arena_printf(w->a, "(%s.key + 1)", quoted);
    }
    return TD_OK;
}

/* unnest(a, b, ...): as many rows as the longest has elements; each row takes those of its number. */
static int unnest_several(struct lw *w, const PgQuery__FuncCall *c, const PgQuery__Alias *alias, bool ordinality,
                          struct td_buf *out)
{
    const char *name = alias == NULL ? "unnest" : alias->aliasname, *quoted = sql_ident(w, name);
    struct ex **args, value;
    struct scope_rel *r;
    struct td_buf lengths;
    TD_TRY(lw_exprs(w, c->args, c->n_args, &args));
    if (is_schema(w))
        return lw_stock(w, c->location, "unnest() of several arrays");
    r = scope_add(w, name);
    td_buf_init(&lengths, w->a);
    for (size_t i = 0; i < c->n_args; i++) {
        struct scope_column *col = td_vec_add(w->a, &r->columns);
        const char *given = alias_column(alias, i), *rows;
        struct td_type el = element_of(args[i]->type);
        if (args[i]->type.dims == 0 || lw_calls_volatile(args[i]->sql))
            return lw_refuse(w, TD_C_LOWER_FUNCTION, c->location,
                             "of several only arrays are carried that stay the same", NULL,
                             "unnest() of something else");
        rows = td_arena_printf(w->a, "pg_unnest_rows(%s, %s)", args[i]->sql, type_lit(w, el));
        td_buf_printf(&lengths, "%scoalesce(json_array_length(%s), 0)", i == 0 ? "" : ", ", rows);
        TD_TRY(
            row_value(w, td_arena_printf(w->a, "json_extract(%s, '$[' || %s.key || ']')", rows, quoted), el, &value));
        *col = (struct scope_column){.name = given == NULL ? "unnest" : given, .type = el, .sql = value.sql};
    }
    if (ordinality) {
        const char *given = alias_column(alias, c->n_args);
        struct scope_column *col = td_vec_add(w->a, &r->columns);
        *col = (struct scope_column){.name = given == NULL ? "ordinality" : given, .type = TD_TYPE(TD_T_INT8)};
        col->sql = td_arena_printf(w->a, "(%s.key + 1)", quoted);
    }
    r->from_function = true;
    td_buf_printf(out, "json_each(pg_generate_series_rows(1, max(%s), 1, 'integer')) AS %s", td_buf_str(&lengths),
                  quoted);
    return TD_OK;
}

/* A function that gives rows, among the results of a SELECT: it joins FROM. */
int lw_rows_target(struct lw *w, const PgQuery__FuncCall *c, struct td_buf *from, struct ex *out)
{
    struct td_buf b;
    PgQuery__Alias alias = PG_QUERY__ALIAS__INIT;
    const struct scope_rel *r;
    alias.aliasname = td_arena_printf(w->a, "_rows%u", ++w->counter);
    td_buf_init(&b, w->a);
    TD_TRY(add_rows(w, c, &alias, false, &b));
    r = w->scope->rels.at[w->scope->rels.len - 1];
    w->scope->rels.at[w->scope->rels.len - 1]->hidden = true;
    if (r->columns.len != 1)
        return lw_refuse(w, TD_C_LOWER_FUNCTION, c->location, "it gives rows of several columns", "Call it in FROM.",
                         "this function stands among the results of SELECT");
    td_buf_printf(from, "%s%s", from->len == 0 ? "" : ", ", td_buf_str(&b));
    *out = ex_of(r->columns.at[0].sql, r->columns.at[0].type, PREC_ATOM);
    return TD_OK;
}

/* --- tables and sub-queries --- */

static void add_columns(struct lw *w, struct scope_rel *r, const struct scope_column *at, size_t n,
                        const PgQuery__Alias *alias)
{
    for (size_t i = 0; i < n; i++) {
        struct scope_column *c = td_vec_add(w->a, &r->columns);
        const char *given = alias_column(alias, i);
        c->name = given == NULL ? at[i].name : given;
        c->type = at[i].type;
        c->label = given == NULL ? at[i].label : NULL;
        c->sql = td_arena_printf(w->a, "%s.%s", sql_ident(w, r->alias), scope_label(w, c));
    }
}

/* SQLite cannot rename columns in an alias: a SELECT around does. */
static void print_renamed(struct lw *w, const char *source, const struct scope_column *at, size_t n,
                          const PgQuery__Alias *alias, struct td_buf *out)
{
    td_buf_add(out, "(SELECT ");
    for (size_t i = 0; i < n; i++) {
        const char *given = alias_column(alias, i);
        td_buf_printf(out, "%s%s AS %s", i == 0 ? "" : ", ", scope_label(w, &at[i]),
                      given == NULL ? scope_label(w, &at[i]) : sql_ident(w, given));
    }
    td_buf_printf(out, " FROM %s)", source);
}

static int range_var(struct lw *w, const PgQuery__RangeVar *v, struct td_buf *out)
{
    const PgQuery__Alias *alias = v->alias;
    struct cte *cte = v->schemaname == NULL || v->schemaname[0] == '\0' ? scope_cte(w, v->relname) : NULL;
    const struct td_table *t = NULL;
    const char *source, *name = alias != NULL ? alias->aliasname : v->relname;
    struct scope_rel *r, plain = {0};
    if (cte == NULL)
        TD_TRY(lw_table(w, v, &t));
    source = cte != NULL ? cte->sql_name : table_sql(w, t);
    r = scope_add(w, name);
    if (t != NULL) {
        scope_add_table(w, &plain, t, "");
        if (alias == NULL)
            r->table = t;
    }
    add_columns(w, r, cte != NULL ? cte->columns.at : plain.columns.at,
                cte != NULL ? cte->columns.len : plain.columns.len, alias);
    if (alias != NULL && alias->n_colnames > 0)
        print_renamed(w, source, cte != NULL ? cte->columns.at : plain.columns.at, r->columns.len, alias, out);
    else
        td_buf_add(out, source);
    if (strcmp(source, sql_ident(w, name)) != 0 || (alias != NULL && alias->n_colnames > 0))
        td_buf_printf(out, " AS %s", sql_ident(w, name));
    if (t != NULL) {
        r->table = t;
        r->prefix = alias != NULL && alias->n_colnames > 0 ? NULL : td_arena_printf(w->a, "%s.", sql_ident(w, name));
    }
    return TD_OK;
}

/* LATERAL: SQLite's sub-queries in FROM do not see their neighbours, but the arguments of a table function do. So the
 * sub-query is an argument of json_each: its rows go in as one JSON text and come out as rows again. Text and integers
 * pass as they are; what JSON would round or cannot hold passes as PostgreSQL's text of it. */
static int pack_column(struct lw *w, const struct scope_column *c, int loc, const char **out)
{
    enum td_storage storage = td_type_storage(c->type);
    struct ex e = ex_of(scope_label(w, c), c->type, PREC_ATOM);
    e.loc = loc;
    if (storage == TD_S_REAL || storage == TD_S_BLOB)
        TD_TRY(lw_cast(w, &e, TD_TYPE(TD_T_TEXT), TD_CAST_EXPLICIT));
    /* a JSON value would be taken apart, as it is known to be one: || makes it a plain text */
    *out = storage == TD_S_TEXT ? td_arena_printf(w->a, "%s || ''", ex_in(w, &e, PREC_CONCAT)) : e.sql;
    return TD_OK;
}

static int unpack_column(struct lw *w, const char *quoted, size_t i, struct scope_column *c, int loc)
{
    enum td_storage storage = td_type_storage(c->type);
    struct ex e =
        ex_of(td_arena_printf(w->a, "json_extract(%s.value, '$[%zu]')", quoted, i), TD_TYPE(TD_T_TEXT), PREC_ATOM);
    e.loc = loc;
    if (storage == TD_S_REAL || storage == TD_S_BLOB)
        TD_TRY(lw_cast(w, &e, c->type, TD_CAST_EXPLICIT));
    c->sql = e.sql;
    return TD_OK;
}

static int lateral_rows(struct lw *w, const PgQuery__RangeSubselect *s, const char *name, const char *query,
                        const struct columns *columns, struct td_buf *out)
{
    const char *quoted = sql_ident(w, name);
    int loc = td_tree_location(s->subquery);
    struct scope_rel *r = scope_add(w, name);
    struct td_buf row;
    td_buf_init(&row, w->a);
    for (size_t i = 0; i < columns->len; i++) {
        struct scope_column *c = td_vec_add(w->a, &r->columns);
        const char *given = alias_column(s->alias, i), *packed;
        *c = columns->at[i];
        c->name = given == NULL ? c->name : given;
        TD_TRY(pack_column(w, &columns->at[i], loc, &packed));
        td_buf_printf(&row, "%s%s", i == 0 ? "" : ", ", packed);
        TD_TRY(unpack_column(w, quoted, i, c, loc));
    }
    lw_note(w, loc, "LATERAL became json_each over the sub-query's rows");
    td_buf_printf(out, "json_each((SELECT json_group_array(json_array(%s)) FROM (%s))) AS %s", td_buf_str(&row), query,
                  quoted);
    return TD_OK;
}

static int range_subselect(struct lw *w, const PgQuery__RangeSubselect *s, struct td_buf *out)
{
    struct columns columns = {0};
    struct td_buf b;
    struct scope *here = w->scope;
    struct scope_rel *r;
    const char *name = s->alias != NULL ? s->alias->aliasname : td_arena_printf(w->a, "_sub%u", ++w->counter);
    int rc;
    td_buf_init(&b, w->a);
    if (!s->lateral)
        w->scope = here->outer; /* a sub-query in FROM does not see its neighbours */
    {
        struct scope blind = {.outer = w->scope, .ctes = {here->ctes.at, here->ctes.len, here->ctes.cap}};
        if (!s->lateral)
            w->scope = &blind;
        rc = lw_select(w, s->subquery->select_stmt, &b, &columns);
    }
    w->scope = here;
    if (rc != TD_OK)
        return rc;
    if (s->lateral)
        return lateral_rows(w, s, name, td_buf_str(&b), &columns, out);
    r = scope_add(w, name);
    add_columns(w, r, columns.at, columns.len, s->alias);
    if (s->alias != NULL && s->alias->n_colnames > 0)
        print_renamed(w, td_arena_printf(w->a, "(%s)", td_buf_str(&b)), columns.at, columns.len, s->alias, out);
    else
        td_buf_printf(out, "(%s)", td_buf_str(&b));
    td_buf_printf(out, " AS %s", sql_ident(w, name));
    return TD_OK;
}

/* A column of a record, from the member of its name. */
static int record_column(struct lw *w, const PgQuery__ColumnDef *d, const struct ex *object, struct scope_column *out)
{
    struct ex member = *object, key, value;
    struct td_type t;
    TD_TRY(lw_type(w, d->type_name, &t));
    if (t.dims > 0 || t.mod1 >= 0 || t.kind == TD_T_COMPOSITE || t.kind == TD_T_DOMAIN)
        return lw_refuse(w, TD_C_LOWER_TYPE, d->location, "only types without a size are carried there",
                         "Cast the column where it is used.", "a column of type %s in a column definition list",
                         type_name(w, t));
    TD_TRY(lw_fold(w, d->colname, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT, d->location, &key));
    bool json = t.kind == TD_T_JSON || t.kind == TD_T_JSONB;
    TD_TRY(lw_operator(w, json ? "->" : "->>", &member, &key, d->location, &value));
    value.loc = d->location;
    if (json)
        value.sql = td_arena_printf(w->a, "nullif(%s, 'null')", value.sql);
    TD_TRY(lw_cast(w, &value, t, TD_CAST_EXPLICIT));
    *out = (struct scope_column){.name = d->colname, .type = t, .sql = value.sql};
    return TD_OK;
}

/* jsonb_to_recordset(x) AS r(a integer, ...): the elements, of which the columns are taken. */
static int record_set(struct lw *w, const PgQuery__RangeFunction *f, const PgQuery__FuncCall *c, struct td_buf *out)
{
    const char *name = td_tree_builtin(c);
    bool binary = strcmp(name, "jsonb_to_recordset") == 0;
    PgQuery__FuncCall elements = *c;
    PgQuery__Node word = PG_QUERY__NODE__INIT, *words = &word;
    PgQuery__String text = PG_QUERY__STRING__INIT;
    struct scope_rel *r;
    struct ex object;
    if ((!binary && strcmp(name, "json_to_recordset") != 0) || f->ordinality || f->alias == NULL || c->n_args != 1)
        return TD_ENOTFOUND;
    text.sval = binary ? "jsonb_array_elements" : "json_array_elements";
    word.node_case = PG_QUERY__NODE__NODE_STRING;
    word.string = &text;
    elements.n_funcname = 1;
    elements.funcname = &words;
    TD_TRY(add_rows(w, &elements, f->alias, false, out));
    r = w->scope->rels.at[w->scope->rels.len - 1];
    object = ex_of(r->columns.at[0].sql, r->columns.at[0].type, PREC_ATOM);
    r->from_function = false;
    r->columns.len = 0;
    for (size_t i = 0; i < f->n_coldeflist; i++) {
        struct scope_column column;
        TD_TRY(record_column(w, f->coldeflist[i]->column_def, &object, &column));
        *td_vec_add(w->a, &r->columns) = column;
    }
    return TD_OK;
}

static int range_function(struct lw *w, const PgQuery__RangeFunction *f, struct td_buf *out)
{
    const PgQuery__Node *call = f->n_functions == 1 ? f->functions[0]->list->items[0] : NULL;
    if (call != NULL && call->node_case == PG_QUERY__NODE__NODE_FUNC_CALL && f->n_coldeflist > 0) {
        int rc = record_set(w, f, call->func_call, out);
        if (rc != TD_ENOTFOUND)
            return rc;
    }
    if (call == NULL || call->node_case != PG_QUERY__NODE__NODE_FUNC_CALL || f->n_coldeflist > 0)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, td_tree_location(f->functions[0]), "SQLite has no such form of FROM",
                         NULL, "ROWS FROM or a column definition list is not carried");
    if (call->func_call->n_args > 1 && strcmp(td_tree_builtin(call->func_call), "unnest") == 0)
        return unnest_several(w, call->func_call, f->alias, f->ordinality, out);
    return add_rows(w, call->func_call, f->alias, f->ordinality, out);
}

/* --- joins --- */

static bool has_column(const struct scope_rel *r, const char *name, struct td_type *type)
{
    for (size_t i = 0; i < r->columns.len; i++) {
        if (strcmp(r->columns.at[i].name, name) == 0) {
            *type = r->columns.at[i].type;
            return true;
        }
    }
    return false;
}

/* SQLite compares the columns of USING as they are stored. */
static int same_stored(struct lw *w, const char *name, size_t left, size_t right, int loc)
{
    struct ex x = {0}, y = {0}, cmp;
    for (size_t i = left; i < w->scope->rels.len; i++) {
        struct ex *side = i < right ? &x : &y;
        struct td_type t;
        if (side->sql == NULL && has_column(w->scope->rels.at[i], name, &t))
            *side = ex_of(i < right ? "\"l\"" : "\"r\"", t, PREC_ATOM);
    }
    if (x.sql == NULL || y.sql == NULL)
        return TD_OK;
    TD_TRY(lw_compare(w, "=", &x, &y, loc, &cmp));
    if (!lw_is_plain(w, &x, &y, "=", &cmp))
        return lw_refuse(w, TD_C_LOWER_CLAUSE, loc, "SQLite would compare the values as they are stored",
                         "Write ON and name the columns of each side.",
                         "USING or NATURAL over the column \"%s\", whose equal values can be stored in several ways",
                         name);
    return TD_OK;
}

static void merge_column(struct lw *w, const char *name, size_t first)
{
    struct scope_column *c = td_vec_add(w->a, &w->scope->merged);
    *c = (struct scope_column){.name = name, .sql = sql_ident(w, name), .type = TD_TYPE(TD_T_TEXT)};
    for (size_t i = first; i < w->scope->rels.len; i++) {
        if (has_column(w->scope->rels.at[i], name, &c->type))
            break;
    }
}

/* The columns that both sides of a NATURAL JOIN have. */
static void natural_columns(struct lw *w, size_t left, size_t right, struct td_strings *out)
{
    for (size_t i = left; i < right; i++) {
        const struct scope_rel *l = w->scope->rels.at[i];
        for (size_t k = 0; k < l->columns.len; k++) {
            for (size_t j = right; j < w->scope->rels.len; j++) {
                struct td_type ignored;
                if (has_column(w->scope->rels.at[j], l->columns.at[k].name, &ignored) &&
                    td_strings_find(out, l->columns.at[k].name) < 0)
                    td_strings_add(w->a, out, l->columns.at[k].name);
            }
        }
    }
}

static int join(struct lw *w, const PgQuery__JoinExpr *j, struct td_buf *out)
{
    static const char *const words[] = {[PG_QUERY__JOIN_TYPE__JOIN_INNER] = "JOIN",
                                        [PG_QUERY__JOIN_TYPE__JOIN_LEFT] = "LEFT JOIN",
                                        [PG_QUERY__JOIN_TYPE__JOIN_FULL] = "FULL JOIN",
                                        [PG_QUERY__JOIN_TYPE__JOIN_RIGHT] = "RIGHT JOIN"};
    struct td_strings using = {0};
    size_t left = w->scope->rels.len, right;
    bool nested = j->rarg->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR;
    if (j->alias != NULL || j->join_using_alias != NULL)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, td_tree_location(j->larg), "SQLite has no name for a join", NULL,
                         "an alias of a whole join is not carried");
    TD_TRY(lw_from_item(w, j->larg, out));
    right = w->scope->rels.len;
    w->scope->unordered = w->scope->unordered || j->jointype == PG_QUERY__JOIN_TYPE__JOIN_FULL ||
                          j->jointype == PG_QUERY__JOIN_TYPE__JOIN_RIGHT;
    td_buf_printf(out, " %s ", words[j->jointype]);
    td_buf_add(out, nested ? "(" : "");
    TD_TRY(lw_from_item(w, j->rarg, out));
    td_buf_add(out, nested ? ")" : "");
    for (size_t i = left; i < w->scope->rels.len; i++)
        if (j->jointype == PG_QUERY__JOIN_TYPE__JOIN_FULL ||
            j->jointype == (i < right ? PG_QUERY__JOIN_TYPE__JOIN_RIGHT : PG_QUERY__JOIN_TYPE__JOIN_LEFT))
            w->scope->rels.at[i]->outer = true;
    for (size_t i = 0; i < j->n_using_clause; i++)
        td_strings_add(w->a, &using, td_tree_string(j->using_clause[i]));
    if (j->is_natural)
        natural_columns(w, left, right, &using);
    for (size_t i = 0; i < using.len; i++) {
        TD_TRY(same_stored(w, using.at[i], left, right, td_tree_location(j->rarg)));
        td_buf_printf(out, "%s%s%s", i == 0 ? " USING (" : ", ", sql_ident(w, using.at[i]),
                      i + 1 == using.len ? ")" : "");
        merge_column(w, using.at[i], left);
    }
    if (j->quals != NULL) {
        struct ex on;
        TD_TRY(lw_condition(w, j->quals, TD_COND_CHOOSES, &on));
        td_buf_printf(out, " ON %s", on.sql);
    }
    return TD_OK;
}

int lw_from_item(struct lw *w, const PgQuery__Node *n, struct td_buf *out)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR: return range_var(w, n->range_var, out);
    case PG_QUERY__NODE__NODE_RANGE_SUBSELECT: return range_subselect(w, n->range_subselect, out);
    case PG_QUERY__NODE__NODE_RANGE_FUNCTION: return range_function(w, n->range_function, out);
    case PG_QUERY__NODE__NODE_JOIN_EXPR: return join(w, n->join_expr, out);
    default: break;
    }
    return lw_refuse(w, TD_C_LOWER_CLAUSE, td_tree_location(n), "SQLite has no such form of FROM", NULL,
                     "TABLESAMPLE, XMLTABLE and the like are not carried");
}

int lw_from(struct lw *w, PgQuery__Node *const *at, size_t n, struct td_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        td_buf_add(out, i == 0 ? "" : ", ");
        TD_TRY(lw_from_item(w, at[i], out));
    }
    return TD_OK;
}
