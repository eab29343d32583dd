/* Any text as a call of one of the functions that SQLite connections are given: its name, then a line for each argument
 * ("t" text, "i" integer, "d" double, "b" bytes, else NULL). An unknown name chooses by its bytes. A result, or an
 * error with its SQLSTATE: no crash, and no hang. */
#include <ctype.h>
#include <sqlite3.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/config/url.h"
#include "core/db/db.h"
#include "drivers/drivers.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_ARGS = 8, MAX_FUNCTIONS = 600 };

static sqlite3 *db;
static struct function {
    char name[64];
    int args;
} functions[MAX_FUNCTIONS];
static size_t n_functions;

static void open_once(void)
{
    static struct td_db *conn;
    struct td_url url;
    struct td_err err = {0};
    sqlite3_stmt *st;
    if (conn != NULL)
        return;
    td_drivers_register();
    FUZZ_CHECK(td_url_parse("sqlite::memory:", NULL, &url, &err) == TD_OK);
    FUZZ_CHECK(td_db_open(&url, NULL, &conn, &err) == TD_OK);
    td_url_deinit(&url);
    db = td_db_native(conn);
    /* one million steps of SQLite's machine, and values of a megabyte, are enough for a call */
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1 << 20);
    FUZZ_CHECK(sqlite3_prepare_v2(db,
                                  "SELECT name, narg FROM pragma_function_list WHERE name LIKE 'pg\\_%' ESCAPE '\\'"
                                  " AND type = 's' ORDER BY 1, 2",
                                  -1, &st, NULL) == SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW && n_functions < MAX_FUNCTIONS) {
        struct function *f = &functions[n_functions++];
        snprintf(f->name, sizeof f->name, "%s", (const char *)sqlite3_column_text(st, 0));
        f->args = sqlite3_column_int(st, 1);
    }
    sqlite3_finalize(st);
    FUZZ_CHECK(n_functions > 100);
}

static const struct function *choose(const char *name, size_t len, int args)
{
    size_t sum = 0;
    for (size_t i = 0; i < n_functions; i++)
        if (strlen(functions[i].name) == len && memcmp(functions[i].name, name, len) == 0 &&
            (functions[i].args < 0 || functions[i].args == args))
            return &functions[i];
    for (size_t i = 0; i < len; i++)
        sum = sum * 31 + (unsigned char)name[i];
    return &functions[sum % n_functions];
}

static void bind(sqlite3_stmt *st, int i, const char *line, size_t len)
{
    char number[40];
    snprintf(number, sizeof number, "%.*s", len > 0 ? (int)len - 1 : 0, line + 1);
    switch (len > 0 ? line[0] : 'n') {
    case 't': sqlite3_bind_text(st, i, line + 1, (int)len - 1, SQLITE_TRANSIENT); break;
    case 'b': sqlite3_bind_blob(st, i, line + 1, (int)len - 1, SQLITE_TRANSIENT); break;
    case 'i': sqlite3_bind_int64(st, i, strtoll(number, NULL, 10)); break;
    case 'd': sqlite3_bind_double(st, i, strtod(number, NULL)); break;
    default: break;
    }
}

/* SQLite's own errors about too long values, and memory, have no state. */
static void check_error(int rc, const char *message)
{
    size_t state = strspn(message, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (rc == SQLITE_ERROR && (state != 5 || message[5] != ':'))
        FUZZ_CHECK(strstr(message, "too big") != NULL || strstr(message, "wrong number of arguments") != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *lines[MAX_ARGS + 1];
    size_t lengths[MAX_ARGS + 1];
    int n = 0;
    open_once();
    for (const char *at = (const char *)data, *end = at + size; n <= MAX_ARGS && at <= end; n++) {
        const char *nl = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        lines[n] = at;
        lengths[n] = (size_t)((nl == NULL ? end : nl) - at);
        at += lengths[n] + 1;
    }
    const struct function *f = choose(lines[0], lengths[0], n - 1);
    int args = f->args < 0 ? n - 1 : f->args;
    struct td_buf sql = {0};
    sqlite3_stmt *st = NULL;
    td_buf_printf(&sql, "SELECT %s(", f->name);
    for (int i = 0; i < args; i++)
        td_buf_add(&sql, i == 0 ? "?" : ", ?");
    td_buf_add(&sql, ")");
    if (sqlite3_prepare_v2(db, td_buf_str(&sql), -1, &st, NULL) == SQLITE_OK) {
        for (int i = 1; i <= args && i < n; i++)
            bind(st, i, lines[i], lengths[i]);
        int rc = sqlite3_step(st);
        if (rc == SQLITE_ROW)
            (void)sqlite3_column_text(st, 0);
        else
            check_error(rc & 0xFF, sqlite3_errmsg(db));
    }
    sqlite3_finalize(st);
    td_buf_deinit(&sql);
    return 0;
}
