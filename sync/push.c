#include "sync/push.h"

#include <string.h>

#include "core/base/buf.h"
#include "sync/mask.h"

struct pushing {
    struct td_arena *a;
    const struct td_sync_tables *all;
    const struct td_batch *b;
    const struct td_push_store *store;
    struct td_answer *out;
    struct td_push_row *rows;
    struct td_push_row **scratch; /* room for one table's rows */
};

/* ---- refusing ---- */

static void reject(struct pushing *p, struct td_push_row *r, const char *reason, const char *sqlstate,
                   const char *message)
{
    if (r->rejected)
        return;
    r->rejected = true;
    *td_vec_add(p->a, &p->out->rejects) =
        (struct td_answer_reject){r->number, reason, td_arena_strdup(p->a, sqlstate), td_arena_strdup(p->a, message)};
}

static void reject_group(struct pushing *p, size_t group, const char *reason, const char *sqlstate, const char *message)
{
    for (size_t i = 0; i < p->b->len; i++)
        if (p->rows[i].row->group == group)
            reject(p, &p->rows[i], reason, sqlstate, message);
}

static const char *reason_of(const struct td_err *err)
{
    switch (err->rc) {
    case TD_EUNIQUE: return "unique";
    case TD_EFOREIGN: return "foreign-key";
    case TD_ECHECK: return "check";
    case TD_ENOTNULL: return "not-null";
    case TD_EDATA: return "value";
    case TD_EDENIED: return "denied";
    default: return "refused";
    }
}

/* Is it the row's fault? Else a resource is short, the connection gone, or the transaction to be run again. */
static bool is_a_refusal(const struct td_err *err)
{
    static const char *const classes[] = {"0A", "21", "22", "23", "27", "2F", "38", "39", "42", "44", "P0"};
    switch (err->rc) {
    case TD_EUNIQUE:
    case TD_EFOREIGN:
    case TD_ECHECK:
    case TD_ENOTNULL:
    case TD_EDATA: return true;
    case TD_ECONFLICT:
    case TD_EOFFLINE:
    case TD_EBUSY:
    case TD_ENOMEM:
    case TD_ECANCELLED:
    case TD_EFULL:
    case TD_EREADONLY: return false;
    default: break;
    }
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strncmp(err->sqlstate, classes[i], 2) == 0)
            return true;
    return false;
}

/* ---- tables, one by one ---- */

static bool wanted(const struct td_push_row *r, size_t table, long group, enum td_push_op op)
{
    return r->row->table == table && !r->rejected && r->op == op && (group < 0 || r->row->group == (size_t)group);
}

static struct td_push_rows gather(struct pushing *p, size_t table, long group, enum td_push_op op)
{
    struct td_push_rows rows = {&p->all->at[table], p->scratch, 0};
    for (size_t i = 0; i < p->b->len; i++)
        if (wanted(&p->rows[i], table, group, op))
            p->scratch[rows.len++] = &p->rows[i];
    return rows;
}

static int lock_all(struct pushing *p, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t t = 0; t < p->all->len && rc == TD_OK; t++) {
        struct td_push_rows rows = gather(p, t, -1, TD_PUSH_NOTHING);
        if (rows.len > 0)
            rc = p->store->lock(p->store->data, &rows, err);
    }
    return rc;
}

/* ---- deciding ---- */

static const char *text_of(struct pushing *p, const struct td_sync_table *t, size_t column, struct td_value v)
{
    return td_batch_text(p->a, t->columns[column].type, v);
}

static void note_conflicts(struct pushing *p, const struct td_push_row *r, const struct td_sync_table *t)
{
    for (size_t i = 0; i < r->merged.n_conflicts; i++) {
        const struct td_conflict *c = &r->merged.conflicts[i];
        struct td_answer_conflict *out = td_vec_add(p->a, &p->out->conflicts);
        bool whole = c->column == TD_WHOLE_ROW;
        *out = (struct td_answer_conflict){.row = r->number,
                                           .policy = whole ? "row" : td_policy_name(c->policy),
                                           .taken = c->is_mine ? "device" : "server"};
        if (whole)
            continue;
        out->column = t->columns[c->column].name;
        out->base = text_of(p, t, c->column, c->base);
        out->mine = text_of(p, t, c->column, c->mine);
        out->theirs = text_of(p, t, c->column, c->theirs);
        out->chosen = text_of(p, t, c->column, c->chosen);
        if (c->policy == TD_POLICY_JSON || c->policy == TD_POLICY_CONCAT)
            out->taken = "merged";
    }
}

