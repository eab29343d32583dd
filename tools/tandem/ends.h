/* What the commands that move rows share: two databases, whose scopes, and how a copy is told of. */
#ifndef TD_TANDEM_ENDS_H
#define TD_TANDEM_ENDS_H

#include "sync/copy.h"
#include "sync/slice.h"
#include "tools/tandem/session.h"

#define TD_TENANT_TABLE_HELP                                                                                           \
    "the table of tenants; default: sync.tenant in tandem.json, or what the database keeps of `tandem sync enable`"

struct td_ends {
    struct td_session s;
    struct td_url from_url, to_url;
    struct td_place from, to; /* `from`: to read; `to`: to write. One of them may be the session's own */
    struct td_place *own;     /* the database that the session names; NULL: none was asked for */
    const struct td_config *config;
    struct td_folder folder;
    bool has_folder;
    int64_t said_ms;
};

/* `databases`: the one of the session is `own`, the PostgreSQL one where there are two. td_ends_close either way. */
TD_MUST_CHECK int td_ends_open(struct td_ends *e, struct td_cli *cli, bool databases, const struct td_opt_list *skip);
void td_ends_close(struct td_ends *e);
/* Parse a URL (or env:NAME) and the path of an SQLite file that an option names. */
TD_MUST_CHECK int td_ends_url(struct td_ends *e, const char *text, const char *option, struct td_url *out);
TD_MUST_CHECK int td_ends_file(struct td_ends *e, const char *path, struct td_url *out);
/* Connect. A source that is not there is TD_ENOTFOUND; a target is made. */
TD_MUST_CHECK int td_ends_read(struct td_ends *e, struct td_place *p);
TD_MUST_CHECK int td_ends_write(struct td_ends *e, struct td_place *p, bool create);
/* Whose scopes count: tandem.json's, or where it says nothing what `db` keeps. And the folder, if there is one. */
TD_MUST_CHECK int td_ends_config(struct td_ends *e, struct td_db *db);
/* The tables of tenants in the database, by the migrations that it has applied. After td_ends_config. In the arena. */
TD_MUST_CHECK int td_ends_slice(struct td_ends *e, const struct td_place *p, const char *tenant_table,
                                struct td_slice *out);
/* Copies; `opts` need no folder, config, deploy, cancelled, progress. Says what happens meanwhile. */
TD_MUST_CHECK int td_ends_copy(struct td_ends *e, const struct td_copy_opts *opts, struct td_copy_result *out);
/* The outcome: text, or members "rows", "present", "tables", "deployed", "resumed", "warnings" of the answer. */
void td_ends_answer(struct td_ends *e, const struct td_copy_result *r);

#endif
