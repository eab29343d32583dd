#include "tests/differential/play.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/sql/parse.h"
#include "tests/differential/shell.h"
#include "tests/lib/gen.h"

#define ROWS_LINE "-- rows\n"

/* What a case is made of; lives longer than the pair's arena. */
struct play {
    struct td_arena arena;
    const char *folder; /* of migrations; NULL: the schema is the text of these: */
    struct td_strings schema, statements;
};

struct failure {
    bool failed, deploy;
    size_t at; /* the statement */
    char problem[4000];
};

static const char *schema_text(struct play *c, struct td_arena *a)
{
    struct td_buf b;
    td_buf_init(&b, a);
    for (size_t i = 0; i < c->schema.len; i++)
        td_buf_printf(&b, "%s;\n", c->schema.at[i]);
    return td_buf_str(&b);
}

static bool deploy(struct pair *p, struct play *c, struct td_buf *problem)
{
    struct td_arena text = {0};
    bool good = c->folder != NULL ? pair_deploy_folder(p, c->folder, problem)
                                  : pair_deploy_text(p, schema_text(c, &text), problem);
    td_arena_deinit(&text);
    return good;
}

/* Compares after every `every`th statement and at the end. */
static void run(struct pair *p, struct play *c, size_t every, struct failure *f)
{
    struct td_buf problem = {0};
    memset(f, 0, sizeof *f);
    f->deploy = true;
    f->failed = !deploy(p, c, &problem);
    for (size_t i = 0; !f->failed && i < c->statements.len; i++) {
        f->deploy = false;
        f->at = i;
        bool look = i % every == every - 1 || i + 1 == c->statements.len;
        f->failed = !pair_offer(p, c->statements.at[i], &problem) || (look && !pair_compare(p, &problem));
    }
    snprintf(f->problem, sizeof f->problem, "%s", td_buf_str(&problem));
    td_buf_deinit(&problem);
}

/* ---- smaller ---- */

static bool still_fails(struct pair *p, struct play *c, const struct failure *as)
{
    struct failure f;
    run(p, c, 1, &f);
    return f.failed && f.deploy == as->deploy && strncmp(f.problem, as->problem, 12) == 0;
}

/* Leaves out what the failure does not need, from the end; at most `tries` runs. */
static void thin(struct pair *p, struct play *c, struct td_strings *list, const struct failure *as, int *tries)
{
    for (size_t i = list->len; i-- > 0 && *tries > 0; (*tries)--) {
        const char *out = list->at[i];
        memmove(list->at + i, list->at + i + 1, (list->len - i - 1) * sizeof *list->at);
        list->len--;
        if (still_fails(p, c, as))
            continue;
        memmove(list->at + i + 1, list->at + i, (list->len - i) * sizeof *list->at);
        list->at[i] = out;
        list->len++;
    }
}

static void print_case(struct play *c)
{
    for (size_t i = 0; i < c->schema.len; i++)
        printf("%s;\n", c->schema.at[i]);
    printf(ROWS_LINE);
    for (size_t i = 0; i < c->statements.len; i++)
        printf("%s;\n", c->statements.at[i]);
}

static bool tell(struct pair *p, struct play *c, const char *name)
{
    struct failure f;
    int tries = 150;
    run(p, c, 16, &f);
    if (f.failed && !f.deploy)
        run(p, c, 1, &f); /* which statement was it? */
    if (!f.failed)
        return true;
    if (!f.deploy)
        c->statements.len = f.at + 1;
    else
        c->statements.len = 0;
    thin(p, c, &c->statements, &f, &tries);
    thin(p, c, &c->schema, &f, &tries);
    run(p, c, 1, &f);
    printf("FAILED %s\n%s", name, f.problem);
    print_case(c);
    printf("\n");
    return false;
}

/* ---- from a seed, from a file ---- */

static void split(struct play *c, const char *text, struct td_strings *out)
{
    struct td_sql_file *file;
    struct td_err err = {0};
    if (td_sql_parse(&c->arena, "case", text, strlen(text), &file, &err) != TD_OK) {
        printf("%s\n", err.message);
        return;
    }
    for (size_t i = 0; i < file->len; i++)
        td_strings_add(&c->arena, out, td_arena_dup(&c->arena, text + file->at[i].start, file->at[i].len));
}

static void add_statements(struct pair *p, struct play *c, struct gen *g, unsigned n)
{
    struct gen_pool pool = {0};
    struct td_buf problem = {0};
    if (deploy(p, c, &problem))
        while (n-- > 0) {
            struct td_buf sql;
            td_buf_init(&sql, &c->arena);
            gen_statement(g, &pool, pair_catalog(p), &sql);
            td_strings_add(&c->arena, &c->statements, td_buf_str(&sql));
        }
    td_buf_deinit(&problem);
}

/* The rows that stand there now, and others, by the plain shell. */
static bool offer_shell(struct pair *p, struct gen *g, unsigned forms, const char *name)
{
    struct td_buf problem = {0};
    bool good = shell_offer(p, g, forms, &problem);
    if (!good)
        printf("FAILED %s\n%s\n", name, td_buf_str(&problem));
    td_buf_deinit(&problem);
    return good;
}

