/* INSERT: its rows, what numbers them, ON CONFLICT. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/sql/dml_impl.h"
#include "core/sql/draw.h"

struct target {
    TD_VEC(const struct td_column *) columns;
    TD_VEC(const struct td_column *) drawn; /* further ones, each of whose values is drawn from its sequence */
    bool written;                           /* were the columns named? */
    bool draws;                             /* numbers come with the rows, not from a trigger */
};

static int target_columns(struct lw *w, const PgQuery__InsertStmt *s, const struct td_table *t, struct target *out)
{
    for (size_t i = 0; i < s->n_cols; i++) {
        const PgQuery__ResTarget *c = s->cols[i]->res_target;
        const struct td_column *column;
        TD_TRY(dml_find_column(w, t, c->name, c->location, &column));
        if (c->n_indirection > 0)
            return lw_refuse(w, TD_C_LOWER_CLAUSE, c->location, "SQLite has no parts of values",
                             "Assign the whole value.", "a part of a column is assigned");
        *td_vec_add(w->a, &out->columns) = column;
    }
    out->written = s->n_cols > 0;
    for (size_t i = 0; s->n_cols == 0 && i < t->columns.len; i++)
        if ((t->columns.at[i]->on & TD_ON_SQLITE) != 0)
            *td_vec_add(w->a, &out->columns) = td_column_on_sqlite(t->columns.at[i]);
    return TD_OK;
}

static int check_identity(struct lw *w, const PgQuery__InsertStmt *s, const struct td_column *c, int loc)
{
    if (s->override == PG_QUERY__OVERRIDING_KIND__OVERRIDING_USER_VALUE && c->identity != TD_ID_NONE)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, loc, "SQLite keeps the value that is given", "Leave the column out.",
                         "OVERRIDING USER VALUE is not carried");
    if (c->identity == TD_ID_ALWAYS && s->override != PG_QUERY__OVERRIDING_KIND__OVERRIDING_SYSTEM_VALUE)
        return lw_error(w, "428C9", loc, "cannot insert a non-DEFAULT value into column \"%s\"", c->name);
    if (c->generated != NULL)
        return lw_error(w, "428C9", loc, "cannot insert a non-DEFAULT value into column \"%s\"", c->name);
    return TD_OK;
}

/* ON CONFLICT has to see the numbers that a row would have, and a row that is not stored has taken its numbers all the
 * same: both are too much for a trigger, so that the statement draws them itself. `n`: how many columns its rows give.
 */
static void draw_numbers(struct lw *w, const PgQuery__InsertStmt *s, const struct td_table *t, size_t n,
                         struct target *out)
{
    out->draws = s->on_conflict_clause != NULL && w->l->use == TD_LOWER_QUERY;
    for (size_t i = 0; out->draws && i < t->columns.len; i++) {
        bool given = !dml_is_counted(w, t, t->columns.at[i]);
        for (size_t k = 0; !given && k < n; k++)
            given = out->columns.at[k]->id == t->columns.at[i]->id;
        if (!given)
            *td_vec_add(w->a, &out->drawn) = td_column_on_sqlite(t->columns.at[i]);
    }
}

/* A column that is DEFAULT in every row is left to SQLite's own default. */
static bool all_default(const PgQuery__SelectStmt *v, size_t column)
{
    for (size_t r = 0; r < v->n_values_lists; r++) {
        const PgQuery__List *row = v->values_lists[r]->list;
        if (column >= row->n_items || !dml_is_default(row->items[column]))
            return false;
    }
    return true;
}

/* ---- rows that are looked at before they go in ---- */

/* The rows of `body`, each tested: what SQLite would number must not be NULL, no key may come twice (`twice`: how often
 * it comes; NULL: that needs no test). False: nothing is to be tested, nothing was written. */
