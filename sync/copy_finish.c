/* After the rows: do all foreign keys lead somewhere, and the counters past what was copied? */
#include <inttypes.h>
#include <string.h>

#include "core/migrate/rows.h"
#include "sync/copy_impl.h"
#include "sync/scope_sql.h"

static enum td_engine engine_of(const struct td_copying *c)
{
    return td_db_engine(c->to->db);
}

static enum td_on on_of(const struct td_copying *c)
{
    return engine_of(c) == TD_ENGINE_POSTGRES ? TD_ON_POSTGRES : TD_ON_SQLITE;
}

/* ---- foreign keys ---- */

struct checking {
    struct td_arena a;
    struct td_copying *c;
    const struct td_sync_table *t;
    const struct td_constraint *fk;
};

static void add_orphan(const struct checking *k, struct td_buf *b)
{
    td_buf_add(b, "SELECT ");
    for (size_t i = 0; i < k->fk->columns.len; i++) {
        td_buf_add(b, i > 0 ? " || ', ' || CAST(c." : "CAST(c.");
        td_buf_ident(b, k->fk->columns.at[i]->name);
        td_buf_add(b, " AS TEXT)");
    }
    td_buf_add(b, " FROM ");
    td_scope_add_table_on(engine_of(k->c), k->t->scope->table, b);
    td_buf_add(b, " c WHERE NOT EXISTS (SELECT 1 FROM ");
    td_scope_add_table_on(engine_of(k->c), k->fk->ref, b);
    td_buf_add(b, " p WHERE ");
    for (size_t i = 0; i < k->fk->columns.len; i++) {
        td_buf_add(b, i > 0 ? " AND p." : "p.");
        td_buf_ident(b, k->fk->ref_columns.at[i]->name);
        td_buf_add(b, " = c.");
        td_buf_ident(b, k->fk->columns.at[i]->name);
    }
    td_buf_char(b, ')');
    for (size_t i = 0; i < k->fk->columns.len; i++) {
        td_buf_add(b, " AND c.");
        td_buf_ident(b, k->fk->columns.at[i]->name);
        td_buf_add(b, " IS NOT NULL");
    }
    td_buf_add(b, " LIMIT 1");
}

static int check_one(void *data, struct td_err *err)
{
    struct checking *k = data;
    struct td_rows rows = {0};
    struct td_buf b;
    td_buf_init(&b, &k->a);
    add_orphan(k, &b);
    int rc = td_rows_read(&k->a, k->c->to->db, td_buf_str(&b), NULL, 0, &rows, err);
    if (rc != TD_OK || td_rows_count(&rows) == 0)
        return rc;
    if (k->c->opts->fresh && k->c->opts->tenant != NULL) { /* a slice as a file is what it is */
        td_strings_add(k->c->a, &k->c->out->warnings,
                       td_arena_printf(k->c->a, "rows of \"%s\" refer to rows of \"%s\" that are not in the slice",
                                       k->t->name, k->fk->ref->name));
        return TD_OK;
    }
    td_err_set(err, TD_C_SYNC_COPY_REFS, "a row of \"%s\" refers to (%s) of \"%s\", which is not there", k->t->name,
               td_rows_cell(&rows, 0, 0), k->fk->ref->name);
    td_err_why(err, "the foreign key \"%s\"", k->fk->name);
    return td_err_next(err, "put the missing row into the target, or mend the row; the same command then checks again");
}

int td_copy_check(struct td_copying *c, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; c->quiet && i < c->slice.all.len && rc == TD_OK; i++) {
        const struct td_table *t = c->slice.all.at[i].scope->table;
        for (size_t n = 0; n < t->constraints.len && rc == TD_OK; n++) {
            struct checking k = {.c = c, .t = &c->slice.all.at[i], .fk = t->constraints.at[n]};
            if (k.fk->kind != TD_K_FOREIGN || k.fk->not_valid || (k.fk->on & on_of(c)) == 0 ||
                (k.fk->ref->on & on_of(c)) == 0)
                continue;
            rc = td_arena_run(&k.a, check_one, &k, err);
            td_arena_deinit(&k.a);
        }
    }
    return rc;
}

/* ---- counters ---- */

/* max("c") or min("c") of the table */
static void add_furthest(const struct td_copying *c, const struct td_table *t, const struct td_column *column,
                         struct td_buf *b)
{
    td_buf_add(b, column->serial->increment > 0 ? "(SELECT max(" : "(SELECT min(");
    td_buf_ident(b, column->name);
    td_buf_add(b, engine_of(c) == TD_ENGINE_POSTGRES ? ")::bigint FROM " : ") FROM ");
    td_scope_add_table_on(engine_of(c), t, b);
    td_buf_char(b, ')');
}

static void add_postgres(const struct td_copying *c, const struct td_table *t, const struct td_column *column,
                         struct td_buf *b)
{
    struct td_buf name = {0};
    td_scope_add_table(t, &name);
    td_buf_add(b, "SELECT setval(q.s, q.m) FROM (SELECT pg_get_serial_sequence(");
    td_buf_lit(b, td_buf_str(&name));
    td_buf_add(b, ", ");
    td_buf_lit(b, column->name);
    td_buf_add(b, ")::regclass AS s, ");
    add_furthest(c, t, column, b);
    td_buf_printf(b,
                  " AS m) q JOIN pg_sequence n ON n.seqrelid = q.s WHERE q.m %s"
                  " coalesce(pg_sequence_last_value(q.s), n.seqstart)",
                  column->serial->increment > 0 ? ">=" : "<=");
    td_buf_deinit(&name);
}

