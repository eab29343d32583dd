/* Aggregates and window functions. */
#include <string.h>

#include "core/sql/lower_impl.h"

static const char *const aggregates[] = {"count",
                                         "sum",
                                         "avg",
                                         "min",
                                         "max",
                                         "string_agg",
                                         "array_agg",
                                         "json_agg",
                                         "jsonb_agg",
                                         "json_object_agg",
                                         "jsonb_object_agg",
                                         "bool_and",
                                         "bool_or",
                                         "every",
                                         "bit_and",
                                         "bit_or"};

bool lw_is_aggregate(const char *name)
{
    for (size_t i = 0; i < sizeof aggregates / sizeof aggregates[0]; i++) {
        if (strcmp(aggregates[i], name) == 0)
            return true;
    }
    return false;
}

/* What is called, with how many of the arguments; `more` follows them. */
struct call {
    const char *name, *more;
    struct td_type type;
    bool native_sum;                   /* stock: of a numeric as whole numbers, brought back to its type */
    bool as_text;                      /* stock: the result of an integer sum, as the text of a numeric */
    const struct td_user_type *labels; /* min, max of an enum: the result is the place of one of these */
};

static int number_aggregate(struct lw *w, const char *name, struct ex **args, int loc, struct call *out)
{
    struct td_type t = td_type_base(args[0]->type);
    bool sum = strcmp(name, "sum") == 0;
    bool small = t.kind == TD_T_INT2 || t.kind == TD_T_INT4;
    bool floating = t.kind == TD_T_FLOAT4 || t.kind == TD_T_FLOAT8;
    if (t.kind == TD_T_INTERVAL && sum) {
        *out = (struct call){.name = "pg_sum_interval", .more = "", .type = TD_TYPE(TD_T_INTERVAL)};
        return is_schema(w) ? lw_stock(w, loc, "the sum of intervals") : TD_OK;
    }
    if (t.dims == 0 && (t.kind == TD_T_INTERVAL || t.kind == TD_T_TIME))
        return lw_refuse(w, TD_C_LOWER_FUNCTION, loc, "SQLite has no such aggregate", NULL, "%s(%s) is not carried",
                         name, type_name(w, t));
    if (t.dims > 0 || !td_type_is_number(&t))
        return lw_error(w, "42883", loc, "function %s(%s) does not exist", name, type_name(w, args[0]->type));
    if (t.kind == TD_T_FLOAT4 && sum)
        return lw_refuse(w, TD_C_LOWER_FUNCTION, loc, "PostgreSQL adds them with 24 bits",
                         "Write sum(x::double precision).", "sum(real) is not carried");
    if (t.kind == TD_T_FLOAT4)
        TD_TRY(lw_cast(w, args[0], TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
    if (is_schema(w)) {
        if (floating || (sum && td_type_is_integer(&t))) {
            *out = (struct call){.name = sum ? "sum" : "avg",
                                 .more = "",
                                 .type = TD_TYPE(floating ? TD_T_FLOAT8
                                                 : small  ? TD_T_INT8
                                                          : TD_T_NUMERIC),
                                 .as_text = sum && !small && !floating};
            return TD_OK;
        }
        *out = (struct call){.name = "sum", .more = "", .native_sum = true};
        if (sum && lw_native_sum(w, args[0], &args[0]->sql, &out->type))
            return TD_OK;
        return lw_stock(w, loc, td_arena_printf(w->a, "%s of %s", name, type_name(w, t)));
    }
    if (floating)
        *out = (struct call){.name = sum ? "pg_sum_float" : "pg_avg_float", .more = "", .type = TD_TYPE(TD_T_FLOAT8)};
    else if (sum && small)
        *out = (struct call){.name = "pg_sum_int", .more = "", .type = TD_TYPE(TD_T_INT8)};
    else
        *out =
            (struct call){.name = sum ? "pg_sum_numeric" : "pg_avg_numeric", .more = "", .type = TD_TYPE(TD_T_NUMERIC)};
    if (out->type.kind == TD_T_NUMERIC && t.kind == TD_T_NUMERIC)
        return lw_cast(w, args[0], TD_TYPE(TD_T_NUMERIC), TD_CAST_IMPLICIT);
    return TD_OK;
}

static int extreme(struct lw *w, const char *name, struct ex **args, int loc, struct call *out)
{
    struct td_type t = td_type_base(args[0]->type);
    bool text_numeric = t.kind == TD_T_NUMERIC && !td_type_numeric_native(t);
    out->type = ex_is(args[0], TD_T_VARCHAR) ? TD_TYPE(TD_T_TEXT) : t;
    out->more = "";
    out->name = name;
    if (t.kind == TD_T_ENUM && t.dims == 0) {
        out->labels = t.user;
        return lw_sort_key(w, args[0], &args[0]->sql);
    }
    if (t.kind == TD_T_INTERVAL || t.kind == TD_T_JSONB || lw_is_inet(t) || t.dims > 0)
        return lw_refuse(w, TD_C_LOWER_FUNCTION, loc, "SQLite orders these values by their text", NULL,
                         "%s of %s is not carried", name, type_name(w, t));
    if (text_numeric && is_schema(w))
        return lw_stock(w, loc, td_arena_printf(w->a, "%s of a numeric that is stored as text", name));
    if (text_numeric)
        out->name = name[1] == 'i' ? "pg_min_numeric" : "pg_max_numeric";
    return TD_OK;
}

/* json_agg() begins a line before each further array or row; see json_value_body() of the driver. */
#define NEW_LINE "char(30) || "

static int collecting(struct lw *w, const char *name, struct ex **args, size_t n, int loc, struct call *out)
{
    bool binary = strncmp(name, "jsonb", 5) == 0;
    if (is_schema(w) && strcmp(name, "string_agg") != 0)
        return lw_stock(w, loc, name);
    if (strcmp(name, "string_agg") == 0) {
        for (size_t i = 0; i < n; i++)
            TD_TRY(lw_cast(w, args[i], TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT));
        *out = (struct call){
            .name = is_schema(w) ? "group_concat" : "pg_string_agg", .more = "", .type = TD_TYPE(TD_T_TEXT)};
        return TD_OK;
    }
    for (size_t i = 0; i < n; i++)
        TD_TRY(lw_shows_digits(w, args[i]));
    if (strcmp(name, "array_agg") == 0) {
        struct td_type t = args[0]->type;
        if (t.dims > 0)
            return lw_refuse(w, TD_C_LOWER_FUNCTION, loc, "PostgreSQL wants arrays of one size, and none empty", NULL,
                             "array_agg(%s) is not carried", type_name(w, t));
        *out = (struct call){
            .name = "pg_array_agg", .more = td_arena_printf(w->a, ", %s", type_lit(w, t)), .type = array_of(t)};
        out->type.mod1 = out->type.mod2 = -1;
        return TD_OK;
    }
    for (size_t i = 0; i < n; i++) {
        bool key = n == 2 && i == 0;
        if (strncmp(args[i]->sql, NEW_LINE, strlen(NEW_LINE)) == 0) /* a row, which is JSON already */
            continue;
        args[i]->sql = td_arena_printf(w->a, "%s(%s, %s)",
                                       key      ? "pg_out"
                                       : binary ? "pg_to_jsonb"
                                                : "pg_to_json",
                                       args[i]->sql, type_lit(w, args[i]->type));
        if (strcmp(name, "json_agg") == 0 && args[i]->type.dims > 0)
            args[i]->sql = td_arena_printf(w->a, NEW_LINE "%s", args[i]->sql);
    }
    *out = (struct call){
        .name = td_arena_printf(w->a, "pg_%s", name), .more = "", .type = TD_TYPE(binary ? TD_T_JSONB : TD_T_JSON)};
    return TD_OK;
}

static int aggregate(struct lw *w, const char *name, struct ex **args, size_t n, int loc, struct call *out)
{
    *out = (struct call){.name = name, .more = "", .type = TD_TYPE(TD_T_INT8)};
    for (size_t i = 0; i < n; i++)
        TD_TRY(lw_settle(w, args[i]));
    if (n > 2 || (n == 2 && strstr(name, "string_agg") == NULL && strstr(name, "object_agg") == NULL))
        return lw_error(w, "42883", loc, "function %s of %zu arguments does not exist", name, n);
    if (strcmp(name, "count") == 0)
        return TD_OK;
    if (n == 0)
        return lw_error(w, "42883", loc, "function %s() does not exist", name);
    if (strcmp(name, "sum") == 0 || strcmp(name, "avg") == 0)
        return number_aggregate(w, name, args, loc, out);
    if (strcmp(name, "min") == 0 || strcmp(name, "max") == 0)
        return extreme(w, name, args, loc, out);
    if (strncmp(name, "bit_", 4) == 0) {
        *out = (struct call){.name = td_arena_printf(w->a, "pg_%s", name), .more = "", .type = args[0]->type};
        return is_schema(w) ? lw_stock(w, loc, name) : TD_OK;
    }
    if (strncmp(name, "bool_", 5) == 0 || strcmp(name, "every") == 0) {
        bool all = strcmp(name, "bool_or") != 0;
        TD_TRY(lw_cast(w, args[0], TD_TYPE(TD_T_BOOL), TD_CAST_IMPLICIT));
        *out = (struct call){.name = all ? "min" : "max", .more = "", .type = TD_TYPE(TD_T_BOOL)};
        return TD_OK;
    }
    return collecting(w, name, args, n, loc, out);
}

/* Functions that exist only OVER a window; SQLite has them all. */
static int window_function(struct lw *w, const char *name, struct ex **args, size_t n, int loc, struct call *out)
{
    static const char *const ranks[] = {"row_number", "rank", "dense_rank", "ntile"};
    static const char *const values[] = {"lag", "lead", "first_value", "last_value", "nth_value"};
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(name, ranks[i]) == 0) {
            *out = (struct call){.name = name, .more = "", .type = TD_TYPE(i == 3 ? TD_T_INT4 : TD_T_INT8)};
            return TD_OK;
        }
    }
    if (strcmp(name, "percent_rank") == 0 || strcmp(name, "cume_dist") == 0) {
        *out = (struct call){.name = name, .more = "", .type = TD_TYPE(TD_T_FLOAT8)};
        return TD_OK;
    }
    for (size_t i = 0; i < 5 && n > 0; i++) {
        if (strcmp(name, values[i]) == 0) {
            struct ex *both[] = {args[0], args[n - 1]};
            struct td_type t;
            TD_TRY(lw_settle(w, args[0]));
            if (n == 3)
                TD_TRY(lw_unify(w, both, 2, name, &t));
            *out = (struct call){.name = name, .more = "", .type = args[0]->type};
            return TD_OK;
        }
    }
    return lw_refuse(w, TD_C_LOWER_FUNCTION, loc, "SQLite has no such window function", NULL,
                     "the function %s is not carried over a window", name);
}

