/* Renames, followed into every tree: PostgreSQL's own trees point to objects, ours say their names. A tree that says
 * the old name is copied and changed; the catalog's name changes last, so that names still resolve meanwhile. */
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/replay_impl.h"

struct change {
    const struct td_replaying *p;
    struct td_table *table;
    struct td_column *column;
    const struct td_user_type *type;
    const struct td_sequence *sequence;
    const struct td_function *function;
    const char *schema, *name; /* new ones */
    bool hit;                  /* looking: the tree says the name; changing: unused */
    bool apply;
};

static char *dup(const struct change *c, const char *s)
{
    return td_arena_strdup(c->p->a, s);
}

static void set_string(const struct change *c, PgQuery__Node *n, const char *s)
{
    n->string->sval = dup(c, s);
}

/* Runs `edit` over the slot's tree: first to see whether it hits, then on a copy. */
static void edit_slot(struct change *c, const PgQuery__Node **slot, void (*edit)(struct change *c, PgQuery__Node *n))
{
    if (*slot == NULL)
        return;
    c->apply = false;
    c->hit = false;
    edit(c, (PgQuery__Node *)*slot);
    if (!c->hit)
        return;
    PgQuery__Node *copy = td_tree_clone(c->p->a, *slot);
    c->apply = true;
    edit(c, copy);
    td_keep(c->p->c, slot);
    *slot = copy;
}

/* ---- a column ---- */

static void rename_ref(struct change *c, PgQuery__ColumnRef *ref)
{
    c->hit = true;
    if (c->apply)
        set_string(c, ref->fields[ref->n_fields - 1], c->name);
}

/* Expressions over the column's own table. */
static bool visit_own(ProtobufCMessage *m, void *data)
{
    struct change *c = data;
    if (m->descriptor != &pg_query__column_ref__descriptor)
        return true;
    PgQuery__ColumnRef *r = (PgQuery__ColumnRef *)m;
    const char *last = r->n_fields == 0 ? NULL : td_tree_string(r->fields[r->n_fields - 1]);
    if (last != NULL && strcmp(last, c->column->name) == 0)
        rename_ref(c, r);
    return false;
}

static void edit_own(struct change *c, PgQuery__Node *n)
{
    td_replay_walk((ProtobufCMessage *)n, visit_own, c);
}

/* EXCLUDE: the clause names columns as IndexElem too. */
static bool visit_exclude(ProtobufCMessage *m, void *data)
{
    struct change *c = data;
    if (m->descriptor == &pg_query__index_elem__descriptor) {
        PgQuery__IndexElem *e = (PgQuery__IndexElem *)m;
        if (strcmp(e->name, c->column->name) == 0) {
            c->hit = true;
            if (c->apply)
                e->name = dup(c, c->name);
        }
    }
    return visit_own(m, data);
}

static void edit_exclude(struct change *c, PgQuery__Node *n)
{
    td_replay_walk((ProtobufCMessage *)n, visit_exclude, c);
}

static void edit_trigger(struct change *c, PgQuery__Node *n)
{
    if (n->node_case != PG_QUERY__NODE__NODE_CREATE_TRIG_STMT)
        return;
    PgQuery__CreateTrigStmt *s = n->create_trig_stmt;
    for (size_t i = 0; i < s->n_columns; i++) {
        if (strcmp(td_tree_string(s->columns[i]), c->column->name) != 0)
            continue;
        c->hit = true;
        if (c->apply)
            set_string(c, s->columns[i], c->name);
    }
    td_replay_walk((ProtobufCMessage *)s->when_clause, visit_own, c);
}

static void on_column(PgQuery__ColumnRef *ref, struct td_table *t, struct td_column *col, void *data)
{
    struct change *c = data;
    (void)t;
    if (col == c->column && ref != NULL)
        rename_ref(c, ref);
}

