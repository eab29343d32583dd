/* Notes for `migrate show`: why the SQLite side of DDL looks as it does. Each is said once a statement. */
#include <string.h>

#include "core/migrate/lower_impl.h"
#include "core/sql/draw.h"
#include "core/sql/tree.h"

static const char *type_name(struct td_lowering *l, const struct td_type *t)
{
    struct td_buf b;
    td_buf_init(&b, l->arena);
    td_type_print(t, &b);
    return td_buf_str(&b);
}

static const char *numeric_reason(const struct td_type *t)
{
    switch (td_type_storage(*t)) {
    case TD_S_INTEGER: return "is INTEGER: all its values fit";
    case TD_S_REAL: return "is REAL: 15 digits are exact";
    default: return "is TEXT, so that no digit is lost; SQLite's own arithmetic and ORDER BY see text";
    }
}

/* What follows the type's name. NULL: stored as what it is. */
static const char *reason(const struct td_type *t)
{
    if (t->kind == TD_T_DOMAIN && t->dims == 0)
        return "is stored as its base type, with the domain's checks at each column";
    if (t->dims > 0)
        return "is TEXT that holds a JSON array";
    switch (t->kind) {
    case TD_T_INT2:
    case TD_T_INT4: return "is INTEGER with a CHECK of its range";
    case TD_T_BOOL: return "is INTEGER with CHECK 0 or 1";
    case TD_T_NUMERIC: return numeric_reason(t);
    case TD_T_VARCHAR: return t->mod1 >= 0 ? "is TEXT with a CHECK of its length" : NULL;
    case TD_T_BPCHAR: return "is TEXT with a CHECK of its length";
    case TD_T_CITEXT: return "is TEXT COLLATE NOCASE, which folds ASCII letters only";
    case TD_T_UUID:
    case TD_T_INET:
    case TD_T_CIDR:
    case TD_T_MACADDR:
    case TD_T_MACADDR8: return "is TEXT with a CHECK of its form";
    case TD_T_TIMESTAMPTZ: return "is TEXT in UTC with six digits and Z, so that text order is time order";
    case TD_T_TIMESTAMP: return "is TEXT with six digits, so that text order is time order";
    case TD_T_DATE: return "is TEXT of the form YYYY-MM-DD";
    case TD_T_TIME:
    case TD_T_TIMETZ: return "is TEXT of one form";
    case TD_T_INTERVAL: return "is TEXT: SQLite neither adds nor orders it as PostgreSQL does";
    case TD_T_JSON:
    case TD_T_JSONB: return "is TEXT with a CHECK by json_valid()";
    case TD_T_BYTEA: return "is BLOB";
    case TD_T_ENUM: return "is TEXT with a CHECK of its labels";
    case TD_T_OTHER: return "is TEXT as PostgreSQL writes it: SQLite neither checks nor compares it";
    default: return NULL;
    }
}

static void note_key(struct td_lowering *l, const struct td_table *t, const struct td_column *c)
{
    if (td_draw_column(l->arena, &l->catalog, c) == NULL)
        return;
    if (td_ddl_is_rowid(&l->catalog, t, c))
        td_lowering_note(
            l, td_arena_printf(l->arena, "\"%s\" is INTEGER PRIMARY KEY AUTOINCREMENT: SQLite numbers it", c->name));
    else
        td_lowering_note(
            l, td_arena_printf(l->arena, "\"%s\" gets its %s a row of tandem_sequences, by a trigger AFTER INSERT",
                               c->name,
                               td_draw_number(&l->catalog, c) != NULL ? "number from" : "value, with a number from"));
}

void td_lowering_note_column(struct td_lowering *l, const struct td_table *t, const struct td_column *c)
{
    const char *why = reason(&c->type);
    note_key(l, t, c);
    if (c->collation != NULL && !td_lower_collation_known(c->collation))
        td_lowering_note(l, td_arena_printf(l->arena,
                                            "COLLATE \"%s\" of \"%s\" is left out: SQLite orders text by its bytes",
                                            c->collation, c->name));
    if (why != NULL && !td_ddl_is_rowid(&l->catalog, t, c))
        td_lowering_note(l, td_arena_printf(l->arena, "%s %s", type_name(l, &c->type), why));
}

