/* Settings of PostgreSQL as statements make them: SET, RESET, and SELECT set_config(...), as dumps have it. */
#ifndef TD_MIGRATE_SETTING_H
#define TD_MIGRATE_SETTING_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/vec.h"

struct PgQuery__Node;

struct td_setting {
    const char *name;  /* as written: compare it without case */
    const char *value; /* of a list its parts, joined by ", "; NULL: back to what it was at first */
    struct td_strings list;
};

struct td_settings {
    struct td_setting *at;
    size_t len, cap;
    bool all; /* RESET ALL */
};

/* Nothing else than set_config() of constants is selected. */
bool td_setting_is_call(const struct PgQuery__Node *n);
/* What the statement sets; none where it is no such statement. */
void td_settings_of(struct td_arena *a, const struct PgQuery__Node *n, struct td_settings *out);

#endif
