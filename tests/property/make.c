#include "tests/property/make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/catalog/edit.h"
#include "core/db/db.h"
#include "core/migrate/lower.h"
#include "core/migrate/replay.h"
#include "tests/lib/gen_change.h"
#include "tests/lib/tmpdir.h"
#include "tests/property/scratch.h"

struct making {
    struct made *out;
    struct td_db *db;
    struct gen g;
    struct gen_schema schema;
    struct td_catalog catalog;
    struct td_strings statements; /* of all migrations; NULL: taken out again */
    TD_VEC(size_t) ends;          /* of each migration, in `statements` */
};

/* ---- one change ---- */

static int replay(struct making *m, const char *sql, struct td_err *err)
{
    struct td_sql_file *file;
    int rc = td_sql_parse(&m->out->arena, "made.sql", sql, strlen(sql), &file, err);
    if (rc != TD_OK || file->len == 0)
        return rc;
    m->catalog.stmt++;
    struct td_replay r = {.catalog = &m->catalog, .source = &file->src, .on = TD_ON_BOTH};
    struct td_undo *mark = td_catalog_begin(&m->catalog);
    rc = td_replay_stmt(&r, &file->at[0], err);
    if (rc == TD_OK)
        td_catalog_commit(&m->catalog, mark);
    else
        td_catalog_rollback(&m->catalog, mark);
    return rc;
}

/* Where the sequences stand, as the statement that sets them to that: a rollback does not give numbers back, and the
 * folder must do without those that a refused statement has drawn. NULL: there are no sequences. */
static int read_sequences(struct making *m, const char **restore_out, struct td_err *err)
{
    struct td_buf b;
    char *text = NULL;
    *restore_out = NULL;
    if (m->catalog.sequences.len == 0)
        return TD_OK;
    td_buf_init(&b, &m->out->arena);
    td_buf_add(&b, "SELECT 'SELECT ' || string_agg(format('setval(%L, %s, %L)', n, v, c), ', ') FROM (");
    for (size_t i = 0; i < m->catalog.sequences.len; i++) {
        const struct td_sequence *s = m->catalog.sequences.at[i];
        const char *name =
            td_arena_printf(&m->out->arena, "%s.%s", gen_ident(&m->g, s->schema), gen_ident(&m->g, s->name));
        td_buf_add(&b, i > 0 ? " UNION ALL SELECT " : "SELECT ");
        td_buf_lit(&b, name);
        td_buf_printf(&b, " n, last_value v, is_called c FROM %s", name);
    }
    td_buf_add(&b, ") x");
    int rc = td_db_query_text(m->db, td_buf_str(&b), NULL, 0, &text, err);
    if (rc == TD_OK)
        *restore_out = td_arena_strdup(&m->out->arena, text);
    td_mem_free(text);
    return rc;
}

static int take_back(struct making *m, const char *restore, struct td_err *err)
{
    return restore == NULL ? TD_OK : td_db_exec(m->db, restore, err);
}

/* TD_OK too when somebody refuses it. Only a lost connection is an error. */
static int offer(struct making *m, const char *sql, bool *taken, struct td_err *err)
{
    struct td_err refused = {0};
    const char *restore;
    *taken = false;
    int rc = read_sequences(m, &restore, err);
    if (rc == TD_OK)
        rc = td_db_begin(m->db, TD_TX_WRITE, err);
    if (rc != TD_OK)
        return rc;
    if (td_db_exec(m->db, sql, &refused) != TD_OK) {
        td_db_rollback(m->db);
        return take_back(m, restore, err);
    }
    if (replay(m, sql, &refused) != TD_OK) {
        td_db_rollback(m->db);
        *td_vec_add(&m->out->arena, &m->out->notes) =
            td_arena_printf(&m->out->arena, "the replay refuses: %s: %s", sql, refused.message);
        return take_back(m, restore, err);
    }
    *taken = true;
    td_strings_add(&m->out->arena, &m->statements, sql);
    return td_db_commit(m->db, err);
}

static int change(struct making *m, struct td_err *err)
{
    struct td_strings sql = {0};
    bool taken = true;
    int rc = TD_OK;
    gen_change(&m->g, &m->schema, &m->catalog, &sql);
    for (size_t i = 0; rc == TD_OK && taken && i < sql.len; i++)
        rc = offer(m, sql.at[i], &taken, err);
    return rc;
}

/* Deferred constraints may let the whole of it fail in the end: then there is no such migration. */
static int migration(struct making *m, struct td_err *err)
{
    size_t before = m->statements.len;
    struct td_undo *mark = td_catalog_begin(&m->catalog);
    const char *restore;
    int rc = read_sequences(m, &restore, err);
    if (rc == TD_OK)
        rc = td_db_begin(m->db, TD_TX_WRITE, err);
    for (unsigned n = 2 + gen_below(&m->g, 9); rc == TD_OK && n > 0; n--)
        rc = change(m, err);
    if (rc != TD_OK)
        return rc;
    struct td_err deferred = {0};
    if (td_db_commit(m->db, &deferred) != TD_OK) {
        td_catalog_rollback(&m->catalog, mark);
        m->statements.len = before;
        return take_back(m, restore, err);
    }
    td_catalog_commit(&m->catalog, mark);
    *td_vec_add(&m->out->arena, &m->ends) = m->statements.len;
    return TD_OK;
}

