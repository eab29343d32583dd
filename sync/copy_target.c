/* The target before and between the rows: its migrations, and the place where the copy stands. */
#include <string.h>

#include "core/migrate/history.h"
#include "core/migrate/rows.h"
#include "core/migrate/store.h"
#include "sync/copy_impl.h"
#include "sync/scope_sql.h"

static bool on_postgres(const struct td_copying *c)
{
    return td_db_engine(c->to->db) == TD_ENGINE_POSTGRES;
}

static const char *place_table(const struct td_copying *c)
{
    return on_postgres(c) ? "tandem.copy" : "main.tandem_copy";
}

static const char *what_of(const struct td_copying *c)
{
    return c->opts->tenant == NULL ? "all" : td_arena_printf(c->a, "tenant %s", c->opts->tenant);
}

static const char *table_name(const struct td_copying *c, size_t table)
{
    return table < c->slice.all.len ? c->slice.all.at[table].name : "";
}

/* ---- may it be written to? ---- */

static int is_clone(const struct td_copying *c, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_COPY_CLONE, "%s is a clone: its rows come by sync", c->to->url->display);
    return td_err_next(err, "copy into the server; `tandem sync run` brings the rows to the file");
}

static int same_database(struct td_err *err)
{
    td_err_set(err, TD_C_CLI_EXCLUDE, "source and target are the same database");
    return td_err_next(err, "name another one to copy to");
}

int td_copy_target_check(struct td_copying *c, struct td_err *err)
{
    int64_t n = 0;
    if (strcmp(c->from->url->text, c->to->url->text) == 0)
        return same_database(err);
    if (on_postgres(c))
        return TD_OK;
    int rc = td_db_query_int(c->to->db, "SELECT count(*) FROM main.sqlite_schema WHERE name = 'tandem_meta'", NULL, 0,
                             &n, err);
    return rc == TD_OK && n > 0 ? is_clone(c, err) : rc;
}

/* ---- the place ---- */

static int place_exists(struct td_copying *c, bool *out, struct td_err *err)
{
    int64_t n = 0;
    int rc = td_db_query_int(c->to->db,
                             on_postgres(c) ? "SELECT (to_regclass('tandem.copy') IS NOT NULL)::integer"
                                            : "SELECT count(*) FROM main.sqlite_schema WHERE name = 'tandem_copy'",
                             NULL, 0, &n, err);
    *out = n > 0;
    return rc;
}

static int parse_place(struct td_copying *c, const struct td_rows *rows, struct td_err *err)
{
    const char *state = td_rows_cell(rows, 0, 0), *table = td_rows_cell(rows, 0, 1), *key = td_rows_cell(rows, 0, 2);
    c->placed = true;
    c->making = strcmp(state, "making") == 0;
    c->table = 0;
    for (size_t i = 0; table != NULL && i <= c->slice.all.len; i++)
        if (strcmp(table_name(c, i), table) == 0)
            c->table = i;
    if (key != NULL)
        td_buf_add(&c->key, key);
    return td_buf_check(&c->key, err);
}

static int read_place(void *data, struct td_err *err)
{
    struct td_copying *c = data;
    struct td_rows rows = {0};
    bool there = false;
    const struct td_value v[] = {td_text(c->source), td_text(what_of(c))};
    int rc = place_exists(c, &there, err);
    if (rc != TD_OK || !there || c->opts->one)
        return rc;
    rc = td_rows_read(
        c->a, c->to->db,
        td_arena_printf(c->a, "SELECT state, tbl, key FROM %s WHERE source = $1 AND what = $2", place_table(c)), v, 2,
        &rows, err);
    return rc == TD_OK && td_rows_count(&rows) > 0 ? parse_place(c, &rows, err) : rc;
}

static int busy(struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_COPY_BUSY, "another copy of the same rows is at work");
    return td_err_next(err, "wait for it to end; the same command goes on where it stops");
}

static int make_place(struct td_copying *c, const struct td_history *h, const char *state, struct td_err *err)
{
    const struct td_value v[] = {td_text(c->source), td_text(what_of(c)), td_text(state),
                                 td_text(table_name(c, c->table))};
    int rc = on_postgres(c) && !h->has_lease ? td_store_create(c->to->db, h, &c->opts->deploy, err) : TD_OK;
    if (rc == TD_OK)
        rc = td_db_execf(c->to->db, err,
                         "CREATE TABLE IF NOT EXISTS %s (source TEXT NOT NULL, what TEXT NOT NULL, state TEXT NOT NULL,"
                         " tbl TEXT, key TEXT, PRIMARY KEY (source, what))%s",
                         place_table(c), on_postgres(c) ? "" : " STRICT");
    if (rc == TD_OK)
        rc = td_db_run(c->to->db,
                       on_postgres(c)
                           ? "INSERT INTO tandem.copy (source, what, state, tbl) VALUES ($1, $2, $3, $4)"
                           : "INSERT INTO main.tandem_copy (source, what, state, tbl) VALUES ($1, $2, $3, $4)",
                       v, 4, err);
    c->placed = rc == TD_OK;
    return rc == TD_EUNIQUE ? busy(err) : rc; /* both have just begun */
}

