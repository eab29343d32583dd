/* The public functions: what they promise about NULL, errors and old structs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "tandem/tandem.h"

static char dir[64];

static void write_migration(const char *folder, const char *name, const char *sql)
{
    char path[512];
    struct td_err err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(td_dir_make(path, &err), TD_OK);
    snprintf(path, sizeof path, "%s/%s/migration.sql", folder, name);
    assert_int_equal(td_file_write(path, sql, strlen(sql), &err), TD_OK);
}

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/tandem-api.XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    write_migration(dir, "20260101000000_a", "CREATE TABLE a (id serial PRIMARY KEY, name varchar(5));\n");
    write_migration(dir, "20260102000000_b", "CREATE TABLE b (id int REFERENCES a (id));\n");
    return 0;
}

static int teardown(void **state)
{
    char command[256];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s' '%s.attached'", dir, dir);
    return system(command);
}

static void test_null_is_harmless_everywhere(void **state)
{
    (void)state;
    tandem_err_free(NULL);
    tandem_db_close(NULL);
    tandem_db_cancel(NULL);
    tandem_status_free(NULL);
    assert_int_equal(tandem_status_count(NULL), 0);
    assert_null(tandem_status_name(NULL, 0));
    assert_string_equal(tandem_err_message(NULL), "");
    assert_int_equal(tandem_err_rc(NULL), TANDEM_OK);
    assert_int_equal(tandem_db_open(NULL, 0, NULL, NULL), TANDEM_EUSAGE);
    assert_int_equal(tandem_db_exec(NULL, "SELECT 1", NULL), TANDEM_EUSAGE);
    assert_int_equal(tandem_migrate_deploy(NULL, dir, NULL, NULL, NULL), TANDEM_EUSAGE);
    assert_int_equal(tandem_migrate_status(NULL, dir, NULL, NULL), TANDEM_EUSAGE);
}

static void test_error_has_code_message_next_and_no_password(void **state)
{
    struct tandem_err *err = tandem_err_new();
    struct tandem_db *db = (struct tandem_db *)&db;
    (void)state;
    assert_int_equal(tandem_db_open("postgresql://u:s3cret@127.0.0.1:1/x", 0, &db, err), TANDEM_EOFFLINE);
    assert_null(db);
    assert_int_equal(tandem_err_rc(err), TANDEM_EOFFLINE);
    assert_string_equal(tandem_err_code(err), "TD-DB-001");
    assert_null(strstr(tandem_err_message(err), "s3cret"));
    assert_int_equal(tandem_db_open("mysql://x", 0, &db, err), TANDEM_ECONFIG);
    assert_true(strlen(tandem_err_next(err)) > 0);
    tandem_err_free(err);
}

static void test_deploy_and_status_in_memory(void **state)
{
    struct tandem_db *db;
    struct tandem_status *st;
    struct tandem_deploy_opts opts = {.size = sizeof opts, .to = "20260101000000_a"};
    size_t applied = 9;
    (void)state;
    assert_int_equal(tandem_db_open("sqlite::memory:", TANDEM_OPEN_CREATE, &db, NULL), TANDEM_OK);
    assert_string_equal(tandem_db_engine(db), "sqlite");
    assert_int_equal(tandem_migrate_deploy(db, dir, &opts, &applied, NULL), TANDEM_OK);
    assert_int_equal(applied, 1);
    assert_int_equal(tandem_migrate_status(db, dir, &st, NULL), TANDEM_OK);
    assert_int_equal(tandem_status_count(st), 2);
    assert_string_equal(tandem_status_name(st, 1), "20260102000000_b");
    assert_string_equal(tandem_status_state(st, 0), "applied");
    assert_string_equal(tandem_status_state(st, 1), "pending");
    assert_null(tandem_status_state(st, 2));
    assert_false(tandem_status_in_sync(st));
    tandem_status_free(st);
    assert_int_equal(tandem_migrate_deploy(db, dir, NULL, &applied, NULL), TANDEM_OK);
    assert_int_equal(applied, 1);
    assert_int_equal(tandem_db_exec(db, "INSERT INTO a (name) VALUES ('too long')", NULL), TANDEM_ECHECK);
    assert_int_equal(tandem_db_exec(db, "INSERT INTO b VALUES (7)", NULL), TANDEM_EFOREIGN);
    tandem_db_close(db);
}

/* A caller built against an older header: only `size` bytes are read. */
static void test_old_options_struct_is_read_no_further_than_its_size(void **state)
{
    struct tandem_deploy_opts opts = {.size = offsetof(struct tandem_deploy_opts, to), .to = "no such migration"};
    struct tandem_db *db;
    (void)state;
    assert_int_equal(tandem_db_open("sqlite::memory:", TANDEM_OPEN_CREATE, &db, NULL), TANDEM_OK);
    assert_int_equal(tandem_migrate_deploy(db, dir, &opts, NULL, NULL), TANDEM_OK);
    tandem_db_close(db);
}

