/* Trees as the replay needs them: walking every message, binding names to one table, making nodes. */
#include <ctype.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/replay_impl.h"

static void walk_field(ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
                       bool (*visit)(ProtobufCMessage *m, void *data), void *data)
{
    if (f->type != PROTOBUF_C_TYPE_MESSAGE)
        return;
    char *base = (char *)m;
    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t n = *(size_t *)(base + f->quantifier_offset);
        ProtobufCMessage **at = *(ProtobufCMessage ***)(base + f->offset);
        for (size_t i = 0; i < n; i++)
            td_replay_walk(at[i], visit, data);
        return;
    }
    if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 && *(uint32_t *)(base + f->quantifier_offset) != f->id)
        return;
    td_replay_walk(*(ProtobufCMessage **)(base + f->offset), visit, data);
}

void td_replay_walk(ProtobufCMessage *m, bool (*visit)(ProtobufCMessage *m, void *data), void *data)
{
    if (m == NULL || !visit(m, data))
        return;
    const ProtobufCMessageDescriptor *d = m->descriptor;
    if (d == &pg_query__node__descriptor) { /* one of 200 fields is set: no search */
        const ProtobufCFieldDescriptor *f =
            protobuf_c_message_descriptor_get_field(d, (unsigned)((PgQuery__Node *)m)->node_case);
        if (f != NULL)
            walk_field(m, f, visit, data);
        return;
    }
    for (unsigned i = 0; i < d->n_fields; i++)
        walk_field(m, &d->fields[i], visit, data);
}

/* ---- expressions over one table ---- */

struct binding {
    const struct td_replaying *p;
    const struct td_table *t;
    struct td_columns *used;
    const PgQuery__ColumnRef *unknown;
    bool qualified, strip;
};

bool td_replay_is_system_column(const char *name)
{
    static const char *const all[] = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i], name) == 0)
            return true;
    return false;
}

static const char *field(const PgQuery__ColumnRef *r, size_t i)
{
    return i < r->n_fields ? td_tree_string(r->fields[i]) : NULL;
}

static void note_column(struct binding *b, const PgQuery__ColumnRef *r, const char *name)
{
    struct td_column *c = td_table_column(b->t, name);
    if (c != NULL) {
        if (b->used != NULL && !td_columns_has(b->used, c))
            *td_vec_add(b->p->a, b->used) = c;
        return;
    }
    bool whole_row = r->n_fields == 1 && strcmp(name, b->t->name) == 0;
    if (!whole_row && !td_replay_is_system_column(name) && b->unknown == NULL)
        b->unknown = r;
}

static bool bind_ref(ProtobufCMessage *m, void *data)
{
    struct binding *b = data;
    if (m->descriptor != &pg_query__column_ref__descriptor)
        return true;
    PgQuery__ColumnRef *r = (PgQuery__ColumnRef *)m;
    const char *name = field(r, r->n_fields - 1), *table = r->n_fields > 1 ? field(r, r->n_fields - 2) : NULL;
    if (name == NULL)
        return false; /* t.* */
    if (table != NULL && strcmp(table, b->t->name) != 0) {
        b->unknown = b->unknown == NULL ? r : b->unknown;
        return false;
    }
    note_column(b, r, name);
    if (table != NULL) {
        b->qualified = true;
        if (b->strip) {
            r->fields += r->n_fields - 1;
            r->n_fields = 1;
        }
    }
    return false;
}

int td_replay_bind(const struct td_replaying *p, const PgQuery__Node *expr, const struct td_table *t,
                   struct td_columns *used, const PgQuery__Node **out)
{
    struct binding b = {.p = p, .t = t, .used = used};
    td_replay_walk((ProtobufCMessage *)expr, bind_ref, &b);
    *out = expr;
    if (b.unknown != NULL) {
        const char *name = field(b.unknown, b.unknown->n_fields - 1);
        if (b.unknown->n_fields > 1)
            return td_replay_fail(p, b.unknown->location, TD_C_SCHEMA_MISSING, "42P01",
                                  "missing FROM-clause entry for table \"%s\"",
                                  field(b.unknown, b.unknown->n_fields - 2));
        return td_replay_fail(p, b.unknown->location, TD_C_SCHEMA_MISSING, "42703", "column \"%s\" does not exist",
                              name);
    }
    if (b.qualified) { /* the table may be renamed: its own name must not stand in the tree */
        PgQuery__Node *copy = td_tree_clone(p->a, expr);
        b.strip = true;
        td_replay_walk((ProtobufCMessage *)copy, bind_ref, &b);
        *out = copy;
    }
    return TD_OK;
}

void td_replay_used(const struct td_replaying *p, const PgQuery__Node *expr, const struct td_table *t,
                    struct td_columns *used)
{
    struct binding b = {.p = p, .t = t, .used = used};
    td_replay_walk((ProtobufCMessage *)expr, bind_ref, &b);
}

/* ---- every tree of the catalog ---- */

struct slots {
    bool (*visit)(const struct td_tree_slot *s, void *data);
    void *data;
};

