/* Roles of devices: what they may do, and which rows they see.
 *
 * All are members of tandem_device. A policy that restricts that role alone lets through what is one of the tenants
 * that tandem.member grants to the session's user, which no setting changes. Where row-level security was off, a second
 * one lets everybody else see what they saw before; where it was on, the policies that were there stay, and devices
 * pass them. Foreign keys are checked by PostgreSQL with the owner's eyes: so what a row of a device refers to is
 * looked at as well, by tandem.refers(). */
#include <string.h>

#include "core/base/sha256.h"
#include "core/migrate/rows.h"
#include "sync/install_impl.h"
#include "sync/scope_sql.h"

#define ROLE "tandem_device"

/* ---- conditions ---- */

static void add_column(struct td_buf *b, const char *alias, const struct td_column *c)
{
    td_buf_printf(b, "%s%s", alias, alias[0] != '\0' ? "." : "");
    td_buf_ident(b, c->name);
}

static void add_columns(struct td_buf *b, const char *alias, const struct td_columns *v)
{
    td_buf_char(b, '(');
    for (size_t i = 0; i < v->len; i++) {
        td_buf_add(b, i > 0 ? ", " : "");
        add_column(b, alias, v->at[i]);
    }
    td_buf_char(b, ')');
}

static void add_mine(struct td_buf *b, const char *alias, const struct td_column *c)
{
    add_column(b, alias, c);
    td_buf_add(b, " IN (SELECT m");
    td_scope_add_cast(c, b);
    td_buf_add(b, " FROM tandem.mine() m)");
}

/* Of the table itself: what it goes through is seen under its own policy. */
static void add_own(const struct td_scope *s, struct td_buf *b)
{
    if (s->kind == TD_SCOPE_TENANT) {
        add_mine(b, "", s->columns.at[0]);
        return;
    }
    add_columns(b, "", &s->columns);
    td_buf_add(b, " IN (SELECT ");
    for (size_t i = 0; i < s->through_columns.len; i++) {
        td_buf_add(b, i > 0 ? ", " : "");
        add_column(b, "p", s->through_columns.at[i]);
    }
    td_buf_add(b, " FROM ");
    td_scope_add_table(s->through->table, b);
    td_buf_add(b, " p)");
}

/* The same for the owner, who sees all. */
static void add_whole(const struct td_scope *s, const char *alias, unsigned depth, struct td_buf *b)
{
    struct td_buf inner = {0};
    if (s->kind == TD_SCOPE_TENANT) {
        add_mine(b, alias, s->columns.at[0]);
        return;
    }
    td_buf_printf(&inner, "p%u", depth);
    add_columns(b, alias, &s->columns);
    td_buf_add(b, " IN (SELECT ");
    for (size_t i = 0; i < s->through_columns.len; i++) {
        td_buf_add(b, i > 0 ? ", " : "");
        add_column(b, td_buf_str(&inner), s->through_columns.at[i]);
    }
    td_buf_add(b, " FROM ");
    td_scope_add_table(s->through->table, b);
    td_buf_printf(b, " %s WHERE ", td_buf_str(&inner));
    add_whole(s->through, td_buf_str(&inner), depth + 1, b);
    td_buf_char(b, ')');
    td_buf_deinit(&inner);
}

static bool is_somebodys(const struct td_scope *s)
{
    return s != NULL && (s->kind == TD_SCOPE_TENANT || s->kind == TD_SCOPE_MEMBERSHIP || s->kind == TD_SCOPE_PATH);
}

/* Does the key itself see to it that both rows are one tenant's? */
static bool maps_tenant(const struct td_scope *s, const struct td_scope *ref, const struct td_constraint *k)
{
    if (k == s->by)
        return true;
    for (size_t i = 0; s->kind == TD_SCOPE_TENANT && ref->kind == TD_SCOPE_TENANT && i < k->columns.len; i++)
        if (k->columns.at[i]->id == s->columns.at[0]->id && k->ref_columns.at[i]->id == ref->columns.at[0]->id)
            return true;
    return false;
}

