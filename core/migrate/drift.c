/* Introspection, comparison, and the server as the judge of expressions. */
#include "core/migrate/drift.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/introspect.h"
#include "core/migrate/rows.h"
#include "core/sql/parse.h"
#include "core/sql/same.h"
#include "core/sql/tree.h"

struct asking {
    struct td_arena *a;
    struct td_db *db;
};

/* ---- statements that make the server read an expression, and print it again ---- */

/* The table's own columns, under its own name: expressions may be qualified by it. */
static void add_table(struct td_buf *b, const struct td_table *t, const struct td_column *but)
{
    td_buf_add(b, "CREATE TEMP TABLE ");
    td_buf_ident(b, t->name);
    td_buf_add(b, " (");
    for (size_t i = 0, n = 0; i < t->columns.len; i++) {
        const struct td_column *c = t->columns.at[i];
        if (c == but || (c->on & TD_ON_POSTGRES) == 0)
            continue;
        td_buf_add(b, n++ > 0 ? ", " : "");
        td_buf_ident(b, c->name);
        td_buf_char(b, ' ');
        td_type_print(&c->type, b);
    }
}

static void add_name(struct td_buf *b, const char *name)
{
    struct td_buf quoted;
    td_buf_init(&quoted, b->arena);
    td_buf_add(&quoted, "pg_temp.");
    td_buf_ident(&quoted, name);
    td_buf_lit(b, td_buf_str(&quoted));
}

static void ask_check(const struct td_compared_expr *x, const char *expr, struct td_buf *make, struct td_buf *print)
{
    bool value = x->use == TD_EXPR_INDEX && !x->is_condition;
    add_table(make, x->table, NULL);
    td_buf_printf(make, ", CONSTRAINT tandem_expr CHECK ((%s)%s))", expr, value ? " IS NOT NULL" : "");
    td_buf_add(print, "SELECT pg_get_expr(conbin, conrelid) FROM pg_catalog.pg_constraint"
                      " WHERE conname = 'tandem_expr' AND conrelid = ");
    add_name(print, x->table->name);
    td_buf_add(print, "::regclass");
}

static void ask_generated(const struct td_compared_expr *x, const char *expr, struct td_buf *make, struct td_buf *print)
{
    add_table(make, x->table, x->column);
    td_buf_add(make, ", tandem_expr ");
    td_type_print(&x->column->type, make);
    td_buf_printf(make, " GENERATED ALWAYS AS (%s) STORED)", expr);
    td_buf_add(print, "SELECT pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef WHERE adrelid = ");
    add_name(print, x->table->name);
    td_buf_add(print, "::regclass");
}

static void ask_default(const struct td_compared_expr *x, const char *expr, struct td_buf *make, struct td_buf *print)
{
    td_buf_add(make, "CREATE TEMP TABLE tandem_expr (c ");
    td_type_print(&x->column->type, make);
    td_buf_printf(make, " DEFAULT %s)", expr);
    td_buf_add(print, "SELECT pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef"
                      " WHERE adrelid = 'pg_temp.tandem_expr'::regclass");
}

static void ask_domain(const struct td_compared_expr *x, const char *expr, struct td_buf *make, struct td_buf *print)
{
    td_buf_add(make, "CREATE DOMAIN pg_temp.tandem_expr AS ");
    td_type_print(&x->type->base, make);
    if (x->use == TD_EXPR_CHECK) {
        td_buf_printf(make, " CONSTRAINT tandem_expr CHECK (%s)", expr);
        td_buf_add(print, "SELECT pg_get_expr(conbin, 0) FROM pg_catalog.pg_constraint"
                          " WHERE contypid = 'pg_temp.tandem_expr'::regtype");
    } else {
        td_buf_printf(make, " DEFAULT %s", expr);
        td_buf_add(print, "SELECT pg_get_expr(typdefaultbin, 0) FROM pg_catalog.pg_type"
                          " WHERE oid = 'pg_temp.tandem_expr'::regtype");
    }
}

static void ask_view(const struct td_compared_expr *x, const char *query, struct td_buf *make, struct td_buf *print)
{
    td_buf_add(make, "CREATE TEMP VIEW tandem_expr (");
    for (size_t i = 0; i < x->table->columns.len; i++) {
        td_buf_add(make, i ? ", " : "");
        td_buf_ident(make, x->table->columns.at[i]->name);
    }
    td_buf_printf(make, ") AS %s", query);
    td_buf_add(print, "SELECT rtrim(pg_get_viewdef('pg_temp.tandem_expr'::regclass), ';')");
}

static void put_question(const struct td_compared_expr *x, const char *text, struct td_buf *make, struct td_buf *print)
{
    if (x->type != NULL)
        ask_domain(x, text, make, print);
    else if (x->use == TD_EXPR_VIEW)
        ask_view(x, text, make, print);
    else if (x->use == TD_EXPR_DEFAULT)
        ask_default(x, text, make, print);
    else if (x->use == TD_EXPR_GENERATED)
        ask_generated(x, text, make, print);
    else
        ask_check(x, text, make, print);
}

/* ---- the answer ---- */

/* As the server prints ours; NULL when it refuses it. */
static int ask(struct asking *q, const struct td_compared_expr *x, const char **out, struct td_err *err)
{
    struct td_buf make, print;
    struct td_rows rows = {0};
    struct td_err refused = {0};
    const char *text;
    *out = NULL;
    if (td_tree_print(q->a, x->want, &text, &refused) != TD_OK)
        return TD_OK;
    td_buf_init(&make, q->a);
    td_buf_init(&print, q->a);
    put_question(x, text, &make, &print);
    int rc = td_db_begin(q->db, TD_TX_WRITE, err); /* a savepoint */
    if (rc != TD_OK)
        return rc;
    rc = td_db_exec(q->db, td_buf_str(&make), &refused);
    if (rc == TD_OK)
        rc = td_rows_read(q->a, q->db, td_buf_str(&print), NULL, 0, &rows, &refused);
    td_db_rollback(q->db);
    if (rc == TD_OK && td_rows_count(&rows) == 1)
        *out = td_rows_cell(&rows, 0, 0);
    if (rc != TD_EOFFLINE && rc != TD_ENOMEM && rc != TD_ECANCELLED)
        return TD_OK;
    *err = refused;
    return rc;
}

