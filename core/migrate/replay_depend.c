/* What falls with what, as PostgreSQL's pg_depend has it. Some things go without a word (a column's index, a table's
 * triggers, the sequence of a serial); others (a view, another table's foreign key) stop a DROP unless it says CASCADE.
 *
 *     wanted objects -> all that falls with them (found breadth first) -> refused, or taken out one by one */
#include <string.h>

#include "core/migrate/replay_impl.h"

struct fall {
    struct td_object object;
    bool free;      /* may go without CASCADE */
    size_t because; /* index of what it needs */
};

struct falling {
    const struct td_replaying *p;
    TD_VEC(struct fall) all;
    size_t at; /* whose dependents are looked for */
};

static bool same(const struct td_object *a, const struct td_object *b)
{
    if (a->kind != b->kind)
        return false;
    return a->kind == TD_O_TABLE ? a->table == b->table : a->it == b->it;
}

/* A whole table takes its parts with it, a column its default: they are not listed one by one. */
static bool inside(const struct td_object *part, const struct td_object *whole)
{
    if (whole->kind == TD_O_COLUMN)
        return part->kind == TD_O_DEFAULT && part->it == whole->it;
    return whole->kind == TD_O_TABLE && part->table == whole->table && part->kind != TD_O_TABLE &&
           part->kind != TD_O_SEQUENCE && part->kind != TD_O_TYPE;
}

static void add(struct falling *f, struct td_object o, bool free)
{
    for (size_t i = 0; i < f->all.len; i++) {
        struct fall *x = &f->all.at[i];
        if (same(&x->object, &o)) {
            x->free = x->free || free;
            return;
        }
        if (inside(&o, &x->object))
            return;
    }
    *td_vec_add(f->p->a, &f->all) = (struct fall){o, free, f->at};
}

#define OBJECT(k, t, p) ((struct td_object){.kind = (k), .table = (t), .it = (p)})

/* ---- trees that call or name something ---- */

struct naming {
    const struct td_replaying *p;
    const struct td_user_type *type;
    const struct td_function *function;
    const struct td_sequence *sequence;
    bool found;
};

static bool calls(const struct naming *n, const PgQuery__FuncCall *call)
{
    const char *schema, *name = td_tree_name(call->funcname, call->n_funcname, &schema);
    if (strcmp(name, n->function->name) != 0)
        return false;
    size_t same_name = 0;
    for (size_t i = 0; i < n->p->c->functions.len; i++)
        same_name += strcmp(n->p->c->functions.at[i]->name, name) == 0;
    return same_name == 1; /* which of several is meant is PostgreSQL's to say */
}

static bool visit_naming(ProtobufCMessage *m, void *data)
{
    struct naming *n = data;
    if (n->type != NULL && m->descriptor == &pg_query__type_name__descriptor)
        n->found = n->found || td_replay_names_type(n->p, (PgQuery__TypeName *)m, n->type);
    else if (n->function != NULL && m->descriptor == &pg_query__func_call__descriptor)
        n->found = n->found || calls(n, (PgQuery__FuncCall *)m);
    else if (n->sequence != NULL && m->descriptor == &pg_query__func_call__descriptor)
        n->found = n->found || td_replay_nextval_of(n->p, (PgQuery__FuncCall *)m) == n->sequence;
    return !n->found;
}

struct slot_search {
    struct falling *f;
    struct naming names;
};

static struct td_object owner_of(const struct td_tree_slot *s)
{
    if (s->constraint != NULL)
        return OBJECT(TD_O_CONSTRAINT, s->table, s->constraint);
    if (s->index != NULL)
        return OBJECT(TD_O_INDEX, s->table, s->index);
    if (s->trigger != NULL)
        return OBJECT(TD_O_TRIGGER, s->table, s->trigger);
    if (s->policy != NULL)
        return OBJECT(TD_O_POLICY, s->table, s->policy);
    if (s->view)
        return OBJECT(TD_O_TABLE, s->table, NULL);
    if (s->column != NULL)
        return OBJECT(s->node == &s->column->generated ? TD_O_COLUMN : TD_O_DEFAULT, s->table, s->column);
    return OBJECT(TD_O_FUNCTION, NULL, s->function);
}

