/* Prepared statements. SQLite takes $1 as a named parameter (and leaves texts and comments alone), so the text runs as
 * it is; a table gives SQLite's index for each number. Texts of a row are made when they are asked for. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/number.h"
#include "drivers/sqlite/conn.h"

/* PostgreSQL's bound, and so ours. */
#define MAX_PARAMS 65535

struct text {
    char number[TD_NUMBER_SIZE];
    char *blob; /* owned */
};

struct stmt {
    struct td_db_stmt base;
    sqlite3_stmt *st;
    char *sql;
    int *index_of; /* [number - 1]: SQLite's index, 0: not in the text */
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

/* N for "$N" and "?N", 0 for any other name. */
static int number_of(const char *name)
{
    int n = 0;
    if (name == NULL || (name[0] != '$' && name[0] != '?') || name[1] == '\0')
        return 0;
    for (const char *p = name + 1; *p != '\0'; p++) {
        if (*p < '0' || *p > '9' || n > MAX_PARAMS)
            return 0;
        n = n * 10 + (*p - '0');
    }
    return n <= MAX_PARAMS ? n : 0;
}

static int map_params(struct stmt *s, struct td_err *err)
{
    int count = sqlite3_bind_parameter_count(s->st);
    for (int i = 1; i <= count; i++) {
        const char *name = sqlite3_bind_parameter_name(s->st, i);
        int n = number_of(name);
        if (n == 0 && name != NULL) {
            td_err_set(err, TD_C_DB_SYNTAX, "\"%.60s\" is no placeholder", name);
            td_err_sqlstate(err, "42601");
            return td_err_next(err, "Write placeholders as $1, $2 and so on; a cast is written CAST($1 AS type) here.");
        }
        if (n > s->params)
            s->params = n;
    }
    if (s->params == 0)
        return TD_OK;
    s->index_of = td_mem_zalloc((size_t)s->params * sizeof s->index_of[0]);
    if (s->index_of == NULL)
        return td_err_nomem(err);
    for (int i = 1; i <= count; i++) {
        int n = number_of(sqlite3_bind_parameter_name(s->st, i));
        if (n > 0)
            s->index_of[n - 1] = i;
    }
    return TD_OK;
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

static int prepare_all(struct stmt *s, const char *sql, struct td_err *err)
{
    struct conn *c = conn_of(&s->base);
    const char *tail = "";
    s->sql = td_mem_strdup(sql);
    if (s->sql == NULL)
        return td_err_nomem(err);
    atomic_store(&c->cancelled, false);
    int rc = sqlite3_prepare_v2(c->db, s->sql, -1, &s->st, &tail);
    if (rc != SQLITE_OK)
        return td_err_sqlite(err, c, rc, s->sql, 0);
    rc = only_one(s, tail, err);
    if (rc == TD_OK)
        rc = map_params(s, err);
    if (rc != TD_OK)
        return rc;
    s->columns = sqlite3_column_count(s->st);
    if (s->columns == 0)
        return TD_OK;
    s->types = td_mem_zalloc((size_t)s->columns * sizeof s->types[0]);
    s->texts = td_mem_zalloc((size_t)s->columns * sizeof s->texts[0]);
    return s->types == NULL || s->texts == NULL ? td_err_nomem(err) : TD_OK;
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
    if (s->index_of[index - 1] == 0)
        return TD_OK; /* $2 without $1 */
    /* SQLite has no NaN: it would silently store NULL */
    if (value->kind == TD_V_DOUBLE && isnan(value->d)) {
        td_err_set(err, TD_C_DB_DATA, "SQLite cannot store NaN");
        return td_err_sqlstate(err, "22003");
    }
    int rc = bind_value(s->st, s->index_of[index - 1], value);
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
        s->has_row = *row = true;
        return note_row(s, err);
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

struct td_value td_sqlite_column(struct td_db_stmt *base, int i)
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

const char *td_sqlite_text(struct td_db_stmt *base, int i)
{
    struct stmt *s = (struct stmt *)base;
    struct td_value v = td_sqlite_column(base, i);
    struct td_err ignored = {0};
    struct td_buf b = {0};
    switch (v.kind) {
    case TD_V_NULL: return NULL;
    case TD_V_TEXT: return v.bytes.at;
    case TD_V_INT: snprintf(s->texts[i].number, TD_NUMBER_SIZE, "%" PRId64, v.i); return s->texts[i].number;
    case TD_V_DOUBLE: td_number_print(v.d, s->texts[i].number); return s->texts[i].number;
    default: break;
    }
    if (s->texts[i].blob != NULL)
        return s->texts[i].blob;
    add_hex(&b, v);
    if (td_buf_take(&b, &s->texts[i].blob, &ignored) != TD_OK) {
        td_buf_deinit(&b);
        base->db->broken = true; /* there is no other way to say so, and NULL would be a lie */
        return "";
    }
    return s->texts[i].blob;
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
    td_mem_free(s->index_of);
    td_mem_free(s->types);
    td_mem_free(s->texts);
    td_mem_free(s->sql);
    td_mem_free(s);
}
