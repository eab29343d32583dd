/* tandem sync compact: the server's log, down to what devices may still ask for. */
#include "core/migrate/rows.h"
#include "sync/compact.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/synced.h"

struct result {
    int64_t removed, left;
    const char *floor;
    bool ran;
};

/* Each call is a transaction of its own. */
static int remove_all(struct td_synced *y, struct result *out)
{
    struct td_compacted one = {.more = true};
    int rc = TD_OK;
    while (rc == TD_OK && one.more) {
        rc = td_compact(y->p->db, true, &one, &y->s.cli->err);
        out->removed += one.removed;
        out->ran |= one.ran;
    }
    return rc;
}

static int look(struct td_synced *y, struct result *out)
{
    struct td_arena *a = &y->s.cli->arena;
    struct td_rows rows = {0};
    int rc = td_rows_read(a, y->p->db, "SELECT (SELECT count(*) FROM tandem.log), floor FROM tandem.sync", NULL, 0,
                          &rows, &y->s.cli->err);
    if (rc == TD_OK && td_rows_count(&rows) > 0) {
        out->left = td_rows_int(&rows, 0, 0);
        out->floor = td_rows_cell(&rows, 0, 1);
    }
    return rc;
}

static void answer(struct td_synced *y, const struct result *r)
{
    struct td_out *o = &y->s.cli->out;
    if (!o->json && !r->ran)
        td_out_answer(o, "somebody else is compacting the log at the moment\n");
    else if (!o->json)
        td_out_answer(o, "%lld entries removed, %lld left\n", (long long)r->removed, (long long)r->left);
    if (!o->json)
        return;
    struct td_json_writer *w = td_out_json(o, "sync compact");
    td_session_put(y->p, w);
    td_json_put_bool(w, "ran", r->ran);
    td_json_put_int(w, "removed", r->removed);
    td_json_put_int(w, "left", r->left);
    td_json_put_text(w, "floor", r->floor);
}

static int run(struct td_cli *cli, const void *args)
{
    struct td_synced y;
    struct result r = {0};
    (void)args;
    int rc = td_synced_open(&y, cli, false, NULL);
    if (rc == TD_OK)
        rc = td_synced_kept(&y);
    if (rc == TD_OK)
        rc = remove_all(&y, &r);
    if (rc == TD_OK)
        rc = look(&y, &r);
    if (rc == TD_OK)
        answer(&y, &r);
    td_synced_close(&y);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_exit_note exits[] = {
    {77, "rights are missing"},
    {78, "sync is not enabled"},
    {0},
};

const struct td_cmd td_cmd_sync_compact = {
    .name = "sync compact",
    .summary = "remove from the server's log what no device needs any more",
    .about =
        "Removes entries that a later one of the same row supersedes, and those that every device in use has fetched. "
        "Devices do the same by themselves after a pull, every ten minutes at most; this is for who wants it now. "
        "Nobody who reads or writes waits for it.\n\n"
        "A device that was not seen for 30 days does not hold the log up: when it comes back, it compares its tables "
        "with the server's, and nothing of it is lost.",
    .exits = exits,
    .json = "engine, url, source  the database\nran  false: somebody else is at it\nremoved  entries\nleft  entries\n"
            "floor  the snapshot from which on the log is whole",
    .examples = "tandem sync compact --url postgresql://owner@db/app",
    .database = true,
    .run = run,
};
