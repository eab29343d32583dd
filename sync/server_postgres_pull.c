/* What a pull asks of PostgreSQL. All within the snapshot that is open. */
#include <stdlib.h>

#include "sync/capture_postgres.h"
#include "sync/mask.h"
#include "sync/scope_sql.h"
#include "sync/server_postgres.h"

struct asking {
    struct td_arena a;
    struct td_pg_server *s;
    const struct td_sync_table *t;
    size_t table;
    const char *tenant, *since;
    const struct td_sync_ref *way; /* load */
    const char *const *values;     /* load: of the way; chunk: the key */
    size_t n;                      /* load: rows of values; chunk: the limit */
    td_row_sink sink;
    void *data;
    size_t rows;
};

static void add_columns(const struct td_sync_table *t, const char *alias, struct td_buf *b)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        td_buf_printf(b, "%s%s.", i > 0 ? ", " : "", alias);
        td_buf_ident(b, t->columns[i].name);
    }
}

/* Rows of a statement that gives the columns, and before them `keys` key values and whether the row is here. */
static int give_rows(struct asking *q, struct td_db_stmt *st, bool keyed, struct td_err *err)
{
    const struct td_sync_table *t = q->t;
    struct td_value *at = td_arena_alloc(&q->a, (t->n_columns + 1) * sizeof *at);
    int from = keyed ? (int)t->n_key + 1 : 0, rc = TD_OK;
    while (rc == TD_OK) {
        bool row = false, here = true;
        rc = td_stmt_step(st, &row, err);
        if (rc != TD_OK || !row)
            break;
        if (keyed)
            here = td_stmt_column(st, (int)t->n_key).b;
        for (size_t i = 0; i < t->n_columns; i++)
            at[i] = here ? td_stmt_column(st, from + (int)i) : td_null();
        for (size_t i = 0; i < t->n_key && !here; i++)
            at[t->key[i]] = td_stmt_column(st, (int)i);
        q->rows++;
        rc = q->sink(q->data, q->table, at, here, err);
    }
    return rc;
}

static int run(struct asking *q, const char *sql, const struct td_value *v, size_t n, bool keyed, struct td_err *err)
{
    struct td_db_stmt *st;
    int rc = td_pg_prepare(&q->a, q->s, sql, &st, err);
    for (size_t i = 0; i < n && rc == TD_OK; i++)
        rc = td_stmt_bind(st, (int)i + 1, v[i], err);
    return rc == TD_OK ? give_rows(q, st, keyed, err) : rc;
}

static int ask(struct asking *q, int (*fn)(void *, struct td_err *), struct td_err *err)
{
    q->t = &q->s->all->at[q->table];
    int rc = td_arena_run(&q->a, fn, q, err);
    td_arena_deinit(&q->a);
    return rc;
}

/* ---- which keys ---- */

struct counting {
    struct td_arena a;
    struct td_pg_server *s;
    const char *tenant, *since;
    struct td_changes *out;
};

