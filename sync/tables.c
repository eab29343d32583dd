#include "sync/tables.h"

#include <string.h>
#include <strings.h>

#include "core/base/json.h"
#include "sync/mask.h"
#include "sync/scope_impl.h"

struct making {
    struct td_arena *a;
    const struct td_catalog *catalog;
    const struct td_config *config;
    struct td_sync_tables *out;
};

long td_sync_tables_find(const struct td_sync_tables *all, const char *name)
{
    for (size_t i = 0; i < all->len; i++)
        if (strcmp(all->at[i].name, name) == 0)
            return (long)i;
    return -1;
}

bool td_sync_in_key(const struct td_sync_table *t, size_t column)
{
    for (size_t i = 0; i < t->n_key; i++)
        if (t->key[i] == column)
            return true;
    return false;
}

static size_t number_of_table(const struct td_sync_tables *all, const struct td_table *t)
{
    for (size_t i = 0; t != NULL && i < all->len; i++)
        if (all->at[i].scope->table->id == t->id)
            return i;
    return SIZE_MAX;
}

static size_t number_of_column(const struct td_sync_table *t, const char *name)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (strcmp(t->columns[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

/* ---- order ---- */

struct ordering {
    struct making *m;
    const struct td_scopes *scopes;
    char *seen; /* per scope: 0 not yet, 1 on the way, 2 there */
};

static size_t number_of_scope(const struct ordering *o, const struct td_table *t)
{
    for (size_t i = 0; i < o->scopes->len; i++)
        if (o->scopes->at[i]->table->id == t->id)
            return i;
    return SIZE_MAX;
}

/* Can the row be there before the one that it refers to? */
static bool can_wait(const struct td_constraint *fk)
{
    return fk->deferrable || !td_columns_not_null(&fk->columns);
}

/* Must rows of `i` wait for those of `to`, by foreign keys that cannot? */
static bool must_follow(const struct ordering *o, size_t i, size_t to, char *passed)
{
    const struct td_table *t = o->scopes->at[i]->table;
    passed[i] = 1;
    for (size_t k = 0; k < t->constraints.len; k++) {
        const struct td_constraint *fk = t->constraints.at[k];
        size_t j = fk->kind == TD_K_FOREIGN && !can_wait(fk) ? number_of_scope(o, fk->ref) : SIZE_MAX;
        if (j != SIZE_MAX && (j == to || (passed[j] == 0 && must_follow(o, j, to, passed))))
            return true;
    }
    return false;
}

/* A circle is opened where a row can wait for the other. */
static bool comes_first(const struct ordering *o, size_t i, const struct td_constraint *fk, size_t ref)
{
    if (!can_wait(fk) || ref == i)
        return true;
    return !must_follow(o, ref, i, td_arena_alloc(o->m->a, o->scopes->len + 1));
}

static void visit(struct ordering *o, size_t i)
{
    const struct td_scope *s = o->scopes->at[i];
    if (o->seen[i] != 0 || !td_scope_travels(s))
        return;
    o->seen[i] = 1; /* a cycle is left where it is met */
    for (size_t k = 0; k < s->table->constraints.len; k++) {
        const struct td_constraint *fk = s->table->constraints.at[k];
        size_t j = fk->kind == TD_K_FOREIGN ? number_of_scope(o, fk->ref) : SIZE_MAX;
        if (j != SIZE_MAX && comes_first(o, i, fk, j))
            visit(o, j);
    }
    for (size_t j = 0; s->through != NULL && j < o->scopes->len; j++)
        if (s->kind == TD_SCOPE_PATH && o->scopes->at[j] == s->through)
            visit(o, j);
    o->seen[i] = 2;
    td_vec_add(o->m->a, o->m->out)->scope = s;
}

/* ---- policies ---- */

/* "NEW.updated_at := ..." in the body of one of its triggers: no person's change. */
static bool assigns(const char *body, const char *column)
{
    size_t n = strlen(column);
    for (const char *p = body; *p != '\0'; p++) {
        const char *q = p + 4;
        if (strncasecmp(p, "new.", 4) != 0)
            continue;
        q += *q == '"';
        if (strncasecmp(q, column, n) != 0)
            continue;
        q += n;
        q += *q == '"';
        q += strspn(q, " \t\r\n");
        if (*q == '=' || (q[0] == ':' && q[1] == '='))
            return true;
    }
    return false;
}

static bool is_kept_by_trigger(const struct td_table *t, const char *column)
{
    for (size_t i = 0; i < t->triggers.len; i++) {
        const struct td_function *f = t->triggers.at[i]->function;
        if (f != NULL && f->body != NULL && assigns(f->body, column))
            return true;
    }
    return false;
}

static int wrong_policy(const struct making *m, const struct td_sync_table *t, const char *column, struct td_err *err)
{
    return td_config_err_at(m->config,
                            column == NULL ? td_arena_printf(m->a, "sync.tables.%s.policy", t->name)
                                           : td_arena_printf(m->a, "sync.tables.%s.columns.%s", t->name, column),
                            err);
}

static int set_policy(struct making *m, struct td_sync_table *t, struct td_merge_column *c, const char *word,
                      const char *key, struct td_err *err)
{
    const char *latest = NULL;
    enum td_merge_policy p;
    if (!td_policy_parse(m->a, word, &p, &latest)) {
        td_err_set(err, TD_C_SYNC_POLICY, "\"%s\" is no policy", word);
        td_err_next(err, "the policies are server, device, latest(column), max, min, sum, concat, json-merge, manual");
        return wrong_policy(m, t, key, err);
    }
    if (p == TD_POLICY_LATEST) {
        c->latest = number_of_column(t, latest);
        if (c->latest == SIZE_MAX) {
            td_err_set(err, TD_C_SYNC_POLICY, "\"%s\" has no column \"%s\"", t->name, latest);
            return wrong_policy(m, t, key, err);
        }
    }
    if (!td_policy_fits(p, p == TD_POLICY_LATEST ? t->columns[c->latest].type : c->type)) {
        if (key == NULL)
            return TD_OK; /* of the table: where it fits */
        td_err_set(err, TD_C_SYNC_POLICY, "the policy %s does not fit the type of \"%s.%s\"", word, t->name, c->name);
        return wrong_policy(m, t, key, err);
    }
    c->policy = p;
    return TD_OK;
}

static int set_policies(struct making *m, struct td_sync_table *t, struct td_err *err)
{
    const struct td_json *j = m->config == NULL ? NULL : td_json_get(m->config->sync_tables, t->name);
    const char *whole = td_json_text(td_json_get(j, "policy"));
    const struct td_json *columns = td_json_get(j, "columns");
    int rc = TD_OK;
    for (size_t i = 0; i < t->n_columns && rc == TD_OK; i++) {
        struct td_merge_column *c = &t->columns[i];
        const char *own = td_json_text(td_json_get(columns, c->name));
        if (is_kept_by_trigger(t->scope->table, c->name) && td_policy_fits(TD_POLICY_MAX, c->type))
            c->policy = TD_POLICY_MAX;
        else if (whole != NULL)
            rc = set_policy(m, t, c, whole, NULL, err);
        if (rc == TD_OK && own != NULL)
            rc = set_policy(m, t, c, own, c->name, err);
    }
    for (const struct td_json *c = td_json_first(columns); c != NULL && rc == TD_OK; c = td_json_next(c)) {
        if (number_of_column(t, td_json_key(c)) != SIZE_MAX)
            continue;
        td_err_set(err, TD_C_SYNC_POLICY, "\"%s\" has no column \"%s\"", t->name, td_json_key(c));
        rc = wrong_policy(m, t, td_json_key(c), err);
    }
    return rc;
}

/* ---- columns ---- */

static void add_columns(struct making *m, struct td_sync_table *t)
{
    const struct td_table *table = t->scope->table;
    unsigned on = m->out->scopes->on != 0 ? m->out->scopes->on : TD_ON_BOTH;
    t->columns = td_arena_alloc(m->a, table->columns.len * sizeof *t->columns);
    for (size_t i = 0; i < table->columns.len; i++) {
        const struct td_column *c = table->columns.at[i];
        if (c->generated != NULL || (c->on & on) != on)
            continue;
        t->columns[t->n_columns++] = (struct td_merge_column){.name = c->name, .type = c->type};
    }
}

static size_t *numbers(struct making *m, const struct td_sync_table *t, const struct td_columns *v, bool *all)
{
    size_t *out = td_arena_alloc(m->a, (v->len + 1) * sizeof *out);
    for (size_t i = 0; i < v->len; i++) {
        out[i] = number_of_column(t, v->at[i]->name);
        *all = *all && out[i] != SIZE_MAX;
    }
    return out;
}

static void add_refs(struct making *m, struct td_sync_table *t)
{
    const struct td_table *table = t->scope->table;
    for (size_t i = 0; i < table->constraints.len; i++) {
        const struct td_constraint *k = table->constraints.at[i];
        size_t to = k->kind == TD_K_FOREIGN ? number_of_table(m->out, k->ref) : SIZE_MAX;
        bool all = true;
        if (to == SIZE_MAX)
            continue;
        size_t *columns = numbers(m, t, &k->columns, &all);
        size_t *others = numbers(m, &m->out->at[to], &k->ref_columns, &all);
        if (!all)
            continue;
        t->refs = td_vec_room(m->a, t->refs, t->n_refs, &t->cap_refs, sizeof *t->refs);
        t->refs[t->n_refs++] = (struct td_sync_ref){to, k->columns.len, columns, others};
    }
}

static void add_way(struct making *m, struct td_sync_table *t)
{
    const struct td_scope *s = t->scope;
    bool all = true;
    if (s->through == NULL)
        return;
    size_t to = number_of_table(m->out, s->through->table);
    size_t *columns = numbers(m, t, &s->columns, &all);
    size_t *others = numbers(m, &m->out->at[to], &s->through_columns, &all);
    t->ways = td_vec_room(m->a, t->ways, t->n_ways, &t->cap_ways, sizeof *t->ways);
    t->ways[t->n_ways++] = (struct td_sync_ref){to, s->columns.len, columns, others};
}

/* ---- masks ---- */

static bool is_needed(const struct td_sync_table *t, size_t column)
{
    for (size_t i = 0; i < t->n_ways; i++)
        for (size_t k = 0; k < t->ways[i].n; k++)
            if (t->ways[i].columns[k] == column)
                return true;
    for (size_t i = 0; i < t->n_refs; i++)
        for (size_t k = 0; k < t->refs[i].n; k++)
            if (t->refs[i].columns[k] == column)
                return true;
    return td_sync_in_key(t, column) ||
           td_columns_have(&t->scope->columns, td_table_column(t->scope->table, t->columns[column].name));
}

static int set_masks(struct making *m, struct td_sync_table *t, struct td_err *err)
{
    const struct td_json *j = m->config == NULL ? NULL : td_json_get(m->config->sync_tables, t->name);
    const struct td_json *masks = td_json_get(j, "mask");
    t->subset = td_json_text(td_json_get(j, "subset"));
    for (const struct td_json *c = td_json_first(masks); c != NULL; c = td_json_next(c)) {
        const char *name = td_json_key(c), *why = "there is no such column";
        size_t i = number_of_column(t, name);
        const char *sql = NULL;
        if (i != SIZE_MAX && is_needed(t, i))
            why = "rows are told apart, or referred to, by the column";
        else if (i != SIZE_MAX)
            sql = td_mask_sql(m->a, td_table_column(t->scope->table, name), td_json_text(c), &why);
        if (sql == NULL) {
            td_err_set(err, TD_C_SYNC_MASK, "\"%s.%s\" cannot be masked so: %s", t->name, name, why);
            return td_config_err_at(m->config, td_arena_printf(m->a, "sync.tables.%s.mask.%s", t->name, name), err);
        }
        t->columns[i].mask = sql;
    }
    return TD_OK;
}

/* When all subsets are known. */
static void add_cut_ways(struct making *m, size_t table)
{
    struct td_sync_table *t = &m->out->at[table];
    for (size_t i = 0; i < t->n_refs; i++) {
        if (t->refs[i].table == table || !td_mask_is_cut(m->out, t->refs[i].table))
            continue;
        t->ways = td_vec_room(m->a, t->ways, t->n_ways, &t->cap_ways, sizeof *t->ways);
        t->ways[t->n_ways++] = t->refs[i];
    }
}

int td_sync_tables_make(struct td_arena *a, const struct td_catalog *c, const struct td_scopes *scopes,
                        const struct td_config *config, struct td_sync_tables *out, struct td_err *err)
{
    struct making m = {a, c, config, out};
    struct ordering o = {&m, scopes, td_arena_alloc(a, scopes->len + 1)};
    *out = (struct td_sync_tables){.scopes = scopes};
    for (size_t i = 0; i < scopes->len; i++)
        visit(&o, i);
    int rc = TD_OK;
    for (size_t i = 0; i < out->len; i++) {
        out->at[i].name = td_scope_table_name(a, out->at[i].scope->table);
        out->at[i].read_only = out->at[i].scope->kind == TD_SCOPE_SHARED;
        add_columns(&m, &out->at[i]);
    }
    for (size_t i = 0; i < out->len && rc == TD_OK; i++) {
        struct td_sync_table *t = &out->at[i];
        bool all = true;
        t->key = numbers(&m, t, &t->scope->key, &all);
        t->n_key = t->scope->key.len;
        if (!all)
            rc = td_err_set(err, TD_C_SYNC_TABLE, "the key of \"%s\" has a generated column", t->name);
        add_refs(&m, t);
        add_way(&m, t);
        if (rc == TD_OK)
            rc = set_policies(&m, t, err);
        if (rc == TD_OK)
            rc = set_masks(&m, t, err);
    }
    for (size_t i = 0; i < out->len && rc == TD_OK; i++)
        add_cut_ways(&m, i);
    return rc;
}
