/* Scopes: what is derived from foreign keys, what tandem.json decides, what is warned of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/migrate/lower.h"
#include "sync/scope.h"

struct deriving {
    struct td_arena arena;
    struct td_config *config;
    const char *ddl;
    struct td_scopes scopes;
    struct td_scope_warnings warnings;
    struct td_err err;
};

static int derive_all(void *data, struct td_err *err)
{
    struct deriving *d = data;
    struct td_lowering *l;
    struct td_lowered *lowered;
    const struct td_migration m = {.name = "1", .path = "1/migration.sql", .text = d->ddl, .len = strlen(d->ddl)};
    int rc = td_lowering_open(&d->arena, (struct td_skip){0}, &l, err);
    if (rc == TD_OK)
        rc = td_lowering_next(l, &m, &lowered, err);
    if (rc == TD_OK)
        rc = td_scopes_derive(&d->arena, td_lowering_catalog(l), d->config, NULL, &d->scopes, err);
    if (rc == TD_OK)
        td_scopes_lint(&d->arena, &d->scopes, &d->warnings);
    return rc;
}

static int derive(struct deriving *d, const char *json, const char *ddl)
{
    memset(d, 0, sizeof *d);
    d->ddl = ddl;
    int rc = td_config_parse(json, strlen(json), "tandem.json", &d->config, &d->err);
    return rc == TD_OK ? td_arena_run(&d->arena, derive_all, d, &d->err) : rc;
}

static void done(struct deriving *d)
{
    td_config_close(d->config);
    td_arena_deinit(&d->arena);
}

/* "users membership(id through user_tenants.user_id); tenants tenant(id); ..." in the order of creation. */
static void assert_scopes(const char *json, const char *ddl, const char *want)
{
    struct deriving d;
    struct td_buf got;
    if (derive(&d, json, ddl) != TD_OK)
        fail_msg("%s | %s", d.err.message, d.err.next);
    td_buf_init(&got, &d.arena);
    for (size_t i = 0; i < d.scopes.len; i++) {
        td_buf_printf(&got, "%s%s ", i > 0 ? "; " : "", d.scopes.at[i]->table->name);
        td_scope_describe(d.scopes.at[i], &got);
        assert_non_null(d.scopes.at[i]->why);
    }
    assert_string_equal(td_buf_str(&got), want);
    done(&d);
}

#define TENANT       "{\"sync\": {\"tenant\": \"tenants\"}}"
#define WITH(tables) "{\"sync\": {\"tenant\": \"tenants\", \"tables\": {" tables "}}}"
#define TENANTS      "CREATE TABLE tenants (id uuid PRIMARY KEY);\n"

static void test_the_tenants_column_is_found_along_foreign_keys(void **state)
{
    (void)state;
    assert_scopes(TENANT,
                  TENANTS
                  "CREATE TABLE projects (tenant_id uuid REFERENCES tenants, id int, PRIMARY KEY (tenant_id, id));\n"
                  "CREATE TABLE tasks (org uuid, project int, id int PRIMARY KEY,"
                  " FOREIGN KEY (org, project) REFERENCES projects);",
                  "tenants tenant(id); projects tenant(tenant_id); tasks tenant(org)");
}

static void test_a_key_of_text_or_numbers_and_a_key_besides_the_primary_will_do(void **state)
{
    (void)state;
    assert_scopes(TENANT,
                  "CREATE TABLE tenants (n bigserial, slug text NOT NULL UNIQUE, PRIMARY KEY (n, slug));\n"
                  "CREATE TABLE a (id int PRIMARY KEY, tenant text NOT NULL REFERENCES tenants (slug));",
                  "tenants tenant(slug); a tenant(tenant)");
    assert_scopes(TENANT, "CREATE TABLE tenants (id serial PRIMARY KEY);\nCREATE TABLE alone (id int PRIMARY KEY);",
                  "tenants tenant(id); alone local");
}

static void test_a_second_reference_to_a_tenant_is_no_ambiguity_if_it_is_less_of_one(void **state)
{
    (void)state;
    assert_scopes(TENANT,
                  TENANTS "CREATE TABLE a (t uuid NOT NULL REFERENCES tenants, seller uuid REFERENCES tenants,"
                          " id int PRIMARY KEY);\n"
                          "CREATE TABLE b (t uuid REFERENCES tenants, u uuid NOT NULL REFERENCES tenants, id int,"
                          " PRIMARY KEY (t, id));\n"
                          "CREATE TABLE c (id int PRIMARY KEY, t uuid NOT NULL REFERENCES tenants,"
                          " u uuid NOT NULL REFERENCES tenants);",
                  "tenants tenant(id); a tenant(t); b tenant(t); c undecided");
}

