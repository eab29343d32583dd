/* Prepared statements and exec. */
#include <stdio.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/conformance/env.h"

#define SERIES_1000                                                                                                    \
    "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 1000) SELECT i FROM s ORDER BY i"

static void test_step_row_by_row(void **state)
{
    struct env *e = *state;
    struct td_db_stmt *st = env_prepare(e, SERIES_1000);
    assert_int_equal(td_stmt_columns(st), 1);
    assert_string_equal(td_stmt_column_name(st, 0), "i");
    for (int i = 1; i <= 1000; i++) {
        assert_true(env_step(e, st));
        assert_int_equal(td_stmt_int(st, 0), i);
    }
    assert_false(env_step(e, st));
    assert_false(env_step(e, st)); /* the end stays the end */
    assert_int_equal(td_stmt_column(st, 0).kind, TD_V_NULL);
    td_stmt_close(st);
}

/* Whether the rows come one by one or all at once is not to be seen. */
static void test_rows_taken_whole_are_the_same(void **state)
{
    struct env *e = *state;
    struct td_db_stmt *st = env_prepare(e, SERIES_1000), *blobs, *none;
    td_stmt_whole(st);
    for (int run = 0; run < 5; run++) { /* to its end, and only half-way */
        for (int i = 1; i <= (run % 2 == 0 ? 1000 : 500); i++) {
            assert_true(env_step(e, st));
            assert_int_equal(td_stmt_int(st, 0), i);
            if (i == 250)
                env_exec(e, "SELECT 1"); /* in between */
        }
        assert_true(run % 2 == 1 || !env_step(e, st));
        assert_true(run % 2 == 1 || !env_step(e, st));
        env_ok(e, td_stmt_reset(st, &e->err));
    }
    td_stmt_close(st);
    blobs = env_prepare(e, PICK(e, "SELECT x'01', 'a' UNION ALL SELECT x'0203', NULL ORDER BY 2 DESC",
                                "SELECT '\\x01'::bytea, 'a' UNION ALL SELECT '\\x0203'::bytea, NULL ORDER BY 2"));
    td_stmt_whole(blobs);
    for (size_t i = 1; i <= 2; i++) {
        assert_true(env_step(e, blobs));
        assert_int_equal(td_stmt_column(blobs, 0).bytes.len, i);
        assert_int_equal(td_stmt_is_null(blobs, 1), i == 2);
    }
    td_stmt_close(blobs); /* before its end */
    none = env_prepare(e, "SELECT 1 WHERE 1 = 0");
    td_stmt_whole(none);
    assert_false(env_step(e, none));
    assert_false(env_step(e, none));
    td_stmt_close(none);
    td_stmt_whole(NULL);
}

static void test_reset_runs_again_with_the_same_bindings(void **state)
{
    struct env *e = *state;
    struct td_db_stmt *st = env_prepare(e, PICK(e, "SELECT $1, $2", "SELECT $1::bigint, $2::text"));
    env_bind(e, st, 1, td_int(7));
    env_bind(e, st, 2, td_text("x"));
    for (int i = 0; i < 6; i++) { /* more often than it takes to be given a name on the server */
        assert_true(env_step(e, st));
        assert_int_equal(td_stmt_int(st, 0), 7);
        assert_string_equal(td_stmt_text(st, 1), "x");
        env_ok(e, td_stmt_reset(st, &e->err));
    }
    td_stmt_close(st);
}

static void test_rebinding_replaces_one_value(void **state)
{
    struct env *e = *state;
    struct td_db_stmt *st = env_prepare(e, PICK(e, "SELECT $1, $2", "SELECT $1::bigint, $2::text"));
    env_bind(e, st, 1, td_int(1));
    env_bind(e, st, 2, td_text("one"));
    assert_true(env_step(e, st));
    env_bind(e, st, 2, td_null()); /* in the middle of the rows: resets */
    assert_true(env_step(e, st));
    assert_int_equal(td_stmt_int(st, 0), 1);
    assert_true(td_stmt_is_null(st, 1));
    assert_false(env_step(e, st));
    td_stmt_close(st);
}

