#include "sync/merge.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/decimal.h"
#include "core/base/jsontext.h"
#include "core/base/vec.h"

static const char *const names[] = {"server", "device", "latest",     "max",   "min",
                                    "sum",    "concat", "json-merge", "manual"};

const char *td_policy_name(enum td_merge_policy p)
{
    return names[p];
}

bool td_policy_parse(struct td_arena *a, const char *word, enum td_merge_policy *out, const char **column_out)
{
    size_t len = strlen(word);
    *column_out = NULL;
    if (strncmp(word, "latest(", 7) == 0 && len > 8 && word[len - 1] == ')') {
        *out = TD_POLICY_LATEST;
        *column_out = td_arena_dup(a, word + 7, len - 8);
        return true;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (i == TD_POLICY_LATEST || strcmp(word, names[i]) != 0)
            continue;
        *out = (enum td_merge_policy)i;
        return true;
    }
    return false;
}

static bool has_order(struct td_type t)
{
    switch (t.kind) {
    case TD_T_UNKNOWN:
    case TD_T_JSON:
    case TD_T_JSONB:
    case TD_T_COMPOSITE:
    case TD_T_RECORD:
    case TD_T_VOID:
    case TD_T_TRIGGER:
    case TD_T_REGCLASS:
    case TD_T_DOMAIN:
    case TD_T_INET: /* of networks PostgreSQL's order is not that of their texts */
    case TD_T_CIDR:
    case TD_T_OTHER: return false;
    default: return t.dims == 0;
    }
}

bool td_policy_fits(enum td_merge_policy p, struct td_type t)
{
    t = td_type_base(t);
    switch (p) {
    case TD_POLICY_MAX:
    case TD_POLICY_MIN: return has_order(t);
    case TD_POLICY_SUM: return t.dims == 0 && td_type_is_number(&t) && t.kind != TD_T_OID;
    case TD_POLICY_CONCAT: return td_type_is_text(&t);
    case TD_POLICY_JSON: return t.kind == TD_T_JSONB && t.dims == 0;
    case TD_POLICY_SERVER:
    case TD_POLICY_DEVICE:
    case TD_POLICY_LATEST:
    case TD_POLICY_MANUAL: break;
    }
    return true;
}

/* ---- values ---- */

static bool same_bytes(struct td_value a, struct td_value b)
{
    return a.bytes.len == b.bytes.len && (a.bytes.len == 0 || memcmp(a.bytes.at, b.bytes.at, a.bytes.len) == 0);
}

int td_merge_same(struct td_type t, struct td_value a, struct td_value b, bool *out, struct td_err *err)
{
    *out = false;
    if (a.kind != b.kind)
        return TD_OK;
    switch (a.kind) {
    case TD_V_NULL: *out = true; return TD_OK;
    case TD_V_BOOL: *out = a.b == b.b; return TD_OK;
    case TD_V_INT: *out = a.i == b.i; return TD_OK;
    case TD_V_DOUBLE: *out = a.d == b.d || (a.d != a.d && b.d != b.d); return TD_OK;
    default: break;
    }
    *out = same_bytes(a, b);
    t = td_type_base(t);
    if (*out || t.kind != TD_T_JSONB || t.dims > 0)
        return TD_OK;
    return td_jsonb_equal(a.bytes.at, a.bytes.len, b.bytes.at, b.bytes.len, out, err);
}

static bool is_null(struct td_value v)
{
    return v.kind == TD_V_NULL;
}

/* ---- policies that lose nothing ---- */

struct merging {
    struct td_arena *a;
    const struct td_merge_column *columns;
    size_t n;
    const struct td_merge_side *base, *mine, *theirs;
    struct td_merged *out;
};

/* One column's three values. */
struct three {
    const struct td_merge_column *column;
    struct td_value base, mine, theirs;
};

static int larger(const struct three *t, int sign, struct td_value *out, struct td_err *err)
{
    int order = 0;
    if (is_null(t->mine) || is_null(t->theirs)) {
        *out = is_null(t->mine) ? t->theirs : t->mine;
        return TD_OK;
    }
    int rc = td_merge_order(t->column->type, t->mine, t->theirs, &order, err);
    *out = order * sign > 0 ? t->mine : t->theirs;
    return rc;
}

static const char *text_of(struct td_arena *a, struct td_value v)
{
    if (v.kind == TD_V_INT)
        return td_arena_printf(a, "%lld", (long long)v.i);
    return is_null(v) ? "0" : td_arena_dup(a, v.bytes.at, v.bytes.len);
}

