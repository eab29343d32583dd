#include "tools/tandem/opt.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/nearest.h"

enum { MAX_OPTS = 64, FIRST_VALUE = 1000 };

const struct td_opt td_global_opts[] = {
    {"url", 0, TD_OPT_TEXT, offsetof(struct td_globals, url), "URL", "the database; wins over every other source"},
    {"env-file", 0, TD_OPT_LIST, offsetof(struct td_globals, env_files), "FILE",
     "read this file instead of .env.local and .env; may repeat, the last one wins"},
    {"no-env-file", 0, TD_OPT_FLAG, offsetof(struct td_globals, no_env_file), NULL, "read no .env file"},
    {"config", 0, TD_OPT_TEXT, offsetof(struct td_globals, config), "FILE", "configuration instead of ./tandem.json"},
    {"migrations", 0, TD_OPT_TEXT, offsetof(struct td_globals, migrations), "DIR",
     "the migrations folder; default prisma/migrations if it is there, else migrations"},
    {"schema", 0, TD_OPT_TEXT, offsetof(struct td_globals, schema), "FILE",
     "a schema file: the migrations folder is the one beside it"},
    {"json", 0, TD_OPT_FLAG, offsetof(struct td_globals, json), NULL, "answer in JSON; the same as --format json"},
    {"format", 0, TD_OPT_TEXT, offsetof(struct td_globals, format), "text|json", "form of the answer"},
    {"quiet", 'q', TD_OPT_FLAG, offsetof(struct td_globals, quiet), NULL, "only the answer and errors"},
    {"verbose", 'v', TD_OPT_FLAG, offsetof(struct td_globals, verbose), NULL, "say more of what is done"},
    {"trace", 0, TD_OPT_FLAG, offsetof(struct td_globals, trace), NULL,
     "say where each setting comes from and how long each step takes"},
    {"color", 0, TD_OPT_TEXT, offsetof(struct td_globals, color), "auto|always|never",
     "colour; auto: on a terminal, unless NO_COLOR is set"},
    {"interactive", 0, TD_OPT_FLAG, offsetof(struct td_globals, interactive), NULL,
     "questions may be asked (no command of this version asks any)"},
    {"no-interactive", 0, TD_OPT_FLAG, offsetof(struct td_globals, no_interactive), NULL, "ask nothing"},
    {"yes", 'y', TD_OPT_FLAG, offsetof(struct td_globals, yes), NULL,
     "take the defaults of questions; never consents to a loss of data"},
    {"wait", 0, TD_OPT_SECONDS_OPTIONAL, offsetof(struct td_globals, wait), "SECONDS",
     "wait so long for another deployer (60 by default, 0: not at all) or for a server to come up; where it is given, "
     "so "
     "long for another program's lock on an SQLite file, too"},
    {"lock-timeout", 0, TD_OPT_SECONDS, offsetof(struct td_globals, lock_timeout), "SECONDS",
     "PostgreSQL's lock_timeout for each statement; default 5"},
    {"read-only", 0, TD_OPT_FLAG, offsetof(struct td_globals, read_only), NULL, "refuse every command that writes"},
    {"directory", 'C', TD_OPT_TEXT, offsetof(struct td_globals, dir), "DIR", "change to DIR first"},
    {"help", 'h', TD_OPT_FLAG, offsetof(struct td_globals, help), NULL, "help for the command, on stdout"},
    {"version", 'V', TD_OPT_FLAG, offsetof(struct td_globals, version), NULL, "the version, on stdout"},
    {0},
};

bool td_opt_choice(const char *choices, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = choices; p != NULL; p = strchr(p, '|')) {
        p += *p == '|';
        if (len > 0 && strcspn(p, "|") == len && memcmp(p, word, len) == 0)
            return true;
    }
    return false;
}

static bool replaced(const struct td_cmd *cmd, const char *name)
{
    for (const struct td_opt *o = cmd != NULL ? cmd->opts : NULL; o != NULL && o->name != NULL; o++)
        if (strcmp(o->name, name) == 0)
            return true;
    return false;
}

void td_opt_each(const struct td_cmd *cmd, void (*fn)(const struct td_opt *o, bool global, void *data), void *data)
{
    for (const struct td_opt *o = cmd != NULL ? cmd->opts : NULL; o != NULL && o->name != NULL; o++)
        fn(o, false, data);
    for (const struct td_opt *o = td_global_opts; o->name != NULL; o++)
        if (!replaced(cmd, o->name))
            fn(o, true, data);
}

