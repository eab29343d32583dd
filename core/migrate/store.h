/* The writing side of the history: rows, texts and the journal, in the forms of layout.h.
 *
 * Everything that must go with a migration's own changes is either run inside the open transaction (start) or given as
 * SQL text to be run in one go with its COMMIT (add_...). Such text is made of names that are qualified and of values
 * without backslashes, so that no setting a migration may have left changes its meaning. */
#ifndef TD_MIGRATE_STORE_H
#define TD_MIGRATE_STORE_H

#include "core/base/buf.h"
#include "core/base/uuid.h"
#include "core/migrate/layout.h"

struct td_deploy_opts;

struct td_store {
    struct td_db *db;
    struct td_layout layout;
    const char *owner; /* of the lease: rows are written only while it is ours */
    struct td_db_stmt *start, *text;
};

/* Makes our tables where they are not there yet (and the schema that the URL names), also while others do the same.
 * `h` says what is there. Waits for a program that writes to the SQLite file as long as for the lease. */
TD_MUST_CHECK int td_store_create(struct td_db *db, const struct td_history *h, const struct td_deploy_opts *opts,
                                  struct td_err *err);

/* Borrows all of it. Inside td_arena_run of `a` for the layout; statements are prepared when first used. */
void td_store_init(struct td_store *s, struct td_db *db, const struct td_layout *layout, const char *owner);
void td_store_deinit(struct td_store *s);

/* Inserts the unfinished row and keeps the text. On PostgreSQL the lease row stays locked against take-over until the
 * transaction ends; without an open one it is one by itself. TD_EBUSY: the lease is no longer ours. */
TD_MUST_CHECK int td_store_start(struct td_store *s, const struct td_migration *m, const char *id, struct td_err *err);
/* The same as SQL, the last of a text that begins the transaction: a round trip less; then td_store_check_start. False:
 * the migration's text could be misread as a literal, start is to be called instead. PostgreSQL. */
bool td_store_add_start(const struct td_store *s, const struct td_migration *m, const char *id, struct td_buf *sql);
TD_MUST_CHECK int td_store_check_start(const struct td_store *s, struct td_err *err);
/* Locks the lease row as start does. */
TD_MUST_CHECK int td_store_fence(struct td_store *s, struct td_err *err);
/* SQL that marks the row as done. */
void td_store_add_finish(const struct td_store *s, const char *id, size_t statements, struct td_buf *sql);
/* Keeps the text of a migration that was applied without us. */
TD_MUST_CHECK int td_store_text(struct td_store *s, const struct td_migration *m, struct td_err *err);

/* The journal (PostgreSQL). `sum`: SHA-256 over the statements that ran. `running` -1: none. */
void td_store_add_journal(const struct td_store *s, const char *id, size_t applied, const char *sum, long running,
                          struct td_buf *sql);
void td_store_add_journal_end(const struct td_store *s, const char *id, struct td_buf *sql);
/* Writes down why a journalled migration stopped, and the checksum of the file as it was then. */
TD_MUST_CHECK int td_store_note_error(struct td_store *s, const char *id, const struct td_migration *m,
                                      const char *error, struct td_err *err);

/* For `migrate resolve`. */
TD_MUST_CHECK int td_store_roll_back(struct td_store *s, const char *id, struct td_err *err);
TD_MUST_CHECK int td_store_applied(struct td_store *s, const struct td_migration *m, struct td_err *err);
TD_MUST_CHECK int td_store_accept(struct td_store *s, const char *id, const struct td_migration *m, struct td_err *err);

#endif
