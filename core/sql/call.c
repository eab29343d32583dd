/* Function calls. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/keyword.h"
#include "core/sql/call_table.h"
#include "core/sql/draw.h"
#include "core/sql/lower_impl.h"

static const char uuid_stock[] =
    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' || "
    "substr('89AB', (random() & 3) + 1, 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))";

static bool letter_type(char c, struct td_type *out)
{
    static const char letters[] = "tiInfbjJyzsdcvuT";
    static const enum td_type_kind kinds[] = {
        TD_T_TEXT,  TD_T_INT4,        TD_T_INT8,      TD_T_NUMERIC, TD_T_FLOAT8, TD_T_BOOL,     TD_T_JSON, TD_T_JSONB,
        TD_T_BYTEA, TD_T_TIMESTAMPTZ, TD_T_TIMESTAMP, TD_T_DATE,    TD_T_TIME,   TD_T_INTERVAL, TD_T_UUID, TD_T_TEXT};
    const char *p = strchr(letters, c);
    if (c == '\0' || p == NULL)
        return false;
    *out = TD_TYPE(kinds[p - letters]);
    out->dims = c == 'T';
    return true;
}

/* Does the argument fit the letter? `exactly`: by its own type, else by a conversion that needs no word. */
static bool fits(const struct ex *e, char letter, bool exactly)
{
    struct td_type t = td_type_base(e->type), want;
    if (e->type.kind == TD_T_UNKNOWN && e->type.dims == 0)
        return letter != 'a' || e->text != NULL || e->null;
    switch (letter) {
    case 'x': return true;
    case 'e': return t.dims == 0;
    case 'a': return t.dims > 0;
    case 'N': return t.dims == 0 && td_type_is_number(&t);
    case 'Z': return t.dims == 0 && td_type_is_time(&t);
    default: break;
    }
    if (!letter_type(letter, &want))
        return false;
    if (t.kind == want.kind && (t.dims > 0) == (want.dims > 0))
        return true;
    return !exactly && lw_castable(t, want, TD_CAST_IMPLICIT);
}

static char letter_at(const char *args, size_t i, bool *optional)
{
    char last = '\0';
    *optional = false;
    for (const char *p = args; *p != '\0'; p++) {
        if (*p == '?') {
            *optional = true;
        } else if (*p == '*') {
            return last;
        } else {
            last = *p;
            if (i-- == 0)
                return *p;
        }
    }
    return '\0';
}

static bool row_fits(const struct lw_function *r, struct ex *const *args, size_t n, bool exactly)
{
    bool optional, variadic = strchr(r->args, '*') != NULL;
    for (size_t i = 0; i < n; i++) {
        char c = letter_at(r->args, i, &optional);
        if (c == '\0' || !fits(args[i], c, exactly))
            return false;
    }
    return variadic || letter_at(r->args, n, &optional) == '\0' || optional;
}

static const struct lw_function *find_row(const char *name, struct ex *const *args, size_t n, bool *known)
{
    *known = false;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < lw_n_functions; i++) {
            if (strcmp(lw_functions[i].name, name) != 0)
                continue;
            *known = true;
            if (row_fits(&lw_functions[i], args, n, pass == 0))
                return &lw_functions[i];
        }
    }
    return NULL;
}

/* The array among the arguments; its element type stands for 'e', 'E', 'A' and %e. */
static struct td_type array_type(const struct lw_function *r, struct ex *const *args, size_t n)
{
    struct td_type t = array_of(TD_TYPE(TD_T_TEXT));
    bool optional;
    for (size_t i = 0; i < n; i++) {
        if (letter_at(r->args, i, &optional) == 'a' && td_type_base(args[i]->type).dims > 0) {
            t = td_type_base(args[i]->type);
            t.mod1 = t.mod2 = -1; /* elements of an array that a function makes have no size */
            return t;
        }
        if (letter_at(r->args, i, &optional) == 'e' && args[i]->type.kind != TD_T_UNKNOWN)
            t = array_of(td_type_base(args[i]->type));
    }
    return t;
}

