/* A batch in one transaction: the device's row is locked, the batch's number looked at, its rows written as push.h
 * decides, the answer kept. */
#include <string.h>
#include <unistd.h>

#include "core/catalog/catalog.h"
#include "sync/push.h"
#include "sync/scope_sql.h"
#include "sync/server_postgres.h"

/* The device forgets what was answered: a crash must not lose it, whatever the database is set to. */
#define DURABLE                                                                                                        \
    "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'; "

/* So often the whole transaction is run again when it ran into another. */
enum { TRIES = 6 };

struct storing {
    struct td_arena *a;
    struct td_pg_server *s;
    const char *tenant;
};

/* ---- rows as arrays of texts, one a column ---- */

enum side { BASE_KEY, MERGED };

static struct td_value column_array(struct storing *w, const struct td_push_rows *rows, size_t column, enum side side)
{
    struct td_buf b, text;
    struct td_type type = rows->table->columns[column].type;
    td_buf_init(&b, w->a);
    td_buf_init(&text, w->a);
    td_buf_char(&b, '{');
    for (size_t i = 0; i < rows->len; i++) {
        const struct td_push_row *r = rows->at[i];
        const struct td_value *at = side == MERGED            ? r->merged.at
                                    : r->row->mine.at != NULL ? r->row->mine.at
                                                              : r->row->base.at;
        const char *t = td_batch_text(w->a, type, at[column]);
        td_pg_add_array_item(&b, t, t == NULL ? 0 : strlen(t), i == 0);
    }
    td_buf_char(&b, '}');
    return td_bytes(TD_V_TEXT, td_buf_str(&b), b.len);
}

static void bind_keys(struct storing *w, const struct td_push_rows *rows, struct td_value *v)
{
    for (size_t i = 0; i < rows->table->n_key; i++)
        v[i] = column_array(w, rows, rows->table->key[i], BASE_KEY);
}

static void add_name(const struct td_sync_table *t, struct td_buf *b)
{
    td_scope_add_table(t->scope->table, b);
}

static int prepare_bound(struct storing *w, const char *sql, const struct td_value *v, size_t n,
                         struct td_db_stmt **out, struct td_err *err)
{
    int rc = td_pg_prepare(w->a, w->s, sql, out, err);
    for (size_t i = 0; i < n && rc == TD_OK; i++)
        rc = td_stmt_bind(*out, (int)i + 1, v[i], err);
    return rc;
}

static int run_to_end(struct td_db_stmt *st, struct td_err *err)
{
    bool row = true;
    int rc = TD_OK;
    while (rc == TD_OK && row) {
        row = false;
        rc = td_stmt_step(st, &row, err);
    }
    return rc;
}

/* ---- what push.h asks for ---- */

static struct td_value copied(struct td_arena *a, struct td_value v)
{
    if (v.kind >= TD_V_TEXT)
        v.bytes.at = td_arena_dup(a, v.bytes.at, v.bytes.len);
    return v;
}

static int take_theirs(struct storing *w, const struct td_push_rows *rows, struct td_db_stmt *st, struct td_err *err)
{
    const struct td_sync_table *t = rows->table;
    int rc = TD_OK;
    while (rc == TD_OK) {
        bool row = false;
        rc = td_stmt_step(st, &row, err);
        if (rc != TD_OK || !row)
            break;
        int64_t ord = td_stmt_int(st, 0);
        if (ord < 1 || ord > (int64_t)rows->len)
            continue;
        struct td_push_row *r = rows->at[ord - 1];
        struct td_value *at = td_arena_alloc(w->a, (t->n_columns + 1) * sizeof *at);
        for (size_t i = 0; i < t->n_columns; i++)
            at[i] = copied(w->a, td_stmt_column(st, (int)i + 2));
        r->theirs = (struct td_merge_side){true, at};
        r->elsewhere = !td_stmt_column(st, 1).b;
    }
    return rc;
}

