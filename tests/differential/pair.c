#include "tests/differential/pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/mem.h"
#include "core/base/sha256.h"
#include "core/migrate/ddl_table.h"
#include "core/migrate/runner.h"
#include "drivers/drivers.h"
#include "tests/lib/pgcluster.h"
#include "tests/lib/tmpdir.h"

static bool open_url(const char *text, struct td_url *url, struct td_db **out)
{
    struct td_err err = {0};
    int rc = td_url_parse(text, NULL, url, &err);
    if (rc == TD_OK)
        rc = td_db_open(url, &(struct td_db_opts){.create = true}, out, &err);
    if (rc != TD_OK)
        fprintf(stderr, "%s: %s (%s)\n", text, err.message, err.why);
    return rc == TD_OK;
}

bool pair_open(struct pair *p)
{
    memset(p, 0, sizeof *p);
    td_drivers_register();
    char *url = td_pgcluster_create(NULL);
    bool good = url != NULL && open_url(url, &p->pg_url, &p->pg);
    p->dir = td_tmpdir_make();
    free(url);
    return good;
}

static void forget_schema(struct pair *p)
{
    td_arena_deinit(&p->arena);
    td_db_close(p->lite);
    p->arena = (struct td_arena){0};
    p->lite = NULL;
    p->lowering = NULL;
}

void pair_close(struct pair *p)
{
    forget_schema(p);
    td_db_close(p->pg);
    td_url_deinit(&p->pg_url);
    td_tmpdir_remove(p->dir);
}

const struct td_catalog *pair_catalog(const struct pair *p)
{
    return td_lowering_catalog(p->lowering);
}

/* ---- deploy ---- */

static bool start_empty(struct pair *p)
{
    struct td_url url = {0};
    struct td_err err = {0};
    forget_schema(p);
    bool good = open_url("sqlite::memory:", &url, &p->lite);
    td_url_deinit(&url);
    int rc = td_db_exec(p->pg,
                        "SET client_min_messages = warning; DROP SCHEMA IF EXISTS tandem CASCADE;"
                        " DROP SCHEMA public CASCADE; CREATE SCHEMA public",
                        &err);
    if (rc != TD_OK)
        fprintf(stderr, "%s\n", err.message);
    p->canon = (struct canon){.pg = p->pg, .arena = &p->arena};
    return good && rc == TD_OK;
}

static int lower_folder(struct pair *p, const struct td_folder *f, struct td_err *err)
{
    int rc = td_lowering_open(&p->arena, (struct td_skip){0}, &p->lowering, err);
    for (size_t i = 0; rc == TD_OK && i < f->len; i++) {
        struct td_lowered *out;
        rc = td_lowering_next(p->lowering, &f->at[i], &out, err);
    }
    return rc;
}

static bool deploy(struct pair *p, const struct td_folder *f, struct td_buf *problem)
{
    struct td_deploy_opts opts = {.wait_ms = 10000, .lock_timeout_ms = 5000};
    struct td_deploy_result result = {0};
    struct td_err pg_err = {0}, lite_err = {0}, err = {0};
    int pg = td_deploy(&p->arena, p->pg, f, &opts, &result, &pg_err);
    int lite = td_deploy(&p->arena, p->lite, f, &opts, &result, &lite_err);
    if (pg != TD_OK)
        td_buf_printf(problem, "PostgreSQL refuses the schema: %s at line %u\n", pg_err.message, pg_err.line);
    if (lite != TD_OK)
        td_buf_printf(problem, "SQLite refuses the schema: %s (%s) at line %u\n", lite_err.message, lite_err.why,
                      lite_err.line);
    if (pg != TD_OK || lite != TD_OK)
        return false;
    if (lower_folder(p, f, &err) != TD_OK)
        td_buf_printf(problem, "replay: %s\n", err.message);
    return problem->len == 0;
}

bool pair_deploy_text(struct pair *p, const char *sql, struct td_buf *problem)
{
    struct td_migration m = {.name = "1_schema", .path = "schema.sql", .text = sql, .len = strlen(sql)};
    struct td_folder f = {.path = ".", .dialect = TD_DIALECT_POSTGRES};
    td_sha256_hex(sql, m.len, m.checksum);
    if (!start_empty(p)) {
        td_buf_add(problem, "cannot start\n");
        return false;
    }
    *td_vec_add(&p->arena, &f) = m;
    return deploy(p, &f, problem);
}

bool pair_deploy_folder(struct pair *p, const char *dir, struct td_buf *problem)
{
    struct td_err err = {0};
    struct td_folder f = {0};
    if (!start_empty(p) || td_folder_read(&p->arena, dir, &f, &err) != TD_OK) {
        td_buf_printf(problem, "%s: %s\n", dir, err.message);
        return false;
    }
    return deploy(p, &f, problem);
}

/* ---- statements ---- */

/* Leaves the transaction open when all went well. */
static int run_lowered(struct pair *p, const struct td_lowered *low, struct td_err *err)
{
    int rc = td_db_begin(p->lite, TD_TX_WRITE, err);
    for (size_t i = 0; rc == TD_OK && i < low->n_ops; i++)
        rc = td_db_exec(p->lite, low->ops[i].sql, err);
    return rc;
}

