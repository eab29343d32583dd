/* What the files of the lowering share: a typed piece of SQLite text, the names in scope, and the calls between them.
 * Private to core/sql/lower*.c and its neighbours. */
#ifndef TD_SQL_LOWER_IMPL_H
#define TD_SQL_LOWER_IMPL_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/sql/lower.h"
#include "core/sql/tree.h"

/* How tightly SQLite binds the outermost operator of a text; PREC_ATOM needs no parentheses anywhere. Parentheses are
 * printed only where they are needed: SQLite's parser takes about 50 nested ones. */
enum prec {
    PREC_OR = 1,
    PREC_AND,
    PREC_NOT,
    PREC_EQ,
    PREC_CMP,
    PREC_BIT,
    PREC_ADD,
    PREC_MUL,
    PREC_CONCAT,
    PREC_UNARY,
    PREC_ATOM
};

/* The values that an integer can have. */
struct range {
    long long lo, hi;
};

/* What guard.c knows of the text `of`; another text of the same expression (a cast's) does not have it. */
struct facts {
    const char *of;
    struct range range;
    const char *bare; /* the same without its tests; NULL: there are none to leave out */
    enum prec bare_prec;
    const char *fails; /* the tests, joined by OR: where one is true, PostgreSQL fails */
};

/* An expression, lowered. */
struct ex {
    const char *sql;
    struct td_type type;
    const char *text;  /* a constant's text as PostgreSQL's input has it (strings, numbers); else NULL */
    bool null;         /* the constant NULL */
    bool now;          /* the time of the transaction, plus `shift` */
    const char *shift; /* strftime modifiers added to now: ", '+7 days'" */
    enum prec prec;
    int loc;
    const struct facts *facts; /* guard.c's; NULL: none */
};

struct scope_column {
    const char *name;
    struct td_type type;
    const char *sql;
    const char *label; /* a result's name in its SELECT, quoted, when it is not its own: two results share a name */
    bool merged;       /* reached by its bare name as the column of a USING join, once */
};

struct scope_rel {
    const char *alias, *schema; /* schema only for a table without an alias */
    const struct td_table *table;
    TD_VEC(struct scope_column) columns;
    const char *prefix; /* what stands before its columns, with the dot; "" for nothing; NULL: no table */
    bool hidden;        /* its columns are not found by their bare names (EXCLUDED, NEW, OLD) */
    bool from_function; /* the rows that a function gives */
    bool outer;         /* where a join finds none, its columns are NULL */
};

struct scope {
    struct scope *outer;
    TD_VEC(struct scope_rel *) rels;
    TD_VEC(struct scope_column) merged; /* USING columns, in order */
    TD_VEC(struct cte *) ctes;
    TD_VEC(PgQuery__Node *) windows;
    bool unordered; /* a join adds rows of its own */
};

struct cte {
    const char *name;
    const char *sql_name; /* quoted; differs from the name when the CTE became a temporary table */
    TD_VEC(struct scope_column) columns;
};

/* What a boolean expression is for; see logic.c. */
enum td_condition {
    TD_COND_VALUE,
    TD_COND_TESTED, /* is it true? */
    TD_COND_CHOOSES /* which rows? */
};

struct lw {
    const struct td_lower *l;
    struct td_arena *a;
    struct td_err *err;
    struct scope *scope;
    const char *value_sql; /* VALUE of a domain check */
    const struct td_type *value_type;
    unsigned depth, counter;
    unsigned inlined;            /* SQL functions that we are inside of */
    bool default_use;            /* inside a column's DEFAULT: errors say so */
    bool constant;               /* still no column, and nothing that differs from call to call */
    bool keep_unknown;           /* the next SELECT leaves untyped literals to its caller (UNION) */
    bool keep_typed;             /* the next SELECT gives what has a type as it is, whatever its caller wants */
    bool recursive;              /* the next SELECT is a query that reads itself */
    enum td_condition condition; /* of the next expression */
    bool order_shows;            /* the order of the next SELECT's rows shows in what is kept afterwards */
};

#define TD_TRY(call)                                                                                                   \
    do {                                                                                                               \
        int rc_ = (call);                                                                                              \
        if (rc_ != TD_OK)                                                                                              \
            return rc_;                                                                                                \
    } while (0)

