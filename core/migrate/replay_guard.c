/* DO blocks that are guards: what they do is decided by the schema alone, so it is decided here, statement by
 * statement, each seeing what those before it did. The catalog is put back afterwards: the caller replays what is left.
 *
 *     BEGIN            IF cond THEN ... ELSIF ... ELSE ... END IF;      static SQL, EXECUTE 'constant', PERFORM,
 *       ...            RAISE NOTICE, RAISE EXCEPTION, RETURN, NULL      nested blocks
 *     EXCEPTION WHEN duplicate_object OR ... THEN ...                   a failing statement takes its block back
 *     END */
#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/migrate/replay_guard_impl.h"

struct guarding {
    struct td_replaying p;
    struct td_guarded *out;
    size_t cursor; /* in the source: the block's texts come one after the other */
    bool returned;
    const PgQuery__Node *when; /* of the branch at hand, where rows decide of it */
};

static int refuse(struct guarding *g, int at, const char *what)
{
    td_replay_fail(&g->p, at, TD_C_SCHEMA_GUARD, "", "%s", what);
    td_err_why(g->p.err, "what the block does is not decided by the schema alone");
    return td_err_next(g->p.err, "Write the statements without the block, or \"-- tandem: postgres\" before it.");
}

/* ---- texts and their places ---- */

/* Where the text stands in the DO block; -1: nowhere as it is (a quoted body has its quotes doubled). */
static int place_of(struct guarding *g, const char *text)
{
    const struct td_source *src = g->p.r->source;
    size_t end = g->p.stmt->start + g->p.stmt->len;
    if (src == NULL || end > src->len)
        return -1;
    const char *at = memmem(src->text + g->cursor, end - g->cursor, text, strlen(text));
    if (at == NULL)
        return -1;
    g->cursor = (size_t)(at - src->text);
    return (int)g->cursor;
}

static bool shift_node(PgQuery__Node *n, void *data)
{
    td_tree_shift((ProtobufCMessage *)n, *(const int *)data);
    return true;
}

/* ---- branches that rows decide of ---- */

static PgQuery__Node *both(struct guarding *g, PgQuery__Node *x, PgQuery__Node *y)
{
    PgQuery__Node *n = td_arena_new(g->p.a, PgQuery__Node);
    if (y == NULL)
        return x;
    pg_query__node__init(n);
    n->node_case = PG_QUERY__NODE__NODE_BOOL_EXPR;
    n->bool_expr = td_arena_new(g->p.a, PgQuery__BoolExpr);
    pg_query__bool_expr__init(n->bool_expr);
    n->bool_expr->boolop = PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
    n->bool_expr->args = td_arena_alloc(g->p.a, 2 * sizeof(PgQuery__Node *));
    n->bool_expr->n_args = 2;
    n->bool_expr->args[0] = x;
    n->bool_expr->args[1] = y;
    return n;
}

/* VALUES (a, b) WHERE: SELECT a, b WHERE. False: it is not one row of values. */
static bool choose_row(struct guarding *g, PgQuery__SelectStmt *s, PgQuery__Node *when)
{
    if (s->n_values_lists != 1 || s->with_clause != NULL || s->n_sort_clause > 0 || s->limit_count != NULL)
        return false;
    PgQuery__List *row = s->values_lists[0]->list;
    s->target_list = td_arena_alloc(g->p.a, (row->n_items + 1) * sizeof(PgQuery__Node *));
    for (size_t i = 0; i < row->n_items; i++) {
        PgQuery__Node *n = td_arena_new(g->p.a, PgQuery__Node);
        if (row->items[i]->node_case == PG_QUERY__NODE__NODE_SET_TO_DEFAULT)
            return false;
        pg_query__node__init(n);
        n->node_case = PG_QUERY__NODE__NODE_RES_TARGET;
        n->res_target = td_arena_new(g->p.a, PgQuery__ResTarget);
        pg_query__res_target__init(n->res_target);
        n->res_target->val = row->items[i];
        s->target_list[i] = n;
    }
    s->n_target_list = row->n_items;
    s->n_values_lists = 0;
    s->where_clause = when;
    return true;
}

