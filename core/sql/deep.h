/* Runs a function on a thread with a large stack, and waits for it.
 *
 * libpg_query, protobuf-c and the walkers of their trees recurse once for each nested or chained operator; on an
 * ordinary stack of 8 MB libpg_query overflows between 60,000 and 80,000 of them. */
#ifndef TD_SQL_DEEP_H
#define TD_SQL_DEEP_H

#include "core/base/err.h"

/* `fn` may not leave by td_arena_fail: it runs on another stack. TD_ENOMEM: no thread could be started, fn did not run.
 */
TD_MUST_CHECK int td_deep_run(void (*fn)(void *data), void *data, struct td_err *err);

#endif
