/* The server's side of the protocol, and where its connection breaks. */
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/md5.h"
#include "sync/cursor.h"
#include "sync/form.h"
#include "tests/sync/sim/faults.h"
#include "tests/sync/sim/server.h"

static struct sim_conn *of(struct td_server *s)
{
    return (struct sim_conn *)s;
}

void sim_uuid(struct sim_world *w, char out[TD_UUID_TEXT])
{
    unsigned long long a = sim_next(&w->r), b = sim_next(&w->r);
    snprintf(out, TD_UUID_TEXT, "%08llx-%04llx-4%03llx-8%03llx-%012llx", a >> 32, a >> 16 & 0xffff, a & 0xfff,
             b >> 48 & 0xfff, b & 0xffffffffffff);
}

struct sim_known *sim_known(struct sim_world *w, const struct td_device *d)
{
    const struct td_device_id *id = td_device_identity(d);
    for (size_t i = 0; i < w->server.now.known.len; i++) {
        struct sim_known *k = &w->server.now.known.at[i];
        if (k->id != id->device || strcmp(k->tenant, td_device_tenant(d)) != 0)
            continue;
        if (w->mutation == SIM_NO_NONCE || strcmp(id->nonce, k->nonce) == 0 || strcmp(id->nonce, k->before) == 0)
            return k;
    }
    return NULL;
}

/* ---- the connection ---- */

static int offline(struct td_err *err)
{
    return td_err_set(err, TD_C_DB_OFFLINE, "the connection was lost");
}

static int check_line(struct sim_conn *c, struct td_err *err)
{
    c->lost |= c->boot != c->w->server.boot;
    return c->lost ? offline(err) : TD_OK;
}

/* Before a call: others are at work, or the line breaks. */
static int enter(struct sim_conn *c, const char *what, struct td_err *err)
{
    if (check_line(c, err) != TD_OK)
        return TD_EOFFLINE;
    sim_between(c->w, c->dev);
    if (check_line(c, err) != TD_OK)
        return TD_EOFFLINE;
    if (c->calls_left < 0 || c->calls_left-- > 0 || c->after)
        return TD_OK;
    c->lost = true;
    sim_say(c->w, "device %d: the line breaks before %s", c->dev->number, what);
    return offline(err);
}

/* After it: the answer is lost. */
static int leave(struct sim_conn *c, const char *what, int rc, struct td_err *err)
{
    if (rc != TD_OK)
        return rc;
    if (c->calls_left == -1 && c->after && !c->lost) {
        c->lost = true;
        sim_say(c->w, "device %d: the line breaks after %s", c->dev->number, what);
    }
    return check_line(c, err);
}

/* ---- who ---- */

static int hello(struct td_server *s, struct td_arena *a, const struct td_device *d, struct td_hello *out,
                 struct td_err *err)
{
    struct sim_conn *c = of(s);
    struct sim_world *w = c->w;
    int rc = enter(c, "hello", err);
    if (rc != TD_OK)
        return rc;
    sim_renew(w);
    const struct sim_known *k = td_device_identity(d)->device == 0 ? NULL : sim_known(w, d);
    *out = (struct td_hello){.lineage = td_arena_strdup(a, w->server.lineage),
                             .snapshot = td_arena_strdup(a, sim_snapshot_text(w)),
                             .floor = td_arena_strdup(a, w->mutation == SIM_NO_FLOOR ? "1:1:" : w->server.now.floor),
                             .config = sim_schema.config,
                             .known = k != NULL,
                             .batch = k == NULL ? 0 : k->batch};
    return leave(c, "hello", TD_OK, err);
}

static int enroll(struct td_server *s, const char *tenant, struct td_device_id *out, struct td_err *err)
{
    struct sim_conn *c = of(s);
    struct sim_world *w = c->w;
    int rc = enter(c, "enroll", err);
    if (rc != TD_OK)
        return rc;
    struct sim_known *k = td_vec_add(&w->a, &w->server.now.known);
    *k = (struct sim_known){.id = w->server.now.next_device++};
    snprintf(k->tenant, sizeof k->tenant, "%s", tenant);
    sim_uuid(w, k->nonce);
    *out = (struct td_device_id){.device = k->id};
    memcpy(out->nonce, k->nonce, sizeof out->nonce);
    memcpy(out->lineage, w->server.lineage, sizeof out->lineage);
    sim_say(w, "device %d: is number %lld now", c->dev->number, (long long)k->id);
    return leave(c, "enroll", TD_OK, err);
}

