/* A thread that keeps a lease alive on PostgreSQL, over a connection of its own, while the deployer's connection is
 * busy with a long statement. A deploy of less than one beat never opens that connection. */
#ifndef TD_MIGRATE_HEARTBEAT_H
#define TD_MIGRATE_HEARTBEAT_H

#include "core/config/url.h"
#include "core/db/db.h"

struct td_heartbeat;

/* Runs `sql` with $1 = owner every `every_ms`. Borrows all of it until stop. When the server cannot be reached it tries
 * again at the next beat. */
TD_MUST_CHECK int td_heartbeat_start(const struct td_url *url, const char *sql, const char *owner, int every_ms,
                                     struct td_heartbeat **out, struct td_err *err);
void td_heartbeat_stop(struct td_heartbeat *h); /* waits for the thread; NULL is fine */

#endif
