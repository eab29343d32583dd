/* New tables in the file, and the indexes and triggers that hang on a table. */
#include <string.h>

#include "core/migrate/lower_impl.h"

int td_lowering_indexes(struct td_lowering *l, const struct td_table *t, size_t stmt, struct td_err *err)
{
    struct td_lower ctx = td_lowering_ctx(l, TD_LOWER_SCHEMA);
    struct td_strings sql = {0};

    for (size_t i = 0; i < t->constraints.len; i++) {
        const struct td_constraint *k = t->constraints.at[i];
        if (k->kind != TD_K_UNIQUE || !td_on_sqlite(k->on))
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

static const char *text_lit(struct td_lowering *l, const char *text)
{
    struct td_buf b;
    td_buf_init(&b, l->arena);
    td_buf_lit(&b, text);
    return td_buf_str(&b);
}

static void add_trigger(struct td_lowering *l, struct td_phys_triggers *out, const char *name, const char *sql)
{
    struct td_phys_trigger *t = td_vec_add(l->arena, out);
    t->name = name;
    t->sql = sql;
}

/* A sequence outside a primary key: the row is given its number right after it was inserted. */
static void counter_trigger(struct td_lowering *l, const struct td_table *t, const struct td_column *c,
                            const struct td_sequence *s, struct td_phys_triggers *out)
{
    const char *table = td_lowering_ident(l, td_table_sqlite_name(l->arena, t));
    const char *name = td_arena_printf(l->arena, "tandem_seq_%s_%s", t->name, c->name);
    const char *seq = text_lit(l, td_lowering_sequence_name(l, s));
    const char *col = td_lowering_ident(l, c->name), *rowid = td_rowid_name(t);
    const char *sql = td_arena_printf(
        l->arena,
        "CREATE TRIGGER %s AFTER INSERT ON %s FOR EACH ROW WHEN NEW.%s = (%lld) BEGIN\n"
        "    UPDATE tandem_sequences SET last_value = last_value + CASE WHEN is_called THEN increment_by ELSE 0 END,"
        " is_called = 1 WHERE name = %s;\n"
        "    UPDATE %s SET %s = (SELECT last_value FROM tandem_sequences WHERE name = %s) WHERE %s = NEW.%s;\nEND",
        td_lowering_ident(l, name), table, col, (long long)td_ddl_sequence_mark(c), seq, table, col, seq, rowid, rowid);
    add_trigger(l, out, name, sql);
}

/* ON DELETE SET NULL (columns): SQLite would null the whole key. The trigger comes first, so that SET NULL of the
 * foreign key itself finds no row left. */
static void set_null_trigger(struct td_lowering *l, const struct td_table *parent, const struct td_table *child,
                             const struct td_constraint *k, struct td_phys_triggers *out)
{
    struct td_buf b;
    const char *name = td_arena_printf(l->arena, "tandem_fk_%s_%s", child->name, k->name);

    td_buf_init(&b, l->arena);
    td_buf_printf(&b, "CREATE TRIGGER %s BEFORE DELETE ON %s FOR EACH ROW BEGIN\n    UPDATE %s SET ",
                  td_lowering_ident(l, name), td_lowering_ident(l, td_table_sqlite_name(l->arena, parent)),
                  td_lowering_ident(l, td_table_sqlite_name(l->arena, child)));
    for (size_t i = 0; i < k->set_columns.len; i++)
        td_buf_printf(&b, "%s%s = NULL", i ? ", " : "", td_lowering_ident(l, k->set_columns.at[i]->name));
    for (size_t i = 0; i < k->columns.len; i++)
        td_buf_printf(&b, "%s%s = OLD.%s", i ? " AND " : " WHERE ", td_lowering_ident(l, k->columns.at[i]->name),
                      td_lowering_ident(l, k->ref_columns.at[i]->name));
    td_buf_add(&b, ";\nEND");
    add_trigger(l, out, name, td_buf_str(&b));
}

static void set_null_triggers(struct td_lowering *l, const struct td_table *parent, struct td_phys_triggers *out)
{
    for (size_t i = 0; i < l->catalog.tables.len; i++) {
        const struct td_table *child = l->catalog.tables.at[i];
        for (size_t n = 0; n < child->constraints.len; n++) {
            const struct td_constraint *k = child->constraints.at[n];
            if (k->kind == TD_K_FOREIGN && k->set_columns.len > 0 && td_on_sqlite(k->on) && td_on_sqlite(child->on) &&
                k->ref->id == parent->id)
                set_null_trigger(l, parent, child, k, out);
        }
    }
}

int td_lowering_triggers(struct td_lowering *l, const struct td_table *t, struct td_phys_triggers *out,
                         struct td_err *err)
{
    for (size_t i = 0; i < t->columns.len; i++) {
        const struct td_column *c = t->columns.at[i];
        const struct td_sequence *s = td_on_sqlite(c->on) ? td_ddl_column_sequence(&l->catalog, c) : NULL;
        if (s != NULL && !td_ddl_is_rowid(&l->catalog, t, c))
            counter_trigger(l, t, c, s, out);
    }
    set_null_triggers(l, t, out);
    for (size_t i = 0; i < t->triggers.len; i++) {
        bool notify = false;
        if (!td_on_sqlite(t->triggers.at[i]->on) || t->triggers.at[i]->disabled)
            continue;
        int rc = td_lowering_trigger(l, t, t->triggers.at[i], out, &notify, err);
        if (rc != TD_OK)
            return rc;
    }
    return TD_OK;
}

int td_lowering_create(struct td_lowering *l, struct td_phys *p, struct td_table *want, struct td_err *err)
{
    struct td_lower ctx = td_lowering_ctx(l, TD_LOWER_SCHEMA);
    size_t stmt = p->waiting.len > 0 ? p->waiting.at[0] : l->stmt;
    struct td_buf sql;

    p->name = td_table_sqlite_name(l->arena, want);
    td_buf_init(&sql, l->arena);
    int rc = td_ddl_table(&ctx, want, p->name, &sql, err);
    if (rc != TD_OK)
        return rc;
    td_lowering_op(l, TD_OP_SQL, stmt, td_buf_str(&sql));
    td_lowering_seed(l, want, p->name, stmt);
    rc = td_lowering_indexes(l, want, stmt, err);
    if (rc != TD_OK)
        return rc;
    memset(&p->triggers, 0, sizeof p->triggers);
    rc = td_lowering_triggers(l, want, &p->triggers, err);
    if (rc != TD_OK)
        return rc;
    for (size_t i = 0; i < p->triggers.len; i++)
        td_lowering_op(l, TD_OP_SQL, stmt, p->triggers.at[i].sql);
    return TD_OK;
}