static int lock_rows(void *data, const struct td_push_rows *rows, struct td_err *err)
{
    struct storing *w = data;
    const struct td_sync_table *t = rows->table;
    struct td_value *v = td_arena_alloc(w->a, (t->n_key + 2) * sizeof *v);
    struct td_db_stmt *st;
    struct td_buf b;
    if (t->read_only)
        return TD_OK;
    td_buf_init(&b, w->a);
    td_buf_add(&b, "SELECT u.ord, coalesce(");
    td_scope_add_belongs(t->scope, "t", "$1::text", &b);
    td_buf_add(&b, ", false)");
    for (size_t i = 0; i < t->n_columns; i++) {
        td_buf_add(&b, ", t.");
        td_buf_ident(&b, t->columns[i].name);
    }
    td_buf_add(&b, " FROM ");
    td_pg_add_unnest("k", t->n_key, 2, &b);
    td_buf_add(&b, " JOIN ");
    add_name(t, &b);
    td_buf_add(&b, " t ON ");
    td_pg_add_match(t, "t", &b);
    td_buf_add(&b, " AND $1::text IS NOT NULL ORDER BY u.ord FOR UPDATE OF t");
    v[0] = td_text(w->tenant);
    bind_keys(w, rows, v + 1);
    int rc = prepare_bound(w, td_buf_str(&b), v, t->n_key + 1, &st, err);
    return rc == TD_OK ? take_theirs(w, rows, st, err) : rc;
}

static int mark(void *data, struct td_err *err)
{
    return td_db_begin(((struct storing *)data)->s->db, TD_TX_WRITE, err);
}

static int keep(void *data, struct td_err *err)
{
    struct storing *w = data;
    int rc = td_db_exec(w->s->db, "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED", err);
    return rc == TD_OK ? td_db_commit(w->s->db, err) : rc;
}

static int undo(void *data, struct td_err *err)
{
    (void)err;
    td_db_rollback(((struct storing *)data)->s->db);
    return TD_OK;
}

/* Row-level security hides rows from a statement without a word. */
static int check_count(struct storing *w, const struct td_push_rows *rows, struct td_err *err)
{
    if (td_db_changes(w->s->db) == (int64_t)rows->len)
        return TD_OK;
    td_err_set(err, TD_C_DB_DENIED, "the server does not let this role write the row of \"%s\"", rows->table->name);
    return td_err_sqlstate(err, "42501");
}

static int insert_rows(void *data, const struct td_push_rows *rows, struct td_err *err)
{
    struct storing *w = data;
    const struct td_sync_table *t = rows->table;
    struct td_value *v = td_arena_alloc(w->a, (t->n_columns + 1) * sizeof *v);
    struct td_db_stmt *st;
    struct td_buf b;
    td_buf_init(&b, w->a);
    td_buf_add(&b, "INSERT INTO ");
    add_name(t, &b);
    td_buf_add(&b, " (");
    for (size_t i = 0; i < t->n_columns; i++) {
        td_buf_add(&b, i > 0 ? ", " : "");
        td_buf_ident(&b, t->columns[i].name);
        v[i] = column_array(w, rows, i, MERGED);
    }
    td_buf_add(&b, ") OVERRIDING SYSTEM VALUE SELECT ");
    for (size_t i = 0; i < t->n_columns; i++) {
        td_buf_printf(&b, "%su.c%zu", i > 0 ? ", " : "", i);
        td_pg_add_type(t, i, &b);
    }
    td_buf_add(&b, " FROM ");
    td_pg_add_unnest("c", t->n_columns, 1, &b);
    td_buf_add(&b, " ORDER BY u.ord");
    int rc = prepare_bound(w, td_buf_str(&b), v, t->n_columns, &st, err);
    if (rc == TD_OK)
        rc = run_to_end(st, err);
    return rc == TD_OK ? check_count(w, rows, err) : rc;
}

