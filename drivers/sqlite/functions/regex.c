/* Matches a regular expression: all states at once to find where it ends, then the tree to find the groups. */
#include "drivers/sqlite/functions/regex.h"

#include <string.h>

#include <utf8proc.h>

#include "core/base/utf8.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/regex_impl.h"

#define MAX_PROGRAM 50000
#define BUDGET      INT64_C(2000000000) /* steps of one search: some ten seconds */
#define NONE        ((size_t)-1)

void td_regex_text_init(struct td_arena *a, const char *bytes, size_t len, struct td_regex_text *out)
{
    out->bytes = bytes;
    out->len = 0;
    out->cp = td_arena_alloc(a, (len + 1) * sizeof *out->cp);
    out->offset = td_arena_alloc(a, (len + 1) * sizeof *out->offset);
    for (size_t i = 0; i < len; out->len++) {
        out->offset[out->len] = (uint32_t)i;
        i += td_utf8_next(bytes + i, len - i, &out->cp[out->len]);
    }
    out->offset[out->len] = (uint32_t)len;
}

/* --- program */

static int emit(struct td_arena *a, struct td_regex *re, enum rx_op op, const struct rx *n)
{
    if (re->len == re->cap) {
        int cap = re->cap == 0 ? 64 : re->cap * 2;
        struct rx_inst *p = td_arena_alloc(a, (size_t)cap * sizeof *p);
        if (re->len > 0)
            memcpy(p, re->program, (size_t)re->len * sizeof *p);
        re->program = p;
        re->cap = cap;
    }
    re->program[re->len] = (struct rx_inst){op, re->len + 1, -1, n};
    return re->len++;
}

static bool compile(struct td_arena *a, struct td_regex *re, struct rx *n);

/* One optional copy: a split around it. `loop` sends its end back to the split. */
static bool compile_optional(struct td_arena *a, struct td_regex *re, struct rx *n, bool loop)
{
    int split = emit(a, re, RX_OP_SPLIT, NULL);
    if (!compile(a, re, n))
        return false;
    if (loop) {
        int back = emit(a, re, RX_OP_SPLIT, NULL);
        re->program[back].x = split;
    }
    re->program[split].y = re->len;
    return true;
}

static bool compile_repeat(struct td_arena *a, struct td_regex *re, struct rx *n)
{
    for (int i = 0; i < n->min; i++)
        if (!compile(a, re, n->left))
            return false;
    if (n->max == RX_INFINITE)
        return compile_optional(a, re, n->left, true);
    for (int i = n->min; i < n->max; i++)
        if (!compile_optional(a, re, n->left, false))
            return false;
    return true;
}

static bool compile(struct td_arena *a, struct td_regex *re, struct rx *n)
{
    int entry = re->len, split, jump;
    bool ok = re->len <= MAX_PROGRAM;
    switch (n->kind) {
    case RX_EMPTY: break;
    case RX_SET: emit(a, re, RX_OP_SET, n); break;
    case RX_ASSERT:
        if (n->assertion == RX_AHEAD || n->assertion == RX_NOT_AHEAD) {
            jump = emit(a, re, RX_OP_SPLIT, NULL);
            ok = ok && compile(a, re, n->left);
            emit(a, re, RX_OP_END, NULL);
            re->program[jump].x = re->len;
            entry = jump;
        }
        emit(a, re, RX_OP_ASSERT, n);
        break;
    case RX_CAT: ok = ok && compile(a, re, n->left) && compile(a, re, n->right); break;
    case RX_ALT:
        split = emit(a, re, RX_OP_SPLIT, NULL);
        ok = ok && compile(a, re, n->left);
        jump = emit(a, re, RX_OP_SPLIT, NULL);
        re->program[split].y = re->len;
        ok = ok && compile(a, re, n->right);
        re->program[jump].x = re->len;
        break;
    case RX_REPEAT: ok = ok && compile_repeat(a, re, n); break;
    case RX_GROUP: ok = ok && compile(a, re, n->left); break;
    }
    if (n->exit < 0) {
        n->entry = entry;
        n->exit = re->len;
        emit(a, re, RX_OP_SPLIT, NULL); /* an exit of its own, so that reaching it means that n matched */
    }
    return ok;
}

int td_regex_compile(struct td_arena *a, const char *pattern, size_t len, int flags, struct td_regex **out,
                     struct td_err *err)
{
    struct td_regex *re = td_arena_new(a, struct td_regex);
    int rc = rx_parse(a, pattern, len, flags, re, err);
    if (rc != TD_OK)
        return rc;
    if (!compile(a, re, re->root))
        return td_fn_fail(err, "2201B", "invalid regular expression: regular expression is too complex");
    emit(a, re, RX_OP_END, NULL);
    *out = re;
    return TD_OK;
}

size_t td_regex_groups(const struct td_regex *re)
{
    return (size_t)re->groups;
}

/* --- walking */

struct states {
    int *at, *where; /* where[pc] < len && at[where[pc]] == pc: is in the set */
    int len;
};

