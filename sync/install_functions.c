/* The functions that devices call, tandem.changed(), allowed() and renew(), as SQL. */
#include <string.h>

#include "core/migrate/rows.h"
#include "sync/capture_postgres.h"
#include "sync/compact.h"
#include "sync/install_impl.h"
#include "sync/scope_sql.h"

struct function {
    const char *head; /* "changed(tenant text, ...) RETURNS ..." */
    const char *signature;
    const char *body, *settings;
};

/* More new entries than this are not read one by one. */
#define FEW "1000"

/* ---- changed() ---- */

static bool by_key(const struct td_scope *s)
{
    return s->kind == TD_SCOPE_MEMBERSHIP || s->kind == TD_SCOPE_PATH;
}

static void add_key_text(const struct td_scope *s, struct td_buf *b)
{
    bool several = s->columns.len > 1;
    td_buf_add(b, several ? "jsonb_build_array(" : "");
    for (size_t i = 0; i < s->columns.len; i++) {
        td_buf_add(b, i > 0 ? ", p." : "p.");
        td_buf_ident(b, s->through_columns.at[i]->name);
        td_scope_add_cast(s->columns.at[i], b); /* whose text it is in the log */
        td_buf_add(b, "::text");
    }
    td_buf_add(b, several ? ")::text" : "");
}

/* SELECT 'public.projects:' || p."id"::text FROM "public"."projects" p WHERE p."tenant" = ($1)::uuid */
static void add_keys(const struct td_scope *s, struct td_buf *b)
{
    const struct td_table *whose = s->kind == TD_SCOPE_MEMBERSHIP ? s->table : s->through->table;
    struct td_buf prefix = {0};
    td_buf_printf(&prefix, "%s.%s:", whose->schema, whose->name);
    td_buf_add(b, "SELECT ");
    td_buf_lit(b, td_buf_str(&prefix));
    td_buf_deinit(&prefix);
    td_buf_add(b, " || ");
    add_key_text(s, b);
    td_buf_add(b, " FROM ");
    td_scope_add_table(s->through->table, b);
    td_buf_add(b, " p WHERE ");
    td_scope_add_belongs(s->through, "p", "$1", b);
}

/* What transactions were under way and have ended; of those that have not, nothing is seen anyway. So an hour-old
 * writer costs nothing. */
static const char *const declare =
    "#variable_conflict use_column\n"
    "DECLARE\n"
    "  c pg_snapshot := $2::pg_snapshot;\n"
    "  top xid8 := pg_snapshot_xmax(c);\n"
    "  late xid8[] := ARRAY(SELECT x FROM pg_snapshot_xip(c) x WHERE pg_visible_in_snapshot(x, pg_current_snapshot()));"
    "\n";

/* Few new entries: each is looked at. */
static void add_few(const struct td_installing *n, struct td_buf *b)
{
    td_buf_add(b, "  RETURN QUERY WITH news AS MATERIALIZED (SELECT l.scope, l.tbl, l.pk FROM tandem.log l"
                  " WHERE l.xid >= top UNION ALL SELECT l.scope, l.tbl, l.pk FROM tandem.log l"
                  " WHERE l.xid = ANY (late))\n"
                  "  SELECT DISTINCT l.tbl, l.pk FROM news l WHERE ($3 IS NULL OR l.tbl = $3) AND (l.scope IS NULL OR"
                  " l.scope IN (whose, 'shared')");
    for (size_t i = 0; i < n->at.len; i++) {
        if (!by_key(n->at.at[i].s))
            continue;
        td_buf_printf(b, "\n    OR (l.tbl = %lld AND l.scope IN (", (long long)n->at.at[i].number);
        add_keys(n->at.at[i].s, b);
        td_buf_add(b, "))");
    }
    td_buf_add(b, ");\n");
}

static void add_halves(struct td_buf *b, const char *from, const char *where)
{
    td_buf_printf(b, "SELECT l.tbl, l.pk FROM %s WHERE %s AND l.xid >= top", from, where);
    td_buf_printf(b, " UNION ALL SELECT l.tbl, l.pk FROM %s WHERE %s AND l.xid = ANY (late)", from, where);
}