/* Sets the place, if it is still where this copy believes it is. */
static int set_place(struct td_copying *c, size_t table, const char *key, struct td_err *err)
{
    const char *is = on_postgres(c) ? "IS NOT DISTINCT FROM" : "IS", *text = on_postgres(c) ? "::text" : "";
    struct td_buf sql = {0};
    const struct td_value v[] = {td_text(table_name(c, table)),
                                 td_text(key),
                                 td_text(c->source),
                                 td_text(what_of(c)),
                                 td_text(table_name(c, c->table)),
                                 c->key.len > 0 ? td_text(td_buf_str(&c->key)) : td_null()};
    td_buf_printf(&sql,
                  "UPDATE %s SET state = 'copying', tbl = $1, key = $2 WHERE source = $3 AND what = $4"
                  " AND tbl %s $5%s AND key %s $6%s",
                  place_table(c), is, text, is, text);
    int rc = td_buf_check(&sql, err);
    if (rc == TD_OK)
        rc = td_db_run(c->to->db, td_buf_str(&sql), v, 6, err);
    td_buf_deinit(&sql);
    return rc == TD_OK && td_db_changes(c->to->db) != 1 ? busy(err) : rc;
}

int td_copy_hold(struct td_copying *c, struct td_err *err)
{
    return c->placed ? set_place(c, c->table, c->key.len > 0 ? td_buf_str(&c->key) : NULL, err) : TD_OK;
}

int td_copy_move(struct td_copying *c, size_t table, const char *key, struct td_err *err)
{
    int rc = c->placed ? set_place(c, table, key, err) : TD_OK;
    if (rc != TD_OK)
        return rc;
    c->table = table;
    if (key != td_buf_str(&c->key)) {
        td_buf_reset(&c->key);
        td_buf_add(&c->key, key == NULL ? "" : key);
    }
    return td_buf_check(&c->key, err);
}

int td_copy_forget(struct td_copying *c, struct td_err *err)
{
    const struct td_value v[] = {td_text(c->source), td_text(what_of(c))};
    int64_t n = 0;
    if (!c->placed)
        return TD_OK;
    int rc = td_db_run(c->to->db,
                       on_postgres(c) ? "DELETE FROM tandem.copy WHERE source = $1 AND what = $2"
                                      : "DELETE FROM main.tandem_copy WHERE source = $1 AND what = $2",
                       v, 2, err);
    if (rc == TD_OK)
        rc = td_db_query_int(
            c->to->db, on_postgres(c) ? "SELECT count(*) FROM tandem.copy" : "SELECT count(*) FROM main.tandem_copy",
            NULL, 0, &n, err);
    return rc == TD_OK && n == 0 ? td_db_execf(c->to->db, err, "DROP TABLE %s", place_table(c)) : rc;
}

/* ---- its migrations ---- */

/* As a shell takes it. */
static const char *quoted(const struct td_copying *c, const struct td_url *url)
{
    bool plain = strpbrk(url->display, "&?*;'\" ()$") == NULL;
    const char *text = plain ? NULL : td_arena_printf(c->a, "'%s'", url->display);
    return text == NULL ? url->display : text;
}

static int other_migrations(const struct td_copying *c, bool target_lacks, const char *name, struct td_err *err)
{
    const struct td_copy_end *has = target_lacks ? c->from : c->to, *lacks = target_lacks ? c->to : c->from;
    td_err_set(err, TD_C_SYNC_SCHEMA, "%s has the migration \"%s\", which %s has not", has->who, name, lacks->who);
    return td_err_next(err, "run  tandem migrate deploy --url %s  with the folder that has it", quoted(c, lacks->url));
}

static const struct td_history_row *applied(const struct td_history *h, const char *name)
{
    for (size_t i = 0; i < h->len; i++)
        if (h->at[i].finished_at != NULL && h->at[i].rolled_back_at == NULL && strcmp(h->at[i].name, name) == 0)
            return &h->at[i];
    return NULL;
}

