/* Drift: a database that is as the migrations left it shows none; what somebody changed by hand is told in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/migrate/drift.h"
#include "tests/lib/pgcluster.h"
#include "tests/lib/project.h"

static const char schema[] =
    "CREATE TYPE mood AS ENUM ('low', 'high');\n"
    "CREATE DOMAIN posint AS integer DEFAULT 1 CONSTRAINT positive CHECK (VALUE > 0 AND VALUE NOT IN (13, 17));\n"
    "CREATE SEQUENCE tickets START 100 INCREMENT 5;\n"
    "CREATE TABLE users (\n"
    "    id serial PRIMARY KEY,\n"
    "    email varchar(80) NOT NULL DEFAULT 'a@b' UNIQUE,\n"
    "    m mood DEFAULT 'low',\n"
    "    n numeric(10,2) DEFAULT 0 CHECK (n BETWEEN 0 AND 100),\n"
    "    at timestamptz(3) DEFAULT now(),\n"
    "    tags text[] NOT NULL DEFAULT '{}',\n"
    "    up text GENERATED ALWAYS AS (upper(email)) STORED,\n"
    "    born date DEFAULT '2020-1-2' CHECK (users.born > '1900-01-01'),\n"
    "    CONSTRAINT known CHECK (email LIKE '%@%' OR email IN ('x', 'y'))\n"
    ");\n"
    "CREATE TABLE posts (\n"
    "    id bigint GENERATED ALWAYS AS IDENTITY,\n"
    "    owner integer REFERENCES users (id) ON DELETE SET NULL DEFERRABLE,\n"
    "    score posint, j jsonb DEFAULT '{\"a\":1}', span interval day to second(2), letter char(3) COLLATE \"C\",\n"
    "    PRIMARY KEY (id) INCLUDE (score)\n"
    ");\n"
    "CREATE UNIQUE INDEX one_low ON users (lower(email) DESC, id) INCLUDE (m) WHERE m = 'low' AND n > 1;\n"
    "CREATE INDEX by_json ON posts USING gin (j jsonb_path_ops);\n"
    "CREATE VIEW happy AS SELECT u.*, count(p.id) AS posts FROM users u LEFT JOIN posts p ON p.owner = u.id"
    " WHERE u.m IN ('high') GROUP BY u.id;\n"
    "CREATE FUNCTION touch(a integer, b text DEFAULT 'x') RETURNS SETOF integer LANGUAGE plpgsql AS\n"
    "    'BEGIN RETURN NEXT a; END';\n"
    "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.at = now(); RETURN NEW; END';\n"
    "CREATE TRIGGER stamped BEFORE UPDATE OF email ON users FOR EACH ROW WHEN (OLD.n IS DISTINCT FROM NEW.n)"
    " EXECUTE FUNCTION stamp();\n"
    "COMMENT ON TABLE users IS 'people';\n"
    "COMMENT ON COLUMN users.email IS 'where to write';\n";

struct run {
    struct project *p;
    struct td_lowering *lowering;
    struct td_differences found;
};

static int lower_all(void *data, struct td_err *err)
{
    struct run *r = data;
    struct td_lowered *ignored;
    int rc = td_lowering_open(&r->p->arena, r->p->opts.skip, &r->lowering, err);
    for (size_t i = 0; rc == TD_OK && i < r->p->folder.len; i++)
        rc = td_lowering_next(r->lowering, &r->p->folder.at[i], &ignored, err);
    return rc;
}

static void find_drift(struct run *r)
{
    struct td_err err = {0};
    struct td_arena *a = &r->p->arena;
    if (td_arena_run(a, lower_all, r, &err) != TD_OK)
        fail_msg("%s", err.message);
    int rc = td_db_engine(r->p->db) == TD_ENGINE_POSTGRES
                 ? td_drift_postgres(a, r->p->db, td_lowering_catalog(r->lowering), NULL, true, &r->found, &err)
                 : td_drift_sqlite(a, r->p->db, r->lowering, &r->found, &err);
    if (rc != TD_OK)
        fail_msg("%s | %s", err.message, err.why);
}

static void expect_none(struct run *r)
{
    find_drift(r);
    for (size_t i = 0; i < r->found.len; i++)
        print_error("%s\n", r->found.at[i].text);
    assert_int_equal(r->found.len, 0);
}

/* After `sql`, done by hand, one difference and these words. */
static void expect(struct run *r, const char *sql, const char *words)
{
    project_exec(r->p, sql);
    find_drift(r);
    for (size_t i = 0; i < r->found.len; i++)
        if (strcmp(r->found.at[i].text, words) == 0)
            return;
    for (size_t i = 0; i < r->found.len; i++)
        print_error("%s\n", r->found.at[i].text);
    fail_msg("not found: %s", words);
}

static void open_with(struct project *p, const char *url, const char *sql)
{
    project_open(p, url);
    project_add(p, "20260101000000_init", sql);
    assert_deployed(p);
}

static void test_a_deployed_database_shows_no_drift(void **state)
{
    (void)state;
    struct project p;
    struct run r = {.p = &p};
    open_with(&p, NULL, schema);
    expect_none(&r);
    project_exec(&p, "CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.t (a int); CREATE TEMP TABLE gone (a int)");
    expect_none(&r);
    project_close(&p);
}

