/* Opening a device: what its file says of itself, replayed. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/config/config.h"
#include "core/migrate/history.h"
#include "core/migrate/lower.h"
#include "sync/capture_sqlite.h"
#include "sync/device_impl.h"

static const char *const made =
    "CREATE TABLE IF NOT EXISTS main.tandem_conflict (id INTEGER PRIMARY KEY AUTOINCREMENT, tbl TEXT NOT NULL,"
    " pk TEXT NOT NULL, column_name TEXT, policy TEXT NOT NULL, taken TEXT NOT NULL, base TEXT, mine TEXT,"
    " theirs TEXT, chosen TEXT, batch INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'open',"
    " at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))) STRICT;"
    "CREATE TABLE IF NOT EXISTS main.tandem_reject (id INTEGER PRIMARY KEY AUTOINCREMENT, tbl TEXT NOT NULL,"
    " pk TEXT NOT NULL, reason TEXT NOT NULL, sqlstate TEXT, message TEXT, base TEXT, mine TEXT,"
    " batch INTEGER NOT NULL, at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))) STRICT;";

static int store(struct td_db *db, const struct td_device_of *of, struct td_err *err)
{
    int rc = td_capture_sqlite_open(db, err);
    if (rc == TD_OK)
        rc = td_db_exec(db, made, err);
    if (rc == TD_OK)
        rc = td_meta_set(db, "tenant", td_text(of->tenant), err);
    if (rc == TD_OK)
        rc = td_meta_set(db, "config", td_text(of->config), err);
    if (rc == TD_OK)
        rc = td_meta_set(db, "remote", td_text(of->remote), err);
    if (rc == TD_OK)
        rc = td_meta_set(db, "skip", td_text(of->skip), err);
    if (rc == TD_OK)
        rc = td_meta_set(db, "batch", td_int(0), err);
    return rc == TD_OK ? td_meta_set(db, "state", td_text("loading"), err) : rc;
}

int td_device_create(struct td_db *db, const struct td_device_of *of, struct td_err *err)
{
    int rc = td_db_begin(db, TD_TX_WRITE, err);
    if (rc != TD_OK)
        return rc;
    rc = store(db, of, err);
    if (rc == TD_OK)
        return td_db_commit(db, err);
    td_db_rollback(db);
    return rc;
}

/* ---- what it says of itself ---- */

static int no_device(struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_FILE, "the file is no clone of a tenant");
    return td_err_next(err, "make one with  tandem sync clone --remote URL --tenant ID --local FILE");
}

static int read_meta(struct td_device *d, const char **config, const char **skip, struct td_err *err)
{
    struct td_rows rows = {0};
    const char *cursor = NULL;
    int64_t there = 0;
    int rc = td_db_query_int(d->db, "SELECT count(*) FROM main.sqlite_schema WHERE name = 'tandem_meta'", NULL, 0,
                             &there, err);
    if (rc == TD_OK && there == 0)
        return no_device(err);
    if (rc == TD_OK)
        rc = td_rows_read(&d->arena, d->db, "SELECT k, v FROM main.tandem_meta", NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        const char *k = td_rows_cell(&rows, i, 0), *v = td_rows_cell(&rows, i, 1);
        if (strcmp(k, "tenant") == 0)
            d->tenant = v;
        else if (strcmp(k, "config") == 0)
            *config = v;
        else if (strcmp(k, "remote") == 0)
            d->remote = v;
        else if (strcmp(k, "skip") == 0)
            *skip = v;
        else if (strcmp(k, "cursor") == 0)
            cursor = v;
        else if (strcmp(k, "device") == 0)
            d->id.device = td_rows_int(&rows, i, 1);
        else if (strcmp(k, "nonce") == 0 && v != NULL)
            (void)td_uuid_parse(v, strlen(v), d->id.nonce);
        else if (strcmp(k, "lineage") == 0 && v != NULL)
            (void)td_uuid_parse(v, strlen(v), d->id.lineage);
        else if (strcmp(k, "compare") == 0)
            d->compare = v;
        else if (strcmp(k, "batch") == 0)
            d->batch = td_rows_int(&rows, i, 1);
        else if (strcmp(k, "state") == 0)
            d->state = v != NULL && strcmp(v, "active") == 0 ? TD_DEVICE_ACTIVE : TD_DEVICE_LOADING;
    }
    if (rc == TD_OK && cursor != NULL && (d->cursor = td_mem_strdup(cursor)) == NULL)
        rc = td_err_nomem(err);
    return rc == TD_OK && (d->tenant == NULL || *config == NULL) ? no_device(err) : rc;
}

