/* What every conformance test gets: an empty database of one engine, and short names for what it does with it. */
#ifndef TD_TEST_CONFORMANCE_ENV_H
#define TD_TEST_CONFORMANCE_ENV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/db/db.h"

struct env {
    enum td_engine engine;
    char *dir; /* of the test's own */
    char *url;
    struct td_db *db;
    struct td_err err;
};

/* Each file of tests ends in one such list; main.c runs it once for each engine that it is for. */
struct env_test {
    const char *name;
    void (*run)(void **state);
    bool sqlite, postgres;
};
#define BOTH(test)                                                                                                     \
    {                                                                                                                  \
#test, test, true, true                                                                                        \
    }
#define SQLITE_ONLY(test)                                                                                              \
    {                                                                                                                  \
#test, test, true, false                                                                                       \
    }
#define POSTGRES_ONLY(test)                                                                                            \
    {                                                                                                                  \
#test, test, false, true                                                                                       \
    }

extern const struct env_test values_tests[], statement_tests[], transaction_tests[], error_tests[], copy_tests[],
    cancel_tests[], memory_tests[], sqlite_file_tests[], postgres_server_tests[];

static inline bool on_sqlite(const struct env *e)
{
    return e->engine == TD_ENGINE_SQLITE;
}

#define PICK(e, sqlite, postgres) (on_sqlite(e) ? (sqlite) : (postgres))

/* All of these fail the test when the call fails. */
struct td_db *env_open(struct env *e, const struct td_db_opts *opts); /* one more connection to the same database */
void env_exec(struct env *e, const char *sql);
int64_t env_int(struct env *e, const char *sql);
struct td_db_stmt *env_prepare(struct env *e, const char *sql);
void env_bind(struct env *e, struct td_db_stmt *st, int index, struct td_value v);
bool env_step(struct env *e, struct td_db_stmt *st);
void env_ok(struct env *e, int rc);

/* The text must fail with this code and SQLSTATE; e->err then has the error. */
void env_fails(struct env *e, const char *sql, int rc, const char *sqlstate);
/* For another URL; the connection, or NULL with e->err set. */
struct td_db *env_try(struct env *e, const char *url, const struct td_db_opts *opts);
/* Opens once more while the nth allocation fails; `*asked_out`: how many there were. */
int env_open_failing(struct env *e, size_t nth, size_t *asked_out, struct td_db **out, struct td_err *err);
int64_t env_now_ms(void);

#endif