/* SELECT a: the result column keeps its name when a is renamed. */
static void on_target(PgQuery__ResTarget *target, struct td_table *t, struct td_column *col, void *data)
{
    struct change *c = data;
    (void)t;
    if (col == c->column && c->apply)
        target->name = dup(c, c->column->name);
}

static void edit_view(struct change *c, PgQuery__Node *n)
{
    const struct td_scope_hooks hooks = {.on_column = on_column, .on_target = on_target, .data = c};
    struct td_scope_result ignored = {0};
    td_scope_query(c->p, n, &hooks, &ignored);
}

static void edit_policy(struct change *c, PgQuery__Node *n)
{
    const struct td_scope_hooks hooks = {.on_column = on_column, .on_target = on_target, .data = c};
    td_scope_expr(c->p, n, c->table, &hooks);
}

static bool reads_column(const struct td_table *view, const struct td_table *t, const struct td_column *col)
{
    for (size_t i = 0; i < view->uses.len; i++)
        if (view->uses.at[i].table == t && view->uses.at[i].column == col)
            return true;
    return false;
}

static void rename_include(struct change *c, struct td_constraint *k)
{
    int at = td_strings_find(&k->include, c->column->name);
    if (at < 0)
        return;
    td_keep_vec(c->p->c, &k->include);
    k->include.at[at] = c->name;
}

static void own_trees(struct change *c, struct td_table *t)
{
    for (size_t i = 0; i < t->columns.len; i++)
        edit_slot(c, &t->columns.at[i]->generated, edit_own);
    for (size_t i = 0; i < t->constraints.len; i++) {
        edit_slot(c, &t->constraints.at[i]->expr, edit_own);
        edit_slot(c, &t->constraints.at[i]->node, edit_exclude);
        rename_include(c, t->constraints.at[i]);
    }
    for (size_t i = 0; i < t->indexes.len; i++) {
        struct td_index *ix = t->indexes.at[i];
        edit_slot(c, &ix->where, edit_own);
        for (size_t j = 0; j < ix->keys.len; j++)
            edit_slot(c, &ix->keys.at[j].expr, edit_own);
    }
    for (size_t i = 0; i < t->triggers.len; i++)
        edit_slot(c, &t->triggers.at[i]->node, edit_trigger);
    for (size_t i = 0; i < t->policies.len; i++)
        edit_slot(c, &t->policies.at[i]->node, edit_policy);
}

/* SQLite's side of a column that differs, to be changed; the catalog's column was kept. */
static struct td_column *sqlite_side(const struct change *c, struct td_column *col)
{
    struct td_column *own = td_arena_new(c->p->a, struct td_column);
    *own = *col->sqlite;
    col->sqlite = own;
    return own;
}

void td_rewrite_column(const struct td_replaying *p, struct td_table *t, struct td_column *col, const char *name)
{
    struct change c = {.p = p, .table = t, .column = col, .name = name};
    own_trees(&c, t);
    for (size_t i = 0; i < p->c->tables.len; i++) {
        struct td_table *view = p->c->tables.at[i];
        if (view->query != NULL && reads_column(view, t, col))
            edit_slot(&c, &view->query, edit_view);
    }
    td_keep(p->c, col);
    col->name = td_arena_strdup(p->a, name);
    if (col->sqlite != NULL)
        sqlite_side(&c, col)->name = col->name;
}

/* ---- a table ---- */

static void rename_range(struct change *c, PgQuery__RangeVar *rv)
{
    c->hit = true;
    if (!c->apply)
        return;
    bool renamed = strcmp(rv->relname, c->name) != 0;
    if (renamed && rv->alias == NULL) { /* the query goes on calling it by its old name */
        rv->alias = td_arena_new(c->p->a, PgQuery__Alias);
        pg_query__alias__init(rv->alias);
        rv->alias->aliasname = rv->relname;
    }
    rv->relname = dup(c, c->name);
    if (td_replay_text(rv->schemaname) != NULL || strcmp(c->schema, c->table->schema) != 0)
        rv->schemaname = dup(c, c->schema);
}

