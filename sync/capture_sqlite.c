#include "sync/capture_sqlite.h"

#include <string.h>
#include <strings.h>

#include "core/base/buf.h"
#include "core/migrate/facts.h"
#include "core/migrate/rows.h"

/* A unique key of the file's table, as terms over its columns. */
struct unique {
    TD_VEC(struct term {
        const char *column;    /* or NULL: */
        const char *sql;       /* lower("email") */
        const char *collation; /* of a column */
    })
    terms;
    bool partial; /* some rows are not in it: which, may hang on any column */
};

struct capture {
    struct td_arena *a;
    struct td_db *db;
    const struct td_captured *t;
    const char *base;
    struct td_strings columns; /* stored ones, in order */
    TD_VEC(struct unique) uniques;
    TD_VEC(struct made {
        const char *name;
        const char *sql;
    })
    triggers;
};

const char *td_capture_base(struct td_arena *a, const char *table)
{
    return td_arena_printf(a, "tandem_base_%s", table);
}

/* ---- what the file has ---- */

static bool has(const struct td_strings *v, const char *s)
{
    return td_strings_find(v, s) >= 0;
}

static int read_columns(struct capture *c, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(c->a, c->db, "SELECT name FROM pragma_table_xinfo($1) WHERE hidden = 0 ORDER BY cid",
                          (struct td_value[]){td_text(c->t->table)}, 1, &rows, err);
    if (rc != TD_OK)
        return rc;
    for (size_t i = 0; i < td_rows_count(&rows); i++)
        td_strings_add(c->a, &c->columns, td_rows_cell(&rows, i, 0));
    if (c->columns.len == 0)
        return td_err_set(err, TD_C_SYNC_CAPTURE, "the file has no table \"%s\"", c->t->table);
    for (size_t i = 0; i < c->t->key.len; i++)
        if (!has(&c->columns, c->t->key.at[i]))
            return td_err_set(err, TD_C_SYNC_CAPTURE, "\"%s\" has no column \"%s\"", c->t->table, c->t->key.at[i]);
    return TD_OK;
}

/* "lower(email) DESC": the order is none of a value's. */
static const char *without_order(struct td_arena *a, const char *term)
{
    static const char *const words[] = {" ASC", " DESC"};
    size_t n = strlen(term);
    while (n > 0 && strchr(" \t\r\n", term[n - 1]) != NULL)
        n--;
    for (size_t i = 0; i < 2; i++) {
        size_t w = strlen(words[i]);
        if (n > w && strncasecmp(term + n - w, words[i], w) == 0)
            return td_arena_dup(a, term, n - w);
    }
    return td_arena_dup(a, term, n);
}

/* Terms of an index: of plain columns SQLite tells the names, of expressions only the text of CREATE INDEX. A partial
 * index is taken for a whole one, which notes too much, not too little. */
static int read_index(struct capture *c, const char *name, const char *sql, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_strings parts = {0};
    struct unique *u = td_vec_add(c->a, &c->uniques);
    int rc = td_rows_read(c->a, c->db, "SELECT name, coll FROM pragma_index_xinfo($1) WHERE key ORDER BY seqno",
                          (struct td_value[]){td_text(name)}, 1, &rows, err);
    if (rc == TD_OK && sql != NULL)
        td_facts_slices(c->a, sql, &parts);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        const char *column = td_rows_cell(&rows, i, 0);
        if (column == NULL && i >= parts.len)
            return td_err_set(err, TD_C_SYNC_CAPTURE, "the text of the index \"%s\" cannot be read", name);
        *td_vec_add(c->a, &u->terms) =
            (struct term){column, column == NULL ? without_order(c->a, parts.at[i]) : NULL, td_rows_cell(&rows, i, 1)};
    }
    return rc;
}

static bool has_key(const struct capture *c)
{
    for (size_t i = 0; i < c->uniques.len; i++) {
        const struct unique *u = &c->uniques.at[i];
        bool same = u->terms.len == c->t->key.len && !u->partial;
        for (size_t k = 0; same && k < u->terms.len; k++)
            same = u->terms.at[k].column != NULL && strcmp(u->terms.at[k].column, c->t->key.at[k]) == 0 &&
                   strcmp(u->terms.at[k].collation, "BINARY") == 0;
        if (same)
            return true;
    }
    return false;
}

