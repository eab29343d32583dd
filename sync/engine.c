#include "sync/engine.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "sync/engine_impl.h"

enum {
    ACTIVE_MS = 200,      /* while there is something to do */
    CALM_MS = 1000,       /* soon after */
    IDLE_MS = 30000,      /* when nothing has happened for a while */
    CALM_FOR_MS = 120000, /* that while */
    RETRY_MS = 500,       /* after the first failure to reach the server; doubled up to: */
    RETRY_MOST_MS = 30000,
    STALLED_MS = 30000,      /* somebody may have mended it */
    WAKE_MS = 20,            /* after a write to the file: more may follow */
    ACK_MS = 10 * 60 * 1000, /* a cursor that does not move is told to the server so often */
    HANDLES = 3
};

struct td_sync_engine {
    struct td_sync_engine_opts opts;
    uv_loop_t *loop;
    uv_timer_t timer;
    uv_async_t async;      /* progress from the job's thread */
    uv_fs_event_t changes; /* of the file's directory */
    uv_work_t work;
    int open_handles;
    bool working, stopping, wake_pending, has_changes;
    atomic_bool cancelled;
    struct td_sync_engine_link link;
    struct td_sync_engine_job job;
    enum td_sync_engine_state state;
    int delay_ms, failures;
    int64_t active_ms; /* when something was last done */
    int64_t acked_ms;
    unsigned random;
    char *name; /* of the file, without its directory */
    uv_mutex_t mutex;
    struct td_cycle_progress progress; /* under the mutex */
    struct td_err ended;
    bool failed;
};

const char *td_sync_engine_state_name(enum td_sync_engine_state s)
{
    static const char *const names[] = {"unknown", "syncing", "current", "stalled"};
    return names[s];
}

/* ---- telling ---- */

static void tell(struct td_sync_engine *e, enum td_sync_engine_state state, struct td_sync_engine_event *ev)
{
    ev->state = state;
    ev->changed = state != e->state;
    e->state = state;
    if (e->opts.on_event != NULL)
        e->opts.on_event(ev, e->opts.data);
}

static void on_progress(const struct td_cycle_progress *p, void *data)
{
    struct td_sync_engine *e = data;
    uv_mutex_lock(&e->mutex);
    e->progress = *p;
    uv_mutex_unlock(&e->mutex);
    uv_async_send(&e->async);
}

static void on_async(uv_async_t *h)
{
    struct td_sync_engine *e = h->data;
    struct td_cycle_progress p;
    uv_mutex_lock(&e->mutex);
    p = e->progress;
    uv_mutex_unlock(&e->mutex);
    if (e->working && !e->stopping)
        tell(e, TD_SYNC_RUNNING, &(struct td_sync_engine_event){.step = &p, .next_ms = -1});
}

/* ---- the end ---- */

static void on_closed(uv_handle_t *h)
{
    struct td_sync_engine *e = h->data;
    if (--e->open_handles > 0)
        return;
    void (*on_end)(const struct td_err *, void *) = e->opts.on_end;
    void *data = e->opts.data;
    struct td_err err = e->ended;
    bool failed = e->failed;
    td_sync_engine_link_close(&e->link);
    td_arena_deinit(&e->job.arena);
    uv_mutex_destroy(&e->mutex);
    td_mem_free(e->name);
    td_mem_free(e);
    if (on_end != NULL)
        on_end(failed ? &err : NULL, data);
}

static void close_handles(struct td_sync_engine *e)
{
    uv_close((uv_handle_t *)&e->timer, on_closed);
    uv_close((uv_handle_t *)&e->async, on_closed);
    uv_close((uv_handle_t *)&e->changes, on_closed);
}

static void finish(struct td_sync_engine *e, const struct td_err *err)
{
    e->stopping = true;
    e->failed = err != NULL;
    if (err != NULL)
        e->ended = *err;
    close_handles(e);
}

/* ---- jobs ---- */

