/* ALTER TYPE, from one number to another: PostgreSQL keeps the casts that it added when a check was made, in "n % 7" of
 * a bigint that of 7, and reads them again beside the column's new type. They are written out before it changes. */
#include <string.h>

#include "core/migrate/replay_impl.h"

struct numbers {
    const struct td_scope_types *types;
    struct td_arena *a;
    bool hit;
};

enum { NO_NUMBER = -1, WIDEST_INTEGER = 2, FLOAT4 = 4, FLOAT8 = 5 };

static int rank(const struct td_type *t)
{
    static const enum td_type_kind order[] = {TD_T_INT2, TD_T_INT4, TD_T_INT8, TD_T_NUMERIC, TD_T_FLOAT4, TD_T_FLOAT8};
    for (int i = 0; t->dims == 0 && i <= FLOAT8; i++)
        if (order[i] == t->kind)
            return i;
    return NO_NUMBER;
}

bool td_replay_keeps_casts(const struct td_type *from, const struct td_type *to)
{
    const struct td_type a = td_type_base(*from), b = td_type_base(*to);
    return rank(&a) != NO_NUMBER && rank(&b) != NO_NUMBER && a.kind != b.kind;
}

/* What an operator sees: no domain, no modifiers. */
static struct td_type type_of(const struct numbers *x, const PgQuery__Node *n)
{
    struct td_type t = td_type_base(td_replay_infer(x->types, n));
    t.mod1 = t.mod2 = -1;
    return t;
}

static bool is_domain(const struct numbers *x, const PgQuery__Node *n)
{
    return n->node_case == PG_QUERY__NODE__NODE_COLUMN_REF && td_replay_infer(x->types, n).kind == TD_T_DOMAIN;
}

static bool is_string(const PgQuery__Node *n)
{
    return n->node_case == PG_QUERY__NODE__NODE_A_CONST && n->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL;
}

static void cast(struct numbers *x, PgQuery__Node **n, struct td_type to)
{
    struct td_type is = *n == NULL ? TD_TYPE(TD_T_UNKNOWN) : type_of(x, *n);
    if (*n == NULL || (rank(&is) == NO_NUMBER && !is_string(*n)) || (is.kind == to.kind && !is_domain(x, *n)))
        return;
    *n = td_replay_cast_node(x->a, *n, &to);
    x->hit = true;
}

static struct td_type wider(struct td_type a, struct td_type b)
{
    return rank(&a) >= rank(&b) ? a : b;
}

/* "smallint + bigint" is there as it is, "smallint % bigint" is not. */
static bool takes_two_integers(const char *op)
{
    static const char *const all[] = {"+", "-", "*", "/", "=", "<>", "!=", "<", "<=", ">", ">="};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i], op) == 0)
            return true;
    return false;
}

/* The type of this operand, beside the other. */
static struct td_type operand(const char *op, struct td_type is, struct td_type other)
{
    int a = rank(&is), b = rank(&other);
    bool floats = a >= FLOAT4 || b >= FLOAT4;
    if (a == NO_NUMBER) /* a string: what the other is */
        return other;
    if (a <= WIDEST_INTEGER && b <= WIDEST_INTEGER && takes_two_integers(op))
        return is;
    if (floats)
        return a >= FLOAT4 ? is : TD_TYPE(TD_T_FLOAT8);
    return wider(is, other);
}

static void operands(struct numbers *x, const char *op, PgQuery__Node **left, PgQuery__Node **right)
{
    if (*left == NULL || *right == NULL)
        return;
    struct td_type a = type_of(x, *left), b = type_of(x, *right);
    bool known = (rank(&a) != NO_NUMBER && (rank(&b) != NO_NUMBER || is_string(*right))) ||
                 (rank(&b) != NO_NUMBER && is_string(*left));
    if (!known || (!takes_two_integers(op) && (op[1] != '\0' || strchr("%&|#", op[0]) == NULL)))
        return;
    cast(x, left, operand(op, a, b));
    cast(x, right, operand(op, b, a));
}

static struct td_type widest(const struct numbers *x, struct td_type t, PgQuery__Node *const *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        t = wider(t, type_of(x, items[i]));
    return t;
}

/* x = ANY (ARRAY[...]): the items have one type, and another one where x could not be compared with it. */
static void any_of(struct numbers *x, PgQuery__AExpr *e, struct td_type common)
{
    struct td_type left = type_of(x, e->lexpr);
    PgQuery__AArrayExpr *array = e->rexpr->a_array_expr;
    if (rank(&left) == NO_NUMBER || rank(&common) == NO_NUMBER)
        return;
    for (size_t i = 0; i < array->n_elements; i++)
        cast(x, &array->elements[i], operand("=", common, left));
    cast(x, &e->lexpr, operand("=", left, common));
}