static int count(void *data, struct td_err *err)
{
    struct counting *c = data;
    struct td_rows rows = {0};
    const struct td_value v[] = {td_text(c->tenant), td_text(c->since)};
    int rc =
        td_rows_read(&c->a, c->s->db,
                     "SELECT tbl, count(pk), bool_or(pk IS NULL) FROM tandem.changed($1::text, $2::text) GROUP BY tbl",
                     v, 2, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        for (size_t t = 0; t < c->s->all->len; t++) {
            if (c->s->numbers[t] != td_rows_int(&rows, i, 0))
                continue;
            c->out->keys[t] = td_rows_int(&rows, i, 1);
            c->out->whole[t] = td_rows_bool(&rows, i, 2);
            c->out->any = true;
        }
    return rc;
}

int td_pg_changed(struct td_server *s, const char *tenant, const char *since, struct td_changes *out,
                  struct td_err *err)
{
    struct counting c = {.s = (struct td_pg_server *)s, .tenant = tenant, .since = since, .out = out};
    int rc = td_arena_run(&c.a, count, &c, err);
    td_arena_deinit(&c.a);
    return rc;
}

/* The nth column of a key, from the log's text of it. */
static void add_noted(const struct td_sync_table *t, size_t nth, struct td_buf *b)
{
    if (t->n_key == 1)
        td_buf_add(b, "l.pk");
    else
        td_buf_printf(b, "(l.pk::jsonb ->> %zu)", nth);
    td_pg_add_type(t, t->key[nth], b);
}

static int delta(void *data, struct td_err *err)
{
    struct asking *q = data;
    const struct td_sync_table *t = q->t;
    struct td_buf b;
    td_buf_init(&b, &q->a);
    td_buf_add(&b, "SELECT ");
    for (size_t i = 0; i < t->n_key; i++) {
        add_noted(t, i, &b);
        td_buf_add(&b, ", ");
    }
    td_buf_add(&b, "t.");
    td_buf_ident(&b, t->columns[t->key[0]].name);
    td_buf_add(&b, " IS NOT NULL, ");
    add_columns(t, "t", &b);
    td_buf_add(
        &b, " FROM (SELECT pk FROM tandem.changed($1::text, $2::text, $3::integer) WHERE pk IS NOT NULL) l LEFT JOIN ");
    td_mask_add_source(q->s->all, q->table, &b);
    td_buf_add(&b, " t ON ");
    for (size_t i = 0; i < t->n_key; i++) {
        td_buf_add(&b, "t.");
        td_buf_ident(&b, t->columns[t->key[i]].name);
        td_buf_add(&b, " = ");
        add_noted(t, i, &b);
        td_buf_add(&b, " AND ");
    }
    td_scope_add_belongs(t->scope, "t", "$1::text", &b);
    const struct td_value v[] = {td_text(q->tenant), td_text(q->since), td_int(q->s->numbers[q->table])};
    return run(q, td_buf_str(&b), v, 3, true, err);
}

int td_pg_delta(struct td_server *s, const char *tenant, const char *since, size_t table, td_row_sink sink, void *data,
                struct td_err *err)
{
    struct asking q = {
        .s = (struct td_pg_server *)s, .table = table, .tenant = tenant, .since = since, .sink = sink, .data = data};
    return ask(&q, delta, err);
}

/* ---- by what they go through ---- */

static int load(void *data, struct td_err *err)
{
    struct asking *q = data;
    const struct td_sync_table *t = q->t;
    struct td_value *v = td_arena_alloc(&q->a, (q->way->n + 1) * sizeof *v);
    struct td_buf b, array;
    td_buf_init(&b, &q->a);
    td_buf_add(&b, "SELECT ");
    add_columns(t, "t", &b);
    td_buf_add(&b, " FROM ");
    td_mask_add_source(q->s->all, q->table, &b);
    td_buf_add(&b, " t WHERE (");
    for (size_t i = 0; i < q->way->n; i++) {
        td_buf_add(&b, i > 0 ? ", t." : "t.");
        td_buf_ident(&b, t->columns[q->way->columns[i]].name);
    }
    td_buf_add(&b, ") IN (SELECT ");
    for (size_t i = 0; i < q->way->n; i++) {
        td_buf_printf(&b, "%su.k%zu", i > 0 ? ", " : "", i);
        td_pg_add_type(t, q->way->columns[i], &b);
    }
    td_buf_add(&b, " FROM ");
    td_pg_add_unnest("k", q->way->n, 2, &b);
    td_buf_add(&b, ") AND ");
    td_scope_add_belongs(t->scope, "t", "$1::text", &b);
    v[0] = td_text(q->tenant);
    for (size_t i = 0; i < q->way->n; i++) {
        td_buf_init(&array, &q->a);
        td_buf_char(&array, '{');
        for (size_t k = 0; k < q->n; k++) {
            const char *text = q->values[k * q->way->n + i];
            td_pg_add_array_item(&array, text, text == NULL ? 0 : strlen(text), k == 0);
        }
        td_buf_char(&array, '}');
        v[i + 1] = td_text(td_buf_str(&array));
    }
    return run(q, td_buf_str(&b), v, q->way->n + 1, false, err);
}

int td_pg_load(struct td_server *s, const char *tenant, size_t table, const struct td_sync_ref *way,
               const char *const *values, size_t n, td_row_sink sink, void *data, struct td_err *err)
{
    struct asking q = {.s = (struct td_pg_server *)s,
                       .table = table,
                       .way = way,
                       .tenant = tenant,
                       .values = values,
                       .n = n,
                       .sink = sink,
                       .data = data};
    return ask(&q, load, err);
}

/* ---- in the key's order ---- */

/* Values go to `v`, which has room for the key and one more. */
static void add_ordered(struct asking *q, struct td_buf *out, struct td_value *v, size_t *n_out)
{
    const struct td_sync_table *t = q->t;
    struct td_buf b = *out;
    size_t n = 1;
    td_buf_add(&b, "SELECT ");
    add_columns(t, "t", &b);
    td_buf_add(&b, " FROM ");
    td_mask_add_source(q->s->all, q->table, &b);
    td_buf_add(&b, " t WHERE ");
    td_scope_add_belongs(t->scope, "t", "$1::text", &b);
    td_buf_add(&b, " AND $1::text IS NOT NULL");
    v[0] = td_text(q->tenant);
    if (q->values != NULL) {
        td_buf_add(&b, " AND (");
        for (size_t i = 0; i < t->n_key; i++) {
            td_buf_add(&b, i > 0 ? ", t." : "t.");
            td_buf_ident(&b, t->columns[t->key[i]].name);
        }
        td_buf_add(&b, ") > (");
        for (size_t i = 0; i < t->n_key; i++) {
            td_buf_printf(&b, "%s$%zu::text", i > 0 ? ", " : "", n + 1);
            td_pg_add_type(t, t->key[i], &b);
            v[n++] = td_text(q->values[i]);
        }
        td_buf_char(&b, ')');
    }
    td_buf_add(&b, " ORDER BY ");
    for (size_t i = 0; i < t->n_key; i++) {
        td_buf_add(&b, i > 0 ? ", t." : "t.");
        td_buf_ident(&b, t->columns[t->key[i]].name);
    }
    *out = b;
    *n_out = n;
}

static int chunk(void *data, struct td_err *err)
{
    struct asking *q = data;
    struct td_value *v = td_arena_alloc(&q->a, (q->t->n_key + 1) * sizeof *v);
    size_t n = 0;
    struct td_buf b;
    td_buf_init(&b, &q->a);
    add_ordered(q, &b, v, &n);
    if (q->n > 0)
        td_buf_printf(&b, " LIMIT %zu", q->n);
    return run(q, td_buf_str(&b), v, n, false, err);
}

int td_pg_chunk(struct td_server *s, const char *tenant, size_t table, const char *const *after, size_t limit,
                td_row_sink sink, void *data, size_t *n_out, struct td_err *err)
{
    struct asking q = {.s = (struct td_pg_server *)s,
                       .table = table,
                       .tenant = tenant,
                       .values = after,
                       .n = limit,
                       .sink = sink,
                       .data = data};
    int rc = ask(&q, chunk, err);
    *n_out = q.rows;
    return rc;
}

/* ---- all of it, from one plan ---- */

/* What comes of one FETCH is in memory at once. */
enum { FETCHED = 2000 };

static int declare(void *data, struct td_err *err)
{
    struct asking *q = data;
    struct td_value *v = td_arena_alloc(&q->a, (q->t->n_key + 1) * sizeof *v);
    size_t n = 0;
    struct td_buf b;
    td_buf_init(&b, &q->a);
    td_buf_add(&b, "DECLARE tandem_scan NO SCROLL CURSOR FOR ");
    add_ordered(q, &b, v, &n);
    /* planned for all of its rows, not for the first of them */
    int rc = td_db_exec(q->s->db, "SET LOCAL cursor_tuple_fraction = 1", err);
    return rc == TD_OK ? td_db_run(q->s->db, td_buf_str(&b), v, (int)n, err) : rc;
}

static int prepare_fetch(void *data, struct td_err *err)
{
    struct td_pg_server *s = data;
    struct td_buf b;
    td_buf_init(&b, &s->scan);
    td_buf_printf(&b, "FETCH %d FROM tandem_scan", FETCHED);
    int rc = td_pg_prepare(&s->scan, s, td_buf_str(&b), &s->fetch, err);
    if (rc == TD_OK)
        td_stmt_whole(s->fetch);
    return rc;
}

void td_pg_scan_end(struct td_pg_server *s)
{
    td_arena_deinit(&s->scan);
    s->fetch = NULL;
}

int td_pg_scan(struct td_server *server, const char *tenant, size_t table, const char *const *after, struct td_err *err)
{
    struct td_pg_server *s = (struct td_pg_server *)server;
    struct asking q = {.s = s, .table = table, .tenant = tenant, .values = after};
    int rc = s->fetch != NULL ? td_db_exec(s->db, "CLOSE tandem_scan", err) : TD_OK;
    td_pg_scan_end(s);
    s->scan_table = table;
    if (rc == TD_OK)
        rc = ask(&q, declare, err);
    return rc == TD_OK ? td_arena_run(&s->scan, prepare_fetch, s, err) : rc;
}

static int fetch(void *data, struct td_err *err)
{
    struct asking *q = data;
    size_t before = q->rows;
    int rc = td_stmt_reset(q->s->fetch, err);
    if (rc == TD_OK)
        rc = give_rows(q, q->s->fetch, false, err);
    q->n = q->rows - before; /* how many this one gave */
    return rc;
}

int td_pg_next(struct td_server *server, size_t limit, td_row_sink sink, void *data, size_t *n_out, struct td_err *err)
{
    struct td_pg_server *s = (struct td_pg_server *)server;
    struct asking q = {.s = s, .table = s->scan_table, .sink = sink, .data = data, .n = FETCHED};
    int rc = TD_OK;
    while (rc == TD_OK && q.rows < limit && q.n == FETCHED)
        rc = ask(&q, fetch, err);
    *n_out = q.rows;
    return rc;
}

/* ---- digests ---- */

struct digesting {
    struct asking q;
    struct td_digest *out;
};

static void add_canonical(const struct td_sync_table *t, size_t i, struct td_buf *b)
{
    enum td_type_kind kind = td_type_base(t->columns[i].type).kind;
    bool number = td_type_base(t->columns[i].type).dims == 0 && (kind == TD_T_FLOAT4 || kind == TD_T_FLOAT8);
    struct td_buf c;
    td_buf_init(&c, b->arena);
    td_buf_add(&c, number ? "(t." : "t.");
    td_buf_ident(&c, t->columns[i].name);
    if (number) /* -0 is 0 on SQLite */
        td_buf_printf(&c, " + 0::%s)", kind == TD_T_FLOAT4 ? "real" : "float8");
    td_buf_printf(b, "coalesce(octet_length(%s::text) || ':' || %s::text, '-')", td_buf_str(&c), td_buf_str(&c));
}

static int digest(void *data, struct td_err *err)
{
    struct digesting *g = data;
    struct asking *q = &g->q;
    struct td_rows rows = {0};
    struct td_buf b;
    td_buf_init(&b, &q->a);
    td_buf_add(&b, "SELECT get_byte(decode(md5(x.k), 'hex'), 0), count(*), mod(mod(sum(('x' || left(md5(x.r), 16))"
                   "::bit(64)::bigint::numeric), 18446744073709551616) + 18446744073709551616, 18446744073709551616)"
                   " FROM (SELECT ");
    td_capture_add_key(&q->t->scope->key, "t.", &b);
    td_buf_add(&b, " AS k, ");
    for (size_t i = 0; i < q->t->n_columns; i++) {
        td_buf_add(&b, i > 0 ? " || " : "");
        add_canonical(q->t, i, &b);
    }
    td_buf_add(&b, " AS r FROM ");
    td_mask_add_source(q->s->all, q->table, &b);
    td_buf_add(&b, " t WHERE ");
    td_scope_add_belongs(q->t->scope, "t", "$1::text", &b);
    td_buf_add(&b, " AND $1::text IS NOT NULL) x GROUP BY 1");
    int rc = td_rows_read(&q->a, q->s->db, td_buf_str(&b), (struct td_value[]){td_text(q->tenant)}, 1, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        int64_t bucket = td_rows_int(&rows, i, 0);
        g->out->count[bucket & 255] = td_rows_int(&rows, i, 1);
        g->out->sum[bucket & 255] = strtoull(td_rows_cell(&rows, i, 2), NULL, 10);
    }
    return rc;
}

int td_pg_digest(struct td_server *s, const char *tenant, size_t table, struct td_digest *out, struct td_err *err)
{
    struct digesting g = {{.s = (struct td_pg_server *)s, .table = table, .tenant = tenant}, out};
    *out = (struct td_digest){0};
    g.q.t = &g.q.s->all->at[table];
    int rc = td_arena_run(&g.q.a, digest, &g, err);
    td_arena_deinit(&g.q.a);
    return rc;
}
