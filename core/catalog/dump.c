#include "core/catalog/dump.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"

struct dumping {
    const struct td_catalog *c;
    const struct td_dump_opts *opts;
    struct td_buf *out;
};

static void expr(const struct dumping *d, const char *before, const struct PgQuery__Node *e)
{
    if (e == NULL)
        return;
    td_buf_add(d->out, before);
    if (d->opts == NULL || d->opts->expr == NULL)
        td_buf_add(d->out, "...");
    else
        d->opts->expr(e, d->out, d->opts->data);
}

static void columns(struct td_buf *out, const struct td_columns *v)
{
    td_buf_char(out, '(');
    for (size_t i = 0; i < v->len; i++)
        td_buf_printf(out, "%s%s", i == 0 ? "" : ", ", v->at[i]->name);
    td_buf_char(out, ')');
}

static void comment(struct td_buf *out, const char *text)
{
    if (text == NULL)
        return;
    td_buf_add(out, " comment ");
    td_buf_lit(out, text);
}

static void end(struct td_buf *out, enum td_on on)
{
    if (on == TD_ON_POSTGRES)
        td_buf_add(out, " [postgres only]");
    else if (on == TD_ON_SQLITE)
        td_buf_add(out, " [sqlite only]");
    td_buf_char(out, '\n');
}

static void dump_column(const struct dumping *d, const struct td_column *c)
{
    td_buf_printf(d->out, "  %s ", c->name);
    td_type_print(&c->type, d->out);
    if (c->collation != NULL)
        td_buf_printf(d->out, " collate %s", c->collation);
    if (c->not_null)
        td_buf_add(d->out, " not null");
    expr(d, " default ", c->default_);
    expr(d, " generated ", c->generated);
    if (c->identity != TD_ID_NONE)
        td_buf_add(d->out, c->identity == TD_ID_ALWAYS ? " identity always" : " identity by default");
    if (c->serial != NULL)
        td_buf_printf(d->out, " from %s", c->serial->name);
    comment(d->out, c->comment);
    end(d->out, c->on);
}

static void dump_foreign(const struct dumping *d, const struct td_constraint *k)
{
    td_buf_printf(d->out, " -> %s", k->ref->name);
    columns(d->out, &k->ref_columns);
    if (k->match == 'f')
        td_buf_add(d->out, " match full");
    if (k->on_update != TD_FK_NO_ACTION)
        td_buf_printf(d->out, " update %c", (char)k->on_update);
    if (k->on_delete != TD_FK_NO_ACTION)
        td_buf_printf(d->out, " delete %c", (char)k->on_delete);
    if (k->set_columns.len > 0)
        columns(d->out, &k->set_columns);
}

static void dump_constraint(const struct dumping *d, const struct td_constraint *k)
{
    static const char *const kinds[] = {"primary key", "unique", "foreign key", "check", "exclude"};
    td_buf_printf(d->out, "  %s %s ", k->name, kinds[k->kind]);
    columns(d->out, &k->columns);
    if (k->kind == TD_K_FOREIGN)
        dump_foreign(d, k);
    expr(d, " ", k->expr);
    for (size_t i = 0; i < k->include.len; i++)
        td_buf_printf(d->out, "%s%s", i == 0 ? " include " : ", ", k->include.at[i]);
    if (k->nulls_not_distinct)
        td_buf_add(d->out, " nulls not distinct");
    if (k->deferrable)
        td_buf_add(d->out, k->deferred ? " deferred" : " deferrable");
    if (k->not_valid)
        td_buf_add(d->out, " not valid");
    if (k->no_inherit)
        td_buf_add(d->out, " no inherit");
    comment(d->out, k->comment);
    end(d->out, k->on);
}

