#include "core/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/mem.h"

/* Files may grow while they are read, and pipes have no size: so the bound is checked on what came. */
static int read_all(int fd, const char *path, size_t max_bytes, struct td_buf *b, struct td_err *err)
{
    char piece[16384];
    for (;;) {
        ssize_t n = read(fd, piece, sizeof piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return td_err_errno(err, errno, "read", path);
        if (n == 0)
            return td_buf_check(b, err);
        td_buf_add_n(b, piece, (size_t)n);
        if (b->len > max_bytes)
            return td_err_set(err, TD_C_TOO_LARGE, "\"%s\" is larger than %zu bytes", path, max_bytes);
    }
}

static int read_open(int fd, const char *path, size_t max_bytes, char **out, size_t *len, struct td_err *err)
{
    struct td_buf b = {0};
    int rc = read_all(fd, path, max_bytes, &b, err);
    if (rc == TD_OK) {
        if (len != NULL)
            *len = b.len;
        rc = td_buf_take(&b, out, err);
    }
    td_buf_deinit(&b);
    return rc;
}

int td_file_read(const char *path, size_t max_bytes, char **out, size_t *len, struct td_err *err)
{
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return td_err_errno(err, errno, "open", path);
    int rc = read_open(fd, path, max_bytes, out, len, err);
    close(fd);
    return rc;
}

/* A file of the size that it says takes one read: it is asked for a byte more, which shows that it has not grown. Any
 * other answer is left to read_all, from the start. */
static char *read_sized(int fd, off_t size, size_t *len)
{
    char *text = size > 1 << 20 ? NULL : td_mem_alloc((size_t)size + 1);
    ssize_t n = text == NULL ? -1 : read(fd, text, (size_t)size + 1);
    if (n == size && n >= 0) {
        text[n] = '\0';
        *len = (size_t)n;
        return text;
    }
    td_mem_free(text);
    (void)lseek(fd, 0, SEEK_SET);
    return NULL;
}

/* Of what was just opened so, not waiting for a pipe's writer; closes it. */
#define OPEN_REGULAR (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

static uint64_t nanoseconds(struct timespec t)
{
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void identify(const struct stat *st, struct td_file_id *out)
{
    *out = (struct td_file_id){.device = st->st_dev,
                               .inode = st->st_ino,
                               .size = (uint64_t)st->st_size,
                               .modified = nanoseconds(st->st_mtim),
                               .changed = nanoseconds(st->st_ctim)};
}

static int read_regular(int fd, const char *path, size_t max_bytes, char **out, size_t *len, struct td_file_id *id,
                        struct td_err *err)
{
    struct stat st;
    *out = NULL;
    if (fd < 0) /* the last two: links that lead in a circle, and sockets */
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENXIO
                   ? TD_OK
                   : td_err_errno(err, errno, "open", path);
    int rc = TD_OK;
    if (fstat(fd, &st) != 0)
        rc = td_err_errno(err, errno, "read", path);
    else if (S_ISREG(st.st_mode) &&
             ((size_t)st.st_size > max_bytes || (*out = read_sized(fd, st.st_size, len)) == NULL))
        rc = read_open(fd, path, max_bytes, out, len, err);
    if (id != NULL && *out != NULL)
        identify(&st, id);
    close(fd);
    return rc;
}

int td_file_read_regular(const char *path, size_t max_bytes, char **out, size_t *len, struct td_err *err)
{
    return read_regular(open(path, OPEN_REGULAR), path, max_bytes, out, len, NULL, err);
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        bytes += n;
        len -= (size_t)n;
    }
    return fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
}

/* A rename is on disk only when its directory is. Best effort: some file systems refuse to sync a directory. */
static void sync_dir_of(const char *path)
{
    char *dir = td_path_dirname(path);
    int fd = dir == NULL ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    td_mem_free(dir);
}

static mode_t mode_for(const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0)
        return st.st_mode & 07777;
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* link() refuses to replace what is there, rename() does not: that is the whole difference of create and write. */
static int put_in_place(const char *tmp, const char *path, bool replace)
{
    if (replace)
        return rename(tmp, path) == 0 ? 0 : errno;
    int rc = link(tmp, path) == 0 ? 0 : errno;
    unlink(tmp);
    return rc;
}

static int write_beside(const char *path, const char *bytes, size_t len, bool replace, struct td_err *err)
{
    struct td_buf tmp = {0};
    td_buf_printf(&tmp, "%s.XXXXXX", path);
    int rc = td_buf_check(&tmp, err);
    if (rc != TD_OK)
        return rc;
    int fd = mkostemp(tmp.at, O_CLOEXEC);
    if (fd < 0) {
        rc = td_err_errno(err, errno, "write", path);
        goto out;
    }
    int failed = write_all(fd, bytes, len);
    if (failed == 0 && fchmod(fd, mode_for(path)) != 0)
        failed = errno;
    if (close(fd) != 0 && failed == 0)
        failed = errno;
    if (failed == 0)
        failed = put_in_place(tmp.at, path, replace);
    if (failed != 0) {
        unlink(tmp.at);
        rc = failed == EEXIST && !replace ? td_err_set(err, TD_C_EXISTS, "\"%s\" exists already", path)
                                          : td_err_errno(err, failed, "write", path);
        goto out;
    }
    sync_dir_of(path);
out:
    td_buf_deinit(&tmp);
    return rc;
}

int td_file_write(const char *path, const char *bytes, size_t len, struct td_err *err)
{
    return write_beside(path, bytes, len, true, err);
}

int td_file_create(const char *path, const char *bytes, size_t len, struct td_err *err)
{
    return write_beside(path, bytes, len, false, err);
}

bool td_file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool td_file_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool td_file_is_regular(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

const char *td_file_instead(const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0) {
        switch (st.st_mode & S_IFMT) {
        case S_IFDIR: return "a directory";
        case S_IFIFO: return "a pipe";
        case S_IFSOCK: return "a socket";
        case S_IFCHR:
        case S_IFBLK: return "a device";
        default: return NULL;
        }
    }
    if (errno == ELOOP)
        return "a link that leads in a circle";
    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode) ? "a link that leads nowhere" : NULL;
}

