#include "core/migrate/units.h"

#include <string.h>
#include <strings.h>

#include "core/base/buf.h"
#include "core/sql/tree.h"

static bool option_on(PgQuery__Node *const *options, size_t n, const char *name, bool otherwise)
{
    for (size_t i = 0; i < n; i++) {
        if (options[i]->node_case != PG_QUERY__NODE__NODE_DEF_ELEM)
            continue;
        const PgQuery__DefElem *d = options[i]->def_elem;
        if (strcmp(d->defname, name) != 0)
            continue;
        const char *s = d->arg == NULL ? "true" : td_tree_string(d->arg);
        if (s != NULL)
            return strcasecmp(s, "false") != 0 && strcasecmp(s, "off") != 0 && strcmp(s, "0") != 0;
        if (d->arg->node_case == PG_QUERY__NODE__NODE_BOOLEAN)
            return d->arg->boolean->boolval;
        return d->arg->node_case != PG_QUERY__NODE__NODE_INTEGER || d->arg->integer->ival != 0;
    }
    return otherwise;
}

static bool has_option(PgQuery__Node *const *options, size_t n, const char *name)
{
    return option_on(options, n, name, false) || !option_on(options, n, name, true);
}

static bool detaches_concurrently(const PgQuery__AlterTableStmt *s)
{
    for (size_t i = 0; i < s->n_cmds; i++) {
        const PgQuery__Node *def =
            s->cmds[i]->node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_CMD ? s->cmds[i]->alter_table_cmd->def : NULL;
        if (def != NULL && def->node_case == PG_QUERY__NODE__NODE_PARTITION_CMD && def->partition_cmd->concurrent)
            return true;
    }
    return false;
}

static bool reindex_is_concurrent(const PgQuery__ReindexStmt *s)
{
    return option_on(s->params, s->n_params, "concurrently", false);
}

static bool is_concurrent(const PgQuery__Node *n)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_INDEX_STMT: return n->index_stmt->concurrent;
    case PG_QUERY__NODE__NODE_DROP_STMT: return n->drop_stmt->concurrent;
    case PG_QUERY__NODE__NODE_REINDEX_STMT: return reindex_is_concurrent(n->reindex_stmt);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return detaches_concurrently(n->alter_table_stmt);
    default: return false;
    }
}

static const char *subscription_alone(const PgQuery__Node *n)
{
    if (n->node_case == PG_QUERY__NODE__NODE_CREATE_SUBSCRIPTION_STMT) {
        const PgQuery__CreateSubscriptionStmt *s = n->create_subscription_stmt;
        bool connects = option_on(s->options, s->n_options, "connect", true);
        return option_on(s->options, s->n_options, "create_slot", connects)
                   ? "CREATE SUBSCRIPTION makes a replication slot, which is not possible in a transaction"
                   : NULL;
    }
    if (n->node_case == PG_QUERY__NODE__NODE_DROP_SUBSCRIPTION_STMT)
        return "DROP SUBSCRIPTION drops a replication slot, which is not possible in a transaction";
    const PgQuery__AlterSubscriptionStmt *s = n->alter_subscription_stmt;
    bool refreshes = s->kind == PG_QUERY__ALTER_SUBSCRIPTION_TYPE__ALTER_SUBSCRIPTION_REFRESH ||
                     (s->n_publication > 0 && option_on(s->options, s->n_options, "refresh", true));
    return refreshes ? "ALTER SUBSCRIPTION with refresh cannot run in a transaction" : NULL;
}

