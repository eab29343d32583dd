#include "sync/settle.h"

#include <string.h>

#include "core/base/json.h"
#include "sync/device_impl.h"
#include "sync/form.h"

struct settling {
    struct td_work w;
    int64_t id;
    enum td_take take;
    bool like;
    int64_t *n;
    const char *const *set;
    size_t n_set;
};

static int no_record(const char *what, int64_t id, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_NO_RECORD, "there is no %s %lld", what, (long long)id);
    return td_err_next(err, "tandem sync %ss list  shows those that there are", what);
}

static int find_table(struct settling *s, const char *name, size_t *out, struct td_err *err)
{
    long i = td_sync_tables_find(&s->w.d->all, name);
    *out = (size_t)i;
    return i >= 0 ? TD_OK
                  : td_err_set(err, TD_C_SYNC_NO_RECORD, "the table \"%s\" of the record is not synced any more", name);
}

/* ---- keys and values from their texts ---- */

static int stored(struct settling *s, const struct td_sync_table *t, size_t column, const char *text,
                  struct td_value *out, struct td_err *err)
{
    int rc = td_form_to_sqlite(&s->w.a, t->columns[column].type, td_text(text), out, err);
    return rc == TD_OK ? TD_OK : td_err_wrap(err, "\"%s.%s\"", t->name, t->columns[column].name);
}

static int parse_key(struct settling *s, const struct td_sync_table *t, const char *text, struct td_value **out,
                     struct td_err *err)
{
    struct td_json_doc *doc = NULL;
    *out = td_arena_alloc(&s->w.a, (t->n_key + t->n_columns + 1) * sizeof **out);
    if (t->n_key == 1)
        return stored(s, t, t->key[0], text, &(*out)[0], err);
    int rc = td_json_parse(text, strlen(text), "", &doc, err);
    if (rc != TD_OK)
        return rc;
    td_arena_defer(&s->w.a, td_json_close_void, doc);
    const struct td_json *j = td_json_first(td_json_root(doc));
    for (size_t i = 0; i < t->n_key && rc == TD_OK; i++, j = td_json_next(j))
        rc = stored(s, t, t->key[i], td_arena_strdup(&s->w.a, td_json_text(j)), &(*out)[i], err);
    return rc;
}

static void add_where(struct td_buf *b, const struct td_sync_table *t, size_t first)
{
    td_buf_add(b, " WHERE ");
    for (size_t i = 0; i < t->n_key; i++) {
        td_buf_add(b, i > 0 ? " AND " : "");
        td_buf_ident(b, t->columns[t->key[i]].name);
        td_buf_printf(b, " = $%zu", first + i);
    }
}

static int run(struct settling *s, struct td_buf *sql, const struct td_value *v, size_t n, struct td_err *err)
{
    struct td_db_stmt *st;
    int rc = td_lite_prepare(&s->w.a, s->w.d, td_buf_str(sql), &st, err);
    return rc == TD_OK ? td_lite_run(st, v, n, err) : rc;
}

static int delete_row(struct settling *s, size_t table, const struct td_value *key, struct td_err *err)
{
    const struct td_lite *l = &s->w.d->lite[table];
    struct td_buf b;
    td_buf_init(&b, &s->w.a);
    td_buf_printf(&b, "DELETE FROM %s", l->table);
    add_where(&b, l->t, 1);
    return run(s, &b, key, l->t->n_key, err);
}

/* ---- conflicts ---- */

static int set_column(struct settling *s, size_t table, const struct td_value *key, const char *column,
                      const char *text, struct td_err *err)
{
    const struct td_lite *l = &s->w.d->lite[table];
    struct td_value *v = td_arena_alloc(&s->w.a, (l->t->n_key + 2) * sizeof *v);
    struct td_buf b;
    size_t i = 0;
    while (i < l->t->n_columns && strcmp(l->t->columns[i].name, column) != 0)
        i++;
    if (i == l->t->n_columns)
        return td_err_set(err, TD_C_SYNC_NO_RECORD, "\"%s\" has no column \"%s\" any more", l->t->name, column);
    int rc = stored(s, l->t, i, text, &v[0], err);
    if (rc != TD_OK)
        return rc;
    memcpy(v + 1, key, l->t->n_key * sizeof *v);
    td_buf_init(&b, &s->w.a);
    td_buf_printf(&b, "UPDATE %s SET ", l->table);
    td_buf_ident(&b, column);
    td_buf_add(&b, " = $1");
    add_where(&b, l->t, 2);
    rc = run(s, &b, v, l->t->n_key + 1, err);
    if (rc == TD_OK && td_db_changes(s->w.d->db) == 0)
        return td_err_set(err, TD_C_SYNC_NO_RECORD, "the row of \"%s\" is gone", l->t->name);
    return rc;
}

