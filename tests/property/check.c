#include "tests/property/check.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/config/url.h"
#include "core/db/db.h"
#include "core/migrate/drift.h"
#include "core/migrate/facts.h"
#include "core/migrate/replay.h"
#include "core/migrate/rows.h"
#include "core/migrate/runner.h"
#include "tests/property/scratch.h"

enum { MOST_STEPS = 16 }; /* each step reads the whole folder again */

struct job {
    const struct checking *c;
    struct checked *out;
    struct td_folder folder;
    struct td_lowering *lowering; /* SQLite's side */
    struct td_catalog catalog;    /* PostgreSQL's */
    struct td_err err;
};

static void fail(struct job *j, const char *what)
{
    const struct td_err *e = &j->err;
    if (j->out->failed == NULL)
        j->out->failed = td_arena_printf(&j->out->arena, "%s: %s:%u:%u: %s%s%s", what, e->path, e->line, e->column,
                                         e->message, e->why[0] != '\0' ? " | " : "", e->why);
    td_err_clear(&j->err);
}

static void add_differences(struct job *j, const char *engine, const struct td_differences *d)
{
    for (size_t i = 0; i < d->len; i++)
        *td_vec_add(&j->out->arena, &j->out->differences) =
            td_arena_printf(&j->out->arena, "%s: %s", engine, d->at[i].text);
}

/* ---- the folder ---- */

static void note_refused(struct job *j, const struct td_lowered *l)
{
    for (size_t i = 0; j->c->ours && i < l->n_fates; i++)
        if (l->fates[i].fate == TD_REFUSED)
            *td_vec_add(&j->out->arena, &j->out->differences) =
                td_arena_printf(&j->out->arena, "refused: %s:%u: %s", l->fates[i].err->path, l->fates[i].err->line,
                                l->fates[i].err->message);
}

static int lower_all(struct job *j, struct td_err *err)
{
    struct td_lowered *lowered;
    int rc = td_lowering_open(&j->out->arena, j->c->skip, &j->lowering, err);
    for (size_t i = 0; rc == TD_OK && i < j->folder.len; i++) {
        rc = td_lowering_next(j->lowering, &j->folder.at[i], &lowered, err);
        if (rc != TD_OK)
            return rc;
        j->out->statements += lowered->n_fates;
        j->out->refused += lowered->refused;
        note_refused(j, lowered);
    }
    return rc;
}

static int read_folder(void *data, struct td_err *err)
{
    struct job *j = data;
    int rc = td_folder_read(&j->out->arena, j->c->dir, &j->folder, err);
    j->out->migrations = j->folder.len;
    if (rc == TD_OK)
        rc = lower_all(j, err);
    td_catalog_init(&j->catalog, &j->out->arena);
    for (size_t i = 0; rc == TD_OK && i < j->folder.len; i++)
        rc = td_replay_file(&j->catalog, &j->folder.at[i], &j->out->not_followed, err);
    return rc;
}

/* ---- databases ---- */

static struct td_db *open_db(struct job *j, const char *text)
{
    struct td_url url;
    struct td_db *db = NULL;
    int rc = td_url_parse(text, NULL, &url, &j->err);
    if (rc == TD_OK) {
        rc = td_db_open(&url, &(struct td_db_opts){.create = true}, &db, &j->err);
        td_url_deinit(&url);
    }
    if (rc != TD_OK)
        fail(j, text);
    return db;
}

static bool deploy(struct job *j, struct td_db *db, const char *to)
{
    struct td_deploy_result result;
    const struct td_deploy_opts opts = {.to = to, .skip = j->c->skip, .wait_ms = 10000};
    return td_deploy(&j->out->arena, db, &j->folder, &opts, &result, &j->err) == TD_OK;
}

static void check_postgres(struct job *j)
{
    struct td_differences d = {0};
    struct td_db *db = NULL;
    if (scratch_open(j->c->cluster, SCRATCH_CHECK, &db, &j->err) != TD_OK) {
        fail(j, "postgres");
        td_db_close(db);
        return;
    }
    if (!deploy(j, db, NULL))
        fail(j, "postgres");
    else if (td_drift_postgres(&j->out->arena, db, &j->catalog, NULL, true, &d, &j->err))
        fail(j, "postgres introspection");
    add_differences(j, "postgres", &d);
    td_db_close(db);
}

/* ---- SQLite ---- */

/* The time of the deploy, and random uuids, are not the same twice. */
static const char *steady(const char *value)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    char today[16];
    time_t now = time(NULL);
    struct tm day;
    if (value == NULL)
        return "NULL";
    strftime(today, sizeof today, "%Y-%m-", gmtime_r(&now, &day));
    if (strncmp(value, today, strlen(today)) == 0)
        return "(now)";
    bool uuid = strlen(value) == strlen(form);
    for (size_t i = 0; uuid && i < strlen(form); i++)
        uuid = (value[i] == '-') == (form[i] == '-');
    return uuid ? "(uuid)" : value;
}

