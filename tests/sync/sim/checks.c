#include "tests/sync/sim/checks.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/rows.h"
#include "sync/cursor.h"
#include "sync/cycle.h"
#include "tests/sync/sim/device.h"
#include "tests/sync/sim/server.h"

/* ---- the file and a state of the server ---- */

static bool same_row(size_t table, const struct td_value *a, const struct td_value *b, const char **column)
{
    const struct td_sync_table *t = &sim_schema.all->at[table];
    for (size_t i = 0; i < t->n_columns; i++) {
        bool same = false;
        struct td_err err = {0};
        *column = t->columns[i].name;
        if (td_merge_same(t->columns[i].type, a[i], b[i], &same, &err) != TD_OK || !same)
            return false;
    }
    return true;
}

static bool is_pending(const struct sim_device *dev, size_t table, const char *key)
{
    return sim_keys_have(&dev->image.base, table, key) || sim_keys_have(&dev->image.out, table, key) ||
           (dev->sent_at != NULL && strcmp(dev->sent_at, dev->cursor) == 0 && sim_keys_have(&dev->sent, table, key));
}

/* The file is that state, but for what is pending (and, at the end, nothing is). */
static void compare(struct sim_world *w, struct sim_device *dev, const struct sim_state *s, const char *what,
                    bool whole)
{
    const char *column = "";
    for (size_t t = 0; t < SIM_TABLES; t++) {
        const char *name = sim_schema.all->at[t].name;
        for (size_t i = 0; i < s->rows[t].len; i++) {
            const struct sim_row *row = s->rows[t].at[i], *mine = sim_find(&dev->image.rows[t], row->key);
            if (!sim_belongs(s->rows, t, row->at, dev->tenant) || (!whole && is_pending(dev, t, row->key)))
                continue;
            if (mine == NULL)
                sim_fail(w, what, "device %d lacks %s %s", dev->number, name, row->key);
            else if (!same_row(t, row->at, mine->at, &column))
                sim_fail(w, what, "device %d has another %s.%s of %s", dev->number, name, column, row->key);
        }
        for (size_t i = 0; i < dev->image.rows[t].len; i++) {
            const struct sim_row *mine = dev->image.rows[t].at[i], *row = sim_find(&s->rows[t], mine->key);
            if (!whole && is_pending(dev, t, mine->key))
                continue;
            if (row == NULL)
                sim_fail(w, what, "device %d has %s %s, which is not on the server", dev->number, name, mine->key);
            else if (!sim_belongs(s->rows, t, row->at, dev->tenant))
                sim_fail(w, what, "device %d has %s %s, which is not its tenant's", dev->number, name, mine->key);
        }
    }
}

static const struct sim_snapshot *snapshot_of(struct sim_world *w, const char *cursor, const char *lineage)
{
    for (size_t i = w->server.snapshots.len; i-- > 0;) {
        const struct sim_snapshot *s = &w->server.snapshots.at[i];
        if (strcmp(s->text, cursor) == 0 && strcmp(s->lineage, lineage) == 0)
            return s;
    }
    return NULL;
}

/* ---- after each step ---- */

struct going {
    struct sim_world *w;
    const char *was, *is;
    bool forward;
};

static int look_forward(void *data, struct td_err *err)
{
    struct going *g = data;
    struct td_cursor a, b;
    int rc = td_cursor_parse(&g->w->a, g->was, &a, err);
    if (rc == TD_OK)
        rc = td_cursor_parse(&g->w->a, g->is, &b, err);
    g->forward = rc == TD_OK && td_cursor_precedes(&a, &b);
    return rc;
}

/* I4: snapshots never go back. */
static void check_cursor(struct sim_world *w, struct sim_device *dev, const char *cursor, const char *lineage)
{
    struct going g = {w, dev->cursor, cursor, true};
    struct td_err err = {0};
    bool moved = dev->cursor == NULL || strcmp(dev->cursor, cursor) != 0;
    if (moved && dev->cursor != NULL && strcmp(dev->lineage, lineage) == 0 &&
        td_arena_run(&w->a, look_forward, &g, &err) != TD_OK)
        g.forward = false;
    if (!g.forward)
        sim_fail(w, "I4", "device %d goes back from %s to %s", dev->number, dev->cursor, cursor);
    if (!moved)
        return;
    dev->cursor = td_arena_strdup(&w->a, cursor);
    dev->lineage = td_arena_strdup(&w->a, lineage);
}

