/* A type by the first byte, and a text: what a program may have put in a SQLite file. What is taken to PostgreSQL comes
 * back, and stays what it is. The same text as PostgreSQL's breaks nothing, whatever it is. */
#include <string.h>

#include "sync/form.h"
#include "tests/fuzz/fuzz.h"

static const struct {
    const char *name;
    int mod1, mod2;
} types[] = {
    {"text", -1, -1},         {"varchar", 3, -1},    {"bpchar", 3, -1},   {"name", -1, -1},      {"uuid", -1, -1},
    {"timestamptz", -1, -1},  {"timestamp", 3, -1},  {"date", -1, -1},    {"time", -1, -1},      {"timetz", -1, -1},
    {"interval", -1, -1},     {"json", -1, -1},      {"jsonb", -1, -1},   {"inet", -1, -1},      {"cidr", -1, -1},
    {"macaddr", -1, -1},      {"numeric", -1, -1},   {"numeric", 20, 2},  {"numeric", 20, -3},   {"numeric", 10, 2},
    {"numeric", 10, 0},       {"float8", -1, -1},    {"float4", -1, -1},  {"int4", -1, -1},      {"bool", -1, -1},
    {"bytea", -1, -1},        {"int4range", -1, -1}, {"_int4", -1, -1},   {"_bool", -1, -1},     {"_float8", -1, -1},
    {"_float4", -1, -1},      {"_numeric", -1, -1},  {"_numeric", 10, 2}, {"_text", -1, -1},     {"_bytea", -1, -1},
    {"_timestamptz", -1, -1}, {"_jsonb", -1, -1},    {"_box", -1, -1},    {"_interval", -1, -1}, {"_bpchar", 3, -1},
};

struct converting {
    struct td_arena a;
    struct td_type t;
    struct td_value v, out, stored, again;
};

static int from_sqlite(void *data, struct td_err *err)
{
    struct converting *c = data;
    return td_form_to_postgres(&c->a, c->t, c->v, &c->out, err);
}

static int there_and_back(void *data, struct td_err *err)
{
    struct converting *c = data;
    int rc = td_form_to_sqlite(&c->a, c->t, c->out, &c->stored, err);
    return rc != TD_OK ? rc : td_form_to_postgres(&c->a, c->t, c->stored, &c->again, err);
}

static int from_postgres(void *data, struct td_err *err)
{
    struct converting *c = data;
    return td_form_to_sqlite(&c->a, c->t, c->v, &c->out, err);
}

static bool same_text(const struct converting *c)
{
    struct td_buf x = {0}, y = {0};
    td_form_text(c->t, c->out, &x);
    td_form_text(c->t, c->again, &y);
    bool same = x.len == y.len && strcmp(td_buf_str(&x), td_buf_str(&y)) == 0;
    td_buf_deinit(&x);
    td_buf_deinit(&y);
    return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct converting c = {0};
    struct td_err err = {0};
    if (size == 0)
        return 0;
    size_t i = *data % (sizeof types / sizeof *types);
    FUZZ_CHECK(td_type_builtin(types[i].name, &c.t));
    c.t.mod1 = types[i].mod1;
    c.t.mod2 = types[i].mod2;
    c.v = td_bytes(TD_V_TEXT, data + 1, size - 1);
    if (td_arena_run(&c.a, from_sqlite, &c, &err) == TD_OK) {
        FUZZ_CHECK(td_arena_run(&c.a, there_and_back, &c, &err) == TD_OK);
        FUZZ_CHECK(c.out.kind == c.again.kind && same_text(&c));
    } else {
        FUZZ_CHECK(err.message[0] != '\0');
    }
    td_err_clear(&err);
    FUZZ_CHECK(td_arena_run(&c.a, from_postgres, &c, &err) == TD_OK || err.message[0] != '\0');
    td_arena_deinit(&c.a);
    return 0;
}