/* ---- what the lowering refuses ---- */

static void add_texts(struct making *m)
{
    struct td_arena *a = &m->out->arena;
    size_t at = 0;
    m->out->names.len = m->out->texts.len = 0;
    for (size_t i = 0; i < m->ends.len; i++) {
        struct td_buf b;
        td_buf_init(&b, a);
        for (; at < m->ends.at[i]; at++)
            if (m->statements.at[at] != NULL)
                td_buf_printf(&b, "%s;\n", m->statements.at[at]);
        *td_vec_add(a, &m->out->names) = td_arena_printf(a, "202601%02zu000000_made", i + 1);
        *td_vec_add(a, &m->out->texts) = td_buf_str(&b);
    }
}

/* The n-th statement of a migration, of those that are still in. */
static size_t find_statement(const struct making *m, size_t number, size_t n)
{
    size_t at = number == 0 ? 0 : m->ends.at[number - 1];
    for (;; at++)
        if (m->statements.at[at] != NULL && n-- == 0)
            return at;
}

static void take_out(struct making *m, size_t number, const struct td_lowered *l, bool *any)
{
    struct td_arena *a = &m->out->arena;
    for (size_t k = l->n_fates; k-- > 0;) { /* from behind: those before it keep their place */
        if (l->fates[k].fate != TD_REFUSED)
            continue;
        size_t at = find_statement(m, number, k);
        *any = true;
        *td_vec_add(a, &m->out->refused) =
            td_arena_printf(a, "%s: %s | %s", m->statements.at[at], l->fates[k].err->message, l->fates[k].err->why);
        m->statements.at[at] = NULL;
    }
}

static int take_out_refused(struct making *m, bool *any, struct td_err *err)
{
    struct td_lowering *l;
    *any = false;
    int rc = td_lowering_open(&m->out->arena, (struct td_skip){0}, &l, err);
    for (size_t i = 0; rc == TD_OK && i < m->out->texts.len && !*any; i++) {
        struct td_migration *file = td_arena_new(&m->out->arena, struct td_migration);
        struct td_lowered *lowered;
        file->name = file->path = m->out->names.at[i];
        file->text = m->out->texts.at[i];
        file->len = strlen(file->text);
        rc = td_lowering_next(l, file, &lowered, err);
        if (rc == TD_OK)
            take_out(m, i, lowered, any);
    }
    return rc;
}

static int make(void *data, struct td_err *err)
{
    struct making *m = data;
    bool again = true;
    int rc = TD_OK;
    td_catalog_init(&m->catalog, &m->out->arena);
    for (unsigned n = 2 + gen_below(&m->g, 6); rc == TD_OK && n > 0; n--)
        rc = migration(m, err);
    while (rc == TD_OK && again) {
        add_texts(m);
        rc = take_out_refused(m, &again, err);
    }
    return rc;
}

int make_folder(struct td_pgcluster *cluster, uint64_t seed, struct made *out, struct td_err *err)
{
    struct making m = {.out = out};
    memset(out, 0, sizeof *out);
    gen_init(&m.g, &out->arena, seed);
    int rc = scratch_open(cluster, SCRATCH_MAKE, &m.db, err);
    if (rc == TD_OK)
        rc = td_arena_run(&out->arena, make, &m, err);
    td_db_close(m.db);
    return rc;
}

/* ---- folders as files ---- */

struct reading {
    const char *text;
    struct made *out;
};

static int read_text(void *data, struct td_err *err)
{
    static const char mark[] = "-- migration ";
    struct reading *r = data;
    struct td_arena *a = &r->out->arena;
    const char *at = strstr(r->text, mark);
    (void)err;
    while (at != NULL) {
        at += sizeof mark - 1;
        size_t name = strcspn(at, "\n");
        const char *next = strstr(at, mark);
        const char *end = next == NULL ? at + strlen(at) : next;
        *td_vec_add(a, &r->out->names) = td_arena_dup(a, at, name);
        *td_vec_add(a, &r->out->texts) = td_arena_dup(a, at + name, (size_t)(end - at) - name);
        at = next;
    }
    return TD_OK;
}

int read_made(const char *text, struct made *out, struct td_err *err)
{
    memset(out, 0, sizeof *out);
    return td_arena_run(&out->arena, read_text, &(struct reading){text, out}, err);
}

void write_made(const struct made *m, const char *dir)
{
    for (size_t i = 0; i < m->names.len; i++) {
        char *sub = td_tmpdir_path(dir, m->names.at[i]), *file = td_tmpdir_path(sub, "migration.sql");
        mkdir(sub, 0755);
        td_tmpdir_write(file, m->texts.at[i], strlen(m->texts.at[i]));
        free(file);
        free(sub);
    }
}
