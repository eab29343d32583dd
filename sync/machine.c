#include "sync/machine.h"

const char *td_action_name(enum td_action a)
{
    static const char *const names[] = {"hello", "enroll", "load", "freeze", "push", "pull", "compare", "ack", "done"};
    return names[a];
}

void td_machine_init(struct td_machine *m, bool push, bool pull)
{
    *m = (struct td_machine){.push = push, .pull = pull, .may_push = true, .may_pull = true};
}

static enum td_action pull(const struct td_machine *m)
{
    if (!m->pull || !m->may_pull)
        return TD_DO_NOTHING;
    return m->distrust ? TD_DO_COMPARE : TD_DO_PULL;
}

/* A round: first what is to be sent, then what is to be fetched. */
static enum td_action next_round(struct td_machine *m)
{
    if (m->loading)
        return TD_DO_LOAD;
    if (m->rounds++ >= TD_ROUNDS)
        return TD_DO_NOTHING;
    return m->push && m->may_push ? TD_DO_FREEZE : pull(m);
}

static enum td_action after_hello(struct td_machine *m, const struct td_event *e)
{
    m->may_push = e->may_push;
    m->may_pull = e->may_pull;
    m->loading = e->loading;
    if (!e->trusted || !e->same_lineage)
        m->distrust = true; /* after the load, if there is one to go on with */
    if (!e->known || !e->same_lineage)
        return TD_DO_ENROLL;
    return next_round(m);
}

/* The file is a copy, or old, or the server is: what it has is compared before it is built on. */
static enum td_action after_unknown(struct td_machine *m)
{
    m->distrust = true;
    return m->enrolled ? TD_DO_NOTHING : TD_DO_ENROLL;
}

static enum td_action after_pull(struct td_machine *m, const struct td_event *e)
{
    m->distrust = false;
    m->last_pulled = e->rows;
    m->pulled += e->rows;
    if (e->rows > 0 || (e->pending && m->push && m->may_push))
        return next_round(m);
    return m->pulled > 0 || m->ack_always ? TD_DO_ACK : TD_DO_NOTHING;
}

enum td_action td_machine_next(struct td_machine *m, const struct td_event *e)
{
    switch (e->kind) {
    case TD_HAPPENED_START: return TD_DO_HELLO;
    case TD_HAPPENED_HELLO: return after_hello(m, e);
    case TD_HAPPENED_ENROLLED:
        m->enrolled = true;
        m->distrust = m->distrust || !m->loading;
        return next_round(m);
    case TD_HAPPENED_LOADED: m->loading = e->more; return e->more ? TD_DO_LOAD : pull(m);
    case TD_HAPPENED_FROZEN:
        if (e->rows == 0)
            return pull(m);
        m->pushed += e->rows;
        return TD_DO_PUSH;
    case TD_HAPPENED_PUSHED: return TD_DO_FREEZE;
    case TD_HAPPENED_UNKNOWN: return after_unknown(m);
    case TD_HAPPENED_PULLED: return after_pull(m, e);
    case TD_HAPPENED_ACKED: break;
    }
    return TD_DO_NOTHING;
}
