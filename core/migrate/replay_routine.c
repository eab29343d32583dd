/* Functions, triggers, policies. */
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/replay_impl.h"

/* ---- functions ---- */

static bool is_input(const PgQuery__FunctionParameter *f)
{
    return f->mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_OUT &&
           f->mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_TABLE;
}

static int add_argument(const struct td_replaying *p, struct td_buf *b, const PgQuery__TypeName *name)
{
    struct td_type t;
    int rc = td_replay_resolve_type(p, name, &t, NULL);
    if (rc != TD_OK)
        return rc;
    t.mod1 = t.mod2 = -1; /* PostgreSQL ignores them here */
    if (b->len > 0)
        td_buf_add(b, ", ");
    if (t.kind == TD_T_RECORD || t.kind == TD_T_BPCHAR)
        td_buf_add(b, td_tree_name(name->names, name->n_names, NULL));
    else
        td_type_print(&t, b);
    return TD_OK;
}

static int arguments(const struct td_replaying *p, PgQuery__Node *const *parameters, size_t n, const char **out)
{
    struct td_buf b;
    td_buf_init(&b, p->a);
    for (size_t i = 0; i < n; i++) {
        const PgQuery__FunctionParameter *f = parameters[i]->function_parameter;
        int rc = parameters[i]->node_case == PG_QUERY__NODE__NODE_FUNCTION_PARAMETER && is_input(f)
                     ? add_argument(p, &b, f->arg_type)
                     : TD_OK;
        if (rc != TD_OK)
            return rc;
    }
    *out = td_buf_str(&b);
    return TD_OK;
}

static struct td_function *find(const struct td_catalog *c, const char *schema, const char *name, const char *args)
{
    for (size_t i = 0; i < c->functions.len; i++) {
        struct td_function *f = c->functions.at[i];
        if (strcmp(f->name, name) == 0 && strcmp(f->schema, schema) == 0 && strcmp(f->arguments, args) == 0)
            return f;
    }
    return NULL;
}

static void read_options(const PgQuery__CreateFunctionStmt *s, struct td_function *f)
{
    f->language = "sql";
    for (size_t i = 0; i < s->n_options; i++) {
        const PgQuery__DefElem *d = s->options[i]->def_elem;
        if (d->arg == NULL)
            continue;
        if (strcmp(d->defname, "language") == 0)
            f->language = td_tree_string(d->arg);
        else if (strcmp(d->defname, "as") == 0 && d->arg->node_case == PG_QUERY__NODE__NODE_LIST)
            f->body = td_tree_string(d->arg->list->items[0]);
    }
}

static int read_result(const struct td_replaying *p, const PgQuery__CreateFunctionStmt *s, struct td_function *f)
{
    f->result = TD_TYPE(TD_T_VOID);
    if (s->return_type == NULL) {
        for (size_t i = 0; i < s->n_parameters; i++)
            if (!is_input(s->parameters[i]->function_parameter))
                f->result = TD_TYPE(TD_T_RECORD);
        return TD_OK;
    }
    f->returns_set = s->return_type->setof;
    return td_replay_resolve_type(p, s->return_type, &f->result, NULL);
}

static const char *statement_text(const struct td_replaying *p)
{
    if (p->r->source == NULL)
        return NULL;
    return td_arena_dup(p->a, p->r->source->text + p->stmt->start, p->stmt->len);
}

int td_replay_create_function(const struct td_replaying *p, const PgQuery__CreateFunctionStmt *s)
{
    const char *schema, *written, *name = td_tree_name(s->funcname, s->n_funcname, &written), *args;
    int rc = td_replay_new_schema(p, written, false, td_replay_place(p, -1, written), &schema);
    if (rc == TD_OK)
        rc = arguments(p, s->parameters, s->n_parameters, &args);
    if (rc != TD_OK)
        return rc;
    struct td_function *f = find(p->c, schema, name, args);
    if (f != NULL && !s->replace)
        return td_replay_fail(p, td_replay_place(p, -1, name), TD_C_SCHEMA_EXISTS, "42723",
                              "function \"%s\" already exists with same argument types", name);
    if (f == NULL) {
        f = td_arena_new(p->a, struct td_function);
        f->id = td_catalog_next_id(p->c);
        *td_edit_add(p->c, &p->c->functions) = f;
    } else {
        td_keep(p->c, f);
    }
    f->kind = s->is_procedure ? TD_FN_PROCEDURE : TD_FN_FUNCTION;
    f->schema = schema;
    f->name = name;
    f->arguments = args;
    f->on = p->r->on;
    f->stmt = p->c->stmt;
    f->node = p->stmt->node;
    f->source_text = statement_text(p);
    read_options(s, f);
    return read_result(p, s, f);
}

static struct td_function *only_one(const struct td_replaying *p, const char *schema, const char *name, size_t *n)
{
    struct td_function *found = td_catalog_function(p->c, schema, name);
    *n = 0;
    for (size_t i = 0; found != NULL && i < p->c->functions.len; i++)
        *n +=
            strcmp(p->c->functions.at[i]->name, name) == 0 && strcmp(p->c->functions.at[i]->schema, found->schema) == 0;
    return found;
}

static struct td_function *find_with_arguments(const struct td_replaying *p, const char *schema, const char *name,
                                               const char *args)
{
    if (schema != NULL)
        return find(p->c, schema, name, args);
    struct td_function *f = NULL;
    for (size_t i = 0; f == NULL && i < p->c->search_path.len; i++)
        f = find(p->c, p->c->search_path.at[i], name, args);
    return f;
}

