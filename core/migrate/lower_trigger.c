/* PostgreSQL's row triggers of the simple shapes, as SQLite triggers.
 *
 * SQLite's triggers cannot change NEW. So all that the BEFORE triggers of one event assign becomes one AFTER trigger,
 * which updates the row once: their functions are followed in the order in which PostgreSQL fires them (by name), and
 * what a column holds by then is kept as an expression over the row as it was written, so that each sees what those
 * before it made of the row. Errors that they raise are tested in real BEFORE triggers, over the same expressions.
 *
 * That UPDATE of ours must not fire the table's UPDATE triggers: a row in tandem_guard stands for "at work", wherever
 * there are others, or where the assignments read what they assign (recursive_triggers may be on: Debian builds SQLite
 * so). Where not, it ends by itself, being made only where it changes something: WHEN NEW.c IS NOT e ('now' is one
 * instant within a statement). */
#include <string.h>
#include <strings.h>

#include "core/migrate/lower_impl.h"
#include "core/migrate/lower_trigger_impl.h"
#include "core/sql/source.h"
#include "core/sql/tree.h"

enum { TOO_LONG = 20000 };

/* What a test came out as: known for this event (0, 1), or a text to be worked out (-1). */
struct truth {
    int known;
    const char *text;
};

struct test {
    const PgQuery__Node *node;
    struct truth truth;
};

/* The BEFORE triggers of one event with one list of UPDATE OF columns. */
struct group {
    const PgQuery__CreateTrigStmt *of; /* whose list it is */
    const char *name;                  /* of the trigger in the file */
    bool reads_own;                    /* reads OLD, or what it assigns, or is another each time */
    TD_VEC(size_t) columns;            /* that it assigns, as indexes */
};

struct setter {
    enum td_trigger_event event;
    const char *name, *head, *set, *changes;
    bool guarded;
};

struct raiser {
    enum td_trigger_event event;
    const char *name, *head, *when, *body;
};

/* A column of NEW, as far as the triggers have come. */
struct value {
    const char *text;    /* NULL: as it was written */
    struct group *owner; /* which assigns it */
    bool unsteady;       /* another each time it is worked out */
};

struct combine {
    struct td_lowering *l;
    const struct td_table *t;
    enum td_trigger_event event;
    struct value *values; /* index: the column's */
    TD_VEC(struct group *) groups;
    TD_VEC(struct setter) setters;
    TD_VEC(struct raiser) raisers;
    struct td_phys_triggers *out; /* names that are taken */
};

