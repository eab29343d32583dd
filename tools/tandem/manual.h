/* Man pages from the command table, as sources for scdoc. */
#ifndef TD_TANDEM_MANUAL_H
#define TD_TANDEM_MANUAL_H

#include "core/base/buf.h"
#include "tools/tandem/opt.h"

/* One page: tandem(1) for NULL, tandem-migrate-deploy(1) and so on for a command. */
void td_manual_page(const struct td_cmd *cmd, struct td_buf *out);
/* "tandem-migrate-deploy" */
void td_manual_name(const struct td_cmd *cmd, char out[64]);
/* Writes all sources into DIR as NAME.1.scd. */
TD_MUST_CHECK int td_manual_write(const char *dir, struct td_err *err);

#endif
