/* Playing one case: a schema and statements, from a seed or a file; and making a failing one smaller. */
#ifndef TD_TEST_DIFFERENTIAL_PLAY_H
#define TD_TEST_DIFFERENTIAL_PLAY_H

#include "tests/differential/pair.h"

/* False when it failed; the story is on stdout. */
bool play_seed(struct pair *p, uint64_t seed, unsigned statements);
bool play_file(struct pair *p, const char *path);
/* All files of a directory, in the order of their names; how many failed. */
int play_cases(struct pair *p, const char *dir);

#endif
