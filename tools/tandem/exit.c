#include "tools/tandem/exit.h"

#include <stddef.h>

static int of_kind(enum td_rc rc)
{
    switch (rc) {
    case TD_OK: return TD_EXIT_OK;
    case TD_EUSAGE: return TD_EXIT_USAGE;
    case TD_ESYNTAX:
    case TD_EREFUSED:
    case TD_EDATA:
    case TD_ESCHEMA:
    case TD_EUNIQUE:
    case TD_EFOREIGN:
    case TD_ECHECK:
    case TD_ENOTNULL: return TD_EXIT_DATA;
    case TD_EEXISTS: return TD_EXIT_EXISTS;
    case TD_EREADONLY:
    case TD_EDENIED: return TD_EXIT_DENIED;
    case TD_EOFFLINE: return TD_EXIT_UNAVAILABLE;
    case TD_EBUSY:
    case TD_ECONFLICT: return TD_EXIT_BUSY;
    case TD_EHISTORY: return TD_EXIT_HISTORY;
    case TD_ECONFIG: return TD_EXIT_CONFIG;
    case TD_ECANCELLED: return TD_EXIT_INTERRUPTED;
    case TD_EBUG: return TD_EXIT_BUG;
    case TD_ENOMEM:
    case TD_ENOTFOUND:
    case TD_EIO:
    case TD_EFULL:
    case TD_EUNSUPPORTED: break;
    }
    return TD_EXIT_FAILED;
}

int td_exit_of(enum td_code code)
{
    switch (code) { /* things that are not there differ in who is to mend it */
    case TD_C_MIG_NOT_FOUND: return TD_EXIT_USAGE;
    case TD_C_MIG_FOLDER_MISSING:
    case TD_C_MIG_LAYOUT: return TD_EXIT_CONFIG;
    case TD_C_MIG_FILE_MISSING: return TD_EXIT_DATA;
    case TD_C_SYNC_PENDING: return TD_EXIT_PENDING;
    case TD_C_SYNC_COPY_ROW: return TD_EXIT_CONFLICTS;
    default: return of_kind(td_code_info(code)->rc);
    }
}

const char *td_exit_meaning(int code)
{
    switch (code) {
    case TD_EXIT_OK: return "done, nothing to report";
    case TD_EXIT_FAILED: return "failed";
    case TD_EXIT_FOUND: return "a comparison or check found something";
    case TD_EXIT_PENDING: return "work pending";
    case TD_EXIT_HISTORY: return "migration history failed, differs or drifted";
    case TD_EXIT_CONFLICTS: return "conflicts or data differences";
    case TD_EXIT_STALLED: return "sync cannot go on by itself";
    case TD_EXIT_USAGE: return "wrong use";
    case TD_EXIT_DATA: return "bad SQL or data file; the position is given";
    case TD_EXIT_UNAVAILABLE: return "database not reachable; a retry may help";
    case TD_EXIT_BUG: return "a bug in tandem; please report it";
    case TD_EXIT_EXISTS: return "would overwrite a file";
    case TD_EXIT_BUSY: return "lock or busy timeout; retry";
    case TD_EXIT_DENIED: return "permission, password or consent missing";
    case TD_EXIT_CONFIG: return "configuration wrong";
    case TD_EXIT_INTERRUPTED: return "interrupted, state left clean";
    case TD_EXIT_TERMINATED: return "terminated, state left clean";
    default: return NULL;
    }
}
