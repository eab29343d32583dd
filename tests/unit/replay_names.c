/* The names that PostgreSQL makes; each expectation was read off PostgreSQL 15. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/replay_run.h"

static void test_names_of_inline_constraints(void **state)
{
    (void)state;
    td_expect_catalog("CREATE TABLE p (id int PRIMARY KEY);"
                      "CREATE TABLE t (id serial PRIMARY KEY, a int UNIQUE CHECK (a > 0), b int REFERENCES p, d int,"
                      " CHECK (a > d), CHECK (d > 1), CHECK (d < 9), UNIQUE (b, d), FOREIGN KEY (b) REFERENCES p)",
                      " t_",
                      "  id integer not null default nextval('\"public\".\"t_id_seq\"'::regclass) from t_id_seq\n"
                      "  t_a_check check (a) a > 0\n"
                      "  t_a_key unique (a)\n"
                      "  t_b_d_key unique (b, d)\n"
                      "  t_b_fkey foreign key (b) -> p(id)\n"
                      "  t_b_fkey1 foreign key (b) -> p(id)\n"
                      "  t_check check (a, d) a > d\n"
                      "  t_d_check check (d) d > 1\n"
                      "  t_d_check1 check (d) d < 9\n"
                      "  t_pkey primary key (id)\n");
}

static void test_names_of_indexes(void **state)
{
    (void)state;
    td_expect_catalog("CREATE TABLE t (a int, b text, c int);"
                      "CREATE INDEX ON t (a); CREATE INDEX ON t (a); CREATE INDEX ON t (lower(b));"
                      "CREATE INDEX ON t ((a + 1)); CREATE INDEX ON t (a, b DESC NULLS LAST) INCLUDE (c) WHERE c > 1;"
                      "CREATE INDEX ON t ((a + 1), (c + 2), lower(b), upper(b), lower(b));"
                      "CREATE UNIQUE INDEX ON t (coalesce(a, 0), (b::varchar));"
                      "CREATE INDEX ON t ((CASE WHEN a > 1 THEN b END))",
                      "index",
                      "  t_a_b_c_idx index btree (a, b desc nulls last) include (c) where c > 1\n"
                      "  t_a_idx index btree (a)\n"
                      "  t_a_idx1 index btree (a)\n"
                      "  t_case_idx index btree (CASE WHEN a > 1 THEN b END)\n"
                      "  t_coalesce_b_idx unique index btree (COALESCE(a, 0), b::varchar)\n"
                      "  t_expr_expr1_lower_upper_lower1_idx index btree (a + 1, c + 2, lower(b), upper(b), lower(b))\n"
                      "  t_expr_idx index btree (a + 1)\n"
                      "  t_lower_idx index btree (lower(b))\n");
}

static void test_names_are_cut_at_63_bytes_and_numbered(void **state)
{
    (void)state;
    td_expect_catalog("CREATE TABLE a_very_long_table_name_that_goes_on_and_on_for_ever_and_ever_x ("
                      "another_very_long_column_name_that_goes_on_and_on_for_ever_ok int UNIQUE, b serial);"
                      "CREATE INDEX ON a_very_long_table_name_that_goes_on_and_on_for_ever_and_ever_x "
                      "(another_very_long_column_name_that_goes_on_and_on_for_ever_ok);"
                      "CREATE INDEX ON a_very_long_table_name_that_goes_on_and_on_for_ever_and_ever_x "
                      "(another_very_long_column_name_that_goes_on_and_on_for_ever_ok)",
                      "  a_very",
                      "  a_very_long_table_name_that_g_another_very_long_column_name_key unique "
                      "(another_very_long_column_name_that_goes_on_and_on_for_ever_ok)\n"
                      "  a_very_long_table_name_that_g_another_very_long_column_nam_idx1 index btree "
                      "(another_very_long_column_name_that_goes_on_and_on_for_ever_ok)\n"
                      "  a_very_long_table_name_that_g_another_very_long_column_name_idx index btree "
                      "(another_very_long_column_name_that_goes_on_and_on_for_ever_ok)\n");
}

static void test_names_are_not_cut_inside_a_character(void **state)
{
    (void)state;
    td_expect_catalog("CREATE TABLE \"tüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü\" "
                      "(\"cöööööööööööööööööööööööööööööööö\" int UNIQUE)",
                      "unique", "  tüüüüüüüüüüüüüü_cöööööööööööööö_key unique (cööööööööööööööööööööööööööööööö)\n");
}

static void test_sequence_name_avoids_what_is_taken(void **state)
{
    (void)state;
    td_expect_catalog(
        "CREATE SEQUENCE st_id_seq; CREATE TABLE st (id serial, big bigserial)", "owned by",
        "sequence public.st_big_seq bigint start 1 increment 1 min 1 max 9223372036854775807 cache 1 owned "
        "by st.big\n"
        "sequence public.st_id_seq1 integer start 1 increment 1 min 1 max 2147483647 cache 1 owned by "
        "st.id\n");
}

static void test_unique_and_primary_over_the_same_columns_are_one(void **state)
{
    (void)state;
    td_expect_catalog("CREATE TABLE u (id int PRIMARY KEY UNIQUE, x int UNIQUE CONSTRAINT named UNIQUE, UNIQUE (x))",
                      "(", "  named unique (x)\n  u_pkey primary key (id)\n");
}

static void test_exclusion_constraint_name(void **state)
{
    (void)state;
    td_expect_catalog("CREATE TABLE e (r int4range, EXCLUDE USING gist (r WITH &&))", "exclude",
                      "  e_r_excl exclude (r)\n");
}

static void test_like_names_its_own_indexes_and_keeps_checks(void **state)
{
    (void)state;
    td_expect_catalog(
        "CREATE TABLE t (id serial PRIMARY KEY, a int CHECK (a > 0), UNIQUE (a)); CREATE INDEX i ON t (a);"
        "CREATE TABLE l (LIKE t INCLUDING ALL)",
        "  l_", "  l_a_key unique (a)\n  l_pkey primary key (id)\n  l_a_idx index btree (a)\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_inline_constraints),
        cmocka_unit_test(test_names_of_indexes),
        cmocka_unit_test(test_names_are_cut_at_63_bytes_and_numbered),
        cmocka_unit_test(test_names_are_not_cut_inside_a_character),
        cmocka_unit_test(test_sequence_name_avoids_what_is_taken),
        cmocka_unit_test(test_unique_and_primary_over_the_same_columns_are_one),
        cmocka_unit_test(test_exclusion_constraint_name),
        cmocka_unit_test(test_like_names_its_own_indexes_and_keeps_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
