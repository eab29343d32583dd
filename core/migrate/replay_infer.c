/* Types of a view's columns. Only what follows from the tree at hand; what it does not know stays TD_T_UNKNOWN. */
#include <string.h>

#include "core/migrate/replay_impl.h"

static struct td_type unknown(void)
{
    return TD_TYPE(TD_T_UNKNOWN);
}

static struct td_type simple(enum td_type_kind kind)
{
    return TD_TYPE(kind);
}

static int number_rank(const struct td_type *t)
{
    static const enum td_type_kind order[] = {TD_T_INT2, TD_T_INT4, TD_T_INT8, TD_T_NUMERIC, TD_T_FLOAT4, TD_T_FLOAT8};
    for (int i = 0; t->dims == 0 && i < 6; i++)
        if (order[i] == t->kind)
            return i;
    return -1;
}

/* The first type that is known; the widest of numbers. Modifiers and domains stay where all are the same. */
static struct td_type common(struct td_type a, struct td_type b)
{
    if (td_type_equal(&a, &b))
        return b;
    struct td_type x = td_type_base(a.kind == TD_T_UNKNOWN ? b : a), y = td_type_base(b);
    struct td_type t = number_rank(&x) >= 0 && number_rank(&y) > number_rank(&x) ? y : x;
    t.mod1 = t.mod2 = -1;
    return t;
}

static struct td_type first_known(const struct td_scope_types *s, PgQuery__Node *const *args, size_t n)
{
    struct td_type t = n > 0 ? td_replay_infer(s, args[0]) : unknown();
    for (size_t i = 1; i < n; i++)
        t = common(t, td_replay_infer(s, args[i]));
    return t;
}

static struct td_type constant(const PgQuery__AConst *k)
{
    switch (k->val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL: return simple(TD_T_INT4);
    case PG_QUERY__A__CONST__VAL_FVAL:
        return simple(strpbrk(k->fval->fval, ".eE") == NULL && strlen(k->fval->fval) < 19 ? TD_T_INT8 : TD_T_NUMERIC);
    case PG_QUERY__A__CONST__VAL_BOOLVAL: return simple(TD_T_BOOL);
    default: return unknown();
    }
}

/* Functions whose result does not depend on their arguments. */
static const struct {
    const char *name;
    enum td_type_kind kind;
} fixed[] = {
    {"count", TD_T_INT8},
    {"row_number", TD_T_INT8},
    {"rank", TD_T_INT8},
    {"dense_rank", TD_T_INT8},
    {"now", TD_T_TIMESTAMPTZ},
    {"clock_timestamp", TD_T_TIMESTAMPTZ},
    {"to_timestamp", TD_T_TIMESTAMPTZ},
    {"lower", TD_T_TEXT},
    {"upper", TD_T_TEXT},
    {"concat", TD_T_TEXT},
    {"concat_ws", TD_T_TEXT},
    {"replace", TD_T_TEXT},
    {"substring", TD_T_TEXT},
    {"substr", TD_T_TEXT},
    {"left", TD_T_TEXT},
    {"right", TD_T_TEXT},
    {"md5", TD_T_TEXT},
    {"encode", TD_T_TEXT},
    {"to_char", TD_T_TEXT},
    {"trim", TD_T_TEXT},
    {"btrim", TD_T_TEXT},
    {"split_part", TD_T_TEXT},
    {"string_agg", TD_T_TEXT},
    {"format", TD_T_TEXT},
    {"regexp_replace", TD_T_TEXT},
    {"array_to_string", TD_T_TEXT},
    {"jsonb_typeof", TD_T_TEXT},
    {"length", TD_T_INT4},
    {"char_length", TD_T_INT4},
    {"strpos", TD_T_INT4},
    {"position", TD_T_INT4},
    {"array_length", TD_T_INT4},
    {"cardinality", TD_T_INT4},
    {"jsonb_array_length", TD_T_INT4},
    {"extract", TD_T_NUMERIC},
    {"date_part", TD_T_FLOAT8},
    {"random", TD_T_FLOAT8},
    {"gen_random_uuid", TD_T_UUID},
    {"uuid_generate_v4", TD_T_UUID},
    {"to_json", TD_T_JSON},
    {"row_to_json", TD_T_JSON},
    {"json_build_object", TD_T_JSON},
    {"json_agg", TD_T_JSON},
    {"json_object_agg", TD_T_JSON},
    {"json_build_array", TD_T_JSON},
    {"to_jsonb", TD_T_JSONB},
    {"jsonb_build_object", TD_T_JSONB},
    {"jsonb_build_array", TD_T_JSONB},
    {"jsonb_agg", TD_T_JSONB},
    {"jsonb_set", TD_T_JSONB},
    {"jsonb_object_agg", TD_T_JSONB},
    {"bool_and", TD_T_BOOL},
    {"bool_or", TD_T_BOOL},
    {"every", TD_T_BOOL},
    {"decode", TD_T_BYTEA},
    {"age", TD_T_INTERVAL},
    {"nextval", TD_T_INT8},
};

