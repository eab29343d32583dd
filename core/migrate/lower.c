#include "core/migrate/lower.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/nearest.h"
#include "core/base/utf8.h"
#include "core/catalog/edit.h"
#include "core/migrate/lower_impl.h"
#include "core/migrate/units.h"
#include "core/sql/sqlite_text.h"
#include "core/sql/tree.h"

const char *td_fate_name(enum td_fate fate)
{
    static const char *const names[] = {"carried", "rebuilt", "skipped", "refused"};
    return names[fate];
}

int td_lowering_open(struct td_arena *a, struct td_skip skip, struct td_lowering **out, struct td_err *err)
{
    (void)err;
    struct td_lowering *l = td_arena_new(a, struct td_lowering);
    l->arena = a;
    l->skip = skip;
    td_catalog_init(&l->catalog, a);
    *out = l;
    return TD_OK;
}

struct td_catalog *td_lowering_catalog(struct td_lowering *l)
{
    return &l->catalog;
}

/* ---- fates ---- */

static void set_fate(struct td_lowering *l, enum td_fate fate, const char *reason)
{
    if (fate < l->fate->fate)
        return;
    l->fate->fate = fate;
    l->fate->reason = reason;
}

static void refuse(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err)
{
    struct td_err *kept = td_arena_new(l->arena, struct td_err);
    if (err->line == 0)
        td_err_source(err, &l->file->src, s->start, s->len < 80 ? s->len : 0);
    if (err->why[0] == '\0' && err->rc == TD_ESYNTAX)
        td_err_why(err, "SQLite's side is made from what PostgreSQL 15's grammar takes");
    if (err->why[0] == '\0' && err->sqlstate[0] != '\0')
        td_err_why(err, "PostgreSQL refuses it, too");
    if (err->next[0] == '\0')
        td_err_next(err, "mark it PostgreSQL-only with  -- tandem: postgres   or   tandem explain %s",
                    td_code_info(err->code)->number);
    l->fate->err = kept;
    l->fate->fate = TD_REFUSED;
    l->fate->reason = kept->message;
    *kept = *err;
    td_lowering_say_cause(l, s, kept);
}

/* ---- what is left out ---- */

static const char *kind_word(enum td_stmt_kind kind)
{
    switch (kind) {
    case TD_ST_FUNCTION: return "function";
    case TD_ST_PROCEDURE: return "procedure";
    case TD_ST_TRIGGER: return "trigger";
    case TD_ST_DO: return "do";
    case TD_ST_POLICY: return "policy";
    case TD_ST_PARTITION: return "partition";
    case TD_ST_EXCLUSION: return "exclusion";
    case TD_ST_MATERIALIZED: return "materialized";
    case TD_ST_OTHER: return "other";
    default: return NULL;
    }
}

/* All of kind_word, in the order that help names them. */
static const char *const skip_kinds[] = {"trigger",   "function",  "procedure",    "do",   "policy",
                                         "partition", "exclusion", "materialized", "other"};

int td_skip_check(const char *word, struct td_err *err)
{
    const size_t n = sizeof skip_kinds / sizeof skip_kinds[0];
    const char *colon = strrchr(word, ':');
    if (colon != NULL && colon > word && colon[1] != '\0' && colon[1 + strspn(colon + 1, "0123456789")] == '\0')
        return TD_OK;
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(word, skip_kinds[i]) == 0)
            return TD_OK;
    const char *meant = td_nearest(word, skip_kinds, n);
    td_err_set(err, TD_C_CLI_VALUE, "\"%s\" is no kind of statement and no place", word);
    if (meant != NULL)
        return td_err_next(err, "Did you mean \"%s\"?", meant);
    return td_err_next(err, "Kinds are trigger, function, procedure, do, policy, partition, exclusion, materialized, "
                            "other; a place is written as migrations/x/migration.sql:12.");
}

static bool skips(const struct td_lowering *l, const char *kind)
{
    for (size_t i = 0; kind != NULL && i < l->skip.len; i++)
        if (strcasecmp(l->skip.at[i], kind) == 0)
            return true;
    return false;
}

