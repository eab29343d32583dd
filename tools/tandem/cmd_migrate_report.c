/* tandem migrate report: the fate of every statement of the folder on SQLite, in one run. */
#include <stdio.h>
#include <string.h>

#include "tools/tandem/commands.h"
#include "tools/tandem/lowering.h"

struct args {
    const char *format;
    struct td_opt_list skip;
};

enum form { FORM_TSV, FORM_TEXT, FORM_JSON };

struct report {
    struct td_cli *cli;
    enum form form;
    size_t count[4]; /* by td_fate */
};

/* Tabs and line ends would break the columns. */
static void print_plain(const struct td_out *o, const char *text)
{
    struct td_buf b = {0};
    td_out_clean(&b, text, strlen(text), " ", " ");
    td_out_answer(o, "%s", td_buf_str(&b));
    td_buf_deinit(&b);
}

static void put_json(const struct td_cli *cli, const struct td_lowering_line *l, struct td_json_writer *w)
{
    td_json_object(w, NULL);
    td_json_put_text(w, "path", l->path);
    td_json_put_int(w, "line", l->line);
    td_json_put_int(w, "column", l->column);
    td_json_put_text(w, "fate", td_fate_name(l->fate));
    td_json_put_text(w, "reason", l->reason);
    if (l->err != NULL)
        td_cli_put_err(cli, l->err, TD_SEV_ERROR, "error", w);
    td_json_object_end(w);
}

static void print_text(const struct report *r, const struct td_lowering_line *l)
{
    static const enum td_color colors[] = {TD_GREEN, TD_BLUE, TD_YELLOW, TD_RED};
    char fate[16];
    snprintf(fate, sizeof fate, "%-8s", td_fate_name(l->fate));
    td_out_paint(&r->cli->out, colors[l->fate], fate);
    td_out_answer(&r->cli->out, "  ");
    print_plain(&r->cli->out, l->path);
    td_out_answer(&r->cli->out, ":%u:%u%s", l->line, l->column, *l->reason != '\0' ? "  " : "");
    print_plain(&r->cli->out, l->reason);
    td_out_answer(&r->cli->out, "\n");
}

static void each_line(const struct td_lowering_line *l, void *data)
{
    struct report *r = data;
    r->count[l->fate]++;
    switch (r->form) {
    case FORM_JSON: put_json(r->cli, l, &r->cli->out.w); return;
    case FORM_TEXT: print_text(r, l); return;
    case FORM_TSV: break;
    }
    print_plain(&r->cli->out, l->path);
    td_out_answer(&r->cli->out, ":%u:%u\t%s\t", l->line, l->column, td_fate_name(l->fate));
    print_plain(&r->cli->out, l->reason);
    td_out_answer(&r->cli->out, "\n");
}

static void put_counts(const struct report *r, struct td_json_writer *w)
{
    td_json_object(w, "counts");
    for (int f = TD_CARRIED; f <= TD_REFUSED; f++)
        td_json_put_int(w, td_fate_name((enum td_fate)f), (int64_t)r->count[f]);
    td_json_object_end(w);
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct report r = {.cli = cli, .form = FORM_TSV};
    struct td_session s;
    struct td_folder folder = {0};
    if (a->format != NULL && strcmp(a->format, "text") == 0)
        r.form = FORM_TEXT;
    if (cli->out.json || (a->format != NULL && strcmp(a->format, "json") == 0)) {
        r.form = FORM_JSON;
        cli->out.json = true;
    }
    int rc = td_session_open(&s, cli, false, NULL, &a->skip);
    if (rc == TD_OK)
        rc = td_session_folder(&s, &folder);
    if (rc == TD_OK && r.form == FORM_JSON)
        td_json_array(td_out_json(&cli->out, "migrate report"), "statements");
    if (rc == TD_OK)
        rc = td_lowering_each(&s, &folder, each_line, &r);
    if (r.form == FORM_JSON && cli->out.w.depth > 1)
        td_json_array_end(&cli->out.w);
    td_session_close(&s);
    if (rc != TD_OK)
        return -rc;
    if (r.form == FORM_JSON)
        put_counts(&r, &cli->out.w);
    td_out_say(&cli->out, "%zu migrations: %zu statements carried, %zu by a rebuild, %zu skipped, %zu refused",
               folder.len, r.count[TD_CARRIED], r.count[TD_REBUILT], r.count[TD_SKIPPED], r.count[TD_REFUSED]);
    return r.count[TD_REFUSED] > 0 ? TD_EXIT_FOUND : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"format", 0, TD_OPT_TEXT, offsetof(struct args, format), "tsv|json|text",
     "tsv (the default): PATH:LINE:COLUMN, fate and reason with tabs between"},
    {"skip", 0, TD_OPT_LIST, offsetof(struct args, skip), "KIND", TD_SKIP_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {0, "nothing is refused"},
    {2, "at least one statement is refused"},
    {65, "a file cannot be read at all: not UTF-8, a directory without migration.sql"},
    {78, "configuration wrong, or no migrations folder"},
    {0},
};

const struct td_cmd td_cmd_migrate_report = {
    .name = "migrate report",
    .summary = "say of every statement what becomes of it on SQLite",
    .about =
        "One line for each statement of the folder: carried (runs on SQLite, rewritten where needed), rebuilt "
        "(carried by a safe rebuild of its table), skipped (left out on SQLite, because it cannot change a result "
        "there or a mark or --skip says so) or refused, with the reason. It goes on past refusals, so that one run "
        "tells the whole truth about a folder. No database is needed.",
    .opts = opts,
    .exits = exits,
    .json = "statements  path, line, column, fate, reason and, when refused, error\n"
            "counts  of carried, rebuilt, skipped, refused",
    .examples = "tandem migrate report\ntandem migrate report --migrations prisma/migrations | grep refused\n"
                "tandem migrate report --format json --skip trigger",
    .args_size = sizeof(struct args),
    .run = run,
};
