#include "core/migrate/broken_key.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/rows.h"

int td_broken_key_first(struct td_arena *a, struct td_db *db, struct td_broken_key *out, bool *found_out,
                        struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(a, db, "SELECT \"table\", rowid, parent, fkid FROM pragma_foreign_key_check LIMIT 1", NULL, 0,
                          &rows, err);
    *found_out = rc == TD_OK && td_rows_count(&rows) > 0;
    if (*found_out)
        *out = (struct td_broken_key){.table = td_rows_cell(&rows, 0, 0),
                                      .row = td_rows_cell(&rows, 0, 1),
                                      .parent = td_rows_cell(&rows, 0, 2),
                                      .id = td_rows_cell(&rows, 0, 3)};
    return rc;
}

int td_broken_key_is_there(struct td_arena *a, struct td_db *db, const struct td_broken_key *k, bool *there_out,
                           struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_value values[] = {td_text(k->table), td_text(k->row == NULL ? "" : k->row), td_text(k->parent)};
    int rc = td_rows_read(
        a, db,
        "SELECT 1 FROM sqlite_master m, pragma_foreign_key_check(m.name) c WHERE m.type = 'table'"
        " AND m.name = $1 AND coalesce(CAST(c.rowid AS TEXT), '') = $2 AND c.parent = $3 COLLATE NOCASE LIMIT 1",
        values, 3, &rows, err);
    *there_out = rc == TD_OK && td_rows_count(&rows) > 0;
    return rc;
}

/* ---- the constraint's name, which SQLite keeps in the table's text only ---- */

/* Reads "quoted" behind `p` into `out`; returns what follows it. */
static const char *quoted(const char *p, struct td_buf *out)
{
    td_buf_reset(out);
    for (p++; *p != '\0' && (*p != '"' || p[1] == '"'); p++) {
        td_buf_char(out, *p);
        p += *p == '"';
    }
    return *p == '"' ? p + 1 : p;
}

static const char *skip_text(const char *p)
{
    for (p++; *p != '\0' && (*p != '\'' || p[1] == '\''); p++)
        p += *p == '\'';
    return *p == '\'' ? p + 1 : p;
}

/* The name before the nth foreign key of CREATE TABLE, as we write it: CONSTRAINT "name" FOREIGN KEY or REFERENCES. */
static bool nth_name(const char *sql, size_t n, struct td_buf *out)
{
    static const char word[] = "CONSTRAINT \"";
    struct td_buf name;
    td_buf_init(&name, out->arena);
    for (const char *p = sql; *p != '\0';) {
        if (*p == '\'') {
            p = skip_text(p);
        } else if (strncmp(p, word, sizeof word - 1) == 0) {
            p = quoted(p + sizeof word - 2, &name);
            bool key = strncmp(p, " FOREIGN KEY", 12) == 0 || strncmp(p, " REFERENCES", 11) == 0;
            if (key && n-- == 0) {
                td_buf_add(out, td_buf_str(&name));
                return true;
            }
        } else {
            p = *p == '"' ? quoted(p, &name) : p + 1;
        }
    }
    return false;
}

/* ---- the error ---- */

struct story {
    struct td_arena *a;
    struct td_db *db;
    struct td_broken_key *k;
    struct td_buf name, columns, values; /* values: of the columns, or empty */
};

static int read_name(struct story *y, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_value table = td_text(y->k->table);
    int rc = td_rows_read(y->a, y->db,
                          "SELECT sql, (SELECT count(DISTINCT id) FROM pragma_foreign_key_list($1)) FROM sqlite_master"
                          " WHERE type = 'table' AND name = $1",
                          &table, 1, &rows, err);
    if (rc != TD_OK || td_rows_count(&rows) == 0)
        return rc;
    /* SQLite counts keys from the last one written */
    size_t n = (size_t)(td_rows_int(&rows, 0, 1) - 1 - strtoll(y->k->id, NULL, 10));
    if (nth_name(td_rows_cell(&rows, 0, 0), n, &y->name))
        y->k->name = td_buf_str(&y->name);
    return TD_OK;
}

static int read_columns(struct story *y, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_buf sql;
    struct td_value values[] = {td_text(y->k->table), td_text(y->k->id)};
    int rc = td_rows_read(
        y->a, y->db, "SELECT \"from\" FROM pragma_foreign_key_list($1) WHERE id = CAST($2 AS INTEGER) ORDER BY seq",
        values, 2, &rows, err);
    if (rc != TD_OK)
        return rc;
    td_buf_init(&sql, y->a);
    for (size_t i = 0; i < td_rows_count(&rows); i++) {
        td_buf_printf(&y->columns, "%s%s", i ? ", " : "", td_rows_cell(&rows, i, 0));
        td_buf_add(&sql, i ? " || ', ' || " : "SELECT ");
        td_buf_ident(&sql, td_rows_cell(&rows, i, 0));
    }
    if (td_rows_count(&rows) == 0 || y->k->row == NULL)
        return TD_OK;
    td_buf_add(&sql, " FROM ");
    td_buf_ident(&sql, y->k->table);
    td_buf_add(&sql, " WHERE rowid = CAST($1 AS INTEGER)");
    struct td_value row = td_text(y->k->row);
    rc = td_rows_read(y->a, y->db, td_buf_str(&sql), &row, 1, &rows, err);
    if (rc == TD_OK && td_rows_count(&rows) > 0 && td_rows_cell(&rows, 0, 0) != NULL)
        td_buf_printf(&y->values, "=(%s)", td_rows_cell(&rows, 0, 0));
    return rc;
}

static int tell(void *data, struct td_err *err)
{
    struct story *y = data;
    td_buf_init(&y->name, y->a);
    td_buf_init(&y->columns, y->a);
    td_buf_init(&y->values, y->a);
    int rc = read_name(y, err);
    if (rc == TD_OK)
        rc = read_columns(y, err);
    if (rc != TD_OK)
        return rc;
    td_err_set(err, TD_C_MIG_FOREIGN_KEYS, "a row of \"%s\" breaks the foreign key \"%s\"", y->k->table,
               y->k->name == NULL ? td_buf_str(&y->columns) : y->k->name);
    td_err_why(err, "the key (%s)%s%s%s is not in \"%s\"", td_buf_str(&y->columns), td_buf_str(&y->values),
               y->k->row == NULL ? "" : " of rowid ", y->k->row == NULL ? "" : y->k->row, y->k->parent);
    return td_err_sqlstate(err, "23503");
}

int td_broken_key_error(struct td_arena *a, struct td_db *db, struct td_broken_key *k, struct td_err *err)
{
    struct story y = {.a = a, .db = db, .k = k};
    return td_arena_run(a, tell, &y, err);
}
