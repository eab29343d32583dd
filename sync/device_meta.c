#include "core/base/mem.h"
#include "sync/device_impl.h"

int td_meta_set(struct td_db *db, const char *k, struct td_value v, struct td_err *err)
{
    const struct td_value values[] = {td_text(k), v};
    return td_db_run(db,
                     "INSERT INTO main.tandem_meta (k, v) VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = excluded.v",
                     values, 2, err);
}

int td_meta_read(struct td_arena *a, struct td_db *db, const char *k, const char **out, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(a, db, "SELECT v FROM main.tandem_meta WHERE k = $1", (struct td_value[]){td_text(k)}, 1,
                          &rows, err);
    *out = rc == TD_OK && td_rows_count(&rows) > 0 ? td_rows_cell(&rows, 0, 0) : NULL;
    return rc;
}

const struct td_sync_tables *td_device_tables(const struct td_device *d)
{
    return &d->all;
}

const char *td_device_tenant(const struct td_device *d)
{
    return d->tenant;
}

const char *td_device_remote(const struct td_device *d)
{
    return d->remote;
}

const char *td_device_cursor(const struct td_device *d)
{
    return d->cursor;
}

const char *td_device_migration(const struct td_device *d)
{
    return d->migration;
}

const char *td_device_compare(const struct td_device *d)
{
    return d->compare;
}

int td_device_compared(struct td_device *d, struct td_err *err)
{
    int rc = d->compare == NULL ? TD_OK : td_meta_set(d->db, "compare", td_null(), err);
    if (rc == TD_OK)
        d->compare = NULL;
    return rc;
}

int td_device_configure(struct td_db *db, const char *config, struct td_err *err)
{
    char *old = NULL;
    int rc = td_db_query_text(db, "SELECT v FROM main.tandem_meta WHERE k = 'config'", NULL, 0, &old, err);
    bool same = rc != TD_OK || (old != NULL && strcmp(old, config) == 0);
    td_mem_free(old);
    return same ? rc : td_meta_set(db, "config", td_text(config), err);
}

const struct td_device_id *td_device_identity(const struct td_device *d)
{
    return &d->id;
}

enum td_device_state td_device_state(const struct td_device *d)
{
    return d->state;
}

struct td_db *td_device_db(const struct td_device *d)
{
    return d->db;
}

static int count(struct td_device *d, const char *from, const char *where, int64_t *sum, struct td_err *err)
{
    struct td_buf b = {0};
    int64_t n = 0;
    td_buf_printf(&b, "SELECT count(*) FROM %s%s", from, where);
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_db_query_int(d->db, td_buf_str(&b), NULL, 0, &n, err);
    td_buf_deinit(&b);
    *sum += n;
    return rc;
}

int td_device_count(struct td_device *d, struct td_device_counts *out, struct td_err *err)
{
    int rc = TD_OK;
    *out = (struct td_device_counts){0};
    for (size_t t = 0; t < d->all.len && rc == TD_OK; t++) {
        rc = count(d, d->lite[t].base, "", &out->pending, err);
        if (rc == TD_OK)
            rc = count(d, d->lite[t].out, "", &out->frozen, err);
    }
    if (rc == TD_OK)
        rc = count(d, "main.tandem_conflict", " WHERE state = 'open'", &out->conflicts, err);
    if (rc == TD_OK)
        rc = count(d, "main.tandem_reject", "", &out->rejects, err);
    return rc;
}

/* A server that was set back gives the same number again: that it is another tells its nonce. */
static bool is_another(const struct td_device *d, const struct td_device_id *id)
{
    return d->id.device != 0 && (id->device != d->id.device || strcmp(id->nonce, d->id.nonce) != 0);
}

static int store_identity(struct td_device *d, const struct td_device_id *id, struct td_err *err)
{
    int rc = td_meta_set(d->db, "device", td_int(id->device), err);
    if (rc == TD_OK)
        rc = td_meta_set(d->db, "nonce", td_text(id->nonce), err);
    if (rc == TD_OK)
        rc = td_meta_set(d->db, "lineage", td_text(id->lineage), err);
    /* what the file has is to be compared, also when the run ends here */
    return rc == TD_OK && is_another(d, id) ? td_meta_set(d->db, "compare", td_text("identity"), err) : rc;
}

int td_device_identify(struct td_device *d, const struct td_device_id *id, struct td_err *err)
{
    int rc = TD_OK;
    if (is_another(d, id))
        rc = td_device_thaw(d, err);
    if (rc == TD_OK)
        rc = td_db_begin(d->db, TD_TX_WRITE, err);
    if (rc != TD_OK)
        return rc;
    rc = store_identity(d, id, err);
    rc = rc == TD_OK ? td_db_commit(d->db, err) : (td_db_rollback(d->db), rc);
    if (rc != TD_OK)
        return rc;
    if (is_another(d, id))
        d->compare = "identity";
    d->id = *id;
    return TD_OK;
}
