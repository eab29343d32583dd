/* Shared by scope*.c alone. */
#ifndef TD_SYNC_SCOPE_IMPL_H
#define TD_SYNC_SCOPE_IMPL_H

#include "sync/scope.h"

struct td_deriving {
    struct td_arena *a;
    const struct td_catalog *catalog;
    const struct td_config *config;
    struct td_scopes *out;
};

/* "users", "app.users" */
const char *td_scope_table_name(struct td_arena *a, const struct td_table *t);
bool td_columns_have(const struct td_columns *v, const struct td_column *c);
bool td_columns_not_null(const struct td_columns *v);
/* "a, b" */
const char *td_columns_text(struct td_arena *a, const struct td_columns *v);

/* Sets what a table's scope is. */
void td_scope_set_tenant(struct td_deriving *d, struct td_scope *s, struct td_column *c, const char *why);
void td_scope_set_membership(struct td_deriving *d, struct td_scope *s, const struct td_scope *through,
                             const struct td_constraint *fk, const char *why);
void td_scope_set_path(struct td_deriving *d, struct td_scope *s, const struct td_constraint *fk, const char *why);

/* scope_config.c: what tandem.json says of tables, first the kinds, then, when the tenant's columns are known, what
 * memberships and paths go through. */
TD_MUST_CHECK int td_scope_take_kinds(struct td_deriving *d, struct td_err *err);
TD_MUST_CHECK int td_scope_take_ways(struct td_deriving *d, struct td_err *err);
/* Has each table become what it says? */
TD_MUST_CHECK int td_scope_check_config(struct td_deriving *d, struct td_err *err);

#endif
