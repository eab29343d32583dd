/* INSERT, UPDATE, DELETE, TRUNCATE. */
#include <string.h>

#include "core/sql/dml_impl.h"
#include "core/sql/draw.h"

int dml_target(struct lw *w, const PgQuery__RangeVar *v, const struct td_table **out)
{
    TD_TRY(lw_table(w, v, out));
    if ((*out)->kind != TD_R_TABLE && (*out)->kind != TD_R_PARTITIONED && (*out)->kind != TD_R_PARTITION)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, v->location, "SQLite's views cannot be written to",
                         "Write to its tables.", "\"%s\" is a view", v->relname);
    return TD_OK;
}

static int find_column(struct lw *w, const struct td_table *t, const char *name, int loc, const struct td_column **out)
{
    *out = td_table_column(t, name);
    if (*out == NULL)
        return lw_error(w, "42703", loc, "column \"%s\" of relation \"%s\" does not exist", name, t->name);
    if (((*out)->on & TD_ON_SQLITE) == 0)
        return scope_missing(w, t, name, loc);
    *out = td_column_on_sqlite(*out);
    return TD_OK;
}

const char *dml_rowid(const struct td_table *t)
{
    static const char *const names[] = {"rowid", "_rowid_", "oid"};
    for (size_t i = 0; i < 3; i++) {
        bool taken = false;
        for (size_t k = 0; k < t->columns.len; k++)
            taken = taken || strcasecmp(t->columns.at[k]->name, names[i]) == 0;
        if (!taken)
            return names[i];
    }
    return "rowid";
}

/* --- values of columns --- */

/* As the functions for sequences read a name. */
static const char *sequence_lit(struct lw *w, const struct td_sequence *s)
{
    if (strcmp(s->schema, "public") == 0)
        return sql_lit(w, sql_ident(w, s->name));
    return sql_lit(w, td_arena_printf(w->a, "%s.%s", sql_ident(w, s->schema), sql_ident(w, s->name)));
}

/* INTEGER PRIMARY KEY AUTOINCREMENT: SQLite gives the number where it finds NULL. */
static bool numbered_by_sqlite(const struct td_table *t, const struct td_column *c)
{
    const struct td_constraint *pk = td_table_primary(t);
    const struct td_sequence *s = c->serial;
    return s != NULL && pk != NULL && pk->columns.len == 1 && pk->columns.at[0] == c && s->increment == 1 &&
           !s->cycle && s->min >= 1;
}

/* Numbered from a sequence, by a trigger once the row is stored. */
static bool is_counted(struct lw *w, const struct td_table *t, const struct td_column *c)
{
    return w->l->catalog != NULL && (c->on & TD_ON_SQLITE) != 0 && !numbered_by_sqlite(t, c) &&
           td_draw_column(w->a, w->l->catalog, c) != NULL;
}

/* DEFAULT as a value; that of a serial column is a call of nextval(). */
static int column_default(struct lw *w, const struct td_column *c, struct ex *out)
{
    const PgQuery__Node *def = td_column_default(c);
    *out = lw_null(c->type);
    if (c->identity != TD_ID_NONE)
        *out = ex_of(td_arena_printf(w->a, "pg_nextval(%s)", sequence_lit(w, c->serial)), c->type, PREC_ATOM);
    if (def == NULL || c->identity != TD_ID_NONE)
        return TD_OK;
    {
        struct scope *here = w->scope;
        int rc;
        w->scope = NULL;
        scope_push(w);
        rc = lw_expr_to(w, def, c->type, TD_CAST_ASSIGNMENT, out);
        w->scope = here;
        return rc;
    }
}

static bool is_default(const PgQuery__Node *n)
{
    return n->node_case == PG_QUERY__NODE__NODE_SET_TO_DEFAULT;
}

