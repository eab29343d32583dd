/* Statements that are refused because of another one: the object that SQLite goes without is named, with the place of
 * the statement that would have made it, so that a report tells causes from what follows from them. */
#include <string.h>

#include "core/migrate/lower_impl.h"
#include "core/sql/source.h"

void td_lowering_note_absent(struct td_lowering *l, const struct td_sql_stmt *s)
{
    struct td_absent a = {.stmt = l->catalog.stmt, .path = l->file->src.path};
    unsigned column;
    td_source_place(&l->file->src, s->start, &a.line, &column);
    *td_vec_add(l->arena, &l->absent) = a;
}

/* The statement as td_catalog.stmt counts, if SQLite went without it. */
static const struct td_absent *absent(const struct td_lowering *l, size_t stmt)
{
    for (size_t i = l->absent.len; i-- > 0;)
        if (l->absent.at[i].stmt == stmt)
            return &l->absent.at[i];
    return NULL;
}

static bool names(const struct td_err *err, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = strchr(err->message, '"'); p != NULL; p = strchr(p + 1, '"'))
        if (strncmp(p + 1, name, n) == 0 && p[n + 1] == '"')
            return true;
    return false;
}

/* Where SQLite's side of it was left as it was, the error says that already, and what to do. */
static void say(struct td_lowering *l, size_t stmt, bool differs, struct td_err *err)
{
    const struct td_absent *a = absent(l, stmt);
    if (a == NULL || stmt == l->catalog.stmt)
        return;
    td_err_why(err, differs ? "%s:%u changed it on PostgreSQL alone" : "SQLite goes without it since %s:%u", a->path,
               a->line);
    l->fate->reason = td_arena_printf(l->arena, "%s, since %s:%u", err->message, a->path, a->line);
}

static bool say_column(struct td_lowering *l, const struct td_table *t, struct td_err *err)
{
    for (size_t i = 0; i < t->columns.len; i++) {
        const struct td_column *c = t->columns.at[i];
        bool differs = c->sqlite != NULL && strstr(err->message, "not the same on both engines") != NULL;
        if ((td_on_sqlite(c->on) && !differs) || !names(err, c->name))
            continue;
        say(l, c->stmt, differs, err);
        return true;
    }
    return false;
}

void td_lowering_say_cause(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err)
{
    struct td_lower ctx = td_lowering_ctx(l, TD_LOWER_QUERY);
    struct td_table_set tables = {0};
    struct td_ids ids = {0};
    if (s->node == NULL)
        return;
    td_lower_tables(&ctx, s->node, &tables);
    td_affected_before(l, s->node, &ids);
    for (size_t i = 0; i < ids.len; i++)
        if (td_catalog_table_by_id(&l->catalog, ids.at[i]) != NULL)
            *td_vec_add(l->arena, &tables) = td_catalog_table_by_id(&l->catalog, ids.at[i]);
    for (size_t i = 0; i < tables.len; i++) {
        const struct td_table *t = tables.at[i];
        if (!td_on_sqlite(t->on) && names(err, t->name)) {
            say(l, t->stmt, false, err);
            return;
        }
        if (say_column(l, t, err))
            return;
    }
}
