#include "sync/deploy_postgres.h"

#include <ctype.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/rows.h"
#include "core/sql/tree.h"
#include "sync/install_postgres.h"
#include "sync/scope.h"

struct call {
    struct td_deploy_postgres *d;
    const struct td_deploy_moment *m;
    struct td_scopes scopes;
    const char *config; /* that the scopes are by */
};

/* ---- the scopes ---- */

static void close_config(void *config)
{
    td_config_close(config);
}

static int read_kept(struct call *c, struct td_err *err)
{
    struct td_deploy_postgres *d = c->d;
    struct td_rows rows = {0};
    if (d->kept != NULL && d->arena == c->m->arena)
        return TD_OK;
    int rc = td_rows_read(c->m->arena, c->m->db, "SELECT config FROM tandem.sync", NULL, 0, &rows, err);
    d->arena = c->m->arena;
    d->kept = rc == TD_OK && td_rows_count(&rows) > 0 ? td_rows_cell(&rows, 0, 0) : "{}";
    d->kept_config = NULL;
    if (rc == TD_OK)
        rc = td_config_parse(d->kept, strlen(d->kept), "tandem.sync", &d->kept_config, err);
    if (rc == TD_OK)
        td_arena_defer(c->m->arena, close_config, d->kept_config);
    return rc;
}

static int derive_by(struct call *c, const struct td_config *config, const char *tenant, struct td_err *err)
{
    int rc = td_scopes_derive(c->m->arena, c->m->catalog, config, tenant, &c->scopes, err);
    return rc == TD_OK ? td_scopes_check(&c->scopes, err) : rc;
}

static int derive(void *data, struct td_err *err)
{
    struct call *c = data;
    struct td_err other = {0};
    const struct td_config *mine = c->d->config;
    int rc = read_kept(c, err);
    if (rc != TD_OK)
        return rc;
    bool says = mine->sync_tenant != NULL || mine->sync_tables != NULL;
    const char *tenant = mine->sync_tenant != NULL ? mine->sync_tenant : c->d->kept_config->sync_tenant;
    if (says)
        rc = td_install_config(c->m->arena, mine, tenant, &c->config, err);
    if (says && rc == TD_OK)
        rc = derive_by(c, mine, tenant, err);
    if (rc == TD_ENOMEM || (says && rc == TD_OK))
        return rc;
    c->config = c->d->kept;
    rc = derive_by(c, c->d->kept_config, NULL, says ? &other : err);
    if (rc != TD_OK)
        td_err_wrap(err, "after the migration \"%s\"", c->m->migration->name);
    else
        td_err_clear(err);
    return rc;
}

static int plan(void *data, const struct td_deploy_moment *m, struct td_err *err)
{
    struct call c = {.d = data, .m = m};
    return td_arena_run(m->arena, derive, &c, err);
}

/* ---- after ---- */

static int after(void *data, const struct td_deploy_moment *m, struct td_err *err)
{
    struct call c = {.d = data, .m = m};
    int rc = td_arena_run(m->arena, derive, &c, err);
    if (rc == TD_OK)
        rc = td_install_postgres(m->arena, m->db, &c.scopes, c.config, NULL, err);
    return rc == TD_OK ? rc : td_err_wrap(err, "keeping sync in step");
}

/* ---- before ---- */

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Is the name somewhere in the text, as a word, in whatever letter case? More are found than are meant. */
static bool mentions(const char *text, size_t len, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; n > 0 && i + n <= len; i++)
        if (strncasecmp(text + i, name, n) == 0 && (i == 0 || !in_word(text[i - 1])) &&
            (i + n == len || !in_word(text[i + n])))
            return true;
    return false;
}

/* May it change what a table is? What our parser cannot read, or runs code, may do anything. */
static bool may_change(const struct td_sql_stmt *s)
{
    switch (s->node == NULL ? PG_QUERY__NODE__NODE__NOT_SET : s->node->node_case) {
    case PG_QUERY__NODE__NODE__NOT_SET:
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
    case PG_QUERY__NODE__NODE_RENAME_STMT:
    case PG_QUERY__NODE__NODE_DROP_STMT:
    case PG_QUERY__NODE__NODE_DO_STMT:
    case PG_QUERY__NODE__NODE_CALL_STMT: return true;
    default: return false;
    }
}

/* A column that the function behind the triggers names (n."tenant_id"), or the making of a partition. */
static bool is_in_the_way(const char *text, size_t len, const char *body)
{
    if (mentions(text, len, "partition") || mentions(text, len, "inherit"))
        return true;
    for (const char *p = strstr(body, ".\""); p != NULL; p = strstr(p + 1, ".\"")) {
        char name[128];
        size_t n = strcspn(p + 2, "\"");
        if (n >= sizeof name)
            return true;
        memcpy(name, p + 2, n);
        name[n] = '\0';
        if (mentions(text, len, name))
            return true;
    }
    return false;
}

