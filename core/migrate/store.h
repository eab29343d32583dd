/* The writing side of the history: rows, texts and the journal, in the forms of layout.h.
 *
 * What must go with a migration's own changes is given as SQL text (add_...), to be run in one go with the BEGIN or the
 * COMMIT. Such text is made of qualified names and of plain ASCII values without backslashes, so that no setting that a
 * migration or a pooler may have left changes its meaning. */
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
    struct td_db_stmt *text;
};

/* Makes our tables where they are not there yet (and the schema that the URL names), also while others do the same.
 * `h` says what is there. Waits for a program that writes to the SQLite file as long as for the lease. */
TD_MUST_CHECK int td_store_create(struct td_db *db, const struct td_history *h, const struct td_deploy_opts *opts,
                                  struct td_err *err);

/* Borrows all of it. Inside td_arena_run of `a` for the layout; statements are prepared when first used. */
void td_store_init(struct td_store *s, struct td_db *db, const struct td_layout *layout, const char *owner);
void td_store_deinit(struct td_store *s);

void td_store_new_id(const struct td_store *s, char out[TD_UUID_TEXT]); /* of a history row */

/* Keeps the migration's text if the lease is still ours: the last of a text that begins the transaction, then
 * td_store_check_start. On PostgreSQL the lease row stays locked against take-over until the transaction ends. */
void td_store_add_start(const struct td_store *s, const struct td_migration *m, struct td_buf *sql);
TD_MUST_CHECK int td_store_check_start(const struct td_store *s, struct td_err *err); /* TD_EBUSY: it is not */
/* The history row of a migration that was one transaction: written once, finished. `began_us`: td_time_now then; only
 * SQLite has to be told. */
void td_store_add_whole(const struct td_store *s, const struct td_migration *m, int64_t began_us, size_t statements,
                        struct td_buf *sql);
/* The row of one that is several, unfinished; and what marks it as done. */
void td_store_add_row(const struct td_store *s, const struct td_migration *m, const char *id, struct td_buf *sql);
void td_store_add_finish(const struct td_store *s, const char *id, size_t statements, struct td_buf *sql);
/* Locks the lease row as start does. */
TD_MUST_CHECK int td_store_fence(struct td_store *s, struct td_err *err);
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
