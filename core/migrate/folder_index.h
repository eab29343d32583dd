/* What was seen of a folder's files the last time: of each its state and its checksum, in a file that the caller names,
 * as git keeps an index. A file whose state is still that one need not be read for its checksum.
 *
 * It helps or it does not, and is never an error: absent, not ours alone to write, damaged, of another version or not
 * to be written is as if there were none. Where a change could be missed the file is read:
 *   - on all file systems but the local ones that keep exact times: a server's answer may be old;
 *   - when it was changed less than two seconds before: the next change may get the same time;
 *   - after a restart of the machine: a crash may have kept what was written and lost when;
 *   - when its time has no fraction of a second: the file system may count in whole ones. */
#ifndef TD_MIGRATE_FOLDER_INDEX_H
#define TD_MIGRATE_FOLDER_INDEX_H

#include "core/base/file.h"
#include "core/migrate/folder.h"

struct td_folder_index;

/* `path`: the index; it and two directories above it are made when there is something to keep. `d`: the folder, listed.
 * NULL: no help here. */
struct td_folder_index *td_folder_index_open(const char *path, const struct td_dir *d);
/* The checksum of the migration `name`, whose file is in this state; NULL: to be read. Asked in the order of names.
 * Borrowed until close. */
const char *td_folder_index_find(struct td_folder_index *ix, const char *name, const struct td_file_id *id);
/* Of a folder that was read: `ids` are its files', one a migration. Writes them down, when that spares enough. */
void td_folder_index_keep(struct td_folder_index *ix, const struct td_folder *f, const struct td_file_id *ids);
void td_folder_index_close(struct td_folder_index *ix); /* NULL is fine */

#endif