/* The statement does nothing where the condition is not true. */
static bool choose(struct guarding *g, PgQuery__Node *n)
{
    PgQuery__Node *when = (PgQuery__Node *)g->when;
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_INSERT_STMT:
        return n->insert_stmt->with_clause == NULL && n->insert_stmt->select_stmt != NULL &&
               choose_row(g, n->insert_stmt->select_stmt->select_stmt, when);
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
        n->update_stmt->where_clause = both(g, when, n->update_stmt->where_clause);
        return n->update_stmt->with_clause == NULL;
    case PG_QUERY__NODE__NODE_DELETE_STMT:
        n->delete_stmt->where_clause = both(g, when, n->delete_stmt->where_clause);
        return n->delete_stmt->with_clause == NULL;
    default: return false;
    }
}

struct tables {
    const struct td_replaying *p;
    size_t known, other;
};

static bool find_table(PgQuery__Node *n, void *data)
{
    struct tables *t = data;
    if (n->node_case != PG_QUERY__NODE__NODE_RANGE_VAR)
        return true;
    const PgQuery__RangeVar *v = n->range_var;
    bool known = td_catalog_table(t->p->c, td_replay_text(v->schemaname), v->relname) != NULL;
    *(known ? &t->known : &t->other) += 1;
    return true;
}

/* Does it ask for rows of tables that the catalog has, and of no others? */
static bool asks_rows(struct guarding *g, const PgQuery__Node *condition)
{
    struct tables t = {.p = &g->p};
    td_tree_walk((PgQuery__Node *)condition, find_table, &t);
    return t.known > 0 && t.other == 0;
}

static int add_statement(struct guarding *g, const char *text, int at)
{
    struct td_sql_file *file;
    int rc =
        td_sql_parse(g->p.a, g->p.r->source == NULL ? "" : g->p.r->source->path, text, strlen(text), &file, g->p.err);
    if (rc != TD_OK)
        return rc;
    for (size_t i = 0; i < file->len; i++) {
        struct td_sql_stmt *s = td_vec_add(g->p.a, g->out);
        *s = file->at[i];
        if (s->node == NULL)
            return refuse(g, at, "a DO block with a statement that the parser cannot read");
        int by = at < 0 ? (int)g->p.stmt->start : at;
        s->start = at < 0 ? g->p.stmt->start : s->start + (size_t)at;
        s->len = at < 0 ? g->p.stmt->len : s->len;
        s->marks = g->p.stmt->marks;
        s->index = g->p.stmt->index;
        td_tree_walk((PgQuery__Node *)s->node, shift_node, &by);
        if (g->when != NULL && !choose(g, (PgQuery__Node *)s->node))
            return refuse(g, at, "a DO block with a statement that rows decide of");
        struct td_replaying inner = g->p;
        inner.stmt = s;
        rc = td_replay_node(&inner, s->node);
        if (rc != TD_OK)
            return rc;
    }
    return TD_OK;
}

static const char *query_of(const struct td_json *expr)
{
    return td_json_text(td_json_get(td_json_get(expr, "PLpgSQL_expr"), "query"));
}

static int evaluate(struct guarding *g, const char *text, const PgQuery__Node **expr_out, bool *out)
{
    const PgQuery__Node *expr;
    *expr_out = NULL;
    int at = place_of(g, text), by = at < 0 ? (int)g->p.stmt->start : at;
    int rc = td_sql_parse_expr(g->p.a, text, &expr, g->p.err);
    if (rc != TD_OK)
        return refuse(g, at, "a DO block with a condition that the parser cannot read");
    td_tree_walk((PgQuery__Node *)expr, shift_node, &by);
    struct td_cell v;
    *expr_out = expr;
    rc = td_guard_eval(&g->p, expr, &v);
    *out = v.kind != TD_CELL_NULL && v.n != 0;
    return rc;
}