static void test_membership_goes_through_a_junction(void **state)
{
    (void)state;
    static const char users[] = TENANTS
        "CREATE TABLE users (id uuid PRIMARY KEY);\n"
        "CREATE TABLE user_tenants (tenant_id uuid NOT NULL REFERENCES tenants, user_id uuid NOT NULL REFERENCES users,"
        " id uuid PRIMARY KEY);\n"
        "CREATE TABLE notes (id uuid PRIMARY KEY, author uuid NOT NULL REFERENCES users,"
        " tenant_id uuid REFERENCES tenants);\n"
        "CREATE TABLE settings (user_id uuid PRIMARY KEY REFERENCES users);\n";
    char text[2000];
    snprintf(text, sizeof text, "%s%s", users, "CREATE UNIQUE INDEX x ON user_tenants (user_id, tenant_id);");
    assert_scopes(TENANT, text,
                  "tenants tenant(id); users membership(id through user_tenants.user_id); user_tenants "
                  "tenant(tenant_id); notes tenant(tenant_id); settings path(user_id to users)");
    /* without the key it is a mere reference */
    assert_scopes(TENANT, users,
                  "tenants tenant(id); users shared; user_tenants tenant(tenant_id); notes tenant(tenant_id); settings "
                  "local");
}

static void test_paths_prefer_what_looks_like_belonging(void **state)
{
    (void)state;
    assert_scopes(TENANT,
                  TENANTS "CREATE TABLE p (id int PRIMARY KEY, t uuid REFERENCES tenants);\n"
                          "CREATE TABLE q (id int PRIMARY KEY, t uuid REFERENCES tenants);\n"
                          "CREATE TABLE one (id int PRIMARY KEY, p int NOT NULL REFERENCES p, q int REFERENCES q);\n"
                          "CREATE TABLE two (id int PRIMARY KEY, p int NOT NULL REFERENCES p,"
                          " q int NOT NULL REFERENCES q ON DELETE CASCADE);\n"
                          "CREATE TABLE three (id int PRIMARY KEY, p int NOT NULL REFERENCES p, q int NOT NULL "
                          "REFERENCES q);\n"
                          "CREATE TABLE four (id int PRIMARY KEY, one int REFERENCES one, up int REFERENCES four);",
                  "tenants tenant(id); p tenant(t); q tenant(t); one path(p to p); two path(q to q); three undecided; "
                  "four path(one to one)");
}

static void test_a_member_of_several_tenants_does_not_decide_where_another_may(void **state)
{
    (void)state;
    assert_scopes(TENANT,
                  TENANTS
                  "CREATE TABLE users (id int PRIMARY KEY);\n"
                  "CREATE TABLE members (t uuid REFERENCES tenants, u int REFERENCES users, PRIMARY KEY (t, u));\n"
                  "CREATE TABLE p (id int PRIMARY KEY, t uuid REFERENCES tenants);\n"
                  "CREATE TABLE notes (id int PRIMARY KEY, author int NOT NULL REFERENCES users ON DELETE CASCADE,"
                  " p int REFERENCES p);",
                  "tenants tenant(id); users membership(id through members.u); members tenant(t); p tenant(t); notes "
                  "undecided");
    /* what a table refers to may become shared later, and keeps nobody waiting */
    assert_scopes(
        TENANT,
        TENANTS "CREATE TABLE users (id int PRIMARY KEY);\n"
                "CREATE TABLE members (t uuid REFERENCES tenants, u int REFERENCES users, PRIMARY KEY (t, u));\n"
                "CREATE TABLE comments (id int PRIMARY KEY, task int NOT NULL, reviewer int REFERENCES users);\n"
                "CREATE TABLE lookup (id int PRIMARY KEY);\n"
                "CREATE TABLE p (id int PRIMARY KEY, t uuid REFERENCES tenants);\n"
                "CREATE TABLE tasks (id int PRIMARY KEY, l int REFERENCES lookup, p int NOT NULL REFERENCES p);\n"
                "ALTER TABLE comments ADD FOREIGN KEY (task) REFERENCES tasks ON DELETE CASCADE;",
        "tenants tenant(id); users membership(id through members.u); members tenant(t); comments path(task to "
        "tasks); lookup shared; p tenant(t); tasks path(p to p)");
}

