/* Conditions of guards: expressions and queries over the system tables that replay_guard_rows.c makes. Small on
 * purpose: what is not understood here is refused, never guessed. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/migrate/replay_guard_impl.h"

struct source {
    const char *name;
    struct td_rows rows;
    const struct td_cell *row; /* the one at hand */
};

struct query {
    struct query *outer;
    TD_VEC(struct source) from;
    TD_VEC(const PgQuery__Node *) tests; /* WHERE and ON, taken apart at AND */
    TD_VEC(size_t) depth;                /* of each test: how many sources have to have a row */
};

struct evaluating {
    const struct td_replaying *p;
    struct query *q;
};

static int eval(struct evaluating *e, const PgQuery__Node *n, struct td_cell *out);

static int refuse(const struct evaluating *e, const PgQuery__Node *n, const char *what)
{
    td_replay_fail(e->p, n == NULL ? -1 : td_tree_location(n), TD_C_SCHEMA_GUARD, "", "%s", what);
    td_err_why(e->p->err, "what the block does is decided by more than the schema");
    return td_err_next(e->p->err, "Write the statements without the block, or \"-- tandem: postgres\" before it.");
}

static struct td_cell truth(bool b)
{
    return (struct td_cell){TD_CELL_BOOL, b, NULL};
}

static const struct td_cell null_cell = {TD_CELL_NULL, 0, NULL};

/* ---- columns ---- */

static const struct td_cell *cell_of(const struct source *s, const char *column)
{
    for (size_t i = 0; s->rows.names[i] != NULL; i++)
        if (strcmp(s->rows.names[i], column) == 0)
            return s->row == NULL ? &null_cell : &s->row[i];
    return NULL;
}

static const struct td_cell *find_cell(const struct evaluating *e, const PgQuery__ColumnRef *r, size_t *depth)
{
    const char *column = td_tree_string(r->fields[r->n_fields - 1]);
    const char *name = r->n_fields > 1 ? td_tree_string(r->fields[r->n_fields - 2]) : NULL;
    for (const struct query *q = e->q; q != NULL && column != NULL; q = q->outer)
        for (size_t i = 0; i < q->from.len; i++) {
            const struct td_cell *c = cell_of(&q->from.at[i], column);
            if (c == NULL || (name != NULL && strcmp(name, q->from.at[i].name) != 0))
                continue;
            if (depth != NULL)
                *depth = q == e->q ? i + 1 : 0;
            return c;
        }
    return NULL;
}

/* ---- comparing ---- */

static const char *as_text(const struct td_replaying *p, const struct td_cell *c)
{
    switch (c->kind) {
    case TD_CELL_TEXT:
    case TD_CELL_RELATION: return c->text;
    case TD_CELL_BOOL: return c->n ? "true" : "false";
    case TD_CELL_INT: return td_arena_printf(p->a, "%lld", (long long)c->n);
    default: return NULL;
    }
}

static bool is_number(const struct td_cell *c)
{
    return c->kind == TD_CELL_INT || c->kind == TD_CELL_BOOL || c->kind == TD_CELL_RELATION;
}

static int compare(const struct td_replaying *p, const struct td_cell *a, const struct td_cell *b)
{
    if (is_number(a) && is_number(b))
        return a->n < b->n ? -1 : a->n > b->n;
    if (a->kind == TD_CELL_RELATION && b->kind == TD_CELL_TEXT) { /* conrelid = 'users'::regclass, either way round */
        struct td_cell named = td_guard_regclass(p, b->text);
        return named.n == a->n ? 0 : 1;
    }
    if (b->kind == TD_CELL_RELATION && a->kind == TD_CELL_TEXT)
        return compare(p, b, a);
    if (a->kind == TD_CELL_BOOL || b->kind == TD_CELL_BOOL) { /* 't', 'true' */
        const char *s = as_text(p, a->kind == TD_CELL_BOOL ? b : a);
        bool want = (a->kind == TD_CELL_BOOL ? a : b)->n != 0;
        return (tolower((unsigned char)s[0]) == 't') == want ? 0 : 1;
    }
    return strcmp(as_text(p, a), as_text(p, b));
}

