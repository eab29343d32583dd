/* The functions that tandem registers on its own SQLite connections, so that lowered queries behave as PostgreSQL's.
 *
 * functions.def lists them: TD_FUNCTION(name, min_args, max_args, kind), max_args -1 for any number. The lowering may
 * call what is listed; the SQLite driver registers exactly these (a test compares). The list is sorted by group.
 *
 * Conventions of all of them:
 * - Arguments and results are values as SQLite stores them (core/catalog/type.h, td_type_storage): booleans 0/1,
 *   times as fixed-width text, numerics as INTEGER, REAL or canonical TEXT (all three are taken wherever a number is),
 *   arrays as compact JSON array text, jsonb as the text that PostgreSQL prints, bytea as BLOB, interval as PostgreSQL
 *   prints it. A numeric result is canonical TEXT unless the comment says otherwise.
 * - NULL in, NULL out, where PostgreSQL's function is strict.
 * - `type` arguments are names as td_type_print() gives them or PostgreSQL's internal ones ("integer", "int4",
 *   "numeric(10,2)", "timestamp(3) without time zone", "text[]"); what is no known type is taken as text.
 * - Failures are SQLite errors whose text is "SQLSTATE: PostgreSQL's message".
 * - Set-returning functions end in _rows and give a JSON array to be walked with json_each: each element is a string
 *   with the value's exact text, or null, or (where said) an array of such. As strings, because json_each would turn
 *   1.10 into 1.1 and 9007199254740993 into a double.
 * - Elements of arrays: integers, floats and finite numerics are JSON numbers, booleans true and false, NULL null, all
 *   else strings (json and jsonb elements too: the string holds their text). More dimensions nest. */
#ifndef TD_SQL_FUNCTIONS_H
#define TD_SQL_FUNCTIONS_H

#include <stddef.h>

enum td_function_kind {
    TD_F_PURE,     /* same arguments, same result */
    TD_F_VOLATILE, /* may differ from call to call, or by transaction */
    TD_F_AGGREGATE /* also as a window function */
};

struct td_function {
    const char *name;
    int min_args, max_args;
    enum td_function_kind kind;
};

/* The list, ended by a NULL name; *count_out (may be NULL) without the end. */
static inline const struct td_function *td_functions(size_t *count_out)
{
    static const struct td_function list[] = {
#define TD_FUNCTION(name, min_args, max_args, kind) {#name, min_args, max_args, TD_F_##kind},
#include "core/sql/functions.def"
#undef TD_FUNCTION
        {NULL, 0, 0, TD_F_PURE}};
    if (count_out != NULL)
        *count_out = sizeof list / sizeof list[0] - 1;
    return list;
}

#endif
