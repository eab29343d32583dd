/* kill -9 after each statement of a folder of thirty, on both engines: a plain deploy straight after brings the
 * database to the same end as one that was never killed. */
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
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

#include "core/base/mem.h"
#include "tests/fault/story.h"
#include "tests/lib/dump.h"
#include "tests/lib/tmpdir.h"

enum { STATEMENTS = 30, PER_FILE = 5 };

/* The fourth file is journalled on PostgreSQL. */
static const char *const statements[STATEMENTS] = {
    "CREATE TABLE a (id integer PRIMARY KEY, name text NOT NULL, n integer)",
    "CREATE TABLE b (id integer PRIMARY KEY, a_id integer NOT NULL REFERENCES a (id))",
    "CREATE INDEX b_a ON b (a_id)",
    "INSERT INTO a (id, name, n) VALUES (1, 'one', 10), (2, 'two', 20)",
    "INSERT INTO b (id, a_id) VALUES (1, 1), (2, 2), (3, 1)",
    "ALTER TABLE a ADD COLUMN note varchar(10)",
    "UPDATE a SET note = 'n' || n",
    "ALTER TABLE a ALTER COLUMN note SET NOT NULL",
    "INSERT INTO a (id, name, n, note) VALUES (3, 'three', 30, 'x')",
    "ALTER TABLE a ADD CONSTRAINT positive CHECK (n > 0)",
    "CREATE TABLE c (n integer)",
    "INSERT INTO c SELECT n FROM a",
    "UPDATE c SET n = n + 1",
    "DELETE FROM c WHERE n > 25",
    "INSERT INTO c VALUES (99)",
    "CREATE INDEX CONCURRENTLY c_n ON c (n)",
    "INSERT INTO c VALUES (100)",
    "CREATE UNIQUE INDEX CONCURRENTLY a_name ON a (name)",
    "UPDATE c SET n = n * 2",
    "DROP INDEX CONCURRENTLY c_n",
    "ALTER TABLE c RENAME COLUMN n TO m",
    "ALTER TABLE c ADD COLUMN k integer DEFAULT 5",
    "UPDATE c SET k = m",
    "ALTER TABLE c ALTER COLUMN k TYPE bigint",
    "CREATE VIEW v AS SELECT a.name, c.k FROM a JOIN c ON c.m > a.n",
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "ALTER TABLE b ADD COLUMN mood mood DEFAULT 'ok'",
    "INSERT INTO b (id, a_id, mood) VALUES (4, 3, 'sad')",
    "ALTER TABLE b DROP COLUMN mood",
    "INSERT INTO b (id, a_id) SELECT id + 10, a_id FROM b",
};

/* With `stops`, each statement is followed by one that waits for whoever holds its number's lock. */
static void write_folder(struct project *p, bool stops)
{
    for (size_t i = 0; i < STATEMENTS; i += PER_FILE) {
        char name[32], sql[2000] = "";
        snprintf(name, sizeof name, "%zu_m", 1 + i / PER_FILE);
        for (size_t k = i; k < i + PER_FILE; k++) {
            size_t used = strlen(sql);
            used += (size_t)snprintf(sql + used, sizeof sql - used, "%s;\n", statements[k]);
            if (stops)
                snprintf(sql + used, sizeof sql - used, "SELECT pg_advisory_xact_lock_shared(30, %zu);\n", k);
        }
        project_add(p, name, sql);
    }
}

static void check_end(struct project *p, const char *expected, size_t killed_at)
{
    assert_deployed(p);
    char *now = dump_database(p->db), *names = dump_applied(p->db);
    if (strcmp(now, expected) != 0)
        fail_msg("killed at %zu:\n%s\nexpected\n%s", killed_at, now, expected);
    assert_string_equal(names, "=1_m\n=2_m\n=3_m\n=4_m\n=5_m\n=6_m\n");
    td_mem_free(now);
    td_mem_free(names);
}

static int count_down(unsigned type, void *left, void *stmt, void *ns)
{
    (void)type, (void)stmt, (void)ns;
    if (--*(size_t *)left == 0)
        kill(getpid(), SIGKILL);
    return 0;
}

/* Each statement that SQLite runs counts, the history's as well. False: it came to its end before. */
static bool kill_on_sqlite(struct project *p, size_t after)
{
    int status = 0;
    td_db_close(p->db);
    p->db = NULL;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct project mine;
        project_join(&mine, p);
        sqlite3_trace_v2(td_db_native(mine.db), SQLITE_TRACE_PROFILE, count_down, &after);
        _exit(project_deploy(&mine));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status);
}

static void test_killed_after_each_statement_on_sqlite(void **state)
{
    struct project p;
    char *dir = td_tmpdir_make(), url[300], *expected;
    size_t kills = 0;
    (void)state;
    project_open(&p, "sqlite::memory:");
    write_folder(&p, false);
    assert_deployed(&p);
    expected = dump_database(p.db);
    for (size_t n = 1;; n = story_next(n, 2)) {
        td_db_close(p.db);
        snprintf(url, sizeof url, "file:%s/%zu.db", dir, n);
        project_connect(&p, url);
        bool killed = kill_on_sqlite(&p, n);
        project_connect(&p, url);
        check_end(&p, expected, n);
        if (!killed)
            break;
        kills++;
    }
    print_message("killed %zu times\n", kills);
    assert_true(kills > STATEMENTS);
    td_mem_free(expected);
    project_close(&p);
    td_tmpdir_remove(dir);
}

static bool is_waited_for(struct project *p, size_t stop)
{
    char sql[200];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND classid ="
             " 30 AND objid = %zu",
             stop);
    return strcmp(project_text(p, sql), "1") == 0;
}

static void kill_on_postgres(struct project *p, size_t stop)
{
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT pg_advisory_lock(30, %zu)", stop);
    project_exec(p, sql);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct project mine;
        project_join(&mine, p);
        _exit(project_deploy(&mine));
    }
    for (int i = 0; i < 1500 && !is_waited_for(p, stop); i++)
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    assert_true(is_waited_for(p, stop));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    project_exec(p, "SELECT pg_advisory_unlock_all()");
}

static void test_killed_after_each_statement_on_postgres(void **state)
{
    struct project p;
    char *expected;
    (void)state;
    project_open(&p, NULL);
    write_folder(&p, false);
    assert_deployed(&p);
    expected = dump_database(p.db);
    write_folder(&p, true);
    for (size_t stop = 0; stop < STATEMENTS; stop++) {
        project_exec(&p, "SET client_min_messages = warning; DROP SCHEMA IF EXISTS tandem CASCADE;"
                         " DROP SCHEMA public CASCADE; CREATE SCHEMA public; RESET client_min_messages");
        kill_on_postgres(&p, stop);
        check_end(&p, expected, stop);
    }
    td_mem_free(expected);
    project_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_after_each_statement_on_sqlite),
        cmocka_unit_test(test_killed_after_each_statement_on_postgres),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
