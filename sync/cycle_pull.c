/* A pull: from the cursor to one snapshot of the server. */
#include <string.h>

#include "core/base/vec.h"
#include "sync/cycle_impl.h"

static int make_room(void *data, struct td_err *err)
{
    struct td_pulling *p = data;
    (void)err;
    p->whole = td_arena_alloc(&p->a, td_device_tables(p->d)->len + 1);
    return TD_OK;
}

int td_pull_open(struct td_pulling *p, struct td_device *d, struct td_server *s, struct td_err *err)
{
    *p = (struct td_pulling){.d = d, .s = s, .since = td_device_cursor(d)};
    int rc = td_arena_run(&p->a, make_room, p, err);
    if (rc == TD_OK)
        rc = s->ops->open(s, &p->a, &p->snapshot, err);
    p->open = rc == TD_OK;
    return rc;
}

static void leave(struct td_pulling *p)
{
    if (p->open)
        p->s->ops->close(p->s);
    p->open = false;
}

void td_pull_close(struct td_pulling *p)
{
    td_device_stage_cancel(p->d);
    leave(p);
    td_arena_deinit(&p->a);
}

static int stage(void *data, size_t table, const struct td_value *at, bool here, struct td_err *err)
{
    return td_device_stage_row(((struct td_pulling *)data)->d, table, at, here, err);
}

/* ---- keys that are the device's now ---- */

/* So many are asked for at once. */
enum { KEYS = 1000 };

struct entering {
    struct td_pulling *p;
    const struct td_sync_ref *way;
    struct td_strings values; /* rows of its columns' texts */
};

static int add_entered(void *data, const struct td_value *at, struct td_err *err)
{
    struct entering *e = data;
    const struct td_sync_tables *all = td_device_tables(e->p->d);
    const struct td_sync_table *through = &all->at[e->way->table];
    (void)err;
    for (size_t i = 0; i < e->way->n; i++)
        td_strings_add(&e->p->a, &e->values,
                       td_batch_text(&e->p->a, through->columns[e->way->ref_columns[i]].type, at[i]));
    return TD_OK;
}

static int load_by(struct td_pulling *p, size_t table, const struct td_sync_ref *way, struct td_err *err)
{
    struct entering e = {p, way, {0}};
    int rc = td_device_entered(p->d, table, way, add_entered, &e, err);
    size_t n = e.values.len / way->n;
    for (size_t i = 0; i < n && rc == TD_OK; i += KEYS)
        rc = p->s->ops->load(p->s, td_device_tenant(p->d), table, way, e.values.at + i * way->n,
                             n - i < KEYS ? n - i : KEYS, stage, p, err);
    return rc;
}

static int load_entered(struct td_pulling *p, size_t table, struct td_err *err)
{
    const struct td_sync_table *t = &td_device_tables(p->d)->at[table];
    int rc = TD_OK;
    for (size_t i = 0; i < t->n_ways && rc == TD_OK; i++)
        rc = load_by(p, table, &t->ways[i], err);
    return rc;
}

/* ---- a table ---- */

static int stage_whole(struct td_pulling *p, size_t table, struct td_err *err)
{
    size_t n = 0;
    int rc = p->s->ops->chunk(p->s, td_device_tenant(p->d), table, NULL, 0, stage, p, &n, err);
    if (rc == TD_OK)
        rc = td_device_stage_whole(p->d, table, err);
    return rc;
}

static int stage_table(struct td_pulling *p, size_t table, const struct td_changes *c, struct td_err *err)
{
    if (p->whole[table] || c->whole[table])
        return stage_whole(p, table, err);
    if (c->keys[table] > 0)
        return p->s->ops->delta(p->s, td_device_tenant(p->d), p->since, table, stage, p, err);
    return TD_OK;
}

/* Tables that say which of its rows are the device's come first, wherever it stands: a junction is behind those that it
 * joins. */