static int update_alike(struct storing *w, const struct td_push_rows *rows, struct td_err *err)
{
    const struct td_sync_table *t = rows->table;
    const bool *changed = rows->at[0]->changed;
    struct td_value *v = td_arena_alloc(w->a, (t->n_key + t->n_columns + 1) * sizeof *v);
    size_t n = t->n_key;
    struct td_db_stmt *st;
    struct td_buf b;
    td_buf_init(&b, w->a);
    bind_keys(w, rows, v);
    td_buf_add(&b, "UPDATE ");
    add_name(t, &b);
    td_buf_add(&b, " t SET ");
    for (size_t i = 0; i < t->n_columns; i++) {
        if (!changed[i])
            continue;
        td_buf_add(&b, n > t->n_key ? ", " : "");
        td_buf_ident(&b, t->columns[i].name);
        td_buf_printf(&b, " = u.k%zu", n);
        td_pg_add_type(t, i, &b);
        v[n++] = column_array(w, rows, i, MERGED);
    }
    td_buf_add(&b, " FROM ");
    td_pg_add_unnest("k", n, 1, &b);
    td_buf_add(&b, " WHERE ");
    td_pg_add_match(t, "t", &b);
    int rc = prepare_bound(w, td_buf_str(&b), v, n, &st, err);
    if (rc == TD_OK)
        rc = run_to_end(st, err);
    return rc == TD_OK ? check_count(w, rows, err) : rc;
}

/* Rows whose changed columns are the same go together: what did not change is not written. */
static int update_rows(void *data, const struct td_push_rows *rows, struct td_err *err)
{
    struct storing *w = data;
    size_t width = rows->table->n_columns * sizeof(bool);
    bool *done = td_arena_alloc(w->a, rows->len + 1);
    int rc = TD_OK;
    for (size_t i = 0; i < rows->len && rc == TD_OK; i++) {
        struct td_push_rows alike = {rows->table, td_arena_alloc(w->a, rows->len * sizeof(struct td_push_row *)), 0};
        for (size_t k = i; k < rows->len && !done[i]; k++) {
            if (done[k] || memcmp(rows->at[k]->changed, rows->at[i]->changed, width) != 0)
                continue;
            alike.at[alike.len++] = rows->at[k];
            done[k] = k != i;
        }
        if (alike.len > 0)
            rc = update_alike(w, &alike, err);
    }
    return rc;
}

static int remove_rows(void *data, const struct td_push_rows *rows, struct td_err *err)
{
    struct storing *w = data;
    const struct td_sync_table *t = rows->table;
    struct td_value *v = td_arena_alloc(w->a, (t->n_key + 1) * sizeof *v);
    struct td_db_stmt *st;
    struct td_buf b;
    td_buf_init(&b, w->a);
    td_buf_add(&b, "DELETE FROM ");
    add_name(t, &b);
    td_buf_add(&b, " t USING ");
    td_pg_add_unnest("k", t->n_key, 1, &b);
    td_buf_add(&b, " WHERE ");
    td_pg_add_match(t, "t", &b);
    bind_keys(w, rows, v);
    int rc = prepare_bound(w, td_buf_str(&b), v, t->n_key, &st, err);
    return rc == TD_OK ? run_to_end(st, err) : rc;
}

/* ---- parking ---- */

/* A value that no row has; NULL: none can be made of the type. */
static const char *spare(const struct td_column *c)
{
    if (!c->not_null)
        return "NULL";
    switch (td_type_base(c->type).kind) {
    case TD_T_TEXT:
    case TD_T_CITEXT: return "gen_random_uuid()::text";
    case TD_T_VARCHAR: return "left(replace(gen_random_uuid()::text, '-', ''), 12)";
    case TD_T_UUID: return "gen_random_uuid()";
    case TD_T_INT2: return "(-1 - (random() * 32766)::integer)::smallint";
    case TD_T_INT4: return "(-1 - (random() * 2147483646)::bigint)::integer";
    case TD_T_INT8:
    case TD_T_NUMERIC: return "-1 - (random() * 9007199254740991)::bigint";
    default: return NULL;
    }
}

struct parked {
    TD_VEC(size_t) columns;
    TD_VEC(const char *) values;
};

/* One column of each unique key does, if it may be NULL or has spare values. */
static void park_one(struct storing *w, const struct td_sync_table *t, const struct td_columns *v, struct parked *out)
{
    const struct td_column *best = NULL;
    for (size_t i = 0; i < v->len; i++)
        if (spare(v->at[i]) != NULL && (best == NULL || !v->at[i]->not_null))
            best = v->at[i];
    for (size_t i = 0; best != NULL && i < t->n_columns; i++) {
        if (strcmp(t->columns[i].name, best->name) != 0 || td_sync_in_key(t, i))
            continue;
        *td_vec_add(w->a, &out->columns) = i;
        *td_vec_add(w->a, &out->values) = spare(best);
    }
}

