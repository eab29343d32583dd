/* tandem sync clone: one tenant's slice of the server as an SQLite file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "sync/clone.h"
#include "sync/lock.h"
#include "tools/tandem/commands.h"
#include "tools/tandem/interrupt.h"
#include "tools/tandem/progress.h"
#include "tools/tandem/replica.h"

struct args {
    const char *remote, *tenant, *local;
    struct td_opt_list skip;
};

struct cloning {
    struct td_replica r;
    const struct args *a;
    char *partial;        /* where it is made: the file appears when it is whole */
    char *remembered;     /* the URL without its password */
    struct td_folder own; /* --migrations */
    struct td_cycle_result result;
};

static int joined(const char *path, const char *suffix, char **out, struct td_err *err)
{
    struct td_buf b = {0};
    td_buf_printf(&b, "%s%s", path, suffix);
    int rc = td_buf_take(&b, out, err);
    td_buf_deinit(&b);
    return rc;
}

static int missing(struct td_cli *cli, const char *what)
{
    td_err_set(&cli->err, TD_C_CLI_OPERAND, "%s is missing", what);
    return td_err_next(&cli->err, "tandem sync clone --remote URL --tenant ID --local FILE");
}

static int check_args(struct td_cli *cli, const struct args *a)
{
    if (a->tenant == NULL)
        return missing(cli, "--tenant ID");
    if (a->local == NULL)
        return missing(cli, "--local FILE");
    if (!td_file_exists(a->local))
        return TD_OK;
    td_err_set(&cli->err, TD_C_EXISTS, "\"%s\" is there already", a->local);
    return td_err_next(&cli->err, "clone to a new file; `tandem sync run --local FILE` brings a clone up to date");
}

static int prepare(struct cloning *c)
{
    struct td_cli *cli = c->r.s.cli;
    struct td_clone_opts opts = {.tenant = c->a->tenant, .remote = c->remembered, .schema = c->r.remote_url.schema};
    struct td_progress progress;
    int rc = TD_OK;
    if (cli->g.migrations != NULL || cli->g.schema != NULL) {
        rc = td_session_folder(&c->r.s, &c->own);
        opts.folder = &c->own;
    }
    td_progress_init(&progress, &cli->out, "sqlite");
    opts.deploy = (struct td_deploy_opts){.skip = c->r.s.skip,
                                          .wait_ms = TD_OPT_WAIT_DEFAULT_MS,
                                          .cancelled = &td_interrupt_flag,
                                          .on_event = td_progress_event,
                                          .data = &progress};
    if (rc == TD_OK)
        rc = td_clone(&cli->arena, c->r.remote, c->r.local, &opts, &cli->err);
    td_out_clear_line(&cli->out);
    return rc;
}

static int load(struct cloning *c)
{
    int rc = td_replica_device(&c->r);
    if (rc == TD_OK)
        rc = td_replica_server(&c->r);
    return rc == TD_OK ? td_replica_run(&c->r, true, true, &c->result) : rc;
}

/* The write-ahead log is emptied by closing the file; then it gets its name. */
static int finish(struct cloning *c)
{
    struct td_cli *cli = c->r.s.cli;
    char *lock = NULL;
    int made = joined(c->partial, "-sync", &lock, &cli->err);
    if (made != TD_OK)
        return made;
    td_server_postgres_close(c->r.server);
    c->r.server = NULL;
    td_device_close(c->r.device);
    c->r.device = NULL;
    td_db_close(c->r.local);
    c->r.local = NULL;
    int rc = rename(c->partial, c->a->local) == 0 ? TD_OK : td_err_errno(&cli->err, errno, "rename", c->partial);
    if (rc == TD_OK)
        unlink(lock);
    td_mem_free(lock);
    return rc;
}

static void answer(struct cloning *c)
{
    struct td_out *o = &c->r.s.cli->out;
    if (!o->json) {
        td_out_answer(o, "%s has the tenant %s\n", c->a->local, c->a->tenant);
        td_out_say(o, "next: tandem sync run --local %s", c->a->local);
        return;
    }
    struct td_json_writer *w = td_out_json(o, "sync clone");
    td_json_put_text(w, "local", c->a->local);
    td_json_put_text(w, "tenant", c->a->tenant);
    td_json_put_text(w, "remote", c->r.remote_url.display);
}

static int clone(struct cloning *c)
{
    struct td_cli *cli = c->r.s.cli;
    int rc = td_replica_remote(&c->r, c->a->remote, NULL);
    if (rc == TD_OK)
        rc = td_url_without_password(&c->r.remote_url, &c->remembered, &cli->err);
    if (rc == TD_OK)
        rc = td_replica_file(&c->r, c->partial, true);
    if (rc == TD_OK)
        rc = td_lock_take(c->r.local_url.path, &c->r.lock, &cli->err);
    if (rc == TD_OK)
        rc = prepare(c);
    if (rc == TD_OK)
        rc = load(c);
    if (rc == TD_OK)
        rc = finish(c);
    if (rc == TD_OK)
        answer(c);
    return rc;
}

static int run(struct td_cli *cli, const void *args)
{
    struct cloning c = {.a = args};
    int rc = td_replica_session(&c.r, cli, &c.a->skip);
    if (rc == TD_OK)
        rc = check_args(cli, c.a);
    if (rc == TD_OK)
        rc = joined(c.a->local, ".partial", &c.partial, &cli->err);
    if (rc == TD_OK)
        rc = clone(&c);
    td_replica_close(&c.r);
    td_mem_free(c.partial);
    td_mem_free(c.remembered);
    return rc != TD_OK ? -rc : TD_EXIT_OK;
}

static const struct td_opt opts[] = {
    {"remote", 0, TD_OPT_TEXT, offsetof(struct args, remote), "URL", TD_REMOTE_HELP},
    {"tenant", 0, TD_OPT_TEXT, offsetof(struct args, tenant), "ID", "key of the tenant, as PostgreSQL prints it"},
    {"local", 0, TD_OPT_TEXT, offsetof(struct args, local), "FILE", "the SQLite file to make"},
    {"skip", 0, TD_OPT_LIST, offsetof(struct args, skip), "KIND", TD_SKIP_HELP},
    {0},
};

static const struct td_exit_note exits[] = {
    {69, "the server cannot be reached; the same command goes on"},
    {73, "the file is there already"},
    {75, "another clone into the same file is at work"},
    {77, "this role may not sync the tenant"},
    {78, "sync is not enabled on the server"},
    {0},
};

const struct td_cmd td_cmd_sync_clone = {
    .name = "sync clone",
    .summary = "make an SQLite file with one tenant's rows",
    .about =
        "Makes the tables by the migrations that the server keeps (--migrations: by a folder of yours, which must be "
        "the same), fetches the tenant's rows in the order of their keys, and brings them to one state of the "
        "server. Any program may write to the file from then on; `tandem sync run` carries changes both ways.\n\n"
        "It is made as FILE.partial and gets its name when it is whole. Interrupted or killed, the same command goes "
        "on where it stopped. The URL is remembered in the file, its password is not.",
    .opts = opts,
    .exits = exits,
    .json = "local  the file\ntenant  its key\nremote  the server",
    .examples = "tandem sync clone --remote postgresql://app@db/app --tenant 0190... --local acme.db",
    .args_size = sizeof(struct args),
    .database = true,
    .run = run,
};
