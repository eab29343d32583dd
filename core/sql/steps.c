/* WITH that changes data: its parts become statements of their own, and what they return temporary tables.
 *
 * PostgreSQL runs all parts on one snapshot. Run one after the other they give the same end state as long as no part
 * reads a table that an earlier one changed; where one does, the statement is refused. */
#include <string.h>

#include "core/sql/dml_impl.h"

static PgQuery__WithClause *with_of(const PgQuery__Node *n)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT: return n->select_stmt->with_clause;
    case PG_QUERY__NODE__NODE_INSERT_STMT:
        if (n->insert_stmt->with_clause == NULL && n->insert_stmt->select_stmt != NULL)
            return n->insert_stmt->select_stmt->select_stmt->with_clause;
        return n->insert_stmt->with_clause;
    case PG_QUERY__NODE__NODE_UPDATE_STMT: return n->update_stmt->with_clause;
    case PG_QUERY__NODE__NODE_DELETE_STMT: return n->delete_stmt->with_clause;
    default: return NULL;
    }
}

static bool is_change(const PgQuery__Node *n)
{
    return n->node_case != PG_QUERY__NODE__NODE_SELECT_STMT;
}

bool dml_with_changes(const PgQuery__Node *stmt)
{
    const PgQuery__WithClause *with = with_of(stmt);
    for (size_t i = 0; with != NULL && i < with->n_ctes; i++) {
        if (is_change(with->ctes[i]->common_table_expr->ctequery))
            return true;
    }
    return false;
}

/* --- what a part reads, what it changed --- */

struct reads {
    struct lw *w;
    const struct td_table_set *changed;
    const struct td_table *hit;
};

static bool visit_read(PgQuery__Node *n, void *data)
{
    struct reads *r = data;
    const PgQuery__RangeVar *v = n->node_case == PG_QUERY__NODE__NODE_RANGE_VAR ? n->range_var : NULL;
    const struct td_table *t;
    const char *schema = v != NULL && v->schemaname != NULL && v->schemaname[0] != '\0' ? v->schemaname : NULL;
    if (v == NULL || (schema == NULL && scope_cte(r->w, v->relname) != NULL))
        return r->hit == NULL;
    t = td_catalog_table(r->w->l->catalog, schema, v->relname);
    for (size_t i = 0; t != NULL && i < r->changed->len; i++) {
        if (r->changed->at[i] == t)
            r->hit = t;
    }
    return r->hit == NULL;
}

static const PgQuery__RangeVar *changed_table(const PgQuery__Node *n)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_INSERT_STMT: return n->insert_stmt->relation;
    case PG_QUERY__NODE__NODE_UPDATE_STMT: return n->update_stmt->relation;
    case PG_QUERY__NODE__NODE_DELETE_STMT: return n->delete_stmt->relation;
    default: return NULL;
    }
}

/* An UPDATE or DELETE also reads its own target. */
static int check_reads(struct lw *w, const PgQuery__Node *n, const struct td_table_set *changed, int loc)
{
    struct reads r = {w, changed, NULL};
    const PgQuery__RangeVar *target = changed_table(n);
    td_tree_walk((PgQuery__Node *)n, visit_read, &r);
    if (r.hit == NULL && target != NULL && n->node_case != PG_QUERY__NODE__NODE_INSERT_STMT) {
        PgQuery__Node v = PG_QUERY__NODE__INIT;
        v.node_case = PG_QUERY__NODE__NODE_RANGE_VAR;
        v.range_var = (PgQuery__RangeVar *)target;
        visit_read(&v, &r);
    }
    if (r.hit != NULL)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, loc, "all parts of one statement see the table as it was before it",
                         "Split the statement into several.", "a part of WITH reads \"%s\", which another part changes",
                         r.hit->name);
    return TD_OK;
}

/* --- the parts --- */

static void add(struct lw *w, struct td_lowered_stmts *out, const char *sql)
{
    *td_vec_add(w->a, out) = sql;
}

static void add_temp(struct lw *w, struct td_lowered_stmts *out, const char *name, const char *select)
{
    add(w, out, td_arena_printf(w->a, "CREATE TEMP TABLE %s AS %s", name, select));
}