static bool like(const char *s, const char *pattern, bool fold)
{
    for (; *pattern != '\0'; pattern++, s++) {
        if (*pattern == '%') {
            do {
                if (like(s, pattern + 1, fold))
                    return true;
            } while (*s++ != '\0');
            return false;
        }
        if (*s == '\0')
            return false;
        if (*pattern == '_')
            continue;
        if (*pattern == '\\' && pattern[1] != '\0')
            pattern++;
        if (fold ? tolower((unsigned char)*s) != tolower((unsigned char)*pattern) : *s != *pattern)
            return false;
    }
    return *s == '\0';
}

static int apply_operator(struct evaluating *e, const PgQuery__Node *n, const char *op, const struct td_cell *a,
                          const struct td_cell *b, struct td_cell *out)
{
    *out = null_cell;
    if (a->kind == TD_CELL_NULL || b->kind == TD_CELL_NULL)
        return TD_OK;
    if (strcmp(op, "~~") == 0 || strcmp(op, "~~*") == 0) {
        *out = truth(like(as_text(e->p, a), as_text(e->p, b), op[2] == '*'));
    } else if (strcmp(op, "!~~") == 0 || strcmp(op, "!~~*") == 0) {
        *out = truth(!like(as_text(e->p, a), as_text(e->p, b), op[3] == '*'));
    } else {
        int order = compare(e->p, a, b);
        if (strcmp(op, "=") == 0)
            *out = truth(order == 0);
        else if (strcmp(op, "<>") == 0)
            *out = truth(order != 0);
        else if (strcmp(op, "<") == 0)
            *out = truth(order < 0);
        else if (strcmp(op, ">") == 0)
            *out = truth(order > 0);
        else if (strcmp(op, "<=") == 0)
            *out = truth(order <= 0);
        else if (strcmp(op, ">=") == 0)
            *out = truth(order >= 0);
        else
            return refuse(e, n, "a guard with an operator that is not answered from the schema");
    }
    return TD_OK;
}

/* ---- queries ---- */

typedef int (*row_fn)(struct evaluating *e, void *data, bool *stop);

static void take_apart(const struct evaluating *e, struct query *q, const PgQuery__Node *n)
{
    if (n == NULL)
        return;
    if (n->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR && n->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR) {
        for (size_t i = 0; i < n->bool_expr->n_args; i++)
            take_apart(e, q, n->bool_expr->args[i]);
        return;
    }
    *td_vec_add(e->p->a, &q->tests) = n;
}

static int add_from(struct evaluating *e, struct query *q, const PgQuery__Node *n)
{
    if (n->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR) {
        const PgQuery__JoinExpr *j = n->join_expr;
        if (j->jointype != PG_QUERY__JOIN_TYPE__JOIN_INNER || j->n_using_clause > 0 || j->is_natural)
            return refuse(e, n, "a guard with a join that is not answered from the schema");
        int rc = add_from(e, q, j->larg);
        if (rc == TD_OK)
            rc = add_from(e, q, j->rarg);
        take_apart(e, q, j->quals);
        return rc;
    }
    if (n->node_case != PG_QUERY__NODE__NODE_RANGE_VAR)
        return refuse(e, n, "a guard that reads more than the system tables");
    const PgQuery__RangeVar *rv = n->range_var;
    struct td_rows rows = {0};
    if (!td_guard_rows(e->p, td_replay_text(rv->schemaname), rv->relname, &rows))
        return refuse(e, n, td_arena_printf(e->p->a, "a guard that reads \"%s\"", rv->relname));
    const char *name = rv->alias != NULL ? rv->alias->aliasname : rv->relname;
    *td_vec_add(e->p->a, &q->from) = (struct source){.name = name, .rows = rows};
    return TD_OK;
}

struct depth_search {
    struct evaluating *e;
    size_t deepest;
};

static bool find_depth(ProtobufCMessage *m, void *data)
{
    struct depth_search *s = data;
    size_t depth = 0;
    if (m->descriptor == &pg_query__select_stmt__descriptor) { /* a sub-query: when all rows are there */
        s->deepest = s->e->q->from.len;
        return false;
    }
    if (m->descriptor == &pg_query__column_ref__descriptor &&
        find_cell(s->e, (PgQuery__ColumnRef *)m, &depth) != NULL && depth > s->deepest)
        s->deepest = depth;
    return true;
}

