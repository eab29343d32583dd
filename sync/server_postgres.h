/* Shared by server_postgres*.c alone. */
#ifndef TD_SYNC_SERVER_POSTGRES_H
#define TD_SYNC_SERVER_POSTGRES_H

#include "core/base/buf.h"
#include "core/migrate/rows.h"
#include "sync/server.h"

struct td_pg_server {
    struct td_server server;
    struct td_arena arena;
    struct td_db *db;
    const struct td_sync_tables *all;
    const char *schema;
    int64_t *numbers;     /* per table: in tandem.tblmap; 0: not known */
    int64_t asked_ms;     /* when it asked for compaction; 0: not yet */
    struct td_arena scan; /* of the scan under way */
    struct td_db_stmt *fetch;
    size_t scan_table;
    char lsn[32]; /* what must be on disk before the snapshot at hand may be kept */
};

/* Settings that texts of values hang on, for the transaction. */
#define TD_PG_SETTINGS                                                                                                 \
    "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle = 'postgres';"              \
    " SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL search_path = pg_catalog, public;"   \
    " SET LOCAL idle_in_transaction_session_timeout = '5min';"

void td_pg_add_type(const struct td_sync_table *t, size_t column, struct td_buf *sql); /* "::uuid" */
/* t."k" = u.k0::uuid AND ... */
void td_pg_add_match(const struct td_sync_table *t, const char *alias, struct td_buf *sql);
/* unnest($1::text[], $2::text[]...) WITH ORDINALITY u(k0, k1..., ord), from the first placeholder on */
void td_pg_add_unnest(const char *prefix, size_t n, size_t first, struct td_buf *sql);

/* '{...}' of a column's values over rows; appended. */
void td_pg_add_array_item(struct td_buf *b, const char *text, size_t len, bool first);

/* push and pull */
int td_pg_push(struct td_server *s, struct td_arena *a, const struct td_device *d, const struct td_batch *b,
               struct td_answer *out, const char **nonce_out, struct td_err *err);
int td_pg_changed(struct td_server *s, const char *tenant, const char *since, struct td_changes *out,
                  struct td_err *err);
int td_pg_delta(struct td_server *s, const char *tenant, const char *since, size_t table, td_row_sink sink, void *data,
                struct td_err *err);
int td_pg_load(struct td_server *s, const char *tenant, size_t table, const struct td_sync_ref *way,
               const char *const *values, size_t n, td_row_sink sink, void *data, struct td_err *err);
int td_pg_chunk(struct td_server *s, const char *tenant, size_t table, const char *const *after, size_t limit,
                td_row_sink sink, void *data, size_t *n_out, struct td_err *err);
int td_pg_scan(struct td_server *s, const char *tenant, size_t table, const char *const *after, struct td_err *err);
int td_pg_next(struct td_server *s, size_t limit, td_row_sink sink, void *data, size_t *n_out, struct td_err *err);
void td_pg_scan_end(struct td_pg_server *s);
int td_pg_digest(struct td_server *s, const char *tenant, size_t table, struct td_digest *out, struct td_err *err);

/* A statement closed with the arena. Inside td_arena_run of it. */
TD_MUST_CHECK int td_pg_prepare(struct td_arena *a, struct td_pg_server *s, const char *sql, struct td_db_stmt **out,
                                struct td_err *err);

#endif
