/* tandem migrate resolve: says of a migration what the database cannot know by itself. */
#include "tools/tandem/commands.h"
#include "tools/tandem/interrupt.h"
#include "tools/tandem/session.h"

struct args {
    struct td_opt_list applied, rolled_back, baseline;
    const char *on;
};

/* What is to be done: one kind of change, for each name. */
struct task {
    enum td_resolve what;
    const struct td_opt_list *names;
};

static int choose(struct td_cli *cli, const struct args *a, struct task *out)
{
    int n = (a->applied.len > 0) + (a->rolled_back.len > 0) + (a->baseline.len > 0);
    *out = a->applied.len > 0    ? (struct task){TD_RESOLVE_APPLIED, &a->applied}
           : a->baseline.len > 0 ? (struct task){TD_RESOLVE_BASELINE, &a->baseline}
                                 : (struct task){TD_RESOLVE_ROLLED_BACK, &a->rolled_back};
    if (n != 1) {
        td_err_set(&cli->err, n == 0 ? TD_C_CLI_OPERAND : TD_C_CLI_EXCLUDE,
                   "one of --applied, --rolled-back and --baseline is to be given");
        return td_err_next(&cli->err, "`tandem migrate status` says which migration needs which.");
    }
    if (a->baseline.len > 1) {
        td_err_set(&cli->err, TD_C_CLI_EXCLUDE, "--baseline is given more than once");
        return td_err_next(&cli->err, "Give the last one alone: --baseline takes all migrations up to it.");
    }
    return TD_OK;
}

/* Is there nothing to do in this database, while there may be in the other one? */
static bool is_done(const struct td_err *err)
{
    return err->code == TD_C_MIG_ALREADY_APPLIED || err->code == TD_C_MIG_NEVER_APPLIED ||
           err->code == TD_C_MIG_NOT_FAILED;
}

/* In one database. What it has already is `left`, and no failure as long as the other one has not been asked. */
static int resolve_one(struct td_session *s, struct td_place *p, const struct td_folder *f, const struct task *task,
                       size_t *changed_out, struct td_err *left)
{
    struct td_err *err = &s->cli->err;
    struct td_deploy_opts opts;
    int rc = TD_OK;
    td_session_at(s, p);
    td_session_deploy_opts(s, p, &opts);
    td_interrupt_watch(p->db);
    for (size_t i = 0; i < task->names->len && rc == TD_OK; i++) {
        size_t changed = 0;
        rc = td_resolve(&s->cli->arena, p->db, f, task->what, task->names->at[i], &opts, &changed, err);
        *changed_out += changed;
        if (rc != TD_OK && s->n > 1 && is_done(err)) {
            td_out_say(&s->cli->out, "%s: %s", p->engine, err->message);
            if (left->rc == TD_OK) {
                *left = *err;
                td_err_wrap(left, "%s", p->engine);
            }
            td_err_clear(err);
            rc = TD_OK;
        }
    }
    td_interrupt_unwatch();
    return td_session_failed(s, p, rc);
}

static void answer(struct td_session *s, const struct td_place *p, enum td_resolve what, size_t changed)
{
    struct td_json_writer *w = s->cli->out.json ? td_out_json(&s->cli->out, "migrate resolve") : NULL;
    td_out_answer(&s->cli->out, "%-8s  %zu migration%s marked as %s\n", p->engine, changed, changed == 1 ? "" : "s",
                  what == TD_RESOLVE_ROLLED_BACK ? "rolled back" : "applied");
    if (w == NULL)
        return;
    td_json_object(w, NULL);
    td_session_put(p, w);
    td_json_put_int(w, "changed", (int64_t)changed);
    td_json_object_end(w);
}

static int resolve_all(struct td_session *s, const struct td_folder *f, const struct task *task)
{
    struct td_err left = {0};
    size_t total = 0;
    int rc = TD_OK;
    if (s->cli->out.json)
        td_json_array(td_out_json(&s->cli->out, "migrate resolve"), "databases");
    for (size_t i = 0; i < s->n && rc == TD_OK; i++) {
        size_t changed = 0;
        rc = resolve_one(s, &s->at[i], f, task, &changed, &left);
        total += changed;
        if (rc == TD_OK)
            answer(s, &s->at[i], task->what, changed);
    }
    if (s->cli->out.json)
        td_json_array_end(&s->cli->out.w);
    if (rc != TD_OK || total > 0 || left.rc == TD_OK)
        return rc;
    s->cli->err = left;
    return (int)left.rc;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_session s = {0};
    struct td_folder folder = {0};
    struct task task;
    int rc = choose(cli, a, &task);
    if (rc != TD_OK)
        return -rc;
    rc = td_session_open(&s, cli, true, a->on, NULL);
    if (rc == TD_OK)
        rc = td_session_folder(&s, &folder);
    for (size_t i = 0; i < s.n && rc == TD_OK; i++)
        rc = td_session_failed(&s, &s.at[i], td_session_write(&s, &s.at[i], false));
    for (size_t i = 0; task.what != TD_RESOLVE_ROLLED_BACK && i < task.names->len && rc == TD_OK; i++)
        if (td_folder_find(&folder, task.names->at[i]) == NULL) /* before any of them is recorded */
            rc = td_folder_no_such(&folder, task.names->at[i], &cli->err);
    if (rc == TD_OK)
        rc = resolve_all(&s, &folder, &task);
    td_session_close(&s);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"applied", 0, TD_OPT_LIST, offsetof(struct args, applied), "NAME",
     "its changes are in the database; an edited file is accepted as it is now; may repeat"},
    {"rolled-back", 0, TD_OPT_LIST, offsetof(struct args, rolled_back), "NAME",
     "its changes are not in the database: the next deploy runs it again; may repeat"},
    {"baseline", 0, TD_OPT_LIST, offsetof(struct args, baseline), "NAME",
     "all migrations up to this one are in the database, which has no history yet"},
    {"on", 0, TD_OPT_TEXT, offsetof(struct args, on), "sqlite|postgres|both", TD_ON_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {4, "the history says otherwise: applied already, never applied, not failed"},
    {0},
};

const struct td_cmd td_cmd_migrate_resolve = {
    .name = "migrate resolve",
    .summary = "mark a migration as applied or rolled back",
    .about =
        "Changes the history alone, never the tables. Needed after a failure that could not be rolled back, for an "
        "edited or missing file, and to take over a database that has the tables already (--baseline). The rules "
        "are those of Prisma's command; the history may be Prisma's too. With two databases, one that has nothing to "
        "change is passed over; --on names one.",
    .opts = opts,
    .exits = exits,
    .json = "databases  engine, url, source, changed (rows of the history)",
    .examples = "tandem migrate resolve --rolled-back 20260301000000_rooms\n"
                "tandem migrate resolve --baseline 20260101000000_init",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
