/* tandem explain CODE: what an error code means, offline. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/nearest.h"
#include "tools/tandem/cli.h"
#include "tools/tandem/commands.h"

struct args {
    const char *code;
};

static void put(struct td_json_writer *w, const char *key, enum td_code code)
{
    const struct td_code_info *c = td_code_info(code);
    td_json_object(w, key);
    td_json_put_text(w, "code", c->number);
    td_json_put_text(w, "title", c->title);
    td_json_put_text(w, "explanation", c->explain);
    td_json_put_int(w, "exit", td_exit_of(code));
    td_json_object_end(w);
}

static int list(struct td_cli *cli)
{
    struct td_json_writer *w = cli->out.json ? td_out_json(&cli->out, "explain") : NULL;
    if (w != NULL)
        td_json_array(w, "codes");
    for (int i = TD_C_NONE + 1; i < TD_C_COUNT; i++) {
        if (w != NULL)
            put(w, NULL, (enum td_code)i);
        else
            td_out_answer(&cli->out, "%-16s %s\n", td_code_info((enum td_code)i)->number,
                          td_code_info((enum td_code)i)->title);
    }
    if (w != NULL)
        td_json_array_end(w);
    return TD_EXIT_OK;
}

static int unknown(struct td_cli *cli, const char *code)
{
    struct td_nearest s;
    td_nearest_init(&s, code, strlen(code));
    for (int i = TD_C_NONE + 1; i < TD_C_COUNT; i++)
        td_nearest_try(&s, td_code_info((enum td_code)i)->number);
    td_err_set(&cli->err, TD_C_CLI_NO_CODE, "there is no error code \"%s\"", code);
    if (strcasecmp(code, "P3018") == 0)
        td_err_next(&cli->err,
                    "Prisma has it for every migration that fails: explain the code at the head of the message.");
    else if (s.best != NULL)
        td_err_next(&cli->err, "Did you mean `tandem explain %s`? `tandem explain` lists them all.", s.best);
    else
        td_err_next(&cli->err, "`tandem explain` lists them all.");
    return td_cli_fail(cli);
}

static void print(const struct td_cli *cli, enum td_code code)
{
    const struct td_code_info *c = td_code_info(code);
    td_out_paint(&cli->out, TD_BOLD, c->number);
    td_out_answer(&cli->out, ": %s\n\n", c->title);
    size_t column = 0;
    for (const char *p = c->explain; *p != '\0';) {
        size_t word = strcspn(p, " \n");
        if (column > 0 && column + 1 + word > 78) {
            td_out_answer(&cli->out, "\n");
            column = 0;
        }
        td_out_answer(&cli->out, "%s%.*s", column > 0 ? " " : "", (int)word, p);
        column += word + (column > 0);
        p += word;
        for (; *p == ' ' || *p == '\n'; p++) {
            if (*p == '\n') {
                td_out_answer(&cli->out, "\n");
                column = 0;
            }
        }
    }
    td_out_answer(&cli->out, "\n\nA command that fails with it exits %d (%s).\n", td_exit_of(code),
                  td_exit_meaning(td_exit_of(code)));
}

/* Prisma's codes stand in brackets in the titles of ours: "... [P3009]". */
static enum td_code of_prisma(const char *code)
{
    char bracketed[16];
    if (strlen(code) != 5 || (*code | 0x20) != 'p')
        return TD_C_NONE;
    snprintf(bracketed, sizeof bracketed, "[P%s]", code + 1);
    for (int i = TD_C_NONE + 1; i < TD_C_COUNT; i++)
        if (strstr(td_code_info((enum td_code)i)->title, bracketed) != NULL)
            return (enum td_code)i;
    return TD_C_NONE;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    if (a->code == NULL)
        return list(cli);
    enum td_code code = td_code_find(a->code);
    if (code == TD_C_NONE)
        code = of_prisma(a->code);
    if (code == TD_C_NONE)
        return unknown(cli, a->code);
    if (cli->out.json)
        put(td_out_json(&cli->out, "explain"), "explain", code);
    else
        print(cli, code);
    return TD_EXIT_OK;
}

static const struct td_operand operands[] = {
    {"CODE", offsetof(struct args, code), false, NULL},
    {0},
};

const struct td_cmd td_cmd_explain = {
    .name = "explain",
    .summary = "say what an error code means",
    .about = "Prints why an error comes and what solves it. Without CODE, lists all codes with a title each. Works "
             "offline; letter case does not matter. Prisma's codes, which messages name in brackets, lead to ours.",
    .operands = operands,
    .json = "explain  with CODE: code, title, explanation, exit\ncodes  without: a list of the same",
    .examples = "tandem explain TD-BASE-005\ntandem explain P3009",
    .args_size = sizeof(struct args),
    .run = run,
};
