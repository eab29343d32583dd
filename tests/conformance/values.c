/* Values arrive as they were stored, digit for digit. */
#include <math.h>
#include <stdlib.h>

#include "tests/conformance/env.h"

/* Stores a value in a column of the type and gives a statement that stands on its row. */
static struct td_db_stmt *there_and_back(struct env *e, const char *type, struct td_value v)
{
    struct td_db_stmt *st;
    env_ok(e, td_db_execf(e->db, &e->err, "DROP TABLE IF EXISTS v"));
    env_ok(e, td_db_execf(e->db, &e->err, "CREATE TABLE v (x %s)%s", type, PICK(e, " STRICT", "")));
    env_ok(e, td_db_run(e->db, "INSERT INTO v VALUES ($1)", &v, 1, &e->err));
    assert_int_equal(td_db_changes(e->db), 1);
    st = env_prepare(e, "SELECT x FROM v");
    assert_true(env_step(e, st));
    return st;
}

static void test_null_comes_back_as_null(void **state)
{
    struct env *e = *state;
    const char *types[] = {PICK(e, "INTEGER", "bigint"), PICK(e, "REAL", "double precision"), PICK(e, "TEXT", "text"),
                           PICK(e, "BLOB", "bytea"), PICK(e, "TEXT", "jsonb")};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct td_db_stmt *st = there_and_back(e, types[i], td_null());
        assert_int_equal(td_stmt_column(st, 0).kind, TD_V_NULL);
        assert_true(td_stmt_is_null(st, 0));
        assert_null(td_stmt_text(st, 0));
        assert_int_equal(td_stmt_int(st, 0), 0);
        td_stmt_close(st);
    }
}

static void test_integers_keep_all_64_bits(void **state)
{
    static const struct {
        int64_t i;
        const char *text;
    } cases[] = {{0, "0"},
                 {-1, "-1"},
                 {9007199254740993, "9007199254740993"},
                 {INT64_MAX, "9223372036854775807"},
                 {INT64_MIN, "-9223372036854775808"}};
    struct env *e = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct td_db_stmt *st = there_and_back(e, PICK(e, "INTEGER", "bigint"), td_int(cases[i].i));
        assert_int_equal(td_stmt_column(st, 0).kind, TD_V_INT);
        assert_true(td_stmt_column(st, 0).i == cases[i].i);
        assert_true(td_stmt_int(st, 0) == cases[i].i);
        assert_string_equal(td_stmt_text(st, 0), cases[i].text);
        assert_true(td_stmt_column(st, 0).i == cases[i].i);
        td_stmt_close(st);
    }
}

static void test_doubles_are_exact(void **state)
{
    static const struct {
        double d;
        const char *text;
    } cases[] = {{0.1, "0.1"},
                 {1.0 / 3, "0.3333333333333333"},
                 {-1.5, "-1.5"},
                 {1e15, "1e+15"},
                 {123456789012345680.0, "1.2345678901234568e+17"},
                 {1.7976931348623157e308, "1.7976931348623157e+308"},
                 {4.9406564584124654e-324, NULL},
                 {2.2250738585072014e-308, "2.2250738585072014e-308"},
                 {INFINITY, "Infinity"},
                 {-INFINITY, "-Infinity"}};
    struct env *e = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct td_db_stmt *st = there_and_back(e, PICK(e, "REAL", "double precision"), td_double(cases[i].d));
        assert_int_equal(td_stmt_column(st, 0).kind, TD_V_DOUBLE);
        assert_true(td_stmt_column(st, 0).d == cases[i].d);
        if (cases[i].text != NULL)
            assert_string_equal(td_stmt_text(st, 0), cases[i].text);
        assert_true(strtod(td_stmt_text(st, 0), NULL) == cases[i].d);
        td_stmt_close(st);
    }
}

