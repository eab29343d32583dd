/* Shared by engine*.c alone. */
#ifndef TD_SYNC_ENGINE_IMPL_H
#define TD_SYNC_ENGINE_IMPL_H

#include "sync/engine.h"

/* What a job works with: the thread's alone while one is under way. */
struct td_sync_engine_link {
    struct td_db *local, *remote;
    struct td_device *device;
    struct td_server *server;
    int lock;
    int64_t schema_version; /* of the file, when the device was opened */
    bool looked;            /* since the connection was made: before that a run is due */
};

struct td_sync_engine_job {
    struct td_arena arena; /* of its results */
    struct td_cycle_result result;
    struct td_err err;
    int rc;
    bool ran;                             /* there was something to do */
    struct td_conflict_records conflicts; /* new ones */
};

/* One job: connects where needed, looks, and runs. Any thread, one at a time. */
void td_sync_engine_link_init(struct td_sync_engine_link *l);
TD_MUST_CHECK int td_sync_engine_link_work(struct td_sync_engine_link *l, const struct td_sync_engine_opts *opts,
                                           const struct td_cycle_opts *cycle, bool always,
                                           struct td_sync_engine_job *job);
void td_sync_engine_link_drop(struct td_sync_engine_link *l); /* the connection to the server */
void td_sync_engine_link_close(struct td_sync_engine_link *l);

#endif
