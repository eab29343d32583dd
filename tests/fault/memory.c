/* Each allocation of a deploy fails once, on both engines: a clean error, nothing half done, nothing leaked (the
 * sanitizer looks), and a plain deploy afterwards succeeds. tandem's and SQLite's memory comes from td_mem; libpq's own
 * is reached by this program's malloc (libpq_memory.h).
 *
 * Some of the numbers are tried; TANDEM_LONG=1 tries them all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/base/mem.h"
#include "drivers/sqlite/driver.h"
#include "tests/fault/libpq_memory.h"
#include "tests/fault/story.h"

/* One way to make the nth allocation fail. */
struct source {
    const char *name;
    void (*fail_at)(size_t nth);
    size_t (*count)(void);
    size_t every; /* of how many one is tried */
    size_t least; /* failures that must have been seen */
};

static void fail_ours(size_t nth)
{
    td_mem_fail_at(nth, 0);
}

static void sweep(enum td_engine engine, const struct source *from)
{
    struct story s;
    size_t failures = 0;
    story_open(&s, engine);
    for (size_t n = 1;; n = story_next(n, from->every)) {
        char fault[100];
        snprintf(fault, sizeof fault, "allocation %zu of %s", n, from->name);
        from->fail_at(n);
        int rc = project_deploy(&s.p);
        size_t asked = from->count();
        from->fail_at(0);
        failures += rc != TD_OK;
        /* SQLite 3.40's json_valid(), which stands in checks of ours, answers no when it has no memory */
        if (rc != TD_OK && from->count == td_mem_count && rc != TD_ENOMEM && rc != TD_ECHECK)
            fail_msg("%s: rc %d: %s", fault, rc, s.p.err.message);
        story_check(&s, rc, fault);
        if (asked < n)
            break;
        story_restart(&s);
    }
    print_message("%zu failures of %s\n", failures, from->name);
    assert_true(failures >= from->least);
    story_close(&s);
}

static void test_each_allocation_of_a_deploy_to_sqlite_may_fail(void **state)
{
    (void)state;
    sweep(TD_ENGINE_SQLITE, &(struct source){"tandem and SQLite", fail_ours, td_mem_count, 150, 50});
}

static void test_each_allocation_of_a_deploy_to_postgres_may_fail(void **state)
{
    (void)state;
    sweep(TD_ENGINE_POSTGRES, &(struct source){"tandem", fail_ours, td_mem_count, 20, 20});
}

static void test_each_allocation_of_libpq_may_fail(void **state)
{
    (void)state;
    sweep(TD_ENGINE_POSTGRES, &(struct source){"libpq", libpq_memory_fail_at, libpq_memory_count, 20, 20});
}

/* An argument chooses tests by a pattern. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_allocation_of_a_deploy_to_sqlite_may_fail),
        cmocka_unit_test(test_each_allocation_of_a_deploy_to_postgres_may_fail),
        cmocka_unit_test(test_each_allocation_of_libpq_may_fail),
    };
    struct td_err err = {0};
    if (td_sqlite_memory(&err) != TD_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