static int ack(struct td_server *s, const struct td_device *d, const char *cursor, struct td_err *err)
{
    struct sim_conn *c = of(s);
    int rc = enter(c, "ack", err);
    if (rc != TD_OK)
        return rc;
    for (size_t i = 0; i < c->w->server.now.known.len; i++) {
        struct sim_known *k = &c->w->server.now.known.at[i];
        if (k->id != td_device_identity(d)->device)
            continue;
        k->acked = td_arena_strdup(&c->w->a, cursor);
        k->dropped = false;
    }
    return leave(c, "ack", TD_OK, err);
}

/* ---- a snapshot ---- */

static uint64_t last_committed(const struct sim_state *s)
{
    uint64_t max = 0;
    for (size_t i = 0; i < s->log.len; i++)
        if (s->log.at[i].xid > max)
            max = s->log.at[i].xid;
    return max;
}

static int open_snapshot(struct td_server *s, struct td_arena *a, const char **out, struct td_err *err)
{
    struct sim_conn *c = of(s);
    struct sim_world *w = c->w;
    int rc = enter(c, "open", err);
    if (rc != TD_OK)
        return rc;
    c->snapshot = td_arena_new(&w->a, struct sim_state);
    sim_state_copy(w, c->snapshot, &w->server.now);
    *out = sim_snapshot_text(w);
    if (w->mutation == SIM_SEQUENCE_CURSOR && w->server.now.log.len > 0) {
        unsigned long long next = last_committed(&w->server.now) + 1;
        *out = td_arena_printf(&w->a, "%llu:%llu:", next, next);
    }
    *td_vec_add(&w->a, &w->server.snapshots) =
        (struct sim_snapshot){*out, td_arena_strdup(&w->a, w->server.lineage), c->snapshot};
    *out = td_arena_strdup(a, *out);
    return leave(c, "open", TD_OK, err);
}

static void close_snapshot(struct td_server *s)
{
    of(s)->snapshot = NULL;
}

static const struct sim_state *seen(struct sim_conn *c)
{
    return c->w->mutation == SIM_TORN ? &c->w->server.now : c->snapshot;
}

static int durable(struct td_server *s, const struct td_device *d, struct td_err *err)
{
    struct sim_conn *c = of(s);
    (void)d;
    int rc = enter(c, "durable", err);
    if (rc != TD_OK)
        return rc;
    if (c->w->mutation != SIM_NO_DURABLE)
        sim_flush(c->w);
    return leave(c, "durable", TD_OK, err);
}

/* ---- which keys ---- */

struct asking {
    struct sim_conn *c;
    const struct sim_state *s;
    struct td_cursor since;
    const char *text;
    int tenant;
};

static int parse_cursor(void *data, struct td_err *err)
{
    struct asking *q = data;
    return td_cursor_parse(&q->c->w->a, q->text, &q->since, err);
}

static int ask(struct asking *q, struct sim_conn *c, const char *tenant, const char *since, struct td_err *err)
{
    *q = (struct asking){.c = c, .s = seen(c), .text = since, .tenant = tenant[0] - '1'};
    if (c->w->mutation == SIM_OWN_SNAPSHOT && c->since_push != NULL)
        q->text = c->since_push;
    return since == NULL ? TD_OK : td_arena_run(&c->w->a, parse_cursor, q, err);
}

static bool is_new(const struct asking *q, uint64_t xid)
{
    if (q->c->w->mutation == SIM_RANGE_CURSOR)
        return xid >= q->since.xmax;
    return !td_cursor_has(&q->since, xid);
}

/* The keys that are the tenant's in this snapshot: does the entry's scope name one? */
static bool is_mine(const struct asking *q, const struct sim_entry *e)
{
    const struct td_sync_table *t = &sim_schema.all->at[e->table];
    if (e->scope == NULL || strcmp(e->scope, "shared") == 0)
        return true;
    if (strncmp(e->scope, "tenant:", 7) == 0)
        return e->scope[7] - '1' == q->tenant || q->c->w->mutation == SIM_NO_ISOLATION;
    const struct sim_rows *through = &q->s->rows[t->ways[0].table];
    int64_t key = strtoll(strchr(e->scope, ':') + 1, NULL, 10);
    for (size_t i = 0; i < through->len; i++)
        if (sim_equal(through->at[i]->at[t->ways[0].ref_columns[0]], td_int(key)) &&
            sim_belongs(q->s->rows, t->ways[0].table, through->at[i]->at, q->tenant))
            return true;
    return false;
}

static bool is_asked(const struct asking *q, const struct sim_entry *e)
{
    return is_new(q, e->xid) && is_mine(q, e);
}

