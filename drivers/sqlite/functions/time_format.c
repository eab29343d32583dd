/* to_char, to_timestamp, to_date, to_number: format patterns. Those of the manual's table that projects use; others
 * are refused, never printed wrongly. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/decimal.h"
#include "drivers/sqlite/functions/exact.h"
#include "drivers/sqlite/functions/time.h"

#define SECOND INT64_C(1000000)

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
static const char *const week_days[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

enum key {
    K_AM,
    K_AM_DOTS,
    K_BC,
    K_CC,
    K_DAY,
    K_DDD,
    K_DD,
    K_DY,
    K_D,
    K_FF,
    K_HH12,
    K_HH24,
    K_ID,
    K_IW,
    K_IYYY,
    K_J,
    K_MI,
    K_MM,
    K_MONTH,
    K_MON,
    K_MS,
    K_OF,
    K_Q,
    K_SSSS,
    K_SS,
    K_TZH,
    K_TZM,
    K_TZ,
    K_US,
    K_WW,
    K_W,
    K_Y_YYY,
    K_YYYY,
    K_YYY,
    K_YY,
    K_Y,
    K_REFUSED
};

/* Longer names first. */
static const struct keyword {
    const char *name;
    enum key key;
} keywords[] = {
    {"A.M.", K_AM_DOTS}, {"P.M.", K_AM_DOTS}, {"AM", K_AM},     {"PM", K_AM},     {"BC", K_BC},
    {"AD", K_BC},        {"CC", K_CC},        {"DAY", K_DAY},   {"DDD", K_DDD},   {"DD", K_DD},
    {"DY", K_DY},        {"D", K_D},          {"FF1", K_FF},    {"FF2", K_FF},    {"FF3", K_FF},
    {"FF4", K_FF},       {"FF5", K_FF},       {"FF6", K_FF},    {"HH24", K_HH24}, {"HH12", K_HH12},
    {"HH", K_HH12},      {"IDDD", K_REFUSED}, {"ID", K_ID},     {"IW", K_IW},     {"IYYY", K_IYYY},
    {"IYY", K_REFUSED},  {"IY", K_REFUSED},   {"J", K_J},       {"MI", K_MI},     {"MM", K_MM},
    {"MONTH", K_MONTH},  {"MON", K_MON},      {"MS", K_MS},     {"OF", K_OF},     {"Q", K_Q},
    {"RM", K_REFUSED},   {"SSSSS", K_SSSS},   {"SSSS", K_SSSS}, {"SS", K_SS},     {"TZH", K_TZH},
    {"TZM", K_TZM},      {"TZ", K_TZ},        {"US", K_US},     {"WW", K_WW},     {"W", K_W},
    {"Y,YYY", K_Y_YYY},  {"YYYY", K_YYYY},    {"YYY", K_YYY},   {"YY", K_YY},     {"Y", K_Y},
    {"B.C.", K_REFUSED}, {"A.D.", K_REFUSED},
};

static const struct keyword *find_keyword(const char *p)
{
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
        if (strncasecmp(p, keywords[i].name, strlen(keywords[i].name)) == 0)
            return &keywords[i];
    return NULL;
}

static int refused(struct td_err *err, const char *pattern)
{
    return td_fn_fail(err, "0A000", "format pattern \"%.6s\" is not supported on SQLite", pattern);
}

/* A name in the case of the pattern: all upper, first upper, or all lower. */
static void add_name(struct td_buf *out, const char *name, size_t len, const char *pattern, int pad)
{
    bool upper = isupper((unsigned char)pattern[0]) != 0, second = isupper((unsigned char)pattern[1]) != 0;
    for (size_t i = 0; i < len; i++) {
        int ch = (unsigned char)name[i];
        td_buf_char(out, (char)((i == 0 ? upper : upper && second) ? toupper(ch) : tolower(ch)));
    }
    for (int i = (int)len; i < pad; i++)
        td_buf_char(out, ' ');
}

static void add_number(struct td_buf *out, int64_t v, int width, bool fill)
{
    td_buf_printf(out, "%0*lld", fill ? 0 : width + (v < 0), (long long)v);
}

static void add_ordinal(struct td_buf *out, bool upper)
{
    size_t n = out->len;
    char last = n > 0 ? out->at[n - 1] : '0', tens = n > 1 ? out->at[n - 2] : '0';
    const char *ends = tens == '1' ? "th" : last == '1' ? "st" : last == '2' ? "nd" : last == '3' ? "rd" : "th";
    for (; *ends != '\0'; ends++)
        td_buf_char(out, (char)(upper ? toupper((unsigned char)*ends) : *ends));
}

