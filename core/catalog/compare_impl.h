/* Shared by compare*.c alone. */
#ifndef TD_CATALOG_COMPARE_IMPL_H
#define TD_CATALOG_COMPARE_IMPL_H

#include "core/base/buf.h"
#include "core/catalog/compare.h"

struct td_comparing {
    struct td_arena *a;
    const struct td_catalog *want;
    const struct td_compare_opts *opts;
    struct td_differences *out;
    int rc; /* of the first callback that failed: the others are not asked any more */
    struct td_err *err;
};

/* What is different about one object, property after property. */
struct td_changes {
    struct td_comparing *c;
    struct td_buf text;
};

static inline bool td_compare_looks_at(const struct td_comparing *c, enum td_on on)
{
    return c->opts->on == 0 || (on & c->opts->on) != 0;
}

const char *td_compare_path(struct td_comparing *c, const char *schema, const char *name);
const char *td_compare_part(struct td_comparing *c, const struct td_table *t, const char *name);
void td_compare_add(struct td_comparing *c, enum td_difference_kind kind, enum td_object object, const char *name,
                    const char *text);

void td_changes_init(struct td_changes *x, struct td_comparing *c);
/* Each adds "word have, expected want" when the two differ; NULL is said as "none". */
void td_changes_text(struct td_changes *x, const char *word, const char *have, const char *want);
void td_changes_bool(struct td_changes *x, const char *word, bool have, bool want);
void td_changes_type(struct td_changes *x, const char *word, const struct td_type *have, const struct td_type *want);
/* `place` says where; its `have` and `want` may be NULL here. */
void td_changes_expr(struct td_changes *x, const char *word, struct td_compared_expr place);
/* The difference itself, when there is one. */
void td_changes_done(struct td_changes *x, enum td_object object, const char *name);

/* compare_table.c: two tables or views of one name. */
void td_compare_tables(struct td_comparing *c, const struct td_table *have, const struct td_table *want);

#endif
