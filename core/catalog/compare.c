/* Schemas, types, sequences, functions; and how a difference is put into words. */
#include "core/catalog/compare.h"

#include <string.h>

#include "core/catalog/compare_impl.h"

/* ---- words ---- */

static const char *const object_words[] = {
    [TD_OBJ_SCHEMA] = "schema", [TD_OBJ_EXTENSION] = "extension",   [TD_OBJ_TYPE] = "type",
    [TD_OBJ_TABLE] = "table",   [TD_OBJ_SEQUENCE] = "sequence",     [TD_OBJ_COLUMN] = "column",
    [TD_OBJ_INDEX] = "index",   [TD_OBJ_CONSTRAINT] = "constraint", [TD_OBJ_TRIGGER] = "trigger",
    [TD_OBJ_POLICY] = "policy", [TD_OBJ_FUNCTION] = "function",
};

const char *td_object_name(enum td_object object)
{
    return object_words[object];
}

const char *td_difference_kind_name(enum td_difference_kind kind)
{
    static const char *const names[] = {
        [TD_DIFF_MISSING] = "missing", [TD_DIFF_EXTRA] = "extra", [TD_DIFF_CHANGED] = "changed"};
    return names[kind];
}

const char *td_compare_path(struct td_comparing *c, const char *schema, const char *name)
{
    return strcmp(schema, "public") == 0 ? name : td_arena_printf(c->a, "%s.%s", schema, name);
}

const char *td_compare_part(struct td_comparing *c, const struct td_table *t, const char *name)
{
    return td_arena_printf(c->a, "%s.%s", td_compare_path(c, t->schema, t->name), name);
}

void td_compare_add(struct td_comparing *c, enum td_difference_kind kind, enum td_object object, const char *name,
                    const char *text)
{
    static const char *const kinds[] = {[TD_DIFF_MISSING] = "is missing", [TD_DIFF_EXTRA] = "is not expected"};
    struct td_difference *d = td_vec_add(c->a, c->out);
    d->kind = kind;
    d->object = object;
    d->name = name;
    d->text = td_arena_printf(c->a, kind == TD_DIFF_CHANGED ? "%s \"%s\": %s" : "%s \"%s\" %s", object_words[object],
                              name, kind == TD_DIFF_CHANGED ? text : kinds[kind]);
}

void td_changes_init(struct td_changes *x, struct td_comparing *c)
{
    x->c = c;
    td_buf_init(&x->text, c->a);
}

void td_changes_text(struct td_changes *x, const char *word, const char *have, const char *want)
{
    if (have == want || (have != NULL && want != NULL && strcmp(have, want) == 0))
        return;
    td_buf_printf(&x->text, "%s%s %s, expected %s", x->text.len > 0 ? "; " : "", word, have == NULL ? "none" : have,
                  want == NULL ? "none" : want);
}

void td_changes_bool(struct td_changes *x, const char *word, bool have, bool want)
{
    if (have != want)
        td_buf_printf(&x->text, "%s%s%s, expected%s", x->text.len > 0 ? "; " : "", have ? "" : "not ", word,
                      want ? "" : " not");
}

void td_changes_type(struct td_changes *x, const char *word, const struct td_type *have, const struct td_type *want)
{
    struct td_buf h, w;
    td_buf_init(&h, x->c->a);
    td_buf_init(&w, x->c->a);
    td_type_print(have, &h);
    td_type_print(want, &w);
    bool row = want->kind == TD_T_RECORD && have->kind == TD_T_OTHER; /* the replay knows a row type as such only */
    if (!row)
        td_changes_text(x, word, td_buf_str(&h), td_buf_str(&w));
}

static const char *expr_text(struct td_comparing *c, const struct PgQuery__Node *expr)
{
    struct td_buf b;
    if (expr == NULL || c->opts->print_expr == NULL)
        return expr == NULL ? NULL : "...";
    td_buf_init(&b, c->a);
    c->opts->print_expr(expr, &b, c->opts->data);
    return td_buf_str(&b);
}

void td_changes_expr(struct td_changes *x, const char *word, struct td_compared_expr place)
{
    struct td_comparing *c = x->c;
    bool same = place.have == place.want;
    place.catalog = c->want;
    if (place.have != NULL && place.want != NULL && c->opts->same_expr != NULL && c->rc == TD_OK)
        c->rc = c->opts->same_expr(&place, &same, c->opts->data, c->err);
    if (same || c->rc != TD_OK)
        return;
    const char *have = expr_text(c, place.have), *want = expr_text(c, place.want);
    td_buf_printf(&x->text, "%s%s %s, expected %s", x->text.len > 0 ? "; " : "", word, have == NULL ? "none" : have,
                  want == NULL ? "none" : want);
}

void td_changes_done(struct td_changes *x, enum td_object object, const char *name)
{
    if (x->text.len > 0)
        td_compare_add(x->c, TD_DIFF_CHANGED, object, name, td_buf_str(&x->text));
}

/* ---- types ---- */