static void dump_key(const struct dumping *d, const struct td_index_key *key)
{
    if (key->column != NULL)
        td_buf_add(d->out, key->column->name);
    expr(d, "", key->expr);
    if (key->collation != NULL)
        td_buf_printf(d->out, " collate %s", key->collation);
    if (key->opclass != NULL)
        td_buf_printf(d->out, " %s", key->opclass);
    if (key->desc)
        td_buf_add(d->out, " desc");
    if (key->nulls_first != key->desc)
        td_buf_add(d->out, key->nulls_first ? " nulls first" : " nulls last");
}

static void dump_index(const struct dumping *d, const struct td_index *ix)
{
    td_buf_printf(d->out, "  %s %sindex %s (", ix->name, ix->unique ? "unique " : "", ix->method);
    for (size_t i = 0; i < ix->keys.len; i++) {
        if (i > 0)
            td_buf_add(d->out, ", ");
        dump_key(d, &ix->keys.at[i]);
    }
    td_buf_char(d->out, ')');
    if (ix->include.len > 0) {
        td_buf_add(d->out, " include ");
        columns(d->out, &ix->include);
    }
    if (ix->nulls_not_distinct)
        td_buf_add(d->out, " nulls not distinct");
    expr(d, " where ", ix->where);
    comment(d->out, ix->comment);
    end(d->out, ix->on);
}

/* ---- order: by name, whatever the order in which things were made ---- */

#define BY_NAME(function, type)                                                                                        \
    static int function(const void *a, const void *b)                                                                  \
    {                                                                                                                  \
        const type *x = *(const type *const *)a, *y = *(const type *const *)b;                                         \
        return strcmp(x->name, y->name);                                                                               \
    }
BY_NAME(constraint_order, struct td_constraint)
BY_NAME(index_order, struct td_index)
BY_NAME(trigger_order, struct td_trigger)

#define BY_SCHEMA(function, type)                                                                                      \
    static int function(const void *a, const void *b)                                                                  \
    {                                                                                                                  \
        const type *x = *(const type *const *)a, *y = *(const type *const *)b;                                         \
        int order = strcmp(x->schema, y->schema);                                                                      \
        return order != 0 ? order : strcmp(x->name, y->name);                                                          \
    }
BY_SCHEMA(table_order, struct td_table)
BY_SCHEMA(type_order, struct td_user_type)
BY_SCHEMA(sequence_order, struct td_sequence)

static int function_order(const void *a, const void *b)
{
    const struct td_function *x = *(struct td_function *const *)a, *y = *(struct td_function *const *)b;
    int order = strcmp(x->schema, y->schema);
    if (order == 0)
        order = strcmp(x->name, y->name);
    return order != 0 ? order : strcmp(x->arguments, y->arguments);
}

/* A sorted copy of a vector of pointers; the catalog itself stays in order of creation. */
static void *sorted(const struct dumping *d, const void *at, size_t len, int (*order)(const void *, const void *))
{
    void **copy = td_arena_alloc(d->c->arena, (len + 1) * sizeof *copy);
    if (len > 0) {
        memcpy(copy, at, len * sizeof *copy);
        qsort(copy, len, sizeof *copy, order);
    }
    return copy;
}

static void dump_table(const struct dumping *d, const struct td_table *t)
{
    static const char *const kinds[] = {"table",     "view",         "materialized view", "partitioned table",
                                        "partition", "foreign table"};
    td_buf_printf(d->out, "%s %s.%s", kinds[t->kind], t->schema, t->name);
    if (t->unlogged)
        td_buf_add(d->out, " unlogged");
    if (t->row_security)
        td_buf_add(d->out, t->force_row_security ? " row security forced" : " row security");
    comment(d->out, t->comment);
    end(d->out, t->on);
    for (size_t i = 0; i < t->columns.len; i++)
        dump_column(d, t->columns.at[i]);
    struct td_constraint **ks = sorted(d, t->constraints.at, t->constraints.len, constraint_order);
    for (size_t i = 0; i < t->constraints.len; i++)
        dump_constraint(d, ks[i]);
    struct td_index **is = sorted(d, t->indexes.at, t->indexes.len, index_order);
    for (size_t i = 0; i < t->indexes.len; i++)
        dump_index(d, is[i]);
    struct td_trigger **ts = sorted(d, t->triggers.at, t->triggers.len, trigger_order);
    for (size_t i = 0; i < t->triggers.len; i++) {
        td_buf_printf(d->out, "  %s trigger %s%s", ts[i]->name, ts[i]->function == NULL ? "" : ts[i]->function->name,
                      ts[i]->disabled ? " disabled" : "");
        comment(d->out, ts[i]->comment);
        end(d->out, ts[i]->on);
    }
    for (size_t i = 0; i < t->policies.len; i++)
        td_buf_printf(d->out, "  %s policy\n", t->policies.at[i]->name);
    expr(d, "  as ", t->query);
    if (t->query != NULL)
        td_buf_char(d->out, '\n');
}

