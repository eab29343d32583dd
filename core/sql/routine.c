#include "core/sql/routine.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/base/json.h"
#include "core/sql/parse.h"
#include "core/sql/tree.h"

enum { LEVEL_ERROR = 21 }; /* PostgreSQL's elog level of RAISE EXCEPTION */

struct reader {
    struct td_arena *arena;
    struct td_routine *out;
    const struct td_json *datums;
    int64_t new_varno;
};

/* Where control stands: under which condition it comes here (NULL: always), or never. */
struct path {
    const PgQuery__Node *when;
    bool left;
};

static int refuse(struct td_err *err, const char *why)
{
    return td_err_set(err, TD_C_LOWER_ROUTINE, "its function %s", why);
}

/* ---- conditions ---- */

static PgQuery__Node *node(struct td_arena *a, PgQuery__Node__NodeCase kind)
{
    PgQuery__Node *n = td_arena_new(a, PgQuery__Node);
    pg_query__node__init(n);
    n->node_case = kind;
    return n;
}

/* NULL stands for "always". */
static const PgQuery__Node *both(struct td_arena *a, const PgQuery__Node *x, const PgQuery__Node *y)
{
    if (x == NULL || y == NULL)
        return x == NULL ? y : x;
    PgQuery__Node *n = node(a, PG_QUERY__NODE__NODE_BOOL_EXPR);
    n->bool_expr = td_arena_new(a, PgQuery__BoolExpr);
    pg_query__bool_expr__init(n->bool_expr);
    n->bool_expr->boolop = PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
    n->bool_expr->n_args = 2;
    n->bool_expr->args = td_arena_alloc(a, 2 * sizeof(PgQuery__Node *));
    n->bool_expr->args[0] = (PgQuery__Node *)x;
    n->bool_expr->args[1] = (PgQuery__Node *)y;
    return n;
}

/* IF takes NULL for false, so its ELSE is "IS NOT TRUE", not NOT. */
static const PgQuery__Node *is_not_true(struct td_arena *a, const PgQuery__Node *x)
{
    PgQuery__Node *n = node(a, PG_QUERY__NODE__NODE_BOOLEAN_TEST);
    n->boolean_test = td_arena_new(a, PgQuery__BooleanTest);
    pg_query__boolean_test__init(n->boolean_test);
    n->boolean_test->booltesttype = PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE;
    n->boolean_test->arg = (PgQuery__Node *)x;
    return n;
}

static const char *query_of(const struct td_json *expr)
{
    const char *q = td_json_text(td_json_get(td_json_get(expr, "PLpgSQL_expr"), "query"));
    return q == NULL ? "" : q;
}

static struct td_step *add_step(struct reader *r, enum td_step_kind kind, const PgQuery__Node *when)
{
    struct td_step *s = td_vec_add(r->arena, r->out);
    s->kind = kind;
    s->condition = when;
    return s;
}

/* ---- statements ---- */

static int walk(struct reader *r, const struct td_json *list, struct path *path, struct td_err *err);

/* "NEW.x := e" -> "e" */
static const char *right_side(const char *text)
{
    bool quoted = false;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"')
            quoted = !quoted;
        if (quoted || (*p != '=' && *p != ':'))
            continue;
        return p + (*p == ':' && p[1] == '=' ? 2 : 1);
    }
    return NULL;
}

static int assign(struct reader *r, const struct td_json *s, const PgQuery__Node *when, struct td_err *err)
{
    int64_t varno = -1, parent = -1;
    td_json_int(td_json_get(s, "varno"), &varno);
    const struct td_json *field =
        varno < 0 ? NULL : td_json_get(td_json_item(r->datums, (size_t)varno), "PLpgSQL_recfield");
    const char *column = td_json_text(td_json_get(field, "fieldname"));
    const char *expr = right_side(query_of(td_json_get(s, "expr")));

    if (column == NULL || expr == NULL || !td_json_int(td_json_get(field, "recparentno"), &parent) ||
        parent != r->new_varno)
        return refuse(err, "assigns to a variable of its own");
    struct td_step *step = add_step(r, TD_STEP_ASSIGN, when);
    step->column = td_arena_strdup(r->arena, column);
    return td_sql_parse_expr(r->arena, expr, &step->expr, err);
}

