/* Database URLs: postgres://, postgresql:// (Prisma's parameters included), file:PATH, sqlite:PATH, sqlite::memory:. */
#ifndef TD_CONFIG_URL_H
#define TD_CONFIG_URL_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/err.h"

enum td_url_kind { TD_URL_SQLITE, TD_URL_POSTGRES };

struct td_url {
    enum td_url_kind kind;
    char *text;                          /* as written, password and all: never to be shown */
    char *path;                          /* SQLite: file, or ":memory:"; owned like all of these */
    char *conninfo;                      /* PostgreSQL: what libpq gets; Prisma's parameters stripped or mapped */
    char *display;                       /* safe to print: no password */
    char *note;                          /* of a parameter that is not known and left out, for a warning; or NULL */
    char *host, *port, *user, *database; /* PostgreSQL; NULL where the URL does not say */
    char *schema;                        /* schema= , or NULL */
    bool pgbouncer;                      /* pgbouncer=true */
    bool read_only;                      /* SQLite: mode=ro, immutable=1 */
    bool existing;                       /* SQLite: mode=rw, which makes no file */
    int connect_timeout_s;               /* connect_timeout=, 0: not said */
    int connection_limit;                /* 0: not said */
};

/* `base_dir`: what relative SQLite paths start at; NULL: the current directory. TD_ECONFIG when the text is no such
 * URL; the message never holds a password. td_url_deinit frees. */
TD_MUST_CHECK int td_url_parse(const char *text, const char *base_dir, struct td_url *out, struct td_err *err);
void td_url_deinit(struct td_url *u);
/* The URL, as text, of another database (NULL: the same) or schema (NULL: as it is) on the same server with the same
 * rights; of an SQLite URL another file, with the same parameters. Owned. */
TD_MUST_CHECK int td_url_sibling(const struct td_url *u, const char *database, const char *schema, char **out,
                                 struct td_err *err);
/* The URL, as text, without its password, so that it may be kept. Owned. */
TD_MUST_CHECK int td_url_without_password(const struct td_url *u, char **out, struct td_err *err);
/* The URL, as text, by which another user connects to the same database. A password in it is never to be shown, but by
 * whoever made it. PostgreSQL only. Owned. */
TD_MUST_CHECK int td_url_as(const struct td_url *u, const char *user, const char *password, char **out,
                            struct td_err *err);
/* The text with any password replaced by "***", for messages about text that may be no URL at all. Owned. */
char *td_url_redact(const char *text);
/* Running text, before it is shown to anybody: appended with "***" for the password of whatever looks like a URL with
 * one, wherever it got into the text, and for the value of a "password=". In doubt more is hidden. */
void td_url_mask(struct td_buf *out, const char *text, size_t len);

#endif
