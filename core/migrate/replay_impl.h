/* What the files of the replay share. One statement is one `struct td_replaying`; nothing here outlives it. */
#ifndef TD_MIGRATE_REPLAY_IMPL_H
#define TD_MIGRATE_REPLAY_IMPL_H

#include "core/catalog/edit.h"
#include "core/migrate/replay.h"
#include "core/sql/tree.h"

struct td_replaying {
    struct td_catalog *c;
    struct td_arena *a;
    const struct td_replay *r;
    const struct td_sql_stmt *stmt;
    struct td_err *err;
};

/* ---- replay_error.c ---- */
/* `location`: byte offset as the trees have it, or -1: the statement's start. `sqlstate` as PostgreSQL's. */
int td_replay_fail(const struct td_replaying *p, int location, enum td_code code, const char *sqlstate, const char *fmt,
                   ...) TD_PRINTF(5, 6);
/* Where the statement first says `name` after `location` (or after its start): trees have no place for many names. */
int td_replay_place(const struct td_replaying *p, int location, const char *name);
int td_replay_refuse(const struct td_replaying *p, int location, const char *fmt, ...) TD_PRINTF(3, 4);

/* ---- replay_name.c: names in statements, names that PostgreSQL makes ---- */
const char *td_replay_text(const char *s); /* NULL for NULL and for protobuf's "" */
/* Schema for a new object; 3F000 when it is not there. */
TD_MUST_CHECK int td_replay_new_schema(const struct td_replaying *p, const char *schema, bool temporary, int location,
                                       const char **out);
/* `*out` NULL and TD_OK when it is missing and that is allowed. */
TD_MUST_CHECK int td_replay_find_table(const struct td_replaying *p, const PgQuery__RangeVar *rv, bool missing_ok,
                                       struct td_table **out);
TD_MUST_CHECK int td_replay_find_column(const struct td_replaying *p, const struct td_table *t, const char *name,
                                        int location, struct td_column **out);
/* Column names as a list of String nodes. */
TD_MUST_CHECK int td_replay_find_columns(const struct td_replaying *p, const struct td_table *t,
                                         PgQuery__Node *const *names, size_t n, int location, struct td_columns *out);
const char *td_replay_choose_relation(const struct td_replaying *p, const char *schema, const char *name1,
                                      const char *name2, const char *label, bool is_constraint);
const char *td_replay_choose_constraint(const struct td_replaying *p, const char *schema, const char *name1,
                                        const char *name2, const char *label);
/* "a_b" of columns, as ChooseIndexNameAddition. */
const char *td_replay_join_names(const struct td_replaying *p, const char *const *names, size_t n);
/* What PostgreSQL would call a result column of this expression; NULL: it has no idea ("?column?", "expr"). */
const char *td_replay_result_name(const PgQuery__Node *expr);
/* Is the name free for a relation? 42P07 otherwise. */
TD_MUST_CHECK int td_replay_relation_free(const struct td_replaying *p, const char *schema, const char *name,
                                          int location);

/* ---- replay_tree.c ---- */
/* As td_tree_walk, but visits every message (also those that are no Node: a TypeName, a RangeVar). */
void td_replay_walk(ProtobufCMessage *m, bool (*visit)(ProtobufCMessage *m, void *data), void *data);
/* An expression over the columns of one table: names are checked (42703), a qualification by the table's own name is
 * taken off, the columns used are added to `used`. */
TD_MUST_CHECK int td_replay_bind(const struct td_replaying *p, const PgQuery__Node *expr, const struct td_table *t,
                                 struct td_columns *used, const PgQuery__Node **out);
/* The columns of `t` that such an expression names. */
void td_replay_used(const struct td_replaying *p, const PgQuery__Node *expr, const struct td_table *t,
                    struct td_columns *used);
bool td_replay_is_system_column(const char *name); /* xmin, ctid... */
/* Every place in the catalog that holds a tree; `owner` says what it belongs to. The slot may be assigned. */
struct td_tree_slot {
    const struct PgQuery__Node **node;
    struct td_table *table; /* NULL: a type's or a function's */
    struct td_column *column;
    struct td_constraint *constraint;
    struct td_index *index;
    struct td_trigger *trigger;
    struct td_policy *policy;
    struct td_user_type *type;
    struct td_function *function;
    bool view;
};
void td_replay_slots(const struct td_replaying *p, bool (*visit)(const struct td_tree_slot *s, void *data), void *data);
/* A tree made by hand, for what the source does not say. */
PgQuery__Node *td_replay_string_node(struct td_arena *a, const char *s);
PgQuery__Node *td_replay_column_node(struct td_arena *a, const char *table, const char *column);
/* CAST(expr AS type). */
PgQuery__Node *td_replay_cast_node(struct td_arena *a, const PgQuery__Node *expr, const struct td_type *type);
/* ARRAY[...] of the nodes themselves. */
PgQuery__Node *td_replay_array_node(struct td_arena *a, PgQuery__Node *const *items, size_t n);
PgQuery__Node *td_replay_nextval_node(struct td_arena *a, const struct td_sequence *s);
/* The sequence that a nextval('...') in the tree names, or NULL. */
struct td_sequence *td_replay_nextval_of(const struct td_replaying *p, const PgQuery__FuncCall *call);

