/* Databases: open, statements, transactions, bulk copy, on any engine that has a driver.
 *
 * Every call goes to the driver's table of functions (driver.h) and checks its arguments here first. One connection
 * is used by one thread at a time; td_db_cancel alone may come from another thread or a signal handler's thread.
 * Errors carry one set of codes for all engines (TD_EUNIQUE, TD_EBUSY...) and keep the SQLSTATE; SQLite's are mapped
 * to the SQLSTATE that PostgreSQL would give. A syntax or schema error's `column` is the 1-based character offset
 * within the SQL text that was passed in, 0 when the engine does not tell. */
#ifndef TD_DB_DB_H
#define TD_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/db/value.h"

struct td_db;      /* one connection */
struct td_db_stmt; /* one prepared statement */
struct td_url;     /* core/config/url.h */

enum td_engine { TD_ENGINE_SQLITE, TD_ENGINE_POSTGRES };

/* What an engine or this connection can do. */
enum td_db_cap {
    TD_CAP_COPY = 1 << 0,         /* td_db_copy_* */
    TD_CAP_ALTER_COLUMN = 1 << 1, /* ALTER TABLE does all that PostgreSQL's does */
    TD_CAP_SCHEMAS = 1 << 2,
    TD_CAP_ASYNC = 1 << 3,    /* td_db_fd, td_db_wants */
    TD_CAP_TRIGGERS = 1 << 5, /* td_db_triggers: switched off */
    TD_CAP_SESSION = 1 << 4   /* session state survives between transactions: false behind a transaction pooler */
};

struct td_db_opts {
    bool read_only;               /* writes nothing, not even a lock file or WAL; TD_EREADONLY on a write */
    bool create;                  /* make the SQLite file, or the PostgreSQL database, when it is not there */
    int connect_timeout_ms;       /* 0: 10 s */
    int answer_timeout_ms;        /* PostgreSQL: TD_EOFFLINE when no answer comes for so long; 0: waits on */
    int busy_timeout_ms;          /* SQLite's wait for a lock; 0: 5 s; -1: none */
    const char *application_name; /* PostgreSQL's; NULL: "tandem" */
    void (*on_notice)(const char *text, void *data); /* server notices; NULL drops them */
    void *notice_data;
};

/* Connects. `*out` is owned: td_db_close. TD_EOFFLINE, TD_EDENIED, TD_ENOTFOUND (no such database or file, with
 * `create` off), TD_EDATA (the file is no SQLite database). */
TD_MUST_CHECK int td_db_open(const struct td_url *url, const struct td_db_opts *opts, struct td_db **out,
                             struct td_err *err);
void td_db_close(struct td_db *db); /* NULL is fine; an open transaction is rolled back */

enum td_engine td_db_engine(const struct td_db *db);
bool td_db_has(const struct td_db *db, enum td_db_cap cap);
const char *td_db_server_version(const struct td_db *db); /* borrowed, e.g. "15.20", "3.40.1" */

/* Runs one or several statements whose rows are dropped. On PostgreSQL one simple query: without BEGIN the text is
 * one implicit transaction. */
TD_MUST_CHECK int td_db_exec(struct td_db *db, const char *sql, struct td_err *err);
TD_MUST_CHECK int td_db_execf(struct td_db *db, struct td_err *err, const char *fmt, ...) TD_PRINTF(3, 4);
/* How many statements of its text the last td_db_exec has finished: when it failed without a column, the next one is to
 * blame. Always 0 where the driver does not count. */
size_t td_db_finished(const struct td_db *db);
/* The same in bytes of the text (SQLite); 0 where the driver cannot tell. */
size_t td_db_finished_bytes(const struct td_db *db);
/* Rows changed by the last statement. */
int64_t td_db_changes(const struct td_db *db);

/* One statement; placeholders $1, $2... on both engines, up to $7498 (SQLite: $32766). `*out` is owned: td_stmt_close.
 */
TD_MUST_CHECK int td_db_prepare(struct td_db *db, const char *sql, struct td_db_stmt **out, struct td_err *err);
/* 1-based; the value is copied. An unbound placeholder is NULL. Binding resets the statement. */
TD_MUST_CHECK int td_stmt_bind(struct td_db_stmt *st, int index, struct td_value value, struct td_err *err);
/* *row false: done. Rows are fetched one by one, memory does not grow with the result. */
TD_MUST_CHECK int td_stmt_step(struct td_db_stmt *st, bool *row, struct td_err *err);
/* Before the first step, for a result that is small: all rows may come at once, which is less work for each. */
void td_stmt_whole(struct td_db_stmt *st);
/* 0-based, borrowed until the next step, reset or close. NULL for what is NULL. PostgreSQL's bool, int2/4/8, oid,
 * float4/8, bytea, numeric, date and time types, uuid, json and jsonb come with their kind; others as text. SQLite's
 * storage class decides: INT, DOUBLE, TEXT, BLOB. */
