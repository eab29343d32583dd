/* Names in queries. Views keep to what they were made from: PostgreSQL binds each name when the view is made, so a
 * renamed column, or a new one under `SELECT *`, does not change what a view gives. Here the tree is all there is, so
 * that renames have to know which names mean the renamed thing. */
#include <string.h>

#include "core/migrate/replay_impl.h"

struct item {
    const char *name, *schema; /* schema: of a table without an alias */
    struct td_scope_result columns;
    bool opaque; /* its columns are not known */
};

struct cte {
    const char *name;
    struct td_scope_result columns;
    bool opaque;
};

struct scope {
    struct scope *parent;
    TD_VEC(struct item) items;
    TD_VEC(struct cte) ctes;
    struct td_scope_result star; /* what `*` gives, in order */
    bool opaque;                 /* `*` is not known */
};

struct resolver {
    const struct td_replaying *p;
    const struct td_scope_hooks *hooks;
};

static void query(struct resolver *r, PgQuery__SelectStmt *q, struct scope *parent, struct td_scope_result *result);

static void add_column(struct resolver *r, struct td_scope_result *v, struct td_scope_column c)
{
    *td_vec_add(r->p->a, v) = c;
}

/* ---- looking up ---- */

static struct td_scope_column *column_in(struct td_scope_result *v, const char *name)
{
    for (size_t i = 0; i < v->len; i++)
        if (strcmp(v->at[i].name, name) == 0)
            return &v->at[i];
    return NULL;
}

static struct td_scope_column *find_unqualified(struct scope *s, const char *name)
{
    for (; s != NULL; s = s->parent) {
        bool opaque = false;
        for (size_t i = 0; i < s->items.len; i++) {
            struct td_scope_column *c = column_in(&s->items.at[i].columns, name);
            if (c != NULL)
                return c;
            opaque = opaque || s->items.at[i].opaque;
        }
        if (opaque)
            return NULL;
    }
    return NULL;
}

static struct item *find_item(struct scope *s, const char *schema, const char *name)
{
    for (; s != NULL; s = s->parent)
        for (size_t i = 0; i < s->items.len; i++) {
            struct item *it = &s->items.at[i];
            if (it->name == NULL || strcmp(it->name, name) != 0)
                continue;
            if (schema == NULL || (it->schema != NULL && strcmp(it->schema, schema) == 0))
                return it;
        }
    return NULL;
}

static struct td_scope_column *find_column(struct scope *s, const PgQuery__ColumnRef *ref)
{
    const char *names[3] = {NULL};
    if (ref->n_fields == 0 || ref->n_fields > 3)
        return NULL;
    for (size_t i = 0; i < ref->n_fields; i++) {
        names[i] = td_tree_string(ref->fields[i]);
        if (names[i] == NULL)
            return NULL; /* a star */
    }
    if (ref->n_fields == 1)
        return find_unqualified(s, names[0]);
    struct item *it = ref->n_fields == 2 ? find_item(s, NULL, names[0]) : find_item(s, names[0], names[1]);
    return it == NULL ? NULL : column_in(&it->columns, names[ref->n_fields - 1]);
}

static const struct cte *find_cte(const struct scope *s, const char *name)
{
    for (; s != NULL; s = s->parent)
        for (size_t i = s->ctes.len; i > 0; i--)
            if (strcmp(s->ctes.at[i - 1].name, name) == 0)
                return &s->ctes.at[i - 1];
    return NULL;
}

/* ---- expressions ---- */

struct in_scope {
    struct resolver *r;
    struct scope *s;
};

static bool visit_expr(ProtobufCMessage *m, void *data)
{
    const struct in_scope *in = data;
    if (m->descriptor == &pg_query__select_stmt__descriptor) {
        struct td_scope_result ignored = {0};
        query(in->r, (PgQuery__SelectStmt *)m, in->s, &ignored);
        return false;
    }
    if (m->descriptor != &pg_query__column_ref__descriptor)
        return true;
    PgQuery__ColumnRef *ref = (PgQuery__ColumnRef *)m;
    const struct td_scope_column *c = find_column(in->s, ref);
    if (c != NULL && c->column != NULL && in->r->hooks->on_column != NULL)
        in->r->hooks->on_column(ref, c->table, c->column, in->r->hooks->data);
    return false;
}

