/* ALTER TYPE: PostgreSQL gave each literal of a check or an index its type when the check was made, and keeps it when a
 * column beside it gets another: from then on the two are compared through a cast. Our trees have the literal as it was
 * written, so the type that it had is written to it before the column's changes. */
#include <string.h>

#include "core/migrate/replay_impl.h"

struct literals {
    const struct td_scope_types *types;
    struct td_arena *a;
    bool hit;
};

struct columns_of {
    const struct td_table *table;
};

static struct td_type type_of_column(const PgQuery__ColumnRef *ref, void *data)
{
    const struct columns_of *of = data;
    const char *name = ref->n_fields == 0 ? NULL : td_tree_string(ref->fields[ref->n_fields - 1]);
    const struct td_column *c = name == NULL ? NULL : td_table_column(of->table, name);
    return c == NULL ? TD_TYPE(TD_T_UNKNOWN) : c->type;
}

static struct td_type type_of_query(const PgQuery__Node *query, void *data)
{
    (void)query; /* neither a check nor an index can have one */
    (void)data;
    return TD_TYPE(TD_T_UNKNOWN);
}

static bool is_literal(const PgQuery__Node *n)
{
    return n->node_case == PG_QUERY__NODE__NODE_A_CONST && n->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL;
}

/* The literal itself, or each of a list or an ARRAY[]. */
static void give(struct literals *l, PgQuery__Node **n, const struct td_type *type)
{
    if (*n == NULL)
        return;
    if (is_literal(*n)) {
        *n = td_replay_cast_node(l->a, *n, type);
        l->hit = true;
    } else if ((*n)->node_case == PG_QUERY__NODE__NODE_LIST) {
        for (size_t i = 0; i < (*n)->list->n_items; i++)
            give(l, &(*n)->list->items[i], type);
    } else if ((*n)->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR) {
        for (size_t i = 0; i < (*n)->a_array_expr->n_elements; i++)
            give(l, &(*n)->a_array_expr->elements[i], type);
    }
}

/* A literal has no modifier: it was not cut to the column's length. */
static bool type_of(const struct literals *l, const PgQuery__Node *n, struct td_type *out)
{
    *out = td_type_base(td_replay_infer(l->types, n));
    out->mod1 = out->mod2 = -1;
    return out->kind != TD_T_UNKNOWN;
}

/* Operators whose two sides are of one type; beside others ('+') a literal does not get the column's. */
static bool compares(const PgQuery__AExpr *e)
{
    static const char *const all[] = {"=", "<>", "<", "<=", ">", ">=", "-", "BETWEEN", "NOT BETWEEN"};
    const char *op = td_tree_name(e->name, e->n_name, NULL);
    for (size_t i = 0; op != NULL && i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i], op) == 0)
            return true;
    return op != NULL && strstr(op, "BETWEEN SYMMETRIC") != NULL;
}

/* x = ANY ('{…}'): the literal is an array of what x is. */
static bool is_of_array(const PgQuery__AExpr *e)
{
    return e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY || e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL;
}

static void of_operator(struct literals *l, PgQuery__AExpr *e)
{
    struct td_type left, right;
    if (!compares(e))
        return;
    bool left_known = type_of(l, e->lexpr, &left), right_known = type_of(l, e->rexpr, &right);
    if (left_known) {
        left.dims = (short)(left.dims + (is_of_array(e) && e->rexpr != NULL && is_literal(e->rexpr)));
        give(l, &e->rexpr, &left);
    } else if (right_known && !is_of_array(e)) {
        give(l, &e->lexpr, &right);
    }
}

static void of_case(struct literals *l, PgQuery__CaseExpr *c, const PgQuery__Node *n)
{
    struct td_type arg, result;
    bool arg_known = c->arg != NULL && type_of(l, c->arg, &arg), result_known = type_of(l, n, &result);
    for (size_t i = 0; i < c->n_args; i++) {
        if (arg_known)
            give(l, &c->args[i]->case_when->expr, &arg);
        if (result_known)
            give(l, &c->args[i]->case_when->result, &result);
    }
    if (result_known)
        give(l, &c->defresult, &result);
}

static bool visit(PgQuery__Node *n, void *data)
{
    struct literals *l = data;
    struct td_type type;
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_A_EXPR: of_operator(l, n->a_expr); break;
    case PG_QUERY__NODE__NODE_CASE_EXPR: of_case(l, n->case_expr, n); break;
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
        for (size_t i = 0; type_of(l, n, &type) && i < n->coalesce_expr->n_args; i++)
            give(l, &n->coalesce_expr->args[i], &type);
        break;
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
        for (size_t i = 0; type_of(l, n, &type) && i < n->min_max_expr->n_args; i++)
            give(l, &n->min_max_expr->args[i], &type);
        break;
    default: break;
    }
    return true;
}

static bool visit_numbers(PgQuery__Node *n, void *data)
{
    struct literals *l = data;
    l->hit = td_replay_write_casts(l->types, l->a, n) || l->hit;
    return true;
}

struct keeping {
    const struct td_replaying *p;
    const struct td_table *table;
    const struct td_column *column;
    bool (*visit)(PgQuery__Node *n, void *data);
};

static void keep_in(const struct keeping *k, const PgQuery__Node **slot)
{
    struct td_columns used = {0};
    if (*slot != NULL)
        td_replay_used(k->p, *slot, k->table, &used);
    if (!td_columns_has(&used, k->column))
        return;
    struct columns_of of = {k->table};
    const struct td_scope_types types = {k->p, type_of_column, type_of_query, &of};
    struct literals l = {&types, k->p->a, false};
    PgQuery__Node *copy = td_tree_clone(k->p->a, *slot);
    td_tree_walk(copy, k->visit, &l);
    if (!l.hit)
        return;
    td_keep(k->p->c, slot);
    *slot = copy;
}

/* char(n) does not see trailing blanks, citext not the case of letters. */
static bool compares_its_own_way(const struct td_type *t)
{
    return t->kind == TD_T_BPCHAR || t->kind == TD_T_CITEXT;
}

bool td_replay_reads_literals_anew(const struct td_type *from, const struct td_type *to)
{
    const struct td_type a = td_type_base(*from), b = td_type_base(*to);
    if (a.kind == b.kind)
        return false;
    if (td_type_is_text(&a) && td_type_is_text(&b))
        return compares_its_own_way(&a) || compares_its_own_way(&b);
    return td_type_is_time(&a) && td_type_is_time(&b);
}

void td_replay_keep_literals(const struct td_replaying *p, struct td_table *t, const struct td_column *col,
                             const struct td_type *to)
{
    const struct keeping k = {p, t, col, td_replay_keeps_casts(&col->type, to) ? visit_numbers : visit};
    if (k.visit == visit && !td_replay_reads_literals_anew(&col->type, to))
        return;
    for (size_t i = 0; i < t->constraints.len; i++)
        keep_in(&k, &t->constraints.at[i]->expr);
    for (size_t i = 0; i < t->indexes.len; i++) {
        struct td_index *ix = t->indexes.at[i];
        keep_in(&k, &ix->where);
        for (size_t j = 0; j < ix->keys.len; j++)
            keep_in(&k, &ix->keys.at[j].expr);
    }
}
