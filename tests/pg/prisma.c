/* Databases that Prisma 7 made: its table in all its states, taken over, written in Prisma's own form, given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/project.h"

/* As Prisma's schema engine makes it. */
static const char *const prisma_table = "CREATE TABLE _prisma_migrations ("
                                        " id VARCHAR(36) PRIMARY KEY NOT NULL,"
                                        " checksum VARCHAR(64) NOT NULL,"
                                        " finished_at TIMESTAMPTZ,"
                                        " migration_name VARCHAR(255) NOT NULL,"
                                        " logs TEXT,"
                                        " rolled_back_at TIMESTAMPTZ,"
                                        " started_at TIMESTAMPTZ NOT NULL DEFAULT now(),"
                                        " applied_steps_count INTEGER NOT NULL DEFAULT 0)";

static const char *const init_sql = "CREATE TABLE a (n int);\n";

/* A row in one of Prisma's states; the checksum is the file's. */
static void add_row(struct project *p, const char *name, const char *columns, const char *values)
{
    char sql[1200];
    const struct td_migration *m = td_folder_find(&p->folder, name);
    assert_non_null(m);
    snprintf(sql, sizeof sql,
             "INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at%s) VALUES"
             " (gen_random_uuid()::text, '%s', '%s', now() - interval '1 d'%s)",
             columns, m->checksum, name, values);
    project_exec(p, sql);
}

static void start(struct project *p)
{
    project_open(p, NULL);
    project_exec(p, prisma_table);
    project_add(p, "20260101000000_init", init_sql);
    project_add(p, "20260102000000_more", "CREATE TABLE b (n int);\n");
    project_status(p);
    project_exec(p, init_sql);
    add_row(p, "20260101000000_init", ", finished_at, applied_steps_count", ", now(), 1");
}

static void test_success_row_is_in_sync_and_deploy_goes_on_in_prismas_form(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_status(&p);
    assert_string_equal(project_state(&p, "20260101000000_init"), "applied");
    assert_string_equal(project_state(&p, "20260102000000_more"), "pending");
    assert_deployed(&p);
    assert_int_equal(p.result.applied, 1);
    assert_string_equal(project_text(&p, "SELECT count(*) FROM _prisma_migrations WHERE migration_name ="
                                         " '20260102000000_more' AND finished_at > started_at AND logs IS NULL"
                                         " AND rolled_back_at IS NULL AND applied_steps_count = 1"
                                         " AND checksum ~ '^[0-9a-f]{64}$' AND id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}"
                                         "-[0-9a-f]{12}$'"),
                        "1");
    assert_string_equal(project_text(&p, "SELECT to_regclass('tandem.migrations')"), "NULL");
    /* what Prisma applied keeps its text beside the history, too */
    assert_string_equal(project_text(&p, "SELECT text FROM tandem.migration_text WHERE name LIKE '%init'"), init_sql);
    project_status(&p);
    assert_string_equal(project_state(&p, "20260102000000_more"), "applied");
    project_close(&p);
}

static void test_texts_are_kept_by_a_deploy_with_nothing_pending(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_remove(&p, "20260102000000_more");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem.migration_text"), "1");
    project_close(&p);
}

static void test_failed_row_blocks_until_it_is_resolved(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    add_row(&p, "20260102000000_more", ", logs", ", 'A migration failed to apply.'");
    project_status(&p);
    assert_string_equal(project_state(&p, "20260102000000_more"), "failed");
    assert_int_equal(project_deploy(&p), TD_EHISTORY);
    assert_contains(p.err.message, "[P3009]");
    assert_contains(p.err.next, "resolve --rolled-back 20260102000000_more");

    assert_int_equal(project_resolve(&p, TD_RESOLVE_ROLLED_BACK, "20260102000000_more"), TD_OK);
    assert_int_equal(project_resolve(&p, TD_RESOLVE_ROLLED_BACK, "20260102000000_more"), TD_OK); /* again: nothing */
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT string_agg((rolled_back_at IS NOT NULL)::text || applied_steps_count,"
                                         " ',' ORDER BY started_at) FROM _prisma_migrations WHERE migration_name"
                                         " = '20260102000000_more'"),
                        "true0,false1");
    project_close(&p);
}