static bool came_before(const struct asking *q, size_t at)
{
    const struct sim_entry *e = &q->s->log.at[at];
    for (size_t i = 0; i < at; i++) {
        const struct sim_entry *o = &q->s->log.at[i];
        if (o->table == e->table && o->pk != NULL && strcmp(o->pk, e->pk) == 0 && is_asked(q, o))
            return true;
    }
    return false;
}

static int changed(struct td_server *s, const char *tenant, const char *since, struct td_changes *out,
                   struct td_err *err)
{
    struct sim_conn *c = of(s);
    struct asking q;
    int rc = enter(c, "changed", err);
    if (rc == TD_OK)
        rc = ask(&q, c, tenant, since, err);
    for (size_t i = 0; rc == TD_OK && i < q.s->log.len; i++) {
        const struct sim_entry *e = &q.s->log.at[i];
        if (!is_asked(&q, e) || (e->pk == NULL && c->w->mutation == SIM_NO_TRUNCATE))
            continue;
        out->any = true;
        out->whole[e->table] |= e->pk == NULL;
        out->keys[e->table] += e->pk != NULL && !came_before(&q, i);
    }
    return leave(c, "changed", rc, err);
}

/* ---- rows ---- */

static int give(struct sim_conn *c, size_t table, const struct sim_row *row, td_row_sink sink, void *data,
                struct td_err *err)
{
    (void)c;
    return sink(data, table, row->at, true, err);
}

/* The key alone, from its text. */
static int give_gone(struct sim_conn *c, size_t table, const char *pk, td_row_sink sink, void *data, struct td_err *err)
{
    const struct td_sync_table *t = &sim_schema.all->at[table];
    struct td_value *at = td_arena_alloc(&c->w->a, (t->n_columns + 1) * sizeof *at);
    const char *p = pk;
    for (size_t i = 0; i < t->n_key; i++) { /* 7, or ["7", "8"] */
        p += strcspn(p, "0123456789-");
        at[t->key[i]] = td_int(strtoll(p, NULL, 10));
        p += strspn(p, "0123456789-");
    }
    return sink(data, table, at, false, err);
}

static int delta(struct td_server *s, const char *tenant, const char *since, size_t table, td_row_sink sink, void *data,
                 struct td_err *err)
{
    struct sim_conn *c = of(s);
    struct asking q;
    int rc = enter(c, "delta", err);
    if (rc == TD_OK)
        rc = ask(&q, c, tenant, since, err);
    for (size_t i = 0; rc == TD_OK && i < q.s->log.len; i++) {
        const struct sim_entry *e = &q.s->log.at[i];
        if (e->table != table || e->pk == NULL || !is_asked(&q, e) || came_before(&q, i))
            continue;
        const struct sim_row *row = sim_find(&q.s->rows[table], e->pk);
        if (row != NULL && (sim_belongs(q.s->rows, table, row->at, q.tenant) || c->w->mutation == SIM_NO_ISOLATION))
            rc = give(c, table, row, sink, data, err);
        else if (c->w->mutation != SIM_NO_LEAVE || row == NULL)
            rc = give_gone(c, table, e->pk, sink, data, err);
    }
    return leave(c, "delta", rc, err);
}

static int load(struct td_server *s, const char *tenant, size_t table, const struct td_sync_ref *way,
                const char *const *values, size_t n, td_row_sink sink, void *data, struct td_err *err)
{
    struct sim_conn *c = of(s);
    struct asking q;
    int rc = enter(c, "load", err);
    if (rc == TD_OK)
        rc = ask(&q, c, tenant, NULL, err);
    for (size_t i = 0; rc == TD_OK && i < q.s->rows[table].len && c->w->mutation != SIM_NO_ENTER; i++) {
        const struct sim_row *row = q.s->rows[table].at[i];
        bool wanted = false;
        for (size_t v = 0; v < n; v++)
            wanted |= sim_equal(row->at[way->columns[0]], td_int(strtoll(values[v], NULL, 10)));
        if (wanted && sim_belongs(q.s->rows, table, row->at, q.tenant))
            rc = give(c, table, row, sink, data, err);
    }
    return leave(c, "load", rc, err);
}

