/* Merges: a line a case, base | mine | theirs -> what stands, and what is recorded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/catalog/catalog.h"
#include "sync/merge.h"

/* ---- one column, as text ---- */

struct one {
    struct td_type type;
    const char *policy, *base, *mine, *theirs, *want; /* NULL: SQL NULL */
    size_t conflicts;
};

struct merging {
    struct td_arena arena;
    struct td_merge_column columns[4];
    size_t n;
    struct td_merge_side base, mine, theirs;
    struct td_merged out;
};

static enum td_value_kind kind_of(struct td_type t)
{
    switch (td_type_base(t).kind) {
    case TD_T_NUMERIC: return TD_V_NUMERIC;
    case TD_T_TIMESTAMPTZ:
    case TD_T_TIMESTAMP:
    case TD_T_DATE: return TD_V_TIMESTAMP;
    case TD_T_UUID: return TD_V_UUID;
    case TD_T_JSON:
    case TD_T_JSONB: return TD_V_JSON;
    default: return TD_V_TEXT;
    }
}

static struct td_value value(struct td_type t, const char *text)
{
    struct td_type base = td_type_base(t);
    long long i;
    if (text == NULL)
        return td_null();
    if (td_type_is_integer(&base)) {
        sscanf(text, "%lld", &i);
        return td_int(i);
    }
    return td_bytes(kind_of(t), text, strlen(text));
}

static int merge_in_run(void *data, struct td_err *err)
{
    struct merging *m = data;
    return td_merge_row(&m->arena, m->columns, m->n, &m->base, &m->mine, &m->theirs, &m->out, err);
}

static void merge(struct merging *m)
{
    struct td_err err = {0};
    if (td_arena_run(&m->arena, merge_in_run, m, &err) != TD_OK)
        fail_msg("%s", err.message);
}

static void assert_value(struct td_value v, const char *want)
{
    if (want == NULL) {
        assert_int_equal(v.kind, TD_V_NULL);
        return;
    }
    char text[512] = "NULL";
    if (v.kind == TD_V_INT)
        snprintf(text, sizeof text, "%lld", (long long)v.i);
    else if (v.kind != TD_V_NULL)
        snprintf(text, sizeof text, "%.*s", (int)v.bytes.len, v.bytes.at);
    assert_string_equal(text, want);
}

static void assert_one(const struct one *x)
{
    struct td_value base = value(x->type, x->base), mine = value(x->type, x->mine), theirs = value(x->type, x->theirs);
    struct merging m = {.n = 1, .base = {true, &base}, .mine = {true, &mine}, .theirs = {true, &theirs}};
    const char *column;
    m.columns[0] = (struct td_merge_column){.name = "c", .type = x->type};
    assert_true(td_policy_parse(&m.arena, x->policy, &m.columns[0].policy, &column));
    assert_true(td_policy_fits(m.columns[0].policy, x->type));
    merge(&m);
    assert_true(m.out.exists);
    assert_value(m.out.at[0], x->want);
    assert_int_equal(m.out.n_conflicts, x->conflicts);
    td_arena_deinit(&m.arena);
}

static void assert_all(const struct one *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        print_message("%s: %s | %s | %s\n", cases[i].policy, cases[i].base, cases[i].mine, cases[i].theirs);
        assert_one(&cases[i]);
    }
}

#define TEXT       TD_TYPE(TD_T_TEXT)
#define INT4       TD_TYPE(TD_T_INT4)
#define INT8       TD_TYPE(TD_T_INT8)
#define NUM        TD_TYPE(TD_T_NUMERIC)
#define NUM52      ((struct td_type){.kind = TD_T_NUMERIC, .mod1 = 5, .mod2 = 2})
#define TSTZ       TD_TYPE(TD_T_TIMESTAMPTZ)
#define DATE       TD_TYPE(TD_T_DATE)
#define JSONB      TD_TYPE(TD_T_JSONB)
#define JSON       TD_TYPE(TD_T_JSON)
#define ALL(cases) assert_all(cases, sizeof cases / sizeof *cases)

static void test_what_one_side_changed_stands(void **state)
{
    (void)state;
    static const char *const policies[] = {"server", "device", "manual", "concat"};
    for (size_t i = 0; i < 4; i++) {
        const char *p = policies[i];
        const struct one cases[] = {
            {TEXT, p, "a", "a", "a", "a", 0},   {TEXT, p, "a", "b", "a", "b", 0},    {TEXT, p, "a", "a", "b", "b", 0},
            {TEXT, p, "a", "b", "b", "b", 0},   {TEXT, p, NULL, "b", NULL, "b", 0},  {TEXT, p, "a", NULL, "a", NULL, 0},
            {TEXT, p, "a", "a", NULL, NULL, 0}, {TEXT, p, "a", NULL, NULL, NULL, 0},
        };
        ALL(cases);
    }
}

