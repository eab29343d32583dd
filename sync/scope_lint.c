/* What is to be said of scopes before a device gets any row. */
#include <string.h>

#include "core/base/buf.h"
#include "sync/scope_impl.h"

struct lint {
    struct td_arena *a;
    const struct td_scopes *all;
    struct td_scope_warnings *out;
};

const char *td_scope_warning_name(enum td_scope_warning_kind kind)
{
    static const char *const names[] = {"tenant-leak",  "tenant-unique", "serial-key",    "no-key",      "tenant-path",
                                        "nobodys-rows", "shared",        "second-tenant", "local-parent"};
    return names[kind];
}

static void warn(struct lint *l, enum td_scope_warning_kind kind, const struct td_scope *s, const char *text,
                 const char *mend)
{
    *td_vec_add(l->a, l->out) = (struct td_scope_warning){kind, s->table, text, mend};
}

/* ---- SQL ---- */

static void add_table(struct td_buf *b, const struct td_table *t)
{
    if (strcmp(t->schema, "public") != 0) {
        td_buf_ident(b, t->schema);
        td_buf_char(b, '.');
    }
    td_buf_ident(b, t->name);
}

static void add_columns(struct td_buf *b, const struct td_column *first, const struct td_columns *v)
{
    td_buf_char(b, '(');
    if (first != NULL)
        td_buf_ident(b, first->name);
    for (size_t i = 0; i < v->len; i++) {
        td_buf_add(b, i > 0 || first != NULL ? ", " : "");
        td_buf_ident(b, v->at[i]->name);
    }
    td_buf_char(b, ')');
}

static bool is_key(const struct td_columns *v, const struct td_column *tenant, const struct td_columns *rest)
{
    if (v->len != rest->len + 1 || !td_columns_have(v, tenant))
        return false;
    for (size_t i = 0; i < rest->len; i++)
        if (!td_columns_have(v, rest->at[i]))
            return false;
    return true;
}

static bool has_key(const struct td_table *t, const struct td_column *tenant, const struct td_columns *rest)
{
    for (size_t i = 0; i < t->constraints.len; i++) {
        const struct td_constraint *k = t->constraints.at[i];
        if ((k->kind == TD_K_PRIMARY || k->kind == TD_K_UNIQUE) && is_key(&k->columns, tenant, rest))
            return true;
    }
    return false;
}

static const char *action(enum td_fk_action a)
{
    switch (a) {
    case TD_FK_RESTRICT: return " ON DELETE RESTRICT";
    case TD_FK_CASCADE: return " ON DELETE CASCADE";
    case TD_FK_SET_NULL: return " ON DELETE SET NULL";
    case TD_FK_SET_DEFAULT: return " ON DELETE SET DEFAULT";
    case TD_FK_NO_ACTION: break;
    }
    return "";
}

/* The foreign key again, led by the tenant. SET NULL then names its columns, so that the tenant stays. */
static void add_foreign_key(struct td_buf *b, const struct td_constraint *k, const struct td_scope *parent,
                            const struct td_column *tenant)
{
    td_buf_add(b, "DROP CONSTRAINT ");
    td_buf_ident(b, k->name);
    td_buf_add(b, ",\n    ADD CONSTRAINT ");
    td_buf_ident(b, k->name);
    td_buf_add(b, " FOREIGN KEY ");
    add_columns(b, tenant, &k->columns);
    td_buf_add(b, " REFERENCES ");
    add_table(b, parent->table);
    td_buf_char(b, ' ');
    add_columns(b, parent->columns.at[0], &k->ref_columns);
    td_buf_add(b, action(k->on_delete));
    if (k->on_delete == TD_FK_SET_NULL || k->on_delete == TD_FK_SET_DEFAULT) {
        td_buf_char(b, ' ');
        add_columns(b, NULL, &k->columns);
    }
    td_buf_add(b, " ON UPDATE CASCADE");
    if (k->deferrable)
        td_buf_add(b, k->deferred ? " DEFERRABLE INITIALLY DEFERRED" : " DEFERRABLE");
    td_buf_add(b, ";\n");
}

