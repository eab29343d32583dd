/* Calls of the project's own SQL functions: where the body is one SELECT of one expression, that expression stands in
 * for the call, with its arguments, coerced to the declared types, in the place of the parameters. */
#include <string.h>

#include "core/sql/lower_impl.h"
#include "core/sql/routine.h"

enum { DEEPEST = 16 }; /* functions that call each other */

struct look {
    bool sub_query;
};

static bool find_sub_query(PgQuery__Node *n, void *data)
{
    struct look *k = data;
    k->sub_query = k->sub_query || n->node_case == PG_QUERY__NODE__NODE_SUB_LINK;
    return !k->sub_query;
}

static const PgQuery__FunctionParameter *parameter(const struct td_function *f, size_t i)
{
    return f->node->create_function_stmt->parameters[i]->function_parameter;
}

static size_t parameters(const struct td_function *f)
{
    return f->node->create_function_stmt->n_parameters;
}

static bool takes(const struct td_function *f, const char *name, size_t n)
{
    size_t total = parameters(f), least = 0;
    if (strcmp(f->name, name) != 0 || n > total)
        return false;
    for (size_t i = 0; i < total; i++)
        least += parameter(f, i)->defexpr == NULL;
    return n >= least;
}

/* Is the function found by its name alone, or in `schema`? */
static bool in_reach(const struct lw *w, const char *schema, const struct td_function *f)
{
    return schema != NULL ? strcmp(f->schema, schema) == 0
                          : td_strings_find(&w->l->catalog->search_path, f->schema) >= 0;
}

const struct td_function *lw_own_function(const struct lw *w, const char *schema, const char *name, size_t n)
{
    const struct td_function *found = NULL;
    for (size_t i = 0; w->l->catalog != NULL && i < w->l->catalog->functions.len; i++) {
        const struct td_function *f = w->l->catalog->functions.at[i];
        if (!takes(f, name, n) || !in_reach(w, schema, f))
            continue;
        if (found != NULL)
            return NULL; /* overloaded: which one is meant depends on types */
        found = f;
    }
    return found;
}

size_t lw_parameters(const struct td_function *f)
{
    return f->node == NULL ? 0 : parameters(f);
}

int lw_parameter_type(struct lw *w, const struct td_function *f, size_t i, struct td_type *out)
{
    return lw_type(w, parameter(f, i)->arg_type, out);
}

static int refuse(struct lw *w, const char *name, const char *why, int loc)
{
    return lw_refuse(w, TD_C_LOWER_FUNCTION, loc, why, NULL, "the statement calls the project's function \"%s\"", name);
}

static bool is_strict(const struct td_function *f)
{
    const PgQuery__CreateFunctionStmt *s = f->node->create_function_stmt;
    for (size_t i = 0; i < s->n_options; i++) {
        const PgQuery__DefElem *e = s->options[i]->def_elem;
        if (strcmp(e->defname, "strict") == 0)
            return e->arg == NULL || e->arg->node_case != PG_QUERY__NODE__NODE_BOOLEAN || e->arg->boolean->boolval;
    }
    return false;
}

/* SET search_path of the function itself: where the names in it are looked up. Others it cannot have. */
static int own_path(struct lw *w, const struct td_function *f, int loc, struct td_catalog *c)
{
    const PgQuery__CreateFunctionStmt *s = f->node->create_function_stmt;
    for (size_t i = 0; i < s->n_options; i++) {
        const PgQuery__DefElem *e = s->options[i]->def_elem;
        const PgQuery__VariableSetStmt *set =
            strcmp(e->defname, "set") == 0 && e->arg->node_case == PG_QUERY__NODE__NODE_VARIABLE_SET_STMT
                ? e->arg->variable_set_stmt
                : NULL;
        if (set == NULL)
            continue;
        if (strcmp(set->name, "search_path") != 0 || set->kind != PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE)
            return refuse(w, f->name, "it runs with a setting of its own", loc);
        c->search_path = (struct td_strings){0};
        for (size_t k = 0; k < set->n_args; k++) {
            const PgQuery__Node *arg = set->args[k];
            if (arg->node_case == PG_QUERY__NODE__NODE_A_CONST &&
                arg->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL)
                td_strings_add(w->a, &c->search_path, arg->a_const->sval->sval);
        }
    }
    return TD_OK;
}

/* Of numeric(5,2) CREATE FUNCTION keeps the numeric: digits and lengths of its types are dropped. */
static int plain_cast(struct lw *w, struct ex *e, struct td_type to, enum td_cast_context context)
{
    if (!e->null && e->type.kind == to.kind && e->type.dims == to.dims && e->type.user == to.user &&
        (to.kind != TD_T_OTHER || e->type.name == to.name))
        return TD_OK;
    to.mod1 = to.mod2 = -1;
    return lw_cast(w, e, to, context);
}

