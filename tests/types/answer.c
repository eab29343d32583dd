/* Answers queries as SQLite does after the lowering: the other side of expressions.py.
 *
 * usage: answer SCHEMA.sql DATABASE < QUESTIONS
 *
 * SCHEMA.sql makes the catalog; DATABASE is the file that was deployed from it. Each line of QUESTIONS is a SELECT
 * behind a word and a tab: "query" lowers it as a data statement's, "view" as schema text, which may then call nothing
 * that stock SQLite lacks; "type" tells the types of its results. Each gets one line: "rows" and the values as
 * PostgreSQL prints them, "fails" and the SQLSTATE where the run fails, "refused" and why where nothing is run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/config/url.h"
#include "core/db/db.h"
#include "core/migrate/replay.h"
#include "core/sql/lower.h"
#include "core/sql/parse.h"
#include "drivers/drivers.h"

struct schema {
    struct td_arena arena;
    struct td_catalog catalog;
    const char *path;
};

struct question {
    struct td_arena arena;
    struct schema *schema;
    struct td_db *db;
    const char *text;
    bool view, type, verbose;
    const char *sql; /* the answer's SQL, once it is lowered */
};

static int load(void *data, struct td_err *err)
{
    struct schema *s = data;
    struct td_sql_file *file;
    char *text = NULL;
    size_t len;
    int rc = td_file_read(s->path, 1 << 20, &text, &len, err);
    td_catalog_init(&s->catalog, &s->arena);
    if (rc == TD_OK)
        rc = td_sql_parse(&s->arena, s->path, text, len, &file, err);
    for (size_t i = 0; rc == TD_OK && i < file->len; i++) {
        struct td_replay replay = {&s->catalog, &file->src, TD_ON_BOTH};
        rc = td_replay_stmt(&replay, &file->at[i], err);
    }
    td_mem_free(text);
    return rc;
}

static int evaluate(const char *sql, struct td_buf *literal_out, void *data, struct td_err *err)
{
    struct question *q = data;
    char *literal = NULL;
    int rc = td_db_query_text(q->db, td_arena_printf(&q->arena, "SELECT quote(%s)", sql), NULL, 0, &literal, err);
    if (rc == TD_OK)
        td_buf_add(literal_out, literal);
    td_mem_free(literal);
    return rc;
}

/* SELECT the text of each result FROM (the lowered query). */
static int lower(void *data, struct td_err *err)
{
    struct question *q = data;
    struct td_lower l = {.arena = &q->arena,
                         .catalog = &q->schema->catalog,
                         .use = q->view ? TD_LOWER_SCHEMA : TD_LOWER_QUERY,
                         .evaluate = evaluate,
                         .data = q};
    struct td_result columns = {0};
    struct td_buf query, out;
    struct td_sql_file *file;
    int rc = td_sql_parse(&q->arena, "question", q->text, strlen(q->text), &file, err);
    td_buf_init(&query, &q->arena);
    td_buf_init(&out, &q->arena);
    if (rc == TD_OK && (file->len != 1 || file->at[0].node == NULL))
        return td_err_set(err, TD_C_LOWER_SEMANTIC, "not one statement that can be parsed");
    if (rc == TD_OK)
        rc = td_lower_select(&l, file->at[0].node, &query, &columns, err);
    if (rc == TD_OK && q->view && strstr(td_buf_str(&query), "pg_") != NULL)
        return td_err_set(err, TD_C_LOWER_STOCK, "schema text calls what stock SQLite lacks: %s", td_buf_str(&query));
    l.use = TD_LOWER_QUERY;
    for (size_t i = 0; rc == TD_OK && i < columns.len; i++) {
        struct td_buf name;
        td_buf_init(&name, &q->arena);
        td_buf_ident(&name, columns.at[i].name);
        td_buf_add(&out, i == 0 ? "SELECT " : ", ");
        rc = td_lower_cast(&l, td_buf_str(&name), columns.at[i].type, TD_TYPE(TD_T_TEXT), TD_CAST_EXPLICIT, &out, err);
    }
    td_buf_printf(&out, " FROM (%s)", td_buf_str(&query));
    q->sql = td_buf_str(&out);
    return rc;
}