static void add_parent_key(struct td_buf *b, const struct td_constraint *k, const struct td_scope *parent)
{
    if (has_key(parent->table, parent->columns.at[0], &k->ref_columns))
        return;
    td_buf_add(b, "ALTER TABLE ");
    add_table(b, parent->table);
    td_buf_add(b, " ADD UNIQUE ");
    add_columns(b, parent->columns.at[0], &k->ref_columns);
    td_buf_add(b, ";\n");
}

/* ---- foreign keys ---- */

static bool carries_tenant(const struct td_constraint *k, const struct td_scope *s, const struct td_scope *parent)
{
    for (size_t i = 0; i < k->columns.len; i++)
        if (k->columns.at[i]->id == s->columns.at[0]->id && k->ref_columns.at[i]->id == parent->columns.at[0]->id)
            return true;
    return false;
}

/* Of a table that has its tenant; one by path has to get it first. */
static const char *mend_leak(struct lint *l, const struct td_scope *s, const struct td_constraint *k,
                             const struct td_scope *parent)
{
    struct td_buf b;
    if (s->kind != TD_SCOPE_TENANT || td_columns_have(&k->ref_columns, parent->columns.at[0]))
        return "";
    td_buf_init(&b, l->a);
    add_parent_key(&b, k, parent);
    td_buf_add(&b, "ALTER TABLE ");
    add_table(&b, s->table);
    td_buf_char(&b, ' ');
    add_foreign_key(&b, k, parent, s->columns.at[0]);
    return td_buf_str(&b);
}

static void lint_leak(struct lint *l, const struct td_scope *s, const struct td_constraint *k)
{
    const struct td_scope *parent = td_scope_of(l->all, k->ref);
    if (parent == NULL || parent->kind != TD_SCOPE_TENANT || parent->table == l->all->tenant || k == s->by ||
        (s->kind == TD_SCOPE_TENANT && carries_tenant(k, s, parent)))
        return;
    warn(l, TD_SCOPE_W_LEAK, s,
         td_arena_printf(l->a, "%s of %s may refer to a row of another tenant: it leaves out the tenant", k->name,
                         td_scope_table_name(l->a, s->table)),
         mend_leak(l, s, k, parent));
}

/* On a device the row that it refers to is missing. */
static void lint_local_parent(struct lint *l, const struct td_scope *s, const struct td_constraint *k)
{
    const struct td_scope *parent = td_scope_of(l->all, k->ref);
    if (parent != NULL && !td_scope_travels(parent) && parent->kind != TD_SCOPE_UNDECIDED)
        warn(l, TD_SCOPE_W_HOME, s,
             td_arena_printf(l->a, "%s of %s refers to %s, whose rows no device has", k->name,
                             td_scope_table_name(l->a, s->table), td_scope_table_name(l->a, parent->table)),
             "");
}

static void lint_second(struct lint *l, const struct td_scope *s, const struct td_constraint *k)
{
    if (s->configured || k->ref != l->all->tenant || s->table == l->all->tenant || k->columns.len != 1 ||
        k->columns.at[0]->id == s->columns.at[0]->id)
        return;
    warn(l, TD_SCOPE_W_SECOND, s,
         td_arena_printf(l->a, "%s.%s leads to a tenant, too; its rows are told by %s",
                         td_scope_table_name(l->a, s->table), k->columns.at[0]->name, s->columns.at[0]->name),
         td_arena_printf(l->a,
                         "{ \"sync\": { \"tables\": { \"%s\": { \"scope\": \"tenant\", \"column\": \"%s\" } } } }",
                         td_scope_table_name(l->a, s->table), s->columns.at[0]->name));
}

/* ---- unique keys ---- */