/* The table that a foreign key leads to, if its rows must be looked at; else NULL. */
static const struct td_scope *looked_at(const struct td_installing *n, const struct td_scope *s,
                                        const struct td_constraint *k)
{
    const struct td_scope *ref =
        k->kind == TD_K_FOREIGN && (k->on & TD_ON_POSTGRES) != 0 ? td_scope_of(n->scopes, k->ref) : NULL;
    return is_somebodys(ref) && !maps_tenant(s, ref, k) ? ref : NULL;
}

static void add_key_name(struct td_buf *b, const struct td_scope *s, const struct td_constraint *k)
{
    struct td_buf name = {0};
    td_buf_printf(&name, "%s.%s.%s", s->table->schema, s->table->name, k->name);
    td_buf_lit(b, td_buf_str(&name));
    td_buf_deinit(&name);
}

/* AND (a IS NULL OR tandem.refers('public.tasks.tasks_fkey', ARRAY[a::text])) for each such key. */
static void add_references(const struct td_installing *n, const struct td_scope *s, struct td_buf *b)
{
    for (size_t i = 0; i < s->table->constraints.len; i++) {
        const struct td_constraint *k = s->table->constraints.at[i];
        if (looked_at(n, s, k) == NULL)
            continue;
        td_buf_add(b, " AND (");
        for (size_t j = 0; j < k->columns.len; j++) {
            add_column(b, "", k->columns.at[j]);
            td_buf_add(b, " IS NULL OR ");
        }
        td_buf_add(b, "tandem.refers(");
        add_key_name(b, s, k);
        td_buf_add(b, ", ARRAY[");
        for (size_t j = 0; j < k->columns.len; j++) {
            td_buf_add(b, j > 0 ? ", " : "");
            add_column(b, "", k->columns.at[j]);
            td_buf_add(b, "::text");
        }
        td_buf_add(b, "]))");
    }
}

/* ---- refers() ---- */

/* Where both rows may come in one statement, or either first, one that is not there is left to the key itself. */
static bool may_come_later(const struct td_scope *s, const struct td_constraint *k)
{
    return k->ref->id == s->table->id || k->deferrable;
}

static void add_match(const struct td_constraint *k, struct td_buf *b)
{
    for (size_t i = 0; i < k->ref_columns.len; i++) {
        td_buf_add(b, i > 0 ? " AND " : "");
        add_column(b, "r", k->ref_columns.at[i]);
        td_buf_printf(b, " = ($2[%zu])", i + 1);
        td_scope_add_cast(k->ref_columns.at[i], b);
    }
}

static void add_case(const struct td_scope *s, const struct td_scope *ref, const struct td_constraint *k,
                     struct td_buf *b)
{
    td_buf_add(b, "  WHEN ");
    add_key_name(b, s, k);
    td_buf_add(b, " THEN\n    RETURN EXISTS (SELECT FROM ");
    td_scope_add_table(ref->table, b);
    td_buf_add(b, " r WHERE ");
    add_match(k, b);
    td_buf_add(b, " AND ");
    add_whole(ref, "r", 1, b);
    td_buf_char(b, ')');
    if (may_come_later(s, k)) {
        td_buf_add(b, " OR NOT EXISTS (SELECT FROM ");
        td_scope_add_table(ref->table, b);
        td_buf_add(b, " r WHERE ");
        add_match(k, b);
        td_buf_char(b, ')');
    }
    td_buf_add(b, ";\n");
}

const char *td_install_refers(struct td_installing *n)
{
    struct td_buf b;
    td_buf_init(&b, n->a);
    /* a CASE needs a WHEN, also where no key is looked at */
    td_buf_add(&b, "BEGIN\n  CASE $1\n  WHEN NULL THEN\n    RETURN false;\n");
    for (size_t i = 0; i < n->at.len; i++) {
        const struct td_scope *s = n->at.at[i].s;
        for (size_t k = 0; k < s->table->constraints.len; k++) {
            const struct td_scope *ref = looked_at(n, s, s->table->constraints.at[k]);
            if (ref != NULL)
                add_case(s, ref, s->table->constraints.at[k], &b);
        }
    }
    td_buf_add(&b, "  ELSE\n    RETURN false;\n  END CASE;\nEND");
    return td_buf_str(&b);
}

