/* Two catalogs side by side: what one has and the other expects.
 *
 * What is compared is what PostgreSQL itself would tell apart: columns in their order, names, types with modifiers,
 * keys, indexes, labels, comments. Ids, places and how a thing came about are not looked at. Expressions are trees, of
 * which this layer knows nothing: the caller says whether two of them mean the same (core/migrate/same_expr.h does,
 * also by asking a server). Temporary objects, and objects that are not on the engine asked for, are left out. */
#ifndef TD_CATALOG_COMPARE_H
#define TD_CATALOG_COMPARE_H

#include "core/base/err.h"
#include "core/catalog/catalog.h"

struct td_buf;

enum td_difference_kind {
    TD_DIFF_MISSING, /* expected, not there */
    TD_DIFF_EXTRA,   /* there, not expected */
    TD_DIFF_CHANGED
};

enum td_object {
    TD_OBJ_SCHEMA,
    TD_OBJ_EXTENSION,
    TD_OBJ_TYPE,
    TD_OBJ_SEQUENCE,
    TD_OBJ_TABLE, /* and views */
    TD_OBJ_COLUMN,
    TD_OBJ_CONSTRAINT,
    TD_OBJ_INDEX,
    TD_OBJ_TRIGGER,
    TD_OBJ_POLICY,
    TD_OBJ_FUNCTION
};

const char *td_difference_kind_name(enum td_difference_kind kind); /* "missing", "extra", "changed" */
const char *td_object_name(enum td_object object);                 /* "table", ... */

struct td_difference {
    enum td_difference_kind kind;
    enum td_object object;
    const char *name; /* "users", "users.email", "app.users": schema only where it is not public */
    const char *text; /* one line in words: column "users.email": type text, expected character varying(3) */
};

struct td_differences {
    struct td_difference *at;
    size_t len, cap;
};

/* Where an expression stands. */
enum td_expr_use {
    TD_EXPR_DEFAULT, /* of `column`, or of the domain `type` */
    TD_EXPR_GENERATED,
    TD_EXPR_CHECK, /* of `table`, or of the domain `type` */
    TD_EXPR_INDEX, /* key or condition: a condition when `is_condition` */
    TD_EXPR_VIEW,
    TD_EXPR_TRIGGER /* the whole statement */
};

struct td_compared_expr {
    enum td_expr_use use;
    bool is_condition;
    const struct td_catalog *catalog;        /* the expected one: table, column and type are its */
    const struct td_table *table;            /* NULL for a domain */
    const struct td_column *column;          /* DEFAULT, GENERATED */
    const struct td_user_type *type;         /* domain */
    const struct PgQuery__Node *have, *want; /* neither is NULL */
};

struct td_compare_opts {
    enum td_on on;   /* TD_ON_POSTGRES or TD_ON_SQLITE: objects without it are left out of both; 0: none is */
    bool extensions; /* compare them as well */
    bool view_types; /* and the types of views' columns, which follow from the query and its tables */
    int (*same_expr)(const struct td_compared_expr *x, bool *same_out, void *data, struct td_err *err);
    void (*print_expr)(const struct PgQuery__Node *expr, struct td_buf *out, void *data); /* NULL: "..." */
    void *data;
};

/* Inside td_arena_run; results live in `a`. An error is one of the callback's. */
TD_MUST_CHECK int td_catalog_compare(struct td_arena *a, const struct td_catalog *have, const struct td_catalog *want,
                                     const struct td_compare_opts *opts, struct td_differences *out,
                                     struct td_err *err);

#endif
