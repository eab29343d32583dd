/* Empty PostgreSQL databases, one after the other: emptied and used again, because making one costs more than all that
 * a small folder does in it. */
#ifndef TD_TEST_PROPERTY_SCRATCH_H
#define TD_TEST_PROPERTY_SCRATCH_H

#include "core/db/db.h"

struct td_pgcluster;

enum scratch { SCRATCH_MAKE, SCRATCH_CHECK, SCRATCHES };

/* A connection to an empty database. td_db_close. */
TD_MUST_CHECK int scratch_open(struct td_pgcluster *c, enum scratch which, struct td_db **out, struct td_err *err);

#endif