/* What a keyword prints. `dated`: an interval has no calendar. */
static void add_key(struct td_buf *out, const struct keyword *k, const char *pattern, const struct td_fields *f,
                    bool fill, bool zoned)
{
    int year = f->date.year > 0 ? f->date.year : 1 - f->date.year, week_year = 0;
    int week = td_iso_week(f->days, &week_year),
        doy = (int)(f->days - td_civil_to_days((struct td_civil){f->date.year, 1, 1})) + 1;
    int hour12 = f->hour % 12 == 0 ? 12 : f->hour % 12;
    const char *month = months[f->date.month > 0 ? f->date.month - 1 : 0], *day = week_days[td_week_day(f->days)];
    static const int powers[] = {100000, 10000, 1000, 100, 10, 1};
    switch (k->key) {
    case K_AM: add_name(out, f->hour >= 12 ? "PM" : "AM", 2, isupper((unsigned char)*pattern) ? "AA" : "aa", 0); break;
    case K_AM_DOTS:
        add_name(out, f->hour >= 12 ? "P.M." : "A.M.", 4, isupper((unsigned char)*pattern) ? "AA" : "aa", 0);
        break;
    case K_BC:
        add_name(out, f->date.year > 0 ? "AD" : "BC", 2, isupper((unsigned char)*pattern) ? "AA" : "aa", 0);
        break;
    case K_CC: add_number(out, (year + 99) / 100, 2, fill); break;
    case K_DAY: add_name(out, day, strlen(day), pattern, fill ? 0 : 9); break;
    case K_DY: add_name(out, day, 3, pattern, 0); break;
    case K_DDD: add_number(out, doy, 3, fill); break;
    case K_DD: add_number(out, f->date.day, 2, fill); break;
    case K_D: add_number(out, td_week_day(f->days) + 1, 1, fill); break;
    case K_ID: add_number(out, td_week_day(f->days) == 0 ? 7 : td_week_day(f->days), 1, fill); break;
    case K_FF: add_number(out, f->us / powers[k->name[2] - '1'], k->name[2] - '0', false); break;
    case K_HH12: add_number(out, hour12, 2, fill); break;
    case K_HH24: add_number(out, f->hour, 2, fill); break;
    case K_IW: add_number(out, week, 2, fill); break;
    case K_IYYY: add_number(out, week_year, 4, fill); break;
    case K_J: add_number(out, f->days + 2451545, 1, fill); break;
    case K_MI: add_number(out, f->minute, 2, fill); break;
    case K_MM: add_number(out, f->date.month, 2, fill); break;
    case K_MONTH: add_name(out, month, strlen(month), pattern, fill ? 0 : 9); break;
    case K_MON: add_name(out, month, 3, pattern, 0); break;
    case K_MS: add_number(out, f->us / 1000, 3, false); break;
    case K_US: add_number(out, f->us, 6, false); break;
    case K_OF:
    case K_TZH: td_buf_add(out, "+00"); break;
    case K_TZM: td_buf_add(out, "00"); break;
    case K_TZ: add_name(out, "UTC", zoned ? 3 : 0, pattern, 0); break;
    case K_Q: add_number(out, (f->date.month - 1) / 3 + 1, 1, fill); break;
    case K_SSSS: add_number(out, (f->hour * 60 + f->minute) * 60 + f->second, 1, fill); break;
    case K_SS: add_number(out, f->second, 2, fill); break;
    case K_WW: add_number(out, (doy - 1) / 7 + 1, 2, fill); break;
    case K_W: add_number(out, (f->date.day - 1) / 7 + 1, 1, fill); break;
    case K_Y_YYY: td_buf_printf(out, "%d,%03d", year / 1000, year % 1000); break;
    case K_YYYY: add_number(out, year, 4, fill); break;
    case K_YYY: add_number(out, year % 1000, 3, fill); break;
    case K_YY: add_number(out, year % 100, 2, fill); break;
    case K_Y: add_number(out, year % 10, 1, fill); break;
    case K_REFUSED: break;
    }
}

