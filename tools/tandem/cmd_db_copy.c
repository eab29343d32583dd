/* tandem db copy: the rows of one database into another, of any engine. */
#include "tools/tandem/commands.h"
#include "tools/tandem/ends.h"

struct args {
    const char *from, *to, *tenant, *tenant_table;
    bool resume;
    struct td_opt_list skip;
};

static int copy(struct td_ends *e, const struct args *a, struct td_copy_result *out)
{
    const struct td_copy_opts opts = {.tenant = a->tenant, .tenant_table = a->tenant_table, .resume = a->resume};
    int rc = td_ends_url(e, a->from, "--from", &e->from_url);
    if (rc == TD_OK)
        rc = td_ends_url(e, a->to, "--to", &e->to_url);
    e->from = (struct td_place){.url = &e->from_url, .source = "--from"};
    e->to = (struct td_place){.url = &e->to_url, .source = "--to"};
    if (rc == TD_OK)
        rc = td_ends_read(e, &e->from);
    if (rc == TD_OK)
        rc = td_ends_config(e, e->from.db);
    if (rc == TD_OK)
        rc = td_ends_write(e, &e->to, true);
    return rc == TD_OK ? td_ends_copy(e, &opts, out) : rc;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_ends e;
    struct td_copy_result result = {0};
    int rc = td_ends_open(&e, cli, false, &a->skip);
    if (rc == TD_OK)
        rc = copy(&e, a, &result);
    if (rc == TD_OK)
        td_ends_answer(&e, &result);
    td_ends_close(&e);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"from", 0, TD_OPT_TEXT, offsetof(struct args, from), "URL", "the database to read, or env:NAME"},
    {"to", 0, TD_OPT_TEXT, offsetof(struct args, to), "URL", "the database to write to, or env:NAME; made if missing"},
    {"tenant", 0, TD_OPT_TEXT, offsetof(struct args, tenant), "ID",
     "only this tenant's rows, and those that all share"},
    {"tenant-table", 0, TD_OPT_TEXT, offsetof(struct args, tenant_table), "NAME", TD_TENANT_TABLE_HELP},
    {"resume", 0, TD_OPT_FLAG, offsetof(struct args, resume), NULL, "fail unless there is a copy to go on with"},
    {"skip", 0, TD_OPT_LIST, offsetof(struct args, skip), "KIND", TD_SKIP_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {4, "the two have other migrations applied"},
    {5, "the target has another row of that key"},
    {65, "a value cannot be kept by the target's engine, or a row refers to nothing"},
    {75, "the same copy is at work elsewhere"},
    {77, "the target is a clone"},
    {78, "which table holds the tenants is not known, or a table is undecided"},
    {0},
};

const struct td_cmd td_cmd_db_copy = {
    .name = "db copy",
    .summary = "copy all rows, or one tenant's, into another database of any engine",
    .about =
        "Both databases must have the same migrations applied; an empty target gets those of the source, from the "
        "texts "
        "that it keeps (or, where it keeps none, from the folder). All rows are read from one snapshot, in the order "
        "of "
        "their keys, tables that are referred to first. With --tenant, the rows are those that `tandem sync clone` "
        "would "
        "fetch.\n\n"
        "A row that the target has already must be the same, and is left as it is. Triggers of the target do not run "
        "and "
        "foreign keys are checked at the end, on PostgreSQL as far as the role may have that (superusers may); else "
        "triggers run, which is said. A server's capture for sync notes the rows. Counters go on behind them.\n\n"
        "How far it came is kept in the target (tandem.copy, on SQLite tandem_copy) until it is done: interrupted or "
        "killed, the same command goes on. What the source has changed meanwhile in tables that were done is not "
        "fetched.",
    .opts = opts,
    .exits = exits,
    .json =
        "rows  copied by this command\npresent  that were there already\ndeployed  whether the target got its "
        "migrations\nresumed  whether an earlier copy was gone on with\ntables  table, rows, present\nwarnings  texts",
    .examples = "tandem db copy --from postgresql://app@db/app --to file:app.db\n"
                "tandem db copy --from file:app.db --to postgresql://app@localhost/app --tenant 0190...",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
