#include "core/migrate/lease.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/migrate/heartbeat.h"
#include "core/migrate/lease_sql.h"
#include "core/migrate/process.h"
#include "core/migrate/rows.h"

#define POLL_MS       100
#define TELL_EVERY_MS 5000
#define PRISMA_KEY    "72707369"

struct td_lease {
    struct td_db *db;
    const struct td_deploy_opts *opts;
    const struct td_lease_sql *sql;
    struct td_heartbeat *beat; /* NULL: none */
    struct td_process self;
    char owner[TD_UUID_TEXT];
    bool direct, held, prisma_held;
    bool tried; /* to insert the row: it may be there though the answer was lost */
    int64_t deadline_ms, told_ms;
    int64_t beat_ms;  /* when the row was last written */
    char holder[512]; /* who has what we wait for */
};

bool td_deploy_cancelled(const struct td_deploy_opts *opts)
{
    return opts->cancelled != NULL && atomic_load(opts->cancelled);
}

int td_deploy_set_cancelled(struct td_err *err)
{
    td_err_set(err, TD_C_CANCELLED, "interrupted; what was under way was rolled back");
    return td_err_next(err, "tandem migrate deploy  goes on from here");
}

int td_lease_sleep(const struct td_deploy_opts *opts, int ms, struct td_err *err)
{
    for (int64_t end = td_clock_ms() + ms;;) {
        if (td_deploy_cancelled(opts))
            return td_deploy_set_cancelled(err);
        int64_t left = end - td_clock_ms();
        if (left <= 0)
            return TD_OK;
        nanosleep(&(struct timespec){.tv_nsec = (long)(left < 50 ? left : 50) * 1000000L}, NULL);
    }
}

const char *td_lease_owner(const struct td_lease *l)
{
    return l->owner;
}

bool td_lease_direct(const struct td_lease *l)
{
    return l->direct;
}

void td_lease_add_beat(struct td_lease *l, struct td_buf *sql)
{
    int64_t now = td_clock_ms();
    if (td_db_engine(l->db) != TD_ENGINE_SQLITE || now - l->beat_ms < TD_LEASE_BEAT_MS / 2)
        return;
    l->beat_ms = now;
    const char *beat = l->sql->beat; /* ends in $1 */
    td_buf_add_n(sql, beat, strlen(beat) - 2);
    td_buf_lit(sql, l->owner);
    td_buf_char(sql, ';');
}

static void tell(struct td_lease *l)
{
    int64_t now = td_clock_ms();
    if (l->opts->on_event == NULL || (l->told_ms != 0 && now - l->told_ms < TELL_EVERY_MS))
        return;
    l->told_ms = now;
    l->opts->on_event(&(struct td_deploy_event){.kind = TD_EV_WAITING, .text = l->holder}, l->opts->data);
}

static int give_up(struct td_lease *l, struct td_err *err)
{
    td_err_set(err, TD_C_MIG_BUSY, "the deploy lock is held by %s [P1002]", l->holder);
    td_err_why(err, "waited %d s; nothing was changed", l->opts->wait_ms / 1000);
    return td_err_next(err, "tandem migrate deploy --wait=%d  waits longer; or end the holder",
                       l->opts->wait_ms < 60000 ? 60 : l->opts->wait_ms / 1000 * 5);
}

/* One more round of polling, or the end of our patience. */
static int wait_more(struct td_lease *l, struct td_err *err)
{
    if (td_clock_ms() >= l->deadline_ms)
        return give_up(l, err);
    tell(l);
    return td_lease_sleep(l->opts, POLL_MS, err);
}

/* Columns of td_lease_sql.read. */
enum { L_OWNER, L_HOST, L_HOST_ID, L_PID, L_PID_STARTED, L_AGE_S, L_EXPIRED, L_BACKEND, L_BACKEND_ALIVE };

static void describe(struct td_lease *l, const struct td_rows *r)
{
    const char *backend = td_rows_cell(r, 0, L_BACKEND);
    snprintf(l->holder, sizeof l->holder, "another deploy on host \"%s\", pid %s, for %s s%s%s%s",
             td_rows_cell(r, 0, L_HOST), td_rows_cell(r, 0, L_PID), td_rows_cell(r, 0, L_AGE_S),
             backend == NULL ? "" : " (server process ", backend == NULL ? "" : backend, backend == NULL ? "" : ")");
}

static bool is_lock_timeout(const struct td_err *err)
{
    return err->rc == TD_EBUSY || err->rc == TD_ECONFLICT;
}

