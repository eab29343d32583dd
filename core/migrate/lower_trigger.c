/* PostgreSQL's row triggers of the simple shapes, as SQLite triggers.
 *
 * SQLite's triggers cannot change NEW. So "NEW.c := e" becomes an AFTER trigger that updates the row, and only where
 * that changes something: WHEN NEW.c IS NOT e. Where e does not read what it assigns, that also ends the recursion
 * (recursive_triggers may be on: Debian builds SQLite so; 'now' is one instant within a statement). Where it does
 * (NEW.version := NEW.version + 1), a row in tandem_guard stands for "this trigger is at work". */
#include <string.h>
#include <strings.h>

#include "core/migrate/lower_impl.h"
#include "core/sql/routine.h"
#include "core/sql/source.h"
#include "core/sql/tree.h"

struct carry {
    struct td_lowering *l;
    const struct td_table *t;
    const struct td_trigger *tr;
    const PgQuery__CreateTrigStmt *node;
    struct td_routine body;
    enum td_trigger_event event;
};

int td_lowering_refuse_trigger(const struct td_table *t, const struct td_trigger *tr, const char *why,
                               struct td_err *err)
{
    td_err_set(err, TD_C_DDL_TRIGGER, "trigger \"%s\" on \"%s\" cannot be carried: %s", tr->name, t->name, why);
    td_err_why(err, "rows written on SQLite would not be what PostgreSQL makes of them");
    return td_err_next(err,
                       "mark it with  -- tandem: postgres   (and a  -- tandem: sqlite  replacement if SQLite needs "
                       "it), or deploy with  --skip trigger");
}

static int refuse(const struct carry *c, const char *why, struct td_err *err)
{
    return td_lowering_refuse_trigger(c->t, c->tr, why, err);
}

static const char *event_word(enum td_trigger_event e)
{
    return e == TD_ON_INSERT ? "INSERT" : e == TD_ON_DELETE ? "DELETE" : "UPDATE";
}

/* ---- conditions ---- */

struct constants {
    struct td_arena *arena;
    const struct carry *c;
};

static void become_text(struct td_arena *a, PgQuery__Node *n, const char *text)
{
    PgQuery__AConst *k = td_arena_new(a, PgQuery__AConst);
    PgQuery__String *s = td_arena_new(a, PgQuery__String);
    pg_query__a__const__init(k);
    pg_query__string__init(s);
    s->sval = td_arena_strdup(a, text);
    k->val_case = PG_QUERY__A__CONST__VAL_SVAL;
    k->sval = s;
    n->node_case = PG_QUERY__NODE__NODE_A_CONST;
    n->a_const = k;
}

static bool put_constant(PgQuery__Node *n, void *data)
{
    struct constants *k = data;
    if (n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF || n->column_ref->n_fields != 1)
        return true;
    const char *name = td_tree_string(n->column_ref->fields[0]);
    if (name == NULL)
        return false;
    if (strcmp(name, "tg_op") == 0)
        become_text(k->arena, n, event_word(k->c->event));
    else if (strcmp(name, "tg_table_name") == 0 || strcmp(name, "tg_relname") == 0)
        become_text(k->arena, n, k->c->t->name);
    else if (strcmp(name, "tg_table_schema") == 0)
        become_text(k->arena, n, k->c->t->schema);
    else if (strcmp(name, "tg_name") == 0)
        become_text(k->arena, n, k->c->tr->name);
    else if (strcmp(name, "tg_when") == 0)
        become_text(k->arena, n, k->c->node->timing & TD_TIMING_BEFORE ? "BEFORE" : "AFTER");
    else if (strcmp(name, "tg_level") == 0)
        become_text(k->arena, n, "ROW");
    return false;
}

/* The tree with TG_OP and its kin spelled out for this event. */
static const PgQuery__Node *for_event(const struct carry *c, const PgQuery__Node *tree)
{
    struct constants k = {.arena = c->l->arena, .c = c};
    PgQuery__Node *copy = td_tree_clone(c->l->arena, tree);
    td_tree_walk(copy, put_constant, &k);
    (void)td_trigger_spell_rows(c->l->arena, c->t, copy); /* check_rows looked at what is left */
    return copy;
}

