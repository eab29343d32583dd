/* .env files, tandem.json, and which database and folder they lead to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/config/target.h"

static char dir[64];

static int enter(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/tandem-config-XXXXXX");
    unsetenv("DATABASE_URL");
    unsetenv("DIRECT_URL");
    return mkdtemp(dir) == NULL || chdir(dir) != 0;
}

static int leave(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return chdir("/") != 0 || system(command) != 0;
}

static void put(const char *path, const char *text)
{
    struct td_err err = {0};
    char *parent = td_path_dirname(path);
    assert_int_equal(td_dir_make(parent, &err), TD_OK);
    assert_int_equal(td_file_write(path, text, strlen(text), &err), TD_OK);
    td_mem_free(parent);
}

/* ---- .env ---- */

static void test_dotenv_reads_what_node_dotenv_reads(void **state)
{
    (void)state;
    static const char text[] = "\xEF\xBB\xBF# a comment\n"
                               "BASIC=basic\r\n"
                               "  export EXPORTED = spaced  # comment\n"
                               "EMPTY=\n"
                               "SINGLE='a # b\\n'\n"
                               "DOUBLE=\"a # b\\nc\" # comment\n"
                               "BACK=`it's \"x\"`\n"
                               "MULTI=\"one\ntwo\"\n"
                               "YAML: value\n"
                               "HASH=a#b\n"
                               "no assignment here\n"
                               "1BAD-KEY.x=ok\n"
                               "OPEN=\"never closed\n"
                               "TRAIL='a' b\n"
                               "ESC=\"a\\\"b\"\n"
                               "REF=$BASIC\n"
                               "export=kept\n"
                               "BASIC=last\n"
                               "EQ=a=b==\n"
                               "TWO='a' and 'b'\n"
                               "END=x";
    static const struct {
        const char *key, *value;
        unsigned line;
    } want[] = {{"BASIC", "last", 19},     {"EXPORTED", "spaced", 3},      {"EMPTY", "", 4},
                {"SINGLE", "a # b\\n", 5}, {"DOUBLE", "a # b\nc", 6},      {"BACK", "it's \"x\"", 7},
                {"MULTI", "one\ntwo", 8},  {"YAML", "value", 10},          {"HASH", "a", 11},
                {"1BAD-KEY.x", "ok", 13},  {"OPEN", "\"never closed", 14}, {"TRAIL", "'a' b", 15},
                {"ESC", "a\\\"b", 16},     {"REF", "$BASIC", 17},          {"export", "kept", 18},
                {"EQ", "a=b==", 20},       {"TWO", "a' and 'b", 21},       {"END", "x", 22}};
    struct td_dotenv d;
    struct td_err err = {0};
    assert_int_equal(td_dotenv_parse(text, strlen(text), &d, &err), TD_OK);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const struct td_dotenv_entry *e = td_dotenv_find(&d, want[i].key);
        assert_non_null(e);
        assert_string_equal(e->value, want[i].value);
        assert_int_equal(e->line, want[i].line);
    }
    assert_int_equal(d.len, sizeof want / sizeof *want + 1); /* BASIC twice */
    assert_null(td_dotenv_find(&d, "no"));
    td_dotenv_deinit(&d);
}

static void test_dotenv_takes_any_bytes(void **state)
{
    (void)state;
    static const char bytes[] = "AB=\"'`#\\n\n\r :\texport\xff";
    uint32_t seed = 3;
    for (int i = 0; i < 20000; i++) {
        char text[48];
        struct td_dotenv d;
        struct td_err err = {0};
        size_t n = (seed >> 9) % sizeof text;
        for (size_t k = 0; k < n; k++) {
            seed = seed * 1664525 + 1013904223;
            text[k] = bytes[(seed >> 10) % sizeof bytes]; /* the NUL, too */
        }
        seed = seed * 1664525 + 1013904223;
        assert_int_equal(td_dotenv_parse(text, n, &d, &err), TD_OK);
        td_dotenv_deinit(&d);
    }
}

/* ---- tandem.json ---- */

static int parse(const char *text, struct td_config **c, struct td_err *err)
{
    memset(err, 0, sizeof *err);
    return td_config_parse(text, strlen(text), "conf/tandem.json", c, err);
}

