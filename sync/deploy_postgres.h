/* Keeps sync in step with the tables while migrations run on the server: the hooks of `migrate deploy`.
 *
 *     plan     after each pending migration every table's scope must be decided: else nothing is applied
 *     before   what would be in the migration's way is taken out of it: triggers whose columns go, or that a partition
 *              would get a second time; policies of devices, which let nothing through meanwhile
 *     after    all of it is compared with what it should be now, and mended (install_postgres.h)
 *
 * What tandem.json decides is that of whoever deploys, if it says anything of sync and fits the schema at that
 * migration, else what the database keeps of it. */
#ifndef TD_SYNC_DEPLOY_POSTGRES_H
#define TD_SYNC_DEPLOY_POSTGRES_H

#include "core/config/config.h"
#include "core/migrate/runner.h"

struct td_deploy_postgres {
    struct td_deploy_hooks hooks; /* for td_deploy_opts, as long as this is where it is */
    const struct td_config *config;
    /* what is read from tandem.sync by the first hook; in the deploy's arena */
    struct td_arena *arena;
    const char *kept;
    struct td_config *kept_config;
};

/* `config` is borrowed. */
void td_deploy_postgres_init(struct td_deploy_postgres *d, const struct td_config *config);

#endif
