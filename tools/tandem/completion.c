/* Words of ours are all plain (letters, digits, '-', '|'), so they need no quoting; help texts do, and so do names of
 * migrations, which are anybody's: they are never part of what a shell expands or evaluates. */
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

#define KINDS "trigger function procedure do policy partition exclusion materialized other"

/* Of a migration, and of statements to skip. */
static bool is_name(const struct td_opt *o)
{
    return o->arg != NULL && strcmp(o->arg, "NAME") == 0;
}

static bool is_kind(const struct td_opt *o)
{
    return o->arg != NULL && strcmp(o->arg, "KIND") == 0;
}

/* Text inside single quotes of zsh, which reads the brackets of an option's description once more. */
static void add_zsh(struct td_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            td_buf_add(out, "'\\''");
            continue;
        }
        if (strchr("[]\\", *text) != NULL)
            td_buf_char(out, '\\');
        td_buf_char(out, *text);
    }
}

static void add_fish(struct td_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            td_buf_char(out, '\\');
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

static bool takes_value(const struct td_opt *o)
{
    return o->kind == TD_OPT_TEXT || o->kind == TD_OPT_LIST || o->kind == TD_OPT_NUMBER || o->kind == TD_OPT_SECONDS;
}

/* "--name|-n|" */
static void bash_pattern(const struct td_opt *o, bool global, void *data)
{
    struct td_buf *out = data;
    (void)global;
    if (!takes_value(o))
        return;
    td_buf_printf(out, "%s--%s", out->len > 0 && td_buf_str(out)[out->len - 1] != ' ' ? "|" : "", o->name);
    if (o->letter != 0)
        td_buf_printf(out, "|-%c", o->letter);
}

/* What the option before the cursor takes. */
static void bash_value(const struct td_opt *o, bool global, void *data)
{
    struct td_buf *out = data;
    (void)global;
    if (!takes_value(o))
        return;
    td_buf_printf(out, "        --%s%s%.1s) ", o->name, o->letter != 0 ? "|-" : "", o->letter != 0 ? &o->letter : "");
    if (is_choice(o)) {
        td_buf_add(out, "_tandem_offer ");
        add_choices(out, o->arg);
        td_buf_add(out, "; ");
    } else if (is_name(o)) {
        td_buf_add(out, "_tandem_migrations; ");
    } else if (is_kind(o)) {
        td_buf_add(out, "_tandem_offer " KINDS "; ");
    }
    td_buf_add(out, "return ;;\n"); /* nothing offered: readline looks for files */
}

static void bash_command(struct td_buf *out, const struct td_cmd *c)
{
    const struct td_operand *operand = c->operands;
    td_buf_printf(out, "    '%s')\n        case \"$prev\" in\n", c->name);
    td_opt_each(c, bash_value, out);
    td_buf_add(out, "        esac\n        if [[ $cur == -* ]]; then\n            _tandem_offer ");
    td_opt_each(c, bash_option, out);
    if (operand != NULL)
        td_buf_add(out, "\n        else\n            ");
    if (operand != NULL && operand->choices != NULL) {
        td_buf_add(out, "_tandem_offer ");
        add_choices(out, operand->choices);
    } else if (operand != NULL && strcmp(operand->name, "NAME") == 0) {
        td_buf_add(out, "_tandem_migrations");
    } else if (operand != NULL && strcmp(operand->name, "CODE") == 0) {
        td_buf_add(out, "_tandem_offer $(tandem explain 2>/dev/null | cut -d' ' -f1)"); /* ours, all of them plain */
    } else if (operand != NULL && strcmp(operand->name, "COMMAND") == 0) {
        td_buf_add(out, "_tandem_offer $(_tandem_commands \"$operand\")");
    }
    td_buf_add(out, "\n        fi ;;\n");
}

static void bash_groups(struct td_buf *out, const char *format)
{
    const char *groups[] = {"migrate", "db", "sync", "tenant"};
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        struct td_buf words = {0};
        for (size_t i = 0; td_commands[i] != NULL; i++) {
            size_t len = strlen(groups[g]);
            if (strncmp(td_commands[i]->name, groups[g], len) == 0 && td_commands[i]->name[len] == ' ')
                td_buf_printf(&words, "%s ", td_commands[i]->name + len + 1);
        }
        td_buf_printf(out, "%s%s%s%s%s", "    ", groups[g], format, td_buf_str(&words), "' ;;\n");
        td_buf_deinit(&words);
    }
}

