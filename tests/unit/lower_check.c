/* The CHECK of each type takes the canonical form and nothing else, on stock SQLite; defaults fit their own check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/config/url.h"
#include "core/db/db.h"
#include "core/sql/lower.h"
#include "core/sql/parse.h"
#include "core/sql/tree.h"
#include "drivers/drivers.h"

static struct td_type type_of(enum td_type_kind kind, short dims, int mod1, int mod2)
{
    return (struct td_type){.kind = kind, .dims = dims, .mod1 = mod1, .mod2 = mod2};
}

struct form {
    enum td_type_kind kind;
    short dims;
    int mod1, mod2;
    const char *literal; /* SQLite's */
    bool fits;
};

static const struct form forms[] = {
    {TD_T_INT2, 0, -1, -1, "32767", true},
    {TD_T_INT2, 0, -1, -1, "32768", false},
    {TD_T_INT4, 0, -1, -1, "-2147483648", true},
    {TD_T_INT4, 0, -1, -1, "2147483648", false},
    {TD_T_BOOL, 0, -1, -1, "1", true},
    {TD_T_BOOL, 0, -1, -1, "2", false},
    {TD_T_NUMERIC, 0, 5, 0, "99999", true},
    {TD_T_NUMERIC, 0, 5, 0, "100000", false},
    {TD_T_NUMERIC, 0, 10, 2, "1.25", true},
    {TD_T_NUMERIC, 0, 10, 2, "1.255", false},
    {TD_T_NUMERIC, 0, 4, 2, "100.0", false},
    {TD_T_NUMERIC, 0, -1, -1, "'12345678901234567890.10'", true},
    {TD_T_NUMERIC, 0, -1, -1, "'-0.5'", true},
    {TD_T_NUMERIC, 0, -1, -1, "'NaN'", true},
    {TD_T_NUMERIC, 0, -1, -1, "'01'", false},
    {TD_T_NUMERIC, 0, -1, -1, "'1.'", false},
    {TD_T_NUMERIC, 0, -1, -1, "'1e5'", false},
    {TD_T_NUMERIC, 0, -1, -1, "'-0.0'", false},
    {TD_T_NUMERIC, 0, -1, -1, "'--1'", false},
    {TD_T_NUMERIC, 0, 20, 3, "'12345678901234567.123'", true},
    {TD_T_NUMERIC, 0, 20, 3, "'1.12'", false},
    {TD_T_NUMERIC, 0, 20, 3, "'123456789012345678.123'", false},
    {TD_T_VARCHAR, 0, 3, -1, "'äöü'", true},
    {TD_T_VARCHAR, 0, 3, -1, "'abcd'", false},
    {TD_T_BPCHAR, 0, 3, -1, "'ab '", true},
    {TD_T_BPCHAR, 0, 3, -1, "'ab'", false},
    {TD_T_UUID, 0, -1, -1, "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", true},
    {TD_T_UUID, 0, -1, -1, "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", false},
    {TD_T_UUID, 0, -1, -1, "'a0eebc99'", false},
    {TD_T_TIMESTAMPTZ, 0, -1, -1, "'2026-11-22T10:19:00.123456Z'", true},
    {TD_T_TIMESTAMPTZ, 0, -1, -1, "'2026-11-22T23:59:59.999999Z'", true},
    {TD_T_TIMESTAMPTZ, 0, -1, -1, "'2026-11-22T10:19:00.123456'", false},
    {TD_T_TIMESTAMPTZ, 0, -1, -1, "'2026-11-22 10:19:00.123456Z'", false},
    {TD_T_TIMESTAMPTZ, 0, -1, -1, "'2026-02-30T10:19:00.123456Z'", false},
    {TD_T_TIMESTAMPTZ, 0, -1, -1, "'2026-11-22T24:00:00.000000Z'", false},
    {TD_T_TIMESTAMPTZ, 0, -1, -1, "'2026-13-01T10:19:00.123456Z'", false},
    {TD_T_TIMESTAMPTZ, 0, -1, -1, "'2026-11-22T10:60:00.123456Z'", false},
    {TD_T_TIMESTAMPTZ, 0, -1, -1, "'infinity'", true},
    {TD_T_DATE, 0, -1, -1, "'2024-13-01'", false},
    {TD_T_DATE, 0, -1, -1, "'2451545'", false},
    {TD_T_DATE, 0, -1, -1, "NULL", true},
    {TD_T_TIME, 0, -1, -1, "'10:61:00.000000'", false},
    {TD_T_TIME, 0, -1, -1, "NULL", true},
    {TD_T_TIMESTAMPTZ, 0, -1, -1, "'Y0010000-01-01T00:00:00.000000Z'", true},
    {TD_T_TIMESTAMPTZ, 0, -1, -1, "'0000-01-01T00:00:00.000000Z'", false},
    {TD_T_TIMESTAMP, 0, 3, -1, "'2026-11-22T10:19:00.123000'", true},
    {TD_T_TIMESTAMP, 0, 3, -1, "'2026-11-22T10:19:00.123400'", false},
    {TD_T_TIMESTAMP, 0, -1, -1, "'/9999957-03-15T00:00:00.000000'", true},
    {TD_T_DATE, 0, -1, -1, "'2024-02-29'", true},
    {TD_T_DATE, 0, -1, -1, "'2023-02-29'", false},
    {TD_T_DATE, 0, -1, -1, "'2024-2-9'", false},
    {TD_T_DATE, 0, -1, -1, "'-infinity'", true},
    {TD_T_TIME, 0, -1, -1, "'10:19:00.123456'", true},
    {TD_T_TIME, 0, -1, -1, "'24:00:00.000000'", true},
    {TD_T_TIME, 0, -1, -1, "'25:00:00.000000'", false},
    {TD_T_TIMETZ, 0, -1, -1, "'10:19:00.123456+02:00'", true},
    {TD_T_TIMETZ, 0, -1, -1, "'10:19:00.123456'", false},
    {TD_T_JSONB, 0, -1, -1, "'{\"a\": 1}'", true},
    {TD_T_JSONB, 0, -1, -1, "'{a: 1}'", false},
    {TD_T_TEXT, 1, -1, -1, "'[\"a\"]'", true},
    {TD_T_TEXT, 1, -1, -1, "'{}'", false},
    {TD_T_TEXT, 1, -1, -1, "'{a,b}'", false},
    {TD_T_INT4, 0, -1, -1, "NULL", true},
    {TD_T_TEXT, 1, -1, -1, "NULL", true},
    {TD_T_TIMESTAMPTZ, 0, -1, -1, "NULL", true},
    {TD_T_INET, 0, -1, -1, "'10.0.0.1'", true},
    {TD_T_INET, 0, -1, -1, "'10.0.0.1/32'", false},
    {TD_T_INET, 0, -1, -1, "'10.00.0.1'", false},
    {TD_T_INET, 0, -1, -1, "'2001:db8::1/64'", true},
    {TD_T_INET, 0, -1, -1, "'2001:db8:0::1'", false},
    {TD_T_INET, 0, -1, -1, "NULL", true},
    {TD_T_CIDR, 0, -1, -1, "'10.1.0.0/16'", true},
    {TD_T_CIDR, 0, -1, -1, "'10.1.0.1/16'", false},
    {TD_T_MACADDR, 0, -1, -1, "'08:00:2b:01:02:03'", true},
    {TD_T_MACADDR, 0, -1, -1, "'08-00-2b-01-02-03'", false},
};