static void start_job(struct td_sync_engine *e);

static void on_timer(uv_timer_t *h)
{
    start_job(h->data);
}

static void plan(struct td_sync_engine *e, int delay_ms)
{
    e->delay_ms = delay_ms;
    uv_timer_start(&e->timer, on_timer, (uint64_t)delay_ms, 0);
}

/* A quarter more or less, so that a thousand devices do not come at once. */
static int jittered(struct td_sync_engine *e, int ms)
{
    e->random = e->random * 1103515245U + 12345U;
    return ms - ms / 4 + (int)((e->random >> 16) % (unsigned)(ms / 2 + 1));
}

static int next_look(struct td_sync_engine *e)
{
    int64_t quiet = td_clock_ms() - e->active_ms;
    if (e->opts.interval_ms > 0)
        return e->opts.interval_ms;
    if (quiet < CALM_MS)
        return ACTIVE_MS;
    int most = quiet < CALM_FOR_MS ? CALM_MS : IDLE_MS;
    int ms = e->delay_ms + e->delay_ms / 2;
    return jittered(e, ms < ACTIVE_MS ? ACTIVE_MS : ms > most ? most : ms);
}

static int next_try(struct td_sync_engine *e)
{
    int ms = RETRY_MS;
    for (int i = 1; i < e->failures && ms < RETRY_MOST_MS; i++)
        ms *= 2;
    return jittered(e, ms < RETRY_MOST_MS ? ms : RETRY_MOST_MS);
}

/* May time alone help? */
static bool may_pass(int rc)
{
    return rc == TD_EOFFLINE || rc == TD_EBUSY || rc == TD_ECONFLICT || rc == TD_ENOMEM || rc == TD_EIO ||
           rc == TD_EFULL;
}

static void job_failed(struct td_sync_engine *e)
{
    bool passes = may_pass(e->job.rc);
    e->failures++;
    int ms = passes ? next_try(e) : STALLED_MS;
    tell(e, passes ? TD_SYNC_UNKNOWN : TD_SYNC_STALLED,
         &(struct td_sync_engine_event){.err = &e->job.err, .next_ms = ms});
    plan(e, ms);
}

static void job_done(struct td_sync_engine *e)
{
    const struct td_cycle_result *r = &e->job.result;
    bool did = e->job.ran && (r->pushed > 0 || r->pulled > 0 || r->rejects > 0 || r->enrolled);
    e->failures = 0;
    if (did)
        e->active_ms = td_clock_ms();
    int ms = next_look(e);
    if (r->held) {
        struct td_err err = {0};
        td_err_set(&err, TD_C_SYNC_SCHEMA, "the file has the migration \"%s\", which the server has not",
                   r->first_other);
        td_err_next(&err, "run  tandem migrate deploy  for the server; what was changed here waits");
        tell(e, TD_SYNC_STALLED, &(struct td_sync_engine_event){.err = &err, .next_ms = STALLED_MS});
        plan(e, STALLED_MS);
        return;
    }
    if (did || e->state != TD_SYNC_CURRENT)
        tell(e, TD_SYNC_CURRENT,
             &(struct td_sync_engine_event){
                 .run = did ? r : NULL, .conflicts = did ? &e->job.conflicts : NULL, .next_ms = ms});
    plan(e, ms);
}

static void after_job(uv_work_t *w, int status)
{
    struct td_sync_engine *e = w->data;
    (void)status;
    e->working = false;
    if (e->stopping) {
        close_handles(e);
    } else if (e->opts.once) {
        if (e->job.rc == TD_OK)
            tell(e, TD_SYNC_CURRENT,
                 &(struct td_sync_engine_event){.run = &e->job.result, .conflicts = &e->job.conflicts, .next_ms = -1});
        finish(e, e->job.rc == TD_OK ? NULL : &e->job.err);
    } else if (e->job.rc == TD_OK) {
        job_done(e);
    } else {
        job_failed(e);
    }
    if (!e->stopping && e->wake_pending)
        td_sync_engine_wake(e);
}

