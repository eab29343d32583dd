/* Drift: what a live database has against what the migrations make. */
#ifndef TD_MIGRATE_DRIFT_H
#define TD_MIGRATE_DRIFT_H

#include "core/catalog/compare.h"
#include "core/db/db.h"
#include "core/migrate/history.h"
#include "core/migrate/lower.h"

struct td_drift_opts {
    const struct td_folder *folder;
    const struct td_history *history;
    const struct td_status *status; /* says what is applied; what failed or stopped in the middle is not expected */
    struct td_skip skip;            /* SQLite: as it was deployed */
    const char *schema;             /* PostgreSQL: the URL's, NULL: public */
};

struct td_drift {
    struct td_differences differences;
    struct td_strings not_followed; /* "path:line:column: why": statements whose effect is not known */
};

/* Compares the database with what its applied migrations make: their files, and where a file is another now or gone,
 * the text that was kept. TD_EHISTORY: it was not. Outside of td_arena_run; results live in `a`. Nothing is written. */
TD_MUST_CHECK int td_drift_applied(struct td_arena *a, struct td_db *db, const struct td_drift_opts *opts,
                                   struct td_drift *out, struct td_err *err);

/* Compares the PostgreSQL database with the replayed catalog `want`: the schemas that `want` knows, and what of it is
 * to be on PostgreSQL. Expressions whose trees differ are compared by the server: it is given ours inside a transaction
 * that is rolled back (temporary tables and views), and asked how it prints them. Where the role may not do that, looks
 * decide. Differences say what the database has and what was expected. `search_path` as for td_introspect_postgres.
 * `view_types`: the types of views' columns, too, which the replay only infers.
 * Outside of td_arena_run; results live in `a`. */
TD_MUST_CHECK int td_drift_postgres(struct td_arena *a, struct td_db *db, const struct td_catalog *want,
                                    const char *search_path, bool view_types, struct td_differences *out,
                                    struct td_err *err);

/* Compares the SQLite file's own facts (core/migrate/facts.h) with those of a database in memory that the lowering
 * fills from its catalog in one go. Tables that a replacement text made are the user's and left out. Outside of
 * td_arena_run; results live in the lowering's arena `a`. */
TD_MUST_CHECK int td_drift_sqlite(struct td_arena *a, struct td_db *db, struct td_lowering *l,
                                  struct td_differences *out, struct td_err *err);

/* The same for migrations in SQLite's own language, which a database in memory runs as they are. */
TD_MUST_CHECK int td_drift_verbatim(struct td_arena *a, struct td_db *db, const struct td_migration *applied, size_t n,
                                    struct td_differences *out, struct td_err *err);

#endif