static struct td_lower context(const struct carry *c)
{
    struct td_lower ctx = td_lowering_ctx(c->l, TD_LOWER_SCHEMA);
    ctx.source = NULL; /* the function may stand in another file */
    ctx.new_row = c->event == TD_ON_DELETE ? NULL : c->t;
    ctx.old_row = c->event == TD_ON_INSERT ? NULL : c->t;
    return ctx;
}

static int condition(const struct carry *c, const PgQuery__Node *tree, struct td_buf *out, struct td_err *err)
{
    struct td_lower ctx = context(c);
    return td_lower_condition(&ctx, for_event(c, tree), NULL, out, err);
}

/* ---- assignments ---- */

struct reads {
    const struct carry *c;
    bool assigned; /* does it read a column of NEW that the trigger assigns? */
};

static bool assigns(const struct carry *c, const char *column)
{
    for (size_t i = 0; i < c->body.len; i++)
        if (c->body.at[i].kind == TD_STEP_ASSIGN && strcmp(c->body.at[i].column, column) == 0)
            return true;
    return false;
}

static bool note_read(PgQuery__Node *n, void *data)
{
    struct reads *r = data;
    if (n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
        return true;
    const PgQuery__ColumnRef *ref = n->column_ref;
    if (ref->n_fields == 2) {
        const char *column = td_tree_string(ref->fields[1]);
        r->assigned = r->assigned || column == NULL || assigns(r->c, column);
    } else if (ref->n_fields == 1 && ref->fields[0]->node_case == PG_QUERY__NODE__NODE_STRING) {
        const char *row = td_tree_string(ref->fields[0]);
        r->assigned = r->assigned || strcmp(row, "new") == 0 || strcmp(row, "old") == 0; /* the whole row */
    }
    return false;
}

static bool reads_assigned(const struct carry *c, const PgQuery__Node *tree)
{
    struct reads r = {.c = c};
    if (tree != NULL)
        td_tree_walk((PgQuery__Node *)tree, note_read, &r);
    return r.assigned;
}

/* Steps that see each other's results, or read what they write, need the guard row. */
static bool needs_guard(const struct carry *c)
{
    if (c->node->when_clause != NULL && reads_assigned(c, c->node->when_clause))
        return true;
    for (size_t i = 0; i < c->body.len; i++)
        if (c->body.at[i].kind == TD_STEP_ASSIGN &&
            (reads_assigned(c, c->body.at[i].expr) || reads_assigned(c, c->body.at[i].condition)))
            return true;
    return false;
}

static int check_assignments(const struct carry *c, struct td_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < c->body.len; i++) {
        const struct td_step *s = &c->body.at[i];
        if (s->kind != TD_STEP_ASSIGN)
            continue;
        n++;
        struct td_column *col = td_table_column(c->t, s->column);
        if (col == NULL)
            return refuse(c, "its function assigns a column that the table does not have", err);
        if (c->event == TD_ON_INSERT && col->not_null && col->default_ == NULL && col->serial == NULL)
            return refuse(c, "on INSERT it fills a NOT NULL column that has no default", err);
        for (size_t k = 0; k < i; k++)
            if (c->body.at[k].kind == TD_STEP_ASSIGN && strcmp(c->body.at[k].column, s->column) == 0)
                return refuse(c, "its function assigns one column twice", err);
    }
    if (n > 1 && needs_guard(c))
        return refuse(c, "its assignments build on each other", err);
    return TD_OK;
}

/* The lowered pieces of one assignment. */
struct piece {
    const char *column, *expr, *condition; /* condition "" : always */
};