static void find_parked(struct storing *w, const struct td_sync_table *t, struct parked *out)
{
    const struct td_table *table = t->scope->table;
    for (size_t i = 0; i < table->constraints.len; i++)
        if (table->constraints.at[i]->kind == TD_K_UNIQUE)
            park_one(w, t, &table->constraints.at[i]->columns, out);
    for (size_t i = 0; i < table->indexes.len; i++) {
        const struct td_index *x = table->indexes.at[i];
        struct td_columns v = {0};
        for (size_t k = 0; k < x->keys.len && x->unique; k++)
            if (x->keys.at[k].column != NULL)
                *td_vec_add(w->a, &v) = x->keys.at[k].column;
        if (v.len > 0)
            park_one(w, t, &v, out);
    }
}

static int park_rows(void *data, const struct td_push_rows *rows, struct td_err *err)
{
    struct storing *w = data;
    const struct td_sync_table *t = rows->table;
    struct parked parked = {0};
    struct td_value *v = td_arena_alloc(w->a, (t->n_key + 1) * sizeof *v);
    struct td_db_stmt *st;
    struct td_buf b;
    find_parked(w, t, &parked);
    if (parked.columns.len == 0)
        return TD_OK;
    td_buf_init(&b, w->a);
    td_buf_add(&b, "UPDATE ");
    add_name(t, &b);
    td_buf_add(&b, " t SET ");
    for (size_t i = 0; i < parked.columns.len; i++) {
        td_buf_add(&b, i > 0 ? ", " : "");
        td_buf_ident(&b, t->columns[parked.columns.at[i]].name);
        td_buf_printf(&b, " = %s", parked.values.at[i]);
        for (size_t k = 0; k < rows->len; k++)
            rows->at[k]->changed[parked.columns.at[i]] = true;
    }
    td_buf_add(&b, " FROM ");
    td_pg_add_unnest("k", t->n_key, 1, &b);
    td_buf_add(&b, " WHERE ");
    td_pg_add_match(t, "t", &b);
    bind_keys(w, rows, v);
    int rc = prepare_bound(w, td_buf_str(&b), v, t->n_key, &st, err);
    return rc == TD_OK ? run_to_end(st, err) : rc;
}

static int find_outside(void *data, const struct td_push_rows *rows, struct td_push_row **out, struct td_err *err)
{
    struct storing *w = data;
    const struct td_sync_table *t = rows->table;
    struct td_value *v = td_arena_alloc(w->a, (t->n_key + 2) * sizeof *v);
    struct td_db_stmt *st;
    struct td_buf b;
    bool row = false;
    td_buf_init(&b, w->a);
    td_buf_add(&b, "SELECT u.ord FROM ");
    td_pg_add_unnest("k", t->n_key, 2, &b);
    td_buf_add(&b, " JOIN ");
    add_name(t, &b);
    td_buf_add(&b, " t ON ");
    td_pg_add_match(t, "t", &b);
    td_buf_add(&b, " WHERE $1::text IS NOT NULL AND NOT coalesce(");
    td_scope_add_belongs(t->scope, "t", "$1::text", &b);
    td_buf_add(&b, ", false) ORDER BY u.ord LIMIT 1");
    v[0] = td_text(w->tenant);
    bind_keys(w, rows, v + 1);
    int rc = prepare_bound(w, td_buf_str(&b), v, t->n_key + 1, &st, err);
    if (rc == TD_OK)
        rc = td_stmt_step(st, &row, err);
    if (rc == TD_OK && row)
        *out = rows->at[td_stmt_int(st, 0) - 1];
    return rc;
}

