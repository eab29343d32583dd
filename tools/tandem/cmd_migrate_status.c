/* tandem migrate status: folder and history compared, both engines side by side. Reads only. */
#include <stdio.h>
#include <string.h>

#include "tools/tandem/commands.h"
#include "tools/tandem/each.h"
#include "tools/tandem/status.h"

struct args {
    const char *on;
    struct td_opt_list skip;
    struct td_each each;
    bool short_, drift;
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

static int read_one(struct td_session *s, struct td_place *p, const struct td_folder *f, bool drift,
                    struct td_status_of *of)
{
    int rc = td_status_read(s, p, f, of);
    return rc == TD_OK && drift ? td_status_drift(s, p, f, of) : rc;
}

static int status(struct td_cli *cli, const struct args *a)
{
    struct td_session s;
    struct td_folder folder = {0};
    struct td_status_of of[2] = {0};
    int rc = td_session_open(&s, cli, true, a->on, &a->skip), code = TD_EXIT_OK;
    if (rc == TD_OK)
        rc = td_session_look(&s, &folder);
    for (size_t i = 0; i < s.n && rc == TD_OK; i++)
        rc = read_one(&s, &s.at[i], &folder, a->drift, &of[i]);
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

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    bool here;
    int code = TD_EXIT_OK, rc = td_each(cli, &a->each, a->on, &here, &code);
    if (rc != TD_OK)
        return -rc;
    return here ? status(cli, a) : code;
}

static const struct td_opt opts[] = {
    {"short", 0, TD_OPT_FLAG, offsetof(struct args, short_), NULL, "one line a database"},
    {"drift", 0, TD_OPT_FLAG, offsetof(struct args, drift), NULL,
     "compare each database with what its applied migrations make, too"},
    {"skip", 0, TD_OPT_LIST, offsetof(struct args, skip), "KIND",
     "for --drift: what deploy left out on SQLite; may repeat"},
    {"on", 0, TD_OPT_TEXT, offsetof(struct args, on), "sqlite|postgres|both", TD_ON_HELP},
    {"each", 0, TD_OPT_TEXT, offsetof(struct args, each.sql), "SQL", TD_EACH_HELP},
    {"jobs", 0, TD_OPT_NUMBER, offsetof(struct args, each.jobs), "N", TD_JOBS_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {0, "every database has exactly the folder's migrations"},
    {3, "migrations are pending"},
    {4, "a migration failed, history and folder differ (edited, missing, late), or there are tables and no history; "
        "with --drift: a database is not what its migrations make"},
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
        "With --drift, what each database has is compared with what its applied migrations make, in memory and without "
        "another database: tables, columns, keys, indexes, views, types, triggers, functions, comments. What somebody "
        "changed by hand, or a migration left half done, is listed in words. On PostgreSQL expressions that look "
        "different are given to the server to print, in a transaction that is rolled back. Not compared: privileges, "
        "owners, "
        "storage, what policies say, attributes of functions, rules, parts of composite types.\n\n"
        "Nothing is written, not even a lock: a read-only file in a read-only directory will do. A database that is "
        "not there yet counts as empty.\n\n" TD_EACH_ABOUT "\n\n" TD_INDEX_HELP,
    .opts = opts,
    .exits = exits,
    .json =
        "in_sync  whether all are\nfolder  the migrations' directory\nmigrations  in the folder\n"
        "warnings  about the folder\ndatabases  engine, url, source, reachable, exists, history (own, prisma, none), "
        "counts, migrations (name, state, checksum, started_at, finished_at, error), drift (null without --drift; "
        "change, object, name, text), not_followed (statements whose effect is not known), drift_error (why it could "
        "not be told), blocked (why deploy would "
        "refuse), error\n" TD_EACH_JSON,
    .examples = "tandem migrate status\ntandem migrate status --short --url postgresql://app@db/app\n"
                "tandem migrate status --drift",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
