/* The functions on SQLite connections as a whole: the list, time within a transaction, sequences, windows, what goes
 * wrong. */
#include "tests/unit/sqlite_functions_case.h"

#include "core/base/mem.h"
#include "core/sql/functions.h"

static void check(sqlite3 *db, const char *sql, const char *expected)
{
    struct td_fn_case one = {sql, expected};
    td_fn_check_cases(db, &one, 1);
}

static void run(sqlite3 *db, const char *sql)
{
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int count_of(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int n = sqlite3_column_int(st, 0);
    sqlite3_finalize(st);
    return n;
}

static void test_every_listed_function_is_registered_with_its_arguments(void **state)
{
    sqlite3 *db = *state;
    size_t count, arities = 0;
    const struct td_function *list = td_functions(&count);
    for (size_t i = 0; i < count; i++) {
        int last = list[i].max_args < 0 ? list[i].min_args : list[i].max_args;
        for (int n = list[i].min_args; n <= last; n++) {
            char *sql = sqlite3_mprintf("SELECT count(*) FROM pragma_function_list WHERE name = %Q AND narg = %d AND "
                                        "(type <> 's') = %d",
                                        list[i].name, list[i].max_args < 0 ? -1 : n, list[i].kind == TD_F_AGGREGATE);
            if (count_of(db, sql) != 1)
                fail_msg("%s with %d arguments is not registered", list[i].name, n);
            sqlite3_free(sql);
            arities++;
        }
    }
    assert_int_equal(count_of(db, "SELECT count(*) FROM pragma_function_list WHERE name LIKE 'pg\\_%' ESCAPE '\\'"),
                     (int)arities);
}

static void test_now_stays_the_same_within_a_transaction(void **state)
{
    sqlite3 *db = *state;
    run(db, "CREATE TEMP TABLE seen(t TEXT)");
    run(db, "BEGIN");
    run(db, "INSERT INTO seen SELECT pg_now()");
    for (int i = 0; i < 50; i++)
        run(db, "INSERT INTO seen SELECT pg_now() WHERE pg_clock_timestamp() <> ''");
    assert_int_equal(count_of(db, "SELECT count(DISTINCT t) FROM seen"), 1);
    run(db, "COMMIT");
    sqlite3_sleep(2);
    assert_int_equal(count_of(db, "SELECT count(*) FROM seen WHERE t >= pg_now()"), 0);
    assert_int_equal(count_of(db, "SELECT pg_now() = (SELECT pg_now() FROM seen LIMIT 1)"), 1);
    run(db, "DROP TABLE seen");
}

static void test_sequences_count_and_end_as_postgresql(void **state)
{
    sqlite3 *db = *state;
    check(db, "pg_nextval('s')", "ERR 42P01: relation \"s\" does not exist");
    run(db, "CREATE TABLE tandem_sequences(name TEXT PRIMARY KEY, last_value INTEGER, is_called INTEGER, start_value "
            "INTEGER, increment_by INTEGER, min_value INTEGER, max_value INTEGER, cycle INTEGER) STRICT;"
            "INSERT INTO tandem_sequences VALUES('s', 1, 0, 1, 1, 1, 3, 0), ('Up', 5, 0, 5, -5, 0, 5, 1)");
    check(db, "pg_currval('s')", "ERR 55000: currval of sequence \"s\" is not yet defined in this session");
    check(db, "pg_lastval()", "ERR 55000: lastval is not yet defined in this session");
    check(db, "pg_nextval('public.s') || pg_nextval('S')", "12");
    check(db, "pg_currval('s') || pg_lastval()", "22");
    check(db, "pg_setval('s', 3, 0)", "3");
    check(db, "pg_nextval('s')", "3");
    check(db, "pg_nextval('s')", "ERR 2200H: nextval: reached maximum value of sequence \"s\" (3)");
    check(db, "pg_setval('s', 9)", "ERR 22003: setval: value 9 is out of bounds for sequence \"s\" (1..3)");
    check(db, "pg_nextval('\"Up\"') || pg_nextval('\"Up\"') || pg_nextval('\"Up\"')", "505");
}

static void test_aggregates_slide_over_window_frames(void **state)
{
    static const char frame[] = "FROM (SELECT group_concat(a, ' ') a FROM (SELECT %s OVER (ORDER BY v ROWS BETWEEN 1 "
                                "PRECEDING AND CURRENT ROW) a FROM (SELECT 1 v UNION SELECT 2 UNION SELECT 3)))";
    static const struct td_fn_case cases[] = {
        {"pg_string_agg(v, ',')", "1 1,2 2,3"},
        {"pg_array_agg(v, 'int4')", "[1] [1,2] [2,3]"},
        {"pg_sum_numeric(v)", "1 3 5"},
        {"pg_avg_float(v)", "1.0 1.5 2.5"},
        {"pg_jsonb_object_agg(v, v)", "{\"1\": 1} {\"1\": 1, \"2\": 2} {\"2\": 2, \"3\": 3}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *from = sqlite3_mprintf(frame, cases[i].sql), *sql = sqlite3_mprintf("a %s", from);
        check(*state, sql, cases[i].expected);
        sqlite3_free(sql);
        sqlite3_free(from);
    }
}

static void test_random_functions_differ_from_row_to_row(void **state)
{
    sqlite3 *db = *state;
    assert_int_equal(count_of(db, "SELECT count(DISTINCT pg_gen_random_uuid()) FROM (VALUES(1),(2),(3))"), 3);
    assert_int_equal(count_of(db, "SELECT count(*) FROM (SELECT pg_random() r FROM (VALUES(1),(2),(3))) WHERE r >= 0 "
                                  "AND r < 1"),
                     3);
}

static void test_patterns_that_explode_elsewhere_end_soon(void **state)
{
    check(*state, "pg_regex(pg_repeat('a', 2000), '^(a+)+$') || pg_regex(pg_repeat('a', 300) || 'b', '^(a|aa)+$')",
          "10");
    check(*state, "pg_like(pg_repeat('a', 5000), '%a%a%a%a%a%a%b')", "0");
    check(*state, "pg_regex('a', '((a{255}){255}){255}')",
          "ERR 2201B: invalid regular expression: regular expression is too complex");
    check(*state, "pg_regex('a', pg_repeat('(', 5000))",
          "ERR 2201B: invalid regular expression: regular expression is too complex");
}

static void test_any_bytes_give_an_answer_or_an_error(void **state)
{
    sqlite3 *db = *state;
    size_t count;
    const struct td_function *list = td_functions(&count);
    static const char *const values[] = {"x'ff00fe'",
                                         "CAST(x'c328ff00' AS TEXT)",
                                         "''",
                                         "9e999",
                                         "-9223372036854775808",
                                         "'[[[]]]'",
                                         "'{\"a\":'",
                                         "'\xc3'",
                                         "char(0)"};
    for (size_t i = 0; i < count; i++) {
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            struct td_buf sql = {0}, out = {0};
            td_buf_printf(&sql, "%s(", list[i].name);
            for (int a = 0; a < (list[i].max_args < 0 ? 3 : list[i].max_args); a++)
                td_buf_printf(&sql, "%s%s", a > 0 ? "," : "", values[(v + (size_t)a * (v % 2)) % 9]);
            td_buf_add(&sql, ")");
            td_fn_ask(db, td_buf_str(&sql), &out);
            assert_true(strncmp(td_buf_str(&out), "PREPARE", 7) != 0);
            td_buf_deinit(&sql);
            td_buf_deinit(&out);
        }
    }
}

static void test_failed_allocations_leave_an_error_and_no_leak(void **state)
{
    static const char *const calls[] = {"pg_jsonb_set('{\"a\":[1]}', '[\"a\",\"0\"]', '{\"b\":2}')",
                                        "pg_regexp_replace('abcabc', '(b)c', '\\1', 'g')",
                                        "pg_array_agg(v, 'text') FROM (SELECT 'a' v UNION ALL SELECT 'b')",
                                        "pg_sum_numeric(v) FROM (SELECT '1.5' v UNION ALL SELECT '2')"};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        bool passed = false;
        for (size_t nth = 1; !passed && nth < 500; nth++) {
            char *sql = sqlite3_mprintf("SELECT %s", calls[i]);
            sqlite3_stmt *st = NULL;
            assert_int_equal(sqlite3_prepare_v2(*state, sql, -1, &st, NULL), SQLITE_OK);
            td_mem_fail_at(nth, 1);
            passed = sqlite3_step(st) == SQLITE_ROW;
            td_mem_fail_at(0, 0);
            if (!passed)
                assert_int_equal(sqlite3_reset(st) & 0xff, SQLITE_NOMEM);
            sqlite3_finalize(st);
            sqlite3_free(sql);
        }
        assert_true(passed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_listed_function_is_registered_with_its_arguments),
        cmocka_unit_test(test_now_stays_the_same_within_a_transaction),
        cmocka_unit_test(test_sequences_count_and_end_as_postgresql),
        cmocka_unit_test(test_aggregates_slide_over_window_frames),
        cmocka_unit_test(test_random_functions_differ_from_row_to_row),
        cmocka_unit_test(test_patterns_that_explode_elsewhere_end_soon),
        cmocka_unit_test(test_any_bytes_give_an_answer_or_an_error),
        cmocka_unit_test(test_failed_allocations_leave_an_error_and_no_leak),
    };
    return cmocka_run_group_tests(tests, td_fn_open, td_fn_close);
}
