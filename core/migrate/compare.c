/* Folder and history side by side. */
#include <stdlib.h>
#include <string.h>

#include "core/migrate/history.h"

/* Rows that were rolled back are as if they had never been; of the others a finished one counts more. */
static void index_rows(struct td_arena *a, const struct td_history *h, struct td_map *by_name)
{
    for (size_t i = 0; i < h->len; i++) {
        struct td_history_row *row = &h->at[i];
        if (row->rolled_back_at != NULL)
            continue;
        const struct td_history_row *before = td_map_get(by_name, row->name);
        if (before == NULL || before->finished_at == NULL)
            td_map_put(a, by_name, row->name, row);
    }
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

static int by_name(const void *x, const void *y)
{
    const struct td_migration_status *a = x, *b = y;
    return strcmp(a->name, b->name);
}

/* As they are when no file is missing: the folder is sorted. */
static bool in_order(const struct td_status *s)
{
    for (size_t i = 1; i < s->len; i++)
        if (by_name(&s->at[i - 1], &s->at[i]) > 0)
            return false;
    return true;
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
    struct td_map rows = {0};
    *out = (struct td_status){0};
    index_rows(a, h, &rows);
    for (size_t i = 0; i < f->len; i++) {
        add(a, out, f->at[i].name, &f->at[i], td_map_get(&rows, f->at[i].name));
        td_map_put(a, &rows, f->at[i].name, NULL);
    }
    for (size_t i = 0; i < h->len; i++) /* what is left in the map has no file */
        if (td_map_get(&rows, h->at[i].name) == &h->at[i])
            add(a, out, h->at[i].name, NULL, &h->at[i]);
    if (!in_order(out))
        qsort(out->at, out->len, sizeof *out->at, by_name);
    mark_late(out);
}