static int enter_table(struct td_pulling *p, size_t table, const struct td_changes *c, bool *done, struct td_err *err)
{
    const struct td_sync_table *t = &td_device_tables(p->d)->at[table];
    int rc = TD_OK;
    if (done[table])
        return TD_OK;
    done[table] = true;
    for (size_t i = 0; i < t->n_ways && rc == TD_OK; i++)
        rc = enter_table(p, t->ways[i].table, c, done, err);
    return rc == TD_OK && !p->whole[table] && !c->whole[table] ? load_entered(p, table, err) : rc;
}

static bool any_whole(const struct td_pulling *p)
{
    for (size_t t = 0; t < td_device_tables(p->d)->len; t++)
        if (p->whole[t])
            return true;
    return false;
}

struct staging {
    struct td_pulling *p;
    bool any;
};

static int stage_all(void *data, struct td_err *err)
{
    struct staging *s = data;
    struct td_pulling *p = s->p;
    size_t n = td_device_tables(p->d)->len;
    struct td_changes c = {td_arena_alloc(&p->a, (n + 1) * sizeof *c.keys), td_arena_alloc(&p->a, n + 1), false};
    bool *done = td_arena_alloc(&p->a, n + 1);
    int rc = TD_OK;
    if (p->since != NULL)
        rc = p->s->ops->changed(p->s, td_device_tenant(p->d), p->since, &c, err);
    s->any = c.any || any_whole(p);
    if (rc == TD_OK)
        rc = td_device_stage(p->d, err);
    for (size_t t = 0; t < n && rc == TD_OK && s->any; t++)
        rc = stage_table(p, t, &c, err);
    /* tables that were compared are equal, or staged whole */
    for (size_t t = 0; t < n && rc == TD_OK && s->any && p->since != NULL; t++)
        rc = enter_table(p, t, &c, done, err);
    return rc;
}

int td_pull_stage(struct td_pulling *p, struct td_err *err)
{
    return td_arena_run(&p->a, stage_all, &(struct staging){p, false}, err);
}

int td_pull_apply(struct td_pulling *p, struct td_err *err)
{
    leave(p);
    int rc = p->s->ops->durable(p->s, p->d, err);
    return rc == TD_OK ? td_device_apply(p->d, p->snapshot, p->lost, &p->applied, err) : rc;
}

/* ---- comparing ---- */

static int digest_all(void *data, struct td_err *err)
{
    struct td_pulling *p = data;
    size_t n = td_device_tables(p->d)->len;
    int rc = TD_OK;
    p->digests = td_arena_alloc(&p->a, (n + 1) * sizeof *p->digests);
    for (size_t t = 0; t < n && rc == TD_OK; t++)
        rc = p->s->ops->digest(p->s, td_device_tenant(p->d), t, &p->digests[t], err);
    return rc;
}

int td_pull_digest(struct td_pulling *p, struct td_err *err)
{
    return td_arena_run(&p->a, digest_all, p, err);
}

static void compare_one(const struct td_digest *here, const struct td_digest *there, struct td_verify_table *out)
{
    for (int i = 0; i < TD_BUCKETS; i++) {
        out->here += here->count[i];
        out->there += there->count[i];
        out->buckets += here->count[i] != there->count[i] || here->sum[i] != there->sum[i];
    }
    out->equal = out->buckets == 0;
}

int td_pull_compare(struct td_pulling *p, struct td_verify_table *tables, size_t *differ_out, struct td_err *err)
{
    const struct td_sync_tables *all = td_device_tables(p->d);
    int rc = TD_OK;
    *differ_out = 0;
    for (size_t t = 0; t < all->len && rc == TD_OK; t++) {
        struct td_digest here;
        struct td_verify_table one = {.name = all->at[t].name};
        rc = td_device_digest(p->d, t, &here, err);
        if (rc != TD_OK)
            break;
        compare_one(&here, &p->digests[t], &one);
        p->whole[t] = !one.equal;
        *differ_out += !one.equal;
        if (tables != NULL)
            tables[t] = one;
    }
    return rc;
}
