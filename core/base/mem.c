#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>

static size_t fail_at, asked;
static int fail_on;

void td_mem_fail_at(size_t nth, int sticky)
{
    fail_at = nth;
    fail_on = sticky;
    asked = 0;
}

size_t td_mem_count(void)
{
    return asked;
}

static int must_fail(void)
{
    if (fail_at == 0)
        return 0;
    asked++;
    return asked == fail_at || (fail_on && asked > fail_at);
}

void *td_mem_alloc(size_t size)
{
    return must_fail() ? NULL : malloc(size ? size : 1);
}

void *td_mem_zalloc(size_t size)
{
    return must_fail() ? NULL : calloc(1, size ? size : 1);
}

void *td_mem_realloc(void *p, size_t size)
{
    return must_fail() ? NULL : realloc(p, size ? size : 1);
}

void td_mem_free(void *p)
{
    free(p);
}

char *td_mem_strdup(const char *s)
{
    return td_mem_dup(s, strlen(s));
}

char *td_mem_dup(const void *bytes, size_t len)
{
    char *p = td_mem_alloc(len + 1);
    if (p == NULL)
        return NULL;
    if (len > 0)
        memcpy(p, bytes, len);
    p[len] = '\0';
    return p;
}
