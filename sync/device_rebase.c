/* Rebasing a table: the server's rows first, then what is pending, as far as it fits beside them. */
#include <string.h>

#include "sync/device_impl.h"

void td_lite_add_mine(struct td_buf *b, const struct td_lite *l)
{
    td_buf_printf(b, "CREATE TABLE IF NOT EXISTS %s (", l->mine);
    td_lite_columns(b, l->t, "");
    td_buf_add(b, ", tandem_exists INTEGER NOT NULL, tandem_reason TEXT, tandem_message TEXT, PRIMARY KEY (");
    td_lite_key(b, l->t, "");
    td_buf_printf(b, ")) WITHOUT ROWID; DELETE FROM %s;", l->mine);
}

struct rebasing {
    struct td_arena *a;
    struct td_device *d;
    const struct td_lite *l;
    size_t table;
    bool staged;
    bool at_cursor; /* rows that were answered since the last pull are taken as they were before */
};

/* Columns of a row that may be missing, with the key of one that is there. */
static void add_image(struct td_buf *b, const struct td_sync_table *t, const char *key_of, const char *rest_of)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        td_buf_printf(b, "%s%s", i > 0 ? ", " : "", td_sync_in_key(t, i) ? key_of : rest_of);
        td_buf_ident(b, t->columns[i].name);
    }
}

static int lay_aside(struct rebasing *r, struct td_err *err)
{
    const struct td_lite *l = r->l;
    struct td_buf b;
    td_buf_init(&b, r->a);
    td_buf_printf(&b, "INSERT INTO %s (", l->mine);
    td_lite_columns(&b, l->t, "");
    td_buf_add(&b, ", tandem_exists) SELECT ");
    add_image(&b, l->t, "b.", "t.");
    td_buf_add(&b, ", t.");
    td_buf_ident(&b, l->t->columns[l->t->key[0]].name);
    td_buf_printf(&b, " IS NOT NULL FROM %s b LEFT JOIN %s t ON ", l->base, l->table);
    td_lite_match(&b, l->t, "t.", "b.");
    td_buf_add(&b, " WHERE NOT (");
    td_lite_in(&b, l->t, "b.", l->mine);
    td_buf_add(&b, ")");
    return td_lite_exec(r->d, &b, err);
}

static void add_rows_of(struct rebasing *r, struct td_buf *b, const char *from, const char *where)
{
    /* a row that the device has made, and that was accepted, may be in the way: it comes again */
    td_buf_printf(b, "INSERT%s INTO %s (", r->at_cursor ? " OR REPLACE" : "", r->l->table);
    td_lite_columns(b, r->l->t, "");
    td_buf_add(b, ") SELECT ");
    td_lite_columns(b, r->l->t, "");
    td_buf_printf(b, " FROM %s WHERE tandem_existed%s", from, where);
}

/* The rows that the server has in place of pending ones, of which `where` is true. */
static void add_base_rows(struct rebasing *r, struct td_buf *b, const char *where)
{
    struct td_buf but;
    td_buf_init(&but, r->a);
    td_buf_add(&but, where);
    if (r->at_cursor) {
        add_rows_of(r, b, r->l->sent, where);
        td_buf_add(b, ";");
        td_buf_add(&but, " AND NOT (");
        td_lite_in(&but, r->l->t, "", r->l->sent);
        td_buf_char(&but, ')');
    }
    add_rows_of(r, b, r->l->base, td_buf_str(&but));
}

static void add_delete(struct rebasing *r, struct td_buf *b, const char *in)
{
    td_buf_printf(b, "DELETE FROM %s WHERE ", r->l->table);
    td_lite_in(b, r->l->t, "", in);
    td_buf_add(b, ";");
}

