/* Arena, buffer, vectors, maps, errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/vec.h"

static int fill(void *data, struct td_err *err)
{
    struct td_arena *a = data;
    (void)err;
    for (int i = 0; i < 10000; i++)
        td_arena_printf(a, "text %d", i);
    return TD_OK;
}

static void test_arena_run_reports_failed_allocation(void **state)
{
    (void)state;
    int seen_ok = 0;
    for (size_t nth = 1; !seen_ok && nth < 100; nth++) {
        struct td_arena a = {0};
        struct td_err err = {0};
        td_mem_fail_at(nth, 0);
        int rc = td_arena_run(&a, fill, &a, &err);
        td_mem_fail_at(0, 0);
        seen_ok = rc == TD_OK;
        assert_true(rc == TD_OK || (rc == TD_ENOMEM && err.code == TD_C_NOMEM));
        td_arena_deinit(&a);
    }
    assert_true(seen_ok);
}

static void count_down(void *p)
{
    --*(int *)p;
}

static void test_arena_deinit_runs_deferred_calls(void **state)
{
    (void)state;
    struct td_arena a = {0};
    int open = 2;
    td_arena_defer(&a, count_down, &open);
    td_arena_defer(&a, count_down, &open);
    td_arena_deinit(&a);
    assert_int_equal(open, 0);
}

static void test_buf_quotes_for_sql(void **state)
{
    (void)state;
    struct td_buf b = {0};
    td_buf_ident(&b, "a\"b");
    td_buf_char(&b, ' ');
    td_buf_lit(&b, "it's 'so'");
    assert_string_equal(td_buf_str(&b), "\"a\"\"b\" 'it''s ''so'''");
    td_buf_deinit(&b);
}

static void test_buf_remembers_first_failure(void **state)
{
    (void)state;
    struct td_buf b = {0};
    struct td_err err = {0};
    td_mem_fail_at(1, 0);
    td_buf_add(&b, "lost");
    td_mem_fail_at(0, 0);
    td_buf_add(&b, "also lost");
    assert_int_equal(td_buf_check(&b, &err), TD_ENOMEM);
    td_buf_deinit(&b);
}

static void test_map_finds_what_was_put(void **state)
{
    (void)state;
    struct td_arena a = {0};
    struct td_map m = {0};
    int values[500];
    for (int i = 0; i < 500; i++)
        td_map_put(&a, &m, td_arena_printf(&a, "key%d", i), &values[i]);
    td_map_put(&a, &m, "key7", NULL);
    assert_ptr_equal(td_map_get(&m, "key499"), &values[499]);
    assert_null(td_map_get(&m, "key7"));
    assert_null(td_map_get(&m, "key500"));
    td_arena_deinit(&a);
}

static void test_err_wrap_keeps_code_and_place(void **state)
{
    (void)state;
    struct td_err err = {0};
    td_err_set(&err, TD_C_IO, "cannot read");
    td_err_at(&err, "a.sql", 3, 4);
    assert_int_equal(td_err_wrap(&err, "migration %s", "x"), TD_EIO);
    assert_string_equal(err.message, "migration x: cannot read");
    assert_int_equal(err.line, 3);
}

static void test_err_long_message_is_cut_between_characters(void **state)
{
    (void)state;
    struct td_err err = {0};
    char big[4000];
    memset(big, 'a', sizeof big - 1);
    for (size_t i = 0; i + 1 < sizeof big - 1; i += 2)
        memcpy(big + i, "\xc3\xa4", 2);
    big[sizeof big - 1] = '\0';
    td_err_set(&err, TD_C_IO, "%s", big);
    size_t n = strlen(err.message);
    assert_string_equal(err.message + n - 3, "...");
    assert_int_not_equal((unsigned char)err.message[n - 4], 0xc3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_run_reports_failed_allocation),
        cmocka_unit_test(test_arena_deinit_runs_deferred_calls),
        cmocka_unit_test(test_buf_quotes_for_sql),
        cmocka_unit_test(test_buf_remembers_first_failure),
        cmocka_unit_test(test_map_finds_what_was_put),
        cmocka_unit_test(test_err_wrap_keeps_code_and_place),
        cmocka_unit_test(test_err_long_message_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