static void test_bound_values_are_copied(void **state)
{
    struct env *e = *state;
    char text[] = "before";
    struct td_db_stmt *st = env_prepare(e, PICK(e, "SELECT $1", "SELECT $1::text"));
    env_bind(e, st, 1, td_text(text));
    memcpy(text, "after!", sizeof text);
    assert_true(env_step(e, st));
    assert_string_equal(td_stmt_text(st, 0), "before");
    td_stmt_close(st);
}

static void test_unbound_placeholder_is_null(void **state)
{
    struct env *e = *state;
    struct td_db_stmt *st = env_prepare(e, PICK(e, "SELECT $1", "SELECT $1::text"));
    assert_true(env_step(e, st));
    assert_true(td_stmt_is_null(st, 0));
    td_stmt_close(st);
}

static void test_placeholders_in_any_order_and_twice(void **state)
{
    struct env *e = *state;
    const char *sql = PICK(e, "SELECT $2, $1, $2, '$1', \"$3\" FROM (SELECT 3 AS \"$3\") -- $4\n",
                           "SELECT $2::text, $1::text, $2::text, '$1', \"$3\" FROM (SELECT 3 AS \"$3\") AS q -- $4\n");
    struct td_db_stmt *st = env_prepare(e, sql);
    env_bind(e, st, 1, td_text("a"));
    env_bind(e, st, 2, td_text("b"));
    assert_int_not_equal(td_stmt_bind(st, 3, td_int(0), &e->err), TD_OK);
    assert_true(env_step(e, st));
    assert_string_equal(td_stmt_text(st, 0), "b");
    assert_string_equal(td_stmt_text(st, 1), "a");
    assert_string_equal(td_stmt_text(st, 2), "b");
    assert_string_equal(td_stmt_text(st, 3), "$1");
    assert_int_equal(td_stmt_int(st, 4), 3);
    td_stmt_close(st);
}

static char *sum_of_placeholders(int n)
{
    struct td_buf sql = {0};
    struct td_err err = {0};
    char *text = NULL;
    td_buf_add(&sql, "SELECT sum(column1) FROM (VALUES (0)");
    for (int i = 1; i <= n; i++)
        td_buf_printf(&sql, ", ($%d)", i);
    td_buf_add(&sql, ") AS v");
    assert_int_equal(td_buf_take(&sql, &text, &err), TD_OK);
    return text;
}

static void test_many_placeholders(void **state)
{
    enum { N = 7498 };
    struct env *e = *state;
    char *sql = sum_of_placeholders(N);
    struct td_db_stmt *st = env_prepare(e, sql);
    for (int i = 1; i <= N; i++)
        env_bind(e, st, i, td_int(i));
    assert_true(env_step(e, st));
    assert_int_equal(td_stmt_int(st, 0), N * (N + 1) / 2);
    td_stmt_close(st);
    td_mem_free(sql);
}

/* One engine's library would take more, the other's would lose the connection over it: neither may happen. */
static void test_too_many_placeholders(void **state)
{
    struct env *e = *state;
    struct td_db_stmt *st = NULL;
    char *sql = sum_of_placeholders(7499);
    if (td_db_prepare(e->db, sql, &st, &e->err) == TD_OK)
        td_stmt_close(st);
    else
        assert_int_equal(e->err.code, TD_C_DB_TOO_LARGE);
    env_exec(e, "SELECT 1");
    td_mem_free(sql);
}

static void test_wrong_calls_are_errors_not_crashes(void **state)
{
    struct env *e = *state;
    struct td_db_stmt *st = env_prepare(e, PICK(e, "SELECT $1", "SELECT $1::text"));
    assert_int_equal(td_stmt_bind(st, 0, td_int(1), &e->err), TD_EUSAGE);
    assert_int_equal(td_stmt_bind(st, 2, td_int(1), &e->err), TD_EUSAGE);
    assert_int_equal(td_stmt_bind(NULL, 1, td_int(1), &e->err), TD_EUSAGE);
    assert_int_equal(td_stmt_column(st, 0).kind, TD_V_NULL); /* no row yet */
    assert_true(env_step(e, st));
    assert_int_equal(td_stmt_column(st, 5).kind, TD_V_NULL);
    assert_int_equal(td_stmt_column(st, -1).kind, TD_V_NULL);
    assert_string_equal(td_stmt_text(st, 5), "");
    assert_string_equal(td_stmt_column_name(st, 5), "");
    td_stmt_close(st);
    td_stmt_close(NULL);
    assert_int_equal(td_db_exec(NULL, "SELECT 1", &e->err), TD_EUSAGE);
    assert_int_equal(td_db_exec(e->db, NULL, &e->err), TD_EUSAGE);
    assert_int_equal(td_db_prepare(e->db, NULL, &st, &e->err), TD_EUSAGE);
}

