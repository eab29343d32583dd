/* Files, paths, UTF-8, hashes, UUIDs, nearest words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/nearest.h"
#include "core/base/sha256.h"
#include "core/base/utf8.h"
#include "core/base/uuid.h"

static char dir[64];

static int enter(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/tandem-file-XXXXXX");
    return mkdtemp(dir) == NULL || chdir(dir) != 0;
}

static int leave(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return chdir("/") != 0 || system(command) != 0;
}

static void test_write_replaces_whole_file_and_keeps_permissions(void **state)
{
    (void)state;
    struct td_err err = {0};
    struct stat st;
    char *text;
    size_t len;
    assert_int_equal(td_file_write("f", "old", 3, &err), TD_OK);
    assert_int_equal(chmod("f", 0640), 0);
    assert_int_equal(td_file_write("f", "n\0w", 3, &err), TD_OK);
    assert_int_equal(td_file_read("f", 100, &text, &len, &err), TD_OK);
    assert_int_equal(len, 3);
    assert_memory_equal(text, "n\0w", 4);
    td_mem_free(text);
    assert_int_equal(stat("f", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    struct td_dir d;
    assert_int_equal(td_dir_list(".", &d, &err), TD_OK);
    assert_int_equal(d.len, 1); /* nothing is left beside it */
    td_dir_deinit(&d);
}

static void test_create_does_not_overwrite(void **state)
{
    (void)state;
    struct td_err err = {0};
    char *text;
    assert_int_equal(td_file_create("c", "1", 1, &err), TD_OK);
    assert_int_equal(td_file_create("c", "2", 1, &err), TD_EEXISTS);
    assert_int_equal(td_file_read("c", 100, &text, NULL, &err), TD_OK);
    assert_string_equal(text, "1");
    td_mem_free(text);
}

static void test_read_is_bounded_and_names_the_path(void **state)
{
    (void)state;
    struct td_err err = {0};
    char *text;
    assert_int_equal(td_file_write("big", "0123456789", 10, &err), TD_OK);
    assert_int_equal(td_file_read("big", 9, &text, NULL, &err), TD_EDATA);
    assert_null(text);
    assert_int_equal(td_file_read("none", 9, &text, NULL, &err), TD_ENOTFOUND);
    assert_non_null(strstr(err.message, "\"none\""));
    assert_int_equal(td_file_read(".", 9, &text, NULL, &err), TD_EIO);
    assert_int_equal(td_file_write("no/such/file", "", 0, &err), TD_ENOTFOUND);
}

static void assert_none(const char *path)
{
    struct td_err err = {0};
    char *text = dir; /* something that is not NULL */
    size_t len = 0;
    assert_int_equal(td_file_read_regular(path, 100, &text, &len, &err), TD_OK);
    assert_null(text);
}

/* A pipe without a writer would be waited for for ever. */
static void test_read_regular_takes_files_alone_and_does_not_wait(void **state)
{
    (void)state;
    struct td_err err = {0};
    char *text = NULL;
    size_t len = 0;
    assert_none("missing");
    assert_int_equal(mkdir("d", 0777), 0);
    assert_none("d");
    assert_none("d/below");
    assert_int_equal(mkfifo("pipe", 0666), 0);
    assert_none("pipe");
    assert_int_equal(td_file_write("f", "a\0b", 3, &err), TD_OK);
    assert_none("f/below");
    assert_int_equal(td_file_read_regular("f", 100, &text, &len, &err), TD_OK);
    assert_int_equal(len, 3);
    assert_memory_equal(text, "a\0b", 4);
    td_mem_free(text);
    assert_int_equal(td_file_read_regular("f", 2, &text, &len, &err), TD_EDATA);
    assert_null(text);
    assert_int_equal(td_file_write("f", "", 0, &err), TD_OK);
    assert_int_equal(td_file_read_regular("f", 100, &text, &len, &err), TD_OK);
    assert_int_equal(len, 0);
    assert_string_equal(text, "");
    td_mem_free(text);
}

static void test_read_regular_of_a_file_without_a_size(void **state)
{
    (void)state;
    struct td_err err = {0};
    char *text = NULL;
    size_t len = 0;
    assert_int_equal(td_file_read_regular("/proc/self/stat", 100000, &text, &len, &err), TD_OK);
    assert_true(len > 10 && strlen(text) == len);
    td_mem_free(text);
}

static void test_directory_is_listed_bytewise(void **state)
{
    (void)state;
    static const char *const names[] = {"2_b", "10_a", "B", "a", ".x", "\xC3\xA9"};
    static const char *const sorted[] = {".x", "10_a", "2_b", "B", "a", "\xC3\xA9"};
    struct td_err err = {0};
    struct td_dir d;
    assert_int_equal(td_dir_make("list/deep/er", &err), TD_OK);
    assert_int_equal(td_dir_make("list/deep/er", &err), TD_OK);
    assert_int_equal(chdir("list/deep/er"), 0);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(i == 3 ? td_dir_make(names[i], &err) : td_file_write(names[i], "", 0, &err), TD_OK);
    assert_int_equal(td_dir_list(".", &d, &err), TD_OK);
    assert_int_equal(d.len, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(d.at[i].name, sorted[i]);
        assert_int_equal(d.at[i].is_dir, strcmp(sorted[i], "a") == 0);
    }
    td_dir_deinit(&d);
    assert_int_equal(td_dir_list("B", &d, &err), TD_ENOTFOUND);
    td_dir_deinit(&d);
    assert_int_equal(chdir(dir), 0);
}

