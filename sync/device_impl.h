/* Shared by device*.c alone. */
#ifndef TD_SYNC_DEVICE_IMPL_H
#define TD_SYNC_DEVICE_IMPL_H

#include "core/base/buf.h"
#include "core/migrate/rows.h"
#include "sync/device.h"

/* Names of a table and of what belongs to it, quoted. */
struct td_lite {
    const struct td_sync_table *t;
    const char *table, *base, *out, *sent, *stage, *mine;
};

struct td_device {
    struct td_arena arena; /* all that is read once */
    struct td_db *db;
    struct td_sync_tables all;
    struct td_lite *lite; /* one a table */
    struct td_config *config;
    const char *tenant, *remote, *migration;
    const char *compare; /* why, see td_device_compare */
    char *cursor;        /* owned; NULL: none */
    struct td_device_id id;
    enum td_device_state state;
    int64_t batch;                  /* number of the last one that was frozen */
    struct td_db_stmt **stage_rows; /* one a table; NULL: not prepared */
    struct td_arena scratch;        /* of one row's values on their way in */
    bool staging;                   /* between stage and apply */
    bool loading;                   /* between load_begin and load_end */
    bool hurried;                   /* commits do not wait for the disk */
    struct td_db_stmt *load_rows;   /* of load_table */
    size_t load_table;
    struct td_buf load_key; /* of the last row loaded */
};

/* One call: what it needs for itself is gone after it. */
struct td_work {
    struct td_arena a;
    struct td_device *d;
};

/* ---- SQL: device_sql.c ---- */

/* "a", "b" with a prefix as in NEW."a" */
void td_lite_columns(struct td_buf *b, const struct td_sync_table *t, const char *prefix);
void td_lite_key(struct td_buf *b, const struct td_sync_table *t, const char *prefix);
/* l."a" = r."a" AND l."b" = r."b" */
void td_lite_match(struct td_buf *b, const struct td_sync_table *t, const char *left, const char *right);
/* (l."a", l."b") IN (SELECT "a", "b" FROM name) */
void td_lite_in(struct td_buf *b, const struct td_sync_table *t, const char *prefix, const char *name);
/* Columns of the table's own, of another's, by their numbers. */
void td_lite_some(struct td_buf *b, const struct td_sync_table *t, const size_t *columns, size_t n, const char *prefix);
/* $1, $2, ... */
void td_lite_marks(struct td_buf *b, size_t n);

/* Frozen rows of which `where` is true are pending again, against what the server had: also those that were written
 * since, and have the frozen row for their base. */
void td_lite_add_unfreeze(struct td_buf *b, struct td_arena *a, const struct td_lite *l, const char *where);

TD_MUST_CHECK int td_lite_exec(struct td_device *d, struct td_buf *sql, struct td_err *err); /* and empties it */
/* A statement that is closed with the arena. Inside td_arena_run of it. */
TD_MUST_CHECK int td_lite_prepare(struct td_arena *a, struct td_device *d, const char *sql, struct td_db_stmt **out,
                                  struct td_err *err);
/* Runs it once with these values. */
TD_MUST_CHECK int td_lite_run(struct td_db_stmt *st, const struct td_value *at, size_t n, struct td_err *err);

/* ---- meta: device_meta.c ---- */

TD_MUST_CHECK int td_meta_set(struct td_db *db, const char *k, struct td_value v, struct td_err *err);
TD_MUST_CHECK int td_meta_read(struct td_arena *a, struct td_db *db, const char *k, const char **out,
                               struct td_err *err);

/* ---- writing ---- */

/* A transaction in which neither triggers nor foreign keys act; ended by td_quiet_end, which commits when `rc` is TD_OK
 * and returns the outcome. */
TD_MUST_CHECK int td_quiet_begin(struct td_device *d, struct td_err *err);
TD_MUST_CHECK int td_quiet_end(struct td_device *d, int rc, struct td_err *err);

/* ---- values ---- */

/* Reads columns [from, from + n_columns) of a statement's row, in PostgreSQL's forms, into a new array of `a`. */
TD_MUST_CHECK int td_lite_values(struct td_arena *a, struct td_db_stmt *st, int from, const struct td_sync_table *t,
                                 struct td_value **out, struct td_err *err);
/* The same of a row that may hold what PostgreSQL has no value for: that comes as the text that it is. */
TD_MUST_CHECK int td_lite_image(struct td_arena *a, struct td_db_stmt *st, int from, const struct td_sync_table *t,
                                struct td_value **out, struct td_err *err);
/* The other way. */
TD_MUST_CHECK int td_lite_stored(struct td_arena *a, const struct td_sync_table *t, const struct td_value *at,
                                 struct td_value **out, struct td_err *err);

/* ---- records: device_record.c ---- */

struct td_rejected {
    const struct td_sync_table *t;
    const char *reason, *sqlstate, *message;
    struct td_merge_side base, mine; /* PostgreSQL's forms */
    int64_t batch;                   /* 0: of none */
};
TD_MUST_CHECK int td_record_reject(struct td_arena *a, struct td_device *d, const struct td_rejected *r,
                                   struct td_err *err);
struct td_recorded {
    const struct td_sync_table *t;
    const char *pk, *column, *policy, *taken, *base, *mine, *theirs, *chosen;
    int64_t batch;
};
TD_MUST_CHECK int td_record_conflict(struct td_device *d, const struct td_recorded *r, struct td_err *err);
/* Those of a merge. */
TD_MUST_CHECK int td_record_merge(struct td_arena *a, struct td_device *d, const struct td_sync_table *t,
                                  const struct td_value *key, const struct td_merged *m, struct td_err *err);

/* ---- rebase: device_rebase.c ---- */

/* An empty temp.tandem_mine_t: pending rows laid aside, and of those that will not come back the reason. */
void td_lite_add_mine(struct td_buf *b, const struct td_lite *l);
/* Lays the table's pending rows aside, puts what the server has into their place, and puts them back one by one: those
 * that do not fit beside the server's rows any more are set aside for good. With `staged`, the server's rows are those
 * of the stage where it has them. In a quiet transaction. *rejects is added to. */
TD_MUST_CHECK int td_device_rebase(struct td_arena *a, struct td_device *d, size_t table, bool staged, int64_t *rejects,
                                   struct td_err *err);
/* Sets pending rows of a table aside, all at once: what the server has stands again. */
struct td_aside {
    const struct td_value *key; /* in stored form */
    const char *reason, *message;
};
TD_MUST_CHECK int td_device_set_aside(struct td_arena *a, struct td_device *d, size_t table,
                                      const struct td_aside *rows, size_t n, struct td_err *err);

/* ---- what an apply replaces: device_keep.c ---- */

TD_MUST_CHECK int td_device_keep_lost(struct td_device *d, size_t table, const char *reason, int64_t *n_out,
                                      struct td_err *err);

/* ---- references: device_refer.c ---- */

/* After an apply: pending rows that refer to nothing any more are set aside, pending deletes of rows that the server's
 * rows refer to are taken back. */
TD_MUST_CHECK int td_device_check_refs(struct td_arena *a, struct td_device *d, int64_t *rejects, struct td_err *err);

#endif
