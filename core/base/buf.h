/* A growing text buffer with a ceiling. It remembers its first failure: append freely, ask once. */
#ifndef TD_BASE_BUF_H
#define TD_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

struct td_arena;

struct td_buf {
    char *at; /* always NUL-terminated once something was added; NULL before */
    size_t len, cap;
    struct td_arena *arena; /* where it grows; NULL: the heap */
    int failed;             /* enum td_rc of the first failure */
};

/* Ceiling of any buffer: 1 GiB, SQLite's own limit for a text. */
#define TD_BUF_MAX ((size_t)1 << 30)

/* A zeroed struct is an empty buffer on the heap. With an arena nothing has to be freed. */
void td_buf_init(struct td_buf *b, struct td_arena *arena);
void td_buf_deinit(struct td_buf *b);
void td_buf_reset(struct td_buf *b); /* empty again, memory and arena kept */

void td_buf_add(struct td_buf *b, const char *s);
void td_buf_add_n(struct td_buf *b, const char *bytes, size_t len);
void td_buf_char(struct td_buf *b, char c);
void td_buf_int(struct td_buf *b, int64_t v);
void td_buf_printf(struct td_buf *b, const char *fmt, ...) TD_PRINTF(2, 3);
void td_buf_vprintf(struct td_buf *b, const char *fmt, va_list args) TD_PRINTF(2, 0);

/* SQL, valid on both engines: "name" with quotes doubled; 'text' with quotes doubled (no backslash escapes, so
 * standard_conforming_strings must be on, PostgreSQL's default). Neither may hold a NUL. */
void td_buf_ident(struct td_buf *b, const char *name);
void td_buf_lit(struct td_buf *b, const char *text);
void td_buf_lit_n(struct td_buf *b, const char *text, size_t len);
/* A C-escaped, double-quoted JSON string. */
void td_buf_json(struct td_buf *b, const char *text);

/* Borrowed until the next change; "" when empty. */
const char *td_buf_str(const struct td_buf *b);
/* TD_OK, or the first failure with `err` set. */
TD_MUST_CHECK int td_buf_check(const struct td_buf *b, struct td_err *err);
/* Hands the text over (owned; from the arena if there is one) and leaves the buffer empty. */
TD_MUST_CHECK int td_buf_take(struct td_buf *b, char **out, struct td_err *err);

#endif
