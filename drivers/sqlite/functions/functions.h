/* PostgreSQL's functions for SQLite connections: what core/sql/functions.def lists. */
#ifndef TD_SQLITE_FUNCTIONS_H
#define TD_SQLITE_FUNCTIONS_H

#include "core/base/err.h"

struct sqlite3;

/* Registers all of them on `db`, once, right after opening. They go with the connection. Takes the connection's one
 * statement trace (sqlite3_trace_v2): it tells now() when a transaction begins. */
TD_MUST_CHECK int td_sqlite_functions_register(struct sqlite3 *db, struct td_err *err);

#endif
