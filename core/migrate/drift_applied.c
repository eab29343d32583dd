/* What a database should have: the migrations that its history says are applied, replayed. */
#include "core/migrate/drift.h"

#include <string.h>

#include "core/migrate/layout.h"
#include "core/migrate/lower.h"
#include "core/migrate/replay.h"
#include "core/migrate/rows.h"

struct job {
    struct td_arena *a;
    struct td_db *db;
    const struct td_drift_opts *opts;
    struct td_drift *out;
    TD_VEC(struct td_migration) applied; /* as they were when they were applied */
    struct td_catalog catalog;           /* PostgreSQL */
    struct td_lowering *lowering;        /* SQLite */
};

static int text_not_kept(const struct td_migration_status *m, struct td_err *err)
{
    td_err_set(err, TD_C_MIG_NO_TEXT, "what \"%s\" did is not known", m->name);
    td_err_why(err, "its file is %s, and its text was not kept when it was applied",
               m->file == NULL ? "gone" : "another now");
    return td_err_next(err, "take the old file back, as `tandem migrate status` says");
}

/* The text that was kept when the migration was applied: its file is another now, or gone. */
static int kept_text(struct job *j, const struct td_migration_status *m, struct td_migration *out, struct td_err *err)
{
    const struct td_history *h = j->opts->history;
    struct td_rows rows = {0};
    struct td_layout l;
    td_layout_init(j->a, td_db_engine(j->db), h->table, j->opts->schema, &l);
    const struct td_value name = td_text(m->name);
    if (h->has_lease) {
        const char *sql = td_arena_printf(j->a, "SELECT t.text FROM %s t WHERE t.name = $1%s", l.texts, l.text_match);
        int rc = td_rows_read(j->a, j->db, sql, &name, 1, &rows, err);
        if (rc != TD_OK)
            return rc;
    }
    if (td_rows_count(&rows) == 0 || td_rows_cell(&rows, 0, 0) == NULL)
        return text_not_kept(m, err);
    out->text = td_rows_cell(&rows, 0, 0);
    out->len = strlen(out->text);
    return TD_OK;
}

static int add_applied(struct job *j, const struct td_migration_status *m, struct td_err *err)
{
    struct td_migration was = {.name = m->name, .path = m->file != NULL ? m->file->path : m->name};
    if (m->state == TD_MS_APPLIED) {
        *td_vec_add(j->a, &j->applied) = *m->file;
        return TD_OK;
    }
    if (m->state != TD_MS_EDITED && m->state != TD_MS_MISSING)
        return TD_OK;
    int rc = kept_text(j, m, &was, err);
    if (rc == TD_OK)
        *td_vec_add(j->a, &j->applied) = was;
    return rc;
}

static int replay_postgres(struct job *j, struct td_err *err)
{
    struct td_catalog *c = &j->catalog;
    int rc = TD_OK;
    td_catalog_init(c, j->a);
    if (j->opts->schema != NULL) {
        c->search_path.len = 0;
        td_strings_add(j->a, &c->search_path, j->opts->schema);
        if (td_strings_find(&(struct td_strings){c->schemas.at, c->schemas.len, c->schemas.cap}, j->opts->schema) < 0)
            *td_vec_add(j->a, &c->schemas) = j->opts->schema;
    }
    for (size_t i = 0; rc == TD_OK && i < j->applied.len; i++)
        rc = td_replay_file(c, &j->applied.at[i], &j->out->not_followed, err);
    return rc;
}

static void note_refused(struct job *j, const struct td_lowered *l)
{
    for (size_t i = 0; i < l->n_fates; i++) {
        unsigned line, column;
        if (l->fates[i].fate != TD_REFUSED)
            continue;
        td_source_place(&l->file->src, l->fates[i].stmt->start, &line, &column);
        td_strings_add(j->a, &j->out->not_followed,
                       td_arena_printf(j->a, "%s:%u:%u: %s", l->file->src.path, line, column,
                                       l->fates[i].err != NULL ? l->fates[i].err->message : l->fates[i].reason));
    }
}

static int replay_lowered(struct job *j, struct td_err *err)
{
    int rc = td_lowering_open(j->a, j->opts->skip, &j->lowering, err);
    for (size_t i = 0; rc == TD_OK && i < j->applied.len; i++) {
        struct td_lowered *l = NULL;
        rc = td_lowering_next(j->lowering, &j->applied.at[i], &l, err);
        if (rc == TD_OK)
            note_refused(j, l);
    }
    return rc;
}

static int replay(void *data, struct td_err *err)
{
    struct job *j = data;
    const struct td_status *st = j->opts->status;
    int rc = td_folder_texts(j->opts->folder, err);
    for (size_t i = 0; rc == TD_OK && i < st->len; i++)
        rc = add_applied(j, &st->at[i], err);
    if (rc != TD_OK)
        return rc;
    if (td_db_engine(j->db) == TD_ENGINE_POSTGRES)
        return replay_postgres(j, err);
    return j->opts->folder->dialect == TD_DIALECT_POSTGRES ? replay_lowered(j, err) : TD_OK;
}

int td_drift_applied(struct td_arena *a, struct td_db *db, const struct td_drift_opts *opts, struct td_drift *out,
                     struct td_err *err)
{
    struct job j = {.a = a, .db = db, .opts = opts, .out = out};
    *out = (struct td_drift){0};
    int rc = td_arena_run(a, replay, &j, err);
    if (rc != TD_OK)
        return rc;
    if (td_db_engine(db) == TD_ENGINE_POSTGRES)
        return td_drift_postgres(a, db, &j.catalog, opts->schema, &out->differences, err);
    if (j.lowering != NULL)
        return td_drift_sqlite(a, db, j.lowering, &out->differences, err);
    return td_drift_verbatim(a, db, j.applied.at, j.applied.len, &out->differences, err);
}
