#include "core/migrate/runner.h"

#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/migrate/plan.h"

struct deploy {
    struct td_arena *arena;
    const struct td_folder *folder;
    struct td_run run;
    struct td_planned planned;
    struct td_deploy_result *out;
    int64_t synchronous, checkpoint; /* SQLite: as they were; -1: not changed */
};

static bool nothing_to_do(const struct td_planned *p)
{
    return p->steps.len == 0 && p->no_text.len == 0;
}

bool td_plan_is_empty(const struct td_plan *plan)
{
    return nothing_to_do(plan->planned);
}

/* What a checkpoint copies into the file, it waits for: done after many small migrations, not after each few. */
#define CHECKPOINT_PAGES 16384 /* 64 MiB of WAL */

/* WAL with synchronous=NORMAL cannot be damaged by a crash, it may only lose the last commits: the release of the
 * lease is then one commit that waits for the disk, for all of them. */
static int relax_sqlite(struct deploy *d, struct td_err *err)
{
    char *mode = NULL;
    d->synchronous = -1;
    if (td_db_engine(d->run.db) != TD_ENGINE_SQLITE)
        return TD_OK;
    int rc = td_db_query_text(d->run.db, "PRAGMA journal_mode", NULL, 0, &mode, err);
    bool wal = rc == TD_OK && mode != NULL && strcmp(mode, "wal") == 0;
    td_mem_free(mode);
    if (!wal)
        return rc;
    rc = td_db_query_int(d->run.db, "PRAGMA wal_autocheckpoint", NULL, 0, &d->checkpoint, err);
    if (rc == TD_OK)
        rc = td_db_query_int(d->run.db, "PRAGMA synchronous", NULL, 0, &d->synchronous, err);
    return rc == TD_OK ? td_db_execf(d->run.db, err, "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = %d",
                                     CHECKPOINT_PAGES)
                       : rc;
}

static void release(struct deploy *d)
{
    struct td_err ignored = {0};
    bool relaxed = d->synchronous >= 0;
    td_store_deinit(&d->run.store);
    if (relaxed)
        (void)!td_db_execf(d->run.db, &ignored, "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = %d",
                           (int)d->checkpoint);
    td_lease_release(d->run.lease);
    d->run.lease = NULL;
    if (relaxed)
        (void)!td_db_execf(d->run.db, &ignored, "PRAGMA synchronous = %d", (int)d->synchronous);
}

/* The lease is ours: what was planned before is looked at again, somebody may have been quicker. */
static int plan_again(struct deploy *d, struct td_err *err)
{
    bool same = false;
    int rc = td_plan_still_good(d->arena, d->run.db, d->run.opts, &d->planned, &same, err);
    if (rc != TD_OK || same)
        return rc;
    return td_plan_make(d->arena, d->run.db, d->folder, d->run.opts, &d->planned, err);
}

static int open_store(void *data, struct td_err *err)
{
    struct deploy *d = data;
    struct td_layout layout;
    enum td_engine engine = td_db_engine(d->run.db);
    td_layout_init(d->arena, engine, d->planned.history.table, d->run.opts->schema, &layout);
    td_store_init(&d->run.store, d->run.db, &layout, td_lease_owner(d->run.lease));
    d->run.known = &d->planned.known;
    if (td_plan_is_watched(&d->planned, d->folder, d->run.opts))
        d->run.hooks = d->run.opts->hooks;
    td_follow_init(&d->run.follow, d->arena, d->folder, d->run.opts->skip);
    d->run.restore = "";
    return engine == TD_ENGINE_POSTGRES
               ? td_apply_read_session(d->arena, d->run.db, td_lease_direct(d->run.lease), &d->run.restore, err)
               : TD_OK;
}

static int prepare(struct deploy *d, struct td_err *err)
{
    int rc = td_store_create(d->run.db, &d->planned.history, d->run.opts, err);
    if (rc == TD_OK)
        rc = td_lease_take(d->run.db, d->run.opts, &d->run.lease, err);
    if (rc == TD_OK)
        rc = plan_again(d, err);
    if (rc == TD_OK && td_db_engine(d->run.db) == TD_ENGINE_SQLITE && d->folder->dialect == TD_DIALECT_POSTGRES)
        rc = td_db_exec(d->run.db, td_lowering_tables(), err);
    if (rc == TD_OK)
        rc = td_arena_run(d->arena, open_store, d, err);
    return rc == TD_OK ? relax_sqlite(d, err) : rc;
}

