/* Foreign keys at work while foreign_keys is off.
 *
 * A migration that rebuilds a table runs with foreign_keys off, so a DELETE or UPDATE in it would not reach the rows
 * that refer to the changed ones. Around each such statement stand temporary triggers that do what the keys would do
 * (foreign_key_check at the end finds what nothing repaired). They are left out of migrations that keep the keys on. */
#include <string.h>

#include "core/migrate/lower_impl.h"

struct cascade {
    struct td_lowering *l;
    unsigned n; /* for names */
};

static const char *id(struct td_lowering *l, const char *name)
{
    return td_lowering_ident(l, name);
}

/* What the file calls them: a child may not be in step with the catalog yet. NULL: the file has no such column, so no
 * row refers by it. */
static const char *in_file(struct td_lowering *l, const struct td_table *t, const struct td_column *c)
{
    const struct td_phys *p = td_phys_get(l, t->id);
    const struct td_column *is = p->is == NULL ? NULL : td_table_column_by_id(p->is, c->id);
    return is == NULL ? NULL : id(l, is->name);
}

static const char *file_name(struct td_lowering *l, const struct td_table *t)
{
    return id(l, td_phys_get(l, t->id)->name);
}

static bool key_in_file(struct td_lowering *l, const struct td_table *child, const struct td_constraint *k)
{
    for (size_t i = 0; i < k->columns.len; i++)
        if (in_file(l, child, k->columns.at[i]) == NULL || in_file(l, k->ref, k->ref_columns.at[i]) == NULL)
            return false;
    return true;
}

static void match_old(struct td_lowering *l, const struct td_table *child, const struct td_constraint *k,
                      struct td_buf *b)
{
    for (size_t i = 0; i < k->columns.len; i++)
        td_buf_printf(b, "%s%s = OLD.%s", i ? " AND " : " WHERE ", in_file(l, child, k->columns.at[i]),
                      in_file(l, k->ref, k->ref_columns.at[i]));
}

/* SET a = NULL, b = NULL / = their defaults / = NEW.x */
static int set_list(struct td_lowering *l, const struct td_table *child, const struct td_constraint *k,
                    enum td_fk_action action, bool update, struct td_buf *b, struct td_err *err)
{
    bool some = !update && k->set_columns.len > 0;
    size_t n = some ? k->set_columns.len : k->columns.len;
    for (size_t i = 0; i < n; i++) {
        const struct td_column *c = some ? k->set_columns.at[i] : k->columns.at[i];
        td_buf_printf(b, "%s%s = ", i ? ", " : " SET ", in_file(l, child, c));
        if (action == TD_FK_CASCADE) {
            td_buf_printf(b, "NEW.%s", in_file(l, k->ref, k->ref_columns.at[i]));
        } else if (action == TD_FK_SET_DEFAULT && td_column_default(c) != NULL) {
            struct td_lower ctx = td_lowering_ctx(l, TD_LOWER_SCHEMA);
            int rc = td_lower_expr(&ctx, td_column_default(c), NULL, &c->type, b, NULL, err);
            if (rc != TD_OK)
                return rc;
        } else {
            td_buf_add(b, "NULL");
        }
    }
    return TD_OK;
}

