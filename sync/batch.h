/* What a device sends, and what it is answered.
 *
 * A batch is frozen before it is sent and does not change until it is answered: sent twice, it is the same. Its rows
 * carry the row as the device last had it from the server (base) and as the device has it now (mine); what becomes of
 * it is decided where the server's row can be locked (push.h). */
#ifndef TD_SYNC_BATCH_H
#define TD_SYNC_BATCH_H

#include "sync/tables.h"

struct td_batch_row {
    size_t table;
    size_t group;                    /* rows that refer to one another are taken or refused together */
    struct td_merge_side base, mine; /* key values are there also where a side does not exist */
};

struct td_batch {
    int64_t number;          /* counts up, never used twice by one device */
    const char *id;          /* a uuid: tells two devices apart that take themselves for one */
    struct td_batch_row *at; /* by table, then key */
    size_t len, cap;
    size_t groups;
};

struct td_answer_reject {
    size_t row;
    const char *reason; /* "unique", "foreign-key", "check", "not-null", "value", "denied", "elsewhere", "read-only",
                           "refused" */
    const char *sqlstate, *message;
};

struct td_answer_conflict {
    size_t row;
    const char *column;                        /* NULL: the whole row */
    const char *policy, *taken;                /* taken: "device", "server", "merged" */
    const char *base, *mine, *theirs, *chosen; /* texts as PostgreSQL prints them; NULL for NULL or no row */
};

struct td_answer {
    TD_VEC(struct td_answer_reject) rejects;
    TD_VEC(struct td_answer_conflict) conflicts;
};

/* The answer as the server keeps it, one JSON object, and back. Inside td_arena_run. */
void td_answer_print(const struct td_answer *a, struct td_buf *out);
TD_MUST_CHECK int td_answer_parse(struct td_arena *a, const char *text, struct td_answer *out, struct td_err *err);

/* Which rows belong together: those that a foreign key connects, on any side of any of them. Fills `group` and
 * `groups`. Inside td_arena_run of `a`. */
void td_batch_group(struct td_arena *a, const struct td_sync_tables *all, struct td_batch *b);

/* Text of a value as records keep it, of its row's key as "k" or ["k","l"]. NULL for NULL. Inside td_arena_run. */
const char *td_batch_text(struct td_arena *a, struct td_type t, struct td_value v);
const char *td_batch_key(struct td_arena *a, const struct td_sync_table *t, const struct td_value *at);

#endif
