/* SQLite's files: missing, foreign, damaged, read-only, full; and that reading leaves no trace. */
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/env.h"
#include "tests/lib/tmpdir.h"

/* Runs fn in another process, as nobody when we are root, and gives what it returned. */
static int as_ordinary_user(int (*fn)(struct env *e), struct env *e)
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
            _exit(99);
        _exit(fn(e));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static char *path_of(struct env *e, const char *name)
{
    return td_tmpdir_path(e->dir, name);
}

static bool there(struct env *e, const char *name)
{
    char *path = path_of(e, name);
    bool is = access(path, F_OK) == 0;
    free(path);
    return is;
}

static int files_in(const char *dir)
{
    int n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *entry = readdir(d); entry != NULL; entry = readdir(d))
        n += entry->d_name[0] != '.';
    closedir(d);
    return n;
}

static void set_mode(struct env *e, const char *name, mode_t mode)
{
    char *path = path_of(e, name);
    assert_int_equal(chmod(path, mode), 0);
    free(path);
}

static void leave(struct env *e)
{
    td_db_close(e->db);
    e->db = NULL;
}

static void test_settings_of_a_connection(void **state)
{
    struct env *e = *state;
    char *mode = NULL;
    assert_int_equal(env_int(e, "PRAGMA foreign_keys"), 1);
    assert_int_equal(env_int(e, "PRAGMA synchronous"), 2);
    /* SQLite 3.40 takes these for unsafe in a CHECK or a default where trusted_schema is off */
    env_exec(e, "CREATE TABLE j (a TEXT CHECK (json_valid(a)), b TEXT DEFAULT (hex(randomblob(4)))) STRICT;"
                "INSERT INTO j (a) VALUES ('{}')");
    env_ok(e, td_db_query_text(e->db, "PRAGMA journal_mode", NULL, 0, &mode, &e->err));
    assert_string_equal(mode, "wal");
    free(mode);
}

static void test_missing_file_is_not_found_and_not_made(void **state)
{
    struct env *e = *state;
    struct td_db_opts create = {.create = true}, both = {.create = true, .read_only = true};
    assert_null(env_try(e, "sqlite:missing.db", NULL));
    assert_int_equal(e->err.rc, TD_ENOTFOUND);
    assert_non_null(strstr(e->err.message, "missing.db"));
    assert_true(e->err.next[0] != '\0');
    assert_null(env_try(e, "sqlite:missing.db", &both));
    assert_int_equal(e->err.rc, TD_ENOTFOUND);
    assert_false(there(e, "missing.db"));
    assert_null(env_try(e, "sqlite:no/such/dir/x.db", &create));
    assert_int_equal(e->err.rc, TD_ENOTFOUND);
    assert_non_null(strstr(e->err.next, "mkdir"));
}

static void test_names_that_look_like_uris(void **state)
{
    static const char *const names[] = {"a b.db", "a%20b.db", "a#b.db", "a;b'c\".db", "\u00fc.db"};
    struct env *e = *state;
    struct td_db_opts create = {.create = true};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = path_of(e, names[i]);
        sqlite3 *plain = NULL;
        assert_int_equal(sqlite3_open_v2(path, &plain, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_exec(plain, "CREATE TABLE t (a)", NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(plain);
        assert_true(there(e, names[i]));
        free(path);
    }
    struct td_db *db = env_try(e, "sqlite:a b.db", &create);
    assert_non_null(db);
    env_ok(e, td_db_exec(db, "SELECT * FROM t", &e->err));
    td_db_close(db);
}

static void foreign(struct env *e, const void *bytes, size_t len)
{
    char *path = path_of(e, "foreign.db"), again[4096];
    td_tmpdir_write(path, bytes, len);
    assert_null(env_try(e, "sqlite:foreign.db", NULL));
    assert_int_equal(e->err.rc, TD_EDATA);
    assert_int_equal(e->err.code, TD_C_DB_NOT_A_DATABASE);
    assert_non_null(strstr(e->err.message, "foreign.db"));
    FILE *f = fopen(path, "rb");
    assert_int_equal(fread(again, 1, sizeof again, f), len);
    assert_memory_equal(again, bytes, len);
    fclose(f);
    assert_false(there(e, "foreign.db-wal"));
    free(path);
}

static void test_a_file_that_is_no_database_is_left_alone(void **state)
{
    struct env *e = *state;
    char noise[4096];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(i * 7 + 3);
    foreign(e, noise, sizeof noise);
    foreign(e, "hello\n", 6);
    assert_null(env_try(e, "sqlite:.", NULL));
    assert_int_equal(e->err.rc, TD_EDATA);
}

static void test_a_damaged_database_is_data_error(void **state)
{
    struct env *e = *state;
    char *path = path_of(e, "test.db");
    env_exec(e, "CREATE TABLE t (a TEXT); INSERT INTO t VALUES (hex(randomblob(20000)))");
    leave(e);
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "garbage garbage garbage", 23, 100), 23); /* the root page of the schema */
    close(fd);
    struct td_db *db = env_try(e, "sqlite:test.db", NULL);
    assert_null(db);
    assert_int_equal(e->err.rc, TD_EDATA);
    assert_string_equal(e->err.sqlstate, "XX001");
    free(path);
}

