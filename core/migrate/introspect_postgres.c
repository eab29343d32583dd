/* The order of things, and what all parts need. */
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/migrate/introspect.h"
#include "core/migrate/introspect_impl.h"
#include "core/sql/parse.h"
#include "core/sql/tree.h"

int td_introspect_read(struct td_introspecting *in, const char *sql, struct td_rows *out, struct td_err *err)
{
    return td_rows_read(in->a, in->db, sql, (struct td_value[]){td_text(in->schemas)}, 1, out, err);
}

int td_introspect_expr(struct td_introspecting *in, const char *text, const char *what,
                       const struct PgQuery__Node **out, struct td_err *err)
{
    *out = NULL;
    if (text == NULL)
        return TD_OK;
    int rc = td_sql_parse_expr(in->a, text, out, err);
    if (rc != TD_OK)
        return td_err_wrap(err, "\"%s\", as the server prints it", what);
    if ((*out)->node_case == PG_QUERY__NODE__NODE_SUB_LINK && (*out)->sub_link->testexpr == NULL)
        *out = (*out)->sub_link->subselect; /* a view's query was read as an expression */
    return TD_OK;
}

struct td_introspected_table *td_introspect_table(const struct td_introspecting *in, const char *oid)
{
    return oid == NULL ? NULL : td_map_get(&in->tables, oid);
}

void td_introspect_columns(struct td_introspecting *in, const struct td_introspected_table *t, const char *numbers,
                           struct td_columns *out)
{
    for (const char *p = numbers; p != NULL && *p != '\0'; p++) {
        char *end = NULL;
        long n = strtol(p, &end, 10);
        if (end == p)
            continue; /* brace or comma */
        p = end - 1;
        if (n > 0 && (size_t)n < t->by_number.len && t->by_number.at[n] != NULL)
            *td_vec_add(in->a, out) = t->by_number.at[n];
    }
}

static void array_text(struct td_arena *a, const struct td_strings *names, const char **out)
{
    struct td_buf b;
    td_buf_init(&b, a);
    td_buf_char(&b, '{');
    for (size_t i = 0; i < names->len; i++) {
        td_buf_add(&b, i ? "," : "");
        td_buf_char(&b, '"');
        for (const char *p = names->at[i]; *p != '\0'; p++) {
            if (*p == '"' || *p == '\\')
                td_buf_char(&b, '\\');
            td_buf_char(&b, *p);
        }
        td_buf_char(&b, '"');
    }
    td_buf_char(&b, '}');
    *out = td_buf_str(&b);
}

/* Whose objects are read; the catalog's own list has "public" first, whether it is there or not. */
static int read_schemas(struct td_introspecting *in, const struct td_strings *wanted, struct td_err *err)
{
    struct td_rows r;
    struct td_strings names = {0};
    if (wanted != NULL)
        array_text(in->a, wanted, &in->schemas);
    int rc = td_introspect_read(in,
                                "SELECT n.nspname::text FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_'"
                                " AND n.nspname NOT IN ('information_schema', 'tandem')"
                                " AND ($1::name[] IS NULL OR n.nspname = ANY ($1::name[]))" TD_NOT_BROUGHT(
                                    "pg_namespace", "n") " ORDER BY n.oid",
                                &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++) {
        const char *name = td_rows_cell(&r, i, 0);
        td_strings_add(in->a, &names, name);
        if (strcmp(name, "public") != 0)
            *td_vec_add(in->a, &in->c->schemas) = name;
    }
    array_text(in->a, &names, &in->schemas);
    return rc;
}

static int read_extensions(struct td_introspecting *in, struct td_err *err)
{
    struct td_rows r;
    int rc = td_introspect_read(in,
                                "SELECT e.extname::text, n.nspname::text FROM pg_catalog.pg_extension e"
                                " JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace"
                                " WHERE e.extname <> 'plpgsql' OR $1::name[] IS NULL ORDER BY e.oid",
                                &r, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&r); i++)
        *td_vec_add(in->a, &in->c->extensions) =
            (struct td_extension){.name = td_rows_cell(&r, i, 0), .schema = td_rows_cell(&r, i, 1)};
    return rc;
}

struct job {
    struct td_introspecting *in;
    const struct td_strings *schemas;
    const char *search_path;
};

int td_introspect_settle(struct td_arena *a, struct td_db *db, const char *search_path, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, a);
    td_buf_add(&b, "SET LOCAL search_path = ");
    td_buf_ident(&b, search_path == NULL ? "public" : search_path);
    td_buf_add(&b, "; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD';"
                   " SET LOCAL IntervalStyle = 'postgres'; SET LOCAL bytea_output = 'hex';"
                   " SET LOCAL quote_all_identifiers = off; SET LOCAL extra_float_digits = 1");
    return td_db_exec(db, td_buf_str(&b), err);
}

static int read_all(void *data, struct td_err *err)
{
    static int (*const parts[])(struct td_introspecting * in, struct td_err * err) = {
        read_extensions,           td_introspect_types,     td_introspect_tables,   td_introspect_indexes,
        td_introspect_constraints, td_introspect_sequences, td_introspect_routines,
    };
    struct job *j = data;
    td_catalog_init(j->in->c, j->in->a);
    int rc = td_introspect_settle(j->in->a, j->in->db, j->search_path, err);
    if (rc == TD_OK)
        rc = read_schemas(j->in, j->schemas, err);
    for (size_t i = 0; rc == TD_OK && i < sizeof parts / sizeof *parts; i++)
        rc = parts[i](j->in, err);
    return rc;
}

int td_introspect_postgres(struct td_arena *a, struct td_db *db, const struct td_strings *schemas,
                           const char *search_path, struct td_catalog *out, struct td_err *err)
{
    struct td_introspecting in = {.a = a, .db = db, .c = out};
    int rc = td_db_begin(db, TD_TX_READ, err);
    if (rc != TD_OK)
        return rc;
    rc = td_arena_run(a, read_all, &(struct job){&in, schemas, search_path}, err);
    td_db_rollback(db);
    return rc;
}
