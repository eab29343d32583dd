/* URLs that differ from another one in the database or the schema alone. */
#include <string.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/config/url.h"
#include "core/config/url_impl.h"

static void add_encoded(struct td_buf *b, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    for (const char *p = text; *p != '\0'; p++) {
        if (strchr(plain, *p) != NULL)
            td_buf_char(b, *p);
        else
            td_buf_printf(b, "%%%02X", (unsigned char)*p);
    }
}

/* What of a URL is another's. */
struct other {
    const char *database, *schema;
    bool no_password;
};

/* Is it one of the parameters that are said anew, or left out? */
static int is_replaced(const char *parameter, size_t len, const struct other *o, bool *out, struct td_err *err)
{
    char *name = NULL;
    const char *eq = memchr(parameter, '=', len);
    int rc = td_url_decode(parameter, eq == NULL ? len : (size_t)(eq - parameter), &name, err);
    if (rc == TD_OK)
        *out = (o->database != NULL && strcmp(name, "dbname") == 0) ||
               (o->schema != NULL && strcmp(name, "schema") == 0) ||
               (o->no_password && (strcmp(name, "password") == 0 || strcmp(name, "sslpassword") == 0));
    td_mem_free(name);
    return rc;
}

static int add_parameters(struct td_buf *b, const char *query, const struct other *o, struct td_err *err)
{
    char separator = '?';
    for (const char *p = query; *p != '\0' && *p != '#';) {
        size_t len = strcspn(p, "&#");
        bool replaced = false;
        int rc = is_replaced(p, len, o, &replaced, err);
        if (rc != TD_OK)
            return rc;
        if (!replaced && len > 0) {
            td_buf_char(b, separator);
            td_buf_add_n(b, p, len);
            separator = '&';
        }
        p += len + (p[len] == '&');
    }
    if (o->schema != NULL) {
        td_buf_printf(b, "%cschema=", separator);
        add_encoded(b, o->schema);
    }
    return TD_OK;
}

/* Where the URL says the server ends, and the name of the database or file. */
struct pieces {
    const char *name, *query;
    size_t head, name_len;
};

static struct pieces take_apart(const struct td_url *u)
{
    const char *rest = strchr(u->text, ':') + 1;
    struct pieces p;
    if (u->kind == TD_URL_POSTGRES)
        rest += strlen("//") + strcspn(rest + strlen("//"), "/?#");
    p.head = (size_t)(rest - u->text);
    p.name = rest + (u->kind == TD_URL_POSTGRES && *rest == '/');
    p.name_len = strcspn(p.name, u->kind == TD_URL_POSTGRES ? "?#" : "?");
    p.query = p.name + p.name_len;
    p.query += *p.query == '?';
    return p;
}

int td_url_sibling(const struct td_url *u, const char *database, const char *schema, char **out, struct td_err *err)
{
    struct pieces p = take_apart(u);
    struct td_buf b = {0};
    if (u->kind == TD_URL_SQLITE && database != NULL)
        td_buf_add(&b, "file:");
    else
        td_buf_add_n(&b, u->text, p.head);
    if (u->kind == TD_URL_POSTGRES)
        td_buf_char(&b, '/');
    if (database == NULL)
        td_buf_add_n(&b, p.name, p.name_len);
    else
        add_encoded(&b, u->kind == TD_URL_SQLITE && *database == '/' ? database + strspn(database, "/") - 1 : database);
    const struct other o = {database, u->kind == TD_URL_POSTGRES ? schema : NULL, false};
    int rc = add_parameters(&b, p.query, &o, err);
    if (rc == TD_OK)
        rc = td_buf_take(&b, out, err);
    td_buf_deinit(&b);
    return rc;
}

int td_url_without_password(const struct td_url *u, char **out, struct td_err *err)
{
    struct pieces p = take_apart(u);
    struct td_buf b = {0};
    const char *at = NULL;
    for (size_t i = 0; i < p.head && u->kind == TD_URL_POSTGRES; i++)
        if (u->text[i] == '@')
            at = u->text + i;
    size_t host = at == NULL ? 0 : (size_t)(at - u->text), user = host;
    const char *after = u->text + strcspn(u->text, "/") + 2; /* "postgres://" */
    if (at != NULL && after < at)
        user = (size_t)(after - u->text) + strcspn(after, ":@");
    td_buf_add_n(&b, u->text, user);
    td_buf_add_n(&b, u->text + host, p.head - host);
    if (u->kind == TD_URL_POSTGRES)
        td_buf_char(&b, '/');
    td_buf_add_n(&b, p.name, p.name_len);
    int rc = add_parameters(&b, p.query, &(struct other){.no_password = true}, err);
    if (rc == TD_OK)
        rc = td_buf_take(&b, out, err);
    td_buf_deinit(&b);
    return rc;
}

static void add_strictly(struct td_buf *b, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '/')
            td_buf_add(b, "%2F");
        else
            add_encoded(b, (char[]){*p, '\0'});
    }
}

static bool is_identity(const char *name)
{
    static const char *const names[] = {"user", "password", "passfile", "sslcert", "sslkey", "sslpassword"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Parameters but those that say who it is. */
static int add_others(struct td_buf *b, const char *query, struct td_err *err)
{
    char separator = '?';
    for (const char *p = query; *p != '\0' && *p != '#';) {
        size_t len = strcspn(p, "&#");
        const char *eq = memchr(p, '=', len);
        char *name = NULL;
        int rc = td_url_decode(p, eq == NULL ? len : (size_t)(eq - p), &name, err);
        if (rc != TD_OK)
            return rc;
        if (len > 0 && !is_identity(name)) {
            td_buf_char(b, separator);
            td_buf_add_n(b, p, len);
            separator = '&';
        }
        td_mem_free(name);
        p += len + (p[len] == '&');
    }
    return TD_OK;
}

int td_url_as(const struct td_url *u, const char *user, const char *password, char **out, struct td_err *err)
{
    struct pieces p = take_apart(u);
    struct td_buf b = {0};
    size_t scheme = (size_t)(strstr(u->text, "://") - u->text) + 3, host = scheme;
    for (size_t i = scheme; i < p.head; i++)
        if (u->text[i] == '@')
            host = i + 1;
    td_buf_add_n(&b, u->text, scheme);
    add_strictly(&b, user);
    td_buf_char(&b, ':');
    add_strictly(&b, password);
    td_buf_char(&b, '@');
    td_buf_add_n(&b, u->text + host, p.head - host);
    td_buf_char(&b, '/');
    td_buf_add_n(&b, p.name, p.name_len);
    int rc = add_others(&b, p.query, err);
    if (rc == TD_OK)
        rc = td_buf_take(&b, out, err);
    td_buf_deinit(&b);
    return rc;
}
