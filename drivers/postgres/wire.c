/* Talking to the server: everything is sent and received without blocking in libpq, and the waits are ours, so that a
 * cancel from another thread ends them at once.
 *
 * A cancel asks the server (cancel.h), which answers the statement with 57014. Where no answer comes within
 * CANCEL_GRACE_MS the connection is given up: the caller gets its thread back also when the network is dead. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/time.h"
#include "drivers/postgres/cancel.h"
#include "drivers/postgres/conn.h"

#define CANCEL_GRACE_MS 5000

static void drain_wake(struct conn *c)
{
    char bytes[16];
    while (read(c->wake[0], bytes, sizeof bytes) > 0)
        continue;
}

static int give_up(struct conn *c, struct td_err *err)
{
    c->base.broken = true;
    if (!atomic_load(&c->cancelled)) {
        td_err_set(err, TD_C_DB_OFFLINE, "no answer from %s within %d ms", c->where, c->answer_ms);
        td_err_sqlstate(err, "08006");
        return td_err_next(err, "When the server answers again, run the same command.");
    }
    td_err_pq_cancelled(err);
    return td_err_why(err, "the server did not answer the cancel request; the connection was given up");
}

/* When waiting that begins now is to end; 0: open. */
static int64_t first_deadline(const struct conn *c)
{
    return c->answer_ms > 0 ? td_clock_ms() + c->answer_ms : 0;
}

/* Until the socket is ready for `events`. `*deadline` is 0 until a cancel was seen, then when to give up
 * (unless the connection's own comes first). */
static int wait_for(struct conn *c, short events, int64_t *deadline, struct td_err *err)
{
    for (;;) {
        if (*deadline == 0 && atomic_load(&c->cancelled))
            *deadline = td_clock_ms() + CANCEL_GRACE_MS;
        int64_t left = *deadline == 0 ? -1 : *deadline - td_clock_ms();
        if (*deadline != 0 && left <= 0)
            return give_up(c, err);
        struct pollfd fds[2] = {{.fd = PQsocket(c->pq), .events = events}, {.fd = c->wake[0], .events = POLLIN}};
        if (fds[0].fd < 0)
            return td_err_pq_lost(err, c);
        int n = poll(fds, 2, (int)left);
        if (n < 0 && errno != EINTR)
            return td_err_errno(err, errno, "wait for", c->where);
        if (n > 0 && fds[1].revents != 0)
            drain_wake(c);
        if (n > 0 && fds[0].revents != 0)
            return TD_OK;
    }
}

int td_pq_ready(struct conn *c, struct td_err *err)
{
    if (c->copying)
        return td_err_set(err, TD_C_DB_USE, "a bulk copy is under way on this connection");
    if (c->streaming != NULL) {
        int rc = td_pq_stmt_store(c->streaming, err);
        if (rc != TD_OK)
            return rc;
    }
    atomic_store(&c->cancelled, false);
    drain_wake(c);
    return TD_OK;
}

int td_pq_flush(struct conn *c, int sent, struct td_err *err)
{
    int64_t deadline = first_deadline(c);
    if (!sent)
        return td_err_pq_lost(err, c);
    for (;;) {
        int left = PQflush(c->pq);
        if (left < 0)
            return td_err_pq_lost(err, c);
        c->flushing = left > 0;
        if (left == 0)
            return TD_OK;
        /* read as well: a server that waits for us to take its answer would not read on */
        int rc = wait_for(c, POLLIN | POLLOUT, &deadline, err);
        if (rc != TD_OK)
            return rc;
        if (!PQconsumeInput(c->pq))
            return td_err_pq_lost(err, c);
    }
}

/* libpq 15 goes on waiting when it had no memory to note the end of a pipeline: it only says so. */
static bool is_stuck(const struct conn *c, size_t said_before)
{
    return PQpipelineStatus(c->pq) != PQ_PIPELINE_OFF && strlen(PQerrorMessage(c->pq)) > said_before;
}

int td_pq_result(struct conn *c, PGresult **out, struct td_err *err)
{
    int64_t deadline = first_deadline(c);
    size_t said = strlen(PQerrorMessage(c->pq));
    *out = NULL;
    while (PQisBusy(c->pq)) {
        if (is_stuck(c, said))
            return td_err_pq_lost(err, c);
        int rc = wait_for(c, POLLIN, &deadline, err);
        if (rc != TD_OK)
            return rc;
        /* on failure what came before it is still to be read: a FATAL message says why */
        if (!PQconsumeInput(c->pq) && PQisBusy(c->pq))
            return td_err_pq_lost(err, c);
    }
    *out = PQgetResult(c->pq);
    return TD_OK;
}