/* The holder is dead or silent. A backend that it left behind may still be at work: it is ended and waited for. */
static int take_over(struct td_lease *l, const struct td_rows *r, bool dead, struct td_err *err)
{
    const char *owner = td_rows_cell(r, 0, L_OWNER);
    if (td_rows_bool(r, 0, L_BACKEND_ALIVE)) {
        struct td_err ignored = {0}; /* without the right to end it, it is waited for */
        (void)!td_db_run(l->db, l->sql->end_backend, (struct td_value[]){td_text(owner)}, 1, &ignored);
        return TD_OK;
    }
    return td_db_run(l->db, dead ? l->sql->remove_dead : l->sql->remove_expired, (struct td_value[]){td_text(owner)}, 1,
                     err);
}

static int insert_row(struct td_lease *l, struct td_err *err)
{
    struct td_value v[] = {
        td_text(l->owner),       td_text(l->self.host), td_text(l->self.host_id),      td_int(l->self.pid),
        td_int(l->self.started), td_bool(l->direct),    td_bool(l->opts->url != NULL),
    };
    int rc = td_db_run(l->db, l->sql->insert, v, td_db_engine(l->db) == TD_ENGINE_POSTGRES ? 7 : 5, err);
    if (rc == TD_OK)
        l->held = td_db_changes(l->db) == 1;
    return rc;
}

/* Who has locked the table would be waited for without end: no longer than we have patience, but not so short that
 * another deployer's insert counts. */
static int insert_within(struct td_lease *l, int64_t left_ms, struct td_err *err)
{
    int rc = td_db_begin(l->db, TD_TX_WRITE, err);
    if (rc == TD_OK)
        rc = td_db_execf(l->db, err, "SET LOCAL lock_timeout = '%dms'",
                         left_ms < 1000   ? 1000
                         : left_ms > 5000 ? 5000
                                          : (int)left_ms);
    if (rc == TD_OK)
        rc = insert_row(l, err);
    if (rc == TD_OK)
        rc = td_db_commit(l->db, err);
    else
        td_db_rollback(l->db);
    l->held = l->held && rc == TD_OK;
    return rc;
}

static int insert(struct td_lease *l, struct td_err *err)
{
    int rc = td_db_engine(l->db) == TD_ENGINE_POSTGRES ? insert_within(l, l->deadline_ms - td_clock_ms(), err)
                                                       : insert_row(l, err);
    l->tried = l->tried || rc == TD_OK || !is_lock_timeout(err); /* one that only waited left nothing to give back */
    l->beat_ms = td_clock_ms();
    return rc;
}

static int try_once(struct td_lease *l, struct td_err *err)
{
    struct td_arena a = {0};
    struct td_rows r;
    int rc = td_rows_read(&a, l->db, l->sql->read, NULL, 0, &r, err);
    if (rc == TD_OK && td_rows_count(&r) == 0) {
        rc = insert(l, err);
    } else if (rc == TD_OK) {
        describe(l, &r);
        bool dead = td_process_is_dead(td_rows_cell(&r, 0, L_HOST_ID), (int)td_rows_int(&r, 0, L_PID),
                                       td_rows_int(&r, 0, L_PID_STARTED)) ||
                    (td_rows_cell(&r, 0, L_BACKEND) != NULL && !td_rows_bool(&r, 0, L_BACKEND_ALIVE));
        if (dead || td_rows_bool(&r, 0, L_EXPIRED)) {
            rc = take_over(l, &r, dead, err);
            if (rc == TD_OK && !td_rows_bool(&r, 0, L_BACKEND_ALIVE))
                rc = insert(l, err);
        }
    }
    td_arena_deinit(&a);
    return rc;
}

static int take_row(struct td_lease *l, struct td_err *err)
{
    while (!l->held) {
        if (td_deploy_cancelled(l->opts))
            return td_deploy_set_cancelled(err);
        int rc = try_once(l, err);
        if (rc != TD_OK && !is_lock_timeout(err))
            return rc;
        if (rc != TD_OK && l->holder[0] == '\0')
            snprintf(l->holder, sizeof l->holder, "another program that writes to the database");
        if (!l->held) {
            rc = wait_more(l, err);
            if (rc != TD_OK)
                return rc;
        }
    }
    return TD_OK;
}

/* Prisma's lock is a bigint key: its halves are classid and objid, objsubid 1. */
static const char *const prisma_holder =
    "SELECT a.pid, a.application_name, EXTRACT(EPOCH FROM clock_timestamp() - a.backend_start)::bigint"
    " FROM pg_catalog.pg_locks k JOIN pg_catalog.pg_stat_activity a ON a.pid = k.pid"
    " WHERE k.locktype = 'advisory' AND k.granted AND k.classid = 0 AND k.objid = " PRISMA_KEY " AND k.objsubid = 1"
    " AND k.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())";

