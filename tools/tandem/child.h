/* A process of our own that does one piece of work; what it says is kept. */
#ifndef TD_TANDEM_CHILD_H
#define TD_TANDEM_CHILD_H

#include <sys/types.h>

#include "core/base/buf.h"

struct td_child {
    pid_t pid;  /* 0: not started, or ended */
    int fds[2]; /* its stdout and stderr; -1: closed */
    struct td_buf said[2];
    int code;   /* once it has ended: its exit code; 70 when a signal ended it: */
    int signal; /* which */
};

/* Forks. In the new process *is_child is true, stdin empty, stdout and stderr go to the parent, signals act as in a
 * program that was just started; it is in a process group of its own, so that Ctrl-C reaches it through the parent
 * alone, and is asked to stop when the parent dies. The caller has no thread and no connection. TD_EIO. */
TD_MUST_CHECK int td_child_start(struct td_child *c, bool *is_child, struct td_err *err);
/* Reads what the descriptor `which` (0 stdout, 1 stderr) has; at its end closes it. */
void td_child_read(struct td_child *c, int which);
static inline bool td_child_is_silent(const struct td_child *c) /* both are closed: it ends */
{
    return c->fds[0] < 0 && c->fds[1] < 0;
}
void td_child_wait(struct td_child *c);
void td_child_deinit(struct td_child *c);

#endif
