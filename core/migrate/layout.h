/* Where a database keeps what the runner writes, and how the columns are called there: our own table or Prisma's, on
 * either engine. Only SQL text differs between the four; it is all here. */
#ifndef TD_MIGRATE_LAYOUT_H
#define TD_MIGRATE_LAYOUT_H

#include "core/migrate/history.h"

struct td_buf;

struct td_layout {
    enum td_engine engine;
    enum td_history_table kind;
    const char *table;                   /* of the history; quoted, with its schema, as all of these */
    const char *journal, *texts, *lease; /* journal: NULL on SQLite, where every migration is one transaction */
    const char *name, *error, *steps;    /* columns of the history; the others are called the same everywhere */
    const char *now;                     /* expression: this moment, in the form of the history's columns */
};

/* TD_HISTORY_NONE is laid out as our own. `schema`: Prisma's, NULL: public. Inside td_arena_run. */
void td_layout_init(struct td_arena *a, enum td_engine engine, enum td_history_table kind, const char *schema,
                    struct td_layout *out);

/* When the transaction under way began, as an expression like `now`: PostgreSQL knows, SQLite is told (td_time_now). */
void td_layout_add_began(const struct td_layout *l, int64_t began_us, struct td_buf *sql);

#endif
