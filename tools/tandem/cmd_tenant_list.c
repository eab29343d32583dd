/* tandem tenant list: who the tenants of a database are, and what they have. */
#include <inttypes.h>
#include <stdio.h>

#include "sync/tenants.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/ends.h"
#include "tools/tandem/grid.h"

struct args {
    const char *tenant_table;
    struct td_opt_list skip;
};

struct listed {
    struct td_ends e;
    struct td_slice slice;
    struct td_tenants tenants;
};

static int read_list(void *data, struct td_err *err)
{
    struct listed *l = data;
    return td_tenants_list(&l->e.s.cli->arena, &l->slice, l->e.own->db, &l->tenants, err);
}

static const char *counts(struct td_arena *a, const struct listed *l, const struct td_tenant *t)
{
    struct td_buf b;
    td_buf_init(&b, a);
    for (size_t i = 0; i < l->tenants.tables.len; i++)
        if (t->counts[i] > 0)
            td_buf_printf(&b, "%s%s %" PRId64, b.len > 0 ? ", " : "", l->tenants.tables.at[i], t->counts[i]);
    return td_buf_str(&b);
}

static int print(struct listed *l)
{
    static const char *const headers[] = {"TENANT", "NAME", "ROWS", "TABLES", NULL};
    struct td_cli *cli = l->e.s.cli;
    struct td_grid *g = NULL;
    char rows[32];
    int rc = td_grid_open(&cli->out, headers, &g, &cli->err);
    for (size_t i = 0; rc == TD_OK && i < l->tenants.len; i++) {
        const struct td_tenant *t = &l->tenants.at[i];
        snprintf(rows, sizeof rows, "%" PRId64, t->rows);
        td_grid_row(g);
        td_grid_cell(g, 0, t->key == NULL ? "" : t->key, TD_PLAIN);
        td_grid_cell(g, 1, t->name == NULL ? "" : t->name, TD_PLAIN);
        td_grid_cell(g, 2, rows, TD_PLAIN);
        td_grid_cell(g, 3, counts(&cli->arena, l, t), TD_DIM);
    }
    if (rc == TD_OK)
        rc = td_grid_print(g, &cli->err);
    td_grid_close(g);
    return rc;
}

static void put(const struct listed *l)
{
    struct td_json_writer *w = td_out_json(&l->e.s.cli->out, "tenant list");
    td_json_put_text(w, "table", l->slice.scopes.tenant->name);
    td_json_put_text(w, "key", l->slice.scopes.tenant_key->name);
    td_json_put_text(w, "name", l->tenants.name_column);
    td_json_array(w, "tenants");
    for (size_t i = 0; i < l->tenants.len; i++) {
        const struct td_tenant *t = &l->tenants.at[i];
        td_json_object(w, NULL);
        td_json_put_text(w, "key", t->key);
        td_json_put_text(w, "name", t->name);
        td_json_put_int(w, "rows", t->rows);
        td_json_object(w, "tables");
        for (size_t n = 0; n < l->tenants.tables.len; n++)
            td_json_put_int(w, l->tenants.tables.at[n], t->counts[n]);
        td_json_object_end(w);
        td_json_object_end(w);
    }
    td_json_array_end(w);
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct listed l = {0};
    int rc = td_ends_open(&l.e, cli, true, &a->skip);
    if (rc == TD_OK)
        rc = td_ends_read(&l.e, l.e.own);
    if (rc == TD_OK)
        rc = td_ends_config(&l.e, l.e.own->db);
    if (rc == TD_OK)
        rc = td_ends_slice(&l.e, l.e.own, a->tenant_table, &l.slice);
    if (rc == TD_OK)
        rc = td_arena_run(&cli->arena, read_list, &l, &cli->err);
    if (rc == TD_OK && cli->out.json)
        put(&l);
    else if (rc == TD_OK)
        rc = print(&l);
    td_ends_close(&l.e);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"tenant-table", 0, TD_OPT_TEXT, offsetof(struct args, tenant_table), "NAME", TD_TENANT_TABLE_HELP},
    {"skip", 0, TD_OPT_LIST, offsetof(struct args, skip), "KIND", TD_SKIP_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {4, "the database has no migrations"},
    {78, "which table holds the tenants is not known, or a table is undecided"},
    {0},
};

const struct td_cmd td_cmd_tenant_list = {
    .name = "tenant list",
    .summary = "list the tenants of a database, with their rows",
    .about = "Lists each row of the table of tenants with its name, if a column looks like one (name, title, "
             "display_name, label, slug, domain), and how many rows of each table are in its slice. Tables that all "
             "tenants share are not counted. `tandem sync scope` tells which rows are whose, and why.",
    .opts = opts,
    .exits = exits,
    .json = "table  of the tenants\nkey  its column\nname  the column that names them, or null\ntenants  key, name, "
            "rows, tables (rows of each)",
    .examples = "tandem tenant list --url postgresql://app@db/app",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