/* What SQLite would number must not be NULL. */
static void not_null(struct lw *w, const struct td_table *t, const struct td_column *c, struct ex *e)
{
    bool number = e->sql[strspn(e->sql, "0123456789")] == '\0';
    if (number || !numbered_by_sqlite(t, c) || w->l->use != TD_LOWER_QUERY)
        return;
    e->sql = td_arena_printf(w->a, "pg_check_not_null(%s, %s, %s)", e->sql, sql_lit(w, c->name), sql_lit(w, t->name));
    e->prec = PREC_ATOM;
}

static int assigned(struct lw *w, const PgQuery__Node *n, const struct td_table *t, const struct td_column *c,
                    struct ex *out)
{
    if (is_default(n))
        return column_default(w, c, out);
    TD_TRY(lw_expr(w, n, out));
    if (!lw_castable(out->type, c->type, TD_CAST_ASSIGNMENT))
        return lw_error(w, "42804", out->loc, "column \"%s\" is of type %s but expression is of type %s", c->name,
                        type_name(w, c->type), type_name(w, out->type));
    TD_TRY(lw_cast(w, out, c->type, TD_CAST_ASSIGNMENT));
    not_null(w, t, c, out);
    return TD_OK;
}

/* --- INSERT --- */

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
        TD_TRY(find_column(w, t, c->name, c->location, &column));
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
        bool given = !is_counted(w, t, t->columns.at[i]);
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
        if (column >= row->n_items || !is_default(row->items[column]))
            return false;
    }
    return true;
}

/* ---- rows that are looked at before they go in ---- */

/* The columns of an INSERT, in the order of its rows. */
struct given {
    TD_VEC(const struct td_column *) columns;
};

static int position(const struct given *g, const char *name)
{
    for (size_t i = 0; i < g->columns.len; i++)
        if (strcmp(g->columns.at[i]->name, name) == 0)
            return (int)i;
    return -1;
}

static bool find_call(PgQuery__Node *n, void *data)
{
    bool *found = data;
    *found = *found || n->node_case == PG_QUERY__NODE__NODE_FUNC_CALL;
    return !*found;
}

/* False: the column has another value in each row, or nobody can tell. One that is left out has its default in all. */
static bool add_key(const struct given *g, const struct td_column *c, struct td_buf *key, struct td_buf *known)
{
    int at = c == NULL ? -1 : position(g, c->name);
    if (at >= 0) {
        td_buf_printf(key, "%sc%d", key->len == 0 ? "PARTITION BY " : ", ", at + 1);
        td_buf_printf(known, "%sc%d IS NOT NULL", known->len == 0 ? "" : " AND ", at + 1);
        return true;
    }
    const PgQuery__Node *def = c == NULL || c->serial != NULL || c->generated != NULL ? NULL : td_column_default(c);
    bool calls = false;
    if (def != NULL)
        td_tree_walk((PgQuery__Node *)def, find_call, &calls);
    return def != NULL && !calls;
}

/* ON CONFLICT DO UPDATE that meets one row twice is an error on PostgreSQL, SQLite changes it twice: how many of the
 * statement's rows have the same key, as an expression over c1, c2...; NULL: it cannot happen, or cannot be told. */
static const char *rows_of_key(struct lw *w, const PgQuery__InsertStmt *s, const struct td_table *t,
                               const struct given *g)
{
    const PgQuery__OnConflictClause *c = s->on_conflict_clause;
    struct td_buf key, known;
    bool good = c != NULL && c->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE && c->infer != NULL &&
                w->l->use == TD_LOWER_QUERY;
    if (!good)
        return NULL;
    td_buf_init(&key, w->a);
    td_buf_init(&known, w->a);
    const struct td_constraint *k =
        c->infer->conname == NULL || c->infer->conname[0] == '\0' ? NULL : td_table_constraint(t, c->infer->conname);
    for (size_t i = 0; good && k != NULL && i < k->columns.len; i++)
        good = add_key(g, k->columns.at[i], &key, &known);
    for (size_t i = 0; good && i < c->infer->n_index_elems; i++) {
        const PgQuery__IndexElem *e = c->infer->index_elems[i]->index_elem;
        good = e->expr == NULL && add_key(g, td_table_column(t, e->name), &key, &known);
    }
    if (!good)
        return NULL;
    if (known.len == 0)
        return "count(*) OVER ()";
    return td_arena_printf(w->a, "CASE WHEN %s THEN count(*) OVER (%s) END", td_buf_str(&known), td_buf_str(&key));
}