/* ---- statements of the block ---- */

static int body(struct guarding *g, const struct td_json *list);
static int block(struct guarding *g, const struct td_json *b);

/* IF rows say so THEN one statement END IF. */
static bool is_one_statement(const struct td_json *s)
{
    const struct td_json *then = td_json_get(s, "then_body");
    const char *kind = td_json_key(td_json_first(td_json_first(then)));
    return td_json_len(then) == 1 && td_json_get(s, "elsif_list") == NULL && td_json_get(s, "else_body") == NULL &&
           kind != NULL && (strcmp(kind, "PLpgSQL_stmt_execsql") == 0 || strcmp(kind, "PLpgSQL_stmt_raise") == 0);
}

static int branch(struct guarding *g, const struct td_json *s)
{
    bool yes = false;
    const PgQuery__Node *expr;
    int rc = evaluate(g, query_of(td_json_get(s, "cond")), &expr, &yes);
    if (rc == TD_EREFUSED && expr != NULL && is_one_statement(s) && asks_rows(g, expr)) {
        td_err_clear(g->p.err);
        g->when = expr;
        rc = body(g, td_json_get(s, "then_body"));
        g->when = NULL;
        return rc;
    }
    if (rc != TD_OK || yes)
        return rc != TD_OK ? rc : body(g, td_json_get(s, "then_body"));
    const struct td_json *i = td_json_first(td_json_get(s, "elsif_list"));
    for (; i != NULL; i = td_json_next(i)) {
        const struct td_json *elsif = td_json_get(i, "PLpgSQL_if_elsif");
        rc = evaluate(g, query_of(td_json_get(elsif, "cond")), &expr, &yes);
        if (rc != TD_OK || yes)
            return rc != TD_OK ? rc : body(g, td_json_get(elsif, "stmts"));
    }
    return body(g, td_json_get(s, "else_body"));
}

static int execute(struct guarding *g, const struct td_json *s)
{
    const char *text = query_of(td_json_get(s, "query"));
    const PgQuery__Node *expr;
    int at = text == NULL ? -1 : place_of(g, text);
    if (text == NULL || td_json_get(s, "params") != NULL || td_json_get(s, "into") != NULL)
        return refuse(g, at, "a DO block that builds SQL as text");
    int rc = td_sql_parse_expr(g->p.a, text, &expr, g->p.err);
    if (rc != TD_OK || expr->node_case != PG_QUERY__NODE__NODE_A_CONST ||
        expr->a_const->val_case != PG_QUERY__A__CONST__VAL_SVAL)
        return refuse(g, at, "a DO block that builds SQL as text");
    const char *sql = expr->a_const->sval->sval;
    return add_statement(g, sql, place_of(g, sql));
}

static int raise(struct guarding *g, const struct td_json *s)
{
    enum { LEVEL_ERROR = 21 };
    int64_t level = LEVEL_ERROR;
    td_json_int(td_json_get(s, "elog_level"), &level);
    if (level < LEVEL_ERROR)
        return TD_OK;
    const char *message = td_json_text(td_json_get(s, "message"));
    if (g->when != NULL) {
        struct {
            struct td_guard_test *at;
            size_t len, cap;
        } tests = {g->out->tests, g->out->n_tests, g->out->cap_tests};
        *td_vec_add(g->p.a, &tests) =
            (struct td_guard_test){g->out->len, g->when, message == NULL ? "the block raises an exception" : message};
        g->out->tests = tests.at;
        g->out->n_tests = tests.len;
        g->out->cap_tests = tests.cap;
        return TD_OK;
    }
    return td_replay_fail(&g->p, td_replay_place(&g->p, (int)g->cursor, "raise"), TD_C_SCHEMA_INVALID, "P0001", "%s",
                          message == NULL ? "the block raises an exception" : message);
}

