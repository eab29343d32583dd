/* Letter case, by Unicode's simple mappings: what PostgreSQL does in a UTF-8 locale. */
#include <utf8proc.h>

#include "core/base/utf8.h"
#include "drivers/sqlite/functions/call.h"

static void add_mapped(struct td_buf *out, const char *at, size_t len, utf8proc_int32_t cp)
{
    char utf8[4];
    size_t n = td_utf8_encode((uint32_t)cp, utf8);
    if (n == 0)
        td_buf_add_n(out, at, len);
    else
        td_buf_add_n(out, utf8, n);
}

/* The capital sharp s is nobody's simple upper case of ß but utf8proc's. */
static utf8proc_int32_t to_upper(utf8proc_int32_t cp)
{
    return cp == 0xdf ? cp : utf8proc_toupper(cp);
}

static bool is_word(utf8proc_int32_t cp)
{
    switch (utf8proc_category(cp)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND: return true;
    default: return false;
    }
}

enum mapping { LOWER, UPPER, INITCAP };

static int map(struct td_fn_call *c, enum mapping how, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    bool in_word = false;
    for (size_t i = 0, n; i < s.len; i += n) {
        uint32_t raw;
        n = td_utf8_next(s.at + i, s.len - i, &raw);
        utf8proc_int32_t cp = (utf8proc_int32_t)raw;
        if (how == UPPER || (how == INITCAP && !in_word))
            add_mapped(&c->out, s.at + i, n, to_upper(cp));
        else
            add_mapped(&c->out, s.at + i, n, utf8proc_tolower(cp));
        in_word = is_word(cp);
    }
    return td_fn_done(c, err);
}

static int lower(struct td_fn_call *c, struct td_err *err)
{
    return map(c, LOWER, err);
}

static int upper(struct td_fn_call *c, struct td_err *err)
{
    return map(c, UPPER, err);
}

static int initcap(struct td_fn_call *c, struct td_err *err)
{
    return map(c, INITCAP, err);
}

const struct td_fn td_fn_cases[] = {
    {"pg_lower", 1, 1, TD_FN_STRICT, lower},
    {"pg_upper", 1, 1, TD_FN_STRICT, upper},
    {"pg_initcap", 1, 1, TD_FN_STRICT, initcap},
    {NULL, 0, 0, 0, NULL},
};
