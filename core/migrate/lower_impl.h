/* Shared by lower*.c alone: the state between the migrations of one folder. */
#ifndef TD_MIGRATE_LOWER_IMPL_H
#define TD_MIGRATE_LOWER_IMPL_H

#include "core/base/buf.h"
#include "core/migrate/ddl_table.h"
#include "core/migrate/lower.h"
#include "core/migrate/replay.h"
#include "core/sql/lower.h"

#define TD_NEW_TABLE "tandem_new_" /* and the table's name, while it is rebuilt */

/* A trigger of ours that stands in the file. */
struct td_phys_trigger {
    const char *name, *sql;
    unsigned writes; /* the other table that it writes to, if it does: it goes before that table */
};
struct td_phys_triggers {
    struct td_phys_trigger *at;
    size_t len, cap;
};

/* How a column's old value becomes the new one in the next rebuild. */
struct td_phys_cast {
    unsigned column;
    const char *sql; /* over the columns as the file has them */
    size_t stmt;     /* the statement that asked for it, as td_catalog.stmt counts */
};

/* What a column looks like in the file: td_ddl_column_shape when the two were last equal (a type that it uses may have
 * changed since). */
struct td_phys_shape {
    unsigned column;
    const char *text;
};

/* The text of a default, which takes longer to print than all the rest of its column. */
struct td_phys_printed {
    const struct PgQuery__Node *tree;
    const char *text;
};

/* One relation of the catalog, as the SQLite file has it. */
struct td_phys {
    unsigned id;
    struct td_table *is;   /* copy of the catalog's table when the two were last equal; NULL: not in the file */
    const char *name;      /* its name in the file */
    const char *described; /* its name in tandem_columns; NULL: not there */
    const char *rows;      /* ... and what stands there, as SQL */
    TD_VEC(struct td_phys_printed) printed;
    struct td_phys_triggers triggers;
    TD_VEC(struct td_phys_shape) shapes;
    TD_VEC(struct td_phys_cast) casts;
    TD_VEC(unsigned) reads; /* a view: the relations that it reads */
    TD_VEC(size_t) waiting; /* statements of this migration that it has not followed yet */
    bool dirty;             /* is in td_lowering.dirty */
    bool seen_as_view;      /* is in td_lowering.views */
    bool renew;             /* to be rebuilt: a text in it is other than it was, by a function's new body */
    bool foreign;           /* made by a replacement text: SQLite's side is the user's */
};

struct td_phys_sequence {
    unsigned id;
    const char *name;
    struct td_sequence is; /* as it was when it was last looked at, and what it is owned by */
    const char *owner_schema, *owner_name, *column_name;
    const char *settings; /* text of its row, from start_value on */
    size_t at;            /* where it was in the catalog then */
};

/* A statement that SQLite went without. */
struct td_absent {
    size_t stmt; /* as td_catalog.stmt counts */
    const char *path;
    unsigned line;
};

/* A table whose foreign keys the migration at hand has disabled on PostgreSQL, and by which statement. */
struct td_unchecked {
    unsigned table;
    size_t stmt;
};

struct td_lowering {
    struct td_arena *arena;
    struct td_skip skip;
    struct td_catalog catalog;
    TD_VEC(struct td_phys *) by_id; /* index: the relation's id; NULL: never seen */
    TD_VEC(struct td_phys *) dirty;
    TD_VEC(struct td_phys *) views; /* whatever has ever been one */
    TD_VEC(struct td_phys_sequence) sequences;
    TD_VEC(bool) has_sequence;       /* index: its id */
    TD_VEC(unsigned) described;      /* relations whose rows in tandem_columns are to be written again */
    struct td_map trigger_names;     /* folded -> the struct td_phys that has, or had, a trigger of that name */
    TD_VEC(struct td_absent) absent; /* in their order */
    bool types_changed;
    struct td_db *calculator; /* evaluate.c's, opened when first needed; closed with the arena */

    /* the migration at hand */
    struct td_lowered *out;
    const struct td_sql_file *file;
    struct td_stmt_fate *fate;     /* of the statement at hand */
    bool about_one_part;           /* it makes an index or a trigger, and nothing else */
    size_t stmt, blamed;           /* the latter: for an error while the file follows */
    size_t unclosed_at;            /* statement that opens a transaction which the file does not close */
    const struct td_err *unclosed; /* NULL: there is none */
    TD_VEC(struct td_unchecked) unchecked;
};

