/* DO blocks around DDL: what is left of them is decided by the catalog. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/replay_run.h"

static void test_guard_makes_a_type_only_once(void **state)
{
    (void)state;
    const char *block =
        "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
        " WHERE t.typname = 's' AND n.nspname = current_schema()) THEN"
        " CREATE TYPE s AS ENUM ('a'); END IF; END $$;";
    char twice[1024];
    snprintf(twice, sizeof twice, "%s%s", block, block);
    td_expect_catalog(twice, NULL, "enum public.s 'a'\n");
}

static void test_guard_catches_duplicates(void **state)
{
    (void)state;
    td_expect_catalog("CREATE TABLE t (a int); CREATE TYPE s AS ENUM ('a');"
                      "DO $$ BEGIN CREATE TYPE s AS ENUM ('b'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
                      "DO $$ BEGIN ALTER TABLE t ADD COLUMN a text;"
                      " EXCEPTION WHEN duplicate_column THEN RAISE NOTICE 'there'; END $$;"
                      "DO $$ BEGIN ALTER TABLE t ADD COLUMN b text; EXCEPTION WHEN others THEN NULL; END $$",
                      NULL, "table public.t\n  a integer\n  b text\nenum public.s 'a'\n");
}

static void test_guard_sees_what_its_own_statements_did(void **state)
{
    (void)state;
    td_expect_catalog(
        "CREATE TABLE t (a int);"
        "DO $$ BEGIN"
        " IF NOT EXISTS (SELECT FROM information_schema.columns WHERE table_name = 't' AND column_name = 'b')"
        " THEN ALTER TABLE t ADD COLUMN b int; END IF;"
        " IF EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'b' AND NOT "
        "attisdropped)"
        " THEN ALTER TABLE t ALTER COLUMN b SET NOT NULL; ELSE DROP TABLE t; END IF;"
        " IF to_regclass('public.nope') IS NULL THEN CREATE INDEX i ON t (b); END IF;"
        " IF (SELECT count(*) FROM pg_indexes WHERE tablename = 't') = 1 THEN EXECUTE 'ALTER INDEX i RENAME "
        "TO j'; END IF;"
        "END $$",
        NULL, "table public.t\n  a integer\n  b integer not null\n  j index btree (b)\n");
}

static void test_guard_on_constraints_enums_and_extensions(void **state)
{
    (void)state;
    td_expect_catalog(
        "CREATE TYPE s AS ENUM ('a'); CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int);"
        "DO $$ BEGIN"
        " IF NOT EXISTS (SELECT 1 FROM information_schema.table_constraints WHERE constraint_name = 'fk' AND "
        "table_name ="
        " 'c') THEN ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES p; END IF;"
        " IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname LIKE 'f%' AND conrelid = 'c'::regclass)"
        " THEN DROP TABLE c; END IF;"
        " IF NOT EXISTS (SELECT 1 FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid WHERE typname = 's' AND "
        "enumlabel IN"
        " ('b', 'z')) THEN ALTER TYPE s ADD VALUE 'b'; END IF;"
        " IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'plpgsql') THEN CREATE EXTENSION citext; END IF;"
        "END $$",
        NULL,
        "table public.c\n  id integer\n  fk foreign key (id) -> p(id)\n"
        "table public.p\n  id integer not null\n  p_pkey primary key (id)\n"
        "enum public.s 'a', 'b'\nextension citext\n");
}

static void test_guard_that_raises_stops(void **state)
{
    (void)state;
    td_expect_error("DO $$ BEGIN\nIF to_regclass('needed') IS NULL THEN\n  RAISE EXCEPTION 'run the other first';\n"
                    "END IF; END $$",
                    "P0001", 3, 3);
}

static void test_guard_places_point_into_the_block(void **state)
{
    (void)state;
    td_expect_error("DO $$\nBEGIN\n  ALTER TABLE nope ADD COLUMN a int;\nEND $$", "42P01", 3, 15);
}

static void test_programs_are_refused(void **state)
{
    (void)state;
    static const char *const programs[] = {
        "CREATE TABLE t (a int); DO $$ BEGIN IF (SELECT count(*) FROM t) > 0 THEN DROP TABLE t; END IF; END $$",
        "DO $$ DECLARE n int; BEGIN n := 1; END $$",
        "DO $$ BEGIN FOR i IN 1..3 LOOP CREATE TABLE t (a int); END LOOP; END $$",
        "DO $$ BEGIN EXECUTE 'DROP TABLE ' || current_user; END $$",
        "CREATE TABLE t (a int); DO $$ BEGIN INSERT INTO t VALUES (1); EXCEPTION WHEN others THEN NULL; END $$",
        "DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_proc WHERE proname = 'gen_random_uuid') THEN NULL; END IF; END $$",
    };
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        struct td_replayed r;
        td_replayed_open(&r, programs[i]);
        assert_int_equal(r.failed, 1);
        assert_int_equal(r.err.rc, TD_EREFUSED);
        assert_int_equal(r.err.code, TD_C_SCHEMA_GUARD);
        td_replayed_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guard_makes_a_type_only_once),
        cmocka_unit_test(test_guard_catches_duplicates),
        cmocka_unit_test(test_guard_sees_what_its_own_statements_did),
        cmocka_unit_test(test_guard_on_constraints_enums_and_extensions),
        cmocka_unit_test(test_guard_that_raises_stops),
        cmocka_unit_test(test_guard_places_point_into_the_block),
        cmocka_unit_test(test_programs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
