/* Data in migrations: INSERT, UPDATE, DELETE and SELECT, the rows of CREATE TABLE AS, and how ALTER COLUMN TYPE
 * converts old values. */
#include <string.h>

#include "core/migrate/lower_impl.h"
#include "core/sql/tree.h"

static const char *or_null(const char *s)
{
    return s == NULL || s[0] == '\0' ? NULL : s;
}

static const struct td_table *first_missing(const struct td_table_set *set)
{
    for (size_t i = 0; i < set->len; i++)
        if (!td_on_sqlite(set->at[i]->on))
            return set->at[i];
    return NULL;
}

/* TRUNCATE fires no DELETE triggers; the DELETE that stands for it would. */
static void switch_delete_triggers(struct td_lowering *l, const PgQuery__TruncateStmt *s,
                                   const struct td_table_set *tables, bool on)
{
    bool cascade = s->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    for (size_t i = 0; i < l->catalog.tables.len; i++) {
        const struct td_phys *p = td_phys_get(l, l->catalog.tables.at[i]->id);
        bool emptied = cascade;
        for (size_t k = 0; k < tables->len; k++)
            emptied = emptied || tables->at[k] == l->catalog.tables.at[i];
        for (size_t k = 0; emptied && p->is != NULL && k < p->triggers.len; k++) {
            if (strstr(p->triggers.at[k].sql, " DELETE ON ") == NULL)
                continue;
            if (on)
                td_lowering_op(l, TD_OP_SQL, l->stmt, p->triggers.at[k].sql);
            else
                td_lowering_opf(l, l->stmt, "DROP TRIGGER %s", td_lowering_ident(l, p->triggers.at[k].name));
        }
    }
}

