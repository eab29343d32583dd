/* libtandem's sync: one tenant's SQLite file kept in step with a PostgreSQL server, inside your own libuv loop.
 *
 *     struct tandem_sync_opts opts = {.size = sizeof opts, .local = "acme.db", .remote = "postgresql://app@db/app",
 *                                     .on_state = show};
 *     struct tandem_sync *sync;
 *     if (tandem_sync_start(loop, &opts, &sync, err) == TANDEM_OK)
 *         uv_run(loop, UV_RUN_DEFAULT);
 *
 * The file is made by `tandem sync clone`. All waiting is done on threads of the loop's pool; callbacks come on the
 * loop's own thread, and may call tandem_sync_wake and tandem_sync_stop. What they are given is borrowed for the call.
 * Your program may write to the file by any connection of its own meanwhile. */
#ifndef TANDEM_SYNC_H
#define TANDEM_SYNC_H

#include <tandem/tandem.h>
#include <uv.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tandem_sync;

/* Where a run stands, or how it ended. Rows. */
struct tandem_sync_progress {
    const char *step;  /* "hello", "load", "push", "pull"... */
    const char *table; /* of a first load; NULL: none */
    int64_t loaded, pushed, pulled;
    int64_t conflicts; /* columns that both sides had changed */
    int64_t rejects;   /* rows that were set aside */
};

/* A column that both sides had changed: values as PostgreSQL prints them, NULL for NULL. */
struct tandem_sync_conflict {
    int64_t id;
    const char *table, *key;
    const char *column; /* NULL: one side had deleted the row */
    const char *base, *mine, *theirs, *chosen;
    const char *policy, *taken; /* taken: "device", "server", "merged" */
};

struct tandem_sync_opts {
    size_t size;        /* sizeof(struct tandem_sync_opts) */
    const char *local;  /* path of the file */
    const char *remote; /* URL of the server */
    int once;           /* one run, then the end */
    int interval_ms;    /* between two looks; 0: 200 ms while there is something to do, up to 30 s */
    /* "unknown" (the server does not answer; it is tried again), "syncing", "current", "stalled" (it cannot go on by
     * itself); `why` is "" or one line. Whenever it changes. */
    void (*on_state)(void *data, const char *state, const char *why);
    void (*on_progress)(void *data, const struct tandem_sync_progress *p);
    void (*on_run)(void *data, const struct tandem_sync_progress *p); /* a run had something to do, and is done */
    void (*on_conflict)(void *data, const struct tandem_sync_conflict *c);
    /* The last callback; the handle is freed after it. TANDEM_OK: it was stopped, or its one run went well; `err` is
     * NULL then. */
    void (*on_end)(void *data, int rc, const struct tandem_err *err);
    void *data;
};

/* Starts on `loop`, which then must run. Texts of `opts` are copied. */
TANDEM_API int tandem_sync_start(uv_loop_t *loop, const struct tandem_sync_opts *opts, struct tandem_sync **out,
                                 struct tandem_err *err);
/* Looks at both sides now. On the loop's thread. */
TANDEM_API void tandem_sync_wake(struct tandem_sync *sync);
/* Ends it: what is under way is finished or undone, then on_end comes. On the loop's thread. */
TANDEM_API void tandem_sync_stop(struct tandem_sync *sync);

#ifdef __cplusplus
}
#endif

#endif
