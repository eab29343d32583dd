/* Devices' roles on the server: made with `tandem sync grant`, taken away with `revoke`.
 *
 * A device's role has its name (where another has that, with the database's behind it), can log in, is a member of
 * tandem_device (install_devices.c) and sees the tenants that tandem.member grants it. A comment on it says which
 * database it was made for: roles belong to the whole server. */
#ifndef TD_SYNC_GRANT_POSTGRES_H
#define TD_SYNC_GRANT_POSTGRES_H

#include "core/db/db.h"
#include "sync/scope.h"

struct td_grant {
    const char *device, *tenant;
    const char *password; /* a new one each time: earlier ones end */
};

/* In the caller's transaction, with all that roles need (td_install_postgres_devices). TD_EDENIED without CREATEROLE,
 * TD_ENOTFOUND: no such tenant, TD_EEXISTS: the role is somebody else's. `*role_out`: its name, in `a`. Outside of
 * td_arena_run. */
TD_MUST_CHECK int td_grant_postgres(struct td_arena *a, struct td_db *db, const struct td_scopes *scopes,
                                    const char *config, const struct td_grant *g, const char **role_out,
                                    struct td_err *err);
/* `tenant` NULL: all of them. With the last one the role goes. TD_ENOTFOUND: it has none. */
TD_MUST_CHECK int td_revoke_postgres(struct td_arena *a, struct td_db *db, const char *device, const char *tenant,
                                     bool *role_gone_out, struct td_err *err);
/* What a device can do beyond its rows, a line each: whoever runs `grant` is warned. */
TD_MUST_CHECK int td_grant_warnings(struct td_arena *a, struct td_db *db, struct td_strings *out, struct td_err *err);

#endif
