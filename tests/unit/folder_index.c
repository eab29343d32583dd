/* The index of a folder: unchanged files are not read, changed ones always are, and whatever is wrong with it helps
 * nobody and hurts nobody. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/migrate/folder.h"
#include "tests/lib/tmpdir.h"

#define FILES 70

struct fixture {
    char *dir, *folder, *index;
    bool helps; /* the file system is one of those where it is used */
};

struct looked {
    struct td_arena arena;
    struct td_folder folder;
    struct td_err err;
    const char *dir, *index;
    int rc;
};

static int look(void *data, struct td_err *err)
{
    struct looked *l = data;
    return td_folder_look(&l->arena, l->dir, l->index, &l->folder, err);
}

static struct looked *looked_at(const struct fixture *f, const char *index)
{
    struct looked *l = calloc(1, sizeof *l);
    l->dir = f->folder;
    l->index = index;
    l->rc = td_arena_run(&l->arena, look, l, &l->err);
    return l;
}

static void done(struct looked *l)
{
    td_arena_deinit(&l->arena);
    free(l);
}

static size_t unread(const struct looked *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->folder.len; i++)
        n += l->folder.at[i].text == NULL;
    return n;
}

static char *file_of(const struct fixture *f, int i)
{
    char name[64];
    snprintf(name, sizeof name, "migrations/%03d/migration.sql", i);
    return td_tmpdir_path(f->dir, name);
}

static void put(const char *path, const char *text)
{
    struct td_err err = {0};
    char *dir = td_path_dirname(path);
    assert_int_equal(td_dir_make(dir, &err), TD_OK);
    td_mem_free(dir);
    td_tmpdir_write(path, text, strlen(text));
}

static void put_nth(const struct fixture *f, int i)
{
    char *path = file_of(f, i), text[32];
    snprintf(text, sizeof text, "SELECT %03d;", i);
    put(path, text);
    free(path);
}

static bool does_help(const char *dir)
{
    struct td_dir d;
    struct td_err err = {0};
    uint64_t device;
    bool helps = td_dir_list(dir, &d, &err) == TD_OK && td_dir_keeps_times(&d, &device);
    td_dir_deinit(&d);
    return helps;
}

static struct fixture shared; /* its files are old enough; each test leaves them as they were, or makes them so */

static void settle(void)
{
    nanosleep(&(struct timespec){.tv_sec = 2, .tv_nsec = 50000000}, NULL);
}

static int group_setup(void **state)
{
    (void)state;
    shared.dir = td_tmpdir_make();
    shared.folder = td_tmpdir_path(shared.dir, "migrations");
    for (int i = 0; i < FILES; i++)
        put_nth(&shared, i);
    shared.helps = does_help(shared.folder);
    settle();
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    td_tmpdir_remove(shared.dir);
    free(shared.folder);
    return 0;
}

static int setup(void **state)
{
    static int n;
    struct fixture *f = calloc(1, sizeof *f);
    char name[32];
    *f = shared;
    snprintf(name, sizeof name, "cache%d/tandem/index", n++);
    f->index = td_tmpdir_path(f->dir, name);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->index);
    free(f);
    return 0;
}

static void needs_help(const struct fixture *f)
{
    if (!f->helps)
        skip();
}

/* An index of the folder as it is, which then spares all but `read` files. */
static void index_it(const struct fixture *f, size_t read)
{
    struct looked *l = looked_at(f, f->index);
    assert_int_equal(l->rc, TD_OK);
    done(l);
    l = looked_at(f, f->index);
    assert_int_equal(l->rc, TD_OK);
    assert_int_equal(unread(l), l->folder.len - read);
    done(l);
}