/* Readline breaks words at "=" and ":" too, so that a value may be several of them. */
static void bash_walk(struct td_buf *out)
{
    struct td_buf pattern = {0};
    td_opt_each(NULL, bash_pattern, &pattern);
    for (size_t i = 0; td_commands[i] != NULL; i++)
        for (const struct td_opt *o = td_commands[i]->opts; o != NULL && o->name != NULL; o++)
            bash_pattern(o, false, &pattern);
    td_buf_printf(out,
                  "_tandem() {\n    local cur prev cmd= operand= w i\n    cur=${COMP_WORDS[COMP_CWORD]}\n"
                  "    prev=${COMP_WORDS[COMP_CWORD-1]}\n    COMPREPLY=()\n"
                  "    [[ $prev != = ]] || prev=${COMP_WORDS[COMP_CWORD-2]}\n"
                  "    [[ $cur != = ]] || { prev=${COMP_WORDS[COMP_CWORD-1]}; cur=; }\n"
                  "    for ((i = 1; i < COMP_CWORD; i++)); do\n        w=${COMP_WORDS[i]}\n"
                  "        case \"$w\" in\n        %s)\n"
                  "            [[ ${COMP_WORDS[i+1]} != = ]] || i=$((i + 1))\n            i=$((i + 1))\n"
                  "            while [[ ${COMP_WORDS[i+1]} == [:=] ]]; do i=$((i + 2)); done\n"
                  "            continue ;;\n        -*) continue ;;\n        esac\n"
                  "        case \"$cmd\" in\n        ''|migrate|db|sync|tenant) cmd=${cmd:+$cmd }$w ;;\n"
                  "        *) operand=$w ;;\n        esac\n    done\n",
                  td_buf_str(&pattern));
    td_buf_deinit(&pattern);
}

void td_completion_bash(struct td_buf *out)
{
    td_buf_add(out,
               "# bash completion for tandem\n"
               "_tandem_migrations() {\n    local d=migrations\n    [ -d prisma/migrations ] && d=prisma/migrations\n"
               "    local m names=()\n    for m in \"$d\"/*/; do\n        m=${m%/}\n"
               "        [ ! -e \"$m/migration.sql\" ] || names+=(\"${m##*/}\")\n    done\n"
               "    _tandem_offer \"${names[@]}\"\n}\n\n"
               "# Offers the arguments that begin with what is typed, each as one word; compgen -W would expand them.\n"
               "_tandem_offer() {\n    local w q typed=${cur#[\\\"\\']}\n    for w; do\n        printf -v q %q \"$w\"\n"
               "        if [[ $typed != \"$cur\" ]]; then # a quotation mark is open: nothing in the name may end it\n"
               "            [[ $w != \"$typed\"* || $w == *[\\\"\\'\\`\\$\\\\\\!]* ]] || COMPREPLY+=(\"$w\")\n"
               "        elif [[ $w == \"$cur\"* || $q == \"$cur\"* ]]; then\n            COMPREPLY+=(\"$q\")\n"
               "        fi\n    done\n}\n\n"
               "_tandem_commands() {\n    case \"$1\" in\n    '') echo '");
    each_first(out, add_word);
    td_buf_add(out, "' ;;\n");
    bash_groups(out, ") echo '");
    td_buf_add(out, "    esac\n}\n\n");
    bash_walk(out);
    td_buf_add(out, "    case \"$cmd\" in\n    ''|migrate|db|sync|tenant)\n        case \"$prev\" in\n");
    td_opt_each(NULL, bash_value, out);
    td_buf_add(out, "        esac\n        if [[ $cur == -* ]]; then\n            _tandem_offer ");
    td_opt_each(NULL, bash_option, out);
    td_buf_add(out, "\n        else\n            _tandem_offer $(_tandem_commands \"$cmd\")\n        fi ;;\n");
    for (size_t i = 0; td_commands[i] != NULL; i++)
        bash_command(out, td_commands[i]);
    td_buf_add(out, "    esac\n}\ncomplete -o default -F _tandem tandem\n");
}

