#include "tools/tandem/synced.h"

#include <string.h>

#include "core/migrate/lease.h"
#include "core/migrate/rows.h"
#include "core/migrate/store.h"
#include "tools/tandem/interrupt.h"

int td_synced_open(struct td_synced *y, struct td_cli *cli, bool reading, const struct td_opt_list *skip)
{
    memset(y, 0, sizeof *y);
    int rc = td_session_open(&y->s, cli, true, "postgres", skip);
    if (rc != TD_OK)
        return rc;
    for (size_t i = 0; i < y->s.n; i++)
        if (y->s.at[i].url->kind == TD_URL_POSTGRES)
            y->p = &y->s.at[i];
    if (y->p == NULL) {
        td_err_set(&cli->err, TD_C_NO_DATABASE, "no PostgreSQL database was named");
        td_err_why(&cli->err, "`tandem %s` is about the server's side", cli->cmd->name);
        return td_err_next(&cli->err, "Name it with --url postgresql://..., or under \"databases\" in tandem.json.");
    }
    y->config = y->s.target.config;
    rc = reading ? td_session_read(&y->s, y->p, &cli->err) : td_session_write(&y->s, y->p, false);
    if (rc != TD_OK || !y->p->missing)
        return rc;
    td_err_set(&cli->err, TD_C_DB_NOT_FOUND, "the database %s does not exist", y->p->url->display);
    return td_err_next(&cli->err, "tandem migrate deploy");
}

void td_synced_close(struct td_synced *y)
{
    td_session_close(&y->s);
}

const char *td_synced_table(struct td_arena *a, const struct td_table *t)
{
    return strcmp(t->schema, "public") == 0 ? t->name : td_arena_printf(a, "%s.%s", t->schema, t->name);
}

/* ---- warnings ---- */

void td_synced_put_warnings(struct td_arena *a, const struct td_scope_warnings *v, struct td_json_writer *w)
{
    td_json_array(w, "warnings");
    for (size_t i = 0; i < v->len; i++) {
        td_json_object(w, NULL);
        td_json_put_text(w, "rule", td_scope_warning_name(v->at[i].kind));
        td_json_put_text(w, "table", td_synced_table(a, v->at[i].table));
        td_json_put_text(w, "text", v->at[i].text);
        td_json_put_text(w, "mend", v->at[i].mend);
        td_json_object_end(w);
    }
    td_json_array_end(w);
}

static void say_mend(const struct td_out *o, const char *mend)
{
    while (*mend != '\0') {
        size_t n = strcspn(mend, "\n");
        td_out_say((struct td_out *)o, "    %.*s", (int)n, mend);
        mend += n + (mend[n] == '\n');
    }
}

void td_synced_say_warnings(const struct td_out *o, const struct td_scope_warnings *v)
{
    for (size_t i = 0; i < v->len; i++) {
        td_out_say((struct td_out *)o, "warning: %s: %s", td_scope_warning_name(v->at[i].kind), v->at[i].text);
        say_mend(o, v->at[i].mend);
    }
}

/* ---- scopes ---- */

struct deriving {
    struct td_synced *y;
    const char *tenant;
};

static int derive(void *data, struct td_err *err)
{
    struct deriving *d = data;
    struct td_synced *y = d->y;
    struct td_arena *a = &y->s.cli->arena;
    struct td_lowering *l = NULL;
    int rc = td_lowering_open(a, y->s.skip, &l, err);
    for (size_t i = 0; rc == TD_OK && i < y->folder.len; i++) {
        struct td_lowered *lowered = NULL;
        rc = td_lowering_next(l, &y->folder.at[i], &lowered, err);
        y->refused += rc == TD_OK ? lowered->refused : 0;
    }
    if (rc == TD_OK)
        rc = td_scopes_derive(a, td_lowering_catalog(l), y->config, d->tenant, &y->scopes, err);
    if (rc == TD_OK)
        td_scopes_lint(a, &y->scopes, &y->warnings);
    return rc == TD_OK ? td_scopes_check(&y->scopes, err) : rc;
}

static void close_config(void *config)
{
    td_config_close(config);
}

