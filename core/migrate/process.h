/* Which process this is, so that another one can tell whether it still lives. */
#ifndef TD_MIGRATE_PROCESS_H
#define TD_MIGRATE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct td_process {
    char host[128];    /* for people */
    char host_id[160]; /* this boot of this machine and, in a container, its space of process ids */
    int pid;
    int64_t started; /* clock ticks since boot, 0: unknown; tells a reused pid apart */
};

#define TD_BOOT_ID 40
bool td_process_boot(char out[TD_BOOT_ID]); /* which boot of the machine this is; false: it cannot be told */
void td_process_self(struct td_process *out);
/* True only when it is certain: same host, and no such process, another one of its number, or one that has ended. */
bool td_process_is_dead(const char *host_id, int pid, int64_t started);

#endif
