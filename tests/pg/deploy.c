/* Deploying to a real PostgreSQL: transactions, history, refusals. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/project.h"

static void test_deploy_applies_in_order_and_records(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    project_add(&p, "20260102000000_b", "INSERT INTO t VALUES (2);");
    project_add(&p, "20260101000000_a", "CREATE TABLE t (n int);\nINSERT INTO t VALUES (1);\n");
    assert_deployed(&p);
    assert_int_equal(p.result.applied, 2);
    assert_string_equal(project_text(&p, "SELECT string_agg(n::text, ',') FROM t"), "1,2");
    assert_string_equal(project_text(&p, "SELECT string_agg(name, ',' ORDER BY started_at) FROM tandem.migrations"
                                         " WHERE finished_at > started_at AND rolled_back_at IS NULL"),
                        "20260101000000_a,20260102000000_b");
    assert_string_equal(project_text(&p, "SELECT checksum FROM tandem.migrations WHERE name LIKE '%b'"),
                        p.folder.at[1].checksum);
    assert_string_equal(project_text(&p, "SELECT text FROM tandem.migration_text WHERE name LIKE '%b'"),
                        "INSERT INTO t VALUES (2);");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem.lease"), "0");
    assert_deployed(&p);
    assert_int_equal(p.result.applied, 0);
    assert_int_equal(p.result.already, 2);
    project_close(&p);
}

static void test_file_reaches_the_server_byte_for_byte(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    const char *sql = "/* in front */ CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$\n"
                      "  -- kept as it is;\r\n\tSELECT 'h\xc3\xa4' || ';' $$; -- behind\n";
    project_add(&p, "1_f", sql);
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT prosrc FROM pg_proc WHERE proname = 'f'"),
                        "\n  -- kept as it is;\r\n\tSELECT 'h\xc3\xa4' || ';' ");
    assert_string_equal(project_text(&p, "SELECT text FROM tandem.migration_text"), sql);
    project_close(&p);
}

static void test_names_and_texts_are_recorded_as_they_are_whatever_a_file_sets(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    const char *sql = "SET client_encoding = 'LATIN1';\nSET standard_conforming_strings = off;\n"
                      "CREATE TABLE t AS SELECT E'\\\\ it''s \xc3\xa4'::text AS v;\n";
    project_add(&p, "1_\xc3\xa4\\'s", sql);
    project_add(&p, "2_after", "INSERT INTO t VALUES ('\\');");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT string_agg(v, '|') FROM t"), "\\ it's \xc3\xa4|\\");
    assert_string_equal(project_text(&p, "SELECT name FROM tandem.migrations ORDER BY started_at LIMIT 1"),
                        "1_\xc3\xa4\\'s");
    assert_string_equal(project_text(&p, "SELECT text FROM tandem.migration_text ORDER BY name LIMIT 1"), sql);
    assert_deployed(&p);
    assert_int_equal(p.result.already, 2);
    project_close(&p);
}

static void test_empty_and_comment_only_files_are_applied(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    project_add(&p, "1_empty", "");
    project_add(&p, "2_comment", "-- This is an empty migration.");
    assert_deployed(&p);
    assert_int_equal(p.result.applied, 2);
    project_close(&p);
}

static void test_failing_statement_leaves_nothing_and_names_its_place(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    project_add(&p, "1_a", "CREATE TABLE t (n int);");
    project_add(&p, "2_b",
                "CREATE TABLE u (n int);\n-- \xc3\xa4\xc3\xb6\n/* \xc3\xbc */ ALTER TABLE missing ADD c int;\n");
    assert_int_equal(project_deploy(&p), TD_ESCHEMA);
    assert_int_equal(p.err.line, 3);
    assert_int_equal(p.err.column, 9);
    assert_string_equal(p.err.sqlstate, "42P01");
    assert_contains(p.err.path, "2_b/migration.sql");
    assert_contains(p.err.message, "[P3018]");
    assert_contains(p.err.next, "tandem migrate deploy");
    assert_int_equal(p.result.applied, 1);
    assert_string_equal(p.result.failed, "2_b");
    assert_string_equal(project_text(&p, "SELECT to_regclass('u')"), "NULL");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem.migrations"), "1");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem.lease"), "0");
    project_add(&p, "2_b", "CREATE TABLE u (n int);");
    assert_deployed(&p);
    project_close(&p);
}

