/* Entry points of the lowering of expressions. */
#include "core/sql/lower.h"

#include <string.h>

#include "core/sql/lower_impl.h"

static struct lw begin(const struct td_lower *l, struct td_err *err)
{
    return (struct lw){.l = l, .a = l->arena, .err = err, .constant = true};
}

static void add_row(struct lw *w, const char *alias, const struct td_table *t, const char *prefix,
                    const char *const *values)
{
    struct scope_rel *r;
    if (t == NULL)
        return;
    r = scope_add(w, alias);
    r->hidden = true;
    scope_add_table(w, r, t, prefix);
    for (size_t i = 0, n = 0; values != NULL && i < t->columns.len; i++) {
        if ((t->columns.at[i]->on & TD_ON_SQLITE) == 0)
            continue;
        if (values[i] != NULL)
            r->columns.at[n].sql = td_arena_printf(w->a, "(%s)", values[i]);
        n++;
    }
}

/* Columns of the table by their bare names; NEW and OLD where a trigger has them. */
static void open_scope(struct lw *w, const struct td_table *table)
{
    scope_push(w);
    add_row(w, "new", w->l->new_row, "NEW.", w->l->new_values);
    add_row(w, "old", w->l->old_row, "OLD.", NULL);
    if (table != NULL)
        scope_add_table(w, scope_add(w, table->name), table, "");
}

static int expression(struct lw *w, const PgQuery__Node *expr, const struct td_type *to, struct ex *out)
{
    TD_TRY(lw_expr(w, expr, out));
    return to == NULL ? lw_settle(w, out) : lw_cast(w, out, *to, TD_CAST_ASSIGNMENT);
}

/* Behind a literal or a quoted name that begins at `p`. */
static const char *behind_quotes(const char *p)
{
    for (char quote = *p++; *p != '\0'; p++)
        if (*p == quote && *++p != quote)
            return p;
    return p;
}

/* CHECKs, indexes, generated columns and defaults take no queries in SQLite, also where PostgreSQL asks none. */
static int check_no_query(struct lw *w, const PgQuery__Node *expr, const char *sql)
{
    for (const char *p = sql; w->l->use == TD_LOWER_SCHEMA && *p != '\0';) {
        if (strncmp(p, "SELECT ", 7) == 0)
            return lw_refuse(w, TD_C_LOWER_STOCK, td_tree_location(expr),
                             "SQLite takes no queries in CHECKs, indexes, generated columns and defaults", NULL,
                             "this expression becomes a query on SQLite");
        p = *p == '\'' || *p == '"' ? behind_quotes(p) : p + 1;
    }
    return TD_OK;
}

int td_lower_expr(const struct td_lower *l, const PgQuery__Node *expr, const struct td_table *table,
                  const struct td_type *to, struct td_buf *out, struct td_type *type_out, struct td_err *err)
{
    struct lw w = begin(l, err);
    struct ex e;
    open_scope(&w, table);
    TD_TRY(expression(&w, expr, to, &e));
    if (table != NULL)
        TD_TRY(check_no_query(&w, expr, e.sql));
    td_buf_add(out, e.sql);
    if (type_out != NULL)
        *type_out = e.type;
    return td_buf_check(out, err);
}

int td_lower_domain_check(const struct td_lower *l, const PgQuery__Node *expr, const struct td_type *value_type,
                          const char *value, struct td_buf *out, struct td_err *err)
{
    struct lw w = begin(l, err);
    struct ex e;
    open_scope(&w, NULL);
    w.value_sql = value;
    w.value_type = value_type;
    TD_TRY(lw_bool(&w, expr, &e));
    TD_TRY(check_no_query(&w, expr, e.sql));
    td_buf_add(out, e.sql);
    return td_buf_check(out, err);
}

int td_lower_condition(const struct td_lower *l, const PgQuery__Node *expr, const struct td_table *table,
                       struct td_buf *out, struct td_err *err)
{
    struct lw w = begin(l, err);
    struct ex e;
    open_scope(&w, table);
    TD_TRY(lw_bool(&w, expr, &e));
    if (table != NULL)
        TD_TRY(check_no_query(&w, expr, e.sql));
    td_buf_add(out, e.sql);
    return td_buf_check(out, err);
}

int td_lower_cast(const struct td_lower *l, const char *sql, struct td_type from, struct td_type to,
                  enum td_cast_context context, struct td_buf *out, struct td_err *err)
{
    struct lw w = begin(l, err);
    struct ex e = ex_of(sql, from, sql[0] == '"' && strchr(sql, ' ') == NULL ? PREC_ATOM : PREC_OR);
    TD_TRY(lw_cast(&w, &e, to, context));
    td_buf_add(out, e.sql);
    return td_buf_check(out, err);
}

/* A literal as SQLite's DEFAULT takes it without parentheses. */
static bool is_literal(const char *sql)
{
    const char *p = sql + (sql[0] == '-' || sql[0] == '+');
    if (strcmp(sql, "NULL") == 0)
        return true;
    if (*p >= '0' && *p <= '9')
        return p[strspn(p, "0123456789.e+")] == '\0';
    p += p[0] == 'x' && p[1] == '\'';
    if (*p != '\'')
        return false;
    for (p++; *p != '\0'; p++) {
        if (*p != '\'')
            continue;
        if (p[1] == '\'')
            p++;
        else
            return p[1] == '\0';
    }
    return false;
}