static int read_uniques(struct capture *c, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(c->a, c->db,
                          "SELECT l.name, m.sql, l.partial FROM pragma_index_list($1) l LEFT JOIN main.sqlite_schema m"
                          " ON m.type = 'index' AND m.name = l.name WHERE l.\"unique\" ORDER BY l.seq DESC",
                          (struct td_value[]){td_text(c->t->table)}, 1, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        rc = read_index(c, td_rows_cell(&rows, i, 0), td_rows_cell(&rows, i, 1), err);
        c->uniques.at[c->uniques.len - 1].partial = td_rows_int(&rows, i, 2) != 0;
    }
    if (rc != TD_OK || has_key(c))
        return rc;
    struct unique *key = td_vec_add(c->a, &c->uniques); /* an INTEGER PRIMARY KEY has no index */
    for (size_t i = 0; i < c->t->key.len; i++)
        *td_vec_add(c->a, &key->terms) = (struct term){.column = c->t->key.at[i], .collation = "BINARY"};
    return TD_OK;
}

/* ---- SQL ---- */

#define NOT_APPLYING "(SELECT v FROM main.tandem_meta WHERE k = 'applying') = 0"

static void add_list(struct td_buf *b, const struct td_strings *names, const char *prefix)
{
    for (size_t i = 0; i < names->len; i++) {
        td_buf_printf(b, "%s%s", i > 0 ? ", " : "", prefix);
        td_buf_ident(b, names->at[i]);
    }
}

/* x."a" = NEW."a" AND x."b" = NEW."b" */
static void add_match(struct td_buf *b, const struct td_strings *names, const char *left, const char *right)
{
    for (size_t i = 0; i < names->len; i++) {
        td_buf_printf(b, "%s%s", i > 0 ? " AND " : "", left);
        td_buf_ident(b, names->at[i]);
        td_buf_printf(b, " = %s", right);
        td_buf_ident(b, names->at[i]);
    }
}

/* Of a row that is noted already. A condition over the shadow table in place of it would have SQLite lay the rows aside
 * in a table of their own first, which costs more than all the rest. Whatever OR of the program's own statement holds
 * inside of triggers does not reach it, as it would an OR IGNORE. */
#define ONCE " ON CONFLICT DO NOTHING; "

static void add_insert(struct capture *c, struct td_buf *b, const struct td_strings *columns)
{
    td_buf_add(b, "INSERT INTO ");
    td_buf_ident(b, c->base);
    td_buf_add(b, " (");
    add_list(b, columns, "");
    td_buf_add(b, ", " TD_CAPTURE_EXISTED ") SELECT ");
}

/* The row as it was. `condition` "": always. */
static void add_note_old(struct capture *c, struct td_buf *b)
{
    add_insert(c, b, &c->columns);
    add_list(b, &c->columns, "OLD.");
    td_buf_add(b, ", 1 WHERE true" ONCE);
}

static void add_note_new(struct capture *c, struct td_buf *b, bool of_update)
{
    add_insert(c, b, &c->t->key);
    add_list(b, &c->t->key, "NEW.");
    td_buf_add(b, ", 0 WHERE ");
    if (of_update) {
        td_buf_add(b, "NOT (");
        add_match(b, &c->t->key, "OLD.", "NEW.");
        td_buf_char(b, ')');
    }
    td_buf_add(b, of_update ? ONCE : "true" ONCE);
}

/* The new row's value of an expression: the expression itself, over one row that has the new values under the columns'
 * names. */
static void add_new_value(struct capture *c, struct td_buf *b, const char *expression)
{
    td_buf_printf(b, "(SELECT %s FROM (SELECT ", expression);
    for (size_t i = 0; i < c->columns.len; i++) {
        td_buf_add(b, i > 0 ? ", NEW." : "NEW.");
        td_buf_ident(b, c->columns.at[i]);
        td_buf_add(b, " AS ");
        td_buf_ident(b, c->columns.at[i]);
    }
    td_buf_add(b, "))");
}