static int cast_args(struct lw *w, const struct lw_function *r, struct ex **args, size_t n, struct td_type array)
{
    for (size_t i = 0; i < n; i++) {
        bool optional;
        char c = letter_at(r->args, i, &optional);
        struct td_type want;
        if (c == 'a')
            want = array;
        else if (c == 'e')
            want = element_of(array);
        else if (c == 'Z')
            want = TD_TYPE(TD_T_TIMESTAMPTZ);
        else if (c == 'N')
            want = TD_TYPE(TD_T_INT4);
        else if (!letter_type(c, &want))
            want = TD_TYPE(TD_T_TEXT);
        if (c == 'x')
            TD_TRY(lw_shows_digits(w, args[i]));
        if ((c == 'x' || c == 'N' || c == 'Z') && args[i]->type.kind != TD_T_UNKNOWN)
            continue;
        TD_TRY(lw_cast(w, args[i], want, TD_CAST_IMPLICIT));
    }
    return TD_OK;
}

static void add_list(struct td_buf *b, struct ex *const *args, size_t from, size_t n)
{
    for (size_t i = from; i < n; i++)
        td_buf_printf(b, "%s%s", i == from ? "" : ", ", args[i]->sql);
}

/* $+ : ", " and the optional arguments, if any. */
static const char *fill(struct lw *w, const struct lw_function *r, const char *template, struct ex *const *args,
                        size_t n, struct td_type array)
{
    size_t required = strcspn(r->args, "?");
    struct td_buf b;
    td_buf_init(&b, w->a);
    for (const char *p = template; *p != '\0'; p++) {
        if (p[0] == '$' && p[1] == '*') {
            add_list(&b, args, 0, n);
            p++;
        } else if (p[0] == '$' && p[1] == '+') {
            if (n > required)
                td_buf_add(&b, ", ");
            add_list(&b, args, required, n);
            p++;
        } else if (p[0] == '$' && isdigit((unsigned char)p[1])) {
            size_t i = (size_t)(p[1] - '1');
            p++;
            if (p[1] == '*') {
                add_list(&b, args, i, n);
                p++;
            } else {
                td_buf_add(&b, args[i]->sql);
            }
        } else if (p[0] == '%' && p[1] == 'e') {
            td_buf_add(&b, type_lit(w, element_of(array)));
            p++;
        } else if (p[0] == '%' && isdigit((unsigned char)p[1])) {
            td_buf_add(&b, type_lit(w, args[p[1] - '1']->type));
            p++;
        } else {
            td_buf_char(&b, *p);
        }
    }
    return td_buf_str(&b);
}

static struct td_type result_type(const struct lw_function *r, struct ex *const *args, struct td_type array)
{
    struct td_type t;
    switch (r->result[0]) {
    case '1': return td_type_base(args[0]->type);
    case '2': return td_type_base(args[1]->type);
    case 'A': return array;
    case 'E': return element_of(array);
    case 'a': return array_of(TD_TYPE(TD_T_INT4));
    default: break;
    }
    return letter_type(r->result[0], &t) ? t : TD_TYPE(TD_T_TEXT);
}

static enum prec stock_prec(const char *sql)
{
    size_t n = strlen(sql);
    return n > 0 && (sql[n - 1] == ')' || strncmp(sql, "CASE", 4) == 0) && sql[0] != '(' ? PREC_ATOM : PREC_OR;
}

/* --- functions of any number of arguments --- */

static int as_output(struct lw *w, struct ex *e, const char *how)
{
    TD_TRY(lw_settle(w, e));
    if (td_type_is_text(&e->type) && e->type.kind != TD_T_BPCHAR && strcmp(how, "pg_out") == 0)
        return TD_OK;
    if (e->null)
        return TD_OK;
    TD_TRY(lw_shows_digits(w, e));
    e->sql = td_arena_printf(w->a, "%s(%s, %s)", how, e->sql, type_lit(w, e->type));
    e->prec = PREC_ATOM;
    return TD_OK;
}

