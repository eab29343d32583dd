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
    bool has_schema, has_map, owns; /* owns: has the rights of the schema's owner */
    bool has_sync;                  /* the row of tandem.sync is there */
    bool devices;                   /* devices have roles of their own */
};

void td_install_add(struct td_installing *n, const char *fmt, ...) TD_PRINTF(2, 3); /* a statement */
void td_install_add_buf(struct td_installing *n, struct td_buf *sql);
/* What is made belongs to the schema's owner, whoever makes it: "TABLE tandem.log". */
void td_install_own(struct td_installing *n, const char *what);

/* install_functions.c: changed(), allowed(), renew(), compact(), where they are not as they should be. */
TD_MUST_CHECK int td_install_functions(struct td_installing *n, struct td_err *err);

/* install_devices.c: what roles of devices need, when the tables are in the map; whether they were installed before;
 * and of tables that travel no more, or of all, what takes it away again. */
TD_MUST_CHECK int td_install_devices(struct td_installing *n, struct td_err *err);
TD_MUST_CHECK int td_install_has_devices(struct td_installing *n, bool *out, struct td_err *err);
TD_MUST_CHECK int td_install_forget_devices(struct td_installing *n, bool all, struct td_err *err);
void td_install_drop_roles(struct td_installing *n);
const char *td_install_refers(struct td_installing *n); /* body of tandem.refers() */

#endif
