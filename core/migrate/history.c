#include "core/migrate/history.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/layout.h"
#include "core/migrate/rows.h"

const char *td_migration_state_name(enum td_migration_state s)
{
    static const char *const names[] = {
        [TD_MS_PENDING] = "pending", [TD_MS_APPLIED] = "applied", [TD_MS_EDITED] = "edited",
        [TD_MS_MISSING] = "missing", [TD_MS_LATE] = "late",       [TD_MS_FAILED] = "failed",
        [TD_MS_PARTIAL] = "partial",
    };
    return names[s];
}

struct reading {
    struct td_arena *arena;
    struct td_db *db;
    const char *schema;
    struct td_history *out;
    bool has_prisma, has_own; /* which tables are there */
};

/* Tables of an extension (PostGIS has one) are not the user's; nor are ours and Prisma's history. */
static const char *const what_is_there_postgres =
    "SELECT to_regclass($1) IS NOT NULL, to_regclass('tandem.migrations') IS NOT NULL,"
    " to_regclass('tandem.journal') IS NOT NULL,"
    " to_regclass('tandem.lease') IS NOT NULL AND to_regclass('tandem.migration_text') IS NOT NULL,"
    " to_regclass('tandem.sync') IS NOT NULL,"
    " NOT EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    "  WHERE n.nspname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname <> '_prisma_migrations'"
    "  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass"
    "   AND d.objid = c.oid AND d.deptype = 'e'))";

static const char *const what_is_there_sqlite =
    "SELECT total(name = '_prisma_migrations') > 0, total(name = 'tandem_migrations') > 0, 0,"
    " total(name IN ('tandem_lease', 'tandem_migration_text')) = 2, total(name = 'tandem_meta') > 0,"
    " total(name <> '_prisma_migrations' AND name NOT LIKE 'tandem\\_%' ESCAPE '\\'"
    "  AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\') = 0"
    " FROM main.sqlite_master WHERE type IN ('table', 'view')";

static int look_around(struct reading *r, struct td_err *err)
{
    struct td_rows rows;
    struct td_layout prisma;
    const char *schema = r->schema == NULL ? "public" : r->schema;
    enum td_engine engine = td_db_engine(r->db);
    td_layout_init(r->arena, engine, TD_HISTORY_PRISMA, schema, &prisma);
    bool postgres = engine == TD_ENGINE_POSTGRES;
    int rc = td_rows_read(r->arena, r->db, postgres ? what_is_there_postgres : what_is_there_sqlite,
                          (struct td_value[]){td_text(prisma.table), td_text(schema)}, postgres ? 2 : 0, &rows, err);
    if (rc != TD_OK)
        return rc;
    r->has_prisma = td_rows_bool(&rows, 0, 0);
    r->has_own = td_rows_bool(&rows, 0, 1);
    r->out->has_journal = td_rows_bool(&rows, 0, 2);
    r->out->has_lease = td_rows_bool(&rows, 0, 3) && (!postgres || r->out->has_journal);
    r->out->has_sync = td_rows_bool(&rows, 0, 4);
    r->out->schema_empty = td_rows_bool(&rows, 0, 5);
    return TD_OK;
}

/* Three forms are found in SQLite files that Prisma wrote: Unix milliseconds, "2020-01-01 00:00:00", and ISO 8601 with
 * an offset. strftime reads the last two. */
static void add_time(struct td_buf *b, const struct td_layout *l, const char *column)
{
    if (l->engine == TD_ENGINE_SQLITE && l->kind == TD_HISTORY_OWN) /* STRICT, and written as it is read */
        td_buf_printf(b, "m.%s", column);
    else if (l->engine == TD_ENGINE_POSTGRES)
        td_buf_printf(b, "to_char(m.%s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')", column);
    else
        td_buf_printf(b,
                      "CASE typeof(m.%1$s) WHEN 'text' THEN strftime('%%Y-%%m-%%dT%%H:%%M:%%f000Z', m.%1$s) ELSE "
                      "strftime('%%Y-%%m-%%dT%%H:%%M:%%f000Z', m.%1$s / 1000.0, 'unixepoch') END",
                      column);
}

enum { C_ID, C_NAME, C_CHECKSUM, C_STARTED, C_FINISHED, C_ROLLED_BACK, C_ERROR, C_STEPS, C_JOURNAL, C_RUNNING, C_SUM };

static const char *select_rows(struct reading *r, const struct td_layout *l)
{
    struct td_buf b = {0};
    td_buf_init(&b, r->arena);
    td_buf_printf(&b, "SELECT m.id, m.%s, m.checksum, ", l->name);
    add_time(&b, l, "started_at");
    td_buf_add(&b, ", ");
    add_time(&b, l, "finished_at");
    td_buf_add(&b, ", ");
    add_time(&b, l, "rolled_back_at");
    td_buf_printf(&b, ", m.%s, m.%s", l->error, l->steps);
    if (r->out->has_journal)
        td_buf_add(&b, ", j.statements_applied, j.running, j.applied_checksum");
    td_buf_printf(&b, " FROM %s m", l->table);
    if (r->out->has_journal)
        td_buf_printf(&b, " LEFT JOIN %s j ON j.id = m.id", l->journal);
    td_buf_printf(&b, " WHERE true%s", l->row_match);
    return td_buf_str(&b);
}