/* lower_state.c */
struct td_phys *td_phys_get(struct td_lowering *l, unsigned id); /* makes an empty one */
struct td_phys *td_phys_by_name(const struct td_lowering *l, const char *sqlite_name);
void td_phys_touch(struct td_lowering *l, unsigned id, size_t stmt);
void td_lowering_op(struct td_lowering *l, enum td_op_kind kind, size_t stmt, const char *sql);
void td_lowering_opf(struct td_lowering *l, size_t stmt, const char *fmt, ...) TD_PRINTF(3, 4);
void td_lowering_note(struct td_lowering *l, const char *note);
/* For texts that are stored in the schema, or run once by us. */
struct td_lower td_lowering_ctx(struct td_lowering *l, enum td_lower_use use);
/* For what is stored, of which the statements that made it may be in another file: errors get no place from it. */
struct td_lower td_lowering_sync_ctx(struct td_lowering *l);
/* evaluate.c: td_lower.evaluate; `data` is the struct td_lowering. */
TD_MUST_CHECK int td_lowering_evaluate(const char *sql, struct td_buf *literal_out, void *data, struct td_err *err);
const char *td_lowering_ident(struct td_lowering *l, const char *name);
/* A name of rowid that no column hides; NULL when all three are taken. */
const char *td_rowid_name(const struct td_table *t);

/* lower_affected.c: notes which relations a statement has changed (after its replay). `before` are the ids that the
 * tree's names had before it. */
struct td_ids {
    unsigned *at;
    size_t len, cap;
};
void td_affected_before(struct td_lowering *l, const struct PgQuery__Node *node, struct td_ids *out);
void td_affected_after(struct td_lowering *l, const struct PgQuery__Node *node, struct td_ids *before);

/* lower_check.c: can what the statement made be carried? Lowers each new piece once; an error refuses the statement.
 * What is only a matter of speed is left out with a note. */
TD_MUST_CHECK int td_lowering_check(struct td_lowering *l, const struct PgQuery__Node *node,
                                    const struct td_ids *before, struct td_err *err);

/* lower_alone.c: may the statement be for PostgreSQL alone? */
TD_MUST_CHECK int td_lowering_check_alone(struct td_lowering *l, const struct PgQuery__Node *node, struct td_err *err);
/* A statement for both engines must not change a column that is not the same on both. */
TD_MUST_CHECK int td_lowering_check_forked(struct td_lowering *l, const struct td_table *t, struct td_err *err);

/* lower_callers.c: CREATE OR REPLACE FUNCTION and what the file holds because of the function. Nothing to do for any
 * other statement. Before its replay; can all callers be carried with the new body; those that the file has to follow;
 * those that cannot be carried left to PostgreSQL (which ones, in words; "": none); may it be for PostgreSQL alone? */
TD_MUST_CHECK int td_callers_before(struct td_lowering *l, const struct PgQuery__Node *node, struct td_err *err);
TD_MUST_CHECK int td_callers_check(struct td_lowering *l, const struct PgQuery__Node *node, struct td_err *err);
void td_callers_touch(struct td_lowering *l, const struct PgQuery__Node *node);
const char *td_callers_leave(struct td_lowering *l, const struct PgQuery__Node *node);
TD_MUST_CHECK int td_callers_check_alone(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err);

/* lower_cause.c: the statement at hand is not run on SQLite. Later ones that are refused for want of what it makes say
 * so, with its place: *err and the fate's reason. */
void td_lowering_note_absent(struct td_lowering *l, const struct td_sql_stmt *s);
void td_lowering_say_cause(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err);

/* lower_note.c: the reasons of rewrites, for the statement at hand. */
void td_lowering_note_column(struct td_lowering *l, const struct td_table *t, const struct td_column *c);
void td_lowering_note_constraint(struct td_lowering *l, const struct td_constraint *k);
void td_lowering_note_index(struct td_lowering *l, const struct td_index *ix);
void td_lowering_note_trigger(struct td_lowering *l);
void td_lowering_note_statement(struct td_lowering *l, const struct td_table *t, const struct PgQuery__Node *node);

