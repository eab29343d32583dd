/* A disk for SQLite that breaks: it stands in front of the real VFS and counts what would touch the file system (open,
 * read, write, truncate, sync, delete, growing the shared memory). */
#ifndef TD_TEST_FAULTY_VFS_H
#define TD_TEST_FAULTY_VFS_H

#include <stddef.h>

enum faulty_vfs_kind {
    FAULTY_VFS_ERROR, /* the nth operation fails with an I/O error, the others work */
    FAULTY_VFS_FULL,  /* from the nth operation on, whatever needs space finds none */
    FAULTY_VFS_KILL   /* the process ends before the nth operation, as with kill -9 */
};

void faulty_vfs_register(void);                               /* as the default, before the first connection */
void faulty_vfs_break(enum faulty_vfs_kind kind, size_t nth); /* from now on; 0: works again */
size_t faulty_vfs_count(void);                                /* operations since then */

#endif