static void test_files_are_read_below_a_listed_directory(void **state)
{
    (void)state;
    struct td_err err = {0};
    struct td_dir d;
    char *text = NULL;
    size_t len = 0;
    assert_int_equal(td_dir_make("below/one", &err), TD_OK);
    assert_int_equal(td_file_write("below/one/f", "abc", 3, &err), TD_OK);
    assert_int_equal(td_dir_list("below", &d, &err), TD_OK);
    assert_int_equal(chdir("/"), 0); /* the directory that was listed, wherever we are */
    assert_int_equal(td_dir_read_regular(&d, "one/f", "the path", &text, &len, NULL, &err), TD_OK);
    assert_int_equal(len, 3);
    assert_string_equal(text, "abc");
    td_mem_free(text);
    assert_int_equal(td_dir_read_regular(&d, "one/none", "the path", &text, &len, NULL, &err), TD_OK);
    assert_null(text);
    assert_int_equal(td_dir_read_regular(&d, "one", "the path", &text, &len, NULL, &err), TD_OK);
    assert_null(text);
    td_dir_deinit(&d);
    assert_int_equal(chdir(dir), 0);
}

static void equal_owned(char *got, const char *want)
{
    assert_non_null(got);
    assert_string_equal(got, want);
    td_mem_free(got);
}

static void test_paths_are_joined_and_taken_apart(void **state)
{
    (void)state;
    equal_owned(td_path_join("a", "b"), "a/b");
    equal_owned(td_path_join("a/", "b"), "a/b");
    equal_owned(td_path_join("a", "./b"), "a/b");
    equal_owned(td_path_join("a", "/b"), "/b");
    equal_owned(td_path_join(".", "b"), "b");
    equal_owned(td_path_join(NULL, "b"), "b");
    equal_owned(td_path_dirname("a/b/c"), "a/b");
    equal_owned(td_path_dirname("a"), ".");
    equal_owned(td_path_dirname("/a"), "/");
    equal_owned(td_path_dirname("a//b/"), "a");
    equal_owned(td_path_relative("/x/y/z", "/x/q"), "../y/z");
    equal_owned(td_path_relative("/x/y", "/x/y"), ".");
    equal_owned(td_path_relative("/x", "/x/y/z"), "../..");
    equal_owned(td_path_relative("/xy", "/x"), "../xy");
    equal_owned(td_path_relative("/x", "/"), "x");
    equal_owned(td_path_relative("a/../b", NULL), "b");
    equal_owned(td_path_absolute("/a/./b/../c//d"), "/a/c/d");
    equal_owned(td_path_absolute("/../.."), "/");
    assert_string_equal(td_path_basename("a/b"), "b");
}

static void test_utf8_finds_the_first_bad_byte(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t bad;
    } cases[] = {{"abc", TD_UTF8_VALID},
                 {"\xC3\xA9\xF0\x9F\x98\x80", TD_UTF8_VALID},
                 {"a\xFF", 1},
                 {"ab\xC3", 2},
                 {"\xC0\x80", 0},
                 {"\xED\xA0\x80", 0},
                 {"\xE0\x80\x80", 0},
                 {"\xF4\x90\x80\x80", 0},
                 {"x\xE2\x82", 1},
                 {"\x80", 0},
                 {"\xEF\xBF\xBF", TD_UTF8_VALID}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(td_utf8_find_bad(cases[i].text, strlen(cases[i].text)), cases[i].bad);
    struct td_err err = {0};
    assert_int_equal(td_utf8_check("a\n\xC3\xA9\xFF", 5, "x.sql", &err), TD_EDATA);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 2);
    assert_int_equal(td_utf8_check("a\rb\r\n\xC3\xA9\xFF", 8, "x.sql", &err), TD_EDATA);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 2);
    assert_int_equal(td_utf8_check("a\0b", 3, "x.sql", &err), TD_EDATA);
    assert_int_equal(err.column, 2);
}

/* Long runs of ASCII are looked at eight bytes at a time. */
static void test_utf8_finds_a_bad_byte_wherever_it_is(void **state)
{
    (void)state;
    char text[40];
    struct td_err err = {0};
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, 'a', sizeof text);
        assert_int_equal(td_utf8_check(text, at, "x.sql", &err), TD_OK);
        text[at] = '\xFF';
        assert_int_equal(td_utf8_find_bad(text, sizeof text), at);
        assert_int_equal(td_utf8_find_bad(text, at), TD_UTF8_VALID); /* what follows is not looked at */
        text[at] = '\0';
        assert_int_equal(td_utf8_check(text, sizeof text, "x.sql", &err), TD_EDATA);
        assert_int_equal(err.column, at + 1);
    }
}

