#include "sync/cycle.h"

#include <string.h>

#include "core/base/time.h"
#include "sync/cursor.h"
#include "sync/cycle_impl.h"

struct running {
    struct td_arena *a;
    struct td_device *d;
    struct td_server *s;
    const struct td_cycle_opts *opts;
    struct td_cycle_result *out;
    struct td_machine machine;
    bool scanning; /* a table is read in one go; the snapshot is open */
    size_t scan_table;
    int64_t scan_since_ms;
    const char *scan_snapshot;
    const char *lost; /* why rows that a comparison replaces are set aside; NULL: they are not */
    struct td_cycle_progress progress;
};

static int cancelled(struct td_err *err)
{
    return td_err_set(err, TD_C_CANCELLED, "interrupted; nothing is half done, and the same command goes on");
}

static bool is_cancelled(const struct running *r)
{
    return r->opts->cancelled != NULL && atomic_load(r->opts->cancelled);
}

/* ---- hello ---- */

/* Can the server go on from the device's cursor? Not when it was set back behind it, or has forgotten what came then.
 */
static int is_trusted(struct running *r, const struct td_hello *h, bool *out, struct td_err *err)
{
    struct td_cursor mine, now, floor;
    *out = true;
    if (td_device_cursor(r->d) == NULL)
        return TD_OK;
    int rc = td_cursor_parse(r->a, td_device_cursor(r->d), &mine, err);
    if (rc == TD_OK)
        rc = td_cursor_parse(r->a, h->snapshot, &now, err);
    if (rc == TD_OK)
        rc = td_cursor_parse(r->a, h->floor, &floor, err);
    if (rc == TD_OK)
        *out = !td_cursor_is_ahead_of(&mine, &now) && mine.xmin >= floor.xmin;
    return rc;
}

struct greeting {
    struct running *r;
    struct td_event *e;
};

static int judge_hello(void *data, struct td_err *err)
{
    struct greeting *g = data;
    struct running *r = g->r;
    struct td_hello h;
    int rc = r->s->ops->hello(r->s, r->a, r->d, &h, err);
    if (rc != TD_OK)
        return rc;
    const struct td_device_id *id = td_device_identity(r->d);
    *g->e = (struct td_event){.kind = TD_HAPPENED_HELLO,
                              .known = h.known,
                              .same_lineage = id->device == 0 || strcmp(h.lineage, id->lineage) == 0,
                              .loading = td_device_state(r->d) == TD_DEVICE_LOADING,
                              .may_push = !h.lacks_some,
                              .may_pull = !h.lacks_some};
    r->out->held = h.lacks_some;
    r->out->behind = h.has_unknown;
    r->out->first_other = h.first_other;
    rc = is_trusted(r, &h, &g->e->trusted, err);
    const char *why = td_device_compare(r->d);
    r->lost = why == NULL || strcmp(why, "migration") != 0 ? "not-noted" : NULL;
    if ((why != NULL && strcmp(why, "identity") == 0) || !g->e->trusted || !g->e->same_lineage ||
        (!h.known && id->device != 0))
        r->lost = "server-lost";
    g->e->trusted = g->e->trusted && why == NULL;
    return rc;
}

static int hello(struct running *r, struct td_event *e, struct td_err *err)
{
    return td_arena_run(r->a, judge_hello, &(struct greeting){r, e}, err);
}

static int enroll(struct running *r, struct td_event *e, struct td_err *err)
{
    struct td_device_id id;
    int rc = r->s->ops->enroll(r->s, td_device_tenant(r->d), &id, err);
    if (rc == TD_OK)
        rc = td_device_identify(r->d, &id, err);
    e->kind = TD_HAPPENED_ENROLLED;
    r->out->enrolled = true;
    return rc;
}

/* ---- first load ---- */

enum { CHUNK = 20000 };

static int load_row(void *data, size_t table, const struct td_value *at, bool here, struct td_err *err)
{
    struct running *r = data;
    (void)here;
    r->progress.rows++;
    if (is_cancelled(r))
        return cancelled(err);
    return td_device_load_row(r->d, table, at, err);
}

