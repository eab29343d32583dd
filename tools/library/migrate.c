/* Migrations: deploy and status. */
#include <string.h>

#include "core/base/mem.h"
#include "core/migrate/runner.h"
#include "tools/library/api.h"

enum { WAIT_MS = 60000 };

struct tandem_status {
    struct td_arena arena; /* holds all below */
    struct td_folder folder;
    struct td_history history;
    struct td_status status;
};

/* For td_arena_run. */
struct folder_args {
    struct td_arena *arena;
    const char *dir;
    struct td_folder *out;
};

static int read_folder(void *data, struct td_err *err)
{
    struct folder_args *f = data;
    return td_folder_read(f->arena, f->dir, f->out, err);
}

static int compare(void *data, struct td_err *err)
{
    struct tandem_status *st = data;
    (void)err;
    td_history_compare(&st->arena, &st->folder, &st->history, &st->status);
    return TD_OK;
}

/* The members that the caller's version of the struct has; the others are zero. */
static struct tandem_deploy_opts known(const struct tandem_deploy_opts *opts)
{
    struct tandem_deploy_opts o = {0};
    if (opts != NULL)
        memcpy(&o, opts, opts->size < sizeof o ? opts->size : sizeof o);
    return o;
}

int tandem_migrate_deploy(struct tandem_db *db, const char *folder, const struct tandem_deploy_opts *opts,
                          size_t *applied_out, struct tandem_err *err)
{
    struct td_err scratch, *e = td_api_err(err, &scratch);
    struct tandem_deploy_opts o = known(opts);
    struct td_arena arena = {0};
    struct td_folder f = {0};
    struct td_deploy_result result = {0};
    struct folder_args args = {&arena, folder, &f};

    if (applied_out != NULL)
        *applied_out = 0;
    if (db == NULL || folder == NULL)
        return td_err_set(e, TD_C_DB_USE, "tandem_migrate_deploy needs a database and a folder");
    struct td_deploy_opts d = {.to = o.to,
                               .skip = {.at = o.skip},
                               .schema = db->url.schema,
                               .wait_ms = o.wait_ms == 0  ? WAIT_MS
                                          : o.wait_ms < 0 ? 0
                                                          : o.wait_ms,
                               .pooled = db->url.pgbouncer,
                               .url = &db->url};
    while (o.skip != NULL && o.skip[d.skip.len] != NULL)
        d.skip.len++;
    int rc = td_arena_run(&arena, read_folder, &args, e);
    if (rc == TD_OK)
        rc = td_deploy(&arena, db->db, &f, &d, &result, e);
    if (applied_out != NULL)
        *applied_out = result.applied;
    td_arena_deinit(&arena);
    return rc;
}

int tandem_migrate_status(struct tandem_db *db, const char *folder, struct tandem_status **out, struct tandem_err *err)
{
    struct td_err scratch, *e = td_api_err(err, &scratch);
    if (db == NULL || folder == NULL || out == NULL)
        return td_err_set(e, TD_C_DB_USE,
                          "tandem_migrate_status needs a database, a folder and a place for the result");
    *out = NULL;
    struct tandem_status *st = td_mem_zalloc(sizeof *st);
    if (st == NULL)
        return td_err_nomem(e);
    struct folder_args args = {&st->arena, folder, &st->folder};
    int rc = td_arena_run(&st->arena, read_folder, &args, e);
    if (rc == TD_OK)
        rc = td_history_read(&st->arena, db->db, db->url.schema, &st->history, e);
    if (rc == TD_OK)
        rc = td_arena_run(&st->arena, compare, st, e);
    if (rc != TD_OK)
        tandem_status_free(st);
    else
        *out = st;
    return rc;
}

void tandem_status_free(struct tandem_status *st)
{
    if (st == NULL)
        return;
    td_arena_deinit(&st->arena);
    td_mem_free(st);
}

size_t tandem_status_count(const struct tandem_status *st)
{
    return st != NULL ? st->status.len : 0;
}

const char *tandem_status_name(const struct tandem_status *st, size_t i)
{
    return i < tandem_status_count(st) ? st->status.at[i].name : NULL;
}

const char *tandem_status_state(const struct tandem_status *st, size_t i)
{
    return i < tandem_status_count(st) ? td_migration_state_name(st->status.at[i].state) : NULL;
}

int tandem_status_in_sync(const struct tandem_status *st)
{
    return st != NULL && st->status.applied == st->status.len;
}
