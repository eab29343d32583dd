/* The history of a database: which migrations it has, in our own table or in Prisma's. On PostgreSQL each schema has a
 * history of its own, as the URL's schema= says.
 *
 * Ours: tandem.migrations (SQLite: tandem_migrations), columns schema (PostgreSQL), name, checksum, started_at,
 * finished_at, rolled_back_at, statements_applied, error, id. Where _prisma_migrations is found, that table is read and
 * written in Prisma's own form instead. The text of each applied migration is kept in tandem.migration_text (SQLite:
 * tandem_migration_text). */
#ifndef TD_MIGRATE_HISTORY_H
#define TD_MIGRATE_HISTORY_H

#include "core/db/db.h"
#include "core/migrate/folder.h"

enum td_history_table { TD_HISTORY_NONE, TD_HISTORY_OWN, TD_HISTORY_PRISMA };

struct td_history_row {
    const char *id; /* UUID */
    const char *name, *checksum;
    const char *started_at, *finished_at, *rolled_back_at; /* ISO 8601, UTC; NULL: not */
    const char *error;                                     /* NULL: none */
    int64_t statements_applied;                            /* journal: how many of a file that ran one by one */
    bool journalled;              /* ours, run statement by statement and unfinished: the next deploy can go on */
    int64_t running;              /* journal: number of the statement that was under way, -1: none */
    const char *applied_checksum; /* journal: SHA-256 over the statements that ran, "" for none */
};

struct td_history {
    enum td_history_table table;
    struct td_history_row *at; /* by started_at */
    size_t len, cap;
    bool schema_empty; /* no table of the user's in the schema */
    bool has_journal;  /* tandem.journal is there */
    bool has_lease;    /* all other tables of ours are */
    bool has_sync;     /* the database is synced: tandem.sync, or tandem_meta, is there */
};

enum td_migration_state {
    TD_MS_PENDING,
    TD_MS_APPLIED,
    TD_MS_EDITED,  /* applied, but the file is another now */
    TD_MS_MISSING, /* applied, but no longer in the folder */
    TD_MS_LATE,    /* pending, but its name sorts before an applied one */
    TD_MS_FAILED,  /* started, neither finished nor rolled back */
    TD_MS_PARTIAL  /* failed in a file that runs statement by statement; the next deploy goes on from there */
};
const char *td_migration_state_name(enum td_migration_state s);

struct td_migration_status {
    const char *name;
    enum td_migration_state state;
    const struct td_migration *file;  /* NULL: missing */
    const struct td_history_row *row; /* NULL: pending */
};

struct td_status {
    struct td_migration_status *at; /* folder and history merged, in the order of names */
    size_t len, cap;
    size_t pending, applied, edited, missing, late, failed, partial; /* each migration counts once */
};

/* Reads, never writes, never locks; works on a read-only database. `schema` is the URL's schema= ("public" or NULL by
 * default). TD_EHISTORY: both tables have migrations of it. Inside td_arena_run of `a` or outside. */
TD_MUST_CHECK int td_history_read(struct td_arena *a, struct td_db *db, const char *schema, struct td_history *out,
                                  struct td_err *err);
/* Pure: compares. Inside td_arena_run of `a`. */
void td_history_compare(struct td_arena *a, const struct td_folder *f, const struct td_history *h,
                        struct td_status *out);
/* The same for a folder that was looked at only: unless all is applied as its checksums are, its texts are read first.
 */
TD_MUST_CHECK int td_history_judge(struct td_arena *a, const struct td_folder *f, const struct td_history *h,
                                   struct td_status *out, struct td_err *err);

#endif
