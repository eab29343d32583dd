/* Running one migration, on either engine, with its history row. */
#ifndef TD_MIGRATE_APPLY_H
#define TD_MIGRATE_APPLY_H

#include "core/migrate/follow.h"
#include "core/migrate/lease.h"
#include "core/migrate/store.h"
#include "core/migrate/units.h"

/* What is to be done with one migration: made before anything runs, in the deploy's arena. */
struct td_step {
    const struct td_migration *m;
    const struct td_sql_file *file;   /* NULL: a folder of SQLite's own language */
    struct td_units units;            /* PostgreSQL */
    const struct td_lowered *lowered; /* SQLite */
    const struct td_history_row *row; /* PostgreSQL: stopped in the middle, to be resumed; else NULL */
    struct td_source source;          /* the file, for places */
};

struct td_steps {
    struct td_step *at;
    size_t len, cap;
};

struct td_run {
    struct td_arena *arena; /* may only grow inside td_arena_run */
    struct td_db *db;
    const struct td_deploy_opts *opts;
    struct td_lease *lease;
    struct td_store store;
    const char *restore;        /* PostgreSQL: SQL that puts the session back to what it was before the first file */
    const struct td_map *known; /* SQLite: names of triggers and indexes that migrations make or have made */
    const struct td_deploy_hooks *hooks; /* NULL: nobody watches */
    struct td_follow follow;             /* for them */
    size_t done, total;
};

/* One transaction, or with a journal where that is not possible. On failure nothing of the transaction, or of the
 * statement, is left, and `err` has its place in the file. */
TD_MUST_CHECK int td_apply_postgres(struct td_run *r, const struct td_step *s, struct td_err *err);
TD_MUST_CHECK int td_apply_journalled(struct td_run *r, const struct td_step *s, struct td_err *err);
TD_MUST_CHECK int td_apply_sqlite(struct td_run *r, const struct td_step *s, struct td_err *err);

/* What the session's settings are now, as SQL that brings them back after RESET ALL. `direct`: the session is ours
 * alone, and is first kept from finding our schema by the name of its role. Call in td_arena_run. */
TD_MUST_CHECK int td_apply_read_session(struct td_arena *a, struct td_db *db, bool direct, const char **out,
                                        struct td_err *err);

/* What the hooks are told. */
void td_apply_moment(struct td_arena *a, struct td_db *db, const struct td_step *s, struct td_deploy_moment *out);
/* Calls a hook, if anybody watches. */
TD_MUST_CHECK int td_apply_before(struct td_run *r, const struct td_step *s, struct td_err *err);
TD_MUST_CHECK int td_apply_after(struct td_run *r, const struct td_step *s, struct td_err *err);

/* Shared by the above. */
void td_apply_event(const struct td_run *r, enum td_deploy_event_kind kind, const struct td_step *s, size_t statement,
                    const char *text);
/* BEGIN and the settings of a transaction of ours. `set_lock_timeout` false: the file sets its own. */
void td_apply_add_begin(const struct td_run *r, const struct td_step *s, bool set_lock_timeout, struct td_buf *sql);
void td_apply_add_lock_timeout(const struct td_run *r, struct td_buf *sql);
TD_MUST_CHECK int td_apply_exec(struct td_run *r, struct td_buf *sql, struct td_err *err); /* and empties it */
/* Runs fn until it succeeds or fails for another reason than a lock or deadlock; rolls back after each failure. */
TD_MUST_CHECK int td_apply_retry(struct td_run *r, const struct td_step *s,
                                 int (*fn)(struct td_run *, const struct td_step *, void *, struct td_err *),
                                 void *data, struct td_err *err);
/* The story of a failure: place (err->column counts characters of the text that begins at `from`; 0: the statement at
 * `from` itself), which migration, what next. */
int td_apply_failed(const struct td_run *r, const struct td_step *s, size_t from, size_t len, struct td_err *err);

/* What helps against a failure that the file is not to blame for; NULL: the file is. Borrowed for ever. */
const char *td_apply_cure(const struct td_err *err);

/* Before a statement that runs alone is tried again. *done_out: it was finished, only not noted down. */
TD_MUST_CHECK int td_leftover_clear(struct td_run *r, const struct td_step *s, size_t stmt, bool killed, bool *done_out,
                                    struct td_err *err);

#endif
