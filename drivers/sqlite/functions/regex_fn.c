/* The functions and operators on regular expressions. */
#include <string.h>

#include "core/base/mem.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/json_node.h"
#include "drivers/sqlite/functions/pattern.h"
#include "drivers/sqlite/functions/regex.h"

/* A compiled expression that stays with the statement while its pattern is constant. */
struct cached {
    struct td_arena arena;
    struct td_regex *re;
    int flags;
    /* for the run that compiles it */
    const char *pattern;
    size_t len;
};

static void cached_free(void *p)
{
    struct cached *c = p;
    td_arena_deinit(&c->arena);
    td_mem_free(c);
}

static int compile_cached(void *data, struct td_err *err)
{
    struct cached *c = data;
    return td_regex_compile(&c->arena, c->pattern, c->len, c->flags, &c->re, err);
}

/* The pattern of argument 1, compiled; borrowed for this call. */
static int compiled(struct td_fn_call *c, int flags, struct td_regex **out, struct td_err *err)
{
    struct cached *have = sqlite3_get_auxdata(c->ctx, 1);
    if (have != NULL && have->flags == flags) {
        *out = have->re;
        return TD_OK;
    }
    struct td_fn_str p = td_fn_text(c, 1);
    struct cached *new = td_mem_zalloc(sizeof *new);
    if (new == NULL)
        return td_err_nomem(err);
    *new = (struct cached){.flags = flags, .pattern = p.at, .len = p.len};
    int rc = td_arena_run(&new->arena, compile_cached, new, err);
    if (rc != TD_OK) {
        cached_free(new);
        return rc;
    }
    *out = new->re;
    sqlite3_set_auxdata(c->ctx, 1, new, cached_free);
    /* where the pattern is not constant, SQLite frees it at once */
    if (sqlite3_get_auxdata(c->ctx, 1) != new)
        return td_regex_compile(c->arena, p.at, p.len, flags, out, err);
    return TD_OK;
}

/* What one call works with. */
struct search {
    struct td_fn_call *c;
    struct td_regex *re;
    struct td_regex_text text;
    struct td_regex_span *spans;
    size_t groups, from;
    bool global, whole_only;
};

static int read_flags(struct td_fn_call *c, int arg, int *flags, bool *global, struct td_err *err)
{
    *global = false;
    if (arg >= c->n)
        return TD_OK;
    struct td_fn_str s = td_fn_text(c, arg);
    for (size_t i = 0; i < s.len; i++) {
        switch (s.at[i]) {
        case 'g': *global = true; break;
        case 'i': *flags |= TD_RE_ICASE; break;
        case 'c': *flags &= ~TD_RE_ICASE; break;
        case 'm':
        case 'n': *flags |= TD_RE_NEWLINE_STOP | TD_RE_NEWLINE_ANCHOR; break;
        case 'p':
            *flags |= TD_RE_NEWLINE_STOP;
            *flags &= ~TD_RE_NEWLINE_ANCHOR;
            break;
        case 'w':
            *flags |= TD_RE_NEWLINE_ANCHOR;
            *flags &= ~TD_RE_NEWLINE_STOP;
            break;
        case 's': *flags &= ~(TD_RE_NEWLINE_STOP | TD_RE_NEWLINE_ANCHOR); break;
        case 'x': *flags |= TD_RE_EXPANDED; break;
        case 't': *flags &= ~TD_RE_EXPANDED; break;
        case 'q': *flags |= TD_RE_LITERAL; break;
        case 'b':
        case 'e': break;
        default: return td_fn_fail(err, "22023", "invalid regular expression option: \"%.1s\"", s.at + i);
        }
    }
    return TD_OK;
}

static int start(struct search *s, struct td_fn_call *c, int flags_arg, int flags, struct td_err *err)
{
    struct td_fn_str text = td_fn_text(c, 0);
    memset(s, 0, sizeof *s);
    s->c = c;
    int rc = read_flags(c, flags_arg, &flags, &s->global, err);
    if (rc == TD_OK)
        rc = compiled(c, flags, &s->re, err);
    if (rc != TD_OK)
        return rc;
    s->groups = td_regex_groups(s->re);
    s->spans = td_arena_alloc(c->arena, (s->groups + 1) * sizeof *s->spans);
    td_regex_text_init(c->arena, text.at, text.len, &s->text);
    return TD_OK;
}

static int search(struct search *s, bool *found, struct td_err *err)
{
    *found = false;
    if (s->from > s->text.len)
        return TD_OK;
    return td_regex_search(s->c->arena, s->re, &s->text, s->from, s->whole_only, s->spans, found, err);
}

/* After a match: on from its end, at least one character further. */
static void advance(struct search *s)
{
    s->from = s->spans[0].end > s->from ? s->spans[0].end : s->from + 1;
}

