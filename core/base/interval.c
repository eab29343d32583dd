/* Intervals: text both ways, order and sums. Reading goes from the end, as PostgreSQL does: a number's unit stands
 * behind it, and what has none takes it from its neighbour on the right. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/time.h"
#include "core/base/time_impl.h"

#define TOKENS_MAX 25
#define TEXT_MAX   160
#define SECOND_US  INT64_C(1000000)

enum unit {
    U_NONE,
    U_US,
    U_MS,
    U_SECOND,
    U_MINUTE,
    U_HOUR,
    U_DAY,
    U_WEEK,
    U_MONTH,
    U_YEAR,
    U_DECADE,
    U_CENTURY,
    U_MILLENNIUM,
    U_AGO
};

/* Wider than the result, so that only the end is checked. */
struct sum {
    const char *text;
    int fields;
    int64_t months, days, us;
    unsigned seen; /* units, a bit each: each may come once */
    bool overflow;
    struct td_err *err;
};

static int no_interval(const struct sum *s)
{
    td_err_set(s->err, TD_C_DATETIME, "invalid input syntax for type interval: \"%s\"", s->text);
    return td_err_sqlstate(s->err, "22007");
}

static int out_of_range(const struct sum *s)
{
    td_err_set(s->err, TD_C_DATETIME, "interval field value out of range: \"%s\"", s->text);
    return td_err_sqlstate(s->err, "22015");
}

/* PostgreSQL's INTERVAL_MASK has a bit for each field. */
enum field {
    F_MONTH = 1 << 1,
    F_YEAR = 1 << 2,
    F_DAY = 1 << 3,
    F_HOUR = 1 << 10,
    F_MINUTE = 1 << 11,
    F_SECOND = 1 << 12
};

static const struct {
    int mask;
    const char *name;
} field_names[] = {
    {F_YEAR, "year"},
    {F_MONTH, "month"},
    {F_DAY, "day"},
    {F_HOUR, "hour"},
    {F_MINUTE, "minute"},
    {F_SECOND, "second"},
    {F_YEAR | F_MONTH, "year to month"},
    {F_DAY | F_HOUR, "day to hour"},
    {F_DAY | F_HOUR | F_MINUTE, "day to minute"},
    {F_DAY | F_HOUR | F_MINUTE | F_SECOND, "day to second"},
    {F_HOUR | F_MINUTE, "hour to minute"},
    {F_HOUR | F_MINUTE | F_SECOND, "hour to second"},
    {F_MINUTE | F_SECOND, "minute to second"},
};

const char *td_interval_fields_name(int fields)
{
    for (size_t i = 0; i < sizeof field_names / sizeof *field_names; i++)
        if (field_names[i].mask == fields)
            return field_names[i].name;
    return NULL;
}

int td_interval_fields(const char *name)
{
    for (size_t i = 0; i < sizeof field_names / sizeof *field_names; i++)
        if (strcmp(field_names[i].name, name) == 0)
            return field_names[i].mask;
    return -1;
}

static enum unit unit_of(const char *word, size_t len)
{
    static const struct {
        const char *name;
        enum unit unit;
    } names[] = {
        {"ago", U_AGO},
        {"c", U_CENTURY},
        {"cent", U_CENTURY},
        {"centuries", U_CENTURY},
        {"century", U_CENTURY},
        {"d", U_DAY},
        {"day", U_DAY},
        {"days", U_DAY},
        {"dec", U_DECADE},
        {"decade", U_DECADE},
        {"decades", U_DECADE},
        {"decs", U_DECADE},
        {"h", U_HOUR},
        {"hour", U_HOUR},
        {"hours", U_HOUR},
        {"hr", U_HOUR},
        {"hrs", U_HOUR},
        {"m", U_MINUTE},
        {"microsecon", U_US},
        {"mil", U_MILLENNIUM},
        {"millennia", U_MILLENNIUM},
        {"millennium", U_MILLENNIUM},
        {"millisecon", U_MS},
        {"mils", U_MILLENNIUM},
        {"min", U_MINUTE},
        {"mins", U_MINUTE},
        {"minute", U_MINUTE},
        {"minutes", U_MINUTE},
        {"mon", U_MONTH},
        {"mons", U_MONTH},
        {"month", U_MONTH},
        {"months", U_MONTH},
        {"ms", U_MS},
        {"msec", U_MS},
        {"mseconds", U_MS},
        {"msecs", U_MS},
        {"s", U_SECOND},
        {"sec", U_SECOND},
        {"second", U_SECOND},
        {"seconds", U_SECOND},
        {"secs", U_SECOND},
        {"us", U_US},
        {"usec", U_US},
        {"usecond", U_US},
        {"useconds", U_US},
        {"usecs", U_US},
        {"w", U_WEEK},
        {"week", U_WEEK},
        {"weeks", U_WEEK},
        {"y", U_YEAR},
        {"year", U_YEAR},
        {"years", U_YEAR},
        {"yr", U_YEAR},
        {"yrs", U_YEAR},
    };
    size_t n = len > 10 ? 10 : len; /* PostgreSQL looks at ten letters */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == n && strncmp(names[i].name, word, n) == 0)
            return names[i].unit;
    return U_NONE;
}