static void add_term(struct capture *c, struct td_buf *b, const struct term *t)
{
    if (t->column == NULL) {
        td_buf_printf(b, "%s = ", t->sql);
        add_new_value(c, b, t->sql);
        return;
    }
    td_buf_ident(b, c->t->table);
    td_buf_char(b, '.');
    td_buf_ident(b, t->column);
    td_buf_printf(b, " COLLATE %s = NEW.", t->collation);
    td_buf_ident(b, t->column);
}

/* Rows that are in the new one's way. */
static void add_probe(struct capture *c, struct td_buf *b, const struct unique *u, bool of_update)
{
    struct td_buf self;
    td_buf_init(&self, c->a);
    td_buf_ident(&self, c->t->table);
    td_buf_char(&self, '.');
    add_insert(c, b, &c->columns);
    add_list(b, &c->columns, td_buf_str(&self));
    td_buf_add(b, ", 1 FROM ");
    td_buf_ident(b, c->t->table);
    td_buf_add(b, " WHERE ");
    for (size_t i = 0; i < u->terms.len; i++) {
        td_buf_add(b, i > 0 ? " AND " : "");
        add_term(c, b, &u->terms.at[i]);
    }
    if (of_update) {
        td_buf_add(b, " AND NOT (");
        add_match(b, &c->t->key, td_buf_str(&self), "OLD.");
        td_buf_char(b, ')');
    }
    td_buf_add(b, ONCE);
}

static void start(struct capture *c, struct td_buf *b, const char *suffix, const char *when, const char **name_out)
{
    td_buf_init(b, c->a);
    *name_out = td_arena_printf(c->a, "tandem_sync_%s_%s", suffix, c->t->table);
    td_buf_add(b, "CREATE TRIGGER ");
    td_buf_ident(b, *name_out);
    td_buf_printf(b, " %s ON ", when);
    td_buf_ident(b, c->t->table);
    td_buf_add(b, " WHEN " NOT_APPLYING " BEGIN ");
}

static void finish(struct capture *c, struct td_buf *b, const char *name)
{
    td_buf_add(b, "END");
    *td_vec_add(c->a, &c->triggers) = (struct made){name, td_buf_str(b)};
}

/* An update that sets none of the unique keys' columns brings no row into another's way, and need not fire. */
static const char *before_update(struct capture *c)
{
    struct td_strings of = {0};
    struct td_buf b;
    for (size_t i = 0; i < c->uniques.len; i++) {
        const struct unique *u = &c->uniques.at[i];
        for (size_t k = 0; k < u->terms.len; k++) {
            const char *column = u->terms.at[k].column;
            if (u->partial || column == NULL || !has(&c->columns, column)) /* a generated column hangs on others */
                return "BEFORE UPDATE";
            if (!has(&of, column))
                td_strings_add(c->a, &of, column);
        }
    }
    td_buf_init(&b, c->a);
    td_buf_add(&b, "BEFORE UPDATE OF ");
    add_list(&b, &of, "");
    return td_buf_str(&b);
}

static void write_triggers(struct capture *c)
{
    struct td_buf b;
    const char *name;
    for (int of_update = 0; of_update < 2; of_update++) {
        start(c, &b, of_update ? "bu" : "bi", of_update ? before_update(c) : "BEFORE INSERT", &name);
        for (size_t i = 0; i < c->uniques.len; i++)
            add_probe(c, &b, &c->uniques.at[i], of_update);
        finish(c, &b, name);
    }
    start(c, &b, "ai", "AFTER INSERT", &name);
    add_note_new(c, &b, false);
    finish(c, &b, name);
    start(c, &b, "au", "AFTER UPDATE", &name);
    add_note_old(c, &b);
    add_note_new(c, &b, true);
    finish(c, &b, name);
    start(c, &b, "ad", "AFTER DELETE", &name);
    add_note_old(c, &b);
    finish(c, &b, name);
}

