#include "tests/fault/libpq_memory.h"

#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define REAL(name) __interceptor_##name
#else
#define REAL(name) __libc_##name
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t n, size_t size);
void *REAL(realloc)(void *p, size_t size);

static uintptr_t first, last; /* libpq's code */
static atomic_size_t fail_at, asked;

static int find(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    (void)data;
    if (strstr(info->dlpi_name, "/libpq.so") == NULL)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *h = &info->dlpi_phdr[i];
        if (h->p_type != PT_LOAD || (h->p_flags & PF_X) == 0)
            continue;
        first = info->dlpi_addr + h->p_vaddr;
        last = first + h->p_memsz;
    }
    return 1;
}

void libpq_memory_fail_at(size_t nth)
{
    if (first == 0)
        dl_iterate_phdr(find, NULL);
    atomic_store(&asked, 0);
    atomic_store(&fail_at, nth);
}

size_t libpq_memory_count(void)
{
    return atomic_load(&asked);
}

/* Seen by the libraries, and called before the sanitizer is up. */
#define OVERRIDE __attribute__((visibility("default"), no_sanitize("address", "undefined", "thread")))

__attribute__((no_sanitize("address", "undefined", "thread"))) static bool must_fail(const void *caller)
{
    size_t nth = atomic_load(&fail_at);
    if (nth == 0 || (uintptr_t)caller < first || (uintptr_t)caller >= last)
        return false;
    return atomic_fetch_add(&asked, 1) + 1 == nth;
}

OVERRIDE void *malloc(size_t size)
{
    return must_fail(__builtin_return_address(0)) ? NULL : REAL(malloc)(size);
}

OVERRIDE void *calloc(size_t n, size_t size)
{
    return must_fail(__builtin_return_address(0)) ? NULL : REAL(calloc)(n, size);
}

OVERRIDE void *realloc(void *p, size_t size)
{
    return must_fail(__builtin_return_address(0)) ? NULL : REAL(realloc)(p, size);
}
