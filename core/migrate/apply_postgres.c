/* A migration as one transaction on PostgreSQL: three round trips, the file itself going out byte for byte. */
#include <string.h>

#include "core/migrate/apply.h"
#include "core/migrate/rows.h"

struct whole {
    bool in_file;    /* how far it came: an error belongs to the file */
    size_t finished; /* statements of the file */
    struct td_buf sql;
};

/* A byte order mark is for editors; PostgreSQL would refuse it, psql leaves it out. */
static size_t skip_mark(const struct td_migration *m)
{
    return m->len >= 3 && memcmp(m->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* A role of our schema's name finds it first, as its "$user": what a file makes without a schema would land in it. */
#define OWN_PATH(local)                                                                                                \
    "SELECT pg_catalog.set_config('search_path', coalesce(nullif(pg_catalog.regexp_replace("                           \
    "pg_catalog.current_setting('search_path'), '\"\\$user\",? *', ''), ''), 'public'), " local                        \
    ") WHERE current_user = 'tandem';"

void td_apply_add_lock_timeout(const struct td_run *r, struct td_buf *sql)
{
    td_buf_printf(sql, "SET LOCAL lock_timeout = '%dms';",
                  r->opts->lock_timeout_ms > 0 ? r->opts->lock_timeout_ms : 5000);
}

void td_apply_add_begin(const struct td_run *r, const struct td_step *s, bool set_lock_timeout, struct td_buf *sql)
{
    td_buf_add(sql, "BEGIN;");
    if (set_lock_timeout)
        td_apply_add_lock_timeout(r, sql);
    /* only the release of the lease waits for the disk, and with it all that was committed before */
    td_buf_add(sql, "SET LOCAL idle_in_transaction_session_timeout = '60s';SET LOCAL synchronous_commit = off;"
                    "SET LOCAL application_name = 'tandem: ");
    for (const char *p = s->m->name; *p != '\0'; p++) /* shown to people; what would need quoting is not */
        td_buf_char(sql, *p == '\'' || *p == '\\' ? '_' : *p);
    td_buf_add(sql, "';");
    if (!td_lease_direct(r->lease) && r->opts->schema != NULL) {
        td_buf_add(sql, "SET LOCAL search_path TO ");
        td_buf_ident(sql, r->opts->schema);
        td_buf_char(sql, ';');
    }
    if (!td_lease_direct(r->lease))
        td_buf_add(sql, OWN_PATH("true"));
}

/* The session as it was before the file. */
static int as_before(struct td_run *r, struct whole *w, struct td_err *err)
{
    td_buf_add(&w->sql, r->restore);
    td_apply_add_lock_timeout(r, &w->sql);
    return td_apply_exec(r, &w->sql, err);
}

static int run_whole(struct td_run *r, const struct td_step *s, void *data, struct td_err *err)
{
    struct whole *w = data;
    w->in_file = false;
    td_apply_add_begin(r, s, true, &w->sql);
    td_store_add_start(&r->store, s->m, &w->sql);
    int rc = td_apply_exec(r, &w->sql, err);
    if (rc == TD_OK)
        rc = td_store_check_start(&r->store, err);
    if (rc == TD_OK)
        rc = td_apply_before(r, s, err);
    if (rc != TD_OK)
        return rc;
    w->in_file = true;
    rc = td_db_exec(r->db, s->m->text + skip_mark(s->m), err);
    w->finished = td_db_finished(r->db);
    if (rc == TD_OK && r->hooks != NULL) /* no table can be altered while its rows wait for a check */
        rc = td_db_exec(r->db, "SET CONSTRAINTS ALL IMMEDIATE", err);
    if (rc != TD_OK)
        return rc;
    if (r->hooks != NULL)
        rc = as_before(r, w, err);
    if (rc == TD_OK)
        rc = td_apply_after(r, s, err);
    if (rc != TD_OK) {
        w->in_file = false;
        return rc;
    }
    w->in_file = false;
    td_buf_add(&w->sql, r->restore);
    td_buf_add(&w->sql, "SET LOCAL synchronous_commit = off;");
    td_store_add_whole(&r->store, s->m, 0, s->file->len, &w->sql);
    td_buf_add(&w->sql, "COMMIT");
    return td_apply_exec(r, &w->sql, err); /* deferred constraints fail here, and are the file's */
}

/* An error without a position of its own (a duplicate key, a missing table) belongs to the statement that was next; one
 * at the COMMIT, of a deferred constraint, is shown at the last. */
static size_t statement_to_blame(const struct td_step *s, const struct whole *w, size_t *len_out)
{
    size_t n = s->file->len, i = w->finished < n ? w->finished : n - 1;
    *len_out = n > 0 ? s->file->at[i].len : 0;
    return n > 0 ? s->file->at[i].start : 0;
}

int td_apply_postgres(struct td_run *r, const struct td_step *s, struct td_err *err)
{
    struct whole w = {0};
    if (!s->units.transactional)
        return td_apply_journalled(r, s, err);
    int rc = td_apply_retry(r, s, run_whole, &w, err);
    td_buf_deinit(&w.sql);
    if (rc == TD_OK)
        return rc;
    if (!w.in_file)
        err->column = 0; /* it would be a place in a text of ours */
    size_t len = 0, from = err->column > 0 ? skip_mark(s->m) : statement_to_blame(s, &w, &len);
    return td_apply_failed(r, s, from, len, err);
}

int td_apply_read_session(struct td_arena *a, struct td_db *db, bool direct, const char **out, struct td_err *err)
{
    struct td_buf b = {0};
    struct td_rows rows;
    td_buf_init(&b, a);
    td_buf_add(&b, "RESET SESSION AUTHORIZATION;RESET ROLE;RESET ALL;");
    int rc = direct ? td_db_exec(db, OWN_PATH("false"), err) : TD_OK;
    if (rc == TD_OK)
        rc = td_rows_read(a, db,
                          "SELECT name, pg_catalog.current_setting(name) FROM pg_catalog.pg_settings"
                          " WHERE source = 'session' AND name NOT IN ('role', 'session_authorization')",
                          NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        td_buf_add(&b, i == 0 ? "SELECT pg_catalog.set_config(" : ", pg_catalog.set_config(");
        td_buf_lit(&b, td_rows_cell(&rows, i, 0));
        td_buf_add(&b, ", ");
        td_buf_lit(&b, td_rows_cell(&rows, i, 1));
        td_buf_add(&b, ", false)");
    }
    if (rc == TD_OK && td_rows_count(&rows) > 0)
        td_buf_char(&b, ';');
    *out = td_buf_str(&b);
    return rc;
}
