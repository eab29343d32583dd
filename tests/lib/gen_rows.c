/* INSERT, UPDATE and DELETE for tables of a catalog.
 *
 * Most statements have one or two columns of any value and tame ones in the others, so that PostgreSQL takes most rows
 * and refuses others for one reason each. The pool remembers the rows offered: later ones refer to them, repeat them,
 * change and delete them. */
#include <string.h>

#include "tests/lib/gen.h"

enum { POOL_ROWS = 8 };

struct gen_row {
    struct gen_value *at; /* by column; text NULL: not known */
    size_t len;
};

struct gen_rows {
    struct gen_row ring[POOL_ROWS];
    size_t offered;
};

static struct gen_rows *rows_of(struct gen *g, struct gen_pool *pool, const struct td_table *t)
{
    const char *key = td_arena_printf(g->arena, "%u", t->id);
    struct gen_rows *r = td_map_get(&pool->columns, key);
    if (r == NULL) {
        r = td_arena_new(g->arena, struct gen_rows);
        td_map_put(g->arena, &pool->columns, key, r);
    }
    return r;
}

static const struct gen_row *any_row(struct gen *g, struct gen_rows *r)
{
    size_t n = r->offered < POOL_ROWS ? r->offered : POOL_ROWS;
    return n == 0 ? NULL : &r->ring[gen_below(g, (unsigned)n)];
}

static size_t position(const struct td_table *t, const struct td_column *c)
{
    for (size_t i = 0; i < t->columns.len; i++)
        if (t->columns.at[i] == c)
            return i;
    return 0;
}

static bool fills_itself(const struct td_column *c)
{
    return c->serial != NULL || c->identity != TD_ID_NONE || c->generated != NULL;
}

/* The value of `from` (a column of the table referred to) in `row`, or one that a sequence may have given. */
static struct gen_value referred(struct gen *g, const struct td_table *to, const struct td_column *from,
                                 const struct gen_row *row)
{
    size_t at = position(to, from);
    if (row != NULL && at < row->len && row->at[at].text != NULL)
        return row->at[at];
    return gen_plain_value(g, from->type);
}

/* Values of foreign keys are those of one row of the table referred to, mostly. */
static void refer(struct gen *g, struct gen_pool *pool, const struct td_table *t, struct gen_row *row)
{
    for (size_t i = 0; i < t->constraints.len; i++) {
        const struct td_constraint *k = t->constraints.at[i];
        if (k->kind != TD_K_FOREIGN || gen_chance(g, 25))
            continue;
        const struct gen_row *to = any_row(g, rows_of(g, pool, k->ref));
        bool nothing = gen_chance(g, 15);
        for (size_t c = 0; c < k->columns.len; c++) {
            struct gen_value v = {0};
            if (!nothing || gen_chance(g, 20))
                v = referred(g, k->ref, k->ref_columns.at[c], to);
            row->at[position(t, k->columns.at[c])] = v;
        }
    }
}

static struct gen_row new_row(struct gen *g, struct gen_pool *pool, const struct td_table *t)
{
    struct gen_row row = {.len = t->columns.len};
    struct gen_rows *before = rows_of(g, pool, t);
    unsigned mood = gen_below(g, 100), wild = mood < 75 ? 1 + mood % 2 : 0;

    row.at = td_arena_alloc(g->arena, row.len * sizeof *row.at);
    for (size_t i = 0; i < row.len; i++) {
        struct td_type type = t->columns.at[i]->type;
        row.at[i] = mood >= 95 ? gen_value(g, type) : gen_plain_value(g, type);
    }
    refer(g, pool, t, &row);
    for (; wild > 0; wild--) {
        size_t at = gen_below(g, (unsigned)row.len);
        const struct gen_row *old = gen_chance(g, 15) ? any_row(g, before) : NULL;
        row.at[at] = old != NULL ? old->at[at] : gen_value(g, t->columns.at[at]->type);
    }
    return row;
}

