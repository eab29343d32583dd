/* Intervals: every expected text was printed by PostgreSQL 15 (TimeZone UTC, DateStyle ISO). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/time.h"

enum {
    TZ = TD_TIME_TIMESTAMPTZ,
    TS = TD_TIME_TIMESTAMP,
    DATE = TD_TIME_DATE,
    TIME = TD_TIME_TIME,
    TTZ = TD_TIME_TIMETZ
};

static void expect(int rc, struct td_buf *b, const struct td_err *err, const char *want)
{
    if (want[0] == '!') {
        assert_int_not_equal(rc, TD_OK);
        assert_string_equal(err->sqlstate, want + 1);
    } else {
        assert_int_equal(rc, TD_OK);
        assert_string_equal(td_buf_str(b), want);
    }
    td_buf_deinit(b);
}

static void test_intervals_are_read_and_printed_as_the_server_does(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"1 day", "1 day"},
        {"1 year 2 mons 3 days 04:05:06.789", "1 year 2 mons 3 days 04:05:06.789"},
        {"-1 day", "-1 days"},
        {"1 day ago", "-1 days"},
        {"-1 day +02:03", "-1 days +02:03:00"},
        {"1-2", "1 year 2 mons"},
        {"-1-2", "-1 years -2 mons"},
        {"1-2 3 4:05:06", "1 year 2 mons 3 days 04:05:06"},
        {"1 2:03:04", "1 day 02:03:04"},
        {"1 2:03", "1 day 02:03:00"},
        {"2:03", "02:03:00"},
        {"2:03.5", "00:02:03.5"},
        {"1:2:3.4567891", "01:02:03.456789"},
        {"04:05:06 ago", "-04:05:06"},
        {"P1Y2M3DT4H5M6S", "1 year 2 mons 3 days 04:05:06"},
        {"P1Y2M3DT4H5M6.789S", "1 year 2 mons 3 days 04:05:06.789"},
        {"P1W", "7 days"},
        {"P-1Y", "-1 years"},
        {"PT1H", "01:00:00"},
        {"PT", "00:00:00"},
        {"P1DT", "1 day"},
        {"P0001-02-03T04:05:06", "1 year 2 mons 3 days 04:05:06"},
        {"P1.5D", "1 day 12:00:00"},
        {"P1.5M", "1 mon 15 days"},
        {"1.5 days", "1 day 12:00:00"},
        {"1.5 months", "1 mon 15 days"},
        {"1.5 years", "1 year 6 mons"},
        {"1.5 weeks", "10 days 12:00:00"},
        {"0.5 hours", "00:30:00"},
        {"1.25 minutes", "00:01:15"},
        {"1.1234567 seconds", "00:00:01.123457"},
        {"1.5 milliseconds", "00:00:00.0015"},
        {"1500 ms", "00:00:01.5"},
        {"5 us", "00:00:00.000005"},
        {"5.6 us", "00:00:00.000006"},
        {"1 decade", "10 years"},
        {"1 century", "100 years"},
        {"1 millennium", "1000 years"},
        {"1 millenniums", "1000 years"},
        {"2 centuries 3 decades", "230 years"},
        {"@ 1 minute", "00:01:00"},
        {"@ 1 day ago", "-1 days"},
        {"1d", "1 day"},
        {"5min", "00:05:00"},
        {"1h30m", "01:30:00"},
        {"1h 30m 5s", "01:30:05"},
        {"1y2mon", "1 year 2 mons"},
        {"1 w 2 d", "9 days"},
        {"5", "00:00:05"},
        {"5.5", "00:00:05.5"},
        {"-5", "-00:00:05"},
        {"1 day 5", "1 day 00:00:05"},
        {"1 second 5 milliseconds", "00:00:01.005"},
        {"1 min 5", "00:01:05"},
        {"1", "00:00:01"},
        {"-1.5 days", "-1 days -12:00:00"},
        {"-1.5 months", "-1 mons -15 days"},
        {"- 1 day", "-1 days"},
        {"+1 day", "1 day"},
        {"1 day -1 hour", "1 day -01:00:00"},
        {"1 mon -1 day", "1 mon -1 days"},
        {"-1 year 1 mon", "-11 mons"},
        {"1 year -1 mon 2 days -00:00:01", "11 mons 2 days -00:00:01"},
        {"90 days", "90 days"},
        {"36 hours", "36:00:00"},
        {"1000000 hours", "1000000:00:00"},
        {"178956970 years", "178956970 years"},
        {"2147483647 days", "2147483647 days"},
        {"41.850 mons", "3 years 5 mons 25 days 12:00:00"},
        {"100 days 1.078 weeks -34.216 min", "107 days 12:32:01.44"},
        {"-3 years", "-3 years"},
        {"192 hours -356 years -16.991 ms", "-356 years +191:59:59.983009"},
        {"53 years -19.026 hours", "53 years -19:01:33.6"},
        {"33.374 years -30.575 min", "33 years 4 mons -00:30:34.5"},
        {"223 days -196 sec", "223 days -00:03:16"},
        {"332 hours 146 days 398 weeks 30.980 min", "2932 days 332:30:58.8"},
        {"326 sec", "00:05:26"},
        {"124 min -7.231 days", "-7 days -03:28:38.4"},
        {"-23.074 years -27.382 hours", "-23 years -1 mons -27:22:55.2"},
        {"1 year 13 months", "2 years 1 mon"},
        {"1 microsecond", "00:00:00.000001"},
        {"-32.584 weeks 17.972 hours -49.324 days", "-277 days +08:05:02.4"},
        {"27.399 min -33.045 days -72 weeks", "-537 days -00:37:24.06"},
        {"365 weeks 22.015 ms -344 sec 24.106 mons", "2 years 2558 days 04:13:28.022015"},
        {"275 min -93 sec -43.134 hours", "-38:34:35.4"},
        {"102 years", "102 years"},
        {"-114 min -16.693 years 43.733 weeks -35.274 ms", "-16 years -8 mons +306 days 01:14:38.364726"},
        {"-70 years 31.191 mons", "-67 years -5 mons +5 days 17:31:12"},
        {"-24.645 min -215 years", "-215 years -00:24:38.7"},
        {"-387 sec 11.598 days 391 hours", "11 days 405:14:40.2"},
        {"345 ms", "00:00:00.345"},
        {"-361 years 41.176 hours 9.508 days -47.706 sec", "-361 years +9 days 53:21:17.094"},
        {"-20.477 years 391 ms 10.336 hours", "-20 years -6 mons +10:20:09.991"},
        {"35.044 mons 64 hours -42.233 ms 337 sec", "2 years 11 mons 1 day 71:46:24.957767"},
        {"-122 ms 9.776 mons -5 hours", "9 mons 23 days 01:43:11.878"},
        {"1 mseconds", "00:00:00.001"},
        {"48.184 min", "00:48:11.04"},
        {"-346 min", "-05:46:00"},
        {"46.622 mons -235 weeks -22.041 years 323 days", "-18 years -2 mons -1304 days +15:50:24"},
        {"1 day, 2 hours", "1 day 02:00:00"},
        {"254 hours", "254:00:00"},
        {"-21.646 years 352 mons 91 weeks -18.153 ms", "7 years 8 mons 637 days -00:00:00.018153"},
        {"59 ms", "00:00:00.059"},
        {"-36.107 mons -206 weeks", "-3 years -1445 days -05:02:24"},
        {"46.116 years 47.143 ms -399 days -165 mons", "32 years 4 mons -399 days +00:00:00.047143"},
        {"-60 min -49.559 sec", "-01:00:49.559"},
        {"154 weeks 35.724 min", "1078 days 00:35:43.44"},
        {"-97 hours", "-97:00:00"},
        {"368 ms -2.377 min", "-00:02:22.252"},
        {"98 weeks 30.555 mons", "2 years 6 mons 702 days 15:36:00"},
        {"12:34:56.123456789", "12:34:56.123457"},
        {"229 min 26.326 ms", "03:49:00.026326"},
        {"48.791 hours", "48:47:27.6"},
        {"178 years 42.323 days -382 mons", "146 years 2 mons 42 days 07:45:07.2"},
        {"-20.011 days 33.861 years 390 mons 42.389 min", "66 years 4 mons -20 days +00:26:32.94"},
        {"1.0", "00:00:01"},
        {"-31.351 ms -268 hours 296 days -351 years", "-351 years +296 days -268:00:00.031351"},
        {"-141 hours -385 ms 3.756 days", "3 days -122:51:21.985"},
        {"-122 hours 23.302 ms", "-121:59:59.976698"},
        {"272 ms", "00:00:00.272"},
        {"93 days", "93 days"},
        {"-121 ms", "-00:00:00.121"},
        {"17.065 days 332 years", "332 years 17 days 01:33:36"},
        {"37.777 weeks -378 min 7.877 sec", "264 days 04:14:17.477"},
        {"3.915 ms -77 hours", "-76:59:59.996085"},
        {"348 sec 384 mons 8.037 ms 4 min", "32 years 00:09:48.008037"},
        {"-30.206 sec 21.711 mons -320 days", "1 year 9 mons -299 days +07:54:41.794"},
        {"11.768 min -139 years -265 hours -327 weeks", "-139 years -2289 days -264:48:13.92"},
        {"-2.561 sec 198 weeks", "1386 days -00:00:02.561"},
        {"-91 sec", "-00:01:31"},
        {"-14.434 ms 94 weeks", "658 days -00:00:00.014434"},
        {"7.435 weeks", "52 days 01:04:48"},
        {"-13.793 min", "-00:13:47.58"},
        {"+12:34", "12:34:00"},
        {"-120 ms -313 sec 263 hours 304 years", "304 years 262:54:46.88"},
        {"0 days", "00:00:00"},
        {"43.196 mons 13 days 308 min", "3 years 7 mons 18 days 26:15:12"},
        {"-124 sec -10.695 min 128 years -21.682 hours", "128 years -21:53:40.9"},
        {"1 2 hours", "1 day 02:00:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct td_buf b = {0};
        struct td_err err = {0};
        struct td_interval v;
        int rc = td_interval_parse(cases[i][0], &v, &err);
        if (rc == TD_OK)
            td_interval_print(&v, &b);
        expect(rc, &b, &err, cases[i][1]);
    }
}

static void test_fields_and_digits_are_the_types(void **state)
{
    (void)state;
    static const struct {
        const char *text, *fields;
        int digits;
        const char *want;
    } cases[] = {
        {"30", "day", -1, "30 days"},
        {"5", "minute", -1, "00:05:00"},
        {"5", "year", -1, "5 years"},
        {"14", "year to month", -1, "1 year 2 mons"},
        {"10:20", "minute to second", -1, "00:10:20"},
        {"10:20", "hour to second", -1, "10:20:00"},
        {"1 10", "day to hour", -1, "1 day 10:00:00"},
        {"1 day 2 hours", "day", -1, "1 day"},
        {"1 day -02:31:05.5", "hour", -1, "1 day -02:00:00"},
        {"1 year 3 mons 4 days 5 hours", "year", -1, "1 year"},
        {"1 year 3 mons 4 days 5 hours", "month", -1, "1 year 3 mons"},
        {"1.6 seconds", "", 0, "00:00:02"},
        {"-1.5 seconds", "second", 0, "-00:00:02"},
        {"1.2345", "day to second", 2, "00:00:01.23"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct td_buf b = {0};
        struct td_err err = {0};
        struct td_interval v;
        int rc = td_interval_parse_as(cases[i].text, td_interval_fields(cases[i].fields), cases[i].digits, &v, &err);
        if (rc == TD_OK)
            td_interval_print(&v, &b);
        expect(rc, &b, &err, cases[i].want);
    }
}

static void test_what_is_no_interval_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"",
                                        "day",
                                        "1 fortnight",
                                        "1 2",
                                        "1 day 2 days",
                                        "ago",
                                        "1 hour 2:3",
                                        "1:2:3:4",
                                        "1-2-3",
                                        "P",
                                        "P1",
                                        "infinity",
                                        "1 ago",
                                        "2147483648 days",
                                        "178956971 years"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct td_err err = {0};
        struct td_interval v;
        assert_int_equal(td_interval_parse(cases[i], &v, &err), TD_EDATA);
        assert_int_equal(err.code, TD_C_DATETIME);
    }
}

static void test_adding_months_clamps_the_day(void **state)
{
    (void)state;
    static const struct {
        int kind;
        const char *base, *interval;
        int sign;
        const char *want;
    } cases[] = {
        {TS, "2026-01-31 10:00:00", "1 month", 1, "2026-02-28 10:00:00"},
        {TZ, "2026-01-31 10:00:00", "1 month", 1, "2026-02-28 10:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "1 month", 1, "2026-02-28 00:00:00"},
        {TS, "2026-01-31 10:00:00", "1 month", -1, "2025-12-31 10:00:00"},
        {TZ, "2026-01-31 10:00:00", "1 month", -1, "2025-12-31 10:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "1 month", -1, "2025-12-31 00:00:00"},
        {TS, "2026-01-31 10:00:00", "-1 month", 1, "2025-12-31 10:00:00"},
        {TZ, "2026-01-31 10:00:00", "-1 month", 1, "2025-12-31 10:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "-1 month", 1, "2025-12-31 00:00:00"},
        {TS, "2026-01-31 10:00:00", "-1 month", -1, "2026-02-28 10:00:00"},
        {TZ, "2026-01-31 10:00:00", "-1 month", -1, "2026-02-28 10:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "-1 month", -1, "2026-02-28 00:00:00"},
        {TS, "2026-01-31 10:00:00", "1 year", 1, "2027-01-31 10:00:00"},
        {TZ, "2026-01-31 10:00:00", "1 year", 1, "2027-01-31 10:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "1 year", 1, "2027-01-31 00:00:00"},
        {TS, "2026-01-31 10:00:00", "1 year", -1, "2025-01-31 10:00:00"},
        {TZ, "2026-01-31 10:00:00", "1 year", -1, "2025-01-31 10:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "1 year", -1, "2025-01-31 00:00:00"},
        {TS, "2026-01-31 10:00:00", "13 months", 1, "2027-02-28 10:00:00"},
        {TZ, "2026-01-31 10:00:00", "13 months", 1, "2027-02-28 10:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "13 months", 1, "2027-02-28 00:00:00"},
        {TS, "2026-01-31 10:00:00", "13 months", -1, "2024-12-31 10:00:00"},
        {TZ, "2026-01-31 10:00:00", "13 months", -1, "2024-12-31 10:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "13 months", -1, "2024-12-31 00:00:00"},
        {TS, "2026-01-31 10:00:00", "1 day", 1, "2026-02-01 10:00:00"},
        {TZ, "2026-01-31 10:00:00", "1 day", 1, "2026-02-01 10:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "1 day", 1, "2026-02-01 00:00:00"},
        {TS, "2026-01-31 10:00:00", "1 day", -1, "2026-01-30 10:00:00"},
        {TZ, "2026-01-31 10:00:00", "1 day", -1, "2026-01-30 10:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "1 day", -1, "2026-01-30 00:00:00"},
        {TS, "2026-01-31 10:00:00", "-1 day", 1, "2026-01-30 10:00:00"},
        {TZ, "2026-01-31 10:00:00", "-1 day", 1, "2026-01-30 10:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "-1 day", 1, "2026-01-30 00:00:00"},
        {TS, "2026-01-31 10:00:00", "-1 day", -1, "2026-02-01 10:00:00"},
        {TZ, "2026-01-31 10:00:00", "-1 day", -1, "2026-02-01 10:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "-1 day", -1, "2026-02-01 00:00:00"},
        {TS, "2026-01-31 10:00:00", "1 month 1 day 1 hour", 1, "2026-03-01 11:00:00"},
        {TZ, "2026-01-31 10:00:00", "1 month 1 day 1 hour", 1, "2026-03-01 11:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "1 month 1 day 1 hour", 1, "2026-03-01 01:00:00"},
        {TS, "2026-01-31 10:00:00", "1 month 1 day 1 hour", -1, "2025-12-30 09:00:00"},
        {TZ, "2026-01-31 10:00:00", "1 month 1 day 1 hour", -1, "2025-12-30 09:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "1 month 1 day 1 hour", -1, "2025-12-29 23:00:00"},
        {TS, "2026-01-31 10:00:00", "36 hours", 1, "2026-02-01 22:00:00"},
        {TZ, "2026-01-31 10:00:00", "36 hours", 1, "2026-02-01 22:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "36 hours", 1, "2026-02-01 12:00:00"},
        {TS, "2026-01-31 10:00:00", "36 hours", -1, "2026-01-29 22:00:00"},
        {TZ, "2026-01-31 10:00:00", "36 hours", -1, "2026-01-29 22:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "36 hours", -1, "2026-01-29 12:00:00"},
        {TS, "2026-01-31 10:00:00", "-100 years", 1, "1926-01-31 10:00:00"},
        {TZ, "2026-01-31 10:00:00", "-100 years", 1, "1926-01-31 10:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "-100 years", 1, "1926-01-31 00:00:00"},
        {TS, "2026-01-31 10:00:00", "-100 years", -1, "2126-01-31 10:00:00"},
        {TZ, "2026-01-31 10:00:00", "-100 years", -1, "2126-01-31 10:00:00+00"},
        {DATE, "2026-01-31 10:00:00", "-100 years", -1, "2126-01-31 00:00:00"},
        {TS, "2026-01-31 10:00:00", "2 mons -1 day", 1, "2026-03-30 10:00:00"},
        {DATE, "2024-02-29 00:00:00", "-100 years", 1, "1924-02-29 00:00:00"},
        {TIME, "10:00", "1 year -1 mon 3 days -04:05", 1, "05:55:00"},
        {TS, "4714-11-24 00:00:00 BC", "-100 years", 1, "!22008"},
        {DATE, "2026-01-31 10:00:00", "2 mons -1 day", 1, "2026-03-30 00:00:00"},
        {TZ, "294276-12-31 00:00:00", "36 hours", 1, "!22008"},
        {TZ, "2026-01-31 10:00:00", "1 year -1 mon 3 days -04:05", 1, "2027-01-03 05:55:00+00"},
        {TS, "0001-01-01 00:00:00", "250000 years", -1, "!22008"},
        {DATE, "4714-11-24 00:00:00 BC", "-1 day", 1, "!22008"},
        {DATE, "2026-11-22 10:19:00.5", "-1 month", -1, "2026-12-22 00:00:00"},
        {TZ, "294276-12-31 00:00:00", "1 microsecond", -1, "294276-12-30 23:59:59.999999+00"},
        {TS, "0001-01-01 00:00:00", "0", 1, "0001-01-01 00:00:00"},
        {TS, "0001-02-28 00:00:00 BC", "1 day", 1, "0001-02-29 00:00:00 BC"},
        {TZ, "2026-11-22 10:19:00.5", "0", -1, "2026-11-22 10:19:00.5+00"},
        {TZ, "294276-12-31 00:00:00", "1 year -1 mon 3 days -04:05", -1, "294276-01-28 04:05:00+00"},
        {DATE, "2026-11-22 10:19:00.5", "1 microsecond", -1, "2026-11-21 23:59:59.999999"},
        {DATE, "294276-12-31 00:00:00", "1 year", 1, "!22008"},
        {TS, "294276-12-31 00:00:00", "1 month 1 day 1 hour", -1, "294276-11-28 23:00:00"},
        {TS, "4714-11-24 00:00:00 BC", "2 mons -1 day", -1, "!22008"},
        {TZ, "4714-11-24 00:00:00 BC", "2 mons -1 day", -1, "!22008"},
        {TS, "2026-01-31 10:00:00", "2 mons -1 day", -1, "2025-12-01 10:00:00"},
        {DATE, "4714-11-24 00:00:00 BC", "250000 years", 1, "245287-11-24 00:00:00"},
        {DATE, "0001-01-01 00:00:00", "-1 month", 1, "0001-12-01 00:00:00 BC"},
        {TS, "infinity", "250000 years", 1, "infinity"},
        {TZ, "2026-11-22 10:19:00.5", "1 year", 1, "2027-11-22 10:19:00.5+00"},
        {TS, "294276-12-31 00:00:00", "13 months", -1, "294275-11-30 00:00:00"},
        {DATE, "2026-11-22 10:19:00.5", "-1 day", 1, "2026-11-21 00:00:00"},
        {TIME, "00:00", "2 mons -1 day", -1, "00:00:00"},
        {DATE, "2024-02-29 00:00:00", "13 months", 1, "2025-03-29 00:00:00"},
        {TS, "2026-01-31 10:00:00", "1 microsecond", -1, "2026-01-31 09:59:59.999999"},
        {TZ, "2024-02-29 00:00:00", "13 months", -1, "2023-01-29 00:00:00+00"},
        {DATE, "294276-12-31 00:00:00", "1 month 1 day 1 hour", 1, "!22008"},
        {TZ, "2024-02-29 00:00:00", "1 year", -1, "2023-02-28 00:00:00+00"},
        {TS, "2026-01-31 10:00:00", "1 microsecond", 1, "2026-01-31 10:00:00.000001"},
        {TS, "2026-11-22 10:19:00.5", "1 month", 1, "2026-12-22 10:19:00.5"},
        {TZ, "2023-12-31 23:59:59.999999", "1 day", 1, "2024-01-01 23:59:59.999999+00"},
        {TS, "0001-02-28 00:00:00 BC", "-1 month", 1, "0001-01-28 00:00:00 BC"},
        {DATE, "2026-01-31 10:00:00", "1 year -1 mon 3 days -04:05", -1, "2025-02-25 04:05:00"},
        {TS, "0001-01-01 00:00:00", "36 hours", 1, "0001-01-02 12:00:00"},
        {TZ, "294276-12-31 00:00:00", "13 months", -1, "294275-11-30 00:00:00+00"},
        {DATE, "0001-01-01 00:00:00", "2 mons -1 day", 1, "0001-02-28 00:00:00"},
        {TZ, "2026-11-22 10:19:00.5", "36 hours", -1, "2026-11-20 22:19:00.5+00"},
        {TS, "4714-11-24 00:00:00 BC", "250000 years", 1, "245287-11-24 00:00:00"},
        {TZ, "2023-12-31 23:59:59.999999", "1 year", 1, "2024-12-31 23:59:59.999999+00"},
        {TS, "294276-12-31 00:00:00", "1 year", -1, "294275-12-31 00:00:00"},
        {TIME, "00:00", "1 microsecond", -1, "23:59:59.999999"},
        {DATE, "294276-12-31 00:00:00", "36 hours", 1, "!22008"},
        {DATE, "0001-02-28 00:00:00 BC", "1 day", -1, "0001-02-27 00:00:00 BC"},
        {DATE, "0001-02-28 00:00:00 BC", "250000 years", 1, "250000-02-28 00:00:00"},
        {DATE, "infinity", "-1 month", 1, "infinity"},
        {TS, "294276-12-31 00:00:00", "-1 day", -1, "!22008"},
        {DATE, "0001-01-01 00:00:00", "1 year -1 mon 3 days -04:05", 1, "0001-12-03 19:55:00"},
        {TS, "2026-11-22 10:19:00.5", "0", -1, "2026-11-22 10:19:00.5"},
        {TIME, "23:59:59.5", "13 months", 1, "23:59:59.5"},
        {TZ, "2026-01-31 10:00:00", "0", -1, "2026-01-31 10:00:00+00"},
        {TS, "2023-12-31 23:59:59.999999", "2 mons -1 day", 1, "2024-02-28 23:59:59.999999"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct td_buf b = {0};
        struct td_err err = {0};
        struct td_time t;
        struct td_interval v;
        int rc = td_interval_parse(cases[i].interval, &v, &err);
        if (rc == TD_OK)
            rc = td_time_parse((enum td_time_kind)cases[i].kind, -1, cases[i].base, NULL, &t, &err);
        if (rc == TD_OK)
            rc = td_time_add(&t, &v, cases[i].sign, &t, &err);
        if (rc == TD_OK)
            td_time_print_pg(&t, &b);
        expect(rc, &b, &err, cases[i].want);
    }
}

static void test_differences_are_days_and_time(void **state)
{
    (void)state;
    struct td_err err = {0};
    struct td_time a, b;
    struct td_interval d;
    struct td_buf out = {0};
    assert_int_equal(td_time_parse(TD_TIME_TIMESTAMP, -1, "2026-01-31 10:00", NULL, &a, &err), TD_OK);
    assert_int_equal(td_time_parse(TD_TIME_TIMESTAMP, -1, "2024-02-29", NULL, &b, &err), TD_OK);
    assert_int_equal(td_time_diff(&a, &b, &d, &err), TD_OK);
    td_interval_print(&d, &out);
    assert_string_equal(out.at, "702 days 10:00:00");
    td_buf_deinit(&out);
    a.v = TD_TIME_INFINITY;
    assert_int_equal(td_time_diff(&a, &b, &d, &err), TD_EDATA);
}

static void test_a_month_is_compared_as_thirty_days(void **state)
{
    (void)state;
    const struct td_interval month = {.months = 1}, days = {.days = 30}, more = {.days = 30, .us = 1};
    assert_int_equal(td_interval_compare(&month, &days), 0);
    assert_int_equal(td_interval_compare(&month, &more), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intervals_are_read_and_printed_as_the_server_does),
        cmocka_unit_test(test_fields_and_digits_are_the_types),
        cmocka_unit_test(test_what_is_no_interval_is_refused),
        cmocka_unit_test(test_adding_months_clamps_the_day),
        cmocka_unit_test(test_differences_are_days_and_time),
        cmocka_unit_test(test_a_month_is_compared_as_thirty_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
