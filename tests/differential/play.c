#include "tests/differential/play.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/sql/parse.h"
#include "tests/lib/gen.h"

#define ROWS_LINE "-- rows\n"

/* What a case is made of; lives longer than the pair's arena. */
struct play {
    struct td_arena arena;
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

/* Compares after every `every`th statement and at the end. */
static void run(struct pair *p, struct play *c, size_t every, struct failure *f)
{
    struct td_buf problem = {0};
    struct td_arena text = {0};
    memset(f, 0, sizeof *f);
    f->deploy = true;
    f->failed = !pair_deploy_text(p, schema_text(c, &text), &problem);
    for (size_t i = 0; !f->failed && i < c->statements.len; i++) {
        f->deploy = false;
        f->at = i;
        bool look = i % every == every - 1 || i + 1 == c->statements.len;
        f->failed = !pair_offer(p, c->statements.at[i], &problem) || (look && !pair_compare(p, &problem));
    }
    snprintf(f->problem, sizeof f->problem, "%s", td_buf_str(&problem));
    td_buf_deinit(&problem);
    td_arena_deinit(&text);
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
    struct td_arena text = {0};
    if (pair_deploy_text(p, schema_text(c, &text), &problem))
        while (n-- > 0) {
            struct td_buf sql;
            td_buf_init(&sql, &c->arena);
            gen_statement(g, &pool, pair_catalog(p), &sql);
            td_strings_add(&c->arena, &c->statements, td_buf_str(&sql));
        }
    td_buf_deinit(&problem);
    td_arena_deinit(&text);
}

bool play_seed(struct pair *p, uint64_t seed, unsigned statements)
{
    struct play c = {0};
    struct gen g;
    struct gen_schema s = {0};
    char name[60];
    snprintf(name, sizeof name, "--seed %llu", (unsigned long long)seed);
    gen_init(&g, &c.arena, seed);
    gen_schema(&g, &s, 1 + gen_below(&g, 4));
    split(&c, td_buf_str(&s.sql), &c.schema);
    add_statements(p, &c, &g, statements);
    bool good = tell(p, &c, name);
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
