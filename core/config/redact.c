/* Hides passwords in text that may be a URL, a conninfo text or neither, and in running text. In doubt more is hidden
 * than needed. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/config/url.h"
#include "core/config/url_impl.h"

static bool is_secret(const char *name, size_t len)
{
    static const char *const parts[] = {"pass", "pwd", "secret", "token", "key", "credential"};
    struct td_err err;
    char *plain = NULL;
    bool hit = false;
    if (td_url_decode(name, len, &plain, &err) != TD_OK)
        return true;
    for (size_t i = 0; !hit && i < sizeof parts / sizeof *parts; i++)
        hit = strcasestr(plain, parts[i]) != NULL;
    td_mem_free(plain);
    return hit;
}

/* End of a value: a quoted one ends with its quote, another with a blank or '&'. */
static size_t value_len(const char *s)
{
    if (*s != '\'' && *s != '"')
        return strcspn(s, "& \t\r\n;");
    size_t n = 1;
    while (s[n] != '\0' && s[n] != s[0])
        n += s[n] == '\\' && s[n + 1] != '\0' ? 2 : 1;
    return s[n] == '\0' ? n : n + 1;
}

/* name=value pairs anywhere: "password=x", "sslpassword = 'x y'". What holds an '@' may be the end of a password. */
static void put_pairs(struct td_buf *out, const char *s)
{
    while (*s != '\0') {
        size_t name = strcspn(s, "= \t\r\n&?;"), eq = name + strspn(s + name, " \t");
        if (s[eq] != '=') {
            if (memchr(s, '@', name) != NULL)
                td_buf_add(out, "***");
            else
                td_buf_add_n(out, s, name);
            s += name;
            if (*s != '\0')
                td_buf_char(out, *s++);
            continue;
        }
        eq++;
        eq += strspn(s + eq, " \t");
        td_buf_add_n(out, s, eq);
        size_t len = value_len(s + eq);
        if (len > 0 && (is_secret(s, name) || memchr(s + eq, '@', len) != NULL))
            td_buf_add(out, "***");
        else
            td_buf_add_n(out, s + eq, len);
        s += eq + len;
    }
}

/* Authority and path. A password may hold any byte, so the last '@' ends it; where that lies behind the '?', all that
 * follows the first ':' may be password. */
static void put_head(struct td_buf *out, const char *s, size_t len, bool at_behind)
{
    size_t user = strcspn(s, ":/?#@"), end = len;
    while (end > 0 && s[end - 1] != '@')
        end--;
    if (end > 0) {
        td_buf_add_n(out, s, user);
        td_buf_add(out, s[user] == ':' || user + 1 < end ? ":***@" : "@");
        td_buf_add_n(out, s + end, len - end);
    } else if (at_behind && memchr(s, ':', len) != NULL) {
        td_buf_add_n(out, s, strcspn(s, ":"));
        td_buf_add(out, ":***");
    } else {
        td_buf_add_n(out, s, len);
    }
}

char *td_url_redact(const char *text)
{
    struct td_buf b = {0};
    struct td_err err;
    char *out = NULL;
    const char *start = strstr(text, "://");
    if (start == NULL && text[strcspn(text, ":=")] != ':') { /* "host=x password=y" */
        put_pairs(&b, text);
    } else {
        start = start == NULL ? text : start + 3;
        size_t head = strcspn(start, "?");
        td_buf_add_n(&b, text, (size_t)(start - text));
        put_head(&b, start, head, strchr(start + head, '@') != NULL);
        put_pairs(&b, start + head);
    }
    if (td_buf_take(&b, &out, &err) != TD_OK)
        td_buf_deinit(&b);
    return out;
}

/* ---- running text ---- */

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7F;
}

static const char *find(const char *s, const char *end, char c)
{
    return s < end ? memchr(s, c, (size_t)(end - s)) : NULL;
}

static bool ends_with(const char *s, const char *end, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(end - s) >= n && strncasecmp(end - n, word, n) == 0;
}

/* The next place behind which a password may stand: past "://", or past the scheme without slashes where it is
 * PostgreSQL's (`*bare`), or past "password=" (`*pair`). `end` where there is none. */
static const char *next_secret(const char *text, const char *s, const char *end, bool *bare, bool *pair)
{
    *bare = *pair = false;
    for (; s < end; s++) {
        if (*s == '=' &&
            (ends_with(text, s, "password") || ends_with(text, s, "passwd") || ends_with(text, s, "pwd"))) {
            *pair = true;
            return s + 1;
        }
        if (*s != ':')
            continue;
        if (end - s >= 3 && s[1] == '/' && s[2] == '/')
            return s + 3;
        *bare = ends_with(text, s, "postgres") || ends_with(text, s, "postgresql");
        if (*bare)
            return s + 1;
    }
    return end;
}

/* A number, and then nothing that could go on as a password. */
static bool is_port(const char *s, const char *end)
{
    while (s < end && isdigit((unsigned char)*s))
        s++;
    return s == end || strchr("/?#,\"'`).;", *s) != NULL;
}

/* What follows the user: parameters whose names say that they are secret. */
static void mask_parameters(struct td_buf *out, const char *s, const char *end)
{
    while (s < end) {
        const char *name = s;
        while (s < end && *s != '=' && *s != '?' && *s != '&')
            s++;
        td_buf_add_n(out, name, (size_t)(s - name) + (s < end));
        if (s == end)
            break;
        bool secret = *s++ == '=' && is_secret(name, (size_t)(s - 1 - name));
        const char *value = s;
        while (secret && s < end && strchr("&#\"'`", *s) == NULL)
            s++;
        if (s > value)
            td_buf_add(out, "***");
    }
}

/* The rest of a URL, up to a blank; returns where it ends. A password may hold any byte, so the last '@' ends it. */
static const char *mask_url(struct td_buf *out, const char *s, const char *end, bool bare)
{
    const char *word = s, *at = NULL, *line;
    while (word < end && !is_blank(*word))
        at = *word == '@' ? word : at, word++;
    const char *colon = find(s, at != NULL ? at : word, ':');
    if (at == NULL && !bare && colon != NULL && *s != '[' && !is_port(colon + 1, word)) {
        /* cut off before its '@', or a blank in the password */
        line = find(word, end, '\n');
        at = find(word, line != NULL ? line : end, '@');
        td_buf_add_n(out, s, (size_t)(colon - s));
        td_buf_add(out, ":***");
        return at != NULL ? at : word;
    }
    if (at != NULL && (colon != NULL || bare)) {
        td_buf_add_n(out, s, colon != NULL ? (size_t)(colon - s) + 1 : 0);
        td_buf_add(out, "***");
        s = at;
    }
    mask_parameters(out, s, word);
    return word;
}

static const char *mask_value(struct td_buf *out, const char *s, const char *end)
{
    char quote = s < end && (*s == '\'' || *s == '"') ? *s : '\0';
    const char *from = s, *close = quote != '\0' ? find(s + 1, end, quote) : NULL;
    if (close != NULL)
        s = close + 1;
    else
        while (s < end && !is_blank(*s) && strchr("&;\"'`", *s) == NULL)
            s++;
    if (s > from)
        td_buf_add(out, "***");
    return s;
}

void td_url_mask(struct td_buf *out, const char *text, size_t len)
{
    const char *s = text, *end = text + len;
    while (s < end) {
        bool bare, pair;
        const char *from = next_secret(text, s, end, &bare, &pair);
        td_buf_add_n(out, s, (size_t)(from - s));
        s = from == end ? end : pair ? mask_value(out, from, end) : mask_url(out, from, end, bare);
    }
}
