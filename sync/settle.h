/* What people decide afterwards: of conflicts that were recorded, and of rows that were set aside. What they decide is
 * written as any program writes, so that it is sent with the next push. */
#ifndef TD_SYNC_SETTLE_H
#define TD_SYNC_SETTLE_H

#include "sync/device.h"

struct td_conflict_record {
    int64_t id, batch;
    const char *table, *key, *column; /* column NULL: the whole row */
    const char *policy, *taken, *base, *mine, *theirs, *chosen, *state, *at;
};
struct td_conflict_records {
    struct td_conflict_record *at;
    size_t len, cap;
};
/* Of one id, or (0) all; `open_only`: not yet resolved. Inside td_arena_run or outside. */
TD_MUST_CHECK int td_settle_conflicts(struct td_device *d, struct td_arena *a, int64_t id, bool open_only,
                                      struct td_conflict_records *out, struct td_err *err);

enum td_take { TD_TAKE_LOCAL, TD_TAKE_REMOTE, TD_TAKE_MERGED };
/* Writes the device's value, the server's, or leaves what was chosen; the record is resolved then. `like`: of all open
 * ones of the same table, column and policy. *n_out: how many. TD_ENOTFOUND: no such record, or its row is gone. */
TD_MUST_CHECK int td_settle_resolve(struct td_device *d, int64_t id, enum td_take take, bool like, int64_t *n_out,
                                    struct td_err *err);

struct td_reject_record {
    int64_t id, batch;
    const char *table, *key, *reason, *sqlstate, *message, *at;
    const char *base, *mine; /* rows as JSON objects of texts; NULL: there was none */
};
struct td_reject_records {
    struct td_reject_record *at;
    size_t len, cap;
};
TD_MUST_CHECK int td_settle_rejects(struct td_device *d, struct td_arena *a, int64_t id, struct td_reject_records *out,
                                    struct td_err *err);
TD_MUST_CHECK int td_settle_drop(struct td_device *d, int64_t id, struct td_err *err);
/* Writes the row again, as far as it differs from what it was based on, with other values for some columns
 * ("name=value"; value as PostgreSQL prints it). What SQLite refuses is an error, and the record stays. */
TD_MUST_CHECK int td_settle_resend(struct td_device *d, int64_t id, const char *const *set, size_t n,
                                   struct td_err *err);

/* What a push would send, column by column. */
struct td_pending_column {
    const char *name, *base, *mine;
};
struct td_pending_row {
    const char *table, *key, *change; /* "insert", "update", "delete" */
    struct td_pending_column *columns;
    size_t n_columns;
};
/* Each row once; what it gets is borrowed for the call. */
TD_MUST_CHECK int td_settle_pending(struct td_device *d,
                                    int (*fn)(void *data, const struct td_pending_row *row, struct td_err *err),
                                    void *data, struct td_err *err);

#endif
