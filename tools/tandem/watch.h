/* sync run --watch: stays, and tells what happens, until a signal ends it. */
#ifndef TD_TANDEM_WATCH_H
#define TD_TANDEM_WATCH_H

#include "tools/tandem/replica.h"

/* Both URLs are known; the connections are the engine's own. A td_rc with cli->err set; TD_ECANCELLED is no failure
 * here: *signal_out says which signal ended it. */
TD_MUST_CHECK int td_watch(struct td_replica *r, int interval_ms, int *signal_out);

#endif
