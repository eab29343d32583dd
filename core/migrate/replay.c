/* What one statement does to the catalog: the table of statements. Each kind has a file of its own. */
#include "core/migrate/replay.h"

#include "core/migrate/replay_impl.h"

static int data_or_into(const struct td_replaying *p, const PgQuery__Node *n)
{
    return n->select_stmt->into_clause != NULL ? td_replay_select_into(p, n) : td_replay_setting(p, n);
}

int td_replay_node(const struct td_replaying *p, const PgQuery__Node *n)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT: return td_replay_create_table(p, n->create_stmt);
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT: return td_replay_create_as(p, n->create_table_as_stmt);
    case PG_QUERY__NODE__NODE_SELECT_STMT: return data_or_into(p, n);
    case PG_QUERY__NODE__NODE_VIEW_STMT: return td_replay_create_view(p, n->view_stmt);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return td_replay_alter_table(p, n->alter_table_stmt);
    case PG_QUERY__NODE__NODE_INDEX_STMT: return td_replay_create_index(p, n->index_stmt);
    case PG_QUERY__NODE__NODE_DROP_STMT: return td_replay_drop(p, n->drop_stmt);
    case PG_QUERY__NODE__NODE_RENAME_STMT: return td_replay_rename(p, n->rename_stmt);
    case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT: return td_replay_set_schema(p, n->alter_object_schema_stmt);
    case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT: return td_replay_create_enum(p, n->create_enum_stmt);
    case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT: return td_replay_alter_enum(p, n->alter_enum_stmt);
    case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT: return td_replay_create_domain(p, n->create_domain_stmt);
    case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT: return td_replay_alter_domain(p, n->alter_domain_stmt);
    case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT: return td_replay_create_composite(p, n->composite_type_stmt);
    case PG_QUERY__NODE__NODE_CREATE_RANGE_STMT: return td_replay_create_range(p, n->create_range_stmt);
    case PG_QUERY__NODE__NODE_DEFINE_STMT: return td_replay_define(p, n->define_stmt);
    case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT: return td_replay_create_sequence(p, n->create_seq_stmt);
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT: return td_replay_alter_sequence(p, n->alter_seq_stmt);
    case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT: return td_replay_create_function(p, n->create_function_stmt);
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT: return td_replay_create_trigger(p, n);
    case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT: return td_replay_create_policy(p, n);
    case PG_QUERY__NODE__NODE_ALTER_POLICY_STMT: return td_replay_alter_policy(p, n->alter_policy_stmt);
    case PG_QUERY__NODE__NODE_COMMENT_STMT: return td_replay_comment(p, n->comment_stmt);
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
    case PG_QUERY__NODE__NODE_DISCARD_STMT: return td_replay_setting(p, n);
    case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT: return td_replay_create_schema(p, n->create_schema_stmt);
    case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT: return td_replay_create_extension(p, n->create_extension_stmt);
    default: return TD_OK;
    }
}

int td_replay_stmt(struct td_replay *r, const struct td_sql_stmt *stmt, struct td_err *err)
{
    if (stmt->node == NULL)
        return TD_OK;
    const struct td_replaying p = {r->catalog, r->catalog->arena, r, stmt, err};
    struct td_undo *mark = td_catalog_begin(r->catalog);
    int rc = td_replay_node(&p, stmt->node);
    if (rc == TD_OK)
        td_catalog_commit(r->catalog, mark);
    else
        td_catalog_rollback(r->catalog, mark);
    return rc;
}