static int variadic(struct lw *w, const char *name, struct ex **args, size_t n, int loc, struct ex *out)
{
    static const struct {
        const char *name, *call;
        char keys, values, result; /* o: pg_out, J: pg_to_jsonb, j: pg_to_json */
    } known[] = {{"concat", "pg_concat", 'o', 'o', 't'},
                 {"concat_ws", "pg_concat_ws", 'o', 'o', 't'},
                 {"format", "pg_format", 'o', 'o', 't'},
                 {"jsonb_build_object", "pg_jsonb_build_object", 'o', 'J', 'J'},
                 {"jsonb_build_array", "pg_jsonb_build_array", 'J', 'J', 'J'},
                 {"json_build_object", "pg_json_build_object", 'o', 'j', 'j'},
                 {"json_build_array", "pg_json_build_array", 'j', 'j', 'j'}};
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        struct td_type t;
        struct td_buf b;
        if (strcmp(known[k].name, name) != 0)
            continue;
        if (is_schema(w))
            return lw_stock(w, loc, name);
        for (size_t i = 0; i < n; i++) {
            char how = i % 2 == 0 ? known[k].keys : known[k].values;
            TD_TRY(as_output(w, args[i], how == 'o' ? "pg_out" : how == 'J' ? "pg_to_jsonb" : "pg_to_json"));
        }
        td_buf_init(&b, w->a);
        td_buf_printf(&b, "%s(", known[k].call);
        add_list(&b, args, 0, n);
        td_buf_char(&b, ')');
        letter_type(known[k].result, &t);
        *out = ex_of(td_buf_str(&b), t, PREC_ATOM);
        return TD_OK;
    }
    return TD_ENOTFOUND;
}

/* --- the rest by name --- */

static int num_nulls(struct lw *w, struct ex *const *args, size_t n, bool nulls, struct ex *out)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    for (size_t i = 0; i < n; i++)
        td_buf_printf(&b, "%s(%s IS %sNULL)", i == 0 ? "" : " + ", ex_in(w, args[i], PREC_CMP), nulls ? "" : "NOT ");
    *out = ex_of(td_buf_str(&b), TD_TYPE(TD_T_INT4), PREC_ADD);
    return TD_OK;
}

/* As tandem_sequences has it. */
static const char *counter_name(struct lw *w, const struct td_sequence *s)
{
    return strcmp(s->schema, "public") == 0 ? s->name : td_arena_printf(w->a, "%s.%s", s->schema, s->name);
}

static int sequence_call(struct lw *w, const char *name, struct ex **args, size_t n, int loc, struct ex *out)
{
    struct td_buf b;
    const struct td_sequence *drawn = w->l->draws && strcmp(name, "nextval") == 0 && n == 1 && args[0]->text != NULL
                                          ? td_draw_named(w->l->catalog, args[0]->text)
                                          : NULL;
    if (drawn != NULL) {
        w->constant = false;
        *out = ex_of(td_arena_printf(w->a, "(SELECT last_value FROM tandem_sequences WHERE name = %s)",
                                     sql_lit(w, counter_name(w, drawn))),
                     TD_TYPE(TD_T_INT8), PREC_ATOM);
        return TD_OK;
    }
    if (is_schema(w))
        return lw_refuse(
            w, TD_C_LOWER_SEQUENCE, loc,
            "SQLite has no sequences; the default of a text or integer column may draw one number, in every row", NULL,
            "%s stands in schema text", name);
    if (n == 0 || args[0]->text == NULL)
        return lw_refuse(w, TD_C_LOWER_FUNCTION, loc, "the name of the sequence has to be known", NULL,
                         "%s of a sequence that is not a constant", name);
    w->constant = false;
    args[0]->sql = sql_lit(w, args[0]->text);
    if (n > 1)
        TD_TRY(lw_cast(w, args[1], TD_TYPE(TD_T_INT8), TD_CAST_IMPLICIT));
    td_buf_init(&b, w->a);
    td_buf_printf(&b, "pg_%s(", name);
    add_list(&b, args, 0, n);
    td_buf_char(&b, ')');
    *out = ex_of(td_buf_str(&b), TD_TYPE(TD_T_INT8), PREC_ATOM);
    return TD_OK;
}

static void add_name(struct td_buf *b, const char *name)
{
    if (td_name_is_plain(name, strlen(name)))
        td_buf_add(b, name);
    else
        td_buf_ident(b, name);
}

