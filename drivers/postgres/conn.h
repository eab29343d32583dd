/* What the driver's files share. Included in drivers/postgres alone. */
#ifndef TD_POSTGRES_CONN_H
#define TD_POSTGRES_CONN_H

#include <stdatomic.h>

#include "core/base/buf.h"
#include "core/db/driver.h"
#include "drivers/postgres/libpq.h"

struct stmt;
struct td_pq_canceller;

struct conn {
    struct td_db base;
    PGconn *pq;
    struct td_pq_canceller *canceller; /* NULL: without memory */
    char *where;                       /* the URL as it may be shown */
    char *schema;                      /* schema= of the URL, or NULL */
    char version[32];
    int64_t changes;
    int wake[2];           /* a pipe: cancel makes a waiting poll() return */
    atomic_bool cancelled; /* set by cancel, cleared when a statement starts */
    int answer_ms;         /* after so long without an answer the connection is given up; 0: never */
    bool read_only;
    bool flushing;            /* the last PQflush left something to send */
    struct stmt *streaming;   /* the statement whose rows are still coming, or NULL */
    struct stmt *unnamed;     /* whose text the server holds as the unnamed statement, or NULL */
    unsigned names;           /* for the names of prepared statements */
    unsigned generation;      /* of those: grows when the session loses them all */
    unsigned altered;         /* grows when a table may have changed */
    struct td_buf dead_names; /* "DEALLOCATE td_1;..." for the next occasion */
    struct td_buf copy;       /* rows of the COPY under way that are not sent yet */
    bool copying;
    void (*on_notice)(const char *text, void *data);
    void *notice_data;
};

/* open.c */
int td_pq_open(const struct td_url *url, const struct td_db_opts *opts, struct td_db **out, struct td_err *err);
void td_pq_close(struct td_db *db);

/* wire.c: sending and waiting. All of them can be cancelled, and mark a lost connection as broken. */
/* Before a statement is sent: takes in the rest of a result that is still coming, clears the cancel. */
TD_MUST_CHECK int td_pq_ready(struct conn *c, struct td_err *err);
/* After PQsend...: `sent` is what it returned. Sends it all. */
TD_MUST_CHECK int td_pq_flush(struct conn *c, int sent, struct td_err *err);
/* The next result, NULL after the last one. */
TD_MUST_CHECK int td_pq_result(struct conn *c, PGresult **out, struct td_err *err);
/* Takes all results, keeps the first failure. `last` (may be NULL) gets the last good result, to be cleared. */
TD_MUST_CHECK int td_pq_finish(struct conn *c, const char *sql, PGresult **last, struct td_err *err);
/* A simple query. */
TD_MUST_CHECK int td_pq_exec(struct conn *c, const char *sql, PGresult **last, struct td_err *err);
int td_pq_wants(const struct td_db *db);
void td_pq_cancel(struct td_db *db);
int64_t td_pq_changes_of(const PGresult *res);
bool td_pq_pooled(const struct conn *c);

/* stmt.c */
int td_pq_prepare(struct td_db *db, const char *sql, struct td_db_stmt **out, struct td_err *err);
int td_pq_bind(struct td_db_stmt *base, int index, const struct td_value *value, struct td_err *err);
int td_pq_step(struct td_db_stmt *base, bool *row, struct td_err *err);
void td_pq_whole(struct td_db_stmt *base);
struct td_value td_pq_column(struct td_db_stmt *base, int index);
const char *td_pq_text(struct td_db_stmt *base, int index);
int td_pq_columns(struct td_db_stmt *base);
const char *td_pq_column_name(struct td_db_stmt *base, int index);
int td_pq_reset(struct td_db_stmt *base, struct td_err *err);
void td_pq_stmt_close(struct td_db_stmt *base);
TD_MUST_CHECK int td_pq_stmt_store(struct stmt *s, struct td_err *err); /* fetches what is still coming */

/* value.c: a parameter as text (`out`, not NUL-terminated by itself) and the column values. */
TD_MUST_CHECK int td_pq_encode(const struct td_value *v, Oid type, struct td_buf *out, struct td_err *err);
struct td_value td_pq_decode(const PGresult *res, int row, int col); /* all but bytea */
TD_MUST_CHECK int td_pq_decode_bytes(const PGresult *res, int row, int col, unsigned char **out, size_t *len,
                                     struct td_err *err);

/* copy.c */
int td_pq_copy_begin(struct td_db *db, const char *schema, const char *table, const char *const *columns, int n,
                     struct td_err *err);
int td_pq_copy_row(struct td_db *db, const struct td_value *values, int n, struct td_err *err);
int td_pq_copy_end(struct td_db *db, bool failed, struct td_err *err);

/* error.c */
/* A failed result. `sql`: the text that was sent, for the place. */
int td_err_pq(struct td_err *err, struct conn *c, const PGresult *res, const char *sql);
/* The connection was lost, or libpq itself failed. */
int td_err_pq_lost(struct td_err *err, struct conn *c);
/* The connection could not be made; `password` (may be NULL) is taken out of any text. */
int td_err_pq_connect(struct td_err *err, struct conn *c, const char *text, const char *password);
int td_err_pq_cancelled(struct td_err *err);
void td_pq_on_notice(void *data, const PGresult *res);
/* SQLSTATE within libpq's verbose text ("FATAL:  28P01: ..."), "" for none. */
void td_pq_find_state(const char *text, char state[6]);

#endif
