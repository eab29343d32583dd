#include "sync/capture_postgres.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/rows.h"

struct capture {
    struct td_arena *a;
    struct td_db *db;
    const struct td_scope *s;
    int64_t number; /* in tandem.tblmap */
    bool row;       /* triggers fire once a row */
    const char *table, *body;
};

static const char *const made[] = {"CREATE SCHEMA IF NOT EXISTS tandem", TD_CAPTURE_LOG, TD_CAPTURE_MAP};

int td_capture_postgres_open(struct td_db *db, struct td_err *err)
{
    int64_t there = 0;
    int rc = td_db_query_int(db, "SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = 'tandem'", NULL, 0,
                             &there, err);
    for (size_t i = there > 0 ? 1 : 0; rc == TD_OK && i < sizeof made / sizeof *made; i++)
        rc = td_db_exec(db, made[i], err);
    return rc;
}

/* ---- the parts of an entry ---- */

static void add_column(struct td_buf *b, const char *alias, const struct td_column *c)
{
    td_buf_add(b, alias);
    td_buf_ident(b, c->name);
    td_buf_add(b, "::text");
}

void td_capture_add_key(const struct td_columns *key, const char *alias, struct td_buf *sql)
{
    if (key->len == 1) {
        add_column(sql, alias, key->at[0]);
        return;
    }
    td_buf_add(sql, "jsonb_build_array(");
    for (size_t i = 0; i < key->len; i++) {
        td_buf_add(sql, i > 0 ? ", " : "");
        add_column(sql, alias, key->at[i]);
    }
    td_buf_add(sql, ")::text");
}

static void add_table_name(struct td_buf *b, const struct td_table *t)
{
    td_buf_ident(b, t->schema);
    td_buf_char(b, '.');
    td_buf_ident(b, t->name);
}

static const char *table_name(struct td_arena *a, const struct td_table *t)
{
    struct td_buf b;
    td_buf_init(&b, a);
    add_table_name(&b, t);
    return td_buf_str(&b);
}

/* 'users:' || key: NULL where a column of several is, as jsonb_build_array would not be. */
static void add_prefixed(struct td_buf *b, const char *prefix, const struct td_columns *v, const char *alias)
{
    bool several = v->len > 1;
    for (size_t i = 0; several && i < v->len; i++) {
        td_buf_printf(b, i == 0 ? "CASE WHEN %s" : " AND %s", alias);
        td_buf_ident(b, v->at[i]->name);
        td_buf_add(b, " IS NOT NULL");
    }
    td_buf_add(b, several ? " THEN " : "");
    td_buf_lit(b, prefix);
    td_buf_add(b, " || ");
    td_capture_add_key(v, alias, b);
    td_buf_add(b, several ? " END" : "");
}

void td_capture_add_scope(const struct td_scope *s, const char *alias, struct td_buf *sql)
{
    const struct td_table *whose = s->kind == TD_SCOPE_MEMBERSHIP ? s->table
                                   : s->kind == TD_SCOPE_PATH     ? s->through->table
                                                                  : NULL;
    struct td_buf prefix = {0};
    switch (s->kind) {
    case TD_SCOPE_TENANT: add_prefixed(sql, "tenant:", &s->columns, alias); break;
    case TD_SCOPE_MEMBERSHIP:
    case TD_SCOPE_PATH:
        td_buf_printf(&prefix, "%s.%s:", whose->schema, whose->name);
        add_prefixed(sql, td_buf_str(&prefix), &s->columns, alias);
        td_buf_deinit(&prefix);
        break;
    case TD_SCOPE_SHARED: td_buf_lit(sql, "shared"); break;
    case TD_SCOPE_UNDECIDED:
    case TD_SCOPE_LOCAL: td_buf_add(sql, "NULL"); break;
    }
}

/* ---- the trigger's function ---- */

#define DEVICE "nullif(current_setting('tandem.dev', true), '')::integer"

static void add_insert(struct capture *c, struct td_buf *b)
{
    td_buf_printf(
        b, "INSERT INTO tandem.log (scope, tbl, pk, leave, dev) SELECT s, %lld, k, bool_and(l), " DEVICE " FROM (",
        (long long)c->number);
}

