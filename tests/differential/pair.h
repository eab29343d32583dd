/* One schema on both engines: deployed by the runner, offered the same statements, compared row by row. */
#ifndef TD_TEST_DIFFERENTIAL_PAIR_H
#define TD_TEST_DIFFERENTIAL_PAIR_H

#include "core/config/url.h"
#include "core/db/db.h"
#include "core/migrate/folder.h"
#include "core/migrate/lower.h"
#include "tests/differential/canon.h"

struct pair {
    struct td_url pg_url;
    struct td_db *pg, *lite; /* lite: in memory */
    struct td_arena arena;   /* of the schema at hand */
    struct td_lowering *lowering;
    struct canon canon;
    char *dir;                                                  /* for files */
    size_t offered, accepted, refused, values, probed, written; /* counted over all schemas */
};

/* False, and why on stderr, when there is no server. */
bool pair_open(struct pair *p);
void pair_close(struct pair *p);

/* Empties both engines and deploys the folder, or one migration of this text, to both. False when they do not agree or
 * both refuse; why is in `problem`. */
bool pair_deploy_text(struct pair *p, const char *sql, struct td_buf *problem);
bool pair_deploy_folder(struct pair *p, const char *dir, struct td_buf *problem);
const struct td_catalog *pair_catalog(const struct pair *p);

/* Offers one statement to both, each in a transaction of its own. False when one took it and the other did not. */
bool pair_offer(struct pair *p, const char *sql, struct td_buf *problem);
/* Compares all tables. */
bool pair_compare(struct pair *p, struct td_buf *problem);

#endif
