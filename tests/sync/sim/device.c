#include "tests/sync/sim/device.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/rows.h"
#include "sync/form.h"

static int on_commit(void *data)
{
    struct sim_device *dev = data;
    if (dev->commits_left < 0)
        return 0;
    if (dev->commits_left > 0)
        dev->commits_left--;
    else
        dev->commits_fail = true;
    return dev->commits_fail;
}

void sim_device_dies_at(struct sim_device *dev, int commits)
{
    dev->commits_left = commits;
    dev->commits_fail = false;
}

/* SIM_NO_PROBES: an open device would mend it. */
static void drop_probes(struct sim_world *w, struct sim_device *dev)
{
    struct td_err err = {0};
    for (size_t t = 0; t < SIM_TABLES; t++)
        if (td_db_execf(dev->db, &err, "DROP TRIGGER tandem_sync_bi_%s; DROP TRIGGER tandem_sync_bu_%s",
                        sim_schema.all->at[t].name, sim_schema.all->at[t].name) != TD_OK)
            sim_fail(w, "setup", "%s", err.message);
}

static void open_file(struct sim_world *w, struct sim_device *dev, const unsigned char *bytes, int64_t size)
{
    struct td_err err = {0};
    bool mended = false;
    dev->db = sim_file_open(bytes, size);
    dev->commits_left = -1;
    dev->commits_fail = false;
    if (td_device_open(dev->db, &dev->d, &mended, &err) != TD_OK)
        sim_fail(w, "open", "device %d: %s", dev->number, err.message);
    else if (mended && w->mutation != SIM_NO_PROBES)
        sim_fail(w, "open", "device %d: capture was not whole", dev->number);
    else if (w->mutation == SIM_NO_PROBES)
        drop_probes(w, dev);
    sqlite3_commit_hook(td_db_native(dev->db), on_commit, dev);
}

static void close_file(struct sim_device *dev)
{
    for (size_t t = 0; t < SIM_TABLES; t++)
        for (size_t k = 0; k < 3; k++) {
            td_stmt_close(dev->reads[t][k]);
            dev->reads[t][k] = NULL;
        }
    td_device_close(dev->d);
    td_db_close(dev->db);
    dev->d = NULL;
    dev->db = NULL;
}

struct sim_device *sim_device_add(struct sim_world *w, int tenant, const unsigned char *bytes, int64_t size)
{
    struct sim_device *dev = &w->devices[w->n_devices++];
    *dev = (struct sim_device){.number = w->n_devices, .tenant = tenant};
    open_file(w, dev, bytes == NULL ? sim_schema.files[tenant] : bytes,
              bytes == NULL ? sim_schema.file_bytes[tenant] : size);
    if (!w->failed)
        sim_image_read(w, dev, &dev->image);
    return dev;
}

void sim_device_close(struct sim_device *dev)
{
    close_file(dev);
    free(dev->backup);
    td_arena_deinit(&dev->image.a);
}

void sim_device_replace(struct sim_world *w, struct sim_device *dev, const unsigned char *bytes, int64_t size)
{
    close_file(dev);
    open_file(w, dev, bytes, size);
}

void sim_device_reopen(struct sim_world *w, struct sim_device *dev)
{
    int64_t size = 0;
    unsigned char *bytes = sim_file_take(dev->db, &size);
    sim_device_replace(w, dev, bytes, size);
    free(bytes);
}

/* ---- what is in it ---- */

struct reading {
    struct sim_world *w;
    struct sim_device *dev;
    struct sim_image *out;
    size_t table;
};

static const char *select_of(struct td_arena *a, size_t table, int what)
{
    static const char *const from[] = {"", "tandem_base_", "tandem_out_"};
    const struct td_sync_table *t = &sim_schema.all->at[table];
    struct td_buf b;
    size_t n = what == 0 ? t->n_columns : t->n_key;
    td_buf_init(&b, a);
    for (size_t i = 0; i < n; i++) {
        td_buf_add(&b, i == 0 ? "SELECT " : ", ");
        td_buf_ident(&b, t->columns[what == 0 ? i : t->key[i]].name);
    }
    td_buf_printf(&b, " FROM main.%s%s ORDER BY ", from[what], t->name);
    for (size_t i = 0; i < t->n_key; i++) {
        td_buf_add(&b, i > 0 ? ", " : "");
        td_buf_ident(&b, t->columns[t->key[i]].name);
    }
    return td_buf_str(&b);
}