/* The rows of `body`, each tested: what SQLite would number must not be NULL, no key may come twice. False: nothing is
 * to be tested, nothing was written. */
static bool tested_rows(struct lw *w, const PgQuery__InsertStmt *s, const struct td_table *t, const struct given *g,
                        const char *body, struct td_buf *out)
{
    struct td_buf names, values;
    const char *twice = rows_of_key(w, s, t, g);
    bool any = twice != NULL;
    td_buf_init(&names, w->a);
    td_buf_init(&values, w->a);
    for (size_t i = 0; i < g->columns.len; i++) {
        struct ex e = {.sql = td_arena_printf(w->a, "c%zu", i + 1)};
        td_buf_printf(&names, "%s%s", i == 0 ? "" : ", ", e.sql);
        any = any || (numbered_by_sqlite(t, g->columns.at[i]) && w->l->use == TD_LOWER_QUERY);
        not_null(w, t, g->columns.at[i], &e);
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
        TD_TRY(column_default(w, t->drawn.at[i], &e));
        td_buf_printf(out, "%s%s", first && i == 0 ? "" : ", ", e.sql);
    }
    return TD_OK;
}

/* DEFAULT of a column that a trigger fills: it draws the number when the rows before have theirs. */
static bool left_to_trigger(struct lw *w, const struct td_table *t, const struct td_column *c, struct ex *out)
{
    if (!is_counted(w, t, c))
        return false;
    *out = ex_of(td_draw_mark(w->a, c), c->type, PREC_ATOM);
    return true;
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
            bool drawn = t->draws || !is_default(row->items[c]);
            if (drawn || !left_to_trigger(w, table, t->columns.at[c], &e))
                TD_TRY(assigned(w, row->items[c], table, t->columns.at[c], &e));
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
        left_out[c] = all_default(v, c) && !(t->draws && is_counted(w, table, t->columns.at[c]));
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
    struct given given = {0};
    struct td_buf rows;
    td_buf_init(&rows, w->a);
    for (size_t c = 0; c < width; c++)
        if (!left_out[c])
            *td_vec_add(w->a, &given.columns) = t->columns.at[c];
    for (size_t c = 0; c < t->drawn.len; c++)
        *td_vec_add(w->a, &given.columns) = t->drawn.at[c];
    print_columns(w, t, left_out, width, out);
    TD_TRY(values_rows(w, v, table, t, left_out, width, &rows));
    if (v->n_values_lists == 1 || rows_of_key(w, s, table, &given) == NULL ||
        !tested_rows(w, s, table, &given, td_buf_str(&rows), out))
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
    struct given given = {0};
    for (size_t i = 0; i < columns.len; i++)
        *td_vec_add(w->a, &given.columns) = t->columns.at[i];
    for (size_t i = 0; i < t->drawn.len; i++)
        *td_vec_add(w->a, &given.columns) = t->drawn.at[i];
    if (!tested_rows(w, s, table, &given, td_buf_str(&body), out))
        /* with ON CONFLICT behind it, SQLite would read ON as a join's */
        td_buf_printf(out, s->on_conflict_clause != NULL ? " SELECT * FROM (%s) WHERE true" : " %s", td_buf_str(&body));
    return TD_OK;
}

/* --- SET --- */

/* What numbers or generates itself may only be set to DEFAULT, which for a generated column changes nothing. */
static int check_set(struct lw *w, const struct td_column *c, const PgQuery__Node *value, int loc, bool *skip_out)
{
    *skip_out = c->generated != NULL;
    if (is_default(value) || (c->generated == NULL && c->identity != TD_ID_ALWAYS))
        return TD_OK;
    return lw_error(w, "428C9", loc, "column \"%s\" can only be updated to DEFAULT", c->name);
}

