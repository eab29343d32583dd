/* Connecting, with a deadline over all of it, and the session's settings (driver.h lists them). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/config/url.h"
#include "drivers/postgres/cancel.h"
#include "drivers/postgres/conn.h"
#include "drivers/postgres/driver.h"

static int timeout_ms(const struct td_url *url, const struct td_db_opts *opts)
{
    if (opts->connect_timeout_ms > 0)
        return opts->connect_timeout_ms;
    return url->connect_timeout_s > 0 ? url->connect_timeout_s * 1000 : 10000;
}

static int timed_out(struct conn *c, int ms, struct td_err *err)
{
    char text[64];
    snprintf(text, sizeof text, "failed: no answer within %d.%d s", ms / 1000, ms % 1000 / 100);
    return td_err_pq_connect(err, c, text, NULL);
}

/* Until connected or failed; the texts of failures then carry their SQLSTATE. */
static int poll_connect(struct conn *c, int ms, struct td_err *err)
{
    int64_t deadline = td_clock_ms() + ms;
    PQsetErrorVerbosity(c->pq, PQERRORS_VERBOSE);
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
        int64_t left = deadline - td_clock_ms();
        struct pollfd fd = {.fd = PQsocket(c->pq), .events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT};
        if (left <= 0)
            return timed_out(c, ms, err);
        int n = poll(&fd, 1, (int)left);
        if (n < 0 && errno != EINTR)
            return td_err_errno(err, errno, "wait for", c->where);
        if (n > 0)
            state = PQconnectPoll(c->pq);
    }
    if (state != PGRES_POLLING_OK)
        return td_err_pq_connect(err, c, PQerrorMessage(c->pq), PQpass(c->pq));
    PQsetErrorVerbosity(c->pq, PQERRORS_DEFAULT);
    return TD_OK;
}

/* `database`: instead of the URL's; NULL: that one. */
static int connect_to(struct conn *c, const struct td_url *url, const struct td_db_opts *opts, const char *database,
                      struct td_err *err)
{
    const char *keys[6] = {"dbname", "client_encoding", "fallback_application_name"};
    const char *values[6] = {url->conninfo, "UTF8", "tandem"};
    int n = 3;
    if (opts->application_name != NULL) {
        keys[n] = "application_name";
        values[n++] = opts->application_name;
    }
    if (database != NULL) {
        keys[n] = "dbname"; /* only the first one is read as a connection string */
        values[n++] = database;
    }
    PQfinish(c->pq);
    c->pq = PQconnectStartParams(keys, values, 1);
    if (c->pq == NULL)
        return td_err_nomem(err);
    if (PQstatus(c->pq) != CONNECTION_BAD)
        return poll_connect(c, timeout_ms(url, opts), err);
    if (PQhost(c->pq) != NULL &&
        PQhost(c->pq)[0] != '\0') /* its parts were understood: a host name, a socket directory */
        return td_err_pq_connect(err, c, PQerrorMessage(c->pq), PQpass(c->pq));
    /* libpq quotes parts of what it cannot read, and a password may be among them */
    td_err_set(err, TD_C_URL, "cannot connect to %s", c->where);
    td_err_why(err, "libpq cannot read the connection settings, or finds no service of that name");
    return td_err_next(err, "Check the parameters of the URL.");
}

static int no_right_to_create(struct conn *c, struct td_err *err)
{
    struct td_err told = *err;
    td_err_set(err, told.code, "cannot create the database of %s", c->where);
    td_err_sqlstate(err, told.sqlstate);
    td_err_why(err, "%s", told.message);
    return td_err_next(err, "Let a superuser make it, or give the right:  ALTER ROLE user CREATEDB");
}

static int create_database(struct conn *c, const struct td_url *url, const struct td_db_opts *opts, struct td_err *err)
{
    struct td_buf sql = {0};
    td_buf_add(&sql, "CREATE DATABASE ");
    td_buf_ident(&sql, PQdb(c->pq));
    int rc = td_buf_check(&sql, err);
    if (rc == TD_OK)
        rc = connect_to(c, url, opts, "postgres", err);
    if (rc == TD_ENOTFOUND || (rc == TD_EDENIED && strcmp(err->sqlstate, "42501") == 0))
        rc = connect_to(c, url, opts, "template1", err);
    if (rc == TD_OK)
        rc = td_pq_exec(c, td_buf_str(&sql), NULL, err);
    /* another process was as quick */
    if (rc != TD_OK && (strcmp(err->sqlstate, "42P04") == 0 || rc == TD_EUNIQUE))
        rc = TD_OK;
    if (rc == TD_OK)
        td_err_clear(err);                            /* of the attempts before */
    else if (rc == TD_EDENIED && err->why[0] == '\0') /* connected, and told so by CREATE DATABASE */
        no_right_to_create(c, err);
    else
        td_err_wrap(err, "cannot create the database of %s", c->where);
    td_buf_deinit(&sql);
    return rc;
}