struct call {
    struct td_arena *arena;
    struct td_type type;
    const char *column, *expr;
    struct td_buf out;
    bool constant;
};

static int do_check(void *data, struct td_err *err)
{
    struct call *c = data;
    struct td_catalog catalog;
    struct td_lower l = {.arena = c->arena, .catalog = &catalog, .use = TD_LOWER_SCHEMA};
    td_catalog_init(&catalog, c->arena);
    td_buf_init(&c->out, c->arena);
    return td_lower_type_check(&l, c->type, c->column, &c->out, err);
}

static int do_default(void *data, struct td_err *err)
{
    struct call *c = data;
    struct td_catalog catalog;
    struct td_lower l = {.arena = c->arena, .catalog = &catalog, .use = TD_LOWER_SCHEMA};
    const PgQuery__Node *node;
    int rc = td_sql_parse_expr(c->arena, c->expr, &node, err);
    td_catalog_init(&catalog, c->arena);
    td_buf_init(&c->out, c->arena);
    return rc == TD_OK ? td_lower_default(&l, node, c->type, &c->out, &c->constant, err) : rc;
}

static int64_t ask(struct td_db *db, const char *sql)
{
    struct td_err err = {0};
    int64_t v = -1;
    if (td_db_query_int(db, sql, NULL, 0, &v, &err) != TD_OK)
        fail_msg("%s\n%s", err.message, sql);
    return v;
}

