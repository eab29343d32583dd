/* Which databases --each means. */
#include <string.h>
#include <strings.h>

#include "core/base/mem.h"
#include "core/base/vec.h"
#include "tools/tandem/each.h"
#include "tools/tandem/session.h"

struct asking {
    struct td_cli *cli;
    const struct td_url *base;
    struct td_db_stmt *st;
    int url, database, schema, either; /* columns; -1: there is none */
    size_t row;
    struct td_map known;
    struct td_each_targets *out;
};

static int wrong_query(struct td_err *err, const char *what)
{
    td_err_set(err, TD_C_CLI_EACH, "--each: %s", what);
    return td_err_next(err, "Write a query with a column url, or database and schema: --each \"SELECT url FROM "
                            "tenants\".");
}

static int find_columns(struct asking *q, struct td_err *err)
{
    int n = td_stmt_columns(q->st);
    q->url = q->database = q->schema = q->either = -1;
    for (int i = 0; i < n; i++) {
        const char *name = td_stmt_column_name(q->st, i);
        if (strcasecmp(name, "url") == 0)
            q->url = i;
        else if (strcasecmp(name, "database") == 0)
            q->database = i;
        else if (strcasecmp(name, "schema") == 0)
            q->schema = i;
        else if (n == 1)
            q->either = i;
    }
    if (n == 0)
        return wrong_query(err, "the statement gives no rows");
    if (q->url + q->database + q->schema + q->either == -4)
        return wrong_query(err, "no column of the query is called url, database or schema");
    if (q->schema >= 0 && q->base->kind == TD_URL_SQLITE && q->url < 0)
        return wrong_query(err, "SQLite has no schemas");
    return TD_OK;
}

static const char *cell(struct asking *q, int column)
{
    const char *text = column < 0 ? NULL : td_stmt_text(q->st, column);
    return text == NULL || *text == '\0' ? NULL : td_arena_strdup(&q->cli->arena, text);
}

static bool looks_like_url(const char *text)
{
    return strstr(text, "://") != NULL || strncasecmp(text, "file:", 5) == 0 || strncasecmp(text, "sqlite:", 7) == 0;
}

/* A URL, or what libpq takes for one, in a column that is for a name: it would be shown as one, password and all. */
static bool is_no_name(const char *text)
{
    return text != NULL &&
           (strstr(text, "://") != NULL || strchr(text, '@') != NULL || strcasestr(text, "password=") != NULL);
}

/* The row's URL: its own, or the configured one's with another database or schema. */
static int url_of_row(struct asking *q, const char **out, struct td_err *err)
{
    const char *url = cell(q, q->url), *database = cell(q, q->database), *schema = cell(q, q->schema);
    const char *either = cell(q, q->either);
    struct td_url own = {0};
    char *made = NULL;
    if (either != NULL && looks_like_url(either))
        url = either;
    else if (either != NULL)
        database = either;
    if (is_no_name(database) || is_no_name(schema))
        return wrong_query(err, "a column that is for a name holds a URL, or what looks like one");
    *out = url;
    if (url != NULL && database == NULL && schema == NULL)
        return TD_OK;
    if (url == NULL && database == NULL && schema == NULL)
        return wrong_query(err, "there is a row without a value");
    int rc = url == NULL ? TD_OK : td_url_parse(url, NULL, &own, err);
    if (rc == TD_OK)
        rc = td_url_sibling(url == NULL ? q->base : &own, database, schema, &made, err);
    if (url != NULL)
        td_url_deinit(&own);
    if (rc == TD_OK)
        *out = td_arena_strdup(&q->cli->arena, made);
    td_mem_free(made);
    return rc;
}

/* The host as written is enough: whom it is written otherwise for waits for the deploy lock. */
static const char *place_of(struct td_arena *a, const struct td_url *u)
{
    if (u->kind == TD_URL_SQLITE)
        return td_arena_strdup(a, u->path);
    return td_arena_printf(a, "%s:%s/%s", u->host != NULL ? u->host : "", u->port != NULL ? u->port : "",
                           u->database != NULL ? u->database : "");
}

static int add_row(void *data, struct td_err *err)
{
    struct asking *q = data;
    struct td_url parsed;
    const char *url;
    q->row++;
    int rc = url_of_row(q, &url, err);
    if (rc == TD_OK)
        rc = td_url_parse(url, NULL, &parsed, err);
    if (rc != TD_OK)
        return td_err_wrap(err, "row %zu of --each", q->row);
    if (td_map_get(&q->known, url) == NULL) {
        td_map_put(&q->cli->arena, &q->known, url, q);
        *td_vec_add(&q->cli->arena, q->out) = (struct td_each_target){
            url, td_arena_strdup(&q->cli->arena, parsed.display), place_of(&q->cli->arena, &parsed)};
    }
    td_url_deinit(&parsed);
    return TD_OK;
}

static int read_rows(struct asking *q, struct td_db *db, const char *sql, struct td_err *err)
{
    bool row = true;
    int rc = td_db_prepare(db, sql, &q->st, err);
    if (rc == TD_OK)
        rc = find_columns(q, err);
    while (rc == TD_OK && row) {
        rc = td_stmt_step(q->st, &row, err);
        if (rc == TD_OK && row)
            rc = td_arena_run(&q->cli->arena, add_row, q, err);
    }
    td_stmt_close(q->st);
    return rc;
}

int td_each_targets(struct td_cli *cli, const char *on, const char *sql, struct td_each_targets *out)
{
    struct asking q = {.cli = cli, .out = out};
    struct td_err *err = &cli->err;
    struct td_session s;
    int rc = td_session_open(&s, cli, true, on, NULL);
    if (rc == TD_OK && s.n != 1) {
        td_err_set(err, TD_C_CLI_EACH, "--each asks one database, and two are configured");
        rc = td_err_next(err, "Say which with --on sqlite, --on postgres or --url.");
    }
    if (rc == TD_OK)
        rc = td_session_read(&s, &s.at[0], err);
    if (rc == TD_OK && s.at[0].missing) {
        td_err_set(err, TD_C_CLI_EACH, "the database that --each is to ask is not there: %s", s.at[0].url->display);
        rc = td_err_next(err, "Name the one that knows the others with --url.");
    }
    if (rc == TD_OK) {
        td_out_say(&cli->out, "%s: %s (from %s) is asked for databases", s.at[0].engine, s.at[0].url->display,
                   s.at[0].source);
        q.base = s.at[0].url;
        rc = read_rows(&q, s.at[0].db, sql, err);
    }
    td_session_close(&s);
    return rc;
}