static void test_failed_row_marked_as_applied_gets_a_new_row(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    add_row(&p, "20260102000000_more", ", logs", ", 'A migration failed to apply.'");
    project_exec(&p, "CREATE TABLE b (n int)");
    assert_int_equal(project_resolve(&p, TD_RESOLVE_APPLIED, "20260102000000_more"), TD_OK);
    assert_string_equal(project_text(&p,
                                     "SELECT count(*) FROM _prisma_migrations WHERE migration_name ="
                                     " '20260102000000_more' AND rolled_back_at IS NOT NULL AND finished_at IS NULL"),
                        "1");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM _prisma_migrations WHERE migration_name ="
                                         " '20260102000000_more' AND rolled_back_at IS NULL AND logs = ''"
                                         " AND finished_at = started_at AND applied_steps_count = 0"),
                        "1");
    assert_deployed(&p);
    assert_int_equal(p.result.applied, 0);
    project_close(&p);
}

static void test_prismas_own_resolved_rows_are_read(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    add_row(&p, "20260102000000_more", ", rolled_back_at, logs", ", now(), 'failed'");
    project_status(&p);
    assert_string_equal(project_state(&p, "20260102000000_more"), "pending");
    add_row(&p, "20260102000000_more", ", finished_at, logs", ", now() - interval '1 d', ''");
    project_status(&p);
    assert_string_equal(project_state(&p, "20260102000000_more"), "applied");
    project_close(&p);
}

static void test_resolve_has_prismas_rules(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    assert_int_equal(project_resolve(&p, TD_RESOLVE_APPLIED, "20260101000000_init"), TD_EHISTORY);
    assert_contains(p.err.message, "[P3008]");
    assert_int_equal(project_resolve(&p, TD_RESOLVE_APPLIED, "nobody"), TD_ENOTFOUND);
    assert_contains(p.err.message, "[P3017]");
    assert_int_equal(project_resolve(&p, TD_RESOLVE_ROLLED_BACK, "20260102000000_more"), TD_EHISTORY);
    assert_contains(p.err.message, "[P3011]");
    assert_int_equal(project_resolve(&p, TD_RESOLVE_ROLLED_BACK, "20260101000000_init"), TD_EHISTORY);
    assert_contains(p.err.message, "[P3012]");
    project_close(&p);
}

static void test_failed_migration_leaves_prismas_table_as_it_was(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "20260102000000_more", "CREATE TABLE b (n int); SELECT 1 / 0;");
    assert_int_equal(project_deploy(&p), TD_EDATA);
    assert_string_equal(project_text(&p, "SELECT count(*) FROM _prisma_migrations"), "1");
    project_add(&p, "20260102000000_more", "CREATE TABLE b (n int);");
    assert_deployed(&p);
    project_close(&p);
}

static void test_journalled_file_fails_and_goes_on_in_prismas_form(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_exec(&p, "INSERT INTO a VALUES (1), (1)");
    project_add(&p, "20260102000000_more", "CREATE TABLE b (n int);\nCREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n);\n");
    assert_int_equal(project_deploy(&p), TD_EUNIQUE);
    /* to Prisma it is a failed migration, as it would have left it */
    assert_string_equal(project_text(&p,
                                     "SELECT count(*) FROM _prisma_migrations WHERE finished_at IS NULL"
                                     " AND rolled_back_at IS NULL AND applied_steps_count = 0 AND logs IS NOT NULL"),
                        "1");
    project_status(&p);
    assert_string_equal(project_state(&p, "20260102000000_more"), "partial");
    project_exec(&p, "TRUNCATE a");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT count(*) FROM _prisma_migrations WHERE finished_at IS NOT NULL"
                                         " AND applied_steps_count = 1 AND logs IS NULL"),
                        "2");
    project_close(&p);
}

static void test_table_in_the_schema_of_the_url_is_the_one(void **state)
{
    (void)state;
    struct project p;
    project_open(&p, NULL);
    project_exec(&p, "CREATE SCHEMA app; SET search_path TO app");
    project_exec(&p, prisma_table);
    project_exec(&p, "CREATE TABLE t (n int)");
    project_add(&p, "20260101000000_init", init_sql);
    p.opts.schema = "app";
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT count(*) FROM app._prisma_migrations"), "1");
    assert_string_equal(project_text(&p, "SELECT to_regclass('app.a') IS NOT NULL"), "t");
    project_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_success_row_is_in_sync_and_deploy_goes_on_in_prismas_form),
        cmocka_unit_test(test_texts_are_kept_by_a_deploy_with_nothing_pending),
        cmocka_unit_test(test_failed_row_blocks_until_it_is_resolved),
        cmocka_unit_test(test_failed_row_marked_as_applied_gets_a_new_row),
        cmocka_unit_test(test_prismas_own_resolved_rows_are_read),
        cmocka_unit_test(test_resolve_has_prismas_rules),
        cmocka_unit_test(test_failed_migration_leaves_prismas_table_as_it_was),
        cmocka_unit_test(test_journalled_file_fails_and_goes_on_in_prismas_form),
        cmocka_unit_test(test_table_in_the_schema_of_the_url_is_the_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