static void test_what_both_changed_is_decided_and_recorded(void **state)
{
    (void)state;
    const struct one cases[] = {
        {TEXT, "server", "a", "b", "c", "c", 1},   {TEXT, "device", "a", "b", "c", "b", 1},
        {TEXT, "manual", "a", "b", "c", "c", 1},   {TEXT, "server", "a", NULL, "c", "c", 1},
        {TEXT, "device", "a", NULL, "c", NULL, 1}, {TEXT, "server", "a", "b", NULL, NULL, 1},
        {INT4, "server", "1", "2", "3", "3", 1},   {NUM, "server", "1", "1.0", "1.00", "1.00", 1},
    };
    ALL(cases);
}

static void test_max_and_min_lose_nothing(void **state)
{
    (void)state;
    const struct one cases[] = {
        {INT4, "max", "1", "5", "3", "5", 0},
        {INT4, "min", "9", "5", "3", "3", 0},
        {INT4, "max", "1", NULL, "3", "3", 0},
        {INT4, "min", "1", "2", NULL, "2", 0},
        {NUM, "max", "1", "10", "9.99", "10", 0},
        {NUM, "max", "1", "NaN", "Infinity", "NaN", 0},
        {TSTZ, "max", "2024-01-01 00:00:00+00", "2024-01-02 00:00:00+00", "2024-01-01 12:00:00.5+00",
         "2024-01-02 00:00:00+00", 0},
        {TSTZ, "max", "2024-01-01 00:00:00+00", "infinity", "2024-01-02 00:00:00+00", "infinity", 0},
        {DATE, "min", "2024-01-01", "0044-03-15 BC", "2023-01-01", "0044-03-15 BC", 0},
        {TEXT, "max", "a", "Z", "aa", "aa", 0},
    };
    ALL(cases);
}

static void test_sums_add_both_changes(void **state)
{
    (void)state;
    const struct one cases[] = {
        {INT4, "sum", "10", "12", "7", "9", 0},
        {INT4, "sum", "10", "11", "11", "12", 0},      /* each has counted one */
        {INT4, "sum", "0", "2147483647", "1", "1", 1}, /* no room: a conflict like any other */
        {INT8, "sum", "0", "9223372036854775807", "1", "1", 1},
        {INT4, "sum", NULL, "2", "3", "5", 0},
        {INT4, "sum", "1", NULL, "3", "3", 1},
        {NUM, "sum", "0.1", "0.3", "0.15", "0.35", 0},
        {NUM, "sum", "1", "100000000000000000000000000000.5", "2", "100000000000000000000000000001.5", 0},
        {NUM52, "sum", "0.00", "999.99", "0.01", "0.01", 1},
        {NUM52, "sum", "1.00", "2.50", "0.50", "2.00", 0},
    };
    ALL(cases);
}

static void test_appended_text_comes_behind(void **state)
{
    (void)state;
    const struct one cases[] = {
        {TEXT, "concat", "log:", "log:a", "log:b", "log:ba", 0},
        {TEXT, "concat", NULL, "a", "b", "ba", 0},
        {TEXT, "concat", "log:", "LOG:", "log:b", "log:b", 1},
        {TEXT, "concat", "log:", "lo", "log:b", "log:b", 1},
    };
    ALL(cases);
}