/* --- OVER --- */

enum { RANGE = 2, ROWS = 4, GROUPS = 8, BETWEEN = 16, NONDEFAULT = 1 };

static int frame_bound(struct lw *w, int options, bool start, const PgQuery__Node *offset, struct td_buf *out)
{
    static const struct {
        int start, end;
        const char *text;
        bool offset;
    } bounds[] = {{0x20, 0x40, "UNBOUNDED PRECEDING", false},
                  {0x80, 0x100, "UNBOUNDED FOLLOWING", false},
                  {0x200, 0x400, "CURRENT ROW", false},
                  {0x800, 0x1000, "PRECEDING", true},
                  {0x2000, 0x4000, "FOLLOWING", true}};
    for (size_t i = 0; i < 5; i++) {
        struct ex e;
        if ((options & (start ? bounds[i].start : bounds[i].end)) == 0)
            continue;
        if (bounds[i].offset) {
            TD_TRY(lw_expr(w, offset, &e));
            if (!td_type_is_integer(&e.type))
                return lw_refuse(w, TD_C_LOWER_CLAUSE, e.loc, "SQLite takes numbers only", NULL,
                                 "a window frame by an interval is not carried");
            td_buf_printf(out, "%s ", e.sql);
        }
        td_buf_add(out, bounds[i].text);
    }
    return TD_OK;
}

