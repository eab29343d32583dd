/* Prepared statements, row by row.
 *
 * What the server is sent: at prepare, the text as the unnamed statement and, in the same go, the question for its
 * types (one Sync for both: a pooler gives the server to somebody else after each); the first run
 * uses that one if nothing has replaced it, else sends the text again with the values (one round trip); from the
 * NAME_AFTER-th run on the statement gets a name. Behind a pooler it never does: the next transaction may be on another
 * server.
 *
 * Rows come in single-row mode, so memory does not grow with the result, unless that is wanted (td_stmt_whole): libpq
 * copies the description of all columns for each single row. Only when another statement is started in
 * between, the rest is taken in and kept (td_pq_stmt_store): the connection can carry one result at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "drivers/postgres/conn.h"

#define NAME_AFTER 3

struct param {
    struct td_buf text;
    bool set; /* false: NULL */
};

struct stored {
    PGresult *res;
    struct stored *next;
};

struct bytes {
    unsigned char *at; /* a decoded bytea, PQfreemem */
    size_t len;
};

struct stmt {
    struct td_db_stmt base;
    char *sql;
    char name[24];                /* "" until it has one */
    unsigned generation, altered; /* when it was given the name */
    unsigned runs;
    int params, columns;
    Oid *types;
    struct param *values;
    const char **texts;  /* what libpq is given */
    PGresult *shape;     /* of PQdescribePrepared: names of the columns */
    PGresult *row;       /* it, or all rows */
    int nth;             /* of these */
    bool whole;          /* td_stmt_whole */
    struct bytes *bytes; /* of the row */
    struct stored *first, *last;
    bool running; /* sent, and not at its end */
};

static struct conn *conn_of(const struct td_db_stmt *base)
{
    return (struct conn *)base->db;
}

static void forget_bytes(struct stmt *s)
{
    for (int i = 0; s->bytes != NULL && i < s->columns; i++) {
        PQfreemem(s->bytes[i].at);
        s->bytes[i] = (struct bytes){0};
    }
}

static void forget_row(struct stmt *s)
{
    PQclear(s->row);
    s->row = NULL;
    s->nth = 0;
    forget_bytes(s);
}

static void forget_stored(struct stmt *s)
{
    while (s->first != NULL) {
        struct stored *next = s->first->next;
        PQclear(s->first->res);
        td_mem_free(s->first);
        s->first = next;
    }
    s->last = NULL;
}

/* To the end of what the server still sends; a failure in there belongs to a run that nobody wants any more. */
static void stop(struct stmt *s)
{
    struct conn *c = conn_of(&s->base);
    struct td_err ignored = {0};
    forget_row(s);
    forget_stored(s);
    if (c->streaming == s) {
        PGresult *res = NULL;
        c->streaming = NULL;
        while (!c->base.broken && td_pq_result(c, &res, &ignored) == TD_OK && res != NULL)
            PQclear(res);
    }
    s->running = false;
}

/* Room for a row; again when the table has changed since: SELECT * then has other columns. */
static int size_row(struct stmt *s, int columns, struct td_err *err)
{
    if (s->bytes != NULL && columns == s->columns)
        return TD_OK;
    td_mem_free(s->bytes);
    s->columns = 0;
    s->bytes = td_mem_zalloc((size_t)columns * sizeof s->bytes[0]);
    if (s->bytes == NULL)
        return td_err_nomem(err);
    s->columns = columns;
    return TD_OK;
}

/* The answers to Parse, Describe and Sync. After a failed Parse the other two are read as well. */
static int take_shape(struct stmt *s, struct td_err *err)
{
    struct conn *c = conn_of(&s->base);
    struct td_err later = {0};
    PGresult *sync = NULL;
    int rc = td_pq_finish(c, s->sql, NULL, err);
    if (!c->base.broken) {
        int got = td_pq_finish(c, s->sql, &s->shape, rc == TD_OK ? err : &later);
        rc = rc == TD_OK ? got : rc;
    }
    if (!c->base.broken) {
        int got = td_pq_result(c, &sync, rc == TD_OK ? err : &later);
        rc = rc == TD_OK ? got : rc;
    }
    PQclear(sync);
    return rc;
}

