/* Our tables, made by the first deploy. Several may do it at once: IF NOT EXISTS of PostgreSQL still loses races in its
 * own catalogs, so the losers try again. */
#include <string.h>

#include "core/base/time.h"
#include "core/migrate/lease.h"
#include "core/migrate/lower.h"
#include "core/migrate/store.h"

#define CREATE_TRIES 20

static const char *const create_postgres =
    "CREATE TABLE IF NOT EXISTS tandem.lease (name text PRIMARY KEY, owner text NOT NULL UNIQUE, host text NOT NULL,"
    " host_id text NOT NULL, pid integer NOT NULL, pid_started bigint NOT NULL, backend_pid integer,"
    " backend_started timestamptz, started_at timestamptz NOT NULL, heartbeat_at timestamptz NOT NULL,"
    " expires_at timestamptz NOT NULL);"
    "CREATE TABLE IF NOT EXISTS tandem.migration_text (schema text NOT NULL, name text NOT NULL,"
    " checksum text NOT NULL, text text NOT NULL, PRIMARY KEY (schema, name));"
    "CREATE TABLE IF NOT EXISTS tandem.journal (id text PRIMARY KEY, statements_applied integer NOT NULL,"
    " applied_checksum text NOT NULL, running integer);";

/* In each schema a name is applied once: the index holds even against a deployer that ignores the lease. */
static const char *const create_history_postgres =
    "CREATE TABLE IF NOT EXISTS tandem.migrations (id text PRIMARY KEY, schema text NOT NULL DEFAULT 'public', name "
    "text NOT NULL,"
    " checksum text NOT NULL, started_at timestamptz NOT NULL DEFAULT clock_timestamp(), finished_at timestamptz, "
    "rolled_back_at timestamptz,"
    " statements_applied integer NOT NULL DEFAULT 0, error text);"
    "CREATE UNIQUE INDEX IF NOT EXISTS migrations_name_key ON tandem.migrations (schema, name)"
    " WHERE rolled_back_at IS NULL;";

/* WITHOUT ROWID: a migration writes a page of the table, and none of an index on its key besides. */
static const char *const create_sqlite =
    "CREATE TABLE IF NOT EXISTS main.tandem_lease (name TEXT PRIMARY KEY NOT NULL, owner TEXT NOT NULL UNIQUE,"
    " host TEXT NOT NULL, host_id TEXT NOT NULL, pid INTEGER NOT NULL, pid_started INTEGER NOT NULL,"
    " started_at INTEGER NOT NULL, heartbeat_at INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS main.tandem_migration_text (name TEXT PRIMARY KEY NOT NULL, checksum TEXT NOT NULL,"
    " text TEXT NOT NULL) STRICT, WITHOUT ROWID;";

static const char *const create_history_sqlite =
    "CREATE TABLE IF NOT EXISTS main.tandem_migrations (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL,"
    " checksum TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT, rolled_back_at TEXT,"
    " statements_applied INTEGER NOT NULL DEFAULT 0, error TEXT) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX IF NOT EXISTS main.tandem_migrations_name_key ON tandem_migrations (name)"
    " WHERE rolled_back_at IS NULL;";

/* CREATE SCHEMA IF NOT EXISTS asks for the right to make one even when it is there. */
static int add_schema(struct td_db *db, const char *name, struct td_buf *sql, struct td_err *err)
{
    int64_t there = 0;
    int rc = td_db_query_int(db, "SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = $1",
                             (struct td_value[]){td_text(name)}, 1, &there, err);
    if (rc != TD_OK || there > 0)
        return rc;
    td_buf_add(sql, "CREATE SCHEMA IF NOT EXISTS ");
    td_buf_ident(sql, name);
    td_buf_char(sql, ';');
    return TD_OK;
}

static bool lost_race(const struct td_err *err)
{
    static const char *const states[] = {"23505", "42P06", "42P07", "42710", "40P01", "55P03", "XX000"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(err->sqlstate, states[i]) == 0)
            return true;
    return false;
}

static int no_right(struct td_err *err)
{
    struct td_err told = *err;
    td_err_set(err, TD_C_MIG_NO_RIGHT, "the schema \"tandem\" for the history cannot be made");
    td_err_sqlstate(err, told.sqlstate);
    td_err_why(err, "%s", told.message);
    return td_err_next(err, "let the owner of the database run  CREATE SCHEMA tandem AUTHORIZATION <this user>");
}

static int create_once(struct td_db *db, const struct td_history *h, const char *schema, struct td_err *err)
{
    struct td_buf b = {0};
    bool postgres = td_db_engine(db) == TD_ENGINE_POSTGRES;
    int rc = TD_OK;
    td_buf_add(&b, postgres ? "BEGIN; SET LOCAL client_min_messages = warning; SET LOCAL lock_timeout = '5s';"
                            : "BEGIN IMMEDIATE;");
    if (postgres && schema != NULL)
        rc = add_schema(db, schema, &b, err);
    if (postgres && rc == TD_OK)
        rc = add_schema(db, "tandem", &b, err);
    td_buf_add(&b, postgres ? create_postgres : create_sqlite);
    if (!postgres)
        td_buf_add(&b, td_lowering_tables());
    if (h->table != TD_HISTORY_PRISMA)
        td_buf_add(&b, postgres ? create_history_postgres : create_history_sqlite);
    td_buf_add(&b, "COMMIT");
    if (rc == TD_OK)
        rc = td_buf_check(&b, err);
    if (rc == TD_OK) {
        rc = td_db_exec(db, td_buf_str(&b), err);
        if (rc != TD_OK) {
            struct td_err ignored = {0};
            (void)!td_db_exec(db, "ROLLBACK", &ignored);
        }
    }
    td_buf_deinit(&b);
    return rc;
}

struct attempts {
    const struct td_deploy_opts *opts;
    int64_t deadline_ms;
    int done;
};

/* Sleeps before another attempt; false: there is none, `err` says why. */
static bool may_try_again(struct attempts *a, enum td_engine engine, struct td_err *err)
{
    struct td_err why = {0};
    a->done++;
    if (engine == TD_ENGINE_POSTGRES && (a->done == CREATE_TRIES || !lost_race(err)))
        return false;
    if (engine == TD_ENGINE_SQLITE && (err->rc != TD_EBUSY || td_clock_ms() >= a->deadline_ms))
        return false;
    if (engine == TD_ENGINE_SQLITE && a->done == 1 && a->opts->on_event != NULL)
        a->opts->on_event(
            &(struct td_deploy_event){.kind = TD_EV_WAITING, .text = "another program that writes to the database"},
            a->opts->data);
    if (td_lease_sleep(a->opts, 10 * a->done, &why) == TD_OK)
        return true;
    *err = why;
    return false;
}

int td_store_create(struct td_db *db, const struct td_history *h, const struct td_deploy_opts *opts, struct td_err *err)
{
    struct attempts a = {.opts = opts, .deadline_ms = td_clock_ms() + opts->wait_ms};
    if (h->has_lease && h->table != TD_HISTORY_NONE)
        return TD_OK;
    for (;;) {
        int rc = create_once(db, h, opts->schema, err);
        if (rc == TD_OK)
            return TD_OK;
        if (strcmp(err->sqlstate, "42501") == 0)
            return no_right(err);
        if (!may_try_again(&a, td_db_engine(db), err))
            return err->rc == TD_ECANCELLED ? TD_ECANCELLED : td_err_wrap(err, "making tandem's own tables");
    }
}
