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
    const char *since; /* NULL: nothing is asked by the cursor */
    bool *whole;       /* tables that are fetched whole */
    const char *lost;  /* what that replaces is set aside for this reason; NULL: it is not */
    struct td_applied applied;
};

TD_MUST_CHECK int td_pull_open(struct td_pulling *p, struct td_device *d, struct td_server *s, struct td_err *err);
/* Stages what has changed and what is whole, waits until it is durable and applies it. */
TD_MUST_CHECK int td_pull_apply(struct td_pulling *p, struct td_err *err);
/* Sets `whole` where the digests differ. *differ_out: how many. `tables`: NULL, or one for each. */
TD_MUST_CHECK int td_pull_compare(struct td_pulling *p, struct td_verify_table *tables, size_t *differ_out,
                                  struct td_err *err);
void td_pull_close(struct td_pulling *p);

#endif
