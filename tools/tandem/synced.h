/* What the commands of sync's server side share: the one PostgreSQL database, the scopes of the folder, its SQL. */
#ifndef TD_TANDEM_SYNCED_H
#define TD_TANDEM_SYNCED_H

#include "sync/scope.h"
#include "tools/tandem/session.h"

struct td_synced {
    struct td_session s;
    struct td_place *p; /* the database */
    struct td_folder folder;
    const struct td_config *config; /* what it says of scopes */
    size_t refused;                 /* statements that SQLite cannot have */
    struct td_scopes scopes;
    struct td_scope_warnings warnings;
};

/* Finds the database (PostgreSQL) and connects, `reading` or to write. td_synced_close either way. */
TD_MUST_CHECK int td_synced_open(struct td_synced *y, struct td_cli *cli, bool reading, const struct td_opt_list *skip);
void td_synced_close(struct td_synced *y);
/* The scopes that the folder's migrations make, all decided; `tenant` NULL: what tandem.json says. */
TD_MUST_CHECK int td_synced_scopes(struct td_synced *y, const char *tenant);
/* Is sync enabled? TD_ECONFIG if not. Where tandem.json says nothing of sync, what the database keeps of it counts. */
TD_MUST_CHECK int td_synced_kept(struct td_synced *y);
/* Is all of the folder applied? Else TD_EHISTORY: exit 3 or 4. After the above. */
TD_MUST_CHECK int td_synced_check_applied(struct td_synced *y);
/* Statements that would be run: to stdout, or as the member "statements". */
void td_synced_print(struct td_synced *y, const struct td_strings *sql);
/* Under the lock of deploys, in one transaction: what `fn` does. */
TD_MUST_CHECK int td_synced_change(struct td_synced *y, int (*fn)(struct td_synced *y, void *data, struct td_err *err),
                                   void *data);
/* "users", "app.users" */
const char *td_synced_table(struct td_arena *a, const struct td_table *t);
void td_synced_put_warnings(struct td_arena *a, const struct td_scope_warnings *v, struct td_json_writer *w);
void td_synced_say_warnings(const struct td_out *o, const struct td_scope_warnings *v);

#endif