static int static_sql(struct guarding *g, const struct td_json *s)
{
    const char *text = query_of(td_json_get(s, "sqlstmt"));
    if (text == NULL || td_json_true(td_json_get(s, "into")))
        return refuse(g, -1, "a DO block with variables");
    return add_statement(g, text, place_of(g, text));
}

/* PERFORM x is SELECT x: only the x stands in the source. */
static int perform(struct guarding *g, const struct td_json *s)
{
    static const char word[] = "SELECT ";
    const char *text = query_of(td_json_get(s, "expr"));
    if (text == NULL || strncmp(text, word, sizeof word - 1) != 0)
        return refuse(g, -1, "a DO block with a PERFORM that is not understood");
    int at = place_of(g, text + sizeof word - 1);
    return add_statement(g, text, at < (int)sizeof word - 1 ? -1 : at - (int)(sizeof word - 1));
}

static int one(struct guarding *g, const struct td_json *s)
{
    const struct td_json *it = td_json_first(s);
    const char *kind = td_json_key(it);
    if (kind == NULL)
        return refuse(g, -1, "a DO block that is not understood");
    if (strcmp(kind, "PLpgSQL_stmt_if") == 0)
        return branch(g, it);
    if (strcmp(kind, "PLpgSQL_stmt_execsql") == 0)
        return static_sql(g, it);
    if (strcmp(kind, "PLpgSQL_stmt_block") == 0)
        return block(g, it);
    if (strcmp(kind, "PLpgSQL_stmt_raise") == 0)
        return raise(g, it);
    if (strcmp(kind, "PLpgSQL_stmt_perform") == 0)
        return perform(g, it);
    if (strcmp(kind, "PLpgSQL_stmt_dynexecute") == 0)
        return execute(g, it);
    if (strcmp(kind, "PLpgSQL_stmt_return") == 0) {
        g->returned = true;
        return TD_OK;
    }
    bool loop = strstr(kind, "for") != NULL || strstr(kind, "loop") != NULL || strstr(kind, "while") != NULL;
    return refuse(g, -1, loop ? "a DO block with a loop" : "a DO block that is a program, not a guard");
}

static int body(struct guarding *g, const struct td_json *list)
{
    int rc = TD_OK;
    for (const struct td_json *s = td_json_first(list); rc == TD_OK && s != NULL && !g->returned; s = td_json_next(s))
        rc = one(g, s);
    return rc;
}

/* ---- EXCEPTION WHEN ---- */