static void test_json_is_merged_key_by_key(void **state)
{
    (void)state;
    const struct one cases[] = {
        {JSONB, "json-merge", "{\"a\": 1}", "{\"a\": 2}", "{\"a\": 1, \"b\": 3}", "{\"a\": 2, \"b\": 3}", 0},
        {JSONB, "json-merge", "{\"a\": 1}", "{\"a\": 2}", "{\"a\": 3}", "{\"a\": 3}", 1},
        {JSONB, "json-merge", "{\"a\": 1, \"b\": 2}", "{\"b\": 2}", "{\"a\": 1, \"b\": 3}", "{\"b\": 3}", 0},
        {JSONB, "json-merge", "{\"a\": 1}", "{}", "{\"a\": 2}", "{\"a\": 2}", 1},
        {JSONB, "json-merge", "{\"a\": 1}", "{\"a\": 2}", "{}", "{\"a\": 2}", 1},
        {JSONB, "json-merge", "{\"o\": {\"x\": 1, \"y\": 1}}", "{\"o\": {\"x\": 2, \"y\": 1}}",
         "{\"o\": {\"x\": 1, \"y\": 2}}", "{\"o\": {\"x\": 2, \"y\": 2}}", 0},
        {JSONB, "json-merge", "{}", "{\"o\": {\"x\": 1}}", "{\"o\": {\"y\": 2}}", "{\"o\": {\"x\": 1, \"y\": 2}}", 0},
        {JSONB, "json-merge", "{\"l\": [1]}", "{\"l\": [1, 2]}", "{\"l\": [1, 3]}", "{\"l\": [1, 3]}", 1},
        {JSONB, "json-merge", "[1]", "[2]", "[3]", "[3]", 1},
        {JSONB, "json-merge", NULL, "{\"a\": 1}", "{\"b\": 2}", "{\"a\": 1, \"b\": 2}", 0},
        {JSONB, "json-merge", "{}", NULL, "{\"b\": 2}", "{\"b\": 2}", 1},
        {JSONB, "json-merge", "{\"n\": 9007199254740993}", "{\"n\": 9007199254740993, \"bb\": 1.10}",
         "{\"n\": 9007199254740993, \"a\": \"}\\\",\"}", "{\"a\": \"}\\\",\", \"n\": 9007199254740993, \"bb\": 1.10}",
         0},
        {JSONB, "server", "{\"a\":1,\"b\":2}", "{\"b\": 2, \"a\": 1}", "{\"c\": 3}", "{\"c\": 3}", 0},
        {JSON, "server", "{\"a\":1,\"b\":2}", "{\"b\": 2, \"a\": 1}", "{\"c\": 3}", "{\"c\": 3}", 1},
    };
    ALL(cases);
}

static void test_enums_go_by_the_order_of_their_labels(void **state)
{
    (void)state;
    const char *labels[] = {"low", "mid", "high"};
    const struct td_user_type mood = {.kind = TD_UT_ENUM, .name = "mood", .labels = {labels, 3, 3}};
    const struct td_type t = {.kind = TD_T_ENUM, .mod1 = -1, .mod2 = -1, .user = &mood};
    const struct one cases[] = {{t, "max", "low", "mid", "high", "high", 0},
                                {t, "min", "high", "mid", "low", "low", 0}};
    ALL(cases);
}

/* ---- whole rows ---- */

static void two_columns(struct merging *m)
{
    memset(m, 0, sizeof *m);
    m->n = 2;
    m->columns[0] = (struct td_merge_column){.name = "a", .type = TEXT};
    m->columns[1] = (struct td_merge_column){.name = "b", .type = TEXT};
}

static void test_columns_are_merged_one_by_one(void **state)
{
    (void)state;
    struct merging m;
    const struct td_value base[] = {td_text("a"), td_text("b")}, mine[] = {td_text("A"), td_text("b")};
    const struct td_value theirs[] = {td_text("a"), td_text("B")};
    two_columns(&m);
    m.base = (struct td_merge_side){true, base};
    m.mine = (struct td_merge_side){true, mine};
    m.theirs = (struct td_merge_side){true, theirs};
    merge(&m);
    assert_value(m.out.at[0], "A");
    assert_value(m.out.at[1], "B");
    assert_true(m.out.changes_mine && m.out.changes_theirs);
    assert_int_equal(m.out.n_conflicts, 0);
    td_arena_deinit(&m.arena);
}

static void test_the_later_row_wins_a_column_that_says_so(void **state)
{
    (void)state;
    for (int mine_is_later = 0; mine_is_later < 2; mine_is_later++) {
        struct merging m;
        const struct td_value base[] = {td_text("a"), td_text("1")};
        const struct td_value mine[] = {td_text("mine"), td_text(mine_is_later ? "3" : "2")};
        const struct td_value theirs[] = {td_text("theirs"), td_text(mine_is_later ? "2" : "3")};
        two_columns(&m);
        m.columns[0].policy = TD_POLICY_LATEST;
        m.columns[0].latest = 1;
        m.columns[1].policy = TD_POLICY_MAX;
        m.base = (struct td_merge_side){true, base};
        m.mine = (struct td_merge_side){true, mine};
        m.theirs = (struct td_merge_side){true, theirs};
        merge(&m);
        assert_value(m.out.at[0], mine_is_later ? "mine" : "theirs");
        assert_value(m.out.at[1], "3");
        assert_int_equal(m.out.n_conflicts, 1);
        assert_int_equal(m.out.conflicts[0].is_mine, mine_is_later);
        td_arena_deinit(&m.arena);
    }
}

