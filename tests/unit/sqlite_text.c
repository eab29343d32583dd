/* SQLite's own text in a migration: what would end its transaction is found, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/sql/sqlite_text.h"

struct text {
    struct td_arena arena;
    const char *at;
    enum td_sqlite_text kind;
    struct td_err err;
};

static int look(void *data, struct td_err *err)
{
    struct text *t = data;
    struct td_source s;
    td_source_init(&t->arena, &s, "m.sql", t->at, strlen(t->at));
    return td_sqlite_text_check(&s, 0, s.len, t->kind, err);
}

static int check(struct text *t)
{
    td_arena_init(&t->arena);
    int rc = td_arena_run(&t->arena, look, t, &t->err);
    td_arena_deinit(&t->arena);
    return rc;
}

static void refused(const char *at, enum td_sqlite_text kind, enum td_code code, unsigned line, unsigned column)
{
    struct text t = {.at = at, .kind = kind};
    assert_int_not_equal(check(&t), TD_OK);
    assert_int_equal(t.err.code, code);
    assert_int_equal(t.err.line, line);
    assert_int_equal(t.err.column, column);
}

static void taken(const char *at, enum td_sqlite_text kind)
{
    struct text t = {.at = at, .kind = kind};
    if (check(&t) != TD_OK)
        fail_msg("%s: %s", at, t.err.message);
}

static void test_what_ends_the_transaction_is_refused(void **state)
{
    (void)state;
    refused("BEGIN", TD_SQLITE_FILE, TD_C_DDL_TEXT, 1, 1);
    refused("create table t(a);\n  commit;", TD_SQLITE_FILE, TD_C_DDL_TEXT, 2, 3);
    refused("select '\xC3\xA4;'; /* ; */ End transaction", TD_SQLITE_BLOCK, TD_C_DDL_TEXT, 1, 22);
    refused(";;rollback", TD_SQLITE_FILE, TD_C_DDL_TEXT, 1, 3);
    refused("rollback transaction", TD_SQLITE_FILE, TD_C_DDL_TEXT, 1, 1);
    refused("-- x\rselect 1;\nrollback/**/;", TD_SQLITE_FILE, TD_C_DDL_TEXT, 3, 1);
    refused("vacuum into 'x'", TD_SQLITE_FILE, TD_C_DDL_TEXT, 1, 1);
    refused("attach 'x' as y", TD_SQLITE_FILE, TD_C_DDL_TEXT, 1, 1);
    refused("create temp trigger t after insert on t begin select 1; end;\nend", TD_SQLITE_FILE, TD_C_DDL_TEXT, 2, 1);
    refused("create trigger [t;] after insert on t begin select 1; end; detach x", TD_SQLITE_FILE, TD_C_DDL_TEXT, 1,
            60);
}

/* What SQLite's tokens are, and not what they look like. */
static void test_nothing_hides_a_commit(void **state)
{
    (void)state;
    refused("select 1;\xEF\xBB\xBF"
            "commit;",
            TD_SQLITE_FILE, TD_C_DDL_TEXT, 1, 11);
    refused("select 1; \vcommit;", TD_SQLITE_FILE, TD_C_DDL_TEXT, 1, 12);
    refused("select $a('); commit; -- '", TD_SQLITE_FILE, TD_C_DDL_TEXT, 1, 15);
    refused("select @a::b(;/*); commit; -- */", TD_SQLITE_FILE, TD_C_DDL_TEXT, 1, 20);
    refused("select :a, a$b('x'); commit", TD_SQLITE_FILE, TD_C_DDL_TEXT, 1, 22);
    refused("select x'00' /* -- */; commit", TD_SQLITE_FILE, TD_C_DDL_TEXT, 1, 24);
}

static void test_what_stays_inside_is_taken(void **state)
{
    (void)state;
    taken("", TD_SQLITE_FILE);
    taken("savepoint a; rollback to a; rollback transaction to savepoint a; release a", TD_SQLITE_FILE);
    taken("create trigger t after insert on t begin select case when 1 then 2 end; end; select 1", TD_SQLITE_FILE);
    taken("create trigger t after insert on t begin update t set a = 1; delete from t; end", TD_SQLITE_BLOCK);
    taken("explain commit; explain query plan create temp trigger t after insert on t begin select 1; end;",
          TD_SQLITE_FILE);
    taken("create table \"commit\"(`begin` text, [end] text default 'x; commit;') -- ; commit\n", TD_SQLITE_FILE);
    taken("insert into t values ('it''s; commit', x'00'); replace into t select 1", TD_SQLITE_FILE);
    taken("pragma foreign_keys", TD_SQLITE_BLOCK);
}

static void test_foreign_keys_are_switched_around_files_only(void **state)
{
    (void)state;
    taken("PRAGMA foreign_keys=OFF; PRAGMA defer_foreign_keys=ON;", TD_SQLITE_FILE);
    taken("PRAGMA defer_foreign_keys=ON;", TD_SQLITE_BLOCK);
    refused("PRAGMA foreign_keys=OFF", TD_SQLITE_BLOCK, TD_C_DDL_TEXT, 1, 1);
    refused("pragma main.foreign_keys(0)", TD_SQLITE_BLOCK, TD_C_DDL_TEXT, 1, 1);
}

static void test_what_is_not_closed_is_refused(void **state)
{
    (void)state;
    refused("select 1;\n/* create table b(i);", TD_SQLITE_FILE, TD_C_SQL_UNCLOSED, 2, 1);
    refused("select 1 /*/", TD_SQLITE_FILE, TD_C_SQL_UNCLOSED, 1, 10);
    refused("select 'a''", TD_SQLITE_FILE, TD_C_SQL_UNCLOSED, 1, 8);
    refused("select \"a", TD_SQLITE_FILE, TD_C_SQL_UNCLOSED, 1, 8);
    refused("select [a", TD_SQLITE_FILE, TD_C_SQL_UNCLOSED, 1, 8);
    refused("select `a``", TD_SQLITE_FILE, TD_C_SQL_UNCLOSED, 1, 8);
    taken("/* a /* b */ select 1 /**/ -- '", TD_SQLITE_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_ends_the_transaction_is_refused),
        cmocka_unit_test(test_nothing_hides_a_commit),
        cmocka_unit_test(test_what_stays_inside_is_taken),
        cmocka_unit_test(test_foreign_keys_are_switched_around_files_only),
        cmocka_unit_test(test_what_is_not_closed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
