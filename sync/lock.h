/* One sync of a file at a time: a lock that ends with the process that holds it. */
#ifndef TD_SYNC_LOCK_H
#define TD_SYNC_LOCK_H

#include "core/base/err.h"

/* Takes it, on a file beside the database (closing one of the database's own file would take SQLite's locks away).
 * *fd_out: td_lock_release. TD_EBUSY: another one is at work. */
TD_MUST_CHECK int td_lock_take(const char *database_path, int *fd_out, struct td_err *err);
void td_lock_release(int fd); /* -1 is fine */

#endif