/* getopt_long's form of our tables. */
struct table {
    const struct td_opt *opts[MAX_OPTS];
    bool global[MAX_OPTS];
    struct option longs[MAX_OPTS + 1];
    char shorts[2 * MAX_OPTS + 3];
    size_t n, n_shorts;
};

static void table_add(const struct td_opt *o, bool global, void *data)
{
    struct table *t = data;
    int has_arg = o->kind == TD_OPT_FLAG ? no_argument : required_argument;
    if (o->kind == TD_OPT_SECONDS_OPTIONAL)
        has_arg = optional_argument;
    TD_ASSERT(t->n < MAX_OPTS);
    t->opts[t->n] = o;
    t->global[t->n] = global;
    t->longs[t->n] = (struct option){o->name, has_arg, NULL, FIRST_VALUE + (int)t->n};
    if (o->letter != 0) {
        t->shorts[t->n_shorts++] = o->letter;
        if (has_arg == required_argument)
            t->shorts[t->n_shorts++] = ':';
    }
    t->n++;
}

static void table_init(struct table *t, const struct td_cmd *cmd)
{
    memset(t, 0, sizeof *t);
    if (cmd == NULL)
        t->shorts[t->n_shorts++] = '+'; /* stop at the first word: it is the command */
    t->shorts[t->n_shorts++] = ':';
    td_opt_each(cmd, table_add, t);
}

static int put_seconds(const struct td_opt *o, const char *value, struct td_opt_ms *out, struct td_err *err)
{
    out->given = true;
    out->ms = TD_OPT_WAIT_DEFAULT_MS;
    if (value == NULL)
        return TD_OK;
    char *end;
    errno = 0;
    double s = strtod(value, &end);
    if (end == value || *end != '\0' || errno != 0 || !(s >= 0 && s <= INT_MAX / 1000)) {
        td_err_set(err, TD_C_CLI_VALUE, "--%s takes a number of seconds, not \"%s\"", o->name, value);
        return td_err_next(err, "Write for example --%s=30.", o->name);
    }
    out->ms = (int)(s * 1000);
    return TD_OK;
}

static int put_number(const struct td_opt *o, const char *value, int *out, struct td_err *err)
{
    char *end;
    errno = 0;
    long n = strtol(value, &end, 10);
    if (*end != '\0' || errno != 0 || n < 1 || n > INT_MAX) {
        td_err_set(err, TD_C_CLI_VALUE, "--%s takes a number from 1 on, not \"%s\"", o->name, value);
        return td_err_next(err, "Write for example --%s 4.", o->name);
    }
    *out = (int)n;
    return TD_OK;
}

static int put(const struct td_opt *o, const char *value, void *base, struct td_err *err)
{
    void *at = (char *)base + o->offset;
    if (o->arg != NULL && strchr(o->arg, '|') != NULL && value != NULL && !td_opt_choice(o->arg, value)) {
        td_err_set(err, TD_C_CLI_VALUE, "--%s cannot be \"%s\"", o->name, value);
        return td_err_next(err, "It is one of %s.", o->arg);
    }
    if (o->kind != TD_OPT_FLAG && o->kind != TD_OPT_SECONDS_OPTIONAL && value != NULL && *value == '\0') {
        td_err_set(err, TD_C_CLI_VALUE, "--%s needs a value that is not empty", o->name);
        return td_err_next(err, "A variable in the command line may be unset.");
    }
    switch (o->kind) {
    case TD_OPT_FLAG: *(bool *)at = true; return TD_OK;
    case TD_OPT_TEXT: *(const char **)at = value; return TD_OK;
    case TD_OPT_NUMBER: return put_number(o, value, at, err);
    case TD_OPT_SECONDS:
    case TD_OPT_SECONDS_OPTIONAL: return put_seconds(o, value, at, err);
    case TD_OPT_LIST: break;
    }
    struct td_opt_list *list = at;
    if (list->len == TD_OPT_MAX_LIST)
        return td_err_set(err, TD_C_CLI_VALUE, "--%s more than %d times", o->name, TD_OPT_MAX_LIST);
    list->at[list->len++] = value;
    return TD_OK;
}

