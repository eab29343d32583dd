/* Reading dates and times. The text is cut into tokens (numbers, dates, clocks, words, offsets) as PostgreSQL does it,
 * then each token fills what it can say: the order of the tokens is free, a thing said twice is an error. */
#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/time.h"
#include "core/base/time_impl.h"

#define TOKENS_MAX 25  /* as many as PostgreSQL takes */
#define TEXT_MAX   160 /* more than any valid text has */

enum token_kind { T_NUMBER, T_DATE, T_CLOCK, T_WORD, T_OFFSET };

struct token {
    enum token_kind kind;
    char s[TEXT_MAX];
    size_t len;
};

/* What the text has said so far. */
struct reading {
    const char *text;
    enum td_time_kind kind;
    const int64_t *now;
    int year, month, day;
    bool has_year, has_month, has_day, named_month, short_year, has_julian;
    int64_t julian;
    bool has_clock;
    int64_t hours, us_of_hour;
    bool has_zone;
    int32_t zone_s;
    bool bc, has_era, pm, has_half;
    bool clock_next; /* after "T" */
    bool whole;      /* 'now', 'epoch', infinity: `value` is the answer */
    int64_t value;
    struct td_err *err;
};

static const char *const kind_names[] = {
    [TD_TIME_TIMESTAMPTZ] = "timestamp with time zone",
    [TD_TIME_TIMESTAMP] = "timestamp",
    [TD_TIME_DATE] = "date",
    [TD_TIME_TIME] = "time",
    [TD_TIME_TIMETZ] = "time with time zone",
};

static int no_time(const struct reading *r)
{
    td_err_set(r->err, TD_C_DATETIME, "invalid input syntax for type %s: \"%s\"", kind_names[r->kind], r->text);
    return td_err_sqlstate(r->err, "22007");
}

static int field_range(const struct reading *r)
{
    td_err_set(r->err, TD_C_DATETIME, "date/time field value out of range: \"%s\"", r->text);
    return td_err_sqlstate(r->err, "22008");
}

static int unknown_zone(const struct reading *r, const char *zone)
{
    td_err_set(r->err, TD_C_TIME_ZONE, "time zone \"%s\" is not read here, in \"%s\"", zone, r->text);
    td_err_why(r->err, "its offset depends on a time zone database, which differs between machines");
    td_err_next(r->err, "Write the offset instead, for example 2026-11-22 10:19:00+02:00.");
    return td_err_sqlstate(r->err, "22023");
}

static bool is_clock_kind(const struct reading *r)
{
    return r->kind == TD_TIME_TIME || r->kind == TD_TIME_TIMETZ;
}

static bool has_any_date(const struct reading *r)
{
    return r->has_year || r->has_month || r->has_day || r->has_julian;
}

/* ---- tokens ---- */

static size_t span(const char *s, int (*is)(int), const char *also)
{
    size_t n = 0;
    while (s[n] != '\0' && (is((unsigned char)s[n]) || strchr(also, s[n]) != NULL))
        n++;
    return n;
}

/* At a digit. */
static size_t numeric_token(const char *s, enum token_kind *kind)
{
    size_t n = span(s, isdigit, "");
    if (s[n] == ':') {
        *kind = T_CLOCK;
        return n + span(s + n, isdigit, ":.");
    }
    if (s[n] != '\0' && strchr("-/.", s[n]) != NULL) {
        char delim[2] = {s[n], '\0'};
        size_t m = n + 1;
        if (delim[0] == '.' && !isdigit((unsigned char)s[m])) {
            *kind = T_NUMBER;
            return m;
        }
        bool text = isalpha((unsigned char)s[m]);
        m += text ? span(s + m, isalnum, delim) : span(s + m, isdigit, delim);
        /* 040506.789 is a number with a fraction, 1999.008 a day of a year, 08.01.1999 a date */
        *kind = delim[0] == '.' && memchr(s + n + 1, '.', m - n - 1) == NULL ? T_NUMBER : T_DATE;
        return m;
    }
    *kind = T_NUMBER;
    return n;
}

static const char *skip_between(const char *s)
{
    while (*s != '\0' && (isspace((unsigned char)*s) || (ispunct((unsigned char)*s) && strchr("+-.", *s) == NULL)))
        s++;
    return s;
}

