/* Masks and subsets: what of the server's rows a device gets to see, decided in the server's own query, so that the
 * plain values never leave it.
 *
 *     "contacts": { "mask": { "email": "hash", "phone": "null", "name": "fake", "note": "left(note, 3)" },
 *                   "subset": "created_at > now() - interval '90 days'" }
 *
 * Masked columns are the server's: what a device writes into one of a row that the server has is not sent. Rows that
 * refer to rows outside of a subset are outside, too. */
#ifndef TD_SYNC_MASK_H
#define TD_SYNC_MASK_H

#include "sync/tables.h"

struct td_json;

/* The SQL of a mask over the column's own value: "null", "hash", "fake", or an expression of the row's columns. NULL:
 * it does not fit the column, `why` says why. Inside td_arena_run of `a`. */
const char *td_mask_sql(struct td_arena *a, const struct td_column *c, const char *word, const char **why);

/* Appends the table as a device sees it: its name, or a query in parentheses; an alias follows. */
void td_mask_add_source(const struct td_sync_tables *all, size_t table, struct td_buf *sql);
/* Are there rows of it that a device does not get, by a subset of its own or of what it refers to? */
bool td_mask_is_cut(const struct td_sync_tables *all, size_t table);
/* Is any of its columns masked? */
bool td_mask_any(const struct td_sync_table *t);

#endif
