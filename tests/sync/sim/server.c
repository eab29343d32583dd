#include "tests/sync/sim/server.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"

/* ---- rows ---- */

static long place(const struct sim_rows *rows, const char *key)
{
    for (size_t i = 0; i < rows->len; i++)
        if (strcmp(rows->at[i]->key, key) == 0)
            return (long)i;
    return -1;
}

const struct sim_row *sim_find(const struct sim_rows *rows, const char *key)
{
    long i = place(rows, key);
    return i < 0 ? NULL : rows->at[i];
}

static void put(struct sim_world *w, struct sim_rows *rows, const char *key, const struct sim_row *row)
{
    long i = place(rows, key);
    if (i < 0 && row != NULL)
        *td_vec_add(&w->a, rows) = row;
    else if (i >= 0 && row != NULL)
        rows->at[i] = row;
    else if (i >= 0)
        rows->at[i] = rows->at[--rows->len];
}

static void copy_rows(struct sim_world *w, struct sim_rows *to, const struct sim_rows *from)
{
    *to = (struct sim_rows){td_arena_alloc(&w->a, (from->len + 8) * sizeof *to->at), from->len, from->len + 8};
    if (from->len > 0)
        memcpy(to->at, from->at, from->len * sizeof *to->at);
}

void sim_state_copy(struct sim_world *w, struct sim_state *to, const struct sim_state *from)
{
    struct sim_state out = *from;
    for (size_t t = 0; t < SIM_TABLES; t++)
        copy_rows(w, &out.rows[t], &from->rows[t]);
    out.log.at = td_arena_alloc(&w->a, (from->log.len + 1) * sizeof *out.log.at);
    out.log.cap = from->log.len + 1;
    if (from->log.len > 0)
        memcpy(out.log.at, from->log.at, from->log.len * sizeof *out.log.at);
    out.known.at = td_arena_alloc(&w->a, (from->known.len + 1) * sizeof *out.known.at);
    out.known.cap = from->known.len + 1;
    if (from->known.len > 0)
        memcpy(out.known.at, from->known.at, from->known.len * sizeof *out.known.at);
    *to = out;
}

static struct td_value copied(struct sim_world *w, struct td_value v)
{
    if (v.kind >= TD_V_TEXT)
        v.bytes.at = td_arena_dup(&w->a, v.bytes.at, v.bytes.len);
    return v;
}

static const struct sim_row *make_row(struct sim_world *w, size_t table, const struct td_value *at)
{
    size_t n = sim_schema.all->at[table].n_columns;
    struct td_value *own = td_arena_alloc(&w->a, (n + 1) * sizeof *own);
    struct sim_row *row = td_arena_new(&w->a, struct sim_row);
    for (size_t i = 0; i < n; i++)
        own[i] = copied(w, at[i]);
    *row = (struct sim_row){sim_key_text(&w->a, table, own), own};
    return row;
}

/* ---- scopes ---- */

static size_t tenant_column(const struct td_sync_table *t)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (strcmp(t->columns[i].name, t->scope->columns.at[0]->name) == 0)
            return i;
    return 0;
}

bool sim_belongs(const struct sim_rows *rows, size_t table, const struct td_value *at, int tenant)
{
    const struct td_sync_table *t = &sim_schema.all->at[table];
    if (t->scope->kind == TD_SCOPE_SHARED)
        return true;
    if (t->scope->kind == TD_SCOPE_TENANT)
        return sim_equal(at[tenant_column(t)], td_int(tenant + 1));
    const struct sim_rows *through = &rows[t->ways[0].table];
    for (size_t i = 0; i < through->len; i++)
        if (sim_equal(at[t->ways[0].columns[0]], through->at[i]->at[t->ways[0].ref_columns[0]]) &&
            sim_belongs(rows, t->ways[0].table, through->at[i]->at, tenant))
            return true;
    return false;
}

static const char *scope_of(struct sim_world *w, size_t table, const struct td_value *at)
{
    const struct td_sync_table *t = &sim_schema.all->at[table];
    if (t->scope->kind == TD_SCOPE_SHARED)
        return "shared";
    if (t->scope->kind == TD_SCOPE_TENANT)
        return td_arena_printf(&w->a, "tenant:%lld", (long long)at[tenant_column(t)].i);
    const char *whose = t->scope->kind == TD_SCOPE_MEMBERSHIP ? t->name : sim_schema.all->at[t->ways[0].table].name;
    struct td_value v = at[t->ways[0].columns[0]];
    return v.kind == TD_V_NULL ? NULL : td_arena_printf(&w->a, "public.%s:%lld", whose, (long long)v.i);
}

