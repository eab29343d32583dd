/* SQLite's own language in a migration: the block of a sqlite mark, or a file of a folder that is SQLite's. */
#ifndef TD_SQL_SQLITE_TEXT_H
#define TD_SQL_SQLITE_TEXT_H

#include <stddef.h>

#include "core/sql/source.h"

enum td_sqlite_text { TD_SQLITE_FILE, TD_SQLITE_BLOCK };

/* Can `len` bytes of the source, from `offset` on, run inside the migration's transaction? TD_EREFUSED with the place
 * of the first statement that would end it or does not work in it (in a block, where the file's own foreign_keys stay
 * on, PRAGMA foreign_keys too); TD_ESYNTAX for a comment or quote that is not closed. Whatever else is wrong with the
 * text SQLite says itself. */
TD_MUST_CHECK int td_sqlite_text_check(const struct td_source *s, size_t offset, size_t len, enum td_sqlite_text kind,
                                       struct td_err *err);

#endif
