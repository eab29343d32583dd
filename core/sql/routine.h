/* Trigger functions that are simple enough to be carried: what their PL/pgSQL body does, as a flat list of steps. */
#ifndef TD_SQL_ROUTINE_H
#define TD_SQL_ROUTINE_H

#include "core/base/vec.h"
#include "core/catalog/catalog.h"

struct PgQuery__Node;

enum td_step_kind {
    TD_STEP_ASSIGN, /* NEW.column := expr */
    TD_STEP_RAISE,  /* RAISE EXCEPTION message */
    TD_STEP_NOTIFY  /* PERFORM pg_notify(...), NOTIFY, RAISE NOTICE and lower: nothing that a row shows */
};

struct td_step {
    enum td_step_kind kind;
    /* when it happens: the tests of all IFs around it (those of ELSE branches and of what an earlier RETURN left
     * negated), joined by AND; NULL: always. May speak of NEW, OLD, TG_OP, TG_WHEN, TG_TABLE_NAME. */
    const struct PgQuery__Node *condition;
    const char *column;               /* ASSIGN */
    const struct PgQuery__Node *expr; /* ASSIGN */
    const char *message;              /* RAISE: the text; a % stands for an argument that was cut out as "..." */
    const char *sqlstate;             /* RAISE: ERRCODE, "P0001" by default */
};

struct td_routine {
    struct td_step *at;
    size_t len, cap;
    bool returns_null; /* on some path: in a BEFORE trigger that drops the row */
    bool returns_old;  /* likewise: in a BEFORE UPDATE that undoes the change */
};

/* Reads the body of a trigger function (language plpgsql). TD_EREFUSED with why when it does anything else: writes
 * other rows, has loops, assigns to variables, runs dynamic SQL, has exception blocks. Inside td_arena_run. */
TD_MUST_CHECK int td_routine_trigger(struct td_arena *a, const struct td_function *f, struct td_routine *out,
                                     struct td_err *err);

/* A plain SQL function of one SELECT of one expression, without FROM: that expression, with its arguments as they are
 * named there ($1 or names). TD_EREFUSED for any other. */
TD_MUST_CHECK int td_routine_expression(struct td_arena *a, const struct td_function *f,
                                        const struct PgQuery__Node **out, struct td_err *err);

#endif
