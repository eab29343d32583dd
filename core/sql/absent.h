/* What a tree cannot say: protobuf keeps '' and nothing at all as the same text. In one statement that makes a
 * difference: ALTER TYPE ... ADD VALUE 'x' BEFORE '', RENAME VALUE '' TO 'x'. Its own tokens tell. */
#ifndef TD_SQL_ABSENT_H
#define TD_SQL_ABSENT_H

#include <stdbool.h>

#include "core/sql/tree.h"

/* In the tree of such a statement, what `text` does not write becomes NULL, and what it writes is not NULL: old_val,
 * new_val_neighbor. A clone does not keep that. False: no memory. On any stack, without an arena. */
bool td_sql_mark_absent(PgQuery__Node *n, const char *text);

#endif
