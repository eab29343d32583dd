/* Names: which column a reference means, its type, and how SQLite names it. */
#include <string.h>

#include "core/sql/dml_impl.h"

struct scope *scope_push(struct lw *w)
{
    struct scope *s = td_arena_new(w->a, struct scope);
    s->outer = w->scope;
    w->scope = s;
    return s;
}

void scope_pop(struct lw *w)
{
    w->scope = w->scope->outer;
}

struct scope_rel *scope_add(struct lw *w, const char *alias)
{
    struct scope_rel *r = td_arena_new(w->a, struct scope_rel);
    r->alias = alias;
    *td_vec_add(w->a, &w->scope->rels) = r;
    return r;
}

/* The types that a view's columns have on SQLite: numerics may be numbers there, whose type says their digits. */
static void view_columns(struct lw *w, const struct td_table *t, struct td_result *out)
{
    enum { NESTED_MAX = 32 }; /* a view may have been replaced by one that reads itself */
    bool wanted = false;
    for (size_t i = 0; t->kind == TD_R_VIEW && t->query != NULL && w->l->views < NESTED_MAX && i < t->columns.len;
         i++) {
        struct td_type type = t->columns.at[i]->type;
        wanted = wanted || (type.kind == TD_T_NUMERIC && type.dims == 0 && type.mod1 < 0);
    }
    if (!wanted)
        return;
    struct td_lower l = *w->l;
    struct td_err ignored = {0};
    struct td_buf text;
    td_buf_init(&text, w->a);
    l.views++;
    l.use = TD_LOWER_SCHEMA;
    l.on_note = NULL;
    l.new_row = l.old_row = NULL;
    if (td_lower_select(&l, t->query, &text, out, &ignored) != TD_OK || out->len != t->columns.len)
        out->len = 0;
}

static void number_of_view(const struct lw *w, struct td_type type, struct scope_column *c)
{
    if (c->type.kind != TD_T_NUMERIC || c->type.mod1 >= 0 || !td_type_numeric_native(type))
        return;
    c->type = type;
    c->type.of_view = !is_schema(w);
}

/* `prefix` is what stands before the column, with its dot; "" for none. */
void scope_add_table(struct lw *w, struct scope_rel *r, const struct td_table *t, const char *prefix)
{
    r->table = t;
    r->prefix = prefix;
    struct td_result on_sqlite = {0};
    view_columns(w, t, &on_sqlite);
    for (size_t i = 0; i < t->columns.len; i++) {
        if ((t->columns.at[i]->on & TD_ON_SQLITE) == 0)
            continue;
        struct scope_column *c = td_vec_add(w->a, &r->columns);
        c->name = t->columns.at[i]->name;
        c->type = td_column_on_sqlite(t->columns.at[i])->type;
        c->sql = td_arena_printf(w->a, "%s%s", prefix, sql_ident(w, c->name));
        if (on_sqlite.len > 0)
            number_of_view(w, on_sqlite.at[i].type, c);
    }
}

const char *scope_label(struct lw *w, const struct scope_column *c)
{
    return c->label != NULL ? c->label : sql_ident(w, c->name);
}

struct scope_rel *scope_rel(struct lw *w, const char *schema, const char *name)
{
    for (struct scope *s = w->scope; s != NULL; s = s->outer) {
        for (size_t i = 0; i < s->rels.len; i++) {
            struct scope_rel *r = s->rels.at[i];
            if (r->alias == NULL || strcmp(r->alias, name) != 0)
                continue;
            if (schema == NULL || (r->table != NULL && strcmp(r->table->schema, schema) == 0))
                return r;
        }
    }
    return NULL;
}

struct cte *scope_cte(struct lw *w, const char *name)
{
    for (struct scope *s = w->scope; s != NULL; s = s->outer) {
        for (size_t i = s->ctes.len; i-- > 0;) {
            if (strcmp(s->ctes.at[i]->name, name) == 0)
                return s->ctes.at[i];
        }
    }
    return NULL;
}

