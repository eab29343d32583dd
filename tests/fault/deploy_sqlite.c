/* Deploying to SQLite: atomic, resumable after kill -9, several at once, other people's triggers kept, Prisma's table.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/project.h"
#include "tests/lib/tmpdir.h"

static char *files; /* directory of the databases */

static int make_files(void **state)
{
    (void)state;
    files = td_tmpdir_make();
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    td_tmpdir_remove(files);
    return 0;
}

static void start(struct project *p)
{
    static int n;
    char url[300];
    snprintf(url, sizeof url, "file:%s/%d.db", files, ++n);
    project_open(p, url);
}

static void test_deploy_applies_and_records(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "1_a", "CREATE TABLE t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int NOT NULL);");
    project_add(&p, "2_b", "INSERT INTO t (n) VALUES (1), (2);");
    assert_deployed(&p);
    assert_int_equal(p.result.applied, 2);
    assert_string_equal(project_text(&p, "SELECT sum(n) FROM t"), "3");
    assert_string_equal(project_text(&p, "SELECT group_concat(name || statements_applied) FROM tandem_migrations"
                                         " WHERE finished_at IS NOT NULL AND length(id) = 36"),
                        "1_a1,2_b1");
    assert_string_equal(project_text(&p, "SELECT text FROM tandem_migration_text WHERE name = '2_b'"),
                        "INSERT INTO t (n) VALUES (1), (2);");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem_lease"), "0");
    project_status(&p);
    assert_string_equal(project_state(&p, "2_b"), "applied");
    assert_deployed(&p);
    assert_int_equal(p.result.applied, 0);
    project_close(&p);
}

static void test_names_texts_and_times_are_recorded_as_they_are(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    const char *sql = "CREATE TABLE t (v text); -- \xc3\xa4\nINSERT INTO t VALUES ('it''s \\');\n";
    project_add(&p, "1_\xc3\xa4\\'s", sql);
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT name FROM tandem_migrations"), "1_\xc3\xa4\\'s");
    assert_string_equal(project_text(&p, "SELECT text FROM tandem_migration_text"), sql);
    assert_string_equal(project_text(&p, "SELECT length(started_at) || ' ' || (started_at <= finished_at) || ' ' ||"
                                         " (abs(julianday(started_at) - julianday('now')) < 0.001)"
                                         " FROM tandem_migrations"),
                        "27 1 1");
    project_close(&p);
}

static void test_settings_of_the_connection_are_as_before(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_exec(&p, "PRAGMA synchronous = 3; PRAGMA cache_size = 123; PRAGMA wal_autocheckpoint = 77");
    project_add(&p, "1_a", "CREATE TABLE t (n int);");
    for (int i = 0; i < 2; i++) {
        int rc = project_deploy(&p);
        assert_int_equal(rc == TD_OK, i == 0);
        assert_string_equal(project_text(&p, "SELECT s.synchronous || ' ' || c.cache_size FROM pragma_synchronous s,"
                                             " pragma_cache_size c"),
                            "3 123");
        assert_string_equal(project_text(&p, "PRAGMA wal_autocheckpoint"), "77");
        project_add(&p, "2_b", "CREATE TABLE u (n int UNIQUE); INSERT INTO u VALUES (1), (1);");
    }
    project_close(&p);
}

static void test_failing_statement_leaves_nothing_and_names_its_place(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "1_a", "CREATE TABLE t (n int UNIQUE);");
    project_add(&p, "2_b", "CREATE TABLE u (n int);\nINSERT INTO t VALUES (1);\n  INSERT INTO t VALUES (1);\n");
    assert_int_equal(project_deploy(&p), TD_EUNIQUE);
    assert_int_equal(p.err.line, 3);
    assert_int_equal(p.err.column, 3);
    assert_string_equal(p.err.sqlstate, "23505");
    assert_contains(p.err.message, "[P3018]");
    assert_contains(p.err.next, "tandem migrate deploy");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM sqlite_master WHERE name = 'u'"), "0");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM t"), "0");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem_migrations"), "1");
    project_add(&p, "2_b", "CREATE TABLE u (n int);");
    assert_deployed(&p);
    project_close(&p);
}

static void test_refused_statement_stops_all_before_anything_runs(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "1_a", "CREATE TABLE t (n int);");
    project_add(&p, "2_b", "CREATE TABLE u (a int, EXCLUDE USING gist (a WITH =));");
    assert_int_equal(project_deploy(&p), TD_EREFUSED);
    assert_int_equal(p.err.line, 1);
    assert_string_equal(project_text(&p, "SELECT count(*) FROM sqlite_master"), "0");
    project_close(&p);
}

