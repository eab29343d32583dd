/* Prepared statements, and the helpers for statements that run once. */
#include <errno.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/db/driver.h"

int td_db_prepare(struct td_db *db, const char *sql, struct td_db_stmt **out, struct td_err *err)
{
    if (out == NULL)
        return td_err_set(err, TD_C_DB_USE, "nowhere to put the statement");
    *out = NULL;
    int rc = td_db_ready(db, err);
    if (rc != TD_OK)
        return rc;
    if (sql == NULL)
        return td_err_set(err, TD_C_DB_USE, "no SQL text was given");
    return db->driver->prepare(db, sql, out, err);
}

static int stmt_ready(struct td_db_stmt *st, struct td_err *err)
{
    if (st == NULL)
        return td_err_set(err, TD_C_DB_USE, "no statement was given");
    return td_db_ready(st->db, err);
}

int td_stmt_bind(struct td_db_stmt *st, int index, struct td_value value, struct td_err *err)
{
    int rc = stmt_ready(st, err);
    if (rc != TD_OK)
        return rc;
    if (index < 1)
        return td_err_set(err, TD_C_DB_USE, "placeholders are numbered from 1, not %d", index);
    if (value.kind >= TD_V_TEXT && value.bytes.at == NULL && value.bytes.len > 0)
        return td_err_set(err, TD_C_DB_USE, "the value for placeholder %d has a length but no bytes", index);
    return st->db->driver->bind(st, index, &value, err);
}

int td_stmt_step(struct td_db_stmt *st, bool *row, struct td_err *err)
{
    bool ignored;
    if (row == NULL)
        row = &ignored;
    *row = false;
    int rc = stmt_ready(st, err);
    return rc != TD_OK ? rc : st->db->driver->step(st, row, err);
}

void td_stmt_whole(struct td_db_stmt *st)
{
    if (st != NULL && st->db->driver->whole != NULL)
        st->db->driver->whole(st);
}

static bool has_column(struct td_db_stmt *st, int index)
{
    return st != NULL && index >= 0 && index < st->db->driver->columns(st);
}

struct td_value td_stmt_column(struct td_db_stmt *st, int index)
{
    return has_column(st, index) ? st->db->driver->column(st, index) : td_null();
}

const char *td_stmt_text(struct td_db_stmt *st, int index)
{
    return has_column(st, index) ? st->db->driver->text(st, index) : "";
}

int64_t td_stmt_int(struct td_db_stmt *st, int index)
{
    struct td_value v = td_stmt_column(st, index);
    if (v.kind == TD_V_INT)
        return v.i;
    if (v.kind == TD_V_BOOL)
        return v.b;
    if (v.kind != TD_V_TEXT && v.kind != TD_V_NUMERIC)
        return 0;
    char *end;
    errno = 0;
    long long i = strtoll(v.bytes.at, &end, 10);
    return errno == 0 && end == v.bytes.at + v.bytes.len ? i : 0;
}

bool td_stmt_is_null(struct td_db_stmt *st, int index)
{
    return td_stmt_column(st, index).kind == TD_V_NULL;
}

int td_stmt_columns(struct td_db_stmt *st)
{
    return st != NULL ? st->db->driver->columns(st) : 0;
}

const char *td_stmt_column_name(struct td_db_stmt *st, int index)
{
    return has_column(st, index) ? st->db->driver->column_name(st, index) : "";
}

int td_stmt_reset(struct td_db_stmt *st, struct td_err *err)
{
    int rc = stmt_ready(st, err);
    return rc != TD_OK ? rc : st->db->driver->reset(st, err);
}

void td_stmt_close(struct td_db_stmt *st)
{
    if (st != NULL)
        st->db->driver->stmt_close(st);
}

/* A statement that is ready to step. */
static int prepare_bound(struct td_db *db, const char *sql, const struct td_value *values, int n,
                         struct td_db_stmt **out, struct td_err *err)
{
    int rc = td_db_prepare(db, sql, out, err);
    for (int i = 0; rc == TD_OK && i < n; i++)
        rc = td_stmt_bind(*out, i + 1, values[i], err);
    return rc;
}

int td_db_run(struct td_db *db, const char *sql, const struct td_value *values, int n, struct td_err *err)
{
    struct td_db_stmt *st = NULL;
    bool row = true;
    int rc = prepare_bound(db, sql, values, n, &st, err);
    while (rc == TD_OK && row)
        rc = td_stmt_step(st, &row, err);
    td_stmt_close(st);
    return rc;
}

int td_db_query_text(struct td_db *db, const char *sql, const struct td_value *values, int n, char **out,
                     struct td_err *err)
{
    struct td_db_stmt *st = NULL;
    bool row = false;
    *out = NULL;
    int rc = prepare_bound(db, sql, values, n, &st, err);
    if (rc == TD_OK)
        rc = td_stmt_step(st, &row, err);
    if (rc == TD_OK && row) {
        const char *text = td_stmt_text(st, 0);
        if (text != NULL && (*out = td_mem_strdup(text)) == NULL)
            rc = td_err_nomem(err);
    }
    /* to the end: a row may be followed by an error, and a writing statement is done only then */
    while (rc == TD_OK && row)
        rc = td_stmt_step(st, &row, err);
    td_stmt_close(st);
    if (rc != TD_OK) {
        td_mem_free(*out);
        *out = NULL;
    }
    return rc;
}

int td_db_query_int(struct td_db *db, const char *sql, const struct td_value *values, int n, int64_t *out,
                    struct td_err *err)
{
    char *text = NULL, *end;
    *out = 0;
    int rc = td_db_query_text(db, sql, values, n, &text, err);
    if (rc != TD_OK || text == NULL)
        return rc;
    if (strcmp(text, "t") == 0 || strcmp(text, "f") == 0) {
        *out = text[0] == 't';
        td_mem_free(text);
        return TD_OK;
    }
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0')
        rc = td_err_set(err, TD_C_DB_DATA, "\"%.60s\" is no 64-bit integer", text);
    td_mem_free(text);
    return rc;
}