static void note(struct sim_world *w, struct sim_tx *tx, size_t table, const struct sim_row *row)
{
    const char *scope = scope_of(w, table, row->at);
    if (scope != NULL)
        *td_vec_add(&w->a, &tx->log) = (struct sim_entry){tx->xid, scope, table, row->key};
}

/* ---- snapshots ---- */

const char *sim_snapshot_text(struct sim_world *w)
{
    struct td_buf b;
    uint64_t xip[SIM_OPEN + 1], xmax = w->server.now.next_xid;
    size_t n = 0;
    for (size_t i = 0; i < SIM_OPEN; i++)
        if (w->server.open[i].open)
            xip[n++] = w->server.open[i].xid;
    for (size_t i = 0; i < n; i++) /* in order */
        for (size_t k = i + 1; k < n; k++)
            if (xip[k] < xip[i]) {
                uint64_t x = xip[i];
                xip[i] = xip[k];
                xip[k] = x;
            }
    td_buf_init(&b, &w->a);
    td_buf_printf(&b, "%llu:%llu:", (unsigned long long)(n > 0 ? xip[0] : xmax), (unsigned long long)xmax);
    for (size_t i = 0; i < n; i++)
        td_buf_printf(&b, "%s%llu", i > 0 ? "," : "", (unsigned long long)xip[i]);
    return td_buf_str(&b);
}

bool sim_had(const struct sim_state *s, int token)
{
    return (s->had[token / 8] >> token % 8 & 1) != 0;
}

/* ---- waiting ---- */

static bool refers(const struct sim_key *k, const struct td_value *child, const struct td_value *parent)
{
    for (size_t i = 0; i < k->n; i++)
        if (!sim_equal(child[k->columns[i]], parent[k->ref_columns[i]]))
            return false;
    return true;
}

static const struct td_value *old_values(const struct sim_world *w, const struct sim_change *c)
{
    const struct sim_row *row = sim_find(&w->server.now.rows[c->table], c->key);
    return row == NULL ? NULL : row->at;
}

static bool same_unique(const struct sim_key *u, const struct td_value *a, const struct td_value *b)
{
    if (a == NULL || b == NULL)
        return false;
    for (size_t i = 0; i < u->n; i++)
        if (!sim_equal(a[u->columns[i]], b[u->columns[i]]))
            return false;
    return true;
}

static bool collides(const struct sim_world *w, const struct sim_change *c, size_t table, const char *key,
                     const struct td_value *at)
{
    const struct td_value *was = old_values(w, c), *is = c->row == NULL ? NULL : c->row->at;
    const struct sim_row *mine = sim_find(&w->server.now.rows[table], key);
    if (c->table == table && strcmp(c->key, key) == 0)
        return true;
    for (size_t i = 0; i < sim_schema.n_uniques; i++)
        if (sim_schema.uniques[i].table == table && c->table == table &&
            (same_unique(&sim_schema.uniques[i], at, was) || same_unique(&sim_schema.uniques[i], at, is)))
            return true;
    for (size_t i = 0; i < sim_schema.n_foreign; i++) {
        const struct sim_key *k = &sim_schema.foreign[i];
        if (k->table == table && k->ref == c->table && at != NULL && is == NULL && was != NULL && refers(k, at, was))
            return true; /* its parent is about to go */
        if (k->ref == table && k->table == c->table && mine != NULL && is != NULL && refers(k, is, mine->at))
            return true; /* it is about to get a child */
    }
    return false;
}

void sim_wait(struct sim_world *w, const struct sim_tx *tx, size_t table, const char *key, const struct td_value *at)
{
    for (size_t i = 0; i < SIM_OPEN; i++) {
        struct sim_tx *other = &w->server.open[i];
        if (!other->open || other == tx)
            continue;
        for (size_t c = 0; c < other->changes.len; c++)
            if (collides(w, &other->changes.at[c], table, key, at)) {
                sim_end_one(w, other);
                break;
            }
    }
}

/* ---- statements ---- */