static int add_arg(struct reader *r, size_t step, const char *query, struct td_err *err)
{
    const PgQuery__Node *n;
    int rc = td_sql_parse_expr(r->arena, query, &n, err);
    if (rc != TD_OK)
        return rc;
    struct td_step *s = &r->out->at[step];
    struct {
        const PgQuery__Node **at;
        size_t len, cap;
    } args = {s->args, s->n_args, s->cap_args};
    *td_vec_add(r->arena, &args) = n;
    s->args = args.at;
    s->n_args = args.len;
    s->cap_args = args.cap;
    return TD_OK;
}

/* 'text' -> text; NULL when it is no plain literal. */
static const char *literal(struct reader *r, const char *query, struct td_err *err)
{
    const PgQuery__Node *n;
    if (td_sql_parse_expr(r->arena, query, &n, err) != TD_OK) {
        td_err_clear(err);
        return NULL;
    }
    bool text = n->node_case == PG_QUERY__NODE__NODE_A_CONST && n->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL;
    return text ? n->a_const->sval->sval : NULL;
}

/* The parameters of a message are values of the row: SQLite's RAISE takes a literal only. */
static const char *message_text(struct reader *r, const char *format)
{
    struct td_buf b;
    td_buf_init(&b, r->arena);
    for (const char *p = format; *p != '\0'; p++) {
        if (*p != '%') {
            td_buf_char(&b, *p);
        } else if (p[1] == '%') {
            td_buf_char(&b, *p++);
        } else {
            td_buf_add(&b, "...");
        }
    }
    return td_buf_str(&b);
}

/* RAISE NOTICE: its arguments are worked out all the same. */
static int notice(struct reader *r, const struct td_json *s, const PgQuery__Node *when, struct td_err *err)
{
    int rc = TD_OK;
    add_step(r, TD_STEP_NOTIFY, when);
    for (const struct td_json *p = td_json_first(td_json_get(s, "params")); rc == TD_OK && p != NULL;
         p = td_json_next(p))
        rc = add_arg(r, r->out->len - 1, query_of(p), err);
    for (const struct td_json *o = td_json_first(td_json_get(s, "options")); rc == TD_OK && o != NULL;
         o = td_json_next(o))
        rc = add_arg(r, r->out->len - 1, query_of(td_json_get(td_json_get(o, "PLpgSQL_raise_option"), "expr")), err);
    return rc;
}

static int raise(struct reader *r, const struct td_json *s, struct path *path, struct td_err *err)
{
    enum { OPTION_ERRCODE = 0, OPTION_MESSAGE = 1 };
    int64_t level = 0;
    td_json_int(td_json_get(s, "elog_level"), &level);
    if (level < LEVEL_ERROR)
        return notice(r, s, path->when, err);
    struct td_step *step = add_step(r, TD_STEP_RAISE, path->when);
    const char *message = td_json_text(td_json_get(s, "message"));
    const char *condition = td_json_text(td_json_get(s, "condname"));
    step->message = message_text(r, message != NULL ? message : condition != NULL ? condition : "exception");
    step->sqlstate = "P0001";
    for (const struct td_json *o = td_json_first(td_json_get(s, "options")); o != NULL; o = td_json_next(o)) {
        const struct td_json *option = td_json_get(o, "PLpgSQL_raise_option");
        int64_t kind = 0;
        td_json_int(td_json_get(option, "opt_type"), &kind);
        const char *value = literal(r, query_of(td_json_get(option, "expr")), err);
        if (kind == OPTION_ERRCODE && value != NULL && strlen(value) == 5)
            step->sqlstate = value;
        if (kind == OPTION_MESSAGE && value != NULL)
            step->message = value;
    }
    path->left = true;
    return TD_OK;
}