static bool fits_integer(struct td_type t, int64_t v)
{
    t = td_type_base(t);
    return t.kind == TD_T_INT2   ? v >= INT16_MIN && v <= INT16_MAX
           : t.kind == TD_T_INT4 ? v >= INT32_MIN && v <= INT32_MAX
                                 : true;
}

static bool add_integers(const struct three *t, struct td_value *out)
{
    int64_t change, sum;
    if (__builtin_sub_overflow(t->mine.i, is_null(t->base) ? 0 : t->base.i, &change) ||
        __builtin_add_overflow(t->theirs.i, change, &sum) || !fits_integer(t->column->type, sum))
        return false;
    *out = td_int(sum);
    return true;
}

/* numeric(p,s): what does not fit is no sum. */
static bool add_numerics(struct td_arena *a, const struct three *t, struct td_value *out)
{
    struct td_buf change, sum, fit;
    struct td_err ignored = {0};
    struct td_type type = td_type_base(t->column->type);
    td_buf_init(&change, a);
    td_buf_init(&sum, a);
    td_buf_init(&fit, a);
    if (td_decimal_sub(text_of(a, t->mine), text_of(a, t->base), &change, &ignored) != TD_OK ||
        td_decimal_add(text_of(a, t->theirs), td_buf_str(&change), &sum, &ignored) != TD_OK)
        return false;
    if (type.mod1 >= 0 && td_decimal_fit(td_buf_str(&sum), type.mod1, type.mod2, &fit, &ignored) != TD_OK)
        return false;
    const struct td_buf *made = type.mod1 >= 0 ? &fit : &sum;
    *out = td_bytes(TD_V_NUMERIC, td_buf_str(made), made->len);
    return true;
}

/* False: there is no sum, and it is a conflict. */
static bool add_up(struct td_arena *a, const struct three *t, struct td_value *out)
{
    if (is_null(t->mine) || is_null(t->theirs) || t->mine.kind != t->theirs.kind)
        return false;
    if (t->mine.kind == TD_V_INT)
        return add_integers(t, out);
    if (t->mine.kind == TD_V_NUMERIC)
        return add_numerics(a, t, out);
    if (t->mine.kind != TD_V_DOUBLE)
        return false;
    *out = td_double(t->theirs.d + (t->mine.d - (is_null(t->base) ? 0 : t->base.d)));
    return true;
}

/* False: mine is not base and something behind it. */
static bool append(struct td_arena *a, const struct three *t, struct td_value *out)
{
    size_t from = is_null(t->base) ? 0 : t->base.bytes.len;
    if (is_null(t->mine) || is_null(t->theirs) || t->mine.bytes.len < from ||
        (from > 0 && memcmp(t->mine.bytes.at, t->base.bytes.at, from) != 0))
        return false;
    struct td_buf b;
    td_buf_init(&b, a);
    td_buf_add_n(&b, t->theirs.bytes.at, t->theirs.bytes.len);
    td_buf_add_n(&b, t->mine.bytes.at + from, t->mine.bytes.len - from);
    *out = td_bytes(t->theirs.kind, td_buf_str(&b), b.len);
    return true;
}

/* ---- conflicts ---- */

static void record(struct merging *m, size_t column, enum td_merge_policy policy, const struct three *t,
                   struct td_value chosen, bool is_mine)
{
    struct td_merged *out = m->out;
    out->conflicts = td_vec_room(m->a, out->conflicts, out->n_conflicts, &out->cap_conflicts, sizeof *out->conflicts);
    out->conflicts[out->n_conflicts++] =
        (struct td_conflict){column, policy, t->base, t->mine, t->theirs, chosen, is_mine};
}

/* Whose row is later? Equal, or without a value: the server's. */
static int mine_is_later(const struct merging *m, size_t by, bool *out, struct td_err *err)
{
    struct td_value mine = m->mine->at[by], theirs = m->theirs->at[by];
    int order = is_null(mine) ? -1 : 1;
    int rc = is_null(mine) || is_null(theirs) ? TD_OK : td_merge_order(m->columns[by].type, mine, theirs, &order, err);
    *out = order > 0;
    return rc;
}