static void add(struct sum *s, int64_t *to, int64_t v, int64_t factor)
{
    int64_t product;
    if (__builtin_mul_overflow(v, factor, &product) || __builtin_add_overflow(*to, product, to))
        s->overflow = true;
}

static void add_fraction_us(struct sum *s, double fraction, int64_t unit_s)
{
    if (fraction == 0)
        return;
    double seconds = fraction * (double)unit_s;
    int64_t whole = (int64_t)seconds;
    add(s, &s->us, whole, SECOND_US);
    add(s, &s->us, (int64_t)rint((seconds - (double)whole) * 1000000), 1);
}

static void add_fraction_days(struct sum *s, double fraction, int64_t unit_days)
{
    if (fraction == 0)
        return;
    double days = fraction * (double)unit_days;
    int64_t whole = (int64_t)days;
    add(s, &s->days, whole, 1);
    add_fraction_us(s, days - (double)whole, 86400);
}

static void add_months(struct sum *s, int64_t v, double fraction, int64_t years)
{
    add(s, &s->months, v, 12 * years);
    add(s, &s->months, (int64_t)rint(fraction * 12 * (double)years), 1);
}

static int add_value(struct sum *s, enum unit unit, int64_t v, double fraction)
{
    unsigned mask = 1u << unit;
    if (unit == U_SECOND && fraction != 0) /* such seconds hold the smaller units as well */
        mask |= 1u << U_MS | 1u << U_US;
    if (unit == U_NONE || unit == U_AGO || (s->seen & mask) != 0)
        return no_interval(s);
    s->seen |= mask;
    switch (unit) {
    case U_US: add(s, &s->us, v + (int64_t)rint(fraction), 1); break;
    case U_MS:
        add(s, &s->us, v, 1000);
        add(s, &s->us, (int64_t)rint(fraction * 1000), 1);
        break;
    case U_SECOND:
        add(s, &s->us, v, SECOND_US);
        add(s, &s->us, (int64_t)rint(fraction * 1000000), 1);
        break;
    case U_MINUTE:
        add(s, &s->us, v, 60 * SECOND_US);
        add_fraction_us(s, fraction, 60);
        break;
    case U_HOUR:
        add(s, &s->us, v, 3600 * SECOND_US);
        add_fraction_us(s, fraction, 3600);
        break;
    case U_DAY:
        add(s, &s->days, v, 1);
        add_fraction_us(s, fraction, 86400);
        break;
    case U_WEEK:
        add(s, &s->days, v, 7);
        add_fraction_days(s, fraction, 7);
        break;
    case U_MONTH:
        add(s, &s->months, v, 1);
        add_fraction_days(s, fraction, 30);
        break;
    case U_YEAR: add_months(s, v, fraction, 1); break;
    case U_DECADE: add_months(s, v, fraction, 10); break;
    case U_CENTURY: add_months(s, v, fraction, 100); break;
    case U_MILLENNIUM: add_months(s, v, fraction, 1000); break;
    case U_NONE:
    case U_AGO: break;
    }
    return TD_OK;
}

/* [+-]digits[.digits]: the length, or 0. */
static size_t read_number(const char *s, int64_t *whole, double *fraction)
{
    size_t n = s[0] == '+' || s[0] == '-', digits = 0;
    *whole = 0;
    *fraction = 0;
    for (; isdigit((unsigned char)s[n]); n++, digits++)
        if (__builtin_mul_overflow(*whole, 10, whole) || __builtin_add_overflow(*whole, s[n] - '0', whole))
            return 0;
    if (s[n] == '.') {
        char copy[TEXT_MAX] = "0";
        size_t from = n++;
        while (isdigit((unsigned char)s[n]))
            n++;
        if (n - from > sizeof copy - 2)
            return 0;
        memcpy(copy + 1, s + from, n - from);
        *fraction = strtod(copy, NULL);
        digits += n - from - 1;
    }
    if (s[0] == '-') {
        *whole = -*whole;
        *fraction = -*fraction;
    }
    return digits == 0 ? 0 : n;
}

