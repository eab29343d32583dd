/* Connections: the table of drivers, opening, running text, bulk copy, cancel. What every call of this layer checks
 * before a driver's slot is entered is here, in stmt.c (statements) and in tx.c (transactions). */
#include "core/db/db.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/driver.h"

static const struct td_driver *const *drivers;

void td_db_set_drivers(const struct td_driver *const *table)
{
    drivers = table;
}

int td_db_ready(struct td_db *db, struct td_err *err)
{
    if (db == NULL)
        return td_err_set(err, TD_C_DB_USE, "no connection was given");
    if (db->broken) {
        td_err_set(err, TD_C_DB_OFFLINE, "the connection to the database was lost");
        td_err_sqlstate(err, "08006");
        return td_err_next(err, "Run the command again; it connects anew.");
    }
    return TD_OK;
}

int td_db_open(const struct td_url *url, const struct td_db_opts *opts, struct td_db **out, struct td_err *err)
{
    static const struct td_db_opts defaults;
    if (out == NULL)
        return td_err_set(err, TD_C_DB_USE, "nowhere to put the connection");
    *out = NULL;
    if (url == NULL)
        return td_err_set(err, TD_C_DB_USE, "no URL was given");
    for (size_t i = 0; drivers != NULL && drivers[i] != NULL; i++)
        if (drivers[i]->accepts(url))
            return drivers[i]->open(url, opts != NULL ? opts : &defaults, out, err);
    return td_err_set(err, TD_C_DB_UNSUPPORTED, "no driver for this kind of database is part of this program");
}

void td_db_close(struct td_db *db)
{
    if (db != NULL)
        db->driver->close(db);
}

enum td_engine td_db_engine(const struct td_db *db)
{
    return db->driver->engine;
}

bool td_db_has(const struct td_db *db, enum td_db_cap cap)
{
    return (db->caps & (unsigned)cap) != 0;
}

const char *td_db_server_version(const struct td_db *db)
{
    return db->driver->server_version(db);
}

int td_db_exec(struct td_db *db, const char *sql, struct td_err *err)
{
    int rc = td_db_ready(db, err);
    if (rc != TD_OK)
        return rc;
    if (sql == NULL)
        return td_err_set(err, TD_C_DB_USE, "no SQL text was given");
    db->finished = db->finished_bytes = 0;
    return db->driver->exec(db, sql, err);
}

int td_db_execf(struct td_db *db, struct td_err *err, const char *fmt, ...)
{
    struct td_buf sql = {0};
    va_list args;
    va_start(args, fmt);
    td_buf_vprintf(&sql, fmt, args);
    va_end(args);
    int rc = td_buf_check(&sql, err);
    if (rc == TD_OK)
        rc = td_db_exec(db, td_buf_str(&sql), err);
    td_buf_deinit(&sql);
    return rc;
}

size_t td_db_finished(const struct td_db *db)
{
    return db->finished;
}

size_t td_db_finished_bytes(const struct td_db *db)
{
    return db->finished_bytes;
}

int64_t td_db_changes(const struct td_db *db)
{
    return db->driver->changes(db);
}

static int copy_ready(struct td_db *db, struct td_err *err)
{
    int rc = td_db_ready(db, err);
    if (rc != TD_OK)
        return rc;
    if (!td_db_has(db, TD_CAP_COPY) || db->driver->copy_begin == NULL || db->driver->copy_row == NULL ||
        db->driver->copy_end == NULL)
        return td_err_set(err, TD_C_DB_UNSUPPORTED, "%s has no bulk copy", db->driver->name);
    return TD_OK;
}

int td_db_copy_begin(struct td_db *db, const char *schema, const char *table, const char *const *columns, int n,
                     struct td_err *err)
{
    int rc = copy_ready(db, err);
    if (rc != TD_OK)
        return rc;
    if (table == NULL || (n > 0 && columns == NULL) || n < 0)
        return td_err_set(err, TD_C_DB_USE, "no table, or no columns, were given to copy into");
    return db->driver->copy_begin(db, schema, table, columns, n, err);
}

int td_db_copy_row(struct td_db *db, const struct td_value *values, int n, struct td_err *err)
{
    int rc = copy_ready(db, err);
    if (rc != TD_OK)
        return rc;
    if (n < 0 || (n > 0 && values == NULL))
        return td_err_set(err, TD_C_DB_USE, "no values were given to copy");
    return db->driver->copy_row(db, values, n, err);
}

int td_db_copy_end(struct td_db *db, bool failed, struct td_err *err)
{
    int rc = copy_ready(db, err);
    return rc != TD_OK ? rc : db->driver->copy_end(db, failed, err);
}

int td_db_triggers(struct td_db *db, bool on, struct td_err *err)
{
    int rc = td_db_ready(db, err);
    if (rc != TD_OK)
        return rc;
    if (db->driver->triggers == NULL)
        return td_err_set(err, TD_C_DB_UNSUPPORTED, "%s cannot switch triggers off", db->driver->name);
    return db->driver->triggers(db, on, err);
}

void td_db_cancel(struct td_db *db)
{
    if (db != NULL)
        db->driver->cancel(db);
}

int td_db_fd(const struct td_db *db)
{
    return db->driver->fd != NULL ? db->driver->fd(db) : -1;
}

int td_db_wants(const struct td_db *db)
{
    return db->driver->wants != NULL ? db->driver->wants(db) : TD_WANTS_NOTHING;
}

int td_db_backend_pid(const struct td_db *db)
{
    return db->driver->backend_pid != NULL ? db->driver->backend_pid(db) : 0;
}

void *td_db_native(const struct td_db *db)
{
    return db->driver->native(db);
}