static void remember(struct gen *g, struct gen_pool *pool, const struct td_table *t, struct gen_row row)
{
    struct gen_rows *r = rows_of(g, pool, t);
    r->ring[r->offered++ % POOL_ROWS] = row;
}

/* ---- text ---- */

static void add_table(struct td_buf *out, const struct td_table *t)
{
    if (strcmp(t->schema, "public") != 0) {
        td_buf_ident(out, t->schema);
        td_buf_char(out, '.');
    }
    td_buf_ident(out, t->name);
}

/* A sequence's next number is not the same for the rows of an UPDATE that nothing orders. */
static void add_value(struct gen *g, struct td_buf *out, const struct td_column *c, const struct gen_value *v)
{
    if (gen_chance(g, 4)) {
        td_buf_add(out, "CAST(");
        gen_value_sql(out, v);
        td_buf_add(out, " AS ");
        td_type_print(&c->type, out);
        td_buf_char(out, ')');
    } else if (c->identity == TD_ID_NONE && c->serial == NULL && gen_chance(g, 2)) {
        td_buf_add(out, "DEFAULT");
    } else {
        gen_value_sql(out, v);
    }
}

static void add_values(struct gen *g, struct td_buf *out, const struct td_table *t, const bool *given,
                       const struct gen_row *row)
{
    const char *sep = "";
    td_buf_char(out, '(');
    for (size_t i = 0; i < row->len; i++) {
        if (!given[i])
            continue;
        td_buf_add(out, sep);
        add_value(g, out, t->columns.at[i], &row->at[i]);
        sep = ", ";
    }
    td_buf_char(out, ')');
}

static void add_conflict(struct gen *g, struct td_buf *out, const struct td_table *t)
{
    const struct td_constraint *pk = td_table_primary(t);
    const struct td_column *c = t->columns.at[gen_below(g, (unsigned)t->columns.len)];
    if (pk == NULL || gen_chance(g, 50) || fills_itself(c)) {
        td_buf_add(out, " ON CONFLICT DO NOTHING");
        return;
    }
    td_buf_add(out, " ON CONFLICT (");
    for (size_t i = 0; i < pk->columns.len; i++) {
        td_buf_add(out, i > 0 ? ", " : "");
        td_buf_ident(out, pk->columns.at[i]->name);
    }
    td_buf_add(out, ") DO UPDATE SET ");
    td_buf_ident(out, c->name);
    td_buf_add(out, " = EXCLUDED.");
    td_buf_ident(out, c->name);
}

/* Which columns an INSERT names: nearly all of those that do not fill themselves; some of them have defaults. */
static bool *choose_columns(struct gen *g, const struct td_table *t)
{
    bool *given = td_arena_alloc(g->arena, t->columns.len * sizeof *given), any = false;
    bool sparse = gen_chance(g, 20);
    for (size_t i = 0; i < t->columns.len; i++) {
        const struct td_column *c = t->columns.at[i];
        unsigned percent = c->generated != NULL            ? 1
                           : fills_itself(c)               ? 12
                           : sparse && c->default_ != NULL ? 10
                           : sparse                        ? 60
                                                           : 93;
        given[i] = gen_chance(g, percent);
        any = any || given[i];
    }
    given[0] = given[0] || !any;
    return given;
}

void gen_insert(struct gen *g, struct gen_pool *pool, const struct td_table *t, struct td_buf *out)
{
    bool *given = choose_columns(g, t);
    const char *sep = "";
    td_buf_add(out, "INSERT INTO ");
    add_table(out, t);
    td_buf_add(out, " (");
    for (size_t i = 0; i < t->columns.len; i++) {
        if (!given[i])
            continue;
        td_buf_add(out, sep);
        td_buf_ident(out, t->columns.at[i]->name);
        sep = ", ";
    }
    td_buf_add(out, ") VALUES ");
    unsigned n = gen_chance(g, 85) ? 1 : 2 + gen_below(g, 2);
    for (unsigned i = 0; i < n; i++) {
        struct gen_row row = new_row(g, pool, t);
        td_buf_add(out, i > 0 ? ", " : "");
        add_values(g, out, t, given, &row);
        for (size_t c = 0; c < row.len; c++)
            if (!given[c])
                row.at[c] = (struct gen_value){0};
        remember(g, pool, t, row);
    }
    if (gen_chance(g, 12))
        add_conflict(g, out, t);
}

