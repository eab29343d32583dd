/* The file: a line that names its version and this machine's layout, the records in the order of names, and the SHA-256
 * of all that. It is replaced by a rename, never synced: after a crash it may be damaged, which its checksum tells. */
#include "core/migrate/folder_index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/sha256.h"
#include "core/migrate/process.h"

/* Also to be changed when td_folder_read begins to refuse what it took before. */
#define VERSION "tandem folder 1, tandem " TANDEM_VERSION "\n"

#define FEWEST     64 /* fewer files are read as quickly */
#define BYTES_MAX  ((size_t)64 << 20)
#define SECOND     1000000000u
#define SETTLED_NS (2 * (uint64_t)SECOND)

struct head {
    char version[64];
    char boot[TD_BOOT_ID];
    uint64_t layout; /* reads otherwise where bytes are in another order */
};

#define LAYOUT 0x0102030405060708u

struct record {
    struct td_file_id id;
    char checksum[64];
    char name[]; /* NUL-terminated; the next record follows it unaligned */
};

#define RECORD_BYTES offsetof(struct record, name)

struct td_folder_index {
    char *path;
    char boot[TD_BOOT_ID];
    uint64_t device, opened; /* of the folder; when, by the clock that the files' times are from */
    char *bytes;             /* of the last time; NULL: none */
    size_t at, end;          /* the next record, and behind the last */
    char checksum[TD_SHA256_HEX];
};

static struct head head(const struct td_folder_index *ix)
{
    struct head h = {.layout = LAYOUT};
    _Static_assert(sizeof VERSION <= sizeof h.version, "room for the version");
    memcpy(h.version, VERSION, sizeof VERSION);
    memcpy(h.boot, ix->boot, sizeof h.boot);
    return h;
}

/* Whole, and as it was written since the machine was started? */
static bool is_good(const struct td_folder_index *ix, const char *bytes, size_t len)
{
    char sum[TD_SHA256_HEX];
    struct head h = head(ix);
    size_t digits = TD_SHA256_HEX - 1;
    if (len < sizeof h + digits || memcmp(bytes, &h, sizeof h) != 0)
        return false;
    td_sha256_hex(bytes, len - digits, sum);
    return memcmp(bytes + len - digits, sum, digits) == 0;
}

/* Not through a link, and not what another user has written or could write. */
static int open_ours(const char *path, size_t *len)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 022) == 0 &&
        (uint64_t)st.st_size <= BYTES_MAX) {
        *len = (size_t)st.st_size;
        return fd;
    }
    close(fd);
    return -1;
}

static void load(struct td_folder_index *ix)
{
    size_t len = 0;
    int fd = open_ours(ix->path, &len);
    if (fd < 0)
        return;
    ix->bytes = td_mem_alloc(len + 1);
    bool good = ix->bytes != NULL && read(fd, ix->bytes, len + 1) == (ssize_t)len && is_good(ix, ix->bytes, len);
    close(fd);
    if (good) {
        ix->at = sizeof(struct head);
        ix->end = len - (TD_SHA256_HEX - 1);
    }
}

