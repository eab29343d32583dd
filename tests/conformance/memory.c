/* Each allocation fails once: a clean error, nothing leaked (the sanitizer looks), the next attempt works. SQLite takes
 * its memory from td_mem in this program, libpq has an allocator of its own. */
#include "core/base/mem.h"
#include "tests/conformance/env.h"

static int use(struct env *e, struct td_db *db, int64_t *sum_out)
{
    struct td_value values[2] = {td_int(1), td_text("a text")};
    struct td_db_stmt *st = NULL;
    bool row = true;
    *sum_out = 0;
    int rc = td_db_begin(db, TD_TX_WRITE, &e->err);
    if (rc == TD_OK)
        rc = td_db_run(db, "INSERT INTO t VALUES ($1, $2)", values, 2, &e->err);
    if (rc == TD_OK)
        rc = td_db_prepare(db, "SELECT a, b FROM t WHERE a = $1", &st, &e->err);
    if (rc == TD_OK)
        rc = td_stmt_bind(st, 1, values[0], &e->err);
    while (rc == TD_OK && row) {
        rc = td_stmt_step(st, &row, &e->err);
        *sum_out += row ? td_stmt_int(st, 0) : 0;
        if (row && rc == TD_OK && td_stmt_text(st, 1) == NULL)
            *sum_out += 1000; /* a text that became NULL */
    }
    td_stmt_close(st);
    td_db_rollback(db);
    return rc;
}

static void test_each_allocation_may_fail(void **state)
{
    struct env *e = *state;
    int failures = 0;
    env_exec(e, "CREATE TABLE t (a INTEGER, b TEXT)");
    for (size_t nth = 1; nth < 5000; nth++) {
        int64_t sum = 0;
        td_err_clear(&e->err);
        td_mem_fail_at(nth, 0);
        int rc = use(e, e->db, &sum);
        size_t asked = td_mem_count();
        td_mem_fail_at(0, 0);
        if (asked < nth)
            break;
        if (rc != TD_OK) {
            assert_int_equal(rc, TD_ENOMEM);
            failures++;
        } else {
            assert_int_equal(sum, 1); /* it could do without */
        }
        if (td_db_exec(e->db, "SELECT 1", &e->err) != TD_OK) { /* a rollback that could not be sent */
            td_db_close(e->db);
            e->db = NULL;
            e->db = env_open(e, NULL);
        }
        assert_int_equal(env_int(e, "SELECT count(*) FROM t"), 0);
    }
    assert_true(failures > 3);
}

static void test_each_allocation_of_open_may_fail(void **state)
{
    struct env *e = *state;
    int failures = 0;
    for (size_t nth = 1; nth < 5000; nth++) {
        struct td_err err = {0};
        struct td_db *db = NULL;
        size_t asked = 0;
        int rc = env_open_failing(e, nth, &asked, &db, &err);
        assert_true((rc == TD_OK) == (db != NULL));
        td_db_close(db);
        if (asked < nth)
            break;
        if (rc != TD_OK) {
            assert_int_equal(rc, TD_ENOMEM);
            failures++;
        }
    }
    assert_true(failures > 1);
}

const struct env_test memory_tests[] = {
    BOTH(test_each_allocation_may_fail),
    BOTH(test_each_allocation_of_open_may_fail),
    {0},
};
