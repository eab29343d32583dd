/* Shared by sync/form*.c alone: the conversions by kind of type. */
#ifndef TD_SYNC_FORM_IMPL_H
#define TD_SYNC_FORM_IMPL_H

#include "sync/form.h"

struct form {
    struct td_arena *a;
    struct td_type t; /* beneath any domain */
    struct td_err *err;
};

/* form.c */
/* "... is no value of type ...": TD_C_SYNC_FORM. */
TD_MUST_CHECK int td_form_wrong(const struct form *f, struct td_value v);
bool td_form_is_text(struct td_value v); /* TEXT and the exact-text kinds */
/* UTF-8 without NUL, or the error. */
TD_MUST_CHECK int td_form_check_text(const struct form *f, struct td_value v);
/* Of a scalar type: what the functions of form.h do. */
TD_MUST_CHECK int td_form_scalar_to_sqlite(const struct form *f, struct td_value v, struct td_value *out);
TD_MUST_CHECK int td_form_scalar_to_postgres(const struct form *f, struct td_value v, struct td_value *out);
/* What is in `b` as a value; TD_EDATA when it grew too large. */
TD_MUST_CHECK int td_form_take(const struct form *f, enum td_value_kind kind, struct td_buf *b, struct td_value *out);

/* form_number.c */
/* Digits with a sign or without; false: they are none, or too many. */
bool td_form_read_int(const char *s, size_t len, int64_t *out);
/* Any number that PostgreSQL prints or JSON has, and PostgreSQL's words. */
TD_MUST_CHECK int td_form_read_double(const struct form *f, struct td_value text, double *out);
/* In the range of the type? */
bool td_form_fits_int(struct td_type t, int64_t v);
/* Is it what PostgreSQL prints for a numeric of the type? */
bool td_form_is_numeric(struct td_type t, const char *s, size_t len);
TD_MUST_CHECK int td_form_int_to_sqlite(const struct form *f, struct td_value v, struct td_value *out);
TD_MUST_CHECK int td_form_int_to_postgres(const struct form *f, struct td_value v, struct td_value *out);
TD_MUST_CHECK int td_form_float_to_sqlite(const struct form *f, struct td_value v, struct td_value *out);
TD_MUST_CHECK int td_form_float_to_postgres(const struct form *f, struct td_value v, struct td_value *out);
TD_MUST_CHECK int td_form_numeric_to_sqlite(const struct form *f, struct td_value v, struct td_value *out);
TD_MUST_CHECK int td_form_numeric_to_postgres(const struct form *f, struct td_value v, struct td_value *out);

/* form_time.c */
TD_MUST_CHECK int td_form_time_to_sqlite(const struct form *f, struct td_value v, struct td_value *out);
TD_MUST_CHECK int td_form_time_to_postgres(const struct form *f, struct td_value v, struct td_value *out);
TD_MUST_CHECK int td_form_interval_to_postgres(const struct form *f, struct td_value v, struct td_value *out);

/* form_array.c: `f->t` is the array's type. */
TD_MUST_CHECK int td_form_array_to_sqlite(const struct form *f, struct td_value v, struct td_value *out);
/* form_json.c */
char td_form_delimiter(struct td_type t); /* between the elements of an array, as pg_type has it */
TD_MUST_CHECK int td_form_array_to_postgres(const struct form *f, struct td_value v, struct td_value *out);

#endif
