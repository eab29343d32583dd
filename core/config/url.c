/* A URL is cut into its parts, its parameters are sorted into libpq's and Prisma's, and what remains is written anew as
 * a conninfo text: so nothing that libpq does not know can reach it. Any bytes may come; a password shows up nowhere.
 */
#include "core/config/url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/nearest.h"
#include "core/base/utf8.h"
#include "core/config/url_impl.h"

/* What Prisma and others take and libpq would refuse: dropped, or mapped in `map_parameter`. */
enum map {
    KEEP,
    SCHEMA,
    POOL,
    PGBOUNCER,
    CONNECT_TIMEOUT,
    SSLMODE,
    SSLACCEPT,
    SSLIDENTITY,
    SSLCERT,
    SSL,
    HOST,
    PORT,
    USER,
    PASSWORD,
    DBNAME,
    DROP
};

static const struct {
    const char *name;
    enum map map;
} parameters[] = {
    {"schema", SCHEMA},
    {"connection_limit", POOL},
    {"pgbouncer", PGBOUNCER},
    {"connect_timeout", CONNECT_TIMEOUT},
    {"sslmode", SSLMODE},
    {"sslaccept", SSLACCEPT},
    {"sslidentity", SSLIDENTITY},
    {"sslcert", SSLCERT},
    {"ssl", SSL},
    {"socket", HOST},
    {"host", HOST},
    {"port", PORT},
    {"user", USER},
    {"password", PASSWORD},
    {"dbname", DBNAME},
    {"pool_timeout", DROP},
    {"socket_timeout", DROP},
    {"statement_cache_size", DROP},
    {"max_connection_lifetime", DROP},
    {"max_idle_connection_lifetime", DROP},
    {"single_use_connections", DROP},
    {"hostaddr", KEEP},
    {"passfile", KEEP},
    {"channel_binding", KEEP},
    {"client_encoding", KEEP},
    {"options", KEEP},
    {"application_name", KEEP},
    {"fallback_application_name", KEEP},
    {"keepalives", KEEP},
    {"keepalives_idle", KEEP},
    {"keepalives_interval", KEEP},
    {"keepalives_count", KEEP},
    {"tcp_user_timeout", KEEP},
    {"gssencmode", KEEP},
    {"sslcompression", KEEP},
    {"sslkey", KEEP},
    {"sslpassword", KEEP},
    {"sslrootcert", KEEP},
    {"sslcrl", KEEP},
    {"sslcrldir", KEEP},
    {"sslsni", KEEP},
    {"requirepeer", KEEP},
    {"ssl_min_protocol_version", KEEP},
    {"ssl_max_protocol_version", KEEP},
    {"krbsrvname", KEEP},
    {"gsslib", KEEP},
    {"service", KEEP},
    {"target_session_attrs", KEEP},
};

#define KEPT_MAX 40

struct kept {
    const char *name; /* static */
    char *value;      /* owned */
};

struct reading {
    struct td_url *out;
    char *password;
    char *sslmode, *sslcert;
    bool ssl_strict, prisma_ssl;
    struct kept kept[KEPT_MAX];
    size_t n;
    struct td_err *err;
};

static int wrong(struct td_err *err, const char *what)
{
    td_err_set(err, TD_C_URL, "the database URL cannot be read: %s", what);
    return td_err_next(err, "Write it as postgresql://user:password@host:5432/database or file:./dev.db, with / ? # @ "
                            ": and %% in names and passwords percent-encoded (@ is %%40).");
}

