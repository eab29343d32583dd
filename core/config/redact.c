/* Hides passwords in text that may be a URL, a conninfo text or neither. In doubt more is hidden than needed. */
#include <ctype.h>
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

/* name=value pairs anywhere: "password=x", "sslpassword = 'x y'". */
static void put_pairs(struct td_buf *out, const char *s)
{
    while (*s != '\0') {
        size_t name = strcspn(s, "= \t\r\n&?;"), eq = name + strspn(s + name, " \t");
        if (s[eq] != '=') {
            size_t skip = name + (s[name] != '\0');
            td_buf_add_n(out, s, skip);
            s += skip;
            continue;
        }
        eq++;
        eq += strspn(s + eq, " \t");
        td_buf_add_n(out, s, eq);
        size_t len = value_len(s + eq);
        if (is_secret(s, name) && len > 0)
            td_buf_add(out, "***");
        else
            td_buf_add_n(out, s + eq, len);
        s += eq + len;
    }
}

/* Length of "user:password@" at `s`, 0 for none. The last '@' ends it, wherever it is: a password may hold any byte. */
static size_t credentials(const char *s)
{
    const char *at = strrchr(s, '@');
    return at == NULL ? 0 : (size_t)(at - s) + 1;
}

char *td_url_redact(const char *text)
{
    struct td_buf b = {0};
    struct td_err err;
    char *out = NULL;
    const char *start = strstr(text, "://");
    start = start == NULL ? text : start + 3;
    td_buf_add_n(&b, text, (size_t)(start - text));
    size_t n = credentials(start);
    if (n > 0) {
        size_t user = strcspn(start, ":/?#@");
        td_buf_add_n(&b, start, user);
        td_buf_add(&b, start[user] == ':' || user + 1 < n ? ":***@" : "@");
    }
    put_pairs(&b, start + n);
    if (td_buf_take(&b, &out, &err) != TD_OK)
        td_buf_deinit(&b);
    return out;
}
