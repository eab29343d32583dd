/* Capture on PostgreSQL: every way of writing leaves an entry with the row's scope and key, and nobody else notices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/migrate/lower.h"
#include "sync/capture_postgres.h"
#include "tests/lib/project.h"

struct synced {
    struct project p;
    struct td_arena arena;
    const char *ddl;
    struct td_scopes scopes;
};

static int derive(void *data, struct td_err *err)
{
    struct synced *s = data;
    struct td_lowering *l;
    struct td_lowered *lowered;
    const struct td_migration m = {.name = "1", .path = "1/migration.sql", .text = s->ddl, .len = strlen(s->ddl)};
    int rc = td_lowering_open(&s->arena, (struct td_skip){0}, &l, err);
    if (rc == TD_OK)
        rc = td_lowering_next(l, &m, &lowered, err);
    return rc == TD_OK ? td_scopes_derive(&s->arena, td_lowering_catalog(l), NULL, "tenants", &s->scopes, err) : rc;
}

static void install(struct synced *s)
{
    struct td_err err = {0};
    int rc = td_db_begin(s->p.db, TD_TX_WRITE, &err);
    if (rc == TD_OK)
        rc = td_capture_postgres_open(s->p.db, &err);
    for (size_t i = 0; rc == TD_OK && i < s->scopes.len; i++)
        if (td_scope_travels(s->scopes.at[i]))
            rc = td_capture_postgres(&s->arena, s->p.db, s->scopes.at[i], &err);
    if (rc == TD_OK)
        rc = td_db_commit(s->p.db, &err);
    if (rc != TD_OK)
        fail_msg("%s", err.message);
}

static void open_synced(struct synced *s, const char *ddl)
{
    struct td_err err = {0};
    memset(s, 0, sizeof *s);
    s->ddl = ddl;
    project_open(&s->p, NULL);
    project_exec(&s->p, ddl);
    if (td_arena_run(&s->arena, derive, s, &err) != TD_OK)
        fail_msg("%s", err.message);
    install(s);
}

static void close_synced(struct synced *s)
{
    td_arena_deinit(&s->arena);
    project_close(&s->p);
}

/* What was noted since the last look: "scope table key", leaves with a minus, in order; "*" for a whole table. */
static void assert_noted(struct synced *s, const char *want)
{
    const char *got = project_text(
        &s->p,
        "WITH gone AS (DELETE FROM tandem.log RETURNING *) SELECT coalesce(string_agg(DISTINCT CASE WHEN leave"
        " THEN '-' ELSE '' END || coalesce(gone.scope, '*') || ' ' || m.relid::text || ' ' || coalesce(pk, '*'), '; '),"
        " '') FROM gone JOIN tandem.tblmap m USING (tbl)");
    assert_string_equal(got, want);
}

static void exec(struct synced *s, const char *sql, const char *want)
{
    project_exec(&s->p, sql);
    assert_noted(s, want);
}

#define DDL                                                                                                            \
    "CREATE TABLE tenants (id int PRIMARY KEY, name text);\n"                                                          \
    "CREATE TABLE users (id int PRIMARY KEY, name text);\n"                                                            \
    "CREATE TABLE members (t int REFERENCES tenants, u int REFERENCES users ON DELETE CASCADE, PRIMARY KEY (t, u));\n" \
    "CREATE TABLE items (t int NOT NULL REFERENCES tenants, id int, n int, PRIMARY KEY (t, id));\n"                    \
    "CREATE TABLE parts (id int PRIMARY KEY, t int, item int, n int,"                                                  \
    " FOREIGN KEY (t, item) REFERENCES items ON DELETE CASCADE ON UPDATE CASCADE);\n"                                  \
    "CREATE TABLE notes (id int PRIMARY KEY, part int REFERENCES parts ON DELETE CASCADE, n int);\n"

#define ROWS                                                                                                           \
    "INSERT INTO tenants VALUES (1), (2); INSERT INTO users VALUES (7); INSERT INTO members VALUES (1, 7);"            \
    "INSERT INTO items VALUES (1, 1), (1, 2), (2, 1); INSERT INTO parts VALUES (10, 1, 1);"                            \
    "INSERT INTO notes VALUES (100, 10), (101, NULL);"