static bool search_slot(const struct td_tree_slot *s, void *data)
{
    struct slot_search *x = data;
    if (s->type != NULL || (s->function != NULL && x->names.type == NULL))
        return true; /* a function's body is text: PostgreSQL does not look into it */
    x->names.found = false;
    td_replay_walk((ProtobufCMessage *)*s->node, visit_naming, &x->names);
    if (x->names.found)
        add(x->f, owner_of(s), false);
    return true;
}

static void search_trees(struct falling *f, struct naming names)
{
    struct slot_search x = {f, names};
    x.names.p = f->p;
    td_replay_slots(f->p, search_slot, &x);
}

/* ---- who needs what ---- */

static void views_over(struct falling *f, const struct td_table *t, const struct td_column *c)
{
    const struct td_catalog *cat = f->p->c;
    for (size_t i = 0; i < cat->tables.len; i++) {
        struct td_table *v = cat->tables.at[i];
        for (size_t j = 0; j < v->uses.len; j++)
            if (v != t && v->uses.at[j].table == t && (c == NULL || v->uses.at[j].column == c)) {
                add(f, OBJECT(TD_O_TABLE, v, NULL), false);
                break;
            }
    }
}

static void owned_sequences(struct falling *f, const struct td_table *t, const struct td_column *c)
{
    const struct td_catalog *cat = f->p->c;
    for (size_t i = 0; i < cat->sequences.len; i++) {
        struct td_sequence *s = cat->sequences.at[i];
        if (s->owner == t && (c == NULL || s->owner_column == c))
            add(f, OBJECT(TD_O_SEQUENCE, NULL, s), true);
    }
}

static void of_table(struct falling *f, struct td_table *t)
{
    const struct td_catalog *cat = f->p->c;
    owned_sequences(f, t, NULL);
    views_over(f, t, NULL);
    for (size_t i = 0; i < cat->tables.len; i++) {
        struct td_table *other = cat->tables.at[i];
        if (other->parent == t)
            add(f, OBJECT(TD_O_TABLE, other, NULL), other->kind == TD_R_PARTITION);
        for (size_t j = 0; other != t && j < other->constraints.len; j++)
            if (other->constraints.at[j]->ref == t)
                add(f, OBJECT(TD_O_CONSTRAINT, other, other->constraints.at[j]), false);
    }
}

static bool index_uses(const struct falling *f, const struct td_table *t, const struct td_index *ix,
                       const struct td_column *c)
{
    struct td_columns used = {0};
    for (size_t i = 0; i < ix->keys.len; i++) {
        if (ix->keys.at[i].column == c)
            return true;
        if (ix->keys.at[i].expr != NULL)
            td_replay_used(f->p, ix->keys.at[i].expr, t, &used);
    }
    if (ix->where != NULL)
        td_replay_used(f->p, ix->where, t, &used);
    return td_columns_has(&used, c) || td_columns_has(&ix->include, c);
}

struct trigger_search {
    const char *name;
    bool found;
};

/* NEW.c and OLD.c in WHEN, c in UPDATE OF. */
static bool visit_trigger(ProtobufCMessage *m, void *data)
{
    struct trigger_search *s = data;
    if (m->descriptor != &pg_query__column_ref__descriptor)
        return !s->found;
    const PgQuery__ColumnRef *r = (const PgQuery__ColumnRef *)m;
    const char *last = r->n_fields == 2 ? td_tree_string(r->fields[1]) : NULL;
    s->found = s->found || (last != NULL && strcmp(last, s->name) == 0);
    return false;
}

static bool trigger_uses(const struct td_trigger *tr, const struct td_column *c)
{
    if (tr->node->node_case != PG_QUERY__NODE__NODE_CREATE_TRIG_STMT)
        return false;
    const PgQuery__CreateTrigStmt *s = tr->node->create_trig_stmt;
    for (size_t i = 0; i < s->n_columns; i++)
        if (strcmp(td_tree_string(s->columns[i]), c->name) == 0)
            return true;
    struct trigger_search search = {c->name, false};
    td_replay_walk((ProtobufCMessage *)s->when_clause, visit_trigger, &search);
    return search.found;
}

struct policy_search {
    const struct td_column *c;
    bool found;
};

static void on_policy_column(PgQuery__ColumnRef *ref, struct td_table *t, struct td_column *c, void *data)
{
    struct policy_search *s = data;
    (void)ref;
    (void)t;
    s->found = s->found || c == s->c;
}

