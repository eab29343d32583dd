/* What the driver's files share: the connection, and their functions. Included in drivers/sqlite alone. */
#ifndef TD_SQLITE_CONN_H
#define TD_SQLITE_CONN_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "core/db/driver.h"

struct conn {
    struct td_db base;
    sqlite3 *db;
    char *path;      /* as the URL has it, for messages */
    char *copy_path; /* read-only copy of an unfinished file (readonly.c), removed at close; NULL: none */
    int busy_ms;
    int64_t gave_up_ms; /* when a wait for a lock ended in vain; 0: none did */
    int64_t changes;
    atomic_bool cancelled; /* set by cancel, cleared when a statement starts */
};

/* open.c */
int td_sqlite_open(const struct td_url *url, const struct td_db_opts *opts, struct td_db **out, struct td_err *err);
void td_sqlite_close(struct td_db *db);

/* readonly.c: the SQLite URI (owned) that reads a file without writing anything beside it. */
TD_MUST_CHECK int td_sqlite_readonly_uri(struct conn *c, char **out, struct td_err *err);
void td_sqlite_readonly_done(struct conn *c);
TD_MUST_CHECK int td_sqlite_uri(const char *path, const char *params, char **out, struct td_err *err);

/* stmt.c */
int td_sqlite_prepare(struct td_db *db, const char *sql, struct td_db_stmt **out, struct td_err *err);
int td_sqlite_bind(struct td_db_stmt *base, int index, const struct td_value *value, struct td_err *err);
int td_sqlite_step(struct td_db_stmt *base, bool *row, struct td_err *err);
struct td_value td_sqlite_stmt_column(struct td_db_stmt *base, int index);
const char *td_sqlite_text(struct td_db_stmt *base, int index);
int td_sqlite_columns(struct td_db_stmt *base);
const char *td_sqlite_column_name(struct td_db_stmt *base, int index);
int td_sqlite_reset(struct td_db_stmt *base, struct td_err *err);
void td_sqlite_stmt_close(struct td_db_stmt *base);

/* error.c: the connection's last error. `sql` is the whole text that the caller passed, `base` where in it the part
 * begins that SQLite was given; NULL where there is no text. */
int td_err_sqlite(struct td_err *err, struct conn *c, int rc, const char *sql, size_t base);

unsigned td_sqlite_character(const char *sql, size_t offset); /* 1-based character of a byte */

/* placeholder.c: makes $1 what SQLite likes best, in place. NULL, or the first one that is no such placeholder. */
char *td_sqlite_placeholders(char *sql);

#endif
