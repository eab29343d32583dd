/* The server: PostgreSQL's rules over a few rows in memory. */
#ifndef TD_TEST_SIM_SERVER_H
#define TD_TEST_SIM_SERVER_H

#include "sync/push.h"
#include "tests/sync/sim/world.h"

/* All inside td_arena_run of the world's arena. */
void sim_server_open(struct sim_world *w); /* with some rows */

/* ---- state ---- */

void sim_state_copy(struct sim_world *w, struct sim_state *to, const struct sim_state *from);
const struct sim_row *sim_find(const struct sim_rows *rows, const char *key);
bool sim_belongs(const struct sim_rows *rows, size_t table, const struct td_value *at, int tenant);
bool sim_had(const struct sim_state *s, int token);
/* As pg_current_snapshot() prints it. */
const char *sim_snapshot_text(struct sim_world *w);
void sim_flush(struct sim_world *w);
void sim_crash(struct sim_world *w);
void sim_save(struct sim_world *w); /* for a restore */
void sim_restore(struct sim_world *w);
void sim_renew(struct sim_world *w); /* tandem.renew() */
/* Drops what all live devices have, and with `forget` what not all have. */
void sim_prune(struct sim_world *w, bool forget);

/* ---- transactions ---- */

void sim_begin(struct sim_world *w, struct sim_tx *tx);
struct sim_mark { /* a savepoint */
    size_t changes, log;
};
/* A statement: its own changes alone are undone when it fails. */
struct sim_mark sim_statement(struct sim_world *w, struct sim_tx *tx);
void sim_undo(struct sim_tx *tx, struct sim_mark mark);
TD_MUST_CHECK int sim_insert(struct sim_world *w, struct sim_tx *tx, size_t table, const struct td_value *at,
                             struct td_err *err);
TD_MUST_CHECK int sim_update(struct sim_world *w, struct sim_tx *tx, size_t table, const char *key,
                             const struct td_value *at, struct td_err *err);
TD_MUST_CHECK int sim_delete(struct sim_world *w, struct sim_tx *tx, size_t table, const char *key, struct td_err *err);
TD_MUST_CHECK int sim_end_statement(struct sim_world *w, struct sim_tx *tx, struct sim_mark mark, int rc,
                                    struct td_err *err);
void sim_truncate(struct sim_world *w, struct sim_tx *tx, size_t table);
/* `app`: counts what is added to sums. */
void sim_commit(struct sim_world *w, struct sim_tx *tx, bool flush, bool app);
void sim_abort(struct sim_world *w, struct sim_tx *tx);
void sim_end_one(struct sim_world *w, struct sim_tx *tx); /* a long one, either way */
/* Waits, as for a lock, until no other open transaction is in the way of a change of this row. */
void sim_wait(struct sim_world *w, const struct sim_tx *tx, size_t table, const char *key, const struct td_value *at);

/* ---- what devices ask (server_ops.c, server_push.c) ---- */

struct sim_conn {
    struct td_server server;
    struct sim_world *w;
    struct sim_device *dev;
    int boot;
    struct sim_state *snapshot;
    const char *since_push; /* SIM_OWN_SNAPSHOT */
    /* faults: */
    int calls_left; /* until the connection is lost; -1: it is not */
    bool after;     /* the call has its effect, its answer is lost */
    bool lost;
};
void sim_conn_init(struct sim_conn *c, struct sim_world *w, struct sim_device *dev);
/* The transaction of a push. Inside td_arena_run of `a`. */
TD_MUST_CHECK int sim_push(struct sim_conn *c, struct td_arena *a, const struct td_device *d, const struct td_batch *b,
                           struct td_answer *out, const char **nonce, struct td_err *err);
void sim_uuid(struct sim_world *w, char out[TD_UUID_TEXT]);
struct sim_known *sim_known(struct sim_world *w, const struct td_device *d);

#endif
