/* A source text and places in it: byte offset -> line and column (both 1-based, columns in characters). */
#ifndef TD_SQL_SOURCE_H
#define TD_SQL_SOURCE_H

#include <stddef.h>

#include "core/base/err.h"

struct td_arena;

struct td_source {
    const char *path; /* as shown to the user, relative to the caller */
    const char *text; /* NUL-terminated */
    size_t len;
    size_t *lines; /* byte offset of each line's start */
    size_t n_lines;
    unsigned *characters; /* before every so many bytes, counted once (source.c) */
};

/* Borrows path and text. Inside td_arena_run. */
void td_source_init(struct td_arena *a, struct td_source *s, const char *path, const char *text, size_t len);
void td_source_place(const struct td_source *s, size_t offset, unsigned *line, unsigned *column);
/* Puts path, line, column and the line's text into an error that was already set; `len` bytes are underlined
 * (0: one character). Returns err->rc. */
int td_err_source(struct td_err *err, const struct td_source *s, size_t offset, size_t len);

#endif
