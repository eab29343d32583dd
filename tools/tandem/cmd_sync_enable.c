/* tandem sync enable: what sync needs on the server, made or mended. */
#include <string.h>

#include "sync/install_postgres.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/synced.h"

struct args {
    const char *tenant_table;
    struct td_opt_list skip;
    bool dry_run;
};

struct enabling {
    const char *config;
    size_t count; /* statements */
};

static int install(struct td_synced *y, void *data, struct td_err *err)
{
    struct enabling *e = data;
    return td_install_postgres(&y->s.cli->arena, y->p->db, &y->scopes, e->config, &e->count, err);
}

/* The texts of migrations, which devices are made of: where they are missing, an empty deploy keeps them. */
static int keep_texts(struct td_synced *y)
{
    struct td_deploy_opts opts;
    struct td_deploy_result result;
    td_session_deploy_opts(&y->s, y->p, &opts);
    return td_deploy(&y->s.cli->arena, y->p->db, &y->folder, &opts, &result, &y->s.cli->err);
}

static size_t travelling(const struct td_scopes *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->len; i++)
        n += td_scope_travels(s->at[i]);
    return n;
}

static void answer(struct td_synced *y, const struct args *a, size_t count)
{
    struct td_out *o = &y->s.cli->out;
    size_t n = travelling(&y->scopes);
    if (!o->json) {
        td_synced_say_warnings(o, &y->warnings);
        if (a->dry_run && count == 0)
            td_out_say(o, "nothing to change: %zu tables are captured", n);
        else if (!a->dry_run)
            td_out_answer(o, "%s: %zu tables are captured\n", count == 0 ? "nothing to change" : "sync is enabled", n);
        return;
    }
    struct td_json_writer *w = td_out_json(o, "sync enable");
    td_session_put(y->p, w);
    td_json_put_bool(w, "dry_run", a->dry_run);
    td_json_put_bool(w, "changed", count > 0);
    td_json_put_text(w, "tenant", td_synced_table(&y->s.cli->arena, y->scopes.tenant));
    td_json_array(w, "tables");
    for (size_t i = 0; i < y->scopes.len; i++)
        if (td_scope_travels(y->scopes.at[i]))
            td_json_put_text(w, NULL, td_synced_table(&y->s.cli->arena, y->scopes.at[i]->table));
    td_json_array_end(w);
    td_synced_put_warnings(&y->s.cli->arena, &y->warnings, w);
}

static int enable(struct td_synced *y, const struct args *a)
{
    struct td_cli *cli = y->s.cli;
    struct enabling e = {0};
    struct td_strings sql = {0};
    int rc = td_synced_scopes(y, a->tenant_table);
    if (rc == TD_OK) /* before anything is written, and with --dry-run, too */
        rc = td_install_postgres_rights(&cli->arena, y->p->db, &y->scopes, &cli->err);
    if (rc == TD_OK)
        rc = td_synced_check_applied(y);
    if (rc == TD_OK)
        rc = td_install_config(&cli->arena, y->config, a->tenant_table, &e.config, &cli->err);
    if (rc == TD_OK)
        rc = td_install_postgres_plan(&cli->arena, y->p->db, &y->scopes, e.config, &sql, &cli->err);
    if (rc == TD_OK && a->dry_run) {
        td_synced_print(y, &sql);
        e.count = sql.len;
    } else if (rc == TD_OK) {
        rc = keep_texts(y);
        if (rc == TD_OK && sql.len > 0)
            rc = td_synced_change(y, install, &e);
    }
    if (rc == TD_OK)
        answer(y, a, e.count);
    return rc;
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_synced y;
    int rc = td_synced_open(&y, cli, a->dry_run, &a->skip);
    if (rc == TD_OK)
        rc = enable(&y, a);
    td_synced_close(&y);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"dry-run", 0, TD_OPT_FLAG, offsetof(struct args, dry_run), NULL, "print the SQL that would run; change nothing"},
    {"tenant-table", 0, TD_OPT_TEXT, offsetof(struct args, tenant_table), "NAME",
     "the table of tenants, in place of sync.tenant in tandem.json"},
    {"skip", 0, TD_OPT_LIST, offsetof(struct args, skip), "KIND", TD_SKIP_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {3, "migrations of the folder are not applied yet"},
    {4, "the history failed, or differs from the folder"},
    {65, "a file of the folder cannot be read as SQL"},
    {75, "a deploy holds the lock, or a table is in use; retry"},
    {77, "rights are missing: each is named"},
    {78, "a table's scope is undecided, or tandem.json does not fit the schema"},
    {0},
};

const struct td_cmd td_cmd_sync_enable = {
    .name = "sync enable",
    .summary = "note changes on the PostgreSQL server, for devices to fetch",
    .about =
        "Makes the schema tandem with the log of changes, the devices and their grants, and triggers on each table "
        "that "
        "travels, in one transaction; `tandem sync scope` shows which do. Run again, it mends what differs and changes "
        "nothing else. `tandem migrate deploy` keeps it in step with the tables.\n\n"
        "Who runs it must own the tables, or be a member of the role that does. The triggers fire always, also under "
        "session_replication_role, and nobody who writes to the tables needs a right on the log.\n\n"
        "The folder must be applied whole. What a device could see or do that it should not is warned of, with the "
        "migration that mends it.",
    .opts = opts,
    .exits = exits,
    .json = "engine, url, source  the database\ndry_run  whether nothing was run\nchanged  whether anything was to do\n"
            "tenant  the table of tenants\ntables  that are captured\nwarnings  rule, table, text, mend\n"
            "statements  with --dry-run",
    .examples = "tandem sync enable --url postgresql://owner@db/app\ntandem sync enable --dry-run",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