/* "migrations/x/migration.sql:12": the statement that starts on, or runs over, that line of that file. */
static bool skips_place(const struct td_lowering *l, const struct td_sql_stmt *s)
{
    unsigned first, last, column;
    td_source_place(&l->file->src, s->start, &first, &column);
    td_source_place(&l->file->src, s->start + s->len, &last, &column);
    for (size_t i = 0; i < l->skip.len; i++) {
        const char *at = l->skip.at[i], *colon = strrchr(at, ':');
        unsigned line;
        if (colon == NULL || sscanf(colon + 1, "%u", &line) != 1 || line < first || line > last)
            continue;
        size_t n = (size_t)(colon - at), m = strlen(l->file->src.path);
        if (n <= m && strncmp(l->file->src.path + m - n, at, n) == 0 && (n == m || l->file->src.path[m - n - 1] == '/'))
            return true;
    }
    return false;
}

/* The catalog still learns of it: what is made exists on PostgreSQL only. */
static void postgres_only(struct td_lowering *l, const struct td_sql_stmt *s, const char *reason)
{
    struct td_replay r = {.catalog = &l->catalog, .source = &l->file->src, .on = TD_ON_POSTGRES};
    struct td_err ignored = {0};
    struct td_ids ids = {0};
    td_lowering_note_absent(l, s);
    if (s->node != NULL) {
        td_affected_before(l, s->node, &ids);
        if (td_replay_stmt(&r, s, &ignored) == TD_OK)
            td_affected_after(l, s->node, &ids);
        td_replay_block_schema(&r, s);
        const char *left = td_callers_leave(l, s->node);
        if (left[0] != '\0')
            reason = td_arena_printf(l->arena, "%s; %s", reason, left);
    }
    set_fate(l, TD_SKIPPED, reason);
}

/* ---- replacement texts ---- */

/* Relations that the statement has made or changed are the user's own on SQLite from here on. */
static void replaced(struct td_lowering *l, const struct td_sql_stmt *s)
{
    struct td_replay r = {.catalog = &l->catalog, .source = &l->file->src, .on = TD_ON_POSTGRES};
    struct td_err ignored = {0};
    struct td_ids ids = {0};
    if (s->node != NULL && td_replay_stmt(&r, s, &ignored) == TD_OK)
        td_affected_before(l, s->node, &ids);
    const char *left = td_callers_leave(l, s->node);
    for (size_t i = 0; i < ids.len; i++) {
        struct td_table *t = td_catalog_table_by_id(&l->catalog, ids.at[i]);
        struct td_phys *p = td_phys_get(l, ids.at[i]);
        if (t != NULL && p->is == NULL && t->stmt == l->catalog.stmt) {
            t->on = TD_ON_BOTH;
            p->foreign = true;
        }
    }
    set_fate(l, TD_CARRIED,
             td_arena_printf(l->arena, "replaced by the text of its mark%s%s", left[0] == '\0' ? "" : "; ", left));
}

static int run_replacements(struct td_lowering *l, const struct td_marks *marks, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < marks->len; i++)
        if (marks->at[i].kind == TD_MARK_SQLITE)
            rc = td_sqlite_text_check(&l->file->src, marks->at[i].text_offset, strlen(marks->at[i].text),
                                      TD_SQLITE_BLOCK, err);
    if (rc == TD_OK)
        rc = td_lowering_sync(l, err);
    for (size_t i = 0; rc == TD_OK && i < marks->len; i++) {
        if (marks->at[i].kind != TD_MARK_SQLITE)
            continue;
        td_lowering_op(l, TD_OP_SQL, l->stmt, marks->at[i].text);
        l->out->ops[l->out->n_ops - 1].text_at = marks->at[i].text_offset;
    }
    return rc;
}

/* ---- statements ---- */

static int lower_one(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err);

static struct td_table *relation_on_postgres_only(struct td_lowering *l, const PgQuery__Node *node)
{
    struct td_ids ids = {0};
    td_affected_before(l, node, &ids);
    for (size_t i = 0; i < ids.len; i++) {
        struct td_table *t = td_catalog_table_by_id(&l->catalog, ids.at[i]);
        if (t != NULL && !td_on_sqlite(t->on))
            return t;
    }
    return NULL;
}

/* SELECT ... INTO t: the query, which the catalog keeps for views only. */
static const PgQuery__Node *without_into(struct td_lowering *l, const PgQuery__Node *node)
{
    PgQuery__Node *copy = td_tree_clone(l->arena, node);
    copy->select_stmt->into_clause = NULL;
    return copy;
}