static bool tested_rows(struct lw *w, const struct td_table *t, const struct dml_given *g, const char *twice,
                        const char *body, struct td_buf *out)
{
    struct td_buf names, values;
    bool any = twice != NULL;
    td_buf_init(&names, w->a);
    td_buf_init(&values, w->a);
    for (size_t i = 0; i < g->columns.len; i++) {
        struct ex e = {.sql = td_arena_printf(w->a, "c%zu", i + 1)};
        td_buf_printf(&names, "%s%s", i == 0 ? "" : ", ", e.sql);
        any = any || (dml_numbered_by_sqlite(t, g->columns.at[i]) && w->l->use == TD_LOWER_QUERY);
        dml_not_null(w, t, g->columns.at[i], &e);
        if (i == 0 && twice != NULL)
            e.sql = td_arena_printf(w->a, "pg_check_once(%s, %s)", e.sql, twice);
        td_buf_printf(&values, "%s%s", i == 0 ? "" : ", ", e.sql);
    }
    if (!any)
        return false;
    /* counting sorts the rows; those that get numbers must come in their order */
    const char *from = twice == NULL ? "tandem_rows WHERE true"
                                     : "(SELECT *, row_number() OVER () AS n FROM tandem_rows) WHERE true ORDER BY n";
    td_buf_printf(out, " WITH tandem_rows(%s) AS (%s) SELECT %s FROM %s", td_buf_str(&names), body, td_buf_str(&values),
                  from);
    return true;
}

static void print_columns(struct lw *w, const struct target *t, const bool *left_out, size_t n, struct td_buf *out)
{
    bool first = true;
    for (size_t i = 0; i < n; i++) {
        if (left_out != NULL && left_out[i])
            continue;
        td_buf_printf(out, "%s%s", first ? " (" : ", ", sql_ident(w, t->columns.at[i]->name));
        first = false;
    }
    for (size_t i = 0; i < t->drawn.len; i++)
        td_buf_printf(out, "%s%s", first && i == 0 ? " (" : ", ", sql_ident(w, t->drawn.at[i]->name));
    td_buf_char(out, ')');
}

/* Their values, behind others or (`first`) not. */
static int drawn_values(struct lw *w, const struct target *t, bool first, struct td_buf *out)
{
    for (size_t i = 0; i < t->drawn.len; i++) {
        struct ex e;
        TD_TRY(dml_column_default(w, t->drawn.at[i], &e));
        td_buf_printf(out, "%s%s", first && i == 0 ? "" : ", ", e.sql);
    }
    return TD_OK;
}

/* DEFAULT of a column that a trigger fills: it draws the number when the rows before have theirs. */
static bool left_to_trigger(struct lw *w, const struct td_table *t, const struct td_column *c, struct ex *out)
{
    if (!dml_is_counted(w, t, c))
        return false;
    *out = ex_of(td_draw_mark(w->a, c), c->type, PREC_ATOM);
    return true;
}

/* The number that means "not given" to the trigger would be replaced. */
static int refuse_mark(struct lw *w, const struct td_table *t, const struct td_column *c, const struct ex *e, int loc)
{
    char mark[32];
    snprintf(mark, sizeof mark, "%" PRId64, td_draw_least(c));
    if (e->text == NULL || strcmp(e->text, mark) != 0 || !dml_is_counted(w, t, c))
        return TD_OK;
    return lw_refuse(w, TD_C_LOWER_CLAUSE, loc, "SQLite takes it for a column that was not given, and counts up",
                     "Give another number, or leave the column out.", "\"%s\" cannot be %s on SQLite", c->name, mark);
}

static int values_rows(struct lw *w, const PgQuery__SelectStmt *v, const struct td_table *table, struct target *t,
                       const bool *left_out, size_t width, struct td_buf *out)
{
    td_buf_add(out, "VALUES ");
    for (size_t r = 0; r < v->n_values_lists; r++) {
        const PgQuery__List *row = v->values_lists[r]->list;
        bool first = true;
        if (row->n_items != width)
            return lw_error(w, "42601", td_tree_location(v->values_lists[r]),
                            "VALUES lists must all be the same length");
        td_buf_add(out, r == 0 ? "(" : ", (");
        for (size_t c = 0; c < width; c++) {
            struct ex e;
            if (left_out[c])
                continue;
            bool drawn = t->draws || !dml_is_default(row->items[c]);
            if (drawn || !left_to_trigger(w, table, t->columns.at[c], &e))
                TD_TRY(dml_assigned(w, row->items[c], table, t->columns.at[c], &e));
            if (drawn)
                TD_TRY(refuse_mark(w, table, t->columns.at[c], &e, td_tree_location(row->items[c])));
            td_buf_printf(out, "%s%s", first ? "" : ", ", e.sql);
            first = false;
        }
        TD_TRY(drawn_values(w, t, first, out));
        td_buf_char(out, ')');
    }
    return TD_OK;
}

