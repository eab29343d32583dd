/* libtandem: one folder of PostgreSQL migrations, applied to PostgreSQL or SQLite, from a program.
 *
 *     struct tandem_err *err = tandem_err_new();
 *     struct tandem_db *db;
 *     if (tandem_db_open("sqlite:app.db", TANDEM_OPEN_CREATE, &db, err) != TANDEM_OK ||
 *         tandem_migrate_deploy(db, "migrations", NULL, NULL, err) != TANDEM_OK)
 *         fprintf(stderr, "%s: %s\n", tandem_err_code(err), tandem_err_message(err));
 *
 * - Fallible functions return TANDEM_OK (0) or an `enum tandem_rc` and fill `err`, which may be NULL.
 * - `new` and `open` give what the matching `free` or `close` takes back; both accept NULL. Other pointers that a
 *   function returns are borrowed: each says until when.
 * - All texts are UTF-8. Passwords never appear in messages.
 * - Nothing here prints, exits, installs signal handlers or keeps global state that a caller could see. One
 *   tandem_db is used by one thread at a time; tandem_db_cancel may come from any thread.
 * - Structs that callers fill start with `size` (sizeof the struct), so that they can grow: zeroed means default. */
#ifndef TANDEM_TANDEM_H
#define TANDEM_TANDEM_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TANDEM_API __attribute__((visibility("default")))
#else
#define TANDEM_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What kind of failure it is. Values are never reused. */
enum tandem_rc {
    TANDEM_OK = 0,
    TANDEM_ENOMEM = 1,
    TANDEM_EUSAGE = 2,    /* an argument is wrong */
    TANDEM_ESYNTAX = 3,   /* SQL that the parser or the engine cannot read */
    TANDEM_EREFUSED = 4,  /* understood, but cannot be carried to SQLite faithfully */
    TANDEM_EDATA = 5,     /* a value, file or encoding that is not what it should be */
    TANDEM_ESCHEMA = 6,   /* an object is missing, exists already or does not fit */
    TANDEM_ENOTFOUND = 7, /* a file, database or migration is not there */
    TANDEM_EEXISTS = 8,
    TANDEM_EIO = 9,
    TANDEM_EFULL = 10,     /* disk full */
    TANDEM_EREADONLY = 11, /* the database or file cannot be written */
    TANDEM_EOFFLINE = 12,  /* the database cannot be reached; a retry may help */
    TANDEM_EDENIED = 13,   /* permission or password */
    TANDEM_EBUSY = 14,     /* lock or busy timeout; a retry may help */
    TANDEM_ECONFLICT = 15, /* deadlock or serialization failure: run the transaction again */
    TANDEM_EUNIQUE = 16,   /* constraints, the same on every engine */
    TANDEM_EFOREIGN = 17,
    TANDEM_ECHECK = 18,
    TANDEM_ENOTNULL = 19,
    TANDEM_EHISTORY = 20, /* the migration history failed, differs or is dirty */
    TANDEM_ECONFIG = 21,  /* a URL or configuration is wrong */
    TANDEM_ECANCELLED = 22,
    TANDEM_EUNSUPPORTED = 23,
    TANDEM_EBUG = 24 /* a fault of ours: please report it */
};

/* "0.1.0". Static. */
TANDEM_API const char *tandem_version(void);

/* --- errors ------------------------------------------------------------------------------------------------------ */

struct tandem_err;

TANDEM_API struct tandem_err *tandem_err_new(void); /* NULL: out of memory */
TANDEM_API void tandem_err_free(struct tandem_err *err);

/* Texts are borrowed until the next call that is given `err`; "" where there is none. */
TANDEM_API int tandem_err_rc(const struct tandem_err *err);
TANDEM_API const char *tandem_err_code(const struct tandem_err *err);     /* "TD-LOWER-014": one per cause */
TANDEM_API const char *tandem_err_message(const struct tandem_err *err);  /* one line */
TANDEM_API const char *tandem_err_why(const struct tandem_err *err);      /* what would go wrong, the engine's detail */
TANDEM_API const char *tandem_err_next(const struct tandem_err *err);     /* what solves it */
TANDEM_API const char *tandem_err_sqlstate(const struct tandem_err *err); /* PostgreSQL's five letters */
TANDEM_API const char *tandem_err_path(const struct tandem_err *err);     /* file of the place */
TANDEM_API unsigned tandem_err_line(const struct tandem_err *err);        /* 1-based; 0: no place */
TANDEM_API unsigned tandem_err_column(const struct tandem_err *err);      /* 1-based, in characters; 0: unknown */

/* --- databases --------------------------------------------------------------------------------------------------- */

struct tandem_db;

enum tandem_open_flags {
    TANDEM_OPEN_CREATE = 1,   /* make the SQLite file or the PostgreSQL database when it is not there */
    TANDEM_OPEN_READ_ONLY = 2 /* writes nothing, not even a lock file */
};

/* URLs: postgres://..., postgresql://... (Prisma's parameters too), file:PATH, sqlite:PATH, sqlite::memory:. */
TANDEM_API int tandem_db_open(const char *url, unsigned flags, struct tandem_db **out, struct tandem_err *err);
TANDEM_API void tandem_db_close(struct tandem_db *db); /* an open transaction is rolled back */
/* Runs one or several statements of the engine's own SQL; rows are dropped. */
TANDEM_API int tandem_db_exec(struct tandem_db *db, const char *sql, struct tandem_err *err);
/* Stops the call under way, which then returns TANDEM_ECANCELLED. From any thread. */
TANDEM_API void tandem_db_cancel(struct tandem_db *db);
/* "sqlite" or "postgres". Static. */
TANDEM_API const char *tandem_db_engine(const struct tandem_db *db);

/* --- migrations -------------------------------------------------------------------------------------------------- */

struct tandem_deploy_opts {
    size_t size;             /* sizeof(struct tandem_deploy_opts) */
    const char *to;          /* stop after this migration; NULL: all */
    const char *const *skip; /* kinds or "migrations/x/migration.sql:12" that SQLite goes without; ended by NULL */
    int wait_ms;             /* for another deployer; 0: 60 s; -1: not at all */
};

/* Brings `db` up to the migrations of `folder` (NAME/migration.sql, Prisma's layout). All of what is pending is
 * checked first; each migration is one transaction where PostgreSQL allows it. `opts` and `applied_out` (how many were
 * applied) may be NULL. A failure leaves the migrations before the failed one applied. */
TANDEM_API int tandem_migrate_deploy(struct tandem_db *db, const char *folder, const struct tandem_deploy_opts *opts,
                                     size_t *applied_out, struct tandem_err *err);

/* Folder and history compared; reads only. */
struct tandem_status;
TANDEM_API int tandem_migrate_status(struct tandem_db *db, const char *folder, struct tandem_status **out,
                                     struct tandem_err *err);
TANDEM_API void tandem_status_free(struct tandem_status *st);
TANDEM_API size_t tandem_status_count(const struct tandem_status *st);
/* Borrowed until tandem_status_free; NULL past the end. States: "pending", "applied", "edited", "missing", "late",
 * "failed", "partial". */
TANDEM_API const char *tandem_status_name(const struct tandem_status *st, size_t i);
TANDEM_API const char *tandem_status_state(const struct tandem_status *st, size_t i);
/* Every migration of the folder is applied, and nothing else. */
TANDEM_API int tandem_status_in_sync(const struct tandem_status *st);

#ifdef __cplusplus
}
#endif

#endif
