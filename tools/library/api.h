/* What libtandem's exported functions share: the insides of the public header's opaque structs. */
#ifndef TD_API_API_H
#define TD_API_API_H

#include "core/base/err.h"
#include "core/config/url.h"
#include "tandem/tandem.h"

struct td_db;

struct tandem_err {
    struct td_err e;
};

struct tandem_db {
    struct td_db *db;
    struct td_url url;
};

/* The caller's error, or `scratch` when it gave none; cleared either way. */
struct td_err *td_api_err(struct tandem_err *err, struct td_err *scratch);

#endif
