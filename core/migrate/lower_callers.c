/* CREATE OR REPLACE FUNCTION: what the file holds because of the function (triggers, and the defaults, CHECKs, indexes
 * and views that have its body written out) follows the new body; or is left to PostgreSQL, where SQLite cannot have
 * it and the statement is skipped. */
#include <string.h>

#include "core/catalog/edit.h"
#include "core/migrate/lower_impl.h"
#include "core/sql/routine.h"
#include "core/sql/tree.h"

/* ---- who calls it ---- */

struct search {
    const struct td_strings *names;
    bool found;
};

static bool find_call(PgQuery__Node *n, void *data)
{
    struct search *x = data;
    const char *name = n->node_case == PG_QUERY__NODE__NODE_FUNC_CALL
                           ? td_tree_name(n->func_call->funcname, n->func_call->n_funcname, NULL)
                           : NULL;
    x->found = x->found || (name != NULL && td_strings_find(x->names, name) >= 0);
    return !x->found;
}

static bool calls(const struct td_strings *names, const PgQuery__Node *tree)
{
    struct search x = {.names = names};
    if (tree != NULL)
        td_tree_walk((PgQuery__Node *)tree, find_call, &x);
    return x.found;
}

static bool body_calls(struct td_lowering *l, const struct td_function *f, const struct td_strings *names)
{
    const PgQuery__Node *body;
    struct td_err none = {0};
    return f->node != NULL && td_strings_find(names, f->name) < 0 &&
           td_routine_expression(l->arena, f, &body, &none) == TD_OK && calls(names, body);
}

/* The function's name, and those of SQL functions that call it, however far. */
static struct td_strings callers_names(struct td_lowering *l, const char *name)
{
    struct td_strings names = {0};
    td_strings_add(l->arena, &names, name);
    for (size_t n = 0; n < names.len; n++)
        for (size_t i = 0; i < l->catalog.functions.len; i++)
            if (body_calls(l, l->catalog.functions.at[i], &names))
                td_strings_add(l->arena, &names, l->catalog.functions.at[i]->name);
    return names;
}

static bool check_calls(const struct td_strings *names, const struct td_constraint *k)
{
    return k->kind == TD_K_CHECK && td_on_sqlite(k->on) && calls(names, k->expr);
}

static bool index_calls(const struct td_strings *names, const struct td_index *ix)
{
    bool found = calls(names, ix->where);
    for (size_t i = 0; i < ix->keys.len; i++)
        found = found || calls(names, ix->keys.at[i].expr);
    return found && td_on_sqlite(ix->on);
}

/* Does a text that only a rebuild renews call it? */
static bool text_calls(const struct td_strings *names, const struct td_table *t)
{
    for (size_t i = 0; i < t->constraints.len; i++)
        if (check_calls(names, t->constraints.at[i]))
            return true;
    for (size_t i = 0; i < t->indexes.len; i++)
        if (index_calls(names, t->indexes.at[i]))
            return true;
    return false;
}

static bool column_calls(const struct td_strings *names, const struct td_column *c)
{
    return td_on_sqlite(c->on) && (calls(names, td_column_default(c)) || calls(names, c->generated));
}

static bool table_calls(const struct td_strings *names, const struct td_table *t)
{
    for (size_t i = 0; i < t->columns.len; i++)
        if (column_calls(names, t->columns.at[i]))
            return true;
    return text_calls(names, t) || calls(names, t->query);
}

static const char *replaced_name(const PgQuery__Node *node)
{
    const PgQuery__CreateFunctionStmt *s =
        node->node_case == PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT ? node->create_function_stmt : NULL;
    return s != NULL && s->replace ? td_tree_name(s->funcname, s->n_funcname, NULL) : NULL;
}

static bool is_triggered(const struct td_trigger *tr, const char *function)
{
    return td_on_sqlite(tr->on) && tr->function != NULL && strcmp(tr->function->name, function) == 0;
}

/* ---- before and after ---- */

/* Rows that wait for a new column's default get the one of the old body. */
int td_callers_before(struct td_lowering *l, const PgQuery__Node *node, struct td_err *err)
{
    const char *name = replaced_name(node);
    if (name == NULL || l->dirty.len == 0 || td_catalog_function(&l->catalog, NULL, name) == NULL)
        return TD_OK;
    const struct td_strings names = callers_names(l, name);
    for (size_t i = 0; i < l->dirty.len; i++) {
        const struct td_table *t = td_catalog_table_by_id(&l->catalog, l->dirty.at[i]->id);
        for (size_t k = 0; t != NULL && k < t->columns.len; k++)
            if (calls(&names, t->columns.at[k]->filled_by))
                return td_lowering_sync(l, err);
    }
    return TD_OK;
}

