/* Do two expressions mean the same, as far as their trees tell? One of them may be as PostgreSQL prints what it has
 * stored: IN as = ANY (ARRAY[...]), LIKE as ~~, BETWEEN as two comparisons, literals and columns with the casts to text
 * that it found by itself. "No" means "not by looks": the two may still be the same to a server. */
#ifndef TD_SQL_SAME_H
#define TD_SQL_SAME_H

#include <stdbool.h>

#include "core/base/arena.h"

struct PgQuery__Node;

enum td_same_as {
    TD_SAME_EXPR,    /* over one table: its name before a column says nothing */
    TD_SAME_DEFAULT, /* a column's default: coerced to the column's type anyway */
    TD_SAME_STMT     /* a query, a trigger: names are as they are, but for the schema "public" */
};

/* Inside td_arena_run. */
bool td_tree_same(struct td_arena *a, enum td_same_as as, const struct PgQuery__Node *x, const struct PgQuery__Node *y);

#endif
