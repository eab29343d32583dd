/* Any text as a snapshot: refused, or printed as it was read; and it has what it says. */
#include <string.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "sync/cursor.h"
#include "tests/fuzz/fuzz.h"

struct parsing {
    struct td_arena a;
    const char *text;
    struct td_cursor c;
};

static int parse(void *data, struct td_err *err)
{
    struct parsing *p = data;
    return td_cursor_parse(&p->a, p->text, &p->c, err);
}

/* "007" is read as 7. */
static size_t shown_differently(const char *text)
{
    size_t n = 0;
    for (const char *p = text; *p != '\0'; p++)
        n += *p == '0' && (p == text || p[-1] == ':' || p[-1] == ',' || p[-1] == '0');
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = td_mem_dup(data, size);
    struct parsing p = {.text = text};
    struct td_err err = {0};
    struct td_buf shown = {0};
    int rc = td_arena_run(&p.a, parse, &p, &err);
    FUZZ_CHECK(rc == TD_OK || (rc == TD_EDATA && err.message[0] != '\0'));
    if (rc == TD_OK) {
        td_cursor_print(&p.c, &shown);
        FUZZ_CHECK(shown_differently(text) > 0 || strcmp(td_buf_str(&shown), text) == 0);
        FUZZ_CHECK(td_cursor_precedes(&p.c, &p.c) && !td_cursor_is_ahead_of(&p.c, &p.c));
        FUZZ_CHECK(!td_cursor_has(&p.c, p.c.xmax) && td_cursor_has(&p.c, p.c.xmin - 1));
        for (size_t i = 0; i < p.c.len; i++)
            FUZZ_CHECK(!td_cursor_has(&p.c, p.c.xip[i]));
    }
    td_buf_deinit(&shown);
    td_arena_deinit(&p.a);
    td_mem_free(text);
    return 0;
}