static void on_table(PgQuery__RangeVar *rv, struct td_table *t, void *data)
{
    struct change *c = data;
    if (t == c->table)
        rename_range(c, rv);
}

static void on_qualified(PgQuery__ColumnRef *ref, struct td_table *t, struct td_column *col, void *data)
{
    struct change *c = data;
    (void)col;
    if (t != c->table || ref == NULL || ref->n_fields != 3)
        return;
    c->hit = true;
    if (c->apply) { /* schema.table.column: no longer its name */
        ref->fields++;
        ref->n_fields--;
    }
}

static void edit_table_view(struct change *c, PgQuery__Node *n)
{
    const struct td_scope_hooks hooks = {.on_table = on_table, .on_column = on_qualified, .data = c};
    struct td_scope_result ignored = {0};
    td_scope_query(c->p, n, &hooks, &ignored);
}

static void edit_table_policy(struct change *c, PgQuery__Node *n)
{
    const struct td_scope_hooks hooks = {.on_table = on_table, .on_column = on_qualified, .data = c};
    td_scope_expr(c->p, n, c->table, &hooks);
}

static void edit_own_relation(struct change *c, PgQuery__Node *n)
{
    PgQuery__RangeVar *rv = NULL;
    if (n->node_case == PG_QUERY__NODE__NODE_CREATE_TRIG_STMT)
        rv = n->create_trig_stmt->relation;
    else if (n->node_case == PG_QUERY__NODE__NODE_CREATE_POLICY_STMT)
        rv = n->create_policy_stmt->table;
    if (rv == NULL)
        return;
    c->hit = true;
    if (!c->apply)
        return;
    rv->relname = dup(c, c->name);
    if (td_replay_text(rv->schemaname) != NULL || strcmp(c->schema, "public") != 0)
        rv->schemaname = dup(c, c->schema);
}

void td_rewrite_table(const struct td_replaying *p, struct td_table *t, const char *schema, const char *name)
{
    struct change c = {.p = p, .table = t, .schema = schema, .name = name};
    for (size_t i = 0; i < p->c->tables.len; i++) {
        struct td_table *other = p->c->tables.at[i];
        for (size_t j = 0; other->query != NULL && j < other->uses.len; j++) {
            if (other->uses.at[j].table != t)
                continue;
            edit_slot(&c, &other->query, edit_table_view);
            break;
        }
        for (size_t j = 0; j < other->policies.len; j++)
            edit_slot(&c, &other->policies.at[j]->node, edit_table_policy);
    }
    for (size_t i = 0; i < t->triggers.len; i++)
        edit_slot(&c, &t->triggers.at[i]->node, edit_own_relation);
    for (size_t i = 0; i < t->policies.len; i++)
        edit_slot(&c, &t->policies.at[i]->node, edit_own_relation);
    td_catalog_rename_table(p->c, t, schema, td_arena_strdup(p->a, name));
}

/* ---- types, sequences, functions: anywhere ---- */

static void rename_list(struct change *c, PgQuery__Node ***names, size_t *n, const char *old_schema)
{
    c->hit = true;
    if (!c->apply)
        return;
    set_string(c, (*names)[*n - 1], c->name);
    if (*n > 1) {
        set_string(c, (*names)[*n - 2], c->schema);
    } else if (strcmp(old_schema, c->schema) != 0) {
        PgQuery__Node **two = td_arena_alloc(c->p->a, 2 * sizeof *two);
        two[0] = td_replay_string_node(c->p->a, c->schema);
        two[1] = (*names)[0];
        *names = two;
        *n = 2;
    }
}