void sim_begin(struct sim_world *w, struct sim_tx *tx)
{
    *tx = (struct sim_tx){.open = true, .xid = w->server.now.next_xid++};
}

static void look(struct sim_world *w, struct sim_tx *tx)
{
    for (size_t t = 0; t < SIM_TABLES; t++)
        copy_rows(w, &tx->view[t], &w->server.now.rows[t]);
    for (size_t i = 0; i < tx->changes.len; i++)
        put(w, &tx->view[tx->changes.at[i].table], tx->changes.at[i].key, tx->changes.at[i].row);
}

struct sim_mark sim_statement(struct sim_world *w, struct sim_tx *tx)
{
    look(w, tx);
    return (struct sim_mark){tx->changes.len, tx->log.len};
}

static void change(struct sim_world *w, struct sim_tx *tx, size_t table, const char *key, const struct sim_row *row)
{
    *td_vec_add(&w->a, &tx->changes) = (struct sim_change){table, key, row};
    put(w, &tx->view[table], key, row);
}

static int check_row(struct sim_tx *tx, size_t table, const struct sim_row *row, struct td_err *err)
{
    const struct td_sync_table *t = &sim_schema.all->at[table];
    for (size_t i = 0; i < t->n_columns; i++)
        if (sim_schema.not_null[table][i] && row->at[i].kind == TD_V_NULL) {
            td_err_set(err, TD_C_DB_NOT_NULL, "\"%s\" is null", t->columns[i].name);
            return td_err_sqlstate(err, "23502");
        }
    for (size_t u = 0; u < sim_schema.n_uniques; u++)
        for (size_t i = 0; sim_schema.uniques[u].table == table && i < tx->view[table].len; i++) {
            const struct sim_row *other = tx->view[table].at[i];
            if (strcmp(other->key, row->key) == 0 || !same_unique(&sim_schema.uniques[u], row->at, other->at))
                continue;
            td_err_set(err, TD_C_DB_UNIQUE, "duplicate key value of \"%s\"", t->name);
            return td_err_sqlstate(err, "23505");
        }
    return TD_OK;
}

int sim_insert(struct sim_world *w, struct sim_tx *tx, size_t table, const struct td_value *at, struct td_err *err)
{
    const struct sim_row *row = make_row(w, table, at);
    sim_wait(w, tx, table, row->key, row->at);
    look(w, tx);
    if (sim_find(&tx->view[table], row->key) != NULL) {
        td_err_set(err, TD_C_DB_UNIQUE, "duplicate key of \"%s\"", sim_schema.all->at[table].name);
        return td_err_sqlstate(err, "23505");
    }
    int rc = check_row(tx, table, row, err);
    if (rc != TD_OK)
        return rc;
    change(w, tx, table, row->key, row);
    note(w, tx, table, row);
    return TD_OK;
}

static int cascade_update(struct sim_world *w, struct sim_tx *tx, size_t table, const struct td_value *was,
                          const struct td_value *is, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t f = 0; f < sim_schema.n_foreign && rc == TD_OK; f++) {
        const struct sim_key *k = &sim_schema.foreign[f];
        if (k->ref != table || k->on_update != TD_FK_CASCADE ||
            (sim_equal(was[k->ref_columns[0]], is[k->ref_columns[0]]) &&
             (k->n < 2 || sim_equal(was[k->ref_columns[1]], is[k->ref_columns[1]]))))
            continue;
        for (size_t i = 0; i < tx->view[k->table].len && rc == TD_OK; i++) {
            const struct sim_row *child = tx->view[k->table].at[i];
            size_t n = sim_schema.all->at[k->table].n_columns;
            if (!refers(k, child->at, was))
                continue;
            struct td_value *at = td_arena_alloc(&w->a, (n + 1) * sizeof *at);
            memcpy(at, child->at, n * sizeof *at);
            for (size_t c = 0; c < k->n; c++)
                at[k->columns[c]] = is[k->ref_columns[c]];
            rc = sim_update(w, tx, k->table, child->key, at, err);
        }
    }
    return rc;
}

