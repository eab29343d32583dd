#include "sync/deploy_sqlite.h"

#include <string.h>

#include "sync/capture_sqlite.h"
#include "sync/device_impl.h"
#include "sync/form.h"

struct following {
    struct td_arena a;
    struct td_deploy_sqlite *w;
    struct td_device *d; /* as it was */
    const struct td_deploy_moment *m;
    struct td_scopes scopes;
    struct td_sync_tables now;
};

/* ---- before ---- */

static int nothing_to_plan(void *data, const struct td_deploy_moment *m, struct td_err *err)
{
    (void)data, (void)m, (void)err;
    return TD_OK;
}

/* Pending rows as they are, in case their table or a column goes. */
static int keep_copies(struct following *f, struct td_err *err)
{
    struct td_buf b;
    int rc = TD_OK;
    td_buf_init(&b, &f->a);
    for (size_t t = 0; t < f->d->all.len && rc == TD_OK; t++) {
        const struct td_lite *l = &f->d->lite[t];
        td_lite_add_mine(&b, l);
        td_buf_printf(&b, "INSERT INTO %s (", l->mine);
        td_lite_columns(&b, l->t, "");
        td_buf_add(&b, ", tandem_exists) SELECT ");
        for (size_t i = 0; i < l->t->n_columns; i++) {
            td_buf_add(&b, i > 0 ? ", " : "");
            td_buf_add(&b, td_sync_in_key(l->t, i) ? "b." : "t.");
            td_buf_ident(&b, l->t->columns[i].name);
        }
        td_buf_add(&b, ", t.");
        td_buf_ident(&b, l->t->columns[l->t->key[0]].name);
        td_buf_printf(&b, " IS NOT NULL FROM %s b LEFT JOIN %s t ON ", l->base, l->table);
        td_lite_match(&b, l->t, "t.", "b.");
        rc = td_lite_exec(f->d, &b, err);
        if (rc == TD_OK)
            rc = td_capture_sqlite_pause(&f->a, f->d->db, l->t->name, err);
    }
    return rc;
}

static int prepare(void *data, struct td_err *err)
{
    return keep_copies(data, err);
}

static int before(void *data, const struct td_deploy_moment *m, struct td_err *err)
{
    struct td_deploy_sqlite *w = data;
    struct following f = {.w = w, .m = m};
    bool mended = false;
    td_device_close(w->device); /* of an earlier migration, or of a try that was rolled back */
    w->device = NULL;
    int rc = td_device_open(m->db, &w->device, &mended, err);
    if (rc != TD_OK)
        return rc;
    f.d = w->device;
    rc = td_device_thaw(f.d, err);
    if (rc == TD_OK)
        rc = td_arena_run(&f.a, prepare, &f, err);
    td_arena_deinit(&f.a);
    return rc;
}

/* ---- the scopes that the tables have now ---- */

static int derive_by(struct following *f, const struct td_config *config, struct td_err *err)
{
    int rc = td_scopes_derive(&f->a, f->m->catalog, config, NULL, &f->scopes, err);
    if (rc == TD_OK)
        rc = td_scopes_check(&f->scopes, err);
    return rc == TD_OK ? td_sync_tables_make(&f->a, f->m->catalog, &f->scopes, config, &f->now, err) : rc;
}

static int derive(struct following *f, struct td_err *err)
{
    struct td_err told = {0};
    int rc = derive_by(f, f->d->config, &told);
    if (rc != TD_ECONFIG) {
        *err = told;
        return rc;
    }
    return derive_by(f, f->w->config, err);
}

/* ---- what is pending ---- */

static const struct td_sync_table *now_of(const struct following *f, const struct td_sync_table *was)
{
    for (size_t i = 0; i < f->now.len; i++)
        if (f->now.at[i].scope->table->id == was->scope->table->id)
            return &f->now.at[i];
    return NULL;
}

/* A column's id, by its name. */
static const struct td_column *column_of(const struct td_sync_table *t, size_t i)
{
    return td_table_column(t->scope->table, t->columns[i].name);
}

static size_t column_now(const struct td_sync_table *now, const struct td_column *was)
{
    for (size_t i = 0; was != NULL && i < now->n_columns; i++) {
        const struct td_column *c = column_of(now, i);
        if (c != NULL && c->id == was->id)
            return i;
    }
    return SIZE_MAX;
}