static void expr(struct resolver *r, PgQuery__Node *n, struct scope *s)
{
    struct in_scope in = {r, s};
    td_replay_walk((ProtobufCMessage *)n, visit_expr, &in);
}

static void exprs(struct resolver *r, PgQuery__Node **at, size_t n, struct scope *s)
{
    for (size_t i = 0; i < n; i++)
        expr(r, at[i], s);
}

static struct td_type type_of_column(const PgQuery__ColumnRef *ref, void *data)
{
    const struct in_scope *in = data;
    const struct td_scope_column *c = find_column(in->s, ref);
    return c == NULL ? TD_TYPE(TD_T_UNKNOWN) : c->type;
}

static struct td_type type_of_query(const PgQuery__Node *n, void *data)
{
    static const struct td_scope_hooks none;
    const struct in_scope *in = data;
    struct resolver quiet = {in->r->p, &none};
    struct td_scope_result result = {0};
    if (n != NULL && n->node_case == PG_QUERY__NODE__NODE_SELECT_STMT)
        query(&quiet, n->select_stmt, in->s, &result);
    return result.len == 0 ? TD_TYPE(TD_T_UNKNOWN) : result.at[0].type;
}

static struct td_type infer(struct resolver *r, const PgQuery__Node *n, struct scope *s)
{
    struct in_scope in = {r, s};
    const struct td_scope_types types = {r->p, type_of_column, type_of_query, &in};
    return td_replay_infer(&types, n);
}

/* ---- FROM ---- */

static void rename_columns(struct td_scope_result *v, const PgQuery__Alias *alias)
{
    for (size_t i = 0; alias != NULL && i < alias->n_colnames && i < v->len; i++)
        v->at[i].name = td_tree_string(alias->colnames[i]);
}

/* Enters the item and gives what it adds to `*`. */
static struct td_scope_result enter(struct resolver *r, struct scope *s, struct item it, const PgQuery__Alias *alias)
{
    if (alias != NULL && td_replay_text(alias->aliasname) != NULL) {
        it.name = alias->aliasname;
        it.schema = NULL;
    }
    rename_columns(&it.columns, alias);
    for (size_t i = 0; i < it.columns.len; i++)
        it.columns.at[i].item = it.name;
    *td_vec_add(r->p->a, &s->items) = it;
    s->opaque = s->opaque || it.opaque;
    return it.columns;
}

static bool is_system(const PgQuery__RangeVar *rv)
{
    const char *schema = td_replay_text(rv->schemaname);
    if (schema != NULL)
        return strcmp(schema, "pg_catalog") == 0 || strcmp(schema, "information_schema") == 0;
    return strncmp(rv->relname, "pg_", 3) == 0;
}

static struct td_scope_result copy_of(struct resolver *r, const struct td_scope_result *v)
{
    struct td_scope_result copy = {0};
    for (size_t i = 0; i < v->len; i++)
        add_column(r, &copy, v->at[i]);
    return copy;
}

static struct td_scope_result table_item(struct resolver *r, struct scope *s, PgQuery__RangeVar *rv)
{
    const char *schema = td_replay_text(rv->schemaname);
    struct item it = {.name = rv->relname};
    const struct cte *with = schema == NULL ? find_cte(s, rv->relname) : NULL;
    if (with != NULL) {
        it.columns = copy_of(r, &with->columns);
        it.opaque = with->opaque;
        return enter(r, s, it, rv->alias);
    }
    struct td_table *t = td_catalog_table(r->p->c, schema, rv->relname);
    if (t == NULL) {
        it.opaque = true;
        if (!is_system(rv) && td_catalog_sequence(r->p->c, schema, rv->relname) == NULL && r->hooks->on_missing != NULL)
            r->hooks->on_missing(rv, r->hooks->data);
        return enter(r, s, it, rv->alias);
    }
    it.schema = t->schema;
    for (size_t i = 0; i < t->columns.len; i++) {
        struct td_column *c = t->columns.at[i];
        add_column(r, &it.columns, (struct td_scope_column){.name = c->name, .type = c->type, .table = t, .column = c});
    }
    const PgQuery__Alias *alias = rv->alias;
    struct td_scope_result columns = enter(r, s, it, alias);
    if (r->hooks->on_table != NULL)
        r->hooks->on_table(rv, t, r->hooks->data);
    return columns;
}