/* ---- one table ---- */

/* The policies, grants and the switch as they are, in one digest. */
#define STATE(c)                                                                                                       \
    "md5(concat_ws(' ', " c ".relrowsecurity, (SELECT string_agg(concat_ws('|', y.polname, y.polcmd, y.polpermissive," \
    " y.polroles, y.polqual, y.polwithcheck), ';' ORDER BY y.polname) FROM pg_policy y WHERE y.polrelid = " c ".oid"   \
    " AND y.polname ~ '^zz_tandem_'), (SELECT string_agg(x.privilege_type, ',' ORDER BY x.privilege_type)"             \
    " FROM aclexplode(" c ".relacl) x JOIN pg_roles g ON g.oid = x.grantee WHERE g.rolname = '" ROLE "')))"

static void add_policies(const struct td_installing *n, const struct td_installed *t, bool was_on,
                         struct td_strings *out)
{
    struct td_buf own, b;
    bool shared = t->s->kind == TD_SCOPE_SHARED;
    td_buf_init(&own, n->a);
    td_buf_init(&b, n->a);
    td_strings_add(n->a, out,
                   td_arena_printf(n->a, "GRANT %s ON %s TO " ROLE,
                                   shared ? "SELECT" : "SELECT, INSERT, UPDATE, DELETE", t->name));
    if (was_on)
        td_strings_add(n->a, out,
                       td_arena_printf(n->a, "CREATE POLICY zz_tandem_grant ON %s FOR %s TO " ROLE " USING (true)%s",
                                       t->name, shared ? "SELECT" : "ALL", shared ? "" : " WITH CHECK (true)"));
    if (shared)
        return;
    if (!was_on)
        td_strings_add(n->a, out,
                       td_arena_printf(n->a,
                                       "CREATE POLICY zz_tandem_others ON %s TO PUBLIC USING (true)"
                                       " WITH CHECK (true)",
                                       t->name));
    add_own(t->s, &own);
    td_buf_printf(&b, "CREATE POLICY zz_tandem_device ON %s AS RESTRICTIVE TO " ROLE " USING (%s) WITH CHECK (%s",
                  t->name, td_buf_str(&own), td_buf_str(&own));
    add_references(n, t->s, &b);
    td_buf_char(&b, ')');
    td_strings_add(n->a, out, td_buf_str(&b));
    td_strings_add(n->a, out, td_arena_printf(n->a, "ALTER TABLE %s ENABLE ROW LEVEL SECURITY", t->name));
}

static void drop_policies(struct td_installing *n, const char *table)
{
    static const char *const names[] = {"others", "grant", "device"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        td_install_add(n, "DROP POLICY IF EXISTS zz_tandem_%s ON %s", names[i], table);
}

static const char *digest(struct td_arena *a, const struct td_strings *v)
{
    char hex[TD_SHA256_HEX];
    struct td_sha256 h;
    td_sha256_start(&h);
    for (size_t i = 0; i < v->len; i++)
        td_sha256_add(&h, v->at[i], strlen(v->at[i]) + 1);
    td_sha256_finish(&h, hex);
    return td_arena_printf(a, "%.16s", hex);
}

static bool starts(const char *text, const char *with)
{
    return text != NULL && strncmp(text, with, strlen(with)) == 0;
}

/* tblmap.rows: "off WANTED STATE", "on ...", or "hand ..." where somebody had switched it on without a migration. What
 * migrations say goes before what was found. */
static const char *was(const struct td_installed *t, const char *rows, bool on_now)
{
    if (t->s->table->row_security)
        return "on";
    if (rows == NULL)
        return on_now ? "hand" : "off";
    return starts(rows, "hand ") ? "hand" : "off";
}

static int dormant(const struct td_installed *t, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_DORMANT, "the table %s has policies, but row-level security is switched off", t->name);
    td_err_why(err, "devices need it switched on, and then the policies would count for everybody");
    return td_err_next(err, "drop the policies, or  ALTER TABLE %s ENABLE ROW LEVEL SECURITY", t->name);
}

