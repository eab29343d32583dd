#include "core/sql/split.h"

#include <string.h>
#include <strings.h>

#include "core/base/vec.h"

struct splitter {
    struct td_arena *arena;
    const char *text;
    size_t len, at;
    struct td_pieces *out;
    bool open;               /* inside a statement */
    size_t last;             /* end of the last token */
    bool fresh;              /* a line has ended since the last statement did, for trailing comments */
    int parens, begins;      /* BEGIN ATOMIC ... END of a function body holds semicolons */
    size_t paren_at, atomic; /* where the outermost of them begin */
    unsigned words;          /* how many words the statement had so far; the first four decide: */
    bool is_create, is_routine, is_rule;
    enum { W_OTHER, W_BEGIN, W_NAME } before; /* what the last token says of the next word; NAME: it is one */
    size_t chain;
};

static char peek(const struct splitter *s, size_t ahead)
{
    return s->at + ahead < s->len ? s->text[s->at + ahead] : '\0';
}

/* \v is none before PostgreSQL 16. */
static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_word(char c)
{
    return is_word_start(c) || is_digit(c) || c == '$';
}

static bool is_operator(char c)
{
    return c != '\0' && strchr("+-*/<>=~!@#%^&|`?.", c) != NULL;
}

/* Keeps the first: what comes after it is inside. */
static void note_unclosed(struct splitter *s, size_t at, const char *what)
{
    if (s->out->unclosed != NULL)
        return;
    s->out->unclosed = what;
    s->out->unclosed_at = at;
}

static void skip_line_comment(struct splitter *s)
{
    while (s->at < s->len && !is_line_end(s->text[s->at]))
        s->at++;
}

static void skip_block_comment(struct splitter *s)
{
    size_t start = s->at;
    int depth = 0;
    while (s->at < s->len) {
        if (peek(s, 0) == '/' && peek(s, 1) == '*') {
            depth++;
            s->at += 2;
        } else if (peek(s, 0) == '*' && peek(s, 1) == '/') {
            s->at += 2;
            if (--depth == 0)
                return;
        } else {
            s->at++;
        }
    }
    note_unclosed(s, start, "unterminated /* comment");
}

static bool has_line_end(const char *text, size_t from, size_t to)
{
    while (from < to && !is_line_end(text[from]))
        from++;
    return from < to;
}

static void take_comment(struct splitter *s, bool block)
{
    struct td_comment *c = td_vec_add(s->arena, &s->out->comments);
    c->start = s->at;
    c->block = block;
    c->inside = s->open;
    c->before = s->out->len;
    c->trailing = !s->open && s->out->len > 0 && !s->fresh;
    if (block)
        skip_block_comment(s);
    else
        skip_line_comment(s);
    c->len = s->at - c->start;
    s->fresh = s->fresh || has_line_end(s->text, c->start, s->at);
}

/* '...' with '' inside; with `escapes` also \' (E'...'). */
static void skip_quoted(struct splitter *s, char quote, bool escapes)
{
    size_t start = s->at++;
    while (s->at < s->len) {
        char c = s->text[s->at++];
        if (escapes && c == '\\' && s->at < s->len)
            s->at++;
        else if (c == quote && peek(s, 0) == quote)
            s->at++;
        else if (c == quote)
            return;
    }
    note_unclosed(s, start, quote == '"' ? "unterminated quoted identifier" : "unterminated quoted string");
}

/* Behind a literal: blanks with a line end among them, and a quote, go on with it; to that quote. */
static bool find_continuation(struct splitter *s)
{
    size_t at = s->at;
    bool line_end = false;
    while (at < s->len) {
        if (is_space(s->text[at])) {
            line_end = line_end || is_line_end(s->text[at]);
            at++;
        } else if (s->text[at] == '-' && at + 1 < s->len && s->text[at + 1] == '-') {
            while (at < s->len && !is_line_end(s->text[at]))
                at++;
        } else {
            break;
        }
    }
    if (at >= s->len || s->text[at] != '\'' || !line_end)
        return false;
    s->at = at;
    return true;
}

/* Only of E'...' is what follows read otherwise than a literal of its own. */
static void skip_escaped(struct splitter *s)
{
    do
        skip_quoted(s, '\'', true);
    while (find_continuation(s));
}

/* $tag$ ... $tag$; false when this dollar does not begin one. */
static bool skip_dollar(struct splitter *s)
{
    size_t n = 1, tag;
    const char *close;
    while (s->at + n < s->len && is_word(s->text[s->at + n]) && s->text[s->at + n] != '$')
        n++;
    if (peek(s, n) != '$' || (n > 1 && !is_word_start(peek(s, 1))))
        return false;
    tag = n + 1;
    close = memmem(s->text + s->at + tag, s->len - s->at - tag, s->text + s->at, tag);
    if (close == NULL)
        note_unclosed(s, s->at, "unterminated dollar-quoted string");
    s->at = close == NULL ? s->len : (size_t)(close - s->text) + tag;
    return true;
}

static bool word_is(const struct splitter *s, size_t start, const char *word)
{
    size_t n = strlen(word);
    return s->at - start == n && strncasecmp(s->text + start, word, n) == 0;
}