static int insert_values(struct lw *w, const PgQuery__InsertStmt *s, const PgQuery__SelectStmt *v,
                         const struct td_table *table, struct target *t, struct td_buf *out)
{
    size_t width = v->values_lists[0]->list->n_items, kept = 0;
    bool *left_out = td_arena_alloc(w->a, (width + 1) * sizeof *left_out);
    if (width > t->columns.len || (t->written && width < t->columns.len))
        return lw_error(w, "42601", td_tree_location(v->values_lists[0]),
                        width > t->columns.len ? "INSERT has more expressions than target columns"
                                               : "INSERT has more target columns than expressions");
    draw_numbers(w, s, table, width, t);
    for (size_t c = 0; c < width; c++) {
        left_out[c] = all_default(v, c) && !(t->draws && dml_is_counted(w, table, t->columns.at[c]));
        kept += !left_out[c];
        if (!all_default(v, c))
            TD_TRY(check_identity(w, s, t->columns.at[c], td_tree_location(v->values_lists[0]->list->items[c])));
    }
    if (kept == 0 && v->n_values_lists == 1 && s->on_conflict_clause == NULL) {
        td_buf_add(out, " DEFAULT VALUES");
        return TD_OK;
    }
    kept += t->drawn.len;
    for (size_t c = 0; kept == 0 && c < width; c++) { /* one column has to be written */
        kept += t->columns.at[c]->generated == NULL;
        left_out[c] = kept == 0;
    }
    struct dml_given given = {0};
    const char *twice = NULL;
    struct td_buf rows;
    td_buf_init(&rows, w->a);
    for (size_t c = 0; c < width; c++)
        if (!left_out[c])
            *td_vec_add(w->a, &given.columns) = t->columns.at[c];
    for (size_t c = 0; c < t->drawn.len; c++)
        *td_vec_add(w->a, &given.columns) = t->drawn.at[c];
    print_columns(w, t, left_out, width, out);
    TD_TRY(values_rows(w, v, table, t, left_out, width, &rows));
    if (v->n_values_lists > 1)
        TD_TRY(dml_rows_of_key(w, s, table, &given, &twice));
    if (twice == NULL || !tested_rows(w, table, &given, twice, td_buf_str(&rows), out))
        td_buf_printf(out, " %s", td_buf_str(&rows));
    return TD_OK;
}

/* SELECT each result, assigned to its type, FROM (the query); nothing where all have theirs. */
static int convert_results(struct lw *w, const struct columns *columns, const struct td_type *types,
                           struct td_buf *query)
{
    struct td_buf b;
    bool converted = false;
    td_buf_init(&b, w->a);
    for (size_t i = 0; i < columns->len; i++) {
        struct ex e = ex_of(scope_label(w, &columns->at[i]), columns->at[i].type, PREC_ATOM);
        const char *before = e.sql;
        TD_TRY(lw_cast(w, &e, types[i], TD_CAST_ASSIGNMENT));
        converted = converted || e.sql != before;
        td_buf_printf(&b, "%s%s", i == 0 ? "SELECT " : ", ", e.sql);
    }
    if (!converted)
        return TD_OK;
    td_buf_printf(&b, " FROM (%s)", td_buf_str(query));
    *query = b;
    return TD_OK;
}

