/* LIKE, ILIKE and ~ : a constant pattern becomes GLOB, which is case-sensitive and stock; others call a function. */
#include <stdlib.h>
#include <string.h>

#include "core/sql/lower_impl.h"

static struct ex finish(struct lw *w, const char *sql, enum prec prec, bool negate)
{
    struct ex e = ex_of(sql, TD_TYPE(TD_T_BOOL), prec);
    if (negate) {
        e.sql = td_arena_printf(w->a, "NOT %s", ex_in(w, &e, PREC_ATOM));
        e.prec = PREC_NOT;
    }
    return e;
}

static void glob_char(struct td_buf *b, char c)
{
    if (c == '*' || c == '?' || c == '[')
        td_buf_printf(b, "[%c]", c);
    else
        td_buf_char(b, c);
}

/* NULL: the pattern ends in its escape character, an error in PostgreSQL when it is reached. */
static const char *glob_of(struct lw *w, const char *pattern, char escape)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    for (const char *p = pattern; *p != '\0'; p++) {
        if (escape != '\0' && *p == escape) {
            if (*++p == '\0')
                return NULL;
            glob_char(&b, *p);
        } else if (*p == '%') {
            td_buf_char(&b, '*');
        } else if (*p == '_') {
            td_buf_char(&b, '?');
        } else {
            glob_char(&b, *p);
        }
    }
    return td_buf_str(&b);
}

static bool is_ascii(const char *s)
{
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s >= 0x80)
            return false;
    }
    return true;
}

static const char *ascii_lower(struct lw *w, const char *s)
{
    char *copy = td_arena_strdup(w->a, s);
    for (char *p = copy; *p != '\0'; p++) {
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p | 0x20);
    }
    return copy;
}

/* What a pattern is compared with: a char(n) with its blanks, for which PostgreSQL has operators of their own, and
 * citext as it is. */
static int subject(struct lw *w, struct ex *l)
{
    if (ex_is(l, TD_T_CITEXT))
        return TD_OK;
    if (ex_is(l, TD_T_BPCHAR))
        l->type = TD_TYPE(TD_T_TEXT);
    return lw_cast(w, l, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT);
}

int lw_like(struct lw *w, struct ex *l, struct ex *r, const char *escape, bool fold, bool negate, struct ex *out)
{
    char esc = escape == NULL ? '\\' : escape[0];
    const char *glob = NULL;
    bool citext = ex_is(l, TD_T_CITEXT);
    TD_TRY(subject(w, l));
    TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT));
    fold = fold || citext;
    if (r->text != NULL && (escape == NULL || strlen(escape) <= 1) && (!fold || is_ascii(r->text)))
        glob = glob_of(w, fold ? ascii_lower(w, r->text) : r->text, esc);
    if (glob != NULL) {
        lw_note(w, r->loc, "%s became GLOB: SQLite's LIKE does not tell 'a' from 'A'", fold ? "ILIKE" : "LIKE");
        *out = finish(
            w,
            td_arena_printf(w->a, fold ? (is_schema(w) ? "lower(%s) GLOB %s" : "pg_lower(%s) GLOB %s") : "%s GLOB %s",
                            fold ? l->sql : ex_in(w, l, PREC_CMP), sql_lit(w, glob)),
            PREC_EQ, negate);
        return TD_OK;
    }
    if (is_schema(w))
        return lw_stock(w, r->loc, "LIKE with a pattern that is not a constant");
    *out = finish(w,
                  td_arena_printf(w->a, escape == NULL ? "%s(%s, %s)" : "%s(%s, %s, %s)", fold ? "pg_ilike" : "pg_like",
                                  l->sql, r->sql, escape == NULL ? "" : sql_lit(w, escape)),
                  PREC_ATOM, negate);
    return TD_OK;
}

/* --- regular expressions that GLOB can say: ^ (class or character, with {n}, +, *, ?)... $ --- */

struct piece {
    const char *set; /* as GLOB has it: "[a-z]" or one character */
    int min, max;    /* max -1: no end */
};

