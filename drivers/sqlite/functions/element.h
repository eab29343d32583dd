/* Text of a type -> its stored form, and elements of arrays: what casts, arrays and aggregates share. */
#ifndef TD_SQLITE_FUNCTIONS_ELEMENT_H
#define TD_SQLITE_FUNCTIONS_ELEMENT_H

#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/json_node.h"

/* Appends the stored form of `text`, read as the type's input function reads it: digits, '0' or '1' for booleans, \x
 * for bytea. No arrays. */
TD_MUST_CHECK int td_fn_cast_text(struct td_fn_type type, const char *text, size_t len, struct td_buf *out,
                                  struct td_err *err);
/* Makes a stored form's text the result, as INTEGER, REAL, BLOB or TEXT. */
TD_MUST_CHECK int td_fn_give_stored(struct td_fn_call *c, struct td_fn_type type, const char *text, size_t len,
                                    struct td_err *err);

/* An array's element for a stored value; NULL gives null, an array its nodes. */
TD_MUST_CHECK int td_fn_element(struct td_fn_call *c, sqlite3_value *v, struct td_fn_type type, struct td_node **out,
                                struct td_err *err);
/* The same from a stored form's text. */
struct td_node *td_fn_element_text(struct td_arena *a, struct td_fn_type type, const char *text, size_t len);
/* Back: an element's stored text. Not for null and nested arrays. */
struct td_fn_str td_fn_element_stored(const struct td_node *n);
/* Makes an element the result, as a stored value. */
TD_MUST_CHECK int td_fn_give_element(struct td_fn_call *c, struct td_fn_type type, const struct td_node *n,
                                     struct td_err *err);
/* '{a,"b c",NULL}' from an array's nodes. */
TD_MUST_CHECK int td_fn_array_print(struct td_arena *a, struct td_fn_type type, const struct td_node *array,
                                    struct td_buf *out, struct td_err *err);
/* Order and equality of two elements of one array type: numbers as numbers, else bytes; null equals null. */
int td_fn_element_compare(const struct td_node *a, const struct td_node *b);

#endif
