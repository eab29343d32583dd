/* The catalog as text, the same for the same catalog: for tests and for looking at it. */
#ifndef TD_CATALOG_DUMP_H
#define TD_CATALOG_DUMP_H

#include "core/catalog/catalog.h"

struct td_buf;

struct td_dump_opts {
    /* Prints an expression; NULL: "..." stands for each. (This layer knows no trees.) */
    void (*expr)(const struct PgQuery__Node *expr, struct td_buf *out, void *data);
    void *data;
};

/* Tables by schema and name, their columns in order, constraints, indexes and triggers by name; then types, sequences,
 * functions and extensions. */
void td_catalog_dump(const struct td_catalog *c, const struct td_dump_opts *opts, struct td_buf *out);

#endif