static const char *condition_state(const char *name)
{
    static const struct {
        const char *name, *state;
    } known[] = {
        {"duplicate_object", "42710"},         {"duplicate_table", "42P07"},
        {"duplicate_column", "42701"},         {"duplicate_function", "42723"},
        {"duplicate_schema", "42P06"},         {"undefined_table", "42P01"},
        {"undefined_column", "42703"},         {"undefined_object", "42704"},
        {"undefined_function", "42883"},       {"invalid_schema_name", "3F000"},
        {"raise_exception", "P0001"},          {"wrong_object_type", "42809"},
        {"invalid_table_definition", "42P16"}, {"invalid_foreign_key", "42830"},
        {"datatype_mismatch", "42804"},        {"dependent_objects_still_exist", "2BP01"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].state;
    return NULL;
}

static bool catches(const struct td_json *exception, const char *sqlstate)
{
    const struct td_json *c = td_json_first(td_json_get(exception, "conditions"));
    for (; c != NULL; c = td_json_next(c)) {
        const char *name = td_json_text(td_json_get(td_json_get(c, "PLpgSQL_condition"), "condname"));
        const char *state = name == NULL ? NULL : condition_state(name);
        if (name != NULL && (strcmp(name, "others") == 0 || (state != NULL && strcmp(state, sqlstate) == 0)))
            return true;
    }
    return false;
}

/* Rows may fail where the schema does not: which handler runs would not be known beforehand. */
static bool only_schema(const struct guarding *g, size_t from)
{
    for (size_t i = from; i < g->out->len; i++)
        if (td_stmt_kind(g->out->at[i].node) == TD_ST_DATA)
            return false;
    return true;
}

static int block(struct guarding *g, const struct td_json *b)
{
    const struct td_json *handlers = td_json_get(td_json_get(b, "exceptions"), "PLpgSQL_exception_block");
    if (handlers == NULL)
        return body(g, td_json_get(b, "body"));
    size_t before = g->out->len, tests = g->out->n_tests, cursor = g->cursor;
    struct td_undo *mark = td_catalog_begin(g->p.c);
    int rc = body(g, td_json_get(b, "body"));
    if (rc == TD_OK && (!only_schema(g, before) || g->out->n_tests > tests))
        rc = refuse(g, -1, "a DO block that catches errors of data statements");
    if (rc != TD_ESCHEMA) {
        td_catalog_commit(g->p.c, mark);
        return rc;
    }
    td_catalog_rollback(g->p.c, mark);
    g->out->len = before;
    g->out->n_tests = tests;
    g->cursor = cursor;
    const struct td_json *x = td_json_first(td_json_get(handlers, "exc_list"));
    for (; x != NULL; x = td_json_next(x)) {
        const struct td_json *exception = td_json_get(x, "PLpgSQL_exception");
        if (!catches(exception, g->p.err->sqlstate))
            continue;
        td_err_clear(g->p.err);
        return body(g, td_json_get(exception, "action"));
    }
    return rc;
}

/* ---- the whole ---- */

static const char *do_body(const struct td_sql_stmt *stmt, const char **language)
{
    const char *text = NULL;
    *language = "plpgsql";
    if (stmt->node == NULL || stmt->node->node_case != PG_QUERY__NODE__NODE_DO_STMT)
        return NULL;
    const PgQuery__DoStmt *d = stmt->node->do_stmt;
    for (size_t i = 0; i < d->n_args; i++) {
        const PgQuery__DefElem *e = d->args[i]->def_elem;
        if (e->arg == NULL)
            continue;
        if (strcmp(e->defname, "as") == 0)
            text = td_tree_string(e->arg);
        else if (strcmp(e->defname, "language") == 0)
            *language = td_tree_string(e->arg);
    }
    return text;
}

static bool declares(const struct td_json *function)
{
    static const char *const own[] = {"found", "sqlstate", "sqlerrm"};
    const struct td_json *d = td_json_first(td_json_get(function, "datums"));
    for (; d != NULL; d = td_json_next(d)) {
        const char *name = td_json_text(td_json_get(td_json_first(d), "refname"));
        bool known = name == NULL;
        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
            known = known || strcmp(own[i], name) == 0;
        if (!known)
            return true;
    }
    return false;
}

/* The block's PLpgSQL_function, of the form that libpg_query gives. */
static int read_block(struct guarding *g, const char *text, const struct td_json **out)
{
    struct td_buf create;
    td_buf_init(&create, g->p.a);
    td_buf_add(&create, "CREATE FUNCTION guard() RETURNS void LANGUAGE plpgsql AS ");
    td_buf_lit(&create, text);
    const char *json;
    struct td_json_doc *doc;
    int rc = td_sql_parse_plpgsql(g->p.a, td_buf_str(&create), &json, g->p.err);
    if (rc == TD_OK)
        rc = td_json_parse(json, strlen(json), "", &doc, g->p.err);
    if (rc != TD_OK)
        return refuse(g, -1, "a DO block that the parser cannot read");
    td_arena_defer(g->p.a, td_json_close_void, doc);
    *out = td_json_get(td_json_item(td_json_root(doc), 0), "PLpgSQL_function");
    return TD_OK;
}

static const struct td_json *outer_block(const struct td_json *function)
{
    return td_json_get(td_json_get(function, "action"), "PLpgSQL_stmt_block");
}

/* Its variable is nowhere declared. */
static bool has_loop(const struct td_json *at)
{
    for (const struct td_json *i = td_json_first(at); i != NULL; i = td_json_next(i)) {
        const char *key = td_json_key(i);
        if (key != NULL && (strncmp(key, "PLpgSQL_stmt_for", 16) == 0 || strncmp(key, "PLpgSQL_stmt_dynfor", 19) == 0))
            return true;
        if (has_loop(i))
            return true;
    }
    return false;
}

static int walk(struct guarding *g, const char *text)
{
    const struct td_json *function;
    int rc = read_block(g, text, &function);
    if (rc != TD_OK)
        return rc;
    if (declares(function))
        return refuse(g, -1, has_loop(function) ? "a DO block with a loop" : "a DO block with variables");
    return block(g, outer_block(function));
}

/* ---- blocks that only PostgreSQL runs ---- */

static bool is_schema_statement(struct guarding *g, const char *text)
{
    struct td_sql_file *file;
    struct td_err none = {0};
    if (td_sql_parse(g->p.a, "", text, strlen(text), &file, &none) != TD_OK || file->len != 1)
        return false;
    switch (td_stmt_kind(file->at[0].node)) {
    case TD_ST_DDL:
    case TD_ST_FUNCTION:
    case TD_ST_TRIGGER:
    case TD_ST_PARTITION:
    case TD_ST_EXCLUSION: return true;
    default: return false;
    }
}

/* Statements that are reached whatever the rows are, and no further than they can be followed. */
static void schema_of(struct guarding *g, const struct td_json *list)
{
    for (const struct td_json *s = td_json_first(list); s != NULL; s = td_json_next(s)) {
        const struct td_json *it = td_json_first(s);
        const char *kind = td_json_key(it);
        const char *text =
            kind != NULL && strcmp(kind, "PLpgSQL_stmt_execsql") == 0 ? query_of(td_json_get(it, "sqlstmt")) : NULL;
        if (kind != NULL && strcmp(kind, "PLpgSQL_stmt_block") == 0)
            schema_of(g, td_json_get(it, "body"));
        if (text == NULL || !is_schema_statement(g, text))
            continue;
        struct td_undo *mark = td_catalog_begin(g->p.c);
        if (add_statement(g, text, -1) == TD_OK)
            td_catalog_commit(g->p.c, mark);
        else
            td_catalog_rollback(g->p.c, mark);
        td_err_clear(g->p.err);
    }
}

void td_replay_block_schema(const struct td_replay *r, const struct td_sql_stmt *stmt)
{
    struct td_err none = {0};
    struct td_guarded out = {0};
    struct guarding g = {.p = {r->catalog, r->catalog->arena, r, stmt, &none}, .out = &out, .cursor = stmt->start};
    const char *language, *text = do_body(stmt, &language);
    const struct td_json *function;
    if (text != NULL && strcmp(language, "plpgsql") == 0 && read_block(&g, text, &function) == TD_OK)
        schema_of(&g, td_json_get(outer_block(function), "body"));
}

int td_replay_guard(const struct td_replay *r, const struct td_sql_stmt *stmt, struct td_guarded *out,
                    struct td_err *err)
{
    struct guarding g = {.p = {r->catalog, r->catalog->arena, r, stmt, err}, .out = out, .cursor = stmt->start};
    const char *language, *text = do_body(stmt, &language);
    memset(out, 0, sizeof *out);
    if (text == NULL || strcmp(language, "plpgsql") != 0)
        return refuse(&g, -1, "a DO block in a language that is not read");
    struct td_undo *mark = td_catalog_begin(r->catalog);
    int rc = walk(&g, text);
    td_catalog_rollback(r->catalog, mark);
    return rc;
}