static void do_job(uv_work_t *w)
{
    struct td_sync_engine *e = w->data;
    bool ack = td_clock_ms() - e->acked_ms > ACK_MS;
    const struct td_cycle_opts opts = {.push = true,
                                       .pull = true,
                                       .ack_always = ack,
                                       .cancelled = &e->cancelled,
                                       .on_progress = on_progress,
                                       .data = e};
    if (td_sync_engine_link_work(&e->link, &e->opts, &opts, ack, &e->job) == TD_OK && e->job.ran)
        e->acked_ms = td_clock_ms();
}

static void start_job(struct td_sync_engine *e)
{
    if (e->working || e->stopping)
        return;
    td_arena_deinit(&e->job.arena);
    e->job = (struct td_sync_engine_job){0};
    e->working = true;
    e->wake_pending = false;
    if (uv_queue_work(e->loop, &e->work, do_job, after_job) != 0) {
        e->working = false;
        plan(e, RETRY_MS);
    }
}

void td_sync_engine_wake(struct td_sync_engine *e)
{
    e->wake_pending = e->working;
    if (!e->working && !e->stopping && uv_timer_get_due_in(&e->timer) > WAKE_MS)
        plan(e, WAKE_MS);
}

void td_sync_engine_stop(struct td_sync_engine *e)
{
    if (e->stopping)
        return;
    e->stopping = true;
    atomic_store(&e->cancelled, true);
    uv_timer_stop(&e->timer);
    if (!e->working)
        close_handles(e);
}

/* ---- other programs' writes ---- */

static void on_change(uv_fs_event_t *h, const char *filename, int events, int status)
{
    struct td_sync_engine *e = h->data;
    size_t n = strlen(e->name);
    (void)events;
    if (status != 0 || filename == NULL || strncmp(filename, e->name, n) != 0)
        return;
    if (filename[n] == '\0' || strcmp(filename + n, "-wal") == 0 || strcmp(filename + n, "-journal") == 0)
        td_sync_engine_wake(e);
}

/* Where the system cannot watch, looks at intervals have to do. */
static void watch(struct td_sync_engine *e)
{
    char *dir = td_path_dirname(e->opts.local->path);
    if (dir != NULL && !e->opts.once)
        e->has_changes = uv_fs_event_start(&e->changes, on_change, dir, 0) == 0;
    td_mem_free(dir);
}

/* ---- start ---- */

static void init_handles(struct td_sync_engine *e)
{
    uv_timer_init(e->loop, &e->timer);
    uv_fs_event_init(e->loop, &e->changes);
    e->timer.data = e->async.data = e->changes.data = e->work.data = e;
    e->open_handles = HANDLES;
}

int td_sync_engine_start(uv_loop_t *loop, const struct td_sync_engine_opts *opts, struct td_sync_engine **out,
                         struct td_err *err)
{
    struct td_sync_engine *e = td_mem_zalloc(sizeof *e);
    char *name = td_mem_strdup(td_path_basename(opts->local->path));
    if (e == NULL || name == NULL || uv_mutex_init(&e->mutex) != 0) {
        td_mem_free(name);
        td_mem_free(e);
        return td_err_nomem(err);
    }
    if (uv_async_init(loop, &e->async, on_async) != 0) {
        uv_mutex_destroy(&e->mutex);
        td_mem_free(name);
        td_mem_free(e);
        return td_err_set(err, TD_C_IO, "the event loop takes no more handles");
    }
    e->opts = *opts;
    e->loop = loop;
    e->name = name;
    e->random = (unsigned)uv_hrtime();
    e->active_ms = e->acked_ms = td_clock_ms();
    td_sync_engine_link_init(&e->link);
    init_handles(e);
    watch(e);
    plan(e, 0);
    *out = e;
    return TD_OK;
}