/* Why PostgreSQL refuses the statement inside a transaction; NULL: it does not. */
static const char *why_alone(const PgQuery__Node *n)
{
    if (is_concurrent(n))
        return "CONCURRENTLY cannot run in a transaction";
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
        return n->transaction_stmt->kind >= PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT_PREPARED
                   ? "COMMIT PREPARED cannot run in a transaction"
                   : NULL;
    case PG_QUERY__NODE__NODE_REINDEX_STMT:
        return n->reindex_stmt->kind >= PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_SCHEMA
                   ? "REINDEX of a schema or database cannot run in a transaction"
                   : NULL;
    case PG_QUERY__NODE__NODE_VACUUM_STMT:
        return n->vacuum_stmt->is_vacuumcmd ? "VACUUM cannot run in a transaction" : NULL;
    case PG_QUERY__NODE__NODE_CLUSTER_STMT:
        return n->cluster_stmt->relation == NULL ? "CLUSTER of all tables cannot run in a transaction" : NULL;
    case PG_QUERY__NODE__NODE_CREATEDB_STMT: return "CREATE DATABASE cannot run in a transaction";
    case PG_QUERY__NODE__NODE_DROPDB_STMT: return "DROP DATABASE cannot run in a transaction";
    case PG_QUERY__NODE__NODE_CREATE_TABLE_SPACE_STMT: return "CREATE TABLESPACE cannot run in a transaction";
    case PG_QUERY__NODE__NODE_DROP_TABLE_SPACE_STMT: return "DROP TABLESPACE cannot run in a transaction";
    case PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT: return "ALTER SYSTEM cannot run in a transaction";
    case PG_QUERY__NODE__NODE_ALTER_DATABASE_STMT:
        return has_option(n->alter_database_stmt->options, n->alter_database_stmt->n_options, "tablespace")
                   ? "ALTER DATABASE SET TABLESPACE cannot run in a transaction"
                   : NULL;
    case PG_QUERY__NODE__NODE_DISCARD_STMT:
        return n->discard_stmt->target == PG_QUERY__DISCARD_MODE__DISCARD_ALL
                   ? "DISCARD ALL cannot run in a transaction"
                   : NULL;
    case PG_QUERY__NODE__NODE_CREATE_SUBSCRIPTION_STMT:
    case PG_QUERY__NODE__NODE_DROP_SUBSCRIPTION_STMT:
    case PG_QUERY__NODE__NODE_ALTER_SUBSCRIPTION_STMT: return subscription_alone(n);
    default: return NULL;
    }
}

enum { T_NONE, T_BEGIN, T_END, T_END_AND_BEGIN };

static int transaction_word(const PgQuery__Node *n)
{
    if (n == NULL || n->node_case != PG_QUERY__NODE__NODE_TRANSACTION_STMT)
        return T_NONE;
    switch (n->transaction_stmt->kind) {
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START: return T_BEGIN;
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK:
        return n->transaction_stmt->chain ? T_END_AND_BEGIN : T_END;
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_PREPARE: return T_END;
    default: return T_NONE;
    }
}

/* How the transaction runs that it is in: what must be said before the first query, or keeps the journal from it. */
static bool sets_transaction(const PgQuery__Node *n)
{
    const PgQuery__VariableSetStmt *s =
        n->node_case == PG_QUERY__NODE__NODE_VARIABLE_SET_STMT ? n->variable_set_stmt : NULL;
    return s != NULL && s->name != NULL &&
           (strcmp(s->name, "TRANSACTION") == 0 || strncmp(s->name, "transaction_", strlen("transaction_")) == 0);
}

/* A value that an enum gets cannot be used before the transaction that adds it has ended. Looked for as a literal in
 * the text of what follows, since it may be inside the body of a DO block. */
static bool used_later(const struct td_sql_file *f, size_t i)
{
    const PgQuery__Node *n = f->at[i].node;
    if (n->node_case != PG_QUERY__NODE__NODE_ALTER_ENUM_STMT || n->alter_enum_stmt->old_val != NULL) /* RENAME VALUE */
        return false;
    struct td_buf literal = {0};
    td_buf_lit(&literal, n->alter_enum_stmt->new_val);
    bool used = literal.failed != TD_OK; /* without memory: the way that works for both */
    for (size_t k = i + 1; !used && k < f->len; k++) {
        const struct td_sql_stmt *s = &f->at[k];
        bool adds = s->node != NULL && s->node->node_case == PG_QUERY__NODE__NODE_ALTER_ENUM_STMT;
        used = !adds && memmem(f->src.text + s->start, s->len, literal.at, literal.len) != NULL;
    }
    td_buf_deinit(&literal);
    return used;
}