/* Nested loops; each test runs as soon as its columns have values, so that few rows are tried. */
static int each_row(struct evaluating *e, size_t at, row_fn fn, void *data, bool *stop)
{
    struct query *q = e->q;
    for (size_t i = 0; i < q->tests.len; i++) {
        struct td_cell v;
        if (q->depth.at[i] != at)
            continue;
        int rc = eval(e, q->tests.at[i], &v);
        if (rc != TD_OK || v.kind == TD_CELL_NULL || v.n == 0)
            return rc;
    }
    if (at == q->from.len)
        return fn(e, data, stop);
    for (size_t i = 0; i < q->from.at[at].rows.at.len && !*stop; i++) {
        q->from.at[at].row = q->from.at[at].rows.at.at[i];
        int rc = each_row(e, at + 1, fn, data, stop);
        if (rc != TD_OK)
            return rc;
    }
    q->from.at[at].row = NULL;
    return TD_OK;
}

static int open_query(struct evaluating *e, const PgQuery__SelectStmt *s)
{
    for (size_t i = 0; i < s->n_from_clause; i++) {
        int rc = add_from(e, e->q, s->from_clause[i]);
        if (rc != TD_OK)
            return rc;
    }
    take_apart(e, e->q, s->where_clause);
    for (size_t i = 0; i < e->q->tests.len; i++) {
        struct depth_search search = {e, 0};
        td_replay_walk((ProtobufCMessage *)e->q->tests.at[i], find_depth, &search);
        *td_vec_add(e->p->a, &e->q->depth) = search.deepest;
    }
    return TD_OK;
}

static bool plain(const PgQuery__SelectStmt *s)
{
    return s->op <= PG_QUERY__SET_OPERATION__SETOP_NONE && s->with_clause == NULL && s->n_group_clause == 0 &&
           s->having_clause == NULL && s->n_values_lists == 0 && s->limit_offset == NULL && s->into_clause == NULL;
}

static int run_query(struct evaluating *e, const PgQuery__Node *n, row_fn fn, void *data)
{
    if (n == NULL || n->node_case != PG_QUERY__NODE__NODE_SELECT_STMT || !plain(n->select_stmt))
        return refuse(e, n, "a guard with a query that is not answered from the schema");
    struct query q = {.outer = e->q};
    struct evaluating inner = {e->p, &q};
    bool stop = false;
    int rc = open_query(&inner, n->select_stmt);
    if (rc == TD_OK)
        rc = each_row(&inner, 0, fn, data, &stop);
    for (size_t i = 0; rc == TD_OK && !stop && i < q.from.len; i++)
        if (q.from.at[i].rows.open)
            return refuse(e, n, "a guard that asks for a function that PostgreSQL may have itself");
    return rc;
}

static int note_row(struct evaluating *e, void *data, bool *stop)
{
    (void)e;
    *(int64_t *)data += 1;
    *stop = true;
    return TD_OK;
}

static int count_row(struct evaluating *e, void *data, bool *stop)
{
    (void)e;
    (void)stop;
    *(int64_t *)data += 1;
    return TD_OK;
}

static const PgQuery__Node *only_target(const PgQuery__Node *query)
{
    if (query == NULL || query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT || query->select_stmt->n_target_list != 1)
        return NULL;
    return query->select_stmt->target_list[0]->res_target->val;
}

struct taking {
    const PgQuery__Node *target;
    struct td_cell value;       /* of the first row */
    const struct td_cell *look; /* or: is this value among the rows? */
    bool found;
};

static int take_row(struct evaluating *e, void *data, bool *stop)
{
    struct taking *t = data;
    struct td_cell v;
    int rc = eval(e, t->target, &v);
    if (rc != TD_OK)
        return rc;
    if (t->look == NULL) {
        t->value = v;
        *stop = true;
    } else if (v.kind != TD_CELL_NULL && compare(e->p, t->look, &v) == 0) {
        t->found = *stop = true;
    }
    return TD_OK;
}