static void test_error_without_position_names_its_statement(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    project_add(&p, "1_a",
                "CREATE TABLE t (n int UNIQUE);\nINSERT INTO t VALUES (1);\n\n  INSERT INTO t VALUES (1);\n");
    assert_int_equal(project_deploy(&p), TD_EUNIQUE);
    assert_int_equal(p.err.line, 4);
    assert_int_equal(p.err.column, 3);
    assert_string_equal(p.err.sqlstate, "23505");
    project_close(&p);
}

static void test_deferred_constraint_fails_with_the_migration(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    project_add(&p, "1_a",
                "CREATE TABLE t (n int PRIMARY KEY, m int REFERENCES t DEFERRABLE INITIALLY DEFERRED);\n"
                "INSERT INTO t VALUES (1, 2);");
    assert_int_equal(project_deploy(&p), TD_EFOREIGN);
    assert_contains(p.err.path, "1_a");
    assert_string_equal(project_text(&p, "SELECT to_regclass('t')"), "NULL");
    project_close(&p);
}

static void test_edited_missing_and_late_are_all_named(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    project_add(&p, "20260101000000_a", "CREATE TABLE a (n int);");
    project_add(&p, "20260103000000_c", "CREATE TABLE c (n int);");
    project_add(&p, "20260104000000_d", "CREATE TABLE d (n int);\n");
    assert_deployed(&p);
    project_add(&p, "20260101000000_a", "CREATE TABLE a (n bigint);");
    project_add(&p, "20260102000000_b", "CREATE TABLE b (n int);");
    project_add(&p, "20260104000000_d", "CREATE TABLE d (n int);\r\n"); /* only line ends: no edit */
    project_add(&p, "20260105000000_e", "CREATE TABLE e (n int);");
    project_remove(&p, "20260103000000_c");
    project_status(&p);
    assert_string_equal(project_state(&p, "20260101000000_a"), "edited");
    assert_string_equal(project_state(&p, "20260102000000_b"), "late");
    assert_string_equal(project_state(&p, "20260103000000_c"), "missing");
    assert_string_equal(project_state(&p, "20260104000000_d"), "applied");
    assert_string_equal(project_state(&p, "20260105000000_e"), "pending");
    assert_int_equal(project_deploy(&p), TD_EHISTORY);
    assert_contains(p.err.message, "\"20260101000000_a\" was edited");
    assert_contains(p.err.message, "\"20260102000000_b\" is late");
    assert_contains(p.err.message, "\"20260103000000_c\" is applied, but");
    assert_contains(p.err.next, "resolve --applied 20260101000000_a");
    assert_contains(p.err.next, "mv ");
    assert_string_equal(project_text(&p, "SELECT to_regclass('e')"), "NULL");

    /* each of the commands solves its part */
    assert_int_equal(project_resolve(&p, TD_RESOLVE_APPLIED, "20260101000000_a"), TD_OK);
    assert_int_equal(project_resolve(&p, TD_RESOLVE_ROLLED_BACK, "20260103000000_c"), TD_OK);
    project_remove(&p, "20260102000000_b");
    project_add(&p, "20260106000000_b", "CREATE TABLE b (n int);");
    assert_deployed(&p);
    assert_int_equal(p.result.applied, 2);
    project_close(&p);
}

