/* Sequences: a row of tandem_sequences each. What numbers SQLite's INTEGER PRIMARY KEY AUTOINCREMENT has its state in
 * sqlite_sequence, which is made to go on from where PostgreSQL would. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/migrate/lower_impl.h"
#include "core/sql/draw.h"
#include "core/sql/tree.h"

const char *td_lowering_sequence_name(struct td_lowering *l, const struct td_sequence *s)
{
    return strcmp(s->schema, "public") == 0 ? s->name : td_arena_printf(l->arena, "%s.%s", s->schema, s->name);
}

const char *td_lowering_sequence_lit(struct td_lowering *l, const struct td_sequence *s)
{
    struct td_buf name, lit;
    td_buf_init(&name, l->arena);
    td_buf_init(&lit, l->arena);
    if (strcmp(s->schema, "public") != 0)
        td_buf_printf(&name, "%s.", td_lowering_ident(l, s->schema));
    td_buf_ident(&name, s->name);
    td_buf_lit(&lit, td_buf_str(&name));
    return td_buf_str(&lit);
}

static const char *lit(struct td_lowering *l, const char *text)
{
    struct td_buf b;
    td_buf_init(&b, l->arena);
    td_buf_lit(&b, text);
    return td_buf_str(&b);
}

/* ---- tandem_sequences ---- */

/* Most often where it was the last time. */
static const struct td_sequence *in_catalog(const struct td_lowering *l, struct td_phys_sequence *have)
{
    size_t n = l->catalog.sequences.len;
    if (have->at < n && l->catalog.sequences.at[have->at]->id == have->id)
        return l->catalog.sequences.at[have->at];
    for (have->at = 0; have->at < n; have->at++)
        if (l->catalog.sequences.at[have->at]->id == have->id)
            return l->catalog.sequences.at[have->at];
    return NULL;
}

static bool same_settings(const struct td_sequence *a, const struct td_sequence *b)
{
    return a->start == b->start && a->increment == b->increment && a->min == b->min && a->max == b->max &&
           a->cycle == b->cycle && a->owner_column == b->owner_column;
}

/* Nothing has happened to it: names are never changed in place. */
static bool is_as_seen(const struct td_phys_sequence *h, const struct td_sequence *s)
{
    return same_settings(&h->is, s) && h->is.name == s->name && h->is.schema == s->schema && h->is.owner == s->owner &&
           (s->owner == NULL || (h->owner_schema == s->owner->schema && h->owner_name == s->owner->name)) &&
           (s->owner_column == NULL || h->column_name == s->owner_column->name);
}

static void see(struct td_phys_sequence *h, const struct td_sequence *s)
{
    h->is = *s;
    h->owner_schema = s->owner == NULL ? NULL : s->owner->schema;
    h->owner_name = s->owner == NULL ? NULL : s->owner->name;
    h->column_name = s->owner_column == NULL ? NULL : s->owner_column->name;
}

/* Columns start_value to owner_column. */
static const char *settings(struct td_lowering *l, const struct td_sequence *s)
{
    const char *owner = "NULL, NULL";
    if (s->owner != NULL && s->owner_column != NULL)
        owner = td_arena_printf(l->arena, "%s, %s", lit(l, td_table_sqlite_name(l->arena, s->owner)),
                                lit(l, s->owner_column->name));
    return td_arena_printf(l->arena, "%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64 ", %d, %s", s->start,
                           s->increment, s->min, s->max, s->cycle, owner);
}

static void op(struct td_lowering *l, const char *sql)
{
    td_lowering_op(l, TD_OP_DESCRIBE, l->stmt, sql);
}

static void insert_sequence(struct td_lowering *l, const struct td_sequence *s, size_t at)
{
    struct td_phys_sequence *have = td_vec_add(l->arena, &l->sequences);
    have->id = s->id;
    have->at = at;
    have->name = td_lowering_sequence_name(l, s);
    see(have, s);
    have->settings = settings(l, s);
    op(l, td_arena_printf(l->arena, "INSERT OR IGNORE INTO tandem_sequences VALUES (%s, %" PRId64 ", 0, %s)",
                          lit(l, have->name), s->start, have->settings));
}

/* Counter triggers speak of the sequence, and whether AUTOINCREMENT can do what it does may change. */
static void touch_users(struct td_lowering *l, const struct td_sequence *s)
{
    for (size_t i = 0; i < l->catalog.tables.len; i++) {
        const struct td_table *t = l->catalog.tables.at[i];
        bool uses = false;
        for (size_t c = 0; !uses && c < t->columns.len; c++)
            uses = td_draw_column(l->arena, &l->catalog, t->columns.at[c]) == s;
        if (uses)
            td_phys_touch(l, t->id, l->stmt);
    }
}

