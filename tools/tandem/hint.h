/* Commands that messages suggest: completed by the options that make them act on the database and the folder of the
 * command that failed. */
#ifndef TD_TANDEM_HINT_H
#define TD_TANDEM_HINT_H

#include "core/base/buf.h"

struct td_cli;

/* " --url sqlite:app.db --migrations db": what the caller gave, as far as the command takes it. A URL with a password
 * is never among it: the variable that holds it is, or "$URL", which is for the user to set. */
void td_hint_options(struct td_buf *out, const struct td_cli *cli, const char *command);
/* The text with all of its commands completed. */
void td_hint_complete(struct td_buf *out, const struct td_cli *cli, const char *text);
/* Of an error's `next`, as far as there is room. */
void td_hint_complete_err(const struct td_cli *cli, struct td_err *err);

#endif