/* So few rows are always all of them. */
static int chunk(struct td_server *s, const char *tenant, size_t table, const char *const *after, size_t limit,
                 td_row_sink sink, void *data, size_t *n_out, struct td_err *err)
{
    struct sim_conn *c = of(s);
    struct asking q;
    (void)after;
    (void)limit;
    *n_out = 0;
    int rc = enter(c, "chunk", err);
    if (rc == TD_OK)
        rc = ask(&q, c, tenant, NULL, err);
    for (size_t i = 0; rc == TD_OK && i < q.s->rows[table].len; i++) {
        const struct sim_row *row = q.s->rows[table].at[i];
        if (!sim_belongs(q.s->rows, table, row->at, q.tenant))
            continue;
        ++*n_out;
        rc = give(c, table, row, sink, data, err);
    }
    return leave(c, "chunk", rc, err);
}

/* ---- digests ---- */

struct digesting {
    struct sim_conn *c;
    size_t table;
    const struct sim_row *row;
    struct td_digest *out;
};

static int add_row(void *data, struct td_err *err)
{
    struct digesting *g = data;
    const struct td_sync_table *t = &sim_schema.all->at[g->table];
    struct td_buf row, text;
    unsigned char md5[16];
    uint64_t sum = 0;
    (void)err;
    td_buf_init(&row, &g->c->w->a);
    td_buf_init(&text, &g->c->w->a);
    for (size_t i = 0; i < t->n_columns; i++) {
        td_buf_reset(&text);
        td_form_text(t->columns[i].type, g->row->at[i], &text);
        if (g->row->at[i].kind == TD_V_NULL)
            td_buf_char(&row, '-');
        else
            td_buf_printf(&row, "%zu:%s", text.len, td_buf_str(&text));
    }
    td_md5(g->row->key, strlen(g->row->key), md5);
    unsigned bucket = md5[0];
    td_md5(td_buf_str(&row), row.len, md5);
    for (int i = 0; i < 8; i++)
        sum = sum << 8 | md5[i];
    g->out->count[bucket]++;
    g->out->sum[bucket] += sum;
    return TD_OK;
}

static int digest(struct td_server *s, const char *tenant, size_t table, struct td_digest *out, struct td_err *err)
{
    struct sim_conn *c = of(s);
    struct asking q;
    *out = (struct td_digest){0};
    int rc = enter(c, "digest", err);
    if (rc == TD_OK)
        rc = ask(&q, c, tenant, NULL, err);
    for (size_t i = 0; rc == TD_OK && i < q.s->rows[table].len; i++)
        if (sim_belongs(q.s->rows, table, q.s->rows[table].at[i]->at, q.tenant))
            rc = td_arena_run(&c->w->a, add_row, &(struct digesting){c, table, q.s->rows[table].at[i], out}, err);
    return leave(c, "digest", rc, err);
}

/* ---- push ---- */

struct sending {
    struct sim_conn *c;
    struct td_arena *a;
    const struct td_device *d;
    const struct td_batch *b;
    struct td_answer *out;
    const char **nonce;
};

/* SIM_WRONG_BASE: what the device has now stands for what it had. */
static struct td_batch bent(struct td_arena *a, const struct td_batch *b)
{
    struct td_batch out = *b;
    out.at = td_arena_alloc(a, (b->len + 1) * sizeof *out.at);
    for (size_t i = 0; i < b->len; i++) {
        out.at[i] = b->at[i];
        if (b->at[i].base.exists && b->at[i].mine.exists)
            out.at[i].base = b->at[i].mine;
    }
    return out;
}

static bool same_rows(const struct sim_state *x, const struct sim_state *y)
{
    for (size_t t = 0; t < SIM_TABLES; t++)
        if (x->rows[t].len != y->rows[t].len ||
            (x->rows[t].len > 0 && memcmp(x->rows[t].at, y->rows[t].at, x->rows[t].len * sizeof *x->rows[t].at) != 0))
            return false;
    return x->log.len == y->log.len;
}

/* I8: the same batch once more changes nothing and has the same answer. */
static int send_again(struct sending *s, struct td_err *err)
{
    struct sim_world *w = s->c->w;
    struct sim_state before;
    struct td_answer again = {0};
    const char *nonce = NULL;
    struct td_buf x, y;
    sim_state_copy(w, &before, &w->server.now);
    int rc = sim_push(s->c, s->a, s->d, s->b, &again, &nonce, err);
    td_buf_init(&x, s->a);
    td_buf_init(&y, s->a);
    td_answer_print(s->out, &x);
    td_answer_print(&again, &y);
    if (rc != TD_OK)
        sim_fail(w, "I8", "a batch that is sent twice is refused: %s", err->message);
    else if (strcmp(td_buf_str(&x), td_buf_str(&y)) != 0 || strcmp(nonce, *s->nonce) != 0)
        sim_fail(w, "I8", "a batch that is sent twice has two answers: %s | %s", td_buf_str(&x), td_buf_str(&y));
    else if (!same_rows(&before, &w->server.now))
        sim_fail(w, "I8", "a batch that is sent twice changes the server");
    return rc;
}