static int offer_sqlite(struct pair *p, const char *sql, struct td_err *err)
{
    struct td_migration m = {.name = "offered", .path = "offered.sql", .text = sql, .len = strlen(sql)};
    struct td_lowered *low = NULL;
    int rc = td_lowering_next(p->lowering, &m, &low, err);
    if (rc == TD_OK && low->refused > 0) {
        *err = *low->fates[0].err;
        rc = (int)err->rc;
    }
    return rc == TD_OK ? run_lowered(p, low, err) : rc;
}

/* Leaves the transaction open. Deferred constraints are looked at before its end. */
static int offer_postgres(struct pair *p, const char *sql, struct td_err *err)
{
    int rc = td_db_begin(p->pg, TD_TX_WRITE, err);
    return rc == TD_OK ? td_db_execf(p->pg, err, "%s; SET CONSTRAINTS ALL IMMEDIATE", sql) : rc;
}

/* Where one engine may refuse what the other takes, by name. */
static const char *known_refusal(const char *sql, const struct td_err *lite)
{
    if (strcasestr(sql, "nan") != NULL && strstr(lite->message, "NaN") != NULL)
        return "no_nan"; /* a float, and a numeric that is a number on SQLite, has none */
    if (strstr(sql, "]={") != NULL && strstr(lite->message, "bound") != NULL)
        return "array_bounds"; /* a JSON array begins at 1 */
    if (strstr(lite->message, "cannot be -") != NULL)
        return "mark"; /* the least number stands for "not given" in a column that a trigger numbers */
    return NULL;
}

/* A number that PostgreSQL's sequence has given stays given when its row is refused; SQLite gives it again. And an
 * explicit number moves SQLite's AUTOINCREMENT on, not the sequence. So PostgreSQL is brought to where SQLite is. */
static void align_sequence(struct pair *p, const struct td_sequence *s)
{
    struct td_err err = {0};
    char *got = NULL;
    struct td_buf sql, name;
    bool rowid = td_ddl_is_rowid(pair_catalog(p), s->owner, s->owner_column);
    td_buf_init(&sql, &p->arena);
    td_buf_init(&name, &p->arena);
    if (rowid) {
        td_buf_add(&sql, "SELECT max(coalesce((SELECT max(");
        td_buf_ident(&sql, s->owner_column->name);
        td_buf_add(&sql, ") FROM ");
        td_buf_ident(&sql, td_table_sqlite_name(&p->arena, s->owner));
        td_buf_add(&sql, "), 0), coalesce((SELECT seq FROM sqlite_sequence WHERE name = ");
        td_buf_lit(&sql, td_table_sqlite_name(&p->arena, s->owner));
        td_buf_add(&sql, "), 0)) || ', true'");
    } else {
        td_buf_add(&sql,
                   "SELECT last_value || iif(is_called, ', true', ', false') FROM tandem_sequences WHERE name = ");
        td_buf_lit(&sql, s->name);
    }
    int rc = td_db_query_text(p->lite, td_buf_str(&sql), NULL, 0, &got, &err);
    td_buf_ident(&name, s->name);
    td_buf_reset(&sql);
    td_buf_add(&sql, "SELECT setval(");
    td_buf_lit(&sql, td_buf_str(&name));
    if (rc == TD_OK && got != NULL && strtoll(got, NULL, 10) >= s->min)
        td_buf_printf(&sql, ", %s)", got);
    else
        td_buf_printf(&sql, ", %lld, false)", (long long)s->start);
    td_mem_free(got);
    if (rc == TD_OK)
        rc = td_db_exec(p->pg, td_buf_str(&sql), &err);
    if (rc != TD_OK)
        fprintf(stderr, "%s: %s\n", td_buf_str(&sql), err.message);
}

static void align_sequences(struct pair *p)
{
    const struct td_catalog *c = pair_catalog(p);
    for (size_t i = 0; i < c->sequences.len; i++)
        if (c->sequences.at[i]->owner != NULL)
            align_sequence(p, c->sequences.at[i]);
}

bool pair_offer(struct pair *p, const char *sql, struct td_buf *problem)
{
    struct td_err pg_err = {0}, lite_err = {0}, err = {0};
    int pg = offer_postgres(p, sql, &pg_err), lite = offer_sqlite(p, sql, &lite_err);
    if (lite == TD_OK)
        lite = td_db_commit(p->lite, &lite_err); /* deferred constraints */
    else
        td_db_rollback(p->lite);
    if (pg != TD_OK || lite != TD_OK)
        td_db_rollback(p->pg);
    else if (td_db_commit(p->pg, &err) != TD_OK)
        td_buf_printf(problem, "commit: %s\n", err.message);
    p->offered++;
    p->accepted += pg == TD_OK && lite == TD_OK;
    p->refused += pg != TD_OK && lite != TD_OK;
    align_sequences(p);
    if ((pg == TD_OK) == (lite == TD_OK) || known_refusal(sql, &lite_err) != NULL)
        return problem->len == 0;
    if (pg == TD_OK)
        td_buf_printf(problem, "only SQLite refuses: %s (%s) [%s]\n", lite_err.message, lite_err.why,
                      lite_err.sqlstate);
    else
        td_buf_printf(problem, "only PostgreSQL refuses: %s (%s) [%s]\n", pg_err.message, pg_err.why, pg_err.sqlstate);
    return false;
}
