/* UNION, INTERSECT and EXCEPT. */
#include <string.h>

#include "core/sql/lower_impl.h"

enum { LONGEST = 400 }; /* SQLite takes 500 terms of one compound SELECT */

struct arm {
    const PgQuery__SelectStmt *select;
    const PgQuery__SelectStmt *operation; /* that joins it to what stands before; NULL: the first */
    struct columns columns;
};

bool lw_is_set_operation(const PgQuery__SelectStmt *s)
{
    return s->op > PG_QUERY__SET_OPERATION__SETOP_NONE;
}

static bool needs_wrapping(const PgQuery__SelectStmt *s)
{
    return lw_is_set_operation(s) || s->n_sort_clause > 0 || s->limit_count != NULL || s->limit_offset != NULL ||
           s->with_clause != NULL || lw_is_distinct_on(s);
}

static const char *set_word(const PgQuery__SelectStmt *s)
{
    switch (s->op) {
    case PG_QUERY__SET_OPERATION__SETOP_UNION: return s->all ? " UNION ALL " : " UNION ";
    case PG_QUERY__SET_OPERATION__SETOP_INTERSECT: return " INTERSECT ";
    default: return " EXCEPT ";
    }
}

/* The types of all arms together, once each arm was looked at for its own. */
static int arms_types(struct lw *w, struct arm *arms, size_t n, const struct td_type *to, size_t n_to,
                      struct td_type **types, size_t *width)
{
    struct ex *probes = td_arena_alloc(w->a, (n + 1) * sizeof *probes),
              **at = td_arena_alloc(w->a, (n + 1) * sizeof *at);
    for (size_t i = 0; i < n; i++) {
        struct td_buf ignored;
        td_buf_init(&ignored, w->a);
        w->keep_unknown = true;
        TD_TRY(lw_select(w, arms[i].select, &ignored, &arms[i].columns));
        w->keep_unknown = false;
        if (arms[i].columns.len != arms[0].columns.len)
            return lw_error(w, "42601", -1, "each UNION query must have the same number of columns");
    }
    *width = arms[0].columns.len;
    *types = td_arena_alloc(w->a, (*width + 1) * sizeof **types);
    for (size_t c = 0; c < *width; c++) {
        bool typed = false;
        for (size_t i = 0; i < n; i++) {
            probes[i] = ex_of("", arms[i].columns.at[c].type, PREC_ATOM);
            typed = typed || probes[i].type.kind != TD_T_UNKNOWN;
            at[i] = &probes[i];
        }
        if (!typed && c < n_to)
            (*types)[c] = to[c];
        else
            TD_TRY(lw_common_type(w, at, n, "UNION", &(*types)[c]));
    }
    return TD_OK;
}

static int print_arm(struct lw *w, const struct arm *arm, const struct td_type *types, size_t width, struct td_buf *out)
{
    struct columns columns = {0};
    struct td_buf b;
    td_buf_init(&b, w->a);
    TD_TRY(lw_select_to(w, arm->select, types, width, &b, &columns));
    td_buf_add(out, arm->operation == NULL ? "" : set_word(arm->operation));
    bool wrap = w->order_shows || needs_wrapping(arm->select);
    td_buf_printf(out, wrap ? "SELECT * FROM (%s)" : "%s", td_buf_str(&b));
    return TD_OK;
}

static void outer_columns(struct lw *w, const struct arm *first, const struct td_type *types, struct columns *out)
{
    for (size_t c = 0; c < first->columns.len; c++) {
        struct scope_column *col = td_vec_add(w->a, out);
        *col = (struct scope_column){.name = first->columns.at[c].name, .type = types[c]};
        col->label = first->columns.at[c].label;
        col->sql = scope_label(w, col);
    }
}

/* --- by keys: where SQLite would not see equal values as equal, and for the forms with ALL that it lacks --- */

