/* A statement under way can be stopped from another thread, promptly, and the connection goes on. */
#include <poll.h>
#include <pthread.h>

#include "tests/conformance/env.h"

#define ENDLESS "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 - 1 FROM s) SELECT count(*) FROM s"

static void *cancel_soon(void *data)
{
    poll(NULL, 0, 200);
    td_db_cancel(data);
    return NULL;
}

/* Runs the text while another thread cancels it. */
static int cancelled(struct env *e, struct td_db *db, const char *sql)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, db), 0);
    int64_t start = env_now_ms();
    int rc = td_db_run(db, sql, NULL, 0, &e->err);
    int64_t took = env_now_ms() - start;
    pthread_join(thread, NULL);
    assert_true(took >= 100 && took < 3000);
    return rc;
}

static void test_cancel_stops_a_statement(void **state)
{
    struct env *e = *state;
    assert_int_equal(cancelled(e, e->db, PICK(e, ENDLESS, "SELECT pg_sleep(60)")), TD_ECANCELLED);
    assert_string_equal(e->err.sqlstate, "57014");
    assert_int_equal(env_int(e, "SELECT 7"), 7);
}

static void test_cancel_in_a_transaction_undoes_the_statement(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER)");
    env_ok(e, td_db_begin(e->db, TD_TX_WRITE, &e->err));
    assert_int_equal(cancelled(e, e->db, PICK(e, "INSERT INTO t " ENDLESS, "INSERT INTO t SELECT 1 FROM pg_sleep(60)")),
                     TD_ECANCELLED);
    td_db_rollback(e->db);
    assert_int_equal(env_int(e, "SELECT count(*) FROM t"), 0);
}

static void test_cancel_ends_the_wait_for_a_lock(void **state)
{
    struct env *e = *state;
    struct td_db_opts opts = {.busy_timeout_ms = 60000};
    env_exec(e, "CREATE TABLE t (a INTEGER)");
    struct td_db *other = env_open(e, &opts);
    env_ok(e, td_db_begin(e->db, TD_TX_WRITE, &e->err));
    env_exec(e, PICK(e, "INSERT INTO t VALUES (1)", "LOCK TABLE t"));
    assert_int_equal(cancelled(e, other, "INSERT INTO t VALUES (2)"), TD_ECANCELLED);
    td_db_rollback(e->db);
    env_ok(e, td_db_exec(other, "INSERT INTO t VALUES (2)", &e->err));
    td_db_close(other);
}

static void test_cancel_of_an_idle_connection_is_harmless(void **state)
{
    struct env *e = *state;
    td_db_cancel(e->db);
    poll(NULL, 0, 50);
    assert_int_equal(env_int(e, "SELECT 7"), 7);
    td_db_cancel(NULL);
}

static void test_event_loops_get_a_socket_where_there_is_one(void **state)
{
    struct env *e = *state;
    assert_int_equal(td_db_has(e->db, TD_CAP_ASYNC), !on_sqlite(e));
    assert_int_equal(td_db_fd(e->db) >= 0, !on_sqlite(e));
    assert_int_equal(td_db_wants(e->db), PICK(e, TD_WANTS_NOTHING, TD_WANTS_READ));
    assert_int_equal(td_db_backend_pid(e->db) > 0, !on_sqlite(e));
    assert_non_null(td_db_native(e->db));
    assert_true(td_db_server_version(e->db)[0] >= '1');
    assert_true(td_db_has(e->db, TD_CAP_SESSION));
}

const struct env_test cancel_tests[] = {
    BOTH(test_cancel_stops_a_statement),
    BOTH(test_cancel_in_a_transaction_undoes_the_statement),
    BOTH(test_cancel_ends_the_wait_for_a_lock),
    BOTH(test_cancel_of_an_idle_connection_is_harmless),
    BOTH(test_event_loops_get_a_socket_where_there_is_one),
    {0},
};