static bool are_constants(PgQuery__Node *const *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (items[i]->node_case != PG_QUERY__NODE__NODE_A_CONST &&
            items[i]->node_case != PG_QUERY__NODE__NODE_TYPE_CAST)
            return false;
    return true;
}

/* x IN (1, 2) is kept as x = ANY (ARRAY[1, 2]), whose items have the type that they have, whatever x becomes. */
static void in_list(struct numbers *x, PgQuery__AExpr *e)
{
    const PgQuery__List *list = e->rexpr->node_case == PG_QUERY__NODE__NODE_LIST ? e->rexpr->list : NULL;
    struct td_type left = type_of(x, e->lexpr);
    const char *op = td_tree_name(e->name, e->n_name, NULL);
    if (rank(&left) == NO_NUMBER || list == NULL || !are_constants(list->items, list->n_items))
        return;
    x->hit = true;
    if (list->n_items == 1) {
        e->kind = PG_QUERY__A__EXPR__KIND__AEXPR_OP;
        e->rexpr = list->items[0];
        operands(x, op, &e->lexpr, &e->rexpr);
        return;
    }
    e->kind = strcmp(op, "<>") == 0 ? PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL : PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY;
    e->rexpr = td_replay_array_node(x->a, list->items, list->n_items);
    any_of(x, e, widest(x, left, list->items, list->n_items));
}

static void in_array(struct numbers *x, PgQuery__AExpr *e)
{
    const PgQuery__AArrayExpr *array = e->rexpr->a_array_expr;
    if (e->rexpr->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR && array->n_elements > 0)
        any_of(x, e, widest(x, type_of(x, array->elements[0]), array->elements, array->n_elements));
}

static void between(struct numbers *x, PgQuery__AExpr *e)
{
    struct td_type left = type_of(x, e->lexpr);
    if (rank(&left) == NO_NUMBER || e->rexpr->node_case != PG_QUERY__NODE__NODE_LIST)
        return;
    for (size_t i = 0; i < e->rexpr->list->n_items; i++) {
        struct td_type item = type_of(x, e->rexpr->list->items[i]);
        cast(x, &e->rexpr->list->items[i], operand("<=", item, left));
    }
    cast(x, &e->lexpr, left);
}

static void of_operator(struct numbers *x, PgQuery__AExpr *e)
{
    if (e->lexpr == NULL || e->rexpr == NULL)
        return;
    switch (e->kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
    case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
        operands(x, td_tree_name(e->name, e->n_name, NULL), &e->lexpr, &e->rexpr);
        break;
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN: in_list(x, e); break;
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY:
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL: in_array(x, e); break;
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM: between(x, e); break;
    default: break;
    }
}

static void of_case(struct numbers *x, PgQuery__CaseExpr *c, const PgQuery__Node *n)
{
    struct td_type arg = type_of(x, c->arg), result = type_of(x, n);
    for (size_t i = 0; i < c->n_args; i++) {
        PgQuery__CaseWhen *w = c->args[i]->case_when;
        if (rank(&arg) != NO_NUMBER)
            cast(x, &w->expr, operand("=", type_of(x, w->expr), arg));
        if (rank(&result) != NO_NUMBER)
            cast(x, &w->result, result);
    }
    if (rank(&result) != NO_NUMBER)
        cast(x, &c->defresult, result);
}

static void all(struct numbers *x, const PgQuery__Node *n, PgQuery__Node **args, size_t len)
{
    struct td_type common = type_of(x, n);
    for (size_t i = 0; rank(&common) != NO_NUMBER && i < len; i++)
        cast(x, &args[i], common);
}

bool td_replay_write_casts(const struct td_scope_types *types, struct td_arena *a, PgQuery__Node *n)
{
    struct numbers x = {.types = types, .a = a};
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_A_EXPR: of_operator(&x, n->a_expr); break;
    case PG_QUERY__NODE__NODE_CASE_EXPR: of_case(&x, n->case_expr, n); break;
    case PG_QUERY__NODE__NODE_COALESCE_EXPR: all(&x, n, n->coalesce_expr->args, n->coalesce_expr->n_args); break;
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR: all(&x, n, n->min_max_expr->args, n->min_max_expr->n_args); break;
    default: break;
    }
    return x.hit;
}
