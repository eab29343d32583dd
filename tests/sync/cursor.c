/* Cursors: what is read, what is in them, and that PostgreSQL says the same of its snapshots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "sync/cursor.h"
#include "tests/lib/project.h"

struct parsing {
    struct td_arena *a;
    const char *text;
    struct td_cursor *out;
};

static int parse_in_run(void *data, struct td_err *err)
{
    struct parsing *p = data;
    return td_cursor_parse(p->a, p->text, p->out, err);
}

static int parse(struct td_arena *a, const char *text, struct td_cursor *out)
{
    struct td_err err = {0};
    return td_arena_run(a, parse_in_run, &(struct parsing){a, text, out}, &err);
}

static void test_what_is_printed_is_what_was_read(void **state)
{
    (void)state;
    static const char *const texts[] = {"739:745:739,742",
                                        "1:1:", "5:9:", "18446744073709551614:18446744073709551615:"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct td_arena a = {0};
        struct td_cursor c;
        struct td_buf b = {0};
        assert_int_equal(parse(&a, texts[i], &c), TD_OK);
        td_cursor_print(&c, &b);
        assert_string_equal(td_buf_str(&b), texts[i]);
        td_buf_deinit(&b);
        td_arena_deinit(&a);
    }
}

static void test_other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",         "1",      "1:2",    "1:2:x",   "0:1:",
                                        "2:1:",     "1:2:2",  "3:9:2",  "1:9:5,4", "1:9:5,5",
                                        "1:9:5,",   "1:9:,5", "-1:2:",  " 1:2:",   "1:2: ",
                                        "1:9:5 ,6", "1:2:\n", "0x1:2:", "1:2:1:2", "1::",
                                        "1:2:1,",   ":2:",    "1:+2:",  "١:2:",    "1:99999999999999999999:"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct td_arena a = {0};
        struct td_cursor c;
        if (parse(&a, texts[i], &c) != TD_EDATA)
            fail_msg("taken: \"%s\"", texts[i]);
        td_arena_deinit(&a);
    }
}

static void test_a_text_without_end_is_refused(void **state)
{
    (void)state;
    struct td_arena a = {0};
    struct td_cursor c;
    struct td_buf b = {0};
    td_buf_add(&b, "1:99999:");
    for (int i = 1; i < 20000; i++)
        td_buf_printf(&b, "%s%d", i > 1 ? "," : "", i);
    assert_int_equal(parse(&a, td_buf_str(&b), &c), TD_EDATA);
    td_buf_deinit(&b);
    td_arena_deinit(&a);
}

static void test_one_cursor_precedes_another_when_that_has_all_of_it(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second;
        bool precedes;
    } cases[] = {
        {"5:9:5,7", "5:9:5,7", true}, {"5:9:5,7", "5:9:5", true},  {"5:9:5", "5:9:5,7", false},
        {"5:9:", "4:9:4", false},     {"5:9:", "9:12:9,11", true}, {"5:9:", "8:12:8", false},
        {"5:9:", "3:8:3", false},     {"5:9:5", "10:10:", true},   {"10:10:", "5:9:5", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct td_arena a = {0};
        struct td_cursor x, y;
        assert_int_equal(parse(&a, cases[i].first, &x), TD_OK);
        assert_int_equal(parse(&a, cases[i].second, &y), TD_OK);
        assert_int_equal(td_cursor_precedes(&x, &y), cases[i].precedes);
        td_arena_deinit(&a);
    }
}

static void test_a_server_that_was_set_back_is_noticed(void **state)
{
    (void)state;
    struct td_arena a = {0};
    struct td_cursor old, now;
    assert_int_equal(parse(&a, "900000000:900000001:", &old), TD_OK);
    assert_int_equal(parse(&a, "955:955:", &now), TD_OK);
    assert_true(td_cursor_is_ahead_of(&old, &now));
    assert_false(td_cursor_is_ahead_of(&now, &old));
    td_arena_deinit(&a);
}

static bool yes(struct project *p, const char *sql)
{
    return strcmp(project_text(p, sql), "t") == 0 || strcmp(project_text(p, sql), "1") == 0;
}

/* pg_visible_in_snapshot() and the condition, for each id around a snapshot's. */
static void test_postgres_agrees(void **state)
{
    (void)state;
    static const char *const texts[] = {"739:745:739,742", "740:740:", "5:20:5,6,7,19"};
    struct project p;
    project_open(&p, NULL);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct td_arena a = {0};
        struct td_cursor c;
        struct td_buf condition = {0};
        assert_int_equal(parse(&a, texts[i], &c), TD_OK);
        td_cursor_add_condition(&c, "x", &condition);
        for (uint64_t xid = c.xmin - 2; xid <= c.xmax + 2; xid++) {
            char sql[600];
            snprintf(sql, sizeof sql, "SELECT pg_visible_in_snapshot('%llu'::xid8, '%s'::pg_snapshot)",
                     (unsigned long long)xid, texts[i]);
            assert_int_equal(td_cursor_has(&c, xid), yes(&p, sql));
            snprintf(sql, sizeof sql, "SELECT %s FROM (SELECT '%llu'::xid8 AS x) t", td_buf_str(&condition),
                     (unsigned long long)xid);
            assert_int_equal(!td_cursor_has(&c, xid), yes(&p, sql));
        }
        td_buf_deinit(&condition);
        td_arena_deinit(&a);
    }
    project_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_printed_is_what_was_read),
        cmocka_unit_test(test_other_texts_are_refused),
        cmocka_unit_test(test_a_text_without_end_is_refused),
        cmocka_unit_test(test_one_cursor_precedes_another_when_that_has_all_of_it),
        cmocka_unit_test(test_a_server_that_was_set_back_is_noticed),
        cmocka_unit_test(test_postgres_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