static void test_settings_of_a_file_do_not_leak(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    project_exec(&p, "CREATE ROLE leaky_role");
    project_add(&p, "1_dump",
                "SET statement_timeout = 0; SET standard_conforming_strings = off;\n"
                "SELECT pg_catalog.set_config('search_path', '', false);\n"
                "CREATE TABLE public.t (n int); SET ROLE leaky_role;");
    project_add(&p, "2_plain", "CREATE TABLE u (s text DEFAULT 'a\\b'); INSERT INTO u DEFAULT VALUES;");
    project_exec(&p, "SET application_name = 'mine'");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT s FROM public.u"), "a\\b");
    assert_string_equal(project_text(&p, "SELECT current_setting('application_name')"), "mine");
    assert_string_equal(project_text(&p, "SELECT current_setting('role')"), "none");
    project_exec(&p, "DROP ROLE leaky_role");
    project_close(&p);
}

static void test_database_with_tables_and_no_history_is_refused_then_baselined(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    project_exec(&p, "CREATE TABLE a (n int)");
    project_add(&p, "1_a", "CREATE TABLE a (n int);");
    project_add(&p, "2_b", "CREATE TABLE b (n int);");
    assert_int_equal(project_deploy(&p), TD_EHISTORY);
    assert_contains(p.err.message, "[P3005]");
    assert_contains(p.err.next, "--baseline");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM pg_namespace WHERE nspname = 'tandem'"), "0");
    assert_int_equal(project_resolve(&p, TD_RESOLVE_BASELINE, "1_a"), TD_OK);
    assert_deployed(&p);
    assert_int_equal(p.result.applied, 1);
    project_close(&p);
}

static void test_schema_of_the_url_is_made_and_used(void **state)
{
    (void)state;
    struct project first, p;
    project_open(&first, NULL);
    project_exec(&first, "CREATE TABLE other (n int)"); /* public is not empty: that is another schema's matter */
    char url[600];
    snprintf(url, sizeof url, "%s", project_text(&first, "SELECT current_database()"));
    project_add(&first, "1_a", "CREATE TABLE t (n int); CREATE INDEX ON t (n);");
    project_add(&first, "2_b", "CREATE INDEX CONCURRENTLY t_n ON t (n);");
    project_join(&p, &first);
    p.opts.schema = "App Data";
    project_exec(&p, "SET search_path TO \"App Data\"");
    assert_deployed(&p);
    assert_string_equal(project_text(&first, "SELECT to_regclass('\"App Data\".t')"), "\"App Data\".t");
    project_close(&p);
    project_close(&first);
}

static void test_lock_timeout_is_retried(void **state)
{
    (void)state;
    struct project p, other;
    project_open(&p, NULL);
    project_add(&p, "1_a", "CREATE TABLE t (n int);");
    assert_deployed(&p);
    project_join(&other, &p);
    project_add(&p, "2_b", "ALTER TABLE t ADD c int;");
    project_exec(&other, "BEGIN; SELECT * FROM t");
    p.opts.lock_timeout_ms = 100;
    assert_int_equal(project_deploy(&p), TD_EBUSY);
    assert_string_equal(p.err.sqlstate, "55P03");
    assert_contains(p.events, "try 2 of 5");
    assert_contains(p.events, "try 5 of 5");
    project_exec(&other, "COMMIT");
    assert_deployed(&p);
    project_close(&other);
    project_close(&p);
}

static atomic_bool cancel_flag;

static void *cancel_soon(void *db)
{
    nanosleep(&(struct timespec){.tv_nsec = 400000000}, NULL);
    cancel_flag = 1;
    td_db_cancel(db);
    return NULL;
}

static void test_cancel_rolls_back_and_deploy_goes_on(void **state)
{
    (void)state;
    struct project p;
    pthread_t thread;
    project_open(&p, NULL);
    project_add(&p, "1_a", "CREATE TABLE t (n int);");
    project_add(&p, "2_b", "CREATE TABLE u (n int); SELECT pg_sleep(20);");
    cancel_flag = 0;
    p.opts.cancelled = &cancel_flag;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, p.db), 0);
    assert_int_equal(project_deploy(&p), TD_ECANCELLED);
    pthread_join(thread, NULL);
    assert_contains(p.err.next, "tandem migrate deploy");
    assert_contains(p.err.why, "1 of 2");
    cancel_flag = 0;
    assert_string_equal(project_text(&p, "SELECT to_regclass('u')"), "NULL");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem.lease"), "0");
    project_add(&p, "2_b", "CREATE TABLE u (n int);");
    assert_deployed(&p);
    project_close(&p);
}

