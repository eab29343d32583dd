/* Random folders of migrations: everything that check.h says, for each of them.
 *
 *     property_seeds [--verbose] CASES-DIR [FIRST] [COUNT]     first the folders kept in CASES-DIR, then seeds
 *     property_seeds --print SEED                               that folder, as one text to be kept in CASES-DIR
 *
 * COUNT is by default what TANDEM_PROPERTY_SEEDS says, else 200. A seed that fails is printed with what differs; its
 * folder, cut down to what matters, becomes a file of CASES-DIR, so that it stays when the generator changes. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "drivers/drivers.h"
#include "tests/lib/pgcluster.h"
#include "tests/lib/tmpdir.h"
#include "tests/property/check.h"
#include "tests/property/make.h"

enum { NO_SERVER = 77, MOST_BYTES = 1 << 20, SEEDS = 200 };

struct tally {
    struct td_pgcluster *cluster;
    bool verbose;
    size_t folders, failed, statements, refused;
};

static void print_made(const struct made *m)
{
    for (size_t i = 0; i < m->names.len; i++)
        printf("-- migration %s\n%s", m->names.at[i], m->texts.at[i]);
}

static void print_failure(const char *name, const struct made *m, const struct checked *r)
{
    printf("%s: FAILED\n", name);
    if (r->failed != NULL)
        printf("    %s\n", r->failed);
    for (size_t i = 0; i < r->differences.len; i++)
        printf("    %s\n", r->differences.at[i]);
    for (size_t i = 0; i < r->not_followed.len; i++)
        printf("    not followed: %s\n", r->not_followed.at[i]);
    for (size_t i = 0; i < m->notes.len; i++)
        printf("    %s\n", m->notes.at[i]);
    fflush(stdout);
}

static void check_made(struct tally *t, const char *name, const struct made *m)
{
    char *dir = td_tmpdir_make();
    struct checking c = {.dir = dir, .cluster = t->cluster, .stepwise = true, .ours = true};
    struct checked r;
    write_made(m, dir);
    check_folder(&c, &r);
    t->folders++;
    t->statements += r.statements;
    t->refused += m->refused.len;
    for (size_t i = 0; t->verbose && i < m->refused.len; i++)
        printf("%s: refused: %s\n", name, m->refused.at[i]);
    if (r.failed != NULL || r.differences.len > 0 || r.not_followed.len > 0 || m->notes.len > 0) {
        t->failed++;
        print_failure(name, m, &r);
    }
    td_arena_deinit(&r.arena);
    td_tmpdir_remove(dir);
}

static void check_seed(struct tally *t, uint64_t seed)
{
    struct made m;
    struct td_err err = {0};
    char name[40];
    snprintf(name, sizeof name, "seed %llu", (unsigned long long)seed);
    if (make_folder(t->cluster, seed, &m, &err) == TD_OK) {
        check_made(t, name, &m);
    } else {
        printf("%s: FAILED: %s\n", name, err.message);
        t->failed++;
    }
    td_arena_deinit(&m.arena);
}

static void check_case(struct tally *t, const char *dir, const char *name)
{
    char *path = td_tmpdir_path(dir, name), *text = NULL;
    size_t len = 0;
    struct made m = {0};
    struct td_err err = {0};
    if (td_file_read(path, MOST_BYTES, &text, &len, &err) == TD_OK && read_made(text, &m, &err) == TD_OK) {
        check_made(t, name, &m);
    } else {
        printf("%s: FAILED: %s\n", name, err.message);
        t->failed++;
    }
    td_arena_deinit(&m.arena);
    td_mem_free(text);
    free(path);
}

static int is_case(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return n > 4 && strcmp(e->d_name + n - 4, ".sql") == 0;
}

static void check_cases(struct tally *t, const char *dir)
{
    struct dirent **found = NULL;
    int n = scandir(dir, &found, is_case, alphasort);
    for (int i = 0; i < n; i++) {
        check_case(t, dir, found[i]->d_name);
        free(found[i]);
    }
    free(found);
}

static unsigned long long number(const char *text, unsigned long long otherwise)
{
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static int print_seed(struct td_pgcluster *cluster, uint64_t seed)
{
    struct made m;
    struct td_err err = {0};
    int rc = make_folder(cluster, seed, &m, &err);
    if (rc == TD_OK)
        print_made(&m);
    else
        fprintf(stderr, "%s\n", err.message);
    td_arena_deinit(&m.arena);
    return rc != TD_OK;
}

int main(int argc, char **argv)
{
    struct tally t = {0};
    int at = 1;
    td_drivers_register();
    t.cluster = td_pgcluster_shared();
    if (t.cluster == NULL)
        return NO_SERVER;
    if (argc == 3 && strcmp(argv[1], "--print") == 0)
        return print_seed(t.cluster, number(argv[2], 0));
    t.verbose = argc > at && strcmp(argv[at], "--verbose") == 0;
    at += t.verbose;
    if (argc <= at) {
        fprintf(stderr, "usage: %s [--verbose] CASES-DIR [FIRST] [COUNT]\n", argv[0]);
        return 64;
    }
    check_cases(&t, argv[at]);
    unsigned long long first = number(argc > at + 1 ? argv[at + 1] : NULL, 1);
    unsigned long long count = number(argc > at + 2 ? argv[at + 2] : getenv("TANDEM_PROPERTY_SEEDS"), SEEDS);
    for (unsigned long long seed = first; seed < first + count; seed++) {
        check_seed(&t, seed);
        if (t.verbose) {
            printf("seed %llu done\n", seed);
            fflush(stdout);
        }
    }
    printf("%zu folders, %zu statements and %zu that SQLite does not carry, %zu failed\n", t.folders, t.statements,
           t.refused, t.failed);
    return t.failed > 0;
}
