/* Which kind of statement it is. */
#include <string.h>
#include <strings.h>

#include "core/migrate/replay_impl.h"
#include "core/migrate/setting.h"

static enum td_stmt_kind kind_of_drop(PgQuery__ObjectType type)
{
    switch (type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN:
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
    case PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
    case PG_QUERY__OBJECT_TYPE__OBJECT_DOMCONSTRAINT:
    case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA: return TD_ST_DDL;
    case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW: return TD_ST_MATERIALIZED;
    case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
    case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE: return TD_ST_FUNCTION;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER: return TD_ST_TRIGGER;
    case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY: return TD_ST_POLICY;
    case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE: /* SQLite never has these */
    case PG_QUERY__OBJECT_TYPE__OBJECT_EVENT_TRIGGER:
    case PG_QUERY__OBJECT_TYPE__OBJECT_RULE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION:
    case PG_QUERY__OBJECT_TYPE__OBJECT_STATISTIC_EXT:
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLESPACE: return TD_ST_ACCEPTED;
    default: return TD_ST_OTHER;
    }
}

static bool excludes(PgQuery__Node *const *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (at[i]->node_case == PG_QUERY__NODE__NODE_CONSTRAINT &&
            at[i]->constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION)
            return true;
    return false;
}

static enum td_stmt_kind kind_of_create(const PgQuery__CreateStmt *s)
{
    if (s->partbound != NULL || s->partspec != NULL || s->n_inh_relations > 0)
        return TD_ST_PARTITION;
    return excludes(s->table_elts, s->n_table_elts) || excludes(s->constraints, s->n_constraints) ? TD_ST_EXCLUSION
                                                                                                  : TD_ST_DDL;
}

static enum td_stmt_kind kind_of_command(const PgQuery__AlterTableCmd *c)
{
    switch (c->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartitionFinalize:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropInherit: return TD_ST_PARTITION;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrig:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigAll:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigUser:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysTrig:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaTrig:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrig:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigUser: return TD_ST_TRIGGER;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRowSecurity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRowSecurity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ForceRowSecurity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_NoForceRowSecurity: return TD_ST_POLICY;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint: return excludes(&c->def, 1) ? TD_ST_EXCLUSION : TD_ST_DDL;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRule: /* SQLite never has a rule */
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysRule:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaRule:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRule:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropCluster:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetTableSpace:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetAccessMethod:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetOptions:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropOids:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ReplicaIdentity: return TD_ST_ACCEPTED;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterConstraint:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetLogged:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetUnLogged: return TD_ST_DDL;
    default: return TD_ST_OTHER; /* OF a composite type, options of foreign tables, what only the server makes */
    }
}

/* What changes tables decides; a statement with nothing but storage options is accepted. */
static enum td_stmt_kind kind_of_alter(const PgQuery__AlterTableStmt *s)
{
    enum td_stmt_kind kind = TD_ST_ACCEPTED;
    if (s->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE)
        return TD_ST_OTHER;
    for (size_t i = 0; i < s->n_cmds; i++) {
        enum td_stmt_kind one = kind_of_command(s->cmds[i]->alter_table_cmd);
        if (kind == TD_ST_ACCEPTED || (one != TD_ST_ACCEPTED && one != TD_ST_DDL))
            kind = one;
    }
    return kind;
}

bool td_stmt_explain_runs(const PgQuery__ExplainStmt *s)
{
    bool runs = false;
    for (size_t i = 0; i < s->n_options; i++) {
        const PgQuery__DefElem *o = s->options[i]->def_elem;
        if (strcmp(o->defname, "analyze") != 0)
            continue;
        const char *word = o->arg == NULL ? "on" : td_tree_string(o->arg);
        bool zero = o->arg != NULL && o->arg->node_case == PG_QUERY__NODE__NODE_INTEGER && o->arg->integer->ival == 0;
        runs = !zero && (word == NULL || (strcasecmp(word, "off") != 0 && strcasecmp(word, "false") != 0));
    }
    return runs;
}

/* EXPLAIN ANALYZE runs the statement. */
static enum td_stmt_kind kind_of_explain(const PgQuery__ExplainStmt *s)
{
    if (!td_stmt_explain_runs(s))
        return TD_ST_ACCEPTED;
    return td_stmt_kind(s->query) == TD_ST_DATA ? TD_ST_DATA : TD_ST_OTHER;
}

