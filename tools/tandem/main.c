/* tandem: parse, run one command, print its error, exit. */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "drivers/drivers.h"
#include "tools/tandem/cli.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/help.h"
#include "tools/tandem/hint.h"
#include "tools/tandem/interrupt.h"

void td_cli_report(struct td_cli *cli, const struct td_err *err, enum td_severity severity)
{
    struct td_buf text = {0};
    struct td_err whole = *err;
    td_out_clear_line(&cli->out);
    td_hint_complete_err(cli, &whole);
    if (td_diag_wants_github())
        td_diag_github(&whole, severity, &text);
    if (!cli->out.json)
        td_diag_text(&whole, severity, cli->out.color_err, &text);
    fputs(td_buf_str(&text), stderr);
    if (text.failed != TD_OK)
        fputs(td_code_info(err->code)->title, stderr);
    td_buf_deinit(&text);
}

void td_cli_put_err(const struct td_cli *cli, const struct td_err *err, enum td_severity severity, const char *key,
                    struct td_json_writer *w)
{
    struct td_err whole = *err;
    td_hint_complete_err(cli, &whole);
    td_diag_json(&whole, severity, key, w);
}

/* The answer's "error" member, or the text on stderr. */
static void print_failure(struct td_cli *cli)
{
    fflush(stdout);
    td_cli_report(cli, &cli->err, TD_SEV_ERROR);
    if (!cli->out.json)
        return;
    struct td_json_writer *w = td_out_json(&cli->out, cli->cmd != NULL ? cli->cmd->name : "");
    td_cli_put_err(cli, &cli->err, TD_SEV_ERROR, "error", w);
}

static int print_help(struct td_cli *cli, const struct td_opt_parsed *p)
{
    struct td_buf text = {0};
    bool asked = cli->g.help;
    if (p->cmd != NULL)
        td_help_command(p->cmd, &text);
    else if (p->group != NULL)
        td_help_group(p->group, &text);
    else
        td_help_overview(&text);
    int rc = td_buf_check(&text, &cli->err);
    if (rc == TD_OK)
        fputs(td_buf_str(&text), asked ? stdout : stderr);
    td_buf_deinit(&text);
    if (rc != TD_OK)
        return -rc;
    return asked ? TD_EXIT_OK : TD_EXIT_USAGE;
}

static int no_json(struct td_cli *cli, const struct td_opt_parsed *p)
{
    if (!cli->g.help && p->cmd == NULL)
        td_err_set(&cli->err, TD_C_CLI_COMMAND, "no command is named");
    else
        td_err_set(&cli->err, TD_C_CLI_OPTION, "%s%s%s has no JSON form", cli->g.help ? "help" : "`tandem ",
                   cli->g.help ? "" : p->cmd->name, cli->g.help ? "" : "`");
    td_err_next(&cli->err, "%s",
                cli->g.help || p->cmd != NULL ? "Leave out --json." : "`tandem help` lists the commands.");
    return td_cli_fail(cli);
}

static int run(struct td_cli *cli, const struct td_opt_parsed *p)
{
    if (cli->g.dir != NULL && chdir(cli->g.dir) != 0) {
        td_err_set(&cli->err, TD_C_CLI_VALUE, "cannot change to \"%s\"", cli->g.dir);
        td_err_next(&cli->err, "-C takes a directory that is there.");
        return td_cli_fail(cli);
    }
    if (cli->g.version && !cli->g.help)
        return td_cmd_version.run(cli, &(char){0});
    bool help = cli->g.help || p->cmd == NULL;
    if (cli->out.json && (help || p->cmd->json == NULL))
        return no_json(cli, p);
    return help ? print_help(cli, p) : p->cmd->run(cli, p->args);
}

static int finish(struct td_cli *cli, int code)
{
    int sig = td_interrupt_signal();
    if (code < 0) {
        print_failure(cli);
        code = td_exit_of(cli->err.code);
    }
    if (td_out_finish(&cli->out, &cli->err) != TD_OK) {
        cli->out.json = false; /* the answer is lost, so this cannot be in it */
        td_cli_report(cli, &cli->err, TD_SEV_ERROR);
        code = code == TD_EXIT_OK ? TD_EXIT_FAILED : code;
    }
    /* interrupted counts only when it is what ended the command */
    if (sig != 0 && code == TD_EXIT_INTERRUPTED)
        code = 128 + sig;
    return code;
}

/* Names are UTF-8 whatever the locale says: in the C locale tables would show them as escapes. Only characters are
 * touched, not numbers, dates or the language of messages. */
static void use_utf8(void)
{
    if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

/* A database's file or socket must not become standard output: what is closed is opened, the wrong way round, so that
 * using it still fails. */
static void fill_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            _exit(TD_EXIT_FAILED);
}

int main(int argc, char **argv)
{
    struct td_cli cli = {0};
    struct td_opt_parsed p;
    fill_standard_files();
    use_utf8();
    td_drivers_register();
    td_drivers_settle();
    int rc = td_opt_parse(argc, argv, &cli.g, &p, &cli.err);
    td_out_init(&cli.out, &cli.g);
    td_arena_init(&cli.arena);
    cli.cmd = p.cmd;
    int code = finish(&cli, rc != TD_OK ? -rc : run(&cli, &p));
    td_arena_deinit(&cli.arena);
    td_mem_free(p.args);
    return code;
}