static int find_astray(void *data, const struct td_push_rows *rows, const struct td_sync_ref *ref,
                       struct td_push_row **out, struct td_err *err)
{
    struct storing *w = data;
    const struct td_sync_table *t = rows->table, *to = &w->s->all->at[ref->table];
    struct td_value *v = td_arena_alloc(w->a, (t->n_key + 2) * sizeof *v);
    struct td_db_stmt *st;
    struct td_buf b;
    bool row = false;
    td_buf_init(&b, w->a);
    td_buf_add(&b, "SELECT u.ord FROM ");
    td_pg_add_unnest("k", t->n_key, 2, &b);
    td_buf_add(&b, " JOIN ");
    add_name(t, &b);
    td_buf_add(&b, " t ON ");
    td_pg_add_match(t, "t", &b);
    td_buf_add(&b, " JOIN ");
    add_name(to, &b);
    td_buf_add(&b, " r ON ");
    for (size_t i = 0; i < ref->n; i++) {
        td_buf_add(&b, i > 0 ? " AND r." : "r.");
        td_buf_ident(&b, to->columns[ref->ref_columns[i]].name);
        td_buf_add(&b, " = t.");
        td_buf_ident(&b, t->columns[ref->columns[i]].name);
    }
    td_buf_add(&b, " WHERE $1::text IS NOT NULL AND NOT coalesce(");
    td_scope_add_belongs(to->scope, "r", "$1::text", &b);
    td_buf_add(&b, ", false) ORDER BY u.ord LIMIT 1");
    v[0] = td_text(w->tenant);
    bind_keys(w, rows, v + 1);
    int rc = prepare_bound(w, td_buf_str(&b), v, t->n_key + 1, &st, err);
    if (rc == TD_OK)
        rc = td_stmt_step(st, &row, err);
    if (rc == TD_OK && row)
        *out = rows->at[td_stmt_int(st, 0) - 1];
    return rc;
}

static int find_gone(void *data, const struct td_push_rows *rows, bool *gone, struct td_err *err)
{
    struct storing *w = data;
    const struct td_sync_table *t = rows->table;
    struct td_value *v = td_arena_alloc(w->a, (t->n_key + 1) * sizeof *v);
    struct td_db_stmt *st;
    struct td_buf b;
    td_buf_init(&b, w->a);
    td_buf_add(&b, "SELECT u.ord FROM ");
    td_pg_add_unnest("k", t->n_key, 1, &b);
    td_buf_add(&b, " WHERE NOT EXISTS (SELECT 1 FROM ");
    add_name(t, &b);
    td_buf_add(&b, " t WHERE ");
    td_pg_add_match(t, "t", &b);
    td_buf_char(&b, ')');
    bind_keys(w, rows, v);
    int rc = prepare_bound(w, td_buf_str(&b), v, t->n_key, &st, err);
    while (rc == TD_OK) {
        bool row = false;
        rc = td_stmt_step(st, &row, err);
        if (rc != TD_OK || !row)
            break;
        int64_t ord = td_stmt_int(st, 0);
        if (ord >= 1 && ord <= (int64_t)rows->len)
            gone[ord - 1] = true;
    }
    return rc;
}

/* ---- the transaction ---- */

struct pushing {
    struct td_arena *a; /* of the answer */
    struct td_pg_server *s;
    const struct td_device *d;
    const struct td_batch *b;
    struct td_answer *out;
    const char **nonce;
};

static int unknown(struct td_err *err)
{
    return td_err_set(err, TD_C_SYNC_IDENTITY, "the server does not know this device by its number and nonce");
}

/* *answered: the batch was taken before. */
static int lock_device(struct pushing *p, bool *answered, struct td_err *err)
{
    struct td_rows rows = {0};
    const struct td_device_id *id = td_device_identity(p->d);
    const struct td_value v[] = {td_int(id->device), td_text(td_device_tenant(p->d)), td_text(id->nonce)};
    int rc = td_rows_read(p->a, p->s->db,
                          "SELECT batch, batch_id, result, nonce FROM tandem.device WHERE id = $1 AND tenant = $2"
                          " AND state = 'active' AND ($3::uuid = nonce OR $3::uuid = nonce_before) FOR UPDATE",
                          v, 3, &rows, err);
    if (rc != TD_OK)
        return rc;
    if (td_rows_count(&rows) == 0 || td_rows_int(&rows, 0, 0) > p->b->number)
        return unknown(err);
    if (td_rows_int(&rows, 0, 0) < p->b->number)
        return TD_OK;
    const char *its = td_rows_cell(&rows, 0, 1);
    if (its == NULL || strcmp(its, p->b->id) != 0)
        return unknown(err);
    *answered = true;
    *p->nonce = td_rows_cell(&rows, 0, 3);
    return td_answer_parse(p->a, td_rows_cell(&rows, 0, 2), p->out, err);
}