static int piece_of(const struct carry *c, const struct td_step *s, struct piece *out, struct td_err *err)
{
    struct td_lower ctx = context(c);
    struct td_buf expr, cond;
    td_buf_init(&expr, c->l->arena);
    td_buf_init(&cond, c->l->arena);
    int rc =
        td_lower_expr(&ctx, for_event(c, s->expr), NULL, &td_table_column(c->t, s->column)->type, &expr, NULL, err);
    if (rc == TD_OK && s->condition != NULL)
        rc = condition(c, s->condition, &cond, err);
    out->column = td_lowering_ident(c->l, s->column);
    out->expr = td_buf_str(&expr);
    out->condition = td_buf_str(&cond);
    return rc;
}

void td_lowering_guard_row(struct td_lowering *l, const struct td_table *t, const char *name, struct td_buf *b,
                           const char *verb, const char *rest)
{
    td_buf_add(b, verb);
    td_buf_lit(b, td_arena_printf(l->arena, "%s.%s", td_table_sqlite_name(l->arena, t), name));
    td_buf_add(b, rest);
}

static void guard_row(const struct carry *c, const char *name, struct td_buf *b, const char *verb, const char *rest)
{
    td_lowering_guard_row(c->l, c->t, name, b, verb, rest);
}

/* BEFORE INSERT triggers and counters change the row by an UPDATE here, which must not look like one to UPDATE
 * triggers. */
static bool changes_on_insert(const struct carry *c)
{
    for (size_t i = 0; i < c->t->triggers.len; i++) {
        const PgQuery__CreateTrigStmt *n = c->t->triggers.at[i]->node->create_trig_stmt;
        if (n->row && (n->timing & TD_TIMING_BEFORE) && (n->events & TD_ON_INSERT))
            return true;
    }
    for (size_t i = 0; i < c->t->columns.len; i++)
        if (td_lowering_is_counter(c->l, c->t, c->t->columns.at[i]))
            return true;
    return false;
}

static void unless_guarded(const struct carry *c, const char *guard, bool first, struct td_buf *b)
{
    guard_row(c, guard, b,
              first ? " WHEN NOT EXISTS (SELECT 1 FROM tandem_guard WHERE name = "
                    : " AND NOT EXISTS (SELECT 1 FROM tandem_guard WHERE name = ",
              ")");
}

static int assign_trigger(const struct carry *c, const char *name, const char *head, const char *when,
                          struct td_phys_triggers *out, struct td_err *err)
{
    const char *table = td_lowering_ident(c->l, td_table_sqlite_name(c->l->arena, c->t));
    const char *rowid = td_rowid_name(c->t);
    bool guarded = needs_guard(c) || c->event == TD_ON_INSERT;
    const char *guard = c->event == TD_ON_INSERT ? "insert" : name;
    struct td_buf b, set, changes;
    size_t n = 0;

    int rc = check_assignments(c, err);
    if (rc != TD_OK)
        return rc;
    if (rowid == NULL)
        return refuse(c, "the table has columns of all names that SQLite gives a row's number", err);
    td_buf_init(&b, c->l->arena);
    td_buf_init(&set, c->l->arena);
    td_buf_init(&changes, c->l->arena);
    for (size_t i = 0; i < c->body.len; i++) {
        struct piece p;
        if (c->body.at[i].kind != TD_STEP_ASSIGN)
            continue;
        rc = piece_of(c, &c->body.at[i], &p, err);
        if (rc != TD_OK)
            return rc;
        td_buf_printf(&changes, "%s(%s%sNEW.%s IS NOT (%s))", n ? " OR " : "", p.condition,
                      p.condition[0] ? " AND " : "", p.column, p.expr);
        td_buf_add(&set, n++ ? ", " : "");
        if (p.condition[0] != '\0')
            td_buf_printf(&set, "%s = CASE WHEN %s THEN %s ELSE %s END", p.column, p.condition, p.expr, p.column);
        else
            td_buf_printf(&set, "%s = %s", p.column, p.expr);
    }
    td_buf_printf(&b, "%s WHEN (%s)", head, td_buf_str(&changes));
    if (when[0] != '\0')
        td_buf_printf(&b, " AND (%s)", when);
    if (guarded && c->event != TD_ON_INSERT)
        unless_guarded(c, guard, false, &b);
    if (c->event == TD_ON_UPDATE && changes_on_insert(c))
        unless_guarded(c, "insert", false, &b);
    td_buf_add(&b, " BEGIN\n");
    if (guarded)
        guard_row(c, guard, &b, "    INSERT INTO tandem_guard VALUES (", ");\n");
    td_buf_printf(&b, "    UPDATE %s SET %s WHERE %s = NEW.%s;\n", table, td_buf_str(&set), rowid, rowid);
    if (guarded)
        guard_row(c, guard, &b, "    DELETE FROM tandem_guard WHERE name = ", ";\n");
    td_buf_add(&b, "END");
    *td_vec_add(c->l->arena, out) = (struct td_phys_trigger){.name = name, .sql = td_buf_str(&b)};
    return TD_OK;
}

