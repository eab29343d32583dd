/* The deploy lock: deployers that race, wait, die and come back. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/project.h"

#define DEPLOYERS 5

struct racer {
    struct project p;
    pthread_t thread;
    int rc;
};

static void *race(void *data)
{
    struct racer *r = data;
    r->rc = project_deploy(&r->p);
    return NULL;
}

static void run_race(bool pooled)
{
    struct project p;
    struct racer racers[DEPLOYERS];
    size_t applied = 0;
    project_open(&p, NULL);
    for (int i = 1; i <= 12; i++) {
        char name[32], sql[200];
        snprintf(name, sizeof name, "%02d_m", i);
        snprintf(sql, sizeof sql, i == 1 ? "CREATE TABLE t (n int);" : "INSERT INTO t VALUES (%d);", i);
        project_add(&p, name, i == 7 ? "INSERT INTO t VALUES (7); CREATE INDEX CONCURRENTLY i ON t (n);" : sql);
    }
    for (int i = 0; i < DEPLOYERS; i++) {
        project_join(&racers[i].p, &p);
        racers[i].p.opts.pooled = pooled;
        racers[i].p.opts.wait_ms = 60000;
    }
    for (int i = 0; i < DEPLOYERS; i++)
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    for (int i = 0; i < DEPLOYERS; i++)
        pthread_join(racers[i].thread, NULL);
    for (int i = 0; i < DEPLOYERS; i++) {
        if (racers[i].rc != TD_OK)
            fail_msg("%s | %s", racers[i].p.err.message, racers[i].p.err.why);
        applied += racers[i].p.result.applied;
        project_close(&racers[i].p);
    }
    assert_int_equal(applied, 12);
    assert_string_equal(project_text(&p, "SELECT string_agg(n::text, ',' ORDER BY ctid) FROM t"),
                        "2,3,4,5,6,7,8,9,10,11,12");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem.lease"), "0");
    project_close(&p);
}

static void test_deployers_at_once_apply_each_migration_once(void **state)
{
    (void)state;
    run_race(false);
}

static void test_deployers_at_once_through_a_pooler_apply_each_migration_once(void **state)
{
    (void)state;
    run_race(true);
}

static void hold_lease(struct project *p, const char *values)
{
    char sql[800];
    project_add(p, "1_a", "CREATE TABLE a (n int);");
    assert_deployed(p);
    project_add(p, "2_b", "CREATE TABLE b (n int);");
    snprintf(
        sql, sizeof sql,
        "INSERT INTO tandem.lease (name, owner, host, host_id, pid, pid_started, started_at, heartbeat_at,"
        " backend_pid, backend_started, expires_at) VALUES ('deploy', 'somebody', 'builder-7', 'elsewhere', 4711, 0,"
        " now() - interval '3 min', now(), %s)",
        values);
    project_exec(p, sql);
}

static void test_live_holder_is_named_and_waited_for(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    hold_lease(&p, "NULL, NULL, now() + interval '1 h'");
    p.opts.wait_ms = 400;
    assert_int_equal(project_deploy(&p), TD_EBUSY);
    assert_contains(p.err.message, "host \"builder-7\", pid 4711, for 18");
    assert_contains(p.err.message, "[P1002]");
    assert_contains(p.err.next, "--wait=");
    assert_contains(p.events, "waiting  another deploy on host \"builder-7\"");
    assert_string_equal(project_text(&p, "SELECT owner FROM tandem.lease"), "somebody");
    p.opts.wait_ms = 0;
    assert_int_equal(project_deploy(&p), TD_EBUSY);
    project_exec(&p, "DELETE FROM tandem.lease");
    assert_deployed(&p);
    project_close(&p);
}

static void test_expired_lease_is_taken_over(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    hold_lease(&p, "NULL, NULL, now() - interval '1 s'");
    p.opts.wait_ms = 0;
    assert_deployed(&p);
    project_close(&p);
}

/* The clock was ahead when it was written. */
static void test_lease_of_the_future_is_taken_over(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    hold_lease(&p, "NULL, NULL, now() + interval '1 year'");
    project_exec(&p, "UPDATE tandem.lease SET heartbeat_at = expires_at - interval '10 s'");
    p.opts.wait_ms = 0;
    assert_deployed(&p);
    project_close(&p);
}

static void test_lease_of_a_gone_backend_is_taken_over(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    hold_lease(&p, "999999, now(), now() + interval '1 h'");
    p.opts.wait_ms = 0;
    assert_deployed(&p);
    project_close(&p);
}

