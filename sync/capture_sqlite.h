/* Capture on SQLite: triggers that note which rows a program changes, and how they were before.
 *
 * Any program may write to the file, so the triggers are plain SQL that stock SQLite runs. What they keep is state, not
 * operations: for each changed row its key and, in a shadow table with the same columns and no rules, the row as it was
 * at the first change since it was last sent (tandem_base_t; a row that was not there then is its key alone). What is
 * to be sent is found by comparing that with the row as it is. A note too many does no harm; one may never be missing.
 *
 *     BEFORE INSERT, UPDATE   rows that a unique key of the new row would push out: REPLACE deletes them, and no DELETE
 *                             trigger says so (recursive_triggers is off where nobody turned it on)
 *     AFTER INSERT            the new row's key: it was not there
 *     AFTER UPDATE            the old row; the new key, where it is another
 *     AFTER DELETE            the old row
 *
 * All of them are silent while tandem_meta says that sync itself is at work: SQLite has one writer, so that this is
 * exact, and it is written in the same transaction, so that a crash leaves it off.
 *
 * Never OR IGNORE or OR REPLACE in them: an outer statement's own word overrides it. */
#ifndef TD_SYNC_CAPTURE_SQLITE_H
#define TD_SYNC_CAPTURE_SQLITE_H

#include "core/base/vec.h"
#include "core/db/db.h"

struct td_captured {
    const char *table;     /* as SQLite has it */
    struct td_strings key; /* columns that a row is known by; never NULL in a row */
};

/* Makes the triggers and shadow tables of one table, or makes them anew where the table has changed since: what was
 * noted stays, columns that are gone are forgotten with their values. In the caller's transaction; inside td_arena_run
 * of `a` or outside. TD_ESCHEMA: there is no such table or column. */
TD_MUST_CHECK int td_capture_sqlite(struct td_arena *a, struct td_db *db, const struct td_captured *t,
                                    struct td_err *err);
/* Takes the triggers away alone: what was noted stays, for td_capture_sqlite to go on with. */
TD_MUST_CHECK int td_capture_sqlite_pause(struct td_arena *a, struct td_db *db, const char *table, struct td_err *err);
/* Removes every trace of it, notes included. */
TD_MUST_CHECK int td_capture_sqlite_remove(struct td_arena *a, struct td_db *db, const char *table, struct td_err *err);
/* Makes what all tables share, if it is not there yet. */
TD_MUST_CHECK int td_capture_sqlite_open(struct td_db *db, struct td_err *err);
/* Silences the triggers, or lets them speak; in the transaction that writes for sync. */
TD_MUST_CHECK int td_capture_sqlite_apply(struct td_db *db, bool on, struct td_err *err);
/* Are the triggers there, and made for the table as it is now? */
TD_MUST_CHECK int td_capture_sqlite_is_whole(struct td_arena *a, struct td_db *db, const struct td_captured *t,
                                             bool *out, struct td_err *err);

/* Name of the shadow table, unquoted; and of its column that says whether the row was there. */
const char *td_capture_base(struct td_arena *a, const char *table);
#define TD_CAPTURE_EXISTED "tandem_existed"

#endif