static int find_changed(struct pushing *p, struct td_push_row *r, const struct td_sync_table *t, struct td_err *err)
{
    int rc = TD_OK;
    r->changed = td_arena_alloc(p->a, t->n_columns * sizeof *r->changed);
    for (size_t i = 0; i < t->n_columns && rc == TD_OK; i++) {
        bool same = true;
        rc = td_merge_same(t->columns[i].type, r->merged.at[i], r->theirs.at[i], &same, err);
        r->changed[i] = !same;
    }
    return rc;
}

/* A masked column of a row that the server has, or had, is not the device's to change: it never had the value. */
static void unmask(struct pushing *p, const struct td_push_row *r, const struct td_sync_table *t,
                   struct td_merge_side *mine)
{
    const struct td_batch_row *row = r->row;
    const struct td_merge_side *from = row->base.exists ? &row->base : &r->theirs;
    if (!td_mask_any(t) || !from->exists || !row->mine.exists)
        return;
    struct td_value *at = td_arena_alloc(p->a, (t->n_columns + 1) * sizeof *at);
    for (size_t i = 0; i < t->n_columns; i++)
        at[i] = t->columns[i].mask != NULL ? from->at[i] : row->mine.at[i];
    mine->at = at;
}

static int decide(struct pushing *p, struct td_push_row *r, struct td_err *err)
{
    struct td_merge_side mine = r->row->mine;
    const struct td_sync_table *t = &p->all->at[r->row->table];
    if (t->read_only) {
        reject(p, r, "read-only", NULL, "the table is shared: devices only read it");
        return TD_OK;
    }
    if (r->elsewhere) {
        reject(p, r, "elsewhere", NULL, "the server has a row of that key that is not this tenant's");
        return TD_OK;
    }
    unmask(p, r, t, &mine);
    if (td_mask_any(t) && r->row->base.exists && mine.exists && !r->theirs.exists) {
        reject(p, r, "masked", NULL,
               "the row is gone from the server, and cannot be made again without what was masked");
        return TD_OK;
    }
    int rc = td_merge_row(p->a, t->columns, t->n_columns, &r->row->base, &mine, &r->theirs, &r->merged, err);
    if (rc == TD_EDATA) {
        reject(p, r, "value", err->sqlstate, err->message);
        td_err_clear(err);
        return TD_OK;
    }
    if (rc != TD_OK || !r->merged.changes_theirs)
        return rc;
    if (!r->merged.exists)
        r->op = TD_PUSH_DELETE;
    else if (!r->theirs.exists)
        r->op = TD_PUSH_INSERT;
    else
        r->op = TD_PUSH_UPDATE;
    return r->op == TD_PUSH_UPDATE ? find_changed(p, r, t, err) : TD_OK;
}

/* What a row of a group is refused for, all of it is. */
static void spread_rejects(struct pushing *p)
{
    for (size_t i = 0; i < p->out->rejects.len; i++) {
        const struct td_answer_reject r = p->out->rejects.at[i];
        reject_group(p, p->rows[r.row].row->group, r.reason, r.sqlstate, r.message);
    }
}

static int decide_all(struct pushing *p, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; i < p->b->len && rc == TD_OK; i++)
        rc = decide(p, &p->rows[i], err);
    if (rc == TD_OK)
        spread_rejects(p);
    return rc;
}

/* ---- writing ---- */

typedef int (*writing)(void *, const struct td_push_rows *, struct td_err *);

/* Parents first, or children first. */
static int write_kind(struct pushing *p, long group, enum td_push_op op, writing fn, bool children_first,
                      struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; i < p->all->len && rc == TD_OK; i++) {
        size_t t = children_first ? p->all->len - 1 - i : i;
        struct td_push_rows rows = gather(p, t, group, op);
        if (rows.len > 0)
            rc = fn(p->store->data, &rows, err);
    }
    return rc;
}

enum order { FOR_FOREIGN, FOR_UNIQUE, PARKED, ORDERS };

