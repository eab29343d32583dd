/* Both trees are copied and rewritten into one form, node by node, parents first. */
#include "core/sql/same.h"

#include <string.h>

#include "core/base/vec.h"
#include "core/sql/tree.h"

struct rewriting {
    struct td_arena *a;
    enum td_same_as as;
    struct td_strings names; /* of the tables in a query, by which columns are qualified */
    bool ambiguous;          /* one name stands for two */
};

/* ---- casts ---- */

static bool is_type(const PgQuery__TypeName *t, const char *const *names, size_t n)
{
    const char *name = t == NULL ? "" : td_tree_name(t->names, t->n_names, NULL);
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return t->n_array_bounds == 0;
    return false;
}

static bool is_string(const PgQuery__Node *n)
{
    return n->node_case == PG_QUERY__NODE__NODE_A_CONST && n->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL;
}

/* The one that a server adds by itself, or that adds nothing to a literal. */
static bool says_nothing(const PgQuery__TypeCast *c)
{
    static const char *const texts[] = {"text", "varchar", "bpchar"}, *const classes[] = {"regclass"};
    if (is_type(c->type_name, texts, 3))
        return true;
    return is_string(c->arg) && is_type(c->type_name, classes, 1);
}

static void drop_cast(PgQuery__Node *n)
{
    while (n->node_case == PG_QUERY__NODE__NODE_TYPE_CAST && n->type_cast->arg != NULL && says_nothing(n->type_cast))
        *n = *n->type_cast->arg;
}

static bool is_integer(const PgQuery__Node *n)
{
    return n->node_case == PG_QUERY__NODE__NODE_A_CONST && n->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL;
}

/* A number on its way to another type is the same number. */
static void drop_detour(PgQuery__TypeCast *c)
{
    static const char *const integers[] = {"int2", "int4", "int8"}, *const numbers[] = {"int2",    "int4",   "int8",
                                                                                        "numeric", "float4", "float8"};
    const PgQuery__Node *arg = c->arg;
    if (arg != NULL && arg->node_case == PG_QUERY__NODE__NODE_TYPE_CAST && is_integer(arg->type_cast->arg) &&
        is_type(arg->type_cast->type_name, integers, 3) && is_type(c->type_name, numbers, 6))
        c->arg = arg->type_cast->arg;
}

static PgQuery__Node *cast_element(struct rewriting *r, PgQuery__Node *element, const PgQuery__TypeName *array)
{
    PgQuery__Node *n = td_arena_new(r->a, PgQuery__Node);
    PgQuery__TypeName *type = td_arena_new(r->a, PgQuery__TypeName);
    *type = *array;
    if (element->node_case != PG_QUERY__NODE__NODE_A_ARRAY_EXPR) /* ARRAY[ARRAY[1]]::int[] */
        type->n_array_bounds = 0;
    pg_query__node__init(n);
    n->node_case = PG_QUERY__NODE__NODE_TYPE_CAST;
    n->type_cast = td_arena_new(r->a, PgQuery__TypeCast);
    pg_query__type_cast__init(n->type_cast);
    n->type_cast->arg = element;
    n->type_cast->type_name = type;
    return n;
}

/* ARRAY[a, b]::t[] is ARRAY[a::t, b::t]. */
static void cast_elements(struct rewriting *r, PgQuery__Node *n)
{
    const PgQuery__TypeCast *c = n->type_cast;
    if (c->arg == NULL || c->arg->node_case != PG_QUERY__NODE__NODE_A_ARRAY_EXPR || c->type_name->n_array_bounds != 1)
        return;
    *n = *c->arg;
    for (size_t i = 0; i < n->a_array_expr->n_elements; i++)
        n->a_array_expr->elements[i] = cast_element(r, n->a_array_expr->elements[i], c->type_name);
}

/* ---- names ---- */

static bool is_plain_schema(const PgQuery__Node *n)
{
    const char *name = td_tree_string(n);
    return name != NULL && (strcmp(name, "pg_catalog") == 0 || strcmp(name, "public") == 0);
}

static void drop_schema(PgQuery__Node ***names, size_t *n)
{
    if (*n == 2 && is_plain_schema((*names)[0])) {
        ++*names;
        --*n;
    }
}

static void drop_table(PgQuery__ColumnRef *ref)
{
    if (ref->n_fields == 2) {
        ref->fields++;
        ref->n_fields--;
    }
}

/* ---- other spellings ---- */

