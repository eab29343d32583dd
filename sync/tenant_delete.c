/* Taking a tenant away. The keys of all rows that go are found first, in temporary tables: once a membership or a
 * parent is deleted, nothing tells any more whose the rows behind it were. */
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/rows.h"
#include "sync/scope_sql.h"
#include "sync/tenants.h"

struct deleting {
    struct td_arena *a;
    const struct td_slice *s;
    struct td_db *db;
    const char *tenant;
    struct td_value key; /* as the engine compares it */
    int64_t *rows;       /* one a table: how many go */
    struct td_tenant_deleted *out;
};

static enum td_engine engine_of(const struct deleting *d)
{
    return td_db_engine(d->db);
}

static bool on_postgres(const struct deleting *d)
{
    return engine_of(d) == TD_ENGINE_POSTGRES;
}

static const char *placeholder(const struct deleting *d)
{
    return on_postgres(d) ? "$1::text" : "$1";
}

static bool is_tenants(const struct td_scope *s)
{
    return s->kind == TD_SCOPE_TENANT || s->kind == TD_SCOPE_MEMBERSHIP || s->kind == TD_SCOPE_PATH;
}

/* ---- which rows go ---- */

static void add_doomed(const struct deleting *d, size_t table, struct td_buf *b)
{
    td_buf_printf(b, "%s.tandem_doomed_%zu", on_postgres(d) ? "pg_temp" : "temp", table);
}

/* (x."id") IN (SELECT "id" FROM the doomed ones) */
static void add_is_doomed(const struct deleting *d, size_t table, const char *prefix, struct td_buf *b)
{
    const struct td_sync_table *t = &d->s->all.at[table];
    td_buf_char(b, '(');
    td_slice_add_some(t, t->key, t->n_key, prefix, b);
    td_buf_add(b, ") IN (SELECT ");
    td_slice_add_some(t, t->key, t->n_key, "", b);
    td_buf_add(b, " FROM ");
    add_doomed(d, table, b);
    td_buf_char(b, ')');
}

static void add_names(const struct td_columns *v, const char *prefix, struct td_buf *b)
{
    for (size_t i = 0; i < v->len; i++) {
        td_buf_printf(b, "%s%s", i > 0 ? ", " : "", prefix);
        td_buf_ident(b, v->at[i]->name);
    }
}

/* (x.columns) IN (SELECT p.others FROM the table p WHERE */
static void add_in(const struct deleting *d, const struct td_columns *columns, const struct td_table *to,
                   const struct td_columns *others, struct td_buf *b)
{
    td_buf_char(b, '(');
    add_names(columns, "x.", b);
    td_buf_add(b, ") IN (SELECT ");
    add_names(others, "p.", b);
    td_buf_add(b, " FROM ");
    td_scope_add_table_on(engine_of(d), to, b);
    td_buf_add(b, " p WHERE ");
}

/* A member whom another tenant has, too, stays. */
static void add_nobody_elses(const struct deleting *d, const struct td_scope *s, struct td_buf *b)
{
    td_buf_add(b, " AND NOT EXISTS (SELECT 1 FROM ");
    td_scope_add_table_on(engine_of(d), s->through->table, b);
    td_buf_add(b, " m WHERE ");
    for (size_t i = 0; i < s->columns.len; i++) {
        td_buf_add(b, "m.");
        td_buf_ident(b, s->through_columns.at[i]->name);
        td_buf_add(b, " = x.");
        td_buf_ident(b, s->columns.at[i]->name);
        td_buf_add(b, " AND ");
    }
    td_buf_add(b, "NOT (");
    td_scope_add_slice(engine_of(d), s->through, "m", placeholder(d), b);
    td_buf_add(b, "))");
}

static void add_condition(const struct deleting *d, const struct td_scope *s, struct td_buf *b)
{
    size_t parent = s->kind == TD_SCOPE_PATH ? td_slice_number(d->s, s->through->table) : SIZE_MAX;
    if (parent != SIZE_MAX) {
        add_in(d, &s->columns, s->through->table, &s->through_columns, b);
        add_is_doomed(d, parent, "p.", b);
        td_buf_printf(b, ") AND %s IS NOT NULL", placeholder(d));
        return;
    }
    td_scope_add_slice(engine_of(d), s, "x", placeholder(d), b);
    if (s->kind == TD_SCOPE_MEMBERSHIP)
        add_nobody_elses(d, s, b);
}

static int count_kept(struct deleting *d, const struct td_sync_table *t, int64_t going, struct td_err *err)
{
    int64_t n = 0;
    struct td_buf b;
    td_buf_init(&b, d->a);
    td_buf_add(&b, "SELECT count(*) FROM ");
    td_scope_add_table_on(engine_of(d), t->scope->table, &b);
    td_buf_add(&b, " x WHERE ");
    td_scope_add_slice(engine_of(d), t->scope, "x", placeholder(d), &b);
    int rc = td_db_query_int(d->db, td_buf_str(&b), &d->key, 1, &n, err);
    d->out->kept += n - going;
    return rc;
}