static int resolve_one(struct settling *s, const struct td_conflict_record *c, struct td_err *err)
{
    size_t table = 0;
    struct td_value *key = NULL;
    int rc = TD_OK;
    bool deletes = c->column == NULL && ((s->take == TD_TAKE_LOCAL && strcmp(c->taken, "server") == 0) ||
                                         (s->take == TD_TAKE_REMOTE && strcmp(c->taken, "device") == 0));
    if (s->take != TD_TAKE_MERGED && (c->column != NULL || deletes)) {
        rc = find_table(s, c->table, &table, err);
        if (rc == TD_OK)
            rc = parse_key(s, &s->w.d->all.at[table], c->key, &key, err);
        if (rc == TD_OK && deletes)
            rc = delete_row(s, table, key, err);
        else if (rc == TD_OK)
            rc = set_column(s, table, key, c->column, s->take == TD_TAKE_LOCAL ? c->mine : c->theirs, err);
    }
    if (rc != TD_OK)
        return rc;
    *s->n += 1;
    return td_db_run(s->w.d->db, "UPDATE main.tandem_conflict SET state = 'resolved' WHERE id = $1",
                     (struct td_value[]){td_int(c->id)}, 1, err);
}

static bool is_like(const struct td_conflict_record *a, const struct td_conflict_record *b)
{
    bool same_column =
        (a->column == NULL) == (b->column == NULL) && (a->column == NULL || strcmp(a->column, b->column) == 0);
    return same_column && strcmp(a->table, b->table) == 0 && strcmp(a->policy, b->policy) == 0;
}

static int resolve(void *data, struct td_err *err)
{
    struct settling *s = data;
    struct td_conflict_records one = {0}, all = {0};
    int rc = td_settle_conflicts(s->w.d, &s->w.a, s->id, false, &one, err);
    if (rc == TD_OK && one.len == 0)
        return no_record("conflict", s->id, err);
    if (rc != TD_OK || !s->like)
        return rc == TD_OK ? resolve_one(s, &one.at[0], err) : rc;
    rc = td_settle_conflicts(s->w.d, &s->w.a, 0, true, &all, err);
    for (size_t i = 0; i < all.len && rc == TD_OK; i++)
        if (is_like(&all.at[i], &one.at[0]))
            rc = resolve_one(s, &all.at[i], err);
    return rc;
}

static int in_transaction(struct settling *s, int (*fn)(void *, struct td_err *), struct td_err *err)
{
    struct td_db *db = s->w.d->db;
    int rc = td_db_begin(db, TD_TX_WRITE, err);
    if (rc != TD_OK)
        return rc;
    rc = td_arena_run(&s->w.a, fn, s, err);
    td_arena_deinit(&s->w.a);
    if (rc == TD_OK)
        return td_db_commit(db, err);
    td_db_rollback(db);
    return rc;
}

int td_settle_resolve(struct td_device *d, int64_t id, enum td_take take, bool like, int64_t *n_out, struct td_err *err)
{
    struct settling s = {.w.d = d, .id = id, .take = take, .like = like, .n = n_out};
    *n_out = 0;
    return in_transaction(&s, resolve, err);
}

/* ---- rejects ---- */

static int drop(void *data, struct td_err *err)
{
    struct settling *s = data;
    int rc = td_db_run(s->w.d->db, "DELETE FROM main.tandem_reject WHERE id = $1", (struct td_value[]){td_int(s->id)},
                       1, err);
    return rc == TD_OK && td_db_changes(s->w.d->db) == 0 ? no_record("reject", s->id, err) : rc;
}

int td_settle_drop(struct td_device *d, int64_t id, struct td_err *err)
{
    struct settling s = {.w.d = d, .id = id};
    return in_transaction(&s, drop, err);
}

/* "name=value" for this column; NULL: none was given. */
static const char *given(const struct settling *s, const char *column)
{
    size_t n = strlen(column);
    for (size_t i = 0; i < s->n_set; i++)
        if (strncmp(s->set[i], column, n) == 0 && s->set[i][n] == '=')
            return s->set[i] + n + 1;
    return NULL;
}

