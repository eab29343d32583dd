/* A row whose foreign key points nowhere, as SQLite's foreign_key_check finds it. */
#ifndef TD_MIGRATE_BROKEN_KEY_H
#define TD_MIGRATE_BROKEN_KEY_H

#include "core/base/arena.h"
#include "core/db/db.h"

struct td_broken_key {
    const char *table, *row, *parent; /* row: its rowid, NULL in a table without */
    const char *id;                   /* among the table's keys */
    const char *name;                 /* the constraint's; NULL: not looked for yet, or not ours */
};

/* The first there is; `*found_out` false: none. */
TD_MUST_CHECK int td_broken_key_first(struct td_arena *a, struct td_db *db, struct td_broken_key *out, bool *found_out,
                                      struct td_err *err);
/* Does that very row point nowhere now? */
TD_MUST_CHECK int td_broken_key_is_there(struct td_arena *a, struct td_db *db, const struct td_broken_key *k,
                                         bool *there_out, struct td_err *err);
/* Sets the error: table, constraint, key, row; finds the constraint's name. */
int td_broken_key_error(struct td_arena *a, struct td_db *db, struct td_broken_key *k, struct td_err *err);

#endif
