/* JSON: users' text (jsonb's output form, as PostgreSQL 15 printed it) and our own files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/json.h"
#include "core/base/jsontext.h"
#include "core/base/mem.h"

static void test_jsonb_text_is_what_the_server_prints(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"b\":1e3,\"aa\":-0, \"a\":1.10, \"z\":-0.00}", "{\"a\": 1.10, \"b\": 1000, \"z\": 0.00, \"aa\": 0}"},
        {"{\"a\":1,\"a\":2}", "{\"a\": 2}"},
        {"{\"a\":1,\"b\":{\"c\":[1,2,{\"d\":null}]},\"a\":[]}", "{\"a\": [], \"b\": {\"c\": [1, 2, {\"d\": null}]}}"},
        {"[]", "[]"},
        {"{}", "{}"},
        {"[ ]", "[]"},
        {"{ }", "{}"},
        {"[[[]]]", "[[[]]]"},
        {"\"x\"", "\"x\""},
        {"\"\\u00e9\\ud83d\\ude00\\u0041\"", "\"é😀A\""},
        {"\"\\u0000\"", "!22P05"},
        {"\"\\ud83d\"", "!22P02"},
        {"\"\\ude00\"", "!22P02"},
        {"\"\\ud83d\\u0041\"", "!22P02"},
        {"\"\\u12\"", "!22P02"},
        {"\"\\b\\f\\n\\r\\t\\\"\\\\\\/\"", "\"\\b\\f\\n\\r\\t\\\"\\\\/\""},
        {"\"\\u0001\\u001f\\u007f\"", "\"\\u0001\\u001f\""},
        {"\"\\x\"", "!22P02"},
        {"\"abc", "!22P02"},
        {"'a'", "!22P02"},
        {"1", "1"},
        {"-1", "-1"},
        {"01", "!22P02"},
        {"-", "!22P02"},
        {"1.", "!22P02"},
        {".5", "!22P02"},
        {"1e5", "100000"},
        {"1E+5", "100000"},
        {"1e-5", "0.00001"},
        {"1.50e2", "150"},
        {"1e131072", "!22003"},
        {"1e-16384", "!22003"},
        {"-0", "0"},
        {"-0.0", "0.0"},
        {"0e10", "0"},
        {"-0e5", "0"},
        {"123456789012345678901234567890.1234567890", "123456789012345678901234567890.1234567890"},
        {"9007199254740993", "9007199254740993"},
        {"1.10", "1.10"},
        {"true", "true"},
        {"false", "false"},
        {"null", "null"},
        {"True", "!22P02"},
        {"nul", "!22P02"},
        {"nulll", "!22P02"},
        {"true false", "!22P02"},
        {"[1,]", "!22P02"},
        {"[,1]", "!22P02"},
        {"[1 2]", "!22P02"},
        {"{\"a\"}", "!22P02"},
        {"{\"a\":}", "!22P02"},
        {"{\"a\":1,}", "!22P02"},
        {"{a:1}", "!22P02"},
        {"{\"a\" : 1 , \"b\":2}", "{\"a\": 1, \"b\": 2}"},
        {"{\"ab\":1,\"b\":2,\"a\":3,\"\":4,\"é\":5,\"zz\":6}",
         "{\"\": 4, \"a\": 3, \"b\": 2, \"ab\": 1, \"zz\": 6, \"é\": 5}"},
        {"{\"é\":1,\"ab\":2,\"abc\":3}", "{\"ab\": 2, \"é\": 1, \"abc\": 3}"},
        {"NaN", "!22P02"},
        {"Infinity", "!22P02"},
        {"+1", "!22P02"},
        {"1a", "!22P02"},
        {"1.5.5", "!22P02"},
        {"--1", "!22P02"},
        {"[1,2", "!22P02"},
        {"{\"a\":1", "!22P02"},
        {"\"a\" \"b\"", "!22P02"},
        {"{\"a\":\"\\ud83d\\ude00\",\"\\u0062\":1,\"b\":2}", "{\"a\": \"😀\", \"b\": 2}"},
        {"   {\"x\":   [1 ,2 ] }  ", "{\"x\": [1, 2]}"},
        {"{\"k\":\"\\u2028 \\u00ff /\"}", "{\"k\": \"  ÿ /\"}"},
        {"{\"1\":1,\"10\":2,\"2\":3}", "{\"1\": 1, \"2\": 3, \"10\": 2}"},
        {"1e+", "!22P02"},
        {"1e", "!22P02"},
        {"0x1", "!22P02"},
        {"{\"a\":{\"b\":{\"a\":1,\"b\":2,\"a\":3}}}", "{\"a\": {\"b\": {\"a\": 3, \"b\": 2}}}"},
        {"1.0e1", "10"},
        {"0.10e1", "1.0"},
        {"100e-2", "1.00"},
        {"12.345e1", "123.45"},
        {"12.345e-10", "0.0000000012345"},
        {"\"😀é\"", "\"😀é\""},
        {"{\"a\":tru}", "!22P02"},
        {"{\"a\":truex}", "!22P02"},
        {"[nullx]", "!22P02"},
        {"[1.0,1.00,10e-1]", "[1.0, 1.00, 1.0]"},
        {"", "!22P02"},
        {" ", "!22P02"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct td_buf b = {0};
        struct td_err err = {0};
        int rc = td_jsonb_normalise(cases[i][0], strlen(cases[i][0]), &b, &err);
        if (cases[i][1][0] == '!') {
            assert_int_equal(rc, TD_EDATA);
            assert_string_equal(err.sqlstate, cases[i][1] + 1);
        } else {
            assert_int_equal(rc, TD_OK);
            assert_string_equal(b.at, cases[i][1]);
        }
        td_buf_deinit(&b);
    }
}

static void test_json_accepts_what_the_server_accepts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {"{\"b\":1e3,\"aa\":-0, \"a\":1.10, \"z\":-0.00}", true},
        {"{\"a\":1,\"a\":2}", true},
        {"{\"a\":1,\"b\":{\"c\":[1,2,{\"d\":null}]},\"a\":[]}", true},
        {"[]", true},
        {"{}", true},
        {"[ ]", true},
        {"{ }", true},
        {"[[[]]]", true},
        {"\"x\"", true},
        {"\"\\u00e9\\ud83d\\ude00\\u0041\"", true},
        {"\"\\u0000\"", true},
        {"\"\\ud83d\"", true},
        {"\"\\ude00\"", true},
        {"\"\\ud83d\\u0041\"", true},
        {"\"\\u12\"", false},
        {"\"\\b\\f\\n\\r\\t\\\"\\\\\\/\"", true},
        {"\"\\u0001\\u001f\\u007f\"", true},
        {"\"\\x\"", false},
        {"\"abc", false},
        {"'a'", false},
        {"1", true},
        {"-1", true},
        {"01", false},
        {"-", false},
        {"1.", false},
        {".5", false},
        {"1e5", true},
        {"1E+5", true},
        {"1e-5", true},
        {"1.50e2", true},
        {"1e400", true},
        {"1e131072", true},
        {"1e-16384", true},
        {"-0", true},
        {"-0.0", true},
        {"0e10", true},
        {"-0e5", true},
        {"123456789012345678901234567890.1234567890", true},
        {"9007199254740993", true},
        {"1.10", true},
        {"true", true},
        {"false", true},
        {"null", true},
        {"True", false},
        {"nul", false},
        {"nulll", false},
        {"true false", false},
        {"[1,]", false},
        {"[,1]", false},
        {"[1 2]", false},
        {"{\"a\"}", false},
        {"{\"a\":}", false},
        {"{\"a\":1,}", false},
        {"{a:1}", false},
        {"{\"a\" : 1 , \"b\":2}", true},
        {"{\"ab\":1,\"b\":2,\"a\":3,\"\":4,\"é\":5,\"zz\":6}", true},
        {"{\"é\":1,\"ab\":2,\"abc\":3}", true},
        {"NaN", false},
        {"Infinity", false},
        {"+1", false},
        {"1a", false},
        {"1.5.5", false},
        {"--1", false},
        {"[1,2", false},
        {"{\"a\":1", false},
        {"\"a\" \"b\"", false},
        {"{\"a\":\"\\ud83d\\ude00\",\"\\u0062\":1,\"b\":2}", true},
        {"   {\"x\":   [1 ,2 ] }  ", true},
        {"{\"k\":\"\\u2028 \\u00ff /\"}", true},
        {"{\"1\":1,\"10\":2,\"2\":3}", true},
        {"1e+", false},
        {"1e", false},
        {"0x1", false},
        {"[1e1000]", true},
        {"{\"a\":{\"b\":{\"a\":1,\"b\":2,\"a\":3}}}", true},
        {"1.0e1", true},
        {"0.10e1", true},
        {"100e-2", true},
        {"12.345e1", true},
        {"12.345e-10", true},
        {"\"😀é\"", true},
        {"{\"a\":tru}", false},
        {"{\"a\":truex}", false},
        {"[nullx]", false},
        {"[1.0,1.00,10e-1]", true},
        {"", false},
        {" ", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct td_err err = {0};
        int rc = td_jsontext_check(cases[i].text, strlen(cases[i].text), &err);
        assert_int_equal(rc == TD_OK, cases[i].valid);
        assert_true(rc == TD_OK || err.line > 0);
    }
}

static void test_jsonb_equality_is_by_value(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"{\"a\": 1.0, \"b\": [2]}", "{\"b\":[2.00],\"a\":1}", true},
        {"0", "-0.0", true},
        {"\"a\"", "\"\\u0061\"", true},
        {"9007199254740993", "9007199254740992", false},
        {"[1,2]", "[2,1]", false},
        {"{\"b\":1e3,\"aa\":-0, \"a\":1.10, \"z\":-0.00}", "{\"b\":1e3,\"aa\":-0, \"a\":1.10, \"z\":-0.00}", true},
        {"{\"a\":1,\"a\":2}", "{\"ab\":1,\"b\":2,\"a\":3,\"\":4,\"é\":5,\"zz\":6}", false},
        {"{\"a\":1,\"a\":2}", "true", false},
        {"{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}", true},
        {"{\"a\":1,\"b\":{\"c\":[1,2,{\"d\":null}]},\"a\":[]}", "{}", false},
        {"{\"a\":1,\"b\":{\"c\":[1,2,{\"d\":null}]},\"a\":[]}", "1.50e2", false},
        {"{\"a\":1,\"b\":{\"c\":[1,2,{\"d\":null}]},\"a\":[]}", "{\"a\":1,\"b\":{\"c\":[1,2,{\"d\":null}]},\"a\":[]}",
         true},
        {"[]", "[]", true},
        {"{}", "{ }", true},
        {"{}", "12.345e1", false},
        {"{}", "0e10", false},
        {"{}", "{}", true},
        {"[ ]", "{\"ab\":1,\"b\":2,\"a\":3,\"\":4,\"é\":5,\"zz\":6}", false},
        {"[ ]", "[ ]", true},
        {"{ }", "0.10e1", false},
        {"{ }", "-0", false},
        {"{ }", "[[[]]]", false},
        {"{ }", "{ }", true},
        {"[[[]]]", "1.0e1", false},
        {"[[[]]]", "{\"a\":\"\\ud83d\\ude00\",\"\\u0062\":1,\"b\":2}", false},
        {"[[[]]]", "[[[]]]", true},
        {"\"x\"", "\"😀é\"", false},
        {"\"x\"", "\"x\"", true},
        {"\"\\u00e9\\ud83d\\ude00\\u0041\"", "1.0e1", false},
        {"\"\\u00e9\\ud83d\\ude00\\u0041\"", "\"\\u00e9\\ud83d\\ude00\\u0041\"", true},
        {"{\"1\":1,\"10\":2,\"2\":3}", "{\"1\":1,\"10\":2,\"2\":3}", true},
        {"-0", "{\"k\":\"\\u2028 \\u00ff /\"}", false},
        {"0e10", "0e10", true},
        {"12.345e1", "-0e5", false},
        {"{\"a\":\"\\ud83d\\ude00\",\"\\u0062\":1,\"b\":2}", "{\"a\":\"\\ud83d\\ude00\",\"\\u0062\":1,\"b\":2}", true},
        {"{\"a\" : 1 , \"b\":2}", "{\"a\" : 1 , \"b\":2}", true},
        {"0.10e1", "0.10e1", true},
        {"-0.0", "-0.0", true},
        {"1e400", "1e400", true},
        {"1E+5", "1E+5", true},
        {"1.50e2", "1e-5", false},
        {"-0e5", "-0e5", true},
        {"true", "true", true},
        {"{\"k\":\"\\u2028 \\u00ff /\"}", "{\"a\":1,\"a\":2}", false},
        {"true", "1.0e1", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct td_err err = {0};
        bool equal = !cases[i].equal;
        assert_int_equal(td_jsonb_equal(cases[i].a, strlen(cases[i].a), cases[i].b, strlen(cases[i].b), &equal, &err),
                         TD_OK);
        assert_int_equal(equal, cases[i].equal);
    }
}

static void test_numbers_keep_every_digit(void **state)
{
    (void)state;
    static const char text[] = "[9007199254740993, 1.10, 123456789012345678901234567890.123456789]";
    struct td_buf b = {0};
    struct td_err err = {0};
    assert_int_equal(td_jsonb_normalise(text, strlen(text), &b, &err), TD_OK);
    assert_string_equal(b.at, text);
    td_buf_deinit(&b);
}

static void test_nesting_is_bounded_without_a_crash(void **state)
{
    (void)state;
    enum { DEEP = 100000 };
    char *text = malloc(DEEP);
    struct td_err err = {0};
    assert_non_null(text);
    memset(text, '[', DEEP);
    assert_int_equal(td_jsontext_check(text, DEEP, &err), TD_EDATA);
    assert_non_null(strstr(err.message, "deep"));
    memset(text, '[', TD_JSONTEXT_DEPTH);
    memset(text + TD_JSONTEXT_DEPTH, ']', TD_JSONTEXT_DEPTH);
    struct td_buf b = {0};
    assert_int_equal(td_jsonb_normalise(text, 2 * TD_JSONTEXT_DEPTH, &b, &err), TD_OK);
    assert_int_equal(b.len, 2 * TD_JSONTEXT_DEPTH);
    td_buf_deinit(&b);
    free(text);
}

static void test_syntax_error_has_line_and_column(void **state)
{
    (void)state;
    static const char text[] = "{\n  \"\xC3\xA9\": 1,\n  \"b\": tru\n}";
    struct td_err err = {0};
    struct td_json_doc *doc;
    assert_int_equal(td_json_parse(text, strlen(text), "x.json", &doc, &err), TD_EDATA);
    assert_null(doc);
    assert_string_equal(err.path, "x.json");
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 8);
}

static void test_key_twice_is_an_error_at_the_second(void **state)
{
    (void)state;
    static const char text[] = "{\"a\": {\"k\": 1,\n \"l\": [{}], \"k\": 2}}";
    struct td_err err = {0};
    struct td_json_doc *doc;
    assert_int_equal(td_json_parse(text, strlen(text), "", &doc, &err), TD_EDATA);
    assert_non_null(strstr(err.message, "\"k\""));
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 13);
}

static void test_tree_gives_values_and_their_places(void **state)
{
    (void)state;
    static const char text[] = "{\"a\": [1, {\"b\": \"x\\\"{\"}],\n \"c\" : true, \"d\": 1.5}";
    struct td_err err = {0};
    struct td_json_doc *doc;
    unsigned line, column;
    int64_t n;
    assert_int_equal(td_json_parse(text, strlen(text), "", &doc, &err), TD_OK);
    const struct td_json *root = td_json_root(doc), *a = td_json_get(root, "a");
    const struct td_json *b = td_json_get(td_json_item(a, 1), "b"), *c = td_json_get(root, "c");
    assert_int_equal(td_json_len(root), 3);
    assert_string_equal(td_json_text(b), "x\"{");
    assert_true(td_json_true(c));
    assert_true(td_json_int(td_json_item(a, 0), &n) && n == 1);
    assert_false(td_json_int(td_json_get(root, "d"), &n));
    assert_null(td_json_get(root, "A"));
    assert_int_equal(td_json_kind(td_json_get(root, "none")), TD_JSON_NONE);
    td_json_place(doc, b, false, &line, &column);
    assert_int_equal(line, 1);
    assert_int_equal(column, 17);
    td_json_place(doc, c, true, &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 2);
    td_json_place(doc, c, false, &line, &column);
    assert_int_equal(column, 8);
    td_json_close(doc);
}

static void test_parse_survives_each_failed_allocation(void **state)
{
    (void)state;
    static const char text[] = "{\"a\": [1, {\"b\": \"x\"}], \"c\": {\"d\": null, \"e\": 1e3}}";
    int rc = TD_ENOMEM;
    for (size_t nth = 1; rc != TD_OK && nth < 1000; nth++) {
        struct td_err err = {0};
        struct td_json_doc *doc;
        td_mem_fail_at(nth, 0);
        rc = td_json_parse(text, strlen(text), "", &doc, &err);
        td_mem_fail_at(0, 0);
        assert_true(rc == TD_OK || rc == TD_ENOMEM);
        td_json_close(doc);
    }
    assert_int_equal(rc, TD_OK);
}

static void test_a_value_is_printed_on_one_line(void **state)
{
    (void)state;
    static const char text[] = "{ \"a\": [1, true, null,\n \"x/\\\"y\"], \"b\": {} }";
    struct td_json_doc *doc = NULL;
    struct td_buf b = {0};
    struct td_err err = {0};
    assert_int_equal(td_json_parse(text, strlen(text), "", &doc, &err), TD_OK);
    td_json_print(td_json_root(doc), &b);
    assert_string_equal(td_buf_str(&b), "{\"a\":[1,true,null,\"x/\\\"y\"],\"b\":{}}");
    td_buf_reset(&b);
    td_json_print(td_json_get(td_json_root(doc), "b"), &b);
    assert_string_equal(td_buf_str(&b), "{}");
    td_buf_deinit(&b);
    td_json_close(doc);
}

static void test_writer_gives_valid_json(void **state)
{
    (void)state;
    struct td_buf b = {0};
    struct td_err err = {0};
    struct td_json_writer w = {.out = &b};
    td_json_object(&w, NULL);
    td_json_put_text(&w, "t", "a\"\n\x01/");
    td_json_put_int(&w, "i", INT64_MIN);
    td_json_array(&w, "l");
    td_json_put_bool(&w, NULL, true);
    td_json_put_null(&w, NULL);
    td_json_object(&w, NULL);
    td_json_object_end(&w);
    td_json_array_end(&w);
    td_json_put_text(&w, "n", NULL);
    td_json_put_raw(&w, "r", "1.10");
    td_json_object_end(&w);
    assert_string_equal(
        b.at, "{\"t\":\"a\\\"\\n\\u0001/\",\"i\":-9223372036854775808,\"l\":[true,null,{}],\"n\":null,\"r\":1.10}");
    assert_int_equal(td_jsontext_check(b.at, b.len, &err), TD_OK);
    td_buf_reset(&b);
    w = (struct td_json_writer){.out = &b, .indent = 2};
    td_json_object(&w, NULL);
    td_json_put_int(&w, "i", 1);
    td_json_array(&w, "e");
    td_json_array_end(&w);
    td_json_object_end(&w);
    assert_string_equal(b.at, "{\n  \"i\": 1,\n  \"e\": []\n}");
    td_buf_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jsonb_text_is_what_the_server_prints),
        cmocka_unit_test(test_json_accepts_what_the_server_accepts),
        cmocka_unit_test(test_jsonb_equality_is_by_value),
        cmocka_unit_test(test_numbers_keep_every_digit),
        cmocka_unit_test(test_nesting_is_bounded_without_a_crash),
        cmocka_unit_test(test_syntax_error_has_line_and_column),
        cmocka_unit_test(test_key_twice_is_an_error_at_the_second),
        cmocka_unit_test(test_tree_gives_values_and_their_places),
        cmocka_unit_test(test_parse_survives_each_failed_allocation),
        cmocka_unit_test(test_a_value_is_printed_on_one_line),
        cmocka_unit_test(test_writer_gives_valid_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