static const char *labels(struct td_comparing *c, const struct td_strings *v)
{
    struct td_buf b;
    td_buf_init(&b, c->a);
    for (size_t i = 0; i < v->len; i++) {
        td_buf_add(&b, i ? ", " : "");
        td_buf_lit(&b, v->at[i]);
    }
    return td_buf_str(&b);
}

static const struct td_domain_check *find_check(const struct td_user_type *u, const char *name)
{
    for (size_t i = 0; i < u->checks.len; i++)
        if (strcmp(u->checks.at[i].name, name) == 0)
            return &u->checks.at[i];
    return NULL;
}

static void compare_checks(struct td_changes *x, const struct td_user_type *have, const struct td_user_type *want)
{
    for (size_t i = 0; i < have->checks.len; i++)
        if (find_check(want, have->checks.at[i].name) == NULL)
            td_changes_text(x, "constraint", have->checks.at[i].name, NULL);
    for (size_t i = 0; i < want->checks.len; i++) {
        const struct td_domain_check *w = &want->checks.at[i], *h = find_check(have, w->name);
        if (h == NULL)
            td_changes_text(x, "constraint", NULL, w->name);
        else
            td_changes_expr(
                x, "check",
                (struct td_compared_expr){.use = TD_EXPR_CHECK, .type = want, .have = h->expr, .want = w->expr});
    }
}

static void compare_types(struct td_comparing *c, const struct td_user_type *have, const struct td_user_type *want)
{
    static const char *const kinds[] = {"enum", "domain", "composite type", "range type", "shell type"};
    struct td_changes x;
    td_changes_init(&x, c);
    td_changes_text(&x, "kind", kinds[have->kind], kinds[want->kind]);
    td_changes_text(&x, "values", labels(c, &have->labels), labels(c, &want->labels));
    td_changes_text(&x, "comment", have->comment, want->comment);
    if (have->kind == TD_UT_DOMAIN && want->kind == TD_UT_DOMAIN) {
        td_changes_type(&x, "base", &have->base, &want->base);
        td_changes_bool(&x, "not null", have->not_null, want->not_null);
        td_changes_expr(&x, "default",
                        (struct td_compared_expr){
                            .use = TD_EXPR_DEFAULT, .type = want, .have = have->default_, .want = want->default_});
        compare_checks(&x, have, want);
    }
    td_changes_done(&x, TD_OBJ_TYPE, td_compare_path(c, want->schema, want->name));
}

/* ---- sequences ---- */

static const char *sequence_text(struct td_comparing *c, const struct td_sequence *s)
{
    struct td_buf b;
    td_buf_init(&b, c->a);
    td_type_print(&s->type, &b);
    td_buf_printf(&b, " start %lld increment %lld min %lld max %lld cache %lld%s", (long long)s->start,
                  (long long)s->increment, (long long)s->min, (long long)s->max, (long long)s->cache,
                  s->cycle ? " cycle" : "");
    if (s->owner_column != NULL && s->owner != NULL)
        td_buf_printf(&b, " owned by %s", td_compare_part(c, s->owner, s->owner_column->name));
    return td_buf_str(&b);
}

static void compare_sequences(struct td_comparing *c, const struct td_sequence *have, const struct td_sequence *want)
{
    struct td_changes x;
    td_changes_init(&x, c);
    td_changes_text(&x, "is", sequence_text(c, have), sequence_text(c, want));
    td_changes_text(&x, "comment", have->comment, want->comment);
    td_changes_done(&x, TD_OBJ_SEQUENCE, td_compare_path(c, want->schema, want->name));
}

/* ---- functions: of a name there may be several ---- */

static const struct td_function *find_function(const struct td_catalog *c, const struct td_function *like)
{
    for (size_t i = 0; i < c->functions.len; i++) {
        const struct td_function *f = c->functions.at[i];
        if (strcmp(f->name, like->name) == 0 && strcmp(f->schema, like->schema) == 0 &&
            strcmp(f->arguments, like->arguments) == 0)
            return f;
    }
    return NULL;
}

static const char *function_path(struct td_comparing *c, const struct td_function *f)
{
    return td_arena_printf(c->a, "%s(%s)", td_compare_path(c, f->schema, f->name), f->arguments);
}

static void compare_functions(struct td_comparing *c, const struct td_function *have, const struct td_function *want)
{
    struct td_changes x;
    td_changes_init(&x, c);
    td_changes_bool(&x, "a procedure", have->kind == TD_FN_PROCEDURE, want->kind == TD_FN_PROCEDURE);
    td_changes_text(&x, "language", have->language, want->language);
    td_changes_type(&x, "result", &have->result, &want->result);
    td_changes_bool(&x, "a set", have->returns_set, want->returns_set);
    td_changes_text(&x, "comment", have->comment, want->comment);
    if (have->body != NULL && want->body != NULL)
        td_changes_text(&x, "body", have->body, want->body);
    td_changes_done(&x, TD_OBJ_FUNCTION, function_path(c, want));
}

/* ---- all of them ---- */

