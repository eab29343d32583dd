/* What the lowering can print calls of is what functions.def lists: every name "pg_..." in a string of core/sql. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sql/functions.h"

#define SOURCES TD_TEST_DATA "/../../core/sql"

/* PostgreSQL's own names: a schema, a function that no text calls, and the word before the one of a sequence. */
static bool is_other(const char *name)
{
    static const char *const others[] = {"pg_", "pg_catalog", "pg_get_serial_sequence", "pg_notify", "pg_query"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(others[i], name) == 0)
            return true;
    }
    return false;
}

/* %s and %d in a name stand for any part of it. */
static bool is_listed(const char *name)
{
    char pattern[100];
    size_t n = 0;
    for (const char *p = name; *p != '\0' && n + 2 < sizeof pattern; p++) {
        pattern[n++] = *p == '%' ? '*' : *p;
        p += *p == '%' && p[1] != '\0';
    }
    pattern[n] = '\0';
    for (const struct td_function *f = td_functions(NULL); f->name != NULL; f++) {
        if (fnmatch(pattern, f->name, 0) == 0)
            return true;
    }
    return false;
}

/* The names in the strings of one line of C. */
static size_t check_line(const char *file, const char *line)
{
    size_t found = 0;
    bool inside = false;
    for (const char *p = line; *p != '\0'; p++) {
        char name[80];
        size_t len;
        if (*p == '"' && (p == line || p[-1] != '\\'))
            inside = !inside;
        if (!inside || strncmp(p, "pg_", 3) != 0)
            continue;
        len = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789_%");
        assert_true(len < sizeof name);
        memcpy(name, p, len);
        name[len] = '\0';
        p += len - 1;
        if (is_other(name))
            continue;
        found++;
        if (!is_listed(name))
            fail_msg("%s: \"%s\" is not in functions.def", file, name);
    }
    return found;
}

static size_t check_file(const char *name)
{
    char path[512], *line = NULL;
    size_t cap = 0, found = 0;
    snprintf(path, sizeof path, "%s/%s", SOURCES, name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (getline(&line, &cap, f) > 0)
        found += strncmp(line, "#include", 8) == 0 ? 0 : check_line(name, line);
    free(line);
    fclose(f);
    return found;
}

static void test_every_function_that_the_lowering_calls_is_listed(void **state)
{
    size_t found = 0;
    DIR *dir = opendir(SOURCES);
    (void)state;
    assert_non_null(dir);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        if (fnmatch("*.c", e->d_name, 0) == 0)
            found += check_file(e->d_name);
    }
    closedir(dir);
    assert_true(found > 200);
}

static void test_a_name_that_is_not_listed_is_found(void **state)
{
    (void)state;
    assert_true(is_listed("pg_numeric_add"));
    assert_true(is_listed("pg_%s_float"));
    assert_false(is_listed("pg_numeric_ad"));
    assert_false(is_listed("pg_%s_floats"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_function_that_the_lowering_calls_is_listed),
        cmocka_unit_test(test_a_name_that_is_not_listed_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
