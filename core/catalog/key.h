/* Keys of the catalog's name maps: schema and name, apart by a byte that stands in no name. */
#ifndef TD_CATALOG_KEY_H
#define TD_CATALOG_KEY_H

#include <stdbool.h>

struct td_arena;

enum { TD_KEY_SIZE = 2 * 64 + 1 };

/* For looking up: false when the names are longer than any in a catalog. */
bool td_key_fill(char out[TD_KEY_SIZE], const char *schema, const char *name);
const char *td_key_make(struct td_arena *a, const char *schema, const char *name);

#endif
