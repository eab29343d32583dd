/* Bodies of functions: which are simple enough to be carried, and as what steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/sql/routine.h"
#include "core/sql/tree.h"
#include "tests/unit/replay_run.h"

struct read {
    struct td_replayed *r;
    const char *steps; /* as text, a line each */
};

static void print(struct td_arena *a, const struct PgQuery__Node *n, struct td_buf *out)
{
    const char *text = "";
    struct td_err err = {0};
    assert_int_equal(td_tree_print(a, n, &text, &err), TD_OK);
    td_buf_add(out, text);
}

static int read_steps(void *data, struct td_err *err)
{
    struct read *c = data;
    struct td_arena *a = &c->r->arena;
    struct td_routine routine = {0};
    struct td_buf out;
    const struct td_function *f = td_catalog_function(&c->r->catalog, NULL, "f");
    assert_non_null(f);
    td_buf_init(&out, a);
    int rc = td_routine_trigger(a, f, &routine, err);
    for (size_t i = 0; rc == TD_OK && i < routine.len; i++) {
        const struct td_step *s = &routine.at[i];
        if (s->kind == TD_STEP_TEST || (s->kind == TD_STEP_RETURN && s->returned == TD_RETURN_NEW))
            continue;
        if (s->condition != NULL) {
            td_buf_add(&out, "if ");
            print(a, s->condition, &out);
            td_buf_add(&out, ": ");
        }
        if (s->kind == TD_STEP_ASSIGN) {
            td_buf_printf(&out, "%s = ", s->column);
            print(a, s->expr, &out);
        } else if (s->kind == TD_STEP_RETURN) {
            td_buf_add(&out, s->returned == TD_RETURN_NULL ? "returns null" : "returns old");
        } else {
            td_buf_printf(&out, s->kind == TD_STEP_RAISE ? "raise %s %s" : "notify", s->sqlstate, s->message);
        }
        td_buf_char(&out, '\n');
    }
    c->steps = td_buf_str(&out);
    return rc;
}

#define TRIGGER(body) "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ " body " $$;"

static void expect(const char *function, const char *steps)
{
    struct td_replayed r;
    struct td_err err = {0};
    td_replayed_open(&r, function);
    struct read c = {&r, ""};
    if (td_arena_run(&r.arena, read_steps, &c, &err) != TD_OK)
        fail_msg("%s", err.message);
    assert_string_equal(c.steps, steps);
    td_replayed_close(&r);
}