static void add_sqlite(const struct td_copying *c, const struct td_table *t, const struct td_column *column,
                       struct td_buf *b)
{
    td_buf_add(b, "UPDATE main.tandem_sequences SET is_called = 1, last_value = ");
    add_furthest(c, t, column, b);
    td_buf_add(b, " WHERE owner_table = ");
    td_buf_lit(b, td_table_sqlite_name(c->a, t));
    td_buf_add(b, " AND owner_column = ");
    td_buf_lit(b, column->name);
    td_buf_add(b, " AND ");
    add_furthest(c, t, column, b);
    td_buf_printf(b, " %s CASE WHEN is_called THEN last_value ELSE start_value END",
                  column->serial->increment > 0 ? ">=" : "<=");
}

static int count_column(struct td_copying *c, const struct td_table *t, const struct td_column *column,
                        struct td_err *err)
{
    struct td_buf b = {0};
    bool postgres = engine_of(c) == TD_ENGINE_POSTGRES;
    (postgres ? add_postgres : add_sqlite)(c, t, column, &b);
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_db_run(c->to->db, td_buf_str(&b), NULL, 0, err);
    td_buf_deinit(&b);
    return rc;
}

/* A sequence that no column owns, as the source has it. */
struct counting {
    struct td_arena a;
    struct td_copying *c;
    const struct td_sequence *s;
};

static const char *sequence_name(struct counting *k, enum td_engine engine)
{
    struct td_buf b;
    td_buf_init(&b, &k->a);
    if (engine == TD_ENGINE_POSTGRES) {
        td_buf_ident(&b, k->s->schema);
        td_buf_char(&b, '.');
        td_buf_ident(&b, k->s->name);
    } else {
        td_buf_lit(&b, strcmp(k->s->schema, "public") == 0 ? k->s->name
                                                           : td_arena_printf(&k->a, "%s.%s", k->s->schema, k->s->name));
    }
    return td_buf_str(&b);
}

static int count_sequence(void *data, struct td_err *err)
{
    struct counting *k = data;
    struct td_rows rows = {0};
    enum td_engine from = td_db_engine(k->c->from->db), to = engine_of(k->c);
    const char *name = sequence_name(k, from), *beyond = k->s->increment > 0 ? ">" : "<";
    struct td_buf b;
    td_buf_init(&b, &k->a);
    td_buf_printf(&b,
                  from == TD_ENGINE_POSTGRES
                      ? "SELECT last_value FROM %s WHERE is_called"
                      : "SELECT last_value FROM main.tandem_sequences WHERE name = %s AND is_called",
                  name);
    int rc = td_rows_read(&k->a, k->c->from->db, td_buf_str(&b), NULL, 0, &rows, err);
    if (rc != TD_OK || td_rows_count(&rows) == 0)
        return rc;
    int64_t last = td_rows_int(&rows, 0, 0);
    name = sequence_name(k, to);
    td_buf_reset(&b);
    if (to == TD_ENGINE_POSTGRES) {
        td_buf_add(&b, "SELECT setval(");
        td_buf_lit(&b, name);
        td_buf_printf(&b, ", %" PRId64 ") FROM %s WHERE NOT is_called OR %" PRId64 " %s last_value", last, name, last,
                      beyond);
    } else {
        td_buf_printf(&b,
                      "UPDATE main.tandem_sequences SET last_value = %" PRId64 ", is_called = 1 WHERE name = %s"
                      " AND (NOT is_called OR %" PRId64 " %s last_value)",
                      last, name, last, beyond);
    }
    return td_db_run(k->c->to->db, td_buf_str(&b), NULL, 0, err);
}

static int count_sequences(struct td_copying *c, struct td_err *err)
{
    enum td_on from = td_db_engine(c->from->db) == TD_ENGINE_POSTGRES ? TD_ON_POSTGRES : TD_ON_SQLITE;
    enum td_on both = (enum td_on)(from | on_of(c));
    int rc = TD_OK;
    for (size_t i = 0; i < c->slice.catalog->sequences.len && rc == TD_OK; i++) {
        struct counting k = {.c = c, .s = c->slice.catalog->sequences.at[i]};
        if (k.s->owner != NULL || (k.s->on & both) != both)
            continue;
        rc = td_arena_run(&k.a, count_sequence, &k, err);
        td_arena_deinit(&k.a);
    }
    return rc;
}

int td_copy_count_on(struct td_copying *c, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; i < c->slice.all.len && rc == TD_OK; i++) {
        const struct td_table *t = c->slice.all.at[i].scope->table;
        for (size_t n = 0; n < t->columns.len && rc == TD_OK; n++)
            if (t->columns.at[n]->serial != NULL && (t->columns.at[n]->on & on_of(c)) != 0)
                rc = count_column(c, t, t->columns.at[n], err);
    }
    return rc == TD_OK && c->opts->tenant == NULL ? count_sequences(c, err) : rc;
}
