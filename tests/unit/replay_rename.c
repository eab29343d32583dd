/* Renames are followed wherever the old name stood, and nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/replay_run.h"

#define TWO_TABLES "CREATE TABLE a (id int PRIMARY KEY, x int); CREATE TABLE b (id int PRIMARY KEY, x int);"

static void test_column_rename_reaches_checks_indexes_and_generated(void **state)
{
    (void)state;
    td_expect_catalog("CREATE TABLE t (a int CHECK (a > 0), g int GENERATED ALWAYS AS (a * 2) STORED, n int);"
                      "CREATE INDEX i ON t ((a + 1)) WHERE a > 5; ALTER TABLE t RENAME COLUMN a TO z",
                      NULL,
                      "table public.t\n"
                      "  z integer\n"
                      "  g integer generated z * 2\n"
                      "  n integer\n"
                      "  t_a_check check (z) z > 0\n"
                      "  i index btree (z + 1) where z > 5\n");
}

static void test_column_rename_leaves_same_name_of_another_table_in_view(void **state)
{
    (void)state;
    td_expect_catalog(TWO_TABLES "CREATE VIEW v AS SELECT a.x, b.x AS bx FROM a JOIN b ON b.id = a.id WHERE b.x > 1;"
                                 "ALTER TABLE a RENAME COLUMN x TO y",
                      "  as ", "  as SELECT a.y AS x, b.x AS bx FROM a JOIN b ON b.id = a.id WHERE b.x > 1\n");
}

static void test_column_rename_reaches_subqueries_of_view(void **state)
{
    (void)state;
    td_expect_catalog(
        TWO_TABLES "CREATE VIEW v AS SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x = a.x)"
                   " AND x IN (SELECT x FROM b);"
                   "ALTER TABLE b RENAME COLUMN x TO q",
        "  as ",
        "  as SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.q = a.x) AND x IN (SELECT q AS x FROM "
        "b)\n");
}

static void test_view_star_is_fixed_when_the_view_is_made(void **state)
{
    (void)state;
    td_expect_catalog(TWO_TABLES "CREATE VIEW v AS SELECT * FROM a; ALTER TABLE a ADD COLUMN later text;", "  as ",
                      "  as SELECT a.id, a.x FROM a\n");
}

static void test_table_rename_keeps_view_and_foreign_keys(void **state)
{
    (void)state;
    td_expect_catalog("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE c (a_id int REFERENCES a);"
                      "CREATE VIEW v AS SELECT a.id FROM a; ALTER TABLE a RENAME TO renamed",
                      "a",
                      "table public.c\n"
                      "  a_id integer\n"
                      "  c_a_id_fkey foreign key (a_id) -> renamed(id)\n"
                      "table public.renamed\n"
                      "  a_pkey primary key (id)\n"
                      "  as SELECT a.id FROM renamed a\n");
}

static void test_enum_swap_follows_casts(void **state)
{
    (void)state;
    td_expect_catalog("CREATE TYPE s AS ENUM ('x'); CREATE TABLE t (c s DEFAULT 'x'::s);"
                      "CREATE TYPE s_new AS ENUM ('x', 'y'); ALTER TABLE t ALTER c DROP DEFAULT;"
                      "ALTER TABLE t ALTER c TYPE s_new USING (c::text::s_new);"
                      "ALTER TYPE s RENAME TO s_old; ALTER TYPE s_new RENAME TO s; DROP TYPE s_old;"
                      "ALTER TABLE t ALTER c SET DEFAULT 'y'::s",
                      "s", "  c s default 'y'::s\nenum public.s 'x', 'y'\n");
}

static void test_type_rename_reaches_defaults(void **state)
{
    (void)state;
    td_expect_catalog("CREATE TYPE s AS ENUM ('x'); CREATE TABLE t (c s DEFAULT 'x'::s); ALTER TYPE s RENAME TO z",
                      "default", "  c z default 'x'::z\n");
}

static void test_sequence_rename_reaches_nextval(void **state)
{
    (void)state;
    td_expect_catalog("CREATE SEQUENCE s; CREATE TABLE t (a int DEFAULT nextval('s')); ALTER SEQUENCE s RENAME TO q",
                      "default", "  a integer default nextval('\"public\".\"q\"')\n");
}

static void test_column_keeps_its_id_through_rename_and_type(void **state)
{
    (void)state;
    struct td_replayed before, after;
    td_replayed_open(&before, "CREATE TABLE t (a int)");
    td_replayed_open(&after, "CREATE TABLE t (a int); ALTER TABLE t RENAME a TO b; ALTER TABLE t ALTER b TYPE text;"
                             "ALTER TABLE t RENAME TO u");
    const struct td_table *t = td_catalog_table(&before.catalog, NULL, "t");
    const struct td_table *u = td_catalog_table(&after.catalog, NULL, "u");
    assert_non_null(u);
    assert_null(td_catalog_table(&after.catalog, NULL, "t"));
    assert_int_equal(td_table_column(u, "b")->id, td_table_column(t, "a")->id);
    assert_int_equal(t->id, u->id);
    td_replayed_close(&before);
    td_replayed_close(&after);
}

static void test_rename_that_a_join_by_name_cannot_follow_is_refused(void **state)
{
    (void)state;
    struct td_replayed r;
    td_replayed_open(&r, TWO_TABLES "CREATE VIEW v AS SELECT id, a.x FROM a JOIN b USING (id);"
                                    "ALTER TABLE a RENAME COLUMN id TO key; ALTER TABLE a RENAME COLUMN x TO y");
    assert_int_equal(r.failed, 1);
    assert_int_equal(r.err.rc, TD_EREFUSED);
    assert_non_null(td_table_column(td_catalog_table(&r.catalog, NULL, "a"), "id"));
    assert_non_null(td_table_column(td_catalog_table(&r.catalog, NULL, "a"), "y"));
    td_replayed_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_column_rename_reaches_checks_indexes_and_generated),
        cmocka_unit_test(test_column_rename_leaves_same_name_of_another_table_in_view),
        cmocka_unit_test(test_column_rename_reaches_subqueries_of_view),
        cmocka_unit_test(test_view_star_is_fixed_when_the_view_is_made),
        cmocka_unit_test(test_table_rename_keeps_view_and_foreign_keys),
        cmocka_unit_test(test_enum_swap_follows_casts),
        cmocka_unit_test(test_type_rename_reaches_defaults),
        cmocka_unit_test(test_sequence_rename_reaches_nextval),
        cmocka_unit_test(test_rename_that_a_join_by_name_cannot_follow_is_refused),
        cmocka_unit_test(test_column_keeps_its_id_through_rename_and_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
