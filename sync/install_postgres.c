#include "sync/install_postgres.h"

#include <stdarg.h>
#include <string.h>

#include "core/base/json.h"
#include "core/migrate/rows.h"
#include "sync/capture_postgres.h"
#include "sync/install_impl.h"
#include "sync/scope_sql.h"

/* ---- statements ---- */

void td_install_add(struct td_installing *n, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    td_strings_add(n->a, n->out, td_arena_vprintf(n->a, fmt, args));
    va_end(args);
}

void td_install_add_buf(struct td_installing *n, struct td_buf *sql)
{
    td_strings_add(n->a, n->out, td_buf_str(sql));
}

void td_install_own(struct td_installing *n, const char *what)
{
    if (strcmp(n->me, n->owner) != 0)
        td_install_add(n, "ALTER %s OWNER TO %s", what, n->owner);
}

static int run_all(struct td_db *db, const struct td_strings *sql, struct td_err *err)
{
    struct td_buf b = {0};
    for (size_t i = 0; i < sql->len; i++)
        td_buf_printf(&b, "%s;\n", sql->at[i]);
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK && sql->len > 0)
        rc = td_db_exec(db, td_buf_str(&b), err);
    td_buf_deinit(&b);
    return rc;
}

struct configuring {
    struct td_arena *a;
    const struct td_config *config;
    const char *tenant, **out;
};

static int write_config(void *data, struct td_err *err)
{
    struct configuring *c = data;
    struct td_buf b, tables;
    struct td_json_writer w = {.out = &b};
    td_buf_init(&b, c->a);
    td_buf_init(&tables, c->a);
    td_json_object(&w, NULL);
    td_json_object(&w, "sync");
    td_json_put_exact(&w, "tenant", c->tenant != NULL ? c->tenant : c->config->sync_tenant);
    if (c->config->sync_tables != NULL) {
        td_json_print(c->config->sync_tables, &tables);
        td_json_put_raw(&w, "tables", td_buf_str(&tables));
    }
    td_json_object_end(&w);
    td_json_object_end(&w);
    *c->out = td_buf_str(&b);
    return td_buf_check(&tables, err);
}

int td_install_config(struct td_arena *a, const struct td_config *config, const char *tenant, const char **out,
                      struct td_err *err)
{
    return td_arena_run(a, write_config, &(struct configuring){a, config, tenant, out}, err);
}

/* ---- what is there ---- */

static const struct {
    const char *name, *sql;
} tables[] = {
    {"log", TD_CAPTURE_LOG},
    {"tblmap", TD_CAPTURE_MAP},
    {"sync",
     "CREATE TABLE tandem.sync (one boolean PRIMARY KEY DEFAULT true CHECK (one), lineage uuid NOT NULL,"
     " sysid text NOT NULL, tli text NOT NULL, db oid NOT NULL, floor pg_snapshot NOT NULL, config text NOT NULL,"
     " enabled_at timestamptz NOT NULL DEFAULT now(), compacted_at timestamptz)"},
    {"device",
     "CREATE TABLE tandem.device (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
     " role name NOT NULL DEFAULT session_user, name text, tenant text NOT NULL,"
     " nonce uuid NOT NULL DEFAULT gen_random_uuid(), nonce_before uuid, batch bigint NOT NULL DEFAULT 0,"
     " batch_id uuid, result text, acked pg_snapshot, acked_at timestamptz, migration text, seen_at timestamptz,"
     " made_at timestamptz NOT NULL DEFAULT now(), state text NOT NULL DEFAULT 'active')"},
    {"member", "CREATE TABLE tandem.member (role name, tenant text, PRIMARY KEY (role, tenant))"},
    {"conflict",
     "CREATE TABLE tandem.conflict (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, device integer NOT NULL,"
     " batch bigint NOT NULL, tenant text NOT NULL, tbl text NOT NULL, pk text NOT NULL, column_name text,"
     " policy text NOT NULL, base text, mine text, theirs text, chosen text, taken text NOT NULL,"
     " at timestamptz NOT NULL DEFAULT now())"},
};
enum { TABLES = sizeof tables / sizeof *tables };

