/* What a deploy says while it runs: one line rewritten on a terminal, a line now and then elsewhere, NDJSON events on
 * stderr with --json. */
#ifndef TD_TANDEM_PROGRESS_H
#define TD_TANDEM_PROGRESS_H

#include "core/migrate/runner.h"
#include "tools/tandem/out.h"

struct td_progress {
    struct td_out *out;
    const char *engine;
    struct td_json_writer *answer; /* --json: applied migrations are added to its open array; NULL: not */
    int64_t said_ms;               /* when a line was last printed, off a terminal */
    size_t done, total;
};

void td_progress_init(struct td_progress *p, struct td_out *out, const char *engine);
void td_progress_event(const struct td_deploy_event *ev, void *progress); /* td_deploy_opts.on_event */

#endif
