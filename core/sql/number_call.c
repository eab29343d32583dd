/* Functions of numbers that the table of call.c has no words for. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/sql/lower_impl.h"

/* round(x, n), ceil(x) and floor(x) of a numeric that SQLite stores as a number. */
static bool native_rounding(struct lw *w, const char *name, struct ex **args, size_t n, struct ex *out)
{
    if (n == 0 || !ex_is(args[0], TD_T_NUMERIC))
        return false;
    if (strcmp(name, "round") == 0 && n == 1)
        return lw_native_round(w, args[0], 0, out);
    if (strcmp(name, "round") == 0 && n == 2)
        return args[1]->text != NULL && td_type_is_integer(&args[1]->type) &&
               lw_native_round(w, args[0], (int)strtol(args[1]->text, NULL, 10), out);
    return n == 1 && lw_native_whole(w, args[0], name, out);
}

static int angle(struct lw *w, char op, struct ex *x, int loc, struct ex *out)
{
    struct ex degree;
    TD_TRY(lw_cast(w, x, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
    TD_TRY(lw_fold(w, "0.017453292519943295", TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT, loc, &degree));
    return lw_arithmetic(w, op, x, &degree, loc, out);
}

/* power() of numerics, whose exponent is whole for certain. */
static int numeric_power(struct lw *w, struct ex **args, int loc, struct ex *out)
{
    struct ex *n = args[1];
    const char *rest = n->text == NULL ? "?" : n->text + strspn(n->text, "+-0123456789");
    bool whole = n->text != NULL && rest > n->text && rest[strspn(rest, ".0")] == '\0';
    if (!whole && !td_type_is_integer(&n->type))
        return lw_refuse(w, TD_C_LOWER_FUNCTION, loc, "PostgreSQL computes all digits of a numeric there",
                         "Cast the arguments to double precision.",
                         "power() of a numeric by what may be no whole number is not carried");
    TD_TRY(lw_cast(w, args[0], TD_TYPE(TD_T_NUMERIC), TD_CAST_IMPLICIT));
    TD_TRY(lw_cast(w, n, TD_TYPE(TD_T_NUMERIC), TD_CAST_IMPLICIT));
    return lw_call2(w, "pg_numeric_power", args[0], n, "", TD_TYPE(TD_T_NUMERIC), loc, out);
}

static bool is_numeric_pair(const struct ex *a, const struct ex *b)
{
    bool floats = ex_is(a, TD_T_FLOAT4) || ex_is(a, TD_T_FLOAT8) || ex_is(b, TD_T_FLOAT4) || ex_is(b, TD_T_FLOAT8);
    return (ex_is(a, TD_T_NUMERIC) || ex_is(b, TD_T_NUMERIC)) && !floats;
}

/* A picture of a number that is known now is read now. */
static int check_picture(struct lw *w, const struct ex *picture)
{
    static const char *const words[] = {"FM", "MI", "PR", "S", ".", "D", "9", "0", ",", "G"};
    for (const char *p = picture->text; *p != '\0';) {
        size_t len = 0;
        for (size_t i = 0; i < sizeof words / sizeof words[0] && len == 0; i++)
            if (strncasecmp(p, words[i], strlen(words[i])) == 0 && strncasecmp(p, "SG", 2) != 0)
                len = strlen(words[i]);
        if (len == 0)
            return lw_refuse(w, TD_C_LOWER_FUNCTION, picture->loc, "SQLite's side of it has digits, signs and groups",
                             NULL, "to_char() with the picture \"%s\" is not carried", picture->text);
        p += len;
    }
    return TD_OK;
}

int lw_number_call(struct lw *w, const char *name, struct ex **args, size_t n, int loc, struct ex *out)
{
    bool schema = is_schema(w);
    if ((strcmp(name, "power") == 0 || strcmp(name, "pow") == 0) && n == 2 && is_numeric_pair(args[0], args[1]))
        return numeric_power(w, args, loc, out);
    if (strcmp(name, "abs") == 0 && n == 1)
        return lw_abs(w, args[0], loc, out);
    if ((strcmp(name, "degrees") == 0 || strcmp(name, "radians") == 0) && n == 1)
        return angle(w, name[0] == 'd' ? '/' : '*', args[0], loc, out);
    if (schema && native_rounding(w, name, args, n, out))
        return TD_OK;
    if (!schema && n == 2 && (strcmp(name, "gcd") == 0 || strcmp(name, "lcm") == 0) &&
        td_type_is_integer(&args[0]->type) && td_type_is_integer(&args[1]->type)) {
        struct td_type t = lw_wider(args[0], args[1]);
        *out = ex_fmt(w, t, PREC_ATOM, "pg_check_int%d(pg_%s(%s, %s))",
                      t.kind == TD_T_INT2   ? 2
                      : t.kind == TD_T_INT4 ? 4
                                            : 8,
                      name, args[0]->sql, args[1]->sql);
        return TD_OK;
    }
    if (strcmp(name, "mod") == 0 && n == 2)
        return lw_operator(w, "%", args[0], args[1], loc, out);
    if (n == 2 && strcmp(name, "to_char") == 0 && ex_is_number(args[0]) && args[1]->text != NULL)
        TD_TRY(check_picture(w, args[1]));
    return TD_ENOTFOUND;
}
