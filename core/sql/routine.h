/* Trigger functions that are simple enough to be carried: what their PL/pgSQL body does, as a flat list of steps. */
#ifndef TD_SQL_ROUTINE_H
#define TD_SQL_ROUTINE_H

#include "core/base/vec.h"
#include "core/catalog/catalog.h"

struct PgQuery__Node;

enum td_step_kind {
    TD_STEP_TEST,   /* the test of an IF is worked out: later conditions speak of what came out */
    TD_STEP_ASSIGN, /* NEW.column := expr */
    TD_STEP_RAISE,  /* RAISE EXCEPTION message */
    TD_STEP_NOTIFY, /* PERFORM pg_notify(...), NOTIFY, RAISE NOTICE and lower: nothing that a row shows */
    TD_STEP_RETURN
};

enum td_returned { TD_RETURN_NEW, TD_RETURN_OLD, TD_RETURN_NULL, TD_RETURN_NEW_OR_OLD, TD_RETURN_OLD_OR_NEW };

struct td_step {
    enum td_step_kind kind;
    /* when it happens: the tests of all IFs around it (those of ELSE branches and of what an earlier RETURN left
     * negated), joined by AND; NULL: always. Its leaves are the very nodes that TEST steps have as `expr`; between them
     * and the top there are AND and IS NOT TRUE. */
    const struct PgQuery__Node *condition;
    const char *column;                /* ASSIGN */
    const struct PgQuery__Node *expr;  /* TEST, ASSIGN; may speak of NEW, OLD, TG_OP, TG_WHEN, TG_TABLE_NAME, TG_ARGV */
    const char *message;               /* RAISE: the text; a % stands for an argument that was cut out as "..." */
    const char *sqlstate;              /* RAISE: ERRCODE, "P0001" by default */
    const struct PgQuery__Node **args; /* NOTIFY: what it works out */
    size_t n_args, cap_args;
    enum td_returned returned; /* RETURN */
};

struct td_routine {
    struct td_step *at;
    size_t len, cap;
};

/* Reads the body of a trigger function (language plpgsql). TD_EREFUSED with why when it does anything else: writes
 * other rows, has loops or variables, runs dynamic SQL, has exception blocks. Inside td_arena_run. */
TD_MUST_CHECK int td_routine_trigger(struct td_arena *a, const struct td_function *f, struct td_routine *out,
                                     struct td_err *err);

/* A plain SQL function of one SELECT of one expression, without FROM: that expression, with its arguments as they are
 * named there ($1 or names). TD_EREFUSED for any other. */
TD_MUST_CHECK int td_routine_expression(struct td_arena *a, const struct td_function *f,
                                        const struct PgQuery__Node **out, struct td_err *err);

#endif