static int set_text(char **slot, char *owned)
{
    td_mem_free(*slot);
    *slot = owned;
    return TD_OK;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "%zz" stays as it is: passwords with a bare "%" are common, and libpq's error would print them. */
int td_url_decode(const char *s, size_t len, char **out, struct td_err *err)
{
    char *p = td_mem_alloc(len + 1);
    size_t n = 0;
    if (p == NULL)
        return td_err_nomem(err);
    for (size_t i = 0; i < len; i++) {
        char c = s[i];
        if (c == '%' && i + 2 < len && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0) {
            c = (char)(hex(s[i + 1]) << 4 | hex(s[i + 2]));
            i += 2;
        }
        if (c == '\0') {
            td_mem_free(p);
            return wrong(err, "it holds a NUL byte (%00)");
        }
        p[n++] = c;
    }
    p[n] = '\0';
    *out = p;
    return TD_OK;
}

static int decode_to(char **slot, const char *s, size_t len, struct td_err *err)
{
    char *p = NULL;
    int rc = td_url_decode(s, len, &p, err);
    return rc == TD_OK ? set_text(slot, p) : rc;
}

static int positive(const char *s)
{
    char *end;
    long v = strtol(s, &end, 10);
    return *s != '\0' && *end == '\0' && v > 0 && v < 1000000000 ? (int)v : 0;
}

static bool is_true(const char *s)
{
    return strcasecmp(s, "true") == 0 || strcmp(s, "1") == 0;
}

/* libpq's modes; others' names for them. NULL: unknown. */
static const char *known_sslmode(const char *s)
{
    static const char *const modes[] = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(s, modes[i]) == 0)
            return modes[i];
    return strcmp(s, "no-verify") == 0 ? "require" : NULL;
}

static int keep(struct reading *r, const char *name, char *value)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->kept[i].name, name) == 0)
            return set_text(&r->kept[i].value, value);
    if (r->n == KEPT_MAX) {
        td_mem_free(value);
        return wrong(r->err, "it has too many parameters");
    }
    r->kept[r->n++] = (struct kept){name, value};
    return TD_OK;
}

static int take_sslmode(struct reading *r, const char *value)
{
    const char *mode = known_sslmode(value);
    if (mode == NULL)
        return wrong(r->err, "sslmode is none of disable, allow, prefer, require, verify-ca, verify-full");
    char *copy = td_mem_strdup(mode);
    return copy == NULL ? td_err_nomem(r->err) : set_text(&r->sslmode, copy);
}

/* Takes `value` over. */
static int map_parameter(struct reading *r, const char *name, enum map map, char *value)
{
    struct td_url *u = r->out;
    int rc = TD_OK;
    switch (map) {
    case KEEP: return keep(r, name, value);
    case SCHEMA: return set_text(&u->schema, value);
    case HOST: return set_text(&u->host, value);
    case PORT: return set_text(&u->port, value);
    case USER: return set_text(&u->user, value);
    case PASSWORD: return set_text(&r->password, value);
    case DBNAME: return set_text(&u->database, value);
    case SSLCERT: return set_text(&r->sslcert, value);
    case POOL: u->connection_limit = positive(value); break;
    case PGBOUNCER: u->pgbouncer = is_true(value); break;
    case CONNECT_TIMEOUT: u->connect_timeout_s = positive(value); break;
    case SSLMODE: rc = take_sslmode(r, value); break;
    case SSL: rc = r->sslmode == NULL ? take_sslmode(r, is_true(value) ? "require" : "disable") : TD_OK; break;
    case SSLACCEPT:
        r->ssl_strict = strcmp(value, "strict") == 0;
        r->prisma_ssl = true;
        break;
    case DROP: break;
    case SSLIDENTITY: r->prisma_ssl = true; break; /* a PKCS#12 bundle: libpq reads none */
    }
    td_mem_free(value);
    return rc;
}

/* The first one is told of. What is no plain word may be a part of a password, and is not shown. */
static int note_unknown(struct td_url *u, const char *name, const char *const *names, size_t n, struct td_err *err)
{
    struct td_buf b = {0};
    if (name[0] == '\0' || u->note != NULL)
        return TD_OK;
    bool plain = name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")] == '\0';
    const char *meant = plain ? td_nearest(name, names, n) : NULL;
    if (plain)
        td_buf_printf(&b, "the URL's parameter \"%s\" is not known and left out", name);
    else
        td_buf_add(&b, "a parameter of the URL is not known and left out");
    if (meant != NULL)
        td_buf_printf(&b, "; was \"%s\" meant?", meant);
    int rc = td_buf_take(&b, &u->note, err);
    td_buf_deinit(&b);
    return rc;
}

