/* The migrations folder: Prisma's layout, <name>/migration.sql, read once and whole before anything runs. */
#ifndef TD_MIGRATE_FOLDER_H
#define TD_MIGRATE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/vec.h"

enum td_dialect { TD_DIALECT_POSTGRES, TD_DIALECT_SQLITE }; /* migration_lock.toml's provider */

#define TD_MIGRATION_NAME_MAX 200 /* bytes of a migration's name: Prisma's bound, P3010 */

struct td_migration {
    const char *name; /* the directory's */
    const char *path; /* of migration.sql, as shown to the user */
    const char *text; /* bytes as they are in the file, NUL-terminated; NULL: td_folder_texts reads it */
    size_t len;
    char checksum[65]; /* SHA-256 of the bytes, lower-case hex */
};

struct td_folder {
    const char *path;
    enum td_dialect dialect;
    struct td_migration *at; /* ordered by name, bytewise */
    size_t len, cap;
    struct td_strings warnings; /* e.g. two names with one timestamp */
    struct td_arena *arena;     /* of all that */
};

/* Reads DIR inside td_arena_run. A directory without migration.sql, or a link in place of one that leads nowhere, is an
 * error [P3015] and nothing is applied; loose files are left alone, unless there is SQL in them and no migration beside
 * them. TD_ENOTFOUND, TD_EIO, TD_EDATA (name longer than 200 bytes [P3010] or not UTF-8, provider unknown [P3019], file
 * not UTF-8, NUL bytes), TD_EHISTORY. */
TD_MUST_CHECK int td_folder_read(struct td_arena *a, const char *dir, struct td_folder *out, struct td_err *err);
/* The same for who may need no more than the checksums: the files that `index` (folder_index.h, a path; NULL: none)
 * knows to be as they were are left without text. What is there now is written to it. */
TD_MUST_CHECK int td_folder_look(struct td_arena *a, const char *dir, const char *index, struct td_folder *out,
                                 struct td_err *err);
bool td_folder_is_whole(const struct td_folder *f); /* with all texts */
/* Reads the texts that td_folder_look left out, and the checksums again with them. Inside td_arena_run or outside. */
TD_MUST_CHECK int td_folder_texts(const struct td_folder *f, struct td_err *err);
const struct td_migration *td_folder_find(const struct td_folder *f, const char *name);
/* The error for a name that was given and is not there, with the one that may be meant: a name without its timestamp,
 * or mistyped. */
int td_folder_no_such(const struct td_folder *f, const char *name, struct td_err *err);

/* Does a recorded checksum (Prisma's or ours) fit this file? Accepts the hash of the bytes, of CRLF->LF, of LF->CRLF,
 * and Prisma's old un-padded form. Without its text the line ends are not looked at. */
bool td_migration_checksum_fits(const struct td_migration *m, const char *recorded);

#endif