static void test_config_gives_every_key(void **state)
{
    (void)state;
    struct td_config *c;
    struct td_err err;
    assert_int_equal(parse("{ \"databases\": { \"sqlite\": \"file:./dev.db\", \"postgres\": \"env:DATABASE_URL\" },"
                           "  \"migrations\": \"m\", \"schema\": \"m/schema.sql\", \"seed\": \"m/seed.sql\","
                           "  \"sqlite\": { \"skip\": [\"trigger\", \"migrations/x/migration.sql:12\"] },"
                           "  \"lint\": { \"policy\": [\"only-add\"], \"off\": [] },"
                           "  \"generate\": { \"out\": \"generated\", \"prefix\": \"app\" },"
                           "  \"sync\": { \"remote\": \"env:R\", \"tenant\": \"tenants\", \"tables\": {"
                           "     \"users\": { \"scope\": \"membership\", \"through\": \"user_tenants\" },"
                           "     \"tasks\": { \"policy\": \"server\", \"columns\": { \"done\": \"max\" } },"
                           "     \"contacts\": { \"mask\": { \"email\": \"hash\" }, \"subset\": \"true\" } } } }",
                           &c, &err),
                     TD_OK);
    assert_string_equal(c->sqlite, "file:./dev.db");
    assert_string_equal(c->postgres, "env:DATABASE_URL");
    assert_int_equal(c->skip.len, 2);
    assert_string_equal(c->skip.at[1], "migrations/x/migration.sql:12");
    assert_string_equal(c->lint_policy.at[0], "only-add");
    assert_int_equal(c->lint_off.len, 0);
    assert_string_equal(c->generate_prefix, "app");
    assert_string_equal(c->sync_tenant, "tenants");
    assert_int_equal(td_json_len(c->sync_tables), 3);
    char *path = td_config_path(c, c->migrations);
    assert_string_equal(path, "conf/m");
    td_mem_free(path);
    td_config_close(c);
    assert_int_equal(parse("{}", &c, &err), TD_OK);
    assert_null(c->migrations);
    td_config_close(c);
}

static void test_config_errors_have_a_place_and_a_suggestion(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum td_code code;
        unsigned line, column;
        const char *says;
    } cases[] = {
        {"{\n \"migration\": \"m\"}", TD_C_CONFIG_KEY, 2, 2, "\"migrations\""},
        {"{\"databases\": {\"postgress\": \"x\"}}", TD_C_CONFIG_KEY, 1, 16, "\"postgres\""},
        {"{\"databases\": {\"mysql\": \"x\"}}", TD_C_CONFIG_KEY, 1, 16, "sqlite, postgres"},
        {"{\"sqlite\": {\"skip\": \"trigger\"}}", TD_C_CONFIG_VALUE, 1, 21, "an array"},
        {"{\"sqlite\": {\"skip\": [1]}}", TD_C_CONFIG_VALUE, 1, 22, "a string"},
        {"{\"migrations\": 1}", TD_C_CONFIG_VALUE, 1, 16, "a string"},
        {"{\"migrations\": \"\"}", TD_C_CONFIG_VALUE, 1, 16, "empty"},
        {"{\"sync\": {\"tables\": {\"t\": {\"scope\": \"membershp\"}}}}", TD_C_CONFIG_VALUE, 1, 37, "\"membership\""},
        {"{\"sync\": {\"tables\": {\"t\": {\"scop\": \"local\"}}}}", TD_C_CONFIG_KEY, 1, 28, "\"scope\""},
        {"[]", TD_C_CONFIG_VALUE, 1, 1, "an object"},
        {"{\"seed\": \"a\", \"seed\": \"b\"}", TD_C_CONFIG_JSON, 1, 15, "twice"},
        {"{\"seed\": \"a\",}", TD_C_CONFIG_JSON, 1, 14, "key"},
        {"", TD_C_CONFIG_JSON, 1, 1, "early"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct td_config *c;
        struct td_err err;
        assert_int_equal(parse(cases[i].text, &c, &err), TD_ECONFIG);
        assert_null(c);
        assert_int_equal(err.code, cases[i].code);
        assert_int_equal(err.line, cases[i].line);
        assert_int_equal(err.column, cases[i].column);
        assert_string_equal(err.path, "conf/tandem.json");
        assert_true(strstr(err.message, cases[i].says) != NULL || strstr(err.next, cases[i].says) != NULL);
    }
}

/* ---- the target ---- */