static void lint_unique(struct lint *l, const struct td_scope *s, const struct td_columns *v, const char *name)
{
    bool random = v->len == 1 && v->at[0]->type.kind == TD_T_UUID && v->at[0]->type.dims == 0;
    if (s->table == l->all->tenant || random || td_columns_have(v, s->columns.at[0]))
        return;
    warn(l, TD_SCOPE_W_UNIQUE, s,
         td_arena_printf(l->a, "%s of %s (%s) spans all tenants: who hits it knows that another has the value", name,
                         td_scope_table_name(l->a, s->table), td_columns_text(l->a, v)),
         "");
}

static void index_columns(struct td_arena *a, const struct td_index *x, struct td_columns *out)
{
    for (size_t i = 0; i < x->keys.len; i++)
        if (x->keys.at[i].column != NULL)
            *td_vec_add(a, out) = x->keys.at[i].column;
}

static void lint_expressions(struct lint *l, const struct td_scope *s, const struct td_columns *v, const char *name)
{
    if (!td_columns_have(v, s->columns.at[0]) && s->table != l->all->tenant)
        warn(l, TD_SCOPE_W_UNIQUE, s,
             td_arena_printf(l->a, "%s of %s spans all tenants: who hits it knows that another has the value", name,
                             td_scope_table_name(l->a, s->table)),
             "");
}

static void lint_uniques(struct lint *l, const struct td_scope *s)
{
    for (size_t i = 0; i < s->table->constraints.len; i++) {
        const struct td_constraint *k = s->table->constraints.at[i];
        if (k->kind == TD_K_PRIMARY || k->kind == TD_K_UNIQUE)
            lint_unique(l, s, &k->columns, k->name);
    }
    for (size_t i = 0; i < s->table->indexes.len; i++) {
        struct td_columns v = {0};
        if (!s->table->indexes.at[i]->unique)
            continue;
        index_columns(l->a, s->table->indexes.at[i], &v);
        if (v.len < s->table->indexes.at[i]->keys.len) {
            lint_expressions(l, s, &v, s->table->indexes.at[i]->name);
            continue;
        }
        lint_unique(l, s, &v, s->table->indexes.at[i]->name);
    }
}

/* ---- one table ---- */

static void lint_serial(struct lint *l, const struct td_scope *s)
{
    for (size_t i = 0; i < s->key.len; i++) {
        const struct td_column *c = s->key.at[i];
        if (c->serial == NULL && c->identity == TD_ID_NONE)
            continue;
        warn(l, TD_SCOPE_W_SERIAL, s,
             td_arena_printf(l->a, "%s.%s counts: two devices give the same number to different rows",
                             td_scope_table_name(l->a, s->table), c->name),
             "");
    }
}

static const char *free_name(struct lint *l, const struct td_table *t)
{
    const char *name = "id";
    for (int i = 0; td_table_column(t, name) != NULL; i++)
        name = i == 0 ? "row_id" : td_arena_printf(l->a, "row_id_%d", i);
    return name;
}

static void lint_no_key(struct lint *l, const struct td_scope *s)
{
    struct td_buf b;
    if (s->key.len > 0 || s->configured)
        return;
    td_buf_init(&b, l->a);
    td_buf_add(&b, "ALTER TABLE ");
    add_table(&b, s->table);
    td_buf_add(&b, " ADD COLUMN ");
    td_buf_ident(&b, free_name(l, s->table));
    td_buf_add(&b, " uuid PRIMARY KEY DEFAULT gen_random_uuid();\n");
    warn(l, TD_SCOPE_W_NO_KEY, s,
         td_arena_printf(l->a, "%s has no key and stays where it is", td_scope_table_name(l->a, s->table)),
         s->table->kind == TD_R_PARTITIONED ? "" : td_buf_str(&b));
}

static void add_fill(struct td_buf *b, const struct td_scope *s, const struct td_column *tenant)
{
    td_buf_add(b, "UPDATE ");
    add_table(b, s->table);
    td_buf_add(b, " c SET ");
    td_buf_ident(b, tenant->name);
    td_buf_add(b, " = p.");
    td_buf_ident(b, tenant->name);
    td_buf_add(b, " FROM ");
    add_table(b, s->through->table);
    td_buf_add(b, " p WHERE ");
    for (size_t i = 0; i < s->columns.len; i++) {
        td_buf_add(b, i > 0 ? " AND c." : "c.");
        td_buf_ident(b, s->columns.at[i]->name);
        td_buf_add(b, " = p.");
        td_buf_ident(b, s->through_columns.at[i]->name);
    }
    td_buf_add(b, ";\n");
}