/* Rows that a statement brings along: what it fills, from what. */
struct filling {
    struct td_table *table; /* NULL: it brings none */
    const PgQuery__Node *query;
    const char *sql;
    bool refresh;
};

/* Lowers the query of the rows, so that a statement that cannot have them is refused whole. */
static int find_filling(struct td_lowering *l, const PgQuery__Node *node, struct filling *f, struct td_err *err)
{
    struct td_ids ids = {0};
    bool with_data = true;

    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        f->query = node->create_table_as_stmt->query;
        with_data = node->create_table_as_stmt->into == NULL || !node->create_table_as_stmt->into->skip_data;
        break;
    case PG_QUERY__NODE__NODE_SELECT_STMT: f->query = without_into(l, node); break;
    case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT:
        f->refresh = true;
        with_data = !node->refresh_mat_view_stmt->skip_data;
        break;
    default: return TD_OK;
    }
    td_affected_before(l, node, &ids);
    struct td_table *t = ids.len == 0 ? NULL : td_catalog_table_by_id(&l->catalog, ids.at[0]);
    bool was_there = !f->refresh && t != NULL && t->stmt != l->catalog.stmt; /* IF NOT EXISTS */
    if (t == NULL || was_there || !with_data)
        return TD_OK;
    f->table = t;
    f->query = f->refresh ? t->query : f->query;
    return td_lowering_fill_text(l, t, f->query, &f->sql, err);
}

static int ddl(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err)
{
    struct td_replay r = {.catalog = &l->catalog, .source = &l->file->src, .on = TD_ON_BOTH};
    struct td_ids ids = {0};
    struct filling f = {0};
    struct td_table *elsewhere = relation_on_postgres_only(l, s->node);

    bool anew = s->node->node_case == PG_QUERY__NODE__NODE_VIEW_STMT && s->node->view_stmt->replace;
    const char *why =
        elsewhere == NULL ? NULL : td_arena_printf(l->arena, "\"%s\" exists on PostgreSQL only", elsewhere->name);
    if (elsewhere != NULL && !anew) {
        postgres_only(l, s, why);
        return TD_OK;
    }
    int rc = td_lowering_number_first(l, s->node, err);
    if (rc == TD_OK)
        rc = td_lowering_casts(l, s, err);
    if (rc != TD_OK)
        return rc;
    struct td_undo *mark = td_catalog_begin(&l->catalog);
    td_affected_before(l, s->node, &ids);
    rc = td_replay_stmt(&r, s, err);
    if (rc == TD_OK)
        rc = td_lowering_check(l, s->node, &ids, err);
    if (rc == TD_OK)
        rc = find_filling(l, s->node, &f, err);
    if (rc != TD_OK) {
        td_catalog_rollback(&l->catalog, mark);
        td_lowering_forget_casts(l, &ids);
        if (elsewhere == NULL || rc != TD_EREFUSED)
            return rc;
        td_err_clear(err);
        postgres_only(l, s, why); /* as before */
        return TD_OK;
    }
    td_catalog_commit(&l->catalog, mark);
    td_affected_after(l, s->node, &ids);
    td_unchecked_note(l, s->node);
    rc = td_lowering_restart(l, s->node, err);
    return rc == TD_OK && f.table != NULL ? td_lowering_fill(l, f.table, f.query, f.sql, f.refresh, err) : rc;
}

static int refuse_kind(const char *what, const char *kind, struct td_err *err)
{
    td_err_set(err, TD_C_DDL_KIND, "SQLite has no %s", what);
    td_err_why(err, "leaving it out could change what the database does");
    return td_err_next(err, "mark it with  -- tandem: postgres   or deploy with  --skip %s", kind);
}

/* ALTER FUNCTION ... STRICT, SET: what has its body written out would not follow. */
static bool changes_results(const PgQuery__Node *n)
{
    if (n->node_case != PG_QUERY__NODE__NODE_ALTER_FUNCTION_STMT)
        return false;
    for (size_t i = 0; i < n->alter_function_stmt->n_actions; i++) {
        const PgQuery__DefElem *o = n->alter_function_stmt->actions[i]->def_elem;
        bool path = strcmp(o->defname, "set") == 0 && o->arg != NULL &&
                    o->arg->node_case == PG_QUERY__NODE__NODE_VARIABLE_SET_STMT &&
                    o->arg->variable_set_stmt->name != NULL &&
                    strcmp(o->arg->variable_set_stmt->name, "search_path") == 0;
        if (strcmp(o->defname, "strict") == 0 || (strcmp(o->defname, "set") == 0 && !path))
            return true;
    }
    return false;
}