static int read_values(struct reading *r, struct td_db_stmt *st, bool keys, struct td_value **out, struct td_err *err)
{
    const struct td_sync_table *t = &sim_schema.all->at[r->table];
    struct td_arena *a = &r->out->a;
    size_t n = keys ? t->n_key : t->n_columns;
    int rc = TD_OK;
    *out = td_arena_alloc(a, (t->n_columns + 1) * sizeof **out);
    for (size_t i = 0; i < n && rc == TD_OK; i++) {
        size_t column = keys ? t->key[i] : i;
        struct td_value v = td_stmt_column(st, (int)i);
        if (v.kind >= TD_V_TEXT)
            v.bytes.at = td_arena_dup(a, v.bytes.at, v.bytes.len);
        rc = td_form_to_postgres(a, t->columns[column].type, v, &(*out)[column], err);
    }
    return rc;
}

static int read_what(struct reading *r, int what, struct td_err *err)
{
    struct td_db_stmt **st = &r->dev->reads[r->table][what];
    struct sim_keys *keys = what == 1 ? &r->out->base : &r->out->out;
    size_t cap = 0;
    int rc = *st == NULL ? td_db_prepare(r->dev->db, select_of(&r->out->a, r->table, what), st, err) : TD_OK;
    while (rc == TD_OK) {
        bool row = false;
        struct td_value *at = NULL;
        rc = td_stmt_step(*st, &row, err);
        if (rc != TD_OK || !row)
            break;
        rc = read_values(r, *st, what != 0, &at, err);
        if (rc != TD_OK)
            break;
        const char *key = sim_key_text(&r->out->a, r->table, at);
        if (what == 0) {
            struct sim_row *made = td_arena_new(&r->out->a, struct sim_row);
            *made = (struct sim_row){key, at};
            *td_vec_add(&r->out->a, &r->out->rows[r->table]) = made;
            continue;
        }
        cap = keys->len[r->table];
        keys->at[r->table] = td_vec_room(&r->out->a, keys->at[r->table], keys->len[r->table], &cap, sizeof(char *));
        keys->at[r->table][keys->len[r->table]++] = key;
    }
    if (rc == TD_OK)
        rc = td_stmt_reset(*st, err);
    return rc;
}

static int read_all(void *data, struct td_err *err)
{
    struct reading *r = data;
    int rc = TD_OK;
    for (r->table = 0; r->table < SIM_TABLES && rc == TD_OK; r->table++)
        for (int what = 0; what < 3 && rc == TD_OK; what++)
            rc = read_what(r, what, err);
    return rc;
}

void sim_image_read(struct sim_world *w, struct sim_device *dev, struct sim_image *out)
{
    struct td_err err = {0};
    struct reading r = {w, dev, out, 0};
    td_arena_deinit(&out->a);
    *out = (struct sim_image){0};
    if (td_arena_run(&out->a, read_all, &r, &err) != TD_OK)
        sim_fail(w, "read", "device %d: %s", dev->number, err.message);
}

bool sim_keys_have(const struct sim_keys *k, size_t table, const char *key)
{
    for (size_t i = 0; i < k->len[table]; i++)
        if (strcmp(k->at[table][i], key) == 0)
            return true;
    return false;
}

void sim_keys_copy(struct sim_world *w, struct sim_keys *to, const struct sim_keys *from)
{
    *to = (struct sim_keys){0};
    for (size_t t = 0; t < SIM_TABLES; t++) {
        to->at[t] = td_arena_alloc(&w->a, (from->len[t] + 1) * sizeof(char *));
        for (size_t i = 0; i < from->len[t]; i++)
            to->at[t][to->len[t]++] = td_arena_strdup(&w->a, from->at[t][i]);
    }
}

/* ---- tokens ---- */

static void set_bit(void *data, int token, char tenant)
{
    unsigned char *bits = data;
    (void)tenant;
    bits[token / 8] |= (unsigned char)(1 << token % 8);
}

void sim_image_tokens(const struct sim_image *image, unsigned char bits[SIM_TOKENS / 8])
{
    for (size_t t = 0; t < SIM_TABLES; t++)
        for (size_t i = 0; i < image->rows[t].len; i++)
            for (size_t c = 0; c < sim_schema.all->at[t].n_columns; c++) {
                struct td_value v = image->rows[t].at[i]->at[c];
                if (v.kind >= TD_V_TEXT)
                    sim_each_token(v.bytes.at, v.bytes.len, set_bit, bits);
            }
}

void sim_record_tokens(struct sim_world *w, struct sim_device *dev, unsigned char bits[SIM_TOKENS / 8])
{
    struct td_rows rows = {0};
    struct td_err err = {0};
    if (td_rows_read(&w->a, dev->db,
                     "SELECT mine FROM main.tandem_conflict UNION ALL SELECT mine FROM main.tandem_reject", NULL, 0,
                     &rows, &err) != TD_OK)
        sim_fail(w, "read", "%s", err.message);
    for (size_t i = 0; i < td_rows_count(&rows); i++) {
        const char *text = td_rows_cell(&rows, i, 0);
        if (text != NULL)
            sim_each_token(text, strlen(text), set_bit, bits);
    }
}
