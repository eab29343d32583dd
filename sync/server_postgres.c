/* PostgreSQL as the server: who it is, and the snapshot that a pull reads. */
#include "sync/server_postgres.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/migrate/history.h"
#include "sync/compact.h"
#include "sync/scope_sql.h"

/* So often a connection asks for compaction, which looks by itself whether it is time. */
enum { ASK_MS = 10 * 60 * 1000 };

static struct td_pg_server *of(struct td_server *s)
{
    return (struct td_pg_server *)s;
}

/* ---- pieces of SQL ---- */

void td_pg_add_type(const struct td_sync_table *t, size_t column, struct td_buf *sql)
{
    td_buf_add(sql, "::");
    td_type_print(&t->columns[column].type, sql);
}

void td_pg_add_match(const struct td_sync_table *t, const char *alias, struct td_buf *sql)
{
    for (size_t i = 0; i < t->n_key; i++) {
        td_buf_printf(sql, "%s%s.", i > 0 ? " AND " : "", alias);
        td_buf_ident(sql, t->columns[t->key[i]].name);
        td_buf_printf(sql, " = u.k%zu", i);
        td_pg_add_type(t, t->key[i], sql);
    }
}

void td_pg_add_unnest(const char *prefix, size_t n, size_t first, struct td_buf *sql)
{
    td_buf_add(sql, "unnest(");
    for (size_t i = 0; i < n; i++)
        td_buf_printf(sql, "%s$%zu::text[]", i > 0 ? ", " : "", first + i);
    td_buf_add(sql, ") WITH ORDINALITY u(");
    for (size_t i = 0; i < n; i++)
        td_buf_printf(sql, "%s%zu, ", prefix, i);
    td_buf_add(sql, "ord)");
}

void td_pg_add_array_item(struct td_buf *b, const char *text, size_t len, bool first)
{
    td_buf_add(b, first ? "" : ",");
    if (text == NULL) {
        td_buf_add(b, "NULL");
        return;
    }
    td_buf_char(b, '"');
    for (size_t from = 0, i = 0; i <= len; i++) {
        if (i < len && text[i] != '"' && text[i] != '\\')
            continue;
        if (i > from)
            td_buf_add_n(b, text + from, i - from);
        if (i < len)
            td_buf_char(b, '\\');
        from = i;
    }
    td_buf_char(b, '"');
}

static void close_stmt(void *st)
{
    td_stmt_close(st);
}

int td_pg_prepare(struct td_arena *a, struct td_pg_server *s, const char *sql, struct td_db_stmt **out,
                  struct td_err *err)
{
    int rc = td_db_prepare(s->db, sql, out, err);
    if (rc == TD_OK)
        td_arena_defer(a, close_stmt, *out);
    return rc;
}

/* ---- hello ---- */

static int not_enabled(struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_NOT_ENABLED, "sync is not enabled on the server");
    return td_err_next(err, "run  tandem sync enable --url URL  as the role that owns the tables");
}

/* A schema or table that is missing, and a right that is, have names of their own here. */
static int explain(struct td_err *err)
{
    if (strcmp(err->sqlstate, "3F000") == 0 || strcmp(err->sqlstate, "42P01") == 0 ||
        strcmp(err->sqlstate, "42883") == 0)
        return not_enabled(err);
    if (strcmp(err->sqlstate, "42501") == 0) {
        struct td_err told = *err;
        td_err_set(err, TD_C_SYNC_TENANT_GONE, "this role may not sync the tenant");
        td_err_sqlstate(err, told.sqlstate);
        td_err_why(err, "%s", told.message);
        return td_err_next(err, "run  tandem sync grant --url URL --tenant ID --device NAME  as the owner");
    }
    return (int)err->rc;
}

static const char *const who_sql =
    "SELECT s.lineage, s.floor::text, s.config, pg_current_snapshot()::text,"
    " s.sysid = (SELECT system_identifier::text FROM pg_control_system())"
    " AND s.tli = substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
    " AND s.db = (SELECT oid FROM pg_database WHERE datname = current_database()) FROM tandem.sync s";

static int check_primary(struct td_pg_server *s, struct td_arena *a, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(a, s->db, "SELECT pg_is_in_recovery()", NULL, 0, &rows, err);
    if (rc != TD_OK || !td_rows_bool(&rows, 0, 0))
        return rc;
    td_err_set(err, TD_C_SYNC_STANDBY, "the server is a standby");
    return td_err_next(err, "connect to its primary");
}

