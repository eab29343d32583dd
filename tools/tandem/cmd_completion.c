/* tandem completion SHELL: a script for the shell, written from the command table. */
#include <string.h>

#include "tools/tandem/cli.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/completion.h"

struct args {
    const char *shell;
};

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_buf text = {0};
    if (strcmp(a->shell, "bash") == 0)
        td_completion_bash(&text);
    else if (strcmp(a->shell, "zsh") == 0)
        td_completion_zsh(&text);
    else
        td_completion_fish(&text);
    int rc = td_buf_check(&text, &cli->err);
    if (rc == TD_OK)
        td_out_text(&cli->out, td_buf_str(&text));
    td_buf_deinit(&text);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_operand operands[] = {
    {"SHELL", offsetof(struct args, shell), true, "bash|zsh|fish"},
    {0},
};

const struct td_cmd td_cmd_completion = {
    .name = "completion",
    .summary = "print a completion script for a shell",
    .about = "Prints a script that completes commands, options, their values and the names of migrations. Installed "
             "packages have it in the shells' own directories.",
    .operands = operands,
    .examples = "source <(tandem completion bash)\n"
                "tandem completion fish > ~/.config/fish/completions/tandem.fish",
    .args_size = sizeof(struct args),
    .run = run,
};