enum { R_ON, R_ROWS, R_STATE, R_OTHERS };

static int install_table(struct td_installing *n, const struct td_installed *t, const struct td_rows *rows, size_t i,
                         struct td_err *err)
{
    struct td_strings sql = {0};
    const char *have = td_rows_cell(rows, i, R_ROWS), *state = td_rows_cell(rows, i, R_STATE);
    bool on_now = td_rows_bool(rows, i, R_ON);
    const char *before = was(t, have, on_now);
    bool off = strcmp(before, "off") == 0;
    if (off && t->s->kind != TD_SCOPE_SHARED && td_rows_int(rows, i, R_OTHERS) > 0)
        return dormant(t, err);
    add_policies(n, t, !off, &sql);
    const char *wanted = td_arena_printf(n->a, "%s %s ", before, digest(n->a, &sql));
    if (have != NULL && strcmp(have, td_arena_printf(n->a, "%s%s", wanted, state)) == 0)
        return TD_OK;
    if (have != NULL) {
        drop_policies(n, t->name);
        td_install_add(n, "REVOKE ALL ON %s FROM " ROLE, t->name);
    }
    if (off && on_now && t->s->kind == TD_SCOPE_SHARED)
        td_install_add(n, "ALTER TABLE %s DISABLE ROW LEVEL SECURITY", t->name);
    for (size_t k = 0; k < sql.len; k++)
        td_install_add(n, "%s", sql.at[k]);
    td_install_add(
        n,
        "UPDATE tandem.tblmap m SET rows = '%s' || (SELECT " STATE("c") " FROM pg_class c"
                                                                        " WHERE c.oid = m.relid) WHERE m.tbl = %lld",
        wanted, (long long)t->number);
    return TD_OK;
}

static int install_tables(struct td_installing *n, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_buf b;
    td_buf_init(&b, n->a);
    td_buf_printf(&b,
                  "SELECT c.relrowsecurity, %s, " STATE(
                      "c") ", (SELECT count(*) FROM pg_policy y"
                           " WHERE y.polrelid = c.oid AND y.polname !~ '^zz_tandem_') FROM (VALUES ",
                  n->has_map ? "(SELECT m.rows FROM tandem.tblmap m WHERE m.relid = c.oid)" : "NULL");
    for (size_t i = 0; i < n->at.len; i++) {
        td_buf_printf(&b, "%s(%zu, ", i > 0 ? ", " : "", i);
        td_buf_lit(&b, n->at.at[i].name);
        td_buf_char(&b, ')');
    }
    td_buf_add(&b, ") v (i, name) JOIN pg_class c ON c.oid = to_regclass(v.name) ORDER BY v.i");
    int rc = td_rows_read(n->a, n->db, td_buf_str(&b), NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < n->at.len; i++)
        rc = install_table(n, &n->at.at[i], &rows, i, err);
    return rc;
}

/* ---- schemas, and tables of ours ---- */

static int grant_schemas(struct td_installing *n, struct td_err *err)
{
    struct td_map seen = {0};
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i <= n->at.len; i++) {
        const char *schema = i == 0 ? "tandem" : n->at.at[i - 1].s->table->schema;
        struct td_rows rows = {0};
        struct td_buf b;
        if (td_map_get(&seen, schema) != NULL)
            continue;
        td_map_put(n->a, &seen, schema, n);
        rc = td_rows_read(n->a, n->db,
                          "SELECT 1 FROM pg_namespace s, aclexplode(s.nspacl) x JOIN pg_roles g ON g.oid = x.grantee"
                          " WHERE s.nspname = $1 AND g.rolname = '" ROLE "' AND x.privilege_type = 'USAGE'",
                          (struct td_value[]){td_text(schema)}, 1, &rows, err);
        if (rc != TD_OK || td_rows_count(&rows) > 0)
            continue;
        td_buf_init(&b, n->a);
        td_buf_add(&b, "GRANT USAGE ON SCHEMA ");
        td_buf_ident(&b, schema);
        td_buf_add(&b, " TO " ROLE);
        td_install_add_buf(n, &b);
    }
    return rc;
}