static void rename_nextval(struct change *c, PgQuery__FuncCall *call)
{
    c->hit = true;
    if (!c->apply)
        return;
    struct td_buf text;
    td_buf_init(&text, c->p->a);
    td_buf_ident(&text, c->schema);
    td_buf_char(&text, '.');
    td_buf_ident(&text, c->name);
    PgQuery__Node *arg = call->args[0];
    while (arg->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
        arg = arg->type_cast->arg;
    arg->a_const->sval->sval = dup(c, td_buf_str(&text));
}

static bool calls_it(const struct change *c, PgQuery__Node **names, size_t n)
{
    const char *schema, *name = td_tree_name(names, n, &schema);
    return name != NULL && strcmp(name, c->function->name) == 0 &&
           (schema == NULL || strcmp(schema, c->function->schema) == 0);
}

static bool visit_anywhere(ProtobufCMessage *m, void *data)
{
    struct change *c = data;
    if (c->type != NULL && m->descriptor == &pg_query__type_name__descriptor) {
        PgQuery__TypeName *n = (PgQuery__TypeName *)m;
        if (td_replay_names_type(c->p, n, c->type))
            rename_list(c, &n->names, &n->n_names, c->type->schema);
    } else if (m->descriptor == &pg_query__func_call__descriptor) {
        PgQuery__FuncCall *f = (PgQuery__FuncCall *)m;
        if (c->sequence != NULL && td_replay_nextval_of(c->p, f) == c->sequence)
            rename_nextval(c, f);
        else if (c->function != NULL && calls_it(c, f->funcname, f->n_funcname))
            rename_list(c, &f->funcname, &f->n_funcname, c->function->schema);
    } else if (c->function != NULL && m->descriptor == &pg_query__create_trig_stmt__descriptor) {
        PgQuery__CreateTrigStmt *t = (PgQuery__CreateTrigStmt *)m;
        if (calls_it(c, t->funcname, t->n_funcname))
            rename_list(c, &t->funcname, &t->n_funcname, c->function->schema);
    }
    return true;
}

static void edit_anywhere(struct change *c, PgQuery__Node *n)
{
    td_replay_walk((ProtobufCMessage *)n, visit_anywhere, c);
}

/* What a column was added with goes along with its default, the same tree most often. */
static void follow_default(struct change *c, struct td_column *col, const PgQuery__Node *before)
{
    if (col->filled_by != before) {
        edit_slot(c, &col->filled_by, edit_anywhere);
        return;
    }
    td_keep(c->p->c, &col->filled_by);
    col->filled_by = col->default_;
}

static bool rewrite_slot(const struct td_tree_slot *s, void *data)
{
    const PgQuery__Node *before = *s->node;
    edit_slot(data, s->node, edit_anywhere);
    bool is_default = s->column != NULL && s->node == &s->column->default_;
    if (is_default && s->column->filled_by != NULL)
        follow_default(data, s->column, before);
    if (is_default && s->column->sqlite != NULL) {
        td_keep(((struct change *)data)->p->c, &s->column->sqlite);
        edit_slot(data, &sqlite_side(data, s->column)->default_, edit_anywhere);
    }
    return true;
}

void td_rewrite_type(const struct td_replaying *p, struct td_user_type *u, const char *schema, const char *name)
{
    struct change c = {.p = p, .type = u, .schema = schema, .name = name};
    td_replay_slots(p, rewrite_slot, &c);
    td_catalog_rename_type(p->c, u, schema, td_arena_strdup(p->a, name));
}

void td_rewrite_sequence(const struct td_replaying *p, struct td_sequence *s, const char *schema, const char *name)
{
    struct change c = {.p = p, .sequence = s, .schema = schema, .name = name};
    td_replay_slots(p, rewrite_slot, &c);
    td_catalog_rename_sequence(p->c, s, schema, td_arena_strdup(p->a, name));
}

void td_rewrite_function(const struct td_replaying *p, struct td_function *f, const char *schema, const char *name)
{
    struct change c = {.p = p, .function = f, .schema = schema, .name = name};
    td_replay_slots(p, rewrite_slot, &c);
    td_keep(p->c, f);
    f->schema = schema;
    f->name = td_arena_strdup(p->a, name);
}