/* pg_get_serial_sequence('t', 'c') is known before anything runs. */
static int owned_sequence(struct lw *w, struct ex **args, int loc, struct ex *out)
{
    struct td_buf b;
    if (args[0]->text == NULL || args[1]->text == NULL)
        return TD_ENOTFOUND;
    const struct td_sequence *s = td_draw_owned(w->l->catalog, args[0]->text, args[1]->text);
    if (s == NULL) {
        *out = lw_null(TD_TYPE(TD_T_TEXT));
        return TD_OK;
    }
    td_buf_init(&b, w->a);
    add_name(&b, s->schema);
    td_buf_char(&b, '.');
    add_name(&b, s->name);
    return lw_fold(w, td_buf_str(&b), TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT, loc, out);
}

/* enum_range(NULL::e), enum_first(), enum_last(): the labels as the type has them now. */
static int enum_labels(struct lw *w, const char *name, struct ex **args, int loc, struct ex *out)
{
    struct td_type t = td_type_base(args[0]->type);
    if (t.kind != TD_T_ENUM || t.dims > 0 || t.user->labels.len == 0)
        return TD_ENOTFOUND;
    size_t n = t.user->labels.len;
    struct ex **labels = td_arena_alloc(w->a, n * sizeof *labels);
    for (size_t i = 0; i < n; i++) {
        labels[i] = td_arena_new(w->a, struct ex);
        *labels[i] = ex_of(sql_lit(w, t.user->labels.at[i]), t, PREC_ATOM);
        labels[i]->text = t.user->labels.at[i];
    }
    if (strcmp(name, "enum_range") == 0)
        return lw_fold(w, lw_literal_array(w, labels, n), array_of(t), TD_CAST_EXPLICIT, loc, out);
    *out = *labels[strcmp(name, "enum_first") == 0 ? 0 : n - 1];
    return TD_OK;
}

/* extract(epoch from now()) in schema text: seconds, as stock SQLite counts them. */
static bool epoch_of_now(struct lw *w, struct ex *const *args, size_t n, struct ex *out)
{
    if (!is_schema(w) || n != 2 || args[0]->text == NULL || strcasecmp(args[0]->text, "epoch") != 0 || !args[1]->now ||
        args[1]->shift != NULL)
        return false;
    *out = ex_of("round((julianday('now') - 2440587.5) * 86400.0, 3)", TD_TYPE(TD_T_FLOAT8), PREC_ATOM);
    return true;
}

