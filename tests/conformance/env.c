#include "tests/conformance/env.h"

#include <stdio.h>
#include <time.h>

#include "core/base/mem.h"
#include "core/config/url.h"

int64_t env_now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void env_ok(struct env *e, int rc)
{
    if (rc != TD_OK)
        print_error("rc %d, [%s] %s (%s)\n", rc, e->err.sqlstate, e->err.message, e->err.why);
    assert_int_equal(rc, TD_OK);
}

struct td_db *env_try(struct env *e, const char *url, const struct td_db_opts *opts)
{
    struct td_url u = {0};
    struct td_db *db = NULL;
    td_err_clear(&e->err);
    env_ok(e, td_url_parse(url, e->dir, &u, &e->err));
    int rc = td_db_open(&u, opts, &db, &e->err);
    td_url_deinit(&u);
    assert_int_equal(rc, e->err.rc);
    assert_true((rc == TD_OK) == (db != NULL));
    return db;
}

int env_open_failing(struct env *e, size_t nth, size_t *asked_out, struct td_db **out, struct td_err *err)
{
    struct td_url u = {0};
    env_ok(e, td_url_parse(e->url, e->dir, &u, &e->err));
    td_mem_fail_at(nth, 0);
    int rc = td_db_open(&u, NULL, out, err);
    *asked_out = td_mem_count();
    td_mem_fail_at(0, 0);
    td_url_deinit(&u);
    return rc;
}

struct td_db *env_open(struct env *e, const struct td_db_opts *opts)
{
    struct td_db *db = env_try(e, e->url, opts);
    env_ok(e, (int)e->err.rc);
    return db;
}

void env_exec(struct env *e, const char *sql)
{
    env_ok(e, td_db_exec(e->db, sql, &e->err));
}

int64_t env_int(struct env *e, const char *sql)
{
    int64_t out = 0;
    env_ok(e, td_db_query_int(e->db, sql, NULL, 0, &out, &e->err));
    return out;
}

struct td_db_stmt *env_prepare(struct env *e, const char *sql)
{
    struct td_db_stmt *st = NULL;
    env_ok(e, td_db_prepare(e->db, sql, &st, &e->err));
    return st;
}

void env_bind(struct env *e, struct td_db_stmt *st, int index, struct td_value v)
{
    env_ok(e, td_stmt_bind(st, index, v, &e->err));
}

bool env_step(struct env *e, struct td_db_stmt *st)
{
    bool row = false;
    env_ok(e, td_stmt_step(st, &row, &e->err));
    return row;
}

void env_fails(struct env *e, const char *sql, int rc, const char *sqlstate)
{
    td_err_clear(&e->err);
    int got = td_db_exec(e->db, sql, &e->err);
    if (got != rc || strcmp(e->err.sqlstate, sqlstate) != 0)
        print_error("\"%s\": rc %d [%s] %s\n", sql, got, e->err.sqlstate, e->err.message);
    assert_int_equal(got, rc);
    assert_string_equal(e->err.sqlstate, sqlstate);
    assert_true(e->err.message[0] != '\0');
}