static const struct {
    const char *table, *privileges, *policy;
} ours[] = {
    {"sync", "SELECT", NULL},
    {"tblmap", "SELECT", NULL},
    {"migrations", "SELECT", NULL},
    {"migration_text", "SELECT", NULL},
    /* not its state, tenant or role */
    {"device",
     "SELECT, INSERT, UPDATE (name, nonce, nonce_before, batch, batch_id, result, acked, acked_at, migration, seen_at)",
     "role = session_user AND tandem.allowed(tenant)"},
    {"conflict", "SELECT, INSERT", "tandem.allowed(tenant) AND device IN (SELECT d.id FROM tandem.device d)"},
};

/* Which of them are there, and have what devices need? */
static int grant_ours(struct td_installing *n, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < sizeof ours / sizeof *ours; i++) {
        bool guarded = ours[i].policy != NULL;
        rc = td_rows_read(n->a, n->db,
                          "SELECT EXISTS (SELECT FROM aclexplode(c.relacl) x JOIN pg_roles g ON g.oid = x.grantee"
                          " WHERE g.rolname = '" ROLE "' AND x.privilege_type = 'SELECT'), c.relrowsecurity AND EXISTS"
                          " (SELECT FROM pg_policy y WHERE y.polrelid = c.oid AND y.polname = 'zz_tandem_device')"
                          " FROM pg_class c WHERE c.relnamespace = to_regnamespace('tandem') AND c.relname = $1",
                          (struct td_value[]){td_text(ours[i].table)}, 1, &rows, err);
        bool there = rc == TD_OK && td_rows_count(&rows) > 0;
        bool made = strcmp(ours[i].table, "migrations") != 0 && strcmp(ours[i].table, "migration_text") != 0;
        if (rc != TD_OK || (!there && !made))
            continue; /* Prisma's history */
        if (!there || !td_rows_bool(&rows, 0, 0))
            td_install_add(n, "GRANT %s ON tandem.%s TO " ROLE, ours[i].privileges, ours[i].table);
        if (!guarded || (there && td_rows_bool(&rows, 0, 1)))
            continue;
        td_install_add(n, "DROP POLICY IF EXISTS zz_tandem_device ON tandem.%s", ours[i].table);
        td_install_add(n, "CREATE POLICY zz_tandem_device ON tandem.%s TO " ROLE " USING (%s) WITH CHECK (%s)",
                       ours[i].table, ours[i].policy, ours[i].policy);
        td_install_add(n, "ALTER TABLE tandem.%s ENABLE ROW LEVEL SECURITY", ours[i].table);
    }
    return rc;
}

static int grant_functions(struct td_installing *n, struct td_err *err)
{
    static const char *const functions[] = {
        "changed(text, text, integer)", "allowed(text)", "mine()", "renew()", "compact(boolean)",
        "refers(text, text[])"};
    struct td_rows rows = {0};
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < sizeof functions / sizeof *functions; i++) {
        rc = td_rows_read(n->a, n->db,
                          "SELECT 1 FROM pg_proc p, aclexplode(p.proacl) x JOIN pg_roles g ON g.oid = x.grantee"
                          " WHERE p.oid = to_regprocedure('tandem.' || $1) AND g.rolname = '" ROLE "'",
                          (struct td_value[]){td_text(functions[i])}, 1, &rows, err);
        if (rc == TD_OK && td_rows_count(&rows) == 0)
            td_install_add(n, "GRANT EXECUTE ON FUNCTION tandem.%s TO " ROLE, functions[i]);
    }
    return rc;
}

int td_install_has_devices(struct td_installing *n, bool *out, struct td_err *err)
{
    int64_t count = 0;
    *out = false;
    int rc = n->has_map ? td_db_query_int(n->db, "SELECT count(*) FROM tandem.tblmap WHERE rows IS NOT NULL", NULL, 0,
                                          &count, err)
                        : TD_OK;
    *out = count > 0;
    return rc;
}