static bool finish(struct pair *p, struct play *c, struct gen *g, unsigned forms, const char *name)
{
    bool good = tell(p, c, name) && offer_shell(p, g, forms, name);
    td_arena_deinit(&c->arena);
    return good;
}

bool play_seed(struct pair *p, uint64_t seed, unsigned statements)
{
    struct play c = {0};
    struct gen g;
    struct gen_schema s = {0};
    char name[60];
    snprintf(name, sizeof name, "--seed %llu %u", (unsigned long long)seed, statements);
    gen_init(&g, &c.arena, seed);
    gen_schema(&g, &s, 1 + gen_below(&g, 4));
    split(&c, td_buf_str(&s.sql), &c.schema);
    add_statements(p, &c, &g, statements);
    return finish(p, &c, &g, 3, name);
}

bool play_folder(struct pair *p, const char *dir, unsigned statements)
{
    struct play c = {.folder = dir};
    struct gen g;
    gen_init(&g, &c.arena, 1);
    add_statements(p, &c, &g, statements);
    return finish(p, &c, &g, 5, dir);
}

static bool play_type(struct pair *p, size_t i, unsigned values, bool *last_out)
{
    struct play c = {0};
    struct gen g;
    struct td_buf problem = {0};
    gen_init(&g, &c.arena, 1000 + i);
    const char *type = gen_type(&g, i);
    *last_out = type == NULL;
    if (type == NULL) {
        td_arena_deinit(&c.arena);
        return true;
    }
    td_strings_add(&c.arena, &c.schema, td_arena_printf(&c.arena, "CREATE TABLE v (c %s)", type));
    if (deploy(p, &c, &problem))
        for (unsigned n = 0; n < values; n++) {
            struct td_buf sql;
            struct gen_value v = gen_value(&g, pair_catalog(p)->tables.at[0]->columns.at[0]->type);
            td_buf_init(&sql, &c.arena);
            td_buf_add(&sql, "INSERT INTO v (c) VALUES (");
            gen_value_sql(&sql, &v);
            td_buf_char(&sql, ')');
            td_strings_add(&c.arena, &c.statements, td_buf_str(&sql));
        }
    td_buf_deinit(&problem);
    return finish(p, &c, &g, values, type);
}

int play_types(struct pair *p, unsigned values)
{
    int failed = 0;
    bool last = false;
    for (size_t i = 0; !last; i++)
        failed += !play_type(p, i, values, &last);
    return failed;
}

/* 'xxx...' of `len` characters, or '\x4141...' */
static void add_big(struct td_buf *b, const char *in_front, const char *unit, size_t len)
{
    td_buf_printf(b, "'%s", in_front);
    for (size_t n = strlen(unit); len >= n; len -= n)
        td_buf_add_n(b, unit, n);
    td_buf_char(b, '\'');
}

bool play_big(struct pair *p, size_t bytes)
{
    struct play c = {0};
    struct td_buf b;
    td_strings_add(&c.arena, &c.schema, "CREATE TABLE v (t text, b bytea, v varchar)");
    td_buf_init(&b, &c.arena);
    td_buf_add(&b, "INSERT INTO v (t, b, v) VALUES (");
    add_big(&b, "", "0123456789\xC3\xA4\xF0\x9F\x90\xBC", bytes);
    td_buf_add(&b, ", ");
    add_big(&b, "\\x", "00ff7f80", bytes);
    td_buf_add(&b, ", '')");
    td_strings_add(&c.arena, &c.statements, td_buf_str(&b));
    bool good = tell(p, &c, "10 MB");
    td_arena_deinit(&c.arena);
    return good;
}

bool play_file(struct pair *p, const char *path)
{
    struct play c = {0};
    struct td_err err = {0};
    char *text = NULL;
    size_t len = 0;
    if (td_file_read(path, 1 << 24, &text, &len, &err) != TD_OK) {
        printf("%s: %s\n", path, err.message);
        return false;
    }
    char *rows = strstr(text, ROWS_LINE);
    if (rows != NULL) {
        split(&c, rows + strlen(ROWS_LINE), &c.statements);
        *rows = '\0';
    }
    split(&c, text, &c.schema);
    bool good = rows != NULL && tell(p, &c, path);
    td_mem_free(text);
    td_arena_deinit(&c.arena);
    return good;
}

static int is_case(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return n > 4 && strcmp(d->d_name + n - 4, ".sql") == 0;
}

int play_cases(struct pair *p, const char *dir)
{
    struct dirent **found = NULL;
    int failed = 0, n = scandir(dir, &found, is_case, alphasort);
    for (int i = 0; i < n; i++) {
        char path[1000];
        snprintf(path, sizeof path, "%s/%s", dir, found[i]->d_name);
        failed += !play_file(p, path);
        free(found[i]);
    }
    free(found);
    return failed + (n < 0);
}