/* --- bodies that end transactions of their own, which PostgreSQL lets them outside of one only --- */

struct finding {
    struct td_arena *arena;
    const struct td_sql_file *file;
    const struct td_map *committing;
};

static const char *string_option(PgQuery__Node *const *options, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        const PgQuery__DefElem *d = options[i]->def_elem;
        if (strcmp(d->defname, name) != 0 || d->arg == NULL)
            continue;
        const PgQuery__Node *arg = d->arg;
        if (arg->node_case == PG_QUERY__NODE__NODE_LIST && arg->list->n_items > 0)
            arg = arg->list->items[0];
        return td_tree_string(arg);
    }
    return NULL;
}

bool td_units_commits(struct td_arena *a, const char *body)
{
    const char *json = "";
    struct td_err ignored = {0};
    struct td_buf create;
    if (strcasestr(body, "commit") == NULL && strcasestr(body, "rollback") == NULL)
        return false;
    td_buf_init(&create, a);
    td_buf_add(&create, "CREATE PROCEDURE p() LANGUAGE plpgsql AS ");
    td_buf_lit(&create, body);
    return td_sql_parse_plpgsql(a, td_buf_str(&create), &json, &ignored) == TD_OK &&
           (strstr(json, "\"PLpgSQL_stmt_commit\":") != NULL || strstr(json, "\"PLpgSQL_stmt_rollback\":") != NULL);
}

static bool options_commit(struct td_arena *a, PgQuery__Node *const *options, size_t n)
{
    const char *body = string_option(options, n, "as"), *language = string_option(options, n, "language");
    return body != NULL && (language == NULL || strcmp(language, "plpgsql") == 0) && td_units_commits(a, body);
}

static const char *last_name(PgQuery__Node *const *names, size_t n)
{
    const char *name = n == 0 ? NULL : td_tree_string(names[n - 1]);
    return name == NULL ? "" : name;
}

/* The name of the procedure that the statement makes, if that commits; NULL: it does not. */
static const char *makes_committer(struct td_arena *a, const PgQuery__Node *n)
{
    const PgQuery__CreateFunctionStmt *p =
        n != NULL && n->node_case == PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT ? n->create_function_stmt : NULL;
    return p != NULL && p->is_procedure && options_commit(a, p->options, p->n_options)
               ? last_name(p->funcname, p->n_funcname)
               : NULL;
}

void td_units_note(struct td_arena *a, const struct td_sql_file *file, struct td_map *committing)
{
    for (size_t i = 0; i < file->len; i++) {
        const char *name = makes_committer(a, file->at[i].node);
        if (name != NULL)
            td_map_put(a, committing, name, committing);
    }
}

bool td_units_calls(const struct td_sql_file *file)
{
    for (size_t i = 0; i < file->len; i++)
        if (file->at[i].node != NULL && file->at[i].node->node_case == PG_QUERY__NODE__NODE_CALL_STMT)
            return true;
    return false;
}

static bool calls_committer(const struct finding *d, size_t call)
{
    const PgQuery__FuncCall *c = d->file->at[call].node->call_stmt->funccall;
    const char *name = c == NULL ? "" : last_name(c->funcname, c->n_funcname), *made;
    if (d->committing != NULL && td_map_get(d->committing, name) != NULL)
        return true;
    for (size_t i = 0; i < call; i++)
        if ((made = makes_committer(d->arena, d->file->at[i].node)) != NULL && strcmp(made, name) == 0)
            return true;
    return false;
}