static int frame(struct lw *w, const PgQuery__WindowDef *d, struct td_buf *out)
{
    int o = d->frame_options;
    if ((o & NONDEFAULT) == 0)
        return TD_OK;
    td_buf_printf(out, " %s ", (o & ROWS) != 0 ? "ROWS" : (o & GROUPS) != 0 ? "GROUPS" : "RANGE");
    if ((o & BETWEEN) != 0)
        td_buf_add(out, "BETWEEN ");
    TD_TRY(frame_bound(w, o, true, d->start_offset, out));
    if ((o & BETWEEN) != 0) {
        td_buf_add(out, " AND ");
        TD_TRY(frame_bound(w, o, false, d->end_offset, out));
    }
    td_buf_add(out, (o & 0x8000) != 0    ? " EXCLUDE CURRENT ROW"
                    : (o & 0x10000) != 0 ? " EXCLUDE GROUP"
                    : (o & 0x20000) != 0 ? " EXCLUDE TIES"
                                         : "");
    return TD_OK;
}

/* `rows`: what is called looks at single rows, so that those that are equal in order are told apart: by their places.
 */
static int window_order(struct lw *w, const PgQuery__WindowDef *d, bool rows, struct td_buf *out)
{
    struct td_strings places = {0};
    struct td_buf order;
    td_buf_init(&order, w->a);
    TD_TRY(lw_sort(w, d->order_clause, d->n_order_clause, NULL, &order));
    if (rows)
        lw_stored_places(w, &places);
    for (size_t i = 0; i < places.len; i++)
        td_buf_printf(&order, "%s%s", order.len == 0 ? "" : ", ", places.at[i]);
    if (order.len > 0)
        td_buf_printf(out, " ORDER BY %s", td_buf_str(&order));
    return TD_OK;
}

