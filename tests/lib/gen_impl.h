/* Shared by gen_*.c alone: the makers of values, by kind of type. */
#ifndef TD_TEST_GEN_IMPL_H
#define TD_TEST_GEN_IMPL_H

#include "tests/lib/gen.h"

#define EDGE(g, array) gen_text_value(GEN_PICK(g, array))

struct gen_value gen_text_value(const char *text); /* NUL-terminated */
struct gen_value gen_bare_value(const char *text);
struct gen_value gen_buf_value(struct td_buf *b);

/* gen_text.c */
struct gen_value gen_string(struct gen *g, int length); /* length: varchar's and char's, or -1 */
struct gen_value gen_bytes(struct gen *g);
struct gen_value gen_uuid(struct gen *g);
void gen_add_character(struct gen *g, struct td_buf *b); /* any but NUL, of all planes */

/* gen_json.c */
struct gen_value gen_json(struct gen *g);

/* gen_time.c */
struct gen_value gen_stamp(struct gen *g, bool zone);
struct gen_value gen_date(struct gen *g);
struct gen_value gen_clock(struct gen *g, bool zone);
struct gen_value gen_interval(struct gen *g);

#endif
