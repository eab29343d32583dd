#include "core/migrate/ddl_table.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "core/sql/draw.h"
#include "core/sql/source.h"
#include "core/sql/tree.h"

/* AUTOINCREMENT goes up by one, to the end of the column's type (whose CHECK stops it), and belongs to one table. That
 * the sequence of a serial stays an integer's when its column becomes a bigint is let pass: 2,147,483,647 rows. */
static bool counts_as_autoincrement(const struct td_sequence *s, const struct td_column *col)
{
    return s != NULL && s->owner_column != NULL && s->owner_column->id == col->id && s->increment == 1 && !s->cycle &&
           s->min >= 1 && (s->max >= -(td_draw_least(col) + 1) || s->max == INT32_MAX);
}

bool td_ddl_is_rowid(const struct td_catalog *c, const struct td_table *t, const struct td_column *col)
{
    const struct td_constraint *pk = td_table_primary(t);
    struct td_type base = td_type_base(col->type);
    return pk != NULL && td_on_sqlite(pk->on) && pk->columns.len == 1 && pk->columns.at[0]->id == col->id &&
           td_type_is_integer(&base) && base.dims == 0 && counts_as_autoincrement(td_draw_number(c, col), col);
}

const char *td_ddl_index_name(struct td_arena *a, const struct td_table *t, const char *index)
{
    if (t->temporary || strcmp(t->schema, "public") == 0)
        return index;
    return td_arena_printf(a, "%s.%s", t->schema, index);
}

static const char *quoted(struct td_arena *a, const char *name)
{
    struct td_buf b;
    td_buf_init(&b, a);
    td_buf_ident(&b, name);
    return td_buf_str(&b);
}

static bool single_key(const struct td_constraint *pk, const struct td_column *col)
{
    return pk != NULL && td_on_sqlite(pk->on) && pk->columns.len == 1 && pk->columns.at[0]->id == col->id;
}

static const char *type_word(const struct td_lower *l, const struct td_table *t, const struct td_column *col)
{
    switch (td_type_storage(col->type)) {
    case TD_S_INTEGER:
        if (td_ddl_is_rowid(l->catalog, t, col))
            return "INTEGER";
        return single_key(td_table_primary(t), col) ? "INT" : "INTEGER";
    case TD_S_REAL: return "REAL";
    case TD_S_BLOB: return "BLOB";
    case TD_S_TEXT: break;
    }
    return "TEXT";
}

static bool is_nocase(const struct td_column *col)
{
    struct td_type base = td_type_base(col->type);
    return base.kind == TD_T_CITEXT && base.dims == 0;
}

static bool domain_not_null(const struct td_column *col)
{
    const struct td_user_type *u = col->type.dims == 0 && col->type.kind == TD_T_DOMAIN ? col->type.user : NULL;
    for (; u != NULL; u = u->base.kind == TD_T_DOMAIN && u->base.dims == 0 ? u->base.user : NULL)
        if (u->not_null)
            return true;
    return false;
}

/* DEFAULT ..., with *constant_out. Nothing for a rowid. */
static int column_default(const struct td_lower *l, const struct td_column *col, struct td_buf *out, bool *constant_out,
                          bool *has_out, struct td_err *err)
{
    *constant_out = true;
    *has_out = false;
    const struct PgQuery__Node *def = td_column_default(col);
    if (def != NULL && def == col->left_out)
        return TD_OK;
    struct td_buf text;
    td_buf_init(&text, l->arena);
    if (td_draw_column(l->arena, l->catalog, col) != NULL) {
        struct td_lower draws = *l;
        draws.draws = true;
        int rc = def == NULL ? TD_OK : td_lower_default(&draws, def, col->type, &text, constant_out, err);
        td_buf_printf(out, " DEFAULT %s", td_draw_mark(l->arena, col));
        *constant_out = false; /* old rows would get the mark itself */
        *has_out = true;
        return rc;
    }
    if (def == NULL)
        return TD_OK;
    int rc = td_lower_default(l, def, col->type, &text, constant_out, err);
    if (rc != TD_OK)
        return rc;
    *has_out = strcasecmp(td_buf_str(&text), "NULL") != 0;
    td_buf_add(out, " DEFAULT ");
    td_buf_add(out, td_buf_str(&text));
    return TD_OK;
}

/* "n" = (mark) OR: a row that waits for its number passes; the CHECK sees it again with the number. */
static void or_mark(const struct td_lower *l, const struct td_table *t, const struct td_column *col, const char *name,
                    struct td_buf *out)
{
    if (td_draw_column(l->arena, l->catalog, col) != NULL && !td_ddl_is_rowid(l->catalog, t, col))
        td_buf_printf(out, "%s = %s OR ", quoted(l->arena, name), td_draw_mark(l->arena, col));
}

