/* The bounds that may stand in front of an array literal: "[1:2][0:3]={{...}}". */
#ifndef TD_BASE_ARRAYBOUNDS_H
#define TD_BASE_ARRAYBOUNDS_H

#include <stdbool.h>
#include <stdint.h>

enum { TD_ARRAY_DIMS = 6 }; /* PostgreSQL's MAXDIM */

struct td_array_bounds {
    int n; /* 0: none were written */
    int64_t lower[TD_ARRAY_DIMS], upper[TD_ARRAY_DIMS];
};

/* Where the braces begin; NULL: malformed. Blanks in front are skipped. */
const char *td_array_bounds_read(const char *text, struct td_array_bounds *out);
/* All from 1 on, as where none are written? */
bool td_array_bounds_plain(const struct td_array_bounds *b);

#endif