static struct td_scope_result query_item(struct resolver *r, struct scope *s, PgQuery__RangeSubselect *q)
{
    struct item it = {0};
    if (q->subquery != NULL && q->subquery->node_case == PG_QUERY__NODE__NODE_SELECT_STMT)
        query(r, q->subquery->select_stmt, s, &it.columns);
    for (size_t i = 0; i < it.columns.len; i++) { /* a derived table's columns are its own */
        it.columns.at[i].column = NULL;
        it.columns.at[i].table = NULL;
        it.opaque = it.opaque || it.columns.at[i].name[0] == '*';
    }
    return enter(r, s, it, q->alias);
}

static const char *function_name(const PgQuery__RangeFunction *f)
{
    if (f->n_functions == 0 || f->functions[0]->node_case != PG_QUERY__NODE__NODE_LIST ||
        f->functions[0]->list->n_items == 0)
        return NULL;
    return td_replay_result_name(f->functions[0]->list->items[0]);
}

/* The columns of one of PostgreSQL's functions; none: it is not known. A single one is called as the function, or its
 * alias, where no parameter OUT gives it a name. */
static void function_columns(struct resolver *r, const PgQuery__RangeFunction *f, struct item *it)
{
    static const struct {
        const char *name, *columns[2];
    } known[] = {{"generate_series", {NULL}},
                 {"json_array_elements", {"value"}},
                 {"json_array_elements_text", {"value"}},
                 {"json_each", {"key", "value"}},
                 {"json_each_text", {"key", "value"}},
                 {"json_object_keys", {NULL}},
                 {"jsonb_array_elements", {"value"}},
                 {"jsonb_array_elements_text", {"value"}},
                 {"jsonb_each", {"key", "value"}},
                 {"jsonb_each_text", {"key", "value"}},
                 {"jsonb_object_keys", {NULL}},
                 {"regexp_matches", {NULL}},
                 {"regexp_split_to_table", {NULL}},
                 {"string_to_table", {NULL}},
                 {"unnest", {NULL}}};
    const PgQuery__Node *call = f->n_functions == 1 && f->functions[0]->node_case == PG_QUERY__NODE__NODE_LIST
                                    ? f->functions[0]->list->items[0]
                                    : NULL;
    if (call == NULL || call->node_case != PG_QUERY__NODE__NODE_FUNC_CALL || f->n_coldeflist > 0)
        return;
    const char *name = td_tree_builtin(call->func_call);
    const char *alias = f->alias == NULL ? name : f->alias->aliasname;
    if (strcmp(name, "unnest") == 0 && call->func_call->n_args != 1)
        return;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].name, name) != 0)
            continue;
        for (size_t k = 0; k < 2 && (k == 0 || known[i].columns[k] != NULL); k++)
            add_column(r, &it->columns,
                       (struct td_scope_column){.name = known[i].columns[k] == NULL ? alias : known[i].columns[k],
                                                .type = TD_TYPE(TD_T_UNKNOWN)});
        if (f->ordinality)
            add_column(r, &it->columns, (struct td_scope_column){.name = "ordinality", .type = TD_TYPE(TD_T_INT8)});
    }
}

static struct td_scope_result function_item(struct resolver *r, struct scope *s, PgQuery__RangeFunction *f)
{
    exprs(r, f->functions, f->n_functions, s);
    struct item it = {.name = function_name(f)};
    for (size_t i = 0; i < f->n_coldeflist; i++)
        if (f->coldeflist[i]->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF) {
            struct td_type type = TD_TYPE(TD_T_UNKNOWN);
            struct td_err ignored = {0};
            struct td_replaying quiet = *r->p;
            quiet.err = &ignored;
            if (td_replay_resolve_type(&quiet, f->coldeflist[i]->column_def->type_name, &type, NULL) != TD_OK)
                type = TD_TYPE(TD_T_UNKNOWN);
            add_column(r, &it.columns,
                       (struct td_scope_column){.name = f->coldeflist[i]->column_def->colname, .type = type});
        }
    function_columns(r, f, &it);
    size_t named = f->alias == NULL ? 0 : f->alias->n_colnames;
    while (it.columns.len < named)
        add_column(r, &it.columns, (struct td_scope_column){.name = "", .type = TD_TYPE(TD_T_UNKNOWN)});
    it.opaque = it.columns.len == 0;
    return enter(r, s, it, f->alias);
}

