/* Asking the server to stop a statement, without being held up by a server or network that does not answer. */
#ifndef TD_POSTGRES_CANCEL_H
#define TD_POSTGRES_CANCEL_H

#include <libpq-fe.h>

struct td_pq_canceller;

/* NULL without memory: the connection cannot be cancelled then. */
struct td_pq_canceller *td_pq_canceller_open(PGconn *pq);
void td_pq_canceller_close(struct td_pq_canceller *c); /* NULL is fine; also while a request is under way */
/* From any thread but a signal handler. Returns when the server has taken the request, after a second at the latest. */
void td_pq_canceller_ask(struct td_pq_canceller *c);

#endif