static int parse_and_describe(struct stmt *s, struct td_err *err)
{
    struct conn *c = conn_of(&s->base);
    struct td_err later = {0};
    c->unnamed = NULL;
    if (!PQenterPipelineMode(c->pq))
        return td_err_pq_lost(err, c);
    int sent = PQsendPrepare(c->pq, "", s->sql, 0, NULL) && PQsendDescribePrepared(c->pq, "") && PQpipelineSync(c->pq);
    int rc = td_pq_flush(c, sent, err);
    if (rc == TD_OK)
        rc = take_shape(s, err);
    if (PQexitPipelineMode(c->pq))
        return rc;
    int lost = td_err_pq_lost(rc == TD_OK ? err : &later, c);
    return rc == TD_OK ? lost : rc;
}

/* libpq takes the answer with the parameters' types for garbage when it is longer than 30,000 bytes, and gives the
 * connection up (15.18): four bytes each. The server refuses a number that is left out, so that a text with a higher
 * one has them all. */
enum { MAX_PLACEHOLDERS = (30000 - 6) / 4 };

static bool has_too_many_placeholders(const char *sql)
{
    long found = 0, highest = 0;
    for (const char *p = strchr(sql, '$'); p != NULL; p = strchr(p + 1, '$')) {
        long number = p[1] >= '0' && p[1] <= '9' ? strtol(p + 1, NULL, 10) : 0;
        found += number > 0;
        highest = number > highest ? number : highest;
    }
    return found > MAX_PLACEHOLDERS && highest > MAX_PLACEHOLDERS;
}

static int describe(struct stmt *s, struct td_err *err)
{
    if (has_too_many_placeholders(s->sql)) {
        td_err_set(err, TD_C_DB_TOO_LARGE, "a statement cannot have more than %d placeholders", MAX_PLACEHOLDERS);
        return td_err_next(err, "Send fewer rows in a statement, or use a bulk copy.");
    }
    int rc = parse_and_describe(s, err);
    if (rc != TD_OK)
        return rc;
    s->params = PQnparams(s->shape);
    s->types = td_mem_zalloc((size_t)s->params * sizeof s->types[0]);
    s->values = td_mem_zalloc((size_t)s->params * sizeof s->values[0]);
    s->texts = td_mem_zalloc((size_t)s->params * sizeof s->texts[0]);
    if (s->types == NULL || s->values == NULL || s->texts == NULL) {
        s->params = 0;
        return td_err_nomem(err);
    }
    for (int i = 0; i < s->params; i++)
        s->types[i] = PQparamtype(s->shape, i);
    return size_row(s, PQnfields(s->shape), err);
}

static int send_prepare(struct stmt *s, const char *name, struct td_err *err)
{
    struct conn *c = conn_of(&s->base);
    c->unnamed = NULL;
    int rc = td_pq_flush(c, PQsendPrepare(c->pq, name, s->sql, s->params, s->types), err);
    return rc != TD_OK ? rc : td_pq_finish(c, s->sql, NULL, err);
}

/* Names of closed statements are given back together, between transactions: a failure must not spoil the caller's. */
static void bury(struct conn *c)
{
    struct td_err ignored = {0};
    if (c->dead_names.len == 0 || PQtransactionStatus(c->pq) != PQTRANS_IDLE)
        return;
    if (c->dead_names.failed == TD_OK && td_pq_exec(c, td_buf_str(&c->dead_names), NULL, &ignored) != TD_OK)
        td_err_clear(&ignored);
    td_buf_reset(&c->dead_names);
}

int td_pq_prepare(struct td_db *db, const char *sql, struct td_db_stmt **out, struct td_err *err)
{
    struct conn *c = (struct conn *)db;
    struct stmt *s = td_mem_zalloc(sizeof *s);
    if (s == NULL)
        return td_err_nomem(err);
    s->base.db = db;
    s->sql = td_mem_strdup(sql);
    int rc = s->sql == NULL ? td_err_nomem(err) : td_pq_ready(c, err);
    if (rc == TD_OK) {
        bury(c);
        rc = describe(s, err);
    }
    if (rc != TD_OK) {
        td_pq_stmt_close(&s->base);
        return rc;
    }
    c->unnamed = s;
    *out = &s->base;
    return TD_OK;
}