static bool is_count(const PgQuery__Node *target)
{
    if (target == NULL || target->node_case != PG_QUERY__NODE__NODE_FUNC_CALL)
        return false;
    const PgQuery__FuncCall *f = target->func_call;
    return strcmp(td_tree_name(f->funcname, f->n_funcname, NULL), "count") == 0 && f->agg_star;
}

static int scalar(struct evaluating *e, const PgQuery__Node *query, struct td_cell *out)
{
    struct taking t = {.target = only_target(query)};
    if (t.target == NULL)
        return refuse(e, query, "a guard with a query that is not answered from the schema");
    if (is_count(t.target)) {
        *out = (struct td_cell){TD_CELL_INT, 0, NULL};
        return run_query(e, query, count_row, &out->n);
    }
    int rc = run_query(e, query, take_row, &t);
    *out = t.value;
    return rc;
}

static int sublink(struct evaluating *e, const PgQuery__SubLink *s, struct td_cell *out)
{
    if (s->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK) {
        int64_t n = 0;
        int rc = run_query(e, s->subselect, note_row, &n);
        *out = truth(n > 0);
        return rc;
    }
    if (s->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK)
        return scalar(e, s->subselect, out);
    struct td_cell look;
    struct taking t = {.target = only_target(s->subselect), .look = &look};
    if (s->sub_link_type != PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK || t.target == NULL || s->n_oper_name > 0)
        return refuse(e, s->subselect, "a guard with a query that is not answered from the schema");
    int rc = eval(e, s->testexpr, &look);
    if (rc == TD_OK && look.kind == TD_CELL_NULL) {
        *out = null_cell;
        return TD_OK;
    }
    if (rc == TD_OK)
        rc = run_query(e, s->subselect, take_row, &t);
    *out = truth(t.found);
    return rc;
}

/* ---- expressions ---- */

static int logic(struct evaluating *e, const PgQuery__BoolExpr *b, struct td_cell *out)
{
    bool is_not = b->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR;
    bool decides = b->boolop == PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR; /* the value that ends it */
    bool unknown = false;
    for (size_t i = 0; i < b->n_args; i++) {
        struct td_cell v;
        int rc = eval(e, b->args[i], &v);
        if (rc != TD_OK)
            return rc;
        if (is_not) {
            *out = v.kind == TD_CELL_NULL ? null_cell : truth(v.n == 0);
            return TD_OK;
        }
        unknown = unknown || v.kind == TD_CELL_NULL;
        if (v.kind != TD_CELL_NULL && (v.n != 0) == decides) {
            *out = truth(decides);
            return TD_OK;
        }
    }
    *out = unknown ? null_cell : truth(!decides);
    return TD_OK;
}

/* x = ANY (...), x IN (...): the items of a list or an array. */
static int any_of(struct evaluating *e, const PgQuery__Node *n, PgQuery__Node *const *items, size_t n_items,
                  struct td_cell *out)
{
    struct td_cell look, v;
    bool unknown = false;
    int rc = eval(e, n->a_expr->lexpr, &look);
    *out = null_cell;
    for (size_t i = 0; rc == TD_OK && look.kind != TD_CELL_NULL && i < n_items; i++) {
        rc = eval(e, items[i], &v);
        unknown = unknown || v.kind == TD_CELL_NULL;
        if (rc == TD_OK && v.kind != TD_CELL_NULL && compare(e->p, &look, &v) == 0) {
            *out = truth(true);
            return TD_OK;
        }
    }
    if (look.kind != TD_CELL_NULL && !unknown)
        *out = truth(false);
    return rc;
}

static int in_search_path(struct evaluating *e, const PgQuery__Node *n, struct td_cell *out)
{
    struct td_cell look;
    int rc = eval(e, n->a_expr->lexpr, &look);
    if (rc == TD_OK)
        *out = look.kind == TD_CELL_NULL ? null_cell
                                         : truth(td_strings_find(&e->p->c->search_path, as_text(e->p, &look)) >= 0);
    return rc;
}

