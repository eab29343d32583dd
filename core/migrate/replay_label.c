/* ALTER TYPE ... RENAME VALUE: PostgreSQL keeps an enum's values by number, so defaults, checks, indexes and views
 * follow. Our trees say the label: each constant that the enum gives its type is rewritten. */
#include <string.h>
#include <strings.h>

#include "core/base/buf.h"
#include "core/migrate/replay_impl.h"

struct relabel {
    const struct td_replaying *p;
    const struct td_user_type *type;
    const char *from, *to;
    const struct td_table *table; /* whose columns the tree may name */
    bool hit, apply;
};

/* ---- '{a,b}' ---- */

/* One element of an array's text, at `p`; *out is what it says. Returns what follows it. */
static const char *element(struct td_arena *a, const char *p, const char **out)
{
    struct td_buf b;
    bool quoted = *p == '"';
    td_buf_init(&b, a);
    for (p += quoted; *p != '\0' && (quoted ? *p != '"' : strchr(",{}", *p) == NULL); p++) {
        p += *p == '\\' && p[1] != '\0';
        td_buf_char(&b, *p);
    }
    char *text = td_arena_strdup(a, td_buf_str(&b));
    for (size_t n = b.len; !quoted && n > 0 && strchr(" \t\n\r", text[n - 1]) != NULL; p--)
        text[--n] = '\0'; /* blanks behind it are none of it */
    *out = text;
    return p + (quoted && *p == '"');
}

static void put_element(struct td_buf *b, const char *label)
{
    bool plain = label[0] != '\0' && strcasecmp(label, "null") != 0 && strpbrk(label, "{},\"\\ \t\n\r\v\f") == NULL;
    td_buf_add(b, plain ? "" : "\"");
    for (const char *p = label; *p != '\0'; p++) {
        td_buf_add(b, *p == '"' || *p == '\\' ? "\\" : "");
        td_buf_char(b, *p);
    }
    td_buf_add(b, plain ? "" : "\"");
}

/* The text of an array with the label renamed; NULL: it has none of it, or is no such text. */
static const char *array_text(const struct relabel *r, const char *text)
{
    struct td_buf b;
    bool hit = false;
    td_buf_init(&b, r->p->a);
    if (text[0] != '{')
        return NULL;
    for (const char *p = text; *p != '\0';) {
        const char *label, *end = p;
        if (strchr("{}, \t\n\r", *p) != NULL) {
            td_buf_char(&b, *p++);
            continue;
        }
        end = element(r->p->a, p, &label);
        if (strcmp(label, r->from) == 0)
            put_element(&b, r->to);
        else
            td_buf_add_n(&b, p, (size_t)(end - p));
        hit = hit || strcmp(label, r->from) == 0;
        p = end;
    }
    return hit ? td_buf_str(&b) : NULL;
}

static void constant(struct relabel *r, PgQuery__Node *n)
{
    if (n == NULL || n->node_case != PG_QUERY__NODE__NODE_A_CONST ||
        n->a_const->val_case != PG_QUERY__A__CONST__VAL_SVAL)
        return;
    const char *text = n->a_const->sval->sval;
    const char *now = strcmp(text, r->from) == 0 ? r->to : array_text(r, text);
    if (now == NULL)
        return;
    r->hit = true;
    if (r->apply)
        n->a_const->sval->sval = td_arena_strdup(r->p->a, now);
}

/* What takes the enum's type: a constant, each item of a list or an ARRAY[], the results of CASE and COALESCE. */
static void coerced(struct relabel *r, PgQuery__Node *n)
{
    if (n == NULL)
        return;
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_LIST:
        for (size_t i = 0; i < n->list->n_items; i++)
            coerced(r, n->list->items[i]);
        break;
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR:
        for (size_t i = 0; i < n->a_array_expr->n_elements; i++)
            coerced(r, n->a_array_expr->elements[i]);
        break;
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
        for (size_t i = 0; i < n->coalesce_expr->n_args; i++)
            coerced(r, n->coalesce_expr->args[i]);
        break;
    case PG_QUERY__NODE__NODE_CASE_EXPR:
        for (size_t i = 0; i < n->case_expr->n_args; i++)
            coerced(r, n->case_expr->args[i]->case_when->result);
        coerced(r, n->case_expr->defresult);
        break;
    default: constant(r, n); break;
    }
}

