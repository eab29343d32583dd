#include "sync/cursor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"

static int wrong(const char *text, struct td_err *err)
{
    td_err_set(err, TD_C_SYNC_CURSOR, "\"%.40s%s\" is no snapshot", text, strlen(text) > 40 ? "..." : "");
    return td_err_why(err, "PostgreSQL prints one as xmin:xmax:xip,xip");
}

/* A number from 1 on, without sign or blanks. */
static bool take_xid(const char **p, uint64_t *out)
{
    uint64_t v = 0;
    const char *start = *p;
    for (; **p >= '0' && **p <= '9'; (*p)++) {
        uint64_t digit = (uint64_t)(**p - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return *p > start && v > 0;
}

static bool take_char(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

static bool take_list(const char **p, struct td_cursor *c)
{
    while (**p != '\0') {
        uint64_t xid;
        if ((c->len > 0 && !take_char(p, ',')) || !take_xid(p, &xid))
            return false;
        if (xid < c->xmin || xid >= c->xmax || (c->len > 0 && xid <= c->xip[c->len - 1]))
            return false;
        c->xip[c->len++] = xid;
    }
    return true;
}

static size_t most_xids(const char *text)
{
    size_t n = 1;
    for (; *text != '\0'; text++)
        n += *text == ',';
    return n;
}

int td_cursor_parse(struct td_arena *a, const char *text, struct td_cursor *out, struct td_err *err)
{
    const char *p = text;
    *out = (struct td_cursor){0};
    if (strlen(text) > TD_CURSOR_BYTES) {
        td_err_set(err, TD_C_SYNC_CURSOR,
                   "too many transactions are under way on the server: its snapshot has %zu bytes", strlen(text));
        return td_err_next(err, "Try again when fewer programs write at once.");
    }
    out->xip = td_arena_alloc(a, most_xids(text) * sizeof *out->xip);
    if (!take_xid(&p, &out->xmin) || !take_char(&p, ':') || !take_xid(&p, &out->xmax) || !take_char(&p, ':') ||
        out->xmin > out->xmax || !take_list(&p, out))
        return wrong(text, err);
    return TD_OK;
}

static void add_list(const struct td_cursor *c, struct td_buf *out)
{
    for (size_t i = 0; i < c->len; i++)
        td_buf_printf(out, "%s%" PRIu64, i > 0 ? "," : "", c->xip[i]);
}

void td_cursor_print(const struct td_cursor *c, struct td_buf *out)
{
    td_buf_printf(out, "%" PRIu64 ":%" PRIu64 ":", c->xmin, c->xmax);
    add_list(c, out);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool was_under_way(const struct td_cursor *c, uint64_t xid)
{
    return c->len > 0 && bsearch(&xid, c->xip, c->len, sizeof xid, by_value) != NULL;
}

bool td_cursor_has(const struct td_cursor *c, uint64_t xid)
{
    return xid < c->xmin || (xid < c->xmax && !was_under_way(c, xid));
}

bool td_cursor_precedes(const struct td_cursor *c, const struct td_cursor *later)
{
    if (c->xmax > later->xmax)
        return false;
    for (size_t i = 0; i < later->len; i++)
        if (td_cursor_has(c, later->xip[i]))
            return false;
    return true;
}

bool td_cursor_is_ahead_of(const struct td_cursor *c, const struct td_cursor *now)
{
    return c->xmax > now->xmax;
}

void td_cursor_add_condition(const struct td_cursor *c, const char *column, struct td_buf *sql)
{
    td_buf_printf(sql, "(%s >= '%" PRIu64 "'::xid8", column, c->xmax);
    if (c->len > 0) {
        td_buf_printf(sql, " OR %s = ANY ('{", column);
        add_list(c, sql);
        td_buf_add(sql, "}'::xid8[])");
    }
    td_buf_char(sql, ')');
}
