/* Merge: what becomes of a row that a device and the server have both changed since the device last had it.
 *
 * Per column: what only one side changed stands; what both changed alike stands; else the column's policy decides. A
 * loss is a conflict, and recorded with all three values, so that it can be taken back. Pure: the same function decides
 * wherever the two meet, when a device's rows are pushed and when the server's are pulled. */
#ifndef TD_SYNC_MERGE_H
#define TD_SYNC_MERGE_H

#include "core/base/arena.h"
#include "core/catalog/type.h"
#include "core/db/value.h"

enum td_merge_policy {
    TD_POLICY_SERVER, /* theirs; recorded. The default */
    TD_POLICY_DEVICE, /* mine; recorded */
    TD_POLICY_LATEST, /* of the side whose row has the larger value in another column; recorded */
    TD_POLICY_MAX,    /* the larger: no conflict, as for a time that a trigger keeps */
    TD_POLICY_MIN,
    TD_POLICY_SUM,    /* both changes are added: theirs + (mine - base) */
    TD_POLICY_CONCAT, /* what mine has appended comes behind theirs */
    TD_POLICY_JSON,   /* "json-merge": objects key by key; a key that both changed is theirs, and recorded */
    TD_POLICY_MANUAL  /* theirs until somebody decides; recorded */
};
const char *td_policy_name(enum td_merge_policy p);
/* By its word in tandem.json; "latest(column)" gives the column's name in *column_out, which lives in `a`. False: it is
 * none. */
bool td_policy_parse(struct td_arena *a, const char *word, enum td_merge_policy *out, const char **column_out);
/* Can it decide columns of this type? max and min need an order, sum a number, concat text, json-merge jsonb. */
bool td_policy_fits(enum td_merge_policy p, struct td_type t);

struct td_merge_column {
    const char *name;
    struct td_type type;
    enum td_merge_policy policy; /* one that fits */
    size_t latest;               /* TD_POLICY_LATEST: number of the column that says which side is later */
    const char *mask;            /* SQL of what a device gets in its place (mask.h); NULL: the value itself */
};

/* One side's row: values in the order of the columns, in PostgreSQL's forms. */
struct td_merge_side {
    bool exists;
    const struct td_value *at;
};

#define TD_WHOLE_ROW SIZE_MAX

struct td_conflict {
    size_t column; /* or TD_WHOLE_ROW: one side deleted what the other changed */
    enum td_merge_policy policy;
    struct td_value base, mine, theirs, chosen; /* of the column; NULL where a side has no row */
    bool is_mine;                               /* mine was chosen, whole */
};

struct td_merged {
    bool exists;
    struct td_value *at; /* borrowed from the sides, or made in the arena */
    bool changes_mine;   /* it is not what the device has */
    bool changes_theirs; /* it is not what the server has */
    struct td_conflict *conflicts;
    size_t n_conflicts, cap_conflicts;
};

/* `base`: the row as the device last had it from the server; it does not exist for a row that the device inserted.
 * `key` columns are the same on all sides. An update and a delete: the row stands as who updated it has it, and that is
 * recorded. TD_EDATA: a value is not one of its type. Inside td_arena_run of `a`, where the result lives. */
TD_MUST_CHECK int td_merge_row(struct td_arena *a, const struct td_merge_column *columns, size_t n,
                               const struct td_merge_side *base, const struct td_merge_side *mine,
                               const struct td_merge_side *theirs, struct td_merged *out, struct td_err *err);

/* Is it the same value? Text for text, but jsonb by what it means. */
TD_MUST_CHECK int td_merge_same(struct td_type t, struct td_value a, struct td_value b, bool *out, struct td_err *err);

/* merge_order.c: -1, 0, 1, as PostgreSQL orders the type (text by its bytes, enums by their labels' order). */
TD_MUST_CHECK int td_merge_order(struct td_type t, struct td_value a, struct td_value b, int *out, struct td_err *err);

/* merge_json.c: three objects (`base` may be none) in jsonb's form, key by key. *clashes: keys that both changed. */
TD_MUST_CHECK int td_merge_json(struct td_arena *a, struct td_value base, struct td_value mine, struct td_value theirs,
                                struct td_value *out, size_t *clashes, struct td_err *err);

#endif