static int format_time(struct td_buf *out, const char *p, const struct td_fields *f, bool zoned, struct td_err *err)
{
    while (*p != '\0') {
        /* TM: names of the locale, which is the C locale; they are not padded either */
        bool fill = strncasecmp(p, "FM", 2) == 0 || strncasecmp(p, "TM", 2) == 0;
        if (strncasecmp(p, "FX", 2) == 0) {
            p += 2; /* exactness concerns reading only */
            continue;
        }
        const struct keyword *k = find_keyword(fill ? p + 2 : p);
        if (k != NULL) {
            p += fill ? 2 : 0;
            if (k->key == K_REFUSED)
                return refused(err, p);
            add_key(out, k, p, f, fill, zoned);
            p += strlen(k->name);
            if (strncasecmp(p, "TH", 2) == 0) {
                add_ordinal(out, p[0] == 'T');
                p += 2;
            }
        } else if (*p == '"') {
            for (p++; *p != '\0' && *p != '"'; p++) {
                p += *p == '\\' && p[1] != '\0';
                td_buf_char(out, *p);
            }
            p += *p == '"';
        } else {
            p += *p == '\\' && p[1] == '"';
            td_buf_char(out, *p++);
        }
    }
    return TD_OK;
}

/* --- numbers */

struct picture {
    char whole[256]; /* 9 0 , */
    size_t whole_len;
    char part[256]; /* 9 0 */
    size_t part_len;
    bool point, fill, sign_first, sign_last, minus_first, minus_last, angle;
    int places; /* digit positions before the point */
};

static int read_picture(const char *p, struct picture *n, struct td_err *err)
{
    memset(n, 0, sizeof *n);
    for (const char *at = p; *at != '\0'; at++) {
        char ch = (char)toupper((unsigned char)*at), next = at[0] != '\0' ? (char)toupper((unsigned char)at[1]) : '\0';
        bool started = n->whole_len > 0 || n->part_len > 0 || n->point;
        if (n->whole_len > 200 || n->part_len > 200)
            return td_fn_fail(err, "22023", "number format is too long");
        if (ch == 'F' && next == 'M') {
            n->fill = true;
            at++;
        } else if (ch == 'M' && next == 'I') {
            *(started ? &n->minus_last : &n->minus_first) = true;
            at++;
        } else if (ch == 'P' && next == 'R') {
            n->angle = true;
            at++;
        } else if (ch == 'S' && next != 'G') {
            *(started ? &n->sign_last : &n->sign_first) = true;
        } else if (ch == '.' || ch == 'D') {
            n->point = true;
        } else if ((ch == '9' || ch == '0') && n->point) {
            n->part[n->part_len++] = ch;
        } else if (ch == '9' || ch == '0' || ch == ',' || ch == 'G') {
            n->whole[n->whole_len++] = ch == 'G' ? ',' : ch;
            n->places += ch == '9' || ch == '0';
        } else {
            return refused(err, at);
        }
    }
    return TD_OK;
}

/* The digits before the point, right-aligned into the picture; `b` gets blanks too, unless FM. */
static void add_whole(struct td_buf *b, const struct picture *n, const char *digits, bool minus, bool sign)
{
    int have = (int)strlen(digits), left = n->places;
    bool zero = false, begun = false, signed_yet = !sign;
    const char *mark = minus ? "-" : n->sign_first ? "+" : " ";
    for (size_t i = 0; i < n->whole_len; i++) {
        char ch = n->whole[i];
        zero = zero || ch == '0';
        if (ch == ',') {
            td_buf_add(b, begun ? "," : n->fill ? "" : " ");
            continue;
        }
        bool show = left <= have || zero;
        if (show && !signed_yet) {
            if (!n->fill || *mark != ' ')
                td_buf_add(b, mark);
            signed_yet = true;
        }
        if (show)
            td_buf_char(b, left <= have ? digits[have - left] : '0');
        else if (!n->fill)
            td_buf_char(b, ' ');
        begun = begun || show;
        left--;
    }
    if (!signed_yet && (!n->fill || *mark != ' '))
        td_buf_add(b, mark);
}