static void test_nan_is_kept_or_refused_never_turned_into_null(void **state)
{
    struct env *e = *state;
    if (on_sqlite(e)) {
        struct td_value nan_value = td_double(NAN);
        env_exec(e, "CREATE TABLE v (x REAL)");
        int rc = td_db_run(e->db, "INSERT INTO v VALUES ($1)", &nan_value, 1, &e->err);
        assert_int_equal(rc, TD_EDATA);
        assert_int_equal(env_int(e, "SELECT count(*) FROM v"), 0);
        return;
    }
    struct td_db_stmt *st = there_and_back(e, "double precision", td_double(NAN));
    assert_true(isnan(td_stmt_column(st, 0).d));
    td_stmt_close(st);
}

static void test_booleans(void **state)
{
    struct env *e = *state;
    for (int b = 0; b <= 1; b++) {
        struct td_db_stmt *st = there_and_back(e, PICK(e, "INTEGER", "boolean"), td_bool(b));
        struct td_value v = td_stmt_column(st, 0);
        assert_int_equal(v.kind, PICK(e, TD_V_INT, TD_V_BOOL));
        assert_int_equal(td_stmt_int(st, 0), b);
        td_stmt_close(st);
    }
}

static void test_bool_binds_to_an_integer_column(void **state)
{
    struct env *e = *state;
    struct td_db_stmt *st = there_and_back(e, PICK(e, "INTEGER", "smallint"), td_bool(true));
    assert_int_equal(td_stmt_int(st, 0), 1);
    td_stmt_close(st);
}

static void test_texts_keep_every_character(void **state)
{
    static const char *const cases[] = {
        "",   "a",        "it's \"quoted\"",         "back\\slash \\n", "line\nbreak\ttab\r",
        "$1", "-- no /*", "\xF0\x9F\x90\xBC \u00fc", "\\x41",           "NULL"};
    struct env *e = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct td_db_stmt *st = there_and_back(e, PICK(e, "TEXT", "text"), td_text(cases[i]));
        struct td_value v = td_stmt_column(st, 0);
        assert_int_equal(v.kind, TD_V_TEXT);
        assert_int_equal(v.bytes.len, strlen(cases[i]));
        assert_string_equal(v.bytes.at, cases[i]);
        assert_string_equal(td_stmt_text(st, 0), cases[i]);
        td_stmt_close(st);
    }
}

static void test_nul_in_a_text_is_not_cut_off(void **state)
{
    struct env *e = *state;
    struct td_value v = td_bytes(TD_V_TEXT, "a\0b", 3);
    if (on_sqlite(e)) {
        struct td_db_stmt *st = there_and_back(e, "TEXT", v);
        assert_int_equal(td_stmt_column(st, 0).bytes.len, 3);
        assert_memory_equal(td_stmt_column(st, 0).bytes.at, "a\0b", 3);
        td_stmt_close(st);
        return;
    }
    env_exec(e, "CREATE TABLE v (x text)");
    int rc = td_db_run(e->db, "INSERT INTO v VALUES ($1)", &v, 1, &e->err);
    assert_int_equal(rc, TD_EDATA);
    assert_string_equal(e->err.sqlstate, "22021");
}

static void test_ten_megabytes_of_text(void **state)
{
    struct env *e = *state;
    size_t len = (size_t)10 * 1024 * 1024;
    char *big = malloc(len + 1);
    for (size_t i = 0; i < len; i++)
        big[i] = (char)('a' + i % 26);
    big[len] = '\0';
    struct td_db_stmt *st = there_and_back(e, PICK(e, "TEXT", "text"), td_text(big));
    struct td_value v = td_stmt_column(st, 0);
    assert_int_equal(v.bytes.len, len);
    assert_memory_equal(v.bytes.at, big, len);
    td_stmt_close(st);
    free(big);
}

static void test_blobs_keep_every_byte(void **state)
{
    struct env *e = *state;
    unsigned char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (unsigned char)i;
    struct td_db_stmt *st = there_and_back(e, PICK(e, "BLOB", "bytea"), td_bytes(TD_V_BLOB, all, sizeof all));
    struct td_value v = td_stmt_column(st, 0);
    assert_int_equal(v.kind, TD_V_BLOB);
    assert_int_equal(v.bytes.len, sizeof all);
    assert_memory_equal(v.bytes.at, all, sizeof all);
    assert_true(strncmp(td_stmt_text(st, 0), "\\x000102", 8) == 0);
    td_stmt_close(st);
}

