/* Form of times. The plain shape of the years 0001 to 9999 is copied digit by digit; the rest goes through
 * core/base/time.h. */
#include <string.h>

#include "core/base/time.h"
#include "sync/form_impl.h"

enum {
    SHORT_TEXT = 96, /* longer than any time or interval that PostgreSQL prints */
    DAY = 10,        /* 2026-11-22 */
    CLOCK = 8,       /* 10:19:00 */
    SIX = 7,         /* .123456 */
    STAMP = DAY + 1 + CLOCK + SIX
};

static enum td_time_kind kind_of(struct td_type t)
{
    switch (t.kind) {
    case TD_T_TIMESTAMPTZ: return TD_TIME_TIMESTAMPTZ;
    case TD_T_TIMESTAMP: return TD_TIME_TIMESTAMP;
    case TD_T_DATE: return TD_TIME_DATE;
    case TD_T_TIME: return TD_TIME_TIME;
    default: return TD_TIME_TIMETZ;
    }
}

/* NUL-terminated in `text`; false: no time is so long. */
static bool short_text(struct td_value v, char text[SHORT_TEXT])
{
    if (v.bytes.len >= SHORT_TEXT || v.bytes.len == 0 || memchr(v.bytes.at, '\0', v.bytes.len) != NULL)
        return false;
    memcpy(text, v.bytes.at, v.bytes.len);
    text[v.bytes.len] = '\0';
    return true;
}

/* ---- the plain shape ---- */

/* The number of `n` digits; -1: they are none. */
static int number(const char *s, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        v = v * 10 + (s[i] - '0');
    }
    return v;
}

static bool is_day(const char *s)
{
    int year = number(s, 4), month = number(s + 5, 2), day = number(s + 8, 2);
    return s[4] == '-' && s[7] == '-' && year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
           day <= td_civil_month_days(year, month);
}

static bool is_clock(const char *s)
{
    int hour = number(s, 2), minute = number(s + 3, 2), second = number(s + 6, 2);
    return s[2] == ':' && s[5] == ':' && hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 &&
           second <= 59;
}

/* Length of a fraction of up to six digits at `s`, its point included; -1: it is none. */
static int fraction(const char *s, size_t len)
{
    if (len == 0 || *s != '.')
        return 0;
    int n = 1;
    while ((size_t)n < len && n < SIX && s[n] >= '0' && s[n] <= '9')
        n++;
    return n > 1 ? n : -1;
}

/* What stands before the clock: 2026-11-22 and one of ' ' or 'T'. */
static size_t head(struct td_type t)
{
    return t.kind == TD_T_TIME ? 0 : DAY + 1;
}

/* 2026-11-22 10:19:00.12+00 -> 2026-11-22T10:19:00.120000Z, and the same of a time. */
static bool stamp_to_sqlite(const struct form *f, struct td_value v, struct td_value *out)
{
    const char *s = v.bytes.at, *tail = f->t.kind == TD_T_TIMESTAMPTZ ? "+00" : "";
    size_t from = head(f->t), n = v.bytes.len, clock_end = from + CLOCK;
    if (n < clock_end || (from > 0 && (s[DAY] != ' ' || !is_day(s))) || !is_clock(s + from))
        return false;
    int digits = fraction(s + clock_end, n - clock_end);
    size_t end = clock_end + (size_t)(digits < 0 ? 0 : digits);
    if (digits < 0 || n - end != strlen(tail) || memcmp(s + end, tail, n - end) != 0)
        return false;
    char text[STAMP + 1] = {0};
    memcpy(text, s, end);
    if (from > 0)
        text[DAY] = 'T';
    memcpy(text + end, ".000000" + digits, (size_t)(SIX - digits));
    if (*tail != '\0')
        text[clock_end + SIX] = 'Z';
    n = clock_end + SIX + (*tail != '\0');
    *out = td_bytes(TD_V_TEXT, td_arena_dup(f->a, text, n), n);
    return true;
}

/* Are all digits that the type does not have zeros? */
static bool has_precision(struct td_type t, const char *six)
{
    for (int i = t.mod1 < 0 ? 6 : t.mod1; i < 6; i++)
        if (six[1 + i] != '0')
            return false;
    return true;
}