static void test_silent_holder_with_a_live_backend_is_ended_first(void **state)
{
    (void)state;
    struct project p, other;
    project_open(&p, NULL);
    project_join(&other, &p);
    char values[200];
    snprintf(values, sizeof values,
             "%1$s, (SELECT backend_start FROM pg_stat_activity WHERE pid = %1$s), now() - interval '1 s'",
             project_text(&other, "SELECT pg_backend_pid()"));
    hold_lease(&p, values);
    assert_deployed(&p);
    struct td_err err = {0};
    assert_int_not_equal(td_db_exec(other.db, "SELECT 1", &err), TD_OK);
    project_close(&other);
    project_close(&p);
}

static void test_lease_cannot_be_taken_from_under_a_transaction_and_beats_meanwhile(void **state)
{
    (void)state;
    struct racer r;
    struct project p;
    project_open(&p, NULL);
    project_add(&p, "1_a", "CREATE TABLE a (n int);");
    assert_deployed(&p);
    project_add(&p, "2_slow", "SELECT pg_sleep(5);");
    project_join(&r.p, &p);
    assert_int_equal(pthread_create(&r.thread, NULL, race, &r), 0);
    for (int i = 0; i < 100 && strcmp(project_text(&p, "SELECT count(*) FROM pg_stat_activity WHERE wait_event ="
                                                       " 'PgSleep' AND datname = current_database()"),
                                      "0") == 0;
         i++)
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    struct td_err err = {0};
    assert_int_equal(td_db_exec(p.db, "SET lock_timeout = '200ms'; DELETE FROM tandem.lease", &err), TD_EBUSY);
    nanosleep(&(struct timespec){.tv_sec = 2, .tv_nsec = 500000000}, NULL);
    assert_string_equal(project_text(&p, "SELECT heartbeat_at > started_at + interval '1.5 s' FROM tandem.lease"), "t");
    pthread_join(r.thread, NULL);
    assert_int_equal(r.rc, TD_OK);
    project_close(&r.p);
    project_close(&p);
}

static void test_prismas_lock_is_respected_and_given_back(void **state)
{
    (void)state;
    struct project p, prisma;
    project_open(&p, NULL);
    project_join(&prisma, &p);
    project_add(&p, "1_a", "CREATE TABLE a (n int);");
    project_exec(&prisma, "SET application_name = 'schema-engine'; SELECT pg_advisory_lock(72707369)");
    p.opts.wait_ms = 300;
    assert_int_equal(project_deploy(&p), TD_EBUSY);
    assert_contains(p.err.message, "72707369");
    assert_contains(p.err.message, "schema-engine");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem.lease"), "0");
    project_exec(&prisma, "SELECT pg_advisory_unlock(72707369)");
    assert_deployed(&p);
    assert_string_equal(project_text(&prisma, "SELECT pg_try_advisory_lock(72707369)"), "t");
    project_close(&prisma);
    project_close(&p);
}

static void test_who_has_locked_the_lease_is_waited_for_as_long_as_asked(void **state)
{
    (void)state;
    struct project p, other;
    project_open(&p, NULL);
    project_add(&p, "1_a", "CREATE TABLE a ();");
    assert_deployed(&p);
    project_join(&other, &p);
    project_exec(&other, "BEGIN; LOCK TABLE tandem.lease IN EXCLUSIVE MODE");
    project_add(&p, "2_b", "CREATE TABLE b ();");
    p.opts.wait_ms = 0;
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    assert_int_equal(project_deploy(&p), TD_EBUSY);
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_true((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 < 1900);
    project_exec(&other, "COMMIT");
    assert_deployed(&p);
    project_close(&other);
    project_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deployers_at_once_apply_each_migration_once),
        cmocka_unit_test(test_deployers_at_once_through_a_pooler_apply_each_migration_once),
        cmocka_unit_test(test_live_holder_is_named_and_waited_for),
        cmocka_unit_test(test_expired_lease_is_taken_over),
        cmocka_unit_test(test_lease_of_the_future_is_taken_over),
        cmocka_unit_test(test_lease_of_a_gone_backend_is_taken_over),
        cmocka_unit_test(test_silent_holder_with_a_live_backend_is_ended_first),
        cmocka_unit_test(test_lease_cannot_be_taken_from_under_a_transaction_and_beats_meanwhile),
        cmocka_unit_test(test_prismas_lock_is_respected_and_given_back),
        cmocka_unit_test(test_who_has_locked_the_lease_is_waited_for_as_long_as_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
