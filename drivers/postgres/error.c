/* The server's errors, and libpq's own. A server's text can be in any language: what happened is read off the SQLSTATE.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/db/sqlstate.h"
#include "drivers/postgres/conn.h"

/* Of libpq's own texts the first line says it; the others guess at reasons. */
static void first_line(char *dst, size_t size, const char *text)
{
    snprintf(dst, size, "%.*s", (int)strcspn(text, "\n"), text);
}

/* Lines become one line, ends are trimmed. */
static void one_line(char *dst, size_t size, const char *text)
{
    size_t n = 0;
    for (; *text != '\0' && n + 1 < size; text++) {
        char c = *text == '\n' || *text == '\t' || *text == '\r' ? ' ' : *text;
        if (c == ' ' && (n == 0 || dst[n - 1] == ' '))
            continue;
        dst[n++] = c;
    }
    while (n > 0 && (dst[n - 1] == ' ' || dst[n - 1] == '.'))
        n--;
    dst[n] = '\0';
}

static void put_next(struct td_err *err, const struct conn *c)
{
    switch (err->rc) {
    case TD_EBUSY:
        td_err_next(err, "Look into pg_stat_activity for who holds the lock, or run the command again later.");
        break;
    case TD_ECONFLICT: td_err_next(err, "Run the whole transaction again."); break;
    case TD_EFULL: td_err_next(err, "Free some space on the server's disk and run the command again."); break;
    case TD_EDENIED: td_err_next(err, "Ask the owner of the object for a GRANT, or connect as its owner."); break;
    case TD_EREADONLY:
        td_err_next(err, "%s",
                    c->read_only ? "This connection was opened for reading only."
                                 : "Connect to the primary: a standby, or a read-only session, cannot be written.");
        break;
    default: break;
    }
}

int td_err_pq_cancelled(struct td_err *err)
{
    td_err_set(err, TD_C_CANCELLED, "the statement was cancelled");
    return td_err_sqlstate(err, "57014");
}

/* 57014 is a cancel and statement_timeout alike. */
static enum td_code code_of(struct conn *c, const char *state)
{
    if (strcmp(state, "57014") == 0 && !atomic_load(&c->cancelled))
        return TD_C_DB_BUSY;
    return td_sqlstate_code(state);
}

/* The server's last words on this connection. */
static int ended(struct td_err *err, struct conn *c, const char *state, const char *text)
{
    c->base.broken = true;
    td_err_set(err, TD_C_DB_OFFLINE, "the server ended the connection to %s", c->where);
    td_err_sqlstate(err, state);
    td_err_why(err, "%s", text);
    return td_err_next(err, "When the server is up again, run the same command: it goes on from the state it finds.");
}

int td_err_pq(struct td_err *err, struct conn *c, const PGresult *res, const char *sql)
{
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);
    const char *hint = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT);
    const char *position = PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION);
    char text[1024];

    if (state == NULL) /* made up by libpq: the connection is gone, or memory is */
        return td_err_pq_lost(err, c);
    one_line(text, sizeof text, primary != NULL ? primary : "");
    if (severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0))
        return ended(err, c, state, text);
    td_err_set(err, code_of(c, state), "%s", text);
    td_err_sqlstate(err, state);
    put_next(err, c);
    if (detail != NULL) {
        one_line(text, sizeof text, detail);
        td_err_why(err, "%s", text);
    }
    if (hint != NULL) {
        one_line(text, sizeof text, hint);
        td_err_next(err, "%s", text);
    }
    if (sql != NULL && position != NULL)
        err->column = (unsigned)strtoul(position, NULL, 10);
    if (PQstatus(c->pq) == CONNECTION_BAD)
        c->base.broken = true;
    return (int)err->rc;
}

int td_err_pq_lost(struct td_err *err, struct conn *c)
{
    char text[512];
    first_line(text, sizeof text, PQerrorMessage(c->pq));
    if (PQstatus(c->pq) == CONNECTION_OK) {
        /* without memory in the middle of a pipeline, libpq 15 loses count of the answers and waits for ever */
        c->base.broken = PQpipelineStatus(c->pq) != PQ_PIPELINE_OFF;
        td_err_set(err, TD_C_DB_ENGINE, "%s", text[0] != '\0' ? text : "libpq failed");
        return td_err_sqlstate(err, "XX000");
    }
    c->base.broken = true;
    td_err_set(err, TD_C_DB_OFFLINE, "the connection to %s was lost", c->where);
    td_err_sqlstate(err, "08006");
    if (text[0] != '\0')
        td_err_why(err, "%s", text);
    return td_err_next(err, "When the server is up again, run the same command: it goes on from the state it finds.");
}

