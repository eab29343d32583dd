/* The simulator: real devices, a simulated server, and a schedule of writes and faults, all from one number.
 *
 * test_sync_sim                   the seeds that ever failed, then the first 1,200 (250 where sanitizers make each of
 *                                 them slow: 2 to 4 a second with ASan, 10 to 20 without), some of them twice
 * test_sync_sim --seeds FIRST N   those
 * test_sync_sim --seed N [-v]     one, with its history
 * test_sync_sim --mutations       faults of the protocol, one by one: each must be found */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sync/sim/world.h"

#ifdef __SANITIZE_ADDRESS__
enum { SEEDS = 250 };
#else
enum { SEEDS = 1200 };
#endif
enum { MUTANT_SEEDS = 3000, TWICE = 16 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* I11: the same number, the same records. */
static bool same_again(uint64_t seed, const char *records, char *failure, struct sim_totals *totals)
{
    char *again = NULL;
    bool ok = sim_world_run(seed, SIM_SOUND, false, failure, &again, totals);
    if (ok && (records == NULL || again == NULL || strcmp(records, again) != 0)) {
        snprintf(failure, 1024, "I11: two runs of one seed have different records");
        ok = false;
    }
    free(again);
    return ok;
}

static bool run_one(uint64_t seed, bool twice, struct sim_totals *totals)
{
    char failure[1024];
    char *records = NULL;
    bool ok = sim_world_run(seed, SIM_SOUND, false, failure, twice ? &records : NULL, totals);
    if (ok && twice)
        ok = same_again(seed, records, failure, totals);
    free(records);
    if (!ok)
        printf("seed %" PRIu64 ": %s\n", seed, failure);
    fflush(stdout);
    return ok;
}

static int run_seeds(uint64_t first, uint64_t n)
{
    struct sim_totals totals = {0};
    double start = now_s();
    int failed = 0;
    for (uint64_t i = 0; i < n; i++)
        failed += !run_one(first + i, i % TWICE == 0, &totals);
    double took = now_s() - start;
    printf("%ld worlds, %ld steps, %ld runs of devices of which %ld were cut, in %.1f s: %.0f a second; %d failed\n",
           totals.seeds, totals.steps, totals.runs, totals.cuts, took, (double)totals.seeds / took, failed);
    return failed > 0;
}

/* Numbers that failed once, a line each; what follows says why. */
static int run_kept(void)
{
    struct sim_totals totals = {0};
    char line[256];
    int failed = 0;
    FILE *f = fopen(TD_TEST_DATA "/seeds.txt", "r");
    if (f == NULL) {
        perror(TD_TEST_DATA "/seeds.txt");
        return 1;
    }
    while (fgets(line, sizeof line, f) != NULL)
        if (line[0] >= '0' && line[0] <= '9')
            failed += !run_one(strtoull(line, NULL, 10), true, &totals);
    fclose(f);
    printf("%ld kept worlds; %d failed\n", totals.seeds, failed);
    return failed > 0;
}

static int run_mutations(void)
{
    int missed = 0;
    for (int m = SIM_SOUND + 1; m < SIM_MUTATIONS; m++) {
        struct sim_totals totals = {0};
        char failure[1024] = "";
        double start = now_s();
        uint64_t seed = 1;
        while (seed <= MUTANT_SEEDS && sim_world_run(seed, (enum sim_mutation)m, false, failure, NULL, &totals))
            seed++;
        bool found = seed <= MUTANT_SEEDS;
        missed += !found;
        if (found)
            printf("%-20s found by seed %" PRIu64 " in %.1f s: %s\n", sim_mutation_name((enum sim_mutation)m), seed,
                   now_s() - start, failure);
        else
            printf("%-20s NOT FOUND in %d seeds\n", sim_mutation_name((enum sim_mutation)m), MUTANT_SEEDS);
        fflush(stdout);
    }
    return missed > 0;
}

static int run_shown(uint64_t seed, enum sim_mutation m, bool verbose)
{
    struct sim_totals totals = {0};
    char failure[1024];
    char *records = NULL;
    bool ok = sim_world_run(seed, m, verbose, failure, &records, &totals);
    if (verbose && records != NULL)
        printf("%s", records);
    free(records);
    printf("seed %" PRIu64 ": %s\n", seed, ok ? "nothing found" : failure);
    return !ok;
}

static int usage(void)
{
    fprintf(stderr, "usage: test_sync_sim [--seeds FIRST COUNT | --seed N [-v] [MUTATION] | --mutations]\n");
    return 2;
}

static int choose(int argc, char **argv)
{
    if (argc == 1) {
        int rc = run_kept();
        return run_seeds(1, SEEDS) | rc;
    }
    if (argc == 2 && strcmp(argv[1], "--mutations") == 0)
        return run_mutations();
    if (argc == 4 && strcmp(argv[1], "--seeds") == 0)
        return run_seeds(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
    if (argc >= 3 && strcmp(argv[1], "--seed") == 0) {
        bool verbose = argc > 3 && strcmp(argv[3], "-v") == 0;
        unsigned long m = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
        return m < SIM_MUTATIONS ? run_shown(strtoull(argv[2], NULL, 10), (enum sim_mutation)m, verbose) : usage();
    }
    return usage();
}

int main(int argc, char **argv)
{
    sim_schema_open();
    int rc = choose(argc, argv);
    sim_schema_close();
    return rc;
}
