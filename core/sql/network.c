/* Network addresses: inet, cidr, macaddr and macaddr8 are kept in the form in which PostgreSQL prints them, so that
 * equal values are equal texts. Hardware addresses also sort as texts; an inet does so by a key of its own. */
#include "core/base/network.h"

#include <string.h>

#include "core/sql/lower_impl.h"

bool lw_is_inet(struct td_type t)
{
    return t.dims == 0 && (t.kind == TD_T_INET || t.kind == TD_T_CIDR);
}

bool lw_is_network(struct td_type t)
{
    return lw_is_inet(t) || (t.dims == 0 && (t.kind == TD_T_MACADDR || t.kind == TD_T_MACADDR8));
}

int lw_fold_network(struct lw *w, const char *text, struct td_type t, int loc, struct ex *out)
{
    enum td_network_kind kind = t.kind == TD_T_INET      ? TD_NETWORK_INET
                                : t.kind == TD_T_CIDR    ? TD_NETWORK_CIDR
                                : t.kind == TD_T_MACADDR ? TD_NETWORK_MACADDR
                                                         : TD_NETWORK_MACADDR8;
    struct td_buf b;
    td_buf_init(&b, w->a);
    if (td_network_canon(kind, text, &b, w->err) != TD_OK) {
        w->err->line = w->err->column = 0;
        td_err_next(w->err, "Correct the literal.");
        return lw_place(w, loc);
    }
    *out = ex_of(sql_lit(w, td_buf_str(&b)), t, PREC_ATOM);
    out->text = td_buf_str(&b);
    return TD_OK;
}

/* --- casts --- */

/* The mask of a single address is left out of an inet, not of a cidr. */
static const char *without_full_mask(struct lw *w, const struct ex *e)
{
    const char *x = e->sql, *in = ex_in(w, e, PREC_CMP);
    return td_arena_printf(w->a,
                           "CASE WHEN %s GLOB '*/128' THEN substr(%s, 1, length(%s) - 4) WHEN %s GLOB '*/32' AND "
                           "instr(%s, ':') = 0 THEN substr(%s, 1, length(%s) - 3) ELSE %s END",
                           in, x, x, in, x, x, x, x);
}

/* inet's cast, unlike its output, always has the mask. */
const char *lw_inet_text(struct lw *w, const struct ex *e)
{
    return td_arena_printf(w->a,
                           "CASE WHEN instr(%s, '/') > 0 THEN %s ELSE %s || CASE WHEN instr(%s, ':') > 0 THEN "
                           "'/128' ELSE '/32' END END",
                           e->sql, e->sql, ex_in(w, e, PREC_CONCAT), e->sql);
}

int lw_cast_network(struct lw *w, struct ex *e, struct td_type from, struct td_type to)
{
    const char *sql = e->sql;
    if (from.kind == TD_T_CIDR && to.kind == TD_T_INET)
        sql = without_full_mask(w, e);
    else if (from.kind == TD_T_INET && to.kind == TD_T_CIDR && is_schema(w))
        return lw_stock(w, e->loc, "the network of an inet");
    else if (from.kind == TD_T_INET && to.kind == TD_T_CIDR)
        sql = td_arena_printf(w->a, "pg_inet_network(%s)", e->sql);
    else if (from.kind == TD_T_MACADDR && to.kind == TD_T_MACADDR8)
        sql = td_arena_printf(w->a, "substr(%s, 1, 9) || 'ff:fe:' || substr(%s, 10)", e->sql, e->sql);
    else if (from.kind != to.kind)
        return lw_refuse(w, TD_C_LOWER_CAST, e->loc, "not every such value has the other type's form", NULL,
                         "cannot carry the cast from %s to %s", type_name(w, e->type), type_name(w, to));
    if (sql != e->sql)
        *e = (struct ex){
            .sql = sql, .type = e->type, .prec = to.kind == TD_T_MACADDR8 ? PREC_CONCAT : PREC_ATOM, .loc = e->loc};
    return TD_OK;
}

/* --- the CHECK of a column --- */

/* The four octets of `x` and its mask, as JSON: which knows no number with a zero before it. `max` is the greatest mask
 * that is written. */
static void v4_check(struct lw *w, const char *x, bool cidr, int max, struct td_buf *out)
{
    const char *j = td_arena_printf(w->a, "'[' || replace(replace(%s, '.', ','), '/', ',') || ']'", x);
    const char *mask = td_arena_printf(w->a, "json_extract(%s, '$[4]')", j);
    td_buf_printf(out,
                  "%s NOT GLOB '*[^0-9./]*' AND %s GLOB '*.*.*.*' AND %s NOT GLOB '*.*.*.*.*' AND %s NOT GLOB "
                  "'*/*[./]*'%s%s AND CASE WHEN json_valid(%s) THEN max(json_extract(%s, '$[0]'), json_extract(%s, "
                  "'$[1]'), json_extract(%s, '$[2]'), json_extract(%s, '$[3]')) < 256 AND ifnull(%s, 0) <= %d",
                  x, x, x, x, cidr ? " AND instr(" : "", cidr ? td_arena_printf(w->a, "%s, '/') > 0", x) : "", j, j, j,
                  j, j, mask, max);
    if (cidr && max == 32) /* no bits to the right of the mask */
        td_buf_printf(out,
                      " AND (((json_extract(%s, '$[0]') * 256 + json_extract(%s, '$[1]')) * 256 + json_extract(%s, "
                      "'$[2]')) * 256 + json_extract(%s, '$[3]')) & ((1 << (32 - %s)) - 1) = 0",
                      j, j, j, j, mask);
    td_buf_add(out, " ELSE 0 END");
}