static void test_missing_folder_is_not_found(void **state)
{
    struct tandem_db *db;
    (void)state;
    assert_int_equal(tandem_db_open("sqlite::memory:", TANDEM_OPEN_CREATE, &db, NULL), TANDEM_OK);
    assert_int_equal(tandem_migrate_deploy(db, "/nowhere/at/all", NULL, NULL, NULL), TANDEM_ENOTFOUND);
    tandem_db_close(db);
}

/* A caller may have attached other files, with tables of the same names: they are not what is migrated. */
static void test_attached_databases_are_left_alone(void **state)
{
    static const char theirs[] =
        "SELECT CASE WHEN (SELECT group_concat(name || theirs) FROM other.a) = 'mine1' AND NOT EXISTS (SELECT 1 FROM"
        " other.sqlite_schema WHERE name <> 'a') THEN 1 ELSE abs(-9223372036854775808) END";
    char folder[128];
    struct tandem_db *db;
    (void)state;
    snprintf(folder, sizeof folder, "%s.attached", dir);
    assert_int_equal(mkdir(folder, 0700), 0);
    write_migration(folder, "20260101000000_a",
                    "CREATE TABLE a (id serial PRIMARY KEY, name varchar(5));\nINSERT INTO a (name) VALUES ('x');\n"
                    "CREATE VIEW v AS SELECT name FROM a;\n");
    write_migration(folder, "20260102000000_b",
                    "ALTER TABLE a ALTER COLUMN name SET NOT NULL;\nALTER TABLE a RENAME TO b;\n");
    assert_int_equal(tandem_db_open("sqlite::memory:", TANDEM_OPEN_CREATE, &db, NULL), TANDEM_OK);
    assert_int_equal(tandem_db_exec(db, "ATTACH ':memory:' AS other", NULL), TANDEM_OK);
    assert_int_equal(tandem_db_exec(db, "CREATE TABLE other.a (theirs, name)", NULL), TANDEM_OK);
    assert_int_equal(tandem_db_exec(db, "INSERT INTO other.a VALUES (1, 'mine')", NULL), TANDEM_OK);
    assert_int_equal(tandem_migrate_deploy(db, folder, NULL, NULL, NULL), TANDEM_OK);
    assert_int_equal(tandem_db_exec(db, theirs, NULL), TANDEM_OK);
    assert_int_equal(tandem_db_exec(db, "INSERT INTO main.b (name) VALUES (NULL)", NULL), TANDEM_ENOTNULL);
    tandem_db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null_is_harmless_everywhere),
        cmocka_unit_test(test_error_has_code_message_next_and_no_password),
        cmocka_unit_test(test_deploy_and_status_in_memory),
        cmocka_unit_test(test_old_options_struct_is_read_no_further_than_its_size),
        cmocka_unit_test(test_missing_folder_is_not_found),
        cmocka_unit_test(test_attached_databases_are_left_alone),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