/* ---- replay_type.c ---- */
TD_MUST_CHECK int td_replay_resolve_type(const struct td_replaying *p, const PgQuery__TypeName *name,
                                         struct td_type *out, bool *serial_out);
/* Does the written name stand for this type? */
bool td_replay_names_type(const struct td_replaying *p, const PgQuery__TypeName *name, const struct td_user_type *u);
TD_MUST_CHECK int td_replay_find_type(const struct td_replaying *p, PgQuery__Node *const *names, size_t n,
                                      bool missing_ok, int location, struct td_user_type **out);

/* ---- replay_column.c ---- */
/* Makes the column, with its default, identity and sequence; not its other constraints. Adds it to the table. */
TD_MUST_CHECK int td_replay_add_column(const struct td_replaying *p, struct td_table *t, const PgQuery__ColumnDef *def,
                                       struct td_column **out);
/* Before a column is changed: where the statement is PostgreSQL's alone, SQLite's side stays as it is now. */
void td_replay_fork_column(const struct td_replaying *p, struct td_column *col);
TD_MUST_CHECK int td_replay_column_default(const struct td_replaying *p, struct td_table *t, struct td_column *col,
                                           const PgQuery__Node *expr);
TD_MUST_CHECK int td_replay_add_identity(const struct td_replaying *p, struct td_table *t, struct td_column *col,
                                         const PgQuery__Constraint *con);
const char *td_replay_collation(const struct td_replaying *p, PgQuery__Node *const *names, size_t n);

/* GENERATED ALWAYS AS (...) may name columns that come later: called when all are there. */
TD_MUST_CHECK int td_replay_bind_generated(const struct td_replaying *p, struct td_table *t, struct td_column *col);

/* ---- replay_constraint.c ---- */
/* Constraints of one statement, made together after its columns: checks, the primary key, other keys, foreign keys. */
struct td_pending {
    const PgQuery__Constraint *con;
    struct td_column *column; /* the one that it was written at, or NULL */
    bool merged;              /* into another that says the same */
};
struct td_pendings {
    struct td_pending *at;
    size_t len, cap;
};
void td_replay_pend_column(const struct td_replaying *p, struct td_pendings *v, const PgQuery__ColumnDef *def,
                           struct td_column *column);
TD_MUST_CHECK int td_replay_add_constraints(const struct td_replaying *p, struct td_table *t, struct td_pendings *v);
struct td_constraint *td_replay_new_constraint(const struct td_replaying *p, enum td_constraint_kind kind,
                                               const char *name);

/* Can an index keep the column, by its type's own order? Not json. */
TD_MUST_CHECK int td_replay_check_sortable(const struct td_replaying *p, const struct td_column *c, const char *method,
                                           int location);

/* ---- replay_foreign.c ---- */
TD_MUST_CHECK int td_replay_add_foreign(const struct td_replaying *p, struct td_table *t, struct td_column *column,
                                        const PgQuery__Constraint *con, struct td_constraint *k);

/* ---- replay_index.c ---- */
TD_MUST_CHECK int td_replay_create_index(const struct td_replaying *p, const PgQuery__IndexStmt *s);
/* The key columns of an index as its name is made from them. */
const char *td_replay_index_columns_name(const struct td_replaying *p, const struct td_index *ix);

/* ---- replay_table.c, replay_like.c ---- */
TD_MUST_CHECK int td_replay_create_table(const struct td_replaying *p, const PgQuery__CreateStmt *s);
TD_MUST_CHECK int td_replay_like_columns(const struct td_replaying *p, struct td_table *t,
                                         const PgQuery__TableLikeClause *like);
TD_MUST_CHECK int td_replay_like_rest(const struct td_replaying *p, struct td_table *t,
                                      const PgQuery__TableLikeClause *like);
TD_MUST_CHECK int td_replay_inherit(const struct td_replaying *p, struct td_table *t, const PgQuery__RangeVar *parent,
                                    bool partition);
struct td_table *td_replay_new_table(const struct td_replaying *p, enum td_relation_kind kind, const char *schema,
                                     const char *name);
struct td_column *td_replay_new_column(const struct td_replaying *p, struct td_table *t, const char *name,
                                       struct td_type type);

