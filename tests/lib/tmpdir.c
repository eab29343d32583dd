#include "tests/lib/tmpdir.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void *must(void *p, const char *what)
{
    if (p == NULL) {
        perror(what);
        abort();
    }
    return p;
}

char *td_tmpdir_make(void)
{
    const char *tmp = getenv("TMPDIR");
    if (tmp == NULL || tmp[0] != '/' || strlen(tmp) > 60)
        tmp = "/tmp";
    char *dir = td_tmpdir_path(tmp, "tdtest-XXXXXX");
    must(mkdtemp(dir), dir);
    if (chmod(dir, 0755) != 0)
        must(NULL, dir);
    return dir;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)at;
    if (type == FTW_DNR)
        chmod(path, 0700);
    remove(path);
    return 0;
}

/* A test may have taken the right to write from a directory. */
static int open_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)at;
    if (type == FTW_D || type == FTW_DNR)
        chmod(path, 0700);
    return 0;
}

void td_tmpdir_remove(char *dir)
{
    if (dir == NULL)
        return;
    nftw(dir, open_one, 16, FTW_PHYS);
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(dir);
}

char *td_tmpdir_path(const char *dir, const char *name)
{
    size_t len = strlen(dir) + strlen(name) + 2;
    char *path = must(malloc(len), "malloc");
    snprintf(path, len, "%s/%s", dir, name);
    return path;
}

void td_tmpdir_write(const char *path, const void *bytes, size_t len)
{
    FILE *f = must(fopen(path, "wb"), path);
    if (len > 0 && fwrite(bytes, 1, len, f) != len)
        must(NULL, path);
    if (fclose(f) != 0)
        must(NULL, path);
}
