/* The tables that sync carries, as both sides know them: columns, keys, references, policies, in an order in which a
 * table comes behind those that it refers to. */
#ifndef TD_SYNC_TABLES_H
#define TD_SYNC_TABLES_H

#include "sync/merge.h"
#include "sync/scope.h"

struct td_sync_ref { /* a foreign key between two of them */
    size_t table;    /* it refers to */
    size_t n;
    const size_t *columns, *ref_columns; /* numbers of columns, here and there */
};

struct td_sync_table {
    const struct td_scope *scope;
    const char *name;                /* "users", "app.users": in messages and records, and its name on SQLite */
    struct td_merge_column *columns; /* those that hold something of their own: generated ones are left out */
    size_t n_columns;
    size_t *key; /* numbers of columns, in the key's order */
    size_t n_key;
    struct td_sync_ref *refs;
    size_t n_refs, cap_refs;
    /* Which other table's rows say whether a row is the device's: of MEMBERSHIP and PATH the one that the scope goes
     * through (the first), and those that it refers to and of which devices get a part alone (mask.h). */
    struct td_sync_ref *ways;
    size_t n_ways, cap_ways;
    const char *subset; /* SQL condition on rows that devices get (mask.h); NULL: all */
    bool read_only;     /* shared: a device's changes are refused */
};

struct td_sync_tables {
    struct td_sync_table *at;
    size_t len, cap;
    const struct td_scopes *scopes;
};

/* `config` NULL: no policies. TD_ECONFIG with the place when a policy names what is not there or does not fit its
 * column. Inside td_arena_run of `a`; borrows the scopes. */
TD_MUST_CHECK int td_sync_tables_make(struct td_arena *a, const struct td_catalog *c, const struct td_scopes *scopes,
                                      const struct td_config *config, struct td_sync_tables *out, struct td_err *err);
/* -1: there is none of that name. */
long td_sync_tables_find(const struct td_sync_tables *all, const char *name);
bool td_sync_in_key(const struct td_sync_table *t, size_t column);

#endif