static void test_each_kind_of_scope_is_noted_by_the_rows_own_columns(void **state)
{
    (void)state;
    struct synced s;
    open_synced(&s, DDL);
    exec(&s, ROWS,
         "public.parts:10 notes 100; public.users:7 users 7; tenant:1 items [\"1\", \"1\"]; tenant:1 items [\"1\", "
         "\"2\"]; tenant:1 members [\"1\", \"7\"]; tenant:1 parts 10; tenant:1 tenants 1; tenant:2 items [\"2\", "
         "\"1\"]; "
         "tenant:2 tenants 2");
    close_synced(&s);
}

static void test_every_way_of_writing_is_noted(void **state)
{
    (void)state;
    struct synced s;
    open_synced(&s, DDL);
    exec(&s, "BEGIN; " ROWS " ROLLBACK", "");
    project_exec(&s.p, ROWS "DELETE FROM tandem.log");
    exec(&s, "UPDATE items SET n = 5 WHERE t = 1", "tenant:1 items [\"1\", \"1\"]; tenant:1 items [\"1\", \"2\"]");
    exec(&s, "UPDATE items SET n = 5 WHERE false", "");
    exec(&s, "INSERT INTO items VALUES (1, 1, 9), (1, 3, 9) ON CONFLICT (t, id) DO UPDATE SET n = EXCLUDED.n",
         "tenant:1 items [\"1\", \"1\"]; tenant:1 items [\"1\", \"3\"]");
    exec(&s, "INSERT INTO items VALUES (1, 1, 9) ON CONFLICT DO NOTHING", "");
    exec(&s,
         "MERGE INTO items i USING (VALUES (1, 2), (2, 5)) v (t, id) ON i.t = v.t AND i.id = v.id WHEN MATCHED THEN "
         "DELETE"
         " WHEN NOT MATCHED THEN INSERT VALUES (v.t, v.id, 0)",
         "tenant:1 items [\"1\", \"2\"]; tenant:2 items [\"2\", \"5\"]");
    exec(&s, "WITH x AS (DELETE FROM items WHERE id = 5 RETURNING t, id) INSERT INTO items SELECT t, id + 1 FROM x",
         "tenant:2 items [\"2\", \"5\"]; tenant:2 items [\"2\", \"6\"]");
    exec(&s, "DELETE FROM items WHERE t = 1 AND id = 1", /* and what hangs on it */
         "public.parts:10 notes 100; tenant:1 items [\"1\", \"1\"]; tenant:1 parts 10");
    exec(&s, "TRUNCATE notes", "* notes *");
    exec(&s, "SET session_replication_role = replica; INSERT INTO users VALUES (8); RESET session_replication_role",
         "public.users:8 users 8");
    exec(&s, "INSERT INTO notes VALUES (7, NULL)", ""); /* nobody's */
    close_synced(&s);
}

static void test_copy_is_noted(void **state)
{
    (void)state;
    struct synced s;
    struct td_err err = {0};
    const char *columns[] = {"id", "name"};
    open_synced(&s, DDL);
    assert_int_equal(td_db_copy_begin(s.p.db, "public", "users", columns, 2, &err), TD_OK);
    for (int i = 1; i < 3; i++)
        assert_int_equal(td_db_copy_row(s.p.db, (struct td_value[]){td_int(i), td_text("x")}, 2, &err), TD_OK);
    assert_int_equal(td_db_copy_end(s.p.db, false, &err), TD_OK);
    assert_noted(&s, "public.users:1 users 1; public.users:2 users 2");
    close_synced(&s);
}

static void test_a_row_that_moves_leaves_where_it_was(void **state)
{
    (void)state;
    struct synced s;
    open_synced(&s, DDL);
    project_exec(&s.p, ROWS "DELETE FROM tandem.log");
    exec(&s, "UPDATE items SET t = 2, id = 9 WHERE t = 1 AND id = 2",
         "-tenant:1 items [\"1\", \"2\"]; tenant:2 items [\"2\", \"9\"]");
    exec(&s, "UPDATE items SET id = 8 WHERE t = 1 AND id = 1", /* a cascade touches its children */
         "-tenant:1 items [\"1\", \"1\"]; tenant:1 items [\"1\", \"8\"]; tenant:1 parts 10");
    exec(&s, "DELETE FROM members; UPDATE users SET id = 70",
         "-public.users:7 users 7; public.users:70 users 70; tenant:1 members [\"1\", \"7\"]");
    exec(&s, "UPDATE notes SET part = NULL WHERE id = 100", "-public.parts:10 notes 100");
    close_synced(&s);
}

