#include "tests/differential/shell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

struct probe {
    const struct td_table *table;
    const struct td_column *column;
    struct gen_value form;
    bool printed; /* as PostgreSQL prints it */
    bool taken;   /* by PostgreSQL, as: */
    const char *read;
    char *before, *after; /* what the shell says is there */
};

struct probes {
    struct probe *at;
    size_t len, cap;
};

static const char *ident(struct pair *p, const char *name)
{
    struct td_buf b;
    td_buf_init(&b, &p->arena);
    td_buf_ident(&b, name);
    return td_buf_str(&b);
}

static const char *postgres_name(struct pair *p, const struct td_table *t)
{
    return td_arena_printf(&p->arena, "%s.%s", ident(p, t->schema), ident(p, t->name));
}

/* A value that stands in the column, as PostgreSQL prints it; NULL: it has no row. */
static const char *any_printed(struct pair *p, const struct td_table *t, const struct td_column *c)
{
    struct td_err err = {0};
    char *text = NULL;
    const char *sql = td_arena_printf(&p->arena, "SELECT %s FROM %s ORDER BY random() LIMIT 1", ident(p, c->name),
                                      postgres_name(p, t));
    if (td_db_query_text(p->pg, sql, NULL, 0, &text, &err) != TD_OK)
        return NULL;
    const char *out = td_arena_strdup(&p->arena, text);
    td_mem_free(text);
    return out;
}

/* What PostgreSQL reads in the form, for the type of the column. */
static void ask_postgres(struct pair *p, struct probe *pr)
{
    struct td_err err = {0};
    struct td_buf sql;
    char *text = NULL;
    td_buf_init(&sql, &p->arena);
    td_buf_printf(&sql, "INSERT INTO pg_temp.probe VALUES (");
    gen_value_sql(&sql, &pr->form);
    td_buf_printf(&sql, ") RETURNING %s", ident(p, pr->column->name));
    pr->taken = td_db_query_text(p->pg, td_buf_str(&sql), NULL, 0, &text, &err) == TD_OK &&
                (text != NULL || !pr->column->not_null);
    pr->read = td_arena_strdup(&p->arena, text);
    td_mem_free(text);
}

static void add_probes(struct pair *p, struct gen *g, const struct td_table *t, const struct td_column *c,
                       unsigned forms, struct probes *out)
{
    struct td_err err = {0};
    int rc = td_db_execf(p->pg, &err,
                         "DROP TABLE IF EXISTS pg_temp.probe; CREATE TEMP TABLE probe AS SELECT %s FROM %s LIMIT 0",
                         ident(p, c->name), postgres_name(p, t));
    if (rc != TD_OK)
        fprintf(stderr, "%s\n", err.message);
    for (unsigned i = 0; i < forms; i++) {
        struct probe *pr = td_vec_add(&p->arena, out);
        const char *printed = i == 0 ? any_printed(p, t, c) : NULL;
        *pr = (struct probe){.table = t, .column = c, .printed = printed != NULL};
        pr->form =
            printed != NULL ? (struct gen_value){.text = printed, .len = strlen(printed)} : gen_value(g, c->type);
        enum td_storage s = td_type_storage(c->type);
        pr->form.bare = pr->form.bare && (s == TD_S_INTEGER || s == TD_S_REAL);
        ask_postgres(p, pr);
    }
}

/* ---- the script ---- */

static const char *rowid(const struct td_table *t)
{
    static const char *const names[] = {"rowid", "_rowid_", "oid"};
    for (size_t i = 0; i < 3; i++)
        if (td_table_column(t, names[i]) == NULL)
            return names[i];
    return NULL;
}

/* One line: its number, the storage class, the value in hexadecimal, or with all its digits. */
static void add_select(struct pair *p, const struct probe *pr, size_t n, struct td_buf *out)
{
    const char *c = ident(p, pr->column->name);
    td_buf_printf(out,
                  "SELECT '%zu ' || typeof(%s) || ' ' || CASE typeof(%s) WHEN 'real' THEN printf('%%!.17g', %s) ELSE"
                  " coalesce(hex(%s), '') END FROM %s NOT INDEXED LIMIT 1;\n",
                  n, c, c, c, c, ident(p, td_table_sqlite_name(&p->arena, pr->table)));
}

