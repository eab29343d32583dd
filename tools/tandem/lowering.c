#include "tools/tandem/lowering.h"

#include <string.h>

struct each {
    struct td_session *s;
    const struct td_folder *folder;
    const char *name; /* stop after it; NULL: all */
    struct td_lowered **out;
    void (*fn)(const struct td_lowering_line *, void *);
    void *data;
};

static void each_fate(const struct each *e, const struct td_lowered *l)
{
    for (size_t i = 0; i < l->n_fates && e->fn != NULL; i++) {
        const struct td_stmt_fate *fate = &l->fates[i];
        struct td_lowering_line line = {.path = l->file->src.path, .fate = fate->fate, .err = fate->err};
        td_source_place(&l->file->src, fate->stmt->start, &line.line, &line.column);
        line.reason = fate->reason != NULL ? fate->reason : "";
        if (*line.reason == '\0' && fate->err != NULL)
            line.reason = fate->err->message;
        e->fn(&line, e->data);
    }
}

/* A file without statements that could be told apart: one refused line, at the place that the error names. */
static void each_unreadable(const struct each *e, const struct td_migration *m, const struct td_err *err)
{
    struct td_lowering_line line = {.path = m->path,
                                    .line = err->line > 0 ? err->line : 1,
                                    .column = err->column > 0 ? err->column : 1,
                                    .fate = TD_REFUSED,
                                    .reason = err->message,
                                    .err = err};
    if (e->fn != NULL)
        e->fn(&line, e->data);
}

static int run(void *data, struct td_err *err)
{
    struct each *e = data;
    struct td_arena *a = &e->s->cli->arena;
    struct td_lowering *lowering;
    int rc = td_lowering_open(a, e->s->skip, &lowering, err);
    for (size_t i = 0; rc == TD_OK && i < e->folder->len; i++) {
        const struct td_migration *m = &e->folder->at[i];
        struct td_lowered *l = NULL;
        bool last = e->name != NULL && strcmp(e->name, m->name) == 0;
        rc = td_lowering_next(lowering, m, &l, err);
        if (rc != TD_OK && rc != TD_ENOMEM && !last) {
            each_unreadable(e, m, err);
            td_err_clear(err);
            rc = TD_OK;
            continue;
        }
        if (rc == TD_OK)
            each_fate(e, l);
        if (last) {
            *e->out = l;
            break;
        }
    }
    return rc;
}

/* Files in SQLite's own dialect are not lowered. */
static int check_dialect(struct td_session *s, const struct td_folder *f)
{
    if (f->dialect == TD_DIALECT_POSTGRES)
        return TD_OK;
    td_err_set(&s->cli->err, TD_C_MIG_PROVIDER, "the migrations of \"%s\" are in SQLite's own language", f->path);
    td_err_why(&s->cli->err, "migration_lock.toml says provider = \"sqlite\": they run on SQLite as they are");
    return td_err_next(&s->cli->err, "Nothing is lowered, so there is nothing to show.");
}

int td_lowering_each(struct td_session *s, const struct td_folder *f,
                     void (*fn)(const struct td_lowering_line *line, void *data), void *data)
{
    struct each e = {.s = s, .folder = f, .fn = fn, .data = data};
    int rc = check_dialect(s, f);
    return rc == TD_OK ? td_arena_run(&s->cli->arena, run, &e, &s->cli->err) : rc;
}

int td_lowering_upto(struct td_session *s, const struct td_folder *f, const char *name, struct td_lowered **out)
{
    struct each e = {.s = s, .folder = f, .name = name, .out = out};
    *out = NULL;
    int rc = check_dialect(s, f);
    return rc == TD_OK ? td_arena_run(&s->cli->arena, run, &e, &s->cli->err) : rc;
}