int td_pq_bind(struct td_db_stmt *base, int index, const struct td_value *value, struct td_err *err)
{
    struct stmt *s = (struct stmt *)base;
    if (index > s->params)
        return td_err_set(err, TD_C_DB_USE, "there is no placeholder $%d in the statement", index);
    stop(s);
    struct param *p = &s->values[index - 1];
    p->set = false;
    td_buf_reset(&p->text);
    int rc = td_pq_encode(value, s->types[index - 1], &p->text, err);
    if (rc == TD_OK)
        p->set = value->kind != TD_V_NULL;
    return rc;
}

static int take_name(struct stmt *s, struct td_err *err)
{
    struct conn *c = conn_of(&s->base);
    char name[sizeof s->name];
    snprintf(name, sizeof name, "td_%u", ++c->names);
    int rc = send_prepare(s, name, err);
    if (rc == TD_OK)
        memcpy(s->name, name, sizeof name);
    s->generation = c->generation;
    s->altered = c->altered;
    return rc;
}

static void drop_name(struct stmt *s)
{
    struct conn *c = conn_of(&s->base);
    if (s->name[0] != '\0' && s->generation == c->generation)
        td_buf_printf(&c->dead_names, "DEALLOCATE %s;", s->name);
    s->name[0] = '\0';
}

static void check_name(struct stmt *s)
{
    struct conn *c = conn_of(&s->base);
    if (s->generation != c->generation || s->altered != c->altered)
        drop_name(s);
}

static int run(struct stmt *s, struct td_err *err)
{
    struct conn *c = conn_of(&s->base);
    int rc = td_pq_ready(c, err);
    if (rc != TD_OK)
        return rc;
    s->runs++;
    check_name(s);
    if (s->name[0] == '\0' && s->runs >= NAME_AFTER && !td_pq_pooled(c) && c->unnamed != s) {
        rc = take_name(s, err);
        if (rc != TD_OK)
            return rc;
    }
    for (int i = 0; i < s->params; i++)
        s->texts[i] = s->values[i].set ? td_buf_str(&s->values[i].text) : NULL;
    int sent;
    if (s->name[0] != '\0' || (c->unnamed == s && !td_pq_pooled(c))) {
        sent = PQsendQueryPrepared(c->pq, s->name, s->params, s->texts, NULL, NULL, 0);
    } else {
        c->unnamed = NULL;
        sent = PQsendQueryParams(c->pq, s->sql, s->params, s->types, s->texts, NULL, NULL, 0);
    }
    if (sent && !s->whole && !PQsetSingleRowMode(c->pq))
        return td_err_pq_lost(err, c);
    c->streaming = s;
    s->running = true;
    rc = td_pq_flush(c, sent, err);
    if (rc != TD_OK)
        stop(s);
    return rc;
}

/* A result off the wire: a single row goes on, anything else ends the run, also all rows at once. */
static int fetch(struct stmt *s, PGresult **out, struct td_err *err)
{
    struct conn *c = conn_of(&s->base);
    PGresult *res = NULL;
    *out = NULL;
    int rc = td_pq_result(c, &res, err);
    if (rc == TD_OK && res != NULL && PQresultStatus(res) == PGRES_SINGLE_TUPLE) {
        *out = res;
        return TD_OK;
    }
    if (rc == TD_OK && res != NULL) {
        ExecStatusType status = PQresultStatus(res);
        if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE)
            rc = td_err_pq(err, c, res, s->sql);
        else if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT)
            rc = td_err_set(err, TD_C_DB_UNSUPPORTED, "COPY cannot be run as a prepared statement");
        c->changes = td_pq_changes_of(res);
    }
    if (s->whole && rc == TD_OK && PQntuples(res) > 0)
        *out = res;
    else
        PQclear(res);
    c->streaming = NULL;
    if (!c->base.broken) {
        struct td_err later = {0};
        int end = td_pq_finish(c, s->sql, NULL, rc == TD_OK ? err : &later);
        if (rc == TD_OK)
            rc = end;
    }
    if (rc != TD_OK) {
        PQclear(*out);
        *out = NULL;
    }
    return rc;
}

