/* New tables in the file, and what hangs on a table: its indexes and triggers. */
#include <string.h>

#include "core/migrate/lower_impl.h"

static int indexes(struct td_lowering *l, const struct td_table *t, size_t stmt, struct td_err *err)
{
    struct td_lower ctx = td_lowering_sync_ctx(l);
    struct td_strings sql = {0};

    for (size_t i = 0; i < t->constraints.len; i++) {
        const struct td_constraint *k = t->constraints.at[i];
        if (!td_ddl_constraint_is_index(k) || !td_on_sqlite(k->on))
            continue;
        int rc = td_ddl_unique(&ctx, t, k, &sql, err);
        if (rc != TD_OK)
            return rc;
    }
    for (size_t i = 0; i < t->indexes.len; i++) {
        const struct td_index *ix = t->indexes.at[i];
        if (!td_on_sqlite(ix->on) || td_ddl_index_skipped(ix) != NULL)
            continue;
        int rc = td_ddl_index(&ctx, t, ix, &sql, err);
        if (rc != TD_OK)
            return rc;
    }
    for (size_t i = 0; i < sql.len; i++)
        td_lowering_op(l, TD_OP_SQL, stmt, sql.at[i]);
    return TD_OK;
}

int td_lowering_hang(struct td_lowering *l, struct td_phys *p, const struct td_table *want, size_t stmt,
                     struct td_err *err)
{
    struct td_phys_triggers triggers = {0};
    int rc = indexes(l, want, stmt, err);
    if (rc == TD_OK)
        rc = td_lowering_triggers(l, want, &triggers, err);
    if (rc != TD_OK)
        return rc;
    for (size_t i = 0; i < triggers.len; i++)
        td_lowering_op(l, TD_OP_SQL, stmt, triggers.at[i].sql);
    td_phys_set_triggers(l, p, &triggers);
    return TD_OK;
}

int td_lowering_create(struct td_lowering *l, struct td_phys *p, struct td_table *want, struct td_err *err)
{
    struct td_lower ctx = td_lowering_sync_ctx(l);
    size_t stmt = p->waiting.len > 0 ? p->waiting.at[0] : l->stmt;
    struct td_buf sql;

    p->name = td_table_sqlite_name(l->arena, want);
    td_buf_init(&sql, l->arena);
    int rc = td_ddl_table(&ctx, want, p->name, &sql, err);
    if (rc != TD_OK)
        return rc;
    td_lowering_op(l, TD_OP_SQL, stmt, td_buf_str(&sql));
    td_lowering_seed(l, want, p->name, stmt);
    return td_lowering_hang(l, p, want, stmt, err);
}