static void test_checks_take_the_canonical_form_only(void **state)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const struct form *f = &forms[i];
        struct td_arena arena = {0};
        struct td_err err = {0};
        struct call c = {.arena = &arena, .type = type_of(f->kind, f->dims, f->mod1, f->mod2), .column = "\"c\""};
        struct td_buf sql;
        assert_int_equal(td_arena_run(&arena, do_check, &c, &err), TD_OK);
        td_buf_init(&sql, NULL);
        td_buf_printf(&sql, "SELECT coalesce((%s) IS NOT 0, 1) FROM (SELECT %s AS \"c\")",
                      c.out.len == 0 ? "1" : td_buf_str(&c.out), f->literal);
        if (ask(*state, td_buf_str(&sql)) != f->fits)
            fail_msg("%s should %sfit: %s", f->literal, f->fits ? "" : "not ", td_buf_str(&sql));
        td_buf_deinit(&sql);
        td_arena_deinit(&arena);
    }
}

static void test_defaults_pass_the_check_of_their_type(void **state)
{
    static const struct {
        enum td_type_kind kind;
        short dims;
        int mod1;
        const char *expr;
        bool constant;
    } defaults[] = {
        {TD_T_TIMESTAMPTZ, 0, -1, "now()", false},
        {TD_T_TIMESTAMP, 0, 3, "CURRENT_TIMESTAMP", false},
        {TD_T_TIMESTAMP, 0, 0, "now()", false},
        {TD_T_DATE, 0, -1, "CURRENT_DATE", false},
        {TD_T_DATE, 0, -1, "now()", false},
        {TD_T_TIME, 0, -1, "LOCALTIME", false},
        {TD_T_TIMETZ, 0, -1, "CURRENT_TIME", false},
        {TD_T_TIMESTAMPTZ, 0, -1, "now() + interval '7 days 2 hours'", false},
        {TD_T_TIMESTAMPTZ, 0, -1, "now() - '1 month'::interval", false},
        {TD_T_TIMESTAMPTZ, 0, -1, "'2024-01-01'::timestamptz", true},
        {TD_T_UUID, 0, -1, "gen_random_uuid()", false},
        {TD_T_JSONB, 0, -1, "'{\"b\":1,\"a\":2}'::jsonb", true},
        {TD_T_TEXT, 1, -1, "'{}'", true},
        {TD_T_TEXT, 1, -1, "ARRAY[]::text[]", true},
        {TD_T_INT4, 1, -1, "'{1,2}'", true},
        {TD_T_BOOL, 0, -1, "'yes'", true},
        {TD_T_INT4, 0, -1, "-1", true},
        {TD_T_INT8, 0, -1, "extract(epoch from now())", false},
        {TD_T_BPCHAR, 0, 4, "'ab'", true},
        {TD_T_NUMERIC, 0, -1, "1.10", true},
    };
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        struct td_arena arena = {0};
        struct td_err err = {0};
        struct call d = {.arena = &arena, .expr = defaults[i].expr};
        struct call c = {.arena = &arena, .column = "\"c\""};
        struct td_buf sql;
        d.type = c.type = type_of(defaults[i].kind, defaults[i].dims, defaults[i].mod1, -1);
        if (td_arena_run(&arena, do_default, &d, &err) != TD_OK)
            fail_msg("%s: %s", defaults[i].expr, err.message);
        assert_int_equal(td_arena_run(&arena, do_check, &c, &err), TD_OK);
        assert_int_equal(d.constant, defaults[i].constant);
        assert_null(strstr(td_buf_str(&d.out), "pg_"));
        td_buf_init(&sql, NULL);
        td_buf_printf(&sql, "SELECT (%s) IS 1 FROM (SELECT %s AS \"c\")", c.out.len == 0 ? "1" : td_buf_str(&c.out),
                      td_buf_str(&d.out));
        if (ask(*state, td_buf_str(&sql)) != 1)
            fail_msg("%s does not pass: %s", defaults[i].expr, td_buf_str(&sql));
        td_buf_deinit(&sql);
        td_arena_deinit(&arena);
    }
}

