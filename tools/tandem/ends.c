#include "tools/tandem/ends.h"

#include <stdio.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/migrate/rows.h"
#include "sync/kept.h"
#include "tools/tandem/interrupt.h"
#include "tools/tandem/progress.h"

enum { LINE_EVERY_MS = 10000 };

static struct td_cli *cli_of(const struct td_ends *e)
{
    return e->s.cli;
}

int td_ends_open(struct td_ends *e, struct td_cli *cli, bool databases, const struct td_opt_list *skip)
{
    memset(e, 0, sizeof *e);
    int rc = td_session_open(&e->s, cli, databases, NULL, skip);
    for (size_t i = 0; rc == TD_OK && i < e->s.n; i++)
        e->own = &e->s.at[i];
    e->config = e->s.target.config;
    return rc;
}

void td_ends_close(struct td_ends *e)
{
    td_interrupt_unwatch();
    if (e->from.url == &e->from_url)
        td_db_close(e->from.db);
    if (e->to.url == &e->to_url)
        td_db_close(e->to.db);
    td_url_deinit(&e->from_url);
    td_url_deinit(&e->to_url);
    td_session_close(&e->s);
}

int td_ends_url(struct td_ends *e, const char *text, const char *option, struct td_url *out)
{
    struct td_cli *cli = cli_of(e);
    if (text == NULL) {
        td_err_set(&cli->err, TD_C_CLI_OPERAND, "%s is missing", option);
        return td_err_next(&cli->err, "`tandem help %s` lists the options.", cli->cmd->name);
    }
    if (strncmp(text, "env:", 4) == 0) {
        const char *name = text + 4;
        text = td_target_env(&e->s.target, name, NULL);
        if (text == NULL)
            return td_err_set(&cli->err, TD_C_CONFIG_ENV, "%s names the variable %s, which is not set", option, name);
    }
    return td_url_parse(text, NULL, out, &cli->err);
}

int td_ends_file(struct td_ends *e, const char *path, struct td_url *out)
{
    struct td_err *err = &cli_of(e)->err;
    struct td_url any = {0};
    char *text = NULL;
    if (strncmp(path, "file:", 5) == 0 || strncmp(path, "sqlite:", 7) == 0)
        return td_url_parse(path, NULL, out, err);
    int rc = td_url_parse("file:any", NULL, &any, err);
    if (rc == TD_OK)
        rc = td_url_sibling(&any, path, NULL, &text, err);
    if (rc == TD_OK)
        rc = td_url_parse(text, NULL, out, err);
    td_mem_free(text);
    td_url_deinit(&any);
    return rc;
}

static void name_engine(struct td_place *p)
{
    p->engine = p->url->kind == TD_URL_POSTGRES ? "postgres" : "sqlite";
}

int td_ends_read(struct td_ends *e, struct td_place *p)
{
    struct td_err *err = &cli_of(e)->err;
    name_engine(p);
    int rc = td_session_read(&e->s, p, err);
    if (rc != TD_OK || !p->missing)
        return rc;
    return td_err_set(err, TD_C_DB_NOT_FOUND, "the database %s does not exist", p->url->display);
}

int td_ends_write(struct td_ends *e, struct td_place *p, bool create)
{
    name_engine(p);
    return td_session_write(&e->s, p, create);
}

/* ---- whose scopes ---- */

static void close_config(void *config)
{
    td_config_close(config);
}

static int read_kept(struct td_ends *e, struct td_db *db, const char **out, struct td_err *err)
{
    bool postgres = td_db_engine(db) == TD_ENGINE_POSTGRES;
    struct td_rows rows = {0};
    int64_t there = 0;
    int rc = td_db_query_int(db,
                             postgres ? "SELECT (to_regclass('tandem.sync') IS NOT NULL)::integer"
                                      : "SELECT count(*) FROM main.sqlite_schema WHERE name = 'tandem_meta'",
                             NULL, 0, &there, err);
    *out = NULL;
    if (rc != TD_OK || there == 0)
        return rc;
    rc = td_rows_read(&cli_of(e)->arena, db,
                      postgres ? "SELECT config FROM tandem.sync" : "SELECT v FROM main.tandem_meta WHERE k = 'config'",
                      NULL, 0, &rows, err);
    if (rc == TD_OK && td_rows_count(&rows) > 0)
        *out = td_rows_cell(&rows, 0, 0);
    return rc;
}

static int read_folder(struct td_ends *e)
{
    if (!td_file_exists(e->s.folder))
        return TD_OK;
    int rc = td_session_folder(&e->s, &e->folder);
    e->has_folder = rc == TD_OK;
    return rc;
}

int td_ends_config(struct td_ends *e, struct td_db *db)
{
    struct td_cli *cli = cli_of(e);
    struct td_config *kept = NULL;
    const char *text = NULL;
    int rc = read_folder(e);
    if (rc != TD_OK || e->config->sync_tenant != NULL || e->config->sync_tables != NULL)
        return rc;
    rc = read_kept(e, db, &text, &cli->err);
    if (rc != TD_OK || text == NULL)
        return rc;
    rc = td_config_parse(text, strlen(text), "tandem.sync", &kept, &cli->err);
    if (rc != TD_OK)
        return rc;
    td_arena_defer(&cli->arena, close_config, kept);
    e->config = kept;
    return TD_OK;
}

struct slicing {
    struct td_ends *e;
    const struct td_place *p;
    const char *tenant_table;
    struct td_folder folder;
    struct td_slice *out;
};

