/* What a database should have: the migrations that its history says are applied, replayed. */
#include "core/migrate/drift.h"

#include <string.h>

#include "core/migrate/facts.h"
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
    struct td_map named;                 /* words of the blocks of sqlite marks: what these make is their own */
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

/* Of a schema that the URL names: what its files make without one is in it, each file anew. */
static int replay_postgres(struct job *j, struct td_err *err)
{
    struct td_catalog *c = &j->catalog;
    const char *schema = j->opts->schema != NULL ? j->opts->schema : "public";
    int rc = TD_OK;
    td_catalog_init(c, j->a);
    if (!td_catalog_has_schema(c, schema))
        *td_vec_add(j->a, &c->schemas) = schema;
    for (size_t i = 0; rc == TD_OK && i < j->applied.len; i++) {
        c->search_path = (struct td_strings){0};
        td_strings_add(j->a, &c->search_path, schema);
        rc = td_replay_file(c, &j->applied.at[i], &j->out->not_followed, err);
    }
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

/* What the user's own text names is not known to be made by it, nor that it is not. */
static void note_blocks(struct job *j, const struct td_lowered *l)
{
    for (size_t i = 0; i < l->n_ops; i++) {
        if (l->ops[i].text_at == 0)
            continue;
        const char *words = td_facts_words(j->a, l->ops[i].sql, strlen(l->ops[i].sql));
        for (size_t n; (n = td_facts_word(words)) > 0; words += n + (words[n] == ' '))
            td_map_put(j->a, &j->named, td_facts_name(j->a, words, n), j);
    }
}

static bool is_of_a_block(const struct job *j, const struct td_difference *d)
{
    const char *dot = d->object == TD_OBJ_COLUMN ? strrchr(d->name, '.') : NULL;
    return d->kind == TD_DIFF_EXTRA &&
           (td_map_get(&j->named, d->name) != NULL || (dot != NULL && td_map_get(&j->named, dot + 1) != NULL));
}

static void leave_out_blocks(const struct job *j)
{
    struct td_differences *d = &j->out->differences;
    size_t kept = 0;
    for (size_t i = 0; i < d->len; i++)
        if (!is_of_a_block(j, &d->at[i]))
            d->at[kept++] = d->at[i];
    d->len = kept;
}

static int replay_lowered(struct job *j, struct td_err *err)
{
    int rc = td_lowering_open(j->a, j->opts->skip, &j->lowering, err);
    for (size_t i = 0; rc == TD_OK && i < j->applied.len; i++) {
        struct td_lowered *l = NULL;
        rc = td_lowering_next(j->lowering, &j->applied.at[i], &l, err);
        if (rc == TD_OK)
            note_refused(j, l);
        if (rc == TD_OK)
            note_blocks(j, l);
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
        return td_drift_postgres(a, db, &j.catalog, opts->schema, false, &out->differences, err);
    if (j.lowering != NULL) {
        rc = td_drift_sqlite(a, db, j.lowering, &out->differences, err);
        leave_out_blocks(&j);
        return rc;
    }
    return td_drift_verbatim(a, db, j.applied.at, j.applied.len, &out->differences, err);
}
