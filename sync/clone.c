#include "sync/clone.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/sha256.h"
#include "core/config/config.h"
#include "core/migrate/history.h"
#include "core/migrate/layout.h"
#include "core/migrate/rows.h"
#include "sync/scope_sql.h"

struct cloning {
    struct td_arena *a;
    struct td_db *server, *file;
    const struct td_clone_opts *opts;
    struct td_folder folder;
    const char *config;
    struct td_config *parsed;
};

/* ---- the server's migrations ---- */

static int no_text(const char *name, struct td_err *err)
{
    td_err_set(err, TD_C_MIG_NO_TEXT, "the server does not have the text of its migration \"%s\"", name);
    return td_err_next(err, "run  tandem sync enable  with the folder, or name it:  --migrations DIR");
}

static int add_migration(struct cloning *c, const struct td_history_row *row, struct td_err *err)
{
    struct td_layout l;
    struct td_rows rows = {0};
    td_layout_init(c->a, TD_ENGINE_POSTGRES, TD_HISTORY_OWN, c->opts->schema, &l);
    const char *sql = td_arena_printf(c->a, "SELECT t.text FROM %s t WHERE t.name = $1%s", l.texts, l.text_match);
    int rc = td_rows_read(c->a, c->server, sql, (struct td_value[]){td_text(row->name)}, 1, &rows, err);
    if (rc != TD_OK)
        return rc;
    if (td_rows_count(&rows) == 0)
        return no_text(row->name, err);
    struct td_migration *m = td_vec_add(c->a, &c->folder);
    m->name = row->name;
    m->path = td_arena_printf(c->a, "%s/migration.sql", row->name);
    m->text = td_rows_cell(&rows, 0, 0);
    m->len = strlen(m->text);
    td_sha256_hex(m->text, m->len, m->checksum);
    return TD_OK;
}

static int other_text(const struct td_migration *m, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_SCHEMA, "\"%s\" is another migration than the one that the server has applied", m->name);
    td_err_at(err, m->path, 1, 1);
    return td_err_next(err, "take the file back, or leave out --migrations: the server keeps the text");
}

/* The user's own folder: its applied ones, as the server has them. */
static int take_own(struct cloning *c, const struct td_history_row *row, struct td_err *err)
{
    const struct td_migration *m = td_folder_find(c->opts->folder, row->name);
    if (m == NULL) {
        td_err_set(err, TD_C_SYNC_SCHEMA, "\"%s\" has no migration \"%s\", which the server has applied",
                   c->opts->folder->path, row->name);
        return td_err_next(err, "leave out --migrations: the server keeps the texts");
    }
    if (!td_migration_checksum_fits(m, row->checksum))
        return other_text(m, err);
    *td_vec_add(c->a, &c->folder) = *m;
    return TD_OK;
}

static int by_name(const void *x, const void *y)
{
    return strcmp(((const struct td_migration *)x)->name, ((const struct td_migration *)y)->name);
}

static int read_migrations(struct cloning *c, struct td_err *err)
{
    struct td_history h = {0};
    int rc = td_history_read(c->a, c->server, c->opts->schema, &h, err);
    c->folder = (struct td_folder){.path = "the server", .dialect = TD_DIALECT_POSTGRES, .arena = c->a};
    for (size_t i = 0; rc == TD_OK && i < h.len; i++) {
        if (h.at[i].finished_at == NULL || h.at[i].rolled_back_at != NULL)
            continue;
        rc = c->opts->folder != NULL ? take_own(c, &h.at[i], err) : add_migration(c, &h.at[i], err);
    }
    if (c->folder.len > 0)
        qsort(c->folder.at, c->folder.len, sizeof *c->folder.at, by_name);
    return rc;
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