static void test_two_statements_may_be_read_alternately(void **state)
{
    struct env *e = *state;
    struct td_db_stmt *a = env_prepare(e, SERIES_1000), *b = env_prepare(e, SERIES_1000);
    for (int i = 1; i <= 1000; i++) {
        assert_true(env_step(e, a));
        assert_true(env_step(e, b));
        assert_int_equal(td_stmt_int(a, 0), i);
        assert_int_equal(td_stmt_int(b, 0), i);
    }
    assert_false(env_step(e, a));
    assert_false(env_step(e, b));
    td_stmt_close(a);
    td_stmt_close(b);
}

static void test_exec_and_write_while_rows_are_read(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER)");
    struct td_db_stmt *st = env_prepare(e, SERIES_1000);
    struct td_value v;
    int n = 0;
    while (env_step(e, st) && ++n <= 20) {
        v = td_int(td_stmt_int(st, 0));
        env_ok(e, td_db_run(e->db, "INSERT INTO t VALUES ($1)", &v, 1, &e->err));
    }
    td_stmt_close(st); /* with rows left */
    assert_int_equal(env_int(e, "SELECT sum(a) FROM t"), 210);
}

static void test_exec_runs_several_statements(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x;y'), (2, '--'); -- end\n"
                "SELECT * FROM t; UPDATE t SET b = 'z';");
    assert_int_equal(td_db_changes(e->db), 2);
    assert_int_equal(env_int(e, "SELECT count(*) FROM t WHERE b = 'z'"), 2);
}

static void test_exec_of_nothing_is_fine(void **state)
{
    struct env *e = *state;
    env_exec(e, "");
    env_exec(e, " ;; \n -- only a comment\n/* and another */ ");
}

static void test_prepare_takes_one_statement_only(void **state)
{
    struct env *e = *state;
    struct td_db_stmt *st = NULL;
    assert_int_equal(td_db_prepare(e->db, "SELECT 1; SELECT 2", &st, &e->err), TD_ESYNTAX);
    assert_string_equal(e->err.sqlstate, "42601");
    assert_null(st);
    st = env_prepare(e, "SELECT 1; -- that was all\n");
    assert_true(env_step(e, st));
    td_stmt_close(st);
}

static void test_changes_count_the_last_statement(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER)");
    assert_int_equal(td_db_changes(e->db), 0);
    env_exec(e, "INSERT INTO t VALUES (1), (2), (3)");
    assert_int_equal(td_db_changes(e->db), 3);
    env_exec(e, "CREATE TABLE u (a INTEGER)");
    assert_int_equal(td_db_changes(e->db), 0);
    env_ok(e, td_db_run(e->db, "DELETE FROM t WHERE a > 1", NULL, 0, &e->err));
    assert_int_equal(td_db_changes(e->db), 2);
    env_ok(e, td_db_run(e->db, "UPDATE t SET a = 5 WHERE a = 99", NULL, 0, &e->err));
    assert_int_equal(td_db_changes(e->db), 0);
}

static void test_returning_gives_rows(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)");
    struct td_db_stmt *st = env_prepare(e, "INSERT INTO t VALUES (1, $1), (2, $1) RETURNING a");
    env_bind(e, st, 1, td_text("x"));
    assert_true(env_step(e, st));
    assert_true(env_step(e, st));
    assert_false(env_step(e, st));
    td_stmt_close(st);
    assert_int_equal(td_db_changes(e->db), 2);
}

