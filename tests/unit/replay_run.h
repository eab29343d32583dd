/* For the tests of the replay: SQL in, the catalog as text or an error out. */
#ifndef TD_TESTS_REPLAY_RUN_H
#define TD_TESTS_REPLAY_RUN_H

#include "core/catalog/catalog.h"

struct td_replayed {
    struct td_arena arena;
    struct td_catalog catalog;
    struct td_err err; /* of the first statement that failed; the others after it ran */
    size_t failed;
};

/* Replays the text, guards in DO blocks too. */
void td_replayed_open(struct td_replayed *r, const char *sql);
void td_replayed_close(struct td_replayed *r);
/* The dump of the catalog, or of its lines that contain `only`. Borrowed until close. */
const char *td_replayed_dump(struct td_replayed *r, const char *only);

/* Replays `sql` and compares the dump's lines that contain `only` (NULL: all). */
void td_expect_catalog(const char *sql, const char *only, const char *expected);
/* Replays `sql`; exactly one statement is to fail, with this SQLSTATE and at this place. */
void td_expect_error(const char *sql, const char *sqlstate, unsigned line, unsigned column);

#endif