/* The table as the server has it. */
static int try_servers(struct rebasing *r, struct td_err *err)
{
    const struct td_lite *l = r->l;
    struct td_buf b;
    td_buf_init(&b, r->a);
    add_delete(r, &b, l->base);
    if (r->at_cursor)
        add_delete(r, &b, td_arena_printf(r->a, "%s WHERE tandem_existed", l->sent));
    if (r->staged) {
        add_delete(r, &b, l->stage);
        td_buf_printf(&b, "INSERT INTO %s (", l->table);
        td_lite_columns(&b, l->t, "");
        td_buf_add(&b, ") SELECT ");
        td_lite_columns(&b, l->t, "");
        td_buf_printf(&b, " FROM %s WHERE tandem_here AND NOT (", l->stage);
        td_lite_in(&b, l->t, "", l->base);
        td_buf_add(&b, ");");
    }
    add_base_rows(r, &b, "");
    int rc = td_db_begin(r->d->db, TD_TX_WRITE, err);
    if (rc != TD_OK)
        return rc;
    rc = td_lite_exec(r->d, &b, err);
    if (rc == TD_OK)
        return td_db_commit(r->d->db, err);
    td_db_rollback(r->d->db);
    return rc;
}

/* What was refused may not fit beside what was taken: the server's rows have moved on since the cursor. All as it was
 * at the cursor fits, and the pull that follows brings the rest again. */
static int put_servers(struct rebasing *r, struct td_err *err)
{
    int rc = try_servers(r, err);
    if (rc == TD_EUNIQUE && !r->staged) {
        td_err_clear(err);
        r->at_cursor = true;
        rc = try_servers(r, err);
    }
    if (rc != TD_EUNIQUE)
        return rc;
    struct td_err why = *err;
    td_err_set(err, TD_C_SYNC_KEYS, "rows that the server has in \"%s\" do not fit beside one another in SQLite",
               r->l->t->name);
    return td_err_why(err, "%s", why.message);
}

/* ---- putting pending rows back ---- */

static int open_mine(struct rebasing *r, struct td_db_stmt **each, struct td_db_stmt **insert,
                     struct td_db_stmt **refuse, struct td_err *err)
{
    const struct td_lite *l = r->l;
    struct td_buf b;
    td_buf_init(&b, r->a);
    td_buf_add(&b, "SELECT ");
    td_lite_columns(&b, l->t, "");
    td_buf_printf(&b, " FROM %s WHERE tandem_reason IS NULL AND tandem_exists ORDER BY ", l->mine);
    td_lite_key(&b, l->t, "");
    int rc = td_lite_prepare(r->a, r->d, td_buf_str(&b), each, err);
    td_buf_reset(&b);
    td_buf_printf(&b, "INSERT INTO %s (", l->table);
    td_lite_columns(&b, l->t, "");
    td_buf_add(&b, ") VALUES (");
    td_lite_marks(&b, l->t->n_columns);
    td_buf_char(&b, ')');
    if (rc == TD_OK)
        rc = td_lite_prepare(r->a, r->d, td_buf_str(&b), insert, err);
    td_buf_reset(&b);
    td_buf_printf(&b, "UPDATE %s SET tandem_reason = 'unique', tandem_message = $%zu WHERE ", l->mine, l->t->n_key + 1);
    for (size_t i = 0; i < l->t->n_key; i++) {
        td_buf_add(&b, i > 0 ? " AND " : "");
        td_buf_ident(&b, l->t->columns[l->t->key[i]].name);
        td_buf_printf(&b, " = $%zu", i + 1);
    }
    return rc == TD_OK ? td_lite_prepare(r->a, r->d, td_buf_str(&b), refuse, err) : rc;
}

static int put_one(struct rebasing *r, struct td_db_stmt *each, struct td_db_stmt *insert, struct td_db_stmt *refuse,
                   bool *refused, struct td_err *err)
{
    const struct td_sync_table *t = r->l->t;
    struct td_value *at = td_arena_alloc(r->a, (t->n_columns + 1) * sizeof *at);
    struct td_value *key = td_arena_alloc(r->a, (t->n_key + 1) * sizeof *key);
    for (size_t i = 0; i < t->n_columns; i++)
        at[i] = td_stmt_column(each, (int)i);
    int rc = td_lite_run(insert, at, t->n_columns, err);
    if (rc != TD_EUNIQUE && rc != TD_ECHECK && rc != TD_ENOTNULL)
        return rc;
    for (size_t i = 0; i < t->n_key; i++)
        key[i] = at[t->key[i]];
    const char *message = td_arena_strdup(r->a, err->message);
    td_err_clear(err);
    key[t->n_key] = td_text(message);
    *refused = true;
    return td_lite_run(refuse, key, t->n_key + 1, err);
}