static bool is_it(const struct relabel *r, const struct td_type *t)
{
    struct td_type base = td_type_base(*t);
    return base.user == r->type;
}

static bool names_it(const struct relabel *r, const struct td_table *t, const char *column)
{
    const struct td_column *c = t == NULL ? NULL : td_table_column(t, column);
    return c != NULL && is_it(r, &c->type);
}

/* Does the expression have the enum's type? A column is looked for in the table, or in all that a view reads. */
static bool has_type(const struct relabel *r, const PgQuery__Node *n)
{
    if (n == NULL)
        return false;
    if (n->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
        return td_replay_names_type(r->p, n->type_cast->type_name, r->type);
    if (n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF || n->column_ref->n_fields == 0)
        return false;
    const char *name = td_tree_string(n->column_ref->fields[n->column_ref->n_fields - 1]);
    if (name == NULL || r->table == NULL)
        return false;
    for (size_t i = 0; i < r->table->uses.len; i++)
        if (names_it(r, r->table->uses.at[i].table, name))
            return true;
    return names_it(r, r->table, name);
}

static bool has_type_somewhere(const struct relabel *r, const PgQuery__Node *n)
{
    if (n != NULL && n->node_case == PG_QUERY__NODE__NODE_COALESCE_EXPR) {
        for (size_t i = 0; i < n->coalesce_expr->n_args; i++)
            if (has_type(r, n->coalesce_expr->args[i]))
                return true;
        return false;
    }
    return has_type(r, n);
}

static bool visit(PgQuery__Node *n, void *data)
{
    struct relabel *r = data;
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_TYPE_CAST:
        if (has_type(r, n))
            coerced(r, n->type_cast->arg);
        break;
    case PG_QUERY__NODE__NODE_A_EXPR:
        if (has_type_somewhere(r, n->a_expr->lexpr)) {
            coerced(r, n->a_expr->rexpr);
            coerced(r, n->a_expr->lexpr);
        } else if (has_type_somewhere(r, n->a_expr->rexpr)) {
            coerced(r, n->a_expr->lexpr);
            coerced(r, n->a_expr->rexpr);
        }
        break;
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
        if (has_type_somewhere(r, n))
            coerced(r, n);
        break;
    case PG_QUERY__NODE__NODE_CASE_EXPR:
        for (size_t i = 0; has_type(r, n->case_expr->arg) && i < n->case_expr->n_args; i++)
            coerced(r, n->case_expr->args[i]->case_when->expr);
        break;
    default: break;
    }
    return true;
}

static void edit(struct relabel *r, const struct td_tree_slot *s, PgQuery__Node *n)
{
    bool is_default = s->column != NULL && *s->node == s->column->default_ && is_it(r, &s->column->type);
    bool generated = s->column != NULL && *s->node == s->column->generated && is_it(r, &s->column->type);
    bool domain = s->type != NULL && *s->node == s->type->default_ && is_it(r, &s->type->base);
    if (is_default || generated || domain)
        coerced(r, n);
    td_tree_walk(n, visit, r);
}

static bool slot(const struct td_tree_slot *s, void *data)
{
    struct relabel *r = data;
    if (*s->node == NULL)
        return true;
    r->table = s->table;
    r->hit = r->apply = false;
    edit(r, s, (PgQuery__Node *)*s->node);
    if (!r->hit)
        return true;
    PgQuery__Node *copy = td_tree_clone(r->p->a, *s->node);
    r->apply = true;
    edit(r, s, copy);
    td_keep(r->p->c, s->node);
    *s->node = copy;
    return true;
}

void td_rewrite_label(const struct td_replaying *p, const struct td_user_type *u, const char *from, const char *to)
{
    struct relabel r = {.p = p, .type = u, .from = from, .to = to};
    td_replay_slots(p, slot, &r);
}