static int function(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err)
{
    if (changes_results(s->node))
        return refuse_kind("such options of functions, which change what they return", "function", err);
    int rc = td_callers_before(l, s->node, err);
    if (rc == TD_OK)
        rc = ddl(l, s, err);
    if (rc == TD_OK)
        set_fate(l, TD_SKIPPED, "functions live on PostgreSQL; SQLite gets what a carried trigger needs of them");
    return rc;
}

static const char *other_word(const PgQuery__Node *n)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_RULE_STMT: return "rules";
    case PG_QUERY__NODE__NODE_CREATE_EVENT_TRIG_STMT:
    case PG_QUERY__NODE__NODE_ALTER_EVENT_TRIG_STMT: return "event triggers";
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT: return "EXPLAIN ANALYZE of such a statement, which runs it";
    case PG_QUERY__NODE__NODE_DISCARD_STMT: return "DISCARD of tables and sequences";
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT: return "prepared transactions";
    default: return "statement of this kind";
    }
}

static int transaction(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err)
{
    switch (s->node->transaction_stmt->kind) {
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO:
        return td_err_set(err, TD_C_DDL_ROLLBACK, "a migration cannot roll back inside itself on SQLite");
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT_PREPARED:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_PREPARED:
        return refuse_kind(other_word(s->node), "other", err);
    default: set_fate(l, TD_SKIPPED, "on SQLite the whole migration is one transaction"); return TD_OK;
    }
}

/* Replayed for what the catalog learns of it; nothing for SQLite to do. */
static int accepted(struct td_lowering *l, const struct td_sql_stmt *s, const char *reason, struct td_err *err)
{
    int rc = ddl(l, s, err);
    if (rc == TD_OK)
        set_fate(l, TD_SKIPPED, reason);
    return rc;
}

/* What SQLite goes without, and why nothing is lost by that. */
static const char *accepted_reason(const PgQuery__Node *n)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_COMMENT_STMT: return "comments are kept in the catalog, SQLite has no place for them";
    case PG_QUERY__NODE__NODE_GRANT_STMT:
    case PG_QUERY__NODE__NODE_GRANT_ROLE_STMT:
    case PG_QUERY__NODE__NODE_ALTER_DEFAULT_PRIVILEGES_STMT:
        return "privileges are PostgreSQL's: whoever can open an SQLite file may do anything with it";
    case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
    case PG_QUERY__NODE__NODE_REASSIGN_OWNED_STMT: return "SQLite has no roles that own things";
    case PG_QUERY__NODE__NODE_SEC_LABEL_STMT: return "security labels are PostgreSQL's";
    case PG_QUERY__NODE__NODE_VACUUM_STMT: return "VACUUM and ANALYZE are a matter of speed and space";
    case PG_QUERY__NODE__NODE_CLUSTER_STMT:
    case PG_QUERY__NODE__NODE_REINDEX_STMT: return "REINDEX and CLUSTER are a matter of speed";
    case PG_QUERY__NODE__NODE_CHECK_POINT_STMT: return "SQLite makes its checkpoints by itself";
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT: return "EXPLAIN changes nothing";
    case PG_QUERY__NODE__NODE_NOTIFY_STMT:
    case PG_QUERY__NODE__NODE_LISTEN_STMT:
    case PG_QUERY__NODE__NODE_UNLISTEN_STMT: return "SQLite has nobody to notify";
    case PG_QUERY__NODE__NODE_CREATE_STATS_STMT:
    case PG_QUERY__NODE__NODE_ALTER_STATS_STMT: return "statistics are a matter of speed";
    case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT: return "SQLite needs no extension for what is carried of it";
    case PG_QUERY__NODE__NODE_ALTER_EXTENSION_STMT: return "SQLite has no extensions to alter";
    case PG_QUERY__NODE__NODE_REPLICA_IDENTITY_STMT:
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return "storage, statistics and owners are PostgreSQL's";
    case PG_QUERY__NODE__NODE_ALTER_TABLE_MOVE_ALL_STMT: return "SQLite has no tablespaces";
    case PG_QUERY__NODE__NODE_DROP_STMT: return "SQLite never had it";
    default: return "has no meaning on SQLite, results stay the same";
    }
}

