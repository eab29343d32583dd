/* What every function of this folder stands on: one call, its arguments, its memory, its result.
 *
 * A function is `int f(struct td_fn_call *c, struct td_err *err)`, run inside td_arena_run: memory from c->arena needs
 * no check and goes after the call. It sets its result (none: NULL) and returns TD_OK, or fails with td_fn_fail. */
#ifndef TD_SQLITE_FUNCTIONS_CALL_H
#define TD_SQLITE_FUNCTIONS_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "drivers/sqlite/functions/type.h"

struct td_fn_state; /* of the connection: session.h */

struct td_fn_str {
    const char *at; /* NUL-terminated */
    size_t len;
};

struct td_fn_call {
    sqlite3_context *ctx;
    sqlite3_value **v;
    int n;
    struct td_arena *arena;
    struct td_buf out; /* in the arena; td_fn_done makes it the result */
    struct td_fn_state *state;
};

enum td_fn_flags {
    TD_FN_STRICT = 1, /* any NULL argument: NULL, the function is not called */
    TD_FN_VOLATILE = 2
};

struct td_fn {
    const char *name;
    int min_args, max_args; /* max -1: any number */
    int flags;
    int (*call)(struct td_fn_call *c, struct td_err *err);
};

struct td_fn_aggregate {
    const char *name;
    int args;
    void (*step)(sqlite3_context *ctx, int n, sqlite3_value **v);
    void (*final)(sqlite3_context *ctx);
    void (*value)(sqlite3_context *ctx);
    void (*inverse)(sqlite3_context *ctx, int n, sqlite3_value **v);
};

/* Each ended by a NULL name. */
extern const struct td_fn td_fn_casts[], td_fn_numbers[], td_fn_numerics[], td_fn_texts[], td_fn_cases[],
    td_fn_patterns[], td_fn_formats[], td_fn_bytes[], td_fn_digests[], td_fn_regexes[], td_fn_jsons[],
    td_fn_json_changes[], td_fn_json_makes[], td_fn_arrays[], td_fn_array_changes[], td_fn_times[], td_fn_time_math[],
    td_fn_time_formats[], td_fn_sequences[], td_fn_orders[];
extern const struct td_fn_aggregate td_fn_aggregates[], td_fn_sums[];
int td_fn_register_ordered(sqlite3 *db); /* the _by forms of td_fn_aggregates; an SQLite code */

/* Runs one function outside the table's dispatch: for the finals of aggregates. */
void td_fn_run(sqlite3_context *ctx, int n, sqlite3_value **v, struct td_fn_state *state,
               int (*call)(struct td_fn_call *c, struct td_err *err));

/* PostgreSQL's message under its SQLSTATE; returns what the function returns. */
int td_fn_fail(struct td_err *err, const char *sqlstate, const char *fmt, ...) TD_PRINTF(3, 4);
void td_fn_report(sqlite3_context *ctx, const struct td_err *err);

/* Arguments. Text of numbers is PostgreSQL's text for them; a BLOB's is its bytes. */
bool td_fn_null(const struct td_fn_call *c, int i);
struct td_fn_str td_fn_text(struct td_fn_call *c, int i);
/* As a C string: 22021 where a NUL is inside. */
TD_MUST_CHECK int td_fn_cstr(struct td_fn_call *c, int i, const char **out, struct td_err *err);
/* Any number as text that core/base/decimal.h takes. */
TD_MUST_CHECK int td_fn_decimal(struct td_fn_call *c, int i, const char **out, struct td_err *err);
TD_MUST_CHECK int td_fn_int(struct td_fn_call *c, int i, int64_t *out, struct td_err *err);
TD_MUST_CHECK int td_fn_int4(struct td_fn_call *c, int i, int32_t *out, struct td_err *err);
TD_MUST_CHECK int td_fn_double(struct td_fn_call *c, int i, double *out, struct td_err *err);
/* float8's input; 22P02 and 22003 as there. `type` is the name in the message. */
TD_MUST_CHECK int td_fn_read_double(const char *text, const char *type, double *out, struct td_err *err);
bool td_fn_true(const struct td_fn_call *c, int i);
struct td_fn_type td_fn_type_arg(struct td_fn_call *c, int i);

/* Results; each returns TD_OK, or fails when the text grew too large. */
TD_MUST_CHECK int td_fn_done(struct td_fn_call *c, struct td_err *err); /* c->out */
int td_fn_give_text(struct td_fn_call *c, const char *at, size_t len);
int td_fn_give_blob(struct td_fn_call *c, const void *at, size_t len);
int td_fn_give_int(struct td_fn_call *c, int64_t v);
TD_MUST_CHECK int td_fn_give_double(struct td_fn_call *c, double v, struct td_err *err); /* NaN cannot be stored */
int td_fn_give_arg(struct td_fn_call *c, int i);

#endif
