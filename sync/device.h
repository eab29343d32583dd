/* The device: one tenant's slice in an SQLite file, and what sync keeps beside it.
 *
 *     tandem_meta              tenant, device, nonce, lineage, cursor, batch, state, ...
 *     tandem_base_t            of each table: rows changed since they were last sent, as the server had them (capture)
 *     tandem_out_t             the frozen batch: as the server had them, as they are sent
 *     tandem_sent_t            rows that were answered since the last pull, as they were at the cursor
 *     tandem_conflict          what lost, with both sides' values
 *     tandem_reject            rows that the server refused, or that had to make way, whole
 *     temp.tandem_stage_t      the server's rows on their way in; temp.tandem_mine_t: pending ones, laid aside
 *
 * A row that is not in tandem_base_t is as the server had it at `cursor`: the file is one snapshot of the server,
 * overlaid by what is pending. What changes that does so in one transaction, the cursor included. All of this works on
 * one connection whose triggers are off while it writes, foreign keys too; other programs may write between any two
 * calls. */
#ifndef TD_SYNC_DEVICE_H
#define TD_SYNC_DEVICE_H

#include "core/base/uuid.h"
#include "core/db/db.h"
#include "sync/batch.h"

struct td_device;

enum td_device_state {
    TD_DEVICE_LOADING, /* the first load is not at its end */
    TD_DEVICE_ACTIVE
};

struct td_device_id {
    int64_t device; /* 0: the server has not given one */
    char nonce[TD_UUID_TEXT], lineage[TD_UUID_TEXT];
};

/* What a file is a clone of. */
struct td_device_of {
    const char *tenant;
    const char *config; /* the server's, tandem.sync.config */
    const char *remote; /* the URL without its password */
    const char *skip;   /* kinds and places that its migrations were deployed without, one a line */
};
/* Makes what sync keeps in a file whose migrations are applied. */
TD_MUST_CHECK int td_device_create(struct td_db *db, const struct td_device_of *of, struct td_err *err);
/* Reads the file's own migrations, derives what is synced, and looks whether capture is as it must be; mends it where
 * not, and then says so: *mended. TD_ECONFIG: no synced file. `*out` is owned. */
TD_MUST_CHECK int td_device_open(struct td_db *db, struct td_device **out, bool *mended, struct td_err *err);
void td_device_close(struct td_device *d); /* NULL is fine; the connection stays */

const struct td_sync_tables *td_device_tables(const struct td_device *d);
const char *td_device_tenant(const struct td_device *d);
const char *td_device_remote(const struct td_device *d);
const char *td_device_cursor(const struct td_device *d);    /* NULL: none yet */
const char *td_device_migration(const struct td_device *d); /* the last one applied */
const struct td_device_id *td_device_identity(const struct td_device *d);
enum td_device_state td_device_state(const struct td_device *d);
struct td_db *td_device_db(const struct td_device *d);
/* Stores what the server has given anew. The frozen batch of an old identity becomes pending again. */
TD_MUST_CHECK int td_device_identify(struct td_device *d, const struct td_device_id *id, struct td_err *err);
/* Must the tables be compared with the server's before the cursor is gone on from? "migration": they were migrated
 * here; "capture": changes were not noted for a while; "identity": it got another number; NULL: no. */
const char *td_device_compare(const struct td_device *d);
/* They have been. */
TD_MUST_CHECK int td_device_compared(struct td_device *d, struct td_err *err);
/* Another config of the server's, before the file is opened as a device. */
TD_MUST_CHECK int td_device_configure(struct td_db *db, const char *config, struct td_err *err);

struct td_device_counts {
    int64_t pending, frozen, conflicts, rejects; /* conflicts: open ones */
};
TD_MUST_CHECK int td_device_count(struct td_device *d, struct td_device_counts *out, struct td_err *err);

/* ---- push ---- */

/* Freezes pending rows into a batch, unless one is frozen; rows that hold no change are dropped, rows that PostgreSQL
 * could not take are set aside. *rows_out: how many the batch has; *rejects_out: how many were set aside. */
