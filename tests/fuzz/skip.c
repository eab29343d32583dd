/* Any text as --skip: a kind, a place, or an error; and a folder lowered with it. */
#include <string.h>

#include "core/base/mem.h"
#include "core/migrate/lower.h"
#include "tests/fuzz/fuzz.h"

struct job {
    struct td_arena arena;
    const char *word;
};

static int lower(void *data, struct td_err *err)
{
    static const char text[] =
        "CREATE TABLE a (n int, EXCLUDE USING gist (n WITH =));\nCREATE PROCEDURE p() LANGUAGE sql "
        "AS 'SELECT 1';\n";
    struct job *j = data;
    struct td_lowering *l;
    struct td_lowered *low;
    struct td_migration m = {.name = "1_x", .path = "m/1_x/migration.sql", .text = text, .len = sizeof text - 1};
    int rc = td_lowering_open(&j->arena, (struct td_skip){.at = &j->word, .len = 1}, &l, err);
    return rc == TD_OK ? td_lowering_next(l, &m, &low, err) : rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *word = td_mem_dup(data, size);
    struct td_err err = {0};
    struct job j = {.word = word};
    int rc = td_skip_check(word, &err);
    FUZZ_CHECK(rc == TD_OK || (err.message[0] != '\0' && err.next[0] != '\0'));
    if (rc == TD_OK)
        FUZZ_CHECK(td_arena_run(&j.arena, lower, &j, &err) == TD_OK);
    td_arena_deinit(&j.arena);
    td_mem_free(word);
    return 0;
}
