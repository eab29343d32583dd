/* One set of codes and SQLSTATEs for both engines, and the place in the text. */
#include <stdio.h>

#include "tests/conformance/env.h"

static void test_each_constraint_has_its_code_and_state(void **state)
{
    struct env *e = *state;
    env_exec(e,
             "CREATE TABLE p (id INTEGER PRIMARY KEY, u INTEGER UNIQUE, n INTEGER NOT NULL, c INTEGER CHECK (c > 0))");
    env_exec(e, "CREATE TABLE f (p INTEGER REFERENCES p (id))");
    env_exec(e, "INSERT INTO p VALUES (1, 1, 1, 1)");
    env_fails(e, "INSERT INTO p VALUES (1, 2, 1, 1)", TD_EUNIQUE, "23505");
    env_fails(e, "INSERT INTO p VALUES (2, 1, 1, 1)", TD_EUNIQUE, "23505");
    env_fails(e, "INSERT INTO p VALUES (2, 2, NULL, 1)", TD_ENOTNULL, "23502");
    env_fails(e, "INSERT INTO p VALUES (2, 2, 1, 0)", TD_ECHECK, "23514");
    env_fails(e, "INSERT INTO f VALUES (7)", TD_EFOREIGN, "23503");
    env_exec(e, "INSERT INTO f VALUES (1)");
    env_fails(e, "DELETE FROM p", TD_EFOREIGN, "23503");
    assert_int_equal(env_int(e, "SELECT count(*) FROM p"), 1);
}

static void test_prepared_statements_report_the_same_errors(void **state)
{
    struct env *e = *state;
    struct td_value v = td_int(1);
    env_exec(e, "CREATE TABLE p (id INTEGER PRIMARY KEY)");
    struct td_db_stmt *st = env_prepare(e, "INSERT INTO p VALUES ($1)");
    bool row;
    env_bind(e, st, 1, v);
    assert_false(env_step(e, st));
    env_ok(e, td_stmt_reset(st, &e->err));
    assert_int_equal(td_stmt_step(st, &row, &e->err), TD_EUNIQUE);
    assert_string_equal(e->err.sqlstate, "23505");
    env_bind(e, st, 1, td_int(2)); /* and can go on */
    assert_false(env_step(e, st));
    td_stmt_close(st);
    assert_int_equal(env_int(e, "SELECT count(*) FROM p"), 2);
}

static void test_missing_and_present_objects(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER); CREATE TABLE u (a INTEGER); CREATE INDEX i ON t (a)");
    env_fails(e, "SELECT * FROM nowhere", TD_ESCHEMA, "42P01");
    env_fails(e, "SELECT nocolumn FROM t", TD_ESCHEMA, "42703");
    env_fails(e, "SELECT nofunction(1)", TD_ESCHEMA, "42883");
    env_fails(e, "CREATE TABLE t (a INTEGER)", TD_ESCHEMA, "42P07");
    env_fails(e, "CREATE INDEX i ON t (a)", TD_ESCHEMA, "42P07");
    env_fails(e, "ALTER TABLE t ADD COLUMN a INTEGER", TD_ESCHEMA, "42701");
    env_fails(e, "SELECT a FROM t, u", TD_ESCHEMA, "42702");
    env_fails(e, "DROP INDEX noindex", TD_ESCHEMA, "42704");
}

static void test_syntax_errors_have_a_column_in_characters(void **state)
{
    struct env *e = *state;
    env_fails(e, "SELECT 1 + ) 2", TD_ESYNTAX, "42601");
    assert_int_equal(e->err.column, 12);
    env_fails(e, "SELECT '\u00fc\u00fc\u00fc', 1 FROM FROM t", TD_ESYNTAX, "42601");
    assert_int_equal(e->err.column, 22);
}

static void test_the_column_counts_from_the_start_of_the_whole_text(void **state)
{
    struct env *e = *state;
    /* PostgreSQL parses the text as a whole, SQLite statement by statement: the place is the same */
    env_fails(e, "SELECT 1;\nSELECT '\u00fc';\n  SELEC 2", TD_ESYNTAX, "42601");
    assert_int_equal(e->err.column, 25);
}

static void test_schema_errors_have_a_column_where_the_engine_tells(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER)");
    env_fails(e, "SELECT '\u00fc', nocolumn FROM t", TD_ESCHEMA, "42703");
    assert_int_equal(e->err.column, 13);
    struct td_db_stmt *st;
    assert_int_equal(td_db_prepare(e->db, "SELECT a, nocolumn FROM t", &st, &e->err), TD_ESCHEMA);
    assert_int_equal(e->err.column, 11);
}

