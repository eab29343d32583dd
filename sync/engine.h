/* The engine: a device kept in step with its server, inside somebody's event loop.
 *
 * Everything that waits (PostgreSQL, SQLite) happens on a thread of the loop's pool, one job at a time; timers,
 * wake-ups and callbacks are on the loop's own thread. Between jobs nothing is held but two connections. A job first
 * looks whether anything waits on either side, which costs the server one small query, and runs the protocol (cycle.h)
 * only then. Looks come every 200 ms while there is something to do, then ever less often, with jitter, up to every 30
 * s; a program that writes to the file wakes it at once. */
#ifndef TD_SYNC_ENGINE_H
#define TD_SYNC_ENGINE_H

#include <uv.h>

#include "core/config/url.h"
#include "sync/cycle.h"
#include "sync/settle.h"

enum td_sync_engine_state {
    TD_SYNC_UNKNOWN, /* the server has not answered yet, or not lately; it is tried again */
    TD_SYNC_RUNNING, /* a run is under way */
    TD_SYNC_CURRENT, /* nothing waits on either side */
    TD_SYNC_STALLED  /* it cannot go on by itself: the error says why and what helps */
};
const char *td_sync_engine_state_name(enum td_sync_engine_state s); /* "unknown", "syncing", "current", "stalled" */

struct td_sync_engine_event {
    enum td_sync_engine_state state;
    bool changed;                                /* the state is another than before */
    const struct td_cycle_progress *step;        /* of a run under way; NULL: none */
    const struct td_cycle_result *run;           /* a run has ended well and had something to do; NULL: no */
    const struct td_conflict_records *conflicts; /* that this run has recorded; NULL: none */
    const struct td_err *err;                    /* why it is unknown or stalled; NULL: it is not */
    int next_ms;                                 /* until the next look; -1: none is planned */
};

struct td_sync_engine_opts {
    const struct td_url *local, *remote;                                /* borrowed until the engine has ended */
    bool once;                                                          /* one run, then the end */
    int interval_ms;                                                    /* between looks; 0: as it is told above */
    void (*on_event)(const struct td_sync_engine_event *e, void *data); /* NULL: nobody listens */
    /* The last call, when all handles are closed: the engine is freed after it. `err` NULL: it was stopped, or its one
     * run went well. */
    void (*on_end)(const struct td_err *err, void *data);
    void *data;
};

struct td_sync_engine;

/* Starts; the loop must then run. On failure nothing is left. */
TD_MUST_CHECK int td_sync_engine_start(uv_loop_t *loop, const struct td_sync_engine_opts *opts,
                                       struct td_sync_engine **out, struct td_err *err);
/* Looks now, whenever the next look was to be. On the loop's thread. */
void td_sync_engine_wake(struct td_sync_engine *e);
/* Ends: what is under way is rolled back or finished, then on_end comes. On the loop's thread; once is enough. */
void td_sync_engine_stop(struct td_sync_engine *e);

#endif
