/* Three texts, a NUL between them, merged as jsonb: what comes out is jsonb, in its own form; a side that changed
 * nothing changes nothing; and twice is the same. */
#include <string.h>

#include "core/base/jsontext.h"
#include "sync/merge.h"
#include "tests/fuzz/fuzz.h"

struct merging {
    struct td_arena a;
    struct td_value base, mine, theirs, out, again;
    size_t clashes, none;
};

static int merge(void *data, struct td_err *err)
{
    struct merging *m = data;
    int rc = td_merge_json(&m->a, m->base, m->mine, m->theirs, &m->out, &m->clashes, err);
    if (rc == TD_OK)
        rc = td_merge_json(&m->a, m->base, m->mine, m->base, &m->again, &m->none, err);
    return rc;
}

static bool same(struct td_value a, struct td_value b)
{
    bool out = false;
    struct td_err err = {0};
    return td_jsonb_equal(a.bytes.at, a.bytes.len, b.bytes.at, b.bytes.len, &out, &err) == TD_OK && out;
}

static struct td_value part(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *start = *at, *stop = start == end ? end : memchr(start, 0, (size_t)(end - start));
    if (stop == NULL)
        stop = end;
    *at = stop < end ? stop + 1 : end;
    return td_bytes(TD_V_JSON, start, (size_t)(stop - start));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *at = data, *end = data + size;
    struct merging m = {0};
    struct td_err err = {0};
    if (size == 0)
        return 0;
    m.base = part(&at, end);
    m.mine = part(&at, end);
    m.theirs = part(&at, end);
    if (td_arena_run(&m.a, merge, &m, &err) == TD_OK) {
        struct td_buf normal;
        td_buf_init(&normal, &m.a);
        FUZZ_CHECK(td_jsonb_normalise(m.out.bytes.at, m.out.bytes.len, &normal, &err) == TD_OK);
        FUZZ_CHECK(normal.len == m.out.bytes.len && memcmp(td_buf_str(&normal), m.out.bytes.at, normal.len) == 0);
        FUZZ_CHECK(m.none == 0 && same(m.again, m.mine));
        if (same(m.mine, m.base) && m.clashes == 0)
            FUZZ_CHECK(same(m.out, m.theirs));
    } else {
        FUZZ_CHECK(err.message[0] != '\0');
    }
    td_arena_deinit(&m.a);
    return 0;
}