static const char *setting_reason(const PgQuery__Node *n)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_LOCK_STMT: return "a migration has the whole SQLite file to itself";
    case PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT: return "SQLite defers what was declared so, to the end";
    case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT: return "SHOW changes nothing";
    default: return "a setting of PostgreSQL's";
    }
}

static int setting(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err)
{
    int rc = td_lowering_setting(l, s, err);
    return rc != TD_OK ? rc : accepted(l, s, setting_reason(s->node), err);
}

/* Extensions without which results are the same, or whose functions and types are known to the lowering (each call is
 * looked at when it comes). What adds indexes that find other rows, tables or rules of its own is not among them. */
static bool extension_known(const char *name)
{
    static const char *const names[] = {
        "plpgsql",     "pgcrypto",     "uuid-ossp",          "citext",        "pg_trgm",         "btree_gin",
        "btree_gist",  "unaccent",     "pg_stat_statements", "fuzzystrmatch", "hstore",          "ltree",
        "intarray",    "tablefunc",    "pg_buffercache",     "pgstattuple",   "pg_prewarm",      "pg_visibility",
        "pageinspect", "auto_explain", "pg_freespacemap",    "pgrowlocks",    "sslinfo",         "isn",
        "dict_int",    "dict_xsyn",    "tsm_system_rows",    "amcheck",       "tsm_system_time", "bloom",
        "pg_surgery",  "hypopg",       "pg_hint_plan",       "pg_repack",     "pgaudit",         "pg_walinspect",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static int extension(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err)
{
    const char *name = s->node->create_extension_stmt->extname;
    if (extension_known(name))
        return accepted(l, s, accepted_reason(s->node), err);
    td_err_set(err, TD_C_DDL_KIND, "the extension \"%s\" is not one that SQLite can go without", name);
    td_err_why(err, "what it brings (types, functions, tables, background work) has no counterpart on SQLite");
    return td_err_next(err, "mark it, and what needs it, with  -- tandem: postgres");
}

/* The tests of rows that come before the statement. */
static int raise_before(struct td_lowering *l, const struct td_guarded *g, size_t at, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; rc == TD_OK && i < g->n_tests; i++)
        if (g->tests[i].before == at)
            rc = td_lowering_assert(l, g->tests[i].condition, g->tests[i].message, err);
    return rc;
}

static int guard(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err)
{
    struct td_replay r = {.catalog = &l->catalog, .source = &l->file->src, .on = TD_ON_BOTH};
    struct td_guarded g = {0};
    int rc = td_replay_guard(&r, s, &g, err);
    if (rc != TD_OK)
        return rc;
    if (g.len == 0 && g.n_tests == 0)
        set_fate(l, TD_SKIPPED, "the guard says that nothing is to be done");
    rc = raise_before(l, &g, 0, err);
    for (size_t i = 0; rc == TD_OK && i < g.len; i++) {
        rc = lower_one(l, &g.at[i], err);
        if (rc == TD_ESCHEMA && g.ignore_duplicate && strncmp(err->sqlstate, "42", 2) == 0) {
            td_err_clear(err);
            set_fate(l, TD_SKIPPED, "it is there already");
            rc = TD_OK;
            break;
        }
        if (rc == TD_OK)
            rc = raise_before(l, &g, i + 1, err);
    }
    return rc;
}

/* INHERITS, which is skipped by the same word as partitions. */
static bool is_inheritance(const PgQuery__Node *n)
{
    if (n->node_case == PG_QUERY__NODE__NODE_CREATE_STMT)
        return n->create_stmt->partbound == NULL && n->create_stmt->partspec == NULL;
    for (size_t i = 0; n->node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_STMT && i < n->alter_table_stmt->n_cmds; i++) {
        PgQuery__AlterTableType type = n->alter_table_stmt->cmds[i]->alter_table_cmd->subtype;
        if (type == PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit || type == PG_QUERY__ALTER_TABLE_TYPE__AT_DropInherit)
            return true;
    }
    return false;
}

/* What a dropped extension brought may be the type of a column, or its default. */
static bool takes_others_along(const PgQuery__Node *n)
{
    return n->node_case == PG_QUERY__NODE__NODE_DROP_STMT &&
           n->drop_stmt->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION &&
           n->drop_stmt->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
}

/* EXPLAIN ANALYZE runs what it explains. */
static const PgQuery__Node *data_of(const PgQuery__Node *n)
{
    return n->node_case == PG_QUERY__NODE__NODE_EXPLAIN_STMT ? n->explain_stmt->query : n;
}

static int lower_one(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err)
{
    switch (td_stmt_kind(s->node)) {
    case TD_ST_DDL:
    case TD_ST_EXCLUSION:
    case TD_ST_MATERIALIZED: return ddl(l, s, err);
    case TD_ST_TRIGGER: return ddl(l, s, err);
    case TD_ST_FUNCTION: return function(l, s, err);
    case TD_ST_DATA: return td_lowering_data(l, data_of(s->node), err);
    case TD_ST_TRANSACTION: return transaction(l, s, err);
    case TD_ST_SETTING: return setting(l, s, err);
    case TD_ST_ACCEPTED:
        if (takes_others_along(s->node))
            return refuse_kind("extensions whose objects could go with them", "other", err);
        return s->node->node_case == PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT
                   ? extension(l, s, err)
                   : accepted(l, s, accepted_reason(s->node), err);
    case TD_ST_POLICY: return accepted(l, s, "row-level security is PostgreSQL's", err);
    case TD_ST_DO: return guard(l, s, err);
    case TD_ST_PROCEDURE: return refuse_kind("procedures", "procedure", err);
    case TD_ST_PARTITION:
        return refuse_kind(is_inheritance(s->node) ? "tables that inherit" : "partitions", "partition", err);
    case TD_ST_OTHER: break;
    }
    return refuse_kind(other_word(s->node), "other", err);
}

/* Which --skip lets a refused statement go: its own kind, or "function" when it calls one that SQLite does not have. */
static bool skips_refused(const struct td_lowering *l, const struct td_sql_stmt *s, const struct td_err *err)
{
    const char *kind = kind_word(td_stmt_kind(s->node));
    if (err->code == TD_C_LOWER_FUNCTION && skips(l, "function"))
        return true;
    return kind != NULL ? skips(l, kind) : skips(l, "other");
}

/* Whole kinds are left out, carried or not; of guards and exclusion constraints only what cannot be carried. */
static bool skips_kind(const struct td_lowering *l, enum td_stmt_kind kind)
{
    return kind != TD_ST_DO && kind != TD_ST_EXCLUSION && skips(l, kind_word(kind));
}

static const struct td_mark *own_mark(const struct td_sql_stmt *s, enum td_mark_kind kind)
{
    return td_marks_find(&s->marks, kind);
}

static int lower_marked(struct td_lowering *l, const struct td_sql_stmt *s, const char *why, struct td_err *err)
{
    int rc = td_lowering_check_alone(l, s->node, err);
    if (rc == TD_OK && s->node != NULL)
        rc = td_callers_check_alone(l, s, err);
    if (rc != TD_OK)
        return rc;
    if (own_mark(s, TD_MARK_SQLITE) == NULL) {
        postgres_only(l, s, why);
        return TD_OK;
    }
    rc = run_replacements(l, &s->marks, err);
    if (rc == TD_OK)
        replaced(l, s);
    return rc;
}

static int lower_unmarked(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err)
{
    int rc = lower_one(l, s, err);
    if (rc == TD_OK && td_stmt_kind(s->node) == TD_ST_EXCLUSION && skips(l, "exclusion"))
        set_fate(l, TD_CARRIED, "without its exclusion constraint: skipped by --skip exclusion");
    if (rc == TD_OK || !skips_refused(l, s, err))
        return rc;
    postgres_only(l, s, td_arena_printf(l->arena, "skipped: %s", err->message));
    return TD_OK;
}

static void lower_stmt(struct td_lowering *l, const struct td_sql_stmt *s)
{
    struct td_err err = {0};
    int rc = TD_OK;

    if (l->unclosed != NULL && l->stmt == l->unclosed_at) {
        err = *l->unclosed;
        rc = (int)err.rc;
    } else if (own_mark(s, TD_MARK_SQLITE) != NULL || own_mark(s, TD_MARK_POSTGRES) != NULL) {
        rc = lower_marked(l, s, "marked: PostgreSQL only", &err);
    } else if (skips_place(l, s)) {
        rc = lower_marked(l, s, "skipped by its place", &err);
    } else if (s->node == NULL) {
        err = *s->parse_error;
        rc = (int)err.rc;
    } else if (skips_kind(l, td_stmt_kind(s->node))) {
        postgres_only(l, s, td_arena_printf(l->arena, "skipped by --skip %s", kind_word(td_stmt_kind(s->node))));
    } else {
        rc = lower_unmarked(l, s, &err);
    }
    if (rc == TD_OK)
        return;
    refuse(l, s, &err);
    postgres_only(l, s, l->fate->reason); /* what it makes may be named later */
    l->fate->fate = TD_REFUSED;
}

/* ---- migrations ---- */

static void add_fate(struct td_lowering *l, const struct td_sql_stmt *s)
{
    struct {
        struct td_stmt_fate *at;
        size_t len, cap;
    } fates = {l->out->fates, l->out->n_fates, l->out->cap_fates};
    struct td_stmt_fate *f = td_vec_add(l->arena, &fates);
    f->stmt = s;
    f->reason = "";
    l->out->fates = fates.at;
    l->out->n_fates = fates.len;
    l->out->cap_fates = fates.cap;
}

/* A part that was understood statement by statement, yet cannot be put into the file. */
static void refuse_rest(struct td_lowering *l, struct td_err *err)
{
    TD_ASSERT(l->blamed < l->out->n_fates);
    l->fate = &l->out->fates[l->blamed];
    refuse(l, l->fate->stmt, err);
    for (size_t d = 0; d < l->dirty.len; d++) {
        l->dirty.at[d]->dirty = false;
        l->dirty.at[d]->waiting.len = 0;
    }
    l->dirty.len = 0;
}

/* On PostgreSQL nothing would check the keys of later rows, either. */
static void refuse_unchecked(struct td_lowering *l)
{
    size_t stmt;
    for (const struct td_table *t = td_unchecked_left(l, &stmt); t != NULL; t = td_unchecked_left(l, &stmt)) {
        struct td_err err = {0};
        td_err_set(&err, TD_C_DDL_TRIGGER, "the foreign keys of \"%s\" stay disabled behind the migration", t->name);
        td_err_why(&err, "SQLite would go on checking them, PostgreSQL would not");
        td_err_next(&err, "enable them in the same file, or mark the statement with  -- tandem: postgres");
        l->fate = &l->out->fates[stmt];
        refuse(l, l->fate->stmt, &err);
    }
}

static void note_keys(struct td_lowering *l, size_t before)
{
    for (size_t i = 0; i < l->catalog.tables.len; i++) {
        const struct td_table *t = l->catalog.tables.at[i];
        for (size_t n = 0; n < t->constraints.len; n++) {
            const struct td_constraint *k = t->constraints.at[n];
            if (k->kind != TD_K_FOREIGN || k->stmt <= before || !td_on_sqlite(k->on))
                continue;
            size_t stmt = k->stmt - before - 1;
            *td_vec_add(l->arena, &l->out->keys) = (struct td_new_key){.table = td_table_sqlite_name(l->arena, t),
                                                                       .name = k->name,
                                                                       .stmt = stmt,
                                                                       .op = {.sql = "", .stmt = stmt}};
        }
    }
}

/* PostgreSQL's side refuses the file for it. */
static void find_unclosed(struct td_lowering *l)
{
    struct td_units units;
    struct td_err *err = td_arena_new(l->arena, struct td_err);
    l->unclosed = td_units_find(l->arena, l->file, NULL, &units, err) == TD_OK ? NULL : err;
    l->unclosed_at = units.why_stmt;
}

/* Texts that stand behind all statements, or in a file that has none. */
static int run_last(struct td_lowering *l, struct td_err *err)
{
    if (l->file->len == 0)
        l->stmt = 0;
    int rc = run_replacements(l, &l->file->after, err);
    if (rc == TD_OK || l->file->len == 0)
        return rc;
    refuse_rest(l, err);
    td_err_clear(err);
    return TD_OK;
}

int td_lowering_next(struct td_lowering *l, const struct td_migration *m, struct td_lowered **out, struct td_err *err)
{
    struct td_sql_file *file;
    int rc = td_sql_parse(l->arena, m->path, m->text, m->len, &file, err);
    if (rc != TD_OK)
        return rc;
    l->out = td_arena_new(l->arena, struct td_lowered);
    l->out->migration = m;
    l->out->file = file;
    l->file = file;
    l->catalog.search_path = (struct td_strings){0}; /* a file's SET ends with it, as on PostgreSQL */
    td_strings_add(l->arena, &l->catalog.search_path, "public");
    l->blamed = file->len - 1;
    find_unclosed(l);
    for (size_t i = 0; i < file->len; i++)
        add_fate(l, &file->at[i]);
    for (size_t i = 0; i < file->len; i++) {
        l->stmt = i;
        l->fate = &l->out->fates[i];
        l->catalog.stmt++;
        lower_stmt(l, &file->at[i]);
    }
    rc = run_last(l, err);
    if (rc != TD_OK)
        return rc;
    refuse_unchecked(l);
    td_lowering_cascades_finish(l);
    if (l->out->foreign_keys_off)
        note_keys(l, l->catalog.stmt - file->len);
    for (size_t i = 0; i < l->out->n_fates; i++)
        l->out->refused += l->out->fates[i].fate == TD_REFUSED;
    *out = l->out;
    return TD_OK;
}

/* A rebuilt table is filled under a name of ours: "tandem_new_t.c" is what SQLite then complains of. */
static void say_own_name(struct td_err *err)
{
    static const char ours[] = TD_NEW_TABLE;
    for (char *p; (p = strstr(err->message, ours)) != NULL;)
        memmove(p, p + sizeof ours - 1, strlen(p + sizeof ours - 1) + 1);
}

/* CHECK constraint failed: name; a row of "t" breaks the foreign key "name" */
static bool says_name(const char *message, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = strstr(message, name); n > 0 && p != NULL; p = strstr(p + 1, name))
        if (p > message && ((p[-1] == '"' && p[n] == '"') || (p[-1] == ' ' && p[n] == '\0')))
            return true;
    return false;
}