/* ---- errors ---- */

static int raise_trigger(const struct carry *c, const char *name, const char *head, const char *when,
                         struct td_phys_triggers *out, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, c->l->arena);
    td_buf_add(&b, head);
    if (when[0] != '\0')
        td_buf_printf(&b, " WHEN (%s)", when);
    if (c->event == TD_ON_UPDATE && changes_on_insert(c))
        unless_guarded(c, "insert", when[0] == '\0', &b);
    td_buf_add(&b, " BEGIN\n");
    for (size_t i = 0; i < c->body.len; i++) {
        const struct td_step *s = &c->body.at[i];
        if (s->kind != TD_STEP_RAISE)
            continue;
        td_buf_add(&b, "    SELECT RAISE(ABORT, ");
        td_buf_lit(&b, s->message);
        td_buf_char(&b, ')');
        if (s->condition != NULL) {
            td_buf_add(&b, " WHERE ");
            int rc = condition(c, s->condition, &b, err);
            if (rc != TD_OK)
                return rc;
        }
        td_buf_add(&b, ";\n");
    }
    td_buf_add(&b, "END");
    *td_vec_add(c->l->arena, out) = (struct td_phys_trigger){.name = name, .sql = td_buf_str(&b)};
    return TD_OK;
}

/* ---- one trigger, one event ---- */

static size_t count(const struct td_routine *r, enum td_step_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < r->len; i++)
        n += r->at[i].kind == kind;
    return n;
}

/* CREATE TRIGGER name TIMING EVENT [OF columns] ON table FOR EACH ROW */
static const char *head_of(const struct carry *c, const char *name, const char *timing)
{
    struct td_buf b;
    td_buf_init(&b, c->l->arena);
    td_buf_printf(&b, "CREATE TRIGGER %s %s %s", td_lowering_ident(c->l, name), timing, event_word(c->event));
    for (size_t i = 0; c->event == TD_ON_UPDATE && i < c->node->n_columns; i++)
        td_buf_printf(&b, "%s%s", i ? ", " : " OF ", td_lowering_ident(c->l, td_tree_string(c->node->columns[i])));
    td_buf_printf(&b, " ON %s FOR EACH ROW", td_lowering_ident(c->l, td_table_sqlite_name(c->l->arena, c->t)));
    return td_buf_str(&b);
}

