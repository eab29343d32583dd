/* Bulk load, where the engine has it. */
#include <stdlib.h>

#include "core/base/mem.h"
#include "tests/conformance/env.h"

static void test_engines_without_copy_say_so(void **state)
{
    struct env *e = *state;
    assert_false(td_db_has(e->db, TD_CAP_COPY));
    assert_int_equal(td_db_copy_begin(e->db, NULL, "t", NULL, 0, &e->err), TD_EUNSUPPORTED);
    assert_int_equal(td_db_copy_row(e->db, NULL, 0, &e->err), TD_EUNSUPPORTED);
    assert_int_equal(td_db_copy_end(e->db, false, &e->err), TD_EUNSUPPORTED);
}

static void begin(struct env *e)
{
    static const char *const columns[] = {"i", "t x", "b", "d", "n", "o"};
    env_exec(e,
             "CREATE TABLE \"Big \"\"T\" (i bigint, \"t x\" text, b bytea, d float8, n numeric, o boolean CHECK (o))");
    env_ok(e, td_db_copy_begin(e->db, "public", "Big \"T", columns, 6, &e->err));
}

static void test_copy_keeps_every_value(void **state)
{
    struct env *e = *state;
    const char *nasty = "a\tb\nc\r\\N \\. \\\\ \"' \u00fc";
    struct td_value row[6] = {td_int(INT64_MIN),
                              td_text(nasty),
                              td_bytes(TD_V_BLOB, "\0\\\t\n\xff", 5),
                              td_double(0.1),
                              td_bytes(TD_V_NUMERIC, "1.10", 4),
                              td_bool(true)};
    struct td_value nulls[6] = {{0}};
    struct td_value other[6] = {td_int(2), td_text("\\N"), td_bytes(TD_V_BLOB, "", 0)};
    begin(e);
    env_ok(e, td_db_copy_row(e->db, row, 6, &e->err));
    env_ok(e, td_db_copy_row(e->db, nulls, 6, &e->err));
    env_ok(e, td_db_copy_row(e->db, other, 6, &e->err));
    env_ok(e, td_db_copy_end(e->db, false, &e->err));
    assert_int_equal(td_db_changes(e->db), 3);

    struct td_db_stmt *st = env_prepare(e, "SELECT * FROM \"Big \"\"T\" ORDER BY i");
    assert_true(env_step(e, st));
    assert_true(td_stmt_int(st, 0) == INT64_MIN);
    assert_string_equal(td_stmt_text(st, 1), nasty);
    assert_int_equal(td_stmt_column(st, 2).bytes.len, 5);
    assert_memory_equal(td_stmt_column(st, 2).bytes.at, "\0\\\t\n\xff", 5);
    assert_true(td_stmt_column(st, 3).d == 0.1);
    assert_string_equal(td_stmt_text(st, 4), "1.10");
    assert_true(td_stmt_column(st, 5).b);
    assert_true(env_step(e, st));
    assert_string_equal(td_stmt_text(st, 1), "\\N");
    assert_int_equal(td_stmt_column(st, 2).kind, TD_V_BLOB);
    assert_true(env_step(e, st));
    for (int i = 0; i < 6; i++)
        assert_true(td_stmt_is_null(st, i));
    td_stmt_close(st);
}

static void test_copy_of_many_rows(void **state)
{
    struct env *e = *state;
    begin(e);
    for (int i = 0; i < 100000; i++) {
        struct td_value row[6] = {td_int(i), td_text("some text that fills the blocks")};
        env_ok(e, td_db_copy_row(e->db, row, 6, &e->err));
    }
    env_ok(e, td_db_copy_end(e->db, false, &e->err));
    assert_int_equal(env_int(e, "SELECT count(DISTINCT i) FROM \"Big \"\"T\""), 100000);
}

static void test_a_copy_that_is_given_up_leaves_nothing(void **state)
{
    struct env *e = *state;
    struct td_value row[6] = {td_int(1)};
    begin(e);
    env_ok(e, td_db_copy_row(e->db, row, 6, &e->err));
    assert_int_equal(td_db_exec(e->db, "SELECT 1", &e->err), TD_EUSAGE); /* not in the middle of it */
    env_ok(e, td_db_copy_end(e->db, true, &e->err));
    assert_int_equal(env_int(e, "SELECT count(*) FROM \"Big \"\"T\""), 0);
}

static void test_a_bad_row_fails_the_copy_with_its_state(void **state)
{
    struct env *e = *state;
    struct td_value row[6] = {td_int(1)};
    row[5] = td_bool(false);
    begin(e);
    env_ok(e, td_db_copy_row(e->db, row, 6, &e->err));
    assert_int_equal(td_db_copy_end(e->db, false, &e->err), TD_ECHECK);
    assert_string_equal(e->err.sqlstate, "23514");
    assert_int_equal(env_int(e, "SELECT count(*) FROM \"Big \"\"T\""), 0);
}

static void test_a_value_that_cannot_be_sent_leaves_the_copy_usable(void **state)
{
    struct env *e = *state;
    struct td_value row[6] = {td_int(1), td_bytes(TD_V_TEXT, "a\0b", 3)};
    begin(e);
    assert_int_equal(td_db_copy_row(e->db, row, 6, &e->err), TD_EDATA);
    row[1] = td_text("ab");
    env_ok(e, td_db_copy_row(e->db, row, 6, &e->err));
    env_ok(e, td_db_copy_end(e->db, false, &e->err));
    assert_int_equal(env_int(e, "SELECT count(*) FROM \"Big \"\"T\""), 1);
}

static void test_copy_into_a_missing_table(void **state)
{
    struct env *e = *state;
    assert_int_equal(td_db_copy_begin(e->db, NULL, "nowhere", NULL, 0, &e->err), TD_ESCHEMA);
    assert_string_equal(e->err.sqlstate, "42P01");
    env_exec(e, "SELECT 1");
}

const struct env_test copy_tests[] = {
    SQLITE_ONLY(test_engines_without_copy_say_so),
    POSTGRES_ONLY(test_copy_keeps_every_value),
    POSTGRES_ONLY(test_copy_of_many_rows),
    POSTGRES_ONLY(test_a_copy_that_is_given_up_leaves_nothing),
    POSTGRES_ONLY(test_a_bad_row_fails_the_copy_with_its_state),
    POSTGRES_ONLY(test_a_value_that_cannot_be_sent_leaves_the_copy_usable),
    POSTGRES_ONLY(test_copy_into_a_missing_table),
    {0},
};