struct td_value td_stmt_column(struct td_db_stmt *st, int index);
/* As text whatever the kind, borrowed likewise; NULL for NULL; "" past the end. */
const char *td_stmt_text(struct td_db_stmt *st, int index);
int64_t td_stmt_int(struct td_db_stmt *st, int index); /* 0 for NULL or what is no integer */
bool td_stmt_is_null(struct td_db_stmt *st, int index);
int td_stmt_columns(struct td_db_stmt *st);
const char *td_stmt_column_name(struct td_db_stmt *st, int index);
TD_MUST_CHECK int td_stmt_reset(struct td_db_stmt *st, struct td_err *err); /* to run again, bindings kept */
void td_stmt_close(struct td_db_stmt *st);

/* Prepares, binds `n` values, runs to the end and closes. */
TD_MUST_CHECK int td_db_run(struct td_db *db, const char *sql, const struct td_value *values, int n,
                            struct td_err *err);
/* The same for a query of one row, one column: its text (owned, td_mem_free), or NULL for no row or SQL NULL. */
TD_MUST_CHECK int td_db_query_text(struct td_db *db, const char *sql, const struct td_value *values, int n, char **out,
                                   struct td_err *err);
TD_MUST_CHECK int td_db_query_int(struct td_db *db, const char *sql, const struct td_value *values, int n, int64_t *out,
                                  struct td_err *err);

enum td_tx_kind {
    TD_TX_READ,  /* one snapshot */
    TD_TX_WRITE, /* SQLite: BEGIN IMMEDIATE; PostgreSQL: BEGIN */
};
/* Begin inside a transaction makes a savepoint (`kind` does not matter then), and commit or rollback then end that one.
 * An error where SQL text has opened a transaction of its own. */
TD_MUST_CHECK int td_db_begin(struct td_db *db, enum td_tx_kind kind, struct td_err *err);
/* A commit that fails has rolled back: the level is left either way. It fails, on both engines, for a deferred
 * constraint, for a transaction that has failed before (SQLSTATE 25P02) and for one that the engine or SQL text has
 * ended meanwhile (25P01). */
TD_MUST_CHECK int td_db_commit(struct td_db *db, struct td_err *err);
/* Never fails as far as the caller is concerned: a connection that cannot roll back is broken and says so at its next
 * use. Safe when no transaction is open. */
void td_db_rollback(struct td_db *db);
int td_db_tx_depth(const struct td_db *db); /* 0: none open */

/* Bulk load (TD_CAP_COPY): COPY table(columns) FROM STDIN; `table` and each column unquoted. end commits the COPY
 * itself, not the transaction; end with failed=true makes the server drop it. */
TD_MUST_CHECK int td_db_copy_begin(struct td_db *db, const char *schema, const char *table, const char *const *columns,
                                   int n, struct td_err *err);
TD_MUST_CHECK int td_db_copy_row(struct td_db *db, const struct td_value *values, int n, struct td_err *err);
TD_MUST_CHECK int td_db_copy_end(struct td_db *db, bool failed, struct td_err *err);

/* Switches all triggers off, or on again, for what this connection writes (TD_CAP_TRIGGERS); foreign keys' actions are
 * no triggers. */
TD_MUST_CHECK int td_db_triggers(struct td_db *db, bool on, struct td_err *err);

/* Stops the statement under way, which then returns TD_ECANCELLED. From any thread. */
void td_db_cancel(struct td_db *db);

/* For event loops (TD_CAP_ASYNC): the socket, -1 when there is none; and what to wait for. */
int td_db_fd(const struct td_db *db);
enum td_db_wants { TD_WANTS_NOTHING = 0, TD_WANTS_READ = 1, TD_WANTS_WRITE = 2 };
int td_db_wants(const struct td_db *db); /* a set of the above */

/* PostgreSQL: backend pid of this connection as the protocol told it, 0 elsewhere. Differs from pg_backend_pid()
 * behind a pooler. */
int td_db_backend_pid(const struct td_db *db);
/* The native handle (sqlite3 *, PGconn *), for the driver's own tests. */
void *td_db_native(const struct td_db *db);

#endif