static void test_rebuild_keeps_what_others_made_on_the_table(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "1_a",
                "CREATE TABLE t (n int, s text); CREATE INDEX ours ON t (n); CREATE INDEX gone ON t (s);"
                "INSERT INTO t VALUES (1, '2');");
    assert_deployed(&p);
    project_exec(&p, "CREATE TABLE seen (n); CREATE INDEX theirs ON t (n, s);"
                     "CREATE TRIGGER capture AFTER INSERT ON t BEGIN INSERT INTO seen VALUES (NEW.n); END");
    project_add(&p, "2_b", "DROP INDEX gone; ALTER TABLE t ALTER COLUMN s TYPE int USING s::int;");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT group_concat(name) FROM (SELECT name FROM sqlite_master WHERE tbl_name"
                                         " = 't' AND type IN ('index', 'trigger') ORDER BY name)"),
                        "capture,ours,theirs");
    project_exec(&p, "INSERT INTO t VALUES (7, 8)");
    assert_string_equal(project_text(&p, "SELECT n FROM seen"), "7");
    assert_string_equal(project_text(&p, "PRAGMA foreign_keys"), "1");
    project_close(&p);
}

/* The connection belongs to its caller: what a rebuild switches for itself is as it was, also after a failure. */
static void test_rebuild_leaves_the_connection_as_it_was(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "1_a", "CREATE TABLE t (n int, s text); INSERT INTO t VALUES (1, '2');");
    assert_deployed(&p);
    project_exec(&p, "PRAGMA legacy_alter_table = 1; PRAGMA foreign_keys = 0");
    project_add(&p, "2_b", "ALTER TABLE t ALTER COLUMN s TYPE int USING s::int;");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "PRAGMA legacy_alter_table"), "1");
    assert_string_equal(project_text(&p, "PRAGMA foreign_keys"), "0");
    project_exec(&p, "PRAGMA legacy_alter_table = 0; PRAGMA foreign_keys = 1; INSERT INTO t VALUES (NULL, 3)");
    project_add(&p, "3_c", "ALTER TABLE t ALTER COLUMN n SET NOT NULL;");
    assert_int_equal(project_deploy(&p), TD_ENOTNULL);
    assert_string_equal(project_text(&p, "PRAGMA legacy_alter_table"), "0");
    assert_string_equal(project_text(&p, "PRAGMA foreign_keys"), "1");
    project_close(&p);
}

static void test_migration_that_orphans_rows_is_rolled_back(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    char *lock = td_tmpdir_path(p.dir, "migration_lock.toml");
    td_tmpdir_write(lock, "provider = \"sqlite\"\n", 20);
    free(lock);
    project_add(&p, "1_a",
                "CREATE TABLE a (id INTEGER PRIMARY KEY);\nCREATE TABLE b (a_id INTEGER REFERENCES a);\n"
                "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1);");
    project_add(&p, "2_b", "PRAGMA foreign_keys=OFF;\nDELETE FROM a;\nPRAGMA foreign_keys=ON;");
    assert_int_equal(project_deploy(&p), TD_EFOREIGN);
    assert_contains(p.err.message, "a row of \"b\" breaks the foreign key \"a_id\"");
    assert_contains(p.err.why, "of rowid 1 is not in \"a\"");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM a"), "1");
    assert_string_equal(project_text(&p, "PRAGMA foreign_keys"), "1");
    project_close(&p);
}

static void test_sqlite_folder_runs_as_it_is(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    char *lock = td_tmpdir_path(p.dir, "migration_lock.toml");
    td_tmpdir_write(lock, "provider = \"sqlite\"\n", 20);
    free(lock);
    project_add(&p, "1_a", "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, d DATETIME);\n");
    project_add(&p, "2_b", "-- x\nCREATE TABLE b (id INTEGER);\n/* y; */ CREATE TABEL c (id INTEGER);\n");
    assert_int_equal(project_deploy(&p), TD_ESYNTAX);
    assert_int_equal(p.err.line, 3);
    assert_int_equal(p.err.column, 17);
    assert_string_equal(project_text(&p, "SELECT count(*) FROM sqlite_master WHERE name = 'b'"), "0");
    project_add(&p, "2_b",
                "CREATE TABLE b (id INTEGER UNIQUE);\nINSERT INTO b VALUES (1); -- x;\n"
                "  INSERT INTO b VALUES (1);\n");
    assert_int_equal(project_deploy(&p), TD_EUNIQUE); /* SQLite has no place for this one */
    assert_int_equal(p.err.line, 3);
    assert_int_equal(p.err.column, 3);
    project_add(&p, "2_b", "-- x\nCREATE TABLE b (id INTEGER);\n");
    assert_deployed(&p);
    project_close(&p);
}