static int one_event(struct carry *c, bool several, struct td_phys_triggers *out, struct td_err *err)
{
    const char *suffix = several ? (c->event == TD_ON_INSERT   ? "_insert"
                                    : c->event == TD_ON_DELETE ? "_delete"
                                                               : "_update")
                                 : "";
    const char *wish =
        td_arena_printf(c->l->arena, "%s.%s%s", td_table_sqlite_name(c->l->arena, c->t), c->tr->name, suffix);
    const char *name = td_lowering_trigger_name(c->l, c->t, out, wish);
    bool before = (c->node->timing & TD_TIMING_BEFORE) != 0;
    struct td_buf when;
    int rc = TD_OK;

    td_buf_init(&when, c->l->arena);
    if (c->node->when_clause != NULL)
        rc = condition(c, c->node->when_clause, &when, err);
    if (rc == TD_OK && count(&c->body, TD_STEP_RAISE) > 0) {
        bool early = before && !(c->event == TD_ON_INSERT && td_trigger_reads_rowid(c->l, c->t, c->tr, &c->body));
        rc = raise_trigger(c, name, head_of(c, name, early ? "BEFORE" : "AFTER"), td_buf_str(&when), out, err);
    }
    if (rc != TD_OK || c->event == TD_ON_DELETE || !before || count(&c->body, TD_STEP_ASSIGN) == 0)
        return rc;
    if (count(&c->body, TD_STEP_RAISE) > 0)
        name = td_lowering_trigger_name(c->l, c->t, out, td_arena_printf(c->l->arena, "%s_set", wish));
    return assign_trigger(c, name, head_of(c, name, "AFTER"), td_buf_str(&when), out, err);
}

static bool spells_out(const struct carry *c, const PgQuery__Node *tree)
{
    return tree == NULL || td_trigger_spell_rows(c->l->arena, c->t, td_tree_clone(c->l->arena, tree));
}

static int check_rows(const struct carry *c, struct td_err *err)
{
    bool good = spells_out(c, c->node->when_clause);
    for (size_t i = 0; i < c->body.len; i++)
        good = good && spells_out(c, c->body.at[i].expr) && spells_out(c, c->body.at[i].condition);
    return good ? TD_OK : refuse(c, "it reads NEW or OLD as one value, other than to compare the two", err);
}

static int check_shape(const struct carry *c, struct td_err *err)
{
    const PgQuery__CreateTrigStmt *n = c->node;
    if (n->timing & TD_TIMING_INSTEAD)
        return refuse(c, "it stands INSTEAD OF a view's change", err);
    if (!n->row)
        return refuse(c, "it fires once for a statement, SQLite's triggers fire for rows", err);
    if (n->events & TD_ON_TRUNCATE)
        return refuse(c, "SQLite has no TRUNCATE", err);
    if (n->isconstraint && n->deferrable)
        return refuse(c, "SQLite cannot defer a trigger", err);
    if ((n->timing & TD_TIMING_BEFORE) && c->body.returns_null)
        return refuse(c, "its function drops rows by RETURN NULL", err);
    if ((n->timing & TD_TIMING_BEFORE) && c->body.returns_old && (n->events & TD_ON_UPDATE))
        return refuse(c, "its function undoes changes by RETURN OLD", err);
    if (n->n_transition_rels > 0)
        return refuse(c, "it reads transition tables", err);
    return TD_OK;
}

int td_lowering_trigger(struct td_lowering *l, const struct td_table *t, const struct td_trigger *tr,
                        struct td_phys_triggers *out, bool *notify_out, struct td_err *err)
{
    static const enum td_trigger_event events[] = {TD_ON_INSERT, TD_ON_UPDATE, TD_ON_DELETE};
    struct carry c = {.l = l, .t = t, .tr = tr, .node = tr->node->create_trig_stmt};
    unsigned set = (unsigned)c.node->events & (TD_ON_INSERT | TD_ON_UPDATE | TD_ON_DELETE);

    *notify_out = false;
    if (tr->function == NULL)
        return refuse(&c, "its function is not known here", err);
    int rc = td_routine_trigger(l->arena, tr->function, &c.body, err);
    if (rc != TD_OK) {
        const char *why = td_arena_strdup(l->arena, err->message);
        return refuse(&c, why, err);
    }
    if (count(&c.body, TD_STEP_NOTIFY) == c.body.len) {
        *notify_out = true; /* an empty body, too: it changes nothing */
        return TD_OK;
    }
    rc = check_shape(&c, err);
    if (rc == TD_OK)
        rc = check_rows(&c, err);
    for (size_t i = 0; rc == TD_OK && i < sizeof events / sizeof events[0]; i++) {
        c.event = events[i];
        if (set & (unsigned)c.event)
            rc = one_event(&c, set != (unsigned)c.event, out, err);
    }
    return rc;
}