static void test_partitions_are_seen_by_any_name(void **state)
{
    (void)state;
    struct synced s;
    memset(&s, 0, sizeof s);
    /* marked, so that the lowering keeps the table: a partition is a table of its own on no SQLite */
    open_synced(
        &s, "CREATE TABLE tenants (id int PRIMARY KEY);\n"
            "CREATE TABLE logs (t int NOT NULL REFERENCES tenants, id int NOT NULL, n int, PRIMARY KEY (t, id));\n");
    project_exec(&s.p, "DROP TABLE logs; CREATE TABLE logs (t int NOT NULL REFERENCES tenants, id int NOT NULL, n int,"
                       " PRIMARY KEY (t, id)) PARTITION BY RANGE (id);"
                       "CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (0) TO (10);"
                       "CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM (10) TO (20);"
                       "INSERT INTO tenants VALUES (1), (2)");
    for (size_t i = 0; i < s.scopes.len; i++)
        if (strcmp(s.scopes.at[i]->table->name, "logs") == 0)
            s.scopes.at[i]->table->kind = TD_R_PARTITIONED;
    install(&s);
    project_exec(&s.p, "DELETE FROM tandem.log");
    exec(&s, "INSERT INTO logs VALUES (1, 1), (1, 11)", "tenant:1 logs [\"1\", \"1\"]; tenant:1 logs [\"1\", \"11\"]");
    exec(&s, "INSERT INTO logs_2 VALUES (2, 12)", "tenant:2 logs [\"2\", \"12\"]");
    exec(&s, "UPDATE logs SET id = 13 WHERE id = 1", "tenant:1 logs [\"1\", \"1\"]; tenant:1 logs [\"1\", \"13\"]");
    exec(&s, "SET session_replication_role = replica; DELETE FROM logs_2 WHERE id = 12; RESET session_replication_role",
         "tenant:2 logs [\"2\", \"12\"]");
    exec(&s, "TRUNCATE logs_2", "* logs *");
    exec(&s, "TRUNCATE logs", "* logs *");
    close_synced(&s);
}

static void test_entries_belong_to_the_whole_transaction(void **state)
{
    (void)state;
    struct synced s;
    open_synced(&s, DDL);
    project_exec(&s.p, "BEGIN; INSERT INTO users VALUES (1); SAVEPOINT a; INSERT INTO users VALUES (2); SAVEPOINT b;"
                       "INSERT INTO users VALUES (3); ROLLBACK TO b; INSERT INTO users VALUES (4); COMMIT");
    assert_string_equal(project_text(&s.p, "SELECT count(DISTINCT xid) || ' ' || count(*) FROM tandem.log"), "1 3");
    assert_string_equal(project_text(&s.p, "SELECT bool_or(u.xmin::text <> (l.xid::text::bigint % 4294967296)::text)"
                                           " FROM tandem.log l JOIN users u ON u.id::text = l.pk"),
                        "t"); /* a savepoint's rows have an id of their own */
    close_synced(&s);
}

static void test_a_role_without_any_right_on_ours_writes_as_before(void **state)
{
    (void)state;
    struct synced s;
    open_synced(&s, DDL);
    project_exec(&s.p, "DROP ROLE IF EXISTS sync_writer; CREATE ROLE sync_writer;"
                       "GRANT ALL ON ALL TABLES IN SCHEMA public TO sync_writer; SET ROLE sync_writer");
    project_exec(&s.p, "SET search_path = pg_temp; CREATE TEMP TABLE log (x int); INSERT INTO public.users VALUES (1);"
                       "RESET search_path");
    assert_string_equal(project_text(&s.p, "SELECT has_schema_privilege('tandem', 'USAGE')"), "f");
    project_exec(&s.p, "RESET ROLE");
    assert_noted(&s, "public.users:1 users 1");
    exec(&s, "SET tandem.dev = '42'; INSERT INTO users VALUES (2); INSERT INTO users VALUES (3)",
         "public.users:2 users 2; public.users:3 users 3");
    project_exec(&s.p, "INSERT INTO users VALUES (4); RESET tandem.dev; INSERT INTO users VALUES (5)");
    assert_string_equal(
        project_text(&s.p, "SELECT string_agg(coalesce(dev::text, '-'), ' ' ORDER BY seq) FROM tandem.log"), "42 -");
    project_exec(&s.p, "DROP OWNED BY sync_writer; DROP ROLE sync_writer");
    close_synced(&s);
}

