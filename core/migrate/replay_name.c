/* Names in statements, and the names that PostgreSQL makes where none was written. */
#include <string.h>

#include "core/migrate/replay_impl.h"

const char *td_replay_text(const char *s)
{
    return s == NULL || *s == '\0' ? NULL : s;
}

int td_replay_new_schema(const struct td_replaying *p, const char *schema, bool temporary, int location,
                         const char **out)
{
    *out = "pg_temp";
    if (temporary)
        return TD_OK;
    if (td_replay_text(schema) == NULL) {
        if (p->c->search_path.len == 0)
            return td_replay_fail(p, location, TD_C_SCHEMA_MISSING, "3F000",
                                  "no schema has been selected to create in");
        *out = p->c->search_path.at[0];
        return TD_OK;
    }
    for (size_t i = 0; i < p->c->schemas.len; i++) {
        if (strcmp(p->c->schemas.at[i], schema) == 0) {
            *out = p->c->schemas.at[i];
            return TD_OK;
        }
    }
    if (strcmp(schema, "pg_temp") == 0)
        return TD_OK;
    return td_replay_fail(p, location, TD_C_SCHEMA_MISSING, "3F000", "schema \"%s\" does not exist", schema);
}

static int no_relation(const struct td_replaying *p, const PgQuery__RangeVar *rv)
{
    const char *schema = td_replay_text(rv->schemaname);
    return td_replay_fail(p, rv->location, TD_C_SCHEMA_MISSING, "42P01", "relation \"%s%s%s\" does not exist",
                          schema == NULL ? "" : schema, schema == NULL ? "" : ".", rv->relname);
}

int td_replay_find_table(const struct td_replaying *p, const PgQuery__RangeVar *rv, bool missing_ok,
                         struct td_table **out)
{
    *out = NULL;
    const char *name = td_name_truncate(p->a, rv->relname);
    const struct td_relation *r = td_catalog_find(p->c, td_replay_text(rv->schemaname), name);
    if (r == NULL)
        return missing_ok ? TD_OK : no_relation(p, rv);
    if (r->entry != TD_REL_TABLE)
        return td_replay_fail(p, rv->location, TD_C_SCHEMA_INVALID, "42809", "\"%s\" is not a table", rv->relname);
    *out = r->table;
    return TD_OK;
}

int td_replay_find_column(const struct td_replaying *p, const struct td_table *t, const char *name, int location,
                          struct td_column **out)
{
    *out = td_table_column(t, td_name_truncate(p->a, name));
    if (*out != NULL)
        return TD_OK;
    return td_replay_fail(p, td_replay_place(p, location, name), TD_C_SCHEMA_MISSING, "42703",
                          "column \"%s\" of relation \"%s\" does not exist", name, t->name);
}

int td_replay_find_columns(const struct td_replaying *p, const struct td_table *t, PgQuery__Node *const *names,
                           size_t n, int location, struct td_columns *out)
{
    for (size_t i = 0; i < n; i++) {
        const char *name = td_tree_string(names[i]);
        struct td_column *c = td_table_column(t, td_name_truncate(p->a, name));
        if (c == NULL)
            return td_replay_fail(p, td_replay_place(p, location, name), TD_C_SCHEMA_MISSING, "42703",
                                  "column \"%s\" does not exist", name);
        *td_vec_add(p->a, out) = c;
    }
    return TD_OK;
}

int td_replay_relation_free(const struct td_replaying *p, const char *schema, const char *name, int location)
{
    if (td_catalog_relation(p->c, schema, name) == NULL)
        return TD_OK;
    return td_replay_fail(p, location, TD_C_SCHEMA_EXISTS, "42P07", "relation \"%s\" already exists", name);
}

struct choice {
    const struct td_catalog *c;
    const char *schema;
    bool is_constraint;
};

static bool constraint_in_schema(const struct td_catalog *c, const char *schema, const char *name)
{
    for (size_t i = 0; i < c->tables.len && !td_catalog_constraint_is_unknown(c, name); i++) {
        const struct td_table *t = c->tables.at[i];
        if (strcmp(t->schema, schema) == 0 && td_table_constraint(t, name) != NULL)
            return true;
    }
    for (size_t i = 0; i < c->types.len; i++) {
        const struct td_user_type *u = c->types.at[i];
        for (size_t j = 0; strcmp(u->schema, schema) == 0 && j < u->checks.len; j++)
            if (strcmp(u->checks.at[j].name, name) == 0)
                return true;
    }
    return false;
}

static bool relation_taken(const char *name, void *data)
{
    const struct choice *ch = data;
    return td_catalog_relation(ch->c, ch->schema, name) != NULL ||
           (ch->is_constraint && constraint_in_schema(ch->c, ch->schema, name));
}

static bool constraint_taken(const char *name, void *data)
{
    const struct choice *ch = data;
    return constraint_in_schema(ch->c, ch->schema, name);
}

