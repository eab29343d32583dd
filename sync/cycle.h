/* A run: the machine's actions, done on a device and a server, one after the other. Blocks; engine.h runs it on a
 * thread of an event loop. */
#ifndef TD_SYNC_CYCLE_H
#define TD_SYNC_CYCLE_H

#include <stdatomic.h>

#include "sync/machine.h"
#include "sync/server.h"

struct td_cycle_progress {
    enum td_action action;
    const char *table;                                /* of a load; NULL: none */
    int64_t rows, pushed, pulled, conflicts, rejects; /* so far; rows: of the load */
};

struct td_cycle_opts {
    bool push, pull;
    bool ack_always;
    const atomic_bool *cancelled; /* NULL: never */
    /* Between two steps; also what a test uses to stop at each of them. */
    void (*on_progress)(const struct td_cycle_progress *p, void *data);
    void *data;
};

struct td_cycle_result {
    int64_t pushed, pulled, conflicts, rejects, compared; /* compared: tables that differed and were fetched whole */
    int64_t lost;                                         /* rows that were set aside before that */
    bool enrolled;                                        /* with a new number */
    bool held;                                            /* the device has migrations that the server lacks */
    bool behind;                                          /* the server has some that the device lacks */
    const char *first_other;                              /* in the arena */
    int rounds;
};

TD_MUST_CHECK int td_cycle_run(struct td_arena *a, struct td_device *d, struct td_server *s,
                               const struct td_cycle_opts *opts, struct td_cycle_result *out, struct td_err *err);

struct td_verify_table {
    const char *name;
    bool equal;
    int64_t here, there; /* rows */
    int buckets;         /* that differ */
};
struct td_verify_result {
    struct td_verify_table *at; /* in the arena */
    size_t len;
    bool equal;
    int64_t repaired, lost;
};
/* Pulls, and compares all tables in the same snapshot. `repair`: what differs is fetched whole; rows that only the
 * device has, or has otherwise, are set aside first. */
TD_MUST_CHECK int td_cycle_verify(struct td_arena *a, struct td_device *d, struct td_server *s, bool repair,
                                  struct td_verify_result *out, struct td_err *err);

#endif
