/* Databases. */
#include "core/db/db.h"
#include "core/base/mem.h"
#include "drivers/drivers.h"
#include "tools/library/api.h"

int tandem_db_open(const char *url, unsigned flags, struct tandem_db **out, struct tandem_err *err)
{
    struct td_err scratch, *e = td_api_err(err, &scratch);
    struct td_db_opts opts = {.create = (flags & TANDEM_OPEN_CREATE) != 0,
                              .read_only = (flags & TANDEM_OPEN_READ_ONLY) != 0};
    if (out == NULL || url == NULL)
        return td_err_set(e, TD_C_DB_USE, "tandem_db_open needs a URL and a place for the result");
    *out = NULL;
    struct tandem_db *db = td_mem_zalloc(sizeof *db);
    if (db == NULL)
        return td_err_nomem(e);
    td_drivers_register();
    int rc = td_url_parse(url, NULL, &db->url, e);
    if (rc == TD_OK)
        rc = td_db_open(&db->url, &opts, &db->db, e);
    if (rc != TD_OK) {
        tandem_db_close(db);
        return rc;
    }
    *out = db;
    return TD_OK;
}

void tandem_db_close(struct tandem_db *db)
{
    if (db == NULL)
        return;
    td_db_close(db->db);
    td_url_deinit(&db->url);
    td_mem_free(db);
}

int tandem_db_exec(struct tandem_db *db, const char *sql, struct tandem_err *err)
{
    struct td_err scratch, *e = td_api_err(err, &scratch);
    if (db == NULL || sql == NULL)
        return td_err_set(e, TD_C_DB_USE, "tandem_db_exec needs a database and a statement");
    return td_db_exec(db->db, sql, e);
}

void tandem_db_cancel(struct tandem_db *db)
{
    if (db != NULL)
        td_db_cancel(db->db);
}

const char *tandem_db_engine(const struct tandem_db *db)
{
    if (db == NULL)
        return "";
    return td_db_engine(db->db) == TD_ENGINE_SQLITE ? "sqlite" : "postgres";
}