/* At a letter: a word, or a date that starts with a month's name, or a zone with punctuation. */
static size_t word_token(const char *s, enum token_kind *kind)
{
    size_t n = span(s, isalpha, "");
    *kind = T_WORD;
    if (s[n] != '\0' && strchr("-/.", s[n]) != NULL) {
        *kind = T_DATE;
        return n + span(s + n, isalnum, "+-/_.:");
    }
    return n;
}

static size_t sign_token(const char *s, enum token_kind *kind, size_t *skip)
{
    const char *p = s + 1;
    while (isspace((unsigned char)*p))
        p++;
    *skip = (size_t)(p - s) - 1;
    if (isdigit((unsigned char)*p)) {
        *kind = T_OFFSET;
        return span(p, isdigit, ":.") + 1;
    }
    *kind = T_WORD;
    return isalpha((unsigned char)*p) ? span(p, isalpha, "") + 1 : 0;
}

static int tokenize(const struct reading *r, struct token *at, size_t *n)
{
    const char *s = skip_between(r->text);
    for (*n = 0; *s != '\0'; s = skip_between(s)) {
        enum token_kind kind = T_WORD;
        size_t len = 0, skip = 0;
        if (isdigit((unsigned char)*s))
            len = numeric_token(s, &kind);
        else if (isalpha((unsigned char)*s))
            len = word_token(s, &kind);
        else if (*s == '+' || *s == '-')
            len = sign_token(s, &kind, &skip);
        if (len == 0 || len >= TEXT_MAX || *n == TOKENS_MAX)
            return no_time(r);
        struct token *t = &at[(*n)++];
        t->kind = kind;
        t->len = len;
        t->s[0] = *s;
        memcpy(t->s + 1, s + skip + 1, len - 1);
        t->s[len] = '\0';
        for (size_t i = 0; i < len; i++)
            t->s[i] = (char)tolower((unsigned char)t->s[i]);
        s += skip + len;
    }
    return TD_OK;
}

/* ---- pieces ---- */

static bool all_digits(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isdigit((unsigned char)s[i]))
            return false;
    return len > 0;
}

/* Up to nine digits; false for more. */
static bool small_number(const char *s, size_t len, int *out)
{
    if (!all_digits(s, len) || len > 9)
        return false;
    *out = 0;
    for (size_t i = 0; i < len; i++)
        *out = *out * 10 + (s[i] - '0');
    return true;
}

bool td_time_fraction(const char *s, size_t len, int64_t *us)
{
    char copy[TEXT_MAX];
    if (len == 0 || len >= sizeof copy || s[0] != '.' || (len > 1 && !all_digits(s + 1, len - 1)))
        return false;
    memcpy(copy, s, len);
    copy[len] = '\0';
    *us = len == 1 ? 0 : (int64_t)rint(strtod(copy, NULL) * 1000000);
    return true;
}

/* "12:" or "12": the number; false when there is none or it is absurd. */
static bool clock_part(const char *s, size_t len, size_t *at, int64_t *out)
{
    size_t digits = 0;
    *out = 0;
    for (; *at < len && isdigit((unsigned char)s[*at]); ++*at, digits++)
        *out = digits < 10 ? *out * 10 + (s[*at] - '0') : *out;
    return digits > 0 && digits <= 10; /* an interval's hours may have ten */
}

bool td_time_clock(const char *s, size_t len, bool interval, int64_t *hours, int64_t *us_of_hour)
{
    int64_t part[3] = {0, 0, 0}, fraction = 0;
    size_t parts = 0, at = 0;
    if (len > 60)
        return false;
    while (parts < 3) {
        if (!clock_part(s, len, &at, &part[parts++]))
            return false;
        if (at == len || s[at] != ':')
            break;
        at++;
    }
    bool has_fraction = at < len && s[at] == '.';
    if (parts < 2 || (has_fraction ? !td_time_fraction(s + at, len - at, &fraction) : at != len))
        return false;
    if (has_fraction && parts == 2) {
        if (!interval)
            return false;
        part[2] = part[1]; /* minutes and seconds */
        part[1] = part[0];
        part[0] = 0;
    }
    if (part[1] > 59 || part[2] > 60)
        return false;
    *hours = part[0];
    *us_of_hour = part[1] * 60000000 + part[2] * 1000000 + fraction;
    return true;
}