static void test_a_full_disk_is_full_and_loses_nothing(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a BLOB); INSERT INTO t VALUES (x'01'); PRAGMA max_page_count = 20");
    env_ok(e, td_db_begin(e->db, TD_TX_WRITE, &e->err));
    env_fails(e, "INSERT INTO t VALUES (randomblob(1000000))", TD_EFULL, "53100");
    td_db_rollback(e->db);
    assert_int_equal(env_int(e, "SELECT count(*) FROM t"), 1);
}

static int read_count(struct env *e)
{
    static const struct td_db_opts opts = {.read_only = true};
    int64_t n = 0;
    struct td_db *db = env_try(e, "sqlite:test.db", &opts);
    if (db == NULL || td_db_query_int(db, "SELECT count(*) FROM t", NULL, 0, &n, &e->err) != TD_OK)
        return 90;
    td_db_close(db);
    return (int)n;
}

static void test_reading_a_wal_file_leaves_no_trace(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2)");
    leave(e);
    assert_int_equal(files_in(e->dir), 1);
    assert_int_equal(read_count(e), 2); /* where it could write */
    assert_int_equal(files_in(e->dir), 1);
    set_mode(e, "test.db", 0444);
    assert_int_equal(chmod(e->dir, 0555), 0);
    assert_int_equal(as_ordinary_user(read_count, e), 2); /* and where not */
    assert_int_equal(files_in(e->dir), 1);
    assert_int_equal(chmod(e->dir, 0755), 0);
}

static void test_reading_beside_a_writer_sees_its_commits(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2), (3)");
    assert_true(there(e, "test.db-wal"));
    assert_int_equal(read_count(e), 3);
    assert_int_equal(as_ordinary_user(read_count, e), 3);
    env_exec(e, "INSERT INTO t VALUES (4)");
    assert_int_equal(read_count(e), 4);
}

/* As a power cut leaves it: commits in the -wal, nobody has the file open. */
static int die_with_a_wal(struct env *e)
{
    struct td_db *db = env_try(e, "sqlite:test.db", NULL);
    int rc = td_db_exec(db, "INSERT INTO t VALUES (7), (8)", &e->err);
    _exit(rc);
}

static void test_what_a_crash_left_in_the_wal_is_read_without_writing(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER)");
    leave(e);
    pid_t pid = fork();
    if (pid == 0)
        die_with_a_wal(e);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(there(e, "test.db-wal"));
    assert_true(there(e, "test.db-shm"));
    assert_int_equal(as_ordinary_user(read_count, e), 2);
    char *shm = path_of(e, "test.db-shm");
    assert_int_equal(unlink(shm), 0);
    free(shm);
    assert_int_equal(chmod(e->dir, 0555), 0);
    assert_int_equal(as_ordinary_user(read_count, e), 2);
    assert_int_equal(read_count(e), 2);
    assert_int_equal(files_in(e->dir), 2);
    assert_int_equal(chmod(e->dir, 0755), 0);
    e->db = env_open(e, NULL); /* and the next writer finds all of it */
    assert_int_equal(env_int(e, "SELECT count(*) FROM t"), 2);
}

/* The rollback journal's way: half a transaction in the file, the rest of the truth in the -journal. */
static void die_with_a_journal(struct env *e)
{
    sqlite3 *db = NULL;
    char *path = path_of(e, "test.db");
    int rc = sqlite3_open(path, &db);
    rc |= sqlite3_exec(db,
                       "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 5; BEGIN; DELETE FROM t;"
                       "INSERT INTO t VALUES (hex(randomblob(1000000)))",
                       NULL, NULL, NULL);
    _exit(rc);
}

static int read_unfinished(struct env *e)
{
    static const struct td_db_opts opts = {.read_only = true};
    struct td_db *db = env_try(e, "sqlite:test.db", &opts);
    return db == NULL && e->err.code == TD_C_DB_UNFINISHED ? 0 : 1;
}