int sim_update(struct sim_world *w, struct sim_tx *tx, size_t table, const char *key, const struct td_value *at,
               struct td_err *err)
{
    const struct sim_row *row = make_row(w, table, at);
    sim_wait(w, tx, table, key, row->at);
    sim_wait(w, tx, table, row->key, row->at);
    look(w, tx);
    const struct sim_row *was = sim_find(&tx->view[table], key);
    if (was == NULL)
        return TD_OK;
    bool moves = strcmp(key, row->key) != 0;
    if (moves && sim_find(&tx->view[table], row->key) != NULL) {
        td_err_set(err, TD_C_DB_UNIQUE, "duplicate key of \"%s\"", sim_schema.all->at[table].name);
        return td_err_sqlstate(err, "23505");
    }
    if (moves)
        change(w, tx, table, key, NULL);
    int rc = check_row(tx, table, row, err);
    if (rc != TD_OK)
        return rc;
    change(w, tx, table, row->key, row);
    note(w, tx, table, was);
    note(w, tx, table, row);
    return cascade_update(w, tx, table, was->at, row->at, err);
}

static int cascade_delete(struct sim_world *w, struct sim_tx *tx, size_t table, const struct sim_row *was,
                          struct td_err *err)
{
    int rc = TD_OK;
    for (size_t f = 0; f < sim_schema.n_foreign && rc == TD_OK; f++) {
        const struct sim_key *k = &sim_schema.foreign[f];
        if (k->ref != table || (k->on_delete != TD_FK_CASCADE && k->on_delete != TD_FK_SET_NULL))
            continue;
        for (size_t i = 0; i < tx->view[k->table].len && rc == TD_OK;) {
            const struct sim_row *child = tx->view[k->table].at[i];
            size_t n = sim_schema.all->at[k->table].n_columns;
            if (!refers(k, child->at, was->at)) {
                i++;
                continue;
            }
            if (k->on_delete == TD_FK_CASCADE) {
                rc = sim_delete(w, tx, k->table, child->key, err);
            } else {
                struct td_value *at = td_arena_alloc(&w->a, (n + 1) * sizeof *at);
                memcpy(at, child->at, n * sizeof *at);
                for (size_t c = 0; c < k->n; c++)
                    at[k->columns[c]] = td_null();
                rc = sim_update(w, tx, k->table, child->key, at, err);
            }
            i = 0;
        }
    }
    return rc;
}

int sim_delete(struct sim_world *w, struct sim_tx *tx, size_t table, const char *key, struct td_err *err)
{
    sim_wait(w, tx, table, key, NULL);
    look(w, tx);
    const struct sim_row *was = sim_find(&tx->view[table], key);
    if (was == NULL)
        return TD_OK;
    change(w, tx, table, key, NULL);
    note(w, tx, table, was);
    return cascade_delete(w, tx, table, was, err);
}

void sim_truncate(struct sim_world *w, struct sim_tx *tx, size_t table)
{
    for (size_t i = 0; i < SIM_OPEN; i++) /* it locks the table */
        if (w->server.open[i].open && &w->server.open[i] != tx)
            sim_end_one(w, &w->server.open[i]);
    look(w, tx);
    while (tx->view[table].len > 0)
        change(w, tx, table, tx->view[table].at[0]->key, NULL);
    *td_vec_add(&w->a, &tx->log) = (struct sim_entry){tx->xid, NULL, table, NULL};
}

/* What refers to something finds it. */
static int check_foreign(struct sim_tx *tx, struct td_err *err)
{
    for (size_t f = 0; f < sim_schema.n_foreign; f++) {
        const struct sim_key *k = &sim_schema.foreign[f];
        for (size_t i = 0; i < tx->view[k->table].len; i++) {
            const struct td_value *at = tx->view[k->table].at[i]->at;
            bool found = false, is_null = false;
            for (size_t c = 0; c < k->n; c++)
                is_null |= at[k->columns[c]].kind == TD_V_NULL;
            for (size_t p = 0; p < tx->view[k->ref].len && !found && !is_null; p++)
                found = refers(k, at, tx->view[k->ref].at[p]->at);
            if (found || is_null)
                continue;
            td_err_set(err, TD_C_DB_FOREIGN, "\"%s\" refers to no row of \"%s\"", sim_schema.all->at[k->table].name,
                       sim_schema.all->at[k->ref].name);
            return td_err_sqlstate(err, "23503");
        }
    }
    return TD_OK;
}

void sim_undo(struct sim_tx *tx, struct sim_mark mark)
{
    tx->changes.len = mark.changes;
    tx->log.len = mark.log;
}

