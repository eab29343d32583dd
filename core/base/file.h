/* Files and paths: read and written whole, directories listed in a fixed order. Errors come from td_err_errno and name
 * the path. Paths are bytes with '/' between parts; nothing here follows a home directory or a variable. */
#ifndef TD_BASE_FILE_H
#define TD_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* The usual bound of a file that is read whole. */
#define TD_FILE_MAX ((size_t)256 << 20)

/* The whole file, NUL-terminated past `*len`; owned, td_mem_free. TD_EDATA when it is larger than `max_bytes`,
 * TD_ENOTFOUND, TD_EDENIED, TD_EIO (a directory, too). `len` may be NULL. */
TD_MUST_CHECK int td_file_read(const char *path, size_t max_bytes, char **out, size_t *len, struct td_err *err);

/* The same for a file that may not be there: `*out` is NULL and TD_OK then, and for what is no regular file. */
TD_MUST_CHECK int td_file_read_regular(const char *path, size_t max_bytes, char **out, size_t *len, struct td_err *err);

/* Writes beside the file, syncs, then renames over it: a reader, or a crash, sees the old file or the new one. The
 * permissions of a file that was there are kept. */
TD_MUST_CHECK int td_file_write(const char *path, const char *bytes, size_t len, struct td_err *err);
/* The same, but TD_EEXISTS when there is a file already. */
TD_MUST_CHECK int td_file_create(const char *path, const char *bytes, size_t len, struct td_err *err);

bool td_file_exists(const char *path); /* anything of that name, a dangling link not */
bool td_file_is_dir(const char *path);
bool td_file_is_regular(const char *path);
/* What lies there in place of a regular file: "a directory", "a pipe", "a link that leads nowhere"...; NULL for a
 * regular file, for nothing, and where it cannot be told. Static. */
const char *td_file_instead(const char *path);

/* Makes DIR and its missing parents. */
TD_MUST_CHECK int td_dir_make(const char *path, struct td_err *err);

struct td_dir_entry {
    const char *name;
    bool is_dir; /* links are followed */
    bool astray; /* a link that leads to nothing that could be looked at */
};

struct td_dir {
    struct td_dir_entry *at; /* sorted bytewise by name; without "." and ".." */
    size_t len, cap;
    void *open; /* the directory itself, for td_dir_read_regular */
};

/* Zeroed or deinited `out`; td_dir_deinit frees, also after a failure. */
TD_MUST_CHECK int td_dir_list(const char *path, struct td_dir *out, struct td_err *err);
/* What a file is, and which state of it: the kernel moves `changed` on with each write, and nothing sets it back.
 * Nanoseconds since 1970. */
struct td_file_id {
    uint64_t device, inode, size, modified, changed;
};
/* td_file_read_regular of `name` below a listed directory, at most TD_FILE_MAX: of many files the way to the directory
 * is walked once. `path` is what errors call the file. `id` (may be NULL): as the file was before it was read. */
TD_MUST_CHECK int td_dir_read_regular(const struct td_dir *d, const char *name, const char *path, char **out,
                                      size_t *len, struct td_file_id *id, struct td_err *err);
/* Of `name` below it, links followed. False: no regular file, or it cannot be told. */
bool td_dir_file_id(const struct td_dir *d, const char *name, struct td_file_id *out);
/* On a local file system whose inodes and times to the nanosecond are those of the files: there two equal td_file_id
 * tell of one state, as far as they have this device. */
bool td_dir_keeps_times(const struct td_dir *d, uint64_t *device);
void td_dir_deinit(struct td_dir *d);

/* Paths; each result is owned (td_mem_free) and NULL only when there is no memory. */
char *td_path_join(const char *dir,
                   const char *name);     /* `name` alone when it is absolute or `dir` is NULL, "" or "." */
char *td_path_dirname(const char *path);  /* "a/b/c" -> "a/b", "a" -> ".", "/a" -> "/" */
char *td_path_absolute(const char *path); /* against the working directory, "." and ".." resolved by text */
/* `path` as seen from directory `from` (NULL: the working directory), e.g. "../x/y"; both may be relative. */
char *td_path_relative(const char *path, const char *from);
const char *td_path_basename(const char *path); /* borrowed from `path`: what follows the last '/' */
bool td_path_is_absolute(const char *path);

#endif
