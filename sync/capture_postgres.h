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

/* The log and the map as SQL, for who makes them. Of the map: `shape` is a digest of the columns and files that the
 * table had when its capture was last looked at, `rows` says what row-level security was before sync. */
#define TD_CAPTURE_LOG                                                                                                 \
    "CREATE TABLE IF NOT EXISTS tandem.log (seq bigint GENERATED ALWAYS AS IDENTITY, xid xid8 NOT NULL DEFAULT"        \
    " pg_current_xact_id(), scope text, tbl integer NOT NULL, pk text, leave boolean NOT NULL DEFAULT false,"          \
    " dev integer);"                                                                                                   \
    "CREATE INDEX IF NOT EXISTS log_scope_xid ON tandem.log (scope, xid);"                                             \
    "CREATE INDEX IF NOT EXISTS log_xid ON tandem.log (xid)"
#define TD_CAPTURE_MAP                                                                                                 \
    "CREATE TABLE IF NOT EXISTS tandem.tblmap (tbl integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"                  \
    " relid regclass NOT NULL UNIQUE, scope text NOT NULL, shape text, rows text)"

/* For who makes many at once, knowing each table's number in tandem.tblmap: the body of the trigger's function, the
 * statement that makes it, and those that make the triggers. `row`: the table is partitioned. Inside td_arena_run. */
const char *td_capture_postgres_body(struct td_arena *a, const struct td_scope *s, int64_t number, bool row);
void td_capture_postgres_add_function(struct td_arena *a, const struct td_scope *s, int64_t number, bool row,
                                      struct td_buf *sql);
void td_capture_postgres_add_triggers(const struct td_table *t, int64_t number, bool row, struct td_buf *sql);
/* Of one partition, by its name as SQL. */
void td_capture_postgres_add_partition(const char *name, int64_t number, struct td_buf *sql);
/* Do the texts of such keys hang on the settings of who reads them? Then this belongs into the function's head. */
bool td_capture_hangs_on_settings(const struct td_columns *v);
#define TD_CAPTURE_SETTINGS                                                                                            \
    " SET datestyle = 'ISO, MDY' SET timezone = 'UTC' SET intervalstyle = 'postgres' SET extra_float_digits = 1"       \
    " SET bytea_output = 'hex'"

/* The parts of an entry as SQL over a row `alias` (with its dot): its scope, NULL for a row that is nobody's; and its
 * key, as text: of one column the value's, of several a JSON array. Appended. */
void td_capture_add_scope(const struct td_scope *s, const char *alias, struct td_buf *sql);
void td_capture_add_key(const struct td_columns *key, const char *alias, struct td_buf *sql);

#endif
