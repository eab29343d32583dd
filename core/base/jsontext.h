/* Users' JSON as text, digit for digit: checked, brought to jsonb's output form and compared by value, without ever
 * becoming a tree of doubles. Input need not be NUL-terminated. */
#ifndef TD_BASE_JSONTEXT_H
#define TD_BASE_JSONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"
#include "core/base/err.h"

/* Deeper nesting is refused: SQLite's json_valid() has the same bound. */
#define TD_JSONTEXT_DEPTH 2000

/* Is it what PostgreSQL's json type accepts? TD_EDATA, SQLSTATE 22P02, with `err->line` and `err->column` within the
 * text and no path. */
TD_MUST_CHECK int td_jsontext_check(const char *text, size_t len, struct td_err *err);

/* Appends what PostgreSQL prints for text::jsonb: keys by length, then bytes; the last of equal keys wins; numbers as
 * numeric prints them; escapes resolved and written anew. \u0000 (22P05), lone surrogates and numbers that numeric
 * cannot hold (22003) are refused, as there. */
TD_MUST_CHECK int td_jsonb_normalise(const char *text, size_t len, struct td_buf *out, struct td_err *err);

/* a::jsonb = b::jsonb: by value, so 1.0 equals 1.00 and key order does not matter. */
TD_MUST_CHECK int td_jsonb_equal(const char *a, size_t a_len, const char *b, size_t b_len, bool *out,
                                 struct td_err *err);

/* Appends `bytes` as PostgreSQL writes a JSON string: quoted; control characters, quote and backslash escaped. */
void td_jsontext_string(struct td_buf *out, const char *bytes, size_t len);

/* The values of a valid text in the order in which they begin (an array before its items, a member at its value): the
 * offset of value `index`, and of its key (or of the value, where it has none). False past the last. */
bool td_jsontext_locate(const char *text, size_t len, size_t index, size_t *key_out, size_t *value_out);
/* 1-based line, and column in characters, of a byte offset. */
void td_jsontext_place(const char *text, size_t len, size_t offset, unsigned *line, unsigned *column);

#endif
