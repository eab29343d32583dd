/* Form between real engines: a table a type, deployed to PostgreSQL and to SQLite by the lowering, so that the STRICT
 * tables with their CHECKs say whether what is given to them is what they keep. Values from a seed go from PostgreSQL
 * to SQLite, are read there and given back; PostgreSQL compares. What SQLite then has is also what a migration's INSERT
 * of the same literal stores, byte for byte.
 *
 *     test_sync_form_engines [--long N] [--seed S]     N random values a type instead of the few of a usual run */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/migrate/replay.h"
#include "core/sql/parse.h"
#include "sync/form.h"
#include "sync/merge.h"
#include "tests/lib/gen.h"
#include "tests/lib/project.h"

enum { LITERAL_BYTES = 2000 }; /* longer ones are not made literals of */

static unsigned values_a_type = 60;
static uint64_t seed = 1;

/* `more`: SQL for one more random value, on the server; NULL: those of tests/lib/gen.h do. */
static const struct {
    const char *sql, *more;
} types[] = {
    {"smallint", NULL},
    {"integer", NULL},
    {"bigint", "((random() - 0.5) * 1.8e19)::numeric(19,0)::bigint"},
    {"boolean", NULL},
    {"real", "((random() - 0.5) * power(10::float8, random() * 74 - 36))::real"},
    {"real", "power(2::float8, (random() * 250 - 125)::int)::real"},
    {"double precision", "(random() - 0.5) * power(10::float8, random() * 600 - 300)"},
    {"double precision", "power(2::float8, (random() * 2040 - 1020)::int)"},
    {"double precision", "(random() * 1e7)::int / power(10::float8, (random() * 9)::int)"},
    {"numeric", "(random() * power(10::float8, random() * 40 - 20))::numeric"},
    {"numeric(1,0)", NULL},
    {"numeric(18,0)", "(random() * 999999999999999999)::numeric(18,0)"},
    {"numeric(19,0)", NULL},
    {"numeric(5,-3)", NULL},
    {"numeric(20,-3)", NULL},
    {"numeric(15,2)", "((random() - 0.5) * 1e13)::numeric(15,2)"},
    {"numeric(15,15)", "random()::numeric(15,15)"},
    {"numeric(4,8)", NULL},
    {"numeric(10,5)", NULL},
    {"numeric(16,2)", NULL},
    {"numeric(40,20)", NULL},
    {"text", "(SELECT string_agg(chr(c), '') FROM (SELECT 1 + (random() * 1114110)::int + i - i AS c FROM "
             "generate_series(1, 20)) s WHERE c NOT BETWEEN 55296 AND 57343)"},
    {"varchar", NULL},
    {"varchar(5)", NULL},
    {"char(4)", NULL},
    {"citext", "md5(random()::text)::citext"},
    {"name", "md5(random()::text)::name"},
    {"uuid", "gen_random_uuid()"},
    {"timestamptz", "timestamptz '2000-01-01' + (random() * 298980 - 6712)::int * interval '1 year'"
                    " + random() * interval '1 year'"},
    {"timestamptz(3)", "(timestamptz '2000-01-01' + random() * interval '50 years')::timestamptz(3)"},
    {"timestamp", "timestamp '2000-01-01' + (random() - 0.5) * interval '100 years'"},
    {"timestamp(0)", NULL},
    {"date", "date '2000-01-01' + (random() * 2100000000 - 2400000)::int"},
    {"date", "date '2000-01-01' + ((random() - 0.5) * 700000)::int"},
    {"time", "time '00:00' + random() * interval '1 day'"},
    {"time(2)", NULL},
    {"timetz",
     "(time '00:00' + random() * interval '1 day')::timetz AT TIME ZONE ((random() * 3600)::int * interval '1 s')"},
    {"interval", "make_interval((random() * 200 - 100)::int, (random() * 30 - 15)::int, 0, (random() * 99 - 50)::int, "
                 "(random() * 99 - 50)::int, 0, random() * 100 - 50)"},
    {"interval day to second(2)", NULL},
    {"json", NULL},
    {"jsonb", "to_jsonb(ARRAY[random(), random() * 1e20])"},
    {"bytea", "decode(repeat(md5(random()::text), (random() * 20)::int), 'hex')"},
    {"inet", "('10.' || (random() * 255)::int || '.7.' || (random() * 255)::int || '/' || (random() * 32)::int)::inet"},
    {"inet", "(regexp_replace(replace(md5(random()::text), '7', '0000'), '^(.{4})(.{4})(.{4})(.{4})(.{4})(.{4})(.{4})"
             "(.{4}).*', '\\1:\\2:\\3:\\4:\\5:\\6:\\7:\\8') || '/' || (random() * 128)::int)::inet"},
    {"cidr", "network(('10.' || (random() * 255)::int || '.7.1/' || (random() * 32)::int)::inet)"},
    {"macaddr", "substr(md5(random()::text), 1, 12)::macaddr"},
    {"macaddr8", "substr(md5(random()::text), 1, 16)::macaddr8"},
    {"oid", "(random() * 4294967295)::bigint::oid"},
    {"bit(3)", NULL},
    {"bit varying(5)", NULL},
    {"tsvector", "to_tsvector('simple', md5(random()::text) || ' a ' || md5(random()::text))"},
    {"int4range", NULL},
    {"numrange", "numrange(0, random()::numeric)"},
    {"tstzrange", "tstzrange(timestamptz '2000-01-01' + random() * interval '9 years', 'infinity')"},
    {"int4multirange", "int4multirange(int4range(1, 5), int4range(9, 9 + (random() * 9)::int))"},
    {"point", "point(random(), random())"},
    {"ltree", "('a.' || md5(random()::text))::ltree"},
    {"mood", NULL},
    {"posint", NULL},
    {"price", NULL},
    {"tags", NULL},
    {"smallint[]", NULL},
    {"integer[]", "ARRAY[[(random() * 9)::int, NULL], [i, -i]]"},
    {"bigint[]", NULL},
    {"boolean[]", "ARRAY[true, random() < 0.5, NULL]"},
    {"real[]", "ARRAY[random()::real, power(10::float8, (random() * 60 - 30)::int)::real]"},
    {"double precision[]", "ARRAY[random(), power(10::float8, (random() * 60 - 30)::int), (random() * 1e6)::int]"},
    {"numeric[]", NULL},
    {"numeric(10,2)[]", "ARRAY[random()::numeric(10,2)]"},
    {"text[]", "ARRAY[chr(1 + (random() * 50000)::int), 'a\"\\ b', '', NULL, 'null', md5(random()::text)]"},
    {"varchar(5)[]", NULL},
    {"char(4)[]", NULL},
    {"uuid[]", "ARRAY[gen_random_uuid()]"},
    {"timestamptz[]", "ARRAY[timestamptz '2000-01-01' + random() * interval '9 years', 'infinity']"},
    {"date[]", NULL},
    {"time[]", NULL},
    {"interval[]", NULL},
    {"json[]", NULL},
    {"jsonb[]", "ARRAY[to_jsonb(random()), '{\"a\": \"\\\"\"}']"},
    {"bytea[]", "ARRAY[decode(md5(random()::text), 'hex'), '']"},
    {"inet[]", "ARRAY[('10.0.0.1/' || (random() * 32)::int)::inet]"},
    {"int4range[]", NULL},
    {"mood[]", NULL},
    {"posint[]", NULL},
};

