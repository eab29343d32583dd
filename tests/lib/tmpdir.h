/* A directory of a test's own, removed with all that is in it. Failures end the test program. */
#ifndef TD_TEST_TMPDIR_H
#define TD_TEST_TMPDIR_H

#include <stddef.h>

/* Absolute path, short enough for a Unix socket in it. Owned: td_tmpdir_remove frees it, too. Everybody may enter. */
char *td_tmpdir_make(void);
void td_tmpdir_remove(char *dir); /* NULL is fine */
/* "dir/name", owned (free). */
char *td_tmpdir_path(const char *dir, const char *name);
void td_tmpdir_write(const char *path, const void *bytes, size_t len);

#endif
