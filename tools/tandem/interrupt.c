#include "tools/tandem/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/db/db.h"

atomic_bool td_interrupt_flag;

static atomic_int signal_number;
static pthread_t thread;
static bool running;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards `watched` */
static struct td_db *watched;

static void signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
}

static void cancel_watched(void)
{
    pthread_mutex_lock(&lock);
    if (watched != NULL)
        td_db_cancel(watched);
    pthread_mutex_unlock(&lock);
}

/* Cancels again every 200 ms: a cancel that comes between two statements stops neither. */
static void *wait_for_signals(void *unused)
{
    static const char text[] = "\nStopping: the statement under way is rolled back. Once more ends at once.\n";
    sigset_t set;
    (void)unused;
    signals(&set);
    for (;;) {
        struct timespec again = {.tv_nsec = 200000000L};
        int sig = td_interrupt_flag ? sigtimedwait(&set, NULL, &again) : sigwaitinfo(&set, NULL);
        int old;
        if (sig > 0 && td_interrupt_flag)
            _exit(128 + sig);
        if (sig <= 0 && !td_interrupt_flag)
            continue;
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
        if (sig > 0) {
            signal_number = sig;
            td_interrupt_flag = true;
            if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
                signal_number = sig; /* nobody listens: still stop */
        }
        cancel_watched();
        pthread_setcancelstate(old, NULL);
    }
    return NULL;
}

void td_interrupt_watch(struct td_db *db)
{
    sigset_t set, old;
    pthread_mutex_lock(&lock);
    watched = db;
    pthread_mutex_unlock(&lock);
    if (running)
        return;
    signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    running = pthread_create(&thread, NULL, wait_for_signals, NULL) == 0;
    if (!running)
        pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void td_interrupt_unwatch(void)
{
    sigset_t set;
    pthread_mutex_lock(&lock);
    watched = NULL;
    pthread_mutex_unlock(&lock);
    if (!running)
        return;
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    running = false;
    signals(&set);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int td_interrupt_signal(void)
{
    return signal_number;
}

static atomic_int noted;

static void note(int sig)
{
    signal_number = sig;
    td_interrupt_flag = true;
    noted++;
}

static void handle(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void td_interrupt_note(void)
{
    handle(note);
}

int td_interrupt_count(void)
{
    return noted;
}

void td_interrupt_forget(void)
{
    handle(SIG_DFL);
    noted = 0;
    signal_number = 0;
    td_interrupt_flag = false;
}
