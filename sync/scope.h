/* Scope: which rows of which table a tenant's device has, derived from the foreign keys and decided by tandem.json.
 *
 * The scope of a row is told by the row's own columns alone, so that no look-up at the time of a write can race with
 * another (a child that reads its parent's tenant while the parent moves is noted for the wrong one):
 *
 *     tenant      a column holds the tenant's key
 *     membership  the row's key; which keys are a tenant's is said by the rows of another table (user_tenants)
 *     path        the row's foreign key; which keys are a tenant's is known of the parent
 *     shared      all rows, for every device, which only reads them
 *     local       never leaves where it is
 *
 * How it is derived: a foreign key to the tenant's table, or one that maps a column onto another table's tenant column,
 * makes that column the tenant's (before all else); a table that a junction of tenants refers to is by membership; what
 * then has a foreign key to any of these is by path; what none of it leads to is shared when such tables refer to it,
 * else local. */
#ifndef TD_SYNC_SCOPE_H
#define TD_SYNC_SCOPE_H

#include "core/catalog/catalog.h"
#include "core/config/config.h"

struct td_buf;

enum td_scope_kind {
    TD_SCOPE_UNDECIDED, /* several are possible: `why` names them */
    TD_SCOPE_TENANT,
    TD_SCOPE_MEMBERSHIP,
    TD_SCOPE_PATH,
    TD_SCOPE_SHARED,
    TD_SCOPE_LOCAL
};
const char *td_scope_kind_name(enum td_scope_kind kind); /* "tenant", ... as tandem.json has it */

struct td_scope {
    struct td_table *table;
    enum td_scope_kind kind;
    bool configured;                   /* by tandem.json */
    struct td_columns key;             /* what a row is known by on both sides; empty: nothing, and it is local */
    struct td_columns columns;         /* the row's own: TENANT one; MEMBERSHIP, PATH: those that `through` matches */
    const struct td_scope *through;    /* MEMBERSHIP: the table that says whose; PATH: the parent */
    const struct td_constraint *by;    /* MEMBERSHIP: the foreign key of `through`; PATH: the row's own */
    struct td_columns through_columns; /* of `through`, in the order of `columns` */
    const char *why;                   /* one line */
};

struct td_scopes {
    enum td_on on;           /* columns that count are on all of these; 0: on both */
    struct td_table *tenant; /* NULL: td_scopes_all */
    struct td_column *tenant_key;
    struct td_scope *
        *at; /* in the catalog's order: tables and partitioned tables, no views, partitions or temporary ones */
    size_t len, cap;
};

/* `config` NULL is an empty one, `tenant` NULL what it says. TD_ECONFIG with the place in tandem.json: no tenant table
 * is named, or a name or word does not fit the schema. An undecided table is no error here: td_scopes_check. Inside
 * td_arena_run of `a`; the catalog is borrowed. */
TD_MUST_CHECK int td_scopes_derive(struct td_arena *a, const struct td_catalog *c, const struct td_config *config,
                                   const char *tenant, struct td_scopes *out, struct td_err *err);
/* Every table that is on all engines of `on`, as if it were shared: for who needs all rows. Inside td_arena_run. */
void td_scopes_all(struct td_arena *a, const struct td_catalog *c, enum td_on on, struct td_scopes *out);
/* TD_ECONFIG when a table is undecided: its candidates, and what to write. */
TD_MUST_CHECK int td_scopes_check(const struct td_scopes *s, struct td_err *err);
const struct td_scope *td_scope_of(const struct td_scopes *s, const struct td_table *t); /* NULL: none */
/* Are its rows on a device at all? */
static inline bool td_scope_travels(const struct td_scope *s)
{
    return s->kind != TD_SCOPE_LOCAL && s->kind != TD_SCOPE_UNDECIDED;
}
/* "tenant(tenant_id)", "membership(id through user_tenants.user_id)", "path(project_id to projects)", "shared" */
void td_scope_describe(const struct td_scope *s, struct td_buf *out);

/* What a device could see, or do, that it should not, or what cannot be synced; and the migration that mends it. */
enum td_scope_warning_kind {
    TD_SCOPE_W_LEAK,    /* a foreign key between tables of tenants leaves out the tenant */
    TD_SCOPE_W_UNIQUE,  /* a unique key leaves it out: who hits it knows that another tenant has the value */
    TD_SCOPE_W_SERIAL,  /* two devices give the same number */
    TD_SCOPE_W_NO_KEY,  /* nothing tells one row from another */
    TD_SCOPE_W_PATH,    /* the row does not say whose it is */
    TD_SCOPE_W_NOBODYS, /* rows whose path is NULL are nobody's */
    TD_SCOPE_W_SHARED,  /* derived, so that every device gets all rows */
    TD_SCOPE_W_SECOND,  /* another column leads to a tenant, too */
    TD_SCOPE_W_HOME     /* rows that travel must refer to one that does not */
};
const char *td_scope_warning_name(enum td_scope_warning_kind kind); /* "tenant-leak", ... */
struct td_scope_warning {
    enum td_scope_warning_kind kind;
    const struct td_table *table;
    const char *text; /* one line */
    const char *mend; /* SQL of a migration, or what to write into tandem.json; "" for none */
};
struct td_scope_warnings {
    struct td_scope_warning *at;
    size_t len, cap;
};
/* Inside td_arena_run. */
void td_scopes_lint(struct td_arena *a, const struct td_scopes *s, struct td_scope_warnings *out);

#endif
