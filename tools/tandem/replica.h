/* What the commands of sync's device side share: the SQLite file, its server, and the connections to both. */
#ifndef TD_TANDEM_REPLICA_H
#define TD_TANDEM_REPLICA_H

#include "sync/cycle.h"
#include "tools/tandem/session.h"

struct td_replica {
    struct td_session s;
    struct td_url local_url, remote_url;
    char *remote_from; /* "--remote", ".env:3"... */
    struct td_db *local, *remote;
    struct td_device *device;
    struct td_server *server;
    int lock;
};

#define TD_LOCAL_HELP "the SQLite file that `tandem sync clone` has made"
#define TD_REMOTE_HELP                                                                                                 \
    "the PostgreSQL server's URL; default: TANDEM_REMOTE_URL, sync.remote in tandem.json, or the one that the file "   \
    "remembers (never with a password)"

/* What a command needs. */
enum td_replica_needs {
    TD_REPLICA_FILE = 0,        /* the file, to read */
    TD_REPLICA_LOCK = 1 << 0,   /* alone: to write */
    TD_REPLICA_SERVER = 1 << 1, /* the server, too */
    TD_REPLICA_PATIENT = 1 << 2 /* a server that is away is no failure */
};

/* Opens the file, as the device that it is, and what else is needed; td_replica_close either way. */
TD_MUST_CHECK int td_replica_open(struct td_replica *r, struct td_cli *cli, const char *local, const char *remote,
                                  unsigned needs);
void td_replica_close(struct td_replica *r);
void td_replica_leave(struct td_replica *r); /* the connections alone; the URLs stay */

/* The pieces, for a file that is yet to be made. */
TD_MUST_CHECK int td_replica_session(struct td_replica *r, struct td_cli *cli, const struct td_opt_list *skip);
TD_MUST_CHECK int td_replica_remote(struct td_replica *r, const char *remote, const char *remembered);
TD_MUST_CHECK int td_replica_file(struct td_replica *r, const char *local, bool create);
TD_MUST_CHECK int td_replica_device(struct td_replica *r);
TD_MUST_CHECK int td_replica_server(struct td_replica *r);

/* What a run says while it goes on, and its outcome. */
void td_replica_progress(const struct td_cycle_progress *p, void *replica);
TD_MUST_CHECK int td_replica_run(struct td_replica *r, bool push, bool pull, struct td_cycle_result *out);
void td_replica_answer(struct td_replica *r, const struct td_cycle_result *result);
void td_replica_put(const struct td_replica *r, struct td_json_writer *w);

#endif