struct machine {
    struct td_arena *arena;
    const struct td_regex *re;
    const struct td_regex_text *text;
    int64_t budget;
    struct machine *inner; /* for look-ahead, made when first needed */
    struct states now, next;
    int *stack;
    int stop; /* exit of what is walked: nothing is followed past it */
};

static void states_init(struct machine *m, struct states *s)
{
    s->at = td_arena_alloc(m->arena, (size_t)m->re->len * sizeof(int));
    s->where = td_arena_alloc(m->arena, (size_t)m->re->len * sizeof(int));
    s->len = 0;
}

static struct machine *machine_new(struct td_arena *a, const struct td_regex *re, const struct td_regex_text *text)
{
    struct machine *m = td_arena_new(a, struct machine);
    m->arena = a;
    m->re = re;
    m->text = text;
    m->budget = BUDGET;
    states_init(m, &m->now);
    states_init(m, &m->next);
    m->stack = td_arena_alloc(a, ((size_t)re->len * 2 + 2) * sizeof(int));
    return m;
}

static bool has_state(const struct states *s, int pc)
{
    return s->where[pc] < s->len && s->at[s->where[pc]] == pc;
}

static bool set_has_exactly(const struct rx_set *set, uint32_t cp)
{
    for (const struct rx_range *r = set->ranges; r != NULL; r = r->next)
        if (cp >= r->low && cp <= r->high)
            return true;
    if (set->classes != 0 && rx_class_has(set->classes, cp))
        return true;
    for (unsigned bit = 1; bit <= set->not_classes; bit <<= 1)
        if ((set->not_classes & bit) && !rx_class_has(bit, cp))
            return true;
    return false;
}

static bool set_has(const struct rx_set *set, uint32_t cp)
{
    if (set->never_newline && cp == '\n')
        return false;
    bool has = set_has_exactly(set, cp);
    if (!has && set->icase)
        has = set_has_exactly(set, (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp)) ||
              set_has_exactly(set, (uint32_t)utf8proc_toupper((utf8proc_int32_t)cp));
    return has != set->negated;
}

static bool word_at(const struct td_regex_text *t, size_t i)
{
    return i < t->len && rx_class_has(RX_WORD, t->cp[i]);
}

static size_t walk(struct machine *m, const struct rx *n, size_t from, size_t low, size_t limit, bool shortest);

static bool holds(struct machine *m, const struct rx *n, size_t i)
{
    const struct td_regex_text *t = m->text;
    bool before = i > 0 && word_at(t, i - 1), after = word_at(t, i), lines = m->re->flags & TD_RE_NEWLINE_ANCHOR;
    switch (n->assertion) {
    case RX_TEXT_START: return i == 0;
    case RX_TEXT_END: return i == t->len;
    case RX_LINE_START: return i == 0 || (lines && t->cp[i - 1] == '\n');
    case RX_LINE_END: return i == t->len || (lines && t->cp[i] == '\n');
    case RX_WORD_START: return !before && after;
    case RX_WORD_END: return before && !after;
    case RX_WORD_EDGE: return before != after;
    case RX_WORD_INNER: return before == after;
    case RX_AHEAD:
    case RX_NOT_AHEAD: break;
    }
    if (m->inner == NULL)
        m->inner = machine_new(m->arena, m->re, t);
    m->inner->budget = m->budget;
    bool found = walk(m->inner, n->left, i, i, t->len, true) != NONE;
    m->budget = m->inner->budget;
    return found == (n->assertion == RX_AHEAD);
}

/* Adds a state and all that follow it without a character. */
static void add_state(struct machine *m, struct states *s, int start, size_t i)
{
    int depth = 0;
    m->stack[depth++] = start;
    while (depth > 0) {
        int pc = m->stack[--depth];
        if (pc < 0 || has_state(s, pc))
            continue;
        s->where[pc] = s->len;
        s->at[s->len++] = pc;
        m->budget--;
        const struct rx_inst *in = &m->re->program[pc];
        if (pc == m->stop)
            continue;
        if (in->op == RX_OP_SPLIT) {
            m->stack[depth++] = in->y;
            m->stack[depth++] = in->x;
        } else if (in->op == RX_OP_ASSERT && holds(m, in->node, i)) {
            m->stack[depth++] = in->x;
        }
    }
}

/* Where a match of n that starts at `from` ends, within [low, limit]: the first or the last such place, or NONE.
 * `roam`: it may start later too. */
static size_t walk_from(struct machine *m, const struct rx *n, size_t from, size_t low, size_t limit, bool shortest,
                        bool roam)
{
    size_t best = NONE;
    m->now.len = 0;
    m->stop = n->exit;
    add_state(m, &m->now, n->entry, from);
    for (size_t i = from; m->budget > 0; i++) {
        if (i >= low && has_state(&m->now, n->exit)) {
            best = i;
            if (shortest)
                return best;
        }
        if (i >= limit || (m->now.len == 0 && !roam))
            return best;
        m->next.len = 0;
        for (int k = 0; k < m->now.len; k++) {
            int pc = m->now.at[k];
            const struct rx_inst *in = &m->re->program[pc];
            m->budget--;
            if (in->op == RX_OP_SET && set_has(in->node->set, m->text->cp[i]))
                add_state(m, &m->next, in->x, i + 1);
        }
        if (roam)
            add_state(m, &m->next, n->entry, i + 1);
        struct states swap = m->now;
        m->now = m->next;
        m->next = swap;
    }
    return NONE;
}

