/* A slice: the tables of a database that are copied, counted or deleted together, and which rows of them: one tenant's,
 * as the scopes have it, or all. */
#ifndef TD_SYNC_SLICE_H
#define TD_SYNC_SLICE_H

#include "core/db/db.h"
#include "core/migrate/lower.h"
#include "sync/tables.h"

struct td_slice_opts {
    const struct td_folder *folder; /* the migrations that make the tables */
    struct td_skip skip;            /* SQLite goes without */
    enum td_on on;                  /* tables and columns that are on all of these engines */
    const struct td_config *config; /* whose scopes; NULL: what is derived */
    const char *tenant_table;       /* NULL: what config says */
    bool scoped;                    /* the tables of a tenant and those that tenants share; else all */
};

struct td_slice {
    struct td_scopes scopes;
    struct td_sync_tables all; /* a table behind those that it refers to, as far as there is such an order */
    struct td_scopes every;    /* all tables, scoped or not */
    const struct td_catalog *catalog;
};

/* TD_ECONFIG: no table of tenants is known, or a table is undecided. Inside td_arena_run of `a`. */
TD_MUST_CHECK int td_slice_make(struct td_arena *a, const struct td_slice_opts *opts, struct td_slice *out,
                                struct td_err *err);
/* What a scope's placeholder is bound to on that engine, for a tenant as PostgreSQL prints its key. TD_EDATA: it is no
 * value of the key's type. Inside td_arena_run of `a`. */
TD_MUST_CHECK int td_slice_tenant(struct td_arena *a, const struct td_slice *s, enum td_engine engine,
                                  const char *tenant, struct td_value *out, struct td_err *err);
/* TD_ENOTFOUND: this database has no row of the tenant, or this role may not see it. Inside td_arena_run of `a`. */
TD_MUST_CHECK int td_slice_find(struct td_arena *a, const struct td_slice *s, struct td_db *db, const char *tenant,
                                struct td_err *err);

/* Pieces of SQL: "a", "b" of a table's columns, with a prefix as "t."; all, or some by number. */
void td_slice_add_columns(const struct td_sync_table *t, const char *prefix, struct td_buf *sql);
void td_slice_add_some(const struct td_sync_table *t, const size_t *columns, size_t n, const char *prefix,
                       struct td_buf *sql);
/* l."a" = r."a" AND ... over the key */
void td_slice_add_match(const struct td_sync_table *t, const char *left, const char *right, struct td_buf *sql);
/* The number of the table that is `t`; SIZE_MAX: it is not in the slice. */
size_t td_slice_number(const struct td_slice *s, const struct td_table *t);

#endif
