/* Folders of migrations from a seed. Each change is offered to PostgreSQL and to the replay as it is made: what
 * PostgreSQL refuses is left out; what it accepts and the replay does not is noted, and left out too. What the lowering
 * refuses for SQLite is taken out at the end, so that the folder deploys to both. */
#ifndef TD_TEST_PROPERTY_MAKE_H
#define TD_TEST_PROPERTY_MAKE_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/vec.h"

struct td_pgcluster;

struct made {
    struct td_arena arena;
    struct td_strings names, texts; /* of the migrations, in order */
    struct td_strings notes;        /* what PostgreSQL accepts and the replay refuses */
    struct td_strings refused;      /* what was taken out at the end, with the reason */
};

/* td_arena_deinit(&out->arena) afterwards, also after an error. */
TD_MUST_CHECK int make_folder(struct td_pgcluster *cluster, uint64_t seed, struct made *out, struct td_err *err);
/* Migrations from one text, in which lines "-- migration NAME" stand before each. */
TD_MUST_CHECK int read_made(const char *text, struct made *out, struct td_err *err);
/* Writes them as DIR/NAME/migration.sql. */
void write_made(const struct made *m, const char *dir);

#endif