static void test_database_with_tables_and_no_history_is_refused_then_baselined(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_exec(&p, "CREATE TABLE a (n INTEGER)");
    project_add(&p, "1_a", "CREATE TABLE a (n int);");
    project_add(&p, "2_b", "CREATE TABLE b (n int);");
    assert_int_equal(project_deploy(&p), TD_EHISTORY);
    assert_contains(p.err.message, "[P3005]");
    assert_int_equal(project_resolve(&p, TD_RESOLVE_BASELINE, "1_a"), TD_OK);
    assert_deployed(&p);
    assert_int_equal(p.result.applied, 1);
    project_close(&p);
}

/* Prisma has written times in three ways over the years. */
static void test_prismas_table_is_read_in_all_its_time_forms_and_written_in_milliseconds(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_exec(&p, "CREATE TABLE _prisma_migrations (id TEXT PRIMARY KEY NOT NULL, checksum TEXT NOT NULL,"
                     " finished_at DATETIME, migration_name TEXT NOT NULL, logs TEXT, rolled_back_at DATETIME,"
                     " started_at DATETIME NOT NULL DEFAULT current_timestamp,"
                     " applied_steps_count INTEGER UNSIGNED NOT NULL DEFAULT 0);"
                     "CREATE TABLE a (n INTEGER)");
    static const char *const times[] = {"1795343064440", "'2026-11-22 10:24:25'", "'2026-11-22T10:24:26.440+00:00'"};
    for (int i = 0; i < 3; i++) {
        char name[8], sql[400];
        snprintf(name, sizeof name, "%d_x", 3 - i); /* names against the order of time */
        project_add(&p, name, "SELECT 1;");
        project_status(&p);
        snprintf(sql, sizeof sql,
                 "INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at,"
                 " applied_steps_count) VALUES ('%d', '%s', '%s', %s, %s, 1)",
                 i, p.folder.at[0].checksum, name, times[i], times[i]);
        project_exec(&p, sql);
    }
    project_status(&p);
    for (size_t i = 0; i < 3; i++) {
        static const char *const expected[] = {"2026-11-22T10:24:26.440000Z", "2026-11-22T10:24:25.000000Z",
                                               "2026-11-22T10:24:24.440000Z"};
        assert_string_equal(project_state(&p, p.status.at[i].name), "applied");
        assert_string_equal(p.status.at[i].row->started_at, expected[i]);
    }
    project_add(&p, "4_x", "CREATE TABLE b (n int);");
    assert_deployed(&p);
    assert_string_equal(project_text(&p, "SELECT typeof(started_at) || typeof(finished_at) || applied_steps_count ||"
                                         " (abs(finished_at / 1000 - strftime('%s', 'now')) < 60) FROM"
                                         " _prisma_migrations WHERE migration_name = '4_x' AND logs IS NULL"),
                        "integerinteger11");
    assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem_migration_text"), "4");
    project_close(&p);
}

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

