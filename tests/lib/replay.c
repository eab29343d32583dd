/* Runs a libFuzzer target over the files named on the command line, or in the directories named there. */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return perror(path), 1;
    uint8_t *data = NULL;
    size_t len = 0, got = 0;
    do {
        uint8_t *more = realloc(data, len + 65536);
        if (more == NULL)
            abort();
        data = more;
        got = fread(data + len, 1, 65536, f);
        len += got;
    } while (got > 0);
    fclose(f);
    LLVMFuzzerTestOneInput(data, len);
    free(data);
    return 0;
}

static int replay_dir(DIR *d, const char *dir)
{
    int files = 0, failed = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char path[4096];
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        failed |= replay_file(path);
        files++;
    }
    printf("%s: %d files\n", dir, files);
    return failed || files == 0;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    for (int i = 1; i < argc; i++) {
        DIR *d = opendir(argv[i]);
        failed |= d != NULL ? replay_dir(d, argv[i]) : replay_file(argv[i]);
        if (d != NULL)
            closedir(d);
    }
    return failed;
}
