/* tandem tenant delete: all rows of one tenant. */
#include <stdio.h>
#include <string.h>

#include "sync/tenants.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/ends.h"
#include "tools/tandem/interrupt.h"

struct args {
    const char *tenant, *confirm, *tenant_table;
    bool dry_run;
    struct td_opt_list skip;
};

struct taking {
    struct td_ends e;
    const struct args *a;
    struct td_slice slice;
    struct td_tenant_deleted gone;
};

static int check_args(struct td_cli *cli, const struct args *a)
{
    if (a->tenant == NULL) {
        td_err_set(&cli->err, TD_C_CLI_OPERAND, "--tenant ID is missing");
        return td_err_next(&cli->err, "`tandem tenant list` lists them.");
    }
    if (a->dry_run || (a->confirm != NULL && strcmp(a->confirm, a->tenant) == 0))
        return TD_OK;
    td_err_set(&cli->err, TD_C_SYNC_CONFIRM,
               a->confirm == NULL ? "--confirm is missing" : "--confirm is not the tenant's key");
    return td_err_next(&cli->err,
                       "--confirm repeats the value of --tenant exactly; --dry-run shows what would be deleted");
}

static int take(void *data, struct td_err *err)
{
    struct taking *t = data;
    return td_tenant_delete(&t->e.s.cli->arena, &t->slice, t->e.own->db, t->a->tenant, t->a->dry_run, &t->gone, err);
}

static void answer(struct taking *t)
{
    struct td_out *o = &t->e.s.cli->out;
    struct td_json_writer *w = o->json ? td_out_json(o, "tenant delete") : NULL;
    if (w != NULL) {
        td_json_put_text(w, "tenant", t->a->tenant);
        td_json_put_bool(w, "deleted", !t->a->dry_run);
        td_json_put_int(w, "rows", t->gone.rows);
        td_json_put_int(w, "kept", t->gone.kept);
        td_json_array(w, "tables");
    }
    for (size_t i = 0; i < t->gone.len; i++) {
        const struct td_tenant_gone *g = &t->gone.at[i];
        char rows[24];
        snprintf(rows, sizeof rows, "%lld", (long long)g->rows);
        if (w == NULL && g->rows > 0)
            td_out_answer(o, "%8s  %s\n", rows, g->table);
        if (w == NULL)
            continue;
        td_json_object(w, NULL);
        td_json_put_text(w, "table", g->table);
        td_json_put_int(w, "rows", g->rows);
        td_json_object_end(w);
    }
    if (w != NULL)
        td_json_array_end(w);
    td_out_answer(o, "%lld rows %s deleted\n", (long long)t->gone.rows, t->a->dry_run ? "would be" : "were");
    if (t->gone.kept > 0)
        td_out_answer(o, "%lld rows stay, as other tenants have them, too\n", (long long)t->gone.kept);
}

static int run(struct td_cli *cli, const void *args)
{
    struct taking t = {.a = args};
    int rc = td_ends_open(&t.e, cli, true, &t.a->skip);
    if (rc == TD_OK)
        rc = check_args(cli, t.a);
    if (rc == TD_OK)
        rc = td_ends_write(&t.e, t.e.own, false);
    if (rc == TD_OK)
        rc = td_ends_config(&t.e, t.e.own->db);
    if (rc == TD_OK)
        rc = td_ends_slice(&t.e, t.e.own, t.a->tenant_table, &t.slice);
    if (rc == TD_OK) {
        td_interrupt_watch(t.e.own->db);
        rc = td_arena_run(&cli->arena, take, &t, &cli->err);
        td_interrupt_unwatch();
    }
    if (rc == TD_ECANCELLED && cli->err.next[0] == '\0')
        rc = td_err_next(&cli->err, "Nothing was deleted.");
    if (rc == TD_OK)
        answer(&t);
    td_ends_close(&t.e);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"tenant", 0, TD_OPT_TEXT, offsetof(struct args, tenant), "ID", "key of the tenant, as PostgreSQL prints it"},
    {"confirm", 0, TD_OPT_TEXT, offsetof(struct args, confirm), "ID", "the same key once more"},
    {"dry-run", 0, TD_OPT_FLAG, offsetof(struct args, dry_run), NULL, "do it and roll it back"},
    {"tenant-table", 0, TD_OPT_TEXT, offsetof(struct args, tenant_table), "NAME", TD_TENANT_TABLE_HELP},
    {"skip", 0, TD_OPT_LIST, offsetof(struct args, skip), "KIND", TD_SKIP_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {65, "a row that would stay refers to one that would go"},
    {77, "the value of --confirm is not the tenant's key, or the file is a clone"},
    {78, "which table holds the tenants is not known, or a table is undecided"},
    {0},
};

const struct td_cmd td_cmd_tenant_delete = {
    .name = "tenant delete",
    .summary = "delete all rows of one tenant",
    .about =
        "Deletes the tenant's slice in one transaction, rows that refer to others first: the tenant's own row, rows "
        "that "
        "say that they are its, rows that lead to these, and members (users) whom no other tenant has. Tables that all "
        "share, and local ones, are not touched; where one of their rows refers to a row that would go, nothing is "
        "deleted. Triggers run, and sync notes the rows, as for any program.\n\n"
        "`tandem tenant export` keeps a copy that `tandem tenant import` brings back.",
    .opts = opts,
    .exits = exits,
    .json =
        "tenant  its key\ndeleted  false with --dry-run\nrows  how many\nkept  members that other tenants have, too\n"
        "tables  table, rows",
    .examples =
        "tandem tenant delete --tenant 0190... --dry-run\ntandem tenant delete --tenant 0190... --confirm 0190...",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