int td_dir_make(const char *path, struct td_err *err)
{
    char *p = td_mem_strdup(path);
    if (p == NULL)
        return td_err_nomem(err);
    int rc = TD_OK;
    for (char *at = p + 1; rc == TD_OK && *p != '\0'; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char c = *at;
        *at = '\0';
        if (mkdir(p, 0777) != 0 && !(errno == EEXIST && td_file_is_dir(p)))
            rc = td_err_errno(err, errno, "make directory", p);
        *at = c;
        if (c == '\0')
            break;
    }
    td_mem_free(p);
    return rc;
}

/* Most file systems tell with the name what it is; links are followed. */
static int look_at(const char *dir, const struct dirent *e, struct td_dir_entry *out, struct td_err *err)
{
    struct stat st;
    out->is_dir = e->d_type == DT_DIR;
    if (e->d_type != DT_UNKNOWN && e->d_type != DT_LNK)
        return TD_OK;
    char *full = td_path_join(dir, e->d_name);
    if (full == NULL)
        return td_err_nomem(err);
    bool seen = stat(full, &st) == 0;
    out->is_dir = seen && S_ISDIR(st.st_mode);
    out->astray = !seen && lstat(full, &st) == 0 && S_ISLNK(st.st_mode);
    td_mem_free(full);
    return TD_OK;
}

static int add_entry(struct td_dir *d, const char *dir, const struct dirent *e, struct td_err *err)
{
    if (d->len == d->cap) {
        size_t cap = d->cap == 0 ? 16 : d->cap * 2;
        struct td_dir_entry *at = td_mem_realloc(d->at, cap * sizeof *at);
        if (at == NULL)
            return td_err_nomem(err);
        d->at = at;
        d->cap = cap;
    }
    struct td_dir_entry entry = {0};
    int rc = look_at(dir, e, &entry, err);
    if (rc != TD_OK)
        return rc;
    entry.name = td_mem_strdup(e->d_name);
    if (entry.name == NULL)
        return td_err_nomem(err);
    d->at[d->len++] = entry;
    return TD_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct td_dir_entry *)a)->name, ((const struct td_dir_entry *)b)->name);
}

int td_dir_list(const char *path, struct td_dir *out, struct td_err *err)
{
    int rc = TD_OK;
    memset(out, 0, sizeof *out);
    DIR *dir = out->open = opendir(path);
    if (dir == NULL)
        return td_err_errno(err, errno, "open directory", path);
    while (rc == TD_OK) {
        errno = 0;
        const struct dirent *e = readdir(dir);
        if (e == NULL && errno != 0)
            rc = td_err_errno(err, errno, "read directory", path);
        if (e == NULL)
            break;
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            rc = add_entry(out, path, e, err);
    }
    if (out->len > 1)
        qsort(out->at, out->len, sizeof *out->at, by_name);
    return rc;
}

int td_dir_read_regular(const struct td_dir *d, const char *name, const char *path, char **out, size_t *len,
                        struct td_file_id *id, struct td_err *err)
{
    TD_ASSERT(d->open != NULL);
    return read_regular(openat(dirfd(d->open), name, OPEN_REGULAR), path, TD_FILE_MAX, out, len, id, err);
}

bool td_dir_file_id(const struct td_dir *d, const char *name, struct td_file_id *out)
{
    struct stat st;
    TD_ASSERT(d->open != NULL);
    if (fstatat(dirfd(d->open), name, &st, 0) != 0 || !S_ISREG(st.st_mode))
        return false;
    identify(&st, out);
    return true;
}

/* Not in the list: what lies on a server or is made up by a program (FUSE), whose answers may be older than the file;
 * memory (tmpfs), where a write by mmap leaves the times. */
bool td_dir_keeps_times(const struct td_dir *d, uint64_t *device)
{
    static const unsigned long kinds[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC,
                                          OVERLAYFS_SUPER_MAGIC};
    struct statfs fs;
    struct stat st;
    TD_ASSERT(d->open != NULL);
    if (fstatfs(dirfd(d->open), &fs) != 0 || fstat(dirfd(d->open), &st) != 0)
        return false;
    *device = st.st_dev;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if ((unsigned long)fs.f_type == kinds[i])
            return true;
    return false;
}

void td_dir_deinit(struct td_dir *d)
{
    if (d->open != NULL)
        closedir(d->open);
    for (size_t i = 0; i < d->len; i++)
        td_mem_free((char *)d->at[i].name);
    td_mem_free(d->at);
    memset(d, 0, sizeof *d);
}
