#include "sync/batch.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/base/jsontext.h"
#include "sync/form.h"

/* ---- texts ---- */

const char *td_batch_text(struct td_arena *a, struct td_type t, struct td_value v)
{
    struct td_buf b;
    if (v.kind == TD_V_NULL)
        return NULL;
    td_buf_init(&b, a);
    td_form_text(t, v, &b);
    return td_buf_str(&b);
}

const char *td_batch_key(struct td_arena *a, const struct td_sync_table *t, const struct td_value *at)
{
    struct td_buf b;
    if (t->n_key == 1)
        return td_batch_text(a, t->columns[t->key[0]].type, at[t->key[0]]);
    td_buf_init(&b, a);
    for (size_t i = 0; i < t->n_key; i++) {
        const char *text = td_batch_text(a, t->columns[t->key[i]].type, at[t->key[i]]);
        td_buf_add(&b, i == 0 ? "[" : ", ");
        td_jsontext_string(&b, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
    }
    td_buf_char(&b, ']');
    return td_buf_str(&b);
}

/* ---- groups: a forest of rows, each pointing at another of its group ---- */

struct grouping {
    struct td_arena *a;
    const struct td_sync_tables *all;
    struct td_batch *b;
    size_t *up;
    struct td_map known; /* "table/reference:values" -> row + 1 */
};

static size_t root(struct grouping *g, size_t i)
{
    while (g->up[i] != i) {
        g->up[i] = g->up[g->up[i]];
        i = g->up[i];
    }
    return i;
}

static void join(struct grouping *g, size_t i, size_t j)
{
    i = root(g, i);
    j = root(g, j);
    if (i < j)
        g->up[j] = i;
    else
        g->up[i] = j;
}

/* NULL: a column is NULL, which refers to nothing. */
static const char *values_text(struct grouping *g, size_t table, size_t child, size_t ref, const size_t *columns,
                               size_t n, const struct td_merge_side *side)
{
    const struct td_sync_table *t = &g->all->at[table];
    struct td_buf b;
    if (!side->exists)
        return NULL;
    td_buf_init(&b, g->a);
    td_buf_printf(&b, "%zu/%zu", child, ref);
    for (size_t i = 0; i < n; i++) {
        const char *text = td_batch_text(g->a, t->columns[columns[i]].type, side->at[columns[i]]);
        if (text == NULL)
            return NULL;
        td_buf_printf(&b, ":%zu:", strlen(text));
        td_buf_add(&b, text);
    }
    return td_buf_str(&b);
}

static void know(struct grouping *g, size_t row, const char *values)
{
    if (values == NULL)
        return;
    size_t there = (size_t)(uintptr_t)td_map_get(&g->known, values);
    if (there == 0)
        td_map_put(g->a, &g->known, values, (void *)(uintptr_t)(row + 1)); // NOLINT(performance-no-int-to-ptr)
    else
        join(g, row, there - 1);
}

static void look_up(struct grouping *g, size_t row, const char *values)
{
    size_t there = values == NULL ? 0 : (size_t)(uintptr_t)td_map_get(&g->known, values);
    if (there != 0)
        join(g, row, there - 1);
}

/* As what a table's rows are referred to, for each reference to it; then who refers to them. */
static void connect(struct grouping *g, size_t child, size_t ref)
{
    const struct td_sync_ref *r = &g->all->at[child].refs[ref];
    for (size_t i = 0; i < g->b->len; i++) {
        const struct td_batch_row *row = &g->b->at[i];
        if (row->table != r->table)
            continue;
        know(g, i, values_text(g, r->table, child, ref, r->ref_columns, r->n, &row->base));
        know(g, i, values_text(g, r->table, child, ref, r->ref_columns, r->n, &row->mine));
    }
    for (size_t i = 0; i < g->b->len; i++) {
        const struct td_batch_row *row = &g->b->at[i];
        if (row->table != child)
            continue;
        look_up(g, i, values_text(g, child, child, ref, r->columns, r->n, &row->base));
        look_up(g, i, values_text(g, child, child, ref, r->columns, r->n, &row->mine));
    }
}

void td_batch_group(struct td_arena *a, const struct td_sync_tables *all, struct td_batch *b)
{
    struct grouping g = {.a = a, .all = all, .b = b, .up = td_arena_alloc(a, (b->len + 1) * sizeof(size_t))};
    for (size_t i = 0; i < b->len; i++)
        g.up[i] = i;
    for (size_t t = 0; t < all->len; t++)
        for (size_t r = 0; r < all->at[t].n_refs; r++)
            connect(&g, t, r);
    size_t *number = td_arena_alloc(a, (b->len + 1) * sizeof *number);
    b->groups = 0;
    for (size_t i = 0; i < b->len; i++) { /* a root is the first of its group */
        size_t top = root(&g, i);
        if (top == i)
            number[i] = b->groups++;
        b->at[i].group = number[top];
    }
}

/* ---- the answer ---- */

static void put(struct td_buf *b, const char *key, const char *text, bool first)
{
    td_buf_printf(b, "%s\"%s\":", first ? "" : ",", key);
    if (text == NULL)
        td_buf_add(b, "null");
    else
        td_jsontext_string(b, text, strlen(text));
}

void td_answer_print(const struct td_answer *a, struct td_buf *out)
{
    td_buf_add(out, "{\"rejects\":[");
    for (size_t i = 0; i < a->rejects.len; i++) {
        const struct td_answer_reject *r = &a->rejects.at[i];
        td_buf_printf(out, "%s{\"row\":%zu", i > 0 ? "," : "", r->row);
        put(out, "reason", r->reason, false);
        put(out, "sqlstate", r->sqlstate, false);
        put(out, "message", r->message, false);
        td_buf_char(out, '}');
    }
    td_buf_add(out, "],\"conflicts\":[");
    for (size_t i = 0; i < a->conflicts.len; i++) {
        const struct td_answer_conflict *c = &a->conflicts.at[i];
        td_buf_printf(out, "%s{\"row\":%zu", i > 0 ? "," : "", c->row);
        put(out, "column", c->column, false);
        put(out, "policy", c->policy, false);
        put(out, "taken", c->taken, false);
        put(out, "base", c->base, false);
        put(out, "mine", c->mine, false);
        put(out, "theirs", c->theirs, false);
        put(out, "chosen", c->chosen, false);
        td_buf_char(out, '}');
    }
    td_buf_add(out, "]}");
}

static const char *member(struct td_arena *a, const struct td_json *j, const char *key)
{
    return td_arena_strdup(a, td_json_text(td_json_get(j, key)));
}

static size_t row_of(const struct td_json *j)
{
    int64_t row = 0;
    return td_json_int(td_json_get(j, "row"), &row) && row >= 0 ? (size_t)row : SIZE_MAX;
}

int td_answer_parse(struct td_arena *a, const char *text, struct td_answer *out, struct td_err *err)
{
    struct td_json_doc *doc = NULL;
    *out = (struct td_answer){0};
    int rc = td_json_parse(text, strlen(text), "", &doc, err);
    if (rc != TD_OK)
        return rc;
    td_arena_defer(a, td_json_close_void, doc);
    const struct td_json *root_ = td_json_root(doc);
    for (const struct td_json *j = td_json_first(td_json_get(root_, "rejects")); j != NULL; j = td_json_next(j))
        *td_vec_add(a, &out->rejects) = (struct td_answer_reject){row_of(j), member(a, j, "reason"),
                                                                  member(a, j, "sqlstate"), member(a, j, "message")};
    for (const struct td_json *j = td_json_first(td_json_get(root_, "conflicts")); j != NULL; j = td_json_next(j))
        *td_vec_add(a, &out->conflicts) = (struct td_answer_conflict){
            .row = row_of(j),
            .column = member(a, j, "column"),
            .policy = member(a, j, "policy"),
            .taken = member(a, j, "taken"),
            .base = member(a, j, "base"),
            .mine = member(a, j, "mine"),
            .theirs = member(a, j, "theirs"),
            .chosen = member(a, j, "chosen"),
        };
    return TD_OK;
}