/* A literal of the wrong form stops PostgreSQL here; one that is too long, or a number too large, stops the rows only.
 */
static void say_default(struct td_err *err)
{
    if (strncmp(err->sqlstate, "22", 2) != 0)
        return;
    td_err_why(err, "no row can take this default: PostgreSQL refuses it with the same SQLSTATE, here or at the first "
                    "row that takes it");
    td_err_next(err, "Write a default that fits the column, or none.");
}

int td_lower_default(const struct td_lower *l, const PgQuery__Node *expr, struct td_type type, struct td_buf *out,
                     bool *constant_out, struct td_err *err)
{
    struct td_lower schema = *l;
    struct lw w;
    struct ex e;
    int rc;
    schema.use = TD_LOWER_SCHEMA;
    w = begin(&schema, err);
    w.default_use = true;
    open_scope(&w, NULL);
    rc = lw_folds(&w) ? lw_fold_node(&w, expr, &type, &e) : TD_ENOTFOUND;
    if (rc == TD_ENOTFOUND)
        rc = expression(&w, expr, &type, &e);
    if (rc == TD_OK && !l->draws)
        rc = check_no_query(&w, expr, e.sql);
    if (rc != TD_OK) {
        say_default(err);
        return rc;
    }
    *constant_out = is_literal(e.sql);
    td_buf_printf(out, *constant_out ? "%s" : "(%s)", e.sql);
    return td_buf_check(out, err);
}

int td_lower_select(const struct td_lower *l, const PgQuery__Node *select, struct td_buf *out,
                    struct td_result *columns_out, struct td_err *err)
{
    struct lw w = begin(l, err);
    struct columns columns = {0};
    if (select->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return lw_refuse(&w, TD_C_LOWER_STATEMENT, td_tree_location(select), "only SELECT can stand here", NULL,
                         "the query is not a SELECT");
    open_scope(&w, NULL);
    w.order_shows = true;
    TD_TRY(lw_select(&w, select->select_stmt, out, &columns));
    for (size_t i = 0; columns_out != NULL && i < columns.len; i++) {
        struct td_result_column *c = td_vec_add(l->arena, columns_out);
        c->name = columns.at[i].name;
        c->type = columns.at[i].type;
    }
    return td_buf_check(out, err);
}

/* --- tables that a tree names --- */

struct tables {
    const struct td_lower *l;
    struct td_table_set *out;
};

static void add_table(struct tables *t, const PgQuery__RangeVar *v)
{
    struct td_table *table;
    if (v == NULL || t->l->catalog == NULL)
        return;
    table = td_catalog_table(t->l->catalog, v->schemaname != NULL && v->schemaname[0] != '\0' ? v->schemaname : NULL,
                             v->relname);
    for (size_t i = 0; table != NULL && i < t->out->len; i++) {
        if (t->out->at[i] == table)
            return;
    }
    if (table != NULL)
        *td_vec_add(t->l->arena, t->out) = table;
}

static bool visit_table(PgQuery__Node *n, void *data)
{
    struct tables *t = data;
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR: add_table(t, n->range_var); break;
    case PG_QUERY__NODE__NODE_INSERT_STMT: add_table(t, n->insert_stmt->relation); break;
    case PG_QUERY__NODE__NODE_UPDATE_STMT: add_table(t, n->update_stmt->relation); break;
    case PG_QUERY__NODE__NODE_DELETE_STMT: add_table(t, n->delete_stmt->relation); break;
    default: break;
    }
    return true;
}

void td_lower_tables(const struct td_lower *l, const PgQuery__Node *tree, struct td_table_set *out)
{
    struct tables t = {l, out};
    td_tree_walk((PgQuery__Node *)tree, visit_table, &t);
}

bool td_lower_has_spellings(struct td_type type)
{
    struct td_type t = td_type_base(type);
    if (t.dims > 0)
        return lw_needs_key(t, false);
    if (t.kind == TD_T_NUMERIC) /* with a scale it has one text for one value */
        return t.mod1 < 0;
    return lw_needs_key(t, false);
}

int td_lower_unique_key(const struct td_lower *l, struct td_type type, const char *sql, struct td_buf *out,
                        struct td_err *err)
{
    struct lw w = begin(l, err);
    struct ex e = ex_of(sql, type, PREC_ATOM);
    struct td_type t = td_type_base(type);
    const char *key = sql;
    if (td_lower_has_spellings(type)) {
        if (t.dims > 0 || (t.kind != TD_T_NUMERIC && t.kind != TD_T_BPCHAR))
            return lw_refuse(&w, TD_C_LOWER_STOCK, -1, "SQLite would tell equal values apart by their text",
                             "Make what is to be unique a column of another type, or mark it with  -- tandem: postgres",
                             "values of type %s cannot be unique", type_name(&w, type));
        TD_TRY(lw_group_key(&w, &e, &key));
    }
    td_buf_add(out, key);
    return td_buf_check(out, err);
}

bool td_lower_collation_known(const char *name)
{
    static const char *const names[] = {"C", "POSIX", "C.UTF-8", "C.utf8", "ucs_basic", "default"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}
