/* tandem migrate status: folder and history compared, both engines side by side. Reads only. */
#include <stdio.h>
#include <string.h>

#include "tools/tandem/commands.h"
#include "tools/tandem/status.h"

struct args {
    const char *on;
    bool short_;
};

static void print_short(const struct td_session *s, const struct td_status_of *of)
{
    for (size_t i = 0; i < s->n; i++) {
        struct td_buf line = {0};
        td_status_sentence(&of[i], &line);
        td_out_answer(&s->cli->out, "%s: %s\n", s->at[i].engine, td_buf_str(&line));
        td_buf_deinit(&line);
    }
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_session s;
    struct td_folder folder = {0};
    struct td_status_of of[2] = {0};
    int rc = td_session_open(&s, cli, true, a->on, NULL), code = TD_EXIT_OK;
    if (rc == TD_OK)
        rc = td_session_look(&s, &folder);
    for (size_t i = 0; i < s.n && rc == TD_OK; i++)
        rc = td_status_read(&s, &s.at[i], &folder, &of[i]);
    if (rc == TD_OK) {
        code = td_status_exit(of, s.n);
        if (cli->out.json)
            td_status_json(&s, &folder, of);
        else if (a->short_)
            print_short(&s, of);
        else
            rc = td_status_text(&s, &folder, of);
    }
    td_session_close(&s);
    return rc != TD_OK ? -rc : code;
}

static const struct td_opt opts[] = {
    {"short", 0, TD_OPT_FLAG, offsetof(struct args, short_), NULL, "one line a database"},
    {"on", 0, TD_OPT_TEXT, offsetof(struct args, on), "sqlite|postgres|both", TD_ON_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {0, "every database has exactly the folder's migrations"},
    {3, "migrations are pending"},
    {4, "a migration failed, history and folder differ (edited, missing, late), or there are tables and no history"},
    {69, "a database is not reachable; the others are shown"},
    {0},
};

const struct td_cmd td_cmd_migrate_status = {
    .name = "migrate status",
    .summary = "compare the folder with each database",
    .about =
        "Shows for each migration what each configured database has: pending, applied, edited (the file was changed "
        "after it was applied), missing (applied, but no longer in the folder), late (pending, but sorted before an "
        "applied one), failed, partial (stopped in a file that runs statement by statement; deploy goes on). Each "
        "problem comes with the command that solves it.\n\n"
        "Nothing is written, not even a lock: a read-only file in a read-only directory will do. A database that is "
        "not there yet counts as empty.\n\n" TD_INDEX_HELP,
    .opts = opts,
    .exits = exits,
    .json =
        "in_sync  whether all are\nfolder  the migrations' directory\nmigrations  in the folder\n"
        "warnings  about the folder\ndatabases  engine, url, source, reachable, exists, history (own, prisma, none), "
        "counts, migrations (name, state, checksum, started_at, finished_at, error), blocked (why deploy would "
        "refuse), "
        "error",
    .examples = "tandem migrate status\ntandem migrate status --short --url postgresql://app@db/app",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