/* lower.c */
struct ex ex_of(const char *sql, struct td_type type, enum prec prec);
const char *ex_in(struct lw *w, const struct ex *e, enum prec at_least); /* its text, in parentheses where needed */
const char *sql_ident(struct lw *w, const char *name);
const char *sql_lit(struct lw *w, const char *text);
const char *sql_power_of_ten(struct lw *w, int n);     /* 1 and n zeros */
const char *type_name(struct lw *w, struct td_type t); /* as format_type() */
const char *type_lit(struct lw *w, struct td_type t);  /* the same as a literal */
struct td_type array_of(struct td_type t);
struct td_type element_of(struct td_type t);
struct td_type named_type(const char *name); /* TD_T_OTHER */
bool is_schema(const struct lw *w);
void lw_note(struct lw *w, int loc, const char *fmt, ...) TD_PRINTF(3, 4);
/* Each sets the error with its place; `next` NULL: the mark. */
int lw_refuse(struct lw *w, enum td_code code, int loc, const char *why, const char *next, const char *fmt, ...)
    TD_PRINTF(6, 7);
int lw_error(struct lw *w, const char *sqlstate, int loc, const char *fmt, ...) TD_PRINTF(4, 5);
int lw_stock(struct lw *w, int loc, const char *what); /* what stock SQLite has no way to say */
int lw_place(struct lw *w, int loc);                   /* gives the error a place */
/* operands */
bool ex_is(const struct ex *e, enum td_type_kind k); /* of this kind, under its domains; no array */
bool ex_is_array(const struct ex *e);
bool ex_is_unknown(const struct ex *e);
bool ex_is_number(const struct ex *e);
bool ex_is_time(const struct ex *e);
bool ex_is_text(const struct ex *e);
struct ex ex_bool(const char *sql, enum prec prec);
struct ex ex_fmt(struct lw *w, struct td_type t, enum prec prec, const char *fmt, ...) TD_PRINTF(4, 5);
struct ex ex_infix(struct lw *w, const struct ex *l, const char *op, const struct ex *r, struct td_type t,
                   enum prec prec);
/* A function that only tandem's connections have. */
int lw_call2(struct lw *w, const char *name, const struct ex *l, const struct ex *r, const char *more, struct td_type t,
             int loc, struct ex *out);
int lw_refuse_operator(struct lw *w, const char *op, const struct ex *l, const struct ex *r, int loc);

/* type.c */
int lw_type(struct lw *w, const PgQuery__TypeName *n, struct td_type *out);

/* const.c */
/* Constants alone as PostgreSQL's text of their array; NULL: there are others. */
const char *lw_literal_array(struct lw *w, struct ex *const *items, size_t n);
int lw_fold(struct lw *w, const char *text, struct td_type to, enum td_cast_context context, int loc, struct ex *out);
struct ex lw_null(struct td_type t);
bool lw_is_bits(struct td_type t); /* bit(n) or bit varying(n) */

/* network.c */
bool lw_is_inet(struct td_type t);    /* inet or cidr, no array */
bool lw_is_network(struct td_type t); /* or a hardware address */
int lw_fold_network(struct lw *w, const char *text, struct td_type t, int loc, struct ex *out);
int lw_cast_network(struct lw *w, struct ex *e, struct td_type from, struct td_type to);
const char *lw_inet_text(struct lw *w, const struct ex *e);
void lw_network_check(struct lw *w, struct td_type t, const char *c, struct td_buf *out);

/* cast.c */
int lw_cast(struct lw *w, struct ex *e, struct td_type to, enum td_cast_context context);
int lw_shows_digits(struct lw *w, const struct ex *e); /* refuses where its digits are not known */
bool lw_castable(struct td_type from, struct td_type to, enum td_cast_context context);

/* fold.c: constants of schema text. Each is for lw_folds() alone. */
bool lw_folds(const struct lw *w);
bool lw_calls_volatile(const char *template); /* the text calls a registered function that is no pure one */
bool lw_calls_changing(const char *sql);      /* the same, now() apart: it stays within a transaction */
/* The value of `n`, coerced by assignment to `to` (NULL: as it comes); TD_ENOTFOUND: it has none of its own. */
int lw_fold_node(struct lw *w, const PgQuery__Node *n, const struct td_type *to, struct ex *out);
int lw_fold_cast(struct lw *w, struct ex *e, struct td_type to, enum td_cast_context context); /* of a literal */

/* coerce.c */
int lw_common_type(struct lw *w, struct ex *const *at, size_t n, const char *what, struct td_type *out);
int lw_unify(struct lw *w, struct ex **at, size_t n, const char *what, struct td_type *out);
int lw_settle(struct lw *w, struct ex *e); /* an untyped literal that nothing decided is text */

