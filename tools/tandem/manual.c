#include "tools/tandem/manual.h"

#include <stdio.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "tools/tandem/exit.h"
#include "tools/tandem/help.h"

/* scdoc gives meaning to these. */
static void add(struct td_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("\\*_#[]|`<>.~", *text) != NULL)
            td_buf_char(out, '\\');
        td_buf_char(out, *text);
    }
}

void td_manual_name(const struct td_cmd *cmd, char out[64])
{
    snprintf(out, 64, "tandem%s%s", cmd != NULL ? "-" : "", cmd != NULL ? cmd->name : "");
    for (char *p = out; *p != '\0'; p++)
        if (*p == ' ')
            *p = '-';
}

static void add_line(struct td_buf *out, const char *left, const char *right)
{
    td_buf_add(out, "*");
    add(out, left);
    td_buf_add(out, "*\n\t");
    add(out, right);
    td_buf_add(out, "\n\n");
}

struct option_list {
    struct td_buf *out;
    bool global;
};

static void add_option(const struct td_opt *o, bool global, void *data)
{
    const struct option_list *l = data;
    if (global != l->global)
        return;
    if (o->letter != 0)
        td_buf_printf(l->out, "*-%c*, ", o->letter);
    td_buf_add(l->out, "*--");
    add(l->out, o->name);
    td_buf_add(l->out, "*");
    if (o->arg != NULL) {
        td_buf_add(l->out, o->kind == TD_OPT_SECONDS_OPTIONAL ? "\\[=" : " ");
        add(l->out, o->arg);
        td_buf_add(l->out, o->kind == TD_OPT_SECONDS_OPTIONAL ? "\\]" : "");
    }
    td_buf_add(l->out, "\n\t");
    add(l->out, o->help);
    td_buf_add(l->out, "\n\n");
}

static void add_exit(int code, const char *text, void *data)
{
    char left[16];
    snprintf(left, sizeof left, "%d", code);
    add_line(data, left, text);
}

static void add_options(struct td_buf *out, const struct td_cmd *cmd, bool global, const char *title)
{
    struct option_list l = {out, global};
    td_buf_printf(out, "# %s\n\n", title);
    td_opt_each(cmd, add_option, &l);
}

static void add_json(struct td_buf *out, const char *lines)
{
    td_buf_add(out, "# JSON\n\nWith *--json* the answer is one object on standard output, also after a failure:\n\n");
    add_line(out, "schema", "version of this form, 1: members may be added within it, none changes");
    add_line(out, "command", "the command's name");
    add_line(out, "error",
             "only after a failure: code, severity, summary, sqlstate, why, next (label, command), where "
             "(path, line, column, end), url");
    while (*lines != '\0') {
        char left[64], right[512];
        size_t len = strcspn(lines, "\n"), name = strcspn(lines, " ");
        const char *text = lines + name + strspn(lines + name, " ");
        snprintf(left, sizeof left, "%.*s", (int)name, lines);
        snprintf(right, sizeof right, "%.*s", (int)(len - (size_t)(text - lines)), text);
        add_line(out, left, right);
        lines += len + (lines[len] == '\n');
    }
}

static void add_examples(struct td_buf *out, const char *lines)
{
    td_buf_add(out, "# EXAMPLES\n\n```\n");
    td_buf_add(out, lines);
    td_buf_add(out, "\n```\n\n");
}

static void add_overview(struct td_buf *out)
{
    char name[64];
    td_buf_add(out,
               "tandem(1)\n\n# NAME\n\ntandem - write PostgreSQL, run it on SQLite, keep the two in step\n\n"
               "# SYNOPSIS\n\n*tandem* COMMAND \\[OPTIONS\\]\n\n# DESCRIPTION\n\n"
               "One folder of plain PostgreSQL migrations runs unmodified on PostgreSQL and, lowered, on SQLite\\. "
               "What cannot be carried to SQLite faithfully is an error with its place, the reason and the next "
               "step\\.\n\nThe database is, in this order: *--url*, the environment (DATABASE\\_URL; for migrate "
               "DIRECT\\_URL first), \\.env\\.local, \\.env, tandem\\.json\\.\n\n# COMMANDS\n\n");
    for (size_t i = 0; td_commands[i] != NULL; i++) {
        td_manual_name(td_commands[i], name);
        add_line(out, name, td_commands[i]->summary);
    }
    add_options(out, NULL, true, "GLOBAL OPTIONS");
    td_buf_add(out, "# EXIT STATUS\n\n");
    for (int code = 0; code < 256; code++)
        if (td_exit_meaning(code) != NULL)
            add_exit(code, td_exit_meaning(code), out);
}

void td_manual_page(const struct td_cmd *cmd, struct td_buf *out)
{
    char name[64];
    if (cmd == NULL) {
        add_overview(out);
        return;
    }
    td_manual_name(cmd, name);
    td_buf_printf(out, "%s(1)\n\n# NAME\n\n%s - ", name, name);
    add(out, cmd->summary);
    td_buf_add(out, "\n\n# SYNOPSIS\n\n");
    struct td_buf usage = {0};
    td_help_usage(cmd, &usage);
    add(out, td_buf_str(&usage));
    td_buf_deinit(&usage);
    td_buf_add(out, "\n\n# DESCRIPTION\n\n");
    add(out, cmd->about);
    td_buf_add(out, "\n\n");
    if (cmd->opts != NULL)
        add_options(out, cmd, false, "OPTIONS");
    add_options(out, cmd, true, "GLOBAL OPTIONS");
    td_buf_add(out, "# EXIT STATUS\n\n");
    td_help_exits(cmd, add_exit, out);
    if (cmd->json != NULL)
        add_json(out, cmd->json);
    if (cmd->examples != NULL)
        add_examples(out, cmd->examples);
    td_buf_add(out, "# SEE ALSO\n\n*tandem*(1)\n");
}

static int write_page(const char *dir, const struct td_cmd *cmd, struct td_err *err)
{
    struct td_buf text = {0}, path = {0};
    char name[64];
    td_manual_name(cmd, name);
    td_manual_page(cmd, &text);
    td_buf_printf(&path, "%s/%s.1.scd", dir, name);
    int rc = td_buf_check(&text, err);
    if (rc == TD_OK)
        rc = td_buf_check(&path, err);
    if (rc == TD_OK)
        rc = td_file_write(td_buf_str(&path), td_buf_str(&text), text.len, err);
    td_buf_deinit(&text);
    td_buf_deinit(&path);
    return rc;
}

int td_manual_write(const char *dir, struct td_err *err)
{
    int rc = td_dir_make(dir, err);
    if (rc == TD_OK)
        rc = write_page(dir, NULL, err);
    for (size_t i = 0; rc == TD_OK && td_commands[i] != NULL; i++)
        rc = write_page(dir, td_commands[i], err);
    return rc;
}
