/* Prepared statements. SQLite takes $1 as a named parameter (and leaves texts and comments alone), so the text runs as
 * it is; a table gives SQLite's index for each number. Texts of a row are made when they are asked for. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/number.h"
#include "drivers/sqlite/conn.h"

struct text {
    char number[TD_NUMBER_SIZE];
    char *blob; /* owned */
};

struct stmt {
    struct td_db_stmt base;
    sqlite3_stmt *st;
    char *sql;
    int params;
    int columns;
    int *types;         /* of the row's values, noted before a conversion can blur them */
    struct text *texts; /* made by text(), kept until the next step */
    bool has_row, done;
};

static struct conn *conn_of(struct td_db_stmt *base)
{
    return (struct conn *)base->db;
}

/* $1 becomes ?1 (placeholder.c), whose index is its number. */
static int number_params(struct stmt *s, struct td_err *err)
{
    char *bad = td_sqlite_placeholders(s->sql);
    if (bad == NULL)
        return TD_OK;
    td_err_set(err, TD_C_DB_SYNTAX, "\"%.*s\" is no placeholder", (int)(1 + strcspn(bad + 1, " \t\n,;()")), bad);
    td_err_sqlstate(err, "42601");
    err->column = td_sqlite_character(s->sql, (size_t)(bad - s->sql));
    return td_err_next(err, "Write placeholders as $1, $2 and so on; a cast is written CAST($1 AS type) here.");
}

/* Blanks and comments may follow the statement, nothing else. */
static int only_one(struct stmt *s, const char *tail, struct td_err *err)
{
    while (*tail != '\0') {
        sqlite3_stmt *more = NULL;
        const char *next = tail;
        int rc = sqlite3_prepare_v2(conn_of(&s->base)->db, tail, -1, &more, &next);
        sqlite3_finalize(more);
        if (rc == SQLITE_NOMEM)
            return td_err_nomem(err);
        if (rc != SQLITE_OK || more != NULL) {
            td_err_set(err, TD_C_DB_SYNTAX, "cannot prepare several statements at once");
            return td_err_sqlstate(err, "42601");
        }
        if (next == tail)
            break;
        tail = next;
    }
    return TD_OK;
}

/* Room for a row; again when SQLite has compiled the text anew for another schema: SELECT * then has other columns. */
static int size_row(struct stmt *s, struct td_err *err)
{
    int columns = sqlite3_column_count(s->st);
    if (columns == s->columns)
        return TD_OK;
    td_mem_free(s->types);
    td_mem_free(s->texts);
    s->columns = 0;
    s->types = td_mem_zalloc((size_t)columns * sizeof s->types[0]);
    s->texts = td_mem_zalloc((size_t)columns * sizeof s->texts[0]);
    if (s->types == NULL || s->texts == NULL)
        return td_err_nomem(err);
    s->columns = columns;
    return TD_OK;
}

static int prepare_all(struct stmt *s, const char *sql, struct td_err *err)
{
    struct conn *c = conn_of(&s->base);
    const char *tail = "";
    s->sql = td_mem_strdup(sql);
    int rc = s->sql == NULL ? td_err_nomem(err) : number_params(s, err);
    if (rc != TD_OK)
        return rc;
    atomic_store(&c->cancelled, false);
    rc = sqlite3_prepare_v2(c->db, s->sql, -1, &s->st, &tail);
    if (rc != SQLITE_OK)
        return td_err_sqlite(err, c, rc, s->sql, 0);
    rc = only_one(s, tail, err);
    if (rc != TD_OK)
        return rc;
    s->params = sqlite3_bind_parameter_count(s->st);
    return size_row(s, err);
}

int td_sqlite_prepare(struct td_db *db, const char *sql, struct td_db_stmt **out, struct td_err *err)
{
    struct stmt *s = td_mem_zalloc(sizeof *s);
    if (s == NULL)
        return td_err_nomem(err);
    s->base.db = db;
    int rc = prepare_all(s, sql, err);
    if (rc != TD_OK) {
        td_sqlite_stmt_close(&s->base);
        return rc;
    }
    *out = &s->base;
    return TD_OK;
}

static void forget_row(struct stmt *s)
{
    for (int i = 0; i < s->columns && s->has_row; i++) {
        td_mem_free(s->texts[i].blob);
        s->texts[i].blob = NULL;
    }
    s->has_row = false;
}

static void rewind_stmt(struct stmt *s)
{
    forget_row(s);
    s->done = false;
    sqlite3_reset(s->st); /* its result repeats the last step's error, which was reported */
}

static int bind_value(sqlite3_stmt *st, int i, const struct td_value *v)
{
    switch (v->kind) {
    case TD_V_NULL: return sqlite3_bind_null(st, i);
    case TD_V_BOOL: return sqlite3_bind_int(st, i, v->b);
    case TD_V_INT: return sqlite3_bind_int64(st, i, v->i);
    case TD_V_DOUBLE: return sqlite3_bind_double(st, i, v->d);
    case TD_V_BLOB:
        if (v->bytes.len == 0)
            return sqlite3_bind_zeroblob(st, i, 0);
        return sqlite3_bind_blob64(st, i, v->bytes.at, v->bytes.len, SQLITE_TRANSIENT);
    default:
        return sqlite3_bind_text64(st, i, v->bytes.at != NULL ? v->bytes.at : "", v->bytes.len, SQLITE_TRANSIENT,
                                   SQLITE_UTF8);
    }
}