static int read_who(struct td_pg_server *s, struct td_arena *a, struct td_hello *out, struct td_err *err)
{
    for (int tries = 0; tries < 2; tries++) {
        struct td_rows rows = {0};
        int rc = td_rows_read(a, s->db, who_sql, NULL, 0, &rows, err);
        if (rc == TD_OK && td_rows_count(&rows) == 0)
            return not_enabled(err);
        if (rc != TD_OK)
            return explain(err);
        out->lineage = td_rows_cell(&rows, 0, 0);
        out->floor = td_rows_cell(&rows, 0, 1);
        out->config = td_rows_cell(&rows, 0, 2);
        out->snapshot = td_rows_cell(&rows, 0, 3);
        if (td_rows_bool(&rows, 0, 4))
            return TD_OK;
        rc = td_db_exec(s->db, "SELECT tandem.renew()", err); /* restored, copied, failed over */
        if (rc != TD_OK)
            return explain(err);
    }
    return TD_OK;
}

static int read_device(struct td_pg_server *s, struct td_arena *a, const struct td_device *d, struct td_hello *out,
                       struct td_err *err)
{
    struct td_rows rows = {0};
    const struct td_device_id *id = td_device_identity(d);
    const struct td_value v[] = {td_int(id->device), td_text(td_device_tenant(d)), td_text(id->nonce)};
    if (id->device == 0)
        return TD_OK;
    int rc = td_rows_read(a, s->db,
                          "SELECT batch FROM tandem.device WHERE id = $1 AND tenant = $2 AND state = 'active'"
                          " AND ($3::uuid = nonce OR $3::uuid = nonce_before)",
                          v, 3, &rows, err);
    out->known = rc == TD_OK && td_rows_count(&rows) > 0;
    if (out->known)
        out->batch = td_rows_int(&rows, 0, 0);
    return rc == TD_OK ? TD_OK : explain(err);
}

static int read_numbers(struct td_pg_server *s, struct td_arena *a, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(a, s->db,
                          "SELECT m.tbl, n.nspname, c.relname FROM tandem.tblmap m JOIN pg_class c ON c.oid = m.relid"
                          " JOIN pg_namespace n ON n.oid = c.relnamespace",
                          NULL, 0, &rows, err);
    if (rc != TD_OK)
        return explain(err);
    for (size_t t = 0; t < s->all->len; t++) {
        const struct td_table *table = s->all->at[t].scope->table;
        s->numbers[t] = 0;
        for (size_t i = 0; i < td_rows_count(&rows); i++)
            if (strcmp(td_rows_cell(&rows, i, 1), table->schema) == 0 &&
                strcmp(td_rows_cell(&rows, i, 2), table->name) == 0)
                s->numbers[t] = td_rows_int(&rows, i, 0);
    }
    return TD_OK;
}

static void note_other(struct td_hello *out, const char *name)
{
    if (out->first_other == NULL || strcmp(name, out->first_other) < 0)
        out->first_other = name;
}

static int compare_migrations(struct td_pg_server *s, struct td_arena *a, const struct td_device *d,
                              struct td_hello *out, struct td_err *err)
{
    struct td_history here = {0}, there = {0};
    struct td_map names = {0};
    int rc = td_history_read(a, s->db, s->schema, &there, err);
    if (rc == TD_OK)
        rc = td_history_read(a, td_device_db(d), NULL, &here, err);
    if (rc != TD_OK)
        return explain(err);
    for (size_t i = 0; i < here.len; i++)
        if (here.at[i].finished_at != NULL && here.at[i].rolled_back_at == NULL)
            td_map_put(a, &names, here.at[i].name, (void *)(uintptr_t)here.at[i].name);
    for (size_t i = 0; i < there.len; i++) {
        if (there.at[i].finished_at == NULL || there.at[i].rolled_back_at != NULL)
            continue;
        if (td_map_get(&names, there.at[i].name) == NULL) {
            out->has_unknown = true;
            note_other(out, there.at[i].name);
        }
        td_map_put(a, &names, there.at[i].name, NULL);
    }
    for (size_t i = 0; i < here.len; i++) {
        if (td_map_get(&names, here.at[i].name) == NULL)
            continue;
        out->lacks_some = true;
        note_other(out, here.at[i].name);
    }
    return TD_OK;
}

struct greeting {
    struct td_pg_server *s;
    struct td_arena *a;
    const struct td_device *d;
    struct td_hello *out;
};

