#include "sync/kept.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/sha256.h"
#include "core/migrate/history.h"
#include "core/migrate/layout.h"
#include "core/migrate/rows.h"

struct keeping {
    struct td_arena *a;
    struct td_db *db;
    const struct td_kept_opts *opts;
    struct td_folder *out;
};

static int no_text(const struct keeping *k, const char *name, struct td_err *err)
{
    td_err_set(err, TD_C_MIG_NO_TEXT, "%s does not have the text of its migration \"%s\"", k->opts->who, name);
    return td_err_next(err, "run  tandem sync enable  with the folder, or name it:  --migrations DIR");
}

static int other_text(const struct keeping *k, const struct td_migration *m, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_SCHEMA, "\"%s\" is another migration than the one that %s has applied", m->name,
               k->opts->who);
    td_err_at(err, m->path, 1, 1);
    return td_err_next(err, "take the file back, or leave out --migrations: %s keeps the text", k->opts->who);
}

static int take_from_folder(struct keeping *k, const struct td_history_row *row, struct td_err *err)
{
    const struct td_migration *m = td_folder_find(k->opts->folder, row->name);
    if (m == NULL && !k->opts->own)
        return no_text(k, row->name, err);
    if (m == NULL) {
        td_err_set(err, TD_C_SYNC_SCHEMA, "\"%s\" has no migration \"%s\", which %s has applied", k->opts->folder->path,
                   row->name, k->opts->who);
        return td_err_next(err, "leave out --migrations: %s keeps the texts", k->opts->who);
    }
    if (!td_migration_checksum_fits(m, row->checksum))
        return other_text(k, m, err);
    *td_vec_add(k->a, k->out) = *m;
    return TD_OK;
}

static int add_migration(struct keeping *k, const struct td_history_row *row, struct td_err *err)
{
    struct td_layout l;
    struct td_rows rows = {0};
    if (k->opts->own)
        return take_from_folder(k, row, err);
    td_layout_init(k->a, td_db_engine(k->db), TD_HISTORY_OWN, k->opts->schema, &l);
    const char *sql = td_arena_printf(k->a, "SELECT t.text FROM %s t WHERE t.name = $1%s", l.texts, l.text_match);
    int rc = td_rows_read(k->a, k->db, sql, (struct td_value[]){td_text(row->name)}, 1, &rows, err);
    if (rc == TD_ESCHEMA && k->opts->folder != NULL) { /* Prisma's history, and no table of ours */
        td_err_clear(err);
        return take_from_folder(k, row, err);
    }
    if (rc != TD_OK)
        return rc;
    if (td_rows_count(&rows) == 0)
        return k->opts->folder != NULL ? take_from_folder(k, row, err) : no_text(k, row->name, err);
    struct td_migration *m = td_vec_add(k->a, k->out);
    m->name = row->name;
    m->path = td_arena_printf(k->a, "%s/migration.sql", row->name);
    m->text = td_rows_cell(&rows, 0, 0);
    m->len = strlen(m->text);
    td_sha256_hex(m->text, m->len, m->checksum);
    return TD_OK;
}

static int by_name(const void *x, const void *y)
{
    return strcmp(((const struct td_migration *)x)->name, ((const struct td_migration *)y)->name);
}

int td_kept_migrations(struct td_arena *a, struct td_db *db, const struct td_kept_opts *opts, struct td_folder *out,
                       struct td_err *err)
{
    struct td_history h = {0};
    struct keeping k = {a, db, opts, out};
    *out = (struct td_folder){.path = opts->who, .dialect = TD_DIALECT_POSTGRES, .arena = a};
    int rc = td_history_read(a, db, opts->schema, &h, err);
    for (size_t i = 0; rc == TD_OK && i < h.len; i++)
        if (h.at[i].finished_at != NULL && h.at[i].rolled_back_at == NULL)
            rc = add_migration(&k, &h.at[i], err);
    if (out->len > 0)
        qsort(out->at, out->len, sizeof *out->at, by_name);
    return rc;
}