static PgQuery__Node *operator(struct rewriting *r, const char *name, PgQuery__Node *left, PgQuery__Node *right)
{
    PgQuery__Node *n = td_arena_new(r->a, PgQuery__Node), *word = td_arena_new(r->a, PgQuery__Node);
    pg_query__node__init(n);
    pg_query__node__init(word);
    word->node_case = PG_QUERY__NODE__NODE_STRING;
    word->string = td_arena_new(r->a, PgQuery__String);
    pg_query__string__init(word->string);
    word->string->sval = td_arena_strdup(r->a, name);
    n->node_case = PG_QUERY__NODE__NODE_A_EXPR;
    n->a_expr = td_arena_new(r->a, PgQuery__AExpr);
    pg_query__a__expr__init(n->a_expr);
    n->a_expr->kind = PG_QUERY__A__EXPR__KIND__AEXPR_OP;
    n->a_expr->n_name = 1;
    n->a_expr->name = td_arena_alloc(r->a, sizeof *n->a_expr->name);
    n->a_expr->name[0] = word;
    n->a_expr->lexpr = left;
    n->a_expr->rexpr = right;
    return n;
}

static void between(struct rewriting *r, PgQuery__Node *n, bool negated)
{
    PgQuery__AExpr *e = n->a_expr;
    if (e->rexpr == NULL || e->rexpr->node_case != PG_QUERY__NODE__NODE_LIST || e->rexpr->list->n_items != 2)
        return;
    PgQuery__BoolExpr *b = td_arena_new(r->a, PgQuery__BoolExpr);
    pg_query__bool_expr__init(b);
    b->boolop = negated ? PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR : PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
    b->n_args = 2;
    b->args = td_arena_alloc(r->a, 2 * sizeof *b->args);
    b->args[0] = operator(r, negated ? "<" : ">=", e->lexpr, e->rexpr->list->items[0]);
    b->args[1] = operator(r, negated ? ">" : "<=", td_tree_clone(r->a, e->lexpr), e->rexpr->list->items[1]);
    n->node_case = PG_QUERY__NODE__NODE_BOOL_EXPR;
    n->bool_expr = b;
}

static void in_list(struct rewriting *r, PgQuery__AExpr *e)
{
    PgQuery__Node *list = e->rexpr;
    if (list == NULL || list->node_case != PG_QUERY__NODE__NODE_LIST)
        return;
    PgQuery__Node *array = td_arena_new(r->a, PgQuery__Node);
    pg_query__node__init(array);
    array->node_case = PG_QUERY__NODE__NODE_A_ARRAY_EXPR;
    array->a_array_expr = td_arena_new(r->a, PgQuery__AArrayExpr);
    pg_query__a__array_expr__init(array->a_array_expr);
    array->a_array_expr->n_elements = list->list->n_items;
    array->a_array_expr->elements = list->list->items;
    e->kind = strcmp(td_tree_name(e->name, e->n_name, NULL), "<>") == 0 ? PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL
                                                                        : PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY;
    e->rexpr = array;
}

static void operators(struct rewriting *r, PgQuery__Node *n)
{
    PgQuery__AExpr *e = n->a_expr;
    switch (e->kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE: e->kind = PG_QUERY__A__EXPR__KIND__AEXPR_OP; break;
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN: in_list(r, e); break;
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN: between(r, n, false); break;
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN: between(r, n, true); break;
    default: break;
    }
}

/* (a AND b) AND c is a AND b AND c. */
static void flatten(struct rewriting *r, PgQuery__BoolExpr *b)
{
    for (size_t i = 0; i < b->n_args; i++) {
        const PgQuery__Node *arg = b->args[i];
        if (arg->node_case != PG_QUERY__NODE__NODE_BOOL_EXPR || arg->bool_expr->boolop != b->boolop ||
            b->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR)
            continue;
        const PgQuery__BoolExpr *inner = arg->bool_expr;
        size_t n = b->n_args - 1 + inner->n_args;
        PgQuery__Node **args = td_arena_alloc(r->a, n * sizeof *args);
        memcpy(args, b->args, i * sizeof *args);
        memcpy(args + i, inner->args, inner->n_args * sizeof *args);
        memcpy(args + i + inner->n_args, b->args + i + 1, (b->n_args - i - 1) * sizeof *args);
        b->args = args;
        b->n_args = n;
        i--; /* what came in may be such a one itself */
    }
}

