/* Makes libpq's nth allocation fail. libpq calls malloc itself: the program's own definition of it stands in front of
 * the C library's (or the sanitizer's), and looks who calls. */
#ifndef TD_TEST_LIBPQ_MEMORY_H
#define TD_TEST_LIBPQ_MEMORY_H

#include <stddef.h>

void libpq_memory_fail_at(size_t nth); /* from now on; 0: none */
size_t libpq_memory_count(void);       /* since then */

#endif
