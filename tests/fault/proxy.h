/* A man in the middle of PostgreSQL's connections, who counts the protocol's messages and cuts or stalls the connection
 * at the nth. Runs in a thread of the test. */
#ifndef TD_TEST_PROXY_H
#define TD_TEST_PROXY_H

#include <stdbool.h>
#include <stddef.h>

struct proxy;

enum proxy_way { PROXY_TO_SERVER, PROXY_TO_CLIENT };
enum proxy_fault {
    PROXY_CUT,      /* the connection ends before the nth message is passed on */
    PROXY_CUT_HALF, /* ... after the first half of it */
    PROXY_STALL     /* nothing is passed on from there, on any connection, also on new ones; all stay open */
};

/* `url`: of a server on a Unix socket (tests/lib/pgcluster.h). */
struct proxy *proxy_start(const char *url);
void proxy_stop(struct proxy *p); /* NULL is fine */
/* The server's URL as seen through the proxy. Owned (free). */
char *proxy_url(const struct proxy *p, const char *url);
/* Counting starts now, over all connections; 0: nothing is broken any more, what stalled is cut. */
void proxy_break(struct proxy *p, enum proxy_fault fault, enum proxy_way way, size_t nth);
size_t proxy_count(const struct proxy *p); /* messages that way since then */

#endif
