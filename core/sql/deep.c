#include "core/sql/deep.h"

#include <pthread.h>
#include <stddef.h>

/* Reserved, not used: pages are taken as the recursion reaches them. Smaller ones where address space is short. */
static const size_t stack_sizes[] = {(size_t)512 << 20, (size_t)128 << 20, (size_t)32 << 20};

struct call {
    void (*fn)(void *data);
    void *data;
};

static void *run(void *p)
{
    struct call *c = p;
    c->fn(c->data);
    return NULL;
}

static int start(pthread_t *thread, size_t stack_size, struct call *c)
{
    pthread_attr_t attr;
    int rc = pthread_attr_init(&attr);
    if (rc != 0)
        return rc;
    rc = pthread_attr_setstacksize(&attr, stack_size);
    if (rc == 0)
        rc = pthread_create(thread, &attr, run, c);
    pthread_attr_destroy(&attr);
    return rc;
}

int td_deep_run(void (*fn)(void *data), void *data, struct td_err *err)
{
    struct call c = {fn, data};
    pthread_t thread;
    for (size_t i = 0; i < sizeof stack_sizes / sizeof stack_sizes[0]; i++) {
        if (start(&thread, stack_sizes[i], &c) == 0) {
            pthread_join(thread, NULL);
            return TD_OK;
        }
    }
    return td_err_nomem(err);
}