/* An arm's query with its results named "_1", "_2", ..., which are added to `names`; their keys, joined, to `keys`. */
static int named_arm(struct lw *w, const struct arm *arm, const struct td_type *types, size_t width, struct td_buf *out)
{
    struct columns columns = {0};
    struct td_buf b;
    td_buf_init(&b, w->a);
    TD_TRY(lw_select_to(w, arm->select, types, width, &b, &columns));
    for (size_t i = 0; i < width; i++)
        td_buf_printf(out, "%s%s AS \"_%zu\"", i == 0 ? "SELECT " : ", ", scope_label(w, &columns.at[i]), i + 1);
    td_buf_printf(out, " FROM (%s)", td_buf_str(&b));
    return TD_OK;
}

static int key_list(struct lw *w, const struct td_type *types, size_t width, const char *names, struct td_buf *out)
{
    for (size_t i = 0; i < width; i++) {
        struct ex e = ex_of(td_arena_printf(w->a, "\"_%zu\"", i + 1), types[i], PREC_ATOM);
        const char *key;
        TD_TRY(lw_group_key(w, &e, &key));
        td_buf_printf(out, "%s%s", i == 0 ? "" : ", ", key);
        if (names != NULL)
            td_buf_printf(out, " AS \"%s%zu\"", names, i + 1);
    }
    return TD_OK;
}

/* INTERSECT and EXCEPT: of the n-th equal row on the left the n-th on the right is the counterpart; without ALL only
 * the first counts, and any row on the right is its counterpart. */
static int matched(struct lw *w, const PgQuery__SelectStmt *operation, const char *left, const char *right,
                   const struct td_type *types, size_t width, struct td_buf *out)
{
    bool all = operation->all, except = operation->op == PG_QUERY__SET_OPERATION__SETOP_EXCEPT;
    struct td_buf keys, l, r;
    td_buf_init(&keys, w->a);
    td_buf_init(&l, w->a);
    td_buf_init(&r, w->a);
    TD_TRY(key_list(w, types, width, NULL, &keys));
    TD_TRY(key_list(w, types, width, "l", &l));
    TD_TRY(key_list(w, types, width, "r", &r));
    for (size_t i = 0; i < width; i++)
        td_buf_printf(out, "%s\"_%zu\"", i == 0 ? "SELECT " : ", ", i + 1);
    td_buf_printf(out, " FROM (SELECT *, %s, row_number() OVER (PARTITION BY %s) AS \"ln\" FROM (%s)) WHERE ",
                  td_buf_str(&l), td_buf_str(&keys), left);
    td_buf_printf(out, "%s%sEXISTS (SELECT 1 FROM (SELECT %s", all ? "" : "\"ln\" = 1 AND ", except ? "NOT " : "",
                  td_buf_str(&r));
    if (all)
        td_buf_printf(out, ", row_number() OVER (PARTITION BY %s) AS \"rn\"", td_buf_str(&keys));
    td_buf_printf(out, " FROM (%s)) WHERE ", right);
    for (size_t i = 0; i < width; i++)
        td_buf_printf(out, "%s\"r%zu\" IS \"l%zu\"", i == 0 ? "" : " AND ", i + 1, i + 1);
    td_buf_add(out, all ? " AND \"rn\" = \"ln\")" : ")");
    return TD_OK;
}

static int united(struct lw *w, const PgQuery__SelectStmt *operation, const char *left, const char *right,
                  const struct td_type *types, size_t width, struct td_buf *out)
{
    struct td_buf keys;
    if (operation->all) {
        td_buf_printf(out, "%s UNION ALL %s", left, right);
        return TD_OK;
    }
    td_buf_init(&keys, w->a);
    TD_TRY(key_list(w, types, width, NULL, &keys));
    td_buf_printf(out, "SELECT * FROM (%s UNION ALL %s) GROUP BY %s", left, right, td_buf_str(&keys));
    return TD_OK;
}

