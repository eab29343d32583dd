/* What a trigger's trees say whatever the row is: TG_OP and its kin, which tests they decide; what cannot fail; what is
 * NULL with its column. */
#include <string.h>

#include "core/migrate/lower_impl.h"
#include "core/migrate/lower_trigger_impl.h"
#include "core/sql/tree.h"

/* ---- constants ---- */

struct constants {
    struct td_arena *arena;
    const struct td_trigger_facts *facts;
};

static PgQuery__AConst *become_constant(struct td_arena *a, PgQuery__Node *n)
{
    PgQuery__AConst *k = td_arena_new(a, PgQuery__AConst);
    pg_query__a__const__init(k);
    n->node_case = PG_QUERY__NODE__NODE_A_CONST;
    n->a_const = k;
    return k;
}

/* text NULL: SQL's NULL */
static void become_text(struct td_arena *a, PgQuery__Node *n, const char *text)
{
    PgQuery__AConst *k = become_constant(a, n);
    k->isnull = text == NULL;
    if (text == NULL)
        return;
    k->val_case = PG_QUERY__A__CONST__VAL_SVAL;
    k->sval = td_arena_new(a, PgQuery__String);
    pg_query__string__init(k->sval);
    k->sval->sval = td_arena_strdup(a, text);
}

static void become_number(struct td_arena *a, PgQuery__Node *n, int number)
{
    PgQuery__AConst *k = become_constant(a, n);
    k->val_case = PG_QUERY__A__CONST__VAL_IVAL;
    k->ival = td_arena_new(a, PgQuery__Integer);
    pg_query__integer__init(k->ival);
    k->ival->ival = number;
}

static const char *bare_name(const PgQuery__Node *n)
{
    return n != NULL && n->node_case == PG_QUERY__NODE__NODE_COLUMN_REF && n->column_ref->n_fields == 1
               ? td_tree_string(n->column_ref->fields[0])
               : NULL;
}

static void put_name(struct constants *k, PgQuery__Node *n, const char *name)
{
    const struct td_trigger_facts *f = k->facts;
    if (strcmp(name, "tg_op") == 0)
        become_text(k->arena, n, f->op);
    else if (strcmp(name, "tg_table_name") == 0 || strcmp(name, "tg_relname") == 0)
        become_text(k->arena, n, f->table->name);
    else if (strcmp(name, "tg_table_schema") == 0)
        become_text(k->arena, n, f->table->schema);
    else if (strcmp(name, "tg_name") == 0)
        become_text(k->arena, n, f->trigger->name);
    else if (strcmp(name, "tg_when") == 0)
        become_text(k->arena, n, f->node->timing & TD_TIMING_BEFORE ? "BEFORE" : "AFTER");
    else if (strcmp(name, "tg_level") == 0)
        become_text(k->arena, n, f->node->row ? "ROW" : "STATEMENT");
    else if (strcmp(name, "tg_nargs") == 0)
        become_number(k->arena, n, (int)f->node->n_args);
}

/* TG_ARGV[0] */
static bool put_argument(struct constants *k, PgQuery__Node *n)
{
    const PgQuery__AIndirection *i = n->a_indirection;
    const char *name = bare_name(i->arg);
    const PgQuery__AIndices *at =
        i->n_indirection == 1 && i->indirection[0]->node_case == PG_QUERY__NODE__NODE_A_INDICES
            ? i->indirection[0]->a_indices
            : NULL;
    if (name == NULL || strcmp(name, "tg_argv") != 0 || at == NULL || at->is_slice || at->uidx == NULL ||
        at->uidx->node_case != PG_QUERY__NODE__NODE_A_CONST ||
        at->uidx->a_const->val_case != PG_QUERY__A__CONST__VAL_IVAL)
        return false;
    int number = at->uidx->a_const->ival->ival;
    bool there = number >= 0 && (size_t)number < k->facts->node->n_args;
    become_text(k->arena, n, there ? td_tree_string(k->facts->node->args[number]) : NULL);
    return true;
}

static bool put_constant(PgQuery__Node *n, void *data)
{
    struct constants *k = data;
    const char *name = bare_name(n);
    if (name != NULL)
        put_name(k, n, name);
    if (n->node_case == PG_QUERY__NODE__NODE_A_INDIRECTION)
        return !put_argument(k, n);
    return n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF;
}

/* ---- what they decide ---- */

static const char *text_of(const PgQuery__Node *n)
{
    return n != NULL && n->node_case == PG_QUERY__NODE__NODE_A_CONST &&
                   n->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL
               ? n->a_const->sval->sval
               : NULL;
}

