/* The first load: chunks in key order, each with the place behind it in one transaction. */
#include <stdlib.h>

#include "core/base/json.h"
#include "core/base/jsontext.h"
#include "core/base/mem.h"
#include "sync/device_impl.h"
#include "sync/form.h"

struct place {
    struct td_arena *a;
    struct td_device *d;
    size_t *table;
    const char ***key;
};

/* The key is kept as a JSON array of the texts that PostgreSQL prints. */
static int parse_key(struct place *p, const char *text, struct td_err *err)
{
    struct td_json_doc *doc = NULL;
    size_t n = 0;
    int rc = td_json_parse(text, strlen(text), "", &doc, err);
    if (rc != TD_OK)
        return rc;
    td_arena_defer(p->a, td_json_close_void, doc);
    const struct td_json *root = td_json_root(doc);
    *p->key = td_arena_alloc(p->a, (td_json_len(root) + 1) * sizeof **p->key);
    for (const struct td_json *j = td_json_first(root); j != NULL; j = td_json_next(j))
        (*p->key)[n++] = td_arena_strdup(p->a, td_json_text(j));
    return TD_OK;
}

static int find_place(void *data, struct td_err *err)
{
    struct place *p = data;
    const char *table = NULL, *key = NULL;
    int rc = td_meta_read(p->a, p->d->db, "load_table", &table, err);
    if (rc == TD_OK)
        rc = td_meta_read(p->a, p->d->db, "load_key", &key, err);
    *p->table = table == NULL ? 0 : (size_t)strtoull(table, NULL, 10);
    *p->key = NULL;
    return rc == TD_OK && key != NULL ? parse_key(p, key, err) : rc;
}

int td_device_load_place(struct td_device *d, struct td_arena *a, size_t *table_out, const char ***key_out,
                         struct td_err *err)
{
    return td_arena_run(a, find_place, &(struct place){a, d, table_out, key_out}, err);
}

/* ---- indexes: made of the whole table they are made faster, and are smaller ---- */

static int move_indexes(void *data, struct td_err *err)
{
    struct td_work *w = data;
    struct td_rows rows = {0};
    struct td_buf b;
    td_buf_init(&b, &w->a);
    for (size_t t = 0; t < w->d->all.len; t++) {
        td_buf_printf(&b, "DELETE FROM %s; DELETE FROM %s; ", w->d->lite[t].table, w->d->lite[t].base);
        td_buf_add(&b,
                   "INSERT INTO main.tandem_load_index SELECT m.name, m.sql FROM main.sqlite_schema m JOIN"
                   " pragma_index_list(m.tbl_name) l ON l.name = m.name WHERE m.type = 'index' AND m.sql IS NOT NULL"
                   " AND NOT l.\"unique\" AND m.tbl_name = ");
        td_buf_lit(&b, w->d->lite[t].t->name);
        td_buf_add(&b, " ON CONFLICT DO NOTHING; ");
    }
    int rc = td_db_exec(w->d->db, "CREATE TABLE IF NOT EXISTS main.tandem_load_index (name TEXT PRIMARY KEY, sql TEXT)",
                        err);
    if (rc == TD_OK)
        rc = td_lite_exec(w->d, &b, err);
    if (rc == TD_OK)
        rc = td_rows_read(&w->a, w->d->db,
                          "SELECT m.name FROM main.sqlite_schema m JOIN main.tandem_load_index i"
                          " ON i.name = m.name WHERE m.type = 'index'",
                          NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        td_buf_add(&b, "DROP INDEX main.");
        td_buf_ident(&b, td_rows_cell(&rows, i, 0));
        td_buf_char(&b, ';');
    }
    return rc == TD_OK ? td_lite_exec(w->d, &b, err) : rc;
}