static bool stamp_to_postgres(const struct form *f, struct td_value v, struct td_value *out)
{
    const char *s = v.bytes.at;
    bool zone = f->t.kind == TD_T_TIMESTAMPTZ;
    size_t from = head(f->t), n = from + CLOCK + SIX;
    if (v.bytes.len != n + zone || (zone && s[n] != 'Z') || (from > 0 && (s[DAY] != 'T' || !is_day(s))) ||
        !is_clock(s + from) || fraction(s + n - SIX, SIX) != SIX || !has_precision(f->t, s + n - SIX))
        return false;
    char text[STAMP + 3];
    memcpy(text, s, n);
    while (text[n - 1] == '0' && n > from + CLOCK + 1)
        n--;
    n -= text[n - 1] == '.';
    if (from > 0)
        text[DAY] = ' ';
    if (zone) {
        memcpy(text + n, "+00", 3);
        n += 3;
    }
    *out = td_bytes(TD_V_TIMESTAMP, td_arena_dup(f->a, text, n), n);
    return true;
}

static bool is_plain_date(struct td_type t, struct td_value v)
{
    return t.kind == TD_T_DATE && v.bytes.len == DAY && is_day(v.bytes.at);
}

static bool has_clock(struct td_type t)
{
    return t.kind != TD_T_DATE && t.kind != TD_T_TIMETZ;
}

/* ---- the rest ---- */

int td_form_time_to_sqlite(const struct form *f, struct td_value v, struct td_value *out)
{
    char text[SHORT_TEXT];
    struct td_err ignored = {0};
    struct td_buf b;
    if (!td_form_is_text(v))
        return td_form_wrong(f, v);
    if (is_plain_date(f->t, v)) {
        *out = td_bytes(TD_V_TEXT, v.bytes.at, v.bytes.len);
        return TD_OK;
    }
    if (has_clock(f->t) && stamp_to_sqlite(f, v, out))
        return TD_OK;
    td_buf_init(&b, f->a);
    if (!short_text(v, text) || td_time_to_canonical(kind_of(f->t), f->t.mod1, text, &b, &ignored) != TD_OK)
        return td_form_wrong(f, v);
    return td_form_take(f, TD_V_TEXT, &b, out);
}

/* Only the canonical form: what else td_time_parse reads is printed as another text. */
int td_form_time_to_postgres(const struct form *f, struct td_value v, struct td_value *out)
{
    char text[SHORT_TEXT];
    struct td_err ignored = {0};
    struct td_time t;
    struct td_buf b;
    if (!td_form_is_text(v))
        return td_form_wrong(f, v);
    if (is_plain_date(f->t, v)) {
        *out = td_bytes(TD_V_TIMESTAMP, v.bytes.at, v.bytes.len);
        return TD_OK;
    }
    if (has_clock(f->t) && stamp_to_postgres(f, v, out))
        return TD_OK;
    td_buf_init(&b, f->a);
    if (!short_text(v, text) || td_time_parse(kind_of(f->t), f->t.mod1, text, NULL, &t, &ignored) != TD_OK)
        return td_form_wrong(f, v);
    td_time_print_canonical(&t, &b);
    if (strcmp(td_buf_str(&b), text) != 0)
        return td_form_wrong(f, v);
    td_buf_reset(&b);
    td_time_print_pg(&t, &b);
    return td_form_take(f, TD_V_TIMESTAMP, &b, out);
}

int td_form_interval_to_postgres(const struct form *f, struct td_value v, struct td_value *out)
{
    char text[SHORT_TEXT];
    struct td_err ignored = {0};
    struct td_interval i;
    struct td_buf b;
    td_buf_init(&b, f->a);
    if (!short_text(v, text) || td_interval_parse(text, &i, &ignored) != TD_OK)
        return td_form_wrong(f, v);
    td_interval_fit(&i, f->t.mod2, f->t.mod1);
    td_interval_print(&i, &b);
    return td_form_take(f, TD_V_TEXT, &b, out);
}