/* "sqlite-path|from" and "postgres-display|from", or the error's code. */
static void expect(struct td_target_opts o, const char *sqlite, const char *postgres)
{
    struct td_target t;
    struct td_err err = {0};
    char got[256];
    assert_int_equal(td_target_open(&o, &t, &err), TD_OK);
    assert_int_equal(td_target_databases(&o, &t, &err), TD_OK);
    assert_int_equal(t.sqlite.found, sqlite != NULL);
    assert_int_equal(t.postgres.found, postgres != NULL);
    if (sqlite != NULL) {
        snprintf(got, sizeof got, "%s|%s", t.sqlite.url.path, t.sqlite.from);
        assert_string_equal(got, sqlite);
    }
    if (postgres != NULL) {
        snprintf(got, sizeof got, "%s|%s", t.postgres.url.display, t.postgres.from);
        assert_string_equal(got, postgres);
    }
    td_target_close(&t);
}

static void refused(struct td_target_opts o, enum td_code code, const char *says)
{
    struct td_target t;
    struct td_err err = {0};
    int rc = td_target_open(&o, &t, &err);
    if (rc == TD_OK)
        rc = td_target_databases(&o, &t, &err);
    assert_int_not_equal(rc, TD_OK);
    assert_int_equal(err.code, code);
    assert_true(strstr(err.message, says) != NULL || strstr(err.why, says) != NULL || strstr(err.next, says) != NULL);
    assert_null(strstr(err.message, "SECRET"));
    td_target_close(&t);
}

#define OPTS(...) ((struct td_target_opts){__VA_ARGS__})

static void test_flag_beats_environment_beats_files_beats_config(void **state)
{
    (void)state;
    refused(OPTS(0), TD_C_NO_DATABASE, "DATABASE_URL");
    put("tandem.json", "{\"databases\": {\"sqlite\": \"file:./conf.db\"}}");
    expect(OPTS(0), "./conf.db|tandem.json databases.sqlite", NULL);
    put("prisma/.env", "DATABASE_URL=file:./prisma.db\n");
    expect(OPTS(0), "prisma/prisma.db|prisma/.env:1", NULL);
    put(".env", "# x\nDATABASE_URL=\"postgres://u:SECRET@h/env\"\n");
    expect(OPTS(0), NULL, "postgresql://u@h/env|.env:2");
    put(".env.local", "DATABASE_URL=postgres://h/local\n");
    expect(OPTS(0), NULL, "postgresql://h/local|.env.local:1");
    expect(OPTS(.no_env_file = true), "./conf.db|tandem.json databases.sqlite", NULL);
    setenv("DATABASE_URL", "", 1); /* empty is not set */
    expect(OPTS(0), NULL, "postgresql://h/local|.env.local:1");
    setenv("DATABASE_URL", "postgres://h/environment", 1);
    expect(OPTS(0), NULL, "postgresql://h/environment|environment DATABASE_URL");
    expect(OPTS(.url = "file:flag.db"), "flag.db|--url", NULL);
    expect(OPTS(.url = "env:DATABASE_URL"), NULL, "postgresql://h/environment|environment DATABASE_URL");
    refused(OPTS(.url = "env:NOT_SET_ANYWHERE"), TD_C_CONFIG_ENV, "NOT_SET_ANYWHERE");
    unsetenv("DATABASE_URL");
}

static void test_env_file_flag_replaces_the_usual_ones(void **state)
{
    (void)state;
    static const char *const files[] = {"a.env", "b.env"};
    put(".env", "DATABASE_URL=file:usual.db\n");
    put("a.env", "DATABASE_URL=file:a.db\nDIRECT_URL=postgres://h/a\n");
    put("b.env", "DATABASE_URL=file:b.db\n");
    expect(OPTS(.env_files = files, .env_files_len = 1), "a.db|a.env:1", NULL);
    expect(OPTS(.env_files = files, .env_files_len = 2), "b.db|b.env:1", NULL); /* the last one wins */
    static const char *const none[] = {"none.env"};
    refused(OPTS(.env_files = none, .env_files_len = 1), TD_C_CONFIG_FILE, "none.env");
}

static void test_direct_url_wins_for_migrations(void **state)
{
    (void)state;
    put(".env", "DATABASE_URL=postgres://pool/db?pgbouncer=true\nDIRECT_URL=postgres://direct/db\n");
    expect(OPTS(.direct = true), NULL, "postgresql://direct/db|.env:2");
    expect(OPTS(.direct = false), NULL, "postgresql://pool/db|.env:1");
    /* a test's DATABASE_URL must not lead to the .env file's production database */
    setenv("DATABASE_URL", "postgres://test/db", 1);
    expect(OPTS(.direct = true), NULL, "postgresql://test/db|environment DATABASE_URL");
    unsetenv("DATABASE_URL");
    put("tandem.json", "{\"databases\": {\"postgres\": \"env:DATABASE_URL\"}}");
    expect(OPTS(.direct = true), NULL, "postgresql://direct/db|.env:2");
}

