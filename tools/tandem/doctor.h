/* Checks of `tandem doctor`: collected, then printed as text or JSON. */
#ifndef TD_TANDEM_DOCTOR_H
#define TD_TANDEM_DOCTOR_H

#include "tools/tandem/session.h"

enum td_health { TD_HEALTH_OK, TD_HEALTH_WARNING, TD_HEALTH_ERROR };

struct td_check {
    const char *engine; /* "" for what concerns none */
    const char *name;
    enum td_health health;
    char text[512];
    char next[512]; /* "" where nothing is to be done */
};

struct td_doctor {
    struct td_session *s;
    struct td_check at[64];
    size_t len;
};

/* Adds a check; the text is printf's. Returns it so that `next` can be set. */
struct td_check *td_doctor_add(struct td_doctor *d, const char *engine, const char *name, enum td_health health,
                               const char *fmt, ...) TD_PRINTF(5, 6);
void td_doctor_add_err(struct td_doctor *d, const char *engine, const char *name, enum td_health health,
                       const struct td_err *err);
/* Reachable, version, permissions, history, journal mode, foreign keys, clock. `f` NULL: the folder cannot be read. */
void td_doctor_database(struct td_doctor *d, struct td_place *p, const struct td_folder *f);

#endif