static int parameter(struct reading *r, const char *s, size_t len)
{
    const char *eq = memchr(s, '=', len);
    size_t name_len = eq == NULL ? len : (size_t)(eq - s);
    char *name = NULL, *value = NULL;
    int rc = td_url_decode(s, name_len, &name, r->err);
    if (rc == TD_OK)
        rc = td_url_decode(eq == NULL ? "" : eq + 1, eq == NULL ? 0 : len - name_len - 1, &value, r->err);
    size_t i = 0, n = sizeof parameters / sizeof *parameters;
    while (rc == TD_OK && i < n && strcmp(parameters[i].name, name) != 0)
        i++;
    if (rc == TD_OK && i == n) {
        const char *names[sizeof parameters / sizeof *parameters];
        for (size_t k = 0; k < n; k++)
            names[k] = parameters[k].name;
        rc = note_unknown(r->out, name, names, n, r->err);
    } else if (rc == TD_OK && value[0] != '\0') {
        rc = map_parameter(r, parameters[i].name, parameters[i].map, value);
        value = NULL;
    }
    td_mem_free(name);
    td_mem_free(value);
    return rc;
}

static int query(struct reading *r, const char *s)
{
    int rc = TD_OK;
    while (rc == TD_OK && *s != '\0') {
        size_t len = strcspn(s, "&#");
        rc = parameter(r, s, len);
        s += len;
        if (*s == '#')
            break;
        s += *s == '&';
    }
    return rc;
}

/* user[:password] */
static int userinfo(struct reading *r, const char *s, size_t len)
{
    const char *colon = memchr(s, ':', len);
    size_t user = colon == NULL ? len : (size_t)(colon - s);
    int rc = user == 0 ? TD_OK : decode_to(&r->out->user, s, user, r->err);
    if (rc == TD_OK && colon != NULL && len > user + 1)
        rc = decode_to(&r->password, colon + 1, len - user - 1, r->err);
    return rc;
}

static int check_port(const char *s, size_t len, struct td_err *err)
{
    long v = 0;
    for (size_t i = 0; i < len && v <= 65535; i++)
        v = isdigit((unsigned char)s[i]) ? v * 10 + (s[i] - '0') : 65536;
    if (len > 0 && (v < 1 || v > 65535))
        return wrong(err, "the port is no number from 1 to 65535, or a password was not percent-encoded");
    return TD_OK;
}

/* One "host:port"; [::1] for IPv6. Appends to both lists. */
static int host_port(struct td_buf *hosts, struct td_buf *ports, const char *s, size_t len, struct td_err *err)
{
    size_t end; /* of the host */
    bool bracket = len > 0 && s[0] == '[';
    if (bracket) {
        const char *close = memchr(s, ']', len);
        if (close == NULL)
            return wrong(err, "\"[\" without \"]\" around an IPv6 address");
        end = (size_t)(close - s);
        if (end + 1 < len && s[end + 1] != ':')
            return wrong(err, "only \":port\" may follow \"]\"");
    } else {
        const char *colon = memchr(s, ':', len);
        end = colon == NULL ? len : (size_t)(colon - s);
    }
    char *host = NULL;
    int rc = td_url_decode(s + bracket, end - bracket, &host, err);
    if (rc != TD_OK)
        return rc;
    if (strchr(host, ',') != NULL)
        rc = wrong(err, "a host name holds a comma");
    td_buf_add(hosts, host);
    td_mem_free(host);
    end += bracket;
    if (rc == TD_OK && end < len) {
        rc = check_port(s + end + 1, len - end - 1, err);
        td_buf_add_n(ports, s + end + 1, len - end - 1);
    }
    return rc;
}