/* The shell cuts off what it takes for an end of line: a text with such a character is written by its bytes. */
static void add_literal(const struct gen_value *v, struct td_buf *out)
{
    if (v->text == NULL || strpbrk(v->text, "\r\n") == NULL) {
        gen_value_sql(out, v);
        return;
    }
    td_buf_add(out, "CAST(x'");
    for (size_t i = 0; i < v->len; i++)
        td_buf_printf(out, "%02x", (unsigned char)v->text[i]);
    td_buf_add(out, "' AS TEXT)");
}

static void add_probe(struct pair *p, const struct probe *pr, size_t n, struct td_buf *out)
{
    td_buf_add(out, "SAVEPOINT probe;\n");
    add_select(p, pr, n, out);
    td_buf_printf(out, "UPDATE %s SET %s = ", ident(p, td_table_sqlite_name(&p->arena, pr->table)),
                  ident(p, pr->column->name));
    add_literal(&pr->form, out);
    td_buf_add(out, ";\n");
    add_select(p, pr, n, out);
    td_buf_add(out, "ROLLBACK TO probe; RELEASE probe;\n");
}

static void add_script(struct pair *p, const struct probes *probes, struct td_buf *out)
{
    const struct td_table *last = NULL;
    for (size_t i = 0; i < probes->len; i++) {
        const struct td_table *t = probes->at[i].table;
        const char *name = ident(p, td_table_sqlite_name(&p->arena, t));
        if (t != last && rowid(t) != NULL)
            td_buf_printf(out, "DELETE FROM %s WHERE %s <> (SELECT min(%s) FROM %s);\n", name, rowid(t), rowid(t),
                          name);
        last = t;
        add_probe(p, &probes->at[i], i, out);
    }
}

static void read_answers(struct pair *p, FILE *f, struct probes *probes)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, f) > 0) {
        char *end;
        size_t n = strtoull(line, &end, 10);
        line[strcspn(line, "\n")] = '\0';
        if (end == line || n >= probes->len)
            continue;
        char *copy = td_arena_strdup(&p->arena, end + 1);
        if (probes->at[n].before == NULL)
            probes->at[n].before = copy;
        else
            probes->at[n].after = copy;
    }
    free(line);
}

static bool run_script(struct pair *p, struct probes *probes, struct td_buf *problem)
{
    struct td_buf script, command;
    struct td_err err = {0};
    const char *file = td_arena_printf(&p->arena, "%s/shell.db", p->dir);
    const char *text = td_arena_printf(&p->arena, "%s/shell.sql", p->dir);
    remove(file);
    td_buf_init(&script, &p->arena);
    td_buf_init(&command, &p->arena);
    if (td_db_execf(p->lite, &err, "VACUUM INTO '%s'", file) != TD_OK) {
        td_buf_printf(problem, "%s: %s\n", file, err.message);
        return false;
    }
    add_script(p, probes, &script);
    FILE *f = fopen(text, "w");
    if (f == NULL || fwrite(td_buf_str(&script), 1, script.len, f) != script.len || fclose(f) != 0)
        return false;
    f = popen(td_arena_printf(&p->arena, "sqlite3 -batch '%s' <'%s' 2>/dev/null", file, text), "r");
    if (f == NULL)
        return false;
    read_answers(p, f, probes);
    pclose(f);
    return true;
}

/* ---- the verdict ---- */

static unsigned char hex_byte(const char *p)
{
    char two[3] = {p[0], p[1], '\0'};
    return (unsigned char)strtoul(two, NULL, 16);
}

