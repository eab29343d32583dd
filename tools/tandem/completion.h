/* Completion scripts for shells, from the command table. */
#ifndef TD_TANDEM_COMPLETION_H
#define TD_TANDEM_COMPLETION_H

#include "core/base/buf.h"

void td_completion_bash(struct td_buf *out);
void td_completion_zsh(struct td_buf *out);
void td_completion_fish(struct td_buf *out);

#endif