static int find_doomed(struct deleting *d, size_t table, struct td_err *err)
{
    const struct td_sync_table *t = &d->s->all.at[table];
    struct td_buf b;
    td_buf_init(&b, d->a);
    td_buf_printf(&b, "CREATE TEMPORARY TABLE tandem_doomed_%zu %s AS SELECT ", table,
                  on_postgres(d) ? "ON COMMIT DROP" : "");
    td_slice_add_some(t, t->key, t->n_key, "", &b);
    td_buf_add(&b, " FROM ");
    td_scope_add_table_on(engine_of(d), t->scope->table, &b);
    td_buf_add(&b, " WHERE false");
    int rc = td_db_exec(d->db, td_buf_str(&b), err);
    td_buf_reset(&b);
    td_buf_add(&b, "INSERT INTO ");
    add_doomed(d, table, &b);
    td_buf_add(&b, " SELECT ");
    td_slice_add_some(t, t->key, t->n_key, "x.", &b);
    td_buf_add(&b, " FROM ");
    td_scope_add_table_on(engine_of(d), t->scope->table, &b);
    td_buf_add(&b, " x WHERE ");
    add_condition(d, t->scope, &b);
    if (rc == TD_OK)
        rc = td_db_run(d->db, td_buf_str(&b), &d->key, 1, err);
    if (rc == TD_OK)
        d->rows[table] = td_db_changes(d->db);
    return rc == TD_OK && t->scope->kind == TD_SCOPE_MEMBERSHIP ? count_kept(d, t, d->rows[table], err) : rc;
}

static int find_all(struct deleting *d, struct td_err *err)
{
    int rc = TD_OK;
    d->rows = td_arena_alloc(d->a, (d->s->all.len + 1) * sizeof *d->rows);
    for (size_t i = 0; i < d->s->all.len && rc == TD_OK; i++)
        if (is_tenants(d->s->all.at[i].scope))
            rc = find_doomed(d, i, err);
    return rc;
}

/* ---- who else refers to them ---- */

static int outside(const struct td_table *t, const struct td_constraint *fk, int64_t n, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_OUTSIDE, "%lld row%s of \"%s\" that would stay refer%s to rows of \"%s\" that would go",
               (long long)n, n == 1 ? "" : "s", t->name, n == 1 ? "s" : "", fk->ref->name);
    td_err_why(err, "the foreign key \"%s\"; deleting a tenant touches no other rows", fk->name);
    return td_err_next(err, "change or delete these rows first");
}

static int check_foreign(struct deleting *d, const struct td_table *t, const struct td_constraint *fk,
                         struct td_err *err)
{
    size_t own = td_slice_number(d->s, t), to = td_slice_number(d->s, fk->ref);
    int64_t n = 0;
    struct td_buf b;
    if (to == SIZE_MAX || !is_tenants(d->s->all.at[to].scope) || d->rows[to] == 0)
        return TD_OK;
    td_buf_init(&b, d->a);
    td_buf_add(&b, "SELECT count(*) FROM ");
    td_scope_add_table_on(engine_of(d), t, &b);
    td_buf_add(&b, " x WHERE ");
    add_in(d, &fk->columns, fk->ref, &fk->ref_columns, &b);
    add_is_doomed(d, to, "p.", &b);
    td_buf_char(&b, ')');
    if (own != SIZE_MAX && is_tenants(d->s->all.at[own].scope)) {
        td_buf_add(&b, " AND NOT (");
        add_is_doomed(d, own, "x.", &b);
        td_buf_char(&b, ')');
    }
    int rc = td_db_query_int(d->db, td_buf_str(&b), NULL, 0, &n, err);
    return rc == TD_OK && n > 0 ? outside(t, fk, n, err) : rc;
}

static int check_outside(struct deleting *d, struct td_err *err)
{
    enum td_on on = on_postgres(d) ? TD_ON_POSTGRES : TD_ON_SQLITE;
    int rc = TD_OK;
    for (size_t i = 0; i < d->s->every.len; i++) {
        const struct td_table *t = d->s->every.at[i]->table;
        for (size_t k = 0; k < t->constraints.len && rc == TD_OK; k++)
            if (t->constraints.at[k]->kind == TD_K_FOREIGN && (t->constraints.at[k]->on & on) != 0)
                rc = check_foreign(d, t, t->constraints.at[k], err);
    }
    return rc;
}

/* ---- deleting ---- */

/* Of a circle, a reference to a row that goes before this one: given up first, where it may. */
static int let_go(struct deleting *d, size_t table, const struct td_constraint *fk, struct td_err *err)
{
    struct td_buf b;
    const struct td_column *column = NULL;
    for (size_t i = 0; i < fk->columns.len && column == NULL; i++)
        column = fk->columns.at[i]->not_null ? NULL : fk->columns.at[i];
    if (column == NULL || fk->deferrable || fk->on_delete == TD_FK_CASCADE || fk->on_delete == TD_FK_SET_NULL)
        return TD_OK;
    td_buf_init(&b, d->a);
    td_buf_add(&b, "UPDATE ");
    td_scope_add_table_on(engine_of(d), d->s->all.at[table].scope->table, &b);
    td_buf_add(&b, " SET ");
    td_buf_ident(&b, column->name);
    td_buf_add(&b, " = NULL WHERE ");
    td_buf_ident(&b, column->name);
    td_buf_add(&b, " IS NOT NULL AND ");
    add_is_doomed(d, table, "", &b);
    return td_db_exec(d->db, td_buf_str(&b), err);
}