/* Groups of hexadecimal digits. `x` has a colon before and behind each, and before the mask's slash; by the count of
 * the groups that are written (of '::' one too many) it is known how many stand for '::', which must be the first of
 * the longest rows of zeros, and whether the end is to be written as an IPv4 address. */
static void groups_check(struct lw *w, const char *c, struct td_buf *out)
{
    const char *x = td_arena_printf(w->a, "':' || replace(%s, '/', ':/') || ':'", c);
    td_buf_printf(
        out,
        "%s NOT GLOB '*[^0-9a-f:/]*' AND %s NOT GLOB '*[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]*' AND %s NOT "
        "GLOB '*:0[0-9a-f]*' AND CASE WHEN %s NOT GLOB '*::*' THEN length(%s) - length(replace(%s, ':', '')) = "
        "7 AND %s NOT GLOB '*::*' AND %s NOT GLOB '*:0:0:*'",
        c, c, x, c, c, c, x, x);
    td_buf_printf(out,
                  " WHEN %s GLOB '*::*::*' OR %s GLOB '*:::*' OR %s GLOB ':[^:]*' OR %s GLOB '*[^:]::' OR %s GLOB "
                  "'*[^:]::/*' OR %s GLOB '*:0::*' OR %s GLOB '*::0:*' THEN 0",
                  c, c, c, x, x, x, x);
    td_buf_printf(
        out,
        " ELSE CASE length(%s) - length(replace(%s, ':', '')) - (%s GLOB '*:::*') WHEN 1 THEN 1 WHEN 2 THEN %s "
        "NOT GLOB '::*' WHEN 3 THEN %s NOT GLOB '::ffff:*' WHEN 4 THEN 1",
        c, c, x, c, c);
    td_buf_printf(out,
                  " WHEN 5 THEN %s NOT GLOB '*:0:0:0:*::*' AND %s NOT GLOB '*::*:0:0:0:0:*' WHEN 6 THEN %s NOT GLOB "
                  "'*:0:0:*::*' AND %s NOT GLOB '*::*:0:0:0:*' ELSE 0 END END",
                  x, x, x, x);
}

static void v6_check(struct lw *w, const char *c, bool cidr, struct td_buf *out)
{
    int max = cidr ? 128 : 127;
    const char *mask = td_arena_printf(w->a, "substr(%s, instr(%s, '/') + 1)", c, c);
    td_buf_printf(out, "CASE WHEN %s GLOB '*.*' THEN %s GLOB '::[0-9]*' AND %s NOT GLOB '::0.0.*' AND ", c, c, c);
    v4_check(w, td_arena_printf(w->a, "substr(%s, 3)", c), cidr, max, out);
    td_buf_printf(out, " OR %s GLOB '::ffff:*' AND ", c);
    v4_check(w, td_arena_printf(w->a, "substr(%s, 8)", c), cidr, max, out);
    td_buf_printf(out, " ELSE (%s%s = CAST(%s AS INTEGER) || '' AND CAST(%s AS INTEGER) <= %d) AND ",
                  cidr ? "" : td_arena_printf(w->a, "instr(%s, '/') = 0 OR ", c), mask, mask, mask, max);
    groups_check(w, c, out);
    td_buf_add(out, " END");
}

static void inet_check(struct lw *w, const char *c, bool cidr, struct td_buf *out)
{
    td_buf_printf(out, "CASE WHEN %s IS NULL THEN 1 WHEN instr(%s, ':') = 0 THEN ", c, c);
    v4_check(w, c, cidr, cidr ? 32 : 31, out);
    td_buf_add(out, " ELSE ");
    v6_check(w, c, cidr, out);
    td_buf_add(out, " END");
}

void lw_network_check(struct lw *w, struct td_type t, const char *c, struct td_buf *out)
{
    if (lw_is_inet(t)) {
        inet_check(w, c, t.kind == TD_T_CIDR, out);
        return;
    }
    td_buf_printf(out, "%s GLOB '", c);
    for (int i = 0; i < (t.kind == TD_T_MACADDR ? 6 : 8); i++)
        td_buf_printf(out, "%s[0-9a-f][0-9a-f]", i == 0 ? "" : ":");
    td_buf_char(out, '\'');
}