static void own_parts(struct falling *f, struct td_table *t, struct td_column *c)
{
    for (size_t i = 0; i < t->constraints.len; i++) {
        struct td_constraint *k = t->constraints.at[i];
        if (td_columns_has(&k->columns, c) || td_strings_find(&k->include, c->name) >= 0)
            add(f, OBJECT(TD_O_CONSTRAINT, t, k), true);
    }
    for (size_t i = 0; i < t->indexes.len; i++)
        if (index_uses(f, t, t->indexes.at[i], c))
            add(f, OBJECT(TD_O_INDEX, t, t->indexes.at[i]), true);
    for (size_t i = 0; i < t->columns.len; i++) {
        struct td_columns used = {0};
        if (t->columns.at[i]->generated != NULL)
            td_replay_used(f->p, t->columns.at[i]->generated, t, &used);
        if (td_columns_has(&used, c))
            add(f, OBJECT(TD_O_COLUMN, t, t->columns.at[i]), false);
    }
    for (size_t i = 0; i < t->triggers.len; i++)
        if (trigger_uses(t->triggers.at[i], c))
            add(f, OBJECT(TD_O_TRIGGER, t, t->triggers.at[i]), false);
    for (size_t i = 0; i < t->policies.len; i++) {
        struct policy_search s = {c, false};
        const struct td_scope_hooks hooks = {.on_column = on_policy_column, .data = &s};
        td_scope_expr(f->p, (PgQuery__Node *)t->policies.at[i]->node, t, &hooks);
        if (s.found)
            add(f, OBJECT(TD_O_POLICY, t, t->policies.at[i]), false);
    }
}

static void of_column(struct falling *f, struct td_table *t, struct td_column *c)
{
    const struct td_catalog *cat = f->p->c;
    own_parts(f, t, c);
    owned_sequences(f, t, c);
    views_over(f, t, c);
    for (size_t i = 0; i < cat->tables.len; i++) {
        struct td_table *other = cat->tables.at[i];
        for (size_t j = 0; j < other->constraints.len; j++) {
            struct td_constraint *k = other->constraints.at[j];
            if (k->ref == t && td_columns_has(&k->ref_columns, c))
                add(f, OBJECT(TD_O_CONSTRAINT, other, k), false);
        }
        struct td_column *child = other->parent == t ? td_table_column(other, c->name) : NULL;
        if (child != NULL && child->inherited)
            add(f, OBJECT(TD_O_COLUMN, other, child), true);
    }
}

/* Foreign keys that stand on a key or a unique index. */
static void of_key(struct falling *f, const struct td_constraint *k, const struct td_index *ix)
{
    const struct td_catalog *cat = f->p->c;
    for (size_t i = 0; i < cat->tables.len; i++) {
        struct td_table *other = cat->tables.at[i];
        for (size_t j = 0; j < other->constraints.len; j++) {
            struct td_constraint *fk = other->constraints.at[j];
            if ((k != NULL && fk->ref_key == k) || (ix != NULL && fk->ref_index == ix))
                add(f, OBJECT(TD_O_CONSTRAINT, other, fk), false);
        }
    }
}

static void of_type(struct falling *f, const struct td_user_type *u)
{
    const struct td_catalog *cat = f->p->c;
    for (size_t i = 0; i < cat->tables.len; i++) {
        struct td_table *t = cat->tables.at[i];
        for (size_t j = 0; j < t->columns.len; j++) {
            if (t->columns.at[j]->type.user != u)
                continue;
            if (t->kind == TD_R_VIEW || t->kind == TD_R_MATVIEW)
                add(f, OBJECT(TD_O_TABLE, t, NULL), false);
            else
                add(f, OBJECT(TD_O_COLUMN, t, t->columns.at[j]), false);
        }
    }
    for (size_t i = 0; i < cat->types.len; i++)
        if (cat->types.at[i]->kind == TD_UT_DOMAIN && cat->types.at[i]->base.user == u)
            add(f, OBJECT(TD_O_TYPE, NULL, cat->types.at[i]), false);
    search_trees(f, (struct naming){.type = u});
}

static void of_function(struct falling *f, const struct td_function *fn)
{
    const struct td_catalog *cat = f->p->c;
    for (size_t i = 0; i < cat->tables.len; i++) {
        struct td_table *t = cat->tables.at[i];
        for (size_t j = 0; j < t->triggers.len; j++)
            if (t->triggers.at[j]->function == fn)
                add(f, OBJECT(TD_O_TRIGGER, t, t->triggers.at[j]), false);
    }
    search_trees(f, (struct naming){.function = fn});
}

