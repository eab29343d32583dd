/* What the file says of itself: the true types in tandem_columns and tandem_types. */
#include <string.h>

#include "core/migrate/lower_impl.h"
#include "core/sql/tree.h"

const char *td_lowering_tables(void)
{
    return "CREATE TABLE IF NOT EXISTS tandem_columns (\n"
           "    table_name TEXT NOT NULL,\n    position INTEGER NOT NULL,\n    column_name TEXT NOT NULL,\n"
           "    type TEXT NOT NULL,\n    not_null INTEGER NOT NULL,\n    column_default TEXT,\n"
           "    PRIMARY KEY (table_name, position)\n) STRICT, WITHOUT ROWID;\n"
           "CREATE TABLE IF NOT EXISTS tandem_types (\n"
           "    name TEXT NOT NULL PRIMARY KEY,\n    kind TEXT NOT NULL,\n    base TEXT,\n"
           "    labels TEXT CHECK (json_valid(labels) OR labels IS NULL)\n) STRICT, WITHOUT ROWID;\n"
           "CREATE TABLE IF NOT EXISTS tandem_sequences (\n"
           "    name TEXT NOT NULL PRIMARY KEY,\n    last_value INTEGER NOT NULL,\n    is_called INTEGER NOT NULL,\n"
           "    start_value INTEGER NOT NULL,\n    increment_by INTEGER NOT NULL,\n    min_value INTEGER NOT NULL,\n"
           "    max_value INTEGER NOT NULL,\n    cycle INTEGER NOT NULL,\n    owner_table TEXT,\n"
           "    owner_column TEXT\n) STRICT, WITHOUT ROWID;\n"
           "CREATE TABLE IF NOT EXISTS tandem_guard (name TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;\n";
}

static void op(struct td_lowering *l, const struct td_buf *b)
{
    td_lowering_op(l, TD_OP_DESCRIBE, l->stmt, td_buf_str(b));
}

/* NULL: there is none, or libpg_query cannot print it. */
static const char *default_text(struct td_lowering *l, struct td_phys *p, const struct td_column *c)
{
    struct td_err err = {0};
    const char *text = NULL;
    if (c->default_ == NULL)
        return NULL;
    for (size_t i = 0; i < p->printed.len; i++)
        if (p->printed.at[i].tree == c->default_)
            return p->printed.at[i].text;
    if (td_tree_print(l->arena, c->default_, &text, &err) != TD_OK)
        text = NULL;
    *td_vec_add(l->arena, &p->printed) = (struct td_phys_printed){c->default_, text};
    return text;
}

static void describe_column(struct td_lowering *l, struct td_phys *p, size_t position, const struct td_column *c,
                            struct td_buf *b)
{
    struct td_buf type;
    const char *def = default_text(l, p, c);

    td_buf_init(&type, l->arena);
    td_type_print(&c->type, &type);
    td_buf_char(b, '(');
    td_buf_lit(b, p->name);
    td_buf_printf(b, ", %zu, ", position);
    td_buf_lit(b, c->name);
    td_buf_add(b, ", ");
    td_buf_lit(b, td_buf_str(&type));
    td_buf_printf(b, ", %d, ", c->not_null);
    if (def != NULL)
        td_buf_lit(b, def);
    else
        td_buf_add(b, "NULL");
    td_buf_char(b, ')');
}

/* The rows of a table that has some, as a list of VALUES; NULL: none. */
static const char *rows_of(struct td_lowering *l, struct td_phys *p)
{
    struct td_buf b;
    size_t n = 0;

    if (p->is == NULL || p->is->temporary)
        return NULL;
    td_buf_init(&b, l->arena);
    for (size_t i = 0; i < p->is->columns.len; i++) {
        if (!td_on_sqlite(p->is->columns.at[i]->on))
            continue;
        td_buf_add(&b, n ? ", " : "");
        describe_column(l, p, ++n, p->is->columns.at[i], &b);
    }
    return n == 0 ? NULL : td_buf_str(&b);
}

/* An index, say, changes nothing here. */
static void forget_table(struct td_lowering *l, struct td_phys *p)
{
    struct td_buf b;
    if (p->described == NULL)
        return;
    const char *now = rows_of(l, p);
    if (now != NULL && strcmp(now, p->rows) == 0)
        return;
    td_buf_init(&b, l->arena);
    td_buf_add(&b, "DELETE FROM tandem_columns WHERE table_name = ");
    td_buf_lit(&b, p->described);
    op(l, &b);
    p->described = NULL;
}

static void describe_table(struct td_lowering *l, struct td_phys *p)
{
    const char *rows = p->described == NULL ? rows_of(l, p) : NULL;
    if (rows == NULL)
        return;
    td_lowering_op(l, TD_OP_DESCRIBE, l->stmt, td_arena_printf(l->arena, "INSERT INTO tandem_columns VALUES %s", rows));
    p->described = p->name;
    p->rows = rows;
}

static const char *type_kind(const struct td_user_type *u)
{
    switch (u->kind) {
    case TD_UT_ENUM: return "enum";
    case TD_UT_DOMAIN: return "domain";
    case TD_UT_COMPOSITE: return "composite";
    case TD_UT_RANGE: return "range";
    case TD_UT_SHELL: break;
    }
    return "other";
}

static void describe_type(struct td_lowering *l, const struct td_user_type *u, struct td_buf *b)
{
    const char *name =
        strcmp(u->schema, "public") == 0 ? u->name : td_arena_printf(l->arena, "%s.%s", u->schema, u->name);
    struct td_buf labels, base;
    td_buf_init(&labels, l->arena);
    td_buf_init(&base, l->arena);
    td_buf_char(b, '(');
    td_buf_lit(b, name);
    td_buf_printf(b, ", '%s', ", type_kind(u));
    if (u->kind == TD_UT_DOMAIN) {
        td_type_print(&u->base, &base);
        td_buf_lit(b, td_buf_str(&base));
    } else {
        td_buf_add(b, "NULL");
    }
    td_buf_add(b, ", ");
    for (size_t i = 0; i < u->labels.len; i++) {
        td_buf_add(&labels, i ? ", " : "[");
        td_buf_json(&labels, u->labels.at[i]);
    }
    if (labels.len > 0) {
        td_buf_char(&labels, ']');
        td_buf_lit(b, td_buf_str(&labels));
    } else {
        td_buf_add(b, "NULL");
    }
    td_buf_char(b, ')');
}

static void describe_types(struct td_lowering *l)
{
    struct td_buf b;
    td_buf_init(&b, l->arena);
    td_buf_add(&b, "DELETE FROM tandem_types");
    op(l, &b);
    td_buf_reset(&b);
    td_buf_add(&b, "INSERT INTO tandem_types VALUES ");
    for (size_t i = 0; i < l->catalog.types.len; i++) {
        td_buf_add(&b, i ? ", " : "");
        describe_type(l, l->catalog.types.at[i], &b);
    }
    if (l->catalog.types.len > 0)
        op(l, &b);
}

void td_lowering_describe(struct td_lowering *l)
{
    for (size_t i = 0; i < l->described.len; i++) /* first, because two tables may have changed names */
        forget_table(l, td_phys_get(l, l->described.at[i]));
    for (size_t i = 0; i < l->described.len; i++)
        describe_table(l, td_phys_get(l, l->described.at[i]));
    l->described.len = 0;
    if (l->types_changed)
        describe_types(l);
    l->types_changed = false;
}
