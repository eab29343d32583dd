/* Words are all plain (letters, digits, '-', '|'), so they need no quoting; help texts do. */
#include "tools/tandem/completion.h"

#include <stdio.h>
#include <string.h>

#include "tools/tandem/opt.h"

static void add_choices(struct td_buf *out, const char *choices)
{
    for (; *choices != '\0'; choices++)
        td_buf_char(out, *choices == '|' ? ' ' : *choices);
}

static bool is_choice(const struct td_opt *o)
{
    return o->arg != NULL && strchr(o->arg, '|') != NULL;
}

static bool is_path(const struct td_opt *o)
{
    return o->arg != NULL && (strcmp(o->arg, "FILE") == 0 || strcmp(o->arg, "DIR") == 0);
}

/* Text inside single quotes, for every shell here. */
static void add_quoted(struct td_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text != '\'' && *text != '[' && *text != ']' && *text != ':' && *text != '\\')
            td_buf_char(out, *text);
    }
}

/* The distinct first words, then for each group its commands. */
static void each_first(struct td_buf *out, void (*fn)(struct td_buf *out, const char *word, const char *summary))
{
    const char *group = "";
    for (size_t i = 0; td_commands[i] != NULL; i++) {
        char word[32] = "";
        size_t len = strcspn(td_commands[i]->name, " ");
        memcpy(word, td_commands[i]->name, len < sizeof word ? len : 0);
        bool in_group = td_commands[i]->name[len] == ' ';
        if (in_group && strncmp(group, td_commands[i]->name, len + 1) == 0)
            continue;
        group = in_group ? td_commands[i]->name : "";
        fn(out, word, in_group ? td_cmd_group_summary(word) : td_commands[i]->summary);
    }
}

static void add_word(struct td_buf *out, const char *word, const char *summary)
{
    (void)summary;
    td_buf_printf(out, "%s ", word);
}

/* --- bash */

static void bash_option(const struct td_opt *o, bool global, void *data)
{
    struct td_buf *out = data;
    (void)global;
    td_buf_printf(out, "--%s ", o->name);
    if (o->letter != 0)
        td_buf_printf(out, "-%c ", o->letter);
}

static void bash_value(const struct td_opt *o, bool global, void *data)
{
    struct td_buf *out = data;
    (void)global;
    if (is_choice(o)) {
        td_buf_printf(out, "        --%s) COMPREPLY=($(compgen -W '", o->name);
        add_choices(out, o->arg);
        td_buf_add(out, "' -- \"$cur\")); return ;;\n");
    } else if (is_path(o)) {
        td_buf_printf(out, "        --%s%s%.1s) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", o->name,
                      o->letter != 0 ? "|-" : "", o->letter != 0 ? &o->letter : "");
    } else if (o->kind == TD_OPT_TEXT || o->kind == TD_OPT_LIST || o->kind == TD_OPT_SECONDS) {
        td_buf_printf(out, "        --%s) return ;;\n", o->name);
    }
}

static void bash_command(struct td_buf *out, const struct td_cmd *c)
{
    td_buf_printf(out, "    '%s')\n        case \"$prev\" in\n", c->name);
    td_opt_each(c, bash_value, out);
    td_buf_add(out, "        esac\n        words='");
    td_opt_each(c, bash_option, out);
    td_buf_add(out, "'\n        [[ $cur == -* ]] || words='");
    if (c->operands != NULL && c->operands->choices != NULL)
        add_choices(out, c->operands->choices);
    td_buf_add(out, "'\n");
    if (c->operands != NULL && strcmp(c->operands->name, "NAME") == 0)
        td_buf_add(out, "        [[ $cur == -* ]] || words=$(_tandem_migrations)\n");
    td_buf_add(out, "        ;;\n");
}

void td_completion_bash(struct td_buf *out)
{
    td_buf_add(out,
               "# bash completion for tandem\n"
               "_tandem_migrations() {\n    local d=migrations\n    [ -d prisma/migrations ] && d=prisma/migrations\n"
               "    local m\n    for m in \"$d\"/*/; do m=${m%/}; [ -e \"$m/migration.sql\" ] && "
               "printf '%s ' \"${m##*/}\"; done\n}\n\n"
               "_tandem() {\n    local cur prev words cmd= w i\n    cur=${COMP_WORDS[COMP_CWORD]}\n"
               "    prev=${COMP_WORDS[COMP_CWORD-1]}\n    COMPREPLY=()\n"
               "    for ((i = 1; i < COMP_CWORD; i++)); do\n        w=${COMP_WORDS[i]}\n"
               "        case \"$cmd\" in\n        ''|migrate|db) [[ $w == -* ]] || cmd=${cmd:+$cmd }$w ;;\n"
               "        esac\n    done\n    case \"$cmd\" in\n    '') words='");
    each_first(out, add_word);
    td_opt_each(NULL, bash_option, out);
    td_buf_add(out, "' ;;\n");
    const char *groups[] = {"migrate", "db"};
    for (size_t g = 0; g < 2; g++) {
        td_buf_printf(out, "    %s) words='", groups[g]);
        for (size_t i = 0; td_commands[i] != NULL; i++) {
            size_t len = strlen(groups[g]);
            if (strncmp(td_commands[i]->name, groups[g], len) == 0 && td_commands[i]->name[len] == ' ')
                td_buf_printf(out, "%s ", td_commands[i]->name + len + 1);
        }
        td_buf_add(out, "' ;;\n");
    }
    for (size_t i = 0; td_commands[i] != NULL; i++)
        bash_command(out, td_commands[i]);
    td_buf_add(out, "    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\n"
                    "complete -o default -F _tandem tandem\n");
}

/* --- zsh */

