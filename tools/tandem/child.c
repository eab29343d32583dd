#include "tools/tandem/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "tools/tandem/exit.h"
#include "tools/tandem/interrupt.h"

enum { STDOUT_PIPE, STDERR_PIPE };

static void close_pipe(int pipe[2])
{
    for (int i = 0; i < 2; i++)
        if (pipe[i] >= 0)
            close(pipe[i]);
}

/* Without O_CLOEXEC nothing would be different: no other program is run. */
static int open_pipes(int pipes[2][2], struct td_err *err)
{
    for (int i = 0; i < 2; i++) {
        if (pipe(pipes[i]) != 0) {
            int error = errno;
            pipes[i][0] = pipes[i][1] = -1;
            return td_err_errno(err, error, "start", "a process");
        }
    }
    return TD_OK;
}

/* The parent may be gone before it could be said that its end is to end this one. */
static void end_with(pid_t parent)
{
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    if (getppid() != parent)
        raise(SIGTERM);
}

/* What the parent could not write, and that it could not, is none of the child's. */
static void begin_anew(FILE *f)
{
    __fpurge(f);
    clearerr(f);
}

static void become_child(int pipes[2][2], pid_t parent)
{
    int nothing = open("/dev/null", O_RDONLY);
    setpgid(0, 0);
    td_interrupt_forget();
    dup2(pipes[STDOUT_PIPE][1], STDOUT_FILENO);
    dup2(pipes[STDERR_PIPE][1], STDERR_FILENO);
    close_pipe(pipes[STDOUT_PIPE]);
    close_pipe(pipes[STDERR_PIPE]);
    begin_anew(stdout);
    begin_anew(stderr);
    if (nothing >= 0) {
        dup2(nothing, STDIN_FILENO);
        close(nothing);
    }
    end_with(parent);
}

int td_child_start(struct td_child *c, bool *is_child, struct td_err *err)
{
    int pipes[2][2] = {{-1, -1}, {-1, -1}};
    pid_t parent = getpid();
    *is_child = false;
    fflush(stdout);
    fflush(stderr);
    int rc = open_pipes(pipes, err);
    c->pid = rc == TD_OK ? fork() : -1;
    if (c->pid < 0) {
        int error = errno;
        close_pipe(pipes[STDOUT_PIPE]);
        close_pipe(pipes[STDERR_PIPE]);
        c->pid = 0;
        return rc != TD_OK ? rc : td_err_errno(err, error, "start", "a process");
    }
    if (c->pid == 0) {
        *is_child = true;
        become_child(pipes, parent);
        return TD_OK;
    }
    setpgid(c->pid, c->pid);
    for (int i = 0; i < 2; i++) {
        close(pipes[i][1]);
        c->fds[i] = pipes[i][0];
    }
    return TD_OK;
}

void td_child_read(struct td_child *c, int which)
{
    char block[16384];
    ssize_t n = read(c->fds[which], block, sizeof block);
    if (n > 0)
        td_buf_add_n(&c->said[which], block, (size_t)n);
    if (n > 0 || (n < 0 && errno == EINTR))
        return;
    close(c->fds[which]);
    c->fds[which] = -1;
}

void td_child_wait(struct td_child *c)
{
    int status = 0;
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR) {
    }
    c->pid = 0;
    c->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    c->code = WIFEXITED(status)                             ? WEXITSTATUS(status)
              : c->signal == SIGINT || c->signal == SIGTERM ? 128 + c->signal
                                                            : TD_EXIT_BUG;
}

void td_child_deinit(struct td_child *c)
{
    td_buf_deinit(&c->said[0]);
    td_buf_deinit(&c->said[1]);
}
