/* Words of a shell command, for the commands that messages suggest: what a user copies must do what it says, whatever a
 * file or a table is called. */
#ifndef TD_BASE_SHELL_H
#define TD_BASE_SHELL_H

#include "core/base/buf.h"

/* `word` as one word: as it is where that is safe, else in single quotes, and as $'...' where it holds bytes that a
 * terminal would act on or that are no UTF-8. */
void td_shell_word(struct td_buf *b, const char *word);

/* td_err_next with a command in it: every %s is one word; no other conversion but %% is known. */
int td_shell_next(struct td_err *err, const char *fmt, ...) TD_PRINTF(2, 3);

#endif
