/* What an expression draws from sequences: the calls of nextval('...') in it and in the SQL functions that it calls. */
#ifndef TD_SQL_DRAW_H
#define TD_SQL_DRAW_H

#include <stdint.h>

#include "core/base/vec.h"
#include "core/catalog/catalog.h"

struct PgQuery__Node;

struct td_draws {
    struct td_sequence **at; /* in the order of the calls */
    size_t len, cap;
    bool sometimes; /* one of the calls is reached in some rows only: by CASE, COALESCE, AND, OR, a STRICT function */
};

/* The sequence that 'schema."Name"' means, as regclass reads it; NULL: there is none. */
struct td_sequence *td_draw_named(const struct td_catalog *c, const char *text);
/* The sequence that the column owns (serial, identity, OWNED BY), the table's name as regclass reads it; or NULL. */
struct td_sequence *td_draw_owned(const struct td_catalog *c, const char *table, const char *column);
/* Is it a call of nextval() with one argument? */
bool td_draw_is_call(const struct PgQuery__Node *n);
/* That of a call nextval('name'); NULL: no such call, or no such sequence. */
struct td_sequence *td_draw_call(const struct td_catalog *c, const struct PgQuery__Node *call);
/* Inside td_arena_run; `expr` may be NULL. */
void td_draws_of(struct td_arena *a, const struct td_catalog *c, const struct PgQuery__Node *expr,
                 struct td_draws *out);

/* The sequence that numbers the column: its identity's, or what DEFAULT nextval('...') names; NULL: none. */
struct td_sequence *td_draw_number(const struct td_catalog *c, const struct td_column *col);
/* The same, and the one sequence that an expression as DEFAULT draws a number from, each time; NULL: none. */
struct td_sequence *td_draw_column(struct td_arena *a, const struct td_catalog *c, const struct td_column *col);
/* What stands for "not given" in a column that is filled from a sequence outside a primary key, as SQL in parentheses:
 * an AFTER INSERT trigger replaces it. The least value of the type; for texts a NUL, which no text of PostgreSQL has.
 */
const char *td_draw_mark(struct td_arena *a, const struct td_column *col);
int64_t td_draw_least(const struct td_column *col);

#endif
