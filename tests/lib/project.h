/* A project for tests: a migrations folder in a directory of its own and a database that it is deployed to. */
#ifndef TD_TEST_PROJECT_H
#define TD_TEST_PROJECT_H

#include "core/config/url.h"
#include "core/migrate/runner.h"

struct project {
    char *root, *dir; /* dir: the migrations folder */
    struct td_url url;
    struct td_db *db;
    struct td_arena arena; /* of the last deploy, status or resolve */
    struct td_folder folder;
    struct td_status status;
    struct td_deploy_opts opts;
    struct td_deploy_result result;
    struct td_err err;
    char events[8192]; /* a line each: "started NAME", "waiting TEXT", "warning TEXT", ... */
};

#define assert_deployed(p)                                                                                             \
    do {                                                                                                               \
        if (project_deploy(p) != TD_OK)                                                                                \
            fail_msg("%s | %s | %s", (p)->err.message, (p)->err.why, (p)->err.next);                                   \
    } while (0)
#define assert_contains(text, part)                                                                                    \
    do {                                                                                                               \
        if (strstr((text), (part)) == NULL)                                                                            \
            fail_msg("\"%s\" is not in: %s", (part), (text));                                                          \
    } while (0)

/* Failures of these end the test (cmocka's assert). `url` NULL: a new database in the shared PostgreSQL cluster. */
void project_open(struct project *p, const char *url);
/* A second one on the same folder and database, with a connection of its own. */
void project_join(struct project *p, const struct project *first);
/* Another database for the same folder; the connection before must be closed. */
void project_connect(struct project *p, const char *url);
void project_close(struct project *p);

void project_add(struct project *p, const char *name, const char *sql); /* or changes it */
void project_remove(struct project *p, const char *name);
int project_deploy(struct project *p);
int project_resolve(struct project *p, enum td_resolve what, const char *name);
void project_status(struct project *p);
/* State of one migration as text, "absent" if nobody knows it. After project_status. */
const char *project_state(const struct project *p, const char *name);
void project_exec(struct project *p, const char *sql);
/* First column of the first row; static buffer, "NULL" for no row or NULL. */
const char *project_text(struct project *p, const char *sql);

#endif
