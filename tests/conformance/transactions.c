/* Transactions, savepoints, and two connections that meet. */
#include "tests/conformance/env.h"

static void make_table(struct env *e)
{
    env_exec(e, "CREATE TABLE t (a INTEGER PRIMARY KEY)");
}

static void begin(struct env *e)
{
    env_ok(e, td_db_begin(e->db, TD_TX_WRITE, &e->err));
}

static void commit(struct env *e)
{
    env_ok(e, td_db_commit(e->db, &e->err));
}

static int64_t count(struct env *e)
{
    return env_int(e, "SELECT count(*) FROM t");
}

static void test_commit_keeps_and_rollback_undoes(void **state)
{
    struct env *e = *state;
    make_table(e);
    begin(e);
    assert_int_equal(td_db_tx_depth(e->db), 1);
    env_exec(e, "INSERT INTO t VALUES (1)");
    commit(e);
    assert_int_equal(td_db_tx_depth(e->db), 0);
    begin(e);
    env_exec(e, "INSERT INTO t VALUES (2)");
    td_db_rollback(e->db);
    assert_int_equal(td_db_tx_depth(e->db), 0);
    assert_int_equal(count(e), 1);
}

static void test_schema_changes_roll_back(void **state)
{
    struct env *e = *state;
    begin(e);
    make_table(e);
    env_exec(e, "INSERT INTO t VALUES (1)");
    td_db_rollback(e->db);
    env_fails(e, "SELECT * FROM t", TD_ESCHEMA, "42P01");
}

static void test_inner_rollback_undoes_its_level_only(void **state)
{
    struct env *e = *state;
    make_table(e);
    begin(e);
    env_exec(e, "INSERT INTO t VALUES (1)");
    begin(e);
    env_exec(e, "INSERT INTO t VALUES (2)");
    begin(e);
    assert_int_equal(td_db_tx_depth(e->db), 3);
    env_exec(e, "INSERT INTO t VALUES (3)");
    commit(e);
    td_db_rollback(e->db);
    assert_int_equal(td_db_tx_depth(e->db), 1);
    begin(e);
    env_exec(e, "INSERT INTO t VALUES (4)");
    commit(e);
    commit(e);
    assert_int_equal(env_int(e, "SELECT sum(a) FROM t"), 5);
}

static void test_a_savepoint_survives_a_failed_statement(void **state)
{
    struct env *e = *state;
    make_table(e);
    begin(e);
    env_exec(e, "INSERT INTO t VALUES (1)");
    begin(e);
    env_fails(e, "INSERT INTO t VALUES (1)", TD_EUNIQUE, "23505");
    td_db_rollback(e->db);
    env_exec(e, "INSERT INTO t VALUES (2)");
    commit(e);
    assert_int_equal(count(e), 2);
}

static void test_close_rolls_back(void **state)
{
    struct env *e = *state;
    make_table(e);
    struct td_db *other = env_open(e, NULL);
    env_ok(e, td_db_begin(other, TD_TX_WRITE, &e->err));
    env_ok(e, td_db_exec(other, "INSERT INTO t VALUES (1)", &e->err));
    td_db_close(other);
    assert_int_equal(count(e), 0);
}

static void test_rollback_without_a_transaction_is_harmless(void **state)
{
    struct env *e = *state;
    td_db_rollback(e->db);
    td_db_rollback(NULL);
    assert_int_equal(td_db_tx_depth(e->db), 0);
    env_exec(e, "SELECT 1");
}

static void test_commit_without_a_transaction_is_an_error(void **state)
{
    struct env *e = *state;
    assert_int_equal(td_db_commit(e->db, &e->err), TD_EUSAGE);
    assert_string_equal(e->err.sqlstate, "25P01");
}

static void test_begin_after_begin_in_text_is_an_error(void **state)
{
    struct env *e = *state;
    env_exec(e, "BEGIN");
    assert_int_equal(td_db_begin(e->db, TD_TX_WRITE, &e->err), TD_EUSAGE);
    assert_string_equal(e->err.sqlstate, "25001");
    td_db_rollback(e->db); /* ends that one, too */
    begin(e);
    commit(e);
}

static void test_commit_after_commit_in_text_is_an_error(void **state)
{
    struct env *e = *state;
    begin(e);
    env_exec(e, "COMMIT");
    assert_int_equal(td_db_commit(e->db, &e->err), TD_EUSAGE);
    assert_string_equal(e->err.sqlstate, "25P01");
    assert_int_equal(td_db_tx_depth(e->db), 0);
}

