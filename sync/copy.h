/* Copy: all rows of a database, or one tenant's slice, into another one, of any engine.
 *
 * The schema is what the migrations say that the source keeps: the target has the same ones applied, or is empty and
 * gets them. Rows are read from one snapshot of the source, table by table in an order in which those that are referred
 * to come first, in chunks in the key's order; what each chunk ends with is stored with it in the target (tandem.copy,
 * SQLite: tandem_copy), so that the same call goes on after a crash. A row that is in the target already must be the
 * same. Triggers of the target's tables do not run, and its foreign keys are checked at the end, where the role may
 * have that: on SQLite always, on PostgreSQL superusers. Capture of a synced server sees the rows. */
#ifndef TD_SYNC_COPY_H
#define TD_SYNC_COPY_H

#include <stdatomic.h>

#include "core/migrate/runner.h"

struct td_copy_end {
    struct td_db *db;
    const struct td_url *url;
    const char *who; /* "the source", "the file": in messages */
};

struct td_copy_progress {
    const char *table;
    int64_t table_rows, rows; /* of the table, of all so far; those that were there already included */
    size_t done, tables;
};

struct td_copy_opts {
    const char *tenant;             /* its slice; NULL: all rows */
    const char *tenant_table;       /* NULL: what config says */
    const struct td_config *config; /* NULL: none */
    const struct td_folder *folder; /* for texts that the source does not keep; NULL */
    struct td_deploy_opts deploy;   /* of an empty target */
    bool one;                       /* all of it in one transaction: nothing to go on from */
    bool fresh; /* the target must be empty, or what an earlier call has left; of a tenant's slice, references out of it
                   are warned of, and no error */
    bool resume;                  /* there must be such a call */
    const atomic_bool *cancelled; /* NULL: never */
    void (*on_progress)(const struct td_copy_progress *p, void *data);
    void *data;
};

struct td_copy_result { /* all of it in the arena */
    struct td_copied {
        const char *name;
        int64_t rows, present; /* by this call; present: that were there already */
    } * at;
    size_t len;
    int64_t rows, present;
    bool deployed, resumed;
    struct td_strings warnings;
};

/* Outside of td_arena_run; results live in `a`. TD_EHISTORY: the two have other migrations; TD_EUNIQUE with
 * TD_C_SYNC_COPY_ROW: the target has another row of that key; TD_EDENIED: the target is a clone; TD_EREFUSED: tables
 * that refer to each other in a circle, and this role may not switch that off; TD_ECANCELLED: the same call goes on. */
TD_MUST_CHECK int td_copy(struct td_arena *a, const struct td_copy_end *from, const struct td_copy_end *to,
                          const struct td_copy_opts *opts, struct td_copy_result *out, struct td_err *err);

#endif