static int format_number(struct td_fn_call *c, const char *pattern, struct td_err *err)
{
    struct picture n;
    struct td_buf rounded;
    const char *text = NULL;
    td_buf_init(&rounded, c->arena);
    int rc = read_picture(pattern, &n, err);
    if (rc == TD_OK)
        rc = td_fn_decimal(c, 0, &text, err);
    if (rc == TD_OK)
        rc = td_exact_round(text, (int)n.part_len, &rounded, err);
    if (rc == TD_OK)
        rc = td_buf_check(&rounded, err);
    if (rc != TD_OK)
        return rc;
    char *digits = rounded.at;
    if (strchr(digits, 'N') != NULL || strchr(digits, 'I') != NULL)
        return td_fn_fail(err, "0A000", "to_char() of %s is not supported on SQLite", digits);
    bool minus = *digits == '-' && strpbrk(digits, "123456789") != NULL;
    digits += *digits == '-';
    char *part = strchr(digits, '.');
    if (part != NULL)
        *part++ = '\0';
    size_t part_len = n.part_len;
    struct td_buf *b = &c->out;
    while (n.fill && part_len > 0 && part[part_len - 1] == '0' &&
           memchr(n.part + part_len - 1, '0', n.part_len - part_len + 1) == NULL)
        part_len--;
    if (strcmp(digits, "0") == 0 && n.part_len > 0 && !(n.fill && part_len == 0 && n.places > 0))
        digits++; /* .5, not 0.5, unless the picture asks for the 0 or nothing would be left */
    bool overflow = (int)strlen(digits) > n.places;
    part_len = overflow ? n.part_len : part_len;
    bool own_sign = n.minus_first || n.minus_last || n.sign_last || n.angle;
    if (n.minus_first || n.angle)
        td_buf_add(b, minus ? (n.angle ? "<" : "-") : n.fill ? "" : " ");
    if (overflow) { /* as PostgreSQL: # for each place */
        if (!own_sign)
            td_buf_add(b, minus ? "-" : n.sign_first ? "+" : n.fill ? "" : " ");
        for (size_t i = 0; i < n.whole_len; i++)
            td_buf_char(b, n.whole[i] == ',' ? ',' : '#');
    } else {
        add_whole(b, &n, digits, minus, !own_sign);
    }
    if (n.point && n.part_len > 0)
        td_buf_char(b, '.');
    for (size_t i = 0; i < part_len; i++)
        td_buf_char(b, overflow ? '#' : part[i]);
    if (n.sign_last)
        td_buf_char(b, minus ? '-' : '+');
    if (n.minus_last)
        td_buf_add(b, minus ? "-" : n.fill ? "" : " ");
    if (n.angle)
        td_buf_add(b, minus ? ">" : n.fill ? "" : " ");
    return td_fn_done(c, err);
}

static int to_char(struct td_fn_call *c, struct td_err *err)
{
    enum td_fn_kind kind = td_fn_type_arg(c, 2).kind;
    const char *pattern = NULL;
    struct td_fields f;
    int rc = td_fn_cstr(c, 1, &pattern, err);
    if (rc != TD_OK)
        return rc;
    if (td_fn_type_is_number(kind))
        return format_number(c, pattern, err);
    if (kind == TD_FT_INTERVAL) {
        struct td_interval i;
        rc = td_interval_arg(c, 0, &i, err);
        if (rc != TD_OK)
            return rc;
        memset(&f, 0, sizeof f);
        f.date = (struct td_civil){i.months / 12, i.months % 12, i.days};
        f.hour = (int)(i.us / (3600 * SECOND));
        f.minute = (int)(i.us / (60 * SECOND) % 60);
        f.second = (int)(i.us / SECOND % 60);
        f.us = i.us % SECOND;
        if (i.months < 0 || i.days < 0 || i.us < 0)
            return td_fn_fail(err, "0A000", "to_char() of a negative interval is not supported on SQLite");
    } else {
        struct td_time t = {0};
        rc = td_time_arg(c, 0, td_time_kind_of(kind), &t, err);
        if (rc != TD_OK || !td_time_is_finite(&t))
            return rc; /* of infinity: NULL */
        td_time_fields(&t, &f);
    }
    rc = format_time(&c->out, pattern, &f, kind == TD_FT_TIMESTAMPTZ, err);
    return rc != TD_OK ? rc : c->out.len == 0 ? TD_OK : td_fn_done(c, err);
}

/* --- reading */

struct reading {
    const char *p;
    struct td_civil date;
    int hour, minute, second, doy;
    int64_t us;
    bool afternoon, half_day, bc;
};

static int bad_value(struct td_err *err, const char *p, const char *field)
{
    return td_fn_fail(err, "22007", "invalid value \"%.10s\" for \"%s\"", p, field);
}

static int read_digits(struct reading *r, const char *field, int max, int64_t *out, int *count, struct td_err *err)
{
    int n = 0;
    *out = 0;
    while (*r->p == ' ')
        r->p++;
    for (; n < max && r->p[n] >= '0' && r->p[n] <= '9'; n++)
        *out = *out * 10 + (r->p[n] - '0');
    if (n == 0)
        return bad_value(err, r->p, field);
    r->p += n;
    *count = n;
    return TD_OK;
}