/* Is the mark a value of the type? */
static bool takes_mark(const struct td_type *t)
{
    return t->dims == 0 && (t->kind == TD_T_INT2 || t->kind == TD_T_INT4 || t->kind == TD_T_INT8);
}

struct naming {
    const char *column;
    bool found;
};

static bool names_column(PgQuery__Node *n, void *data)
{
    struct naming *x = data;
    if (n->node_case == PG_QUERY__NODE__NODE_COLUMN_REF)
        x->found =
            x->found || strcmp(td_tree_name(n->column_ref->fields, n->column_ref->n_fields, NULL), x->column) == 0;
    return !x->found;
}

void td_ddl_waiting(const struct td_lower *l, const struct td_table *t, const struct PgQuery__Node *expr,
                    struct td_buf *out)
{
    for (size_t i = 0; i < t->columns.len; i++) {
        struct naming x = {.column = t->columns.at[i]->name};
        td_tree_walk((PgQuery__Node *)expr, names_column, &x);
        if (x.found && td_on_sqlite(t->columns.at[i]->on))
            or_mark(l, t, t->columns.at[i], x.column, out);
    }
}

/* All of a column behind its name, but for its foreign key; `name` is what CHECKs call it. */
static int column_body(const struct td_lower *l, const struct td_table *t, const struct td_column *col,
                       const char *name, bool shape, struct td_buf *out, bool *addable, struct td_err *err)
{
    bool rowid = td_ddl_is_rowid(l->catalog, t, col), constant = true, has_default = false;
    bool not_null = col->not_null || domain_not_null(col) || td_column_in_primary(t, col);
    struct td_buf waiting;
    int rc;

    td_buf_init(&waiting, l->arena);
    if (not_null && col->generated != NULL)
        td_ddl_waiting(l, t, col->generated, &waiting);
    td_buf_printf(out, " %s", type_word(l, t, col));
    if (rowid) {
        td_buf_add(out, " CONSTRAINT ");
        td_buf_ident(out, shape ? "pk" : td_table_primary(t)->name);
        td_buf_add(out, " PRIMARY KEY AUTOINCREMENT");
    }
    if (not_null && waiting.len == 0)
        td_buf_add(out, " NOT NULL");
    if (!rowid && col->generated == NULL) {
        rc = column_default(l, col, out, &constant, &has_default, err);
        if (rc != TD_OK)
            return rc;
    }
    if (is_nocase(col))
        td_buf_add(out, " COLLATE NOCASE");
    struct td_buf check;
    td_buf_init(&check, l->arena);
    rc = td_lower_type_check(l, col->type, quoted(l->arena, name), &check, err);
    if (rc != TD_OK)
        return rc;
    if (check.len > 0) {
        td_buf_add(out, " CHECK (");
        if (!takes_mark(&col->type))
            or_mark(l, t, col, name, out);
        td_buf_printf(out, "%s)", td_buf_str(&check));
    }
    if (waiting.len > 0)
        td_buf_printf(out, " CHECK (%s%s IS NOT NULL)", shape ? "" : td_buf_str(&waiting), quoted(l->arena, name));
    *addable = !rowid && constant && col->generated == NULL && !(not_null && !has_default);
    return TD_OK;
}

static const char *action_word(enum td_fk_action a)
{
    switch (a) {
    case TD_FK_RESTRICT: return "RESTRICT";
    case TD_FK_CASCADE: return "CASCADE";
    case TD_FK_SET_NULL: return "SET NULL";
    case TD_FK_SET_DEFAULT: return "SET DEFAULT";
    case TD_FK_NO_ACTION: break;
    }
    return NULL;
}

enum td_fk_action td_ddl_on_delete(const struct td_table *t, const struct td_constraint *k)
{
    return k->on_delete == TD_FK_RESTRICT && k->ref->id == t->id ? TD_FK_NO_ACTION : k->on_delete;
}

static void references(const struct td_lower *l, const struct td_table *t, const struct td_constraint *k,
                       struct td_buf *out)
{
    td_buf_add(out, " REFERENCES ");
    td_buf_ident(out, td_table_sqlite_name(l->arena, k->ref));
    td_buf_add(out, " (");
    for (size_t i = 0; i < k->ref_columns.len; i++) {
        td_buf_add(out, i ? ", " : "");
        td_buf_ident(out, k->ref_columns.at[i]->name);
    }
    td_buf_char(out, ')');
    if (action_word(td_ddl_on_delete(t, k)) != NULL)
        td_buf_printf(out, " ON DELETE %s", action_word(td_ddl_on_delete(t, k)));
    if (action_word(k->on_update))
        td_buf_printf(out, " ON UPDATE %s", action_word(k->on_update));
    if (k->deferrable)
        td_buf_printf(out, " DEFERRABLE INITIALLY %s", k->deferred ? "DEFERRED" : "IMMEDIATE");
}

