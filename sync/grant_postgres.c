#include "sync/grant_postgres.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/rows.h"
#include "sync/install_postgres.h"
#include "sync/scope_sql.h"

struct granting {
    struct td_arena *a;
    struct td_db *db;
    const struct td_scopes *scopes;
    const struct td_grant *g;
    const char **role;
    bool exists;
    const char *tenant; /* as PostgreSQL prints the key */
};

static int check_createrole(struct td_arena *a, struct td_db *db, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(a, db,
                          "SELECT rolsuper OR rolcreaterole, quote_ident(rolname) FROM pg_roles"
                          " WHERE rolname = current_user",
                          NULL, 0, &rows, err);
    if (rc != TD_OK || td_rows_bool(&rows, 0, 0))
        return rc;
    td_err_set(err, TD_C_SYNC_RIGHTS, "the role %s lacks rights: CREATEROLE", td_rows_cell(&rows, 0, 1));
    td_err_why(err, "each device has a role of its own");
    return td_err_next(err, "let a superuser run  ALTER ROLE %s CREATEROLE", td_rows_cell(&rows, 0, 1));
}

#define IS_OURS "shobj_description(r.oid, 'pg_authid') = 'tandem: device of ' || current_database()"

/* The device's name; where somebody else has that, with the database's behind it. */
static int role_names(struct td_arena *a, struct td_db *db, const char *device, const char *out[2], struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(a, db, "SELECT $1::name, ($1 || '_' || current_database())::name",
                          (struct td_value[]){td_text(device)}, 1, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < 2; i++)
        out[i] = td_rows_cell(&rows, 0, i);
    return rc;
}

/* One that is free, or ours, or of a database that is no more. */
static int look_at_role(struct granting *w, struct td_err *err)
{
    const char *names[2] = {NULL, NULL};
    int rc = role_names(w->a, w->db, w->g->device, names, err);
    for (int i = 0; rc == TD_OK && i < 2; i++) {
        struct td_rows rows = {0};
        rc = td_rows_read(w->a, w->db,
                          "SELECT coalesce(" IS_OURS
                          " OR NOT EXISTS (SELECT FROM pg_database d WHERE 'tandem: device of '"
                          " || d.datname = shobj_description(r.oid, 'pg_authid')) AND"
                          " shobj_description(r.oid, 'pg_authid') LIKE 'tandem: device of %', false)"
                          " FROM pg_roles r WHERE r.rolname = $1",
                          (struct td_value[]){td_text(names[i])}, 1, &rows, err);
        w->exists = rc == TD_OK && td_rows_count(&rows) > 0;
        if (rc != TD_OK || (w->exists && !td_rows_bool(&rows, 0, 0)))
            continue;
        *w->role = names[i];
        return TD_OK;
    }
    if (rc != TD_OK)
        return rc;
    td_err_set(err, TD_C_SYNC_ROLE, "the role \"%s\" exists, and is no device of this database", w->g->device);
    return td_err_next(err, "give the device another name");
}

static int find_tenant(struct granting *w, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_buf b;
    td_buf_init(&b, w->a);
    td_buf_add(&b, "SELECT t.");
    td_buf_ident(&b, w->scopes->tenant_key->name);
    td_buf_add(&b, "::text FROM ");
    td_scope_add_table(w->scopes->tenant, &b);
    td_buf_add(&b, " t WHERE t.");
    td_buf_ident(&b, w->scopes->tenant_key->name);
    td_buf_add(&b, " = ($1::text)");
    td_scope_add_cast(w->scopes->tenant_key, &b);
    int rc = td_rows_read(w->a, w->db, td_buf_str(&b), (struct td_value[]){td_text(w->g->tenant)}, 1, &rows, err);
    if (rc != TD_OK)
        return rc;
    if (td_rows_count(&rows) == 0)
        return td_err_set(err, TD_C_SYNC_NO_TENANT, "there is no tenant \"%s\" in \"%s\"", w->g->tenant,
                          w->scopes->tenant->name);
    w->tenant = td_rows_cell(&rows, 0, 0);
    return TD_OK;
}