static bool is_row(const PgQuery__Node *n, const char *row)
{
    return n->node_case == PG_QUERY__NODE__NODE_COLUMN_REF && n->column_ref->n_fields == 1 &&
           td_tree_string(n->column_ref->fields[0]) != NULL &&
           strcmp(td_tree_string(n->column_ref->fields[0]), row) == 0;
}

static bool is_null(const PgQuery__Node *n)
{
    return n->node_case == PG_QUERY__NODE__NODE_A_CONST && n->a_const->isnull;
}

/* NEW, OLD, NULL, coalesce() of the two rows. */
static bool returned_row(const PgQuery__Node *n, enum td_returned *out)
{
    const PgQuery__CoalesceExpr *c = n->node_case == PG_QUERY__NODE__NODE_COALESCE_EXPR ? n->coalesce_expr : NULL;
    *out = is_null(n) ? TD_RETURN_NULL : is_row(n, "old") ? TD_RETURN_OLD : TD_RETURN_NEW;
    if (c != NULL && c->n_args == 2 && is_row(c->args[0], "new") && is_row(c->args[1], "old"))
        *out = TD_RETURN_NEW_OR_OLD;
    else if (c != NULL && c->n_args == 2 && is_row(c->args[0], "old") && is_row(c->args[1], "new"))
        *out = TD_RETURN_OLD_OR_NEW;
    else
        return is_null(n) || is_row(n, "old") || is_row(n, "new");
    return true;
}

static int returns(struct reader *r, const struct td_json *s, struct path *path, struct td_err *err)
{
    const char *q = query_of(td_json_get(s, "expr"));
    const PgQuery__Node *n;
    enum td_returned what = TD_RETURN_NULL;
    if (q[0] == '\0')
        return TD_OK; /* none of the function's: the parser's own, behind its end */
    int rc = td_sql_parse_expr(r->arena, q, &n, err);
    if (rc != TD_OK)
        return rc;
    if (!returned_row(n, &what))
        return refuse(err, "returns a row of its own making");
    add_step(r, TD_STEP_RETURN, path->when)->returned = what;
    path->left = true;
    return TD_OK;
}

/* Behind a branch that was entered under `entry`: what is known of control that did not leave in it. */
static void join(struct reader *r, const PgQuery__Node *entry, const struct path *branch, struct path *after)
{
    const PgQuery__Node *gone = NULL;
    if (branch->left)
        gone = entry;
    else if (branch->when != entry)
        gone = both(r->arena, entry, is_not_true(r->arena, branch->when));
    if (gone != NULL)
        after->when = both(r->arena, after->when, is_not_true(r->arena, gone));
}

/* One branch; *before is narrowed to the rows that none of the tests so far was true for. */
static int branch(struct reader *r, const struct td_json *cond, const struct td_json *body,
                  const PgQuery__Node **before, struct path *after, bool *all_left, struct td_err *err)
{
    const PgQuery__Node *test, *entry = *before;
    int rc = TD_OK;
    if (cond != NULL) {
        rc = td_sql_parse_expr(r->arena, query_of(cond), &test, err);
        if (rc != TD_OK)
            return rc;
        add_step(r, TD_STEP_TEST, *before)->expr = test;
        entry = both(r->arena, *before, test);
        *before = both(r->arena, *before, is_not_true(r->arena, test));
    }
    struct path p = {.when = entry};
    rc = walk(r, body, &p, err);
    *all_left = *all_left && p.left;
    join(r, entry, &p, after);
    return rc;
}