static int greet(void *data, struct td_err *err)
{
    struct greeting *g = data;
    *g->out = (struct td_hello){0};
    int rc = check_primary(g->s, g->a, err);
    if (rc == TD_OK)
        rc = read_who(g->s, g->a, g->out, err);
    if (rc == TD_OK)
        rc = read_numbers(g->s, g->a, err);
    if (rc == TD_OK && g->d != NULL)
        rc = read_device(g->s, g->a, g->d, g->out, err);
    if (rc == TD_OK && g->d != NULL)
        rc = compare_migrations(g->s, g->a, g->d, g->out, err);
    return rc;
}

static int hello(struct td_server *s, struct td_arena *a, const struct td_device *d, struct td_hello *out,
                 struct td_err *err)
{
    return td_arena_run(a, greet, &(struct greeting){of(s), a, d, out}, err);
}

/* ---- identity ---- */

static int enroll(struct td_server *server, const char *tenant, struct td_device_id *out, struct td_err *err)
{
    struct td_pg_server *s = of(server);
    struct td_arena a = {0};
    struct td_rows rows = {0};
    int rc = td_rows_read(&a, s->db,
                          "INSERT INTO tandem.device (tenant, acked) SELECT $1, pg_current_snapshot() WHERE "
                          "tandem.allowed($1) RETURNING id, nonce,"
                          " (SELECT lineage FROM tandem.sync)",
                          (struct td_value[]){td_text(tenant)}, 1, &rows, err);
    if (rc == TD_OK && td_rows_count(&rows) == 0) {
        td_err_set(err, TD_C_SYNC_TENANT_GONE, "this role may not sync the tenant \"%s\"", tenant);
        rc = td_err_next(err, "run  tandem sync grant --url URL --tenant ID --device NAME  as the owner");
    } else if (rc == TD_OK) {
        *out = (struct td_device_id){.device = td_rows_int(&rows, 0, 0)};
        (void)td_uuid_parse(td_rows_cell(&rows, 0, 1), strlen(td_rows_cell(&rows, 0, 1)), out->nonce);
        (void)td_uuid_parse(td_rows_cell(&rows, 0, 2), strlen(td_rows_cell(&rows, 0, 2)), out->lineage);
    } else {
        rc = explain(err);
    }
    td_arena_deinit(&a);
    return rc;
}

/* Its errors are nobody's who syncs: what is not done now is done the next time. */
static void compact(struct td_pg_server *s)
{
    struct td_compacted done;
    struct td_err ignored = {0};
    if (s->asked_ms != 0 && td_clock_ms() < s->asked_ms + ASK_MS)
        return;
    s->asked_ms = td_clock_ms();
    (void)!td_compact(s->db, false, &done, &ignored);
}

static int ack(struct td_server *server, const struct td_device *d, const char *cursor, struct td_err *err)
{
    const struct td_value v[] = {td_int(td_device_identity(d)->device), td_text(cursor),
                                 td_text(td_device_migration(d))};
    int rc = td_db_run(of(server)->db,
                       "UPDATE tandem.device SET acked = $2::pg_snapshot, acked_at = now(), seen_at = now(),"
                       " migration = $3 WHERE id = $1",
                       v, 3, err);
    if (rc == TD_OK)
        compact(of(server));
    return rc;
}

/* ---- a snapshot ---- */

struct opening {
    struct td_pg_server *s;
    struct td_arena *a;
    const char **out;
};

