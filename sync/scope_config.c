/* What tandem.json decides of tables: { "users": { "scope": "membership", "through": "user_tenants" } }. */
#include <string.h>

#include "core/base/json.h"
#include "core/base/nearest.h"
#include "sync/scope_impl.h"

struct entry {
    struct td_deriving *d;
    const struct td_json *json;
    const char *name;
    struct td_scope *scope;
};

static int wrong(const struct entry *e, const char *key, struct td_err *err)
{
    return td_config_err_at(e->d->config, td_arena_printf(e->d->a, "sync.tables.%s.%s", e->name, key), err);
}

static struct td_scope *find(const struct td_deriving *d, const char *name)
{
    for (size_t i = 0; i < d->out->len; i++)
        if (strcmp(td_scope_table_name(d->a, d->out->at[i]->table), name) == 0)
            return d->out->at[i];
    return NULL;
}

static int no_table(const struct td_deriving *d, const char *name, struct td_err *err)
{
    struct td_nearest near;
    td_nearest_init(&near, name, strlen(name));
    for (size_t i = 0; i < d->out->len; i++)
        td_nearest_try(&near, td_scope_table_name(d->a, d->out->at[i]->table));
    td_err_set(err, TD_C_SYNC_TABLE, "there is no table \"%s\"", name);
    return near.best == NULL ? (int)err->rc : td_err_next(err, "did you mean \"%s\"?", near.best);
}

static const char *text(const struct entry *e, const char *key)
{
    return td_json_text(td_json_get(e->json, key));
}

/* "column": the tenant's, or the first of the foreign key that is meant: of a path its own, of a membership that of the
 * table it goes through. */
static int column_of(const struct entry *e, const struct td_table *t, struct td_column **out, struct td_err *err)
{
    const char *name = text(e, "column");
    *out = name == NULL ? NULL : td_table_column(t, name);
    if (name == NULL || *out != NULL)
        return TD_OK;
    td_err_set(err, TD_C_SYNC_TABLE, "\"%s\" has no column \"%s\"", t->name, name);
    return wrong(e, "column", err);
}

static int named_column(const struct entry *e, struct td_column **out, struct td_err *err)
{
    return column_of(e, e->scope->table, out, err);
}

static int other_type(const struct entry *e, const struct td_column *c, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_TABLE, "\"%s.%s\" does not hold the tenant's key: it is of another type than \"%s.%s\"",
               e->name, c->name, e->d->out->tenant->name, e->d->out->tenant_key->name);
    return wrong(e, "column", err);
}

static int take_tenant(const struct entry *e, struct td_err *err)
{
    struct td_column *c;
    int rc = named_column(e, &c, err);
    if (rc != TD_OK || c == NULL)
        return rc; /* without a column it is derived */
    struct td_type a = td_type_base(c->type), b = td_type_base(e->d->out->tenant_key->type);
    if (a.kind != b.kind || a.dims != b.dims)
        return other_type(e, c, err);
    td_scope_set_tenant(e->d, e->scope, c, "tandem.json");
    return TD_OK;
}

/* The tenant's own table is what all else starts from. */
static int not_of_tenant(const struct entry *e, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_TABLE, "\"%s\" is the table of tenants itself: its scope is its key", e->name);
    td_err_next(err, "leave it out of sync.tables");
    return wrong(e, "scope", err);
}

static int no_key(const struct entry *e, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_TABLE, "\"%s\" cannot travel: nothing tells its rows apart", e->name);
    td_err_next(err, "give it a primary key, or write  \"scope\": \"local\"");
    return wrong(e, "scope", err);
}

static int take_kind(const struct entry *e, struct td_err *err)
{
    const char *kind = text(e, "scope");
    if (kind == NULL)
        return TD_OK;
    if (e->scope->table == e->d->out->tenant)
        return not_of_tenant(e, err);
    e->scope->configured = true;
    if (strcmp(kind, "local") == 0) {
        e->scope->kind = TD_SCOPE_LOCAL;
        e->scope->why = "tandem.json";
        return TD_OK;
    }
    if (e->scope->key.len == 0)
        return no_key(e, err);
    if (strcmp(kind, "tenant") == 0)
        return take_tenant(e, err);
    if (strcmp(kind, "shared") == 0) {
        e->scope->kind = TD_SCOPE_SHARED;
        e->scope->why = "tandem.json";
    }
    return TD_OK;
}

/* The foreign key from one table to another; `first`: its first column, where there are several such. */
static int find_foreign(const struct entry *e, const struct td_table *from, const struct td_table *to,
                        const struct td_column *first, const struct td_constraint **out, struct td_err *err)
{
    size_t n = 0;
    *out = NULL;
    for (size_t i = 0; i < from->constraints.len; i++) {
        const struct td_constraint *k = from->constraints.at[i];
        if (k->kind != TD_K_FOREIGN || k->ref->id != to->id || (first != NULL && k->columns.at[0]->id != first->id))
            continue;
        *out = k;
        n++;
    }
    if (n == 1)
        return TD_OK;
    td_err_set(err, TD_C_SYNC_TABLE,
               n == 0 ? "\"%s\" has no foreign key to \"%s\"" : "\"%s\" has several foreign keys to \"%s\"", from->name,
               to->name);
    if (n > 1)
        td_err_next(err, "name the first column of the one that is meant: \"column\": \"%s\"",
                    (*out)->columns.at[0]->name);
    return wrong(e, "through", err);
}

