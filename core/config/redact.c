/* Hides passwords in text that may be a URL, a conninfo text or neither. In doubt more is hidden than needed. */
#include <stdbool.h>
#include <string.h>

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
