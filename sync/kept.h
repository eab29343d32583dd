/* The migrations that a database has applied, as it keeps them: what its schema is, without a folder. */
#ifndef TD_SYNC_KEPT_H
#define TD_SYNC_KEPT_H

#include "core/db/db.h"
#include "core/migrate/folder.h"

struct td_kept_opts {
    const char *who;                /* "the server": in messages, and as the folder's path */
    const char *schema;             /* of the URL; NULL: public */
    const struct td_folder *folder; /* for texts that are not kept; NULL: there is none */
    bool own;                       /* the folder's alone, which must be what was applied */
};

/* In the order of their names. TD_EHISTORY: a text is neither kept nor in the folder, or is another there. Inside
 * td_arena_run of `a`, where the results live. */
TD_MUST_CHECK int td_kept_migrations(struct td_arena *a, struct td_db *db, const struct td_kept_opts *opts,
                                     struct td_folder *out, struct td_err *err);

#endif
