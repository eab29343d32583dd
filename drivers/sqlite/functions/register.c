/* Registers every function on a connection, and keeps what the connection's functions remember. */
#include "drivers/sqlite/functions/functions.h"

#include <sqlite3.h>

#include "core/base/mem.h"
#include "core/base/time.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/session.h"

/* One registered function: what SQLite hands back as user data. */
struct bound {
    const struct td_fn *fn;
    struct td_fn_state *state;
};

static const struct td_fn *const tables[] = {
    td_fn_casts,    td_fn_numbers,      td_fn_numerics,     td_fn_texts,     td_fn_cases,
    td_fn_patterns, td_fn_formats,      td_fn_bytes,        td_fn_digests,   td_fn_regexes,
    td_fn_jsons,    td_fn_json_changes, td_fn_json_makes,   td_fn_arrays,    td_fn_array_changes,
    td_fn_times,    td_fn_time_math,    td_fn_time_formats, td_fn_sequences, td_fn_orders,
};

static void state_free(struct td_fn_state *s)
{
    while (s->seqs != NULL) {
        struct td_fn_seq *next = s->seqs->next;
        td_mem_free(s->seqs->name);
        td_mem_free(s->seqs);
        s->seqs = next;
    }
    td_mem_free(s);
}

static void state_release(struct td_fn_state *s)
{
    if (--s->refs == 0)
        state_free(s);
}

static void bound_free(void *p)
{
    struct bound *b = p;
    state_release(b->state);
    td_mem_free(b);
}

/* A statement begins. In a transaction, now() stays; a statement outside one is its own transaction, and BEGIN itself
 * still runs outside. Statements of triggers are traced too, as comments: only the outermost counts. */
static int on_statement(unsigned what, void *data, void *stmt, void *text)
{
    struct td_fn_state *s = data;
    if (what != SQLITE_TRACE_STMT || s->inside || sqlite3_sql(stmt) != (const char *)text)
        return 0;
    s->statement_us = 0;
    if (sqlite3_get_autocommit(s->db))
        s->started_us = 0;
    return 0;
}

int64_t td_fn_statement_now(struct td_fn_state *s)
{
    if (s->statement_us == 0)
        s->statement_us = td_time_now();
    return s->statement_us;
}

int64_t td_fn_now(struct td_fn_state *s)
{
    if (s->started_us == 0)
        s->started_us = td_fn_statement_now(s);
    return s->started_us;
}

static void dispatch(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    const struct bound *b = sqlite3_user_data(ctx);
    if (n < b->fn->min_args) {
        sqlite3_result_error(ctx, "42883: too few arguments", -1);
        return;
    }
    for (int i = 0; (b->fn->flags & TD_FN_STRICT) && i < n; i++)
        if (sqlite3_value_type(v[i]) == SQLITE_NULL)
            return;
    td_fn_run(ctx, n, v, b->state, b->fn->call);
}

static int register_one(sqlite3 *db, const struct td_fn *fn, int args, struct td_fn_state *state)
{
    struct bound *b = td_mem_alloc(sizeof *b);
    if (b == NULL)
        return SQLITE_NOMEM;
    *b = (struct bound){fn, state};
    state->refs++;
    int flags = fn->flags & TD_FN_VOLATILE ? SQLITE_UTF8 : SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    return sqlite3_create_function_v2(db, fn->name, args, flags, b, dispatch, NULL, NULL, bound_free);
}

static int register_function(sqlite3 *db, const struct td_fn *fn, struct td_fn_state *state)
{
    if (fn->max_args < 0)
        return register_one(db, fn, -1, state);
    int rc = SQLITE_OK;
    for (int args = fn->min_args; args <= fn->max_args && rc == SQLITE_OK; args++)
        rc = register_one(db, fn, args, state);
    return rc;
}

static int register_aggregates(sqlite3 *db, const struct td_fn_aggregate *list)
{
    int rc = SQLITE_OK;
    for (const struct td_fn_aggregate *a = list; a->name != NULL && rc == SQLITE_OK; a++)
        rc = sqlite3_create_window_function(db, a->name, a->args, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                            NULL, a->step, a->final, a->value, a->inverse, NULL);
    return rc;
}

int td_sqlite_functions_register(sqlite3 *db, struct td_err *err)
{
    struct td_fn_state *state = td_mem_zalloc(sizeof *state);
    if (state == NULL)
        return td_err_nomem(err);
    state->db = db;
    state->refs = 1;
    int rc = SQLITE_OK;
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct td_fn *fn = tables[t]; fn->name != NULL && rc == SQLITE_OK; fn++)
            rc = register_function(db, fn, state);
    if (rc == SQLITE_OK)
        rc = register_aggregates(db, td_fn_aggregates);
    if (rc == SQLITE_OK)
        rc = register_aggregates(db, td_fn_sums);
    if (rc == SQLITE_OK)
        rc = td_fn_register_ordered(db);
    if (rc == SQLITE_OK)
        rc = sqlite3_trace_v2(db, SQLITE_TRACE_STMT, on_statement, state);
    state_release(state);
    if (rc == SQLITE_NOMEM)
        return td_err_nomem(err);
    return rc == SQLITE_OK ? TD_OK : td_err_set(err, TD_C_BUG, "cannot register functions: %s", sqlite3_errmsg(db));
}
