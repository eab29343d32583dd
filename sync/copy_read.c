/* The source's rows: chunks in the key's order, values in the target's form.
 *
 * A key is kept as a JSON array of texts, each with its kind in front, as the source's engine has it: "t:abc", "i:7",
 * "r:0.5", "b:00ff". On PostgreSQL all are "t:", what the value prints as. SQLite's stay as they are stored: another
 * form of the same value would sort elsewhere, and rows be left out. */
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/jsontext.h"
#include "core/db/number.h"
#include "sync/copy_impl.h"
#include "sync/form.h"
#include "sync/scope_sql.h"

struct reading {
    struct td_arena a;
    struct td_copying *c;
    const struct td_copy_read *r;
    const struct td_sync_table *t;
    struct td_db_stmt *st;
    struct td_value *at, *given; /* of the row at hand: as they came, in the target's form */
    struct td_buf *last;
    size_t n;
};

static enum td_engine engine_of(const struct reading *r)
{
    return td_db_engine(r->c->from->db);
}

/* ---- keys ---- */

static void add_hex(struct td_buf *b, struct td_value v)
{
    td_buf_add(b, "b:");
    for (size_t i = 0; i < v.bytes.len; i++)
        td_buf_printf(b, "%02x", (unsigned char)v.bytes.at[i]);
}

static void add_key_value(const struct reading *r, size_t column, struct td_value v, struct td_buf *b)
{
    char number[TD_NUMBER_SIZE];
    if (engine_of(r) == TD_ENGINE_POSTGRES) {
        td_buf_add(b, "t:");
        td_form_text(r->t->columns[column].type, v, b);
    } else if (v.kind == TD_V_INT) {
        td_buf_add(b, "i:");
        td_buf_int(b, v.i);
    } else if (v.kind == TD_V_DOUBLE) {
        td_number_print(v.d, number);
        td_buf_printf(b, "r:%s", number);
    } else if (v.kind == TD_V_BLOB) {
        add_hex(b, v);
    } else {
        td_buf_add(b, "t:");
        td_buf_add_n(b, v.bytes.at, v.bytes.len);
    }
}

static void note_key(struct reading *r)
{
    struct td_buf one = {0};
    td_buf_reset(r->last);
    for (size_t i = 0; i < r->t->n_key; i++) {
        td_buf_reset(&one);
        add_key_value(r, r->t->key[i], r->at[r->t->key[i]], &one);
        td_buf_char(r->last, i == 0 ? '[' : ',');
        td_jsontext_string(r->last, td_buf_str(&one), one.len);
    }
    td_buf_char(r->last, ']');
    td_buf_deinit(&one);
}

static int digit(char c)
{
    return c >= 'a' ? c - 'a' + 10 : c - '0';
}

static struct td_value key_value(struct td_arena *a, const char *text)
{
    const char *v = text + 2;
    size_t n = strlen(v) / 2;
    switch (text[0]) {
    case 'i': return td_int(strtoll(v, NULL, 10));
    case 'r': return td_double(td_number_parse(v));
    case 't': return td_text(td_arena_strdup(a, v));
    default: break;
    }
    char *bytes = td_arena_alloc(a, n + 1);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(digit(v[2 * i]) * 16 + digit(v[2 * i + 1]));
    return td_bytes(TD_V_BLOB, bytes, n);
}

static int parse_key(struct reading *r, struct td_value *out, struct td_err *err)
{
    struct td_json_doc *doc = NULL;
    size_t n = 0;
    int rc = td_json_parse(r->r->after, strlen(r->r->after), "", &doc, err);
    if (rc != TD_OK)
        return rc;
    td_arena_defer(&r->a, td_json_close_void, doc);
    for (const struct td_json *j = td_json_first(td_json_root(doc)); j != NULL && n < r->t->n_key;
         j = td_json_next(j)) {
        const char *text = td_json_text(j);
        if (text == NULL || strlen(text) < 2)
            break;
        out[n++] = key_value(&r->a, text);
    }
    return n == r->t->n_key ? TD_OK : td_err_set(err, TD_C_SYNC_VALUE, "the place of the copy cannot be read");
}

/* ---- the query ---- */

static void add_after(struct reading *r, size_t first, struct td_buf *b)
{
    td_buf_char(b, '(');
    td_slice_add_some(r->t, r->t->key, r->t->n_key, "t.", b);
    td_buf_add(b, ") > (");
    for (size_t i = 0; i < r->t->n_key; i++) {
        td_buf_printf(b, "%s$%zu", i > 0 ? ", " : "", first + i);
        if (engine_of(r) == TD_ENGINE_POSTGRES) {
            td_buf_add(b, "::text");
            td_scope_add_cast(td_table_column(r->t->scope->table, r->t->columns[r->t->key[i]].name), b);
        }
    }
    td_buf_char(b, ')');
}

