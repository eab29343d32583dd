/* Patterns of LIKE and SIMILAR TO. */
#ifndef TD_SQLITE_FUNCTIONS_PATTERN_H
#define TD_SQLITE_FUNCTIONS_PATTERN_H

#include "drivers/sqlite/functions/call.h"

/* The regular expression for a SIMILAR TO pattern, as PostgreSQL's similar_to_escape() builds it. An empty escape
 * switches escaping off; more than one character is 22025. */
TD_MUST_CHECK int td_similar_to_regex(struct td_fn_str pattern, struct td_fn_str escape, struct td_buf *out,
                                      struct td_err *err);

#endif
