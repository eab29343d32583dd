#include "tools/tandem/replica.h"

#include <signal.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/migrate/rows.h"
#include "drivers/drivers.h"
#include "sync/lock.h"
#include "tools/tandem/interrupt.h"

static struct td_cli *cli_of(const struct td_replica *r)
{
    return r->s.cli;
}

/* ---- the server ---- */

static int no_remote(struct td_cli *cli)
{
    td_err_set(&cli->err, TD_C_NO_DATABASE, "no server was named");
    return td_err_next(&cli->err, "Name it with --remote postgresql://..., TANDEM_REMOTE_URL, or sync.remote in "
                                  "tandem.json.");
}

/* tandem.json's own, "env:NAME" looked up. */
static const char *configured(struct td_replica *r, char **from)
{
    const char *text = r->s.target.config->sync_remote;
    if (text == NULL)
        return NULL;
    if (strncmp(text, "env:", 4) == 0)
        return td_target_env(&r->s.target, text + 4, from);
    *from = td_mem_strdup("tandem.json sync.remote");
    return text;
}

static const char *find_remote(struct td_replica *r, const char *remote, const char *remembered)
{
    if (remote != NULL) {
        r->remote_from = td_mem_strdup("--remote");
        return remote;
    }
    const char *text = td_target_env(&r->s.target, "TANDEM_REMOTE_URL", &r->remote_from);
    if (text == NULL)
        text = configured(r, &r->remote_from);
    if (text == NULL && remembered != NULL) {
        r->remote_from = td_mem_strdup("the file");
        text = remembered;
    }
    return text;
}

int td_replica_remote(struct td_replica *r, const char *remote, const char *remembered)
{
    struct td_cli *cli = cli_of(r);
    const char *text = find_remote(r, remote, remembered);
    struct td_db_opts opts = {.application_name = "tandem sync"};
    if (text == NULL)
        return no_remote(cli);
    int rc = td_url_parse(text, NULL, &r->remote_url, &cli->err);
    if (rc != TD_OK)
        return rc;
    if (r->remote_url.kind != TD_URL_POSTGRES) {
        td_err_set(&cli->err, TD_C_NO_DATABASE, "%s is no PostgreSQL server", r->remote_url.display);
        return td_err_next(&cli->err, "--remote takes a URL as postgresql://user@host/database");
    }
    signal(SIGPIPE, SIG_IGN);
    td_out_say(&cli->out, "postgres: %s (from %s)", r->remote_url.display,
               r->remote_from == NULL ? "?" : r->remote_from);
    return td_db_open(&r->remote_url, &opts, &r->remote, &cli->err);
}

int td_replica_server(struct td_replica *r)
{
    return td_server_postgres(r->remote, td_device_tables(r->device), r->remote_url.schema, &r->server,
                              &cli_of(r)->err);
}

/* ---- the file ---- */

static void add_path(struct td_buf *b, const char *path)
{
    for (; *path != '\0'; path++)
        if (*path == '%' || *path == '?' || *path == '#')
            td_buf_printf(b, "%%%02X", (unsigned char)*path);
        else
            td_buf_char(b, *path);
}

int td_replica_file(struct td_replica *r, const char *local, bool create)
{
    struct td_cli *cli = cli_of(r);
    struct td_buf text = {0};
    struct td_db_opts opts = {.create = create};
    if (local == NULL) {
        td_err_set(&cli->err, TD_C_CLI_OPERAND, "--local FILE is missing");
        return td_err_next(&cli->err, "`tandem help %s` lists the options.", cli->cmd->name);
    }
    bool is_url = strncmp(local, "file:", 5) == 0 || strncmp(local, "sqlite:", 7) == 0;
    td_buf_add(&text, is_url ? "" : "file:");
    if (is_url)
        td_buf_add(&text, local);
    else
        add_path(&text, local);
    int rc = td_buf_check(&text, &cli->err);
    if (rc == TD_OK)
        rc = td_url_parse(td_buf_str(&text), NULL, &r->local_url, &cli->err);
    td_buf_deinit(&text);
    if (rc == TD_OK)
        rc = td_db_open(&r->local_url, &opts, &r->local, &cli->err);
    if (rc != TD_ENOTFOUND)
        return rc;
    td_err_set(&cli->err, TD_C_SYNC_FILE, "there is no file \"%s\"", local);
    return td_err_next(&cli->err, "tandem sync clone --remote URL --tenant ID --local FILE");
}

