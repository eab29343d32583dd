/* What a driver implements. Slots are called by core/db/db.c alone, with checked arguments. */
#ifndef TD_DB_DRIVER_H
#define TD_DB_DRIVER_H

#include "core/db/db.h"

/* First member of each driver's connection struct. The driver's open sets `driver` and `caps`; db.c keeps `depth`. */
struct td_db {
    const struct td_driver *driver;
    int depth;                       /* open transaction and savepoints */
    unsigned caps;                   /* set of td_db_cap */
    size_t finished, finished_bytes; /* of the exec under way: counted by the driver, set to 0 by db.c */
    bool broken; /* lost, or could not roll back: nothing but close is possible. Set by either side */
};

/* The engine's own view, which is right also when SQL text said BEGIN, or the engine rolled back by itself. */
enum td_tx_state {
    TD_TX_NONE,
    TD_TX_OPEN,
    TD_TX_FAILED /* open, but every statement is refused until the rollback (PostgreSQL) */
};

/* First member of each driver's statement struct. */
struct td_db_stmt {
    struct td_db *db;
};

struct td_driver {
    const char *name;
    enum td_engine engine;
    bool (*accepts)(const struct td_url *url);                                                       /* required */
    int (*open)(const struct td_url *, const struct td_db_opts *, struct td_db **, struct td_err *); /* required */
    void (*close)(struct td_db *);                                                                   /* required */
    const char *(*server_version)(const struct td_db *);                                             /* required */
    int (*exec)(struct td_db *, const char *sql, struct td_err *);                                   /* required */
    int64_t (*changes)(const struct td_db *);                                                        /* required */
    int (*prepare)(struct td_db *, const char *sql, struct td_db_stmt **, struct td_err *);          /* required */
    int (*bind)(struct td_db_stmt *, int, const struct td_value *, struct td_err *);                 /* required */
    int (*step)(struct td_db_stmt *, bool *, struct td_err *);                                       /* required */
    void (*whole)(struct td_db_stmt *);
    struct td_value (*column)(struct td_db_stmt *, int);  /* required */
    const char *(*text)(struct td_db_stmt *, int);        /* required */
    int (*columns)(struct td_db_stmt *);                  /* required */
    const char *(*column_name)(struct td_db_stmt *, int); /* required */
    int (*reset)(struct td_db_stmt *, struct td_err *);   /* required */
    void (*stmt_close)(struct td_db_stmt *);              /* required */
    /* outside a transaction only */
    int (*begin)(struct td_db *, enum td_tx_kind, struct td_err *); /* required */
    enum td_tx_state (*tx_state)(const struct td_db *);             /* required */
    int (*copy_begin)(struct td_db *, const char *, const char *, const char *const *, int, struct td_err *);
    int (*copy_row)(struct td_db *, const struct td_value *, int, struct td_err *);
    int (*copy_end)(struct td_db *, bool, struct td_err *);
    int (*triggers)(struct td_db *, bool on, struct td_err *);
    void (*cancel)(struct td_db *); /* required */
    int (*fd)(const struct td_db *);
    int (*wants)(const struct td_db *);
    int (*backend_pid)(const struct td_db *);
    void *(*native)(const struct td_db *); /* required */
};

/* TD_OK, or why nothing can be done with this connection. For this layer's own files. */
TD_MUST_CHECK int td_db_ready(struct td_db *db, struct td_err *err);

/* The table of drivers, ended by NULL; set once at program start (drivers/drivers.h does it). */
void td_db_set_drivers(const struct td_driver *const *drivers);

#endif
