#include "core/sql/split.h"

#include <string.h>
#include <strings.h>

#include "core/base/vec.h"

struct splitter {
    struct td_arena *arena;
    const char *text;
    size_t len, at;
    struct td_pieces *out;
    bool open;          /* inside a statement */
    size_t last;        /* end of the last token */
    size_t ended;       /* where the last statement ended, for trailing comments */
    int parens, begins; /* BEGIN ATOMIC ... END of a function body holds semicolons */
    unsigned words;     /* how many words the statement had so far; the first four decide: */
    bool is_create, is_routine;
    size_t chain;
};

static char peek(const struct splitter *s, size_t ahead)
{
    return s->at + ahead < s->len ? s->text[s->at + ahead] : '\0';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_word(char c)
{
    return is_word_start(c) || (c >= '0' && c <= '9') || c == '$';
}

static bool is_operator(char c)
{
    return c != '\0' && strchr("+-*/<>=~!@#%^&|`?.", c) != NULL;
}

static void skip_line_comment(struct splitter *s)
{
    while (s->at < s->len && s->text[s->at] != '\n')
        s->at++;
}

static void skip_block_comment(struct splitter *s)
{
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
}

static bool has_newline(const char *text, size_t from, size_t to)
{
    return memchr(text + from, '\n', to - from) != NULL;
}

static void take_comment(struct splitter *s, bool block)
{
    struct td_comment *c = td_vec_add(s->arena, &s->out->comments);
    c->start = s->at;
    c->block = block;
    c->inside = s->open;
    c->before = s->out->len;
    c->trailing = !s->open && s->out->len > 0 && !has_newline(s->text, s->ended, s->at);
    if (block)
        skip_block_comment(s);
    else
        skip_line_comment(s);
    c->len = s->at - c->start;
    if (!block && c->len > 0 && s->text[c->start + c->len - 1] == '\r')
        c->len--;
}

/* '...' with '' inside; with `escapes` also \' (E'...'). */
static void skip_quoted(struct splitter *s, char quote, bool escapes)
{
    s->at++;
    while (s->at < s->len) {
        char c = s->text[s->at++];
        if (escapes && c == '\\' && s->at < s->len)
            s->at++;
        else if (c == quote && peek(s, 0) == quote)
            s->at++;
        else if (c == quote)
            return;
    }
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
    s->at = close == NULL ? s->len : (size_t)(close - s->text) + tag;
    return true;
}

static bool word_is(const struct splitter *s, size_t start, const char *word)
{
    size_t n = strlen(word);
    return s->at - start == n && strncasecmp(s->text + start, word, n) == 0;
}

/* As psql: only CREATE [OR REPLACE] FUNCTION|PROCEDURE may have semicolons between BEGIN and END. */
static void note_word(struct splitter *s, size_t start)
{
    s->words++;
    if (s->words == 1)
        s->is_create = word_is(s, start, "create");
    else if (s->is_create && s->words <= 4 && (word_is(s, start, "function") || word_is(s, start, "procedure")))
        s->is_routine = true;
    if (!s->is_routine || s->parens > 0)
        return;
    if (word_is(s, start, "begin"))
        s->begins++;
    else if (word_is(s, start, "case") && s->begins > 0)
        s->begins++;
    else if (word_is(s, start, "end") && s->begins > 0)
        s->begins--;
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
    s->is_create = s->is_routine = false;
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
        skip_quoted(s, '\'', c == 'e' || c == 'E');
        return;
    }
    note_word(s, start);
}

static void take_symbol(struct splitter *s)
{
    char c = s->text[s->at++];
    struct td_piece *p = &s->out->at[s->out->len - 1];
    if (c == '(')
        s->parens++;
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
    if (c == '\'' || c == '"')
        skip_quoted(s, c, false);
    else if (is_word_start(c) || (c >= '0' && c <= '9'))
        take_word(s);
    else if (c != '$' || !skip_dollar(s))
        take_symbol(s);
    s->last = s->at;
}

void td_sql_split(struct td_arena *a, const char *text, size_t len, struct td_pieces *out)
{
    struct splitter s = {.arena = a, .text = text, .len = len, .out = out};
    while (s.at < s.len) {
        char c = text[s.at];
        if (is_space(c)) {
            s.at++;
        } else if (c == '-' && peek(&s, 1) == '-') {
            take_comment(&s, false);
        } else if (c == '/' && peek(&s, 1) == '*') {
            take_comment(&s, true);
        } else if (c == ';' && s.parens == 0 && s.begins == 0) {
            close_piece(&s);
            s.ended = ++s.at;
        } else {
            take_token(&s);
        }
    }
    close_piece(&s);
}