static void add_query(struct reading *r, struct td_buf *b)
{
    const struct td_table *table = r->t->scope->table;
    bool postgres = engine_of(r) == TD_ENGINE_POSTGRES, tenant = r->c->opts->tenant != NULL;
    td_buf_add(b, "SELECT ");
    td_slice_add_columns(r->t, "t.", b);
    td_buf_add(b, postgres && table->kind == TD_R_TABLE ? " FROM ONLY "
                                                        : " FROM "); /* those that inherit are tables too */
    td_scope_add_table_on(engine_of(r), table, b);
    td_buf_add(b, " t WHERE ");
    if (tenant)
        td_scope_add_slice(engine_of(r), r->t->scope, "t", postgres ? "$1::text" : "$1", b);
    else
        td_buf_add(b, "true");
    if (tenant && postgres)
        td_buf_add(b, " AND $1::text IS NOT NULL"); /* a placeholder must be used */
    else if (tenant)
        td_buf_add(b, " AND $1 IS NOT NULL");
    if (r->r->after != NULL) {
        td_buf_add(b, " AND ");
        add_after(r, tenant ? 2 : 1, b);
    }
    if (r->t->n_key > 0) {
        td_buf_add(b, " ORDER BY ");
        td_slice_add_some(r->t, r->t->key, r->t->n_key, "t.", b);
    }
    if (r->r->limit > 0)
        td_buf_printf(b, " LIMIT %zu", r->r->limit);
}

static void close_stmt(void *st)
{
    td_stmt_close(st);
}

static int ask(struct reading *r, struct td_err *err)
{
    struct td_value *v = td_arena_alloc(&r->a, (r->t->n_key + 2) * sizeof *v);
    size_t n = 0;
    struct td_buf b;
    int rc = TD_OK;
    td_buf_init(&b, &r->a);
    add_query(r, &b);
    if (r->c->opts->tenant != NULL)
        v[n++] = r->c->tenant;
    if (r->r->after != NULL) {
        rc = parse_key(r, v + n, err);
        n += r->t->n_key;
    }
    if (rc == TD_OK)
        rc = td_db_prepare(r->c->from->db, td_buf_str(&b), &r->st, err);
    if (rc != TD_OK)
        return rc;
    td_arena_defer(&r->a, close_stmt, r->st);
    for (size_t i = 0; i < n && rc == TD_OK; i++)
        rc = td_stmt_bind(r->st, (int)i + 1, v[i], err);
    return rc;
}

/* ---- rows ---- */

const char *td_copy_key_text(struct td_arena *a, const struct td_sync_table *t, const struct td_value *at)
{
    struct td_buf b;
    td_buf_init(&b, a);
    for (size_t i = 0; i < t->n_key; i++) {
        struct td_value v = at[t->key[i]];
        td_buf_add(&b, i == 0 ? "(" : ", ");
        if (v.kind == TD_V_INT)
            td_buf_int(&b, v.i);
        else
            td_form_text(t->columns[t->key[i]].type, v, &b);
    }
    td_buf_char(&b, ')');
    return td_buf_str(&b);
}

/* One value to the target's form. */
static int convert(struct reading *r, size_t i, struct td_err *err)
{
    enum td_engine from = engine_of(r), to = td_db_engine(r->c->to->db);
    struct td_type type = r->t->columns[i].type;
    int rc = TD_OK;
    if (from == to)
        r->given[i] = r->at[i];
    else if (to == TD_ENGINE_SQLITE)
        rc = td_form_to_sqlite(&r->c->scratch, type, r->at[i], &r->given[i], err);
    else
        rc = td_form_to_postgres(&r->c->scratch, type, r->at[i], &r->given[i], err);
    if (rc == TD_EDATA)
        return td_err_wrap(err, "\"%s.%s\" of the row %s", r->t->name, r->t->columns[i].name,
                           td_copy_key_text(&r->c->scratch, r->t, r->at));
    return rc;
}

static int give(void *data, struct td_err *err)
{
    struct reading *r = data;
    int rc = TD_OK;
    for (size_t i = 0; i < r->t->n_columns; i++)
        r->at[i] = td_stmt_column(r->st, (int)i);
    for (size_t i = 0; i < r->t->n_columns && rc == TD_OK; i++)
        rc = convert(r, i, err);
    return rc == TD_OK ? r->r->sink(r->r->data, r->given, err) : rc;
}

static int read_all(void *data, struct td_err *err)
{
    struct reading *r = data;
    bool row = true;
    r->at = td_arena_alloc(&r->a, (r->t->n_columns + 1) * sizeof *r->at);
    r->given = td_arena_alloc(&r->a, (r->t->n_columns + 1) * sizeof *r->given);
    int rc = ask(r, err);
    while (rc == TD_OK) {
        rc = td_copy_is_cancelled(r->c) ? td_err_set(err, TD_C_CANCELLED, "interrupted")
                                        : td_stmt_step(r->st, &row, err);
        if (rc != TD_OK || !row)
            break;
        if (r->c->scratch.size_bytes > (1 << 20))
            td_arena_deinit(&r->c->scratch);
        rc = td_arena_run(&r->c->scratch, give, r, err);
        r->n++;
        if (rc == TD_OK && r->n == r->r->limit)
            note_key(r);
    }
    return rc;
}

int td_copy_read(struct td_copying *c, const struct td_copy_read *read, size_t *n_out, struct td_buf *last,
                 struct td_err *err)
{
    struct reading r = {.c = c, .r = read, .t = &c->slice.all.at[read->table], .last = last};
    int rc = td_arena_run(&r.a, read_all, &r, err);
    td_arena_deinit(&r.a);
    *n_out = r.n;
    return rc == TD_OK && last != NULL ? td_buf_check(last, err) : rc;
}

bool td_copy_is_cancelled(const struct td_copying *c)
{
    return c->opts->cancelled != NULL && *c->opts->cancelled;
}

int td_copy_other_row(const struct td_sync_table *t, const char *key, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_COPY_ROW, "\"%s\" has another row %s already", t->name, key);
    return td_err_next(err, "delete or change one of the two; the same command then goes on");
}