static void test_utf8_counts_characters_and_columns(void **state)
{
    (void)state;
    static const char text[] = "a\xC3\xA9\xE6\xBC\xA2"
                               "e\xCC\x81";
    assert_int_equal(td_utf8_chars(text, strlen(text)), 5);
    assert_int_equal(td_utf8_width(text, strlen(text)), 5); /* the wide one counts 2, the combining one 0 */
    assert_int_equal(td_utf8_bytes(text, strlen(text), 3), 6);
    for (uint32_t cp = 1; cp <= 0x10FFFF; cp += 7) {
        char b[4];
        uint32_t back;
        size_t n = td_utf8_encode(cp, b);
        assert_int_equal(n == 0, cp >= 0xD800 && cp <= 0xDFFF);
        if (n > 0)
            assert_true(td_utf8_next(b, n, &back) == n && back == cp);
    }
}

static void test_sha256_of_known_texts(void **state)
{
    (void)state;
    char hex[TD_SHA256_HEX];
    td_sha256_hex("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    struct td_sha256 h;
    td_sha256_start(&h);
    td_sha256_add(&h, "a", 1);
    td_sha256_add(&h, "bc", 2);
    td_sha256_finish(&h, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_uuid_input_is_postgresqls(void **state)
{
    (void)state;
    static const char canon[] = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    static const char *const good[] = {canon,
                                       "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
                                       "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
                                       "a0eebc999c0b4ef8bb6d6bb9bd380a11",
                                       "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
                                       "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}"};
    static const char *const bad[] = {"",
                                      "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
                                      "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a112",
                                      "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                                      "a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11",
                                      "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                                      "-a0eebc999c0b4ef8bb6d6bb9bd380a11",
                                      "a0eebc999c0b4ef8bb6d6bb9bd380a11-",
                                      "a0e-ebc999c0b4ef8bb6d6bb9bd380a11",
                                      " a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"};
    char out[TD_UUID_TEXT];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(td_uuid_parse(good[i], strlen(good[i]), out));
        assert_string_equal(out, canon);
        assert_int_equal(td_uuid_is_canonical(good[i], strlen(good[i])), i == 0);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(td_uuid_parse(bad[i], strlen(bad[i]), out));
}

static void test_new_uuids_have_their_version_and_v7_sorts(void **state)
{
    (void)state;
    char a[TD_UUID_TEXT], b[TD_UUID_TEXT];
    td_uuid_v4(a);
    assert_true(td_uuid_is_canonical(a, 36));
    assert_int_equal(a[14], '4');
    td_uuid_v7(1700000000000001, a);
    td_uuid_v7(1700000000000002, b);
    assert_true(td_uuid_is_canonical(a, 36));
    assert_int_equal(a[14], '7');
    assert_memory_equal(a, "018bcfe5-6800-7004-", 19);
    assert_true(strcmp(a, b) < 0);
}

static void test_nearest_word_is_the_one_meant(void **state)
{
    (void)state;
    static const char *const words[] = {"migrations", "schema", "seed", "sqlite", "sync"};
    assert_string_equal(td_nearest("migratoins", words, 5), "migrations");
    assert_string_equal(td_nearest("Schema", words, 5), "schema");
    assert_string_equal(td_nearest("sead", words, 5), "seed");
    assert_null(td_nearest("databases", words, 5));
    assert_null(td_nearest("", words, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write_replaces_whole_file_and_keeps_permissions, enter, leave),
        cmocka_unit_test_setup_teardown(test_create_does_not_overwrite, enter, leave),
        cmocka_unit_test_setup_teardown(test_read_is_bounded_and_names_the_path, enter, leave),
        cmocka_unit_test_setup_teardown(test_read_regular_takes_files_alone_and_does_not_wait, enter, leave),
        cmocka_unit_test_setup_teardown(test_read_regular_of_a_file_without_a_size, enter, leave),
        cmocka_unit_test_setup_teardown(test_directory_is_listed_bytewise, enter, leave),
        cmocka_unit_test_setup_teardown(test_files_are_read_below_a_listed_directory, enter, leave),
        cmocka_unit_test(test_paths_are_joined_and_taken_apart),
        cmocka_unit_test(test_utf8_finds_the_first_bad_byte),
        cmocka_unit_test(test_utf8_counts_characters_and_columns),
        cmocka_unit_test(test_utf8_finds_a_bad_byte_wherever_it_is),
        cmocka_unit_test(test_sha256_of_known_texts),
        cmocka_unit_test(test_uuid_input_is_postgresqls),
        cmocka_unit_test(test_new_uuids_have_their_version_and_v7_sorts),
        cmocka_unit_test(test_nearest_word_is_the_one_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
