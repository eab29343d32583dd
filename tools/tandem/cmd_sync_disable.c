/* tandem sync disable: takes everything of sync out of the server's database. */
#include "sync/install_postgres.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/synced.h"

struct args {
    bool dry_run;
};

static int remove_all(struct td_synced *y, void *data, struct td_err *err)
{
    return td_install_postgres_remove(&y->s.cli->arena, y->p->db, data, err);
}

static void answer(struct td_synced *y, const struct args *a, size_t count)
{
    struct td_out *o = &y->s.cli->out;
    if (o->json) {
        struct td_json_writer *w = td_out_json(o, "sync disable");
        td_session_put(y->p, w);
        td_json_put_bool(w, "dry_run", a->dry_run);
        td_json_put_bool(w, "changed", count > 0);
    } else if (!a->dry_run || count == 0) {
        td_out_answer(o, "%s\n", count == 0 ? "nothing to remove" : "sync is disabled, and nothing of it is left");
    }
}

static int disable(struct td_synced *y, const struct args *a)
{
    struct td_cli *cli = y->s.cli;
    struct td_strings sql = {0};
    size_t count = 0;
    int rc = td_install_postgres_remove_plan(&cli->arena, y->p->db, &sql, &cli->err);
    if (rc == TD_OK && a->dry_run) {
        td_synced_print(y, &sql);
        count = sql.len;
    } else if (rc == TD_OK && sql.len > 0) {
        rc = td_synced_change(y, remove_all, &count);
    }
    if (rc == TD_OK)
        answer(y, a, count);
    return rc;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_synced y;
    int rc = td_synced_open(&y, cli, a->dry_run, NULL);
    if (rc == TD_OK)
        rc = disable(&y, a);
    td_synced_close(&y);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"dry-run", 0, TD_OPT_FLAG, offsetof(struct args, dry_run), NULL, "print the SQL that would run; change nothing"},
    {0},
};

static const struct td_exit_note exits[] = {
    {75, "a deploy holds the lock, or a table is in use; retry"},
    {77, "rights are missing: each is named"},
    {0},
};

const struct td_cmd td_cmd_sync_disable = {
    .name = "sync disable",
    .summary = "remove every trace of sync from the PostgreSQL server",
    .about =
        "Drops the triggers, the log, the devices and their grants; row-level security of the tables is again what "
        "it was before. The history of migrations stays, and so do the rows of your tables.\n\n"
        "What devices have written and not sent yet stays in their files; enabled again, they compare themselves "
        "with the server.",
    .opts = opts,
    .exits = exits,
    .json = "engine, url, source  the database\ndry_run  whether nothing was run\nchanged  whether there was anything\n"
            "statements  with --dry-run",
    .examples = "tandem sync disable --url postgresql://owner@db/app\ntandem sync disable --dry-run",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
