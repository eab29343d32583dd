/* A deploy for faults to be put into: a folder with tables, rows, a table rebuild and a journalled file, the state that
 * the database has after each of its migrations, and the checks that hold whatever was broken. */
#ifndef TD_TEST_STORY_H
#define TD_TEST_STORY_H

#include "tests/lib/project.h"

#define STORY_MIGRATIONS 5

struct story {
    struct project p;
    enum td_engine engine;
    char *dir; /* of the SQLite files */
    int files;
    char *states[STORY_MIGRATIONS + 1]; /* after so many migrations */
};

/* Deploys step by step once, to learn the states. */
void story_open(struct story *s, enum td_engine engine);
void story_close(struct story *s);
/* PostgreSQL only: the first migration takes so long. */
void story_slow_down(struct story *s, int seconds);
/* An empty database and a new connection to it. */
void story_restart(struct story *s);
/* After a deploy that a fault was put into, and that returned `rc`: the error is one, the database is in the state
 * after some migration (or in the middle of the journalled one), and a plain deploy brings it to the end. The
 * connection goes on being used unless it is lost. */
void story_check(struct story *s, int rc, const char *fault);
/* The same for a deployer that is gone with its connection. */
void story_check_gone(struct story *s, const char *fault);

/* Which of the numbers 1, 2, 3... are tried: each one with TANDEM_LONG=1, else `every` n-th, with another beginning in
 * each range so that neighbours are met. */
size_t story_next(size_t n, size_t every);

#endif