/* lower_sync.c: brings the file's side in step with the catalog. */
TD_MUST_CHECK int td_lowering_sync(struct td_lowering *l, struct td_err *err);
/* Only as far as a data statement over these tables needs it. */
TD_MUST_CHECK int td_lowering_sync_for(struct td_lowering *l, const struct td_table_set *tables, struct td_err *err);

/* lower_alter.c: one table that exists on both sides. */
TD_MUST_CHECK int td_lowering_alter(struct td_lowering *l, struct td_phys *p, struct td_table *want,
                                    struct td_err *err);
/* Remembers that the file has `t` as it is now. */
TD_MUST_CHECK int td_lowering_in_step(struct td_lowering *l, struct td_phys *p, const struct td_table *t,
                                      struct td_err *err);

/* lower_rebuild.c */
/* Does a column that another table refers to, in the file or from now on, get another name? */
bool td_lowering_renames_keys(const struct td_lowering *l, const struct td_phys *p, const struct td_table *want);
TD_MUST_CHECK int td_lowering_rebuild(struct td_lowering *l, struct td_phys *p, struct td_table *want,
                                      struct td_err *err);
/* lower_create.c */
TD_MUST_CHECK int td_lowering_create(struct td_lowering *l, struct td_phys *p, struct td_table *want,
                                     struct td_err *err);
/* The indexes and triggers of a table that stands already, without any. */
TD_MUST_CHECK int td_lowering_hang(struct td_lowering *l, struct td_phys *p, const struct td_table *want, size_t stmt,
                                   struct td_err *err);

/* lower_own_trigger.c: all triggers that `t` should have in the file: carried ones, counters, SET NULL (columns). */
TD_MUST_CHECK int td_lowering_triggers(struct td_lowering *l, const struct td_table *t, struct td_phys_triggers *out,
                                       struct td_err *err);

/* PostgreSQL's trigger names are each table's own, SQLite's the file's and without letter case: `wish`, numbered where
 * another table, or an earlier one of `own`, has it. */
const char *td_lowering_trigger_name(struct td_lowering *l, const struct td_table *t,
                                     const struct td_phys_triggers *own, const char *wish);
void td_phys_set_triggers(struct td_lowering *l, struct td_phys *p, const struct td_phys_triggers *now);

/* Does a trigger of ours number the column? */
bool td_lowering_is_counter(struct td_lowering *l, const struct td_table *t, const struct td_column *c);

/* lower_trigger.c: the row triggers of PostgreSQL that the table has, as SQLite triggers. TD_EREFUSED names the one
 * that cannot be carried, by itself or together with the others. */
TD_MUST_CHECK int td_lowering_row_triggers(struct td_lowering *l, const struct td_table *t,
                                           struct td_phys_triggers *out, struct td_err *err);
/* One by itself: does it only notify (SQLite goes without it)? Does it change the row? */
TD_MUST_CHECK int td_lowering_trigger_does(struct td_lowering *l, const struct td_table *t, const struct td_trigger *tr,
                                           bool *notify_out, bool *sets_out, struct td_err *err);

enum td_trigger_event { /* TRIGGER_TYPE_* of PostgreSQL */
                        TD_ON_INSERT = 1 << 2,
                        TD_ON_DELETE = 1 << 3,
                        TD_ON_UPDATE = 1 << 4
};
enum { TD_TIMING_BEFORE = 1 << 1, TD_TIMING_INSTEAD = 1 << 6, TD_ON_TRUNCATE = 1 << 5 };
int td_lowering_refuse_trigger(const struct td_table *t, const struct td_trigger *tr, const char *why,
                               struct td_err *err);
/* "verb 'table' || instant rest": a row of tandem_guard, which says that a trigger of ours is changing a row of the
 * table in the statement at hand. */
void td_lowering_guard_row(struct td_lowering *l, const struct td_table *t, struct td_buf *b, const char *verb,
                           const char *rest);

/* lower_unchecked.c: DISABLE and ENABLE TRIGGER ALL, after the replay; may a data statement run meanwhile? One that is
 * still disabled at the end of the file (taken out), or NULL. */
void td_unchecked_note(struct td_lowering *l, const struct PgQuery__Node *node);
TD_MUST_CHECK int td_unchecked_check(struct td_lowering *l, const struct PgQuery__Node *node,
                                     const struct td_table_set *tables, struct td_err *err);