/* Values that PostgreSQL takes. */
static const struct {
    const char *type, *sql;
} edges[] = {
    {"smallint", "-32768"},
    {"integer", "-2147483648"},
    {"bigint", "-9223372036854775808"},
    {"bigint", "9223372036854775807"},
    {"oid", "4294967295"},
    {"real", "'NaN'"},
    {"real", "'-Infinity'"},
    {"real", "'-0'"},
    {"real", "1e-45"},
    {"real", "3.4028235e38"},
    {"real", "3e10"},
    {"real", "16777216"},
    {"real", "8388608"},
    {"double precision", "'NaN'"},
    {"double precision", "'Infinity'"},
    {"double precision", "'-0'"},
    {"double precision", "5e-324"},
    {"double precision", "2.2250738585072014e-308"},
    {"double precision", "1.7976931348623157e308"},
    {"double precision", "1e23"},
    {"double precision", "9007199254740993"},
    {"double precision", "5.684341886080801e-14"},
    {"double precision", "9.5367431640625e-07"},
    {"numeric", "'NaN'"},
    {"numeric", "'Infinity'"},
    {"numeric", "1e400"},
    {"numeric", "repeat('9', 131072)::numeric"},
    {"numeric", "('-0.' || repeat('0', 16382) || '1')::numeric"},
    {"numeric", "(repeat('8', 131072) || '.' || repeat('7', 16383))::numeric"},
    {"numeric(18,0)", "'NaN'"},
    {"numeric(18,0)", "-999999999999999999"},
    {"numeric(5,-3)", "99999000"},
    {"numeric(15,2)", "9999999999999.99"},
    {"numeric(15,2)", "'NaN'"},
    {"numeric(15,15)", "0.999999999999999"},
    {"numeric(4,8)", "0.00009999"},
    {"numeric(16,2)", "'NaN'"},
    {"text", "''"},
    {"text", "(SELECT string_agg(chr(c), '') FROM generate_series(1, 3000) c)"},
    {"text",
     "(SELECT string_agg(chr(c), '') FROM generate_series(1, 1114111, 997) c WHERE c NOT BETWEEN 55296 AND 57343)"},
    {"text", "repeat('x', 1000000)"},
    {"char(4)", "''"},
    {"uuid", "'00000000-0000-0000-0000-000000000000'"},
    {"timestamptz", "'4714-11-24 00:00:00+00 BC'"},
    {"timestamptz", "'294276-12-31 23:59:59.999999+00'"},
    {"timestamptz", "'-infinity'"},
    {"timestamptz", "'0001-01-01 00:00:00+00'"},
    {"timestamptz", "'0001-12-31 23:59:59.999999+00 BC'"},
    {"timestamptz", "'9999-12-31 23:59:59.999999+00'"},
    {"timestamptz", "'10000-01-01 00:00:00+00'"},
    {"timestamp", "'infinity'"},
    {"date", "'4714-11-24 BC'"},
    {"date", "'5874897-12-31'"},
    {"date", "'infinity'"},
    {"time", "'24:00:00'"},
    {"timetz", "'23:59:59.999999-15:59:59'"},
    {"timetz", "'00:00+15:59'"},
    {"interval", "'-178000000 years'"},
    {"interval", "'2147483647 days -2562047788:00:54.775807'"},
    {"interval", "'0'"},
    {"json", "'\"\\ud800 \\u0000\"'"},
    {"json", "' { \"b\" : 1.00, \"b\" : [ ] } '"},
    {"jsonb", "'{\"bb\": 1e400, \"a\": \"\\u001f\\ud83d\\udc3c\\\\u0000\", \"\": null}'"},
    {"bytea", "''"},
    {"bytea", "decode(repeat('00ff', 5000), 'hex')"},
    {"inet", "'::ffff:1.2.3.4'"},
    {"inet", "'::/0'"},
    {"int4range", "'empty'"},
    {"integer[]", "'{}'"},
    {"integer[]", "'{{{{{{1,NULL}}}}}}'"},
    {"text[]", "ARRAY['', 'NULL', 'nUll', NULL, '{', '}', ',', '\"', '\\', ' ', E'\\t\\n\\x01', U&'\\+01F43C']"},
    {"double precision[]", "'{-0,Infinity,1e15,100000,123456,1e-5}'"},
    {"numeric[]", "'{NaN,-Infinity,1e400,-0.10}'"},
    {"real[]", "'{0.1,1e6,999999,3.4028235e38}'"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct trip {
    struct project pg, lite;
    struct td_arena arena;
    struct td_catalog catalog;
    struct gen g;
    char *schema;
    unsigned values, without; /* those that SQLite cannot store */
};

/* ---- the schema, on both ---- */

static void schema_sql(struct td_buf *out)
{
    td_buf_add(out, "CREATE EXTENSION citext;\nCREATE EXTENSION ltree;\n"
                    "CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s \"good\"', '');\n"
                    "CREATE DOMAIN posint AS integer CHECK (VALUE > 0);\n"
                    "CREATE DOMAIN price AS numeric(12,2);\n"
                    "CREATE DOMAIN tags AS text[];\n");
    for (size_t i = 0; i < COUNT(types); i++)
        td_buf_printf(out, "CREATE TABLE t%zu (id integer PRIMARY KEY, v %s);\n", i, types[i].sql);
}

static int replay_schema(void *data, struct td_err *err)
{
    struct trip *t = data;
    struct td_sql_file *file;
    td_catalog_init(&t->catalog, &t->arena);
    int rc = td_sql_parse(&t->arena, "schema", t->schema, strlen(t->schema), &file, err);
    for (size_t i = 0; rc == TD_OK && i < file->len; i++)
        rc = td_replay_stmt(&(struct td_replay){&t->catalog, &file->src, TD_ON_BOTH}, &file->at[i], err);
    return rc;
}

static void trip_open(struct trip *t)
{
    struct td_buf sql = {0};
    struct td_err err = {0};
    memset(t, 0, sizeof *t);
    schema_sql(&sql);
    assert_int_equal(td_buf_take(&sql, &t->schema, &err), TD_OK);
    project_open(&t->pg, NULL);
    project_open(&t->lite, "sqlite::memory:");
    project_add(&t->pg, "1_schema", t->schema);
    project_add(&t->lite, "1_schema", t->schema);
    assert_deployed(&t->pg);
    assert_deployed(&t->lite);
    if (td_arena_run(&t->arena, replay_schema, t, &err) != TD_OK)
        fail_msg("%s", err.message);
    gen_init(&t->g, &t->arena, seed);
    assert_int_equal(td_db_execf(t->pg.db, &err, "SELECT setseed(0.%llu)", (unsigned long long)seed), TD_OK);
}

static void trip_close(struct trip *t)
{
    project_close(&t->pg);
    project_close(&t->lite);
    free(t->schema);
    td_arena_deinit(&t->arena);
}

static struct td_type type_of(const struct trip *t, size_t i)
{
    char name[32];
    snprintf(name, sizeof name, "t%zu", i);
    return td_catalog_table(&t->catalog, NULL, name)->columns.at[1]->type;
}

/* ---- values, on PostgreSQL ---- */

/* Whatever PostgreSQL refuses is left out. */
static void add_generated(struct trip *t, size_t i)
{
    struct td_type type = type_of(t, i);
    for (unsigned n = 0; n < values_a_type; n++) {
        struct td_err ignored = {0};
        struct td_buf sql;
        struct gen_value v = gen_value(&t->g, type);
        td_buf_init(&sql, NULL);
        td_buf_printf(&sql, "INSERT INTO t%zu VALUES (%u, ", i, n + 1);
        gen_value_sql(&sql, &v);
        td_buf_char(&sql, ')');
        if (td_db_exec(t->pg.db, td_buf_str(&sql), &ignored) != TD_OK)
            td_err_clear(&ignored);
        td_buf_deinit(&sql);
    }
}

static void add_values(struct trip *t, size_t i)
{
    char sql[1200];
    add_generated(t, i);
    if (types[i].more != NULL) {
        snprintf(sql, sizeof sql, "INSERT INTO t%zu SELECT 100000000 + i, %s FROM generate_series(1, %u) i", i,
                 types[i].more, values_a_type);
        project_exec(&t->pg, sql);
    }
    for (size_t k = 0; k < COUNT(edges); k++) {
        if (strcmp(edges[k].type, types[i].sql) != 0)
            continue;
        snprintf(sql, sizeof sql, "INSERT INTO t%zu VALUES (%zu, %s)", i, 200000000 + k, edges[k].sql);
        project_exec(&t->pg, sql);
    }
}

/* ---- there and back ---- */

struct row {
    struct trip *t;
    struct td_type type;
    struct td_arena *a;
    int64_t id;
    struct td_value v;
    const char *text; /* v::text, as PostgreSQL has it */
    struct td_db_stmt *put, *get, *give;
    bool left_out;
};

static int check_text(const struct row *r, struct td_value v, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, r->a);
    td_form_text(r->type, v, &b);
    const char *want = r->text != NULL ? r->text : "";
    if (strcmp(want, "-0") == 0 && v.kind == TD_V_DOUBLE)
        want = "0";
    if (strcmp(td_buf_str(&b), want) == 0)
        return TD_OK;
    return td_err_set(err, TD_C_SYNC_FORM, "its text is %.200s, made of it was %.200s", want, td_buf_str(&b));
}

/* What SQLite has of it, as it comes back; it stays valid until the statement's next step. */
static int through_sqlite(const struct row *r, struct td_value stored, struct td_value *out, struct td_err *err)
{
    bool row = false;
    int rc = td_stmt_bind(r->put, 1, td_int(r->id), err);
    if (rc == TD_OK)
        rc = td_stmt_bind(r->put, 2, stored, err);
    if (rc == TD_OK)
        rc = td_stmt_step(r->put, &row, err);
    if (rc == TD_OK)
        rc = td_stmt_bind(r->get, 1, td_int(r->id), err);
    if (rc == TD_OK)
        rc = td_stmt_step(r->get, &row, err);
    if (rc == TD_OK && row)
        *out = td_stmt_column(r->get, 0);
    return rc;
}

/* The CHECK of a numeric that is a REAL is round(v, s) = v. With six digits and more SQLite 3.40 rounds three of ten
 * thousand to the number beside. */
static bool rounds_badly(struct td_type t)
{
    return td_type_storage(t) == TD_S_REAL && td_type_base(t).kind == TD_T_NUMERIC && td_type_base(t).mod2 >= 6;
}

static int check_row(void *data, struct td_err *err)
{
    struct row *r = data;
    struct td_value stored, read = td_null(), back;
    bool same = false, row;
    int rc = check_text(r, r->v, err);
    if (rc == TD_OK)
        rc = td_form_to_sqlite(r->a, r->type, r->v, &stored, err);
    /* the last second rounded up to timestamp(3): PostgreSQL prints it, and does not read it again */
    bool beyond = r->text != NULL && strncmp(r->text, "294277-01-01 ", 13) == 0;
    r->left_out = rc != TD_OK && (err->code == TD_C_SYNC_NAN || err->code == TD_C_SYNC_BOUNDS || beyond);
    if (rc == TD_OK)
        rc = through_sqlite(r, stored, &read, err);
    r->left_out |= rc == TD_ECHECK && rounds_badly(r->type);
    if (rc == TD_OK)
        rc = td_form_to_postgres(r->a, r->type, read, &back, err);
    if (rc == TD_OK)
        rc = check_text(r, back, err);
    if (rc == TD_OK)
        rc = td_merge_same(r->type, r->v, back, &same, err);
    if (rc == TD_OK && !same)
        return td_err_set(err, TD_C_SYNC_FORM, "what comes back is no longer the same, kind %d and %d", r->v.kind,
                          back.kind);
    if (rc == TD_OK)
        rc = td_stmt_bind(r->give, 1, td_int(r->id), err);
    if (rc == TD_OK)
        rc = td_stmt_bind(r->give, 2, back, err);
    return rc == TD_OK ? td_stmt_step(r->give, &row, err) : rc;
}

static struct td_db_stmt *prepare(struct td_db *db, const char *format, size_t i)
{
    char sql[200];
    struct td_err err = {0};
    struct td_db_stmt *st = NULL;
    snprintf(sql, sizeof sql, format, i);
    if (td_db_prepare(db, sql, &st, &err) != TD_OK)
        fail_msg("%s: %s", sql, err.message);
    return st;
}

static void check_rows(struct trip *t, size_t i)
{
    struct td_err err = {0};
    bool row = true;
    struct td_db_stmt *all = prepare(t->pg.db, "SELECT id, v, v::text FROM t%zu ORDER BY id", i);
    struct row r = {.t = t, .type = type_of(t, i)};
    r.put = prepare(t->lite.db, "INSERT INTO t%zu VALUES ($1, $2)", i);
    r.get = prepare(t->lite.db, "SELECT v FROM t%zu WHERE id = $1", i);
    r.give = prepare(t->pg.db, "INSERT INTO back%zu VALUES ($1, $2)", i);
    td_stmt_whole(all);
    for (;;) {
        struct td_arena a = {0};
        assert_int_equal(td_stmt_step(all, &row, &err), TD_OK);
        if (!row)
            break;
        r.a = &a;
        r.id = td_stmt_column(all, 0).i;
        r.v = td_stmt_column(all, 1);
        r.text = td_stmt_text(all, 2);
        int rc = td_arena_run(&a, check_row, &r, &err);
        if (rc != TD_OK && !r.left_out)
            fail_msg("%s, seed %llu, row %lld, %.300s: %s (%s)", types[i].sql, (unsigned long long)seed,
                     (long long)r.id, r.text == NULL ? "NULL" : r.text, err.message, err.why);
        t->values++;
        t->without += rc != TD_OK;
        td_err_clear(&err);
        td_arena_deinit(&a);
    }
    td_stmt_close(all);
    td_stmt_close(r.put);
    td_stmt_close(r.get);
    td_stmt_close(r.give);
}

/* PostgreSQL's own word on what came back. */
static void check_on_the_server(struct trip *t, size_t i)
{
    char sql[400];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM t%zu t JOIN back%zu b USING (id) WHERE t.v::text IS DISTINCT FROM b.v::text AND "
             "NOT (t.v::text = '-0' AND b.v::text = '0')",
             i, i);
    if (strcmp(project_text(&t->pg, sql), "0") != 0)
        fail_msg("%s: PostgreSQL sees other values", types[i].sql);
}

