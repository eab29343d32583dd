/* Folder against history, for one database or two side by side: read, judged, printed. */
#ifndef TD_TANDEM_STATUS_H
#define TD_TANDEM_STATUS_H

#include "core/migrate/drift.h"
#include "tools/tandem/session.h"

struct td_status_of {
    struct td_history history;
    struct td_status status;
    struct td_err err;     /* could not be read: rc is not TD_OK */
    struct td_err verdict; /* why deploy would refuse to go on: rc is not TD_OK */
    bool missing;          /* the database is not there yet */
    bool compared;         /* td_status_drift has looked: */
    struct td_drift drift;
    struct td_err undrifted; /* it could not: rc is not TD_OK */
};

/* A database that cannot be read is no failure: of->err. Only memory is. */
TD_MUST_CHECK int td_status_read(struct td_session *s, struct td_place *p, const struct td_folder *f,
                                 struct td_status_of *of);
/* What the database has against what its migrations make; after td_status_read. What stands in the way is no failure:
 * of->undrifted. */
TD_MUST_CHECK int td_status_drift(struct td_session *s, struct td_place *p, const struct td_folder *f,
                                  struct td_status_of *of);
int td_status_exit(const struct td_status_of *of, size_t n);
/* "in sync, 4 applied", "2 pending", "1 edited, 1 late". */
void td_status_sentence(const struct td_status_of *of, struct td_buf *out);
TD_MUST_CHECK int td_status_text(struct td_session *s, const struct td_folder *f, const struct td_status_of *of);
void td_status_json(struct td_session *s, const struct td_folder *f, const struct td_status_of *of);

#endif
