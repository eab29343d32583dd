/* tandem tenant export: one tenant's slice as an SQLite file. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/file.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/ends.h"

struct args {
    const char *tenant, *to, *tenant_table;
    struct td_opt_list skip;
};

static int check_args(struct td_cli *cli, const struct args *a)
{
    if (a->tenant == NULL || a->to == NULL) {
        td_err_set(&cli->err, TD_C_CLI_OPERAND, "%s is missing", a->tenant == NULL ? "--tenant ID" : "--to FILE");
        return td_err_next(&cli->err, "tandem tenant export --tenant ID --to FILE");
    }
    if (!td_file_exists(a->to))
        return TD_OK;
    td_err_set(&cli->err, TD_C_EXISTS, "\"%s\" is there already", a->to);
    return td_err_next(&cli->err, "export to a new file");
}

/* The file is closed, so that nothing of it is elsewhere; then it gets its name. */
static int finish(struct td_ends *e, const char *partial, const char *to)
{
    td_db_close(e->to.db);
    e->to.db = NULL;
    return rename(partial, to) == 0 ? TD_OK : td_err_errno(&e->s.cli->err, errno, "rename", partial);
}

/* Is there something to go on from? What cannot succeed leaves no file behind. */
static bool goes_on(int rc)
{
    return rc == TD_ECANCELLED || rc == TD_EOFFLINE || rc == TD_EBUSY || rc == TD_EFULL || rc == TD_EIO ||
           rc == TD_EEXISTS || rc == TD_ENOMEM;
}

static void drop(struct td_ends *e, const char *partial)
{
    td_db_close(e->to.db);
    e->to.db = NULL;
    unlink(partial);
}

static int export_to(struct td_ends *e, const struct args *a, struct td_copy_result *out)
{
    const struct td_copy_opts opts = {.tenant = a->tenant, .tenant_table = a->tenant_table, .fresh = true};
    const char *partial = td_arena_printf(&e->s.cli->arena, "%s.partial", a->to);
    if (partial == NULL)
        return td_err_nomem(&e->s.cli->err);
    int rc = td_ends_file(e, partial, &e->to_url);
    if (rc == TD_OK)
        rc = td_ends_read(e, e->own);
    if (rc == TD_OK)
        rc = td_ends_config(e, e->own->db);
    e->from = *e->own;
    e->to = (struct td_place){.url = &e->to_url, .source = "--to"};
    if (rc == TD_OK)
        rc = td_ends_write(e, &e->to, true);
    if (rc != TD_OK)
        return rc;
    rc = td_ends_copy(e, &opts, out);
    if (rc != TD_OK && !goes_on(rc))
        drop(e, partial);
    return rc == TD_OK ? finish(e, partial, a->to) : rc;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_ends e;
    struct td_copy_result result = {0};
    int rc = td_ends_open(&e, cli, true, &a->skip);
    if (rc == TD_OK)
        rc = check_args(cli, a);
    if (rc == TD_OK)
        rc = export_to(&e, a, &result);
    if (rc == TD_OK) {
        struct td_json_writer *w = cli->out.json ? td_out_json(&cli->out, "tenant export") : NULL;
        if (w != NULL)
            td_json_put_text(w, "tenant", a->tenant);
        if (w != NULL)
            td_json_put_text(w, "file", a->to);
        td_ends_answer(&e, &result);
    }
    td_ends_close(&e);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"tenant", 0, TD_OPT_TEXT, offsetof(struct args, tenant), "ID", "key of the tenant, as PostgreSQL prints it"},
    {"to", 0, TD_OPT_TEXT, offsetof(struct args, to), "FILE", "the SQLite file to make"},
    {"tenant-table", 0, TD_OPT_TEXT, offsetof(struct args, tenant_table), "NAME", TD_TENANT_TABLE_HELP},
    {"skip", 0, TD_OPT_LIST, offsetof(struct args, skip), "KIND", TD_SKIP_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {65, "a value cannot be kept by SQLite"},
    {73, "the file is there already"},
    {78, "which table holds the tenants is not known, or a table is undecided"},
    {0},
};

const struct td_cmd td_cmd_tenant_export = {
    .name = "tenant export",
    .summary = "write one tenant's rows to an SQLite file",
    .about =
        "Makes a file with the tables of the migrations and exactly the rows of the tenant's slice, those that all "
        "tenants share among them. It is an SQLite database as any other, no clone: nothing is synced. Columns "
        "and tables that are on PostgreSQL only are not in it.\n\n"
        "It is made as FILE.partial and gets its name when it is whole. Interrupted or killed, the same command "
        "goes on where it stopped.",
    .opts = opts,
    .exits = exits,
    .json = "tenant  its key\nfile  the file\nrows  copied by this command\npresent  that were there already\n"
            "deployed  whether the file got its migrations\nresumed  whether an earlier export was gone on with\n"
            "tables  table, rows, present\nwarnings  texts",
    .examples = "tandem tenant export --url postgresql://app@db/app --tenant 0190... --to acme.db",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
