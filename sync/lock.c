#include "sync/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/base/buf.h"

static int lock(const char *path, int *fd_out, struct td_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return td_err_errno(err, errno, "open", path);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *fd_out = fd;
        return TD_OK;
    }
    int why = errno;
    close(fd);
    if (why != EWOULDBLOCK)
        return td_err_errno(err, why, "lock", path);
    td_err_set(err, TD_C_SYNC_BUSY, "another sync of this file is at work");
    return td_err_next(err, "wait for it to end, or stop the one that was started with --watch");
}

int td_lock_take(const char *database_path, int *fd_out, struct td_err *err)
{
    struct td_buf path = {0};
    *fd_out = -1;
    td_buf_printf(&path, "%s-sync", database_path);
    int rc = td_buf_check(&path, err);
    if (rc == TD_OK)
        rc = lock(td_buf_str(&path), fd_out, err);
    td_buf_deinit(&path);
    return rc;
}

void td_lock_release(int fd)
{
    if (fd >= 0)
        close(fd);
}
