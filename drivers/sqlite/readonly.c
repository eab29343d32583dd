/* Reading a file without writing anything, also not beside it, and without the right to.
 *
 * A file in WAL mode is the difficulty: SQLite wants its -wal and -shm files, and makes them. By what lies there:
 *   no WAL mode                 mode=ro is enough
 *   -wal absent or empty        nobody has the file open and all is in it: immutable=1
 *   -wal and -shm               somebody has it open (or the last one crashed): mode=ro, through both files
 *   -wal with data, no -shm     left by a crash or copied so. SQLite would make a -shm, which may be impossible here:
 * we read a private copy of the two, which nobody else can be changing */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "drivers/sqlite/conn.h"

int td_sqlite_uri(const char *path, const char *params, char **out, struct td_err *err)
{
    struct td_buf b = {0};
    td_buf_add(&b, "file:");
    while (path[0] == '/' && path[1] == '/') /* "//" would begin a host name */
        path++;
    for (const char *p = path; *p != '\0'; p++) {
        if (*p == '%' || *p == '?' || *p == '#')
            td_buf_printf(&b, "%%%02x", (unsigned char)*p);
        else
            td_buf_char(&b, *p);
    }
    td_buf_add(&b, params);
    int rc = td_buf_take(&b, out, err);
    td_buf_deinit(&b);
    return rc;
}

/* Bytes 18 and 19 of the header say which journal the file uses; 2 is WAL. */
static bool in_wal_mode(const char *path)
{
    unsigned char head[20];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, head, sizeof head);
    close(fd);
    return n == (ssize_t)sizeof head && memcmp(head, "SQLite format 3", 16) == 0 && (head[18] == 2 || head[19] == 2);
}

static off_t size_of(const char *path, const char *suffix, struct td_buf *scratch)
{
    struct stat st;
    td_buf_reset(scratch);
    td_buf_add(scratch, path);
    td_buf_add(scratch, suffix);
    if (scratch->failed != TD_OK || stat(td_buf_str(scratch), &st) != 0)
        return -1;
    return st.st_size;
}

static int copy_bytes(int in, int out, struct td_err *err, const char *from, const char *to)
{
    char block[65536];
    ssize_t n;
    while ((n = read(in, block, sizeof block)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return td_err_errno(err, errno, "read", from);
        for (ssize_t done = 0; done < n;) {
            ssize_t w = write(out, block + done, (size_t)(n - done));
            if (w < 0 && errno != EINTR)
                return td_err_errno(err, errno, "write", to);
            done += w > 0 ? w : 0;
        }
    }
    return TD_OK;
}

static int copy_file(const char *path, const char *to, const char *suffix, struct td_err *err)
{
    struct td_buf src = {0}, dst = {0};
    int in = -1, out = -1;
    td_buf_printf(&src, "%s%s", path, suffix);
    td_buf_printf(&dst, "%s%s", to, suffix);
    int rc = td_buf_check(&src, err);
    if (rc == TD_OK)
        rc = td_buf_check(&dst, err);
    if (rc != TD_OK)
        goto out;
    in = open(td_buf_str(&src), O_RDONLY | O_CLOEXEC);
    if (in < 0) {
        rc = td_err_errno(err, errno, "read", td_buf_str(&src));
        goto out;
    }
    out = open(td_buf_str(&dst), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out < 0) {
        rc = td_err_errno(err, errno, "write", td_buf_str(&dst));
        goto out;
    }
    rc = copy_bytes(in, out, err, td_buf_str(&src), td_buf_str(&dst));
out:
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    td_buf_deinit(&src);
    td_buf_deinit(&dst);
    return rc;
}

/* In the first place where this user may: TMPDIR alone where it is set. */
static int make_directory(struct td_buf *path, struct td_err *err)
{
    const char *tmp = getenv("TMPDIR");
    const char *places[] = {tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp", "/var/tmp", "/dev/shm"};
    size_t n = tmp != NULL && tmp[0] != '\0' ? 1 : sizeof places / sizeof places[0];
    int rc = TD_OK;
    for (size_t i = 0; i < n; i++) {
        td_buf_reset(path);
        td_buf_printf(path, "%s/tandem-read-XXXXXX", places[i]);
        rc = td_buf_check(path, err);
        if (rc != TD_OK)
            return rc;
        if (mkdtemp(path->at) != NULL) {
            td_err_clear(err); /* of the places before */
            return TD_OK;
        }
        rc = td_err_errno(err, errno, "make", path->at);
        td_err_next(err, "Let TMPDIR name a directory that this user may write to: a -wal file is read from a copy.");
    }
    return rc;
}

/* A directory of our own with the file and its -wal; its path is noted in the connection first, so that close removes
 * what is there whatever fails. */
static int copy_pair(struct conn *c, struct td_err *err)
{
    struct td_buf path = {0};
    int rc = make_directory(&path, err);
    if (rc == TD_OK) {
        td_buf_add(&path, "/db");
        rc = td_buf_take(&path, &c->copy_path, err);
    }
    if (rc == TD_OK)
        rc = copy_file(c->path, c->copy_path, "", err);
    if (rc == TD_OK)
        rc = copy_file(c->path, c->copy_path, "-wal", err);
    td_buf_deinit(&path);
    return rc;
}

int td_sqlite_readonly_uri(struct conn *c, char **out, struct td_err *err)
{
    struct td_buf scratch = {0};
    off_t wal = size_of(c->path, "-wal", &scratch), shm = size_of(c->path, "-shm", &scratch);
    int rc = td_buf_check(&scratch, err);
    td_buf_deinit(&scratch);
    if (rc != TD_OK)
        return rc;
    if (!in_wal_mode(c->path) || (wal > 0 && shm >= 0) || (wal >= 0 && shm > 0))
        return td_sqlite_uri(c->path, "?mode=ro", out, err);
    if (wal <= 0)
        return td_sqlite_uri(c->path, "?mode=ro&immutable=1", out, err);
    rc = copy_pair(c, err);
    return rc != TD_OK ? rc : td_sqlite_uri(c->copy_path, "?mode=ro", out, err);
}

void td_sqlite_readonly_done(struct conn *c)
{
    static const char *const suffixes[] = {"-wal", "-shm", "-journal", ""};
    if (c->copy_path == NULL)
        return;
    size_t len = strlen(c->copy_path);
    struct td_buf path = {0};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        td_buf_reset(&path);
        td_buf_printf(&path, "%s%s", c->copy_path, suffixes[i]);
        if (path.failed == TD_OK)
            unlink(td_buf_str(&path));
    }
    td_buf_deinit(&path);
    c->copy_path[len - strlen("/db")] = '\0';
    rmdir(c->copy_path);
    td_mem_free(c->copy_path);
    c->copy_path = NULL;
}