static int month_number(const char *word)
{
    static const char *const names[] = {"january", "february", "march",     "april",   "may",      "june",
                                        "july",    "august",   "september", "october", "november", "december"};
    if (strcmp(word, "sept") == 0)
        return 9;
    for (int i = 0; i < 12; i++)
        if (strcmp(word, names[i]) == 0 || (strlen(word) == 3 && strncmp(word, names[i], 3) == 0))
            return i + 1;
    return 0;
}

static bool is_weekday(const char *word)
{
    static const char *const words[] = {"sun",     "sunday",   "mon",  "monday",    "tue", "tues",
                                        "tuesday", "wed",      "weds", "wednesday", "thu", "thur",
                                        "thurs",   "thursday", "fri",  "friday",    "sat", "saturday"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

/* PostgreSQL's default abbreviations that stand for one offset (timezonesets/Default), in seconds. */
bool td_time_zone_abbreviation(const char *word, int32_t *zone_s)
{
    static const struct {
        char name[7];
        int32_t s;
    } zones[] = {
        {"acdt", 37800},  {"acsst", 37800},  {"acst", 34200},  {"act", -18000},  {"acwst", 31500}, {"adt", -10800},
        {"aedt", 39600},  {"aesst", 39600},  {"aest", 36000},  {"aft", 16200},   {"akdt", -28800}, {"akst", -32400},
        {"almst", 25200}, {"almt", 21600},   {"amt", -14400},  {"ast", -14400},  {"awsst", 32400}, {"awst", 28800},
        {"azost", 0},     {"azot", -3600},   {"bdst", 7200},   {"bdt", 21600},   {"bnt", 28800},   {"bort", 28800},
        {"bot", -14400},  {"bra", -10800},   {"brst", -7200},  {"brt", -10800},  {"bst", 3600},    {"btt", 21600},
        {"cadt", 37800},  {"cast", 34200},   {"cct", 28800},   {"cdt", -18000},  {"cest", 7200},   {"cet", 3600},
        {"cetdst", 7200}, {"chadt", 49500},  {"chast", 45900}, {"chut", 36000},  {"clst", -10800}, {"cot", -18000},
        {"cst", -21600},  {"cxt", 25200},    {"ddut", 36000},  {"eat", 10800},   {"edt", -14400},  {"eest", 10800},
        {"eet", 7200},    {"eetdst", 10800}, {"egst", 0},      {"egt", -3600},   {"est", -18000},  {"fet", 10800},
        {"fjst", 46800},  {"fjt", 43200},    {"fnst", -3600},  {"fnt", -7200},   {"galt", -21600}, {"gamt", -32400},
        {"gft", -10800},  {"gilt", 43200},   {"gmt", 0},       {"hkt", 28800},   {"hst", -36000},  {"ict", 25200},
        {"idt", 10800},   {"irt", 12600},    {"ist", 7200},    {"jayt", 32400},  {"jst", 32400},   {"kdt", 36000},
        {"kgst", 21600},  {"kst", 32400},    {"lhst", 37800},  {"ligt", 36000},  {"mart", -34200}, {"mdt", -21600},
        {"mest", 7200},   {"mesz", 7200},    {"met", 3600},    {"metdst", 7200}, {"mez", 3600},    {"mht", 43200},
        {"mmt", 23400},   {"mpt", 36000},    {"msd", 14400},   {"mst", -25200},  {"must", 18000},  {"mut", 14400},
        {"mvt", 18000},   {"myt", 28800},    {"ndt", -9000},   {"nft", -12600},  {"npt", 20700},   {"nst", -12600},
        {"nzdt", 46800},  {"nzst", 43200},   {"nzt", 43200},   {"pdt", -25200},  {"pet", -18000},  {"pgt", 36000},
        {"pht", 28800},   {"pkst", 21600},   {"pkt", 18000},   {"pmdt", -7200},  {"pmst", -10800}, {"pont", 39600},
        {"pst", -28800},  {"pwt", 32400},    {"pyst", -10800}, {"ret", 14400},   {"sadt", 37800},  {"sast", 7200},
        {"sct", 14400},   {"taht", -36000},  {"tft", 18000},   {"tjt", 18000},   {"tot", 46800},   {"trut", 36000},
        {"tvt", 43200},   {"uct", 0},        {"ulast", 32400}, {"ut", 0},        {"utc", 0},       {"uyst", -7200},
        {"uyt", -10800},  {"uzst", 21600},   {"uzt", 18000},   {"vut", 39600},   {"wadt", 28800},  {"wakt", 43200},
        {"wast", 25200},  {"wat", 3600},     {"wdt", 32400},   {"wet", 0},       {"wetdst", 3600}, {"wft", 43200},
        {"wgst", -7200},  {"wgt", -10800},   {"xjt", 21600},   {"yapt", 36000},  {"yekst", 21600}, {"z", 0},
        {"zulu", 0},
    };
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        if (strcasecmp(word, zones[i].name) == 0) {
            *zone_s = zones[i].s;
            return true;
        }
    }
    return false;
}

static int set_zone(struct reading *r, int32_t zone_s)
{
    if (r->has_zone)
        return no_time(r);
    r->has_zone = true;
    r->zone_s = zone_s;
    return TD_OK;
}

/* +h, +hh, +hhmm, +hh:mm, +hh:mm:ss */
static int read_offset(struct reading *r, const char *s)
{
    int part[3] = {0, 0, 0};
    size_t n = strlen(s) - 1, parts = 0;
    const char *p = s + 1;
    if (memchr(p, ':', n) == NULL && n > 2) {
        if (n > 6 || !all_digits(p, n))
            return no_time(r);
        size_t head = n > 4 ? n - 4 : n - 2; /* hmm, hhmm, hmmss, hhmmss */
        (void)small_number(p, head, &part[0]);
        (void)small_number(p + head, 2, &part[1]);
        if (n > 4)
            (void)small_number(p + head + 2, 2, &part[2]);
    } else {
        for (; parts < 3; parts++) {
            size_t len = strcspn(p, ":");
            if (!small_number(p, len, &part[parts]))
                return no_time(r);
            p += len;
            if (*p == '\0')
                break;
            p++;
        }
        if (*p != '\0')
            return no_time(r);
    }
    if (part[0] > 15 || part[1] > 59 || part[2] > 59) {
        td_err_set(r->err, TD_C_DATETIME, "time zone displacement out of range: \"%s\"", r->text);
        return td_err_sqlstate(r->err, "22009");
    }
    int32_t zone_s = part[0] * 3600 + part[1] * 60 + part[2];
    return set_zone(r, s[0] == '-' ? -zone_s : zone_s);
}

static int set_clock(struct reading *r, int64_t hours, int64_t us_of_hour)
{
    if (r->has_clock)
        return no_time(r);
    r->has_clock = true;
    r->hours = hours;
    r->us_of_hour = us_of_hour;
    return TD_OK;
}

/* hhmm, hhmmss, hhmmss.fff */
static int compact_clock(struct reading *r, const char *s, size_t len)
{
    int64_t fraction = 0;
    size_t n = 0;
    int h, m, sec = 0;
    while (n < len && isdigit((unsigned char)s[n]))
        n++;
    if ((n != 4 && n != 6) || (n < len && !td_time_fraction(s + n, len - n, &fraction)))
        return no_time(r);
    (void)small_number(s, 2, &h);
    (void)small_number(s + 2, 2, &m);
    if (n == 6)
        (void)small_number(s + 4, 2, &sec);
    if (m > 59 || sec > 60)
        return field_range(r);
    return set_clock(r, h, m * INT64_C(60000000) + sec * INT64_C(1000000) + fraction);
}

static int set_year(struct reading *r, int v, size_t len)
{
    if (r->has_year)
        return no_time(r);
    r->has_year = true;
    r->short_year = len <= 2;
    r->year = v;
    return TD_OK;
}

/* One number of a date: the order is month, day, year, unless a long number or a month's name says otherwise. */
static int date_number(struct reading *r, const char *s, size_t len)
{
    int v;
    if (!small_number(s, len, &v))
        return no_time(r);
    if (len >= 3 && len < 9 && !r->has_year)
        return set_year(r, v, len);
    if (!r->has_month) {
        r->has_month = true;
        r->month = v;
        return TD_OK;
    }
    if (!r->has_day) {
        r->has_day = true;
        r->day = v;
        return TD_OK;
    }
    return set_year(r, v, len);
}

static int date_word(struct reading *r, const char *s, size_t len)
{
    char word[TEXT_MAX];
    memcpy(word, s, len);
    word[len] = '\0';
    int month = month_number(word);
    if (month == 0 || r->named_month)
        return no_time(r);
    if (r->has_month) { /* 22-Nov-2026: the number before the name was the day */
        if (r->has_day)
            return no_time(r);
        r->has_day = true;
        r->day = r->month;
    }
    r->has_month = r->named_month = true;
    r->month = month;
    return TD_OK;
}

/* 1999.008, 1999-008: the eighth day of 1999 */
static int day_of_year(struct reading *r, const char *s, size_t len)
{
    int year, day;
    size_t n = len - 4;
    if (!small_number(s, n, &year) || !small_number(s + n + 1, 3, &day))
        return no_time(r);
    if (year < 1 || day < 1 || day > 366)
        return field_range(r);
    struct td_civil c = td_civil_from_days(td_civil_to_days((struct td_civil){year, 1, 1}) + day - 1);
    r->has_year = r->has_month = r->has_day = true;
    r->year = c.year;
    r->month = c.month;
    r->day = c.day;
    return TD_OK;
}

/* Parts between '-', '/' or '.'. */
static int read_date(struct reading *r, const struct token *t)
{
    const char *p = t->s;
    size_t first = span(p, isalnum, ""), parts = 0;
    char delim = p[first];
    if (isalpha((unsigned char)*p)) {
        char word[TEXT_MAX];
        memcpy(word, p, first);
        word[first] = '\0';
        if (month_number(word) == 0)
            return unknown_zone(r, t->s);
    }
    if (has_any_date(r))
        return no_time(r);
    if (isdigit((unsigned char)*p) && first >= 3 && delim != '\0' && span(p + first + 1, isdigit, "") == 3 &&
        p[first + 4] == '\0')
        return day_of_year(r, t->s, t->len);
    for (;; parts++) {
        size_t len = strcspn(p, "-/.");
        if (len == 0 || parts == 3)
            return no_time(r);
        bool word = isalpha((unsigned char)*p);
        int rc = word ? date_word(r, p, len) : date_number(r, p, len);
        if (rc != TD_OK)
            return rc;
        p += len;
        if (*p == '\0')
            break;
        if (*p != delim)
            return no_time(r);
        p++;
    }
    return r->has_year && r->has_month && r->has_day ? TD_OK : no_time(r);
}

static bool has_whole_date(const struct reading *r)
{
    return r->has_julian || (r->has_year && r->has_month && r->has_day);
}

/* yyyymmdd, yymmdd */
static int compact_date(struct reading *r, const char *s, size_t len)
{
    r->has_year = r->has_month = r->has_day = true;
    r->short_year = len == 6;
    if (!small_number(s, len - 4, &r->year) || !small_number(s + len - 4, 2, &r->month) ||
        !small_number(s + len - 2, 2, &r->day))
        return no_time(r);
    return TD_OK;
}

static int read_number(struct reading *r, const struct token *t)
{
    size_t n = span(t->s, isdigit, "");
    bool no_date = !has_any_date(r);
    if (is_clock_kind(r) && !r->clock_next) /* beside a time of day a date is read in its plain form alone */
        return no_date && n < 8 ? compact_clock(r, t->s, t->len) : no_time(r);
    if (r->clock_next || (has_whole_date(r) && !r->has_clock)) {
        r->clock_next = false;
        return compact_clock(r, t->s, t->len);
    }
    if (n < t->len)
        return no_date && t->len - n == 4 && n >= 4 ? day_of_year(r, t->s, t->len) : no_time(r);
    if (no_date && (n == 6 || n >= 8))
        return compact_date(r, t->s, t->len);
    if (r->named_month && !r->has_day && n < 3) {
        r->has_day = true;
        return small_number(t->s, n, &r->day) ? TD_OK : no_time(r);
    }
    return date_number(r, t->s, n);
}

static int read_julian(struct reading *r, const struct token *t)
{
    int v;
    if (has_whole_date(r) || r->has_month || !small_number(t->s, t->len, &v))
        return no_time(r);
    r->has_julian = true;
    r->julian = v - INT64_C(2451545);
    return TD_OK;
}

/* ---- words ---- */

static int64_t now_of(const struct reading *r)
{
    return r->now != NULL ? *r->now : td_time_now();
}

static int set_day(struct reading *r, int from_today)
{
    if (is_clock_kind(r) || has_whole_date(r) || r->has_month)
        return no_time(r);
    int64_t now = now_of(r);
    r->has_julian = true;
    r->julian = now / TD_TIME_DAY_US - (now % TD_TIME_DAY_US < 0) + from_today;
    return TD_OK;
}

static int set_whole(struct reading *r, int64_t value, bool clock_too)
{
    if (r->whole || has_whole_date(r) || r->has_clock || (is_clock_kind(r) && !clock_too))
        return no_time(r);
    r->whole = true;
    r->value = value;
    return TD_OK;
}

static int set_half(struct reading *r, bool pm)
{
    if (r->has_half)
        return no_time(r);
    r->has_half = true;
    r->pm = pm;
    return TD_OK;
}

static int set_era(struct reading *r, bool bc)
{
    if (r->has_era)
        return no_time(r);
    r->has_era = true;
    r->bc = bc;
    return TD_OK;
}

static int named_month(struct reading *r, int month)
{
    if (r->has_month && !r->named_month && !r->has_day) { /* 22 November: the number was the day */
        r->has_day = true;
        r->day = r->month;
        r->has_month = false;
    }
    if (r->has_month)
        return no_time(r);
    r->has_month = r->named_month = true;
    r->month = month;
    return TD_OK;
}

static int read_word(struct reading *r, const char *w)
{
    int month = month_number(w);
    int32_t zone_s;
    if (is_clock_kind(r) && (month > 0 || is_weekday(w) || strcmp(w, "at") == 0 || strcmp(w, "on") == 0))
        return no_time(r);
    if (month > 0)
        return named_month(r, month);
    if (is_weekday(w) || strcmp(w, "at") == 0 || strcmp(w, "on") == 0)
        return TD_OK;
    if (strcmp(w, "now") == 0)
        return set_whole(r, now_of(r), true);
    if (strcmp(w, "epoch") == 0)
        return set_whole(r, -TD_TIME_UNIX_US, false);
    if (strcmp(w, "infinity") == 0)
        return set_whole(r, TD_TIME_INFINITY, false);
    if (strcmp(w, "-infinity") == 0)
        return set_whole(r, TD_TIME_NEG_INFINITY, false);
    if (strcmp(w, "today") == 0)
        return set_day(r, 0);
    if (strcmp(w, "tomorrow") == 0)
        return set_day(r, 1);
    if (strcmp(w, "yesterday") == 0)
        return set_day(r, -1);
    if (strcmp(w, "am") == 0 || strcmp(w, "pm") == 0)
        return set_half(r, w[0] == 'p');
    if (strcmp(w, "bc") == 0 || strcmp(w, "ad") == 0)
        return set_era(r, w[0] == 'b');
    if (strcmp(w, "allballs") == 0) {
        int rc = set_clock(r, 0, 0);
        return rc == TD_OK ? set_zone(r, 0) : rc;
    }
    if (td_time_zone_abbreviation(w, &zone_s))
        return set_zone(r, zone_s);
    return has_whole_date(r) || r->has_clock ? unknown_zone(r, w) : no_time(r);
}

static int read_token(struct reading *r, const struct token *t, const struct token *next)
{
    switch (t->kind) {
    case T_NUMBER: return read_number(r, t);
    case T_DATE: return read_date(r, t);
    case T_OFFSET: return read_offset(r, t->s);
    case T_CLOCK: {
        int64_t h = 0, us = 0;
        r->clock_next = false;
        if (!td_time_clock(t->s, t->len, false, &h, &us))
            return td_time_clock(t->s, t->len, true, &h, &us) ? no_time(r) : field_range(r);
        return set_clock(r, h, us);
    }
    case T_WORD: break;
    }
    bool before_number = next != NULL && (next->kind == T_NUMBER || next->kind == T_CLOCK);
    if (strcmp(t->s, "t") == 0 && before_number && !r->has_clock && !(is_clock_kind(r) && has_any_date(r))) {
        r->clock_next = true;
        return TD_OK;
    }
    return read_word(r, t->s);
}

/* ---- the whole ---- */

static int date_value(struct reading *r, int64_t *days)
{
    if (r->has_julian) {
        *days = r->julian;
        return r->has_era ? no_time(r) : TD_OK;
    }
    if (!r->has_year || !r->has_month || !r->has_day)
        return no_time(r);
    if (r->short_year && !r->bc)
        r->year += r->year < 70 ? 2000 : 1900;
    if (r->year <= 0)
        return field_range(r);
    int year = r->bc ? 1 - r->year : r->year;
    if (r->month < 1 || r->month > 12 || r->day < 1 || r->day > td_civil_month_days(year, r->month))
        return field_range(r);
    if (!is_clock_kind(r) && (year < -4713 || year > 5874898))
        return field_range(r);
    *days = td_civil_to_days((struct td_civil){year, r->month, r->day});
    return TD_OK;
}

static int clock_value(struct reading *r, int64_t *us)
{
    if (r->has_half) {
        if (!r->has_clock || r->hours > 12)
            return field_range(r);
        r->hours = r->hours % 12 + (r->pm ? 12 : 0);
    }
    if (r->hours > 24 || (r->hours == 24 && r->us_of_hour > 0))
        return field_range(r);
    *us = r->hours * INT64_C(3600000000) + r->us_of_hour;
    return *us > TD_TIME_DAY_US ? field_range(r) : TD_OK; /* 23:59:60 is midnight, 23:59:60.5 is nothing */
}

static int whole_value(const struct reading *r, struct td_time *out)
{
    struct td_time t = {.kind = TD_TIME_TIMESTAMPTZ, .v = r->value};
    return td_time_cast(&t, r->kind, out, r->err);
}

static int finish(struct reading *r, struct td_time *out)
{
    int64_t days = 0, us = 0;
    bool clock_kind = is_clock_kind(r), no_date = !has_any_date(r);
    out->kind = r->kind;
    if (r->whole)
        return no_date && !r->has_clock ? whole_value(r, out) : no_time(r);
    if (clock_kind && !r->has_clock)
        return no_time(r);
    int rc = clock_kind && no_date && !r->has_era ? TD_OK : date_value(r, &days);
    if (rc == TD_OK)
        rc = clock_value(r, &us);
    if (rc != TD_OK)
        return rc;
    if (clock_kind) {
        out->v = us;
        out->zone_s = r->kind == TD_TIME_TIMETZ ? r->zone_s : 0;
        return TD_OK;
    }
    out->v = days;
    if (r->kind != TD_TIME_DATE) {
        int64_t zone_us = r->kind == TD_TIME_TIMESTAMPTZ ? r->zone_s * INT64_C(1000000) : 0;
        if (__builtin_mul_overflow(days, TD_TIME_DAY_US, &out->v) ||
            __builtin_add_overflow(out->v, us - zone_us, &out->v))
            return td_time_check(&(struct td_time){.kind = r->kind, .v = INT64_MAX - 1}, r->err);
    }
    return td_time_check(out, r->err);
}

/* "/9999957-03-15..." and "Y0010000-..." as PostgreSQL writes them; others are left alone. */
static const char *plain_year(const char *text, char *room, size_t size)
{
    int year;
    if ((text[0] != '/' && text[0] != 'Y') || strlen(text) < 9 || !small_number(text + 1, 7, &year))
        return text;
    if (text[0] == '/')
        snprintf(room, size, "%04d%s BC", 10000000 - year, text + 8);
    else
        snprintf(room, size, "%d%s", year, text + 8);
    return room;
}

int td_time_parse(enum td_time_kind kind, int precision, const char *text, const int64_t *now, struct td_time *out,
                  struct td_err *err)
{
    char room[TEXT_MAX];
    struct token tokens[TOKENS_MAX];
    size_t n = 0;
    struct reading r = {.text = text, .kind = kind, .now = now, .err = err};
    *out = (struct td_time){.kind = kind};
    if (strlen(text) >= TEXT_MAX - 8)
        return no_time(&r);
    r.text = plain_year(text, room, sizeof room);
    int rc = tokenize(&r, tokens, &n);
    if (rc == TD_OK && n == 0)
        rc = no_time(&r);
    for (size_t i = 0; rc == TD_OK && i < n; i++)
        rc = read_token(&r, &tokens[i], i + 1 < n ? &tokens[i + 1] : NULL);
    if (rc == TD_OK && r.clock_next)
        rc = no_time(&r);
    /* j2451187: the word has to be seen together with its number */
    if (rc != TD_OK && n >= 2 && strcmp(tokens[0].s, "j") == 0) {
        r = (struct reading){.text = r.text, .kind = kind, .now = now, .err = err};
        rc = read_julian(&r, &tokens[1]);
        for (size_t i = 2; rc == TD_OK && i < n; i++)
            rc = read_token(&r, &tokens[i], i + 1 < n ? &tokens[i + 1] : NULL);
    }
    if (rc == TD_OK)
        rc = finish(&r, out);
    if (rc != TD_OK)
        return rc;
    rc = td_time_check(out, err);
    td_time_round(out, precision); /* as PostgreSQL: what is rounded up past the end is let in */
    return rc;
}
