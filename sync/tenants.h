/* Tenants of a database, on either engine: who they are and what they have, and taking one away. */
#ifndef TD_SYNC_TENANTS_H
#define TD_SYNC_TENANTS_H

#include "sync/slice.h"

struct td_tenant {
    const char *key;  /* as a text */
    const char *name; /* NULL: the table has no column for it, or no value */
    int64_t rows;     /* in all tables */
    int64_t *counts;  /* one a table */
};
struct td_tenants {
    const char *name_column;  /* NULL: none */
    struct td_strings tables; /* whose rows are a tenant's: those that all share are not among them */
    struct td_tenant *at;     /* by key */
    size_t len, cap;
};
/* Of a scoped slice. In a snapshot of its own. Inside td_arena_run of `a`. */
TD_MUST_CHECK int td_tenants_list(struct td_arena *a, const struct td_slice *s, struct td_db *db,
                                  struct td_tenants *out, struct td_err *err);

struct td_tenant_deleted {
    struct td_tenant_gone {
        const char *table;
        int64_t rows;
    } * at; /* in the order in which they go */
    size_t len, cap;
    int64_t rows;
    int64_t kept; /* members that other tenants have, too */
};
/* Deletes the tenant's rows, those that refer to others first, in one transaction: its own, those that lead to them,
 * and members whom no other tenant has. Triggers run as for any program. With `dry_run` it is rolled back at the end,
 * so that what would fail does. TD_ENOTFOUND: there is no such tenant; TD_EDENIED: the file is a clone; TD_EFOREIGN
 * with TD_C_SYNC_OUTSIDE: a row that stays refers to one of them. Inside td_arena_run of `a`. */
TD_MUST_CHECK int td_tenant_delete(struct td_arena *a, const struct td_slice *s, struct td_db *db, const char *tenant,
                                   bool dry_run, struct td_tenant_deleted *out, struct td_err *err);

#endif