/* Only CREATE [OR REPLACE] FUNCTION|PROCEDURE may have semicolons, between BEGIN ATOMIC and END. BEGIN alone is a name
 * there, as CASE and END are behind AS or a dot. */
static void note_word(struct splitter *s, size_t start)
{
    bool named = s->before == W_NAME, begun = s->before == W_BEGIN;
    s->before = word_is(s, start, "as") ? W_NAME : W_OTHER;
    s->words++;
    if (s->words == 1) {
        s->is_create = word_is(s, start, "create");
    } else if (s->is_create && (s->words == 2 || s->words == 4)) { /* OR REPLACE between them */
        s->is_routine = s->is_routine || word_is(s, start, "function") || word_is(s, start, "procedure");
        s->is_rule = s->is_rule || word_is(s, start, "rule");
    }
    if (!s->is_routine || s->parens > 0 || named)
        return;
    if (s->begins == 0) {
        s->before = word_is(s, start, "begin") ? W_BEGIN : s->before;
        s->begins = begun && word_is(s, start, "atomic");
        s->atomic = start;
    } else if (word_is(s, start, "case")) {
        s->begins++;
    } else if (word_is(s, start, "end")) {
        s->begins--;
    }
}

static void open_piece(struct splitter *s)
{
    struct td_piece *p;
    if (s->open)
        return;
    p = td_vec_add(s->arena, s->out);
    p->start = s->at;
    s->open = true;
    s->parens = s->begins = 0;
    s->words = 0;
    s->is_create = s->is_routine = s->is_rule = false;
    s->before = W_OTHER;
    s->chain = 0;
}

static void close_piece(struct splitter *s)
{
    if (!s->open)
        return;
    s->out->at[s->out->len - 1].len = s->last - s->out->at[s->out->len - 1].start;
    s->open = false;
}

static void take_word(struct splitter *s)
{
    size_t start = s->at;
    while (s->at < s->len && is_word(s->text[s->at]))
        s->at++;
    if (s->at - start == 1 && peek(s, 0) == '\'') {
        char c = s->text[start];
        if (c == 'e' || c == 'E')
            skip_escaped(s);
        else
            skip_quoted(s, '\'', false);
        s->before = W_OTHER;
        return;
    }
    note_word(s, start);
}

/* Of a number and of $1 the digits only: a dollar behind them begins something else. */
static void take_digits(struct splitter *s)
{
    while (is_digit(peek(s, 0)))
        s->at++;
    s->before = W_OTHER;
}

static void take_symbol(struct splitter *s)
{
    char c = s->text[s->at++];
    struct td_piece *p = &s->out->at[s->out->len - 1];
    s->before = c == '.' ? W_NAME : W_OTHER;
    if (c == '(' && s->parens++ == 0)
        s->paren_at = s->at - 1;
    else if (c == ')' && s->parens > 0)
        s->parens--;
    if (c == ',' || c == '(')
        s->chain = 0;
    else if (is_operator(c) || c == ':' || c == '[')
        s->chain++;
    if (s->chain > p->chain)
        p->chain = s->chain;
}

static void take_token(struct splitter *s)
{
    char c = s->text[s->at];
    open_piece(s);
    if (is_word_start(c)) {
        take_word(s);
    } else if (is_digit(c)) {
        take_digits(s);
    } else if (c == '\'' || c == '"') {
        skip_quoted(s, c, false);
        s->before = W_OTHER;
    } else if (c != '$' || !skip_dollar(s)) {
        take_symbol(s);
    }
    s->last = s->at;
}

/* A file that ends inside something: PostgreSQL refuses it, and whoever skips the statement would skip the rest. */
static void note_open_end(struct splitter *s)
{
    if (s->open && s->parens > 0)
        note_unclosed(s, s->paren_at, "unterminated parenthesis");
    else if (s->open && s->begins > 0)
        note_unclosed(s, s->atomic, "unterminated BEGIN ATOMIC");
}

/* CREATE RULE ... DO (a; b), and bodies of routines. */
static bool holds_semicolon(struct splitter *s)
{
    if (s->parens > 0 && !s->is_rule)
        note_unclosed(s, s->paren_at, "unterminated parenthesis");
    return s->parens > 0 || s->begins > 0;
}

void td_sql_split(struct td_arena *a, const char *text, size_t len, struct td_pieces *out)
{
    struct splitter s = {.arena = a, .text = text, .len = len, .out = out};
    while (s.at < s.len) {
        char c = text[s.at];
        if (is_space(c)) {
            s.fresh = s.fresh || is_line_end(c);
            s.at++;
        } else if (c == '-' && peek(&s, 1) == '-') {
            take_comment(&s, false);
        } else if (c == '/' && peek(&s, 1) == '*') {
            take_comment(&s, true);
        } else if (c == ';' && !holds_semicolon(&s)) {
            close_piece(&s);
            s.fresh = false;
            s.at++;
        } else {
            take_token(&s);
        }
    }
    note_open_end(&s);
    close_piece(&s);
}
