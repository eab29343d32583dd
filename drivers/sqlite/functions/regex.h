/* PostgreSQL's advanced regular expressions over Unicode characters.
 *
 * The whole match is leftmost, then longest or shortest as the expression prefers; so is every sub-expression within
 * it, earlier ones first (PostgreSQL's manual, 9.7.3.5). Matching walks all states at once, so its time grows with
 * text times pattern, never exponentially; a budget bounds it. Back-references and look-behind are refused. */
#ifndef TD_SQLITE_FUNCTIONS_REGEX_H
#define TD_SQLITE_FUNCTIONS_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/err.h"

enum td_regex_flags {
    TD_RE_ICASE = 1,
    TD_RE_NEWLINE_STOP = 2,   /* . and [^] do not match newlines ('p', 'n') */
    TD_RE_NEWLINE_ANCHOR = 4, /* ^ and $ match around newlines ('w', 'n') */
    TD_RE_EXPANDED = 8,       /* white space and comments in the pattern are skipped ('x') */
    TD_RE_LITERAL = 16        /* the pattern is a plain string ('q') */
};

struct td_regex;

struct td_regex_text {
    const char *bytes;
    uint32_t *cp;     /* its characters */
    uint32_t *offset; /* byte offset of each; offset[len] is the end */
    size_t len;
};

struct td_regex_span {
    size_t start, end; /* characters; start > end: took no part */
};

void td_regex_text_init(struct td_arena *a, const char *bytes, size_t len, struct td_regex_text *out);

/* TD_EDATA, 2201B: "invalid regular expression: ...". */
TD_MUST_CHECK int td_regex_compile(struct td_arena *a, const char *pattern, size_t len, int flags,
                                   struct td_regex **out, struct td_err *err);
size_t td_regex_groups(const struct td_regex *re); /* parentheses that capture */

/* First match that starts at or after `from`. spans_out[0] is the whole, [1..groups] the groups; room for groups + 1.
 * Only the whole is worked out when `whole_only`. */
TD_MUST_CHECK int td_regex_search(struct td_arena *a, const struct td_regex *re, const struct td_regex_text *text,
                                  size_t from, bool whole_only, struct td_regex_span *spans_out, bool *found_out,
                                  struct td_err *err);

#endif