static const struct sim_row *referred(const struct sim_state *s, const struct sim_key *k, const struct sim_row *row)
{
    for (size_t i = 0; row != NULL && i < s->rows[k->ref].len; i++)
        if (sim_equal(row->at[k->columns[0]], s->rows[k->ref].at[i]->at[k->ref_columns[0]]))
            return s->rows[k->ref].at[i];
    return NULL;
}

/* I6: no row of a batch refers to another tenant's that did not before. */
static void check_references(struct sending *s, const struct sim_state *before)
{
    struct sim_world *w = s->c->w;
    const struct sim_state *now = &w->server.now;
    for (size_t i = 0; i < s->b->len; i++) {
        const struct td_batch_row *r = &s->b->at[i];
        const char *key = sim_key_text(s->a, r->table, r->mine.at != NULL ? r->mine.at : r->base.at);
        const struct sim_row *row = sim_find(&now->rows[r->table], key), *was = sim_find(&before->rows[r->table], key);
        for (size_t f = 0; f < sim_schema.n_foreign && row != NULL && row != was; f++) {
            const struct sim_key *k = &sim_schema.foreign[f];
            const struct sim_row *to = k->table == r->table ? referred(now, k, row) : NULL;
            bool anew = r->mine.exists && sim_equal(r->mine.at[k->columns[0]], row->at[k->columns[0]]) &&
                        (!r->base.exists || !sim_equal(r->base.at[k->columns[0]], row->at[k->columns[0]]));
            if (to != NULL && anew && !sim_belongs(now->rows, k->ref, to->at, s->c->dev->tenant))
                sim_fail(w, "I6", "device %d: %s %s refers to another tenant's row", s->c->dev->number,
                         sim_schema.all->at[r->table].name, key);
        }
    }
}

static int send(void *data, struct td_err *err)
{
    struct sending *s = data;
    struct sim_world *w = s->c->w;
    struct td_batch batch = w->mutation == SIM_WRONG_BASE ? bent(s->a, s->b) : *s->b;
    struct sim_state before;
    sim_state_copy(w, &before, &w->server.now);
    s->b = &batch;
    int rc = sim_push(s->c, s->a, s->d, s->b, s->out, s->nonce, err);
    if (rc == TD_OK)
        check_references(s, &before);
    if (rc == TD_OK && w->mutation != SIM_NO_NUMBER && sim_chance(&w->r, 25))
        rc = send_again(s, err);
    for (size_t i = 0; rc == TD_OK && i < s->b->len; i++) {
        const struct td_batch_row *r = &s->b->at[i];
        sim_note_sent(w, s->c->dev, r->table,
                      sim_key_text(s->a, r->table, r->mine.at != NULL ? r->mine.at : r->base.at));
    }
    return rc;
}

static int push(struct td_server *server, struct td_arena *a, const struct td_device *d, const struct td_batch *b,
                struct td_answer *out, const char **nonce, struct td_err *err)
{
    struct sim_conn *c = of(server);
    struct sending s = {c, a, d, b, out, nonce};
    int rc = enter(c, "push", err);
    if (rc == TD_OK)
        sim_app_on_busy_device(c->w, c->dev); /* programs write on, whatever is under way */
    if (rc == TD_OK)
        rc = td_arena_run(a, send, &s, err);
    if (rc == TD_OK)
        sim_say(c->w, "device %d: batch %lld of %zu rows: %zu conflicts, %zu refused", c->dev->number,
                (long long)b->number, b->len, out->conflicts.len, out->rejects.len);
    else
        sim_say(c->w, "device %d: batch %lld: %s", c->dev->number, (long long)b->number, err->message);
    if (rc == TD_OK && c->w->mutation == SIM_OWN_SNAPSHOT)
        c->since_push = sim_snapshot_text(c->w);
    return leave(c, "push", rc, err);
}

static const struct td_server_ops ops = {
    .hello = hello,
    .enroll = enroll,
    .open = open_snapshot,
    .changed = changed,
    .delta = delta,
    .load = load,
    .chunk = chunk,
    .digest = digest,
    .close = close_snapshot,
    .durable = durable,
    .push = push,
    .ack = ack,
};

void sim_conn_init(struct sim_conn *c, struct sim_world *w, struct sim_device *dev)
{
    *c = (struct sim_conn){.server.ops = &ops, .w = w, .dev = dev, .boot = w->server.boot, .calls_left = -2};
}
