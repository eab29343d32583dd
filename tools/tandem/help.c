#include "tools/tandem/help.h"

#include <stdio.h>
#include <string.h>

#include "tools/tandem/exit.h"

enum { WIDTH = 78, COLUMN = 30 };

/* Wraps at WIDTH, each line indented; `at` is the column that the cursor is in. */
static void add_wrapped(struct td_buf *out, const char *text, size_t indent, size_t at)
{
    while (*text != '\0') {
        size_t word = strcspn(text, " \n");
        if (at > indent && at + 1 + word > WIDTH) {
            td_buf_printf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (at > indent) {
            td_buf_char(out, ' ');
            at++;
        }
        td_buf_add_n(out, text, word);
        at += word;
        text += word;
        if (strncmp(text, "\n\n", 2) == 0) {
            td_buf_printf(out, "\n\n%*s", (int)indent, "");
            at = indent;
        }
        text += strspn(text, " \n");
    }
    td_buf_char(out, '\n');
}

static void add_entry(struct td_buf *out, const char *left, const char *right)
{
    size_t len = strlen(left) + 2;
    td_buf_printf(out, "  %s", left);
    if (len + 1 >= COLUMN) {
        td_buf_char(out, '\n');
        len = 0;
    }
    td_buf_printf(out, "%*s", (int)(COLUMN - len), "");
    add_wrapped(out, right, COLUMN, COLUMN);
}

static void add_commands(struct td_buf *out, const char *group)
{
    for (size_t i = 0; td_commands[i] != NULL; i++) {
        const char *name = td_commands[i]->name;
        size_t len = group != NULL ? strlen(group) : 0;
        if (group == NULL || (strncmp(name, group, len) == 0 && name[len] == ' '))
            add_entry(out, name, td_commands[i]->summary);
    }
}

struct option_list {
    struct td_buf *out;
    bool global;
};

static void add_option(const struct td_opt *o, bool global, void *data)
{
    const struct option_list *l = data;
    char left[128], value[96] = "";
    if (global != l->global)
        return;
    if (o->arg != NULL)
        snprintf(value, sizeof value, o->kind == TD_OPT_SECONDS_OPTIONAL ? "[=%s]" : " %s", o->arg);
    if (o->letter != 0)
        snprintf(left, sizeof left, "-%c, --%s%s", o->letter, o->name, value);
    else
        snprintf(left, sizeof left, "    --%s%s", o->name, value);
    add_entry(l->out, left, o->help);
}

void td_help_usage(const struct td_cmd *cmd, struct td_buf *out)
{
    td_buf_printf(out, "tandem %s", cmd->name);
    for (const struct td_operand *o = cmd->operands; o != NULL && o->name != NULL; o++)
        td_buf_printf(out, o->required ? " %s" : " [%s]", o->choices != NULL ? o->choices : o->name);
    td_buf_add(out, " [OPTIONS]");
}

void td_help_overview(struct td_buf *out)
{
    struct option_list l = {out, true};
    td_buf_add(out, "tandem: write PostgreSQL, run it on SQLite, keep the two in step\n\n"
                    "usage: tandem COMMAND [OPTIONS]\n\ncommands:\n");
    add_commands(out, NULL);
    td_buf_add(out, "\nglobal options, before or after the command:\n");
    td_opt_each(NULL, add_option, &l);
    td_buf_add(out, "\n`tandem help COMMAND` says more of one; `tandem explain CODE` of an error.\n");
}

void td_help_group(const char *group, struct td_buf *out)
{
    td_buf_printf(out, "tandem %s: %s\n\nusage: tandem %s COMMAND [OPTIONS]\n\ncommands:\n", group,
                  td_cmd_group_summary(group), group);
    add_commands(out, group);
    td_buf_printf(out, "\n`tandem help %s COMMAND` says more of one.\n", group);
}

static const char *exit_text(const struct td_cmd *cmd, int code)
{
    static const struct td_exit_note always[] = {{0, NULL}, {1, NULL}, {64, NULL}, {70, NULL}, {-1, NULL}};
    static const struct td_exit_note database[] = {{69, NULL}, {75, NULL},  {77, NULL},
                                                   {78, NULL}, {130, NULL}, {143, NULL}};
    for (const struct td_exit_note *e = cmd->exits; e != NULL && e->text != NULL; e++)
        if (e->code == code)
            return e->text;
    for (const struct td_exit_note *e = always; e->code >= 0; e++)
        if (e->code == code)
            return td_exit_meaning(code);
    for (size_t i = 0; cmd->database && i < sizeof database / sizeof database[0]; i++)
        if (database[i].code == code)
            return td_exit_meaning(code);
    return NULL;
}

void td_help_exits(const struct td_cmd *cmd, void (*fn)(int code, const char *text, void *data), void *data)
{
    for (int code = 0; code < 256; code++) {
        const char *text = exit_text(cmd, code);
        if (text != NULL)
            fn(code, text, data);
    }
}

static void add_exit(int code, const char *text, void *data)
{
    char left[16];
    snprintf(left, sizeof left, "%d", code);
    add_entry(data, left, text);
}

/* "name  what it is", one a line. */
static void add_members(struct td_buf *out, const char *lines)
{
    while (*lines != '\0') {
        char left[64], right[512];
        size_t len = strcspn(lines, "\n"), name = strcspn(lines, " ");
        const char *text = lines + name + strspn(lines + name, " ");
        snprintf(left, sizeof left, "%.*s", (int)name, lines);
        snprintf(right, sizeof right, "%.*s", (int)(len - (size_t)(text - lines)), text);
        add_entry(out, left, right);
        lines += len + (lines[len] == '\n');
    }
}

void td_help_command(const struct td_cmd *cmd, struct td_buf *out)
{
    struct option_list own = {out, false}, global = {out, true};
    td_buf_printf(out, "tandem %s: %s\n\nusage: ", cmd->name, cmd->summary);
    td_help_usage(cmd, out);
    td_buf_add(out, "\n\n");
    add_wrapped(out, cmd->about, 0, 0);
    if (cmd->opts != NULL) {
        td_buf_add(out, "\noptions:\n");
        td_opt_each(cmd, add_option, &own);
    }
    td_buf_add(out, "\nglobal options:\n");
    td_opt_each(cmd, add_option, &global);
    td_buf_add(out, "\nexit codes:\n");
    td_help_exits(cmd, add_exit, out);
    if (cmd->json != NULL) {
        td_buf_add(out, "\nmembers of the --json answer:\n");
        add_members(out, "schema version of this form, 1\ncommand the command's name\n"
                         "error only after a failure: code, severity, summary, sqlstate, why, next, where, url");
        add_members(out, cmd->json);
    }
    if (cmd->examples != NULL) {
        td_buf_add(out, "\nexamples:\n");
        for (const char *p = cmd->examples; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n')
            td_buf_printf(out, "  %.*s\n", (int)strcspn(p, "\n"), p);
    }
}
