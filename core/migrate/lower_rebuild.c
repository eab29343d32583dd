/* The rebuild: what SQLite's ALTER cannot do. A new table, the rows copied, the old one dropped, the new one renamed,
 * indexes and triggers made again; the whole inside the migration's transaction, foreign_keys off before it begins.
 *
 * legacy_alter_table is on for the one RENAME: views, triggers of other tables and foreign keys that speak of the
 * table go on speaking of its name, which is what they should find behind it. */
#include <string.h>

#include "core/migrate/lower_impl.h"

static const struct td_column *column_on_file(const struct td_table *t, unsigned id)
{
    const struct td_column *c = td_table_column_by_id(t, id);
    return c != NULL && td_on_sqlite(c->on) ? c : NULL;
}

static const char *cast_of(const struct td_phys *p, unsigned column)
{
    for (size_t i = 0; i < p->casts.len; i++)
        if (p->casts.at[i].column == column)
            return p->casts.at[i].sql;
    return NULL;
}

/* What old rows get in a column that they do not have: the default that it was added with, by PostgreSQL's rules. */
static int new_column_value(struct td_lowering *l, const struct td_column *c, struct td_buf *out, struct td_err *err)
{
    struct td_lower ctx = td_lowering_ctx(l, TD_LOWER_QUERY);
    const struct td_sequence *s = td_lowering_numbers(l, c);
    ctx.source = NULL; /* the default may stand in an earlier file */
    if (s != NULL) {
        td_buf_printf(out, "pg_nextval(%s)", td_lowering_sequence_lit(l, s));
        return TD_OK;
    }
    if (c->filled_by == NULL) {
        td_buf_add(out, "NULL");
        return TD_OK;
    }
    struct td_buf value;
    td_buf_init(&value, l->arena);
    int rc = td_lower_expr(&ctx, c->filled_by, NULL, &c->type, &value, NULL, err);
    if (rc != TD_OK && c->filled_by != c->left_out)
        return rc;
    td_err_clear(err);
    td_buf_add(out, rc == TD_OK ? td_buf_str(&value) : "NULL");
    return TD_OK;
}

static void copy_rowid(struct td_lowering *l, const struct td_phys *p, const struct td_table *want, struct td_buf *into,
                       struct td_buf *from)
{
    const char *to = td_rowid_name(want), *of = td_rowid_name(p->is);
    for (size_t i = 0; i < want->columns.len; i++)
        if (td_on_sqlite(want->columns.at[i]->on) && td_ddl_is_rowid(&l->catalog, want, want->columns.at[i]))
            return; /* the key is the rowid */
    if (to == NULL || of == NULL)
        return;
    td_buf_add(into, to);
    td_buf_add(from, of);
}

/* INSERT INTO new (...) SELECT ... FROM old */
static int copy_rows(struct td_lowering *l, const struct td_phys *p, const struct td_table *want, const char *fresh,
                     size_t stmt, struct td_err *err)
{
    struct td_buf into, from;
    td_buf_init(&into, l->arena);
    td_buf_init(&from, l->arena);
    copy_rowid(l, p, want, &into, &from);
    for (size_t i = 0; i < want->columns.len; i++) {
        const struct td_column *c = want->columns.at[i], *old = column_on_file(p->is, c->id);
        if (!td_on_sqlite(c->on) || c->generated != NULL)
            continue;
        if (old == NULL && td_ddl_is_rowid(&l->catalog, want, c))
            continue; /* numbered by AUTOINCREMENT */
        td_buf_add(&into, into.len > 0 ? ", " : "");
        td_buf_add(&from, from.len > 0 ? ", " : "");
        td_buf_ident(&into, c->name);
        if (old == NULL) {
            int rc = new_column_value(l, c, &from, err);
            if (rc != TD_OK)
                return rc;
        } else if (cast_of(p, c->id) != NULL) {
            td_buf_add(&from, cast_of(p, c->id));
        } else {
            td_buf_ident(&from, old->name);
        }
    }
    if (into.len > 0)
        td_lowering_opf(l, stmt, "INSERT INTO %s (%s)\nSELECT %s FROM %s", td_lowering_ident(l, fresh),
                        td_buf_str(&into), td_buf_str(&from), td_lowering_ident(l, p->name));
    return TD_OK;
}

/* ---- columns that others refer to, under new names ---- */