/* Many: those of each scope, by the index on it. */
static void add_many(const struct td_installing *n, struct td_buf *b)
{
    td_buf_add(b, "  RETURN QUERY SELECT DISTINCT l.tbl, l.pk FROM (");
    add_halves(b, "tandem.log l", "l.scope IN (whose, 'shared')");
    td_buf_add(b, " UNION ALL ");
    add_halves(b, "tandem.log l", "l.scope IS NULL");
    td_buf_add(b, ") l WHERE $3 IS NULL OR l.tbl = $3;\n");
    for (size_t i = 0; i < n->at.len; i++) {
        struct td_buf from = {0};
        if (!by_key(n->at.at[i].s))
            continue;
        long long number = (long long)n->at.at[i].number;
        td_buf_add(&from, "(SELECT DISTINCT k.s FROM (");
        add_keys(n->at.at[i].s, &from);
        td_buf_add(&from, ") k (s)) k JOIN tandem.log l ON l.scope = k.s");
        td_buf_printf(b, "  IF $3 IS NULL OR $3 = %lld THEN\n    RETURN QUERY SELECT DISTINCT l.tbl, l.pk FROM (",
                      number);
        struct td_buf where = {0};
        td_buf_printf(&where, "l.tbl = %lld", number);
        add_halves(b, td_buf_str(&from), td_buf_str(&where));
        td_buf_add(b, ") l;\n  END IF;\n");
        td_buf_deinit(&from);
        td_buf_deinit(&where);
    }
}

static const char *changed_body(const struct td_installing *n)
{
    struct td_buf b;
    td_buf_init(&b, n->a);
    td_buf_add(&b, declare);
    td_buf_add(&b, "  whose text := 'tenant:' || ($1)");
    td_scope_add_cast(n->scopes->tenant_key, &b);
    td_buf_add(&b,
               "::text;\n  news bigint;\nBEGIN\n"
               "  IF NOT tandem.allowed(substr(whose, 8)) THEN\n"
               "    RAISE EXCEPTION 'the role \"%\" has no grant for this tenant', session_user"
               " USING ERRCODE = '42501';\n  END IF;\n"
               /* what is below the floor is gone from the log: all tables, as if each were marked */
               "  IF EXISTS (SELECT FROM tandem.sync s WHERE pg_snapshot_xmin(s.floor) > pg_snapshot_xmin(c)) THEN\n"
               "    RETURN QUERY SELECT m.tbl, NULL::text FROM tandem.tblmap m WHERE $3 IS NULL OR m.tbl = $3;\n"
               "    RETURN;\n  END IF;\n"
               "  SELECT count(*) INTO news FROM ((SELECT l.xid FROM tandem.log l WHERE l.xid >= top"
               " ORDER BY l.xid LIMIT " FEW ") UNION ALL (SELECT l.xid FROM tandem.log l"
               " WHERE l.xid = ANY (late) ORDER BY l.xid LIMIT " FEW ")) n;\n"
               "  IF news = 0 THEN\n    RETURN;\n  END IF;\n"
               "  IF news < " FEW " THEN\n");
    add_few(n, &b);
    td_buf_add(&b, "  RETURN;\n  END IF;\n");
    add_many(n, &b);
    td_buf_add(&b, "END");
    return td_buf_str(&b);
}

/* The plan is made once and for any cursor, from the indexes: what is known of the log's rows is always out of date. */
#define CHANGED_SETTINGS                                                                                               \
    " SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off SET row_security = off"

static const char *changed_settings(const struct td_installing *n)
{
    for (size_t i = 0; i < n->at.len; i++)
        if (by_key(n->at.at[i].s) && td_capture_hangs_on_settings(&n->at.at[i].s->columns))
            return CHANGED_SETTINGS TD_CAPTURE_SETTINGS;
    return CHANGED_SETTINGS;
}

/* ---- the others ---- */

static const char *const allowed_body =
    "SELECT pg_has_role(session_user, n.nspowner, 'MEMBER') OR EXISTS (SELECT FROM tandem.member m"
    " WHERE m.role = session_user AND m.tenant = $1) FROM pg_namespace n WHERE n.nspname = 'tandem'";

#define NOW_TLI "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
#define NOW_DB  "(SELECT d.oid FROM pg_database d WHERE d.datname = current_database())"

