/* What can go wrong between a server and us. No message holds a password, none is longer than a line. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/conformance/env.h"
#include "tests/lib/pgcluster.h"

static void is_one_line(const struct td_err *err)
{
    assert_true(err->message[0] != '\0');
    assert_null(strchr(err->message, '\n'));
    assert_null(strchr(err->why, '\n'));
    assert_true(err->next[0] != '\0');
    assert_null(strstr(err->message, "s3cret"));
    assert_null(strstr(err->why, "s3cret"));
    assert_null(strstr(err->next, "s3cret"));
}

static void test_no_server_is_offline_at_once(void **state)
{
    struct env *e = *state;
    int64_t start = env_now_ms();
    assert_null(env_try(e, "postgresql://me:s3cret@127.0.0.1:1/x", NULL));
    assert_int_equal(e->err.rc, TD_EOFFLINE);
    is_one_line(&e->err);
    assert_null(env_try(e, "postgresql://me:s3cret@localhost/x?host=/nowhere", NULL));
    assert_int_equal(e->err.rc, TD_EOFFLINE);
    is_one_line(&e->err);
    assert_true(env_now_ms() - start < 3000);
}

static void test_a_silent_server_times_out(void **state)
{
    struct env *e = *state;
    struct td_db_opts opts = {.connect_timeout_ms = 300};
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char url[200];
    snprintf(url, sizeof url, "postgresql://me:s3cret@localhost/x?host=%s", e->dir);
    snprintf(at.sun_path, sizeof at.sun_path, "%s/.s.PGSQL.5432", e->dir);
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); /* takes connections and says nothing */
    assert_int_equal(bind(server, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(server, 5), 0);
    int64_t start = env_now_ms();
    assert_null(env_try(e, url, &opts));
    int64_t took = env_now_ms() - start;
    assert_int_equal(e->err.rc, TD_EOFFLINE);
    is_one_line(&e->err);
    assert_true(took >= 250 && took < 2000);
    close(server);
}

static void make_role(struct env *e)
{
    /* roles belong to the cluster: another test program may have made it already */
    if (td_db_exec(e->db, "CREATE ROLE td_password LOGIN PASSWORD 's3cret'", &e->err) != TD_OK)
        assert_string_equal(e->err.sqlstate, "42710");
}

static void test_wrong_password_is_denied(void **state)
{
    struct env *e = *state;
    make_role(e);
    char *url = td_pgcluster_url_for(e->url, "td_password:s3cret2", "postgres");
    assert_null(env_try(e, url, NULL));
    assert_int_equal(e->err.rc, TD_EDENIED);
    assert_string_equal(e->err.sqlstate, "28P01");
    is_one_line(&e->err);
    free(url);
    url = td_pgcluster_url_for(e->url, "td_password", "postgres");
    assert_null(env_try(e, url, NULL));
    assert_int_equal(e->err.rc, TD_EDENIED);
    is_one_line(&e->err);
    free(url);
    url = td_pgcluster_url_for(e->url, "td_password:s3cret", "postgres");
    struct td_db *db = env_try(e, url, NULL);
    assert_non_null(db);
    td_db_close(db);
    free(url);
}

static void test_missing_database_is_not_found_or_made(void **state)
{
    struct env *e = *state;
    struct td_db_opts create = {.create = true};
    char name[64];
    snprintf(name, sizeof name, "td_Made-%ld", (long)getpid());
    char *url = td_pgcluster_url_for(e->url, NULL, name);
    assert_null(env_try(e, url, NULL));
    assert_int_equal(e->err.rc, TD_ENOTFOUND);
    assert_string_equal(e->err.sqlstate, "3D000");
    is_one_line(&e->err);
    for (int i = 0; i < 2; i++) {
        struct td_db *db = env_try(e, url, &create);
        assert_non_null(db);
        char *current = NULL;
        env_ok(e, td_db_query_text(db, "SELECT current_database()", NULL, 0, &current, &e->err));
        assert_string_equal(current, name);
        free(current);
        td_db_close(db);
    }
    free(url);
}

static void test_a_user_without_the_right_cannot_make_a_database(void **state)
{
    struct env *e = *state;
    struct td_db_opts create = {.create = true};
    make_role(e);
    char *url = td_pgcluster_url_for(e->url, "td_password:s3cret", "td_never");
    assert_null(env_try(e, url, &create));
    assert_int_equal(e->err.rc, TD_EDENIED);
    is_one_line(&e->err);
    free(url);
}

static void test_a_terminated_session_is_offline_and_stays_so(void **state)
{
    struct env *e = *state;
    struct td_db *other = env_open(e, NULL);
    env_ok(e, td_db_begin(other, TD_TX_WRITE, &e->err));
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d, 5000)", td_db_backend_pid(other));
    env_exec(e, sql);
    assert_int_equal(td_db_exec(other, "SELECT 1", &e->err), TD_EOFFLINE);
    is_one_line(&e->err);
    td_err_clear(&e->err);
    assert_int_equal(td_db_exec(other, "SELECT 1", &e->err), TD_EOFFLINE);
    is_one_line(&e->err);
    td_db_rollback(other);
    td_db_close(other);
}