static void register_result(struct lw *w, const PgQuery__CommonTableExpr *c, const char *table,
                            const struct columns *at)
{
    struct cte *cte = td_arena_new(w->a, struct cte);
    cte->name = c->ctename;
    cte->sql_name = table;
    for (size_t i = 0; i < at->len; i++) {
        struct scope_column *col = td_vec_add(w->a, &cte->columns);
        *col = at->at[i];
        if (i < c->n_aliascolnames)
            col->name = td_tree_string(c->aliascolnames[i]);
        col->sql = sql_ident(w, col->name);
    }
    *td_vec_add(w->a, &w->scope->ctes) = cte;
}

/* SELECT of what is returned, over `source`. */
static int returned(struct lw *w, const PgQuery__CommonTableExpr *c, const struct td_table *t, const char *alias,
                    PgQuery__Node *const *at, size_t n, struct td_buf *from, struct columns *columns, const char **out)
{
    struct td_buf targets;
    struct columns plain = {0};
    const char *prefix = td_arena_printf(w->a, "%s.", sql_ident(w, alias));
    (void)c;
    td_buf_init(&targets, w->a);
    scope_push(w);
    scope_add_table(w, scope_add(w, alias), t, prefix);
    TD_TRY(lw_targets(w, at, n, NULL, 0, NULL, &targets, &plain));
    scope_pop(w);
    *columns = plain;
    {
        struct td_buf named;
        td_buf_init(&named, w->a);
        for (size_t i = 0; i < plain.len; i++) {
            const char *name = i < c->n_aliascolnames ? td_tree_string(c->aliascolnames[i]) : plain.at[i].name;
            td_buf_printf(&named, "%s%s AS %s", i == 0 ? "" : ", ", plain.at[i].sql, sql_ident(w, name));
        }
        *out = td_arena_printf(w->a, "SELECT %s FROM %s AS %s%s", td_buf_str(&named), table_sql(w, t),
                               sql_ident(w, alias), td_buf_str(from));
    }
    return TD_OK;
}

static bool names_rowid_key(const PgQuery__InsertStmt *s, const struct td_table *t)
{
    const struct td_constraint *pk = td_table_primary(t);
    const struct td_column *key = pk != NULL && pk->columns.len == 1 ? pk->columns.at[0] : NULL;
    if (key == NULL || !td_type_is_integer(&key->type))
        return false;
    for (size_t i = 0; i < s->n_cols; i++) {
        if (strcmp(s->cols[i]->res_target->name, key->name) == 0)
            return true;
    }
    return s->n_cols == 0;
}

static const char *temp_name(struct lw *w, const char *what)
{
    return sql_ident(w, td_arena_printf(w->a, "_with_%s_%u", what, ++w->counter));
}

/* A trigger notes the rows that the INSERT writes: those of ON CONFLICT DO UPDATE, and where the rowids are given. */
static void note_rows(struct lw *w, const PgQuery__InsertStmt *s, const struct td_table *t, const char *rows,
                      const char *insert, struct td_lowered_stmts *out)
{
    static const char *const events[] = {"INSERT", "UPDATE"};
    bool update = s->on_conflict_clause != NULL &&
                  s->on_conflict_clause->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE;
    struct td_strings triggers = {0};
    add(w, out, td_arena_printf(w->a, "CREATE TEMP TABLE %s (n INTEGER PRIMARY KEY, r INTEGER)", rows));
    for (size_t i = 0; i < (update ? 2 : 1); i++) {
        td_strings_add(w->a, &triggers, temp_name(w, "notes"));
        add(w, out,
            td_arena_printf(w->a,
                            "CREATE TEMP TRIGGER %s AFTER %s ON %s.%s BEGIN INSERT INTO %s (r) SELECT NEW.%s WHERE NOT "
                            "EXISTS (SELECT 1 FROM %s WHERE r = NEW.%s); END",
                            triggers.at[i], events[i], t->temporary ? "temp" : "main", table_sql(w, t), rows,
                            dml_rowid(t), rows, dml_rowid(t)));
    }
    add(w, out, insert);
    for (size_t i = 0; i < triggers.len; i++)
        add(w, out, td_arena_printf(w->a, "DROP TRIGGER %s", triggers.at[i]));
}