static bool offer(const struct slots *s, struct td_tree_slot slot)
{
    return *slot.node == NULL || s->visit(&slot, s->data);
}

static bool table_slots(const struct slots *s, struct td_table *t)
{
    bool go = true;
    for (size_t i = 0; go && i < t->columns.len; i++) {
        struct td_column *c = t->columns.at[i];
        go = offer(s, (struct td_tree_slot){&c->default_, .table = t, .column = c}) &&
             offer(s, (struct td_tree_slot){&c->generated, .table = t, .column = c});
    }
    for (size_t i = 0; go && i < t->constraints.len; i++) {
        struct td_constraint *k = t->constraints.at[i];
        go = offer(s, (struct td_tree_slot){&k->expr, .table = t, .constraint = k}) &&
             offer(s, (struct td_tree_slot){&k->node, .table = t, .constraint = k});
    }
    for (size_t i = 0; go && i < t->indexes.len; i++) {
        struct td_index *ix = t->indexes.at[i];
        go = offer(s, (struct td_tree_slot){&ix->where, .table = t, .index = ix});
        for (size_t j = 0; go && j < ix->keys.len; j++)
            go = offer(s, (struct td_tree_slot){&ix->keys.at[j].expr, .table = t, .index = ix});
    }
    for (size_t i = 0; go && i < t->triggers.len; i++)
        go = offer(s, (struct td_tree_slot){&t->triggers.at[i]->node, .table = t, .trigger = t->triggers.at[i]});
    for (size_t i = 0; go && i < t->policies.len; i++)
        go = offer(s, (struct td_tree_slot){&t->policies.at[i]->node, .table = t, .policy = t->policies.at[i]});
    return go && offer(s, (struct td_tree_slot){&t->query, .table = t, .view = true});
}

void td_replay_slots(const struct td_replaying *p, bool (*visit)(const struct td_tree_slot *s, void *data), void *data)
{
    const struct slots s = {visit, data};
    bool go = true;
    for (size_t i = 0; go && i < p->c->tables.len; i++)
        go = table_slots(&s, p->c->tables.at[i]);
    for (size_t i = 0; go && i < p->c->types.len; i++) {
        struct td_user_type *u = p->c->types.at[i];
        go = offer(&s, (struct td_tree_slot){&u->default_, .type = u});
        for (size_t j = 0; go && j < u->checks.len; j++)
            go = offer(&s, (struct td_tree_slot){&u->checks.at[j].expr, .type = u});
    }
    for (size_t i = 0; go && i < p->c->functions.len; i++)
        go = offer(&s, (struct td_tree_slot){&p->c->functions.at[i]->node, .function = p->c->functions.at[i]});
}

/* ---- nodes made by hand ---- */

#define NEW_NODE(a, type, member, init)                                                                                \
    PgQuery__Node *node = td_arena_new((a), PgQuery__Node);                                                            \
    pg_query__node__init(node);                                                                                        \
    node->node_case = (type);                                                                                          \
    node->member = td_arena_alloc((a), sizeof *node->member);                                                          \
    init(node->member)

PgQuery__Node *td_replay_string_node(struct td_arena *a, const char *s)
{
    NEW_NODE(a, PG_QUERY__NODE__NODE_STRING, string, pg_query__string__init);
    node->string->sval = td_arena_strdup(a, s);
    return node;
}

static PgQuery__Node **nodes(struct td_arena *a, size_t n)
{
    return td_arena_alloc(a, (n + 1) * sizeof(PgQuery__Node *));
}

PgQuery__Node *td_replay_column_node(struct td_arena *a, const char *table, const char *column)
{
    NEW_NODE(a, PG_QUERY__NODE__NODE_COLUMN_REF, column_ref, pg_query__column_ref__init);
    PgQuery__ColumnRef *r = node->column_ref;
    r->fields = nodes(a, 2);
    if (table != NULL)
        r->fields[r->n_fields++] = td_replay_string_node(a, table);
    r->fields[r->n_fields++] = td_replay_string_node(a, column);
    r->location = -1;
    return node;
}

static PgQuery__Node *int_node(struct td_arena *a, int value)
{
    NEW_NODE(a, PG_QUERY__NODE__NODE_A_CONST, a_const, pg_query__a__const__init);
    node->a_const->val_case = PG_QUERY__A__CONST__VAL_IVAL;
    node->a_const->ival = td_arena_new(a, PgQuery__Integer);
    pg_query__integer__init(node->a_const->ival);
    node->a_const->ival->ival = value;
    node->a_const->location = -1;
    return node;
}

static PgQuery__Node *text_node(struct td_arena *a, const char *text)
{
    NEW_NODE(a, PG_QUERY__NODE__NODE_A_CONST, a_const, pg_query__a__const__init);
    node->a_const->val_case = PG_QUERY__A__CONST__VAL_SVAL;
    node->a_const->sval = td_arena_new(a, PgQuery__String);
    pg_query__string__init(node->a_const->sval);
    node->a_const->sval->sval = td_arena_strdup(a, text);
    node->a_const->location = -1;
    return node;
}

static const char *grammar_name(const struct td_type *t)
{
    const char *name = td_type_internal_name(t);
    return name == NULL ? "text" : name;
}

