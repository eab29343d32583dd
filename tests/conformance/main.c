/* One suite over all drivers: what it does not test is not promised. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/drivers.h"
#include "drivers/sqlite/driver.h"
#include "tests/conformance/env.h"
#include "tests/lib/pgcluster.h"
#include "tests/lib/tmpdir.h"

static int begin(void **state)
{
    static const struct td_db_opts opts = {.create = true};
    struct env *e = calloc(1, sizeof *e);
    e->engine = *(enum td_engine *)*state;
    e->dir = td_tmpdir_make();
    e->url = on_sqlite(e) ? strdup("sqlite:test.db") : td_pgcluster_create(NULL);
    *state = e;
    if (e->url == NULL)
        return -1;
    e->db = env_open(e, &opts);
    return 0;
}

static int end(void **state)
{
    struct env *e = *state;
    td_db_close(e->db);
    td_tmpdir_remove(e->dir);
    free(e->url);
    free(e);
    return 0;
}

static enum td_engine engines[] = {TD_ENGINE_SQLITE, TD_ENGINE_POSTGRES};

static int run(const char *group, const struct env_test *list, enum td_engine *engine)
{
    struct CMUnitTest tests[64];
    char names[64][96], title[64];
    size_t n = 0;
    for (; list->name != NULL; list++) {
        if (*engine == TD_ENGINE_SQLITE ? !list->sqlite : !list->postgres)
            continue;
        snprintf(names[n], sizeof names[n], "%s: %s", *engine == TD_ENGINE_SQLITE ? "sqlite" : "postgres", list->name);
        tests[n] = (struct CMUnitTest){names[n], list->run, begin, end, engine};
        n++;
    }
    snprintf(title, sizeof title, "%s %s", *engine == TD_ENGINE_SQLITE ? "sqlite" : "postgres", group);
    return n == 0 ? 0 : _cmocka_run_group_tests(title, tests, n, NULL, NULL);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        const struct env_test *list;
    } groups[] = {
        {"values", values_tests},
        {"statements", statement_tests},
        {"transactions", transaction_tests},
        {"errors", error_tests},
        {"copy", copy_tests},
        {"cancel", cancel_tests},
        {"memory", memory_tests},
        {"sqlite files", sqlite_file_tests},
        {"postgres servers", postgres_server_tests},
    };
    struct td_err err = {0};
    int failed = 0;
    td_drivers_register();
    if (td_sqlite_memory(&err) != TD_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        for (size_t k = 0; k < sizeof engines / sizeof engines[0]; k++)
            failed += run(groups[i].name, groups[i].list, &engines[k]);
    return failed > 0;
}