static int check_given(struct settling *s, const struct td_sync_table *t, struct td_err *err)
{
    for (size_t i = 0; i < s->n_set; i++) {
        size_t n = strcspn(s->set[i], "="), c = 0;
        while (c < t->n_columns && (strlen(t->columns[c].name) != n || memcmp(t->columns[c].name, s->set[i], n) != 0))
            c++;
        if (c == t->n_columns || s->set[i][n] != '=')
            return td_err_set(err, TD_C_SYNC_NO_RECORD, "\"%.*s\" is no column of \"%s\"", (int)n, s->set[i], t->name);
    }
    return TD_OK;
}

struct image {
    const struct td_json *mine, *base;
};

static int read_image(struct settling *s, const char *text, const struct td_json **out, struct td_err *err)
{
    struct td_json_doc *doc = NULL;
    *out = NULL;
    if (text == NULL)
        return TD_OK;
    int rc = td_json_parse(text, strlen(text), "", &doc, err);
    if (rc != TD_OK)
        return rc;
    td_arena_defer(&s->w.a, td_json_close_void, doc);
    *out = td_json_root(doc);
    return TD_OK;
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Only what the device had changed, so that what others have changed since stands; all of it where the row is gone. */
static int write_again(struct settling *s, size_t table, const struct image *m, struct td_err *err)
{
    const struct td_lite *l = &s->w.d->lite[table];
    const struct td_sync_table *t = l->t;
    struct td_value *v = td_arena_alloc(&s->w.a, (2 * t->n_columns + 1) * sizeof *v);
    struct td_buf b, values, updates;
    size_t n = 0, changed = 0;
    int rc = TD_OK;
    td_buf_init(&b, &s->w.a);
    td_buf_init(&values, &s->w.a);
    td_buf_init(&updates, &s->w.a);
    td_buf_printf(&b, "INSERT INTO %s (", l->table);
    for (size_t i = 0; i < t->n_columns && rc == TD_OK; i++) {
        const char *name = t->columns[i].name, *now = given(s, name);
        const char *mine = now != NULL ? now : td_json_text(td_json_get(m->mine, name));
        const char *base = td_json_text(td_json_get(m->base, name));
        if (td_json_get(m->mine, name) == NULL && now == NULL)
            continue; /* a column that is newer than the record */
        td_buf_add(&b, n > 0 ? ", " : "");
        td_buf_ident(&b, name);
        td_buf_printf(&values, "%s$%zu", n > 0 ? ", " : "", n + 1);
        rc = stored(s, t, i, mine, &v[n++], err);
        if (td_sync_in_key(t, i) || (m->base != NULL && same_text(mine, base)))
            continue;
        td_buf_add(&updates, changed++ > 0 ? ", " : "");
        td_buf_ident(&updates, name);
        td_buf_add(&updates, " = excluded.");
        td_buf_ident(&updates, name);
    }
    td_buf_printf(&b, ") VALUES (%s) ON CONFLICT (", td_buf_str(&values));
    td_lite_key(&b, t, "");
    td_buf_printf(&b, ") DO %s%s", changed > 0 ? "UPDATE SET " : "NOTHING", td_buf_str(&updates));
    return rc == TD_OK ? run(s, &b, v, n, err) : rc;
}

static int resend(void *data, struct td_err *err)
{
    struct settling *s = data;
    struct td_reject_records records = {0};
    struct image m = {0};
    struct td_value *key = NULL;
    size_t table = 0;
    int rc = td_settle_rejects(s->w.d, &s->w.a, s->id, &records, err);
    if (rc == TD_OK && records.len == 0)
        return no_record("reject", s->id, err);
    if (rc == TD_OK)
        rc = find_table(s, records.at[0].table, &table, err);
    if (rc == TD_OK)
        rc = check_given(s, &s->w.d->all.at[table], err);
    if (rc == TD_OK)
        rc = read_image(s, records.at[0].mine, &m.mine, err);
    if (rc == TD_OK)
        rc = read_image(s, records.at[0].base, &m.base, err);
    if (rc == TD_OK)
        rc = parse_key(s, &s->w.d->all.at[table], records.at[0].key, &key, err);
    if (rc == TD_OK)
        rc = m.mine == NULL ? delete_row(s, table, key, err) : write_again(s, table, &m, err);
    return rc == TD_OK ? drop(s, err) : rc;
}

int td_settle_resend(struct td_device *d, int64_t id, const char *const *set, size_t n, struct td_err *err)
{
    struct settling s = {.w.d = d, .id = id, .set = set, .n_set = n};
    return in_transaction(&s, resend, err);
}