static int write_in(struct pushing *p, long group, enum order order, struct td_err *err)
{
    const struct td_push_store *s = p->store;
    int rc = TD_OK;
    if (order == PARKED)
        rc = write_kind(p, group, TD_PUSH_UPDATE, s->park, false, err);
    if (rc == TD_OK && order != FOR_FOREIGN)
        rc = write_kind(p, group, TD_PUSH_DELETE, s->remove, true, err);
    if (rc == TD_OK)
        rc = write_kind(p, group, TD_PUSH_INSERT, s->insert, false, err);
    if (rc == TD_OK)
        rc = write_kind(p, group, TD_PUSH_UPDATE, s->update, false, err);
    if (rc == TD_OK && order == FOR_FOREIGN)
        rc = write_kind(p, group, TD_PUSH_DELETE, s->remove, true, err);
    return rc;
}

static int not_ours(const struct td_sync_table *t, const struct td_push_row *row, const char *what, struct td_err *err)
{
    if (row == NULL)
        return TD_OK;
    td_err_set(err, TD_C_SYNC_TENANT_GONE, "the row of \"%s\" would %s", t->name, what);
    return td_err_sqlstate(err, "42501");
}

/* What it referred to before is not looked at: others may have their reasons. */
static bool refers_anew(const struct td_push_row *r, const struct td_sync_ref *ref)
{
    bool anew = r->op == TD_PUSH_INSERT;
    for (size_t i = 0; i < ref->n && !anew; i++)
        anew = r->changed[ref->columns[i]];
    return anew;
}

/* Of rows that are in `scratch`. */
static int check_refs(struct pushing *p, const struct td_push_rows *rows, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t i = 0; i < rows->table->n_refs && rc == TD_OK; i++) {
        const struct td_sync_ref *ref = &rows->table->refs[i];
        struct td_push_rows some = {rows->table, td_arena_alloc(p->a, (rows->len + 1) * sizeof(struct td_push_row *)),
                                    0};
        struct td_push_row *out = NULL;
        if (p->all->at[ref->table].scope->kind == TD_SCOPE_SHARED)
            continue;
        for (size_t k = 0; k < rows->len; k++)
            if (refers_anew(rows->at[k], ref))
                some.at[some.len++] = rows->at[k];
        if (some.len > 0)
            rc = p->store->astray(p->store->data, &some, ref, &out, err);
        if (rc == TD_OK)
            rc = not_ours(rows->table, out, "refer to one that is not this tenant's", err);
    }
    return rc;
}

/* A row that has left the tenant by this very write, or refers to one outside. */
static int check_inside(struct pushing *p, long group, struct td_err *err)
{
    static const enum td_push_op ops[] = {TD_PUSH_INSERT, TD_PUSH_UPDATE};
    int rc = TD_OK;
    for (size_t t = 0; t < p->all->len; t++) {
        for (size_t k = 0; k < 2 && rc == TD_OK; k++) {
            struct td_push_row *out = NULL;
            struct td_push_rows rows = gather(p, t, group, ops[k]);
            if (rows.len == 0)
                continue;
            rc = p->store->outside(p->store->data, &rows, &out, err);
            if (rc == TD_OK)
                rc = not_ours(&p->all->at[t], out, "not be this tenant's", err);
            if (rc == TD_OK)
                rc = check_refs(p, &rows, err);
        }
    }
    return rc;
}

/* *done_out false: refused, and nothing of it is left; why is in `err`. */
static int attempt(struct pushing *p, long group, enum order order, bool *done_out, struct td_err *err)
{
    struct td_err ignored = {0};
    *done_out = false;
    int rc = p->store->mark(p->store->data, err);
    if (rc != TD_OK)
        return rc;
    rc = write_in(p, group, order, err);
    if (rc == TD_OK)
        rc = check_inside(p, group, err);
    if (rc == TD_OK)
        rc = p->store->keep(p->store->data, err);
    if (rc == TD_OK) {
        *done_out = true;
        return TD_OK;
    }
    if (!is_a_refusal(err))
        return rc;
    return p->store->undo(p->store->data, &ignored) == TD_OK ? TD_OK : td_err_wrap(err, "undoing a refused write");
}

/* In each order, while it is a unique or foreign key that is in the way. */
static int attempt_orders(struct pushing *p, long group, bool *done_out, struct td_err *err)
{
    int rc = TD_OK;
    for (int order = FOR_FOREIGN; order < ORDERS && rc == TD_OK; order++) {
        td_err_clear(err);
        rc = attempt(p, group, (enum order)order, done_out, err);
        if (rc != TD_OK || *done_out || (err->rc != TD_EUNIQUE && err->rc != TD_EFOREIGN))
            break;
    }
    return rc;
}

