/* The SQLite driver. */
#ifndef TD_SQLITE_DRIVER_H
#define TD_SQLITE_DRIVER_H

#include "core/db/driver.h"

extern const struct td_driver td_driver_sqlite;

/* Makes SQLite take its memory from td_mem, so that a test can fail the Nth allocation inside it, too. For programs
 * that own their process, before the first connection; TD_EUSAGE when SQLite is in use already. */
TD_MUST_CHECK int td_sqlite_memory(struct td_err *err);
/* For such programs, too: SQLite keeps no count of its memory, which takes a lock at each allocation and which nobody
 * asks for. */
void td_sqlite_settle(void);

#endif