/* expr.c */
int lw_expr(struct lw *w, const PgQuery__Node *n, struct ex *out);
int lw_expr_to(struct lw *w, const PgQuery__Node *n, struct td_type to, enum td_cast_context context, struct ex *out);
int lw_bool(struct lw *w, const PgQuery__Node *n, struct ex *out);
int lw_exprs(struct lw *w, PgQuery__Node *const *at, size_t n, struct ex ***out);
const char *lw_joined(struct lw *w, struct ex *const *args, size_t n); /* "a, b" */

/* logic.c */
int lw_logic(struct lw *w, const PgQuery__BoolExpr *b, struct ex *out);
int lw_condition(struct lw *w, const PgQuery__Node *n, enum td_condition condition, struct ex *out); /* as lw_bool */
const char *lw_join_balanced(struct lw *w, struct ex *const *at, size_t n, const char *word, enum prec p);

/* a_expr.c */
int lw_a_expr(struct lw *w, const PgQuery__AExpr *e, struct ex *out);
/* l op r of two nodes, rows too; of no rows *x and *y are the operands. */
int lw_compare_nodes(struct lw *w, const char *op, const PgQuery__Node *l, const PgQuery__Node *r, int loc,
                     struct ex *x, struct ex *y, struct ex *out);
/* test op ANY/ALL of the rows of `from`, with PostgreSQL's three values: `test` is the comparison with one row. */
const char *lw_quantified(struct lw *w, bool any, const char *test, const char *from);
/* Did the comparison of the two come out as their texts with `op` between? Then IN and nullif() say the same. */
bool lw_is_plain(struct lw *w, const struct ex *l, const struct ex *r, const char *op, const struct ex *cmp);

/* array.c */
int lw_array(struct lw *w, const PgQuery__AArrayExpr *e, const struct td_type *element, struct ex *out);
int lw_subscript(struct lw *w, const PgQuery__AIndirection *e, struct ex *out);

/* subquery.c */
int lw_sub_link(struct lw *w, const PgQuery__SubLink *s, struct ex *out);

/* operator.c */
int lw_operator(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out);
int lw_unary(struct lw *w, const char *op, struct ex *x, int loc, struct ex *out);

/* arithmetic.c */
int lw_arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, int loc, struct ex *out); /* of numbers */
struct td_type lw_wider(const struct ex *l, const struct ex *r);
int lw_negate(struct lw *w, struct ex *x, int loc, struct ex *out);
int lw_abs(struct lw *w, struct ex *x, int loc, struct ex *out);

/* native.c: numerics in schema text; each says whether stock SQLite can do it */
bool lw_native_arithmetic(struct lw *w, char op, const struct ex *l, const struct ex *r, struct ex *out);
bool lw_native_fit(struct lw *w, struct ex *e, struct td_type to); /* rounds `e`, and fails where it is too great */
bool lw_native_round(struct lw *w, const struct ex *e, int digits, struct ex *out);
/* The numeric type that is stored as a number and holds all of them. */
bool lw_native_common(struct ex *const *at, size_t n, struct td_type *out);
bool lw_native_whole(struct lw *w, const struct ex *e, const char *function, struct ex *out); /* ceil, floor */
bool lw_native_text(struct lw *w, const struct ex *e, struct ex *out);
/* What is to be summed for the sum of `e`, and the sum's type; then the sum's value from "sum(that)". */
bool lw_native_sum(struct lw *w, const struct ex *e, const char **sum_out, struct td_type *type);
const char *lw_native_sum_value(struct lw *w, const char *sum, struct td_type t);
const char *lw_numeric_key_stock(struct lw *w, const struct ex *e); /* text that is equal for equal numbers */
/* Prints the terms of ORDER BY for one; false: it is none. */
bool lw_numeric_sort_stock(struct lw *w, const struct ex *e, bool desc, bool nulls_first, const char *before,
                           struct td_buf *out);
/* A numeric that is stored as text against a constant's text. */
bool lw_numeric_compare_stock(struct lw *w, const char *op, const struct ex *x, const char *text, struct ex *out);

