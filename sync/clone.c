#include "sync/clone.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/config/config.h"
#include "core/migrate/rows.h"
#include "sync/kept.h"
#include "sync/scope_sql.h"

struct cloning {
    struct td_arena *a;
    struct td_db *server, *file;
    const struct td_clone_opts *opts;
    struct td_folder folder;
    const char *config;
    struct td_config *parsed;
};

static int read_migrations(struct cloning *c, struct td_err *err)
{
    const struct td_kept_opts opts = {
        .who = "the server", .schema = c->opts->schema, .folder = c->opts->folder, .own = c->opts->folder != NULL};
    return td_kept_migrations(c->a, c->server, &opts, &c->folder, err);
}

/* ---- the server's config, and the tenant ---- */

static int read_config(struct cloning *c, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(c->a, c->server, "SELECT config FROM tandem.sync", NULL, 0, &rows, err);
    if (rc == TD_OK && td_rows_count(&rows) > 0) {
        c->config = td_rows_cell(&rows, 0, 0);
        return TD_OK;
    }
    if (rc != TD_OK && strcmp(err->sqlstate, "42P01") != 0 && strcmp(err->sqlstate, "3F000") != 0)
        return rc;
    td_err_set(err, TD_C_SYNC_NOT_ENABLED, "sync is not enabled on the server");
    return td_err_next(err, "run  tandem sync enable --url URL  as the role that owns the tables");
}

static void close_config(void *c)
{
    td_config_close(c);
}

/* Its row, as this role sees it. */
static int check_tenant(struct cloning *c, struct td_lowering *l, struct td_err *err)
{
    struct td_scopes scopes = {0};
    struct td_rows rows = {0};
    struct td_buf b;
    int rc = td_config_parse(c->config, strlen(c->config), "tandem.json", &c->parsed, err);
    if (rc != TD_OK)
        return rc;
    td_arena_defer(c->a, close_config, c->parsed);
    rc = td_scopes_derive(c->a, td_lowering_catalog(l), c->parsed, NULL, &scopes, err);
    if (rc != TD_OK)
        return rc;
    const struct td_scope *tenants = td_scope_of(&scopes, scopes.tenant);
    td_buf_init(&b, c->a);
    td_buf_add(&b, "SELECT 1 FROM ");
    td_scope_add_table(scopes.tenant, &b);
    td_buf_add(&b, " t WHERE ");
    td_scope_add_belongs(tenants, "t", "$1::text", &b);
    rc = td_rows_read(c->a, c->server, td_buf_str(&b), (struct td_value[]){td_text(c->opts->tenant)}, 1, &rows, err);
    if ((rc != TD_OK && rc != TD_EDATA) || td_rows_count(&rows) > 0)
        return rc;
    td_err_set(err, TD_C_SYNC_NO_TENANT, "there is no tenant \"%s\" that this role may see", c->opts->tenant);
    return td_err_next(err, "--tenant is the key of a row of \"%s\"", scopes.tenant->name);
}

static int replay(struct cloning *c, struct td_lowering **out, struct td_err *err)
{
    int rc = td_lowering_open(c->a, c->opts->deploy.skip, out, err);
    for (size_t i = 0; rc == TD_OK && i < c->folder.len; i++) {
        struct td_lowered *lowered = NULL;
        rc = td_lowering_next(*out, &c->folder.at[i], &lowered, err);
    }
    return rc;
}

static int read_server(void *data, struct td_err *err)
{
    struct cloning *c = data;
    struct td_lowering *l = NULL;
    int rc = read_config(c, err);
    if (rc == TD_OK)
        rc = read_migrations(c, err);
    if (rc == TD_OK)
        rc = replay(c, &l, err);
    return rc == TD_OK ? check_tenant(c, l, err) : rc;
}

/* ---- the file ---- */

/* *made: an earlier try came so far. */
static int look_at_file(void *data, struct td_err *err)
{
    struct cloning *c = data;
    struct td_rows rows = {0};
    int rc = td_rows_read(c->a, c->file,
                          "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%'"
                          " ESCAPE '\\' AND name NOT LIKE 'tandem\\_%' ESCAPE '\\' LIMIT 1",
                          NULL, 0, &rows, err);
    int64_t history = 0;
    if (rc == TD_OK)
        rc = td_db_query_int(c->file, "SELECT count(*) FROM main.sqlite_schema WHERE name = 'tandem_migrations'", NULL,
                             0, &history, err);
    if (rc != TD_OK || td_rows_count(&rows) == 0 || history > 0)
        return rc;
    td_err_set(err, TD_C_EXISTS, "the file has a table \"%s\" already", td_rows_cell(&rows, 0, 0));
    return td_err_next(err, "clone to a new file");
}

static int is_device(struct cloning *c, bool *out, struct td_err *err)
{
    int64_t n = 0;
    int rc = td_db_query_int(c->file, "SELECT count(*) FROM main.sqlite_schema WHERE name = 'tandem_reject'", NULL, 0,
                             &n, err);
    *out = n > 0;
    return rc;
}

static int check_same_tenant(struct cloning *c, struct td_err *err)
{
    char *tenant = NULL;
    int rc = td_db_query_text(c->file, "SELECT v FROM main.tandem_meta WHERE k = 'tenant'", NULL, 0, &tenant, err);
    bool same = rc == TD_OK && tenant != NULL && strcmp(tenant, c->opts->tenant) == 0;
    td_mem_free(tenant);
    if (rc != TD_OK || same)
        return rc;
    return td_err_set(err, TD_C_EXISTS, "the file is a clone of another tenant");
}

static const char *joined(struct td_arena *a, struct td_skip skip)
{
    struct td_buf b;
    td_buf_init(&b, a);
    for (size_t i = 0; i < skip.len; i++)
        td_buf_printf(&b, "%s\n", skip.at[i]);
    return td_buf_str(&b);
}

int td_clone(struct td_arena *a, struct td_db *server, struct td_db *file, const struct td_clone_opts *opts,
             struct td_err *err)
{
    struct cloning c = {.a = a, .server = server, .file = file, .opts = opts};
    struct td_deploy_result result = {0};
    bool made = false;
    int rc = is_device(&c, &made, err);
    if (rc != TD_OK || made)
        return rc == TD_OK ? check_same_tenant(&c, err) : rc;
    rc = td_arena_run(a, look_at_file, &c, err);
    if (rc == TD_OK)
        rc = td_arena_run(a, read_server, &c, err);
    if (rc == TD_OK)
        rc = td_deploy(a, file, &c.folder, &opts->deploy, &result, err);
    if (rc != TD_OK)
        return rc;
    const struct td_device_of of = {opts->tenant, c.config, opts->remote, joined(a, opts->deploy.skip)};
    return td_device_create(file, &of, err);
}