int td_lowering_data(struct td_lowering *l, const PgQuery__Node *node, struct td_err *err)
{
    struct td_lower ctx = td_lowering_ctx(l, TD_LOWER_QUERY);
    struct td_table_set tables = {0};
    struct td_lowered_stmts sql = {0};
    size_t mark = 0;

    td_lower_tables(&ctx, node, &tables);
    const struct td_table *missing = first_missing(&tables);
    if (missing != NULL) {
        td_err_set(err, TD_C_DDL_DEPENDS, "\"%s\" exists on PostgreSQL only", missing->name);
        return td_err_next(err, "mark this statement with  -- tandem: postgres  too");
    }
    int rc = td_unchecked_check(l, node, &tables, err);
    if (rc == TD_OK)
        rc = td_lower_data(&ctx, node, &sql, err);
    if (rc != TD_OK)
        return rc;
    /* setval('t_id_seq', ...) reaches a table that it does not name */
    rc = td_lowering_calls_sequence(node) ? td_lowering_sync(l, err) : td_lowering_sync_for(l, &tables, err);
    if (rc == TD_OK && node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        rc = td_lowering_cascades_begin(l, &tables, &mark, err);
    if (rc != TD_OK)
        return rc;
    bool truncate = node->node_case == PG_QUERY__NODE__NODE_TRUNCATE_STMT;
    if (truncate)
        switch_delete_triggers(l, node->truncate_stmt, &tables, false);
    for (size_t i = 0; i < sql.len; i++)
        td_lowering_op(l, TD_OP_SQL, l->stmt, sql.at[i]);
    if (truncate)
        switch_delete_triggers(l, node->truncate_stmt, &tables, true);
    td_lowering_cascades_end(l, mark);
    return TD_OK;
}

/* A numeric that a view gives as a number becomes what the table's column has. */
static bool is_other_numeric(const struct td_type *from, const struct td_type *to)
{
    return from->kind == TD_T_NUMERIC && from->dims == 0 && to->kind == TD_T_NUMERIC && !td_type_equal(from, to);
}

static int converted(struct td_lowering *l, const struct td_lower *ctx, const struct td_table *t, const char *query,
                     const struct td_result *columns, struct td_buf *out, struct td_err *err)
{
    bool wanted = false;
    for (size_t i = 0; i < columns->len && i < t->columns.len; i++)
        wanted = wanted || is_other_numeric(&columns->at[i].type, &t->columns.at[i]->type);
    for (size_t i = 0; wanted && i < columns->len; i++) {
        const struct td_type *from = &columns->at[i].type, *to = &t->columns.at[i]->type;
        const char *name = td_lowering_ident(l, columns->at[i].name);
        td_buf_add(out, i == 0 ? "SELECT " : ", ");
        for (size_t k = 0; k < i; k++)
            if (strcmp(columns->at[k].name, columns->at[i].name) == 0)
                return td_err_set(err, TD_C_LOWER_CLAUSE, "two columns of the query are called \"%s\"",
                                  columns->at[i].name);
        if (!is_other_numeric(from, to)) {
            td_buf_add(out, name);
            continue;
        }
        int rc = td_lower_cast(ctx, name, *from, *to, TD_CAST_ASSIGNMENT, out, err);
        if (rc != TD_OK)
            return rc;
    }
    td_buf_printf(out, wanted ? " FROM (%s)" : "%s", query);
    return TD_OK;
}

int td_lowering_assert(struct td_lowering *l, const PgQuery__Node *condition, const char *message, struct td_err *err)
{
    struct td_lower ctx = td_lowering_ctx(l, TD_LOWER_QUERY);
    struct td_table_set tables = {0};
    struct td_buf b;

    td_lower_tables(&ctx, condition, &tables);
    const struct td_table *missing = first_missing(&tables);
    if (missing != NULL)
        return td_err_set(err, TD_C_DDL_DEPENDS, "\"%s\" exists on PostgreSQL only", missing->name);
    td_buf_init(&b, l->arena);
    td_buf_add(&b, "SELECT pg_raise(");
    td_buf_lit(&b, message);
    td_buf_add(&b, ") WHERE ");
    int rc = td_lower_condition(&ctx, condition, NULL, &b, err);
    if (rc == TD_OK)
        rc = td_lowering_sync_for(l, &tables, err);
    if (rc == TD_OK)
        td_lowering_op(l, TD_OP_SQL, l->stmt, td_buf_str(&b));
    return rc;
}

int td_lowering_fill_text(struct td_lowering *l, struct td_table *t, const PgQuery__Node *query, const char **out,
                          struct td_err *err)
{
    struct td_lower ctx = td_lowering_ctx(l, TD_LOWER_QUERY);
    struct td_table_set tables = {0};
    struct td_buf b;

    td_lower_tables(&ctx, query, &tables);
    const struct td_table *missing = first_missing(&tables);
    if (missing != NULL)
        return td_err_set(err, TD_C_DDL_DEPENDS, "\"%s\" exists on PostgreSQL only", missing->name);
    td_buf_init(&b, l->arena);
    td_buf_printf(&b, "INSERT INTO %s (", td_lowering_ident(l, td_table_sqlite_name(l->arena, t)));
    for (size_t i = 0; i < t->columns.len; i++)
        td_buf_printf(&b, "%s%s", i ? ", " : "", td_lowering_ident(l, t->columns.at[i]->name));
    td_buf_add(&b, ")\n");
    struct td_result columns = {0};
    struct td_buf select;
    td_buf_init(&select, l->arena);
    int rc = td_lower_select(&ctx, query, &select, &columns, err);
    if (rc == TD_OK)
        rc = converted(l, &ctx, t, td_buf_str(&select), &columns, &b, err);
    *out = td_buf_str(&b);
    return rc;
}

int td_lowering_fill(struct td_lowering *l, struct td_table *t, const PgQuery__Node *query, const char *sql,
                     bool empty_first, struct td_err *err)
{
    struct td_lower ctx = td_lowering_ctx(l, TD_LOWER_QUERY);
    struct td_table_set tables = {0};

    td_lower_tables(&ctx, query, &tables);
    *td_vec_add(l->arena, &tables) = t;
    int rc = td_lowering_sync_for(l, &tables, err);
    if (rc != TD_OK)
        return rc;
    if (empty_first)
        td_lowering_opf(l, l->stmt, "DELETE FROM %s", td_lowering_ident(l, td_table_sqlite_name(l->arena, t)));
    td_lowering_op(l, TD_OP_SQL, l->stmt, sql);
    return TD_OK;
}

/* ---- ALTER COLUMN TYPE ---- */

struct name_check {
    const struct td_phys *p;
    const struct td_table *now;
    bool ready; /* does the file have each column that the expression names, by that name and unconverted? */
};

static bool has_cast(const struct td_phys *p, unsigned column)
{
    for (size_t i = 0; i < p->casts.len; i++)
        if (p->casts.at[i].column == column)
            return true;
    return false;
}

static bool check_ref(PgQuery__Node *n, void *data)
{
    struct name_check *c = data;
    if (n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
        return true;
    const PgQuery__ColumnRef *r = n->column_ref;
    const char *name = td_tree_name(r->fields, r->n_fields, NULL);
    const struct td_column *now = name == NULL ? NULL : td_table_column(c->now, name);
    const struct td_column *is = name == NULL ? NULL : td_table_column(c->p->is, name);
    if (now == NULL || is == NULL || now->id != is->id || has_cast(c->p, now->id))
        c->ready = false;
    return false;
}

static int using_text(struct td_lowering *l, struct td_phys *p, struct td_table *t, PgQuery__Node *expr,
                      const struct td_type *to, const char **out, struct td_err *err)
{
    struct td_lower ctx = td_lowering_ctx(l, TD_LOWER_QUERY);
    struct name_check c = {.p = p, .now = t, .ready = true};
    struct td_buf b;

    td_tree_walk(expr, check_ref, &c);
    if (!c.ready) {
        int rc = td_lowering_sync(l, err);
        if (rc != TD_OK)
            return rc;
    }
    td_buf_init(&b, l->arena);
    int rc = td_lower_expr(&ctx, expr, t, to, &b, NULL, err);
    *out = td_buf_str(&b);
    return rc;
}

static int cast_text(struct td_lowering *l, struct td_phys *p, const struct td_column *c, const struct td_type *to,
                     const char **out, struct td_err *err)
{
    struct td_lower ctx = td_lowering_ctx(l, TD_LOWER_QUERY);
    const struct td_column *is = td_table_column_by_id(p->is, c->id);
    const char *from = is == NULL ? NULL : td_lowering_ident(l, is->name);
    struct td_buf b;

    for (size_t i = 0; i < p->casts.len; i++)
        if (p->casts.at[i].column == c->id)
            from = p->casts.at[i].sql;
    if (from == NULL)
        return TD_OK; /* the file does not have the column yet */
    td_buf_init(&b, l->arena);
    int rc = td_lower_cast(&ctx, from, c->type, *to, TD_CAST_ASSIGNMENT, &b, err);
    if (rc == TD_OK && strcmp(td_buf_str(&b), from) != 0)
        *out = td_buf_str(&b);
    return rc;
}

static void note_cast(struct td_lowering *l, struct td_phys *p, unsigned column, const char *sql)
{
    for (size_t i = 0; i < p->casts.len; i++)
        if (p->casts.at[i].column == column) {
            p->casts.at[i].sql = sql;
            p->casts.at[i].stmt = l->catalog.stmt;
            return;
        }
    *td_vec_add(l->arena, &p->casts) = (struct td_phys_cast){.column = column, .sql = sql, .stmt = l->catalog.stmt};
}

static int one_cast(struct td_lowering *l, struct td_table *t, const PgQuery__AlterTableCmd *cmd, struct td_err *err)
{
    struct td_phys *p = td_phys_get(l, t->id);
    const PgQuery__ColumnDef *def = cmd->def == NULL ? NULL : cmd->def->column_def;
    struct td_column *c = td_table_column(t, cmd->name);
    struct td_replay r = {.catalog = &l->catalog, .source = &l->file->src, .on = TD_ON_BOTH};
    const char *sql = NULL;
    struct td_type to;
    bool serial;

    if (p->is == NULL || p->foreign || c == NULL || def == NULL || def->type_name == NULL)
        return TD_OK; /* no rows yet, or the replay will say what is wrong */
    if (td_replay_type(&r, def->type_name, &to, &serial, err) != TD_OK) {
        td_err_clear(err);
        return TD_OK;
    }
    int rc = def->raw_default != NULL ? using_text(l, p, t, def->raw_default, &to, &sql, err)
                                      : cast_text(l, p, c, &to, &sql, err);
    if (rc == TD_OK && sql != NULL)
        note_cast(l, p, c->id, sql);
    return rc;
}

/* ---- ALTER TYPE ... RENAME VALUE ---- */

static const char *relabelled(struct td_lowering *l, const struct td_phys *p, const struct td_column *c,
                              const char *from, const PgQuery__AlterEnumStmt *s)
{
    struct td_buf old, new;
    td_buf_init(&old, l->arena);
    td_buf_init(&new, l->arena);
    td_buf_lit(&old, s->old_val);
    td_buf_lit(&new, s->new_val);
    if (c->type.dims == 0)
        return td_arena_printf(l->arena, "CASE %s WHEN %s THEN %s ELSE %s END", from, td_buf_str(&old),
                               td_buf_str(&new), from);
    return td_arena_printf(l->arena,
                           "CASE WHEN %s IS NOT NULL THEN (SELECT json_group_array(CASE e.value WHEN %s THEN %s"
                           " ELSE e.value END) FROM json_each(%s.%s) e) END",
                           from, td_buf_str(&old), td_buf_str(&new), td_lowering_ident(l, p->name), from);
}

/* PostgreSQL's rows hold a number, ours the label. */
static int relabel_rows(struct td_lowering *l, const PgQuery__AlterEnumStmt *s, struct td_err *err)
{
    const char *schema, *name = td_tree_name(s->type_name, s->n_type_name, &schema);
    const struct td_user_type *u = td_catalog_type(&l->catalog, schema, name);
    if (u == NULL || td_strings_find(&u->labels, s->old_val) < 0 || td_strings_find(&u->labels, s->new_val) >= 0)
        return TD_OK;                  /* the replay will say so */
    int rc = td_lowering_sync(l, err); /* earlier conversions speak of the earlier labels */
    for (size_t i = 0; rc == TD_OK && i < l->catalog.tables.len; i++) {
        struct td_table *t = l->catalog.tables.at[i];
        struct td_phys *p = td_phys_get(l, t->id);
        if (p->is == NULL || p->foreign || t->kind == TD_R_VIEW)
            continue;
        for (size_t k = 0; k < t->columns.len; k++) {
            const struct td_column *c = t->columns.at[k];
            if (td_on_sqlite(c->on) && c->generated == NULL && td_type_base(c->type).user == u)
                note_cast(l, p, c->id, relabelled(l, p, c, td_lowering_ident(l, c->name), s));
        }
    }
    return rc;
}

void td_lowering_forget_casts(struct td_lowering *l, const struct td_ids *ids)
{
    for (size_t i = 0; i < ids->len; i++) {
        struct td_phys *p = td_phys_get(l, ids->at[i]);
        for (size_t k = p->casts.len; k-- > 0;)
            if (p->casts.at[k].stmt == l->catalog.stmt)
                td_vec_remove(&p->casts, k);
    }
}

int td_lowering_casts(struct td_lowering *l, const struct td_sql_stmt *stmt, struct td_err *err)
{
    if (stmt->node->node_case == PG_QUERY__NODE__NODE_ALTER_ENUM_STMT && stmt->node->alter_enum_stmt->old_val != NULL)
        return relabel_rows(l, stmt->node->alter_enum_stmt, err);
    if (stmt->node->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_STMT)
        return TD_OK;
    const PgQuery__AlterTableStmt *a = stmt->node->alter_table_stmt;
    struct td_table *t = td_catalog_table(&l->catalog, or_null(a->relation->schemaname), a->relation->relname);
    for (size_t i = 0; t != NULL && td_on_sqlite(t->on) && i < a->n_cmds; i++) {
        const PgQuery__AlterTableCmd *cmd = a->cmds[i]->alter_table_cmd;
        if (cmd->subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType)
            continue;
        int rc = one_cast(l, t, cmd, err);
        if (rc != TD_OK)
            return rc;
    }
    return TD_OK;
}
