/* Compaction: the server's log keeps what some device may still ask for, and no more.
 *
 * What goes: an entry that a later one of the same row supersedes; and all entries of transactions that each device in
 * use has. Up to where that is, is the log's floor (tandem.sync): a device whose cursor is below it, because it was
 * away for long, compares its tables in place of asking the log. Nobody waits for it: it takes no lock but that of the
 * rows that it deletes. */
#ifndef TD_SYNC_COMPACT_H
#define TD_SYNC_COMPACT_H

#include "core/db/db.h"

/* tandem.compact(force), as the body of a function in plpgsql. Devices call it. */
#define TD_COMPACT_HEAD                                                                                                \
    "compact(force boolean DEFAULT false) RETURNS TABLE (removed bigint, more boolean) LANGUAGE plpgsql"
#define TD_COMPACT_SIGNATURE "compact(boolean)"
#define TD_COMPACT_SETTINGS  " SET work_mem = '64MB' SET jit = off SET row_security = off"
extern const char *const td_compact_body;

struct td_compacted {
    bool ran; /* false: it was done a short while ago, or somebody is at it */
    int64_t removed;
    bool more; /* it stopped for the time; what is left goes with the next call */
};

/* One call. `force`, for who owns the schema: also when it was done a short while ago, and for longer. */
TD_MUST_CHECK int td_compact(struct td_db *db, bool force, struct td_compacted *out, struct td_err *err);

#endif
