/* May a deploy go on from this history? If not: everything that stands in the way, in one error, each with the command
 * that solves it. */
#ifndef TD_MIGRATE_VERDICT_H
#define TD_MIGRATE_VERDICT_H

#include "core/migrate/history.h"

/* Inside td_arena_run. TD_EHISTORY: not empty without a history [P3005], failed [P3009], edited, missing, late. */
TD_MUST_CHECK int td_verdict(struct td_arena *a, const struct td_folder *f, const struct td_history *h,
                             const struct td_status *s, struct td_err *err);

#endif
