/* The derivation: from the tenant's table outwards along the foreign keys. */
#include "sync/scope.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/nearest.h"
#include "sync/scope_impl.h"

const char *td_scope_kind_name(enum td_scope_kind kind)
{
    static const char *const names[] = {"undecided", "tenant", "membership", "path", "shared", "local"};
    return names[kind];
}

/* ---- small questions ---- */

const char *td_scope_table_name(struct td_arena *a, const struct td_table *t)
{
    return strcmp(t->schema, "public") == 0 ? t->name : td_arena_printf(a, "%s.%s", t->schema, t->name);
}

bool td_columns_have(const struct td_columns *v, const struct td_column *c)
{
    for (size_t i = 0; i < v->len; i++)
        if (v->at[i]->id == c->id)
            return true;
    return false;
}

bool td_columns_not_null(const struct td_columns *v)
{
    for (size_t i = 0; i < v->len; i++)
        if (!v->at[i]->not_null)
            return false;
    return true;
}

const char *td_columns_text(struct td_arena *a, const struct td_columns *v)
{
    struct td_buf b;
    td_buf_init(&b, a);
    for (size_t i = 0; i < v->len; i++)
        td_buf_printf(&b, "%s%s", i > 0 ? ", " : "", v->at[i]->name);
    return td_buf_str(&b);
}

const struct td_scope *td_scope_of(const struct td_scopes *s, const struct td_table *t)
{
    for (size_t i = 0; t != NULL && i < s->len; i++)
        if (s->at[i]->table->id == t->id)
            return s->at[i];
    return NULL;
}

/* What it refers to; NULL: no foreign key, or one to itself. */
static const struct td_scope *parent_of(const struct td_scopes *s, const struct td_scope *child,
                                        const struct td_constraint *k)
{
    if (k->kind != TD_K_FOREIGN || (k->on & TD_ON_BOTH) != TD_ON_BOTH || k->ref->id == child->table->id)
        return NULL;
    return td_scope_of(s, k->ref);
}

static void copy_columns(struct td_arena *a, struct td_columns *to, const struct td_columns *from)
{
    *to = (struct td_columns){0};
    for (size_t i = 0; i < from->len; i++)
        *td_vec_add(a, to) = from->at[i];
}

/* The columns of a unique index that any row has a value in; false: it has others, or leaves rows out. */
static bool index_key(struct td_arena *a, const struct td_index *x, struct td_columns *out)
{
    *out = (struct td_columns){0};
    for (size_t i = 0; i < x->keys.len; i++) {
        if (x->keys.at[i].column == NULL)
            return false;
        *td_vec_add(a, out) = x->keys.at[i].column;
    }
    return x->unique && x->where == NULL;
}

/* A key whose columns are never NULL: the primary key, else the first unique one. */
static void find_key(struct td_arena *a, const struct td_table *t, struct td_columns *out)
{
    const struct td_constraint *primary = td_table_primary(t);
    if (primary != NULL) {
        copy_columns(a, out, &primary->columns);
        return;
    }
    for (size_t i = 0; i < t->constraints.len; i++) {
        const struct td_constraint *k = t->constraints.at[i];
        if (k->kind == TD_K_UNIQUE && !k->deferrable && td_columns_not_null(&k->columns)) {
            copy_columns(a, out, &k->columns);
            return;
        }
    }
    for (size_t i = 0; i < t->indexes.len; i++)
        if (index_key(a, t->indexes.at[i], out) && td_columns_not_null(out))
            return;
    *out = (struct td_columns){0};
}

/* ---- setting ---- */

void td_scope_set_tenant(struct td_deriving *d, struct td_scope *s, struct td_column *c, const char *why)
{
    s->kind = TD_SCOPE_TENANT;
    s->columns = (struct td_columns){0};
    *td_vec_add(d->a, &s->columns) = c;
    s->why = why;
}

void td_scope_set_membership(struct td_deriving *d, struct td_scope *s, const struct td_scope *through,
                             const struct td_constraint *fk, const char *why)
{
    s->kind = TD_SCOPE_MEMBERSHIP;
    s->through = through;
    s->by = fk;
    copy_columns(d->a, &s->columns, &fk->ref_columns);
    copy_columns(d->a, &s->through_columns, &fk->columns);
    s->why = why;
}

void td_scope_set_path(struct td_deriving *d, struct td_scope *s, const struct td_constraint *fk, const char *why)
{
    s->kind = TD_SCOPE_PATH;
    s->through = td_scope_of(d->out, fk->ref);
    s->by = fk;
    copy_columns(d->a, &s->columns, &fk->columns);
    copy_columns(d->a, &s->through_columns, &fk->ref_columns);
    s->why = why;
}