const struct td_table *td_unchecked_left(struct td_lowering *l, size_t *stmt);

/* lower_cascade.c: what foreign keys would do, for a data statement in a migration that runs with foreign_keys off.
 * Adds ops that td_lowering_finish_cascades drops again when the migration keeps them on. */
TD_MUST_CHECK int td_lowering_cascades_begin(struct td_lowering *l, const struct td_table_set *tables, size_t *mark,
                                             struct td_err *err);
void td_lowering_cascades_end(struct td_lowering *l, size_t mark);
void td_lowering_cascades_finish(struct td_lowering *l);

/* lower_setting.c: SET and RESET; refused where what it sets changes the meaning of statements that follow. */
TD_MUST_CHECK int td_lowering_setting(struct td_lowering *l, const struct td_sql_stmt *s, struct td_err *err);

/* lower_data.c */
/* Gives an error that has no place that of the constraint in the statement at hand, and returns it. */
int td_lowering_place(struct td_lowering *l, const struct td_constraint *k, struct td_err *err);
TD_MUST_CHECK int td_lowering_data(struct td_lowering *l, const struct PgQuery__Node *node, struct td_err *err);
/* An error with the message, and SQLSTATE P0001, where rows make the condition true. */
TD_MUST_CHECK int td_lowering_assert(struct td_lowering *l, const struct PgQuery__Node *condition, const char *message,
                                     struct td_err *err);
/* CREATE TABLE AS, SELECT INTO, CREATE and REFRESH MATERIALIZED VIEW: the rows. */
TD_MUST_CHECK int td_lowering_fill_text(struct td_lowering *l, struct td_table *t, const struct PgQuery__Node *query,
                                        const char **out, struct td_err *err);
TD_MUST_CHECK int td_lowering_fill(struct td_lowering *l, struct td_table *t, const struct PgQuery__Node *query,
                                   const char *sql, bool empty_first, struct td_err *err);
/* Notes how ALTER COLUMN TYPE converts (before its replay), from the tree. */
TD_MUST_CHECK int td_lowering_casts(struct td_lowering *l, const struct td_sql_stmt *stmt, struct td_err *err);
/* The statement was refused. */
void td_lowering_forget_casts(struct td_lowering *l, const struct td_ids *ids);

/* lower_describe.c: tandem_columns and tandem_types, kept in step. */
void td_lowering_describe(struct td_lowering *l);

/* lower_sequence.c: tandem_sequences, kept in step; before tables: their rows may need numbers from them. */
void td_lowering_sequences(struct td_lowering *l);
/* Its name in tandem_sequences, and as a literal for pg_nextval() and its kin. */
const char *td_lowering_sequence_name(struct td_lowering *l, const struct td_sequence *s);
const char *td_lowering_sequence_lit(struct td_lowering *l, const struct td_sequence *s);
/* The column that is INTEGER PRIMARY KEY AUTOINCREMENT, or NULL. */
const struct td_column *td_lowering_rowid_key(struct td_lowering *l, const struct td_table *t);
/* A new table, called `name` in the file, numbers from where its sequence stands. */
void td_lowering_seed(struct td_lowering *l, const struct td_table *t, const char *name, size_t stmt);
/* ... and a rebuilt one goes on: the highest number ever given stays given, also when its row is gone. */
void td_lowering_keep_numbers(struct td_lowering *l, const struct td_phys *p, const struct td_table *want,
                              const char *fresh, size_t stmt);
/* ALTER SEQUENCE ... RESTART, ALTER COLUMN ... RESTART (after the replay). */
TD_MUST_CHECK int td_lowering_restart(struct td_lowering *l, const struct PgQuery__Node *node, struct td_err *err);
/* Does it call nextval() or its kin, which reach tables that it does not name? */
bool td_lowering_calls_sequence(const struct PgQuery__Node *tree);

/* lower_number.c */
/* The sequence that numbers older rows in a column that is new; NULL: none, or it does so in an expression. */
const struct td_sequence *td_lowering_numbers(struct td_lowering *l, const struct td_column *c);
/* A column that the file does not have yet gets its numbers before the statement changes or takes the sequence. */
TD_MUST_CHECK int td_lowering_number_first(struct td_lowering *l, const struct PgQuery__Node *node, struct td_err *err);

#endif
