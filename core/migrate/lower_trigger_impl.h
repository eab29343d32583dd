/* Shared by lower_trigger*.c alone: what is known of a trigger's trees before they are lowered. */
#ifndef TD_MIGRATE_LOWER_TRIGGER_IMPL_H
#define TD_MIGRATE_LOWER_TRIGGER_IMPL_H

#include "core/catalog/catalog.h"
#include "core/sql/routine.h"

struct td_lowering;

/* What stays the same while a trigger fires for one event. */
struct td_trigger_facts {
    const char *op; /* INSERT, UPDATE, DELETE */
    const struct td_table *table;
    const struct td_trigger *trigger;
    const struct PgQuery__CreateTrigStmt *node;
};

/* lower_trigger_fold.c: TG_OP and its kin are spelled out in the tree itself, which is cut down by what that decides.
 * 0, 1: it is false, true for this event; -1: it depends on the row. */
int td_trigger_fold(struct td_arena *a, const struct td_trigger_facts *facts, struct PgQuery__Node *tree);
/* No row makes it an error. False: it may. */
bool td_trigger_cannot_fail(const struct PgQuery__Node *tree);
/* Is it NULL wherever NEW.column is? False: it may not be. */
bool td_trigger_is_strict(const struct PgQuery__Node *tree, const char *column);
/* Can a condition of the routine be true only where NEW.column is not NULL? False: it may be. */
bool td_trigger_needs(const struct PgQuery__Node *condition, const char *column);

/* lower_trigger_reads.c */
struct td_trigger_uses {
    struct td_arena *arena;
    bool whole_row; /* reads NEW or OLD as one value */
    struct td_strings reads;
};
void td_trigger_note_reads(struct td_trigger_uses *u, const struct PgQuery__Node *tree);
bool td_trigger_reads(const struct td_trigger_uses *u, const char *column);
/* Numbers of sequences come to a row after it was stored. */
TD_MUST_CHECK int td_trigger_check_counters(struct td_lowering *l, const struct td_table *t,
                                            const struct td_trigger *tr, const struct td_routine *body,
                                            struct td_err *err);

/* lower_trigger_row.c: comparisons of NEW with OLD as rows become such of their columns, in `tree` itself. False: it
 * reads a whole row in another way, too. */
bool td_trigger_spell_rows(struct td_arena *a, const struct td_table *t, struct PgQuery__Node *tree);

#endif
