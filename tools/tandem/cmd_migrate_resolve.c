/* tandem migrate resolve: says of a migration what the database cannot know by itself. */
#include "tools/tandem/commands.h"
#include "tools/tandem/interrupt.h"
#include "tools/tandem/session.h"

struct args {
    const char *applied, *rolled_back, *baseline, *on;
};

static int choose(struct td_cli *cli, const struct args *a, enum td_resolve *what, const char **name)
{
    int n = (a->applied != NULL) + (a->rolled_back != NULL) + (a->baseline != NULL);
    *what = a->applied != NULL    ? TD_RESOLVE_APPLIED
            : a->baseline != NULL ? TD_RESOLVE_BASELINE
                                  : TD_RESOLVE_ROLLED_BACK;
    *name = a->applied != NULL ? a->applied : a->baseline != NULL ? a->baseline : a->rolled_back;
    if (n == 1)
        return TD_OK;
    td_err_set(&cli->err, n == 0 ? TD_C_CLI_OPERAND : TD_C_CLI_EXCLUDE,
               "one of --applied, --rolled-back and --baseline is to be given");
    return td_err_next(&cli->err, "`tandem migrate status` says which migration needs which.");
}

static int resolve_one(struct td_session *s, struct td_place *p, const struct td_folder *f, enum td_resolve what,
                       const char *name)
{
    static const char *const done[] = {
        [TD_RESOLVE_APPLIED] = "applied", [TD_RESOLVE_ROLLED_BACK] = "rolled back", [TD_RESOLVE_BASELINE] = "applied"};
    struct td_json_writer *w = s->cli->out.json ? td_out_json(&s->cli->out, "migrate resolve") : NULL;
    struct td_deploy_opts opts;
    size_t changed = 0;
    td_session_deploy_opts(s, p, &opts);
    td_interrupt_watch(p->db);
    int rc = td_resolve(&s->cli->arena, p->db, f, what, name, &opts, &changed, &s->cli->err);
    td_interrupt_unwatch();
    if (rc != TD_OK)
        return rc;
    td_out_answer(&s->cli->out, "%-8s  %zu migration%s marked as %s\n", p->engine, changed, changed == 1 ? "" : "s",
                  done[what]);
    if (w != NULL) {
        td_json_object(w, NULL);
        td_session_put(p, w);
        td_json_put_int(w, "changed", (int64_t)changed);
        td_json_object_end(w);
    }
    return TD_OK;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_session s = {0};
    struct td_folder folder = {0};
    enum td_resolve what;
    const char *name;
    int rc = choose(cli, a, &what, &name);
    if (rc != TD_OK)
        return -rc;
    rc = td_session_open(&s, cli, true, a->on, NULL);
    if (rc == TD_OK)
        rc = td_session_folder(&s, &folder);
    for (size_t i = 0; i < s.n && rc == TD_OK; i++)
        rc = td_session_write(&s, &s.at[i], false);
    if (rc == TD_OK && cli->out.json)
        td_json_array(td_out_json(&cli->out, "migrate resolve"), "databases");
    for (size_t i = 0; i < s.n && rc == TD_OK; i++)
        rc = resolve_one(&s, &s.at[i], &folder, what, name);
    if (cli->out.json && cli->out.w.depth > 1)
        td_json_array_end(&cli->out.w);
    td_session_close(&s);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"applied", 0, TD_OPT_TEXT, offsetof(struct args, applied), "NAME",
     "its changes are in the database; an edited file is accepted as it is now"},
    {"rolled-back", 0, TD_OPT_TEXT, offsetof(struct args, rolled_back), "NAME",
     "its changes are not in the database: the next deploy runs it again"},
    {"baseline", 0, TD_OPT_TEXT, offsetof(struct args, baseline), "NAME",
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
        "are those of Prisma's command; the history may be Prisma's too.",
    .opts = opts,
    .exits = exits,
    .json = "databases  engine, url, source, changed (rows of the history)",
    .examples = "tandem migrate resolve --rolled-back 20260301000000_rooms\n"
                "tandem migrate resolve --baseline 20260101000000_init",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
