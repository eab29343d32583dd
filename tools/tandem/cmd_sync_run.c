/* tandem sync run, push, pull: changes carried between the file and the server. */
#include "tools/tandem/commands.h"
#include "tools/tandem/replica.h"
#include "tools/tandem/watch.h"

struct args {
    const char *local, *remote;
    struct td_opt_ms interval;
    bool watch;
};

static int run_both(struct td_cli *cli, const struct args *a, bool push, bool pull)
{
    struct td_replica r;
    struct td_cycle_result result = {0};
    int rc = td_replica_open(&r, cli, a->local, a->remote, TD_REPLICA_LOCK | TD_REPLICA_SERVER);
    if (rc == TD_OK)
        rc = td_replica_run(&r, push, pull, &result);
    if (rc == TD_OK)
        td_replica_answer(&r, &result);
    if (rc == TD_OK && result.held) {
        rc = td_err_set(&cli->err, TD_C_SYNC_SCHEMA, "the file has the migration \"%s\", which the server has not",
                        result.first_other);
        td_err_next(&cli->err, "run  tandem migrate deploy  for the server; what was changed here waits");
    }
    td_replica_close(&r);
    if (rc != TD_OK)
        return -rc;
    return result.conflicts > 0 || result.rejects > 0 || result.lost > 0 ? TD_EXIT_CONFLICTS : TD_EXIT_OK;
}

/* The engine has connections of its own: these only tell early what is wrong with the file or the URL. */
static int watch(struct td_cli *cli, const struct args *a)
{
    struct td_replica r;
    int number = 0;
    int rc = td_replica_open(&r, cli, a->local, a->remote, TD_REPLICA_SERVER | TD_REPLICA_PATIENT);
    td_replica_leave(&r);
    if (rc == TD_OK)
        rc = td_watch(&r, a->interval.given ? a->interval.ms : 0, &number);
    td_replica_close(&r);
    return rc != TD_OK ? -rc : number != 0 ? 128 + number : TD_EXIT_OK;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    return a->watch ? watch(cli, a) : run_both(cli, a, true, true);
}

static int push(struct td_cli *cli, const void *args)
{
    return run_both(cli, args, true, false);
}

static int pull(struct td_cli *cli, const void *args)
{
    return run_both(cli, args, false, true);
}

static const struct td_opt opts[] = {
    {"local", 0, TD_OPT_TEXT, offsetof(struct args, local), "FILE", TD_LOCAL_HELP},
    {"remote", 0, TD_OPT_TEXT, offsetof(struct args, remote), "URL", TD_REMOTE_HELP},
    {0},
};

static const struct td_opt run_opts[] = {
    {"local", 0, TD_OPT_TEXT, offsetof(struct args, local), "FILE", TD_LOCAL_HELP},
    {"remote", 0, TD_OPT_TEXT, offsetof(struct args, remote), "URL", TD_REMOTE_HELP},
    {"watch", 0, TD_OPT_FLAG, offsetof(struct args, watch), NULL,
     "stay: sync whenever the file or the server changes, until Ctrl-C or SIGTERM"},
    {"interval", 0, TD_OPT_SECONDS, offsetof(struct args, interval), "SECONDS",
     "with --watch: time between two looks at the server; default: 0.2 while there is something to do, up to 30"},
    {0},
};

static const struct td_exit_note exits[] = {
    {4, "the file has a migration that the server lacks: what was changed waits"},
    {5, "done, but there were conflicts, or rows were set aside"},
    {69, "the server cannot be reached; what was changed waits"},
    {75, "another sync of the file is at work"},
    {77, "this role may not sync the tenant"},
    {78, "the file is no clone, or sync is not enabled on the server"},
    {0},
};

#define RESULT_JSON                                                                                                    \
    "local, tenant, device, remote  what was synced\npushed, pulled  rows sent and fetched\nconflicts  columns or "    \
    "rows that both sides had changed\nrejects  rows set aside\nlost  rows set aside that the server had lost\n"       \
    "rounds  of push and pull\nnew_identity  the file was a copy, or old\nserver_ahead, device_ahead  by migrations"

const struct td_cmd td_cmd_sync_run = {
    .name = "sync run",
    .summary = "send what changed here, fetch what changed there",
    .about =
        "Repeats push and pull until nothing is left to send or to fetch. What both sides changed is merged column "
        "by column as tandem.json's policies say; a value that lost is recorded with the other two (`tandem sync "
        "conflicts`), a row that the server refuses is set aside with the reason (`tandem sync rejects`) and does "
        "not hold up the others.\n\n"
        "Sent twice, killed or cut off anywhere, nothing is lost or done twice: the same command goes on.\n\n"
        "With --watch it stays: a write to the file wakes it at once, the server is asked ever less often while "
        "nothing happens, a server that is away is tried again. With --json each event is one JSON object a line: "
        "state (unknown, syncing, current, stalled), why and next, and the counts of each run. A service manager "
        "is told when it is ready (sd_notify).",
    .opts = run_opts,
    .exits = exits,
    .json = RESULT_JSON,
    .examples = "tandem sync run --local acme.db\ntandem sync run --watch --local acme.db --json\ntandem sync run "
                "--local acme.db --remote postgresql://app@db/app --json",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};

const struct td_cmd td_cmd_sync_push = {
    .name = "sync push",
    .summary = "send what changed here",
    .about =
        "The first half of `tandem sync run`: pending rows are frozen into a batch, which the server merges in one "
        "transaction and answers once and for ever. What it made of them comes with the next pull.",
    .opts = opts,
    .exits = exits,
    .json = RESULT_JSON,
    .examples = "tandem sync push --local acme.db",
    .args_size = sizeof(struct args),
    .database = true,
    .run = push,
};

const struct td_cmd td_cmd_sync_pull = {
    .name = "sync pull",
    .summary = "fetch what changed there",
    .about =
        "The second half of `tandem sync run`: the file is brought from one state of the server to the next in one "
        "transaction, with what is pending kept on top.",
    .opts = opts,
    .exits = exits,
    .json = RESULT_JSON,
    .examples = "tandem sync pull --local acme.db",
    .args_size = sizeof(struct args),
    .database = true,
    .run = pull,
};