static bool is_any(struct td_type t)
{
    return t.kind == TD_T_OTHER && t.dims == 0 && t.name != NULL &&
           (strcmp(t.name, "anyelement") == 0 || strcmp(t.name, "anynonarray") == 0 || strcmp(t.name, "anyenum") == 0);
}

/* What anyelement is in this call: the type of all arguments for it, constants without one apart. TD_ENOTFOUND: it is
 * not all one type, or cannot be told. */
static int any_type(struct lw *w, const struct td_function *f, struct ex **args, size_t n, struct td_type *out)
{
    bool known = false, any = is_any(f->result);
    for (size_t i = 0; i < parameters(f); i++) {
        struct td_type type;
        TD_TRY(lw_type(w, parameter(f, i)->arg_type, &type));
        if (!is_any(type))
            continue;
        any = true;
        if (i >= n)
            return TD_ENOTFOUND;
        if (args[i]->type.kind == TD_T_UNKNOWN)
            continue;
        struct td_type given = args[i]->type;
        given.mod1 = given.mod2 = -1;
        if (known && !td_type_equal(&given, out))
            return TD_ENOTFOUND;
        *out = given;
        known = true;
    }
    return known || !any ? TD_OK : TD_ENOTFOUND;
}

static int argument(struct lw *w, const struct td_function *f, size_t i, struct ex **args, size_t n,
                    const struct td_type *any, struct ex **out)
{
    const PgQuery__FunctionParameter *p = parameter(f, i);
    struct td_type type;
    TD_TRY(lw_type(w, p->arg_type, &type));
    if (is_any(type))
        type = *any;
    if (i < n) {
        *out = args[i];
    } else {
        *out = td_arena_new(w->a, struct ex);
        TD_TRY(lw_expr(w, p->defexpr, *out));
    }
    return plain_cast(w, *out, type, TD_CAST_IMPLICIT);
}

static bool only_inputs(const struct td_function *f)
{
    for (size_t i = 0; i < parameters(f); i++) {
        PgQuery__FunctionParameterMode mode = parameter(f, i)->mode;
        if (mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_IN &&
            mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_DEFAULT)
            return false;
    }
    return true;
}

/* The arguments as a relation of the function's name, so that "a", "f.a" and $1 find them. */
static int bind(struct lw *w, const struct td_function *f, struct ex **args, size_t n, const struct td_type *any,
                struct scope *scope, struct td_buf *nulls)
{
    struct scope *outer = w->scope;
    size_t total = parameters(f);
    struct ex **bound = td_arena_alloc(w->a, total * sizeof(struct ex *));
    for (size_t i = 0; i < total; i++)
        TD_TRY(argument(w, f, i, args, n, any, &bound[i]));
    w->scope = scope;
    struct scope_rel *r = scope_add(w, f->name);
    w->scope = outer;
    for (size_t i = 0; i < total; i++) {
        struct scope_column *c = td_vec_add(w->a, &r->columns);
        c->name = parameter(f, i)->name == NULL ? "" : parameter(f, i)->name;
        c->type = bound[i]->type;
        c->sql = ex_in(w, bound[i], PREC_ATOM);
        td_buf_printf(nulls, "%s%s IS NULL", i ? " OR " : "", c->sql);
    }
    return TD_OK;
}

static bool safe_to_repeat(struct ex *const *args, size_t n, bool sub_query)
{
    for (size_t i = 0; i < n; i++)
        if (lw_calls_changing(args[i]->sql) || strstr(args[i]->sql, "random") != NULL ||
            (sub_query && args[i]->text == NULL)) /* a name in it could mean another table in there */
            return false;
    return true;
}

static int body(struct lw *w, const struct td_function *f, const PgQuery__Node *expr, struct ex **args, size_t n,
                const struct td_type *any, int loc, struct ex *out)
{
    struct scope scope = {0}, *outer = w->scope;
    const struct td_lower *l = w->l;
    struct td_lower elsewhere = *l;
    struct td_catalog catalog = *l->catalog;
    struct td_buf nulls;

    td_buf_init(&nulls, w->a);
    TD_TRY(bind(w, f, args, n, any, &scope, &nulls));
    TD_TRY(own_path(w, f, loc, &catalog));
    elsewhere.source = NULL; /* the body has places of its own */
    elsewhere.catalog = &catalog;
    w->l = &elsewhere;
    w->scope = &scope;
    w->inlined++;
    int rc = lw_expr(w, expr, out);
    if (rc == TD_OK)
        rc = plain_cast(w, out, is_any(f->result) ? *any : f->result, TD_CAST_ASSIGNMENT);
    w->inlined--;
    w->scope = outer;
    w->l = l;
    if (rc == TD_OK && is_strict(f) && nulls.len > 0)
        *out = ex_of(td_arena_printf(w->a, "CASE WHEN %s THEN NULL ELSE %s END", td_buf_str(&nulls), out->sql),
                     out->type, PREC_ATOM);
    return rc;
}

