/* How an error is printed: carets under the place whatever stands before it, no control characters, JSON, GitHub. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/nearest.h"
#include "tools/tandem/diag.h"
#include "tools/tandem/exit.h"
#include "tools/tandem/out.h"

/* What an error without a next step of its own ends in. */
#define EXPLAINED "   = next: `tandem explain TD-DB-013` says more.\n"

static struct td_err example(const char *excerpt, unsigned column, unsigned width)
{
    struct td_err e = {0};
    td_err_set(&e, TD_C_DB_SCHEMA, "table \"x\" is not there");
    td_err_at(&e, "migrations/a/migration.sql", 12, column);
    snprintf(e.excerpt, sizeof e.excerpt, "%s", excerpt);
    e.excerpt_column = column;
    e.width = width;
    return e;
}

static void expect_text(const struct td_err *e, const char *want)
{
    struct td_buf b = {0};
    td_diag_text(e, TD_SEV_ERROR, false, &b);
    assert_string_equal(td_buf_str(&b), want);
    td_buf_deinit(&b);
}

static void test_error_has_place_excerpt_why_and_next(void **state)
{
    struct td_err e = example("  DROP TABLE x;", 14, 1);
    (void)state;
    td_err_sqlstate(&e, "42P01");
    td_err_why(&e, "one line\nand another");
    td_err_next(&e, "Run `tandem migrate status`.");
    expect_text(&e, "error[TD-DB-013]: table \"x\" is not there (SQLSTATE 42P01)\n"
                    "  --> migrations/a/migration.sql:12:14\n"
                    "   |\n"
                    "12 |   DROP TABLE x;\n"
                    "   |              ^\n"
                    "   = why:  one line\n"
                    "   |       and another\n"
                    "   = next: Run `tandem migrate status`.\n");
}

static void test_caret_stands_under_the_place_after_tabs_and_wide_characters(void **state)
{
    struct td_err tab = example("\tDROP x;", 7, 1), wide = example("'\xe8\xa1\xa8' abc", 5, 3);
    (void)state;
    expect_text(&tab, "error[TD-DB-013]: table \"x\" is not there\n  --> migrations/a/migration.sql:12:7\n   |\n"
                      "12 |  DROP x;\n   |       ^\n" EXPLAINED);
    expect_text(&wide, "error[TD-DB-013]: table \"x\" is not there\n  --> migrations/a/migration.sql:12:5\n   |\n"
                       "12 | '\xe8\xa1\xa8' abc\n   |      ^^^\n" EXPLAINED);
}

static void test_control_characters_do_not_reach_the_terminal(void **state)
{
    struct td_err e = {0};
    (void)state;
    td_err_set(&e, TD_C_DB_SCHEMA, "bad \033[31mname\007");
    expect_text(&e, "error[TD-DB-013]: bad ?[31mname?\n" EXPLAINED);
}

static void test_github_annotation_is_escaped(void **state)
{
    struct td_err e = example("", 3, 1);
    struct td_buf b = {0};
    (void)state;
    snprintf(e.path, sizeof e.path, "a,b:c.sql");
    td_err_next(&e, "100%% sure");
    td_diag_github(&e, TD_SEV_ERROR, &b);
    assert_string_equal(td_buf_str(&b), "::error file=a%2Cb%3Ac.sql,line=12,col=3,title=TD-DB-013::table \"x\" is not "
                                        "there%0A100%25 sure\n");
    td_buf_deinit(&b);
}

static void test_json_names_the_next_command(void **state)
{
    struct td_err e = example("", 3, 4);
    struct td_buf b = {0};
    struct td_json_writer w = {.out = &b};
    (void)state;
    td_err_next(&e, "Run `tandem migrate status` first.");
    td_diag_json(&e, TD_SEV_WARNING, NULL, &w);
    assert_non_null(strstr(td_buf_str(&b), "\"severity\":\"warning\""));
    assert_non_null(strstr(td_buf_str(&b), "\"command\":\"tandem migrate status\""));
    assert_non_null(strstr(td_buf_str(&b), "\"line\":12,\"column\":3,\"end\":7"));
    td_buf_deinit(&b);
}

