#include "core/migrate/lease_sql.h"

#define PG_EXPIRES "clock_timestamp() + interval '10 s'" /* TD_LEASE_EXPIRY_MS */
#define PG_BACKEND                                                                                                     \
    "pg_catalog.pg_stat_activity a WHERE a.pid = l.backend_pid"                                                        \
    " AND (a.backend_start IS NULL OR a.backend_start = l.backend_started)" /* NULL: another user's, not shown to us   \
                                                                             */
#define PG_REMOVE(and)                                                                                                 \
    "DELETE FROM tandem.lease WHERE owner IN (SELECT owner FROM tandem.lease WHERE owner = $1::text" and               \
        " FOR UPDATE SKIP LOCKED)"

/* A heartbeat of the future is one of before a clock was set back. */
#define PG_EXPIRED "(expires_at < clock_timestamp() OR heartbeat_at > " PG_EXPIRES ")"

static const struct td_lease_sql postgres = {
    .read = "SELECT l.owner, l.host, l.host_id, l.pid, l.pid_started,"
            " EXTRACT(EPOCH FROM clock_timestamp() - l.started_at)::bigint, " PG_EXPIRED ","
            " l.backend_pid, EXISTS (SELECT 1 FROM " PG_BACKEND ") FROM tandem.lease l WHERE l.name = 'deploy'",
    .insert = "INSERT INTO tandem.lease (name, owner, host, host_id, pid, pid_started, backend_pid, backend_started,"
              " started_at, heartbeat_at, expires_at) SELECT 'deploy', $1::text, $2::text, $3::text, $4::integer,"
              " $5::bigint, CASE WHEN $6::boolean THEN pg_backend_pid() END,"
              " (SELECT a.backend_start FROM pg_catalog.pg_stat_activity a WHERE $6::boolean"
              " AND a.pid = pg_backend_pid()),"
              " clock_timestamp(), clock_timestamp(), CASE WHEN $7::boolean THEN " PG_EXPIRES
              " ELSE 'infinity' END ON CONFLICT DO NOTHING",
    .remove_dead = PG_REMOVE(""),
    .remove_expired = PG_REMOVE(" AND " PG_EXPIRED),
    .release = "DELETE FROM tandem.lease WHERE owner = $1::text",
    .beat =
        "UPDATE tandem.lease SET heartbeat_at = clock_timestamp(), expires_at = " PG_EXPIRES " WHERE owner = $1::text",
    .end_backend = "SELECT pg_terminate_backend(a.pid) FROM tandem.lease l, " PG_BACKEND " AND l.owner = $1::text",
};

#define LITE_NOW "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"

#define LITE_EXPIRED "(expires_at < " LITE_NOW " OR heartbeat_at > " LITE_NOW " + 10000)"

static const struct td_lease_sql sqlite = {
    .read = "SELECT owner, host, host_id, pid, pid_started, (" LITE_NOW " - started_at) / 1000,"
            " " LITE_EXPIRED ", NULL, 0 FROM main.tandem_lease WHERE name = 'deploy'",
    .insert = "INSERT INTO main.tandem_lease (name, owner, host, host_id, pid, pid_started, started_at, heartbeat_at,"
              " expires_at) VALUES ('deploy', $1, $2, $3, $4, $5, " LITE_NOW ", " LITE_NOW ", " LITE_NOW
              " + 10000) ON CONFLICT DO NOTHING",
    .remove_dead = "DELETE FROM main.tandem_lease WHERE owner = $1",
    .remove_expired = "DELETE FROM main.tandem_lease WHERE owner = $1 AND " LITE_EXPIRED,
    .release = "DELETE FROM main.tandem_lease WHERE owner = $1",
    .beat =
        "UPDATE main.tandem_lease SET heartbeat_at = " LITE_NOW ", expires_at = " LITE_NOW " + 10000 WHERE owner = $1",
};

const struct td_lease_sql *td_lease_sql(enum td_engine engine)
{
    return engine == TD_ENGINE_POSTGRES ? &postgres : &sqlite;
}
