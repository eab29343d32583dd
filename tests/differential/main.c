/* The differential test: the same statements offered to PostgreSQL and to SQLite must have the same fate and leave the
 * same rows.
 *
 *     test_differential                  the short form: regressions, SmartX, the types, some seeds
 *     test_differential --long [N]       N (600) seeds, more statements each, more values of each type
 *     test_differential --seed N[-M] [S] only these seeds, S statements each
 *     test_differential --types [N]      only the types, N values of each
 *     test_differential FILE...          only these regressions
 *
 * A seed gives a schema (tests/lib/gen.h) and statements for it. What fails is made smaller as far as that goes and
 * printed in the form of the files in cases/, which are replayed each time: keep it there. In such a file the schema
 * stands above the line "-- rows", the statements below it.
 * canon.h, pair.c and shell.h name the differences that are by design; nothing else may differ.
 * Exit code 1 when anything did, 77 when there is no PostgreSQL server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/differential/play.h"

enum { SHORT_SEEDS = 60, LONG_SEEDS = 600, SHORT_STATEMENTS = 40, LONG_STATEMENTS = 150 };
enum { SHORT_VALUES = 40, LONG_VALUES = 600, SHORT_ROWS = 200, LONG_ROWS = 4000 };

#define HERE TD_TEST_DATA

static void report(struct pair *p)
{
    printf(
        "%zu statements offered, %zu accepted and %zu refused by both; %zu values read; %zu values offered by the plain"
        " shell, %zu written\n",
        p->offered, p->accepted, p->refused, p->values, p->probed, p->written);
}

static int seeds(struct pair *p, uint64_t first, uint64_t last, unsigned statements)
{
    int failed = 0;
    for (uint64_t seed = first; seed <= last; seed++)
        failed += !play_seed(p, seed, statements);
    return failed;
}

static int options(struct pair *p, int argc, char **argv)
{
    int failed = 0;
    if (argc > 2 && strcmp(argv[1], "--seed") == 0) {
        char *end;
        uint64_t first = strtoull(argv[2], &end, 10);
        unsigned statements = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : SHORT_STATEMENTS;
        return seeds(p, first, *end == '-' ? strtoull(end + 1, NULL, 10) : first, statements);
    }
    if (argc > 1 && strcmp(argv[1], "--types") == 0)
        return play_types(p, argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : LONG_VALUES);
    for (int i = 1; i < argc && argv[1][0] != '-'; i++)
        failed += !play_file(p, argv[i]);
    if (argc > 1 && argv[1][0] != '-')
        return failed;
    bool is_long = argc > 1 && strcmp(argv[1], "--long") == 0;
    uint64_t last = is_long ? LONG_SEEDS : SHORT_SEEDS;
    if (argc > 2)
        last = strtoull(argv[2], NULL, 10);
    failed += play_cases(p, HERE "/cases");
    failed += play_types(p, is_long ? LONG_VALUES : SHORT_VALUES);
    failed += !play_folder(p, HERE "/../../migrations", is_long ? LONG_ROWS : SHORT_ROWS);
    failed += !play_big(p, (size_t)10 << 20);
    return failed + seeds(p, 1, last, is_long ? LONG_STATEMENTS : SHORT_STATEMENTS);
}

int main(int argc, char **argv)
{
    struct pair p;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!pair_open(&p))
        return 77;
    int failed = options(&p, argc, argv);
    report(&p);
    pair_close(&p);
    if (failed > 0)
        printf("%d failed\n", failed);
    return failed > 0;
}