static int trigger(struct cascade *c, const struct td_table *parent, const struct td_table *child,
                   const struct td_constraint *k, bool update, struct td_err *err)
{
    struct td_lowering *l = c->l;
    enum td_fk_action action = update ? k->on_update : td_ddl_on_delete(child, k);
    struct td_buf b;

    td_buf_init(&b, l->arena);
    td_buf_printf(&b, "CREATE TEMP TRIGGER \"tandem_cascade_%u\" AFTER %s ON %s FOR EACH ROW", c->n++,
                  update ? "UPDATE" : "DELETE", file_name(l, parent));
    if (update) {
        td_buf_add(&b, " WHEN ");
        for (size_t i = 0; i < k->ref_columns.len; i++)
            td_buf_printf(&b, "%sOLD.%s IS NOT NEW.%s", i ? " OR " : "", in_file(l, parent, k->ref_columns.at[i]),
                          in_file(l, parent, k->ref_columns.at[i]));
    }
    td_buf_add(&b, " BEGIN ");
    if (action == TD_FK_RESTRICT) {
        td_buf_printf(&b, "SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed') WHERE EXISTS (SELECT 1 FROM %s",
                      file_name(l, child));
        match_old(l, child, k, &b);
        td_buf_char(&b, ')');
    } else if (action == TD_FK_CASCADE && !update) {
        td_buf_printf(&b, "DELETE FROM %s", file_name(l, child));
        match_old(l, child, k, &b);
    } else {
        td_buf_printf(&b, "UPDATE %s", file_name(l, child));
        int rc = set_list(l, child, k, action, update, &b, err);
        if (rc != TD_OK)
            return rc;
        match_old(l, child, k, &b);
    }
    td_buf_add(&b, "; END");
    td_lowering_op(l, TD_OP_SQL, l->stmt, td_buf_str(&b));
    return TD_OK;
}

/* Triggers for all keys that refer to `parent`; children whose rows may change are added to `set`. */
static int for_parent(struct cascade *c, struct td_table *parent, struct td_table_set *set, struct td_err *err)
{
    const struct td_catalog *cat = &c->l->catalog;
    for (size_t i = 0; i < cat->tables.len; i++) {
        struct td_table *child = cat->tables.at[i];
        bool changes = false;
        for (size_t n = 0; td_on_sqlite(child->on) && n < child->constraints.len; n++) {
            const struct td_constraint *k = child->constraints.at[n];
            if (k->kind != TD_K_FOREIGN || !td_on_sqlite(k->on) || k->ref->id != parent->id ||
                !key_in_file(c->l, child, k))
                continue;
            for (int update = 0; update < 2; update++) {
                if ((update ? k->on_update : td_ddl_on_delete(child, k)) == TD_FK_NO_ACTION)
                    continue;
                int rc = trigger(c, parent, child, k, update, err);
                if (rc != TD_OK)
                    return rc;
                changes = true;
            }
        }
        for (size_t n = 0; changes && n < set->len; n++)
            changes = set->at[n] != child;
        if (changes)
            *td_vec_add(c->l->arena, set) = child;
    }
    return TD_OK;
}

static void only_when_off(struct td_lowering *l, size_t from)
{
    for (size_t i = from; i < l->out->n_ops; i++)
        l->out->ops[i].only_foreign_keys_off = true;
}

int td_lowering_cascades_begin(struct td_lowering *l, const struct td_table_set *tables, size_t *mark,
                               struct td_err *err)
{
    struct cascade c = {.l = l};
    struct td_table_set set = {0};
    size_t from = l->out->n_ops;

    for (size_t i = 0; i < tables->len; i++)
        *td_vec_add(l->arena, &set) = tables->at[i];
    for (size_t i = 0; i < set.len; i++) {
        int rc = for_parent(&c, set.at[i], &set, err);
        if (rc != TD_OK)
            return rc;
    }
    only_when_off(l, from);
    *mark = c.n;
    return TD_OK;
}

void td_lowering_cascades_end(struct td_lowering *l, size_t mark)
{
    size_t from = l->out->n_ops;
    for (size_t i = 0; i < mark; i++)
        td_lowering_opf(l, l->stmt, "DROP TRIGGER temp.\"tandem_cascade_%zu\"", i);
    only_when_off(l, from);
}

void td_lowering_cascades_finish(struct td_lowering *l)
{
    struct td_lowered *out = l->out;
    size_t kept = 0;
    for (size_t i = 0; i < out->n_ops; i++) {
        if (!out->foreign_keys_off && out->ops[i].only_foreign_keys_off)
            continue;
        out->ops[kept] = out->ops[i];
        out->ops[kept++].only_foreign_keys_off = false;
    }
    out->n_ops = kept;
}