static int set_rows(struct lw *w, const struct td_table *t, PgQuery__Node *const *at, size_t n, size_t *i,
                    struct td_buf *out)
{
    const PgQuery__MultiAssignRef *m = at[*i]->res_target->val->multi_assign_ref;
    size_t width = (size_t)m->ncolumns;
    struct td_type *types = td_arena_alloc(w->a, (width + 1) * sizeof *types);
    struct columns columns = {0};
    struct td_buf body;
    if (m->source->node_case != PG_QUERY__NODE__NODE_SUB_LINK || *i + width > n)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, at[*i]->res_target->location, "SQLite has no such row value", NULL,
                         "this assignment of a row is not carried");
    td_buf_char(out, '(');
    for (size_t c = 0; c < width; c++) {
        const struct td_column *column;
        bool skip;
        TD_TRY(find_column(w, t, at[*i + c]->res_target->name, at[*i + c]->res_target->location, &column));
        TD_TRY(check_set(w, column, m->source, at[*i + c]->res_target->location, &skip));
        types[c] = column->type;
        td_buf_printf(out, "%s%s", c == 0 ? "" : ", ", sql_ident(w, column->name));
    }
    td_buf_init(&body, w->a);
    TD_TRY(lw_select_to(w, m->source->sub_link->subselect->select_stmt, types, width, &body, &columns));
    td_buf_printf(out, ") = (%s)", td_buf_str(&body));
    *i += width - 1;
    return TD_OK;
}

static int set_one(struct lw *w, const struct td_table *t, const PgQuery__ResTarget *r, const PgQuery__Node *value,
                   struct td_buf *out)
{
    const struct td_column *column;
    struct ex e;
    bool skip;
    TD_TRY(find_column(w, t, r->name, r->location, &column));
    TD_TRY(check_set(w, column, value, r->location, &skip));
    if (skip)
        return TD_OK;
    TD_TRY(assigned(w, value, t, column, &e));
    td_buf_printf(out, "%s%s = %s", out->len == 0 ? "" : ", ", sql_ident(w, column->name), e.sql);
    return TD_OK;
}

/* SET of generated columns alone: the row is written all the same. */
static void set_nothing(struct lw *w, const struct td_table *t, struct td_buf *out)
{
    for (size_t i = 0; i < t->columns.len && out->len == 0; i++) {
        const char *name = sql_ident(w, t->columns.at[i]->name);
        if (t->columns.at[i]->generated == NULL)
            td_buf_printf(out, "%s = %s", name, name);
    }
}

static int set_list(struct lw *w, const struct td_table *t, PgQuery__Node *const *at, size_t n, struct td_buf *out)
{
    struct td_buf list;
    td_buf_init(&list, w->a);
    for (size_t i = 0; i < n; i++) {
        const PgQuery__ResTarget *r = at[i]->res_target;
        const PgQuery__Node *value = r->val;
        if (r->n_indirection > 0)
            return lw_refuse(w, TD_C_LOWER_CLAUSE, r->location, "SQLite has no parts of values",
                             "Assign the whole value.", "a part of a column is assigned");
        if (value->node_case == PG_QUERY__NODE__NODE_MULTI_ASSIGN_REF) {
            const PgQuery__MultiAssignRef *m = value->multi_assign_ref;
            if (m->source->node_case != PG_QUERY__NODE__NODE_ROW_EXPR) {
                td_buf_add(&list, list.len == 0 ? "" : ", ");
                TD_TRY(set_rows(w, t, at, n, &i, &list));
                continue;
            }
            value = m->source->row_expr->args[m->colno - 1];
        }
        TD_TRY(set_one(w, t, r, value, &list));
    }
    set_nothing(w, t, &list);
    td_buf_printf(out, " SET %s", td_buf_str(&list));
    return TD_OK;
}