static void set_name(struct td_lowering *l, struct td_phys_sequence *have, const char *name)
{
    op(l, td_arena_printf(l->arena, "UPDATE tandem_sequences SET name = %s WHERE name = %s", lit(l, name),
                          lit(l, have->name)));
    have->name = name;
}

/* Names may be swapped: one that is still in use makes way. */
static void make_way(struct td_lowering *l, const char *name)
{
    for (size_t i = 0; i < l->sequences.len; i++)
        if (strcmp(l->sequences.at[i].name, name) == 0)
            set_name(l, &l->sequences.at[i], td_arena_printf(l->arena, "tandem_tmp_%u", l->sequences.at[i].id));
}

static void rename_sequence(struct td_lowering *l, struct td_phys_sequence *have, const struct td_sequence *s)
{
    const char *name = td_lowering_sequence_name(l, s);
    if (strcmp(name, have->name) == 0)
        return;
    make_way(l, name);
    set_name(l, have, name);
    touch_users(l, s);
}

static void change_sequence(struct td_lowering *l, struct td_phys_sequence *have, const struct td_sequence *s)
{
    const char *now = settings(l, s);
    if (strcmp(now, have->settings) == 0)
        return;
    op(l, td_arena_printf(l->arena,
                          "UPDATE tandem_sequences SET (start_value, increment_by, min_value, max_value, cycle,"
                          " owner_table, owner_column) = (%s) WHERE name = %s",
                          now, lit(l, have->name)));
    if (!same_settings(&have->is, s))
        touch_users(l, s);
    have->settings = now;
}

static bool *has_sequence(struct td_lowering *l, unsigned id)
{
    while (l->has_sequence.len <= id)
        *td_vec_add(l->arena, &l->has_sequence) = false;
    return &l->has_sequence.at[id];
}

void td_lowering_sequences(struct td_lowering *l)
{
    for (size_t i = l->sequences.len; i-- > 0;) {
        struct td_phys_sequence *have = &l->sequences.at[i];
        const struct td_sequence *s = in_catalog(l, have);
        if (s != NULL && is_as_seen(have, s))
            continue;
        if (s != NULL) {
            rename_sequence(l, have, s);
            change_sequence(l, have, s);
            see(have, s);
            continue;
        }
        *has_sequence(l, have->id) = false;
        op(l, td_arena_printf(l->arena, "DELETE FROM tandem_sequences WHERE name = %s", lit(l, have->name)));
        td_vec_remove(&l->sequences, i);
    }
    for (size_t i = 0; i < l->catalog.sequences.len; i++) {
        const struct td_sequence *s = l->catalog.sequences.at[i];
        if (!td_on_sqlite(s->on) || *has_sequence(l, s->id))
            continue;
        *has_sequence(l, s->id) = true;
        insert_sequence(l, s, i);
    }
}

/* ---- AUTOINCREMENT ---- */

const struct td_column *td_lowering_rowid_key(struct td_lowering *l, const struct td_table *t)
{
    for (size_t i = 0; i < t->columns.len; i++)
        if (td_on_sqlite(t->columns.at[i]->on) && td_ddl_is_rowid(&l->catalog, t, t->columns.at[i]))
            return t->columns.at[i];
    return NULL;
}

void td_lowering_seed(struct td_lowering *l, const struct td_table *t, const char *name, size_t stmt)
{
    const struct td_column *key = td_lowering_rowid_key(l, t);
    const struct td_sequence *s = key == NULL ? NULL : td_draw_number(&l->catalog, key);
    if (s == NULL || (s->start == 1 && s->stmt == key->stmt && key->stmt == t->stmt))
        return; /* nobody can have used it yet, and SQLite begins with 1 too */
    td_lowering_opf(l, stmt,
                    "INSERT INTO sqlite_sequence (name, seq) SELECT %s, last_value - (NOT is_called) FROM"
                    " tandem_sequences WHERE name = %s",
                    lit(l, name), lit(l, td_lowering_sequence_name(l, s)));
}

/* From sqlite_sequence back to the counter. */
static void to_counter(struct td_lowering *l, const struct td_phys *p, const struct td_sequence *s, size_t stmt)
{
    td_lowering_opf(l, stmt,
                    "UPDATE tandem_sequences SET last_value = a.seq, is_called = 1 FROM sqlite_sequence a"
                    " WHERE a.name = %s AND tandem_sequences.name = %s",
                    lit(l, p->name), lit(l, td_lowering_sequence_name(l, s)));
}

static const struct td_phys_shape *rowid_on_file(const struct td_phys *p)
{
    static const char head[] = " INTEGER CONSTRAINT \"pk\" PRIMARY KEY AUTOINCREMENT";
    for (size_t i = 0; i < p->shapes.len; i++)
        if (strncmp(p->shapes.at[i].text, head, sizeof head - 1) == 0)
            return &p->shapes.at[i];
    return NULL;
}