static struct scope_column *rel_column(struct scope_rel *r, const char *name)
{
    for (size_t i = 0; i < r->columns.len; i++) {
        if (strcmp(r->columns.at[i].name, name) == 0)
            return &r->columns.at[i];
    }
    return NULL;
}

static struct scope_column *bare_column(struct scope *s, const char *name, unsigned *found)
{
    struct scope_column *hit = NULL;
    *found = 0;
    for (size_t i = 0; i < s->merged.len; i++) {
        if (strcmp(s->merged.at[i].name, name) == 0) {
            *found = 1;
            return &s->merged.at[i];
        }
    }
    for (size_t i = 0; i < s->rels.len; i++) {
        struct scope_column *c = s->rels.at[i]->hidden ? NULL : rel_column(s->rels.at[i], name);
        if (c != NULL) {
            hit = c;
            (*found)++;
        }
    }
    return hit;
}

bool scope_has_column(const struct lw *w, const char *name)
{
    unsigned found = 0;
    for (struct scope *s = w->scope; s != NULL && found == 0; s = s->outer)
        bare_column(s, name, &found);
    return found > 0;
}

static struct ex column_ex(const struct scope_column *c, int loc)
{
    struct ex e = ex_of(c->sql, c->type, PREC_ATOM);
    e.loc = loc;
    return e;
}

/* ctid, the place of a row: SQLite's rowid, where a query uses it to tell rows apart. */
static bool row_place(struct lw *w, const struct scope_rel *r, const char *name, int loc, struct ex *out)
{
    if (strcmp(name, "ctid") != 0 || r->table == NULL || r->prefix == NULL || is_schema(w) ||
        (r->table->kind != TD_R_TABLE && r->table->kind != TD_R_PARTITION))
        return false;
    *out = ex_of(td_arena_printf(w->a, "%s%s", r->prefix, dml_rowid(r->table)), named_type("tid"), PREC_ATOM);
    lw_note(w, loc, "ctid became SQLite's rowid");
    return true;
}

static bool only_row_place(struct lw *w, const char *name, int loc, struct ex *out)
{
    const struct scope_rel *only = NULL;
    for (size_t i = 0; w->scope != NULL && i < w->scope->rels.len; i++) {
        if (w->scope->rels.at[i]->hidden)
            continue;
        if (only != NULL)
            return false;
        only = w->scope->rels.at[i];
    }
    return only != NULL && row_place(w, only, name, loc, out);
}

int scope_missing(struct lw *w, const struct td_table *t, const char *name, int loc)
{
    const struct td_column *c = t == NULL ? NULL : td_table_column(t, name);
    if (c == NULL || (c->on & TD_ON_SQLITE) != 0)
        return lw_error(w, "42703", loc, "column \"%s\" does not exist", name);
    return lw_refuse(w, TD_C_DDL_DEPENDS, loc, "the statement that made it was left to PostgreSQL",
                     "Mark this statement with `-- tandem: postgres`, too.",
                     "column \"%s\" of \"%s\" exists on PostgreSQL only", name, t->name);
}

/* A table in reach that has the column on PostgreSQL only. */
static const struct td_table *table_with(struct lw *w, const char *name)
{
    for (struct scope *s = w->scope; s != NULL; s = s->outer)
        for (size_t i = 0; i < s->rels.len; i++)
            if (s->rels.at[i]->table != NULL && td_table_column(s->rels.at[i]->table, name) != NULL)
                return s->rels.at[i]->table;
    return NULL;
}

/* The name of a relation as a value: of a function that gives single values it is the value. */
static int row_itself(struct lw *w, const struct scope_rel *r, int loc, struct ex *out)
{
    if (!r->from_function || r->columns.len != 1)
        return lw_refuse(w, TD_C_LOWER_TYPE, loc, "SQLite has no rows as values", "Name its columns.",
                         "the row of \"%s\" as a value is not carried here", r->alias);
    *out = column_ex(&r->columns.at[0], loc);
    return TD_OK;
}

