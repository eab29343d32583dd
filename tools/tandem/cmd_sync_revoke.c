/* tandem sync revoke: a device sees a tenant, or anything at all, no more. */
#include "sync/grant_postgres.h"
#include "sync/install_postgres.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/synced.h"

struct args {
    const char *tenant, *device;
};

struct revoking {
    const struct args *args;
    bool gone;
};

static int revoke(struct td_synced *y, void *data, struct td_err *err)
{
    struct revoking *r = data;
    return td_revoke_postgres(&y->s.cli->arena, y->p->db, r->args->device, r->args->tenant, &r->gone, err);
}

static void answer(struct td_synced *y, const struct revoking *r)
{
    struct td_out *o = &y->s.cli->out;
    if (!o->json) {
        td_out_answer(o, "%s %s\n", r->args->device,
                      r->gone ? "is revoked, and its role dropped" : "keeps other grants");
        return;
    }
    struct td_json_writer *w = td_out_json(o, "sync revoke");
    td_json_put_text(w, "device", r->args->device);
    td_json_put_text(w, "tenant", r->args->tenant);
    td_json_put_bool(w, "role_dropped", r->gone);
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct revoking r = {.args = a};
    struct td_synced y;
    if (a->device == NULL) {
        td_err_set(&cli->err, TD_C_CLI_OPERAND, "--device is to be given");
        td_err_next(&cli->err, "tandem sync revoke --device NAME");
        return td_cli_fail(cli);
    }
    int rc = td_synced_open(&y, cli, false, NULL);
    if (rc == TD_OK)
        rc = td_synced_kept(&y);
    if (rc == TD_OK)
        rc = td_synced_change(&y, revoke, &r);
    if (rc == TD_OK)
        answer(&y, &r);
    td_synced_close(&y);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"device", 0, TD_OPT_TEXT, offsetof(struct args, device), "NAME", "what `tandem sync grant` called it"},
    {"tenant", 0, TD_OPT_TEXT, offsetof(struct args, tenant), "ID", "this tenant alone; default: all"},
    {0},
};

static const struct td_exit_note exits[] = {
    {1, "there is no such device"},
    {75, "a deploy holds the lock; retry"},
    {77, "rights are missing"},
    {78, "sync is not enabled"},
    {0},
};

const struct td_cmd td_cmd_sync_revoke = {
    .name = "sync revoke",
    .summary = "take a device's grant away",
    .about =
        "From the next statement on the device sees nothing of the tenant, also in a session that is open. With its "
        "last grant the role is dropped. What it has in its file stays there; what it has not sent can be sent no "
        "more.",
    .opts = opts,
    .exits = exits,
    .json = "device  its name\ntenant  null: all\nrole_dropped  whether that was its last grant",
    .examples = "tandem sync revoke --device anna-laptop\n"
                "tandem sync revoke --device anna-laptop --tenant 7f3c9a4e-0000-4000-8000-000000000001",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