static void undecided(struct td_scope *s, const char *why)
{
    s->kind = TD_SCOPE_UNDECIDED;
    s->why = why;
}

/* ---- the tenant's column ---- */

/* Columns that a foreign key maps onto the tenant column of the table that it refers to. */
static void tenant_candidates(struct td_deriving *d, const struct td_scope *s, struct td_columns *out)
{
    for (size_t i = 0; i < s->table->constraints.len; i++) {
        const struct td_constraint *k = s->table->constraints.at[i];
        const struct td_scope *p = parent_of(d->out, s, k);
        if (p == NULL || p->kind != TD_SCOPE_TENANT)
            continue;
        for (size_t j = 0; j < k->columns.len; j++)
            if (k->ref_columns.at[j]->id == p->columns.at[0]->id && !td_columns_have(out, k->columns.at[j]))
                *td_vec_add(d->a, out) = k->columns.at[j];
    }
}

static struct td_column *only_one(const struct td_scope *s, const struct td_columns *v,
                                  bool (*is_better)(const struct td_scope *, const struct td_column *))
{
    struct td_column *found = NULL;
    for (size_t i = 0; i < v->len; i++) {
        if (!is_better(s, v->at[i]))
            continue;
        if (found != NULL)
            return NULL;
        found = v->at[i];
    }
    return found;
}

static bool is_any(const struct td_scope *s, const struct td_column *c)
{
    (void)s;
    return c != NULL;
}

static bool is_in_key(const struct td_scope *s, const struct td_column *c)
{
    return td_columns_have(&s->key, c);
}

static bool is_not_null(const struct td_scope *s, const struct td_column *c)
{
    (void)s;
    return c->not_null;
}

/* One alone; or the one that is part of the key, or is never NULL: a second is a mere reference to another tenant. */
static bool find_tenant_column(struct td_deriving *d, struct td_scope *s)
{
    struct td_columns v = {0};
    tenant_candidates(d, s, &v);
    struct td_column *c = only_one(s, &v, is_any);
    if (c == NULL)
        c = only_one(s, &v, is_in_key);
    if (c == NULL)
        c = only_one(s, &v, is_not_null);
    if (c != NULL)
        td_scope_set_tenant(d, s, c, "a foreign key leads from this column to the tenant");
    else if (v.len > 0)
        undecided(s, td_arena_printf(d->a, "several columns lead to the tenant: %s", td_columns_text(d->a, &v)));
    return c != NULL;
}

static void find_tenant_columns(struct td_deriving *d)
{
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < d->out->len; i++)
            if (d->out->at[i]->kind == TD_SCOPE_UNDECIDED)
                again |= find_tenant_column(d, d->out->at[i]);
    }
}

/* ---- membership ---- */

/* Are these columns and the tenant's together a key of the table, and nothing besides? */
static bool is_key_with_tenant(const struct td_scope *j, const struct td_columns *fk, const struct td_columns *key)
{
    if (key->len != fk->len + 1 || !td_columns_have(key, j->columns.at[0]))
        return false;
    for (size_t i = 0; i < fk->len; i++)
        if (!td_columns_have(key, fk->at[i]))
            return false;
    return !td_columns_have(fk, j->columns.at[0]);
}

/* A junction of tenants and this table: its foreign key to it, if that and the tenant's column are one of its keys. */
static const struct td_constraint *junction(struct td_arena *a, const struct td_scope *j, const struct td_scope *s)
{
    struct td_columns columns;
    if (j->kind != TD_SCOPE_TENANT)
        return NULL;
    for (size_t i = 0; i < j->table->constraints.len; i++) {
        const struct td_constraint *fk = j->table->constraints.at[i];
        if (fk->kind != TD_K_FOREIGN || fk->ref->id != s->table->id)
            continue;
        for (size_t k = 0; k < j->table->constraints.len; k++) {
            const struct td_constraint *key = j->table->constraints.at[k];
            if ((key->kind == TD_K_PRIMARY || key->kind == TD_K_UNIQUE) &&
                is_key_with_tenant(j, &fk->columns, &key->columns))
                return fk;
        }
        for (size_t k = 0; k < j->table->indexes.len; k++)
            if (index_key(a, j->table->indexes.at[k], &columns) && is_key_with_tenant(j, &fk->columns, &columns))
                return fk;
    }
    return NULL;
}

