#include "sync/scope_sql.h"

#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"

void td_scope_add_table(const struct td_table *t, struct td_buf *sql)
{
    td_buf_ident(sql, t->schema);
    td_buf_char(sql, '.');
    td_buf_ident(sql, t->name);
}

void td_scope_add_table_on(enum td_engine engine, const struct td_table *t, struct td_buf *sql)
{
    if (engine == TD_ENGINE_POSTGRES) {
        td_scope_add_table(t, sql);
        return;
    }
    struct td_buf name = {0};
    if (strcmp(t->schema, "public") != 0)
        td_buf_printf(&name, "%s.", t->schema);
    td_buf_add(&name, t->name);
    td_buf_add(sql, "main.");
    td_buf_ident(sql, td_buf_str(&name));
    td_buf_deinit(&name);
}

static void add_columns(const struct td_columns *v, const char *alias, struct td_buf *sql)
{
    td_buf_char(sql, '(');
    for (size_t i = 0; i < v->len; i++) {
        td_buf_printf(sql, "%s%s%s", i > 0 ? ", " : "", alias, alias[0] != '\0' ? "." : "");
        td_buf_ident(sql, v->at[i]->name);
    }
    td_buf_char(sql, ')');
}

/* Names that any search_path finds; an index is one over the type beneath a domain. */
static void add_type(struct td_type t, struct td_buf *sql)
{
    t = td_type_base(t);
    if (t.user != NULL && t.user->schema != NULL) {
        td_buf_ident(sql, t.user->schema);
        td_buf_char(sql, '.');
        td_buf_ident(sql, t.user->name);
    } else {
        td_type_print(&t, sql);
    }
}

static void add_equals(enum td_engine engine, const struct td_column *c, const char *alias, const char *tenant,
                       struct td_buf *sql)
{
    td_buf_printf(sql, "%s%s", alias, alias[0] != '\0' ? "." : "");
    td_buf_ident(sql, c->name);
    td_buf_printf(sql, engine == TD_ENGINE_POSTGRES ? " = (%s)::" : " = %s", tenant);
    if (engine == TD_ENGINE_POSTGRES)
        add_type(c->type, sql);
}

void td_scope_add_cast(const struct td_column *c, struct td_buf *sql)
{
    td_buf_add(sql, "::");
    add_type(c->type, sql);
}

/* Each table on the way has an alias of its own, as a query may pass one table twice. */
static void add_belongs(enum td_engine engine, const struct td_scope *s, const char *alias, const char *tenant,
                        unsigned depth, struct td_buf *sql)
{
    char inner[16];
    switch (s->kind) {
    case TD_SCOPE_TENANT: add_equals(engine, s->columns.at[0], alias, tenant, sql); break;
    case TD_SCOPE_SHARED: td_buf_add(sql, "true"); break;
    case TD_SCOPE_MEMBERSHIP:
    case TD_SCOPE_PATH:
        snprintf(inner, sizeof inner, "td_%u", depth);
        add_columns(&s->columns, alias, sql);
        td_buf_add(sql, " IN (SELECT ");
        for (size_t i = 0; i < s->through_columns.len; i++) {
            td_buf_printf(sql, "%s%s.", i > 0 ? ", " : "", inner);
            td_buf_ident(sql, s->through_columns.at[i]->name);
        }
        td_buf_add(sql, " FROM ");
        td_scope_add_table_on(engine, s->through->table, sql);
        td_buf_printf(sql, " %s WHERE ", inner);
        add_belongs(engine, s->through, inner, tenant, depth + 1, sql);
        td_buf_char(sql, ')');
        break;
    case TD_SCOPE_UNDECIDED:
    case TD_SCOPE_LOCAL: td_buf_add(sql, "false"); break;
    }
}

void td_scope_add_belongs(const struct td_scope *s, const char *alias, const char *tenant, struct td_buf *sql)
{
    add_belongs(TD_ENGINE_POSTGRES, s, alias, tenant, 1, sql);
}

void td_scope_add_slice(enum td_engine engine, const struct td_scope *s, const char *alias, const char *tenant,
                        struct td_buf *sql)
{
    add_belongs(engine, s, alias, tenant, 1, sql);
}