static int special(struct lw *w, const char *name, struct ex **args, size_t n, int loc, struct ex *out)
{
    bool schema = is_schema(w);
    if (n == 0 && (strcmp(name, "now") == 0 || strcmp(name, "transaction_timestamp") == 0 ||
                   strcmp(name, "statement_timestamp") == 0 || strcmp(name, "clock_timestamp") == 0)) {
        if (!schema && name[0] != 'n' && name[0] != 't')
            return TD_ENOTFOUND;
        *out = lw_now(w, TD_TYPE(TD_T_TIMESTAMPTZ));
        return TD_OK;
    }
    if (n == 0 && (strcmp(name, "gen_random_uuid") == 0 || strcmp(name, "uuid_generate_v4") == 0)) {
        w->constant = false;
        *out = ex_of(schema ? uuid_stock : "pg_gen_random_uuid()", TD_TYPE(TD_T_UUID), PREC_ATOM);
        return TD_OK;
    }
    if (!schema && strcmp(name, "get_bit") == 0 && n == 2 && lw_is_bits(td_type_base(args[0]->type)) &&
        td_type_is_integer(&args[1]->type)) {
        *out = ex_fmt(w, TD_TYPE(TD_T_INT4), PREC_ATOM, "pg_get_bit(%s, %s)", args[0]->sql, args[1]->sql);
        return TD_OK;
    }
    if (n == 1 && (strcmp(name, "quote_literal") == 0 || strcmp(name, "quote_nullable") == 0) &&
        !ex_is_unknown(args[0]))
        TD_TRY(lw_cast(w, args[0], TD_TYPE(TD_T_TEXT), TD_CAST_EXPLICIT)); /* both take anything */
    if (strcmp(name, "octet_length") == 0 && n == 1 && ex_is(args[0], TD_T_BPCHAR))
        args[0]->type = TD_TYPE(TD_T_TEXT); /* its blanks count here */
    if (schema && strcmp(name, "array_length") == 0 && n == 2 &&
        (args[1]->text == NULL || strcmp(args[1]->text, "1") != 0))
        return lw_stock(w, loc, "array_length() of other than the first dimension");
    if (strcmp(name, "num_nonnulls") == 0 || strcmp(name, "num_nulls") == 0)
        return num_nulls(w, args, n, name[4] == 'n' && name[5] == 'u', out);
    if (strcmp(name, "pg_get_serial_sequence") == 0 && n == 2 && w->l->catalog != NULL)
        return owned_sequence(w, args, loc, out);
    if (n == 1 && strncmp(name, "enum_", 5) == 0 &&
        (strcmp(name + 5, "range") == 0 || strcmp(name + 5, "first") == 0 || strcmp(name + 5, "last") == 0))
        return enum_labels(w, name, args, loc, out);
    if (strcmp(name, "nextval") == 0 || strcmp(name, "setval") == 0 || strcmp(name, "currval") == 0)
        return sequence_call(w, name, args, n, loc, out);
    if ((strcmp(name, "extract") == 0 || strcmp(name, "date_part") == 0) && epoch_of_now(w, args, n, out))
        return TD_OK;
    if (schema && strcmp(name, "encode") == 0 && n == 2 && args[1]->text != NULL && strcmp(args[1]->text, "hex") == 0) {
        TD_TRY(lw_cast(w, args[0], TD_TYPE(TD_T_BYTEA), TD_CAST_IMPLICIT));
        *out = ex_of(td_arena_printf(w->a, "CASE WHEN %s IS NOT NULL THEN lower(hex(%s)) END",
                                     ex_in(w, args[0], PREC_CMP), args[0]->sql),
                     TD_TYPE(TD_T_TEXT), PREC_ATOM);
        return TD_OK;
    }
    if (strcmp(name, "timezone") == 0 && n == 2 && args[0]->text != NULL && strcasecmp(args[0]->text, "utc") == 0 &&
        (args[1]->type.kind == TD_T_TIMESTAMPTZ || args[1]->type.kind == TD_T_TIMESTAMP)) {
        *out = *args[1];
        return lw_cast(w, out, TD_TYPE(out->type.kind == TD_T_TIMESTAMP ? TD_T_TIMESTAMPTZ : TD_T_TIMESTAMP),
                       TD_CAST_EXPLICIT);
    }
    return TD_ENOTFOUND;
}

/* Does a row of the table take just these types? */
static bool is_shadowed(struct lw *w, const struct td_function *f)
{
    struct ex *types = td_arena_alloc(w->a, (lw_parameters(f) + 1) * sizeof *types);
    struct ex **at = td_arena_alloc(w->a, (lw_parameters(f) + 1) * sizeof *at);
    for (size_t i = 0; i < lw_parameters(f); i++) {
        at[i] = &types[i];
        types[i] = ex_of("", TD_TYPE(TD_T_TEXT), PREC_ATOM);
        if (lw_parameter_type(w, f, i, &types[i].type) != TD_OK)
            return false;
    }
    for (size_t i = 0; i < lw_n_functions; i++)
        if (strcmp(lw_functions[i].name, f->name) == 0 && row_fits(&lw_functions[i], at, lw_parameters(f), true))
            return true;
    return false;
}

