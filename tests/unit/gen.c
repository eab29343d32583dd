/* The generator of random schemas (tests/lib/gen.h): what the tests that stand on it rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/migrate/lower.h"
#include "drivers/drivers.h"
#include "tests/lib/gen.h"

enum { SEEDS = 60, STATEMENTS = 20 };

static const char *schema(struct td_arena *a, uint64_t seed)
{
    struct gen g;
    struct gen_schema s = {0};
    gen_init(&g, a, seed);
    gen_schema(&g, &s, 3);
    return td_buf_str(&s.sql);
}

static void test_same_seed_gives_the_same_schema_another_seed_another(void **state)
{
    (void)state;
    struct td_arena a = {0};
    assert_string_equal(schema(&a, 7), schema(&a, 7));
    assert_string_not_equal(schema(&a, 7), schema(&a, 8));
    td_arena_deinit(&a);
}

static struct td_lowered *lower(struct td_lowering *l, const char *text)
{
    struct td_migration m = {.name = "1_generated", .path = "generated.sql", .text = text, .len = strlen(text)};
    struct td_lowered *out = NULL;
    struct td_err err = {0};
    if (td_lowering_next(l, &m, &out, &err) != TD_OK)
        fail_msg("%s\n%s", err.message, text);
    return out;
}

static void test_schemas_are_carried_and_rows_fit_their_catalog(void **state)
{
    (void)state;
    size_t carried = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct td_arena a = {0};
        struct td_lowering *l;
        struct td_err err = {0};
        struct gen g;
        struct gen_pool pool = {0};
        const char *text = schema(&a, seed);
        assert_int_equal(td_lowering_open(&a, (struct td_skip){0}, &l, &err), TD_OK);
        const struct td_lowered *low = lower(l, text);
        for (size_t i = 0; i < low->n_fates; i++)
            if (low->fates[i].fate == TD_REFUSED)
                fail_msg("seed %d: %s\n%.*s", (int)seed, low->fates[i].reason, (int)low->fates[i].stmt->len,
                         text + low->fates[i].stmt->start);
        gen_init(&g, &a, seed);
        for (int i = 0; i < STATEMENTS; i++) {
            struct td_buf sql;
            td_buf_init(&sql, &a);
            gen_statement(&g, &pool, td_lowering_catalog(l), &sql);
            carried += lower(l, td_buf_str(&sql))->refused == 0;
        }
        td_arena_deinit(&a);
    }
    assert_in_range(carried, SEEDS * STATEMENTS / 2, SEEDS * STATEMENTS - 1);
}

int main(void)
{
    td_drivers_register();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_gives_the_same_schema_another_seed_another),
        cmocka_unit_test(test_schemas_are_carried_and_rows_fit_their_catalog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
