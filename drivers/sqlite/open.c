/* Opening and closing a file. Nothing is written before it is known to be an SQLite database. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/shell.h"
#include "core/base/time.h"
#include "core/config/url.h"
#include "drivers/sqlite/conn.h"
#include "drivers/sqlite/driver.h"
#ifdef TANDEM_SQLITE_FUNCTIONS
#include "drivers/sqlite/functions/functions.h"
#endif

static bool is_memory(const struct conn *c)
{
    return strcmp(c->path, ":memory:") == 0;
}

static int not_found(struct conn *c, bool create, struct td_err *err)
{
    td_err_set(err, TD_C_DB_NOT_FOUND, "there is no database file \"%s\"", c->path);
    td_err_sqlstate(err, "3D000");
    char *dir = create ? td_path_dirname(c->path) : NULL;
    if (dir != NULL)
        td_shell_next(err, "Make the directory first:  mkdir -p %s", dir);
    td_mem_free(dir);
    if (create)
        return (int)err->rc;
    return td_err_next(err, "Check the path of the URL, or make the file with `tandem db create`.");
}

/* What SQLite would only call "unable to open database file". */
static int check_path(struct conn *c, const struct td_db_opts *opts, struct td_err *err)
{
    struct stat st;
    if (stat(c->path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return td_err_set(err, TD_C_DB_NOT_A_DATABASE, "\"%s\" is a directory, not a database", c->path);
        if (access(c->path, R_OK) != 0)
            return td_err_errno(err, errno, "read", c->path);
        if (!opts->read_only && access(c->path, W_OK) != 0) {
            td_err_set(err, TD_C_READ_ONLY, "\"%s\" cannot be written by this user", c->path);
            td_err_sqlstate(err, "25006");
            return td_err_next(err, "Check the permissions of the file.");
        }
        return TD_OK;
    }
    if (errno != ENOENT && errno != ENOTDIR)
        return td_err_errno(err, errno, "open", c->path);
    return opts->create && !opts->read_only ? TD_OK : not_found(c, false, err);
}

static int cannot_open(struct conn *c, int rc, struct td_err *err)
{
    struct td_buf dir = {0};
    const char *slash = strrchr(c->path, '/');
    if (slash == NULL)
        td_buf_char(&dir, '.');
    else
        td_buf_add_n(&dir, c->path, slash == c->path ? 1 : (size_t)(slash - c->path));
    int out = td_buf_check(&dir, err);
    if (out != TD_OK)
        goto out;
    if (access(td_buf_str(&dir), F_OK) != 0) {
        out = not_found(c, true, err);
    } else if (access(td_buf_str(&dir), W_OK) != 0) {
        td_err_set(err, TD_C_READ_ONLY, "the directory \"%s\" cannot be written by this user", td_buf_str(&dir));
        td_err_sqlstate(err, "25006");
        td_err_why(err, "SQLite keeps its journal beside \"%s\"", c->path);
        out = td_err_next(err, "Check the permissions of the directory.");
    } else {
        td_err_sqlite(err, c, rc, NULL, 0);
        out = td_err_wrap(err, "\"%s\"", c->path);
    }
out:
    td_buf_deinit(&dir);
    return out;
}

static int open_failed(struct conn *c, int rc, struct td_err *err)
{
    bool cant = (rc & 0xFF) == SQLITE_CANTOPEN || rc == SQLITE_READONLY_DIRECTORY;
    return cant && !is_memory(c) ? cannot_open(c, rc, err) : td_err_sqlite(err, c, rc, NULL, 0);
}

/* Waits for a lock in short steps, so that a cancel ends the wait. What follows a wait in vain at once, to tidy up
 * after it, does not wait as long again: the caller's patience is at its end. */
static int on_busy(void *data, int tries)
{
    static const int steps_ms[] = {1, 2, 5, 10, 15, 20, 25, 25, 25};
    struct conn *c = data;
    int steps = (int)(sizeof steps_ms / sizeof steps_ms[0]), waited_ms = 0;
    for (int i = 0; i < tries && i < steps; i++)
        waited_ms += steps_ms[i];
    if (tries > steps)
        waited_ms += (tries - steps) * 50;
    if (tries == 0 && c->gave_up_ms != 0 && td_clock_ms() - c->gave_up_ms < 50)
        return 0;
    if (waited_ms >= c->busy_ms) {
        c->gave_up_ms = td_clock_ms();
        return 0;
    }
    if (atomic_load(&c->cancelled))
        return 0;
    int ms = tries < steps ? steps_ms[tries] : 50;
    if (ms > c->busy_ms - waited_ms)
        ms = c->busy_ms - waited_ms;
    struct timespec ts = {.tv_nsec = ms * 1000000L};
    nanosleep(&ts, NULL);
    return 1;
}

/* Safe settings of the connection; none of them changes the file. trusted_schema stays on: SQLite 3.40 calls its own
 * json_valid unsafe in a CHECK without it. */
static int configure(struct conn *c, struct td_err *err)
{
    static const struct {
        int option, value;
    } settings[] = {
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
        {SQLITE_DBCONFIG_DQS_DML, 0}, /* "x" is a name, never a text */
        {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        int rc = sqlite3_db_config(c->db, settings[i].option, settings[i].value, NULL);
        if (rc != SQLITE_OK)
            return td_err_sqlite(err, c, rc, NULL, 0);
    }
    sqlite3_busy_handler(c->db, on_busy, c);
#ifdef TANDEM_SQLITE_FUNCTIONS
    return td_sqlite_functions_register(c->db, err);
#else
    return TD_OK;
#endif
}

/* WAL is a property of the file: readers and one writer do not wait for each other. Where it is impossible (a network
 * file system, another program at work in the old mode) SQLite stays in the mode it has, which is correct as well. */
static int use_wal(struct conn *c, struct td_err *err)
{
    sqlite3_stmt *st = NULL;
    bool wal = false;
    int rc = sqlite3_prepare_v2(c->db, "PRAGMA journal_mode", -1, &st, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW)
        wal = sqlite3_stricmp((const char *)sqlite3_column_text(st, 0), "wal") == 0;
    sqlite3_finalize(st);
    if (rc != SQLITE_ROW)
        return open_failed(c, rc, err);
    if (!wal) {
        rc = sqlite3_exec(c->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if (rc != SQLITE_OK && (rc & 0xFF) != SQLITE_BUSY && (rc & 0xFF) != SQLITE_LOCKED)
            return open_failed(c, rc, err);
    }
    return TD_OK;
}

static int connect_file(struct conn *c, const struct td_db_opts *opts, struct td_err *err)
{
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    char *uri = NULL;
    int rc;
    if (opts->read_only && !is_memory(c)) {
        flags |= SQLITE_OPEN_READONLY;
        rc = td_sqlite_readonly_uri(c, &uri, err);
    } else {
        flags |= SQLITE_OPEN_READWRITE | (opts->create || is_memory(c) ? SQLITE_OPEN_CREATE : 0);
        rc = td_sqlite_uri(c->path, "", &uri, err);
    }
    if (rc != TD_OK)
        return rc;
    int lite = sqlite3_open_v2(uri, &c->db, flags, NULL);
    td_mem_free(uri);
    if (c->db == NULL)
        return td_err_nomem(err);
    return lite == SQLITE_OK ? TD_OK : open_failed(c, lite, err);
}

static int start(struct conn *c, const struct td_db_opts *opts, struct td_err *err)
{
    int rc = is_memory(c) ? TD_OK : check_path(c, opts, err);
    if (rc == TD_OK)
        rc = connect_file(c, opts, err);
    if (rc == TD_OK)
        rc = configure(c, err);
    if (rc != TD_OK)
        return rc;
    /* reads the header and the whole schema: garbage shows here, before anything is written */
    int lite = sqlite3_exec(c->db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    if (lite != SQLITE_OK)
        return open_failed(c, lite, err);
    if (!opts->read_only && !is_memory(c))
        rc = use_wal(c, err);
    if (rc != TD_OK)
        return rc;
    /* FULL: a commit that was reported survives a power cut, also in WAL mode */
    const char *pragma = opts->read_only ? "PRAGMA query_only = ON" : "PRAGMA synchronous = FULL";
    lite = sqlite3_exec(c->db, pragma, NULL, NULL, NULL);
    return lite == SQLITE_OK ? TD_OK : open_failed(c, lite, err);
}

/* The URL's own mode= narrows what the caller asks for. */
static int check_mode(const struct td_url *url, struct td_db_opts *opts, struct td_err *err)
{
    opts->create = opts->create && !url->existing;
    if (!url->read_only || opts->read_only)
        return TD_OK;
    td_err_set(err, TD_C_READ_ONLY, "the URL of \"%s\" allows reading alone", url->path);
    td_err_sqlstate(err, "25006");
    return td_err_next(err, "Leave mode=ro or immutable=1 out of the URL.");
}

int td_sqlite_open(const struct td_url *url, const struct td_db_opts *given, struct td_db **out, struct td_err *err)
{
    struct td_db_opts opts_of_url = *given, *opts = &opts_of_url;
    int rc = check_mode(url, opts, err);
    if (rc != TD_OK)
        return rc;
    struct conn *c = td_mem_zalloc(sizeof *c);
    if (c == NULL)
        return td_err_nomem(err);
    c->base.driver = &td_driver_sqlite;
    c->base.caps = TD_CAP_SESSION | TD_CAP_TRIGGERS;
    c->busy_ms = opts->busy_timeout_ms == 0 ? 5000 : opts->busy_timeout_ms < 0 ? 0 : opts->busy_timeout_ms;
    c->path = td_mem_strdup(url->path != NULL ? url->path : ":memory:");
    rc = c->path == NULL ? td_err_nomem(err) : start(c, opts, err);
    if (rc != TD_OK) {
        td_sqlite_close(&c->base);
        return rc;
    }
    *out = &c->base;
    return TD_OK;
}

void td_sqlite_close(struct td_db *db)
{
    struct conn *c = (struct conn *)db;
    /* v2: a statement that its owner has not closed yet stays valid until he does */
    sqlite3_close_v2(c->db);
    td_sqlite_readonly_done(c);
    td_mem_free(c->path);
    td_mem_free(c);
}
