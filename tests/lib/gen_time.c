/* Times in the many ways that PostgreSQL reads them, with DateStyle ISO, MDY and TimeZone UTC. */
#include "tests/lib/gen_impl.h"

static const char *const stamp_edges[] = {
    "infinity",
    "-infinity",
    "Infinity",
    "+infinity",
    "epoch",
    "0001-01-01 00:00:00",
    "0001-01-01 00:00:00 BC",
    "9999-12-31 23:59:59.999999",
    "9999-12-31 23:59:59.9999999",
    "10000-01-01 00:00:00",
    "294276-12-31 23:59:59.999999",
    "294277-01-01 00:00:00",
    "4714-11-24 00:00:00 BC",
    "4714-11-23 23:59:59 BC",
    "0044-03-15 12:00:00 BC",
    "2026-11-22",
    "2026-11-22 24:00:00",
    "2026-11-22 24:00:01",
    "2026-11-22 23:59:60",
    "2026-11-22 25:00:00",
    "2026-02-29",
    "2024-02-29",
    "1900-02-29",
    "2000-02-29",
    "2026-04-31",
    "2026-13-01",
    "0000-01-01",
    "2026-00-10",
    "2026-11-22T10:19:00.123456Z",
    "20261122T101900Z",
    "20261122 101900",
    "Nov 22, 2026 10:19 PM",
    "22 November 2026",
    "11/22/2026",
    "22/11/2026",
    "2026-11-22 10:19 AM",
    "99-1-8",
    "2026-1-2 3:4:5",
    "2026-11-22 AD",
    "J2451187",
    "2026.326",
    "1969-12-31 23:59:59.999999",
    "1970-01-01 00:00:00",
    "2026-11-22 10:19:00.1234564",
    "2026-11-22 10:19:00.1234565",
    "2026-11-22 10:19:00.0000005",
    "",
    "nonsense",
    "2026-11-22 10",
    "10:19",
    "2026-11-22 10:19:00.",
    "Thu Jan  8 04:05:06 1999",
    "1999-01-08 04:05:06 -8:00",
    "2026-11-22 10:19:00+16",
    "2026-11-22 10:19:00-15:59:59",
    "2026-11-22 10:19:00 EST",
    "2026-11-22 10:19:00 UTC",
    "2026-11-22 10:19:00z",
    "2026-11-22  10:19:00 ",
};

static void add_day(struct gen *g, struct td_buf *b)
{
    static const char *const months[] = {"Jan", "february", "Mar", "Apr", "May", "June",
                                         "Jul", "Aug",      "Sep", "Oct", "Nov", "december"};
    int year = gen_chance(g, 70) ? gen_between(g, 1990, 2040) : gen_between(g, 1, 12000), month = gen_between(g, 1, 12),
        day = gen_between(g, 1, gen_chance(g, 5) ? 32 : 28);
    switch (gen_below(g, 12)) {
    case 0: td_buf_printf(b, "%s %d, %04d", months[month - 1], day, year); break;
    case 1: td_buf_printf(b, "%d %s %04d", day, months[month - 1], year); break;
    case 2: td_buf_printf(b, "%d/%d/%04d", month, day, year); break;
    case 3: td_buf_printf(b, "%04d%02d%02d", year, month, day); break;
    case 4: td_buf_printf(b, "%04d-%d-%d", year, month, day); break;
    default: td_buf_printf(b, "%04d-%02d-%02d", year, month, day); break;
    }
}

static void add_clock(struct gen *g, struct td_buf *b)
{
    int h = gen_between(g, 0, gen_chance(g, 5) ? 25 : 23), m = gen_between(g, 0, gen_chance(g, 5) ? 61 : 59),
        s = gen_between(g, 0, gen_chance(g, 5) ? 61 : 59);
    if (gen_chance(g, 10)) {
        td_buf_printf(b, "%02d:%02d", h, m);
        return;
    }
    td_buf_printf(b, "%02d:%02d:%02d", h, m, s);
    if (gen_chance(g, 60)) {
        td_buf_char(b, '.');
        for (int n = gen_between(g, 1, gen_chance(g, 20) ? 9 : 6); n > 0; n--)
            td_buf_char(b, (char)(gen_chance(g, 20) ? '9' : '0' + gen_below(g, 10)));
    }
}

