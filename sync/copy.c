#include "sync/copy.h"

#include <string.h>

#include "sync/copy_impl.h"
#include "sync/kept.h"

/* ---- what is copied ---- */

static enum td_on on_of(const struct td_copy_end *e)
{
    return td_db_engine(e->db) == TD_ENGINE_POSTGRES ? TD_ON_POSTGRES : TD_ON_SQLITE;
}

static int no_migrations(const struct td_copying *c, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_SCHEMA, "%s has no migrations", c->from->who);
    td_err_why(err, "what its tables are is known by the migrations that it has applied");
    return td_err_next(err, "run  tandem migrate resolve --baseline NAME --url %s  with the folder that made it",
                       c->from->url->display);
}

/* What only the source's engine has stays behind, and that is said. */
static void warn_of_left_out(struct td_copying *c)
{
    enum td_on from = on_of(c->from), to = on_of(c->to);
    const char *engine = to == TD_ON_SQLITE ? "SQLite" : "PostgreSQL";
    struct td_buf b;
    td_buf_init(&b, c->a);
    for (size_t i = 0; c->opts->tenant == NULL && i < c->slice.catalog->tables.len; i++) {
        const struct td_table *t = c->slice.catalog->tables.at[i];
        if ((t->kind == TD_R_TABLE || t->kind == TD_R_PARTITIONED) && !t->temporary && (t->on & from) != 0 &&
            (t->on & to) == 0)
            td_buf_printf(&b, "%s\"%s\"", b.len > 0 ? ", " : "", t->name);
    }
    for (size_t i = 0; i < c->slice.all.len; i++) {
        const struct td_sync_table *t = &c->slice.all.at[i];
        for (size_t k = 0; k < t->scope->table->columns.len; k++) {
            const struct td_column *column = t->scope->table->columns.at[k];
            if (column->generated == NULL && (column->on & from) != 0 && (column->on & to) == 0)
                td_buf_printf(&b, "%s\"%s.%s\"", b.len > 0 ? ", " : "", t->name, column->name);
        }
    }
    if (b.len > 0)
        td_strings_add(c->a, &c->out->warnings,
                       td_arena_printf(c->a, "not copied, as %s does not have it: %s", engine, td_buf_str(&b)));
}

static int read_source(void *data, struct td_err *err)
{
    struct td_copying *c = data;
    const struct td_kept_opts kept = {.who = c->from->who, .schema = c->from->url->schema, .folder = c->opts->folder};
    const struct td_slice_opts slice = {.folder = &c->folder,
                                        .skip = c->opts->deploy.skip,
                                        .on = (enum td_on)(on_of(c->from) | on_of(c->to)),
                                        .config = c->opts->config,
                                        .tenant_table = c->opts->tenant_table,
                                        .scoped = c->opts->tenant != NULL};
    int rc = td_kept_migrations(c->a, c->from->db, &kept, &c->folder, err);
    if (rc == TD_OK && c->folder.len == 0)
        return no_migrations(c, err);
    if (rc == TD_OK)
        rc = td_slice_make(c->a, &slice, &c->slice, err);
    if (rc == TD_OK && c->opts->tenant != NULL)
        rc = td_slice_tenant(c->a, &c->slice, td_db_engine(c->from->db), c->opts->tenant, &c->tenant, err);
    if (rc == TD_OK && c->opts->tenant != NULL)
        rc = td_slice_find(c->a, &c->slice, c->from->db, c->opts->tenant, err);
    if (rc != TD_OK)
        return rc;
    warn_of_left_out(c);
    c->source = c->from->url->display;
    c->out->len = c->slice.all.len;
    c->out->at = td_arena_alloc(c->a, (c->out->len + 1) * sizeof *c->out->at);
    for (size_t i = 0; i < c->out->len; i++)
        c->out->at[i].name = c->slice.all.at[i].name;
    return TD_OK;
}

/* ---- rows ---- */

static void tell(struct td_copying *c, size_t table, int64_t rows)
{
    if (c->opts->on_progress == NULL)
        return;
    c->total += rows;
    c->opts->on_progress(&(struct td_copy_progress){.table = c->slice.all.at[table].name,
                                                    .table_rows = c->out->at[table].rows + c->out->at[table].present,
                                                    .rows = c->total,
                                                    .done = table,
                                                    .tables = c->slice.all.len},
                         c->opts->data);
}

static int write_chunk(struct td_copying *c, size_t table, const char *after, struct td_buf *last, bool *more,
                       struct td_err *err)
{
    struct td_copy_written w = {0};
    size_t n = 0;
    bool sqlite = td_db_engine(c->to->db) == TD_ENGINE_SQLITE;
    int rc = (sqlite ? td_copy_chunk_sqlite : td_copy_chunk_postgres)(c, table, after, &n, last, &w, err);
    if (rc != TD_OK)
        return rc;
    c->out->at[table].rows += w.rows;
    c->out->at[table].present += w.present;
    *more = n == TD_COPY_CHUNK && c->slice.all.at[table].n_key > 0 && !c->ways[table].whole;
    tell(c, table, (int64_t)n);
    return TD_OK;
}

/* One chunk with the place behind it. */
static int copy_chunk(struct td_copying *c, struct td_err *err)
{
    struct td_buf last = {0};
    bool more = false;
    int rc = td_copy_begin(c, err);
    if (rc != TD_OK)
        return rc;
    rc = td_copy_hold(c, err);
    if (rc == TD_OK)
        rc = write_chunk(c, c->table, c->key.len > 0 ? td_buf_str(&c->key) : NULL, &last, &more, err);
    if (rc == TD_OK)
        rc = td_copy_move(c, more ? c->table : c->table + 1, more ? td_buf_str(&last) : NULL, err);
    rc = td_copy_end(c, rc, err);
    td_buf_deinit(&last);
    return rc;
}

