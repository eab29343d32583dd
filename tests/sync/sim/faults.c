#include "tests/sync/sim/faults.h"

#include <stdlib.h>
#include <string.h>

#include "sync/cycle.h"
#include "tests/sync/sim/app.h"
#include "tests/sync/sim/checks.h"
#include "tests/sync/sim/device.h"
#include "tests/sync/sim/server.h"

/* ---- between the steps of others ---- */

void sim_between(struct sim_world *w, struct sim_device *dev)
{
    if (w->calm || w->depth > 1)
        return;
    unsigned what = sim_below(&w->r, 100);
    struct sim_tx *tx = &w->server.open[sim_below(&w->r, SIM_OPEN)];
    struct sim_device *other = &w->devices[sim_below(&w->r, (unsigned)w->n_devices)];
    if (what < 8)
        sim_app_server(w);
    else if (what < 14 && tx->open)
        sim_end_one(w, tx);
    else if (what < 15 && w->may_crash)
        sim_crash(w);
    else if (what < 17 && other != dev && !other->is_running)
        sim_run_device(w, other, false);
}

void sim_app_on_busy_device(struct sim_world *w, struct sim_device *dev)
{
    if (!w->calm && !dev->commits_fail && dev->commits_left < 0 && td_device_state(dev->d) == TD_DEVICE_ACTIVE &&
        sim_chance(&w->r, 20))
        sim_app_device(w, dev);
}

void sim_note_sent(struct sim_world *w, struct sim_device *dev, size_t table, const char *key)
{
    size_t cap = dev->sent.len[table];
    const char *cursor = td_device_cursor(dev->d);
    if (cursor == NULL)
        return;
    if (dev->sent_at == NULL || strcmp(dev->sent_at, cursor) != 0) {
        dev->sent = (struct sim_keys){0};
        dev->sent_at = td_arena_strdup(&w->a, cursor);
        cap = 0;
    }
    if (sim_keys_have(&dev->sent, table, key))
        return;
    dev->sent.at[table] =
        td_vec_room(&w->a, dev->sent.at[table], dev->sent.len[table], &cap, sizeof *dev->sent.at[table]);
    dev->sent.at[table][dev->sent.len[table]++] = td_arena_strdup(&w->a, key);
}

/* ---- a run ---- */

struct running {
    struct sim_world *w;
    struct sim_device *dev;
    atomic_bool cancelled;
    int steps_left; /* until it is cancelled; -1: never */
};

static void on_progress(const struct td_cycle_progress *p, void *data)
{
    struct running *r = data;
    sim_say(r->w, "device %d: %s", r->dev->number, td_action_name(p->action));
    if (p->action == TD_DO_NOTHING)
        return;
    if (r->steps_left >= 0 && r->steps_left-- == 0)
        atomic_store(&r->cancelled, true);
    else if (!r->w->calm && sim_chance(&r->w->r, 30))
        sim_app_on_busy_device(r->w, r->dev);
}

static void choose_fault(struct sim_world *w, struct running *r, struct sim_conn *c)
{
    unsigned what = sim_below(&w->r, 100);
    if (what >= 40 && what < 70) {
        c->calls_left = (int)sim_below(&w->r, 20);
        c->after = sim_chance(&w->r, 60);
    } else if (what >= 70 && what < 90) {
        sim_device_dies_at(r->dev, (int)sim_below(&w->r, 16));
    } else if (what >= 90) {
        r->steps_left = (int)sim_below(&w->r, 8);
    }
}

/* SIM_NO_FROZEN: what is frozen is made anew, and sent under the number that it had. */
static void make_anew(struct sim_world *w, struct sim_device *dev)
{
    struct td_device_counts n;
    struct td_err err = {0};
    if (td_device_count(dev->d, &n, &err) != TD_OK || n.frozen == 0)
        return;
    if (td_device_thaw(dev->d, &err) != TD_OK ||
        td_db_exec(dev->db, "UPDATE main.tandem_meta SET v = v - 1 WHERE k = 'batch'", &err) != TD_OK)
        sim_fail(w, "setup", "%s", err.message);
    sim_device_reopen(w, dev);
}

static bool was_expected(const struct running *r, const struct sim_conn *c, const struct td_err *err)
{
    return c->lost || r->dev->commits_fail || atomic_load(&r->cancelled) || err->rc == TD_EOFFLINE;
}

static void judge(struct sim_world *w, struct running *r, struct sim_conn *c, int rc,
                  const struct td_cycle_result *result, const struct td_err *err)
{
    if (rc != TD_OK)
        w->cuts++;
    if (rc != TD_OK && !was_expected(r, c, err))
        sim_fail(w, "I9", "device %d: %s | %s", r->dev->number, err->message, err->why);
    else if (rc != TD_OK)
        sim_say(w, "device %d: %s", r->dev->number, err->message);
    if (rc == TD_OK && w->calm && result->rounds >= TD_ROUNDS)
        sim_fail(w, "I9", "device %d: no end after %d rounds", r->dev->number, result->rounds);
    if (result->enrolled && w->runs > w->n_devices)
        sim_say(w, "device %d: a new number, %lld tables compared, %lld rows set aside", r->dev->number,
                (long long)result->compared, (long long)result->lost);
}