static void add_zone(struct gen *g, struct td_buf *b)
{
    static const char *const zones[] = {"Z",   "+00",   "+02",    "-08",  "+05:30", "-03:30",    "+13",
                                        "-12", "+0530", "+14:00", " +01", " UTC",   "+01:02:03", "-00:30"};
    td_buf_add(b, GEN_PICK(g, zones));
}

struct gen_value gen_stamp(struct gen *g, bool zone)
{
    struct td_buf b;
    if (gen_chance(g, 30))
        return EDGE(g, stamp_edges);
    td_buf_init(&b, g->arena);
    add_day(g, &b);
    if (gen_chance(g, 90)) {
        td_buf_char(&b, gen_chance(g, 75) ? ' ' : 'T');
        add_clock(g, &b);
        if (gen_chance(g, zone ? 80 : 15))
            add_zone(g, &b);
    }
    td_buf_add(&b, gen_chance(g, 5) ? " BC" : "");
    return gen_buf_value(&b);
}

struct gen_value gen_date(struct gen *g)
{
    static const char *const edges[] = {"5874897-12-31", "5874898-01-01",       "4714-11-24 BC",
                                        "4714-11-23 BC", "2026-11-22 23:59:59", "2026-11-22 10:00+02"};
    struct td_buf b;
    if (gen_chance(g, 30))
        return gen_chance(g, 30) ? EDGE(g, edges) : EDGE(g, stamp_edges);
    td_buf_init(&b, g->arena);
    add_day(g, &b);
    td_buf_add(&b, gen_chance(g, 5) ? " BC" : "");
    return gen_buf_value(&b);
}

struct gen_value gen_clock(struct gen *g, bool zone)
{
    static const char *const edges[] = {
        "24:00:00", "24:00:01",       "25:00",    "10:60",    "10:19",    "101900",          "1019",
        "10:19 PM", "12:00 AM",       "12:00 PM", "13:00 PM", "00:00:00", "23:59:59.999999", "23:59:59.9999999",
        "23:59:60", "04:05:06.789-8", "10",       "",         "x",        "10:19:00+05",     "allballs"};
    struct td_buf b;
    if (gen_chance(g, 30))
        return EDGE(g, edges);
    td_buf_init(&b, g->arena);
    add_clock(g, &b);
    if (gen_chance(g, zone ? 85 : 5))
        add_zone(g, &b);
    return gen_buf_value(&b);
}

struct gen_value gen_interval(struct gen *g)
{
    static const char *const edges[] = {"1 day 02:03:04",
                                        "1d",
                                        "P1Y2M3DT4H5M6S",
                                        "-1 year",
                                        "1 year 2 mons",
                                        "00:00:00",
                                        "-00:00:01",
                                        "1.5 hours",
                                        "3 weeks",
                                        "@ 1 minute ago",
                                        "1-2",
                                        "1 2:03:04",
                                        "P0001-02-03T04:05:06",
                                        "99999 days",
                                        "1 mon -1 day",
                                        "x",
                                        "",
                                        "0.000001 s",
                                        "178000000 years",
                                        "178000001 years"};
    static const char *const units[] = {"year", "month", "days", "hour", "min", "second", "week", "ms"};
    struct td_buf b;
    if (gen_chance(g, 50))
        return EDGE(g, edges);
    td_buf_init(&b, g->arena);
    for (int n = gen_between(g, 1, 3); n > 0; n--)
        td_buf_printf(&b, "%d %s ", gen_between(g, -20, 40), GEN_PICK(g, units));
    return gen_buf_value(&b);
}
