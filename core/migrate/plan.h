/* The first half of a deploy: what is to be done, all of it read and checked before anything runs. */
#ifndef TD_MIGRATE_PLAN_H
#define TD_MIGRATE_PLAN_H

#include "core/migrate/apply.h"

struct td_planned {
    struct td_history history;
    struct td_status status;
    struct td_steps steps;
    struct td_map known;        /* SQLite: names of triggers and indexes that any migration makes */
    struct td_strings warnings; /* statements that our parser cannot read */
    struct td_strings no_text;  /* applied, but the text is not kept yet */
};

/* Reads the history and makes the steps. Outside of td_arena_run. Everything that stands in the way is an error. */
TD_MUST_CHECK int td_plan_make(struct td_arena *a, struct td_db *db, const struct td_folder *f,
                               const struct td_deploy_opts *opts, struct td_planned *out, struct td_err *err);
/* Do the options' hooks see it? */
bool td_plan_is_watched(const struct td_planned *p, const struct td_folder *f, const struct td_deploy_opts *opts);
/* Reads the history again; *same_out false: it has changed, and the plan must be made anew. Our own tables, made since,
 * are no change, but noted in the plan. */
TD_MUST_CHECK int td_plan_still_good(struct td_arena *a, struct td_db *db, const struct td_deploy_opts *opts,
                                     struct td_planned *p, bool *same_out, struct td_err *err);

#endif
