/* Transactions and savepoints, nested by depth. What the engine itself says about its state is asked each time: SQL
 * text may hold a COMMIT, and SQLite rolls back by itself when, for one, the disk is full. */
#include "core/base/buf.h"
#include "core/db/db.h"
#include "core/db/driver.h"

static int state_error(struct td_err *err, const char *sqlstate, const char *message, const char *next)
{
    td_err_set(err, TD_C_DB_TRANSACTION, "%s", message);
    td_err_sqlstate(err, sqlstate);
    return td_err_next(err, "%s", next);
}

/* A word of SQL with the name of the savepoint that belongs to a depth. */
static int savepoint(struct td_db *db, const char *verb, int depth, struct td_err *err)
{
    return td_db_execf(db, err, "%s td_sp_%d", verb, depth);
}

int td_db_begin(struct td_db *db, enum td_tx_kind kind, struct td_err *err)
{
    int rc = td_db_ready(db, err);
    if (rc != TD_OK)
        return rc;
    enum td_tx_state state = db->driver->tx_state(db);
    if (db->depth == 0) {
        if (state != TD_TX_NONE)
            return state_error(err, "25001", "a transaction is open already", "End it with COMMIT or ROLLBACK first.");
        rc = db->driver->begin(db, kind, err);
    } else if (state == TD_TX_NONE) {
        return state_error(err, "25P01", "the transaction has ended already", "Run the whole transaction again.");
    } else {
        rc = savepoint(db, "SAVEPOINT", db->depth, err);
    }
    if (rc == TD_OK)
        db->depth++;
    return rc;
}

int td_db_commit(struct td_db *db, struct td_err *err)
{
    int rc = td_db_ready(db, err);
    if (rc != TD_OK)
        return rc;
    if (db->depth == 0)
        return state_error(err, "25P01", "no transaction is open", "Begin one first.");
    enum td_tx_state state = db->driver->tx_state(db);
    if (state == TD_TX_OPEN)
        rc = db->depth == 1 ? td_db_exec(db, "COMMIT", err) : savepoint(db, "RELEASE", db->depth - 1, err);
    else if (state == TD_TX_FAILED) /* PostgreSQL would answer COMMIT with a ROLLBACK, and no error */
        rc = state_error(err, "25P02", "the transaction has failed and was rolled back",
                         "The statement before this one has the reason.");
    else
        rc = state_error(err, "25P01", "the transaction was ended before its commit",
                         "Look for a COMMIT or ROLLBACK in the SQL text.");
    if (rc == TD_OK)
        db->depth--;
    else
        td_db_rollback(db);
    return rc;
}

void td_db_rollback(struct td_db *db)
{
    struct td_err ignored = {0};
    if (db == NULL)
        return;
    int depth = db->depth > 0 ? db->depth - 1 : 0;
    if (db->broken || db->driver->tx_state(db) == TD_TX_NONE) { /* a lost connection has lost its transaction, too */
        db->depth = depth;
        return;
    }
    int rc;
    if (depth == 0) {
        rc = td_db_exec(db, "ROLLBACK", &ignored);
    } else {
        rc = savepoint(db, "ROLLBACK TO", depth, &ignored);
        if (rc == TD_OK)
            rc = savepoint(db, "RELEASE", depth, &ignored);
    }
    if (rc != TD_OK && db->driver->tx_state(db) != TD_TX_NONE)
        db->broken = true;
    db->depth = depth;
}

int td_db_tx_depth(const struct td_db *db)
{
    return db->depth;
}