void td_lowering_keep_numbers(struct td_lowering *l, const struct td_phys *p, const struct td_table *want,
                              const char *fresh, size_t stmt)
{
    const struct td_phys_shape *old = rowid_on_file(p);
    const struct td_column *key = td_lowering_rowid_key(l, want);
    const struct td_column *same = old == NULL ? NULL : td_table_column_by_id(want, old->column);
    const struct td_sequence *s = same == NULL ? NULL : td_draw_number(&l->catalog, same);

    if (old == NULL && key != NULL)
        td_lowering_seed(l, want, fresh, stmt);
    if (old != NULL && key != NULL)
        td_lowering_opf(l, stmt,
                        "INSERT INTO sqlite_sequence (name, seq) SELECT %s, seq FROM sqlite_sequence WHERE name = %s",
                        lit(l, fresh), lit(l, p->name));
    if (old != NULL && key == NULL && s != NULL)
        to_counter(l, p, s, stmt);
}

/* ---- RESTART ---- */

/* `*at_out`: the first number from now on. */
static bool restarts(PgQuery__Node *const *options, size_t n, const struct td_sequence *s, int64_t *at_out)
{
    for (size_t i = 0; i < n; i++) {
        const PgQuery__DefElem *d =
            options[i]->node_case == PG_QUERY__NODE__NODE_DEF_ELEM ? options[i]->def_elem : NULL;
        if (d == NULL || strcmp(d->defname, "restart") != 0)
            continue;
        *at_out = s->start;
        if (d->arg != NULL && d->arg->node_case == PG_QUERY__NODE__NODE_INTEGER)
            *at_out = d->arg->integer->ival;
        else if (d->arg != NULL && d->arg->node_case == PG_QUERY__NODE__NODE_FLOAT)
            *at_out = strtoll(d->arg->float_->fval, NULL, 10);
        return true;
    }
    return false;
}

static int restart(struct td_lowering *l, PgQuery__Node *const *options, size_t n, const struct td_sequence *s,
                   struct td_err *err)
{
    int64_t at;
    if (s == NULL || !td_on_sqlite(s->on) || !restarts(options, n, s, &at))
        return TD_OK;
    int rc = td_lowering_sync(l, err);
    if (rc == TD_OK)
        td_lowering_opf(l, l->stmt, "SELECT pg_setval(%s, %" PRId64 ", 0)", td_lowering_sequence_lit(l, s), at);
    return rc;
}

static const char *or_null(const char *s)
{
    return s == NULL || s[0] == '\0' ? NULL : s;
}

int td_lowering_restart(struct td_lowering *l, const PgQuery__Node *node, struct td_err *err)
{
    if (node->node_case == PG_QUERY__NODE__NODE_ALTER_SEQ_STMT) {
        const PgQuery__AlterSeqStmt *a = node->alter_seq_stmt;
        return restart(l, a->options, a->n_options,
                       td_catalog_sequence(&l->catalog, or_null(a->sequence->schemaname), a->sequence->relname), err);
    }
    if (node->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_STMT)
        return TD_OK;
    const PgQuery__AlterTableStmt *a = node->alter_table_stmt;
    const struct td_table *t = td_catalog_table(&l->catalog, or_null(a->relation->schemaname), a->relation->relname);
    int rc = TD_OK;
    for (size_t i = 0; t != NULL && rc == TD_OK && i < a->n_cmds; i++) {
        const PgQuery__AlterTableCmd *cmd = a->cmds[i]->alter_table_cmd;
        const struct td_column *c = td_table_column(t, cmd->name);
        if (cmd->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity && c != NULL && cmd->def != NULL &&
            cmd->def->node_case == PG_QUERY__NODE__NODE_LIST)
            rc = restart(l, cmd->def->list->items, cmd->def->list->n_items, c->serial, err);
    }
    return rc;
}

/* ---- calls in data statements ---- */

static bool visit_call(PgQuery__Node *n, void *data)
{
    static const char *const names[] = {"nextval", "setval", "currval", "lastval"};
    bool *found = data;
    const char *name = n->node_case == PG_QUERY__NODE__NODE_FUNC_CALL ? td_tree_builtin(n->func_call) : NULL;
    for (size_t i = 0; name != NULL && i < sizeof names / sizeof names[0]; i++)
        *found = *found || strcmp(name, names[i]) == 0;
    return true;
}

bool td_lowering_calls_sequence(const PgQuery__Node *tree)
{
    bool found = false;
    td_tree_walk((PgQuery__Node *)tree, visit_call, &found);
    return found;
}
