/* SQLSTATE to our codes: the one table that both engines' errors pass through. */
#ifndef TD_DB_SQLSTATE_H
#define TD_DB_SQLSTATE_H

#include "core/base/err.h"

/* TD_C_DB_ENGINE for what no other code describes. */
enum td_code td_sqlstate_code(const char *sqlstate);

#endif