static const char *const around_sql =
    "SELECT current_setting('server_version_num')::integer, pg_is_in_recovery(), quote_ident(current_user),"
    " quote_ident(coalesce(o.rolname, current_user)), coalesce(o.oid, me.oid), n.oid IS NOT NULL,"
    " CASE WHEN n.oid IS NULL THEN has_database_privilege(current_database(), 'CREATE')"
    " ELSE pg_has_role(n.nspowner, 'USAGE') END,"
    " EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relname = 'tblmap'),"
    " EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relname = 'sync')"
    " FROM pg_catalog.pg_roles me LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = 'tandem'"
    " LEFT JOIN pg_catalog.pg_roles o ON o.oid = n.nspowner WHERE me.rolname = current_user";

static int cannot(struct td_err *err, const char *what)
{
    td_err_set(err, TD_C_SYNC_SERVER, "%s", what);
    return td_err_next(err, "use PostgreSQL 14 or newer, and its primary server");
}

static int look_around(struct td_installing *n, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(n->a, n->db, around_sql, NULL, 0, &rows, err);
    if (rc != TD_OK)
        return rc;
    if (td_rows_int(&rows, 0, 0) < 140000)
        return cannot(
            err, td_arena_printf(n->a, "the server is PostgreSQL %s, too old for sync", td_db_server_version(n->db)));
    if (td_rows_bool(&rows, 0, 1))
        return cannot(err, "the server is a standby");
    n->me = td_rows_cell(&rows, 0, 2);
    n->owner = td_rows_cell(&rows, 0, 3);
    n->owner_oid = td_rows_cell(&rows, 0, 4);
    n->has_schema = td_rows_bool(&rows, 0, 5);
    n->owns = td_rows_bool(&rows, 0, 6);
    n->has_map = td_rows_bool(&rows, 0, 7);
    n->has_sync = td_rows_bool(&rows, 0, 8);
    return TD_OK;
}

/* A digest of what the stored rows are: each column with its number and type, and the files that hold them, which a
 * rewrite exchanges. */
#define SHAPE                                                                                                          \
    "md5(concat_ws(' ', c.relfilenode, (SELECT string_agg(a.attnum || ':' || a.attname || ':' || a.atttypid || ':' ||" \
    " a.atttypmod || ':' || a.attgenerated::text, ',' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = "      \
    "c.oid AND"                                                                                                        \
    " a.attnum > 0 AND NOT a.attisdropped), (SELECT string_agg(k.oid || ':' || k.relfilenode, ',' ORDER BY k.oid)"     \
    " FROM pg_partition_tree(c.oid) t JOIN pg_class k ON k.oid = t.relid)))"

#define WHOLE                                                                                                          \
    "(SELECT count(*) FROM pg_trigger t WHERE t.tgname ~ '^zz_tandem_' AND t.tgenabled = 'A'"                          \
    " AND t.tgfoid = p.oid AND t.tgrelid IN (SELECT c.oid UNION SELECT x.relid FROM pg_partition_tree(c.oid) x))"      \
    " = 4 * (SELECT count(*) FROM (SELECT c.oid UNION SELECT x.relid FROM pg_partition_tree(c.oid) x) x)"

enum { T_OID, T_KIND, T_OWNER, T_MINE, T_OWNERS, T_NUMBER, T_SCOPE, T_SHAPE, T_SHAPE_NOW, T_WHOLE, T_BODY, T_SETTINGS };

