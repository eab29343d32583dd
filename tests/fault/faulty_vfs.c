#include "tests/fault/faulty_vfs.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct file {
    sqlite3_file base;
    sqlite3_file *real; /* right behind this struct */
};

static sqlite3_vfs shim, *disk;
static enum faulty_vfs_kind kind;
static size_t break_at, seen;

void faulty_vfs_break(enum faulty_vfs_kind how, size_t nth)
{
    kind = how;
    break_at = nth;
    seen = 0;
}

size_t faulty_vfs_count(void)
{
    return seen;
}

/* SQLITE_OK: go on. */
static int touch(int error, bool needs_space)
{
    if (break_at == 0 || (kind == FAULTY_VFS_FULL && !needs_space))
        return SQLITE_OK;
    seen++;
    if (kind == FAULTY_VFS_FULL)
        return seen >= break_at ? SQLITE_FULL : SQLITE_OK;
    if (seen != break_at)
        return SQLITE_OK;
    if (kind == FAULTY_VFS_KILL)
        kill(getpid(), SIGKILL);
    return error;
}

static sqlite3_file *real(sqlite3_file *f)
{
    return ((struct file *)f)->real;
}

static int f_close(sqlite3_file *f)
{
    return real(f)->pMethods->xClose(real(f));
}

static int f_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    int rc = touch(SQLITE_IOERR_READ, false);
    return rc != SQLITE_OK ? rc : real(f)->pMethods->xRead(real(f), to, n, at);
}

static int f_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    int rc = touch(SQLITE_IOERR_WRITE, true);
    if (rc != SQLITE_OK && n > 1) /* a torn write: the first half is there */
        (void)real(f)->pMethods->xWrite(real(f), from, n / 2, at);
    return rc != SQLITE_OK ? rc : real(f)->pMethods->xWrite(real(f), from, n, at);
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    int rc = touch(SQLITE_IOERR_TRUNCATE, false);
    return rc != SQLITE_OK ? rc : real(f)->pMethods->xTruncate(real(f), size);
}

static int f_sync(sqlite3_file *f, int flags)
{
    int rc = touch(SQLITE_IOERR_FSYNC, false);
    return rc != SQLITE_OK ? rc : real(f)->pMethods->xSync(real(f), flags);
}

static int f_size(sqlite3_file *f, sqlite3_int64 *out)
{
    return real(f)->pMethods->xFileSize(real(f), out);
}

static int f_lock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xLock(real(f), level);
}

static int f_unlock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xUnlock(real(f), level);
}

static int f_reserved(sqlite3_file *f, int *out)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int f_sector(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int f_device(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    int rc = extend ? touch(SQLITE_IOERR_SHMSIZE, true) : SQLITE_OK;
    return rc != SQLITE_OK ? rc : real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}

static int f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int f_shm_unmap(sqlite3_file *f, int remove)
{
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

static int v_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f, int flags, int *flags_out)
{
    static const sqlite3_io_methods methods = {.iVersion = 2,
                                               .xClose = f_close,
                                               .xRead = f_read,
                                               .xWrite = f_write,
                                               .xTruncate = f_truncate,
                                               .xSync = f_sync,
                                               .xFileSize = f_size,
                                               .xLock = f_lock,
                                               .xUnlock = f_unlock,
                                               .xCheckReservedLock = f_reserved,
                                               .xFileControl = f_control,
                                               .xSectorSize = f_sector,
                                               .xDeviceCharacteristics = f_device,
                                               .xShmMap = f_shm_map,
                                               .xShmLock = f_shm_lock,
                                               .xShmBarrier = f_shm_barrier,
                                               .xShmUnmap = f_shm_unmap};
    struct file *mine = (struct file *)f;
    (void)vfs;
    f->pMethods = NULL;
    mine->real = (sqlite3_file *)(mine + 1);
    int rc = touch(SQLITE_CANTOPEN, (flags & SQLITE_OPEN_CREATE) != 0);
    if (rc == SQLITE_OK)
        rc = disk->xOpen(disk, name, mine->real, flags, flags_out);
    if (rc == SQLITE_OK)
        f->pMethods = &methods;
    return rc;
}

static int v_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
    (void)vfs;
    int rc = touch(SQLITE_IOERR_DELETE, false);
    return rc != SQLITE_OK ? rc : disk->xDelete(disk, name, sync_dir);
}

void faulty_vfs_register(void)
{
    disk = sqlite3_vfs_find(NULL);
    shim = *disk;
    shim.zName = "faulty";
    shim.szOsFile = (int)sizeof(struct file) + disk->szOsFile;
    shim.xOpen = v_open;
    shim.xDelete = v_delete;
    if (sqlite3_vfs_register(&shim, 1) != SQLITE_OK)
        abort();
}
