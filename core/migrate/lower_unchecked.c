/* ALTER TABLE ... DISABLE TRIGGER ALL: on PostgreSQL the table's foreign keys, which are triggers there, are off until
 * ENABLE TRIGGER ALL. Here the whole migration runs with foreign_keys off instead, and what is broken is found at its
 * end. Rows may so come in any order; what the keys would do to other rows is not done on PostgreSQL meanwhile. */
#include "core/migrate/lower_impl.h"
#include "core/sql/tree.h"

static bool is_key_of(const struct td_table *child, const struct td_table *t, bool referenced)
{
    for (size_t i = 0; i < child->constraints.len; i++) {
        const struct td_constraint *k = child->constraints.at[i];
        if (k->kind == TD_K_FOREIGN && td_on_sqlite(k->on) && (k->ref->id == t->id || (!referenced && child == t)))
            return true;
    }
    return false;
}

static bool has_keys(const struct td_lowering *l, const struct td_table *t, bool referenced)
{
    for (size_t i = 0; i < l->catalog.tables.len; i++)
        if (td_on_sqlite(l->catalog.tables.at[i]->on) && is_key_of(l->catalog.tables.at[i], t, referenced))
            return true;
    return false;
}

static size_t position(const struct td_lowering *l, const struct td_table *t)
{
    size_t i = 0;
    while (i < l->unchecked.len && l->unchecked.at[i].table != t->id)
        i++;
    return i;
}

void td_unchecked_note(struct td_lowering *l, const PgQuery__Node *node)
{
    struct td_ids ids = {0};
    if (node->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_STMT)
        return;
    td_affected_before(l, node, &ids);
    const struct td_table *t = ids.len == 0 ? NULL : td_catalog_table_by_id(&l->catalog, ids.at[0]);
    for (size_t i = 0; t != NULL && i < node->alter_table_stmt->n_cmds; i++) {
        PgQuery__AlterTableType what = node->alter_table_stmt->cmds[i]->alter_table_cmd->subtype;
        size_t at = position(l, t);
        if (what == PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigAll && at < l->unchecked.len)
            td_vec_remove(&l->unchecked, at);
        if (what != PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll || at < l->unchecked.len || !has_keys(l, t, false))
            continue;
        *td_vec_add(l->arena, &l->unchecked) = (struct td_unchecked){.table = t->id, .stmt = l->stmt};
        l->out->foreign_keys_off = true;
        td_lowering_note(l, "the migration runs with foreign_keys off; foreign_key_check at its end finds broken rows");
    }
}

static bool only_adds(const PgQuery__Node *n)
{
    if (n->node_case == PG_QUERY__NODE__NODE_INSERT_STMT) {
        const PgQuery__OnConflictClause *c = n->insert_stmt->on_conflict_clause;
        return n->insert_stmt->with_clause == NULL &&
               (c == NULL || c->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_NOTHING);
    }
    return n->node_case == PG_QUERY__NODE__NODE_TRUNCATE_STMT ||
           (n->node_case == PG_QUERY__NODE__NODE_SELECT_STMT && n->select_stmt->with_clause == NULL);
}

int td_unchecked_check(struct td_lowering *l, const PgQuery__Node *node, const struct td_table_set *tables,
                       struct td_err *err)
{
    for (size_t i = 0; l->unchecked.len > 0 && !only_adds(node) && i < tables->len; i++) {
        if (position(l, tables->at[i]) == l->unchecked.len || !has_keys(l, tables->at[i], true))
            continue;
        td_err_set(err, TD_C_DDL_TRIGGER, "rows of \"%s\" are changed while its foreign keys are disabled",
                   tables->at[i]->name);
        td_err_why(err, "PostgreSQL leaves the rows that refer to them as they are");
        return td_err_next(err, "change them behind  ENABLE TRIGGER ALL , or mark the statement with  "
                                "-- tandem: postgres");
    }
    return TD_OK;
}

const struct td_table *td_unchecked_left(struct td_lowering *l, size_t *stmt)
{
    while (l->unchecked.len > 0) {
        struct td_unchecked u = l->unchecked.at[l->unchecked.len - 1];
        const struct td_table *t = td_catalog_table_by_id(&l->catalog, u.table);
        l->unchecked.len--;
        *stmt = u.stmt;
        if (t != NULL && td_on_sqlite(t->on))
            return t;
    }
    return NULL;
}
