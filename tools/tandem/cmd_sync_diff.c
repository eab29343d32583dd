/* tandem sync diff: what a push would send. */
#include "sync/settle.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/replica.h"

struct args {
    const char *local;
};

struct printing {
    struct td_out *out;
    struct td_json_writer *w;
    size_t n;
};

static const char *or_null(const char *text)
{
    return text == NULL ? "NULL" : text;
}

static int print(void *data, const struct td_pending_row *row, struct td_err *err)
{
    struct printing *p = data;
    (void)err;
    p->n++;
    if (p->w != NULL) {
        td_json_object(p->w, NULL);
        td_json_put_text(p->w, "table", row->table);
        td_json_put_text(p->w, "key", row->key);
        td_json_put_text(p->w, "change", row->change);
        td_json_array(p->w, "columns");
    } else {
        td_out_answer(p->out, "%s %s %s\n", row->change, row->table, row->key);
    }
    for (size_t i = 0; i < row->n_columns; i++) {
        const struct td_pending_column *c = &row->columns[i];
        if (p->w == NULL) {
            td_out_answer(p->out, "    %s: %s -> %s\n", c->name, or_null(c->base), or_null(c->mine));
            continue;
        }
        td_json_object(p->w, NULL);
        td_json_put_text(p->w, "column", c->name);
        td_json_put_text(p->w, "base", c->base);
        td_json_put_text(p->w, "mine", c->mine);
        td_json_object_end(p->w);
    }
    if (p->w != NULL) {
        td_json_array_end(p->w);
        td_json_object_end(p->w);
    }
    return TD_OK;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_replica r;
    struct printing p = {.out = &cli->out};
    int rc = td_replica_open(&r, cli, a->local, NULL, TD_REPLICA_FILE);
    if (rc == TD_OK && cli->out.json) {
        p.w = td_out_json(&cli->out, "sync diff");
        td_replica_put(&r, p.w);
        td_json_array(p.w, "rows");
    }
    if (rc == TD_OK)
        rc = td_settle_pending(r.device, print, &p, &cli->err);
    if (p.w != NULL)
        td_json_array_end(p.w);
    td_replica_close(&r);
    return rc != TD_OK ? -rc : p.n > 0 ? TD_EXIT_FOUND : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"local", 0, TD_OPT_TEXT, offsetof(struct args, local), "FILE", TD_LOCAL_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {2, "there is something to send"},
    {78, "the file is no clone"},
    {0},
};

const struct td_cmd td_cmd_sync_diff = {
    .name = "sync diff",
    .summary = "show what a push would send, column by column",
    .about =
        "Rows that were changed in the file since they were last sent: as the server had them, and as they are. No "
        "server is asked. A batch that was sent and is not answered yet is not among them.",
    .opts = opts,
    .exits = exits,
    .json = "local, tenant, device, remote  the file\nrows  table, key, change (insert, update, delete), columns "
            "(column, base, mine)",
    .examples = "tandem sync diff --local acme.db",
    .args_size = sizeof(struct args),
    .run = run,
};