/* ---- replay_view.c ---- */
TD_MUST_CHECK int td_replay_create_view(const struct td_replaying *p, const PgQuery__ViewStmt *s);
TD_MUST_CHECK int td_replay_create_as(const struct td_replaying *p, const PgQuery__CreateTableAsStmt *s);
TD_MUST_CHECK int td_replay_select_into(const struct td_replaying *p, const PgQuery__Node *select);

/* ---- replay_scope.c: which table and column a name in a query means ---- */
struct td_scope_column {
    const char *name;
    struct td_type type; /* TD_T_UNKNOWN where it is not known */
    const char *item;    /* what qualifies it in its FROM; NULL: merged by USING */
    struct td_table *table;
    struct td_column *column; /* straight from a table, or NULL */
};
struct td_scope_result {
    struct td_scope_column *at;
    size_t len, cap;
};
struct td_scope_hooks { /* each may be NULL */
    void (*on_table)(PgQuery__RangeVar *rv, struct td_table *t, void *data);
    void (*on_column)(PgQuery__ColumnRef *ref, struct td_table *t, struct td_column *c, void *data);
    /* JOIN ... USING (name): the tables' own columns that are merged there. */
    void (*on_using)(PgQuery__JoinExpr *join, const char *name, struct td_table *t, struct td_column *c, void *data);
    /* A result column without a written name that takes it from the column. */
    void (*on_target)(PgQuery__ResTarget *target, struct td_table *t, struct td_column *c, void *data);
    void (*on_missing)(const PgQuery__RangeVar *rv, void *data); /* no such table, view or WITH */
    bool expand_stars;                                           /* changes the tree: only on a clone */
    void *data;
};
/* Resolves a query's names; never fails: what it does not know is left alone. */
void td_scope_query(const struct td_replaying *p, PgQuery__Node *query, const struct td_scope_hooks *hooks,
                    struct td_scope_result *result);
/* The same for an expression over a table's columns that may hold sub-queries (policies). */
void td_scope_expr(const struct td_replaying *p, PgQuery__Node *expr, struct td_table *t,
                   const struct td_scope_hooks *hooks);

/* ---- replay_infer.c: types of expressions, as far as a view's columns need them; TD_T_UNKNOWN otherwise ---- */
struct td_scope_types {
    const struct td_replaying *p;
    struct td_type (*of_column)(const PgQuery__ColumnRef *ref, void *data);
    struct td_type (*of_query)(const PgQuery__Node *query, void *data); /* of its first column */
    void *data;
};
struct td_type td_replay_infer(const struct td_scope_types *types, const PgQuery__Node *expr);

/* ---- replay_alter.c ---- */
TD_MUST_CHECK int td_replay_alter_table(const struct td_replaying *p, const PgQuery__AlterTableStmt *s);
TD_MUST_CHECK int td_replay_alter_column(const struct td_replaying *p, struct td_table *t,
                                         const PgQuery__AlterTableCmd *cmd);
TD_MUST_CHECK int td_replay_alter_misc(const struct td_replaying *p, struct td_table *t,
                                       const PgQuery__AlterTableCmd *cmd);

/* ---- replay_depend.c: what falls with what ---- */
enum td_object_kind {
    TD_O_TABLE,
    TD_O_COLUMN,
    TD_O_DEFAULT,
    TD_O_CONSTRAINT,
    TD_O_INDEX,
    TD_O_TRIGGER,
    TD_O_POLICY,
    TD_O_SEQUENCE,
    TD_O_TYPE,
    TD_O_DOMAIN_CHECK,
    TD_O_FUNCTION
};
struct td_object {
    enum td_object_kind kind;
    struct td_table *table;    /* itself, or what it hangs on */
    void *it;                  /* the column, constraint...; NULL for a table; a domain check's name */
    struct td_user_type *type; /* of a domain check */
};
struct td_objects {
    struct td_object *at;
    size_t len, cap;
};
/* Drops the objects and what falls with them; 2BP01 when something else needs them and `cascade` is not set. */
TD_MUST_CHECK int td_replay_drop_objects(const struct td_replaying *p, struct td_objects *objects, bool cascade,
                                         int location);
TD_MUST_CHECK int td_replay_drop_one(const struct td_replaying *p, struct td_object object, bool cascade, int location);

/* ---- replay_drop.c ---- */
TD_MUST_CHECK int td_replay_drop(const struct td_replaying *p, const PgQuery__DropStmt *s);

/* ---- replay_rename.c, replay_rewrite.c ---- */
TD_MUST_CHECK int td_replay_rename(const struct td_replaying *p, const PgQuery__RenameStmt *s);
TD_MUST_CHECK int td_replay_set_schema(const struct td_replaying *p, const PgQuery__AlterObjectSchemaStmt *s);
void td_rewrite_column(const struct td_replaying *p, struct td_table *t, struct td_column *c, const char *name);
void td_rewrite_table(const struct td_replaying *p, struct td_table *t, const char *schema, const char *name);
void td_rewrite_type(const struct td_replaying *p, struct td_user_type *u, const char *schema, const char *name);
void td_rewrite_sequence(const struct td_replaying *p, struct td_sequence *s, const char *schema, const char *name);
void td_rewrite_function(const struct td_replaying *p, struct td_function *f, const char *schema, const char *name);