static int other_text(const struct td_copying *c, const char *name, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_SCHEMA, "the migration \"%s\" is another one in %s than in %s", name, c->from->who,
               c->to->who);
    return td_err_next(err, "tandem migrate status --url %s", quoted(c, c->to->url));
}

static int compare_migrations(struct td_copying *c, const struct td_history *h, struct td_err *err)
{
    for (size_t i = 0; i < c->folder.len; i++) {
        const struct td_migration *m = &c->folder.at[i];
        const struct td_history_row *row = applied(h, m->name);
        if (row == NULL)
            return other_migrations(c, true, m->name, err);
        if (!td_migration_checksum_fits(m, row->checksum))
            return other_text(c, m->name, err);
    }
    for (size_t i = 0; i < h->len; i++) {
        bool counts = h->at[i].finished_at != NULL && h->at[i].rolled_back_at == NULL;
        if (counts && td_folder_find(&c->folder, h->at[i].name) == NULL)
            return other_migrations(c, false, h->at[i].name, err);
    }
    return TD_OK;
}

static void add_emptied(const struct td_copying *c, const struct td_scopes *v, struct td_buf *b)
{
    td_buf_add(b, on_postgres(c) ? "TRUNCATE " : "");
    for (size_t i = 0; i < v->len; i++) {
        td_buf_add(b, on_postgres(c) ? i > 0 ? ", " : "" : "DELETE FROM ");
        td_scope_add_table_on(td_db_engine(c->to->db), v->at[i]->table, b);
        td_buf_add(b, on_postgres(c) ? "" : ";");
    }
}

/* Rows that the migrations themselves have put into the tables are the source's to have. */
static int empty(struct td_copying *c, struct td_err *err)
{
    struct td_buf b = {0};
    add_emptied(c, &c->slice.every, &b);
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK && c->slice.every.len > 0) {
        rc = td_db_begin(c->to->db, TD_TX_WRITE, err);
        if (rc == TD_OK)
            rc = td_db_exec(c->to->db, td_buf_str(&b), err);
        if (rc == TD_OK)
            rc = td_copy_hold(c, err);
        rc = td_copy_end(c, rc, err);
    }
    td_buf_deinit(&b);
    return rc;
}

static int quietly(struct td_copying *c, bool quiet, struct td_err *err)
{
    if (on_postgres(c))
        return TD_OK;
    int rc = td_db_exec(c->to->db, quiet ? "PRAGMA foreign_keys = OFF" : "PRAGMA foreign_keys = ON", err);
    return rc == TD_OK ? td_db_triggers(c->to->db, !quiet, err) : rc;
}

static int deploy(struct td_copying *c, const struct td_history *h, struct td_err *err)
{
    struct td_deploy_result result = {0};
    int rc = c->placed || c->opts->one ? TD_OK : make_place(c, h, "making", err);
    if (rc == TD_OK)
        rc = td_deploy(c->a, c->to->db, &c->folder, &c->opts->deploy, &result, err);
    if (rc == TD_OK)
        rc = quietly(c, true, err);
    if (rc == TD_OK)
        rc = empty(c, err);
    if (rc == TD_OK)
        rc = quietly(c, false, err);
    c->out->deployed = rc == TD_OK;
    return rc;
}

static int in_the_way(const struct td_copying *c, struct td_err *err)
{
    td_err_set(err, TD_C_EXISTS, "%s has tables already", c->to->url->display);
    return td_err_next(err, "name another file");
}

static int nothing_to_resume(const struct td_copying *c, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_COPY_NONE, "%s has no unfinished copy from %s", c->to->url->display, c->source);
    return td_err_next(err, "leave out --resume: a copy that was interrupted goes on by itself");
}

int td_copy_target(struct td_copying *c, struct td_err *err)
{
    struct td_history h = {0};
    int rc = td_history_read(c->a, c->to->db, c->opts->deploy.schema, &h, err);
    if (rc == TD_OK)
        rc = td_arena_run(c->a, read_place, c, err);
    if (rc != TD_OK)
        return rc;
    bool blank = h.schema_empty && h.len == 0;
    c->out->resumed = c->placed;
    if (c->opts->resume && !c->placed)
        return nothing_to_resume(c, err);
    if (c->opts->fresh && !c->placed && !blank)
        return in_the_way(c, err);
    if (blank || c->making)
        return deploy(c, &h, err);
    rc = compare_migrations(c, &h, err);
    return rc != TD_OK || c->placed || c->opts->one ? rc : make_place(c, &h, "copying", err);
}
