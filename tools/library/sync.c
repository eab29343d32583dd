/* Sync: the engine behind the public header. */
#include "tandem/sync.h"

#include <string.h>

#include "core/base/mem.h"
#include "drivers/drivers.h"
#include "sync/engine.h"
#include "tools/library/api.h"

struct tandem_sync {
    struct td_sync_engine *engine;
    struct td_url local, remote;
    struct tandem_sync_opts opts;
};

static void free_sync(struct tandem_sync *s)
{
    td_url_deinit(&s->local);
    td_url_deinit(&s->remote);
    td_mem_free(s);
}

static void tell_conflicts(const struct tandem_sync *s, const struct td_sync_engine_event *e)
{
    for (size_t i = 0; s->opts.on_conflict != NULL && e->conflicts != NULL && i < e->conflicts->len; i++) {
        const struct td_conflict_record *c = &e->conflicts->at[i];
        s->opts.on_conflict(s->opts.data, &(struct tandem_sync_conflict){.id = c->id,
                                                                         .table = c->table,
                                                                         .key = c->key,
                                                                         .column = c->column,
                                                                         .base = c->base,
                                                                         .mine = c->mine,
                                                                         .theirs = c->theirs,
                                                                         .chosen = c->chosen,
                                                                         .policy = c->policy,
                                                                         .taken = c->taken});
    }
}

static void on_event(const struct td_sync_engine_event *e, void *data)
{
    struct tandem_sync *s = data;
    if (e->step != NULL && s->opts.on_progress != NULL)
        s->opts.on_progress(s->opts.data, &(struct tandem_sync_progress){.step = td_action_name(e->step->action),
                                                                         .table = e->step->table,
                                                                         .loaded = e->step->rows,
                                                                         .pushed = e->step->pushed,
                                                                         .pulled = e->step->pulled,
                                                                         .conflicts = e->step->conflicts,
                                                                         .rejects = e->step->rejects});
    if (e->run != NULL && s->opts.on_run != NULL)
        s->opts.on_run(s->opts.data, &(struct tandem_sync_progress){.step = "done",
                                                                    .pushed = e->run->pushed,
                                                                    .pulled = e->run->pulled,
                                                                    .conflicts = e->run->conflicts,
                                                                    .rejects = e->run->rejects});
    tell_conflicts(s, e);
    if (e->changed && s->opts.on_state != NULL)
        s->opts.on_state(s->opts.data, td_sync_engine_state_name(e->state), e->err != NULL ? e->err->message : "");
}

static void on_end(const struct td_err *err, void *data)
{
    struct tandem_sync *s = data;
    struct tandem_err told = {0};
    if (err != NULL)
        told.e = *err;
    if (s->opts.on_end != NULL)
        s->opts.on_end(s->opts.data, err != NULL ? (int)err->rc : TANDEM_OK, err != NULL ? &told : NULL);
    free_sync(s);
}

/* A path may have any character. */
static int parse_local(const char *path, struct td_url *out, struct td_err *err)
{
    struct td_buf b = {0};
    bool is_url = strncmp(path, "file:", 5) == 0 || strncmp(path, "sqlite:", 7) == 0;
    td_buf_add(&b, is_url ? "" : "file:");
    for (; *path != '\0'; path++)
        if (!is_url && (*path == '%' || *path == '?' || *path == '#'))
            td_buf_printf(&b, "%%%02X", (unsigned char)*path);
        else
            td_buf_char(&b, *path);
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_url_parse(td_buf_str(&b), NULL, out, err);
    td_buf_deinit(&b);
    return rc;
}

static int start(struct tandem_sync *s, uv_loop_t *loop, const struct tandem_sync_opts *opts, struct td_err *err)
{
    memcpy(&s->opts, opts, opts->size < sizeof s->opts ? opts->size : sizeof s->opts);
    int rc = parse_local(opts->local, &s->local, err);
    if (rc == TD_OK)
        rc = td_url_parse(opts->remote, NULL, &s->remote, err);
    if (rc == TD_OK && (s->local.kind != TD_URL_SQLITE || s->remote.kind != TD_URL_POSTGRES))
        rc = td_err_set(err, TD_C_DB_USE, "sync goes from an SQLite file to a PostgreSQL server");
    if (rc != TD_OK)
        return rc;
    const struct td_sync_engine_opts engine = {.local = &s->local,
                                               .remote = &s->remote,
                                               .once = s->opts.once != 0,
                                               .interval_ms = s->opts.interval_ms,
                                               .on_event = on_event,
                                               .on_end = on_end,
                                               .data = s};
    return td_sync_engine_start(loop, &engine, &s->engine, err);
}

int tandem_sync_start(uv_loop_t *loop, const struct tandem_sync_opts *opts, struct tandem_sync **out,
                      struct tandem_err *err)
{
    struct td_err scratch, *e = td_api_err(err, &scratch);
    if (loop == NULL || opts == NULL || out == NULL || opts->local == NULL || opts->remote == NULL)
        return td_err_set(e, TD_C_DB_USE, "tandem_sync_start needs a loop, a file, a URL and a place for the result");
    *out = NULL;
    struct tandem_sync *s = td_mem_zalloc(sizeof *s);
    if (s == NULL)
        return td_err_nomem(e);
    td_drivers_register();
    int rc = start(s, loop, opts, e);
    if (rc != TD_OK) {
        free_sync(s);
        return rc;
    }
    *out = s;
    return TANDEM_OK;
}

void tandem_sync_wake(struct tandem_sync *sync)
{
    if (sync != NULL)
        td_sync_engine_wake(sync->engine);
}

void tandem_sync_stop(struct tandem_sync *sync)
{
    if (sync != NULL)
        td_sync_engine_stop(sync->engine);
}