static int copy_table(struct td_copying *c, size_t table, struct td_err *err)
{
    struct td_buf after = {0}, last = {0};
    bool more = true;
    int rc = TD_OK;
    while (rc == TD_OK && more) {
        rc = write_chunk(c, table, after.len > 0 ? td_buf_str(&after) : NULL, &last, &more, err);
        td_buf_reset(&after);
        if (rc == TD_OK && more)
            td_buf_add(&after, td_buf_str(&last));
        if (rc == TD_OK)
            rc = td_buf_check(&after, err);
    }
    td_buf_deinit(&after);
    td_buf_deinit(&last);
    return rc;
}

/* Tables that refer to each other in a circle: all of them, or none. */
static int copy_circle(struct td_copying *c, struct td_err *err)
{
    size_t last = c->ways[c->table].last;
    int rc = td_copy_begin(c, err);
    if (rc != TD_OK)
        return rc;
    rc = td_copy_hold(c, err);
    for (size_t i = c->table; i <= last && rc == TD_OK; i++)
        rc = copy_table(c, i, err);
    for (size_t i = c->table; i <= last && rc == TD_OK; i++)
        rc = td_copy_late(c, i, err);
    if (rc == TD_OK)
        rc = td_copy_move(c, last + 1, NULL, err);
    return td_copy_end(c, rc, err);
}

static int finish(struct td_copying *c, struct td_err *err)
{
    int rc = td_copy_begin(c, err);
    if (rc != TD_OK)
        return rc;
    rc = td_copy_hold(c, err);
    if (rc == TD_OK)
        rc = td_copy_check(c, err);
    if (rc == TD_OK)
        rc = td_copy_count_on(c, err);
    if (rc == TD_OK)
        rc = td_copy_forget(c, err);
    return td_copy_end(c, rc, err);
}

static bool is_circle(const struct td_copying *c)
{
    const struct td_copy_way *way = &c->ways[c->table];
    return way->last > c->table || way->whole;
}

static int copy_rows(struct td_copying *c, struct td_err *err)
{
    int rc = TD_OK;
    while (c->table < c->slice.all.len && rc == TD_OK) {
        if (td_copy_is_cancelled(c))
            return td_err_set(err, TD_C_CANCELLED, "interrupted");
        rc = is_circle(c) ? copy_circle(c, err) : copy_chunk(c, err);
    }
    return rc == TD_OK ? finish(c, err) : rc;
}

/* ---- all of it ---- */

static int open_source(struct td_copying *c, struct td_err *err)
{
    int rc = td_db_begin(c->from->db, TD_TX_READ, err);
    if (rc == TD_OK && td_db_engine(c->from->db) == TD_ENGINE_POSTGRES)
        rc = td_db_exec(c->from->db, TD_COPY_SETTINGS, err);
    return rc;
}

static int copy_all(void *data, struct td_err *err)
{
    struct td_copying *c = data;
    int rc = td_copy_plan(c, err);
    if (rc == TD_OK)
        rc = open_source(c, err);
    if (rc == TD_OK && c->opts->one)
        rc = td_db_begin(c->to->db, TD_TX_WRITE, err);
    if (rc != TD_OK)
        return rc;
    rc = copy_rows(c, err);
    if (rc == TD_OK && c->opts->one)
        rc = td_db_commit(c->to->db, err);
    return rc;
}

static void leave(struct td_copying *c)
{
    struct td_err ignored = {0};
    while (td_db_tx_depth(c->to->db) > 0)
        td_db_rollback(c->to->db);
    while (td_db_tx_depth(c->from->db) > 0)
        td_db_rollback(c->from->db);
    if (td_db_engine(c->to->db) == TD_ENGINE_SQLITE) {
        (void)!td_db_triggers(c->to->db, true, &ignored);
        (void)!td_db_exec(c->to->db, "PRAGMA foreign_keys = ON", &ignored);
    }
    td_buf_deinit(&c->key);
    td_arena_deinit(&c->scratch);
}

static int schema_of_its_own(const struct td_copy_end *e, struct td_err *err)
{
    td_err_set(err, TD_C_DB_UNSUPPORTED, "%s names a schema", e->url->display);
    return td_err_next(err, "leave out schema=: tables are copied to the schemas that their migrations name");
}

int td_copy(struct td_arena *a, const struct td_copy_end *from, const struct td_copy_end *to,
            const struct td_copy_opts *opts, struct td_copy_result *out, struct td_err *err)
{
    struct td_copying c = {.a = a, .from = from, .to = to, .opts = opts, .out = out};
    *out = (struct td_copy_result){0};
    if (from->url->schema != NULL && strcmp(from->url->schema, "public") != 0)
        return schema_of_its_own(from, err);
    if (to->url->schema != NULL && strcmp(to->url->schema, "public") != 0)
        return schema_of_its_own(to, err);
    int rc = td_copy_target_check(&c, err);
    if (rc == TD_OK)
        rc = td_arena_run(a, read_source, &c, err);
    if (rc == TD_OK)
        rc = td_copy_target(&c, err);
    if (rc == TD_OK)
        rc = td_arena_run(a, copy_all, &c, err);
    leave(&c);
    for (size_t i = 0; i < out->len; i++) {
        out->rows += out->at[i].rows;
        out->present += out->at[i].present;
    }
    return rc;
}
