/* The protocol, as a pure machine: what a device does next, from what has happened. It knows no database, no clock and
 * no file; whoever runs it does what it asks and says how it went. The program, the library and the simulator run this.
 *
 *     hello -> (enroll) -> (load, chunk by chunk) -> freeze -> push ... -> freeze -> pull -> freeze ... -> done
 *
 * A pull comes only when no batch is unanswered: else one's own change, taken by the server and then followed by
 * another's, would look like a conflict. Push and pull repeat until there is nothing left to send or to fetch. */
#ifndef TD_SYNC_MACHINE_H
#define TD_SYNC_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum td_event_kind {
    TD_HAPPENED_START,
    TD_HAPPENED_HELLO,    /* the server has answered */
    TD_HAPPENED_ENROLLED, /* a new number */
    TD_HAPPENED_LOADED,   /* a chunk; `more` */
    TD_HAPPENED_FROZEN,   /* `rows` are to be sent */
    TD_HAPPENED_PUSHED,   /* answered, and the answer is in the file */
    TD_HAPPENED_UNKNOWN,  /* the server does not know us any more */
    TD_HAPPENED_PULLED,   /* `rows` of the server's were new; `pending`: the file has changes to send */
    TD_HAPPENED_ACKED
};

struct td_event {
    enum td_event_kind kind;
    /* HELLO */
    bool known;              /* by number and nonce */
    bool same_lineage;       /* as the file has it */
    bool trusted;            /* the cursor is one that the server can go on from */
    bool loading;            /* the first load is not at its end */
    bool may_push, may_pull; /* the two sides' migrations allow it */
    bool more;
    int64_t rows;
    bool pending;
};

enum td_action {
    TD_DO_HELLO,
    TD_DO_ENROLL,
    TD_DO_LOAD,
    TD_DO_FREEZE,
    TD_DO_PUSH,
    TD_DO_PULL,    /* what has changed since the cursor */
    TD_DO_COMPARE, /* all tables by digest, and what differs whole: the cursor is not to be trusted */
    TD_DO_ACK,
    TD_DO_NOTHING /* done */
};
const char *td_action_name(enum td_action a);

/* At most so many rounds of push and pull in one run. */
enum { TD_ROUNDS = 20 };

struct td_machine {
    bool push, pull; /* what is wanted of this run */
    bool ack_always; /* also when nothing came: the cursor moves on */
    bool may_push, may_pull;
    bool distrust; /* compare in place of the next pull */
    bool loading;
    int rounds;
    int64_t pulled, pushed; /* rows in all */
    int64_t last_pulled;
    bool enrolled; /* in this run: once is enough */
};

void td_machine_init(struct td_machine *m, bool push, bool pull);
enum td_action td_machine_next(struct td_machine *m, const struct td_event *e);

#endif
