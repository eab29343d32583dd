/* Files that PostgreSQL cannot run in one transaction: piece by piece, each piece once, going on where it stopped. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/project.h"

static void start(struct project *p)
{
    project_open(p, NULL);
    project_add(p, "1_base",
                "CREATE TABLE t (n int, s text); CREATE TABLE log (what text);"
                "INSERT INTO t VALUES (1, 'a'), (1, 'b');");
    assert_deployed(p);
}

static void test_concurrent_index_is_built_and_recorded(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "2_index",
                "-- one\nCREATE INDEX CONCURRENTLY t_n ON t (n);\nVACUUM t;\nREINDEX INDEX CONCURRENTLY "
                "t_n;\nDROP INDEX CONCURRENTLY t_n;\nCREATE INDEX CONCURRENTLY t_s ON t (s);\n");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT statements_applied FROM tandem.migrations WHERE name = '2_index'"),
                        "5");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem.journal"), "0");
    assert_string_equal(project_text(&p, "SELECT indisvalid FROM pg_index WHERE indexrelid = 't_s'::regclass"), "t");
    assert_string_equal(project_text(&p, "SELECT to_regclass('t_n')"), "NULL");
    project_close(&p);
}

static void test_failure_resumes_at_the_statement_and_drops_the_invalid_index(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "2_index",
                "INSERT INTO log VALUES ('first');\n"
                "CREATE UNIQUE INDEX CONCURRENTLY t_n ON t (n);\n"
                "INSERT INTO log VALUES ('last');\n");
    assert_int_equal(project_deploy(&p), TD_EUNIQUE);
    assert_int_equal(p.err.line, 2);
    assert_int_equal(p.err.column, 1);
    assert_contains(p.err.next, "goes on at this statement");
    assert_string_equal(project_text(&p, "SELECT indisvalid FROM pg_index WHERE indexrelid = 't_n'::regclass"), "f");
    assert_string_equal(project_text(&p, "SELECT statements_applied FROM tandem.migrations WHERE finished_at IS NULL"
                                         " AND error LIKE '%uniq%'"),
                        "1");
    project_status(&p);
    assert_string_equal(project_state(&p, "2_index"), "partial");
    project_exec(&p, "DELETE FROM t WHERE s = 'b'");
    assert_deployed(&p);
    assert_contains(p.events, "resumed 2_index");
    assert_string_equal(project_text(&p, "SELECT string_agg(what, ',') FROM log"), "first,last");
    assert_string_equal(project_text(&p, "SELECT indisvalid FROM pg_index WHERE indexrelid = 't_n'::regclass"), "t");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem.migrations WHERE finished_at IS NOT NULL"
                                         " AND error IS NULL"),
                        "2");
    project_close(&p);
}

static void test_file_may_be_corrected_after_what_ran_but_not_before(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "2_index", "INSERT INTO log VALUES ('first');\nCREATE INDEX CONCURRENTLY i ON t (wrong);\n");
    assert_int_equal(project_deploy(&p), TD_ESCHEMA);
    project_add(&p, "2_index", "INSERT INTO log VALUES ('other');\nCREATE INDEX CONCURRENTLY i ON t (n);\n");
    assert_int_equal(project_deploy(&p), TD_EHISTORY);
    assert_int_equal(p.err.code, TD_C_MIG_RESUME);
    project_add(&p, "2_index", "INSERT INTO log VALUES ('first');\nCREATE INDEX CONCURRENTLY i ON t (n);\n");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT string_agg(what, ',') FROM log"), "first");
    project_status(&p);
    assert_string_equal(project_state(&p, "2_index"), "applied");
    project_close(&p);
}

static void test_new_enum_value_is_used_in_the_same_file(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "2_enum", "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE e (m mood);");
    project_add(&p, "3_enum", "ALTER TYPE mood ADD VALUE 'it''s ok';\nINSERT INTO e VALUES ('it''s ok');\n");
    project_add(&p, "4_enum", "ALTER TYPE mood ADD VALUE 'unused';\nINSERT INTO e VALUES ('sad');\n");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT count(*) FROM e"), "2");
    assert_string_equal(project_text(&p, "SELECT statements_applied FROM tandem.migrations WHERE name = '3_enum'"),
                        "2");
    project_close(&p);
}

static void test_own_transactions_are_units(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "2_own",
                "BEGIN ISOLATION LEVEL SERIALIZABLE;\nINSERT INTO log VALUES ('a');\nCOMMIT;\n"
                "BEGIN; INSERT INTO log VALUES ('never'); ROLLBACK;\n"
                "BEGIN;\nINSERT INTO log VALUES ('b');\nSELECT 1 / (SELECT count(*) FROM t WHERE n = 7);\n"
                "END;\n");
    assert_int_equal(project_deploy(&p), TD_EDATA);
    assert_int_equal(p.err.line, 7);
    assert_string_equal(p.err.sqlstate, "22012");
    assert_string_equal(project_text(&p, "SELECT string_agg(what, ',') FROM log"), "a");
    assert_string_equal(project_text(&p, "SELECT statements_applied FROM tandem.journal"), "6");
    project_exec(&p, "INSERT INTO t VALUES (7)");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT string_agg(what, ',') FROM log"), "a,b");
    project_close(&p);
}

static void test_transactions_that_only_read_are_noted_after_their_end(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(
        &p, "2_reads",
        "BEGIN READ ONLY;\nSELECT 1 / (SELECT count(*) FROM t);\nCOMMIT;\n"
        "INSERT INTO log VALUES ('a');\n"
        "START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE; SELECT 1; COMMIT;\n"
        "BEGIN; SET TRANSACTION READ ONLY; SELECT 2; COMMIT AND CHAIN; SELECT 3; COMMIT AND CHAIN;\n"
        "SET TRANSACTION READ WRITE; INSERT INTO log VALUES ('b'); COMMIT;\n"
        "BEGIN; INSERT INTO log VALUES ('c'); COMMIT AND CHAIN; SET LOCAL transaction_read_only = on; SELECT 4; "
        "COMMIT;\nBEGIN READ ONLY; SELECT 5; ROLLBACK;\nSELECT 1 / (SELECT count(*) FROM t WHERE n = 7);\n");
    assert_int_equal(project_deploy(&p), TD_EDATA);
    assert_string_equal(p.err.sqlstate, "22012");
    assert_int_equal(p.err.line, 10);
    assert_string_equal(project_text(&p, "SELECT statements_applied FROM tandem.journal"), "25");
    project_exec(&p, "INSERT INTO t VALUES (7)");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT string_agg(what, ',') FROM log"), "a,b,c");
    project_close(&p);
}

static void test_a_transaction_that_writes_before_it_only_reads_runs_once_or_not_at_all(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "2_turns", "BEGIN; INSERT INTO log VALUES ('a'); SET TRANSACTION READ ONLY; SELECT 1; COMMIT;");
    assert_int_equal(project_deploy(&p), TD_EDATA);
    assert_contains(p.err.message, "has written");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM log"), "0");
    project_close(&p);
}

static void test_a_file_may_say_how_its_one_transaction_runs(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "2_reads", "SET TRANSACTION READ ONLY;\nSELECT 1 / (SELECT count(*) FROM t);\n");
    project_add(&p, "3_level",
                "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; INSERT INTO log SELECT "
                "current_setting('transaction_isolation');\nSELECT 1 / (SELECT count(*) FROM t WHERE n = 7);\n");
    project_add(&p, "4_without", "SET TRANSACTION READ ONLY; VACUUM t; INSERT INTO log VALUES ('a');");
    assert_int_equal(project_deploy(&p), TD_EDATA);
    assert_int_equal(p.err.line, 2);
    assert_string_equal(project_text(&p, "SELECT count(*) FROM log"), "0");
    project_exec(&p, "INSERT INTO t VALUES (7)");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT string_agg(what, ',') FROM log"), "serializable,a");
    assert_string_equal(project_text(&p, "SELECT string_agg(statements_applied::text, ',' ORDER BY name) FROM "
                                         "tandem.migrations"),
                        "3,2,3,3");
    project_close(&p);
}

static void test_own_transactions_find_the_schema_of_the_url_behind_a_pooler(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    project_exec(&p, "CREATE SCHEMA app");
    p.opts.schema = "app";
    p.opts.pooled = true;
    project_add(&p, "1_own",
                "BEGIN; CREATE TABLE x (); COMMIT AND CHAIN; CREATE TABLE y (); COMMIT;"
                "BEGIN ISOLATION LEVEL SERIALIZABLE; SET TRANSACTION READ ONLY; SELECT * FROM y; COMMIT;");
    project_add(&p, "2_bare", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; CREATE TABLE z ();");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT count(*) FROM pg_tables WHERE schemaname = 'app' AND "
                                         "tablename IN ('x', 'y', 'z')"),
                        "3");
    project_close(&p);
}

static void test_what_commits_by_itself_runs_alone(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "2_do",
                "INSERT INTO log VALUES ('a');\n"
                "DO $$ BEGIN FOR i IN 1..2 LOOP INSERT INTO log VALUES ('b' || i); COMMIT; END LOOP; END $$;\n"
                "CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (''c''); COMMIT; "
                "INSERT INTO log VALUES (''never''); ROLLBACK; END';\nCALL p();\n");
    project_add(&p, "3_call", "INSERT INTO log VALUES ('x'); CALL public.p();");
    project_add(&p, "4_whole",
                "-- COMMIT\nDO $$ BEGIN PERFORM 'COMMIT;'; INSERT INTO log VALUES ('d'); END $$;\n"
                "CREATE PROCEDURE q() LANGUAGE sql AS 'INSERT INTO log VALUES (''commit'')';\nCALL q();\n"
                "SELECT 1 / (SELECT count(*) FROM t WHERE n = 7);\n");
    assert_int_equal(project_deploy(&p), TD_EDATA);
    assert_string_equal(project_text(&p, "SELECT string_agg(what, ',') FROM log"), "a,b1,b2,c,x,c");
    assert_string_equal(project_text(&p, "SELECT statements_applied FROM tandem.migrations WHERE name = '2_do'"), "4");
    project_add(&p, "3_call_again", "CALL p();");
    project_add(&p, "4_whole", "SELECT 1;");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT string_agg(what, ',') FROM log"), "a,b1,b2,c,x,c,c");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem.journal"), "0");
    project_close(&p);
}

static void test_transaction_left_open_is_refused_before_anything_runs(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "2_a", "INSERT INTO log VALUES ('a');");
    project_add(&p, "3_b", "INSERT INTO log VALUES ('b');\n  BEGIN; INSERT INTO log VALUES ('c');");
    assert_int_equal(project_deploy(&p), TD_EDATA);
    assert_int_equal(p.err.line, 2);
    assert_int_equal(p.err.column, 3);
    assert_string_equal(project_text(&p, "SELECT count(*) FROM log"), "0");
    project_close(&p);
}

static void test_settings_hold_over_a_resume_and_end_with_the_file(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "2_set",
                "CREATE SCHEMA other; SET search_path TO other;\n"
                "CREATE TABLE inside (n int);\nCREATE INDEX CONCURRENTLY i ON missing (n);\n"
                "CREATE TABLE behind (n int);\n");
    assert_int_equal(project_deploy(&p), TD_ESCHEMA);
    project_exec(&p, "CREATE TABLE other.missing (n int)");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT to_regclass('other.behind')"), "other.behind");
    project_add(&p, "3_after", "CREATE TABLE after (n int);");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT to_regclass('public.after')"), "after");
    project_close(&p);
}

/* A deployer that is killed without a word. `ready`: a query that says when it is in the middle. */
static void kill_in_the_middle(struct project *p, const char *ready)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct project mine;
        project_join(&mine, p);
        (void)!project_deploy(&mine);
        _exit(0);
    }
    for (int i = 0; i < 200 && strcmp(project_text(p, ready), "0") == 0; i++)
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    assert_string_not_equal(project_text(p, ready), "0");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void test_killed_in_a_concurrent_statement_goes_on(void **state)
{
    (void)state;
    struct project p, other;
    start(&p);
    project_join(&other, &p);
    project_add(&p, "2_index",
                "INSERT INTO log VALUES ('first');\nCREATE INDEX CONCURRENTLY t_n ON t (n);\n"
                "INSERT INTO log VALUES ('last');\n");
    project_exec(&other, "BEGIN; INSERT INTO t VALUES (5)"); /* the index has to wait for this one */
    kill_in_the_middle(&p, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%'"
                           " AND wait_event_type = 'Lock' AND datname = current_database()");
    assert_string_equal(project_text(&p, "SELECT indisvalid FROM pg_index WHERE indexrelid = 't_n'::regclass"), "f");
    project_exec(&other, "COMMIT");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT string_agg(what, ',') FROM log"), "first,last");
    assert_string_equal(project_text(&p, "SELECT indisvalid FROM pg_index WHERE indexrelid = 't_n'::regclass"), "t");
    project_close(&other);
    project_close(&p);
}

