/* An arena: memory of one unit of work (a replay, a deploy), given back all at once.
 *
 * Allocation inside td_arena_run() does not fail: when memory runs out, the run is left at once and returns TD_ENOMEM,
 * as Lua and PostgreSQL do it. So code that works on trees and catalogs checks no pointer. The price is one rule:
 * between two allocations inside a run, nothing but arena memory may be held. What must be closed (a parse result, a
 * heap buffer) is handed over with td_arena_defer() as soon as it exists.
 * Outside a run, an allocation returns NULL when there is no memory, as anywhere. */
#ifndef TD_BASE_ARENA_H
#define TD_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "core/base/err.h"

struct td_arena_block;
struct td_arena_defer_entry;
struct td_arena_frame;

struct td_arena {
    struct td_arena_block *blocks;       /* newest first */
    struct td_arena_defer_entry *defers; /* newest first */
    struct td_arena_frame *frame;        /* innermost td_arena_run, NULL outside */
    size_t size_bytes;                   /* asked from the heap so far */
};

/* A zeroed struct is a ready, empty arena. deinit runs the deferred calls, newest first, and frees all. */
void td_arena_init(struct td_arena *a);
void td_arena_deinit(struct td_arena *a);

/* Zeroed, aligned for anything, lives until deinit. */
void *td_arena_alloc(struct td_arena *a, size_t size);
char *td_arena_dup(struct td_arena *a, const char *bytes, size_t len); /* adds a NUL */
char *td_arena_strdup(struct td_arena *a, const char *s);              /* NULL stays NULL */
char *td_arena_printf(struct td_arena *a, const char *fmt, ...) TD_PRINTF(2, 3);
char *td_arena_vprintf(struct td_arena *a, const char *fmt, va_list args) TD_PRINTF(2, 0);

/* Calls fn(p) at deinit. If that cannot be noted for want of memory, fn(p) is called at once and the allocation
 * fails as any other. */
void td_arena_defer(struct td_arena *a, void (*fn)(void *), void *p);

/* Runs fn(data, err) so that allocations from `a` need no check; TD_ENOMEM with `err` set when one failed, else what fn
 * returned. Runs may nest. The arena stays valid either way and still has to be deinited. */
TD_MUST_CHECK int td_arena_run(struct td_arena *a, int (*fn)(void *data, struct td_err *err), void *data,
                               struct td_err *err);

/* Leaves the innermost run of `a` as a failed allocation would. Only inside a run. */
__attribute__((noreturn)) void td_arena_fail(struct td_arena *a);

#define td_arena_new(a, type) ((type *)td_arena_alloc((a), sizeof(type)))

#endif
