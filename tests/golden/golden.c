/* Golden tests: what PostgreSQL gets and what SQLite gets, side by side, for each statement of each case.
 *
 * cases/NAME.sql holds one or more migrations, each begun by a line "-- migration: NAME"; cases/NAME.txt what is
 * expected. The SQLite side is also run on a real SQLite. `test_golden --update` writes the expectations anew: read
 * the difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/config/url.h"
#include "core/db/db.h"
#include "core/migrate/lower.h"
#include "drivers/drivers.h"

static bool update;

struct run {
    const char *name;
    struct td_arena arena;
    struct td_buf out;
    struct td_db *db;
    char *text;
};

static void indent(struct td_buf *b, const char *label, const char *text, size_t len)
{
    td_buf_add(b, label);
    for (size_t i = 0; i < len; i++) {
        td_buf_char(b, text[i]);
        if (text[i] == '\n')
            td_buf_add(b, "            ");
    }
    td_buf_char(b, '\n');
}

static void show_error(struct td_buf *b, const struct td_err *e)
{
    td_buf_printf(b, "  error     %s %u:%u %s\n", td_code_info(e->code)->number, e->line, e->column, e->message);
    if (e->why[0] != '\0')
        td_buf_printf(b, "  why       %s\n", e->why);
    td_buf_printf(b, "  next      %s\n", e->next);
}

static void print_ops(struct td_buf *b, const struct td_lowered *low, size_t stmt)
{
    for (size_t i = 0; i < low->n_ops; i++) {
        const struct td_op *op = &low->ops[i];
        if (op->stmt == stmt && op->kind == TD_OP_SQL)
            indent(b, "  sqlite    ", op->sql, strlen(op->sql));
    }
}

static void print(struct run *r, const struct td_lowered *low)
{
    td_buf_printf(&r->out, "== %s%s\n", low->migration->name, low->foreign_keys_off ? " (foreign_keys off)" : "");
    for (size_t i = 0; i < low->n_fates; i++) {
        const struct td_stmt_fate *f = &low->fates[i];
        indent(&r->out, "- postgres  ", low->file->src.text + f->stmt->start, f->stmt->len);
        td_buf_printf(&r->out, "  fate      %s%s%s\n", td_fate_name(f->fate), f->reason[0] ? ": " : "", f->reason);
        for (size_t n = 0; n < f->notes.len; n++)
            td_buf_printf(&r->out, "  note      %s\n", f->notes.at[n]);
        if (f->err != NULL)
            show_error(&r->out, f->err);
        print_ops(&r->out, low, i);
    }
}

static int execute(struct run *r, const struct td_lowered *low, struct td_err *err)
{
    int rc = td_db_exec(r->db, low->foreign_keys_off ? "PRAGMA foreign_keys = OFF" : "PRAGMA foreign_keys = ON", err);
    if (rc == TD_OK)
        rc = td_db_begin(r->db, TD_TX_WRITE, err);
    for (size_t i = 0; rc == TD_OK && i < low->n_ops; i++) {
        if (low->ops[i].kind == TD_OP_REBUILD_BEGIN || low->ops[i].kind == TD_OP_REBUILD_END)
            continue;
        rc = td_db_exec(r->db, low->ops[i].sql, err);
        if (rc != TD_OK)
            td_err_wrap(err, "%s", low->ops[i].sql);
    }
    if (rc == TD_OK)
        rc = td_db_commit(r->db, err);
    return rc;
}

/* Splits at "-- migration: NAME" lines. */
static int lower_all(void *data, struct td_err *err)
{
    struct run *r = data;
    struct td_lowering *l;
    static const char mark[] = "-- migration: ";
    int rc = td_lowering_open(&r->arena, (struct td_skip){0}, &l, err);

    for (char *p = strstr(r->text, mark), *next; rc == TD_OK && p != NULL; p = next) {
        char *name = p + sizeof mark - 1, *end = strchr(name, '\n');
        next = strstr(end, mark);
        struct td_migration *m = td_arena_new(&r->arena, struct td_migration);
        m->name = td_arena_dup(&r->arena, name, (size_t)(end - name));
        m->path = td_arena_printf(&r->arena, "%s/migration.sql", m->name);
        m->len = next == NULL ? strlen(end + 1) : (size_t)(next - end - 1);
        m->text = td_arena_dup(&r->arena, end + 1, m->len);
        struct td_lowered *low;
        rc = td_lowering_next(l, m, &low, err);
        if (rc != TD_OK)
            break;
        print(r, low);
        if (low->refused == 0)
            rc = execute(r, low, err);
    }
    return rc;
}

static void open_db(struct run *r)
{
    struct td_err err = {0};
    struct td_url url;
    assert_int_equal(td_url_parse("sqlite::memory:", NULL, &url, &err), TD_OK);
    assert_int_equal(td_db_open(&url, &(struct td_db_opts){.create = true}, &r->db, &err), TD_OK);
    td_url_deinit(&url);
    if (td_db_exec(r->db, td_lowering_tables(), &err) != TD_OK)
        fail_msg("%s", err.message);
}

static void check(struct run *r)
{
    struct td_err err = {0};
    char path[512], *expected = NULL;
    size_t len = 0;
    snprintf(path, sizeof path, "%s/cases/%s.txt", TD_TEST_DATA, r->name);
    if (update) {
        assert_int_equal(td_file_write(path, td_buf_str(&r->out), r->out.len, &err), TD_OK);
        return;
    }
    if (td_file_read(path, TD_FILE_MAX, &expected, &len, &err) != TD_OK)
        fail_msg("%s: %s", path, err.message);
    if (strcmp(expected, td_buf_str(&r->out)) != 0)
        fail_msg("%s differs from what is expected; now it is\n%s", path, td_buf_str(&r->out));
    td_mem_free(expected);
}

static void test_case(void **state)
{
    struct run r = {.name = *state};
    struct td_err err = {0};
    char path[512];

    snprintf(path, sizeof path, "%s/cases/%s.sql", TD_TEST_DATA, r.name);
    if (td_file_read(path, TD_FILE_MAX, &r.text, NULL, &err) != TD_OK)
        fail_msg("%s", err.message);
    open_db(&r);
    if (td_arena_run(&r.arena, lower_all, &r, &err) != TD_OK)
        fail_msg("%s: %s (line %u)", r.name, err.message, err.line);
    check(&r);
    td_db_close(r.db);
    td_buf_deinit(&r.out);
    td_mem_free(r.text);
    td_arena_deinit(&r.arena);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[256];
    struct td_err err = {0};
    struct td_dir dir = {0};
    size_t n = 0;

    update = argc > 1 && strcmp(argv[1], "--update") == 0;
    td_drivers_register();
    if (td_dir_list(TD_TEST_DATA "/cases", &dir, &err) != TD_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (size_t i = 0; i < dir.len && n < sizeof tests / sizeof tests[0]; i++) {
        size_t len = strlen(dir.at[i].name);
        if (len < 5 || strcmp(dir.at[i].name + len - 4, ".sql") != 0)
            continue;
        char *name = td_mem_dup(dir.at[i].name, len - 4);
        tests[n++] = (struct CMUnitTest){.name = name, .test_func = test_case, .initial_state = name};
    }
    int failed = _cmocka_run_group_tests("golden", tests, n, NULL, NULL);
    for (size_t i = 0; i < n; i++)
        td_mem_free((char *)tests[i].name);
    td_dir_deinit(&dir);
    return failed;
}
