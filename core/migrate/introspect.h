/* Introspection: what a live database has, read back.
 *
 * PostgreSQL's own catalogs become a struct td_catalog, expressions parsed from what the server prints, so that it can
 * be compared with a replayed one (core/catalog/compare.h). Any role may do it that may connect. Left out: the schema
 * `tandem`, Prisma's history table, what extensions brought along, temporary objects, and what the catalog does not
 * model (privileges, storage, statistics, aggregates, operators).
 *
 * An SQLite file says less, and in its own words: it is read as facts, one line of text each, and compared with the
 * facts of a file that the lowering would make today (core/migrate/facts.h). */
#ifndef TD_MIGRATE_INTROSPECT_H
#define TD_MIGRATE_INTROSPECT_H

#include "core/catalog/catalog.h"
#include "core/db/db.h"

/* Fills `*out`, which lives in `a`. `schemas` NULL: all of the user's; else those alone. `search_path` (NULL: "public")
 * is the schema whose objects need no qualification, as it was when the migrations ran. A fixed number of queries, all
 * in one snapshot; nothing is written. Outside of td_arena_run. TD_EOFFLINE, TD_EDENIED, TD_ESYNTAX (the server is
 * newer than our parser and prints an expression that it cannot read: the message names the object). */
TD_MUST_CHECK int td_introspect_postgres(struct td_arena *a, struct td_db *db, const struct td_strings *schemas,
                                         const char *search_path, struct td_catalog *out, struct td_err *err);
/* Settles how the server prints constants, and which names it qualifies, until the open transaction ends. */
TD_MUST_CHECK int td_introspect_settle(struct td_arena *a, struct td_db *db, const char *search_path,
                                       struct td_err *err);

#endif