static void test_to_stops_there(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    project_add(&p, "1_a", "CREATE TABLE a (n int);");
    project_add(&p, "2_b", "CREATE TABLE b (n int);");
    project_add(&p, "3_c", "CREATE TABLE c (n int);");
    p.opts.to = "2_b";
    assert_deployed(&p);
    assert_int_equal(p.result.applied, 2);
    p.opts.to = "9_x";
    assert_int_equal(project_deploy(&p), TD_ENOTFOUND);
    assert_contains(p.err.message, "[P3017]");
    project_close(&p);
}

static void test_plan_writes_nothing(void **state)
{
    (void)state;
    struct project p;
    struct td_plan plan;
    project_open(&p, NULL);
    project_add(&p, "1_a", "CREATE TABLE a (n int);");
    project_add(&p, "2_b", "CREATE INDEX CONCURRENTLY i ON a (n);");
    project_status(&p);
    assert_int_equal(td_deploy_plan(&p.arena, p.db, &p.folder, &p.opts, &plan, &p.err), TD_OK);
    assert_int_equal(plan.len, 2);
    assert_true(plan.at[0].transactional);
    assert_false(plan.at[1].transactional);
    assert_contains(plan.at[1].why_not, "CONCURRENTLY");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM pg_namespace WHERE nspname = 'tandem'"), "0");
    project_close(&p);
}

static void test_statement_that_our_parser_cannot_read_goes_to_the_server(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    project_add(&p, "1_a", "CREATE TABLE a (n int);\nCREATE TABLE b (n int) WOBBLY;\n");
    assert_int_equal(project_deploy(&p), TD_ESYNTAX);
    assert_contains(p.events, "migration.sql:2:1: this statement is newer than our parser");
    assert_int_equal(p.err.line, 2);
    assert_int_equal(p.err.column, 24);
    assert_string_equal(p.err.sqlstate, "42601");
    project_close(&p);
}

static void test_sqlite_folder_is_refused(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    project_add(&p, "1_a", "CREATE TABLE a (n INTEGER PRIMARY KEY AUTOINCREMENT);");
    char path[600];
    snprintf(path, sizeof path, "%s/migration_lock.toml", p.dir);
    FILE *f = fopen(path, "w");
    fputs("# comment\nprovider = \"sqlite\"\n", f);
    fclose(f);
    assert_int_equal(project_deploy(&p), TD_EDATA);
    assert_contains(p.err.message, "[P3019]");
    project_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deploy_applies_in_order_and_records),
        cmocka_unit_test(test_file_reaches_the_server_byte_for_byte),
        cmocka_unit_test(test_names_and_texts_are_recorded_as_they_are_whatever_a_file_sets),
        cmocka_unit_test(test_empty_and_comment_only_files_are_applied),
        cmocka_unit_test(test_failing_statement_leaves_nothing_and_names_its_place),
        cmocka_unit_test(test_error_without_position_names_its_statement),
        cmocka_unit_test(test_deferred_constraint_fails_with_the_migration),
        cmocka_unit_test(test_edited_missing_and_late_are_all_named),
        cmocka_unit_test(test_settings_of_a_file_do_not_leak),
        cmocka_unit_test(test_database_with_tables_and_no_history_is_refused_then_baselined),
        cmocka_unit_test(test_schema_of_the_url_is_made_and_used),
        cmocka_unit_test(test_lock_timeout_is_retried),
        cmocka_unit_test(test_cancel_rolls_back_and_deploy_goes_on),
        cmocka_unit_test(test_to_stops_there),
        cmocka_unit_test(test_plan_writes_nothing),
        cmocka_unit_test(test_statement_that_our_parser_cannot_read_goes_to_the_server),
        cmocka_unit_test(test_sqlite_folder_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