static int make_slice(void *data, struct td_err *err)
{
    struct slicing *s = data;
    struct td_arena *a = &cli_of(s->e)->arena;
    const struct td_kept_opts kept = {
        .who = s->p->url->display, .schema = s->p->url->schema, .folder = s->e->has_folder ? &s->e->folder : NULL};
    const struct td_slice_opts opts = {.folder = &s->folder,
                                       .skip = s->e->s.skip,
                                       .on = s->p->url->kind == TD_URL_POSTGRES ? TD_ON_POSTGRES : TD_ON_SQLITE,
                                       .config = s->e->config,
                                       .tenant_table = s->tenant_table,
                                       .scoped = true};
    int rc = td_kept_migrations(a, s->p->db, &kept, &s->folder, err);
    if (rc == TD_OK && s->folder.len == 0) {
        td_err_set(err, TD_C_SYNC_SCHEMA, "%s has no migrations", s->p->url->display);
        return td_err_next(err, "tandem migrate deploy");
    }
    return rc == TD_OK ? td_slice_make(a, &opts, s->out, err) : rc;
}

int td_ends_slice(struct td_ends *e, const struct td_place *p, const char *tenant_table, struct td_slice *out)
{
    struct slicing s = {.e = e, .p = p, .tenant_table = tenant_table, .out = out};
    return td_arena_run(&cli_of(e)->arena, make_slice, &s, &cli_of(e)->err);
}

/* ---- a copy ---- */

static void tell_json(const struct td_copy_progress *p)
{
    struct td_buf line = {0};
    struct td_json_writer w = {.out = &line, .mask = td_url_mask};
    td_json_object(&w, NULL);
    td_json_put_text(&w, "event", "copied");
    td_json_put_text(&w, "table", p->table);
    td_json_put_int(&w, "table_rows", p->table_rows);
    td_json_put_int(&w, "rows", p->rows);
    td_json_put_int(&w, "done", (int64_t)p->done);
    td_json_put_int(&w, "total", (int64_t)p->tables);
    td_json_object_end(&w);
    if (line.failed == TD_OK)
        fprintf(stderr, "%s\n", td_buf_str(&line));
    td_buf_deinit(&line);
}

static void tell(const struct td_copy_progress *p, void *data)
{
    struct td_ends *e = data;
    struct td_out *o = &cli_of(e)->out;
    int64_t now = td_clock_ms();
    if (o->json) {
        tell_json(p);
    } else if (o->terminal) {
        td_out_status(o, "%zu/%zu  %s: %lld rows", p->done + 1, p->tables, p->table, (long long)p->table_rows);
    } else if (now - e->said_ms >= LINE_EVERY_MS) {
        td_out_say(o, "%zu of %zu tables, %s: %lld rows", p->done + 1, p->tables, p->table, (long long)p->table_rows);
        e->said_ms = now;
    }
}

int td_ends_copy(struct td_ends *e, const struct td_copy_opts *given, struct td_copy_result *out)
{
    struct td_cli *cli = cli_of(e);
    struct td_copy_opts opts = *given;
    struct td_progress progress;
    const struct td_copy_end from = {e->from.db, e->from.url, "the source"}, to = {e->to.db, e->to.url, "the target"};
    td_session_deploy_opts(&e->s, &e->to, &opts.deploy);
    td_progress_init(&progress, &cli->out, e->to.engine);
    opts.deploy.on_event = td_progress_event;
    opts.deploy.data = &progress;
    opts.config = e->config;
    opts.folder = e->has_folder ? &e->folder : NULL;
    opts.cancelled = &td_interrupt_flag;
    opts.on_progress = tell;
    opts.data = e;
    e->said_ms = td_clock_ms();
    td_interrupt_watch(e->to.db);
    int rc = td_copy(&cli->arena, &from, &to, &opts, out, &cli->err);
    td_interrupt_unwatch();
    td_out_clear_line(&cli->out);
    for (size_t i = 0; i < out->warnings.len; i++)
        td_out_say(&cli->out, "warning: %s", out->warnings.at[i]);
    if (rc == TD_ECANCELLED && cli->err.next[0] == '\0')
        td_err_next(&cli->err, opts.one ? "Nothing was written; the same command starts again."
                                        : "The same command goes on from here.");
    return rc;
}

static void put_result(const struct td_copy_result *r, struct td_json_writer *w)
{
    td_json_put_int(w, "rows", r->rows);
    td_json_put_int(w, "present", r->present);
    td_json_put_bool(w, "deployed", r->deployed);
    td_json_put_bool(w, "resumed", r->resumed);
    td_json_array(w, "tables");
    for (size_t i = 0; i < r->len; i++) {
        td_json_object(w, NULL);
        td_json_put_text(w, "table", r->at[i].name);
        td_json_put_int(w, "rows", r->at[i].rows);
        td_json_put_int(w, "present", r->at[i].present);
        td_json_object_end(w);
    }
    td_json_array_end(w);
    td_json_array(w, "warnings");
    for (size_t i = 0; i < r->warnings.len; i++)
        td_json_put_text(w, NULL, r->warnings.at[i]);
    td_json_array_end(w);
}

void td_ends_answer(struct td_ends *e, const struct td_copy_result *r)
{
    struct td_out *o = &cli_of(e)->out;
    if (o->json) {
        put_result(r, td_out_json(o, cli_of(e)->cmd->name));
        return;
    }
    td_out_answer(o, "%lld rows copied", (long long)r->rows);
    if (r->present > 0)
        td_out_answer(o, ", %lld were there already", (long long)r->present);
    td_out_answer(o, "\n");
}