static void dump_type(const struct dumping *d, const struct td_user_type *t)
{
    static const char *const kinds[] = {"enum", "domain", "composite type", "range type", "shell type"};
    td_buf_printf(d->out, "%s %s.%s", kinds[t->kind], t->schema, t->name);
    for (size_t i = 0; i < t->labels.len; i++) {
        td_buf_add(d->out, i == 0 ? " " : ", ");
        td_buf_lit(d->out, t->labels.at[i]);
    }
    if (t->kind == TD_UT_DOMAIN) {
        td_buf_char(d->out, ' ');
        td_type_print(&t->base, d->out);
        if (t->not_null)
            td_buf_add(d->out, " not null");
        expr(d, " default ", t->default_);
    }
    comment(d->out, t->comment);
    end(d->out, t->on);
    for (size_t i = 0; i < t->checks.len; i++) {
        td_buf_printf(d->out, "  %s check", t->checks.at[i].name);
        expr(d, " ", t->checks.at[i].expr);
        td_buf_char(d->out, '\n');
    }
}

static void dump_sequence(const struct dumping *d, const struct td_sequence *s)
{
    td_buf_printf(d->out, "sequence %s.%s ", s->schema, s->name);
    td_type_print(&s->type, d->out);
    td_buf_printf(d->out, " start %lld increment %lld min %lld max %lld cache %lld%s", (long long)s->start,
                  (long long)s->increment, (long long)s->min, (long long)s->max, (long long)s->cache,
                  s->cycle ? " cycle" : "");
    if (s->owner_column != NULL)
        td_buf_printf(d->out, " owned by %s.%s", s->owner->name, s->owner_column->name);
    comment(d->out, s->comment);
    end(d->out, s->on);
}

void td_catalog_dump(const struct td_catalog *c, const struct td_dump_opts *opts, struct td_buf *out)
{
    const struct dumping d = {c, opts, out};
    for (size_t i = 1; i < c->schemas.len; i++)
        td_buf_printf(out, "schema %s\n", c->schemas.at[i]);
    struct td_table **ts = sorted(&d, c->tables.at, c->tables.len, table_order);
    for (size_t i = 0; i < c->tables.len; i++)
        dump_table(&d, ts[i]);
    struct td_user_type **us = sorted(&d, c->types.at, c->types.len, type_order);
    for (size_t i = 0; i < c->types.len; i++)
        dump_type(&d, us[i]);
    struct td_sequence **ss = sorted(&d, c->sequences.at, c->sequences.len, sequence_order);
    for (size_t i = 0; i < c->sequences.len; i++)
        dump_sequence(&d, ss[i]);
    struct td_function **fs = sorted(&d, c->functions.at, c->functions.len, function_order);
    for (size_t i = 0; i < c->functions.len; i++) {
        td_buf_printf(out, "%s %s.%s(%s)", fs[i]->kind == TD_FN_PROCEDURE ? "procedure" : "function", fs[i]->schema,
                      fs[i]->name, fs[i]->arguments);
        comment(out, fs[i]->comment);
        end(out, fs[i]->on);
    }
    for (size_t i = 0; i < c->extensions.len; i++)
        td_buf_printf(out, "extension %s\n", c->extensions.at[i].name);
}
