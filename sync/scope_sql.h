/* Scope as SQL: is a row a tenant's, as PostgreSQL and SQLite ask it. */
#ifndef TD_SYNC_SCOPE_SQL_H
#define TD_SYNC_SCOPE_SQL_H

#include "core/db/db.h"
#include "sync/scope.h"

struct td_buf;

/* Appends a condition over a row `alias` (without its dot; "" for columns by their bare names): it is the tenant's,
 * whose key `tenant` gives as a text: '…', $1 or a parameter's name. True for shared tables, false for those that do
 * not travel. Keys are compared in their own type, so that an index is used. */
void td_scope_add_belongs(const struct td_scope *s, const char *alias, const char *tenant, struct td_buf *sql);
/* The same for either engine. On SQLite `tenant` is a placeholder, bound to what SQLite stores of the key. */
void td_scope_add_slice(enum td_engine engine, const struct td_scope *s, const char *alias, const char *tenant,
                        struct td_buf *sql);
/* "::uuid": to the column's type, or the one beneath its domain. */
void td_scope_add_cast(const struct td_column *c, struct td_buf *sql);
/* The table's name, "schema"."name". */
void td_scope_add_table(const struct td_table *t, struct td_buf *sql);
/* The same on either engine; SQLite's is main."name" or main."schema.name". */
void td_scope_add_table_on(enum td_engine engine, const struct td_table *t, struct td_buf *sql);

#endif
