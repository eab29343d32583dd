#include "core/base/vec.h"

#include <stdint.h>
#include <string.h>

void *td_vec_room(struct td_arena *a, void *at, size_t len, size_t *cap, size_t item_size)
{
    return len < *cap ? at : td_vec_grow(a, at, len, cap, *cap == 0 ? 4 : *cap * 2, item_size);
}

void *td_vec_grow(struct td_arena *a, void *at, size_t len, size_t *cap, size_t more, size_t item_size)
{
    if (more <= *cap)
        return at;
    if (more > SIZE_MAX / item_size)
        td_arena_fail(a);
    void *bigger = td_arena_alloc(a, more * item_size);
    if (len > 0)
        memcpy(bigger, at, len * item_size);
    *cap = more;
    return bigger;
}

void td_vec_close(void *at, size_t len, size_t i, size_t item_size)
{
    unsigned char *p = at;
    memmove(p + i * item_size, p + (i + 1) * item_size, (len - i - 1) * item_size);
    memset(p + (len - 1) * item_size, 0, item_size); /* the next td_vec_add finds it zeroed */
}

void td_strings_add(struct td_arena *a, struct td_strings *v, const char *s)
{
    char *copy = td_arena_strdup(a, s);
    *td_vec_add(a, v) = copy;
}

int td_strings_find(const struct td_strings *v, const char *s)
{
    for (size_t i = 0; i < v->len; i++)
        if (strcmp(v->at[i], s) == 0)
            return (int)i;
    return -1;
}

struct td_map_slot {
    const char *key; /* NULL: never used; a removed key keeps its slot with a NULL value */
    void *value;
};

static size_t hash(const char *s) /* FNV-1a */
{
    uint64_t h = 14695981039346656037ULL;
    for (; *s != '\0'; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211ULL;
    return (size_t)h;
}

static struct td_map_slot *probe(struct td_map_slot *slots, size_t cap, const char *key)
{
    size_t i = hash(key) & (cap - 1);
    while (slots[i].key != NULL && strcmp(slots[i].key, key) != 0)
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

void *td_map_get(const struct td_map *m, const char *key)
{
    return m->cap == 0 ? NULL : probe(m->slots, m->cap, key)->value;
}

static void grow(struct td_arena *a, struct td_map *m)
{
    size_t cap = m->cap == 0 ? 16 : m->cap * 2;
    struct td_map_slot *slots = td_arena_alloc(a, cap * sizeof *slots);
    size_t len = 0;
    for (size_t i = 0; i < m->cap; i++) {
        if (m->slots[i].value == NULL)
            continue;
        *probe(slots, cap, m->slots[i].key) = m->slots[i];
        len++;
    }
    m->slots = slots;
    m->cap = cap;
    m->len = len;
}

void td_map_put(struct td_arena *a, struct td_map *m, const char *key, void *value)
{
    if ((m->len + 1) * 4 > m->cap * 3)
        grow(a, m);
    struct td_map_slot *s = probe(m->slots, m->cap, key);
    if (s->key == NULL) {
        s->key = key;
        m->len++;
    }
    s->value = value;
}