static size_t walk(struct machine *m, const struct rx *n, size_t from, size_t low, size_t limit, bool shortest)
{
    return walk_from(m, n, from, low, limit, shortest, false);
}

static bool matches(struct machine *m, const struct rx *n, size_t from, size_t to)
{
    return walk(m, n, from, to, to, true) != NONE;
}

/* --- groups: n is known to match [from, to] */

static void dissect(struct machine *m, const struct rx *n, size_t from, size_t to, struct td_regex_span *spans);

static void dissect_cat(struct machine *m, const struct rx *n, size_t from, size_t to, struct td_regex_span *spans)
{
    bool shortest = n->left->preference == RX_SHORTEST;
    size_t middle = walk(m, n->left, from, from, to, shortest);
    while (middle != NONE && !matches(m, n->right, middle, to)) {
        if (shortest)
            middle = middle < to ? walk(m, n->left, from, middle + 1, to, true) : NONE;
        else
            middle = middle > from ? walk(m, n->left, from, from, middle - 1, false) : NONE;
    }
    if (middle == NONE)
        return; /* out of budget */
    dissect(m, n->left, from, middle, spans);
    dissect(m, n->right, middle, to, spans);
}

/* Cuts [from, to] into iterations, the first ones first as long (or short) as they can be, and looks into the last.
 * ends[k] is where iteration k ended; dead[i] says that going on from i was tried and failed. */
static void dissect_repeat(struct machine *m, const struct rx *n, size_t from, size_t to, struct td_regex_span *spans)
{
    size_t room = to - from + (size_t)n->min + 2, k = 0;
    size_t *ends = td_arena_alloc(m->arena, (room + 1) * sizeof *ends);
    bool *dead = td_arena_alloc(m->arena, (to - from + 2) * sizeof *dead);
    bool shortest = n->left->preference == RX_SHORTEST, fresh = true;
    size_t start = from;
    if (from == to && n->min == 0)
        return;
    while (m->budget > 0) {
        size_t end;
        bool full = n->max != RX_INFINITE && k >= (size_t)n->max;
        size_t low = k >= (size_t)n->min ? start + 1 : start; /* empty iterations only to reach the minimum */
        if (full || k >= room || low > to || (n->max == RX_INFINITE && k >= (size_t)n->min && dead[start - from]))
            end = NONE;
        else if (fresh)
            end = walk(m, n->left, start, low, to, shortest);
        else if (shortest)
            end = ends[k] < to ? walk(m, n->left, start, ends[k] + 1, to, true) : NONE;
        else
            end = ends[k] > low ? walk(m, n->left, start, low, ends[k] - 1, false) : NONE;
        if (end == NONE) {
            if (k >= (size_t)n->min)
                dead[start - from] = true;
            if (k == 0)
                return;
            k--;
            start = k == 0 ? from : ends[k - 1];
            fresh = false;
            continue;
        }
        ends[k++] = end;
        if (end == to && k >= (size_t)n->min) {
            dissect(m, n->left, start, end, spans);
            return;
        }
        start = end;
        fresh = true;
    }
}

static void dissect(struct machine *m, const struct rx *n, size_t from, size_t to, struct td_regex_span *spans)
{
    while (n->kind == RX_ALT && n->captures) {
        if (matches(m, n->left, from, to)) {
            dissect(m, n->left, from, to, spans);
            return;
        }
        n = n->right;
    }
    if (!n->captures)
        return;
    switch (n->kind) {
    case RX_CAT: dissect_cat(m, n, from, to, spans); break;
    case RX_REPEAT: dissect_repeat(m, n, from, to, spans); break;
    case RX_GROUP:
        if (n->group > 0)
            spans[n->group] = (struct td_regex_span){from, to};
        dissect(m, n->left, from, to, spans);
        break;
    default: break;
    }
}

int td_regex_search(struct td_arena *a, const struct td_regex *re, const struct td_regex_text *text, size_t from,
                    bool whole_only, struct td_regex_span *spans, bool *found_out, struct td_err *err)
{
    struct machine *m = machine_new(a, re, text);
    bool shortest = re->root->preference == RX_SHORTEST;
    *found_out = false;
    /* the first place where any match ends bounds where the leftmost one starts */
    size_t first_end = from <= text->len ? walk_from(m, re->root, from, from, text->len, true, true) : NONE;
    for (size_t i = from; first_end != NONE && i <= first_end && !*found_out && m->budget > 0; i++) {
        size_t end = walk(m, re->root, i, i, text->len, shortest);
        if (end == NONE)
            continue;
        *found_out = true;
        spans[0] = (struct td_regex_span){i, end};
        for (int g = 1; g <= re->groups; g++)
            spans[g] = (struct td_regex_span){1, 0};
        if (!whole_only)
            dissect(m, re->root, i, end, spans);
    }
    if (m->budget <= 0)
        return td_fn_fail(err, "54001", "regular expression takes too long on this text");
    return TD_OK;
}
