/* Type names of expressions: built in, or the catalog's enums and domains. */
#include <string.h>

#include "core/sql/lower_impl.h"

static int typmod(const PgQuery__Node *n)
{
    if (n->node_case == PG_QUERY__NODE__NODE_A_CONST && n->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL)
        return n->a_const->ival->ival;
    return -1;
}

static bool user_type(struct lw *w, const char *schema, const char *name, struct td_type *out)
{
    const struct td_user_type *u = w->l->catalog == NULL ? NULL : td_catalog_type(w->l->catalog, schema, name);
    static const enum td_type_kind kinds[] = {[TD_UT_ENUM] = TD_T_ENUM,
                                              [TD_UT_DOMAIN] = TD_T_DOMAIN,
                                              [TD_UT_COMPOSITE] = TD_T_COMPOSITE,
                                              [TD_UT_RANGE] = TD_T_OTHER,
                                              [TD_UT_SHELL] = TD_T_OTHER};
    if (u == NULL)
        return false;
    *out = TD_TYPE(kinds[u->kind]);
    out->user = u;
    out->name = u->name;
    return true;
}

static int digits(int mod)
{
    return mod > 6 ? 6 : mod;
}

/* interval day to second (3): the first says the fields, the second the digits. */
static void add_typmods(const PgQuery__TypeName *n, struct td_type *t)
{
    enum { ALL_INTERVAL_FIELDS = 0x7FFF };
    if (t->kind == TD_T_INTERVAL) {
        t->mod2 = n->n_typmods > 0 ? typmod(n->typmods[0]) : -1;
        t->mod2 = t->mod2 == ALL_INTERVAL_FIELDS ? -1 : t->mod2;
        t->mod1 = n->n_typmods > 1 ? digits(typmod(n->typmods[1])) : -1;
        return;
    }
    if (n->n_typmods > 0)
        t->mod1 = typmod(n->typmods[0]);
    if (n->n_typmods > 1)
        t->mod2 = typmod(n->typmods[1]);
    else if (t->kind == TD_T_NUMERIC && n->n_typmods == 1)
        t->mod2 = 0;
    if (t->kind >= TD_T_TIMESTAMPTZ && t->kind <= TD_T_TIMETZ)
        t->mod1 = digits(t->mod1);
}

int lw_type(struct lw *w, const PgQuery__TypeName *n, struct td_type *out)
{
    const char *schema, *name = td_tree_name(n->names, n->n_names, &schema);
    bool system = schema != NULL && strcmp(schema, "pg_catalog") == 0;
    if (n->pct_type)
        return lw_refuse(w, TD_C_LOWER_TYPE, n->location, "%TYPE is PL/pgSQL's", "Write the type itself.",
                         "a type is taken from a column by %%TYPE");
    if (!(!system && user_type(w, schema, name, out)) && !td_type_builtin(name, out))
        return lw_error(w, "42704", n->location, "type \"%s\" does not exist", name);
    if (out->kind == TD_T_BPCHAR && out->mod1 <= 0 && n->n_typmods == 0 && strcmp(name, "bpchar") != 0)
        out->mod1 = 1;
    add_typmods(n, out);
    out->dims = (short)n->n_array_bounds;
    return TD_OK;
}
