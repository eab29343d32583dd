/* Health: how a device and its server stand to each other, and why. */
#ifndef TD_SYNC_HEALTH_H
#define TD_SYNC_HEALTH_H

#include "sync/server.h"

enum td_verdict {
    TD_VERDICT_CURRENT, /* nothing waits on either side */
    TD_VERDICT_BEHIND,  /* something does */
    TD_VERDICT_STALLED, /* something does, and cannot go on by itself */
    TD_VERDICT_UNKNOWN  /* the server was not asked, or did not answer */
};
const char *td_verdict_name(enum td_verdict v);

struct td_health {
    enum td_verdict verdict;
    const char *why; /* one line */
    struct td_device_counts counts;
    /* Of the server, when `reached`. */
    bool reached, known, device_ahead, server_ahead;
    const char *first_other;
    int64_t waiting;             /* rows to fetch; -1: whole tables */
    int64_t log_rows, log_bytes; /* -1: not to be told */
    int oldest_writer_pid;       /* 0: none */
    int64_t oldest_writer_s;
};

/* `s` NULL: the server is not asked. Results live in `a`. */
TD_MUST_CHECK int td_health_read(struct td_arena *a, struct td_device *d, struct td_server *s, struct td_db *server,
                                 struct td_health *out, struct td_err *err);

#endif
