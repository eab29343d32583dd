/* tandem sync status: how the file and its server stand to each other, and why. */
#include "sync/health.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/replica.h"

struct args {
    const char *local, *remote;
    bool offline;
};

static void print_text(struct td_replica *r, const struct td_health *h)
{
    static const enum td_color colors[] = {TD_GREEN, TD_YELLOW, TD_RED, TD_DIM};
    const struct td_out *o = &r->s.cli->out;
    td_out_paint(o, colors[h->verdict], td_verdict_name(h->verdict));
    td_out_answer(o, ": %s\n", h->why);
    td_out_answer(o, "tenant     %s\n", td_device_tenant(r->device));
    td_out_answer(o, "to send    %lld rows, %lld of them frozen\n", (long long)(h->counts.pending + h->counts.frozen),
                  (long long)h->counts.frozen);
    if (h->reached && h->waiting >= 0)
        td_out_answer(o, "to fetch   %lld rows\n", (long long)h->waiting);
    else if (h->reached)
        td_out_answer(o, "to fetch   whole tables\n");
    td_out_answer(o, "conflicts  %lld open\n", (long long)h->counts.conflicts);
    td_out_answer(o, "rejects    %lld\n", (long long)h->counts.rejects);
    if (h->reached)
        td_out_answer(o, "log        about %lld rows, %lld bytes\n", (long long)h->log_rows, (long long)h->log_bytes);
    if (h->oldest_writer_pid != 0)
        td_out_answer(o, "writer     process %d, for %lld s\n", h->oldest_writer_pid, (long long)h->oldest_writer_s);
    if (h->server_ahead)
        td_out_answer(o, "schema     the server has \"%s\": tandem migrate deploy\n", h->first_other);
}

static void print_json(struct td_replica *r, const struct td_health *h)
{
    struct td_json_writer *w = td_out_json(&r->s.cli->out, "sync status");
    td_replica_put(r, w);
    td_json_put_text(w, "verdict", td_verdict_name(h->verdict));
    td_json_put_text(w, "why", h->why);
    td_json_put_text(w, "cursor", td_device_cursor(r->device));
    td_json_put_text(w, "lineage", td_device_identity(r->device)->lineage);
    td_json_put_int(w, "pending", h->counts.pending);
    td_json_put_int(w, "frozen", h->counts.frozen);
    td_json_put_int(w, "conflicts", h->counts.conflicts);
    td_json_put_int(w, "rejects", h->counts.rejects);
    td_json_put_bool(w, "reached", h->reached);
    if (!h->reached)
        return;
    if (h->waiting >= 0)
        td_json_put_int(w, "waiting", h->waiting);
    else
        td_json_put_null(w, "waiting");
    td_json_put_int(w, "log_rows", h->log_rows);
    td_json_put_int(w, "log_bytes", h->log_bytes);
    td_json_put_int(w, "oldest_writer_pid", h->oldest_writer_pid);
    td_json_put_int(w, "oldest_writer_s", h->oldest_writer_s);
    td_json_put_bool(w, "server_ahead", h->server_ahead);
    td_json_put_bool(w, "device_ahead", h->device_ahead);
}

static int exit_of(const struct td_health *h)
{
    if (h->verdict == TD_VERDICT_STALLED)
        return TD_EXIT_STALLED;
    if (h->counts.conflicts > 0 || h->counts.rejects > 0)
        return TD_EXIT_CONFLICTS;
    return h->verdict == TD_VERDICT_BEHIND || h->counts.pending + h->counts.frozen > 0 ? TD_EXIT_PENDING : TD_EXIT_OK;
}

/* The file's own half is told also when the server cannot be asked. */
static int look(struct td_replica *r, const struct args *a, struct td_health *h)
{
    struct td_cli *cli = r->s.cli;
    struct td_err told = {0};
    int rc = a->offline ? TD_OK : td_replica_remote(r, a->remote, td_device_remote(r->device));
    if (rc == TD_OK && !a->offline)
        rc = td_replica_server(r);
    if (rc == TD_OK)
        rc = td_health_read(&cli->arena, r->device, r->server, r->remote, h, &cli->err);
    if (rc == TD_OK)
        return TD_OK;
    told = cli->err;
    td_err_clear(&cli->err);
    int own = td_health_read(&cli->arena, r->device, NULL, NULL, h, &cli->err);
    if (own == TD_OK)
        h->why = told.message;
    cli->err = told;
    return rc;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_replica r;
    struct td_health h = {0};
    int rc = td_replica_open(&r, cli, a->local, NULL, TD_REPLICA_FILE);
    if (rc != TD_OK) {
        td_replica_close(&r);
        return -rc;
    }
    rc = look(&r, a, &h);
    if (h.why != NULL && cli->out.json)
        print_json(&r, &h);
    else if (h.why != NULL)
        print_text(&r, &h);
    td_replica_close(&r);
    return rc != TD_OK ? -rc : exit_of(&h);
}

static const struct td_opt opts[] = {
    {"local", 0, TD_OPT_TEXT, offsetof(struct args, local), "FILE", TD_LOCAL_HELP},
    {"remote", 0, TD_OPT_TEXT, offsetof(struct args, remote), "URL", TD_REMOTE_HELP},
    {"offline", 0, TD_OPT_FLAG, offsetof(struct args, offline), NULL, "the file's half alone; no server is asked"},
    {0},
};

static const struct td_exit_note exits[] = {
    {3, "changes wait, on either side"},
    {5, "there are open conflicts, or rows that were set aside"},
    {6, "stalled: it cannot go on by itself"},
    {69, "the server cannot be reached; the file's half is told"},
    {78, "the file is no clone"},
    {0},
};

const struct td_cmd td_cmd_sync_status = {
    .name = "sync status",
    .summary = "show what waits on either side, and why",
    .about =
        "One verdict with its reason: current (nothing waits on either side), behind (something does; a run brings it "
        "up), stalled (something does, and cannot go on by itself), unknown (the server was not reached). Writes "
        "nothing.",
    .opts = opts,
    .exits = exits,
    .json =
        "local, tenant, device, remote  the file\nverdict, why  current, behind, stalled, unknown\ncursor, lineage  "
        "up to where, and of which server\npending, frozen  rows to send, and how many are in a batch\nconflicts, "
        "rejects  open ones\nreached  whether the server was\nwaiting  rows to fetch (null: whole tables)\nlog_rows, "
        "log_bytes, oldest_writer_pid, oldest_writer_s  the server's log and its longest writer\nserver_ahead, "
        "device_ahead  by migrations",
    .examples = "tandem sync status --local acme.db\ntandem sync status --local acme.db --offline --json",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
