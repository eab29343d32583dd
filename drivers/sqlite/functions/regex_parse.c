/* Reads an advanced regular expression into a tree. */
#include <string.h>

#include <utf8proc.h>

#include "core/base/utf8.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/regex_impl.h"

#define MAX_PATTERN 8000
#define MAX_NESTING 250
#define MAX_REPEAT  255 /* PostgreSQL's DUPMAX */

struct parser {
    struct td_arena *arena;
    uint32_t *p, *end;
    int flags, groups, depth;
    struct td_err *err;
};

static struct rx *fail(struct parser *s, const char *why)
{
    if (s->err->rc == TD_OK)
        td_fn_fail(s->err, "2201B", "invalid regular expression: %s", why);
    return NULL;
}

static struct rx *node(struct parser *s, enum rx_kind kind)
{
    struct rx *n = td_arena_new(s->arena, struct rx);
    n->kind = kind;
    n->exit = -1;
    return n;
}

static struct rx *assertion(struct parser *s, enum rx_assert kind)
{
    struct rx *n = node(s, RX_ASSERT);
    n->assertion = kind;
    return n;
}

static void add_range(struct parser *s, struct rx_set *set, uint32_t low, uint32_t high)
{
    struct rx_range *r = td_arena_new(s->arena, struct rx_range);
    *r = (struct rx_range){low, high, set->ranges};
    set->ranges = r;
}

static struct rx *set_node(struct parser *s)
{
    struct rx *n = node(s, RX_SET);
    n->set = td_arena_new(s->arena, struct rx_set);
    n->set->icase = s->flags & TD_RE_ICASE;
    return n;
}

static struct rx *char_node(struct parser *s, uint32_t cp)
{
    struct rx *n = set_node(s);
    add_range(s, n->set, cp, cp);
    return n;
}

bool rx_class_has(unsigned classes, uint32_t cp)
{
    utf8proc_category_t cat = utf8proc_category((utf8proc_int32_t)cp);
    bool alpha = cat >= UTF8PROC_CATEGORY_LU && cat <= UTF8PROC_CATEGORY_LO;
    bool digit = cp >= '0' && cp <= '9';
    bool space =
        cp == ' ' || (cp >= 9 && cp <= 13) ||
        (cat >= UTF8PROC_CATEGORY_ZS && cat <= UTF8PROC_CATEGORY_ZP && cp != 0xa0 && cp != 0x2007 && cp != 0x202f);
    bool cntrl = cat == UTF8PROC_CATEGORY_CC;
    bool other_number = cp > 127 && cat >= UTF8PROC_CATEGORY_ND && cat <= UTF8PROC_CATEGORY_NL; /* glibc: letters */
    bool graph = !space && !cntrl && cat != UTF8PROC_CATEGORY_CN && cat != UTF8PROC_CATEGORY_CS && cp != 0xa0;
    alpha = alpha || other_number;
    return ((classes & RX_ALPHA) && alpha) || ((classes & RX_DIGIT) && digit) ||
           ((classes & RX_UPPER) && cat == UTF8PROC_CATEGORY_LU) ||
           ((classes & RX_LOWER) && cat == UTF8PROC_CATEGORY_LL) || ((classes & RX_SPACE) && space) ||
           ((classes & RX_PUNCT) && graph && !alpha && !digit) ||
           ((classes & RX_XDIGIT) && (digit || (cp < 128 && strchr("abcdefABCDEF", (int)cp) != NULL && cp != 0))) ||
           ((classes & RX_CNTRL) && cntrl) || ((classes & RX_GRAPH) && graph) ||
           ((classes & RX_BLANK) && (cp == ' ' || cp == '\t')) ||
           ((classes & RX_WORD) && (alpha || digit || cp == '_')) || ((classes & RX_ASCII) && cp < 128);
}

static int hex(uint32_t cp)
{
    if (cp >= '0' && cp <= '9')
        return (int)(cp - '0');
    cp |= 32;
    return cp >= 'a' && cp <= 'f' ? (int)(cp - 'a' + 10) : -1;
}

static bool read_hex(struct parser *s, int digits, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++) {
        if (s->p == s->end || hex(*s->p) < 0)
            return false;
        *out = *out << 4 | (uint32_t)hex(*s->p++);
    }
    return *out <= 0x10ffff;
}

