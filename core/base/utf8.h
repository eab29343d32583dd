/* UTF-8: is it, where not, how many characters and columns. */
#ifndef TD_BASE_UTF8_H
#define TD_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

#define TD_UTF8_VALID ((size_t)-1)

/* Offset of the first byte that is not well-formed UTF-8 (overlong forms, surrogates, above U+10FFFF count as bad), or
 * TD_UTF8_VALID. A NUL byte is well-formed. */
size_t td_utf8_find_bad(const char *bytes, size_t len);
/* TD_EDATA with line and column of the first bad or NUL byte in `err`. `path` is for the message. */
TD_MUST_CHECK int td_utf8_check(const char *bytes, size_t len, const char *path, struct td_err *err);

/* The character at `bytes`: its length in bytes, 1..4, and code point in `*cp` (may be NULL). A bad byte counts as one
 * character, U+FFFD. 0 only when `len` is 0. */
size_t td_utf8_next(const char *bytes, size_t len, uint32_t *cp);
size_t td_utf8_encode(uint32_t cp, char out[4]); /* bytes written; 0 for a surrogate or above U+10FFFF */
size_t td_utf8_chars(const char *bytes, size_t len);
/* Bytes of the first `chars` characters (all of them when there are fewer). */
size_t td_utf8_bytes(const char *bytes, size_t len, size_t chars);
/* Columns on a terminal: wide characters 2, combining ones 0, control characters 0, a bad byte 1. */
size_t td_utf8_width(const char *bytes, size_t len);

#endif
