/* Tables of questions and answers for the functions on SQLite connections. Included once by each test program. */
#ifndef TD_TESTS_SQLITE_FUNCTIONS_CASE_H
#define TD_TESTS_SQLITE_FUNCTIONS_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "core/base/buf.h"
#include "drivers/sqlite/functions/functions.h"

struct td_fn_case {
    const char *sql;      /* stands after SELECT */
    const char *expected; /* text; <null>; x'hex'; or "ERR " and the error. A line break is written \n */
};

static int td_fn_open(void **state)
{
    sqlite3 *db = NULL;
    struct td_err err = {0};
    if (sqlite3_open(":memory:", &db) != SQLITE_OK || td_sqlite_functions_register(db, &err) != TD_OK)
        return -1;
    *state = db;
    return 0;
}

static int td_fn_close(void **state)
{
    return sqlite3_close(*state) == SQLITE_OK ? 0 : -1;
}

static void td_fn_column(sqlite3_stmt *st, struct td_buf *out)
{
    const unsigned char *p = sqlite3_column_blob(st, 0);
    int type = sqlite3_column_type(st, 0);
    if (type == SQLITE_NULL) {
        td_buf_add(out, "<null>");
    } else if (type == SQLITE_BLOB) {
        td_buf_add(out, "x'");
        for (int i = 0; i < sqlite3_column_bytes(st, 0); i++)
            td_buf_printf(out, "%02x", p[i]);
        td_buf_char(out, '\'');
    } else {
        for (p = sqlite3_column_text(st, 0); *p != '\0'; p++)
            if (*p == '\n')
                td_buf_add(out, "\\n");
            else
                td_buf_char(out, (char)*p);
    }
}

/* Answer of SELECT `sql`, appended. */
static void td_fn_ask(sqlite3 *db, const char *sql, struct td_buf *out)
{
    struct td_buf text = {0};
    sqlite3_stmt *st = NULL;
    td_buf_add(&text, "SELECT ");
    td_buf_add(&text, sql);
    if (sqlite3_prepare_v2(db, td_buf_str(&text), -1, &st, NULL) != SQLITE_OK)
        td_buf_printf(out, "PREPARE %s", sqlite3_errmsg(db));
    else if (sqlite3_step(st) == SQLITE_ROW)
        td_fn_column(st, out);
    else
        td_buf_printf(out, "ERR %s", sqlite3_errmsg(db));
    sqlite3_finalize(st);
    td_buf_deinit(&text);
}

__attribute__((unused)) static void td_fn_check_cases(sqlite3 *db, const struct td_fn_case *cases, size_t count)
{
    int wrong = 0;
    for (size_t i = 0; i < count; i++) {
        struct td_buf got = {0};
        td_fn_ask(db, cases[i].sql, &got);
        if (strcmp(td_buf_str(&got), cases[i].expected) != 0) {
            print_error("%s\n  expected %s\n  got      %s\n", cases[i].sql, cases[i].expected, td_buf_str(&got));
            wrong++;
        }
        td_buf_deinit(&got);
    }
    assert_int_equal(wrong, 0);
}

#endif
