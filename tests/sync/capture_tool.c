/* For capture.py: installs, checks or removes capture on an SQLite file.
 *
 *     capture_tool FILE install|check|remove|apply|rest TABLE [KEY...]
 *
 * check: exit code 1 when the triggers are not there as they should be. apply, rest: the switch. */
#include <stdio.h>
#include <string.h>

#include "core/config/url.h"
#include "drivers/drivers.h"
#include "sync/capture_sqlite.h"

static int act(struct td_arena *a, struct td_db *db, const char *what, const struct td_captured *t, struct td_err *err)
{
    bool whole = true;
    int rc = td_db_begin(db, TD_TX_WRITE, err);
    if (rc == TD_OK)
        rc = td_capture_sqlite_open(db, err);
    if (rc == TD_OK && strcmp(what, "install") == 0)
        rc = td_capture_sqlite(a, db, t, err);
    if (rc == TD_OK && strcmp(what, "check") == 0)
        rc = td_capture_sqlite_is_whole(a, db, t, &whole, err);
    if (rc == TD_OK && strcmp(what, "remove") == 0)
        rc = td_capture_sqlite_remove(a, db, t->table, err);
    if (rc == TD_OK && (strcmp(what, "apply") == 0 || strcmp(what, "rest") == 0))
        rc = td_capture_sqlite_apply(db, strcmp(what, "apply") == 0, err);
    if (rc == TD_OK)
        rc = td_db_commit(db, err);
    if (rc == TD_OK && !whole)
        return 1;
    return rc == TD_OK ? 0 : -rc;
}

int main(int argc, char **argv)
{
    struct td_arena a = {0};
    struct td_captured t = {0};
    struct td_url url;
    struct td_db *db = NULL;
    struct td_err err = {0};
    char text[4096];
    if (argc < 4)
        return 64;
    td_drivers_register();
    t.table = argv[3];
    t.key = (struct td_strings){(const char **)&argv[4], (size_t)argc - 4, (size_t)argc - 4};
    snprintf(text, sizeof text, "sqlite:%s", argv[1]);
    int rc = td_url_parse(text, NULL, &url, &err);
    if (rc == TD_OK) {
        rc = td_db_open(&url, NULL, &db, &err);
        td_url_deinit(&url);
    }
    int code = rc == TD_OK ? act(&a, db, argv[2], &t, &err) : -rc;
    if (code < 0)
        fprintf(stderr, "%s\n", err.message);
    td_db_close(db);
    td_arena_deinit(&a);
    return code < 0 ? 2 : code;
}