/* Pairs of two lists: `find(x)` looks an item of the one up in the other. */
#define COMPARE_LISTS(c, have, want, list, object, path, find_want, find_have, compare)                                \
    do {                                                                                                               \
        for (size_t i_ = 0; i_ < (have)->list.len; i_++)                                                               \
            if (td_compare_looks_at((c), (have)->list.at[i_]->on) && find_want((want), (have)->list.at[i_]) == NULL)   \
                td_compare_add((c), TD_DIFF_EXTRA, (object), path((c), (have)->list.at[i_]), NULL);                    \
        for (size_t i_ = 0; i_ < (want)->list.len; i_++) {                                                             \
            if (!td_compare_looks_at((c), (want)->list.at[i_]->on))                                                    \
                continue;                                                                                              \
            if (find_have((have), (want)->list.at[i_]) == NULL)                                                        \
                td_compare_add((c), TD_DIFF_MISSING, (object), path((c), (want)->list.at[i_]), NULL);                  \
            else                                                                                                       \
                compare((c), find_have((have), (want)->list.at[i_]), (want)->list.at[i_]);                             \
        }                                                                                                              \
    } while (0)

static const struct td_user_type *find_type(const struct td_catalog *c, const struct td_user_type *like)
{
    return td_catalog_type(c, like->schema, like->name);
}

static const struct td_sequence *find_sequence(const struct td_catalog *c, const struct td_sequence *like)
{
    return td_catalog_sequence(c, like->schema, like->name);
}

static const char *type_path(struct td_comparing *c, const struct td_user_type *u)
{
    return td_compare_path(c, u->schema, u->name);
}

static const char *sequence_path(struct td_comparing *c, const struct td_sequence *s)
{
    return td_compare_path(c, s->schema, s->name);
}

/* A name that is there but not on this engine is not there. */
static const struct td_table *find_table(const struct td_comparing *c, const struct td_catalog *in,
                                         const struct td_table *like)
{
    const struct td_table *t = td_catalog_table(in, like->schema, like->name);
    return t != NULL && td_compare_looks_at(c, t->on) ? t : NULL;
}

static void compare_all_tables(struct td_comparing *c, const struct td_catalog *have)
{
    for (size_t i = 0; i < have->tables.len; i++) {
        const struct td_table *t = have->tables.at[i];
        if (!t->temporary && td_compare_looks_at(c, t->on) && find_table(c, c->want, t) == NULL)
            td_compare_add(c, TD_DIFF_EXTRA, TD_OBJ_TABLE, td_compare_path(c, t->schema, t->name), NULL);
    }
    for (size_t i = 0; i < c->want->tables.len; i++) {
        const struct td_table *t = c->want->tables.at[i], *h = find_table(c, have, t);
        if (t->temporary || !td_compare_looks_at(c, t->on))
            continue;
        if (h == NULL)
            td_compare_add(c, TD_DIFF_MISSING, TD_OBJ_TABLE, td_compare_path(c, t->schema, t->name), NULL);
        else
            td_compare_tables(c, h, t);
    }
}

static void compare_schemas(struct td_comparing *c, const struct td_catalog *have)
{
    for (size_t i = 0; i < have->schemas.len; i++)
        if (!td_catalog_has_schema(c->want, have->schemas.at[i]))
            td_compare_add(c, TD_DIFF_EXTRA, TD_OBJ_SCHEMA, have->schemas.at[i], NULL);
    for (size_t i = 0; i < c->want->schemas.len; i++)
        if (!td_catalog_has_schema(have, c->want->schemas.at[i]))
            td_compare_add(c, TD_DIFF_MISSING, TD_OBJ_SCHEMA, c->want->schemas.at[i], NULL);
}

static void compare_extensions(struct td_comparing *c, const struct td_catalog *have)
{
    for (size_t i = 0; i < have->extensions.len; i++)
        if (td_catalog_extension(c->want, have->extensions.at[i].name) == NULL)
            td_compare_add(c, TD_DIFF_EXTRA, TD_OBJ_EXTENSION, have->extensions.at[i].name, NULL);
    for (size_t i = 0; i < c->want->extensions.len; i++)
        if (td_catalog_extension(have, c->want->extensions.at[i].name) == NULL)
            td_compare_add(c, TD_DIFF_MISSING, TD_OBJ_EXTENSION, c->want->extensions.at[i].name, NULL);
}

int td_catalog_compare(struct td_arena *a, const struct td_catalog *have, const struct td_catalog *want,
                       const struct td_compare_opts *opts, struct td_differences *out, struct td_err *err)
{
    struct td_comparing comparing = {.a = a, .want = want, .opts = opts, .out = out, .err = err}, *c = &comparing;
    *out = (struct td_differences){0};
    compare_schemas(c, have);
    if (opts->extensions)
        compare_extensions(c, have);
    COMPARE_LISTS(c, have, want, types, TD_OBJ_TYPE, type_path, find_type, find_type, compare_types);
    COMPARE_LISTS(c, have, want, sequences, TD_OBJ_SEQUENCE, sequence_path, find_sequence, find_sequence,
                  compare_sequences);
    compare_all_tables(c, have);
    COMPARE_LISTS(c, have, want, functions, TD_OBJ_FUNCTION, function_path, find_function, find_function,
                  compare_functions);
    return c->rc;
}