/* The migration that gives the row its tenant: possible in one where the parent has it itself. */
static const char *mend_path(struct lint *l, const struct td_scope *s)
{
    bool has_tenant = s->through->kind == TD_SCOPE_TENANT && s->through->table != l->all->tenant &&
                      !td_columns_have(&s->through_columns, s->through->columns.at[0]);
    const struct td_column *tenant = has_tenant ? s->through->columns.at[0] : NULL;
    struct td_buf b;
    if (tenant == NULL || td_table_column(s->table, tenant->name) != NULL)
        return "";
    td_buf_init(&b, l->a);
    add_parent_key(&b, s->by, s->through);
    td_buf_add(&b, "ALTER TABLE ");
    add_table(&b, s->table);
    td_buf_add(&b, " ADD COLUMN ");
    td_buf_ident(&b, tenant->name);
    td_buf_char(&b, ' ');
    td_type_print(&tenant->type, &b);
    td_buf_add(&b, ";\n");
    add_fill(&b, s, tenant);
    td_buf_add(&b, "ALTER TABLE ");
    add_table(&b, s->table);
    if (td_columns_not_null(&s->columns)) {
        td_buf_add(&b, " ALTER COLUMN ");
        td_buf_ident(&b, tenant->name);
        td_buf_add(&b, " SET NOT NULL,\n   ");
    }
    td_buf_char(&b, ' ');
    add_foreign_key(&b, s->by, s->through, tenant);
    return td_buf_str(&b);
}

static void lint_path(struct lint *l, const struct td_scope *s)
{
    const char *name = td_scope_table_name(l->a, s->table);
    warn(l, TD_SCOPE_W_PATH, s,
         td_arena_printf(l->a, "a row of %s does not say whose it is: its parent's tenant is looked up at each pull",
                         name),
         mend_path(l, s));
    if (!td_columns_not_null(&s->columns))
        warn(l, TD_SCOPE_W_NOBODYS, s,
             td_arena_printf(l->a, "rows of %s without %s are nobody's: no device has them", name,
                             td_columns_text(l->a, &s->columns)),
             "");
}

static void lint_table(struct lint *l, const struct td_scope *s)
{
    lint_no_key(l, s);
    if (!td_scope_travels(s))
        return;
    if (s->kind == TD_SCOPE_SHARED) {
        if (!s->configured)
            warn(l, TD_SCOPE_W_SHARED, s,
                 td_arena_printf(l->a, "every device gets all rows of %s", td_scope_table_name(l->a, s->table)),
                 td_arena_printf(l->a, "{ \"sync\": { \"tables\": { \"%s\": { \"scope\": \"shared\" } } } }",
                                 td_scope_table_name(l->a, s->table)));
        return;
    }
    lint_serial(l, s);
    if (s->kind == TD_SCOPE_PATH)
        lint_path(l, s);
    for (size_t i = 0; i < s->table->constraints.len; i++) {
        const struct td_constraint *k = s->table->constraints.at[i];
        if (k->kind != TD_K_FOREIGN)
            continue;
        lint_local_parent(l, s, k);
        if (s->kind != TD_SCOPE_MEMBERSHIP)
            lint_leak(l, s, k);
        if (s->kind == TD_SCOPE_TENANT)
            lint_second(l, s, k);
    }
    if (s->kind == TD_SCOPE_TENANT)
        lint_uniques(l, s);
}

void td_scopes_lint(struct td_arena *a, const struct td_scopes *s, struct td_scope_warnings *out)
{
    struct lint l = {a, s, out};
    for (size_t i = 0; i < s->len; i++)
        lint_table(&l, s->at[i]);
}