int sim_end_statement(struct sim_world *w, struct sim_tx *tx, struct sim_mark mark, int rc, struct td_err *err)
{
    if (rc == TD_OK) {
        look(w, tx);
        rc = check_foreign(tx, err);
    }
    if (rc != TD_OK)
        sim_undo(tx, mark);
    return rc;
}

/* ---- ends ---- */

static void note_had(void *data, int token, char tenant)
{
    struct sim_state *s = data;
    (void)tenant;
    s->had[token / 8] |= (unsigned char)(1 << token % 8);
}

static void note_tokens(struct sim_state *s, size_t table, const struct sim_row *row)
{
    for (size_t i = 0; row != NULL && i < sim_schema.all->at[table].n_columns; i++)
        if (row->at[i].kind >= TD_V_TEXT)
            sim_each_token(row->at[i].bytes.at, row->at[i].bytes.len, note_had, s);
}

/* Sums are counted of rows that live from their first insert on. */
static void count_hits(struct sim_world *w, const struct sim_change *c, bool app)
{
    const struct sim_row *was = sim_find(&w->server.now.rows[c->table], c->key);
    static size_t hits = SIZE_MAX;
    if (hits == SIZE_MAX)
        hits = sim_column(sim_schema.tasks, "hits");
    if (c->table != sim_schema.tasks)
        return;
    const struct td_value *at = c->row != NULL ? c->row->at : was != NULL ? was->at : NULL;
    if (at == NULL || at[0].i < 0 || at[0].i >= SIM_IDS)
        return;
    if (c->row == NULL)
        w->hits_spoiled[at[0].i] = true;
    else if (was == NULL && app)
        sim_note_insert(w, at[0].i);
    if (c->row != NULL && app)
        w->hits[at[0].i] += c->row->at[hits].i - (was == NULL ? 0 : was->at[hits].i);
}

void sim_commit(struct sim_world *w, struct sim_tx *tx, bool flush, bool app)
{
    struct sim_state *s = &w->server.now;
    for (size_t i = 0; i < tx->changes.len; i++) {
        const struct sim_change *c = &tx->changes.at[i];
        count_hits(w, c, app);
        put(w, &s->rows[c->table], c->key, c->row);
    }
    for (size_t i = 0; i < tx->changes.len; i++) { /* what the transaction itself wrote over was never to be seen */
        const struct sim_change *c = &tx->changes.at[i];
        if (c->row != NULL && sim_find(&s->rows[c->table], c->key) == c->row)
            note_tokens(s, c->table, c->row);
    }
    for (size_t i = 0; i < tx->log.len; i++)
        *td_vec_add(&w->a, &s->log) = tx->log.at[i];
    tx->open = false;
    if (flush)
        sim_flush(w);
}

void sim_abort(struct sim_world *w, struct sim_tx *tx)
{
    (void)w;
    tx->open = false;
}

void sim_end_one(struct sim_world *w, struct sim_tx *tx)
{
    bool commits = sim_chance(&w->r, 75);
    sim_say(w, "server: %llu %s", (unsigned long long)tx->xid, commits ? "commits late" : "is rolled back");
    if (commits)
        sim_commit(w, tx, sim_chance(&w->r, 50), true);
    else
        sim_abort(w, tx);
}

void sim_flush(struct sim_world *w)
{
    sim_state_copy(w, &w->server.durable, &w->server.now);
}

static void end_all(struct sim_world *w)
{
    for (size_t i = 0; i < SIM_OPEN; i++)
        w->server.open[i].open = false;
    w->server.boot++;
}

static void spoil_sums(struct sim_world *w)
{
    for (size_t i = 0; i < SIM_IDS; i++)
        w->hits_spoiled[i] = true;
}

void sim_crash(struct sim_world *w)
{
    sim_say(w, "server: crashes at %s", sim_snapshot_text(w));
    end_all(w);
    sim_state_copy(w, &w->server.now, &w->server.durable);
    spoil_sums(w);
    sim_say(w, "server: is back at %s", sim_snapshot_text(w));
}

void sim_save(struct sim_world *w)
{
    sim_say(w, "server: a backup is made at %s", sim_snapshot_text(w));
    sim_state_copy(w, &w->server.saved, &w->server.now);
    w->server.has_saved = true;
}

