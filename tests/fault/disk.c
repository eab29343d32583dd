/* SQLite's disk breaks in the middle of a deploy: at each operation once an I/O error, a disk that is full from there
 * on, and kill -9. Each time a clean error, the state after some migration, and a plain deploy that goes on.
 *
 * Some of the operations are tried; TANDEM_LONG=1 tries them all. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/fault/faulty_vfs.h"
#include "tests/fault/story.h"

static void test_each_operation_may_fail(void **state)
{
    struct story s;
    size_t failures = 0;
    (void)state;
    story_open(&s, TD_ENGINE_SQLITE);
    for (size_t n = 1;; n = story_next(n, 8)) {
        char fault[100];
        snprintf(fault, sizeof fault, "an I/O error at operation %zu", n);
        faulty_vfs_break(FAULTY_VFS_ERROR, n);
        int rc = project_deploy(&s.p);
        size_t seen = faulty_vfs_count();
        faulty_vfs_break(FAULTY_VFS_ERROR, 0);
        if (rc != TD_OK && rc != TD_EIO)
            fail_msg("%s: rc %d, %s", fault, rc, s.p.err.message);
        failures += rc != TD_OK;
        story_check(&s, rc, fault);
        if (seen < n)
            break;
        story_restart(&s);
    }
    print_message("%zu failures\n", failures);
    assert_true(failures > 20);
    story_close(&s);
}

/* With a connection of its own. A process that cannot give its lease back leaves it by ending. The status is waitpid's.
 */
static int deploy_in_child(struct story *s, enum faulty_vfs_kind kind, size_t nth)
{
    int status = 0;
    td_db_close(s->p.db);
    s->p.db = NULL;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct project mine;
        project_join(&mine, &s->p);
        faulty_vfs_break(kind, nth);
        int rc = project_deploy(&mine);
        _exit(rc == (int)mine.err.rc ? rc : TD_EBUG);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static bool ended_well(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == TD_OK;
}

static void sweep_children(enum faulty_vfs_kind kind, const char *name)
{
    struct story s;
    size_t failures = 0;
    story_open(&s, TD_ENGINE_SQLITE);
    for (size_t n = 1;; n = story_next(n, 8)) {
        char fault[100];
        snprintf(fault, sizeof fault, "%s at operation %zu", name, n);
        int status = deploy_in_child(&s, kind, n);
        if (!ended_well(status) && !(kind == FAULTY_VFS_KILL ? WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
                                                             : WIFEXITED(status) && WEXITSTATUS(status) == TD_EFULL))
            fail_msg("%s: status %#x", fault, (unsigned)status);
        story_check_gone(&s, fault);
        if (ended_well(status))
            break;
        failures++;
        story_restart(&s);
    }
    print_message("%zu failures\n", failures);
    assert_true(failures > 20);
    story_close(&s);
}

static void test_disk_may_be_full_from_each_operation_on(void **state)
{
    (void)state;
    sweep_children(FAULTY_VFS_FULL, "a full disk");
}

static void test_killed_before_each_operation(void **state)
{
    (void)state;
    sweep_children(FAULTY_VFS_KILL, "kill -9");
}

static void test_each_operation_of_opening_may_fail(void **state)
{
    struct story s;
    (void)state;
    story_open(&s, TD_ENGINE_SQLITE);
    for (size_t n = 1;; n++) {
        struct td_db *db = NULL;
        struct td_err err = {0};
        faulty_vfs_break(FAULTY_VFS_ERROR, n);
        int rc = td_db_open(&s.p.url, &(struct td_db_opts){.create = true}, &db, &err);
        size_t seen = faulty_vfs_count();
        faulty_vfs_break(FAULTY_VFS_ERROR, 0);
        assert_true((rc == TD_OK) == (db != NULL) && (rc == TD_OK || err.message[0] != '\0'));
        td_db_close(db);
        if (seen < n)
            break;
    }
    story_check_gone(&s, "opening");
    story_close(&s);
}

/* An argument chooses tests by a pattern. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_operation_may_fail),
        cmocka_unit_test(test_disk_may_be_full_from_each_operation_on),
        cmocka_unit_test(test_killed_before_each_operation),
        cmocka_unit_test(test_each_operation_of_opening_may_fail),
    };
    faulty_vfs_register();
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