static void find_membership(struct td_deriving *d, struct td_scope *s)
{
    const struct td_scope *through = NULL;
    const struct td_constraint *by = NULL;
    struct td_buf names;
    size_t n = 0;
    td_buf_init(&names, d->a);
    for (size_t i = 0; i < d->out->len; i++) {
        const struct td_constraint *fk = junction(d->a, d->out->at[i], s);
        if (fk == NULL)
            continue;
        td_buf_printf(&names, "%s%s", n++ > 0 ? ", " : "", td_scope_table_name(d->a, d->out->at[i]->table));
        through = d->out->at[i];
        by = fk;
    }
    if (n == 1)
        td_scope_set_membership(d, s, through, by, td_arena_printf(d->a, "%s says whose it is", td_buf_str(&names)));
    else if (n > 1)
        undecided(s, td_arena_printf(d->a, "several tables say whose it is: %s", td_buf_str(&names)));
}

/* ---- paths ---- */

struct ways {
    const struct td_constraint *best;
    int rank;
    struct td_strings names; /* of all that have the best rank */
    struct td_strings owned; /* of all that lead to what is one tenant's, and not a member's of several */
    bool waits;              /* for a table that is not decided yet */
};

/* The more a foreign key looks like belonging, the higher: never NULL, to what is a tenant's by itself, deleted with
 * it. */
static int rank_of(const struct td_constraint *fk, const struct td_scope *parent)
{
    return (td_columns_not_null(&fk->columns) ? 4 : 0) + (parent->kind != TD_SCOPE_MEMBERSHIP ? 2 : 0) +
           (fk->on_delete == TD_FK_CASCADE ? 1 : 0);
}

static bool travels_by_tenant(const struct td_scope *s)
{
    return s->kind == TD_SCOPE_TENANT || s->kind == TD_SCOPE_MEMBERSHIP || s->kind == TD_SCOPE_PATH;
}

/* Can it still become a path? Only if some foreign keys lead to a table that is a tenant's already. */
static bool may_be_found(struct td_deriving *d, const struct td_scope *s, struct td_map *seen)
{
    if (travels_by_tenant(s))
        return true;
    if (s->kind != TD_SCOPE_UNDECIDED || s->why != NULL ||
        td_map_get(seen, td_scope_table_name(d->a, s->table)) != NULL)
        return false;
    td_map_put(d->a, seen, td_scope_table_name(d->a, s->table), d);
    for (size_t i = 0; i < s->table->constraints.len; i++) {
        const struct td_scope *p = parent_of(d->out, s, s->table->constraints.at[i]);
        if (p != NULL && may_be_found(d, p, seen))
            return true;
    }
    return false;
}

static void find_ways(struct td_deriving *d, const struct td_scope *s, struct ways *w)
{
    *w = (struct ways){.rank = -1};
    for (size_t i = 0; i < s->table->constraints.len; i++) {
        const struct td_constraint *k = s->table->constraints.at[i];
        const struct td_scope *p = parent_of(d->out, s, k);
        if (p == NULL)
            continue;
        w->waits |= p->kind == TD_SCOPE_UNDECIDED && may_be_found(d, p, &(struct td_map){0});
        if (!travels_by_tenant(p))
            continue;
        if (p->kind != TD_SCOPE_MEMBERSHIP)
            td_strings_add(d->a, &w->owned, k->name);
        int rank = rank_of(k, p);
        if (rank < w->rank)
            continue;
        if (rank > w->rank) {
            w->best = k;
            w->rank = rank;
            w->names.len = 0;
        }
        td_strings_add(d->a, &w->names, k->name);
    }
}

static const char *joined(struct td_arena *a, const struct td_strings *v)
{
    struct td_buf b;
    td_buf_init(&b, a);
    for (size_t i = 0; i < v->len; i++)
        td_buf_printf(&b, "%s%s", i > 0 ? ", " : "", v->at[i]);
    return td_buf_str(&b);
}

static bool find_path(struct td_deriving *d, struct td_scope *s, bool patient)
{
    struct ways w;
    find_ways(d, s, &w);
    if (w.best == NULL || (w.waits && patient) || s->why != NULL)
        return false;
    if (td_scope_of(d->out, w.best->ref)->kind == TD_SCOPE_MEMBERSHIP)
        for (size_t i = 0; i < w.owned.len; i++)
            td_strings_add(d->a, &w.names, w.owned.at[i]);
    if (w.names.len > 1) {
        undecided(s, td_arena_printf(d->a, "several foreign keys may say whose it is: %s", joined(d->a, &w.names)));
        return false;
    }
    td_scope_set_path(d, s, w.best,
                      td_arena_printf(d->a, "%s leads to %s", w.best->name, td_scope_table_name(d->a, w.best->ref)));
    return true;
}