static void expect_command(const char *next, const char *want)
{
    struct td_err e = example("", 3, 4);
    struct td_buf b = {0}, member = {0};
    struct td_json_writer w = {.out = &b};
    td_err_next(&e, "%s", next);
    td_diag_json(&e, TD_SEV_ERROR, NULL, &w);
    td_buf_add(&member, ",\"command\":");
    td_buf_add(&member, want);
    td_buf_add(&member, "},{\"label\":\"what this code means\"");
    assert_non_null(strstr(td_buf_str(&b), td_buf_str(&member)));
    td_buf_deinit(&b);
    td_buf_deinit(&member);
}

static void test_a_command_is_found_in_the_text_quotes_and_all(void **state)
{
    (void)state;
    expect_command("tandem migrate status", "\"tandem migrate status\"");
    expect_command("if so:  tandem migrate resolve --baseline 1_a  (all up to it)",
                   "\"tandem migrate resolve --baseline 1_a\"");
    expect_command("git restore a, or:  tandem migrate resolve --applied 'a;  b'\\''c'; mv x y",
                   "\"tandem migrate resolve --applied 'a;  b'\\\\''c'\"");
    expect_command("run  tandem migrate resolve --applied $'a\\';\\'b'",
                   "\"tandem migrate resolve --applied $'a\\\\';\\\\'b'\"");
    expect_command("correct the file and run  tandem migrate deploy  again", "\"tandem migrate deploy\"");
    expect_command("ask whether tandem is right", "null");
}

static void test_every_kind_of_failure_has_an_exit_code_with_a_meaning(void **state)
{
    (void)state;
    for (int i = TD_C_NONE; i < TD_C_COUNT; i++) {
        enum td_code code = (enum td_code)i;
        assert_non_null(td_exit_meaning(td_exit_of(code)));
        assert_true((code == TD_C_NONE) == (td_exit_of(code) == TD_EXIT_OK));
    }
    assert_int_equal(td_exit_of(TD_C_CLI_OPTION), 64);
    assert_int_equal(td_exit_of(TD_C_MIG_NOT_FOUND), 64);
    assert_int_equal(td_exit_of(TD_C_MIG_REFUSED), 65);
    assert_int_equal(td_exit_of(TD_C_MIG_FILE_MISSING), 65);
    assert_int_equal(td_exit_of(TD_C_DB_OFFLINE), 69);
    assert_int_equal(td_exit_of(TD_C_BUG), 70);
    assert_int_equal(td_exit_of(TD_C_DB_BUSY), 75);
    assert_int_equal(td_exit_of(TD_C_URL), 78);
    assert_int_equal(td_exit_of(TD_C_MIG_FOLDER_MISSING), 78);
    assert_int_equal(td_exit_of(TD_C_MIG_HISTORY), 4);
}

static void test_suggestion_is_the_nearest_word_or_none(void **state)
{
    struct td_nearest s;
    (void)state;
    td_nearest_init(&s, "stauts", 6);
    td_nearest_try(&s, "start");
    td_nearest_try(&s, "status");
    assert_string_equal(s.best, "status");
    td_nearest_init(&s, "xyz", 3);
    td_nearest_try(&s, "status");
    assert_null(s.best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_has_place_excerpt_why_and_next),
        cmocka_unit_test(test_caret_stands_under_the_place_after_tabs_and_wide_characters),
        cmocka_unit_test(test_control_characters_do_not_reach_the_terminal),
        cmocka_unit_test(test_github_annotation_is_escaped),
        cmocka_unit_test(test_json_names_the_next_command),
        cmocka_unit_test(test_a_command_is_found_in_the_text_quotes_and_all),
        cmocka_unit_test(test_every_kind_of_failure_has_an_exit_code_with_a_meaning),
        cmocka_unit_test(test_suggestion_is_the_nearest_word_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
