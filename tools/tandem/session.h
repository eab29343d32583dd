/* Which databases and which folder a command works on, and the connections to them. */
#ifndef TD_TANDEM_SESSION_H
#define TD_TANDEM_SESSION_H

#include "core/config/target.h"
#include "core/db/db.h"
#include "core/migrate/runner.h"
#include "sync/deploy_postgres.h"
#include "sync/deploy_sqlite.h"
#include "tools/tandem/cli.h"

/* One database. */
struct td_place {
    struct td_url *url;
    const char *engine; /* "sqlite", "postgres" */
    const char *source; /* where the URL came from: "--url", ".env:3" */
    struct td_db *db;   /* NULL: not connected */
    bool missing;       /* td_session_read found no such file or database */
};

struct td_session {
    struct td_cli *cli;
    struct td_target target; /* core/config's answer */
    struct td_place at[2];   /* SQLite first: what it refuses is known before PostgreSQL is touched */
    size_t n;
    const char *folder;              /* the migrations' directory, relative to the caller */
    int connect_ms;                  /* how long a connection may take; 0: as the URL says */
    struct td_skip skip;             /* --skip and tandem.json's sqlite.skip */
    const char **skip_words;         /* its words, which the folder settles */
    size_t skip_flags;               /* how many of them are --skip's */
    struct td_deploy_postgres watch; /* of a deploy to PostgreSQL */
    struct td_deploy_sqlite follow;  /* keeps a clone in step with a deploy */
};

/* For the options of several commands. */
#define TD_ON_HELP "which of the configured databases; default: the one that is configured, or both"
#define TD_SKIP_HELP                                                                                                   \
    "leave such statements out on SQLite, listed; may repeat: trigger, function, procedure, do, policy, "              \
    "partition, exclusion, materialized, other, or a place as migrations/x/migration.sql:12"

#define TD_INDEX_HELP                                                                                                  \
    "The checksums of larger folders are kept in $XDG_CACHE_HOME/tandem (~/.cache/tandem): a file whose inode, size "  \
    "and times of change are the same as then is not read again. TANDEM_NO_CACHE=1 leaves that out."

/* Finds folder, skips and, with `databases`, the databases; connects to none. `on`: "sqlite", "postgres", "both" or
 * NULL; `skip` may be NULL. After a failure, s->at has what was found all the same. td_session_close either way. */
TD_MUST_CHECK int td_session_open(struct td_session *s, struct td_cli *cli, bool databases, const char *on,
                                  const struct td_opt_list *skip);
void td_session_close(struct td_session *s);

/* Where there are several databases: commands that are suggested from here on are for this one. */
void td_session_at(struct td_session *s, const struct td_place *p);
/* A failure of this one: cli->err says so. Returns `rc`. */
int td_session_failed(struct td_session *s, const struct td_place *p, int rc);

/* The folder, read whole. */
TD_MUST_CHECK int td_session_folder(struct td_session *s, struct td_folder *out);
/* For td_history_judge: without the texts of files that are known to be as they were (cache.h). */
TD_MUST_CHECK int td_session_look(struct td_session *s, struct td_folder *out);
/* For writing: refused under --read-only; says first which database is touched. `create`: make it if it is missing. */
TD_MUST_CHECK int td_session_write(struct td_session *s, struct td_place *p, bool create);
/* For reading only: writes nothing, not even a lock file. A database that is not there is no error: p->missing. */
TD_MUST_CHECK int td_session_read(struct td_session *s, struct td_place *p, struct td_err *err);
/* deploy's options from the global ones; borrowed from the session. */
void td_session_deploy_opts(struct td_session *s, const struct td_place *p, struct td_deploy_opts *out);
/* Members "engine", "url", "source" of the open object. */
void td_session_put(const struct td_place *p, struct td_json_writer *w);

#endif
