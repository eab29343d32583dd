/* Functions of times that stock SQLite can do on the stored text, whose digits have fixed places: extract, date_trunc,
 * to_char, differences, and the addition of days. Infinities and years of other than four digits have no such places:
 * there the expression fails. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/time.h"
#include "core/sql/lower_impl.h"

static const char *no_calendar(struct lw *w, const char *x)
{
    return td_arena_printf(w->a, "%s NOT GLOB '[0-9]*'", x);
}

static bool has_clock(struct td_type t)
{
    return t.kind == TD_T_TIMESTAMP || t.kind == TD_T_TIMESTAMPTZ;
}

/* --- extract, date_part --- */

struct field {
    const char *name, *form; /* $ is the text */
    bool clock;              /* of the time of day */
    int digits, scale;       /* of the result, a numeric */
};

static const struct field fields[] = {
    {"year", "CAST(substr($, 1, 4) AS INTEGER)", false, 4, 0},
    {"month", "CAST(substr($, 6, 2) AS INTEGER)", false, 2, 0},
    {"day", "CAST(substr($, 9, 2) AS INTEGER)", false, 2, 0},
    {"hour", "CAST(substr($, 12, 2) AS INTEGER)", true, 2, 0},
    {"minute", "CAST(substr($, 15, 2) AS INTEGER)", true, 2, 0},
    {"second", "CAST(substr($, 18, 9) AS REAL)", true, 8, 6},
    {"dow", "CAST(strftime('%w', substr($, 1, 10)) AS INTEGER)", false, 1, 0},
    {"isodow", "(strftime('%w', substr($, 1, 10)) + 6) % 7 + 1", false, 1, 0},
    {"doy", "CAST(strftime('%j', substr($, 1, 10)) AS INTEGER)", false, 3, 0},
    {"quarter", "(substr($, 6, 2) + 2) / 3", false, 1, 0},
};

static const struct field *find_field(const char *name)
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcasecmp(fields[i].name, name) == 0)
            return &fields[i];
    }
    return NULL;
}

static const char *filled(struct lw *w, const char *form, const char *x)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    for (; *form != '\0'; form++) {
        if (*form == '$')
            td_buf_add(&b, x);
        else
            td_buf_char(&b, *form);
    }
    return td_buf_str(&b);
}

/* Microseconds since 1970. */
static const char *microseconds(struct lw *w, const char *x)
{
    return td_arena_printf(w->a, "(strftime('%%s', substr(%s, 1, 19)) * 1000000 + substr(%s, 21, 6))", x, x);
}

static struct td_type part_type(bool numeric, int digits, int scale)
{
    struct td_type t = TD_TYPE(numeric ? TD_T_NUMERIC : TD_T_FLOAT8);
    if (numeric) {
        t.mod1 = digits;
        t.mod2 = scale;
    }
    return t;
}

/* date_part's seconds since 1970 are a double; extract's have six exact digits, more than SQLite's numbers hold. */
static int epoch(struct lw *w, bool numeric, const struct ex *x, int loc, struct ex *out)
{
    if (numeric || !has_clock(td_type_base(x->type)))
        return lw_stock(w, loc, "extract(epoch ...), other than of a difference");
    *out = ex_fmt(w, TD_TYPE(TD_T_FLOAT8), PREC_MUL, "%s / 1000000.0", microseconds(w, x->sql));
    lw_guard(w, out, NULL, NULL, no_calendar(w, x->sql));
    return TD_OK;
}

static int part(struct lw *w, const char *name, struct ex **args, int loc, struct ex *out)
{
    bool numeric = strcmp(name, "extract") == 0;
    struct ex *x = args[1];
    struct td_type t = td_type_base(x->type);
    const struct field *f;
    if (args[0]->text == NULL || !ex_is_time(x))
        return TD_ENOTFOUND;
    if (strcasecmp(args[0]->text, "epoch") == 0)
        return epoch(w, numeric, x, loc, out);
    f = find_field(args[0]->text);
    if (f == NULL || (f->clock && !has_clock(t)))
        return TD_ENOTFOUND;
    *out = ex_of(filled(w, f->form, x->sql), part_type(numeric, f->digits, f->scale), PREC_ADD);
    if (!numeric && f->scale == 0)
        *out = ex_fmt(w, out->type, PREC_ADD, "%s + 0.0", out->sql);
    lw_guard(w, out, NULL, NULL, no_calendar(w, x->sql));
    return TD_OK;
}