static const char *why_commits(const struct finding *d, size_t i)
{
    const PgQuery__Node *n = d->file->at[i].node;
    if (n->node_case == PG_QUERY__NODE__NODE_DO_STMT && options_commit(d->arena, n->do_stmt->args, n->do_stmt->n_args))
        return "a DO block that commits cannot run in a transaction";
    if (n->node_case == PG_QUERY__NODE__NODE_CALL_STMT && calls_committer(d, i))
        return "a procedure that commits cannot run in a transaction";
    return NULL;
}

static const char *why_not(const struct finding *d, size_t i)
{
    const PgQuery__Node *n = d->file->at[i].node;
    if (n == NULL)
        return NULL;
    const char *why = why_alone(n);
    if (why == NULL)
        why = why_commits(d, i);
    if (why == NULL && transaction_word(n) != T_NONE)
        why = "the file has its own BEGIN or COMMIT";
    if (why == NULL && sets_transaction(n))
        why = "the file says how its transaction runs";
    if (why == NULL && used_later(d->file, i))
        why = "a new enum value cannot be used in the transaction that adds it";
    return why;
}

static int unclosed(const struct td_sql_file *f, size_t begin, struct td_err *err)
{
    td_err_set(err, TD_C_MIG_UNCLOSED, "the transaction that begins here is not closed");
    td_err_why(err, "what the file does after it would be lost");
    td_err_next(err, "remove the BEGIN (each file runs in one transaction anyway), or add COMMIT; at the end");
    return td_err_source(err, &f->src, f->at[begin].start, f->at[begin].len);
}

static size_t find_end(const struct td_sql_file *f, size_t begin)
{
    for (size_t i = begin + 1; i < f->len; i++)
        if (transaction_word(f->at[i].node) >= T_END)
            return i;
    return f->len;
}

static int split(const struct finding *d, struct td_units *out, struct td_err *err)
{
    const struct td_sql_file *f = d->file;
    for (size_t i = 0; i < f->len;) {
        const PgQuery__Node *n = f->at[i].node;
        struct td_unit u = {.kind = TD_UNIT_PLAIN, .first = i, .n = 1};
        if (n != NULL && transaction_word(n) != T_NONE) {
            u.kind = TD_UNIT_ALONE; /* a COMMIT without BEGIN: PostgreSQL warns */
            if (transaction_word(n) == T_BEGIN) {
                size_t end = i;
                do
                    end = find_end(f, end);
                while (end < f->len && transaction_word(f->at[end].node) == T_END_AND_BEGIN);
                if (end == f->len) {
                    out->why_stmt = i;
                    return unclosed(f, i, err);
                }
                u.kind = TD_UNIT_OWN;
                u.n = end - i + 1;
            }
        } else if (n != NULL && (why_alone(n) != NULL || why_commits(d, i) != NULL || sets_transaction(n))) {
            u.kind = TD_UNIT_ALONE;
            u.concurrent = is_concurrent(n);
        }
        *td_vec_add(d->arena, out) = u;
        i += u.n;
    }
    return TD_OK;
}

/* Can all be in one transaction but for its properties being set? */
static bool is_one(const struct finding *d)
{
    for (size_t i = 0; i < d->file->len; i++)
        if (why_not(d, i) != NULL && !sets_transaction(d->file->at[i].node))
            return false;
    return true;
}

int td_units_find(struct td_arena *a, const struct td_sql_file *file, const struct td_map *committing,
                  struct td_units *out, struct td_err *err)
{
    struct finding d = {a, file, committing};
    *out = (struct td_units){.transactional = true};
    for (size_t i = 0; i < file->len && out->transactional; i++) {
        out->why_not = why_not(&d, i);
        out->why_stmt = i;
        out->transactional = out->why_not == NULL;
    }
    if (out->transactional || !is_one(&d))
        return out->transactional ? TD_OK : split(&d, out, err);
    *td_vec_add(a, out) = (struct td_unit){.kind = TD_UNIT_OWN, .n = file->len, .bare = true};
    return TD_OK;
}