/* ---- the shadow table ---- */

static void write_base(struct capture *c, struct td_buf *b)
{
    td_buf_add(b, "CREATE TABLE main.");
    td_buf_ident(b, c->base);
    td_buf_add(b, " (");
    add_list(b, &c->columns, "");
    td_buf_add(b, ", " TD_CAPTURE_EXISTED " INTEGER NOT NULL, PRIMARY KEY (");
    add_list(b, &c->t->key, "");
    td_buf_add(b, ")) WITHOUT ROWID");
}

/* What a new column had when the row was noted is what it has now: no program has seen it in between. */
static int add_column(struct capture *c, const char *column, struct td_err *err)
{
    struct td_buf b, base, own;
    td_buf_init(&b, c->a);
    td_buf_init(&base, c->a);
    td_buf_init(&own, c->a);
    td_buf_ident(&base, c->base);
    td_buf_char(&base, '.');
    td_buf_ident(&own, c->t->table);
    td_buf_char(&own, '.');
    td_buf_add(&b, "ALTER TABLE main.");
    td_buf_ident(&b, c->base);
    td_buf_add(&b, " ADD COLUMN ");
    td_buf_ident(&b, column);
    td_buf_add(&b, "; UPDATE main.");
    td_buf_ident(&b, c->base);
    td_buf_add(&b, " SET ");
    td_buf_ident(&b, column);
    td_buf_printf(&b, " = (SELECT %s", td_buf_str(&own));
    td_buf_ident(&b, column);
    td_buf_add(&b, " FROM main.");
    td_buf_ident(&b, c->t->table);
    td_buf_add(&b, " WHERE ");
    add_match(&b, &c->t->key, td_buf_str(&own), td_buf_str(&base));
    td_buf_add(&b, ") WHERE " TD_CAPTURE_EXISTED);
    return td_db_exec(c->db, td_buf_str(&b), err);
}

static int drop_column(struct capture *c, const char *column, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, c->a);
    td_buf_add(&b, "ALTER TABLE main.");
    td_buf_ident(&b, c->base);
    td_buf_add(&b, " DROP COLUMN ");
    td_buf_ident(&b, column);
    return td_db_exec(c->db, td_buf_str(&b), err);
}

static int update_base(struct capture *c, const struct td_strings *old, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < c->columns.len; i++)
        if (!has(old, c->columns.at[i]))
            rc = add_column(c, c->columns.at[i], err);
    for (size_t i = 0; rc == TD_OK && i < old->len; i++)
        if (!has(&c->columns, old->at[i]) && strcmp(old->at[i], TD_CAPTURE_EXISTED) != 0)
            rc = drop_column(c, old->at[i], err);
    return rc;
}

static int make_base(struct capture *c, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_strings old = {0};
    struct td_buf b;
    int rc = td_rows_read(c->a, c->db, "SELECT name FROM pragma_table_info($1)", (struct td_value[]){td_text(c->base)},
                          1, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        td_strings_add(c->a, &old, td_rows_cell(&rows, i, 0));
    if (rc != TD_OK || old.len > 0)
        return rc != TD_OK ? rc : update_base(c, &old, err);
    td_buf_init(&b, c->a);
    write_base(c, &b);
    return td_db_exec(c->db, td_buf_str(&b), err);
}

/* ---- all of it ---- */

static int drop_triggers(struct td_arena *a, struct td_db *db, const char *table, struct td_err *err)
{
    static const char *const suffixes[] = {"bi", "bu", "ai", "au", "ad"};
    struct td_buf b;
    td_buf_init(&b, a);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        td_buf_add(&b, "DROP TRIGGER IF EXISTS main.");
        td_buf_ident(&b, td_arena_printf(a, "tandem_sync_%s_%s", suffixes[i], table));
        td_buf_char(&b, ';');
    }
    return td_db_exec(db, td_buf_str(&b), err);
}