static struct td_scope_result from_item(struct resolver *r, struct scope *s, PgQuery__Node *n);

static bool is_merged(const PgQuery__JoinExpr *j, const char *name)
{
    for (size_t i = 0; i < j->n_using_clause; i++)
        if (strcmp(td_tree_string(j->using_clause[i]), name) == 0)
            return true;
    return false;
}

static void note_using(struct resolver *r, PgQuery__JoinExpr *j, const struct td_scope_column *c)
{
    if (c->column != NULL && r->hooks->on_using != NULL)
        r->hooks->on_using(j, c->name, c->table, c->column, r->hooks->data);
    if (c->column != NULL && r->hooks->on_column != NULL && r->hooks->on_using == NULL)
        r->hooks->on_column(NULL, c->table, c->column, r->hooks->data);
}

static struct td_scope_result join_item(struct resolver *r, struct scope *s, PgQuery__JoinExpr *j)
{
    struct td_scope_result left = from_item(r, s, j->larg), right = from_item(r, s, j->rarg), all = {0};
    for (size_t i = 0; i < left.len; i++) {
        bool natural = j->is_natural && column_in(&right, left.at[i].name) != NULL;
        if (!natural && !is_merged(j, left.at[i].name))
            continue;
        struct td_scope_column c = left.at[i];
        note_using(r, j, &c);
        c.item = NULL;
        add_column(r, &all, c);
    }
    size_t merged = all.len;
    for (size_t i = 0; i < left.len; i++)
        if (merged == 0 || column_in(&(struct td_scope_result){all.at, merged, merged}, left.at[i].name) == NULL)
            add_column(r, &all, left.at[i]);
    for (size_t i = 0; i < right.len; i++) {
        if (merged == 0 || column_in(&(struct td_scope_result){all.at, merged, merged}, right.at[i].name) == NULL)
            add_column(r, &all, right.at[i]);
        else
            note_using(r, j, &right.at[i]);
    }
    expr(r, j->quals, s);
    if (j->alias == NULL)
        return all;
    struct item it = {.columns = all};
    return enter(r, s, it, j->alias);
}

static struct td_scope_result from_item(struct resolver *r, struct scope *s, PgQuery__Node *n)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR: return table_item(r, s, n->range_var);
    case PG_QUERY__NODE__NODE_RANGE_SUBSELECT: return query_item(r, s, n->range_subselect);
    case PG_QUERY__NODE__NODE_RANGE_FUNCTION: return function_item(r, s, n->range_function);
    case PG_QUERY__NODE__NODE_JOIN_EXPR: return join_item(r, s, n->join_expr);
    case PG_QUERY__NODE__NODE_RANGE_TABLE_SAMPLE: return from_item(r, s, n->range_table_sample->relation);
    default: s->opaque = true; return (struct td_scope_result){0};
    }
}

/* ---- WITH ---- */

static void with_clause(struct resolver *r, PgQuery__WithClause *w, struct scope *s)
{
    for (size_t i = 0; w != NULL && i < w->n_ctes; i++) {
        PgQuery__CommonTableExpr *c = w->ctes[i]->common_table_expr;
        struct cte made = {.name = c->ctename};
        bool is_select = c->ctequery != NULL && c->ctequery->node_case == PG_QUERY__NODE__NODE_SELECT_STMT;
        if (is_select && w->recursive && c->ctequery->select_stmt->larg != NULL) {
            struct cte self = {.name = c->ctename};
            query(r, c->ctequery->select_stmt->larg, s, &self.columns); /* the arm that does not name itself */
            const PgQuery__Alias names = {.n_colnames = c->n_aliascolnames, .colnames = c->aliascolnames};
            rename_columns(&self.columns, &names);
            *td_vec_add(r->p->a, &s->ctes) = self;
        }
        if (is_select)
            query(r, c->ctequery->select_stmt, s, &made.columns);
        else
            made.opaque = true;
        for (size_t j = 0; j < made.columns.len; j++) {
            made.columns.at[j].column = NULL;
            made.columns.at[j].table = NULL;
        }
        const PgQuery__Alias names = {.n_colnames = c->n_aliascolnames, .colnames = c->aliascolnames};
        rename_columns(&made.columns, &names);
        *td_vec_add(r->p->a, &s->ctes) = made;
    }
}

