/* Places in a source text: lines and columns in characters, excerpts of long lines, what is underlined. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/sql/source.h"

struct text {
    struct td_arena arena;
    const char *at;
    size_t offset, len;
    struct td_source source;
    struct td_err err;
    unsigned line, column;
};

static int place(void *data, struct td_err *ignored)
{
    struct text *t = data;
    (void)ignored;
    td_source_init(&t->arena, &t->source, "m.sql", t->at, strlen(t->at));
    td_source_place(&t->source, t->offset, &t->line, &t->column);
    td_err_set(&t->err, TD_C_LOWER_SEMANTIC, "wrong");
    td_err_source(&t->err, &t->source, t->offset, t->len);
    return TD_OK;
}

static void locate(struct text *t)
{
    struct td_err err = {0};
    td_arena_init(&t->arena);
    assert_int_equal(td_arena_run(&t->arena, place, t, &err), TD_OK);
    td_arena_deinit(&t->arena);
}

static void expect(const char *at, size_t offset, size_t len, unsigned line, unsigned column, const char *excerpt,
                   unsigned width)
{
    struct text t = {.at = at, .offset = offset, .len = len};
    locate(&t);
    assert_int_equal(t.line, line);
    assert_int_equal(t.column, column);
    assert_int_equal(t.err.line, line);
    assert_int_equal(t.err.column, column);
    assert_string_equal(t.err.excerpt, excerpt);
    assert_int_equal(t.err.width, width);
}

static void test_columns_count_characters(void **state)
{
    (void)state;
    expect("SELECT 1", 7, 1, 1, 8, "SELECT 1", 1);
    expect("a\nbc\nd", 3, 1, 2, 2, "bc", 1);
    expect("-- \xC3\xA4\xE2\x82\xAC x", 9, 1, 1, 7, "-- \xC3\xA4\xE2\x82\xAC x", 1);
    expect("", 0, 0, 1, 1, "", 1);
}

static void test_line_ends_belong_to_no_excerpt(void **state)
{
    (void)state;
    expect("a\r\nb c\r\n", 5, 1, 2, 3, "b c", 1);
    expect("a\n\nb", 2, 0, 2, 1, "", 1);
    expect("\ta\tb", 3, 1, 1, 4, " a b", 1);
}

static void test_a_carriage_return_alone_ends_a_line(void **state)
{
    (void)state;
    expect("a\rb c\rd", 4, 1, 2, 3, "b c", 1);
    expect("a\r\r\nb", 4, 1, 3, 1, "b", 1);
    expect("a\r", 2, 0, 2, 1, "", 1);
}

/* Each statement of a long line has a place: a second for all of them, and not one for each. */
static void test_places_in_a_long_line_are_found_at_once(void **state)
{
    static char line[4 << 20];
    struct text t = {.at = line};
    (void)state;
    for (size_t i = 0; i + 2 < sizeof line; i += 2)
        memcpy(line + i, i % 256 == 0 ? "ab" : "\xC3\xA4", 2);
    line[sizeof line - 2] = '\0';
    td_arena_init(&t.arena);
    td_source_init(&t.arena, &t.source, "m.sql", line, strlen(line));
    for (size_t i = 0; i + 200 < sizeof line; i += 16 * 255)
        for (size_t k = 0; k < 200; k += 2) {
            td_source_place(&t.source, i + k, &t.line, &t.column);
            assert_int_equal(t.line, 1);
            assert_int_equal(t.column, (i + k) / 2 + (i + k + 255) / 256 + 1);
        }
    td_arena_deinit(&t.arena);
}

static void test_a_place_behind_the_end_is_the_end(void **state)
{
    (void)state;
    expect("a\nbc", 99, 5, 2, 3, "bc", 1);
}

static void test_a_byte_order_mark_is_no_column(void **state)
{
    (void)state;
    expect("\xEF\xBB\xBFSELECT 1", 10, 1, 1, 8, "SELECT 1", 1);
    expect("\xEF\xBB\xBFSELECT 1", 0, 0, 1, 1, "SELECT 1", 1);
}

static void test_what_is_underlined_ends_with_its_line(void **state)
{
    (void)state;
    expect("ab cd\nef", 3, 2, 1, 4, "ab cd", 2);
    expect("ab cd\nef", 3, 50, 1, 4, "ab cd", 2);
    expect("\xC3\xA4\xC3\xA4 x", 0, 4, 1, 1, "\xC3\xA4\xC3\xA4 x", 2);
}

static void test_a_long_line_is_cut_around_the_place(void **state)
{
    char line[2000];
    struct text t = {.at = line, .offset = 1500, .len = 1};
    (void)state;
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    line[1500] = '!';
    locate(&t);
    assert_int_equal(t.column, 1501);
    assert_true(strlen(t.err.excerpt) < sizeof t.err.excerpt);
    assert_int_equal(t.err.excerpt[t.err.excerpt_column - 1], '!');
}

static void test_a_cut_leaves_characters_whole(void **state)
{
    char line[2001];
    struct text t = {.at = line, .offset = 1000, .len = 2};
    (void)state;
    for (size_t i = 0; i + 1 < sizeof line; i += 2)
        memcpy(line + i, "\xC3\xA4", 2);
    line[sizeof line - 1] = '\0';
    locate(&t);
    assert_int_equal(strlen(t.err.excerpt) % 2, 0);
    assert_int_equal((unsigned char)t.err.excerpt[0], 0xC3);
    assert_int_equal(t.column, 501);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_count_characters),
        cmocka_unit_test(test_line_ends_belong_to_no_excerpt),
        cmocka_unit_test(test_a_carriage_return_alone_ends_a_line),
        cmocka_unit_test(test_places_in_a_long_line_are_found_at_once),
        cmocka_unit_test(test_a_place_behind_the_end_is_the_end),
        cmocka_unit_test(test_a_byte_order_mark_is_no_column),
        cmocka_unit_test(test_what_is_underlined_ends_with_its_line),
        cmocka_unit_test(test_a_long_line_is_cut_around_the_place),
        cmocka_unit_test(test_a_cut_leaves_characters_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
