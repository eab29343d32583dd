/* Network addresses: read, refused, printed and ordered as the server does it, over many texts, most of them broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/network.h"
#include "tests/lib/project.h"

static const char *const types[] = {"inet", "cidr", "macaddr", "macaddr8"};

static const char *const seeds[] = {"10.0.0.1",
                                    "10.0.0.1/32",
                                    "192.168.0.1/24",
                                    "10.1.0.0/16",
                                    "0.0.0.0/0",
                                    "255.255.255.255",
                                    "1.2.3.4.",
                                    "1.2/8",
                                    "10",
                                    "10/8",
                                    "128.1",
                                    "192.0.2",
                                    "224",
                                    "224/4",
                                    "240.0.0.1",
                                    "0x0a01",
                                    "0X0a010/20",
                                    "01.02.03.04",
                                    "1.2.3.4.5",
                                    "256.1.1.1",
                                    " 10.0.0.1",
                                    "10.0.0.1 ",
                                    "",
                                    "::",
                                    "::/0",
                                    "::1",
                                    "::1/128",
                                    "2001:db8::/32",
                                    "2001:DB8::1/64",
                                    "1:2:3:4:5:6:7:8",
                                    "1:0:0:4:0:0:7:8",
                                    "1:0:0:0:5:0:0:0",
                                    "0:0:3:4:5:6:0:0",
                                    "1::",
                                    "1::/16",
                                    "::1.2.3.4",
                                    "::ffff:1.2.3.4/120",
                                    "::ffff:0:1.2.3.4",
                                    "1::1.2",
                                    "::.1",
                                    "fe80::1:2:0:0:3",
                                    "0:0:0:0:0:0:1:2",
                                    "0:0:0:0:0:0:0:2",
                                    "0:0:0:0:0:ffff:1:2",
                                    "1:2:3:4:5:6:7::",
                                    "::2:3:4:5:6:7:8",
                                    "1:2:3:4:5:6:7:8:/64",
                                    "12345::",
                                    ":::",
                                    "1:",
                                    "08:00:2b:01:02:03",
                                    "08-00-2b-01-02-03",
                                    "08002b:010203",
                                    "08002b-010203",
                                    "0800.2b01.0203",
                                    "0800-2b01-0203",
                                    "08002b010203",
                                    "8:0:2B:1:2:3",
                                    "08:00:2b:01:02:100",
                                    "08:00:2b:01:02:03:04:05",
                                    "08002b0102030405",
                                    "0800.2b01.0203.0405",
                                    " 08:00:2b:01:02:03 ",
                                    "08:00:2b:01:02:03:"};

static uint32_t turn(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* One of the texts above with a few characters changed, added or left out, or continued by another. */
static void change(uint32_t *state, char *text, size_t size)
{
    static const char all[] = "0123456789abcdefABCDEF0000111::::....////--x g";
    const char *seed = seeds[turn(state) % (sizeof seeds / sizeof *seeds)];
    snprintf(text, size, "%s", seed);
    for (uint32_t n = turn(state) % 4; n > 0; n--) {
        size_t len = strlen(text), at = len == 0 ? 0 : turn(state) % len;
        char c = all[turn(state) % (sizeof all - 1)];
        if (turn(state) % 3 == 0 && len > 0) {
            memmove(text + at, text + at + 1, len - at);
        } else if (turn(state) % 2 == 0 && len > 0) {
            text[at] = c;
        } else if (len + 2 < size) {
            memmove(text + at + 1, text + at, len - at + 1);
            text[at] = c;
        }
    }
}

static void ours(int kind, const char *text, struct td_buf *out)
{
    struct td_err err = {0};
    td_buf_init(out, NULL);
    if (td_network_canon((enum td_network_kind)kind, text, out, &err) != TD_OK)
        td_buf_printf(out, "!%s", err.sqlstate);
}

static const char function[] =
    "CREATE FUNCTION reads(t text, kind text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE r text; BEGIN "
    "CASE kind WHEN 'inet' THEN r := inet_out(t::inet); INSERT INTO seen VALUES (r::inet) ON CONFLICT DO NOTHING; "
    "WHEN 'cidr' THEN r := cidr_out(t::cidr); WHEN 'macaddr' THEN r := macaddr_out(t::macaddr); "
    "ELSE r := macaddr8_out(t::macaddr8); END CASE; RETURN r; EXCEPTION WHEN OTHERS THEN RETURN '!' || SQLSTATE; END "
    "$$";

static void compare(struct project *p, const char *text)
{
    for (int kind = 0; kind < 4; kind++) {
        struct td_buf sql, mine;
        td_buf_init(&sql, NULL);
        td_buf_add(&sql, "SELECT reads(");
        td_buf_lit(&sql, text);
        td_buf_printf(&sql, ", '%s')", types[kind]);
        ours(kind, text, &mine);
        const char *theirs = project_text(p, td_buf_str(&sql));
        if (strcmp(theirs, td_buf_str(&mine)) != 0)
            fail_msg("'%s'::%s is %s, not %s", text, types[kind], theirs, td_buf_str(&mine));
        td_buf_deinit(&sql);
        td_buf_deinit(&mine);
    }
}

static void assert_sorted(struct project *p)
{
    struct td_buf last = {0}, key;
    struct td_err err = {0};
    int n = (int)strtol(project_text(p, "SELECT count(*) FROM seen"), NULL, 10);
    td_buf_init(&last, NULL);
    for (int i = 0; i < n; i++) {
        char sql[120];
        snprintf(sql, sizeof sql, "SELECT inet_out(i) FROM seen ORDER BY i LIMIT 1 OFFSET %d", i);
        const char *text = project_text(p, sql);
        td_buf_init(&key, NULL);
        assert_int_equal(td_inet_sort(text, &key, &err), TD_OK);
        if (strcmp(td_buf_str(&last), td_buf_str(&key)) >= 0)
            fail_msg("%s sorts before the one above it", text);
        td_buf_deinit(&last);
        last = key;
    }
    td_buf_deinit(&last);
    assert_true(n > 200);
}

static void assert_networks(struct project *p)
{
    for (int i = 0; i < 200; i++) {
        char sql[160];
        struct td_buf mine;
        struct td_err err = {0};
        snprintf(sql, sizeof sql,
                 "SELECT inet_out(i) || ' ' || cidr_out(i::cidr) FROM seen ORDER BY i LIMIT 1 OFFSET %d", i);
        const char *both = project_text(p, sql), *network = strchr(both, ' ') + 1;
        char text[80];
        snprintf(text, sizeof text, "%.*s", (int)(network - both - 1), both);
        td_buf_init(&mine, NULL);
        assert_int_equal(td_inet_network(text, &mine, &err), TD_OK);
        assert_string_equal(td_buf_str(&mine), network);
        td_buf_deinit(&mine);
    }
}

static void test_addresses_are_read_printed_and_ordered_as_the_server_does(void **state)
{
    (void)state;
    struct project p;
    uint32_t random = 7;
    char text[80];
    project_open(&p, NULL);
    project_exec(&p, "CREATE TABLE seen (i inet PRIMARY KEY)");
    project_exec(&p, function);
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        compare(&p, seeds[i]);
    for (int i = 0; i < 4000; i++) {
        change(&random, text, sizeof text);
        compare(&p, text);
    }
    assert_sorted(&p);
    assert_networks(&p);
    project_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_are_read_printed_and_ordered_as_the_server_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
