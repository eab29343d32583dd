/* Which databases and which migrations folder a command works on, and where that was said.
 *
 * A URL is taken from, first to last: --url; the environment; .env.local; .env (and prisma/.env); tandem.json. In each
 * of these DIRECT_URL goes before DATABASE_URL where the caller asks for it (migrations cannot run behind a
 * transaction pooler). A variable that tandem.json names ("postgres": "env:DATABASE_URL") is the value of that key and
 * no source of its own; DIRECT_URL goes before it likewise, if it is in the same place.
 *
 * Without --on: --url alone; else DIRECT_URL or DATABASE_URL alone, unless tandem.json names it; else every database of
 * tandem.json: a variable that it names and nobody sets is an error, not one database less. With --on sqlite, postgres,
 * both: the first in that order of each engine. */
#ifndef TD_CONFIG_TARGET_H
#define TD_CONFIG_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/config/config.h"
#include "core/config/dotenv.h"
#include "core/config/url.h"

enum td_target_on { TD_TARGET_DEFAULT, TD_TARGET_SQLITE, TD_TARGET_POSTGRES, TD_TARGET_BOTH };
/* "sqlite", "postgres" (also "postgresql"), "both"; NULL is TD_TARGET_DEFAULT. False for another text. */
bool td_target_on_parse(const char *text, enum td_target_on *out);

/* The flags as they were given; zeroed: none. All borrowed for the call. */
struct td_target_opts {
    const char *url;              /* --url; "env:NAME" works, too */
    const char *url_from;         /* where that was said; NULL: "--url" */
    const char *const *env_files; /* --env-file: these in place of .env.local and .env; the last one wins */
    size_t env_files_len;
    bool no_env_file;                /* --no-env-file */
    const char *config;              /* --config; NULL: tandem.json if it is there */
    const char *migrations, *schema; /* --migrations DIR, --schema FILE */
    enum td_target_on on;
    bool direct; /* prefer DIRECT_URL */
};

struct td_target_db {
    bool found;
    struct td_url url;
    char *from; /* "--url", "environment DATABASE_URL", ".env:3", "tandem.json databases.sqlite" */
    char *note; /* which of several files a relative path was taken for, or NULL: worth printing */
};

struct td_target {
    struct td_target_db sqlite, postgres; /* those to work on are `found` */
    char *migrations;                     /* the folder as seen from the working directory; it need not exist */
    char *migrations_from;    /* "--migrations", "--schema", "tandem.json migrations", "prisma/migrations", "default" */
    struct td_config *config; /* never NULL after td_target_open; sqlite.skip is config->skip */
    struct td_dotenv *env;    /* strongest first */
    size_t env_len;
};

/* Reads tandem.json and .env files and finds the folder: needs no database. `out` needs no init; close it either way.
 * TD_ECONFIG, also for a file that a flag names and is not there; TD_EDENIED. */
TD_MUST_CHECK int td_target_open(const struct td_target_opts *opts, struct td_target *out, struct td_err *err);
/* Finds the databases as well. TD_ECONFIG when none is said, or not those that --on asks for, or a variable is not set;
 * those that were found nevertheless are `found`. After td_target_open. */
TD_MUST_CHECK int td_target_databases(const struct td_target_opts *opts, struct td_target *t, struct td_err *err);
void td_target_close(struct td_target *t);

/* A variable from the environment or the .env files, NULL when it is not set or empty; `*from_out` (may be NULL) is
 * owned: "environment NAME", ".env:3". */
const char *td_target_env(const struct td_target *t, const char *name, char **from_out);

#endif