/* --- zsh */

static void zsh_word(struct td_buf *out, const char *word, const char *summary)
{
    td_buf_printf(out, "        '%s:", word);
    add_zsh(out, summary);
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
    add_zsh(out, o->help);
    td_buf_char(out, ']');
    if (o->kind != TD_OPT_FLAG) {
        td_buf_printf(out, "%s:value:", o->kind == TD_OPT_SECONDS_OPTIONAL ? ":" : "");
        if (is_choice(o)) {
            td_buf_char(out, '(');
            add_choices(out, o->arg);
            td_buf_char(out, ')');
        } else if (is_path(o)) {
            td_buf_add(out, "_files");
        } else if (is_kind(o)) {
            td_buf_add(out, "(" KINDS ")");
        } else if (is_name(o)) {
            td_buf_add(out, "_tandem_migrations");
        }
    }
    td_buf_char(out, '\'');
}

void td_completion_zsh(struct td_buf *out)
{
    td_buf_add(out, "#compdef tandem\n"
                    "_tandem_migrations() {\n    local d=migrations\n    [[ -d prisma/migrations ]] && "
                    "d=prisma/migrations\n    compadd -- $d/*/migration.sql(N:h:t)\n}\n"
                    "_tandem() {\n    local -a first\n    first=(\n");
    each_first(out, zsh_word);
    td_buf_add(out, "    )\n    if (( CURRENT == 2 )); then _describe command first; return; fi\n"
                    "    case \"$words[2]\" in\n");
    const char *groups[] = {"migrate", "db", "sync", "tenant"};
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
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
        int words = strchr(c->name, ' ') != NULL ? 2 : 1; /* _arguments counts from the command's own word */
        td_buf_printf(out, "    '%s'%s) words=(\"${(@)words[%d,-1]}\"); (( CURRENT -= %d )); _arguments", c->name,
                      words == 2 ? "" : "' '*", words + 1, words);
        td_opt_each(c, zsh_option, out);
        if (c->operands != NULL && c->operands->choices != NULL) {
            td_buf_add(out, " \\\n            '*:value:(");
            add_choices(out, c->operands->choices);
            td_buf_add(out, ")'");
        } else if (c->operands != NULL && strcmp(c->operands->name, "NAME") == 0) {
            td_buf_add(out, " \\\n            ':migration:_tandem_migrations'");
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
    } else if (is_kind(o)) {
        td_buf_add(f->out, " -a '" KINDS "'");
    } else if (is_name(o)) {
        td_buf_add(f->out, " -a '(__tandem_migrations)'");
    }
    td_buf_add(f->out, " -d '");
    add_fish(f->out, o->help);
    td_buf_add(f->out, "'\n");
}

static void fish_word(struct td_buf *out, const char *word, const char *summary)
{
    td_buf_printf(out, "complete -c tandem -f -n __fish_use_subcommand -a %s -d '", word);
    add_fish(out, summary);
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
        add_fish(out, c->summary);
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
    } else if (c->operands != NULL && strcmp(c->operands->name, "NAME") == 0) {
        td_buf_printf(out, "complete -c tandem -f -n '%s' -a '(__tandem_migrations)'\n", condition);
    }
}

void td_completion_fish(struct td_buf *out)
{
    struct fish global = {out, NULL};
    td_buf_add(
        out, "# fish completion for tandem\n"
             "function __tandem_migrations\n    set -l d migrations\n    test -d prisma/migrations; and set d "
             "prisma/migrations\n    for f in $d/*/migration.sql\n        set -l parts (string split -r -m2 / -- $f)\n"
             "        printf '%s\\n' $parts[-2]\n    end\nend\n");
    each_first(out, fish_word);
    td_opt_each(NULL, fish_option, &global);
    for (size_t i = 0; td_commands[i] != NULL; i++)
        fish_command(out, td_commands[i]);
}
