#include "tests/unit/replay_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/catalog/dump.h"
#include "core/migrate/replay.h"
#include "core/sql/tree.h"

struct job {
    struct td_replayed *r;
    const char *sql, *only, *text;
};

static void note(struct td_replayed *r, int rc, const struct td_err *err)
{
    if (rc != TD_OK && r->failed++ == 0)
        r->err = *err;
}

static int one(struct td_replay *replay, struct td_replayed *r, const struct td_sql_stmt *s)
{
    struct td_err err = {0};
    if (td_stmt_kind(s->node) != TD_ST_DO) {
        note(r, td_replay_stmt(replay, s, &err), &err);
        return TD_OK;
    }
    struct td_guarded g;
    int rc = td_replay_guard(replay, s, &g, &err);
    note(r, rc, &err);
    for (size_t i = 0; rc == TD_OK && i < g.len; i++)
        note(r, td_replay_stmt(replay, &g.at[i], &err), &err);
    return TD_OK;
}

static int replay_all(void *data, struct td_err *err)
{
    struct job *j = data;
    struct td_sql_file *file;
    td_catalog_init(&j->r->catalog, &j->r->arena);
    int rc = td_sql_parse(&j->r->arena, "test.sql", j->sql, strlen(j->sql), &file, err);
    if (rc != TD_OK)
        return rc;
    struct td_replay replay = {&j->r->catalog, &file->src, TD_ON_BOTH};
    for (size_t i = 0; rc == TD_OK && i < file->len; i++) {
        j->r->catalog.stmt = i + 1;
        rc = one(&replay, j->r, &file->at[i]);
    }
    return rc;
}

void td_replayed_open(struct td_replayed *r, const char *sql)
{
    memset(r, 0, sizeof *r);
    struct job j = {.r = r, .sql = sql};
    struct td_err err = {0};
    if (td_arena_run(&r->arena, replay_all, &j, &err) != TD_OK)
        fail_msg("%s", err.message);
}

void td_replayed_close(struct td_replayed *r)
{
    td_arena_deinit(&r->arena);
}

static void print_expr(const struct PgQuery__Node *expr, struct td_buf *out, void *data)
{
    const char *text = "?";
    struct td_err ignored = {0};
    if (td_tree_print(data, expr, &text, &ignored) != TD_OK)
        text = "?";
    td_buf_add(out, text);
}

static int dump(void *data, struct td_err *err)
{
    struct job *j = data;
    struct td_buf all, some;
    td_buf_init(&all, &j->r->arena);
    td_buf_init(&some, &j->r->arena);
    const struct td_dump_opts opts = {print_expr, &j->r->arena};
    td_catalog_dump(&j->r->catalog, &opts, &all);
    const char *line = td_buf_str(&all);
    while (*line != '\0') {
        const char *end = strchr(line, '\n');
        const char *copy = td_arena_dup(&j->r->arena, line, (size_t)(end - line) + 1);
        if (j->only == NULL || strstr(copy, j->only) != NULL)
            td_buf_add(&some, copy);
        line = end + 1;
    }
    j->text = td_buf_str(&some);
    return td_buf_check(&all, err);
}

const char *td_replayed_dump(struct td_replayed *r, const char *only)
{
    struct job j = {.r = r, .only = only};
    struct td_err err = {0};
    if (td_arena_run(&r->arena, dump, &j, &err) != TD_OK)
        fail_msg("%s", err.message);
    return j.text;
}

void td_expect_catalog(const char *sql, const char *only, const char *expected)
{
    struct td_replayed r;
    td_replayed_open(&r, sql);
    if (r.failed != 0)
        fail_msg("line %u: %s", r.err.line, r.err.message);
    assert_string_equal(td_replayed_dump(&r, only), expected);
    td_replayed_close(&r);
}

void td_expect_error(const char *sql, const char *sqlstate, unsigned line, unsigned column)
{
    struct td_replayed r;
    td_replayed_open(&r, sql);
    assert_int_equal(r.failed, 1);
    assert_string_equal(r.err.sqlstate, sqlstate);
    assert_int_equal(r.err.line, line);
    assert_int_equal(r.err.column, column);
    assert_true(r.err.next[0] != '\0');
    td_replayed_close(&r);
}