static int where_clause(struct lw *w, const PgQuery__Node *where, struct td_buf *out)
{
    struct ex e;
    if (where == NULL)
        return TD_OK;
    if (where->node_case == PG_QUERY__NODE__NODE_CURRENT_OF_EXPR)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, -1, "SQLite has no cursors", NULL, "WHERE CURRENT OF is not carried");
    TD_TRY(lw_condition(w, where, TD_COND_CHOOSES, &e));
    td_buf_printf(out, " WHERE %s", e.sql);
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
            TD_TRY(find_column(w, t, e->name, infer->location, &column));
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
    TD_TRY(set_list(w, t, c->target_list, c->n_target_list, out));
    return where_clause(w, c->where_clause, out);
}

static const char *target_alias(const PgQuery__RangeVar *v)
{
    return v->alias != NULL ? v->alias->aliasname : v->relname;
}

/* The table that is written to; its columns are found bare and by its alias. */
static void target_scope(struct lw *w, const PgQuery__RangeVar *v, const struct td_table *t, bool qualified,
                         struct td_buf *out)
{
    const char *alias = target_alias(v);
    struct scope_rel *r = scope_add(w, alias);
    const char *prefix = qualified ? td_arena_printf(w->a, "%s.", sql_ident(w, alias)) : "";
    scope_add_table(w, r, t, prefix);
    td_buf_add(out, table_sql(w, t));
    if (strcmp(table_sql(w, t), sql_ident(w, alias)) != 0)
        td_buf_printf(out, " AS %s", sql_ident(w, alias));
}

static bool is_bare_star(const PgQuery__Node *n)
{
    const PgQuery__Node *val = n->res_target->val;
    return val->node_case == PG_QUERY__NODE__NODE_COLUMN_REF && val->column_ref->n_fields == 1 &&
           val->column_ref->fields[0]->node_case == PG_QUERY__NODE__NODE_A_STAR;
}

/* RETURNING: SQLite knows no alias there, and the target's columns alone; `joined`: there are others. */
static int returning(struct lw *w, const PgQuery__RangeVar *v, const struct td_table *t, PgQuery__Node *const *at,
                     size_t n, bool joined, struct td_buf *out)
{
    struct columns columns = {0};
    bool others = false;
    int rc;
    if (n == 0)
        return TD_OK;
    for (size_t i = 0; i < n; i++)
        others = others || (joined && is_bare_star(at[i]));
    w->scope->rels.len = 0;
    scope_add_table(w, scope_add(w, target_alias(v)), t, "");
    td_buf_add(out, " RETURNING ");
    rc = others ? TD_EREFUSED : lw_targets(w, at, n, NULL, 0, NULL, out, &columns);
    if (rc == TD_OK || !joined || rc == TD_ENOMEM)
        return rc;
    td_err_clear(w->err);
    return lw_refuse(w, TD_C_LOWER_CLAUSE, td_tree_location(at[0]), "SQLite returns the target's columns only",
                     "Read the other rows by a SELECT.", "RETURNING of what FROM or USING joined is not carried");
}

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
    target_scope(w, s->relation, t, s->on_conflict_clause != NULL, out);
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
    TD_TRY(returning(w, s->relation, t, s->returning_list, s->n_returning_list, false, out));
    scope_pop(w);
    scope_pop(w);
    return TD_OK;
}

int dml_update(struct lw *w, const PgQuery__UpdateStmt *s, struct td_buf *out)
{
    const struct td_table *t;
    struct td_buf from, target;
    TD_TRY(dml_target(w, s->relation, &t));
    td_buf_init(&from, w->a);
    td_buf_init(&target, w->a);
    scope_push(w);
    TD_TRY(lw_with(w, s->with_clause, out));
    scope_push(w);
    target_scope(w, s->relation, t, true, &target);
    TD_TRY(lw_from(w, s->from_clause, s->n_from_clause, &from));
    td_buf_printf(out, "UPDATE %s", td_buf_str(&target));
    TD_TRY(set_list(w, t, s->target_list, s->n_target_list, out));
    if (from.len > 0)
        td_buf_printf(out, " FROM %s", td_buf_str(&from));
    TD_TRY(where_clause(w, s->where_clause, out));
    TD_TRY(returning(w, s->relation, t, s->returning_list, s->n_returning_list, from.len > 0, out));
    scope_pop(w);
    scope_pop(w);
    return TD_OK;
}

