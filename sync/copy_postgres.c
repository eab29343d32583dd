/* Writing to PostgreSQL: COPY into the table; where a row is there already, by a table of our own that is compared with
 * it first. */
#include <string.h>

#include "core/migrate/rows.h"
#include "sync/copy_impl.h"
#include "sync/scope_sql.h"

#define STAGE "\"pg_temp\".\"tandem_copy_stage\""

struct putting {
    struct td_arena a;
    struct td_copying *c;
    const struct td_sync_table *t;
    struct td_copy_way *way;
    size_t table;
    const char *after;
    struct td_buf *last;
    const size_t *columns; /* that are sent */
    size_t n_columns;
    struct td_value *at;
    bool nulls;     /* late columns are sent as NULL */
    bool only_late; /* rows without a value in a late column are left out */
    size_t n;
};

static bool is_late(const struct td_copy_way *way, size_t column)
{
    for (size_t i = 0; i < way->n_late; i++)
        if (way->late[i] == column)
            return true;
    return false;
}

static int put(void *data, const struct td_value *at, struct td_err *err)
{
    struct putting *p = data;
    bool any = !p->only_late;
    for (size_t i = 0; i < p->n_columns; i++) {
        bool late = is_late(p->way, p->columns[i]);
        p->at[i] = late && p->nulls ? td_null() : at[p->columns[i]];
        any = any || (late && p->at[i].kind != TD_V_NULL);
    }
    return any ? td_db_copy_row(p->c->to->db, p->at, (int)p->n_columns, err) : TD_OK;
}

static int send(struct putting *p, const char *schema, const char *table, struct td_err *err)
{
    struct td_db *db = p->c->to->db;
    const char **names = td_arena_alloc(&p->a, (p->n_columns + 1) * sizeof *names);
    const struct td_copy_read read = {.table = p->table,
                                      .after = p->after,
                                      .limit = p->t->n_key == 0 || p->way->whole || p->only_late ? 0 : TD_COPY_CHUNK,
                                      .sink = put,
                                      .data = p};
    struct td_err ignored = {0};
    for (size_t i = 0; i < p->n_columns; i++)
        names[i] = p->t->columns[p->columns[i]].name;
    p->at = td_arena_alloc(&p->a, (p->n_columns + 1) * sizeof *p->at);
    int rc = td_db_copy_begin(db, schema, table, names, (int)p->n_columns, err);
    if (rc != TD_OK)
        return rc;
    rc = td_copy_read(p->c, &read, &p->n, p->only_late ? NULL : p->last, err);
    if (rc != TD_OK) {
        (void)!td_db_copy_end(db, true, &ignored);
        return rc;
    }
    return td_db_copy_end(db, false, err);
}

static void all_columns(struct putting *p)
{
    size_t *v = td_arena_alloc(&p->a, (p->t->n_columns + 1) * sizeof *v);
    for (size_t i = 0; i < p->t->n_columns; i++)
        v[i] = i;
    p->columns = v;
    p->n_columns = p->t->n_columns;
}

/* ---- straight into the table ---- */

static int straight(void *data, struct td_err *err)
{
    struct putting *p = data;
    const struct td_table *table = p->t->scope->table;
    all_columns(p);
    p->nulls = true;
    int rc = td_db_begin(p->c->to->db, TD_TX_WRITE, err);
    if (rc != TD_OK)
        return rc;
    rc = send(p, table->schema, table->name, err);
    if (rc == TD_OK)
        return td_db_commit(p->c->to->db, err);
    td_db_rollback(p->c->to->db);
    return rc;
}

/* ---- by a stage ---- */

static int make_stage(struct putting *p, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, &p->a);
    td_buf_add(&b, "CREATE TEMPORARY TABLE tandem_copy_stage ON COMMIT DROP AS SELECT ");
    td_slice_add_some(p->t, p->columns, p->n_columns, "", &b);
    td_buf_add(&b, " FROM ");
    td_scope_add_table(p->t->scope->table, &b);
    td_buf_add(&b, " WITH NO DATA");
    return td_db_exec(p->c->to->db, td_buf_str(&b), err);
}

/* x: the table */
static void add_table(struct putting *p, struct td_buf *b)
{
    td_buf_add(b, p->t->scope->table->kind == TD_R_TABLE ? "ONLY " : "");
    td_scope_add_table(p->t->scope->table, b);
    td_buf_add(b, " x");
}