static struct td_fn_str part(const struct search *s, size_t from, size_t to)
{
    uint32_t a = s->text.offset[from], b = s->text.offset[to];
    return (struct td_fn_str){s->text.bytes + a, b - a};
}

static struct td_node *span_node(const struct search *s, size_t i)
{
    if (s->spans[i].start > s->spans[i].end)
        return td_node_new(s->c->arena, TD_N_NULL);
    struct td_fn_str p = part(s, s->spans[i].start, s->spans[i].end);
    return td_node_string(s->c->arena, p.at, p.len);
}

static int does_match(struct td_fn_call *c, int flags_arg, int flags, struct td_err *err)
{
    struct search s;
    bool found = false;
    int rc = start(&s, c, flags_arg, flags, err);
    if (rc == TD_OK && s.global)
        return td_fn_fail(err, "22023", "regexp_like() does not support the \"global\" option");
    s.whole_only = true;
    if (rc == TD_OK)
        rc = search(&s, &found, err);
    return rc != TD_OK ? rc : td_fn_give_int(c, found);
}

static int regex(struct td_fn_call *c, struct td_err *err)
{
    return does_match(c, c->n, 0, err);
}

static int iregex(struct td_fn_call *c, struct td_err *err)
{
    return does_match(c, c->n, TD_RE_ICASE, err);
}

static int regexp_like(struct td_fn_call *c, struct td_err *err)
{
    return does_match(c, 2, 0, err);
}

/* The groups of the match, or the whole where there are none, as text[]. */
static struct td_node *match_array(const struct search *s)
{
    struct td_node *array = td_node_new(s->c->arena, TD_N_ARRAY);
    for (size_t i = s->groups == 0 ? 0 : 1; i <= s->groups; i++)
        td_node_append(array, span_node(s, i));
    return array;
}

static int regexp_match(struct td_fn_call *c, struct td_err *err)
{
    struct search s;
    bool found = false;
    int rc = start(&s, c, 2, 0, err);
    if (rc == TD_OK && s.global)
        return td_fn_fail(err, "22023", "regexp_match() does not support the \"global\" option");
    if (rc == TD_OK)
        rc = search(&s, &found, err);
    if (rc != TD_OK || !found)
        return rc;
    td_node_print_array(match_array(&s), &c->out);
    return td_fn_done(c, err);
}

static int regexp_matches_rows(struct td_fn_call *c, struct td_err *err)
{
    struct search s;
    struct td_node *rows = td_node_new(c->arena, TD_N_ARRAY);
    bool found = true;
    int rc = start(&s, c, 2, 0, err);
    while (rc == TD_OK && found) {
        rc = search(&s, &found, err);
        if (rc != TD_OK || !found)
            break;
        struct td_buf b;
        td_buf_init(&b, c->arena);
        td_node_print_array(match_array(&s), &b);
        td_node_append(rows, td_node_string(c->arena, td_buf_str(&b), b.len));
        if (!s.global)
            break;
        advance(&s);
    }
    if (rc != TD_OK)
        return rc;
    td_node_print_array(rows, &c->out);
    return td_fn_done(c, err);
}

/* \1 to \9, \& and \\ stand for something; another backslash for itself. */
static void add_replacement(struct search *s, struct td_fn_str with)
{
    struct td_buf *out = &s->c->out;
    for (size_t i = 0; i < with.len; i++) {
        char next = i + 1 < with.len ? with.at[i + 1] : '\0';
        size_t group = next >= '1' && next <= '9' ? (size_t)(next - '0') : 0;
        if (with.at[i] != '\\' || (next != '&' && next != '\\' && group == 0)) {
            td_buf_char(out, with.at[i]);
            continue;
        }
        i++;
        if (next == '\\') {
            td_buf_char(out, '\\');
        } else if (group <= s->groups && s->spans[group].start <= s->spans[group].end) {
            struct td_fn_str p = part(s, s->spans[group].start, s->spans[group].end);
            td_buf_add_n(out, p.at, p.len);
        }
    }
}

static int replace(struct search *s, struct td_fn_str with, int64_t which, struct td_err *err)
{
    size_t copied = 0;
    bool found = true;
    for (int64_t n = 1; s->from <= s->text.len; n++) {
        int rc = search(s, &found, err);
        if (rc != TD_OK)
            return rc;
        if (!found)
            break;
        if (which == 0 || n == which) {
            struct td_fn_str before = part(s, copied, s->spans[0].start);
            td_buf_add_n(&s->c->out, before.at, before.len);
            add_replacement(s, with);
            copied = s->spans[0].end;
            if (which > 0)
                break;
        }
        s->from = s->spans[0].end + (s->spans[0].start == s->spans[0].end);
    }
    struct td_fn_str rest = part(s, copied, s->text.len);
    td_buf_add_n(&s->c->out, rest.at, rest.len);
    return td_fn_done(s->c, err);
}