static void test_circles_have_an_end(void **state)
{
    (void)state;
    assert_scopes(TENANT,
                  TENANTS "CREATE TABLE p (id int PRIMARY KEY, t uuid REFERENCES tenants);\n"
                          "CREATE TABLE a (id int PRIMARY KEY, b int, p int REFERENCES p);\n"
                          "CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);\n"
                          "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;\n"
                          "CREATE TABLE x (id int PRIMARY KEY, y int);\n"
                          "CREATE TABLE y (id int PRIMARY KEY, x int REFERENCES x);\n"
                          "ALTER TABLE x ADD FOREIGN KEY (y) REFERENCES y;",
                  "tenants tenant(id); p tenant(t); a path(p to p); b path(a to a); x local; y local");
}

static void test_what_nothing_leads_to_is_shared_where_it_is_referred_to(void **state)
{
    (void)state;
    assert_scopes(TENANT,
                  TENANTS
                  "CREATE TABLE continents (id int PRIMARY KEY);\n"
                  "CREATE TABLE countries (id int PRIMARY KEY, c int REFERENCES continents);\n"
                  "CREATE TABLE p (id int PRIMARY KEY, t uuid REFERENCES tenants, c int REFERENCES countries);\n"
                  "CREATE TABLE jobs (id int PRIMARY KEY);\nCREATE TABLE bag (n int);\n"
                  "CREATE TABLE tokens (token text NOT NULL);\nCREATE UNIQUE INDEX t ON tokens (token);\n"
                  "CREATE TABLE parts (id int, d date, t uuid REFERENCES tenants, PRIMARY KEY (id, d));\n"
                  "CREATE VIEW v AS SELECT 1 AS n;",
                  "tenants tenant(id); continents shared; countries shared; p tenant(t); jobs local; bag local; tokens "
                  "local; parts tenant(t)");
}

static void test_tandem_json_decides(void **state)
{
    (void)state;
    static const char ddl[] = TENANTS
        "CREATE TABLE p (id int PRIMARY KEY, t uuid NOT NULL REFERENCES tenants, u uuid NOT NULL REFERENCES tenants);\n"
        "CREATE TABLE q (id int PRIMARY KEY, a int NOT NULL REFERENCES p, b int NOT NULL REFERENCES p);\n"
        "CREATE TABLE r (id int PRIMARY KEY);\n"
        "CREATE TABLE m (t uuid REFERENCES tenants, r int REFERENCES r, id int PRIMARY KEY);\n";
    assert_scopes(WITH("\"p\": {\"scope\": \"tenant\", \"column\": \"u\"}, \"q\": {\"scope\": \"path\", \"through\": "
                       "\"p\", \"column\": \"b\"}, \"r\": {\"scope\": \"membership\", \"through\": \"m\"}"),
                  ddl, "tenants tenant(id); p tenant(u); q path(b to p); r membership(id through m.r); m tenant(t)");
    assert_scopes(WITH("\"p\": {\"scope\": \"local\"}, \"r\": {\"scope\": \"shared\"}"), ddl,
                  "tenants tenant(id); p local; q local; r shared; m tenant(t)");
}

static void assert_refused(const char *json, const char *ddl, enum td_code code, const char *words, const char *at)
{
    struct deriving d;
    assert_int_not_equal(derive(&d, json, ddl), TD_OK);
    assert_int_equal(d.err.code, code);
    if (strstr(d.err.message, words) == NULL && strstr(d.err.next, words) == NULL)
        fail_msg("\"%s\" is not in: %s | %s", words, d.err.message, d.err.next);
    assert_int_equal(d.err.column, at == NULL ? 0 : strstr(json, at) - json + 1);
    done(&d);
}