static const char *tables_sql(struct td_installing *n)
{
    struct td_buf b;
    td_buf_init(&b, n->a);
    td_buf_printf(&b,
                  "SELECT c.oid, CASE WHEN c.relispartition THEN 'x' ELSE c.relkind END, quote_ident(o.rolname),"
                  " pg_has_role(c.relowner, 'USAGE'), pg_has_role(%s, c.relowner, 'USAGE'), m.tbl, m.scope, m.shape,"
                  " " SHAPE ", " WHOLE ", CASE WHEN p.prosecdef THEN p.prosrc END, array_length(p.proconfig, 1)"
                  " FROM (VALUES ",
                  n->owner_oid);
    for (size_t i = 0; i < n->at.len; i++) {
        td_buf_printf(&b, "%s(%zu, ", i > 0 ? ", " : "", i);
        td_buf_lit(&b, n->at.at[i].name);
        td_buf_char(&b, ')');
    }
    td_buf_printf(&b,
                  ") v (i, name) LEFT JOIN pg_class c ON c.oid = to_regclass(v.name)"
                  " LEFT JOIN pg_roles o ON o.oid = c.relowner LEFT JOIN %s m ON m.relid = c.oid"
                  " LEFT JOIN pg_proc p ON p.pronamespace = to_regnamespace('tandem') AND"
                  " p.proname = 'capture_' || m.tbl ORDER BY v.i",
                  n->has_map ? "tandem.tblmap"
                             : "(SELECT NULL::oid AS relid, NULL::integer AS tbl, '' AS scope, '' AS shape"
                               " WHERE false)");
    return td_buf_str(&b);
}

static int no_table(const struct td_installed *t, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_MISSING_TABLE, "the table %s is not in the database", t->name);
    return td_err_next(err, "`tandem migrate status --drift` shows what differs from the migrations");
}

static const char *described(struct td_installing *n, const struct td_scope *s)
{
    struct td_buf b;
    td_buf_init(&b, n->a);
    td_scope_describe(s, &b);
    return td_buf_str(&b);
}

static size_t settings_of(const struct td_scope *s)
{
    return td_capture_hangs_on_settings(&s->key) || td_capture_hangs_on_settings(&s->columns) ? 6 : 1;
}

static void take(struct td_installing *n, struct td_installed *t, const struct td_rows *rows, size_t i, int64_t *next)
{
    const char *body = td_rows_cell(rows, i, T_BODY);
    t->row = td_rows_cell(rows, i, T_KIND)[0] == 'p';
    t->fresh = td_rows_cell(rows, i, T_NUMBER) == NULL;
    t->number = t->fresh ? ++*next : td_rows_int(rows, i, T_NUMBER);
    t->scope = td_rows_cell(rows, i, T_SCOPE);
    t->shape = td_rows_cell(rows, i, T_SHAPE);
    t->shape_now = td_rows_cell(rows, i, T_SHAPE_NOW);
    t->whole = td_rows_bool(rows, i, T_WHOLE);
    t->body = td_capture_postgres_body(n->a, t->s, t->number, t->row);
    t->same_function =
        body != NULL && strcmp(body, t->body) == 0 && td_rows_int(rows, i, T_SETTINGS) == (int64_t)settings_of(t->s);
}

/* Rights that are missing, by the role that has them. */
static void add_missing(struct td_buf *b, const char *owner, const char *what, const char *name, const char **last)
{
    if (*last != NULL && strcmp(*last, owner) == 0)
        td_buf_printf(b, ", %s", name);
    else
        td_buf_printf(b, "%sthose of %s, who owns the %s %s", b->len > 0 ? "; " : "", owner, what, name);
    *last = owner;
}

