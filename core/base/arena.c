#include "core/base/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20 };

struct td_arena_block {
    struct td_arena_block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
};

struct td_arena_defer_entry {
    struct td_arena_defer_entry *next;
    void (*fn)(void *);
    void *p;
};

struct td_arena_frame {
    jmp_buf env;
    struct td_arena_frame *outer;
};

void td_arena_init(struct td_arena *a)
{
    memset(a, 0, sizeof *a);
}

void td_arena_deinit(struct td_arena *a)
{
    while (a->defers != NULL) {
        struct td_arena_defer_entry *d = a->defers;
        a->defers = d->next; /* the entry itself lives in a block */
        d->fn(d->p);
    }
    while (a->blocks != NULL) {
        struct td_arena_block *b = a->blocks;
        a->blocks = b->next;
        td_mem_free(b);
    }
    td_arena_init(a);
}

static struct td_arena_block *grow(struct td_arena *a, size_t need)
{
    size_t size = a->blocks == NULL ? FIRST_BLOCK : a->blocks->size * 2;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    if (size < need)
        size = need;
    if (size > SIZE_MAX - sizeof(struct td_arena_block))
        return NULL;
    struct td_arena_block *b = td_mem_zalloc(sizeof *b + size); /* what is fresh from the system is zeroes already */
    if (b == NULL)
        return NULL;
    b->next = a->blocks;
    b->size = size;
    a->blocks = b;
    a->size_bytes += size;
    return b;
}

static void *no_memory(struct td_arena *a)
{
    if (a->frame != NULL)
        td_arena_fail(a);
    return NULL;
}

/* `align`: a power of two. A block is zeroes from the start, and none of it is given out twice. */
static void *take(struct td_arena *a, size_t size, size_t align)
{
    struct td_arena_block *b = a->blocks;
    size_t gap = b == NULL ? 0 : -b->used & (align - 1);
    if (b == NULL || b->size - b->used < gap || b->size - b->used - gap < size) {
        b = grow(a, size);
        if (b == NULL)
            return no_memory(a);
        gap = 0;
    }
    void *p = b->bytes + b->used + gap;
    b->used += gap + size;
    return p;
}

void *td_arena_alloc(struct td_arena *a, size_t size)
{
    return take(a, size, alignof(max_align_t));
}

char *td_arena_dup(struct td_arena *a, const char *bytes, size_t len)
{
    char *p = len == SIZE_MAX ? no_memory(a) : take(a, len + 1, 1);
    if (p != NULL && len > 0)
        memcpy(p, bytes, len);
    return p;
}

char *td_arena_strdup(struct td_arena *a, const char *s)
{
    return s == NULL ? NULL : td_arena_dup(a, s, strlen(s));
}

char *td_arena_vprintf(struct td_arena *a, const char *fmt, va_list args)
{
    va_list again;
    char shorter[256];
    va_copy(again, args);
    int n = vsnprintf(shorter, sizeof shorter, fmt, again);
    va_end(again);
    if (n < 0)
        return no_memory(a);
    if ((size_t)n < sizeof shorter)
        return td_arena_dup(a, shorter, (size_t)n);
    char *p = td_arena_alloc(a, (size_t)n + 1);
    if (p != NULL)
        vsnprintf(p, (size_t)n + 1, fmt, args);
    return p;
}

char *td_arena_printf(struct td_arena *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *p = td_arena_vprintf(a, fmt, args);
    va_end(args);
    return p;
}

void td_arena_defer(struct td_arena *a, void (*fn)(void *), void *p)
{
    struct td_arena_frame *frame = a->frame;
    a->frame = NULL; /* the thing must be closed before the run is left */
    struct td_arena_defer_entry *d = td_arena_alloc(a, sizeof *d);
    a->frame = frame;
    if (d == NULL) {
        fn(p);
        no_memory(a);
        return;
    }
    d->fn = fn;
    d->p = p;
    d->next = a->defers;
    a->defers = d;
}

void td_arena_fail(struct td_arena *a)
{
    TD_ASSERT(a->frame != NULL);
    longjmp(a->frame->env, 1);
}

int td_arena_run(struct td_arena *a, int (*fn)(void *data, struct td_err *err), void *data, struct td_err *err)
{
    struct td_arena_frame frame = {.outer = a->frame};
    if (setjmp(frame.env) != 0) {
        a->frame = frame.outer;
        return td_err_nomem(err);
    }
    a->frame = &frame;
    int rc = fn(data, err);
    a->frame = frame.outer;
    return rc;
}
