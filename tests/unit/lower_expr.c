/* Expressions mean on SQLite what they mean on PostgreSQL: lower_expr.tsv holds what a PostgreSQL 15 answered
 * to SELECT (expression)::text, here the lowered text is run by SQLite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/config/url.h"
#include "core/db/db.h"
#include "core/sql/lower.h"
#include "core/sql/parse.h"
#include "core/sql/tree.h"
#include "drivers/drivers.h"

struct one {
    struct td_arena arena;
    struct td_db *db;
    const char *expr;
    const char *sql;
};

static int do_lower(void *data, struct td_err *err)
{
    struct one *o = data;
    struct td_catalog catalog;
    struct td_lower l = {.arena = &o->arena, .catalog = &catalog, .use = TD_LOWER_QUERY};
    const PgQuery__Node *node;
    struct td_lowered_stmts out = {0};
    int rc;
    td_catalog_init(&catalog, &o->arena);
    rc = td_sql_parse_expr(&o->arena, td_arena_printf(&o->arena, "SELECT (%s)::text", o->expr), &node, err);
    if (rc == TD_OK && node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT) {
        struct td_buf b;
        struct td_type text = TD_TYPE(TD_T_TEXT);
        td_buf_init(&b, &o->arena);
        td_buf_add(&b, "SELECT ");
        rc = td_lower_expr(&l, node, NULL, &text, &b, NULL, err);
        o->sql = td_buf_str(&b);
        return rc;
    }
    if (rc == TD_OK)
        rc = td_lower_data(&l, node, &out, err);
    if (rc == TD_OK)
        o->sql = out.at[0];
    return rc;
}

static int answer(struct one *o, char **out, struct td_err *err)
{
    int rc = td_arena_run(&o->arena, do_lower, o, err);
    return rc == TD_OK ? td_db_query_text(o->db, o->sql, NULL, 0, out, err) : rc;
}

static bool check_line(struct one *o, char *line)
{
    char *tab = strchr(line, '\t'), *got = NULL;
    struct td_err err = {0};
    bool same;
    int rc;
    line[strcspn(line, "\n")] = '\0';
    *tab = '\0';
    o->expr = line;
    o->sql = "";
    td_arena_init(&o->arena);
    rc = answer(o, &got, &err);
    same = rc == TD_OK && strcmp(got == NULL ? "<NULL>" : got, tab + 1) == 0;
    if (!same)
        print_message("expected %s, got %s %s\n  %.300s\n  %.300s\n", tab + 1, got == NULL ? "<NULL>" : got,
                      rc == TD_OK ? "" : err.message, line, o->sql);
    td_mem_free(got);
    td_arena_deinit(&o->arena);
    return same;
}

static void test_expressions_give_what_postgres_gave(void **state)
{
    struct one o = {.db = *state};
    FILE *f = fopen(TD_TEST_DATA "/lower_expr.tsv", "r");
    char *line = NULL;
    size_t cap = 0, wrong = 0, lines = 0;
    assert_non_null(f);
    while (getline(&line, &cap, f) > 0) {
        lines++;
        wrong += !check_line(&o, line);
    }
    free(line);
    fclose(f);
    assert_true(lines > 150);
    assert_int_equal(wrong, 0);
}

static int setup(void **state)
{
    struct td_err err = {0};
    struct td_url url;
    struct td_db *db;
    struct td_db_opts opts = {.create = true};
    td_drivers_register();
    if (td_url_parse("sqlite::memory:", NULL, &url, &err) != TD_OK || td_db_open(&url, &opts, &db, &err) != TD_OK)
        return -1;
    td_url_deinit(&url);
    *state = db;
    return 0;
}

static int teardown(void **state)
{
    td_db_close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_expressions_give_what_postgres_gave)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