void td_pq_find_state(const char *text, char state[6])
{
    state[0] = '\0';
    for (const char *p = strstr(text, ":  "); p != NULL; p = strstr(p + 1, ":  ")) {
        const char *s = p + 3;
        size_t n = 0;
        while (n < 5 && (isdigit((unsigned char)s[n]) || (s[n] >= 'A' && s[n] <= 'Z')))
            n++;
        if (n == 5 && s[5] == ':') {
            memcpy(state, s, 5);
            state[5] = '\0';
            return;
        }
    }
}

/* Every occurrence of the password becomes "***". */
static void hide(char *text, const char *password)
{
    size_t len = password != NULL ? strlen(password) : 0;
    if (len == 0)
        return;
    for (char *p = strstr(text, password); p != NULL; p = strstr(p, password)) {
        size_t stars = len < 3 ? len : 3;
        memset(p, '*', stars);
        memmove(p + stars, p + len, strlen(p + len) + 1);
        p += stars;
    }
}

/* Of libpq's several lines the one that says why: after the SQLSTATE, or after "failed: ". */
static const char *reason(const char *text, const char *state)
{
    const char *at;
    if (state[0] != '\0') {
        char mark[8];
        snprintf(mark, sizeof mark, "%s: ", state);
        at = strstr(text, mark);
        return at != NULL ? at + 7 : text;
    }
    const char *socket = strstr(text, "connection to server on socket \"");
    if (socket != NULL && strstr(socket, "Is the server running") != NULL) /* a missing file says little unnamed */
        return socket + strlen("connection to server on ");
    at = strstr(text, "failed: ");
    return at != NULL ? at + 8 : text;
}

/* The server does not take a parameter of ours, or libpq a value: no host or port is wrong. */
static bool is_setting(const char *state, const char *first)
{
    return strncmp(state, "22", 2) == 0 || strncmp(state, "42704", 5) == 0 ||
           (state[0] == '\0' && strncmp(first, "invalid ", 8) == 0 && strstr(first, "value") != NULL);
}

static int connect_next(struct td_err *err, const char *first)
{
    switch (err->rc) {
    case TD_EDENIED:
        if (strstr(first, "no encryption") != NULL) /* what pg_hba.conf says of a hostssl line */
            return td_err_next(err, "Let the URL ask for TLS with sslmode=require, or pg_hba.conf let this user in.");
        return td_err_next(err, "Check user and password in the URL (@ : / in them must be percent-encoded).");
    case TD_ENOTFOUND: return td_err_next(err, "Check the name in the URL, or make the database: `tandem db create`");
    case TD_ECONFIG: return td_err_next(err, "Check the parameters of the URL.");
    default: break;
    }
    if (strcmp(err->sqlstate, "53300") == 0)
        return td_err_next(err, "End other connections, or run the command again later: the server has its limit.");
    if (strstr(first, "SSL") != NULL || strstr(first, "certificate") != NULL)
        return td_err_next(err, "Check sslmode and the certificates in the URL, and whether the server speaks TLS: "
                                "sslaccept=strict needs it, sslmode=disable goes without.");
    return td_err_next(err, "Check host and port in the URL, start the server, or wait for it: `tandem db wait`");
}

int td_err_pq_connect(struct td_err *err, struct conn *c, const char *text, const char *password)
{
    char state[6], first[512];
    td_pq_find_state(text, state);
    const char *why = reason(text, state);
    first_line(first, sizeof first, why);
    hide(first, password);
    one_line(first, sizeof first, first);

    enum td_code code = state[0] != '\0' ? td_sqlstate_code(state) : TD_C_DB_OFFLINE;
    if (strstr(first, "fe_sendauth: no password") != NULL) { /* after the socket or address, where there is one */
        code = TD_C_DB_DENIED;
        memcpy(state, "28P01", sizeof state);
    }
    if (is_setting(state, first))
        code = TD_C_URL;
    else if (strcmp(state, "55000") == 0) /* closed by ALTER DATABASE ... ALLOW_CONNECTIONS */
        code = TD_C_DB_OFFLINE;
    td_err_set(err, code, "cannot connect to %s", c->where);
    td_err_sqlstate(err, state[0] != '\0' ? state : "08001");
    td_err_why(err, "%s", first);
    return connect_next(err, first);
}

void td_pq_on_notice(void *data, const PGresult *res)
{
    struct conn *c = data;
    const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY);
    const char *primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    if (c->on_notice == NULL || primary == NULL)
        return;
    struct td_buf b = {0};
    for (const char *p = severity != NULL ? severity : "notice"; *p != '\0'; p++)
        td_buf_char(&b, (char)tolower((unsigned char)*p));
    td_buf_add(&b, ": ");
    td_buf_add(&b, primary);
    if (b.failed == TD_OK)
        c->on_notice(td_buf_str(&b), c->notice_data);
    td_buf_deinit(&b);
}