static void expect_refused(const char *function, const char *why)
{
    struct td_replayed r;
    struct td_err err = {0};
    td_replayed_open(&r, function);
    struct read c = {&r, ""};
    assert_int_equal(td_arena_run(&r.arena, read_steps, &c, &err), TD_EREFUSED);
    if (strstr(err.message, why) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", why, err.message);
    td_replayed_close(&r);
}

static void test_assignments_to_new(void **state)
{
    (void)state;
    expect(TRIGGER("BEGIN NEW.updated_at := now(); NEW.n = NEW.n + 1; RETURN NEW; END"),
           "updated_at = now()\nn = new.n + 1\n");
    expect(TRIGGER("BEGIN RETURN NEW; END"), "");
}

static void test_conditions_are_joined_and_else_is_not_true(void **state)
{
    (void)state;
    expect(TRIGGER("BEGIN IF NEW.a > 1 THEN NEW.b := 1; ELSE NEW.b := 2; END IF; RETURN NEW; END"),
           "if new.a > 1: b = 1\nif new.a > 1 IS NOT TRUE: b = 2\n");
    expect(TRIGGER("BEGIN IF NEW.a > 1 THEN IF NEW.c THEN NEW.b := 1; END IF; END IF; RETURN NEW; END"),
           "if new.a > 1 AND new.c: b = 1\n");
}

static void test_what_follows_a_return_happens_where_it_was_not_taken(void **state)
{
    (void)state;
    expect(TRIGGER("BEGIN IF NEW.a THEN RETURN NEW; END IF; NEW.b := 1; RETURN NEW; END"),
           "if new.a IS NOT TRUE: b = 1\n");
    expect(TRIGGER("BEGIN IF NEW.a THEN IF NEW.c THEN RETURN NULL; END IF; END IF; NEW.b := 1; RETURN NEW; END"),
           "if new.a AND new.c: returns null\n"
           "if new.a AND new.a AND new.a AND new.c IS NOT TRUE IS NOT TRUE IS NOT TRUE: b = 1\n");
}

static void test_raise_has_its_text_and_code(void **state)
{
    (void)state;
    expect(TRIGGER("BEGIN RAISE EXCEPTION 'no %', NEW.a; END"), "raise P0001 no ...\n");
    expect(TRIGGER("BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '23514'; END"), "raise 23514 no\n");
}

static void test_notices_and_notifications_change_no_row(void **state)
{
    (void)state;
    expect(TRIGGER("BEGIN PERFORM pg_notify('c', 'x'); RAISE NOTICE 'seen'; RETURN NEW; END"), "notify\nnotify\n");
}

static void test_an_end_without_return_is_an_error(void **state)
{
    (void)state;
    expect(TRIGGER("BEGIN NEW.b := 1; END"),
           "b = 1\nraise 2F005 control reached end of trigger procedure without RETURN\n");
}

static void test_rows_can_be_dropped_or_kept_as_they_were(void **state)
{
    (void)state;
    expect(TRIGGER("BEGIN RETURN NULL; END"), "returns null\n");
    expect(TRIGGER("BEGIN RETURN OLD; END"), "returns old\n");
}

static void test_more_than_that_is_refused(void **state)
{
    (void)state;
    expect_refused(TRIGGER("DECLARE n int; BEGIN n := 1; RETURN NEW; END"), "assigns to a variable of its own");
    expect_refused(TRIGGER("BEGIN INSERT INTO log VALUES (1); RETURN NEW; END"), "its function ");
    expect_refused(TRIGGER("BEGIN FOR i IN 1..3 LOOP NEW.a := i; END LOOP; RETURN NEW; END"), "its function ");
    expect_refused(TRIGGER("BEGIN EXECUTE 'SELECT 1'; RETURN NEW; END"), "its function ");
    expect_refused(TRIGGER("BEGIN NEW.a := 1; RETURN NEW; EXCEPTION WHEN others THEN RETURN NEW; END"),
                   "its function ");
    expect_refused("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", "is not written in PL/pgSQL");
}

static int read_expression(void *data, struct td_err *err)
{
    struct read *c = data;
    const struct PgQuery__Node *n;
    struct td_buf out;
    int rc = td_routine_expression(&c->r->arena, td_catalog_function(&c->r->catalog, NULL, "f"), &n, err);
    td_buf_init(&out, &c->r->arena);
    if (rc == TD_OK)
        print(&c->r->arena, n, &out);
    c->steps = td_buf_str(&out);
    return rc;
}

static void check_expression(const char *function, const char *expression)
{
    struct td_replayed r;
    struct td_err err = {0};
    td_replayed_open(&r, function);
    struct read c = {&r, ""};
    assert_int_equal(td_arena_run(&r.arena, read_expression, &c, &err), expression == NULL ? TD_EREFUSED : TD_OK);
    if (expression != NULL)
        assert_string_equal(c.steps, expression);
    td_replayed_close(&r);
}

static void test_sql_functions_of_one_expression(void **state)
{
    (void)state;
    check_expression("CREATE FUNCTION f(n int) RETURNS int LANGUAGE sql AS 'SELECT n + 1;';", "n + 1");
    check_expression("CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';", "$1 * 2");
    check_expression("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1 FROM t';", NULL);
    check_expression("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1, 2';", NULL);
    check_expression("CREATE FUNCTION f() RETURNS SETOF int LANGUAGE sql AS 'SELECT 1';", NULL);
    check_expression("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1 UNION SELECT 2';", NULL);
    check_expression("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_assignments_to_new),
        cmocka_unit_test(test_conditions_are_joined_and_else_is_not_true),
        cmocka_unit_test(test_what_follows_a_return_happens_where_it_was_not_taken),
        cmocka_unit_test(test_raise_has_its_text_and_code),
        cmocka_unit_test(test_notices_and_notifications_change_no_row),
        cmocka_unit_test(test_an_end_without_return_is_an_error),
        cmocka_unit_test(test_rows_can_be_dropped_or_kept_as_they_were),
        cmocka_unit_test(test_more_than_that_is_refused),
        cmocka_unit_test(test_sql_functions_of_one_expression),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
