/* tandem tenant import: the rows of a file that `tandem tenant export` has made. */
#include "sync/tenants.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/ends.h"

struct args {
    const char *from, *tenant, *tenant_table;
    struct td_opt_list skip;
};

struct importing {
    struct td_ends e;
    const struct args *a;
    struct td_slice slice;
    struct td_tenants tenants;
    const char *tenant;
    struct td_copy_result result;
};

static int check_args(struct td_cli *cli, const struct args *a)
{
    if (a->from != NULL)
        return TD_OK;
    td_err_set(&cli->err, TD_C_CLI_OPERAND, "--from FILE is missing");
    return td_err_next(&cli->err, "tandem tenant import --from FILE");
}

static int read_tenants(void *data, struct td_err *err)
{
    struct importing *i = data;
    return td_tenants_list(&i->e.s.cli->arena, &i->slice, i->e.from.db, &i->tenants, err);
}

/* An export has one. */
static int choose(struct importing *i)
{
    struct td_cli *cli = i->e.s.cli;
    i->tenant = i->a->tenant;
    if (i->tenant != NULL)
        return TD_OK;
    int rc = td_ends_slice(&i->e, &i->e.from, i->a->tenant_table, &i->slice);
    if (rc == TD_OK)
        rc = td_arena_run(&cli->arena, read_tenants, i, &cli->err);
    if (rc == TD_OK && i->tenants.len == 1)
        i->tenant = i->tenants.at[0].key;
    if (rc != TD_OK || i->tenant != NULL)
        return rc;
    td_err_set(&cli->err, TD_C_CLI_OPERAND, "the file has %zu tenants", i->tenants.len);
    return td_err_next(&cli->err, "name the one that is meant: --tenant ID");
}

static int import(struct importing *i)
{
    struct td_ends *e = &i->e;
    int rc = td_ends_file(e, i->a->from, &e->from_url);
    e->from = (struct td_place){.url = &e->from_url, .source = "--from"};
    if (rc == TD_OK)
        rc = td_ends_read(e, &e->from);
    if (rc == TD_OK)
        rc = td_ends_write(e, e->own, false);
    if (rc == TD_OK)
        rc = td_ends_config(e, e->own->db);
    if (rc == TD_OK)
        rc = choose(i);
    if (rc != TD_OK)
        return rc;
    e->to = *e->own;
    const struct td_copy_opts opts = {.tenant = i->tenant, .tenant_table = i->a->tenant_table, .one = true};
    return td_ends_copy(e, &opts, &i->result);
}

static int run(struct td_cli *cli, const void *args)
{
    struct importing i = {.a = args};
    int rc = td_ends_open(&i.e, cli, true, &i.a->skip);
    if (rc == TD_OK)
        rc = check_args(cli, i.a);
    if (rc == TD_OK)
        rc = import(&i);
    if (rc == TD_OK && cli->out.json)
        td_json_put_text(td_out_json(&cli->out, "tenant import"), "tenant", i.tenant);
    if (rc == TD_OK)
        td_ends_answer(&i.e, &i.result);
    td_ends_close(&i.e);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"from", 0, TD_OPT_TEXT, offsetof(struct args, from), "FILE", "the SQLite file"},
    {"tenant", 0, TD_OPT_TEXT, offsetof(struct args, tenant), "ID", "which one, of a file that has several"},
    {"tenant-table", 0, TD_OPT_TEXT, offsetof(struct args, tenant_table), "NAME", TD_TENANT_TABLE_HELP},
    {"skip", 0, TD_OPT_LIST, offsetof(struct args, skip), "KIND", TD_SKIP_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {4, "file and database have other migrations applied"},
    {5, "the database has another row of that key"},
    {65, "a value is none of its column's type, or a row refers to nothing"},
    {77, "the database is a clone"},
    {78, "which table holds the tenants is not known, or a table is undecided"},
    {0},
};

const struct td_cmd td_cmd_tenant_import = {
    .name = "tenant import",
    .summary = "insert the rows of an exported tenant",
    .about = "Inserts the tenant's rows of a file into the database of --url, all in one transaction: all of them, or "
             "none. Rows that are there already, as those that all tenants share, must be the same. Triggers and "
             "foreign keys are as for `tandem db copy`. Both sides need the same migrations; an empty database gets "
             "them.",
    .opts = opts,
    .exits = exits,
    .json = "tenant  its key\nrows  inserted\npresent  that were there already\ndeployed  whether the database got its "
            "migrations\nresumed  false\ntables  table, rows, present\nwarnings  texts",
    .examples = "tandem tenant import --from acme.db --url postgresql://app@localhost/app",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