static int check(void *data, struct td_err *err)
{
    struct granting *w = data;
    int rc = check_createrole(w->a, w->db, err);
    if (rc == TD_OK)
        rc = find_tenant(w, err);
    return rc == TD_OK ? look_at_role(w, err) : rc;
}

static int make_role(void *data, struct td_err *err)
{
    struct granting *w = data;
    struct td_rows rows = {0};
    struct td_buf b;
    td_buf_init(&b, w->a);
    td_buf_add(&b, w->exists ? "ALTER ROLE " : "CREATE ROLE ");
    td_buf_ident(&b, *w->role);
    td_buf_add(&b, " LOGIN PASSWORD ");
    td_buf_lit(&b, w->g->password);
    td_buf_add(&b, w->exists ? ";" : " IN ROLE tandem_device;");
    int rc = td_db_exec(w->db, td_buf_str(&b), err);
    if (rc == TD_OK)
        rc = td_rows_read(w->a, w->db, "SELECT quote_literal('tandem: device of ' || current_database())", NULL, 0,
                          &rows, err);
    if (rc != TD_OK)
        return rc;
    td_buf_reset(&b);
    td_buf_add(&b, "COMMENT ON ROLE ");
    td_buf_ident(&b, *w->role);
    td_buf_printf(&b, " IS %s", td_rows_cell(&rows, 0, 0));
    return td_db_exec(w->db, td_buf_str(&b), err);
}

