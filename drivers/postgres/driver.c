/* The driver's table, and its small slots. */
#include "drivers/postgres/driver.h"

#include "core/config/url.h"
#include "drivers/postgres/conn.h"

static bool accepts(const struct td_url *url)
{
    return url->kind == TD_URL_POSTGRES;
}

static const char *server_version(const struct td_db *db)
{
    return ((const struct conn *)db)->version;
}

static int conn_exec(struct td_db *db, const char *sql, struct td_err *err)
{
    return td_pq_exec((struct conn *)db, sql, NULL, err);
}

static int64_t conn_changes(const struct td_db *db)
{
    return ((const struct conn *)db)->changes;
}

static int conn_begin(struct td_db *db, enum td_tx_kind kind, struct td_err *err)
{
    struct conn *c = (struct conn *)db;
    struct td_buf sql = {0};
    td_buf_add(&sql, kind == TD_TX_READ ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                     : c->read_only     ? "BEGIN READ ONLY"
                                        : "BEGIN");
    if (td_pq_pooled(c) && c->schema != NULL) {
        td_buf_add(&sql, ";SET LOCAL search_path TO ");
        td_buf_ident(&sql, c->schema);
    }
    int rc = td_buf_check(&sql, err);
    if (rc == TD_OK)
        rc = conn_exec(db, td_buf_str(&sql), err);
    td_buf_deinit(&sql);
    return rc;
}

static enum td_tx_state conn_tx_state(const struct td_db *db)
{
    switch (PQtransactionStatus(((const struct conn *)db)->pq)) {
    case PQTRANS_INERROR: return TD_TX_FAILED;
    case PQTRANS_INTRANS: return TD_TX_OPEN;
    case PQTRANS_ACTIVE: return db->depth > 0 ? TD_TX_OPEN : TD_TX_NONE; /* rows are still coming */
    default: return TD_TX_NONE;
    }
}

static int conn_fd(const struct td_db *db)
{
    return PQsocket(((const struct conn *)db)->pq);
}

static int conn_backend_pid(const struct td_db *db)
{
    return PQbackendPID(((const struct conn *)db)->pq);
}

static void *conn_native(const struct td_db *db)
{
    return ((const struct conn *)db)->pq;
}

const struct td_driver td_driver_postgres = {
    .name = "PostgreSQL",
    .engine = TD_ENGINE_POSTGRES,
    .accepts = accepts,
    .open = td_pq_open,
    .close = td_pq_close,
    .server_version = server_version,
    .exec = conn_exec,
    .changes = conn_changes,
    .prepare = td_pq_prepare,
    .bind = td_pq_bind,
    .step = td_pq_step,
    .whole = td_pq_whole,
    .column = td_pq_column,
    .text = td_pq_text,
    .columns = td_pq_columns,
    .column_name = td_pq_column_name,
    .reset = td_pq_reset,
    .stmt_close = td_pq_stmt_close,
    .begin = conn_begin,
    .tx_state = conn_tx_state,
    .copy_begin = td_pq_copy_begin,
    .copy_row = td_pq_copy_row,
    .copy_end = td_pq_copy_end,
    .cancel = td_pq_cancel,
    .fd = conn_fd,
    .wants = td_pq_wants,
    .backend_pid = conn_backend_pid,
    .native = conn_native,
};