/* host[:port][,host[:port]...] */
static int hosts(struct reading *r, const char *s, size_t len)
{
    struct td_buf h = {0}, p = {0};
    int rc = TD_OK;
    if (len == 0)
        return TD_OK;
    for (size_t from = 0; rc == TD_OK && from <= len;) {
        const char *comma = memchr(s + from, ',', len - from);
        size_t n = comma == NULL ? len - from : (size_t)(comma - s) - from;
        if (from > 0) {
            td_buf_char(&h, ',');
            td_buf_char(&p, ',');
        }
        rc = host_port(&h, &p, s + from, n, r->err);
        from += n + 1;
    }
    if (rc == TD_OK && strspn(td_buf_str(&h), ",") < h.len)
        rc = td_buf_take(&h, &r->out->host, r->err);
    if (rc == TD_OK && strspn(td_buf_str(&p), ",") < p.len)
        rc = td_buf_take(&p, &r->out->port, r->err);
    td_buf_deinit(&h);
    td_buf_deinit(&p);
    return rc;
}

/* The last '@' before the path: a password with a bare '@' is read as it was meant. */
static size_t userinfo_end(const char *s, size_t len)
{
    while (len > 0 && s[len - 1] != '@')
        len--;
    return len; /* 0: no user; else just past the '@' */
}

/* A bare / ? or # in a password would cut the URL in the wrong place, and part of the password would be taken, and
 * shown, for a host or port. A bare '@' behind the first such byte gives it away. */
static bool cut_in_password(const char *rest)
{
    const char *at = strchr(rest, '@'), *query = strchr(rest, '?');
    if (at == NULL)
        return false;
    if (rest[0] == '#' || query == NULL || at < query)
        return true;
    const char *eq = strchr(query, '=');
    return rest[0] == '?' && (eq == NULL || at < eq);
}

static int authority(struct reading *r, const char *s)
{
    size_t len = strcspn(s, "/?#"), user = userinfo_end(s, len);
    if (cut_in_password(s + len))
        return wrong(r->err, "an \"@\" stands behind the host; was a user name or password not percent-encoded?");
    int rc = user == 0 ? TD_OK : userinfo(r, s, user - 1);
    if (rc == TD_OK)
        rc = hosts(r, s + user, len - user);
    s += len;
    if (rc == TD_OK && *s == '/') {
        s++;
        len = strcspn(s, "?#");
        if (len > 0)
            rc = decode_to(&r->out->database, s, len, r->err);
        s += len;
    }
    if (rc == TD_OK && *s == '?')
        rc = query(r, s + 1);
    return rc;
}

static void put_value(struct td_buf *b, const char *name, const char *value)
{
    if (value == NULL)
        return;
    td_buf_printf(b, "%s%s='", b->len > 0 ? " " : "", name);
    for (; *value != '\0'; value++) {
        if (*value == '\'' || *value == '\\')
            td_buf_char(b, '\\');
        td_buf_char(b, *value);
    }
    td_buf_char(b, '\'');
}

/* Prisma checks the server's certificate with "strict" alone, against sslcert or the system's own list. There it does
 * so only if the server speaks TLS, and goes on without where it does not; libpq cannot check and be content with none,
 * so TLS is required then, unless sslmode=disable says that it may be missing. */
static void put_tls(struct reading *r, struct td_buf *b)
{
    static const char system_list[] = "/etc/ssl/certs/ca-certificates.crt";
    bool off = r->sslmode != NULL && strcmp(r->sslmode, "disable") == 0;
    bool strict = r->ssl_strict && !off;
    put_value(b, "sslmode", strict ? "verify-full" : r->sslmode);
    if (r->prisma_ssl && r->sslcert != NULL)
        put_value(b, "sslrootcert", r->sslcert);
    else if (strict && td_file_is_regular(system_list))
        put_value(b, "sslrootcert", system_list);
    else
        put_value(b, "sslcert", r->sslcert);
}

