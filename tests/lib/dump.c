#include "tests/lib/dump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/db.h"

static const char *const objects_sqlite =
    "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master"
    " WHERE tbl_name NOT LIKE 'tandem\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1";
static const char *const tables_sqlite =
    "SELECT '\"' || name || '\"' FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'tandem\\_%' ESCAPE '\\'"
    " ORDER BY 1";

#define USERS "n.nspname NOT IN ('tandem', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'"
static const char *const objects_postgres =
    "SELECT x FROM (SELECT 'column ' || c.oid::regclass || ' ' || a.attname || ' ' || format_type(a.atttypid, "
    "a.atttypmod)"
    " || ' ' || a.attnotnull || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '') AS x FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
    " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
    " WHERE NOT a.attisdropped AND " USERS
    " UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(k.oid)"
    " FROM pg_constraint k JOIN pg_namespace n ON n.oid = connamespace WHERE conrelid <> 0 AND " USERS
    " UNION ALL SELECT 'index ' || i.indisvalid || ' ' || pg_get_indexdef(i.indexrelid) FROM pg_index i"
    " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE " USERS
    " UNION ALL SELECT 'label ' || enumtypid::regtype || ' ' || enumlabel FROM pg_enum) o ORDER BY x COLLATE \"C\"";
static const char *const tables_postgres =
    "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p') AND " USERS " ORDER BY 1";

static void must(int rc, const char *sql, const struct td_err *err)
{
    if (rc != TD_OK)
        fail_msg("%s: %s", sql, err->message);
}

/* Each row a line; a NULL is told from an empty text. */
static void add_rows(struct td_db *db, const char *sql, struct td_buf *out)
{
    struct td_db_stmt *st = NULL;
    struct td_err err = {0};
    must(td_db_prepare(db, sql, &st, &err), sql, &err);
    for (bool row = true; row;) {
        must(td_stmt_step(st, &row, &err), sql, &err);
        for (int i = 0; row && i < td_stmt_columns(st); i++) {
            const char *text = td_stmt_text(st, i);
            td_buf_add(out, i == 0 ? "" : "|");
            td_buf_add(out, text == NULL ? "NULL" : "=");
            td_buf_add(out, text == NULL ? "" : text);
        }
        if (row)
            td_buf_char(out, '\n');
    }
    td_stmt_close(st);
}

static char *take(struct td_buf *b)
{
    char *text = NULL;
    struct td_err err = {0};
    must(td_buf_take(b, &text, &err), "dump", &err);
    return text;
}

char *dump_database(struct td_db *db)
{
    bool postgres = td_db_engine(db) == TD_ENGINE_POSTGRES;
    const char *tables = postgres ? tables_postgres : tables_sqlite;
    struct td_buf out = {0}, sql = {0};
    struct td_db_stmt *st = NULL;
    struct td_err err = {0};
    add_rows(db, postgres ? objects_postgres : objects_sqlite, &out);
    must(td_db_prepare(db, tables, &st, &err), tables, &err);
    for (bool row = true; row;) {
        must(td_stmt_step(st, &row, &err), tables, &err);
        if (!row)
            break;
        td_buf_reset(&sql);
        td_buf_printf(&sql, "SELECT t.* FROM %s AS t ORDER BY 1", td_stmt_text(st, 0));
        td_buf_printf(&out, "rows of %s\n", td_stmt_text(st, 0));
        add_rows(db, td_buf_str(&sql), &out);
    }
    td_stmt_close(st);
    td_buf_deinit(&sql);
    return take(&out);
}

char *dump_applied(struct td_db *db)
{
    bool postgres = td_db_engine(db) == TD_ENGINE_POSTGRES;
    struct td_buf out = {0};
    struct td_err err = {0};
    const char *there = postgres ? "SELECT count(to_regclass('tandem.migrations'))"
                                 : "SELECT count(*) FROM sqlite_master WHERE name = 'tandem_migrations'";
    int64_t n = 0;
    must(td_db_query_int(db, there, NULL, 0, &n, &err), there, &err);
    td_buf_add(&out, "");
    if (n > 0)
        add_rows(db,
                 postgres ? "SELECT name FROM tandem.migrations WHERE finished_at IS NOT NULL ORDER BY name"
                          : "SELECT name FROM tandem_migrations WHERE finished_at IS NOT NULL ORDER BY name",
                 &out);
    return take(&out);
}