/* Pending rows whose change is lost with the table, or with a column in it. */
static int set_lost_aside(struct following *f, size_t table, const struct td_sync_table *now, struct td_err *err)
{
    const struct td_lite *l = &f->d->lite[table];
    const struct td_sync_table *t = l->t;
    struct td_db_stmt *st;
    struct td_buf b;
    int n = (int)t->n_columns;
    td_buf_init(&b, &f->a);
    td_buf_add(&b, "SELECT ");
    td_lite_columns(&b, t, "b.");
    td_buf_add(&b, ", ");
    td_lite_columns(&b, t, "m.");
    td_buf_printf(&b, ", b.tandem_existed, m.tandem_exists FROM %s m JOIN %s b ON ", l->mine, l->base);
    td_lite_match(&b, t, "b.", "m.");
    bool any = now == NULL;
    td_buf_add(&b, " WHERE ");
    td_buf_add(&b, now == NULL ? "true" : "m.tandem_exists AND (false");
    for (size_t i = 0; i < t->n_columns && now != NULL; i++) {
        if (column_now(now, column_of(t, i)) != SIZE_MAX)
            continue;
        any = true;
        td_buf_add(&b, " OR b.");
        td_buf_ident(&b, t->columns[i].name);
        td_buf_add(&b, " IS NOT m.");
        td_buf_ident(&b, t->columns[i].name);
    }
    td_buf_add(&b, now == NULL ? "" : ")");
    int rc = any ? td_lite_prepare(&f->a, f->d, td_buf_str(&b), &st, err) : TD_OK;
    while (rc == TD_OK && any) {
        bool row = false;
        struct td_value *base = NULL, *mine = NULL;
        rc = td_stmt_step(st, &row, err);
        if (rc != TD_OK || !row)
            break;
        struct td_rejected r = {.t = t,
                                .reason = now == NULL ? "table-dropped" : "column-dropped",
                                .message = td_arena_printf(&f->a, "the migration \"%s\" has dropped %s it was made in",
                                                           f->m->migration->name,
                                                           now == NULL ? "the table that" : "a column that"),
                                .base.exists = td_stmt_int(st, 2 * n) != 0,
                                .mine.exists = td_stmt_int(st, 2 * n + 1) != 0};
        rc = td_lite_image(&f->a, st, 0, t, &base, err);
        if (rc == TD_OK)
            rc = td_lite_image(&f->a, st, n, t, &mine, err);
        r.base.at = base;
        r.mine.at = mine;
        if (rc == TD_OK)
            rc = td_record_reject(&f->a, f->d, &r, err);
    }
    return rc;
}

static const char *quoted(struct td_arena *a, const char *prefix, const char *name)
{
    struct td_buf b;
    td_buf_init(&b, a);
    td_buf_ident(&b, td_arena_printf(a, "%s%s", prefix, name));
    return td_buf_str(&b);
}

/* The shadow table is renamed with its table, and its columns with theirs. */
static int rename_base(struct following *f, size_t table, const struct td_sync_table *now, struct td_err *err)
{
    const struct td_sync_table *was = f->d->lite[table].t;
    struct td_buf b;
    td_buf_init(&b, &f->a);
    td_buf_printf(&b, "DROP TABLE IF EXISTS %s;", f->d->lite[table].out);
    if (strcmp(was->name, now->name) != 0)
        td_buf_printf(&b, "ALTER TABLE %s RENAME TO %s;", f->d->lite[table].base,
                      quoted(&f->a, "tandem_base_", now->name));
    for (size_t i = 0; i < was->n_columns; i++) {
        size_t to = column_now(now, column_of(was, i));
        if (to == SIZE_MAX || strcmp(was->columns[i].name, now->columns[to].name) == 0)
            continue;
        td_buf_printf(&b, "ALTER TABLE main.%s RENAME COLUMN %s TO %s;", quoted(&f->a, "tandem_base_", now->name),
                      quoted(&f->a, "", was->columns[i].name), quoted(&f->a, "", now->columns[to].name));
    }
    return td_lite_exec(f->d, &b, err);
}

/* ---- values of another type ---- */

struct converting {
    struct following *f;
    const struct td_lite *l; /* as it was */
    const struct td_sync_table *now;
    size_t from, to; /* numbers of the column */
};

/* The old value read as the new type, as PostgreSQL's own casts of texts do; NULL where it is none. */
static struct td_value converted(struct td_arena *a, struct td_type from, struct td_type to, struct td_value v)
{
    struct td_err ignored = {0};
    struct td_value pg, out;
    if (td_form_to_postgres(a, from, v, &pg, &ignored) != TD_OK)
        return td_null();
    const char *text = td_batch_text(a, from, pg);
    if (text == NULL || td_form_to_sqlite(a, to, td_text(text), &out, &ignored) != TD_OK)
        return td_null();
    return out;
}