static int write_conninfo(struct reading *r)
{
    struct td_buf b = {0};
    struct td_url *u = r->out;
    put_value(&b, "host", u->host);
    put_value(&b, "port", u->port);
    put_value(&b, "user", u->user);
    put_value(&b, "password", r->password);
    put_value(&b, "dbname", u->database);
    if (u->connect_timeout_s > 0)
        td_buf_printf(&b, "%sconnect_timeout='%d'", b.len > 0 ? " " : "", u->connect_timeout_s);
    put_tls(r, &b);
    for (size_t i = 0; i < r->n; i++)
        if (!(r->prisma_ssl && r->sslcert != NULL && strcmp(r->kept[i].name, "sslrootcert") == 0))
            put_value(&b, r->kept[i].name, r->kept[i].value);
    int rc = td_buf_take(&b, &u->conninfo, r->err);
    td_buf_deinit(&b);
    return rc;
}

/* Bytes that a terminal would act on are not shown. */
static void put_shown(struct td_buf *b, const char *s)
{
    size_t len = strlen(s);
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        size_t n = td_utf8_next(s + i, len - i, &cp);
        if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0xFFFD)
            td_buf_char(b, '?');
        else
            td_buf_add_n(b, s + i, n);
        i += n;
    }
}

static void put_hosts(struct td_buf *b, const char *list, const char *ports)
{
    while (list != NULL) {
        size_t n = strcspn(list, ","), m = ports == NULL ? 0 : strcspn(ports, ",");
        char *host = td_mem_dup(list, n), *port = td_mem_dup(m == 0 ? "" : ports, m);
        bool v6 = host != NULL && strchr(host, ':') != NULL;
        td_buf_add(b, v6 ? "[" : "");
        put_shown(b, host == NULL ? "?" : host);
        td_buf_add(b, v6 ? "]" : "");
        if (port != NULL && port[0] != '\0') {
            td_buf_char(b, ':');
            put_shown(b, port);
        }
        td_mem_free(host);
        td_mem_free(port);
        if (list[n] == '\0')
            break;
        td_buf_char(b, ',');
        list += n + 1;
        if (ports != NULL && ports[m] == ',') /* one port may stand for all hosts */
            ports += m + 1;
    }
}

static int write_display(struct reading *r)
{
    const struct td_url *u = r->out;
    struct td_buf b = {0};
    bool socket = u->host != NULL && (u->host[0] == '/' || u->host[0] == '@');
    td_buf_add(&b, "postgresql://");
    if (u->user != NULL) {
        put_shown(&b, u->user);
        td_buf_char(&b, '@');
    }
    if (!socket)
        put_hosts(&b, u->host, u->port);
    if (u->database != NULL || socket || u->schema != NULL)
        td_buf_char(&b, '/');
    if (u->database != NULL)
        put_shown(&b, u->database);
    if (socket) {
        td_buf_add(&b, "?host=");
        put_shown(&b, u->host);
        if (u->port != NULL)
            td_buf_add(&b, "&port=");
        put_shown(&b, u->port == NULL ? "" : u->port);
    }
    if (u->schema != NULL) {
        td_buf_add(&b, socket ? "&schema=" : "?schema=");
        put_shown(&b, u->schema);
    }
    int rc = td_buf_take(&b, &r->out->display, r->err);
    td_buf_deinit(&b);
    return rc;
}

static int parse_postgres(const char *rest, struct td_url *out, struct td_err *err)
{
    struct reading r = {.out = out, .err = err};
    out->kind = TD_URL_POSTGRES;
    int rc = authority(&r, rest);
    if (rc == TD_OK && out->port != NULL) {
        for (const char *p = out->port; rc == TD_OK; p += strcspn(p, ",") + 1) {
            rc = check_port(p, strcspn(p, ","), err);
            if (p[strcspn(p, ",")] == '\0')
                break;
        }
    }
    if (rc == TD_OK)
        rc = write_conninfo(&r);
    if (rc == TD_OK)
        rc = write_display(&r);
    if (r.password != NULL)
        explicit_bzero(r.password, strlen(r.password));
    td_mem_free(r.password);
    td_mem_free(r.sslmode);
    td_mem_free(r.sslcert);
    for (size_t i = 0; i < r.n; i++)
        td_mem_free(r.kept[i].value);
    return rc;
}