static bool has_work(const struct pushing *p, size_t group)
{
    for (size_t i = 0; i < p->b->len; i++)
        if (p->rows[i].row->group == group && p->rows[i].op != TD_PUSH_NOTHING && !p->rows[i].rejected)
            return true;
    return false;
}

/* Groups that cannot be written alone may be able to together: two rows that swap a unique value are two groups. Their
 * rows are taken for one group while that is tried. */
struct failed {
    size_t group;
    struct td_err err;
};

static int write_groups(struct pushing *p, struct td_err *err)
{
    TD_VEC(struct failed) failed = {0};
    struct td_batch_row *rows = p->b->at;
    bool done;
    int rc = TD_OK;
    for (size_t g = 0; g < p->b->groups && rc == TD_OK; g++) {
        if (!has_work(p, g))
            continue;
        rc = attempt_orders(p, (long)g, &done, err);
        if (rc == TD_OK && !done)
            *td_vec_add(p->a, &failed) = (struct failed){g, *err};
    }
    if (rc != TD_OK || failed.len == 0)
        return rc;
    size_t *were = td_arena_alloc(p->a, p->b->len * sizeof *were);
    for (size_t i = 0; i < p->b->len; i++) {
        were[i] = rows[i].group;
        for (size_t f = 0; f < failed.len; f++)
            if (were[i] == failed.at[f].group)
                rows[i].group = failed.at[0].group;
    }
    done = false;
    if (failed.len > 1)
        rc = attempt_orders(p, (long)failed.at[0].group, &done, err);
    for (size_t i = 0; i < p->b->len; i++)
        rows[i].group = were[i];
    td_err_clear(err);
    for (size_t f = 0; f < failed.len && rc == TD_OK && !done; f++)
        reject_group(p, failed.at[f].group, reason_of(&failed.at[f].err), failed.at[f].err.sqlstate,
                     failed.at[f].err.message);
    return rc;
}

static int write_all(struct pushing *p, struct td_err *err)
{
    bool done;
    int rc = attempt_orders(p, -1, &done, err);
    if (rc != TD_OK || done)
        return rc;
    td_err_clear(err);
    return write_groups(p, err);
}

static bool deletes(const struct pushing *p)
{
    for (size_t i = 0; i < p->b->len; i++)
        if (p->rows[i].op == TD_PUSH_DELETE && !p->rows[i].rejected)
            return true;
    return false;
}

/* A delete of the batch takes on the server what refers to the row there, and that may be what the batch has just
 * written: it is gone, and said to be. */
static int check_kept(struct pushing *p, struct td_err *err)
{
    static const enum td_push_op ops[] = {TD_PUSH_INSERT, TD_PUSH_UPDATE};
    int rc = TD_OK;
    for (size_t t = 0; t < p->all->len; t++)
        for (size_t k = 0; k < 2 && rc == TD_OK; k++) {
            struct td_push_rows rows = gather(p, t, -1, ops[k]);
            bool *gone = td_arena_alloc(p->a, rows.len + 1);
            if (rows.len > 0)
                rc = p->store->look(p->store->data, &rows, gone, err);
            for (size_t i = 0; i < rows.len && rc == TD_OK; i++)
                if (gone[i])
                    reject(p, rows.at[i], "foreign-key", "23503", "deleted with the row that it referred to");
        }
    return rc;
}

int td_push(struct td_arena *a, const struct td_sync_tables *all, const struct td_batch *b,
            const struct td_push_store *store, struct td_answer *out, struct td_err *err)
{
    struct pushing p = {a,
                        all,
                        b,
                        store,
                        out,
                        td_arena_alloc(a, (b->len + 1) * sizeof *p.rows),
                        td_arena_alloc(a, (b->len + 1) * sizeof *p.scratch)};
    *out = (struct td_answer){0};
    for (size_t i = 0; i < b->len; i++)
        p.rows[i] = (struct td_push_row){.row = &b->at[i], .number = i};
    int rc = lock_all(&p, err);
    if (rc == TD_OK)
        rc = decide_all(&p, err);
    if (rc == TD_OK)
        rc = write_all(&p, err);
    if (rc == TD_OK && deletes(&p))
        rc = check_kept(&p, err);
    for (size_t i = 0; i < b->len && rc == TD_OK; i++)
        if (!p.rows[i].rejected)
            note_conflicts(&p, &p.rows[i], &all->at[b->at[i].table]);
    return rc;
}