/* The same names and checksums as without an index; all but `read` files unread. */
static void is_true(const struct fixture *f, size_t read)
{
    struct looked *with = looked_at(f, f->index), *without = looked_at(f, NULL);
    assert_int_equal(with->rc, TD_OK);
    assert_int_equal(without->rc, TD_OK);
    assert_int_equal(with->folder.len, without->folder.len);
    assert_int_equal(unread(without), 0);
    assert_int_equal(unread(with), with->folder.len - read);
    for (size_t i = 0; i < with->folder.len; i++) {
        assert_string_equal(with->folder.at[i].name, without->folder.at[i].name);
        assert_string_equal(with->folder.at[i].checksum, without->folder.at[i].checksum);
    }
    assert_int_equal(td_folder_texts(&with->folder, &with->err), TD_OK);
    assert_true(td_folder_is_whole(&with->folder));
    for (size_t i = 0; i < with->folder.len; i++) {
        assert_int_equal(with->folder.at[i].len, without->folder.at[i].len);
        assert_string_equal(with->folder.at[i].text, without->folder.at[i].text);
    }
    done(with);
    done(without);
}

static void test_unchanged_files_are_not_read(void **state)
{
    struct fixture *f = *state;
    needs_help(f);
    index_it(f, 0);
    is_true(f, 0);
    struct stat st;
    assert_int_equal(stat(f->index, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    char *dir = td_path_dirname(f->index);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    td_mem_free(dir);
}

/* `edit` of the third file, which leaves its size and, by `restore`, its time of modification. */
static void edit_is_found(struct fixture *f, void (*edit)(const char *path))
{
    struct stat before, after;
    needs_help(f);
    index_it(f, 0);
    char *path = file_of(f, 3);
    assert_int_equal(stat(path, &before), 0);
    edit(path);
    assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[]){before.st_atim, before.st_mtim}, 0), 0);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_size, after.st_size);
    assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    struct looked *l = looked_at(f, f->index);
    assert_string_equal(l->folder.at[3].text, "SELECT 777;");
    done(l);
    is_true(f, 1); /* and it is too young to be noted */
    free(path);
    put_nth(f, 3);
    settle();
}

static void in_place(const char *path)
{
    put(path, "SELECT 777;");
}

static void by_rename(const char *path)
{
    char other[4096];
    snprintf(other, sizeof other, "%s.new", path);
    put(other, "SELECT 777;");
    assert_int_equal(rename(other, path), 0);
}

static void test_an_edit_of_the_same_size_and_time_is_found(void **state)
{
    edit_is_found(*state, in_place);
}

static void test_a_file_put_in_place_by_a_rename_is_found(void **state)
{
    edit_is_found(*state, by_rename);
}

static void swap(const struct fixture *f, const char *a, const char *b)
{
    char *one = td_tmpdir_path(f->dir, a), *two = td_tmpdir_path(f->dir, b), *aside = td_tmpdir_path(f->dir, "aside");
    assert_int_equal(rename(one, aside), 0);
    assert_int_equal(rename(two, one), 0);
    assert_int_equal(rename(aside, two), 0);
    free(one);
    free(two);
    free(aside);
}

static void test_swapped_directories_are_found(void **state)
{
    struct fixture *f = *state;
    needs_help(f);
    index_it(f, 0);
    swap(f, "migrations/005", "migrations/006");
    is_true(f, 2);
    is_true(f, 0);
    swap(f, "migrations/005", "migrations/006");
    is_true(f, 2);
}

static void test_new_and_removed_migrations_are_found(void **state)
{
    struct fixture *f = *state;
    needs_help(f);
    index_it(f, 0);
    char *gone = td_tmpdir_path(f->dir, "migrations/000"), *kept = td_tmpdir_path(f->dir, "kept");
    assert_int_equal(rename(gone, kept), 0);
    put_nth(f, 500);
    is_true(f, 1);
    char *path = file_of(f, 500), *dir = td_path_dirname(path);
    td_tmpdir_remove(strdup(dir));
    td_mem_free(dir);
    assert_int_equal(rename(kept, gone), 0);
    is_true(f, 0);
    free(path);
    free(gone);
    free(kept);
}