/* The numbers are drawn once the rows are in their order. */
static int draw_for_rows(struct lw *w, const struct target *t, size_t n, struct td_buf *body)
{
    struct td_buf b, names;
    if (t->drawn.len == 0)
        return TD_OK;
    td_buf_init(&b, w->a);
    td_buf_init(&names, w->a);
    for (size_t i = 0; i < n; i++)
        td_buf_printf(&names, "%sc%zu", i == 0 ? "" : ", ", i + 1);
    td_buf_printf(&b, "WITH tandem_given(%s) AS MATERIALIZED (%s) SELECT %s", td_buf_str(&names), td_buf_str(body),
                  td_buf_str(&names));
    TD_TRY(drawn_values(w, t, false, &b));
    td_buf_add(&b, " FROM tandem_given");
    *body = b;
    return TD_OK;
}

static int insert_select(struct lw *w, const PgQuery__InsertStmt *s, const PgQuery__SelectStmt *v,
                         const struct td_table *table, struct target *t, struct td_buf *out)
{
    struct td_type *types = td_arena_alloc(w->a, (t->columns.len + 1) * sizeof *types);
    struct columns columns = {0};
    struct td_buf body;
    bool after; /* values are converted once the rows have been told apart */
    for (size_t i = 0; i < t->columns.len; i++)
        types[i] = t->columns.at[i]->type;
    td_buf_init(&body, w->a);
    w->keep_typed = after = v->n_distinct_clause > 0 || lw_is_set_operation(v);
    w->depth += after; /* its results are read by name */
    w->order_shows = true;
    TD_TRY(lw_select_to(w, v, types, t->columns.len, &body, &columns));
    w->order_shows = false;
    w->depth -= after;
    if (columns.len > t->columns.len || (t->written && columns.len < t->columns.len))
        return lw_error(w, "42601", s->relation->location,
                        columns.len > t->columns.len ? "INSERT has more expressions than target columns"
                                                     : "INSERT has more target columns than expressions");
    for (size_t i = 0; i < columns.len; i++)
        TD_TRY(check_identity(w, s, t->columns.at[i], s->relation->location));
    if (after)
        TD_TRY(convert_results(w, &columns, types, &body));
    draw_numbers(w, s, table, columns.len, t);
    TD_TRY(draw_for_rows(w, t, columns.len, &body));
    print_columns(w, t, NULL, columns.len, out);
    struct dml_given given = {0};
    const char *twice;
    for (size_t i = 0; i < columns.len; i++)
        *td_vec_add(w->a, &given.columns) = t->columns.at[i];
    for (size_t i = 0; i < t->drawn.len; i++)
        *td_vec_add(w->a, &given.columns) = t->drawn.at[i];
    TD_TRY(dml_rows_of_key(w, s, table, &given, &twice));
    if (!tested_rows(w, table, &given, twice, td_buf_str(&body), out))
        /* with ON CONFLICT behind it, SQLite would read ON as a join's */
        td_buf_printf(out, s->on_conflict_clause != NULL ? " SELECT * FROM (%s) WHERE true" : " %s", td_buf_str(&body));
    return TD_OK;
}

/* --- ON CONFLICT --- */

/* As the unique index has the column. */
static int conflict_column(struct lw *w, const struct td_column *c, struct td_buf *out)
{
    struct td_lower schema = *w->l;
    schema.use = TD_LOWER_SCHEMA;
    return td_lower_unique_key(&schema, c->type, sql_ident(w, c->name), out, w->err);
}