/* A piece of the text: a number, 1-2 (years and months), a clock, or a word. */
struct piece {
    const char *at;
    size_t len;
    enum { P_NUMBER, P_YEARS_MONTHS, P_CLOCK, P_WORD } kind;
};

static bool next_piece(const char **at, struct piece *p)
{
    const char *s = *at;
    p->at = s;
    if (isalpha((unsigned char)*s)) {
        p->kind = P_WORD;
        while (isalpha((unsigned char)*s))
            s++;
    } else {
        s += *s == '+' || *s == '-';
        if (!isdigit((unsigned char)*s) && *s != '.')
            return false;
        p->kind = P_NUMBER;
        for (; isdigit((unsigned char)*s) || *s == '.' || *s == ':' || (*s == '-' && p->kind != P_CLOCK); s++) {
            if (*s == ':' && p->kind == P_YEARS_MONTHS)
                return false;
            p->kind = *s == ':' ? P_CLOCK : *s == '-' ? P_YEARS_MONTHS : p->kind;
        }
    }
    p->len = (size_t)(s - p->at);
    *at = s;
    return true;
}

/* "- 1 day" is "-1 day": blanks after a sign are taken out before the text is cut. */
static void join_signs(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        *to++ = *from;
        if (*from == '+' || *from == '-')
            while (isspace((unsigned char)from[1]))
                from++;
    }
    *to = '\0';
}

static int split(const struct sum *s, struct piece *pieces, size_t *n)
{
    const char *at = s->text;
    for (*n = 0;; ++*n) {
        while (*at != '\0' &&
               (isspace((unsigned char)*at) || (ispunct((unsigned char)*at) && strchr("+-.:", *at) == NULL)))
            at++;
        if (*at == '\0')
            return *n == 0 ? no_interval(s) : TD_OK;
        if (*n == TOKENS_MAX || !next_piece(&at, &pieces[*n]))
            return no_interval(s);
    }
}

static int clock_piece(struct sum *s, const struct piece *p)
{
    const unsigned mask = 1u << U_HOUR | 1u << U_MINUTE | 1u << U_SECOND;
    bool neg = p->at[0] == '-';
    size_t sign = neg || p->at[0] == '+', len = p->len - sign;
    int64_t hours, us;
    char clock[TEXT_MAX + 2];
    memcpy(clock, p->at + sign, len);
    clock[len] = '\0';
    if (s->fields == (F_MINUTE | F_SECOND) && strchr(clock, ':') == strrchr(clock, ':') && strchr(clock, '.') == NULL) {
        clock[len++] = '.'; /* 10:20 is minutes and seconds then, as it is with a fraction */
        clock[len++] = '0';
    }
    if ((s->seen & mask) != 0 || !td_time_clock(clock, len, true, &hours, &us))
        return no_interval(s);
    s->seen |= mask;
    add(s, &us, hours, 3600 * SECOND_US);
    add(s, &s->us, us, neg ? -1 : 1);
    return TD_OK;
}

static int years_months(struct sum *s, const struct piece *p)
{
    int64_t years, months;
    double fraction;
    char copy[TEXT_MAX];
    memcpy(copy, p->at, p->len);
    copy[p->len] = '\0';
    char *dash = strchr(copy + 1, '-');
    *dash = '\0';
    size_t y = read_number(copy, &years, &fraction), m = read_number(dash + 1, &months, &fraction);
    if (y != strlen(copy) || m != strlen(dash + 1) || strpbrk(copy, ".") != NULL || strpbrk(dash + 1, ".+-") != NULL ||
        months >= 12)
        return no_interval(s);
    int rc = add_value(s, U_YEAR, years, 0);
    return rc == TD_OK ? add_value(s, U_MONTH, copy[0] == '-' ? -months : months, 0) : rc;
}

/* Of a number that has none behind it: the last field that the type has. */
static enum unit default_unit(int fields)
{
    if (fields < 0 || (fields & F_SECOND) != 0)
        return U_SECOND;
    return (fields & F_MINUTE) != 0  ? U_MINUTE
           : (fields & F_HOUR) != 0  ? U_HOUR
           : (fields & F_DAY) != 0   ? U_DAY
           : (fields & F_MONTH) != 0 ? U_MONTH
                                     : U_YEAR;
}

