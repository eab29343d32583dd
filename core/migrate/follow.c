#include "core/migrate/follow.h"

#include <string.h>

void td_follow_init(struct td_follow *f, struct td_arena *a, const struct td_folder *folder, struct td_skip skip)
{
    *f = (struct td_follow){.arena = a, .folder = folder, .skip = skip};
}

struct following {
    struct td_follow *f;
    const struct td_migration *m;
};

static int follow(void *data, struct td_err *err)
{
    struct following *w = data;
    struct td_follow *f = w->f;
    int rc = f->lowering == NULL ? td_lowering_open(f->arena, f->skip, &f->lowering, err) : TD_OK;
    while (rc == TD_OK && f->next < f->folder->len && strcmp(f->folder->at[f->next].name, w->m->name) <= 0) {
        struct td_lowered *dropped = NULL;
        rc = td_lowering_next(f->lowering, &f->folder->at[f->next], &dropped, err);
        f->next += rc == TD_OK;
    }
    return rc;
}

int td_follow_to(struct td_follow *f, const struct td_migration *m, const struct td_catalog **out, struct td_err *err)
{
    int rc = td_arena_run(f->arena, follow, &(struct following){f, m}, err);
    *out = rc == TD_OK ? td_lowering_catalog(f->lowering) : NULL;
    return rc;
}
