/* What a deploy would run, and what SQLite goes without: printed, or only checked. */
#ifndef TD_TANDEM_PLAN_H
#define TD_TANDEM_PLAN_H

#include "tools/tandem/session.h"

/* `--dry-run` for one database: its SQL to stdout, or an element of the open JSON array. Adds to *refused. */
TD_MUST_CHECK int td_plan_print(struct td_session *s, struct td_place *p, const struct td_folder *f, const char *to,
                                size_t *refused);
/* For a connected place: lists what SQLite goes without; an error when the history or a refusal would stop deploy. */
TD_MUST_CHECK int td_plan_check(struct td_session *s, struct td_place *p, const struct td_folder *f, const char *to,
                                struct td_plan *out);

#endif