int td_replica_device(struct td_replica *r)
{
    struct td_cli *cli = cli_of(r);
    bool mended = false;
    int rc = td_device_open(r->local, &r->device, &mended, &cli->err);
    if (rc == TD_OK && mended && td_device_state(r->device) == TD_DEVICE_ACTIVE)
        td_out_say(&cli->out, "warning: changes were not noted since a table was made anew by another program; they "
                              "are found by  tandem sync verify");
    return rc;
}

/* ---- all of it ---- */

int td_replica_session(struct td_replica *r, struct td_cli *cli, const struct td_opt_list *skip)
{
    memset(r, 0, sizeof *r);
    r->lock = -1;
    td_drivers_register();
    return td_session_open(&r->s, cli, false, NULL, skip);
}

static int take_config(void *data, struct td_err *err)
{
    struct td_replica *r = data;
    struct td_rows rows = {0};
    int rc = td_rows_read(&cli_of(r)->arena, r->remote, "SELECT config FROM tandem.sync", NULL, 0, &rows, err);
    if (rc != TD_OK || td_rows_count(&rows) == 0) { /* hello tells why */
        td_err_clear(err);
        return TD_OK;
    }
    return td_device_configure(r->local, td_rows_cell(&rows, 0, 0), err);
}

/* What the server says of scopes counts before the file is opened by it. */
static int connect_remembered(struct td_replica *r, const char *remote)
{
    struct td_cli *cli = cli_of(r);
    struct td_rows rows = {0};
    int64_t there = 0;
    int rc = td_db_query_int(r->local, "SELECT count(*) FROM main.sqlite_schema WHERE name = 'tandem_meta'", NULL, 0,
                             &there, &cli->err);
    if (rc == TD_OK && there == 0)
        return TD_OK; /* which td_device_open tells */
    if (rc == TD_OK)
        rc = td_rows_read(&cli->arena, r->local, "SELECT v FROM main.tandem_meta WHERE k = 'remote'", NULL, 0, &rows,
                          &cli->err);
    if (rc == TD_OK)
        rc = td_replica_remote(r, remote, td_rows_count(&rows) > 0 ? td_rows_cell(&rows, 0, 0) : NULL);
    return rc == TD_OK ? td_arena_run(&cli->arena, take_config, r, &cli->err) : rc;
}

int td_replica_open(struct td_replica *r, struct td_cli *cli, const char *local, const char *remote, unsigned needs)
{
    int rc = td_replica_session(r, cli, NULL);
    if (rc == TD_OK)
        rc = td_replica_file(r, local, false);
    if (rc == TD_OK && (needs & TD_REPLICA_LOCK) != 0)
        rc = td_lock_take(r->local_url.path, &r->lock, &cli->err);
    if (rc == TD_OK && (needs & TD_REPLICA_SERVER) != 0)
        rc = connect_remembered(r, remote);
    if (rc == TD_EOFFLINE && (needs & TD_REPLICA_PATIENT) != 0) {
        td_err_clear(&cli->err);
        return td_replica_device(r);
    }
    if (rc == TD_OK)
        rc = td_replica_device(r);
    if (rc == TD_OK && (needs & TD_REPLICA_SERVER) != 0)
        rc = td_replica_server(r);
    return rc;
}

void td_replica_leave(struct td_replica *r)
{
    td_server_postgres_close(r->server);
    td_device_close(r->device);
    td_db_close(r->remote);
    td_db_close(r->local);
    td_lock_release(r->lock);
    r->server = NULL;
    r->device = NULL;
    r->remote = r->local = NULL;
    r->lock = -1;
}

