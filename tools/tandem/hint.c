#include "tools/tandem/hint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/shell.h"
#include "core/config/url.h"
#include "tools/tandem/cli.h"

static bool takes(const struct td_cmd *cmd, const char *option)
{
    for (const struct td_opt *o = cmd->opts; o != NULL && o->name != NULL; o++)
        if (strcmp(o->name, option) == 0)
            return true;
    return false;
}

/* The command that `text` begins with, behind "tandem ". */
static const struct td_cmd *command_of(const char *text, size_t len)
{
    char words[64], *space;
    snprintf(words, sizeof words, "%.*s", (int)(len < sizeof words ? len : sizeof words - 1), text);
    space = strchr(words, ' ');
    if (space != NULL)
        *space = '\0';
    if (td_cmd_is_group(words) && space != NULL) {
        *space = ' ';
        space[1 + strcspn(space + 1, " ")] = '\0';
    }
    return td_cmd_find(words);
}

static bool has_password(const char *url)
{
    struct td_buf masked = {0};
    td_url_mask(&masked, url, strlen(url));
    bool has = masked.failed != TD_OK || strcmp(td_buf_str(&masked), url) != 0;
    td_buf_deinit(&masked);
    return has;
}

static void add_url(struct td_buf *out, const char *url)
{
    static const char *const names[] = {"DATABASE_URL", "DIRECT_URL"};
    td_buf_add(out, " --url ");
    if (!has_password(url)) {
        td_shell_word(out, url);
        return;
    }
    const char *name = "URL";
    for (size_t i = 0; i < 2; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && strcmp(value, url) == 0)
            name = names[i];
    }
    td_buf_printf(out, "\"$%s\"", name);
}

static void add_option(struct td_buf *out, const char *option, const char *value)
{
    if (value == NULL)
        return;
    td_buf_printf(out, " %s ", option);
    td_shell_word(out, value);
}

static void add_options(struct td_buf *out, const struct td_cli *cli, const struct td_cmd *cmd, const char *text,
                        size_t len)
{
    const struct td_globals *g = &cli->g;
    bool doctor = strcmp(cmd->name, "doctor") == 0, files = cmd->database || doctor || takes(cmd, "skip");
    if (cmd->database && takes(cmd, "on") && memmem(text, len, " --on ", 6) == NULL)
        add_option(out, "--on", cli->on);
    for (size_t i = 0; cli->skip != NULL && i < cli->skip->len && cmd->database && takes(cmd, "skip"); i++)
        add_option(out, "--skip", cli->skip->at[i]);
    if (g->url != NULL && (cmd->database || doctor))
        add_url(out, g->url);
    if (!files)
        return;
    add_option(out, "--migrations", g->migrations);
    add_option(out, "--schema", g->schema);
    add_option(out, "--config", g->config);
    for (size_t i = 0; i < g->env_files.len; i++)
        add_option(out, "--env-file", g->env_files.at[i]);
    if (g->no_env_file)
        td_buf_add(out, " --no-env-file");
    add_option(out, "-C", g->dir);
}

void td_hint_options(struct td_buf *out, const struct td_cli *cli, const char *command)
{
    const struct td_cmd *cmd = command_of(command, strlen(command));
    if (cmd != NULL)
        add_options(out, cli, cmd, command, strlen(command));
}

/* --- -C DIR: the paths in commands of the shell are meant in DIR, and typed where the user is --- */

/* A command that messages suggest, if one begins here: its length with the blank after it. */
static size_t shell_command(const char *text, const char *at)
{
    static const char *const all[] = {"mv ", "rm ", "rmdir ", "mkdir ", "ls ", "git "};
    bool begins = at == text || (at - text >= 2 && at[-1] == ' ' && strchr(" ;&", at[-2]) != NULL);
    for (size_t i = 0; begins && i < sizeof all / sizeof *all; i++)
        if (strncmp(at, all[i], strlen(all[i])) == 0)
            return strlen(all[i]);
    return 0;
}

/* Behind a word of the shell, in whatever quotes core/base/shell.h gave it. */
static const char *word_end(const char *p)
{
    while (*p != '\0' && *p != ' ' && *p != ';') {
        bool escapes = p[0] == '$' && p[1] == '\'';
        p += escapes;
        if (*p == '\'')
            for (p++; *p != '\0' && *p != '\''; p++)
                p += escapes && *p == '\\' && p[1] != '\0';
        else if (*p == '\\' && p[1] != '\0')
            p++;
        p += *p != '\0';
    }
    return p;
}

/* The paths up to the end of the command. */
static const char *add_paths(struct td_buf *out, const char *dir, const char *p)
{
    while (*p != '\0' && *p != ' ' && *p != ';' && *p != '&') {
        const char *end = word_end(p);
        if (*p != '-' && *p != '/') {
            td_shell_word(out, dir);
            td_buf_add(out, dir[strlen(dir) - 1] == '/' ? "" : "/");
        }
        end += *end == ' ';
        td_buf_add_n(out, p, (size_t)(end - p));
        p = end;
    }
    return p;
}

static void add_in_directory(struct td_buf *out, const char *dir, const char *text)
{
    for (const char *p = text; *p != '\0';) {
        size_t len = shell_command(text, p);
        if (len == 0) {
            td_buf_char(out, *p++);
            continue;
        }
        td_buf_add_n(out, p, len);
        if (strncmp(p, "git ", len) == 0) {
            td_buf_add(out, "-C ");
            td_shell_word(out, dir);
            td_buf_char(out, ' ');
            p += len;
        } else {
            p = add_paths(out, dir, p + len);
        }
    }
}

static void complete(struct td_buf *out, const struct td_cli *cli, const char *text)
{
    const char *done = text, *at;
    size_t len;
    while ((at = td_diag_command(text, done, &len)) != NULL) {
        const struct td_cmd *cmd = command_of(at + strlen("tandem "), len - strlen("tandem "));
        td_buf_add_n(out, done, (size_t)(at + len - done));
        done = at + len;
        if (cmd != NULL)
            add_options(out, cli, cmd, at, len);
    }
    td_buf_add(out, done);
}

void td_hint_complete(struct td_buf *out, const struct td_cli *cli, const char *text)
{
    struct td_buf here = {0};
    if (cli->g.dir == NULL || cli->g.dir[0] == '\0') {
        complete(out, cli, text);
        return;
    }
    add_in_directory(&here, cli->g.dir, text);
    complete(out, cli, td_buf_str(&here));
    td_buf_deinit(&here);
}

void td_hint_complete_err(const struct td_cli *cli, struct td_err *err)
{
    struct td_buf b = {0};
    td_hint_complete(&b, cli, err->next);
    if (b.failed == TD_OK && b.len < sizeof err->next)
        memcpy(err->next, td_buf_str(&b), b.len + 1);
    td_buf_deinit(&b);
}
