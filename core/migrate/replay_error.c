/* Failures of a replay, in PostgreSQL's words and at their exact place. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/migrate/replay_impl.h"

static bool word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || ((unsigned char)c & 0x80) != 0;
}

/* The identifier at `at` (quoted or not): is it `name`? */
static bool is_name_at(const char *text, size_t at, size_t end, const char *name)
{
    size_t n = strlen(name);
    if (text[at] == '"')
        return at + n + 1 < end && strncmp(text + at + 1, name, n) == 0 && text[at + n + 1] == '"';
    if (at + n > end || (at > 0 && (word_char(text[at - 1]) || text[at - 1] == '"')))
        return false;
    return strncasecmp(text + at, name, n) == 0 && (at + n == end || !word_char(text[at + n]));
}

int td_replay_place(const struct td_replaying *p, int location, const char *name)
{
    const struct td_source *src = p->r->source;
    if (src == NULL || name == NULL || *name == '\0')
        return location;
    size_t at = location >= 0 ? (size_t)location : p->stmt->start;
    size_t end = p->stmt->start + p->stmt->len;
    if (end > src->len)
        end = src->len;
    for (; at < end; at++)
        if (is_name_at(src->text, at, end, name))
            return (int)at;
    return location;
}

static size_t word_len(const struct td_source *src, size_t at)
{
    size_t n = 0;
    if (at < src->len && src->text[at] == '"') {
        for (n = 1; at + n < src->len && src->text[at + n] != '"';)
            n++;
        return n + 1;
    }
    while (at + n < src->len && word_char(src->text[at + n]))
        n++;
    return n;
}

static void set_place(const struct td_replaying *p, int location)
{
    const struct td_source *src = p->r->source;
    if (src == NULL)
        return;
    size_t at = location >= 0 ? (size_t)location : p->stmt->start;
    td_err_source(p->err, src, at, word_len(src, at));
}

static void advise(const struct td_replaying *p, enum td_code code)
{
    if (code == TD_C_SCHEMA_MISSING)
        td_err_next(p->err, "Look for a misspelt or unquoted name, or write IF EXISTS where it may be missing.");
    else if (code == TD_C_SCHEMA_EXISTS)
        td_err_next(p->err, "Use another name, or IF NOT EXISTS where both mean the same.");
    else if (code == TD_C_SCHEMA_DEPENDS)
        td_err_next(p->err, "Drop the named object first, or write CASCADE to drop it too.");
    else if (code == TD_C_SCHEMA_INVALID)
        td_err_next(p->err, "Correct the statement: PostgreSQL refuses it too.");
}

int td_replay_fail(const struct td_replaying *p, int location, enum td_code code, const char *sqlstate, const char *fmt,
                   ...)
{
    va_list args;
    va_start(args, fmt);
    td_err_vset(p->err, code, fmt, args);
    va_end(args);
    td_err_sqlstate(p->err, sqlstate);
    set_place(p, location);
    advise(p, code);
    return p->err->rc;
}

int td_replay_refuse(const struct td_replaying *p, int location, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    td_err_vset(p->err, TD_C_SCHEMA_REFUSED, fmt, args);
    va_end(args);
    set_place(p, location);
    td_err_why(p->err, "tandem cannot follow what the statement does to the schema");
    return td_err_next(p->err, "Write \"-- tandem: postgres\" before the statement to run it there only, or "
                               "\"-- tandem: sqlite\" with a replacement.");
}
