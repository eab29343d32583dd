/* Folder and history side by side. */
#include <stdlib.h>
#include <string.h>

#include "core/migrate/history.h"

struct rows {
    const struct td_history_row **at;
    size_t len;
};

static int by_name(const void *x, const void *y)
{
    const struct td_history_row *a = *(const struct td_history_row *const *)x;
    const struct td_history_row *b = *(const struct td_history_row *const *)y;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : (a > b) - (a < b); /* of one name, as they are in the history */
}

/* Mostly they were applied in that order: qsort would move each several times to find that out. */
static bool in_order(const struct rows *r)
{
    for (size_t i = 1; i < r->len; i++)
        if (by_name(&r->at[i - 1], &r->at[i]) > 0)
            return false;
    return true;
}

/* By name, without those that were rolled back: they are as if they had never been. */
static struct rows sorted(struct td_arena *a, const struct td_history *h)
{
    struct rows r = {.at = td_arena_alloc(a, h->len * sizeof *r.at)};
    for (size_t i = 0; i < h->len; i++)
        if (h->at[i].rolled_back_at == NULL)
            r.at[r.len++] = &h->at[i];
    if (!in_order(&r))
        qsort(r.at, r.len, sizeof *r.at, by_name);
    return r;
}

/* Of the rows with one name, from `*i` on: the first that is finished, else the last. */
static const struct td_history_row *next_row(const struct rows *r, size_t *i)
{
    const struct td_history_row *row = r->at[*i];
    while (++*i < r->len && strcmp(r->at[*i]->name, row->name) == 0)
        if (row->finished_at == NULL)
            row = r->at[*i];
    return row;
}

static enum td_migration_state state_of(const struct td_migration *file, const struct td_history_row *row)
{
    if (row == NULL)
        return TD_MS_PENDING;
    if (row->finished_at == NULL)
        return row->journalled && file != NULL ? TD_MS_PARTIAL : TD_MS_FAILED;
    if (file == NULL)
        return TD_MS_MISSING;
    return td_migration_checksum_fits(file, row->checksum) ? TD_MS_APPLIED : TD_MS_EDITED;
}

static void add(struct td_arena *a, struct td_status *out, const char *name, const struct td_migration *file,
                const struct td_history_row *row)
{
    *td_vec_add(a, out) =
        (struct td_migration_status){.name = name, .state = state_of(file, row), .file = file, .row = row};
}

static void count(struct td_status *out, enum td_migration_state s)
{
    size_t *const counters[] = {
        [TD_MS_PENDING] = &out->pending, [TD_MS_APPLIED] = &out->applied, [TD_MS_EDITED] = &out->edited,
        [TD_MS_MISSING] = &out->missing, [TD_MS_LATE] = &out->late,       [TD_MS_FAILED] = &out->failed,
        [TD_MS_PARTIAL] = &out->partial,
    };
    ++*counters[s];
}

/* Backwards: whatever is pending before something applied came late. */
static void mark_late(struct td_status *out)
{
    bool seen_applied = false;
    for (size_t i = out->len; i-- > 0;) {
        struct td_migration_status *s = &out->at[i];
        if (s->state == TD_MS_APPLIED || s->state == TD_MS_EDITED || s->state == TD_MS_MISSING)
            seen_applied = true;
        else if (s->state == TD_MS_PENDING && seen_applied)
            s->state = TD_MS_LATE;
        count(out, s->state);
    }
}

void td_history_compare(struct td_arena *a, const struct td_folder *f, const struct td_history *h,
                        struct td_status *out)
{
    struct rows rows = sorted(a, h);
    *out = (struct td_status){0};
    td_vec_reserve(a, out, f->len);
    for (size_t i = 0, k = 0; i < f->len || k < rows.len;) { /* both by name */
        int order = i == f->len ? 1 : k == rows.len ? -1 : strcmp(f->at[i].name, rows.at[k]->name);
        const struct td_migration *file = order <= 0 ? &f->at[i++] : NULL;
        const struct td_history_row *row = order >= 0 ? next_row(&rows, &k) : NULL;
        add(a, out, file != NULL ? file->name : row->name, file, row);
    }
    mark_late(out);
}

int td_history_judge(struct td_arena *a, const struct td_folder *f, const struct td_history *h, struct td_status *out,
                     struct td_err *err)
{
    td_history_compare(a, f, h, out);
    if (out->applied == out->len || td_folder_is_whole(f))
        return TD_OK;
    int rc = td_folder_texts(f, err);
    if (rc == TD_OK)
        td_history_compare(a, f, h, out);
    return rc;
}