/* By their texts, as not all types have an equality. */
static void add_same(struct putting *p, const char *word, const char *between, struct td_buf *b)
{
    for (size_t i = 0; i < p->t->n_columns; i++) {
        td_buf_add(b, i > 0 ? between : "");
        td_buf_add(b, "s.");
        td_buf_ident(b, p->t->columns[i].name);
        td_buf_printf(b, "::text %s x.", word);
        td_buf_ident(b, p->t->columns[i].name);
        td_buf_add(b, "::text");
    }
}

static int find_other(struct putting *p, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_buf b;
    td_buf_init(&b, &p->a);
    td_buf_add(&b, "SELECT concat_ws(', ', ");
    td_slice_add_some(p->t, p->t->key, p->t->n_key, "s.", &b);
    td_buf_add(&b, ") FROM " STAGE " s JOIN ");
    add_table(p, &b);
    td_buf_add(&b, " ON ");
    td_slice_add_match(p->t, "s.", "x.", &b);
    td_buf_add(&b, " WHERE ");
    add_same(p, "IS DISTINCT FROM", " OR ", &b);
    td_buf_add(&b, " LIMIT 1");
    int rc = td_rows_read(&p->a, p->c->to->db, td_buf_str(&b), NULL, 0, &rows, err);
    if (rc != TD_OK || td_rows_count(&rows) == 0)
        return rc;
    return td_copy_other_row(p->t, td_arena_printf(&p->a, "(%s)", td_rows_cell(&rows, 0, 0)), err);
}

/* Without a key: the table must have the same rows, all of them. */
static int compare_keyless(struct putting *p, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_buf b;
    td_buf_init(&b, &p->a);
    td_buf_add(&b, "SELECT (SELECT count(*) FROM " STAGE ") = (SELECT count(*) FROM ");
    add_table(p, &b);
    td_buf_add(&b, ") AND NOT EXISTS (SELECT 1 FROM " STAGE " s WHERE NOT EXISTS (SELECT 1 FROM ");
    add_table(p, &b);
    td_buf_add(&b, " WHERE ");
    add_same(p, "IS NOT DISTINCT FROM", " AND ", &b);
    td_buf_add(&b, "))");
    int rc = td_rows_read(&p->a, p->c->to->db, td_buf_str(&b), NULL, 0, &rows, err);
    if (rc != TD_OK || td_rows_bool(&rows, 0, 0))
        return rc;
    return td_copy_other_row(p->t, "without a key", err);
}

static int clash(const struct td_sync_table *t, struct td_err *err)
{
    struct td_err told = *err;
    td_err_set(err, TD_C_SYNC_COPY_ROW, "a row of \"%s\" clashes with another one that is there already", t->name);
    td_err_sqlstate(err, told.sqlstate);
    td_err_why(err, "%s%s%s", told.message, told.why[0] != '\0' ? ": " : "", told.why);
    return td_err_next(err, "delete or change one of the two; the same command then goes on");
}

static int insert_new(struct putting *p, int64_t *rows_out, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, &p->a);
    td_buf_add(&b, "INSERT INTO ");
    td_scope_add_table(p->t->scope->table, &b);
    td_buf_add(&b, " (");
    td_slice_add_columns(p->t, "", &b);
    td_buf_add(&b, ") OVERRIDING SYSTEM VALUE SELECT ");
    for (size_t i = 0; i < p->t->n_columns; i++) {
        td_buf_add(&b, i > 0 ? ", " : "");
        td_buf_add(&b, is_late(p->way, i) ? "NULL" : "s.");
        if (!is_late(p->way, i))
            td_buf_ident(&b, p->t->columns[i].name);
    }
    td_buf_add(&b, " FROM " STAGE " s WHERE NOT EXISTS (SELECT 1 FROM ");
    add_table(p, &b);
    td_buf_add(&b, " WHERE ");
    td_slice_add_match(p->t, "s.", "x.", &b);
    td_buf_char(&b, ')');
    int rc = td_db_run(p->c->to->db, td_buf_str(&b), NULL, 0, err);
    *rows_out = td_db_changes(p->c->to->db);
    return rc == TD_EUNIQUE ? clash(p->t, err) : rc;
}

struct staged {
    struct putting p;
    int64_t rows;
};