/* --- date_trunc --- */

struct unit {
    const char *name, *head; /* the day and time of day up to the unit */
    const char *tail;        /* the rest */
};

static const struct unit units[] = {
    {"second", "substr($, 1, 19)", ".000000"},
    {"minute", "substr($, 1, 16)", ":00.000000"},
    {"hour", "substr($, 1, 13)", ":00:00.000000"},
    {"day", "substr($, 1, 10)", "T00:00:00.000000"},
    {"week", "date(substr($, 1, 10), 'weekday 0', '-6 days')", "T00:00:00.000000"},
    {"month", "substr($, 1, 7)", "-01T00:00:00.000000"},
    {"quarter", "substr($, 1, 5) || substr('010101040404070707101010', substr($, 6, 2) * 2 - 1, 2)",
     "-01T00:00:00.000000"},
    {"year", "substr($, 1, 4)", "-01-01T00:00:00.000000"},
};

static int trunc_time(struct lw *w, struct ex **args, size_t n, struct ex *out)
{
    struct td_type t;
    if (n != 2 || args[0]->text == NULL || !ex_is_time(args[1]))
        return TD_ENOTFOUND;
    if (ex_is(args[1], TD_T_DATE))
        TD_TRY(lw_cast(w, args[1], TD_TYPE(TD_T_TIMESTAMPTZ), TD_CAST_IMPLICIT));
    t = td_type_base(args[1]->type);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        const char *x = args[1]->sql, *fails = no_calendar(w, x);
        if (strcasecmp(units[i].name, args[0]->text) != 0)
            continue;
        if (i == 4) /* the week may begin before the calendar */
            fails = td_arena_printf(w->a, "%s OR %s < '0001-01-08'", fails, x);
        *out = ex_fmt(w, TD_TYPE(t.kind), PREC_CONCAT, "%s || '%s%s'", filled(w, units[i].head, x), units[i].tail,
                      t.kind == TD_T_TIMESTAMPTZ ? "Z" : "");
        lw_guard(w, out, NULL, NULL, fails);
        return TD_OK;
    }
    return TD_ENOTFOUND;
}

/* --- to_char --- */

struct token {
    const char *word, *form;
    bool clock;
};

/* The longest first. */
static const struct token tokens[] = {
    {"YYYY", "substr($, 1, 4)", false},
    {"HH24", "substr($, 12, 2)", true},
    {"HH12", "printf('%02d', (substr($, 12, 2) + 11) % 12 + 1)", true},
    {"DDD", "strftime('%j', substr($, 1, 10))", false},
    {"MM", "substr($, 6, 2)", false},
    {"DD", "substr($, 9, 2)", false},
    {"HH", "printf('%02d', (substr($, 12, 2) + 11) % 12 + 1)", true},
    {"MI", "substr($, 15, 2)", true},
    {"SS", "substr($, 18, 2)", true},
    {"MS", "substr($, 21, 3)", true},
    {"US", "substr($, 21, 6)", true},
    {"Q", "((substr($, 6, 2) + 2) / 3)", false},
};

/* Names keep the letter case of their pattern. */
static const struct token names[] = {
    {"Mon", "substr('JanFebMarAprMayJunJulAugSepOctNovDec', substr($, 6, 2) * 3 - 2, 3)", false},
    {"MON", "substr('JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC', substr($, 6, 2) * 3 - 2, 3)", false},
    {"mon", "substr('janfebmaraprmayjunjulaugsepoctnovdec', substr($, 6, 2) * 3 - 2, 3)", false},
    {"Dy", "substr('SunMonTueWedThuFriSat', strftime('%w', substr($, 1, 10)) * 3 + 1, 3)", false},
    {"AM", "CASE WHEN substr($, 12, 2) < '12' THEN 'AM' ELSE 'PM' END", true},
    {"PM", "CASE WHEN substr($, 12, 2) < '12' THEN 'AM' ELSE 'PM' END", true},
};

