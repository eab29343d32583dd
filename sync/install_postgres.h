/* What sync has on the server: the schema tandem with the log, the devices, their grants and conflicts, and the capture
 * of each table that travels.
 *
 *     tandem.sync      one row: which server and database this is (lineage), from when on the log is whole (floor),
 * what tandem.json decides of scopes (config) tandem.tblmap    the synced tables; their numbers in the log stay the
 * same through renames tandem.device    who pulls and pushes       tandem.member    which role may see which tenant
 *     tandem.conflict  what was decided between two changes of one row
 *     tandem.changed() which rows a tenant's device is to look at; allowed(), renew(), compact()
 *
 * All of it is compared with what it should be, and made or mended where it differs: the same after a migration as at
 * the first time. A table whose stored rows may have changed without a trigger (other columns, another file, another
 * scope, capture that was not whole) is marked in the log, so that devices compare it. */
#ifndef TD_SYNC_INSTALL_POSTGRES_H
#define TD_SYNC_INSTALL_POSTGRES_H

#include "core/base/vec.h"
#include "core/db/db.h"
#include "sync/scope.h"

/* May this role do it? TD_EDENIED names each right that is missing, TD_EUNSUPPORTED: a server before 14, or a standby.
 * Tables that are not there are passed over. As all of these outside of td_arena_run or inside. */
TD_MUST_CHECK int td_install_postgres_rights(struct td_arena *a, struct td_db *db, const struct td_scopes *scopes,
                                             struct td_err *err);
/* The statements that are needed, in order; none: all is as it should be. Only reads. `config`: what tandem.sync keeps.
 * Results in `a`. */
TD_MUST_CHECK int td_install_postgres_plan(struct td_arena *a, struct td_db *db, const struct td_scopes *scopes,
                                           const char *config, struct td_strings *out, struct td_err *err);
/* Runs them, in the caller's transaction. `count_out` (may be NULL): how many. */
TD_MUST_CHECK int td_install_postgres(struct td_arena *a, struct td_db *db, const struct td_scopes *scopes,
                                      const char *config, size_t *count_out, struct td_err *err);

/* The same, and what the roles of devices need: the role tandem_device, its grants and policies. Where it was done
 * once, the others keep it in step. The role may have to be made: TD_EDENIED without CREATEROLE. */
TD_MUST_CHECK int td_install_postgres_devices(struct td_arena *a, struct td_db *db, const struct td_scopes *scopes,
                                              const char *config, struct td_err *err);

/* What removes every trace: triggers, functions, tables; the schema tandem keeps what migrations need. */
TD_MUST_CHECK int td_install_postgres_remove_plan(struct td_arena *a, struct td_db *db, struct td_strings *out,
                                                  struct td_err *err);
TD_MUST_CHECK int td_install_postgres_remove(struct td_arena *a, struct td_db *db, size_t *count_out,
                                             struct td_err *err);

/* What tandem.json's sync object says of scopes, as tandem.sync keeps it: {"sync":{"tenant":...,"tables":...}}.
 * `tenant` NULL: the config's own. `*out` lives in `a`. */
TD_MUST_CHECK int td_install_config(struct td_arena *a, const struct td_config *config, const char *tenant,
                                    const char **out, struct td_err *err);

#endif