/* A table waits for those that it refers to; where they wait for each other in a circle, for none. */
static void find_paths(struct td_deriving *d)
{
    for (bool patient = true;;) {
        bool found = false;
        for (size_t i = 0; i < d->out->len && !(found && !patient); i++)
            if (d->out->at[i]->kind == TD_SCOPE_UNDECIDED)
                found |= find_path(d, d->out->at[i], patient);
        if (!found && !patient)
            return;
        patient = found;
    }
}

/* ---- the rest ---- */

static bool is_referred_to(const struct td_scopes *all, const struct td_scope *s)
{
    for (size_t i = 0; i < all->len; i++) {
        const struct td_scope *child = all->at[i];
        if (child->kind == TD_SCOPE_LOCAL || child->kind == TD_SCOPE_UNDECIDED)
            continue;
        for (size_t k = 0; k < child->table->constraints.len; k++)
            if (parent_of(all, child, child->table->constraints.at[k]) == s)
                return true;
    }
    return false;
}

static void settle_rest(struct td_deriving *d)
{
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < d->out->len; i++) {
            struct td_scope *s = d->out->at[i];
            if (s->kind != TD_SCOPE_UNDECIDED || s->why != NULL || !is_referred_to(d->out, s))
                continue;
            s->kind = TD_SCOPE_SHARED;
            s->why = "nothing says whose it is, and synced tables refer to it";
            again = true;
        }
    }
    for (size_t i = 0; i < d->out->len; i++) {
        struct td_scope *s = d->out->at[i];
        if (s->kind == TD_SCOPE_UNDECIDED && s->why == NULL) {
            s->kind = TD_SCOPE_LOCAL;
            s->why = "no foreign key leads to the tenant, and no synced table refers to it";
        }
    }
}

/* ---- the tenant's table ---- */

static int no_tenant(const struct td_config *config, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_TENANT, "no tenant table is named");
    td_err_why(err, "sync carries one tenant's rows, and starts from the table of tenants");
    return td_err_next(err, "write  { \"sync\": { \"tenant\": \"tenants\" } }  into %s",
                       config != NULL && config->path != NULL ? config->path : "tandem.json");
}

static int no_such_table(struct td_deriving *d, const char *name, struct td_err *err)
{
    struct td_nearest near;
    td_nearest_init(&near, name, strlen(name));
    for (size_t i = 0; i < d->out->len; i++)
        td_nearest_try(&near, td_scope_table_name(d->a, d->out->at[i]->table));
    td_err_set(err, TD_C_SYNC_TENANT, "there is no table \"%s\" for sync.tenant", name);
    if (near.best != NULL)
        td_err_next(err, "did you mean \"%s\"?", near.best);
    return d->config == NULL ? (int)err->rc : td_config_err_at(d->config, "sync.tenant", err);
}

/* The column that most foreign keys refer to by itself; without any, the primary key if it is one column. */
static struct td_column *tenant_key(const struct td_scopes *all, const struct td_table *t)
{
    struct td_column *best = NULL;
    size_t most = 0;
    for (size_t c = 0; c < t->columns.len; c++) {
        size_t n = 0;
        for (size_t i = 0; i < all->len; i++)
            for (size_t k = 0; k < all->at[i]->table->constraints.len; k++) {
                const struct td_constraint *fk = all->at[i]->table->constraints.at[k];
                n += fk->kind == TD_K_FOREIGN && fk->ref->id == t->id && fk->columns.len == 1 &&
                     fk->ref_columns.at[0]->id == t->columns.at[c]->id;
            }
        if (n > most) {
            most = n;
            best = t->columns.at[c];
        }
    }
    const struct td_constraint *primary = td_table_primary(t);
    return best == NULL && primary != NULL && primary->columns.len == 1 ? primary->columns.at[0] : best;
}

static int find_tenant(struct td_deriving *d, const char *name, struct td_err *err)
{
    struct td_scope *s = NULL;
    if (name == NULL)
        return no_tenant(d->config, err);
    for (size_t i = 0; i < d->out->len; i++)
        if (strcmp(td_scope_table_name(d->a, d->out->at[i]->table), name) == 0)
            s = d->out->at[i];
    if (s == NULL)
        return no_such_table(d, name, err);
    d->out->tenant = s->table;
    d->out->tenant_key = tenant_key(d->out, s->table);
    if (d->out->tenant_key == NULL) {
        td_err_set(err, TD_C_SYNC_TENANT, "\"%s\" has no single column that tells tenants apart", name);
        td_err_why(err, "no foreign key refers to one column of it, and its primary key is not one");
        return td_err_next(err, "give it a key of one column, as  id uuid PRIMARY KEY DEFAULT gen_random_uuid()");
    }
    td_scope_set_tenant(d, s, d->out->tenant_key, "the tenant itself");
    return TD_OK;
}

