#include "core/migrate/apply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/utf8.h"

#define LOCK_TRIES 5

void td_apply_event(const struct td_run *r, enum td_deploy_event_kind kind, const struct td_step *s, size_t statement,
                    const char *text)
{
    if (r->opts->on_event == NULL)
        return;
    r->opts->on_event(&(struct td_deploy_event){.kind = kind,
                                                .name = s == NULL ? NULL : s->m->name,
                                                .text = text,
                                                .done = r->done,
                                                .total = r->total,
                                                .statement = statement,
                                                .statements = s == NULL || s->file == NULL ? 0 : s->file->len},
                      r->opts->data);
}

void td_apply_moment(struct td_arena *a, struct td_db *db, const struct td_step *s, struct td_deploy_moment *out)
{
    *out = (struct td_deploy_moment){.arena = a,
                                     .db = db,
                                     .migration = s->m,
                                     .file = s->file,
                                     .lowered = s->lowered,
                                     .transactional = s->units.transactional};
}

int td_apply_before(struct td_run *r, const struct td_step *s, struct td_err *err)
{
    struct td_deploy_moment m;
    if (r->hooks == NULL)
        return TD_OK;
    td_apply_moment(r->arena, r->db, s, &m);
    return r->hooks->before(r->hooks->data, &m, err);
}

int td_apply_after(struct td_run *r, const struct td_step *s, struct td_err *err)
{
    struct td_deploy_moment m;
    if (r->hooks == NULL)
        return TD_OK;
    td_apply_moment(r->arena, r->db, s, &m);
    int rc = td_follow_to(&r->follow, s->m, &m.catalog, err);
    return rc == TD_OK ? r->hooks->after(r->hooks->data, &m, err) : rc;
}

int td_apply_exec(struct td_run *r, struct td_buf *sql, struct td_err *err)
{
    int rc = td_buf_check(sql, err);
    if (rc == TD_OK)
        rc = td_db_exec(r->db, td_buf_str(sql), err);
    td_buf_reset(sql);
    return rc;
}

static bool worth_a_retry(const struct td_err *err)
{
    return strcmp(err->sqlstate, "55P03") == 0 || strcmp(err->sqlstate, "40P01") == 0 ||
           strcmp(err->sqlstate, "40001") == 0;
}

/* 0.5 s, 1 s, 2 s, 4 s, each made longer by up to a half, so that two that collide do not meet again. */
static int backoff_ms(int tries)
{
    char uuid[TD_UUID_TEXT];
    td_uuid_v4(uuid);
    int base = 500 << (tries - 1);
    return base + (int)(strtol(uuid + 24, NULL, 16) % (base / 2));
}

int td_apply_retry(struct td_run *r, const struct td_step *s,
                   int (*fn)(struct td_run *, const struct td_step *, void *, struct td_err *), void *data,
                   struct td_err *err)
{
    for (int tries = 1;; tries++) {
        int rc = td_deploy_cancelled(r->opts) ? td_deploy_set_cancelled(err) : fn(r, s, data, err);
        if (rc == TD_OK)
            return rc;
        td_db_rollback(r->db);
        if (tries == LOCK_TRIES || td_deploy_cancelled(r->opts) || !worth_a_retry(err))
            return rc;
        char text[1200];
        int ms = backoff_ms(tries);
        snprintf(text, sizeof text, "%s; try %d of %d in %d.%d s", err->message, tries + 1, LOCK_TRIES, ms / 1000,
                 ms % 1000 / 100);
        td_apply_event(r, TD_EV_WARNING, s, 0, text);
        rc = td_lease_sleep(r->opts, ms, err);
        if (rc != TD_OK)
            return rc;
    }
}

const char *td_apply_cure(const struct td_err *err)
{
    if (strcmp(err->sqlstate, "57014") == 0)
        return "raise statement_timeout";
    switch (err->rc) {
    case TD_EFULL: return "free some space";
    case TD_EBUSY:
    case TD_ECONFLICT: return "wait until the other program is done";
    case TD_EDENIED: return "give this user the right";
    case TD_EREADONLY: return "let the database be written to";
    default: return NULL;
    }
}

/* The engine's own hint stays in front. */
static void say_next(const struct td_run *r, const struct td_step *s, struct td_err *err)
{
    bool journalled = td_db_engine(r->db) == TD_ENGINE_POSTGRES && !s->units.transactional;
    char hint[sizeof err->next];
    memcpy(hint, err->next, sizeof hint);
    if (err->rc == TD_EOFFLINE)
        return;
    if (err->why[0] == '\0')
        td_err_why(err, "%s",
                   journalled ? "the file runs statement by statement; those before this one stay"
                              : "the statement was refused, and the migration, one transaction, rolled back");
    bool timed_out = strcmp(err->sqlstate, "57014") == 0; /* of which the driver knows that it may be a lock */
    const char *cure = td_apply_cure(err), *first = hint[0] != '\0' && !timed_out ? hint : cure;
    const char *then = first == NULL ? "" : first[strlen(first) - 1] == '.' ? " Then " : "; then ";
    td_err_next(err, "%s%s%srun  tandem migrate deploy  again%s", first == NULL ? "" : first, then,
                cure == NULL ? "correct the file and " : "", journalled ? ": it goes on at this statement" : "");
}

int td_apply_failed(const struct td_run *r, const struct td_step *s, size_t from, size_t len, struct td_err *err)
{
    if (err->rc == TD_ECANCELLED || td_deploy_cancelled(r->opts))
        return td_deploy_set_cancelled(err);
    if (err->code == TD_C_MIG_LEASE_LOST || err->code == TD_C_MIG_BUSY || err->code == TD_C_MIG_CHANGED)
        return (int)err->rc;
    size_t at = from, width = len;
    if (err->column > 0) {
        at += td_utf8_bytes(s->source.text + from, s->source.len - from, err->column - 1);
        width = 0;
    }
    td_err_source(err, &s->source, at, width);
    td_err_wrap(err, "migration \"%s\" failed [P3018]", s->m->name);
    say_next(r, s, err);
    return (int)err->rc;
}