/* One pass; *again: a row was refused, so that what the server has in its place must come in first. */
static int put_back(struct rebasing *r, bool *again, struct td_err *err)
{
    const struct td_lite *l = r->l;
    struct td_db_stmt *each, *insert, *refuse;
    struct td_buf b, where;
    *again = false;
    td_buf_init(&b, r->a);
    td_buf_printf(&b, "DELETE FROM %s WHERE ", l->table);
    td_lite_in(&b, l->t, "", l->mine);
    td_buf_add(&b, ";");
    td_buf_init(&where, r->a);
    td_buf_add(&where, " AND (");
    td_lite_key(&where, l->t, "");
    td_buf_add(&where, ") IN (SELECT ");
    td_lite_key(&where, l->t, "");
    td_buf_printf(&where, " FROM %s WHERE tandem_reason IS NOT NULL)", l->mine);
    add_base_rows(r, &b, td_buf_str(&where));
    int rc = td_lite_exec(r->d, &b, err);
    if (rc == TD_OK)
        rc = open_mine(r, &each, &insert, &refuse, err);
    while (rc == TD_OK) {
        bool row = false;
        rc = td_stmt_step(each, &row, err);
        if (rc != TD_OK || !row)
            break;
        rc = put_one(r, each, insert, refuse, again, err);
    }
    return rc;
}

/* ---- what was refused ---- */

static int record_refused(struct rebasing *r, int64_t *rejects, struct td_err *err)
{
    const struct td_sync_table *t = r->l->t;
    struct td_db_stmt *st;
    struct td_buf b;
    int n = (int)t->n_columns;
    td_buf_init(&b, r->a);
    td_buf_add(&b, "SELECT ");
    td_lite_columns(&b, t, "b.");
    td_buf_add(&b, ", ");
    td_lite_columns(&b, t, "m.");
    td_buf_printf(&b, ", b.tandem_existed, m.tandem_exists, m.tandem_reason, m.tandem_message FROM %s m JOIN %s b ON ",
                  r->l->mine, r->l->base);
    td_lite_match(&b, t, "b.", "m.");
    td_buf_add(&b, " WHERE m.tandem_reason IS NOT NULL");
    int rc = td_lite_prepare(r->a, r->d, td_buf_str(&b), &st, err);
    while (rc == TD_OK) {
        bool row = false;
        struct td_value *base = NULL, *mine = NULL;
        rc = td_stmt_step(st, &row, err);
        if (rc != TD_OK || !row)
            break;
        struct td_rejected j = {.t = t,
                                .reason = td_arena_strdup(r->a, td_stmt_text(st, 2 * n + 2)),
                                .message = td_arena_strdup(r->a, td_stmt_text(st, 2 * n + 3)),
                                .base.exists = td_stmt_int(st, 2 * n) != 0,
                                .mine.exists = td_stmt_int(st, 2 * n + 1) != 0};
        rc = td_lite_image(r->a, st, 0, t, &base, err);
        if (rc == TD_OK)
            rc = td_lite_image(r->a, st, n, t, &mine, err);
        j.base.at = base;
        j.mine.at = mine;
        if (rc == TD_OK)
            rc = td_record_reject(r->a, r->d, &j, err);
        *rejects += 1;
    }
    td_buf_reset(&b);
    td_buf_printf(&b, "DELETE FROM %s WHERE (", r->l->base);
    td_lite_key(&b, t, "");
    td_buf_add(&b, ") IN (SELECT ");
    td_lite_key(&b, t, "");
    td_buf_printf(&b, " FROM %s WHERE tandem_reason IS NOT NULL); DELETE FROM %s", r->l->mine, r->l->mine);
    return rc == TD_OK ? td_lite_exec(r->d, &b, err) : rc;
}

int td_device_rebase(struct td_arena *a, struct td_device *d, size_t table, bool staged, int64_t *rejects,
                     struct td_err *err)
{
    struct rebasing r = {a, d, &d->lite[table], table, staged, false};
    bool again = true;
    int rc = lay_aside(&r, err);
    if (rc == TD_OK)
        rc = put_servers(&r, err);
    while (rc == TD_OK && again)
        rc = put_back(&r, &again, err);
    return rc == TD_OK ? record_refused(&r, rejects, err) : rc;
}