static int load_chunk(struct running *r, size_t table, const char *const *after, const char *snapshot,
                      struct td_event *e, struct td_err *err)
{
    size_t n = 0;
    int rc = td_device_load_begin(r->d, err);
    if (rc == TD_OK)
        rc = r->s->ops->chunk(r->s, td_device_tenant(r->d), table, after, CHUNK, load_row, r, &n, err);
    r->s->ops->close(r->s);
    if (rc == TD_OK)
        rc = r->s->ops->durable(r->s, r->d, err);
    if (rc != TD_OK) {
        td_device_load_cancel(r->d);
        return rc;
    }
    bool done = n < CHUNK;
    e->more = !done || table + 1 < td_device_tables(r->d)->len;
    return td_device_load_end(r->d, table, done, snapshot, err);
}

/* So long one snapshot is held: the server cannot clean up behind it. */
enum { SCAN_MS = 30000 };

static void stop_scan(struct running *r)
{
    if (r->scanning)
        r->s->ops->close(r->s);
    r->scanning = false;
}

static int start_scan(struct running *r, size_t table, const char *const *after, struct td_err *err)
{
    int rc = TD_OK;
    if (r->scanning && td_clock_ms() - r->scan_since_ms > SCAN_MS)
        stop_scan(r);
    if (r->scanning && r->scan_table == table)
        return TD_OK;
    if (!r->scanning) {
        rc = r->s->ops->open(r->s, r->a, &r->scan_snapshot, err);
        r->scan_since_ms = td_clock_ms();
    }
    if (rc != TD_OK)
        return rc;
    r->scanning = true;
    r->scan_table = table;
    return r->s->ops->scan(r->s, td_device_tenant(r->d), table, after, err);
}

/* What is to be kept must be on the server's disk: where that needs a commit, the snapshot is left. */
static int settle(struct running *r, struct td_err *err)
{
    bool settled = false;
    int rc = r->s->ops->settled(r->s, &settled, err);
    if (rc != TD_OK || settled)
        return rc;
    stop_scan(r);
    return r->s->ops->durable(r->s, r->d, err);
}

static int load_part(struct running *r, size_t table, const char *const *after, struct td_event *e, struct td_err *err)
{
    size_t n = 0;
    int rc = start_scan(r, table, after, err);
    if (rc == TD_OK)
        rc = td_device_load_begin(r->d, err);
    if (rc == TD_OK)
        rc = r->s->ops->next(r->s, CHUNK, load_row, r, &n, err);
    if (rc == TD_OK)
        rc = settle(r, err);
    if (rc != TD_OK) {
        td_device_load_cancel(r->d);
        return rc;
    }
    bool done = n < CHUNK;
    e->more = !done || table + 1 < td_device_tables(r->d)->len;
    if (!e->more)
        stop_scan(r);
    return td_device_load_end(r->d, table, done, r->scan_snapshot, err);
}

static int load(struct running *r, struct td_event *e, struct td_err *err)
{
    struct td_arena a = {0};
    const char **after = NULL, *snapshot = NULL;
    size_t table = 0;
    e->kind = TD_HAPPENED_LOADED;
    int rc = td_device_load_place(r->d, &a, &table, &after, err);
    if (rc == TD_OK && td_device_cursor(r->d) == NULL)
        rc = td_device_empty(r->d, err);
    if (rc == TD_OK && table < td_device_tables(r->d)->len) {
        r->progress.table = td_device_tables(r->d)->at[table].name;
        if (r->s->ops->scan != NULL) {
            rc = load_part(r, table, after, e, err);
            td_arena_deinit(&a);
            return rc;
        }
        rc = r->s->ops->open(r->s, &a, &snapshot, err);
        if (rc == TD_OK)
            rc = load_chunk(r, table, after, snapshot, e, err);
    }
    td_arena_deinit(&a);
    return rc;
}

/* ---- push and pull ---- */

/* A column or table that the server has not any more, or not under this name. */
static int other_schema(struct running *r, int rc, struct td_err *err)
{
    if (rc != TD_ESCHEMA || !r->out->behind)
        return rc;
    struct td_err told = *err;
    td_err_set(err, TD_C_SYNC_SCHEMA, "the server has the migration \"%s\", which has changed what this file has",
               r->out->first_other);
    td_err_why(err, "%s", told.message);
    return td_err_next(err, "run  tandem migrate deploy  for this file first; what was changed here waits");
}

