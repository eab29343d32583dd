/* Runs a command many times and prints what it took, tab-separated: CPU (user and system) least and median, wall time
 * least and median, in milliseconds; the most memory, in KiB; its exit code.
 *
 *     bench_measure TIMES COMMAND...
 *
 * A small program of its own: a child's peak of memory counts from what its parent had. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMES_MAX 1000

extern char **environ;

struct result {
    double cpu[TIMES_MAX], wall[TIMES_MAX];
    long rss_kb;
    int code;
};

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double of(struct timeval t)
{
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static int run_once(char **command, struct result *r, size_t i)
{
    posix_spawn_file_actions_t files;
    struct rusage use;
    pid_t pid;
    int status = 0;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    double began = now_ms();
    int failed = posix_spawnp(&pid, command[0], &files, NULL, command, environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0 || wait4(pid, &status, 0, &use) < 0)
        return -1;
    r->wall[i] = now_ms() - began;
    r->cpu[i] = of(use.ru_utime) + of(use.ru_stime);
    r->rss_kb = use.ru_maxrss > r->rss_kb ? use.ru_maxrss : r->rss_kb;
    r->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return 0;
}

static int order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static struct result r;
    size_t times = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (times == 0 || times > TIMES_MAX) {
        fprintf(stderr, "usage: bench_measure TIMES COMMAND...   (1 to %d times)\n", TIMES_MAX);
        return 64;
    }
    for (size_t i = 0; i < times; i++) {
        if (run_once(argv + 2, &r, i) != 0) {
            perror(argv[2]);
            return 1;
        }
    }
    qsort(r.cpu, times, sizeof *r.cpu, order);
    qsort(r.wall, times, sizeof *r.wall, order);
    printf("%.3f\t%.3f\t%.3f\t%.3f\t%ld\t%d\n", r.cpu[0], r.cpu[times / 2], r.wall[0], r.wall[times / 2], r.rss_kb,
           r.code);
    return 0;
}
