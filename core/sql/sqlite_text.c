/* SQLite's tokens (3.40), as far as they tell where statements begin. A trigger's body ends as sqlite3_complete() has
 * it: at a semicolon, END and a semicolon. */
#include "core/sql/sqlite_text.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define WORDS 6 /* of a statement that are looked at */

struct word {
    size_t at, len;
};

struct reader {
    const struct td_source *src;
    size_t at, end;
    enum td_sqlite_text kind;
    struct td_err *err;
    struct word words[WORDS]; /* of the statement at hand; len 0: a token that is no word */
    size_t tokens;
    bool trigger;
    enum { B_OTHER, B_SEMICOLON, B_END } before; /* in a trigger: the tokens before this one */
};

static char peek(const struct reader *r, size_t ahead)
{
    return r->at + ahead < r->end ? r->src->text[r->at + ahead] : '\0';
}

/* \v is one behind another only; elsewhere SQLite refuses it. */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* A byte order mark, anywhere. */
static bool is_mark(const struct reader *r)
{
    return peek(r, 0) == '\xEF' && peek(r, 1) == '\xBB' && peek(r, 2) == '\xBF';
}

static bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           (unsigned char)c >= 0x80;
}

static int unclosed(const struct reader *r, size_t at, const char *what)
{
    td_err_set(r->err, TD_C_SQL_UNCLOSED, "unterminated %s", what);
    td_err_sqlstate(r->err, "42601");
    td_err_why(r->err, "the rest of the text is inside it");
    td_err_next(r->err, "Close it where it was meant to end.");
    return td_err_source(r->err, r->src, at, 0);
}

/* SQLite's comments do not nest, and one at the end needs no end; that is an oversight as often as not. */
static int skip_comment(struct reader *r)
{
    size_t start = r->at;
    if (peek(r, 0) == '-') {
        while (r->at < r->end && r->src->text[r->at] != '\n')
            r->at++;
        return TD_OK;
    }
    for (r->at += 2; r->at < r->end; r->at++) {
        if (peek(r, 0) == '*' && peek(r, 1) == '/') {
            r->at += 2;
            return TD_OK;
        }
    }
    return unclosed(r, start, "/* comment");
}

static int skip_quoted(struct reader *r, char close)
{
    size_t start = r->at++;
    while (r->at < r->end) {
        if (r->src->text[r->at++] != close)
            continue;
        if (close == ']' || peek(r, 0) != close)
            return TD_OK;
        r->at++;
    }
    return unclosed(r, start, close == '\'' ? "quoted string" : "quoted identifier");
}

/* $name, @name, :name, also Tcl's $name::part(index), whose index may hold quotes and semicolons. */
static void skip_variable(struct reader *r)
{
    size_t named = 0;
    for (r->at++; r->at < r->end; r->at++) {
        if (in_word(peek(r, 0))) {
            named++;
        } else if (peek(r, 0) == ':' && peek(r, 1) == ':') {
            r->at++;
        } else if (peek(r, 0) == '(' && named > 0) {
            while (r->at < r->end && !is_blank(peek(r, 0)) && peek(r, 0) != ')')
                r->at++;
            r->at += r->at < r->end;
            break;
        } else {
            break;
        }
    }
}

static bool word_is(const struct reader *r, size_t i, const char *word)
{
    const struct word *w = &r->words[i];
    return i < r->tokens && w->len == strlen(word) && strncasecmp(r->src->text + w->at, word, w->len) == 0;
}

static bool is_trigger(const struct reader *r)
{
    size_t at = word_is(r, 0, "explain") ? (word_is(r, 1, "query") ? 3 : 1) : 0;
    size_t name = word_is(r, at + 1, "temp") || word_is(r, at + 1, "temporary") ? at + 2 : at + 1;
    return word_is(r, at, "create") && word_is(r, name, "trigger");
}

/* Why the statement that begins with these words cannot be; NULL: it can. */
static const char *why_not(const struct reader *r)
{
    static const char *const ends[] = {"begin", "commit", "end", "rollback"};
    static const char *const others[] = {"attach", "detach", "vacuum"};
    /* PRAGMA main.foreign_keys: the dot is a token, too */
    size_t name = word_is(r, 1, "main") ? 3 : 1;
    if (word_is(r, 0, "rollback") && (word_is(r, 1, "to") || (word_is(r, 1, "transaction") && word_is(r, 2, "to"))))
        return NULL;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (word_is(r, 0, ends[i]))
            return "the migration is one transaction, its history row included, which the statement would end";
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (word_is(r, 0, others[i]))
            return "it is not for inside the transaction that the migration is";
    if (r->kind == TD_SQLITE_BLOCK && word_is(r, 0, "pragma") && word_is(r, name, "foreign_keys") &&
        r->tokens > name + 1)
        return "SQLite ignores it inside a transaction, which the migration is";
    return NULL;
}

static int end_statement(struct reader *r)
{
    const char *why = r->tokens == 0 ? NULL : why_not(r);
    const struct word *w = &r->words[0];
    int rc = TD_OK;
    if (why != NULL) {
        td_err_set(r->err, TD_C_DDL_TEXT, "%.*s in SQLite text", (int)w->len, r->src->text + w->at);
        td_err_why(r->err, "%s", why);
        td_err_next(r->err, "remove the statement; each migration is one transaction anyway");
        rc = td_err_source(r->err, r->src, w->at, w->len);
    }
    r->tokens = 0;
    r->trigger = false;
    r->before = B_OTHER;
    return rc;
}

static int take_token(struct reader *r)
{
    char c = peek(r, 0);
    struct word w = {.at = r->at};
    int rc = TD_OK;
    if (c == '\'' || c == '"' || c == '`' || c == '[') {
        rc = skip_quoted(r, c == '[' ? ']' : c);
    } else if (c == '$' || c == '@' || c == ':' || c == '#') {
        skip_variable(r);
    } else if (in_word(c)) {
        while (in_word(peek(r, 0)))
            r->at++;
        w.len = r->at - w.at;
    } else {
        r->at++;
    }
    if (r->tokens < WORDS)
        r->words[r->tokens] = w;
    r->tokens++;
    r->trigger = r->trigger || (r->tokens <= WORDS && is_trigger(r));
    bool is_end = w.len == 3 && strncasecmp(r->src->text + w.at, "end", 3) == 0;
    r->before = is_end && r->before == B_SEMICOLON ? B_END : B_OTHER;
    return rc;
}

int td_sqlite_text_check(const struct td_source *s, size_t offset, size_t len, enum td_sqlite_text kind,
                         struct td_err *err)
{
    struct reader r = {.src = s, .at = offset, .end = offset + len, .kind = kind, .err = err};
    int rc = TD_OK;
    while (rc == TD_OK && r.at < r.end) {
        char c = peek(&r, 0);
        if (is_blank(c)) {
            r.at++;
        } else if (is_mark(&r)) {
            r.at += 3;
        } else if ((c == '-' && peek(&r, 1) == '-') || (c == '/' && peek(&r, 1) == '*')) {
            rc = skip_comment(&r);
        } else if (c != ';') {
            rc = take_token(&r);
        } else {
            r.at++;
            if (r.trigger && r.before != B_END)
                r.before = B_SEMICOLON;
            else
                rc = end_statement(&r);
        }
    }
    return rc == TD_OK ? end_statement(&r) : rc;
}