/* The row's lock lets one alone do it; who waited for it sees that it is done. */
static const char *const renew_body =
    "DECLARE\n"
    "  r tandem.sync;\n"
    "  id text := (SELECT system_identifier::text FROM pg_control_system());\n"
    "  line text;\n"
    "  this oid := " NOW_DB ";\n"
    "BEGIN\n"
    "  IF pg_is_in_recovery() THEN\n"
    "    RAISE EXCEPTION 'this server is a standby' USING ERRCODE = '25006';\n"
    "  END IF;\n"
    "  line := " NOW_TLI ";\n"
    "  SELECT * INTO STRICT r FROM tandem.sync;\n"
    "  IF (r.sysid, r.tli, r.db) IS NOT DISTINCT FROM (id, line, this) THEN\n    RETURN r.lineage;\n  END IF;\n"
    "  SELECT * INTO STRICT r FROM tandem.sync FOR UPDATE;\n"
    "  IF (r.sysid, r.tli, r.db) IS NOT DISTINCT FROM (id, line, this) THEN\n    RETURN r.lineage;\n  END IF;\n"
    "  TRUNCATE tandem.log;\n"
    "  UPDATE tandem.device SET acked = NULL, acked_at = NULL;\n" /* they count other transactions */
    "  UPDATE tandem.sync SET lineage = gen_random_uuid(), sysid = id, tli = line, db = this,"
    " floor = pg_current_snapshot() RETURNING lineage INTO r.lineage;\n"
    "  RETURN r.lineage;\n"
    "END";

static const char *const mine_body = "SELECT m.tenant FROM tandem.member m WHERE m.role = session_user";

static void add_function(struct td_installing *n, const struct function *f)
{
    struct td_buf b;
    td_buf_init(&b, n->a);
    td_buf_printf(&b,
                  "CREATE OR REPLACE FUNCTION tandem.%s SECURITY DEFINER SET search_path = pg_catalog, pg_temp%s AS ",
                  f->head, f->settings);
    td_buf_lit(&b, f->body);
    td_install_add_buf(n, &b);
    td_install_own(n, td_arena_printf(n->a, "FUNCTION tandem.%s", f->signature));
    td_install_add(n, "REVOKE ALL ON FUNCTION tandem.%s FROM PUBLIC", f->signature);
}

static size_t count_settings(const char *settings)
{
    size_t n = 1; /* search_path */
    for (const char *p = strstr(settings, " SET "); p != NULL; p = strstr(p + 1, " SET "))
        n++;
    return n;
}

static int is_there(struct td_installing *n, const struct function *f, bool *out, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(
        n->a, n->db,
        "SELECT p.prosrc = $2 AND p.prosecdef AND array_length(p.proconfig, 1) = $3::integer"
        " FROM pg_catalog.pg_proc p WHERE p.oid = to_regprocedure('tandem.' || $1)",
        (struct td_value[]){td_text(f->signature), td_text(f->body), td_int((int64_t)count_settings(f->settings))}, 3,
        &rows, err);
    *out = rc == TD_OK && td_rows_count(&rows) > 0 && td_rows_bool(&rows, 0, 0);
    return rc;
}

int td_install_functions(struct td_installing *n, struct td_err *err)
{
    const struct function all[] = {
        {"allowed(tenant text) RETURNS boolean LANGUAGE sql STABLE", "allowed(text)", allowed_body, ""},
        {"changed(tenant text, since text, only_tbl integer DEFAULT NULL) RETURNS TABLE (tbl integer, pk text)"
         " LANGUAGE plpgsql STABLE",
         "changed(text, text, integer)", changed_body(n), changed_settings(n)},
        {"renew() RETURNS uuid LANGUAGE plpgsql", "renew()", renew_body, ""},
        {TD_COMPACT_HEAD, TD_COMPACT_SIGNATURE, td_compact_body, TD_COMPACT_SETTINGS},
        {"mine() RETURNS SETOF text LANGUAGE sql STABLE ROWS 4", "mine()", mine_body, ""},
        {"refers(fk text, key text[]) RETURNS boolean LANGUAGE plpgsql", "refers(text, text[])", td_install_refers(n),
         " SET row_security = off"},
    };
    size_t count = sizeof all / sizeof *all - (n->devices ? 0 : 2);
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < count; i++) {
        bool there = false;
        rc = is_there(n, &all[i], &there, err);
        if (rc == TD_OK && !there)
            add_function(n, &all[i]);
    }
    return rc;
}
