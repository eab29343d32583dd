/* Push: what a batch does to the server's rows. Pure: it locks, compares, merges and decides; whoever keeps the rows
 * does what it asks. One transaction, the batch's number and answer included, is around it (server.h).
 *
 * All rows are first tried together; where the server refuses, the groups one by one, so that what is refused takes
 * nothing else with it. Within a group rows are written first in the order in which foreign keys want it (inserts
 * before deletes), then in that which unique keys want, then with unique values parked out of the way, as two rows
 * may have swapped theirs. */
#ifndef TD_SYNC_PUSH_H
#define TD_SYNC_PUSH_H

#include "sync/batch.h"

enum td_push_op { TD_PUSH_NOTHING, TD_PUSH_INSERT, TD_PUSH_UPDATE, TD_PUSH_DELETE };

struct td_push_row {
    const struct td_batch_row *row;
    size_t number; /* in the batch */
    struct td_merge_side theirs;
    bool elsewhere; /* theirs is there, but not the tenant's */
    struct td_merged merged;
    enum td_push_op op;
    bool *changed; /* UPDATE: per column */
    bool rejected;
};

struct td_push_rows { /* of one table */
    const struct td_sync_table *table;
    struct td_push_row **at;
    size_t len;
};

/* Keeps the rows. All of these are called within one transaction. A failure that is the statement's own (a constraint,
 * a value, a right) comes back as such an error and is undone by `undo`; any other ends the push. */
struct td_push_store {
    /* Locks the rows in the order given, and fills theirs and elsewhere. */
    int (*lock)(void *data, const struct td_push_rows *rows, struct td_err *err);
    int (*mark)(void *data, struct td_err *err); /* a savepoint */
    int (*keep)(void *data, struct td_err *err); /* what was done since then, after all deferred checks */
    int (*undo)(void *data, struct td_err *err);
    int (*insert)(void *data, const struct td_push_rows *rows, struct td_err *err);
    int (*update)(void *data, const struct td_push_rows *rows, struct td_err *err);
    int (*remove)(void *data, const struct td_push_rows *rows, struct td_err *err);
    /* Gives the rows' unique columns, but the key's, values that are in nobody's way. */
    int (*park)(void *data, const struct td_push_rows *rows, struct td_err *err);
    /* *row_out: the first of them that, as it is now, is not the tenant's; NULL: none. */
    int (*outside)(void *data, const struct td_push_rows *rows, struct td_push_row **row_out, struct td_err *err);
    /* The same of the rows that they refer to by this key: a foreign key itself is content with another tenant's. */
    int (*astray)(void *data, const struct td_push_rows *rows, const struct td_sync_ref *ref,
                  struct td_push_row **row_out, struct td_err *err);
    /* gone[i]: the row is not there any more. */
    int (*look)(void *data, const struct td_push_rows *rows, bool *gone, struct td_err *err);
    void *data;
};

/* Inside td_arena_run of `a`, where the answer lives. TD_ECONFLICT: run the whole transaction again. */
TD_MUST_CHECK int td_push(struct td_arena *a, const struct td_sync_tables *all, const struct td_batch *b,
                          const struct td_push_store *store, struct td_answer *out, struct td_err *err);

#endif