/* *path is narrowed to the ways that go on behind the IF. */
static int if_stmt(struct reader *r, const struct td_json *s, struct path *path, struct td_err *err)
{
    const PgQuery__Node *before = path->when;
    bool all_left = true;

    int rc = branch(r, td_json_get(s, "cond"), td_json_get(s, "then_body"), &before, path, &all_left, err);
    for (const struct td_json *e = td_json_first(td_json_get(s, "elsif_list")); rc == TD_OK && e != NULL;
         e = td_json_next(e)) {
        const struct td_json *elsif = td_json_get(e, "PLpgSQL_if_elsif");
        rc = branch(r, td_json_get(elsif, "cond"), td_json_get(elsif, "stmts"), &before, path, &all_left, err);
    }
    if (rc == TD_OK)
        rc = branch(r, NULL, td_json_get(s, "else_body"), &before, path, &all_left, err);
    path->left = all_left;
    return rc;
}

/* PERFORM and bare SQL: only notifications are nothing that a row shows. */
static int side_effect(struct reader *r, const char *query, const PgQuery__Node *when, struct td_err *err)
{
    const PgQuery__Node *n;
    int rc = td_sql_parse_expr(r->arena, query, &n, err);
    if (rc != TD_OK)
        return rc;
    bool notifies = n->node_case == PG_QUERY__NODE__NODE_NOTIFY_STMT;
    const PgQuery__FuncCall *call = NULL;
    if (n->node_case == PG_QUERY__NODE__NODE_SUB_LINK)
        n = n->sub_link->subselect; /* a SELECT, read as an expression */
    if (n->node_case == PG_QUERY__NODE__NODE_SELECT_STMT && n->select_stmt->n_target_list == 1 &&
        n->select_stmt->n_from_clause == 0 && n->select_stmt->where_clause == NULL)
        n = n->select_stmt->target_list[0]->res_target->val;
    if (n->node_case == PG_QUERY__NODE__NODE_FUNC_CALL) {
        const char *name = td_tree_name(n->func_call->funcname, n->func_call->n_funcname, NULL);
        notifies = name != NULL && strcmp(name, "pg_notify") == 0;
        call = n->func_call;
    }
    if (!notifies)
        return refuse(err, "reads or writes other rows");
    struct td_step *s = add_step(r, TD_STEP_NOTIFY, when);
    if (call != NULL) {
        s->args = (const PgQuery__Node **)call->args;
        s->n_args = call->n_args;
    }
    return TD_OK;
}

static int one(struct reader *r, const struct td_json *s, struct path *path, struct td_err *err)
{
    const struct td_json *body = td_json_first(s);
    const char *kind = td_json_key(body);
    if (kind == NULL)
        return refuse(err, "has a body that cannot be read");
    if (strcmp(kind, "PLpgSQL_stmt_assign") == 0)
        return assign(r, body, path->when, err);
    if (strcmp(kind, "PLpgSQL_stmt_if") == 0)
        return if_stmt(r, body, path, err);
    if (strcmp(kind, "PLpgSQL_stmt_return") == 0)
        return returns(r, body, path, err);
    if (strcmp(kind, "PLpgSQL_stmt_raise") == 0)
        return raise(r, body, path, err);
    if (strcmp(kind, "PLpgSQL_stmt_perform") == 0)
        return side_effect(r, query_of(td_json_get(body, "expr")), path->when, err);
    if (strcmp(kind, "PLpgSQL_stmt_execsql") == 0)
        return side_effect(r, query_of(td_json_get(body, "sqlstmt")), path->when, err);
    if (strcmp(kind, "PLpgSQL_stmt_block") == 0 && td_json_get(body, "exceptions") == NULL)
        return walk(r, td_json_get(body, "body"), path, err);
    return refuse(err, "does more than assign NEW.column, raise an error or notify");
}

static int walk(struct reader *r, const struct td_json *list, struct path *path, struct td_err *err)
{
    for (const struct td_json *s = td_json_first(list); s != NULL && !path->left; s = td_json_next(s)) {
        int rc = one(r, s, path, err);
        if (rc != TD_OK)
            return rc;
    }
    return TD_OK;
}