static void test_texts_of_keys_do_not_hang_on_settings(void **state)
{
    (void)state;
    struct synced s;
    open_synced(&s,
                "CREATE TABLE tenants (id date PRIMARY KEY);\n"
                "CREATE TABLE days (t date REFERENCES tenants, at timestamptz, b bytea, PRIMARY KEY (t, at, b));\n");
    exec(
        &s,
        "SET datestyle = 'German'; SET timezone = 'Asia/Tokyo'; SET bytea_output = 'escape';"
        "INSERT INTO tenants VALUES ('2024-02-01'); INSERT INTO days VALUES ('2024-02-01', '2024-02-01 12:00:00+00', "
        "'\\x00ff');"
        "RESET datestyle; RESET timezone; RESET bytea_output",
        "tenant:2024-02-01 days [\"2024-02-01\", \"2024-02-01 12:00:00+00\", \"\\\\x00ff\"]; tenant:2024-02-01 tenants "
        "2024-02-01");
    close_synced(&s);
}

static bool is_whole(struct synced *s, const char *table)
{
    bool whole = false;
    struct td_err err = {0};
    for (size_t i = 0; i < s->scopes.len; i++)
        if (strcmp(s->scopes.at[i]->table->name, table) == 0 &&
            td_capture_postgres_is_whole(&s->arena, s->p.db, s->scopes.at[i], &whole, &err) != TD_OK)
            fail_msg("%s", err.message);
    return whole;
}

static void test_what_was_switched_off_or_lost_is_noticed(void **state)
{
    (void)state;
    static const char *const faults[] = {
        "ALTER TABLE items DISABLE TRIGGER zz_tandem_update", "ALTER TABLE items ENABLE TRIGGER zz_tandem_update",
        "DROP TRIGGER zz_tandem_insert ON items", "DROP TABLE items CASCADE; CREATE TABLE items (t int, id int)",
        "CREATE OR REPLACE FUNCTION tandem.capture_4() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct synced s;
        open_synced(&s, DDL);
        assert_true(is_whole(&s, "items"));
        project_exec(&s.p, faults[i]);
        if (is_whole(&s, "items"))
            fail_msg("not noticed: %s", faults[i]);
        install(&s); /* making it anew mends it */
        assert_true(is_whole(&s, "items"));
        close_synced(&s);
    }
}

static const char *const everything =
    "SELECT string_agg(x, E'\\n' ORDER BY x) FROM (SELECT 't ' || tgrelid::regclass::text "
    "|| tgname || tgenabled::text FROM pg_trigger"
    " WHERE NOT tgisinternal UNION ALL SELECT 'p ' || oid::regprocedure::text FROM pg_proc "
    "WHERE pronamespace::regnamespace::text"
    " !~ '^(pg_|information)' UNION ALL SELECT 'c ' || oid::regclass::text FROM pg_class "
    "WHERE relnamespace::regnamespace::text !~"
    " '^(pg_|information)') y (x)";

static void test_it_is_removed_without_a_trace(void **state)
{
    (void)state;
    struct synced s;
    struct td_err err = {0};
    char before[4096];
    open_synced(&s, DDL);
    assert_int_equal(td_capture_postgres_remove(&s.arena, s.p.db, &err), TD_OK);
    snprintf(before, sizeof before, "%s", project_text(&s.p, everything));
    assert_null(strstr(before, "tandem"));
    install(&s);
    assert_non_null(strstr(project_text(&s.p, everything), "zz_tandem"));
    assert_int_equal(td_capture_postgres_remove(&s.arena, s.p.db, &err), TD_OK);
    assert_string_equal(project_text(&s.p, everything), before);
    close_synced(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_of_scope_is_noted_by_the_rows_own_columns),
        cmocka_unit_test(test_every_way_of_writing_is_noted),
        cmocka_unit_test(test_copy_is_noted),
        cmocka_unit_test(test_a_row_that_moves_leaves_where_it_was),
        cmocka_unit_test(test_partitions_are_seen_by_any_name),
        cmocka_unit_test(test_entries_belong_to_the_whole_transaction),
        cmocka_unit_test(test_a_role_without_any_right_on_ours_writes_as_before),
        cmocka_unit_test(test_texts_of_keys_do_not_hang_on_settings),
        cmocka_unit_test(test_what_was_switched_off_or_lost_is_noticed),
        cmocka_unit_test(test_it_is_removed_without_a_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
