/* What is tried again: a lock that is not had in time, a deadlock, a serialization failure. Nothing else is. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/lib/project.h"

/* Another program with a transaction of its own: `first` at once, `later` after so long, then COMMIT. */
struct other {
    struct project p;
    pthread_t thread;
    const char *later;
    int after_ms;
};

static void *go_on(void *data)
{
    struct other *o = data;
    struct td_err ignored = {0};
    nanosleep(&(struct timespec){.tv_sec = o->after_ms / 1000, .tv_nsec = o->after_ms % 1000 * 1000000L}, NULL);
    (void)!td_db_exec(o->p.db, o->later, &ignored);
    (void)!td_db_exec(o->p.db, "COMMIT", &ignored);
    return NULL;
}

static void other_start(struct other *o, const struct project *p, const char *first, const char *later, int after_ms)
{
    project_join(&o->p, p);
    project_exec(&o->p, first);
    o->later = later;
    o->after_ms = after_ms;
    assert_int_equal(pthread_create(&o->thread, NULL, go_on, o), 0);
}

static void other_end(struct other *o)
{
    pthread_join(o->thread, NULL);
    project_close(&o->p);
}

static void start(struct project *p)
{
    project_open(p, NULL);
    project_add(p, "1_base", "CREATE TABLE t (n int); CREATE TABLE u (n int); CREATE SEQUENCE s;");
    assert_deployed(p);
}

static void test_lock_that_is_not_had_in_time_is_tried_again(void **state)
{
    struct project p;
    struct other o;
    (void)state;
    start(&p);
    project_add(&p, "2_alter", "INSERT INTO u VALUES (1);\nALTER TABLE t ADD COLUMN x int;");
    p.opts.lock_timeout_ms = 200;
    other_start(&o, &p, "BEGIN; LOCK TABLE t", "SELECT 1", 1000);
    assert_deployed(&p);
    other_end(&o);
    assert_contains(p.events, "warning 2_alter ");
    assert_contains(p.events, "lock timeout; try 2 of 5 in 0.");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM u"), "1");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem.migrations WHERE name = '2_alter'"), "1");
    project_close(&p);
}

static void test_lock_that_is_never_had_ends_in_an_error_with_its_place(void **state)
{
    struct project p, other;
    (void)state;
    start(&p);
    project_add(&p, "2_alter", "INSERT INTO u VALUES (1);\n  ALTER TABLE t ADD COLUMN x int;");
    p.opts.lock_timeout_ms = 100;
    project_join(&other, &p);
    project_exec(&other, "BEGIN; LOCK TABLE t");
    assert_int_equal(project_deploy(&p), TD_EBUSY);
    assert_contains(p.events, "try 5 of 5 in ");
    assert_string_equal(p.err.sqlstate, "55P03");
    assert_int_equal(p.err.line, 2);
    assert_int_equal(p.err.column, 3);
    assert_string_equal(project_text(&p, "SELECT count(*) FROM u"), "0");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem.migrations"), "1");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem.lease"), "0");
    project_exec(&other, "ROLLBACK");
    assert_deployed(&p);
    project_close(&other);
    project_close(&p);
}

static void test_deadlock_is_tried_again(void **state)
{
    struct project p;
    struct other o;
    (void)state;
    start(&p);
    project_add(&p, "2_both", "LOCK TABLE t;\nSELECT pg_sleep(0.5);\nLOCK TABLE u;\nINSERT INTO t VALUES (1);");
    p.opts.lock_timeout_ms = 10000;
    other_start(&o, &p, "SET deadlock_timeout = '60s'; BEGIN; LOCK TABLE u", "LOCK TABLE t", 300);
    assert_deployed(&p);
    other_end(&o);
    assert_contains(p.events, "deadlock detected; try 2 of 5");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM t"), "1");
    project_close(&p);
}

/* A sequence goes on over rollbacks: it counts the tries. */
#define FAIL_UNTIL(n, state) "DO $$ BEGIN IF nextval('s') < " #n " THEN RAISE SQLSTATE '" state "'; END IF; END $$;\n"

static void test_serialization_failure_is_tried_again_also_in_a_journalled_file(void **state)
{
    struct project p;
    (void)state;
    start(&p);
    project_add(&p, "2_whole", "INSERT INTO t VALUES (1);\n" FAIL_UNTIL(3, "40001"));
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT last_value FROM s"), "3");
    project_add(
        &p, "3_pieces",
        "CREATE INDEX CONCURRENTLY i ON t (n);\nINSERT INTO t VALUES (2);\n" FAIL_UNTIL(
            6,
            "40001") "INSERT INTO t VALUES (3);\nBEGIN; INSERT INTO t VALUES (4);\n" FAIL_UNTIL(8,
                                                                                                "40001") "COMMIT;\n");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT last_value FROM s"), "8");
    assert_string_equal(project_text(&p, "SELECT string_agg(n::text, ',' ORDER BY n) FROM t"), "1,2,3,4");
    project_close(&p);
}

static void test_other_errors_are_not_tried_again(void **state)
{
    struct project p;
    (void)state;
    start(&p);
    project_add(&p, "2_whole", FAIL_UNTIL(9, "22012"));
    assert_int_equal(project_deploy(&p), TD_EDATA);
    assert_string_equal(project_text(&p, "SELECT last_value FROM s"), "1");
    project_close(&p);
}

static void cancel_at_warning(const struct td_deploy_event *ev, void *data)
{
    if (ev->kind == TD_EV_WARNING)
        *(atomic_bool *)data = true;
}

static void test_cancel_ends_the_wait_for_the_next_try(void **state)
{
    struct project p, other;
    atomic_bool cancelled = false;
    (void)state;
    start(&p);
    project_add(&p, "2_alter", "ALTER TABLE t ADD COLUMN x int;");
    project_join(&other, &p);
    project_exec(&other, "BEGIN; LOCK TABLE t");
    p.opts.lock_timeout_ms = 100;
    p.opts.cancelled = &cancelled;
    p.opts.on_event = cancel_at_warning;
    p.opts.data = (void *)&cancelled;
    assert_int_equal(project_deploy(&p), TD_ECANCELLED);
    assert_contains(p.err.next, "tandem migrate deploy");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem.lease"), "0");
    project_close(&other);
    project_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lock_that_is_not_had_in_time_is_tried_again),
        cmocka_unit_test(test_lock_that_is_never_had_ends_in_an_error_with_its_place),
        cmocka_unit_test(test_deadlock_is_tried_again),
        cmocka_unit_test(test_serialization_failure_is_tried_again_also_in_a_journalled_file),
        cmocka_unit_test(test_other_errors_are_not_tried_again),
        cmocka_unit_test(test_cancel_ends_the_wait_for_the_next_try),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
