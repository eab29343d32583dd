/* tandem migrate deploy: brings the configured databases up to the folder. */
#include <string.h>

#include "tools/tandem/commands.h"
#include "tools/tandem/each.h"
#include "tools/tandem/interrupt.h"
#include "tools/tandem/plan.h"
#include "tools/tandem/progress.h"
#include "tools/tandem/session.h"

struct args {
    const char *to, *on;
    struct td_opt_list skip;
    struct td_each each;
    bool dry_run;
};

static int dry_run(struct td_session *s, const struct td_folder *f, const struct args *a)
{
    struct td_json_writer *w = s->cli->out.json ? td_out_json(&s->cli->out, "migrate deploy") : NULL;
    size_t refused = 0;
    int rc = TD_OK;
    if (w != NULL)
        td_json_put_bool(w, "dry_run", true);
    if (w != NULL)
        td_json_array(w, "databases");
    for (size_t i = 0; i < s->n && rc == TD_OK; i++)
        rc = td_session_failed(s, &s->at[i], td_plan_print(s, &s->at[i], f, a->to, &refused));
    if (w != NULL)
        td_json_array_end(w);
    if (rc != TD_OK || refused == 0)
        return rc;
    td_err_set(&s->cli->err, TD_C_CLI_REPORT_REFUSED, "%zu statement%s cannot be carried to SQLite", refused,
               refused == 1 ? "" : "s");
    return td_err_next(&s->cli->err, "`tandem migrate report` lists them with the reasons.");
}

/* With two databases: nothing is applied to one when the other is known to refuse. */
static int check_all(struct td_session *s, const struct td_folder *f, const struct args *a, struct td_plan plans[2])
{
    int rc = TD_OK;
    for (size_t i = 0; i < s->n && rc == TD_OK; i++) {
        td_session_at(s, &s->at[i]);
        rc = td_session_write(s, &s->at[i], true);
        if (rc == TD_OK)
            rc = td_plan_check(s, &s->at[i], f, a->to, &plans[i]);
        rc = td_session_failed(s, &s->at[i], rc);
    }
    return rc;
}

static void summary(struct td_session *s, const struct td_place *p, const struct td_deploy_result *r)
{
    if (r->applied == 0)
        td_out_answer(&s->cli->out, "%-8s  nothing to apply: %zu migration%s in place\n", p->engine, r->already,
                      r->already == 1 ? "" : "s");
    else
        td_out_answer(&s->cli->out, "%-8s  %zu migration%s applied, %zu before\n", p->engine, r->applied,
                      r->applied == 1 ? "" : "s", r->already);
}

static int deploy_one(struct td_session *s, struct td_place *p, const struct td_folder *f, const struct args *a,
                      const struct td_plan *plan)
{
    struct td_json_writer *w = s->cli->out.json ? td_out_json(&s->cli->out, "migrate deploy") : NULL;
    struct td_deploy_result result = {0};
    struct td_deploy_opts opts;
    struct td_progress progress;

    td_progress_init(&progress, &s->cli->out, p->engine);
    td_session_deploy_opts(s, p, &opts);
    opts.to = a->to;
    opts.plan = plan;
    opts.on_event = td_progress_event;
    opts.data = &progress;
    if (w != NULL) {
        td_json_object(w, NULL);
        td_session_put(p, w);
        td_json_array(w, "applied");
        progress.answer = w;
    }
    int rc = td_deploy(&s->cli->arena, p->db, f, &opts, &result, &s->cli->err);
    if (w != NULL) {
        td_json_array_end(w);
        td_json_put_int(w, "already", (int64_t)result.already);
        td_json_put_int(w, "skipped_statements", (int64_t)result.skipped_statements);
        td_json_put_text(w, "failed", result.failed);
        td_json_object_end(w);
    }
    td_out_clear_line(&s->cli->out);
    if (rc == TD_OK)
        summary(s, p, &result);
    else if (progress.done > 0)
        td_out_say(&s->cli->out, "%s: %zu of %zu migrations were applied and stay.", p->engine, progress.done,
                   progress.total);
    if (rc == TD_ECANCELLED && s->cli->err.next[0] == '\0')
        td_err_next(&s->cli->err, "`tandem migrate deploy` goes on from here.");
    return rc;
}