static void test_values_come_back_from_sqlite_as_they_were(void **state)
{
    struct trip *t = *state;
    char sql[100];
    for (size_t i = 0; i < COUNT(types); i++) {
        add_values(t, i);
        snprintf(sql, sizeof sql, "CREATE TABLE back%zu (LIKE t%zu)", i, i);
        project_exec(&t->pg, sql);
        project_exec(&t->pg, "BEGIN");
        project_exec(&t->lite, "BEGIN");
        check_rows(t, i);
        project_exec(&t->pg, "COMMIT");
        project_exec(&t->lite, "COMMIT");
        check_on_the_server(t, i);
    }
    print_message("%u values, %u of which SQLite cannot store\n", t->values, t->without);
    assert_true(t->values > 50 * COUNT(types) && t->without * 20 < t->values);
}

/* ---- the same by literals ---- */

/* Rows that came to SQLite, as literals of PostgreSQL's text. The lowering refuses NaN in arrays of what is a number
 * here. */
static void add_literals(struct trip *t, size_t i, struct td_buf *out)
{
    struct td_err err = {0};
    bool row = true;
    struct td_db_stmt *all = prepare(t->pg.db, "SELECT id, v::text FROM back%zu WHERE v IS NOT NULL ORDER BY id", i);
    struct td_type type = td_type_base(type_of(t, i));
    type.dims = 0;
    bool no_nan = type.kind == TD_T_FLOAT4 || type.kind == TD_T_FLOAT8 || td_type_numeric_native(type);
    unsigned n = 0;
    td_stmt_whole(all);
    td_buf_printf(out, "CREATE TABLE l%zu (id integer PRIMARY KEY, v %s);\n", i, types[i].sql);
    for (;;) {
        assert_int_equal(td_stmt_step(all, &row, &err), TD_OK);
        if (!row || n > 200)
            break;
        const char *text = td_stmt_text(all, 1);
        if (strlen(text) > LITERAL_BYTES || (no_nan && strstr(text, "NaN") != NULL))
            continue;
        td_buf_printf(out, "%s(%lld, ", n++ == 0 ? "" : ",\n", (long long)td_stmt_column(all, 0).i);
        td_buf_lit(out, text);
        td_buf_char(out, ')');
    }
    td_stmt_close(all);
}