static void test_deployers_at_once_apply_each_migration_once(void **state)
{
    (void)state;
    struct project p;
    struct racer racers[4];
    size_t applied = 0;
    start(&p);
    for (int i = 1; i <= 12; i++) {
        char name[32], sql[200];
        snprintf(name, sizeof name, "%02d_m", i);
        snprintf(sql, sizeof sql, i == 1 ? "CREATE TABLE t (n int);" : "INSERT INTO t VALUES (%d);", i);
        project_add(&p, name, sql);
    }
    for (int i = 0; i < 4; i++) {
        project_join(&racers[i].p, &p);
        racers[i].p.opts.wait_ms = 60000;
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(racers[i].thread, NULL);
    for (int i = 0; i < 4; i++) {
        if (racers[i].rc != TD_OK)
            fail_msg("%s | %s", racers[i].p.err.message, racers[i].p.err.why);
        applied += racers[i].p.result.applied;
        project_close(&racers[i].p);
    }
    assert_int_equal(applied, 12);
    assert_string_equal(project_text(&p, "SELECT group_concat(n) FROM t"), "2,3,4,5,6,7,8,9,10,11,12");
    project_close(&p);
}

/* At many different moments, also between and in the middle of commits. */
static void test_killed_at_any_moment_the_next_deploy_goes_on(void **state)
{
    (void)state;
    for (long after_us = 1000; after_us < 120000; after_us += 7000) {
        struct project p;
        start(&p);
        for (int i = 1; i <= 30; i++) {
            char name[32], sql[200];
            snprintf(name, sizeof name, "%02d_m", i);
            snprintf(sql, sizeof sql, i == 1 ? "CREATE TABLE t (n int);" : "INSERT INTO t VALUES (%d);", i);
            project_add(&p, name, sql);
        }
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            struct project mine;
            project_join(&mine, &p);
            (void)!project_deploy(&mine);
            _exit(0);
        }
        nanosleep(&(struct timespec){.tv_nsec = after_us * 1000}, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        p.opts.wait_ms = 2000;
        assert_deployed(&p);
        assert_string_equal(project_text(&p, "SELECT count(*) || '/' || sum(n) FROM t"), "29/464");
        assert_string_equal(project_text(&p, "SELECT count(*) FROM tandem_migrations WHERE finished_at IS NOT NULL"),
                            "30");
        assert_string_equal(project_text(&p, "PRAGMA integrity_check"), "ok");
        project_close(&p);
    }
}

static void test_live_holder_is_named_and_an_expired_one_taken_over(void **state)
{
    (void)state;
    struct project p;
    start(&p);
    project_add(&p, "1_a", "CREATE TABLE a (n int);");
    assert_deployed(&p);
    project_add(&p, "2_b", "CREATE TABLE b (n int);");
    project_exec(&p, "INSERT INTO tandem_lease VALUES ('deploy', 'somebody', 'builder-7', 'elsewhere', 4711, 0,"
                     " strftime('%s', 'now') * 1000 - 180000, 0, strftime('%s', 'now') * 1000 + 60000)");
    p.opts.wait_ms = 300;
    assert_int_equal(project_deploy(&p), TD_EBUSY);
    assert_contains(p.err.message, "host \"builder-7\", pid 4711, for 18");
    project_exec(&p, "UPDATE tandem_lease SET expires_at = 1");
    assert_deployed(&p);
    project_close(&p);
}

static void *commit_later(void *data)
{
    struct project *other = data;
    nanosleep(&(struct timespec){.tv_nsec = 600000000}, NULL);
    project_exec(other, "COMMIT");
    return NULL;
}

/* The file is locked longer than one statement waits (here 50 ms), before our own tables are there. */
static void test_first_deploy_waits_for_a_program_that_writes(void **state)
{
    (void)state;
    struct project p, other;
    pthread_t thread;
    struct td_err err = {0};
    start(&p);
    project_add(&p, "1_a", "CREATE TABLE a (n int);");
    project_join(&other, &p);
    td_db_close(p.db);
    p.db = NULL;
    assert_int_equal(td_db_open(&p.url, &(struct td_db_opts){.busy_timeout_ms = 50}, &p.db, &err), TD_OK);
    project_exec(&other, "BEGIN IMMEDIATE");
    p.opts.wait_ms = 0;
    assert_int_equal(project_deploy(&p), TD_EBUSY);
    p.opts.wait_ms = 20000;
    assert_int_equal(pthread_create(&thread, NULL, commit_later, &other), 0);
    assert_deployed(&p);
    assert_contains(p.events, "waiting  another program that writes to the database");
    pthread_join(thread, NULL);
    project_close(&other);
    project_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deploy_applies_and_records),
        cmocka_unit_test(test_names_texts_and_times_are_recorded_as_they_are),
        cmocka_unit_test(test_settings_of_the_connection_are_as_before),
        cmocka_unit_test(test_failing_statement_leaves_nothing_and_names_its_place),
        cmocka_unit_test(test_refused_statement_stops_all_before_anything_runs),
        cmocka_unit_test(test_rebuild_keeps_what_others_made_on_the_table),
        cmocka_unit_test(test_rebuild_leaves_the_connection_as_it_was),
        cmocka_unit_test(test_migration_that_orphans_rows_is_rolled_back),
        cmocka_unit_test(test_sqlite_folder_runs_as_it_is),
        cmocka_unit_test(test_database_with_tables_and_no_history_is_refused_then_baselined),
        cmocka_unit_test(test_prismas_table_is_read_in_all_its_time_forms_and_written_in_milliseconds),
        cmocka_unit_test(test_deployers_at_once_apply_each_migration_once),
        cmocka_unit_test(test_killed_at_any_moment_the_next_deploy_goes_on),
        cmocka_unit_test(test_live_holder_is_named_and_an_expired_one_taken_over),
        cmocka_unit_test(test_first_deploy_waits_for_a_program_that_writes),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
