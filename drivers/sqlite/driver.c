/* The driver's table, and what runs on a connection without a prepared statement. */
#include "drivers/sqlite/driver.h"

#include "core/config/url.h"
#include "drivers/sqlite/conn.h"

static bool accepts(const struct td_url *url)
{
    return url->kind == TD_URL_SQLITE;
}

static const char *server_version(const struct td_db *db)
{
    (void)db;
    return sqlite3_libversion();
}

static int step_all(sqlite3_stmt *st)
{
    int rc;
    do
        rc = sqlite3_step(st);
    while (rc == SQLITE_ROW);
    int last = sqlite3_finalize(st);
    return rc == SQLITE_DONE ? SQLITE_OK : last;
}

/* sqlite3_exec in effect, but knows where in the text a failing statement stands. */
static int conn_exec(struct td_db *db, const char *sql, struct td_err *err)
{
    struct conn *c = (struct conn *)db;
    atomic_store(&c->cancelled, false);
    for (const char *at = sql; *at != '\0';) {
        sqlite3_stmt *st = NULL;
        const char *tail = at;
        int rc = sqlite3_prepare_v2(c->db, at, -1, &st, &tail);
        int64_t total = sqlite3_total_changes64(c->db);
        if (rc == SQLITE_OK && st != NULL)
            rc = step_all(st);
        if (rc != SQLITE_OK)
            return td_err_sqlite(err, c, rc, sql, (size_t)(at - sql));
        if (st != NULL)
            c->changes = sqlite3_total_changes64(c->db) == total ? 0 : sqlite3_changes64(c->db);
        if (tail == at)
            break;
        at = tail;
        db->finished += st != NULL;
        db->finished_bytes = (size_t)(at - sql);
    }
    return TD_OK;
}

static int64_t conn_changes(const struct td_db *db)
{
    return ((const struct conn *)db)->changes;
}

static int conn_begin(struct td_db *db, enum td_tx_kind kind, struct td_err *err)
{
    /* IMMEDIATE: waits for the lock here, where it can, instead of failing at the first write after a read */
    return conn_exec(db, kind == TD_TX_WRITE ? "BEGIN IMMEDIATE" : "BEGIN", err);
}

static enum td_tx_state conn_tx_state(const struct td_db *db)
{
    return sqlite3_get_autocommit(((const struct conn *)db)->db) ? TD_TX_NONE : TD_TX_OPEN;
}

static void conn_cancel(struct td_db *db)
{
    struct conn *c = (struct conn *)db;
    atomic_store(&c->cancelled, true);
    sqlite3_interrupt(c->db);
}

static int conn_triggers(struct td_db *db, bool on, struct td_err *err)
{
    struct conn *c = (struct conn *)db;
    int rc = sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, (int)on, (int *)NULL);
    return rc == SQLITE_OK ? TD_OK : td_err_sqlite(err, c, rc, NULL, 0);
}

static void *conn_native(const struct td_db *db)
{
    return ((const struct conn *)db)->db;
}

const struct td_driver td_driver_sqlite = {
    .name = "SQLite",
    .engine = TD_ENGINE_SQLITE,
    .accepts = accepts,
    .open = td_sqlite_open,
    .close = td_sqlite_close,
    .server_version = server_version,
    .exec = conn_exec,
    .changes = conn_changes,
    .prepare = td_sqlite_prepare,
    .bind = td_sqlite_bind,
    .step = td_sqlite_step,
    .column = td_sqlite_stmt_column,
    .text = td_sqlite_text,
    .columns = td_sqlite_columns,
    .column_name = td_sqlite_column_name,
    .reset = td_sqlite_reset,
    .stmt_close = td_sqlite_stmt_close,
    .begin = conn_begin,
    .tx_state = conn_tx_state,
    .triggers = conn_triggers,
    .cancel = conn_cancel,
    .native = conn_native,
};
