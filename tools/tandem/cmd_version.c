/* tandem version: ours, and those of the libraries that matter when something behaves differently elsewhere. */
#include "core/base/version.h"
#include "tools/tandem/cli.h"
#include "tools/tandem/commands.h"

static int run(struct td_cli *cli, const void *unused)
{
    (void)unused;
    if (cli->out.json) {
        struct td_json_writer *w = td_out_json(&cli->out, "version");
        td_json_put_text(w, "version", TANDEM_VERSION);
        td_json_put_text(w, "dialect", "PostgreSQL 15");
        return TD_EXIT_OK;
    }
    td_out_answer(&cli->out, "tandem %s\n", TANDEM_VERSION);
    td_out_detail(&cli->out, "migrations are read with the grammar of PostgreSQL 15");
    return TD_EXIT_OK;
}

const struct td_cmd td_cmd_version = {
    .name = "version",
    .summary = "print the version",
    .about =
        "Prints the version of tandem on standard output. The versions of the databases' libraries and servers are "
        "part of `tandem doctor`.",
    .json = "version  of tandem\ndialect  the PostgreSQL whose grammar reads the migrations",
    .examples = "tandem version\ntandem --version",
    .run = run,
};