static void test_query_helpers(void **state)
{
    struct env *e = *state;
    struct td_value v = td_text("ab");
    char *text = NULL;
    int64_t n = 0;
    env_ok(e, td_db_query_text(e->db, "SELECT 'x' WHERE 1 = 0", NULL, 0, &text, &e->err));
    assert_null(text);
    env_ok(e, td_db_query_text(e->db, "SELECT NULL", NULL, 0, &text, &e->err));
    assert_null(text);
    env_ok(e, td_db_query_text(e->db, PICK(e, "SELECT $1 || 'c'", "SELECT $1::text || 'c'"), &v, 1, &text, &e->err));
    assert_string_equal(text, "abc");
    td_mem_free(text);
    env_ok(e, td_db_query_int(e->db, "SELECT 9223372036854775807", NULL, 0, &n, &e->err));
    assert_true(n == INT64_MAX);
    env_ok(e, td_db_query_int(e->db, "SELECT 1 = 1", NULL, 0, &n, &e->err));
    assert_int_equal(n, 1);
    assert_int_equal(td_db_query_int(e->db, "SELECT 'many'", NULL, 0, &n, &e->err), TD_EDATA);
}

static void test_a_statement_survives_a_change_of_the_table(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)");
    struct td_db_stmt *st = env_prepare(e, "SELECT a FROM t");
    assert_true(env_step(e, st));
    env_ok(e, td_stmt_reset(st, &e->err));
    env_exec(e, "ALTER TABLE t ADD COLUMN b TEXT");
    assert_true(env_step(e, st));
    assert_int_equal(td_stmt_int(st, 0), 1);
    td_stmt_close(st);
}

static void test_select_star_follows_the_table(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)");
    struct td_db_stmt *st = env_prepare(e, "SELECT * FROM t");
    for (int i = 0; i < 6; i++) { /* often enough to be kept by the server */
        env_exec(e, "SELECT 1");
        assert_true(env_step(e, st));
        env_ok(e, td_stmt_reset(st, &e->err));
    }
    env_exec(e, "ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'x'; ALTER TABLE t ADD COLUMN c TEXT DEFAULT 'y'");
    assert_true(env_step(e, st));
    assert_int_equal(td_stmt_columns(st), 3);
    assert_string_equal(td_stmt_text(st, 2), "y");
    assert_string_equal(td_stmt_column_name(st, 2), "c");
    env_ok(e, td_stmt_reset(st, &e->err));
    env_exec(e, "ALTER TABLE t DROP COLUMN c; ALTER TABLE t DROP COLUMN b");
    assert_true(env_step(e, st));
    assert_int_equal(td_stmt_columns(st), 1);
    td_stmt_close(st);
}

static void test_statements_survive_discard_all(void **state)
{
    struct env *e = *state;
    struct td_db_stmt *st = env_prepare(e, "SELECT $1::int");
    for (int i = 0; i < 8; i++) {
        env_bind(e, st, 1, td_int(i));
        env_exec(e, i == 5 ? "DISCARD ALL" : "SELECT 1"); /* so that it is not the unnamed one, and gets a name */
        assert_true(env_step(e, st));
        assert_int_equal(td_stmt_int(st, 0), i);
    }
    td_stmt_close(st);
    st = env_prepare(e, "SELECT 1");
    td_stmt_close(st);
}

const struct env_test statement_tests[] = {
    BOTH(test_step_row_by_row),
    BOTH(test_rows_taken_whole_are_the_same),
    BOTH(test_reset_runs_again_with_the_same_bindings),
    BOTH(test_rebinding_replaces_one_value),
    BOTH(test_bound_values_are_copied),
    BOTH(test_unbound_placeholder_is_null),
    BOTH(test_placeholders_in_any_order_and_twice),
    BOTH(test_many_placeholders),
    BOTH(test_too_many_placeholders),
    BOTH(test_wrong_calls_are_errors_not_crashes),
    BOTH(test_two_statements_may_be_read_alternately),
    BOTH(test_exec_and_write_while_rows_are_read),
    BOTH(test_exec_runs_several_statements),
    BOTH(test_exec_of_nothing_is_fine),
    BOTH(test_prepare_takes_one_statement_only),
    BOTH(test_changes_count_the_last_statement),
    BOTH(test_returning_gives_rows),
    BOTH(test_query_helpers),
    BOTH(test_a_statement_survives_a_change_of_the_table),
    BOTH(test_select_star_follows_the_table),
    POSTGRES_ONLY(test_statements_survive_discard_all),
    {0},
};
