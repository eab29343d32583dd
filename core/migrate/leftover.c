/* What a statement that ran alone may have left behind when it failed or its program was killed. */
#include <string.h>

#include "core/migrate/apply.h"
#include "core/migrate/rows.h"
#include "core/sql/tree.h"

static const char *qualified(struct td_arena *a, const PgQuery__RangeVar *v)
{
    struct td_buf b = {0};
    td_buf_init(&b, a);
    if (v->schemaname != NULL && v->schemaname[0] != '\0') {
        td_buf_ident(&b, v->schemaname);
        td_buf_char(&b, '.');
    }
    td_buf_ident(&b, v->relname);
    return td_buf_str(&b);
}

/* Invalid indexes of a table, or of the index named: $1; $2 the index's own name or '' for any that PostgreSQL would
 * have named itself. */
static const char *const of_create =
    "SELECT n.nspname, c.relname, i.indisvalid FROM pg_catalog.pg_index i"
    " JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_class t ON t.oid = i.indrelid"
    " WHERE i.indrelid = to_regclass($1::text) AND (c.relname = $2::text OR ($2::text = '' AND NOT i.indisvalid"
    " AND left(c.relname, length(t.relname) + 1) = t.relname || '_' AND c.relname ~ '_idx[0-9]*$'))";
static const char *const of_reindex =
    "SELECT n.nspname, c.relname, i.indisvalid FROM pg_catalog.pg_index i"
    " JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND $2::text = '' AND i.indrelid IN"
    " (to_regclass($1::text), (SELECT x.indrelid FROM pg_catalog.pg_index x"
    " WHERE x.indexrelid = to_regclass($1::text)))";

struct clearing {
    struct td_run *run;
    const PgQuery__Node *node;
    bool killed, done;
    struct td_arena arena;
};

static int drop_invalid(struct clearing *c, const char *sql, const char *relation, const char *index,
                        struct td_err *err)
{
    struct td_rows rows;
    int rc =
        td_rows_read(&c->arena, c->run->db, sql, (struct td_value[]){td_text(relation), td_text(index)}, 2, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++) {
        struct td_buf b = {0};
        if (td_rows_bool(&rows, i, 2)) {
            c->done = c->killed; /* it was finished, only the note is missing */
            continue;
        }
        td_buf_init(&b, &c->arena);
        td_buf_add(&b, "DROP INDEX CONCURRENTLY IF EXISTS ");
        td_buf_ident(&b, td_rows_cell(&rows, i, 0));
        td_buf_char(&b, '.');
        td_buf_ident(&b, td_rows_cell(&rows, i, 1));
        rc = td_db_exec(c->run->db, td_buf_str(&b), err);
    }
    return rc;
}

/* Killed in the middle: is the object there (or gone), so that the statement was finished? */
static int look_for(struct clearing *c, const char *sql, const char *name, bool want_there, struct td_err *err)
{
    int64_t n = 0;
    if (!c->killed)
        return TD_OK;
    int rc = td_db_query_int(c->run->db, sql, (struct td_value[]){td_text(name)}, 1, &n, err);
    c->done = rc == TD_OK && (n > 0) == want_there;
    return rc;
}

static int clear_drop(struct clearing *c, struct td_err *err)
{
    const PgQuery__DropStmt *s = c->node->drop_stmt;
    const PgQuery__Node *name = s->n_objects == 1 ? s->objects[0] : NULL;
    struct td_buf b = {0};
    if (name == NULL || name->node_case != PG_QUERY__NODE__NODE_LIST)
        return TD_OK;
    td_buf_init(&b, &c->arena);
    for (size_t i = 0; i < name->list->n_items; i++) {
        const char *part = td_tree_string(name->list->items[i]);
        td_buf_add(&b, i == 0 ? "" : ".");
        td_buf_ident(&b, part == NULL ? "" : part);
    }
    return look_for(c, "SELECT count(*) FROM (SELECT to_regclass($1::text) AS r) x WHERE r IS NOT NULL", td_buf_str(&b),
                    false, err);
}

