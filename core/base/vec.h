/* Growing arrays and string maps inside an arena.
 *
 *     TD_VEC(struct td_column *) columns;
 *     *td_vec_add(arena, &columns) = c;
 *     for (size_t i = 0; i < columns.len; i++) use(columns.at[i]);
 *
 * Old storage stays in the arena until deinit; doubling keeps that below the size of the array itself. For use inside
 * td_arena_run() only: there is no failure to check. */
#ifndef TD_BASE_VEC_H
#define TD_BASE_VEC_H

#include <stddef.h>

#include "core/base/arena.h"

#define TD_VEC(type)                                                                                                   \
    struct {                                                                                                           \
        type *at;                                                                                                      \
        size_t len, cap;                                                                                               \
    }

/* Pointer to a new, zeroed last element. */
#define td_vec_add(arena, v)                                                                                           \
    ((v)->at = td_vec_room((arena), (v)->at, (v)->len, &(v)->cap, sizeof *(v)->at), &(v)->at[(v)->len++])
/* Room for `n` elements in all: no storage is left behind on the way there. */
#define td_vec_reserve(arena, v, n) ((v)->at = td_vec_grow((arena), (v)->at, (v)->len, &(v)->cap, (n), sizeof *(v)->at))
#define td_vec_remove(v, i)         (td_vec_close((v)->at, (v)->len, (i), sizeof *(v)->at), (v)->len--)

void *td_vec_room(struct td_arena *a, void *at, size_t len, size_t *cap, size_t item_size);
void *td_vec_grow(struct td_arena *a, void *at, size_t len, size_t *cap, size_t more, size_t item_size);
void td_vec_close(void *at, size_t len, size_t i, size_t item_size);

struct td_strings {
    const char **at;
    size_t len, cap;
};
void td_strings_add(struct td_arena *a, struct td_strings *v, const char *s); /* copies */
int td_strings_find(const struct td_strings *v, const char *s);               /* index, or -1 */

/* String to pointer. A zeroed struct is an empty map. Keys are borrowed: they live in the same arena or longer. */
struct td_map {
    struct td_map_slot *slots;
    size_t len, cap;
};
void *td_map_get(const struct td_map *m, const char *key);                           /* NULL: not there */
void td_map_put(struct td_arena *a, struct td_map *m, const char *key, void *value); /* value NULL removes */

#endif