static void test_on_both_needs_both(void **state)
{
    (void)state;
    put("tandem.json", "{\"databases\": {\"sqlite\": \"file:dev.db\",\n \"postgres\": \"env:DATABASE_URL\"}}");
    refused(OPTS(0), TD_C_CONFIG_ENV, "--on sqlite"); /* not one database less */
    expect(OPTS(.url = "file:x.db"), "x.db|--url", NULL);
    refused(OPTS(.on = TD_TARGET_BOTH), TD_C_CONFIG_ENV, "DATABASE_URL");
    expect(OPTS(.on = TD_TARGET_SQLITE), "dev.db|tandem.json databases.sqlite", NULL);
    put(".env", "DATABASE_URL=postgres://h/db\n");
    expect(OPTS(0), "dev.db|tandem.json databases.sqlite", "postgresql://h/db|.env:1");
    expect(OPTS(.on = TD_TARGET_BOTH), "dev.db|tandem.json databases.sqlite", "postgresql://h/db|.env:1");
    expect(OPTS(.on = TD_TARGET_POSTGRES), NULL, "postgresql://h/db|.env:1");
    expect(OPTS(.url = "file:x.db"), "x.db|--url", NULL);
    refused(OPTS(.url = "file:x.db", .on = TD_TARGET_BOTH), TD_C_NO_DATABASE, "--url");
    refused(OPTS(.url = "file:x.db", .on = TD_TARGET_POSTGRES), TD_C_NO_DATABASE, "--url");
    put(".env", "DATABASE_URL=file:other.db\n");
    refused(OPTS(.on = TD_TARGET_POSTGRES), TD_C_CONFIG_VALUE, "PostgreSQL");
    put("tandem.json", "{}");
    refused(OPTS(.on = TD_TARGET_BOTH), TD_C_NO_DATABASE, "no PostgreSQL");
}

static void test_wrong_url_names_its_line_and_no_password(void **state)
{
    (void)state;
    struct td_target t;
    struct td_err err = {0};
    put(".env", "A=1\nDATABASE_URL=postgres://u:SECRET@h:x/db\n");
    refused(OPTS(0), TD_C_URL, ".env:2");
    assert_int_equal(td_target_open(&OPTS(0), &t, &err), TD_OK);
    assert_int_equal(td_target_databases(&OPTS(0), &t, &err), TD_ECONFIG);
    assert_string_equal(err.path, ".env");
    assert_int_equal(err.line, 2);
    td_target_close(&t);
    put(".env", "");
    put("tandem.json", "{\"databases\":\n {\"postgres\": \"postgres:SECRET\"}}");
    assert_int_equal(td_target_open(&OPTS(0), &t, &err), TD_OK);
    assert_int_equal(td_target_databases(&OPTS(0), &t, &err), TD_ECONFIG);
    assert_string_equal(err.path, "tandem.json");
    assert_int_equal(err.line, 2);
    assert_null(strstr(err.message, "SECRET"));
    td_target_close(&t);
}

static void test_relative_file_is_the_one_that_exists(void **state)
{
    (void)state;
    struct td_target t;
    struct td_err err = {0};
    put(".env", "DATABASE_URL=file:./dev.db\n");
    put("prisma/schema.prisma", "");
    expect(OPTS(0), "./dev.db|.env:1", NULL); /* neither is there: a new one is made here */
    put("prisma/dev.db", "");
    assert_int_equal(td_target_open(&OPTS(0), &t, &err), TD_OK);
    assert_int_equal(td_target_databases(&OPTS(0), &t, &err), TD_OK);
    assert_string_equal(t.sqlite.url.path, "prisma/dev.db");
    assert_non_null(strstr(t.sqlite.note, "is not there"));
    td_target_close(&t);
    put("dev.db", "");
    assert_int_equal(td_target_open(&OPTS(0), &t, &err), TD_OK);
    assert_int_equal(td_target_databases(&OPTS(0), &t, &err), TD_OK);
    assert_string_equal(t.sqlite.url.path, "./dev.db");
    assert_non_null(strstr(t.sqlite.note, "is there, too"));
    td_target_close(&t);
    expect(OPTS(.url = "file:prisma/dev.db"), "prisma/dev.db|--url", NULL);
}

