/* One call of a function: memory, arguments, result, error. */
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/exact.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/decimal.h"

struct run {
    struct td_fn_call c;
    int (*call)(struct td_fn_call *c, struct td_err *err);
};

static int run_body(void *data, struct td_err *err)
{
    struct run *r = data;
    return r->call(&r->c, err);
}

void td_fn_run(sqlite3_context *ctx, int n, sqlite3_value **v, struct td_fn_state *state,
               int (*call)(struct td_fn_call *c, struct td_err *err))
{
    struct td_arena arena = {0};
    struct td_err err;
    struct run r = {.c = {.ctx = ctx, .v = v, .n = n, .arena = &arena, .state = state}, .call = call};
    td_err_clear(&err);
    td_buf_init(&r.c.out, &arena);
    if (td_arena_run(&arena, run_body, &r, &err) != TD_OK)
        td_fn_report(ctx, &err);
    td_arena_deinit(&arena);
}

int td_fn_fail(struct td_err *err, const char *sqlstate, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    td_err_vset(err, TD_C_DB_DATA, fmt, args);
    va_end(args);
    return td_err_sqlstate(err, sqlstate);
}

void td_fn_report(sqlite3_context *ctx, const struct td_err *err)
{
    char text[1100];
    if (err->rc == TD_ENOMEM) {
        sqlite3_result_error_nomem(ctx);
        return;
    }
    if (err->code == TD_C_TOO_LARGE) {
        sqlite3_result_error_toobig(ctx);
        return;
    }
    int n = snprintf(text, sizeof text, "%s: %s", err->sqlstate[0] == '\0' ? "XX000" : err->sqlstate, err->message);
    sqlite3_result_error(ctx, text, n < (int)sizeof text ? n : (int)sizeof text - 1);
}

bool td_fn_null(const struct td_fn_call *c, int i)
{
    return sqlite3_value_type(c->v[i]) == SQLITE_NULL;
}

struct td_fn_str td_fn_text(struct td_fn_call *c, int i)
{
    struct td_fn_str s = {"", 0};
    const void *at;
    if (sqlite3_value_type(c->v[i]) == SQLITE_FLOAT) {
        struct td_buf b;
        td_buf_init(&b, c->arena);
        td_fn_print_float8(sqlite3_value_double(c->v[i]), &b);
        return (struct td_fn_str){td_buf_str(&b), b.len};
    }
    if (sqlite3_value_type(c->v[i]) == SQLITE_BLOB) {
        at = sqlite3_value_blob(c->v[i]);
        s.len = (size_t)sqlite3_value_bytes(c->v[i]);
        s.at = td_arena_dup(c->arena, at != NULL ? at : "", s.len);
        return s;
    }
    at = sqlite3_value_text(c->v[i]);
    if (at == NULL && sqlite3_value_type(c->v[i]) != SQLITE_NULL)
        td_arena_fail(c->arena);
    if (at != NULL) {
        s.at = at;
        s.len = (size_t)sqlite3_value_bytes(c->v[i]);
    }
    return s;
}

int td_fn_cstr(struct td_fn_call *c, int i, const char **out, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, i);
    if (memchr(s.at, '\0', s.len) != NULL)
        return td_fn_fail(err, "22021", "invalid byte sequence for encoding \"UTF8\": 0x00");
    *out = s.at;
    return TD_OK;
}

int td_fn_decimal(struct td_fn_call *c, int i, const char **out, struct td_err *err)
{
    if (sqlite3_value_type(c->v[i]) != SQLITE_FLOAT)
        return td_fn_cstr(c, i, out, err);
    struct td_buf b;
    td_buf_init(&b, c->arena);
    int rc = td_exact_from_double(sqlite3_value_double(c->v[i]), 15, &b, err);
    *out = td_buf_str(&b);
    return rc;
}

int td_fn_int(struct td_fn_call *c, int i, int64_t *out, struct td_err *err)
{
    if (sqlite3_value_type(c->v[i]) == SQLITE_INTEGER) {
        *out = sqlite3_value_int64(c->v[i]);
        return TD_OK;
    }
    const char *text = NULL;
    int rc = td_fn_decimal(c, i, &text, err);
    return rc != TD_OK ? rc : td_decimal_to_int(text, out, err);
}

int td_fn_int4(struct td_fn_call *c, int i, int32_t *out, struct td_err *err)
{
    int64_t v = 0;
    int rc = td_fn_int(c, i, &v, err);
    if (rc == TD_OK && (v < INT32_MIN || v > INT32_MAX))
        return td_fn_fail(err, "22003", "integer out of range");
    *out = (int32_t)v;
    return rc;
}

int td_fn_double(struct td_fn_call *c, int i, double *out, struct td_err *err)
{
    int type = sqlite3_value_type(c->v[i]);
    if (type == SQLITE_FLOAT || type == SQLITE_INTEGER) {
        *out = sqlite3_value_double(c->v[i]);
        return TD_OK;
    }
    const char *text = NULL;
    int rc = td_fn_cstr(c, i, &text, err);
    return rc != TD_OK ? rc : td_fn_read_double(text, "double precision", out, err);
}

bool td_fn_true(const struct td_fn_call *c, int i)
{
    return i < c->n && sqlite3_value_int(c->v[i]) != 0;
}

struct td_fn_type td_fn_type_arg(struct td_fn_call *c, int i)
{
    struct td_fn_str s = i < c->n ? td_fn_text(c, i) : (struct td_fn_str){"text", 4};
    return td_fn_type_parse(s.at, s.len);
}

int td_fn_done(struct td_fn_call *c, struct td_err *err)
{
    int rc = td_buf_check(&c->out, err);
    if (rc == TD_OK)
        td_fn_give_text(c, td_buf_str(&c->out), c->out.len);
    return rc;
}

int td_fn_give_text(struct td_fn_call *c, const char *at, size_t len)
{
    sqlite3_result_text64(c->ctx, at, len, SQLITE_TRANSIENT, SQLITE_UTF8);
    return TD_OK;
}

int td_fn_give_blob(struct td_fn_call *c, const void *at, size_t len)
{
    sqlite3_result_blob64(c->ctx, at != NULL ? at : "", len, SQLITE_TRANSIENT);
    return TD_OK;
}

int td_fn_give_int(struct td_fn_call *c, int64_t v)
{
    sqlite3_result_int64(c->ctx, v);
    return TD_OK;
}

int td_fn_give_double(struct td_fn_call *c, double v, struct td_err *err)
{
    if (isnan(v))
        return td_fn_fail(err, "22003", "SQLite cannot store NaN in a column of type double precision");
    sqlite3_result_double(c->ctx, v);
    return TD_OK;
}

int td_fn_give_arg(struct td_fn_call *c, int i)
{
    sqlite3_result_value(c->ctx, c->v[i]);
    return TD_OK;
}
