/* The whole file at once: what an empty SQLite database has to run to be what the catalog says. */
#include "core/migrate/lower_impl.h"

int td_lowering_fresh(struct td_lowering *l, struct td_strings *out, struct td_err *err)
{
    struct td_lowered lowered = {0};
    struct td_stmt_fate fate = {.reason = ""};
    struct td_lowering fresh = {.arena = l->arena, .skip = l->skip, .catalog = l->catalog, .calculator = l->calculator};

    fresh.out = &lowered;
    fresh.fate = &fate;
    fresh.types_changed = true;
    for (size_t i = 0; i < l->catalog.tables.len; i++) {
        const struct td_table *t = l->catalog.tables.at[i];
        bool foreign = t->id < l->by_id.len && l->by_id.at[t->id] != NULL && l->by_id.at[t->id]->foreign;
        if (t->temporary)
            continue; /* gone with the connection that had it */
        td_phys_get(&fresh, t->id)->foreign = foreign;
        if (!foreign)
            td_phys_touch(&fresh, t->id, 0);
    }
    int rc = td_lowering_sync(&fresh, err);
    l->calculator = fresh.calculator;
    for (size_t i = 0; rc == TD_OK && i < lowered.n_ops; i++)
        if (lowered.ops[i].kind == TD_OP_SQL || lowered.ops[i].kind == TD_OP_DESCRIBE)
            td_strings_add(l->arena, out, lowered.ops[i].sql);
    return rc;
}

void td_lowering_replaced(const struct td_lowering *l, struct td_strings *out)
{
    for (size_t i = 0; i < l->by_id.len; i++) {
        const struct td_phys *p = l->by_id.at[i];
        const struct td_table *t = p != NULL && p->foreign ? td_catalog_table_by_id(&l->catalog, p->id) : NULL;
        if (t != NULL)
            td_strings_add(l->arena, out, td_table_sqlite_name(l->arena, t));
    }
}