/* ---- replay_literal.c ---- */
/* Would a literal beside a column mean something else once the column's type changes? */
bool td_replay_reads_literals_anew(const struct td_type *from, const struct td_type *to);
/* Checks and indexes that read the column, before its type becomes `to`: their literals get the types that they have
 * now, and numbers the casts that PostgreSQL gave them. */
void td_replay_keep_literals(const struct td_replaying *p, struct td_table *t, const struct td_column *col,
                             const struct td_type *to);

/* ---- replay_number.c ---- */
/* Are both numbers, of different kinds? */
bool td_replay_keeps_casts(const struct td_type *from, const struct td_type *to);
/* Writes the casts that PostgreSQL adds by itself to the operands of this one node; whether there were any. */
bool td_replay_write_casts(const struct td_scope_types *types, struct td_arena *a, PgQuery__Node *n);

/* ---- replay_label.c ---- */
void td_rewrite_label(const struct td_replaying *p, const struct td_user_type *u, const char *from, const char *to);

/* ---- replay_usertype.c ---- */
TD_MUST_CHECK int td_replay_create_enum(const struct td_replaying *p, const PgQuery__CreateEnumStmt *s);
TD_MUST_CHECK int td_replay_alter_enum(const struct td_replaying *p, const PgQuery__AlterEnumStmt *s);
TD_MUST_CHECK int td_replay_create_domain(const struct td_replaying *p, const PgQuery__CreateDomainStmt *s);
TD_MUST_CHECK int td_replay_alter_domain(const struct td_replaying *p, const PgQuery__AlterDomainStmt *s);
TD_MUST_CHECK int td_replay_create_composite(const struct td_replaying *p, const PgQuery__CompositeTypeStmt *s);
TD_MUST_CHECK int td_replay_create_range(const struct td_replaying *p, const PgQuery__CreateRangeStmt *s);
TD_MUST_CHECK int td_replay_define(const struct td_replaying *p, const PgQuery__DefineStmt *s);

/* ---- replay_sequence.c ---- */
TD_MUST_CHECK int td_replay_create_sequence(const struct td_replaying *p, const PgQuery__CreateSeqStmt *s);
TD_MUST_CHECK int td_replay_alter_sequence(const struct td_replaying *p, const PgQuery__AlterSeqStmt *s);
TD_MUST_CHECK int td_replay_sequence_options(const struct td_replaying *p, struct td_sequence *s,
                                             PgQuery__Node *const *options, size_t n, bool fresh);
/* The type of an identity column's sequence follows the column's. */
TD_MUST_CHECK int td_replay_sequence_type(const struct td_replaying *p, struct td_sequence *s, struct td_type type);
struct td_sequence *td_replay_new_sequence(const struct td_replaying *p, const char *schema, const char *name,
                                           struct td_type type);

/* ---- replay_routine.c ---- */
TD_MUST_CHECK int td_replay_create_function(const struct td_replaying *p, const PgQuery__CreateFunctionStmt *s);
TD_MUST_CHECK int td_replay_create_trigger(const struct td_replaying *p, const PgQuery__Node *node);
TD_MUST_CHECK int td_replay_create_policy(const struct td_replaying *p, const PgQuery__Node *node);
TD_MUST_CHECK int td_replay_alter_policy(const struct td_replaying *p, const PgQuery__AlterPolicyStmt *s);
/* By name and, when given, argument types. NULL and TD_OK: missing and allowed, or not ours to know. */
TD_MUST_CHECK int td_replay_find_function(const struct td_replaying *p, const PgQuery__ObjectWithArgs *o,
                                          bool missing_ok, const char *what, struct td_function **out);

/* ---- replay_misc.c ---- */
TD_MUST_CHECK int td_replay_comment(const struct td_replaying *p, const PgQuery__CommentStmt *s);
TD_MUST_CHECK int td_replay_setting(const struct td_replaying *p, const PgQuery__Node *n); /* of the search_path */
TD_MUST_CHECK int td_replay_create_schema(const struct td_replaying *p, const PgQuery__CreateSchemaStmt *s);
TD_MUST_CHECK int td_replay_create_extension(const struct td_replaying *p, const PgQuery__CreateExtensionStmt *s);

/* Runs the dispatch for a statement inside another (CREATE SCHEMA ... CREATE TABLE ...). */
TD_MUST_CHECK int td_replay_node(const struct td_replaying *p, const PgQuery__Node *node);

#endif
