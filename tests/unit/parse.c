/* Statements of a file: exact ranges, places, marks, and files that are not what they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/sql/parse.h"
#include "core/sql/tree.h"

static struct td_arena arena;
static struct td_err err;

struct parse_call {
    const char *text;
    size_t len;
    struct td_sql_file *file;
};

static int do_parse(void *data, struct td_err *e)
{
    struct parse_call *c = data;
    return td_sql_parse(&arena, "m.sql", c->text, c->len, &c->file, e);
}

static struct td_sql_file *parse(const char *text)
{
    struct parse_call c = {text, strlen(text), NULL};
    int rc = td_arena_run(&arena, do_parse, &c, &err);
    if (rc != TD_OK)
        assert_string_equal(err.message, "");
    return c.file;
}

static int parse_rc(const char *text, size_t len)
{
    struct parse_call c = {text, len, NULL};
    return td_arena_run(&arena, do_parse, &c, &err);
}

static void assert_text(const struct td_sql_file *f, size_t i, const char *expected)
{
    const struct td_sql_stmt *s = &f->at[i];
    assert_true(i < f->len);
    assert_int_equal(s->len, strlen(expected));
    assert_memory_equal(f->src.text + s->start, expected, s->len);
}

static int setup(void **state)
{
    (void)state;
    td_arena_init(&arena);
    td_err_clear(&err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    td_arena_deinit(&arena);
    return 0;
}

static void test_ranges_leave_out_comments_and_semicolons(void **state)
{
    struct td_sql_file *f =
        parse("-- a\n/* b; */ SELECT 1 ; -- c\n;;SELECT ';' /* d */\n; SELECT $x$;$x$, E'\\';', \"a;b\"");
    (void)state;
    assert_int_equal(f->len, 3);
    assert_text(f, 0, "SELECT 1");
    assert_text(f, 1, "SELECT ';'");
    assert_text(f, 2, "SELECT $x$;$x$, E'\\';', \"a;b\"");
    assert_non_null(f->at[2].node);
}

static void test_function_bodies_keep_their_semicolons(void **state)
{
    struct td_sql_file *f =
        parse("CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 "
              "END; SELECT 2; END; SELECT 3; BEGIN; SELECT 4; END");
    (void)state;
    assert_int_equal(f->len, 5);
    assert_non_null(f->at[0].node);
    assert_text(f, 1, "SELECT 3");
    assert_text(f, 2, "BEGIN");
}

static void test_places_in_trees_are_offsets_into_the_file(void **state)
{
    struct td_sql_file *f = parse("SELECT 1;\n  SELECT foo FROM bar");
    int at = td_tree_location(f->at[1].node->select_stmt->target_list[0]);
    unsigned line, column;
    (void)state;
    td_source_place(&f->src, (size_t)at, &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 10);
    assert_int_equal(f->at[1].node->select_stmt->from_clause[0]->range_var->location, 28);
}

static void test_a_bad_statement_alone_has_no_tree(void **state)
{
    struct td_sql_file *f = parse("SELECT 1;\r\nSELECT 'ä', FROM FROM x;\r\nSELECT 2");
    (void)state;
    assert_int_equal(f->len, 3);
    assert_non_null(f->at[0].node);
    assert_null(f->at[1].node);
    assert_non_null(f->at[2].node);
    assert_int_equal(f->at[1].parse_error->line, 2);
    assert_int_equal(f->at[1].parse_error->column, 13);
    assert_string_equal(f->at[1].parse_error->excerpt, "SELECT 'ä', FROM FROM x;");
    assert_string_equal(f->at[1].parse_error->sqlstate, "42601");
}

static void test_byte_order_mark_is_not_text(void **state)
{
    struct td_sql_file *f = parse("\xEF\xBB\xBFSELECT 1");
    (void)state;
    assert_int_equal(f->len, 1);
    assert_int_equal(f->at[0].start, 0);
    assert_non_null(f->at[0].node);
}

static void test_nul_and_latin1_are_refused_with_a_place(void **state)
{
    (void)state;
    assert_int_equal(parse_rc("SELECT\n \0", 9), TD_EDATA);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 2);
    assert_int_equal(parse_rc("SELECT '\xE4'", 10), TD_EDATA);
    assert_int_equal(err.column, 9);
    assert_int_equal(parse_rc("SELECT\r'\xC3\xA4\xE4'", 11), TD_EDATA);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 3);
}

