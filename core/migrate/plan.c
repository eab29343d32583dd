#include "core/migrate/plan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/migrate/rows.h"
#include "core/migrate/verdict.h"
#include "core/sql/sqlite_text.h"

struct planning {
    struct td_arena *arena;
    struct td_db *db;
    const struct td_folder *folder;
    const struct td_deploy_opts *opts;
    struct td_planned *out;
};

static bool is_postgres(const struct planning *p)
{
    return td_db_engine(p->db) == TD_ENGINE_POSTGRES;
}

static int wrong_engine(const struct td_folder *f, struct td_err *err)
{
    td_err_set(err, TD_C_MIG_PROVIDER, "the migrations in \"%s\" are SQLite's own language [P3019]", f->path);
    td_err_why(err, "migration_lock.toml says  provider = \"sqlite\": they run on SQLite only, as they are");
    return td_err_next(err, "write the migrations as PostgreSQL: these run on both engines");
}

static bool to_be_done(const struct td_migration_status *m)
{
    return m->state == TD_MS_PENDING || m->state == TD_MS_PARTIAL;
}

static bool within_to(const struct planning *p, const char *name)
{
    return p->opts->to == NULL || strcmp(name, p->opts->to) <= 0;
}

static struct td_step *add_step(struct planning *p, const struct td_migration *m)
{
    struct td_step *s = td_vec_add(p->arena, &p->out->steps);
    s->m = m;
    s->units.transactional = true;
    td_source_init(p->arena, &s->source, m->path, m->text, m->len);
    return s;
}

static void warn_unreadable(struct planning *p, const struct td_step *s)
{
    for (size_t i = 0; i < s->file->len; i++) {
        unsigned line = 0, column = 0;
        if (s->file->at[i].node != NULL)
            continue;
        td_source_place(&s->file->src, s->file->at[i].start, &line, &column);
        const char *text = td_arena_printf(p->arena,
                                           "%s:%u:%u: this statement is newer than our parser, or wrong; it goes to "
                                           "PostgreSQL as it is",
                                           s->m->path, line, column);
        td_strings_add(p->arena, &p->out->warnings, text);
    }
}

/* A statement that runs alone finds its names by the session's search_path, which a pooler does not keep. */
static int check_pooled(const struct planning *p, const struct td_step *s, struct td_err *err)
{
    if (p->opts->schema == NULL || (!p->opts->pooled && td_db_has(p->db, TD_CAP_SESSION)))
        return TD_OK;
    for (size_t i = 0; i < s->units.len; i++) {
        if (s->units.at[i].kind != TD_UNIT_ALONE)
            continue;
        const struct td_sql_stmt *stmt = &s->file->at[s->units.at[i].first];
        td_err_set(err, TD_C_MIG_POOLED, "this statement needs a direct connection");
        td_err_why(err, "it runs outside of a transaction, where a pooler does not keep the schema \"%s\" of the URL",
                   p->opts->schema);
        td_err_next(err, "set DIRECT_URL to the server itself");
        return td_err_source(err, &s->file->src, stmt->start, stmt->len);
    }
    return TD_OK;
}

/* The database's own procedures that commit, for files that call any. */
static int read_committing(struct planning *p, struct td_map *out, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(p->arena, p->db,
                          "SELECT p.proname, p.prosrc FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l"
                          " ON l.oid = p.prolang WHERE p.prokind = 'p' AND l.lanname = 'plpgsql'"
                          " AND p.prosrc ~* 'commit|rollback'",
                          NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        if (td_units_commits(p->arena, td_rows_cell(&rows, i, 1)))
            td_map_put(p->arena, out, td_rows_cell(&rows, i, 0), p);
    return rc;
}

static int plan_postgres(struct planning *p, struct td_err *err)
{
    struct td_map committing = {0};
    bool asked = false;
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < p->out->status.len; i++) {
        const struct td_migration_status *m = &p->out->status.at[i];
        struct td_sql_file *file = NULL;
        if (!to_be_done(m) || !within_to(p, m->name))
            continue;
        struct td_step *s = add_step(p, m->file);
        rc = td_sql_parse(p->arena, m->file->path, m->file->text, m->file->len, &file, err);
        if (rc != TD_OK)
            return rc;
        s->file = file;
        if (!asked && td_units_calls(file)) {
            rc = read_committing(p, &committing, err);
            asked = true;
        }
        if (rc == TD_OK)
            rc = td_units_find(p->arena, file, &committing, &s->units, err);
        td_units_note(p->arena, file, &committing);
        if (rc == TD_OK && m->state == TD_MS_PARTIAL) {
            s->row = m->row;
            if (s->units.transactional) { /* it was corrected so far that it could be one now; it has begun otherwise */
                s->units.transactional = false;
                for (size_t k = 0; k < file->len; k++)
                    *td_vec_add(p->arena, &s->units) = (struct td_unit){.first = k, .n = 1};
            }
        }
        if (rc == TD_OK)
            rc = check_pooled(p, s, err);
        warn_unreadable(p, s);
    }
    return rc;
}

