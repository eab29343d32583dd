/* Splits a file into statements and comments, by PostgreSQL's lexical rules.
 *
 * Our own, and not libpg_query's, because one broken statement (an unknown keyword, a newer server's syntax) must not
 * take its neighbours with it, and because the marks are comments, which a parse tree does not have. */
#ifndef TD_SQL_SPLIT_H
#define TD_SQL_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

struct td_arena;

struct td_comment {
    size_t start, len;
    bool block;
    size_t before; /* number of statements that begin before it */
    bool inside;   /* within a statement, after its first token */
    bool trailing; /* on the line where the statement before it ended */
};

struct td_piece {
    size_t start, len; /* first token to last token; no semicolon */
    size_t chain;      /* most operators without a comma or parenthesis between them: a bound of the tree's depth */
};

struct td_pieces {
    struct td_piece *at;
    size_t len, cap;
    struct {
        struct td_comment *at;
        size_t len, cap;
    } comments;
    const char *unclosed; /* what the text ends inside of, as PostgreSQL says it; NULL: nothing. Static */
    size_t unclosed_at;   /* where that begins */
};

/* Inside td_arena_run. What is not closed reaches to the end of the text. */
void td_sql_split(struct td_arena *a, const char *text, size_t len, struct td_pieces *out);

#endif