void td_replica_close(struct td_replica *r)
{
    td_interrupt_unwatch();
    td_replica_leave(r);
    td_url_deinit(&r->local_url);
    td_url_deinit(&r->remote_url);
    td_mem_free(r->remote_from);
    td_session_close(&r->s);
}

/* ---- a run ---- */

void td_replica_progress(const struct td_cycle_progress *p, void *replica)
{
    struct td_replica *r = replica;
    struct td_out *o = &cli_of(r)->out;
    if (p->action == TD_DO_LOAD && p->table != NULL)
        td_out_status(o, "loading %s: %lld rows", p->table, (long long)p->rows);
    else if (p->action != TD_DO_NOTHING)
        td_out_status(o, "%s: %lld sent, %lld fetched", td_action_name(p->action), (long long)p->pushed,
                      (long long)p->pulled);
    td_out_trace(o, "%s", td_action_name(p->action));
}

int td_replica_run(struct td_replica *r, bool push, bool pull, struct td_cycle_result *out)
{
    struct td_cli *cli = cli_of(r);
    const struct td_cycle_opts opts = {.push = push,
                                       .pull = pull,
                                       .ack_always = true,
                                       .cancelled = &td_interrupt_flag,
                                       .on_progress = td_replica_progress,
                                       .data = r};
    td_interrupt_watch(r->remote);
    int rc = td_cycle_run(&cli->arena, r->device, r->server, &opts, out, &cli->err);
    td_interrupt_unwatch();
    td_out_clear_line(&cli->out);
    if (rc == TD_ECANCELLED && cli->err.next[0] == '\0')
        td_err_next(&cli->err, "`tandem %s` goes on from here.", cli->cmd->name);
    return rc;
}

void td_replica_put(const struct td_replica *r, struct td_json_writer *w)
{
    td_json_put_text(w, "local", r->local_url.path);
    td_json_put_text(w, "tenant", td_device_tenant(r->device));
    td_json_put_int(w, "device", td_device_identity(r->device)->device);
    td_json_put_text(w, "remote", r->remote == NULL ? td_device_remote(r->device) : r->remote_url.display);
}

static void put_result(const struct td_cycle_result *c, struct td_json_writer *w)
{
    td_json_put_int(w, "pushed", c->pushed);
    td_json_put_int(w, "pulled", c->pulled);
    td_json_put_int(w, "conflicts", c->conflicts);
    td_json_put_int(w, "rejects", c->rejects);
    td_json_put_int(w, "lost", c->lost);
    td_json_put_int(w, "rounds", c->rounds);
    td_json_put_bool(w, "new_identity", c->enrolled);
    td_json_put_bool(w, "server_ahead", c->behind);
    td_json_put_bool(w, "device_ahead", c->held);
}

void td_replica_answer(struct td_replica *r, const struct td_cycle_result *c)
{
    struct td_out *o = &cli_of(r)->out;
    if (o->json) {
        struct td_json_writer *w = td_out_json(o, cli_of(r)->cmd->name);
        td_replica_put(r, w);
        put_result(c, w);
        return;
    }
    td_out_answer(o, "%lld sent, %lld fetched", (long long)c->pushed, (long long)c->pulled);
    if (c->conflicts > 0)
        td_out_answer(o, ", %lld conflicts", (long long)c->conflicts);
    if (c->rejects > 0)
        td_out_answer(o, ", %lld refused", (long long)c->rejects);
    td_out_answer(o, "\n");
    if (c->conflicts > 0)
        td_out_say(o, "conflicts: tandem sync conflicts list --local %s", r->local_url.path);
    if (c->rejects > 0 || c->lost > 0)
        td_out_say(o, "rows set aside: tandem sync rejects list --local %s", r->local_url.path);
    if (c->behind)
        td_out_say(o,
                   "the server has the migration \"%s\", which this file has not: new columns and tables come after "
                   "tandem migrate deploy",
                   c->first_other);
}