static bool read_class(struct lw *w, const char **p, const char **set)
{
    static const struct {
        const char *name, *chars;
    } named[] = {{"\\d", "0-9"}, {"\\w", "a-zA-Z0-9_"}, {"\\s", " \t\n\r\f\v"}};
    struct td_buf b;
    const char *s = *p;
    td_buf_init(&b, w->a);
    for (size_t i = 0; i < 3; i++) {
        if (strncmp(s, named[i].name, 2) == 0) {
            td_buf_printf(&b, "[%s]", named[i].chars);
            *p = s + 2;
            *set = td_buf_str(&b);
            return i == 0; /* \w and \s mean more than ASCII to PostgreSQL */
        }
    }
    if (*s != '[') {
        if (strchr(".*+?(){}|^$\\]", *s) != NULL &&
            !(*s == '\\' && s[1] != '\0' && strchr(".-/+*?(){}[]|^$\\@", s[1]) != NULL))
            return false;
        s += *s == '\\';
        glob_char(&b, *s);
        *p = s + 1;
        *set = td_buf_str(&b);
        return (unsigned char)*s < 0x80;
    }
    td_buf_char(&b, '[');
    s++;
    if (*s == '^')
        td_buf_char(&b, *s++);
    for (bool first = true; first || *s != ']'; first = false, s++) {
        if (*s == '\0' || (*s == '[' && s[1] != '\0' && strchr(":.=", s[1]) != NULL) || (unsigned char)*s >= 0x80)
            return false;
        if (*s == '\\') {
            s++;
            if (*s == 'd') {
                td_buf_add(&b, "0-9");
                continue;
            }
            if (*s == '\0' || (*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
                *s == ']' || *s == '-' || *s == '^')
                return false;
        }
        if (*s == '^' && first)
            return false;
        td_buf_char(&b, *s);
    }
    td_buf_char(&b, ']');
    *p = s + 1;
    *set = td_buf_str(&b);
    return true;
}

static bool read_count(const char **p, struct piece *out)
{
    char *end;
    out->min = out->max = 1;
    if (**p == '+' || **p == '*' || **p == '?') {
        out->min = **p == '+';
        out->max = **p == '?' ? 1 : -1;
        (*p)++;
    } else if (**p == '{') {
        out->min = out->max = (int)strtol(*p + 1, &end, 10);
        if (*end == ',')
            out->max = end[1] == '}' ? (end++, -1) : (int)strtol(end + 1, &end, 10);
        if (*end != '}' || out->min > 64)
            return false;
        *p = end + 1;
    }
    return **p != '?' && **p != '*' && **p != '+'; /* lazy or possessive */
}

/* One piece of any length: every character is of the set, and the length fits. */
static const char *one_piece(struct lw *w, const struct piece *p, const char *x)
{
    struct td_buf b;
    const char *inner = p->set, *negated;
    td_buf_init(&b, w->a);
    if (inner[0] == '[' && inner[1] == '^')
        negated = td_arena_printf(w->a, "[%s", inner + 2);
    else if (inner[0] == '[')
        negated = td_arena_printf(w->a, "[^%s", inner + 1);
    else
        negated = td_arena_printf(w->a, "[^%s]", inner);
    td_buf_printf(&b, "%s NOT GLOB %s", x, sql_lit(w, td_arena_printf(w->a, "*%s*", negated)));
    if (p->min > 0)
        td_buf_printf(&b, " AND length(%s) >= %d", x, p->min);
    if (p->max >= 0)
        td_buf_printf(&b, " AND length(%s) <= %d", x, p->max);
    return td_buf_str(&b);
}

static const char *regex_as_glob(struct lw *w, const char *pattern, const char *x)
{
    struct td_buf b;
    struct piece piece = {0};
    const char *p = pattern + 1;
    size_t pieces = 0;
    bool fixed = true;
    td_buf_init(&b, w->a);
    td_buf_init(&b, w->a);
    if (*pattern != '^')
        return NULL;
    while (*p != '\0' && !(*p == '$' && p[1] == '\0')) {
        if (!read_class(w, &p, &piece.set) || !read_count(&p, &piece))
            return NULL;
        pieces++;
        fixed = fixed && piece.min == piece.max;
        for (int i = 0; i < piece.min; i++)
            td_buf_add(&b, piece.set);
    }
    if (fixed && *p == '$')
        return td_arena_printf(w->a, "%s GLOB %s", x, sql_lit(w, td_buf_str(&b)));
    if (fixed && *p == '\0')
        return td_arena_printf(w->a, "%s GLOB %s", x, sql_lit(w, td_arena_printf(w->a, "%s*", td_buf_str(&b))));
    return pieces == 1 && *p == '$' ? one_piece(w, &piece, x) : NULL;
}

/* (a)\1 in a pattern that is known */
static bool refers_back(const char *pattern)
{
    bool brackets = false;
    for (const char *p = pattern; *p != '\0'; p++) {
        if (*p == '\\' && p[1] != '\0') {
            if (!brackets && p[1] >= '1' && p[1] <= '9')
                return true;
            p++;
        } else if (*p == '[' && !brackets) {
            brackets = true;
            p += p[1] == '^';
            p += p[1] == ']';
        } else if (*p == ']') {
            brackets = false;
        }
    }
    return false;
}

int lw_check_regex(struct lw *w, const struct ex *pattern)
{
    if (pattern->text == NULL || !refers_back(pattern->text))
        return TD_OK;
    return lw_refuse(w, TD_C_LOWER_FUNCTION, pattern->loc, "SQLite's side finds no second time what it found once",
                     NULL, "the back-reference in the regular expression \"%s\" is not carried", pattern->text);
}

int lw_regex(struct lw *w, struct ex *l, struct ex *r, bool fold, bool negate, struct ex *out)
{
    const char *glob = NULL;
    fold = fold || ex_is(l, TD_T_CITEXT);
    TD_TRY(subject(w, l));
    TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT));
    TD_TRY(lw_check_regex(w, r));
    if (!is_schema(w)) {
        *out = finish(w, td_arena_printf(w->a, "%s(%s, %s)", fold ? "pg_iregex" : "pg_regex", l->sql, r->sql),
                      PREC_ATOM, negate);
        return TD_OK;
    }
    if (r->text != NULL && !fold)
        glob = regex_as_glob(w, r->text, ex_in(w, l, PREC_CMP));
    if (glob == NULL)
        return lw_stock(w, r->loc, "this regular expression");
    lw_note(w, r->loc, "the regular expression became GLOB, which stock SQLite has");
    *out = finish(w, glob, PREC_AND, negate);
    return TD_OK;
}
