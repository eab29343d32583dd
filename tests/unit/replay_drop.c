/* What falls with what, and what stops a DROP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/replay_run.h"

static void test_drop_column_takes_its_indexes_and_constraints(void **state)
{
    (void)state;
    td_expect_catalog("CREATE TABLE t (id serial PRIMARY KEY, p int, q int, r int UNIQUE, CHECK (p > q));"
                      "CREATE INDEX i1 ON t (q); CREATE INDEX i2 ON t (r) WHERE q > 1; CREATE INDEX i3 ON t ((q + 1));"
                      "CREATE INDEX i4 ON t (p) INCLUDE (q); CREATE INDEX stays ON t (p);"
                      "ALTER TABLE t DROP COLUMN q; ALTER TABLE t DROP COLUMN id",
                      NULL,
                      "table public.t\n"
                      "  p integer\n"
                      "  r integer\n"
                      "  t_r_key unique (r)\n"
                      "  stays index btree (p)\n");
}

static void test_drop_table_takes_its_sequence(void **state)
{
    (void)state;
    td_expect_catalog("CREATE TABLE t (id serial PRIMARY KEY); CREATE INDEX ON t (id); DROP TABLE t;"
                      "CREATE TABLE t_id_idx (t_pkey int)",
                      NULL, "table public.t_id_idx\n  t_pkey integer\n");
}

static void test_drop_cascade_takes_foreign_keys_and_views_but_not_tables(void **state)
{
    (void)state;
    td_expect_catalog("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int REFERENCES p, x int CHECK (x > 0));"
                      "CREATE VIEW v AS SELECT id FROM p; CREATE VIEW vv AS SELECT id FROM v; DROP TABLE p CASCADE",
                      NULL,
                      "table public.c\n"
                      "  id integer\n"
                      "  x integer\n"
                      "  c_x_check check (x) x > 0\n");
}

static void test_drop_type_cascade_drops_columns(void **state)
{
    (void)state;
    td_expect_catalog(
        "CREATE TYPE s AS ENUM ('a'); CREATE TABLE t (id int, s s, ss s[], u text DEFAULT ('a'::s)::text);"
        "CREATE INDEX ON t (s); DROP TYPE s CASCADE",
        NULL, "table public.t\n  id integer\n  u text\n");
}

static void test_drop_schema_cascade_takes_what_is_in_it(void **state)
{
    (void)state;
    td_expect_catalog(
        "CREATE SCHEMA x; CREATE TABLE x.t (id serial PRIMARY KEY); CREATE TABLE k (id int REFERENCES x.t);"
        "DROP SCHEMA x CASCADE",
        NULL, "table public.k\n  id integer\n");
}

#define PARENT_AND_CHILD                                                                                               \
    "CREATE TABLE p (id int PRIMARY KEY, u int UNIQUE, b text);\n"                                                     \
    "CREATE TABLE c (id int REFERENCES p, u int REFERENCES p (u));\n"                                                  \
    "CREATE VIEW v AS SELECT b FROM p;\n"

static void test_drop_is_refused_while_something_depends(void **state)
{
    (void)state;
    td_expect_error(PARENT_AND_CHILD "DROP TABLE p", "2BP01", 4, 1);
    td_expect_error(PARENT_AND_CHILD "ALTER TABLE p DROP COLUMN b", "2BP01", 4, 27);
    td_expect_error(PARENT_AND_CHILD "ALTER TABLE p DROP COLUMN u", "2BP01", 4, 27);
    td_expect_error(PARENT_AND_CHILD "ALTER TABLE p DROP CONSTRAINT p_u_key", "2BP01", 4, 31);
    td_expect_error(PARENT_AND_CHILD "DROP INDEX p_pkey", "2BP01", 4, 12);
    td_expect_error("CREATE TYPE s AS ENUM ('a'); CREATE TABLE t (s s);\nDROP TYPE s", "2BP01", 2, 1);
    td_expect_error("CREATE SEQUENCE s; CREATE TABLE t (a int DEFAULT nextval('s'));\nDROP SEQUENCE s", "2BP01", 2, 1);
    td_expect_error("CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a) STORED);\nALTER TABLE g DROP a", "2BP01", 2,
                    20);
}

static void test_errors_have_postgres_state_and_the_place(void **state)
{
    (void)state;
    td_expect_error("ALTER TABLE nope ADD COLUMN a int", "42P01", 1, 13);
    td_expect_error("CREATE TABLE t (a int);\nCREATE TABLE t (b int)", "42P07", 2, 14);
    td_expect_error("CREATE TABLE t (a int);\nALTER TABLE t ADD COLUMN a int", "42701", 2, 26);
    td_expect_error("CREATE TABLE t (a int);\nALTER TABLE t ALTER COLUMN \"b\" SET NOT NULL", "42703", 2, 28);
    td_expect_error("CREATE TABLE t (a int, b nope)", "42704", 1, 26);
    td_expect_error("CREATE TABLE t (a int, CHECK (a > zz))", "42703", 1, 35);
    td_expect_error("CREATE TABLE t (a int PRIMARY KEY, b int PRIMARY KEY)", "42P16", 1, 42);
    td_expect_error("CREATE TABLE p (a int);\nCREATE TABLE t (a int REFERENCES p (a))", "42830", 2, 23);
    td_expect_error("CREATE TABLE p (a int PRIMARY KEY);\nCREATE TABLE t (a uuid REFERENCES p)", "42804", 2, 24);
    td_expect_error("CREATE TYPE s AS ENUM ('a');\nCREATE TYPE s AS ENUM ('b')", "42710", 2, 13);
    td_expect_error("CREATE TABLE t (a int);\nALTER TABLE t DROP CONSTRAINT x", "42704", 2, 31);
    td_expect_error("CREATE VIEW v AS SELECT * FROM nope", "42P01", 1, 32);
}

static void test_failed_statement_changes_nothing(void **state)
{
    (void)state;
    struct td_replayed r;
    td_replayed_open(&r, "CREATE TABLE t (a int);"
                         "ALTER TABLE t ADD COLUMN b serial, ADD COLUMN c int UNIQUE, ADD COLUMN a int;"
                         "DROP TABLE t, nope");
    assert_int_equal(r.failed, 2);
    assert_string_equal(td_replayed_dump(&r, NULL), "table public.t\n  a integer\n");
    assert_false(td_catalog_relation_name_taken(&r.catalog, "public", "t_b_seq"));
    assert_false(td_catalog_relation_name_taken(&r.catalog, "public", "t_c_key"));
    td_replayed_close(&r);
}

static void test_if_exists_passes_over_what_is_missing(void **state)
{
    (void)state;
    td_expect_catalog(
        "DROP TABLE IF EXISTS a, b; DROP INDEX IF EXISTS i; DROP TYPE IF EXISTS s; CREATE TABLE t (a int);"
        "ALTER TABLE IF EXISTS nope ADD COLUMN x int; ALTER TABLE t DROP COLUMN IF EXISTS z;"
        "ALTER TABLE t DROP CONSTRAINT IF EXISTS z; CREATE TABLE IF NOT EXISTS t (other text);"
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS a text; DROP FUNCTION IF EXISTS f(nope)",
        NULL, "table public.t\n  a integer\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drop_column_takes_its_indexes_and_constraints),
        cmocka_unit_test(test_drop_table_takes_its_sequence),
        cmocka_unit_test(test_drop_cascade_takes_foreign_keys_and_views_but_not_tables),
        cmocka_unit_test(test_drop_type_cascade_drops_columns),
        cmocka_unit_test(test_drop_schema_cascade_takes_what_is_in_it),
        cmocka_unit_test(test_drop_is_refused_while_something_depends),
        cmocka_unit_test(test_errors_have_postgres_state_and_the_place),
        cmocka_unit_test(test_failed_statement_changes_nothing),
        cmocka_unit_test(test_if_exists_passes_over_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