static int freeze(struct running *r, struct td_event *e, struct td_err *err)
{
    size_t rows = 0;
    int64_t rejects = 0;
    int rc = td_device_freeze(r->d, &rows, &rejects, err);
    r->out->rejects += rejects;
    e->kind = TD_HAPPENED_FROZEN;
    e->rows = (int64_t)rows;
    return rc;
}

static int push(struct running *r, struct td_event *e, struct td_err *err)
{
    struct td_arena a = {0};
    struct td_batch b = {0};
    struct td_answer answer = {0};
    const char *nonce = NULL;
    int rc = td_device_batch(r->d, &a, &b, err);
    if (rc == TD_OK)
        rc = r->s->ops->push(r->s, &a, r->d, &b, &answer, &nonce, err);
    if (rc == TD_ECONFLICT && err->code == TD_C_SYNC_IDENTITY) {
        td_err_clear(err);
        r->lost = "server-lost";
        e->kind = TD_HAPPENED_UNKNOWN;
        rc = TD_OK;
    } else if (rc == TD_OK) {
        rc = td_device_answer(r->d, &b, &answer, nonce, err);
        e->kind = TD_HAPPENED_PUSHED;
        r->out->pushed += (int64_t)(b.len - answer.rejects.len);
        r->out->rejects += (int64_t)answer.rejects.len;
        r->out->conflicts += (int64_t)answer.conflicts.len;
    }
    td_arena_deinit(&a);
    return rc;
}

static int has_pending(struct running *r, bool *out, struct td_err *err)
{
    struct td_device_counts c;
    int rc = td_device_count(r->d, &c, err);
    *out = c.pending > 0;
    return rc;
}

static int pull(struct running *r, bool compare, struct td_event *e, struct td_err *err)
{
    struct td_pulling p;
    size_t differ = 0;
    int rc = td_pull_open(&p, r->d, r->s, err);
    if (compare)
        p.since = NULL;
    p.lost = compare ? r->lost : NULL;
    if (rc == TD_OK && compare)
        rc = td_pull_digest(&p, err);
    if (rc == TD_OK && compare)
        rc = td_pull_compare(&p, NULL, &differ, err);
    if (rc == TD_OK)
        rc = td_pull_stage(&p, err);
    if (rc == TD_OK)
        rc = td_pull_apply(&p, err);
    td_pull_close(&p);
    e->kind = TD_HAPPENED_PULLED;
    e->rows = p.applied.rows;
    r->out->pulled += p.applied.rows;
    r->out->conflicts += p.applied.conflicts;
    r->out->rejects += p.applied.rejects;
    r->out->compared += (int64_t)differ;
    r->out->lost += p.applied.lost;
    if (rc == TD_OK && compare)
        rc = td_device_compared(r->d, err);
    if (rc == TD_OK && td_device_state(r->d) == TD_DEVICE_LOADING)
        rc = td_device_activate(r->d, err);
    return rc == TD_OK ? has_pending(r, &e->pending, err) : rc;
}

static int ack(struct running *r, struct td_event *e, struct td_err *err)
{
    e->kind = TD_HAPPENED_ACKED;
    return r->s->ops->ack(r->s, r->d, td_device_cursor(r->d), err);
}

static int perform(struct running *r, enum td_action action, struct td_event *e, struct td_err *err)
{
    *e = (struct td_event){0};
    switch (action) {
    case TD_DO_HELLO: return hello(r, e, err);
    case TD_DO_ENROLL: return enroll(r, e, err);
    case TD_DO_LOAD: return load(r, e, err);
    case TD_DO_FREEZE: return freeze(r, e, err);
    case TD_DO_PUSH: return other_schema(r, push(r, e, err), err);
    case TD_DO_PULL: return other_schema(r, pull(r, false, e, err), err);
    case TD_DO_COMPARE: return other_schema(r, pull(r, true, e, err), err);
    case TD_DO_ACK: return ack(r, e, err);
    case TD_DO_NOTHING: break;
    }
    return TD_OK;
}