struct carry {
    struct combine *x;
    struct td_lowering *l;
    const struct td_table *t;
    const struct td_trigger *tr;
    const PgQuery__CreateTrigStmt *node;
    bool before;
    struct td_routine body;
    struct value *values; /* AFTER triggers: a copy, what they assign is nowhere seen */
    struct group *group;  /* NULL until it assigns */
    TD_VEC(struct test) tests;
    struct truth when;
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

/* ---- expressions ---- */

static struct td_lower context(const struct carry *c)
{
    struct td_lower ctx = td_lowering_ctx(c->l, TD_LOWER_SCHEMA);
    const char **values = td_arena_alloc(c->l->arena, (c->t->columns.len + 1) * sizeof *values);
    for (size_t i = 0; i < c->t->columns.len; i++)
        values[i] = c->values[i].text;
    ctx.source = NULL; /* the function may stand in another file */
    ctx.new_row = c->x->event == TD_ON_DELETE ? NULL : c->t;
    ctx.old_row = c->x->event == TD_ON_INSERT ? NULL : c->t;
    ctx.new_values = values;
    return ctx;
}

/* The tree with what is known of this event spelled out, and cut down by it. */
static int for_event(const struct carry *c, const PgQuery__Node *tree, PgQuery__Node **out)
{
    const struct td_trigger_facts facts = {
        .op = event_word(c->x->event), .table = c->t, .trigger = c->tr, .node = c->node};
    *out = td_tree_clone(c->l->arena, tree);
    return td_trigger_fold(c->l->arena, &facts, *out);
}

/* May the columns that it reads be read here? */
static int check_reads(const struct carry *c, const PgQuery__Node *tree, struct td_err *err)
{
    struct td_trigger_uses u = {.arena = c->l->arena};
    td_trigger_note_reads(&u, tree);
    for (size_t i = 0; i < u.reads.len; i++)
        if (td_table_column(c->t, u.reads.at[i]) == NULL &&
            (strncmp(u.reads.at[i], "tg_", 3) == 0 || strcmp(u.reads.at[i], "found") == 0))
            return refuse(
                c, td_arena_printf(c->l->arena, "its function uses %s other than by a constant", u.reads.at[i]), err);
    for (size_t i = 0; i < c->t->columns.len; i++) {
        const struct td_column *column = c->t->columns.at[i];
        const struct value *v = &c->values[i];
        if (!td_trigger_reads(&u, column->name))
            continue;
        if (column->generated != NULL && (c->before || c->x->groups.len > 0))
            return refuse(c, "it reads a generated column, which PostgreSQL works out after it", err);
        if (v->text != NULL && v->unsteady)
            return refuse(
                c, td_arena_printf(c->l->arena, "it reads \"%s\", which was given a value by chance", column->name),
                err);
        if (v->owner != NULL && v->owner != c->group && v->owner->of->n_columns > 0)
            return refuse(
                c,
                td_arena_printf(c->l->arena,
                                "it reads \"%s\", which another trigger assigns when some columns are updated",
                                column->name),
                err);
    }
    return TD_OK;
}

/* PostgreSQL looks at what a function says when it runs, not when its trigger is made. */
static int when_it_fires(const struct carry *c, int rc, struct td_err *err)
{
    if (rc == TD_OK || err->sqlstate[0] == '\0')
        return rc;
    const char *why =
        td_arena_printf(c->l->arena, "PostgreSQL fails when it fires: %s (SQLSTATE %s)", err->message, err->sqlstate);
    td_err_clear(err);
    return refuse(c, why, err);
}

static bool is_unsteady(const char *sql)
{
    return strstr(sql, "random") != NULL;
}

static int lowered_test(const struct carry *c, const PgQuery__Node *tree, struct truth *out, struct td_err *err)
{
    PgQuery__Node *n;
    struct td_lower ctx = context(c);
    struct td_buf b;
    out->known = for_event(c, tree, &n);
    out->text = "";
    if (out->known >= 0)
        return TD_OK;
    int rc = check_reads(c, n, err);
    if (rc == TD_OK && !td_trigger_spell_rows(c->l->arena, c->t, n))
        rc = refuse(c, "it reads NEW or OLD as one value, other than to compare the two", err);
    if (rc != TD_OK)
        return rc;
    td_buf_init(&b, c->l->arena);
    rc = td_lower_condition(&ctx, n, NULL, &b, err);
    out->text = td_buf_str(&b);
    return when_it_fires(c, rc, err);
}

static struct truth both(const struct carry *c, struct truth x, struct truth y)
{
    if (x.known == 0 || y.known == 1)
        return x;
    if (y.known == 0 || x.known == 1)
        return y;
    return (struct truth){-1, td_arena_printf(c->l->arena, "(%s) AND (%s)", x.text, y.text)};
}

/* A condition of the routine: its leaves are tests that were worked out. */
static struct truth truth_of(const struct carry *c, const PgQuery__Node *condition)
{
    if (condition == NULL)
        return (struct truth){1, ""};
    for (size_t i = 0; i < c->tests.len; i++)
        if (c->tests.at[i].node == condition)
            return c->tests.at[i].truth;
    if (condition->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR)
        return both(c, truth_of(c, condition->bool_expr->args[0]), truth_of(c, condition->bool_expr->args[1]));
    struct truth x = truth_of(c, condition->boolean_test->arg);
    if (x.known >= 0)
        return (struct truth){!x.known, ""};
    return (struct truth){-1, td_arena_printf(c->l->arena, "(%s) IS NOT TRUE", x.text)};
}

/* ---- assignments ---- */

static bool same_list(const PgQuery__CreateTrigStmt *a, const PgQuery__CreateTrigStmt *b)
{
    if (a->n_columns != b->n_columns)
        return false;
    for (size_t i = 0; i < a->n_columns; i++) {
        bool found = false;
        for (size_t k = 0; k < b->n_columns; k++)
            found = found || strcmp(td_tree_string(a->columns[i]), td_tree_string(b->columns[k])) == 0;
        if (!found)
            return false;
    }
    return true;
}

static struct group *group_of(struct carry *c)
{
    for (size_t i = 0; i < c->x->groups.len; i++)
        if (c->x->event != TD_ON_UPDATE || same_list(c->x->groups.at[i]->of, c->node))
            return c->x->groups.at[i];
    struct group *g = td_arena_new(c->l->arena, struct group);
    static const PgQuery__CreateTrigStmt none;
    g->of = c->x->event == TD_ON_UPDATE ? c->node : &none;
    *td_vec_add(c->l->arena, &c->x->groups) = g;
    return g;
}

static int check_assigned(const struct carry *c, const struct td_step *s, size_t at, struct td_err *err)
{
    const struct td_column *col = c->t->columns.at[at];
    if (!c->before)
        return TD_OK;
    if (col->generated != NULL)
        return refuse(c, "its function assigns a generated column", err);
    if (c->x->event == TD_ON_INSERT && td_lowering_is_counter(c->l, c->t, col))
        return refuse(
            c, td_arena_printf(c->l->arena, "on INSERT it assigns \"%s\", which a sequence numbers", col->name), err);
    if (c->x->event == TD_ON_INSERT && col->not_null && col->default_ == NULL && col->serial == NULL &&
        !td_trigger_is_strict(s->expr, s->column) && !td_trigger_needs(s->condition, s->column))
        return refuse(c, "on INSERT it fills a NOT NULL column that has no default", err);
    if (c->values[at].owner != NULL && c->values[at].owner != c->group)
        return refuse(
            c, td_arena_printf(c->l->arena, "another trigger, on other columns, assigns \"%s\", too", s->column), err);
    return TD_OK;
}

/* Does the text read a column of NEW that the group assigns, or of OLD, which is another row in the UPDATE of ours? */
static bool reads_assigned(const struct carry *c, const char *text)
{
    if (strstr(text, "OLD.") != NULL)
        return true;
    for (size_t i = 0; c->group != NULL && i < c->group->columns.len; i++) {
        const char *name = td_lowering_ident(c->l, c->t->columns.at[c->group->columns.at[i]]->name);
        if (strstr(text, td_arena_printf(c->l->arena, "NEW.%s", name)) != NULL)
            return true;
    }
    return false;
}

static void note_assigned(struct carry *c, size_t at)
{
    for (size_t i = 0; i < c->group->columns.len; i++)
        if (c->group->columns.at[i] == at)
            return;
    *td_vec_add(c->l->arena, &c->group->columns) = at;
}

static int assign(struct carry *c, const struct td_step *s, struct td_err *err)
{
    struct truth when = both(c, c->when, truth_of(c, s->condition));
    size_t at = 0;
    struct td_buf expr;
    PgQuery__Node *n;

    while (at < c->t->columns.len && strcmp(c->t->columns.at[at]->name, s->column) != 0)
        at++;
    if (at == c->t->columns.len)
        return refuse(c, "its function assigns a column that the table does not have", err);
    if (when.known == 0)
        return TD_OK;
    if (c->before && c->group == NULL)
        c->group = group_of(c);
    int rc = check_assigned(c, s, at, err);
    (void)for_event(c, s->expr, &n);
    if (rc == TD_OK)
        rc = check_reads(c, n, err);
    if (rc == TD_OK && !td_trigger_spell_rows(c->l->arena, c->t, n))
        rc = refuse(c, "it reads NEW or OLD as one value, other than to compare the two", err);
    if (rc != TD_OK)
        return rc;
    struct td_lower ctx = context(c);
    const struct td_type type = td_column_on_sqlite(c->t->columns.at[at])->type;
    td_buf_init(&expr, c->l->arena);
    rc = when_it_fires(c, td_lower_expr(&ctx, n, NULL, &type, &expr, NULL, err), err);
    if (rc != TD_OK)
        return rc;
    struct value *v = &c->values[at];
    const char *text = td_buf_str(&expr);
    const char *column = td_arena_printf(c->l->arena, "NEW.%s", td_lowering_ident(c->l, s->column));
    v->unsteady = is_unsteady(text) || (when.known != 1 && v->unsteady);
    if (c->before) {
        note_assigned(c, at);
        v->owner = c->group;
        c->group->reads_own = c->group->reads_own || v->unsteady || reads_assigned(c, text) ||
                              (when.known != 1 && reads_assigned(c, when.text));
    }
    if (when.known == 1)
        v->text = text;
    else
        v->text = td_arena_printf(c->l->arena, "CASE WHEN %s THEN %s ELSE %s END", when.text, text,
                                  v->text == NULL ? column : v->text);
    return strlen(v->text) > TOO_LONG ? refuse(c, "its assignments build on each other too far", err) : TD_OK;
}

/* The one UPDATE of a group. */
static void add_setter(struct combine *x, const struct group *g, const char *head)
{
    struct td_arena *a = x->l->arena;
    struct td_buf set, changes;
    td_buf_init(&set, a);
    td_buf_init(&changes, a);
    for (size_t i = 0; i < g->columns.len; i++) {
        const char *column = td_lowering_ident(x->l, x->t->columns.at[g->columns.at[i]]->name);
        const char *text = x->values[g->columns.at[i]].text;
        bool folds = td_type_base(td_column_on_sqlite(x->t->columns.at[g->columns.at[i]])->type).kind == TD_T_CITEXT;
        td_buf_printf(&changes, "%sNEW.%s%s IS NOT (%s)", i == 0 ? "" : " OR ", column, folds ? " COLLATE BINARY" : "",
                      text);
        td_buf_printf(&set, "%s%s = %s", i == 0 ? "" : ", ", column, text);
    }
    *td_vec_add(a, &x->setters) = (struct setter){.event = x->event,
                                                  .name = g->name,
                                                  .head = head,
                                                  .set = td_buf_str(&set),
                                                  .changes = td_buf_str(&changes),
                                                  .guarded = g->reads_own};
}

/* ---- heads ---- */

/* CREATE TRIGGER name TIMING EVENT [OF columns] ON table FOR EACH ROW */
static const char *head_of(const struct combine *x, const PgQuery__CreateTrigStmt *of, const char *name,
                           const char *timing)
{
    struct td_buf b;
    td_buf_init(&b, x->l->arena);
    td_buf_printf(&b, "CREATE TRIGGER %s %s %s", td_lowering_ident(x->l, name), timing, event_word(x->event));
    for (size_t i = 0; x->event == TD_ON_UPDATE && i < of->n_columns; i++)
        td_buf_printf(&b, "%s%s", i ? ", " : " OF ", td_lowering_ident(x->l, td_tree_string(of->columns[i])));
    td_buf_printf(&b, " ON %s FOR EACH ROW", td_lowering_ident(x->l, td_table_sqlite_name(x->l->arena, x->t)));
    return td_buf_str(&b);
}

/* A name that no other trigger of the file has; taken from now on. */
static const char *take_name(const struct carry *c, const char *suffix)
{
    unsigned set = (unsigned)c->node->events & (TD_ON_INSERT | TD_ON_UPDATE | TD_ON_DELETE);
    const char *event = set == (unsigned)c->x->event  ? ""
                        : c->x->event == TD_ON_INSERT ? "_insert"
                        : c->x->event == TD_ON_DELETE ? "_delete"
                                                      : "_update";
    const char *wish =
        td_arena_printf(c->l->arena, "%s.%s%s%s", td_table_sqlite_name(c->l->arena, c->t), c->tr->name, event, suffix);
    const char *name = td_lowering_trigger_name(c->l, c->t, c->x->out, wish);
    td_vec_add(c->l->arena, c->x->out)->name = name;
    return name;
}

/* ---- errors ---- */

static bool reads_rowid(const struct carry *c, const char *text)
{
    const struct td_column *key = td_lowering_rowid_key(c->l, c->t);
    return key != NULL &&
           strstr(text, td_arena_printf(c->l->arena, "NEW.%s", td_lowering_ident(c->l, key->name))) != NULL;
}

static void add_raise(const struct carry *c, const struct td_step *s, struct td_buf *body)
{
    struct truth when = truth_of(c, s->condition);
    if (when.known == 0)
        return;
    td_buf_add(body, "    SELECT RAISE(ABORT, ");
    td_buf_lit(body, s->message);
    td_buf_char(body, ')');
    if (when.known < 0)
        td_buf_printf(body, " WHERE %s", when.text);
    td_buf_add(body, ";\n");
}

/* SQLite knows the number of a new row only once it is stored. */
static void add_raiser(const struct carry *c, const struct td_buf *body)
{
    const char *text = td_buf_str(body), *name = take_name(c, "");
    bool early = c->before && !(c->x->event == TD_ON_INSERT && (reads_rowid(c, text) || reads_rowid(c, c->when.text)));
    *td_vec_add(c->l->arena, &c->x->raisers) =
        (struct raiser){.event = c->x->event,
                        .name = name,
                        .head = head_of(c->x, c->node, name, early ? "BEFORE" : "AFTER"),
                        .when = c->when.text,
                        .body = text};
}

/* ---- one trigger, one event ---- */

static bool mentions(const PgQuery__Node *condition, const PgQuery__Node *test)
{
    if (condition == test || condition == NULL)
        return condition == test;
    if (condition->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR)
        return mentions(condition->bool_expr->args[0], test) || mentions(condition->bool_expr->args[1], test);
    return condition->node_case == PG_QUERY__NODE__NODE_BOOLEAN_TEST && mentions(condition->boolean_test->arg, test);
}

/* Is there something that the test decides of? What only notifies is left out. */
static bool is_used(const struct carry *c, const PgQuery__Node *test)
{
    for (size_t i = 0; i < c->body.len; i++)
        if ((c->body.at[i].kind == TD_STEP_ASSIGN || c->body.at[i].kind == TD_STEP_RAISE) &&
            mentions(c->body.at[i].condition, test))
            return true;
    return false;
}

/* What is left out must not be able to fail on PostgreSQL. */
static int check_left_out(const struct carry *c, const struct td_step *s, struct td_err *err)
{
    bool good = true;
    for (size_t i = 0; i < s->n_args; i++)
        good = good && td_trigger_cannot_fail(s->args[i]);
    return good ? TD_OK : refuse(c, "what it notifies of can fail on PostgreSQL, and the change with it", err);
}

static int test_step(struct carry *c, const struct td_step *s, struct td_err *err)
{
    struct test t = {.node = s->expr, .truth = {0, ""}};
    int rc = TD_OK;
    if (both(c, c->when, truth_of(c, s->condition)).known != 0) {
        PgQuery__Node *n;
        if (is_used(c, s->expr))
            rc = lowered_test(c, s->expr, &t.truth, err);
        else if ((t.truth.known = for_event(c, s->expr, &n)) < 0 && !td_trigger_cannot_fail(n))
            rc = refuse(c, "a test for what it notifies of can fail on PostgreSQL, and the change with it", err);
    }
    *td_vec_add(c->l->arena, &c->tests) = t;
    return rc;
}

/* A BEFORE trigger that returns no row drops the change; one that returns OLD undoes it. */
static int check_returned(const struct carry *c, const struct td_step *s, struct td_err *err)
{
    enum td_returned what = s->returned;
    if (!c->before || both(c, c->when, truth_of(c, s->condition)).known == 0)
        return TD_OK;
    if (what == TD_RETURN_NEW_OR_OLD)
        what = c->x->event == TD_ON_DELETE ? TD_RETURN_OLD : TD_RETURN_NEW;
    else if (what == TD_RETURN_OLD_OR_NEW)
        what = c->x->event == TD_ON_INSERT ? TD_RETURN_NEW : TD_RETURN_OLD;
    if (what == TD_RETURN_NULL)
        return refuse(c, "its function drops rows by RETURN NULL", err);
    if (what == TD_RETURN_NEW && c->x->event == TD_ON_DELETE)
        return refuse(c, "its function drops deletes by RETURN NEW, which is NULL there", err);
    if (what == TD_RETURN_OLD && c->x->event == TD_ON_INSERT)
        return refuse(c, "its function drops rows by RETURN OLD, which is NULL there", err);
    if (what == TD_RETURN_OLD && c->x->event == TD_ON_UPDATE)
        return refuse(c, "its function undoes changes by RETURN OLD", err);
    return TD_OK;
}

static int step(struct carry *c, const struct td_step *s, struct td_buf *raises, struct td_err *err)
{
    switch (s->kind) {
    case TD_STEP_TEST: return test_step(c, s, err);
    case TD_STEP_ASSIGN: return c->x->event == TD_ON_DELETE ? TD_OK : assign(c, s, err);
    case TD_STEP_RAISE: add_raise(c, s, raises); return TD_OK;
    case TD_STEP_NOTIFY:
        return both(c, c->when, truth_of(c, s->condition)).known == 0 ? TD_OK : check_left_out(c, s, err);
    case TD_STEP_RETURN: return check_returned(c, s, err);
    }
    return TD_OK;
}

static bool has_step(const struct td_routine *r, enum td_step_kind kind)
{
    for (size_t i = 0; i < r->len; i++)
        if (r->at[i].kind == kind)
            return true;
    return false;
}

static bool only_notifies(const struct td_routine *r)
{
    return !has_step(r, TD_STEP_ASSIGN) && !has_step(r, TD_STEP_RAISE);
}

static int one_event(struct carry *c, struct td_err *err)
{
    struct td_buf raises;
    int rc = TD_OK;

    c->when = (struct truth){1, ""};
    c->tests.len = 0;
    c->group = NULL;
    for (size_t i = 0; c->before && i < c->x->groups.len; i++)
        if (c->x->event != TD_ON_UPDATE || same_list(c->x->groups.at[i]->of, c->node))
            c->group = c->x->groups.at[i];
    if (c->node->when_clause != NULL && only_notifies(&c->body)) {
        PgQuery__Node *n;
        c->when = (struct truth){for_event(c, c->node->when_clause, &n), ""};
        if (c->when.known < 0 && !td_trigger_cannot_fail(n))
            rc = refuse(c, "a test for what it notifies of can fail on PostgreSQL, and the change with it", err);
    } else if (c->node->when_clause != NULL) {
        rc = lowered_test(c, c->node->when_clause, &c->when, err);
    }
    td_buf_init(&raises, c->l->arena);
    for (size_t i = 0; rc == TD_OK && c->when.known != 0 && i < c->body.len; i++)
        rc = step(c, &c->body.at[i], &raises, err);
    if (rc != TD_OK)
        return rc;
    if (raises.len > 0)
        add_raiser(c, &raises);
    if (c->group != NULL && c->group->name == NULL)
        c->group->name = take_name(c, raises.len > 0 ? "_set" : "");
    return TD_OK;
}

static int check_shape(const struct carry *c, struct td_err *err)
{
    const PgQuery__CreateTrigStmt *n = c->node;
    if (n->timing & TD_TIMING_INSTEAD)
        return refuse(c, "it stands INSTEAD OF a view's change", err);
    if (only_notifies(&c->body))
        return TD_OK;
    if (!n->row)
        return refuse(c, "it fires once for a statement, SQLite's triggers fire for rows", err);
    if (n->events & TD_ON_TRUNCATE)
        return refuse(c, "SQLite has no TRUNCATE", err);
    if (n->isconstraint && n->deferrable)
        return refuse(c, "SQLite cannot defer a trigger", err);
    if (n->n_transition_rels > 0)
        return refuse(c, "it reads transition tables", err);
    return TD_OK;
}

static int read_trigger(struct combine *x, const struct td_trigger *tr, struct carry *c, struct td_err *err)
{
    *c = (struct carry){.x = x, .l = x->l, .t = x->t, .tr = tr, .node = tr->node->create_trig_stmt};
    c->before = c->node->row && (c->node->timing & TD_TIMING_BEFORE) != 0;
    c->values = x->values;
    if (tr->function == NULL)
        return refuse(c, "its function is not known here", err);
    int rc = td_routine_trigger(x->l->arena, tr->function, &c->body, err);
    if (rc != TD_OK) {
        const char *why = td_arena_strdup(x->l->arena, err->message);
        return refuse(c, why, err);
    }
    rc = check_shape(c, err);
    return rc == TD_OK && !only_notifies(&c->body) ? td_trigger_check_counters(x->l, x->t, tr, &c->body, err) : rc;
}

/* ---- all triggers of a table ---- */

static bool is_carried(const struct td_trigger *tr)
{
    return td_on_sqlite(tr->on) && !tr->disabled;
}

/* In the order in which PostgreSQL fires them. */
static struct td_trigger **by_name(struct td_lowering *l, const struct td_table *t, size_t *n)
{
    struct td_trigger **at = td_arena_alloc(l->arena, (t->triggers.len + 1) * sizeof(struct td_trigger *));
    *n = 0;
    for (size_t i = 0; i < t->triggers.len; i++) {
        size_t k = *n;
        if (!is_carried(t->triggers.at[i]))
            continue;
        for (; k > 0 && strcmp(at[k - 1]->name, t->triggers.at[i]->name) > 0; k--)
            at[k] = at[k - 1];
        at[k] = t->triggers.at[i];
        ++*n;
    }
    return at;
}

/* BEFORE triggers first: AFTER triggers see what they made of the row. */
static int all_of_event(struct combine *x, struct td_trigger *const *at, size_t n, struct td_err *err)
{
    struct td_arena *a = x->l->arena;
    struct carry c;
    size_t bytes = (x->t->columns.len + 1) * sizeof *x->values;
    x->values = td_arena_alloc(a, bytes);
    memset(x->values, 0, bytes);
    x->groups.len = 0;
    for (size_t k = 0; k < 2 * n; k++) {
        const PgQuery__CreateTrigStmt *node = at[k % n]->node->create_trig_stmt;
        bool before = (node->timing & TD_TIMING_BEFORE) != 0;
        if ((node->events & (int)x->event) == 0 || before != (k < n))
            continue;
        int rc = read_trigger(x, at[k % n], &c, err);
        if (rc == TD_OK && !before) {
            c.values = td_arena_alloc(a, bytes);
            memcpy(c.values, x->values, bytes);
        }
        if (rc == TD_OK)
            rc = one_event(&c, err);
        if (rc != TD_OK)
            return rc;
    }
    for (size_t i = 0; i < x->groups.len; i++)
        add_setter(x, x->groups.at[i], head_of(x, x->groups.at[i]->of, x->groups.at[i]->name, "AFTER"));
    return TD_OK;
}

/* The instant is the statement's: a row that UPDATE OR FAIL left behind means nothing to later ones. */
void td_lowering_guard_row(struct td_lowering *l, const struct td_table *t, struct td_buf *b, const char *verb,
                           const char *rest)
{
    td_buf_add(b, verb);
    td_buf_lit(b, td_table_sqlite_name(l->arena, t));
    td_buf_add(b, " || strftime(' %J', 'now')");
    td_buf_add(b, rest);
}

static bool has_counter(struct td_lowering *l, const struct td_table *t)
{
    for (size_t i = 0; i < t->columns.len; i++)
        if (td_lowering_is_counter(l, t, t->columns.at[i]))
            return true;
    return false;
}

/* How many triggers an UPDATE of the table could fire, and how many of ours make one. */
struct firing {
    size_t on_update, sets;
    bool counts;
};

static void print_setter(const struct combine *x, const struct setter *s, const struct firing *f, struct td_buf *b)
{
    const char *rowid = td_rowid_name(x->t);
    bool update = s->event == TD_ON_UPDATE;
    bool guarded = update ? s->guarded || f->on_update > 1 : f->on_update > 0;

    td_buf_printf(b, "%s WHEN (%s)", s->head, s->changes);
    if (update && (guarded || f->sets > 1 || f->counts))
        td_lowering_guard_row(x->l, x->t, b, " AND NOT EXISTS (SELECT 1 FROM tandem_guard WHERE name = ", ")");
    td_buf_add(b, " BEGIN\n");
    if (guarded)
        td_lowering_guard_row(x->l, x->t, b, "    INSERT INTO tandem_guard VALUES (", ");\n");
    td_buf_printf(b, "    UPDATE %s SET %s WHERE %s = NEW.%s;\n",
                  td_lowering_ident(x->l, td_table_sqlite_name(x->l->arena, x->t)), s->set, rowid, rowid);
    if (guarded)
        td_lowering_guard_row(x->l, x->t, b, "    DELETE FROM tandem_guard WHERE name = ", ";\n");
    td_buf_add(b, "END");
}

static void print_raiser(const struct combine *x, const struct raiser *r, const struct firing *f, struct td_buf *b)
{
    td_buf_add(b, r->head);
    if (r->when[0] != '\0')
        td_buf_printf(b, " WHEN (%s)", r->when);
    if (r->event == TD_ON_UPDATE && (f->sets > 0 || f->counts))
        td_lowering_guard_row(x->l, x->t, b,
                              r->when[0] == '\0' ? " WHEN NOT EXISTS (SELECT 1 FROM tandem_guard WHERE name = "
                                                 : " AND NOT EXISTS (SELECT 1 FROM tandem_guard WHERE name = ",
                              ")");
    td_buf_printf(b, " BEGIN\n%sEND", r->body);
}

static int print_all(struct combine *x, const struct td_trigger *blame, struct td_err *err)
{
    struct firing f = {.sets = x->setters.len, .counts = has_counter(x->l, x->t)};
    for (size_t i = 0; i < x->raisers.len; i++)
        f.on_update += x->raisers.at[i].event == TD_ON_UPDATE;
    for (size_t i = 0; i < x->setters.len; i++)
        f.on_update += x->setters.at[i].event == TD_ON_UPDATE;
    if (x->setters.len > 0 && td_rowid_name(x->t) == NULL)
        return td_lowering_refuse_trigger(x->t, blame,
                                          "the table has columns of all names that SQLite gives a row's number", err);
    for (size_t i = 0; i < x->out->len; i++) {
        struct td_buf b;
        td_buf_init(&b, x->l->arena);
        for (size_t k = 0; k < x->raisers.len; k++)
            if (x->raisers.at[k].name == x->out->at[i].name)
                print_raiser(x, &x->raisers.at[k], &f, &b);
        for (size_t k = 0; k < x->setters.len; k++)
            if (x->setters.at[k].name == x->out->at[i].name)
                print_setter(x, &x->setters.at[k], &f, &b);
        if (b.len > 0)
            x->out->at[i].sql = td_buf_str(&b);
    }
    return TD_OK;
}

int td_lowering_row_triggers(struct td_lowering *l, const struct td_table *t, struct td_phys_triggers *out,
                             struct td_err *err)
{
    static const enum td_trigger_event events[] = {TD_ON_INSERT, TD_ON_UPDATE, TD_ON_DELETE};
    struct combine x = {.l = l, .t = t, .out = out};
    size_t n;
    struct td_trigger **at = by_name(l, t, &n);
    int rc = TD_OK;

    for (size_t i = 0; rc == TD_OK && n > 0 && i < sizeof events / sizeof events[0]; i++) {
        x.event = events[i];
        rc = all_of_event(&x, at, n, err);
    }
    return rc == TD_OK && n > 0 ? print_all(&x, at[0], err) : rc;
}

int td_lowering_trigger_does(struct td_lowering *l, const struct td_table *t, const struct td_trigger *tr,
                             bool *notify_out, bool *sets_out, struct td_err *err)
{
    struct combine x = {.l = l, .t = t};
    struct carry c;
    int rc = read_trigger(&x, tr, &c, err);
    *notify_out = rc == TD_OK && only_notifies(&c.body);
    *sets_out = rc == TD_OK && c.before && has_step(&c.body, TD_STEP_ASSIGN);
    return rc;
}