static int check_rights(struct td_installing *n, const struct td_rows *rows, struct td_err *err)
{
    struct td_buf mine, owners;
    const char *last = NULL, *last_owner = NULL, *grant = n->owner;
    td_buf_init(&mine, n->a);
    td_buf_init(&owners, n->a);
    if (!n->owns && n->has_schema)
        add_missing(&mine, n->owner, "schema", "tandem", &last);
    else if (!n->owns)
        td_buf_add(&mine, "CREATE on the database");
    for (size_t i = 0; i < n->at.len; i++) {
        const char *owner = td_rows_cell(rows, i, T_OWNER);
        if (owner == NULL)
            continue; /* not there: said elsewhere */
        if (!td_rows_bool(rows, i, T_MINE))
            add_missing(&mine, grant = owner, "tables", n->at.at[i].s->table->name, &last);
        else if (!td_rows_bool(rows, i, T_OWNERS))
            add_missing(&owners, owner, "tables", n->at.at[i].s->table->name, &last_owner);
    }
    if (mine.len + owners.len == 0)
        return TD_OK;
    if (mine.len > 0) {
        td_err_set(err, TD_C_SYNC_RIGHTS, "the role %s lacks rights: %s", n->me, td_buf_str(&mine));
        return td_err_next(err, "run it as %s, or as a role that is a member of it", grant);
    }
    td_err_set(err, TD_C_SYNC_RIGHTS, "the role %s, who owns the schema tandem, lacks rights: %s", n->owner,
               td_buf_str(&owners));
    return td_err_next(err, "ALTER SCHEMA tandem OWNER TO %s", last_owner);
}

static int read_next(struct td_installing *n, int64_t *out, struct td_err *err)
{
    *out = 0;
    return n->has_map ? td_db_query_int(n->db,
                                        "SELECT CASE WHEN is_called THEN last_value ELSE 0 END"
                                        " FROM tandem.tblmap_tbl_seq",
                                        NULL, 0, out, err)
                      : TD_OK;
}

static void list_tables(struct td_installing *n)
{
    for (size_t i = 0; i < n->scopes->len; i++) {
        struct td_buf name;
        if (!td_scope_travels(n->scopes->at[i]))
            continue;
        td_buf_init(&name, n->a);
        td_scope_add_table(n->scopes->at[i]->table, &name);
        *td_vec_add(n->a, &n->at) = (struct td_installed){.s = n->scopes->at[i], .name = td_buf_str(&name)};
    }
}

/* Who may not read our map is told by the schema's rights. */
static int read_tables(struct td_installing *n, struct td_rows *rows, struct td_err *err)
{
    n->has_map = n->has_map && n->owns;
    list_tables(n);
    int rc = td_rows_read(n->a, n->db, tables_sql(n), NULL, 0, rows, err);
    return rc == TD_OK ? check_rights(n, rows, err) : rc;
}

static int look_at_tables(struct td_installing *n, struct td_err *err)
{
    struct td_rows rows = {0};
    int64_t next = 0;
    int rc = read_tables(n, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < n->at.len; i++)
        if (td_rows_cell(&rows, i, T_OID) == NULL)
            return no_table(&n->at.at[i], err);
    if (rc == TD_OK)
        rc = read_next(n, &next, err);
    for (size_t i = 0; rc == TD_OK && i < n->at.len; i++)
        take(n, &n->at.at[i], &rows, i, &next);
    return rc;
}

/* ---- tables of ours ---- */

static int add_tables(struct td_installing *n, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_buf b;
    td_buf_init(&b, n->a);
    for (int i = 0; i < TABLES; i++)
        td_buf_printf(&b, "%sto_regclass('tandem.%s') IS NOT NULL", i == 0 ? "SELECT " : ", ", tables[i].name);
    int rc = td_rows_read(n->a, n->db, td_buf_str(&b), NULL, 0, &rows, err);
    if (rc == TD_OK && !n->has_schema)
        td_install_add(n, "CREATE SCHEMA tandem");
    for (size_t i = 0; rc == TD_OK && i < TABLES; i++) {
        if (td_rows_bool(&rows, 0, i))
            continue;
        td_install_add(n, "%s", tables[i].sql);
        td_install_own(n, td_arena_printf(n->a, "TABLE tandem.%s", tables[i].name));
    }
    return rc;
}

/* ---- tables that travel no more ---- */