/* The name in CREATE [UNIQUE|TEMP] INDEX|TRIGGER [IF NOT EXISTS] name, as lowering writes it; NULL: another statement.
 */
static const char *created_name(struct td_arena *a, const char *sql)
{
    static const char *const words[] = {"CREATE", "UNIQUE", "INDEX", "TRIGGER", "IF", "NOT", "EXISTS", "TEMP"};
    bool object = false;
    for (;;) {
        sql += strspn(sql, " \t\r\n");
        size_t n = strcspn(sql, " \t\r\n\"("), w = 0;
        while (w < sizeof words / sizeof *words && (strlen(words[w]) != n || strncasecmp(sql, words[w], n) != 0))
            w++;
        if (n == 0 || w == sizeof words / sizeof *words)
            break;
        object = object || w == 2 || w == 3;
        sql += n;
    }
    if (!object)
        return NULL;
    struct td_buf b = {0};
    td_buf_init(&b, a);
    if (*sql != '"')
        return td_arena_dup(a, sql, strcspn(sql, " \t\r\n("));
    for (sql++; *sql != '\0' && (sql[0] != '"' || sql[1] == '"'); sql++) {
        td_buf_char(&b, *sql);
        if (*sql == '"')
            sql++;
    }
    return td_buf_str(&b);
}

static void note_known(struct planning *p, const struct td_lowered *l)
{
    for (size_t i = 0; i < l->n_ops; i++) {
        bool ours = l->ops[i].kind == TD_OP_SQL && l->ops[i].text_at == 0; /* what a block makes is its user's */
        const char *name = ours ? created_name(p->arena, l->ops[i].sql) : NULL;
        if (name != NULL)
            td_map_put(p->arena, &p->out->known, name, p->out);
    }
}

static int name_order(const void *name, const void *status)
{
    return strcmp(name, ((const struct td_migration_status *)status)->name);
}

static const struct td_migration_status *status_of(const struct planning *p, const char *name)
{
    const struct td_status *s = &p->out->status;
    return s->len == 0 ? NULL : bsearch(name, s->at, s->len, sizeof *s->at, name_order);
}

static int refused(const struct td_lowered *l, struct td_err *err)
{
    for (size_t i = 0; i < l->n_fates; i++) {
        if (l->fates[i].fate != TD_REFUSED || l->fates[i].err == NULL)
            continue;
        *err = *l->fates[i].err;
        if (l->refused > 1)
            td_err_wrap(err, "%zu statements of \"%s\" cannot be carried to SQLite; the first", l->refused,
                        l->migration->name);
        return (int)err->rc;
    }
    td_err_set(err, TD_C_MIG_REFUSED, "%zu statements of \"%s\" cannot be carried to SQLite", l->refused,
               l->migration->name);
    return td_err_next(err, "tandem migrate report");
}

/* All of the folder is lowered, what is applied too: that is where the catalog comes from. */
static int plan_lowered(struct planning *p, struct td_err *err)
{
    struct td_lowering *lowering = NULL;
    int rc = td_lowering_open(p->arena, p->opts->skip, &lowering, err);
    for (size_t i = 0; rc == TD_OK && i < p->folder->len && within_to(p, p->folder->at[i].name); i++) {
        const struct td_migration *m = &p->folder->at[i];
        struct td_lowered *l = NULL;
        rc = td_lowering_next(lowering, m, &l, err);
        if (rc != TD_OK)
            return rc;
        note_known(p, l);
        const struct td_migration_status *st = status_of(p, m->name);
        if (st == NULL || !to_be_done(st))
            continue;
        if (l->refused > 0)
            return refused(l, err);
        struct td_step *s = add_step(p, m);
        s->file = l->file;
        s->lowered = l;
    }
    return rc;
}

static int plan_verbatim(struct planning *p, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < p->out->status.len; i++) {
        const struct td_migration_status *m = &p->out->status.at[i];
        if (!to_be_done(m) || !within_to(p, m->name))
            continue;
        const struct td_source *s = &add_step(p, m->file)->source;
        rc = td_sqlite_text_check(s, s->lines[0], s->len - s->lines[0], TD_SQLITE_FILE, err);
    }
    return rc;
}

