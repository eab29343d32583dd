/* Shared by cycle*.c alone. */
#ifndef TD_SYNC_CYCLE_IMPL_H
#define TD_SYNC_CYCLE_IMPL_H

#include "sync/cycle.h"

/* One pull. */
struct td_pulling {
    struct td_arena a; /* of this pull */
    struct td_device *d;
    struct td_server *s;
    const char *snapshot;
    bool open;                 /* on the server */
    const char *since;         /* NULL: nothing is asked by the cursor */
    bool *whole;               /* tables that are fetched whole */
    const char *lost;          /* what that replaces is set aside for this reason; NULL: it is not */
    struct td_digest *digests; /* the server's, one a table */
    struct td_applied applied;
};

TD_MUST_CHECK int td_pull_open(struct td_pulling *p, struct td_device *d, struct td_server *s, struct td_err *err);
/* Stages what has changed and what is whole. */
TD_MUST_CHECK int td_pull_stage(struct td_pulling *p, struct td_err *err);
/* Leaves the server's snapshot and brings the file to it. */
TD_MUST_CHECK int td_pull_apply(struct td_pulling *p, struct td_err *err);
/* The server's digests, while the snapshot is open. */
TD_MUST_CHECK int td_pull_digest(struct td_pulling *p, struct td_err *err);
/* Sets `whole` where the file's differ. *differ_out: how many. `tables`: NULL, or one for each. */
TD_MUST_CHECK int td_pull_compare(struct td_pulling *p, struct td_verify_table *tables, size_t *differ_out,
                                  struct td_err *err);
void td_pull_close(struct td_pulling *p);

#endif