int td_grant_postgres(struct td_arena *a, struct td_db *db, const struct td_scopes *scopes, const char *config,
                      const struct td_grant *g, const char **role_out, struct td_err *err)
{
    struct granting w = {.a = a, .db = db, .scopes = scopes, .g = g, .role = role_out};
    int rc = td_arena_run(a, check, &w, err);
    if (rc == TD_OK)
        rc = td_install_postgres_devices(a, db, scopes, config, err);
    if (rc == TD_OK)
        rc = td_arena_run(a, make_role, &w, err);
    return rc == TD_OK
               ? td_db_run(db, "INSERT INTO tandem.member (role, tenant) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                           (struct td_value[]){td_text(*role_out), td_text(w.tenant)}, 2, err)
               : rc;
}

struct revoking {
    struct td_arena *a;
    struct td_db *db;
    const char *device, *tenant;
    bool *gone;
};

static int no_device(const struct revoking *r, struct td_err *err)
{
    if (r->tenant == NULL)
        return td_err_set(err, TD_C_SYNC_NO_DEVICE, "there is no device \"%s\"", r->device);
    return td_err_set(err, TD_C_SYNC_NO_DEVICE, "the device \"%s\" has no grant for the tenant \"%s\"", r->device,
                      r->tenant);
}

/* Its sessions go on, and see nothing any more. */
static int drop_role(struct revoking *r, struct td_err *err)
{
    struct td_rows rows = {0};
    struct td_buf b;
    td_buf_init(&b, r->a);
    int rc = td_db_run(r->db, "UPDATE tandem.device SET state = 'revoked' WHERE role = $1",
                       (struct td_value[]){td_text(r->device)}, 1, err);
    if (rc == TD_OK)
        rc = td_rows_read(r->a, r->db, "SELECT 1 FROM pg_roles r WHERE r.rolname = $1 AND " IS_OURS,
                          (struct td_value[]){td_text(r->device)}, 1, &rows, err);
    if (rc != TD_OK || td_rows_count(&rows) == 0)
        return rc;
    rc = check_createrole(r->a, r->db, err);
    td_buf_add(&b, "DROP ROLE ");
    td_buf_ident(&b, r->device);
    if (rc == TD_OK)
        rc = td_db_exec(r->db, td_buf_str(&b), err);
    *r->gone = rc == TD_OK;
    return rc;
}

/* By which of its names does it have grants here? */
static int find_role(struct revoking *r, struct td_err *err)
{
    const char *names[2] = {NULL, NULL};
    struct td_rows rows = {0};
    int rc = role_names(r->a, r->db, r->device, names, err);
    if (rc == TD_OK)
        rc = td_rows_read(r->a, r->db,
                          "SELECT role FROM tandem.member WHERE role IN ($1, $2) ORDER BY role = $1 DESC LIMIT 1",
                          (struct td_value[]){td_text(names[0]), td_text(names[1])}, 2, &rows, err);
    if (rc == TD_OK && td_rows_count(&rows) == 0)
        return no_device(r, err);
    if (rc == TD_OK)
        r->device = td_rows_cell(&rows, 0, 0);
    return rc;
}

static int revoke(void *data, struct td_err *err)
{
    struct revoking *r = data;
    struct td_rows rows = {0};
    int rc = find_role(r, err);
    if (rc != TD_OK)
        return rc;
    struct td_value v[] = {td_text(r->device), r->tenant != NULL ? td_text(r->tenant) : td_null()};
    rc = td_rows_read(r->a, r->db,
                      "DELETE FROM tandem.member WHERE role = $1 AND ($2::text IS NULL OR tenant = lower($2::text)"
                      " OR tenant = $2::text) RETURNING 1",
                      v, 2, &rows, err);
    if (rc == TD_OK && td_rows_count(&rows) == 0)
        return no_device(r, err);
    if (rc == TD_OK && r->tenant != NULL)
        rc =
            td_db_run(r->db, "UPDATE tandem.device SET state = 'revoked' WHERE role = $1 AND tenant IN ($2, lower($2))",
                      v, 2, err);
    if (rc == TD_OK)
        rc = td_rows_read(r->a, r->db, "SELECT 1 FROM tandem.member WHERE role = $1", v, 1, &rows, err);
    return rc == TD_OK && td_rows_count(&rows) == 0 ? drop_role(r, err) : rc;
}

int td_revoke_postgres(struct td_arena *a, struct td_db *db, const char *device, const char *tenant,
                       bool *role_gone_out, struct td_err *err)
{
    *role_gone_out = false;
    return td_arena_run(a, revoke, &(struct revoking){a, db, device, tenant, role_gone_out}, err);
}

/* PUBLIC is everybody, devices too. */
static const char *const beyond_sql =
    "SELECT 'every role may make objects in the schema ' || s.nspname || ', devices too:  REVOKE CREATE ON SCHEMA ' ||"
    " quote_ident(s.nspname) || ' FROM PUBLIC' FROM pg_namespace s WHERE s.nspname !~ '^pg_' AND"
    " has_schema_privilege('tandem_device', s.oid, 'CREATE')"
    " UNION ALL SELECT 'every role may read ' || c.oid::regclass || ', devices too, and it does not travel:  REVOKE ALL"
    " ON ' || c.oid::regclass || ' FROM PUBLIC' FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND s.nspname NOT IN ('pg_catalog', 'information_schema', 'tandem')"
    " AND s.nspname !~ '^pg_' AND has_schema_privilege('tandem_device', s.oid, 'USAGE')"
    " AND has_table_privilege('tandem_device', c.oid, 'SELECT, INSERT, UPDATE, DELETE')"
    " AND NOT EXISTS (SELECT FROM tandem.tblmap m WHERE m.relid = c.oid)";

static int read_warnings(struct td_arena *a, struct td_db *db, struct td_strings *out, struct td_err *err)
{
    struct td_rows rows = {0};
    *out = (struct td_strings){0};
    int rc = td_rows_read(a, db, beyond_sql, NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        td_strings_add(a, out, td_rows_cell(&rows, i, 0));
    return rc;
}

struct warning {
    struct td_arena *a;
    struct td_db *db;
    struct td_strings *out;
};

static int run_warnings(void *data, struct td_err *err)
{
    struct warning *w = data;
    return read_warnings(w->a, w->db, w->out, err);
}

int td_grant_warnings(struct td_arena *a, struct td_db *db, struct td_strings *out, struct td_err *err)
{
    return td_arena_run(a, run_warnings, &(struct warning){a, db, out}, err);
}