void td_callers_touch(struct td_lowering *l, const PgQuery__Node *node)
{
    const char *name = replaced_name(node);
    if (name == NULL)
        return;
    const struct td_strings names = callers_names(l, name);
    for (size_t i = 0; i < l->catalog.tables.len; i++) {
        const struct td_table *t = l->catalog.tables.at[i];
        if (!td_on_sqlite(t->on) || t->kind == TD_R_MATVIEW || !table_calls(&names, t))
            continue;
        td_phys_touch(l, t->id, l->stmt);
        if (text_calls(&names, t))
            td_phys_get(l, t->id)->renew = true;
    }
}

/* ---- can they be carried? ---- */

static int refuse_generated(const struct td_table *t, const struct td_column *c, const char *function,
                            struct td_err *err)
{
    td_err_set(err, TD_C_DDL_KIND, "the generated column \"%s\" of \"%s\" is made from \"%s\"", c->name, t->name,
               function);
    td_err_why(err, "PostgreSQL keeps what older rows have in it, SQLite would work it out anew");
    return td_err_next(err, "give the new body to a function of another name");
}

typedef int (*checker)(struct td_lowering *l, const struct td_table *t, const void *part, struct td_err *err);

static int default_carried(struct td_lowering *l, const struct td_table *t, const void *part, struct td_err *err)
{
    struct td_lower ctx = td_lowering_sync_ctx(l);
    struct td_buf b;
    td_buf_init(&b, l->arena);
    return td_ddl_column(&ctx, t, part, &b, NULL, err);
}

static int constraint_carried(struct td_lowering *l, const struct td_table *t, const void *part, struct td_err *err)
{
    struct td_lower ctx = td_lowering_sync_ctx(l);
    struct td_buf b;
    td_buf_init(&b, l->arena);
    return td_ddl_constraint(&ctx, t, part, &b, err);
}

static int index_carried(struct td_lowering *l, const struct td_table *t, const void *part, struct td_err *err)
{
    struct td_lower ctx = td_lowering_sync_ctx(l);
    struct td_strings sql = {0};
    return td_ddl_index(&ctx, t, part, &sql, err);
}

static int view_carried(struct td_lowering *l, const struct td_table *t, const void *part, struct td_err *err)
{
    struct td_lower ctx = td_lowering_sync_ctx(l);
    struct td_buf b;
    (void)part;
    td_buf_init(&b, l->arena);
    return td_lower_select(&ctx, t->query, &b, NULL, err);
}

static int trigger_carried(struct td_lowering *l, const struct td_table *t, const void *part, struct td_err *err)
{
    struct td_phys_triggers made = {0};
    bool sets, notify = false;
    int rc = td_lowering_trigger_does(l, t, part, &notify, &sets, err);
    return rc == TD_OK ? td_lowering_row_triggers(l, t, &made, err) : rc;
}

/* Whoever walks the callers: each is offered with how to check it and what says which engines have it. */
struct visitor {
    struct td_lowering *l;
    struct td_strings names;
    const char *function;
    struct td_err *err;
    struct td_buf left; /* what is left to PostgreSQL */
    int (*visit)(struct visitor *v, const struct td_table *t, const char *what, const char *name, const void *part,
                 checker check, void *side);
};

static int visit_columns(struct visitor *v, struct td_table *t)
{
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < t->columns.len; i++) {
        struct td_column *c = t->columns.at[i];
        if (column_calls(&v->names, c))
            rc = v->visit(v, t, "default of", c->name, c, default_carried, NULL);
    }
    return rc;
}