void td_lowering_note_constraint(struct td_lowering *l, const struct td_constraint *k)
{
    if (k->kind == TD_K_UNIQUE)
        td_lowering_note(l, "UNIQUE is a unique index of that name, which SQLite can add and drop by itself");
    if (k->kind == TD_K_UNIQUE && k->nulls_not_distinct)
        td_lowering_note(l, "NULLS NOT DISTINCT is a second unique index, over rows with NULLs");
    if (k->kind == TD_K_FOREIGN && k->match == 'f' && k->columns.len > 1)
        td_lowering_note(l, "MATCH FULL is a CHECK that all or none of the columns are NULL");
    if (k->kind == TD_K_FOREIGN && k->set_columns.len > 0)
        td_lowering_note(l, k->on_delete == TD_FK_SET_DEFAULT
                                ? "SET DEFAULT (columns) is a trigger BEFORE DELETE on the table referred to"
                                : "SET NULL (columns) is a trigger BEFORE DELETE on the table referred to");
    if (k->not_valid)
        td_lowering_note(l, "NOT VALID is left out: SQLite checks all rows when it rebuilds the table");
}

void td_lowering_note_index(struct td_lowering *l, const struct td_index *ix)
{
    if (ix->method != NULL && strcmp(ix->method, "hash") == 0)
        td_lowering_note(l, "a hash index is an ordinary one: SQLite has no other");
    if (ix->include.len > 0)
        td_lowering_note(l, "INCLUDE is left out: a matter of speed");
    if (ix->unique && ix->nulls_not_distinct)
        td_lowering_note(l, "NULLS NOT DISTINCT is a second unique index, over rows with NULLs");
    for (size_t i = 0; i < ix->keys.len; i++)
        if (ix->keys.at[i].opclass != NULL)
            td_lowering_note(l, "the operator class is left out: a matter of speed");
}

void td_lowering_note_trigger(struct td_lowering *l)
{
    td_lowering_note(l, "the trigger runs AFTER and updates the row: SQLite's triggers cannot change NEW");
}

/* SQLite cannot name a constraint anew, and a rebuild for its name alone would cost a copy of all rows. */
static void note_renamed(struct td_lowering *l, const struct td_table *t, const PgQuery__RenameStmt *s)
{
    if (s->rename_type != PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT || td_phys_get(l, t->id)->is == NULL)
        return;
    const struct td_constraint *k = td_table_constraint(t, s->newname);
    if (k != NULL && !td_ddl_constraint_is_index(k))
        td_lowering_note(l, td_arena_printf(l->arena,
                                            "SQLite's errors go on saying \"%s\" until the table is next rebuilt",
                                            s->subname));
}

void td_lowering_note_statement(struct td_lowering *l, const struct td_table *t, const PgQuery__Node *node)
{
    const struct td_phys *p = td_phys_get(l, t->id);
    if (node->node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_STMT && p->is == NULL && t->kind == TD_R_TABLE)
        td_lowering_note(l, "folded into CREATE TABLE: nothing was written to the table since");
    if (node->node_case == PG_QUERY__NODE__NODE_RENAME_STMT)
        note_renamed(l, t, node->rename_stmt);
    if (t->kind == TD_R_MATVIEW && t->stmt == l->catalog.stmt)
        td_lowering_note(l, "a materialized view is a table that REFRESH fills anew");
    if (t->unlogged && t->stmt == l->catalog.stmt)
        td_lowering_note(l, "UNLOGGED is left out: SQLite keeps every table safe");
    if (strcmp(t->schema, "public") != 0 && !t->temporary && t->stmt == l->catalog.stmt)
        td_lowering_note(l, td_arena_printf(l->arena, "SQLite has one schema: the table is called \"%s\" there",
                                            td_table_sqlite_name(l->arena, t)));
}