static int take_membership(const struct entry *e, const struct td_scope *through, struct td_err *err)
{
    const struct td_constraint *fk;
    struct td_column *first;
    if (through->kind != TD_SCOPE_TENANT) {
        td_err_set(err, TD_C_SYNC_TABLE, "\"%s\" has no column that says whose its rows are", through->table->name);
        td_err_next(err, "membership goes through a table with the tenant's column, as user_tenants(tenant_id, "
                         "user_id)");
        return wrong(e, "through", err);
    }
    int rc = column_of(e, through->table, &first, err);
    if (rc == TD_OK)
        rc = find_foreign(e, through->table, e->scope->table, first, &fk, err);
    if (rc == TD_OK)
        td_scope_set_membership(e->d, e->scope, through, fk, "tandem.json");
    return rc;
}

static int take_path(const struct entry *e, const struct td_scope *through, struct td_err *err)
{
    const struct td_constraint *fk;
    struct td_column *first;
    int rc = named_column(e, &first, err);
    if (rc == TD_OK)
        rc = find_foreign(e, e->scope->table, through->table, first, &fk, err);
    if (rc == TD_OK)
        td_scope_set_path(e->d, e->scope, fk, "tandem.json");
    return rc;
}

static int take_way(const struct entry *e, struct td_err *err)
{
    const char *kind = text(e, "scope"), *name = text(e, "through");
    bool membership = kind != NULL && strcmp(kind, "membership") == 0, path = kind != NULL && strcmp(kind, "path") == 0;
    if (!membership && !path)
        return TD_OK;
    if (name == NULL && membership)
        return TD_OK; /* a junction is looked for */
    if (name == NULL) {
        td_err_set(err, TD_C_SYNC_TABLE, "the path of \"%s\" goes through no table", e->name);
        td_err_next(err, "name the table that its foreign key leads to: \"through\": \"projects\"");
        return wrong(e, "scope", err);
    }
    const struct td_scope *through = find(e->d, name);
    if (through == NULL) {
        (void)no_table(e->d, name, err);
        return wrong(e, "through", err);
    }
    return membership ? take_membership(e, through, err) : take_path(e, through, err);
}

static int each(struct td_deriving *d, int (*fn)(const struct entry *, struct td_err *), struct td_err *err)
{
    int rc = TD_OK;
    if (d->config == NULL)
        return TD_OK;
    for (const struct td_json *t = td_json_first(d->config->sync_tables); t != NULL && rc == TD_OK;
         t = td_json_next(t)) {
        struct entry e = {d, t, td_json_key(t), find(d, td_json_key(t))};
        if (e.scope != NULL) {
            rc = fn(&e, err);
            continue;
        }
        (void)no_table(d, e.name, err);
        rc = td_config_err_at(d->config, td_arena_printf(d->a, "sync.tables.%s", e.name), err);
    }
    return rc;
}

int td_scope_take_kinds(struct td_deriving *d, struct td_err *err)
{
    return each(d, take_kind, err);
}

int td_scope_take_ways(struct td_deriving *d, struct td_err *err)
{
    return each(d, take_way, err);
}

/* A path that ends at a tenant, without passing a table twice. */
static bool leads_somewhere(const struct td_scope *s)
{
    for (size_t steps = 0; s != NULL && steps < 64; steps++, s = s->through)
        if (s->kind != TD_SCOPE_PATH)
            return s->kind == TD_SCOPE_TENANT || s->kind == TD_SCOPE_MEMBERSHIP;
    return false;
}

static int check_kind(const struct entry *e, struct td_err *err)
{
    const char *kind = text(e, "scope");
    bool is_it = kind == NULL || strcmp(kind, td_scope_kind_name(e->scope->kind)) == 0;
    if (is_it && (e->scope->kind != TD_SCOPE_PATH || leads_somewhere(e->scope)))
        return TD_OK;
    if (is_it) {
        td_err_set(err, TD_C_SYNC_TABLE, "the path of \"%s\" leads to no table whose rows are a tenant's", e->name);
        return wrong(e, "through", err);
    }
    td_err_set(err, TD_C_SYNC_TABLE, "\"%s\" cannot be \"%s\": no foreign key says so", e->name, kind);
    td_err_next(err, strcmp(kind, "tenant") == 0
                         ? "name the column that has the tenant's key: \"column\": \"tenant_id\""
                         : "name the table that says whose rows they are: \"through\": "
                           "\"user_tenants\"");
    return wrong(e, "scope", err);
}

int td_scope_check_config(struct td_deriving *d, struct td_err *err)
{
    return each(d, check_kind, err);
}