static int open_circles(struct deleting *d, struct td_err *err)
{
    int rc = td_db_exec(d->db, on_postgres(d) ? "SET CONSTRAINTS ALL DEFERRED" : "PRAGMA defer_foreign_keys = ON", err);
    for (size_t i = 0; on_postgres(d) && i < d->s->all.len; i++) {
        const struct td_table *t = d->s->all.at[i].scope->table;
        for (size_t k = 0; k < t->constraints.len && rc == TD_OK && d->rows[i] > 0; k++) {
            const struct td_constraint *fk = t->constraints.at[k];
            size_t to = fk->kind == TD_K_FOREIGN ? td_slice_number(d->s, fk->ref) : SIZE_MAX;
            if (to != SIZE_MAX && to > i)
                rc = let_go(d, i, fk, err);
        }
    }
    return rc;
}

static int delete_table(struct deleting *d, size_t table, struct td_err *err)
{
    const struct td_sync_table *t = &d->s->all.at[table];
    struct td_buf b;
    td_buf_init(&b, d->a);
    td_buf_add(&b, "DELETE FROM ");
    td_scope_add_table_on(engine_of(d), t->scope->table, &b);
    td_buf_add(&b, " WHERE ");
    add_is_doomed(d, table, "", &b);
    int rc = td_db_exec(d->db, td_buf_str(&b), err);
    if (rc != TD_OK)
        return td_err_wrap(err, "\"%s\"", t->name);
    *td_vec_add(d->a, d->out) = (struct td_tenant_gone){t->name, d->rows[table]};
    d->out->rows += d->rows[table];
    return TD_OK;
}

/* Its row is locked before anything is looked for: PostgreSQL lets nobody refer to it meanwhile. */
static int lock(struct deleting *d, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_buf b;
    int rc = td_slice_find(d->a, d->s, d->db, d->tenant, err);
    if (rc != TD_OK || !on_postgres(d))
        return rc;
    td_buf_init(&b, d->a);
    td_buf_add(&b, "SELECT 1 FROM ");
    td_scope_add_table(d->s->scopes.tenant, &b);
    td_buf_add(&b, " t WHERE ");
    td_scope_add_slice(TD_ENGINE_POSTGRES, td_scope_of(&d->s->scopes, d->s->scopes.tenant), "t", "$1::text", &b);
    td_buf_add(&b, " FOR UPDATE");
    return td_rows_read(d->a, d->db, td_buf_str(&b), &d->key, 1, &rows, err);
}

static int delete_all(struct deleting *d, struct td_err *err)
{
    int rc = lock(d, err);
    if (rc == TD_OK)
        rc = find_all(d, err);
    if (rc == TD_OK)
        rc = check_outside(d, err);
    if (rc == TD_OK)
        rc = open_circles(d, err);
    for (size_t i = d->s->all.len; rc == TD_OK && i > 0; i--)
        if (is_tenants(d->s->all.at[i - 1].scope))
            rc = delete_table(d, i - 1, err);
    for (size_t i = 0; rc == TD_OK && !on_postgres(d) && i < d->s->all.len; i++)
        if (is_tenants(d->s->all.at[i].scope))
            rc = td_db_execf(d->db, err, "DROP TABLE temp.tandem_doomed_%zu", i);
    return rc == TD_OK && on_postgres(d) ? td_db_exec(d->db, "SET CONSTRAINTS ALL IMMEDIATE", err) : rc;
}

static int check_no_clone(struct deleting *d, struct td_err *err)
{
    int64_t n = 0;
    if (on_postgres(d))
        return TD_OK;
    int rc =
        td_db_query_int(d->db, "SELECT count(*) FROM main.sqlite_schema WHERE name = 'tandem_meta'", NULL, 0, &n, err);
    if (rc != TD_OK || n == 0)
        return rc;
    td_err_set(err, TD_C_SYNC_COPY_CLONE, "the file is a clone: what is deleted here would be deleted on the server");
    return td_err_next(err, "delete the tenant on the server, with --url postgresql://..., and the file as a whole");
}

int td_tenant_delete(struct td_arena *a, const struct td_slice *s, struct td_db *db, const char *tenant, bool dry_run,
                     struct td_tenant_deleted *out, struct td_err *err)
{
    struct deleting d = {.a = a, .s = s, .db = db, .tenant = tenant, .out = out};
    *out = (struct td_tenant_deleted){0};
    int rc = check_no_clone(&d, err);
    if (rc == TD_OK)
        rc = td_slice_tenant(a, s, engine_of(&d), tenant, &d.key, err);
    if (rc == TD_OK)
        rc = td_db_begin(db, TD_TX_WRITE, err);
    if (rc != TD_OK)
        return rc;
    rc = delete_all(&d, err);
    if (rc == TD_OK && !dry_run)
        return td_db_commit(db, err);
    td_db_rollback(db);
    return rc;
}