/* "--wait 30": getopt_long gives an optional value only after "=", and a number that follows is no operand of any
 * command. */
static const char *number_behind(const struct td_opt *o, int argc, char **argv)
{
    const char *word = o->kind == TD_OPT_SECONDS_OPTIONAL && optind < argc ? argv[optind] : "";
    if (*word == '\0' || word[strspn(word, "0123456789.")] != '\0')
        return NULL;
    optind++;
    return word;
}

static int unknown_option(const struct table *t, const char *word, struct td_err *err)
{
    struct td_nearest s;
    if (strncmp(word, "--", 2) != 0) {
        td_err_set(err, TD_C_CLI_OPTION, "unknown option in \"%s\"", word);
        return td_err_next(err, "`tandem help` lists the options.");
    }
    size_t len = strcspn(word + 2, "=");
    td_nearest_init(&s, word + 2, len);
    for (size_t i = 0; i < t->n; i++)
        td_nearest_try(&s, t->opts[i]->name);
    td_err_set(err, TD_C_CLI_OPTION, "unknown option \"--%.*s\"", (int)len, word + 2);
    if (s.best != NULL)
        return td_err_next(err, "Did you mean --%s?", s.best);
    return td_err_next(err, "`tandem help` lists the options.");
}

static int bad_option(const struct table *t, int c, char **argv, struct td_err *err)
{
    const char *word = argv[optind > 0 ? optind - 1 : 0];
    if (c == ':') {
        td_err_set(err, TD_C_CLI_VALUE, "option \"%s\" needs a value", word);
        return td_err_next(err, "`tandem help` says which.");
    }
    if (optopt >= FIRST_VALUE) { /* a flag with =VALUE */
        td_err_set(err, TD_C_CLI_VALUE, "--%s takes no value", t->opts[optopt - FIRST_VALUE]->name);
        return td_err_next(err, "Leave out what follows the \"=\".");
    }
    if (optopt != 0) {
        td_err_set(err, TD_C_CLI_OPTION, "unknown option \"-%c\"", optopt);
        return td_err_next(err, "`tandem help` lists the options.");
    }
    return unknown_option(t, word, err);
}