static int describe_prisma(struct td_lease *l, struct td_err *err)
{
    struct td_arena a = {0};
    struct td_rows r;
    int rc = td_rows_read(&a, l->db, prisma_holder, NULL, 0, &r, err);
    if (rc == TD_OK && td_rows_count(&r) > 0) {
        const char *name = td_rows_cell(&r, 0, 1), *age = td_rows_cell(&r, 0, 2);
        snprintf(l->holder, sizeof l->holder,
                 "Prisma or another program with its lock (" PRISMA_KEY
                 "), server process %s \"%s\", connected for %s s",
                 td_rows_cell(&r, 0, 0), name == NULL ? "" : name, age == NULL ? "?" : age);
    }
    td_arena_deinit(&a);
    return rc;
}

int td_lease_resume_prisma(struct td_lease *l, struct td_err *err)
{
    if (!l->direct)
        return TD_OK;
    snprintf(l->holder, sizeof l->holder, "a program that has just let go of it");
    while (!l->prisma_held) {
        int64_t got = 0;
        int rc = td_db_query_int(l->db, "SELECT pg_try_advisory_lock(" PRISMA_KEY ")::integer", NULL, 0, &got, err);
        l->prisma_held = rc != TD_OK || got == 1; /* without an answer it may be ours: it is given back */
        if (rc == TD_OK && !l->prisma_held)
            rc = describe_prisma(l, err);
        if (rc == TD_OK && !l->prisma_held)
            rc = wait_more(l, err);
        if (rc != TD_OK)
            return rc;
    }
    return TD_OK;
}

int td_lease_pause_prisma(struct td_lease *l, struct td_err *err)
{
    int64_t done = 0;
    if (!l->prisma_held)
        return TD_OK;
    int rc = td_db_query_int(l->db, "SELECT pg_advisory_unlock(" PRISMA_KEY ")::integer", NULL, 0, &done, err);
    l->prisma_held = rc != TD_OK;
    l->deadline_ms = td_clock_ms() + (l->opts->wait_ms < 10000 ? 10000 : l->opts->wait_ms); /* to get it back */
    return rc;
}

/* Behind a pooler the protocol's idea of our backend is the pooler's own. */
static int find_direct(struct td_lease *l, struct td_err *err)
{
    int64_t pid = 0;
    l->direct = td_db_engine(l->db) == TD_ENGINE_POSTGRES && !l->opts->pooled && td_db_has(l->db, TD_CAP_SESSION);
    if (!l->direct)
        return TD_OK;
    int rc = td_db_query_int(l->db, "SELECT pg_backend_pid()", NULL, 0, &pid, err);
    l->direct = rc == TD_OK && pid == td_db_backend_pid(l->db);
    return rc;
}

static int take(struct td_lease *l, struct td_err *err)
{
    int rc = find_direct(l, err);
    if (rc == TD_OK)
        rc = take_row(l, err);
    if (rc == TD_OK && td_db_engine(l->db) == TD_ENGINE_POSTGRES && l->opts->url != NULL)
        rc = td_heartbeat_start(l->opts->url, l->sql->beat, l->owner, TD_LEASE_BEAT_MS, &l->beat, err);
    if (rc == TD_OK)
        rc = td_lease_resume_prisma(l, err);
    return rc;
}

int td_lease_take(struct td_db *db, const struct td_deploy_opts *opts, struct td_lease **out, struct td_err *err)
{
    struct td_lease *l = td_mem_zalloc(sizeof *l);
    if (l == NULL)
        return td_err_nomem(err);
    l->db = db;
    l->opts = opts;
    l->sql = td_lease_sql(td_db_engine(db));
    l->deadline_ms = td_clock_ms() + opts->wait_ms;
    td_process_self(&l->self);
    td_uuid_v4(l->owner);
    int rc = take(l, err);
    if (rc != TD_OK) {
        td_lease_release(l);
        return rc;
    }
    *out = l;
    return TD_OK;
}

/* Errors are of no use to anybody here: a lease that could not be given back is free when its process has ended. A
 * cancel that came late may hit the first statement, so there is a second try. */
void td_lease_release(struct td_lease *l)
{
    struct td_err ignored = {0};
    if (l == NULL)
        return;
    td_heartbeat_stop(l->beat);
    if (td_lease_pause_prisma(l, &ignored) != TD_OK)
        (void)!td_lease_pause_prisma(l, &ignored);
    if (l->tried && td_db_run(l->db, l->sql->release, (struct td_value[]){td_text(l->owner)}, 1, &ignored) != TD_OK)
        (void)!td_db_run(l->db, l->sql->release, (struct td_value[]){td_text(l->owner)}, 1, &ignored);
    td_mem_free(l);
}