static int read_name(struct reading *r, const char *const *list, int len, bool whole, int *out, struct td_err *err)
{
    for (int i = 0; i < len; i++) {
        size_t n = whole ? strlen(list[i]) : 3;
        if (strncasecmp(r->p, list[i], n) != 0)
            continue;
        r->p += n;
        *out = i + 1;
        return TD_OK;
    }
    return bad_value(err, r->p, whole ? "Month" : "Mon");
}

static void set_year(struct reading *r, int64_t v, int digits)
{
    /* two digits are the year closest to 2020 */
    if (digits == 2)
        v += v < 70 ? 2000 : 1900;
    r->date.year = (int)v;
}

static int read_key(struct reading *r, const struct keyword *k, bool adjacent, struct td_err *err)
{
    int64_t v = 0;
    int n = 0, rc, skipped;
    switch (k->key) {
    case K_MONTH: return read_name(r, months, 12, true, &r->date.month, err);
    case K_MON: return read_name(r, months, 12, false, &r->date.month, err);
    case K_DAY: return read_name(r, week_days, 7, true, &skipped, err);
    case K_DY: return read_name(r, week_days, 7, false, &skipped, err);
    case K_AM:
        if (strncasecmp(r->p, "AM", 2) != 0 && strncasecmp(r->p, "PM", 2) != 0)
            return bad_value(err, r->p, k->name);
        r->half_day = true;
        r->afternoon = toupper((unsigned char)*r->p) == 'P';
        r->p += 2;
        return TD_OK;
    case K_BC:
        r->bc = toupper((unsigned char)*r->p) == 'B';
        r->p += strnlen(r->p, 2);
        return TD_OK;
    case K_YYYY:
    case K_YY:
    case K_MM:
    case K_DD:
    case K_DDD:
    case K_HH24:
    case K_HH12:
    case K_MI:
    case K_SS:
    case K_MS:
    case K_FF:
    case K_US: break;
    default: return refused(err, k->name);
    }
    int max = k->key == K_YYYY ? (adjacent ? 4 : 9) : k->key == K_DDD || k->key == K_MS ? 3 : 2;
    if (k->key == K_US || k->key == K_FF)
        max = k->key == K_US ? 6 : k->name[2] - '0';
    rc = read_digits(r, k->name, max, &v, &n, err);
    if (rc != TD_OK)
        return rc;
    switch (k->key) {
    case K_YYYY:
    case K_YY: set_year(r, v, n <= 2 ? 2 : n); break;
    case K_MM: r->date.month = (int)v; break;
    case K_DD: r->date.day = (int)v; break;
    case K_DDD: r->doy = (int)v; break;
    case K_HH12:
        r->half_day = true;
        r->hour = (int)v;
        break;
    case K_HH24: r->hour = (int)v; break;
    case K_MI: r->minute = (int)v; break;
    case K_SS: r->second = (int)v; break;
    default:
        for (; n < 6; n++)
            v *= 10;
        r->us = v;
    }
    return TD_OK;
}

static int read_time(const char *text, const char *p, struct reading *r, struct td_err *err)
{
    *r = (struct reading){.p = text, .date = {1, 1, 1}};
    while (*p != '\0') {
        if (strncasecmp(p, "FM", 2) == 0 || strncasecmp(p, "TM", 2) == 0) {
            p += 2;
            continue;
        }
        const struct keyword *k = find_keyword(p);
        if (k != NULL) {
            p += strlen(k->name);
            if (*r->p == '\0')
                return TD_OK; /* fewer fields than the pattern: the rest keep their start */
            int rc = read_key(r, k, find_keyword(p) != NULL, err);
            if (rc != TD_OK)
                return rc;
            continue;
        }
        if (*p == '"') {
            for (p++; *p != '\0' && *p != '"'; p++)
                r->p += *r->p != '\0';
            p += *p == '"';
            continue;
        }
        /* a separator takes any separators; another character takes one */
        if (!isalnum((unsigned char)*p))
            while (*r->p != '\0' && ispunct((unsigned char)*r->p))
                r->p++;
        else
            r->p += *r->p != '\0';
        while (*r->p == ' ')
            r->p++;
        p++;
    }
    return TD_OK;
}