static void folder(struct td_target_opts o, const char *path, const char *from)
{
    struct td_target t;
    struct td_err err = {0};
    assert_int_equal(td_target_open(&o, &t, &err), TD_OK);
    assert_string_equal(t.migrations, path);
    assert_string_equal(t.migrations_from, from);
    td_target_close(&t);
}

static void test_folder_is_found_without_a_database(void **state)
{
    (void)state;
    folder(OPTS(0), "migrations", "default");
    put("prisma/migrations/x/migration.sql", "");
    folder(OPTS(0), "prisma/migrations", "prisma/migrations");
    put("sub/tandem.json", "{\"migrations\": \"db\"}");
    folder(OPTS(.config = "sub/tandem.json"), "sub/db", "tandem.json migrations");
    folder(OPTS(.schema = "apps/db/schema.prisma"), "apps/db/migrations", "--schema");
    folder(OPTS(.schema = "schema.prisma"), "migrations", "--schema");
    folder(OPTS(.schema = "prisma"), "prisma/migrations", "--schema");
    folder(OPTS(.migrations = "m", .schema = "x/y"), "m", "--migrations");
    refused(OPTS(.config = "none.json"), TD_C_CONFIG_FILE, "none.json");
}

static void test_variables_say_where_they_come_from(void **state)
{
    (void)state;
    struct td_target t;
    struct td_err err = {0};
    char *from;
    put(".env", "\nTANDEM_TEST_X=1\n");
    assert_int_equal(td_target_open(&OPTS(0), &t, &err), TD_OK);
    assert_string_equal(td_target_env(&t, "TANDEM_TEST_X", &from), "1");
    assert_string_equal(from, ".env:2");
    td_mem_free(from);
    setenv("TANDEM_TEST_X", "2", 1);
    assert_string_equal(td_target_env(&t, "TANDEM_TEST_X", &from), "2");
    assert_string_equal(from, "environment TANDEM_TEST_X");
    td_mem_free(from);
    unsetenv("TANDEM_TEST_X");
    assert_null(td_target_env(&t, "TANDEM_TEST_Y", &from));
    assert_null(from);
    td_target_close(&t);
}

static void test_target_survives_each_failed_allocation(void **state)
{
    (void)state;
    int rc = TD_ENOMEM;
    put("tandem.json", "{\"databases\": {\"sqlite\": \"file:dev.db\", \"postgres\": \"env:DATABASE_URL\"}}");
    put(".env", "DATABASE_URL=postgres://h/db\n");
    for (size_t nth = 1; rc != TD_OK && nth < 2000; nth++) {
        struct td_target t;
        struct td_err err = {0};
        td_mem_fail_at(nth, 0);
        rc = td_target_open(&OPTS(.direct = true), &t, &err);
        if (rc == TD_OK)
            rc = td_target_databases(&OPTS(.direct = true), &t, &err);
        td_mem_fail_at(0, 0);
        assert_true(rc == TD_OK || rc == TD_ENOMEM);
        td_target_close(&t);
    }
    assert_int_equal(rc, TD_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dotenv_reads_what_node_dotenv_reads),
        cmocka_unit_test(test_dotenv_takes_any_bytes),
        cmocka_unit_test(test_config_gives_every_key),
        cmocka_unit_test(test_config_errors_have_a_place_and_a_suggestion),
        cmocka_unit_test_setup_teardown(test_flag_beats_environment_beats_files_beats_config, enter, leave),
        cmocka_unit_test_setup_teardown(test_env_file_flag_replaces_the_usual_ones, enter, leave),
        cmocka_unit_test_setup_teardown(test_direct_url_wins_for_migrations, enter, leave),
        cmocka_unit_test_setup_teardown(test_on_both_needs_both, enter, leave),
        cmocka_unit_test_setup_teardown(test_wrong_url_names_its_line_and_no_password, enter, leave),
        cmocka_unit_test_setup_teardown(test_relative_file_is_the_one_that_exists, enter, leave),
        cmocka_unit_test_setup_teardown(test_folder_is_found_without_a_database, enter, leave),
        cmocka_unit_test_setup_teardown(test_variables_say_where_they_come_from, enter, leave),
        cmocka_unit_test_setup_teardown(test_target_survives_each_failed_allocation, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