/* Is the broken constraint one that the statement adds as NOT VALID? One without a name is taken to be it. */
static bool breaks_not_valid(const struct PgQuery__Node *n, const struct td_err *err)
{
    bool is_row = strcmp(err->sqlstate, "23514") == 0 || strcmp(err->sqlstate, "23503") == 0;
    if (!is_row || n == NULL || n->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_STMT)
        return false;
    for (size_t i = 0; i < n->alter_table_stmt->n_cmds; i++) {
        const PgQuery__AlterTableCmd *c = n->alter_table_stmt->cmds[i]->alter_table_cmd;
        if (c->subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint || !c->def->constraint->skip_validation)
            continue;
        const char *name = c->def->constraint->conname;
        if (name == NULL || name[0] == '\0' || says_name(err->message, name))
            return true;
    }
    return false;
}

/* In a text of the user's own: what the engine points at, or the statement that failed. */
static int text_error(const struct td_lowered *l, const struct td_op *op, size_t finished, struct td_err *err)
{
    size_t at = err->column > 0 ? td_utf8_bytes(op->sql, strlen(op->sql), err->column - 1) : finished;
    err->column = 0;
    return td_err_source(err, &l->file->src, op->text_at + at, 0);
}

int td_lowered_error(const struct td_lowered *l, const struct td_op *op, size_t finished, struct td_err *err)
{
    if (op->text_at > 0)
        return text_error(l, op, finished, err);
    const struct td_sql_stmt *s = &l->file->at[op->stmt];
    err->column = 0;
    say_own_name(err);
    if (breaks_not_valid(s->node, err)) {
        if (err->why[0] == '\0') /* a foreign key's says which row it is */
            td_err_why(err,
                       "PostgreSQL lets old rows break a NOT VALID constraint, SQLite checks all when it rebuilds");
        td_err_next(err, "SQLite has no NOT VALID: mend the rows in a statement before this one, or mark it with  "
                         "-- tandem: postgres");
    }
    return td_err_source(err, &l->file->src, s->start, s->len < 80 ? s->len : 0);
}
