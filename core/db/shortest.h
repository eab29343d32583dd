/* The shortest decimal digits of a floating-point number, as PostgreSQL finds and prints them: the fewest that are read
 * back as the same number, of those the nearest, and never a number that lies exactly between two. */
#ifndef TD_DB_SHORTEST_H
#define TD_DB_SHORTEST_H

#include <stdbool.h>

#include "core/base/buf.h"

enum { TD_SHORTEST_DIGITS = 17 };

struct td_shortest {
    bool negative;
    int n;        /* digits: at least one; the last is a zero only of the number 0 */
    int exponent; /* of ten; the point stands behind the first digit */
    char digits[TD_SHORTEST_DIGITS + 1];
};

/* `v` is finite. `single`: of the real (float4) that it is rounded to. -0 is 0. */
void td_shortest_find(double v, bool single, struct td_shortest *out);
/* As float8out and float4out print it (extra_float_digits 1), the words for NaN and the infinities included. */
void td_shortest_print(double v, bool single, struct td_buf *out);
/* The digits with the point where it belongs, and d.ddde+dd where the exponent is below -4 or `from` and more. */
void td_shortest_layout(const struct td_shortest *s, int from, struct td_buf *out);

#endif
