/* Exit codes: 0, 1 and the comparison's 2 as Prisma's scripts know them, the rest as sysexits.h has it. */
#ifndef TD_TANDEM_EXIT_H
#define TD_TANDEM_EXIT_H

#include "core/base/err.h"

enum td_exit {
    TD_EXIT_OK = 0,
    TD_EXIT_FAILED = 1,
    TD_EXIT_FOUND = 2,     /* a comparison or check found something */
    TD_EXIT_PENDING = 3,   /* work pending */
    TD_EXIT_HISTORY = 4,   /* migration history failed, differs or drifted */
    TD_EXIT_CONFLICTS = 5, /* conflicts or data differences */
    TD_EXIT_STALLED = 6,   /* sync cannot go on by itself */
    TD_EXIT_USAGE = 64,
    TD_EXIT_DATA = 65,        /* bad SQL or data file */
    TD_EXIT_UNAVAILABLE = 69, /* database not reachable */
    TD_EXIT_BUG = 70,
    TD_EXIT_EXISTS = 73,
    TD_EXIT_BUSY = 75, /* lock or busy timeout */
    TD_EXIT_DENIED = 77,
    TD_EXIT_CONFIG = 78,
    TD_EXIT_INTERRUPTED = 130,
    TD_EXIT_TERMINATED = 143
};

int td_exit_of(enum td_code code);
const char *td_exit_meaning(int code); /* one line; NULL: not one of ours */

#endif
