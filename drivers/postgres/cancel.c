#include "drivers/postgres/cancel.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

#include "core/base/mem.h"
#include "drivers/postgres/libpq.h"

#define WAIT_S 1

/* PQcancel makes a connection of its own and blocks until the server has closed it, for ever on a dead network: so it
 * has a thread, which outlives the connection if it must. */
struct td_pq_canceller {
    PGcancel *request;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t done;
    bool asking;
    int users; /* the connection, and the thread */
};

struct td_pq_canceller *td_pq_canceller_open(PGconn *pq)
{
    struct td_pq_canceller *c = td_mem_zalloc(sizeof *c);
    pthread_condattr_t attr;
    if (c == NULL)
        return NULL;
    c->request = PQgetCancel(pq);
    if (c->request == NULL) {
        td_mem_free(c);
        return NULL;
    }
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->done, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&c->mutex, NULL);
    c->users = 1;
    return c;
}

/* With the mutex held; gives it back. */
static void leave(struct td_pq_canceller *c)
{
    bool last = --c->users == 0;
    pthread_mutex_unlock(&c->mutex);
    if (!last)
        return;
    PQfreeCancel(c->request);
    pthread_cond_destroy(&c->done);
    pthread_mutex_destroy(&c->mutex);
    td_mem_free(c);
}

void td_pq_canceller_close(struct td_pq_canceller *c)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&c->mutex);
    leave(c);
}

static void *ask(void *data)
{
    struct td_pq_canceller *c = data;
    char why[256];
    (void)PQcancel(c->request, why, sizeof why); /* a statement that goes on is given up by its own deadline */
    pthread_mutex_lock(&c->mutex);
    c->asking = false;
    pthread_cond_broadcast(&c->done);
    leave(c);
    return NULL;
}

static bool start(struct td_pq_canceller *c)
{
    sigset_t all, before; /* Ctrl-C is for others */
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, &attr, ask, c);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return failed == 0;
}

void td_pq_canceller_ask(struct td_pq_canceller *c)
{
    struct timespec until;
    if (c == NULL)
        return;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_S;
    pthread_mutex_lock(&c->mutex);
    if (!c->asking && start(c)) {
        c->asking = true; /* the thread needs the mutex to say otherwise */
        c->users++;
    }
    while (c->asking && pthread_cond_timedwait(&c->done, &c->mutex, &until) == 0) {
    }
    pthread_mutex_unlock(&c->mutex);
}