void sim_restore(struct sim_world *w)
{
    sim_say(w, "server: is restored from its backup");
    end_all(w);
    sim_state_copy(w, &w->server.now, &w->server.saved);
    sim_flush(w);
    w->server.is_restored = true;
    w->doubled = true;
    spoil_sums(w);
}

void sim_renew(struct sim_world *w)
{
    if (!w->server.is_restored)
        return;
    for (size_t i = 0; i < SIM_OPEN; i++) /* TRUNCATE waits for who has written to the log */
        if (w->server.open[i].open)
            sim_end_one(w, &w->server.open[i]);
    w->server.is_restored = false;
    w->server.now.log.len = 0;
    sim_uuid(w, w->server.lineage);
    w->server.now.floor = sim_snapshot_text(w);
    sim_flush(w);
    sim_say(w, "server: has a new lineage, floor %s", w->server.now.floor);
}

static uint64_t xmin_of(const char *text)
{
    return strtoull(text, NULL, 10);
}

void sim_prune(struct sim_world *w, bool forget)
{
    struct sim_state *s = &w->server.now;
    uint64_t from = xmin_of(sim_snapshot_text(w));
    for (size_t i = 0; i < s->known.len; i++) {
        struct sim_known *k = &s->known.at[i];
        k->dropped |= forget && sim_chance(&w->r, 50);
        uint64_t xmin = k->acked == NULL ? 0 : xmin_of(k->acked);
        if (!k->dropped && xmin < from)
            from = xmin;
    }
    size_t kept = 0;
    for (size_t i = 0; i < s->log.len; i++)
        if (s->log.at[i].xid >= from)
            s->log.at[kept++] = s->log.at[i];
    sim_say(w, "server: drops %zu of %zu entries, all before %llu", s->log.len - kept, s->log.len,
            (unsigned long long)from);
    s->log.len = kept;
    if (from > xmin_of(s->floor))
        s->floor = td_arena_printf(&w->a, "%llu:%llu:", (unsigned long long)from, (unsigned long long)from);
    sim_flush(w);
}

/* ---- the first rows ---- */

static void first(struct sim_world *w, struct sim_tx *tx, size_t table, const struct td_value *at)
{
    struct td_err err = {0};
    if (sim_insert(w, tx, table, at, &err) != TD_OK)
        sim_fail(w, "setup", "%s", err.message);
}

void sim_server_open(struct sim_world *w)
{
    const struct sim_schema *s = &sim_schema;
    struct sim_tx tx;
    w->server.now.next_xid = 100;
    w->server.now.next_device = 1;
    w->server.now.floor = "100:100:";
    sim_uuid(w, w->server.lineage);
    sim_begin(w, &tx);
    struct sim_mark mark = sim_statement(w, &tx);
    for (int t = 0; t < SIM_TENANTS; t++)
        first(w, &tx, s->tenants, (struct td_value[]){td_int(t + 1), td_text(sim_token(w, t, 0, s->tenants, "name"))});
    for (int u = 1; u <= 3; u++) {
        first(w, &tx, s->users, (struct td_value[]){td_int(u), td_text(sim_token(w, -1, 0, s->users, "name"))});
        first(w, &tx, s->members, (struct td_value[]){td_int(u), td_int(1 + u % 2), td_null()});
        first(w, &tx, s->tags, (struct td_value[]){td_int(u), td_text(sim_token(w, -1, 0, s->tags, "name"))});
    }
    for (int p = 1; p <= 4; p++)
        first(w, &tx, s->projects,
              (struct td_value[]){td_int(p), td_int(1 + p % 2), td_text(td_arena_printf(&w->a, "s%d", p)),
                                  td_text(sim_token(w, p % 2, 0, s->projects, "name")), td_null()});
    for (int t = 1; t <= 5; t++)
        first(w, &tx, s->tasks,
              (struct td_value[]){td_int(t), td_int(1 + t % 4), td_null(),
                                  td_text(sim_token(w, (1 + t % 4) % 2, 0, s->tasks, "title")), td_int(0), td_null(),
                                  td_null(), td_null()});
    first(w, &tx, s->labels, (struct td_value[]){td_int(1), td_int(1), td_null()});
    w->next_id = 8;
    struct td_err err = {0};
    if (sim_end_statement(w, &tx, mark, TD_OK, &err) != TD_OK)
        sim_fail(w, "setup", "%s", err.message);
    sim_commit(w, &tx, true, true);
}