static void test_what_is_not_closed_is_an_error_of_the_file(void **state)
{
    static const struct {
        const char *text;
        unsigned line, column;
    } open[] = {{"SELECT 1; SELECT 'a; SELECT 2", 1, 18},
                {"create table a(i int);\n/* forgot\ncreate table b(i int);", 2, 1},
                {"\n-- tandem: sqlite\n/* SELECT 1 /* ; */\nSELECT 1;", 3, 1},
                {"\n-- tandem: postgres\nSELECT $x$;\nSELECT 2;", 3, 8},
                {"\n-- tandem: postgres\nSELECT \"\xC3\xA4\", \"a;\nSELECT 2;", 3, 13},
                {"\n-- tandem: postgres\nSELECT f(1;\nSELECT 2;", 3, 9}};
    (void)state;
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        assert_int_equal(parse_rc(open[i].text, strlen(open[i].text)), TD_ESYNTAX);
        assert_int_equal(err.code, TD_C_SQL_UNCLOSED);
        assert_string_equal(err.sqlstate, "42601");
        assert_int_equal(err.line, open[i].line);
        assert_int_equal(err.column, open[i].column);
    }
}

/* Old dumps: the backslash escapes, so that nothing here is open. */
static void test_other_strings_are_left_to_their_statement(void **state)
{
    struct td_sql_file *f = parse("SET standard_conforming_strings = off;\nSELECT 'a\\'b';\nSELECT 1");
    (void)state;
    assert_true(f->len >= 2);
    assert_non_null(f->at[0].node);
    assert_int_equal(parse_rc("SET standard_conforming_strings = on; SELECT 'a", 47), TD_ESYNTAX);
}

static void test_a_carriage_return_ends_a_comment_and_a_line(void **state)
{
    struct td_sql_file *f = parse("create table w(i int); -- c\rcreate table x(i int);\n-- tandem: postgres\rselect 1");
    unsigned line, column;
    (void)state;
    assert_int_equal(f->len, 3);
    assert_text(f, 1, "create table x(i int)");
    assert_non_null(td_marks_find(&f->at[2].marks, TD_MARK_POSTGRES));
    td_source_place(&f->src, f->at[1].start, &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 1);
    td_source_place(&f->src, f->at[2].start, &line, &column);
    assert_int_equal(line, 4);
}

static void test_marks_belong_to_the_next_statement(void **state)
{
    struct td_sql_file *f =
        parse("SELECT 1;\n--Tandem : postgres  \nSELECT 2;\nSELECT 0;\n-- tandem: sqlite\n/* SELECT 4; */\nSELECT 3;\n"
              "-- tandem: allow drop-table not used\nSELECT 5");
    (void)state;
    assert_int_equal(f->at[0].marks.len, 0);
    assert_non_null(td_marks_find(&f->at[1].marks, TD_MARK_POSTGRES));
    assert_string_equal(td_marks_find(&f->at[3].marks, TD_MARK_SQLITE)->text, " SELECT 4; ");
    assert_string_equal(td_marks_find(&f->at[4].marks, TD_MARK_ALLOW)->argument, "drop-table not used");
}

static void test_a_sqlite_mark_behind_a_postgres_one_is_its_other_half(void **state)
{
    struct td_sql_file *f = parse("\n-- tandem: postgres\nSELECT 1;\n-- tandem: sqlite\n/* SELECT 2; */\nSELECT 3;");
    (void)state;
    assert_non_null(td_marks_find(&f->at[0].marks, TD_MARK_SQLITE));
    assert_null(td_marks_find(&f->at[1].marks, TD_MARK_SQLITE));
}

static void test_a_mark_in_the_first_line_is_the_files(void **state)
{
    struct td_sql_file *f = parse("-- tandem: postgres\nSELECT 1; SELECT 2");
    (void)state;
    assert_int_equal(f->marks.len, 1);
    assert_non_null(td_marks_find(&f->at[1].marks, TD_MARK_POSTGRES));
    f = parse("\n-- tandem: postgres\nSELECT 1; SELECT 2");
    assert_int_equal(f->marks.len, 0);
    assert_null(td_marks_find(&f->at[1].marks, TD_MARK_POSTGRES));
}

