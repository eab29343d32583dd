#include "sync/health.h"

#include <stdlib.h>
#include <string.h>

#include "core/migrate/rows.h"

const char *td_verdict_name(enum td_verdict v)
{
    static const char *const names[] = {"current", "behind", "stalled", "unknown"};
    return names[v];
}

struct looking {
    struct td_arena *a;
    struct td_device *d;
    struct td_server *s;
    struct td_db *db;
    struct td_health *out;
};

static int count_waiting(struct looking *l, struct td_err *err)
{
    size_t n = td_device_tables(l->d)->len;
    struct td_changes c = {td_arena_alloc(l->a, (n + 1) * sizeof *c.keys), td_arena_alloc(l->a, n + 1), false};
    const char *snapshot = NULL;
    if (td_device_cursor(l->d) == NULL)
        return TD_OK;
    int rc = l->s->ops->open(l->s, l->a, &snapshot, err);
    if (rc != TD_OK)
        return rc;
    rc = l->s->ops->changed(l->s, td_device_tenant(l->d), td_device_cursor(l->d), &c, err);
    l->s->ops->close(l->s);
    for (size_t t = 0; t < n && l->out->waiting >= 0; t++)
        l->out->waiting = c.whole[t] ? -1 : l->out->waiting + c.keys[t];
    return rc;
}

/* What only some roles may see is left out for the others. */
static int read_log(struct looking *l, struct td_err *err)
{
    struct td_rows rows = {0};
    int rc = td_rows_read(l->a, l->db,
                          "SELECT c.reltuples::bigint, pg_total_relation_size(c.oid), w.pid, w.age FROM pg_class c"
                          " LEFT JOIN LATERAL (SELECT pid, extract(epoch FROM now() - xact_start)::bigint AS age FROM"
                          " pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() AND datname ="
                          " current_database() ORDER BY xact_start LIMIT 1) w ON true"
                          " WHERE c.oid = to_regclass('tandem.log')",
                          NULL, 0, &rows, err);
    if (rc != TD_OK || td_rows_count(&rows) == 0)
        return rc;
    l->out->log_rows = td_rows_int(&rows, 0, 0);
    l->out->log_bytes = td_rows_int(&rows, 0, 1);
    l->out->oldest_writer_pid = (int)td_rows_int(&rows, 0, 2);
    l->out->oldest_writer_s = td_rows_int(&rows, 0, 3);
    return TD_OK;
}

static int ask_server(struct looking *l, struct td_err *err)
{
    struct td_hello h;
    int rc = l->s->ops->hello(l->s, l->a, l->d, &h, err);
    if (rc != TD_OK)
        return rc;
    l->out->reached = true;
    l->out->known = h.known;
    l->out->device_ahead = h.lacks_some;
    l->out->server_ahead = h.has_unknown;
    l->out->first_other = h.first_other;
    rc = h.lacks_some ? TD_OK : count_waiting(l, err);
    return rc == TD_OK ? read_log(l, err) : rc;
}

static void set(struct td_health *h, enum td_verdict v, const char *why)
{
    h->verdict = v;
    h->why = why;
}

static void judge(struct looking *l)
{
    struct td_health *h = l->out;
    if (td_device_state(l->d) == TD_DEVICE_LOADING)
        set(h, TD_VERDICT_BEHIND, "the first load is not at its end");
    else if (!h->reached)
        set(h, TD_VERDICT_UNKNOWN, "the server was not asked");
    else if (h->device_ahead)
        set(h, TD_VERDICT_STALLED, td_arena_printf(l->a, "the server lacks the migration \"%s\"", h->first_other));
    else if (!h->known)
        set(h, TD_VERDICT_BEHIND, "the server does not know this device: the next run gives it a new number");
    else if (h->counts.pending + h->counts.frozen > 0 && h->waiting != 0)
        set(h, TD_VERDICT_BEHIND, "both sides have changes");
    else if (h->counts.pending + h->counts.frozen > 0)
        set(h, TD_VERDICT_BEHIND, "changes wait to be sent");
    else if (h->waiting != 0)
        set(h, TD_VERDICT_BEHIND, "changes wait to be fetched");
    else
        set(h, TD_VERDICT_CURRENT, "nothing waits on either side");
}

static int look(void *data, struct td_err *err)
{
    struct looking *l = data;
    int rc = td_device_count(l->d, &l->out->counts, err);
    if (rc == TD_OK && l->s != NULL)
        rc = ask_server(l, err);
    if (rc == TD_OK)
        judge(l);
    return rc;
}

int td_health_read(struct td_arena *a, struct td_device *d, struct td_server *s, struct td_db *server,
                   struct td_health *out, struct td_err *err)
{
    *out = (struct td_health){.log_rows = -1, .log_bytes = -1, .verdict = TD_VERDICT_UNKNOWN, .why = ""};
    return td_arena_run(a, look, &(struct looking){a, d, s, server, out}, err);
}