enum td_stmt_kind td_stmt_kind(const PgQuery__Node *n)
{
    if (n == NULL)
        return TD_ST_OTHER;
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT: return kind_of_create(n->create_stmt);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return kind_of_alter(n->alter_table_stmt);
    case PG_QUERY__NODE__NODE_DROP_STMT: return kind_of_drop(n->drop_stmt->remove_type);
    case PG_QUERY__NODE__NODE_RENAME_STMT: return kind_of_drop(n->rename_stmt->rename_type);
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT: return kind_of_drop(n->alter_object_schema_stmt->object_type);
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        return n->create_table_as_stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW ? TD_ST_MATERIALIZED
                                                                                         : TD_ST_DDL;
    case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT: return TD_ST_MATERIALIZED;
    case PG_QUERY__NODE__NODE_VIEW_STMT:
    case PG_QUERY__NODE__NODE_INDEX_STMT:
    case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
    case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
    case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
    case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT:
    case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
    case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT: return TD_ST_DDL;
    case PG_QUERY__NODE__NODE_SELECT_STMT:
        return n->select_stmt->into_clause != NULL ? TD_ST_DDL : td_setting_is_call(n) ? TD_ST_SETTING : TD_ST_DATA;
    case PG_QUERY__NODE__NODE_INSERT_STMT:
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
    case PG_QUERY__NODE__NODE_DELETE_STMT:
    case PG_QUERY__NODE__NODE_MERGE_STMT:
    case PG_QUERY__NODE__NODE_TRUNCATE_STMT: return TD_ST_DATA;
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT: return TD_ST_TRANSACTION;
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
    case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
    case PG_QUERY__NODE__NODE_CONSTRAINTS_SET_STMT:
    case PG_QUERY__NODE__NODE_LOCK_STMT: return TD_ST_SETTING;
    case PG_QUERY__NODE__NODE_GRANT_STMT:
    case PG_QUERY__NODE__NODE_GRANT_ROLE_STMT:
    case PG_QUERY__NODE__NODE_ALTER_DEFAULT_PRIVILEGES_STMT:
    case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
    case PG_QUERY__NODE__NODE_REASSIGN_OWNED_STMT:
    case PG_QUERY__NODE__NODE_COMMENT_STMT:
    case PG_QUERY__NODE__NODE_SEC_LABEL_STMT:
    case PG_QUERY__NODE__NODE_VACUUM_STMT: /* and ANALYZE */
    case PG_QUERY__NODE__NODE_CLUSTER_STMT:
    case PG_QUERY__NODE__NODE_REINDEX_STMT:
    case PG_QUERY__NODE__NODE_CHECK_POINT_STMT:
    case PG_QUERY__NODE__NODE_NOTIFY_STMT:
    case PG_QUERY__NODE__NODE_LISTEN_STMT:
    case PG_QUERY__NODE__NODE_UNLISTEN_STMT:
    case PG_QUERY__NODE__NODE_REPLICA_IDENTITY_STMT:
    case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT:
    case PG_QUERY__NODE__NODE_ALTER_EXTENSION_STMT:
    case PG_QUERY__NODE__NODE_CREATE_STATS_STMT:
    case PG_QUERY__NODE__NODE_ALTER_STATS_STMT:
    case PG_QUERY__NODE__NODE_ALTER_TABLE_MOVE_ALL_STMT:
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_DEPENDS_STMT: return TD_ST_ACCEPTED;
    case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
        return n->create_function_stmt->is_procedure ? TD_ST_PROCEDURE : TD_ST_FUNCTION;
    case PG_QUERY__NODE__NODE_ALTER_FUNCTION_STMT: return TD_ST_FUNCTION;
    case PG_QUERY__NODE__NODE_CALL_STMT: return TD_ST_PROCEDURE;
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT: return TD_ST_TRIGGER;
    case PG_QUERY__NODE__NODE_DO_STMT: return TD_ST_DO;
    case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT:
    case PG_QUERY__NODE__NODE_ALTER_POLICY_STMT: return TD_ST_POLICY;
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT: return kind_of_explain(n->explain_stmt);
    case PG_QUERY__NODE__NODE_DISCARD_STMT:
        return n->discard_stmt->target == PG_QUERY__DISCARD_MODE__DISCARD_PLANS ? TD_ST_SETTING : TD_ST_OTHER;
    /* Refused, each by its own reason or by that of all: it would change what statements do, or what there is.
     *   rules and event triggers: CREATE RULE, CREATE and ALTER EVENT TRIGGER
     *   types, casts, operators: CREATE TYPE (composite, range, base), CREATE AGGREGATE, OPERATOR, COLLATION, CAST,
     *     CONVERSION, TRANSFORM, OPERATOR CLASS and FAMILY, TEXT SEARCH, LANGUAGE, ACCESS METHOD, and their ALTERs
     *   rows from elsewhere: COPY, FOREIGN DATA WRAPPER, SERVER, USER MAPPING, FOREIGN TABLE, IMPORT FOREIGN SCHEMA,
     *     PUBLICATION, SUBSCRIPTION
     *   names of the session: PREPARE, EXECUTE, DEALLOCATE, DECLARE, FETCH, CLOSE, LOAD
     *   the server: DATABASE, ROLE, TABLESPACE, ALTER SYSTEM, DROP OWNED */
    default: return TD_ST_OTHER;
    }
}