static void list_tables(struct td_deriving *d)
{
    for (size_t i = 0; i < d->catalog->tables.len; i++) {
        struct td_table *t = d->catalog->tables.at[i];
        if ((t->kind != TD_R_TABLE && t->kind != TD_R_PARTITIONED) || t->temporary)
            continue;
        struct td_scope *s = td_arena_new(d->a, struct td_scope);
        s->table = t;
        find_key(d->a, t, &s->key);
        *td_vec_add(d->a, d->out) = s;
    }
}

/* Tables that cannot travel. */
static void keep_home(struct td_deriving *d)
{
    for (size_t i = 0; i < d->out->len; i++) {
        struct td_scope *s = d->out->at[i];
        if (s->kind != TD_SCOPE_UNDECIDED)
            continue;
        if (s->table->on != TD_ON_BOTH || s->key.len == 0)
            s->kind = TD_SCOPE_LOCAL;
        if (s->table->on != TD_ON_BOTH)
            s->why = s->table->on == TD_ON_POSTGRES ? "it is on PostgreSQL only" : "it is on SQLite only";
        else if (s->key.len == 0)
            s->why = "it has no key that tells its rows apart";
    }
}

int td_scopes_derive(struct td_arena *a, const struct td_catalog *c, const struct td_config *config, const char *tenant,
                     struct td_scopes *out, struct td_err *err)
{
    struct td_deriving d = {a, c, config, out};
    *out = (struct td_scopes){0};
    list_tables(&d);
    int rc = find_tenant(&d, tenant != NULL ? tenant : config != NULL ? config->sync_tenant : NULL, err);
    if (rc == TD_OK)
        rc = td_scope_take_kinds(&d, err);
    if (rc != TD_OK)
        return rc;
    keep_home(&d);
    find_tenant_columns(&d);
    rc = td_scope_take_ways(&d, err);
    if (rc != TD_OK)
        return rc;
    for (size_t i = 0; i < out->len; i++)
        if (out->at[i]->kind == TD_SCOPE_UNDECIDED && out->at[i]->why == NULL)
            find_membership(&d, out->at[i]);
    find_paths(&d);
    settle_rest(&d);
    return td_scope_check_config(&d, err);
}

void td_scopes_all(struct td_arena *a, const struct td_catalog *c, enum td_on on, struct td_scopes *out)
{
    struct td_deriving d = {a, c, NULL, out};
    size_t n = 0;
    *out = (struct td_scopes){.on = on};
    list_tables(&d);
    for (size_t i = 0; i < out->len; i++) {
        if ((out->at[i]->table->on & on) != on)
            continue;
        out->at[i]->kind = TD_SCOPE_SHARED;
        out->at[i]->why = "all rows";
        out->at[n++] = out->at[i];
    }
    out->len = n;
}

int td_scopes_check(const struct td_scopes *s, struct td_err *err)
{
    for (size_t i = 0; i < s->len; i++) {
        const struct td_scope *t = s->at[i];
        if (t->kind != TD_SCOPE_UNDECIDED)
            continue;
        td_err_set(err, TD_C_SYNC_UNDECIDED, "whose the rows of \"%s\" are is not decided", t->table->name);
        td_err_why(err, "%s", t->why);
        return td_err_next(err, "say it in tandem.json under sync.tables.%s; `tandem sync scope` shows all",
                           t->table->name);
    }
    return TD_OK;
}

void td_scope_describe(const struct td_scope *s, struct td_buf *out)
{
    struct td_arena *a = out->arena;
    td_buf_add(out, td_scope_kind_name(s->kind));
    switch (s->kind) {
    case TD_SCOPE_TENANT: td_buf_printf(out, "(%s)", s->columns.at[0]->name); break;
    case TD_SCOPE_MEMBERSHIP:
        td_buf_printf(out, "(%s through %s.%s)", td_columns_text(a, &s->columns),
                      td_scope_table_name(a, s->through->table), td_columns_text(a, &s->through_columns));
        break;
    case TD_SCOPE_PATH:
        td_buf_printf(out, "(%s to %s)", td_columns_text(a, &s->columns), td_scope_table_name(a, s->through->table));
        break;
    case TD_SCOPE_UNDECIDED:
    case TD_SCOPE_SHARED:
    case TD_SCOPE_LOCAL: break;
    }
}
