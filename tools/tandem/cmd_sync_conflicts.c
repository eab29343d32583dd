/* tandem sync conflicts: what lost where both sides had changed the same, and what to do about it. */
#include <stdlib.h>
#include <string.h>

#include "sync/settle.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/grid.h"
#include "tools/tandem/replica.h"

struct args {
    const char *what, *id;
    const char *local, *take, *all_like;
    bool all;
};

static const char *or_dash(const char *text)
{
    return text == NULL ? "-" : text;
}

static void put(const struct td_conflict_record *c, struct td_json_writer *w)
{
    td_json_object(w, NULL);
    td_json_put_int(w, "id", c->id);
    td_json_put_text(w, "table", c->table);
    td_json_put_text(w, "key", c->key);
    td_json_put_text(w, "column", c->column);
    td_json_put_text(w, "policy", c->policy);
    td_json_put_text(w, "taken", c->taken);
    td_json_put_text(w, "base", c->base);
    td_json_put_text(w, "mine", c->mine);
    td_json_put_text(w, "theirs", c->theirs);
    td_json_put_text(w, "chosen", c->chosen);
    td_json_put_int(w, "batch", c->batch);
    td_json_put_text(w, "state", c->state);
    td_json_put_text(w, "at", c->at);
    td_json_object_end(w);
}

static int print_text(struct td_cli *cli, const struct td_conflict_records *v)
{
    static const char *const headers[] = {"ID", "TABLE", "KEY", "COLUMN", "BASE", "MINE", "THEIRS", "TAKEN", NULL};
    struct td_grid *g = NULL;
    int rc = td_grid_open(&cli->out, headers, &g, &cli->err);
    for (size_t i = 0; rc == TD_OK && i < v->len; i++) {
        const struct td_conflict_record *c = &v->at[i];
        const char *cells[] = {td_arena_printf(&cli->arena, "%lld", (long long)c->id),
                               c->table,
                               c->key,
                               c->column == NULL ? "(row)" : c->column,
                               or_dash(c->base),
                               or_dash(c->mine),
                               or_dash(c->theirs),
                               c->taken};
        td_grid_row(g);
        for (size_t k = 0; k < sizeof cells / sizeof *cells; k++)
            td_grid_cell(g, k, cells[k], TD_PLAIN);
    }
    if (rc == TD_OK)
        rc = td_grid_print(g, &cli->err);
    td_grid_close(g);
    return rc;
}

static int list(struct td_replica *r, const struct args *a, int64_t id)
{
    struct td_cli *cli = r->s.cli;
    struct td_conflict_records v;
    int rc = td_settle_conflicts(r->device, &cli->arena, id, id == 0 && !a->all, &v, &cli->err);
    if (rc != TD_OK || !cli->out.json)
        return rc == TD_OK ? print_text(cli, &v) : rc;
    struct td_json_writer *w = td_out_json(&cli->out, "sync conflicts");
    td_replica_put(r, w);
    td_json_array(w, "conflicts");
    for (size_t i = 0; i < v.len; i++)
        put(&v.at[i], w);
    td_json_array_end(w);
    return TD_OK;
}

static int resolve(struct td_replica *r, const struct args *a, int64_t id, int64_t *left)
{
    struct td_cli *cli = r->s.cli;
    struct td_device_counts c = {0};
    int64_t n = 0;
    enum td_take take = strcmp(a->take, "local") == 0    ? TD_TAKE_LOCAL
                        : strcmp(a->take, "remote") == 0 ? TD_TAKE_REMOTE
                                                         : TD_TAKE_MERGED;
    int rc = td_settle_resolve(r->device, id, take, a->all_like != NULL, &n, &cli->err);
    if (rc == TD_OK)
        rc = td_device_count(r->device, &c, &cli->err);
    *left = c.conflicts;
    if (rc != TD_OK)
        return rc;
    if (cli->out.json) {
        struct td_json_writer *w = td_out_json(&cli->out, "sync conflicts");
        td_replica_put(r, w);
        td_json_put_int(w, "resolved", n);
        td_json_put_int(w, "open", c.conflicts);
        return TD_OK;
    }
    td_out_answer(&cli->out, "%lld resolved, %lld open\n", (long long)n, (long long)c.conflicts);
    if (c.pending > 0)
        td_out_say(&cli->out, "next: tandem sync run --local %s", r->local_url.path);
    return TD_OK;
}