static void test_killed_in_a_transaction_leaves_the_state_before(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "2_slow", "INSERT INTO log VALUES ('once'); SELECT pg_sleep(30);");
    kill_in_the_middle(&p, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                           " AND datname = current_database()");
    project_add(&p, "2_slow", "INSERT INTO log VALUES ('once');");
    time_t began = time(NULL);
    assert_deployed(&p); /* straight after, without a human, without waiting for the sleep */
    assert_true(time(NULL) - began < 5);
    assert_string_equal(project_text(&p, "SELECT string_agg(what, ',') FROM log"), "once");
    project_add(&p, "3_reads", "INSERT INTO log VALUES ('r');\nBEGIN READ ONLY;\nSELECT pg_sleep(30);\nCOMMIT;\n");
    kill_in_the_middle(&p, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                           " AND datname = current_database()");
    project_add(&p, "3_reads", "INSERT INTO log VALUES ('r');\nBEGIN READ ONLY;\nSELECT 1;\nCOMMIT;\n");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT string_agg(what, ',') FROM log"), "once,r");
    project_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_concurrent_index_is_built_and_recorded),
        cmocka_unit_test(test_failure_resumes_at_the_statement_and_drops_the_invalid_index),
        cmocka_unit_test(test_file_may_be_corrected_after_what_ran_but_not_before),
        cmocka_unit_test(test_new_enum_value_is_used_in_the_same_file),
        cmocka_unit_test(test_own_transactions_are_units),
        cmocka_unit_test(test_transactions_that_only_read_are_noted_after_their_end),
        cmocka_unit_test(test_a_transaction_that_writes_before_it_only_reads_runs_once_or_not_at_all),
        cmocka_unit_test(test_a_file_may_say_how_its_one_transaction_runs),
        cmocka_unit_test(test_own_transactions_find_the_schema_of_the_url_behind_a_pooler),
        cmocka_unit_test(test_what_commits_by_itself_runs_alone),
        cmocka_unit_test(test_transaction_left_open_is_refused_before_anything_runs),
        cmocka_unit_test(test_settings_hold_over_a_resume_and_end_with_the_file),
        cmocka_unit_test(test_killed_in_a_concurrent_statement_goes_on),
        cmocka_unit_test(test_killed_in_a_transaction_leaves_the_state_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