static void tell(struct running *r, enum td_action action)
{
    r->progress.action = action;
    r->progress.pushed = r->out->pushed;
    r->progress.pulled = r->out->pulled;
    r->progress.conflicts = r->out->conflicts;
    r->progress.rejects = r->out->rejects;
    if (r->opts->on_progress != NULL)
        r->opts->on_progress(&r->progress, r->opts->data);
}

int td_cycle_run(struct td_arena *a, struct td_device *d, struct td_server *s, const struct td_cycle_opts *opts,
                 struct td_cycle_result *out, struct td_err *err)
{
    struct running r = {.a = a, .d = d, .s = s, .opts = opts, .out = out};
    struct td_event e = {.kind = TD_HAPPENED_START};
    int rc = TD_OK;
    *out = (struct td_cycle_result){0};
    td_machine_init(&r.machine, opts->push, opts->pull);
    r.machine.ack_always = opts->ack_always;
    for (;;) {
        enum td_action action = td_machine_next(&r.machine, &e);
        tell(&r, action);
        if (rc != TD_OK || action == TD_DO_NOTHING)
            break;
        rc = is_cancelled(&r) ? cancelled(err) : perform(&r, action, &e, err);
        if (rc != TD_OK)
            break;
    }
    stop_scan(&r);
    out->rounds = r.machine.rounds;
    return rc;
}

/* ---- verify ---- */

struct verifying {
    struct td_arena *a;
    struct td_device *d;
    struct td_verify_result *out;
};

static int make_tables(void *data, struct td_err *err)
{
    struct verifying *v = data;
    (void)err;
    v->out->len = td_device_tables(v->d)->len;
    v->out->at = td_arena_alloc(v->a, (v->out->len + 1) * sizeof *v->out->at);
    return TD_OK;
}

/* In one snapshot: first brought to it, then compared with it. */
static int compare(struct verifying *v, struct td_server *s, bool *whole, struct td_err *err)
{
    struct td_pulling p;
    size_t differ = 0;
    int rc = td_pull_open(&p, v->d, s, err);
    if (rc == TD_OK)
        rc = td_pull_stage(&p, err);
    if (rc == TD_OK)
        rc = td_pull_digest(&p, err);
    if (rc == TD_OK)
        rc = td_pull_apply(&p, err);
    if (rc == TD_OK)
        rc = td_pull_compare(&p, v->out->at, &differ, err);
    v->out->equal = rc == TD_OK && differ == 0;
    for (size_t i = 0; rc == TD_OK && i < v->out->len; i++)
        whole[i] = !v->out->at[i].equal;
    td_pull_close(&p);
    return rc;
}

static int fetch(struct verifying *v, struct td_server *s, const bool *whole, struct td_err *err)
{
    struct td_pulling p;
    int rc = td_pull_open(&p, v->d, s, err);
    p.lost = "differs";
    if (rc == TD_OK) {
        memcpy(p.whole, whole, v->out->len);
        rc = td_pull_stage(&p, err);
    }
    if (rc == TD_OK)
        rc = td_pull_apply(&p, err);
    v->out->repaired = p.applied.rows;
    v->out->lost = p.applied.lost;
    td_pull_close(&p);
    return rc;
}

int td_cycle_verify(struct td_arena *a, struct td_device *d, struct td_server *s, bool repair,
                    struct td_verify_result *out, struct td_err *err)
{
    struct verifying v = {a, d, out};
    *out = (struct td_verify_result){0};
    int rc = td_arena_run(a, make_tables, &v, err);
    bool *whole = rc == TD_OK ? td_arena_alloc(a, out->len + 1) : NULL;
    if (rc == TD_OK && whole == NULL)
        rc = td_err_nomem(err);
    if (rc == TD_OK)
        rc = compare(&v, s, whole, err);
    if (rc == TD_OK && !out->equal && repair)
        rc = fetch(&v, s, whole, err);
    return rc == TD_OK && (out->equal || repair) ? td_device_compared(d, err) : rc;
}