/* Which applied migrations have no text kept? One whose file was edited keeps what it has. */
static int find_missing_texts(struct planning *p, struct td_err *err)
{
    const struct td_history *h = &p->out->history;
    struct td_rows rows = {0};
    struct td_map without = {0};
    struct td_layout l;
    td_layout_init(p->arena, td_db_engine(p->db), h->table, p->opts->schema, &l);
    if (h->has_lease && h->table != TD_HISTORY_NONE) {
        const char *sql = td_arena_printf(
            p->arena, "SELECT m.%1$s FROM %2$s m WHERE NOT EXISTS (SELECT 1 FROM %3$s t WHERE t.name = m.%1$s%4$s)%5$s",
            l.name, l.table, l.texts, l.text_match, l.row_match);
        int rc = td_rows_read(p->arena, p->db, sql, NULL, 0, &rows, err);
        if (rc != TD_OK)
            return rc;
    }
    for (size_t i = 0; i < td_rows_count(&rows); i++)
        if (td_rows_cell(&rows, i, 0) != NULL)
            td_map_put(p->arena, &without, td_rows_cell(&rows, i, 0), p);
    for (size_t i = 0; i < p->out->status.len; i++) {
        const struct td_migration_status *m = &p->out->status.at[i];
        if (m->state == TD_MS_APPLIED && (!h->has_lease || td_map_get(&without, m->name) != NULL))
            td_strings_add(p->arena, &p->out->no_text, m->name);
    }
    return TD_OK;
}

static int make(void *data, struct td_err *err)
{
    struct planning *p = data;
    if (p->opts->to != NULL && td_folder_find(p->folder, p->opts->to) == NULL)
        return td_folder_no_such(p->folder, p->opts->to, err);
    if (is_postgres(p) && p->folder->dialect == TD_DIALECT_SQLITE)
        return wrong_engine(p->folder, err);
    int rc = td_history_read(p->arena, p->db, p->opts->schema, &p->out->history, err);
    if (rc != TD_OK)
        return rc;
    rc = td_history_judge(p->arena, p->folder, &p->out->history, &p->out->status, err);
    if (rc == TD_OK)
        rc = td_verdict(p->arena, p->folder, &p->out->history, &p->out->status, err);
    if (rc == TD_OK)
        rc = find_missing_texts(p, err);
    if (rc == TD_OK && p->out->no_text.len > 0)
        rc = td_folder_texts(p->folder, err);
    if (rc != TD_OK || p->out->status.pending + p->out->status.partial == 0)
        return rc;
    if (is_postgres(p))
        return plan_postgres(p, err);
    if (p->folder->dialect == TD_DIALECT_POSTGRES)
        return plan_lowered(p, err);
    return plan_verbatim(p, err);
}

/* Who watches may refuse as well, before anything runs. */
static int ask_hooks(struct planning *p, struct td_err *err)
{
    const struct td_deploy_hooks *hooks = p->opts->hooks;
    struct td_follow follow;
    int rc = td_folder_texts(p->folder, err);
    td_follow_init(&follow, p->arena, p->folder, p->opts->skip);
    for (size_t i = 0; rc == TD_OK && i < p->out->steps.len; i++) {
        struct td_deploy_moment m;
        td_apply_moment(p->arena, p->db, &p->out->steps.at[i], &m);
        rc = td_follow_to(&follow, m.migration, &m.catalog, err);
        if (rc == TD_OK)
            rc = hooks->plan(hooks->data, &m, err);
    }
    return rc;
}

bool td_plan_is_watched(const struct td_planned *p, const struct td_folder *f, const struct td_deploy_opts *opts)
{
    return opts->hooks != NULL && p->history.has_sync && f->dialect == TD_DIALECT_POSTGRES;
}

int td_plan_make(struct td_arena *a, struct td_db *db, const struct td_folder *f, const struct td_deploy_opts *opts,
                 struct td_planned *out, struct td_err *err)
{
    struct planning p = {a, db, f, opts, out};
    *out = (struct td_planned){0};
    int rc = td_arena_run(a, make, &p, err);
    return rc == TD_OK && out->steps.len > 0 && td_plan_is_watched(out, f, opts) ? ask_hooks(&p, err) : rc;
}

int td_plan_still_good(struct td_arena *a, struct td_db *db, const struct td_deploy_opts *opts, struct td_planned *p,
                       bool *same_out, struct td_err *err)
{
    struct td_history now = {0};
    int rc = td_history_read(a, db, opts->schema, &now, err);
    *same_out = rc == TD_OK && now.len == p->history.len && now.has_sync == p->history.has_sync &&
                (now.table == p->history.table || (p->history.table == TD_HISTORY_NONE && now.table == TD_HISTORY_OWN));
    for (size_t i = 0; *same_out && i < now.len; i++) {
        const struct td_history_row *x = &now.at[i], *y = &p->history.at[i];
        *same_out = strcmp(x->id, y->id) == 0 && (x->finished_at == NULL) == (y->finished_at == NULL) &&
                    (x->rolled_back_at == NULL) == (y->rolled_back_at == NULL) &&
                    x->statements_applied == y->statements_applied && x->running == y->running;
    }
    if (*same_out) {
        p->history.table = now.table;
        p->history.has_journal = now.has_journal;
        p->history.has_lease = now.has_lease;
    }
    return rc;
}