static void add_rows(struct capture *c, struct td_buf *b, const char *alias, const char *from, bool old)
{
    td_buf_add(b, "SELECT ");
    td_capture_add_scope(c->s, alias, b);
    td_buf_add(b, ", ");
    td_capture_add_key(&c->s->key, alias, b);
    td_buf_printf(b, ", %s%s", old ? "true" : "false", from);
}

static void add_end(struct td_buf *b)
{
    td_buf_add(b, ") e (s, k, l) WHERE s IS NOT NULL GROUP BY s, k;\n");
}

/* Names of transition tables, and of a row's two sides. */
struct sides {
    const char *new_alias, *new_from, *old_alias, *old_from;
};

static void write_body(struct capture *c, const struct sides *n, struct td_buf *b)
{
    td_buf_printf(b,
                  "BEGIN\nIF TG_OP = 'TRUNCATE' THEN\nINSERT INTO tandem.log (tbl, dev) VALUES (%lld, " DEVICE
                  ");\nELSIF TG_OP = 'INSERT' THEN\n",
                  (long long)c->number);
    add_insert(c, b);
    add_rows(c, b, n->new_alias, n->new_from, false);
    add_end(b);
    td_buf_add(b, "ELSIF TG_OP = 'DELETE' THEN\n");
    add_insert(c, b);
    add_rows(c, b, n->old_alias, n->old_from, false);
    add_end(b);
    td_buf_add(b, "ELSE\n");
    add_insert(c, b);
    add_rows(c, b, n->new_alias, n->new_from, false);
    td_buf_add(b, " UNION ALL ");
    add_rows(c, b, n->old_alias, n->old_from, true);
    add_end(b);
    td_buf_add(b, "END IF;\nRETURN NULL;\nEND");
}

/* Texts of keys must not hang on the settings of who writes: only of these types do they. */
bool td_capture_hangs_on_settings(const struct td_columns *v)
{
    for (size_t i = 0; i < v->len; i++) {
        switch (td_type_base(v->at[i]->type).kind) {
        case TD_T_TIMESTAMPTZ:
        case TD_T_TIMESTAMP:
        case TD_T_DATE:
        case TD_T_INTERVAL:
        case TD_T_FLOAT4:
        case TD_T_FLOAT8:
        case TD_T_BYTEA:
        case TD_T_OTHER: return true;
        default: break;
        }
    }
    return false;
}

static const char *settings(const struct capture *c)
{
    return td_capture_hangs_on_settings(&c->s->key) || td_capture_hangs_on_settings(&c->s->columns)
               ? TD_CAPTURE_SETTINGS
               : "";
}

static void write_function(struct capture *c, struct td_buf *b)
{
    static const struct sides statement = {"n.", " FROM tandem_new n", "o.", " FROM tandem_old o"};
    static const struct sides row = {"NEW.", "", "OLD.", ""};
    struct td_buf body;
    td_buf_init(&body, c->a);
    write_body(c, c->row ? &row : &statement, &body);
    c->body = td_buf_str(&body);
    td_buf_printf(b,
                  "CREATE OR REPLACE FUNCTION tandem.capture_%lld() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
                  " SET search_path = pg_catalog, pg_temp%s AS ",
                  (long long)c->number, settings(c));
    td_buf_lit(b, c->body);
    td_buf_char(b, ';');
}

/* ---- the triggers ---- */

static const struct {
    const char *name, *event, *tables;
} kinds[] = {
    {"zz_tandem_insert", "INSERT", " REFERENCING NEW TABLE AS tandem_new"},
    {"zz_tandem_update", "UPDATE", " REFERENCING OLD TABLE AS tandem_old NEW TABLE AS tandem_new"},
    {"zz_tandem_delete", "DELETE", " REFERENCING OLD TABLE AS tandem_old"},
    {"zz_tandem_truncate", "TRUNCATE", ""},
};
enum { KINDS = sizeof kinds / sizeof *kinds, TRUNCATES = KINDS - 1 };