static void fill_type(struct td_arena *a, PgQuery__TypeName *n, const struct td_type *t)
{
    enum { ALL_INTERVAL_FIELDS = 0x7FFF };
    n->names = nodes(a, 2);
    if (t->user != NULL)
        n->names[n->n_names++] = td_replay_string_node(a, t->user->schema);
    n->names[n->n_names++] = td_replay_string_node(a, grammar_name(t));
    n->typmods = nodes(a, 2);
    if (t->kind == TD_T_INTERVAL && (t->mod1 >= 0 || t->mod2 >= 0)) {
        n->typmods[n->n_typmods++] = int_node(a, t->mod2 >= 0 ? t->mod2 : ALL_INTERVAL_FIELDS);
        if (t->mod1 >= 0)
            n->typmods[n->n_typmods++] = int_node(a, t->mod1);
    } else if (t->mod1 >= 0) {
        n->typmods[n->n_typmods++] = int_node(a, t->mod1);
        if (t->kind == TD_T_NUMERIC)
            n->typmods[n->n_typmods++] = int_node(a, t->mod2);
    }
    n->typemod = -1;
    n->array_bounds = nodes(a, 1);
    if (t->dims > 0)
        n->array_bounds[n->n_array_bounds++] = int_node(a, -1);
    n->location = -1;
}

PgQuery__Node *td_replay_cast_node(struct td_arena *a, const PgQuery__Node *expr, const struct td_type *type)
{
    NEW_NODE(a, PG_QUERY__NODE__NODE_TYPE_CAST, type_cast, pg_query__type_cast__init);
    node->type_cast->arg = td_tree_clone(a, expr);
    node->type_cast->type_name = td_arena_new(a, PgQuery__TypeName);
    pg_query__type_name__init(node->type_cast->type_name);
    fill_type(a, node->type_cast->type_name, type);
    node->type_cast->location = td_tree_location(expr);
    return node;
}

PgQuery__Node *td_replay_array_node(struct td_arena *a, PgQuery__Node *const *items, size_t n)
{
    NEW_NODE(a, PG_QUERY__NODE__NODE_A_ARRAY_EXPR, a_array_expr, pg_query__a__array_expr__init);
    node->a_array_expr->elements = nodes(a, n);
    for (size_t i = 0; i < n; i++)
        node->a_array_expr->elements[node->a_array_expr->n_elements++] = items[i];
    return node;
}

PgQuery__Node *td_replay_nextval_node(struct td_arena *a, const struct td_sequence *s)
{
    struct td_buf name;
    td_buf_init(&name, a);
    td_buf_ident(&name, s->schema);
    td_buf_char(&name, '.');
    td_buf_ident(&name, s->name);
    const struct td_type regclass = TD_TYPE(TD_T_REGCLASS);
    NEW_NODE(a, PG_QUERY__NODE__NODE_FUNC_CALL, func_call, pg_query__func_call__init);
    PgQuery__FuncCall *f = node->func_call;
    f->funcname = nodes(a, 1);
    f->funcname[f->n_funcname++] = td_replay_string_node(a, "nextval");
    f->args = nodes(a, 1);
    f->args[f->n_args++] = td_replay_cast_node(a, text_node(a, td_buf_str(&name)), &regclass);
    f->funcformat = PG_QUERY__COERCION_FORM__COERCE_EXPLICIT_CALL;
    f->location = -1;
    return node;
}

/* One part of a name as regclass reads it: "Quoted" or folded; returns what follows it. */
static const char *name_part(struct td_arena *a, const char *s, const char **out)
{
    struct td_buf b;
    td_buf_init(&b, a);
    if (*s == '"') {
        for (s++; *s != '\0'; s++) {
            if (*s == '"' && *++s != '"')
                break;
            td_buf_char(&b, *s);
        }
    } else {
        for (; *s != '\0' && *s != '.'; s++)
            td_buf_char(&b, (char)tolower((unsigned char)*s));
    }
    *out = td_buf_str(&b);
    return *s == '.' ? s + 1 : s;
}

struct td_sequence *td_replay_nextval_of(const struct td_replaying *p, const PgQuery__FuncCall *call)
{
    const char *fn = td_tree_name(call->funcname, call->n_funcname, NULL);
    if (fn == NULL || strcmp(fn, "nextval") != 0 || call->n_args != 1)
        return NULL;
    const PgQuery__Node *arg = call->args[0];
    while (arg->node_case == PG_QUERY__NODE__NODE_TYPE_CAST && arg->type_cast->arg != NULL)
        arg = arg->type_cast->arg;
    if (arg->node_case != PG_QUERY__NODE__NODE_A_CONST || arg->a_const->val_case != PG_QUERY__A__CONST__VAL_SVAL)
        return NULL;
    const char *first, *second;
    const char *rest = name_part(p->a, arg->a_const->sval->sval, &first);
    if (*rest == '\0')
        return td_catalog_sequence(p->c, NULL, first);
    name_part(p->a, rest, &second);
    return td_catalog_sequence(p->c, first, second);
}