static void test_schema_text_that_needs_our_functions_is_refused(void **state)
{
    static const char *const exprs[] = {"md5('x')", "nextval('s')", "to_char(now(), 'IYYY')",
                                        "'a' LIKE 'b' || random()"};
    (void)state;
    for (size_t i = 0; i < sizeof exprs / sizeof exprs[0]; i++) {
        struct td_arena arena = {0};
        struct td_err err = {0};
        struct call d = {.arena = &arena, .expr = exprs[i], .type = type_of(TD_T_TEXT, 0, -1, -1)};
        assert_int_equal(td_arena_run(&arena, do_default, &d, &err), TD_EREFUSED);
        assert_true(err.why[0] != '\0' && err.next[0] != '\0');
        td_arena_deinit(&arena);
    }
}

static void test_a_literal_that_postgres_refuses_is_an_error(void **state)
{
    static const struct {
        enum td_type_kind kind;
        const char *expr, *sqlstate;
    } bad[] = {{TD_T_INT4, "'abc'", "22P02"}, {TD_T_INT2, "'40000'", "22003"}, {TD_T_DATE, "'2024-02-30'", "22008"},
               {TD_T_JSONB, "'{'", "22P02"},  {TD_T_UUID, "'x'", "22P02"},     {TD_T_BOOL, "'maybe'", "22P02"},
               {TD_T_INT4, "now()", "42804"}, {TD_T_INT4, "nosuch", "42703"},  {TD_T_INT4, "true", "42804"}};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct td_arena arena = {0};
        struct td_err err = {0};
        struct call d = {.arena = &arena, .expr = bad[i].expr, .type = type_of(bad[i].kind, 0, -1, -1)};
        assert_int_not_equal(td_arena_run(&arena, do_default, &d, &err), TD_OK);
        assert_string_equal(err.sqlstate, bad[i].sqlstate);
        td_arena_deinit(&arena);
    }
}

static int setup(void **state)
{
    struct td_err err = {0};
    struct td_url url;
    struct td_db *db;
    struct td_db_opts opts = {.create = true};
    td_drivers_register();
    if (td_url_parse("sqlite::memory:", NULL, &url, &err) != TD_OK || td_db_open(&url, &opts, &db, &err) != TD_OK)
        return -1;
    td_url_deinit(&url);
    *state = db;
    return 0;
}

static int teardown(void **state)
{
    td_db_close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checks_take_the_canonical_form_only),
        cmocka_unit_test(test_defaults_pass_the_check_of_their_type),
        cmocka_unit_test(test_schema_text_that_needs_our_functions_is_refused),
        cmocka_unit_test(test_a_literal_that_postgres_refuses_is_an_error),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
