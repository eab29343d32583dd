/* Commands and their options, as tables: they parse, check, print usage and help, complete in the shell and write the
 * man pages. Parsing is getopt_long's, so options and operands may be mixed and long names abbreviated. */
#ifndef TD_TANDEM_OPT_H
#define TD_TANDEM_OPT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

struct td_cli;

enum td_opt_kind {
    TD_OPT_FLAG,            /* bool */
    TD_OPT_TEXT,            /* const char *, borrowed from argv */
    TD_OPT_LIST,            /* struct td_opt_list: may repeat */
    TD_OPT_NUMBER,          /* int: 1 or more */
    TD_OPT_SECONDS,         /* struct td_opt_ms */
    TD_OPT_SECONDS_OPTIONAL /* struct td_opt_ms; the value may be left out */
};

struct td_opt {
    const char *name; /* NULL ends a table */
    char letter;      /* 0: none */
    enum td_opt_kind kind;
    size_t offset;   /* where in the arguments' struct */
    const char *arg; /* what the value is called; "a|b|c": one of these */
    const char *help;
};

#define TD_OPT_MAX_LIST 64
struct td_opt_list {
    const char *at[TD_OPT_MAX_LIST];
    size_t len;
};

struct td_opt_ms {
    bool given;
    int ms;
};
#define TD_OPT_WAIT_DEFAULT_MS 60000 /* --wait without a value */

/* What follows the options. */
struct td_operand {
    const char *name; /* NULL ends a table */
    size_t offset;    /* const char * */
    bool required;
    const char *choices; /* "a|b|c", or NULL */
};

struct td_exit_note {
    int code;
    const char *text; /* NULL ends a table */
};

struct td_cmd {
    const char *name;    /* "migrate deploy" */
    const char *summary; /* one line, lower case */
    const char *about;   /* paragraphs, separated by empty lines */
    const struct td_opt *opts;
    const struct td_operand *operands;
    const struct td_exit_note *exits; /* beyond 0, 1, 64 and those of any database command */
    const char *json;                 /* members of the --json answer, one a line: "name  what it is"; NULL: none */
    const char *examples;             /* one a line */
    size_t args_size;
    bool database;                                    /* opens one: its exit codes are listed */
    int (*run)(struct td_cli *cli, const void *args); /* an exit code, or -td_rc with cli->err set */
};

/* Global options: before or after the command. */
struct td_globals {
    const char *url, *config, *migrations, *schema, *color, *format, *dir;
    struct td_opt_list env_files;
    struct td_opt_ms wait, lock_timeout;
    bool no_env_file, json, quiet, verbose, trace, interactive, no_interactive, yes, read_only, help, version;
};
extern const struct td_opt td_global_opts[];

extern const struct td_cmd *const td_commands[]; /* ended by NULL; in the order of help */
const struct td_cmd *td_cmd_find(const char *name);
bool td_cmd_is_group(const char *word);             /* "migrate", "db" */
const char *td_cmd_group_summary(const char *word); /* NULL: no group */

struct td_opt_parsed {
    const struct td_cmd *cmd; /* NULL: none was named */
    const char *group;        /* a group was named, but no command in it */
    void *args;               /* of cmd->args_size; owned: td_mem_free */
};

/* Parses the whole command line. `argv` is permuted. On failure (TD_EUSAGE) what was understood so far is in `g` and
 * `out`, so that --json counts in error output too. */
TD_MUST_CHECK int td_opt_parse(int argc, char **argv, struct td_globals *g, struct td_opt_parsed *out,
                               struct td_err *err);

/* TD_EUSAGE for a word that is no command, or none of `group` (NULL: none), with what may have been meant. */
int td_opt_unknown_command(const char *group, const char *word, struct td_err *err);

/* Is `word` one of "a|b|c"? */
bool td_opt_choice(const char *choices, const char *word);
/* Calls fn for each option of a command and then each global one that it does not replace. `cmd` may be NULL. */
void td_opt_each(const struct td_cmd *cmd, void (*fn)(const struct td_opt *o, bool global, void *data), void *data);

#endif
