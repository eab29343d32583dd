/* Capture on PostgreSQL: an append-only log of which rows to look at, written by triggers in the transaction that
 * writes the rows.
 *
 *     tandem.log(seq, xid, scope, tbl, pk, leave, dev)     scope NULL: the whole table (TRUNCATE)
 *
 * A log, not a table of keys: rows of a log never conflict, so that no program's transaction fails or waits for
 * another because of us. An entry is told by the row's own columns alone (scope.h). An update notes the old key and
 * scope as well as the new; what is only among the old ones has left its scope.
 *
 * The triggers fire once a statement, with its rows as a table; on partitioned tables once a row, as there the
 * statement's do not see what is written to a partition by its own name. They fire always, also where an application or
 * pg_restore has switched ordinary triggers off; they are named to come last, so that they see what others made of the
 * row; they never NOTIFY, which a prepared transaction could not. They run with their owner's rights: who writes to the
 * table needs none on the log. */
#ifndef TD_SYNC_CAPTURE_POSTGRES_H
#define TD_SYNC_CAPTURE_POSTGRES_H

#include "core/db/db.h"
#include "sync/scope.h"

/* Makes the schema tandem, the log and the map of tables, if they are not there yet. In the caller's transaction, as
 * all of these. TD_EDENIED: no right to. */
TD_MUST_CHECK int td_capture_postgres_open(struct td_db *db, struct td_err *err);
/* Makes the triggers of one table that travels, or makes them anew. Who runs it must own the table. Inside td_arena_run
 * of `a` or outside. */
TD_MUST_CHECK int td_capture_postgres(struct td_arena *a, struct td_db *db, const struct td_scope *s,
                                      struct td_err *err);
/* Are they there, enabled always, and made for the scope as it is now? */
TD_MUST_CHECK int td_capture_postgres_is_whole(struct td_arena *a, struct td_db *db, const struct td_scope *s,
                                               bool *out, struct td_err *err);
/* Removes the triggers of all tables, the log and the map. What else is in the schema tandem stays. */
TD_MUST_CHECK int td_capture_postgres_remove(struct td_arena *a, struct td_db *db, struct td_err *err);

/* The parts of an entry as SQL over a row `alias` (with its dot): its scope, NULL for a row that is nobody's; and its
 * key, as text: of one column the value's, of several a JSON array. Appended. */
void td_capture_add_scope(const struct td_scope *s, const char *alias, struct td_buf *sql);
void td_capture_add_key(const struct td_columns *key, const char *alias, struct td_buf *sql);

#endif
