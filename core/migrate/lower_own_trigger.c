/* All triggers that a table has in the file: carried ones, counters of sequences, ON DELETE ON DELETE SET NULL and SET
 * DEFAULT (columns). */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "core/migrate/lower_impl.h"
#include "core/sql/draw.h"
#include "core/sql/tree.h"

static const char *text_lit(struct td_lowering *l, const char *text)
{
    struct td_buf b;
    td_buf_init(&b, l->arena);
    td_buf_lit(&b, text);
    return td_buf_str(&b);
}

/* ---- names ---- */

static const char *folded(struct td_lowering *l, const char *name)
{
    char *s = td_arena_strdup(l->arena, name);
    for (char *c = s; *c != '\0'; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c | 32 : *c);
    return s;
}

static bool has_trigger(const struct td_phys_triggers *v, const char *name)
{
    for (size_t i = 0; i < v->len; i++)
        if (strcasecmp(v->at[i].name, name) == 0)
            return true;
    return false;
}

static bool is_taken(struct td_lowering *l, const struct td_table *t, const struct td_phys_triggers *own,
                     const char *name)
{
    const struct td_phys *p = td_map_get(&l->trigger_names, folded(l, name));
    return has_trigger(own, name) || (p != NULL && p->id != t->id && p->is != NULL && has_trigger(&p->triggers, name));
}

const char *td_lowering_trigger_name(struct td_lowering *l, const struct td_table *t,
                                     const struct td_phys_triggers *own, const char *wish)
{
    const char *name = wish;
    for (unsigned n = 2; is_taken(l, t, own, name); n++)
        name = td_arena_printf(l->arena, "%s_%u", wish, n);
    return name;
}

void td_phys_set_triggers(struct td_lowering *l, struct td_phys *p, const struct td_phys_triggers *now)
{
    p->triggers = *now;
    for (size_t i = 0; i < now->len; i++)
        td_map_put(l->arena, &l->trigger_names, folded(l, now->at[i].name), p);
}

static void add_trigger(struct td_lowering *l, struct td_phys_triggers *out, const char *name, const char *sql)
{
    struct td_phys_trigger *t = td_vec_add(l->arena, out);
    t->name = name;
    t->sql = sql;
}

/* ---- counters ---- */

/* Behind which number there is none. */
static int64_t last_but_one(const struct td_sequence *s)
{
    int64_t end = s->increment > 0 ? s->max : s->min, limit;
    return __builtin_sub_overflow(end, s->increment, &limit) ? end : limit;
}

/* nextval(), over its row. */
static void next_number(const struct td_sequence *s, struct td_buf *b)
{
    td_buf_add(b, "CASE WHEN NOT is_called THEN last_value");
    if (s->cycle)
        td_buf_printf(b, " WHEN last_value %c %" PRId64 " THEN %" PRId64, s->increment > 0 ? '>' : '<', last_but_one(s),
                      s->increment > 0 ? s->min : s->max);
    td_buf_printf(b, " ELSE last_value %c %" PRIu64 " END", s->increment > 0 ? '+' : '-',
                  s->increment > 0 ? (uint64_t)s->increment : 0 - (uint64_t)s->increment);
}

/* The number itself, or something made of it? */
static bool is_plain(struct td_lowering *l, const struct td_column *c)
{
    return td_draw_number(&l->catalog, c) != NULL;
}

/* The column's own CHECK stops a sequence that goes to the end of its type. */
static void end_of_sequence(struct td_lowering *l, const struct td_column *c, const struct td_sequence *s,
                            const char *seq, const char *when, struct td_buf *b)
{
    int64_t lowest = is_plain(l, c) ? td_draw_least(c) : INT64_MIN;
    bool up = s->increment > 0;
    if (s->cycle || (up ? s->max >= -(lowest + 1) : s->min <= lowest))
        return;
    td_buf_add(b, "    SELECT RAISE(ABORT, ");
    td_buf_lit(b, td_arena_printf(l->arena, "nextval: reached %s value of sequence \"%s\" (%" PRId64 ")",
                                  up ? "maximum" : "minimum", s->name, up ? s->max : s->min));
    td_buf_printf(b, ") FROM tandem_sequences WHERE name = %s AND is_called AND last_value %c %" PRId64 "%s;\n", seq,
                  up ? '>' : '<', last_but_one(s), when);
}

