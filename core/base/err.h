/* Errors: what failed, where in which file, why, and what to do next.
 *
 * A fallible function returns TD_OK or another td_rc and fills the caller's `struct td_err`. It is set where the
 * failure happens (td_err_set), given a place (td_err_at or td_source_place), wrapped on the way up (td_err_wrap) and
 * printed once, in tools/. Each cause has one code, listed in core/base/codes/ and explained by `tandem explain`. */
#ifndef TD_BASE_ERR_H
#define TD_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

#define TD_MUST_CHECK        __attribute__((warn_unused_result))
#define TD_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* What kind of failure it is: what a caller branches on. */
enum td_rc {
    TD_OK = 0,
    TD_ENOMEM,
    TD_EUSAGE,    /* wrong use of a command or function */
    TD_ESYNTAX,   /* SQL that the parser or the engine cannot read */
    TD_EREFUSED,  /* understood, but cannot be carried to this engine faithfully */
    TD_EDATA,     /* a value, file or encoding that is not what it should be */
    TD_ESCHEMA,   /* an object is missing, exists already or does not fit */
    TD_ENOTFOUND, /* a file, migration or command is not there */
    TD_EEXISTS,   /* would overwrite */
    TD_EIO,       /* the operating system refused */
    TD_EFULL,     /* disk full */
    TD_EREADONLY, /* the database or file cannot be written */
    TD_EOFFLINE,  /* the database cannot be reached; a retry may help */
    TD_EDENIED,   /* permission, password or consent missing */
    TD_EBUSY,     /* lock or busy timeout; a retry may help */
    TD_ECONFLICT, /* deadlock or serialization failure: run the transaction again */
    TD_EUNIQUE,   /* constraint kinds, the same on every engine */
    TD_EFOREIGN,
    TD_ECHECK,
    TD_ENOTNULL,
    TD_EHISTORY,     /* the migration history failed, differs or is dirty */
    TD_ECONFIG,      /* tandem.json, .env or a URL is wrong */
    TD_ECANCELLED,   /* interrupted by the user */
    TD_EUNSUPPORTED, /* this driver has no such operation */
    TD_EBUG          /* a fault of ours */
};

/* One value per cause, e.g. TD_C_DB_OFFLINE; its text form is "TD-DB-001". */
enum td_code {
    TD_C_NONE = 0,
#define TD_CODE(id, number, rc, title, explain) TD_C_##id,
#include "core/base/codes/all.def"
#undef TD_CODE
    TD_C_COUNT
};

struct td_code_info {
    const char *number;  /* "TD-DB-001" */
    enum td_rc rc;       /* what functions return for it */
    const char *title;   /* one line */
    const char *explain; /* what `tandem explain` prints: why it happens, what to do, an example */
};

struct td_err {
    enum td_rc rc;
    enum td_code code;
    char sqlstate[6];             /* "" where there is none */
    char path[512];               /* file the place is in, "" for none */
    unsigned line, column, width; /* 1-based; column and width count characters; 0: unknown */
    char excerpt[240];            /* that line of the file, cut around the place */
    unsigned excerpt_column;      /* 1-based column of the place within `excerpt` */
    char message[1024];           /* lower case, no final stop, names in double quotes */
    char why[768];                /* what would go wrong, or the engine's own detail */
    char next[768];               /* a full sentence or command that solves it */
};

/* Borrowed, static. `code` out of range gives the entry of TD_C_NONE. */
const struct td_code_info *td_code_info(enum td_code code);
/* By its text form, letter case ignored ("td-db-001"); TD_C_NONE when there is none. */
enum td_code td_code_find(const char *number);

/* Clears `err`. A zeroed struct is a cleared one. */
void td_err_clear(struct td_err *err);

/* Records a failure, replacing what was there, and returns the code's td_rc. */
int td_err_set(struct td_err *err, enum td_code code, const char *fmt, ...) TD_PRINTF(3, 4);
int td_err_vset(struct td_err *err, enum td_code code, const char *fmt, va_list args) TD_PRINTF(3, 0);
/* Out of memory; needs none itself. */
int td_err_nomem(struct td_err *err);
/* From errno, for `what` ("read", "open"...) on `path`. Maps ENOSPC to TD_EFULL, EROFS to TD_EREADONLY and so on. */
int td_err_errno(struct td_err *err, int errnum, const char *what, const char *path);

/* Add to a recorded failure; each returns err->rc, so that `return td_err_next(...)` reads well. */
int td_err_at(struct td_err *err, const char *path, unsigned line, unsigned column);
int td_err_why(struct td_err *err, const char *fmt, ...) TD_PRINTF(2, 3);
int td_err_next(struct td_err *err, const char *fmt, ...) TD_PRINTF(2, 3);
int td_err_sqlstate(struct td_err *err, const char *sqlstate);
/* Puts context in front of the message ("migration 2024_x: ..."); code, SQLSTATE and place stay. */
int td_err_wrap(struct td_err *err, const char *fmt, ...) TD_PRINTF(2, 3);

/* Our own bugs; stays in release builds. */
#define TD_ASSERT(cond) ((cond) ? (void)0 : td_assert_failed(#cond, __FILE__, __LINE__))
__attribute__((noreturn)) void td_assert_failed(const char *cond, const char *file, int line);

#endif
