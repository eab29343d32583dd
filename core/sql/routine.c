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

/* Does control leave the function in a list of statements? */
enum leaves { LEAVES_NO, LEAVES_MAYBE, LEAVES_YES };

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

static int walk(struct reader *r, const struct td_json *list, const PgQuery__Node *when, enum leaves *leaves,
                struct td_err *err);

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

static int raise(struct reader *r, const struct td_json *s, const PgQuery__Node *when, enum leaves *leaves,
                 struct td_err *err)
{
    enum { OPTION_ERRCODE = 0, OPTION_MESSAGE = 1 };
    int64_t level = 0;
    td_json_int(td_json_get(s, "elog_level"), &level);
    if (level < LEVEL_ERROR) {
        add_step(r, TD_STEP_NOTIFY, when);
        return TD_OK;
    }
    struct td_step *step = add_step(r, TD_STEP_RAISE, when);
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
    *leaves = LEAVES_YES;
    return TD_OK;
}

static int returns(struct reader *r, const struct td_json *s, enum leaves *leaves, struct td_err *err)
{
    const char *q = query_of(td_json_get(s, "expr"));
    while (isspace((unsigned char)*q))
        q++;
    *leaves = LEAVES_YES;
    if (strcasecmp(q, "NULL") == 0)
        r->out->returns_null = true;
    else if (strcasecmp(q, "OLD") == 0)
        r->out->returns_old = true;
    else if (strcasecmp(q, "NEW") != 0 && strncasecmp(q, "COALESCE", 8) != 0)
        return refuse(err, "returns a row of its own making");
    return TD_OK;
}

static int branch(struct reader *r, const struct td_json *body, const PgQuery__Node *when, enum leaves *all, bool *some,
                  const PgQuery__Node **gone, struct td_err *err)
{
    enum leaves l = LEAVES_NO;
    int rc = walk(r, body, when, &l, err);
    if (l == LEAVES_YES && when != NULL)
        *gone = both(r->arena, *gone, is_not_true(r->arena, when));
    *some = *some || l == LEAVES_MAYBE;
    if (l != LEAVES_YES)
        *all = LEAVES_NO;
    return rc;
}

/* *when is narrowed to the paths that go on behind the IF. */
static int if_stmt(struct reader *r, const struct td_json *s, const PgQuery__Node **when, enum leaves *leaves,
                   struct td_err *err)
{
    const PgQuery__Node *test, *before = *when, *gone = NULL;
    enum leaves all = LEAVES_YES;
    bool some = false;

    int rc = td_sql_parse_expr(r->arena, query_of(td_json_get(s, "cond")), &test, err);
    if (rc == TD_OK)
        rc = branch(r, td_json_get(s, "then_body"), both(r->arena, before, test), &all, &some, &gone, err);
    before = rc == TD_OK ? both(r->arena, before, is_not_true(r->arena, test)) : NULL;
    for (const struct td_json *e = td_json_first(td_json_get(s, "elsif_list")); rc == TD_OK && e != NULL;
         e = td_json_next(e)) {
        const struct td_json *elsif = td_json_get(e, "PLpgSQL_if_elsif");
        rc = td_sql_parse_expr(r->arena, query_of(td_json_get(elsif, "cond")), &test, err);
        if (rc != TD_OK)
            return rc;
        rc = branch(r, td_json_get(elsif, "stmts"), both(r->arena, before, test), &all, &some, &gone, err);
        before = both(r->arena, before, is_not_true(r->arena, test));
    }
    if (rc != TD_OK)
        return rc;
    rc = branch(r, td_json_get(s, "else_body"), before, &all, &some, &gone, err);
    *when = both(r->arena, *when, gone);
    *leaves = all == LEAVES_YES ? LEAVES_YES : some ? LEAVES_MAYBE : LEAVES_NO;
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
    if (n->node_case == PG_QUERY__NODE__NODE_SUB_LINK)
        n = n->sub_link->subselect; /* a SELECT, read as an expression */
    if (n->node_case == PG_QUERY__NODE__NODE_SELECT_STMT && n->select_stmt->n_target_list == 1 &&
        n->select_stmt->n_from_clause == 0)
        n = n->select_stmt->target_list[0]->res_target->val;
    if (n->node_case == PG_QUERY__NODE__NODE_FUNC_CALL) {
        const char *name = td_tree_name(n->func_call->funcname, n->func_call->n_funcname, NULL);
        notifies = name != NULL && strcmp(name, "pg_notify") == 0;
    }
    if (!notifies)
        return refuse(err, "reads or writes other rows");
    add_step(r, TD_STEP_NOTIFY, when);
    return TD_OK;
}

static int one(struct reader *r, const struct td_json *s, const PgQuery__Node **when, enum leaves *leaves,
               struct td_err *err)
{
    const struct td_json *body = td_json_first(s);
    const char *kind = td_json_key(body);
    if (kind == NULL)
        return refuse(err, "has a body that cannot be read");
    if (strcmp(kind, "PLpgSQL_stmt_assign") == 0)
        return assign(r, body, *when, err);
    if (strcmp(kind, "PLpgSQL_stmt_if") == 0)
        return if_stmt(r, body, when, leaves, err);
    if (strcmp(kind, "PLpgSQL_stmt_return") == 0)
        return returns(r, body, leaves, err);
    if (strcmp(kind, "PLpgSQL_stmt_raise") == 0)
        return raise(r, body, *when, leaves, err);
    if (strcmp(kind, "PLpgSQL_stmt_perform") == 0)
        return side_effect(r, query_of(td_json_get(body, "expr")), *when, err);
    if (strcmp(kind, "PLpgSQL_stmt_execsql") == 0)
        return side_effect(r, query_of(td_json_get(body, "sqlstmt")), *when, err);
    if (strcmp(kind, "PLpgSQL_stmt_block") == 0 && td_json_get(body, "exceptions") == NULL)
        return walk(r, td_json_get(body, "body"), *when, leaves, err);
    return refuse(err, "does more than assign NEW.column, raise an error or notify");
}

static int walk(struct reader *r, const struct td_json *list, const PgQuery__Node *when, enum leaves *leaves,
                struct td_err *err)
{
    for (const struct td_json *s = td_json_first(list); s != NULL && *leaves != LEAVES_YES; s = td_json_next(s)) {
        if (*leaves == LEAVES_MAYBE && strcmp(td_json_key(td_json_first(s)), "PLpgSQL_stmt_return") != 0)
            return refuse(err, "returns from inside nested IFs");
        int rc = one(r, s, &when, leaves, err);
        if (rc != TD_OK)
            return rc;
    }
    return TD_OK;
}

int td_routine_trigger(struct td_arena *a, const struct td_function *f, struct td_routine *out, struct td_err *err)
{
    struct td_json_doc *doc = NULL;
    const char *json;
    enum leaves leaves = LEAVES_NO;

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
    return walk(&r, td_json_get(block, "body"), NULL, &leaves, err);
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