/* u: as base, c: changed, -: not there. */
struct fate {
    char base, mine, theirs;
    bool exists;
    const char *a;
    bool changes_mine, changes_theirs;
    size_t conflicts;
};

static struct td_merge_side side(char c, const struct td_value *old, const struct td_value *changed)
{
    return (struct td_merge_side){c != '-', c == 'c' ? changed : old};
}

static void test_an_update_goes_before_a_delete(void **state)
{
    (void)state;
    static const struct fate fates[] = {
        {'u', '-', '-', false, NULL, false, false, 0},   {'u', '-', 'u', false, NULL, false, true, 0},
        {'u', 'u', '-', false, NULL, true, false, 0},    {'u', '-', 'c', true, "theirs", true, false, 1},
        {'u', 'c', '-', true, "mine", false, true, 1},   {'-', 'c', '-', true, "mine", false, true, 0},
        {'-', '-', 'c', true, "theirs", true, false, 0}, {'-', 'c', 'c', true, "theirs", true, false, 2},
        {'-', '-', '-', false, NULL, false, false, 0},   {'u', 'u', 'u', true, "a", false, false, 0},
    };
    const struct td_value old[] = {td_text("a"), td_text("b")}, mine[] = {td_text("mine"), td_text("1")};
    const struct td_value theirs[] = {td_text("theirs"), td_text("2")};
    for (size_t i = 0; i < sizeof fates / sizeof *fates; i++) {
        const struct fate *f = &fates[i];
        struct merging m;
        two_columns(&m);
        m.base = side(f->base, old, NULL);
        m.mine = side(f->mine, old, mine);
        m.theirs = side(f->theirs, old, theirs);
        merge(&m);
        print_message("%c %c %c\n", f->base, f->mine, f->theirs);
        assert_int_equal(m.out.exists, f->exists);
        if (f->exists)
            assert_value(m.out.at[0], f->a);
        assert_int_equal(m.out.changes_mine, f->changes_mine);
        assert_int_equal(m.out.changes_theirs, f->changes_theirs);
        assert_int_equal(m.out.n_conflicts, f->conflicts);
        td_arena_deinit(&m.arena);
    }
}

/* ---- policies as words ---- */

static void test_policies_are_read_and_fit_their_types(void **state)
{
    (void)state;
    struct td_arena a = {0};
    enum td_merge_policy p;
    const char *column;
    assert_true(td_policy_parse(&a, "latest(updated_at)", &p, &column));
    assert_int_equal(p, TD_POLICY_LATEST);
    assert_string_equal(column, "updated_at");
    static const char *const wrong[] = {"", "latest", "latest()", "latest(a", "Server", "newest"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(td_policy_parse(&a, wrong[i], &p, &column));
    assert_false(td_policy_fits(TD_POLICY_MAX, JSONB));
    assert_false(td_policy_fits(TD_POLICY_SUM, TEXT));
    assert_false(td_policy_fits(TD_POLICY_JSON, JSON));
    assert_false(td_policy_fits(TD_POLICY_CONCAT, INT4));
    assert_true(td_policy_fits(TD_POLICY_MANUAL, JSON));
    td_arena_deinit(&a);
}

static int order_in_run(void *data, struct td_err *err)
{
    const struct td_value *v = data;
    int order;
    return td_merge_order(DATE, v[0], v[1], &order, err);
}

static void test_a_value_that_is_none_of_its_type_is_an_error(void **state)
{
    (void)state;
    struct td_err err = {0};
    struct td_value v[] = {td_bytes(TD_V_TIMESTAMP, "no date", 7), td_bytes(TD_V_TIMESTAMP, "2024-01-01", 10)};
    assert_int_not_equal(order_in_run(v, &err), TD_OK);
    v[0] = td_int(3);
    assert_int_equal(order_in_run(v, &err), TD_EDATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_one_side_changed_stands),
        cmocka_unit_test(test_what_both_changed_is_decided_and_recorded),
        cmocka_unit_test(test_max_and_min_lose_nothing),
        cmocka_unit_test(test_sums_add_both_changes),
        cmocka_unit_test(test_appended_text_comes_behind),
        cmocka_unit_test(test_json_is_merged_key_by_key),
        cmocka_unit_test(test_enums_go_by_the_order_of_their_labels),
        cmocka_unit_test(test_columns_are_merged_one_by_one),
        cmocka_unit_test(test_the_later_row_wins_a_column_that_says_so),
        cmocka_unit_test(test_an_update_goes_before_a_delete),
        cmocka_unit_test(test_policies_are_read_and_fit_their_types),
        cmocka_unit_test(test_a_value_that_is_none_of_its_type_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