static void test_a_file_that_was_just_written_is_read_again(void **state)
{
    struct fixture *f = *state;
    needs_help(f);
    put_nth(f, 7);
    index_it(f, 1);
    is_true(f, 1);
    settle();
    index_it(f, 0);
}

static void test_text_that_is_none_is_an_error_as_before(void **state)
{
    struct fixture *f = *state;
    needs_help(f);
    index_it(f, 0);
    char *path = file_of(f, 9);
    put(path, "SELECT \xff\xff;");
    struct looked *l = looked_at(f, f->index);
    assert_int_equal(l->rc, TD_EDATA);
    done(l);
    l = looked_at(f, f->index);
    assert_int_equal(l->rc, TD_EDATA);
    done(l);
    free(path);
    put_nth(f, 9);
    settle();
}

/* Each of these is read as if there were no index, and without an error. */
static void test_a_damaged_index_is_none(void **state)
{
    struct fixture *f = *state;
    struct td_err err = {0};
    char *bytes = NULL;
    size_t len = 0;
    needs_help(f);
    index_it(f, 0);
    assert_int_equal(td_file_read(f->index, TD_FILE_MAX, &bytes, &len, &err), TD_OK);
    for (size_t i = 0; i < len; i += 97) {
        bytes[i] ^= 0x20;
        td_tmpdir_write(f->index, bytes, len);
        is_true(f, FILES);
        bytes[i] ^= 0x20;
    }
    for (size_t cut = 0; cut < len; cut += 331) {
        td_tmpdir_write(f->index, bytes, cut);
        is_true(f, FILES);
    }
    td_tmpdir_write(f->index, bytes, len);
    is_true(f, 0);
    td_mem_free(bytes);
}

static void test_an_index_that_others_could_write_is_none(void **state)
{
    struct fixture *f = *state;
    needs_help(f);
    index_it(f, 0);
    assert_int_equal(chmod(f->index, 0620), 0);
    is_true(f, FILES); /* and is replaced */
    is_true(f, 0);
}

static void test_an_index_behind_a_link_is_none(void **state)
{
    struct fixture *f = *state;
    needs_help(f);
    index_it(f, 0);
    char *elsewhere = td_tmpdir_path(f->dir, "elsewhere");
    assert_int_equal(rename(f->index, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, f->index), 0);
    struct stat before, after;
    assert_int_equal(stat(elsewhere, &before), 0);
    is_true(f, FILES);
    assert_int_equal(stat(elsewhere, &after), 0); /* the link was replaced, not followed */
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    is_true(f, 0);
    free(elsewhere);
}

static void test_an_index_that_cannot_be_written_is_no_error(void **state)
{
    struct fixture *f = *state;
    put(f->index, "a file");
    char *in_the_way = f->index;
    f->index = td_tmpdir_path(in_the_way, "tandem/index");
    is_true(f, FILES);
    is_true(f, FILES);
    free(in_the_way);
}

static void test_few_files_need_no_index(void **state)
{
    struct fixture *f = *state;
    char *one = td_tmpdir_path(f->dir, "few/1/migration.sql"), *few = td_tmpdir_path(f->dir, "few");
    put(one, "SELECT 1;");
    f->folder = few;
    struct looked *l = looked_at(f, f->index);
    assert_int_equal(l->rc, TD_OK);
    assert_int_equal(unread(l), 0);
    assert_false(td_file_exists(f->index));
    done(l);
    free(one);
    free(few);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(test_unchanged_files_are_not_read),
        T(test_an_edit_of_the_same_size_and_time_is_found),
        T(test_a_file_put_in_place_by_a_rename_is_found),
        T(test_swapped_directories_are_found),
        T(test_new_and_removed_migrations_are_found),
        T(test_a_file_that_was_just_written_is_read_again),
        T(test_text_that_is_none_is_an_error_as_before),
        T(test_a_damaged_index_is_none),
        T(test_an_index_that_others_could_write_is_none),
        T(test_an_index_behind_a_link_is_none),
        T(test_an_index_that_cannot_be_written_is_no_error),
        T(test_few_files_need_no_index),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
