/* Any text as a folder of migrations, parted by lines "-- migration:", replayed and lowered: each statement gets its
 * fate, and a refusal has its place, its reason and what to do. */
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/migrate/lower.h"
#include "tests/fuzz/fuzz.h"

/* libpg_query 15-4.0.0 does not free the (empty) stderr text of pg_query_parse_plpgsql. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:pg_query_raw_parse\n";
}

static const char divider[] = "-- migration:";

struct job {
    struct td_arena arena;
    const char *text;
    size_t len;
};

static void check(const struct td_lowered *low)
{
    size_t refused = 0;
    FUZZ_CHECK(low->n_fates == low->file->len);
    for (size_t i = 0; i < low->n_fates; i++) {
        const struct td_stmt_fate *f = &low->fates[i];
        refused += f->fate == TD_REFUSED;
        FUZZ_CHECK((f->fate == TD_REFUSED) == (f->err != NULL));
        FUZZ_CHECK(f->err == NULL || (f->err->message[0] != '\0' && f->err->next[0] != '\0' && f->err->line > 0));
    }
    FUZZ_CHECK(refused == low->refused);
    for (size_t i = 0; i < low->n_ops; i++)
        FUZZ_CHECK(low->ops[i].kind != TD_OP_SQL || low->ops[i].sql != NULL);
}

static int lower(void *data, struct td_err *err)
{
    struct job *j = data;
    struct td_lowering *l;
    int rc = td_lowering_open(&j->arena, (struct td_skip){0}, &l, err);
    const char *text = td_arena_dup(&j->arena, j->text, j->len);
    for (int n = 1; rc == TD_OK && text != NULL && n < 8; n++) {
        const char *end = strstr(text, divider);
        struct td_migration m = {.name = td_arena_printf(&j->arena, "%d", n), .path = "m.sql"};
        struct td_lowered *low;
        m.len = end != NULL ? (size_t)(end - text) : strlen(text);
        m.text = td_arena_dup(&j->arena, text, m.len);
        rc = td_lowering_next(l, &m, &low, err);
        if (rc == TD_OK)
            check(low);
        text = end != NULL ? end + strlen(divider) : NULL;
    }
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct job j = {.text = (const char *)data, .len = size};
    struct td_err err = {0};
    td_arena_init(&j.arena);
    int rc = td_arena_run(&j.arena, lower, &j, &err);
    FUZZ_CHECK(rc == TD_OK || (rc == (int)err.rc && err.message[0] != '\0'));
    td_arena_deinit(&j.arena);
    return 0;
}