/* stock_text.c, stock_time.c: for schema text. TD_ENOTFOUND, or false: stock SQLite cannot say it. */
int lw_stock_text(struct lw *w, const char *name, struct ex **args, size_t n, struct ex *out);
int lw_stock_time(struct lw *w, const char *name, struct ex **args, size_t n, int loc, struct ex *out);
int lw_stock_seconds_between(struct lw *w, bool numeric, const struct ex *a, const struct ex *b, struct ex *out);
int lw_stock_whole_days(struct lw *w, bool numeric, const struct ex *a, const struct ex *b, struct ex *out);
int lw_stock_days_between(struct lw *w, const struct ex *a, const struct ex *b, struct ex *out);
bool lw_stock_add_days(struct lw *w, const struct ex *date, const struct ex *days, int sign, struct ex *out);
bool lw_stock_add_interval(struct lw *w, const struct ex *x, const char *interval, int sign, struct ex *out);
/* x plus or minus a product of an integer and a constant interval. */
int lw_stock_add_product(struct lw *w, const struct ex *x, const PgQuery__Node *node, int sign, struct ex *out);
bool lw_stock_time_text(struct lw *w, const struct ex *e, struct ex *out);

/* stock_json.c: whether two jsonb are the same, or distinct; false: it cannot be said here */
bool lw_same_json_stock(struct lw *w, const struct ex *l, const struct ex *r, bool same, struct ex *out);

/* number_call.c: TD_ENOTFOUND: the table has it, or nobody */
int lw_number_call(struct lw *w, const char *name, struct ex **args, size_t n, int loc, struct ex *out);

/* guard.c */
struct range lw_type_range(struct td_type t);
struct range lw_range(const struct ex *e); /* of an integer */
void lw_set_range(struct lw *w, struct ex *e, struct range range);
struct ex lw_unguarded(const struct ex *e); /* to build a longer expression from, which lw_guard then tests */
/* `out`, made from the unguarded `l` and `r` (NULL: no such operand), fails where they do or where `fails` (NULL:
 * nothing more) is true. */
void lw_guard(struct lw *w, struct ex *out, const struct ex *l, const struct ex *r, const char *fails);
bool lw_can_fail(const char *sql); /* false: no row of a file makes it fail */

/* compare.c */
int lw_operand_type(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct td_type *out);
int lw_compare(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out);
int lw_group_key(struct lw *w, const struct ex *e, const char **out); /* text that is equal for equal values */
int lw_sort_key(struct lw *w, const struct ex *e, const char **out);  /* and sorts as PostgreSQL sorts the value */
bool lw_needs_key(struct td_type type, bool sort);                    /* false: the value is its own key */

/* pattern.c */
int lw_like(struct lw *w, struct ex *l, struct ex *r, const char *escape, bool fold, bool negate, struct ex *out);
int lw_check_regex(struct lw *w, const struct ex *pattern); /* refuses what is known not to be carried */
int lw_regex(struct lw *w, struct ex *l, struct ex *r, bool fold, bool negate, struct ex *out);

/* inline.c */
/* random_text.c: md5() of a text that holds random(), in schema text; and that as a uuid. */
bool lw_random_md5(struct lw *w, const char *name, const PgQuery__FuncCall *c, struct ex *out);
bool lw_random_uuid(const struct ex *e, const char **sql_out);

/* `schema` NULL: the first that is found by the search path. */
int lw_inline(struct lw *w, const char *schema, const char *name, struct ex **args, size_t n, int loc, struct ex *out);
/* As lw_exprs, for arguments of which some are named; where the function is not known they are refused. */
int lw_arguments(struct lw *w, const char *schema, const char *name, const PgQuery__FuncCall *c, struct ex ***out,
                 size_t *n_out);
const struct td_function *lw_own_function(const struct lw *w, const char *schema, const char *name, size_t n);
size_t lw_parameters(const struct td_function *f);
int lw_parameter_type(struct lw *w, const struct td_function *f, size_t i, struct td_type *out);
int lw_inline_parameter(struct lw *w, int number, struct ex *out); /* $1 inside of one */

/* call.c, aggregate.c, time.c */
int lw_call(struct lw *w, const PgQuery__FuncCall *c, struct ex *out);
int lw_call_args(struct lw *w, const char *name, struct ex **args, size_t n, int loc, struct ex *out);
bool lw_is_aggregate(const char *name);
int lw_aggregate(struct lw *w, const char *name, const PgQuery__FuncCall *c, struct ex *out);
int lw_window(struct lw *w, const PgQuery__WindowDef *d, struct td_buf *out);
struct ex lw_now(struct lw *w, struct td_type type);
int lw_now_shift(struct lw *w, struct ex *now, const char *interval, int sign, struct ex *out);