static int any_array(struct evaluating *e, const PgQuery__Node *n, struct td_cell *out)
{
    const PgQuery__Node *array = n->a_expr->rexpr;
    while (array->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
        array = array->type_cast->arg;
    if (array->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR)
        return any_of(e, n, array->a_array_expr->elements, array->a_array_expr->n_elements, out);
    if (array->node_case == PG_QUERY__NODE__NODE_FUNC_CALL &&
        strcmp(td_tree_name(array->func_call->funcname, array->func_call->n_funcname, NULL), "current_schemas") == 0)
        return in_search_path(e, n, out);
    return refuse(e, n, "a guard with an array that is not answered from the schema");
}

static int operator_(struct evaluating *e, const PgQuery__Node *n, struct td_cell *out)
{
    const PgQuery__AExpr *x = n->a_expr;
    const char *op = td_tree_name(x->name, x->n_name, NULL);
    struct td_cell a, b;
    int rc;
    switch (x->kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
        rc = any_of(e, n, x->rexpr->list->items, x->rexpr->list->n_items, out);
        if (rc == TD_OK && op[0] == '<' && out->kind == TD_CELL_BOOL)
            out->n = !out->n;
        return rc;
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY: return any_array(e, n, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE: break;
    default: return refuse(e, n, "a guard with an operator that is not answered from the schema");
    }
    if (x->lexpr == NULL || x->rexpr == NULL)
        return refuse(e, n, "a guard with an operator that is not answered from the schema");
    rc = eval(e, x->lexpr, &a);
    if (rc == TD_OK)
        rc = eval(e, x->rexpr, &b);
    return rc == TD_OK ? apply_operator(e, n, op, &a, &b, out) : rc;
}

static int call(struct evaluating *e, const PgQuery__Node *n, struct td_cell *out)
{
    const PgQuery__FuncCall *f = n->func_call;
    const char *name = td_tree_name(f->funcname, f->n_funcname, NULL);
    if (strcmp(name, "current_schema") == 0) {
        const struct td_strings *path = &e->p->c->search_path;
        *out = path->len == 0 ? null_cell : (struct td_cell){TD_CELL_TEXT, 0, path->at[0]};
        return TD_OK;
    }
    if (strcmp(name, "current_database") == 0) {
        *out = (struct td_cell){TD_CELL_TEXT, 0, "tandem"};
        return TD_OK;
    }
    bool is_regclass = strcmp(name, "to_regclass") == 0, is_lower = strcmp(name, "lower") == 0;
    if (f->n_args != 1 || !(is_regclass || is_lower))
        return refuse(e, n, td_arena_printf(e->p->a, "a guard that calls \"%s\"", name));
    int rc = eval(e, f->args[0], out);
    if (rc != TD_OK || out->kind == TD_CELL_NULL)
        return rc;
    const char *s = as_text(e->p, out);
    if (is_regclass) {
        *out = td_guard_regclass(e->p, s);
        return TD_OK;
    }
    char *folded = td_arena_strdup(e->p->a, s);
    for (char *c = folded; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    *out = (struct td_cell){TD_CELL_TEXT, 0, folded};
    return TD_OK;
}

static const char *relation_name(const struct td_catalog *c, int64_t id)
{
    const struct td_table *t = td_catalog_table_by_id(c, (unsigned)id);
    return t == NULL ? NULL : t->name;
}

static int cast(struct evaluating *e, const PgQuery__Node *n, struct td_cell *out)
{
    const PgQuery__TypeCast *t = n->type_cast;
    const char *type = td_tree_name(t->type_name->names, t->type_name->n_names, NULL);
    int rc = eval(e, t->arg, out);
    if (rc != TD_OK || out->kind == TD_CELL_NULL)
        return rc;
    if (strcmp(type, "regclass") == 0) {
        if (out->kind == TD_CELL_TEXT) {
            const char *name = out->text;
            *out = td_guard_regclass(e->p, name);
            if (out->kind == TD_CELL_NULL)
                return td_replay_fail(e->p, td_tree_location(n), TD_C_SCHEMA_MISSING, "42P01",
                                      "relation \"%s\" does not exist", name);
        } else {
            *out = (struct td_cell){TD_CELL_RELATION, out->n, relation_name(e->p->c, out->n)};
        }
        return TD_OK;
    }
    if (strcmp(type, "regtype") == 0 && out->kind == TD_CELL_TEXT) {
        const struct td_user_type *u = td_catalog_type(e->p->c, NULL, out->text);
        if (u == NULL)
            return refuse(e, n, "a guard that asks for a type that is not in the schema");
        *out = (struct td_cell){TD_CELL_INT, u->id, NULL};
        return TD_OK;
    }
    if (out->kind == TD_CELL_TEXT && (strcmp(type, "bool") == 0 || strcmp(type, "boolean") == 0)) {
        *out = truth(tolower((unsigned char)out->text[0]) == 't');
    } else if (strcmp(type, "text") == 0 || strcmp(type, "name") == 0 || strcmp(type, "varchar") == 0) {
        *out = (struct td_cell){TD_CELL_TEXT, 0, as_text(e->p, out)};
    }
    return TD_OK;
}

static int constant(struct evaluating *e, const PgQuery__Node *n, struct td_cell *out)
{
    const PgQuery__AConst *k = n->a_const;
    *out = null_cell;
    if (k->isnull)
        return TD_OK;
    switch (k->val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL: *out = (struct td_cell){TD_CELL_INT, k->ival->ival, NULL}; return TD_OK;
    case PG_QUERY__A__CONST__VAL_BOOLVAL: *out = truth(k->boolval->boolval); return TD_OK;
    case PG_QUERY__A__CONST__VAL_SVAL: *out = (struct td_cell){TD_CELL_TEXT, 0, k->sval->sval}; return TD_OK;
    default: return refuse(e, n, "a guard with a constant that is not answered from the schema");
    }
}

static int boolean_test(struct evaluating *e, const PgQuery__BooleanTest *t, struct td_cell *out)
{
    struct td_cell v;
    int rc = eval(e, t->arg, &v);
    bool known = rc == TD_OK && v.kind != TD_CELL_NULL;
    switch (t->booltesttype) {
    case PG_QUERY__BOOL_TEST_TYPE__IS_TRUE: *out = truth(known && v.n != 0); break;
    case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE: *out = truth(!(known && v.n != 0)); break;
    case PG_QUERY__BOOL_TEST_TYPE__IS_FALSE: *out = truth(known && v.n == 0); break;
    case PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE: *out = truth(!(known && v.n == 0)); break;
    case PG_QUERY__BOOL_TEST_TYPE__IS_UNKNOWN: *out = truth(!known); break;
    default: *out = truth(known); break;
    }
    return rc;
}

static int eval(struct evaluating *e, const PgQuery__Node *n, struct td_cell *out)
{
    *out = null_cell;
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST: return constant(e, n, out);
    case PG_QUERY__NODE__NODE_COLUMN_REF: {
        const struct td_cell *c = find_cell(e, n->column_ref, NULL);
        if (c == NULL)
            return refuse(e, n, "a guard with a variable or a column that the schema does not answer");
        *out = *c;
        return TD_OK;
    }
    case PG_QUERY__NODE__NODE_BOOL_EXPR: return logic(e, n->bool_expr, out);
    case PG_QUERY__NODE__NODE_A_EXPR: return operator_(e, n, out);
    case PG_QUERY__NODE__NODE_SUB_LINK: return sublink(e, n->sub_link, out);
    case PG_QUERY__NODE__NODE_FUNC_CALL: return call(e, n, out);
    case PG_QUERY__NODE__NODE_TYPE_CAST: return cast(e, n, out);
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: return boolean_test(e, n->boolean_test, out);
    case PG_QUERY__NODE__NODE_NULL_TEST: {
        int rc = eval(e, n->null_test->arg, out);
        bool is_null = n->null_test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL;
        *out = truth((out->kind == TD_CELL_NULL) == is_null);
        return rc;
    }
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION:
        if (n->sqlvalue_function->op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA &&
            e->p->c->search_path.len > 0) {
            *out = (struct td_cell){TD_CELL_TEXT, 0, e->p->c->search_path.at[0]};
            return TD_OK;
        }
        return refuse(e, n, "a guard that asks for the session");
    default: return refuse(e, n, "a guard with an expression that is not answered from the schema");
    }
}

int td_guard_eval(const struct td_replaying *p, const PgQuery__Node *expr, struct td_cell *out)
{
    struct evaluating e = {p, NULL};
    return eval(&e, expr, out);
}