/* What an operator makes of an operand: a domain is its base, varchar has text's operators. */
static struct td_type operand(struct td_type t)
{
    t = td_type_base(t);
    return t.kind == TD_T_VARCHAR && t.dims == 0 ? simple(TD_T_TEXT) : t;
}

/* Functions that give back the type of an argument. */
static bool same_as_argument(const char *name)
{
    static const char *const all[] = {"max",         "min",        "abs",  "round", "ceil",      "floor",       "lag",
                                      "first_value", "last_value", "lead", "mod",   "nth_value", "array_append"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i], name) == 0)
            return true;
    return false;
}

static struct td_type sum_of(struct td_type t)
{
    if (t.kind == TD_T_INT2 || t.kind == TD_T_INT4)
        return simple(TD_T_INT8);
    if (t.kind == TD_T_INT8 || t.kind == TD_T_NUMERIC)
        return simple(TD_T_NUMERIC);
    t.mod1 = t.mod2 = -1;
    return t;
}

static bool is_any(const struct td_type *t)
{
    return t->kind == TD_T_OTHER && t->name != NULL && strcmp(t->name, "anyelement") == 0;
}

/* What anyelement is in a call of the project's function. */
static struct td_type any_argument(const struct td_scope_types *s, const struct td_function *own,
                                   const PgQuery__FuncCall *f)
{
    const PgQuery__CreateFunctionStmt *made = own->node->create_function_stmt;
    struct td_type t = unknown();
    for (size_t i = 0; t.kind == TD_T_UNKNOWN && i < f->n_args && i < made->n_parameters; i++) {
        const PgQuery__TypeName *n = made->parameters[i]->function_parameter->arg_type;
        const char *name = n == NULL ? NULL : td_tree_name(n->names, n->n_names, NULL);
        if (name != NULL && strcmp(name, "anyelement") == 0)
            t = td_replay_infer(s, f->args[i]);
    }
    t.mod1 = t.mod2 = -1;
    return t;
}

static struct td_type call(const struct td_scope_types *s, const PgQuery__FuncCall *f)
{
    const char *schema, *name = td_tree_name(f->funcname, f->n_funcname, &schema);
    const struct td_function *own = td_catalog_function(s->p->c, schema, name);
    if (own != NULL)
        return is_any(&own->result) ? any_argument(s, own, f) : own->result;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcmp(fixed[i].name, name) == 0)
            return simple(fixed[i].kind);
    struct td_type arg = f->n_args > 0 ? td_replay_infer(s, f->args[0]) : unknown();
    if (same_as_argument(name)) {
        arg = td_type_base(arg);
        arg.mod1 = arg.mod2 = -1;
        return arg;
    }
    if (strcmp(name, "sum") == 0)
        return sum_of(arg);
    if (strcmp(name, "avg") == 0)
        return simple(arg.kind == TD_T_FLOAT4 || arg.kind == TD_T_FLOAT8 ? TD_T_FLOAT8 : TD_T_NUMERIC);
    if (strcmp(name, "array_agg") == 0 && arg.kind != TD_T_UNKNOWN)
        arg.dims++;
    else if (strcmp(name, "unnest") == 0 && arg.dims > 0)
        arg.dims = 0;
    else if (strcmp(name, "date_trunc") == 0)
        return f->n_args > 1 ? td_replay_infer(s, f->args[1]) : unknown();
    else if (strcmp(name, "timezone") == 0 && f->n_args > 1)
        return simple(td_replay_infer(s, f->args[1]).kind == TD_T_TIMESTAMPTZ ? TD_T_TIMESTAMP : TD_T_TIMESTAMPTZ);
    else
        return unknown();
    return arg;
}

static struct td_type arithmetic(const char *op, struct td_type a, struct td_type b)
{
    int x = number_rank(&a), y = number_rank(&b);
    if (x >= 0 && y >= 0) {
        struct td_type t = x > y ? a : b;
        t.mod1 = t.mod2 = -1;
        return t;
    }
    if (a.kind == TD_T_UNKNOWN || (x >= 0 && b.kind != TD_T_UNKNOWN)) {
        b.mod1 = b.mod2 = -1;
        return b;
    }
    if (op[0] == '-' && td_type_is_time(&a) && td_type_is_time(&b))
        return simple(a.kind == TD_T_DATE && b.kind == TD_T_DATE ? TD_T_INT4 : TD_T_INTERVAL);
    if (a.kind == TD_T_DATE && b.kind == TD_T_INTERVAL)
        return simple(TD_T_TIMESTAMP);
    return a;
}

/* Those that give an integer for integers; for ranges and the like some of them test. */
static bool is_of_bits(const char *op)
{
    return (op[1] == '\0' && strchr("&|#~@", op[0]) != NULL) || strcmp(op, "<<") == 0 || strcmp(op, ">>") == 0;
}

