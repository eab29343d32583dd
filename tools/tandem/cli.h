/* One run of the program: what every command gets. */
#ifndef TD_TANDEM_CLI_H
#define TD_TANDEM_CLI_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "tools/tandem/diag.h"
#include "tools/tandem/exit.h"
#include "tools/tandem/opt.h"
#include "tools/tandem/out.h"

struct td_cli {
    struct td_globals g;
    const struct td_cmd *cmd;
    struct td_out out;
    struct td_err err;     /* of the failure that ends the command; main prints it */
    struct td_arena arena; /* lives as long as the command */
    const char *url_from;  /* who said g.url; NULL: --url */
    /* what suggested commands name besides the global options (hint.h); NULL: not */
    const char *on; /* the engine that is worked on, of several or by --on */
    const struct td_opt_list *skip;
};

/* Prints an error or warning on stderr now, for commands that go on after it: the text form, or with --json nothing (it
 * belongs into the answer). In GitHub Actions also as an annotation. Suggested commands are completed, here and by
 * td_cli_put_err. */
void td_cli_report(struct td_cli *cli, const struct td_err *err, enum td_severity severity);

/* The same as a member of the JSON answer. */
void td_cli_put_err(const struct td_cli *cli, const struct td_err *err, enum td_severity severity, const char *key,
                    struct td_json_writer *w);

/* What a command returns for a failure that cli->err holds. */
static inline int td_cli_fail(const struct td_cli *cli)
{
    return -(int)cli->err.rc;
}

#endif