static int deploy_all(struct td_session *s, const struct td_folder *f, const struct args *a)
{
    struct td_json_writer *w = NULL;
    struct td_plan plans[2] = {0};
    int rc = check_all(s, f, a, plans);
    if (rc != TD_OK)
        return rc;
    if (s->cli->out.json) {
        w = td_out_json(&s->cli->out, "migrate deploy");
        td_json_put_bool(w, "dry_run", false);
        td_json_array(w, "databases");
    }
    for (size_t i = 0; i < s->n && rc == TD_OK; i++) {
        if (!td_plan_is_empty(&plans[i]))
            td_interrupt_watch(s->at[i].db);
        td_session_at(s, &s->at[i]);
        rc = td_session_failed(s, &s->at[i], deploy_one(s, &s->at[i], f, a, &plans[i]));
    }
    td_interrupt_unwatch();
    if (w != NULL)
        td_json_array_end(w);
    return rc;
}

static int deploy(struct td_cli *cli, const struct args *a)
{
    struct td_session s;
    struct td_folder folder = {0};
    int rc = td_session_open(&s, cli, true, a->on, &a->skip);
    if (rc == TD_OK)
        rc = td_session_look(&s, &folder);
    if (rc == TD_OK)
        rc = a->dry_run ? dry_run(&s, &folder, a) : deploy_all(&s, &folder, a);
    td_session_close(&s);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    bool here;
    int code = TD_EXIT_OK, rc = td_each(cli, &a->each, a->on, &here, &code);
    if (rc != TD_OK)
        return -rc;
    return here ? deploy(cli, a) : code;
}

static const struct td_opt opts[] = {
    {"dry-run", 0, TD_OPT_FLAG, offsetof(struct args, dry_run), NULL,
     "print the SQL that would run, on each engine; run and lock nothing"},
    {"to", 0, TD_OPT_TEXT, offsetof(struct args, to), "NAME", "stop after this migration"},
    {"on", 0, TD_OPT_TEXT, offsetof(struct args, on), "sqlite|postgres|both", TD_ON_HELP},
    {"skip", 0, TD_OPT_LIST, offsetof(struct args, skip), "KIND", TD_SKIP_HELP},
    {"each", 0, TD_OPT_TEXT, offsetof(struct args, each.sql), "SQL", TD_EACH_HELP},
    {"jobs", 0, TD_OPT_NUMBER, offsetof(struct args, each.jobs), "N", TD_JOBS_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {4, "the history failed, or differs from the folder: nothing was applied"},
    {65, "a migration's SQL is wrong, or cannot be carried to SQLite; the position is given"},
    {75, "another deploy holds the lock, or a statement waited too long; retry"},
    {0},
};

const struct td_cmd td_cmd_migrate_deploy = {
    .name = "migrate deploy",
    .summary = "apply pending migrations",
    .about =
        "Applies what the folder has and the database has not, in the order of names. PostgreSQL gets the file byte "
        "for "
        "byte, SQLite the lowered statements. The whole pending set is read, parsed and lowered before anything runs. "
        "Each migration is one transaction with its history row, where PostgreSQL allows it; other files run statement "
        "by statement with a journal and go on where they stopped.\n\n"
        "Any number of deploys may run at once: each migration is applied exactly once, the others wait (--wait) and "
        "say who holds the lock. A database that is not there is made. Before anything else the command says which "
        "database it touches and where its URL came from.\n\n"
        "Ctrl-C rolls back the statement under way; the same command goes on. With --json, events go to standard "
        "error, "
        "one JSON object a line.\n\n" TD_EACH_ABOUT "\n\n" TD_INDEX_HELP,
    .opts = opts,
    .exits = exits,
    .json = "dry_run  whether nothing was run\ndatabases  engine, url, source, applied (name, elapsed_ms), already, "
            "skipped_statements, failed; with --dry-run: migrations (name, path, transactional, why_not, "
            "statements)\n" TD_EACH_JSON,
    .examples = "tandem migrate deploy\ntandem migrate deploy --url sqlite:dev.db --skip trigger\n"
                "tandem migrate deploy --dry-run --on both\ntandem migrate deploy --to 20260101000000_init --wait=0\n"
                "tandem migrate deploy --each \"SELECT url FROM tenants\" --jobs 8",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