static void zsh_word(struct td_buf *out, const char *word, const char *summary)
{
    td_buf_printf(out, "        '%s:", word);
    add_quoted(out, summary);
    td_buf_add(out, "'\n");
}

static void zsh_option(const struct td_opt *o, bool global, void *data)
{
    struct td_buf *out = data;
    (void)global;
    td_buf_printf(out, " \\\n            '%s--%s%s[", o->kind == TD_OPT_LIST ? "*" : "", o->name,
                  o->kind == TD_OPT_FLAG               ? ""
                  : o->kind == TD_OPT_SECONDS_OPTIONAL ? "=-"
                                                       : "=");
    add_quoted(out, o->help);
    td_buf_char(out, ']');
    if (o->kind != TD_OPT_FLAG) {
        td_buf_printf(out, "%s:value:", o->kind == TD_OPT_SECONDS_OPTIONAL ? ":" : "");
        if (is_choice(o)) {
            td_buf_char(out, '(');
            add_choices(out, o->arg);
            td_buf_char(out, ')');
        } else if (is_path(o)) {
            td_buf_add(out, "_files");
        }
    }
    td_buf_char(out, '\'');
}

void td_completion_zsh(struct td_buf *out)
{
    td_buf_add(out, "#compdef tandem\n_tandem() {\n    local -a first\n    first=(\n");
    each_first(out, zsh_word);
    td_buf_add(out, "    )\n    if (( CURRENT == 2 )); then _describe command first; return; fi\n"
                    "    case \"$words[2]\" in\n");
    const char *groups[] = {"migrate", "db"};
    for (size_t g = 0; g < 2; g++) {
        td_buf_printf(out, "    %s) if (( CURRENT == 3 )); then local -a second; second=(\n", groups[g]);
        for (size_t i = 0; td_commands[i] != NULL; i++) {
            size_t len = strlen(groups[g]);
            if (strncmp(td_commands[i]->name, groups[g], len) == 0 && td_commands[i]->name[len] == ' ')
                zsh_word(out, td_commands[i]->name + len + 1, td_commands[i]->summary);
        }
        td_buf_add(out, "        ); _describe command second; return; fi ;;\n");
    }
    td_buf_add(out, "    esac\n    case \"$words[2] $words[3]\" in\n");
    for (size_t i = 0; td_commands[i] != NULL; i++) {
        const struct td_cmd *c = td_commands[i];
        td_buf_printf(out, "    '%s'%s) _arguments", c->name, strchr(c->name, ' ') != NULL ? "" : "' '*");
        td_opt_each(c, zsh_option, out);
        if (c->operands != NULL && c->operands->choices != NULL) {
            td_buf_add(out, " \\\n            '*:value:(");
            add_choices(out, c->operands->choices);
            td_buf_add(out, ")'");
        }
        td_buf_add(out, " ;;\n");
    }
    td_buf_add(out, "    esac\n}\n_tandem \"$@\"\n");
}

/* --- fish */

struct fish {
    struct td_buf *out;
    const char *condition;
};

static void fish_option(const struct td_opt *o, bool global, void *data)
{
    const struct fish *f = data;
    if (global != (f->condition == NULL))
        return;
    td_buf_add(f->out, "complete -c tandem");
    if (f->condition != NULL)
        td_buf_printf(f->out, " -n '%s'", f->condition);
    td_buf_printf(f->out, " -l %s", o->name);
    if (o->letter != 0)
        td_buf_printf(f->out, " -s %c", o->letter);
    if (o->kind != TD_OPT_FLAG && o->kind != TD_OPT_SECONDS_OPTIONAL)
        td_buf_add(f->out, is_path(o) ? " -rF" : " -x");
    if (is_choice(o)) {
        td_buf_add(f->out, " -a '");
        add_choices(f->out, o->arg);
        td_buf_char(f->out, '\'');
    }
    td_buf_add(f->out, " -d '");
    add_quoted(f->out, o->help);
    td_buf_add(f->out, "'\n");
}

static void fish_word(struct td_buf *out, const char *word, const char *summary)
{
    td_buf_printf(out, "complete -c tandem -f -n __fish_use_subcommand -a %s -d '", word);
    add_quoted(out, summary);
    td_buf_add(out, "'\n");
}

static void fish_command(struct td_buf *out, const struct td_cmd *c)
{
    char condition[160];
    struct fish f = {out, condition};
    const char *space = strchr(c->name, ' ');
    int group = space != NULL ? (int)(space - c->name) : 0;
    if (space != NULL) {
        td_buf_printf(out,
                      "complete -c tandem -f -n '__fish_seen_subcommand_from %.*s; and test (count (commandline "
                      "-opc)) -eq 2' -a %s -d '",
                      group, c->name, space + 1);
        add_quoted(out, c->summary);
        td_buf_add(out, "'\n");
        snprintf(condition, sizeof condition, "__fish_seen_subcommand_from %.*s; and __fish_seen_subcommand_from %s",
                 group, c->name, space + 1);
    } else {
        snprintf(condition, sizeof condition, "__fish_seen_subcommand_from %s", c->name);
    }
    td_opt_each(c, fish_option, &f);
    if (c->operands != NULL && c->operands->choices != NULL) {
        td_buf_printf(out, "complete -c tandem -f -n '%s' -a '", condition);
        add_choices(out, c->operands->choices);
        td_buf_add(out, "'\n");
    }
}

void td_completion_fish(struct td_buf *out)
{
    struct fish global = {out, NULL};
    td_buf_add(out, "# fish completion for tandem\n");
    each_first(out, fish_word);
    td_opt_each(NULL, fish_option, &global);
    for (size_t i = 0; td_commands[i] != NULL; i++)
        fish_command(out, td_commands[i]);
}