static int one_of(const char *left, const PgQuery__List *list, bool wanted)
{
    for (size_t i = 0; i < list->n_items; i++) {
        const char *text = text_of(list->items[i]);
        if (text == NULL)
            return -1;
        if (strcmp(text, left) == 0)
            return wanted;
    }
    return !wanted;
}

static int compare(const PgQuery__AExpr *e)
{
    const char *op = td_tree_name(e->name, e->n_name, NULL), *left = text_of(e->lexpr), *right = text_of(e->rexpr);
    bool equal = op != NULL && strcmp(op, "=") == 0, other = op != NULL && strcmp(op, "<>") == 0;
    if (left == NULL || (!equal && !other))
        return -1;
    if (e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_IN && e->rexpr->node_case == PG_QUERY__NODE__NODE_LIST)
        return one_of(left, e->rexpr->list, equal);
    if (e->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || right == NULL)
        return -1;
    return (strcmp(left, right) == 0) == equal;
}

static int fold(PgQuery__Node *n);

static int fold_bool(PgQuery__Node *n)
{
    PgQuery__BoolExpr *b = n->bool_expr;
    if (b->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR) {
        int known = fold(b->args[0]);
        return known < 0 ? -1 : !known;
    }
    int ends = b->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR;
    size_t kept = 0;
    for (size_t i = 0; i < b->n_args; i++) {
        int known = fold(b->args[i]);
        if (known == ends)
            return ends;
        if (known < 0)
            b->args[kept++] = b->args[i];
    }
    b->n_args = kept;
    if (kept == 0)
        return !ends;
    if (kept == 1)
        *n = *b->args[0];
    return -1;
}

static int fold(PgQuery__Node *n)
{
    if (n->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR)
        return fold_bool(n);
    return n->node_case == PG_QUERY__NODE__NODE_A_EXPR ? compare(n->a_expr) : -1;
}

int td_trigger_fold(struct td_arena *a, const struct td_trigger_facts *facts, PgQuery__Node *tree)
{
    struct constants k = {.arena = a, .facts = facts};
    td_tree_walk(tree, put_constant, &k);
    return fold(tree);
}

/* ---- what cannot fail ---- */

static bool is_in(const char *name, const char *const *names)
{
    for (; name != NULL && *names != NULL; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

static bool all(PgQuery__Node *const *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!td_trigger_cannot_fail(at[i]))
            return false;
    return true;
}

/* A NULL key would be an error. */
static bool has_constant_keys(const PgQuery__FuncCall *f)
{
    for (size_t i = 0; i < f->n_args; i += 2)
        if (text_of(f->args[i]) == NULL)
            return false;
    return f->n_args % 2 == 0;
}

static bool is_plain_format(const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        if (*text == '%' && strchr("sL%", *++text) == NULL)
            return false;
    return text != NULL;
}

static bool call_cannot_fail(const PgQuery__FuncCall *f)
{
    static const char *const safe[] = {
        "concat", "concat_ws", "row_to_json",  "to_json",       "to_jsonb", "json_build_array",
        "lower",  "upper",     "length",       "md5",           "now",      "jsonb_build_array",
        "trim",   "btrim",     "txid_current", "quote_literal", NULL};
    static const char *const objects[] = {"json_build_object", "jsonb_build_object", NULL};
    const char *name = td_tree_name(f->funcname, f->n_funcname, NULL);
    if (!all(f->args, f->n_args))
        return false;
    if (is_in(name, objects))
        return has_constant_keys(f);
    if (name != NULL && strcmp(name, "format") == 0)
        return f->n_args > 0 && is_plain_format(text_of(f->args[0]));
    return is_in(name, safe);
}

static bool operator_cannot_fail(const PgQuery__AExpr *e)
{
    static const char *const safe[] = {"||", "=", "<>", "<", ">", "<=", ">=", "->", "->>", NULL};
    bool good = (e->lexpr == NULL || td_trigger_cannot_fail(e->lexpr)) &&
                (e->rexpr == NULL || td_trigger_cannot_fail(e->rexpr));
    const char *pattern =
        e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_LIKE || e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE
            ? text_of(e->rexpr)
            : NULL;
    bool like = pattern != NULL && strchr(pattern, '\\') == NULL;
    return good && (like || is_in(td_tree_name(e->name, e->n_name, NULL), safe));
}

static bool cast_cannot_fail(const PgQuery__TypeCast *c)
{
    static const char *const texts[] = {"text", "varchar", "bpchar", NULL};
    const char *name = td_tree_name(c->type_name->names, c->type_name->n_names, NULL);
    return c->type_name->n_array_bounds == 0 && is_in(name, texts) && td_trigger_cannot_fail(c->arg);
}

static bool case_cannot_fail(const PgQuery__CaseExpr *c)
{
    bool good = (c->arg == NULL || td_trigger_cannot_fail(c->arg)) &&
                (c->defresult == NULL || td_trigger_cannot_fail(c->defresult));
    for (size_t i = 0; good && i < c->n_args; i++)
        good = td_trigger_cannot_fail(c->args[i]->case_when->expr) &&
               td_trigger_cannot_fail(c->args[i]->case_when->result);
    return good;
}

bool td_trigger_cannot_fail(const PgQuery__Node *n)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST:
    case PG_QUERY__NODE__NODE_COLUMN_REF:
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION: return true;
    case PG_QUERY__NODE__NODE_A_INDIRECTION: return td_trigger_cannot_fail(n->a_indirection->arg);
    case PG_QUERY__NODE__NODE_LIST: return all(n->list->items, n->list->n_items);
    case PG_QUERY__NODE__NODE_BOOL_EXPR: return all(n->bool_expr->args, n->bool_expr->n_args);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR: return all(n->coalesce_expr->args, n->coalesce_expr->n_args);
    case PG_QUERY__NODE__NODE_NULL_TEST: return td_trigger_cannot_fail(n->null_test->arg);
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: return td_trigger_cannot_fail(n->boolean_test->arg);
    case PG_QUERY__NODE__NODE_TYPE_CAST: return cast_cannot_fail(n->type_cast);
    case PG_QUERY__NODE__NODE_CASE_EXPR: return case_cannot_fail(n->case_expr);
    case PG_QUERY__NODE__NODE_A_EXPR: return operator_cannot_fail(n->a_expr);
    case PG_QUERY__NODE__NODE_FUNC_CALL: return call_cannot_fail(n->func_call);
    default: return false;
    }
}