static struct td_skip skips(struct td_arena *a, const char *lines)
{
    struct td_strings words = {0};
    while (lines != NULL && *lines != '\0') {
        size_t n = strcspn(lines, "\n");
        if (n > 0)
            td_strings_add(a, &words, td_arena_dup(a, lines, n));
        lines += n + (lines[n] == '\n');
    }
    return (struct td_skip){words.at, words.len};
}

/* ---- its schema ---- */

struct replaying {
    struct td_device *d;
    struct td_history history;
    struct td_map texts;
    struct td_lowering *lowering;
};

static int read_texts(struct replaying *r, struct td_err *err)
{
    struct td_arena *a = &r->d->arena;
    struct td_rows rows = {0};
    int rc = td_history_read(a, r->d->db, NULL, &r->history, err);
    if (rc == TD_OK)
        rc = td_rows_read(a, r->d->db, "SELECT name, text FROM main.tandem_migration_text", NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        td_map_put(a, &r->texts, td_rows_cell(&rows, i, 0), (void *)(uintptr_t)td_rows_cell(&rows, i, 1));
    return rc;
}

static int by_name(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static int replay_one(struct replaying *r, const char *name, struct td_err *err)
{
    struct td_arena *a = &r->d->arena;
    struct td_lowered *l = NULL;
    struct td_migration *m = td_arena_new(a, struct td_migration);
    const char *text = td_map_get(&r->texts, name);
    if (text == NULL)
        return td_err_set(err, TD_C_MIG_NO_TEXT, "the file does not have the text of its migration \"%s\"", name);
    *m = (struct td_migration){
        .name = name, .path = td_arena_printf(a, "%s/migration.sql", name), .text = text, .len = strlen(text)};
    r->d->migration = name;
    return td_lowering_next(r->lowering, m, &l, err);
}

static int replay(struct replaying *r, const char *skip, struct td_err *err)
{
    struct td_arena *a = &r->d->arena;
    struct td_strings names = {0};
    int rc = read_texts(r, err);
    for (size_t i = 0; rc == TD_OK && i < r->history.len; i++)
        if (r->history.at[i].finished_at != NULL && r->history.at[i].rolled_back_at == NULL)
            td_strings_add(a, &names, r->history.at[i].name);
    if (names.len > 0)
        qsort(names.at, names.len, sizeof *names.at, by_name);
    if (rc == TD_OK)
        rc = td_lowering_open(a, skips(a, skip), &r->lowering, err);
    for (size_t i = 0; rc == TD_OK && i < names.len; i++)
        rc = replay_one(r, names.at[i], err);
    return rc;
}

static void close_config(void *c)
{
    td_config_close(c);
}

static int derive(struct td_device *d, struct td_catalog *c, const char *config, struct td_err *err)
{
    struct td_scopes *scopes = td_arena_new(&d->arena, struct td_scopes);
    int rc = td_config_parse(config, strlen(config), "tandem.json", &d->config, err);
    if (rc != TD_OK)
        return rc;
    td_arena_defer(&d->arena, close_config, d->config);
    rc = td_scopes_derive(&d->arena, c, d->config, NULL, scopes, err);
    if (rc == TD_OK)
        rc = td_scopes_check(scopes, err);
    return rc == TD_OK ? td_sync_tables_make(&d->arena, c, scopes, d->config, &d->all, err) : rc;
}

static const char *quoted(struct td_arena *a, const char *schema, const char *prefix, const char *name)
{
    struct td_buf b;
    td_buf_init(&b, a);
    td_buf_printf(&b, "%s.", schema);
    td_buf_ident(&b, td_arena_printf(a, "%s%s", prefix, name));
    return td_buf_str(&b);
}

static void name_all(struct td_device *d)
{
    struct td_arena *a = &d->arena;
    d->lite = td_arena_alloc(a, (d->all.len + 1) * sizeof *d->lite);
    d->stage_rows = td_arena_alloc(a, (d->all.len + 1) * sizeof(struct td_db_stmt *));
    for (size_t i = 0; i < d->all.len; i++) {
        const char *name = d->all.at[i].name;
        d->lite[i] = (struct td_lite){
            .t = &d->all.at[i],
            .table = quoted(a, "main", "", name),
            .base = quoted(a, "main", "tandem_base_", name),
            .out = quoted(a, "main", "tandem_out_", name),
            .stage = quoted(a, "temp", "tandem_stage_", name),
            .mine = quoted(a, "temp", "tandem_mine_", name),
            .sent = quoted(a, "main", "tandem_sent_", name),
        };
    }
}

/* ---- capture ---- */

static struct td_captured captured(struct td_arena *a, const struct td_sync_table *t)
{
    struct td_captured c = {.table = t->name};
    for (size_t i = 0; i < t->n_key; i++)
        td_strings_add(a, &c.key, t->columns[t->key[i]].name);
    return c;
}

/* The names as the file has them, quoted; "" where there is no such table. */
static int read_columns(struct td_work *w, const char *table, struct td_buf *out, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(&w->a, w->d->db, "SELECT name FROM pragma_table_info($1)",
                          (struct td_value[]){td_text(table)}, 1, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        td_buf_add(out, i > 0 ? ", " : "");
        td_buf_ident(out, td_rows_cell(&rows, i, 0));
    }
    return rc;
}

/* Makes it, unless it has just these columns. An old one is empty: a migration thaws the batch first. */
static int make_own(struct td_work *w, const struct td_sync_table *t, const char *quoted_name, const char *name,
                    const struct td_buf *want, struct td_err *err)
{
    struct td_buf b, have;
    td_buf_init(&b, &w->a);
    td_buf_init(&have, &w->a);
    int rc = read_columns(w, name, &have, err);
    if (rc != TD_OK || strcmp(td_buf_str(&have), td_buf_str(want)) == 0)
        return rc;
    td_buf_printf(&b, "DROP TABLE IF EXISTS %s; CREATE TABLE %s (%s, PRIMARY KEY (", quoted_name, quoted_name,
                  td_buf_str(want));
    td_lite_key(&b, t, "");
    td_buf_add(&b, ")) WITHOUT ROWID");
    return td_lite_exec(w->d, &b, err);
}

/* "tandem_out_t": its columns follow from the table's. */
static int make_out(struct td_work *w, const struct td_lite *l, struct td_err *err)
{
    struct td_buf want;
    const struct td_sync_table *t = l->t;
    td_buf_init(&want, &w->a);
    td_lite_key(&want, t, "");
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < t->n_columns; i++) {
            td_buf_add(&want, ", ");
            td_buf_ident(&want, td_arena_printf(&w->a, "%s%s", side == 0 ? "b_" : "m_", t->columns[i].name));
        }
    td_buf_add(&want, ", \"tandem_existed\", \"tandem_exists\"");
    return make_own(w, t, l->out, td_arena_printf(&w->a, "tandem_out_%s", t->name), &want, err);
}

/* "tandem_sent_t" */
static int make_sent(struct td_work *w, const struct td_lite *l, struct td_err *err)
{
    struct td_buf want;
    td_buf_init(&want, &w->a);
    td_lite_columns(&want, l->t, "");
    td_buf_add(&want, ", \"tandem_existed\"");
    return make_own(w, l->t, l->sent, td_arena_printf(&w->a, "tandem_sent_%s", l->t->name), &want, err);
}

struct mending {
    struct td_work w;
    bool *mended;
};

static int mend(void *data, struct td_err *err)
{
    struct mending *m = data;
    struct td_work *w = &m->w;
    int rc = TD_OK;
    for (size_t i = 0; i < w->d->all.len && rc == TD_OK; i++) {
        const struct td_captured c = captured(&w->a, &w->d->all.at[i]);
        bool whole = true;
        rc = td_capture_sqlite_is_whole(&w->a, w->d->db, &c, &whole, err);
        if (rc == TD_OK && !whole)
            rc = td_capture_sqlite(&w->a, w->d->db, &c, err);
        if (rc == TD_OK)
            rc = make_out(w, &w->d->lite[i], err);
        if (rc == TD_OK)
            rc = make_sent(w, &w->d->lite[i], err);
        *m->mended |= !whole;
    }
    return rc;
}

static int mend_all(struct td_device *d, bool *mended, struct td_err *err)
{
    struct mending m = {.w.d = d, .mended = mended};
    int rc = td_db_begin(d->db, TD_TX_WRITE, err);
    if (rc != TD_OK)
        return rc;
    rc = td_arena_run(&m.w.a, mend, &m, err);
    td_arena_deinit(&m.w.a);
    if (rc == TD_OK && *mended && d->state == TD_DEVICE_ACTIVE && d->compare == NULL) {
        d->compare = "capture";
        rc = td_meta_set(d->db, "compare", td_text("capture"), err);
    }
    if (rc == TD_OK)
        return td_db_commit(d->db, err);
    td_db_rollback(d->db);
    return rc;
}

/* ---- open ---- */

static int read_all(void *data, struct td_err *err)
{
    struct td_device *d = data;
    struct replaying r = {.d = d};
    const char *config = NULL, *skip = NULL;
    int rc = read_meta(d, &config, &skip, err);
    if (rc == TD_OK)
        rc = replay(&r, skip, err);
    if (rc == TD_OK)
        rc = derive(d, td_lowering_catalog(r.lowering), config, err);
    if (rc == TD_OK)
        name_all(d);
    return rc;
}

/* Temporary tables of another device on the same connection are of the columns that it had. */
static int drop_temporary(void *data, struct td_err *err)
{
    struct td_work *w = data;
    struct td_buf b;
    td_buf_init(&b, &w->a);
    for (size_t t = 0; t < w->d->all.len; t++)
        td_buf_printf(&b, "DROP TABLE IF EXISTS %s; DROP TABLE IF EXISTS %s;", w->d->lite[t].stage, w->d->lite[t].mine);
    return td_lite_exec(w->d, &b, err);
}

static int forget_other(struct td_device *d, struct td_err *err)
{
    struct td_work w = {.d = d};
    int rc = td_arena_run(&w.a, drop_temporary, &w, err);
    td_arena_deinit(&w.a);
    return rc;
}

int td_device_open(struct td_db *db, struct td_device **out, bool *mended, struct td_err *err)
{
    struct td_device *d = td_mem_zalloc(sizeof *d);
    *mended = false;
    if (d == NULL)
        return td_err_nomem(err);
    d->db = db;
    int rc = td_arena_run(&d->arena, read_all, d, err);
    if (rc == TD_OK)
        rc = forget_other(d, err);
    if (rc == TD_OK)
        rc = mend_all(d, mended, err);
    if (rc != TD_OK) {
        td_device_close(d);
        return rc;
    }
    *out = d;
    return TD_OK;
}

void td_device_close(struct td_device *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; d->stage_rows != NULL && i < d->all.len; i++)
        td_stmt_close(d->stage_rows[i]);
    td_stmt_close(d->load_rows);
    td_buf_deinit(&d->load_key);
    td_mem_free(d->cursor);
    td_arena_deinit(&d->scratch);
    td_arena_deinit(&d->arena);
    td_mem_free(d);
}