/* Every row of every table of the user's, as one text each; and where the sequences stand. */
static int read_rows(struct td_arena *a, struct td_db *db, struct td_strings *out, struct td_err *err)
{
    struct td_rows tables, rows;
    int rc = td_rows_read(a, db,
                          "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT IN ('tandem_lease',"
                          " 'tandem_migrations', 'tandem_migration_text') ORDER BY name",
                          NULL, 0, &tables, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&tables); i++) {
        const char *name = td_rows_cell(&tables, i, 0);
        struct td_buf sql;
        td_buf_init(&sql, a);
        td_buf_add(&sql, "SELECT * FROM ");
        td_buf_ident(&sql, name);
        rc = td_rows_read(a, db, td_buf_str(&sql), NULL, 0, &rows, err);
        for (size_t k = 0; rc == TD_OK && k < td_rows_count(&rows); k++) {
            struct td_buf line;
            td_buf_init(&line, a);
            td_buf_printf(&line, "%s:", name);
            for (size_t c = 0; c < rows.columns; c++)
                td_buf_printf(&line, "|%s", steady(td_rows_cell(&rows, k, c)));
            td_strings_add(a, out, td_buf_str(&line));
        }
    }
    return rc;
}

struct both {
    struct job *j;
    struct td_db *one, *other;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void compare_rows(struct job *j, struct td_strings *one, struct td_strings *other)
{
    if (one->len > 0)
        qsort(one->at, one->len, sizeof *one->at, by_text);
    if (other->len > 0)
        qsort(other->at, other->len, sizeof *other->at, by_text);
    for (size_t i = 0, k = 0; i < one->len || k < other->len;) {
        int order = i == one->len ? 1 : k == other->len ? -1 : strcmp(one->at[i], other->at[k]);
        if (order != 0)
            *td_vec_add(&j->out->arena, &j->out->differences) =
                td_arena_printf(&j->out->arena, "sqlite: row only after a deploy %s: %.300s",
                                order < 0 ? "in one go" : "step by step", order < 0 ? one->at[i] : other->at[k]);
        i += order <= 0;
        k += order >= 0;
    }
}

static int compare_both(void *data, struct td_err *err)
{
    struct both *b = data;
    struct td_arena *a = &b->j->out->arena;
    struct td_facts one, other;
    struct td_strings rows[2] = {{0}, {0}};
    struct td_differences d = {0};
    int rc = td_facts_read(a, b->one, &one, err);
    if (rc == TD_OK)
        rc = td_facts_read(a, b->other, &other, err);
    if (rc == TD_OK)
        td_facts_compare(a, &other, &one, &d);
    add_differences(b->j, "sqlite, step by step", &d);
    if (rc == TD_OK && b->j->c->ours) /* others' rows may have the time in them */
        rc = read_rows(a, b->one, &rows[0], err);
    if (rc == TD_OK && b->j->c->ours)
        rc = read_rows(a, b->other, &rows[1], err);
    if (rc == TD_OK)
        compare_rows(b->j, &rows[0], &rows[1]);
    return rc;
}

static void check_stepwise(struct job *j, struct td_db *whole)
{
    struct td_db *db = open_db(j, "sqlite::memory:");
    size_t n = j->folder.len, every = n > MOST_STEPS ? n / MOST_STEPS : 1;
    bool ok = db != NULL;
    for (size_t i = 0; ok && i < n; i++)
        if (i % every == 0 || i + 1 == n)
            ok = deploy(j, db, j->folder.at[i].name);
    if (!ok)
        fail(j, "sqlite, step by step");
    else if (td_arena_run(&j->out->arena, compare_both, &(struct both){j, whole, db}, &j->err) != TD_OK)
        fail(j, "sqlite, step by step");
    td_db_close(db);
}

static void check_sqlite(struct job *j)
{
    struct td_differences d = {0};
    struct td_db *db = open_db(j, "sqlite::memory:");
    if (db == NULL)
        return;
    if (!deploy(j, db, NULL)) {
        fail(j, "sqlite");
    } else {
        if (j->c->stepwise)
            check_stepwise(j, db);
        if (td_drift_sqlite(&j->out->arena, db, j->lowering, &d, &j->err) != TD_OK)
            fail(j, "sqlite facts");
    }
    add_differences(j, "sqlite", &d);
    td_db_close(db);
}

void check_folder(const struct checking *c, struct checked *out)
{
    memset(out, 0, sizeof *out);
    struct job j = {.c = c, .out = out};
    if (td_arena_run(&out->arena, read_folder, &j, &j.err) != TD_OK) {
        fail(&j, "folder");
        return;
    }
    if (c->cluster != NULL)
        check_postgres(&j);
    if (out->refused == 0)
        check_sqlite(&j);
}