/* Of a real PostgreSQL never prints digits that lie exactly between two, which the lowering takes: 3e+10 is printed as
 * 3.0000001e+10. Both are the same real. And of a literal far from 1, SQLite may read the number beside it. */
static void check_literals(struct trip *t, size_t i)
{
    static const char single[] = " AND abs(t.v - l.v) > abs(t.v) * 1e-7";
    static const char twice[] = " AND abs(t.v - l.v) > abs(t.v) * 4e-16";
    struct td_type type = td_type_base(type_of(t, i));
    char query[600];
    snprintf(query, sizeof query,
             "SELECT count(*) || ' as ' || min(typeof(t.v) || ' ' || t.v || ', not ' || typeof(l.v) || ' ' || l.v) "
             "FROM t%zu t JOIN l%zu l USING (id) WHERE (t.v IS NOT l.v OR typeof(t.v) <> typeof(l.v))%s",
             i, i,
             type.dims > 0              ? ""
             : type.kind == TD_T_FLOAT4 ? single
             : type.kind == TD_T_FLOAT8 ? twice
                                        : "");
    const char *got = project_text(&t->lite, query);
    if (strcmp(got, "NULL") != 0)
        fail_msg("%s: %s", types[i].sql, got);
}

static void test_sqlite_has_what_the_lowering_makes_of_the_literal(void **state)
{
    struct trip *t = *state;
    struct td_buf sql = {0};
    for (size_t i = 0; i < COUNT(types); i++) {
        struct td_buf rows = {0};
        size_t at;
        add_literals(t, i, &rows);
        at = (size_t)(strstr(td_buf_str(&rows), ";\n") + 2 - td_buf_str(&rows));
        td_buf_add_n(&sql, td_buf_str(&rows), at);
        td_buf_printf(&sql, "INSERT INTO l%zu (id, v) VALUES %s;\n", i, td_buf_str(&rows) + at);
        td_buf_deinit(&rows);
    }
    project_add(&t->lite, "2_literals", td_buf_str(&sql));
    td_buf_deinit(&sql);
    assert_deployed(&t->lite);
    for (size_t i = 0; i < COUNT(types); i++)
        check_literals(t, i);
}

/* ---- */

static int set_up(void **state)
{
    static struct trip t;
    trip_open(&t);
    *state = &t;
    return 0;
}

static int tear_down(void **state)
{
    trip_close(*state);
    return 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--long") == 0)
            values_a_type = (unsigned)strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[i + 1], NULL, 10);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_come_back_from_sqlite_as_they_were),
        cmocka_unit_test(test_sqlite_has_what_the_lowering_makes_of_the_literal),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
