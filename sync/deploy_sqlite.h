/* Keeps a device in step with its tables while migrations run on its file: the hooks of `migrate deploy`.
 *
 *     before   the frozen batch becomes pending again; triggers of capture are taken away: what a migration does to
 * rows it does on the server, too after    what is pending follows its tables: renamed with them, columns converted as
 * far as they can be; what belonged to a table or column that is gone is set aside. Capture is made for the tables as
 * they are now
 *
 * The next pull then compares all tables with the server, as rows may have come out otherwise here. */
#ifndef TD_SYNC_DEPLOY_SQLITE_H
#define TD_SYNC_DEPLOY_SQLITE_H

#include "core/config/config.h"
#include "core/migrate/runner.h"
#include "sync/device.h"

struct td_deploy_sqlite {
    struct td_deploy_hooks hooks; /* for td_deploy_opts, as long as this is where it is */
    const struct td_config *config;
    struct td_device *device; /* as it was before the migration at hand; owned */
};

/* `config`: tandem.json, for tables that the file's own copy of the server's config does not decide; borrowed. */
void td_deploy_sqlite_init(struct td_deploy_sqlite *d, const struct td_config *config);
void td_deploy_sqlite_deinit(struct td_deploy_sqlite *d);

#endif
