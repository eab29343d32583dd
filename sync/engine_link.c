/* A job of the engine, on whichever thread. */
#include <string.h>

#include "core/base/mem.h"
#include "core/migrate/rows.h"
#include "sync/engine_impl.h"
#include "sync/lock.h"

void td_sync_engine_link_init(struct td_sync_engine_link *l)
{
    *l = (struct td_sync_engine_link){.lock = -1};
}

static void close_device(struct td_sync_engine_link *l)
{
    td_server_postgres_close(l->server);
    td_device_close(l->device);
    l->server = NULL;
    l->device = NULL;
}

void td_sync_engine_link_drop(struct td_sync_engine_link *l)
{
    close_device(l);
    td_db_close(l->remote);
    l->remote = NULL;
    l->looked = false;
}

void td_sync_engine_link_close(struct td_sync_engine_link *l)
{
    td_sync_engine_link_drop(l);
    td_db_close(l->local);
    td_lock_release(l->lock);
    td_sync_engine_link_init(l);
}

static int open_file(struct td_sync_engine_link *l, const struct td_sync_engine_opts *opts, struct td_err *err)
{
    int rc = l->local != NULL ? TD_OK : td_db_open(opts->local, &(struct td_db_opts){0}, &l->local, err);
    return rc == TD_OK && l->lock < 0 ? td_lock_take(opts->local->path, &l->lock, err) : rc;
}

static int open_server(struct td_sync_engine_link *l, const struct td_sync_engine_opts *opts, struct td_err *err)
{
    const struct td_db_opts db = {.application_name = "tandem sync", .answer_timeout_ms = 120000};
    return l->remote != NULL ? TD_OK : td_db_open(opts->remote, &db, &l->remote, err);
}

/* The server's word on scopes comes before the file is read by it. */
static int take_config(struct td_sync_engine_link *l, struct td_err *err)
{
    struct td_err ignored = {0};
    char *config = NULL;
    if (td_db_query_text(l->remote, "SELECT config FROM tandem.sync", NULL, 0, &config, &ignored) != TD_OK)
        return TD_OK; /* hello tells why */
    int rc = config == NULL ? TD_OK : td_device_configure(l->local, config, err);
    td_mem_free(config);
    return rc;
}

static int read_version(struct td_sync_engine_link *l, int64_t *out, struct td_err *err)
{
    return td_db_query_int(l->local, "PRAGMA main.schema_version", NULL, 0, out, err);
}

/* Opened anew when a migration, or another program, has changed the file's tables. */
static int open_device(struct td_sync_engine_link *l, const struct td_sync_engine_opts *opts, struct td_err *err)
{
    int64_t version = 0;
    bool mended = false;
    int rc = read_version(l, &version, err);
    if (rc != TD_OK || (l->device != NULL && version == l->schema_version))
        return rc;
    close_device(l);
    l->looked = false;
    rc = take_config(l, err);
    if (rc == TD_OK)
        rc = td_device_open(l->local, &l->device, &mended, err);
    if (rc == TD_OK)
        rc = td_server_postgres(l->remote, td_device_tables(l->device), opts->remote->schema, &l->server, err);
    return rc == TD_OK ? read_version(l, &l->schema_version, err) : rc;
}

/* Does anything wait on either side? */
static int look(struct td_sync_engine_link *l, bool *out, struct td_err *err)
{
    struct td_device_counts c;
    int rc = td_device_count(l->device, &c, err);
    *out = c.pending + c.frozen > 0 || td_device_cursor(l->device) == NULL || td_device_compare(l->device) != NULL;
    return rc != TD_OK || *out ? rc : l->server->ops->peek(l->server, l->device, out, err);
}

static int read_new(struct td_sync_engine_link *l, int64_t last, struct td_sync_engine_job *job)
{
    int rc = td_settle_conflicts(l->device, &job->arena, 0, true, &job->conflicts, &job->err);
    size_t old = 0;
    while (rc == TD_OK && old < job->conflicts.len && job->conflicts.at[old].id <= last)
        old++;
    job->conflicts.at += old;
    job->conflicts.len -= old;
    return rc;
}

static int work(struct td_sync_engine_link *l, const struct td_sync_engine_opts *opts,
                const struct td_cycle_opts *cycle, bool always, struct td_sync_engine_job *job)
{
    bool any = true;
    int rc = open_file(l, opts, &job->err);
    if (rc == TD_OK)
        rc = open_server(l, opts, &job->err);
    if (rc == TD_OK)
        rc = open_device(l, opts, &job->err);
    if (rc == TD_OK && l->looked && !always)
        rc = look(l, &any, &job->err);
    if (rc != TD_OK || !any)
        return rc;
    job->ran = true;
    int64_t last = 0;
    rc = td_db_query_int(l->local, "SELECT coalesce(max(id), 0) FROM main.tandem_conflict", NULL, 0, &last, &job->err);
    if (rc == TD_OK)
        rc = td_cycle_run(&job->arena, l->device, l->server, cycle, &job->result, &job->err);
    l->looked = rc == TD_OK;
    return rc == TD_OK && job->result.conflicts > 0 ? read_new(l, last, job) : rc;
}

int td_sync_engine_link_work(struct td_sync_engine_link *l, const struct td_sync_engine_opts *opts,
                             const struct td_cycle_opts *cycle, bool always, struct td_sync_engine_job *job)
{
    job->rc = work(l, opts, cycle, always, job);
    if (job->rc != TD_OK) /* whatever state the connection is in, the next job makes its own */
        td_sync_engine_link_drop(l);
    return job->rc;
}
