/* What the program has no command for, through tandem's own layers:
 *
 *     bench_inside replay DIR        a folder read, parsed and replayed into a catalog, statement by statement
 *     bench_inside lower DIR         ... and lowered, as a deploy to SQLite does
 *     bench_inside copy URL ROWS     rows into the table item, as plain_copy.c does it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/url.h"
#include "core/db/db.h"
#include "core/migrate/folder.h"
#include "core/migrate/lower.h"
#include "core/migrate/replay.h"
#include "drivers/drivers.h"

struct work {
    struct td_arena arena;
    const char *command, *where;
    long rows;
};

static int replay(struct td_arena *a, const struct td_folder *f, struct td_err *err)
{
    struct td_catalog catalog;
    int rc = TD_OK;
    td_catalog_init(&catalog, a);
    for (size_t i = 0; rc == TD_OK && i < f->len; i++) {
        struct td_sql_file *file = NULL;
        rc = td_sql_parse(a, f->at[i].path, f->at[i].text, f->at[i].len, &file, err);
        for (size_t k = 0; rc == TD_OK && k < file->len; k++) {
            struct td_replay r = {.catalog = &catalog, .source = &file->src, .on = TD_ON_BOTH};
            catalog.stmt++;
            rc = td_replay_stmt(&r, &file->at[k], err);
        }
    }
    return rc;
}

static int lower(struct td_arena *a, const struct td_folder *f, struct td_err *err)
{
    struct td_lowering *l = NULL;
    struct td_lowered *out = NULL;
    int rc = td_lowering_open(a, (struct td_skip){0}, &l, err);
    for (size_t i = 0; rc == TD_OK && i < f->len; i++)
        rc = td_lowering_next(l, &f->at[i], &out, err);
    return rc;
}

static const char note[] = "a note of some length, as such notes are: about a hundred bytes of text that nobody reads";

static void row(struct td_value v[4], char *name, size_t size, long i)
{
    snprintf(name, size, "name %ld", i);
    v[0] = td_int(i);
    v[1] = td_text(name);
    v[2] = td_int(i % 1000);
    v[3] = td_text(note);
}

static int copy_rows(struct td_db *db, long rows, struct td_err *err)
{
    static const char *const columns[] = {"id", "name", "amount", "note"};
    struct td_value v[4];
    char name[32];
    int rc = td_db_copy_begin(db, NULL, "item", columns, 4, err);
    for (long i = 0; rc == TD_OK && i < rows; i++) {
        row(v, name, sizeof name, i);
        rc = td_db_copy_row(db, v, 4, err);
    }
    return rc == TD_OK ? td_db_copy_end(db, false, err) : rc;
}

static int insert_rows(struct td_db *db, long rows, struct td_err *err)
{
    struct td_db_stmt *st = NULL;
    struct td_value v[4];
    char name[32];
    int rc = td_db_prepare(db, "INSERT INTO item (id, name, amount, note) VALUES ($1, $2, $3, $4)", &st, err);
    for (long i = 0; rc == TD_OK && i < rows; i++) {
        bool more = false;
        row(v, name, sizeof name, i);
        for (int k = 0; rc == TD_OK && k < 4; k++)
            rc = td_stmt_bind(st, k + 1, v[k], err);
        if (rc == TD_OK)
            rc = td_stmt_step(st, &more, err);
    }
    td_stmt_close(st);
    return rc;
}

static int copy(const char *text, long rows, struct td_err *err)
{
    struct td_url url;
    struct td_db *db = NULL;
    int rc = td_url_parse(text, ".", &url, err);
    if (rc != TD_OK)
        return rc;
    rc = td_db_open(&url, NULL, &db, err);
    if (rc == TD_OK)
        rc = td_db_begin(db, TD_TX_WRITE, err);
    if (rc == TD_OK)
        rc = td_db_has(db, TD_CAP_COPY) ? copy_rows(db, rows, err) : insert_rows(db, rows, err);
    if (rc == TD_OK)
        rc = td_db_commit(db, err);
    td_db_close(db);
    td_url_deinit(&url);
    return rc;
}

static int work(void *data, struct td_err *err)
{
    struct work *w = data;
    struct td_folder folder;
    if (strcmp(w->command, "copy") == 0)
        return copy(w->where, w->rows, err);
    int rc = td_folder_read(&w->arena, w->where, &folder, err);
    if (rc != TD_OK)
        return rc;
    return strcmp(w->command, "replay") == 0 ? replay(&w->arena, &folder, err) : lower(&w->arena, &folder, err);
}

int main(int argc, char **argv)
{
    struct td_err err = {0};
    if (argc < 3) {
        fprintf(stderr, "usage: bench_inside replay|lower DIR, or copy URL ROWS\n");
        return 64;
    }
    struct work w = {.command = argv[1], .where = argv[2], .rows = argc > 3 ? strtol(argv[3], NULL, 10) : 0};
    td_drivers_register();
    if (td_arena_run(&w.arena, work, &w, &err) != TD_OK)
        fprintf(stderr, "bench_inside: %s\n", err.message);
    td_arena_deinit(&w.arena);
    return err.rc == TD_OK ? 0 : 1;
}
