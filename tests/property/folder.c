/* Any folder of migrations: does the replay give what PostgreSQL has, and the SQLite file what the catalog expects?
 *
 *     build/dev/bin/property_folder [--skip KIND]... DIR...
 *
 * Deploys each DIR to a new database of a cluster of its own (or of TANDEM_TEST_PG) and to SQLite, and prints what
 * differs, a line each. Exit code 1 when anything does, or when a deploy breaks off. */
#include <stdio.h>
#include <string.h>

#include "drivers/drivers.h"
#include "tests/lib/pgcluster.h"
#include "tests/property/check.h"

static int check_one(struct checking *c)
{
    struct checked r;
    check_folder(c, &r);
    printf("%s: %zu migrations, %zu statements, %zu refused on SQLite, %zu differences%s%s\n", c->dir, r.migrations,
           r.statements, r.refused, r.differences.len, r.failed == NULL ? "" : "; ", r.failed == NULL ? "" : r.failed);
    for (size_t i = 0; i < r.not_followed.len; i++)
        printf("    not followed: %s\n", r.not_followed.at[i]);
    for (size_t i = 0; i < r.differences.len; i++)
        printf("    %s\n", r.differences.at[i]);
    fflush(stdout);
    int bad = r.differences.len > 0 || r.failed != NULL;
    td_arena_deinit(&r.arena);
    return bad;
}

int main(int argc, char **argv)
{
    const char *kinds[32];
    struct checking c = {.skip = {.at = kinds}, .stepwise = true};
    int bad = 0;
    td_drivers_register();
    c.cluster = td_pgcluster_shared();
    if (c.cluster == NULL || argc < 2) {
        fprintf(stderr, "usage: %s [--skip KIND]... DIR...\n", argv[0]);
        return 64;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--skip") == 0 && i + 1 < argc && c.skip.len < sizeof kinds / sizeof *kinds) {
            kinds[c.skip.len++] = argv[++i];
            continue;
        }
        c.dir = argv[i];
        bad |= check_one(&c);
    }
    return bad;
}
