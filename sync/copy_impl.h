/* Shared by copy*.c alone. */
#ifndef TD_SYNC_COPY_IMPL_H
#define TD_SYNC_COPY_IMPL_H

#include "core/base/buf.h"
#include "sync/copy.h"
#include "sync/slice.h"

enum { TD_COPY_CHUNK = 20000 };

/* Settings that texts of values hang on, for the transaction. Names are qualified: the role's search_path stays. */
#define TD_COPY_SETTINGS                                                                                               \
    "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle = 'postgres';"              \
    " SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex';"                                               \
    " SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0;"

/* How a table is written. */
struct td_copy_way {
    size_t last;  /* of the tables that are copied with it in one transaction, as they refer to each other */
    bool whole;   /* in one statement: its rows refer to each other */
    bool staged;  /* rows were there already: compared before they are written */
    size_t *late; /* columns that are filled when all tables up to `last` are there */
    size_t n_late;
};

struct td_copying {
    struct td_arena *a;
    struct td_arena scratch; /* of one row */
    const struct td_copy_end *from, *to;
    const struct td_copy_opts *opts;
    struct td_copy_result *out;
    struct td_folder folder;
    struct td_slice slice;
    struct td_copy_way *ways; /* one a table */
    struct td_value tenant;   /* as the source compares it */
    bool quiet;               /* the target's triggers and foreign keys are off */
    bool fresh;               /* the target is empty but for what this copy brought */
    const char *source;       /* how tandem_copy calls it */
    bool placed;              /* there is such a row */
    bool making;              /* the target's migrations are being applied */
    size_t table;             /* where it goes on, */
    struct td_buf key;        /* and behind which key; heap; empty: from the table's start */
    int64_t total;
};

struct td_copy_read {
    size_t table;
    const char *after; /* a key as td_copy_read gives it; NULL: from the start */
    size_t limit;      /* 0: all */
    /* Values in the target's form, borrowed for the call. */
    int (*sink)(void *data, const struct td_value *at, struct td_err *err);
    void *data;
};
/* *n_out: how many rows; `last`: the key of the limit-th one. */
TD_MUST_CHECK int td_copy_read(struct td_copying *c, const struct td_copy_read *r, size_t *n_out, struct td_buf *last,
                               struct td_err *err);
/* A row's key as a message has it: (1, 'x'). */
const char *td_copy_key_text(struct td_arena *a, const struct td_sync_table *t, const struct td_value *at);
TD_MUST_CHECK int td_copy_other_row(const struct td_sync_table *t, const char *key, struct td_err *err);
bool td_copy_is_cancelled(const struct td_copying *c);

/* ---- how the target is written: copy_write.c, copy_sqlite.c, copy_postgres.c ---- */

/* May triggers and foreign keys be off? Decides on each table's way. TD_EREFUSED. Inside td_arena_run of c->a. */
TD_MUST_CHECK int td_copy_plan(struct td_copying *c, struct td_err *err);
/* A transaction of the target. */
TD_MUST_CHECK int td_copy_begin(struct td_copying *c, struct td_err *err);
TD_MUST_CHECK int td_copy_end(struct td_copying *c, int rc, struct td_err *err);

struct td_copy_written {
    int64_t rows, present;
};
/* One chunk, within a transaction. *n_out: rows read; `last`: the key behind which it goes on. */
TD_MUST_CHECK int td_copy_chunk_sqlite(struct td_copying *c, size_t table, const char *after, size_t *n_out,
                                       struct td_buf *last, struct td_copy_written *w, struct td_err *err);
TD_MUST_CHECK int td_copy_chunk_postgres(struct td_copying *c, size_t table, const char *after, size_t *n_out,
                                         struct td_buf *last, struct td_copy_written *w, struct td_err *err);
/* Fills the late columns. */
TD_MUST_CHECK int td_copy_late(struct td_copying *c, size_t table, struct td_err *err);

/* ---- around it: copy_target.c, copy_finish.c ---- */

/* Before anything is written. */
TD_MUST_CHECK int td_copy_target_check(struct td_copying *c, struct td_err *err);
/* The target's migrations, and the place of this copy. Outside of td_arena_run. */
TD_MUST_CHECK int td_copy_target(struct td_copying *c, struct td_err *err);
/* Holds the place for the transaction under way. TD_EBUSY: another copy has moved it. */
TD_MUST_CHECK int td_copy_hold(struct td_copying *c, struct td_err *err);
/* Goes on from `table` and `key` at the next call; with the rows, in one transaction. */
TD_MUST_CHECK int td_copy_move(struct td_copying *c, size_t table, const char *key, struct td_err *err);
TD_MUST_CHECK int td_copy_forget(struct td_copying *c, struct td_err *err);
/* Rows that refer to nothing: TD_EFOREIGN. */
TD_MUST_CHECK int td_copy_check(struct td_copying *c, struct td_err *err);
/* Counters of the target go past what was copied. */
TD_MUST_CHECK int td_copy_count_on(struct td_copying *c, struct td_err *err);

#endif