static int prepare(struct capture *c, struct td_err *err)
{
    c->base = td_capture_base(c->a, c->t->table);
    int rc = read_columns(c, err);
    if (rc == TD_OK && has(&c->columns, TD_CAPTURE_EXISTED))
        rc = td_err_set(err, TD_C_SYNC_CAPTURE, "\"%s\" has a column of the name \"" TD_CAPTURE_EXISTED "\"",
                        c->t->table);
    if (rc == TD_OK)
        rc = read_uniques(c, err);
    if (rc == TD_OK)
        write_triggers(c);
    return rc;
}

static int install(void *data, struct td_err *err)
{
    struct capture *c = data;
    int rc = prepare(c, err);
    if (rc == TD_OK)
        rc = drop_triggers(c->a, c->db, c->t->table, err);
    if (rc == TD_OK)
        rc = make_base(c, err);
    for (size_t i = 0; rc == TD_OK && i < c->triggers.len; i++)
        rc = td_db_exec(c->db, c->triggers.at[i].sql, err);
    return rc;
}

int td_capture_sqlite(struct td_arena *a, struct td_db *db, const struct td_captured *t, struct td_err *err)
{
    return td_arena_run(a, install, &(struct capture){.a = a, .db = db, .t = t}, err);
}

struct looking {
    struct capture capture;
    bool *out;
};

static int look(void *data, struct td_err *err)
{
    struct looking *l = data;
    struct capture *c = &l->capture;
    int rc = prepare(c, err);
    *l->out = rc == TD_OK;
    for (size_t i = 0; rc == TD_OK && i < c->triggers.len && *l->out; i++) {
        int64_t n = 0;
        rc = td_db_query_int(
            c->db, "SELECT count(*) FROM main.sqlite_schema WHERE type = 'trigger' AND name = $1 AND sql = $2",
            (struct td_value[]){td_text(c->triggers.at[i].name), td_text(c->triggers.at[i].sql)}, 2, &n, err);
        *l->out = n == 1;
    }
    return rc;
}

int td_capture_sqlite_is_whole(struct td_arena *a, struct td_db *db, const struct td_captured *t, bool *out,
                               struct td_err *err)
{
    *out = false;
    return td_arena_run(a, look, &(struct looking){{.a = a, .db = db, .t = t}, out}, err);
}

static int pause(void *data, struct td_err *err)
{
    struct capture *c = data;
    return drop_triggers(c->a, c->db, c->t->table, err);
}

int td_capture_sqlite_pause(struct td_arena *a, struct td_db *db, const char *table, struct td_err *err)
{
    const struct td_captured t = {.table = table};
    return td_arena_run(a, pause, &(struct capture){.a = a, .db = db, .t = &t}, err);
}

static int remove_all(void *data, struct td_err *err)
{
    struct capture *c = data;
    struct td_buf b;
    int rc = drop_triggers(c->a, c->db, c->t->table, err);
    if (rc != TD_OK)
        return rc;
    td_buf_init(&b, c->a);
    td_buf_add(&b, "DROP TABLE IF EXISTS main.");
    td_buf_ident(&b, td_capture_base(c->a, c->t->table));
    return td_db_exec(c->db, td_buf_str(&b), err);
}

int td_capture_sqlite_remove(struct td_arena *a, struct td_db *db, const char *table, struct td_err *err)
{
    const struct td_captured t = {.table = table};
    return td_arena_run(a, remove_all, &(struct capture){.a = a, .db = db, .t = &t}, err);
}

int td_capture_sqlite_open(struct td_db *db, struct td_err *err)
{
    return td_db_exec(db,
                      "CREATE TABLE IF NOT EXISTS main.tandem_meta (k TEXT PRIMARY KEY NOT NULL, v ANY) STRICT, WITHOUT"
                      " ROWID; INSERT INTO main.tandem_meta (k, v) VALUES ('applying', 0) ON CONFLICT DO NOTHING",
                      err);
}

int td_capture_sqlite_apply(struct td_db *db, bool on, struct td_err *err)
{
    return td_db_execf(db, err, "UPDATE main.tandem_meta SET v = %d WHERE k = 'applying'", on);
}
