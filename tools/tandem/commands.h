/* The commands, each in its own cmd_*.c. */
#ifndef TD_TANDEM_COMMANDS_H
#define TD_TANDEM_COMMANDS_H

#include "tools/tandem/opt.h"

extern const struct td_cmd td_cmd_migrate_deploy;
extern const struct td_cmd td_cmd_migrate_status;
extern const struct td_cmd td_cmd_migrate_resolve;
extern const struct td_cmd td_cmd_migrate_show;
extern const struct td_cmd td_cmd_migrate_report;
extern const struct td_cmd td_cmd_db_create;
extern const struct td_cmd td_cmd_db_wait;
extern const struct td_cmd td_cmd_db_copy;
extern const struct td_cmd td_cmd_sync_enable;
extern const struct td_cmd td_cmd_sync_disable;
extern const struct td_cmd td_cmd_sync_clone;
extern const struct td_cmd td_cmd_sync_compact;
extern const struct td_cmd td_cmd_sync_run;
extern const struct td_cmd td_cmd_sync_pull;
extern const struct td_cmd td_cmd_sync_push;
extern const struct td_cmd td_cmd_sync_verify;
extern const struct td_cmd td_cmd_sync_status;
extern const struct td_cmd td_cmd_sync_diff;
extern const struct td_cmd td_cmd_sync_conflicts;
extern const struct td_cmd td_cmd_sync_rejects;
extern const struct td_cmd td_cmd_sync_grant;
extern const struct td_cmd td_cmd_sync_revoke;
extern const struct td_cmd td_cmd_sync_scope;
extern const struct td_cmd td_cmd_tenant_list;
extern const struct td_cmd td_cmd_tenant_export;
extern const struct td_cmd td_cmd_tenant_import;
extern const struct td_cmd td_cmd_tenant_delete;
extern const struct td_cmd td_cmd_doctor;
extern const struct td_cmd td_cmd_explain;
extern const struct td_cmd td_cmd_completion;
extern const struct td_cmd td_cmd_version;
extern const struct td_cmd td_cmd_help;

/* By its one or two words; `second` may be NULL. NULL: there is none. */
const struct td_cmd *td_cmd_find_words(const char *first, const char *second);

#endif