/* ---- some rows ---- */

static int prepare_keyed(struct td_arena *a, struct td_device *d, const char *sql, const struct td_sync_table *t,
                         const char *alias, struct td_db_stmt **out, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, a);
    td_buf_add(&b, sql);
    for (size_t i = 0; i < t->n_key; i++) {
        td_buf_printf(&b, "%s%s", i > 0 ? " AND " : "", alias);
        td_buf_ident(&b, t->columns[t->key[i]].name);
        td_buf_printf(&b, " = $%zu", i + 1);
    }
    return td_lite_prepare(a, d, td_buf_str(&b), out, err);
}

/* $1, ...: its key, then reason and message. */
static const char *move_to_mine(struct td_arena *a, const struct td_lite *l)
{
    struct td_buf b;
    td_buf_init(&b, a);
    td_buf_printf(&b, "INSERT INTO %s (", l->mine);
    td_lite_columns(&b, l->t, "");
    td_buf_add(&b, ", tandem_exists, tandem_reason, tandem_message) SELECT ");
    add_image(&b, l->t, "b.", "t.");
    td_buf_add(&b, ", t.");
    td_buf_ident(&b, l->t->columns[l->t->key[0]].name);
    td_buf_printf(&b, " IS NOT NULL, $%zu, $%zu FROM %s b LEFT JOIN %s t ON ", l->t->n_key + 1, l->t->n_key + 2,
                  l->base, l->table);
    td_lite_match(&b, l->t, "t.", "b.");
    td_buf_add(&b, " WHERE ");
    return td_buf_str(&b);
}

static int move_all_to_mine(struct rebasing *r, const struct td_aside *rows, size_t n, struct td_err *err)
{
    const struct td_sync_table *t = r->l->t;
    struct td_value *v = td_arena_alloc(r->a, (t->n_key + 2) * sizeof *v);
    struct td_db_stmt *st;
    int rc = prepare_keyed(r->a, r->d, move_to_mine(r->a, r->l), t, "b.", &st, err);
    for (size_t i = 0; i < n && rc == TD_OK; i++) {
        memcpy(v, rows[i].key, t->n_key * sizeof *v);
        v[t->n_key] = td_text(rows[i].reason);
        v[t->n_key + 1] = td_text(rows[i].message);
        rc = td_lite_run(st, v, t->n_key + 2, err);
    }
    return rc;
}

/* What the server has, in the place of those that were moved. */
static int put_base(struct rebasing *r, struct td_err *err)
{
    const struct td_lite *l = r->l;
    struct td_buf b;
    td_buf_init(&b, r->a);
    td_buf_printf(&b, "DELETE FROM %s WHERE ", l->table);
    td_lite_in(&b, l->t, "", l->mine);
    td_buf_printf(&b, "; INSERT INTO %s (", l->table);
    td_lite_columns(&b, l->t, "");
    td_buf_add(&b, ") SELECT ");
    td_lite_columns(&b, l->t, "");
    td_buf_printf(&b, " FROM %s WHERE tandem_existed AND ", l->base);
    td_lite_in(&b, l->t, "", l->mine);
    return td_lite_exec(r->d, &b, err);
}

int td_device_set_aside(struct td_arena *a, struct td_device *d, size_t table, const struct td_aside *rows, size_t n,
                        struct td_err *err)
{
    const struct td_lite *l = &d->lite[table];
    struct rebasing r = {a, d, l, table, false, false};
    struct td_buf b;
    int64_t rejects = 0;
    if (n == 0)
        return TD_OK;
    td_buf_init(&b, a);
    td_lite_add_mine(&b, l);
    int rc = td_lite_exec(d, &b, err);
    if (rc == TD_OK)
        rc = move_all_to_mine(&r, rows, n, err);
    if (rc == TD_OK)
        rc = put_base(&r, err);
    if (rc == TD_OK)
        return record_refused(&r, &rejects, err);
    if (rc != TD_EUNIQUE)
        return rc;
    td_err_clear(err); /* another row is in its place */
    return td_device_rebase(a, d, table, false, &rejects, err);
}