static int make_indexes(void *data, struct td_err *err)
{
    struct td_work *w = data;
    struct td_rows rows = {0};
    struct td_buf b;
    td_buf_init(&b, &w->a);
    int rc = td_rows_read(&w->a, w->d->db, "SELECT sql FROM main.tandem_load_index ORDER BY name", NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        td_buf_printf(&b, "%s;", td_rows_cell(&rows, i, 0));
    td_buf_add(&b, "DROP TABLE main.tandem_load_index");
    return rc == TD_OK ? td_lite_exec(w->d, &b, err) : rc;
}

static int with_arena(struct td_device *d, int (*fn)(void *, struct td_err *), struct td_err *err)
{
    struct td_work w = {.d = d};
    int rc = td_arena_run(&w.a, fn, &w, err);
    td_arena_deinit(&w.a);
    return rc;
}

int td_device_empty(struct td_device *d, struct td_err *err)
{
    int rc = td_quiet_begin(d, err);
    return rc == TD_OK ? td_quiet_end(d, with_arena(d, move_indexes, err), err) : rc;
}

/* ---- a chunk ---- */

/* What a crash of the machine takes of the load is loaded again: each commit need not wait for the disk. */
static int hurry(struct td_device *d, struct td_err *err)
{
    if (d->hurried)
        return TD_OK;
    d->hurried = true;
    return td_db_exec(d->db, "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000", err);
}

int td_device_load_begin(struct td_device *d, struct td_err *err)
{
    int rc = hurry(d, err);
    if (rc == TD_OK)
        rc = td_quiet_begin(d, err);
    d->loading = rc == TD_OK;
    return rc;
}

int td_device_activate(struct td_device *d, struct td_err *err)
{
    int rc = d->hurried ? td_db_exec(d->db, "PRAGMA synchronous = FULL; PRAGMA cache_size = -2000", err) : TD_OK;
    d->hurried = false;
    if (rc == TD_OK)
        rc = td_meta_set(d->db, "state", td_text("active"), err);
    if (rc == TD_OK)
        d->state = TD_DEVICE_ACTIVE;
    return rc;
}

void td_device_load_cancel(struct td_device *d)
{
    struct td_err ignored = {0};
    if (d->loading)
        (void)!td_quiet_end(d, TD_ECANCELLED, &ignored);
    d->loading = false;
}

/* ---- rows ---- */

static int prepare_row(struct td_device *d, size_t table, struct td_err *err)
{
    const struct td_lite *l = &d->lite[table];
    struct td_buf b = {0};
    /* OR REPLACE: chunks are snapshots of different times, so that a row may come in another's place; what has changed
     * meanwhile comes again with the pull that follows */
    td_buf_printf(&b, "INSERT OR REPLACE INTO %s (", l->table);
    td_lite_columns(&b, l->t, "");
    td_buf_add(&b, ") VALUES (");
    td_lite_marks(&b, l->t->n_columns);
    td_buf_char(&b, ')');
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_db_prepare(d->db, td_buf_str(&b), &d->load_rows, err);
    td_buf_deinit(&b);
    d->load_table = table;
    return rc;
}

struct one_row {
    struct td_device *d;
    size_t table;
    const struct td_value *at;
};

static int write_row(void *data, struct td_err *err)
{
    struct one_row *r = data;
    const struct td_sync_table *t = &r->d->all.at[r->table];
    struct td_value *stored = NULL;
    int rc = td_lite_stored(&r->d->scratch, t, r->at, &stored, err);
    return rc == TD_OK ? td_lite_run(r->d->load_rows, stored, t->n_columns, err) : rc;
}

static void note_key(struct td_device *d, const struct td_sync_table *t, const struct td_value *at)
{
    struct td_buf text = {0};
    td_buf_reset(&d->load_key);
    for (size_t i = 0; i < t->n_key; i++) {
        td_buf_reset(&text);
        td_form_text(t->columns[t->key[i]].type, at[t->key[i]], &text);
        td_buf_char(&d->load_key, i == 0 ? '[' : ',');
        td_jsontext_string(&d->load_key, td_buf_str(&text), text.len);
    }
    td_buf_char(&d->load_key, ']');
    td_buf_deinit(&text);
}

int td_device_load_row(struct td_device *d, size_t table, const struct td_value *at, struct td_err *err)
{
    int rc = TD_OK;
    if (d->load_rows == NULL || d->load_table != table) {
        td_stmt_close(d->load_rows);
        d->load_rows = NULL;
        rc = prepare_row(d, table, err);
    }
    if (d->scratch.size_bytes > (1 << 20))
        td_arena_deinit(&d->scratch);
    if (rc == TD_OK)
        rc = td_arena_run(&d->scratch, write_row, &(struct one_row){d, table, at}, err);
    if (rc == TD_OK)
        note_key(d, &d->all.at[table], at);
    return rc == TD_OK ? td_buf_check(&d->load_key, err) : rc;
}

static int store_place(struct td_device *d, size_t table, bool done, const char *cursor, struct td_err *err)
{
    int rc = td_meta_set(d->db, "load_table", td_int((int64_t)table + done), err);
    if (rc == TD_OK && (done || d->load_key.len > 0))
        rc = td_meta_set(d->db, "load_key", done ? td_null() : td_text(td_buf_str(&d->load_key)), err);
    if (rc == TD_OK && d->cursor == NULL)
        rc = td_meta_set(d->db, "cursor", td_text(cursor), err);
    return rc;
}

int td_device_load_end(struct td_device *d, size_t table, bool done, const char *cursor, struct td_err *err)
{
    int rc = store_place(d, table, done, cursor, err);
    if (rc == TD_OK && done && table + 1 == d->all.len)
        rc = with_arena(d, make_indexes, err);
    rc = td_quiet_end(d, rc, err);
    d->loading = false;
    if (done)
        td_buf_reset(&d->load_key);
    if (rc == TD_OK && d->cursor == NULL && (d->cursor = td_mem_strdup(cursor)) == NULL)
        rc = td_err_nomem(err);
    return rc;
}