/* What the device did not change is what the migration has made of it; else the base is converted by itself. */
static int convert_column(struct converting *c, struct td_err *err)
{
    struct following *f = c->f;
    const struct td_sync_table *was = c->l->t, *now = c->now;
    const char *name = quoted(&f->a, "", now->columns[c->to].name),
               *old = quoted(&f->a, "", was->columns[c->from].name);
    const char *base = quoted(&f->a, "tandem_base_", now->name);
    struct td_db_stmt *each, *update;
    struct td_buf b;
    td_buf_init(&b, &f->a);
    td_buf_add(&b, "SELECT ");
    td_lite_key(&b, now, "b.");
    td_buf_printf(&b, ", b.%s, b.%s IS m.%s, t.%s FROM main.%s b JOIN %s m ON ", name, name, old, name, base,
                  c->l->mine);
    for (size_t i = 0; i < now->n_key; i++)
        td_buf_printf(&b, "%sb.%s = m.%s", i > 0 ? " AND " : "", quoted(&f->a, "", now->columns[now->key[i]].name),
                      quoted(&f->a, "", was->columns[was->key[i]].name));
    td_buf_printf(&b, " LEFT JOIN main.%s t ON ", quoted(&f->a, "", now->name));
    td_lite_match(&b, now, "t.", "b.");
    td_buf_add(&b, " WHERE b.tandem_existed");
    int rc = td_lite_prepare(&f->a, f->d, td_buf_str(&b), &each, err);
    td_buf_reset(&b);
    td_buf_printf(&b, "UPDATE main.%s SET %s = $%zu WHERE ", base, name, now->n_key + 1);
    for (size_t i = 0; i < now->n_key; i++)
        td_buf_printf(&b, "%s%s = $%zu", i > 0 ? " AND " : "", quoted(&f->a, "", now->columns[now->key[i]].name),
                      i + 1);
    if (rc == TD_OK)
        rc = td_lite_prepare(&f->a, f->d, td_buf_str(&b), &update, err);
    while (rc == TD_OK) {
        bool row = false;
        int k = (int)now->n_key;
        struct td_value *v = td_arena_alloc(&f->a, (now->n_key + 1) * sizeof *v);
        rc = td_stmt_step(each, &row, err);
        if (rc != TD_OK || !row)
            break;
        for (int i = 0; i < k; i++)
            v[i] = td_stmt_column(each, i);
        v[k] = td_stmt_int(each, k + 1) != 0
                   ? td_stmt_column(each, k + 2)
                   : converted(&f->a, was->columns[c->from].type, now->columns[c->to].type, td_stmt_column(each, k));
        rc = td_lite_run(update, v, now->n_key + 1, err);
    }
    return rc;
}

static bool same_key(const struct td_sync_table *was, const struct td_sync_table *now)
{
    if (was->n_key != now->n_key)
        return false;
    for (size_t i = 0; i < was->n_key; i++)
        if (column_now(now, column_of(was, was->key[i])) != now->key[i])
            return false;
    return true;
}

static int convert(struct following *f, size_t table, const struct td_sync_table *now, struct td_err *err)
{
    const struct td_sync_table *was = f->d->lite[table].t;
    int rc = TD_OK;
    for (size_t i = 0; i < was->n_columns && rc == TD_OK; i++) {
        size_t to = column_now(now, column_of(was, i));
        if (to == SIZE_MAX || td_sync_in_key(was, i) || td_type_equal(&was->columns[i].type, &now->columns[to].type))
            continue;
        rc = convert_column(&(struct converting){f, &f->d->lite[table], now, i, to}, err);
    }
    return rc;
}

/* ---- after ---- */

static int follow_table(struct following *f, size_t table, struct td_err *err)
{
    const struct td_sync_table *now = now_of(f, f->d->lite[table].t);
    bool follows = now != NULL && same_key(f->d->lite[table].t, now);
    struct td_buf b;
    int rc = set_lost_aside(f, table, follows ? now : NULL, err);
    td_buf_init(&b, &f->a);
    if (rc == TD_OK && !follows) {
        td_buf_printf(&b, "DROP TABLE IF EXISTS %s; DROP TABLE IF EXISTS %s;", f->d->lite[table].base,
                      f->d->lite[table].out);
        return td_lite_exec(f->d, &b, err);
    }
    if (rc == TD_OK)
        rc = rename_base(f, table, now, err);
    return rc == TD_OK ? convert(f, table, now, err) : rc;
}

static int capture_all(struct following *f, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; i < f->now.len && rc == TD_OK; i++) {
        const struct td_sync_table *t = &f->now.at[i];
        struct td_captured c = {.table = t->name};
        for (size_t k = 0; k < t->n_key; k++)
            td_strings_add(&f->a, &c.key, t->columns[t->key[k]].name);
        rc = td_capture_sqlite(&f->a, f->d->db, &c, err);
    }
    return rc;
}

static int follow(void *data, struct td_err *err)
{
    struct following *f = data;
    int rc = derive(f, err);
    for (size_t t = 0; t < f->d->all.len && rc == TD_OK; t++)
        rc = follow_table(f, t, err);
    if (rc == TD_OK)
        rc = capture_all(f, err);
    return rc == TD_OK ? td_meta_set(f->d->db, "compare", td_text("migration"), err) : rc;
}

static int after(void *data, const struct td_deploy_moment *m, struct td_err *err)
{
    struct td_deploy_sqlite *w = data;
    struct following f = {.w = w, .d = w->device, .m = m};
    int rc = td_db_triggers(m->db, false, err);
    if (rc == TD_OK)
        rc = td_arena_run(&f.a, follow, &f, err);
    td_arena_deinit(&f.a);
    struct td_err ignored = {0};
    (void)!td_db_triggers(m->db, true, &ignored);
    td_device_close(w->device);
    w->device = NULL;
    return rc;
}

void td_deploy_sqlite_init(struct td_deploy_sqlite *d, const struct td_config *config)
{
    *d = (struct td_deploy_sqlite){.hooks = {nothing_to_plan, before, after, NULL}, .config = config};
    d->hooks.data = d;
}

void td_deploy_sqlite_deinit(struct td_deploy_sqlite *d)
{
    td_device_close(d->device);
    d->device = NULL;
}