int td_sqlite_bind(struct td_db_stmt *base, int index, const struct td_value *value, struct td_err *err)
{
    struct stmt *s = (struct stmt *)base;
    if (index > s->params)
        return td_err_set(err, TD_C_DB_USE, "there is no placeholder $%d in the statement", index);
    rewind_stmt(s);
    /* SQLite has no NaN: it would silently store NULL */
    if (value->kind == TD_V_DOUBLE && isnan(value->d)) {
        td_err_set(err, TD_C_DB_DATA, "SQLite cannot store NaN");
        return td_err_sqlstate(err, "22003");
    }
    int rc = bind_value(s->st, index, value);
    return rc == SQLITE_OK ? TD_OK : td_err_sqlite(err, conn_of(base), rc, NULL, 0);
}

static void note_changes(struct stmt *s, int64_t total_before)
{
    struct conn *c = conn_of(&s->base);
    c->changes = sqlite3_total_changes64(c->db) == total_before ? 0 : sqlite3_changes64(c->db);
}

/* Texts are fetched here, where a lack of memory can still be told. */
static int note_row(struct stmt *s, struct td_err *err)
{
    int rc = size_row(s, err);
    if (rc != TD_OK)
        return rc;
    for (int i = 0; i < s->columns; i++) {
        s->types[i] = sqlite3_column_type(s->st, i);
        if (s->types[i] == SQLITE_TEXT && sqlite3_column_text(s->st, i) == NULL)
            return td_err_nomem(err);
    }
    return TD_OK;
}

int td_sqlite_step(struct td_db_stmt *base, bool *row, struct td_err *err)
{
    struct stmt *s = (struct stmt *)base;
    struct conn *c = conn_of(base);
    if (s->done || s->st == NULL) /* SQLite would run it again */
        return TD_OK;
    if (!sqlite3_stmt_busy(s->st))
        atomic_store(&c->cancelled, false);
    forget_row(s);
    int64_t total = sqlite3_total_changes64(c->db);
    int rc = sqlite3_step(s->st);
    if (rc == SQLITE_ROW) {
        rc = note_row(s, err);
        s->has_row = *row = rc == TD_OK;
        return rc;
    }
    if (rc != SQLITE_DONE) {
        int out = td_err_sqlite(err, c, rc, s->sql, 0);
        sqlite3_reset(s->st);
        return out;
    }
    s->done = true;
    note_changes(s, total);
    sqlite3_reset(s->st); /* gives its locks back; the bindings stay */
    return TD_OK;
}

struct td_value td_sqlite_stmt_column(struct td_db_stmt *base, int i)
{
    struct stmt *s = (struct stmt *)base;
    if (!s->has_row)
        return td_null();
    const void *at;
    switch (s->types[i]) {
    case SQLITE_INTEGER: return td_int(sqlite3_column_int64(s->st, i));
    case SQLITE_FLOAT: return td_double(sqlite3_column_double(s->st, i));
    case SQLITE_TEXT:
        at = sqlite3_column_text(s->st, i);
        return td_bytes(TD_V_TEXT, at != NULL ? at : "", (size_t)sqlite3_column_bytes(s->st, i));
    case SQLITE_BLOB:
        at = sqlite3_column_blob(s->st, i);
        return td_bytes(TD_V_BLOB, at != NULL ? at : "", (size_t)sqlite3_column_bytes(s->st, i));
    default: return td_null();
    }
}

static void add_hex(struct td_buf *b, struct td_value v)
{
    td_buf_add(b, "\\x");
    for (size_t i = 0; i < v.bytes.len; i++)
        td_buf_printf(b, "%02x", (unsigned char)v.bytes.at[i]);
}

static const char *hex_text(struct stmt *s, int i, struct td_value v)
{
    struct td_err ignored = {0};
    struct td_buf b = {0};
    if (s->texts[i].blob != NULL)
        return s->texts[i].blob;
    add_hex(&b, v);
    if (td_buf_take(&b, &s->texts[i].blob, &ignored) != TD_OK) {
        td_buf_deinit(&b);
        s->base.db->broken = true; /* there is no other way to say so, and NULL would be a lie */
        return "";
    }
    return s->texts[i].blob;
}

const char *td_sqlite_text(struct td_db_stmt *base, int i)
{
    struct stmt *s = (struct stmt *)base;
    if (s->has_row && s->types[i] == SQLITE_TEXT) /* as it mostly is; there is memory for it, note_row looked */
        return (const char *)sqlite3_column_text(s->st, i);
    struct td_value v = td_sqlite_stmt_column(base, i);
    switch (v.kind) {
    case TD_V_NULL: return NULL;
    case TD_V_INT: snprintf(s->texts[i].number, TD_NUMBER_SIZE, "%" PRId64, v.i); return s->texts[i].number;
    case TD_V_DOUBLE: td_number_print(v.d, s->texts[i].number); return s->texts[i].number;
    default: return hex_text(s, i, v);
    }
}

int td_sqlite_columns(struct td_db_stmt *base)
{
    return ((struct stmt *)base)->columns;
}

const char *td_sqlite_column_name(struct td_db_stmt *base, int i)
{
    const char *name = sqlite3_column_name(((struct stmt *)base)->st, i);
    return name != NULL ? name : "";
}

int td_sqlite_reset(struct td_db_stmt *base, struct td_err *err)
{
    (void)err;
    rewind_stmt((struct stmt *)base);
    return TD_OK;
}

void td_sqlite_stmt_close(struct td_db_stmt *base)
{
    struct stmt *s = (struct stmt *)base;
    forget_row(s);
    sqlite3_finalize(s->st);
    td_mem_free(s->types);
    td_mem_free(s->texts);
    td_mem_free(s->sql);
    td_mem_free(s);
}
