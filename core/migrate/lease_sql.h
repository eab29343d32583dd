/* The lease's statements, one set an engine. All times are the server's. */
#ifndef TD_MIGRATE_LEASE_SQL_H
#define TD_MIGRATE_LEASE_SQL_H

#include "core/db/db.h"

struct td_lease_sql {
    const char *read;        /* columns: enum in lease.c */
    const char *insert;      /* $1 owner, host, host_id, pid, pid_started; PostgreSQL: $6 direct, $7 has a heartbeat */
    const char *remove_dead; /* $1 owner; not while a migration's transaction has the row locked */
    const char *remove_expired; /* the same, and only if it is expired still */
    const char *release;        /* $1 owner */
    const char *beat;           /* $1 owner */
    const char *end_backend;    /* $1 owner; PostgreSQL */
};

const struct td_lease_sql *td_lease_sql(enum td_engine engine);

#endif