/* ---- changes ---- */

static bool can_compare(const struct td_column *c)
{
    struct td_type base = td_type_base(c->type);
    if (base.dims > 0)
        return false;
    return td_type_is_integer(&base) || td_type_is_time(&base) || base.kind == TD_T_TEXT || base.kind == TD_T_VARCHAR ||
           base.kind == TD_T_UUID || base.kind == TD_T_ENUM || base.kind == TD_T_BOOL || base.kind == TD_T_BYTEA;
}

/* WHERE column = a value that was offered; nothing when no column can say it. */
static void add_where(struct gen *g, struct gen_pool *pool, const struct td_table *t, struct td_buf *out)
{
    const struct td_constraint *pk = td_table_primary(t);
    const struct gen_row *row = any_row(g, rows_of(g, pool, t));
    const struct td_column *c = t->columns.at[gen_below(g, (unsigned)t->columns.len)];
    if (pk != NULL && gen_chance(g, 60))
        c = pk->columns.at[gen_below(g, (unsigned)pk->columns.len)];
    size_t at = position(t, c);
    if (!can_compare(c) || row == NULL)
        return;
    td_buf_add(out, " WHERE ");
    td_buf_ident(out, c->name);
    struct gen_value v = row->at[at].text == NULL ? gen_plain_value(g, c->type) : row->at[at];
    v.bare = v.bare && td_type_is_integer(&c->type);
    td_buf_add(out, gen_chance(g, 95) ? " = " : " <> ");
    gen_value_sql(out, &v);
}

static void add_update(struct gen *g, struct gen_pool *pool, const struct td_table *t, struct td_buf *out)
{
    struct gen_row row = new_row(g, pool, t);
    unsigned n = 1 + gen_below(g, 2), first = gen_below(g, (unsigned)row.len);
    td_buf_add(out, "UPDATE ");
    add_table(out, t);
    td_buf_add(out, " SET ");
    for (unsigned i = 0; i < n && i < row.len; i++) {
        size_t at = (first + i) % row.len;
        td_buf_add(out, i > 0 ? ", " : "");
        td_buf_ident(out, t->columns.at[at]->name);
        td_buf_add(out, " = ");
        struct gen_value v = gen_chance(g, 50) ? gen_value(g, t->columns.at[at]->type) : row.at[at];
        add_value(g, out, t->columns.at[at], &v);
    }
    add_where(g, pool, t, out);
}

static const struct td_table *any_table(struct gen *g, const struct td_catalog *c)
{
    unsigned first = gen_below(g, (unsigned)c->tables.len);
    for (size_t i = 0; i < c->tables.len; i++) {
        const struct td_table *t = c->tables.at[(first + i) % c->tables.len];
        if (t->kind == TD_R_TABLE && t->on == TD_ON_BOTH && t->columns.len > 0)
            return t;
    }
    return c->tables.at[0];
}

void gen_statement(struct gen *g, struct gen_pool *pool, const struct td_catalog *c, struct td_buf *out)
{
    const struct td_table *t = any_table(g, c);
    unsigned what = gen_below(g, 100);
    if (what < 68) {
        gen_insert(g, pool, t, out);
    } else if (what < 92) {
        add_update(g, pool, t, out);
    } else {
        td_buf_add(out, "DELETE FROM ");
        add_table(out, t);
        add_where(g, pool, t, out);
    }
}