/* scope.c */
struct scope *scope_push(struct lw *w);
void scope_pop(struct lw *w);
struct scope_rel *scope_add(struct lw *w, const char *alias);
void scope_add_table(struct lw *w, struct scope_rel *r, const struct td_table *t, const char *prefix);
const char *scope_label(struct lw *w, const struct scope_column *c);
int scope_column(struct lw *w, const PgQuery__ColumnRef *c, struct ex *out);
bool scope_has_column(const struct lw *w, const char *name); /* by its bare name, at any level */
/* The error for a column that is not there, or not on SQLite. `t` NULL: no table is known to have had it. */
int scope_missing(struct lw *w, const struct td_table *t, const char *name, int loc);
struct scope_rel *scope_rel(struct lw *w, const char *schema, const char *name);
struct cte *scope_cte(struct lw *w, const char *name);
int lw_table(struct lw *w, const PgQuery__RangeVar *v, const struct td_table **out);
const char *table_sql(struct lw *w, const struct td_table *t); /* quoted */

/* select.c, from.c */
struct columns {
    struct scope_column *at;
    size_t len, cap;
};
int lw_select(struct lw *w, const PgQuery__SelectStmt *s, struct td_buf *out, struct columns *columns);
/* Untyped literals of the result become `to[i]` (INSERT ... SELECT); NULL: text. */
int lw_select_to(struct lw *w, const PgQuery__SelectStmt *s, const struct td_type *to, size_t n_to, struct td_buf *out,
                 struct columns *columns);
int lw_with(struct lw *w, const PgQuery__WithClause *c, struct td_buf *out);
int lw_from(struct lw *w, PgQuery__Node *const *at, size_t n, struct td_buf *out);
int lw_from_item(struct lw *w, const PgQuery__Node *n, struct td_buf *out);
int lw_targets(struct lw *w, PgQuery__Node *const *at, size_t n, const struct td_type *to, size_t n_to,
               struct td_buf *from, struct td_buf *out, struct columns *columns);
int lw_limit(struct lw *w, const PgQuery__SelectStmt *s, struct td_buf *out);
/* VALUES or a set operation with the ORDER BY and LIMIT of the statement: after those SQLite takes names of results
 * only, an outer SELECT may compute. */
int lw_sorted_whole(struct lw *w, const PgQuery__SelectStmt *s, const char *body, const struct columns *columns,
                    struct td_buf *out);
bool lw_is_distinct_on(const PgQuery__SelectStmt *s);

/* whole_row.c */
struct scope_rel *lw_whole_row(struct lw *w, const PgQuery__Node *n); /* NULL: the node is none */
/* SQLite text that is NULL where an outer join found no row; NULL: there is always one. */
int lw_row_marker(struct lw *w, const struct scope_rel *r, int loc, const char **out);
int lw_row_json(struct lw *w, const struct scope_rel *r, bool binary, int loc, struct ex *out);
/* f((SELECT x FROM (...) x)) is (SELECT f(x) FROM (...) x); NULL: the argument is no such query. */
const PgQuery__SubLink *lw_row_of_query(struct lw *w, const PgQuery__FuncCall *c);
int lw_json_parts(struct lw *w, const PgQuery__FuncCall *c, bool binary, struct ex ***out); /* rows as objects */
/* Each TD_ENOTFOUND: it is no row. */
int lw_row_null(struct lw *w, const PgQuery__Node *n, bool null, struct ex *out); /* IS NULL or IS NOT NULL */
int lw_row_field(struct lw *w, const PgQuery__AIndirection *e, struct ex *out);

/* stored_order.c */
void lw_stored_places(struct lw *w,
                      struct td_strings *out); /* what the rows of FROM are in order by; none: not known */
/* Prints ORDER BY where nothing orders the rows of `s` and `shows`: their order does. */
void lw_order_as_stored(struct lw *w, const PgQuery__SelectStmt *s, bool shows, struct td_buf *out);

/* setop.c */
bool lw_is_set_operation(const PgQuery__SelectStmt *s);
int lw_set_operation(struct lw *w, const PgQuery__SelectStmt *s, const struct td_type *to, size_t n_to,
                     struct td_buf *out, struct columns *columns);

struct rows_fn;
const struct rows_fn *lw_rows_function(const PgQuery__Node *n); /* NULL: not a function that gives rows */
int lw_rows_target(struct lw *w, const PgQuery__FuncCall *c, struct td_buf *from, struct ex *out);
int lw_sort(struct lw *w, PgQuery__Node *const *at, size_t n, const struct columns *outputs, struct td_buf *out);

#endif