static void write_trigger(struct capture *c, int i, const char *table, struct td_buf *b)
{
    bool row = c->row && i != TRUNCATES;
    td_buf_printf(b,
                  "CREATE OR REPLACE TRIGGER %s AFTER %s ON %s%s FOR EACH %s EXECUTE FUNCTION tandem.capture_%lld();",
                  kinds[i].name, kinds[i].event, table, row ? "" : kinds[i].tables, row ? "ROW" : "STATEMENT",
                  (long long)c->number);
    td_buf_printf(b, "ALTER TABLE %s ENABLE ALWAYS TRIGGER %s;", table, kinds[i].name);
}

/* Partitions: what truncates one by its own name fires its own trigger alone; those of rows are cloned, but whether
 * they fire always is each one's. */
static void write_partition(struct capture *c, const char *name, struct td_buf *b)
{
    write_trigger(c, TRUNCATES, name, b);
    for (int k = 0; k < TRUNCATES; k++)
        td_buf_printf(b, "ALTER TABLE %s ENABLE ALWAYS TRIGGER %s;", name, kinds[k].name);
}

static int write_partitions(struct capture *c, struct td_buf *b, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(
        c->a, c->db, "SELECT relid::regclass::text FROM pg_partition_tree($1::regclass) WHERE relid <> $1::regclass",
        (struct td_value[]){td_text(c->table)}, 1, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        write_partition(c, td_rows_cell(&rows, i, 0), b);
    return rc;
}

/* ---- for many at once ---- */

static struct capture numbered(struct td_arena *a, const struct td_scope *s, int64_t number, bool row)
{
    return (struct capture){.a = a, .s = s, .number = number, .row = row};
}

const char *td_capture_postgres_body(struct td_arena *a, const struct td_scope *s, int64_t number, bool row)
{
    struct capture c = numbered(a, s, number, row);
    struct td_buf dropped;
    td_buf_init(&dropped, a);
    write_function(&c, &dropped);
    return c.body;
}

void td_capture_postgres_add_function(struct td_arena *a, const struct td_scope *s, int64_t number, bool row,
                                      struct td_buf *sql)
{
    struct capture c = numbered(a, s, number, row);
    write_function(&c, sql);
}

void td_capture_postgres_add_triggers(const struct td_table *t, int64_t number, bool row, struct td_buf *sql)
{
    struct capture c = numbered(NULL, NULL, number, row);
    struct td_buf name = {0};
    add_table_name(&name, t);
    for (int i = 0; i < KINDS; i++)
        write_trigger(&c, i, td_buf_str(&name), sql);
    td_buf_deinit(&name);
}

void td_capture_postgres_add_partition(const char *name, int64_t number, struct td_buf *sql)
{
    struct capture c = numbered(NULL, NULL, number, true);
    write_partition(&c, name, sql);
}

/* ---- the map ---- */

static const char *described(struct capture *c)
{
    struct td_buf b;
    td_buf_init(&b, c->a);
    td_scope_describe(c->s, &b);
    return td_buf_str(&b);
}

/* Its number, which stays the same through renames. */
static int find_number(struct capture *c, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_value v[] = {td_text(c->table), td_text(described(c))};
    int rc = td_rows_read(c->a, c->db,
                          "INSERT INTO tandem.tblmap AS m (relid, scope) VALUES ($1::regclass, $2) ON CONFLICT (relid)"
                          " DO UPDATE SET scope = EXCLUDED.scope RETURNING tbl",
                          v, 2, &rows, err);
    if (rc == TD_OK)
        c->number = td_rows_int(&rows, 0, 0);
    return rc;
}

static int install(void *data, struct td_err *err)
{
    struct capture *c = data;
    struct td_buf b;
    c->table = table_name(c->a, c->s->table);
    c->row = c->s->table->kind == TD_R_PARTITIONED;
    int rc = find_number(c, err);
    if (rc != TD_OK)
        return rc;
    td_buf_init(&b, c->a);
    write_function(c, &b);
    for (int i = 0; i < KINDS; i++)
        write_trigger(c, i, c->table, &b);
    if (c->row)
        rc = write_partitions(c, &b, err);
    return rc == TD_OK ? td_db_exec(c->db, td_buf_str(&b), err) : rc;
}

int td_capture_postgres(struct td_arena *a, struct td_db *db, const struct td_scope *s, struct td_err *err)
{
    return td_arena_run(a, install, &(struct capture){.a = a, .db = db, .s = s}, err);
}

/* ---- whole? ---- */

struct looking {
    struct capture capture;
    bool *out;
};

static const char *const whole_sql =
    "SELECT (SELECT count(*) FROM pg_partition_tree($1::regclass) p JOIN pg_trigger t ON t.tgrelid = p.relid"
    "        WHERE t.tgname LIKE 'zz\\_tandem\\_%' AND t.tgenabled = 'A')"
    "     = 4 * (SELECT count(*) FROM pg_partition_tree($1::regclass))"
    " AND EXISTS (SELECT 1 FROM pg_proc p WHERE p.pronamespace = 'tandem'::regnamespace AND p.proname = $2"
    "             AND p.prosrc = $3 AND p.prosecdef)";
static const char *const whole_plain_sql =
    "SELECT (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = $1::regclass AND t.tgname LIKE 'zz\\_tandem\\_%'"
    "        AND t.tgenabled = 'A') = 4"
    " AND EXISTS (SELECT 1 FROM pg_proc p WHERE p.pronamespace = 'tandem'::regnamespace AND p.proname = $2"
    "             AND p.prosrc = $3 AND p.prosecdef)";

static int look(void *data, struct td_err *err)
{
    struct looking *l = data;
    struct capture *c = &l->capture;
    struct td_rows rows = {0};
    struct td_buf b;
    c->table = table_name(c->a, c->s->table);
    c->row = c->s->table->kind == TD_R_PARTITIONED;
    int rc = td_rows_read(c->a, c->db, "SELECT tbl FROM tandem.tblmap WHERE relid = to_regclass($1) AND scope = $2",
                          (struct td_value[]){td_text(c->table), td_text(described(c))}, 2, &rows, err);
    if (rc != TD_OK || td_rows_count(&rows) == 0)
        return rc;
    c->number = td_rows_int(&rows, 0, 0);
    td_buf_init(&b, c->a);
    write_function(c, &b);
    struct td_value v[] = {td_text(c->table), td_text(td_arena_printf(c->a, "capture_%lld", (long long)c->number)),
                           td_text(c->body)};
    rc = td_rows_read(c->a, c->db, c->row ? whole_sql : whole_plain_sql, v, 3, &rows, err);
    *l->out = rc == TD_OK && td_rows_bool(&rows, 0, 0);
    return rc;
}

int td_capture_postgres_is_whole(struct td_arena *a, struct td_db *db, const struct td_scope *s, bool *out,
                                 struct td_err *err)
{
    *out = false;
    return td_arena_run(a, look, &(struct looking){{.a = a, .db = db, .s = s}, out}, err);
}

/* ---- away ---- */

static int remove_all(void *data, struct td_err *err)
{
    struct capture *c = data;
    struct td_rows rows = {0};
    struct td_buf b;
    td_buf_init(&b, c->a);
    int rc =
        td_rows_read(c->a, c->db,
                     "SELECT t.tgname, t.tgrelid::regclass::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
                     " WHERE p.pronamespace = to_regnamespace('tandem') AND p.proname LIKE 'capture\\_%'"
                     " AND t.tgparentid = 0",
                     NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        td_buf_printf(&b, "DROP TRIGGER %s ON %s;", td_rows_cell(&rows, i, 0), td_rows_cell(&rows, i, 1));
    if (rc == TD_OK)
        rc = td_rows_read(c->a, c->db,
                          "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace ="
                          " to_regnamespace('tandem') AND p.proname LIKE 'capture\\_%'",
                          NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        td_buf_printf(&b, "DROP FUNCTION %s;", td_rows_cell(&rows, i, 0));
    td_buf_add(&b, "DROP TABLE IF EXISTS tandem.log, tandem.tblmap");
    return rc == TD_OK ? td_db_exec(c->db, td_buf_str(&b), err) : rc;
}

int td_capture_postgres_remove(struct td_arena *a, struct td_db *db, struct td_err *err)
{
    return td_arena_run(a, remove_all, &(struct capture){.a = a, .db = db}, err);
}