static int window(struct lw *w, const PgQuery__WindowDef *d, bool rows, struct td_buf *out)
{
    bool by_name = d->name != NULL && d->name[0] != '\0';
    if (by_name && d->n_partition_clause == 0 && d->n_order_clause == 0 && (d->frame_options & NONDEFAULT) == 0) {
        td_buf_ident(out, d->name);
        return TD_OK;
    }
    td_buf_char(out, '(');
    if (d->refname != NULL && d->refname[0] != '\0')
        td_buf_ident(out, d->refname);
    for (size_t i = 0; i < d->n_partition_clause; i++) {
        struct ex e;
        const char *key;
        TD_TRY(lw_expr(w, d->partition_clause[i], &e));
        TD_TRY(lw_group_key(w, &e, &key));
        td_buf_printf(out, "%s%s", i == 0 ? " PARTITION BY " : ", ", key);
    }
    TD_TRY(window_order(w, d, rows, out));
    TD_TRY(frame(w, d, out));
    td_buf_char(out, ')');
    return TD_OK;
}

int lw_window(struct lw *w, const PgQuery__WindowDef *d, struct td_buf *out)
{
    return window(w, d, false, out);
}

/* Functions that look at single rows, whatever the frame: the order of equal ones shows, and more of it changes
 * nothing else. */
