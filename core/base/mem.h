/* The one door to the heap, so that a test can make the Nth allocation fail. */
#ifndef TD_BASE_MEM_H
#define TD_BASE_MEM_H

#include <stddef.h>

/* As malloc, calloc(1, n), realloc and free; NULL when there is no memory. */
void *td_mem_alloc(size_t size);
void *td_mem_zalloc(size_t size);
void *td_mem_realloc(void *p, size_t size);
void td_mem_free(void *p);
/* Owned copies; NULL when there is no memory. td_mem_dup adds a NUL after the `len` bytes. */
char *td_mem_strdup(const char *s);
char *td_mem_dup(const void *bytes, size_t len);

/* Fault injection for tests: the Nth allocation from now fails, and all after it while `sticky`; 0 switches it off.
 * td_mem_count tells how many were asked for since. Not for programs with more than one thread. */
void td_mem_fail_at(size_t nth, int sticky);
size_t td_mem_count(void);

#endif
