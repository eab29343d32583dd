#include "core/sql/draw.h"

#include <inttypes.h>
#include <string.h>

#include "core/sql/routine.h"
#include "core/sql/tree.h"

enum { DEEPEST = 16 }; /* functions that call each other, as inline.c follows them */

/* The next part of 'schema."Name"'; what is left of the text, behind the dot. */
static const char *name_part(const char *text, char *out, size_t size)
{
    bool quoted = *text == '"';
    size_t len = 0;
    for (text += quoted; *text != '\0' && (quoted || *text != '.'); text++) {
        if (quoted && *text == '"' && *++text != '"')
            break;
        char ch = quoted || *text < 'A' || *text > 'Z' ? *text : (char)(*text | 32);
        if (len + 1 < size)
            out[len++] = ch;
    }
    out[len] = '\0';
    return *text == '.' ? text + 1 : NULL;
}

struct td_sequence *td_draw_named(const struct td_catalog *c, const char *text)
{
    char first[64], second[64];
    const char *rest = name_part(text, first, sizeof first);
    if (rest == NULL)
        return td_catalog_sequence(c, NULL, first);
    name_part(rest, second, sizeof second);
    return td_catalog_sequence(c, first, second);
}

struct td_sequence *td_draw_owned(const struct td_catalog *c, const char *table, const char *column)
{
    char first[64], second[64];
    const char *rest = name_part(table, first, sizeof first);
    if (rest != NULL)
        name_part(rest, second, sizeof second);
    const struct td_table *t = td_catalog_table(c, rest == NULL ? NULL : first, rest == NULL ? first : second);
    for (size_t i = 0; t != NULL && i < c->sequences.len; i++) {
        struct td_sequence *s = c->sequences.at[i];
        if (s->owner == t && s->owner_column != NULL && strcmp(s->owner_column->name, column) == 0)
            return s;
    }
    return NULL;
}

bool td_draw_is_call(const PgQuery__Node *n)
{
    const PgQuery__FuncCall *f = n->node_case == PG_QUERY__NODE__NODE_FUNC_CALL ? n->func_call : NULL;
    return f != NULL && strcmp(td_tree_builtin(f), "nextval") == 0 && f->n_args == 1;
}

struct td_sequence *td_draw_call(const struct td_catalog *c, const PgQuery__Node *call)
{
    if (!td_draw_is_call(call))
        return NULL;
    const PgQuery__Node *arg = call->func_call->args[0];
    while (arg->node_case == PG_QUERY__NODE__NODE_TYPE_CAST && arg->type_cast->arg != NULL)
        arg = arg->type_cast->arg;
    if (arg->node_case != PG_QUERY__NODE__NODE_A_CONST || arg->a_const->val_case != PG_QUERY__A__CONST__VAL_SVAL)
        return NULL;
    return td_draw_named(c, arg->a_const->sval->sval);
}

struct walk {
    struct td_arena *a;
    const struct td_catalog *c;
    struct td_draws *out;
    const PgQuery__Node *top; /* its own condition is known */
    unsigned depth;
};

static void walk(struct walk k, const PgQuery__Node *n, bool sometimes);

static void add(struct walk *k, struct td_sequence *s)
{
    if (s != NULL)
        *td_vec_add(k->a, k->out) = s;
}

/* Evaluated as far as it has to be. */
static bool is_conditional(const PgQuery__Node *n)
{
    return n->node_case == PG_QUERY__NODE__NODE_CASE_EXPR || n->node_case == PG_QUERY__NODE__NODE_COALESCE_EXPR ||
           n->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR || n->node_case == PG_QUERY__NODE__NODE_SUB_LINK;
}

static bool is_strict(const PgQuery__CreateFunctionStmt *s)
{
    for (size_t i = 0; i < s->n_options; i++)
        if (strcmp(s->options[i]->def_elem->defname, "strict") == 0)
            return s->n_parameters > 0;
    return false;
}

static void walk_function(struct walk k, const PgQuery__FuncCall *c)
{
    const char *schema, *name = td_tree_name(c->funcname, c->n_funcname, &schema);
    const struct td_function *f = td_catalog_function(k.c, schema, name);
    const PgQuery__Node *body;
    struct td_err none = {0};
    if (f == NULL || f->node == NULL || k.depth++ >= DEEPEST || td_routine_expression(k.a, f, &body, &none) != TD_OK)
        return;
    walk(k, body, is_strict(f->node->create_function_stmt));
}

static bool visit(PgQuery__Node *n, void *data)
{
    struct walk *k = data;
    if (is_conditional(n) && n != k->top) {
        struct walk inside = *k;
        inside.top = n;
        walk(inside, n, true);
        return false;
    }
    if (n->node_case != PG_QUERY__NODE__NODE_FUNC_CALL)
        return true;
    add(k, td_draw_call(k->c, n));
    walk_function(*k, n->func_call);
    return true;
}

static void walk(struct walk k, const PgQuery__Node *n, bool sometimes)
{
    size_t before = k.out->len;
    td_tree_walk((PgQuery__Node *)n, visit, &k);
    k.out->sometimes = k.out->sometimes || (sometimes && k.out->len > before);
}

void td_draws_of(struct td_arena *a, const struct td_catalog *c, const PgQuery__Node *expr, struct td_draws *out)
{
    struct walk k = {.a = a, .c = c, .out = out};
    if (expr != NULL)
        walk(k, expr, false);
}

/* ---- columns ---- */

struct td_sequence *td_draw_number(const struct td_catalog *c, const struct td_column *col)
{
    struct td_sequence *s = NULL;
    bool calls = col->default_ != NULL && td_draw_is_call(col->default_);
    if (calls)
        s = td_draw_call(c, col->default_);
    return s == NULL && (calls || col->identity != TD_ID_NONE) ? col->serial : s;
}

int64_t td_draw_least(const struct td_column *col)
{
    switch (td_type_base(col->type).kind) {
    case TD_T_INT2: return INT16_MIN;
    case TD_T_INT4: return INT32_MIN;
    default: return INT64_MIN;
    }
}

struct td_sequence *td_draw_column(struct td_arena *a, const struct td_catalog *c, const struct td_column *col)
{
    struct td_sequence *s = td_draw_number(c, col);
    struct td_draws draws = {0};
    enum td_storage kind = td_type_storage(col->type);
    if (s != NULL || col->generated != NULL || (kind != TD_S_TEXT && kind != TD_S_INTEGER))
        return s;
    td_draws_of(a, c, td_column_default(col), &draws);
    return draws.len == 1 && !draws.sometimes ? draws.at[0] : NULL;
}

const char *td_draw_mark(struct td_arena *a, const struct td_column *col)
{
    return td_type_storage(col->type) == TD_S_TEXT ? "(char(0))"
                                                   : td_arena_printf(a, "(%" PRId64 ")", td_draw_least(col));
}