/* A COPY in a text that was not sent by copy.c has nobody to feed or read it. */
static int end_copy(struct conn *c, PGresult *res, struct td_err *err)
{
    char *data;
    int n;
    if (PQresultStatus(res) == PGRES_COPY_IN) {
        int rc = td_pq_flush(c, PQputCopyEnd(c->pq, "no data") > 0, err);
        if (rc != TD_OK)
            return rc;
        td_err_set(err, TD_C_DB_UNSUPPORTED, "COPY FROM STDIN has no data here");
        td_err_sqlstate(err, "0A000");
        return td_err_next(err, "Write the rows as INSERT statements (pg_dump --inserts does).");
    }
    while ((n = PQgetCopyData(c->pq, &data, 1)) >= 0) {
        int64_t deadline = 0;
        if (n > 0) {
            PQfreemem(data);
            continue;
        }
        int rc = wait_for(c, POLLIN, &deadline, err);
        if (rc != TD_OK)
            return rc;
        if (!PQconsumeInput(c->pq))
            return td_err_pq_lost(err, c);
    }
    return TD_OK;
}

int64_t td_pq_changes_of(const PGresult *res)
{
    static const char *const counted[] = {"INSERT", "UPDATE", "DELETE", "MERGE", "COPY"};
    char *res_text = PQcmdStatus((PGresult *)res); /* not const in libpq, but not changed */
    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++)
        if (strncmp(res_text, counted[i], strlen(counted[i])) == 0)
            return strtoll(PQcmdTuples((PGresult *)res), NULL, 10);
    return 0;
}

/* The SQL text may throw all prepared statements of the session away, ours with them, or change tables: the server then
 * refuses to run a named statement whose columns are others now (0A000). */
static void note_done(struct conn *c, PGresult *res)
{
    const char *tag = PQcmdStatus(res);
    c->changes = td_pq_changes_of(res);
    if (strncmp(tag, "ALTER ", 6) == 0 || strncmp(tag, "DROP ", 5) == 0 || strncmp(tag, "CREATE ", 7) == 0)
        c->altered++;
    if (strcmp(tag, "DISCARD ALL") != 0 && strcmp(tag, "DEALLOCATE ALL") != 0)
        return;
    c->generation++;
    td_buf_reset(&c->dead_names);
}

static int take_result(struct conn *c, PGresult *res, const char *sql, struct td_err *err)
{
    switch (PQresultStatus(res)) {
    case PGRES_BAD_RESPONSE:
    case PGRES_NONFATAL_ERROR:
    case PGRES_FATAL_ERROR: return td_err_pq(err, c, res, sql);
    case PGRES_PIPELINE_SYNC: return td_err_pq_lost(err, c); /* in place of an answer that libpq had no memory for */
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT: return end_copy(c, res, err);
    case PGRES_COPY_BOTH: return td_err_set(err, TD_C_DB_UNSUPPORTED, "replication commands cannot be run here");
    default:
        c->base.finished++;
        note_done(c, res);
        return TD_OK;
    }
}

int td_pq_finish(struct conn *c, const char *sql, PGresult **last, struct td_err *err)
{
    int rc = TD_OK;
    PGresult *res, *kept = NULL;
    for (;;) {
        struct td_err later = {0};
        int got = td_pq_result(c, &res, rc == TD_OK ? err : &later);
        if (got != TD_OK && rc == TD_OK)
            rc = got;
        if (got != TD_OK || res == NULL)
            break;
        int failed = take_result(c, res, sql, rc == TD_OK ? err : &later);
        if (failed != TD_OK && rc == TD_OK)
            rc = failed;
        PQclear(kept);
        kept = res;
        if (c->base.broken)
            break;
    }
    if (rc == TD_OK && last != NULL) {
        *last = kept;
        return TD_OK;
    }
    PQclear(kept);
    return rc;
}

int td_pq_exec(struct conn *c, const char *sql, PGresult **last, struct td_err *err)
{
    int rc = td_pq_ready(c, err);
    if (rc != TD_OK)
        return rc;
    c->unnamed = NULL; /* a simple query ends it */
    rc = td_pq_flush(c, PQsendQuery(c->pq, sql), err);
    return rc != TD_OK ? rc : td_pq_finish(c, sql, last, err);
}

int td_pq_wants(const struct td_db *db)
{
    return TD_WANTS_READ | (((const struct conn *)db)->flushing ? TD_WANTS_WRITE : 0);
}

void td_pq_cancel(struct td_db *db)
{
    struct conn *c = (struct conn *)db;
    atomic_store(&c->cancelled, true);
    ssize_t ignored = write(c->wake[1], "", 1); /* full: it wakes all the same */
    (void)ignored;
    td_pq_canceller_ask(c->canceller);
}

bool td_pq_pooled(const struct conn *c)
{
    return (c->base.caps & TD_CAP_SESSION) == 0;
}
