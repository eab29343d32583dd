/* UPDATE and DELETE, and what they share with INSERT (insert.c): targets, values of columns, SET, WHERE, RETURNING. */
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

int dml_find_column(struct lw *w, const struct td_table *t, const char *name, int loc, const struct td_column **out)
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
const char *dml_sequence_lit(struct lw *w, const struct td_sequence *s)
{
    if (strcmp(s->schema, "public") == 0)
        return sql_lit(w, sql_ident(w, s->name));
    return sql_lit(w, td_arena_printf(w->a, "%s.%s", sql_ident(w, s->schema), sql_ident(w, s->name)));
}

/* INTEGER PRIMARY KEY AUTOINCREMENT: SQLite gives the number where it finds NULL. */
bool dml_numbered_by_sqlite(const struct td_table *t, const struct td_column *c)
{
    const struct td_constraint *pk = td_table_primary(t);
    const struct td_sequence *s = c->serial;
    return s != NULL && pk != NULL && pk->columns.len == 1 && pk->columns.at[0] == c && s->increment == 1 &&
           !s->cycle && s->min >= 1;
}

/* Numbered from a sequence, by a trigger once the row is stored. */
bool dml_is_counted(struct lw *w, const struct td_table *t, const struct td_column *c)
{
    return w->l->catalog != NULL && (c->on & TD_ON_SQLITE) != 0 && !dml_numbered_by_sqlite(t, c) &&
           td_draw_column(w->a, w->l->catalog, c) != NULL;
}

/* DEFAULT as a value; that of a serial column is a call of nextval(). */
int dml_column_default(struct lw *w, const struct td_column *c, struct ex *out)
{
    const PgQuery__Node *def = td_column_default(c);
    *out = lw_null(c->type);
    if (c->identity != TD_ID_NONE)
        *out = ex_of(td_arena_printf(w->a, "pg_nextval(%s)", dml_sequence_lit(w, c->serial)), c->type, PREC_ATOM);
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

bool dml_is_default(const PgQuery__Node *n)
{
    return n->node_case == PG_QUERY__NODE__NODE_SET_TO_DEFAULT;
}

/* What SQLite would number must not be NULL. */
void dml_not_null(struct lw *w, const struct td_table *t, const struct td_column *c, struct ex *e)
{
    bool number = e->sql[strspn(e->sql, "0123456789")] == '\0';
    if (number || !dml_numbered_by_sqlite(t, c) || w->l->use != TD_LOWER_QUERY)
        return;
    e->sql = td_arena_printf(w->a, "pg_check_not_null(%s, %s, %s)", e->sql, sql_lit(w, c->name), sql_lit(w, t->name));
    e->prec = PREC_ATOM;
}

int dml_assigned(struct lw *w, const PgQuery__Node *n, const struct td_table *t, const struct td_column *c,
                 struct ex *out)
{
    if (dml_is_default(n))
        return dml_column_default(w, c, out);
    TD_TRY(lw_expr(w, n, out));
    if (!lw_castable(out->type, c->type, TD_CAST_ASSIGNMENT))
        return lw_error(w, "42804", out->loc, "column \"%s\" is of type %s but expression is of type %s", c->name,
                        type_name(w, c->type), type_name(w, out->type));
    TD_TRY(lw_cast(w, out, c->type, TD_CAST_ASSIGNMENT));
    dml_not_null(w, t, c, out);
    return TD_OK;
}

/* --- SET --- */

/* What numbers or generates itself may only be set to DEFAULT, which for a generated column changes nothing. */
static int check_set(struct lw *w, const struct td_column *c, const PgQuery__Node *value, int loc, bool *skip_out)
{
    *skip_out = c->generated != NULL;
    if (dml_is_default(value) || (c->generated == NULL && c->identity != TD_ID_ALWAYS))
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
        TD_TRY(dml_find_column(w, t, at[*i + c]->res_target->name, at[*i + c]->res_target->location, &column));
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
    TD_TRY(dml_find_column(w, t, r->name, r->location, &column));
    TD_TRY(check_set(w, column, value, r->location, &skip));
    if (skip)
        return TD_OK;
    TD_TRY(dml_assigned(w, value, t, column, &e));
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

int dml_set_list(struct lw *w, const struct td_table *t, PgQuery__Node *const *at, size_t n, struct td_buf *out)
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

int dml_where(struct lw *w, const PgQuery__Node *where, struct td_buf *out)
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

const char *dml_target_alias(const PgQuery__RangeVar *v)
{
    return v->alias != NULL ? v->alias->aliasname : v->relname;
}

/* The table that is written to; its columns are found bare and by its alias. */
void dml_target_scope(struct lw *w, const PgQuery__RangeVar *v, const struct td_table *t, bool qualified,
                      struct td_buf *out)
{
    const char *alias = dml_target_alias(v);
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
int dml_returning(struct lw *w, const PgQuery__RangeVar *v, const struct td_table *t, PgQuery__Node *const *at,
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
    scope_add_table(w, scope_add(w, dml_target_alias(v)), t, "");
    td_buf_add(out, " RETURNING ");
    rc = others ? TD_EREFUSED : lw_targets(w, at, n, NULL, 0, NULL, out, &columns);
    if (rc == TD_OK || !joined || rc == TD_ENOMEM)
        return rc;
    td_err_clear(w->err);
    return lw_refuse(w, TD_C_LOWER_CLAUSE, td_tree_location(at[0]), "SQLite returns the target's columns only",
                     "Read the other rows by a SELECT.", "RETURNING of what FROM or USING joined is not carried");
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
    dml_target_scope(w, s->relation, t, true, &target);
    TD_TRY(lw_from(w, s->from_clause, s->n_from_clause, &from));
    td_buf_printf(out, "UPDATE %s", td_buf_str(&target));
    TD_TRY(dml_set_list(w, t, s->target_list, s->n_target_list, out));
    if (from.len > 0)
        td_buf_printf(out, " FROM %s", td_buf_str(&from));
    TD_TRY(dml_where(w, s->where_clause, out));
    TD_TRY(dml_returning(w, s->relation, t, s->returning_list, s->n_returning_list, from.len > 0, out));
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
    dml_target_scope(w, s->relation, t, true, &target);
    TD_TRY(lw_from(w, s->using_clause, s->n_using_clause, &using));
    td_buf_printf(out, "DELETE FROM %s", using.len > 0 ? table_sql(w, t) : td_buf_str(&target));
    if (using.len > 0) {
        lw_note(w, s->relation->location, "DELETE ... USING became a sub-query over the table's rowid");
        td_buf_printf(out, " WHERE %s IN (SELECT %s.%s FROM %s, %s", dml_rowid(t),
                      sql_ident(w, dml_target_alias(s->relation)), dml_rowid(t), td_buf_str(&target),
                      td_buf_str(&using));
    }
    TD_TRY(dml_where(w, s->where_clause, out));
    td_buf_add(out, using.len > 0 ? ")" : "");
    TD_TRY(dml_returning(w, s->relation, t, s->returning_list, s->n_returning_list, using.len > 0, out));
    scope_pop(w);
    scope_pop(w);
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
        return dml_truncate(&w, stmt->truncate_stmt, out);
    if (dml_with_changes(stmt))
        return dml_steps(&w, stmt, out);
    td_buf_init(&b, l->arena);
    TD_TRY(dml_statement(&w, stmt, &b));
    *td_vec_add(l->arena, out) = td_buf_str(&b);
    return td_buf_check(&b, err);
}