static bool looks_at_rows(const char *name)
{
    static const char *const names[] = {"row_number", "ntile", "lag", "lead"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The order of the rows matters to these alone. */
static bool collects(const struct call *call)
{
    size_t n = strlen(call->name);
    return strncmp(call->name, "pg_", 3) == 0 && n > 4 && strcmp(call->name + n - 4, "_agg") == 0;
}

/* What the values are told apart by under DISTINCT is taken before the aggregate wraps its arguments. */
static int keyed_aggregate(struct lw *w, const char *name, const PgQuery__FuncCall *c, struct ex **args,
                           const char ***keys, struct call *out)
{
    *keys = td_arena_alloc(w->a, (c->n_args + 1) * sizeof **keys);
    for (size_t i = 0; i < c->n_args; i++) {
        TD_TRY(lw_settle(w, args[i]));
        if (c->agg_distinct)
            TD_TRY(lw_sort_key(w, args[i], &(*keys)[i]));
        if (c->agg_distinct && c->n_args == 1 &&
            (strcmp(name, "count") == 0 || td_type_base(args[i]->type).kind == TD_T_NUMERIC))
            TD_TRY(lw_group_key(w, args[i], &args[i]->sql));
    }
    return aggregate(w, name, args, c->n_args, c->location, out);
}

static bool has_key(const struct td_strings *keys, const char *key)
{
    for (size_t i = 0; i < keys->len; i++) {
        if (strcmp(keys->at[i], key) == 0)
            return true;
    }
    return false;
}

/* ORDER BY and DISTINCT inside the call: ", 'order', keys..." for a collecting aggregate; nothing for the others. */
static int order_of(struct lw *w, const char *name, const PgQuery__FuncCall *c, const struct call *call,
                    const char *const *distinct, const char **out)
{
    struct td_strings keys = {0};
    struct td_buf letters, b;
    *out = "";
    td_buf_init(&letters, w->a);
    td_buf_init(&b, w->a);
    td_buf_add(&letters, c->agg_distinct ? "u" : "");
    for (size_t i = 0; i < c->n_agg_order; i++) {
        const PgQuery__SortBy *s = c->agg_order[i]->sort_by;
        bool desc = s->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
        bool first = s->sortby_nulls == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST ||
                     (s->sortby_nulls != PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_LAST && desc);
        const char *key;
        struct ex e;
        TD_TRY(lw_expr(w, s->node, &e));
        TD_TRY(lw_settle(w, &e));
        TD_TRY(lw_sort_key(w, &e, &key));
        td_buf_printf(&letters, "%c%c", desc ? 'd' : 'a', first ? 'f' : 'l');
        /* a collation does not reach the aggregate */
        td_strings_add(w->a, &keys,
                       td_type_base(e.type).kind == TD_T_CITEXT ? td_arena_printf(w->a, "lower(%s)", e.sql) : key);
    }
    if (!collects(call)) {
        if (is_schema(w) && strcmp(call->name, "group_concat") == 0 && (keys.len > 0 || c->agg_distinct))
            return lw_stock(w, c->location, td_arena_printf(w->a, "ORDER BY or DISTINCT inside %s", name));
        return TD_OK;
    }
    for (size_t i = 0; c->agg_distinct && i < c->n_args; i++) {
        if (has_key(&keys, distinct[i]))
            continue;
        if (c->n_agg_order > 0 && i == 0)
            return lw_error(w, "42P10", c->location,
                            "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list");
        td_buf_add(&letters, "al");
        td_strings_add(w->a, &keys, distinct[i]);
    }
    if (!c->agg_distinct && c->over == NULL)
        lw_stored_places(w, &keys);
    for (size_t i = letters.len / 2; i < keys.len; i++)
        td_buf_add(&letters, "al");
    if (keys.len == 0)
        return TD_OK;
    td_buf_printf(&b, ", '%s'", td_buf_str(&letters));
    for (size_t i = 0; i < keys.len; i++)
        td_buf_printf(&b, ", %s", keys.at[i]);
    *out = td_buf_str(&b);
    return TD_OK;
}

/* `order`: what stands behind the arguments when the rows are ordered; the function is then the one ending in _by. */
static void print_call(const PgQuery__FuncCall *c, const struct call *call, struct ex *const *args, const char *order,
                       struct td_buf *b)
{
    bool ordered = order[0] != '\0';
    td_buf_printf(b, "%s%s(%s", call->name, ordered ? "_by" : "", c->agg_distinct && !ordered ? "DISTINCT " : "");
    if (c->agg_star)
        td_buf_char(b, '*');
    for (size_t i = 0; i < c->n_args; i++)
        td_buf_printf(b, "%s%s", i == 0 ? "" : ", ", args[i]->sql);
    td_buf_printf(b, "%s%s)", call->more, order);
}

/* The place of a label becomes the label. */
static void label_at(struct lw *w, const struct td_user_type *u, struct ex *e)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    td_buf_printf(&b, "CASE %s", e->sql);
    for (size_t i = 0; i < u->labels.len; i++)
        td_buf_printf(&b, " WHEN %zu THEN %s", i + 1, sql_lit(w, u->labels.at[i]));
    td_buf_add(&b, " END");
    e->sql = td_buf_str(&b);
}

/* What a function gives has no length, digits or scale of its own; stock SQLite's numbers keep what says how they are
 * stored. */
static int unsized(struct lw *w, struct ex *e)
{
    struct td_type t = e->type;
    if (t.kind == TD_T_NUMERIC && td_type_numeric_native(t))
        return is_schema(w) ? TD_OK : lw_cast(w, e, TD_TYPE(TD_T_NUMERIC), TD_CAST_IMPLICIT);
    if (t.kind != TD_T_DOMAIN && t.kind != TD_T_ENUM)
        e->type.mod1 = e->type.mod2 = -1;
    return TD_OK;
}

/* A whole row: count() asks whether there is one, what makes JSON takes it as an object. */
static int row_argument(struct lw *w, const char *name, const PgQuery__FuncCall *c, const struct scope_rel *r,
                        struct ex *out)
{
    const char *marker;
    if (c->agg_distinct || (strcmp(name, "count") != 0 && strncmp(name, "json", 4) != 0))
        return lw_refuse(w, TD_C_LOWER_TYPE, c->location, "SQLite has no rows as values", "Name its columns.",
                         "%s of the row of \"%s\" is not carried", name, r->alias);
    if (strcmp(name, "count") != 0) {
        TD_TRY(lw_row_json(w, r, strncmp(name, "jsonb", 5) == 0, c->location, out));
        if (strcmp(name, "json_agg") == 0)
            out->sql = td_arena_printf(w->a, NEW_LINE "%s", out->sql);
        return TD_OK;
    }
    TD_TRY(lw_row_marker(w, r, c->location, &marker));
    *out = ex_of(marker == NULL ? "1" : marker, TD_TYPE(TD_T_INT8), PREC_ATOM);
    return TD_OK;
}

static int arguments(struct lw *w, const char *name, const PgQuery__FuncCall *c, struct ex ***out)
{
    *out = td_arena_alloc(w->a, (c->n_args + 1) * sizeof **out);
    for (size_t i = 0; i < c->n_args; i++) {
        const struct scope_rel *r = lw_whole_row(w, c->args[i]);
        (*out)[i] = td_arena_new(w->a, struct ex);
        if (r != NULL)
            TD_TRY(row_argument(w, name, c, r, (*out)[i]));
        else
            TD_TRY(lw_expr(w, c->args[i], (*out)[i]));
    }
    return TD_OK;
}

int lw_aggregate(struct lw *w, const char *name, const PgQuery__FuncCall *c, struct ex *out)
{
    struct ex **args;
    struct call call = {0};
    const char **keys = NULL, *order;
    struct td_buf b;
    if (c->agg_within_group)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, c->location, "SQLite has no ordered-set aggregates", NULL,
                         "WITHIN GROUP is not carried");
    TD_TRY(arguments(w, name, c, &args));
    if (lw_is_aggregate(name))
        TD_TRY(keyed_aggregate(w, name, c, args, &keys, &call));
    else
        TD_TRY(window_function(w, name, args, c->n_args, c->location, &call));
    TD_TRY(order_of(w, name, c, &call, keys, &order));
    td_buf_init(&b, w->a);
    print_call(c, &call, args, order, &b);
    if (c->agg_filter != NULL) {
        struct ex f;
        TD_TRY(lw_condition(w, c->agg_filter, TD_COND_TESTED, &f));
        td_buf_printf(&b, " FILTER (WHERE %s)", f.sql);
    }
    if (c->over != NULL) {
        td_buf_add(&b, " OVER ");
        TD_TRY(window(w, c->over, looks_at_rows(name), &b));
    }
    w->constant = false;
    *out = ex_of(td_buf_str(&b), call.type, PREC_ATOM);
    out->loc = c->location;
    if (!call.native_sum)
        TD_TRY(unsized(w, out));
    if (call.labels != NULL)
        label_at(w, call.labels, out);
    if (call.native_sum)
        out->sql = lw_native_sum_value(w, out->sql, call.type);
    if (call.as_text)
        out->sql = td_arena_printf(w->a, "CAST(%s AS TEXT)", out->sql);
    return TD_OK;
}