static void test_wrong_marks_are_errors(void **state)
{
    static const char *const wrong[] = {"\n-- tandem: postgras\nSELECT 1",  "\n-- tandem: sqlite\nSELECT 1",
                                        "SELECT\n-- tandem: postgres\n1",   "SELECT 1; -- tandem: postgres\nSELECT 2",
                                        "SELECT 1;\n-- tandem: postgres\n", "\n-- tandem: allow x y",
                                        "\n-- tandem: Postgres\nSELECT 1",  "\n/* tandem: postgres */\nSELECT 1"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(parse_rc(wrong[i], strlen(wrong[i])), TD_ESYNTAX);
        assert_int_equal(err.code, TD_C_SQL_MARK);
        assert_true(err.line > 0);
    }
}

static const char *chain(size_t n)
{
    struct td_buf b;
    td_buf_init(&b, NULL);
    td_buf_add(&b, "SELECT 1");
    for (size_t i = 0; i < n; i++)
        td_buf_add(&b, "+1");
    return b.at;
}

/* libpg_query moves each level's bytes once a level; ASan's memmove does that a byte at a time. */
#ifdef __SANITIZE_ADDRESS__
#define LONG_CHAIN 2000
#else
#define LONG_CHAIN 9000
#endif

static void test_long_chains_parse_or_fail_cleanly(void **state)
{
    static const size_t lengths[] = {600, LONG_CHAIN, 100000, 600000};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const char *text = chain(lengths[i]);
        struct td_sql_file *f = parse(text);
        assert_int_equal(f->len, 1);
        if (i < 2)
            assert_true(f->at[0].node != NULL);
        else
            assert_int_equal(f->at[0].parse_error->code, TD_C_SQL_DEEP);
        free((void *)text);
    }
}

struct expr_call {
    const char *text;
    const PgQuery__Node *node;
    const char *printed;
};

static int do_expr(void *data, struct td_err *e)
{
    struct expr_call *c = data;
    int rc = td_sql_parse_expr(&arena, c->text, &c->node, e);
    return rc != TD_OK ? rc : td_tree_print(&arena, c->node, &c->printed, e);
}

static void test_expressions_and_statements_print_back(void **state)
{
    static const char *const texts[][2] = {{"a + 1", "a + 1"},
                                           {"x IS NULL OR lower(y) = 'z'", "x IS NULL OR lower(y) = 'z'"},
                                           {"INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct expr_call c = {.text = texts[i][0]};
        assert_int_equal(td_arena_run(&arena, do_expr, &c, &err), TD_OK);
        assert_string_equal(c.printed, texts[i][1]);
    }
}

static void test_not_an_expression_is_an_error(void **state)
{
    struct expr_call c = {.text = "a + "};
    (void)state;
    assert_int_equal(td_arena_run(&arena, do_expr, &c, &err), TD_ESYNTAX);
    assert_string_equal(err.sqlstate, "42601");
}

static int do_clone(void *data, struct td_err *e)
{
    struct expr_call *c = data;
    PgQuery__Node *copy = td_tree_clone(&arena, c->node);
    (void)e;
    assert_true(copy != c->node && td_tree_equal(copy, c->node));
    copy->a_expr->rexpr->a_const->ival->ival = 2;
    assert_false(td_tree_equal(copy, c->node));
    return TD_OK;
}

static void test_a_clone_is_equal_until_it_is_changed(void **state)
{
    struct expr_call c = {.text = "a + 1"};
    (void)state;
    assert_int_equal(td_arena_run(&arena, do_expr, &c, &err), TD_OK);
    assert_int_equal(td_arena_run(&arena, do_clone, &c, &err), TD_OK);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_ranges_leave_out_comments_and_semicolons),
        T(test_function_bodies_keep_their_semicolons),
        T(test_places_in_trees_are_offsets_into_the_file),
        T(test_a_bad_statement_alone_has_no_tree),
        T(test_byte_order_mark_is_not_text),
        T(test_nul_and_latin1_are_refused_with_a_place),
        T(test_what_is_not_closed_is_an_error_of_the_file),
        T(test_other_strings_are_left_to_their_statement),
        T(test_a_carriage_return_ends_a_comment_and_a_line),
        T(test_marks_belong_to_the_next_statement),
        T(test_a_sqlite_mark_behind_a_postgres_one_is_its_other_half),
        T(test_a_mark_in_the_first_line_is_the_files),
        T(test_wrong_marks_are_errors),
        T(test_long_chains_parse_or_fail_cleanly),
        T(test_expressions_and_statements_print_back),
        T(test_not_an_expression_is_an_error),
        T(test_a_clone_is_equal_until_it_is_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