static int find_bare(struct lw *w, const char *name, int loc, struct ex *out)
{
    for (struct scope *s = w->scope; s != NULL; s = s->outer) {
        unsigned found;
        struct scope_column *c = bare_column(s, name, &found);
        if (found > 1)
            return lw_error(w, "42702", loc, "column reference \"%s\" is ambiguous", name);
        if (c != NULL) {
            *out = column_ex(c, loc);
            return TD_OK;
        }
    }
    if (only_row_place(w, name, loc, out))
        return TD_OK;
    struct scope_rel *r = scope_rel(w, NULL, name);
    if (r != NULL)
        return row_itself(w, r, loc, out);
    return scope_missing(w, table_with(w, name), name, loc);
}

int scope_column(struct lw *w, const PgQuery__ColumnRef *c, struct ex *out)
{
    size_t n = c->n_fields;
    const char *name = n == 0 ? NULL : td_tree_string(c->fields[n - 1]);
    const char *rel = n > 1 ? td_tree_string(c->fields[n - 2]) : NULL;
    struct scope_rel *r;
    struct scope_column *column;
    w->constant = false;
    if (name == NULL) {
        r = rel == NULL ? NULL : scope_rel(w, n > 2 ? td_tree_string(c->fields[n - 3]) : NULL, rel);
        return r != NULL ? row_itself(w, r, c->location, out)
                         : lw_error(w, "42601", c->location, "\"*\" cannot stand here");
    }
    if (rel == NULL && w->value_sql != NULL && strcmp(name, "value") == 0) {
        *out = ex_of(w->value_sql, *w->value_type, PREC_ATOM);
        return TD_OK;
    }
    if (rel == NULL)
        return find_bare(w, name, c->location, out);
    r = scope_rel(w, n > 2 ? td_tree_string(c->fields[n - 3]) : NULL, rel);
    if (r == NULL)
        return lw_error(w, "42P01", c->location, "missing FROM-clause entry for table \"%s\"", rel);
    column = rel_column(r, name);
    if (column == NULL && row_place(w, r, name, c->location, out))
        return TD_OK;
    if (column == NULL && (r->table == NULL || td_table_column(r->table, name) == NULL))
        return lw_error(w, "42703", c->location, "column %s.%s does not exist", rel, name);
    if (column == NULL)
        return scope_missing(w, r->table, name, c->location);
    *out = column_ex(column, c->location);
    return TD_OK;
}

int lw_table(struct lw *w, const PgQuery__RangeVar *v, const struct td_table **out)
{
    const char *schema = v->schemaname != NULL && v->schemaname[0] != '\0' ? v->schemaname : NULL;
    const struct td_table *t = w->l->catalog == NULL ? NULL : td_catalog_table(w->l->catalog, schema, v->relname);
    if (schema != NULL && (strcmp(schema, "pg_catalog") == 0 || strcmp(schema, "information_schema") == 0))
        return lw_refuse(w, TD_C_LOWER_CATALOG, v->location, "SQLite has no such catalog", NULL,
                         "the query reads PostgreSQL's catalog (\"%s.%s\")", schema, v->relname);
    if (t == NULL && schema == NULL && strncmp(v->relname, "pg_", 3) == 0)
        return lw_refuse(w, TD_C_LOWER_CATALOG, v->location, "SQLite has no such catalog", NULL,
                         "the query reads PostgreSQL's catalog (\"%s\")", v->relname);
    if (t == NULL)
        return lw_error(w, "42P01", v->location, "relation \"%s%s%s\" does not exist", schema == NULL ? "" : schema,
                        schema == NULL ? "" : ".", v->relname);
    if ((t->on & TD_ON_SQLITE) == 0)
        return lw_refuse(w, TD_C_LOWER_ABSENT, v->location, "it was skipped there, or marked `-- tandem: postgres`",
                         NULL, "table \"%s\" does not exist on SQLite", t->name);
    *out = t;
    return TD_OK;
}

const char *table_sql(struct lw *w, const struct td_table *t)
{
    return sql_ident(w, td_table_sqlite_name(w->a, t));
}
