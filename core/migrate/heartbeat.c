#include "core/migrate/heartbeat.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "core/base/mem.h"

/* Nobody who waits for the thread to end, or for the lease to go on, may be held up by a dead network. */
#define PATIENCE_MS 2000

struct td_heartbeat {
    const struct td_url *url;
    const char *sql, *owner;
    int every_ms;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stop;        /* under the mutex */
    struct td_db *db; /* the thread's alone */
};

static void beat(struct td_heartbeat *h)
{
    struct td_err err = {0};
    int rc = TD_OK;
    if (h->db == NULL)
        rc = td_db_open(h->url,
                        &(struct td_db_opts){.connect_timeout_ms = PATIENCE_MS,
                                             .answer_timeout_ms = PATIENCE_MS,
                                             .application_name = "tandem heartbeat"},
                        &h->db, &err);
    if (rc == TD_OK)
        rc = td_db_run(h->db, h->sql, (struct td_value[]){td_text(h->owner)}, 1, &err);
    if (rc != TD_OK) { /* a new connection at the next beat */
        td_db_close(h->db);
        h->db = NULL;
    }
}

static bool wait_for_next(struct td_heartbeat *h)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += h->every_ms / 1000;
    until.tv_nsec += (long)(h->every_ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&h->mutex);
    while (!h->stop && pthread_cond_timedwait(&h->wake, &h->mutex, &until) != ETIMEDOUT) {
    }
    bool stop = h->stop;
    pthread_mutex_unlock(&h->mutex);
    return !stop;
}

static void *run(void *data)
{
    struct td_heartbeat *h = data;
    while (wait_for_next(h))
        beat(h);
    td_db_close(h->db);
    return NULL;
}

static int start_thread(struct td_heartbeat *h)
{
    sigset_t all, before; /* Ctrl-C is for the thread that deploys */
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&h->wake, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&h->mutex, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&h->thread, NULL, run, h);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

static void destroy(struct td_heartbeat *h)
{
    pthread_cond_destroy(&h->wake);
    pthread_mutex_destroy(&h->mutex);
    td_mem_free(h);
}

int td_heartbeat_start(const struct td_url *url, const char *sql, const char *owner, int every_ms,
                       struct td_heartbeat **out, struct td_err *err)
{
    struct td_heartbeat *h = td_mem_zalloc(sizeof *h);
    if (h == NULL)
        return td_err_nomem(err);
    *h = (struct td_heartbeat){.url = url, .sql = sql, .owner = owner, .every_ms = every_ms};
    int failed = start_thread(h);
    if (failed != 0) {
        destroy(h);
        return td_err_errno(err, failed, "start", "the heartbeat thread");
    }
    *out = h;
    return TD_OK;
}

void td_heartbeat_stop(struct td_heartbeat *h)
{
    if (h == NULL)
        return;
    pthread_mutex_lock(&h->mutex);
    h->stop = true;
    pthread_cond_signal(&h->wake);
    pthread_mutex_unlock(&h->mutex);
    pthread_join(h->thread, NULL);
    destroy(h);
}