/* SQLite's own ?mode= and ?immutable= hold; what else it and Prisma know says nothing here. */
static int sqlite_parameter(const char *name, const char *value, char **path, struct td_url *out, struct td_err *err)
{
    static const char *const known[] = {
        "mode",           "immutable",       "cache", "vfs", "nolock", "psow", "modeof", "connection_limit",
        "socket_timeout", "connect_timeout", "schema"};
    bool yes = strcmp(value, "1") == 0 || strcasecmp(value, "true") == 0 || strcasecmp(value, "yes") == 0;
    if (strcmp(name, "mode") == 0 && strcmp(value, "memory") == 0) {
        char *memory = td_mem_strdup(":memory:");
        return memory == NULL ? td_err_nomem(err) : set_text(path, memory);
    }
    if (strcmp(name, "mode") == 0 && strcmp(value, "ro") != 0 && strncmp(value, "rw", 2) != 0)
        return wrong(err, "mode is none of ro, rw, rwc, memory");
    out->read_only |=
        (strcmp(name, "mode") == 0 && strcmp(value, "ro") == 0) || (strcmp(name, "immutable") == 0 && yes);
    out->existing |= strcmp(name, "mode") == 0 && strcmp(value, "rw") == 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i]) == 0)
            return TD_OK;
    return note_unknown(out, name, known, sizeof known / sizeof *known, err);
}

/* `s`: at the '?', or NULL. */
static int sqlite_parameters(const char *s, char **path, struct td_url *out, struct td_err *err)
{
    int rc = TD_OK;
    while (rc == TD_OK && s != NULL && *s != '\0' && *s != '#') {
        size_t len = strcspn(++s, "&#"), name_len = strcspn(s, "=&#");
        char *name = NULL, *value = NULL;
        rc = td_url_decode(s, name_len, &name, err);
        if (rc == TD_OK)
            rc = td_url_decode(s + name_len + (name_len < len), len - name_len - (name_len < len), &value, err);
        if (rc == TD_OK)
            rc = sqlite_parameter(name, value, path, out, err);
        td_mem_free(name);
        td_mem_free(value);
        s += len;
    }
    return rc;
}

/* file:./dev.db, file:/abs, file:///abs, file://localhost/abs; sqlite:PATH and sqlite://PATH (as Diesel and sqlx have
 * it: what follows the two slashes is the path). */
static int parse_sqlite(const char *rest, bool is_file, const char *base_dir, struct td_url *out, struct td_err *err)
{
    out->kind = TD_URL_SQLITE;
    if (strncmp(rest, "//", 2) == 0) {
        rest += 2;
        if (is_file && strncmp(rest, "localhost/", 10) == 0)
            rest += 9;
        else if (is_file && rest[0] != '/' && rest[0] != '.')
            return wrong(err, "\"file://\" needs three slashes before an absolute path, or none: file:./dev.db");
    }
    char *path = NULL;
    int rc = td_url_decode(rest, strcspn(rest, "?"), &path, err);
    if (rc != TD_OK)
        return rc;
    if (path[0] == '\0') {
        td_mem_free(path);
        return wrong(err, "it names no file");
    }
    rc = sqlite_parameters(strchr(rest, '?'), &path, out, err);
    bool memory = rc == TD_OK && strcmp(path, ":memory:") == 0;
    if (rc != TD_OK) {
        td_mem_free(path);
        return rc;
    }
    out->path = memory ? td_mem_strdup(path) : td_path_join(base_dir, path);
    td_mem_free(path);
    if (out->path == NULL)
        return td_err_nomem(err);
    struct td_buf b = {0};
    td_buf_add(&b, memory ? "sqlite:" : "file:");
    put_shown(&b, out->path);
    rc = td_buf_take(&b, &out->display, err);
    td_buf_deinit(&b);
    return rc;
}