static int written_arguments(const struct td_replaying *p, const PgQuery__ObjectWithArgs *o, bool missing_ok,
                             const char **out)
{
    struct td_buf b;
    td_buf_init(&b, p->a);
    struct td_err ignored = {0};
    struct td_replaying quiet = *p;
    if (missing_ok)
        quiet.err = &ignored; /* IF EXISTS: a function of unknown types is missing too */
    for (size_t i = 0; i < o->n_objargs; i++) {
        if (o->objargs[i]->node_case != PG_QUERY__NODE__NODE_TYPE_NAME)
            continue;
        int rc = add_argument(&quiet, &b, o->objargs[i]->type_name);
        if (rc != TD_OK)
            return rc;
    }
    *out = td_buf_str(&b);
    return TD_OK;
}

int td_replay_find_function(const struct td_replaying *p, const PgQuery__ObjectWithArgs *o, bool missing_ok,
                            const char *what, struct td_function **out)
{
    const char *schema, *args = "", *name = td_tree_name(o->objname, o->n_objname, &schema);
    size_t n = 0;
    *out = NULL;
    if (o->args_unspecified) {
        *out = only_one(p, schema, name, &n);
    } else {
        int rc = written_arguments(p, o, missing_ok, &args);
        if (rc != TD_OK)
            return missing_ok ? TD_OK : rc;
        *out = find_with_arguments(p, schema, name, args);
    }
    if (n > 1)
        return td_replay_fail(p, td_replay_place(p, -1, name), TD_C_SCHEMA_INVALID, "42725",
                              "%s name \"%s\" is not unique", what, name);
    if (*out != NULL || missing_ok)
        return TD_OK;
    return td_replay_fail(p, td_replay_place(p, -1, name), TD_C_SCHEMA_MISSING, "42883", "%s %s(%s) does not exist",
                          what, name, args);
}

/* ---- triggers ---- */

static int update_columns(const struct td_replaying *p, const struct td_table *t, const PgQuery__CreateTrigStmt *s)
{
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < s->n_columns; i++) {
        struct td_column *ignored;
        rc = td_replay_find_column(p, t, td_tree_string(s->columns[i]), -1, &ignored);
    }
    return rc;
}

int td_replay_create_trigger(const struct td_replaying *p, const PgQuery__Node *node)
{
    const PgQuery__CreateTrigStmt *s = node->create_trig_stmt;
    struct td_table *t;
    int rc = td_replay_find_table(p, s->relation, false, &t);
    if (rc == TD_OK)
        rc = update_columns(p, t, s);
    if (rc != TD_OK)
        return rc;
    const char *schema, *function = td_tree_name(s->funcname, s->n_funcname, &schema);
    struct td_trigger *tr = td_table_trigger(t, s->trigname);
    if (tr != NULL && !s->replace)
        return td_replay_fail(p, td_replay_place(p, -1, s->trigname), TD_C_SCHEMA_EXISTS, "42710",
                              "trigger \"%s\" for relation \"%s\" already exists", s->trigname, t->name);
    if (tr == NULL) {
        tr = td_arena_new(p->a, struct td_trigger);
        tr->id = td_catalog_next_id(p->c);
        *td_edit_add(p->c, &t->triggers) = tr;
    } else {
        td_keep(p->c, tr);
    }
    tr->name = s->trigname;
    tr->node = node;
    tr->function = td_catalog_function(p->c, schema, function);
    tr->on = p->r->on;
    tr->stmt = p->c->stmt;
    return TD_OK;
}

/* ---- policies ---- */

static struct td_policy *find_policy(const struct td_table *t, const char *name)
{
    for (size_t i = 0; i < t->policies.len; i++)
        if (strcmp(t->policies.at[i]->name, name) == 0)
            return t->policies.at[i];
    return NULL;
}

int td_replay_create_policy(const struct td_replaying *p, const PgQuery__Node *node)
{
    const PgQuery__CreatePolicyStmt *s = node->create_policy_stmt;
    struct td_table *t;
    int rc = td_replay_find_table(p, s->table, false, &t);
    if (rc != TD_OK)
        return rc;
    if (find_policy(t, s->policy_name) != NULL)
        return td_replay_fail(p, td_replay_place(p, -1, s->policy_name), TD_C_SCHEMA_EXISTS, "42710",
                              "policy \"%s\" for table \"%s\" already exists", s->policy_name, t->name);
    struct td_policy *policy = td_arena_new(p->a, struct td_policy);
    policy->name = s->policy_name;
    policy->node = node;
    *td_edit_add(p->c, &t->policies) = policy;
    return TD_OK;
}

int td_replay_alter_policy(const struct td_replaying *p, const PgQuery__AlterPolicyStmt *s)
{
    struct td_table *t;
    int rc = td_replay_find_table(p, s->table, false, &t);
    if (rc != TD_OK)
        return rc;
    struct td_policy *policy = find_policy(t, s->policy_name);
    if (policy == NULL)
        return td_replay_fail(p, td_replay_place(p, -1, s->policy_name), TD_C_SCHEMA_MISSING, "42704",
                              "policy \"%s\" for table \"%s\" does not exist", s->policy_name, t->name);
    PgQuery__Node *changed = td_tree_clone(p->a, policy->node);
    if (s->qual != NULL)
        changed->create_policy_stmt->qual = s->qual;
    if (s->with_check != NULL)
        changed->create_policy_stmt->with_check = s->with_check;
    if (s->n_roles > 0) {
        changed->create_policy_stmt->roles = s->roles;
        changed->create_policy_stmt->n_roles = s->n_roles;
    }
    td_keep(p->c, policy);
    policy->node = changed;
    return TD_OK;
}