static void add_row(struct reading *r, const struct td_rows *rows, size_t i)
{
    struct td_history_row row = {
        .id = td_rows_cell(rows, i, C_ID),
        .name = td_rows_cell(rows, i, C_NAME),
        .checksum = td_rows_cell(rows, i, C_CHECKSUM),
        .started_at = td_rows_cell(rows, i, C_STARTED),
        .finished_at = td_rows_cell(rows, i, C_FINISHED),
        .rolled_back_at = td_rows_cell(rows, i, C_ROLLED_BACK),
        .error = td_rows_cell(rows, i, C_ERROR),
        .statements_applied = td_rows_int(rows, i, C_STEPS),
        .running = -1,
        .applied_checksum = "",
    };
    if (row.name == NULL || row.id == NULL)
        return; /* SQLite's columns take NULL: such a row says nothing about any migration */
    if (r->out->has_journal && td_rows_cell(rows, i, C_JOURNAL) != NULL && row.finished_at == NULL &&
        row.rolled_back_at == NULL) {
        row.journalled = true;
        row.statements_applied = td_rows_int(rows, i, C_JOURNAL);
        row.running = td_rows_cell(rows, i, C_RUNNING) == NULL ? -1 : td_rows_int(rows, i, C_RUNNING);
        row.applied_checksum = td_rows_cell(rows, i, C_SUM);
    }
    *td_vec_add(r->arena, r->out) = row;
}

/* Sorted here: the engines would each have to write the rows down a second time for it. */
static int by_start(const void *x, const void *y)
{
    const struct td_history_row *a = x, *b = y;
    int order = strcmp(a->started_at == NULL ? "" : a->started_at, b->started_at == NULL ? "" : b->started_at);
    if (order == 0)
        order = strcmp(a->name, b->name);
    return order != 0 ? order : strcmp(a->id, b->id);
}

/* As it mostly is: qsort would move each row several times to find that out. */
static bool in_order(const struct td_history *h)
{
    for (size_t i = 1; i < h->len; i++)
        if (by_start(&h->at[i - 1], &h->at[i]) > 0)
            return false;
    return true;
}

static int read_table(struct reading *r, enum td_history_table table, struct td_err *err)
{
    struct td_layout l;
    struct td_rows rows;
    td_layout_init(r->arena, td_db_engine(r->db), table, r->schema, &l);
    int rc = td_rows_read(r->arena, r->db, select_rows(r, &l), NULL, 0, &rows, err);
    if (rc != TD_OK)
        return rc;
    td_vec_reserve(r->arena, r->out, r->out->len + td_rows_count(&rows));
    for (size_t i = 0; i < td_rows_count(&rows); i++)
        add_row(r, &rows, i);
    return TD_OK;
}

static int two_histories(const struct reading *r, struct td_err *err)
{
    struct td_layout own, prisma;
    td_layout_init(r->arena, td_db_engine(r->db), TD_HISTORY_OWN, r->schema, &own);
    td_layout_init(r->arena, td_db_engine(r->db), TD_HISTORY_PRISMA, r->schema, &prisma);
    td_err_set(err, TD_C_MIG_TWO_HISTORIES, "the database has two histories, %s and %s", own.table, prisma.table);
    td_err_why(err, "one says what the other does not know of: a migration could be applied twice");
    const char *rows = own.row_match[0] == '\0' ? "" : own.row_match + strlen(" AND");
    return td_err_next(err, "empty the one that is not meant:  DELETE FROM %s%s%s  or  DROP TABLE %s", own.table,
                       rows[0] == '\0' ? "" : " m WHERE", rows, prisma.table);
}

/* Where Prisma's table is, it is the history; unless ours has migrations and Prisma's, of some other program, none. */
static int read_history(void *data, struct td_err *err)
{
    struct reading *r = data;
    int rc = look_around(r, err);
    if (rc == TD_OK && r->has_own)
        rc = read_table(r, TD_HISTORY_OWN, err);
    size_t own = r->out->len;
    if (rc == TD_OK && r->has_prisma)
        rc = read_table(r, TD_HISTORY_PRISMA, err);
    if (rc == TD_OK && own > 0 && r->out->len > own)
        return two_histories(r, err);
    r->out->table = own > 0 ? TD_HISTORY_OWN : r->has_prisma ? TD_HISTORY_PRISMA : TD_HISTORY_NONE;
    if (!in_order(r->out))
        qsort(r->out->at, r->out->len, sizeof *r->out->at, by_start);
    return rc;
}

int td_history_read(struct td_arena *a, struct td_db *db, const char *schema, struct td_history *out,
                    struct td_err *err)
{
    *out = (struct td_history){0};
    return td_arena_run(a, read_history, &(struct reading){.arena = a, .db = db, .schema = schema, .out = out}, err);
}
