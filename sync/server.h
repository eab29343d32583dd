/* The server, as a device sees it. Rows travel in PostgreSQL's forms. */
#ifndef TD_SYNC_SERVER_H
#define TD_SYNC_SERVER_H

#include "sync/device.h"

struct td_hello {
    const char *lineage; /* of the server; changes when it was restored, copied or failed over */
    const char *snapshot, *floor;
    const char *config;
    bool known;              /* the device's number and nonce are the server's */
    int64_t batch;           /* the last one that it has of the device */
    bool has_unknown;        /* the server has migrations that the device has not */
    bool lacks_some;         /* the other way round */
    const char *first_other; /* the name of the first migration that one of them lacks; NULL: none */
};

/* Of what to look at: per table how many keys, and whether all of it. */
struct td_changes {
    int64_t *keys;
    bool *whole;
    bool any;
};

typedef int (*td_row_sink)(void *data, size_t table, const struct td_value *at, bool here, struct td_err *err);

struct td_server;

struct td_server_ops {
    /* Who are you, who am I? Results live in `a`. TD_ECONFIG: sync is not enabled; TD_EOFFLINE: a standby; TD_EDENIED:
     * not this tenant. */
    int (*hello)(struct td_server *s, struct td_arena *a, const struct td_device *d, struct td_hello *out,
                 struct td_err *err);
    /* A new number and nonce. */
    int (*enroll)(struct td_server *s, const char *tenant, struct td_device_id *out, struct td_err *err);
    /* One snapshot for all calls until close; *snapshot_out, in `a`, is the cursor that it stands for. */
    int (*open)(struct td_server *s, struct td_arena *a, const char **snapshot_out, struct td_err *err);
    int (*changed)(struct td_server *s, const char *tenant, const char *since, struct td_changes *out,
                   struct td_err *err);
    /* Does anything wait behind the device's cursor? Outside of a snapshot; the cheapest question there is. */
    int (*peek)(struct td_server *s, const struct td_device *d, bool *out, struct td_err *err);
    int (*delta)(struct td_server *s, const char *tenant, const char *since, size_t table, td_row_sink sink, void *data,
                 struct td_err *err);
    /* Rows whose columns of the way have one of these values: n rows of texts. */
    int (*load)(struct td_server *s, const char *tenant, size_t table, const struct td_sync_ref *way,
                const char *const *values, size_t n, td_row_sink sink, void *data, struct td_err *err);
    /* Up to `limit` rows behind a key (NULL: from the start) in the key's order; *n_out: how many. */
    int (*chunk)(struct td_server *s, const char *tenant, size_t table, const char *const *after, size_t limit,
                 td_row_sink sink, void *data, size_t *n_out, struct td_err *err);
    /* The same in one go, many rows at a time: scan starts behind the key, next gives up to `limit` rows and is at the
     * end when it gives fewer. Until close, or the next scan. Optional, both. */
    int (*scan)(struct td_server *s, const char *tenant, size_t table, const char *const *after, struct td_err *err);
    int (*next)(struct td_server *s, size_t limit, td_row_sink sink, void *data, size_t *n_out, struct td_err *err);
    /* With them: may what was read be kept already, while the snapshot is open? Waits a moment for it. */
    int (*settled)(struct td_server *s, bool *out, struct td_err *err);
    int (*digest)(struct td_server *s, const char *tenant, size_t table, struct td_digest *out, struct td_err *err);
    void (*close)(struct td_server *s);
    /* After it: what was read may be kept from here on. Sees to it that the server cannot lose it any more. */
    int (*durable)(struct td_server *s, const struct td_device *d, struct td_err *err);
    /* The batch's answer, the same for ever. *nonce_out, in `a`: the next one. TD_ECONFLICT with TD_C_SYNC_IDENTITY: it
     * is not this device's to send. */
    int (*push)(struct td_server *s, struct td_arena *a, const struct td_device *d, const struct td_batch *b,
                struct td_answer *out, const char **nonce_out, struct td_err *err);
    /* The device has all up to `cursor`. */
    int (*ack)(struct td_server *s, const struct td_device *d, const char *cursor, struct td_err *err);
};

struct td_server {
    const struct td_server_ops *ops;
};

/* On PostgreSQL, by a connection of its own, which it borrows; for the tables of this device. `schema`: the URL's. */
TD_MUST_CHECK int td_server_postgres(struct td_db *db, const struct td_sync_tables *all, const char *schema,
                                     struct td_server **out, struct td_err *err);
void td_server_postgres_close(struct td_server *s); /* NULL is fine */

#endif
