/* tandem sync grant: a role for a device, bound to a tenant; its URL is printed once. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/uuid.h"
#include "sync/grant_postgres.h"
#include "sync/install_postgres.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/synced.h"

struct args {
    const char *tenant, *device;
    struct td_opt_list skip;
};

#define PASSWORD_BYTES 65

struct granting {
    struct td_grant grant;
    const char *config, *role;
    struct td_strings warnings;
};

static int grant(struct td_synced *y, void *data, struct td_err *err)
{
    struct granting *g = data;
    struct td_arena *a = &y->s.cli->arena;
    int rc = td_grant_postgres(a, y->p->db, &y->scopes, g->config, &g->grant, &g->role, err);
    return rc == TD_OK ? td_grant_warnings(a, y->p->db, &g->warnings, err) : rc;
}

/* 244 random bits. */
static void make_password(char out[PASSWORD_BYTES])
{
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        char uuid[TD_UUID_TEXT];
        td_uuid_v4(uuid);
        for (const char *p = uuid; *p != '\0'; p++)
            if (*p != '-')
                out[n++] = *p;
    }
    out[n] = '\0';
}

/* Where the URL names no database, libpq takes the user's name for it, and that is another now. */
static int make_url(struct td_synced *y, const struct granting *g, char **out)
{
    struct td_err *err = &y->s.cli->err;
    struct td_url named = {0};
    char *database = NULL, *sibling = NULL;
    if (y->p->url->database != NULL)
        return td_url_as(y->p->url, g->role, g->grant.password, out, err);
    int rc = td_db_query_text(y->p->db, "SELECT current_database()", NULL, 0, &database, err);
    if (rc == TD_OK)
        rc = td_url_sibling(y->p->url, database, NULL, &sibling, err);
    if (rc == TD_OK)
        rc = td_url_parse(sibling, NULL, &named, err);
    if (rc == TD_OK)
        rc = td_url_as(&named, g->role, g->grant.password, out, err);
    td_url_deinit(&named);
    td_mem_free(sibling);
    td_mem_free(database);
    return rc;
}

static void answer(struct td_synced *y, const struct granting *g, const char *url)
{
    struct td_out *o = &y->s.cli->out;
    for (size_t i = 0; i < g->warnings.len; i++)
        td_out_say(o, "warning: %s", g->warnings.at[i]);
    td_out_secret(o, url);
    if (!o->json)
        return;
    struct td_json_writer *w = td_out_json(o, "sync grant");
    td_json_put_text(w, "device", g->grant.device);
    td_json_put_text(w, "role", g->role);
    td_json_put_text(w, "tenant", g->grant.tenant);
    td_json_put_exact(w, "url", url);
    td_json_array(w, "warnings");
    for (size_t i = 0; i < g->warnings.len; i++)
        td_json_put_text(w, NULL, g->warnings.at[i]);
    td_json_array_end(w);
}

static int make(struct td_synced *y, const struct args *a)
{
    struct td_cli *cli = y->s.cli;
    char password[PASSWORD_BYTES], *url = NULL;
    struct granting g = {.grant = {a->device, a->tenant, password}};
    int rc = td_synced_kept(y);
    if (rc == TD_OK)
        rc = td_synced_scopes(y, NULL);
    if (rc == TD_OK)
        rc = td_install_postgres_rights(&cli->arena, y->p->db, &y->scopes, &cli->err);
    if (rc == TD_OK)
        rc = td_synced_check_applied(y);
    if (rc == TD_OK)
        rc = td_install_config(&cli->arena, y->config, NULL, &g.config, &cli->err);
    make_password(password);
    if (rc == TD_OK)
        rc = td_synced_change(y, grant, &g);
    if (rc == TD_OK)
        rc = make_url(y, &g, &url);
    if (rc == TD_OK)
        answer(y, &g, url);
    td_mem_free(url);
    return rc;
}

static int check(struct td_cli *cli, const struct args *a)
{
    if (a->tenant != NULL && a->device != NULL && a->device[0] != '\0')
        return TD_OK;
    td_err_set(&cli->err, TD_C_CLI_OPERAND, "--tenant and --device are to be given");
    return td_err_next(&cli->err, "tandem sync grant --tenant ID --device NAME");
}

static int run(struct td_cli *cli, const void *args)
{
    const struct args *a = args;
    struct td_synced y;
    int rc = check(cli, a);
    if (rc != TD_OK)
        return -rc;
    rc = td_synced_open(&y, cli, false, &a->skip);
    if (rc == TD_OK)
        rc = make(&y, a);
    td_synced_close(&y);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"tenant", 0, TD_OPT_TEXT, offsetof(struct args, tenant), "ID", "the tenant's key"},
    {"device", 0, TD_OPT_TEXT, offsetof(struct args, device), "NAME", "what the device, and its role, is called"},
    {"skip", 0, TD_OPT_LIST, offsetof(struct args, skip), "KIND", TD_SKIP_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {1, "there is no such tenant"},
    {3, "migrations of the folder are not applied yet"},
    {4, "the history failed, or differs from the folder"},
    {65, "the tenant's key is no value of its type, or a table's policies are switched off"},
    {73, "roles of that name exist and are no devices of this database"},
    {75, "a deploy holds the lock, or a table is in use; retry"},
    {77, "rights are missing: each is named"},
    {78, "sync is not enabled"},
    {0},
};

const struct td_cmd td_cmd_sync_grant = {
    .name = "sync grant",
    .summary = "make a role for a device, and print its URL once",
    .about =
        "Makes a role that can log in and sees one tenant's rows alone, by row-level security; for the same device and "
        "another tenant it sees both. The answer is the role's URL: the same server and database, with a new password, "
        "which is kept nowhere. Given again, the URL before it ends.\n\n"
        "What every other role sees stays as it is: tables that had no row-level security get a policy that lets all "
        "of "
        "them through, those that had keep their policies. Shared tables can be read by devices, not written; tables "
        "that do not travel are out of reach, unless everybody may read them: that is warned of.\n\n"
        "Who runs it must own the tables and have CREATEROLE.",
    .opts = opts,
    .exits = exits,
    .json = "device  its name\nrole  that it connects as\ntenant  its tenant\nurl  for the device; shown this "
            "once\nwarnings  what a device can reach "
            "beyond its rows",
    .examples = "tandem sync grant --tenant 7f3c9a4e-0000-4000-8000-000000000001 --device anna-laptop",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
