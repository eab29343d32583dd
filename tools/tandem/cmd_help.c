/* tandem help: the man page on a terminal, where one is installed; else the same as text. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "tools/tandem/cli.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/help.h"
#include "tools/tandem/manual.h"

struct args {
    const char *first, *second, *manual;
};

/* The page of this very program: PREFIX/bin/tandem -> PREFIX/share/man/man1. Comes back when there is none. */
static void open_man_page(const struct td_cmd *cmd)
{
    char self[PATH_MAX], path[PATH_MAX + 128], name[64];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0 || !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
        return;
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (slash == NULL)
        return;
    *slash = '\0';
    td_manual_name(cmd, name);
    snprintf(path, sizeof path, "%s/../share/man/man1/%s.1", self, name);
    if (td_file_exists(path))
        execlp("man", "man", path, (char *)NULL);
}

static int unknown(struct td_cli *cli, const struct args *a)
{
    bool in_group = a->second != NULL && td_cmd_is_group(a->first);
    return -td_opt_unknown_command(in_group ? a->first : NULL, in_group ? a->second : a->first, &cli->err);
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_buf text = {0};
    const struct td_cmd *cmd = a->first != NULL ? td_cmd_find_words(a->first, a->second) : NULL;

    if (a->manual != NULL) {
        int rc = td_manual_write(a->manual, &cli->err);
        return rc != TD_OK ? -rc : TD_EXIT_OK;
    }
    if (a->first == NULL || cmd != NULL)
        open_man_page(cmd);
    if (cmd != NULL)
        td_help_command(cmd, &text);
    else if (a->first == NULL)
        td_help_overview(&text);
    else if (td_cmd_is_group(a->first) && a->second == NULL)
        td_help_group(a->first, &text);
    else
        return unknown(cli, a);
    int rc = td_buf_check(&text, &cli->err);
    if (rc == TD_OK)
        td_out_text(&cli->out, td_buf_str(&text));
    td_buf_deinit(&text);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"manual", 0, TD_OPT_TEXT, offsetof(struct args, manual), "DIR",
     "write the sources of all man pages (for scdoc) into DIR instead"},
    {0},
};

static const struct td_operand operands[] = {
    {"COMMAND", offsetof(struct args, first), false, NULL},
    {"SUBCOMMAND", offsetof(struct args, second), false, NULL},
    {0},
};

const struct td_cmd td_cmd_help = {
    .name = "help",
    .summary = "say how a command is used",
    .about = "Opens the command's man page on a terminal, where the manual is installed beside the program; prints the "
             "same as text elsewhere. Nothing is fetched from anywhere.",
    .opts = opts,
    .operands = operands,
    .examples = "tandem help\ntandem help migrate deploy",
    .args_size = sizeof(struct args),
    .run = run,
};
