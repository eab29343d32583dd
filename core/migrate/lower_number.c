/* Numbers for rows that are there, in a column that is new. PostgreSQL draws them at once, SQLite when the file next
 * follows: that is before a statement which changes the sequence, or takes it away from the column. */
#include <string.h>

#include "core/migrate/lower_impl.h"
#include "core/sql/draw.h"
#include "core/sql/tree.h"

static const char *or_null(const char *s)
{
    return s == NULL || s[0] == '\0' ? NULL : s;
}

const struct td_sequence *td_lowering_numbers(struct td_lowering *l, const struct td_column *c)
{
    if (c->filled_by == NULL)
        return c->identity != TD_ID_NONE ? c->serial : NULL;
    if (!td_draw_is_call(c->filled_by))
        return NULL;
    const struct td_sequence *s = td_draw_call(&l->catalog, c->filled_by);
    return s == NULL ? c->serial : s;
}

/* What a statement is about to do to columns that wait for their numbers; NULL: whatever it is. */
struct change {
    const struct td_column *column;
    const struct td_sequence *sequence;
};

static bool draws(struct td_lowering *l, const struct td_column *c, const struct td_sequence *s)
{
    struct td_draws all = {0};
    const struct td_sequence *own = td_lowering_numbers(l, c);
    if (own != NULL)
        return s == NULL || own == s;
    td_draws_of(l->arena, &l->catalog, c->filled_by, &all);
    bool found = s == NULL && all.len > 0;
    for (size_t i = 0; i < all.len; i++)
        found = found || all.at[i] == s;
    return found;
}

static bool concerns(struct td_lowering *l, const struct change *x, const struct td_phys *p, const struct td_table *t)
{
    for (size_t i = 0; i < t->columns.len; i++) {
        const struct td_column *c = t->columns.at[i];
        if ((x->column == NULL || x->column == c) && td_on_sqlite(c->on) && c->generated == NULL &&
            td_table_column_by_id(p->is, c->id) == NULL && draws(l, c, x->sequence))
            return true;
    }
    return false;
}

static int number_before(struct td_lowering *l, struct change x, struct td_err *err)
{
    struct td_table_set set = {0};
    for (size_t i = 0; i < l->dirty.len; i++) {
        const struct td_phys *p = l->dirty.at[i];
        struct td_table *t = p->is == NULL ? NULL : td_catalog_table_by_id(&l->catalog, p->id);
        if (t != NULL && concerns(l, &x, p, t))
            *td_vec_add(l->arena, &set) = t;
    }
    return set.len == 0 ? TD_OK : td_lowering_sync_for(l, &set, err);
}

static int before_command(struct td_lowering *l, const struct td_table *t, const PgQuery__AlterTableCmd *cmd,
                          struct td_err *err)
{
    const struct td_column *c = td_table_column(t, cmd->name);
    switch (cmd->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
        return c == NULL ? TD_OK : number_before(l, (struct change){.column = c}, err);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity:
        return c == NULL || c->serial == NULL ? TD_OK : number_before(l, (struct change){.sequence = c->serial}, err);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
        return cmd->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE ? number_before(l, (struct change){0}, err)
                                                                      : TD_OK;
    default: return TD_OK;
    }
}

static int before_alter_table(struct td_lowering *l, const PgQuery__AlterTableStmt *s, struct td_err *err)
{
    const struct td_table *t = td_catalog_table(&l->catalog, or_null(s->relation->schemaname), s->relation->relname);
    int rc = TD_OK;
    for (size_t i = 0; t != NULL && rc == TD_OK && i < s->n_cmds; i++)
        rc = before_command(l, t, s->cmds[i]->alter_table_cmd, err);
    return rc;
}

int td_lowering_number_first(struct td_lowering *l, const PgQuery__Node *node, struct td_err *err)
{
    struct change x = {0};
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: return before_alter_table(l, node->alter_table_stmt, err);
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
        x.sequence = td_catalog_sequence(&l->catalog, or_null(node->alter_seq_stmt->sequence->schemaname),
                                         node->alter_seq_stmt->sequence->relname);
        return x.sequence == NULL ? TD_OK : number_before(l, x, err);
    case PG_QUERY__NODE__NODE_DROP_STMT: /* its default, or the sequence, may go along */
        return node->drop_stmt->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE ? number_before(l, x, err) : TD_OK;
    default: return TD_OK;
    }
}