/* Texts of migrations that were applied without us, by Prisma or before texts were kept. */
static int keep_texts(struct deploy *d, struct td_err *err)
{
    const struct td_strings *names = &d->planned.no_text;
    if (names->len == 0)
        return TD_OK;
    int rc = td_db_begin(d->run.db, TD_TX_WRITE, err);
    for (size_t i = 0; rc == TD_OK && i < names->len; i++)
        rc = td_store_text(&d->run.store, td_folder_find(d->folder, names->at[i]), err);
    if (rc == TD_OK)
        return td_db_commit(d->run.db, err);
    td_db_rollback(d->run.db);
    return rc;
}

static int apply(struct deploy *d, const struct td_step *s, struct td_err *err)
{
    int64_t began = td_clock_ms();
    td_apply_event(&d->run, TD_EV_STARTED, s, 0, NULL);
    int rc = td_db_engine(d->run.db) == TD_ENGINE_POSTGRES ? td_apply_postgres(&d->run, s, err)
                                                           : td_apply_sqlite(&d->run, s, err);
    if (rc != TD_OK)
        return rc;
    d->run.done++;
    d->out->applied++;
    for (size_t i = 0; s->lowered != NULL && i < s->lowered->n_fates; i++)
        d->out->skipped_statements += s->lowered->fates[i].fate == TD_SKIPPED;
    if (d->run.opts->on_event != NULL)
        d->run.opts->on_event(&(struct td_deploy_event){.kind = TD_EV_APPLIED,
                                                        .name = s->m->name,
                                                        .done = d->run.done,
                                                        .total = d->run.total,
                                                        .elapsed_ms = td_clock_ms() - began},
                              d->run.opts->data);
    return TD_OK;
}

static int apply_all(struct deploy *d, struct td_err *err)
{
    const struct td_steps *steps = &d->planned.steps;
    d->run.total = steps->len;
    td_apply_event(&d->run, TD_EV_PLANNED, NULL, 0, NULL);
    for (size_t i = 0; i < d->planned.warnings.len; i++)
        td_apply_event(&d->run, TD_EV_WARNING, NULL, 0, d->planned.warnings.at[i]);
    int rc = keep_texts(d, err);
    for (size_t i = 0; rc == TD_OK && i < steps->len; i++) {
        if (td_deploy_cancelled(d->run.opts)) {
            rc = td_deploy_set_cancelled(err);
        } else {
            rc = apply(d, &steps->at[i], err);
            if (rc != TD_OK)
                d->out->failed = steps->at[i].m->name;
        }
    }
    if (rc == TD_ECANCELLED)
        td_err_why(err, "%zu of %zu pending migrations are applied", d->run.done, d->run.total);
    return rc;
}

int td_deploy(struct td_arena *a, struct td_db *db, const struct td_folder *f, const struct td_deploy_opts *opts,
              struct td_deploy_result *out, struct td_err *err)
{
    struct deploy d = {
        .arena = a, .folder = f, .run = {.arena = a, .db = db, .opts = opts}, .out = out, .synchronous = -1};
    *out = (struct td_deploy_result){0};
    int rc = TD_OK;
    if (opts->plan != NULL)
        d.planned = *opts->plan->planned;
    else
        rc = td_plan_make(a, db, f, opts, &d.planned, err);
    if (rc == TD_OK && !nothing_to_do(&d.planned)) {
        rc = prepare(&d, err);
        if (rc == TD_OK)
            rc = apply_all(&d, err);
        release(&d);
    }
    out->already = d.planned.status.applied;
    return rc;
}

struct entries {
    struct td_arena *arena;
    const struct td_planned *planned;
    struct td_plan *out;
};

static int make_entries(void *data, struct td_err *err)
{
    struct entries *m = data;
    (void)err;
    for (size_t i = 0; i < m->planned->steps.len; i++) {
        const struct td_step *s = &m->planned->steps.at[i];
        *td_vec_add(m->arena, m->out) = (struct td_plan_entry){.migration = s->m,
                                                               .lowered = s->lowered,
                                                               .transactional = s->units.transactional,
                                                               .why_not = s->units.why_not};
    }
    return TD_OK;
}

int td_deploy_plan(struct td_arena *a, struct td_db *db, const struct td_folder *f, const struct td_deploy_opts *opts,
                   struct td_plan *out, struct td_err *err)
{
    struct td_planned *planned = td_arena_alloc(a, sizeof *planned);
    *out = (struct td_plan){.planned = planned};
    if (planned == NULL)
        return td_err_nomem(err);
    int rc = td_plan_make(a, db, f, opts, planned, err);
    if (rc != TD_OK)
        return rc;
    return td_arena_run(a, make_entries, &(struct entries){a, planned, out}, err);
}
