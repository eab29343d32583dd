/* Database URLs and what is shown of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/mem.h"
#include "core/config/url.h"

static void test_postgres_urls_become_conninfo(void **state)
{
    (void)state;
    static const struct {
        const char *url, *conninfo, *display;
    } cases[] = {
        {"postgres://user:p%40ss@host:5432,host2/db",
         "host='host,host2' port='5432,' user='user' password='p@ss' dbname='db'",
         "postgresql://user@host:5432,host2/db"},
        {"postgresql://localhost", "host='localhost'", "postgresql://localhost"},
        {"POSTGRESQL://", "", "postgresql://"},
        {" postgres://h/db\n", "host='h' dbname='db'", "postgresql://h/db"},
        {"postgresql://u:p@ss@h/db", "host='h' user='u' password='p@ss' dbname='db'", "postgresql://u@h/db"},
        {"postgresql://u:100%@h/db", "host='h' user='u' password='100%' dbname='db'", "postgresql://u@h/db"},
        {"postgresql://u:it's\\@h/d b", "host='h' user='u' password='it\\'s\\\\' dbname='d b'", "postgresql://u@h/d b"},
        {"postgresql://[::1]:5433/db", "host='::1' port='5433' dbname='db'", "postgresql://[::1]:5433/db"},
        {"postgres:///db?host=/run/postgresql", "host='/run/postgresql' dbname='db'",
         "postgresql:///db?host=/run/postgresql"},
        {"postgres://%2Frun%2Fpg:5433/db", "host='/run/pg' port='5433' dbname='db'",
         "postgresql:///db?host=/run/pg&port=5433"},
        {"postgres://u@localhost/db?host=/run/pg", "host='/run/pg' user='u' dbname='db'",
         "postgresql://u@/db?host=/run/pg"},
        {"postgres://h/a%2Fb%20c", "host='h' dbname='a/b c'", "postgresql://h/a/b c"},
        {"postgres://h/db\x1b[31m", "host='h' dbname='db\x1b[31m'", "postgresql://h/db?[31m"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct td_url u;
        struct td_err err = {0};
        assert_int_equal(td_url_parse(cases[i].url, NULL, &u, &err), TD_OK);
        assert_int_equal(u.kind, TD_URL_POSTGRES);
        assert_string_equal(u.conninfo, cases[i].conninfo);
        assert_string_equal(u.display, cases[i].display);
        td_url_deinit(&u);
    }
}

static void test_prisma_parameters_never_reach_libpq(void **state)
{
    (void)state;
    struct td_url u;
    struct td_err err = {0};
    assert_int_equal(
        td_url_parse("postgresql://u:p@h:6543/db?schema=app&connection_limit=7&pool_timeout=2&pgbouncer=true"
                     "&statement_cache_size=0&socket_timeout=3&sslaccept=accept_invalid_certs&sslmode=require"
                     "&connect_timeout=9&unheard_of=1&application_name=x%20y&options=-c%20a%3Db",
                     NULL, &u, &err),
        TD_OK);
    assert_string_equal(u.conninfo, "host='h' port='6543' user='u' password='p' dbname='db' connect_timeout='9' "
                                    "sslmode='require' application_name='x y' options='-c a=b'");
    assert_string_equal(u.schema, "app");
    assert_int_equal(u.connection_limit, 7);
    assert_int_equal(u.connect_timeout_s, 9);
    assert_true(u.pgbouncer);
    assert_string_equal(u.display, "postgresql://u@h:6543/db?schema=app");
    td_url_deinit(&u);
    assert_int_equal(td_url_parse("postgresql://h/db?sslmode=require&sslaccept=strict&sslcert=/ca.pem", NULL, &u, &err),
                     TD_OK);
    assert_string_equal(u.conninfo, "host='h' dbname='db' sslmode='verify-full' sslrootcert='/ca.pem'");
    td_url_deinit(&u);
    assert_int_equal(td_url_parse("postgresql://h/db?sslmode=no-verify", NULL, &u, &err), TD_OK);
    assert_string_equal(u.conninfo, "host='h' dbname='db' sslmode='require'");
    td_url_deinit(&u);
}

static void test_sqlite_urls_give_a_path(void **state)
{
    (void)state;
    static const struct {
        const char *url, *base, *path;
    } cases[] = {
        {"file:./dev.db?connection_limit=1", NULL, "./dev.db"},
        {"file:dev.db", "prisma", "prisma/dev.db"},
        {"file:/abs/x.db", "prisma", "/abs/x.db"},
        {"file:///abs/x.db", NULL, "/abs/x.db"},
        {"file://localhost/abs/x.db", NULL, "/abs/x.db"},
        {"sqlite:x.db", NULL, "x.db"},
        {"sqlite://x.db", NULL, "x.db"},
        {"sqlite:///abs/x.db", NULL, "/abs/x.db"},
        {"sqlite::memory:", "prisma", ":memory:"},
        {"file::memory:?cache=shared", NULL, ":memory:"},
        {"file:a%20b.db", NULL, "a b.db"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct td_url u;
        struct td_err err = {0};
        assert_int_equal(td_url_parse(cases[i].url, cases[i].base, &u, &err), TD_OK);
        assert_int_equal(u.kind, TD_URL_SQLITE);
        assert_string_equal(u.path, cases[i].path);
        td_url_deinit(&u);
    }
}

static void test_no_error_and_no_display_holds_a_password(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "postgresql://u:SECRET@h:99999/db",
        "postgresql://u:SECRET@h:port/db",
        "postgresql://u:SECRET/x@h/db",
        "postgresql://u:1234#SECRET@h/db",
        "postgresql://u:1234?SECRET@h/db",
        "postgresql://u:1234/SECRET@h/db",
        "postgresql://u:1?a=SECRET@h/db",
        "mysql://u:SECRET@h/db",
        "u:SECRET@h/db",
        "postgresql://[u:SECRET@h/db",
        "postgresql://u:SECRET%00@h/db",
        "host=h password=SECRET",
        "host=h password = 'a SECRET'",
        "postgresql://h/db?password=SECRET",
        "postgresql://h/db?p%61ssword=SECRET",
        "postgresql://u:SECRET@h/d?sslmode=x",
        "jdbc:postgresql://u:SECRET@h/db",
        "postgresql://u:SE@CRET:SECRET@h/db",
        "postgresql://h/db?sslpassword=SECRET",
        "postgresql://h/db?password=x@SECRET",
    };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct td_url u;
        struct td_err err = {0};
        int rc = td_url_parse(urls[i], NULL, &u, &err);
        assert_null(strstr(err.message, "SECRET"));
        assert_null(strstr(err.why, "SECRET"));
        assert_null(strstr(err.next, "SECRET"));
        assert_true(rc == TD_OK || rc == TD_ECONFIG);
        if (rc == TD_OK) {
            assert_null(strstr(u.display, "SECRET"));
            td_url_deinit(&u);
        }
        char *shown = td_url_redact(urls[i]);
        assert_non_null(shown);
        assert_null(strstr(shown, "SECRET"));
        td_mem_free(shown);
    }
}

static void mask(const char *text, struct td_buf *out)
{
    td_buf_reset(out);
    td_url_mask(out, text, strlen(text));
}

static void test_running_text_loses_the_passwords_of_its_urls(void **state)
{
    (void)state;
    static const char *const secret[] = {
        "`tandem migrate status` has no use for \"postgresql://app:SECRET@db/prod\"",
        "DATABASE_URL=postgres://u:SECRET@h/d and mysql://u:SECRET@h:3/d?x=1, too",
        "postgresql://u:SECRET/x@h/db",
        "postgresql://u:SE@CRET:SECRET@h/db",
        "postgresql://u:1234?a#SECRET@h/db",
        "postgresql://u:SECRET blank@h/db",
        "cut off at the end: postgresql://u:SECR",
        "\"postgresql://u:SECR\"ECRET'`@h/db\"",
        "file:postgresql://u:SECRET@h/d",
        "postgres:u:SECRET@h/d, postgresql:/u:SECRET@h, POSTGRES:SECRET@h",
        "postgresql://h/db?a=b&sslpassword=SECRET&x=y",
        "postgresql://u@h/db?p%61ssword=SECRET",
        "host=h password=SECRET user=u",
        "PGPASSWORD='a SECRET' psql",
        "a\npostgresql://u:SECRET@h\nb",
    };
    static const char *const plain[] = {
        "",
        "no URL: user@example.org wrote to postgres: it works",
        "postgresql://app@127.0.0.1:5432/prod, from .env:3",
        "cannot connect to postgresql://127.0.0.1:1/x",
        "http://localhost:5555/#a",
        "postgresql://h1:1,h2:2/d?host=/run/postgresql&connect_timeout=5",
        "file:///a/b.db and sqlite:app.db:12",
        "migrations/1_a/migration.sql:12:3",
        "begins with none of postgresql://, postgres://, file:, sqlite:",
    };
    struct td_buf out = {0};
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++) {
        mask(secret[i], &out);
        if (strstr(td_buf_str(&out), "SECR") != NULL || strstr(td_buf_str(&out), "***") == NULL)
            fail_msg("%s", td_buf_str(&out));
    }
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        mask(plain[i], &out);
        assert_string_equal(td_buf_str(&out), plain[i]);
    }
    mask("to \"postgresql://app:SECRET@db:5432/prod?password=x&a=b\".", &out);
    assert_string_equal(td_buf_str(&out), "to \"postgresql://app:***@db:5432/prod?password=***&a=b\".");
    td_buf_deinit(&out);
}

static void test_parameters_are_known_or_told_of(void **state)
{
    (void)state;
    static const struct {
        const char *url, *says;
    } cases[] = {
        {"postgresql://h/d?sslmoed=require", "\"sslmode\" meant?"},
        {"postgresql://h/d?pool_timeout=1&socket_timeout=2&statement_cache_size=0&max_connection_lifetime=3", NULL},
        {"postgresql://h/d?sslmode=require&application_name=", NULL},
        {"postgresql://h/d?wholly_unknown=1", "\"wholly_unknown\" is not known"},
        {"postgresql://h/d?a=1&SE%0aCRET=1", "\"a\""},
        {"postgresql://h/d?SE%0aCRET=1", "a parameter of the URL"},
        {"file:x.db?connection_limit=1&mode=rwc", NULL},
        {"file:x.db?moed=ro", "\"mode\" meant?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct td_url u;
        struct td_err err = {0};
        assert_int_equal(td_url_parse(cases[i].url, NULL, &u, &err), TD_OK);
        assert_int_equal(u.note != NULL, cases[i].says != NULL);
        if (u.note != NULL) {
            assert_non_null(strstr(u.note, cases[i].says));
            assert_null(strstr(u.note, "CRET"));
        }
        td_url_deinit(&u);
    }
}

static void test_unknown_text_is_a_config_error_with_a_way_out(void **state)
{
    (void)state;
    static const char *const urls[] = {"",
                                       "dev.db",
                                       "mysql://h/db",
                                       "file:",
                                       "sqlite:",
                                       "file://dev.db",
                                       "http:",
                                       "postgres:/h",
                                       "postgresql://h:0/db",
                                       "postgresql://h/db?sslmode=maybe"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct td_url u;
        struct td_err err = {0};
        assert_int_equal(td_url_parse(urls[i], NULL, &u, &err), TD_ECONFIG);
        assert_int_equal(err.code, TD_C_URL);
        assert_true(err.next[0] != '\0');
    }
}

static void test_any_bytes_are_parsed_or_refused(void **state)
{
    (void)state;
    static const char bytes[] = "ab:/@?#%[],&='\\ 0129\xff\x01pS";
    static const char *const heads[] = {"postgres://", "file:", "sqlite:", ""};
    uint32_t seed = 7;
    for (int i = 0; i < 50000; i++) {
        char text[64];
        struct td_url u;
        struct td_err err = {0};
        size_t n = (size_t)snprintf(text, sizeof text, "%s", heads[i % 4]), end = n + (seed >> 9) % 40;
        for (; n < end; n++) {
            seed = seed * 1664525 + 1013904223;
            text[n] = bytes[(seed >> 10) % (sizeof bytes - 1)];
        }
        text[n] = '\0';
        seed = seed * 1664525 + 1013904223;
        if (td_url_parse(text, "base", &u, &err) == TD_OK)
            td_url_deinit(&u);
        td_mem_free(td_url_redact(text));
    }
}

static void test_parse_survives_each_failed_allocation(void **state)
{
    (void)state;
    int rc = TD_ENOMEM;
    for (size_t nth = 1; rc != TD_OK && nth < 200; nth++) {
        struct td_url u;
        struct td_err err = {0};
        td_mem_fail_at(nth, 0);
        rc = td_url_parse("postgres://u:p@a:1,b/db?schema=x&sslmode=require&application_name=y", NULL, &u, &err);
        td_mem_fail_at(0, 0);
        assert_true(rc == TD_OK || rc == TD_ENOMEM);
        td_url_deinit(&u);
    }
    assert_int_equal(rc, TD_OK);
}

static void test_a_sibling_differs_in_database_or_schema_alone(void **state)
{
    (void)state;
    static const struct {
        const char *url, *database, *schema, *want;
    } cases[] = {
        {"postgres://u:p%40w@h:5/db?sslmode=require", "other", NULL, "postgres://u:p%40w@h:5/other?sslmode=require"},
        {"postgres://u@h/db?schema=a&sslmode=require", NULL, "b c", "postgres://u@h/db?sslmode=require&schema=b%20c"},
        {"postgres://u@h/db?schema=a", "x", "b", "postgres://u@h/x?schema=b"},
        {"postgres://u@h", "x?y/#", NULL, "postgres://u@h/x%3Fy/%23"},
        {"postgres://h?dbname=db&host=/run", "x", NULL, "postgres://h/x?host=/run"},
        {"postgresql:///db?host=/run/pg", "t\xc3\xa9", NULL, "postgresql:///t%C3%A9?host=/run/pg"},
        {"file:./dev.db?mode=rw", "tenants/a b.db", NULL, "file:tenants/a%20b.db?mode=rw"},
        {"sqlite:dev.db", "//abs/x?.db", NULL, "file:/abs/x%3F.db"},
        {"file:./dev.db", NULL, NULL, "file:./dev.db"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct td_url u, parsed;
        struct td_err err = {0};
        char *text = NULL;
        assert_int_equal(td_url_parse(cases[i].url, NULL, &u, &err), TD_OK);
        assert_int_equal(td_url_sibling(&u, cases[i].database, cases[i].schema, &text, &err), TD_OK);
        assert_string_equal(text, cases[i].want);
        assert_int_equal(td_url_parse(text, NULL, &parsed, &err), TD_OK);
        if (cases[i].database != NULL && u.kind == TD_URL_POSTGRES)
            assert_string_equal(parsed.database, cases[i].database);
        if (cases[i].schema != NULL)
            assert_string_equal(parsed.schema, cases[i].schema);
        td_url_deinit(&parsed);
        td_url_deinit(&u);
        td_mem_free(text);
    }
}

static void test_another_user_connects_to_the_same_database(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"postgresql://a:b@h:5433/d?schema=s", "postgresql://x%2Fy:p%40@h:5433/d?schema=s"},
        {"postgres://h1,h2:5/d", "postgres://x%2Fy:p%40@h1,h2:5/d"},
        {"postgresql://a%40b@localhost/d?host=/tmp/s&user=u&password=q&sslmode=require#f",
         "postgresql://x%2Fy:p%40@localhost/d?host=/tmp/s&sslmode=require"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct td_url u = {0};
        struct td_err err = {0};
        char *text = NULL;
        assert_int_equal(td_url_parse(cases[i][0], NULL, &u, &err), TD_OK);
        assert_int_equal(td_url_as(&u, "x/y", "p@", &text, &err), TD_OK);
        assert_string_equal(text, cases[i][1]);
        td_mem_free(text);
        td_url_deinit(&u);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_postgres_urls_become_conninfo),
        cmocka_unit_test(test_prisma_parameters_never_reach_libpq),
        cmocka_unit_test(test_sqlite_urls_give_a_path),
        cmocka_unit_test(test_no_error_and_no_display_holds_a_password),
        cmocka_unit_test(test_running_text_loses_the_passwords_of_its_urls),
        cmocka_unit_test(test_parameters_are_known_or_told_of),
        cmocka_unit_test(test_unknown_text_is_a_config_error_with_a_way_out),
        cmocka_unit_test(test_any_bytes_are_parsed_or_refused),
        cmocka_unit_test(test_a_sibling_differs_in_database_or_schema_alone),
        cmocka_unit_test(test_another_user_connects_to_the_same_database),
        cmocka_unit_test(test_parse_survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