/* ---- what is NULL with its column ---- */

bool td_trigger_is_strict(const PgQuery__Node *n, const char *column)
{
    static const char *const strict[] = {"lower",   "upper",          "trim",       "btrim", "ltrim", "rtrim",
                                         "replace", "initcap",        "left",       "right", "abs",   "round",
                                         "substr",  "substring",      "translate",  "floor", "ceil",  "md5",
                                         "reverse", "regexp_replace", "date_trunc", NULL};
    static const char *const operators[] = {"||", "+", "-", "*", "/", NULL};
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF:
        return n->column_ref->n_fields == 2 && td_tree_string(n->column_ref->fields[0]) != NULL &&
               td_tree_string(n->column_ref->fields[1]) != NULL &&
               strcmp(td_tree_string(n->column_ref->fields[0]), "new") == 0 &&
               strcmp(td_tree_string(n->column_ref->fields[1]), column) == 0;
    case PG_QUERY__NODE__NODE_TYPE_CAST: return td_trigger_is_strict(n->type_cast->arg, column);
    case PG_QUERY__NODE__NODE_A_EXPR:
        return n->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP && n->a_expr->lexpr != NULL &&
               is_in(td_tree_name(n->a_expr->name, n->a_expr->n_name, NULL), operators) &&
               (td_trigger_is_strict(n->a_expr->lexpr, column) || td_trigger_is_strict(n->a_expr->rexpr, column));
    case PG_QUERY__NODE__NODE_FUNC_CALL: {
        bool found = false;
        for (size_t i = 0; i < n->func_call->n_args; i++)
            found = found || td_trigger_is_strict(n->func_call->args[i], column);
        return found && is_in(td_tree_name(n->func_call->funcname, n->func_call->n_funcname, NULL), strict);
    }
    default: return false;
    }
}

static bool comparison_needs(const PgQuery__AExpr *e, const char *column)
{
    static const char *const operators[] = {"=", "<>", "<", ">", "<=", ">=", "~~", "~~*", NULL};
    bool list = e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_IN, one = e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP ||
                                                                    e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_LIKE ||
                                                                    e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE;
    return (list || one) && e->lexpr != NULL && is_in(td_tree_name(e->name, e->n_name, NULL), operators) &&
           (td_trigger_is_strict(e->lexpr, column) || (one && td_trigger_is_strict(e->rexpr, column)));
}

bool td_trigger_needs(const PgQuery__Node *n, const char *column)
{
    if (n == NULL)
        return false;
    if (n->node_case == PG_QUERY__NODE__NODE_A_EXPR)
        return comparison_needs(n->a_expr, column);
    if (n->node_case == PG_QUERY__NODE__NODE_NULL_TEST)
        return n->null_test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NOT_NULL &&
               td_trigger_is_strict(n->null_test->arg, column);
    if (n->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR && n->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR)
        for (size_t i = 0; i < n->bool_expr->n_args; i++)
            if (td_trigger_needs(n->bool_expr->args[i], column))
                return true;
    return false;
}
