/* Clone: an empty SQLite file becomes a device's, by the migrations that the server keeps. The rows come by the first
 * run (cycle.h). */
#ifndef TD_SYNC_CLONE_H
#define TD_SYNC_CLONE_H

#include "core/migrate/runner.h"
#include "sync/device.h"

struct td_clone_opts {
    const char *tenant;
    const char *remote;             /* to be remembered, without a password; NULL: nothing */
    const char *schema;             /* of the URL; NULL: public */
    const struct td_folder *folder; /* in place of the texts that the server keeps, which it must fit; NULL: these */
    struct td_deploy_opts deploy;   /* of the file */
};

/* Applies the server's migrations to the file, and makes what sync keeps there. Goes on where an earlier try has
 * stopped; TD_EEXISTS: the file has something else in it. TD_ENOTFOUND: there is no such tenant. Outside of
 * td_arena_run; results live in `a`. */
TD_MUST_CHECK int td_clone(struct td_arena *a, struct td_db *server, struct td_db *file,
                           const struct td_clone_opts *opts, struct td_err *err);

#endif
