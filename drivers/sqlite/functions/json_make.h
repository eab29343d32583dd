/* Values as JSON: what to_jsonb, the builders and the aggregates share. */
#ifndef TD_SQLITE_FUNCTIONS_JSON_MAKE_H
#define TD_SQLITE_FUNCTIONS_JSON_MAKE_H

#include "drivers/sqlite/functions/call.h"

/* Appends to_json(v) or, with `jsonb`, to_jsonb(v). NULL gives null. */
TD_MUST_CHECK int td_json_value(struct td_fn_call *c, sqlite3_value *v, struct td_fn_type type, bool jsonb,
                                struct td_buf *out, struct td_err *err);

#endif