/* The types that a view or a table made from the query gets. */
static int print_types(struct question *q, struct td_err *err)
{
    struct td_sql_file *file;
    struct td_buf out;
    const char *create = td_arena_printf(&q->arena, "CREATE VIEW pg_temp.answered AS %s", q->text);
    int rc = lower(q, err);
    if (rc != TD_OK)
        return rc;
    rc = td_sql_parse(&q->arena, "question", create, strlen(create), &file, err);
    struct td_replay replay = {&q->schema->catalog, &file->src, TD_ON_BOTH};
    if (rc == TD_OK)
        rc = td_replay_stmt(&replay, &file->at[0], err);
    if (rc != TD_OK)
        return rc;
    const struct td_table *view = td_catalog_table(&q->schema->catalog, "pg_temp", "answered");
    td_buf_init(&out, &q->arena);
    for (size_t i = 0; view != NULL && i < view->columns.len; i++) {
        td_buf_char(&out, '\t');
        td_type_print(&view->columns.at[i]->type, &out);
    }
    printf("types%s", td_buf_str(&out));
    if (td_sql_parse(&q->arena, "question", "DROP VIEW pg_temp.answered", 26, &file, err) != TD_OK)
        return TD_ESYNTAX;
    return td_replay_stmt(&replay, &file->at[0], err);
}

static int print_rows(struct question *q, struct td_err *err)
{
    struct td_db_stmt *st = NULL;
    struct td_buf out;
    bool row = false;
    int rc = td_db_prepare(q->db, q->sql, &st, err);
    td_buf_init(&out, &q->arena);
    if (rc == TD_OK)
        rc = td_stmt_step(st, &row, err);
    while (rc == TD_OK && row) {
        for (int i = 0; i < td_stmt_columns(st); i++)
            td_buf_printf(&out, "%s%s", i == 0 ? "\t" : "|", td_stmt_is_null(st, i) ? "null" : td_stmt_text(st, i));
        rc = td_stmt_step(st, &row, err);
    }
    if (rc == TD_OK)
        printf("rows%s", td_buf_str(&out));
    td_stmt_close(st);
    return rc;
}

static int ask(void *data, struct td_err *err)
{
    struct question *q = data;
    int rc = q->type ? print_types(q, err) : lower(q, err);
    if (q->type && rc == TD_OK)
        return TD_OK;
    if (rc != TD_OK) {
        printf("%s\t%s%s%s", rc == TD_EREFUSED ? "refused" : "fails", err->sqlstate, err->sqlstate[0] ? " " : "",
               err->message);
        return TD_OK;
    }
    rc = print_rows(q, err);
    if (rc != TD_OK)
        printf("fails\t%s %s", err->sqlstate, err->message);
    return TD_OK;
}

static void answer(struct schema *s, struct td_db *db, char *line)
{
    struct question q = {.schema = s, .db = db, .verbose = getenv("ANSWER_SQL") != NULL};
    struct td_err err = {0};
    char *tab = strchr(line, '\t');
    line[strcspn(line, "\n")] = '\0';
    if (tab == NULL)
        return;
    q.type = strncmp(line, "type", 4) == 0;
    q.view = strncmp(line, "view", 4) == 0;
    q.text = tab + 1;
    q.sql = "";
    td_arena_init(&q.arena);
    if (td_arena_run(&q.arena, ask, &q, &err) != TD_OK)
        printf("fails\t%s", err.message);
    if (q.verbose)
        printf("\t-- %s", q.sql);
    printf("\n");
    fflush(stdout);
    td_arena_deinit(&q.arena);
}

static int open_database(const char *path, struct td_db **out, struct td_err *err)
{
    struct td_db_opts opts = {0};
    struct td_url url;
    char text[4096];
    int rc;
    snprintf(text, sizeof text, "sqlite:%s", path);
    td_drivers_register();
    rc = td_url_parse(text, NULL, &url, err);
    if (rc != TD_OK)
        return rc;
    rc = td_db_open(&url, &opts, out, err);
    td_url_deinit(&url);
    return rc;
}

int main(int argc, char **argv)
{
    struct schema s = {.path = argc > 1 ? argv[1] : NULL};
    struct td_db *db = NULL;
    struct td_err err = {0};
    char *line = NULL;
    size_t cap = 0;
    if (argc != 3)
        return 2;
    td_arena_init(&s.arena);
    if (td_arena_run(&s.arena, load, &s, &err) != TD_OK || open_database(argv[2], &db, &err) != TD_OK) {
        fprintf(stderr, "answer: %s\n", err.message);
        return 1;
    }
    while (getline(&line, &cap, stdin) > 0)
        answer(&s, db, line);
    free(line);
    td_db_close(db);
    td_arena_deinit(&s.arena);
    return 0;
}