static int conflict_columns(struct lw *w, const struct td_table *t, const PgQuery__InferClause *infer,
                            struct td_buf *out)
{
    td_buf_add(out, " (");
    if (infer->conname != NULL && infer->conname[0] != '\0') {
        const struct td_constraint *k = td_table_constraint(t, infer->conname);
        if (k == NULL || (k->kind != TD_K_PRIMARY && k->kind != TD_K_UNIQUE))
            return lw_error(w, "42704", infer->location, "constraint \"%s\" for table \"%s\" does not exist",
                            infer->conname, t->name);
        for (size_t i = 0; i < k->columns.len; i++) {
            td_buf_add(out, i == 0 ? "" : ", ");
            TD_TRY(conflict_column(w, k->columns.at[i], out));
        }
    }
    for (size_t i = 0; i < infer->n_index_elems; i++) {
        const PgQuery__IndexElem *e = infer->index_elems[i]->index_elem;
        struct td_buf b;
        td_buf_init(&b, w->a);
        if (e->expr != NULL) { /* as the index has it */
            struct td_lower schema = *w->l;
            schema.use = TD_LOWER_SCHEMA;
            TD_TRY(td_lower_expr(&schema, e->expr, t, NULL, &b, NULL, w->err));
        } else {
            const struct td_column *column = NULL;
            TD_TRY(dml_find_column(w, t, e->name, infer->location, &column));
            TD_TRY(conflict_column(w, column, &b));
        }
        td_buf_printf(out, "%s%s", i == 0 ? "" : ", ", td_buf_str(&b));
    }
    td_buf_char(out, ')');
    if (infer->where_clause != NULL) {
        struct td_lower schema = *w->l;
        schema.use = TD_LOWER_SCHEMA;
        td_buf_add(out, " WHERE ");
        TD_TRY(td_lower_condition(&schema, infer->where_clause, t, out, w->err));
    }
    return TD_OK;
}

static int on_conflict(struct lw *w, const PgQuery__OnConflictClause *c, const struct td_table *t, struct td_buf *out)
{
    struct scope_rel *excluded;
    if (c == NULL)
        return TD_OK;
    td_buf_add(out, " ON CONFLICT");
    if (c->infer != NULL)
        TD_TRY(conflict_columns(w, t, c->infer, out));
    if (c->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_NOTHING) {
        td_buf_add(out, " DO NOTHING");
        return TD_OK;
    }
    if (scope_rel(w, NULL, "excluded") != NULL)
        return lw_error(w, "42P09", -1, "table reference \"excluded\" is ambiguous");
    excluded = scope_add(w, "excluded");
    excluded->hidden = true;
    scope_add_table(w, excluded, t, "excluded.");
    td_buf_add(out, " DO UPDATE");
    TD_TRY(dml_set_list(w, t, c->target_list, c->n_target_list, out));
    return dml_where(w, c->where_clause, out);
}

/* --- the whole --- */

int dml_insert(struct lw *w, const PgQuery__InsertStmt *s, struct td_buf *out)
{
    const struct td_table *t;
    struct target target = {0};
    const PgQuery__SelectStmt *v = s->select_stmt == NULL ? NULL : s->select_stmt->select_stmt;
    struct scope *here;
    TD_TRY(dml_target(w, s->relation, &t));
    TD_TRY(target_columns(w, s, t, &target));
    TD_TRY(dml_check_own_number(w, s, t));
    TD_TRY(dml_check_conflict(w, s, t));
    scope_push(w);
    TD_TRY(lw_with(w, s->with_clause, out));
    td_buf_add(out, "INSERT INTO ");
    here = scope_push(w);
    dml_target_scope(w, s->relation, t, s->on_conflict_clause != NULL, out);
    w->scope = here->outer; /* the source does not see the target */
    if (v == NULL && s->on_conflict_clause != NULL)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, s->relation->location, "SQLite has no such clause there",
                         "Write VALUES (DEFAULT, ...).", "DEFAULT VALUES with ON CONFLICT is not carried");
    if (v == NULL)
        td_buf_add(out, " DEFAULT VALUES");
    else if (v->n_values_lists > 0 && v->n_sort_clause == 0 && v->limit_count == NULL && v->with_clause == NULL)
        TD_TRY(insert_values(w, s, v, t, &target, out));
    else
        TD_TRY(insert_select(w, s, v, t, &target, out));
    w->scope = here;
    TD_TRY(on_conflict(w, s->on_conflict_clause, t, out));
    TD_TRY(dml_returning(w, s->relation, t, s->returning_list, s->n_returning_list, false, out));
    scope_pop(w);
    scope_pop(w);
    return TD_OK;
}