static const PgQuery__Node *argument_named(const PgQuery__FuncCall *c, const char *name)
{
    for (size_t i = 0; name != NULL && i < c->n_args; i++)
        if (c->args[i]->node_case == PG_QUERY__NODE__NODE_NAMED_ARG_EXPR &&
            strcmp(c->args[i]->named_arg_expr->name, name) == 0)
            return c->args[i]->named_arg_expr->arg;
    return NULL;
}

/* What stands for each parameter, by its place or name; those that are left out have their defaults. */
static int in_order(struct lw *w, const struct td_function *f, const PgQuery__FuncCall *c, PgQuery__Node **out)
{
    size_t placed = 0, named = 0;
    while (placed < c->n_args && c->args[placed]->node_case != PG_QUERY__NODE__NODE_NAMED_ARG_EXPR)
        placed++;
    for (size_t i = 0; i < parameters(f); i++) {
        const PgQuery__Node *given = argument_named(c, parameter(f, i)->name);
        named += given != NULL;
        if (i < placed)
            given = given == NULL ? c->args[i] : NULL;
        else if (given == NULL)
            given = parameter(f, i)->defexpr;
        if (given == NULL)
            break;
        out[i] = (PgQuery__Node *)given;
        if (i + 1 == parameters(f) && placed + named == c->n_args)
            return TD_OK;
    }
    return lw_error(w, "42883", c->location, "function %s has no parameters of these names", f->name);
}

int lw_arguments(struct lw *w, const char *schema, const char *name, const PgQuery__FuncCall *c, struct ex ***out,
                 size_t *n_out)
{
    bool named = false;
    for (size_t i = 0; i < c->n_args; i++)
        named = named || c->args[i]->node_case == PG_QUERY__NODE__NODE_NAMED_ARG_EXPR;
    *n_out = c->n_args;
    if (!named)
        return lw_exprs(w, c->args, c->n_args, out);
    const struct td_function *f = lw_own_function(w, schema, name, c->n_args);
    if (f == NULL || f->node == NULL)
        return lw_refuse(w, TD_C_LOWER_FUNCTION, c->location, "the names are known of the project's own functions only",
                         "Give the arguments by their places.", "%s() is called with named arguments", name);
    PgQuery__Node **nodes = td_arena_alloc(w->a, (parameters(f) + 1) * sizeof *nodes);
    TD_TRY(in_order(w, f, c, nodes));
    *n_out = parameters(f);
    return lw_exprs(w, nodes, *n_out, out);
}

int lw_inline(struct lw *w, const char *schema, const char *name, struct ex **args, size_t n, int loc, struct ex *out)
{
    const struct td_function *f = lw_own_function(w, schema, name, n);
    const PgQuery__Node *expr;
    struct look k = {0};
    struct td_err why = {0};

    if (f == NULL || f->node == NULL || !only_inputs(f))
        return refuse(w, name, "it is overloaded, or has parameters that are no plain input", loc);
    if (td_routine_expression(w->a, f, &expr, &why) != TD_OK)
        return refuse(w, name, "only SQL functions of one SELECT of one expression are carried", loc);
    if (w->inlined >= DEEPEST)
        return refuse(w, name, "it calls itself", loc);
    td_tree_walk((PgQuery__Node *)expr, find_sub_query, &k);
    if (!safe_to_repeat(args, n, k.sub_query))
        return refuse(w, name, "an argument gives another value each time, or would be read inside a sub-query", loc);
    struct td_type any = {0};
    int rc = any_type(w, f, args, n, &any);
    if (rc == TD_ENOTFOUND)
        return refuse(w, name, "its arguments for anyelement are not seen to be of one type", loc);
    if (rc == TD_OK)
        rc = body(w, f, expr, args, n, &any, loc, out);
    if (rc != TD_OK)
        return rc;
    out->loc = loc;
    out->text = NULL;
    lw_note(w, loc, "the SQL function \"%s\" is written out", name);
    return TD_OK;
}

int lw_inline_parameter(struct lw *w, int number, struct ex *out)
{
    struct scope_rel *r = NULL;
    for (struct scope *s = w->scope; s != NULL; s = s->outer)
        r = s->outer == NULL && s->rels.len > 0 ? s->rels.at[0] : r;
    if (r == NULL || number < 1 || (size_t)number > r->columns.len)
        return lw_error(w, "42P02", -1, "there is no parameter $%d", number);
    *out = ex_of(r->columns.at[number - 1].sql, r->columns.at[number - 1].type, PREC_ATOM);
    return TD_OK;
}
