/* A cursor: the PostgreSQL snapshot up to which a device has all changes, as pg_current_snapshot() prints it.
 *
 *     739:745:739,742      xmin:xmax:xip    all before 739 is in it, nothing from 745 on, nor 739 and 742, which were
 *                                           under way
 *
 * It is an exact set of transactions: neither a clock nor a counter, both of which miss what commits late. Only ids of
 * whole transactions count, never a row's xmin, which may be a savepoint's. */
#ifndef TD_SYNC_CURSOR_H
#define TD_SYNC_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"

struct td_buf;

struct td_cursor {
    uint64_t xmin, xmax;
    uint64_t *xip; /* ascending, xmin <= xip < xmax */
    size_t len;
};

/* Longer texts are refused: so many writers at once would make each poll a burden. */
#define TD_CURSOR_BYTES (64 * 1024)

/* TD_EDATA: not such a text. `*out` lives in `a`. Inside td_arena_run. */
TD_MUST_CHECK int td_cursor_parse(struct td_arena *a, const char *text, struct td_cursor *out, struct td_err *err);
void td_cursor_print(const struct td_cursor *c, struct td_buf *out);

/* Is the transaction's change in it, if it committed? */
bool td_cursor_has(const struct td_cursor *c, uint64_t xid);
/* Has `later` everything that `c` has? Cursors that a device stores one after the other do. */
bool td_cursor_precedes(const struct td_cursor *c, const struct td_cursor *later);
/* Does it know of transactions that the server, whose snapshot is `now`, has yet to begin? Then the server was set
 * back, and the cursor is worth nothing. */
bool td_cursor_is_ahead_of(const struct td_cursor *c, const struct td_cursor *now);

/* Appends what picks the entries that are not in it, by an index on the column (a quoted name): (xid >= '745'::xid8 OR
 * xid = ANY ('{739,742}'::xid8[])). Never by a range from xmin on: an hour-old writer would make each poll read an
 * hour of the log. */
void td_cursor_add_condition(const struct td_cursor *c, const char *column, struct td_buf *sql);

#endif