/* The name that the table has after the statement. */
static const char *renamed(const struct td_sql_stmt *s, const char *table)
{
    bool is_rename = s->node != NULL && s->node->node_case == PG_QUERY__NODE__NODE_RENAME_STMT;
    const PgQuery__RenameStmt *r = is_rename ? s->node->rename_stmt : NULL;
    return r != NULL && r->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE && r->relation != NULL &&
                   strcmp(r->relation->relname, table) == 0
               ? r->newname
               : table;
}

static bool touches(const struct td_sql_file *f, const char *table, const char *body)
{
    for (size_t i = 0; i < f->len; table = renamed(&f->at[i++], table)) {
        const char *text = f->src.text + f->at[i].start;
        if (may_change(&f->at[i]) && mentions(text, f->at[i].len, table) && is_in_the_way(text, f->at[i].len, body))
            return true;
    }
    return false;
}

static const char *const captured_sql =
    "SELECT c.relname, p.prosrc, t.tgname, t.tgrelid::regclass::text FROM tandem.tblmap m"
    " JOIN pg_class c ON c.oid = m.relid JOIN pg_proc p ON p.pronamespace = to_regnamespace('tandem')"
    " AND p.proname = 'capture_' || m.tbl JOIN pg_trigger t ON t.tgfoid = p.oid AND t.tgparentid = 0 ORDER BY m.tbl";

static int drop_triggers(struct call *c, struct td_buf *sql, struct td_err *err)
{
    struct td_rows rows = {0};
    bool drop = false;
    int rc = td_rows_read(c->m->arena, c->m->db, captured_sql, NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        const char *table = td_rows_cell(&rows, i, 0), *body = td_rows_cell(&rows, i, 1);
        if (i == 0 || strcmp(body, td_rows_cell(&rows, i - 1, 1)) != 0)
            drop = touches(c->m->file, table, body);
        if (drop)
            td_buf_printf(sql, "DROP TRIGGER %s ON %s;", td_rows_cell(&rows, i, 2), td_rows_cell(&rows, i, 3));
    }
    return rc;
}

/* PostgreSQL refuses to change or drop a column that a policy uses. */
static const char *const used_sql =
    "SELECT DISTINCT y.polrelid::regclass::text, c.relname, a.attname FROM pg_policy y"
    " JOIN pg_class p ON p.oid = y.polrelid AND p.relnamespace <> to_regnamespace('tandem')"
    " JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = y.oid AND d.refclassid = 'pg_class'::regclass"
    " AND d.refobjsubid > 0 JOIN pg_class c ON c.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = c.oid"
    " AND a.attnum = d.refobjsubid WHERE y.polname = 'zz_tandem_device' ORDER BY 1";

static bool changes_column(const struct td_sql_file *f, const char *table, const char *column)
{
    for (size_t i = 0; i < f->len; table = renamed(&f->at[i++], table)) {
        const struct td_sql_stmt *s = &f->at[i];
        const char *text = f->src.text + s->start;
        bool drops = s->node != NULL && s->node->node_case == PG_QUERY__NODE__NODE_DROP_STMT;
        if (may_change(s) && mentions(text, s->len, table) && (drops || mentions(text, s->len, column)))
            return true;
    }
    return false;
}

/* Until the migration is done the policy lets devices see nothing: it is never away. */
static int park_policies(struct call *c, struct td_buf *sql, struct td_err *err)
{
    struct td_rows rows = {0};
    const char *parked = "";
    int rc = td_rows_read(c->m->arena, c->m->db, used_sql, NULL, 0, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        const char *table = td_rows_cell(&rows, i, 0);
        if (strcmp(parked, table) == 0 ||
            !changes_column(c->m->file, td_rows_cell(&rows, i, 1), td_rows_cell(&rows, i, 2)))
            continue;
        td_buf_printf(sql, "ALTER POLICY zz_tandem_device ON %s USING (false) WITH CHECK (false);", parked = table);
    }
    return rc;
}

static int clear_the_way(void *data, struct td_err *err)
{
    struct call *c = data;
    struct td_buf sql;
    bool may = false;
    for (size_t i = 0; i < c->m->file->len; i++)
        may = may || may_change(&c->m->file->at[i]);
    if (!may)
        return TD_OK;
    td_buf_init(&sql, c->m->arena);
    int rc = drop_triggers(c, &sql, err);
    if (rc == TD_OK)
        rc = park_policies(c, &sql, err);
    return rc == TD_OK && sql.len > 0 ? td_db_exec(c->m->db, td_buf_str(&sql), err) : rc;
}

static int before(void *data, const struct td_deploy_moment *m, struct td_err *err)
{
    struct call c = {.d = data, .m = m};
    int rc = td_arena_run(m->arena, clear_the_way, &c, err);
    return rc == TD_OK ? rc : td_err_wrap(err, "making way for the migration");
}

void td_deploy_postgres_init(struct td_deploy_postgres *d, const struct td_config *config)
{
    *d = (struct td_deploy_postgres){.hooks = {plan, before, after, NULL}, .config = config};
    d->hooks.data = d;
}
