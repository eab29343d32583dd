/* tandem sync rejects: rows that were set aside, and what to do about them. */
#include <stdlib.h>
#include <string.h>

#include "sync/settle.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/grid.h"
#include "tools/tandem/replica.h"

struct args {
    const char *what, *id;
    const char *local;
    struct td_opt_list set;
};

static void put(const struct td_reject_record *c, struct td_json_writer *w)
{
    td_json_object(w, NULL);
    td_json_put_int(w, "id", c->id);
    td_json_put_text(w, "table", c->table);
    td_json_put_text(w, "key", c->key);
    td_json_put_text(w, "reason", c->reason);
    td_json_put_text(w, "sqlstate", c->sqlstate);
    td_json_put_text(w, "message", c->message);
    td_json_put_raw(w, "base", c->base == NULL ? "null" : c->base);
    td_json_put_raw(w, "mine", c->mine == NULL ? "null" : c->mine);
    td_json_put_int(w, "batch", c->batch);
    td_json_put_text(w, "at", c->at);
    td_json_object_end(w);
}

static int print_grid(struct td_cli *cli, const struct td_reject_records *v)
{
    static const char *const headers[] = {"ID", "TABLE", "KEY", "REASON", "MESSAGE", NULL};
    struct td_grid *g = NULL;
    int rc = td_grid_open(&cli->out, headers, &g, &cli->err);
    for (size_t i = 0; rc == TD_OK && i < v->len; i++) {
        const struct td_reject_record *c = &v->at[i];
        td_grid_row(g);
        td_grid_cell(g, 0, td_arena_printf(&cli->arena, "%lld", (long long)c->id), TD_PLAIN);
        td_grid_cell(g, 1, c->table, TD_PLAIN);
        td_grid_cell(g, 2, c->key, TD_PLAIN);
        td_grid_cell(g, 3, c->reason, TD_YELLOW);
        td_grid_cell(g, 4, c->message == NULL ? "" : c->message, TD_PLAIN);
    }
    if (rc == TD_OK)
        rc = td_grid_print(g, &cli->err);
    td_grid_close(g);
    return rc;
}

static void print_one(const struct td_out *o, const struct td_reject_record *c)
{
    td_out_answer(o, "%s %s: %s\n", c->table, c->key, c->reason);
    if (c->message != NULL)
        td_out_answer(o, "  %s\n", c->message);
    td_out_answer(o, "  base: %s\n", c->base == NULL ? "no row" : c->base);
    td_out_answer(o, "  mine: %s\n", c->mine == NULL ? "no row" : c->mine);
}

static int list(struct td_replica *r, int64_t id)
{
    struct td_cli *cli = r->s.cli;
    struct td_reject_records v;
    int rc = td_settle_rejects(r->device, &cli->arena, id, &v, &cli->err);
    if (rc != TD_OK)
        return rc;
    if (id != 0 && v.len == 0) {
        td_err_set(&cli->err, TD_C_SYNC_NO_RECORD, "there is no reject %lld", (long long)id);
        return td_err_next(&cli->err, "tandem sync rejects list  shows those that there are");
    }
    if (cli->out.json) {
        struct td_json_writer *w = td_out_json(&cli->out, "sync rejects");
        td_replica_put(r, w);
        td_json_array(w, "rejects");
        for (size_t i = 0; i < v.len; i++)
            put(&v.at[i], w);
        td_json_array_end(w);
        return TD_OK;
    }
    if (id == 0)
        return print_grid(cli, &v);
    print_one(&cli->out, &v.at[0]);
    return TD_OK;
}

static int settle(struct td_replica *r, const struct args *a, int64_t id)
{
    struct td_cli *cli = r->s.cli;
    bool drops = strcmp(a->what, "drop") == 0;
    int rc = drops ? td_settle_drop(r->device, id, &cli->err)
                   : td_settle_resend(r->device, id, a->set.at, a->set.len, &cli->err);
    if (rc != TD_OK)
        return rc;
    if (cli->out.json) {
        struct td_json_writer *w = td_out_json(&cli->out, "sync rejects");
        td_replica_put(r, w);
        td_json_put_int(w, "settled", 1);
        return TD_OK;
    }
    td_out_answer(&cli->out, drops ? "dropped\n" : "written again\n");
    if (!drops)
        td_out_say(&cli->out, "next: tandem sync run --local %s", r->local_url.path);
    return TD_OK;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_replica r;
    int64_t id = a->id == NULL ? 0 : strtoll(a->id, NULL, 10);
    bool lists = strcmp(a->what, "list") == 0, shows = lists || strcmp(a->what, "show") == 0;
    if (!lists && id <= 0) {
        td_err_set(&cli->err, TD_C_CLI_OPERAND, "`tandem sync rejects %s` needs the number of a row", a->what);
        td_err_next(&cli->err, "tandem sync rejects list  shows them");
        return td_cli_fail(cli);
    }
    int rc = td_replica_open(&r, cli, a->local, NULL, shows ? TD_REPLICA_FILE : TD_REPLICA_LOCK);
    if (rc == TD_OK)
        rc = shows ? list(&r, lists ? 0 : id) : settle(&r, a, id);
    td_replica_close(&r);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"local", 0, TD_OPT_TEXT, offsetof(struct args, local), "FILE", TD_LOCAL_HELP},
    {"set", 0, TD_OPT_LIST, offsetof(struct args, set), "COLUMN=VALUE", "resend: with another value; may repeat"},
    {0},
};

static const struct td_operand operands[] = {
    {"list|show|resend|drop", offsetof(struct args, what), true, "list|show|resend|drop"},
    {"ID", offsetof(struct args, id), false, NULL},
    {0},
};

static const struct td_exit_note exits[] = {
    {65, "resend: SQLite refuses the row; the record stays"},
    {75, "a sync of the file is at work"},
    {78, "the file is no clone"},
    {0},
};

const struct td_cmd td_cmd_sync_rejects = {
    .name = "sync rejects",
    .summary = "list, resend and drop rows that were set aside",
    .about =
        "A row that the server refuses (a unique value that another has, a row it refers to that is gone, a check, a "
        "right), or that has to make way for the server's, does not hold up the others: what the server has stands "
        "in its place, and the row is kept here, as it was based and as it was changed, with the reason.\n\n"
        "resend writes it again as any program would, with --set in place of a column's value; drop forgets it.",
    .opts = opts,
    .operands = operands,
    .exits = exits,
    .json = "local, tenant, device, remote  the file\nrejects  id, table, key, reason, sqlstate, message, base, mine "
            "(rows as objects of texts, or null), batch, at\nsettled  of resend and drop: 1",
    .examples =
        "tandem sync rejects list --local acme.db\ntandem sync rejects resend 2 --set slug=docs-2 --local acme.db",
    .args_size = sizeof(struct args),
    .run = run,
};