int td_install_devices(struct td_installing *n, struct td_err *err)
{
    int64_t there = 0;
    int rc = td_db_query_int(n->db, "SELECT count(*) FROM pg_roles WHERE rolname = '" ROLE "'", NULL, 0, &there, err);
    if (rc == TD_OK && there == 0)
        td_install_add(n, "CREATE ROLE " ROLE " NOLOGIN");
    if (rc == TD_OK)
        rc = grant_schemas(n, err);
    if (rc == TD_OK)
        rc = grant_ours(n, err);
    if (rc == TD_OK)
        rc = grant_functions(n, err);
    return rc == TD_OK ? install_tables(n, err) : rc;
}

/* ---- away ---- */

/* Of one table that has a `rows`, by its name as SQL. */
static void forget_rows(struct td_installing *n, const char *table, const char *rows)
{
    drop_policies(n, table);
    if (starts(rows, "off "))
        td_install_add(n, "ALTER TABLE %s DISABLE ROW LEVEL SECURITY", table);
    td_install_add(n, "REVOKE ALL ON %s FROM " ROLE, table);
}

int td_install_forget_devices(struct td_installing *n, bool all, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = n->has_map
                 ? td_rows_read(n->a, n->db,
                                "SELECT m.tbl, c.oid::regclass::text, m.rows FROM tandem.tblmap m JOIN pg_class c"
                                " ON c.oid = m.relid WHERE m.rows IS NOT NULL ORDER BY m.tbl",
                                NULL, 0, &rows, err)
                 : TD_OK;
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        bool stays = false;
        for (size_t k = 0; !all && k < n->at.len; k++)
            stays = stays || n->at.at[k].number == td_rows_int(&rows, i, 0);
        if (!stays)
            forget_rows(n, td_rows_cell(&rows, i, 1), td_rows_cell(&rows, i, 2));
    }
    if (rc != TD_OK || !all || td_rows_count(&rows) == 0)
        return rc;
    rc = td_rows_read(n->a, n->db,
                      "SELECT quote_ident(s.nspname) FROM pg_namespace s, aclexplode(s.nspacl) x JOIN pg_roles g"
                      " ON g.oid = x.grantee WHERE g.rolname = '" ROLE "'",
                      NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        td_install_add(n, "REVOKE USAGE ON SCHEMA %s FROM " ROLE, td_rows_cell(&rows, i, 0));
    if (rc == TD_OK)
        rc = td_rows_read(n->a, n->db,
                          "SELECT quote_ident(c.relname) FROM pg_class c, aclexplode(c.relacl) x JOIN pg_roles g"
                          " ON g.oid = x.grantee WHERE c.relnamespace = to_regnamespace('tandem')"
                          " AND c.relname IN ('migrations', 'migration_text') AND g.rolname = '" ROLE "'",
                          NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        td_install_add(n, "REVOKE ALL ON tandem.%s FROM " ROLE, td_rows_cell(&rows, i, 0));
    return rc;
}

/* The roles of this database's devices; the group's, if no other database has any. What cannot be dropped stays. */
void td_install_drop_roles(struct td_installing *n)
{
    td_install_add(
        n, "%s",
        "DO $$ DECLARE r name; BEGIN FOR r IN SELECT a.rolname FROM pg_roles a WHERE"
        " shobj_description(a.oid, 'pg_authid') = 'tandem: device of ' || current_database()"
        " UNION ALL SELECT a.rolname FROM pg_roles a WHERE a.rolname = '" ROLE "' AND NOT EXISTS (SELECT FROM"
        " pg_auth_members m JOIN pg_roles d ON d.oid = m.member WHERE m.roleid = a.oid AND NOT m.admin_option"
        " AND shobj_description(d.oid, 'pg_authid') IS DISTINCT FROM 'tandem: device of ' ||"
        " current_database()) LOOP BEGIN EXECUTE format('DROP ROLE %I', r); EXCEPTION WHEN"
        " dependent_objects_still_exist OR insufficient_privilege OR object_in_use THEN NULL; END;"
        " END LOOP; END $$");
}