static const struct token *find_token(const char *p)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncmp(p, names[i].word, strlen(names[i].word)) == 0 && strncasecmp(p, "month", 5) != 0)
            return &names[i];
    }
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        if (strncasecmp(p, tokens[i].word, strlen(tokens[i].word)) == 0)
            return &tokens[i];
    }
    return NULL;
}

static void add_piece(struct td_buf *out, struct td_buf *literal, const char *piece, struct lw *w)
{
    if (literal->len > 0)
        td_buf_printf(out, "%s%s", out->len == 0 ? "" : " || ", sql_lit(w, td_buf_str(literal)));
    td_buf_reset(literal);
    if (piece != NULL)
        td_buf_printf(out, "%s%s", out->len == 0 ? "" : " || ", piece);
}

/* A letter that is not known has a meaning that is not known; text in quotes stands for itself. */
static bool format(struct lw *w, const char *pattern, const char *x, bool clock, struct td_buf *out)
{
    struct td_buf literal;
    td_buf_init(&literal, w->a);
    for (const char *p = pattern; *p != '\0';) {
        const struct token *t = find_token(p);
        if (t != NULL) {
            add_piece(out, &literal, clock || !t->clock ? filled(w, t->form, x) : "'00'", w);
            if (!clock && t->clock && t != &tokens[1] && t != &tokens[7] && t != &tokens[8])
                return false;
            p += strlen(t->word);
        } else if (*p == '"') {
            for (p++; *p != '\0' && *p != '"'; p++)
                td_buf_char(&literal, *p);
            p += *p == '"';
        } else if (strchr("-/.,:; ", *p) != NULL) {
            td_buf_char(&literal, *p++);
        } else {
            return false;
        }
    }
    add_piece(out, &literal, NULL, w);
    return out->len > 0;
}

static int time_to_char(struct lw *w, struct ex **args, size_t n, struct ex *out)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    if (n != 2 || !ex_is_time(args[0]) || args[1]->text == NULL ||
        !format(w, args[1]->text, args[0]->sql, has_clock(td_type_base(args[0]->type)), &b))
        return TD_ENOTFOUND;
    *out = ex_of(td_buf_str(&b), TD_TYPE(TD_T_TEXT), PREC_CONCAT);
    lw_guard(w, out, NULL, NULL, no_calendar(w, args[0]->sql));
    return TD_OK;
}

int lw_stock_time(struct lw *w, const char *name, struct ex **args, size_t n, int loc, struct ex *out)
{
    if (n == 2 && (strcmp(name, "extract") == 0 || strcmp(name, "date_part") == 0))
        return part(w, name, args, loc, out);
    if (strcmp(name, "date_trunc") == 0)
        return trunc_time(w, args, n, out);
    if (strcmp(name, "to_char") == 0)
        return time_to_char(w, args, n, out);
    return TD_ENOTFOUND;
}

/* --- differences and sums --- */

/* Seconds between two timestamps: extract(epoch from a - b), exact to the microsecond. */
int lw_stock_seconds_between(struct lw *w, bool numeric, const struct ex *a, const struct ex *b, struct ex *out)
{
    const char *x = td_arena_printf(w->a, "(%s - %s)", microseconds(w, a->sql), microseconds(w, b->sql));
    const char *fails = td_arena_printf(w->a, "%s OR %s", no_calendar(w, a->sql), no_calendar(w, b->sql));
    if (numeric)
        fails = td_arena_printf(w->a, "%s OR abs(%s) >= 1000000000000000", fails, x);
    *out = ex_fmt(w, part_type(numeric, 15, 6), PREC_MUL, "%s / 1000000.0", x);
    lw_guard(w, out, NULL, NULL, fails);
    return TD_OK;
}

