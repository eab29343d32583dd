/* Tables and views: columns, constraints, indexes, triggers, policies. */
#include <string.h>

#include "core/catalog/compare_impl.h"
#include "core/catalog/edit.h"

struct pair {
    struct td_comparing *c;
    const struct td_table *have, *want;
};

/* ---- columns ---- */

/* A collation that is the type's own anyway says nothing. */
static const char *collation(const char *name)
{
    return name != NULL && strcmp(name, "default") == 0 ? NULL : name;
}

static const char *identity_word(enum td_identity i)
{
    return i == TD_ID_NONE ? NULL : i == TD_ID_ALWAYS ? "always" : "by default";
}

static bool is_query(const struct td_table *t)
{
    return t->kind == TD_R_VIEW || t->kind == TD_R_MATVIEW;
}

static void compare_column(struct pair *p, const struct td_column *have, const struct td_column *want)
{
    struct td_changes x;
    struct td_compared_expr place = {.table = p->want, .column = want};
    td_changes_init(&x, p->c);
    if (!is_query(p->want) || p->c->opts->view_types)
        td_changes_type(&x, "type", &have->type, &want->type);
    td_changes_text(&x, "comment", have->comment, want->comment);
    if (!is_query(p->want)) {
        td_changes_bool(&x, "not null", have->not_null, want->not_null);
        td_changes_text(&x, "identity", identity_word(have->identity), identity_word(want->identity));
        td_changes_text(&x, "collation", collation(have->collation), collation(want->collation));
        place.use = TD_EXPR_DEFAULT;
        place.have = have->default_;
        place.want = want->default_;
        td_changes_expr(&x, "default", place);
        place.use = TD_EXPR_GENERATED;
        place.have = have->generated;
        place.want = want->generated;
        td_changes_expr(&x, "generated as", place);
    }
    td_changes_done(&x, TD_OBJ_COLUMN, td_compare_part(p->c, p->want, want->name));
}

static const char *order(struct pair *p, const struct td_table *t, const struct td_table *other)
{
    struct td_buf b;
    td_buf_init(&b, p->c->a);
    for (size_t i = 0; i < t->columns.len; i++)
        if (td_compare_looks_at(p->c, t->columns.at[i]->on) && td_table_column(other, t->columns.at[i]->name) != NULL)
            td_buf_printf(&b, "%s%s", b.len > 0 ? ", " : "", t->columns.at[i]->name);
    return td_buf_str(&b);
}

static void compare_columns(struct pair *p)
{
    for (size_t i = 0; i < p->have->columns.len; i++) {
        const struct td_column *h = p->have->columns.at[i];
        if (td_compare_looks_at(p->c, h->on) && td_table_column(p->want, h->name) == NULL)
            td_compare_add(p->c, TD_DIFF_EXTRA, TD_OBJ_COLUMN, td_compare_part(p->c, p->have, h->name), NULL);
    }
    for (size_t i = 0; i < p->want->columns.len; i++) {
        const struct td_column *w = p->want->columns.at[i], *h = td_table_column(p->have, w->name);
        if (!td_compare_looks_at(p->c, w->on))
            continue;
        if (h == NULL)
            td_compare_add(p->c, TD_DIFF_MISSING, TD_OBJ_COLUMN, td_compare_part(p->c, p->want, w->name), NULL);
        else
            compare_column(p, h, w);
    }
}

/* ---- constraints ---- */

static void add_columns(struct td_buf *b, const struct td_columns *v)
{
    td_buf_add(b, " (");
    for (size_t i = 0; i < v->len; i++)
        td_buf_printf(b, "%s%s", i ? ", " : "", v->at[i]->name);
    td_buf_char(b, ')');
}

static const char *action_word(enum td_fk_action a)
{
    switch (a) {
    case TD_FK_RESTRICT: return "restrict";
    case TD_FK_CASCADE: return "cascade";
    case TD_FK_SET_NULL: return "set null";
    case TD_FK_SET_DEFAULT: return "set default";
    case TD_FK_NO_ACTION: break;
    }
    return "no action";
}

