/* Any bytes as a migration file: statements lie in the text, in order, and what has a tree prints and parses again. */
#include <string.h>

#include "core/base/arena.h"
#include "core/sql/parse.h"
#include "core/sql/tree.h"
#include "tests/fuzz/fuzz.h"

struct job {
    struct td_arena arena;
    const char *text;
    size_t len;
};

static int parse(void *data, struct td_err *err)
{
    struct job *j = data;
    struct td_sql_file *f;
    int rc = td_sql_parse(&j->arena, "m.sql", j->text, j->len, &f, err);
    size_t at = 0;
    for (size_t i = 0; rc == TD_OK && i < f->len; i++) {
        const struct td_sql_stmt *s = &f->at[i];
        const char *printed;
        struct td_err ignored = {0};
        FUZZ_CHECK(s->start >= at && s->start + s->len <= f->src.len);
        FUZZ_CHECK((s->node == NULL) == (s->parse_error != NULL));
        at = s->start + s->len;
        if (s->node != NULL && td_tree_print(&j->arena, s->node, &printed, &ignored) == TD_OK)
            FUZZ_CHECK(printed != NULL);
    }
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct job j = {.text = (const char *)data, .len = size};
    struct td_err err = {0};
    td_arena_init(&j.arena);
    int rc = td_arena_run(&j.arena, parse, &j, &err);
    FUZZ_CHECK(rc == TD_OK || (rc == (int)err.rc && err.message[0] != '\0'));
    td_arena_deinit(&j.arena);
    return 0;
}