static int reading_us(struct reading *r, const char *text, int64_t *out, struct td_err *err)
{
    if (r->bc)
        r->date.year = 1 - r->date.year;
    if (r->half_day && (r->hour < 1 || r->hour > 12))
        return td_fn_fail(err, "22007", "hour \"%d\" is invalid for the 12-hour clock", r->hour);
    if (r->half_day)
        r->hour = r->hour % 12 + (r->afternoon ? 12 : 0);
    bool ok = r->date.month >= 1 && r->date.month <= 12 && r->date.day >= 1 && r->hour < 24 && r->minute < 60 &&
              r->second < 60 && r->date.year < 290000 && r->doy <= 366;
    if (!ok || r->date.day > td_civil_month_days(r->date.year, r->date.month))
        return td_fn_fail(err, "22008", "date/time field value out of range: \"%s\"", text);
    struct td_fields f = {.date = r->date, .hour = r->hour, .minute = r->minute, .second = r->second, .us = r->us};
    if (r->doy > 0)
        f.date = td_civil_from_days(td_civil_to_days((struct td_civil){r->date.year, 1, 1}) + r->doy - 1);
    *out = td_fields_us(&f);
    return TD_OK;
}

static int read_formatted(struct td_fn_call *c, struct td_time *t, struct td_err *err)
{
    const char *text = NULL, *pattern = NULL;
    struct reading r;
    int rc = td_fn_cstr(c, 0, &text, err);
    if (rc == TD_OK)
        rc = td_fn_cstr(c, 1, &pattern, err);
    if (rc == TD_OK)
        rc = read_time(text, pattern, &r, err);
    if (rc == TD_OK)
        rc = reading_us(&r, text, &t->v, err);
    t->kind = TD_TIME_TIMESTAMPTZ;
    return rc;
}

static int to_timestamp(struct td_fn_call *c, struct td_err *err)
{
    struct td_time t = {.kind = TD_TIME_TIMESTAMPTZ};
    double v = 0;
    if (c->n == 2) {
        int rc = read_formatted(c, &t, err);
        return rc != TD_OK ? rc : td_give_time(c, &t, err);
    }
    int rc = td_fn_double(c, 0, &v, err);
    if (rc != TD_OK)
        return rc;
    if (isinf(v)) {
        t.v = v > 0 ? TD_TIME_INFINITY : TD_TIME_NEG_INFINITY;
        return td_give_time(c, &t, err);
    }
    if (v < -210866803200.0 || v >= 9224318016000.0)
        return td_fn_fail(err, "22008", "timestamp out of range: \"%g\"", v);
    t.v = (int64_t)rint((v - 946684800.0) * 1e6);
    return td_give_time(c, &t, err);
}

static int to_date(struct td_fn_call *c, struct td_err *err)
{
    struct td_time t = {0}, date;
    int rc = read_formatted(c, &t, err);
    if (rc == TD_OK)
        rc = td_time_cast(&t, TD_TIME_DATE, &date, err);
    return rc != TD_OK ? rc : td_give_time(c, &date, err);
}

/* Only what 9 0 . , D G FM S and MI describe: the digits of the text, and its sign. */
static int to_number(struct td_fn_call *c, struct td_err *err)
{
    const char *text = NULL, *pattern = NULL;
    struct picture n;
    struct td_buf digits;
    td_buf_init(&digits, c->arena);
    int rc = td_fn_cstr(c, 0, &text, err);
    if (rc == TD_OK)
        rc = td_fn_cstr(c, 1, &pattern, err);
    if (rc == TD_OK)
        rc = read_picture(pattern, &n, err);
    if (rc != TD_OK)
        return rc;
    bool minus = strchr(text, '-') != NULL || (n.angle && strchr(text, '<') != NULL), point = false;
    size_t part = 0;
    td_buf_add(&digits, minus ? "-" : "");
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '.' && n.point && !point) {
            point = true;
            td_buf_char(&digits, '.');
        } else if (*p == '.') {
            break;
        } else if (isdigit((unsigned char)*p) && (!point || part++ < n.part_len)) {
            td_buf_char(&digits, *p);
        }
    }
    rc = td_exact_canon(td_buf_str(&digits), &c->out, err);
    if (rc != TD_OK)
        return td_fn_fail(err, "22P02", "invalid input syntax for type numeric: \"%s\"", text);
    return td_fn_done(c, err);
}

const struct td_fn td_fn_time_formats[] = {
    {"pg_to_char", 3, 3, TD_FN_STRICT, to_char},
    {"pg_to_timestamp", 1, 2, TD_FN_STRICT, to_timestamp},
    {"pg_to_date", 2, 2, TD_FN_STRICT, to_date},
    {"pg_to_number", 2, 2, TD_FN_STRICT, to_number},
    {NULL, 0, 0, 0, NULL},
};