static int read_pieces(struct sum *s, const struct piece *p, size_t n, bool *ago)
{
    enum unit unit = default_unit(s->fields);
    bool used = true; /* the unit at hand belongs to a number already, or is a default */
    for (size_t i = n; i-- > 0;) {
        int64_t v;
        double fraction;
        int rc = TD_OK;
        switch (p[i].kind) {
        case P_WORD: {
            enum unit u = unit_of(p[i].at, p[i].len);
            if (u == U_NONE || !used || (u == U_AGO && i + 1 != n))
                return no_interval(s);
            *ago |= u == U_AGO;
            used = u == U_AGO;
            unit = u;
            break;
        }
        case P_CLOCK:
            rc = used ? clock_piece(s, &p[i]) : no_interval(s);
            unit = U_DAY;
            break;
        case P_YEARS_MONTHS:
            rc = used ? years_months(s, &p[i]) : no_interval(s);
            unit = U_NONE;
            break;
        case P_NUMBER:
            if (read_number(p[i].at, &v, &fraction) != p[i].len)
                return no_interval(s);
            rc = add_value(s, unit, v, fraction);
            unit = unit == U_HOUR ? U_DAY : U_NONE; /* 1 10 hours: a day and ten */
            used = true;
            break;
        }
        if (rc != TD_OK)
            return rc;
    }
    return used && s->seen != 0 ? TD_OK : no_interval(s);
}

static enum unit iso_unit(char c, bool clock)
{
    static const struct {
        char c;
        bool clock;
        enum unit unit;
    } letters[] = {{'y', false, U_YEAR}, {'m', false, U_MONTH}, {'w', false, U_WEEK}, {'d', false, U_DAY},
                   {'h', true, U_HOUR},  {'m', true, U_MINUTE}, {'s', true, U_SECOND}};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].c == c && letters[i].clock == clock)
            return letters[i].unit;
    return U_NONE;
}

/* P0001-02-03T04:05:06, the other form: fields in order, none left out but at the end. */
static int read_iso_fields(struct sum *s, const char *at)
{
    static const enum unit date[] = {U_YEAR, U_MONTH, U_DAY}, clock[] = {U_HOUR, U_MINUTE, U_SECOND};
    const enum unit *units = date;
    for (size_t i = 0; *at != '\0' && i < 3; i++) {
        int64_t v;
        double fraction;
        if (*at == 't' && units == date) {
            units = clock;
            at++;
            i = 0;
        }
        size_t n = isdigit((unsigned char)*at) ? read_number(at, &v, &fraction) : 0;
        if (n == 0)
            return no_interval(s);
        int rc = add_value(s, units[i], v, fraction);
        if (rc != TD_OK)
            return rc;
        at += n;
        if (*at == (units == date ? '-' : ':') && isdigit((unsigned char)at[1]))
            at++;
        else if (*at == 't' && units == date)
            i = 0;
        else if (*at != '\0')
            return no_interval(s);
    }
    return *at == '\0' ? TD_OK : no_interval(s);
}

/* P1Y2M3W4DT5H6M7.5S */
static int read_iso(struct sum *s, const char *at)
{
    bool clock = false;
    size_t first = strspn(at + (*at == 't'), "0123456789");
    if (at[(*at == 't') + first] == (*at == 't' ? ':' : '-') && first > 0)
        return read_iso_fields(s, at);
    while (*at != '\0') {
        int64_t v;
        double fraction;
        if (*at == 't' && !clock) {
            clock = true;
            at++;
            continue;
        }
        size_t n = read_number(at, &v, &fraction);
        if (n == 0)
            return no_interval(s);
        s->seen = 0; /* here a unit may come again */
        int rc = add_value(s, iso_unit(at[n], clock), v, fraction);
        if (rc != TD_OK)
            return rc;
        at += n + 1;
    }
    return TD_OK;
}

void td_interval_fit(struct td_interval *i, int fields, int digits)
{
    static const int64_t scales[] = {1000000, 100000, 10000, 1000, 100, 10};
    if (fields >= 0 && (fields & (F_DAY | F_HOUR | F_MINUTE | F_SECOND)) == 0) {
        i->months -= (fields & F_MONTH) == 0 ? i->months % 12 : 0;
        i->days = 0;
        i->us = 0;
    } else if (fields >= 0 && (fields & F_SECOND) == 0) {
        int64_t unit = ((fields & F_MINUTE) != 0 ? 60 : 3600) * SECOND_US;
        i->us = fields == F_DAY ? 0 : i->us - i->us % unit;
    }
    if (digits >= 0 && digits < 6) {
        int64_t scale = scales[digits], rest = i->us % scale;
        i->us -= rest;
        if (rest >= scale / 2 || rest <= -scale / 2)
            i->us += rest > 0 ? scale : -scale;
    }
}