static bool is_referred_to(const struct td_lowering *l, unsigned table, unsigned column)
{
    for (size_t i = 0; i < l->by_id.len; i++) {
        const struct td_phys *p = l->by_id.at[i];
        for (size_t k = 0; p != NULL && p->id != table && p->is != NULL && k < p->is->constraints.len; k++) {
            const struct td_constraint *c = p->is->constraints.at[k];
            for (size_t n = 0; c->kind == TD_K_FOREIGN && c->ref->id == table && n < c->ref_columns.len; n++)
                if (c->ref_columns.at[n]->id == column)
                    return true;
        }
    }
    return false;
}

static bool has_new_name(const struct td_table *want, const struct td_column *old)
{
    const struct td_column *c = column_on_file(want, old->id);
    return c != NULL && strcmp(c->name, old->name) != 0;
}

static bool any_is_renamed_for_others(const struct td_lowering *l, const struct td_phys *p, const struct td_table *want)
{
    for (size_t i = 0; i < p->is->columns.len; i++)
        if (has_new_name(want, p->is->columns.at[i]) && is_referred_to(l, p->id, p->is->columns.at[i]->id))
            return true;
    return false;
}

static bool is_self_reference(const struct td_table *t, const struct td_constraint *k)
{
    return k->kind == TD_K_FOREIGN && k->ref->id == t->id;
}

static bool refers_to_own(const struct td_table *t, unsigned column)
{
    for (size_t k = 0; k < t->constraints.len; k++) {
        const struct td_constraint *c = t->constraints.at[k];
        for (size_t n = 0; is_self_reference(t, c) && n < c->ref_columns.len; n++)
            if (c->ref_columns.at[n]->id == column)
                return true;
    }
    return false;
}

/* Is the old table's column renamed? Those that other tables refer to; and with them, as SQLite follows into the new
 * table as well, those that it refers to itself. */
static bool is_renamed_key(const struct td_lowering *l, const struct td_phys *p, const struct td_table *want,
                           const struct td_column *old)
{
    return has_new_name(want, old) && (is_referred_to(l, p->id, old->id) ||
                                       (refers_to_own(want, old->id) && any_is_renamed_for_others(l, p, want)));
}

/* By a table that will refer to it, whatever the file has of that now. */
static bool will_be_referred_to(const struct td_lowering *l, unsigned table, unsigned column)
{
    for (size_t i = 0; i < l->catalog.tables.len; i++) {
        const struct td_table *t = l->catalog.tables.at[i];
        for (size_t k = 0; t->id != table && k < t->constraints.len; k++) {
            const struct td_constraint *c = t->constraints.at[k];
            for (size_t n = 0; c->kind == TD_K_FOREIGN && c->ref->id == table && n < c->ref_columns.len; n++)
                if (c->ref_columns.at[n]->id == column)
                    return true;
        }
    }
    return false;
}

bool td_lowering_renames_keys(const struct td_lowering *l, const struct td_phys *p, const struct td_table *want)
{
    for (size_t i = 0; i < p->is->columns.len; i++) {
        const struct td_column *old = p->is->columns.at[i], *c = column_on_file(want, old->id);
        if (c != NULL && strcmp(c->name, old->name) != 0 &&
            (is_referred_to(l, p->id, old->id) || will_be_referred_to(l, p->id, old->id)))
            return true;
    }
    return false;
}

static void rename_column(struct td_lowering *l, const struct td_phys *p, const char *from, const char *to, size_t stmt)
{
    td_lowering_opf(l, stmt, "ALTER TABLE %s RENAME COLUMN %s TO %s", td_lowering_ident(l, p->name),
                    td_lowering_ident(l, from), td_lowering_ident(l, to));
}

static const char *passing_name(struct td_lowering *l, const struct td_column *c)
{
    return td_arena_printf(l->arena, "tandem_tmp_%u", c->id);
}

/* The old table is renamed column by column once its rows are out, for the sake of the tables that refer to it: SQLite
 * follows into their foreign keys. Names that are in the way go first. */