static int staged(void *data, struct td_err *err)
{
    struct staged *s = data;
    struct putting *p = &s->p;
    all_columns(p);
    int rc = make_stage(p, err);
    if (rc == TD_OK)
        rc = send(p, "pg_temp", "tandem_copy_stage", err);
    if (rc == TD_OK)
        rc = p->t->n_key > 0 ? find_other(p, err) : compare_keyless(p, err);
    if (rc == TD_OK && p->t->n_key > 0)
        rc = insert_new(p, &s->rows, err);
    return rc == TD_OK ? td_db_exec(p->c->to->db, "DROP TABLE " STAGE, err) : rc;
}

/* Without a key there is no clash that would tell. */
static int has_rows(struct putting *p, bool *out, struct td_err *err)
{
    int64_t n = 0;
    struct td_buf b = {0};
    td_buf_add(&b, "SELECT count(*) FROM (SELECT 1 FROM ");
    td_scope_add_table(p->t->scope->table, &b);
    td_buf_add(&b, " LIMIT 1) t");
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_db_query_int(p->c->to->db, td_buf_str(&b), NULL, 0, &n, err);
    td_buf_deinit(&b);
    *out = n > 0;
    return rc;
}

int td_copy_chunk_postgres(struct td_copying *c, size_t table, const char *after, size_t *n_out, struct td_buf *last,
                           struct td_copy_written *w, struct td_err *err)
{
    struct staged s = {.p = {.c = c, .table = table, .after = after, .last = last}};
    int rc = TD_OK;
    s.p.t = &c->slice.all.at[table];
    s.p.way = &c->ways[table];
    if (s.p.t->n_key == 0)
        rc = has_rows(&s.p, &s.p.way->staged, err);
    if (rc == TD_OK && !s.p.way->staged) {
        rc = td_arena_run(&s.p.a, straight, &s.p, err);
        s.rows = rc == TD_OK ? (int64_t)s.p.n : 0;
        if (rc == TD_EUNIQUE) {
            s.p.way->staged = true;
            s.p.nulls = false;
            td_err_clear(err);
            rc = td_arena_run(&s.p.a, staged, &s, err);
        }
    } else if (rc == TD_OK) {
        rc = td_arena_run(&s.p.a, staged, &s, err);
    }
    td_arena_deinit(&s.p.a);
    *n_out = s.p.n;
    w->rows += s.rows;
    w->present += rc == TD_OK ? (int64_t)s.p.n - s.rows : 0;
    return rc;
}

/* ---- what refers to rows that came later ---- */

static int fill(void *data, struct td_err *err)
{
    struct putting *p = data;
    size_t *v = td_arena_alloc(&p->a, (p->t->n_key + p->way->n_late + 1) * sizeof *v);
    struct td_buf b;
    td_buf_init(&b, &p->a);
    memcpy(v, p->t->key, p->t->n_key * sizeof *v);
    memcpy(v + p->t->n_key, p->way->late, p->way->n_late * sizeof *v);
    p->columns = v;
    p->n_columns = p->t->n_key + p->way->n_late;
    p->only_late = true;
    int rc = make_stage(p, err);
    if (rc == TD_OK)
        rc = send(p, "pg_temp", "tandem_copy_stage", err);
    td_buf_add(&b, "UPDATE ");
    add_table(p, &b);
    td_buf_add(&b, " SET ");
    for (size_t i = 0; i < p->way->n_late; i++) {
        td_buf_add(&b, i > 0 ? ", " : "");
        td_buf_ident(&b, p->t->columns[p->way->late[i]].name);
        td_buf_add(&b, " = s.");
        td_buf_ident(&b, p->t->columns[p->way->late[i]].name);
    }
    td_buf_add(&b, " FROM " STAGE " s WHERE ");
    td_slice_add_match(p->t, "s.", "x.", &b);
    td_buf_add(&b, " AND (");
    td_slice_add_some(p->t, p->way->late, p->way->n_late, "s.", &b);
    td_buf_add(&b, ") IS DISTINCT FROM (");
    td_slice_add_some(p->t, p->way->late, p->way->n_late, "x.", &b);
    td_buf_char(&b, ')');
    if (rc == TD_OK)
        rc = td_db_exec(p->c->to->db, td_buf_str(&b), err);
    return rc == TD_OK ? td_db_exec(p->c->to->db, "DROP TABLE " STAGE, err) : rc;
}

int td_copy_late(struct td_copying *c, size_t table, struct td_err *err)
{
    struct putting p = {.c = c, .t = &c->slice.all.at[table], .way = &c->ways[table], .table = table};
    if (p.way->n_late == 0)
        return TD_OK;
    int rc = td_arena_run(&p.a, fill, &p, err);
    td_arena_deinit(&p.a);
    return rc;
}