static const char *const gone_sql =
    "SELECT p.proname, t.tgname, t.tgrelid::regclass::text FROM pg_proc p LEFT JOIN pg_trigger t ON t.tgfoid = p.oid"
    " AND t.tgparentid = 0 WHERE p.pronamespace = to_regnamespace('tandem') AND p.proname LIKE 'capture\\_%'";

static bool keeps(const struct td_installing *n, const char *function)
{
    for (size_t i = 0; i < n->at.len; i++)
        if (strcmp(function, td_arena_printf(n->a, "capture_%lld", (long long)n->at.at[i].number)) == 0)
            return true;
    return false;
}

/* Triggers and then the functions behind them, of tables that are not in n->at. */
static int drop_captures(struct td_installing *n, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(n->a, n->db, gone_sql, NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        if (!keeps(n, td_rows_cell(&rows, i, 0)) && td_rows_cell(&rows, i, 1) != NULL)
            td_install_add(n, "DROP TRIGGER %s ON %s", td_rows_cell(&rows, i, 1), td_rows_cell(&rows, i, 2));
    struct td_map dropped = {0};
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        const char *name = td_rows_cell(&rows, i, 0);
        if (keeps(n, name) || td_map_get(&dropped, name) != NULL)
            continue;
        td_map_put(n->a, &dropped, name, n);
        td_install_add(n, "DROP FUNCTION tandem.%s()", name);
    }
    return rc;
}

/* Those whose table is gone have lost their relation: by number. */
static int forget_tables(struct td_installing *n, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = n->has_map ? td_rows_read(n->a, n->db, "SELECT tbl FROM tandem.tblmap ORDER BY tbl", NULL, 0, &rows, err)
                        : TD_OK;
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        const char *number = td_rows_cell(&rows, i, 0);
        if (!keeps(n, td_arena_printf(n->a, "capture_%s", number)))
            td_install_add(n, "DELETE FROM tandem.tblmap WHERE tbl = %s", number);
    }
    return rc;
}

/* ---- tables that travel ---- */

static int add_triggers(struct td_installing *n, const struct td_installed *t, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_buf b;
    td_buf_init(&b, n->a);
    td_capture_postgres_add_triggers(t->s->table, t->number, t->row, &b);
    int rc = t->row ? td_rows_read(n->a, n->db,
                                   "SELECT relid::regclass::text FROM pg_partition_tree($1::regclass)"
                                   " WHERE relid <> $1::regclass",
                                   (struct td_value[]){td_text(t->name)}, 1, &rows, err)
                    : TD_OK;
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        td_capture_postgres_add_partition(td_rows_cell(&rows, i, 0), t->number, &b);
    td_install_add_buf(n, &b);
    return rc;
}

static void add_function(struct td_installing *n, const struct td_installed *t)
{
    struct td_buf b;
    long long number = (long long)t->number;
    td_buf_init(&b, n->a);
    td_capture_postgres_add_function(n->a, t->s, t->number, t->row, &b);
    td_install_add_buf(n, &b);
    td_install_own(n, td_arena_printf(n->a, "FUNCTION tandem.capture_%lld()", number));
    td_install_add(n, "REVOKE ALL ON FUNCTION tandem.capture_%lld() FROM PUBLIC", number);
}

static void add_to_map(struct td_installing *n, const struct td_installed *t, const char *scope)
{
    struct td_buf b;
    td_buf_init(&b, n->a);
    if (t->fresh)
        td_buf_printf(&b, "INSERT INTO tandem.tblmap (tbl, relid, scope, shape) OVERRIDING SYSTEM VALUE VALUES (%lld, ",
                      (long long)t->number);
    else
        td_buf_add(&b, "UPDATE tandem.tblmap SET scope = ");
    if (t->fresh) {
        td_buf_lit(&b, t->name);
        td_buf_add(&b, ", ");
    }
    td_buf_lit(&b, scope);
    td_buf_add(&b, t->fresh ? ", " : ", shape = ");
    td_buf_lit(&b, t->shape_now);
    if (t->fresh)
        td_buf_char(&b, ')');
    else
        td_buf_printf(&b, " WHERE tbl = %lld", (long long)t->number);
    td_install_add_buf(n, &b);
    if (t->fresh)
        td_install_add(n, "SELECT setval('tandem.tblmap_tbl_seq', %lld)", (long long)t->number);
}

