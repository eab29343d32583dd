/* SQLite's allocator on top of td_mem. SQLite asks a block for its size, which malloc does not tell: it stands in
 * front of the block. */
#include <sqlite3.h>
#include <stddef.h>

#include "core/base/mem.h"
#include "drivers/sqlite/driver.h"

union head {
    int size;
    max_align_t align;
};

static void *mem_malloc(int n)
{
    union head *h = td_mem_alloc(sizeof *h + (size_t)n);
    if (h == NULL)
        return NULL;
    h->size = n;
    return h + 1;
}

static void mem_free(void *p)
{
    if (p != NULL)
        td_mem_free((union head *)p - 1);
}

static void *mem_realloc(void *p, int n)
{
    if (p == NULL)
        return mem_malloc(n);
    union head *h = td_mem_realloc((union head *)p - 1, sizeof *h + (size_t)n);
    if (h == NULL)
        return NULL;
    h->size = n;
    return h + 1;
}

static int mem_size(void *p)
{
    return p == NULL ? 0 : ((union head *)p - 1)->size;
}

static int mem_roundup(int n)
{
    return (n + 7) & ~7;
}

static int mem_init(void *data)
{
    (void)data;
    return SQLITE_OK;
}

static void mem_shutdown(void *data)
{
    (void)data;
}

void td_sqlite_settle(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* refused when SQLite is in use already: then it goes on counting */
}

int td_sqlite_memory(struct td_err *err)
{
    static const sqlite3_mem_methods methods = {.xMalloc = mem_malloc,
                                                .xFree = mem_free,
                                                .xRealloc = mem_realloc,
                                                .xSize = mem_size,
                                                .xRoundup = mem_roundup,
                                                .xInit = mem_init,
                                                .xShutdown = mem_shutdown};
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK)
        return td_err_set(err, TD_C_DB_USE, "SQLite is in use already; its memory can no longer be taken over");
    return TD_OK;
}
