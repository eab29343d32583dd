#include "core/migrate/facts.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/rows.h"

struct reading {
    struct td_arena *a;
    struct td_db *db;
    struct td_facts *out;
};

/* Of the thing that is called `what` "name"`more`. */
static void add(struct reading *r, const char *table, enum td_object object, const char *what, const char *name,
                const char *more, const char *text)
{
    const char *subject = td_arena_printf(r->a, "%s \"%s\"%s", what, name, more);
    *td_vec_add(r->a, r->out) = (struct td_fact){.subject = subject,
                                                 .key = subject,
                                                 .name = name,
                                                 .text = text,
                                                 .table = table,
                                                 .object = object,
                                                 .is_object = strcmp(what, td_object_name(object)) == 0};
}

static const char *or_none(const char *text)
{
    return text == NULL ? "none" : text;
}

/* Tables of the user's: neither SQLite's nor ours, nor Prisma's history. */
#define USERS_TABLES                                                                                                   \
    " m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.name NOT LIKE 'tandem\\_%' ESCAPE '\\'"      \
    " AND m.name <> '_prisma_migrations'"

/* ---- what SQLite understands ---- */

static int read_tables(struct reading *r, struct td_err *err)
{
    struct td_rows rows;
    int rc = td_rows_read(r->a, r->db,
                          "SELECT m.name, group_concat(p.name, ', ') FROM main.sqlite_schema m JOIN"
                          " pragma_table_xinfo(m.name) p WHERE" USERS_TABLES " GROUP BY m.name",
                          NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        add(r, td_rows_cell(&rows, i, 0), TD_OBJ_TABLE, "table", td_rows_cell(&rows, i, 0), "",
            td_arena_printf(r->a, "columns %s", td_rows_cell(&rows, i, 1)));
    return rc;
}

static int read_columns(struct reading *r, struct td_err *err)
{
    struct td_rows rows;
    int rc = td_rows_read(r->a, r->db,
                          "SELECT m.name, p.name, p.type, iif(p.\"notnull\", ' not null', ''), p.dflt_value, p.pk,"
                          " p.hidden FROM main.sqlite_schema m JOIN pragma_table_xinfo(m.name) p WHERE" USERS_TABLES,
                          NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        const char *def = td_rows_cell(&rows, i, 4);
        const char *text =
            td_arena_printf(r->a, "type %s%s default %s key %s hidden %s", td_rows_cell(&rows, i, 2),
                            td_rows_cell(&rows, i, 3), def == NULL ? "none" : td_facts_words(r->a, def, strlen(def)),
                            td_rows_cell(&rows, i, 5), td_rows_cell(&rows, i, 6));
        add(r, td_rows_cell(&rows, i, 0), TD_OBJ_COLUMN, "column",
            td_arena_printf(r->a, "%s.%s", td_rows_cell(&rows, i, 0), td_rows_cell(&rows, i, 1)), "", text);
    }
    return rc;
}

static int read_foreign_keys(struct reading *r, struct td_err *err)
{
    struct td_rows rows;
    int rc = td_rows_read(
        r->a, r->db,
        "SELECT t, group_concat(\"from\", ', '), max(\"table\"), group_concat(coalesce(\"to\", '(key)'), ', '),"
        " max(on_update), max(on_delete) FROM (SELECT m.name t, f.* FROM main.sqlite_schema m JOIN"
        " pragma_foreign_key_list(m.name) f WHERE" USERS_TABLES " ORDER BY m.name, f.id, f.seq) GROUP BY t, id",
        NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        add(r, td_rows_cell(&rows, i, 0), TD_OBJ_CONSTRAINT, "foreign key of", td_rows_cell(&rows, i, 0),
            td_arena_printf(r->a, " (%s)", td_rows_cell(&rows, i, 1)),
            td_arena_printf(r->a, "references %s (%s) on update %s on delete %s", td_rows_cell(&rows, i, 2),
                            td_rows_cell(&rows, i, 3), td_rows_cell(&rows, i, 4), td_rows_cell(&rows, i, 5)));
    return rc;
}

static int read_indexes(struct reading *r, struct td_err *err)
{
    struct td_rows rows;
    int rc = td_rows_read(
        r->a, r->db,
        "SELECT t, name, group_concat(coalesce(k, '(expression)') || iif(\"desc\", ' desc', '') ||"
        " iif(coll <> 'BINARY', ' ' || coll, ''), ', '), max(\"unique\"), max(partial) FROM (SELECT m.name t, l.name,"
        " l.\"unique\", l.partial, x.name k, x.\"desc\", x.coll FROM main.sqlite_schema m JOIN"
        " pragma_index_list(m.name) l JOIN pragma_index_xinfo(l.name) x WHERE x.key AND l.origin = 'c'"
        " AND" USERS_TABLES " ORDER BY l.name, x.seqno) GROUP BY t, name",
        NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        add(r, td_rows_cell(&rows, i, 0), TD_OBJ_INDEX, "index", td_rows_cell(&rows, i, 1), "",
            td_arena_printf(r->a, "%son %s (%s)%s", td_rows_bool(&rows, i, 3) ? "unique " : "",
                            td_rows_cell(&rows, i, 0), td_rows_cell(&rows, i, 2),
                            td_rows_bool(&rows, i, 4) ? " partial" : ""));
    return rc;
}

/* ---- the texts ---- */

/* The length of the first word and of the blank behind it. */
static size_t with_blank(const char *words)
{
    size_t n = td_facts_word(words);
    return n + (words[n] == ' ');
}

/* A constraint's name in the file is the one that it had when the table was last made: RENAME CONSTRAINT is the
 * catalog's alone. */
static const char *without_names(struct td_arena *a, const char *part)
{
    static const char word[] = "CONSTRAINT ";
    struct td_buf b;
    td_buf_init(&b, a);
    for (const char *p = part; *p != '\0';) {
        size_t n = with_blank(p);
        td_buf_add_n(&b, p, n);
        p += n;
        if (n == sizeof word - 1 && strncmp(p - n, word, n) == 0)
            p += with_blank(p);
    }
    return td_buf_str(&b);
}

static void add_part(struct reading *r, const char *table, const char *part)
{
    bool constraint = strncmp(part, "CONSTRAINT ", 11) == 0;
    const char *text = without_names(r->a, part);
    if (constraint)
        add(r, table, TD_OBJ_CONSTRAINT, "constraints of table", table, "", text);
    else
        add(r, table, TD_OBJ_COLUMN, "definition of column",
            td_arena_printf(r->a, "%s.%s", table, td_facts_name(r->a, part, td_facts_word(part))), "", text);
}

static void add_table_text(struct reading *r, const char *table, const char *sql)
{
    struct td_strings parts = {0};
    const char *rest;
    td_facts_parts(r->a, sql, &parts, &rest);
    for (size_t i = 0; i < parts.len; i++)
        add_part(r, table, parts.at[i]);
    add(r, table, TD_OBJ_TABLE, "options of table", table, "", rest);
}

static enum td_object object_of(const char *type)
{
    return strcmp(type, "index") == 0 ? TD_OBJ_INDEX : strcmp(type, "trigger") == 0 ? TD_OBJ_TRIGGER : TD_OBJ_TABLE;
}

/* A trigger of ours is called after what its table was when it was made, and by a number where that was taken. */
static void add_own_trigger(struct reading *r, const char *table, const char *name, const char *words)
{
    static const char head[] = "CREATE TRIGGER ";
    const char *rest = words + sizeof head - 1;
    rest += with_blank(rest);
    add(r, table, TD_OBJ_TRIGGER, "text of trigger", name, "", td_arena_printf(r->a, "%s%s", head, rest));
    r->out->at[r->out->len - 1].key = td_arena_printf(r->a, "trigger of table \"%s\"", table);
}

static bool is_own_trigger(const char *type, const char *name)
{
    return strcmp(type, "trigger") == 0 && strncmp(name, "tandem_", 7) == 0;
}

static void add_text(struct reading *r, const char *type, const char *table, const char *name, const char *sql)
{
    const char *words = td_facts_words(r->a, sql, strlen(sql));
    if (is_own_trigger(type, name))
        add_own_trigger(r, table, name, words);
    else
        add(r, table, object_of(type), td_arena_printf(r->a, "text of %s", type), name, "", words);
}

static int read_texts(struct reading *r, struct td_err *err)
{
    struct td_rows rows;
    int rc =
        td_rows_read(r->a, r->db,
                     "SELECT m.type, m.name, m.sql, m.tbl_name FROM main.sqlite_schema m WHERE m.sql IS NOT NULL AND ("
                     "m.type <> 'table' AND m.tbl_name NOT LIKE 'tandem\\_%' ESCAPE '\\'"
                     " AND m.name NOT LIKE 'tandem\\_sync\\_%' ESCAPE '\\'" /* sync's: no part of the schema */
                     " AND m.tbl_name <> '_prisma_migrations' OR" USERS_TABLES ")",
                     NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        const char *type = td_rows_cell(&rows, i, 0), *name = td_rows_cell(&rows, i, 1);
        const char *sql = td_rows_cell(&rows, i, 2);
        if (strcmp(type, "table") == 0)
            add_table_text(r, name, sql);
        else
            add_text(r, type, td_rows_cell(&rows, i, 3), name, sql);
    }
    return rc;
}

/* ---- what the file says of itself ---- */

static int read_described(struct reading *r, const char *sql, const char *table, enum td_object object,
                          struct td_err *err)
{
    struct td_rows rows;
    bool there = false;
    int64_t n = 0;
    int rc = td_db_query_int(r->db, "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = $1",
                             (struct td_value[]){td_text(table)}, 1, &n, err);
    there = n > 0;
    if (rc == TD_OK && there)
        rc = td_rows_read(r->a, r->db, sql, NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && there && i < td_rows_count(&rows); i++) {
        struct td_buf b;
        td_buf_init(&b, r->a);
        for (size_t k = 1; k < rows.columns; k++)
            td_buf_printf(&b, "%s%s", k > 1 ? " | " : "", or_none(td_rows_cell(&rows, i, k)));
        add(r, NULL, object, td_arena_printf(r->a, "%s of", table), td_rows_cell(&rows, i, 0), "", td_buf_str(&b));
    }
    return rc;
}

static int read_all_described(struct reading *r, struct td_err *err)
{
    int rc = read_described(r,
                            "SELECT table_name || '.' || column_name, position, type, not_null, column_default"
                            " FROM main.tandem_columns",
                            "tandem_columns", TD_OBJ_COLUMN, err);
    if (rc == TD_OK)
        rc = read_described(r, "SELECT name, kind, base, labels FROM main.tandem_types", "tandem_types", TD_OBJ_TYPE,
                            err);
    if (rc == TD_OK)
        rc = read_described(r,
                            "SELECT name, start_value, increment_by, min_value, max_value, cycle, owner_table,"
                            " owner_column FROM main.tandem_sequences",
                            "tandem_sequences", TD_OBJ_SEQUENCE, err);
    return rc;
}

/* ---- all, in order ---- */

static int by_key(const void *a, const void *b)
{
    const struct td_fact *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order != 0 ? order : strcmp(x->text, y->text);
}

static int read_all(void *data, struct td_err *err)
{
    static int (*const parts[])(struct reading * r, struct td_err * err) = {
        read_tables, read_columns, read_foreign_keys, read_indexes, read_texts, read_all_described,
    };
    struct reading *r = data;
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < sizeof parts / sizeof *parts; i++)
        rc = parts[i](r, err);
    if (r->out->len > 0)
        qsort(r->out->at, r->out->len, sizeof *r->out->at, by_key);
    return rc;
}

int td_facts_read(struct td_arena *a, struct td_db *db, struct td_facts *out, struct td_err *err)
{
    *out = (struct td_facts){0};
    return td_arena_run(a, read_all, &(struct reading){a, db, out}, err);
}