/* New rows are those with a rowid above the highest before, where nothing else can have been written. */
static int insert_part(struct lw *w, const PgQuery__CommonTableExpr *c, const PgQuery__InsertStmt *s,
                       struct td_lowered_stmts *out, struct td_strings *temps)
{
    PgQuery__InsertStmt plain = *s;
    const struct td_table *t;
    struct columns columns = {0};
    struct td_buf b, from;
    const char *before = temp_name(w, "before"), *result = temp_name(w, c->ctename), *select;
    TD_TRY(dml_target(w, s->relation, &t));
    plain.n_returning_list = 0;
    td_buf_init(&b, w->a);
    td_buf_init(&from, w->a);
    TD_TRY(dml_insert(w, &plain, &b));
    if (s->n_returning_list == 0) {
        add(w, out, td_buf_str(&b));
        return TD_OK;
    }
    const char *alias = s->relation->alias != NULL ? s->relation->alias->aliasname : s->relation->relname;
    if (names_rowid_key(s, t) || (s->on_conflict_clause != NULL &&
                                  s->on_conflict_clause->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE)) {
        note_rows(w, s, t, before, td_buf_str(&b), out);
        td_buf_printf(&from, " JOIN %s AS \"tandem:rows\" ON \"tandem:rows\".r = %s.%s ORDER BY \"tandem:rows\".n",
                      before, sql_ident(w, alias), dml_rowid(t));
    } else {
        add_temp(w, out, before,
                 td_arena_printf(w->a, "SELECT coalesce(max(%s), 0) AS n FROM %s", dml_rowid(t), table_sql(w, t)));
        add(w, out, td_buf_str(&b));
        td_buf_printf(&from, " WHERE %s > (SELECT n FROM %s)", dml_rowid(t), before);
    }
    TD_TRY(returned(w, c, t, alias, s->returning_list, s->n_returning_list, &from, &columns, &select));
    add_temp(w, out, result, select);
    td_strings_add(w->a, temps, before);
    td_strings_add(w->a, temps, result);
    register_result(w, c, result, &columns);
    return TD_OK;
}

/* The rows to be changed are noted first, by rowid. */
static int changed_rows(struct lw *w, const PgQuery__RangeVar *v, const struct td_table *t, PgQuery__Node *const *more,
                        size_t n_more, const PgQuery__Node *where, const char *rows, struct td_lowered_stmts *out)
{
    const char *alias = v->alias != NULL ? v->alias->aliasname : v->relname;
    struct td_buf from;
    struct ex cond = {.sql = "1", .prec = PREC_ATOM};
    td_buf_init(&from, w->a);
    scope_push(w);
    scope_add_table(w, scope_add(w, alias), t, td_arena_printf(w->a, "%s.", sql_ident(w, alias)));
    td_buf_printf(&from, "%s AS %s", table_sql(w, t), sql_ident(w, alias));
    for (size_t i = 0; i < n_more; i++) {
        td_buf_add(&from, ", ");
        TD_TRY(lw_from_item(w, more[i], &from));
    }
    if (where != NULL)
        TD_TRY(lw_condition(w, where, TD_COND_CHOOSES, &cond));
    scope_pop(w);
    add_temp(w, out, rows,
             td_arena_printf(w->a, "SELECT DISTINCT %s.%s AS r FROM %s WHERE %s", sql_ident(w, alias), dml_rowid(t),
                             td_buf_str(&from), cond.sql));
    return TD_OK;
}

static int change_part(struct lw *w, const PgQuery__CommonTableExpr *c, const PgQuery__Node *n,
                       struct td_lowered_stmts *out, struct td_strings *temps)
{
    bool update = n->node_case == PG_QUERY__NODE__NODE_UPDATE_STMT;
    const PgQuery__RangeVar *v = changed_table(n);
    PgQuery__UpdateStmt up;
    PgQuery__DeleteStmt del;
    PgQuery__Node *const *list = update ? n->update_stmt->returning_list : n->delete_stmt->returning_list;
    size_t n_list = update ? n->update_stmt->n_returning_list : n->delete_stmt->n_returning_list;
    const struct td_table *t;
    const char *rows = temp_name(w, "rows"), *result = temp_name(w, c->ctename), *select = NULL;
    struct columns columns = {0};
    struct td_buf b, from;
    TD_TRY(dml_target(w, v, &t));
    td_buf_init(&b, w->a);
    td_buf_init(&from, w->a);
    if (n_list > 0) {
        TD_TRY(changed_rows(w, v, t, update ? n->update_stmt->from_clause : n->delete_stmt->using_clause,
                            update ? n->update_stmt->n_from_clause : n->delete_stmt->n_using_clause,
                            update ? n->update_stmt->where_clause : n->delete_stmt->where_clause, rows, out));
        td_buf_printf(&from, " WHERE %s IN (SELECT r FROM %s)", dml_rowid(t), rows);
        TD_TRY(returned(w, c, t, v->alias != NULL ? v->alias->aliasname : v->relname, list, n_list, &from, &columns,
                        &select));
    }
    if (n_list > 0 && !update)
        add_temp(w, out, result, select);
    if (update) {
        up = *n->update_stmt;
        up.n_returning_list = 0;
        TD_TRY(dml_update(w, &up, &b));
    } else {
        del = *n->delete_stmt;
        del.n_returning_list = 0;
        TD_TRY(dml_delete(w, &del, &b));
    }
    add(w, out, td_buf_str(&b));
    if (n_list == 0)
        return TD_OK;
    if (update)
        add_temp(w, out, result, select);
    td_strings_add(w->a, temps, rows);
    td_strings_add(w->a, temps, result);
    register_result(w, c, result, &columns);
    return TD_OK;
}

