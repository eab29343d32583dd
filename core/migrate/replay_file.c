/* A whole file: what PostgreSQL has after it, whatever SQLite makes of it. */
#include <string.h>

#include "core/migrate/folder.h"
#include "core/migrate/replay.h"

struct replaying {
    struct td_replay r;
    struct td_strings *not_followed;
};

static void note(struct replaying *p, const struct td_sql_stmt *s, struct td_err *err)
{
    struct td_arena *a = p->r.catalog->arena;
    if (err->line == 0)
        td_err_source(err, p->r.source, s->start, 0);
    *td_vec_add(a, p->not_followed) =
        td_arena_printf(a, "%s:%u:%u: %s", err->path, err->line, err->column, err->message);
}

static void guard(struct replaying *p, const struct td_sql_stmt *s)
{
    struct td_guarded g = {0};
    struct td_err err = {0};
    int rc = td_replay_guard(&p->r, s, &g, &err);
    for (size_t i = 0; rc == TD_OK && i < g.len; i++)
        rc = td_replay_stmt(&p->r, &g.at[i], &err);
    bool caught = rc == TD_ESCHEMA && g.ignore_duplicate && strncmp(err.sqlstate, "42", 2) == 0;
    if (rc != TD_OK && !caught)
        note(p, s, &err);
}

int td_replay_file(struct td_catalog *c, const struct td_migration *m, struct td_strings *not_followed,
                   struct td_err *err)
{
    struct td_sql_file *file;
    int rc = td_sql_parse(c->arena, m->path, m->text, m->len, &file, err);
    if (rc != TD_OK)
        return rc;
    struct replaying p = {{.catalog = c, .source = &file->src, .on = TD_ON_POSTGRES}, not_followed};
    for (size_t i = 0; i < file->len; i++) {
        const struct td_sql_stmt *s = &file->at[i];
        struct td_err why = {0};
        c->stmt++;
        if (s->node == NULL)
            note(&p, s, s->parse_error);
        else if (td_stmt_kind(s->node) == TD_ST_DO)
            guard(&p, s);
        else if (td_replay_stmt(&p.r, s, &why) != TD_OK)
            note(&p, s, &why);
    }
    return TD_OK;
}