bool td_ddl_constraint_inline(const struct td_constraint *k)
{
    return (k->kind == TD_K_FOREIGN || k->kind == TD_K_CHECK) && k->columns.len == 1;
}

static int inline_constraints(const struct td_lower *l, const struct td_table *t, const struct td_column *col,
                              struct td_buf *out, bool *references_out, struct td_err *err)
{
    *references_out = false;
    for (size_t i = 0; i < t->constraints.len; i++) {
        const struct td_constraint *k = t->constraints.at[i];
        if (!td_ddl_constraint_inline(k) || !td_on_sqlite(k->on) || k->columns.at[0]->id != col->id)
            continue;
        td_buf_char(out, ' ');
        if (k->kind == TD_K_CHECK) {
            int rc = td_ddl_constraint(l, t, k, out, err);
            if (rc != TD_OK)
                return rc;
            continue;
        }
        td_buf_add(out, "CONSTRAINT ");
        td_buf_ident(out, k->name);
        references(l, t, k, out);
        *references_out = true;
    }
    return TD_OK;
}

static int generated_as(const struct td_lower *l, const struct td_table *t, const struct td_column *col,
                        struct td_buf *out, struct td_err *err)
{
    struct td_buf expr, waiting;
    td_buf_init(&expr, l->arena);
    td_buf_init(&waiting, l->arena);
    int rc = td_lower_expr(l, col->generated, t, &col->type, &expr, NULL, err);
    td_ddl_waiting(l, t, col->generated, &waiting);
    if (waiting.len > 0)
        td_buf_printf(out, " GENERATED ALWAYS AS (CASE WHEN %s0 THEN NULL ELSE %s END) STORED", td_buf_str(&waiting),
                      td_buf_str(&expr));
    else
        td_buf_printf(out, " GENERATED ALWAYS AS (%s) STORED", td_buf_str(&expr));
    return rc;
}

int td_ddl_column(const struct td_lower *l, const struct td_table *t, const struct td_column *col, struct td_buf *out,
                  bool *addable_out, struct td_err *err)
{
    bool addable;
    td_buf_ident(out, col->name);
    int rc = column_body(l, t, col, col->name, false, out, &addable, err);
    if (rc != TD_OK)
        return rc;
    bool refers;
    rc = inline_constraints(l, t, col, out, &refers, err);
    if (rc != TD_OK)
        return rc;
    if (refers && td_column_default(col) != NULL)
        addable = false; /* SQLite refuses REFERENCES with a default in ADD COLUMN */
    if (col->generated != NULL) {
        rc = generated_as(l, t, col, out, err);
        if (rc != TD_OK)
            return rc;
    }
    if (addable_out != NULL)
        *addable_out = addable;
    return TD_OK;
}

int td_ddl_column_shape(const struct td_lower *l, const struct td_table *t, const struct td_column *col,
                        struct td_buf *out, struct td_err *err)
{
    bool addable;
    int rc = column_body(l, t, col, "c", true, out, &addable, err);
    if (rc == TD_OK && col->generated != NULL)
        td_buf_add(out, " GENERATED");
    return rc;
}

static void column_list(struct td_buf *out, struct td_column *const *columns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        td_buf_add(out, i ? ", " : "");
        td_buf_ident(out, columns[i]->name);
    }
}

bool td_ddl_constraint_is_index(const struct td_constraint *k)
{
    bool expression = false;
    for (size_t i = 0; i < k->columns.len; i++)
        expression =
            expression || k->columns.at[i]->generated != NULL || td_lower_has_spellings(k->columns.at[i]->type);
    return k->kind == TD_K_UNIQUE || (k->kind == TD_K_PRIMARY && expression);
}

bool td_ddl_constraint_in_table(const struct td_constraint *k)
{
    return (k->kind == TD_K_PRIMARY && !td_ddl_constraint_is_index(k)) || k->kind == TD_K_FOREIGN ||
           k->kind == TD_K_CHECK;
}

static void match_full(const struct td_constraint *k, struct td_buf *out)
{
    td_buf_add(out, ", CHECK (");
    for (size_t i = 1; i < k->columns.len; i++) {
        td_buf_add(out, i > 1 ? " AND (" : "(");
        td_buf_ident(out, k->columns.at[0]->name);
        td_buf_add(out, " IS NULL) = (");
        td_buf_ident(out, k->columns.at[i]->name);
        td_buf_add(out, " IS NULL)");
    }
    td_buf_char(out, ')');
}

static bool is_text(const struct td_type *t)
{
    return td_type_storage(*t) == TD_S_TEXT;
}

/* Does SQLite take for different what PostgreSQL's foreign key takes for equal, in values as they commonly are? Of
 * char(n) against a longer one or a varchar only values shorter than n are: then the row is refused, never let in. */