void sim_run_device(struct sim_world *w, struct sim_device *dev, bool faults)
{
    struct running r = {.w = w, .dev = dev, .steps_left = -1};
    struct sim_conn c;
    struct td_arena a = {0};
    struct td_err err = {0};
    struct td_cycle_result result = {0};
    if (w->failed)
        return;
    if (w->mutation == SIM_NO_FROZEN)
        make_anew(w, dev);
    sim_conn_init(&c, w, dev);
    if (faults)
        choose_fault(w, &r, &c);
    const struct td_cycle_opts opts = {.push = true,
                                       .pull = true,
                                       .ack_always = sim_chance(&w->r, 50),
                                       .cancelled = &r.cancelled,
                                       .on_progress = on_progress,
                                       .data = &r};
    w->runs++;
    w->depth++;
    dev->is_running = true;
    int rc = td_cycle_run(&a, dev->d, &c.server, &opts, &result, &err);
    dev->is_running = false;
    w->depth--;
    td_arena_deinit(&a);
    judge(w, &r, &c, rc, &result, &err);
    bool dead = dev->commits_fail || (rc != TD_OK && sim_chance(&w->r, 40));
    sim_device_dies_at(dev, -1);
    if (dead)
        sim_device_reopen(w, dev);
    sim_check_device(w, dev);
}

/* ---- what happens to files ---- */

/* What was only in a file that is gone need not be found again. */
static void excuse(struct sim_world *w, const struct sim_device *dev, const unsigned char *were,
                   const struct sim_image *is)
{
    unsigned char are[SIM_TOKENS / 8] = {0};
    sim_image_tokens(is, are);
    for (int k = 0; k < w->n_tokens; k++) {
        bool was = (were[k / 8] >> k % 8 & 1) != 0, here = (are[k / 8] >> k % 8 & 1) != 0;
        if (!here && (was || w->tokens[k].device == dev->number))
            w->tokens[k].excused = true;
    }
}

static void set_back(struct sim_world *w, struct sim_device *dev)
{
    unsigned char were[SIM_TOKENS / 8] = {0};
    sim_say(w, "device %d: an old backup is put in its place", dev->number);
    sim_image_tokens(&dev->image, were);
    sim_record_tokens(w, dev, were);
    sim_device_replace(w, dev, dev->backup, dev->backup_bytes);
    w->doubled = true;
    dev->sent = dev->backup_sent;
    dev->sent_at = dev->backup_sent_at;
    dev->cursor = td_arena_strdup(&w->a, td_device_cursor(dev->d));
    dev->lineage = td_arena_strdup(&w->a, td_device_identity(dev->d)->lineage);
    sim_image_read(w, dev, &dev->image);
    excuse(w, dev, were, &dev->image);
}

static void back_up(struct sim_world *w, struct sim_device *dev)
{
    if (td_device_state(dev->d) != TD_DEVICE_ACTIVE)
        return;
    if (dev->backup != NULL && sim_chance(&w->r, 60)) {
        set_back(w, dev);
        return;
    }
    sim_say(w, "device %d: a backup is made", dev->number);
    free(dev->backup);
    dev->backup = sim_file_take(dev->db, &dev->backup_bytes);
    sim_keys_copy(w, &dev->backup_sent, &dev->sent);
    dev->backup_sent_at = dev->sent_at;
}

static void copy(struct sim_world *w, struct sim_device *dev)
{
    int64_t size = 0;
    if (w->n_devices == SIM_DEVICES || td_device_state(dev->d) != TD_DEVICE_ACTIVE)
        return;
    unsigned char *bytes = sim_file_take(dev->db, &size);
    sim_say(w, "device %d: its file is copied to device %d", dev->number, w->n_devices + 1);
    struct sim_device *to = sim_device_add(w, dev->tenant, bytes, size);
    free(bytes);
    w->doubled = true;
    to->cursor = dev->cursor;
    to->lineage = dev->lineage;
    sim_keys_copy(w, &to->sent, &dev->sent);
    to->sent_at = dev->sent_at;
}

/* What a device has and the server loses must be set aside by it. */
static void restore(struct sim_world *w)
{
    unsigned char held[SIM_TOKENS / 8] = {0};
    if (!w->server.has_saved) {
        sim_save(w);
        return;
    }
    for (int i = 0; i < w->n_devices; i++)
        sim_image_tokens(&w->devices[i].image, held);
    for (int k = 0; k < w->n_tokens; k++) {
        if (!sim_had(&w->server.now, k) || sim_had(&w->server.saved, k))
            continue;
        if (held[k / 8] >> k % 8 & 1)
            w->tokens[k].claimed = true;
        else
            w->tokens[k].excused = true;
    }
    sim_restore(w);
}

/* ---- the schedule ---- */

void sim_step(struct sim_world *w)
{
    struct sim_device *dev = &w->devices[sim_below(&w->r, (unsigned)w->n_devices)];
    struct sim_tx *tx = &w->server.open[sim_below(&w->r, SIM_OPEN)];
    unsigned what = sim_below(&w->r, 100);
    if (what < 30) {
        if (td_device_state(dev->d) == TD_DEVICE_ACTIVE)
            sim_app_device(w, dev);
        sim_check_device(w, dev);
    } else if (what < 52) {
        sim_app_server(w);
    } else if (what < 58) {
        if (tx->open)
            sim_end_one(w, tx);
    } else if (what < 85) {
        sim_run_device(w, dev, true);
    } else if (what < 88 && w->may_crash) {
        sim_crash(w);
    } else if (what < 90 && w->may_truncate) {
        sim_app_truncate(w);
    } else if (what < 93 && w->may_prune) {
        sim_prune(w, sim_chance(&w->r, 50));
    } else if (what < 95 && w->may_restore) {
        restore(w);
    } else if (what < 98 && w->may_copy) {
        copy(w, dev);
    } else if (w->may_back_up) {
        back_up(w, dev);
    }
}
