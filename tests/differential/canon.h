/* The type table of the design, read backwards: a value of either engine as one text, equal when the values are.
 *
 * What differs between the engines by design, and may, has a name here; everything else must be equal:
 *   negative_zero    a float's -0 is 0: SQLite loses the sign
 *   jsonb_by_value   jsonb is what PostgreSQL reads from the stored text
 *   opaque           so are types that are carried as text only (interval, inet, ranges...)
 *   clock            a time within ten minutes of now is "now": defaults and triggers run twice, once an engine
 *   random_uuid      in a column whose default makes one, a version 4 uuid is like any other */
#ifndef TD_TEST_DIFFERENTIAL_CANON_H
#define TD_TEST_DIFFERENTIAL_CANON_H

#include "core/base/buf.h"
#include "core/catalog/catalog.h"
#include "core/db/db.h"

struct canon {
    struct td_db *pg;
    struct td_arena *arena;
    struct td_map known; /* opaque texts, as PostgreSQL prints them */
};

/* `text` as PostgreSQL prints it; NULL for NULL. */
void canon_postgres(struct canon *c, const struct td_column *column, const char *text, struct td_buf *out);
/* As SQLite stores it. A value in a form that the type table does not have gives a text that begins with "not in the
 * form of", which equals nothing. */
void canon_sqlite(struct canon *c, const struct td_column *column, struct td_value v, struct td_buf *out);
/* Is it carried as text that SQLite does not look into? */
bool canon_is_opaque(struct td_type type);

/* canon_array.c: {a,"b"} of PostgreSQL and [1,"b"] of SQLite as the same nested list, each element by `element`. */
struct canon_element {
    void (*add)(void *data, const char *text, size_t len, bool number, struct td_buf *out);
    void *data;
};
bool canon_array_postgres(const char *text, const struct canon_element *e, struct td_buf *out);
bool canon_array_json(const char *text, const struct canon_element *e, struct td_arena *a, struct td_buf *out);

#endif