/* DECLAREd ones have a line. */
static int check_variables(struct reader *r, struct td_err *err)
{
    for (const struct td_json *d = td_json_first(r->datums); d != NULL; d = td_json_next(d)) {
        const struct td_json *v = td_json_first(d);
        const char *name = td_json_text(td_json_get(v, "refname"));
        int64_t line;
        if (name != NULL && td_json_int(td_json_get(v, "lineno"), &line))
            return refuse(err, td_arena_printf(r->arena, "has the variable \"%s\"", name));
    }
    return TD_OK;
}

static int body(struct reader *r, const struct td_json *block, struct td_err *err)
{
    struct path path = {0};
    int rc = walk(r, td_json_get(block, "body"), &path, err);
    if (rc == TD_OK)
        rc = check_variables(r, err);
    if (rc != TD_OK || path.left)
        return rc;
    struct td_step *s = add_step(r, TD_STEP_RAISE, path.when);
    s->message = "control reached end of trigger procedure without RETURN";
    s->sqlstate = "2F005";
    return TD_OK;
}

int td_routine_trigger(struct td_arena *a, const struct td_function *f, struct td_routine *out, struct td_err *err)
{
    struct td_json_doc *doc = NULL;
    const char *json;

    if (f->language == NULL || strcmp(f->language, "plpgsql") != 0 || f->source_text == NULL)
        return refuse(err, "is not written in PL/pgSQL");
    int rc = td_sql_parse_plpgsql(a, f->source_text, &json, err);
    if (rc == TD_OK)
        rc = td_json_parse(json, strlen(json), "", &doc, err);
    if (rc != TD_OK)
        return rc;
    td_arena_defer(a, td_json_close_void, doc);
    const struct td_json *root = td_json_get(td_json_first(td_json_root(doc)), "PLpgSQL_function");
    const struct td_json *block = td_json_get(td_json_get(root, "action"), "PLpgSQL_stmt_block");
    struct reader r = {.arena = a, .out = out, .datums = td_json_get(root, "datums"), .new_varno = -1};
    td_json_int(td_json_get(root, "new_varno"), &r.new_varno);
    if (block == NULL || td_json_get(block, "exceptions") != NULL)
        return refuse(err, block == NULL ? "has a body that cannot be read" : "has an exception block");
    return body(&r, block, err);
}

int td_routine_expression(struct td_arena *a, const struct td_function *f, const PgQuery__Node **out,
                          struct td_err *err)
{
    const PgQuery__Node *n = f->node == NULL ? NULL : f->node->create_function_stmt->sql_body;
    if (n != NULL && n->node_case == PG_QUERY__NODE__NODE_RETURN_STMT && !f->returns_set) {
        *out = n->return_stmt->returnval;
        return TD_OK;
    }
    if (f->language == NULL || strcmp(f->language, "sql") != 0 || f->body == NULL || f->returns_set)
        return refuse(err, "is not a plain SQL function");
    struct td_buf text; /* a trailing semicolon would end the parentheses of an expression */
    size_t len = strlen(f->body);
    while (len > 0 && (isspace((unsigned char)f->body[len - 1]) || f->body[len - 1] == ';'))
        len--;
    td_buf_init(&text, a);
    td_buf_add_n(&text, f->body, len);
    int rc = td_sql_parse_expr(a, td_buf_str(&text), &n, err);
    if (rc != TD_OK)
        return rc;
    if (n->node_case != PG_QUERY__NODE__NODE_SUB_LINK && n->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return refuse(err, "is not one SELECT");
    const PgQuery__Node *q = n->node_case == PG_QUERY__NODE__NODE_SUB_LINK ? n->sub_link->subselect : n;
    const PgQuery__SelectStmt *s = q->select_stmt;
    if (s->n_target_list != 1 || s->n_from_clause != 0 || s->where_clause != NULL || s->n_values_lists != 0 ||
        s->with_clause != NULL || s->limit_count != NULL || s->n_group_clause != 0 ||
        s->op != PG_QUERY__SET_OPERATION__SETOP_NONE)
        return refuse(err, "is not one SELECT of one expression");
    *out = s->target_list[0]->res_target->val;
    return TD_OK;
}