static void rename_keys(struct td_lowering *l, const struct td_phys *p, const struct td_table *want, size_t stmt)
{
    const struct td_columns *columns = &p->is->columns;
    for (size_t i = 0; i < columns->len; i++)
        if (td_on_sqlite(columns->at[i]->on) && is_renamed_key(l, p, want, columns->at[i]))
            rename_column(l, p, columns->at[i]->name, passing_name(l, columns->at[i]), stmt);
    for (size_t i = 0; i < columns->len; i++) {
        const struct td_column *old = columns->at[i];
        if (!td_on_sqlite(old->on) || !is_renamed_key(l, p, want, old))
            continue;
        const char *name = column_on_file(want, old->id)->name;
        const struct td_column *other = td_table_column(p->is, name);
        if (other != NULL && td_on_sqlite(other->on) && !is_renamed_key(l, p, want, other))
            rename_column(l, p, name, passing_name(l, other), stmt);
        rename_column(l, p, passing_name(l, old), name, stmt);
    }
}

/* The new table as it is made: what it refers to in itself has the old names still, where rename_keys follows. */
static struct td_table *with_old_keys(struct td_lowering *l, const struct td_phys *p, struct td_table *want)
{
    struct td_table *t = any_is_renamed_for_others(l, p, want) ? td_table_copy(l->arena, want) : want;
    for (size_t k = 0; t != want && k < t->constraints.len; k++) {
        struct td_constraint *c = t->constraints.at[k];
        for (size_t n = 0; is_self_reference(t, c) && n < c->ref_columns.len; n++) {
            const struct td_column *old = column_on_file(p->is, c->ref_columns.at[n]->id);
            if (old == NULL || !has_new_name(want, old))
                continue;
            struct td_column *named = td_arena_new(l->arena, struct td_column);
            *named = *c->ref_columns.at[n];
            named->name = old->name;
            c->ref_columns.at[n] = named;
        }
    }
    return t;
}

static void mark_rebuilt(struct td_lowering *l, const struct td_phys *p)
{
    for (size_t i = 0; i < p->waiting.len; i++) {
        TD_ASSERT(p->waiting.at[i] < l->out->n_fates);
        struct td_stmt_fate *f = &l->out->fates[p->waiting.at[i]];
        if (f->fate != TD_CARRIED)
            continue;
        f->fate = TD_REBUILT;
        if (f->reason[0] == '\0')
            f->reason = td_arena_printf(l->arena, "SQLite's ALTER TABLE cannot do this: \"%s\" is rebuilt", p->name);
    }
}

static void begin_rebuild(struct td_lowering *l, const struct td_phys *p, size_t stmt)
{
    td_lowering_op(l, TD_OP_REBUILD_BEGIN, stmt, p->name);
    struct td_op *op = &l->out->ops[l->out->n_ops - 1];
    for (size_t i = 0; i < p->is->columns.len; i++)
        if (td_on_sqlite(p->is->columns.at[i]->on))
            td_strings_add(l->arena, &op->columns, p->is->columns.at[i]->name);
}

int td_lowering_rebuild(struct td_lowering *l, struct td_phys *p, struct td_table *want, struct td_err *err)
{
    struct td_lower ctx = td_lowering_sync_ctx(l);
    const char *fresh = td_arena_printf(l->arena, TD_NEW_TABLE "%s", p->name);
    size_t stmt = p->waiting.len > 0 ? p->waiting.at[p->waiting.len - 1] : l->stmt;
    struct td_buf sql;

    l->out->foreign_keys_off = true;
    mark_rebuilt(l, p);
    td_buf_init(&sql, l->arena);
    int rc = td_ddl_table(&ctx, with_old_keys(l, p, want), fresh, &sql, err);
    if (rc != TD_OK)
        return rc;
    begin_rebuild(l, p, stmt);
    td_lowering_op(l, TD_OP_SQL, stmt, td_buf_str(&sql));
    td_lowering_keep_numbers(l, p, want, fresh, stmt);
    rc = copy_rows(l, p, want, fresh, stmt, err);
    if (rc != TD_OK)
        return rc;
    rename_keys(l, p, want, stmt);
    td_lowering_opf(l, stmt, "DROP TABLE %s", td_lowering_ident(l, p->name));
    td_lowering_op(l, TD_OP_SQL, stmt, "PRAGMA legacy_alter_table = ON");
    td_lowering_opf(l, stmt, "ALTER TABLE %s RENAME TO %s", td_lowering_ident(l, fresh), td_lowering_ident(l, p->name));
    td_lowering_op(l, TD_OP_SQL, stmt, "PRAGMA legacy_alter_table = OFF");
    rc = td_lowering_hang(l, p, want, stmt, err);
    if (rc == TD_OK)
        td_lowering_op(l, TD_OP_REBUILD_END, stmt, p->name);
    return rc;
}