/* A whole number argument that must be at least `min`; `name` is for the message. */
static int option(struct td_fn_call *c, int arg, const char *name, int32_t min, int32_t *out, struct td_err *err)
{
    int rc = arg < c->n ? td_fn_int4(c, arg, out, err) : TD_OK;
    if (rc == TD_OK && *out < min)
        return td_fn_fail(err, "22023", "invalid value for parameter \"%s\": %d", name, *out);
    return rc;
}

static int regexp_replace(struct td_fn_call *c, struct td_err *err)
{
    struct search s;
    int32_t from = 1, which = 1;
    bool extended = c->n > 3 && sqlite3_value_type(c->v[3]) == SQLITE_INTEGER;
    int rc = start(&s, c, extended ? 5 : 3, 0, err);
    if (rc == TD_OK && extended)
        rc = option(c, 3, "start", 1, &from, err);
    if (rc == TD_OK && extended)
        rc = option(c, 4, "n", 0, &which, err);
    if (rc != TD_OK)
        return rc;
    s.from = (size_t)from - 1;
    if (s.global && c->n < 5)
        which = 0;
    return replace(&s, td_fn_text(c, 2), which, err);
}

static int split(struct td_fn_call *c, const char *name, struct td_err *err)
{
    struct search s;
    struct td_node *pieces = td_node_new(c->arena, TD_N_ARRAY);
    size_t last = 0;
    bool found = true;
    int rc = start(&s, c, 2, 0, err);
    if (rc == TD_OK && s.global)
        return td_fn_fail(err, "22023", "%s() does not support the \"global\" option", name);
    s.whole_only = true;
    while (rc == TD_OK) {
        rc = search(&s, &found, err);
        if (rc != TD_OK || !found)
            break;
        /* empty matches at the end, or right behind the last one, split nothing */
        if (s.spans[0].start < s.text.len && s.spans[0].end > last) {
            struct td_fn_str p = part(&s, last, s.spans[0].start);
            td_node_append(pieces, td_node_string(c->arena, p.at, p.len));
            last = s.spans[0].end;
        }
        advance(&s);
    }
    if (rc != TD_OK)
        return rc;
    struct td_fn_str rest = part(&s, last, s.text.len);
    td_node_append(pieces, td_node_string(c->arena, rest.at, rest.len));
    td_node_print_array(pieces, &c->out);
    return td_fn_done(c, err);
}

static int regexp_split_to_array(struct td_fn_call *c, struct td_err *err)
{
    return split(c, "regexp_split_to_array", err);
}

static int regexp_split_to_table(struct td_fn_call *c, struct td_err *err)
{
    return split(c, "regexp_split_to_table", err);
}

static int regexp_count(struct td_fn_call *c, struct td_err *err)
{
    struct search s;
    int32_t from = 1;
    int64_t count = 0;
    bool found = true;
    int rc = start(&s, c, 3, 0, err);
    if (rc == TD_OK && s.global)
        return td_fn_fail(err, "22023", "regexp_count() does not support the \"global\" option");
    if (rc == TD_OK)
        rc = option(c, 2, "start", 1, &from, err);
    s.from = (size_t)from - 1;
    s.whole_only = true;
    while (rc == TD_OK) {
        rc = search(&s, &found, err);
        if (rc != TD_OK || !found)
            break;
        count++;
        advance(&s);
    }
    return rc != TD_OK ? rc : td_fn_give_int(c, count);
}

/* The Nth match from `start` on. */
static int nth(struct search *s, int32_t from, int32_t n, bool *found, struct td_err *err)
{
    s->from = (size_t)from - 1;
    for (int rc; n > 0; n--) {
        rc = search(s, found, err);
        if (rc != TD_OK || !*found)
            return rc;
        if (n > 1)
            advance(s);
    }
    return TD_OK;
}

/* (x, p, start, n, endoption, flags, subexpr) */
static int regexp_instr(struct td_fn_call *c, struct td_err *err)
{
    struct search s;
    int32_t from = 1, n = 1, at_end = 0, group = 0;
    bool found = false;
    int rc = start(&s, c, 5, 0, err);
    if (rc == TD_OK && s.global)
        return td_fn_fail(err, "22023", "regexp_instr() does not support the \"global\" option");
    if (rc == TD_OK)
        rc = option(c, 2, "start", 1, &from, err);
    if (rc == TD_OK)
        rc = option(c, 3, "n", 1, &n, err);
    if (rc == TD_OK)
        rc = option(c, 4, "endoption", 0, &at_end, err);
    if (rc == TD_OK)
        rc = option(c, 6, "subexpr", 0, &group, err);
    if (rc == TD_OK && at_end > 1)
        return td_fn_fail(err, "22023", "invalid value for parameter \"endoption\": %d", at_end);
    if (rc == TD_OK)
        rc = nth(&s, from, n, &found, err);
    if (rc != TD_OK)
        return rc;
    if (!found || (size_t)group > s.groups || s.spans[group].start > s.spans[group].end)
        return td_fn_give_int(c, 0);
    return td_fn_give_int(c, (int64_t)(at_end ? s.spans[group].end : s.spans[group].start) + 1);
}