static bool tells_apart(const struct td_constraint *k)
{
    for (size_t i = 0; i < k->columns.len && i < k->ref_columns.len; i++) {
        struct td_type a = td_type_base(k->columns.at[i]->type), b = td_type_base(k->ref_columns.at[i]->type);
        bool texts = a.kind == TD_T_NUMERIC && (!td_type_numeric_native(a) || !td_type_numeric_native(b));
        bool masks = (a.kind == TD_T_INET || a.kind == TD_T_CIDR) && a.kind != b.kind;
        bool times = td_type_is_time(&a) && td_type_is_time(&b) && a.kind != b.kind;
        if (td_lower_has_spellings(a) || td_lower_has_spellings(b) || masks || times || is_text(&a) != is_text(&b))
            return true;
        if (texts && (a.kind != b.kind || a.mod2 != b.mod2))
            return true;
    }
    return false;
}

int td_ddl_constraint(const struct td_lower *l, const struct td_table *t, const struct td_constraint *k,
                      struct td_buf *out, struct td_err *err)
{
    TD_ASSERT(td_ddl_constraint_in_table(k));
    td_buf_add(out, "CONSTRAINT ");
    td_buf_ident(out, k->name);
    switch (k->kind) {
    case TD_K_PRIMARY:
        td_buf_add(out, " PRIMARY KEY (");
        column_list(out, k->columns.at, k->columns.len);
        td_buf_char(out, ')');
        return TD_OK;
    case TD_K_CHECK: {
        struct td_buf expr;
        td_buf_init(&expr, l->arena);
        int rc = td_lower_condition(l, k->expr, t, &expr, err);
        td_buf_add(out, " CHECK (");
        for (size_t i = 0; i < k->columns.len; i++) {
            or_mark(l, t, k->columns.at[i], k->columns.at[i]->name, out);
            if (k->columns.at[i]->generated != NULL) /* NULL until then */
                td_ddl_waiting(l, t, k->columns.at[i]->generated, out);
        }
        td_buf_printf(out, "%s)", td_buf_str(&expr));
        return rc;
    }
    case TD_K_FOREIGN:
        if (!td_on_sqlite(k->ref->on)) {
            td_err_set(err, TD_C_DDL_REF_MISSING, "foreign key \"%s\" refers to \"%s\", which SQLite does not have",
                       k->name, k->ref->name);
            return td_err_why(err, "without the rows there, no row here could be written");
        }
        if (tells_apart(k)) {
            td_err_set(err, TD_C_DDL_KIND, "the foreign key \"%s\" compares values that can be stored in several ways",
                       k->name);
            td_err_why(err, "SQLite compares the texts: it would not find 1.00 where 1.0 is stored");
            return td_err_next(err, "give both columns one type of a fixed scale or length, or mark it with  "
                                    "-- tandem: postgres");
        }
        td_buf_add(out, " FOREIGN KEY (");
        column_list(out, k->columns.at, k->columns.len);
        td_buf_char(out, ')');
        references(l, t, k, out);
        if (k->match == 'f' && k->columns.len > 1)
            match_full(k, out);
        return TD_OK;
    case TD_K_UNIQUE:
    case TD_K_EXCLUDE: break;
    }
    return TD_EBUG;
}

/* Is the constraint written with a column and not on a line of its own? */
static bool written_inline(const struct td_lower *l, const struct td_table *t, const struct td_constraint *k)
{
    return td_ddl_constraint_inline(k) ||
           (k->kind == TD_K_PRIMARY && k->columns.len == 1 && td_ddl_is_rowid(l->catalog, t, k->columns.at[0]));
}

int td_ddl_table(const struct td_lower *l, const struct td_table *t, const char *name, struct td_buf *out,
                 struct td_err *err)
{
    const char *sep = "\n    ";
    int rc;

    td_buf_printf(out, "CREATE %sTABLE ", t->temporary ? "TEMP " : "");
    td_buf_ident(out, name);
    td_buf_add(out, " (");
    for (size_t i = 0; i < t->columns.len; i++) {
        if (!td_on_sqlite(t->columns.at[i]->on))
            continue;
        td_buf_add(out, sep);
        rc = td_ddl_column(l, t, t->columns.at[i], out, NULL, err);
        if (rc != TD_OK)
            return rc;
        sep = ",\n    ";
    }
    for (size_t i = 0; i < t->constraints.len; i++) {
        const struct td_constraint *k = t->constraints.at[i];
        if (!td_on_sqlite(k->on) || !td_ddl_constraint_in_table(k) || written_inline(l, t, k))
            continue;
        td_buf_add(out, sep);
        rc = td_ddl_constraint(l, t, k, out, err);
        if (rc != TD_OK)
            return rc;
    }
    td_buf_add(out, "\n) STRICT");
    return TD_OK;
}
