/* One command for many databases: a query on the configured one says which, and each is worked on by a process of its
 * own, as if it had been given with --url. */
#ifndef TD_TANDEM_EACH_H
#define TD_TANDEM_EACH_H

#include "tools/tandem/cli.h"

struct td_each {
    const char *sql; /* NULL: --each was not given */
    int jobs;        /* 0: not said */
};

/* For the commands' options. */
#define TD_EACH_HELP                                                                                                   \
    "do it for every database that this query on the configured one gives: column url, database and/or schema"
#define TD_JOBS_HELP "with --each: how many at once; default 4"
#define TD_EACH_ABOUT                                                                                                  \
    "With --each SQL the configured database is only asked, reading, for others: one a row. A column url is a "        \
    "database's whole URL; database is another one on the same server (SQLite: a file), schema another schema; both "  \
    "may come together. A single column of another name is a URL, or else a database. Each is worked on by itself, "   \
    "--jobs at a time, and one that fails stops no other (a row that names no database stops all, before anything "    \
    "runs); the exit code is the first one's that is not 0. Run again, "                                               \
    "the command goes on with what is left."
#define TD_EACH_JSON                                                                                                   \
    "databases  with --each: url, exit_code, signal (that ended it, or null), answer (the command's own, as above)"

/* Without --each: *here, and nothing is done. With it: in the caller's process all are worked on and reported, not
 * *here, and *code_out is the command's exit code; in each of the others *here, and cli->g.url is its database. Where
 * *here, the command goes on. `on` as td_session_open has it. */
TD_MUST_CHECK int td_each(struct td_cli *cli, const struct td_each *each, const char *on, bool *here, int *code_out);

/* each_targets.c: the URLs, in the query's order, each once; all of them are URLs. Lives in cli->arena. */
struct td_each_target {
    const char *url;   /* never to be shown */
    const char *shown; /* without its password */
    const char *place; /* the same for schemas of one database */
};
struct td_each_targets {
    struct td_each_target *at;
    size_t len, cap;
};
TD_MUST_CHECK int td_each_targets(struct td_cli *cli, const char *on, const char *sql, struct td_each_targets *out);

#endif