TD_MUST_CHECK int td_device_freeze(struct td_device *d, size_t *rows_out, int64_t *rejects_out, struct td_err *err);
/* The frozen batch. Inside td_arena_run of `a` or outside; lives in it. */
TD_MUST_CHECK int td_device_batch(struct td_device *d, struct td_arena *a, struct td_batch *out, struct td_err *err);
/* What the server said of it: refused rows are set aside and what the server has stands again; conflicts are recorded;
 * the batch is gone. `nonce`: the server's next one. */
TD_MUST_CHECK int td_device_answer(struct td_device *d, const struct td_batch *b, const struct td_answer *answer,
                                   const char *nonce, struct td_err *err);
/* The frozen rows become pending again, as if they had never been frozen. */
TD_MUST_CHECK int td_device_thaw(struct td_device *d, struct td_err *err);

/* ---- pull ---- */

/* Empty stages, filled in one transaction that writes to nothing else and ends with apply, or with cancel. */
TD_MUST_CHECK int td_device_stage(struct td_device *d, struct td_err *err);
void td_device_stage_cancel(struct td_device *d); /* nothing where none is open */
/* A row of the server's, values in PostgreSQL's forms; not `here`: it is gone, and only the key counts. */
TD_MUST_CHECK int td_device_stage_row(struct td_device *d, size_t table, const struct td_value *at, bool here,
                                      struct td_err *err);
/* All rows of the table that the device should have are staged: what else it has is gone. */
TD_MUST_CHECK int td_device_stage_whole(struct td_device *d, size_t table, struct td_err *err);
/* By one of the table's ways, once the other table is staged: rows that it no longer leads to are staged as gone;
 * values that it leads to now and did not before, whose rows must be loaded, are given to `fn`, in the order of its
 * columns. */
TD_MUST_CHECK int td_device_entered(struct td_device *d, size_t table, const struct td_sync_ref *way,
                                    int (*fn)(void *data, const struct td_value *at, struct td_err *err), void *data,
                                    struct td_err *err);
struct td_applied {
    int64_t rows; /* of the server's that were written or deleted */
    int64_t conflicts, rejects;
    int64_t lost; /* that were not pending, and not as the server has them */
};
/* Brings the file to the staged snapshot, in one transaction; `cursor` is stored with it. `lost`: NULL, or the reason
 * for which rows that are not pending and not as the stage has them are set aside before it replaces them: they were
 * the server's once, or came past capture. */
TD_MUST_CHECK int td_device_apply(struct td_device *d, const char *cursor, const char *lost, struct td_applied *out,
                                  struct td_err *err);

/* ---- first load ---- */

/* Where it goes on: *table_out and the key behind which (NULL: from its start). */
TD_MUST_CHECK int td_device_load_place(struct td_device *d, struct td_arena *a, size_t *table_out,
                                       const char ***key_out, struct td_err *err);
/* Before the first chunk: rows that the migrations themselves have put into the tables go, they are any tenant's. */
TD_MUST_CHECK int td_device_empty(struct td_device *d, struct td_err *err);
TD_MUST_CHECK int td_device_load_begin(struct td_device *d, struct td_err *err);
TD_MUST_CHECK int td_device_load_row(struct td_device *d, size_t table, const struct td_value *at, struct td_err *err);
/* Commits the chunk with the place after it; `cursor` of the very first chunk is kept. `done`: the table is. */
TD_MUST_CHECK int td_device_load_end(struct td_device *d, size_t table, bool done, const char *cursor,
                                     struct td_err *err);
void td_device_load_cancel(struct td_device *d);
/* After the last one: capture is switched on. */
TD_MUST_CHECK int td_device_activate(struct td_device *d, struct td_err *err);

/* ---- verify ---- */

enum { TD_BUCKETS = 256 };
struct td_digest { /* rows by the first byte of md5(key): how many, and the sum of the first 64 bits of md5(row) */
    int64_t count[TD_BUCKETS];
    uint64_t sum[TD_BUCKETS];
};
/* As the server has it: pending rows count as they were. */
TD_MUST_CHECK int td_device_digest(struct td_device *d, size_t table, struct td_digest *out, struct td_err *err);

#endif