static void test_what_does_not_fit_is_told_with_its_place(void **state)
{
    (void)state;
    static const char ddl[] = TENANTS "CREATE TABLE p (id int PRIMARY KEY, t uuid REFERENCES tenants);\nCREATE TABLE "
                                      "bag (n int);\n";
    assert_refused("{}", ddl, TD_C_SYNC_TENANT, "tandem.json", NULL);
    assert_refused("{\"sync\": {\"tenant\": \"tenant\"}}", ddl, TD_C_SYNC_TENANT, "did you mean \"tenants\"",
                   "\"tenant\"}");
    assert_refused("{\"sync\": {\"tenant\": \"bag\"}}", ddl, TD_C_SYNC_TENANT, "no single column", NULL);
    assert_refused(WITH("\"q\": {\"scope\": \"local\"}"), ddl, TD_C_SYNC_TABLE, "no table \"q\"", "{\"scope");
    assert_refused(WITH("\"bag\": {\"scope\": \"shared\"}"), ddl, TD_C_SYNC_TABLE, "nothing tells its rows apart",
                   "\"shared");
    assert_refused(WITH("\"p\": {\"scope\": \"tenant\", \"column\": \"x\"}"), ddl, TD_C_SYNC_TABLE, "no column \"x\"",
                   "\"x\"");
    assert_refused(WITH("\"p\": {\"scope\": \"path\"}"), ddl, TD_C_SYNC_TABLE, "goes through no table", "\"path");
    assert_refused(WITH("\"p\": {\"scope\": \"path\", \"through\": \"bag\"}"), ddl, TD_C_SYNC_TABLE, "no foreign key",
                   "\"bag");
    assert_refused(WITH("\"p\": {\"scope\": \"membership\", \"through\": \"bag\"}"), ddl, TD_C_SYNC_TABLE, "says whose",
                   "\"bag");
}

static void test_a_scope_that_cannot_be_is_refused(void **state)
{
    (void)state;
    static const char ddl[] = TENANTS "CREATE TABLE colors (id int PRIMARY KEY);\n"
                                      "CREATE TABLE items (id int PRIMARY KEY, color int NOT NULL REFERENCES colors, "
                                      "up int REFERENCES items, n int);\n";
    assert_refused(WITH("\"items\": {\"scope\": \"path\", \"through\": \"colors\"}"), ddl, TD_C_SYNC_TABLE,
                   "leads to no table", "\"colors\"}");
    assert_refused(WITH("\"items\": {\"scope\": \"path\", \"through\": \"items\"}"), ddl, TD_C_SYNC_TABLE,
                   "leads to no table", "\"items\"}");
    assert_refused(WITH("\"colors\": {\"scope\": \"membership\"}"), ddl, TD_C_SYNC_TABLE, "cannot be", "\"membership");
    assert_refused(WITH("\"items\": {\"scope\": \"tenant\"}"), ddl, TD_C_SYNC_TABLE, "cannot be", "\"tenant\"}}");
    assert_refused(WITH("\"items\": {\"scope\": \"tenant\", \"column\": \"n\"}"), ddl, TD_C_SYNC_TABLE, "another type",
                   "\"n\"}");
    assert_refused(WITH("\"tenants\": {\"scope\": \"shared\"}"), ddl, TD_C_SYNC_TABLE, "itself", "\"shared");
}

static void test_membership_by_one_of_several_foreign_keys(void **state)
{
    (void)state;
    static const char ddl[] = TENANTS "CREATE TABLE users (id int PRIMARY KEY);\n"
                                      "CREATE TABLE members (t uuid REFERENCES tenants, u int REFERENCES users, by int "
                                      "REFERENCES users, PRIMARY KEY (t, "
                                      "u));\n";
    assert_refused(WITH("\"users\": {\"scope\": \"membership\", \"through\": \"members\"}"), ddl, TD_C_SYNC_TABLE,
                   "\"column\"", "\"members\"}");
    assert_scopes(WITH("\"users\": {\"scope\": \"membership\", \"through\": \"members\", \"column\": \"by\"}"), ddl,
                  "tenants tenant(id); users membership(id through members.by); members tenant(t)");
}

static void test_undecided_tables_stop_what_needs_them(void **state)
{
    (void)state;
    struct deriving d;
    assert_int_equal(derive(&d, TENANT,
                            TENANTS "CREATE TABLE c (id int PRIMARY KEY, t uuid NOT NULL REFERENCES tenants,"
                                    " u uuid NOT NULL REFERENCES tenants);"),
                     TD_OK);
    assert_int_equal(td_scopes_check(&d.scopes, &d.err), TD_ECONFIG);
    assert_string_equal(d.err.why, "several columns lead to the tenant: t, u");
    done(&d);
}