/* extract(day from a - b): the whole days in it. */
int lw_stock_whole_days(struct lw *w, bool numeric, const struct ex *a, const struct ex *b, struct ex *out)
{
    *out = ex_fmt(w, part_type(numeric, 8, 0), numeric ? PREC_MUL : PREC_ADD,
                  numeric ? "(%s - %s) / 86400000000" : "(%s - %s) / 86400000000 + 0.0", microseconds(w, a->sql),
                  microseconds(w, b->sql));
    lw_guard(w, out, NULL, NULL, td_arena_printf(w->a, "%s OR %s", no_calendar(w, a->sql), no_calendar(w, b->sql)));
    return TD_OK;
}

int lw_stock_days_between(struct lw *w, const struct ex *a, const struct ex *b, struct ex *out)
{
    *out = ex_fmt(w, TD_TYPE(TD_T_INT4), PREC_ATOM, "CAST(julianday(%s) - julianday(%s) AS INTEGER)", a->sql, b->sql);
    lw_set_range(w, out, (struct range){-4000000, 4000000});
    lw_guard(w, out, NULL, NULL, td_arena_printf(w->a, "%s OR %s", no_calendar(w, a->sql), no_calendar(w, b->sql)));
    return TD_OK;
}

/* `day` is the text of a day or NULL: where no day of the calendar is reached, it fails. */
static const char *no_day(struct lw *w, const char *x, const char *day)
{
    return td_arena_printf(w->a, "%s OR coalesce(%s, '') NOT BETWEEN '0001-01-01' AND '9999-12-31' AND %s IS NOT NULL",
                           no_calendar(w, x), day, x);
}

bool lw_stock_add_days(struct lw *w, const struct ex *date, const struct ex *days, int sign, struct ex *out)
{
    const char *shift;
    if (days->text != NULL)
        shift = td_arena_printf(w->a, "'%+lld days'", sign * strtoll(days->text, NULL, 10));
    else
        shift = td_arena_printf(w->a, sign > 0 ? "%s || ' days'" : "-%s || ' days'", ex_in(w, days, PREC_ATOM));
    *out = ex_fmt(w, TD_TYPE(TD_T_DATE), PREC_ATOM, "date(%s, %s)", date->sql, shift);
    lw_guard(w, out, NULL, NULL,
             days->text != NULL ? no_day(w, date->sql, out->sql)
                                : td_arena_printf(w->a, "%s IS NOT NULL AND (%s)", ex_in(w, days, PREC_CMP),
                                                  no_day(w, date->sql, out->sql)));
    return true;
}

/* x moved by strftime's modifiers, which read `n` unless that is NULL. */
static void shifted(struct lw *w, const struct ex *x, const char *shift, const struct ex *n, struct ex *out)
{
    const char *day = td_arena_printf(w->a, "date(substr(%s, 1, 19)%s)", x->sql, shift), *fails;
    *out = ex_fmt(w, TD_TYPE(td_type_base(x->type).kind), PREC_CONCAT,
                  "strftime('%%Y-%%m-%%dT%%H:%%M:%%S', substr(%s, 1, 19)%s) || substr(%s, 20)", x->sql, shift, x->sql);
    fails = no_day(w, x->sql, day);
    lw_guard(w, out, NULL, NULL,
             n == NULL ? fails : td_arena_printf(w->a, "%s IS NOT NULL AND (%s)", ex_in(w, n, PREC_CMP), fails));
}