static int combine_by_key(struct lw *w, const struct arm *arms, size_t n, const struct td_type *types, size_t width,
                          struct td_buf *out)
{
    const char *left = NULL;
    for (size_t i = 0; i < n; i++) {
        struct td_buf right, both;
        td_buf_init(&right, w->a);
        td_buf_init(&both, w->a);
        TD_TRY(named_arm(w, &arms[i], types, width, &right));
        if (i > 0)
            TD_TRY((arms[i].operation->op == PG_QUERY__SET_OPERATION__SETOP_UNION ? united : matched)(
                w, arms[i].operation, left, td_buf_str(&right), types, width, &both));
        left = td_buf_str(i == 0 ? &right : &both);
    }
    for (size_t i = 0; i < width; i++)
        td_buf_printf(out, "%s\"_%zu\" AS %s", i == 0 ? "SELECT " : ", ", i + 1,
                      scope_label(w, &arms[0].columns.at[i]));
    td_buf_printf(out, " FROM (%s)", left);
    return TD_OK;
}

static bool only_union_all(const struct arm *arms, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (arms[i].operation->op != PG_QUERY__SET_OPERATION__SETOP_UNION || !arms[i].operation->all)
            return false;
    return true;
}

/* SQLite's own words do where texts are equal for equal values, and there is no ALL that it lacks. */
static bool plain_operations(const struct arm *arms, size_t n, const struct td_type *types, size_t width)
{
    bool plain = true;
    if (only_union_all(arms, n))
        return true;
    for (size_t i = 1; i < n; i++)
        plain = plain && (arms[i].operation->op == PG_QUERY__SET_OPERATION__SETOP_UNION || !arms[i].operation->all);
    for (size_t c = 0; c < width; c++)
        plain = plain && !lw_needs_key(types[c], false);
    return plain;
}

static int combine(struct lw *w, const struct arm *arms, size_t n, const struct td_type *types, size_t width,
                   bool recursive, struct td_buf *out)
{
    if (!plain_operations(arms, n, types, width)) {
        if (recursive)
            return lw_refuse(w, TD_C_LOWER_CLAUSE, -1, "SQLite would tell equal values apart by their text",
                             "Write UNION ALL.", "a recursive UNION over values whose texts differ for equal values");
        return combine_by_key(w, arms, n, types, width, out);
    }
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && i % LONGEST == 0) {
            const char *before = td_buf_str(out);
            td_buf_init(out, w->a);
            td_buf_printf(out, "SELECT * FROM (%s)", before);
        }
        TD_TRY(print_arm(w, &arms[i], types, width, out));
    }
    return TD_OK;
}

/* The left side of a chain is taken apart in a loop; SQLite's set operations all bind alike, from the left. */
int lw_set_operation(struct lw *w, const PgQuery__SelectStmt *s, const struct td_type *to, size_t n_to,
                     struct td_buf *out, struct columns *columns)
{
    TD_VEC(struct arm) arms = {0};
    const PgQuery__SelectStmt *at = s;
    struct td_type *types = NULL;
    struct td_buf body;
    size_t width = 0, n = 1;
    bool recursive = w->recursive, shows = w->order_shows || s->limit_count != NULL || s->limit_offset != NULL;
    w->recursive = false;
    while (lw_is_set_operation(at->larg) && !at->larg->with_clause && at->larg->n_sort_clause == 0 &&
           at->larg->limit_count == NULL && at->larg->limit_offset == NULL) {
        at = at->larg;
        n++;
    }
    *td_vec_add(w->a, &arms) = (struct arm){.select = at->larg};
    for (size_t i = 0; i < n; i++) {
        const PgQuery__SelectStmt *node = s;
        struct arm *arm = td_vec_add(w->a, &arms);
        for (size_t k = 0; k + 1 < n - i; k++)
            node = node->larg;
        *arm = (struct arm){.select = node->rarg, .operation = node};
    }
    TD_TRY(arms_types(w, arms.at, arms.len, to, n_to, &types, &width));
    td_buf_init(&body, w->a);
    w->order_shows = shows && s->n_sort_clause == 0 && !recursive && only_union_all(arms.at, arms.len);
    TD_TRY(combine(w, arms.at, arms.len, types, width, recursive, &body));
    outer_columns(w, &arms.at[0], types, columns);
    return lw_sorted_whole(w, s, td_buf_str(&body), columns, out);
}