/* ---- SELECT ---- */

static bool is_star(const PgQuery__Node *target, const char **item)
{
    *item = NULL;
    if (target->node_case != PG_QUERY__NODE__NODE_RES_TARGET || target->res_target->val == NULL ||
        target->res_target->val->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
        return false;
    const PgQuery__ColumnRef *ref = target->res_target->val->column_ref;
    if (ref->n_fields == 0 || ref->fields[ref->n_fields - 1]->node_case != PG_QUERY__NODE__NODE_A_STAR)
        return false;
    *item = ref->n_fields < 2 ? NULL : td_tree_string(ref->fields[ref->n_fields - 2]);
    return true;
}

static PgQuery__Node *target_node(struct resolver *r, const struct td_scope_column *c)
{
    PgQuery__Node *n = td_arena_new(r->p->a, PgQuery__Node);
    pg_query__node__init(n);
    n->node_case = PG_QUERY__NODE__NODE_RES_TARGET;
    n->res_target = td_arena_new(r->p->a, PgQuery__ResTarget);
    pg_query__res_target__init(n->res_target);
    n->res_target->val = td_replay_column_node(r->p->a, c->item, c->name);
    n->res_target->location = -1;
    return n;
}

/* The columns that a star stands for; false when they are not known. */
static bool star_columns(struct scope *s, const char *item, struct td_scope_result *out)
{
    if (item == NULL) {
        *out = s->star;
        return !s->opaque;
    }
    struct item *it = find_item(s, NULL, item);
    if (it == NULL || it->opaque)
        return false;
    *out = it->columns;
    return true;
}

static void expand_stars(struct resolver *r, PgQuery__SelectStmt *q, struct scope *s)
{
    TD_VEC(PgQuery__Node *) targets = {0};
    for (size_t i = 0; i < q->n_target_list; i++) {
        const char *item;
        struct td_scope_result columns = {0};
        if (!is_star(q->target_list[i], &item) || !star_columns(s, item, &columns)) {
            *td_vec_add(r->p->a, &targets) = q->target_list[i];
            continue;
        }
        for (size_t j = 0; j < columns.len; j++)
            *td_vec_add(r->p->a, &targets) = target_node(r, &columns.at[j]);
    }
    q->target_list = targets.at;
    q->n_target_list = targets.len;
}

static void add_star_result(struct resolver *r, struct scope *s, const char *item, struct td_scope_result *result)
{
    struct td_scope_result columns = {0};
    if (!star_columns(s, item, &columns)) {
        add_column(r, result, (struct td_scope_column){.name = "*", .type = TD_TYPE(TD_T_UNKNOWN)});
        return;
    }
    for (size_t i = 0; i < columns.len; i++)
        add_column(r, result, columns.at[i]);
}

static void target(struct resolver *r, PgQuery__Node *n, struct scope *s, struct td_scope_result *result)
{
    const char *item;
    if (is_star(n, &item)) {
        add_star_result(r, s, item, result);
        return;
    }
    PgQuery__ResTarget *t = n->res_target;
    struct td_scope_column out = {.name = td_replay_text(t->name), .type = infer(r, t->val, s)};
    if (t->val != NULL && t->val->node_case == PG_QUERY__NODE__NODE_COLUMN_REF) {
        const struct td_scope_column *c = find_column(s, t->val->column_ref);
        if (c != NULL && c->column != NULL && out.name == NULL && r->hooks->on_target != NULL)
            r->hooks->on_target(t, c->table, c->column, r->hooks->data);
    }
    if (out.name == NULL)
        out.name = td_replay_text(t->name); /* a hook may have named it */
    if (out.name == NULL)
        out.name = td_replay_result_name(t->val);
    if (out.name == NULL)
        out.name = "?column?";
    expr(r, t->val, s);
    add_column(r, result, out);
}

static void sort_clause(struct resolver *r, PgQuery__SelectStmt *q, struct scope *s,
                        const struct td_scope_result *result)
{
    for (size_t i = 0; i < q->n_sort_clause; i++) {
        PgQuery__Node *n = q->sort_clause[i];
        if (n->node_case == PG_QUERY__NODE__NODE_SORT_BY && n->sort_by->node != NULL &&
            n->sort_by->node->node_case == PG_QUERY__NODE__NODE_COLUMN_REF &&
            n->sort_by->node->column_ref->n_fields == 1) {
            const char *name = td_tree_string(n->sort_by->node->column_ref->fields[0]);
            if (name != NULL && column_in((struct td_scope_result *)result, name) != NULL)
                continue; /* ORDER BY takes a result column first */
        }
        expr(r, n, s);
    }
}

static void values(struct resolver *r, PgQuery__SelectStmt *q, struct scope *s, struct td_scope_result *result)
{
    exprs(r, q->values_lists, q->n_values_lists, s);
    const PgQuery__Node *row = q->values_lists[0];
    size_t n = row->node_case == PG_QUERY__NODE__NODE_LIST ? row->list->n_items : 0;
    for (size_t i = 0; i < n; i++) {
        struct td_type type = infer(r, row->list->items[i], s);
        add_column(r, result,
                   (struct td_scope_column){.name = td_arena_printf(r->p->a, "column%zu", i + 1), .type = type});
    }
}

static void set_operation(struct resolver *r, PgQuery__SelectStmt *q, struct scope *s, struct td_scope_result *result)
{
    struct td_scope_result right = {0};
    query(r, q->larg, s, result);
    query(r, q->rarg, s, &right);
    for (size_t i = 0; i < result->len; i++) {
        result->at[i].column = NULL;
        if (result->at[i].type.kind == TD_T_UNKNOWN && i < right.len)
            result->at[i].type = right.at[i].type;
    }
    sort_clause(r, q, s, result);
}

static void query(struct resolver *r, PgQuery__SelectStmt *q, struct scope *parent, struct td_scope_result *result)
{
    struct scope s = {.parent = parent};
    with_clause(r, q->with_clause, &s);
    if (q->op > PG_QUERY__SET_OPERATION__SETOP_NONE && q->larg != NULL) {
        set_operation(r, q, &s, result);
        return;
    }
    if (q->n_values_lists > 0) {
        values(r, q, &s, result);
        return;
    }
    for (size_t i = 0; i < q->n_from_clause; i++) {
        struct td_scope_result columns = from_item(r, &s, q->from_clause[i]);
        for (size_t j = 0; j < columns.len; j++)
            add_column(r, &s.star, columns.at[j]);
    }
    if (r->hooks->expand_stars)
        expand_stars(r, q, &s);
    for (size_t i = 0; i < q->n_target_list; i++)
        target(r, q->target_list[i], &s, result);
    exprs(r, q->distinct_clause, q->n_distinct_clause, &s);
    expr(r, q->where_clause, &s);
    exprs(r, q->group_clause, q->n_group_clause, &s);
    expr(r, q->having_clause, &s);
    exprs(r, q->window_clause, q->n_window_clause, &s);
    sort_clause(r, q, &s, result);
    expr(r, q->limit_offset, &s);
    expr(r, q->limit_count, &s);
}

void td_scope_query(const struct td_replaying *p, PgQuery__Node *n, const struct td_scope_hooks *hooks,
                    struct td_scope_result *result)
{
    struct resolver r = {p, hooks};
    if (n->node_case == PG_QUERY__NODE__NODE_SELECT_STMT)
        query(&r, n->select_stmt, NULL, result);
}

void td_scope_expr(const struct td_replaying *p, PgQuery__Node *n, struct td_table *t,
                   const struct td_scope_hooks *hooks)
{
    struct resolver r = {p, hooks};
    struct scope s = {0};
    struct item it = {.name = t->name, .schema = t->schema};
    for (size_t i = 0; i < t->columns.len; i++)
        add_column(&r, &it.columns,
                   (struct td_scope_column){.name = t->columns.at[i]->name,
                                            .type = t->columns.at[i]->type,
                                            .table = t,
                                            .column = t->columns.at[i]});
    *td_vec_add(p->a, &s.items) = it;
    expr(&r, n, &s);
}