/* Both changed it, and not alike. */
static int decide(struct merging *m, size_t i, const struct three *t, struct td_value *out, struct td_err *err)
{
    enum td_merge_policy p = t->column->policy;
    bool is_mine = p == TD_POLICY_DEVICE, settled = false;
    size_t clashes = 0;
    int rc = TD_OK;
    if (p == TD_POLICY_MAX || p == TD_POLICY_MIN)
        return larger(t, p == TD_POLICY_MAX ? 1 : -1, out, err);
    if (p == TD_POLICY_SUM)
        settled = add_up(m->a, t, out);
    else if (p == TD_POLICY_CONCAT)
        settled = append(m->a, t, out);
    else if (p == TD_POLICY_LATEST)
        rc = mine_is_later(m, t->column->latest, &is_mine, err);
    if (rc != TD_OK || settled)
        return rc;
    *out = is_mine ? t->mine : t->theirs;
    if (p == TD_POLICY_JSON && !is_null(t->mine) && !is_null(t->theirs)) {
        rc = td_merge_json(m->a, t->base, t->mine, t->theirs, out, &clashes, err);
        if (rc != TD_OK || clashes == 0)
            return rc;
    }
    record(m, i, p, t, *out, is_mine);
    return TD_OK;
}

static int merge_column(struct merging *m, size_t i, struct td_err *err)
{
    struct three t = {&m->columns[i], m->base->exists ? m->base->at[i] : td_null(), m->mine->at[i], m->theirs->at[i]};
    struct td_value *out = &m->out->at[i];
    bool mine_stays = false, theirs_stays = false, alike = false, same = true;
    int rc = td_merge_same(t.column->type, t.mine, t.theirs, &alike, err);
    if (rc == TD_OK && m->base->exists)
        rc = td_merge_same(t.column->type, t.base, t.mine, &mine_stays, err);
    if (rc == TD_OK && m->base->exists)
        rc = td_merge_same(t.column->type, t.base, t.theirs, &theirs_stays, err);
    if (rc != TD_OK)
        return rc;
    if (m->base->exists && !mine_stays && t.column->policy == TD_POLICY_SUM)
        alike = false; /* both have added as much */
    if (alike || mine_stays)
        *out = t.theirs;
    else if (theirs_stays)
        *out = t.mine;
    else
        rc = decide(m, i, &t, out, err);
    if (rc == TD_OK)
        rc = td_merge_same(t.column->type, *out, t.mine, &same, err);
    m->out->changes_mine |= !same;
    if (rc == TD_OK)
        rc = td_merge_same(t.column->type, *out, t.theirs, &same, err);
    m->out->changes_theirs |= !same;
    return rc;
}

/* ---- rows that one side deleted ---- */

static int is_changed(const struct merging *m, const struct td_merge_side *side, bool *out, struct td_err *err)
{
    int rc = TD_OK;
    *out = !m->base->exists;
    for (size_t i = 0; rc == TD_OK && i < m->n && !*out; i++) {
        bool same = true;
        rc = td_merge_same(m->columns[i].type, m->base->at[i], side->at[i], &same, err);
        *out = !same;
    }
    return rc;
}

/* `left` has the row, the other side deleted it. */
static int merge_deleted(struct merging *m, const struct td_merge_side *left, struct td_err *err)
{
    bool changed = false, is_mine = left == m->mine;
    int rc = is_changed(m, left, &changed, err);
    if (rc != TD_OK)
        return rc;
    m->out->exists = changed;
    m->out->changes_mine = changed != is_mine;
    m->out->changes_theirs = changed == is_mine;
    if (!changed)
        return TD_OK;
    if (m->n > 0)
        memcpy(m->out->at, left->at, m->n * sizeof *left->at);
    if (m->base->exists)
        record(m, TD_WHOLE_ROW, TD_POLICY_SERVER, &(struct three){0}, td_null(), is_mine);
    return TD_OK;
}

int td_merge_row(struct td_arena *a, const struct td_merge_column *columns, size_t n, const struct td_merge_side *base,
                 const struct td_merge_side *mine, const struct td_merge_side *theirs, struct td_merged *out,
                 struct td_err *err)
{
    struct merging m = {a, columns, n, base, mine, theirs, out};
    int rc = TD_OK;
    *out = (struct td_merged){.at = td_arena_alloc(a, (n + 1) * sizeof *out->at)};
    if (!mine->exists && !theirs->exists)
        return TD_OK;
    if (!mine->exists || !theirs->exists)
        return merge_deleted(&m, mine->exists ? mine : theirs, err);
    out->exists = true;
    for (size_t i = 0; rc == TD_OK && i < n; i++)
        rc = merge_column(&m, i, err);
    return rc;
}