static int add_capture(struct td_installing *n, const struct td_installed *t, struct td_err *err)
{
    const char *scope = described(n, t->s);
    bool same_map =
        !t->fresh && strcmp(t->scope, scope) == 0 && t->shape != NULL && strcmp(t->shape, t->shape_now) == 0;
    bool same = same_map && t->same_function && t->whole;
    int rc = TD_OK;
    if (!t->same_function)
        add_function(n, t);
    if (!t->whole)
        rc = add_triggers(n, t, err);
    if (!same_map)
        add_to_map(n, t, scope);
    if (!same && n->has_sync)
        td_install_add(n, "INSERT INTO tandem.log (tbl) VALUES (%lld)", (long long)t->number);
    return rc;
}

/* ---- the row of tandem.sync ---- */

#define NOW_SYNC                                                                                                       \
    "SELECT c.system_identifier::text AS sysid, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS tli,"           \
    " d.oid AS db FROM pg_control_system() c, pg_database d WHERE d.datname = current_database()"

static int add_sync(struct td_installing *n, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_buf b;
    td_buf_init(&b, n->a);
    int rc = n->has_sync ? td_rows_read(n->a, n->db,
                                        "SELECT s.config, (s.sysid, s.tli, s.db) = (n.sysid, n.tli, n.db)"
                                        " FROM tandem.sync s, (" NOW_SYNC ") n",
                                        NULL, 0, &rows, err)
                         : TD_OK;
    if (rc != TD_OK)
        return rc;
    n->has_sync = td_rows_count(&rows) > 0;
    if (!n->has_sync) { /* last of all: by then the triggers' locks have waited for whoever wrote without them */
        td_buf_add(&b, "INSERT INTO tandem.sync (lineage, sysid, tli, db, floor, config)"
                       " SELECT gen_random_uuid(), n.sysid, n.tli, n.db, pg_current_snapshot(), ");
        td_buf_lit(&b, n->config);
        td_buf_add(&b, " FROM (" NOW_SYNC ") n");
        td_install_add_buf(n, &b);
    } else if (strcmp(td_rows_cell(&rows, 0, 0), n->config) != 0) {
        td_buf_add(&b, "UPDATE tandem.sync SET config = ");
        td_buf_lit(&b, n->config);
        td_install_add_buf(n, &b);
    }
    if (n->has_sync && !td_rows_bool(&rows, 0, 1))
        td_install_add(n, "SELECT tandem.renew()");
    return TD_OK;
}

/* ---- all of it ---- */

static int plan(void *data, struct td_err *err)
{
    struct td_installing *n = data;
    int rc = look_around(n, err);
    if (rc == TD_OK)
        rc = look_at_tables(n, err);
    if (rc == TD_OK)
        rc = add_tables(n, err);
    if (rc == TD_OK && !n->devices)
        rc = td_install_has_devices(n, &n->devices, err);
    if (rc == TD_OK && n->devices)
        rc = td_install_forget_devices(n, false, err);
    if (rc == TD_OK)
        rc = drop_captures(n, err);
    if (rc == TD_OK)
        rc = forget_tables(n, err);
    for (size_t i = 0; rc == TD_OK && i < n->at.len; i++)
        rc = add_capture(n, &n->at.at[i], err);
    if (rc == TD_OK)
        rc = td_install_functions(n, err);
    if (rc == TD_OK && n->devices)
        rc = td_install_devices(n, err);
    return rc == TD_OK ? add_sync(n, err) : rc;
}