static void test_a_server_killed_in_the_middle_is_offline(void **state)
{
    struct env *e = *state;
    struct td_pgcluster *c = td_pgcluster_start(false);
    assert_non_null(c);
    struct td_db *db = env_try(e, td_pgcluster_url(c), NULL);
    assert_non_null(db);
    char *pid = NULL;
    env_ok(e, td_db_query_text(db, "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)", NULL, 0, &pid,
                               &e->err));
    struct td_db_stmt *st = NULL;
    bool row = false;
    env_ok(e,
           td_db_prepare(db, "SELECT pg_sleep(0.01), repeat('x', 20000) FROM generate_series(1, 1000)", &st, &e->err));
    for (int i = 0; i < 10; i++)
        env_ok(e, td_stmt_step(st, &row, &e->err));
    assert_int_equal(kill((pid_t)strtol(pid, NULL, 10), SIGQUIT), 0);
    int rc = TD_OK;
    while (rc == TD_OK && row)
        rc = td_stmt_step(st, &row, &e->err);
    assert_int_equal(rc, TD_EOFFLINE);
    is_one_line(&e->err);
    assert_true(strlen(e->err.why) < 80);
    td_stmt_close(st);
    td_db_close(db);
    free(pid);
    td_pgcluster_stop(c);
}

static void test_session_settings_leave_the_migrations_world_alone(void **state)
{
    struct env *e = *state;
    char *text = NULL;
    env_exec(e, "DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET TimeZone = ''Asia/Tokyo''', current_database());"
                "EXECUTE format('ALTER DATABASE %I SET DateStyle = ''SQL, DMY''', current_database());"
                "EXECUTE format('ALTER DATABASE %I SET extra_float_digits = 0', current_database());"
                "EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database()); END$$");
    struct td_db *db = env_open(e, NULL);
    env_ok(e, td_db_query_text(db, "SELECT '2026-01-02 00:00:00Z'::timestamptz", NULL, 0, &text, &e->err));
    assert_string_equal(text, "2026-01-02 09:00:00+09"); /* the server's zone, ISO output */
    free(text);
    env_ok(e, td_db_query_text(db, "SELECT '02/01/2026'::date", NULL, 0, &text, &e->err));
    assert_string_equal(text, "2026-01-02"); /* its order of day and month */
    free(text);
    env_ok(e, td_db_query_text(db, "SELECT 0.1::float8 + 0.2::float8, 'a\\b'", NULL, 0, &text, &e->err));
    assert_string_equal(text, "0.30000000000000004");
    free(text);
    env_ok(e, td_db_query_text(db, "SELECT 'a\\\\b'", NULL, 0, &text, &e->err));
    assert_string_equal(text, "a\\\\b");
    free(text);
    td_db_close(db);
}

static void test_schema_of_the_url_is_the_search_path(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE SCHEMA \"My Schema\"");
    char url[800];
    for (int pooled = 0; pooled <= 1; pooled++) {
        char *schema = NULL;
        snprintf(url, sizeof url, "%s&schema=My%%20Schema%s", e->url, pooled ? "&pgbouncer=true" : "");
        struct td_db *db = env_try(e, url, NULL);
        assert_non_null(db);
        assert_int_equal(td_db_has(db, TD_CAP_SESSION), !pooled);
        if (pooled)
            env_ok(e, td_db_begin(db, TD_TX_WRITE, &e->err));
        env_ok(e, td_db_query_text(db, "SELECT current_schema()", NULL, 0, &schema, &e->err));
        assert_string_equal(schema, "My Schema");
        free(schema);
        td_db_close(db);
    }
}

static void test_behind_a_pooler_nothing_is_left_in_the_session(void **state)
{
    struct env *e = *state;
    char url[800];
    snprintf(url, sizeof url, "%s&pgbouncer=true", e->url);
    struct td_db *db = env_try(e, url, NULL);
    struct td_db_stmt *st = NULL;
    int64_t n = -1;
    assert_non_null(db);
    env_ok(e, td_db_prepare(db, "SELECT $1::int + 1", &st, &e->err));
    for (int i = 0; i < 10; i++) {
        bool row = false;
        env_ok(e, td_stmt_bind(st, 1, td_int(i), &e->err));
        env_ok(e, td_db_exec(db, "DEALLOCATE ALL", &e->err)); /* as if on another server */
        env_ok(e, td_stmt_step(st, &row, &e->err));
        assert_true(row);
        assert_int_equal(td_stmt_int(st, 0), i + 1);
    }
    env_ok(e, td_stmt_reset(st, &e->err));
    env_ok(e,
           td_db_query_int(db, "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''", NULL, 0, &n, &e->err));
    assert_int_equal(n, 0);
    td_stmt_close(st);
    td_db_close(db);
}

static void test_names_of_statements_are_given_back(void **state)
{
    struct env *e = *state;
    for (int k = 0; k < 5; k++) {
        struct td_db_stmt *st = env_prepare(e, "SELECT $1::int");
        for (int i = 0; i < 6; i++) {
            env_exec(e, "SELECT 1");
            env_bind(e, st, 1, td_int(i));
            assert_true(env_step(e, st));
        }
        td_stmt_close(st);
    }
    assert_true(env_int(e, "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''") <= 1);
}

const struct env_test postgres_server_tests[] = {
    POSTGRES_ONLY(test_no_server_is_offline_at_once),
    POSTGRES_ONLY(test_a_silent_server_times_out),
    POSTGRES_ONLY(test_wrong_password_is_denied),
    POSTGRES_ONLY(test_missing_database_is_not_found_or_made),
    POSTGRES_ONLY(test_a_user_without_the_right_cannot_make_a_database),
    POSTGRES_ONLY(test_a_terminated_session_is_offline_and_stays_so),
    POSTGRES_ONLY(test_a_server_killed_in_the_middle_is_offline),
    POSTGRES_ONLY(test_session_settings_leave_the_migrations_world_alone),
    POSTGRES_ONLY(test_schema_of_the_url_is_the_search_path),
    POSTGRES_ONLY(test_behind_a_pooler_nothing_is_left_in_the_session),
    POSTGRES_ONLY(test_names_of_statements_are_given_back),
    {0},
};