/* Months reach other days on SQLite; what is shorter than a second stays as it is. */
bool lw_stock_add_interval(struct lw *w, const struct ex *x, const char *interval, int sign, struct ex *out)
{
    struct td_interval i;
    struct td_err ignored = {0};
    struct td_type t = td_type_base(x->type);
    const char *shift;
    if (td_interval_parse(interval, &i, &ignored) != TD_OK || i.months != 0 || i.us % 1000000 != 0 || !has_clock(t))
        return false;
    shift = i.days == 0 ? "" : td_arena_printf(w->a, ", '%+d days'", sign * i.days);
    if (i.us != 0)
        shift = td_arena_printf(w->a, "%s, '%+lld seconds'", shift, (long long)(sign * i.us / 1000000));
    if (shift[0] == '\0')
        shift = ", '+0 days'";
    shifted(w, x, shift, NULL, out);
    return true;
}

static bool is_typed_constant(const PgQuery__Node *n)
{
    return n->node_case == PG_QUERY__NODE__NODE_TYPE_CAST && n->type_cast->arg != NULL &&
           n->type_cast->arg->node_case == PG_QUERY__NODE__NODE_A_CONST;
}

/* A constant interval of days and whole seconds times an integer; `n` and `i` are the two. */
static int product(struct lw *w, const PgQuery__Node *node, struct ex *n, struct td_interval *i)
{
    struct ex l, r, *interval = &l;
    struct td_err ignored = {0};
    const PgQuery__AExpr *e = node->node_case == PG_QUERY__NODE__NODE_A_EXPR ? node->a_expr : NULL;
    if (e == NULL || e->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || e->lexpr == NULL ||
        strcmp(td_tree_name(e->name, e->n_name, NULL), "*") != 0 ||
        !(is_typed_constant(e->lexpr) || is_typed_constant(e->rexpr)))
        return TD_ENOTFOUND;
    TD_TRY(lw_expr(w, e->lexpr, &l));
    TD_TRY(lw_expr(w, e->rexpr, &r));
    if (!ex_is(&l, TD_T_INTERVAL))
        interval = &r;
    *n = interval == &l ? r : l;
    bool good = ex_is(interval, TD_T_INTERVAL) && interval->text != NULL && td_type_is_integer(&n->type) &&
                td_interval_parse(interval->text, i, &ignored) == TD_OK && i->months == 0 && i->us % 1000000 == 0;
    return good ? TD_OK : TD_ENOTFOUND;
}

int lw_stock_add_product(struct lw *w, const struct ex *x, const PgQuery__Node *node, int sign, struct ex *out)
{
    struct td_interval i;
    struct ex n, time = *x;
    const char *shift = "";
    if (ex_is(x, TD_T_DATE))
        TD_TRY(lw_cast(w, &time, TD_TYPE(TD_T_TIMESTAMP), TD_CAST_IMPLICIT));
    if (!has_clock(td_type_base(time.type)))
        return TD_ENOTFOUND;
    TD_TRY(product(w, node, &n, &i));
    if (i.days != 0 || i.us == 0)
        shift = td_arena_printf(w->a, ", (%s * %d) || ' days'", ex_in(w, &n, PREC_MUL), sign * i.days);
    if (i.us != 0)
        shift = td_arena_printf(w->a, "%s, (%s * %lld) || ' seconds'", shift, ex_in(w, &n, PREC_MUL),
                                (long long)(sign * i.us / 1000000));
    shifted(w, &time, shift, &n, out);
    return TD_OK;
}

/* --- text --- */

bool lw_stock_time_text(struct lw *w, const struct ex *e, struct ex *out)
{
    struct td_type t = td_type_base(e->type), text = TD_TYPE(TD_T_TEXT);
    if (t.kind == TD_T_DATE)
        *out = ex_of(e->sql, text, e->prec);
    else if (has_clock(t))
        *out = ex_fmt(w, text, PREC_ATOM, "replace(rtrim(rtrim(substr(%s, 1, 26), '0'), '.'), 'T', ' ')", e->sql);
    else
        return false;
    if (t.kind == TD_T_TIMESTAMPTZ)
        *out = ex_fmt(w, text, PREC_CONCAT, "%s || '+00'", out->sql);
    lw_guard(w, out, NULL, NULL, no_calendar(w, e->sql));
    return true;
}