/* Functions of extensions, not of pg_catalog: they are found in any schema, and one of the project's goes before. */
static bool of_extension(const char *name)
{
    static const char *const names[] = {"uuid_generate_v4", "digest", "hmac", "gen_random_bytes"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool is_special(const char *name)
{
    static const char *const names[] = {"abs",
                                        "concat",
                                        "concat_ws",
                                        "currval",
                                        "degrees",
                                        "enum_first",
                                        "enum_last",
                                        "enum_range",
                                        "format",
                                        "mod",
                                        "nextval",
                                        "radians",
                                        "num_nulls",
                                        "num_nonnulls",
                                        "setval",
                                        "json_build_array",
                                        "json_build_object",
                                        "jsonb_build_array",
                                        "jsonb_build_object",
                                        "pg_get_serial_sequence"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* A function of the project with the name of one of PostgreSQL's, which goes before where both take the same types;
 * where they do not, the types of the arguments decide, in ways that are not followed here. */
static int check_ambiguous(struct lw *w, const char *name, struct ex **args, size_t n, int loc)
{
    const struct td_function *f = n == 0 ? NULL : lw_own_function(w, NULL, name, n);
    bool typed = true, known, takes = f != NULL && f->node != NULL;
    bool fits_row = find_row(name, args, n, &known) != NULL;
    if (!takes || is_shadowed(w, f) || (known ? !fits_row : !is_special(name)))
        return TD_OK;
    for (size_t i = 0; i < n; i++) {
        struct td_type t;
        typed = typed && !ex_is_unknown(args[i]);
        TD_TRY(lw_parameter_type(w, f, i, &t));
        takes = takes && (t.kind == TD_T_OTHER || lw_castable(args[i]->type, t, TD_CAST_IMPLICIT));
    }
    for (size_t i = 0; typed && i < lw_n_functions; i++)
        if (strcmp(lw_functions[i].name, name) == 0 && row_fits(&lw_functions[i], args, n, true))
            return TD_OK;
    if (!takes)
        return TD_OK;
    return lw_refuse(w, TD_C_LOWER_FUNCTION, loc, "which one PostgreSQL takes hangs on the types of the arguments",
                     "Write its schema before the name.", "%s is a function of PostgreSQL's and one of the project's",
                     name);
}

/* Time zones depend on a database that SQLite does not have; to_char and the like on text alone. */
static int unknown_function(struct lw *w, const char *name, struct ex **args, size_t n, bool known, int loc,
                            struct ex *out)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    for (size_t i = 0; i < n; i++)
        td_buf_printf(&b, "%s%s", i == 0 ? "" : ", ",
                      args[i]->type.kind == TD_T_UNKNOWN ? "unknown" : type_name(w, args[i]->type));
    if (w->l->catalog != NULL && td_catalog_function(w->l->catalog, NULL, name) != NULL)
        return lw_inline(w, NULL, name, args, n, loc, out);
    if (known)
        return lw_error(w, "42883", loc, "function %s(%s) does not exist", name, td_buf_str(&b));
    return lw_refuse(w, TD_C_LOWER_FUNCTION, loc, "SQLite has no function with the same result", NULL,
                     "the function %s(%s) is not carried", name, td_buf_str(&b));
}

/* citext brings these of its own, which ignore case. */
static int ignores_case(struct lw *w, const char *name, struct ex **args, size_t n, int loc)
{
    static const char *const own[] = {
        "regexp_match",          "regexp_matches", "regexp_replace", "replace",  "regexp_split_to_array",
        "regexp_split_to_table", "strpos",         "split_part",     "translate"};
    for (size_t i = 0; n > 0 && ex_is(args[0], TD_T_CITEXT) && i < sizeof own / sizeof own[0]; i++)
        if (strcmp(own[i], name) == 0)
            return lw_refuse(w, TD_C_LOWER_FUNCTION, loc, "of citext it ignores case on PostgreSQL",
                             "Cast the value to text.", "the function %s(citext, ...) is not carried", name);
    return TD_OK;
}

int lw_call_args(struct lw *w, const char *name, struct ex **args, size_t n, int loc, struct ex *out)
{
    struct td_type array;
    const struct lw_function *r;
    const char *template;
    bool known;
    TD_TRY(ignores_case(w, name, args, n, loc));
    int rc = lw_number_call(w, name, args, n, loc, out);
    if (rc == TD_ENOTFOUND)
        rc = special(w, name, args, n, loc, out);
    if (rc == TD_ENOTFOUND && is_schema(w))
        rc = lw_stock_time(w, name, args, n, loc, out);
    if (rc == TD_ENOTFOUND && is_schema(w))
        rc = lw_stock_text(w, name, args, n, out);
    if (rc == TD_ENOTFOUND)
        rc = variadic(w, name, args, n, loc, out);
    if (rc != TD_ENOTFOUND)
        return rc;
    r = find_row(name, args, n, &known);
    if (r == NULL)
        return unknown_function(w, name, args, n, known, loc, out);
    if (n > 1 && (strncmp(name, "regexp_", 7) == 0 || (strcmp(name, "substring") == 0 && strcmp(r->args, "tt") == 0)))
        TD_TRY(lw_check_regex(w, args[1]));
    array = array_type(r, args, n);
    TD_TRY(cast_args(w, r, args, n, array));
    if (r->query == NULL && r->result[0] == 'n')
        return lw_refuse(w, TD_C_LOWER_FUNCTION, loc, "PostgreSQL computes all digits of a numeric there",
                         "Cast the argument to double precision.", "%s() of a numeric is not carried", name);
    if (r->query == NULL)
        return lw_refuse(w, TD_C_LOWER_FUNCTION, loc, "SQLite has no function with the same result", NULL,
                         "%s() of %s is not carried", name, type_name(w, args[0]->type));
    template = is_schema(w) ? r->stock : r->query;
    if (template == NULL)
        return lw_stock(w, loc, td_arena_printf(w->a, "%s()", name));
    if (lw_calls_volatile(template))
        w->constant = false;
    *out = ex_of(fill(w, r, template, args, n, array), result_type(r, args, array), PREC_ATOM);
    out->prec = stock_prec(out->sql);
    out->loc = loc;
    return TD_OK;
}

/* The one function that is called with its arguments named. */
static int make_interval(struct lw *w, const PgQuery__FuncCall *c, struct ex *out)
{
    static const char *const names[] = {"years", "months", "weeks", "days", "hours", "mins", "secs"};
    const char *values[] = {"0", "0", "0", "0", "0", "0", "0.0"};
    if (is_schema(w))
        return lw_stock(w, c->location, "make_interval()");
    for (size_t i = 0; i < c->n_args; i++) {
        const PgQuery__Node *arg = c->args[i];
        size_t at = i;
        struct ex e;
        if (arg->node_case == PG_QUERY__NODE__NODE_NAMED_ARG_EXPR) {
            for (at = 0; at < 7 && strcmp(names[at], arg->named_arg_expr->name) != 0;)
                at++;
            arg = arg->named_arg_expr->arg;
        }
        if (at >= 7)
            return lw_error(w, "42883", c->location, "function make_interval has no such argument");
        TD_TRY(lw_expr_to(w, arg, TD_TYPE(at == 6 ? TD_T_FLOAT8 : TD_T_INT4), TD_CAST_IMPLICIT, &e));
        values[at] = e.sql;
    }
    *out = ex_of(td_arena_printf(w->a, "pg_make_interval(%s, %s, %s, %s, %s, %s, %s)", values[0], values[1], values[2],
                                 values[3], values[4], values[5], values[6]),
                 TD_TYPE(TD_T_INTERVAL), PREC_ATOM);
    return TD_OK;
}

static bool is_instant(const struct ex *e)
{
    return ex_is(e, TD_T_TIMESTAMP) || ex_is(e, TD_T_TIMESTAMPTZ);
}

/* extract(epoch from a - b), and its day, in schema text, where an interval cannot be; TD_ENOTFOUND: something else. */
static int part_of_difference(struct lw *w, const char *name, const PgQuery__FuncCall *c, struct ex *out)
{
    const PgQuery__AExpr *minus;
    struct ex field, a, b;
    if (!is_schema(w) || c->n_args != 2 || (strcmp(name, "extract") != 0 && strcmp(name, "date_part") != 0) ||
        c->args[1]->node_case != PG_QUERY__NODE__NODE_A_EXPR)
        return TD_ENOTFOUND;
    minus = c->args[1]->a_expr;
    if (minus->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || minus->lexpr == NULL ||
        strcmp(td_tree_name(minus->name, minus->n_name, NULL), "-") != 0)
        return TD_ENOTFOUND;
    TD_TRY(lw_expr(w, c->args[0], &field));
    TD_TRY(lw_expr(w, minus->lexpr, &a));
    TD_TRY(lw_expr(w, minus->rexpr, &b));
    if (field.text == NULL || !is_instant(&a) || !is_instant(&b))
        return TD_ENOTFOUND;
    if (strcasecmp(field.text, "day") == 0)
        return lw_stock_whole_days(w, strcmp(name, "extract") == 0, &a, &b, out);
    if (strcasecmp(field.text, "epoch") != 0)
        return TD_ENOTFOUND;
    return lw_stock_seconds_between(w, strcmp(name, "extract") == 0, &a, &b, out);
}

/* Of another schema than PostgreSQL's own, or of the project in place of an extension's. */
static bool is_own(const struct lw *w, const PgQuery__FuncCall *c, const char *schema, const char *name)
{
    if (of_extension(name) || (schema != NULL && strcmp(name, "gen_random_uuid") == 0)) /* pgcrypto has it, too */
        return w->l->catalog != NULL && td_catalog_function(w->l->catalog, schema, name) != NULL;
    if (schema == NULL && c->n_args > 1 && lw_is_aggregate(name) && lw_own_function(w, NULL, name, c->n_args) != NULL)
        return true; /* no aggregate takes as many, most of them */
    return td_tree_builtin(c)[0] == '\0';
}

static int own_call(struct lw *w, const PgQuery__FuncCall *c, const char *schema, const char *name, struct ex *out)
{
    struct ex **args;
    size_t n;
    if (w->l->catalog == NULL || td_catalog_function(w->l->catalog, schema, name) == NULL)
        return lw_refuse(w, TD_C_LOWER_FUNCTION, c->location, "no migration has made it", NULL,
                         "the function %s.%s is not carried", schema, name);
    if (c->over != NULL || c->func_variadic || c->agg_star || c->agg_distinct || c->agg_filter != NULL)
        return lw_refuse(w, TD_C_LOWER_FUNCTION, c->location, "SQLite has no aggregate or variadic function of it",
                         NULL, "the function %s.%s is not carried in this form", schema == NULL ? "public" : schema,
                         name);
    TD_TRY(lw_arguments(w, schema, name, c, &args, &n));
    return lw_inline(w, schema, name, args, n, c->location, out);
}

int lw_call(struct lw *w, const PgQuery__FuncCall *c, struct ex *out)
{
    const char *schema, *name = td_tree_name(c->funcname, c->n_funcname, &schema);
    struct ex **args;
    size_t n;
    int rc;
    if (is_own(w, c, schema, name))
        return own_call(w, c, schema, name, out);
    if (c->over != NULL || lw_is_aggregate(name) || c->agg_within_group)
        return lw_aggregate(w, name, c, out);
    if (c->func_variadic)
        return lw_refuse(w, TD_C_LOWER_FUNCTION, c->location, "SQLite has no VARIADIC", NULL,
                         "VARIADIC is not carried");
    if (strcmp(name, "row_to_json") == 0 || strcmp(name, "to_json") == 0 || strcmp(name, "to_jsonb") == 0) {
        const struct scope_rel *r = c->n_args == 1 ? lw_whole_row(w, c->args[0]) : NULL;
        if (r != NULL)
            return lw_row_json(w, r, strcmp(name, "to_jsonb") == 0, c->location, out);
        const PgQuery__SubLink *inside = c->n_args == 1 ? lw_row_of_query(w, c) : NULL;
        if (inside != NULL)
            return lw_sub_link(w, inside, out);
    }
    if (strcmp(name, "make_interval") == 0)
        return make_interval(w, c, out);
    if (lw_random_md5(w, name, c, out))
        return TD_OK;
    rc = part_of_difference(w, name, c, out);
    if (rc != TD_ENOTFOUND)
        return rc;
    if (strstr(name, "_build_") != NULL && strncmp(name, "json", 4) == 0) {
        n = c->n_args;
        TD_TRY(lw_json_parts(w, c, strncmp(name, "jsonb", 5) == 0, &args));
    } else {
        TD_TRY(lw_arguments(w, NULL, name, c, &args, &n));
    }
    if (schema == NULL)
        TD_TRY(check_ambiguous(w, name, args, n, c->location));
    return lw_call_args(w, name, args, n, c->location, out);
}