/* Only defaults call nextval in a way that PostgreSQL keeps as a dependency. */
static void of_sequence(struct falling *f, const struct td_sequence *s)
{
    const struct td_catalog *cat = f->p->c;
    for (size_t i = 0; i < cat->tables.len; i++) {
        struct td_table *t = cat->tables.at[i];
        for (size_t j = 0; j < t->columns.len; j++) {
            struct naming names = {.p = f->p, .sequence = s};
            const PgQuery__Node *e = t->columns.at[j]->default_;
            if (e == NULL || e->node_case == PG_QUERY__NODE__NODE_A_CONST)
                continue;
            td_replay_walk((ProtobufCMessage *)e, visit_naming, &names);
            if (names.found)
                add(f, OBJECT(TD_O_DEFAULT, t, t->columns.at[j]), false);
        }
    }
}

static void dependents(struct falling *f, const struct td_object *o)
{
    switch (o->kind) {
    case TD_O_TABLE: of_table(f, o->table); break;
    case TD_O_COLUMN: of_column(f, o->table, o->it); break;
    case TD_O_CONSTRAINT: of_key(f, o->it, NULL); break;
    case TD_O_INDEX: of_key(f, NULL, o->it); break;
    case TD_O_TYPE: of_type(f, o->it); break;
    case TD_O_FUNCTION: of_function(f, o->it); break;
    case TD_O_SEQUENCE: of_sequence(f, o->it); break;
    default: break;
    }
}

/* ---- taking things out ---- */

static void remove_column(const struct td_replaying *p, struct td_table *t, struct td_column *c)
{
    for (size_t i = 0; i < t->uses.len; i++)
        if (t->uses.at[i].column == c) {
            td_edit_remove(p->c, &t->uses, i);
            i--;
        }
    td_edit_drop(p->c, &t->columns, c);
}

static void remove_sequence(const struct td_replaying *p, struct td_sequence *s)
{
    if (s->owner_column != NULL && s->owner_column->serial == s) {
        td_keep(p->c, s->owner_column);
        s->owner_column->serial = NULL;
    }
    td_catalog_remove_sequence(p->c, s);
}

static void remove_domain_check(const struct td_replaying *p, struct td_user_type *u, const char *name)
{
    for (size_t i = 0; i < u->checks.len; i++)
        if (u->checks.at[i].name == name) {
            td_edit_remove(p->c, &u->checks, i);
            return;
        }
}

/* Where the object says on which engines it is; NULL: it does not. */
static enum td_on *on_of(const struct td_object *o)
{
    switch (o->kind) {
    case TD_O_TABLE: return &o->table->on;
    case TD_O_COLUMN:
    case TD_O_DEFAULT: return &((struct td_column *)o->it)->on;
    case TD_O_CONSTRAINT: return &((struct td_constraint *)o->it)->on;
    case TD_O_INDEX: return &((struct td_index *)o->it)->on;
    case TD_O_TRIGGER: return &((struct td_trigger *)o->it)->on;
    case TD_O_SEQUENCE: return &((struct td_sequence *)o->it)->on;
    case TD_O_TYPE: return &((struct td_user_type *)o->it)->on;
    case TD_O_DOMAIN_CHECK: return &o->type->on;
    case TD_O_FUNCTION: return &((struct td_function *)o->it)->on;
    case TD_O_POLICY: break;
    }
    return NULL;
}

/* A statement for PostgreSQL alone leaves SQLite's side as it is. */
static bool stays_on_sqlite(const struct td_replaying *p, const struct td_object *o)
{
    enum td_on *on = on_of(o);
    if (p->r->on != TD_ON_POSTGRES || on == NULL || (*on & TD_ON_SQLITE) == 0)
        return false;
    if (o->kind != TD_O_DEFAULT && o->kind != TD_O_DOMAIN_CHECK) {
        td_keep(p->c, on);
        *on = TD_ON_SQLITE;
    }
    return true;
}

