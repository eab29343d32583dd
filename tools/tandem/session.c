#include "tools/tandem/session.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/migrate/skip.h"
#include "drivers/drivers.h"
#include "tools/tandem/cache.h"
#include "tools/tandem/interrupt.h"

static void fill_target_opts(const struct td_cli *cli, const char *on, struct td_target_opts *out)
{
    const struct td_globals *g = &cli->g;
    *out = (struct td_target_opts){.url = g->url,
                                   .url_from = cli->url_from,
                                   .env_files = g->env_files.at,
                                   .env_files_len = g->env_files.len,
                                   .no_env_file = g->no_env_file,
                                   .config = g->config,
                                   .migrations = g->migrations,
                                   .schema = g->schema,
                                   .direct = true};
    if (!td_target_on_parse(on, &out->on))
        out->on = TD_TARGET_DEFAULT; /* the option's table has checked it */
}

static int wrong_skip(struct td_session *s, bool flag, size_t nth)
{
    struct td_err *err = &s->cli->err, told = *err;
    char key[64];
    if (flag)
        return td_err_wrap(err, "--skip");
    snprintf(key, sizeof key, "sqlite.skip.%zu", nth);
    td_config_err(s->target.config, key, err, "sqlite.skip: %s", told.message);
    return td_err_next(err, "%s", told.next);
}

struct skips_args {
    struct td_session *s;
    const struct td_folder *folder;
};

/* Places are known with the folder. One in a file that is not there leaves out nothing: probably it was renamed. */
static int settle_skips(void *data, struct td_err *err)
{
    struct skips_args *k = data;
    struct td_session *s = k->s;
    for (size_t i = 0; i < s->skip.len; i++) {
        bool found;
        const char *given = s->skip_words[i];
        int rc = td_skip_settle(&s->cli->arena, k->folder, &s->skip_words[i], &found, err);
        if (rc == TD_EUSAGE)
            return wrong_skip(s, i < s->skip_flags, i - (i < s->skip_flags ? 0 : s->skip_flags));
        if (rc != TD_OK)
            return rc;
        if (!found)
            td_out_say(&s->cli->out, "warning: skip \"%s\": there is no such migration", given);
    }
    return TD_OK;
}

/* Flags first, then tandem.json's. */
static int fill_skip(struct td_session *s, const struct td_opt_list *skip)
{
    size_t given = skip != NULL ? skip->len : 0, configured = s->target.config->skip.len;
    const char **at = td_arena_alloc(&s->cli->arena, (given + configured + 1) * sizeof *at);
    if (at == NULL)
        return td_err_nomem(&s->cli->err);
    for (size_t i = 0; i < given + configured; i++) {
        at[i] = i < given ? skip->at[i] : s->target.config->skip.at[i - given];
        if (td_skip_check(at[i], &s->cli->err) != TD_OK)
            return wrong_skip(s, i < given, i - given);
    }
    s->skip_words = at;
    s->skip_flags = given;
    s->skip = (struct td_skip){at, given + configured};
    return TD_OK;
}

static void add_place(struct td_session *s, struct td_target_db *db, const char *engine)
{
    if (!db->found)
        return;
    s->at[s->n++] = (struct td_place){.url = &db->url, .engine = engine, .source = db->from};
    if (db->note != NULL)
        td_out_say(&s->cli->out, "%s", db->note);
    if (db->url.note != NULL)
        td_out_say(&s->cli->out, "warning: %s", db->url.note);
    td_out_trace(&s->cli->out, "%s: %s from %s", engine, db->url.display, db->from);
}

int td_session_open(struct td_session *s, struct td_cli *cli, bool databases, const char *on,
                    const struct td_opt_list *skip)
{
    struct td_target_opts opts;
    memset(s, 0, sizeof *s);
    if (cli->url_from != NULL) /* --each has chosen already */
        on = NULL;
    s->cli = cli;
    cli->on = on;
    cli->skip = skip;
    fill_target_opts(cli, on, &opts);
    int rc = td_target_open(&opts, &s->target, &cli->err);
    if (rc != TD_OK)
        return rc;
    s->folder = s->target.migrations;
    td_deploy_postgres_init(&s->watch, s->target.config);
    td_deploy_sqlite_init(&s->follow, s->target.config);
    td_out_trace(&cli->out, "migrations: %s from %s", s->folder, s->target.migrations_from);
    rc = fill_skip(s, skip);
    if (rc != TD_OK || !databases)
        return rc;
    td_drivers_register();
    rc = td_target_databases(&opts, &s->target, &cli->err);
    add_place(s, &s->target.sqlite, "sqlite");
    add_place(s, &s->target.postgres, "postgres");
    return rc;
}

void td_session_at(struct td_session *s, const struct td_place *p)
{
    if (s->n > 1)
        s->cli->on = p->engine;
}

int td_session_failed(struct td_session *s, const struct td_place *p, int rc)
{
    if (rc == TD_OK || rc == TD_EREFUSED || s->n < 2) /* what is refused is SQLite's, and says so */
        return rc;
    td_session_at(s, p);
    return td_err_wrap(&s->cli->err, "%s", p->engine);
}

void td_session_close(struct td_session *s)
{
    td_interrupt_unwatch();
    td_deploy_sqlite_deinit(&s->follow);
    for (size_t i = 0; i < s->n; i++)
        td_db_close(s->at[i].db);
    s->n = 0;
    if (s->cli != NULL)
        td_target_close(&s->target);
    s->cli = NULL;
}