/* The sequence that a trigger counts for the column, or NULL. */
static const struct td_sequence *counter_of(struct td_lowering *l, const struct td_table *t, const struct td_column *c)
{
    return td_on_sqlite(c->on) && !td_ddl_is_rowid(&l->catalog, t, c) ? td_draw_column(l->arena, &l->catalog, c) : NULL;
}

bool td_lowering_is_counter(struct td_lowering *l, const struct td_table *t, const struct td_column *c)
{
    return counter_of(l, t, c) != NULL;
}

/* ` AND` or ` WHEN`: the row waits for its number. */
static void waits(struct td_lowering *l, const struct td_column *c, const char *word, struct td_buf *b)
{
    td_buf_printf(b, " %s NEW.%s = %s", word, td_lowering_ident(l, c->name), td_draw_mark(l->arena, c));
}

/* What the column gets, once its sequence is counted up. */
static int drawn_value(struct td_lowering *l, const struct td_column *c, const char *seq, struct td_buf *out,
                       struct td_err *err)
{
    struct td_lower ctx = td_lowering_sync_ctx(l);
    bool constant;
    ctx.draws = true;
    if (!is_plain(l, c))
        return td_lower_default(&ctx, td_column_default(c), c->type, out, &constant, err);
    td_buf_printf(out, "(SELECT last_value FROM tandem_sequences WHERE name = %s)", seq);
    return TD_OK;
}

/* One column's number. */
static int count_up(struct td_lowering *l, const struct td_table *t, const struct td_column *c, bool one,
                    struct td_buf *b, struct td_err *err)
{
    const struct td_sequence *s = counter_of(l, t, c);
    const char *seq = text_lit(l, td_lowering_sequence_name(l, s)), *rowid = td_rowid_name(t);
    struct td_buf when;

    td_buf_init(&when, l->arena);
    if (!one)
        waits(l, c, "AND", &when);
    end_of_sequence(l, c, s, seq, td_buf_str(&when), b);
    td_buf_add(b, "    UPDATE tandem_sequences SET last_value = ");
    next_number(s, b);
    td_buf_printf(b, ", is_called = 1 WHERE name = %s%s;\n", seq, td_buf_str(&when));
    td_buf_printf(b, "    UPDATE %s SET %s = ", td_lowering_ident(l, td_table_sqlite_name(l->arena, t)),
                  td_lowering_ident(l, c->name));
    int rc = drawn_value(l, c, seq, b, err);
    td_buf_printf(b, " WHERE %s = NEW.%s%s;\n", rowid, rowid, td_buf_str(&when));
    return rc;
}

static bool has_update_trigger(const struct td_table *t)
{
    for (size_t i = 0; i < t->triggers.len; i++)
        if (td_on_sqlite(t->triggers.at[i]->on) && (t->triggers.at[i]->node->create_trig_stmt->events & TD_ON_UPDATE))
            return true;
    return false;
}

/* Sequences outside a primary key: the row is given its numbers right after it was inserted, in the order of its
 * columns, as PostgreSQL works out defaults. */
static int counter_trigger(struct td_lowering *l, const struct td_table *t, struct td_phys_triggers *out,
                           struct td_err *err)
{
    TD_VEC(const struct td_column *) counters = {0};
    struct td_buf b;
    int rc = TD_OK;

    for (size_t i = 0; i < t->columns.len; i++)
        if (counter_of(l, t, t->columns.at[i]) != NULL)
            *td_vec_add(l->arena, &counters) = t->columns.at[i];
    if (counters.len == 0)
        return TD_OK;
    const char *table = td_table_sqlite_name(l->arena, t);
    const char *wish = counters.len == 1 ? td_arena_printf(l->arena, "tandem_seq_%s_%s", table, counters.at[0]->name)
                                         : td_arena_printf(l->arena, "tandem_seq_%s", table);
    const char *name = td_lowering_trigger_name(l, t, out, wish);
    bool guarded = has_update_trigger(t);