static void add_foreign(struct pair *p, struct td_buf *b, const struct td_constraint *k)
{
    td_buf_printf(b, " references %s", td_compare_path(p->c, k->ref->schema, k->ref->name));
    add_columns(b, &k->ref_columns);
    if (k->match == 'f')
        td_buf_add(b, " match full");
    td_buf_printf(b, " on update %s on delete %s", action_word(k->on_update), action_word(k->on_delete));
    if (k->set_columns.len > 0)
        add_columns(b, &k->set_columns);
}

/* All but a check's expression. A check's columns are those that the expression names, an exclusion's say little. */
static const char *constraint_text(struct pair *p, const struct td_constraint *k)
{
    static const char *const kinds[] = {"primary key", "unique", "foreign key", "check", "exclude"};
    struct td_buf b;
    td_buf_init(&b, p->c->a);
    td_buf_add(&b, kinds[k->kind]);
    if (k->kind != TD_K_CHECK && k->kind != TD_K_EXCLUDE)
        add_columns(&b, &k->columns);
    if (k->kind == TD_K_FOREIGN)
        add_foreign(p, &b, k);
    for (size_t i = 0; i < k->include.len; i++)
        td_buf_printf(&b, "%s%s", i ? ", " : " include ", k->include.at[i]);
    if (k->nulls_not_distinct)
        td_buf_add(&b, " nulls not distinct");
    if (k->deferrable)
        td_buf_add(&b, k->deferred ? " deferrable, deferred" : " deferrable");
    if (k->not_valid)
        td_buf_add(&b, " not valid");
    if (k->no_inherit)
        td_buf_add(&b, " no inherit");
    return td_buf_str(&b);
}

static void compare_constraint(struct pair *p, const struct td_constraint *have, const struct td_constraint *want)
{
    struct td_changes x;
    td_changes_init(&x, p->c);
    td_changes_text(&x, "is", constraint_text(p, have), constraint_text(p, want));
    td_changes_text(&x, "comment", have->comment, want->comment);
    td_changes_expr(
        &x, "check",
        (struct td_compared_expr){.use = TD_EXPR_CHECK, .table = p->want, .have = have->expr, .want = want->expr});
    td_changes_done(&x, TD_OBJ_CONSTRAINT, td_compare_part(p->c, p->want, want->name));
}

static void compare_constraints(struct pair *p)
{
    for (size_t i = 0; i < p->have->constraints.len; i++) {
        const struct td_constraint *h = p->have->constraints.at[i];
        if (td_compare_looks_at(p->c, h->on) && td_table_constraint(p->want, h->name) == NULL)
            td_compare_add(p->c, TD_DIFF_EXTRA, TD_OBJ_CONSTRAINT, td_compare_part(p->c, p->have, h->name), NULL);
    }
    for (size_t i = 0; i < p->want->constraints.len; i++) {
        const struct td_constraint *w = p->want->constraints.at[i], *h = td_table_constraint(p->have, w->name);
        if (!td_compare_looks_at(p->c, w->on))
            continue;
        if (h == NULL)
            td_compare_add(p->c, TD_DIFF_MISSING, TD_OBJ_CONSTRAINT, td_compare_part(p->c, p->want, w->name), NULL);
        else
            compare_constraint(p, h, w);
    }
}

/* ---- indexes ---- */

/* Written out, an operator class that the type has anyway is none: those of the built-in types are called after them.
 * varchar_ops is text's under another name, yet PostgreSQL remembers it. */
static const char *opclass(const char *name)
{
    static const char *const defaults[] = {
        "array_ops",     "bool_ops",   "bpchar_ops",   "bytea_ops",  "char_ops",        "citext_ops", "date_ops",
        "enum_ops",      "float4_ops", "float8_ops",   "inet_ops",   "int2_ops",        "int4_ops",   "int8_ops",
        "interval_ops",  "jsonb_ops",  "macaddr_ops",  "name_ops",   "numeric_ops",     "oid_ops",    "range_ops",
        "record_ops",    "text_ops",   "time_ops",     "timetz_ops", "timestamptz_ops", "uuid_ops",   "tsquery_ops",
        "timestamp_ops", "money_ops",  "tsvector_ops",
    };
    for (size_t i = 0; name != NULL && i < sizeof defaults / sizeof *defaults; i++)
        if (strcmp(name, defaults[i]) == 0)
            return NULL;
    return name;
}

