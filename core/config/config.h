/* tandem.json. Every key is optional and has its place here; an unknown key or a value of the wrong kind is an error
 * with line and column. Values "env:NAME" are left as they are: target.h looks them up when they are needed. */
#ifndef TD_CONFIG_CONFIG_H
#define TD_CONFIG_CONFIG_H

#include <stddef.h>

#include "core/base/err.h"

struct td_json;
struct td_json_doc;

struct td_config_list {
    const char **at;
    size_t len;
};

/* All texts are borrowed until td_config_close; NULL where the key is not there. Paths are as written: relative ones
 * start at `dir`. */
struct td_config {
    char *path;                    /* of the file as shown to the user; NULL: there is none, and all below is empty */
    char *dir;                     /* its directory */
    const char *sqlite, *postgres; /* databases.* */
    const char *migrations, *schema, *seed;
    struct td_config_list skip; /* sqlite.skip */
    struct td_config_list lint_policy, lint_off;
    const char *generate_out, *generate_prefix;
    const char *sync_remote, *sync_tenant;
    const struct td_json *generate, *sync, *sync_tables; /* their objects, checked in shape; NULL when not there */
    struct td_json_doc *doc;
};

/* An empty config: what there is without a file. */
TD_MUST_CHECK int td_config_none(struct td_config **out, struct td_err *err);
/* TD_ECONFIG with the place; TD_ENOTFOUND when there is no such file. `*out` is owned: td_config_close. */
TD_MUST_CHECK int td_config_read(const char *path, struct td_config **out, struct td_err *err);
TD_MUST_CHECK int td_config_parse(const char *text, size_t len, const char *path, struct td_config **out,
                                  struct td_err *err);
void td_config_close(struct td_config *c); /* NULL is fine */

/* A path of the config as seen from the working directory; owned, NULL for want of memory. */
char *td_config_path(const struct td_config *c, const char *path);
/* Records TD_C_CONFIG_VALUE (why it is wrong is the message) at the key "databases.postgres", "sync.remote",
 * "sqlite.skip.0"... */
int td_config_err(const struct td_config *c, const char *dotted_key, struct td_err *err, const char *fmt, ...)
    TD_PRINTF(4, 5);
/* td_err_at at that key, for an error that is recorded already; returns err->rc. */
int td_config_err_at(const struct td_config *c, const char *dotted_key, struct td_err *err);

#endif