static int rights(void *data, struct td_err *err)
{
    struct td_installing *n = data;
    struct td_rows rows = {0};
    int rc = look_around(n, err);
    return rc == TD_OK ? read_tables(n, &rows, err) : rc;
}

int td_install_postgres_rights(struct td_arena *a, struct td_db *db, const struct td_scopes *scopes, struct td_err *err)
{
    return td_arena_run(a, rights, &(struct td_installing){.a = a, .db = db, .scopes = scopes}, err);
}

int td_install_postgres_plan(struct td_arena *a, struct td_db *db, const struct td_scopes *scopes, const char *config,
                             struct td_strings *out, struct td_err *err)
{
    struct td_installing n = {.a = a, .db = db, .scopes = scopes, .config = config, .out = out};
    *out = (struct td_strings){0};
    return td_arena_run(a, plan, &n, err);
}

int td_install_postgres_devices(struct td_arena *a, struct td_db *db, const struct td_scopes *scopes,
                                const char *config, struct td_err *err)
{
    struct td_strings sql = {0};
    struct td_installing n = {.a = a, .db = db, .scopes = scopes, .config = config, .out = &sql, .devices = true};
    int rc = td_arena_run(a, plan, &n, err);
    return rc == TD_OK ? run_all(db, &sql, err) : rc;
}

int td_install_postgres(struct td_arena *a, struct td_db *db, const struct td_scopes *scopes, const char *config,
                        size_t *count_out, struct td_err *err)
{
    struct td_strings sql;
    int rc = td_install_postgres_plan(a, db, scopes, config, &sql, err);
    if (count_out != NULL)
        *count_out = rc == TD_OK ? sql.len : 0;
    return rc == TD_OK ? run_all(db, &sql, err) : rc;
}

/* ---- away ---- */

static int no_rights(struct td_installing *n, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_RIGHTS, "the role %s lacks rights: those of %s, who owns the schema tandem", n->me,
               n->owner);
    return td_err_next(err, "run it as %s, or as a role that is a member of it", n->owner);
}

static int plan_removal(void *data, struct td_err *err)
{
    struct td_installing *n = data;
    int rc = look_around(n, err);
    if (rc == TD_OK && !n->has_schema)
        return TD_OK;
    if (rc == TD_OK && !n->owns)
        return no_rights(n, err);
    bool devices = false;
    if (rc == TD_OK)
        rc = td_install_has_devices(n, &devices, err);
    if (rc == TD_OK)
        rc = td_install_forget_devices(n, true, err);
    if (rc == TD_OK)
        rc = drop_captures(n, err);
    if (rc != TD_OK || !n->has_map)
        return rc;
    td_install_add(n, "DROP TABLE IF EXISTS tandem.log, tandem.tblmap, tandem.sync, tandem.device, tandem.member,"
                      " tandem.conflict");
    td_install_add(n, "DROP FUNCTION IF EXISTS tandem.changed(text, text, integer), tandem.allowed(text),"
                      " tandem.renew(), tandem.compact(boolean), tandem.mine(), tandem.refers(text, text[])");
    if (devices)
        td_install_drop_roles(n);
    return TD_OK;
}

int td_install_postgres_remove_plan(struct td_arena *a, struct td_db *db, struct td_strings *out, struct td_err *err)
{
    struct td_installing n = {.a = a, .db = db, .out = out};
    *out = (struct td_strings){0};
    return td_arena_run(a, plan_removal, &n, err);
}

int td_install_postgres_remove(struct td_arena *a, struct td_db *db, size_t *count_out, struct td_err *err)
{
    struct td_strings sql;
    int rc = td_install_postgres_remove_plan(a, db, &sql, err);
    if (count_out != NULL)
        *count_out = rc == TD_OK ? sql.len : 0;
    return rc == TD_OK ? run_all(db, &sql, err) : rc;
}