/* "rule table", one after the other. */
static void assert_warnings(const char *ddl, const char *want)
{
    struct deriving d;
    struct td_buf got;
    if (derive(&d, TENANT, ddl) != TD_OK)
        fail_msg("%s", d.err.message);
    td_buf_init(&got, &d.arena);
    for (size_t i = 0; i < d.warnings.len; i++)
        td_buf_printf(&got, "%s%s %s", i > 0 ? "; " : "", td_scope_warning_name(d.warnings.at[i].kind),
                      d.warnings.at[i].table->name);
    assert_string_equal(td_buf_str(&got), want);
    done(&d);
}

static void test_keys_that_carry_the_tenant_are_not_warned_of(void **state)
{
    (void)state;
    assert_warnings(TENANTS "CREATE TABLE p (t uuid REFERENCES tenants, id uuid, UNIQUE (id), PRIMARY KEY (t, id));\n"
                            "CREATE TABLE ok (t uuid, id uuid, p uuid, PRIMARY KEY (t, id),"
                            " FOREIGN KEY (t, p) REFERENCES p (t, id));\n",
                    "");
}

static void test_rules_name_their_tables(void **state)
{
    (void)state;
    assert_warnings(TENANTS "CREATE TABLE kinds (id int PRIMARY KEY);\n"
                            "CREATE TABLE p (t uuid REFERENCES tenants, id serial PRIMARY KEY, code text UNIQUE);\n"
                            "CREATE TABLE c (t uuid REFERENCES tenants, id uuid PRIMARY KEY, p int REFERENCES p);\n"
                            "CREATE TABLE d (id uuid PRIMARY KEY, c uuid REFERENCES c, k int REFERENCES kinds);\n"
                            "CREATE TABLE bag (n int);\n",
                    "shared kinds; serial-key p; tenant-unique p; tenant-unique p; tenant-leak c; tenant-path d; "
                    "nobodys-rows d; no-key bag");
}

/* What mends a warning is a migration that runs, and after which the warning is gone. */
static void test_what_mends_a_warning_mends_it(void **state)
{
    (void)state;
    static const char ddl[] = TENANTS
        "CREATE TABLE p (t uuid NOT NULL REFERENCES tenants, id uuid PRIMARY KEY);\n"
        "CREATE TABLE c (t uuid NOT NULL REFERENCES tenants, id uuid PRIMARY KEY, p uuid REFERENCES p ON DELETE SET "
        "NULL);\n"
        "CREATE TABLE d (id uuid PRIMARY KEY, p uuid NOT NULL REFERENCES p ON DELETE CASCADE);\n"
        "CREATE TABLE bag (n int);\n";
    char text[8000];
    size_t left = 99, len = (size_t)snprintf(text, sizeof text, "%s", ddl);
    for (int round = 0; round < 6; round++) {
        struct deriving d;
        if (derive(&d, TENANT, text) != TD_OK)
            fail_msg("%s\n%s", d.err.message, text);
        left = d.warnings.len;
        if (left > 0) {
            assert_string_not_equal(d.warnings.at[0].mend, "");
            len += (size_t)snprintf(text + len, sizeof text - len, "%s", d.warnings.at[0].mend);
        }
        done(&d);
    }
    assert_int_equal(left, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tenants_column_is_found_along_foreign_keys),
        cmocka_unit_test(test_a_key_of_text_or_numbers_and_a_key_besides_the_primary_will_do),
        cmocka_unit_test(test_a_second_reference_to_a_tenant_is_no_ambiguity_if_it_is_less_of_one),
        cmocka_unit_test(test_membership_goes_through_a_junction),
        cmocka_unit_test(test_paths_prefer_what_looks_like_belonging),
        cmocka_unit_test(test_a_member_of_several_tenants_does_not_decide_where_another_may),
        cmocka_unit_test(test_circles_have_an_end),
        cmocka_unit_test(test_a_scope_that_cannot_be_is_refused),
        cmocka_unit_test(test_membership_by_one_of_several_foreign_keys),
        cmocka_unit_test(test_what_nothing_leads_to_is_shared_where_it_is_referred_to),
        cmocka_unit_test(test_tandem_json_decides),
        cmocka_unit_test(test_what_does_not_fit_is_told_with_its_place),
        cmocka_unit_test(test_undecided_tables_stop_what_needs_them),
        cmocka_unit_test(test_keys_that_carry_the_tenant_are_not_warned_of),
        cmocka_unit_test(test_rules_name_their_tables),
        cmocka_unit_test(test_what_mends_a_warning_mends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