/* Does the server's row itself refer to another tenant's? Then the device cannot have what it refers to. */
static bool refers_out(const struct sim_state *s, size_t table, const struct sim_row *mine, int tenant)
{
    const struct sim_row *row = s == NULL ? NULL : sim_find(&s->rows[table], mine->key);
    for (size_t f = 0; f < sim_schema.n_foreign && row != NULL; f++) {
        const struct sim_key *k = &sim_schema.foreign[f];
        for (size_t i = 0; k->table == table && i < s->rows[k->ref].len; i++) {
            const struct sim_row *to = s->rows[k->ref].at[i];
            if (sim_equal(row->at[k->columns[0]], to->at[k->ref_columns[0]]) &&
                sim_equal(mine->at[k->columns[0]], to->at[k->ref_columns[0]]) &&
                !sim_belongs(s->rows, k->ref, to->at, tenant))
                return true;
        }
    }
    return false;
}

/* I7: SQLite itself sees to unique keys. */
static void check_foreign(struct sim_world *w, struct sim_device *dev, const struct sim_state *s)
{
    for (size_t f = 0; f < sim_schema.n_foreign; f++) {
        const struct sim_key *k = &sim_schema.foreign[f];
        for (size_t i = 0; i < dev->image.rows[k->table].len; i++) {
            const struct sim_row *row = dev->image.rows[k->table].at[i];
            bool found = row->at[k->columns[0]].kind == TD_V_NULL;
            for (size_t p = 0; p < dev->image.rows[k->ref].len && !found; p++)
                found = sim_equal(row->at[k->columns[0]], dev->image.rows[k->ref].at[p]->at[k->ref_columns[0]]);
            if (!found && !refers_out(s, k->table, row, dev->tenant))
                sim_fail(w, "I7", "device %d: %s %s refers to no row of %s", dev->number,
                         sim_schema.all->at[k->table].name, row->key, sim_schema.all->at[k->ref].name);
        }
    }
}

void sim_check_device(struct sim_world *w, struct sim_device *dev)
{
    if (w->failed || dev->d == NULL)
        return;
    sim_image_read(w, dev, &dev->image);
    if (td_device_state(dev->d) != TD_DEVICE_ACTIVE || td_device_cursor(dev->d) == NULL)
        return;
    const char *lineage = td_device_identity(dev->d)->lineage;
    check_cursor(w, dev, td_device_cursor(dev->d), lineage);
    const struct sim_snapshot *s = snapshot_of(w, dev->cursor, lineage);
    if (s != NULL && td_device_compare(dev->d) == NULL)
        compare(w, dev, s->state, "I4", false);
    check_foreign(w, dev, s == NULL ? NULL : s->state);
}

/* ---- at the end ---- */

static void check_pending(struct sim_world *w, struct sim_device *dev)
{
    struct td_device_counts n;
    struct td_err err = {0};
    if (td_device_count(dev->d, &n, &err) != TD_OK)
        sim_fail(w, "I9", "%s", err.message);
    else if (n.pending + n.frozen > 0)
        sim_fail(w, "I9", "device %d still has %lld pending and %lld frozen rows", dev->number, (long long)n.pending,
                 (long long)n.frozen);
}

struct finding {
    struct sim_world *w;
    struct sim_device *dev;
    size_t table, column;
    bool seen[SIM_TOKENS];
};

static void check_token(void *data, int token, char tenant)
{
    struct finding *f = data;
    struct sim_world *w = f->w;
    if (token >= w->n_tokens)
        sim_fail(w, "I3", "a token that nobody has made: %d", token);
    else if (w->tokens[token].table != f->table || w->tokens[token].column != f->column)
        sim_fail(w, "I3", "token %d stands in %s column %zu", token, sim_schema.all->at[f->table].name, f->column);
    else if (!w->moves_race && f->dev != NULL && tenant != 'x' && tenant != 'a' + f->dev->tenant)
        sim_fail(w, "I6", "device %d has the value %c%d; of another tenant", f->dev->number, tenant, token);
    else if (f->seen[token] && !w->doubled)
        sim_fail(w, "I3", "token %d stands twice in one value", token);
    if (token < w->n_tokens)
        f->seen[token] = true;
}

static void check_rows(struct sim_world *w, struct sim_device *dev, const struct sim_rows *rows)
{
    static struct finding f;
    for (size_t t = 0; t < SIM_TABLES; t++)
        for (size_t i = 0; i < rows[t].len; i++)
            for (size_t c = 0; c < sim_schema.all->at[t].n_columns; c++) {
                struct td_value v = rows[t].at[i]->at[c];
                f = (struct finding){w, dev, t, c, {false}};
                if (v.kind >= TD_V_TEXT)
                    sim_each_token(v.bytes.at, v.bytes.len, check_token, &f);
            }
}

static void check_tenant(void *data, int token, char tenant)
{
    struct finding *f = data;
    if (!f->w->moves_race && tenant != 'x' && tenant != 'a' + f->dev->tenant)
        sim_fail(f->w, "I6", "device %d has a record with the value %c%d; of another tenant", f->dev->number, tenant,
                 token);
}

