/* The catalog after one migration after another, for who watches a deploy: the folder is replayed as far as needed. */
#ifndef TD_MIGRATE_FOLLOW_H
#define TD_MIGRATE_FOLLOW_H

#include "core/migrate/lower.h"

struct td_follow {
    struct td_arena *arena;
    const struct td_folder *folder;
    struct td_skip skip;
    struct td_lowering *lowering; /* NULL: not begun */
    size_t next;                  /* the first migration that is not in the catalog yet */
};

/* Borrows all of it. */
void td_follow_init(struct td_follow *f, struct td_arena *a, const struct td_folder *folder, struct td_skip skip);
/* As it is after `m`, which must not come before the one that was asked for last. `*out` changes with the next call. */
TD_MUST_CHECK int td_follow_to(struct td_follow *f, const struct td_migration *m, const struct td_catalog **out,
                               struct td_err *err);

#endif