static struct td_type operator_(const struct td_scope_types *s, const PgQuery__AExpr *e)
{
    if (e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF)
        return operand(td_replay_infer(s, e->lexpr));
    const char *op = td_tree_name(e->name, e->n_name, NULL);
    if (e->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || op == NULL)
        return simple(TD_T_BOOL);
    static const char *const text_ops[] = {"->>", "#>>"};
    for (size_t i = 0; i < 2; i++)
        if (strcmp(op, text_ops[i]) == 0)
            return simple(TD_T_TEXT);
    struct td_type a = e->lexpr == NULL ? unknown() : td_replay_infer(s, e->lexpr);
    struct td_type b = e->rexpr == NULL ? unknown() : td_replay_infer(s, e->rexpr);
    if (strcmp(op, "->") == 0 || strcmp(op, "#>") == 0)
        return a;
    if (strcmp(op, "||") == 0) {
        if (a.dims > 0 || a.kind == TD_T_JSONB || a.kind == TD_T_BYTEA)
            return a;
        return b.dims > 0 || b.kind == TD_T_JSONB ? b : simple(TD_T_TEXT);
    }
    if (is_of_bits(op) && number_rank(&b) >= 0)
        return e->lexpr == NULL ? b : op[1] == '\0' ? arithmetic(op, td_type_base(a), td_type_base(b)) : a;
    if (op[1] == '\0' && strchr("+-*/%^", op[0]) != NULL)
        return arithmetic(op, td_type_base(a), td_type_base(b));
    static const char *const tests[] = {"=",  "<>",  "!=", "<",  ">",  "<=", ">=", "~~", "~~*", "!~~", "!~~*", "~*",
                                        "!~", "!~*", "@>", "<@", "&&", "?",  "?|", "?&", "^@",  "@@",  "@?"};
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        if (strcmp(op, tests[i]) == 0)
            return simple(TD_T_BOOL);
    return strcmp(op, "~") == 0 && e->lexpr != NULL ? simple(TD_T_BOOL) : unknown();
}

static struct td_type case_of(const struct td_scope_types *s, const PgQuery__CaseExpr *c)
{
    struct td_type t = c->defresult == NULL ? unknown() : td_replay_infer(s, c->defresult);
    for (size_t i = 0; i < c->n_args; i++)
        if (c->args[i]->node_case == PG_QUERY__NODE__NODE_CASE_WHEN)
            t = common(t, td_replay_infer(s, c->args[i]->case_when->result));
    return t;
}

static struct td_type value_function(PgQuery__SQLValueFunctionOp op)
{
    switch (op) {
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE: return simple(TD_T_DATE);
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N: return simple(TD_T_TIMESTAMPTZ);
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N: return simple(TD_T_TIMESTAMP);
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N: return simple(TD_T_TIMETZ);
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N: return simple(TD_T_TIME);
    default: return simple(TD_T_NAME);
    }
}

static struct td_type sublink(const struct td_scope_types *s, const PgQuery__SubLink *l)
{
    struct td_type t;
    switch (l->sub_link_type) {
    case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK: return s->of_query(l->subselect, s->data);
    case PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK:
        t = s->of_query(l->subselect, s->data);
        t.dims = (short)(t.dims + (t.kind != TD_T_UNKNOWN));
        return t;
    default: return simple(TD_T_BOOL);
    }
}

static struct td_type cast(const struct td_scope_types *s, const PgQuery__TypeCast *c)
{
    struct td_err ignored = {0};
    struct td_replaying quiet = *s->p;
    quiet.err = &ignored;
    struct td_type t;
    return td_replay_resolve_type(&quiet, c->type_name, &t, NULL) == TD_OK ? t : unknown();
}

struct td_type td_replay_infer(const struct td_scope_types *s, const PgQuery__Node *n)
{
    if (n == NULL)
        return unknown();
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF: return s->of_column(n->column_ref, s->data);
    case PG_QUERY__NODE__NODE_A_CONST: return constant(n->a_const);
    case PG_QUERY__NODE__NODE_TYPE_CAST: return cast(s, n->type_cast);
    case PG_QUERY__NODE__NODE_FUNC_CALL: return call(s, n->func_call);
    case PG_QUERY__NODE__NODE_A_EXPR: return operator_(s, n->a_expr);
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
    case PG_QUERY__NODE__NODE_NULL_TEST:
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: return simple(TD_T_BOOL);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR: return first_known(s, n->coalesce_expr->args, n->coalesce_expr->n_args);
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR: return first_known(s, n->min_max_expr->args, n->min_max_expr->n_args);
    case PG_QUERY__NODE__NODE_CASE_EXPR: return case_of(s, n->case_expr);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: return td_replay_infer(s, n->collate_clause->arg);
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION: return value_function(n->sqlvalue_function->op);
    case PG_QUERY__NODE__NODE_SUB_LINK: return sublink(s, n->sub_link);
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR: {
        struct td_type t = first_known(s, n->a_array_expr->elements, n->a_array_expr->n_elements);
        t.dims = (short)(t.dims + (t.kind != TD_T_UNKNOWN));
        return t;
    }
    default: return unknown();
    }
}