static const struct PgQuery__Node *read_answer(struct asking *q, const struct td_compared_expr *x, const char *text)
{
    const PgQuery__Node *n;
    struct td_err unreadable = {0};
    if (td_sql_parse_expr(q->a, text, &n, &unreadable) != TD_OK)
        return NULL;
    if (x->use == TD_EXPR_VIEW)
        return n->node_case == PG_QUERY__NODE__NODE_SUB_LINK ? n->sub_link->subselect : n;
    if (x->use == TD_EXPR_INDEX && !x->is_condition) /* ... IS NOT NULL */
        return n->node_case == PG_QUERY__NODE__NODE_NULL_TEST ? n->null_test->arg : NULL;
    return n;
}

static enum td_same_as same_as(enum td_expr_use use)
{
    if (use == TD_EXPR_VIEW || use == TD_EXPR_TRIGGER)
        return TD_SAME_STMT;
    return use == TD_EXPR_DEFAULT ? TD_SAME_DEFAULT : TD_SAME_EXPR;
}

static int same_expr(const struct td_compared_expr *x, bool *same_out, void *data, struct td_err *err)
{
    struct asking *q = data;
    const char *text;
    *same_out = td_tree_same(q->a, same_as(x->use), x->have, x->want);
    if (*same_out || x->use == TD_EXPR_TRIGGER)
        return TD_OK;
    int rc = ask(q, x, &text, err);
    if (rc != TD_OK || text == NULL)
        return rc;
    const PgQuery__Node *ours = read_answer(q, x, text);
    *same_out = ours != NULL && td_tree_same(q->a, same_as(x->use), x->have, ours);
    return TD_OK;
}

static void print_expr(const PgQuery__Node *expr, struct td_buf *out, void *data)
{
    struct asking *q = data;
    const char *text;
    struct td_err ignored = {0};
    td_buf_add(out, td_tree_print(q->a, expr, &text, &ignored) == TD_OK ? text : "...");
}

/* ---- the whole ---- */

struct job {
    struct asking asking;
    const struct td_catalog *have, *want;
    const char *search_path;
    bool view_types;
    struct td_strings schemas; /* whose objects are compared */
    struct td_differences *out;
};

static int compare(void *data, struct td_err *err)
{
    struct job *j = data;
    const struct td_compare_opts opts = {.on = TD_ON_POSTGRES,
                                         .view_types = j->view_types,
                                         .same_expr = same_expr,
                                         .print_expr = print_expr,
                                         .data = &j->asking};
    int rc = td_introspect_settle(j->asking.a, j->asking.db, j->search_path, err);
    return rc == TD_OK ? td_catalog_compare(j->asking.a, j->have, j->want, &opts, j->out, err) : rc;
}

/* The server's answers need temporary objects, which a connection for reading may make only where it is said before the
 * first query. A standby takes none. */
static int begin(struct td_db *db, struct td_err *err)
{
    struct td_err refused = {0};
    int rc = td_db_begin(db, TD_TX_WRITE, err);
    if (rc != TD_OK || td_db_exec(db, "SET TRANSACTION READ WRITE", &refused) == TD_OK)
        return rc;
    td_db_rollback(db);
    return td_db_begin(db, TD_TX_READ, err);
}

static bool has_objects(const struct td_catalog *c, const char *schema)
{
    for (size_t i = 0; i < c->tables.len; i++)
        if (strcmp(c->tables.at[i]->schema, schema) == 0)
            return true;
    for (size_t i = 0; i < c->types.len; i++)
        if (strcmp(c->types.at[i]->schema, schema) == 0)
            return true;
    for (size_t i = 0; i < c->sequences.len; i++)
        if (strcmp(c->sequences.at[i]->schema, schema) == 0)
            return true;
    for (size_t i = 0; i < c->functions.len; i++)
        if (strcmp(c->functions.at[i]->schema, schema) == 0)
            return true;
    return false;
}

/* Where the URL names another, "public" is others' unless a migration has made something in it. */
static int find_schemas(void *data, struct td_err *err)
{
    struct job *j = data;
    (void)err;
    for (size_t i = 0; i < j->want->schemas.len; i++) {
        const char *name = j->want->schemas.at[i];
        if (j->search_path == NULL || strcmp(j->search_path, name) == 0 || strcmp(name, "public") != 0 ||
            has_objects(j->want, name))
            td_strings_add(j->asking.a, &j->schemas, name);
    }
    return TD_OK;
}

int td_drift_postgres(struct td_arena *a, struct td_db *db, const struct td_catalog *want, const char *search_path,
                      bool view_types, struct td_differences *out, struct td_err *err)
{
    struct td_catalog have;
    struct job j = {{a, db}, &have, want, search_path, view_types, {0}, out};
    int rc = td_arena_run(a, find_schemas, &j, err);
    if (rc == TD_OK)
        rc = td_introspect_postgres(a, db, &j.schemas, search_path, &have, err);
    if (rc == TD_OK)
        rc = begin(db, err);
    if (rc != TD_OK)
        return rc;
    rc = td_arena_run(a, compare, &j, err);
    td_db_rollback(db);
    return rc;
}