static void test_an_ordinary_role_sees_the_same(void **state)
{
    (void)state;
    struct project p;
    struct run r = {.p = &p};
    open_with(&p, NULL, schema);
    project_exec(&p, "DROP ROLE IF EXISTS reader; CREATE ROLE reader; SET ROLE reader");
    expect_none(&r);
    project_exec(&p, "RESET ROLE");
    project_close(&p);
}

static void test_changes_by_hand_are_told_in_words(void **state)
{
    (void)state;
    struct project p;
    struct run r = {.p = &p};
    open_with(&p, NULL, schema);
    expect(&r, "ALTER TABLE posts ADD extra text", "column \"posts.extra\" is not expected");
    expect(&r, "ALTER TABLE posts DROP letter", "column \"posts.letter\" is missing");
    expect(&r, "ALTER TABLE posts ALTER span TYPE text",
           "column \"posts.span\": type text, expected interval day to second(2)");
    expect(&r, "ALTER TABLE users ALTER n SET NOT NULL", "column \"users.n\": not null, expected not");
    expect(&r, "ALTER TABLE users ALTER tags SET DEFAULT '{a}'",
           "column \"users.tags\": default '{a}'::text[], expected '{}'");
    expect(&r, "ALTER TABLE users DROP CONSTRAINT known, ADD CONSTRAINT known CHECK (email <> 'x')",
           "constraint \"users.known\": check email::text <> 'x'::text, expected email LIKE '%@%' OR "
           "email IN ('x', 'y')");
    expect(&r, "ALTER TABLE posts DROP CONSTRAINT posts_owner_fkey",
           "constraint \"posts.posts_owner_fkey\" is missing");
    expect(&r, "DROP INDEX by_json; CREATE INDEX by_json ON posts USING gin (j)",
           "index \"posts.by_json\": is gin (j), expected gin (j jsonb_path_ops)");
    expect(&r, "DROP INDEX one_low", "index \"users.one_low\" is missing");
    expect(&r, "ALTER TYPE mood ADD VALUE 'mid' BEFORE 'high'",
           "type \"mood\": values 'low', 'mid', 'high', expected 'low', 'high'");
    expect(&r, "ALTER DOMAIN posint DROP DEFAULT", "type \"posint\": default none, expected 1");
    expect(
        &r, "ALTER SEQUENCE tickets INCREMENT 1",
        "sequence \"tickets\": is bigint start 100 increment 1 min 1 max 9223372036854775807 cache 1, expected bigint "
        "start 100 increment 5 min 1 max 9223372036854775807 cache 1");
    expect(&r, "COMMENT ON TABLE users IS NULL", "table \"users\": comment none, expected people");
    expect(&r, "ALTER TABLE users DISABLE TRIGGER stamped", "trigger \"users.stamped\": disabled, expected not");
    expect(&r, "DROP VIEW happy; CREATE VIEW happy AS SELECT 1 AS one", "column \"happy.one\" is not expected");
    expect(&r, "DROP FUNCTION touch", "function \"touch(integer, text)\" is missing");
    expect(&r, "CREATE TABLE more (a int)", "table \"more\" is not expected");
    project_close(&p);
}

static void test_a_file_shows_what_its_user_changed(void **state)
{
    (void)state;
    struct project p;
    struct run r = {.p = &p};
    open_with(&p, "sqlite::memory:",
              "CREATE TABLE t (id serial PRIMARY KEY, a varchar(3) DEFAULT 'x');\nCREATE INDEX i ON t (a);\n"
              "CREATE VIEW v AS SELECT a FROM t;\n");
    expect_none(&r);
    expect(&r, "DROP INDEX i", "index \"i\" is missing: on t (a)");
    expect(&r, "ALTER TABLE t ADD b TEXT", "column \"t.b\" is not expected: type TEXT default none key 0 hidden 0");
    expect(&r, "UPDATE tandem_columns SET type = 'text' WHERE column_name = 'a'",
           "tandem_columns of \"t.a\": 2 | text | 0 | 'x', expected 2 | character varying(3) | 0 | 'x'");
    project_close(&p);
}

static void test_renamed_and_swapped_tables_are_described_under_their_names(void **state)
{
    (void)state;
    struct project p;
    struct run r = {.p = &p};
    open_with(&p, "sqlite::memory:", "CREATE TABLE a (x int);\nCREATE TABLE b (y text);\nCREATE TABLE c (z date);\n");
    project_add(&p, "20260102000000_swap",
                "ALTER TABLE a RENAME TO t;\nALTER TABLE b RENAME TO a;\nALTER TABLE t RENAME TO b;\n"
                "ALTER TABLE c RENAME TO d;\n");
    project_add(&p, "20260103000000_drop", "ALTER TABLE d RENAME TO e;\nDROP TABLE e;\n");
    assert_deployed(&p);
    assert_string_equal(project_text(&p,
                                     "SELECT group_concat(table_name || '.' || column_name, ' ') FROM (SELECT * FROM"
                                     " tandem_columns ORDER BY table_name)"),
                        "a.y b.x");
    expect_none(&r);
    project_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_deployed_database_shows_no_drift),
        cmocka_unit_test(test_an_ordinary_role_sees_the_same),
        cmocka_unit_test(test_changes_by_hand_are_told_in_words),
        cmocka_unit_test(test_a_file_shows_what_its_user_changed),
        cmocka_unit_test(test_renamed_and_swapped_tables_are_described_under_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