static void test_commit_of_a_failed_transaction_is_no_success(void **state)
{
    struct env *e = *state;
    make_table(e);
    begin(e);
    env_exec(e, "INSERT INTO t VALUES (1)");
    env_fails(e, "INSERT INTO t VALUES (1)", TD_EUNIQUE, "23505");
    env_fails(e, "SELECT 1", TD_EUSAGE, "25P02");
    assert_int_equal(td_db_commit(e->db, &e->err), TD_EUSAGE);
    assert_string_equal(e->err.sqlstate, "25P02");
    assert_int_equal(td_db_tx_depth(e->db), 0);
    assert_int_equal(count(e), 0);
}

static void test_deferred_constraint_fails_the_commit_and_rolls_back(void **state)
{
    struct env *e = *state;
    make_table(e);
    env_exec(e, "CREATE TABLE c (a INTEGER REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED)");
    begin(e);
    env_exec(e, "INSERT INTO c VALUES (99)");
    assert_int_equal(td_db_commit(e->db, &e->err), TD_EFOREIGN);
    assert_string_equal(e->err.sqlstate, "23503");
    assert_int_equal(td_db_tx_depth(e->db), 0);
    assert_int_equal(env_int(e, "SELECT count(*) FROM c"), 0);
    begin(e);
    commit(e);
}

static void test_a_read_transaction_sees_one_snapshot(void **state)
{
    struct env *e = *state;
    make_table(e);
    struct td_db *other = env_open(e, NULL);
    env_ok(e, td_db_begin(e->db, TD_TX_READ, &e->err));
    assert_int_equal(count(e), 0);
    env_ok(e, td_db_exec(other, "INSERT INTO t VALUES (1)", &e->err));
    assert_int_equal(count(e), 0);
    commit(e);
    assert_int_equal(count(e), 1);
    td_db_close(other);
}

static void test_a_lock_held_by_another_is_busy_after_the_timeout(void **state)
{
    struct env *e = *state;
    struct td_db_opts opts = {.busy_timeout_ms = 200};
    make_table(e);
    struct td_db *other = env_open(e, &opts);
    begin(e);
    env_exec(e, PICK(e, "INSERT INTO t VALUES (1)", "LOCK TABLE t"));
    if (!on_sqlite(e))
        env_ok(e, td_db_exec(other, "SET lock_timeout = 200", &e->err));
    int64_t start = env_now_ms();
    int rc = td_db_exec(other, "INSERT INTO t VALUES (2)", &e->err);
    int64_t waited = env_now_ms() - start;
    assert_int_equal(rc, TD_EBUSY);
    assert_string_equal(e->err.sqlstate, "55P03");
    assert_true(e->err.next[0] != '\0');
    assert_true(waited >= 150 && waited < 5000);
    commit(e);
    env_ok(e, td_db_exec(other, "INSERT INTO t VALUES (2)", &e->err));
    td_db_close(other);
}

static void test_writing_on_an_old_snapshot_is_a_conflict(void **state)
{
    struct env *e = *state;
    make_table(e);
    env_exec(e, "INSERT INTO t VALUES (1)");
    struct td_db *other = env_open(e, NULL);
    env_exec(e, PICK(e, "BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ"));
    assert_int_equal(count(e), 1);
    env_ok(e, td_db_exec(other, "UPDATE t SET a = 2", &e->err));
    env_fails(e, "UPDATE t SET a = 3", TD_ECONFLICT, "40001");
    td_db_rollback(e->db);
    td_db_close(other);
}

static void test_a_read_only_connection_cannot_write(void **state)
{
    struct env *e = *state;
    struct td_db_opts opts = {.read_only = true};
    make_table(e);
    td_db_close(e->db);
    e->db = NULL;
    e->db = env_open(e, &opts);
    assert_int_equal(count(e), 0);
    env_fails(e, "INSERT INTO t VALUES (1)", TD_EREADONLY, "25006");
    env_fails(e, "CREATE TABLE u (a INTEGER)", TD_EREADONLY, "25006");
    assert_int_equal(count(e), 0);
}

const struct env_test transaction_tests[] = {
    BOTH(test_commit_keeps_and_rollback_undoes),
    BOTH(test_schema_changes_roll_back),
    BOTH(test_inner_rollback_undoes_its_level_only),
    BOTH(test_a_savepoint_survives_a_failed_statement),
    BOTH(test_close_rolls_back),
    BOTH(test_rollback_without_a_transaction_is_harmless),
    BOTH(test_commit_without_a_transaction_is_an_error),
    BOTH(test_begin_after_begin_in_text_is_an_error),
    BOTH(test_commit_after_commit_in_text_is_an_error),
    POSTGRES_ONLY(test_commit_of_a_failed_transaction_is_no_success),
    BOTH(test_deferred_constraint_fails_the_commit_and_rolls_back),
    BOTH(test_a_read_transaction_sees_one_snapshot),
    BOTH(test_a_lock_held_by_another_is_busy_after_the_timeout),
    BOTH(test_writing_on_an_old_snapshot_is_a_conflict),
    BOTH(test_a_read_only_connection_cannot_write),
    {0},
};
