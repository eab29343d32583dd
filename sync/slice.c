#include "sync/slice.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/rows.h"
#include "sync/form.h"
#include "sync/scope_sql.h"

static int replay(struct td_arena *a, const struct td_slice_opts *opts, struct td_lowering **out, struct td_err *err)
{
    int rc = td_lowering_open(a, opts->skip, out, err);
    for (size_t i = 0; rc == TD_OK && i < opts->folder->len; i++) {
        struct td_lowered *lowered = NULL;
        rc = td_lowering_next(*out, &opts->folder->at[i], &lowered, err);
    }
    return rc;
}

int td_slice_make(struct td_arena *a, const struct td_slice_opts *opts, struct td_slice *out, struct td_err *err)
{
    struct td_lowering *l = NULL;
    *out = (struct td_slice){0};
    int rc = replay(a, opts, &l, err);
    if (rc != TD_OK)
        return rc;
    out->catalog = td_lowering_catalog(l);
    td_scopes_all(a, out->catalog, opts->on, &out->every);
    if (opts->scoped) {
        rc = td_scopes_derive(a, out->catalog, opts->config, opts->tenant_table, &out->scopes, err);
        if (rc == TD_OK)
            rc = td_scopes_check(&out->scopes, err);
        out->scopes.on = opts->on;
    } else {
        td_scopes_all(a, out->catalog, opts->on, &out->scopes);
    }
    return rc == TD_OK ? td_sync_tables_make(a, out->catalog, &out->scopes, NULL, &out->all, err) : rc;
}

int td_slice_tenant(struct td_arena *a, const struct td_slice *s, enum td_engine engine, const char *tenant,
                    struct td_value *out, struct td_err *err)
{
    *out = td_text(tenant);
    if (engine == TD_ENGINE_POSTGRES)
        return TD_OK;
    if (td_form_to_sqlite(a, s->scopes.tenant_key->type, td_text(tenant), out, err) != TD_OK)
        return td_err_wrap(err, "the tenant \"%s\"", tenant);
    return TD_OK;
}

int td_slice_find(struct td_arena *a, const struct td_slice *s, struct td_db *db, const char *tenant,
                  struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_value v;
    struct td_buf b;
    enum td_engine engine = td_db_engine(db);
    td_buf_init(&b, a);
    td_buf_add(&b, "SELECT 1 FROM ");
    td_scope_add_table_on(engine, s->scopes.tenant, &b);
    td_buf_add(&b, " t WHERE ");
    td_scope_add_slice(engine, td_scope_of(&s->scopes, s->scopes.tenant), "t",
                       engine == TD_ENGINE_POSTGRES ? "$1::text" : "$1", &b);
    int rc = td_slice_tenant(a, s, engine, tenant, &v, err);
    if (rc == TD_OK)
        rc = td_rows_read(a, db, td_buf_str(&b), &v, 1, &rows, err);
    if ((rc != TD_OK && rc != TD_EDATA) || td_rows_count(&rows) > 0)
        return rc;
    td_err_set(err, TD_C_SYNC_NO_TENANT, "there is no tenant \"%s\" that this role may see", tenant);
    return td_err_next(err, "--tenant is the key of a row of \"%s\"; `tandem tenant list` lists them",
                       s->scopes.tenant->name);
}

/* ---- pieces of SQL ---- */

void td_slice_add_columns(const struct td_sync_table *t, const char *prefix, struct td_buf *sql)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        td_buf_printf(sql, "%s%s", i > 0 ? ", " : "", prefix);
        td_buf_ident(sql, t->columns[i].name);
    }
}

void td_slice_add_some(const struct td_sync_table *t, const size_t *columns, size_t n, const char *prefix,
                       struct td_buf *sql)
{
    for (size_t i = 0; i < n; i++) {
        td_buf_printf(sql, "%s%s", i > 0 ? ", " : "", prefix);
        td_buf_ident(sql, t->columns[columns[i]].name);
    }
}

void td_slice_add_match(const struct td_sync_table *t, const char *left, const char *right, struct td_buf *sql)
{
    for (size_t i = 0; i < t->n_key; i++) {
        const char *name = t->columns[t->key[i]].name;
        td_buf_printf(sql, "%s%s", i > 0 ? " AND " : "", left);
        td_buf_ident(sql, name);
        td_buf_printf(sql, " = %s", right);
        td_buf_ident(sql, name);
    }
}

size_t td_slice_number(const struct td_slice *s, const struct td_table *t)
{
    for (size_t i = 0; t != NULL && i < s->all.len; i++)
        if (s->all.at[i].scope->table->id == t->id)
            return i;
    return SIZE_MAX;
}