static int select_part(struct lw *w, const PgQuery__CommonTableExpr *c, bool recursive, struct td_lowered_stmts *out,
                       struct td_strings *temps)
{
    PgQuery__WithClause one = PG_QUERY__WITH_CLAUSE__INIT;
    PgQuery__Node cte_node = PG_QUERY__NODE__INIT, *list = &cte_node;
    const char *result = temp_name(w, c->ctename);
    struct columns columns = {0};
    struct cte *cte;
    struct td_buf b;
    cte_node.node_case = PG_QUERY__NODE__NODE_COMMON_TABLE_EXPR;
    cte_node.common_table_expr = (PgQuery__CommonTableExpr *)c;
    one.n_ctes = 1;
    one.ctes = &list;
    one.recursive = recursive;
    td_buf_init(&b, w->a);
    scope_push(w);
    TD_TRY(lw_with(w, &one, &b));
    cte = w->scope->ctes.at[0];
    td_buf_printf(&b, "SELECT * FROM %s", cte->sql_name);
    scope_pop(w);
    for (size_t i = 0; i < cte->columns.len; i++)
        *td_vec_add(w->a, &columns) = cte->columns.at[i];
    add_temp(w, out, result, td_buf_str(&b));
    td_strings_add(w->a, temps, result);
    register_result(w, c, result, &columns);
    return TD_OK;
}

static PgQuery__Node *without_with(struct lw *w, const PgQuery__Node *stmt)
{
    PgQuery__Node *n = td_tree_clone(w->a, stmt);
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT: n->select_stmt->with_clause = NULL; break;
    case PG_QUERY__NODE__NODE_INSERT_STMT:
        if (n->insert_stmt->with_clause == NULL && n->insert_stmt->select_stmt != NULL)
            n->insert_stmt->select_stmt->select_stmt->with_clause = NULL;
        n->insert_stmt->with_clause = NULL;
        break;
    case PG_QUERY__NODE__NODE_UPDATE_STMT: n->update_stmt->with_clause = NULL; break;
    default: n->delete_stmt->with_clause = NULL; break;
    }
    return n;
}

int dml_steps(struct lw *w, const PgQuery__Node *stmt, struct td_lowered_stmts *out)
{
    const PgQuery__WithClause *with = with_of(stmt);
    PgQuery__Node *main = without_with(w, stmt);
    struct td_table_set changed = {0};
    struct td_strings temps = {0};
    struct td_buf b;
    lw_note(w, with->location, "WITH that changes data became several statements and temporary tables");
    for (size_t i = 0; i < with->n_ctes; i++) {
        const PgQuery__CommonTableExpr *c = with->ctes[i]->common_table_expr;
        const PgQuery__Node *q = c->ctequery;
        const struct td_table *t;
        TD_TRY(check_reads(w, q, &changed, c->location));
        if (!is_change(q)) {
            TD_TRY(select_part(w, c, with->recursive, out, &temps));
            continue;
        }
        if (q->node_case == PG_QUERY__NODE__NODE_INSERT_STMT)
            TD_TRY(insert_part(w, c, q->insert_stmt, out, &temps));
        else
            TD_TRY(change_part(w, c, q, out, &temps));
        TD_TRY(dml_target(w, changed_table(q), &t));
        *td_vec_add(w->a, &changed) = (struct td_table *)t;
    }
    TD_TRY(check_reads(w, main, &changed, with->location));
    td_buf_init(&b, w->a);
    TD_TRY(dml_statement(w, main, &b));
    add(w, out, td_buf_str(&b));
    for (size_t i = 0; i < temps.len; i++)
        add(w, out, td_arena_printf(w->a, "DROP TABLE %s", temps.at[i]));
    return td_buf_check(&b, w->err);
}