    td_buf_init(&b, l->arena);
    td_buf_printf(&b, "CREATE TRIGGER %s AFTER INSERT ON %s FOR EACH ROW", td_lowering_ident(l, name),
                  td_lowering_ident(l, table));
    for (size_t i = 0; i < counters.len; i++)
        waits(l, counters.at[i], i == 0 ? "WHEN" : "OR", &b);
    td_buf_add(&b, " BEGIN\n");
    if (guarded)
        td_lowering_guard_row(l, t, &b, "    INSERT INTO tandem_guard VALUES (", ");\n");
    for (size_t i = 0; rc == TD_OK && i < counters.len; i++)
        rc = count_up(l, t, counters.at[i], counters.len == 1, &b, err);
    if (guarded)
        td_lowering_guard_row(l, t, &b, "    DELETE FROM tandem_guard WHERE name = ", ";\n");
    td_buf_add(&b, "END");
    add_trigger(l, out, name, td_buf_str(&b));
    return rc;
}

/* ---- ON DELETE SET NULL (columns), SET DEFAULT (columns) ---- */

static int new_value(struct td_lowering *l, const struct td_constraint *k, const struct td_column *c, struct td_buf *b,
                     struct td_err *err)
{
    struct td_lower ctx = td_lowering_sync_ctx(l);
    if (k->on_delete != TD_FK_SET_DEFAULT || td_column_default(c) == NULL) {
        td_buf_add(b, "NULL");
        return TD_OK;
    }
    return td_lower_expr(&ctx, td_column_default(c), NULL, &c->type, b, NULL, err);
}

/* SQLite would set the whole key. The trigger comes first, so that the foreign key's own action finds no row left. */
static int set_columns_trigger(struct td_lowering *l, const struct td_table *parent, const struct td_table *child,
                               const struct td_constraint *k, struct td_phys_triggers *out, struct td_err *err)
{
    struct td_buf b;
    const char *wish = td_arena_printf(l->arena, "tandem_fk_%s_%s", td_table_sqlite_name(l->arena, child), k->name);
    const char *name = td_lowering_trigger_name(l, parent, out, wish);

    td_buf_init(&b, l->arena);
    td_buf_printf(&b, "CREATE TRIGGER %s BEFORE DELETE ON %s FOR EACH ROW BEGIN\n    UPDATE %s SET ",
                  td_lowering_ident(l, name), td_lowering_ident(l, td_table_sqlite_name(l->arena, parent)),
                  td_lowering_ident(l, td_table_sqlite_name(l->arena, child)));
    for (size_t i = 0; i < k->set_columns.len; i++) {
        td_buf_printf(&b, "%s%s = ", i ? ", " : "", td_lowering_ident(l, k->set_columns.at[i]->name));
        int rc = new_value(l, k, k->set_columns.at[i], &b, err);
        if (rc != TD_OK)
            return rc;
    }
    for (size_t i = 0; i < k->columns.len; i++)
        td_buf_printf(&b, "%s%s = OLD.%s", i ? " AND " : " WHERE ", td_lowering_ident(l, k->columns.at[i]->name),
                      td_lowering_ident(l, k->ref_columns.at[i]->name));
    td_buf_add(&b, ";\nEND");
    add_trigger(l, out, name, td_buf_str(&b));
    out->at[out->len - 1].writes = child->id;
    return TD_OK;
}

static int set_columns_triggers(struct td_lowering *l, const struct td_table *parent, struct td_phys_triggers *out,
                                struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; i < l->catalog.tables.len; i++) {
        const struct td_table *child = l->catalog.tables.at[i];
        for (size_t n = 0; rc == TD_OK && n < child->constraints.len; n++) {
            const struct td_constraint *k = child->constraints.at[n];
            if (k->kind == TD_K_FOREIGN && k->set_columns.len > 0 && td_on_sqlite(k->on) && td_on_sqlite(child->on) &&
                k->ref->id == parent->id)
                rc = set_columns_trigger(l, parent, child, k, out, err);
        }
    }
    return rc;
}

int td_lowering_triggers(struct td_lowering *l, const struct td_table *t, struct td_phys_triggers *out,
                         struct td_err *err)
{
    int rc = counter_trigger(l, t, out, err);
    if (rc == TD_OK)
        rc = set_columns_triggers(l, t, out, err);
    return rc == TD_OK ? td_lowering_row_triggers(l, t, out, err) : rc;
}