/* An escape that stands for one character; s->p is at the letter. */
static bool char_escape(struct parser *s, uint32_t *out)
{
    static const char from[] = "abefnrtv", to[] = "\a\b\033\f\n\r\t\v";
    uint32_t ch = *s->p++;
    const char *at = ch > 0 && ch < 128 ? strchr(from, (int)ch) : NULL;
    if (at != NULL) {
        *out = (uint32_t)to[at - from];
        return true;
    }
    switch (ch) {
    case 'B': *out = '\\'; return true;
    case 'c':
        if (s->p == s->end)
            return false;
        *out = *s->p++ & 31;
        return true;
    case 'u': return read_hex(s, 4, out);
    case 'U': return read_hex(s, 8, out);
    case 'x':
        if (s->p == s->end || hex(*s->p) < 0)
            return false;
        for (*out = 0; s->p < s->end && hex(*s->p) >= 0; s->p++)
            *out = (*out << 4 | (uint32_t)hex(*s->p)) & 0x1fffff;
        return *out <= 0x10ffff;
    case '0':
        *out = 0;
        for (int i = 0; i < 2 && s->p < s->end && *s->p >= '0' && *s->p <= '7'; i++)
            *out = *out << 3 | (*s->p++ - '0');
        return true;
    default: break;
    }
    *out = ch;
    return !((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9'));
}

/* \d \w \s and their opposites into a set. */
static bool class_escape(uint32_t ch, struct rx_set *set)
{
    switch (ch) {
    case 'd': set->classes |= RX_DIGIT; return true;
    case 's': set->classes |= RX_SPACE; return true;
    case 'w': set->classes |= RX_WORD; return true;
    case 'D': set->not_classes |= RX_DIGIT; return true;
    case 'S': set->not_classes |= RX_SPACE; return true;
    case 'W': set->not_classes |= RX_WORD; return true;
    default: return false;
    }
}

static const struct class_name {
    const char *name;
    unsigned classes;
} class_names[] = {
    {"alpha", RX_ALPHA},
    {"digit", RX_DIGIT},
    {"alnum", RX_ALPHA | RX_DIGIT},
    {"upper", RX_UPPER},
    {"lower", RX_LOWER},
    {"space", RX_SPACE},
    {"punct", RX_PUNCT},
    {"xdigit", RX_XDIGIT},
    {"cntrl", RX_CNTRL},
    {"graph", RX_GRAPH},
    {"print", RX_GRAPH | RX_BLANK},
    {"blank", RX_BLANK},
    {"word", RX_WORD},
    {"ascii", RX_ASCII},
};

/* What stands between "[:" and ":]", "[." and ".]", "[=" and "=]"; s->p is behind the opening. */
static bool bracket_name(struct parser *s, uint32_t kind, char *name, size_t cap, uint32_t *first)
{
    size_t n = 0;
    *first = s->p < s->end ? *s->p : 0;
    for (; s->p + 1 < s->end && !(s->p[0] == kind && s->p[1] == ']'); s->p++) {
        if (n + 1 >= cap)
            return false;
        name[n++] = *s->p < 128 ? (char)*s->p : '?';
    }
    name[n] = '\0';
    if (s->p + 1 >= s->end || n == 0)
        return false;
    s->p += 2;
    return true;
}

static bool add_class(struct parser *s, struct rx_set *set)
{
    char name[16];
    uint32_t first;
    if (!bracket_name(s, ':', name, sizeof name, &first))
        return false;
    for (size_t i = 0; i < sizeof class_names / sizeof class_names[0]; i++) {
        if (strcmp(name, class_names[i].name) != 0)
            continue;
        set->classes |= class_names[i].classes;
        if (set->icase && (class_names[i].classes & (RX_UPPER | RX_LOWER)))
            set->classes |= RX_UPPER | RX_LOWER;
        return true;
    }
    return false;
}

/* One end of a range, or a single character. */
static bool bracket_char(struct parser *s, uint32_t *out)
{
    char name[16];
    if (s->p[0] == '[' && s->p + 1 < s->end && (s->p[1] == '.' || s->p[1] == '=')) {
        uint32_t kind = s->p[1];
        s->p += 2;
        return bracket_name(s, kind, name, sizeof name, out) && name[1] == '\0';
    }
    if (*s->p == '\\' && s->p + 1 < s->end) {
        s->p++;
        return char_escape(s, out);
    }
    *out = *s->p++;
    return true;
}

static struct rx *bracket(struct parser *s)
{
    struct rx *n = set_node(s);
    uint32_t low, high;
    if (s->end - s->p >= 6 && s->p[0] == '[' && s->p[1] == ':' && (s->p[2] == '<' || s->p[2] == '>') &&
        s->p[3] == ':' && s->p[4] == ']' && s->p[5] == ']') {
        s->p += 6;
        return assertion(s, s->p[-4] == '<' ? RX_WORD_START : RX_WORD_END);
    }
    if (s->p < s->end && *s->p == '^') {
        n->set->negated = true;
        n->set->never_newline = s->flags & TD_RE_NEWLINE_STOP;
        s->p++;
    }
    for (bool first = true; s->p < s->end && (first || *s->p != ']'); first = false) {
        if (s->p[0] == '[' && s->p + 1 < s->end && s->p[1] == ':') {
            s->p += 2;
            if (!add_class(s, n->set))
                return fail(s, "invalid character class");
            continue;
        }
        if (*s->p == '\\' && s->p + 1 < s->end && class_escape(s->p[1], n->set)) {
            s->p += 2;
            continue;
        }
        if (*s->p == '-' && !first && s->p + 1 < s->end && s->p[1] != ']')
            return fail(s, "invalid character range");
        if (!bracket_char(s, &low))
            return fail(s, "invalid escape \\ sequence");
        high = low;
        if (s->p + 1 < s->end && s->p[0] == '-' && s->p[1] != ']') {
            s->p++;
            if (!bracket_char(s, &high))
                return fail(s, "invalid escape \\ sequence");
            if (high < low)
                return fail(s, "invalid character range");
        }
        add_range(s, n->set, low, high);
    }
    if (s->p == s->end)
        return fail(s, "brackets [] not balanced");
    s->p++;
    return n;
}

static struct rx *escape(struct parser *s)
{
    static const char letters[] = "AZmMyY";
    static const enum rx_assert kinds[] = {RX_TEXT_START, RX_TEXT_END,  RX_WORD_START,
                                           RX_WORD_END,   RX_WORD_EDGE, RX_WORD_INNER};
    uint32_t cp;
    if (s->p == s->end)
        return fail(s, "invalid escape \\ sequence");
    const char *at = *s->p > 0 && *s->p < 128 ? strchr(letters, (int)*s->p) : NULL;
    if (at != NULL) {
        s->p++;
        return assertion(s, kinds[at - letters]);
    }
    struct rx *n = set_node(s);
    if (class_escape(*s->p, n->set)) {
        s->p++;
        n->set->never_newline = n->set->not_classes != 0 && (s->flags & TD_RE_NEWLINE_STOP);
        return n;
    }
    if (*s->p >= '1' && *s->p <= '9') {
        td_fn_fail(s->err, "0A000", "back-references in regular expressions are not supported on SQLite");
        return NULL;
    }
    if (!char_escape(s, &cp))
        return fail(s, "invalid escape \\ sequence");
    return char_node(s, cp);
}

static struct rx *alternation(struct parser *s);

static struct rx *close_group(struct parser *s, struct rx *n)
{
    if (++s->depth > MAX_NESTING)
        return fail(s, "regular expression is too complex");
    n->left = alternation(s);
    s->depth--;
    if (n->left == NULL)
        return NULL;
    if (s->p == s->end || *s->p != ')')
        return fail(s, "parentheses () not balanced");
    s->p++;
    n->preference = n->kind == RX_ASSERT ? RX_NONE : n->left->preference;
    n->captures = n->group > 0 || (n->kind != RX_ASSERT && n->left->captures);
    return n;
}

static struct rx *group(struct parser *s)
{
    struct rx *n = node(s, RX_GROUP);
    if (s->end - s->p >= 2 && s->p[0] == '?') {
        uint32_t kind = s->p[1];
        s->p += 2;
        if (kind == '=' || kind == '!') {
            n->kind = RX_ASSERT;
            n->assertion = kind == '=' ? RX_AHEAD : RX_NOT_AHEAD;
            int before = s->groups;
            n = close_group(s, n);
            s->groups = before; /* groups inside a look-ahead do not capture */
            return n;
        }
        if (kind == '<') {
            td_fn_fail(s->err, "0A000", "look-behind in regular expressions is not supported on SQLite");
            return NULL;
        }
        if (kind != ':')
            return fail(s, "quantifier operand invalid");
        return close_group(s, n);
    }
    n->group = ++s->groups;
    return close_group(s, n);
}

static bool is_bound(const struct parser *s)
{
    return s->p + 1 < s->end && s->p[0] == '{' && s->p[1] >= '0' && s->p[1] <= '9';
}

static struct rx *atom(struct parser *s)
{
    uint32_t ch = *s->p;
    if (strchr("*+?", (int)(ch < 128 ? ch : 'x')) != NULL || is_bound(s))
        return fail(s, "quantifier operand invalid");
    s->p++;
    switch (ch) {
    case '(': return group(s);
    case '[': return bracket(s);
    case '\\': return escape(s);
    case '^': return assertion(s, RX_LINE_START);
    case '$': return assertion(s, RX_LINE_END);
    case '.': {
        struct rx *n = set_node(s);
        n->set->negated = true;
        n->set->never_newline = s->flags & TD_RE_NEWLINE_STOP;
        return n;
    }
    default: return char_node(s, ch);
    }
}

static bool read_count(struct parser *s, int *out)
{
    *out = 0;
    if (s->p == s->end || *s->p < '0' || *s->p > '9')
        return false;
    for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++)
        if ((*out = *out * 10 + (int)(*s->p - '0')) > MAX_REPEAT)
            return false;
    return true;
}

/* {m}, {m,}, {m,n}; s->p is at the brace. */
static bool read_bound(struct parser *s, int *min, int *max, bool *fixed)
{
    s->p++;
    if (!read_count(s, min))
        return fail(s, "invalid repetition count(s)") != NULL;
    *max = *min;
    *fixed = s->p == s->end || *s->p != ',';
    if (!*fixed) {
        s->p++;
        *max = RX_INFINITE;
        if (s->p < s->end && *s->p != '}' && (!read_count(s, max) || *max < *min))
            return fail(s, "invalid repetition count(s)") != NULL;
    }
    if (s->p == s->end || *s->p != '}')
        return fail(s, s->p == s->end ? "braces {} not balanced" : "invalid repetition count(s)") != NULL;
    s->p++;
    return true;
}

static struct rx *quantified(struct parser *s)
{
    struct rx *a = atom(s);
    int min = 0, max = RX_INFINITE;
    bool fixed = false; /* {m}: prefers what its operand prefers, unlike {m,m} */
    if (a == NULL || s->p == s->end)
        return a;
    switch (*s->p) {
    case '*': s->p++; break;
    case '+':
        min = 1;
        s->p++;
        break;
    case '?':
        max = 1;
        s->p++;
        break;
    default:
        if (!is_bound(s))
            return a;
        if (!read_bound(s, &min, &max, &fixed))
            return NULL;
    }
    if (a->kind == RX_ASSERT)
        return fail(s, "quantifier operand invalid");
    struct rx *n = node(s, RX_REPEAT);
    bool shortest = s->p < s->end && *s->p == '?';
    s->p += shortest;
    n->left = a;
    n->min = min;
    n->max = max;
    n->captures = a->captures;
    n->preference = fixed ? a->preference : shortest ? RX_SHORTEST : RX_LONGEST;
    if (s->p < s->end && (*s->p == '*' || *s->p == '+' || *s->p == '?' || is_bound(s)))
        return fail(s, "quantifier operand invalid");
    return n;
}

static void skip_expanded(struct parser *s)
{
    while (s->p < s->end) {
        if ((s->flags & TD_RE_EXPANDED) && rx_class_has(RX_SPACE, *s->p)) {
            s->p++;
        } else if ((s->flags & TD_RE_EXPANDED) && *s->p == '#') {
            while (s->p < s->end && *s->p != '\n')
                s->p++;
        } else if (s->end - s->p >= 3 && s->p[0] == '(' && s->p[1] == '?' && s->p[2] == '#') {
            while (s->p < s->end && *s->p != ')')
                s->p++;
            s->p += s->p < s->end;
        } else {
            return;
        }
    }
}

/* A branch: right-nested concatenation, so that the first element decides first. */
static struct rx *branch(struct parser *s)
{
    struct rx *head = NULL, **tail = &head;
    for (skip_expanded(s); s->p < s->end && *s->p != '|' && *s->p != ')'; skip_expanded(s)) {
        struct rx *q = quantified(s);
        if (q == NULL)
            return NULL;
        if (head == NULL) {
            head = q;
            continue;
        }
        struct rx *cat = node(s, RX_CAT);
        cat->left = *tail;
        cat->right = q;
        *tail = cat;
        tail = &cat->right;
    }
    if (s->p < s->end && *s->p == ')' && s->depth == 0)
        return fail(s, "parentheses () not balanced");
    return head != NULL ? head : node(s, RX_EMPTY);
}

/* What a chain prefers and captures follows from its parts, from the right end up. */
static void settle(struct rx *n)
{
    if (n->kind != RX_CAT && n->kind != RX_ALT)
        return;
    settle(n->right);
    n->captures = n->left->captures || n->right->captures;
    n->preference = n->left->preference != RX_NONE ? n->left->preference : n->right->preference;
    if (n->kind == RX_ALT)
        n->preference = RX_LONGEST;
}

static struct rx *alternation(struct parser *s)
{
    struct rx *first = branch(s), **tail = &first;
    if (first == NULL)
        return NULL;
    settle(first);
    while (s->p < s->end && *s->p == '|') {
        struct rx *alt = node(s, RX_ALT);
        s->p++;
        alt->left = *tail;
        alt->right = branch(s);
        if (alt->right == NULL)
            return NULL;
        settle(alt->right);
        *tail = alt;
        tail = &alt->right;
    }
    settle(first);
    return first;
}

/* "***=", "***:" and "(?flags)" in front. */
static int read_prefix(struct parser *s)
{
    if (s->end - s->p >= 4 && s->p[0] == '*' && s->p[1] == '*' && s->p[2] == '*') {
        if (s->p[3] == '=')
            s->flags |= TD_RE_LITERAL;
        else if (s->p[3] != ':')
            return fail(s, "quantifier operand invalid") == NULL ? s->err->rc : TD_OK;
        s->p += 4;
    }
    if (s->end - s->p < 3 || s->p[0] != '(' || s->p[1] != '?' || (s->p[2] | 32) < 'a' || (s->p[2] | 32) > 'z')
        return TD_OK;
    for (s->p += 2; s->p < s->end && *s->p != ')'; s->p++) {
        switch (*s->p) {
        case 'i': s->flags |= TD_RE_ICASE; break;
        case 'c': s->flags &= ~TD_RE_ICASE; break;
        case 'n':
        case 'm': s->flags |= TD_RE_NEWLINE_STOP | TD_RE_NEWLINE_ANCHOR; break;
        case 'p':
            s->flags |= TD_RE_NEWLINE_STOP;
            s->flags &= ~TD_RE_NEWLINE_ANCHOR;
            break;
        case 'w':
            s->flags |= TD_RE_NEWLINE_ANCHOR;
            s->flags &= ~TD_RE_NEWLINE_STOP;
            break;
        case 's': s->flags &= ~(TD_RE_NEWLINE_STOP | TD_RE_NEWLINE_ANCHOR); break;
        case 'x': s->flags |= TD_RE_EXPANDED; break;
        case 't': s->flags &= ~TD_RE_EXPANDED; break;
        case 'q': s->flags |= TD_RE_LITERAL; break;
        case 'e': break;
        default: fail(s, "invalid embedded option"); return s->err->rc;
        }
    }
    if (s->p == s->end) {
        fail(s, "invalid embedded option");
        return s->err->rc;
    }
    s->p++;
    return TD_OK;
}

static struct rx *literal(struct parser *s)
{
    struct rx *head = node(s, RX_EMPTY), **tail = &head;
    for (bool first = true; s->p < s->end; s->p++, first = false) {
        struct rx *ch = char_node(s, *s->p);
        if (first) {
            head = ch;
            continue;
        }
        struct rx *cat = node(s, RX_CAT);
        cat->left = *tail;
        cat->right = ch;
        *tail = cat;
        tail = &cat->right;
    }
    return head;
}

int rx_parse(struct td_arena *a, const char *pattern, size_t len, int flags, struct td_regex *re, struct td_err *err)
{
    struct td_regex_text text;
    if (len > MAX_PATTERN)
        return td_fn_fail(err, "2201B", "invalid regular expression: regular expression is too complex");
    td_err_clear(err);
    td_regex_text_init(a, pattern, len, &text);
    struct parser s = {.arena = a, .p = text.cp, .end = text.cp + text.len, .flags = flags, .err = err};
    if (!(flags & TD_RE_LITERAL) && read_prefix(&s) != TD_OK)
        return err->rc;
    re->root = s.flags & TD_RE_LITERAL ? literal(&s) : alternation(&s);
    if (re->root == NULL)
        return err->rc;
    if (s.p < s.end)
        return td_fn_fail(err, "2201B", "invalid regular expression: parentheses () not balanced");
    re->groups = s.groups;
    re->flags = s.flags;
    return TD_OK;
}