static int keep_conflicts(struct pushing *p, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; i < p->out->conflicts.len && rc == TD_OK; i++) {
        const struct td_answer_conflict *c = &p->out->conflicts.at[i];
        const struct td_batch_row *row = &p->b->at[c->row];
        const struct td_sync_table *t = &p->s->all->at[row->table];
        const struct td_value v[] = {
            td_int(td_device_identity(p->d)->device),
            td_int(p->b->number),
            td_text(td_device_tenant(p->d)),
            td_text(t->name),
            td_text(td_batch_key(p->a, t, row->mine.at != NULL ? row->mine.at : row->base.at)),
            td_text(c->column),
            td_text(c->policy),
            td_text(c->base),
            td_text(c->mine),
            td_text(c->theirs),
            td_text(c->chosen),
            td_text(c->taken),
        };
        rc = td_db_run(p->s->db,
                       "INSERT INTO tandem.conflict (device, batch, tenant, tbl, pk, column_name, policy, base, mine,"
                       " theirs, chosen, taken) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                       v, 12, err);
    }
    return rc;
}

static int keep_answer(struct pushing *p, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_buf result;
    td_buf_init(&result, p->a);
    td_answer_print(p->out, &result);
    const struct td_value v[] = {td_int(td_device_identity(p->d)->device), td_int(p->b->number), td_text(p->b->id),
                                 td_text(td_buf_str(&result)), td_text(td_device_migration(p->d))};
    int rc = td_rows_read(p->a, p->s->db,
                          "UPDATE tandem.device SET batch = $2, batch_id = $3::uuid, result = $4,"
                          " nonce_before = nonce, nonce = gen_random_uuid(), migration = $5, seen_at = now()"
                          " WHERE id = $1 RETURNING nonce",
                          v, 5, &rows, err);
    if (rc == TD_OK && td_rows_count(&rows) == 0)
        return unknown(err);
    if (rc == TD_OK)
        *p->nonce = td_rows_cell(&rows, 0, 0);
    return rc;
}

static int push_once(void *data, struct td_err *err)
{
    struct pushing *p = data;
    struct storing w = {p->a, p->s, td_device_tenant(p->d)};
    const struct td_push_store store = {.lock = lock_rows,
                                        .mark = mark,
                                        .keep = keep,
                                        .undo = undo,
                                        .insert = insert_rows,
                                        .update = update_rows,
                                        .remove = remove_rows,
                                        .park = park_rows,
                                        .outside = find_outside,
                                        .astray = find_astray,
                                        .look = find_gone,
                                        .data = &w};
    bool answered = false;
    int rc = td_db_exec(p->s->db, TD_PG_SETTINGS DURABLE "SET CONSTRAINTS ALL DEFERRED", err);
    if (rc == TD_OK)
        rc = td_db_execf(p->s->db, err, "SET LOCAL tandem.dev = '%lld'", (long long)td_device_identity(p->d)->device);
    if (rc == TD_OK)
        rc = lock_device(p, &answered, err);
    if (rc != TD_OK || answered)
        return rc;
    rc = td_push(p->a, p->s->all, p->b, &store, p->out, err);
    if (rc == TD_OK)
        rc = keep_conflicts(p, err);
    return rc == TD_OK ? keep_answer(p, err) : rc;
}

int td_pg_push(struct td_server *server, struct td_arena *a, const struct td_device *d, const struct td_batch *b,
               struct td_answer *out, const char **nonce_out, struct td_err *err)
{
    struct pushing p = {a, (struct td_pg_server *)server, d, b, out, nonce_out};
    for (int tries = 1;; tries++) {
        int rc = td_db_begin(p.s->db, TD_TX_WRITE, err);
        if (rc != TD_OK)
            return rc;
        rc = td_arena_run(a, push_once, &p, err);
        if (rc == TD_OK)
            return td_db_commit(p.s->db, err);
        while (td_db_tx_depth(p.s->db) > 0)
            td_db_rollback(p.s->db);
        if (rc != TD_ECONFLICT || err->code == TD_C_SYNC_IDENTITY || tries == TRIES)
            return rc;
        td_err_clear(err);
        usleep(20000U * (unsigned)tries);
    }
}
