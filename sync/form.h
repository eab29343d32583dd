/* Form: one value between PostgreSQL's form and what SQLite stores, exactly there and back, for each type.
 *
 *                          PostgreSQL's form                        stored by SQLite
 *     integers, oid        INT                                      INTEGER
 *     boolean              BOOL                                     INTEGER 0, 1
 *     real, double         DOUBLE (of a real: what its shortest     REAL; -0 becomes 0, NaN is an error
 *                          digits say, 0.1)
 *     numeric(p,s)         NUMERIC 120.50                           INTEGER, REAL 120.5 or TEXT: td_type_storage
 *     times                TIMESTAMP 2026-11-22 10:19:00.12+00      TEXT 2026-11-22T10:19:00.120000Z: core/base/time.h
 *     uuid                 UUID                                     TEXT
 *     json, jsonb          JSON                                     TEXT; json as it was written
 *     bytea                BLOB                                     BLOB
 *     arrays               TEXT {1,NULL}                            TEXT [1,null]: below
 *     text and all else    TEXT                                     TEXT, the same
 *
 * An array is JSON without blanks: integers, floats and numerics as numbers (NaN and the infinities as strings),
 * booleans as true and false, all else as a string that is what SQLite stores of the element, bytea as "\\x00ff".
 *
 * Pure: no engine is asked. Nothing is copied that stays as it is: such values are borrowed from `v`, the others live
 * in `a`. Errors say what is wrong with the value; the caller knows of which row and column. */
#ifndef TD_SYNC_FORM_H
#define TD_SYNC_FORM_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/catalog/type.h"
#include "core/db/value.h"

/* `v` as the postgres driver gives it (td_stmt_column), or as TEXT in PostgreSQL's output form: DateStyle ISO, TimeZone
 * UTC, IntervalStyle postgres, extra_float_digits 1, bytea_output hex. NULL stays NULL. What is given is trusted to
 * come from PostgreSQL: texts are not looked through. TD_EDATA: SQLite cannot keep it (TD_C_SYNC_NAN,
 * TD_C_SYNC_BOUNDS), or it is no value of the type (TD_C_SYNC_FORM). Inside td_arena_run of `a`. */
TD_MUST_CHECK int td_form_to_sqlite(struct td_arena *a, struct td_type t, struct td_value v, struct td_value *out,
                                    struct td_err *err);

/* `v` as the sqlite driver gives it: of any kind and content, as any program may have written it. `*out` is what the
 * postgres driver would give for the value that PostgreSQL makes of it, so that the two compare (sync/merge.h). NULL
 * stays NULL. Letter case of a uuid, jsonb, intervals and network addresses are brought to PostgreSQL's form; all else
 * is in the form above or an error: TD_C_SYNC_FORM, TD_C_SYNC_NUL, TD_C_SYNC_ENCODING. Inside td_arena_run of `a`. */
TD_MUST_CHECK int td_form_to_postgres(struct td_arena *a, struct td_type t, struct td_value v, struct td_value *out,
                                      struct td_err *err);

/* Appends what PostgreSQL gives for x::text, where `v` is x in PostgreSQL's form; for NULL nothing. It is the output
 * text, but: booleans are true and false, an inet always has its mask, char(n) loses its blanks, and -0 is 0. */
void td_form_text(struct td_type t, struct td_value v, struct td_buf *out);

#endif