struct folder_args {
    struct td_session *s;
    const char *index;
    struct td_folder *out;
};

static int look(void *data, struct td_err *err)
{
    struct folder_args *f = data;
    return td_folder_look(&f->s->cli->arena, f->s->folder, f->index, f->out, err);
}

static int read_folder(struct td_session *s, const char *index, struct td_folder *out)
{
    int rc = td_arena_run(&s->cli->arena, look, &(struct folder_args){s, index, out}, &s->cli->err);
    if (rc != TD_OK)
        return rc;
    for (size_t i = 0; i < out->warnings.len; i++)
        td_out_say(&s->cli->out, "warning: %s", out->warnings.at[i]);
    rc = td_arena_run(&s->cli->arena, settle_skips, &(struct skips_args){s, out}, &s->cli->err);
    if (rc != TD_OK)
        return rc;
    td_out_trace(&s->cli->out, "%zu migrations in %s", out->len, s->folder);
    return TD_OK;
}

int td_session_folder(struct td_session *s, struct td_folder *out)
{
    return read_folder(s, NULL, out);
}

int td_session_look(struct td_session *s, struct td_folder *out)
{
    char *index = td_cache_folder_index(s->folder);
    int rc = read_folder(s, index, out);
    td_mem_free(index);
    return rc;
}

static void on_notice(const char *text, void *data)
{
    struct td_cli *cli = data;
    td_out_detail(&cli->out, "notice: %s", text);
}

/* SQLite's wait for another program's lock: as long as a statement may wait, but no longer than the caller does. */
static int busy_ms(const struct td_globals *g)
{
    if (!g->lock_timeout.given && !g->wait.given)
        return 0; /* as the driver has it */
    int ms = g->lock_timeout.given ? g->lock_timeout.ms : g->wait.ms;
    if (g->wait.given && g->wait.ms < ms)
        ms = g->wait.ms;
    return ms == 0 ? -1 : ms;
}

static struct td_db_opts db_opts(struct td_session *s)
{
    const struct td_globals *g = &s->cli->g;
    return (struct td_db_opts){.busy_timeout_ms = busy_ms(g),
                               .connect_timeout_ms = s->connect_ms,
                               .on_notice = on_notice,
                               .notice_data = s->cli};
}

int td_session_write(struct td_session *s, struct td_place *p, bool create)
{
    struct td_db_opts opts = db_opts(s);
    if (s->cli->g.read_only) {
        td_err_set(&s->cli->err, TD_C_CLI_READ_ONLY, "`tandem %s` writes, and --read-only was given",
                   s->cli->cmd->name);
        return td_err_next(&s->cli->err, "Leave out --read-only; `tandem migrate status` only reads.");
    }
    signal(SIGPIPE, SIG_IGN); /* `deploy | head` still deploys */
    td_out_say(&s->cli->out, "%s: %s (from %s)", p->engine, p->url->display, p->source);
    opts.create = create;
    int rc = td_db_open(p->url, &opts, &p->db, &s->cli->err);
    if (rc == TD_OK)
        td_out_trace(&s->cli->out, "%s: connected, version %s", p->engine, td_db_server_version(p->db));
    return rc;
}

/* An empty database in memory stands for an SQLite file that is not there yet. */
static int open_stand_in(struct td_place *p, struct td_db_opts *opts, struct td_err *err)
{
    struct td_url url;
    int rc = td_url_parse("sqlite::memory:", NULL, &url, err);
    if (rc != TD_OK)
        return rc;
    opts->read_only = false;
    opts->create = true;
    rc = td_db_open(&url, opts, &p->db, err);
    td_url_deinit(&url);
    return rc;
}

int td_session_read(struct td_session *s, struct td_place *p, struct td_err *err)
{
    struct td_db_opts opts = db_opts(s);
    if (p->db != NULL)
        return TD_OK;
    opts.read_only = true;
    int rc = td_db_open(p->url, &opts, &p->db, err);
    if (rc != TD_ENOTFOUND)
        return rc;
    td_out_trace(&s->cli->out, "%s: %s", p->engine, err->message);
    td_err_clear(err);
    p->missing = true;
    return p->url->kind == TD_URL_SQLITE ? open_stand_in(p, &opts, err) : TD_OK;
}

void td_session_deploy_opts(struct td_session *s, const struct td_place *p, struct td_deploy_opts *out)
{
    const struct td_globals *g = &s->cli->g;
    *out = (struct td_deploy_opts){.skip = s->skip,
                                   .schema = p->url->schema,
                                   .wait_ms = g->wait.given ? g->wait.ms : TD_OPT_WAIT_DEFAULT_MS,
                                   .lock_timeout_ms = g->lock_timeout.given ? g->lock_timeout.ms : 0,
                                   .pooled = p->url->pgbouncer,
                                   .url = p->url,
                                   .cancelled = &td_interrupt_flag};
    out->hooks = p->url->kind == TD_URL_POSTGRES ? &s->watch.hooks : &s->follow.hooks;
}

void td_session_put(const struct td_place *p, struct td_json_writer *w)
{
    td_json_put_text(w, "engine", p->engine);
    td_json_put_text(w, "url", p->url->display);
    td_json_put_text(w, "source", p->source);
}