static bool rewrite(PgQuery__Node *n, void *data)
{
    struct rewriting *r = data;
    drop_cast(n);
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_TYPE_CAST:
        drop_detour(n->type_cast);
        drop_schema(&n->type_cast->type_name->names, &n->type_cast->type_name->n_names);
        cast_elements(r, n);
        break;
    case PG_QUERY__NODE__NODE_FUNC_CALL:
        drop_schema(&n->func_call->funcname, &n->func_call->n_funcname);
        n->func_call->funcformat = PG_QUERY__COERCION_FORM__COERCE_EXPLICIT_CALL;
        break;
    case PG_QUERY__NODE__NODE_COLUMN_REF:
        if (r->as != TD_SAME_STMT)
            drop_table(n->column_ref);
        break;
    case PG_QUERY__NODE__NODE_A_EXPR: operators(r, n); break;
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
        drop_schema(&n->create_trig_stmt->funcname, &n->create_trig_stmt->n_funcname);
        n->create_trig_stmt->relation = NULL; /* it may be called otherwise by now */
        n->create_trig_stmt->replace = false;
        break;
    case PG_QUERY__NODE__NODE_RANGE_VAR:
        if (n->range_var->schemaname != NULL && strcmp(n->range_var->schemaname, "public") == 0)
            n->range_var->schemaname = "";
        break;
    default: break;
    }
    if (n->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR)
        flatten(r, n->bool_expr);
    return true;
}

/* ---- names of the tables in a query ---- */

/* What PostgreSQL prints after a renaming has another alias, or none any more. */
static const char *name_of(const PgQuery__RangeVar *rv)
{
    return rv->alias != NULL ? rv->alias->aliasname : rv->relname;
}

static bool collect_names(PgQuery__Node *n, void *data)
{
    struct rewriting *r = data;
    if (n->node_case != PG_QUERY__NODE__NODE_RANGE_VAR)
        return true;
    const char *name = name_of(n->range_var);
    if (td_strings_find(&r->names, name) >= 0)
        r->ambiguous = true;
    td_strings_add(r->a, &r->names, name);
    return true;
}

static char *numbered(struct rewriting *r, const char *name)
{
    int i = td_strings_find(&r->names, name);
    return i < 0 ? NULL : td_arena_printf(r->a, "r%d", i);
}

static bool number_names(PgQuery__Node *n, void *data)
{
    struct rewriting *r = data;
    if (n->node_case == PG_QUERY__NODE__NODE_RANGE_VAR && n->range_var->alias == NULL) {
        n->range_var->alias = td_arena_new(r->a, PgQuery__Alias);
        pg_query__alias__init(n->range_var->alias);
        n->range_var->alias->aliasname = n->range_var->relname;
    }
    if (n->node_case == PG_QUERY__NODE__NODE_RANGE_VAR)
        n->range_var->alias->aliasname = numbered(r, n->range_var->alias->aliasname);
    if (n->node_case == PG_QUERY__NODE__NODE_COLUMN_REF && n->column_ref->n_fields == 2) {
        const char *name = td_tree_string(n->column_ref->fields[0]);
        char *number = name == NULL ? NULL : numbered(r, name);
        if (number != NULL)
            n->column_ref->fields[0]->string->sval = number;
    }
    return true;
}

/* 3 and '3' are the same to a column that takes numbers. */
static void quote_number(struct rewriting *r, PgQuery__Node *n)
{
    const char *text = NULL;
    if (n->node_case != PG_QUERY__NODE__NODE_A_CONST)
        return;
    if (n->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL)
        text = td_arena_printf(r->a, "%d", n->a_const->ival->ival);
    else if (n->a_const->val_case == PG_QUERY__A__CONST__VAL_FVAL)
        text = n->a_const->fval->fval;
    if (text == NULL)
        return;
    n->a_const->val_case = PG_QUERY__A__CONST__VAL_SVAL;
    n->a_const->sval = td_arena_new(r->a, PgQuery__String);
    pg_query__string__init(n->a_const->sval);
    n->a_const->sval->sval = td_arena_strdup(r->a, text);
}

static PgQuery__Node *normal(struct rewriting *r, const PgQuery__Node *n)
{
    PgQuery__Node *copy = td_tree_clone(r->a, n);
    td_tree_walk(copy, rewrite, r);
    r->names.len = 0;
    r->ambiguous = false;
    if (r->as == TD_SAME_STMT)
        td_tree_walk(copy, collect_names, r);
    if (r->as == TD_SAME_STMT && !r->ambiguous)
        td_tree_walk(copy, number_names, r);
    /* a default is coerced to its column's type in the end; casts that came by themselves are not printed */
    while (r->as == TD_SAME_DEFAULT && copy->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
        copy = copy->type_cast->arg;
    if (r->as == TD_SAME_DEFAULT)
        quote_number(r, copy);
    return copy;
}

bool td_tree_same(struct td_arena *a, enum td_same_as as, const PgQuery__Node *x, const PgQuery__Node *y)
{
    struct rewriting r = {.a = a, .as = as};
    return td_tree_equal(x, y) || td_tree_equal(normal(&r, x), normal(&r, y));
}
