/* Guards ask PostgreSQL's system catalogs; here our catalog answers, as rows. */
#ifndef TD_MIGRATE_REPLAY_GUARD_IMPL_H
#define TD_MIGRATE_REPLAY_GUARD_IMPL_H

#include "core/migrate/replay_impl.h"

enum td_cell_kind { TD_CELL_NULL = 0, TD_CELL_BOOL, TD_CELL_INT, TD_CELL_TEXT, TD_CELL_RELATION };
struct td_cell {
    enum td_cell_kind kind;
    int64_t n;        /* BOOL, INT; RELATION: the id */
    const char *text; /* TEXT; RELATION: the name */
};

struct td_rows {
    const char *const *names; /* NULL-terminated */
    TD_VEC(struct td_cell *) at;
    bool open; /* PostgreSQL has rows of its own in it, which are not here */
};

/* ---- replay_guard_rows.c ---- */
/* The rows of a system table or view; false when it is none that we know. */
bool td_guard_rows(const struct td_replaying *p, const char *schema, const char *name, struct td_rows *out);
struct td_cell td_guard_regclass(const struct td_replaying *p, const char *text);

/* ---- replay_guard_eval.c ---- */
/* The value of a condition; TD_EREFUSED when it asks for what the catalog does not know (data, variables). */
TD_MUST_CHECK int td_guard_eval(const struct td_replaying *p, const PgQuery__Node *expr, struct td_cell *out);

#endif
