/* Playing one case: a schema and statements, from a seed or a file; and making a failing one smaller. */
#ifndef TD_TEST_DIFFERENTIAL_PLAY_H
#define TD_TEST_DIFFERENTIAL_PLAY_H

#include "tests/differential/pair.h"

/* False when it failed; the story is on stdout. */
bool play_seed(struct pair *p, uint64_t seed, unsigned statements);
/* Random rows for the schema of a folder of migrations. */
bool play_folder(struct pair *p, const char *dir, unsigned statements);
/* Each built-in type, a column of its own; how many failed. */
int play_types(struct pair *p, unsigned values);
/* A text and a bytea of that size. */
bool play_big(struct pair *p, size_t bytes);
bool play_file(struct pair *p, const char *path);
/* All files of a directory, in the order of their names; how many failed. */
int play_cases(struct pair *p, const char *dir);

#endif