/* "text 616263" as a value. */
static struct td_value value_of(struct pair *p, const char *answer)
{
    const char *rest = strchr(answer, ' ');
    rest = rest == NULL ? "" : rest + 1;
    if (strncmp(answer, "null", 4) == 0)
        return td_null();
    if (strncmp(answer, "real", 4) == 0)
        return td_double(strtod(rest, NULL));
    size_t n = strlen(rest) / 2;
    char *bytes = td_arena_alloc(&p->arena, n + 1);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)hex_byte(rest + 2 * i);
    if (strncmp(answer, "integer", 7) == 0)
        return td_int(strtoll(bytes, NULL, 10));
    return td_bytes(strncmp(answer, "blob", 4) == 0 ? TD_V_BLOB : TD_V_TEXT, bytes, n);
}

static bool reads_numbers(const struct probe *pr, struct td_value v)
{
    enum td_storage s = td_type_storage(pr->column->type);
    char *end;
    if (pr->form.text == NULL || (s != TD_S_INTEGER && s != TD_S_REAL) || (pr->printed && s == TD_S_INTEGER))
        return false;
    double d = strtod(pr->form.text, &end);
    if (s == TD_S_REAL && v.kind == TD_V_DOUBLE && fabs(v.d - d) <= fabs(d) * 4e-16)
        return true; /* SQLite 3.40 reads some digits to a neighbour of the nearest double */
    if (pr->printed)
        return false;
    if (pr->form.bare && (pr->form.text[0] == 't' || pr->form.text[0] == 'f'))
        return true; /* TRUE is 1 */
    return end != pr->form.text && ((v.kind == TD_V_INT && (double)v.i == d) || (v.kind == TD_V_DOUBLE && v.d == d));
}

static void judge(struct pair *p, const struct probe *pr, struct td_buf *problem)
{
    struct td_buf have, want;
    if (pr->before == NULL || pr->after == NULL || strcmp(pr->before, pr->after) == 0)
        return;
    struct td_value v = value_of(p, pr->after);
    struct td_type base = td_type_base(pr->column->type);
    td_buf_init(&have, &p->arena);
    td_buf_init(&want, &p->arena);
    canon_sqlite(&p->canon, pr->column, v, &have);
    if (pr->taken)
        canon_postgres(&p->canon, pr->column, pr->read, &want);
    else
        td_buf_add(&want, "nothing: it refuses it");
    bool own_form = base.dims > 0 && !pr->taken && td_buf_str(&have)[0] == '['; /* '[]', as SQLite keeps it */
    base.dims = 0;
    if (own_form || strcmp(td_buf_str(&have), td_buf_str(&want)) == 0 || canon_is_opaque(base) || reads_numbers(pr, v))
        return;
    td_buf_printf(problem, "the plain shell wrote %.300s into %s.%s (", pr->form.text == NULL ? "NULL" : pr->form.text,
                  pr->table->name, pr->column->name);
    td_type_print(&pr->column->type, problem);
    td_buf_printf(problem, "): SQLite has %.300s, PostgreSQL reads %.300s\n", td_buf_str(&have), td_buf_str(&want));
}

bool shell_offer(struct pair *p, struct gen *g, unsigned forms, struct td_buf *problem)
{
    const struct td_catalog *c = pair_catalog(p);
    struct probes probes = {0};
    size_t before = problem->len;
    for (size_t i = 0; i < c->tables.len; i++) {
        const struct td_table *t = c->tables.at[i];
        if (t->kind != TD_R_TABLE || t->on != TD_ON_BOTH)
            continue;
        for (size_t k = 0; k < t->columns.len; k++)
            if (t->columns.at[k]->generated == NULL)
                add_probes(p, g, t, t->columns.at[k], forms, &probes);
    }
    if (!run_script(p, &probes, problem))
        return false;
    for (size_t i = 0; i < probes.len; i++) {
        judge(p, &probes.at[i], problem);
        p->probed += probes.at[i].after != NULL;
        p->written += probes.at[i].after != NULL && strcmp(probes.at[i].before, probes.at[i].after) != 0;
    }
    return problem->len == before;
}
