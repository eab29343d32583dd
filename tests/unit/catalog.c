/* Types, names, copies and the undo of the catalog. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/catalog/edit.h"
#include "tests/unit/replay_run.h"

static void expect_type(const char *name, int mod1, int mod2, short dims, const char *expected)
{
    struct td_type t;
    struct td_buf b = {0};
    assert_true(td_type_builtin(name, &t));
    if (mod1 >= 0)
        t.mod1 = mod1;
    if (mod2 >= 0)
        t.mod2 = mod2;
    t.dims = (short)(t.dims + dims);
    td_type_print(&t, &b);
    assert_string_equal(td_buf_str(&b), expected);
    td_buf_deinit(&b);
}

static void test_types_print_as_format_type(void **state)
{
    (void)state;
    expect_type("int4", -1, -1, 0, "integer");
    expect_type("bigserial", -1, -1, 0, "bigint");
    expect_type("_text", -1, -1, 0, "text[]");
    expect_type("varchar", 10, -1, 2, "character varying(10)[]");
    expect_type("bpchar", 3, -1, 0, "character(3)");
    expect_type("numeric", 10, 2, 0, "numeric(10,2)");
    expect_type("timestamptz", 3, -1, 0, "timestamp(3) with time zone");
    expect_type("time", -1, -1, 0, "time without time zone");
    expect_type("varbit", 5, -1, 0, "bit varying(5)");
    expect_type("char", -1, -1, 0, "\"char\"");
    expect_type("interval", 2, 1 << 3 | 1 << 10 | 1 << 11 | 1 << 12, 0, "interval day to second(2)");
    expect_type("int4range", -1, -1, 0, "int4range");
    struct td_type t;
    assert_false(td_type_builtin("nope", &t));
    assert_false(td_type_builtin("_nope", &t));
}

static enum td_storage storage(enum td_type_kind kind, int mod1, int mod2)
{
    struct td_type t = TD_TYPE(kind);
    t.mod1 = mod1;
    t.mod2 = mod2;
    return td_type_storage(t);
}

static void test_storage_follows_the_type_table(void **state)
{
    (void)state;
    assert_int_equal(storage(TD_T_BOOL, -1, -1), TD_S_INTEGER);
    assert_int_equal(storage(TD_T_FLOAT4, -1, -1), TD_S_REAL);
    assert_int_equal(storage(TD_T_NUMERIC, 18, 0), TD_S_INTEGER);
    assert_int_equal(storage(TD_T_NUMERIC, 19, 0), TD_S_TEXT);
    assert_int_equal(storage(TD_T_NUMERIC, 15, 2), TD_S_REAL);
    assert_int_equal(storage(TD_T_NUMERIC, 16, 2), TD_S_TEXT);
    assert_int_equal(storage(TD_T_NUMERIC, -1, -1), TD_S_TEXT);
    assert_int_equal(storage(TD_T_BYTEA, -1, -1), TD_S_BLOB);
    assert_int_equal(storage(TD_T_TIMESTAMPTZ, 3, -1), TD_S_TEXT);
    struct td_type array = TD_TYPE(TD_T_INT4);
    array.dims = 1;
    assert_int_equal(td_type_storage(array), TD_S_TEXT);
}

static void test_domain_has_the_storage_of_its_base(void **state)
{
    (void)state;
    const struct td_user_type inner = {.kind = TD_UT_DOMAIN, .base = TD_TYPE(TD_T_INT2)};
    struct td_type over_inner = TD_TYPE(TD_T_DOMAIN);
    over_inner.user = &inner;
    const struct td_user_type outer = {.kind = TD_UT_DOMAIN, .base = over_inner};
    struct td_type t = TD_TYPE(TD_T_DOMAIN);
    t.user = &outer;
    assert_int_equal(td_type_base(t).kind, TD_T_INT2);
    assert_int_equal(td_type_storage(t), TD_S_INTEGER);
    t.dims = 1;
    assert_int_equal(td_type_base(t).dims, 1);
    assert_int_equal(td_type_storage(t), TD_S_TEXT);
}

static bool taken(const char *name, void *data)
{
    (void)data;
    return strcmp(name, "t_a_idx") == 0 || strcmp(name, "t_a_idx1") == 0;
}

static void test_names_are_numbered_until_free(void **state)
{
    (void)state;
    struct td_arena a = {0};
    assert_string_equal(td_name_choose(&a, "t", "a", "idx", taken, NULL), "t_a_idx2");
    assert_string_equal(td_name_choose(&a, "t", NULL, "pkey", taken, NULL), "t_pkey");
    td_arena_deinit(&a);
}

static void test_long_names_lose_the_longer_part_first(void **state)
{
    (void)state;
    struct td_arena a = {0};
    const char *forty = "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd";
    const char *made = td_name_make(&a, forty, "short", "fkey");
    assert_string_equal(made, "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd_short_fkey");
    made = td_name_make(&a, forty, forty, "key");
    assert_int_equal(strlen(made), 63);
    assert_string_equal(made, "aaaaaaaaaabbbbbbbbbbccccccccc_aaaaaaaaaabbbbbbbbbbccccccccc_key");
    assert_string_equal(
        td_name_truncate(&a, "0123456789012345678901234567890123456789012345678901234567890\xc3\xa4\xc3\xa4"),
        "0123456789012345678901234567890123456789012345678901234567890\xc3\xa4");
    td_arena_deinit(&a);
}

static void test_copy_does_not_follow_the_original(void **state)
{
    (void)state;
    struct td_replayed r;
    td_replayed_open(&r, "CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t, n text); CREATE INDEX i ON t (n)");
    struct td_table *t = td_catalog_table(&r.catalog, NULL, "t");
    struct td_table *copy = td_table_copy(&r.arena, t);
    td_table_column(t, "n")->name = "changed";
    t->indexes.at[0]->name = "changed";
    assert_non_null(td_table_column(copy, "n"));
    assert_string_equal(copy->indexes.at[0]->name, "i");
    assert_ptr_equal(copy->indexes.at[0]->keys.at[0].column, td_table_column(copy, "n"));
    const struct td_constraint *fk = td_table_constraint(copy, "t_up_fkey");
    assert_ptr_equal(fk->ref, copy);
    assert_ptr_equal(fk->columns.at[0], td_table_column(copy, "up"));
    assert_ptr_equal(fk->ref_columns.at[0], td_table_column(copy, "id"));
    assert_ptr_equal(fk->ref_key, td_table_primary(copy));
    td_replayed_close(&r);
}

static void test_rollback_puts_names_and_columns_back(void **state)
{
    (void)state;
    struct td_replayed r;
    td_replayed_open(&r, "CREATE TABLE t (a int, b int)");
    struct td_table *t = td_catalog_table(&r.catalog, NULL, "t");
    struct td_undo *outer = td_catalog_begin(&r.catalog);
    td_catalog_rename_table(&r.catalog, t, "public", "u");
    struct td_undo *inner = td_catalog_begin(&r.catalog);
    td_edit_drop(&r.catalog, &t->columns, t->columns.at[0]);
    td_catalog_commit(&r.catalog, inner);
    assert_int_equal(t->columns.len, 1);
    td_catalog_rollback(&r.catalog, outer);
    assert_ptr_equal(td_catalog_table(&r.catalog, NULL, "t"), t);
    assert_null(td_catalog_table(&r.catalog, NULL, "u"));
    assert_int_equal(t->columns.len, 2);
    assert_string_equal(t->columns.at[0]->name, "a");
    assert_false(r.catalog.recording);
    td_replayed_close(&r);
}

static void test_lookup_finds_the_index_of_a_key(void **state)
{
    (void)state;
    struct td_replayed r;
    td_replayed_open(&r, "CREATE TABLE t (a int PRIMARY KEY); CREATE INDEX i ON t (a); CREATE TEMP TABLE tt (x int);"
                         "CREATE SCHEMA s; CREATE TABLE s.t (b int)");
    struct td_table *t;
    struct td_constraint *k;
    assert_null(td_catalog_index(&r.catalog, NULL, "t_pkey", &t, &k));
    assert_non_null(k);
    assert_string_equal(t->name, "t");
    assert_non_null(td_catalog_index(&r.catalog, NULL, "i", &t, &k));
    assert_null(k);
    assert_true(td_catalog_table(&r.catalog, NULL, "tt")->temporary);
    assert_string_equal(td_table_sqlite_name(&r.arena, td_catalog_table(&r.catalog, "s", "t")), "s.t");
    assert_string_equal(td_table_sqlite_name(&r.arena, td_catalog_table(&r.catalog, NULL, "t")), "t");
    td_replayed_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_print_as_format_type),
        cmocka_unit_test(test_storage_follows_the_type_table),
        cmocka_unit_test(test_domain_has_the_storage_of_its_base),
        cmocka_unit_test(test_names_are_numbered_until_free),
        cmocka_unit_test(test_long_names_lose_the_longer_part_first),
        cmocka_unit_test(test_copy_does_not_follow_the_original),
        cmocka_unit_test(test_rollback_puts_names_and_columns_back),
        cmocka_unit_test(test_lookup_finds_the_index_of_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
