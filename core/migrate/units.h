/* How PostgreSQL can run a migration file: whole in one transaction, or piece by piece with a journal. */
#ifndef TD_MIGRATE_UNITS_H
#define TD_MIGRATE_UNITS_H

#include "core/base/vec.h"
#include "core/sql/parse.h"

enum td_unit_kind {
    TD_UNIT_PLAIN, /* one statement; runs in a transaction of ours, its journal entry included */
    TD_UNIT_OWN, /* the file's own BEGIN ... COMMIT; the journal entry goes in before the COMMIT, or after one that only
                    reads */
    TD_UNIT_ALONE /* one statement that PostgreSQL refuses inside a transaction */
};

struct td_unit {
    enum td_unit_kind kind;
    size_t first, n; /* statements of the file */
    bool bare;       /* the whole file, which has no BEGIN and COMMIT of its own but says how its transaction runs */
    bool concurrent; /* waits for other transactions: nothing that they may wait for must be held */
};

struct td_units {
    struct td_unit *at; /* only if not transactional */
    size_t len, cap;
    bool transactional;
    const char *why_not; /* static */
    size_t why_stmt;
};

/* Inside td_arena_run. `committing` has the names of procedures that commit, of other files and of the database (NULL:
 * not known). TD_EDATA: the file opens a transaction that it does not close, by statement `why_stmt`. */
TD_MUST_CHECK int td_units_find(struct td_arena *a, const struct td_sql_file *file, const struct td_map *committing,
                                struct td_units *out, struct td_err *err);
/* Adds those that the file makes. Inside td_arena_run, as what follows. */
void td_units_note(struct td_arena *a, const struct td_sql_file *file, struct td_map *committing);
bool td_units_calls(const struct td_sql_file *file);         /* does it CALL anything? */
bool td_units_commits(struct td_arena *a, const char *body); /* does a PL/pgSQL body COMMIT or ROLLBACK? */

#endif