int td_synced_kept(struct td_synced *y)
{
    struct td_cli *cli = y->s.cli;
    struct td_history h = {0};
    struct td_rows rows = {0};
    struct td_config *kept = NULL;
    int rc = td_history_read(&cli->arena, y->p->db, y->p->url->schema, &h, &cli->err);
    if (rc == TD_OK && h.has_sync)
        rc = td_rows_read(&cli->arena, y->p->db, "SELECT config FROM tandem.sync", NULL, 0, &rows, &cli->err);
    if (rc == TD_OK && td_rows_count(&rows) == 0) {
        td_err_set(&cli->err, TD_C_SYNC_OFF, "sync is not enabled in %s", y->p->url->display);
        return td_err_next(&cli->err, "tandem sync enable");
    }
    if (rc != TD_OK || y->config->sync_tenant != NULL || y->config->sync_tables != NULL)
        return rc;
    const char *text = td_rows_cell(&rows, 0, 0);
    rc = td_config_parse(text, strlen(text), "tandem.sync", &kept, &cli->err);
    if (rc != TD_OK)
        return rc;
    td_arena_defer(&cli->arena, close_config, kept);
    y->config = kept;
    return TD_OK;
}

static int pending(struct td_synced *y, size_t n)
{
    struct td_err *err = &y->s.cli->err;
    td_err_set(err, TD_C_SYNC_PENDING, "%zu migration%s of \"%s\" %s not applied yet", n, n == 1 ? "" : "s",
               y->s.folder, n == 1 ? "is" : "are");
    td_err_why(err, "sync is set up for the tables as all of them make them");
    return td_err_next(err, "tandem migrate deploy");
}

int td_synced_scopes(struct td_synced *y, const char *tenant)
{
    struct td_cli *cli = y->s.cli;
    int rc = td_session_folder(&y->s, &y->folder);
    if (rc == TD_OK)
        rc = td_arena_run(&cli->arena, derive, &(struct deriving){y, tenant}, &cli->err);
    if (rc == TD_OK && y->refused > 0)
        td_out_say(&cli->out,
                   "warning: %zu statement%s cannot be carried to SQLite; `tandem migrate report` lists them",
                   y->refused, y->refused == 1 ? "" : "s");
    return rc;
}

int td_synced_check_applied(struct td_synced *y)
{
    struct td_deploy_opts opts;
    struct td_plan plan = {0};
    td_session_deploy_opts(&y->s, y->p, &opts);
    int rc = td_deploy_plan(&y->s.cli->arena, y->p->db, &y->folder, &opts, &plan, &y->s.cli->err);
    return rc == TD_OK && plan.len > 0 ? pending(y, plan.len) : rc;
}

void td_synced_print(struct td_synced *y, const struct td_strings *sql)
{
    struct td_out *o = &y->s.cli->out;
    struct td_json_writer *w = o->json ? td_out_json(o, y->s.cli->cmd->name) : NULL;
    if (w != NULL)
        td_json_array(w, "statements");
    for (size_t i = 0; i < sql->len; i++) {
        if (w != NULL)
            td_json_put_exact(w, NULL, sql->at[i]);
        else
            td_out_sql(o, sql->at[i]);
    }
    if (w != NULL)
        td_json_array_end(w);
}

/* ---- changing ---- */

static int in_transaction(struct td_synced *y, const struct td_deploy_opts *opts,
                          int (*fn)(struct td_synced *, void *, struct td_err *), void *data)
{
    struct td_err *err = &y->s.cli->err;
    int rc = td_db_begin(y->p->db, TD_TX_WRITE, err);
    if (rc == TD_OK)
        rc = td_db_execf(y->p->db, err, "SET LOCAL lock_timeout = '%dms'",
                         opts->lock_timeout_ms > 0 ? opts->lock_timeout_ms : 5000);
    if (rc == TD_OK)
        rc = fn(y, data, err);
    if (rc == TD_OK)
        return td_db_commit(y->p->db, err);
    td_db_rollback(y->p->db);
    return rc;
}

int td_synced_change(struct td_synced *y, int (*fn)(struct td_synced *, void *, struct td_err *), void *data)
{
    struct td_cli *cli = y->s.cli;
    struct td_deploy_opts opts;
    struct td_history h = {0};
    struct td_lease *lease = NULL;
    td_session_deploy_opts(&y->s, y->p, &opts);
    td_interrupt_watch(y->p->db);
    int rc = td_history_read(&cli->arena, y->p->db, y->p->url->schema, &h, &cli->err);
    if (rc == TD_OK && !(h.has_lease && h.table == TD_HISTORY_NONE))
        rc = td_store_create(y->p->db, &h, &opts, &cli->err);
    if (rc == TD_OK)
        rc = td_lease_take(y->p->db, &opts, &lease, &cli->err);
    if (rc == TD_OK)
        rc = in_transaction(y, &opts, fn, data);
    td_lease_release(lease);
    td_interrupt_unwatch();
    return rc;
}