/* A partition whose detaching was cut off is neither in nor out: FINALIZE ends that. */
static int clear_detach(struct clearing *c, struct td_err *err)
{
    const PgQuery__AlterTableStmt *s = c->node->alter_table_stmt;
    const PgQuery__Node *def = s->n_cmds == 1 ? s->cmds[0]->alter_table_cmd->def : NULL;
    struct td_rows rows;
    struct td_buf b = {0};
    if (def == NULL || def->node_case != PG_QUERY__NODE__NODE_PARTITION_CMD)
        return TD_OK;
    const char *table = qualified(&c->arena, s->relation), *part = qualified(&c->arena, def->partition_cmd->name);
    int rc = td_rows_read(&c->arena, c->run->db,
                          "SELECT inhdetachpending FROM pg_catalog.pg_inherits WHERE inhparent = to_regclass($1::text)"
                          " AND inhrelid = to_regclass($2::text)",
                          (struct td_value[]){td_text(table), td_text(part)}, 2, &rows, err);
    if (rc != TD_OK)
        return rc;
    if (td_rows_count(&rows) == 0 || !td_rows_bool(&rows, 0, 0)) {
        c->done = c->killed && td_rows_count(&rows) == 0;
        return TD_OK;
    }
    td_buf_init(&b, &c->arena);
    td_buf_printf(&b, "ALTER TABLE %s DETACH PARTITION %s FINALIZE", table, part);
    c->done = true;
    return td_db_exec(c->run->db, td_buf_str(&b), err);
}

static int clear(void *data, struct td_err *err)
{
    struct clearing *c = data;
    const PgQuery__Node *n = c->node;
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_INDEX_STMT:
        return drop_invalid(c, of_create, qualified(&c->arena, n->index_stmt->relation),
                            n->index_stmt->idxname == NULL ? "" : n->index_stmt->idxname, err);
    case PG_QUERY__NODE__NODE_REINDEX_STMT:
        return n->reindex_stmt->relation == NULL
                   ? TD_OK
                   : drop_invalid(c, of_reindex, qualified(&c->arena, n->reindex_stmt->relation), "", err);
    case PG_QUERY__NODE__NODE_DROP_STMT: return clear_drop(c, err);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return clear_detach(c, err);
    case PG_QUERY__NODE__NODE_CREATEDB_STMT:
        return look_for(c, "SELECT count(*) FROM pg_catalog.pg_database WHERE datname = $1", n->createdb_stmt->dbname,
                        true, err);
    case PG_QUERY__NODE__NODE_DROPDB_STMT:
        return look_for(c, "SELECT count(*) FROM pg_catalog.pg_database WHERE datname = $1", n->dropdb_stmt->dbname,
                        false, err);
    case PG_QUERY__NODE__NODE_CREATE_TABLE_SPACE_STMT:
        return look_for(c, "SELECT count(*) FROM pg_catalog.pg_tablespace WHERE spcname = $1",
                        n->create_table_space_stmt->tablespacename, true, err);
    case PG_QUERY__NODE__NODE_DROP_TABLE_SPACE_STMT:
        return look_for(c, "SELECT count(*) FROM pg_catalog.pg_tablespace WHERE spcname = $1",
                        n->drop_table_space_stmt->tablespacename, false, err);
    case PG_QUERY__NODE__NODE_CREATE_SUBSCRIPTION_STMT:
        return look_for(c, "SELECT count(*) FROM pg_catalog.pg_subscription WHERE subname = $1",
                        n->create_subscription_stmt->subname, true, err);
    case PG_QUERY__NODE__NODE_DROP_SUBSCRIPTION_STMT:
        return look_for(c, "SELECT count(*) FROM pg_catalog.pg_subscription WHERE subname = $1",
                        n->drop_subscription_stmt->subname, false, err);
    default: return TD_OK; /* can run twice */
    }
}

int td_leftover_clear(struct td_run *r, const struct td_step *s, size_t stmt, bool killed, bool *done_out,
                      struct td_err *err)
{
    struct clearing c = {.run = r, .node = s->file->at[stmt].node, .killed = killed};
    int rc = td_arena_run(&c.arena, clear, &c, err);
    *done_out = rc == TD_OK && c.done;
    td_arena_deinit(&c.arena);
    return rc;
}