static int visit_table(struct visitor *v, struct td_table *t)
{
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < t->triggers.len; i++)
        if (is_triggered(t->triggers.at[i], v->function))
            rc = v->visit(v, t, "trigger", t->triggers.at[i]->name, t->triggers.at[i], trigger_carried,
                          &t->triggers.at[i]->on);
    if (rc == TD_OK && t->kind == TD_R_VIEW && calls(&v->names, t->query))
        return v->visit(v, t, "view", t->name, NULL, view_carried, &t->on);
    if (rc == TD_OK)
        rc = visit_columns(v, t);
    for (size_t i = 0; rc == TD_OK && i < t->constraints.len; i++)
        if (check_calls(&v->names, t->constraints.at[i]))
            rc = v->visit(v, t, "constraint", t->constraints.at[i]->name, t->constraints.at[i], constraint_carried,
                          &t->constraints.at[i]->on);
    for (size_t i = 0; rc == TD_OK && i < t->indexes.len; i++)
        if (index_calls(&v->names, t->indexes.at[i]))
            rc =
                v->visit(v, t, "index", t->indexes.at[i]->name, t->indexes.at[i], index_carried, &t->indexes.at[i]->on);
    return rc;
}

static int visit_callers(struct visitor *v)
{
    int rc = TD_OK;
    v->names = callers_names(v->l, v->function);
    for (size_t i = 0; rc == TD_OK && i < v->l->catalog.tables.len; i++)
        if (td_on_sqlite(v->l->catalog.tables.at[i]->on))
            rc = visit_table(v, v->l->catalog.tables.at[i]);
    return rc;
}

static int must_be_carried(struct visitor *v, const struct td_table *t, const char *what, const char *name,
                           const void *part, checker check, void *side)
{
    const struct td_column *c = side == NULL ? part : NULL;
    if (c != NULL && c->generated != NULL)
        return refuse_generated(t, c, v->function, v->err);
    int rc = check(v->l, t, part, v->err);
    if (rc == TD_OK)
        return rc;
    return td_err_next(v->err,
                       "mark it with  -- tandem: postgres   or deploy with  --skip function  (SQLite then goes on "
                       "without the %s \"%s\")",
                       what, name);
}

int td_callers_check(struct td_lowering *l, const PgQuery__Node *node, struct td_err *err)
{
    struct visitor v = {.l = l, .function = replaced_name(node), .err = err, .visit = must_be_carried};
    return v.function == NULL ? TD_OK : visit_callers(&v);
}

static int leave(struct visitor *v, const struct td_table *t, const char *what, const char *name, const void *part,
                 checker check, void *side)
{
    struct td_err why = {0};
    if (check(v->l, t, part, &why) == TD_OK)
        return TD_OK;
    if (side == NULL)
        ((struct td_column *)part)->left_out = td_column_default(part);
    else
        *(enum td_on *)side = TD_ON_POSTGRES;
    td_phys_touch(v->l, t->id, v->l->stmt);
    td_buf_printf(&v->left, "%s%s \"%s\"", v->left.len > 0 ? ", " : "SQLite goes on without ", what, name);
    return TD_OK;
}

const char *td_callers_leave(struct td_lowering *l, const PgQuery__Node *node)
{
    struct visitor v = {.l = l, .function = node == NULL ? NULL : replaced_name(node), .visit = leave};
    if (v.function == NULL)
        return "";
    td_buf_init(&v.left, l->arena);
    td_callers_touch(l, node);
    int rc = visit_callers(&v);
    TD_ASSERT(rc == TD_OK);
    return td_buf_str(&v.left);
}

/* ---- marks ---- */

int td_callers_check_alone(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err)
{
    struct td_replay r = {.catalog = &l->catalog, .source = &l->file->src, .on = TD_ON_BOTH};
    struct td_err none = {0};
    const char *name = replaced_name(s->node);
    bool used = false;
    if (name == NULL)
        return TD_OK;
    const struct td_strings names = callers_names(l, name);
    for (size_t i = 0; i < l->catalog.tables.len; i++) {
        const struct td_table *t = l->catalog.tables.at[i];
        used = used || (td_on_sqlite(t->on) && table_calls(&names, t));
        for (size_t k = 0; k < t->triggers.len; k++)
            used = used || is_triggered(t->triggers.at[k], name);
    }
    if (!used)
        return TD_OK;
    struct td_undo *mark = td_catalog_begin(&l->catalog);
    bool carried = td_replay_stmt(&r, s, &none) == TD_OK && td_callers_check(l, s->node, &none) == TD_OK;
    td_catalog_rollback(&l->catalog, mark);
    if (!carried)
        return TD_OK;
    td_err_set(err, TD_C_DDL_BOTH, "function \"%s\" is on both engines, and so is this change of it", name);
    td_err_why(err, "what SQLite has of it could follow the new body");
    return td_err_next(err, "take the mark away, so that SQLite follows");
}