/* Asks for what no protocol message tells, and notes whether somebody stands between the server and us. */
static int ask_session(struct conn *c, const struct td_url *url, int *digits_out, struct td_err *err)
{
    PGresult *res = NULL;
    int rc = td_pq_exec(c, "SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('extra_float_digits')", &res,
                        err);
    if (rc != TD_OK)
        return rc;
    bool direct =
        !url->pgbouncer && PQntuples(res) == 1 && strtol(PQgetvalue(res, 0, 0), NULL, 10) == PQbackendPID(c->pq);
    *digits_out = PQntuples(res) == 1 ? (int)strtol(PQgetvalue(res, 0, 1), NULL, 10) : 1;
    if (direct)
        c->base.caps |= TD_CAP_SESSION;
    PQclear(res);
    return TD_OK;
}

static bool setting_is(struct conn *c, const char *name, const char *start)
{
    const char *value = PQparameterStatus(c->pq, name);
    return value != NULL && strncmp(value, start, strlen(start)) == 0;
}

static int set_session(struct conn *c, int digits, struct td_err *err)
{
    struct td_buf sql = {0};
    if (!setting_is(c, "standard_conforming_strings", "on"))
        td_buf_add(&sql, "SET standard_conforming_strings = on;");
    if (!setting_is(c, "DateStyle", "ISO"))
        td_buf_add(&sql, "SET DateStyle = 'ISO';"); /* keeps the order of day and month */
    if (digits < 1)
        td_buf_add(&sql, "SET extra_float_digits = 1;");
    if (c->schema != NULL) {
        td_buf_add(&sql, "SET search_path TO ");
        td_buf_ident(&sql, c->schema);
        td_buf_char(&sql, ';');
    }
    if (c->read_only)
        td_buf_add(&sql, "SET default_transaction_read_only = on;");
    int rc = td_buf_check(&sql, err);
    if (rc == TD_OK && sql.len > 0)
        rc = td_pq_exec(c, td_buf_str(&sql), NULL, err);
    td_buf_deinit(&sql);
    return rc;
}

static void note_version(struct conn *c)
{
    const char *version = PQparameterStatus(c->pq, "server_version");
    if (version != NULL)
        snprintf(c->version, sizeof c->version, "%.*s", (int)strcspn(version, " "), version);
}

static int start(struct conn *c, const struct td_url *url, const struct td_db_opts *opts, struct td_err *err)
{
    int digits = 1;
    if (pipe2(c->wake, O_CLOEXEC | O_NONBLOCK) != 0)
        return td_err_errno(err, errno, "make", "a pipe");
    c->where = td_mem_strdup(url->display != NULL ? url->display : "the server");
    c->schema = url->schema != NULL ? td_mem_strdup(url->schema) : NULL;
    if (c->where == NULL || (url->schema != NULL && c->schema == NULL))
        return td_err_nomem(err);
    int rc = connect_to(c, url, opts, NULL, err);
    if (rc == TD_ENOTFOUND && opts->create && !opts->read_only) {
        rc = create_database(c, url, opts, err);
        if (rc == TD_OK)
            rc = connect_to(c, url, opts, NULL, err);
    }
    if (rc != TD_OK)
        return rc;
    if (PQsetnonblocking(c->pq, 1) != 0)
        return td_err_pq_lost(err, c);
    PQsetNoticeReceiver(c->pq, td_pq_on_notice, c);
    c->canceller = td_pq_canceller_open(c->pq);
    note_version(c);
    rc = ask_session(c, url, &digits, err);
    return rc != TD_OK || td_pq_pooled(c) ? rc : set_session(c, digits, err);
}

int td_pq_open(const struct td_url *url, const struct td_db_opts *opts, struct td_db **out, struct td_err *err)
{
    int rc = td_libpq_load(err);
    if (rc != TD_OK)
        return rc;
    struct conn *c = td_mem_zalloc(sizeof *c);
    if (c == NULL)
        return td_err_nomem(err);
    c->base.driver = &td_driver_postgres;
    c->base.caps = TD_CAP_COPY | TD_CAP_ALTER_COLUMN | TD_CAP_SCHEMAS | TD_CAP_ASYNC;
    c->wake[0] = c->wake[1] = -1;
    c->read_only = opts->read_only;
    c->answer_ms = opts->answer_timeout_ms;
    c->on_notice = opts->on_notice;
    c->notice_data = opts->notice_data;
    rc = start(c, url, opts, err);
    if (rc != TD_OK) {
        td_pq_close(&c->base);
        return rc;
    }
    *out = &c->base;
    return TD_OK;
}

void td_pq_close(struct td_db *db)
{
    struct conn *c = (struct conn *)db;
    td_pq_canceller_close(c->canceller);
    PQfinish(c->pq);
    if (c->wake[0] >= 0) {
        close(c->wake[0]);
        close(c->wake[1]);
    }
    td_buf_deinit(&c->dead_names);
    td_buf_deinit(&c->copy);
    td_mem_free(c->where);
    td_mem_free(c->schema);
    td_mem_free(c);
}
