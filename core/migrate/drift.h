/* Drift: what a live database has against what the migrations make. */
#ifndef TD_MIGRATE_DRIFT_H
#define TD_MIGRATE_DRIFT_H

#include "core/catalog/compare.h"
#include "core/db/db.h"

struct td_lowering;

/* Compares the PostgreSQL database with the replayed catalog `want`: the schemas that `want` knows, and what of it is
 * to be on PostgreSQL. Expressions whose trees differ are compared by the server: it is given ours inside a transaction
 * that is rolled back (temporary tables and views), and asked how it prints them. Where the role may not do that, looks
 * decide. Differences say what the database has and what was expected. `search_path` as for td_introspect_postgres.
 * Outside of td_arena_run; results live in `a`. */
TD_MUST_CHECK int td_drift_postgres(struct td_arena *a, struct td_db *db, const struct td_catalog *want,
                                    const char *search_path, struct td_differences *out, struct td_err *err);

/* Compares the SQLite file's own facts (core/migrate/facts.h) with those of a database in memory that the lowering
 * fills from its catalog in one go. Tables that a replacement text made are the user's and left out. Outside of
 * td_arena_run; results live in the lowering's arena `a`. */
TD_MUST_CHECK int td_drift_sqlite(struct td_arena *a, struct td_db *db, struct td_lowering *l,
                                  struct td_differences *out, struct td_err *err);

#endif
