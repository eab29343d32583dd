/* Tables in text answers: columns as wide as their widest cell, a blank between them. */
#ifndef TD_TANDEM_GRID_H
#define TD_TANDEM_GRID_H

#include "tools/tandem/out.h"

struct td_grid;

/* `headers` ends with NULL; at most 8. TD_ENOMEM. Owned: td_grid_close. */
TD_MUST_CHECK int td_grid_open(const struct td_out *o, const char *const *headers, struct td_grid **out,
                               struct td_err *err);
/* A new row; its cells are then set by column, in any order. Text is copied; NULL is an empty cell. */
void td_grid_row(struct td_grid *g);
void td_grid_cell(struct td_grid *g, size_t column, const char *text, enum td_color color);
/* Prints to stdout. TD_ENOMEM when any row or cell had no memory. */
TD_MUST_CHECK int td_grid_print(struct td_grid *g, struct td_err *err);
void td_grid_close(struct td_grid *g); /* NULL is fine */

#endif