/* Of a text that is no URL nothing is shown but a scheme: the rest may be a password. */
static int no_scheme(const char *text, struct td_err *err)
{
    static const char *const endings[] = {".db", ".sqlite", ".sqlite3", ".db3"};
    size_t len = strlen(text);
    bool is_path = strncmp(text, "./", 2) == 0 || strncmp(text, "../", 3) == 0 || text[0] == '/';
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        is_path |= len > n && strcmp(text + len - n, endings[i]) == 0;
    }
    wrong(err, "it begins with none of postgresql://, postgres://, file:, sqlite:");
    if (text[0] == '"' || text[0] == '\'' || text[0] == '`')
        return td_err_next(err, "It begins with a quotation mark: close it, or leave quotes out where no shell takes "
                                "them away.");
    if (is_path && strchr(text, '@') == NULL)
        return td_err_next(err, "For an SQLite file write file: in front of the path, as in file:./dev.db.");
    if (strstr(text, "host=") != NULL || strstr(text, "dbname=") != NULL)
        return td_err_next(err, "Write libpq's words as a URL: postgresql://user:password@host:5432/database.");
    return (int)err->rc;
}

static int unknown_scheme(const char *text, struct td_err *err)
{
    static const char *const known[] = {"postgresql", "postgres", "file", "sqlite"};
    size_t n = 0;
    while (isalnum((unsigned char)text[n]) || (text[n] != '\0' && strchr("+-.", text[n]) != NULL))
        n++;
    char scheme[24] = "";
    if (n > 0 && n < sizeof scheme && text[n] == ':')
        memcpy(scheme, text, n);
    const char *meant = td_nearest(scheme, known, sizeof known / sizeof *known);
    if (*scheme == '\0' || (meant == NULL && text[n + 1] != '/' && text[n + 1] != ':'))
        return no_scheme(text, err);
    td_err_set(err, TD_C_URL, "no database of kind \"%s\" is known", scheme);
    if (meant != NULL)
        return td_err_next(err, "Did you mean %s%s?", meant, meant[0] == 'p' ? "://" : ":");
    return td_err_next(err, "Give a postgresql://, file: or sqlite: URL.");
}

static const char *after(const char *text, const char *scheme)
{
    size_t n = strlen(scheme);
    return strncasecmp(text, scheme, n) == 0 ? text + n : NULL;
}

int td_url_parse(const char *text, const char *base_dir, struct td_url *out, struct td_err *err)
{
    const char *rest;
    int rc;
    memset(out, 0, sizeof *out);
    text += strspn(text, " \t\r\n");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
        len--;
    char *copy = td_mem_dup(text, len);
    if (copy == NULL)
        return td_err_nomem(err);
    if ((rest = after(copy, "postgresql://")) != NULL || (rest = after(copy, "postgres://")) != NULL)
        rc = parse_postgres(rest, out, err);
    else if ((rest = after(copy, "file:")) != NULL)
        rc = parse_sqlite(rest, true, base_dir, out, err);
    else if ((rest = after(copy, "sqlite:")) != NULL || (rest = after(copy, "sqlite3:")) != NULL)
        rc = parse_sqlite(rest, false, base_dir, out, err);
    else
        rc = unknown_scheme(copy, err);
    out->text = copy;
    if (rc != TD_OK)
        td_url_deinit(out);
    return rc;
}

static void free_secret(char *text)
{
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    td_mem_free(text);
}

void td_url_deinit(struct td_url *u)
{
    free_secret(u->text);
    free_secret(u->conninfo);
    td_mem_free(u->path);
    td_mem_free(u->display);
    td_mem_free(u->note);
    td_mem_free(u->host);
    td_mem_free(u->port);
    td_mem_free(u->user);
    td_mem_free(u->database);
    td_mem_free(u->schema);
    memset(u, 0, sizeof *u);
}
