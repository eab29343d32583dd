/* All rows of all tables, as sorted lists of canonical texts. */
#include <stdlib.h>
#include <string.h>

#include "tests/differential/pair.h"

struct list {
    const char **at;
    size_t len, cap;
};

static void add_query(struct pair *p, const struct td_table *t, bool lite, struct td_buf *sql)
{
    td_buf_add(sql, "SELECT ");
    for (size_t i = 0; i < t->columns.len; i++) {
        td_buf_add(sql, i > 0 ? ", " : "");
        td_buf_ident(sql, t->columns.at[i]->name);
    }
    td_buf_add(sql, " FROM ");
    if (!lite) {
        td_buf_ident(sql, t->schema);
        td_buf_char(sql, '.');
    }
    td_buf_ident(sql, lite ? td_table_sqlite_name(&p->arena, t) : t->name);
}

static const char *read_row(struct pair *p, const struct td_table *t, struct td_db_stmt *st, bool lite)
{
    struct td_buf row;
    td_buf_init(&row, &p->arena);
    for (size_t i = 0; i < t->columns.len; i++) {
        td_buf_printf(&row, "%s%s=", i > 0 ? " | " : "", t->columns.at[i]->name);
        if (lite)
            canon_sqlite(&p->canon, t->columns.at[i], td_stmt_column(st, (int)i), &row);
        else
            canon_postgres(&p->canon, t->columns.at[i], td_stmt_text(st, (int)i), &row);
        p->values++;
    }
    return td_buf_str(&row);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_table(struct pair *p, const struct td_table *t, bool lite, struct list *out, struct td_err *err)
{
    struct td_db_stmt *st = NULL;
    struct td_buf sql;
    bool row = false;
    td_buf_init(&sql, &p->arena);
    add_query(p, t, lite, &sql);
    int rc = td_db_prepare(lite ? p->lite : p->pg, td_buf_str(&sql), &st, err);
    while (rc == TD_OK && (rc = td_stmt_step(st, &row, err)) == TD_OK && row)
        *td_vec_add(&p->arena, out) = read_row(p, t, st, lite);
    td_stmt_close(st);
    if (out->len > 1)
        qsort(out->at, out->len, sizeof *out->at, by_text);
    return rc;
}

static void describe(const struct list *pg, const struct list *lite, const char *table, struct td_buf *problem)
{
    size_t i = 0, j = 0;
    while (i < pg->len || j < lite->len) {
        int c = i == pg->len ? 1 : j == lite->len ? -1 : strcmp(pg->at[i], lite->at[j]);
        if (c < 0)
            td_buf_printf(problem, "%s: only on PostgreSQL: %s\n", table, pg->at[i]);
        if (c > 0)
            td_buf_printf(problem, "%s: only on SQLite:     %s\n", table, lite->at[j]);
        i += c <= 0;
        j += c >= 0;
    }
}

static void compare_table(struct pair *p, const struct td_table *t, struct td_buf *problem)
{
    struct list pg = {0}, lite = {0};
    struct td_err err = {0};
    int rc = read_table(p, t, false, &pg, &err);
    if (rc == TD_OK)
        rc = read_table(p, t, true, &lite, &err);
    if (rc != TD_OK)
        td_buf_printf(problem, "%s cannot be read: %s\n", t->name, err.message);
    else
        describe(&pg, &lite, t->name, problem);
}

bool pair_compare(struct pair *p, struct td_buf *problem)
{
    const struct td_catalog *c = pair_catalog(p);
    size_t before = problem->len;
    for (size_t i = 0; i < c->tables.len; i++)
        if (c->tables.at[i]->kind == TD_R_TABLE && c->tables.at[i]->on == TD_ON_BOTH)
            compare_table(p, c->tables.at[i], problem);
    return problem->len == before;
}