static void add_key(struct td_buf *b, const struct td_index_key *key)
{
    const char *col = collation(key->collation), *ops = opclass(key->opclass);
    if (col != NULL && key->column != NULL && key->column->collation != NULL &&
        strcmp(col, key->column->collation) == 0)
        col = NULL; /* the column's own */
    td_buf_add(b, key->column == NULL ? "(expression)" : key->column->name);
    if (col != NULL)
        td_buf_printf(b, " collate %s", col);
    if (ops != NULL)
        td_buf_printf(b, " %s", ops);
    if (key->desc)
        td_buf_add(b, " desc");
    if (key->nulls_first != key->desc)
        td_buf_add(b, key->nulls_first ? " nulls first" : " nulls last");
}

static const char *index_text(struct pair *p, const struct td_index *ix)
{
    struct td_buf b;
    td_buf_init(&b, p->c->a);
    td_buf_printf(&b, "%s%s (", ix->unique ? "unique " : "", ix->method == NULL ? "btree" : ix->method);
    for (size_t i = 0; i < ix->keys.len; i++) {
        td_buf_add(&b, i ? ", " : "");
        add_key(&b, &ix->keys.at[i]);
    }
    td_buf_char(&b, ')');
    if (ix->include.len > 0) {
        td_buf_add(&b, " include");
        add_columns(&b, &ix->include);
    }
    if (ix->nulls_not_distinct)
        td_buf_add(&b, " nulls not distinct");
    return td_buf_str(&b);
}

static const struct td_index *find_index(const struct td_table *t, const char *name)
{
    for (size_t i = 0; i < t->indexes.len; i++)
        if (strcmp(t->indexes.at[i]->name, name) == 0)
            return t->indexes.at[i];
    return NULL;
}

static void compare_index(struct pair *p, const struct td_index *have, const struct td_index *want)
{
    struct td_changes x;
    struct td_compared_expr place = {.use = TD_EXPR_INDEX, .table = p->want};
    td_changes_init(&x, p->c);
    td_changes_text(&x, "is", index_text(p, have), index_text(p, want));
    for (size_t i = 0; i < have->keys.len && i < want->keys.len; i++) {
        place.have = have->keys.at[i].expr;
        place.want = want->keys.at[i].expr;
        td_changes_expr(&x, "key", place);
    }
    place.is_condition = true;
    place.have = have->where;
    place.want = want->where;
    td_changes_expr(&x, "where", place);
    td_changes_text(&x, "comment", have->comment, want->comment);
    td_changes_done(&x, TD_OBJ_INDEX, td_compare_part(p->c, p->want, want->name));
}

static void compare_indexes(struct pair *p)
{
    for (size_t i = 0; i < p->have->indexes.len; i++) {
        const struct td_index *h = p->have->indexes.at[i];
        if (td_compare_looks_at(p->c, h->on) && find_index(p->want, h->name) == NULL)
            td_compare_add(p->c, TD_DIFF_EXTRA, TD_OBJ_INDEX, td_compare_part(p->c, p->have, h->name), NULL);
    }
    for (size_t i = 0; i < p->want->indexes.len; i++) {
        const struct td_index *w = p->want->indexes.at[i], *h = find_index(p->have, w->name);
        if (!td_compare_looks_at(p->c, w->on))
            continue;
        if (h == NULL)
            td_compare_add(p->c, TD_DIFF_MISSING, TD_OBJ_INDEX, td_compare_part(p->c, p->want, w->name), NULL);
        else
            compare_index(p, h, w);
    }
}

/* ---- triggers and policies ---- */

