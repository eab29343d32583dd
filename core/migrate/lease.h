/* The deploy lock: one lease row for each database, taken by every deployer, direct or through a pooler, on either
 * engine. No transaction is held open for it and no call blocks in the server: waiting is polling.
 *
 *     free --insert--> held --heartbeat every 2 s: expires = now + 10 s--> held --delete--> free
 *                      held, its process or backend gone, or expired --delete--> free
 *
 * Whoever writes a migration locks the row FOR KEY SHARE in the same transaction (store.h), so that a lease is never
 * taken over under a transaction that could still commit. On SQLite the write lock does that; and since nobody can
 * write while a migration runs there, its COMMIT is the heartbeat. On PostgreSQL a thread with its own connection is.
 * A backend that its dead client left running is ended before the lease goes on.
 *
 * A direct connection also holds Prisma's advisory lock, 72707369, so that both tools exclude each other. */
#ifndef TD_MIGRATE_LEASE_H
#define TD_MIGRATE_LEASE_H

#include "core/base/uuid.h"
#include "core/migrate/layout.h"
#include "core/migrate/runner.h"

#define TD_LEASE_BEAT_MS   2000
#define TD_LEASE_EXPIRY_MS 10000

struct td_lease;

/* Waits as long as opts->wait_ms says, telling who holds it by TD_EV_WAITING. TD_EBUSY names the holder; TD_ECANCELLED.
 * `*out` is owned: td_lease_release, which gives the lock back. The tables must be there (store.h). */
TD_MUST_CHECK int td_lease_take(struct td_db *db, const struct td_deploy_opts *opts, struct td_lease **out,
                                struct td_err *err);
void td_lease_release(struct td_lease *l);            /* NULL is fine */
const char *td_lease_owner(const struct td_lease *l); /* a UUID; borrowed */
bool td_lease_direct(const struct td_lease *l);       /* the session is ours alone: no pooler between */

/* SQLite: SQL that moves the expiry, to be run with a migration's COMMIT. Nothing on PostgreSQL. */
void td_lease_add_beat(struct td_lease *l, struct td_buf *sql);

/* Around a statement that runs CONCURRENTLY: it would wait for ever for somebody who waits for Prisma's lock. */
TD_MUST_CHECK int td_lease_pause_prisma(struct td_lease *l, struct td_err *err);
TD_MUST_CHECK int td_lease_resume_prisma(struct td_lease *l, struct td_err *err);

/* Sleeps, but not past a cancel. */
TD_MUST_CHECK int td_lease_sleep(const struct td_deploy_opts *opts, int ms, struct td_err *err);
bool td_deploy_cancelled(const struct td_deploy_opts *opts);
int td_deploy_set_cancelled(struct td_err *err); /* TD_ECANCELLED and the command that goes on */

#endif