static int check(struct td_cli *cli, const struct args *a, int64_t *id)
{
    const char *text = a->all_like != NULL ? a->all_like : a->id;
    bool resolves = strcmp(a->what, "resolve") == 0, names = resolves || strcmp(a->what, "show") == 0;
    *id = text == NULL ? 0 : strtoll(text, NULL, 10);
    if (names && *id <= 0) {
        td_err_set(&cli->err, TD_C_CLI_OPERAND, "`tandem sync conflicts %s` needs the number of a conflict", a->what);
        return td_err_next(&cli->err, "tandem sync conflicts list  shows them");
    }
    if (!resolves || a->take != NULL)
        return TD_OK;
    td_err_set(&cli->err, TD_C_CLI_OPERAND, "--take is missing: local, remote or merged");
    return td_err_next(&cli->err, "local writes this file's value again, remote the server's, merged leaves what is");
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_replica r;
    int64_t id = 0, left = 0;
    bool resolves = strcmp(a->what, "resolve") == 0;
    int rc = check(cli, a, &id);
    if (rc != TD_OK)
        return -rc;
    rc = td_replica_open(&r, cli, a->local, NULL, resolves ? TD_REPLICA_LOCK : TD_REPLICA_FILE);
    if (rc == TD_OK)
        rc = resolves ? resolve(&r, a, id, &left) : list(&r, a, id);
    td_replica_close(&r);
    return rc != TD_OK ? -rc : left > 0 ? TD_EXIT_CONFLICTS : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"local", 0, TD_OPT_TEXT, offsetof(struct args, local), "FILE", TD_LOCAL_HELP},
    {"all", 0, TD_OPT_FLAG, offsetof(struct args, all), NULL, "list: also those that are resolved"},
    {"take", 0, TD_OPT_TEXT, offsetof(struct args, take), "local|remote|merged",
     "resolve: write this file's value, the server's, or leave what was chosen"},
    {"all-like", 0, TD_OPT_TEXT, offsetof(struct args, all_like), "ID",
     "resolve: this one and all open ones of the same table, column and policy"},
    {0},
};

static const struct td_operand operands[] = {
    {"list|show|resolve", offsetof(struct args, what), true, "list|show|resolve"},
    {"ID", offsetof(struct args, id), false, NULL},
    {0},
};

static const struct td_exit_note exits[] = {
    {5, "resolve: some are open still"},
    {75, "resolve: a sync of the file is at work"},
    {78, "the file is no clone"},
    {0},
};

const struct td_cmd td_cmd_sync_conflicts = {
    .name = "sync conflicts",
    .summary = "list and resolve what both sides had changed",
    .about =
        "A column that the device and the server had both changed has one value now, by tandem.json's policy; the "
        "three "
        "values that there were are kept here: base (as the device last had it from the server), mine (the device's), "
        "theirs (the server's), as PostgreSQL prints them. (row): one side had deleted what the other changed.\n\n"
        "resolve writes a value as any program would, so that the next run sends it, and closes the record.",
    .opts = opts,
    .operands = operands,
    .exits = exits,
    .json =
        "local, tenant, device, remote  the file\nconflicts  id, table, key, column (null: the row), policy, taken, "
        "base, mine, theirs, chosen, batch, state, at\nresolved, open  of resolve: how many",
    .examples = "tandem sync conflicts list --local acme.db --json\n"
                "tandem sync conflicts resolve 3 --take local --local acme.db\n"
                "tandem sync conflicts resolve --all-like 3 --take remote --local acme.db",
    .args_size = sizeof(struct args),
    .run = run,
};