static void test_empty_blob_is_not_null(void **state)
{
    struct env *e = *state;
    struct td_db_stmt *st = there_and_back(e, PICK(e, "BLOB", "bytea"), td_bytes(TD_V_BLOB, "", 0));
    assert_int_equal(td_stmt_column(st, 0).kind, TD_V_BLOB);
    assert_int_equal(td_stmt_column(st, 0).bytes.len, 0);
    assert_string_equal(td_stmt_text(st, 0), "\\x");
    td_stmt_close(st);
}

static void exact_text(struct env *e, const char *type, enum td_value_kind kind, const char *text)
{
    struct td_db_stmt *st = there_and_back(e, PICK(e, "TEXT", type), td_bytes(kind, text, strlen(text)));
    struct td_value v = td_stmt_column(st, 0);
    assert_int_equal(v.kind, PICK(e, TD_V_TEXT, kind));
    assert_string_equal(v.bytes.at, text);
    assert_int_equal(v.bytes.len, strlen(text));
    td_stmt_close(st);
}

static void test_exact_texts_are_not_touched(void **state)
{
    struct env *e = *state;
    exact_text(e, "numeric", TD_V_NUMERIC, "1.10");
    exact_text(e, "numeric", TD_V_NUMERIC, "-12345678901234567890123456789012345678.000000000100");
    exact_text(e, "numeric", TD_V_NUMERIC, "NaN");
    exact_text(e, "timestamp", TD_V_TIMESTAMP, "2026-11-22 10:19:00.123456");
    exact_text(e, "timestamp", TD_V_TIMESTAMP, "infinity");
    exact_text(e, "date", TD_V_TIMESTAMP, "0044-03-15 BC");
    exact_text(e, "time", TD_V_TIMESTAMP, "23:59:59.999999");
    exact_text(e, "uuid", TD_V_UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    exact_text(e, "json", TD_V_JSON, "{\"n\":9007199254740993,  \"d\":1.10}");
    exact_text(e, "jsonb", TD_V_JSON, "{\"d\": 1.10, \"n\": 9007199254740993}");
}

static void test_other_types_come_as_text(void **state)
{
    struct env *e = *state;
    struct td_db_stmt *st = env_prepare(e, "SELECT '1 day'::interval, '10.0.0.0/8'::cidr, ARRAY[1,NULL], 'x'::name, "
                                           "17::oid, 0.1::real, B'101'");
    assert_true(env_step(e, st));
    assert_string_equal(td_stmt_column(st, 0).bytes.at, "1 day");
    assert_string_equal(td_stmt_column(st, 1).bytes.at, "10.0.0.0/8");
    assert_string_equal(td_stmt_column(st, 2).bytes.at, "{1,NULL}");
    assert_int_equal(td_stmt_column(st, 3).kind, TD_V_TEXT);
    assert_int_equal(td_stmt_column(st, 4).i, 17);
    assert_true(td_stmt_column(st, 5).d == 0.1);
    assert_string_equal(td_stmt_column(st, 6).bytes.at, "101");
    td_stmt_close(st);
}

const struct env_test values_tests[] = {
    BOTH(test_null_comes_back_as_null),
    BOTH(test_integers_keep_all_64_bits),
    BOTH(test_doubles_are_exact),
    BOTH(test_nan_is_kept_or_refused_never_turned_into_null),
    BOTH(test_booleans),
    BOTH(test_bool_binds_to_an_integer_column),
    BOTH(test_texts_keep_every_character),
    BOTH(test_nul_in_a_text_is_not_cut_off),
    BOTH(test_ten_megabytes_of_text),
    BOTH(test_blobs_keep_every_byte),
    BOTH(test_empty_blob_is_not_null),
    BOTH(test_exact_texts_are_not_touched),
    POSTGRES_ONLY(test_other_types_come_as_text),
    {0},
};
