/* Constants: an expression without columns is run once, on a database in memory with the driver's functions. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/url.h"
#include "core/db/db.h"
#include "core/migrate/lower_impl.h"

static void close_db(void *db)
{
    td_db_close(db);
}

static int open_db(struct td_lowering *l, struct td_err *err)
{
    struct td_url url;
    int rc = td_url_parse("sqlite::memory:", NULL, &url, err);
    if (rc != TD_OK)
        return rc;
    rc = td_db_open(&url, NULL, &l->calculator, err);
    td_url_deinit(&url);
    if (rc == TD_OK)
        td_arena_defer(l->arena, close_db, l->calculator);
    return rc;
}

static void add_double(struct td_buf *out, double d)
{
    char digits[40];
    if (isinf(d)) {
        td_buf_add(out, d < 0 ? "-9e999" : "9e999");
        return;
    }
    for (int p = 15; p <= 17; p++) {
        snprintf(digits, sizeof digits, "%.*g", p, d);
        if (strtod(digits, NULL) == d)
            break;
    }
    td_buf_add(out, digits);
    if (strpbrk(digits, ".e") == NULL)
        td_buf_add(out, ".0");
}

static void add_literal(struct td_buf *out, struct td_value v)
{
    switch (v.kind) {
    case TD_V_NULL: td_buf_add(out, "NULL"); break;
    case TD_V_INT: td_buf_printf(out, "%" PRId64, v.i); break;
    case TD_V_DOUBLE: add_double(out, v.d); break;
    case TD_V_BLOB:
        td_buf_add(out, "x'");
        for (size_t i = 0; i < v.bytes.len; i++)
            td_buf_printf(out, "%02x", (unsigned char)v.bytes.at[i]);
        td_buf_char(out, '\'');
        break;
    default: td_buf_lit(out, v.bytes.at); break;
    }
}

/* The statement lives in no arena: memory is asked for only after it is closed or through the defer. */
struct run {
    struct td_db_stmt *stmt;
};

static void close_stmt(void *data)
{
    struct run *r = data;
    td_stmt_close(r->stmt);
    r->stmt = NULL;
}

int td_lowering_evaluate(const char *sql, struct td_buf *literal_out, void *data, struct td_err *err)
{
    struct td_lowering *l = data;
    struct run *r = td_arena_new(l->arena, struct run);
    const char *query = td_arena_printf(l->arena, "SELECT %s", sql);
    bool row = false;
    int rc = l->calculator != NULL ? TD_OK : open_db(l, err);
    if (rc == TD_OK)
        rc = td_db_prepare(l->calculator, query, &r->stmt, err);
    if (rc != TD_OK)
        return rc;
    td_arena_defer(l->arena, close_stmt, r); /* the literal's memory may fail while it is open */
    rc = td_stmt_step(r->stmt, &row, err);
    if (rc == TD_OK && row)
        add_literal(literal_out, td_stmt_column(r->stmt, 0));
    close_stmt(r);
    return rc;
}
