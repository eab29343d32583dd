/* Help texts from the command table: the overview, a group, one command. */
#ifndef TD_TANDEM_HELP_H
#define TD_TANDEM_HELP_H

#include "core/base/buf.h"
#include "tools/tandem/opt.h"

void td_help_overview(struct td_buf *out);
void td_help_group(const char *group, struct td_buf *out);
void td_help_command(const struct td_cmd *cmd, struct td_buf *out);
/* "tandem migrate deploy [OPTIONS]", one line without a newline; shared with the man pages. */
void td_help_usage(const struct td_cmd *cmd, struct td_buf *out);
/* All exit codes that a command can have, in order, with their meaning. */
void td_help_exits(const struct td_cmd *cmd, void (*fn)(int code, const char *text, void *data), void *data);

#endif