/* I6: nor does what is kept beside the rows hold anything of another tenant. */
static void check_records(struct sim_world *w, struct sim_device *dev)
{
    static struct finding f;
    struct td_rows rows = {0};
    struct td_err err = {0};
    f = (struct finding){.w = w, .dev = dev};
    if (td_rows_read(&w->a, dev->db,
                     "SELECT base, mine, theirs, chosen FROM main.tandem_conflict UNION ALL"
                     " SELECT base, mine, message, '' FROM main.tandem_reject",
                     NULL, 0, &rows, &err) != TD_OK)
        sim_fail(w, "I6", "%s", err.message);
    for (size_t i = 0; i < td_rows_count(&rows); i++)
        for (size_t c = 0; c < 4; c++) {
            const char *text = td_rows_cell(&rows, i, c);
            if (text != NULL)
                sim_each_token(text, strlen(text), check_tenant, &f);
        }
}

/* I2: what a device has written is on the server, or was, or its loss is on record. */
static void check_tokens(struct sim_world *w)
{
    unsigned char kept[SIM_TOKENS / 8] = {0};
    for (int i = 0; i < w->n_devices; i++)
        sim_record_tokens(w, &w->devices[i], kept);
    for (int k = 0; k < w->n_tokens; k++) {
        const struct sim_token *t = &w->tokens[k];
        if ((!t->claimed && (t->device == 0 || !t->written)) || t->superseded || t->excused)
            continue;
        if (sim_had(&w->server.now, k) || (kept[k / 8] >> k % 8 & 1) != 0)
            continue;
        sim_fail(w, "I2", "token %d of device %d in %s.%s is lost%s", k, t->device, sim_schema.all->at[t->table].name,
                 sim_schema.all->at[t->table].columns[t->column].name, t->claimed ? ", as the server lost it" : "");
    }
}

static void spoil_recorded(struct sim_world *w, struct sim_device *dev)
{
    struct td_rows rows = {0};
    struct td_err err = {0};
    if (td_rows_read(&w->a, dev->db,
                     "SELECT pk FROM main.tandem_conflict WHERE tbl = 'tasks' AND (column_name IS NULL OR column_name ="
                     " 'hits') UNION ALL SELECT pk FROM main.tandem_reject WHERE tbl = 'tasks'",
                     NULL, 0, &rows, &err) != TD_OK)
        sim_fail(w, "read", "%s", err.message);
    for (size_t i = 0; i < td_rows_count(&rows); i++) {
        int64_t id = td_rows_int(&rows, i, 0);
        if (id >= 0 && id < SIM_IDS)
            w->hits_spoiled[id] = true;
    }
}

static void check_sums(struct sim_world *w)
{
    size_t hits = sim_column(sim_schema.tasks, "hits");
    for (int i = 0; i < w->n_devices; i++)
        spoil_recorded(w, &w->devices[i]);
    for (size_t i = 0; i < w->server.now.rows[sim_schema.tasks].len && !w->doubled; i++) {
        const struct td_value *at = w->server.now.rows[sim_schema.tasks].at[i]->at;
        if (at[0].i >= 0 && at[0].i < SIM_IDS && !w->hits_spoiled[at[0].i] && at[hits].i != w->hits[at[0].i])
            sim_fail(w, "I2", "tasks.hits of %lld is %lld, but %lld was added", (long long)at[0].i,
                     (long long)at[hits].i, (long long)w->hits[at[0].i]);
    }
}

void sim_check_end(struct sim_world *w)
{
    for (int i = 0; i < w->n_devices && !w->failed; i++) {
        struct sim_device *dev = &w->devices[i];
        sim_image_read(w, dev, &dev->image);
        check_pending(w, dev);
        compare(w, dev, &w->server.now, "I1", true);
        check_rows(w, dev, dev->image.rows);
        check_records(w, dev);
    }
    check_rows(w, NULL, w->server.now.rows);
    check_tokens(w);
    check_sums(w);
}

char *sim_records(struct sim_world *w)
{
    struct td_buf b = {0};
    char *out = NULL;
    struct td_err err = {0};
    for (int i = 0; i < w->n_devices; i++) {
        struct td_rows rows = {0};
        if (w->devices[i].db == NULL ||
            td_rows_read(&w->a, w->devices[i].db,
                         "SELECT tbl, pk, column_name, policy, taken, base, mine, theirs, chosen FROM"
                         " main.tandem_conflict UNION ALL SELECT tbl, pk, reason, sqlstate, message, base, mine, '', ''"
                         " FROM main.tandem_reject",
                         NULL, 0, &rows, &err) != TD_OK)
            continue;
        for (size_t r = 0; r < td_rows_count(&rows); r++)
            for (size_t c = 0; c < 9; c++) {
                const char *cell = td_rows_cell(&rows, r, c);
                td_buf_printf(&b, "%s%c", cell == NULL ? "-" : cell, c == 8 ? '\n' : '|');
            }
    }
    td_buf_char(&b, '\n');
    return td_buf_take(&b, &out, &err) == TD_OK ? out : NULL;
}