int td_interval_parse(const char *text, struct td_interval *out, struct td_err *err)
{
    return td_interval_parse_as(text, -1, -1, out, err);
}

int td_interval_parse_as(const char *text, int fields, int digits, struct td_interval *out, struct td_err *err)
{
    char lower[TEXT_MAX];
    struct piece pieces[TOKENS_MAX];
    struct sum s = {.text = text, .fields = fields, .err = err};
    size_t len = strlen(text), n = 0;
    bool ago = false;
    if (len >= sizeof lower)
        return no_interval(&s);
    for (size_t i = 0; i <= len; i++)
        lower[i] = (char)tolower((unsigned char)text[i]);
    s.text = lower;
    const char *start = lower + strspn(lower, " \t\n");
    int rc;
    if (start[0] == 'p' && (isdigit((unsigned char)start[1]) || (start[1] != '\0' && strchr("t+-.", start[1])))) {
        for (size_t end = strlen(lower); end > 0 && isspace((unsigned char)lower[end - 1]); end--)
            lower[end - 1] = '\0';
        rc = read_iso(&s, start + 1);
    } else {
        join_signs(lower);
        rc = split(&s, pieces, &n);
        if (rc == TD_OK)
            rc = read_pieces(&s, pieces, n, &ago);
    }
    s.text = text;
    if (rc != TD_OK)
        return no_interval(&s);
    int64_t sign = ago ? -1 : 1;
    if (s.overflow || s.us == INT64_MIN || s.months * sign != (int32_t)(s.months * sign) ||
        s.days * sign != (int32_t)(s.days * sign))
        return out_of_range(&s);
    *out = (struct td_interval){(int32_t)(s.months * sign), (int32_t)(s.days * sign), s.us * sign};
    td_interval_fit(out, fields, digits);
    return TD_OK;
}

static void put_part(struct td_buf *out, int64_t v, const char *unit, bool *first, bool *before)
{
    if (v == 0)
        return;
    td_buf_printf(out, "%s%s%lld %s%s", *first ? "" : " ", *before && v > 0 ? "+" : "", (long long)v, unit,
                  v == 1 ? "" : "s");
    *before = v < 0;
    *first = false;
}

void td_interval_print(const struct td_interval *i, struct td_buf *out)
{
    bool first = true, before = false;
    put_part(out, i->months / 12, "year", &first, &before);
    put_part(out, i->months % 12, "mon", &first, &before);
    put_part(out, i->days, "day", &first, &before);
    if (i->us == 0 && !first)
        return;
    uint64_t us = i->us < 0 ? 0 - (uint64_t)i->us : (uint64_t)i->us;
    td_buf_printf(out, "%s%s%02llu:%02u:%02u", first ? "" : " ",
                  i->us < 0 ? "-"
                  : before  ? "+"
                            : "",
                  (unsigned long long)(us / 3600000000), (unsigned)(us / 60000000 % 60), (unsigned)(us / 1000000 % 60));
    unsigned rest = (unsigned)(us % 1000000), digits = 6;
    for (; rest > 0 && rest % 10 == 0; rest /= 10)
        digits--;
    if (rest > 0)
        td_buf_printf(out, ".%0*u", (int)digits, rest);
}

int td_interval_compare(const struct td_interval *a, const struct td_interval *b)
{
    __extension__ typedef __int128 wide;
    wide x = (wide)a->months * 30 + a->days, y = (wide)b->months * 30 + b->days;
    x = x * TD_TIME_DAY_US + a->us;
    y = y * TD_TIME_DAY_US + b->us;
    return (x > y) - (x < y);
}

int td_interval_add(const struct td_interval *a, const struct td_interval *b, int sign, struct td_interval *out,
                    struct td_err *err)
{
    int64_t months = (int64_t)a->months + (int64_t)sign * b->months, days = (int64_t)a->days + (int64_t)sign * b->days;
    int64_t us;
    bool bad = sign > 0 ? __builtin_add_overflow(a->us, b->us, &us) : __builtin_sub_overflow(a->us, b->us, &us);
    if (bad || months != (int32_t)months || days != (int32_t)days) {
        td_err_set(err, TD_C_DATETIME, "interval out of range");
        return td_err_sqlstate(err, "22008");
    }
    *out = (struct td_interval){(int32_t)months, (int32_t)days, us};
    return TD_OK;
}
