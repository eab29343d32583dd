/* Places of statements that SQLite goes without: "migrations/x/migration.sql:12" of --skip and tandem.json. */
#ifndef TD_MIGRATE_SKIP_H
#define TD_MIGRATE_SKIP_H

#include "core/migrate/folder.h"

/* A word that td_skip_check took: a place is written anew as its migration's path is in `f`, whatever way it was spelt
 * (./, absolute); a kind stays. `*found` false: there is no such migration. TD_EUSAGE where no statement is at that
 * line, with the nearest one. Inside td_arena_run. */
TD_MUST_CHECK int td_skip_settle(struct td_arena *a, const struct td_folder *f, const char **word, bool *found,
                                 struct td_err *err);

#endif