static void take_out(const struct td_replaying *p, const struct td_object *o)
{
    if (stays_on_sqlite(p, o))
        return;
    switch (o->kind) {
    case TD_O_TABLE: td_catalog_remove_table(p->c, o->table); break;
    case TD_O_COLUMN: remove_column(p, o->table, o->it); break;
    case TD_O_DEFAULT:
        td_keep(p->c, (struct td_column *)o->it);
        ((struct td_column *)o->it)->default_ = NULL;
        break;
    case TD_O_CONSTRAINT: td_table_remove_constraint(p->c, o->table, o->it); break;
    case TD_O_INDEX: td_table_remove_index(p->c, o->table, o->it); break;
    case TD_O_TRIGGER: td_edit_drop(p->c, &o->table->triggers, o->it); break;
    case TD_O_POLICY: td_edit_drop(p->c, &o->table->policies, o->it); break;
    case TD_O_SEQUENCE: remove_sequence(p, o->it); break;
    case TD_O_TYPE: td_catalog_remove_type(p->c, o->it); break;
    case TD_O_DOMAIN_CHECK: remove_domain_check(p, o->type, o->it); break;
    case TD_O_FUNCTION: td_edit_drop(p->c, &p->c->functions, o->it); break;
    }
}

/* ---- words ---- */

static const char *relation_word(const struct td_table *t)
{
    return t->kind == TD_R_VIEW ? "view" : t->kind == TD_R_MATVIEW ? "materialized view" : "table";
}

static const char *describe(const struct td_replaying *p, const struct td_object *o)
{
    const char *on = o->table == NULL ? "" : o->table->name;
    const char *word = o->table == NULL ? "" : relation_word(o->table);
    switch (o->kind) {
    case TD_O_TABLE: return td_arena_printf(p->a, "%s %s", word, on);
    case TD_O_COLUMN: return td_arena_printf(p->a, "column %s of %s %s", ((struct td_column *)o->it)->name, word, on);
    case TD_O_DEFAULT:
        return td_arena_printf(p->a, "default value for column %s of %s %s", ((struct td_column *)o->it)->name, word,
                               on);
    case TD_O_CONSTRAINT:
        return td_arena_printf(p->a, "constraint %s on %s %s", ((struct td_constraint *)o->it)->name, word, on);
    case TD_O_INDEX: return td_arena_printf(p->a, "index %s", ((struct td_index *)o->it)->name);
    case TD_O_TRIGGER:
        return td_arena_printf(p->a, "trigger %s on %s %s", ((struct td_trigger *)o->it)->name, word, on);
    case TD_O_POLICY: return td_arena_printf(p->a, "policy %s on %s %s", ((struct td_policy *)o->it)->name, word, on);
    case TD_O_SEQUENCE: return td_arena_printf(p->a, "sequence %s", ((struct td_sequence *)o->it)->name);
    case TD_O_TYPE: return td_arena_printf(p->a, "type %s", ((struct td_user_type *)o->it)->name);
    case TD_O_FUNCTION:
        return td_arena_printf(p->a, "function %s(%s)", ((struct td_function *)o->it)->name,
                               ((struct td_function *)o->it)->arguments);
    default: return "constraint";
    }
}

static int stopped(const struct falling *f, const struct fall *by, size_t wanted, int location)
{
    const struct td_replaying *p = f->p;
    const char *what = wanted == 1 ? describe(p, &f->all.at[0].object) : "desired object(s)";
    td_replay_fail(p, location, TD_C_SCHEMA_DEPENDS, "2BP01", "cannot drop %s because other objects depend on it",
                   what);
    return td_err_why(p->err, "%s depends on %s", describe(p, &by->object),
                      describe(p, &f->all.at[by->because].object));
}

int td_replay_drop_objects(const struct td_replaying *p, struct td_objects *objects, bool cascade, int location)
{
    struct falling f = {.p = p};
    for (size_t i = 0; i < objects->len; i++)
        add(&f, objects->at[i], true);
    size_t wanted = f.all.len;
    for (f.at = 0; f.at < f.all.len; f.at++) {
        const struct td_object o = f.all.at[f.at].object;
        dependents(&f, &o);
    }
    for (size_t i = 0; i < f.all.len; i++) {
        const struct fall *x = &f.all.at[i];
        bool in_dropped_table = false;
        for (size_t j = 0; j < f.all.len; j++)
            in_dropped_table = in_dropped_table || inside(&x->object, &f.all.at[j].object);
        if (!x->free && !cascade && !in_dropped_table)
            return stopped(&f, x, wanted, location);
    }
    for (size_t i = f.all.len; i > 0; i--)
        take_out(p, &f.all.at[i - 1].object);
    return TD_OK;
}

int td_replay_drop_one(const struct td_replaying *p, struct td_object object, bool cascade, int location)
{
    struct td_objects v = {&object, 1, 1};
    return td_replay_drop_objects(p, &v, cascade, location);
}
