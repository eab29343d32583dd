/* Random changes of a schema that is there already: ALTERs of every kind, types, views, renames, swaps, drops,
 * comments, and rows in between. What they are about is taken from a catalog, so they fit any schema. PostgreSQL
 * accepts most. */
#ifndef TD_TEST_GEN_CHANGE_H
#define TD_TEST_GEN_CHANGE_H

#include "tests/lib/gen.h"

/* The next change: one statement, or a few that belong together (a swap of names), without semicolons. `s` gives new
 * names and tables. */
void gen_change(struct gen *g, struct gen_schema *s, const struct td_catalog *c, struct td_strings *out);
/* One INSERT of plain values; a foreign key refers to a row that is there, or to none. */
void gen_plain_insert(struct gen *g, const struct td_table *t, struct td_buf *out);

#endif
