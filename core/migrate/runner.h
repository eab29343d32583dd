/* The runner: brings a database up to a folder. One transaction per migration, its history row included; a journal
 * where PostgreSQL allows no transaction; one deployer at a time by a lease row; resumable after kill -9. */
#ifndef TD_MIGRATE_RUNNER_H
#define TD_MIGRATE_RUNNER_H

#include <stdatomic.h>

#include "core/config/url.h"
#include "core/db/db.h"
#include "core/migrate/history.h"
#include "core/migrate/lower.h"

enum td_deploy_event_kind {
    TD_EV_WAITING,   /* for the lock: `text` says who holds it (host, pid, age) */
    TD_EV_PLANNED,   /* `total` migrations are to be applied */
    TD_EV_STARTED,   /* migration `name`, number `done` + 1 of `total` */
    TD_EV_RESUMED,   /* at statement `statement` + 1 of the migration `name` */
    TD_EV_STATEMENT, /* statement `statement` of `statements` done */
    TD_EV_APPLIED,   /* `elapsed_ms` */
    TD_EV_WARNING    /* `text` */
};

struct td_plan;
struct td_planned;

struct td_deploy_event {
    enum td_deploy_event_kind kind;
    const char *name, *text;
    size_t done, total, statement, statements;
    int64_t elapsed_ms;
};

/* One migration of a deploy, for who watches it. */
struct td_deploy_moment {
    struct td_arena *arena; /* lives as long as the deploy */
    struct td_db *db;
    const struct td_migration *migration;
    const struct td_sql_file *file;   /* its statements; NULL: SQLite's own language */
    const struct td_lowered *lowered; /* SQLite; else NULL */
    const struct td_catalog *catalog; /* as it is after the migration; borrowed until the next call; NULL in `before` */
    bool transactional;               /* PostgreSQL: one transaction; else it is run piece by piece */
};

/* Who keeps something in step with the tables, as sync its triggers. Called outside of td_arena_run, and only where the
 * database is synced (td_history.has_sync) and the folder is PostgreSQL's language. What they return stops the deploy,
 * with the transaction that they are called in. All are required. */
struct td_deploy_hooks {
    /* For each pending migration, in order, when all are planned and nothing has run; also of td_deploy_plan. */
    int (*plan)(void *data, const struct td_deploy_moment *m, struct td_err *err);
    /* Before its first statement and after its last, in its transaction; of a journalled migration, in transactions of
     * their own: before the first statement, also when it is resumed, and with the finished row. May be called again
     * when a transaction is tried again. */
    int (*before)(void *data, const struct td_deploy_moment *m, struct td_err *err);
    int (*after)(void *data, const struct td_deploy_moment *m, struct td_err *err);
    void *data;
};

struct td_deploy_opts {
    const char *to;               /* stop after this migration; NULL: all */
    struct td_skip skip;          /* SQLite only */
    const char *schema;           /* PostgreSQL: from the URL, NULL: public */
    int wait_ms;                  /* for the deploy lock; 60 s by default, set by the caller; 0: not at all */
    int lock_timeout_ms;          /* PostgreSQL's lock_timeout; 0: 5 s */
    bool pooled;                  /* the URL says pgbouncer=true */
    const struct td_url *url;     /* PostgreSQL: of `db`, for a second connection that keeps the lease alive during long
                                   * statements; NULL: other deployers go by the backend being alive alone */
    const atomic_bool *cancelled; /* set by Ctrl-C, from any thread; NULL: never */
    const struct td_plan *plan;   /* what td_deploy_plan has made with these options, so that it is not made
                                   * a second time (it is looked at again under the lock); NULL: none yet */
    const struct td_deploy_hooks *hooks; /* NULL: nobody watches */
    void (*on_event)(const struct td_deploy_event *ev, void *data);
    void *data;
};

struct td_deploy_result {
    size_t applied, already, skipped_statements;
    const char *failed; /* the migration that failed, or NULL; borrowed from the folder */
};

/* These three use connections, so they are called outside of td_arena_run; results live in `a`, and `db` must outlive
 * it. A cancelled deploy (the flag, with or without td_db_cancel) is rolled back to the last whole migration or
 * journalled statement. */

/* Applies what is pending. The whole pending set is read, parsed, replayed and (for SQLite) lowered before anything
 * runs: a refusal there means nothing was applied. Refuses a history that failed, was edited or has missing or late
 * files, all of them named in one error. TD_EHISTORY, TD_EREFUSED, TD_EBUSY, and whatever the engine says, with the
 * place in the migration file. */
TD_MUST_CHECK int td_deploy(struct td_arena *a, struct td_db *db, const struct td_folder *f,
                            const struct td_deploy_opts *opts, struct td_deploy_result *out, struct td_err *err);

/* What deploy would run, without running or locking anything: text for each pending migration, in order. */
struct td_plan_entry {
    const struct td_migration *migration;
    const struct td_lowered *lowered; /* SQLite; NULL on PostgreSQL, where the file itself runs */
    bool transactional;
    const char *why_not; /* not transactional: the statement's reason */
};
struct td_plan {
    struct td_plan_entry *at;
    size_t len, cap;
    struct td_planned *planned; /* the runner's own */
};
TD_MUST_CHECK int td_deploy_plan(struct td_arena *a, struct td_db *db, const struct td_folder *f,
                                 const struct td_deploy_opts *opts, struct td_plan *out, struct td_err *err);
bool td_plan_is_empty(const struct td_plan *plan); /* td_deploy would write nothing */

enum td_resolve { TD_RESOLVE_APPLIED, TD_RESOLVE_ROLLED_BACK, TD_RESOLVE_BASELINE };
/* Prisma's `migrate resolve`, with its rules and codes (MIGRATIONS: P3008, P3011, P3012, P3017). BASELINE marks all
 * migrations up to and including `name` as applied. */
TD_MUST_CHECK int td_resolve(struct td_arena *a, struct td_db *db, const struct td_folder *f, enum td_resolve what,
                             const char *name, const struct td_deploy_opts *opts, size_t *changed_out,
                             struct td_err *err);

#endif
