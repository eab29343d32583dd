#include "tools/tandem/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/sha256.h"

/* Under sudo the home may still be the caller's: nothing of root's is left there. */
static bool is_ours(const char *dir)
{
    struct stat st;
    return stat(dir, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

static char *cache_home(void)
{
    const char *off = getenv("TANDEM_NO_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (off != NULL && off[0] != '\0')
        return NULL;
    if (xdg != NULL && xdg[0] == '/') /* by its specification other paths are to be ignored */
        return is_ours(xdg) ? td_mem_strdup(xdg) : NULL;
    return home != NULL && home[0] == '/' && is_ours(home) ? td_path_join(home, ".cache") : NULL;
}

/* One of 256 names: folders that come and go, as a build's do, take turns at them, so that the cache does not grow for
 * ever. Two that share a name only spare each other nothing. */
char *td_cache_folder_index(const char *dir)
{
    char *home = cache_home(), *absolute = home == NULL ? NULL : td_path_absolute(dir), *path = NULL;
    if (absolute != NULL) {
        char sum[TD_SHA256_HEX], name[32];
        td_sha256_hex(absolute, strlen(absolute), sum);
        snprintf(name, sizeof name, "tandem/folder-%.2s", sum);
        path = td_path_join(home, name);
    }
    td_mem_free(absolute);
    td_mem_free(home);
    return path;
}