static int open_in(void *data, struct td_err *err)
{
    struct opening *o = data;
    struct td_rows rows = {0};
    int rc = td_db_exec(o->s->db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " TD_PG_SETTINGS, err);
    if (rc == TD_OK)
        rc = td_rows_read(o->a, o->s->db,
                          "SELECT pg_current_snapshot()::text, CASE WHEN pg_is_in_recovery() THEN NULL ELSE"
                          " pg_current_wal_insert_lsn()::text END",
                          NULL, 0, &rows, err);
    if (rc != TD_OK)
        return rc;
    if (td_rows_cell(&rows, 0, 1) == NULL)
        return check_primary(o->s, o->a, err);
    *o->out = td_rows_cell(&rows, 0, 0);
    snprintf(o->s->lsn, sizeof o->s->lsn, "%s", td_rows_cell(&rows, 0, 1));
    return TD_OK;
}

static void roll_back(struct td_pg_server *s)
{
    struct td_err ignored = {0};
    (void)!td_db_exec(s->db, "ROLLBACK", &ignored);
}

static int open_snapshot(struct td_server *server, struct td_arena *a, const char **out, struct td_err *err)
{
    int rc = td_arena_run(a, open_in, &(struct opening){of(server), a, out}, err);
    if (rc != TD_OK)
        roll_back(of(server));
    return rc;
}

static int is_durable(struct td_pg_server *s, bool *out, struct td_err *err)
{
    int64_t done = 0;
    int rc = td_db_query_int(s->db, "SELECT (pg_current_wal_flush_lsn() >= $1::pg_lsn)::integer",
                             (struct td_value[]){td_text(s->lsn)}, 1, &done, err);
    *out = done != 0;
    return rc;
}

/* A commit that waits for the disk takes all before it there. */
static int flush(struct td_pg_server *s, const struct td_device *d, struct td_err *err)
{
    return td_db_execf(s->db, err,
                       "BEGIN; SET LOCAL synchronous_commit = on; UPDATE tandem.device SET seen_at = now() WHERE id ="
                       " %lld; COMMIT",
                       (long long)td_device_identity(d)->device);
}

/* The server's log must be on disk up to the snapshot: a commit that did not wait for it (synchronous_commit = off) is
 * gone after a crash, and its number is given anew. */
static int make_durable(struct td_server *server, const struct td_device *d, struct td_err *err)
{
    struct td_pg_server *s = of(server);
    bool done = false;
    int rc = is_durable(s, &done, err);
    if (rc == TD_OK && !done)
        rc = flush(s, d, err);
    for (int tries = 0; rc == TD_OK && !done; tries++) {
        rc = is_durable(s, &done, err);
        if (rc == TD_OK && !done && tries == 500)
            return td_err_set(err, TD_C_DB_BUSY, "the server has not written its log to disk for five seconds");
        if (rc == TD_OK && !done)
            usleep(10000);
    }
    return rc;
}

/* Other commits, or the server's own writer, mostly take it to the disk within a moment. A commit of ours, which would
 * at once, cannot be had in the snapshot's transaction. */
static int is_settled(struct td_server *server, bool *out, struct td_err *err)
{
    int rc = is_durable(of(server), out, err);
    for (int tries = 0; rc == TD_OK && !*out && tries < 50; tries++) {
        usleep(20000);
        rc = is_durable(of(server), out, err);
    }
    return rc;
}

static void close_snapshot(struct td_server *server)
{
    td_pg_scan_end(of(server));
    roll_back(of(server)); /* nothing was written */
}

static int peek(struct td_server *server, const struct td_device *d, bool *out, struct td_err *err)
{
    const struct td_value v[] = {td_text(td_device_tenant(d)), td_text(td_device_cursor(d)),
                                 td_text(td_device_identity(d)->lineage)};
    int64_t any = 0;
    int rc = td_db_query_int(of(server)->db,
                             "SELECT (NOT EXISTS (SELECT 1 FROM tandem.sync WHERE lineage = $3::uuid)"
                             " OR EXISTS (SELECT 1 FROM tandem.changed($1::text, $2::text)))::integer",
                             v, 3, &any, err);
    *out = any != 0;
    return rc == TD_OK ? TD_OK : explain(err);
}

static const struct td_server_ops ops = {
    .peek = peek,
    .hello = hello,
    .enroll = enroll,
    .open = open_snapshot,
    .changed = td_pg_changed,
    .delta = td_pg_delta,
    .load = td_pg_load,
    .chunk = td_pg_chunk,
    .scan = td_pg_scan,
    .next = td_pg_next,
    .settled = is_settled,
    .digest = td_pg_digest,
    .close = close_snapshot,
    .durable = make_durable,
    .push = td_pg_push,
    .ack = ack,
};

int td_server_postgres(struct td_db *db, const struct td_sync_tables *all, const char *schema, struct td_server **out,
                       struct td_err *err)
{
    struct td_pg_server *s = td_mem_zalloc(sizeof *s);
    if (s == NULL)
        return td_err_nomem(err);
    s->server.ops = &ops;
    s->db = db;
    s->all = all;
    s->schema = schema;
    s->numbers = td_mem_zalloc((all->len + 1) * sizeof *s->numbers);
    if (s->numbers == NULL) {
        td_mem_free(s);
        return td_err_nomem(err);
    }
    *out = &s->server;
    return TD_OK;
}

void td_server_postgres_close(struct td_server *server)
{
    if (server == NULL)
        return;
    td_mem_free(of(server)->numbers);
    td_pg_scan_end(of(server));
    td_arena_deinit(&of(server)->arena);
    td_mem_free(of(server));
}