int dml_delete(struct lw *w, const PgQuery__DeleteStmt *s, struct td_buf *out)
{
    const struct td_table *t;
    struct td_buf using, target;
    TD_TRY(dml_target(w, s->relation, &t));
    td_buf_init(&using, w->a);
    td_buf_init(&target, w->a);
    scope_push(w);
    TD_TRY(lw_with(w, s->with_clause, out));
    scope_push(w);
    target_scope(w, s->relation, t, true, &target);
    TD_TRY(lw_from(w, s->using_clause, s->n_using_clause, &using));
    td_buf_printf(out, "DELETE FROM %s", using.len > 0 ? table_sql(w, t) : td_buf_str(&target));
    if (using.len > 0) {
        lw_note(w, s->relation->location, "DELETE ... USING became a sub-query over the table's rowid");
        td_buf_printf(out, " WHERE %s IN (SELECT %s.%s FROM %s, %s", dml_rowid(t),
                      sql_ident(w, target_alias(s->relation)), dml_rowid(t), td_buf_str(&target), td_buf_str(&using));
    }
    TD_TRY(where_clause(w, s->where_clause, out));
    td_buf_add(out, using.len > 0 ? ")" : "");
    TD_TRY(returning(w, s->relation, t, s->returning_list, s->n_returning_list, using.len > 0, out));
    scope_pop(w);
    scope_pop(w);
    return TD_OK;
}

/* --- TRUNCATE --- */

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
        *td_vec_add(w->a, out) = td_arena_printf(w->a, "SELECT pg_setval(%s, %lld, 0)", sequence_lit(w, c->serial),
                                                 (long long)c->serial->start);
}

static int truncate(struct lw *w, const PgQuery__TruncateStmt *s, struct td_lowered_stmts *out)
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

int dml_statement(struct lw *w, const PgQuery__Node *n, struct td_buf *out)
{
    struct columns columns = {0};
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT: return lw_select(w, n->select_stmt, out, &columns);
    case PG_QUERY__NODE__NODE_INSERT_STMT: return dml_insert(w, n->insert_stmt, out);
    case PG_QUERY__NODE__NODE_UPDATE_STMT: return dml_update(w, n->update_stmt, out);
    case PG_QUERY__NODE__NODE_DELETE_STMT: return dml_delete(w, n->delete_stmt, out);
    case PG_QUERY__NODE__NODE_MERGE_STMT:
        return lw_refuse(w, TD_C_LOWER_STATEMENT, -1, "SQLite has no such statement",
                         "Write it as INSERT ... ON CONFLICT, or as an UPDATE and a DELETE.", "MERGE is not carried");
    default: break;
    }
    return lw_refuse(w, TD_C_LOWER_STATEMENT, td_tree_location(n), "SQLite has no counterpart", NULL,
                     "this kind of data statement is not carried");
}

int td_lower_data(const struct td_lower *l, const PgQuery__Node *stmt, struct td_lowered_stmts *out, struct td_err *err)
{
    struct lw w = {.l = l, .a = l->arena, .err = err};
    struct td_buf b;
    scope_push(&w);
    if (stmt->node_case == PG_QUERY__NODE__NODE_TRUNCATE_STMT)
        return truncate(&w, stmt->truncate_stmt, out);
    if (dml_with_changes(stmt))
        return dml_steps(&w, stmt, out);
    td_buf_init(&b, l->arena);
    TD_TRY(dml_statement(&w, stmt, &b));
    *td_vec_add(l->arena, out) = td_buf_str(&b);
    return td_buf_check(&b, err);
}
