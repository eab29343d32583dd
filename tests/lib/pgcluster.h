/* PostgreSQL for tests: a throw-away cluster (pg.sh beside this file says which settings it has), one per program
 * unless TANDEM_TEST_PG has the URL of one that runs already. It is stopped and removed when the program ends, however
 * it ends: its keeper waits for the end of a pipe that only the program holds.
 *
 * Link pgcluster.c into the test program; TD_TEST_DATA must be a directory beside tests/lib. */
#ifndef TD_TEST_PGCLUSTER_H
#define TD_TEST_PGCLUSTER_H

#include <stdbool.h>

struct td_pgcluster;

/* NULL, and why on stderr, when none could be started. `tcp`: reachable on 127.0.0.1 instead of a socket only. */
struct td_pgcluster *td_pgcluster_start(bool tcp);
void td_pgcluster_stop(struct td_pgcluster *c);             /* NULL is fine */
const char *td_pgcluster_url(const struct td_pgcluster *c); /* of its database "postgres"; borrowed */

/* The program's shared cluster, started at the first call. */
struct td_pgcluster *td_pgcluster_shared(void);
/* URL of a new, empty database in `c` (NULL: the shared one), or NULL. Owned (free). The database is dropped with the
 * cluster, at the latest. */
char *td_pgcluster_create(struct td_pgcluster *c);
/* `url` with another database, and with user[:password] where `user` is not NULL. Owned (free). */
char *td_pgcluster_url_for(const char *url, const char *user, const char *database);

#endif