/* Parses options up to the first word that is none (no command yet) or all of them. argv[0] is passed over. */
static int parse_options(int argc, char **argv, const struct td_cmd *cmd, struct td_globals *g, void *args,
                         struct td_err *err)
{
    struct table t;
    int c, first = TD_OK;
    table_init(&t, cmd);
    opterr = 0;
    optind = 0; /* GNU: start afresh */
    while ((c = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1) {
        const struct td_opt *o = NULL;
        struct td_err later = {0};
        size_t i = c >= FIRST_VALUE ? (size_t)(c - FIRST_VALUE) : 0;
        for (; c < FIRST_VALUE && i < t.n && t.opts[i]->letter != c; i++)
            ;
        if (c != '?' && c != ':' && i < t.n)
            o = t.opts[i];
        /* the first error counts; the others are still read, so that --json is known */
        struct td_err *e = first == TD_OK ? err : &later;
        if (o != NULL && optarg == NULL)
            optarg = (char *)number_behind(o, argc, argv);
        int rc = o == NULL ? bad_option(&t, c, argv, e) : put(o, optarg, t.global[i] ? (void *)g : args, e);
        if (first == TD_OK)
            first = rc;
    }
    return first;
}

/* The word of a command's name that a user may have meant: its first, or the one within `group`. */
static const char *word_of(const struct td_cmd *cmd, const char *group, char word[32])
{
    const char *space = strchr(cmd->name, ' ');
    size_t len = space != NULL ? (size_t)(space - cmd->name) : strlen(cmd->name);
    if (group == NULL) {
        snprintf(word, 32, "%.*s", (int)len, cmd->name);
        return word;
    }
    return space != NULL && strlen(group) == len && memcmp(group, cmd->name, len) == 0 ? space + 1 : NULL;
}

int td_opt_unknown_command(const char *group, const char *word, struct td_err *err)
{
    struct td_nearest s;
    char first[32], best[64] = "";
    td_err_set(err, TD_C_CLI_COMMAND, "unknown command \"%s%s%s\"", group != NULL ? group : "",
               group != NULL ? " " : "", word);
    td_nearest_init(&s, word, strlen(word));
    for (size_t i = 0; td_commands[i] != NULL; i++) {
        size_t before = s.distance;
        bool none = s.best == NULL;
        td_nearest_try(&s, word_of(td_commands[i], group, first));
        if (s.best != NULL && (none || s.distance < before))
            snprintf(best, sizeof best, "%s%s%s", group != NULL ? group : "", group != NULL ? " " : "", s.best);
    }
    for (size_t i = 0; td_commands[i] != NULL && group == NULL && s.best == NULL; i++) {
        const char *space = strchr(td_commands[i]->name, ' '); /* "deploy" for "migrate deploy" */
        td_nearest_try(&s, space != NULL ? space + 1 : NULL);
        if (s.best != NULL)
            snprintf(best, sizeof best, "%s", td_commands[i]->name);
    }
    if (*best != '\0')
        return td_err_next(err, "Did you mean `tandem %s`?", best);
    if (group != NULL)
        return td_err_next(err, "`tandem help %s` lists its commands.", group);
    return td_err_next(err, "`tandem help` lists the commands.");
}

static int take_operands(const struct td_cmd *cmd, int argc, char **argv, void *args, struct td_err *err)
{
    int i = optind;
    for (const struct td_operand *o = cmd->operands; o != NULL && o->name != NULL; o++) {
        if (i >= argc && !o->required)
            continue;
        if (i >= argc || *argv[i] == '\0') {
            td_err_set(err, TD_C_CLI_OPERAND, "`tandem %s` needs %s", cmd->name, o->name);
            return td_err_next(err, "`tandem help %s` shows how it is used.", cmd->name);
        }
        if (o->choices != NULL && !td_opt_choice(o->choices, argv[i])) {
            td_err_set(err, TD_C_CLI_OPERAND, "%s cannot be \"%s\"", o->name, argv[i]);
            return td_err_next(err, "It is one of %s.", o->choices);
        }
        *(const char **)((char *)args + o->offset) = argv[i++];
    }
    if (i >= argc)
        return TD_OK;
    td_err_set(err, TD_C_CLI_OPERAND, "`tandem %s` has no use for \"%s\"", cmd->name, argv[i]);
    return td_err_next(err, "`tandem help %s` shows how it is used.", cmd->name);
}

/* Finds the command's words; *used_out: the index of its last one. */
static int find_command(int argc, char **argv, struct td_globals *g, struct td_opt_parsed *out, int *used_out,
                        struct td_err *err)
{
    int rc = parse_options(argc, argv, NULL, g, NULL, err);
    int at = optind;
    if (rc != TD_OK || at >= argc)
        return rc;
    const char *word = argv[at];
    if (!td_cmd_is_group(word)) {
        *used_out = at;
        out->cmd = td_cmd_find(word);
        return out->cmd != NULL ? TD_OK : td_opt_unknown_command(NULL, word, err);
    }
    out->group = word;
    rc = parse_options(argc - at, argv + at, NULL, g, NULL, err);
    if (rc != TD_OK || at + optind >= argc)
        return rc;
    at += optind;
    char name[64];
    snprintf(name, sizeof name, "%s %.40s", word, argv[at]);
    *used_out = at;
    out->cmd = td_cmd_find(name);
    return out->cmd != NULL ? TD_OK : td_opt_unknown_command(word, argv[at], err);
}

/* What follows a word that is no command is not parsed, but whoever asked for JSON gets it. */
static void find_json(int argc, char **argv, struct td_globals *g)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        g->json |= strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "--format=json") == 0;
}

int td_opt_parse(int argc, char **argv, struct td_globals *g, struct td_opt_parsed *out, struct td_err *err)
{
    int used = 0;
    memset(out, 0, sizeof *out);
    int rc = find_command(argc, argv, g, out, &used, err);
    if (rc != TD_OK || out->cmd == NULL) {
        find_json(argc, argv, g);
        return rc;
    }
    out->args = td_mem_zalloc(out->cmd->args_size > 0 ? out->cmd->args_size : 1);
    if (out->args == NULL)
        return td_err_nomem(err);
    rc = parse_options(argc - used, argv + used, out->cmd, g, out->args, err);
    if (rc == TD_OK && !g->help)
        rc = take_operands(out->cmd, argc - used, argv + used, out->args, err);
    return rc;
}
