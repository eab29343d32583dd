/* A program that uses the installed library: opens a database in memory, applies a folder, asks for the status. */
#include <stdio.h>
#include <string.h>

#include <tandem/tandem.h>

static int fail(const char *what, struct tandem_err *err)
{
    printf("%s: %s: %s\n", what, tandem_err_code(err), tandem_err_message(err));
    tandem_err_free(err);
    return 1;
}

int main(int argc, char **argv)
{
    struct tandem_err *err = tandem_err_new();
    struct tandem_db *db = NULL;
    struct tandem_status *st = NULL;
    struct tandem_deploy_opts opts = {.size = sizeof opts};
    size_t applied = 0;

    if (argc != 2 || err == NULL)
        return 64;
    if (tandem_db_open("sqlite::memory:", TANDEM_OPEN_CREATE, &db, err) != TANDEM_OK)
        return fail("open", err);
    if (tandem_migrate_deploy(db, argv[1], &opts, &applied, err) != TANDEM_OK)
        return fail("deploy", err);
    if (tandem_migrate_status(db, argv[1], &st, err) != TANDEM_OK)
        return fail("status", err);
    if (tandem_db_exec(db, "INSERT INTO no_such_table VALUES (1)", err) == TANDEM_OK || tandem_err_rc(err) == TANDEM_OK)
        return fail("exec: an error was expected", err);
    printf("tandem %s: %zu applied, %zu known, in sync: %d\n", tandem_version(), applied, tandem_status_count(st),
           tandem_status_in_sync(st));
    int ok = tandem_status_in_sync(st) && applied == tandem_status_count(st) && applied > 0 &&
             strcmp(tandem_status_state(st, 0), "applied") == 0 && strcmp(tandem_db_engine(db), "sqlite") == 0;
    tandem_status_free(st);
    tandem_db_close(db);
    tandem_err_free(err);
    return ok ? 0 : 1;
}
