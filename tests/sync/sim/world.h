/* A world: one server, some devices, and all that happens to them, from one number. */
#ifndef TD_TEST_SIM_WORLD_H
#define TD_TEST_SIM_WORLD_H

#include <stdio.h>

#include "core/base/vec.h"
#include "sync/server.h"
#include "tests/sync/sim/random.h"
#include "tests/sync/sim/schema.h"

/* Faults of the protocol that are switched on to see whether they are found. */
enum sim_mutation {
    SIM_SOUND,
    SIM_RANGE_CURSOR,    /* what was under way when the cursor was taken is not asked for again */
    SIM_SEQUENCE_CURSOR, /* the cursor is the largest number that has committed */
    SIM_OWN_SNAPSHOT,    /* the push's own snapshot becomes the cursor */
    SIM_NO_PROBES,       /* what REPLACE pushes out is not noted */
    SIM_NO_FROZEN,       /* the batch is made anew before it is sent again, under its old number */
    SIM_NO_NUMBER,       /* a batch that was answered is taken again */
    SIM_NO_DURABLE,      /* a snapshot is kept that the server can still lose */
    SIM_NO_LEAVE,        /* rows that have left are not said to */
    SIM_NO_ENTER,        /* keys that have become the tenant's are not loaded */
    SIM_WRONG_BASE,      /* merged against what the device has */
    SIM_NO_NONCE,        /* a copy of a file passes for the file: by its nonce and by its batch's id */
    SIM_NO_TRUNCATE,     /* marks of whole tables are overlooked */
    SIM_NO_FLOOR,        /* an old cursor is trusted after the log was cut */
    SIM_NO_ISOLATION,    /* another tenant's rows come with the changes */
    SIM_TORN,            /* a pull sees commits of its own time */
    SIM_MUTATIONS
};
const char *sim_mutation_name(enum sim_mutation m);

enum { SIM_TOKENS = 2048, SIM_IDS = 128, SIM_DEVICES = 5, SIM_OPEN = 3 };

/* ---- the server ---- */

struct sim_row {
    const char *key;
    const struct td_value *at;
};
struct sim_rows {
    const struct sim_row **at;
    size_t len, cap;
};
struct sim_entry { /* of the log; pk NULL: the whole table */
    uint64_t xid;
    const char *scope;
    size_t table;
    const char *pk;
};
struct sim_log {
    struct sim_entry *at;
    size_t len, cap;
};
struct sim_known { /* a device, as the server knows it */
    int64_t id;
    char tenant[8];
    char nonce[TD_UUID_TEXT], before[TD_UUID_TEXT];
    int64_t batch;
    const char *batch_id, *result;
    const char *acked;
    bool dropped;
};
/* All that a crash, a backup or a snapshot is about. Rows do not change; a copy of the state is a copy of pointers. */
struct sim_state {
    struct sim_rows rows[SIM_TABLES];
    struct sim_log log;
    struct {
        struct sim_known *at;
        size_t len, cap;
    } known;
    uint64_t next_xid;
    const char *floor;
    int64_t next_device;
    unsigned char had[SIM_TOKENS / 8]; /* tokens that a commit has brought */
};

struct sim_change { /* row NULL: deleted */
    size_t table;
    const char *key;
    const struct sim_row *row;
};
struct sim_tx {
    bool open;
    uint64_t xid;
    struct {
        struct sim_change *at;
        size_t len, cap;
    } changes;
    struct sim_log log;
    struct sim_rows view[SIM_TABLES]; /* within a statement */
};

struct sim_snapshot {
    const char *text, *lineage;
    const struct sim_state *state;
};

struct sim_server {
    struct sim_state now, durable, saved;
    bool has_saved;
    char lineage[TD_UUID_TEXT];
    bool is_restored; /* and nobody has renewed its lineage yet */
    int boot;         /* counts crashes: connections of before are gone */
    struct sim_tx open[SIM_OPEN];
    struct {
        struct sim_snapshot *at;
        size_t len, cap;
    } snapshots;
};

/* ---- devices ---- */

struct sim_keys {
    const char **at[SIM_TABLES];
    size_t len[SIM_TABLES];
};
struct sim_image { /* of a file, in PostgreSQL's forms */
    struct td_arena a;
    struct sim_rows rows[SIM_TABLES];
    struct sim_keys base, out;
};

struct sim_device {
    int number; /* 1, ... */
    int tenant; /* 0, ... */
    struct td_db *db;
    struct td_device *d;
    struct sim_image image;
    struct td_db_stmt *reads[SIM_TABLES][3];
    bool commits_fail;            /* the process is dead: nothing is written from here on */
    int commits_left;             /* until then; -1: for ever */
    struct sim_keys sent;         /* answered since the last pull: the cursor does not tell what they are now */
    const char *sent_at;          /* that cursor */
    const char *cursor, *lineage; /* as last seen */
    unsigned char *backup;
    int64_t backup_bytes;
    struct sim_keys backup_sent;
    const char *backup_sent_at;
    bool is_running;
};

struct sim_token { /* a written value that can be told from all others */
    int device;    /* 0: the server's */
    size_t table, column;
    bool written;    /* a commit on the device has had it */
    bool superseded; /* by a later write on the same device */
    bool excused;    /* its file was thrown away, or the server restored to before it */
    bool claimed;    /* a file had it when the server lost it */
};

struct sim_world {
    uint64_t seed;
    struct sim_random r;
    struct td_arena a;
    enum sim_mutation mutation;
    bool verbose;
    struct sim_server server;
    struct sim_device devices[SIM_DEVICES];
    int n_devices;
    struct sim_token tokens[SIM_TOKENS];
    int n_tokens;
    bool may_crash, may_restore, may_copy, may_back_up, may_prune, may_truncate; /* of this seed */
    bool moves_race; /* a project may move while others write to it: then their values go with it */
    bool doubled;    /* a file was copied or set back, a batch sent under a second name: sums may count twice */
    int64_t hits[SIM_IDS];
    bool hits_spoiled[SIM_IDS], ids_used[SIM_IDS];
    bool calm; /* faults have ended */
    int depth; /* of runs within runs */
    int next_id;
    int steps;
    bool failed;
    char failure[1024];
    long runs, cuts;
};

/* The first failure stands. */
void sim_fail(struct sim_world *w, const char *what, const char *fmt, ...) TD_PRINTF(3, 4);
void sim_say(struct sim_world *w, const char *fmt, ...) TD_PRINTF(2, 3);

/* "a17;" of tenant 0, "b17;" of 1, "x17;" of -1, which anybody may see. */
const char *sim_token(struct sim_world *w, int tenant, int device, size_t table, const char *column);
/* Calls fn with each token's number in the text. */
void sim_each_token(const char *text, size_t len, void (*fn)(void *data, int token, char tenant), void *data);

/* Sums are counted of rows that are made once. */
void sim_note_insert(struct sim_world *w, int64_t id);

struct sim_totals {
    long seeds, steps, runs, cuts;
};
/* True: nothing was found. `failure` of 1024 bytes; `history_out` (or NULL) gets all records of conflicts as text,
 * owned. */
bool sim_world_run(uint64_t seed, enum sim_mutation m, bool verbose, char *failure, char **history_out,
                   struct sim_totals *totals);

#endif
