#include "core/migrate/replay_impl.h"

int td_replay_guard(const struct td_replay *r, const struct td_sql_stmt *stmt, struct td_guarded *out,
                    struct td_err *err)
{
    (void)out;
    const struct td_replaying p = {r->catalog, r->catalog->arena, r, stmt, err};
    return td_replay_fail(&p, -1, TD_C_SCHEMA_GUARD, "", "a DO block that is not a guard");
}
