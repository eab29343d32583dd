/* PostgreSQL's parse tree: libpg_query's typed nodes and the few accessors that everybody needs.
 * The only header of ours that names libpg_query's types in full; others say `struct PgQuery__Node`. */
#ifndef TD_SQL_TREE_H
#define TD_SQL_TREE_H

#include <pg_query/pg_query.pb-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/base/vec.h"

struct td_buf;

/* "" never NULL, for a String node; NULL for any other. */
const char *td_tree_string(const PgQuery__Node *n);
/* Last name of a qualified list (function, type, operator); `schema_out` gets the one before it or NULL. */
const char *td_tree_name(PgQuery__Node *const *names, size_t n, const char **schema_out);
/* The name of the function, where it may be one of PostgreSQL's own; "": it is sought in another schema. */
const char *td_tree_builtin(const PgQuery__FuncCall *c);
/* Byte offset of the first place known in an expression or clause; -1 when none is. */
int td_tree_location(const PgQuery__Node *n);

/* Deep copy into the arena (so that it can be changed: trees in a catalog are never changed in place). */
PgQuery__Node *td_tree_clone(struct td_arena *a, const PgQuery__Node *n);

/* Calls `visit` on every node below and including `n`, parents first; false from `visit` stops going deeper there.
 * Reaches every field of every node type (it walks protobuf's own descriptors). */
void td_tree_walk(PgQuery__Node *n, bool (*visit)(PgQuery__Node *n, void *data), void *data);

/* Moves every place below the message by `by` bytes; only its own fields, not those of nodes in it. */
void td_tree_shift(ProtobufCMessage *m, int by);

/* PostgreSQL text of an expression or of a whole statement. TD_EUNSUPPORTED where libpg_query cannot print it. */
TD_MUST_CHECK int td_tree_print(struct td_arena *a, const PgQuery__Node *n, const char **out, struct td_err *err);

/* Do two trees say the same, places aside? */
bool td_tree_equal(const PgQuery__Node *a, const PgQuery__Node *b);

#endif