int td_pq_stmt_store(struct stmt *s, struct td_err *err)
{
    struct conn *c = conn_of(&s->base);
    while (c->streaming == s) {
        PGresult *res;
        int rc = fetch(s, &res, err);
        if (rc != TD_OK || res == NULL)
            return rc;
        struct stored *item = td_mem_zalloc(sizeof *item);
        if (item == NULL) {
            PQclear(res);
            return td_err_nomem(err);
        }
        item->res = res;
        if (s->last != NULL)
            s->last->next = item;
        else
            s->first = item;
        s->last = item;
    }
    return TD_OK;
}

static PGresult *take_stored(struct stmt *s)
{
    struct stored *item = s->first;
    if (item == NULL)
        return NULL;
    PGresult *res = item->res;
    s->first = item->next;
    if (s->first == NULL)
        s->last = NULL;
    td_mem_free(item);
    return res;
}

static int decode_row(struct stmt *s, struct td_err *err)
{
    int rc = size_row(s, PQnfields(s->row), err);
    if (rc != TD_OK)
        return rc;
    for (int i = 0; i < s->columns; i++) {
        rc = td_pq_decode_bytes(s->row, s->nth, i, &s->bytes[i].at, &s->bytes[i].len, err);
        if (rc != TD_OK)
            return rc;
    }
    return TD_OK;
}

int td_pq_step(struct td_db_stmt *base, bool *row, struct td_err *err)
{
    struct stmt *s = (struct stmt *)base;
    struct conn *c = conn_of(base);
    int rc = TD_OK;
    if (s->running && c->streaming != s && s->first == NULL && s->row == NULL)
        return TD_OK; /* at the end, until a reset */
    if (s->row != NULL && s->nth + 1 < PQntuples(s->row)) {
        s->nth++;
        forget_bytes(s);
        *row = true;
        return decode_row(s, err);
    }
    forget_row(s);
    if (!s->running)
        rc = run(s, err);
    if (rc != TD_OK)
        return rc;
    s->row = take_stored(s);
    if (s->row == NULL && c->streaming == s)
        rc = fetch(s, &s->row, err);
    if (rc != TD_OK) {
        stop(s);
        return rc;
    }
    *row = s->row != NULL;
    return s->row != NULL ? decode_row(s, err) : TD_OK;
}

void td_pq_whole(struct td_db_stmt *base)
{
    ((struct stmt *)base)->whole = true;
}

struct td_value td_pq_column(struct td_db_stmt *base, int i)
{
    struct stmt *s = (struct stmt *)base;
    if (s->row == NULL)
        return td_null();
    if (s->bytes[i].at != NULL)
        return td_bytes(TD_V_BLOB, s->bytes[i].at, s->bytes[i].len);
    return td_pq_decode(s->row, s->nth, i);
}

const char *td_pq_text(struct td_db_stmt *base, int i)
{
    struct stmt *s = (struct stmt *)base;
    if (s->row == NULL || PQgetisnull(s->row, s->nth, i))
        return NULL;
    return PQgetvalue(s->row, s->nth, i);
}

int td_pq_columns(struct td_db_stmt *base)
{
    return ((struct stmt *)base)->columns;
}

const char *td_pq_column_name(struct td_db_stmt *base, int i)
{
    struct stmt *s = (struct stmt *)base;
    const char *name = PQfname(s->row != NULL ? s->row : s->shape, i);
    return name != NULL ? name : "";
}

int td_pq_reset(struct td_db_stmt *base, struct td_err *err)
{
    (void)err;
    stop((struct stmt *)base);
    return TD_OK;
}

void td_pq_stmt_close(struct td_db_stmt *base)
{
    struct stmt *s = (struct stmt *)base;
    struct conn *c = conn_of(base);
    stop(s);
    if (c->unnamed == s)
        c->unnamed = NULL;
    drop_name(s);
    for (int i = 0; s->values != NULL && i < s->params; i++)
        td_buf_deinit(&s->values[i].text);
    PQclear(s->shape);
    td_mem_free(s->types);
    td_mem_free(s->values);
    td_mem_free(s->texts);
    td_mem_free(s->bytes);
    td_mem_free(s->sql);
    td_mem_free(s);
}
