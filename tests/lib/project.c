#include "tests/lib/project.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/mem.h"
#include "drivers/drivers.h"
#include "tests/lib/pgcluster.h"
#include "tests/lib/tmpdir.h"

static void on_event(const struct td_deploy_event *ev, void *data)
{
    static const char *const words[] = {"waiting", "planned", "started", "resumed", "statement", "applied", "warning"};
    struct project *p = data;
    size_t used = strlen(p->events);
    snprintf(p->events + used, sizeof p->events - used, "%s %s%s%s\n", words[ev->kind],
             ev->name == NULL ? "" : ev->name, ev->text == NULL ? "" : " ", ev->text == NULL ? "" : ev->text);
}

void project_connect(struct project *p, const char *url)
{
    td_drivers_register();
    td_url_deinit(&p->url);
    assert_int_equal(td_url_parse(url, NULL, &p->url, &p->err), TD_OK);
    int rc = td_db_open(&p->url, &(struct td_db_opts){.create = true}, &p->db, &p->err);
    if (rc != TD_OK)
        fail_msg("%s: %s (%s)", url, p->err.message, p->err.why);
    p->opts = (struct td_deploy_opts){.wait_ms = 10000, .lock_timeout_ms = 1000, .on_event = on_event, .data = p};
    p->opts.url = &p->url;
    p->opts.schema = p->url.schema;
    p->opts.pooled = p->url.pgbouncer;
}

void project_open(struct project *p, const char *url)
{
    memset(p, 0, sizeof *p);
    char *own = url == NULL ? td_pgcluster_create(NULL) : NULL;
    assert_true(url != NULL || own != NULL);
    p->root = td_tmpdir_make();
    p->dir = td_tmpdir_path(p->root, "migrations");
    assert_int_equal(mkdir(p->dir, 0755), 0);
    project_connect(p, url == NULL ? own : url);
    free(own);
}

void project_join(struct project *p, const struct project *first)
{
    memset(p, 0, sizeof *p);
    p->dir = strdup(first->dir);
    p->url = first->url;
    td_drivers_register();
    int rc = td_db_open(&first->url, &(struct td_db_opts){0}, &p->db, &p->err);
    if (rc != TD_OK)
        fail_msg("%s (%s)", p->err.message, p->err.why);
    p->opts = first->opts;
    p->opts.url = &first->url;
    p->opts.data = p;
}

void project_close(struct project *p)
{
    td_arena_deinit(&p->arena);
    td_db_close(p->db);
    if (p->root != NULL) {
        td_url_deinit(&p->url);
        td_tmpdir_remove(p->root);
    }
    free(p->dir);
    memset(p, 0, sizeof *p);
}

void project_add(struct project *p, const char *name, const char *sql)
{
    char *dir = td_tmpdir_path(p->dir, name);
    char *file = td_tmpdir_path(dir, "migration.sql");
    mkdir(dir, 0755);
    td_tmpdir_write(file, sql, strlen(sql));
    free(file);
    free(dir);
}

void project_remove(struct project *p, const char *name)
{
    char *dir = td_tmpdir_path(p->dir, name);
    char *file = td_tmpdir_path(dir, "migration.sql");
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(dir), 0);
    free(file);
    free(dir);
}

static int read_folder(void *data, struct td_err *err)
{
    struct project *p = data;
    return td_folder_read(&p->arena, p->dir, &p->folder, err);
}

static int begin(struct project *p)
{
    td_arena_deinit(&p->arena);
    p->arena = (struct td_arena){0};
    p->events[0] = '\0';
    td_err_clear(&p->err);
    return td_arena_run(&p->arena, read_folder, p, &p->err);
}

int project_deploy(struct project *p)
{
    int rc = begin(p);
    return rc != TD_OK ? rc : td_deploy(&p->arena, p->db, &p->folder, &p->opts, &p->result, &p->err);
}

int project_resolve(struct project *p, enum td_resolve what, const char *name)
{
    size_t changed = 0;
    int rc = begin(p);
    return rc != TD_OK ? rc : td_resolve(&p->arena, p->db, &p->folder, what, name, &p->opts, &changed, &p->err);
}

static int compare(void *data, struct td_err *err)
{
    struct project *p = data;
    struct td_history h;
    int rc = td_history_read(&p->arena, p->db, p->opts.schema, &h, err);
    if (rc == TD_OK)
        td_history_compare(&p->arena, &p->folder, &h, &p->status);
    return rc;
}

void project_status(struct project *p)
{
    int rc = begin(p);
    if (rc == TD_OK)
        rc = td_arena_run(&p->arena, compare, p, &p->err);
    if (rc != TD_OK)
        fail_msg("%s", p->err.message);
}

const char *project_state(const struct project *p, const char *name)
{
    for (size_t i = 0; i < p->status.len; i++)
        if (strcmp(p->status.at[i].name, name) == 0)
            return td_migration_state_name(p->status.at[i].state);
    return "absent";
}

void project_exec(struct project *p, const char *sql)
{
    struct td_err err = {0};
    if (td_db_exec(p->db, sql, &err) != TD_OK)
        fail_msg("%s: %s", sql, err.message);
}

const char *project_text(struct project *p, const char *sql)
{
    static char text[4096];
    struct td_err err = {0};
    char *got = NULL;
    if (td_db_query_text(p->db, sql, NULL, 0, &got, &err) != TD_OK)
        fail_msg("%s: %s", sql, err.message);
    snprintf(text, sizeof text, "%s", got == NULL ? "NULL" : got);
    td_mem_free(got);
    return text;
}