static void compare_trigger(struct pair *p, const struct td_trigger *have, const struct td_trigger *want)
{
    struct td_changes x;
    td_changes_init(&x, p->c);
    td_changes_bool(&x, "disabled", have->disabled, want->disabled);
    td_changes_text(&x, "comment", have->comment, want->comment);
    td_changes_expr(
        &x, "is",
        (struct td_compared_expr){.use = TD_EXPR_TRIGGER, .table = p->want, .have = have->node, .want = want->node});
    td_changes_done(&x, TD_OBJ_TRIGGER, td_compare_part(p->c, p->want, want->name));
}

static void compare_triggers(struct pair *p)
{
    for (size_t i = 0; i < p->have->triggers.len; i++) {
        const struct td_trigger *h = p->have->triggers.at[i];
        if (td_compare_looks_at(p->c, h->on) && td_table_trigger(p->want, h->name) == NULL)
            td_compare_add(p->c, TD_DIFF_EXTRA, TD_OBJ_TRIGGER, td_compare_part(p->c, p->have, h->name), NULL);
    }
    for (size_t i = 0; i < p->want->triggers.len; i++) {
        const struct td_trigger *w = p->want->triggers.at[i], *h = td_table_trigger(p->have, w->name);
        if (!td_compare_looks_at(p->c, w->on))
            continue;
        if (h == NULL)
            td_compare_add(p->c, TD_DIFF_MISSING, TD_OBJ_TRIGGER, td_compare_part(p->c, p->want, w->name), NULL);
        else
            compare_trigger(p, h, w);
    }
}

static const struct td_policy *find_policy(const struct td_table *t, const char *name)
{
    for (size_t i = 0; i < t->policies.len; i++)
        if (strcmp(t->policies.at[i]->name, name) == 0)
            return t->policies.at[i];
    return NULL;
}

static void compare_policies(struct pair *p)
{
    for (size_t i = 0; i < p->have->policies.len; i++)
        if (find_policy(p->want, p->have->policies.at[i]->name) == NULL)
            td_compare_add(p->c, TD_DIFF_EXTRA, TD_OBJ_POLICY,
                           td_compare_part(p->c, p->have, p->have->policies.at[i]->name), NULL);
    for (size_t i = 0; i < p->want->policies.len; i++)
        if (find_policy(p->have, p->want->policies.at[i]->name) == NULL)
            td_compare_add(p->c, TD_DIFF_MISSING, TD_OBJ_POLICY,
                           td_compare_part(p->c, p->want, p->want->policies.at[i]->name), NULL);
}

void td_compare_tables(struct td_comparing *c, const struct td_table *have, const struct td_table *want)
{
    static const char *const kinds[] = {"table",     "view",         "materialized view", "partitioned table",
                                        "partition", "foreign table"};
    struct pair p = {c, have, want};
    struct td_changes x;
    td_changes_init(&x, c);
    td_changes_text(&x, "is a", kinds[have->kind], kinds[want->kind]);
    td_changes_text(&x, "columns", order(&p, have, want), order(&p, want, have));
    td_changes_bool(&x, "unlogged", have->unlogged, want->unlogged);
    td_changes_bool(&x, "under row security", have->row_security, want->row_security);
    td_changes_bool(&x, "under forced row security", have->force_row_security, want->force_row_security);
    td_changes_text(&x, "comment", have->comment, want->comment);
    td_changes_text(&x, "parent", have->parent == NULL ? NULL : have->parent->name,
                    want->parent == NULL ? NULL : want->parent->name);
    td_changes_expr(
        &x, "query",
        (struct td_compared_expr){.use = TD_EXPR_VIEW, .table = want, .have = have->query, .want = want->query});
    td_changes_done(&x, TD_OBJ_TABLE, td_compare_path(c, want->schema, want->name));
    compare_columns(&p);
    compare_constraints(&p);
    compare_indexes(&p);
    compare_triggers(&p);
    if (c->opts->on != TD_ON_SQLITE)
        compare_policies(&p);
}
