#include "core/migrate/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* /proc/PID/stat: "pid (any name) state ppid ..."; the start time is field 22. False: no such file. */
static bool read_stat(int pid, char *state_out, int64_t *started_out)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return false;
    size_t n = fread(line, 1, sizeof line - 1, f);
    fclose(f);
    line[n] = '\0';
    const char *p = strrchr(line, ')'); /* the name may hold anything */
    if (p == NULL || p[1] == '\0')
        return false;
    *state_out = p[2];
    p += 2;
    for (int field = 3; field < 22 && p != NULL; field++) {
        p = strchr(p, ' ');
        if (p != NULL)
            p++;
    }
    *started_out = p == NULL ? 0 : (int64_t)strtoll(p, NULL, 10);
    return true;
}

bool td_process_boot(char out[TD_BOOT_ID])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    memset(out, 0, TD_BOOT_ID);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, out, TD_BOOT_ID - 1);
    close(fd);
    out[n < 0 ? 0 : strcspn(out, "\n")] = '\0';
    return out[0] != '\0';
}

static void read_host_id(char *out, size_t size, const char *host)
{
    char boot[TD_BOOT_ID], space[64] = "";
    bool known = td_process_boot(boot);
    ssize_t n = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    space[n < 0 ? 0 : n] = '\0';
    snprintf(out, size, "%.40s %.60s", known ? boot : host, space);
}

void td_process_self(struct td_process *out)
{
    char state = 0;
    memset(out, 0, sizeof *out);
    if (gethostname(out->host, sizeof out->host - 1) != 0)
        snprintf(out->host, sizeof out->host, "localhost");
    read_host_id(out->host_id, sizeof out->host_id, out->host);
    out->pid = (int)getpid();
    if (!read_stat(out->pid, &state, &out->started))
        out->started = 0;
}

bool td_process_is_dead(const char *host_id, int pid, int64_t started)
{
    struct td_process self;
    char state = 0;
    int64_t now_started = 0;
    td_process_self(&self);
    if (pid <= 0 || strcmp(self.host_id, host_id) != 0)
        return false;
    if (kill((pid_t)pid, 0) != 0 && errno == ESRCH)
        return true;
    if (!read_stat(pid, &state, &now_started))
        return false;                          /* no /proc here: alive as far as we know */
    bool ended = state == 'Z' || state == 'X'; /* killed, but its parent has not looked yet */
    return ended || (started != 0 && now_started != 0 && started != now_started);
}
