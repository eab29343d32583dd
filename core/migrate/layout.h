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
    /* PostgreSQL: our tables have the migrations of all schemas (URL: schema=). "" where there is nothing to say. */
    const char *row_column, *row_value;   /* "schema, " and "'name', ": what begins the lists of a history row */
    const char *text_column, *text_value; /* and of a text's row */
    const char *row_match, *text_match;   /* " AND m.schema = 'name'", " AND t.schema = 'name'" */
    const char *text_key;                 /* what a text is found by */
};

/* TD_HISTORY_NONE is laid out as our own. `schema`: the URL's, NULL: public. Inside td_arena_run. */
void td_layout_init(struct td_arena *a, enum td_engine engine, enum td_history_table kind, const char *schema,
                    struct td_layout *out);

/* A text as an expression that means it whatever the settings of the connection are: what a backslash means is one, and
 * so is the encoding that PostgreSQL reads a query in. */
void td_layout_add_text(enum td_engine engine, const char *text, size_t len, struct td_buf *sql);
/* When the transaction under way began, as an expression like `now`: PostgreSQL knows, SQLite is told (td_time_now). */
void td_layout_add_began(const struct td_layout *l, int64_t began_us, struct td_buf *sql);

#endif
