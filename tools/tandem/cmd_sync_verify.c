/* tandem sync verify: are both sides equal? */
#include "tools/tandem/commands.h"
#include "tools/tandem/grid.h"
#include "tools/tandem/replica.h"

struct args {
    const char *local, *remote;
    bool repair;
};

static int print_text(struct td_replica *r, const struct td_verify_result *v)
{
    static const char *const headers[] = {"TABLE", "HERE", "SERVER", "STATE", NULL};
    struct td_cli *cli = r->s.cli;
    struct td_grid *g = NULL;
    int rc = td_grid_open(&cli->out, headers, &g, &cli->err);
    for (size_t i = 0; rc == TD_OK && i < v->len; i++) {
        const struct td_verify_table *t = &v->at[i];
        td_grid_row(g);
        td_grid_cell(g, 0, t->name, TD_PLAIN);
        td_grid_cell(g, 1, td_arena_printf(&cli->arena, "%lld", (long long)t->here), TD_PLAIN);
        td_grid_cell(g, 2, td_arena_printf(&cli->arena, "%lld", (long long)t->there), TD_PLAIN);
        td_grid_cell(g, 3, t->equal ? "equal" : "differs", t->equal ? TD_GREEN : TD_RED);
    }
    if (rc == TD_OK)
        rc = td_grid_print(g, &cli->err);
    td_grid_close(g);
    return rc;
}

static void print_json(struct td_replica *r, const struct td_verify_result *v)
{
    struct td_json_writer *w = td_out_json(&r->s.cli->out, "sync verify");
    td_replica_put(r, w);
    td_json_put_bool(w, "equal", v->equal);
    td_json_array(w, "tables");
    for (size_t i = 0; i < v->len; i++) {
        td_json_object(w, NULL);
        td_json_put_text(w, "table", v->at[i].name);
        td_json_put_bool(w, "equal", v->at[i].equal);
        td_json_put_int(w, "here", v->at[i].here);
        td_json_put_int(w, "there", v->at[i].there);
        td_json_object_end(w);
    }
    td_json_array_end(w);
    td_json_put_int(w, "repaired", v->repaired);
    td_json_put_int(w, "lost", v->lost);
}

static int verify(struct td_replica *r, const struct args *a, struct td_verify_result *v)
{
    struct td_cli *cli = r->s.cli;
    struct td_cycle_result result = {0};
    int rc = td_replica_run(r, false, true, &result);
    if (rc == TD_OK)
        rc = td_cycle_verify(&cli->arena, r->device, r->server, a->repair, v, &cli->err);
    if (rc == TD_OK && cli->out.json)
        print_json(r, v);
    else if (rc == TD_OK)
        rc = print_text(r, v);
    if (rc == TD_OK && a->repair && v->lost > 0)
        td_out_say(&cli->out, "%lld rows were set aside: tandem sync rejects list --local %s", (long long)v->lost,
                   r->local_url.path);
    if (rc == TD_OK && !v->equal && !a->repair)
        td_out_say(&cli->out, "next: tandem sync verify --repair --local %s", r->local_url.path);
    return rc;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_replica r;
    struct td_verify_result v = {0};
    int rc = td_replica_open(&r, cli, a->local, a->remote, TD_REPLICA_LOCK | TD_REPLICA_SERVER);
    if (rc == TD_OK)
        rc = verify(&r, a, &v);
    td_replica_close(&r);
    return rc != TD_OK ? -rc : v.equal || a->repair ? TD_EXIT_OK : TD_EXIT_CONFLICTS;
}

static const struct td_opt opts[] = {
    {"local", 0, TD_OPT_TEXT, offsetof(struct args, local), "FILE", TD_LOCAL_HELP},
    {"remote", 0, TD_OPT_TEXT, offsetof(struct args, remote), "URL", TD_REMOTE_HELP},
    {"repair", 0, TD_OPT_FLAG, offsetof(struct args, repair), NULL,
     "fetch tables that differ; what that replaces is set aside"},
    {0},
};

static const struct td_exit_note exits[] = {
    {5, "rows differ"},
    {69, "the server cannot be reached"},
    {75, "another sync of the file is at work"},
    {78, "the file is no clone, or sync is not enabled on the server"},
    {0},
};

const struct td_cmd td_cmd_sync_verify = {
    .name = "sync verify",
    .summary = "compare both sides, row by row",
    .about =
        "Pulls, then compares each table with the server in the same snapshot, by digests that both sides compute. "
        "Rows that wait to be sent count as they were before. With --repair, tables that differ are fetched whole; "
        "rows that only the file has, or has otherwise, are set aside first (`tandem sync rejects`).",
    .opts = opts,
    .exits = exits,
    .json = "local, tenant, device, remote  what was compared\nequal  all of it\ntables  table, equal, here, there "
            "(rows)\nrepaired  rows fetched\nlost  rows set aside before that",
    .examples = "tandem sync verify --local acme.db\ntandem sync verify --repair --local acme.db --json",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
