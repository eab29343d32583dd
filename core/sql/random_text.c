/* md5(random()::text) in schema text: how defaults ask for an unguessable text, or for a uuid. Stock SQLite has no md5,
 * but nothing can tell the hash of a random number from as many random digits; what else is hashed beside the number
 * makes no difference. */
#include <string.h>

#include "core/sql/lower_impl.h"
#include "core/sql/tree.h"

static const char random_digits[] = "lower(hex(randomblob(16)))";

enum content { OTHER, PLAIN, RANDOM }; /* PLAIN: some text, never NULL */

static enum content content_of(struct lw *w, const PgQuery__Node *n);

/* The text of a function's value. */
static enum content converted(struct lw *w, const PgQuery__TypeCast *c)
{
    struct td_type to;
    const char *name;
    if (c->arg == NULL || lw_type(w, c->type_name, &to) != TD_OK || to.dims > 0 || to.mod1 >= 0 ||
        (to.kind != TD_T_TEXT && to.kind != TD_T_VARCHAR))
        return OTHER;
    if (c->arg->node_case == PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION)
        return PLAIN;
    if (c->arg->node_case != PG_QUERY__NODE__NODE_FUNC_CALL || c->arg->func_call->n_args > 0)
        return content_of(w, c->arg);
    name = td_tree_builtin(c->arg->func_call);
    if (strcmp(name, "random") == 0 || strcmp(name, "gen_random_uuid") == 0)
        return RANDOM;
    return strcmp(name, "now") == 0 || strcmp(name, "clock_timestamp") == 0 ? PLAIN : OTHER;
}

static enum content joined(struct lw *w, const PgQuery__AExpr *e)
{
    enum content l, r;
    if (e->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || e->lexpr == NULL ||
        strcmp(td_tree_name(e->name, e->n_name, NULL), "||") != 0)
        return OTHER;
    l = content_of(w, e->lexpr);
    r = content_of(w, e->rexpr);
    return l == OTHER || r == OTHER ? OTHER : l == RANDOM ? l : r;
}

static enum content content_of(struct lw *w, const PgQuery__Node *n)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST:
        return n->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL && !n->a_const->isnull ? PLAIN : OTHER;
    case PG_QUERY__NODE__NODE_TYPE_CAST: return converted(w, n->type_cast);
    case PG_QUERY__NODE__NODE_A_EXPR: return joined(w, n->a_expr);
    default: return OTHER;
    }
}

bool lw_random_md5(struct lw *w, const char *name, const PgQuery__FuncCall *c, struct ex *out)
{
    if (!is_schema(w) || strcmp(name, "md5") != 0 || c->n_args != 1 || content_of(w, c->args[0]) != RANDOM)
        return false;
    w->constant = false;
    *out = ex_of(random_digits, TD_TYPE(TD_T_TEXT), PREC_ATOM);
    out->loc = c->location;
    return true;
}

bool lw_random_uuid(const struct ex *e, const char **sql_out)
{
    *sql_out = "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || "
               "hex(randomblob(2)) || '-' || hex(randomblob(6)))";
    return strcmp(e->sql, random_digits) == 0;
}
