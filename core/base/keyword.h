/* PostgreSQL 15's reserved words and those that may be no column name: names that SQL text has to quote. */
#ifndef TD_BASE_KEYWORD_H
#define TD_BASE_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>

/* May the name stand without quotes, as PostgreSQL's quote_ident() decides it: lower-case ASCII letters, digits and
 * underscores, no digit first, no such word? */
bool td_name_is_plain(const char *name, size_t len);

#endif