static int give_span(struct search *s, size_t group)
{
    if (group > s->groups || s->spans[group].start > s->spans[group].end)
        return TD_OK;
    struct td_fn_str p = part(s, s->spans[group].start, s->spans[group].end);
    return td_fn_give_text(s->c, p.at, p.len);
}

/* (x, p, start, n, flags, subexpr) */
static int regexp_substr(struct td_fn_call *c, struct td_err *err)
{
    struct search s;
    int32_t from = 1, n = 1, group = 0;
    bool found = false;
    int rc = start(&s, c, 4, 0, err);
    if (rc == TD_OK && s.global)
        return td_fn_fail(err, "22023", "regexp_substr() does not support the \"global\" option");
    if (rc == TD_OK)
        rc = option(c, 2, "start", 1, &from, err);
    if (rc == TD_OK)
        rc = option(c, 3, "n", 1, &n, err);
    if (rc == TD_OK)
        rc = option(c, 5, "subexpr", 0, &group, err);
    if (rc == TD_OK)
        rc = nth(&s, from, n, &found, err);
    return rc != TD_OK || !found ? rc : give_span(&s, (size_t)group);
}

static int substring_regex(struct td_fn_call *c, struct td_err *err)
{
    struct search s;
    bool found = false;
    int rc = start(&s, c, c->n, 0, err);
    if (rc == TD_OK)
        rc = search(&s, &found, err);
    return rc != TD_OK || !found ? rc : give_span(&s, s.groups > 0);
}

/* x SIMILAR TO p [ESCAPE e], and substring(x SIMILAR p ESCAPE e): as regular expressions. */
static int similar_search(struct td_fn_call *c, struct search *s, bool *found, struct td_err *err)
{
    struct td_buf pattern;
    struct td_fn_str text = td_fn_text(c, 0), escape = {"\\", 1};
    if (c->n > 2)
        escape = td_fn_text(c, 2);
    td_buf_init(&pattern, c->arena);
    memset(s, 0, sizeof *s);
    int rc = td_similar_to_regex(td_fn_text(c, 1), escape, &pattern, err);
    if (rc == TD_OK)
        rc = td_regex_compile(c->arena, td_buf_str(&pattern), pattern.len, 0, &s->re, err);
    if (rc != TD_OK)
        return rc;
    s->c = c;
    s->groups = td_regex_groups(s->re);
    s->spans = td_arena_alloc(c->arena, (s->groups + 1) * sizeof *s->spans);
    td_regex_text_init(c->arena, text.at, text.len, &s->text);
    return search(s, found, err);
}

static int similar(struct td_fn_call *c, struct td_err *err)
{
    struct search s;
    bool found = false;
    int rc = similar_search(c, &s, &found, err);
    return rc != TD_OK ? rc : td_fn_give_int(c, found);
}

static int substring_similar(struct td_fn_call *c, struct td_err *err)
{
    struct search s;
    bool found = false;
    int rc = similar_search(c, &s, &found, err);
    return rc != TD_OK || !found ? rc : give_span(&s, s.groups > 0);
}

const struct td_fn td_fn_regexes[] = {
    {"pg_regex", 2, 2, TD_FN_STRICT, regex},
    {"pg_iregex", 2, 2, TD_FN_STRICT, iregex},
    {"pg_regexp_like", 2, 3, TD_FN_STRICT, regexp_like},
    {"pg_regexp_replace", 3, 6, TD_FN_STRICT, regexp_replace},
    {"pg_regexp_match", 2, 3, TD_FN_STRICT, regexp_match},
    {"pg_regexp_matches_rows", 2, 3, TD_FN_STRICT, regexp_matches_rows},
    {"pg_regexp_split_to_array", 2, 3, TD_FN_STRICT, regexp_split_to_array},
    {"pg_regexp_split_to_table_rows", 2, 3, TD_FN_STRICT, regexp_split_to_table},
    {"pg_regexp_count", 2, 4, TD_FN_STRICT, regexp_count},
    {"pg_regexp_instr", 2, 7, TD_FN_STRICT, regexp_instr},
    {"pg_regexp_substr", 2, 6, TD_FN_STRICT, regexp_substr},
    {"pg_substring_regex", 2, 2, TD_FN_STRICT, substring_regex},
    {"pg_substring_similar", 3, 3, TD_FN_STRICT, substring_similar},
    {"pg_similar", 2, 3, TD_FN_STRICT, similar},
    {NULL, 0, 0, 0, NULL},
};
