/* Folder and history compared: which state a migration is in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/migrate/history.h"

#define SUM       "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER_SUM "ffff456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct world {
    struct td_arena arena;
    struct td_folder folder;
    struct td_history history;
    struct td_status status;
};

enum row_kind { DONE, UNFINISHED, JOURNALLED, ROLLED_BACK };

static void file(struct world *w, const char *name)
{
    struct td_migration m = {.name = name, .path = name, .text = "", .checksum = SUM};
    *td_vec_add(&w->arena, &w->folder) = m;
}

static void row(struct world *w, const char *name, const char *checksum, enum row_kind kind)
{
    struct td_history_row r = {.id = name, .name = name, .checksum = checksum, .started_at = "x"};
    r.finished_at = kind == DONE ? "x" : NULL;
    r.rolled_back_at = kind == ROLLED_BACK ? "x" : NULL;
    r.journalled = kind == JOURNALLED;
    *td_vec_add(&w->arena, &w->history) = r;
}

static int compare(void *data, struct td_err *err)
{
    struct world *w = data;
    (void)err;
    td_history_compare(&w->arena, &w->folder, &w->history, &w->status);
    return TD_OK;
}

static void assert_states(struct world *w, const char *expected)
{
    char text[1000] = "";
    size_t len = 0;
    struct td_err err = {0};
    assert_int_equal(td_arena_run(&w->arena, compare, w, &err), TD_OK);
    for (size_t i = 0; i < w->status.len; i++) {
        const struct td_migration_status *m = &w->status.at[i];
        len += (size_t)snprintf(text + len, sizeof text - len, "%s=%s ", m->name, td_migration_state_name(m->state));
        assert_true(len < sizeof text);
    }
    assert_string_equal(text, expected);
    const struct td_status *s = &w->status;
    assert_int_equal(s->pending + s->applied + s->edited + s->missing + s->late + s->failed + s->partial, s->len);
    td_arena_deinit(&w->arena);
}

static void test_nothing_applied_is_all_pending(void **state)
{
    (void)state;
    struct world w = {0};
    file(&w, "1");
    file(&w, "2");
    assert_states(&w, "1=pending 2=pending ");
}

static void test_each_state_is_told_apart(void **state)
{
    (void)state;
    struct world w = {0};
    file(&w, "1");
    file(&w, "2");
    file(&w, "4");
    file(&w, "5");
    file(&w, "6");
    file(&w, "7");
    row(&w, "1", SUM, DONE);
    row(&w, "3", SUM, DONE);
    row(&w, "4", OTHER_SUM, DONE);
    row(&w, "5", SUM, UNFINISHED);
    row(&w, "6", SUM, JOURNALLED);
    assert_states(&w, "1=applied 2=late 3=missing 4=edited 5=failed 6=partial 7=pending ");
}

static void test_rolled_back_rows_are_as_if_never_there(void **state)
{
    (void)state;
    struct world w = {0};
    file(&w, "1");
    file(&w, "2");
    row(&w, "1", SUM, ROLLED_BACK);
    row(&w, "1", SUM, DONE);
    row(&w, "2", SUM, ROLLED_BACK);
    row(&w, "gone", SUM, ROLLED_BACK);
    assert_states(&w, "1=applied 2=pending ");
}

static void test_a_finished_row_counts_more_than_a_failed_one(void **state)
{
    (void)state;
    struct world w = {0};
    file(&w, "1");
    file(&w, "2");
    row(&w, "1", SUM, UNFINISHED);
    row(&w, "1", SUM, DONE);
    row(&w, "2", SUM, DONE);
    row(&w, "2", SUM, UNFINISHED);
    assert_states(&w, "1=applied 2=applied ");
}

static void test_a_failed_migration_without_file_is_failed_even_if_journalled(void **state)
{
    (void)state;
    struct world w = {0};
    file(&w, "2");
    row(&w, "1", SUM, JOURNALLED);
    assert_states(&w, "1=failed 2=pending ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_applied_is_all_pending),
        cmocka_unit_test(test_each_state_is_told_apart),
        cmocka_unit_test(test_rolled_back_rows_are_as_if_never_there),
        cmocka_unit_test(test_a_finished_row_counts_more_than_a_failed_one),
        cmocka_unit_test(test_a_failed_migration_without_file_is_failed_even_if_journalled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
