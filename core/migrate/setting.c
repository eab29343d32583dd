#include "core/migrate/setting.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/sql/tree.h"

static const char *text_of(struct td_arena *a, const PgQuery__Node *n)
{
    while (n != NULL && n->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
        n = n->type_cast->arg;
    if (n == NULL || n->node_case != PG_QUERY__NODE__NODE_A_CONST)
        return n == NULL ? NULL : td_tree_string(n);
    const PgQuery__AConst *c = n->a_const;
    switch (c->val_case) {
    case PG_QUERY__A__CONST__VAL_SVAL: return c->sval->sval;
    case PG_QUERY__A__CONST__VAL_IVAL: return td_arena_printf(a, "%d", c->ival->ival);
    case PG_QUERY__A__CONST__VAL_FVAL: return c->fval->fval;
    case PG_QUERY__A__CONST__VAL_BOOLVAL: return c->boolval->boolval ? "on" : "off";
    default: return NULL;
    }
}

static const PgQuery__FuncCall *as_call(const PgQuery__Node *target)
{
    const PgQuery__Node *v = target->res_target->val;
    const PgQuery__FuncCall *f = v->node_case == PG_QUERY__NODE__NODE_FUNC_CALL ? v->func_call : NULL;
    return f != NULL && f->n_args == 3 && strcmp(td_tree_builtin(f), "set_config") == 0 ? f : NULL;
}

static bool is_constant(const PgQuery__Node *n)
{
    return n->node_case == PG_QUERY__NODE__NODE_A_CONST;
}

bool td_setting_is_call(const PgQuery__Node *n)
{
    const PgQuery__SelectStmt *s =
        n != NULL && n->node_case == PG_QUERY__NODE__NODE_SELECT_STMT ? n->select_stmt : NULL;
    if (s == NULL || s->n_target_list == 0 || s->n_from_clause > 0 || s->where_clause != NULL ||
        s->into_clause != NULL || s->with_clause != NULL || s->limit_count != NULL || s->limit_offset != NULL ||
        s->n_group_clause > 0)
        return false;
    for (size_t i = 0; i < s->n_target_list; i++) {
        const PgQuery__FuncCall *f = as_call(s->target_list[i]);
        if (f == NULL || !is_constant(f->args[0]) || !is_constant(f->args[1]))
            return false;
    }
    return true;
}

/* "a, "B c"" : names, in lower case where they are not quoted. */
static void split(struct td_arena *a, const char *text, struct td_strings *out)
{
    struct td_buf b;
    for (const char *p = text; p != NULL && *p != '\0';) {
        p += strspn(p, " \t\n,");
        if (*p == '\0')
            break;
        td_buf_init(&b, a);
        if (*p == '"') {
            for (p++; *p != '\0' && (*p != '"' || *++p == '"'); p++)
                td_buf_char(&b, *p);
        } else {
            for (; *p != '\0' && strchr(" \t\n,", *p) == NULL; p++)
                td_buf_char(&b, (char)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p));
        }
        td_strings_add(a, out, td_buf_str(&b));
    }
}

static struct td_setting *add(struct td_arena *a, struct td_settings *out, const char *name, const char *value)
{
    struct td_setting *s = td_vec_add(a, out);
    *s = (struct td_setting){.name = name, .value = value};
    return s;
}

static void of_set(struct td_arena *a, const PgQuery__VariableSetStmt *s, struct td_settings *out)
{
    struct td_buf b;
    out->all = s->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL;
    if (out->all || s->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_SET_MULTI || s->name == NULL)
        return;
    struct td_setting *one = add(a, out, s->name, NULL);
    if (s->kind != PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE)
        return;
    td_buf_init(&b, a);
    for (size_t i = 0; i < s->n_args; i++) {
        const char *text = text_of(a, s->args[i]);
        td_strings_add(a, &one->list, text == NULL ? "" : text);
        td_buf_printf(&b, "%s%s", i == 0 ? "" : ", ", text == NULL ? "?" : text);
    }
    one->value = td_buf_str(&b);
}

void td_settings_of(struct td_arena *a, const PgQuery__Node *n, struct td_settings *out)
{
    *out = (struct td_settings){0};
    if (n->node_case == PG_QUERY__NODE__NODE_VARIABLE_SET_STMT)
        of_set(a, n->variable_set_stmt, out);
    else if (n->node_case == PG_QUERY__NODE__NODE_DISCARD_STMT)
        out->all = n->discard_stmt->target == PG_QUERY__DISCARD_MODE__DISCARD_ALL;
    if (!td_setting_is_call(n))
        return;
    for (size_t i = 0; i < n->select_stmt->n_target_list; i++) {
        const PgQuery__FuncCall *f = as_call(n->select_stmt->target_list[i]);
        const char *name = text_of(a, f->args[0]);
        struct td_setting *one = add(a, out, name == NULL ? "" : name, text_of(a, f->args[1]));
        split(a, one->value, &one->list);
    }
}