struct td_folder_index *td_folder_index_open(const char *path, const struct td_dir *d)
{
    struct timespec now;
    uint64_t device = 0;
    if (d->len < FEWEST || !td_dir_keeps_times(d, &device) || clock_gettime(CLOCK_REALTIME, &now) != 0)
        return NULL;
    struct td_folder_index *ix = td_mem_zalloc(sizeof *ix);
    if (ix == NULL || !td_process_boot(ix->boot) || (ix->path = td_mem_strdup(path)) == NULL) {
        td_mem_free(ix);
        return NULL;
    }
    ix->device = device;
    ix->opened = (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
    load(ix);
    return ix;
}

void td_folder_index_close(struct td_folder_index *ix)
{
    if (ix == NULL)
        return;
    td_mem_free(ix->bytes);
    td_mem_free(ix->path);
    td_mem_free(ix);
}

const char *td_folder_index_find(struct td_folder_index *ix, const char *name, const struct td_file_id *id)
{
    struct record r;
    while (ix->end - ix->at > RECORD_BYTES) {
        const char *record = ix->bytes + ix->at, *its_name = record + RECORD_BYTES;
        size_t len = strnlen(its_name, ix->end - ix->at - RECORD_BYTES);
        int order = strncmp(its_name, name, len + 1);
        if (order > 0) /* of a later migration: this one is new */
            return NULL;
        ix->at += RECORD_BYTES + len + 1;
        if (ix->at > ix->end)
            ix->at = ix->end;
        if (order < 0) /* gone */
            continue;
        memcpy(&r, record, RECORD_BYTES);
        if (memcmp(&r.id, id, sizeof *id) != 0 || id->device != ix->device)
            return NULL;
        memcpy(ix->checksum, r.checksum, sizeof r.checksum);
        return ix->checksum;
    }
    return NULL;
}

/* Can a later change be told by the file's state? */
static bool is_settled(const struct td_folder_index *ix, const struct td_file_id *id)
{
    return id->device == ix->device && id->changed % SECOND != 0 && id->changed + SETTLED_NS <= ix->opened &&
           id->modified + SETTLED_NS <= ix->opened;
}

static void add_record(struct td_buf *b, const struct td_migration *m, const struct td_file_id *id)
{
    struct record r = {.id = *id};
    memcpy(r.checksum, m->checksum, sizeof r.checksum);
    td_buf_add_n(b, (const char *)&r, RECORD_BYTES);
    td_buf_add_n(b, m->name, strlen(m->name) + 1);
}

/* For the user alone: `~/.cache/tandem` where there is none. */
static void make_above(const char *path, int levels)
{
    char *dir = td_path_dirname(path);
    if (dir != NULL && mkdir(dir, 0700) != 0 && errno == ENOENT && levels > 1) {
        make_above(dir, levels - 1);
        (void)!mkdir(dir, 0700);
    }
    td_mem_free(dir);
}

/* Beside the old one, then over it: whoever reads meanwhile, or writes too, has one or the other. */
static void replace(const char *path, const struct td_buf *b)
{
    struct td_buf tmp = {0};
    td_buf_printf(&tmp, "%s.XXXXXX", path);
    int fd = tmp.failed ? -1 : mkostemp(tmp.at, O_CLOEXEC);
    if (fd < 0 && !tmp.failed && errno == ENOENT) {
        make_above(path, 2);
        td_buf_reset(&tmp);
        td_buf_printf(&tmp, "%s.XXXXXX", path);
        fd = mkostemp(tmp.at, O_CLOEXEC);
    }
    if (fd >= 0) {
        bool written = write(fd, b->at, b->len) == (ssize_t)b->len;
        written = close(fd) == 0 && written;
        if (!written || rename(tmp.at, path) != 0)
            unlink(tmp.at);
    }
    td_buf_deinit(&tmp);
}

void td_folder_index_keep(struct td_folder_index *ix, const struct td_folder *f, const struct td_file_id *ids)
{
    struct head h = head(ix);
    struct td_buf b = {0};
    char sum[TD_SHA256_HEX];
    size_t read = 0;
    for (size_t i = 0; i < f->len; i++)
        read += f->at[i].text != NULL && is_settled(ix, &ids[i]);
    if (read == 0 || f->len < FEWEST)
        return;
    td_buf_add_n(&b, (const char *)&h, sizeof h);
    for (size_t i = 0; i < f->len; i++)
        if (is_settled(ix, &ids[i]))
            add_record(&b, &f->at[i], &ids[i]);
    if (!b.failed)
        td_sha256_hex(b.at, b.len, sum);
    td_buf_add_n(&b, sum, TD_SHA256_HEX - 1);
    if (!b.failed)
        replace(ix->path, &b);
    td_buf_deinit(&b);
}
