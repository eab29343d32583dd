/* Replay: what one PostgreSQL statement does to the catalog. */
#ifndef TD_MIGRATE_REPLAY_H
#define TD_MIGRATE_REPLAY_H

#include "core/catalog/catalog.h"
#include "core/sql/parse.h"

struct PgQuery__ExplainStmt;
struct PgQuery__Node;

/* What kind of statement it is, for `--skip KIND`, marks and reports. */
enum td_stmt_kind {
    TD_ST_DDL,         /* changes tables, indexes, types, sequences, views of the catalog */
    TD_ST_DATA,        /* SELECT, INSERT, UPDATE, DELETE, TRUNCATE, CREATE TABLE AS is DDL with data */
    TD_ST_TRANSACTION, /* BEGIN, COMMIT, ROLLBACK, SAVEPOINT */
    TD_ST_SETTING,     /* SET, RESET, LOCK */
    TD_ST_ACCEPTED,    /* no meaning on SQLite: GRANT, COMMENT, ANALYZE, VACUUM, ... */
    TD_ST_FUNCTION,
    TD_ST_PROCEDURE, /* and CALL */
    TD_ST_TRIGGER,   /* CREATE, ALTER, DROP TRIGGER */
    TD_ST_DO,
    TD_ST_POLICY,
    TD_ST_PARTITION,
    TD_ST_EXCLUSION,
    TD_ST_MATERIALIZED,
    TD_ST_OTHER /* rules, event triggers, roles, publications, composite types, casts, operators, ... */
};

struct td_replay {
    struct td_catalog *catalog;
    const struct td_source *source; /* of the statement: for places in errors */
    enum td_on on;                  /* what marks say; objects made get it */
};

enum td_stmt_kind td_stmt_kind(const struct PgQuery__Node *node);
/* EXPLAIN ANALYZE: the statement that it explains is run. */
bool td_stmt_explain_runs(const struct PgQuery__ExplainStmt *explain);

/* Applies a statement to the catalog as PostgreSQL 15 would: names it would give, objects it would drop with others
 * (DROP COLUMN takes its indexes and constraints), IF [NOT] EXISTS, renames followed into every expression, view and
 * trigger. Statements that do not touch what the catalog knows (data, settings, grants) do nothing and return TD_OK.
 * TD_ESCHEMA with PostgreSQL's SQLSTATE and the place when PostgreSQL would refuse it on catalog grounds (no such
 * table, exists already...). TD_EREFUSED when the catalog cannot model it (the kinds of td_stmt_kind from PROCEDURE on,
 * where they go beyond what is carried): then nothing was changed. Inside td_arena_run. */
TD_MUST_CHECK int td_replay_stmt(struct td_replay *r, const struct td_sql_stmt *stmt, struct td_err *err);

/* All statements of a file, as they run on PostgreSQL: marks for SQLite say nothing here, guards take the branch that
 * the catalog says. What the replay cannot follow changes nothing and is added to `not_followed` as
 * "path:line:column: message". TD_EDATA, TD_ESYNTAX: the file cannot be read as statements. */
struct td_migration;
TD_MUST_CHECK int td_replay_file(struct td_catalog *c, const struct td_migration *m, struct td_strings *not_followed,
                                 struct td_err *err);

/* A type as written in a statement (SERIAL gives the integer type and *serial_out true). */
struct PgQuery__TypeName;
TD_MUST_CHECK int td_replay_type(const struct td_replay *r, const struct PgQuery__TypeName *name, struct td_type *out,
                                 bool *serial_out, struct td_err *err);

/* DO blocks that are recognised guards: what is left to do is the statements of one branch, decided by the catalog. A
 * branch that rows decide of may have one INSERT, UPDATE or DELETE, which then has the condition, or raise an error.
 * `*out` gets those statements, their places pointing into the DO block's source (a column that is as exact as
 * possible). TD_EREFUSED: not a guard we know. */
/* IF, decided by rows, THEN RAISE EXCEPTION. */
struct td_guard_test {
    size_t before; /* index of the statement that it comes before */
    const struct PgQuery__Node *condition;
    const char *message;
};
struct td_guarded {
    struct td_sql_stmt *at;
    size_t len, cap;
    struct td_guard_test *tests; /* in their order */
    size_t n_tests, cap_tests;
    bool ignore_duplicate; /* EXCEPTION WHEN duplicate_object/_table/_column THEN NULL: a failing DDL is fine */
};
TD_MUST_CHECK int td_replay_guard(const struct td_replay *r, const struct td_sql_stmt *stmt, struct td_guarded *out,
                                  struct td_err *err);
/* A DO block that is not followed statement by statement: what it does to the schema in any case. */
void td_replay_block_schema(const struct td_replay *r, const struct td_sql_stmt *stmt);

#endif
