/* A migration file as statements: exact source ranges, trees, and the marks in the comments before them. */
#ifndef TD_SQL_PARSE_H
#define TD_SQL_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/vec.h"
#include "core/sql/source.h"

struct PgQuery__Node;

/* `-- tandem: WORD ARGUMENT` (the space after the colon is optional), right before a statement or, as the first line,
 * for the whole file. */
enum td_mark_kind {
    TD_MARK_POSTGRES = 1, /* run there only */
    TD_MARK_SQLITE,       /* `text` replaces the statement on SQLite */
    TD_MARK_ALLOW,        /* argument: RULE reason */
    TD_MARK_REQUIRES,     /* argument: backfill NAME */
    TD_MARK_RENAMED       /* argument: from OLD */
};

struct td_mark {
    enum td_mark_kind kind;
    size_t offset;        /* of the comment */
    const char *argument; /* trimmed, "" for none */
    const char *text;     /* TD_MARK_SQLITE: what the block comment after it holds */
    size_t text_offset;   /* where that text starts in the file */
};

struct td_marks {
    struct td_mark *at;
    size_t len, cap;
};
const struct td_mark *td_marks_find(const struct td_marks *m, enum td_mark_kind kind); /* NULL: none */

struct td_sql_stmt {
    const struct PgQuery__Node *node; /* NULL: our parser cannot read it; `parse_error` says why */
    size_t start, len;                /* the statement itself: no comments before it, no semicolon */
    struct td_marks marks;            /* its own and, after them, those of the file */
    struct td_err *parse_error;       /* with its place */
    unsigned index;                   /* 0-based in its file */
};

struct td_sql_file {
    struct td_source src;
    struct td_sql_stmt *at;
    size_t len, cap;
    struct td_marks marks; /* of the whole file */
    struct td_marks after; /* sqlite marks behind the last statement: run on SQLite at the end */
};

/* Parses `text` (UTF-8, a BOM and CRLF are fine; copied). Texts that our PostgreSQL 15 grammar cannot read do not
 * fail: that statement alone has no tree. Locations in the trees are byte offsets into src.text.
 * TD_EDATA: NUL bytes or not UTF-8 (with the place); TD_ESYNTAX: a comment, quote or parenthesis that is not closed, a
 * mark that is not one of ours or stands before nothing, or a sqlite mark without its comment block; TD_ENOMEM.
 * Expressions nested or chained deeper than the parser's stack takes are found before parsing and give a parse_error.
 */
TD_MUST_CHECK int td_sql_parse(struct td_arena *a, const char *path, const char *text, size_t len,
                               struct td_sql_file **out, struct td_err *err);

/* Parses one expression ("a + 1") or statement that is not from a file. */
TD_MUST_CHECK int td_sql_parse_expr(struct td_arena *a, const char *text, const struct PgQuery__Node **out,
                                    struct td_err *err);

/* PL/pgSQL body of a CREATE FUNCTION statement, as libpg_query's JSON text (arena). */
TD_MUST_CHECK int td_sql_parse_plpgsql(struct td_arena *a, const char *create_function, const char **json_out,
                                       struct td_err *err);

#endif
