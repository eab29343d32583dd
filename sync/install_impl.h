/* Shared by install_*.c alone. */
#ifndef TD_SYNC_INSTALL_IMPL_H
#define TD_SYNC_INSTALL_IMPL_H

#include "core/base/buf.h"
#include "core/db/db.h"
#include "sync/scope.h"

/* One table that travels, as the database has it. */
struct td_installed {
    const struct td_scope *s;
    const char *name;   /* "public"."users" */
    int64_t number;     /* in tandem.tblmap: its own, or the one that it is given */
    bool fresh;         /* it has none yet */
    bool row;           /* partitioned */
    bool whole;         /* its triggers are as they should be */
    bool same_function; /* as `body` */
    const char *scope, *shape, *shape_now, *body;
    const char *rows, *rows_now; /* install_roles.c */
};

struct td_installing {
    struct td_arena *a;
    struct td_db *db;
    const struct td_scopes *scopes;
    const char *config;
    struct td_strings *out; /* statements */
    TD_VEC(struct td_installed) at;
    const char *me, *owner; /* current role, and who owns the schema or will: quoted */
    const char *owner_oid;
    bool has_schema, has_map, may_make, owns; /* owns: has the rights of the schema's owner */
    bool has_sync;                            /* the row of tandem.sync is there */
};

void td_install_add(struct td_installing *n, const char *fmt, ...) TD_PRINTF(2, 3); /* a statement */
void td_install_add_buf(struct td_installing *n, struct td_buf *sql);
/* What is made belongs to the schema's owner, whoever makes it: "TABLE tandem.log". */
void td_install_own(struct td_installing *n, const char *what);

/* install_functions.c: changed(), allowed(), renew(), where they are not as they should be. */
TD_MUST_CHECK int td_install_functions(struct td_installing *n, struct td_err *err);

#endif