const char *td_replay_choose_relation(const struct td_replaying *p, const char *schema, const char *name1,
                                      const char *name2, const char *label, bool is_constraint)
{
    struct choice ch = {p->c, schema, is_constraint};
    return td_name_choose(p->a, name1, name2, label, relation_taken, &ch);
}

const char *td_replay_choose_constraint(const struct td_replaying *p, const char *schema, const char *name1,
                                        const char *name2, const char *label)
{
    struct choice ch = {p->c, schema, true};
    return td_name_choose(p->a, name1, name2, label, constraint_taken, &ch);
}

const char *td_replay_join_names(const struct td_replaying *p, const char *const *names, size_t n)
{
    const char *all = "";
    for (size_t i = 0; i < n && strlen(all) < 64; i++)
        all = td_arena_printf(p->a, "%s%s%s", all, i == 0 ? "" : "_", names[i]);
    return all;
}

/* ---- FigureColname: a stronger name wins, 0 none, 1 weak (a cast's type, CASE), 2 a real one ---- */

static int figure(const PgQuery__Node *n, const char **name);

static int last_string(PgQuery__Node *const *at, size_t n, const char **name)
{
    for (size_t i = n; i > 0; i--) {
        if (at[i - 1]->node_case == PG_QUERY__NODE__NODE_STRING) {
            *name = at[i - 1]->string->sval;
            return 2;
        }
    }
    return 0;
}

static int figure_sublink(const PgQuery__SubLink *s, const char **name)
{
    if (s->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK) {
        *name = "exists";
        return 2;
    }
    if (s->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK) {
        *name = "array";
        return 2;
    }
    if (s->sub_link_type != PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK || s->subselect == NULL ||
        s->subselect->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return 0;
    const PgQuery__SelectStmt *q = s->subselect->select_stmt;
    if (q->n_target_list == 0 || q->target_list[0]->node_case != PG_QUERY__NODE__NODE_RES_TARGET)
        return 0;
    const PgQuery__ResTarget *t = q->target_list[0]->res_target;
    if (td_replay_text(t->name) != NULL) {
        *name = t->name;
        return 2;
    }
    return figure(t->val, name);
}

static int figure_weak(const PgQuery__Node *arg, const char *own, const char **name)
{
    int strength = figure(arg, name);
    if (strength > 1)
        return strength;
    *name = own;
    return 1;
}

static const char *value_function(PgQuery__SQLValueFunctionOp op)
{
    switch (op) {
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE: return "current_date";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N: return "current_time";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N: return "current_timestamp";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N: return "localtime";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N: return "localtimestamp";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_ROLE: return "current_role";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_USER: return "current_user";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_USER: return "user";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_SESSION_USER: return "session_user";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_CATALOG: return "current_catalog";
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA: return "current_schema";
    default: return NULL;
    }
}

static int named(const char *word, const char **name)
{
    *name = word;
    return word == NULL ? 0 : 2;
}

static int figure_cast(const PgQuery__TypeCast *t, const char **name)
{
    const char *type = NULL;
    if (t->type_name == NULL || last_string(t->type_name->names, t->type_name->n_names, &type) == 0)
        return figure(t->arg, name);
    return figure_weak(t->arg, type, name);
}

static int figure(const PgQuery__Node *n, const char **name)
{
    if (n == NULL)
        return 0;
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_COLUMN_REF: return last_string(n->column_ref->fields, n->column_ref->n_fields, name);
    case PG_QUERY__NODE__NODE_A_INDIRECTION: {
        int strength = last_string(n->a_indirection->indirection, n->a_indirection->n_indirection, name);
        return strength > 0 ? strength : figure(n->a_indirection->arg, name);
    }
    case PG_QUERY__NODE__NODE_FUNC_CALL: return last_string(n->func_call->funcname, n->func_call->n_funcname, name);
    case PG_QUERY__NODE__NODE_A_EXPR:
        return n->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF ? named("nullif", name) : 0;
    case PG_QUERY__NODE__NODE_TYPE_CAST: return figure_cast(n->type_cast, name);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: return figure(n->collate_clause->arg, name);
    case PG_QUERY__NODE__NODE_GROUPING_FUNC: return named("grouping", name);
    case PG_QUERY__NODE__NODE_SUB_LINK: return figure_sublink(n->sub_link, name);
    case PG_QUERY__NODE__NODE_CASE_EXPR: return figure_weak(n->case_expr->defresult, "case", name);
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR: return named("array", name);
    case PG_QUERY__NODE__NODE_ROW_EXPR: return named("row", name);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR: return named("coalesce", name);
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
        return named(n->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST ? "greatest" : "least", name);
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION: return named(value_function(n->sqlvalue_function->op), name);
    default: return 0;
    }
}

const char *td_replay_result_name(const PgQuery__Node *expr)
{
    const char *name = NULL;
    return figure(expr, &name) > 0 ? name : NULL;
}
