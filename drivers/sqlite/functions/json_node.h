/* Users' JSON as a tree of spans into its text, so that numbers stay digit for digit. Lives in the call's arena. */
#ifndef TD_SQLITE_FUNCTIONS_JSON_NODE_H
#define TD_SQLITE_FUNCTIONS_JSON_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "drivers/sqlite/functions/call.h"

enum td_node_kind { TD_N_NULL, TD_N_FALSE, TD_N_TRUE, TD_N_NUMBER, TD_N_STRING, TD_N_ARRAY, TD_N_OBJECT };

struct td_node {
    enum td_node_kind kind;
    struct td_fn_str raw;  /* the value's own text; not NUL-terminated. What was made by a change has none */
    struct td_fn_str text; /* STRING: its characters */
    struct td_fn_str key;  /* of an object's member: its characters */
    struct td_node *first, *last, *next;
    size_t count;
};

/* A json value as it is written (duplicates and blanks kept), or a jsonb value (normalised first, whatever was
 * stored). 22P02 when it is no JSON. */
TD_MUST_CHECK int td_node_read_json(struct td_arena *a, struct td_fn_str s, struct td_node **out, struct td_err *err);
TD_MUST_CHECK int td_node_read_jsonb(struct td_arena *a, struct td_fn_str s, struct td_node **out, struct td_err *err);
/* An array as SQLite stores it; 22P02 when it is none. */
TD_MUST_CHECK int td_node_read_array(struct td_fn_call *c, int arg, struct td_node **out, struct td_err *err);

/* Gives a failure of core/base/jsontext.h PostgreSQL's message; returns err->rc. */
int td_json_invalid(struct td_err *err);

struct td_node *td_node_new(struct td_arena *a, enum td_node_kind kind);
struct td_node *td_node_string(struct td_arena *a, const char *at, size_t len);
struct td_node *td_node_copy(struct td_arena *a, const struct td_node *n); /* shallow, without its place in a list */
void td_node_append(struct td_node *parent, struct td_node *child);
/* Puts a member into an object where jsonb would have it, or replaces the one with that key. */
void td_node_put(struct td_node *object, struct td_node *member);
/* The last of that key, as PostgreSQL does for json; NULL: none. */
struct td_node *td_node_member(const struct td_node *object, struct td_fn_str key);
/* By index, negative from the end; NULL outside. */
struct td_node *td_node_item(const struct td_node *array, long long index);
/* Order of jsonb's keys: length, then bytes. */
int td_node_key_compare(struct td_fn_str a, struct td_fn_str b);
int td_str_compare(struct td_fn_str a, struct td_fn_str b); /* bytes */

/* Appends jsonb's text: ", " and ": ". */
void td_node_print(const struct td_node *n, struct td_buf *out);
/* Appends an array in the compact form that arrays are stored in. */
void td_node_print_array(const struct td_node *n, struct td_buf *out);
/* Gives n: as text (NULL for null, a string's characters), or as JSON (`json`: the text as it was written). */
int td_node_give(struct td_fn_call *c, const struct td_node *n, bool as_text, bool json, struct td_err *err);
/* What td_node_give makes, as a string node for a _rows function (or the null node). */
struct td_node *td_node_row(struct td_arena *a, const struct td_node *n, bool as_text, bool json);

#endif
