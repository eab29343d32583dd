/* What PostgreSQL's functions take and give, and what stands for them on SQLite; call.c reads it. */
#ifndef TD_SQL_CALL_TABLE_H
#define TD_SQL_CALL_TABLE_H

#include <stddef.h>

/* Arguments and results by one letter: t text, i integer, I bigint, n numeric, f double precision, b boolean, j json,
 * J jsonb, y bytea, z timestamptz, s timestamp, d date, c time, v interval, u uuid, T text[], x any as it is, a any
 * array, e its element, N any number as it is, Z timestamptz, timestamp or date as it is; '?' begins the optional
 * ones, '*' repeats the last. Results also: '1' '2' the type of that argument, E the array's element, A the array's.
 * In the templates $1.. are the arguments, %1.. their types as a literal, $* all of them, joined, %e the array's
 * element type. */
struct lw_function {
    const char *name, *args, *result, *query, *stock; /* templates: for our connections, for schema text; NULL: none */
};

extern const struct lw_function lw_functions[]; /* those of one name in the order of preference */
extern const size_t lw_n_functions;

#endif