static void test_double_quotes_never_make_a_text(void **state)
{
    struct env *e = *state;
    env_fails(e, "SELECT \"no such column\"", TD_ESCHEMA, "42703");
}

static void test_values_out_of_range_or_shape(void **state)
{
    struct env *e = *state;
    if (on_sqlite(e)) {
        env_exec(e, "CREATE TABLE t (a INTEGER) STRICT");
        env_fails(e, "INSERT INTO t VALUES ('many')", TD_EDATA, "22P02");
        env_fails(e, "SELECT sum(x) FROM (SELECT 9223372036854775807 AS x UNION ALL SELECT 1)", TD_EDATA, "22003");
        env_fails(e, "SELECT json('{')", TD_EDATA, "22P02");
        return;
    }
    env_fails(e, "SELECT 'many'::int", TD_EDATA, "22P02");
    env_fails(e, "SELECT 9223372036854775807 + 1", TD_EDATA, "22003");
    env_fails(e, "SELECT 1 / 0", TD_EDATA, "22012");
    env_fails(e, "SELECT 'abc'::varchar(2)::date", TD_EDATA, "22007");
}

static void test_a_raise_in_a_trigger_keeps_its_text(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER)");
    if (on_sqlite(e))
        env_exec(e, "CREATE TRIGGER no BEFORE INSERT ON t BEGIN SELECT raise(ABORT, 'not on a Sunday'); END");
    else
        env_exec(e, "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS "
                    "$$BEGIN RAISE EXCEPTION 'not on a Sunday'; END$$;"
                    "CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no()");
    env_fails(e, "INSERT INTO t VALUES (1)", TD_ECHECK, "P0001");
    assert_string_equal(e->err.message, "not on a Sunday");
}

static void test_detail_and_hint_are_kept(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (alpha INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
    env_fails(e, "INSERT INTO t VALUES (1)", TD_EUNIQUE, "23505");
    assert_string_equal(e->err.why, "Key (alpha)=(1) already exists");
    env_fails(e, "SELECT alpah FROM t", TD_ESCHEMA, "42703");
    assert_non_null(strstr(e->err.next, "alpha"));
}

static void test_permission_denied(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER); BEGIN; CREATE ROLE td_weak; SET LOCAL ROLE td_weak");
    env_fails(e, "SELECT * FROM t", TD_EDENIED, "42501");
    td_db_rollback(e->db);
}

static void test_statement_timeout_is_busy_not_cancelled(void **state)
{
    struct env *e = *state;
    env_exec(e, "SET statement_timeout = 50");
    env_fails(e, "SELECT pg_sleep(10)", TD_EBUSY, "57014");
}

static void test_copy_without_data_in_a_text_does_not_hang(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER)");
    env_fails(e, "COPY t FROM STDIN; SELECT 1", TD_EUNSUPPORTED, "0A000");
    env_exec(e, "COPY (SELECT * FROM generate_series(1, 10000)) TO STDOUT");
    env_exec(e, "SELECT 1");
}

static void note(const char *text, void *data)
{
    snprintf(data, 200, "%s", text);
}

static void test_notices_reach_the_caller(void **state)
{
    struct env *e = *state;
    char text[200] = "";
    struct td_db_opts opts = {.on_notice = note, .notice_data = text};
    struct td_db *db = env_open(e, &opts);
    env_ok(e, td_db_exec(db, "DROP TABLE IF EXISTS nowhere", &e->err));
    assert_string_equal(text, "notice: table \"nowhere\" does not exist, skipping");
    td_db_close(db);
}

const struct env_test error_tests[] = {
    BOTH(test_each_constraint_has_its_code_and_state),
    BOTH(test_prepared_statements_report_the_same_errors),
    BOTH(test_missing_and_present_objects),
    BOTH(test_syntax_errors_have_a_column_in_characters),
    BOTH(test_the_column_counts_from_the_start_of_the_whole_text),
    BOTH(test_schema_errors_have_a_column_where_the_engine_tells),
    BOTH(test_double_quotes_never_make_a_text),
    BOTH(test_values_out_of_range_or_shape),
    BOTH(test_a_raise_in_a_trigger_keeps_its_text),
    POSTGRES_ONLY(test_detail_and_hint_are_kept),
    POSTGRES_ONLY(test_permission_denied),
    POSTGRES_ONLY(test_statement_timeout_is_busy_not_cancelled),
    POSTGRES_ONLY(test_copy_without_data_in_a_text_does_not_hang),
    POSTGRES_ONLY(test_notices_reach_the_caller),
    {0},
};