static void test_an_unfinished_transaction_is_not_read_as_if_it_were_data(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x')");
    leave(e);
    pid_t pid = fork();
    if (pid == 0)
        die_with_a_journal(e);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(there(e, "test.db-journal"));
    assert_int_equal(as_ordinary_user(read_unfinished, e), 0);
    assert_true(there(e, "test.db-journal"));
    e->db = env_open(e, NULL);
    assert_int_equal(env_int(e, "SELECT count(*) FROM t WHERE a = 'x'"), 1);
}

static int open_for_writing(struct env *e)
{
    struct td_db *db = env_try(e, "sqlite:test.db", NULL);
    return db == NULL && e->err.rc == TD_EREADONLY && e->err.next[0] != '\0' ? 0 : 1;
}

static void test_a_file_that_cannot_be_written_is_refused_at_once(void **state)
{
    struct env *e = *state;
    env_exec(e, "CREATE TABLE t (a INTEGER)");
    leave(e);
    set_mode(e, "test.db", 0444);
    assert_int_equal(as_ordinary_user(open_for_writing, e), 0);
    set_mode(e, "test.db", 0666);
    assert_int_equal(chmod(e->dir, 0555), 0);
    assert_int_equal(as_ordinary_user(open_for_writing, e), 0); /* no place for the journal */
    assert_int_equal(chmod(e->dir, 0755), 0);
}

static void test_a_busy_file_can_still_be_opened(void **state)
{
    struct env *e = *state;
    struct td_db_opts opts = {.busy_timeout_ms = 100};
    env_exec(e, "CREATE TABLE t (a INTEGER)");
    env_ok(e, td_db_begin(e->db, TD_TX_WRITE, &e->err));
    struct td_db *db = env_open(e, &opts);
    td_db_close(db);
    td_db_rollback(e->db);
}

static void fail_22003(sqlite3_context *ctx, int n, sqlite3_value **values)
{
    (void)n;
    (void)values;
    sqlite3_result_error(ctx, "22003: integer out of range", -1);
}

static void test_errors_of_registered_functions_carry_their_state(void **state)
{
    struct env *e = *state;
    assert_int_equal(
        sqlite3_create_function(td_db_native(e->db), "td_fail", 0, SQLITE_UTF8, NULL, fail_22003, NULL, NULL),
        SQLITE_OK);
    env_fails(e, "SELECT td_fail()", TD_EDATA, "22003");
    assert_string_equal(e->err.message, "integer out of range");
}

static void test_casts_as_postgres_writes_them_are_no_placeholders(void **state)
{
    struct env *e = *state;
    struct td_db_stmt *st;
    assert_int_equal(td_db_prepare(e->db, "SELECT $1::text", &st, &e->err), TD_ESYNTAX);
    assert_non_null(strstr(e->err.next, "CAST"));
}

static void test_memory_databases_are_apart(void **state)
{
    struct env *e = *state;
    struct td_db *a = env_try(e, "sqlite::memory:", NULL), *b = env_try(e, "sqlite::memory:", NULL);
    env_ok(e, td_db_exec(a, "CREATE TABLE t (a INTEGER)", &e->err));
    env_ok(e, td_db_exec(b, "CREATE TABLE t (a INTEGER)", &e->err));
    td_db_close(a);
    td_db_close(b);
}

const struct env_test sqlite_file_tests[] = {
    SQLITE_ONLY(test_settings_of_a_connection),
    SQLITE_ONLY(test_missing_file_is_not_found_and_not_made),
    SQLITE_ONLY(test_names_that_look_like_uris),
    SQLITE_ONLY(test_a_file_that_is_no_database_is_left_alone),
    SQLITE_ONLY(test_a_damaged_database_is_data_error),
    SQLITE_ONLY(test_a_full_disk_is_full_and_loses_nothing),
    SQLITE_ONLY(test_reading_a_wal_file_leaves_no_trace),
    SQLITE_ONLY(test_reading_beside_a_writer_sees_its_commits),
    SQLITE_ONLY(test_what_a_crash_left_in_the_wal_is_read_without_writing),
    SQLITE_ONLY(test_an_unfinished_transaction_is_not_read_as_if_it_were_data),
    SQLITE_ONLY(test_a_file_that_cannot_be_written_is_refused_at_once),
    SQLITE_ONLY(test_a_busy_file_can_still_be_opened),
    SQLITE_ONLY(test_errors_of_registered_functions_carry_their_state),
    SQLITE_ONLY(test_casts_as_postgres_writes_them_are_no_placeholders),
    SQLITE_ONLY(test_memory_databases_are_apart),
    {0},
};
