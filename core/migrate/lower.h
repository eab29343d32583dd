/* Lowering a migration: PostgreSQL statements -> what SQLite runs, with the fate of each statement and the reason.
 *
 * The catalog says what each table should be; a second, physical state says what the SQLite file has. DDL changes the
 * first; the second follows as late as it may (before a data statement that touches the table, and at the end of the
 * migration), by SQLite's own ALTER where that can do it and by at most one rebuild where it cannot. */
#ifndef TD_MIGRATE_LOWER_H
#define TD_MIGRATE_LOWER_H

#include "core/catalog/catalog.h"
#include "core/migrate/folder.h"
#include "core/sql/parse.h"

enum td_fate { TD_CARRIED, TD_REBUILT, TD_SKIPPED, TD_REFUSED };
const char *td_fate_name(enum td_fate fate); /* "carried", ... */

struct td_stmt_fate {
    const struct td_sql_stmt *stmt;
    enum td_fate fate;
    const char *reason;       /* one line; "" for what was carried as it is, "without ..." for what it leaves out */
    const struct td_err *err; /* TD_REFUSED: the whole story; else NULL */
    struct td_strings notes;  /* rewrites, for `migrate show` */
};

enum td_op_kind {
    TD_OP_SQL,
    TD_OP_REBUILD_BEGIN, /* `sql` names the table: the runner remembers triggers and indexes that are not ours */
    TD_OP_REBUILD_END,   /* ... and makes them again */
    TD_OP_DESCRIBE       /* SQL that keeps tandem_columns, tandem_types and tandem_sequences in step */
};

struct td_op {
    enum td_op_kind kind;
    const char *sql;
    size_t stmt;                /* index of the source statement that asked for it: where errors point */
    struct td_strings columns;  /* REBUILD_BEGIN: all that the table has; one more would be lost */
    size_t text_at;             /* the user's own text: where it stands in the file; 0: text of ours */
    bool only_foreign_keys_off; /* used while lowering, false afterwards: what is in td_lowered.ops is to be run */
};

/* A foreign key that this migration adds. */
struct td_new_key {
    const char *table, *name; /* table: as SQLite calls it */
    size_t stmt;
    struct td_op op; /* stands for its statement in errors */
};

struct td_lowered {
    const struct td_migration *migration;
    const struct td_sql_file *file;
    struct td_op *ops;
    size_t n_ops, cap_ops;
    struct td_stmt_fate *fates; /* one a statement */
    size_t n_fates, cap_fates;
    bool foreign_keys_off; /* a rebuild or a dropped table: foreign_keys off before BEGIN, foreign_key_check before
                              COMMIT */
    TD_VEC(struct td_new_key) keys; /* only while foreign_keys is off */
    size_t refused;
};

struct td_skip { /* --skip and tandem.json's sqlite.skip: a kind, or "migrations/x/migration.sql:12" */
    const char *const *at;
    size_t len;
};

/* Is `word` a kind, in any letter case, or a place? TD_EUSAGE with what was meant. */
TD_MUST_CHECK int td_skip_check(const char *word, struct td_err *err);

struct td_lowering; /* the state between the migrations of one folder */

/* Inside td_arena_run; all results live in `a`. */
TD_MUST_CHECK int td_lowering_open(struct td_arena *a, struct td_skip skip, struct td_lowering **out,
                                   struct td_err *err);
/* Replays and lowers the next migration, in folder order. Refused statements do not stop it: they are in `fates`.
 * An error is returned only when the file cannot be read as statements at all, or for want of memory. */
TD_MUST_CHECK int td_lowering_next(struct td_lowering *l, const struct td_migration *m, struct td_lowered **out,
                                   struct td_err *err);
/* As it is after the migrations so far. Borrowed. */
struct td_catalog *td_lowering_catalog(struct td_lowering *l);

/* SQL that makes an empty SQLite database, which has td_lowering_tables() already, what the catalog is now: tables with
 * their indexes and triggers, views, descriptions; no rows. Tables that a replacement text made are not in it. */
TD_MUST_CHECK int td_lowering_fresh(struct td_lowering *l, struct td_strings *out, struct td_err *err);
/* Names of those tables, as SQLite has them. */
void td_lowering_replaced(const struct td_lowering *l, struct td_strings *out);

/* SQL that makes the tables that lowered migrations write to (tandem_columns, tandem_types, tandem_sequences,
 * tandem_guard) if they are not there; run once before the first migration. Static. */
const char *td_lowering_tables(void);

/* The error for a failed op: points into the migration file, keeps the engine's code and SQLSTATE. `finished`: bytes of
 * the op's text that had run. */
int td_lowered_error(const struct td_lowered *l, const struct td_op *op, size_t finished, struct td_err *err);

#endif
