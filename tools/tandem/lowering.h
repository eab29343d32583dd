/* The folder lowered for SQLite, statement by statement, for the commands that show it. */
#ifndef TD_TANDEM_LOWERING_H
#define TD_TANDEM_LOWERING_H

#include "tools/tandem/session.h"

struct td_lowering_line {
    const char *path;
    unsigned line, column;
    enum td_fate fate;
    const char *reason;       /* "" for what is carried as it is */
    const struct td_err *err; /* refused, else NULL */
};

/* Calls fn for each statement of the folder, in order. A file that cannot be read as statements is one refused line,
 * and the files after it follow. */
TD_MUST_CHECK int td_lowering_each(struct td_session *s, const struct td_folder *f,
                                   void (*fn)(const struct td_lowering_line *line, void *data), void *data);

/* Lowers up to and including the migration `name`; *out is in cli->arena. */
TD_MUST_CHECK int td_lowering_upto(struct td_session *s, const struct td_folder *f, const char *name,
                                   struct td_lowered **out);

#endif
